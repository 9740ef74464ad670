"""RICE, ICE and the ratio of benefit to cost, exact in fractions, with ranges, ranks and how steady they are.

RICE = reach × impact × confidence ÷ effort: Intercom (S. McBride, 2016). ICE = impact × confidence × ease, or their
mean: S. Ellis, 2010s; a team keeps to one (corpus/product/prioritising.md). 投入产出比: facts §2. A range gives the
score three times: at its low end (effort at its high end), in the middle of every input, at its high end.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from copilot.types import Record

Method = Literal["rice", "ice", "ice-mean", "ice-effort", "roi"]
INPUTS: dict[Method, tuple[str, ...]] = {
    "rice": ("reach", "impact", "confidence", "effort"),
    "ice": ("impact", "confidence", "ease"),
    "ice-mean": ("impact", "confidence", "ease"),
    "ice-effort": ("impact", "confidence", "effort"),
    "roi": ("visits", "saving", "frequency", "adoption", "dev", "ops", "upkeep"),
}
COSTS = ("effort", "dev", "ops", "upkeep")  # more of them lowers the score
_SHARES = ("confidence", "adoption")  # cannot pass 1


class Amount(NamedTuple):
    """A number or a range, `low` ≤ `high`."""

    low: Fraction
    high: Fraction

    @property
    def mid(self) -> Fraction:
        return (self.low + self.high) / 2


class Score(NamedTuple):
    """A score at the low end, in the middle and at the high end of its inputs."""

    low: Fraction
    mid: Fraction
    high: Fraction


class Item(NamedTuple):
    """A row with its inputs by name; `basis` says for some of them whether they are 数据 or 估计."""

    row: int
    name: str
    inputs: Mapping[str, Amount]
    basis: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RiceItem(Record):
    """One scored row. `inputs` by name: `{low, high, value, basis}`; equal scores share a rank and are `tied`.

    `rank_low`, `rank_high`: the best and worst rank that the ranges allow. `steady`: no single input, moved by the
    swing, changes its rank. `quadrant`: by the medians of value and cost: 先做, 拆小再做, 插空做, 不做; "" for one row.
    `ratio` is the 投入产出比 of the row beside another score, None without.
    """

    rank: int
    row: int
    name: str
    score: float
    score_low: float
    score_high: float
    tied: bool
    rank_low: int
    rank_high: int
    steady: bool
    value: float
    cost: float
    quadrant: str
    inputs: dict[str, dict[str, Any]]
    ratio: dict[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Swing(Record):
    """An input of a row, moved by `percent`, that changes the row's rank."""

    row: int
    name: str
    input: str
    percent: int
    rank_from: int
    rank_to: int


@dataclass(frozen=True, slots=True)
class RiceReport(Record):
    """What a file of requests is worth. `rows` = scored + failed; failed is `{row, name, reason}`.

    `first_steady`: no single input of any row, moved by `swing`, changes who is first. `units` by input, and `ratio`.
    """

    method: Method
    formula: str
    units: dict[str, str]
    columns: dict[str, str]
    rows: int
    items: tuple[RiceItem, ...]
    failed: tuple[dict[str, str | int], ...]
    sensitivity: tuple[Swing, ...]
    first_steady: bool
    swing: float
    notes: tuple[str, ...] = field(default=())


def score(method: Method, inputs: Mapping[str, Amount]) -> Score:
    """Return the score of a row whose inputs are all there; costs are above 0."""

    def at(end: Callable[[str], Fraction]) -> Fraction:
        return _point(method, {name: end(name) for name in INPUTS[method] if name in inputs})

    def low(name: str) -> Fraction:
        return inputs[name].high if name in COSTS else inputs[name].low

    def high(name: str) -> Fraction:
        return inputs[name].low if name in COSTS else inputs[name].high

    return Score(at(low), at(lambda name: inputs[name].mid), at(high))


def rank_items(method: Method, items: Sequence[Item], swing: Fraction) -> tuple[list[RiceItem], list[Swing]]:
    """Return the rows from the highest score down, and which inputs, moved by `swing`, change a rank."""
    scores = [score(method, item.inputs) for item in items]
    lows, mids, highs = (sorted(end) for end in zip(*scores, strict=True)) if scores else ([], [], [])
    often = Counter(mids)
    swings = [found for item, s in zip(items, scores, strict=True) for found in _swings(method, item, s, mids, swing)]
    moved = {found.row for found in swings}
    values, costs = zip(*(_value_and_cost(method, item.inputs) for item in items), strict=True) if items else ((), ())
    fields = _quadrants(values, costs)
    rows = [
        RiceItem(
            rank=_rank(s.mid, mids),
            row=item.row,
            name=item.name,
            score=float(s.mid),
            score_low=float(s.low),
            score_high=float(s.high),
            tied=often[s.mid] > 1,
            rank_low=_rank(s.high, lows),
            rank_high=_rank(s.low, highs) - (s.high > s.low),  # it is not above itself
            steady=item.row not in moved,
            value=float(values[at]),
            cost=float(costs[at]),
            quadrant=fields[at],
            inputs={name: _told(amount, item.basis.get(name, "")) for name, amount in item.inputs.items()},
            ratio=_ratio(item.inputs) if method != "roi" else None,
        )
        for at, (item, s) in enumerate(zip(items, scores, strict=True))
    ]
    return sorted(rows, key=lambda row: row.rank), swings  # stable: equals stay as given


def first_is_steady(rows: Sequence[RiceItem], swings: Sequence[Swing]) -> bool:
    """Return whether one row is first and none of the swings changes who comes first."""
    first = [row.row for row in rows if row.rank == 1]
    return len(first) == 1 and not any(1 in (s.rank_from, s.rank_to) for s in swings)


def _point(method: Method, x: Mapping[str, Fraction]) -> Fraction:
    if method == "rice":
        return x["reach"] * x["impact"] * x["confidence"] / x["effort"]
    if method == "ice":
        return x["impact"] * x["confidence"] * x["ease"]
    if method == "ice-mean":
        return (x["impact"] + x["confidence"] + x["ease"]) / 3
    if method == "ice-effort":
        return x["impact"] * x["confidence"] / x["effort"]
    return x["visits"] * x["saving"] * x["frequency"] * x["adoption"] / _sum(x, "dev", "ops", "upkeep")


def _sum(x: Mapping[str, Fraction], *names: str) -> Fraction:
    return sum((x[name] for name in names if name in x), Fraction(0))


def _ratio(inputs: Mapping[str, Amount]) -> dict[str, float] | None:
    if not all(name in inputs for name in ("visits", "saving", "frequency", "adoption", "dev")):
        return None
    found = score("roi", inputs)
    return {"value": float(found.mid), "low": float(found.low), "high": float(found.high)}


def _rank(value: Fraction, ascending: Sequence[Fraction]) -> int:
    """Return 1 + how many are higher."""
    return 1 + len(ascending) - bisect_right(ascending, value)


def _swings(method: Method, item: Item, s: Score, mids: Sequence[Fraction], swing: Fraction) -> list[Swing]:
    before, found = _rank(s.mid, mids), []
    for name in INPUTS[method]:
        if name not in item.inputs:
            continue
        for sign in (-1, 1):
            inputs = {key: amount.mid for key, amount in item.inputs.items()}
            inputs[name] *= 1 + sign * swing
            if name in _SHARES and item.inputs[name].high <= 1:
                inputs[name] = min(inputs[name], Fraction(1))
            moved = _point(method, inputs)
            after = _rank(moved, mids) - (s.mid > moved)  # itself, as it was, is not there any more
            if after != before:
                found.append(Swing(item.row, item.name, name, int(sign * swing * 100), before, after))
    return found


def _value_and_cost(method: Method, inputs: Mapping[str, Amount]) -> tuple[Fraction, Fraction]:
    """Return the two axes of the picture; where there is only ease, cost is what lacks to 10."""
    x = {name: amount.mid for name, amount in inputs.items()}
    if method == "roi":
        return x["visits"] * x["saving"] * x["frequency"] * x["adoption"], _sum(x, "dev", "ops", "upkeep")
    value = x["reach"] * x["impact"] if method == "rice" else x["impact"]
    return value, (x["effort"] if method in ("rice", "ice-effort") else 10 - x["ease"])


def _quadrants(values: Sequence[Fraction], costs: Sequence[Fraction]) -> list[str]:
    if len(values) < 2:
        return [""] * len(values)
    cut, dear = median(values), median(costs)
    words = {(True, False): "先做", (True, True): "拆小再做", (False, False): "插空做", (False, True): "不做"}
    return [words[(value >= cut, cost > dear)] for value, cost in zip(values, costs, strict=True)]


def median(numbers: Sequence[Fraction]) -> Fraction:
    """Return the middle of some numbers, the mean of both middle ones of an even count."""
    ordered, half = sorted(numbers), len(numbers) // 2
    return ordered[half] if len(numbers) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _told(amount: Amount, basis: str) -> dict[str, Any]:
    return {"value": float(amount.mid), "low": float(amount.low), "high": float(amount.high), "basis": basis}
