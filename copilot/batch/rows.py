"""Rows with a header, made of the bare rows of a csv or a sheet: what every kind of table has in common."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from copilot.errors import InputError
from copilot.knowledge import read

Wanted = Callable[[Sequence[str]], int]
_BLANK = "这一行是空的"
_ADD_HEADER = "表格的第一行要是列名（产品、卖点、价格 …），下面一行一条；没有列名就在最上面加一行。"


class Row(NamedTuple):
    """One data row. `number` counts from 1; `cells` may be shorter than the header: the rest is blank.

    `problem` is why it cannot be worked on, in Chinese; the cells then hold what could be read.
    """

    number: int
    cells: tuple[Any, ...]
    problem: str = ""


class Raw(NamedTuple):
    """A row as it stands in the file, titles and header too. `flaws` concern single cells: (column from 0, what)."""

    cells: list[str]
    problem: str = ""
    flaws: tuple[tuple[int, str], ...] = ()
    titled: bool = False  # has a cell merged across columns, as titles have


@dataclass
class Table:
    """A header and its rows. `notes` say what was assumed; they may grow while rows are read."""

    header: list[str]
    notes: list[str]
    read_rows: Callable[["Table"], Iterator[Row]] = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """Yield the rows, from the first one whenever it is called."""
        return self.read_rows(self)

    def note(self, text: str) -> None:
        """Add a note once."""
        if text not in self.notes:
            self.notes.append(text)


def framed(raw: Callable[[], Iterable[Raw]], wanted: Wanted, notes: list[str], *, ragged: bool) -> Table:
    """Return the table in `raw()`, which yields the rows of the file from its beginning each time.

    `ragged`: a row longer than the header is a mistake (a comma without quotes); in a sheet a column lacks its name.

    :raises InputError: there are none but blank rows, or nothing stands below the header
    """
    rules = read("batch")
    head = list(islice(raw(), rules["header_rows"] + rules["look_ahead_rows"]))
    index = header_index(head[: rules["header_rows"]], wanted)
    if index is None:
        raise InputError("表格是空的，没有列名也没有数据", _ADD_HEADER)
    top = head[index]
    if top.problem:
        raise InputError(f"列名那一行（第 {index + 1} 行）读不出来：{top.problem}", "改好这一行再试。")
    if all(is_blank_row(row.cells) and not row.problem for row in islice(raw(), index + 1, None)):
        names = "、".join(name for name in map(str.strip, top.cells) if name)
        raise InputError(f"只有一行（{names[:60]}），下面没有数据", _ADD_HEADER)
    most = len(top.cells) if ragged else None
    width = max(_width(row.cells[:most]) for row in head[index:] if not row.problem)
    header = distinct([*top.cells, *[""] * width][:width])
    known = [wanted([name]) > 0 for name in header]
    if index:
        notes.append(f"列名取自第 {index + 1} 行，上面 {index} 行没有当作数据")
    return Table(header, notes, lambda table: _rows(table, islice(raw(), index + 1, None), top.cells, known, ragged))


def header_index(rows: Sequence[Raw], wanted: Wanted) -> int | None:
    """Return which row holds the names: the one with most known ones, else the first that is not blank.

    A later row with but one known name must stand below titles alone, one cell each: a value may be a name as well.
    """
    filled = [index for index, row in enumerate(rows) if not is_blank_row(row.cells)]
    if not filled:
        return None
    known = {index: wanted(rows[index].cells) for index in filled}
    widest = 0
    for index in filled:
        if known[index] == 1 and widest > 1 and index > filled[0]:
            known[index] = 0
        widest = max(widest, sum(1 for cell in rows[index].cells if cell.strip()))
    # the first of equals; a title merged across may be a known name as well
    return max(filled, key=lambda index: (known[index], not rows[index].titled))


def distinct(names: Sequence[str]) -> list[str]:
    """Return names on one line each and no two alike: 价格, 价格（2）; a blank one is 第 3 列."""
    found: list[str] = []
    for number, name in enumerate(names, 1):
        base = name = " ".join(name.replace("\ufeff", "").split()) or f"第 {number} 列"
        times = 1
        while name in found:
            times += 1
            name = f"{base}（{times}）"
        found.append(name)
    return found


def is_blank_row(cells: Sequence[str]) -> bool:
    """Return whether no cell says anything."""
    return not any(cells) or not any(map(str.strip, cells))


def _width(cells: Sequence[str]) -> int:
    return max((number for number, cell in enumerate(cells, 1) if cell.strip()), default=0)


def _rows(table: Table, raw: Iterable[Raw], names: list[str], known: list[bool], ragged: bool) -> Iterator[Row]:
    """Yield rows; blank ones between others count, as tables are put side by side again, those at the end do not."""
    number = blank = 0
    width = len(table.header)
    for cells, problem, flaws, _ in raw:
        if not problem and is_blank_row(cells):
            blank += 1
            continue
        for _ in range(blank):
            number += 1
            yield Row(number, (), _BLANK)
        blank = 0
        number += 1
        if len(cells) > width:
            problem = problem or _surplus(cells[width:], ragged)
            cells = cells[:width]
        if flaws and not problem:
            problem = "；".join(text for column, text in flaws if column < width and known[column])
        if cells == names and not problem:
            problem = "这一行和列名一样"
        yield Row(number, tuple(cells), problem)
    if blank:
        table.note(f"末尾 {blank} 个空行没有计入")


def _surplus(cells: list[str], ragged: bool) -> str:
    if not (count := _width(cells)):
        return ""
    shown = "、".join(cell.strip() for cell in cells[:count])
    shown = shown if len(shown) <= 40 else shown[:40] + "…"
    return f"比列名多出 {count} 格：{shown}" + ("，可能是没有加引号的逗号" if ragged else "，上面没有列名")
