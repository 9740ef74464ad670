"""`Plan` → docx, the paper that is signed: title block and signatures, contents, chapters, wide tables across."""

from collections.abc import Collection, Sequence
from typing import Any

from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH

from copilot.export.copy_parts import PROPERTY, RULE_LABEL
from copilot.export.plan_document_bars import add_bars
from copilot.export.plan_document_parts import (
    add_paragraph,
    bookmark,
    contents,
    field,
    heading,
    lay_out,
    new_document,
    saved,
    sentence,
    text_width,
)
from copilot.export.plan_document_table import add_table
from copilot.export.plan_parts import (
    LEGEND,
    STATUS,
    Block,
    appendices,
    approver,
    blocks_of,
    chapters,
    facts,
    how_made,
    line,
    place,
    quote,
    reviewers,
)
from copilot.plans import Plan

_ACROSS = frozenset({"schedule", "budget", "assumptions", "compliance", "review"})  # their tables are wide
_FIRST_CITE = 1000  # id of the bookmark of a citation: those of chapters lie below


def plan_docx(plan: Plan) -> bytes:
    """Return the document."""
    title, parts, cited = line(plan.title), appendices(plan), frozenset(c.n for c in plan.citations)
    named = chapters(plan)
    document = new_document(title[:PROPERTY], *_properties(plan))
    _running(document, title, plan)
    document.add_heading(title, 0)
    add_table(document, _paired(facts(plan)), text_width(False), widths=(2.2, 6.1, 2.2, 6.1), header=False)
    for at, (name, section) in enumerate(named):
        width = _turned(document, section.id in _ACROSS)
        heading(document, name, at).paragraph_format.page_break_before = at == 1
        _blocks(document, blocks_of(section.body), width, cited)
        if section.id == "schedule":
            add_bars(document, plan, width)
        if at == 0:
            _signatures(document, plan)
            _contents(document, [*(name for name, _ in named), *(part.title for part in parts)])
    for at, part in enumerate(parts, len(named)):
        width = _turned(document, False)
        heading(document, part.title, at)
        _blocks(document, part.blocks, width, cited)
        for c in part.cites:
            told = f"[{c.n}] {place(c)}：“{quote(c)}”（{line(c.source)}）"
            paragraph = add_paragraph(document, "Source", told)
            bookmark(paragraph, f"cite{c.n}", _FIRST_CITE + c.n)
    return saved(document)


def _properties(plan: Plan) -> tuple[str, str]:
    """Return keywords and comments for the properties of the file: who wrote it."""
    if plan.writer == "rules":
        return "规则模板生成", RULE_LABEL
    return "人工智能生成,AI generated", f"人工智能生成（AI generated）；服务提供者：{line(plan.writer)[:60]}"


def _running(document: Any, title: str, plan: Plan) -> None:
    """Set what stands on every page: the title above, but for the first page; number and origin below."""
    first = document.sections[0]
    first.different_first_page_header_footer = True
    head = first.header.paragraphs[0]
    head.add_run(f"{title[:60]}　{STATUS}")
    head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for footer in (first.footer, first.first_page_footer):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run(f"{how_made(plan)}　第 ")
        field(paragraph, "PAGE")
        paragraph.add_run(" 页，共 ")
        field(paragraph, "NUMPAGES")
        paragraph.add_run(" 页")


def _turned(document: Any, across: bool) -> float:
    """Begin a new page of the other kind where the paper has to be turned; return how wide its text is, in cm."""
    section = document.sections[-1]
    if (section.orientation == WD_ORIENT.LANDSCAPE) != across:
        section = document.add_section(WD_SECTION.NEW_PAGE)
        section.different_first_page_header_footer = False
        lay_out(section, landscape=across)
    return text_width(across)


def _blocks(document: Any, blocks: Sequence[Block], width: float, cited: Collection[int]) -> None:
    for block in blocks:
        if block.kind == "table":
            add_table(document, block.rows, width, cited)
        elif block.kind == "head":
            document.add_heading(block.text, 2)
        else:
            paragraph = add_paragraph(document, "ListBullet" if block.kind == "bullet" else "Normal")
            sentence(paragraph, block.text, cited)


def _paired(rows: Sequence[tuple[str, str]]) -> list[tuple[str, str, str, str]]:
    """Return names and values side by side, two of each in a row."""
    padded = [*rows, ("", "")] if len(rows) % 2 else rows
    return [(*one, *other) for one, other in zip(padded[::2], padded[1::2], strict=True)]


def _signatures(document: Any, plan: Plan) -> None:
    """Add the table that is signed, with the decision asked."""
    document.add_heading("审批", 2)
    levers = [line(lever.label) for lever in plan.gap.levers] if plan.gap and plan.gap.missing > 0 else ["同意"]
    choices = "　　".join(f"□ {choice}" for choice in (*levers, "修改后再报", "不同意"))
    owner = dict(facts(plan))["负责人"]
    rows = [
        ("环节", "角色", "姓名、签字", "意见", "日期"),
        ("编制", owner, "", "", ""),
        ("审核", reviewers(plan), "", "", ""),
        ("批准", approver(plan), "", "", ""),
        ("结论", choices, "", "", ""),
    ]
    table = add_table(document, rows, text_width(False), widths=(1.6, 4.0, 4.2, 4.2, 2.6), low=0.95)
    table.rows[-1].cells[1].merge(table.rows[-1].cells[4])


def _contents(document: Any, titles: Sequence[str]) -> None:
    """Add a page with the contents and how the marks are to be read."""
    add_paragraph(document, "ContentsTitle", "目录").paragraph_format.page_break_before = True
    contents(document, titles)
    add_paragraph(document, "ContentsTitle", "怎么读标记")
    add_table(document, [("标记", "意思"), *LEGEND], text_width(False), widths=(3.6, 13.0))
