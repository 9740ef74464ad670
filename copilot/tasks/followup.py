"""A follow-up question → one that stands alone, by rule: no model is asked."""

import re
from collections.abc import Sequence

from copilot.knowledge import read
from copilot.retrieval.query import content_words
from copilot.text import fold


def standalone(question: str, history: Sequence[dict[str, str]]) -> str:
    """Return the question, led by the user's last one when it points back at it.

    It points back when it opens with a word like 那, 它, 这个, 还有, or names nothing of its own.
    """
    earlier = [turn["content"] for turn in history if turn.get("role") == "user" and turn.get("content", "").strip()]
    if not earlier or not _points_back(question):
        return question
    return f"{earlier[-1].strip()} {question.strip()}"


def _points_back(question: str) -> bool:
    cues = read("answers")["followup"]
    folded = fold(question).strip()
    own = sum(c.isalnum() for c in content_words(folded)) if content_words(folded) != folded else len(folded)
    return bool(re.match("|".join(cues["openings"]), folded)) or own < int(cues["own_characters"])
