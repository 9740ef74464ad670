"""The glossary's terms that a question names, or describes in a phrasing that the glossary knows."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from copilot.glossary import Term, glossary
from copilot.knowledge import read
from copilot.text import fold
from copilot.text.terms import terms


@dataclass(frozen=True, slots=True)
class Concept:
    """A term that a question is about; `named` by the term or a synonym, else by a lay phrasing."""

    term: Term
    named: bool


def concepts(question: str) -> list[Concept]:
    """Return the terms of the glossary in the order of the question; a name inside a longer one does not count."""
    found: dict[str, Concept] = {}
    for match in _pattern().finditer(fold(question)):
        concept = _phrases()[match[0]]
        found.setdefault(concept.term.term, concept)
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
def _pattern() -> re.Pattern[str]:
    """Longest phrase first; a Latin name is a whole word."""

    def bounded(name: str) -> str:
        left = r"(?<![a-z0-9])" if name[0].isascii() else ""
        right = r"(?![a-z0-9])" if name[-1].isascii() else ""
        return f"{left}{re.escape(name)}{right}"

    return re.compile("|".join(map(bounded, sorted(_phrases(), key=len, reverse=True))))
