"""The sentences of a review: what the figures show, in words that claim no more than they do."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from copilot.arithmetic.returns import percent
from copilot.knowledge import read
from copilot.tasks.plan_review_advice import shown, told
from copilot.tasks.plan_review_chain import Finding
from copilot.tasks.plan_review_plan import AT_MOST, Kpi, Planned
from copilot.tasks.plan_review_records import Contribution, NextStep, ReviewRow


def marked(*parts: str) -> str:
    """Return parts as one sentence that ends in the mark of what is reckoned from data."""
    text = "，".join(part for part in parts if part)
    return f"{text}{read('plan/review')['mark']}" if text else ""


def step_told(
    finding: Finding, gap: str, unit: str, share: Decimal | None, limits: tuple[Decimal, Decimal] | None
) -> str:
    """Return what a step shows: its rate against plan, whether within its range, what it adds to the gap."""
    parts = [_rate_told(finding, limits)]
    if finding.skipped:
        parts.append(f"中间的{'、'.join(finding.skipped)}没有数据")
    if finding.state == "chance":
        parts.append("样本小，这点差别可能是偶然")
    if finding.value is not None and finding.state != "unknown":
        parts.append(added(finding.value, share, gap, unit))
    return "，".join(part for part in parts if part)


def limits_of(planned: Planned, finding: Finding, channel: str = "") -> tuple[Decimal, Decimal] | None:
    """Return how far the plan thought a step's rate may lie, of a channel or of all."""
    rate = finding.step.rate
    if not rate or finding.skipped or finding.before is None:
        return None
    return planned.ranges.get((channel, rate)) or planned.ranges.get(("", rate))


def _rate_told(finding: Finding, limits: tuple[Decimal, Decimal] | None) -> str:
    if finding.state == "unknown" or (finding.planned is None and finding.actual is None):
        return f"前一步是 0，{finding.label}算不出"
    planned, actual = finding.planned or Decimal(0), finding.actual or Decimal(0)
    text = f"{finding.label} {shown(actual, finding.unit)}，计划 {shown(planned, finding.unit)}"
    if finding.state == "none":
        return f"{text}，有一边是 0，差距全记在这一步"
    if finding.unit == "%":
        apart = (actual - planned) * 100
        more = f"{'高' if apart > 0 else '低'} {abs(apart):.2f} 个百分点" if round(apart, 2) else "和计划一样"
    else:
        more = difference(actual - planned, planned, "")
    inside = ""
    if limits:
        where = "以内" if limits[0] <= actual <= limits[1] else "以下" if actual < limits[0] else "以上"
        low, high = (percent(end) if finding.unit == "%" else shown(end, "") for end in limits)
        inside = f"在假设区间 {low}–{high} {where}"
    return "，".join(part for part in (text, more, inside) if part)


def difference(apart: Decimal, planned: Decimal, unit: str) -> str:
    """Return how far a figure is from plan: 少 62,000 人次（−7.8%）."""
    if not apart:
        return "和计划一样"
    ratio = f"（{change(apart / planned)}）" if planned else ""
    return f"{'多' if apart > 0 else '少'} {shown(abs(apart), unit)}{ratio}"


def added(value: Decimal, share: Decimal | None, gap: str, unit: str) -> str:
    """Return what a step adds to a gap: 占注册人数差距的 12%（−9 人）; one that works against it says so."""
    figure = signed(value, unit)
    if not value:
        return f"对{gap}没有影响" if gap else ""
    if share is None:
        return f"带来 {figure}"
    if share > 1:
        return f"带来 {figure}，一项就超过{gap}"
    return f"占{gap}的 {percent(share, 1)}（{figure}）" if share > 0 else f"{'补回' if value > 0 else '抵掉'} {figure}"


def signed(value: Decimal, unit: str) -> str:
    """Return a figure with its sign: +9 人, −9 人."""
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{shown(abs(value), unit)}"


def change(ratio: Decimal, digits: int = 1) -> str:
    """Return a relative change: +7.8%, −7.8%."""
    return f"{'+' if ratio > 0 else '−' if ratio < 0 else ''}{percent(abs(ratio), digits)}"


def headline(
    row: ReviewRow | None, contributions: Sequence[Contribution], broken: Sequence[Kpi], actual: Mapping[str, Decimal],
    first: NextStep | None,
) -> str:  # fmt: skip
    """Return the one sentence on top: how much was reached, where it is short, what comes first."""
    parts = []
    if row is None or row.actual is None or row.target is None:
        parts.append(f"{row.kpi if row else '主指标'}没有实际数，达成多少说不了")
    else:
        part = f"的 {percent(row.actual / row.target, 1)}" if row.target else ""
        reached = f"，达成目标 {shown(row.target, row.unit)}{part}"
        parts.append(f"{row.kpi} {shown(row.actual, row.unit)}{reached}{_gap_told(row)}")
        parts.append(_where(contributions, row.unit))
    if broken:
        named = "、".join(
            f"{kpi.label} {shown(actual[kpi.id], kpi.unit)}（{kpi.bound} {shown(kpi.target, kpi.unit)}）"
            for kpi in broken
        )
        parts.append(f"护栏破线：{named}")
    text = "；".join(part for part in parts if part)
    return f"{text}；下一步先做：{told(first)}。" if first else f"{text}。"


def _gap_told(row: ReviewRow) -> str:
    gap = row.gap or Decimal(0)
    if not gap:
        return "，正好达成"
    over = gap < 0 if row.bound == AT_MOST else gap > 0
    return f"，{'超出' if over else '差'} {shown(abs(gap), row.unit)}"


def _where(contributions: Sequence[Contribution], unit: str) -> str:
    """Return what the plan itself fell short of, how carrying it out went, and which step weighs most there."""
    whole = [one for one in contributions if not one.channel]
    plan = next((one for one in whole if one.step == "plan"), None)
    steps = [one for one in whole if one.step != "plan"]
    gap = sum((one.value for one in steps), Decimal(0))
    parts = []
    if plan is not None:
        only = "只" if plan.value < 0 else ""
        parts.append(f"方案按预算{only}测算到 {shown(plan.actual, unit)}")
        again = "又" if plan.value * gap > 0 else ""
        parts.append(f"执行{again}{'多' if gap > 0 else '少'} {shown(abs(gap), unit)}" if gap else "执行和测算一样")
    pulling = [one for one in steps if one.value * gap > 0]
    if pulling:
        worst = max(pulling, key=lambda one: abs(one.value))
        figures = f"{worst.label} {shown(worst.actual, worst.unit)}、计划 {shown(worst.planned, worst.unit)}"
        verb = "差得最多的是" if gap < 0 else "拉得最多的是"
        parts.append(f"{verb}{figures}（{signed(worst.value, unit)}）")
    return "，".join(parts)
