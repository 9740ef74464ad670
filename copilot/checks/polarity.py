"""Negation, direction and order of a statement against those of its quote, over plain text.

Plain text is what `alignment.plain` makes: folded, without white space, quotation marks and `[n]`.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice
from operator import add
from typing import NamedTuple

from copilot.knowledge import read

_CLAUSE = re.compile(r"[^，。；！？,;!?:：\n]+")
_ORDER = re.compile(r"(?=([^\W\d_]{1,2})(?:之|以)?后(?:才|再|方)?(?:能|可以?|会)?([^\W\d_]{1,2}))")
_FIRST = re.compile(r"先([^\W\d_]{1,2}?)[^。；]{0,12}?(?:再|然后|后)([^\W\d_]{1,2})")


MOST = 40  # negations, directions and clauses looked at: a statement is a sentence, a page of them must not hang


class Turn(NamedTuple):
    """A negation at `start:end`; it bears on its clause up to `limit` (a 的 ends it), first of all on `heads`."""

    start: int
    end: int
    limit: int
    heads: tuple[str, ...]


class Lexicon(NamedTuple):
    """The compiled word lists; `sides[word]` holds (pair, side) for every pair of opposites with the word."""

    negation: re.Pattern[str]
    skip: frozenset[str]
    function: frozenset[str]
    direction: re.Pattern[str]
    sides: dict[str, tuple[tuple[int, int], ...]]


@cache
def lexicon() -> Lexicon:
    """Compile the word lists of `citations.yaml` once."""
    data = read("citations")
    sides: dict[str, tuple[tuple[int, int], ...]] = {}
    for index, pair in enumerate(data["opposites"]):
        for side in (0, 1):
            for word in pair[side]:
                sides[word] = (*sides.get(word, ()), (index, side))
    compared = [word for word in sides if word[0] in "不没未"]
    masked = _alternation([*data["not_negation"], *compared])
    starts = "".join({word[0] for word in [*data["not_negation"], *compared, *data["negation"]]})
    return Lexicon(
        re.compile(rf"(?=[{starts}])(?:{masked}|(?P<cue>{_alternation(data['negation'])}))"),
        frozenset(data["negation_skip"]),
        frozenset(data["function"]),
        re.compile(_alternation(sides)),
        sides,
    )


def _alternation(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


@lru_cache(maxsize=512)
def turns(text: str) -> list[Turn]:
    """Return the negations in `text`, in order."""
    words = lexicon()
    found = []
    for match in words.negation.finditer(text):
        if match["cue"] is None or text[match.start() - 1 : match.start()] == text[match.end() : match.end() + 1] != "":
            continue  # the second half: 是不是, 免不免
        clause = _CLAUSE.match(text, match.end())
        limit = clause.end() if clause else match.end()
        here = match.end()
        while here < min(limit, match.end() + 5) and text[here] in words.skip:
            here += 1
        if (noun := text.find("的", here + 1, limit)) > 0 and noun + 1 < limit:
            limit = noun
        heads = tuple(text[at : at + 2] for at in range(here, min(here + 3, limit - 1)))
        found.append(Turn(match.start(), match.end(), limit, heads))
    return found


def _occurrences(text: str, part: str) -> Iterator[int]:
    here = text.find(part)
    for _ in range(20):
        if here < 0:
            return
        yield here
        here = text.find(part, here + 1)


def negation_conflicts(statement: str, quote: str) -> list[tuple[str, bool]]:
    """Return (words, True) that the statement negates and the quote does not, (words, False) the other way round."""
    own, others = turns(statement)[:MOST], turns(quote)[: 4 * MOST]
    function = lexicon().function
    found = []
    for cue in own:
        shared = [
            part
            for at in range(cue.end, min(cue.limit, cue.end + 8) - 1)
            if (part := statement[at : at + 2]) in quote and not (part[0] in function and part[1] in function)
        ][:2]
        context = _pairs(statement, cue.start - 10, cue.limit + 6)
        if shared and not any(_best_is_negated(quote, part, others, context) for part in shared):
            found.append((statement[cue.start : min(cue.end + 4, cue.limit)], True))
    for cue in others:
        heads = [h for h in cue.heads if h in statement and not (h[0] in function and h[1] in function)]
        around = _pairs(quote, cue.start - 8, cue.start) | _pairs(quote, cue.end + 1, min(cue.limit, cue.end + 10))
        for head in heads[:1]:
            if any(
                len((around - {head}) & (near := _pairs(statement, at - 10, at + 10))) >= 2
                and not _conditional(statement, at)
                and not _in_scope(statement, at, own)
                and _best_is_negated(quote, head, others, near, tie=False)
                for at in _occurrences(statement, head)
            ):
                found.append((quote[cue.start : min(cue.end + 4, cue.limit)], False))
    return found


def _best_is_negated(text: str, part: str, cues: list[Turn], context: set[str], tie: bool = True) -> bool:
    """Tell whether `part` is negated where its surroundings in `text` look most like `context`."""
    best = {True: -1, False: -1}
    for at in _occurrences(text, part):
        score = len(context & _pairs(text, at - 10, at + 12))
        negated = _in_scope(text, at, cues)
        best[negated] = max(best[negated], score)
    return tie if best[True] == best[False] else best[True] > best[False]


def _in_scope(text: str, position: int, cues: list[Turn]) -> bool:
    """Tell whether a negation in the same clause bears on `position`."""
    return any(cue.start <= position < cue.limit for cue in cues)


def _conditional(text: str, position: int) -> bool:
    """Tell whether the clause around `position` names a case (…的，…者，) rather than states something."""
    clause = _CLAUSE.match(text, position)
    return clause is not None and clause[0][-1] in "的者时" and clause.end() < len(text) - 1


def is_bare_turn(mine: str, theirs: str) -> bool:
    """Tell whether two stretches differ by a negation alone (可 for 不, nothing for 未)."""
    words = lexicon()
    light = words.skip | words.function
    cues = []
    for text in (mine, theirs):
        found = [match for match in words.negation.finditer(text) if match["cue"]]
        rest = words.negation.sub("", text)
        if any(c not in light for c in rest):
            return False
        cues.append(len(found))
    return cues[0] != cues[1]


def direction_conflicts(statement: str, quote: str) -> list[tuple[str, str]]:
    """Return (word of the statement, opposite word of the quote) where the surroundings match best."""
    words = lexicon()
    own = list(islice(words.direction.finditer(statement), MOST))
    if not own:
        return []
    others = list(islice(words.direction.finditer(quote), 4 * MOST))
    found = []
    for match in own:
        here = _around(statement, match)
        best = {True: (0, ""), False: (0, "")}
        for other in others:
            same = _same_side(words.sides[match[0]], words.sides[other[0]])
            if same is not None:
                there = _around(quote, other)
                score = 1 + len(here[0] & there[0]) + len(here[1] & there[1])
                best[same] = max(best[same], (score, other[0]))
        if best[False][0] > best[True][0] and best[False][0] >= 3:
            found.append((match[0], best[False][1]))
    return found


def _around(text: str, match: re.Match[str]) -> tuple[set[str], set[str]]:
    """Return the character pairs within 16 of a word, and those of them in its clause."""
    wide = _pairs(text, match.start() - 16, match.end() + 16) - _pairs(text, *match.span())
    begin, end = match.span()
    while begin > max(0, match.start() - 16) and text[begin - 1] not in "，。；！？,;!?:：":
        begin -= 1
    while end < min(len(text), match.end() + 16) and text[end] not in "，。；！？,;!?:：":
        end += 1
    return wide, _pairs(text, begin, end) & wide


def _pairs(text: str, start: int, end: int) -> set[str]:
    part = text[max(start, 0) : max(end, 0)]
    return set(map(add, part, part[1:]))


def _same_side(one: tuple[tuple[int, int], ...], other: tuple[tuple[int, int], ...]) -> bool | None:
    shared = [a == b for pair, a in one for rival, b in other if pair == rival]
    return None if not shared else any(shared)


def order_conflicts(statement: str, quote: str) -> list[tuple[str, str]]:
    """Return (earlier, later) of the statement where the quote has them the other way round."""
    own = _orders(statement)
    if not own:
        return []
    others = _orders(quote)
    return [(a, b) for a, b in own if (b[0], a[0]) in {(x[0], y[0]) for x, y in others} and a[0] != b[0]]


def _orders(text: str) -> list[tuple[str, str]]:
    return [(m[1], m[2]) for pattern in (_ORDER, _FIRST) for m in pattern.finditer(text)]
