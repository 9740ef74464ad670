"""The schedule of a plan as bars: a table with a column for each day, or each week where there are too many days."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from copilot.arithmetic.workdays import is_workday
from copilot.export.plan_document_parts import add_paragraph
from copilot.export.plan_parts import line, short_task
from copilot.plans import Plan, Task
from copilot.text.counters import cut
from copilot.writers.rules.plan.lines import span

_MOST_DAYS = 62  # columns; beyond that a column is a week
_NAMED = 7.4  # cm for number and name of a task
_NAME = 52  # half characters of a name that fit there at 7 points
_BARS = ("0072B2", "E69F00", "009E73", "CC79A7", "56B4E9", "8C6D31")  # told apart by the colour-blind, too
_FREE, _PHASE, _HEAD, _RULE = "EDEDED", "F2F2F2", "DCE6F1", "BFBFBF"
_TWIPS = 567  # in a cm
_PAGE, _LOW, _USUAL, _HIGH = 8500, 175, 230, 280  # twips: a page's room for rows, heights of one
_NARROW = 0.37  # cm of a column that two digits in the usual type need


class _Cell(NamedTuple):
    """Some columns of a row that look alike."""

    columns: int
    fill: str = ""
    text: str = ""
    bold: bool = False
    left: bool = False
    size: int = 13  # half points


def add_bars(document: Any, plan: Plan, width: float) -> None:
    """Add the bars, grouped by phase, on `width` cm; numbers are those of the table, ◆ is a milestone."""
    if not plan.schedule:
        return
    first, last = min(t.start for t in plan.schedule), max(t.end for t in plan.schedule)
    days = (last - first).days + 1
    step = 1 if days <= _MOST_DAYS else 7
    begin = first if step == 1 else first - timedelta(days=first.weekday())
    units = [begin + n * timedelta(days=step) for n in range(-(-((last - begin).days + 1) // step))]
    title = "排期图" + ("" if step == 1 else "（一格一周）")
    document.add_heading(title, 2).paragraph_format.page_break_before = True
    free = [step == 1 and not is_workday(day) for day in units]
    phases = list(dict.fromkeys(task.phase for task in plan.schedule))
    grouped = [(phase, list(some)) for phase, some in groupby(enumerate(plan.schedule, 1), lambda pair: pair[1].phase)]
    high = min(_PAGE // (len(plan.schedule) + len(grouped) + 2), _HIGH)
    high = _USUAL if high < _LOW else high  # one page cannot hold them
    each = (width - _NAMED) / len(units)
    rows = [_row(cells, high, head=True) for cells in _head(units, free, 10 if each < _NARROW else 13)]
    for phase, tasks in grouped:
        spanned = span(min(t.start for _, t in tasks), max(t.end for _, t in tasks))
        rows.append(
            _row([_Cell(2 + len(units), _PHASE, f"{line(phase)}　{spanned}", bold=True, left=True)], high, keep=True)
        )
        color = _BARS[phases.index(phase) % len(_BARS)]
        rows += [_row(_bar(n, task, units, step, free, color), high) for n, task in tasks]
    grid = [0.8, _NAMED - 0.8, *([each] * len(units))]
    columns = "".join(f'<w:gridCol w:w="{round(one * _TWIPS)}"/>' for one in grid)
    xml = (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{round(width * _TWIPS)}" w:type="dxa"/>{_borders()}'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="20" w:type="dxa"/><w:right w:w="20" w:type="dxa"/>'
        f"</w:tblCellMar></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )
    told = "◆ 里程碑；名称加粗的是关键任务，它晚一天，后面跟着晚一天" + ("；灰格不上班。" if step == 1 else "。")
    after = add_paragraph(document, "Source", told)
    after._p.addprevious(parse_xml(xml))


def _head(units: Sequence[date], free: Sequence[bool], size: int) -> list[list[_Cell]]:
    """Return two rows: months, and days below them."""
    months = [_Cell(len(list(some)), _HEAD, f"{month} 月") for month, some in groupby(day.month for day in units)]
    days = [_Cell(1, _FREE if off else _HEAD, str(day.day), size=size) for day, off in zip(units, free, strict=True)]
    return [[_Cell(1, _HEAD), _Cell(1, _HEAD), *months], [_Cell(1, _HEAD, "序号"), _Cell(1, _HEAD, "任务"), *days]]


def _bar(number: int, task: Task, units: Sequence[date], step: int, free: Sequence[bool], color: str) -> list[_Cell]:
    named = short_task(task)
    short = cut(named, _NAME, "width")
    cells = [_Cell(1, "", str(number)), _Cell(1, "", short + ("…" if short != named else ""), task.critical, True)]
    fills = []
    for day, off in zip(units, free, strict=True):
        at = task.end if task.milestone else task.start
        inside = at <= day + timedelta(days=step - 1) and day <= task.end
        fills.append(("◆" if task.milestone else "bar") if inside else "off" if off else "")
    for fill, some in groupby(fills):
        color_of = {"bar": color, "off": _FREE}.get(fill, "")
        cells.append(_Cell(len(list(some)), color_of, "◆" if fill == "◆" else ""))
    return cells


def _row(cells: Sequence[_Cell], high: int, *, head: bool = False, keep: bool = False) -> str:
    repeated = "<w:tblHeader/>" if head else ""
    shown = "".join(_cell(cell, head or keep) for cell in cells)
    return f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="{high}" w:hRule="exact"/>{repeated}</w:trPr>{shown}</w:tr>'


def _cell(cell: _Cell, keep: bool) -> str:
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{cell.fill}"/>' if cell.fill else ""
    across = f'<w:gridSpan w:val="{cell.columns}"/>' if cell.columns > 1 else ""
    side = "left" if cell.left else "center"
    run = ""
    if cell.text:
        bold = "<w:b/>" if cell.bold else ""
        look = f'<w:rPr>{bold}<w:sz w:val="{cell.size}"/></w:rPr>'
        run = f'<w:r>{look}<w:t xml:space="preserve">{escape(cell.text)}</w:t></w:r>'
    kept = "<w:keepNext/>" if keep else ""
    return (
        f'<w:tc><w:tcPr>{across}{fill}<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="SmallTableText"/>'
        f'{kept}<w:jc w:val="{side}"/></w:pPr>{run}</w:p></w:tc>'
    )


def _borders() -> str:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    shown = "".join(f'<w:{side} w:val="single" w:sz="2" w:space="0" w:color="{_RULE}"/>' for side in sides)
    return f"<w:tblBorders>{shown}</w:tblBorders>"
