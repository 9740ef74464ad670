"""Money to outcome and outcome to money, to the cent: what a budget buys, what a target costs, what is held back.

A budget pays for the reserve, the materials, the channels and the subsidy. The subsidy moves with the outcome: its
quota is a tenth above the expected count, and the line holds the whole quota, so the greatest liability is inside.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from copilot.arithmetic.funnel import Source, Step, counts, most_units

CENT = Decimal("0.01")
SPARE = Decimal("1.1")  # quota of the subsidy over the expected count
RESERVE_MOST = Decimal("0.1")  # of the total (facts §4.2: 5–10 %); what is not needed beyond it is not planned
BOUND = Decimal(10) ** 11  # yuan, the largest budget that is looked for


class Costs(NamedTuple):
    """What a plan pays besides its channels: a subsidy for each count at step `per`, and the reserve's share."""

    subsidy: Decimal
    per: int
    reserve: Decimal


class Buy(NamedTuple):
    """Units of one channel, what they cost, and the count at each step."""

    source: Source
    quantity: int
    spend: Decimal
    counts: tuple[int, ...]


class Outlay(NamedTuple):
    """A budget spent: `subsidy` is quota × value, `total` all of it with the reserve; `left_out` could not be paid."""

    buys: tuple[Buy, ...]
    left_out: tuple[Source, ...]
    totals: tuple[int, ...]
    materials: Decimal
    quota: int
    subsidy: Decimal
    reserve: Decimal
    total: Decimal


def yuan(value: Decimal) -> Decimal:
    """Return money to the cent, halves up."""
    return value.quantize(CENT, ROUND_HALF_UP)


def spent(source: Source, quantity: int) -> Decimal:
    """Return what so many units cost, to the cent."""
    return yuan(source.price * quantity)


def outlay(steps: Sequence[Step], sources: Sequence[Source], budget: Decimal, costs: Costs) -> Outlay:
    """Return what `budget` yuan buy. Channels whose part does not pay one unit are left out, the lightest first."""
    kept = list(sources)
    left: list[Source] = []
    while True:
        found = _solved(steps, kept, budget, costs)
        unpaid = [buy.source for buy in found.buys if buy.source.price and not buy.quantity]
        if not unpaid:
            return found._replace(left_out=tuple(left))
        out = min(unpaid, key=lambda source: (source.weight, -source.price))
        kept.remove(out)
        left.append(out)


def required(steps: Sequence[Step], sources: Sequence[Source], costs: Costs, stage: int, target: int) -> Decimal | None:
    """Return the whole yuan that bring `target` at step `stage`; None where the pools or `BOUND` do not allow it."""
    low, high = Decimal(0), Decimal(1000)
    while outlay(steps, sources, high, costs).totals[stage] < target:  # after this, high always suffices
        if high >= BOUND:
            return None
        low, high = high, min(BOUND, high * 8)
    while high - low > 1:
        middle = ((low + high) / 2).to_integral_value(ROUND_FLOOR)
        if outlay(steps, sources, middle, costs).totals[stage] >= target:
            high = middle
        else:
            low = middle
    return high


def shares(parts: Sequence[Decimal], digits: int = 3) -> tuple[Decimal, ...]:
    """Return each part's share, rounded so that they add up to exactly 1 (largest remainders); all 0 for no money."""
    whole = sum(parts, Decimal(0))
    if not whole:
        return (Decimal(0),) * len(parts)
    unit = Decimal(10) ** -digits
    exact = [part / whole for part in parts]
    found = [share.quantize(unit, ROUND_FLOOR) for share in exact]
    short = int((1 - sum(found, Decimal(0))) / unit)
    order = sorted(range(len(parts)), key=lambda at: (found[at] - exact[at], at))
    for at in order[:short]:
        found[at] += unit
    return tuple(found)


def split(amount: Decimal, weights: Sequence[int], unit: Decimal = CENT) -> tuple[Decimal, ...]:
    """Return `amount` in parts by weight, in whole `unit`s (cents), whose sum is exactly `amount`."""
    whole = sum(weights)
    if not whole:
        return (Decimal(0),) * len(weights)
    found, before, taken = [], Decimal(0), 0
    for weight in weights:
        taken += weight
        upto = (amount * taken / whole).quantize(unit, ROUND_HALF_UP)
        found.append(upto - before)
        before = upto
    return tuple(found)


def _solved(steps: Sequence[Step], sources: Sequence[Source], budget: Decimal, costs: Costs) -> Outlay:
    """Return the outlay with the most money in channels that still leaves room for the quota it causes."""
    held = (budget * costs.reserve).quantize(CENT, ROUND_FLOOR)
    materials = sum((source.materials for source in sources), Decimal(0))
    materials = materials if materials <= budget - held else Decimal(0)
    room = budget - held - materials
    caps = {source.channel: most_units(steps, source) for source in sources}
    low, high = 0, int(room / CENT)  # cents; low always fits, unless even nothing does
    best = _bought(steps, sources, Decimal(0), caps)
    if _cost(best, costs)[0] > room:  # the subsidy of channels that cost nothing already exceeds the money
        caps = _within_quota(steps, sources, caps, room, costs)
        best = _bought(steps, sources, Decimal(0), caps)
    whole = _bought(steps, sources, room, caps)
    if _cost(whole, costs)[0] <= room:
        best = whole
    else:
        while high - low > 1:
            middle = (low + high) // 2
            found = _bought(steps, sources, middle * CENT, caps)
            if _cost(found, costs)[0] <= room:
                low, best = middle, found
            else:
                high = middle
    needed, quota = _cost(best, costs)
    subsidy = yuan(costs.subsidy * quota)
    most = max(RESERVE_MOST, costs.reserve)
    reserve = min(budget - materials - needed, ((materials + needed) * most / (1 - most)).quantize(CENT, ROUND_FLOOR))
    totals = tuple(sum(column) for column in zip(*(buy.counts for buy in best), strict=True)) or (0,) * len(steps)
    return Outlay(best, (), totals, materials, quota, subsidy, reserve, materials + needed + reserve)


def _bought(
    steps: Sequence[Step], sources: Sequence[Source], money: Decimal, caps: Mapping[str, int | None]
) -> tuple[Buy, ...]:
    """Return what `money` buys, shared by weight; what a channel has no room for goes to the others."""
    parts = _parts(sources, money, caps)
    buys = []
    for source in sources:
        cap = caps[source.channel]
        if source.price:
            quantity = int((parts[source.channel] / source.price).to_integral_value(ROUND_FLOOR))
            while quantity and spent(source, quantity) > parts[source.channel]:  # rounded up to the cent
                quantity -= 1
            quantity = quantity if cap is None else min(quantity, cap)
        else:
            quantity = cap or 0
        buys.append(Buy(source, quantity, spent(source, quantity), counts(steps, source, quantity)))
    return tuple(buys)


def _parts(sources: Sequence[Source], money: Decimal, caps: Mapping[str, int | None]) -> dict[str, Decimal]:
    """Return each channel's money: by weight, but no more than fills its pool."""
    found: dict[str, Decimal] = {}
    open_ = [source for source in sources if source.price]
    while open_:
        parts = dict(zip((s.channel for s in open_), split(money, [s.weight for s in open_]), strict=True))
        full = {
            source.channel: cost
            for source in open_
            if (cap := caps[source.channel]) is not None and (cost := spent(source, cap)) <= parts[source.channel]
        }
        if not full:
            return found | parts
        found |= full
        money -= sum(full.values(), Decimal(0))
        open_ = [source for source in open_ if source.channel not in full]
    return found


def _cost(buys: Sequence[Buy], costs: Costs) -> tuple[Decimal, int]:
    """Return what channels and subsidy cost together, and the quota."""
    quota = 0
    if costs.subsidy:
        expected = sum(buy.counts[costs.per] for buy in buys)
        quota = int((expected * SPARE).to_integral_value(ROUND_CEILING))
    return sum((buy.spend for buy in buys), Decimal(0)) + yuan(costs.subsidy * quota), quota


def _within_quota(
    steps: Sequence[Step], sources: Sequence[Source], caps: Mapping[str, int | None], room: Decimal, costs: Costs
) -> dict[str, int | None]:
    """Return the caps with fewer units of what costs nothing, so that the subsidy can be paid."""
    low, high = 0, 10_000  # parts of the cap
    while high - low > 1:
        middle = (low + high) // 2
        narrowed = _narrowed(sources, caps, middle)
        if _cost(_bought(steps, sources, Decimal(0), narrowed), costs)[0] <= room:
            low = middle
        else:
            high = middle
    return _narrowed(sources, caps, low)


def _narrowed(sources: Sequence[Source], caps: Mapping[str, int | None], part: int) -> dict[str, int | None]:
    return {s.channel: (caps[s.channel] or 0) * part // 10_000 if not s.price else caps[s.channel] for s in sources}
