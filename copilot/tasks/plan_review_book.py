"""The sheets of a plan's workbook: found by title, their columns by name, their cells as texts, numbers and days."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.tasks.plan_brief_numbers import whole_number
from copilot.tasks.plan_review_table import EMPTY, Cell, Sheet
from copilot.text import fold

LOW_SIGNS, HIGH_SIGNS = ("不高于", "不超过", "≤", "<=", "低于", "<"), ("不低于", "不少于", "≥", ">=", "高于", ">")


@cache
def header_keys(group: str) -> dict[str, tuple[str, ...]]:
    """Return by bare name of a column what we call it: `book` for the plan's workbook, `columns` for results."""
    found: dict[str, tuple[str, ...]] = {}
    for key, words in read("plan/review")[group].items():
        for word in map(bare, words):
            found[word] = (*found.get(word, ()), key)
    return found


class Header(NamedTuple):
    """The row of a header, 0 for none, and columns by our names."""

    row: int
    columns: dict[str, int]


class Row(NamedTuple):
    """The cells of a row, to be asked for by our names of columns."""

    cells: list[Cell]
    columns: Mapping[str, int]

    def cell(self, name: str) -> Cell:
        """Return a cell, an empty one where there is no such column."""
        at = self.columns.get(name, len(self.cells))
        return self.cells[at] if at < len(self.cells) else EMPTY

    def text(self, name: str) -> str:
        """Return a cell as a person reads it, on one line."""
        return " ".join(self.cell(name).text.split())

    def number(self, name: str) -> Decimal | None:
        """Return the number in a cell, also one that was typed as a text."""
        value = self.cell(name).value
        return value if isinstance(value, Decimal) else number_in(str(value)) if isinstance(value, str) else None

    def day(self, name: str) -> datetime.date | None:
        """Return the day in a cell."""
        value = self.cell(name).value
        return value if isinstance(value, datetime.date) else None


def number_in(text: str) -> Decimal | None:
    """Return the number that a person typed as a text: 1.2万, ≥ 15%, 不高于 5%; None for none."""
    plain = fold(text).strip()
    for sign in map(fold, (*LOW_SIGNS, *HIGH_SIGNS)):
        plain = plain.removeprefix(sign).strip()
    found = whole_number(plain, ("people", "yuan"))
    return found.value if found and found.low is None else None


def sheet_named(sheets: Mapping[str, Sheet], title: str) -> Sheet | None:
    """Return the sheet of this title, else one whose title holds it; `sheets` by bare title."""
    exact = sheets.get(bare(title))
    return exact or next((sheet for name, sheet in sheets.items() if bare(title) in name), None)


def header_of(sheet: Sheet, needed: Sequence[str]) -> Header | None:
    """Return the row that names most columns; None when it lacks one that is needed."""
    best = Header(0, {})
    for at, row in enumerate(sheet.rows[: read("plan/review")["header_rows"]], 1):
        found: dict[str, int] = {}
        for column, cell in enumerate(row):
            for key in header_keys("book").get(bare(cell.text), ()):
                found.setdefault(key, column)
        if len(found) > len(best.columns):
            best = Header(at, found)
    return best if best.row and set(needed) <= best.columns.keys() else None


def rows_below(sheet: Sheet, header: Header) -> Iterator[tuple[int, Row]]:
    """Give number and cells of the rows below a header that hold anything."""
    for at, cells in enumerate(sheet.rows[header.row :], header.row + 1):
        if any(cell.text or cell.flaw for cell in cells):
            yield at, Row(cells, header.columns)
