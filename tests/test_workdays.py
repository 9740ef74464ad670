"""Workdays of mainland China: holidays, weekends worked for them, years that nobody has announced."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.arithmetic.workdays import (
    _NAMES,
    add_workdays,
    assumed_years,
    holidays_between,
    is_workday,
    next_workday,
    workdays_between,
)

DAYS = st.dates(date(2004, 1, 1), date(2100, 12, 31))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        pytest.param("2026-10-01", False, id="holiday on a Thursday"),
        pytest.param("2026-10-10", True, id="Saturday worked for it"),
        pytest.param("2026-11-23", True, id="Monday"),
        pytest.param("2026-11-22", False, id="Sunday"),
        pytest.param("2050-10-03", True, id="unknown year, Monday"),
        pytest.param("2050-10-01", False, id="unknown year, Saturday"),
        pytest.param("2003-12-31", True, id="before the table, Wednesday"),
    ],
)
def test_workdays(day: str, works: bool) -> None:
    """By the announcement where there is one, by the weekday elsewhere."""
    assert is_workday(date.fromisoformat(day)) is works


@given(DAYS.filter(lambda day: day.year <= 2026))
def test_known_years_are_the_packages(day: date) -> None:
    """Where the package answers at all, it gives the same answer."""
    import chinese_calendar

    assert is_workday(day) is chinese_calendar.is_workday(day)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        pytest.param("2026-09-30", 1, "2026-10-08", id="over the golden week"),
        pytest.param("2026-10-08", -1, "2026-09-30", id="back over it"),
        pytest.param("2026-10-09", 1, "2026-10-10", id="onto a worked Saturday"),
        pytest.param("2026-10-01", 0, "2026-10-08", id="none: on or after"),
        pytest.param("2026-11-23", 0, "2026-11-23", id="none: the day itself"),
        pytest.param("2026-11-22", 5, "2026-11-27", id="a week from Sunday"),
        pytest.param("2026-11-22", -5, "2026-11-16", id="a week before Sunday"),
    ],
)
def test_adding(day: str, n: int, expected: str) -> None:
    """Steps count workdays only, in both directions."""
    assert add_workdays(date.fromisoformat(day), n) == date.fromisoformat(expected)


@given(DAYS, st.integers(-60, 60))
def test_adding_and_counting_agree(day: date, n: int) -> None:
    """From a workday, n steps pass n more workdays, and n steps back return to it."""
    day = next_workday(day)
    there = add_workdays(day, n)
    assert is_workday(there)
    assert add_workdays(there, -n) == day
    assert workdays_between(min(day, there), max(day, there)) == abs(n) + 1


@given(DAYS)
def test_the_next_workday(day: date) -> None:
    """No workday lies between a day and the next workday on or after it."""
    found = next_workday(day)
    assert found >= day
    assert is_workday(found)
    assert workdays_between(day, found) == 1


def test_counting() -> None:
    """Both ends count; an end before the start gives 0."""
    assert workdays_between(date(2026, 9, 28), date(2026, 10, 10)) == 6
    assert workdays_between(date(2026, 10, 1), date(2026, 10, 7)) == 0
    assert workdays_between(date(2026, 10, 2), date(2026, 9, 30)) == 0
    assert workdays_between(date(2026, 1, 1), date(2026, 12, 31)) == 248  # 365 − 104 days of weekends − 13 of holidays


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param("2026-09-20", "2026-10-31", ["09-25 09-27 中秋节", "10-01 10-07 国庆节"], id="two"),
        pytest.param("2025-09-01", "2025-10-31", ["10-01 10-08 国庆节、中秋节"], id="two in one run"),
        pytest.param("2012-06-01", "2012-06-30", ["06-22 06-24 端午节"], id="a Saturday that the table leaves out"),
        pytest.param("2017-04-20", "2017-05-10", ["04-29 05-01 劳动节"], id="the weekend before"),
        pytest.param("2026-10-03", "2026-10-05", ["10-03 10-05 国庆节"], id="cut at both ends"),
        pytest.param("2026-11-01", "2026-11-30", [], id="weekends only"),
        pytest.param("2027-01-01", "2027-12-31", [], id="not announced"),
    ],
)
def test_holidays(start: str, end: str, expected: list[str]) -> None:
    """As announced, in Chinese, with the weekend days that belong to them."""
    found = holidays_between(date.fromisoformat(start), date.fromisoformat(end))
    assert [f"{first:%m-%d} {last:%m-%d} {name}" for first, last, name in found] == expected


def test_every_holiday_has_a_name() -> None:
    """The package knows no holiday that has no Chinese name here."""
    import chinese_calendar

    assert {holiday.value for holiday in chinese_calendar.Holiday} == set(_NAMES)


@given(DAYS, st.integers(0, 500))
def test_nobody_works_on_holidays(start: date, length: int) -> None:
    """Holidays lie inside the period, in order, and hold no workday."""
    end = start + length * DAY
    found = holidays_between(start, end)
    for first, last, name in found:
        assert start <= first <= last <= end
        assert workdays_between(first, last) == 0
        assert name
    assert found == sorted(found)


def test_assumed_years() -> None:
    """Years beyond the table are named, each once, and known ones never."""
    assert assumed_years(date(2026, 1, 1), date(2026, 12, 31)) == ()
    assert assumed_years(date(2026, 12, 1), date(2028, 1, 1)) == (2027, 2028)
    assert assumed_years(date(2003, 12, 1), date(2004, 1, 5)) == (2003,)
