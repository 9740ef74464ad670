"""A file of advertising figures → its rows, each read or refused with the reason. Knows nothing of what is stored."""

import csv
import datetime
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from copilot.errors import InputError, LoadError
from copilot.knowledge import read
from copilot.loading.archive import check_archive
from copilot.loading.decode import decode
from copilot.loading.files import read_bytes
from copilot.text import fold, normalise

_DELIMITERS = (",", "\t", ";", "|", "，", "；")
_NEEDED = {"id": "文案编号", "shows": "展示", "clicks": "点击"}
_NAMES = _NEEDED | {"orders": "下单", "cost": "花费"}
_DAY = re.compile(r"(\d{4})\s*(?:[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{2})(\d{2}))(?!\d)")
_NUMBER = re.compile(r"[¥￥$]?([+-]?\d+(?:\.\d+)?(?:e\+?\d+)?)(万|亿)?(?:次|个|单|笔|元|人)?")
_TIMES = {None: 1, "万": 10**4, "亿": 10**8}


class _Refused(Exception):
    """Why a row cannot be counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that could be read. `first` and `last` are ISO dates, "" in a file without dates; `cost` is in 分.

    `ids` are the cells that may name a variant, in order; `orders` and `cost` are None when there is no such column.
    """

    place: str
    ids: tuple[str, ...]
    campaign: str
    first: str
    last: str
    shows: int
    clicks: int
    orders: int | None
    cost: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds: rows that were read, refused and passed over as `(place, id, reason)`, and its columns."""

    rows: tuple[Row, ...]
    failed: tuple[tuple[str, str, str], ...]
    skipped: tuple[tuple[str, str, str], ...]
    columns: dict[str, str]  # our name → as the file calls it

    @property
    def total(self) -> int:
        """How many rows below the header are not blank."""
        return len(self.rows) + len(self.failed) + len(self.skipped)


def read_table(path: Path) -> tuple[Table, bytes]:
    """Return what a csv, tsv or xlsx file holds, and its bytes.

    :raises InputError: the file cannot be read, or has no header with id, shows and clicks
    """
    try:
        data = read_bytes(path)
        sheets = _xlsx_sheets(data) if path.suffix.lower() == ".xlsx" else _csv_sheets(path, data)
    except LoadError as error:
        raise InputError(f"{path} 读不出来：{error.message}", error.hint.replace("后再添加", "后再导入")) from error
    found = [(name, rows, at) for name, rows in sheets if (at := _header_at(rows)) is not None]
    if not found:
        raise InputError(*_no_header(path, [rows for _, rows in sheets]))
    tables = [_table(rows, at, f"{name} " if len(found) > 1 else "") for name, rows, at in found]
    columns = {name: spelling for table in reversed(tables) for name, spelling in table.columns.items()}
    rows, failed, skipped = (
        tuple(x for t in tables for x in t.rows),
        tuple(x for t in tables for x in t.failed),
        tuple(x for t in tables for x in t.skipped),
    )
    return Table(rows, failed, skipped, columns), data


# Cells


def _csv_sheets(path: Path, data: bytes) -> list[tuple[str, list[list[str]]]]:
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        raise InputError(f"不支持的格式：{path.suffix or '没有扩展名'}", "用 csv 或 xlsx；旧的 xls 先另存为 xlsx。")
    text = normalise(decode(data)[0].replace("\0", ""))
    readings = (_delimited(text, mark) for mark in _DELIMITERS)
    rows = next((rows for rows in readings if _header_at(rows) is not None), None)
    return [("", rows if rows is not None else _delimited(text, ","))]


def _delimited(text: str, mark: str) -> list[list[str]]:
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark)]
    except csv.Error as error:
        raise LoadError("有一个单元格太长，不像表格", "检查引号和分隔符") from error


def _xlsx_sheets(data: bytes) -> list[tuple[str, list[list[str]]]]:
    from xml.etree.ElementTree import ParseError

    import openpyxl

    check_archive(data, "xlsx", "xl/").close()
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = []
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs write a wrong one, and cells beyond it would be lost
            rows = [[_shown(value) for value in row] for row in sheet.iter_rows(values_only=True)]
            sheets.append((sheet.title, rows))
    except (AttributeError, KeyError, ParseError, TypeError, ValueError) as error:  # what openpyxl raises on odd files
        raise LoadError(f"无法解析（{type(error).__name__}）", "用 Excel 或 WPS 打开，另存后再导入") from error
    return sheets


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return f"{value:.15g}"
    return normalise(str(value)).strip()


# Header


@cache
def _aliases() -> dict[str, str]:
    """Header as compared → our name and how far up it stands among its aliases, best first."""
    return {_plain(alias): name for name, words in read("results")["columns"].items() for alias in words}


def _plain(header: str) -> str:
    return re.sub(r"\(.*?\)|\[.*?\]|【.*?】|[\s_\-:]", "", fold(header))


def _header_at(rows: Sequence[Sequence[str]]) -> int | None:
    top = rows[: read("results")["header_rows"]]
    return next((at for at, row in enumerate(top) if _NEEDED.keys() <= {_aliases().get(_plain(c)) for c in row}), None)


def _no_header(path: Path, sheets: Sequence[Sequence[Sequence[str]]]) -> tuple[str, str]:
    """Name what the most likely header row lacks."""
    rows = [row for rows in sheets for row in rows[: read("results")["header_rows"]] if any(row)]
    if not rows:
        return f"{path} 里没有数据", "检查文件是否已保存；第一行写列名：文案编号、展示、点击、下单。"
    known = [{_aliases().get(_plain(cell)) for cell in row} & _NAMES.keys() for row in rows]
    best = max(range(len(rows)), key=lambda at: len(known[at]))
    missing = "、".join(word for name, word in _NEEDED.items() if name not in known[best])
    seen = "、".join(cell for cell in rows[best] if cell)[:80]
    return (
        f"{path} 缺少列：{missing}（看到的列：{seen}）",
        "把列名写成 文案编号、展示、点击、下单（可加 花费、日期、计划），再导入。",
    )


def _columns(header: Sequence[str]) -> dict[str, list[int]]:
    """Our name → the columns that carry it, best alias first."""
    order = list(_aliases())
    found: dict[str, list[int]] = {}
    for column, cell in enumerate(header):
        if name := _aliases().get(_plain(cell)):
            found.setdefault(name, []).append(column)
    return {name: sorted(at, key=lambda c: order.index(_plain(header[c]))) for name, at in found.items()}


# Rows


def _table(rows: Sequence[Sequence[str]], at: int, sheet: str) -> Table:
    columns = _columns(rows[at])
    good: list[Row] = []
    failed: list[tuple[str, str, str]] = []
    skipped: list[tuple[str, str, str]] = []
    seen: dict[tuple[str, ...], str] = {}
    for number, cells in enumerate(rows[at + 1 :], at + 2):
        if not any(cells):
            continue
        place, whole = f"{sheet}第 {number} 行", tuple(cells)
        name = next((cells[c] for c in columns["id"] if c < len(cells) and cells[c]), "")
        if _is_total(cells, columns):
            skipped.append((place, name, "合计行，不计入"))
        elif whole in seen:
            skipped.append((place, name, f"与{seen[whole]}完全相同，只计一次"))
        else:
            seen[whole] = place
            try:
                good.append(_row(place, cells, columns))
            except _Refused as reason:
                failed.append((place, name, str(reason)))
    return Table(tuple(good), tuple(failed), tuple(skipped), {name: rows[at][c[0]] for name, c in columns.items()})


def _is_total(cells: Sequence[str], columns: dict[str, list[int]]) -> bool:
    """Return whether a row sums up the others: it says so where a name or a date should stand."""
    named = {c for name in ("id", "date", "campaign") for c in columns.get(name, ())} | {0}
    return any(c < len(cells) and fold(cells[c]).strip(" :") in read("results")["totals"] for c in named)


def _row(place: str, cells: Sequence[str], columns: dict[str, list[int]]) -> Row:
    def cell(name: str) -> str:
        at = columns[name][0] if name in columns else len(cells)
        return cells[at] if at < len(cells) else ""

    ids = tuple(cells[c] for c in columns["id"] if c < len(cells) and cells[c])
    if not ids:
        raise _Refused("缺少文案编号")
    first, last = _period(cell("date")) if "date" in columns else ("", "")
    counts = [_count(cell(name), _NAMES[name]) for name in ("shows", "clicks")]
    orders = _count(cell("orders") or "0", "下单") if "orders" in columns else None
    cost = round(_number(cell("cost") or "0", "花费") * 100) if "cost" in columns else None
    shows, clicks = counts
    if clicks > shows:
        raise _Refused(f"点击 {clicks} 多于展示 {shows}，两列可能放反了")
    if orders is not None and orders > clicks:
        raise _Refused(f"下单 {orders} 多于点击 {clicks}，换成按点击归因的口径再导出")
    return Row(place, ids, cell("campaign"), first, last, shows, clicks, orders, cost)


def _count(text: str, name: str) -> int:
    value = _number(text, name)
    if value != int(value):
        raise _Refused(f"{name}“{text}”不是整数")
    return int(value)


def _number(text: str, name: str) -> float:
    if not text:
        raise _Refused(f"缺少{name}")
    if text in read("results")["nothing"]:
        return 0.0
    match = _NUMBER.fullmatch(re.sub(r"[,\s'’]", "", fold(text)))
    if match is None:
        raise _Refused(f"{name}“{text}”不是数字")
    value = round(float(match[1]) * _TIMES[match[2]], 6)  # 1.2万 is 12000, not 11999.999…
    if value < 0:
        raise _Refused(f"{name}“{text}”是负数")
    if value > read("results")["most"]:
        raise _Refused(f"{name}“{text}”大得不像次数，可能是别的列")
    return value


def _period(text: str) -> tuple[str, str]:
    """Return the first and last day that a cell names; a single day is both.

    A day without its year is refused: which year it was would be a guess, and a wrong one counts the same day twice.
    """
    days = list(_days(fold(text)))
    if not days:
        raise _Refused(f"日期“{text}”认不出，写成 2026-11-01" if text else "缺少日期")
    if len(days) > 2 or days[0] > days[-1]:
        raise _Refused(f"日期“{text}”前后颠倒或不止一段")
    return days[0], days[-1]


def _days(text: str) -> Iterator[str]:
    for match in _DAY.finditer(text):
        year, month, day = match[1], match[2] or match[4], match[3] or match[5]
        try:
            yield datetime.date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            raise _Refused(f"没有“{match[0]}”这一天") from None
