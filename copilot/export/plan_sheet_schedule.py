"""The sheets 排期 and 假日: dates that move what waits for them, workdays, bars over the days."""

import re
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, PatternFill, Side
from openpyxl.utils import get_column_letter

from copilot.arithmetic.workdays import assumed_years, holidays_between, is_workday, workdays_between
from copilot.export.plan_parts import short_task
from copilot.export.plan_sheet_cells import (
    BODY,
    DATE,
    FIGURE,
    HEAD,
    INPUT,
    Live,
    Look,
    Page,
    new_page,
    put,
    put_row,
    span_of,
)
from copilot.export.plan_sheet_names import (
    ACTIVITY,
    CRITICAL,
    FIRST_ROW,
    HEAD_ROW,
    HOLIDAY_COLUMNS,
    HOLIDAYS,
    MILESTONE,
    PROJECT,
    SCHEDULE,
    SCHEDULE_COLUMNS,
)
from copilot.plans import Task

_DAY = timedelta(days=1)
_MOST_DAYS = 120  # a longer plan has a column for each week
_SPARE = 7, 2  # days or weeks after the last day, for tasks that are moved
_AROUND = timedelta(days=120)  # days off are listed so far around the plan
_HOLIDAY_ROWS = 100  # of the list; the free ones are for what is announced later
_OFF, _WORKED = (span_of(HOLIDAYS, column, FIRST_ROW, FIRST_ROW + _HOLIDAY_ROWS - 1) for column in "AC")
_BARS = {MILESTONE: "C0392B", CRITICAL: "E08E45", PROJECT: "8FA3B8", ACTIVITY: "4472A8"}
_FREE = "EEF0F2"
_GAP = Border(top=Side(style="thin", color="FFFFFF"), bottom=Side(style="thin", color="FFFFFF"))  # between two bars
_MOVABLE = Look(colour="1F4FA3", free=True, wrap=False)  # a formula that a date may be written over
_TINY = Look(fill="DDE6F0", size=7, wrap=False, across="center")


def schedule_sheets(book: Any, tasks: Sequence[Task]) -> tuple[Page, Page]:
    """Add the schedule and the days off that it reckons with."""
    begun, ended = min(task.start for task in tasks), max(task.end for task in tasks)
    guessed = "、".join(map(str, assumed_years(begun, ended)))
    note = "黄底的开始日和天数可改，等它的任务跟着移；蓝字的开始日是公式，也可以直接写日期。"
    note += f"{guessed} 年的放假安排没有公布，按周一到周五算，公布后补进“假日”。" if guessed else ""
    page = new_page(book, SCHEDULE, "排期", note, SCHEDULE_COLUMNS, 3)
    listed, free = _holidays(book, begun - _AROUND, ended + _AROUND)
    for at in range(len(tasks)):
        _task_row(page, tasks, at, free)
    _bars(page, len(tasks), begun, ended)
    _legend(page, FIRST_ROW + len(tasks) + 1)
    return page, listed


def _holidays(book: Any, first: date, last: date) -> tuple[Page, set[date]]:
    """Add the list of weekdays off and weekends worked; return it with the former."""
    page = new_page(
        book, HOLIDAYS, "假日", "排期按这张表算工作日。放假安排有变，改或补在黄底的格子里。", HOLIDAY_COLUMNS
    )
    days = [first + n * _DAY for n in range((last - first).days + 1)]
    free = [day for day in days if day.weekday() < 5 and not is_workday(day)][:_HOLIDAY_ROWS]
    worked = [day for day in days if day.weekday() > 4 and is_workday(day)][:_HOLIDAY_ROWS]
    spans = holidays_between(first, last)
    names = {a + n * _DAY: name for a, b, name in spans for n in range((b - a).days + 1)}
    for at in range(_HOLIDAY_ROWS):
        off = free[at] if at < len(free) else None
        put(page, FIRST_ROW + at, 1, off, INPUT, DATE)
        put(page, FIRST_ROW + at, 2, names.get(off, "") if off else None, INPUT)
        put(page, FIRST_ROW + at, 3, worked[at] if at < len(worked) else None, INPUT, DATE)
    return page, set(free)


def _task_row(page: Page, tasks: Sequence[Task], at: int, free: Collection[date]) -> None:
    task, row = tasks[at], FIRST_ROW + at
    numbers = {one.id: n for n, one in enumerate(tasks)}
    waits = sorted(numbers[id] for id in task.depends_on if id in numbers)
    told = "、".join(str(n + 1) for n in waits)
    put_row(page, row, [at + 1, task.phase, _told(task), task.owner, told])
    start = _start(task, [tasks[n].end for n in waits], [FIRST_ROW + n for n in waits], free)
    end, days = _end(task, row, free)
    put(page, row, 6, start, _MOVABLE if isinstance(start, Live) else INPUT, DATE)
    put(page, row, 7, Live(end, task.end), FIGURE, DATE)
    put(page, row, 8, days, FIGURE if task.milestone else INPUT, "0")
    worked = f'COUNTIFS({_WORKED},">="&F{row},{_WORKED},"<="&G{row})'
    formula = f"NETWORKDAYS(F{row},G{row},{_OFF})+{worked}"
    put(page, row, 9, None if task.milestone else Live(formula, workdays_between(task.start, task.end)), FIGURE, "0")
    put(page, row, 10, task.metric, BODY)
    put(page, row, 11, _kind(task), BODY)


def _told(task: Task) -> str:
    """Return what is done, without who and when, which stand beside it and may change."""
    if not task.milestone:
        return short_task(task)
    return "◆ " + re.sub(r"^\d+/\d+(–\d+/\d+)? ", "", short_task(task))


def _kind(task: Task) -> str:
    if task.milestone:
        return MILESTONE
    if task.critical:
        return CRITICAL
    return PROJECT if task.window == "project" else ACTIVITY


def _start(task: Task, ends: Sequence[date], rows: Sequence[int], free: Collection[date]) -> Live | date:
    """Return the start: the day after what it waits for, or the planned one as long as that is later.

    A plan that puts both on one day, because its phase is too short, keeps its date.
    """
    if not ends or task.milestone:
        return task.start
    latest = f"MAX({','.join(f'G{row}' for row in rows)})"
    after, soonest = f"{latest}+1", max(ends) + _DAY
    if task.window == "project" and soonest != task.start and _workday(max(ends), 1, free) <= task.start:
        after, soonest = f"WORKDAY({latest},1,{_OFF})", _workday(max(ends), 1, free)
    if task.start == soonest:
        return Live(after, task.start)
    if task.start > soonest:
        return Live(f"MAX(DATE({task.start.year},{task.start.month},{task.start.day}),{after})", task.start)
    return task.start


def _end(task: Task, row: int, free: Collection[date]) -> tuple[str, int]:
    """Return the formula of the end and the days that it counts: workdays before and after the campaign."""
    if task.milestone:
        return f"F{row}", 0
    length = (task.end - task.start).days + 1
    days = sum(_counts(task.start + n * _DAY, free) for n in range(length))
    if task.window == "project" and days and _workday(task.start - _DAY, days, free) == task.end:
        return f"WORKDAY(F{row}-1,H{row},{_OFF})", days
    return f"F{row}+H{row}-1", length


def _workday(day: date, count: int, free: Collection[date]) -> date:
    """Return what WORKDAY gives: it knows days off, but no weekends worked."""
    while count:
        day += _DAY
        count -= _counts(day, free)
    return day


def _counts(day: date, free: Collection[date]) -> bool:
    return day.weekday() < 5 and day not in free


def _bars(page: Page, tasks: int, begun: date, ended: date) -> None:
    """Add a column for each day or week, coloured by rules of what begins and ends there."""
    sheet, first, last_row = page.sheet, len(SCHEDULE_COLUMNS) + 1, FIRST_ROW + tasks - 1
    weekly = (ended - begun).days + 1 > _MOST_DAYS
    step, begin = (7, begun - begun.weekday() * _DAY) if weekly else (1, begun)
    count = (ended - begin).days // step + 1 + _SPARE[weekly]
    start = f"MIN($F${FIRST_ROW}:$F${last_row})"
    for n in range(count):
        column = get_column_letter(first + n)
        formula = f"{get_column_letter(first + n - 1)}{HEAD_ROW}+{step}"
        if not n:
            formula = f"{start}-WEEKDAY({start},2)+1" if weekly else start
        put(page, HEAD_ROW, first + n, Live(formula, begin + n * step * _DAY), _TINY, "m/d")
        sheet.cell(HEAD_ROW, first + n).alignment = Alignment(horizontal="center", vertical="bottom", text_rotation=90)
        sheet.column_dimensions[column].width = 3.2 if weekly else 2.4
    sheet.row_dimensions[HEAD_ROW].height = 34
    day = f"{get_column_letter(first)}${HEAD_ROW}"
    area = f"{get_column_letter(first)}{FIRST_ROW}:{get_column_letter(first + count - 1)}{last_row}"
    inside = f"{day}<=$G{FIRST_ROW},{day}+{step - 1}>=$F{FIRST_ROW}"
    for kind, colour in _BARS.items():
        shown = f'AND($K{FIRST_ROW}="{kind}",{inside})'
        rule = FormulaRule([shown], fill=PatternFill("solid", bgColor=colour), border=_GAP, stopIfTrue=True)
        sheet.conditional_formatting.add(area, rule)
    if not weekly:
        off = f"OR(AND(WEEKDAY({day},2)>5,COUNTIF({_WORKED},{day})=0),COUNTIF({_OFF},{day})>0)"
        sheet.conditional_formatting.add(area, FormulaRule([off], fill=PatternFill("solid", bgColor=_FREE)))


def _legend(page: Page, row: int) -> None:
    put(page, row, 2, "图例", HEAD)
    put(page, row, 3, "天数：筹备和收尾按工作日，活动期按自然日", HEAD)
    for at, (kind, colour) in enumerate(_BARS.items(), row + 1):
        put(page, at, 2, "", Look(fill=colour))
        put(page, at, 3, kind, BODY)
