"""Does the evidence answer the question? A logistic model over plain measures, fitted on data.

Weights and threshold stand in `knowledge/answers.yaml` beside the figures that chose them;
`benchmarks/refusal.py` fits them.
"""

import math
from collections.abc import Mapping

from copilot.knowledge import read
from copilot.retrieval import Evidence
from copilot.retrieval.query import content_words
from copilot.text import fold, sentence_spans
from copilot.text.terms import terms

_LOOKED_AT = 3  # passages that may carry the answer


def answerable(question: str, evidence: Evidence) -> bool:
    """Return whether the library supports an answer."""
    return bool(evidence.passages) and answerable_score(question, evidence) >= read("answers")["refusal"]["threshold"]


def answerable_score(question: str, evidence: Evidence) -> float:
    """Return how likely, in 0…1, the evidence answers the question."""
    model = read("answers")["refusal"]
    row = measures(question, evidence)
    return 1 / (1 + math.exp(-(model["bias"] + sum(w * row[name] for name, w in model["weights"].items()))))


def measures(question: str, evidence: Evidence) -> dict[str, float]:
    """Return what the decision rests on, by name; every value lies in about 0…1."""
    importance = _importance(question, evidence.idf)
    looked_at = evidence.passages[:_LOOKED_AT]
    headings = [fold(p.section) for p in looked_at]
    texts = [fold(f"{p.section}\n{p.text}") for p in looked_at]
    units = [
        f"{heading}\n{fold(p.text[a:b])}"
        for p, heading in zip(looked_at, headings, strict=True)
        for a, b in sentence_spans(p.text)
    ]
    whole = max((_share(importance, text) for text in texts), default=0.0)
    unit = max((_share(importance, text) for text in units), default=0.0)
    fact = _asks_fact(question)
    return {
        "whole": whole,
        "unit": unit,
        "heading": max((_share(importance, heading) for heading in headings), default=0.0),
        "cosine": max(evidence.cosine[:_LOOKED_AT], default=0.0),
        "missing": _rarest_missing(importance, texts),
        "fact": float(fact),
        "fact_whole": fact * whole,
        "fact_unit": fact * unit,
    }


def _importance(question: str, idf: Mapping[str, float]) -> dict[str, float]:
    """Return the IDF of the bigrams and words that the question is about; single characters only when alone."""
    found = terms(content_words(question))
    words = [term for term in found if len(term) > 1] or found
    return {term: idf.get(term, 0.0) for term in dict.fromkeys(words)}


def _share(importance: Mapping[str, float], folded: str) -> float:
    total = sum(importance.values())
    return sum(weight for term, weight in importance.items() if term in folded) / total if total else 0.0


def _rarest_missing(importance: Mapping[str, float], texts: list[str]) -> float:
    """Return the share of the question's rarest word (Latin, digits) when no passage holds it."""
    total = sum(importance.values())
    names = {term: weight for term, weight in importance.items() if term.isascii()}
    missing = [weight for term, weight in names.items() if not any(term in text for text in texts)]
    return max(missing) / total if missing and total else 0.0


def _asks_fact(question: str) -> int:
    import re

    return int(bool(re.search("|".join(read("answers")["kinds"]["fact"]), fold(question))))
