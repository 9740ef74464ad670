"""Where a statement's clauses lie in a quote, and what stands in their place there."""

import re
from functools import cache
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import partial_ratio_alignment

from copilot.checks.polarity import lexicon
from copilot.knowledge import read
from copilot.text import fold

_NOISE = re.compile(r"\[\d{1,3}\]|(?<![!-~])\s+|\s+(?![!-~])|[\"'“”‘’「」『』《》〈〉*#|]")
_CLAUSE = re.compile(r"[^，。；！？,;!?\n]{4,}")
_SLACK = 4  # characters added to both sides of the window, for statements that left something out
_FIGURE = re.compile(r"[\d零〇一二两三四五六七八九十百千万亿%]")


class Swap(NamedTuple):
    """`mine` of the statement stands where the quote has `theirs`, between contexts of equal text."""

    mine: str
    theirs: str
    start: int
    end: int
    quote_start: int
    quote_end: int
    left: int
    right: int


def plain(text: str) -> str:
    """Return `text` folded, without `[n]` marks, quotation marks and white space between Chinese characters."""
    return _NOISE.sub("", fold(text))


def swaps(statement: str, quote: str) -> list[Swap]:
    """Return the replaced stretches of the clauses of plain `statement` that lie almost whole in plain `quote`."""
    found = []
    for clause in _CLAUSE.finditer(statement):
        text = clause[0]
        if text in quote or len(text) > len(quote):
            continue
        place = partial_ratio_alignment(text, quote)
        if place is None or place.score < 55:
            continue
        begin = max(0, place.dest_start - _SLACK)
        window = quote[begin : place.dest_end + _SLACK]
        codes = list(Levenshtein.opcodes(text, window))
        equal = sum(code.src_end - code.src_start for code in codes if code.tag == "equal")
        if equal < 0.5 * len(text):
            continue
        found += _clause_swaps(text, window, codes, clause.start(), begin)
    return found


def _clause_swaps(text: str, window: str, codes: list, offset: int, begin: int) -> list[Swap]:
    found = []
    for index, code in enumerate(codes):
        if code.tag == "equal" or code.src_start == code.src_end and index in (0, len(codes) - 1):
            continue
        left = codes[index - 1] if index else None
        right = codes[index + 1] if index + 1 < len(codes) else None
        found.append(
            Swap(
                text[code.src_start : code.src_end],
                window[code.dest_start : code.dest_end],
                offset + code.src_start,
                offset + code.src_end,
                begin + code.dest_start,
                begin + code.dest_end,
                left.src_end - left.src_start if left and left.tag == "equal" else 0,
                right.src_end - right.src_start if right and right.tag == "equal" else 0,
            )
        )
    return found


@cache
def _synonyms() -> dict[str, frozenset[int]]:
    groups: dict[str, set[int]] = {}
    for index, words in enumerate(read("citations")["synonyms"]):
        for word in words:
            groups.setdefault(word, set()).add(index)
    return {word: frozenset(ids) for word, ids in groups.items()}


@cache
def opposite_characters() -> frozenset[tuple[str, str]]:
    """The pairs of single characters that turn a sentence round, both ways."""
    pairs = read("citations")["opposite_characters"]
    return frozenset((a, b) for a, b in pairs) | frozenset((b, a) for a, b in pairs)
