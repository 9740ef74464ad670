"""pdf → paragraphs, headings and tables, from the places and sizes of the lines on the page."""

import io
import logging
import re
import statistics
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

import pdfplumber
from pdfminer.layout import LTChar, LTCurve, LTLine, LTRect, LTTextContainer, LTTextLine
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect

from copilot.errors import LoadError
from copilot.knowledge import read
from copilot.loading.paragraphs import Line, join_lines
from copilot.loading.tables import markdown_table
from copilot.loading.titles import meaningful
from copilot.types import LoadedText

# Radicals and ligatures that fonts map to instead of the character or letters meant (⽤ for 用, ﬁ for fi).
_COMPATIBLE = re.compile("[\u2e80-\u2fd5\ufb00-\ufb06]")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f"
_GAP = re.compile(rf"(?<=[{_WIDE}])[ \u00a0]+(?=[{_WIDE}])")  # justified Chinese lines have wide gaps, not spaces
_UNMAPPED = re.compile(r"\(cid:\d+\)")
_PAGE_NUMBER = re.compile(
    r"[-–— ]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／共]\s*(?:共\s*)?\d{1,4}\s*页?)?[-–— ]*|Page \d+(?: of \d+)?"
)


class _Page(NamedTuple):
    lines: list[Line]
    tables: list[tuple[float, str]]  # top edge, Markdown


def read_pdf(data: bytes) -> LoadedText:
    """Return a pdf's text layer as Markdown.

    :raises LoadError: encrypted, too many pages, or without a text layer
    """
    if b"%PDF-" not in data[:1024]:
        raise LoadError("内容不是 PDF", "检查扩展名是否正确、文件是否下载完整")
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it reports every oddity of a font on stderr
    try:
        document = pdfplumber.open(io.BytesIO(data), laparams={}, raise_unicode_errors=False)
    except pdfplumber.utils.exceptions.PdfminerException as error:
        if error.args and isinstance(error.args[0], PDFPasswordIncorrect | PDFEncryptionError):
            raise LoadError("PDF 加了密码", "去掉密码（另存为不加密的 PDF）后再添加") from None
        raise
    with document:
        if len(document.pages) > (limit := read("loading")["max_pdf_pages"]):
            raise LoadError(f"PDF 有 {len(document.pages)} 页，上限 {limit} 页", "拆成几个文件后再添加")
        pages = [_read_page(number, page) for number, page in enumerate(document.pages)]
        title = document.metadata.get("Title")
    text = join_lines(list(_flow(_without_margins(pages))))
    if not text.strip():
        raise LoadError("PDF 没有文字层（多半是扫描件）", "先做文字识别（OCR），另存为带文字的 PDF 或 docx 后再添加")
    lost = len(_UNMAPPED.findall(text))
    if lost * 2 > len(_UNMAPPED.sub("", text)):
        raise LoadError("PDF 的字体没有文字对照表，读出来是乱码", "先做文字识别（OCR），或用原文档另存后再添加")
    note = f"{lost} 个字的字体没有对照表，已略去" if lost else ""
    return LoadedText(_UNMAPPED.sub("", text), meaningful(title) if isinstance(title, str) else "", "", note)


def _read_page(number: int, page: Any) -> _Page:
    layout = page.layout
    ruled = sum(isinstance(item, LTRect | LTLine | LTCurve) for item in layout) >= 4
    found = [table for table in page.find_tables() if len(table.rows) > 1] if ruled else []
    height, boxes, tables = layout.height, [], []
    for table in found:
        rows = [[mend(cell or "") for cell in row] for row in table.extract()]
        if markdown := markdown_table(rows):
            boxes.append(table.bbox)
            tables.append((height - table.bbox[1], markdown))
    lines = [
        line
        for item in _text_lines(layout)
        if (line := _line(number, layout.width, item)).text
        and not any(
            x0 <= (line.x0 + line.x1) / 2 <= x1 and top <= height - line.middle <= bottom
            for x0, top, x1, bottom in boxes
        )
    ]
    page.close()
    return _Page(lines, sorted(tables, reverse=True))


def _text_lines(container: Any) -> Iterator[LTTextLine]:
    for item in container:
        if isinstance(item, LTTextLine):
            yield item
        elif isinstance(item, LTTextContainer):
            yield from _text_lines(item)


def _line(number: int, width: float, item: LTTextLine) -> Line:
    sizes = [character.size for character in item if isinstance(character, LTChar)]
    text = mend(item.get_text()).strip()
    size = max(1.0, round(statistics.median(sizes or [1]) * 2) / 2)
    return Line(text, number, width, item.x0, item.x1, item.y0, item.y1, size)


def mend(text: str) -> str:
    """Return extracted text with radicals and ligatures as plain characters, and no spaces inside Chinese."""
    text = _COMPATIBLE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return _GAP.sub("", text.replace("\xa0", " "))


def _without_margins(pages: list[_Page]) -> Iterator[_Page]:
    """Drop page numbers, and first or last lines that stand on three pages or more (running heads and feet)."""
    edges = [page.lines[index].text for page in pages if page.lines for index in {0, len(page.lines) - 1}]
    running = {text for text in edges if edges.count(text) >= 3} if len(pages) >= 3 else set()
    for page in pages:
        by_height = sorted(page.lines, key=lambda line: -line.middle)
        ends = by_height[:1] + by_height[-1:]
        dropped = [
            line for line in ends if line.text in running or (_PAGE_NUMBER.fullmatch(line.text) and len(pages) > 1)
        ]
        yield _Page([line for line in page.lines if line not in dropped], page.tables)


def _flow(pages: Iterator[_Page]) -> Iterator[Line | str]:
    """Yield lines and tables in reading order; a table stands before the first line below it."""
    for page in pages:
        tables = list(page.tables)
        for line in page.lines:
            while tables and line.middle < tables[0][0]:
                yield tables.pop(0)[1]
            yield line
        for _, table in tables:
            yield table
