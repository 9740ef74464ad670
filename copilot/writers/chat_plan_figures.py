"""The figures of a sentence that a model reworded, held to those of ours: changed ones restored, added ones taken out.

Figures are read by both readers of the checks: `quantities` for amounts, dates and bounds, `figures` for what it leaves
alone (两类, 第二次, 每周), and what neither reads counts by its digits.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from copilot.checks.figures import figures
from copilot.checks.grounding import same_unit
from copilot.checks.numerals import tables
from copilot.checks.quantities import quantities
from copilot.knowledge import read
from copilot.text import fold

_DIGITS = re.compile(r"\d[\d.,:/]*")
_BRACKETS = re.compile(r"（[^（）]*）")
_CLAUSE = re.compile(r"[^，]+")


class Shown(NamedTuple):
    """A figure at `start:end`; `says` are its values, a year and its day are two. `unit` is a kind for dates."""

    says: tuple[float | str, ...]
    unit: str
    bound: str
    start: int
    end: int


class Mended(NamedTuple):
    """A sentence that holds our figures; what was done to it: `restored`, `taken`."""

    text: str
    done: tuple[str, ...]


def shown_figures(text: str) -> list[Shown]:
    """Return the figures of a text in order; none overlap, and no digit stands outside them."""
    plain = fold(text)
    found = _merged(_amounts(text, plain), [])
    moments = re.finditer(read("plan/chat")["moments"], plain)
    found = _merged([Shown((match[0],), "moment", "", *match.span()) for match in moments], found)
    others = [Shown((one.value,), one.unit, "", one.start, _end(text, one.start, one.end)) for one in figures(plain)]
    found = _merged(others, found)
    rest = list(plain)
    for one in found:
        rest[one.start : one.end] = "\0" * (one.end - one.start)
    digits = _DIGITS.finditer("".join(rest))
    found = _merged([Shown((match[0].rstrip(".,:/"),), "digits", "", *match.span()) for match in digits], found)
    return sorted(found, key=lambda one: one.start)


def _amounts(text: str, plain: str) -> list[Shown]:
    """Return what `quantities` reads."""
    found = []
    for q in quantities(text):
        end, low = _end(text, q.start, q.end), () if q.low is None else (q.low,)
        if q.kind == "number":
            below = _is_negative(plain, q.start)
            found.append(Shown((-q.value if below else q.value, *low), q.unit, q.bound, q.start - below, end))
        else:
            says: tuple[float | str, ...] = (q.text.strip(),) if q.kind == "name" else (q.value,)
            found.append(Shown(says, "date" if q.kind == "year" else q.kind, "", q.start, end))
    return found


def _merged(new: Sequence[Shown], found: Sequence[Shown]) -> list[Shown]:
    """Return what was found with what is new and lies elsewhere; of one span it says all at once: a year, its day."""
    places: dict[tuple[int, int], Shown] = {}
    for one in new:
        if any(one.start < other.end and other.start < one.end for other in found):
            continue
        place = (one.start, one.end)
        if place in places:
            places[place] = places[place]._replace(says=(*places[place].says, *one.says))
        elif not any(one.start < end and start < one.end for start, end in places):
            places[place] = one
    return [*found, *places.values()]


def _end(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


def mended(ours: str, theirs: str) -> Mended | None:
    """Return `theirs` with the figures of `ours`, each with unit and bound and in the same order; None: it cannot be.

    A changed figure is restored where the figures of its unit are as many as ours and all others stand in their place;
    an added one goes with its brackets or its clause where the rest stands without it.
    """
    text, done = theirs, list[str]()
    pairs = _paired(shown_figures(ours), shown_figures(text))
    if pairs is None:
        return None
    for own, one in reversed(pairs):
        if own is None or (_alike(own, one) and not any(c.isdigit() for c in ours[own.start : own.end])):
            continue  # 两条渠道 may stand for 两个渠道; 5 万元 for 50,000 元 may not: the tables write it so
        text = text[: one.start] + ours[own.start : own.end] + text[one.end :]
        done = done if _alike(own, one) else ["restored"]
    for _ in range(len(pairs)):
        pairs = _paired(shown_figures(ours), shown_figures(text))
        if pairs is None or all(own is not None for own, _ in pairs):
            break
        shorter = _without_added(text, pairs)
        if shorter is None:
            return None
        text = shorter
        done = [*done, "taken"] if "taken" not in done else done
    pairs = _paired(shown_figures(ours), shown_figures(text))
    if pairs is None or any(own is None or not _alike(own, one) for own, one in pairs):
        return None
    if _swapped(ours, text, [(own, one) for own, one in pairs if own is not None]):
        return None
    return Mended(text, tuple(done))


# Which is which

_Pairs = list[tuple[Shown | None, Shown]]


def _paired(ours: Sequence[Shown], theirs: Sequence[Shown]) -> _Pairs | None:
    """Return every figure of theirs with the one of ours that it is, or None for an added one.

    None at all where one is lost, or stands in another's place.
    """
    groups: dict[str, list[Shown]] = {}
    for own in ours:
        groups.setdefault(_unit_of(own, groups), []).append(own)
    mine: dict[str, list[Shown]] = {}
    for one in theirs:
        unit = _unit_of(one, groups)
        equal = [other for other, owns in groups.items() if any(_alike(own, one) for own in owns)]
        mine.setdefault(unit if unit in equal or not equal else equal[0], []).append(one)
    pairs: _Pairs = []
    for unit, owns in groups.items():
        found = _in_order(owns, mine.pop(unit, []))
        if found is None:
            return None
        pairs += found
    pairs += [(None, one) for added in mine.values() for one in added]
    return sorted(pairs, key=lambda pair: pair[1].start)


def _in_order(owns: Sequence[Shown], ones: Sequence[Shown]) -> _Pairs | None:
    """Return the pairs of one unit: place by place, or ours as they stand among more."""
    if len(owns) == len(ones):
        for own, one in zip(owns, ones, strict=True):
            elsewhere = any(own.says == other.says for other in ones) or any(one.says == other.says for other in owns)
            if not _alike(own, one) and elsewhere:
                return None
        return list(zip(owns, ones, strict=True))
    left = list(owns)
    pairs: _Pairs = []
    for one in ones:
        ours = left.pop(0) if left and _alike(left[0], one) else None
        pairs.append((ours, one))
    return None if left else pairs


def _unit_of(one: Shown, groups: dict[str, list[Shown]]) -> str:
    """Return the group whose figures have the unit of this one, else the unit itself."""
    return next((unit for unit in groups if unit == one.unit or _fits(unit, one.unit)), one.unit)


def _alike(own: Shown, one: Shown) -> bool:
    """Tell whether two figures say the same; a number without a unit agrees with any unit."""
    if len(own.says) != len(one.says) or own.bound != one.bound:
        return False
    if not (_fits(own.unit, one.unit) or _is_loose(own.unit) or _is_loose(one.unit)):
        return False
    return all(
        abs(a - b) <= 1e-6 * max(abs(a), abs(b)) if isinstance(a, float) and isinstance(b, float) else a == b
        for a, b in zip(own.says, one.says, strict=True)
    )


def _fits(one: str, other: str) -> bool:
    """Tell whether two units say the same; a counter that only one of the readers knows is like 个 alone."""
    known = all(unit[:1] != "#" or unit[1:] in tables().groups for unit in (one, other))
    return same_unit(one, other) if known else one == other or "#个" in (one, other)


def _is_loose(unit: str) -> bool:
    return unit[:1] in ("", "?")


def _is_negative(plain: str, start: int) -> bool:
    """Tell whether a minus stands before a figure, and not a dash between two."""
    return plain[start - 1 : start] in ("-", "−") and not re.search(r"[\d%]\s*$", plain[: start - 1])


# What was added


def _without_added(text: str, pairs: _Pairs) -> str | None:
    """Return the text without the brackets or the clause of its first added figure; None where it leaves a torso."""
    added = next(one for own, one in pairs if own is None)
    kept = [one for own, one in pairs if own is not None]
    for match in _BRACKETS.finditer(text):
        if match.start() < added.start < match.end() and not _holds(match.span(), kept):
            return text[: match.start()] + text[match.end() :]
    data, clauses = read("plan/chat"), [match.span() for match in _CLAUSE.finditer(text)]
    place = next(n for n, (start, end) in enumerate(clauses) if start <= added.start < end)
    start, end = clauses[place]
    behind = text[slice(*clauses[place + 1])] if place + 1 < len(clauses) else ""
    torso = re.match(data["carries"], text[start:end]) or re.match(data["leans"], behind)
    if len(clauses) == 1 or torso or _holds((start, end), kept):
        return None
    rest = [text[slice(*span)] for n, span in enumerate(clauses) if n != place]
    return "，".join(rest)


def _holds(span: tuple[int, int], ones: Sequence[Shown]) -> bool:
    return any(span[0] <= one.start < span[1] for one in ones)


# Which of two


def _swapped(ours: str, theirs: str, pairs: Sequence[tuple[Shown, Shown]]) -> bool:
    """Tell whether a figure stands on the other side of 从…到 or 够…差 than ours."""
    for own, one in pairs:
        before, behind = _before(ours, own), _before(theirs, one)
        for sides in _relations():
            here, there = (_side(text, sides) for text in (before, behind))
            if here is not None and there is not None and here != there:
                return True
    return False


def _before(text: str, one: Shown) -> str:
    clause = max(text.rfind(mark, 0, one.start) for mark in "，：、（") + 1
    return text[max(clause, one.start - read("plan/chat")["relation_reach"]) : one.start]


def _side(text: str, sides: tuple[tuple[str, ...], ...]) -> int | None:
    """Return the side whose word stands last in a text."""
    places = [max(text.rfind(word) for word in side) for side in sides]
    return None if max(places) < 0 else places.index(max(places))


@cache
def _relations() -> tuple[tuple[tuple[str, ...], ...], ...]:
    return tuple(tuple(map(tuple, sides)) for sides in read("plan/chat")["relations"])
