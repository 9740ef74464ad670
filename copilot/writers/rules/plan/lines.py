"""What sections are made of: sentences with their ground, tables, and how figures and dates are written."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from copilot.arithmetic.returns import money, percent

Mark = Literal["given", "assumed", "counted", "reckoned", ""]
MARKS: dict[str, str] = {
    "given": "（给定）", "assumed": "（假设）", "counted": "（按给定计算）", "reckoned": "（按假设测算）"
}  # fmt: skip


_SLOT = re.compile(r"\$\{?([a-z_]+)\}?( ?)")
_COUNTED = re.compile(
    r"[人名份条件元单个篇位客家张次%]|老客|新客|线索|订单"
)  # a slot before these brings no unit of its own
_GAP = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")  # between two Chinese words


class Amount(NamedTuple):
    """A slot that is counted: its unit is left out where the text goes on with one."""

    value: str
    unit: str


Slots = Mapping[str, str | Amount]


class Line(NamedTuple):
    """One sentence with its full stop: `cite` is the section of the handbook it rests on, else `mark` its basis."""

    text: str
    cite: str = ""
    mark: Mark = ""
    bullet: bool = True


class Own(NamedTuple):
    """A sentence taken word for word from the user's own documents; `number` of its citation."""

    text: str
    number: int


class Head(NamedTuple):
    """A heading within a section."""

    text: str


class Cell(NamedTuple):
    """A table cell that names a section of the handbook, to be shown as its citation."""

    cite: str


class Table(NamedTuple):
    """A table; the last column of every row says what it rests on."""

    header: tuple[str, ...]
    rows: tuple[tuple[str | Cell, ...], ...]


Block = Line | Own | Head | Table


class Draft(NamedTuple):
    """A section before its citations are looked up."""

    id: str
    title: str
    blocks: tuple[Block, ...]


def basis(value: str, *, reckoned: bool = True) -> Mark:
    """Return the mark of a figure: of an input as it is, of a reckoned one by its weakest input."""
    if reckoned:
        return "counted" if value == "given" else "reckoned"
    return "given" if value == "given" else "assumed"


def says(entries: Sequence[Mapping[str, str]], slots: Slots) -> list[Block]:
    """Return the sentences of a playbook, each with its section."""
    return [said(entry, slots) for entry in entries]


def said(entry: Mapping[str, str], slots: Slots, key: str = "say", lead: str = "") -> Line:
    """Return one sentence of a playbook; `lead` stands before it."""
    return Line(lead + filled(entry[key], slots), entry["cite"])


def filled(text: str, slots: Slots) -> str:
    """Return a text of the playbook with its slots filled."""

    def value(match: re.Match[str]) -> str:
        slot = slots[match[1]]
        if isinstance(slot, str):
            return slot + match[2]
        counted = _COUNTED.match(text, match.end())
        return f"{slot.value}{match[2] if counted else f' {slot.unit}{match[2]}'}"

    return _GAP.sub("", _SLOT.sub(value, text))


def slot_names(text: str) -> set[str]:
    """Return the names of the slots in a text of the playbook."""
    return {match[1] for match in _SLOT.finditer(text)}


def number(value: Decimal | int) -> str:
    """Return a count with thousands: 12,000."""
    if isinstance(value, int) or value == value.to_integral_value():
        return f"{int(value):,}"
    return f"{value.quantize(Decimal('0.0001')).normalize():,f}"


def short(day: date) -> str:
    """Return a day as people say it: 12/3."""
    return f"{day.month}/{day.day}"


def span(first: date, last: date) -> str:
    """Return days from to: 12/3–12/4, one day alone: 12/3."""
    return short(first) if first == last else f"{short(first)}–{short(last)}"


def measured(value: Decimal | None, unit: str) -> str:
    """Return a figure with its unit as it stands in a table."""
    if value is None:
        return "—"
    return percent(value) if unit == "%" else money(value)
