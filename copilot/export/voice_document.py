"""`VoiceReport` or one `Diagnosis` → docx: summary, contents to click on, a page for each leading cluster, tables."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from copilot.diagnosis import Cluster, Diagnosis, VoiceReport
from copilot.export.copy_document import number_pages
from copilot.export.copy_parts import printable
from copilot.export.diagnosis import TITLE as DIAGNOSIS_TITLE
from copilot.export.diagnosis import sections_of
from copilot.export.voice_parts import (
    PAGES,
    TITLE,
    kind_counts,
    kinds_told,
    method_lines,
    next_step,
    score_told,
    shares,
    summary_lines,
    trend_series,
)

_FONT = "微软雅黑"
_MOST_ROWS = 200  # of rows in no cluster; the sheet has them all


def voice_docx(report: VoiceReport) -> bytes:
    """Return the document."""
    document = _new(TITLE)
    document.add_heading(TITLE, 0)
    for line in summary_lines(report):
        document.add_paragraph(printable(line), "List Bullet")
    pages = report.clusters[:PAGES]
    titles = ["各类一览", *(f"{c.id}　{c.label}" for c in pages)]
    titles += ["没有归类的反馈"] if report.unclustered else []
    _contents(document, [*titles, "方法"])
    _heading(document, titles[0], 0)
    _overview(document, report)
    for at, cluster in enumerate(pages, 1):
        document.add_page_break()
        _heading(document, titles[at], at)
        _cluster(document, cluster)
    if report.unclustered:
        document.add_page_break()
        _heading(document, titles[-1], len(titles) - 1)
        _left_out(document, report)
    _heading(document, "方法", len(titles))
    _table(document, ("项目", "内容"), method_lines(report), (2.6, 13.4))
    return _saved(document)


def diagnosis_docx(diagnosis: Diagnosis) -> bytes:
    """Return one diagnosis as a document."""
    document = _new(DIAGNOSIS_TITLE)
    document.add_heading(DIAGNOSIS_TITLE, 0)
    _sections(document, diagnosis, 1)
    return _saved(document)


def _overview(document: Any, report: VoiceReport) -> None:
    bars = shares([c.users for c in report.clusters])
    rows = [
        (str(c.id), c.label, bar, score_told(c), next_step(c))
        for c, bar in zip(report.clusters, bars, strict=True)
    ]  # fmt: skip
    _table(document, ("编号", "说的事", "人数", "得分", "下一步"), rows, (1.2, 6.0, 4.0, 3.0, 1.8))
    kinds = kind_counts(report)
    bars = shares([count for _, count in kinds])
    _table(document, ("类型", "行数"), [(name, bar) for (name, _), bar in zip(kinds, bars, strict=True)], (4.0, 12.0))
    periods, series = trend_series(report)
    if periods:
        bars = shares(series[0][1])
        _table(document, ("时段", "归入各类的行数"), list(zip(periods, bars, strict=True)), (4.0, 12.0))


def _cluster(document: Any, cluster: Cluster) -> None:
    facts = [
        f"{cluster.users} 人，{cluster.size} 行；得分 {score_told(cluster)}；{kinds_told(cluster)}",
        f"变化：{cluster.change}" if cluster.change else "",
        f"关键词：{'、'.join(cluster.keywords)}" if cluster.keywords else "",
    ]
    for fact in filter(None, facts):
        document.add_paragraph(printable(fact))
    for quote, row in zip(cluster.quotes, cluster.representatives, strict=True):
        document.add_paragraph(printable(f"“{' '.join(quote.split())}”（第 {row} 行）"), "Quote")
    for title, parts in (("这一类里的几件事", cluster.wants), ("这一类里的需求", cluster.needs)):
        if parts:
            bars = shares([share.users for share in parts])
            rows = [(share.need, bar) for share, bar in zip(parts, bars, strict=True)]
            _table(document, (title, "人数"), rows, (11.5, 4.5))
    document.add_heading("对代表原话的诊断", 2)
    _sections(document, cluster.diagnosis, 3)


def _sections(document: Any, diagnosis: Diagnosis, level: int) -> None:
    for section in sections_of(diagnosis):
        document.add_heading(printable(section.title), level)
        for line in section.lines:
            document.add_paragraph(printable(line))
        if section.table:
            _table(document, section.table[0], section.table[1:], (4.6, 1.1, 1.1, 1.6, 2.0, 2.6, 3.0))


def _left_out(document: Any, report: VoiceReport) -> None:
    texts = {voice.row: voice.text for voice in report.voices}
    some = report.unclustered[:_MOST_ROWS]
    rows = [(str(e["row"]), " ".join(texts[int(str(e["row"]))].split())[:120], str(e["reason"])) for e in some]
    _table(document, ("行", "原话", "原因"), rows, (1.4, 8.6, 6.0))
    if len(report.unclustered) > _MOST_ROWS:
        left = len(report.unclustered) - _MOST_ROWS
        document.add_paragraph(f"这里列出前 {_MOST_ROWS} 行，其余 {left} 行在 xlsx 的明细里。")


# Parts of a document


def _new(title: str) -> Any:
    document = docx.Document()
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3", "Quote"):
        style = document.styles[name]
        style.font.name = _FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), _FONT)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):  # a theme's font would win
            fonts.attrib.pop(qn(f"w:{theme}"), None)
    document.styles["Normal"].font.size = Pt(10.5)
    document.styles["Normal"].paragraph_format.space_after = Pt(3)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    props = document.core_properties
    props.title, props.author, props.last_modified_by, props.language = title, "ops-copilot", "ops-copilot", "zh-CN"
    props.created = props.modified = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    number_pages(footer, "")
    return document


def _contents(document: Any, titles: Sequence[str]) -> None:
    """Add the contents: links to bookmarks, which need no update of fields when the file is opened."""
    document.add_heading("目录", 1)
    for at, title in enumerate(titles):
        paragraph = document.add_paragraph()
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), f"part{at}")
        run = paragraph.add_run(printable(" ".join(title.split())))
        run.font.underline = True
        link.append(run._r)
        paragraph._p.append(link)
    document.add_page_break()


def _heading(document: Any, title: str, at: int) -> None:
    heading = document.add_heading(printable(" ".join(title.split())), 1)
    for kind in ("bookmarkStart", "bookmarkEnd"):
        mark = OxmlElement(f"w:{kind}")
        mark.set(qn("w:id"), str(at))
        if kind == "bookmarkStart":
            mark.set(qn("w:name"), f"part{at}")
        heading._p.append(mark)


def _table(document: Any, header: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
    """Add a table whose header stands on every page; `widths` in cm."""
    table = document.add_table(1, len(header), "Table Grid")
    table.autofit = False
    sizes = [Cm(width) for width in widths]
    for row in (header, *rows):
        cells = table.rows[0].cells if row is header else table.add_row().cells
        for cell, text, size in zip(cells, row, sizes, strict=True):
            cell.text, cell.width = printable(text), size
    for cell in table.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    document.add_paragraph()


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
