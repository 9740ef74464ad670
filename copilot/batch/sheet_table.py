"""xlsx → rows, read as a stream. openpyxl gives the cells; what it does not tell is read from the sheet's XML."""

import io
import re
import warnings
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple

from lxml import etree  # type: ignore[import-untyped]
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.reader.excel import SHARED_STRINGS, ExcelReader
from openpyxl.utils.cell import get_column_letter, range_boundaries
from openpyxl.worksheet._reader import FORMULA_TAG, INLINE_STRING, ROW_TAG, WorkSheetParser

from copilot.batch.rows import Raw, Table, Wanted, framed
from copilot.errors import InputError, LoadError
from copilot.loading.archive import check_archive
from copilot.loading.sheets import shown
from copilot.text import fold

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?\bref="([A-Z0-9:$]+)"')
_TEXT = ROW_TAG.replace("}row", "}t")
_STRING = ROW_TAG.replace("}row", "}si")
_RUN = ROW_TAG.replace("}row", "}r")
_PIECE = 1 << 20  # bytes
_LOOK = 1000  # rows in which a sheet must hold something
_MOST_ROWS = 1048576  # of any xlsx
_NO_RESULT = "#公式没有结果!"  # in `error_values` too: columns taken by --map alone are looked at later
_CARRIAGE_RETURN = re.compile(r"_x000D_\n?")  # how Excel writes one into XML
_HINT = "用 Excel 或 WPS 打开，另存为新的 xlsx 再试。"
# What openpyxl raises on well-formed archives with odd content, as far as mutated files showed.
_ODD = (AttributeError, AssertionError, IndexError, KeyError, OverflowError, SyntaxError, TypeError, ValueError)
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError)


class _Merged(NamedTuple):
    """Cells merged into one, counted from 1, both ends inside."""

    top: int
    bottom: int
    left: int
    right: int


class _Sheet(NamedTuple):
    """One worksheet; `parent` is openpyxl's workbook, as its cells expect it."""

    title: str
    hidden: bool
    path: str
    parent: Any


class _Reader(ExcelReader):  # type: ignore[misc]
    """openpyxl's reader of workbooks, that neither reads a sheet through to learn its size nor keeps what it parsed."""

    def read_strings(self) -> None:
        if (part := self.package.find(SHARED_STRINGS)) is not None:
            with self.archive.open(part.PartName[1:]) as source:
                self.shared_strings = [_text(entry).replace("x005F_", "") for entry in _elements(source, _STRING)]

    def read_worksheets(self) -> None:
        self.sheets = [
            _Sheet(sheet.name, sheet.state != "visible", rel.target, self.wb)
            for sheet, rel in self.parser.find_sheets()
            if rel.target in self.valid_files and "chartsheet" not in rel.Type
        ]


class _Parser(WorkSheetParser):  # type: ignore[misc]
    """openpyxl's own parser of cells, that marks formulas without a result and forgets the rows it has passed.

    A result that is an empty text is `t="str"`; openpyxl and others write no type where nothing was computed.
    """

    def rows(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Yield number and cells."""
        for row in _elements(self.source, ROW_TAG):
            yield self.parse_row(row)
            self.row_dimensions.clear()

    def parse_cell(self, element: Any) -> Any:
        if element.get("t") == "inlineStr":  # as streaming writers have it; openpyxl takes 40 µs
            return self._inline(element)
        if int(element.get("s") or 0) not in self.date_formats:
            cell = super().parse_cell(element)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of dates out of range; they become #VALUE!
                cell = super().parse_cell(element)
        if cell["value"] is None and element.get("t") != "str" and element.find(FORMULA_TAG) is not None:
            cell |= {"data_type": "e", "value": _NO_RESULT}
        return cell

    def _inline(self, element: Any) -> dict[str, Any]:
        element.set("t", "str")  # for the place alone: there is no value
        cell: dict[str, Any] = super().parse_cell(element)
        return cell | {"data_type": "s", "value": _text(element.find(INLINE_STRING))}


def _elements(source: IO[bytes], tag: str) -> Iterator[Any]:
    """Yield elements of an XML part, each forgotten after the next; openpyxl's way takes six times as long."""
    for _, element in etree.iterparse(source, tag=tag, resolve_entities=False, huge_tree=True):
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _text(element: Any) -> str:
    """Return a text with or without formatted runs; how it is to be pronounced (rPh) is left out."""
    if element is None:
        return ""
    runs = [
        run.text or ""
        for part in element
        for run in ((part,) if part.tag == _TEXT else part.iterfind(_TEXT))
        if part.tag in (_TEXT, _RUN)
    ]
    return "".join(runs)


@contextmanager
def read_sheet_table(path: Path, sheet: str, wanted: Wanted) -> Iterator[Table]:
    """Give the table of one sheet: the named one, else the first that holds anything.

    :raises InputError: no xlsx, damaged, encrypted; no such sheet; nothing in it
    """
    with path.open("rb") as file:
        book = _opened(file)
        chosen, notes = _chosen(book, sheet)
        with _told():
            merged = _merged_cells(book, chosen)

        def raw() -> Iterator[Raw]:
            with _told():
                yield from _filled(_cells(book, chosen), merged)

        yield framed(raw, wanted, notes, ragged=False)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what parsers raise into an InputError."""
    try:
        yield
    except LoadError as error:
        raise InputError(error.message, error.hint.replace("后再添加", "再试").replace("再添加", "再试")) from error
    except (*_ODD, *_DAMAGED) as error:
        raise InputError(f"这个 xlsx 读不出来，可能已损坏（{type(error).__name__}）", _HINT) from error


def _opened(file: BinaryIO) -> _Reader:
    with _told(), warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # and openpyxl prints some
        check_archive(file, "xlsx", "xl/")
        reader = _Reader(file, read_only=True, data_only=True, keep_links=False)
        reader.read()
        return reader


def _chosen(book: _Reader, name: str) -> tuple[_Sheet, list[str]]:
    """Return the sheet to read and notes that name the others which hold something."""
    sheets: list[_Sheet] = book.sheets
    titles = "、".join(sheet.title for sheet in sheets)
    if name:
        named = [sheet for sheet in sheets if fold(sheet.title).strip() == fold(name).strip()]
        if not named:
            raise InputError(f"没有叫“{name}”的工作表，有：{titles}", "用 --sheet 写其中一个名字。")
        return named[0], []
    with _told():
        filled = [sheet for sheet in sheets if _holds_something(book, sheet)]
    if not filled:
        raise InputError("工作簿里没有数据", "检查是否存对了文件；第一行写列名，下面一行一条。")
    chosen = min(filled, key=lambda sheet: sheet.hidden)  # the first of equals
    others = [sheet.title + ("（隐藏）" if sheet.hidden else "") for sheet in filled if sheet is not chosen]
    if not others:
        return chosen, []
    return chosen, [f"读的是工作表“{chosen.title}”；没有读：{'、'.join(others)}，要读就用 --sheet 指定"]


def _holds_something(book: _Reader, sheet: _Sheet) -> bool:
    return any(any(map(str.strip, row.cells)) for _, row in islice(_cells(book, sheet), _LOOK))


def _cells(book: _Reader, sheet: _Sheet) -> Iterator[tuple[int, Raw]]:
    """Yield row numbers of the sheet, from 1 and none left out, and the rows; hidden ones are rows like others."""
    expected = 1
    with book.archive.open(sheet.path) as source:
        parser = _Parser(
            source,
            book.shared_strings,
            data_only=True,
            epoch=book.wb.epoch,
            date_formats=book.wb._date_formats,
            timedelta_formats=book.wb._timedelta_formats,
        )
        for number, cells in parser.rows():
            if number > _MOST_ROWS:
                raise ValueError("row number")
            for blank in range(expected, number):
                yield blank, Raw([])
            expected = max(expected, number)  # rows out of order are taken as they come
            yield expected, _row(sheet, cells)
            expected += 1


def _row(sheet: _Sheet, cells: list[dict[str, Any]]) -> Raw:
    texts = [""] * max((cell["column"] for cell in cells), default=0)
    flaws = []
    for cell in cells:
        value, kind, column = cell["value"], cell["data_type"], cell["column"] - 1
        if value is None:
            continue
        if isinstance(value, str):
            texts[column] = _CARRIAGE_RETURN.sub("\n", value) if "_x000D_" in value else value
        else:
            texts[column] = shown(value, ReadOnlyCell(sheet, **cell))
        if kind == "e":
            place = f"{get_column_letter(cell['column'])}{cell['row']}"
            what = "的公式没有存下结果，用 Excel 打开另存一次" if value == _NO_RESULT else f"是错误值 {value}"
            flaws.append((column, f"{place} {what}"))
    return Raw(texts, "", tuple(flaws))


def _merged_cells(book: _Reader, sheet: _Sheet) -> list[_Merged]:
    """Return what is merged, from the top; in the XML it stands behind all rows."""
    found, rest = [], b""
    with book.archive.open(sheet.path) as source:
        while piece := source.read(_PIECE):
            piece = rest + piece
            found += _MERGED.findall(piece)
            last = piece.rfind(b"<")
            rest = piece[last:] if last >= 0 and b">" not in piece[last:] else b""
    bounds = [range_boundaries(ref.decode().replace("$", "")) for ref in found]
    return sorted(_Merged(top, bottom, left, right) for left, top, right, bottom in bounds)


def _filled(rows: Iterator[tuple[int, Raw]], merged: list[_Merged]) -> Iterator[Raw]:
    """Yield rows with the value of merged cells in every row that they reach, in their first column."""
    waiting = deque(merged)
    active: list[tuple[_Merged, str]] = []
    for number, row in rows:
        while waiting and waiting[0].top <= number:
            area = waiting.popleft()
            text = row.cells[area.left - 1] if len(row.cells) >= area.left else ""
            if area.right > area.left and sum(1 for cell in row.cells if cell.strip()) == 1:
                row = row._replace(titled=True)
            if area.bottom > area.top and text.strip():
                active.append((area, text))
        active = [(area, text) for area, text in active if area.bottom >= number]
        for area, text in active:
            row.cells.extend([""] * (area.left - len(row.cells)))
            row.cells[area.left - 1] = row.cells[area.left - 1] or text
        yield row
