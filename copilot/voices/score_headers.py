"""Column names of a Kano questionnaire → which column answers which question of which feature.

Wide: two columns a feature, told apart by a word in the name (深色模式_有 / 深色模式_无, 如果没有深色模式，您觉得怎样).
Long: one column names the feature, one answers “if it is there”, one “if it is not”. Single: the long form without a
column for the feature.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from copilot.errors import InputError
from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.text import fold
from copilot.voices.score import column_given, column_named, listed, plain

_NUMBER = re.compile(r"^(?:q|题|第)?\s*\d+(?:[-_.]\d+)?\s*(?:题)?\s*[、.．:)\s]\s*", re.I)
_TAIL = re.compile(
    r"[,，。?？;；]?\s*(?:那么)?(?:您|你)?(?:会|的)?(?:觉得|感觉|认为|感受|评价|态度|how (?:do|would) you).*$|[?？]+$"
)
_WHERE = r"(?:我们|产品|app|软件|系统)?\s*(?:里|中)?\s*"
_IF = rf"(?:如果|若|假如|当|if|when)?\s*{_WHERE}"
_THIS = (
    r"(?:这个|这项|该|此|本)?(?:功能|特性|feature)?(?:时|的话)?\s*(?:题|问题|问|question)?"
    r"\s*(?:的?(?:回答|答案|感受|评价|态度|选项|answer))?"
)
_QUOTES = "「」『』“”\"'‘’《》〈〉 "
_EDGE = r"[\s_\-—–:：/|·.、]+"
_STRONG = 2  # a mark set off by brackets, a separator or “如果”: it is no part of the feature's name


class Pair(NamedTuple):
    """The columns that answer the two questions; `name` of the feature, "" where another column has it."""

    name: str
    functional: int
    dysfunctional: int


class Layout(NamedTuple):
    """Which columns a file has. `form` is wide, long or single; `alone` are columns without their counterpart."""

    form: str
    pairs: tuple[Pair, ...]
    feature: int | None = None
    respondent: int | None = None
    alone: tuple[int, ...] = ()


class _Read(NamedTuple):
    name: str
    positive: bool
    strength: int


def known_names(cells: Sequence[str], is_answer: Callable[[str], bool]) -> int:
    """Return how many cells are names of columns rather than answers."""
    rules = read("voice/score")["kano"]
    words = {bare(word) for key in ("feature", "respondent") for word in rules[key]}
    return sum(1 for cell in cells if cell and not is_answer(cell) and (plain(cell) in words or _is_named(cell)))


def find_layout(
    header: Sequence[str], answers: Sequence[int], feature: str, functional: str, dysfunctional: str
) -> Layout:
    """Return which column is what. `answers`: columns that hold answers, by their content; the rest is as told.

    :raises InputError: the columns cannot be told apart; with what was found
    """
    rules = read("voice/score")["kano"]
    respondent = column_named(header, rules["respondent"])
    told = [
        column_given(header, functional, "--functional"),
        column_given(header, dysfunctional, "--dysfunctional"),
    ]
    named = column_given(header, feature, "--feature")
    sides = {at: side for at, name in enumerate(header) if (side := _bare_side(name)) is not None}
    up, down = ([at for at, side in sides.items() if side is wanted] for wanted in (True, False))
    if told[0] is None and told[1] is None and not (len(up) == 1 and len(down) == 1):
        pairs, alone = _pairs(header)
        if pairs:
            return Layout("wide", tuple(pairs), None, respondent, tuple(alone))
    one = told[0] if told[0] is not None else _only(up) if len(up) == 1 else None
    other = told[1] if told[1] is not None else _only(down) if len(down) == 1 else None
    if one is None or other is None:
        one, other = _by_content(header, answers, one, other)
    if one is None or other is None or one == other:
        raise _refusal(header, answers)
    if named is None:
        named = _feature_column(header, (one, other, respondent), answers)
    return Layout("single" if named is None else "long", (Pair("", one, other),), named, respondent)


# One name


@cache
def _marks(positive: bool) -> str:
    words = read("voice/score")["kano"]["positive" if positive else "negative"]
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _clean(name: str, *, numbered: bool = False) -> str:
    """Return a folded name without the end of a question, and without its number unless `numbered`."""
    text = _TAIL.sub("", fold(name).strip()).strip()
    return text if numbered else _NUMBER.sub("", text) or text


def _bare_side(name: str) -> bool | None:
    """Return whether a name is nothing but the word for one of the questions: True for “it is there”."""
    text = _clean(name).strip(_QUOTES + "()[]【】")
    for positive in (False, True):
        if re.fullmatch(rf"{_IF}(?:{_marks(positive)})[\s_-]*{_THIS}", text):
            return positive
    return None


def _readings(name: str) -> Iterator[_Read]:
    """Yield how a name may be split into a feature and the word for a question; 1.有 with its number too."""
    for text in dict.fromkeys((_clean(name), _clean(name, numbered=True))):
        yield from _split(text)


def _split(text: str) -> Iterator[_Read]:
    short: dict[bool, str] = {True: r"f|\+", False: r"d|[-−]"}  # behind a separator alone: part of many names
    for positive in (False, True):
        mark = rf"(?:{_marks(positive)}){_THIS}"
        for pattern, strength in (
            (rf"(?P<name>.+?)\s*[(\[【（]\s*{_IF}{mark}\s*[)\]】）]", 3),
            (rf"[(\[【（]\s*{_IF}{mark}\s*[)\]】）]\s*(?P<name>.+)", 3),
            (rf"(?P<name>.+?){_EDGE}{mark}", 3),
            (rf"(?P<name>.+?)[\s_(]\s*(?:{short[positive]})\s*\)?", 3),
            (rf"{mark}{_EDGE}(?P<name>.+)", 3),
            (rf"(?:如果|若|假如|当|if|when)\s*{_WHERE}(?:{_marks(positive)})\s*(?P<name>.+)", 3),
            (rf"(?:如果|若|假如|当|if|when)\s*{_WHERE}[「“](?P<name>.+)[」”]\s*{mark}", 3),
            (rf"(?:{_marks(positive)})(?P<name>[^a-z].*)", 1),
            (rf"(?P<name>.+?){mark}", 1),
        ):  # fmt: skip
            if (match := re.fullmatch(pattern, text)) and (rest := match["name"].strip(_QUOTES + "_-—–:：,，")):
                yield _Read(rest, positive, strength)


@cache
def _is_named(name: str) -> bool:
    return _bare_side(name) is not None or any(found.strength >= _STRONG for found in _readings(name))


# All names


def _pairs(header: Sequence[str]) -> tuple[list[Pair], list[int]]:
    """Return the pairs in order of the columns, and the columns that clearly lack their counterpart."""
    found: dict[str, dict[bool, list[tuple[int, int, str]]]] = defaultdict(lambda: {True: [], False: []})
    for at, title in enumerate(header):
        for name, positive, strength in _readings(title):
            found[bare(name)][positive].append((-strength, at, name))
    candidates = []
    for key, sides in found.items():
        if key and sides[True] and sides[False]:
            up, down = min(sides[True]), min(sides[False])
            candidates.append((up[0] + down[0], -len(key), up, down))
    used: dict[int, Pair] = {}
    for _, _, up, down in sorted(candidates):
        if up[1] != down[1] and up[1] not in used and down[1] not in used:
            used[up[1]] = used[down[1]] = Pair(_spelt(header[up[1]], up[2]), up[1], down[1])
    pairs = list(dict.fromkeys(used[at] for at in sorted(used)))
    alone = [at for at, name in enumerate(header) if at not in used and _is_named(name) and pairs]
    return pairs, alone


def _spelt(title: str, name: str) -> str:
    """Return a feature's name as the file spells it: folding keeps the length of a text."""
    at = fold(title).find(name)
    return title[at : at + len(name)] if at >= 0 else name


def _only(places: Sequence[int]) -> int:
    return places[0]


def _by_content(
    header: Sequence[str], answers: Sequence[int], one: int | None, other: int | None
) -> tuple[int | None, int | None]:
    """Return both columns of answers, if there are two and a word somewhere in a name tells which is which."""
    rest = [at for at in answers if at not in (one, other)]
    if one is not None or other is not None:
        return (one, rest[0]) if other is None and len(rest) == 1 else (rest[0] if len(rest) == 1 else None, other)
    if len(rest) != 2:
        return None, None
    down = [at for at in rest if re.search(_marks(False), fold(header[at]))]
    if len(down) != 1:
        return None, None
    return next(at for at in rest if at != down[0]), down[0]


def _feature_column(header: Sequence[str], taken: Sequence[int | None], answers: Sequence[int]) -> int | None:
    rules = read("voice/score")["kano"]
    free = [at for at in range(len(header)) if at not in taken]
    if (found := column_named(header, rules["feature"])) in free:
        return found
    like = [at for at in free if any(word in fold(header[at]) for word in rules["feature_like"])]
    if like:
        return like[0]
    rest = [at for at in free if at not in answers]
    return rest[0] if len(rest) == 1 else None


def _refusal(header: Sequence[str], answers: Sequence[int]) -> InputError:
    held = listed([header[at] for at in answers]) if answers else "没有"
    message = f"分不清哪一列是“有这个功能”的答案、哪一列是“没有”的。文件里的列：{listed(header)}；像答案的列：{held}"
    hint = "每个功能两列，叫 功能_有 和 功能_无；或三列：功能、有、无；或用 --functional 和 --dysfunctional 指定两列。"
    return InputError(message, hint)
