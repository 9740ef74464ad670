"""What a channel brings: from the units that are bought down to the result, and up to what that presupposes.

Counts are whole: downward they are floored, upward ceiled, so no stage promises what the one before it cannot hold.
Nothing is reached beyond a channel's pool, less the control group. Rates are Decimals in 0…1.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

_EXACT = Decimal("1e-9")
LIMIT = 10**15  # no count is larger: what a rate near zero presupposes has no bound of its own


class Step(NamedTuple):
    """A stage and how it follows from the one before: `how` is start, rate, less (1 − rate), times or over."""

    id: str
    label: str
    unit: str
    how: str = "start"
    rate: str = ""


class Source(NamedTuple):
    """A channel as the arithmetic sees it.

    One unit costs `price` yuan and yields `output` at step `enters`. `pool` people can be reached (0: nobody counted
    them), of whom `control` (0…1) are left out, `waves` times: from the second wave on, shows are counted, not people.
    `rates` are all rates of the chain; `most` bounds the units (None: only money and pool do). `materials` is what its
    materials cost. `rounds`: how often new people invite further ones, for chains with a `times` step.
    """

    channel: str
    price: Decimal
    output: Decimal
    enters: int
    rates: Mapping[str, Decimal]
    pool: int = 0
    control: Decimal = Decimal(0)
    most: int | None = None
    weight: int = 1
    materials: Decimal = Decimal(0)
    waves: int = 1
    rounds: int = 1


def treated(pool: int, control: Decimal) -> int:
    """Return how many of a pool are reached at most: all but the control group, which is rounded up."""
    return pool - _ceil(pool * control)


def follows(step: Step, before: int, rates: Mapping[str, Decimal]) -> int:
    """Return the count at `step` when the one before it holds `before`."""
    if step.how == "rate":
        return _floor(before * rates[step.rate])
    if step.how == "less":
        return _floor(before * (1 - rates[step.rate]))
    if step.how == "times":
        return min(LIMIT, _floor(before * rates[step.rate]))
    return _floor(before / rates[step.rate])  # over


def presupposes(step: Step, count: int, rates: Mapping[str, Decimal]) -> int:
    """Return the smallest count before `step` that leads to `count` there; LIMIT where no count does."""
    if not count:
        return 0
    rate = rates[step.rate]
    if step.how == "over":
        return min(LIMIT, _ceil(count * rate))
    factor = 1 - rate if step.how == "less" else rate
    if not factor:
        return LIMIT
    guess = min(LIMIT, _ceil(count / factor))
    while guess < LIMIT and follows(step, guess, rates) < count:  # Decimal division rounds in the 28th digit
        guess += 1
    return guess


def counts(steps: Sequence[Step], source: Source, quantity: int) -> tuple[int, ...]:
    """Return the count at every step when `quantity` units are bought; see `most_units` for how many make sense."""
    pooled = steps[0].id == "pool"
    entry = min(LIMIT, _floor((quantity * source.output).quantize(_EXACT)))  # 3 × 1000 ÷ 3 is 1000, not 999
    limit = _room(source, pooled)
    found = [0] * len(steps)
    found[source.enters] = entry
    for at in range(source.enters, 1 if pooled else 0, -1):
        found[at - 1] = presupposes(steps[at], found[at], source.rates)
    first = 1 if pooled else 0  # the step that touches people
    if limit is not None and found[first] > limit:
        found[first] = limit
        for at in range(first + 1, source.enters + 1):
            found[at] = min(found[at], follows(steps[at], found[at - 1], source.rates))
    for at in range(source.enters + 1, len(steps)):
        found[at] = follows(steps[at], found[at - 1], source.rates)
    if source.rounds > 1:
        _with_rounds(steps, source, found)
    if pooled:
        found[0] = source.pool
    return tuple(found)


def most_units(steps: Sequence[Step], source: Source) -> int | None:
    """Return the units beyond which nothing more is reached; None: no bound but money."""
    limit = _room(source, steps[0].id == "pool")
    bounds = [] if source.most is None else [source.most]
    if limit is not None:
        reached = limit
        for at in range(2 if steps[0].id == "pool" else 1, source.enters + 1):
            reached = follows(steps[at], reached, source.rates)
        bounds.append(_ceil(reached / source.output) if source.output else 0)
    return min(bounds) if bounds else None


def _room(source: Source, pooled: bool) -> int | None:
    """How many people or shows the pool has room for."""
    if pooled:
        return treated(source.pool, source.control) * source.waves
    return source.pool if source.pool else None


def _with_rounds(steps: Sequence[Step], source: Source, found: list[int]) -> None:
    """Let the new people invite, too: all invitations and all new people of `rounds` rounds (facts §4.3, K)."""
    times = next((at for at, step in enumerate(steps) if step.how == "times"), None)
    if times is None or source.enters >= times:
        return  # paid for by the head
    share, invite, accept = steps[times - 1], steps[times], steps[times + 1]
    invited, new = found[times], found[times + 1]
    latest = new
    for _ in range(source.rounds - 1):
        more = follows(invite, follows(share, latest, source.rates), source.rates)
        latest = follows(accept, more, source.rates)
        invited, new = min(LIMIT, invited + more), min(LIMIT, new + latest)
    found[times], found[times + 1] = invited, new
    for at in range(times + 2, len(steps)):
        found[at] = follows(steps[at], found[at - 1], source.rates)


def _floor(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_FLOOR))


def _ceil(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))
