"""What a question is about in the field's own terms, when it names them and when it does not.

A term of the glossary is meant when it is named. Else the question is compared with the names and lay phrasings
of all terms: by shared characters and pairs, and by the built-in embedding.
"""

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

_NEAR = 150  # phrasings with the most in common that are compared by meaning too: 3 ms


@dataclass(frozen=True, slots=True)
class Concept:
    """A term of the glossary that a question is about; `strength` in 0…1, 1 when the question names it."""

    term: Term
    strength: float
    named: bool


def concepts(question: str) -> list[Concept]:
    """Return the terms of the glossary that a question is about, strongest first; empty when there is none."""
    rules = read("retrieval")["meaning"]
    named = _named(question)
    strong = sorted(_strengths(question).items(), key=lambda hit: (-hit[1], hit[0]))
    meant = [(glossary()[number], strength) for number, strength in strong if strength >= rules["least"]]
    found = [Concept(term, 1.0, named=True) for term in named]
    found += [Concept(term, strength, named=False) for term, strength in meant if term not in named]
    return found[: int(rules["most"])]


def widening(found: Sequence[Concept], present: Collection[str]) -> list[tuple[str, float]]:
    """Return the terms of the concepts' names that are not `present`, weighted by strength: they widen the query."""
    rules = read("retrieval")["meaning"]
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
    return {fold(name): term for term in glossary() for name in term.names}


@cache
def _name_pattern() -> re.Pattern[str]:
    """Longest name first; a Latin name is a whole word."""

    def bounded(name: str) -> str:
        left = r"(?<![a-z0-9])" if name[0].isascii() else ""
        right = r"(?![a-z0-9])" if name[-1].isascii() else ""
        return f"{left}{re.escape(name)}{right}"

    return re.compile("|".join(map(bounded, sorted(_names(), key=len, reverse=True))))


def _strengths(question: str) -> dict[int, float]:
    """Return how likely, in 0…1, the question means each term, by its number: that of its nearest phrasing."""
    model = read("retrieval")["meaning"]["model"]
    strengths: dict[int, float] = {}
    for owner, row in measures(question):
        logit = model["bias"] + sum(weight * value for weight, value in zip(model["weights"], row, strict=True))
        strengths[owner] = max(strengths.get(owner, 0.0), 1 / (1 + math.exp(-logit)))
    return strengths


def measures(question: str) -> list[tuple[int, tuple[float, float, float]]]:
    """Return for the nearest phrasings: share of it in the question, of the question in it (by IDF), cosine."""
    import numpy as np

    index = _index()
    content = content_words(question)
    words = dict.fromkeys(terms(content))
    total = sum(index.idf.get(word, index.rarest) for word in words)
    common = np.zeros(len(index.owners), dtype=np.float32)
    for word in words:
        if word in index.postings:
            common[index.postings[word]] += index.idf[word]
    near = np.argsort(-common / index.weights**0.5, kind="stable")[:_NEAR]
    near = near[common[near] > 0]
    if not len(near):
        return []
    vectors = load_embedding().queries([content, *(index.contents[i] for i in near)])
    cosines = vectors[1:] @ vectors[0]
    rows = zip(common[near] / index.weights[near], common[near] / total, cosines, strict=True)
    return [(index.owners[i], (float(a), float(b), float(c))) for i, (a, b, c) in zip(near, rows, strict=True)]


@dataclass(frozen=True, slots=True)
class _Index:
    """All phrasings: number of the term, text without asking words, sum of IDF; `postings`: which have a term."""

    owners: list[int]
    contents: list[str]
    weights: "NDArray[np.float32]"
    postings: dict[str, "NDArray[np.int32]"]
    idf: dict[str, float]
    rarest: float


@cache
def _index() -> _Index:
    import numpy as np

    phrasings = [(i, phrasing) for i, term in enumerate(glossary()) for phrasing in (*term.names, *term.lay)]
    contents = [content_words(phrasing) for _, phrasing in phrasings]
    rows = [set(terms(content)) for content in contents]
    counts = Counter(term for row in rows for term in row)
    character, n = float(read("retrieval")["character_weight"]), len(rows)
    idf = {t: (character if len(t) == 1 else 1.0) * math.log(1 + n / c) for t, c in counts.items()}
    postings: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        for term in row:
            postings.setdefault(term, []).append(number)
    return _Index(
        [owner for owner, _ in phrasings],
        contents,
        np.array([sum(idf[term] for term in row) or 1.0 for row in rows], dtype=np.float32),
        {term: np.array(found, dtype=np.int32) for term, found in postings.items()},
        idf,
        math.log(1 + n),
    )
