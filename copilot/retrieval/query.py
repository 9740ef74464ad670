"""A question → weighted terms: words that only ask count less than words that say what about."""

import re
from functools import cache

from copilot.knowledge import read
from copilot.text import fold
from copilot.text.terms import terms


def weighted_terms(query: str) -> list[tuple[str, float]]:
    """Return the distinct terms of a question with their weights, in order of first appearance."""
    content = set(terms(content_words(query)))
    weights = read("retrieval")
    asking, single = float(weights["question_word_weight"]), float(weights["character_weight"])
    return [
        (term, (single if len(term) == 1 else 1.0) * (1.0 if term in content else asking))
        for term in dict.fromkeys(terms(query))
    ]


def content_words(query: str) -> str:
    """Return the folded question with its asking words blanked out; all of it when nothing else is there."""
    folded = fold(query)
    content = _asking().sub(lambda match: " " * len(match[0]), folded)
    return content if any(c.isalnum() for c in content) else folded


@cache
def _asking() -> re.Pattern[str]:
    words = sorted(read("answers")["asking_words"], key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))
