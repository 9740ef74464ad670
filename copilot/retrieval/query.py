"""A question → weighted terms and pieces: words that only ask count less than words that say what about."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from copilot.knowledge import read
from copilot.text import fold
from copilot.text.pieces import numbered_pieces
from copilot.text.terms import terms


def weighted_terms(query: str) -> list[tuple[str, float]]:
    """Return the distinct terms of a question with their weights, in order of first appearance."""
    content = set(terms(content_words(query)))
    return [(term, _weight(term, term in content)) for term in dict.fromkeys(terms(query))]


def weighted_pieces(query: str) -> dict[int, float]:
    """Return the distinct pieces of a question, by number, with their weights; what no piece spells is left out."""
    content = {number for number, _ in numbered_pieces(content_words(query))}
    return {number: _weight(piece, number in content) for number, piece in numbered_pieces(query) if number}


def by_field(
    weighted: Sequence[tuple[str, float]], pieces: Mapping[int, float], text_alone: bool = False
) -> dict[str, list[tuple[str, float]]]:
    """Return what is looked for in each field of the lexical index; `text_alone` leaves out how people ask for it."""
    shares = {name: float(share) for name, share in read("retrieval")["fields"].items()}
    if text_alone:
        del shares["asked"]
    found = dict.fromkeys(shares, weighted) | {"pieces": [(str(number), weight) for number, weight in pieces.items()]}
    return {name: [(term, weight * shares[name]) for term, weight in wanted] for name, wanted in found.items()}


def content_words(query: str) -> str:
    """Return the folded question with its asking words blanked out; all of it when nothing else is there."""
    folded = fold(query)
    content = _asking().sub(lambda match: " " * len(match[0]), folded)
    return content if any(c.isalnum() for c in content) else folded


def _weight(term: str, says: bool) -> float:
    weights = read("retrieval")
    single = float(weights["character_weight"]) if len(term) == 1 else 1.0
    return single if says else single * float(weights["question_word_weight"])


@cache
def _asking() -> re.Pattern[str]:
    words = sorted(read("answers")["asking_words"], key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))
