"""Where the gap of the main figure comes from: the plan itself, each step, each channel."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from copilot.arithmetic.deviation import shares
from copilot.tasks.plan_review_actuals import Actuals
from copilot.tasks.plan_review_advice import shown
from copilot.tasks.plan_review_chain import Finding, findings_of, links_of
from copilot.tasks.plan_review_names import Names
from copilot.tasks.plan_review_plan import Kpi, Planned
from copilot.tasks.plan_review_records import Contribution
from copilot.tasks.plan_review_words import added, limits_of, marked, step_told

_NOUGHT = Decimal(0)


def gap_by_step(
    planned: Planned, names: Names, main: Kpi | None, findings: Sequence[Finding], aims: Mapping[str, Decimal]
) -> list[Contribution]:
    """Return what each step adds to the gap; first what the plan itself fell short of its target. They add up to it.

    Where there is such a part, the words name shares of what is left, which is what carrying it out brought.
    """
    label, unit = (main.label, main.unit) if main else ("结果", "")
    steps = [one for one in findings if one.value is not None]
    if not steps or names.main not in aims:
        return []
    short = aims[names.main] - main.target if main and main.target is not None else _NOUGHT
    values = [one.value or _NOUGHT for one in steps]
    inner = shares(values)
    outer = shares([short, *values]) if short else [None, *inner]
    gap = f"{label}差距" if not short else f"执行差距（{_done(sum(values, _NOUGHT), unit)}）"
    found = []
    if short and main is not None:
        how = "只测算到" if short < 0 else "测算到"
        text = marked(f"方案按预算{how} {shown(aims[names.main], unit)}", added(short, outer[0], f"{label}差距", unit))
        found.append(
            Contribution("plan", "方案本身", "", main.target, aims[names.main], unit, short, outer[0], text)
        )  # fmt: skip
    for one, value, share, mine in zip(steps, values, outer[1:], inner, strict=True):
        text = marked(step_told(one, gap, unit, mine, limits_of(planned, one)))
        found.append(Contribution(one.step.id, one.label, "", one.planned, one.actual, one.unit, value, share, text))
    return found


def gap_by_channel(planned: Planned, names: Names, actuals: Actuals, main: Kpi | None) -> list[Contribution]:
    """Return how far each channel is from plan, and by which of its steps most."""
    unit = main.unit if main else ""
    found: list[tuple[str, Decimal, Decimal, str]] = []
    for channel, aims in planned.channels.items():
        aim, came = aims.get(names.main), actuals.get(names.main, channel)
        if aim is None or came is None:
            continue
        facts = {step.id: value for step in planned.steps if (value := actuals.get(step.id, channel)) is not None}
        steps = findings_of(links_of(planned.steps, aims, facts, names.main), names.main)
        pulling = [one for one in steps if one.value and one.value * (came - aim) > 0]
        worst = max(pulling, key=lambda one: abs(one.value or _NOUGHT), default=None)
        text = ""
        if worst is not None and len(steps) > 1:
            text = step_told(worst, "", unit, None, limits_of(planned, worst, channel))
        found.append((channel, aim, came, text))
    gaps = [came - aim for _, aim, came, _ in found]
    return [
        Contribution("channel", "渠道合计", channel, aim, came, unit, gap, share, marked(text))
        for (channel, aim, came, text), gap, share in zip(found, gaps, shares(gaps), strict=True)
    ]


def _done(value: Decimal, unit: str) -> str:
    return f"比测算{'多' if value > 0 else '少'} {shown(abs(value), unit)}" if value else "和测算一样"
