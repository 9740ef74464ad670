"""How likely a unit holds the answer: a logistic model over a dozen features, fitted on data.

The weights stand in `knowledge/answers.yaml`; `benchmarks/answers.py` fits them and says how well.
"""

import math
from collections.abc import Mapping, Sequence

from copilot.knowledge import read
from copilot.retrieval import Evidence
from copilot.retrieval.query import content_words
from copilot.text import fold
from copilot.text.terms import terms
from copilot.writers.rules.question import Question
from copilot.writers.rules.units import Unit


def probabilities(question: Question, evidence: Evidence, units: Sequence[Unit]) -> list[float]:
    """Return for each unit the probability, in 0…1, that it holds the answer."""
    model = read("answers")["sentence_model"]
    weights: Mapping[str, float] = model["weights"]
    rows = features(question, evidence, units)
    sums = [model["bias"] + sum(weights[name] * row[name] for name in weights) for row in rows]
    return [1 / (1 + math.exp(-x)) for x in sums]


def features(question: Question, evidence: Evidence, units: Sequence[Unit]) -> list[dict[str, float]]:
    """Return the features of each unit, by name."""
    importance = content_importance(question.text, evidence.idf)
    passages = evidence.passages
    headings = [fold(p.section) for p in passages]
    texts = [fold(u.plain) for u in units]
    covers = [coverage(importance, f"{headings[u.passage]}\n{text}") for u, text in zip(units, texts, strict=True)]
    own = [coverage(importance, text) for text in texts]
    best, best_own = max(covers, default=0.0) or 1.0, max(own, default=0.0) or 1.0
    rows = []
    for i, unit in enumerate(units):
        before = i > 0 and units[i - 1].passage == unit.passage
        after = i + 1 < len(units) and units[i + 1].passage == unit.passage
        with_before = coverage(importance, f"{texts[i - 1]}\n{texts[i]}") if before else own[i]
        has = question.must_have is None or bool(question.must_have.search(texts[i]))
        rows.append(
            {
                "cover": covers[i],
                "cover_share": covers[i] / best,
                "own": own[i],
                "own_share": own[i] / best_own,
                "own_best": float(own[i] == best_own),
                "with_before": with_before - own[i],
                "after": own[i + 1] if after else 0.0,
                "passage": passages[unit.passage].score,
                "first": float(unit.passage == 0),
                "margin": passages[0].score - passages[unit.passage].score,
                "lacks_type": float(not has),
                "has_type": float(has and question.must_have is not None),
                "length": math.log(unit.end - unit.start + 1),
            }
        )
    return rows


def content_importance(question: str, idf: Mapping[str, float]) -> dict[str, float]:
    """Return the IDF of the question's content terms (no words that only ask)."""
    return {term: idf.get(term, 0.0) for term in dict.fromkeys(terms(content_words(question)))}


def coverage(importance: Mapping[str, float], folded: str) -> float:
    """Return the IDF-weighted share, in 0…1, of terms that stand in a folded text."""
    total = sum(importance.values())
    return sum(weight for term, weight in importance.items() if term in folded) / total if total else 0.0
