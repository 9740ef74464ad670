"""The sheet 敏感度过程: the funnel and the cost of a channel once more, with one input a fifth up or down."""

from decimal import Decimal
from typing import Any, NamedTuple

from openpyxl.utils import get_column_letter

from copilot.arithmetic.budget import yuan
from copilot.arithmetic.funnel import Source
from copilot.arithmetic.outcome import with_value
from copilot.export.plan_sheet_cells import COUNT, FIGURE, MONEY, PRICE, Live, Page, new_page, put, put_row
from copilot.export.plan_sheet_chain import chain_values
from copilot.export.plan_sheet_layout import Key, Layout
from copilot.export.plan_sheet_names import FIRST_ROW, TRIAL_COLUMNS, TRIALS

PRICE_AT, COST_AT, MORE_COST, MORE_OUTCOME, MORE_DEEP = "D", "E", "F", "G", "H"  # columns of TRIAL_COLUMNS


class Change(NamedTuple):
    """One input at one end: its value there, the cell that holds it, what the end is called."""

    key: Key
    value: Decimal
    cell: str
    end: str


class Trial(NamedTuple):
    """What a change comes to, and the rows that reckon it; `last` before `first`: only the return changes."""

    first: int
    last: int
    outcome: int
    deep: int
    spend: Decimal


def trial_sheet(book: Any, layout: Layout) -> Page:
    """Add the sheet, still without rows."""
    note = "“敏感度”上表的中间步骤：每行是一个渠道，只换一个输入，其余照旧。不用改。"
    columns = [*TRIAL_COLUMNS, *((_label(layout, name), 14) for name in _names(layout))]
    return new_page(book, TRIALS, "敏感度过程", note, columns, 3)


def add_trial(page: Page, layout: Layout, change: Change, row: int) -> Trial:
    """Add a row for each channel that the input touches, or for the subsidy; return what they come to."""
    done = layout.done
    last = len(done.inputs.steps) - 1
    found = Trial(row, row - 1, done.count, done.outlay.totals[last], done.spend)
    for channel, buy in layout.buys.items():
        if not _touches(layout, change.key, channel):
            continue
        source = _changed(layout, channel, change)
        counted = chain_values(done.inputs.steps, source, buy.quantity)
        _channel_row(page, layout, channel, change, found.last + 1, counted, source.price)
        found = found._replace(
            last=found.last + 1,
            outcome=found.outcome + counted[f"count{done.stage}"] - buy.counts[done.stage],
            deep=found.deep + counted[f"count{last}"] - buy.counts[last],
            spend=found.spend + yuan(source.price * buy.quantity) - buy.spend,
        )
    at = layout.line("补贴")
    if change.key[1] == "subsidy" and at:
        line = layout.lines[at - FIRST_ROW]
        _cost(page, layout, at, change, found.last + 1, "补贴", change.cell, change.value)
        more = yuan(line.quantity * change.value) - line.subtotal
        found = found._replace(last=found.last + 1, spend=found.spend + more)
    return found


def _channel_row(
    page: Page, layout: Layout, channel: str, change: Change, row: int, counted: dict[str, int], price: Decimal
) -> None:
    """Write the whole chain of a channel on one row, and what it adds to the plan."""
    done, buy = layout.done, layout.buys[channel]
    instead = {change.key: change.cell}
    formula = layout.price(channel, instead) or layout.budget("单价（元）", layout.bought[channel])
    title = str(done.inputs.info[channel]["title"])
    _cost(page, layout, layout.bought[channel], change, row, title, formula, price)
    columns = {name: len(TRIAL_COLUMNS) + n for n, name in enumerate(_names(layout), 1)}
    cells = {name: f"{get_column_letter(column)}{row}" for name, column in columns.items()}
    known = layout.outside(channel, instead) | cells
    for node in layout.nodes(channel):
        live = Live(node.formula.format_map(known), counted[node.name])
        put(page, row, columns[node.name], live, FIGURE, COUNT)
    for column, at in ((7, done.stage), (8, len(done.inputs.steps) - 1)):
        more = Live(f"{cells[f'count{at}']}-{layout.count(at, channel)}", counted[f"count{at}"] - buy.counts[at])
        put(page, row, column, more, FIGURE, COUNT)


def _cost(
    page: Page, layout: Layout, at: int, change: Change, row: int, title: str, formula: str, price: Decimal
) -> None:
    """Write what a line of the budget, in row `at` there, costs at another price."""
    line, label = layout.lines[at - FIRST_ROW], layout.done.inputs.inputs[change.key].label
    put_row(page, row, [label, title, change.end])
    cost = yuan(line.quantity * price)
    put(page, row, 4, Live(formula, price), FIGURE, PRICE)
    times = f"ROUND(ROUND({layout.budget('数量', at)}*{PRICE_AT}{row},6),2)"
    put(page, row, 5, Live(times, cost), FIGURE, MONEY)
    more = f"ROUND({COST_AT}{row}-{layout.budget('小计（元）', at)},2)"
    put(page, row, 6, Live(more, cost - line.subtotal), FIGURE, MONEY)


def _touches(layout: Layout, key: Key, channel: str) -> bool:
    """Whether an input enters the funnel or the price of a channel."""
    id = key[1]
    if id == "aov":
        return (channel, "commission") in layout.input_rows
    if layout.key(id, channel) != key:
        return False
    used = {step.rate for step in layout.done.inputs.steps if step.rate} | {"price", "commission", "output", "reach"}
    used |= {"waves"} if layout.done.inputs.steps[0].id == "pool" else set()
    used |= {"delivery_rate"} if layout.done.inputs.models[channel] == "message" else set()
    return id in used or (id == "frequency" and layout.thinned(channel))


def _changed(layout: Layout, channel: str, change: Change) -> Source:
    """Return a channel with one input changed."""
    source, inputs, id = layout.buys[channel].source, layout.done.inputs, change.key[1]
    if id in ("commission", "aov"):
        order = change.value if id == "aov" else inputs.value("aov") or Decimal(0)
        share = change.value if id == "commission" else inputs.value("commission", channel) or Decimal(0)
        return source._replace(price=yuan(order * share))
    return with_value(source, id, change.value, inputs.models[channel])


def _names(layout: Layout) -> list[str]:
    """Return the cells of all chains, each once."""
    return list(dict.fromkeys(node.name for channel in layout.buys for node in layout.nodes(channel)))


def _label(layout: Layout, name: str) -> str:
    """Return what a column of the chain is called."""
    part = name.rstrip("0123456789")
    number = int(name.removeprefix(part))
    if part in ("raw", "count"):
        return f"{layout.done.inputs.steps[number].label}{'（封顶前）' if part == 'raw' else ''}"
    return f"第 {number} 轮{ {'share': '发起', 'invite': '邀请', 'new': '新客'}[part] }"
