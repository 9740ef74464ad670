"""Dates of many spellings and what they tell."""

from datetime import date, datetime, timedelta

import pytest

from copilot.feedback.trend import read_dates, trend, unit_of

DAY = date(2026, 11, 3)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-03", "2026/11/3 08:00", "20261103", "２０２６．１１．３", "2026年11月3日", "11月3日", "11-3", 46329, "46329.5",
        1793664000, "1793664000000", "2026-11-02T20:00:00Z", "2026-11-03 23:30:00 +0900", "Nov 3, 2026", "3 November 2026",
        datetime(2026, 11, 3, 9), DAY, "昨天", "1天前", "20261103123045",
    ],
)  # fmt: skip
def test_a_day_in_many_spellings(value: object) -> None:
    """Texts, Excel serials, seconds and moments with a zone (as days of China)."""
    assert read_dates([value], date(2026, 11, 4)) == [DAY]


@pytest.mark.parametrize("value", ["", None, "很好用", "5", 3.5, "2026-02-30", "2026-13-01", True, float("nan")])
def test_what_is_no_day(value: object) -> None:
    """Ratings, words and days that never were."""
    assert read_dates([value], DAY) == [None]


def test_the_column_decides_the_order_of_day_and_month() -> None:
    """13 in front can only be a day."""
    assert read_dates(["3/11/2026", "13/11/2026"])[0] == DAY
    assert read_dates(["11/3/2026", "11/13/2026"])[0] == DAY


def test_a_day_without_year_is_the_latest_one() -> None:
    """Not after the last whole date of the column."""
    assert read_dates(["12月3日", "2026-11-05"])[0] == date(2025, 12, 3)


@pytest.mark.parametrize(("days", "unit"), [(10, "day"), (60, "week"), (400, "month")])
def test_the_span_decides_the_periods(days: int, unit: str) -> None:
    """Never more than some thirty."""
    assert unit_of(DAY, DAY + timedelta(days=days)) == unit


def test_rise_fall_and_neither() -> None:
    """The last period against the mean of those before, with the figures."""
    days = [DAY + timedelta(days=at) for at in range(9) for _ in range(10)]
    last = DAY + timedelta(days=9)
    assert trend([*days, *[last] * 10], DAY, last).change == "持平"
    assert trend([*days, *[last] * 2], DAY, last).change == "下降"
    rising = trend([*days, *[last] * 30], DAY, last)
    assert rising.told == "上升：最近一天 30 条，此前 9 天按同样天数平均 10.0 条，+200%"


def test_too_few_rows_say_nothing() -> None:
    """Three rows are no trend; empty periods are counted all the same."""
    found = trend([DAY, DAY, DAY + timedelta(days=4)], DAY, DAY + timedelta(days=4))
    assert found.change == "数据太少"
    assert [count for _, count in found.counts] == [2, 0, 0, 0, 1]


def test_a_period_that_has_just_begun_is_compared_by_days() -> None:
    """One day of a week against a seventh of the weeks before."""
    monday = date(2026, 11, 2)
    days = [monday - timedelta(days=at) for at in range(35) for _ in range(2)]
    assert trend(days, min(days), monday).change == "持平"
