"""Soft match: how well each term of a question is met somewhere in a passage.

Nearness is spelling here: a bigram that is not there counts a sixth for each of its characters that is.
Part 3 puts the vectors of the vocabulary's pieces in its place.
"""

from collections.abc import Mapping

from copilot.text import fold

_SHARE = 1 / 6


def soft_match(importance: Mapping[str, float], text: str) -> float:
    """Return the weighted mean, in 0…1, over the terms of a question of their best match in `text`."""
    folded = fold(text)
    total = sum(importance.values())
    if total <= 0:
        return 0.0
    return sum(weight * _nearness(term, folded) for term, weight in importance.items()) / total


def _nearness(term: str, folded: str) -> float:
    if term in folded:
        return 1.0
    if len(term) == 2 and term[0] >= "\u3400":
        return _SHARE * ((term[0] in folded) + (term[1] in folded))
    return 0.0
