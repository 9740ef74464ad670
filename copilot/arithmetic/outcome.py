"""What a plan will bring: funnel, return, gap to the target with its levers, break-evens, ±20 %."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from copilot.arithmetic.budget import Outlay, outlay, required, yuan
from copilot.arithmetic.funnel import Source, counts, most_units
from copilot.arithmetic.inputs import Inputs, read_inputs
from copilot.knowledge import read
from copilot.plans import PlanBrief, Swing

SWING = Decimal("0.2")
MONEY_TARGETS = ("GMV", "实收")  # metrics of a target that are yuan, not counts
_STEPS = 60  # halvings of a break-even: further than any rate is written


@dataclass(frozen=True, slots=True)
class Outcome:
    """A brief worked out. `budget` is the brief's, or what its target takes; `stage` is the step that the target
    (else the goal) counts; `wanted` is the target there, None without one; `needed` is the budget that the target
    takes, None where there is no target or no budget reaches it."""

    brief: PlanBrief
    inputs: Inputs
    budget: Decimal
    outlay: Outlay
    stage: int
    wanted: int | None
    needed: Decimal | None

    @property
    def count(self) -> int:
        """What the plan brings at the step that counts."""
        return self.outlay.totals[self.stage]

    @property
    def spend(self) -> Decimal:
        """What is spent: everything but the reserve."""
        return self.outlay.total - self.outlay.reserve

    def at(self, id: str) -> int | None:
        """Return the whole count at a step, None where the goal has no such step."""
        ids = [step.id for step in self.inputs.steps]
        return self.outlay.totals[ids.index(id)] if id in ids else None


def work_out(brief: PlanBrief, days: int) -> Outcome:
    """Return what a brief's budget brings; without a budget, what its target takes, or as much as its pools hold."""
    budget = brief.budget
    inputs = read_inputs(brief, days, budget)
    stage, wanted = target_of(brief, inputs)
    needed = None if wanted is None else _needed(brief, days, inputs, stage, wanted)
    if budget is None:
        budget = needed if needed is not None else _enough(inputs, stage)
        inputs = read_inputs(brief, days, budget)
    return Outcome(
        brief, inputs, budget, outlay(inputs.steps, inputs.sources, budget, inputs.costs), stage, wanted, needed
    )


def target_of(brief: PlanBrief, inputs: Inputs) -> tuple[int, int | None]:
    """Return the step that a target counts, and its count there; GMV and 实收 become orders."""
    ids = [step.id for step in inputs.steps]
    metrics: Mapping[str, list[str]] = inputs.goal["metrics"]
    first = next(iter(metrics))
    if brief.target is None:
        return ids.index(first), None
    for stage, names in metrics.items():
        if brief.target.metric in names:
            return ids.index(stage), int(brief.target.value.to_integral_value(ROUND_CEILING))
    aov = inputs.value("aov") or Decimal(1)
    if brief.target.metric == "GMV":
        return ids.index("act"), _up(brief.target.value / aov)
    if brief.target.metric == "实收":
        return ids.index("deep"), _up(brief.target.value / aov)
    return ids.index(first), int(brief.target.value.to_integral_value(ROUND_CEILING))


def _needed(brief: PlanBrief, days: int, inputs: Inputs, stage: int, wanted: int) -> Decimal | None:
    """The budget for a target; a larger one may pay for the materials, too."""
    found = required(inputs.steps, inputs.sources, inputs.costs, stage, wanted)
    if found is None:
        return None
    again = read_inputs(brief, days, found)
    if again.outsourced == inputs.outsourced:
        return found
    return required(again.steps, again.sources, again.costs, stage, wanted)


def _enough(inputs: Inputs, stage: int) -> Decimal:
    """The budget beyond which the pools give nothing more."""
    most = outlay(inputs.steps, inputs.sources, Decimal(10) ** 11, inputs.costs).totals[stage]
    found = required(inputs.steps, inputs.sources, inputs.costs, stage, most)
    return found if found is not None else Decimal(0)


# One input changed, the money as planned


def with_value(source: Source, id: str, value: Decimal, model: str) -> Source:
    """Return a channel that is paid by `model` with another price, output, pool or rate."""
    if id == "price":
        return source._replace(price=value)
    if id == "output":
        return source._replace(output=value)
    if id == "reach":
        return source._replace(pool=int(value))
    if id == "waves":
        return source._replace(waves=int(value))
    if id == "delivery_rate" and model == "message":
        return source._replace(output=value)
    if id == "frequency" and model == "cpm" and "frequency" not in source.rates:
        return source._replace(output=Decimal(str(read("plan/channels")["models"]["cpm"]["output"])) / value)
    return source._replace(rates={**source.rates, id: value})


def outcome_with(done: Outcome, channel: str, id: str, value: Decimal) -> int:
    """Return the outcome when one input turns out otherwise and every channel spends what was planned for it."""
    steps, whole = done.inputs.steps, 0
    for buy in done.outlay.buys:
        source = buy.source
        if channel in ("", source.channel):
            source = with_value(source, id, value, done.inputs.models[source.channel])
        quantity = buy.quantity
        if source.price and source.price != buy.source.price:
            quantity = int((buy.spend / source.price).to_integral_value(ROUND_FLOOR))
        most = most_units(steps, source)
        whole += counts(steps, source, quantity if most is None else min(quantity, most))[done.stage]
    return whole


def break_even(done: Outcome, channel: str, id: str, wanted: int) -> Decimal | None:
    """Return the value of one input at which the plan just brings `wanted`; None where it does not decide.

    Rates are looked for in 0…1, other inputs up to a hundred times their value.
    """
    one = done.inputs.inputs[channel, id]
    least, most = (Decimal(0), Decimal(1)) if one.unit == "%" else (one.value / 100, one.value * 100)
    if id in ("invites", "frequency") or one.unit != "%":
        least = max(least, one.value / 100)
    if not one.value:
        return None
    least = max(least, Decimal("0.000001"))

    def reached(value: Decimal) -> bool:
        return outcome_with(done, channel, id, value) >= wanted

    if reached(least) == reached(most):
        return None
    return _halved(least, most, reached)


def _halved(least: Decimal, most: Decimal, reached: Callable[[Decimal], bool]) -> Decimal:
    rising = reached(most)
    low, high = least, most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if reached(middle) == rising:
            high = middle
        else:
            low = middle
    return high if rising else low


# The budget as given, one input a fifth up or down


def swings(done: Outcome, days: int, roi: Callable[[Outcome], Decimal | None]) -> tuple[Swing, ...]:
    """Return what ±20 % of each input do at the same budget, the strongest first."""
    found = []
    for (channel, id), one in done.inputs.inputs.items():
        if id in ("reserve", "control", "reach", "waves", "churn_rate") or not one.value:
            continue
        ends = []
        for value in (one.value * (1 - SWING), one.value * (1 + SWING)):
            value = min(value, Decimal(1)) if one.unit == "%" else value
            ends.append((value, _again(done, days, channel, id, value)))
        (low, less), (high, more) = ends
        row = Swing(
            one.label, channel, low, high, less.count, more.count, cost_per_result(less), cost_per_result(more),
            roi(less), roi(more),
        )  # fmt: skip
        if row.outcome_low != row.outcome_high or row.roi_low != row.roi_high:
            found.append(row)
    return tuple(sorted(found, key=lambda s: (-abs(s.outcome_high - s.outcome_low), -_apart(s))))


def cost_per_result(done: Outcome) -> Decimal | None:
    """Return yuan spent for each result, to the cent; None without a result."""
    return yuan(done.spend / done.count) if done.count else None


def _again(done: Outcome, days: int, channel: str, id: str, value: Decimal) -> Outcome:
    name = "unit_price" if id == "price" else id
    key = f"{channel}.{name}" if channel else name
    brief = replace(done.brief, assumptions={**done.brief.assumptions, key: value})
    inputs = read_inputs(brief, days, done.budget)
    found = outlay(inputs.steps, inputs.sources, done.budget, inputs.costs)
    return Outcome(brief, inputs, done.budget, found, done.stage, done.wanted, done.needed)


def _apart(swing: Swing) -> Decimal:
    return abs((swing.roi_high or Decimal(0)) - (swing.roi_low or Decimal(0)))


def _up(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))
