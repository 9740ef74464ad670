"""字面核验: does the wording of a quote support a statement? Offline, literal, never fact checking.

A logistic score over how much of the statement's wording the quote holds, and hard contradictions on
top of it: a number, unit or date that the quote lacks, a negation or direction turned round, a name in
another's place. Weights and thresholds stand in `knowledge/citations.yaml` beside their figures.
"""

import math
from functools import cache, lru_cache
from operator import add
from typing import NamedTuple

from rapidfuzz.distance import LCSseq
from rapidfuzz.fuzz import partial_ratio

from copilot.checks.alignment import (
    Swap,
    crossed_swaps,
    letters,
    marked_terms,
    missing_words,
    opposite_swaps,
    plain,
    rare_words,
    swaps,
    term_swaps,
)
from copilot.checks.copies import changes
from copilot.checks.figures import Figure, figures, mismatches, same_figure
from copilot.checks.polarity import (
    MOST,
    direction_conflicts,
    is_bare_turn,
    lexicon,
    negation_conflicts,
    order_conflicts,
)
from copilot.knowledge import read
from copilot.text import sentence_spans
from copilot.types import CiteCheck

# One rare missing word is taken for a swapped name where little else is missing: in statements up to 40
# characters (9 of 500 supported CiteCheck statements hit), in longer ones only if a fifth at most is missing (3).
_SHORT, _MISSING_SHORT, _MISSING_LONG = 40, 0.45, 0.2

_LONGEST = 400  # characters the window is sought for: the search is quadratic, a statement is a sentence

FEATURES = ("common", "window", "characters", "missing", "tail", "figures")


class Quote(NamedTuple):
    """A quote as the checks read it: `text` plain, `joined` its letters and digits alone."""

    text: str
    joined: str
    pairs: frozenset[str]
    figures: list[Figure]


class Evidence(NamedTuple):
    """What was measured: one value per name in `FEATURES`, the hard contradictions in Chinese, and `text`, the
    statement as it was read: plain, its figures written as in the quote."""

    features: tuple[float, ...]
    hard: tuple[str, ...]
    text: str


@lru_cache(maxsize=512)
def read_quote(quote: str) -> Quote:
    """Return a quote as the checks read it; cached, an answer asks for the same one again and again."""
    text = plain(quote)
    joined = letters(text)
    pairs = frozenset(map(add, joined, joined[1:]))
    return Quote(text, joined, pairs, figures(text)[: 20 * MOST])


def check_citation(statement: str, quote: str) -> CiteCheck:
    """Check the wording of `statement` against `quote`; both may be in any script or width.

    `score` is at or above the threshold exactly when `support` is "supported".
    """
    limits = _thresholds()
    source, text = read_quote(quote), plain(statement)
    if not any(c.isalnum() for c in text):
        return CiteCheck("unsupported", 0.0, ("没有可以核对的内容",))
    if is_verbatim(text, source.text):
        return CiteCheck("supported", 1.0)
    evidence = measure(statement, source)
    score = apply_weights(evidence.features)
    if evidence.hard:
        score *= limits["supported"] * limits["contradicted"]
        return CiteCheck("partial" if score >= limits["contradicted_partial"] else "unsupported", score, evidence.hard)
    if score >= limits["supported"] and (changed := changes(evidence.text, source.text)):
        return CiteCheck("partial", score * limits["supported"] * limits["contradicted"], changed)
    if score >= limits["supported"]:
        return CiteCheck("supported", score)
    words = missing_words(text, source.text)
    reason = f"引文中找不到：{'、'.join(words[:4])}" if words else "措辞与引文重合太少"
    return CiteCheck("partial" if score >= limits["partial"] else "unsupported", score, (reason,))


def apply_weights(features: tuple[float, ...]) -> float:
    """Return the logistic score of `features` in 0…1."""
    weights, bias = _weights()
    return 1.0 / (1.0 + math.exp(-bias - sum(w * x for w, x in zip(weights, features, strict=True))))


@cache
def _weights() -> tuple[tuple[float, ...], float]:
    stored = read("citations")["weights"]
    return tuple(float(stored[name]) for name in FEATURES), float(stored["bias"])


@cache
def _thresholds() -> dict[str, float]:
    return {name: float(value) for name, value in read("citations")["thresholds"].items()}


def is_verbatim(text: str, quote: str) -> bool:
    """Tell whether `text` stands in `quote` from a clause's beginning to a clause's end."""
    at = quote.find(text)
    while at >= 0:
        end = at + len(text)
        opens = at == 0 or not quote[at - 1].isalnum() or not text[0].isalnum()
        if opens and (end == len(quote) or not quote[end].isalnum() or not text[-1].isalnum()):
            return True
        at = quote.find(text, at + 1)
    return False


def measure(statement: str, quote: Quote) -> Evidence:
    """Measure `statement` against `quote`."""
    text, own = _in_words_of(quote, plain(statement))
    joined = letters(text)
    missed = [pair not in quote.pairs for pair in map(add, joined, joined[1:])]
    wrong = mismatches(own, quote.figures)
    found = swaps(text, quote.text)
    hard = [
        f"{_kind(m.figure)} {_shown(text, m.figure)} 不在引文中" for m in wrong if not _is_soft(m.figure, m.conflict)
    ]
    hard += _swapped_figures(text, own, quote, found) if not hard else []
    hard += _turned(text, quote, found)
    hard += [f"“{swap.mine}”在引文中是“{swap.theirs}”" for swap in term_swaps(found, text, quote.text)]
    hard += [f"“{term}”不在引文中" for term in marked_terms(statement) if letters(term) not in quote.joined]
    if not hard and sum(missed) <= len(missed) * (_MISSING_SHORT if len(joined) <= _SHORT else _MISSING_LONG):
        hard += [f"“{word}”不在引文中" for word in rare_words(missing_words(text, quote.text), quote.text)]
    last = missed[-(len(missed) // 3 + 1) :]
    features = (
        LCSseq.similarity(joined, quote.joined) / max(1, len(joined)),
        partial_ratio(joined[:_LONGEST], quote.joined[: 20 * _LONGEST]) / 100,
        _content_share(joined, quote.joined),
        min(sum(missed), 30) / 10,
        sum(last) / max(1, len(last)),
        min(3.0, len(wrong)),
    )
    return Evidence(features, tuple(dict.fromkeys(hard)), text)


def _in_words_of(quote: Quote, text: str) -> tuple[str, list[Figure]]:
    """Return `text` with every figure that the quote holds written as there (百分之三十 → 30%), and its figures."""
    own, before = figures(text)[:MOST], text
    spans = [(f.start, f.end) for f in own]
    for figure in sorted(own, key=lambda f: -f.start):
        if figure.is_date and spans.count((figure.start, figure.end)) > 1:
            continue
        same = [o for o in quote.figures if o.unit == figure.unit and same_figure(figure, o)]
        written = [quote.text[o.start : o.end] for o in same]
        if written and text[figure.start : figure.end] not in written:
            text = text[: figure.start] + written[0] + text[figure.end :]
    return text, own if text == before else figures(text)[:MOST]


def _content_share(joined: str, quote: str) -> float:
    function, there = lexicon().function, set(quote)
    content = [c for c in joined if c not in function]
    return sum(c in there for c in content) / max(1, len(content))


def _turned(text: str, quote: Quote, found: list[Swap]) -> list[str]:
    reasons = [
        f"陈述说“{words}”，引文没有否定" if ours else f"引文说“{words}”，陈述没有否定"
        for words, ours in negation_conflicts(text, quote.text)
    ]
    reasons += [f"方向相反：陈述“{a}”，引文“{b}”" for a, b in direction_conflicts(text, quote.text)]
    reasons += [f"先后相反：陈述“{a}”在“{b}”之前" for a, b in order_conflicts(text, quote.text)]
    reasons += [f"方向相反：陈述“{s.mine}”，引文“{s.theirs}”" for s in opposite_swaps(found)]
    reasons += [f"“{a}”与“{b}”在引文中的位置相反" for a, b in crossed_swaps(found)]
    bare = [s for s in found if s.left + s.right >= 4 and is_bare_turn(s.mine, s.theirs)]
    return reasons + [f"否定不一致：陈述“{s.mine}”，引文“{s.theirs}”" for s in bare if not reasons]


def _swapped_figures(text: str, own: list[Figure], quote: Quote, found: list[Swap]) -> list[str]:
    """Return reasons for figures that the quote holds elsewhere, but not where the statement puts them."""
    reasons = []
    for swap in found:
        mine = [f for f in own if f.start < swap.end and swap.start < f.end]
        theirs = [f for f in quote.figures if f.start < swap.quote_end and swap.quote_start < f.end]
        if len(mine) != 1 or len(theirs) != 1 or swap.left + swap.right < 4 or mine[0].is_date != theirs[0].is_date:
            continue
        if text[max(0, mine[0].start - 2) : mine[0].end + 2] in quote.text:
            continue
        if mine[0].unit == theirs[0].unit and not same_figure(mine[0], theirs[0]):
            reasons.append(f"{_kind(mine[0])} {_shown(text, mine[0])} 在引文中是 {_shown(quote.text, theirs[0])}")
    return reasons


def _is_soft(figure: Figure, conflict: bool) -> bool:
    """Tell whether a missing figure may be the writer's own count or wording: a year or part of the day nobody
    contradicts, a small Chinese numeral without a rival; `今年` depends on when it was written."""
    if figure.unit.startswith("relative"):
        return True
    return not conflict and (figure.is_date or (figure.unit[:1] in ("#", "第") and figure.value <= 10))


def _kind(figure: Figure) -> str:
    return "日期" if figure.is_date else "数字"


def _shown(text: str, figure: Figure) -> str:
    return text[figure.start : min(figure.end, figure.start + 20)].strip()


def locate_quote(statement: str, text: str) -> tuple[int, int]:
    """Return the `(start, end)` of the one to three neighbouring sentences of `text` that hold most of `statement`.

    A longer run is taken only if it holds at least an eighth of the statement more; (0, 0) for a blank `text`.
    """
    spans = sentence_spans(text)
    if not spans:
        return (0, 0)
    wanted = _pairs_of(statement)
    held = [wanted & _pairs_of(text[start:end]) for start, end in spans]
    best, place = -1.0, (0, 0)
    for first in range(len(spans)):
        together: set[str] = set()
        for last in range(first, min(first + 3, len(spans))):
            together |= held[last]
            value = len(together) - 0.125 * len(wanted) * (last - first)
            if value > best:
                best, place = value, (spans[first][0], spans[last][1])
    return place


def _pairs_of(text: str) -> set[str]:
    joined = letters(plain(text))
    return set(map(add, joined, joined[1:])) or set(joined)
