"""Where tasks fall: phases and cycles, dates before, inside and after the period, what waits for what."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from copilot.arithmetic.schedule import (
    WINDOWS,
    Placed,
    Wanted,
    cycles,
    milestones,
    phase_spans,
    place,
    runs_in_cycles,
)
from copilot.arithmetic.workdays import add_workdays, is_workday, workdays_between
from copilot.plans import KINDS

DAY = timedelta(days=1)
PHASES = tuple(WINDOWS)
STARTS = st.dates(date(2004, 1, 1), date(2100, 12, 31))
LENGTHS = st.one_of(st.integers(1, 5), st.integers(1, 70), st.integers(1, 800))
GOALS = Path(__file__).resolve().parent.parent / "copilot" / "knowledge" / "plan" / "goals"
KIND = st.sampled_from(KINDS)
BEGIN, END = date(2026, 11, 30), date(2026, 12, 20)  # a Monday, a Sunday; 21 days: warm 5, main 11, encore 5


def task(id: str, phase: str = "prepare", days: int = 1, after: Sequence[str] = (), milestone: bool = False) -> Wanted:
    """A task of which only the time matters."""
    return Wanted(id, phase, "用户运营", "发短信 100 条", days, tuple(after), "打开率", milestone, WINDOWS[phase])


def days(first: date, last: date) -> int:
    """How many days, both counted."""
    return (last - first).days + 1


def placed(*tasks: Wanted, start: date = BEGIN, end: date = END, kind: str = "activity") -> dict[str, Placed]:
    """The tasks with dates, by id."""
    return {one.id: one for one in place(tasks, start, end, kind)}


def dates(one: Placed) -> str:
    """The dates of a task: `11-27 11-30`."""
    return f"{one.start:%m-%d} {one.end:%m-%d}"


@st.composite
def task_lists(draw: st.DrawFn) -> list[Wanted]:
    """Tasks of all phases, in any order, that wait for any of their own or an earlier phase."""
    phases = sorted(draw(st.lists(st.sampled_from(PHASES), max_size=14)), key=PHASES.index)
    found: list[Wanted] = []
    for n, phase in enumerate(phases):
        after = draw(st.lists(st.sampled_from([one.id for one in found]), max_size=3, unique=True)) if found else []
        found.append(task(f"t{n}", phase, draw(st.integers(1, 12)), after, draw(st.integers(0, 5)) == 0))
    return draw(st.permutations(found))


# Cycles and phases


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(
            "2027-01-01", "2027-12-31", "第1季度 01-01, 第2季度 04-01, 第3季度 07-01, 第4季度 10-01", id="calendar year"
        ),
        pytest.param(
            "2027-04-01", "2028-03-31",
            "2027年第2季度 04-01, 2027年第3季度 07-01, 2027年第4季度 10-01, 2028年第1季度 01-01", id="business year",
        ),
        pytest.param(
            "2027-01-15", "2028-01-14", "第1个季度 01-15, 第2个季度 04-15, 第3个季度 07-15, 第4个季度 10-15", id="from the 15th"
        ),
        pytest.param(
            "2027-01-01", "2027-06-30", "1月 01-01, 2月 02-01, 3月 03-01, 4月 04-01, 5月 05-01, 6月 06-01", id="half a year"
        ),
        pytest.param("2026-11-01", "2027-01-31", "11月 11-01, 12月 12-01, 1月 01-01", id="three months over New Year"),
        pytest.param("2027-01-31", "2027-04-29", "第1个月 01-31, 第2个月 02-28, 第3个月 03-31", id="from the 31st"),
        pytest.param("2027-03-01", "2027-03-31", "第1周 03-01, 第2周 03-08, 第3周 03-15, 第4周 03-22", id="a month"),
        pytest.param(
            "2027-03-01", "2027-04-04", "第1周 03-01, 第2周 03-08, 第3周 03-15, 第4周 03-22, 第5周 03-29", id="35 days"
        ),
        pytest.param("2027-03-01", "2027-03-01", "第1周 03-01", id="a day"),
    ],
)  # fmt: skip
def test_cycles(start: str, end: str, expected: str) -> None:
    """The largest unit of which there are three; a short rest belongs to the last one."""
    found = cycles(date.fromisoformat(start), date.fromisoformat(end))
    assert ", ".join(f"{label} {first:%m-%d}" for label, first, _ in found) == expected


@given(STARTS, LENGTHS)
def test_cycles_cover_the_period(start: date, length: int) -> None:
    """Without gap or overlap, under different labels, three at least from 18 days on."""
    end = start + (length - 1) * DAY
    found = cycles(start, end)
    assert (found[0][1], found[-1][2]) == (start, end)
    assert all(first <= last for _, first, last in found)
    assert all(after[1] == before[2] + DAY for before, after in pairwise(found))
    assert len({label for label, _, _ in found}) == len(found)
    assert len(found) >= 3 or length < 18


@pytest.mark.parametrize("length", range(13, 30))
def test_phases_keep_to_the_rule_of_thumb(length: int) -> None:
    """预热 3–7 天, 正式 7–15 天, 返场 3–7 天, wherever the period allows that."""
    spans = phase_spans(BEGIN, BEGIN + (length - 1) * DAY, "activity")
    assert 3 <= days(*spans["warm"]) <= 7
    assert 7 <= days(*spans["main"]) <= 15
    assert 3 <= days(*spans["encore"]) <= 7


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        pytest.param(1, (1, 1, 1), id="one day for all"),
        pytest.param(2, (1, 2, 1), id="two days, both of main"),
        pytest.param(3, (1, 1, 1), id="a day each"),
        pytest.param(7, (2, 3, 2), id="a week"),
        pytest.param(60, (7, 46, 7), id="60 days"),
    ],
)
def test_shorter_and_longer_periods(length: int, expected: tuple[int, ...]) -> None:
    """In proportion when shorter, at most 7 days at both ends when longer."""
    spans = phase_spans(BEGIN, BEGIN + (length - 1) * DAY, "launch")
    assert tuple(days(*span) for span in spans.values()) == expected


def test_a_year_runs_in_quarters() -> None:
    """The first quarter, the two in the middle, the last one; whatever the kind."""
    start, end = date(2027, 1, 1), date(2027, 12, 31)
    for kind in KINDS:
        assert phase_spans(start, end, kind) == {
            "warm": (start, date(2027, 3, 31)),
            "main": (date(2027, 4, 1), date(2027, 9, 30)),
            "encore": (date(2027, 10, 1), end),
        }


def test_a_month_of_a_work_plan_runs_in_weeks() -> None:
    """Of a work plan, but not of a campaign; a week of a work plan has no three cycles."""
    start, end = date(2027, 3, 1), date(2027, 3, 31)
    assert phase_spans(start, end, "annual")["main"] == (date(2027, 3, 8), date(2027, 3, 21))
    assert not runs_in_cycles(start, end, "activity")
    assert not runs_in_cycles(start, date(2027, 3, 7), "annual")


@given(STARTS, LENGTHS, KIND)
def test_phases_fill_the_period(start: date, length: int, kind: str) -> None:
    """From three days on: one after the other, none empty."""
    end = start + (length - 1) * DAY
    (a, b), (c, d), (e, f) = phase_spans(start, end, kind).values()
    assert (a, f) == (start, end)
    assert a <= b and c <= d and e <= f
    assert length < 3 or (c, e) == (b + DAY, d + DAY)


# Placing


@given(task_lists(), STARTS, LENGTHS, KIND)
@example([task(f"t{n}", phase) for n, phase in enumerate(PHASES)], BEGIN, 1, "activity")
def test_every_date_is_allowed(tasks: list[Wanted], start: date, length: int, kind: str) -> None:
    """Activity inside its phase, prepare before, settle after, both from workday to workday; lengths as asked for."""
    end = start + (length - 1) * DAY
    spans = phase_spans(start, end, kind)
    found = place(tasks, start, end, kind)
    assert [one.id for one in found] == [one.id for one in tasks]
    for wanted, one in zip(tasks, found, strict=True):
        assert one.start <= one.end
        if wanted.phase in spans:
            first, last = spans[wanted.phase]
            assert first <= one.start and one.end <= last
            assert days(one.start, one.end) <= (1 if wanted.milestone else wanted.days)
        else:
            assert one.end < start if wanted.phase == "prepare" else one.start > end
            assert is_workday(one.start) and is_workday(one.end)
            assert workdays_between(one.start, one.end) == (1 if wanted.milestone else wanted.days)
        assert not (one.critical and wanted.phase != "prepare")


@given(task_lists(), STARTS, LENGTHS, KIND)
def test_nothing_starts_too_early(tasks: list[Wanted], start: date, length: int, kind: str) -> None:
    """After what it waits for; on that day for a milestone, and, flagged, where the phase has no room."""
    found = {one.id: one for one in place(tasks, start, start + (length - 1) * DAY, kind)}
    for wanted in tasks:
        one = found[wanted.id]
        ends = [found[id].end for id in wanted.after]
        same_day = wanted.milestone or one.squeezed
        assert all(one.start > end or (same_day and one.start == end) for end in ends)
        assert not one.squeezed or (wanted.window == "activity" and one.start in ends)


@given(task_lists(), STARTS, st.integers(3, 800), KIND)
def test_squeezed_only_without_room(tasks: list[Wanted], start: date, length: int, kind: str) -> None:
    """A phase that has a day for each of its tasks squeezes none."""
    end = start + (length - 1) * DAY
    found = {one.id: one for one in place(tasks, start, end, kind)}
    for phase, span in phase_spans(start, end, kind).items():
        group = [found[one.id] for one in tasks if one.phase == phase]
        assert len(group) > days(*span) or not any(one.squeezed for one in group)


@given(task_lists(), STARTS, LENGTHS, KIND)
def test_the_critical_path(tasks: list[Wanted], start: date, length: int, kind: str) -> None:
    """From the first workday of the preparation to the eve of the start, link by link, without a day between."""
    found = {one.id: one for one in place(tasks, start, start + (length - 1) * DAY, kind)}
    prepare = {one.id: one for one in tasks if one.phase == "prepare"}
    if not any(not one.milestone for one in prepare.values()):
        return
    path = [found[id] for id in prepare if found[id].critical]
    assert max(one.end for one in path) == add_workdays(start, -1)
    assert min(one.start for one in path) == min(found[id].start for id in prepare)
    first, last = min(one.start for one in path), max(one.end for one in path)
    busy = {day for one in path for day in (one.start + n * DAY for n in range(days(one.start, one.end)))}
    assert all(first + n * DAY in busy for n in range(days(first, last)) if is_workday(first + n * DAY))


@given(task_lists(), STARTS, LENGTHS, KIND)
def test_equal_input_gives_equal_dates(tasks: list[Wanted], start: date, length: int, kind: str) -> None:
    """Twice the same."""
    end = start + (length - 1) * DAY
    assert place(tasks, start, end, kind) == place(list(tasks), start, end, kind)


def test_the_longest_chain_decides() -> None:
    """Back from the last workday, over two holidays; what is not on the chain is done when it is needed."""
    found = placed(
        task("list", days=2),
        task("copy", days=3, after=["list"]),
        task("law", after=["copy"]),
        task("page", days=2),
        start=date(2026, 10, 9),
        end=date(2026, 10, 20),
    )
    assert [dates(one) for one in found.values()] == ["09-23 09-24", "09-28 09-30", "10-08 10-08", "09-30 10-08"]
    assert [id for id, one in found.items() if one.critical] == ["list", "copy", "law"]


def test_after_the_end() -> None:
    """From the first workday on; a milestone on the day the chain ends, what waits for it on the next workday."""
    found = placed(
        task("pay", "settle", 2),
        task("paid", "settle", 0, ["pay"], milestone=True),
        task("review", "settle", 3, ["paid"]),
    )
    assert [dates(one) for one in found.values()] == ["12-21 12-22", "12-22 12-22", "12-23 12-25"]


def test_a_milestone_first() -> None:
    """What waits for a milestone starts after its day, in every phase, even if the milestone waits for nothing."""
    for phase in PHASES:
        found = placed(task("m", phase, 0, milestone=True), task("t", phase, 2, ["m"]))
        assert found["t"].start > found["m"].end
        assert days(found["t"].start, found["t"].end) == 2


def test_starts_are_spread() -> None:
    """Over two thirds of the phase, in the order given; a long task early enough to be done."""
    short = placed(*(task(f"t{n}", "main", 2) for n in range(4)))
    assert [dates(one) for one in short.values()] == ["12-05 12-06", "12-07 12-08", "12-09 12-10", "12-11 12-12"]
    long = placed(task("a", "main"), task("b", "main", 10))
    assert dates(long["b"]) == "12-06 12-15"


@given(st.integers(2, 9), STARTS, LENGTHS, KIND)
def test_not_everything_starts_on_the_first_day(number: int, start: date, length: int, kind: str) -> None:
    """Where the phase has two days at least."""
    end = start + (length - 1) * DAY
    found = place([task(f"t{n}", "main") for n in range(number)], start, end, kind)
    assert len({one.start for one in found}) > 1 or days(*phase_spans(start, end, kind)["main"]) == 1


def test_too_long_tasks_are_shortened() -> None:
    """To the end of the phase, with a day left for what waits for them."""
    found = placed(task("a", "encore", 30), task("b", "encore", 30, ["a"]))
    assert [dates(one) for one in found.values()] == ["12-16 12-19", "12-20 12-20"]
    assert not any(one.squeezed for one in found.values())


def test_no_room_is_flagged() -> None:
    """On one day everything happens on that day, and what should have waited says so."""
    found = placed(task("a", "main"), task("b", "main", 1, ["a"]), task("c", "encore", 1, ["b"]), end=BEGIN)
    assert {dates(one) for one in found.values()} == {"11-30 11-30"}
    assert [one.squeezed for one in found.values()] == [False, True, True]


def test_milestones_among_tasks() -> None:
    """On the day that what they wait for ends; without that at the end of the phase, or before what waits for them."""
    found = placed(
        task("a", "main", 3),
        task("checked", "main", 0, ["a"], milestone=True),
        task("closed", "main", 0, milestone=True),
        task("go", "main", 0, milestone=True),
        task("b", "main", 4, ["go"]),
    )
    assert [dates(found[id]) for id in ("checked", "closed", "go")] == ["12-07 12-07", "12-15 12-15", "12-11 12-11"]
    assert dates(found["b"]) == "12-12 12-15"


def test_no_tasks() -> None:
    """Nothing wanted, nothing placed."""
    assert place([], BEGIN, END) == ()


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        pytest.param([task("a", after=["x"])], "a waits for x", id="unknown id"),
        pytest.param([task("a", after=["b"]), task("b", after=["a"])], "cycle", id="circle"),
        pytest.param([task("a", after=["a"])], "cycle", id="waits for itself"),
        pytest.param([task("a", after=["b"]), task("b", "main")], "a waits for b", id="later phase"),
        pytest.param([task("a"), task("a")], "same id", id="same id"),
        pytest.param([task("a", days=0)], "0 days", id="no days"),
        pytest.param([task("a")._replace(phase="before")], "'before'", id="unknown phase"),
        pytest.param([task("a")._replace(window="activity")], "'activity'", id="wrong window"),
    ],
)
def test_wrong_data(tasks: list[Wanted], message: str) -> None:
    """A mistake of the playbook's author is a ValueError that names the task."""
    with pytest.raises(ValueError, match=message):
        place(tasks, BEGIN, END)


@pytest.mark.parametrize("path", sorted(GOALS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_tasks_can_be_placed(path: Path) -> None:
    """The tasks of every goal: ids known, no circle, nothing squeezed in three weeks."""
    shipped = yaml.safe_load(path.read_text(encoding="utf-8"))["tasks"]
    tasks = [task(one["id"], one["phase"], one["days"], one["after"], one.get("milestone", False)) for one in shipped]
    assert not any(one.squeezed for one in place(tasks, BEGIN, END))


# Milestones


def told(start: date, end: date, kind: str) -> list[str]:
    """The milestones of a plan: `预热上线 11-30 warm`."""
    rounds = cycles(start, end) if runs_in_cycles(start, end, kind) else ()
    return [f"{m.label} {m.day:%m-%d} {m.phase}" for m in milestones(start, end, phase_spans(start, end, kind), rounds)]


def test_milestones_of_a_campaign() -> None:
    """Where a phase begins, in the middle, at the end, and the review."""
    assert told(BEGIN, END, "activity") == [
        "预热上线 11-30 warm",
        "正式开始 12-05 main",
        "正式期过半核对 12-10 main",
        "返场开始 12-16 encore",
        "活动结束 12-20 encore",
        "复盘定稿 12-25 settle",
    ]


def test_milestones_of_a_year() -> None:
    """At the end of each quarter."""
    assert told(date(2026, 1, 1), date(2026, 12, 31), "annual") == [
        "开始执行 01-01 warm",
        "第1季度核对 03-31 warm",
        "第2季度核对 06-30 main",
        "第3季度核对 09-30 main",
        "第4季度核对 12-31 encore",
        "复盘定稿 01-07 settle",
    ]


def test_milestones_of_a_day() -> None:
    """Begin and end, no phases."""
    assert [one.split()[0] for one in told(BEGIN, BEGIN, "activity")] == ["活动上线", "活动结束", "复盘定稿"]


def test_the_review_waits_for_the_last_task() -> None:
    """Its day is what the caller says, when tasks after the end take longer."""
    found = milestones(BEGIN, END, phase_spans(BEGIN, END, "activity"), settled=date(2027, 1, 15))
    assert found[-1].day == date(2027, 1, 15)


@given(STARTS, LENGTHS, KIND)
def test_milestones_lie_inside(start: date, length: int, kind: str) -> None:
    """All but the review, in order, each in its phase; the review after the end, on a workday."""
    end = start + (length - 1) * DAY
    spans = phase_spans(start, end, kind)
    *inside, review = milestones(start, end, spans, cycles(start, end) if runs_in_cycles(start, end, kind) else ())
    found = [one.day for one in inside]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (start, end)
    assert all(spans[one.phase][0] <= one.day <= spans[one.phase][1] for one in inside)
    assert review.day > end and is_workday(review.day)
