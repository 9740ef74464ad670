"""A plan's workbook + a file of results → target, actual, gap, what the figures show, what to do next."""

import datetime
from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import BinaryIO

from copilot.arithmetic.returns import money
from copilot.knowledge import read
from copilot.tasks.plan_review_actuals import Actuals, read_values
from copilot.tasks.plan_review_advice import Advice, shown
from copilot.tasks.plan_review_chain import Finding, findings_of, links_of
from copilot.tasks.plan_review_gap import gap_by_channel, gap_by_step
from copilot.tasks.plan_review_money import Spending, spending_of
from copilot.tasks.plan_review_names import Names, names_of
from copilot.tasks.plan_review_plan import Kpi, Planned, read_planned
from copilot.tasks.plan_review_records import Contribution, NextStep, OpenQuestion, PlanReview, ReviewRow, Unused
from copilot.tasks.plan_review_rows import MONEY_ROWS, actual_of, filled_in, review_rows
from copilot.tasks.plan_review_table import bytes_of, read_actuals
from copilot.tasks.plan_review_words import headline
from copilot.text import normalise

_MOST_STEPS = 5  # of a review with more acts none gets done (templates/activity-review.md)


def review_plan(plan_file: Path, actuals: Path | BinaryIO, *, today: datetime.date | None = None) -> PlanReview:
    """Return the review of the plan in `plan_file` (the xlsx of `plan`) with the results in `actuals` (csv or xlsx).

    `today` (default: the clock's) dates what is to be done when the plan's time for settling is over.

    :raises InputError: a file of another kind
    :raises LoadError: a file cannot be read, is no plan, or holds nothing that the plan knows
    """
    plan_name = normalise(plan_file.name)
    planned = read_planned(plan_name, bytes_of(plan_file, (".xlsx",)))
    name, data = _results(actuals)
    names = names_of(planned)
    values = read_values(name, read_actuals(name, data), planned, names)
    values, more = filled_in(values, planned, names)
    return reviewed(plan_name, name, planned, names, values, more, today or datetime.date.today())


def reviewed(
    plan_name: str, name: str, planned: Planned, names: Names, actuals: Actuals, more: Sequence[Unused],
    today: datetime.date,
) -> PlanReview:  # fmt: skip
    """Return the review of figures that have been read."""
    advice = Advice(planned, today)
    main = next((kpi for kpi in planned.kpis if kpi.id == "main"), None)
    aims = {step.id: step.value for step in planned.steps if step.value is not None}
    came = {step.id: value for step in planned.steps if (value := actuals.get(step.id)) is not None}
    findings = findings_of(links_of(planned.steps, aims, came, names.main), names.main)
    spending = spending_of(planned, actuals, names)
    steps = gap_by_step(planned, names, main, findings, aims)
    contributions = (*steps, *gap_by_channel(planned, names, actuals, main))
    reached = actual_of(main, names, actuals, spending) if main else None
    aligned = _aligned(advice, steps, spending, main, reached, aims.get(names.main))
    worst = min(steps, key=lambda one: one.value, default=None)
    first = aligned if worst is not None and worst.step == "plan" else None
    rows = review_rows(planned, names, actuals, findings, contributions, spending, advice, first)
    broken = [kpi for kpi, row in zip(planned.kpis, rows, strict=True) if row.verdict == "护栏破线"]
    blank = [k for k, row in zip(planned.kpis, rows, strict=True) if row.verdict == "没有数据" and k.id != "pool"]
    low = [one for one in findings if one.state in ("low", "none")]
    todo = _next(advice, low, first, aligned, broken, spending, blank)
    figures = {kpi.id: row.actual for kpi, row in zip(planned.kpis, rows, strict=True) if row.actual is not None}
    told = headline(_main_row(planned, rows), contributions, broken, figures, todo[0] if todo else None)
    return PlanReview(
        plan_name, name, planned.title, planned.goal, told, rows, contributions, spending.rows, tuple(todo),
        tuple(_questions(advice, findings, broken, blank, spending, main)), (*actuals.unused, *more),
        tuple(dict.fromkeys([*actuals.notes, *spending.notes, *_late(advice)])),
    )  # fmt: skip


def _results(actuals: Path | BinaryIO) -> tuple[str, bytes]:
    if isinstance(actuals, Path):
        return normalise(actuals.name), bytes_of(actuals, (".csv", ".tsv", ".txt", ".xlsx"))
    return "标准输入", actuals.read()


def _main_row(planned: Planned, rows: Sequence[ReviewRow]) -> ReviewRow | None:
    return next((row for kpi, row in zip(planned.kpis, rows, strict=True) if kpi.id == "main"), None)


def _late(advice: Advice) -> list[str]:
    days = [job.end for job in advice.planned.jobs if job.when == "after"]
    return [f"方案的结算期到 {max(days)} 为止，已经过了：期限从今天算"] if advice.late else []


def _next(
    advice: Advice, low: Sequence[Finding], first: NextStep | None, aligned: NextStep | None, broken: Sequence[Kpi],
    spending: Spending, blank: Sequence[Kpi],
) -> list[NextStep]:  # fmt: skip
    """Return the acts: guards, the plan's own gap where it weighs most, the steps that cost most, money, data."""
    found: list[NextStep | None] = [advice.guard(kpi) for kpi in broken]
    found.append(first)
    found += [advice.step(one) for one in sorted(low, key=lambda one: one.value or Decimal(0))]
    found += [aligned, advice.overspent(spending.rows), _to_fill_in(advice, blank, spending)]
    return list(dict.fromkeys(one for one in found if one is not None))[:_MOST_STEPS]


def _aligned(
    advice: Advice, steps: Sequence[Contribution], spending: Spending, main: Kpi | None, reached: Decimal | None,
    forecast: Decimal | None,
) -> NextStep | None:  # fmt: skip
    """Where the plan itself fell short: bring target and money together, at what a result really costs."""
    if main is None or main.target is None or not any(one.step == "plan" and one.value < 0 for one in steps):
        return None
    known = spending.spent is not None and reached
    amount, count = (spending.spent, reached) if known else (spending.planned, forecast)
    if not amount or not count:
        return None
    each = amount / count
    words = read("plan/review")["next"]["plan"]
    slots = {
        "$basis": "实际" if known else "方案测算的", "$each": money(each.quantize(Decimal("0.01"), ROUND_HALF_UP)),
        "$planned": shown(main.target, main.unit), "$need": money((each * main.target).quantize(Decimal(1))),
        "$can": shown((spending.planned / each).to_integral_value(ROUND_FLOOR), main.unit),
    }  # fmt: skip
    text = str(words["do"])
    for slot, value in slots.items():
        text = text.replace(slot, value)
    seen = "下期方案的目标与测算之差"
    return NextStep("方案本身", advice.person(words["owner"]), text, advice.deadline("high").iso, seen)


def _to_fill_in(advice: Advice, blank: Sequence[Kpi], spending: Spending) -> NextStep | None:
    """Return who brings what has no data; costs that only lack the bills are one thing, not three."""
    words = read("plan/review")["missing"]
    named = [kpi.label for kpi in blank if kpi.id not in MONEY_ROWS]
    if spending.spent is None and spending.missing and any(kpi.id in MONEY_ROWS for kpi in blank):
        named.append(f"{'、'.join(spending.missing)}的实际支出")
    if not named:
        return None
    first = next((kpi for kpi in blank if kpi.id not in MONEY_ROWS), None)
    owner = (first.owner if first else advice.person(words["payer"])) or advice.person(read("plan/review")["owner"])
    listed = "、".join(named[:3]) + (f"等 {len(named)} 项" if len(named) > 3 else "")
    text = f"补上{listed}，{words['do']}"
    return NextStep("没有数据", owner, text, advice.deadline("first").iso, "复盘表没有空着的实际数")


def _questions(
    advice: Advice, findings: Sequence[Finding], broken: Sequence[Kpi], blank: Sequence[Kpi], spending: Spending,
    main: Kpi | None,
) -> list[OpenQuestion]:  # fmt: skip
    found: list[OpenQuestion | None] = [advice.guard_question(kpi) for kpi in broken]
    for states in (("low", "none"), ("high",)):
        found += [advice.question(one) for one in findings if one.state in states]
    if main is not None:
        found.append(advice.control_question(main.label))
    found += [advice.missing_question(kpi) for kpi in blank if kpi.id not in MONEY_ROWS]
    if any(kpi.id in MONEY_ROWS for kpi in blank) and spending.spent is None:
        found.append(advice.spending_question(spending.missing))
    return [one for one in dict.fromkeys(found) if one is not None]
