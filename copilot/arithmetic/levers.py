"""The gap between target and budget, the three levers that would close it, and how far each assumption may be off."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from copilot.arithmetic.channel_inputs import Input
from copilot.arithmetic.outcome import Outcome, break_even
from copilot.arithmetic.returns import money, money_of, percent, spoken
from copilot.plans import Assumption, GapReport, Lever

_FIXED = ("reserve", "control", "waves", "arpu", "churn_rate", "subsidy")  # decided, or without effect on the outcome
_PRICES = ("aov", "gross_margin")
_HUNDREDTH = Decimal("0.0001")
_CENT = Decimal("0.01")
_FAR = Decimal("1.5")  # times a rate of the user's own beyond which reaching it is called hard (our choice)


def gap_of(done: Outcome) -> GapReport | None:
    """Return target against forecast; None without a target."""
    if done.wanted is None:
        return None
    step = done.inputs.steps[done.stage]
    unit = spoken(step.unit)
    missing = max(0, done.wanted - done.count)
    aim = f"目标 {done.wanted:,} {unit}{step.label}"
    levers = _levers(done) if missing else ()
    if missing:
        told = f"{aim}，预算 {money(done.budget)} 元按假设只够 {done.count:,} {unit}，差 {missing:,} {unit}"
    elif done.needed is not None and done.needed < done.budget:
        told = f"{aim}按假设 {money(done.needed)} 元就够，预算 {money(done.budget)} 元预计 {done.count:,} {unit}"
    else:
        told = f"{aim}，预算 {money(done.budget)} 元按假设正好够"
    return GapReport(done.wanted, done.count, missing, done.budget, done.needed, levers, told)


def assumptions_of(done: Outcome) -> tuple[Assumption, ...]:
    """Return every input with its range and the value at which the target is just met (P3)."""
    found = []
    for (channel, id), one in done.inputs.inputs.items():
        even = None if id in _FIXED else _even(done, one)
        found.append(
            Assumption(
                id,
                one.label,
                channel,
                one.value,
                one.unit,
                one.basis,
                one.low,
                one.high,
                even,
                _verdict(done, one, even),
                one.replace,
            )
        )
    return tuple(found)


def shown(one: Input, value: Decimal) -> str:
    """Return a value of an input as people read it: 2%, 40 元, 3 次."""
    if one.unit == "%":
        return percent(value)
    text = money(value) if value == value.quantize(Decimal("0.01")) else f"{value.normalize():f}"
    return f"{text} {one.unit}"


def _levers(done: Outcome) -> tuple[Lever, ...]:
    """Less target, more money (or people), a better rate: in this order."""
    unit, wanted = spoken(done.inputs.steps[done.stage].unit), Decimal(done.wanted or 0)
    told = f"目标从 {wanted:,} 减到 {done.count:,} {unit}，预算不动"
    found = [Lever("target", "减目标", wanted, Decimal(done.count), told)]
    if done.needed is not None:
        told = f"预算从 {money(done.budget)} 元加到 {money(done.needed)} 元，目标不动"
        found.append(Lever("budget", "加预算", done.budget, done.needed, told))
    else:
        pool = Decimal(sum(source.pool for source in done.inputs.sources))
        wider = (pool * wanted / done.count).to_integral_value(ROUND_CEILING) if done.count and pool else None
        told = "现有名单和渠道加多少钱也到不了目标：扩名单或加渠道"
        if wider is not None:
            told = f"可触达人数从 {pool:,} 扩到约 {wider:,}：现有名单加多少钱也到不了目标"
        found.append(Lever("reach", "扩人数", pool, wider, told))
    return (*found, _rate_lever(done))


def _rate_lever(done: Outcome) -> Lever:
    """The rate that has to move least; one that stays inside its range goes before all others."""
    best: tuple[tuple[bool, Decimal], Input, Decimal] | None = None
    for (_, id), one in done.inputs.inputs.items():
        if one.unit != "%" or id in (*_FIXED, *_PRICES, "commission", "delivery_rate") or not one.value:
            continue
        even = break_even(done, one.channel, id, done.wanted or 0)
        if even is None or even > 1:
            continue
        apart = max(even / one.value, one.value / even) if even else Decimal(10**6)
        outside = apart > _FAR if one.basis == "given" else not one.low <= even <= one.high
        order = (outside, apart)
        if best is None or order < best[0]:
            best = (order, one, even)
    if best is None:
        return Lever("rate", "提转化", Decimal(0), None, "单独提高任何一个转化率都补不上差距，要几项一起改")
    (outside, _), one, even = best
    where = f"{done.inputs.info[one.channel]['title']}的" if one.channel else ""
    told = f"{where}{one.label}从 {percent(one.value)} 改到 {percent(_up(even))}"
    told += (
        f"（超出假设区间 {percent(one.low)}–{percent(one.high)}，很难）" if outside and one.basis == "assumed" else ""
    )
    return Lever("rate", "提转化", one.value, _up(even), told)


def _even(done: Outcome, one: Input) -> Decimal | None:
    if one.id in _PRICES:
        return _even_return(done, one)
    if done.wanted is None:
        return None
    return break_even(done, one.channel, one.id, done.wanted)


def _even_return(done: Outcome, one: Input) -> Decimal | None:
    """The price or margin at which the margin just pays what is spent."""
    found = money_of(done)
    if not found.margin or not one.value:
        return None
    return (one.value * done.spend / found.margin).quantize(_HUNDREDTH)


def _verdict(done: Outcome, one: Input, even: Decimal | None) -> str:
    """Say what the break-even means."""
    if one.id in _FIXED or (one.basis == "given" and even is None):
        return ""
    if one.id in _PRICES:
        return f"低于 {shown(one, even)}就亏" if even is not None and even <= (1 if one.unit == "%" else even) else ""
    if done.wanted is None:
        return "没有给目标，不设达标线"
    if even is None:
        return "单独改它到不了目标" if done.count < done.wanted else "单独变差也不影响达标"
    worse = one.id in ("price", "refund_rate", "frequency")
    missed = done.count < done.wanted
    exact = even.quantize(_HUNDREDTH if one.unit == "%" else Decimal("0.001"), ROUND_FLOOR)
    value = shown(one, exact if worse else _up(even) if one.unit == "%" else even.quantize(_CENT, ROUND_CEILING))
    if missed:
        return f"{'降到' if worse else '提到'} {value}才达标"
    return f"{'高于' if worse else '低于'} {value}不达标"


def _up(value: Decimal) -> Decimal:
    return min(Decimal(1), value.quantize(_HUNDREDTH, ROUND_CEILING))
