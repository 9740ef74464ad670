"""A plan once more with other inputs: what was changed becomes given, and what that does to the outcome."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from copilot.arithmetic.returns import money
from copilot.plans import Assumption, Measure, Plan
from copilot.tasks.plan_brief import PlanReading
from copilot.writers.rules.plan.lines import measured, number

TARGET, BUDGET = "target", "budget"  # keys of what is no assumption


class Change(NamedTuple):
    """A figure before and after, in words."""

    label: str
    before: str
    after: str


def canonical(reading: PlanReading) -> dict[str, Any]:
    """Return what a brief itself says, by the fields of `PlanBrief`, without what was assumed."""
    return {key: getattr(reading.brief, key) for key in reading.given}


def with_inputs(given: Mapping[str, Any], plan: Plan, changed: Mapping[str, str]) -> dict[str, Any]:
    """Return the brief `given`, as `canonical` gives it, with other inputs.

    Keys of `changed` are TARGET, BUDGET and places in `plan.assumptions`.

    Values are texts as a user writes them, of rates in per cent; an empty one takes back what was given.
    """
    brief = plan.brief
    found = dict(given)
    reach: dict[str, Any] = dict(brief.reach)
    assumed: dict[str, Any] = dict(brief.assumptions)
    for key, text in changed.items():
        value = text.strip()
        if key == TARGET:
            found["target"] = {"metric": brief.target.metric, "value": value} if brief.target and value else value
        elif key == BUDGET:
            found["budget"] = value
        else:
            one = plan.assumptions[int(key)]
            into, name = (reach, one.channel) if one.id == "reach" else (assumed, _key(one))
            into[name] = f"{value}%" if one.unit == "%" and value and value[-1] not in "%％" else value
            if not value:
                into.pop(name)
    found |= {"reach": reach, "assumptions": assumed}
    channels = [name for name in brief.channels if name not in {own.name for own in brief.own_channels}]
    if not {"channels", "own_channels"} & given.keys():
        found["channels"] = channels  # figures of a channel are taken only where the brief names it
    return found


def title_of(plan: Plan, channel: str) -> str:
    """Return a channel's name as the plan writes it."""
    return next((one.title for one in plan.channel_funnels if one.channel == channel), channel) or "全部渠道"


def outcome_of(plan: Plan) -> tuple[str, int, str]:
    """Return what the plan brings: the name of the figure, how much, its unit."""
    aim = next((kpi.kpi for kpi in plan.targets if not kpi.guard), "结果")
    unit = next((m.unit.partition("/")[2] for m in plan.measures if m.id == "cost_per_result"), "")
    count = plan.gap.forecast if plan.gap else sum(channel.outcome for channel in plan.channel_funnels)
    return aim, count, unit


def inputs_changed(before: Plan, after: Plan) -> list[Change]:
    """Return the inputs that differ."""
    old, new = _wanted(before), _wanted(after)
    found = [Change("目标值", old, new)] if old != new else []
    if before.brief.budget != after.brief.budget:
        found.append(Change("预算", _yuan(before.brief.budget), _yuan(after.brief.budget)))
    was = {(one.channel, one.label): one for one in before.assumptions}
    for one in after.assumptions:
        other = was.get((one.channel, one.label)) or was.get(("", one.label))
        if other is not None and other.value != one.value:
            where = f"{title_of(after, one.channel)} · " if one.channel else ""
            found.append(Change(f"{where}{one.label}", valued(other, other.value), valued(one, one.value)))
    return found


def outcome_changed(before: Plan, after: Plan) -> list[Change]:
    """Return the figures of the outcome that differ."""
    return [change for change in _outcomes(before, after) if change.before != change.after]


def _outcomes(before: Plan, after: Plan) -> Iterator[Change]:
    (_, old, unit), (label, new, _) = outcome_of(before), outcome_of(after)
    yield Change(f"预计{label}", f"{old:,} {unit}".strip(), f"{new:,} {unit}".strip())
    if before.gap and after.gap:
        yield Change("离目标差", f"{before.gap.missing:,} {unit}", f"{after.gap.missing:,} {unit}")
    yield Change("预算合计", _yuan(before.budget_total), _yuan(after.budget_total))
    was = {measure.id: measure for measure in before.measures}
    for one in after.measures:
        if one.id in was:
            yield Change(one.label, _figure(was[one.id]), _figure(one))


def valued(one: Assumption, value: Decimal) -> str:
    """Return a value of an input as people read it: 2%, 40 元, 60,000 人."""
    return measured(value, "%") if one.unit == "%" else f"{number(value)} {one.unit}"


def _key(one: Assumption) -> str:
    """Return what a brief calls an input."""
    id = "unit_price" if one.id == "price" else one.id
    return f"{one.channel}.{id}" if one.channel else id


def _wanted(plan: Plan) -> str:
    target = plan.brief.target
    return f"{target.metric} {number(target.value)}" if target else "—"


def _yuan(value: Decimal | None) -> str:
    return "—" if value is None else f"{money(value)} 元"


def _figure(one: Measure) -> str:
    return "—" if one.value is None else f"{number(one.value)} {one.unit}".strip()
