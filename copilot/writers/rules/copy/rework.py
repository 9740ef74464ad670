"""Existing copy made shorter: whole clauses go, the least needed first.

Nothing is cut inside a clause but worn words around its content, so that no figure loses its unit, bound or condition
and no cluster is torn. What must stay (offer, date, quota, price and its restriction, signature, opt-out) stays.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from copilot.checks.phrases import Phrases
from copilot.knowledge import read
from copilot.text.counters import count
from copilot.types import Counter
from copilot.writers.rules.copy.clauses import EMOJI, Clause, clauses, joined
from copilot.writers.rules.copy.trim import (
    named,
    renumbered,
    without_asides,
    without_emoji,
    without_marks,
    without_words,
)

_ALIKE = 0.7  # share of a unit's pairs of characters that other units hold: it says nothing new
_HAN = re.compile(r"[\u3400-\u9fff]")
_IDLE = 1  # greetings, 太香了, 赶紧冲: what has to be made shorter needs none of them
_FREE = 2  # value up to which units go before emoji do
_LEFT = 3  # Chinese characters that a clause keeps at least when words are taken out of it


class Shortened(NamedTuple):
    """`gone` is what was left out; `must` the parts that stay, `期限“11 月 3 日前”`, when the limit was not reached."""

    text: str
    gone: tuple[str, ...]
    must: tuple[str, ...]
    fits: bool


def shortened(text: str, limit: int, counter: Counter, name: str = "") -> Shortened:
    """Return `text` with at most `limit` in the units of `counter`, or as short as it gets; `name` is the product's."""

    def over(now: str) -> bool:
        return count(now, counter) > limit

    if not over(text):
        return Shortened(text, (), (), True)
    gone: list[str] = []
    for tidy in (without_marks, without_words):
        lighter, words = tidy(text)
        if lighter != text:
            text, gone = lighter, [*gone, *words]
        if not over(text):
            return Shortened(text, tuple(gone), (), True)
    found = clauses(text)
    kept = _dropped(found, name, over, _FREE)
    if over(joined(found, kept)) and EMOJI.search(text):
        text = joined(found, kept)
        gone += lost(found, kept)
        text, words = without_emoji(text)
        gone += words
        found = clauses(text)
        kept = [True] * len(found)
    kept = _dropped(found, name, over, 1_000, kept)
    gone += lost(found, kept)
    text = renumbered(joined(found, kept))
    text = named(text, name, over) if gone else text
    if over(text):
        text, words = without_asides(text)
        gone += words
    must = tuple(f"{clause.why or '主干'}“{clause.text}”" for clause, keep in zip(found, kept, strict=True) if keep)
    return Shortened(text, tuple(gone), () if not over(text) else must, not over(text))


def lost(found: Sequence[Clause], kept: Sequence[bool]) -> list[str]:
    """Return the clauses that are not kept."""
    return [clause.text for clause, keep in zip(found, kept, strict=True) if not keep]


# Clauses that go


def _dropped(
    found: Sequence[Clause], name: str, over: Callable[[str], bool], most: int, kept: list[bool] | None = None
) -> list[bool]:
    """Return which clauses stay: units up to the value `most` go, the least first, and come back where they fit."""
    kept = list(kept or [True] * len(found))
    units = sorted({clause.unit for clause in found})
    needs = needs_of(found)
    fixed = _fixed(found, needs)
    values = _values(found, name)
    here = {clause.unit for clause, keep in zip(found, kept, strict=True) if keep}
    out: list[int] = []

    def text_of(units: set[int]) -> str:
        return joined(list(found), [clause.unit in units for clause in found])

    while True:
        bundles = [
            (max(values[v] for v in bundle), -unit, bundle)
            for unit in here - fixed
            if (bundle := bundle_of(unit, needs, here)) and not bundle & fixed
        ]
        bundles = [bundle for bundle in bundles if bundle[0] <= most and bundle[2] != here]
        if not bundles:
            break
        value, _, bundle = min(bundles, key=lambda entry: entry[:2])
        if value > _IDLE and not over(text_of(here)):
            break
        here -= bundle
        out += sorted(bundle)
    for unit in sorted(out, key=lambda unit: (-values[unit], unit)):
        if values[unit] > _FREE and needs.get(unit, set()) <= here and not over(text_of(here | {unit})):
            here.add(unit)
    del units
    return [clause.unit in here for clause in found]


def bundle_of(unit: int, needs: dict[int, set[int]], here: set[int]) -> set[int]:
    """The unit and all that cannot stand without it."""
    bundle = {unit}
    while more := {v for v in here - bundle if needs.get(v, set()) & bundle}:
        bundle |= more
    return bundle


def needs_of(found: Sequence[Clause]) -> dict[int, set[int]]:
    """Which units a unit cannot stand without: the head of its sentence, what 这 points at, a question's answer."""
    needs: dict[int, set[int]] = {}
    head, start = -1, True
    for place, clause in enumerate(found):
        if start or (head < 0 and clause.role not in ("greeting", "comment")):
            head = clause.unit if clause.role not in ("greeting", "comment") else -1
        elif clause.unit != head and head >= 0 and clause.role == "plain" and not clause.why:
            needs.setdefault(clause.unit, set()).add(head)
        before = found[place - 1] if place else None
        after = found[place + 1] if place + 1 < len(found) else None
        if before and start and before.unit != clause.unit and _rules().backwards.search(clause.bare):
            needs.setdefault(clause.unit, set()).add(before.unit)
        open_end = clause.role == "question" or clause.text.endswith(("：", ":"))
        if after and open_end and after.role not in ("tag", "opt-out") and after.unit != clause.unit:
            needs.setdefault(clause.unit, set()).add(after.unit)
        start = clause.ends
    return needs


def _fixed(found: Sequence[Clause], needs: dict[int, set[int]]) -> set[int]:
    """Units that must stay, with what they cannot stand without; of a counted list all."""
    fixed = {clause.unit for clause in found if clause.why}
    if any(_rules().counted.search(clause.text) for clause in found):
        fixed |= {clause.unit for clause in found if re.match(r"\d{1,2}[.、．)）]", clause.text)}
    while more := {need for unit in fixed for need in needs.get(unit, ())} - fixed:
        fixed |= more
    return fixed


def _values(found: Sequence[Clause], name: str) -> dict[int, int]:
    """How much each unit is needed."""
    texts: dict[int, str] = {}
    for clause in found:
        texts[clause.unit] = texts.get(clause.unit, "") + clause.bare
    opening = next(
        (clause.unit for clause in found if clause.role in ("plain", "question") and not _is_worn(clause)), -1
    )
    values: dict[int, int] = {}
    tags = 0
    for clause in found:
        value = {"greeting": 0, "comment": 1, "tag": 3, "question": 4, "call": 8}.get(clause.role, 5)
        if clause.role == "plain" and _is_worn(clause):
            value = 0
        elif clause.role == "call" and not _rules().next_act.search(clause.bare):
            value = 1
        elif clause.role == "tag":
            tags += 1
            value = 4 if tags == 1 else 3
        elif _rules().witness.search(clause.bare):
            value = 3
        if clause.role == "greeting" and name and name in clause.bare:
            values[clause.unit] = 3
            continue
        if value > 1:
            value += 2 * any(c.isdigit() for c in clause.bare) + (3 if name and name in clause.bare else 0)
            value += 3 * (clause.unit == opening)
        values[clause.unit] = max(value, values.get(clause.unit, 0))
    for unit in reversed(list(texts)):
        others = "\0".join(text for other, text in texts.items() if other < unit)
        if values[unit] > _FREE and _repeats(texts[unit], others):
            values[unit] = _FREE
    return values


def _repeats(text: str, others: str) -> bool:
    pairs = {a + b for a, b in pairwise(text) if _HAN.match(a) and _HAN.match(b)}
    if len(pairs) < 3 or not set(re.findall(r"\d+(?:\.\d+)?", text)) <= set(re.findall(r"\d+(?:\.\d+)?", others)):
        return False
    return sum(pair in others for pair in pairs) >= _ALIKE * len(pairs)


def _is_worn(clause: Clause) -> bool:
    """Its content is a worn phrase: what is left beside it is no statement."""
    text = clause.bare.lower()
    spans = [(start, end) for _, start, end in _rules().worn.find(text)]
    if not spans:
        return False
    left = "".join(c for place, c in enumerate(text) if not any(a <= place < b for a, b in spans))
    return len(_HAN.findall(left)) < 2 * _LEFT and not re.search(r"\d", left)


class _Rules(NamedTuple):
    witness: re.Pattern[str]
    backwards: re.Pattern[str]
    counted: re.Pattern[str]
    next_act: re.Pattern[str]
    worn: Phrases


@cache
def _rules() -> _Rules:
    data, style = read("copy/rework"), read("style")
    worn = Phrases((word, word) for word in style["worn"])
    names = (data["witness"], data["backwards"], data["stated_count"], style["next_act"])
    witness, backwards, counted, next_act = map(re.compile, names)
    return _Rules(witness, backwards, counted, next_act, worn)
