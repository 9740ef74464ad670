"""The charts of a plan as plotly figures, plain dicts: schedule, budget, funnel by channel, what ±20 % do.

Pure functions that import no plotly: a page hands the dicts to plotly.js, a web page makes `go.Figure(figure)` of them.
Names and figures stand as text on the bars: no colour has to be told apart, and nothing is cut on a telephone.
"""

import math
from decimal import Decimal

from copilot.arithmetic.returns import money, percent
from copilot.export.plan_charts_gantt import gantt_figure
from copilot.export.plan_charts_parts import (
    COLOURS,
    GREY,
    HATCH,
    Figure,
    Row,
    axis,
    bars,
    cut,
    label,
    laid,
    legend,
    shown,
    upright,
    wrapped,
)
from copilot.plans import BudgetLine, ChannelFunnel, Plan, Swing, plain
from copilot.writers.rules.plan.lines import number

__all__ = ["budget_figure", "funnel_figure", "gantt_figure", "sensitivity_figure"]

_NAME = 16  # characters of a name on a bar, so that its figure has room on a telephone
_ROWS = 54  # rows of the funnel that fit on a sheet
_SWINGS = 12  # rows of the picture of ±20 %
_BETWEEN = 0.4  # rows left free between two stages


def budget_figure(plan: Plan) -> Figure | None:
    """Return the lines of the budget, a bar for each with its subtotal and share; None without lines."""
    if not plan.budget:
        return None
    categories = list(dict.fromkeys(one.category for one in plan.budget))
    rows = [
        Row(
            at, one.subtotal, shown(f"{one.category} · {cut(one.item, _NAME - 3)}"),
            f"<b>{money(one.subtotal)}</b> 元　{percent(one.share, 1)}", _spent(one),
            COLOURS[categories.index(one.category) % len(COLOURS)],
        )
        for at, one in enumerate(plan.budget)
    ]  # fmt: skip
    most = max(plan.budget, key=lambda one: one.subtotal)
    told = f"预算 {money(plan.budget_total)} 元，{len(rows)} 行，最多的是{most.item}，{money(most.subtotal)} 元。"
    layout = laid(f"预算：合计 {money(plan.budget_total)} 元", 0, alt=told, note="条长是小计，同一类目同色。")
    return bars(rows, layout, {"range": [0, float(most.subtotal) or 1], "tickformat": ",", "nticks": 6})


def funnel_figure(plan: Plan) -> Figure | None:
    """Return the stages of the funnel, under each its channels; None without a funnel.

    The axis is logarithmic: 100,000 views and one order stand on no other. Where there are too many channels for a
    sheet, those with the fewest results stand together.
    """
    if not plan.funnel:
        return None
    leading, rest = _leading(plan)
    rows: list[Row] = []
    at = 0.0
    for stage in plan.funnel:
        left = f"<b>{shown(stage.stage)}</b>（{shown(stage.unit)}）"
        told = f"{stage.stage} {number(stage.value)} {stage.unit}：{stage.formula}"
        rows.append(Row(at, stage.value, left, f"<b>{number(stage.value)}</b>", told, GREY))
        for n, channel in enumerate(leading):
            for one in (s for s in channel.stages if s.id == stage.id):
                at += 1
                left, colour = f"　{shown(cut(channel.title, _NAME))}", COLOURS[n % len(COLOURS)]
                told = f"{channel.title}，{one.stage} {number(one.value)} {one.unit}：{one.formula}"
                rows.append(Row(at, one.value, left, number(one.value), told, colour))
        if rest:
            at += 1
            value = sum((s.value for c in rest for s in c.stages if s.id == stage.id), Decimal(0))
            told = f"{'、'.join(channel.title for channel in rest)} 合计"
            rows.append(Row(at, value, f"　其余 {len(rest)} 个渠道", number(value), told, GREY))
        at += 1 + (_BETWEEN if leading else 0)
    most = max(10.0, *(float(row.value) for row in rows))
    ticks = [10**n for n in range(math.floor(math.log10(most)) + 1)]
    told = "、".join(f"{stage.stage} {number(stage.value)} {stage.unit}" for stage in plan.funnel)
    layout = laid("漏斗：各环节和各渠道", 0, alt=f"漏斗：{told}。", note=_funnel_note(plan, bool(leading)))
    scale = {"type": "log", "range": [-0.15, math.log10(most)], "tickvals": ticks}
    return bars(rows, layout, scale | {"ticktext": [_power(tick) for tick in ticks]})


def sensitivity_figure(plan: Plan) -> Figure | None:
    """Return what ±20 % of each input do to the outcome, greatest first; None where nothing moves it.

    Bars begin at the outcome as planned; `customdata` is [input, value, outcome].
    """
    swings = sorted(plan.sensitivity, key=lambda s: -abs(s.outcome_high - s.outcome_low))[:_SWINGS]
    ends = [n for s in swings for n in (s.outcome_low, s.outcome_high)]
    base, unit = sum(channel.outcome for channel in plan.channel_funnels), _unit(plan)
    if set(ends) <= {base}:
        return None
    titles = {channel.channel: channel.title for channel in plan.channel_funnels} | {"": "全部渠道"}
    names = [f"{titles.get(swing.channel, swing.channel)} · {swing.input}" for swing in swings]
    least, most = min(base, *ends), max(base, *ends)
    room = (most - least) * 0.03
    told = f"预计 {base:,} {unit}，影响最大的是{names[0]}，{ends[0]:,} 到 {ends[1]:,} {unit}。"
    note = f"右边两个数：这一项减 20%、加 20% 时的结果（{unit}）。{_target_note(plan, most, unit)}"
    layout = laid(f"敏感度：现在预计 {base:,} {unit}", 44 * len(swings) + 100, alt=told, note=note)
    layout |= {
        "barmode": "overlay", "margin": {"l": 10, "r": 10, "t": 40, "b": 60},
        "xaxis": axis(range=[least - room, most + room], tickformat=",", showgrid=True, nticks=7),
        "yaxis": axis(range=[len(swings) - 0.4, -0.6], showticklabels=False),
        "legend": legend(-28 / (44 * len(swings)), "top"), "shapes": [upright(base, "solid")],
        "annotations": [
            text
            for n, (name, swing) in enumerate(zip(names, swings, strict=True))
            for text in (
                label(n - 0.28, shown(cut(name, _NAME + 4))),
                label(n - 0.28, f"减 <b>{swing.outcome_low:,}</b>　加 <b>{swing.outcome_high:,}</b>", 1),
            )
        ],
    }  # fmt: skip
    return {"data": [_side(plan, swings, names, high=high) for high in (False, True)], "layout": layout}


def _side(plan: Plan, swings: list[Swing], names: list[str], *, high: bool) -> Figure:
    base, unit = sum(channel.outcome for channel in plan.channel_funnels), _unit(plan)
    ends = [swing.outcome_high if high else swing.outcome_low for swing in swings]
    values = [swing.high if high else swing.low for swing in swings]
    units = {(one.channel, one.label): one.unit for one in plan.assumptions}
    told = [_valued(v, units.get((s.channel, s.input), "")) for s, v in zip(swings, values, strict=True)]
    sign = "加 20%" if high else "减 20%"
    return {
        "type": "bar", "orientation": "h", "name": sign, "y": list(range(len(swings))), "base": base,
        "x": [end - base for end in ends], "width": 0.4, "offset": 0.0, "hoverinfo": "text",
        "hovertext": [
            wrapped(name, f"{sign}，到 {value}：{end:,} {unit}")
            for name, value, end in zip(names, told, ends, strict=True)
        ],
        "customdata": [[s.input, plain(value), end] for s, value, end in zip(swings, values, ends, strict=True)],
        "marker": {
            "color": COLOURS[0] if high else COLOURS[1],
            "pattern": {"shape": "" if high else "/", **HATCH},
        },
    }  # fmt: skip


def _spent(one: BudgetLine) -> str:
    told = f"{number(one.quantity)} {one.unit} × {number(one.unit_price)} 元 = {money(one.subtotal)} 元"
    return "，".join(part for part in (one.item, told, one.note, one.due) if part)


def _leading(plan: Plan) -> tuple[list[ChannelFunnel], list[ChannelFunnel]]:
    """Return the channels that get rows of their own, and the others; one channel alone is the whole funnel."""
    some = list(plan.channel_funnels)
    if len(some) < 2:
        return [], []
    room = _ROWS // len(plan.funnel) - 1
    if len(some) <= room:
        return some, []
    best = {c.channel for c in sorted(some, key=lambda c: -c.outcome)[: room - 1]}
    return [c for c in some if c.channel in best], [c for c in some if c.channel not in best]


def _funnel_note(plan: Plan, several: bool) -> str:
    whole = "灰条是各渠道合计" if several else "、".join(channel.title for channel in plan.channel_funnels)
    return f"{whole}；横轴每格 10 倍。" if whole else "横轴每格 10 倍。"


def _target_note(plan: Plan, most: int, unit: str) -> str:
    if plan.gap is None or plan.gap.target <= plan.gap.forecast:
        return ""
    below = plan.gap.target > most
    return f"目标是 {plan.gap.target:,} {unit}" + ("，单独动哪一项 20% 都到不了。" if below else "。")


def _unit(plan: Plan) -> str:
    """Return the unit of the outcome: what a result costs is counted in it, 元/人."""
    return next((m.unit.partition("/")[2] for m in plan.measures if m.id == "cost_per_result"), "")


def _valued(value: Decimal, unit: str) -> str:
    return percent(value) if unit == "%" else f"{number(value)} {unit}".strip()


def _power(value: int) -> str:
    return f"{value // 10_000:,} 万" if value >= 10_000 else f"{value:,}"
