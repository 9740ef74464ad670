"""Tables of a document that a manager signs: columns fit what they hold, headers come again on every page."""

import re
from collections.abc import Collection, Sequence
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm
from docx.text.run import Run

from copilot.export.plan_document_parts import add_paragraph, element, sentence
from copilot.text.counters import count

HEAD, BAND, RULE = "DCE6F1", "F2F2F2", "A6A6A6"  # fills of headers and totals, lines: they stay apart when printed grey
_WIDE = 7  # columns from which a table is set in small type
_GAPS = 0.4  # cm beside the text of a cell
_ROOM = 18  # half characters that fit into a column for writing in
_MOST = 4.5  # cm that the longest word may ask for
_NAMES = re.compile("[!-~]+(?:、[!-~]+)+")  # LibreOffice breaks a line inside such names, not behind their commas
_NUMBER = re.compile(r"[−+\-]?[\d,]+(?:\.\d+)?%?")


def add_table(
    document: Any,
    rows: Sequence[Sequence[str]],
    width: float,
    cited: Collection[int] = (),
    *,
    widths: Sequence[float] = (),
    header: bool = True,
    low: float = 0.0,
) -> Any:
    """Add a table as wide as `width` cm; its first row is the header, which every page repeats.

    `widths` in cm instead of columns that fit their texts; `low` is the least height of a row in cm, for signatures.
    """
    table = document.add_table(len(rows), len(rows[0]), "Table Grid")
    table.autofit = False
    wide = len(rows[0]) >= _WIDE
    sizes = [Cm(one) for one in (widths or column_widths(rows, width, 8 if wide else 9))]
    right = [_numeric([row[at] for row in rows[1:]]) for at in range(len(rows[0]))]
    _framed(table, sizes)
    for n, (row, texts) in enumerate(zip(table.rows, rows, strict=True)):
        head = header and n == 0
        total = header and texts[0] == "合计"
        marks = row._tr.get_or_add_trPr()
        marks.append(OxmlElement("w:cantSplit"))
        if low and not head:
            row.height = Cm(low)
        if head:
            marks.append(OxmlElement("w:tblHeader"))
        for at, (cell, text, size) in enumerate(zip(row.cells, texts, sizes, strict=True)):
            cell.width = size
            paragraph = cell.paragraphs[0]
            paragraph._p.style = "SmallTableText" if wide else "TableText"
            paragraph.paragraph_format.keep_with_next = True if head else None
            if right[at] and header:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            text = text.replace("、", ", ") if _NAMES.fullmatch(text) else text
            sentence(paragraph, text, cited, raised=False)
            if head or total or (not header and at % 2 == 0):
                fill(cell, HEAD if head else BAND)
                _bold(paragraph)
    add_paragraph(document, "Source")
    return table


def column_widths(rows: Sequence[Sequence[str]], width: float, size: float) -> list[float]:
    """Return widths in cm that add up to `width`: short columns get what they need, long ones share the rest.

    `size` of the type in points. Long ones share by the root of their mean length: the longest would take all. Empty
    columns are for writing in.
    """
    unit = size * 0.0353 / 2 * 1.08  # cm of half a character; 8 % for type that runs wide
    columns = list(zip(*rows, strict=True))
    lengths = [[count(cell, "width") if any(column[1:]) else _ROOM for cell in column] for column in columns]
    words = [max(count(column[0], "width"), 1.2 * _word(column)) * unit + _GAPS for column in columns]
    need = [max(max(column) * unit + _GAPS, word) for column, word in zip(lengths, words, strict=True)]
    least = [min(word, _MOST) for word in words]
    if sum(need) <= width:
        return [one * width / sum(need) for one in need]
    weights = [(sum(column) / len(column)) ** 0.5 for column in lengths]
    found: dict[int, float] = {}
    while True:  # settles one column at least, or ends
        left = [at for at in range(len(columns)) if at not in found]
        rest, whole = width - sum(found.values()), sum(weights[at] for at in left)
        share = {at: rest * weights[at] / whole for at in left}
        small = {at: need[at] for at in left if need[at] <= share[at]}
        held = small or {at: least[at] for at in left if least[at] > share[at]}
        if not held or len(held) == len(left) or sum(held.values()) >= rest:
            found |= share
            return [found[at] * width / sum(found.values()) for at in range(len(columns))]
        found |= held


def fill(cell: Any, color: str) -> None:
    """Give a cell a ground."""
    cell._tc.get_or_add_tcPr().append(element("shd", val="clear", color="auto", fill=color))


def _word(column: Sequence[str]) -> int:
    """Return how long the longest part of a column is that must not be broken: a date, a figure, a Latin word."""
    return max((len(word) for cell in column for word in re.findall(r"[!-~]+", cell)), default=0)


def _numeric(cells: Sequence[str]) -> bool:
    told = [cell for cell in cells if cell not in ("", "—")]
    return bool(told) and all(_NUMBER.fullmatch(cell) for cell in told)


def _framed(table: Any, sizes: Sequence[int]) -> None:
    properties = table._tbl.tblPr
    borders = element("tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(element(side, val="single", sz="4", space="0", color=RULE))
    properties.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    margins = element("tblCellMar")
    for side, gap in (("top", 40), ("left", 80), ("bottom", 40), ("right", 80)):
        margins.append(element(side, w=str(gap), type="dxa"))
    properties.insert_element_before(margins, "w:tblLook")  # Word refuses files whose parts stand in another order
    for column, size in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), sizes, strict=True):
        column.set(qn("w:w"), str(int(size / 635)))


def _bold(paragraph: Any) -> None:
    for run in paragraph._p.iter(qn("w:r")):
        Run(run, paragraph).bold = True
