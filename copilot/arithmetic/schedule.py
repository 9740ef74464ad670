"""Where the tasks of a campaign plan fall: phases, cycles, milestones, and dates that respect what waits for what.

prepare and settle lie before and after the period, on workdays; warm, main and encore inside, on weekends too.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from graphlib import TopologicalSorter
from itertools import count, takewhile
from typing import NamedTuple

from copilot.arithmetic.workdays import add_workdays, next_workday
from copilot.plans import Window

WINDOWS: dict[str, Window] = {  # the phases in the order of time
    "prepare": "project", "warm": "activity", "main": "activity", "encore": "activity", "settle": "project"
}  # fmt: skip
_DAY = timedelta(days=1)

Span = tuple[date, date]  # first and last day, both counted
Cycle = tuple[str, date, date]  # label, first, last


class Wanted(NamedTuple):
    """A task to be placed. `days` ≥ 1: workdays in the window project, calendar days in activity; `after`: ids.

    A milestone takes no time, whatever `days` says: it falls on the day on which what it waits for has ended.
    """

    id: str
    phase: str
    owner: str
    text: str
    days: int
    after: tuple[str, ...]
    metric: str
    milestone: bool
    window: Window


class Placed(NamedTuple):
    """A task with its dates. `critical`: a day lost there delays the start of the campaign (prepare only).

    `squeezed`: its phase has too few days for the chain, so it starts on the day on which what it waits for ends.
    """

    id: str
    start: date
    end: date
    critical: bool = False
    squeezed: bool = False


class Milestone(NamedTuple):
    """A state to be checked."""

    label: str
    day: date
    phase: str


def cycles(start: date, end: date) -> tuple[Cycle, ...]:
    """Return the period in quarters, else months, else weeks: the largest that gives at least three, for a middle.

    Whole calendar quarters and months bear their names (第1季度, 3月), others count from `start` (第1个季度). A rest
    shorter than half a cycle belongs to the cycle before it. Under 18 days there are one or two weeks.
    """
    after = end + _DAY
    whole = start.day == after.day == 1
    year = "{first.year}年" if start.year != end.year else ""
    quarter = year + "第{quarter}季度" if whole and start.month % 3 == after.month % 3 == 1 else "第{n}个季度"
    if len(quarters := _blocks(start, end, lambda n: _add_months(start, 3 * n))) >= 3:
        return _labelled(quarters, quarter)
    if len(months := _blocks(start, end, lambda n: _add_months(start, n))) >= 3:
        return _labelled(months, "{first.month}月" if whole else "第{n}个月")
    return _labelled(_blocks(start, end, lambda n: start + timedelta(weeks=n)), "第{n}周")


def runs_in_cycles(start: date, end: date, kind: str) -> bool:
    """Return whether the phases are cycles: of a period above 60 days, of a work plan above 17."""
    return (_length(start, end) > 60 or kind == "annual") and len(cycles(start, end)) >= 3


def phase_spans(start: date, end: date, kind: str) -> dict[str, Span]:
    """Return the days of warm, main and encore, which fill the period without overlap from three days on.

    In cycles: the first, the middle ones, the last. Else 5 : 11 : 5, the middle of the rule of thumb 预热 3–7 天, 正式
    7–15 天, 返场 3–7 天 (facts 4.2, L), met by 13–29 days; beyond, main takes the rest. Of one or two days it has all.
    """
    if runs_in_cycles(start, end, kind):
        (_, _, warm_end), *_, (_, encore_start, _) = cycles(start, end)
    else:
        edge = min(7, max(1, (10 * _length(start, end) + 21) // 42))  # 5/21 of the days, rounded
        warm_end, encore_start = start + (edge - 1) * _DAY, end - (edge - 1) * _DAY
    main = (warm_end + _DAY, encore_start - _DAY) if encore_start - warm_end > _DAY else (start, end)
    return {"warm": (start, warm_end), "main": main, "encore": (encore_start, end)}


def milestones(
    start: date, end: date, spans: Mapping[str, Span], rounds: Sequence[Cycle] = (), settled: date | None = None
) -> tuple[Milestone, ...]:
    """Return what is checked when, in order; all lie in `start` … `end` but the last, the review.

    `rounds`: the cycles of a plan that runs in them, checked at the end of each. `settled`: the day on which the last
    task after the end is done; without it the fifth workday.
    """
    first, last = spans["main"]
    if rounds:
        found = [("开始执行", start), *((f"{label}核对", cycle_end) for label, _, cycle_end in rounds)]
    elif start + _DAY >= end:
        found = [("活动上线", start), ("活动结束", end)]
    else:
        half = [("正式期过半核对", first + (last - first) // 2)] if _length(first, last) >= 3 else []
        found = [("预热上线", start), ("正式开始", first), *half, ("返场开始", last + _DAY), ("活动结束", end)]
    inside = [Milestone(label, day, next(p for p, (a, b) in spans.items() if a <= day <= b)) for label, day in found]
    return (*inside, Milestone("复盘定稿", settled or add_workdays(end, 5), "settle"))


def place(tasks: Sequence[Wanted], start: date, end: date, kind: str = "activity") -> tuple[Placed, ...]:
    """Return the tasks with dates, in the order given; `start` ≤ `end` is the period of the campaign.

    prepare is reckoned back from the last workday before `start`, each task as late as its dependents allow; settle
    forward from the first workday after `end`.

    :raises ValueError: the data is wrong: an unknown, doubled or circular id, a wait for a later phase, no days
    """
    _check(tasks)
    phases = {phase: _in_order([task for task in tasks if task.phase == phase]) for phase in WINDOWS}
    placed = _prepare(phases["prepare"], add_workdays(start, -1))
    for phase, span in phase_spans(start, end, kind).items():
        placed = _activity(phases[phase], span, placed)
    placed |= _settle(phases["settle"], next_workday(end + _DAY))
    return tuple(placed[task.id] for task in tasks)


def _prepare(group: Sequence[Wanted], last: date) -> dict[str, Placed]:
    before, behind, placed = _before(group), _behind(group, _days), {}
    chain = {task.id: before[task.id] + _days(task) + behind[task.id] for task in group}
    for task in group:
        end = add_workdays(last, -behind[task.id])
        start, critical = add_workdays(end, min(0, 1 - _days(task))), chain[task.id] == max(chain.values())
        placed[task.id] = Placed(task.id, start, end, critical)
    return placed


def _settle(group: Sequence[Wanted], first: date) -> dict[str, Placed]:
    placed: dict[str, Placed] = {}
    for task in group:
        waits = [placed[id].end for id in task.after if id in placed]
        start = add_workdays(max(waits), 0 if task.milestone else 1) if waits else first
        placed[task.id] = Placed(task.id, start, add_workdays(start, max(0, _days(task) - 1)))
    return placed


def _activity(group: Sequence[Wanted], span: Span, placed: Mapping[str, Placed]) -> dict[str, Placed]:
    """Return `placed`, which holds the phases before, and the tasks of this one.

    Each task leaves a day for every link behind it, so only a chain of more links than days is squeezed.
    """
    first, last = span
    behind, links = _behind(group, _days), _behind(group, lambda task: min(1, _days(task)))
    starts, found = _starts(group, span, behind), {**placed}
    for task in group:
        ends = [found[id].end for id in task.after]
        latest = max(first, last - links[task.id] * _DAY)
        if task.milestone:
            day = max(first, *ends) if ends else max(first, last - behind[task.id] * _DAY)
            found[task.id] = Placed(task.id, day, day)
        else:
            start = min(latest, max([starts.get(task.id, first), *(one + _DAY for one in ends)]))
            end = min(latest, start + (task.days - 1) * _DAY)
            found[task.id] = Placed(task.id, start, end, squeezed=any(start <= one for one in ends))
    return found


def _starts(group: Sequence[Wanted], span: Span, behind: Mapping[str, int]) -> dict[str, date]:
    """Return from when on the tasks that wait for none of their phase may start: one after the other.

    Over two thirds of the phase, as what starts in the last third hardly moves a figure; never so late that the task
    and what waits for it would have to be cut.
    """
    free = [task for task in group if not task.milestone and behind.keys().isdisjoint(task.after)]
    spare = [max(0, _length(*span) - task.days - behind[task.id]) for task in free]
    room = -(-2 * _length(*span) // 3)
    return {task.id: span[0] + min(n * room // len(free), spare[n]) * _DAY for n, task in enumerate(free)}


def _before(group: Sequence[Wanted]) -> dict[str, int]:
    """Return by id the days that the longest chain within the group takes before a task."""
    days, found = {task.id: _days(task) for task in group}, dict[str, int]()
    for task in group:
        found[task.id] = max((found[id] + days[id] for id in task.after if id in days), default=0)
    return found


def _behind(group: Sequence[Wanted], days: Callable[[Wanted], int]) -> dict[str, int]:
    """Return by id the days that the longest chain within the group takes after a task."""
    found = {task.id: 0 for task in group}
    for task in reversed(group):
        for id in found.keys() & set(task.after):
            found[id] = max(found[id], found[task.id] + days(task))
    return found


def _in_order(group: Sequence[Wanted]) -> list[Wanted]:
    """Return the tasks of a phase so that each comes after what it waits for; a CycleError is a ValueError."""
    tasks = {task.id: task for task in group}
    waits = {id: [other for other in task.after if other in tasks] for id, task in tasks.items()}
    return [tasks[id] for id in TopologicalSorter(waits).static_order()]


def _check(tasks: Sequence[Wanted]) -> None:
    phases, rank = {task.id: task.phase for task in tasks}, list(WINDOWS).index
    if len(phases) < len(tasks):
        raise ValueError("two tasks have the same id")
    for task in tasks:
        if WINDOWS.get(task.phase) != task.window:
            raise ValueError(f"{task.id}: phase {task.phase!r} does not lie in window {task.window!r}")
        if task.days < 1 and not task.milestone:
            raise ValueError(f"{task.id}: {task.days} days")
        for id in task.after:
            if id not in phases or rank(phases[id]) > rank(task.phase):
                raise ValueError(f"{task.id} waits for {id}, which is unknown or of a later phase")


def _days(task: Wanted) -> int:
    return 0 if task.milestone else task.days


def _length(first: date, last: date) -> int:
    return (last - first).days + 1


def _blocks(start: date, end: date, first_of: Callable[[int], date]) -> list[Span]:
    firsts = list(takewhile(lambda day: day <= end, map(first_of, count())))
    if len(firsts) > 1 and 2 * _length(firsts[-1], end) < (first_of(len(firsts)) - firsts[-1]).days:
        firsts.pop()
    return list(zip(firsts, [day - _DAY for day in firsts[1:]] + [end], strict=True))


def _labelled(blocks: Sequence[Span], label: str) -> tuple[Cycle, ...]:
    return tuple((label.format(n=n, first=a, quarter=(a.month + 2) // 3), a, b) for n, (a, b) in enumerate(blocks, 1))


def _add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or the last of that month."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
