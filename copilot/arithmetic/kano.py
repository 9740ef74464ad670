"""Kano: pairs of answers → category, Better and Worse of each feature, and the order of doing.

Table of 25 pairs: Kano et al. 1984, as in facts §2. Category by the most frequent one, of equals M > O > A > I: Berger
et al. 1993. Better and Worse: Timko in Berger et al. 1993. The four fields of the picture are cut at the averages, as
the handbook does (corpus/product/kano.md). Who did not answer both questions is not in here.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from copilot.arithmetic.ab import p_value, wilson
from copilot.types import Record

# Rows: the answer to “if it is there”, columns: to “if it is not”; both 喜欢, 理应如此, 无所谓, 能忍受, 不喜欢.
TABLE = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
CATEGORIES = "MOAIRQ"  # in the order of doing, which is also the rule for equals; R and Q stand behind it
ALPHA = 0.05  # two-sided, of the sign test
_EXACT = 1000  # answers up to which the binomial sum is taken; the normal curve is off by less than .001 from there
_HALF = Fraction(1, 2)
_FEW = 3  # features of which an average says nothing: the fields are cut at one half


@dataclass(frozen=True, slots=True)
class KanoFeature(Record):
    """One feature. `n` pairs of answers, `counts` by category; `better` in 0…1, `worse` in −1…0, None without answers.

    `tied` are the categories with the highest count when several have it. `p` tests the most frequent category
    against the next; `certain`: it is below .05 and `n` is enough. `questionable` is the share of Q. `quadrant` is the
    category by the place in the picture, "" without coefficients. Intervals are 95 % (Wilson).
    """

    rank: int
    name: str
    n: int
    counts: dict[str, int]
    category: str
    tied: tuple[str, ...]
    runner_up: str
    p: float
    certain: bool
    better: float | None
    better_low: float | None
    better_high: float | None
    worse: float | None
    worse_low: float | None
    worse_high: float | None
    questionable: float
    quadrant: str = ""


@dataclass(frozen=True, slots=True)
class KanoReport(Record):
    """What a file of answers says. `form` is wide, long or single; `lines` cut the picture: `{better, worse}` ≥ 0.

    `unusable` are answers that could not be counted: `{row, feature, functional, dysfunctional, kind, reason}`, kind
    `blank` (nothing was said) or `wrong`. `respondents` is None where no column says who answered.
    """

    form: str
    columns: dict[str, str]
    rows: int
    respondents: int | None
    features: tuple[KanoFeature, ...]
    lines: dict[str, float]
    unusable: tuple[dict[str, str | int], ...] = ()
    notes: tuple[str, ...] = ()


def category_of(functional: int, dysfunctional: int) -> str:
    """Return the category of two answers, each 0 (喜欢) … 4 (不喜欢)."""
    return TABLE[functional][dysfunctional]


def count_pairs(pairs: Iterable[tuple[int, int]]) -> dict[str, int]:
    """Return how many pairs of answers fall into each category."""
    counts = dict.fromkeys(CATEGORIES, 0)
    for pair in pairs:
        counts[category_of(*pair)] += 1
    return counts


def better(counts: Mapping[str, int]) -> Fraction | None:
    """Return (A+O) ÷ (A+O+M+I), None without such answers (Timko, in Berger et al. 1993)."""
    total = _judged(counts)
    return Fraction(counts["A"] + counts["O"], total) if total else None


def worse(counts: Mapping[str, int]) -> Fraction | None:
    """Return −(O+M) ÷ (A+O+M+I), None without such answers (Timko, in Berger et al. 1993)."""
    total = _judged(counts)
    return -Fraction(counts["O"] + counts["M"], total) if total else None


def sign_test(more: int, fewer: int) -> float:
    """Return the two-sided p of two counts that should be equal (sign test, Dixon & Mood 1946)."""
    total = more + fewer
    if total > _EXACT:
        return p_value((abs(more - fewer) - 1) / math.sqrt(total)) if more != fewer else 1.0
    tail = sum(math.comb(total, k) for k in range(max(more, fewer), total + 1))
    return min(1.0, float(Fraction(2 * tail, 2**total)))


def judge(name: str, counts: Mapping[str, int], least: int) -> KanoFeature:
    """Return a feature without its place; fewer than `least` pairs of answers are never certain."""
    n = sum(counts.values())
    first, second = sorted(CATEGORIES, key=lambda c: -counts[c])[:2]  # stable: of equals the one named first
    tied = tuple(c for c in CATEGORIES if counts[c] == counts[first]) if n else ()
    p = sign_test(counts[first], counts[second])
    total, up, down = _judged(counts), better(counts), worse(counts)
    better_low, better_high = wilson(counts["A"] + counts["O"], total)
    worse_low, worse_high = wilson(counts["O"] + counts["M"], total)
    return KanoFeature(
        rank=0,
        name=name,
        n=n,
        counts={c: counts[c] for c in "AOMIRQ"},
        category=first if n else "",
        tied=tied if len(tied) > 1 else (),
        runner_up=second if counts[second] else "",
        p=p,
        certain=n >= least and p <= ALPHA,
        better=None if up is None else float(up),
        better_low=better_low if total else None,
        better_high=better_high if total else None,
        worse=None if down is None else float(down),
        worse_low=0.0 - worse_high if total else None,
        worse_high=0.0 - worse_low if total else None,
        questionable=counts["Q"] / n if n else 0.0,
    )


def in_order(features: Sequence[KanoFeature]) -> tuple[tuple[KanoFeature, ...], dict[str, float]]:
    """Return the features as they should be done, with rank and quadrant, and where the picture is cut.

    M, O, A, I, R, Q; within M by Worse, within A by Better, else by their sum; of equals as given. Without an answer
    last.
    """
    up_line, down_line = _lines(features)
    ordered = sorted(features, key=_place)
    ranked = tuple(
        replace(feature, rank=rank, quadrant=_quadrant(feature, up_line, down_line))
        for rank, feature in enumerate(ordered, 1)
    )
    return ranked, {"better": float(up_line), "worse": float(down_line)}


def _judged(counts: Mapping[str, int]) -> int:
    return sum(counts[c] for c in "AOMI")


def _place(feature: KanoFeature) -> tuple[int, Fraction]:
    if not feature.category:
        return len(CATEGORIES), Fraction(0)
    up, down = better(feature.counts) or Fraction(0), -(worse(feature.counts) or Fraction(0))
    weight = {"M": down, "A": up, "R": Fraction(feature.counts["R"], feature.n)}.get(feature.category, up + down)
    return CATEGORIES.index(feature.category), -weight


def _lines(features: Sequence[KanoFeature]) -> tuple[Fraction, Fraction]:
    ups = [up for feature in features if (up := better(feature.counts)) is not None]
    downs = [-down for feature in features if (down := worse(feature.counts)) is not None]
    if len(ups) < _FEW:
        return _HALF, _HALF
    return sum(ups, Fraction(0)) / len(ups), sum(downs, Fraction(0)) / len(downs)


def _quadrant(feature: KanoFeature, up_line: Fraction, down_line: Fraction) -> str:
    up, down = better(feature.counts), worse(feature.counts)
    if up is None or down is None:
        return ""
    return {(True, True): "O", (True, False): "A", (False, True): "M", (False, False): "I"}[
        (up >= up_line, -down >= down_line)
    ]
