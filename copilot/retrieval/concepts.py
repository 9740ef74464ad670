"""The glossary's terms that a question names, or describes in a phrasing that the glossary knows."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from copilot.glossary import Term, glossary
from copilot.knowledge import read
from copilot.text import fold
from copilot.text.terms import terms

_LATIN = re.compile("[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Concept:
    """A term that a question is about; `named` by the term or a synonym, else by a lay phrasing."""

    term: Term
    named: bool


def concepts(question: str) -> list[Concept]:
    """Return the terms of the glossary in the order of the question; a name inside a longer one does not count."""
    folded, phrases = fold(question), _phrases()
    found: dict[str, Concept] = {}
    at = 0
    while at < len(folded):
        ends = range(min(len(folded), at + _longest()), at, -1)
        end = next((end for end in ends if folded[at:end] in phrases and _whole(folded, at, end)), at)
        if end > at:
            concept = phrases[folded[at:end]]
            found.setdefault(concept.term.term, concept)
        at = max(end, at + 1)
    return list(found.values())


def widening(found: Sequence[Concept], present: Collection[str]) -> list[tuple[str, float]]:
    """Return the terms of the concepts' names that are not `present`, with their weight: they widen the query."""
    rules = read("retrieval")["glossary"]
    names = [name for concept in found for name in concept.term.names[: int(rules["names"])]]
    wider = dict.fromkeys(term for name in names for term in terms(name) if len(term) > 1 and term not in present)
    return [(term, float(rules["widening"])) for term in wider]


@cache
def _phrases() -> dict[str, Concept]:
    lay = {fold(phrase): Concept(term, named=False) for term in glossary() for phrase in term.lay}
    return lay | {fold(name): Concept(term, named=True) for term in glossary() for name in term.names}


@cache
def _longest() -> int:
    return max(map(len, _phrases()))


def _whole(text: str, start: int, end: int) -> bool:
    """Tell whether a Latin name at `start:end` is no part of a longer word."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not ((text[start].isascii() and _LATIN.match(before)) or (text[end - 1].isascii() and _LATIN.match(after)))
