"""What a question is about in the field's own terms: named outright, or put as people put it who lack the term."""

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from copilot.embedding import load_embedding
from copilot.glossary import Term, glossary
from copilot.knowledge import read
from copilot.retrieval.query import content_words
from copilot.text import fold
from copilot.text.terms import terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Concept:
    """A term of the glossary that a question is about; `strength` in 0…1, 1 when the question names it."""

    term: Term
    strength: float
    named: bool


def concepts(question: str) -> list[Concept]:
    """Return the terms of the glossary that a question is about, strongest first; empty when there is none."""
    rules = read("retrieval")["concepts"]
    named = _named(question)
    found = [Concept(term, 1.0, named=True) for term in named]
    lay = sorted(((s, -i) for i, s in enumerate(_strengths(question)) if s >= rules["least"]), reverse=True)
    taken = {term.term for term in named}
    terms_ = glossary()
    found += [Concept(terms_[-i], s, named=False) for s, i in lay if terms_[-i].term not in taken]
    return found[: int(rules["most"])]


def widening(found: Sequence[Concept], present: Collection[str]) -> list[tuple[str, float]]:
    """Return the terms of the concepts' names that are not `present`, weighted by strength: they widen the query."""
    rules = read("retrieval")["concepts"]
    weights: dict[str, float] = {}
    for concept in found:
        for name in concept.term.names[: int(rules["names"])]:
            for term in terms(name):
                if term not in present and len(term) > 1:
                    weights[term] = max(weights.get(term, 0.0), rules["widening"] * concept.strength)
    return list(weights.items())


def _named(question: str) -> list[Term]:
    """Return the terms whose name stands in the question, in order; a name inside a longer one does not count."""
    names = _names()
    found = [names[match[0]] for match in _name_pattern().finditer(fold(question))]
    return list({term.term: term for term in found}.values())


@cache
def _names() -> dict[str, Term]:
    return {fold(name): term for term in reversed(glossary()) for name in reversed(term.names)}


@cache
def _name_pattern() -> re.Pattern[str]:
    """Longest name first; a Latin name is a whole word."""

    def bounded(name: str) -> str:
        left = r"(?<![a-z0-9])" if name[0].isascii() else ""
        right = r"(?![a-z0-9])" if name[-1].isascii() else ""
        return f"{left}{re.escape(name)}{right}"

    return re.compile("|".join(map(bounded, sorted(_names(), key=len, reverse=True))))


def _strengths(question: str) -> list[float]:
    """Return for each term how likely, in 0…1, the question means it: that of its nearest phrasing."""
    model = read("retrieval")["concepts"]["model"]
    strengths = [0.0] * len(glossary())
    for (owner, _), row in zip(_phrases(), measures(question), strict=True):
        logit = model["bias"] + sum(weight * value for weight, value in zip(model["weights"], row, strict=True))
        strengths[owner] = max(strengths[owner], 1 / (1 + math.exp(-logit)))
    return strengths


def measures(question: str) -> list[tuple[float, float, float]]:
    """Return for each phrasing: its share in the question, the question's share in it (by IDF), their cosine."""
    asked = set(terms(content_words(question)))
    idf = _idf()
    total = sum(idf.get(term, _rarest()) for term in asked) or 1.0
    cosines = _vectors() @ load_embedding().queries([content_words(question)])[0]
    out = []
    for (_, words), weight, cosine in zip(_phrases(), _weights(), cosines.tolist(), strict=True):
        common = sum(idf[term] for term in asked & words)
        out.append((common / weight, common / total, cosine))
    return out


@cache
def _phrases() -> tuple[tuple[int, frozenset[str]], ...]:
    """Every name and lay phrasing: the number of its term, its own terms."""
    return tuple(
        (number, frozenset(terms(content_words(phrase))))
        for number, term in enumerate(glossary())
        for phrase in (*term.names, *term.lay)
    )


@cache
def _idf() -> dict[str, float]:
    """Rarity among the phrasings; a character weighs less than a pair, as in the index."""
    character = float(read("retrieval")["character_weight"])
    counts = Counter(term for _, words in _phrases() for term in words)
    n = len(_phrases())
    return {t: (character if len(t) == 1 else 1.0) * math.log(1 + n / c) for t, c in counts.items()}


def _rarest() -> float:
    return math.log(1 + len(_phrases()))


@cache
def _weights() -> tuple[float, ...]:
    return tuple(sum(_idf()[term] for term in words) or 1.0 for _, words in _phrases())


@cache
def _vectors() -> "NDArray[np.float32]":
    """The phrasings' vectors, by the built-in embedding whatever the library uses: 3,000 take 0.1 s."""
    return load_embedding().queries([content_words(p) for term in glossary() for p in (*term.names, *term.lay)])
