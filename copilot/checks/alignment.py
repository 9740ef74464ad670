"""Where a statement's clauses lie in a quote, and what stands in their place there."""

import re
from functools import cache
from itertools import islice
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein, Opcode
from rapidfuzz.fuzz import partial_ratio_alignment

from copilot.checks.polarity import MOST, lexicon
from copilot.knowledge import read
from copilot.text import fold

_NOISE = re.compile(r"\[\d{1,3}\]|(?<![!-~])\s+|\s+(?![!-~])|[\"'“”‘’「」『』《》〈〉*#|]")
_CLAUSE = re.compile(r"[^，。；！？,;!?\n]{4,}")
_SLACK = 4  # characters added to both sides of the window, for statements that left something out
_NUMERALS = "一二两三四五六七八九十百千万亿几"
_MARKED = re.compile(r"《([^》]{2,30})》|(?<![a-z])([a-z]+[-. ]?\d+(?:\.\d+)*[a-z]*)|([a-z]{3,})(?![^\W_一-鿿])")
_NOT_LETTER = re.compile(r"[\W_]+")
BREAK = re.compile(r"[^\w%]|_")


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
    return _NOISE.sub("", fold(text).replace("\n", "。"))


def letters(text: str) -> str:
    """Return the letters and digits of `text` alone."""
    return _NOT_LETTER.sub("", text)


def marked_terms(text: str) -> list[str]:
    """Return what `text` names unmistakably: 《titles》, Latin words of three letters or more, models (T1100)."""
    return [next(filter(None, match.groups())) for match in _MARKED.finditer(fold(text))]


def swaps(statement: str, quote: str) -> list[Swap]:
    """Return the replaced stretches of the clauses of plain `statement` that lie almost whole in plain `quote`."""
    found = []
    for clause in islice(_CLAUSE.finditer(statement), MOST):
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


def _clause_swaps(text: str, window: str, codes: list[Opcode], offset: int, begin: int) -> list[Swap]:
    found = []
    for index, code in enumerate(codes):
        if code.tag == "equal" or (code.src_start == code.src_end and index in (0, len(codes) - 1)):
            continue
        left = codes[index - 1] if index else None
        right = codes[index + 1] if index + 1 < len(codes) else None
        start, end = code.dest_start, code.dest_end
        if left is None or code.src_start == 0:  # the window may reach into the clause before, or the one behind
            start += max((m.end() for m in BREAK.finditer(window[start:end])), default=0)
        elif code.src_end == len(text) and (cut := BREAK.search(window, start)):
            end = min(cut.start(), end + 2)
        found.append(
            Swap(
                text[code.src_start : code.src_end],
                window[start:end],
                offset + code.src_start,
                offset + code.src_end,
                begin + start,
                begin + end,
                left.src_end - left.src_start if left and left.tag == "equal" else 0,
                right.src_end - right.src_start if right and right.tag == "equal" else 0,
            )
        )
    return found


def opposite_swaps(found: list[Swap]) -> list[Swap]:
    """Return the swaps of one character for its opposite (高 where the quote has 低)."""
    pairs = _opposite_characters()
    return [swap for swap in found if (swap.mine, swap.theirs) in pairs and swap.left + swap.right >= 4]


def crossed_swaps(found: list[Swap]) -> list[tuple[str, str]]:
    """Return (a, b) where the statement has a for b and b for a: who does it to whom is turned round.

    Not so the neighbours in a list, 甲、乙.
    """
    pairs = [swap for swap in found if min(len(swap.mine), len(swap.theirs)) >= 2]
    return [
        (one.mine, one.theirs)
        for at, one in enumerate(pairs)
        for other in pairs[at + 1 :]
        if (other.mine, other.theirs) == (one.theirs, one.mine)
        and not BREAK.search(one.mine + one.theirs)
        and one.end + 1 != other.start
    ]


def term_swaps(found: list[Swap], statement: str, quote: str) -> list[Swap]:
    """Return the swaps that put another name or term in the place of the quote's: no synonym, no shared character.

    The statement's word must be absent from the quote, its surroundings present: among 500 supported
    statements of CiteCheck 1 is hit, of 30 swapped names of the near-misses 11.
    """
    data = lexicon()
    kept = []
    for swap in found:
        if BREAK.search(swap.mine + swap.theirs) or swap.left + swap.right < (5 if swap.left and swap.right else 2):
            continue
        mine, theirs = content_of(swap.mine, data.function), content_of(swap.theirs, data.function)
        if not mine or not theirs or set(mine) & set(theirs) or abs(len(mine) - len(theirs)) > 2:
            continue
        if mine in quote or any(mine[at : at + 2] in quote for at in range(len(mine) - 1)):
            continue
        if not (swap.left and swap.right) and (len(mine) < 2 or not rare_words([mine], quote)):
            continue
        if len(mine) == 1 and (min(swap.left, swap.right) < 2 or len(theirs) > 1):
            continue
        if (mine[0] in _NUMERALS and len(mine) <= 2) or any(c.isdigit() for c in mine + theirs):
            continue
        if data.direction.search(swap.mine) or synonymous(swap, mine, theirs, statement, quote):
            continue
        kept.append(swap)
    return kept


def content_of(text: str, function: frozenset[str]) -> str:
    """Return `text` without discourse phrases and without the grammar at its ends."""
    text = discourse().sub("", text)
    while text and text[0] in function:
        text = text[1:]
    while text and text[-1] in function:
        text = text[:-1]
    return text


def synonymous(swap: Swap, mine: str, theirs: str, statement: str, quote: str) -> bool:
    """Tell whether `mine` and `theirs`, the contents of a swap, or the words they are part of say the same."""
    groups, none = _synonyms(), frozenset[int]()
    if groups.get(mine, none) & groups.get(theirs, none):
        return True
    for left in (0, 1):  # 提[高] for 提[升]: the words are a character longer than the swap
        for right in (0, 1):
            one = statement[max(0, swap.start - left) : swap.end + right]
            other = quote[max(0, swap.quote_start - left) : swap.quote_end + right]
            if groups.get(one, none) & groups.get(other, none):
                return True
    return False


@cache
def discourse() -> re.Pattern[str]:
    """Return what finds the phrases that a writer adds between sentences."""
    return re.compile("|".join(sorted(map(re.escape, read("citations")["discourse"]), key=len, reverse=True)))


@cache
def _common_pairs() -> frozenset[str]:
    lines = read("citations")["common_pairs"].split()
    return frozenset(line[at : at + 2] for line in lines for at in range(0, len(line), 2))


def missing_words(statement: str, quote: str) -> list[str]:
    """Return the stretches of content characters of `statement` of which `quote` holds no pair, two or more long."""
    function, found, current = lexicon().function, [], ""
    text = discourse().sub(lambda match: "\0" * len(match[0]), statement) + "\0"
    before = after = False
    for at, character in enumerate(text[:-1]):
        after = text[at : at + 2] in quote
        if character.isalnum() and character not in function and not before and not after:
            current += character
        else:
            found.append(current)
            current = ""
        before = after
    return [word for word in [*found, current] if len(word) >= 2]


def rare_words(words: list[str], quote: str) -> list[str]:
    """Return those of `words` that are no everyday words and share at most a third of their characters with `quote`."""
    common = _common_pairs()
    return [
        word
        for word in words
        if not any(c.isdigit() for c in word)
        and 3 * sum(c in quote for c in word) <= len(word)
        and word not in _synonyms()
        and not _is_everyday(word, common)
    ]


def _is_everyday(word: str, common: frozenset[str]) -> bool:
    return word[:2] in common and word[-2:] in common


@cache
def _synonyms() -> dict[str, frozenset[int]]:
    groups: dict[str, set[int]] = {}
    for index, words in enumerate(read("citations")["synonyms"]):
        for word in words:
            groups.setdefault(word, set()).add(index)
    for index, words in enumerate(read("citations")["classifiers"], start=1000):
        for word in words:
            groups.setdefault(word, set()).add(index)
    return {word: frozenset(ids) for word, ids in groups.items()}


@cache
def _opposite_characters() -> frozenset[tuple[str, str]]:
    pairs = read("citations")["opposite_characters"]
    return frozenset((a, b) for a, b in pairs) | frozenset((b, a) for a, b in pairs)
