"""docx → HTML by mammoth → Markdown. Headings are found by style, by outline level and by inheritance."""

import io
import re
import zipfile
from xml.etree import ElementTree

import mammoth

from copilot.loading.archive import check_archive
from copilot.loading.titles import core_title
from copilot.loading.web import html_to_markdown
from copilot.types import LoadedText

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING_NAME = re.compile(r"(?:heading|标题|標題)\s*([1-9])$", re.IGNORECASE)
_VANISH = re.compile(rb"<w:(?:vanish|webHidden)\b")
_TITLE_NAMES = {"title", "标题", "標題"}
_PLAIN_STYLES = """
p[style-name^='toc'] => !
p[style-name='Subtitle'] => p:fresh
"""


def read_docx(data: bytes) -> LoadedText:
    """Return a Word document as Markdown, titled by its properties or its first level-1 heading.

    :raises LoadError: not a docx, or an unsafe one
    """
    with check_archive(data, "docx", "word/") as archive:
        style_map = _heading_styles(archive) + _PLAIN_STYLES
        title = core_title(archive)
        hides = _VANISH.search(archive.read("word/document.xml")) is not None
    html = mammoth.convert_to_html(
        io.BytesIO(_without_hidden(data) if hides else data),
        style_map=style_map,
        convert_image=mammoth.images.img_element(lambda image: {}),
    ).value
    text, first_heading, _ = html_to_markdown(html)
    return LoadedText(text, title or first_heading, "")


def _without_hidden(data: bytes) -> bytes:
    """Return the document without runs that are formatted as hidden: mammoth reads them like any other."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as seen:
        for entry in archive.infolist():
            part = archive.read(entry)
            if entry.filename == "word/document.xml":
                tree = ElementTree.fromstring(part)
                for parent in tree.iter():
                    for run in [child for child in parent if child.tag == f"{_W}r" and _is_hidden(child)]:
                        parent.remove(run)
                part = ElementTree.tostring(tree)
            seen.writestr(entry, part)
    return out.getvalue()


def _is_hidden(run: ElementTree.Element) -> bool:
    marks = [run.find(f"{_W}rPr/{_W}{name}") for name in ("vanish", "webHidden")]
    return any(mark is not None and mark.get(f"{_W}val", "1") not in ("0", "false", "off") for mark in marks)


def _heading_styles(archive: zipfile.ZipFile) -> str:
    """Return mammoth rules for the paragraph styles that are headings; localised and custom styles are, too."""
    if "word/styles.xml" not in archive.namelist():
        return ""
    styles = {
        style.get(f"{_W}styleId", ""): style
        for style in ElementTree.fromstring(archive.read("word/styles.xml")).iter(f"{_W}style")
        if style.get(f"{_W}type", "paragraph") == "paragraph"
    }
    rules = []
    for style_id, style in styles.items():
        name, level = _name(style), _heading_level(style_id, styles)
        if level and not re.search(r"['\\\n]", name):  # what mammoth's rule language cannot quote
            rules.append(f"p[style-name='{name}'] => h{level}:fresh")
    return "\n".join(rules)


def _heading_level(style_id: str, styles: dict[str, ElementTree.Element]) -> int:
    for _ in range(10):  # a style may be based on itself by way of others
        style = styles.get(style_id)
        if style is None:
            return 0
        name = _name(style)
        if name.lower() in _TITLE_NAMES:
            return 1
        if found := _HEADING_NAME.match(name):
            return min(int(found[1]), 6)
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        if outline is not None and (level := outline.get(f"{_W}val", "")).isdecimal():
            return int(level) + 1 if int(level) < 6 else 0  # 9 is body text
        if name.lower().startswith("toc"):
            return 0
        based = style.find(f"{_W}basedOn")
        style_id = based.get(f"{_W}val", "") if based is not None else ""
    return 0


def _name(style: ElementTree.Element) -> str:
    name = style.find(f"{_W}name")
    return name.get(f"{_W}val", "") if name is not None else ""
