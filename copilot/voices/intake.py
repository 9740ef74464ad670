"""A file of feedback → entries: masked text, who said it under a code, the day. Nothing unmasked leaves this module."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from string import Template
from typing import Any, BinaryIO

from copilot.batch.lines import find_encoding, lines
from copilot.batch.rows import Row, Table
from copilot.batch.table import open_table
from copilot.errors import InputError
from copilot.feedback.mask import mask
from copilot.feedback.trend import read_dates
from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.text import fold, normalise
from copilot.voices.columns import Columns, cell_text, find_columns, wanted
from copilot.writers.rules.voice.read import is_junk

Progress = Callable[[int, int, str], None]  # done, total (0: not known), what
_MASKED = re.compile(r"〔([^〔〕]{1,6})〕")
_LINE = "反馈"  # what the one column of a text is called
_EVERY = 500  # rows between two words of progress


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `person`: a code, 用户3; "" where nobody is named. `problem`: why it cannot be worked on, in Chinese."""

    row: int
    text: str
    person: str
    day: date | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """All rows of a file, what its columns were taken for, and notes."""

    entries: tuple[Entry, ...]
    columns: dict[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The first rows of a file, masked, and what its columns are taken for by themselves, as `Intake.columns`.

    `problem`: why no column is taken for the feedback; the columns are then not known.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    columns: dict[str, str]
    notes: tuple[str, ...]
    problem: str = ""


def glimpse(source: Path | BinaryIO, *, sheet: str = "", most: int = 5) -> Glimpse:
    """Return the first rows of a file, to look at before anything is done.

    :raises InputError: it cannot be read
    """
    with _opened(source, sheet) as table:
        sample = [row.cells for row in islice(table.rows(), read("voice/report")["sample_rows"])]
        header, notes = tuple(table.header), tuple(table.notes)
    first = tuple(tuple(mask(cell_text(cell)) for cell in cells) for cells in sample[:most])
    try:
        chosen = find_columns(header, sample)
    except InputError as error:
        return Glimpse(header, first, {}, notes, error.message)
    return Glimpse(header, first, _told(header, chosen), (*notes, *chosen.notes))


def take_in(
    source: Path | BinaryIO, *, column: str, user: str, date: str, sheet: str, progress: Progress | None
) -> Intake:
    """Return the rows of a file.

    :raises InputError: it cannot be read, a column that was told is not there, or none holds feedback
    """
    with _opened(source, sheet) as table:
        sample = [row.cells for row in islice(table.rows(), read("voice/report")["sample_rows"])]
        chosen = find_columns(table.header, sample, column=column, user=user, date=date)
        entries, found = _entries(table, chosen, progress)
        notes = [*table.notes, *chosen.notes]  # the table's may have grown while rows were read
        told = _told(table.header, chosen)
    return Intake(tuple(entries), told, (*notes, *_notes(entries, chosen, found)))


def _told(header: Sequence[str], chosen: Columns) -> dict[str, str]:
    """Return the names of the columns that hold what."""
    names = {"voice": chosen.voice, "user": chosen.user, "date": chosen.date}
    told = {key: header[at] for key, at in names.items() if at is not None}
    return told | ({"voice": "第 1 列"} if chosen.headless else {})


@contextmanager
def _opened(source: Path | BinaryIO, sheet: str) -> Iterator[Table]:
    """Give the table; a txt file without known names and tabs holds a voice a line: its commas part no columns."""
    with open_table(source, sheet=sheet, wanted=wanted) as table:
        plain = isinstance(source, Path) and source.suffix.lower() == ".txt" and not wanted(table.header)
        if plain and isinstance(source, Path) and "\t" not in (text := _lines(source))[0]:
            rows = [Row(number, (line,)) for number, line in enumerate(text, 1)]
            note = read("voice/report")["notes"]["lines"]
            table = Table([_LINE], [*table.notes, note], lambda _: iter(rows))
        yield table


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in lines(path, find_encoding(path)) if line.strip()]


def _entries(table: Table, chosen: Columns, progress: Progress | None) -> tuple[list[Entry], Counter[str]]:
    people: dict[str, str] = {}
    found: Counter[str] = Counter()
    raw: list[tuple[int, str, str, str]] = []
    days: list[str] = []
    for row in _rows(table, chosen):
        text, problem = _text(row, chosen.voice)
        masked = normalise(mask(text))
        found.update(_MASKED.findall(masked))
        found.subtract(_MASKED.findall(text))
        person = _person(_cell(row, chosen.user), people)
        raw.append((row.number, masked, person, problem))
        days.append(_cell(row, chosen.date))
        if progress and len(raw) % _EVERY == 0:
            progress(len(raw), 0, "读取")
    read_as = read_dates(days) if chosen.date is not None else [None] * len(days)
    return [Entry(n, text, who, day, why) for (n, text, who, why), day in zip(raw, read_as, strict=True)], +found


def _rows(table: Table, chosen: Columns) -> Iterator[Row]:
    if chosen.headless:
        yield Row(1, (table.header[0],))
    for row in table.rows():
        yield row._replace(number=row.number + chosen.headless)


def _text(row: Row, at: int) -> tuple[str, str]:
    """Return the voice of a row and why it cannot be worked on, "" when it can."""
    reasons: dict[str, str] = read("voice/report")["reasons"]
    text = _cell(row, at).strip()
    if row.problem:
        return text, Template(reasons["broken"]).substitute(why=mask(row.problem)) if row.cells else mask(row.problem)
    if not text:
        return "", reasons["blank"]
    if text[0] == "#" and text in read("batch")["error_values"]:
        return text, Template(reasons["cell"]).substitute(value=text)
    return text, reasons["junk"] if is_junk(normalise(text)) else ""


def _cell(row: Row, at: int | None) -> str:
    return "" if at is None or at >= len(row.cells) else cell_text(row.cells[at])


def _person(cell: str, people: dict[str, str]) -> str:
    """Return the code of a user, in order of appearance; names, telephones and numbers stay in the file."""
    key = fold(cell).strip()
    key = key.removesuffix(".0") if key.removesuffix(".0").isdecimal() else key
    if not key or bare(key) in {bare(str(word)) for word in read("voice/report")["anonymous"]} or not bare(key):
        return ""
    return people.setdefault(key, f"用户{len(people) + 1}")


def _notes(entries: Sequence[Entry], chosen: Columns, found: Counter[str]) -> list[str]:
    rules: dict[str, Any] = read("voice/report")
    said = [entry for entry in entries if not entry.problem]
    notes = []

    def note(name: str, **words: object) -> None:
        notes.append(Template(rules["notes"][name]).substitute(words))

    if chosen.user is None:
        note("no_user", least=rules["same_person"])
    elif unnamed := sum(1 for entry in said if not entry.person):
        note("anonymous", count=unnamed)
    if chosen.date is None:
        note("no_date")
    elif unread := sum(1 for entry in said if entry.day is None):
        note("date_unread", count=unread)
    kinds = "、".join(f"{what} {count}" for what, count in found.most_common())
    note("masked" if found else "none_masked", count=found.total(), kinds=kinds)
    return notes
