"""A file of Kano answers → `KanoReport`: each answer is counted, or listed with the reason why it is not."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from copilot.arithmetic.kano import CATEGORIES, KanoReport, category_of, in_order, judge
from copilot.batch.rows import Row
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.text import fold
from copilot.voices.score import opened
from copilot.voices.score_headers import Layout, Pair, find_layout, known_names
from copilot.voices.score_numbers import shown

LIKE, DISLIKE = "喜欢", "不喜欢"
_SEEN = 200  # rows from which it is told which columns hold answers
_OPTION = re.compile(r"^(?:[a-e]|[1-5])\s*[.、:)\-=]\s*(?=\D)|^[1-5]\s*(?=[^\d\s.分])|\s*[(\[=:]?\s*[1-5]\s*[)\]]?$")
_DIGIT = re.compile(r"([1-5])(?:\.0+)?\s*分?")
_FORMS = {
    "wide": "一行一位受访者，每个功能两列",
    "long": "一行一位受访者对一个功能，功能在列里",
    "single": "没有写功能的列，整个文件当作一个功能",
}


class _Tally:
    """What has been counted so far: `counts` by feature, and what could not be."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, int]] = {}
        self.names: dict[str, str] = {}
        self.seen: set[tuple[str, str]] = set()
        self.unusable: list[dict[str, str | int]] = []
        self.digits = False

    def named(self, name: str) -> dict[str, int]:
        """Return the counts of a feature, whichever way its name is cased and spaced."""
        key = _feature_key(name)
        self.names.setdefault(key, " ".join(name.split()))
        return self.counts.setdefault(key, dict.fromkeys(CATEGORIES, 0))

    def refuse(self, row: int, feature: str, pair: tuple[str, str], reason: str, *, blank: bool = False) -> None:
        """List an answer that is not counted."""
        kind = "blank" if blank else "wrong"
        entry: dict[str, str | int] = {"row": row, "feature": feature, "functional": pair[0], "dysfunctional": pair[1]}
        self.unusable.append(entry | {"kind": kind, "reason": reason})


def read_kano(
    source: Path | BinaryIO,
    *,
    one: str = "",
    feature: str = "",
    functional: str = "",
    dysfunctional: str = "",
    sheet: str = "",
) -> KanoReport:
    """Return what the answers in a csv, xlsx or jsonl file say of each feature, in the order of doing.

    `one`: what the number 1 stands for, 喜欢 (as when it is "") or 不喜欢. `feature`, `functional`, `dysfunctional`:
    columns by name or number, where the names in the file do not tell.

    :raises InputError: no table, or its columns cannot be told apart
    """
    with opened(source, sheet, lambda cells: known_names(cells, is_answer)) as (table, rows):
        header, notes = list(table.header), table.notes
        layout = find_layout(header, _answer_columns(rows, len(header)), feature, functional, dysfunctional)
        tally = _counted(rows, layout, header, _single_name(source), reverse=one == DISLIKE)
    rules = read("voice/score")["kano"]
    if not any(sum(counts.values()) for counts in tally.counts.values()):
        raise InputError(*_nothing(tally))
    features, lines = in_order([judge(tally.names[key], c, rules["least"]) for key, c in tally.counts.items()])
    respondents = len({who for who, _ in tally.seen}) if layout.respondent is not None else None
    if layout.form == "wide" and respondents is None:
        respondents = len(rows)
    return KanoReport(
        form=layout.form,
        columns=_columns(layout, header),
        rows=len(rows),
        respondents=respondents,
        features=features,
        lines=lines,
        unusable=tuple(tally.unusable),
        notes=(f"表的样子：{_FORMS[layout.form]}", *notes, *_notes(tally, layout, header, one)),
    )


@lru_cache(maxsize=4096)
def answer_of(text: str) -> int | None:
    """Return which of the five answers a word is, 0 (喜欢) … 4 (不喜欢); None for none. Numbers: see `digit_of`."""
    whole = fold(text).strip()
    for candidate in (whole, _OPTION.sub("", whole), _OPTION.sub("", _OPTION.sub("", whole))):
        if (found := _word(bare(candidate))) is not None:
            return found
    return None


@lru_cache(maxsize=4096)
def digit_of(text: str) -> int | None:
    """Return a number from 1 to 5, None for anything else."""
    match = _DIGIT.fullmatch(fold(text).strip())
    return int(match[1]) if match else None


@lru_cache(maxsize=4096)
def _is_blank(text: str) -> bool:
    return fold(text) in _blanks()


@lru_cache(maxsize=4096)
def _feature_key(name: str) -> str:
    """Return a feature's name as compared: neither case nor spaces make another feature."""
    return " ".join(fold(name).split())


def is_answer(text: str) -> bool:
    """Return whether a cell is an answer of a questionnaire."""
    return digit_of(text) is not None or answer_of(text) is not None


# Words


@cache
def _words() -> dict[str, int]:
    answers: list[list[str]] = read("voice/score")["kano"]["answers"]
    return {bare(word): place for place, words in enumerate(answers) for word in words}


@cache
def _blanks() -> frozenset[str]:
    return frozenset(fold(word) for word in read("voice/score")["kano"]["blank"])


@cache
def _word(text: str) -> int | None:
    """Return the answer that a text is once the words around it (我, 很, 这样) are taken off, one after another."""
    rules = read("voice/score")["kano"]
    if (found := _words().get(text)) is not None:
        return found
    for lead in rules["lead"]:
        if text.startswith(lead) and len(text) > len(lead) and (found := _word(text.removeprefix(lead))) is not None:
            return found
    for tail in rules["tail"]:
        if text.endswith(tail) and len(text) > len(tail) and (found := _word(text.removesuffix(tail))) is not None:
            return found
    return None


# Rows


def _answer_columns(rows: Sequence[Row], width: int) -> list[int]:
    share = read("voice/score")["kano"]["answer_share"]
    found = []
    for at in range(width):
        cells = [shown(row.cells[at]) for row in rows[:_SEEN] if at < len(row.cells)]
        said = [cell for cell in cells if not _is_blank(cell)]
        if said and sum(map(is_answer, said)) >= share * len(said):
            found.append(at)
    return found


def _counted(rows: Sequence[Row], layout: Layout, header: Sequence[str], single: str, *, reverse: bool) -> _Tally:
    tally = _Tally()
    for pair in layout.pairs:
        if pair.name:
            tally.named(pair.name)
    for row in rows:
        who = _cell(row, layout.respondent)
        if row.problem:
            tally.refuse(row.number, "", ("", ""), row.problem, blank=not row.cells)
            continue
        for pair in layout.pairs:
            name = pair.name or (single if layout.feature is None else _cell(row, layout.feature))
            answers = (_cell(row, pair.functional), _cell(row, pair.dysfunctional))
            if not name:
                tally.refuse(row.number, "", answers, f"“{header[layout.feature or 0]}”这一格是空的，不知道是哪个功能")
                continue
            _count(tally, row, name, answers, who, reverse)
    return tally


def _count(tally: _Tally, row: Row, name: str, answers: tuple[str, str], who: str, reverse: bool) -> None:
    counts = tally.named(name)
    blank = [_is_blank(answer) for answer in answers]
    if any(blank):
        which = "两题都没答" if all(blank) else f"“{'有' if blank[0] else '没有'}”那一题没答"
        tally.refuse(row.number, name, answers, which, blank=all(blank))
        return
    placed = [_placed(tally, answer, reverse) for answer in answers]
    unknown = [answer for answer, place in zip(answers, placed, strict=True) if place is None]
    if unknown or placed[0] is None or placed[1] is None:
        tally.refuse(row.number, name, answers, f"看不懂的答案：{'、'.join(map(_short, dict.fromkeys(unknown)))}")
        return
    key = (who, _feature_key(name))
    if who and key in tally.seen:
        tally.refuse(row.number, name, answers, f"{who} 对这个功能答过了，只计第一次")
        return
    if who:
        tally.seen.add(key)
    counts[category_of(placed[0], placed[1])] += 1


def _placed(tally: _Tally, answer: str, reverse: bool) -> int | None:
    if (digit := digit_of(answer)) is not None:
        tally.digits = True
        return 5 - digit if reverse else digit - 1
    return answer_of(answer)


def _cell(row: Row, place: int | None) -> str:
    return shown(row.cells[place]) if place is not None and place < len(row.cells) else ""


def _single_name(source: Path | BinaryIO) -> str:
    return source.stem if isinstance(source, Path) else "这个功能"


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:20] + "…"


# What to tell


def _columns(layout: Layout, header: Sequence[str]) -> dict[str, str]:
    def both(pair: Pair) -> str:
        return f"{header[pair.functional]}（有）／{header[pair.dysfunctional]}（没有）"

    found: dict[str, Any] = {pair.name or "答案": both(pair) for pair in layout.pairs}
    if layout.feature is not None:
        found["功能"] = header[layout.feature]
    if layout.respondent is not None:
        found["受访者"] = header[layout.respondent]
    return found


def _notes(tally: _Tally, layout: Layout, header: Sequence[str], one: str) -> list[str]:
    rules, notes = read("voice/score")["kano"], []
    if tally.digits:
        ends = "1 是不喜欢、5 是喜欢" if one == DISLIKE else "1 是喜欢、5 是不喜欢"
        notes.append(f"答案里的数字按 {ends} 读" + ("" if one else "；反过来就加 --one 不喜欢"))
    if layout.alone:
        names = "、".join(header[at] for at in layout.alone)
        notes.append(f"只有一半、没有算的列：{names}（每个功能要“有”和“没有”两列）")
    total = sum(sum(counts.values()) for counts in tally.counts.values())
    if total and sum(counts["R"] for counts in tally.counts.values()) > rules["reversed"] * total:
        notes.append("多半答案落在反向：检查两列有没有放反、数字的方向（--one）对不对")
    for kind, word in (("blank", "没有作答"), ("wrong", "不能用")):
        if times := sum(entry["kind"] == kind for entry in tally.unusable):
            notes.append(f"{times} 处{word}，没有计入，逐行列在后面")
    return notes


def _nothing(tally: _Tally) -> tuple[str, str]:
    reasons = list(dict.fromkeys(str(entry["reason"]) for entry in tally.unusable))[:3]
    told = f"：{'；'.join(reasons)}" if reasons else ""
    return f"没有一对能用的答案{told}", "答案写成 喜欢、理应如此、无所谓、能忍受、不喜欢，或 1–5；列名看 --help。"
