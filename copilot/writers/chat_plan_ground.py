"""Whether a reworded sentence of a plan still says what ours says, and whether what it cites still bears it.

Literal, as all checks are: pairs of characters, negations, directions. What is only meant otherwise passes.
"""

import re
from collections import Counter
from operator import add
from typing import NamedTuple

from copilot.checks.alignment import (
    crossed_swaps,
    letters,
    missing_words,
    opposite_swaps,
    plain,
    rare_words,
    swaps,
)
from copilot.checks.citations import check_citation
from copilot.checks.polarity import direction_conflicts, lexicon, negation_conflicts, order_conflicts
from copilot.knowledge import read


class Ground(NamedTuple):
    """What a sentence is held to, names of product and brand as plain words."""

    ours: str
    quote: str  # "" for a sentence that cites nothing
    near: str  # heading, lead, ours, quote
    brief: str
    plan: str  # all words of the plan and its quotes


def ground_trouble(text: str, ground: Ground) -> str:
    """Return the kind of trouble of a sentence against ours and its quote, "" for none."""
    data, ours = read("plan/chat"), ground.ours
    if ground.quote:
        found, before = check_citation(text, ground.quote), check_citation(ours, ground.quote)
        if found.support == "unsupported" and found.score < before.score:
            return "support"
    elif check_citation(text, ours).support == "unsupported":
        return "meaning"
    if min(_held(text, f"{ground.near}\n{ground.brief}"), default=1.0) < data["least_held"]:
        return "added"
    whole = _share(ours, text)
    if min(_held(ours, text), default=1.0) < data["least_kept"] or whole < data["least_whole"]:
        return "missing"
    if _is_turned(plain(text), plain(ours)):
        return "turned"
    if _is_swapped(plain(text), plain(ours), plain(ground.near)):
        return "meaning"
    words = missing_words(plain(text), plain(f"{ground.plan}\n{ground.brief}"))
    return "names" if rare_words(words, plain(ground.near)) else ""


def _held(text: str, other: str) -> list[float]:
    """Return for every clause of a text which share of it another one holds."""
    return [_share(clause, other) for clause in re.split("[，：（）]", text) if _pairs(clause)]


def _share(text: str, other: str) -> float:
    """Return which share of the pairs of characters of a text another one holds."""
    pairs, there = _pairs(text), letters(plain(other))
    return sum(pair in there for pair in pairs) / max(1, len(pairs))


def _pairs(text: str) -> list[str]:
    """Return the pairs of characters of a text that are more than grammar."""
    joined, function = letters(plain(text)), lexicon().function
    return [pair for pair in map(add, joined, joined[1:]) if not (pair[0] in function and pair[1] in function)]


def _is_turned(text: str, ours: str) -> bool:
    """Tell whether a text denies what ours states, or says before for after, up for down, stop for go."""
    denials = read("plan/chat")["denials"]
    if sum(map(text.count, denials)) != sum(map(ours.count, denials)):
        return True
    found = swaps(text, ours)
    if opposite_swaps(found) or crossed_swaps(found):
        return True
    conflicts = negation_conflicts(text, ours) or direction_conflicts(text, ours) or order_conflicts(text, ours)
    new, own = _sides(text), _sides(ours)
    return bool(conflicts) or any(
        new[pair, side] < own[pair, side] and new[pair, 1 - side] > own[pair, 1 - side] for pair, side in own
    )


def _is_swapped(text: str, ours: str, near: str) -> bool:
    """Tell whether a word of ours gave way to one that stands nowhere near it and shares no character with it.

    压缩 may become 压短, 支付账户 not 手机号. Of 124 sentences reworded by hand 3 are hit, of 26 with a word changed 6.
    """
    lost, new = missing_words(ours, text), missing_words(text, near)
    return any(not set(one) & set(other) for one in lost for other in new)


def _sides(text: str) -> Counter[tuple[int, int]]:
    """Return how often a text says either side of every pair of opposites, the plan's own with negative numbers."""
    words = lexicon()
    found = Counter(one for match in words.direction.finditer(text) for one in words.sides[match[0]])
    for number, pair in enumerate(read("plan/chat")["opposites"], 1):
        found += Counter({(-number, side): text.count(word) for side, word in enumerate(pair)})
    return found
