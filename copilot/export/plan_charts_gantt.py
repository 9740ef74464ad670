"""The schedule of a plan as a Gantt chart: phases by colour, milestones, free days, what a task waits for."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from copilot.arithmetic.workdays import assumed_years, holidays_between, is_workday
from copilot.export.plan_charts_parts import (
    COLOURS,
    HATCH,
    Figure,
    axis,
    cut,
    laid,
    legend,
    row_height,
    shown,
    upright,
    wrapped,
)
from copilot.export.plan_parts import short_task
from copilot.plans import Plan, Task
from copilot.writers.rules.plan.lines import short, span

_DAY = timedelta(days=1)
_DAY_MS = 86_400_000  # plotly measures bars on an axis of dates in milliseconds
_WEEKEND, _HOLIDAY = "rgba(128,128,128,.18)", "rgba(213,94,0,.24)"
_NAME = 16  # characters of a task's name before its bar
_WEEKS = 75  # days up to which the axis names weeks, and months above it


def gantt_figure(plan: Plan) -> Figure | None:
    """Return the schedule, a row for each task by its number in the table; None without tasks.

    `customdata` of bars and milestones is [id, start, end, workdays], both days inclusive.
    """
    if not plan.schedule:
        return None
    rows = list(enumerate(plan.schedule, 1))
    first, last = min(t.start for t in plan.schedule), max(t.end for t in plan.schedule)
    high = row_height(len(rows), 22)
    miles = sum(t.milestone for t in plan.schedule)
    told = f"排期：{first} 至 {last}，{len(rows) - miles} 项任务，{miles} 个里程碑。"
    layout = laid(f"排期：{first} 至 {last}", len(rows) * high + 154, alt=told, note=_note(plan, first, last))
    weeks = {"tickformat": "%-m/%-d", "dtick": 7 * _DAY_MS, "tick0": f"{first - _DAY * first.weekday()}"}
    months = {"tickformat": "%-m月\n%Y", "dtick": "M1", "tick0": f"{first:%Y-%m}-01", "tickangle": 0}
    layout |= {
        "barmode": "overlay", "margin": {"l": 10, "r": 16, "t": 74, "b": 80},
        "xaxis": axis(type="date", side="top", range=[f"{first}", f"{last + _DAY}"], showgrid=True)
        | (weeks if (last - first).days <= _WEEKS else months),
        "yaxis": axis(
            range=[len(rows) + 0.5, 0.5], automargin=True, tickvals=[n for n, _ in rows],
            ticktext=[shown(f"{n} {cut(short_task(task), _NAME)}") for n, task in rows],
            tickfont={"size": 11 if high > 16 else 10},
        ),
        "legend": legend(-30 / (len(rows) * high), "top"),
        "shapes": [*_free(first, last), *_edges(plan)],
        "annotations": [_holiday(n, *one) for n, one in enumerate(holidays_between(first, last))],
    }  # fmt: skip
    phases = dict.fromkeys(task.phase for task in plan.schedule)
    traces = [
        _phase(plan, phase, COLOURS[n % len(COLOURS)], critical)
        for n, phase in enumerate(phases)
        for critical in (False, True)
    ]
    return {"data": [trace for trace in (*traces, _milestones(plan)) if trace["y"]], "layout": layout}


def _phase(plan: Plan, phase: str, colour: str, critical: bool) -> Figure:
    """Return the bars of a phase; its critical ones are another trace, as a hatched one is no sample for the legend."""
    own = [(n, t) for n, t in enumerate(plan.schedule, 1) if t.phase == phase and not t.milestone]
    rows = [(n, t) for n, t in own if t.critical == critical]
    return {
        "type": "bar", "orientation": "h", "width": 0.7, "name": shown(phase), "y": [n for n, _ in rows],
        "base": [f"{t.start}" for _, t in rows], "x": [((t.end - t.start).days + 1) * _DAY_MS for _, t in rows],
        "legendgroup": shown(phase), "showlegend": not critical or all(t.critical for _, t in own),
        "marker": {"color": colour, "pattern": {"shape": "/" if critical else "", **HATCH}},
        "hoverinfo": "text", "hovertext": [_hover(plan, n, t) for n, t in rows],
        "customdata": [[t.id, f"{t.start}", f"{t.end}", t.workdays] for _, t in rows],
    }  # fmt: skip


def _milestones(plan: Plan) -> Figure:
    rows = [(n, t) for n, t in enumerate(plan.schedule, 1) if t.milestone]
    return {
        "type": "scatter", "mode": "markers", "name": "里程碑", "y": [n for n, _ in rows],
        "x": [f"{t.end}T12:00" for _, t in rows],
        "marker": {"symbol": "diamond", "size": 12, "color": "#444444", "line": {"color": "#ffffff", "width": 1}},
        "hoverinfo": "text", "hovertext": [_hover(plan, n, t) for n, t in rows],
        "customdata": [[t.id, f"{t.start}", f"{t.end}", t.workdays] for _, t in rows],
    }  # fmt: skip


def _hover(plan: Plan, place: int, task: Task) -> str:
    when = f"{span(task.start, task.end)}" + (f"，{task.workdays} 个工作日" if task.workdays else "")
    numbers = {one.id: (n, one) for n, one in enumerate(plan.schedule, 1)}
    waits = [numbers[id] for id in task.depends_on if id in numbers]
    return wrapped(
        f"{place} {short_task(task)}" + ("（关键）" if task.critical else ""),
        f"{task.phase}，{task.owner}，{when}",
        f"看：{task.metric}" if task.metric else "",
        "要等：" if waits else "",
        *(f"· {n} {cut(short_task(one), 24)}（{short(one.end)}）" for n, one in waits),
    )


def _free(first: date, last: date) -> Iterator[Figure]:
    """Yield a band for each run of free days; a run with a public holiday in it has another colour."""
    holidays = [(start, end) for start, end, _ in holidays_between(first, last)]
    days = (first + _DAY * n for n in range((last - first).days + 1))
    for works, run in groupby(days, key=is_workday):
        some = list(run)
        if not works:
            named = any(start <= some[0] <= end for start, end in holidays)
            yield {
                "type": "rect", "layer": "below", "xref": "x", "x0": f"{some[0]}", "x1": f"{some[-1] + _DAY}",
                "yref": "paper", "y0": 0, "y1": 1, "line": {"width": 0}, "fillcolor": _HOLIDAY if named else _WEEKEND,
            }  # fmt: skip


def _holiday(n: int, first: date, last: date, name: str) -> Figure:
    """Return the name of a holiday under its band; every other one is lower, as 中秋节 and 国庆节 stand close."""
    middle = first + (last + _DAY - first) / 2
    return {
        "x": f"{middle}", "xref": "x", "y": 0, "yref": "paper", "yanchor": "top", "yshift": -12 * (n % 2),
        "showarrow": False, "text": shown(name), "font": {"size": 10},
    }  # fmt: skip


def _edges(plan: Plan) -> list[Figure]:
    start, end = plan.brief.start, plan.brief.end
    return [upright(f"{start}", "dash"), upright(f"{end + _DAY}", "dash")] if start and end else []


def _note(plan: Plan, first: date, last: date) -> str:
    told = ["灰底是周末"]
    told += ["橙底是法定节假日"] if holidays_between(first, last) else []
    if plan.brief.start and plan.brief.end:
        told.append(f"虚线是开始 {short(plan.brief.start)} 和结束 {short(plan.brief.end)}")
    told += ["菱形是里程碑"] if any(task.milestone for task in plan.schedule) else []
    told += ["斜纹是关键任务"] if any(task.critical for task in plan.schedule) else []
    unknown = [f"{year} 年的放假安排还没有收录，按周一到周五算。" for year in assumed_years(first, last)]
    return f"{'，'.join(told)}；序号是下表的序号，指向色条看负责人和要等的任务。{''.join(unknown)}"
