"""Points that a text announces (3 个理由) and those that it lists."""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from copilot.checks.figures import chinese_number
from copilot.checks.numerals import words
from copilot.knowledge import read

_MARKED = re.compile(r"(?m)^[^\w\n]*(?:\d{1,2}|[一二三四五六七八九十])(?:[.、)）:：]|\ufe0f?\u20e3)")
_CIRCLED = re.compile(r"[①-⑩❶-❿➀-➉➊-➓]|\d\ufe0f?\u20e3")
_ORDINAL = re.compile(r"第[一二三四五六七八九十\d](?=[，,、:：是个点步条招件])|首先|其次|然后|最后[，,]")
_BULLET = re.compile(r"(?m)^\s*[^\w\s“\"「『（(【#]")
_LIST = re.compile(r"[:：]\s*([^。！？!?\n]+)")


class Announced(NamedTuple):
    """A count at `start:end` of the folded text; `held`: the text has as many items."""

    start: int
    end: int
    held: bool


@cache
def _pattern() -> re.Pattern[str]:
    names = words(read("grounding")["list_words"])
    number = r"(?=[\d两二三四五六七八九十])(?<![\d.第])(?<!第\s)(\d{1,2}|[两二三四五六七八九十]{1,2})"
    return re.compile(rf"{number}\s?(?:个|条|大|种|件|款|处|类|句)?\s?(?:{names})")


def list_counts(plain: str, whole: Sequence[str]) -> list[Announced]:
    """Return the counts of points in the folded text `plain`; the items are looked for in the texts `whole`."""
    found = []
    for match in _pattern().finditer(plain):
        number = chinese_number(match[1]) or 0.0
        held = 1 < number <= read("grounding")["list_most"] and any(
            number in _items(text) for text in [*whole, "\n".join(whole)]
        )
        found.append(Announced(match.start(), match.end(), held))
    return found


def _items(text: str) -> set[int]:
    """Return how many items the text may be said to list: numbers, bullets, lines, or parts behind a colon."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    counts = {len(pattern.findall(text)) for pattern in (_MARKED, _CIRCLED, _ORDINAL, _BULLET)}
    counts |= {len(lines) - 1}
    for match in _LIST.finditer(text):
        counts |= {len(re.split(mark, match[1])) for mark in ("、", "[，,]", "[；;]")}
    return counts
