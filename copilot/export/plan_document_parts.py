"""Parts of a document that a manager signs: paper, fonts, styles, fields, links."""

import io
import re
import zipfile
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from copilot.export.plan_parts import line, pieces

FONT = "微软雅黑"
_OTHERS = "Microsoft YaHei,宋体,SimSun,PingFang SC,Noto Sans CJK SC"  # where 微软雅黑 is missing
INK, GREY, AMBER = RGBColor(0x1F, 0x38, 0x64), RGBColor(0x59, 0x59, 0x59), RGBColor(0x9C, 0x4A, 0x00)
_DATE = datetime(2000, 1, 1)  # a date of now would make two equal runs differ
_MARGIN = {False: 2.2, True: 1.8}
_PAGE = {False: (21.0, 29.7), True: (29.7, 21.0)}


def text_width(landscape: bool) -> float:
    """Return how wide the text is, in cm."""
    return _PAGE[landscape][0] - 2 * _MARGIN[landscape]


def new_document(title: str, keywords: str, comments: str) -> Any:
    """Return an empty document with the styles that a plan is set in."""
    document = docx.Document()
    styles = document.styles
    for name, size, before, after in (
        ("Normal", 10.5, 0, 4), ("Title", 22, 0, 4), ("Heading 1", 15, 18, 6),
        ("Heading 2", 12, 10, 4), ("List Bullet", 10.5, 0, 3), ("Header", 8.5, 0, 0), ("Footer", 8.5, 0, 0),
    ):  # fmt: skip
        _dressed(styles[name], size, before, after)
    for name, size, after in (
        ("toc 1", 10.5, 3),
        ("Contents Title", 15, 6),
        ("Table Text", 9, 0),
        ("Small Table Text", 8, 0),
        ("Source", 8, 2),
    ):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name == "toc 1")
        style.base_style = styles["Normal"]
        _dressed(style, size, 0, after)
    styles["Normal"].paragraph_format.line_spacing = 1.15
    styles["Normal"].paragraph_format.widow_control = True
    for name in ("Table Text", "Small Table Text", "Source"):
        styles[name].paragraph_format.line_spacing = 1.0
    for name in ("Heading 1", "Heading 2"):
        styles[name].paragraph_format.keep_with_next = True
        styles[name].font.color.rgb = INK
    styles["Title"].font.color.rgb, styles["Title"].font.bold = INK, True
    styles["Contents Title"].font.color.rgb, styles["Contents Title"].font.bold = INK, True
    styles["Contents Title"].paragraph_format.keep_with_next = True
    styles["Contents Title"].paragraph_format.space_before = Pt(14)
    _ruled(styles["Title"], "bottom", "1F3864", 12)
    for name, color in (("Citation", INK), ("Given", GREY), ("Assumed", AMBER)):
        style = styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
        style.font.superscript, style.font.color.rgb = True, color
    for setting in document.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")  # else Word says 兼容模式
    lay_out(document.sections[0], landscape=False)
    props = document.core_properties
    props.title, props.author, props.last_modified_by, props.language = title, "ops-copilot", "ops-copilot", "zh-CN"
    props.keywords, props.comments = keywords, comments
    props.created = props.modified = _DATE
    return document


def lay_out(section: Any, *, landscape: bool) -> None:
    """Set a section's paper: A4, upright or across."""
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Cm(side) for side in _PAGE[landscape])
    section.left_margin = section.right_margin = Cm(_MARGIN[landscape])
    section.top_margin, section.bottom_margin = Cm(2.2), Cm(2.0)


def saved(document: Any) -> bytes:
    """Return the file; equal documents are equal bytes."""
    out, fixed = io.BytesIO(), io.BytesIO()
    document.save(out)
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name == "docProps/thumbnail.jpeg":  # of python-docx's own template
                continue
            data = old.read(name)
            if name == "word/fontTable.xml":
                data = data.replace(b"</w:fonts>", _font_entry().encode() + b"</w:fonts>")
            if name == "_rels/.rels":
                data = re.sub(rb"<Relationship [^>]*thumbnail[^>]*/>", b"", data)
            entry = zipfile.ZipInfo(name, _DATE.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, data)
    return fixed.getvalue()


def _font_entry() -> str:
    return (
        f'<w:font w:name="{FONT}"><w:altName w:val="{_OTHERS}"/><w:panose1 w:val="020B0503020204020204"/>'
        '<w:charset w:val="86"/><w:family w:val="swiss"/><w:pitch w:val="variable"/></w:font>'
    )


def _dressed(style: Any, size: float, before: float, after: float) -> None:
    style.font.name, style.font.size = FONT, Pt(size)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), FONT)
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):  # a theme's font would win
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    if style.name == "Normal":
        lang = element("lang", val="en-US", eastAsia="zh-CN")  # for the breaking of lines
        style.element.get_or_add_rPr().append(lang)


def _ruled(style: Any, side: str, color: str, size: int) -> None:
    """Give the paragraphs of a style a line at one side, instead of any that it has."""
    properties = style.element.get_or_add_pPr()
    for old in properties.findall(qn("w:pBdr")):
        properties.remove(old)
    border = element("pBdr")
    border.append(element(side, val="single", sz=str(size), space="4", color=color))
    properties.insert_element_before(border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc",
                                     "w:outlineLvl")  # fmt: skip


# Fields and links


def field(paragraph: Any, code: str, shown: str = "1") -> None:
    """Append a field; `shown` is what stands there until the field is counted."""
    paragraph.add_run()._r.append(element("fldChar", fldCharType="begin"))
    _code(paragraph, code)
    paragraph.add_run()._r.append(element("fldChar", fldCharType="separate"))
    paragraph.add_run(shown)
    paragraph.add_run()._r.append(element("fldChar", fldCharType="end"))


def heading(document: Any, title: str, number: int) -> Any:
    """Add the heading of a chapter, counted from 0, to which the contents lead; return its paragraph."""
    paragraph = document.add_heading(title, 1)
    bookmark(paragraph, f"_Toc{number:08d}", number)
    return paragraph


def contents(document: Any, titles: Sequence[str]) -> None:
    """Add the table of contents: a field that holds its entries already, as links to the chapters.

    Page numbers come with its first update: none can be known before the pages are laid out.
    """
    for at, title in enumerate(titles):
        paragraph = add_paragraph(document, "toc1")
        if at == 0:
            paragraph.add_run()._r.append(element("fldChar", fldCharType="begin"))
            _code(paragraph, r'TOC \o "1-1" \h \z \u')
            paragraph.add_run()._r.append(element("fldChar", fldCharType="separate"))
        link(paragraph, f"_Toc{at:08d}", title)
        if at == len(titles) - 1:
            paragraph.add_run()._r.append(element("fldChar", fldCharType="end"))


def link(paragraph: Any, name: str, text: str, style: str | None = None) -> None:
    """Append a text that leads to a bookmark."""
    hyperlink = element("hyperlink", anchor=name, history="1")
    run = paragraph.add_run(text)
    run._r.style = style
    hyperlink.append(run._r)
    paragraph._p.append(hyperlink)


def add_paragraph(document: Any, style: str, text: str = "") -> Any:
    """Add a paragraph; `style` is an id, not a name: to look names up took 3.6 of 4.7 seconds of a plan."""
    paragraph = document.add_paragraph(text)
    paragraph._p.style = style
    return paragraph


def bookmark(paragraph: Any, name: str, number: int) -> None:
    """Put a bookmark around what a paragraph holds."""
    first = 1 if paragraph._p.pPr is not None else 0
    paragraph._p.insert(first, element("bookmarkStart", id=str(number), name=name))
    paragraph._p.append(element("bookmarkEnd", id=str(number)))


def sentence(paragraph: Any, text: str, cited: Collection[int], *, raised: bool = True) -> None:
    """Append a sentence; marks of basis and citations are raised, a citation leads to its entry in the list."""
    for kind, piece in pieces(line(text)):
        if kind == "cite" and int(piece[1:-1]) in cited:
            link(paragraph, f"cite{piece[1:-1]}", piece, "Citation" if raised else None)
        else:
            run = paragraph.add_run(piece)
            if kind == "mark" and raised:
                run._r.style = "Assumed" if "假设" in piece else "Given"


def _code(paragraph: Any, code: str) -> None:
    text = element("instrText")
    text.set(qn("xml:space"), "preserve")
    text.text = f" {code} "
    paragraph.add_run()._r.append(text)


def element(name: str, /, **values: str) -> Any:
    """Return an element of Word's own name space: `w:name` with the attributes `w:key`."""
    made = OxmlElement(f"w:{name}")
    for key, value in values.items():
        made.set(qn(f"w:{key}"), value)
    return made
