"""Dates of many spellings → periods by day, week or month → whether a cluster grows, in words with the figures.

Moments with a time zone, and numbers of seconds since 1970, count as days of China (UTC+8); others as they stand.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal

from copilot.text import fold
from copilot.types import Record

Unit = Literal["day", "week", "month"]
_CHINA = timezone(timedelta(hours=8))
_EXCEL = date(1899, 12, 30)  # day 0, with the day that Excel thinks 1900 had too many
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_YEAR_FIRST = re.compile(r"((?:19|20)\d\d|(?<!\d)\d\d(?=年))\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2}))?(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*((?:19|20)\d\d)(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:[t ]?\d{4,6})?(?!\d)")
_WORDED = re.compile(
    r"(?:(?P<d1>\d{1,2})(?:st|nd|rd|th)?[ -]+)?\b(?P<m>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
    r"[ -]+(?:(?P<d2>\d{1,2})(?:st|nd|rd|th)?,?[ -]+)?(?P<y>(?:19|20)\d\d)"
)
_NO_YEAR = re.compile(r"(?<!\d)(\d{1,2})\s*(?:月|[-/](?=\d))\s*(\d{1,2})(?:\s*[日号])?(?![\d:])")
_ZONED = re.compile(r"\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\s*(?:z|utc|gmt|[+-]\d\d:?\d\d)$")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_AGO = re.compile(r"(\d+)\s*(天|日|周|个?星期|个?月)前")
_NEAR = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2}
# Up to 31 days by day, up to half a year by week: never more than some 30 periods, and a chart can be read.
_DAYS, _WEEKS = 31, 183
_LEAST = 10  # rows in all; fewer say nothing of a trend
_NOISE = 1.64  # standard deviations of a count (Poisson, one side 5 %)
_RISE = 0.2  # and at least a fifth: in thousands of rows every breath is significant


@dataclass(frozen=True, slots=True)
class Trend(Record):
    """Rows by period, oldest first, empty periods too: (2026-11-03 | 2026-11-02 of a week's Monday | 2026-11, count).

    `mean` is what the periods before the last had on average, for as many days as the last one has so far; `told`
    says `change` and the figures in one Chinese line.
    """

    unit: Unit
    counts: tuple[tuple[str, int], ...]
    change: Literal["上升", "下降", "持平", "数据太少"]
    last: int
    mean: float
    told: str


def read_dates(values: Sequence[object], today: date | None = None) -> list[date | None]:
    """Return the day each value of a column names, None where it names none.

    The column decides what a value leaves open: 3/11/2026 is 3 November when some other value has more than 12 in
    front, else 11 March; 11月3日 is the latest such day that lies not after the last whole date (or `today`).
    """
    texts = [_text(value) for value in values]
    day_first = any((match := _YEAR_LAST.search(text)) and int(match[1]) > 12 for text in texts)
    days = [_whole_date(text, day_first, today) for text in texts]
    last = max((day for day in days if day), default=today)
    if last is None:
        return days
    return [day or _without_year(text, last) for day, text in zip(days, texts, strict=True)]


def trend(days: Sequence[date | None], first: date, last: date) -> Trend:
    """Return how many of `days` fall into each period from `first` to `last`, the days of the whole file."""
    unit = unit_of(first, last)
    starts = _starts(first, last, unit)
    found = Counter(_start(day, unit) for day in days if day and first <= day <= last)
    counts = [found[start] for start in starts]
    shown = tuple(
        (f"{start:%Y-%m}" if unit == "month" else str(start), n) for start, n in zip(starts, counts, strict=True)
    )
    now = counts[-1]
    if len(counts) < 3 or sum(counts) < _LEAST:
        few = f"数据太少：{len(counts)} {_name(unit)}共 {sum(counts)} 条，看不出变化"
        return Trend(unit, shown, "数据太少", now, 0.0, few)
    so_far = (last - starts[-1]).days + 1  # the last period may have just begun
    mean = sum(counts[:-1]) / (starts[-1] - first).days * so_far
    noise = _NOISE * (mean + mean / (len(counts) - 1)) ** 0.5
    away = abs(now - mean) > max(noise, _RISE * mean)
    change: Literal["上升", "下降", "持平"] = "持平" if not away else "上升" if now > mean else "下降"
    percent = f"，{(now - mean) / mean:+.0%}" if mean and away else ""
    span = f"最近一{_name(unit)}" if so_far == _length(starts[-1], unit) else f"最近 {so_far} 天（不足一{_name(unit)}）"
    before = f"此前 {len(counts) - 1} {_name(unit)}按同样天数平均 {mean:.1f} 条"
    return Trend(unit, shown, change, now, round(mean, 2), f"{change}：{span} {now} 条，{before}{percent}")


def unit_of(first: date, last: date) -> Unit:
    """Return by what a span is counted."""
    days = (last - first).days + 1
    return "day" if days <= _DAYS else "week" if days <= _WEEKS else "month"


def _name(unit: Unit) -> str:
    return {"day": "天", "week": "周", "month": "个月"}[unit]


def _start(day: date, unit: Unit) -> date:
    """Return the first day of the period that `day` lies in; weeks begin on Monday (GB/T 7408)."""
    if unit == "day":
        return day
    return day.replace(day=1) if unit == "month" else day - timedelta(days=day.weekday())


def _starts(first: date, last: date, unit: Unit) -> list[date]:
    starts = [_start(first, unit)]
    while (following := starts[-1] + timedelta(days=_length(starts[-1], unit))) <= last:
        starts.append(following)
    return starts


def _length(start: date, unit: Unit) -> int:
    """Return the days of the period that begins at `start`."""
    if unit == "month":
        return ((start + timedelta(days=31)).replace(day=1) - start).days
    return 1 if unit == "day" else 7


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return "" if value is None or isinstance(value, bool) else fold(str(value)).strip()


def _whole_date(text: str, day_first: bool, today: date | None) -> date | None:
    """Return the day that `text` names by itself."""
    if _NUMBER.fullmatch(text):
        return _of_number(text)
    if match := _YEAR_FIRST.search(text) or _COMPACT.search(text):
        year, month, day = match.groups()
        found = _date(year if len(year) == 4 else f"20{year}", month, day or "1")
    elif match := _YEAR_LAST.search(text):
        month, day = match.groups()[1::-1] if day_first else match.groups()[:2]
        found = _date(match[3], month, day)
    elif match := _WORDED.search(text):
        found = _date(match["y"], str(_MONTHS.index(match["m"]) + 1), match["d1"] or match["d2"] or "1")
    else:
        return _ago(text, today) if today else None
    return _in_china(text, found) if found and _ZONED.search(text) else found


def _in_china(text: str, day: date) -> date:
    """Return the day it is in China at the moment `text` names; `day` is the one where it was written."""
    clock = re.search(r"(\d\d):(\d\d)(?::\d\d(?:[.,]\d+)?)?\s*(?:z|utc|gmt|([+-])(\d\d):?(\d\d))$", text)
    if clock is None or int(clock[1]) > 23 or int(clock[2]) > 59:
        return day
    east = timedelta(hours=int(clock[4] or 0), minutes=int(clock[5] or 0)) * (-1 if clock[3] == "-" else 1)
    moment = datetime(day.year, day.month, day.day, int(clock[1]), int(clock[2]))
    return (moment - east + timedelta(hours=8)).date()


def _of_number(text: str) -> date | None:
    """Return the day of 20261103, of an Excel serial (1982 to 2064) or of (milli)seconds since 1970."""
    if match := _COMPACT.fullmatch(text.split(".")[0]):
        return _date(*match.groups())
    number = float(text)
    if 30_000 <= number < 60_000:
        return _EXCEL + timedelta(days=int(number))
    seconds = number / 1000 if number >= 1e11 else number
    if 3e8 <= seconds < 4e9:  # 1979 to 2096
        return datetime.fromtimestamp(seconds, UTC).astimezone(_CHINA).date()
    return None


def _ago(text: str, today: date) -> date | None:
    for word, days in _NEAR.items():
        if word in text:
            return today - timedelta(days=days)
    if match := _AGO.search(text):
        days = int(match[1]) * {"天": 1, "日": 1, "周": 7}.get(match[2], 7 if "星期" in match[2] else 30)
        return today - timedelta(days=min(days, 20_000))
    return None


def _without_year(text: str, last: date) -> date | None:
    """Return the latest day with the month and day of `text` up to `last`."""
    match = _NO_YEAR.search(text)
    days = [_date(str(last.year - back), *match.groups()) for back in range(9)] if match else []
    return next((day for day in days if day and day <= last), None)


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
