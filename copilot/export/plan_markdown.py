"""`Plan` → Markdown with a Gantt chart and a funnel in Mermaid; whatever a user wrote is escaped in both."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby

from copilot.arithmetic.workdays import is_workday
from copilot.export.plan_parts import (
    LEGEND,
    Block,
    appendices,
    blocks_of,
    chapters,
    facts,
    how_made,
    line,
    place,
    quote,
    short_task,
    steps,
)
from copilot.export.score import escaped, point_name
from copilot.plans import Plan
from copilot.writers.rules.plan.lines import number

_FIRST = re.compile(r"^(\d+)([.)])|^([-+=])")  # what would begin a list or underline a heading
_CITE = re.compile(r"\\\[(\d+)\\\](?![(:])")
_DAY = timedelta(days=1)


def plan_markdown(plan: Plan) -> str:
    """Return the plan: title block, sections, charts behind schedule and funnel, open questions, citations."""
    parts = [f"# {_plain(plan.title)}", _table([("项目", "内容"), *facts(plan)], _plain), _legend()]
    for title, section in chapters(plan):
        blocks = blocks_of(section.body)
        first = next((at for at, block in enumerate(blocks) if block.kind == "table"), len(blocks))
        parts += [f"## {_plain(title)}", *_blocks(blocks[: first + 1], _cited)]
        parts += [_chart(plan, section.id), *_blocks(blocks[first + 1 :], _cited)]
    for part in appendices(plan):
        parts += [f"## {_plain(part.title)}", *_blocks(part.blocks, _plain)]
        told = (f"- [{c.n}] {_plain(place(c))}：“{_plain(quote(c))}”（{_plain(c.source)}）" for c in part.cites)
        parts.append("\n".join(told))
    parts.append(f"*{how_made(plan)}。*")
    return "\n\n".join(part for part in parts if part) + "\n"


def _blocks(blocks: Sequence[Block], shown: Callable[[str], str]) -> list[str]:
    """Return blocks in Markdown; neighbouring bullets are one list."""
    found = []
    for bullets, some in groupby(blocks, key=lambda block: block.kind == "bullet"):
        if bullets:
            found.append("\n".join(f"- {shown(block.text)}" for block in some))
            continue
        for block in some:
            lead = "### " if block.kind == "head" else ""
            found.append(_table(block.rows, shown) if block.rows else lead + shown(block.text))
    return found


def _legend() -> str:
    return "> " + "；".join(f"**{_plain(mark)}** {meaning}" for mark, meaning in LEGEND) + "。"


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is; `$` would begin a formula."""
    shown = escaped(line(text)).replace("$", "\\$")
    return _FIRST.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", shown)


def _cited(text: str) -> str:
    """Return a sentence of a body: citations stay `[3]`, and never become a link."""
    return _CITE.sub(r"[\1]", _plain(text))


def _table(rows: Sequence[Sequence[str]], shown: Callable[[str], str]) -> str:
    head, *rest = [[shown(cell) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rest))


def _chart(plan: Plan, section: str) -> str:
    return {"schedule": _gantt, "path": _funnel}[section](plan) if section in ("schedule", "path") else ""


def _gantt(plan: Plan) -> str:
    """Return the schedule as a Mermaid Gantt chart; its numbers are those of the table before it.

    Ends are inclusive, as in the table. Bars with an end of their own are not stretched by `excludes`, which shades
    the free days.
    """
    if not plan.schedule:
        return ""
    first, last = min(t.start for t in plan.schedule), max(t.end for t in plan.schedule)
    days = [first + n * _DAY for n in range((last - first).days + 1)]
    off = [f"{day}" for day in days if day.weekday() < 5 and not is_workday(day)]
    worked = [f"{day}" for day in days if day.weekday() >= 5 and is_workday(day)]  # for a holiday in the week
    lines = ["gantt", f"    title {_name(plan.title)}", "    dateFormat YYYY-MM-DD", "    inclusiveEndDates"]
    lines.append("    todayMarker off")
    lines += ["    axisFormat %m/%d", f"    excludes {', '.join(['weekends', *off])}"]
    lines += [f"    includes {', '.join(worked)}"] if worked else []
    numbered = enumerate(plan.schedule, 1)
    for phase, tasks in groupby(numbered, key=lambda pair: pair[1].phase):
        lines.append(f"    section {_name(phase)}")
        for n, task in tasks:
            tags = ["milestone"] if task.milestone else []
            tags += ["crit"] if task.critical else []
            end = "0d" if task.milestone else f"{task.end}"
            day = task.end if task.milestone else task.start
            lines.append(f"    {n} {_name(short_task(task))} :{', '.join([*tags, f't{n}', f'{day}', end])}")
    return _mermaid(lines)


def _funnel(plan: Plan) -> str:
    """Return the funnel as a Mermaid flowchart, with what part reaches the next stage."""
    if len(plan.funnel) < 2:
        return ""
    lines = ["flowchart LR"]
    for n, stage in enumerate(plan.funnel):
        lines.append(f'    s{n}["{_name(stage.stage)}<br/>{number(stage.value)} {_name(stage.unit)}"]')
    lines += [f'    s{n} -->|"{step.replace("%", "％")}"| s{n + 1}' for n, step in enumerate(steps(plan.funnel))]
    return _mermaid(lines)


def _name(text: str) -> str:
    """Return a name for Mermaid: a task's ends at the first colon, its data at commas."""
    return point_name(line(text)).replace(",", "，")


def _mermaid(lines: Sequence[str]) -> str:
    return "\n".join(["```mermaid", *lines, "```"])
