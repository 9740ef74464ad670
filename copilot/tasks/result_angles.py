"""Angles of one product on one platform, side by side: shares with intervals, who leads, whether that is luck."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from copilot.arithmetic.ab import ALPHA, LEAST, bonferroni, compare, more_needed, wilson
from copilot.knowledge import read
from copilot.tasks.result_store import Sums
from copilot.types import Record

# distinct: above the second, hence above all · above_rest: above the others together, not the second · unclear: neither
# · single: nothing to compare with · scarce: too few shows or clicks to compare at all
Verdict = Literal["distinct", "above_rest", "unclear", "single", "scarce"]
REST = "其余角度合计"


@dataclass(frozen=True, slots=True)
class AngleFigures(Record):
    """What an angle brought. Shares are 0…1 with their 95 % Wilson intervals; `cvr` is orders per click.

    `orders`, `cvr` and its interval, `cost` (yuan) are None where they were not counted.
    """

    angle: str
    label: str
    variants: int
    shows: int
    clicks: int
    ctr: float
    ctr_low: float
    ctr_high: float
    orders: int | None = None
    cvr: float | None = None
    cvr_low: float | None = None
    cvr_high: float | None = None
    orders_per_show: float | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison(Record):
    """The leader's share against another's: `p_corrected` is `p` by Bonferroni for `comparisons`.

    `metric` is `ctr` or `orders_per_show`; `against` an angle's label, or the others together.
    """

    metric: str
    leader: str
    against: str
    difference: float
    z: float
    p: float
    p_corrected: float
    comparisons: int
    distinct: bool


@dataclass(frozen=True, slots=True)
class AngleGroup(Record):
    """The angles of one product on one platform, highest click rate first.

    `leader` is "" when none can be named; `more_shows` says by angle how many more shows would tell the leader from
    the second (5 % two-sided, corrected, power .8), empty when they are told apart already or never will be.
    """

    platform: str
    title: str
    product: str
    since: str
    until: str
    angles: tuple[AngleFigures, ...]
    leader: str
    verdict: Verdict
    conclusion: str
    comparisons: tuple[Comparison, ...] = ()
    more_shows: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AngleReport(Record):
    """What `results` says: one group for each platform and product; `notes` hold for all of them."""

    product: str
    platform: str
    groups: tuple[AngleGroup, ...]
    notes: tuple[str, ...] = ()


def group_of(rows: Sequence[Sums], title: str) -> AngleGroup:
    """Return the angles of one platform, called `title`, and product, compared."""
    angles = sorted(map(_figures, rows), key=lambda a: (-a.ctr, -a.shows, a.angle))
    ready, scarce = _ready(angles)
    verdict, conclusion, comparisons, more = _judged(ready, scarce)
    by_orders, note = _by_orders(ready)
    first = min((r.first for r in rows if r.first), default="")
    last = max((r.last for r in rows if r.last), default="")
    notes = [note] if note else []
    notes += [f"“{a.label}”数据太少，没有参加比较，约还需 {_rounded(more[a.angle])} 次展示。" for a in scarce if ready]
    if any(r.undated for r in rows):
        notes.append("含没有日期的累计数。" if first else "没有日期，按导入时的累计数。")
    alone = [a.label for a in ready if a.variants == 1]
    if len(ready) > 1 and alone:
        whose = "每个角度都" if len(alone) == len(ready) else _listed(alone)
        notes.append(f"{whose}只有 1 条文案，差别可能来自这条文案，不一定来自角度。")
    leader = ready[0].angle if ready and verdict != "scarce" else ""
    return AngleGroup(
        rows[0].platform,
        title,
        rows[0].product,
        first,
        last,
        tuple(angles),
        leader,
        verdict,
        conclusion,
        comparisons + by_orders,
        more,
        tuple(notes),
    )


def angle_label(angle: str) -> str:
    """Return what people call an angle; its id when it is none of ours."""
    data = read("copy/angles")
    known = data["angles"].get(angle)
    return known["label"] if known else data["labels"].get(angle, angle) or "未分角度"


def percent(share: float) -> str:
    """Return a share as people read it: two decimals, more for small ones."""
    digits = 2 if share == 0 or share >= 0.001 else 4
    return f"{share * 100:.{digits}f}%"


def _figures(row: Sums) -> AngleFigures:
    label = angle_label(row.angle)
    low, high = wilson(row.clicks, row.shows)
    shares = (row.angle, label, row.variants, row.shows, row.clicks, _share(row.clicks, row.shows), low, high)
    cost = None if row.cost is None else row.cost / 100
    if row.orders is None or row.order_clicks is None or row.order_shows is None:
        return AngleFigures(*shares, cost=cost)
    cvr = wilson(row.orders, row.order_clicks)
    per_show = _share(row.orders, row.order_shows)
    return AngleFigures(*shares, row.orders, _share(row.orders, row.order_clicks), *cvr, per_show, cost)


def _share(hits: int, trials: int) -> float:
    return hits / trials if trials else 0.0


def _ready(angles: Sequence[AngleFigures]) -> tuple[list[AngleFigures], list[AngleFigures]]:
    """Part the angles into those that can be compared and those with too few shows for the click rate of all."""
    shows, clicks = sum(a.shows for a in angles), sum(a.clicks for a in angles)
    ready = [a for a in angles if a.shows and a.shows * clicks / shows >= LEAST]
    return ready, [a for a in angles if a not in ready]


_Judgement = tuple[Verdict, str, tuple[Comparison, ...], dict[str, int]]


def _judged(ready: Sequence[AngleFigures], scarce: Sequence[AngleFigures]) -> _Judgement:
    everything = [*ready, *scarce]
    shows, clicks = sum(a.shows for a in everything), sum(a.clicks for a in everything)
    more = {a.angle: math.ceil(LEAST * shows / clicks) - a.shows for a in scarce} if clicks else {}
    if not ready:
        start = (
            f"；按现在的点击率，每个角度展示约 {_rounded(math.ceil(LEAST * shows / clicks))} 次才能开始比较"
            if clicks
            else ""
        )
        return "scarce", f"还不能区分：一共展示 {shows} 次、点击 {clicks} 次，数据太少{start}。", (), more
    first = ready[0]
    if len(ready) == 1:
        rest = "其余角度数据太少" if scarce else "只投了这一个角度"
        return "single", f"“{first.label}”点击率 {percent(first.ctr)}；{rest}，没有可比的。", (), more
    second, pairs = ready[1], len(ready) * (len(ready) - 1) // 2
    against = [_compared(first, second.label, second.clicks, second.shows, pairs)]
    if len(ready) > 2:
        others = sum(a.clicks for a in ready[1:]), sum(a.shows for a in ready[1:])
        against.insert(0, _compared(first, REST, *others, len(ready)))
    verdict: Verdict = "distinct" if against[-1].distinct else "above_rest" if against[0].distinct else "unclear"
    if verdict == "distinct":
        return verdict, _leads(first, second, against[-1]), tuple(against), more
    needed = more_needed(first.clicks, first.shows, second.clicks, second.shows, ALPHA / pairs)
    if needed and max(needed) <= read("results")["pointless"]:
        more |= {a.angle: n for a, n in zip((first, second), needed, strict=True) if n}
    return verdict, _undecided(first, second, against, needed), tuple(against), more


def _compared(first: AngleFigures, name: str, hits: int, trials: int, times: int) -> Comparison:
    """Test the leader's click rate; `times`: how many comparisons might have been the one that is reported."""
    found = compare(hits, trials, first.clicks, first.shows)
    p = bonferroni(found.p, times)
    distinct = found.enough and found.z > 0 and p < ALPHA
    return Comparison("ctr", first.label, name, found.difference, found.z, found.p, p, times, distinct)


def _leads(first: AngleFigures, second: AngleFigures, found: Comparison) -> str:
    times = f"，校正了 {found.comparisons} 次比较" if found.comparisons > 1 else ""
    return (
        f"“{first.label}”领先：点击率 {percent(first.ctr)}，第二名“{second.label}”{percent(second.ctr)}，"
        f"相差 {found.difference * 100:.2f} 个百分点，不像偶然（p {_p(found.p_corrected)}{times}）。"
    )


def _undecided(
    first: AngleFigures, second: AngleFigures, against: Sequence[Comparison], needed: tuple[int, int] | None
) -> str:
    rates = f"“{first.label}”{percent(first.ctr)} 与“{second.label}”{percent(second.ctr)}"
    p = f"{'校正后 ' if against[-1].comparisons > 1 else ''}p {_p(against[-1].p_corrected)}"
    if against[0].distinct and len(against) > 1:
        begun = f"“{first.label}”高于{REST}（p {_p(against[0].p_corrected)}），但还不能区分点击率前两名：{rates}（{p}）"
    else:
        begun = f"还不能区分：点击率前两名{rates}，相差可能只是偶然（{p}）"
    if needed is None:
        return f"{begun}；两者相同，多投也未必分得出，可按下单或成本选。"
    if max(needed) > read("results")["pointless"]:
        return f"{begun}；差距太小，要再展示 {_rounded(max(needed))} 次以上才分得出，不值得专门等。"
    wanted = [f"“{a.label}”{_rounded(n)} 次" for a, n in zip((first, second), needed, strict=True) if n]
    return f"{begun}；若差距保持不变，约还需展示：{'，'.join(wanted) or '再投一段时间'}。"


def _by_orders(ready: Sequence[AngleFigures]) -> tuple[tuple[Comparison, ...], str]:
    """Return the comparison and a note when another angle than the most clicked one sells most for its shows."""
    counted = [a for a in ready if a.orders is not None and a.orders_per_show is not None]
    if len(counted) < 2 or len(counted) < len(ready) or not any(a.orders for a in counted):
        return (), ""
    clicked, sold = ready[0], max(counted, key=lambda a: (a.orders_per_show or 0, a.ctr))
    if sold is clicked:
        return (), ""
    shows = [round((a.orders or 0) / a.orders_per_show) if a.orders_per_show else a.shows for a in (clicked, sold)]
    found = compare(clicked.orders or 0, shows[0], sold.orders or 0, shows[1])
    pairs = len(counted) * (len(counted) - 1) // 2
    p = bonferroni(found.p, pairs)
    distinct = found.enough and p < ALPHA
    told = f"这个差距不像偶然（p {_p(p)}）" if distinct else "这个差距还不能区分"
    rates = [f"“{a.label}”{(a.orders_per_show or 0) * 1000:.2f} 单" for a in (sold, clicked)]
    note = f"按每千次展示的下单看，领先的是{rates[0]}，点击率最高的{rates[1]}；{told}，以成交为目标时按下单选。"
    name = ("orders_per_show", sold.label, clicked.label)
    return (Comparison(*name, found.difference, found.z, found.p, p, pairs, distinct),), note


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def _rounded(number: int) -> str:
    """Return two leading digits, rounded up: what is left to do is an estimate, and not one too low."""
    step = 10 ** max(0, len(str(number)) - 2)
    return str(-(-number // step) * step)


def _listed(labels: Sequence[str]) -> str:
    return "、".join(f"“{label}”" for label in labels)
