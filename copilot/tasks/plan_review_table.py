"""A csv or xlsx file → the cells of its tables, as people read them and as values, merged cells filled downward."""

import csv
import datetime
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

from copilot.errors import InputError, LoadError
from copilot.knowledge import read
from copilot.loading.archive import check_archive
from copilot.loading.decode import decode
from copilot.loading.delimited import DELIMITERS, evenness
from copilot.loading.files import read_bytes
from copilot.loading.sheets import shown
from copilot.text import normalise

Value = str | Decimal | datetime.date | None

_SAMPLE = 65536  # characters by which the delimiter is found
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?\bref="\$?([A-Z]{1,3})\$?(\d{1,7}):\$?[A-Z]{1,3}\$?(\d{1,7})"')
_NO_RESULT = "公式没有存下结果，用 Excel 或 WPS 打开、保存一次"


class Cell(NamedTuple):
    """A cell: `text` as a person reads it (3%), `value` as it is stored (0.03); `flaw` says why it has none."""

    text: str
    value: Value
    flaw: str = ""


EMPTY = Cell("", None)


class Sheet(NamedTuple):
    """A table: rows of cells, `rows[0]` is row 1; `title` is "" for a csv."""

    title: str
    rows: list[list[Cell]]


def read_actuals(name: str, data: bytes) -> list[Sheet]:
    """Return the tables of a file of results; its kind follows from the bytes.

    :raises LoadError: it cannot be read, or holds nothing
    """
    sheets = read_workbook(data) if data[:4] == b"PK\x03\x04" else [_delimited(data)]
    if not any(cell.text for sheet in sheets for row in sheet.rows for cell in row):
        raise LoadError(f"{name} 里没有数据", "第一行写列名：指标、实际（可加 渠道、日期），下面一行一个数。")
    return sheets


def bytes_of(path: Path, suffixes: tuple[str, ...]) -> bytes:
    """Return the content of a file whose name ends in one of `suffixes`.

    :raises InputError: another kind of file
    :raises LoadError: it cannot be read
    """
    if path.suffix.lower() not in suffixes:
        hint = "旧的 xls 先另存为 xlsx。" if path.suffix.lower() == ".xls" else f"要 {'、'.join(suffixes)} 文件。"
        raise InputError(f"{normalise(path.name)} 的格式不能用：{path.suffix or '没有扩展名'}", hint)
    try:
        return read_bytes(path)
    except LoadError as error:
        raise LoadError(error.message, error.hint.replace("后再添加", "再试")) from error


def read_workbook(data: bytes, titles: tuple[str, ...] = ()) -> list[Sheet]:
    """Return the sheets of an xlsx; `titles`: only those whose title holds one of them.

    :raises LoadError: it is none, is damaged, or too large
    """
    import openpyxl  # takes 0.1 s

    try:
        # openpyxl warns of oddities that nobody here can act on, and prints some
        with check_archive(data, "xlsx", "xl/") as archive, warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            wanted = [sheet for sheet in book.worksheets if not titles or any(t in sheet.title for t in titles)]
            return [
                Sheet(sheet.title, list(_rows(sheet, formulas[sheet.title], _merged(archive, sheet))))
                for sheet in wanted
            ]
    except LoadError as error:
        raise LoadError(error.message, error.hint.replace("后再添加", "再试")) from error
    # The seam to openpyxl, which documents nothing of what it raises on damaged input (see loading/load.py).
    except Exception as error:
        raise LoadError(
            f"这个 xlsx 读不出来，可能已损坏（{type(error).__name__}）", "用 Excel 或 WPS 打开，另存为新的 xlsx 再试。"
        ) from error


def _merged(archive: ZipFile, sheet: Any) -> list[tuple[int, int, int]]:
    """Return column, first and last row of merged cells that reach over several rows."""
    from openpyxl.utils import column_index_from_string

    path = sheet._worksheet_path.lstrip("/")
    if archive.getinfo(path).file_size > read("plan/review")["max_bytes"]:
        raise LoadError(f"工作表“{sheet.title}”太大", "只留活动期的数据再试。")
    found = []
    for column, top, bottom in _MERGED.findall(archive.read(path)):
        if int(bottom) > int(top):
            found.append((column_index_from_string(column.decode()), int(top), int(bottom)))
    return found


def _rows(sheet: Any, formulas: Any, merged: list[tuple[int, int, int]]) -> Iterator[list[Cell]]:
    limit, looked_at = read("plan/review")["max_cells"], 0
    for one in (sheet, formulas):
        one.reset_dimensions()  # some programs write a wrong one, and cells beyond it would be lost
    tops: dict[tuple[int, int], Cell] = {}
    for at, (row, sources) in enumerate(zip(sheet.iter_rows(), formulas.iter_rows(), strict=True), 1):
        looked_at += len(row) + 1
        if looked_at > limit:
            raise LoadError(f"工作表“{sheet.title}”超过 {limit} 个单元格", "删去空白的行列再试。")
        cells = [_cell(cell, source) for cell, source in zip(row, sources, strict=True)]
        for column, top, bottom in merged:
            if at == top and column <= len(cells):
                tops[column, top] = cells[column - 1]
            elif top < at <= bottom and (column, top) in tops:
                cells += [EMPTY] * (column - len(cells))
                cells[column - 1] = tops[column, top]
        yield cells


def _cell(cell: Any, source: Any) -> Cell:
    if cell.value is None:
        return Cell("", None, _NO_RESULT) if source.data_type == "f" else EMPTY
    if cell.data_type == "e":
        return Cell(str(cell.value), None, f"是错误值 {cell.value}")
    return Cell(normalise(shown(cell.value, cell)).strip(), _value(cell.value))


def _value(value: Any) -> Value:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return Decimal(f"{value:.15g}")  # as many digits as Excel keeps
    if isinstance(value, datetime.datetime):
        return value.date()
    return value if isinstance(value, datetime.date) else normalise(str(value)).strip()


def _delimited(data: bytes) -> Sheet:
    text = normalise(decode(data)[0].replace("\0", ""))
    marks: tuple[str, ...] = DELIMITERS
    first, _, rest = text.partition("\n")
    if first[:4].lower() == "sep=" and len(first) == 5:  # Excel's own hint
        marks, text = (first[4],), rest
    mark = max(marks, key=lambda one: evenness(text[:_SAMPLE], one))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error:
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, quoting=csv.QUOTE_NONE))
        except csv.Error as error:
            raise LoadError("有一个单元格太长，不像表格", "检查引号和分隔符再试。") from error
    if sum(map(len, rows)) > read("plan/review")["max_cells"]:
        raise LoadError("表格太大", "只留活动期的数据再试。")
    return Sheet("", [[_text_cell(cell) for cell in row] for row in rows])


def _text_cell(text: str) -> Cell:
    plain = text.strip()
    return Cell(plain, plain) if plain else EMPTY
