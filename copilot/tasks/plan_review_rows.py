"""The table target – actual – gap – reason – action, a row for each figure of the sheet 复盘."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from copilot.arithmetic.returns import money
from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.tasks.plan_review_actuals import Actuals
from copilot.tasks.plan_review_advice import Advice, shown, told
from copilot.tasks.plan_review_chain import Finding
from copilot.tasks.plan_review_money import Spending
from copilot.tasks.plan_review_names import COST, Names
from copilot.tasks.plan_review_plan import AT_MOST, Kpi, Planned
from copilot.tasks.plan_review_records import Contribution, NextStep, ReviewRow, Unused, Verdict
from copilot.tasks.plan_review_values import is_nothing, value_of
from copilot.tasks.plan_review_words import difference, limits_of, marked, signed, step_told

_CENT = Decimal("0.01")
MONEY_ROWS = ("spend", "cost_per_result", "cac")
_NAMED = 3  # steps that the main figure's reason names


def key_of(kpi: Kpi, names: Names) -> str:
    """Return the key of the figure that a row of the plan shows."""
    if kpi.id == "main":
        return names.main
    return f"{COST}all" if kpi.id == "spend" else kpi.id or f"own:{bare(kpi.label)}"


def filled_in(actuals: Actuals, planned: Planned, names: Names) -> tuple[Actuals, list[Unused]]:
    """Add what a person has typed into the sheet itself, where the file of results says nothing."""
    values, notes = dict(actuals.values), list(actuals.notes)
    unused: list[Unused] = []
    for kpi in planned.kpis:
        key = key_of(kpi, names)
        if is_nothing(kpi.actual.text) and not kpi.actual.flaw:
            continue
        if kpi.id == "spend" and any(one.startswith(COST) for _, one in actuals.values):
            continue  # the sum of an earlier review does not go before the costs of this one
        wrong = f"这一格{kpi.actual.flaw}"
        value = None
        if not kpi.actual.flaw:
            value, wrong = value_of(kpi.actual.text, names.figures[key], kpi.unit if kpi.unit != "%" else "")
        if value is None:
            unused.append(Unused(f"“{planned.sheet}”第 {kpi.row} 行", f"{kpi.label} {kpi.actual.text}", wrong))
        elif ("", key) not in values:
            values["", key] = value
            notes.append(f"{kpi.label}用的是方案复盘表里填好的 {shown(value, kpi.unit)}")
        elif values["", key] != value:
            told_here, told_there = shown(value, kpi.unit), shown(values["", key], kpi.unit)
            notes.append(f"{kpi.label}：复盘表里填的是 {told_here}，按实绩文件的 {told_there}")
    return Actuals(values, actuals.derived, actuals.unused, tuple(notes)), unused


def review_rows(
    planned: Planned, names: Names, actuals: Actuals, findings: Sequence[Finding],
    contributions: Sequence[Contribution], spending: Spending, advice: Advice, aligned: NextStep | None,
) -> tuple[ReviewRow, ...]:  # fmt: skip
    """Return the rows in the order of the sheet; `aligned`: what to do where the plan itself fell short most."""
    found = []
    for kpi in planned.kpis:
        actual = actual_of(kpi, names, actuals, spending)
        verdict = verdict_of(kpi, actual)
        reason = _reason(kpi, actual, verdict, names, actuals, findings, contributions, spending, planned)
        action = _action(kpi, verdict, names, findings, spending, advice, aligned)
        gap = None if actual is None or kpi.target is None else actual - kpi.target
        found.append(
            ReviewRow(
                kpi.id, kpi.label, kpi.unit, kpi.target, actual, gap, attainment(kpi, actual), verdict, reason, action,
                kpi.guard, kpi.bound, kpi.row,
            )
        )  # fmt: skip
    return tuple(found)


def verdict_of(kpi: Kpi, actual: Decimal | None) -> Verdict:
    """Return whether a target is met; a guard that is passed is broken."""
    if actual is None or kpi.target is None:
        return "没有数据"
    met = actual <= kpi.target if kpi.bound == AT_MOST else actual >= kpi.target
    return "达标" if met else "护栏破线" if kpi.guard else "未达"


def attainment(kpi: Kpi, actual: Decimal | None) -> Decimal | None:
    """Return actual ÷ target, of figures that are good when low target ÷ actual: as the sheet reckons it."""
    if actual is None or kpi.target is None:
        return None
    above, below = (kpi.target, actual) if kpi.bound == AT_MOST else (actual, kpi.target)
    return (above / below).quantize(Decimal("0.0001"), ROUND_HALF_UP) if below else None


def actual_of(kpi: Kpi, names: Names, actuals: Actuals, spending: Spending) -> Decimal | None:
    """Return what came of a row; money and costs are reckoned."""
    if kpi.id == "spend":
        return spending.spent
    if kpi.id in ("cost_per_result", "cac"):
        count = actuals.get(names.main if kpi.id == "cost_per_result" else "deep")
        if spending.spent is not None and count:
            return (spending.spent / count).quantize(_CENT, ROUND_HALF_UP)
    return actuals.get(key_of(kpi, names))


# Reasons


def _reason(
    kpi: Kpi, actual: Decimal | None, verdict: Verdict, names: Names, actuals: Actuals, findings: Sequence[Finding],
    contributions: Sequence[Contribution], spending: Spending, planned: Planned,
) -> str:  # fmt: skip
    if kpi.target is None:
        return "方案没有写目标，没法判"
    if actual is None:
        return _absent(kpi, names, actuals, spending)
    if kpi.guard:
        return marked(_guard_told(kpi, actual))
    apart = difference(actual - kpi.target, kpi.target, "%点" if kpi.unit == "%" else kpi.unit.partition("/")[0])
    if kpi.id == "main":
        return marked(apart, *_largest(contributions, kpi))
    how = actuals.derived.get(("", kpi.id), "")
    step = next((one for one in findings if one.step.id == kpi.id), None)
    if step is not None:
        text = next((c.text for c in contributions if c.step == kpi.id and not c.channel), "")
        text = text.removesuffix(read("plan/review")["mark"])
        if not text:  # behind what the main figure counts
            text = step_told(step, "", "", None, limits_of(planned, step))
        if step.before is None:
            text = text.split("，", 3)[-1]  # behind the figures, which stand in the row already
        return marked(apart, f"{how}的数" if how else "", text)
    if kpi.id == "spend":
        over = [row for row in spending.rows if row.difference and not row.item.startswith("合计")]
        over = sorted(over, key=lambda row: -abs(row.difference or Decimal(0)))[:2]
        return marked(apart, *(f"{row.item}{row.text.partition('，')[0]}" for row in over))
    if kpi.id in ("cost_per_result", "cac") and spending.spent is not None:
        stage = names.main if kpi.id == "cost_per_result" else "deep"
        aim = next((step for step in planned.steps if step.id == stage), None)
        counted = f"{aim.label} {shown(actuals.get(stage), '')}（计划 {shown(aim.value, '')}）" if aim else ""
        return marked(apart, f"花费 {money(spending.spent)} 元（计划 {money(spending.planned)} 元）", counted)
    return marked(apart)


def _absent(kpi: Kpi, names: Names, actuals: Actuals, spending: Spending) -> str:
    if kpi.id == "pool":
        return "实绩文件里没有这一项，名单人数有变才要填"
    if kpi.id in MONEY_ROWS and spending.spent is None and spending.missing:
        return f"{'、'.join(spending.missing)}没有实际花费，算不全"
    if kpi.id in ("cost_per_result", "cac") and spending.spent is not None:
        count = actuals.get(names.main if kpi.id == "cost_per_result" else "deep")
        return "结果是 0，算不出" if count == 0 else "没有结果的数，算不出"
    return "实绩文件里没有这一项"


def _guard_told(kpi: Kpi, actual: Decimal) -> str:
    target = kpi.target or Decimal(0)
    apart = abs(actual - target)
    far = f"{apart * 100:.2f} 个百分点" if kpi.unit == "%" else shown(apart, kpi.unit)
    line = f"线是{kpi.bound} {shown(target, kpi.unit)}，实际 {shown(actual, kpi.unit)}"
    inside = actual <= target if kpi.bound == AT_MOST else actual >= target
    if not apart:
        return f"{line}，正好在线上"
    return f"{line}，{'离线还有' if inside else '破线'} {far}"


def _largest(contributions: Sequence[Contribution], kpi: Kpi) -> list[str]:
    whole = [one for one in contributions if not one.channel and one.value]
    whole = sorted(whole, key=lambda one: -abs(one.value))[:_NAMED]
    return [f"{'其中' if not at else ''}{one.label} {signed(one.value, kpi.unit)}" for at, one in enumerate(whole)]


# Actions


def _action(
    kpi: Kpi, verdict: Verdict, names: Names, findings: Sequence[Finding], spending: Spending, advice: Advice,
    aligned: NextStep | None,
) -> str:  # fmt: skip
    words = read("plan/review")
    text = ""
    if verdict == "没有数据":
        text = _to_fill_in(kpi, spending, advice)
    elif verdict == "未达" and kpi.id in MONEY_ROWS:
        text = _dearer(kpi, spending, advice)
    elif verdict == "护栏破线":
        text = told(advice.guard(kpi))
    else:
        key = key_of(kpi, names)
        at = next((n for n, one in enumerate(findings) if one.step.id == key), None)
        if at is not None and kpi.id == "main":
            text = _main_action(verdict, findings[: at + 1], advice, aligned)
        elif at is not None:
            text = _step_action(verdict, findings[: at + 1], advice)
    return f"{text}{words['suggested']}" if text else ""


def _to_fill_in(kpi: Kpi, spending: Spending, advice: Advice) -> str:
    words = read("plan/review")["missing"]
    limit = advice.deadline("first").told
    if kpi.id == "pool":
        return ""
    if kpi.id in MONEY_ROWS:
        named = "、".join(spending.missing) if spending.spent is None else ""
        return f"{advice.person(words['payer'])} {limit}补上{named}的实际支出" if named else ""
    source = kpi.source or read("plan/review")["sources"].get(kpi.id)
    owner = kpi.owner or advice.person(words["payer"] if source and not kpi.source else read("plan/review")["owner"])
    return f"{owner} {limit}补数，数据源：{source or words['look']}"


def _dearer(kpi: Kpi, spending: Spending, advice: Advice) -> str:
    """Say what to do about money: the largest line above plan; a cost above plan points to what makes it."""
    over = advice.overspent(spending.rows)
    if kpi.id == "spend":
        return told(over) if over else ""
    if over is not None or (spending.spent or Decimal(0)) > spending.planned:
        return str(read("plan/review")["dearer"]["spend"])
    stage = "main" if kpi.id == "cost_per_result" else "deep"
    label = next((one.label for one in advice.planned.kpis if one.id == stage), "")
    return str(read("plan/review")["dearer"]["result"]).replace("$label", label) if label else ""


def _main_action(
    verdict: Verdict, upto: Sequence[Finding], advice: Advice, aligned: NextStep | None
) -> str:  # fmt: skip
    if verdict != "未达":
        return ""
    if aligned is not None:
        return told(aligned)
    worst = worst_of(upto)
    step = advice.step(worst) if worst is not None else None
    return told(step) if step else ""


def _step_action(verdict: Verdict, upto: Sequence[Finding], advice: Advice) -> str:
    words, one = read("plan/review"), upto[-1]
    if one.state in ("low", "none") or (one.state == "high" and verdict == "达标"):
        step = advice.step(one)
        return told(step) if step else ""
    worst = worst_of(upto[:-1])
    if verdict == "未达" and worst is not None:
        return str(words["upstream"]).replace("$label", worst.label)
    return str(words.get({"chance": "chance", "on": "near"}.get(one.state, ""), "")) if verdict == "未达" else ""


def worst_of(findings: Sequence[Finding]) -> Finding | None:
    """Return the step that is too low and costs the main figure most."""
    low = [one for one in findings if one.state in ("low", "none")]
    return min(low, key=lambda one: one.value or Decimal(0), default=None)
