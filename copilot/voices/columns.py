"""Which column of a table holds the feedback, which the user and the date: as told, by name, or by what is in it."""

import json
import re
from collections.abc import Iterable, Sequence
from string import Template
from typing import Any, Literal, NamedTuple

from copilot.batch.columns import recognised
from copilot.batch.names import key_of_column, rank
from copilot.errors import InputError
from copilot.feedback.mask import mask
from copilot.feedback.trend import read_dates
from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.voices.score import column_given, column_named, listed, plain

_TASK: Literal["diagnose"] = "diagnose"
_NUMBER = re.compile(r"[\d\s.,:/%+年月日号时分秒T-]+")
_LINK = re.compile(r"https?://\S+")
_SENTENCE_END = re.compile(r"[。！？!?，；…]")


class Columns(NamedTuple):
    """Places in the header, None for none; `notes` say what was assumed. `headless`: the header is a voice itself."""

    voice: int
    user: int | None
    date: int | None
    notes: tuple[str, ...]
    headless: bool = False


def wanted(cells: Sequence[str]) -> int:
    """Return how many cells are names of columns that matter here."""
    known = {bare(name) for part in ("user", "date") for name in read("voice/report")["columns"][part]["names"]}
    return recognised(cells, _TASK) + sum(1 for cell in cells if plain(cell) in known)


def find_columns(
    header: Sequence[str], sample: Sequence[Sequence[Any]], *, column: str = "", user: str = "", date: str = ""
) -> Columns:
    """Return what holds what. `column`, `user`, `date`: name or number from 1 as told, "" to find it.

    `sample` are the cells of the first rows.

    :raises InputError: a column that was told is not there, or none holds feedback
    """
    told = column_given(header, column, "--column")
    whose = column_given(header, user, "--user")
    when = column_given(header, date, "--date")
    if when is None:
        when = next((at for at in _named(header, "date") if at not in (told, whose) and _holds_dates(sample, at)), None)
    if whose is None:
        whose = next((at for at in _named(header, "user") if at not in (told, when) and _texts(sample, at)), None)
    if told is not None:
        return Columns(told, whose, when, ())
    voice, notes = _voice_column(header, sample, {whose, when})
    headless = len(header) == 1 and not key_of_column(header[voice], _TASK) and _is_voice(header[voice])
    if headless:
        notes = [_note("headless", name=mask(header[voice])[:20])]
    return Columns(voice, whose, when, tuple(notes), headless)


def cell_text(value: Any) -> str:
    """Return a cell as text; lists of texts line by line, other lists and objects of jsonl as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return str(value) if isinstance(value, (int, float)) else json.dumps(value, ensure_ascii=False)


def _voice_column(
    header: Sequence[str], sample: Sequence[Sequence[Any]], taken: set[int | None]
) -> tuple[int, list[str]]:
    """Return the column of feedback and what was assumed."""
    named = [at for at, name in enumerate(header) if at not in taken and key_of_column(name, _TASK)]
    named.sort(key=lambda at: (rank(header[at], "voice", _TASK), at))
    spoken = [at for at in named if not _is_thin(sample, at)]
    notes = [_note("column_thin", name=header[at]) for at in named if spoken and at not in spoken]
    if spoken:
        others = "、".join(header[at] for at in spoken[1:])
        return spoken[0], [*notes, *([_note("column_other", names=others)] if others else [])]
    free = [at for at in range(len(header)) if at not in taken]
    filled = [at for at in free if not _is_thin(sample, at)] or [at for at in named if _texts(sample, at)]
    if not filled:
        hint = "用 --column 写列名或列号；文件里要有一列是用户的原话。"
        raise InputError(f"没有一列像用户反馈。文件里的列：{listed(header)}", hint)
    best = max(filled, key=lambda at: (_worth(sample, at), -at))
    return best, [] if best in named else [_note("column_guessed", name=header[best])]


def _named(header: Sequence[str], part: str) -> list[int]:
    """Return the columns called like `part`, the surest name first."""
    rules = read("voice/report")["columns"][part]
    exact = [at for name in rules["names"] if (at := column_named(header, [name])) is not None]
    ends = tuple(bare(end) for end in rules["ends"])
    return list(dict.fromkeys([*exact, *(at for at, name in enumerate(header) if plain(name).endswith(ends))]))


def _texts(sample: Iterable[Sequence[Any]], at: int) -> list[str]:
    return [text for cells in sample if len(cells) > at and (text := cell_text(cells[at]).strip())]


def _holds_dates(sample: Sequence[Sequence[Any]], at: int) -> bool:
    texts = _texts(sample, at)
    found = sum(1 for day in read_dates(texts) if day)
    return bool(texts) and found >= read("voice/report")["date_share"] * len(texts)


def _is_thin(sample: Sequence[Sequence[Any]], at: int) -> bool:
    """Return whether a column holds numbers, links, grades or categories, and no sentences."""
    rules, texts = read("voice/report"), _texts(sample, at)
    spoken = [text for text in texts if not _NUMBER.fullmatch(text) and not _LINK.fullmatch(text)]
    if not texts or len(spoken) < len(texts) / 2:
        return True
    if sum(map(len, spoken)) < rules["thin_characters"] * len(spoken):
        return True
    return len(texts) >= 20 and len(set(texts)) < rules["distinct_share"] * len(texts)


def _worth(sample: Sequence[Sequence[Any]], at: int) -> float:
    """Return the mean length of a column's texts times the share of distinct ones."""
    texts = _texts(sample, at)
    spoken = sum(len(text) for text in texts if not _LINK.fullmatch(text))
    return spoken / max(1, len(texts)) * len(set(texts)) / max(1, len(texts))


def _is_voice(name: str) -> bool:
    return len(name) >= read("voice/report")["header_characters"] or bool(_SENTENCE_END.search(name))


def _note(key: str, **words: object) -> str:
    return Template(read("voice/report")["notes"][key]).substitute(words)
