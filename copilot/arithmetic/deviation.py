"""Where a gap comes from: a chain (touch × rate × rate …) taken apart by logarithms, so that the parts add up exactly.

A part is L · ln(actual factor ÷ planned factor), L the logarithmic mean of both ends (additive LMDI-I): the order of
the steps does not matter and nothing is left over, unlike putting in one figure after the other.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Context, Decimal, localcontext
from typing import Literal, NamedTuple

Flaw = Literal["", "none", "unknown"]

_PRECISION = Context(prec=50)
_SURE = Decimal("1.96")  # standard deviations of a normal: 95 %, two-sided


class Part(NamedTuple):
    """What one step of a chain adds to the gap.

    `flaw`: `none`, nothing was planned or nothing came here, so that the whole gap stands here, as it does in the
    limit; `unknown`, a step behind it whose factor cannot be told.
    """

    value: Decimal
    flaw: Flaw = ""


def parts(planned: Sequence[Decimal], actual: Sequence[Decimal], unit: Decimal = Decimal(1)) -> tuple[Part, ...]:
    """Return what each step adds to the gap of the last: counts of a chain, first to last, as planned and as it came.

    Values are multiples of `unit` and add up to exactly `actual[-1] - planned[-1]`; both ends must be multiples of
    `unit` and no count negative.
    """
    assert len(planned) == len(actual) and planned
    gap = actual[-1] - planned[-1]
    flaws = _flaws(planned, actual)
    with localcontext(_PRECISION):
        values = whole(_shared(planned, actual, flaws, gap), gap, unit)
    return tuple(Part(value, flaw) for value, flaw in zip(values, flaws, strict=True))


def shares(values: Sequence[Decimal]) -> list[Decimal | None]:
    """Return the share of each part in their sum, to a thousandth, adding up to exactly 1; None where the sum is 0."""
    total = sum(values, Decimal(0))
    if not total:
        return [None] * len(values)
    with localcontext(_PRECISION):
        return list(whole([value / total for value in values], Decimal(1), Decimal("0.001")))


def whole(exact: Sequence[Decimal], total: Decimal, unit: Decimal) -> list[Decimal]:
    """Return figures rounded to multiples of `unit` so that they add up to exactly `total` (largest remainders)."""
    with localcontext(_PRECISION):
        found = [(one / unit).to_integral_value(ROUND_FLOOR) * unit for one in exact]
        missing = int(((total - sum(found, Decimal(0))) / unit).to_integral_value())
        order = sorted(range(len(exact)), key=lambda at: (found[at] - exact[at], at))
        for turn in range(abs(missing)):
            at = order[turn % len(order)] if missing > 0 else order[-1 - turn % len(order)]
            found[at] += unit if missing > 0 else -unit
    return found


def by_chance(rate: Decimal, before: Decimal, after: Decimal) -> bool:
    """Return whether `after` of `before` may well come of `rate` (0…1) by chance alone: inside 95 % of a binomial."""
    if not 0 <= rate <= 1 or before <= 0:
        return False
    deviation = (before * rate * (1 - rate)).sqrt()
    return abs(after - before * rate) <= _SURE * deviation


def _flaws(planned: Sequence[Decimal], actual: Sequence[Decimal]) -> list[Flaw]:
    found: list[Flaw] = []
    for before, after in zip(planned, actual, strict=True):
        ended = "none" in found
        found.append("unknown" if ended else "none" if not before or not after else "")
    return found


def _shared(
    planned: Sequence[Decimal], actual: Sequence[Decimal], flaws: Sequence[Flaw], gap: Decimal
) -> list[Decimal]:
    if "none" in flaws:
        return [gap if flaw == "none" else Decimal(0) for flaw in flaws]
    mean = actual[-1] if not gap else gap / (actual[-1] / planned[-1]).ln()
    found = []
    before_plan = before_fact = Decimal(1)
    for plan, fact in zip(planned, actual, strict=True):
        found.append(mean * (fact / before_fact / (plan / before_plan)).ln())
        before_plan, before_fact = plan, fact
    return found
