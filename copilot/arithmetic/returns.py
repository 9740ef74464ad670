"""Cost and return of a plan, each figure with its formula in words and numbers (facts §4.3).

GMV, received money and gross margin stand apart; the subsidy is a cost and is taken off once, from neither of them.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from copilot.arithmetic.budget import yuan
from copilot.arithmetic.outcome import Outcome
from copilot.plans import Basis, Measure


class _Money(NamedTuple):
    """Orders placed, orders kept, and what they bring; None where no price is known."""

    gmv: Decimal | None
    received: Decimal | None
    margin: Decimal | None


def measures(done: Outcome) -> tuple[Measure, ...]:
    """Return the figures of cost and return in the order in which they are read."""
    inputs, basis = done.inputs, _basis(done)
    media = sum((buy.spend for buy in done.outlay.buys), Decimal(0))
    result, unit = inputs.steps[done.stage].label, f"元/{spoken(inputs.steps[done.stage].unit)}"
    told = f"预算合计 {money(done.outlay.total)} − 预留 {money(done.outlay.reserve)}"
    found = [
        Measure("spend", "花费", done.spend, "元", told, basis),
        _over("cost_per_result", f"每个{result}成本", done.spend, done.count, unit, "花费", result, basis),
    ]  # fmt: skip
    if inputs.steps[0].unit == "人次":
        shows = done.outlay.totals[0]
        found.append(_per_thousand(media, shows, basis))
    for id, step, label in (("cpc", "click", "单次点击成本（CPC）"), ("cpa", "act", "单个结果成本（CPA）")):
        count = done.at(step)
        if count is not None:
            name = next(one.label for one in inputs.steps if one.id == step)
            found.append(_over(id, label, media, count, "元", "渠道花费", name, basis))
    found.append(
        _over("cac", "最终每个成本（CAC）", done.spend, done.at("deep") or 0, "元", "花费", _deep(done), basis)
    )
    return (*found, *_returns(done, basis), *_lifetime(done, basis), *_net(done, basis))


def roi(done: Outcome) -> Decimal | None:
    """Return (margin − spend) ÷ spend; None where the price or the margin is unknown or nothing is spent."""
    margin = money_of(done).margin
    if margin is None or not done.spend:
        return None
    return ((margin - done.spend) / done.spend).quantize(Decimal("0.001"), ROUND_HALF_UP)


def money_of(done: Outcome) -> _Money:
    """Return GMV (all orders × price), received money (orders kept × price) and its gross margin."""
    aov, rate = done.inputs.value("aov"), done.inputs.value("gross_margin")
    if aov is None or done.at("deep") is None or not _sells(done):
        return _Money(None, None, None)
    placed = done.at("act") if done.at("paid") is not None else done.at("deep")
    received = yuan(aov * (done.at("deep") or 0))
    gmv = yuan(aov * (placed or 0))
    return _Money(gmv, received, None if rate is None else yuan(received * rate))


def spoken(unit: str) -> str:
    """Return a unit as it is said; 老客 and 新客 only keep two kinds of people apart."""
    return "人" if unit in ("老客", "新客") else unit


def money(value: Decimal) -> str:
    """Return yuan as people read them: 12,300 or 12,300.50."""
    return f"{value:,.2f}".removesuffix(".00")


def percent(value: Decimal, digits: int = 2) -> str:
    """Return a share as a percentage without trailing zeros: 0.0125 → 1.25%."""
    text = f"{value * 100:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def _returns(done: Outcome, basis: Basis) -> list[Measure]:
    aov, rate = done.inputs.value("aov"), done.inputs.value("gross_margin")
    found = money_of(done)
    orders = "下单" if done.at("paid") is not None else _deep(done)
    if found.gmv is None:
        if not _sells(done):
            return []
        told = "缺客单价：给出后 = 成交数 × 客单价"
        return [Measure("gmv", "GMV", None, "元", told, "assumed")]
    assert aov is not None and found.received is not None
    placed = done.at("act") if done.at("paid") is not None else done.at("deep")
    kept = f"{_deep(done)} {done.at('deep'):,} × 客单价 {money(aov)}"
    rows = [
        Measure("gmv", "GMV", found.gmv, "元", f"{orders} {placed:,} × 客单价 {money(aov)}", basis),
        Measure("received", "实收", found.received, "元", kept, basis),
        _over("roas", "ROAS", found.received, done.spend, "倍", "实收", "花费", basis),
    ]  # fmt: skip
    if rate is None or found.margin is None:
        return [*rows, Measure("margin", "毛利", None, "元", "缺毛利率：给出后 = 实收 × 毛利率", "assumed")]
    told = f"实收 {money(found.received)} × 毛利率 {percent(rate)}"
    rows.append(Measure("margin", "毛利", found.margin, "元", told, basis))
    told = f"（毛利 {money(found.margin)} − 花费 {money(done.spend)}）÷ 花费"
    rows.append(Measure("roi", "ROI", roi(done), "倍", told, basis))
    unit = aov * rate
    if unit:
        count = (done.spend / unit).to_integral_value(rounding="ROUND_CEILING")
        told = f"花费 {money(done.spend)} ÷ 单均毛利 {money(unit)}"
        rows.append(Measure("break_even", "保本数", count, done.inputs.steps[-1].unit, told, basis))
    return rows


def _lifetime(done: Outcome, basis: Basis) -> list[Measure]:
    """LTV ≈ ARPU × margin ÷ churn; payback = CAC ÷ (monthly ARPU × margin)."""
    arpu, rate, churn = (done.inputs.value(id) for id in ("arpu", "gross_margin", "churn_rate"))
    if arpu is None:
        return []
    if rate is None or not rate:
        return [Measure("ltv", "LTV", None, "元", "缺毛利率：给出后 = 月均每人收入 × 毛利率 ÷ 月流失率", "assumed")]
    monthly = arpu * rate
    rows = []
    if churn:
        ltv = yuan(monthly / churn)
        told = f"月均每人收入 {money(arpu)} × 毛利率 {percent(rate)} ÷ 月流失率 {percent(churn)}"
        rows.append(Measure("ltv", "LTV", ltv, "元", told, basis))
        if done.at("deep") and done.spend:
            cac = done.spend / (done.at("deep") or 1)
            rows.append(_over("ltv_cac", "LTV/CAC", ltv, yuan(cac), "倍", "LTV", "CAC", basis))
    else:
        rows.append(
            Measure("ltv", "LTV", None, "元", "缺月流失率：给出后 = 月均每人收入 × 毛利率 ÷ 月流失率", "assumed")
        )
    if done.at("deep"):
        cac = yuan(done.spend / (done.at("deep") or 1))
        rows.append(_over("payback", "回本期", cac, monthly, "个月", "CAC", "月均每人毛利", basis))
    return rows


def _net(done: Outcome, basis: Basis) -> list[Measure]:
    """What the group that is reached brings above what it would have brought anyway."""
    base, touched = done.brief.baseline, done.at("touch")
    if done.inputs.steps[0].id != "pool" or touched is None:
        return []
    step = done.inputs.steps[done.stage]
    if base is None or base >= 1:
        told = f"缺自然{step.label}率：对照组实测后 = {step.label} − 触达 × 对照组比率"
        return [Measure("net", f"净增{step.label}", None, step.unit, told, "assumed")]
    natural = int(touched * base)
    told = f"{step.label} {done.count:,} − 触达 {touched:,} × 自然比率 {percent(base)}"
    return [Measure("net", f"净增{step.label}", Decimal(done.count - natural), step.unit, told, basis)]


def _over(
    id: str, label: str, above: Decimal, below: Decimal | int, unit: str, above_name: str, below_name: str, basis: Basis
) -> Measure:
    if not below:
        return Measure(id, label, None, unit, f"{below_name}为 0，算不出", basis)
    shown = f"{below:,}" if isinstance(below, int) else money(below)
    value = yuan(above / below)
    return Measure(id, label, value, unit, f"{above_name} {money(above)} ÷ {below_name} {shown}", basis)


def _per_thousand(media: Decimal, shows: int, basis: Basis) -> Measure:
    label = "千次曝光成本（CPM）"
    if not shows:
        return Measure("cpm", label, None, "元", "曝光为 0，算不出", basis)
    value = yuan(media * 1000 / shows)
    return Measure("cpm", label, value, "元", f"渠道花费 {money(media)} × 1000 ÷ 曝光 {shows:,}", basis)


def _sells(done: Outcome) -> bool:
    """Whether the last step of the goal is somebody who pays."""
    return bool(done.inputs.goal.get("pays", done.at("paid") is not None or done.brief.goal in ("拉新", "留资")))


def _deep(done: Outcome) -> str:
    return done.inputs.steps[-1].label


def _basis(done: Outcome) -> Basis:
    """`given` only where nothing at all was assumed."""
    return "given" if all(one.basis == "given" for one in done.inputs.inputs.values()) else "assumed"
