"""Money planned and spent, whole and by channel, and what each result cost."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from copilot.arithmetic.returns import money
from copilot.tasks.plan_review_actuals import Actuals
from copilot.tasks.plan_review_names import COST, Names
from copilot.tasks.plan_review_plan import Cost, Planned
from copilot.tasks.plan_review_records import MoneyRow
from copilot.tasks.plan_review_words import change

_CENT = Decimal("0.01")
_MEDIA = ("投放", "人力")
_HELD = "预留"


class Spending(NamedTuple):
    """The lines, what was spent in all (None: not all parts are known), and what is to be said of it."""

    rows: tuple[MoneyRow, ...]
    spent: Decimal | None
    planned: Decimal
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def spending_of(planned: Planned, actuals: Actuals, names: Names) -> Spending:
    """Return planned against spent; the reserve is not planned to be spent."""
    costs = [cost for cost in planned.costs if cost.category != _HELD]
    aim = sum((cost.amount for cost in costs), Decimal(0))
    stated, media = actuals.get(f"{COST}all"), actuals.get(f"{COST}media")
    channels = [title for title in _channels(planned) if actuals.get(f"{COST}media", title) is not None]
    others = sorted({cost.category for cost in costs if cost.category not in _MEDIA})
    known = [name for name in others if actuals.get(f"{COST}{name}") is not None]
    notes: list[str] = []
    if stated is None and media is not None and not channels and not known and others:
        stated, media = media, None
        notes.append(f"花费 {money(stated)} 元没有分渠道和类目，按全部支出读")
    rows = list(_by_channel(planned, actuals, names, costs))
    if media is not None and not channels:
        rows = [_row("渠道花费", _sum(costs, _MEDIA), media)]
    rows += [_row(name, _sum(costs, (name,)), actuals.get(f"{COST}{name}")) for name in others]
    missing = [row.item for row in rows if row.spent is None and row.planned]
    parts = [row for row in rows if row.spent is not None]
    spent = stated if stated is not None else None
    if spent is None and parts and not missing:
        spent = sum((row.spent for row in parts if row.spent is not None), Decimal(0))
    if stated is None and missing and parts:
        notes.append(f"{'、'.join(missing)}没有实际花费，合计和成本算不全")
    total = sum((row.spent for row in parts if row.spent is not None), Decimal(0))
    if stated is not None and parts and total > stated:
        notes.append(f"总花费写 {money(stated)} 元，各项相加 {money(total)} 元，按总花费；查一下哪边漏了")
    if not rows or (stated is None and not parts):
        return Spending(tuple(rows), None, aim, tuple(missing), tuple(notes))
    rows.append(_total(planned, actuals, names, aim, rows, spent))
    return Spending(tuple(rows), spent, aim, tuple(missing), tuple(notes))


def _by_channel(planned: Planned, actuals: Actuals, names: Names, costs: list[Cost]) -> Iterator[MoneyRow]:
    for channel in _channels(planned):
        aim = sum((c.amount for c in costs if c.channel == channel and c.category in _MEDIA), Decimal(0))
        spent = actuals.get(f"{COST}media", channel)
        labour = actuals.get(f"{COST}人力", channel)
        spent = labour if spent is None else spent + (labour or 0)
        wanted, came = planned.channels.get(channel, {}).get(names.main), actuals.get(names.main, channel)
        if aim or spent is not None or came is not None:
            spent = Decimal(0) if spent is None and not aim else spent
            yield _row(channel, aim, spent, wanted, came)


def _channels(planned: Planned) -> list[str]:
    return list(dict.fromkeys([*planned.channels, *(cost.channel for cost in planned.costs if cost.channel)]))


def _total(
    planned: Planned, actuals: Actuals, names: Names, aim: Decimal, rows: list[MoneyRow], spent: Decimal | None
) -> MoneyRow:
    """Return the sum; where parts are missing, of those that are known, and so is what they were planned to be."""
    wanted = next((step.value for step in planned.steps if step.id == names.main), None)
    came = actuals.get(names.main)
    if spent is not None:
        return _row("合计", aim, spent, wanted, came)
    parts = [row for row in rows if row.spent is not None]
    some = sum((row.spent for row in parts if row.spent is not None), Decimal(0))
    return _row("合计（只含有数的项）", sum((row.planned for row in parts), Decimal(0)), some, wanted, came)


def _row(
    item: str, aim: Decimal, spent: Decimal | None, wanted: Decimal | None = None, came: Decimal | None = None
) -> MoneyRow:
    planned_cost, cost = _each(aim, wanted), _each(spent, came)
    apart = None if spent is None else spent - aim
    dearer = None if cost is None or planned_cost is None else cost - planned_cost
    told = "没有数据" if spent is None else "与计划一样" if not apart else ""
    if apart:
        told = f"{'多' if apart > 0 else '少'}花 {money(abs(apart))} 元" + (f"（{change(apart / aim)}）" if aim else "")
    if dearer:
        told += f"，每个结果{'贵' if dearer > 0 else '便宜'} {money(abs(dearer))} 元"
    elif spent and came is not None and not came:
        told += "，没有带来结果"
    return MoneyRow(item, aim, spent, apart, wanted, came, planned_cost, cost, dearer, told)


def _each(amount: Decimal | None, count: Decimal | None) -> Decimal | None:
    return None if not amount or not count else (amount / count).quantize(_CENT, ROUND_HALF_UP)


def _sum(costs: list[Cost], categories: tuple[str, ...]) -> Decimal:
    return sum((cost.amount for cost in costs if cost.category in categories), Decimal(0))
