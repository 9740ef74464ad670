"""The sheet 漏斗: the funnel of all channels and of each, as formulas of inputs and quantities."""

from decimal import Decimal
from typing import Any

from copilot.arithmetic.funnel import Source, Step
from copilot.export.plan_parts import BASES
from copilot.export.plan_sheet_cells import (
    ASIDE,
    COUNT,
    FIGURE,
    PERCENT,
    PLAIN,
    RATIO,
    TOTAL,
    Live,
    Look,
    Page,
    new_page,
    put,
    put_row,
)
from copilot.export.plan_sheet_chain import chain_values
from copilot.export.plan_sheet_charts import bars
from copilot.export.plan_sheet_layout import Layout
from copilot.export.plan_sheet_names import FIRST_ROW, FUNNEL, FUNNEL_COLUMNS

_LOGARITHMIC = 1_000  # from this ratio on the smallest bar of the funnel would not be seen


def funnel_sheet(book: Any, layout: Layout) -> Page:
    """Add the funnels: of all channels together, then of each."""
    note = "全是公式：数量取自“预算”，率取自“输入”。往下舍去小数，往上反推进位，触达不超过名单减对照组。"
    page = new_page(book, FUNNEL, "漏斗", note, FUNNEL_COLUMNS, 2, "J")
    done = layout.done
    first = FIRST_ROW + len(done.inputs.steps)
    last = max(first, *layout.funnel_rows.values())  # a budget may pay for no channel at all
    for at, (step, stage) in enumerate(zip(done.inputs.steps, layout.plan.funnel, strict=True)):
        row = layout.funnel_rows["", f"count{at}"]
        whole = f"SUMIFS($F${first}:$F${last},$J${first}:$J${last},$J{row})"
        cells = ["全部渠道", step.label, step.unit, None, None, None, None, BASES[stage.basis], "各渠道相加", step.id]
        put_row(page, row, cells, dict.fromkeys(range(1, 10), TOTAL) | {10: ASIDE})
        put(page, row, 6, Live(whole, done.outlay.totals[at]), TOTAL, COUNT)
        _ratio(page, row, step, done.outlay.totals, at, TOTAL)
    for channel in layout.buys:
        _channel_rows(page, layout, channel)
    totals = done.outlay.totals
    spread = min(totals) > 0 and max(totals) / min(totals) > _LOGARITHMIC
    title = "漏斗（对数刻度）" if spread else "漏斗"
    bars(page, title, (2, 6), (FIRST_ROW, first - 1), f"A{last + 3}", logarithmic=spread)
    return page


def _channel_rows(page: Page, layout: Layout, channel: str) -> None:
    steps, buy = layout.done.inputs.steps, layout.buys[channel]
    values, outside = chain_values(steps, buy.source, buy.quantity), layout.outside(channel)
    places = {name: f"F{layout.funnel_rows[channel, name]}" for one, name in layout.funnel_rows if one == channel}
    places |= {f"raw{at}": f"E{layout.funnel_rows[channel, f'count{at}']}" for at in range(len(steps))}
    formulas = {node.name: node.formula.format_map(outside | places) for node in layout.nodes(channel)}
    bases = next(one.stages for one in layout.plan.channel_funnels if one.channel == channel)
    for (one, name), row in layout.funnel_rows.items():
        if one != channel:
            continue
        title = layout.done.inputs.info[channel]["title"]
        if not name.startswith("count"):
            label, unit = _round_label(steps, name)
            put_row(page, row, [title, label, unit, None, None, None, None, "", "新客再邀新客，按同样的率", name])
            put(page, row, 6, Live(formulas[name], values[name]), FIGURE, COUNT)
            put(page, row, 10, name, ASIDE)
            continue
        at = int(name[5:])
        step = steps[at]
        words = _words(layout, channel, at)
        put_row(page, row, [title, step.label, step.unit, None, None, None, None, BASES[bases[at].basis], words])
        put(page, row, 10, step.id, ASIDE)
        if step.rate and at > (1 if steps[0].id == "pool" else 0):
            share = layout.done.inputs.inputs[layout.key(step.rate, channel) or ("", "")]
            shown = PERCENT if share.unit == "%" else PLAIN
            put(page, row, 4, Live(outside[f"rate{at}"], buy.source.rates[step.rate]), FIGURE, shown)
        if f"raw{at}" in formulas:
            put(page, row, 5, Live(formulas[f"raw{at}"], values[f"raw{at}"]), ASIDE, COUNT)
        put(page, row, 6, Live(formulas[name], values[name]), FIGURE, COUNT)
        _ratio(page, row, step, buy.counts, at)


def _ratio(page: Page, row: int, step: Step, counted: tuple[int, ...], at: int, look: Look = FIGURE) -> None:
    """Show which part of the stage before gets here; nothing where people are multiplied or reached several times."""
    if at and step.how in ("rate", "less"):
        share = Decimal(counted[at]) / counted[at - 1] if counted[at - 1] >= counted[at] > 0 else ""
        formula = f'IF(OR(F{row}=0,F{row}>F{row - 1}),"",F{row}/F{row - 1})'
        put(page, row, 7, Live(formula, share), look, RATIO)


def _words(layout: Layout, channel: str, at: int) -> str:
    """Return how a count comes about, without figures, which change."""
    steps, source = layout.done.inputs.steps, layout.buys[channel].source
    step, pooled = steps[at], steps[0].id == "pool"
    if step.id == "pool":
        return "可触达人数"
    bound = at == (1 if pooled else 0) and (channel, "reach") in layout.input_rows
    people = "（可触达人数 − 对照组）" if source.control else "可触达人数"
    times = " × 触达轮数" if pooled and ("", "waves") in layout.input_rows else ""
    cap = f"，不超过{people}{times}" if bound else ""
    if at == source.enters:
        return f"买的数量（{layout.done.inputs.units[channel]}）× {_each(layout, channel)}{cap}"
    if at < source.enters:
        word = "×" if steps[at + 1].how == "over" else "÷"
        return f"由{steps[at + 1].label}反推：{word} {_rate_words(layout, channel, at + 1)}，进位{cap}"
    before, rate = steps[at - 1].label, _rate_words(layout, channel, at)
    if step.how == "over":
        return f"{before} ÷ {rate}"
    rounds = _rounds_told(steps, source, at)
    return f"{before} × {rate}{rounds}"


def _rounds_told(steps: tuple[Step, ...], source: Source, at: int) -> str:
    times = next((n for n, step in enumerate(steps) if step.how == "times"), None)
    told = times is not None and source.enters < times and at in (times, times + 1) and source.rounds > 1
    return f"，{source.rounds} 轮相加" if told else ""


def _each(layout: Layout, channel: str) -> str:
    """Return what a unit brings, in words."""
    inputs = layout.done.inputs.inputs
    if (channel, "output") in inputs:
        return inputs[channel, "output"].label
    if layout.done.inputs.models[channel] == "message":
        key = layout.key("delivery_rate", channel)
        return inputs[key].label if key else "送达率"
    if layout.thinned(channel):
        return f"1000 ÷ {inputs[channel, 'frequency'].label}"
    return f"{layout.buys[channel].source.output:,f}"


def _rate_words(layout: Layout, channel: str, at: int) -> str:
    step = layout.done.inputs.steps[at]
    key = layout.key(step.rate, channel)
    label = layout.done.inputs.inputs[key].label if key else step.rate
    return f"（1 − {label}）" if step.how == "less" else label


def _round_label(steps: tuple[Step, ...], name: str) -> tuple[str, str]:
    times = next(at for at, step in enumerate(steps) if step.how == "times")
    part = name.rstrip("0123456789")
    step = steps[times + {"share": -1, "invite": 0, "new": 1}[part]]
    return f"　第 {name.removeprefix(part)} 轮{step.label}", step.unit
