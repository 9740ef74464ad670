"""Workdays and public holidays of mainland China; where none are known, Monday to Friday count as workdays.

The State Council announces a year's holidays, and the weekends worked instead, late in the year before; the package
chinesecalendar 1.11.0 holds 2004–2026. `assumed_years` names the years beyond, so that a plan can say so.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

_DAY = timedelta(days=1)
_NAMES = {  # the package's names, as its table has them
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利 70 周年纪念日",
}


def is_workday(day: date) -> bool:
    """Return whether offices work on `day`: a weekend worked for a holiday yes, a public holiday no."""
    from chinese_calendar import holidays, workdays

    # Its own is_workday raises beyond the years it knows; a year without entries gives Monday to Friday here.
    return bool(day in workdays or (day.weekday() < 5 and day not in holidays))


def next_workday(day: date) -> date:
    """Return the first workday on or after `day`."""
    while not is_workday(day):
        day += _DAY
    return day


def add_workdays(day: date, n: int) -> date:
    """Return the `n`th workday after `day`, for a negative `n` before it, for 0 the first one on or after it."""
    if n == 0:
        return next_workday(day)
    step = _DAY if n > 0 else -_DAY
    for _ in range(abs(n)):
        day += step
        while not is_workday(day):
            day += step
    return day


def workdays_between(start: date, end: date) -> int:
    """Return how many workdays there are from `start` to `end`, both counted; 0 when `end` is before `start`."""
    return sum(map(is_workday, _days(start, end)))


def holidays_between(start: date, end: date) -> list[tuple[date, date, str]]:
    """Return the public holidays from `start` to `end` as (first, last, name), with the free days beside them.

    The table leaves out some weekends of a holiday, so a holiday is a run of free days with at least one named in it;
    two in one run share a line (2025: 10-01 to 10-08, 国庆节、中秋节). Days outside `start` … `end` are cut off.
    """
    from chinese_calendar import holidays

    found = []
    for works, run in groupby(_days(start, end), key=is_workday):
        days = list(run)
        names = dict.fromkeys(_NAMES[holidays[day]] for day in days if not works and day in holidays)
        if names:
            found.append((days[0], days[-1], "、".join(names)))
    return found


def assumed_years(start: date, end: date) -> tuple[int, ...]:
    """Return the years from `start` to `end` whose holidays are not known: there Monday to Friday are workdays."""
    from chinese_calendar import holidays

    known = range(min(holidays).year, max(holidays).year + 1)
    return tuple(year for year in range(start.year, end.year + 1) if year not in known)


def _days(start: date, end: date) -> Iterator[date]:
    return (start + n * _DAY for n in range((end - start).days + 1))
