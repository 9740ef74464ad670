"""A table of results, long, wide or crossed → one entry for each cell that holds a figure."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.tasks.plan_review_book import header_keys
from copilot.tasks.plan_review_names import Names, unit_in
from copilot.tasks.plan_review_table import EMPTY, Cell, Sheet
from copilot.tasks.plan_review_values import is_nothing, looks_like_number
from copilot.text import fold

_BRACKETS = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_SIDE = ("target", "gap", "attainment", "reason", "action", "owner", "ignored", "unit", "id")  # columns of no results


class Entry(NamedTuple):
    """A cell with what it is called. `total`: it sums up others; `long`: its row holds one figure, not all of a day."""

    name: str
    channel: str
    date: str
    cell: Cell
    unit: str
    place: str
    total: bool
    long: bool
    copy_of: str = ""  # the row that says exactly the same


class Layout(NamedTuple):
    """Where a sheet has what: row of the header (0: none), columns by our names, columns that hold figures."""

    row: int
    columns: dict[str, int]
    values: tuple[int, ...]
    long: bool
    strange: tuple[int, ...] = ()  # columns whose header says nothing to us


def layout_of(sheet: Sheet, names: Names) -> Layout | None:
    """Return how a sheet is laid out; None when nothing in it is known."""
    top = sheet.rows[: read("plan/review")["header_rows"]]
    for at, row in enumerate(top, 1):
        below = sheet.rows[at:]
        if any(looks_like_number(cell.text) for cell in row) or not any(cell.text for cell in row):
            continue
        found = _long(at, row, below, names) or _wide(at, row, below, names)
        if found:
            return found
    return _without_header(sheet, names)


def entries_of(sheet: Sheet, layout: Layout) -> Iterator[Entry]:
    """Give the figures of a sheet that is laid out so."""
    header = sheet.rows[layout.row - 1] if layout.row else []
    totals = {bare(word) for word in read("plan/review")["totals"]}
    where = f"“{sheet.title}”" if sheet.title else ""
    seen: dict[tuple[str, ...], str] = {}
    for at, row in enumerate(sheet.rows[layout.row :], layout.row + 1):
        if not any(cell.text or cell.flaw for cell in row):
            continue
        place = f"{where}第 {at} 行"

        def cell(name: str, row: Sequence[Cell] = row) -> Cell:
            column = layout.columns.get(name, len(row))
            return row[column] if column < len(row) else EMPTY

        channel, date = cell("channel").text, cell("date").text
        named = [cell(one).text for one in ("channel", "date") if one in layout.columns]
        first = [] if layout.long else [row[0].text]
        total = any(bare(text) in totals for text in [*named, *first] if text)
        if bare(date) in totals:
            date = ""
        if not layout.long and not named and total:
            channel = ""
        undated = layout.long and "date" in layout.columns and not date
        placed = any(text and bare(text) not in totals for text in named)
        whole = tuple(one.text for one in row)
        copy = seen.setdefault(whole, place) if placed else place
        for column in layout.values:
            value = row[column] if column < len(row) else EMPTY
            head = header[column].text if column < len(header) else ""
            if is_nothing(value.text) and not value.flaw:
                continue
            across = layout.long and column != layout.columns.get("actual")
            yield Entry(
                cell("metric").text if layout.long else head,
                head if across and layout.row else channel,
                date, value, cell("unit").text or unit_in(cell("metric").text if layout.long else head), place,
                total or undated, layout.long, "" if copy == place else copy,
            )  # fmt: skip


# Layouts


def _long(at: int, row: Sequence[Cell], below: Sequence[Sequence[Cell]], names: Names) -> Layout | None:
    """A row for each figure: 指标, 实际 — or a column for each channel (or day) behind 指标."""
    columns = _columns(row)
    known = [n for n, cell in enumerate(row) if cell.text and names.figure(cell.text)[0]]
    metric = columns.get("metric")
    if metric is None and not (row[0].text if row else "x"):
        metric = 0  # the corner of a crossed table is often empty
    if metric is None or len([n for n in known if n != metric]) > 1:
        return None
    if not any(names.figure(_at(line, metric).text)[0] for line in below):
        return None
    columns["metric"] = metric
    if "actual" in columns:
        return Layout(at, columns, (columns["actual"],), True)
    channels = [n for n, cell in enumerate(row) if n != metric and cell.text and names.channel(cell.text) is not None]
    return Layout(at, columns, tuple(channels), True) if channels else None


def _wide(at: int, row: Sequence[Cell], below: Sequence[Sequence[Cell]], names: Names) -> Layout | None:
    """A column for each figure; a row for each day, channel, or just one."""
    columns = _columns(row)
    taken = {column for name, column in columns.items() if name in (*_SIDE, "channel", "date")}
    known = [n for n, cell in enumerate(row) if cell.text and n not in taken and names.figure(cell.text)[0]]
    if not any(looks_like_number(_at(line, n).text) for line in below for n in known):
        return None
    side = [word for name in ("target", "gap") for word in read("plan/review")["columns"][name]]
    strange = tuple(
        n for n, cell in enumerate(row)
        if cell.text and n not in known and n not in taken and not fold(cell.text).startswith(tuple(map(fold, side)))
        and any(looks_like_number(_at(line, n).text) for line in below)
    )  # fmt: skip
    return Layout(at, {k: v for k, v in columns.items() if k in ("channel", "date")}, tuple(known), False, strange)


def _without_header(sheet: Sheet, names: Names) -> Layout | None:
    """Two columns without a header: a name and its figure."""
    for name, value in ((0, 1), (1, 2)):
        rows = [row for row in sheet.rows if _at(row, name).text]
        if any(names.figure(_at(r, name).text)[0] and looks_like_number(_at(r, value).text) for r in rows):
            return Layout(0, {"metric": name, "actual": value}, (value,), True)
    return None


def _columns(row: Sequence[Cell]) -> dict[str, int]:
    """Our names → columns, the best alias first."""
    known = header_keys("columns")
    found: dict[str, tuple[int, int]] = {}
    for column, cell in enumerate(row):
        for text in (cell.text, _BRACKETS.sub("", cell.text)):
            for name in known.get(bare(text), ()):
                words = list(map(bare, read("plan/review")["columns"][name]))
                rank = (words.index(bare(text)), column)
                found[name] = min(found.get(name, rank), rank)
    return {name: column for name, (_, column) in found.items()}


def _at(row: Sequence[Cell], column: int) -> Cell:
    return row[column] if column < len(row) else EMPTY
