"""Does the evidence answer the question? A logistic model over plain measures, fitted on data.

Weights and threshold stand in `knowledge/answers.yaml` beside the figures that chose them;
`benchmarks/refusal.py` fits them.
"""

import math
import re
from collections.abc import Mapping, Sequence

from copilot.glossary import findable, phrasings
from copilot.knowledge import read
from copilot.paths import in_handbook
from copilot.retrieval import Evidence
from copilot.retrieval.query import content_words
from copilot.tasks.topic import on_topic
from copilot.text import fold, sentence_spans
from copilot.text.terms import terms
from copilot.writers.rules.scoring import coverage

_LOOKED_AT = 3  # passages that may carry the answer
_NEIGHBOURS = 5  # passages whose nearness tells whether the library knows the subject at all


def answerable(question: str, evidence: Evidence) -> bool:
    """Return whether the library supports an answer."""
    return bool(evidence.passages) and answerable_score(question, evidence) >= read("answers")["refusal"]["threshold"]


def answerable_score(question: str, evidence: Evidence) -> float:
    """Return how likely, in 0…1, the evidence answers the question."""
    model = read("answers")["refusal"]
    row = measures(question, evidence)
    return 1 / (1 + math.exp(-(model["bias"] + sum(w * row[name] for name, w in model["weights"].items()))))


def measures(question: str, evidence: Evidence) -> dict[str, float]:
    """Return what the decision rests on, by name; every value lies in 0…1.

    `whole`, `heading`, `asked`: how much of the question the best passage with its phrasings, the best heading and
    the best single phrasing hold · `cosine`: dense nearness of the first five passages, their mean; `nearest`: the
    best one's · `topic`: a handbook of methods may answer such a question; 1 where the best passage is the user's own ·
    `named`: the question names a term of the glossary ·
    `missing`: a Latin word, a long number or a title of the question stands in no passage ·
    `untyped`: it asks for a figure, date, sum or name, and no sentence near its subject has one ·
    `typed`: how much of the question the best sentence with such a value holds.
    """
    importance = _importance(question, evidence.idf)
    looked_at = evidence.passages[:_LOOKED_AT]
    headings = [fold(p.section) for p in looked_at]
    asked = [fold(phrasings(p.source, p.section)) for p in looked_at]
    texts = [fold(findable(p)) for p in looked_at]
    units = [
        (heading, fold(p.text[a:b]))
        for p, heading in zip(looked_at, headings, strict=True)
        for a, b in sentence_spans(p.text)
    ]
    shares = [coverage(importance, f"{heading}\n{text}") for heading, text in units]
    value = _asked_value(question)
    typed = [share for share, (_, text) in zip(shares, units, strict=True) if value and value.search(text)]
    return {
        "whole": max((coverage(importance, text) for text in texts), default=0.0),
        "heading": max((coverage(importance, heading) for heading in headings), default=0.0),
        "asked": max((coverage(importance, line) for lines in asked for line in lines.split("\n")), default=0.0),
        "cosine": _mean(evidence.cosine[:_NEIGHBOURS]),
        "nearest": max(evidence.cosine, default=0.0),
        "topic": on_topic(question) if in_handbook(evidence.passages[0].source) else 1.0,
        "named": float(any(concept.named for concept in evidence.concepts)),
        "missing": float(_name_missing(question, [fold(f"{p.section}\n{p.text}") for p in evidence.passages])),
        "untyped": float(value is not None and not typed),
        "typed": max(typed, default=0.0),
        "fact": float(value is not None),
    }


def _importance(question: str, idf: Mapping[str, float]) -> dict[str, float]:
    """Return the IDF of the bigrams and words that the question is about; single characters only when alone."""
    found = terms(content_words(question))
    words = [term for term in found if len(term) > 1] or found
    return {term: idf.get(term, 0.0) for term in dict.fromkeys(words)}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _name_missing(question: str, texts: list[str]) -> bool:
    """Return whether a Latin word, a number or a title in 《》 of the question stands in none of the texts."""
    names = re.findall(r"[a-z][a-z0-9+#.-]*|\d{3,}|《[^》]+》", fold(question))
    return any(not any(name in text for text in texts) for name in names)


def _asked_value(question: str) -> re.Pattern[str] | None:
    """Return what a sentence must hold to answer a question for a value; None when it asks for none.

    “几次” wants a number before 次; “多少钱” a sum; “哪一年” a year; “谁”, “哪家” a name, which here means
    a Latin word or a title: the built-in knowledge names no people and few companies.
    """
    folded = fold(question)
    for rule in read("answers")["values"]:
        if match := re.search(rule["ask"], folded):
            unit = re.escape(match["unit"]) if match.groupdict().get("unit") else ""
            return re.compile(rule["has"].replace("UNIT", unit))
    return None
