"""Ad copy → a docx for approval: a table for each variant, what was found, what it rests on, room for the verdict."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from copilot.briefs import AdCopy
from copilot.channels import Channel
from copilot.export.copy_parts import (
    AI_LABEL,
    PROPERTY,
    brief_rows,
    citations,
    count_text,
    dropped_rows,
    field_label,
    finding_lines,
    heading,
    implicit_label,
    label_lines,
    note_rows,
    platform_title,
    printable,
    properties,
)
from copilot.tasks.result_angles import angle_label
from copilot.types import Variant

_FONT = "微软雅黑"
_WIDTHS = (Cm(2.6), Cm(10.4), Cm(3.0))
_CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"


def copy_docx(result: AdCopy, channels: Mapping[str, Channel]) -> bytes:
    """Return the document."""
    document = docx.Document()
    _set_up(document, result)
    document.add_heading(printable(heading(result)), 0)
    for number, variant in enumerate(result.variants, 1):
        _variant(document, number, variant, channels)
    _listed(document, "没有采用", dropped_rows(result))
    document.add_heading("需求", 1)
    _table(document, [(name, value, "") for name, value in brief_rows(result)], merge=True)
    _listed(document, "说明", note_rows(result))
    cited = [f"第 {n} 条 · {c.title}（{c.source}）：“{' '.join(c.quote.split())}”" for n, c in citations(result)]
    _listed(document, "依据", cited)
    document.add_heading("审核", 1)
    _table(
        document,
        [("结论", "□ 通过　　□ 修改后通过　　□ 退回", ""), ("意见", "", ""), ("审核人、日期", "", "")],
        merge=True,
    )
    _footer(document, result)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def chinese_fonts(document: Any) -> None:
    """Give text and headings a font that has Chinese signs."""
    for style in (document.styles[name] for name in ("Normal", "Title", "Heading 1", "Heading 2")):
        style.font.name = _FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), _FONT)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):  # a theme's font would win
            fonts.attrib.pop(qn(f"w:{theme}"), None)


def _set_up(document: Any, result: AdCopy) -> None:
    chinese_fonts(document)
    document.styles["Normal"].font.size = Pt(10.5)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    properties_ = document.core_properties
    properties_.title, properties_.author = printable(heading(result))[:PROPERTY], "ops-copilot"
    properties_.last_modified_by, properties_.language = "ops-copilot", "zh-CN"
    properties_.keywords, properties_.comments = map(printable, properties(result))
    properties_.created = properties_.modified = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    if label := implicit_label(result):
        _custom_property(document, "AIGC", label)


def _variant(document: Any, number: int, variant: Variant, channels: Mapping[str, Channel]) -> None:
    title = f"{number}　{platform_title(variant, channels)} · {angle_label(variant.angle)}"
    document.add_heading(printable(title), 1)
    document.add_paragraph(f"编号 {printable(variant.id)}")
    rows = [("字段", "内容", "字数")]
    for name, value in variant.fields.items():
        count = count_text(variant.counts[name]) if name in variant.counts else ""
        text = value if isinstance(value, str) else "\n".join(value)
        if text:
            rows.append((field_label(variant, name, channels), text, count))
    _table(document, rows, header=True)
    for line in finding_lines(variant, channels):
        document.add_paragraph(printable(line), "List Bullet")
    if variant.ai_generated:
        document.add_paragraph().add_run(AI_LABEL).italic = True


def _table(document: Any, rows: Sequence[tuple[str, str, str]], *, header: bool = False, merge: bool = False) -> None:
    """Add a table of three columns; `merge` joins the last two, `header` repeats the first row on every page."""
    table = document.add_table(len(rows), 3, "Table Grid")
    table.autofit = False
    for cells, row in zip(table.rows, rows, strict=True):
        for cell, text, width in zip(cells.cells, row, _WIDTHS, strict=True):
            cell.text, cell.width = printable(text), width
        if merge:
            joined = cells.cells[1].merge(cells.cells[2])
            joined.text = printable(row[1])
    if header:
        for cell in table.rows[0].cells:
            cell.paragraphs[0].runs[0].bold = True
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    document.add_paragraph()


def _listed(document: Any, title: str, lines: Sequence[str]) -> None:
    if lines:
        document.add_heading(title, 1)
        for line in lines:
            document.add_paragraph(printable(" ".join(line.split())), "List Bullet")


def _footer(document: Any, result: AdCopy) -> None:
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    number_pages(paragraph, "　".join([*label_lines(result), ""]))


def number_pages(paragraph: Any, before: str) -> None:
    """Put the page's number into a paragraph of the footer, behind some text: 第 3 页."""
    paragraph.add_run(f"{before}第 ")
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        paragraph.add_run()._r.append(element)
    paragraph.add_run(" 页")


def _custom_property(document: Any, name: str, value: str) -> None:
    """Add a custom text property; python-docx knows core properties only, which hold 255 characters."""
    from xml.sax.saxutils import escape

    kinds = "http://schemas.openxmlformats.org/officeDocument/2006"
    xml = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties xmlns="{kinds}/custom-properties" '
        f'xmlns:vt="{kinds}/docPropsVTypes"><property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" '
        f'name="{name}"><vt:lpwstr>{escape(printable(value))}</vt:lpwstr></property></Properties>'
    )
    package = document.part.package
    part = Part(PackURI("/docProps/custom.xml"), _CUSTOM_TYPE, xml.encode(), package)
    package.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_PROPERTIES)
