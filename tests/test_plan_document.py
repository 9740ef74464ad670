"""The docx that is signed: styles, contents, fields, tables, paper turned, the same bytes; LibreOffice lays it out."""

import dataclasses
import io
import os
import re
import shutil
import subprocess
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import docx
import pdfplumber
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from libreoffice import LIMIT_S, REQUIRED

from copilot.export.plan_document import plan_docx
from copilot.export.plan_document_parts import FONT, text_width
from copilot.export.plan_document_table import column_widths
from copilot.export.plan_parts import LEGEND, appendices, blocks_of, chapters, facts
from copilot.library import Library
from copilot.plans import Plan
from copilot.tasks.plan import plan as make_plan

HOSTILE = "<w:p>&amp;\x00\x0b\u202e]]> =1+1"
GIVEN: dict[str, Any] = {
    "product": "小满记账", "goal": "召回", "target": "回流 1 万人", "budget": "5万", "start": "2026-12-01",
    "end": "2026-12-21", "channels": "短信、推送", "reach": {"短信": 60000, "推送": 30000}, "team": ["运营负责人：王敏"],
}  # fmt: skip


# Where Word wants the parts of a property to stand (ECMA-376, 17.3.1.26, 17.3.2.28, 17.4.59, 17.4.69); LibreOffice
# reads them in any order, Word calls the file damaged.
ORDER = {
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing "
    "tblInd tblBorders shd tblLayout tblCellMar tblLook",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
    "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
    "snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
    "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid "
    "vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em lang",
}


@pytest.fixture(scope="module")
def plan(handbook: Library) -> Plan:
    """A plan for two channels whose budget does not reach its target."""
    return make_plan(handbook, GIVEN, today=date(2026, 11, 9))


@pytest.fixture(scope="module")
def document(plan: Plan) -> Any:
    """Its document as read again."""
    return docx.Document(io.BytesIO(plan_docx(plan)))


def paragraphs(document: Any, style: str) -> list[Any]:
    """The paragraphs of a style."""
    return [p for p in document.paragraphs if p.style.name == style]


def bookmarks(document: Any) -> set[str]:
    """The names of all bookmarks."""
    return {mark.get(qn("w:name")) for mark in document.element.iter(qn("w:bookmarkStart"))}


def grid(table: Any) -> list[list[str]]:
    """The texts of a table; names are joined as in the body."""
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_headings_are_the_chapters(plan: Plan, document: Any) -> None:
    """Real styles: the title, each section, each appendix, and their own headings below."""
    assert [p.text for p in paragraphs(document, "Title")] == [plan.title]
    wanted = [*(title for title, _ in chapters(plan)), *(part.title for part in appendices(plan))]
    assert [p.text for p in paragraphs(document, "Heading 1")] == wanted
    below = [block.text for _, s in chapters(plan) for block in blocks_of(s.body) if block.kind == "head"]
    assert [p.text for p in paragraphs(document, "Heading 2") if p.text not in ("审批", "排期图")] == below


def test_headings_stay_with_what_follows(document: Any) -> None:
    """No heading at the foot of a page, no single line alone, no row of a table cut in two."""
    styles = document.styles
    assert all(styles[name].paragraph_format.keep_with_next for name in ("Heading 1", "Heading 2", "Contents Title"))
    assert styles["Normal"].paragraph_format.widow_control
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for table in document.tables for row in table.rows)


def test_the_contents_are_filled_in(plan: Plan, document: Any) -> None:
    """A field that Word can update, holding all chapters already, each a link to its heading."""
    entries = paragraphs(document, "toc 1")
    assert [p.text for p in entries] == [p.text for p in paragraphs(document, "Heading 1")]
    code = "".join(text.text for text in entries[0]._p.iter(qn("w:instrText")))
    assert code.split() == ["TOC", r"\o", '"1-1"', r"\h", r"\z", r"\u"]
    kinds = [char.get(qn("w:fldCharType")) for p in entries for char in p._p.iter(qn("w:fldChar"))]
    assert kinds == ["begin", "separate", "end"]
    anchors = [link.get(qn("w:anchor")) for p in entries for link in p._p.iter(qn("w:hyperlink"))]
    assert len(anchors) == len(entries) and set(anchors) <= bookmarks(document)
    assert [row[0] for row in grid(document.tables[2])[1:]] == [mark for mark, _ in LEGEND]


def test_bookmarks_are_told_apart(document: Any) -> None:
    """Every id and every name once."""
    marks = list(document.element.iter(qn("w:bookmarkStart")))
    for key in ("w:id", "w:name"):
        assert len({mark.get(qn(key)) for mark in marks}) == len(marks)


def test_the_first_page_asks_for_a_signature(plan: Plan, document: Any) -> None:
    """Title block, then who draws up, who reviews, who approves, and the decision asked as boxes to tick."""
    block, signed = grid(document.tables[0]), grid(document.tables[1])
    assert [(a, b) for row in block for a, b in ((row[0], row[1]), (row[2], row[3]))] == facts(plan)
    assert [row[0] for row in signed] == ["环节", "编制", "审核", "批准", "结论"]
    assert signed[3][1] == "运营负责人王敏" and "财务" in signed[2][1] and "法务" in signed[2][1]
    assert plan.gap and all(f"□ {lever.label}" in signed[4][1] for lever in plan.gap.levers)


def test_a_plan_without_a_gap_asks_for_consent(plan: Plan) -> None:
    """Nothing is to be chosen when the budget reaches the target."""
    document = docx.Document(io.BytesIO(plan_docx(dataclasses.replace(plan, gap=None))))
    assert grid(document.tables[1])[4][1] == "□ 同意 □ 修改后再报 □ 不同意"


def test_pages_are_numbered_and_named(plan: Plan, document: Any) -> None:
    """Title above from the second page on, page x of y below on all."""
    first = document.sections[0]
    assert plan.title in first.header.paragraphs[0].text and "待审批" in first.header.paragraphs[0].text
    assert first.different_first_page_header_footer and not first.first_page_header.paragraphs[0].text
    for footer in (first.footer, first.first_page_footer):
        codes = [text.text.strip() for text in footer._element.iter(qn("w:instrText"))]
        assert codes == ["PAGE", "NUMPAGES"] and "由规则模板生成" in footer.paragraphs[0].text
    rest = document.sections[1:]
    assert rest and all(s.header.is_linked_to_previous and s.footer.is_linked_to_previous for s in rest)
    assert not any(s.different_first_page_header_footer for s in rest)


def test_wide_tables_lie_across(plan: Plan, document: Any) -> None:
    """Schedule, budget and compliance on paper turned, texts upright; all of it A4."""
    across: dict[str, bool] = {}
    waiting: list[str] = []
    for element in document.element.body:
        if element.tag == qn("w:p") and element.pPr is not None and element.style == "Heading1":
            waiting.append("".join(text.text for text in element.iter(qn("w:t"))))
        for section in element.iter(qn("w:sectPr")):
            size = section.find(qn("w:pgSz"))
            assert sorted(round(int(size.get(qn(f"w:{side}"))) / 567, 1) for side in "wh") == [21.0, 29.7]
            across |= dict.fromkeys(waiting, size.get(qn("w:orient")) == "landscape")
            waiting = []
    named = {section.id: title for title, section in chapters(plan)}
    assert all(across[named[id]] for id in ("schedule", "budget", "compliance"))
    assert not any(across[named[id]] for id in ("summary", "background", "mechanics", "risks"))


def test_tables_are_those_of_the_plan(plan: Plan, document: Any) -> None:
    """Every table of every body, cell for cell; headers come again on every page; widths fill the text."""
    wanted = [block.rows for _, s in chapters(plan) for block in blocks_of(s.body) if block.rows]
    tables = [t for t in document.tables[3:] if t.style is not None]
    found = {tuple(tuple(cell.replace(", ", "、") for cell in row) for row in grid(table)): table for table in tables}
    for rows in wanted:
        table = found[tuple(tuple(cell.replace(", ", "、") for cell in row) for row in rows)]
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        widths = [cell.width.cm for cell in table.rows[0].cells]
        assert min(abs(sum(widths) - text_width(turned)) for turned in (False, True)) < 0.1 and min(widths) > 0.5


def test_word_accepts_the_order_of_properties(plan: Plan) -> None:
    """Properties of tables, cells, paragraphs and runs, in the text and in the styles."""
    document = docx.Document(io.BytesIO(plan_docx(plan)))
    for root in (document.element, document.styles.element):
        for kind, names in ORDER.items():
            places = {qn(f"w:{name}"): at for at, name in enumerate(names.split())}
            for properties in root.iter(qn(f"w:{kind}")):
                found = [places[child.tag] for child in properties]
                assert found == sorted(set(found)), [child.tag for child in properties]


def test_marks_and_citations_are_raised(plan: Plan, document: Any) -> None:
    """All marks of the sentences, in a style of their own; every citation leads to its entry."""
    for name in ("Citation", "Given", "Assumed"):
        assert document.styles[name].font.superscript
    colors = {str(document.styles[name].font.color.rgb) for name in ("Given", "Assumed")}
    assert len(colors) == 2
    sentences = [b.text for s in plan.sections for b in blocks_of(s.body) if b.kind in ("bullet", "text")]
    links = [link.get(qn("w:anchor")) for link in document.element.iter(qn("w:hyperlink"))]
    assert {f"cite{c.n}" for c in plan.citations} <= bookmarks(document) and set(links) <= bookmarks(document)
    raised = [run.text for p in document.paragraphs for run in p.runs if run.style.name in ("Given", "Assumed")]
    assert len(raised) == sum(len(re.findall("（(?:给定|假设|按给定计算|按假设测算)[^）]*）", s)) for s in sentences)
    cited = [n for s in sentences for n in re.findall(r"\[(\d+)\]", s)]
    shown = [p for p in document.element.body.iter(qn("w:hyperlink")) if p.get(qn("w:anchor"), "").startswith("cite")]
    assert len(shown) >= len(cited) > 10


def test_the_list_of_citations_is_whole(plan: Plan, document: Any) -> None:
    """Number, place, quote and source of each."""
    listed = [p.text for p in paragraphs(document, "Source") if p.text.startswith("[")]
    assert len(listed) == len(plan.citations)
    assert all(
        text.startswith(f"[{c.n}] ") and c.source in text for text, c in zip(listed, plan.citations, strict=True)
    )


def test_chinese_has_its_fonts(plan: Plan, document: Any) -> None:
    """East Asian text is set in 微软雅黑 in every style used, other fonts stand by, no font of a theme wins."""
    used = {p.style.name for p in document.paragraphs} | {"Table Text", "Small Table Text", "Header", "Footer"}
    for name in used:
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == FONT and not any("heme" in key for key in fonts.attrib)
    with zipfile.ZipFile(io.BytesIO(plan_docx(plan))) as archive:
        assert "宋体" in archive.read("word/fontTable.xml").decode()


def test_the_bars_follow_the_schedule(plan: Plan, document: Any) -> None:
    """A row for each task with its number, a diamond for each milestone, a column for each day."""
    heading = next(p for p in paragraphs(document, "Heading 2") if p.text == "排期图")
    rows = heading._p.getnext().findall(qn("w:tr"))
    texts = [["".join(t.text for t in cell.iter(qn("w:t"))) for cell in row.findall(qn("w:tc"))] for row in rows]
    numbered = [row for row in texts if row[0].isdecimal()]
    assert [int(row[0]) for row in numbered] == list(range(1, len(plan.schedule) + 1))
    assert sum("◆" in row for row in numbered) == sum(task.milestone for task in plan.schedule)
    days = (max(t.end for t in plan.schedule) - min(t.start for t in plan.schedule)).days + 1
    assert len(heading._p.getnext().find(qn("w:tblGrid"))) == 2 + days
    for row in rows:
        spans = [cell.tcPr.find(qn("w:gridSpan")) for cell in row.findall(qn("w:tc"))]
        assert sum(1 if span is None else int(span.get(qn("w:val"))) for span in spans) == 2 + days


def test_a_long_plan_has_a_column_for_each_week(plan: Plan) -> None:
    """A year of days would not fit."""
    first = plan.schedule[0]
    tasks = (*plan.schedule, dataclasses.replace(first, id="late", end=first.start + timedelta(days=370)))
    document = docx.Document(io.BytesIO(plan_docx(dataclasses.replace(plan, schedule=tasks))))
    heading = next(p for p in paragraphs(document, "Heading 2") if p.text == "排期图（一格一周）")
    assert len(heading._p.getnext().find(qn("w:tblGrid"))) <= 2 + 54


def test_the_same_plan_is_the_same_file(plan: Plan) -> None:
    """No date of now in it, nor in the archive; no picture of somebody else's template."""
    data = plan_docx(plan)
    assert data == plan_docx(plan)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {entry.date_time[:3] for entry in archive.infolist()} == {(2000, 1, 1)}
        assert not any("thumbnail" in name for name in archive.namelist())
        assert b"thumbnail" not in archive.read("_rels/.rels")


def test_properties_say_who_wrote_it(plan: Plan) -> None:
    """Title, language, and the label of generated texts where a model had a part."""
    rules = docx.Document(io.BytesIO(plan_docx(plan))).core_properties
    assert (rules.title, rules.language, rules.keywords) == (plan.title, "zh-CN", "规则模板生成")
    model = docx.Document(io.BytesIO(plan_docx(dataclasses.replace(plan, writer="openai:x"))))
    assert "人工智能生成" in model.core_properties.keywords and "openai:x" in model.core_properties.comments
    assert "本文由人工智能生成" in model.sections[0].footer.paragraphs[0].text


def test_texts_of_users_stay_texts(plan: Plan) -> None:
    """Tags are letters, control characters go, a long title fits into the properties."""
    swap = dataclasses.replace
    title = HOSTILE + "长" * 400
    tried = swap(
        plan, title=title, brief=swap(plan.brief, product=HOSTILE), notes=(HOSTILE,),
        schedule=tuple(swap(task, task=HOSTILE, owner=HOSTILE, phase=HOSTILE) for task in plan.schedule),
        sections=tuple(swap(s, body=f"{s.body}\n\n{HOSTILE}\n\n| a |\n| --- |\n| {HOSTILE} |") for s in plan.sections),
        citations=tuple(swap(c, quote=HOSTILE, title=HOSTILE, source=HOSTILE) for c in plan.citations),
    )  # fmt: skip
    document = docx.Document(io.BytesIO(plan_docx(tried)))
    text = "\n".join(p.text for p in document.paragraphs)
    assert text.count("<w:p>&amp; ]]> =1+1") > len(plan.sections)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e]", text) and len(document.core_properties.title) <= 255


def test_a_bare_plan_has_a_document(plan: Plan) -> None:
    """Without tasks, levers, citations and questions there is still a paper."""
    bare = dataclasses.replace(
        plan, schedule=(), gap=None, citations=(), missing=(), notes=(), targets=(), sections=plan.sections[:1],
        compliance=(),
    )  # fmt: skip
    document = docx.Document(io.BytesIO(plan_docx(bare)))
    assert [p.text for p in paragraphs(document, "Heading 1")] == [chapters(bare)[0][0]]


@given(
    st.integers(1, 11).flatmap(
        lambda n: st.lists(st.lists(st.text(max_size=60), min_size=n, max_size=n), min_size=1, max_size=6)
    ),
    st.sampled_from([16.6, 26.1]),
)
def test_columns_fill_the_width(rows: list[list[str]], width: float) -> None:
    """Whatever the cells hold, the widths are positive and add up."""
    widths = column_widths(rows, width, 9)
    assert len(widths) == len(rows[0]) and min(widths) > 0 and abs(sum(widths) - width) < 1e-6


def test_short_columns_get_what_they_need() -> None:
    """Dates and words of a header are not broken beside a long text."""
    rows = [["序号", "任务", "开始"], ["1", "把名单按最后一次打开的时间圈出来，" * 8, "2026-12-01"]]
    first, text, start = column_widths(rows, 16.6, 9)
    assert first < 1.6 and 2.0 < start < 3.0 and text > 11


@pytest.mark.slow
def test_libreoffice_lays_it_out(plan: Plan, tmp_path: Path) -> None:
    """It opens, fills more than five pages, numbers them, and the chapters stand in order."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None and REQUIRED:
        pytest.fail("soffice is missing, and CI or OPS_COPILOT_REQUIRE_OFFICE asks for it")
    if program is None:
        pytest.skip("soffice is missing: apt install libreoffice-writer-nogui")
    (tmp_path / "plan.docx").write_bytes(plan_docx(plan))
    command = [program, "--headless", "--norestore", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to",
               "pdf", "--outdir", str(tmp_path), str(tmp_path / "plan.docx")]  # fmt: skip
    plain = {"PATH": os.environ.get("PATH", ""), "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    subprocess.run(command, env=plain, capture_output=True, timeout=LIMIT_S, check=True)
    with pdfplumber.open(tmp_path / "plan.pdf") as pdf:
        pages = [page.extract_text() for page in pdf.pages]
        turned = {page.width > page.height for page in pdf.pages}
    assert len(pages) > 5 and turned == {True, False}
    assert all(f"第 {n} 页，共 {len(pages)} 页" in page for n, page in enumerate(pages, 1))
    text = "\n".join(pages[2:])  # behind title and contents
    places = [text.find(title) for title, _ in chapters(plan)[1:]]
    assert -1 not in places and places == sorted(places)
