"""A campaign plan → a file of the format that its name says, or the lines for a terminal."""

import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from copilot.arithmetic.returns import money, percent
from copilot.export.files import check_target, write_whole
from copilot.export.plan_parts import blocks_of, line, short_task, steps
from copilot.plans import Plan
from copilot.text.counters import count, cut
from copilot.writers.rules.plan.lines import number, short

_COLUMNS = 100  # of a terminal
_WORDS = re.compile(r"[!-~]+|.")
_NEVER_FIRST = frozenset("，。、；：？！）》”％…·,.;:?!)%]")


def write_plan(plan: Plan, path: Path, overwrite: bool = False) -> None:
    """Write the plan: docx to sign, xlsx to reckon with, md, html with charts, json (all of it).

    :raises InputError: the format is unknown, the file is there already and not to be replaced, or cannot be written
    """
    suffix = check_target(path, FORMATS, overwrite=overwrite)
    write_whole(path, _MAKERS[suffix](plan))


def _docx(plan: Plan) -> bytes:
    from copilot.export.plan_document import plan_docx  # python-docx

    return plan_docx(plan)


def _xlsx(plan: Plan) -> bytes:
    from copilot.export.plan_sheet import plan_xlsx  # openpyxl

    return plan_xlsx(plan)


def _md(plan: Plan) -> bytes:
    from copilot.export.plan_markdown import plan_markdown

    return plan_markdown(plan).encode()


def _html(plan: Plan) -> bytes:
    from copilot.export.plan_page import plan_html  # plotly

    return plan_html(plan).encode()


def _json(plan: Plan) -> bytes:
    return (json.dumps(plan.to_dict(), ensure_ascii=False, indent=1) + "\n").encode()


_MAKERS: dict[str, Callable[[Plan], bytes]] = {
    ".docx": _docx, ".xlsx": _xlsx, ".md": _md, ".html": _html, ".json": _json,
}  # fmt: skip
FORMATS = tuple(_MAKERS)  # suffixes


def plan_lines(plan: Plan) -> list[str]:
    """Return the plan for a terminal, at most 100 columns wide: summary, funnel, money, days, what is missing."""
    lines = [*_wrapped(line(plan.title)), ""]
    for block in blocks_of(plan.sections[0].body if plan.sections else ""):
        lines += _wrapped(block.text, "· " if block.kind == "bullet" else "")
    rates = ["", *steps(plan.funnel)]
    funnel = [(line(s.stage), number(s.value), line(s.unit), rate) for s, rate in zip(plan.funnel, rates, strict=False)]
    lines += _titled("漏斗", ("环节", "数量", "单位", "上一步的"), funnel, "lrlr")
    budget = [(b.category, line(b.item), number(b.quantity), line(b.unit), money(b.unit_price), money(b.subtotal),
               percent(b.share)) for b in plan.budget]  # fmt: skip
    budget.append(("合计", "", "", "", "", money(plan.budget_total), percent(Decimal(1)) if plan.budget else ""))
    lines += _titled("预算", ("类目", "项目", "数量", "单位", "单价", "小计", "占比"), budget, "llrlrrr")
    days = [(str(n), line(t.phase), "◆" if t.milestone else "关键" if t.critical else "", short(t.start), short(t.end),
             line(t.owner), short_task(t)) for n, t in enumerate(plan.schedule, 1)]  # fmt: skip
    lines += _titled("排期", ("序号", "阶段", "标记", "开始", "结束", "负责人", "任务"), days, "rllrrll")
    if plan.missing:
        lines += ["", "还要补充"]
        for gap in plan.missing:
            lines += _wrapped(f"{line(gap.question)}（没有补充前：{line(gap.assumed)}）", "· ")
    if plan.notes:
        lines += ["", "说明"]
        for note in plan.notes:
            lines += _wrapped(line(note), "· ")
    told = f"全文 {len(plan.sections)} 节、引用 {len(plan.citations)} 条：用 -o 方案.docx 写出，"
    return [*lines, "", *_wrapped(f"{told}也可以写成 .xlsx .md .html .json。")]


def _titled(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> list[str]:
    return ["", title, *_aligned([header, *rows], sides)] if rows else []


def _aligned(rows: Sequence[Sequence[str]], sides: str) -> list[str]:
    """Return rows as aligned text; the widest column of texts is cut until all fits."""
    widths = [max(count(cell, "width") for cell in column) for column in zip(*rows, strict=True)]
    over = sum(widths) + 2 * (len(widths) - 1) - _COLUMNS
    while over > 0:
        widest = max(range(len(widths)), key=lambda at: widths[at])
        others = sorted(widths)[-2] if len(widths) > 1 else 0
        less = min(over, max(widths[widest] - others, 1))
        widths[widest] -= less
        over -= less
    found = []
    for row in rows:
        cells = []
        for cell, width, side in zip(row, widths, sides, strict=True):
            shown = cell if count(cell, "width") <= width else cut(cell, width - 2, "width") + "…"
            gap = " " * (width - _shown(shown))
            cells.append(gap + shown if side == "r" else shown + gap)
        found.append("  ".join(cells).rstrip())
    return found


def _wrapped(text: str, lead: str = "") -> list[str]:
    """Return a text on lines of at most 100 columns; figures and Latin words stay whole, no line begins with a stop."""
    words = _WORDS.findall(text)
    lines, now = [], lead
    for at, word in enumerate(words):
        stop = words[at + 1] if at + 1 < len(words) and words[at + 1][0] in _NEVER_FIRST else ""
        if now.strip() and _shown(now + word + stop) > _COLUMNS and word[0] not in _NEVER_FIRST:
            lines.append(now.rstrip())
            now = " " * len(lead)
            word = word.lstrip()
        now += word
    lines.append(now.rstrip())
    return [cut(one, _COLUMNS, "width") for one in lines]


def _shown(text: str) -> int:
    return count(text, "width")
