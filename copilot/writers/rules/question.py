"""What a question asks for: kind, the two sides of a comparison, the type of its answer."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from copilot.knowledge import read
from copilot.text import fold

Kind = Literal["compare", "define", "list", "reason", "fact", "how", "open"]

_SIDES = re.compile(
    r"(?P<a>[^，,。？?和与跟同]{1,16}?)\s*(?:和|与|跟|同|、|还是|对比|vs\.?|比起?)\s*(?P<b>[^，,。？?]{1,16}?)"
    r"(?=之间|有|的|在|哪|差|区|不|，|,|？|\?|对|相|$)"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question as read: folded text, kind, `sides` of a comparison, pattern its answer must match."""

    text: str
    kind: Kind
    sides: tuple[str, str] | None
    must_have: re.Pattern[str] | None


def read_question(text: str) -> Question:
    """Read a question by the cues of `knowledge/answers.yaml`."""
    folded = fold(text).strip()
    kind: Kind = next((kind for kind, pattern in _kinds() if pattern.search(folded)), "open")
    sides = None
    if kind == "compare":
        match = _SIDES.search(folded)
        sides = (match["a"].strip(), match["b"].strip()) if match else None
    must_have = next((has for ask, has in _answer_types() if ask.search(folded)), None) if kind == "fact" else None
    return Question(folded, kind, sides, must_have)


@cache
def _kinds() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    return tuple((kind, re.compile("|".join(cues))) for kind, cues in read("answers")["kinds"].items())


@cache
def _answer_types() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    types = read("answers")["answer_types"].values()
    return tuple((re.compile(t["ask"]), re.compile(t["has"])) for t in types)
