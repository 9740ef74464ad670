"""The output of a batch as xlsx: texts as texts, nothing cut from the results, the same bytes for the same rows."""

import pickle
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, cast
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from copilot.batch.output_cells import OURS, RESULT, ROWS, Line, Shape, cells_of, column_names
from copilot.batch.output_words import explained
from copilot.errors import InputError
from copilot.export.copy import csv_cell

CELL = 32_767  # UTF-16 units that a cell holds; Excel calls a file with more damaged
COLUMNS = 16_384
_HEAD = PatternFill("solid", fgColor="DDE6F0")
_WIDTHS = (8, 46)  # least and most of a column, in digits
_LOOKED_AT = 200  # rows that say how wide the columns are
_WIDE = re.compile("[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]")
_LINE_ENDS = re.compile("\r\n?")
_FIRST_SHEET = "xl/worksheets/sheet1.xml"
_DATE = datetime(2000, 1, 1)  # a date of now would make two equal runs differ


def write_sheet(file: BinaryIO, shape: Shape, lines: Iterable[Line], folder: Path) -> None:
    """Write the workbook; `folder` is for a temporary file.

    The rows go through that file, since the header and the widths stand before them and depend on them.

    :raises InputError: more rows or columns than a sheet holds
    """
    with tempfile.TemporaryFile(dir=folder) as spool:
        parts, widths = _spooled(spool, shape, lines)
        names = column_names(shape, [f"{RESULT}.{number}" for number in range(2, parts + 1)])
        if len(names) > COLUMNS:
            raise InputError(f"一共 {len(names)} 列，xlsx 最多 {COLUMNS} 列", "输出改用 .csv 或 .jsonl。")
        book = openpyxl.Workbook(write_only=True)
        book.properties.creator, book.properties.created, book.properties.modified = "ops-copilot", _DATE, _DATE
        sheet, words = book.create_sheet("结果"), book.create_sheet("说明")
        _put_head(sheet, names, widths)
        _put_head(words, ["列", "说明"], [24, 90])
        for row in explained(shape, names):
            words.append([_shortened(cell, True) for cell in row])
        style, letters = _quoting_style(sheet), [get_column_letter(at) for at in range(1, len(names) + 1)]
        with _Archive(file, "w", ZIP_DEFLATED) as archive:
            archive.rows = (_row_xml(number, row, letters, style) for number, row in enumerate(_rows(spool, shape), 2))
            ExcelWriter(book, archive).write_data()


def cut(text: str) -> list[str]:
    """Return the parts of `text` that cells hold; no part ends within a pair of UTF-16 units."""
    if len(text) * 2 <= CELL:
        return [text]
    parts, begun, units = [], 0, 0
    for at, character in enumerate(text):
        size = 1 if character <= "\uffff" else 2
        if units + size > CELL:
            parts.append(text[begun:at])
            begun, units = at, 0
        units += size
    return [*parts, text[begun:]]


def _spooled(spool: IO[bytes], shape: Shape, lines: Iterable[Line]) -> tuple[int, list[int]]:
    """Write the cells of all lines into `spool`; return the cells that the longest result takes, and all widths."""
    parts, widths = 1, [_width(name) + 2 for name in column_names(shape)]
    for count, line in enumerate(lines, 1):
        if count > ROWS:
            raise InputError(f"超过 {ROWS} 行，xlsx 放不下", "输出改用 .csv 或 .jsonl。")
        cells = cells_of(line, shape)
        if count <= _LOOKED_AT:
            widths = [max(width, _width(cell)) for width, cell in zip(widths, cells, strict=True)]
        parts = max(parts, len(cut(cells[-1])))
        pickle.dump(cells, spool)
    pickle.dump(None, spool)
    widths += [_WIDTHS[1]] * (parts - 1)
    return parts, [min(max(_WIDTHS[0], width), _WIDTHS[1]) for width in widths]


def _width(text: str) -> int:
    first = text[: _WIDTHS[1]].partition("\n")[0]
    return len(first) + len(_WIDE.findall(first))


def _rows(spool: IO[bytes], shape: Shape) -> Iterator[list[str | int]]:
    """Yield the cells again: long results over several, other long texts shortened, numbers of ours as numbers."""
    own, numbers = len(shape.header), [len(shape.header) + OURS.index(name) for name in ("row", "tokens")]
    spool.seek(0)
    while (cells := cast("list[str] | None", pickle.load(spool))) is not None:
        row: list[str | int] = [_shortened(cell, at < own) for at, cell in enumerate(cells[:-1])]
        for at in numbers:
            row[at] = int(cells[at]) if cells[at].isdecimal() else cells[at]
        yield [*row, *cut(cells[-1])]


def _shortened(text: str, own: bool) -> str:
    parts = cut(_LINE_ENDS.sub("\n", text) if "\r" in text else text)
    if len(parts) == 1:
        return parts[0]
    note = f"……（全文 {len(text)} 字，单元格放不下；{'全文见原表' if own else '全文见 result 列'}）"
    return parts[0][: -len(note)] + note


def _put_head(sheet: Any, names: Sequence[str], widths: Sequence[int]) -> None:
    for at, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.freeze_panes = "A2"
    cells = [WriteOnlyCell(sheet, _shortened(name, True) or None) for name in names]
    for cell in cells:
        cell.data_type, cell.font, cell.fill, cell.quotePrefix = "s", Font(bold=True), _HEAD, _risky(cell.value or "")
    sheet.append(cells)


def _quoting_style(sheet: Any) -> int:
    """Return the number of the style of a cell that stays a text when somebody edits it."""
    cell = WriteOnlyCell(sheet)
    cell.quotePrefix = True
    return int(cell.style_id)


def _row_xml(number: int, cells: Sequence[str | int], letters: Sequence[str], style: int) -> str:
    """Return a row as XML; openpyxl takes eight times as long for it, three minutes for 100,000 rows."""
    parts = [f'<row r="{number}">']
    for letter, cell in zip(letters, cells, strict=False):
        if isinstance(cell, int):
            parts.append(f'<c r="{letter}{number}"><v>{cell}</v></c>')
        elif cell:
            quoted = f' s="{style}"' if _risky(cell) else ""
            text = escape(cell)
            parts.append(
                f'<c r="{letter}{number}"{quoted} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
            )
    return "".join([*parts, "</row>"])


def _risky(text: str) -> bool:
    """Whether a spreadsheet would take a text for something else when somebody edits it."""
    return csv_cell(text) != text or text in ERROR_CODES


class _Archive(ZipFile):
    """A workbook whose entries all have one date, so that the same content makes the same bytes.

    `rows` are the rows of the first sheet, of which openpyxl writes the head.
    """

    rows: Iterable[str] = ()

    def writestr(self, zinfo_or_arcname: Any, data: Any, *args: Any, **options: Any) -> None:
        super().writestr(_entry(zinfo_or_arcname), data, ZIP_DEFLATED)

    def write(self, filename: Any, arcname: Any = None, *args: Any, **options: Any) -> None:
        top, end, bottom = Path(filename).read_bytes().partition(b"</sheetData>")
        with self.open(_entry(arcname), "w", force_zip64=True) as entry:  # it may pass 2 GiB
            entry.write(top)
            if arcname == _FIRST_SHEET:
                for row in self.rows:
                    entry.write(row.encode())
            entry.write(end + bottom)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _DATE.timetuple()[:6])
    entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o600 << 16
    return entry
