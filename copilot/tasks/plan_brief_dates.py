"""Days as people write them in a plan brief: 2026-12-01, 12月1日, 下周一, 2026年12月, 月底, 双11; two as a period.

`checks.dates` reads the rest: 十二月一日, Dec 1.
"""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from copilot.checks.figures import chinese_number
from copilot.checks.quantities import quantities
from copilot.knowledge import read
from copilot.tasks.brief_values import Reading
from copilot.tasks.plan_brief_numbers import kind_of, shown
from copilot.text import fold

_FULL = re.compile(
    r"(?P<y>(?:19|20|21)\d\d)\s?[-/.年]\s?(?P<m>\d{1,2})(?:\s?[-/.月]\s?(?P<d>\d{1,2})\s?[日号]?|\s?月份?)?"
    r"(?:\s*[t ]?\s*\d{1,2}[:点时]\d{0,2}.{0,20})?"
)
_DIGITS = re.compile(r"(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)")
_YEAR = re.compile(r"(?P<y>20\d\d)\s?年?(?:全年|度|整年)?")
_MONTH_DAY = re.compile(r"(?P<m>\d{1,2})\s?(?:月|[-/.])\s?(?P<d>\d{1,2})\s?[日号]?")
_MONTH = re.compile(r"(?P<m>\d{1,2})\s?月份?")
_QUARTER = re.compile(r"(?:第?(?P<q>[一二三四1-4])季度|q(?P<q2>[1-4])|(?P<half>[上下])半年)")
_WEEKDAY = re.compile(r"(?P<far>下+个?|这个?|本)?(?:周|星期|礼拜)(?P<w>[一二三四五六日天末])")
_AHEAD = re.compile(
    r"(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3}|半)\s?个?(?P<unit>天|日|周|星期|礼拜|月|季度|年)(?P<end>之?后|以后)?"
)
_HOUR = re.compile(r"(?<=[日号\d天])(?:开始|结束|截止|为止|当天|凌晨|零点|24:00|0:00|上午|下午|晚上).*$")
_PART = re.compile(r"(?P<rest>.*?)的?(?:月)?(?P<part>初|上旬|中旬|中|下旬|底|末)")
_RANGE = re.compile(
    r"\s*(?:到|至|~|–|—+|--|\s-\s|\bto\b)\s*"
    r"|(?<=[日号\d月])-(?=\d{4}\s?[-/.年]|\d{1,2}\s?月|\d{1,2}\s?[日号]|\d{1,2}[./]\d{1,2})"
)
_WEEK = "一二三四五六日"
_DAYS = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7}
_MONTHS = {"月": 1, "季度": 3, "年": 12}


class Span(NamedTuple):
    """The days that an expression names, both ends included; `guessed`: its year is ours."""

    first: date
    last: date
    guessed: bool = False


class NoSuchDay(ValueError):
    """The words name a day that the calendar does not have."""


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, the month's last where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def month_of(day: date) -> Span:
    """Return the whole month of `day`."""
    return Span(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def read_span(text: str, today: date, since: date | None = None) -> Span | None:
    """Return the days that `text` names, None if it names none.

    A day without a year is the first at or after `since` (an end is looked for behind its start), else the first that
    is not longer ago than `recent_days`.

    :raises NoSuchDay: 2 月 30 日
    """
    plain = re.sub(r"[（(].*?[)）]", "", fold(text)).strip(" 。.,，于在从起始止前")
    plain = _HOUR.sub("", plain).strip()
    if not plain:
        return None
    return (
        _written(plain)
        or _yearless(plain, today, since)
        or _relative(plain, today)
        or _part(plain, today, since)
        or _spelled(plain, today, since)
    )


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise NoSuchDay(f"没有 {year} 年 {month} 月 {day} 日这一天") from error


def _written(plain: str) -> Span | None:
    """Read what names its year."""
    if match := _DIGITS.fullmatch(plain) or _FULL.fullmatch(plain):
        year, month = int(match["y"]), int(match["m"])
        if match["d"]:
            day = _day(year, month, int(match["d"]))
            return Span(day, day)
        return month_of(_day(year, month, 1))
    if match := _YEAR.fullmatch(plain):
        return Span(date(int(match["y"]), 1, 1), date(int(match["y"]), 12, 31))
    if match := re.match(r"(20\d\d)\s?年?\s?", plain):
        rest = plain[match.end() :]
        if found := _QUARTER.fullmatch(rest):
            return _quarter(int(match[1]), found)
        if rest in _festivals():
            day = _day(int(match[1]), *_festivals()[rest])
            return Span(day, day)
    return None


def _festivals() -> dict[str, tuple[int, int]]:
    return {fold(str(name)): (month, day) for name, (month, day) in read("plan/brief")["festivals"].items()}


def _quarter(year: int, match: re.Match[str]) -> Span:
    if match["half"]:
        month = 1 if match["half"] == "上" else 7
        return Span(date(year, month, 1), month_of(date(year, month + 5, 1)).last)
    digit = match["q"] or match["q2"]
    number = int(digit) if digit.isdigit() else _WEEK.find(digit) + 1
    first = date(year, 3 * number - 2, 1)
    return Span(first, month_of(add_months(first, 2)).last)


def _yearless(plain: str, today: date, since: date | None) -> Span | None:
    """Read 12月1日, 12/1, 12月, Q4, 双11."""
    spans: list[Span]
    years = range(today.year - 1, today.year + 5)
    if plain in _festivals():
        month, day = _festivals()[plain]
    elif match := _MONTH_DAY.fullmatch(plain):
        month, day = int(match["m"]), int(match["d"])
    elif match := _MONTH.fullmatch(plain):
        if not 1 <= int(match["m"]) <= 12:
            raise NoSuchDay(f"没有 {match['m']} 月这个月")
        spans = [month_of(date(year, int(match["m"]), 1)) for year in years]
        return _nearest(spans, today, since)
    elif match := _QUARTER.fullmatch(plain):
        return _nearest([_quarter(year, match) for year in years], today, since)
    else:
        return None
    if not (1 <= month <= 12 and 1 <= day <= monthrange(2024, month)[1]):  # a leap year: 2 月 29 日 there is
        raise NoSuchDay(f"没有 {month} 月 {day} 日这一天")
    spans = [Span(one, one) for year in years if (one := _valid(year, month, day))]
    return _nearest(spans, today, since)


def _valid(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if day <= monthrange(year, month)[1] else None


def _nearest(spans: list[Span], today: date, since: date | None) -> Span:
    least = since or today - timedelta(days=read("plan/brief")["limits"]["recent_days"])
    return next((span for span in spans if span.last >= least), spans[-1])._replace(guessed=True)


def _relative(plain: str, today: date) -> Span | None:
    if plain in (near := read("plan/brief")["near_days"]):
        day = today + timedelta(days=near[plain])
        return Span(day, day)
    if match := _WEEKDAY.fullmatch(plain):
        return _weekday(match, today)
    if match := re.fullmatch(r"(下+个?|本|这个?|当)(周|星期|礼拜)", plain):
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=match[1].count("下"))
        return Span(monday, monday + timedelta(days=6))
    if match := re.fullmatch(r"(下+个?|次|本|这个?|当)月", plain):
        return month_of(add_months(today.replace(day=1), 1 if match[1] == "次" else match[1].count("下")))
    if match := re.fullmatch(r"(下+个?|本|这个?)季度?", plain):
        first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
        first = add_months(first, 3 * match[1].count("下"))
        return Span(first, month_of(add_months(first, 2)).last)
    if match := re.fullmatch(r"(今|明|本|去|后)年度?(.*)", plain):
        year = today.year + {"今": 0, "本": 0, "明": 1, "后": 2, "去": -1}[match[1]]
        if match[2] in ("", "全年"):
            return Span(date(year, 1, 1), date(year, 12, 31))
        return read_span(f"{year}年{match[2]}", today)
    if (match := _AHEAD.fullmatch(plain)) and match["end"]:
        day = after(today, match) + timedelta(days=1)
        return Span(day, day)
    return None


def _weekday(match: re.Match[str], today: date) -> Span:
    monday = today - timedelta(days=today.weekday())
    weekday = 5 if match["w"] == "末" else _WEEK.find(match["w"].replace("天", "日"))
    far = (match["far"] or "").count("下")
    day = monday + timedelta(weeks=far, days=weekday)
    if not match["far"] and day < today:
        day += timedelta(weeks=1)
    return Span(day, day)


def _part(plain: str, today: date, since: date | None) -> Span | None:
    """Read 月底, 12月中旬, 明年年初, 年底."""
    match = _PART.fullmatch(plain)
    if match is None:
        return None
    rest = match["rest"].strip()
    if rest in ("年", "今年", "本年"):
        whole: Span | None = Span(date(today.year, 1, 1), date(today.year, 12, 31))
    elif rest in ("", "这个", "本", "当", "这"):
        whole = month_of(today) if plain.startswith(("月", "这个月", "本月", "当月", "这月")) else None
    else:
        whole = read_span(rest.removesuffix("年") + "年" if rest.endswith("年年") else rest, today, since) or read_span(
            f"{rest}月", today, since
        )
    if whole is None:
        return None
    days = (whole.last - whole.first).days + 1
    third = max(1, min(days, 93) // 3)  # of a year its first month
    if match["part"] in ("初", "上旬"):
        return Span(whole.first, whole.first + timedelta(days=third - 1), whole.guessed)
    if match["part"] in ("中", "中旬"):
        return Span(whole.first + timedelta(days=third), whole.first + timedelta(days=2 * third - 1), whole.guessed)
    if match["part"] in ("底", "末"):
        return Span(whole.last, whole.last, whole.guessed)
    return Span(whole.first + timedelta(days=2 * third), whole.last, whole.guessed)


def _spelled(plain: str, today: date, since: date | None) -> Span | None:
    """Read 十二月一日 and Dec 1 by the figures of copy: one date, perhaps its year, nothing else."""
    found = quantities(plain)
    years = [int(q.value) for q in found if q.kind == "year"]
    years += [int(q.value) for q in found if q.kind == "number" and not q.unit and 2000 <= q.value < 2100]
    dates = {int(q.value) for q in found if q.kind == "date"}
    rest = plain
    for one in found:
        rest = rest.replace(one.text, "")
    if len(dates) != 1 or len(years) > 1 or rest.strip(" ,."):
        return None
    month, day = divmod(dates.pop(), 100)
    if not month:
        return None
    written = f"{month}月{day}日" if day else f"{month}月"
    return _written(f"{years[0]}年{written}") if years else _yearless(written, today, since)


def after(start: date, match: re.Match[str]) -> date:
    """Return the last day of a length (3 天, 两周, 一个月) that begins at `start`."""
    unit = match["unit"]
    digits = match["n"]
    number = 0.5 if digits == "半" else float(digits) if digits.isdigit() else chinese_number(digits) or 0.0
    if unit in _DAYS:
        return start + timedelta(days=int(number * _DAYS[unit]) - 1)
    months = number * _MONTHS[unit]
    if months < 1:
        return start + timedelta(days=14)
    return add_months(start, int(months)) - timedelta(days=1)


def length_of(text: str) -> re.Match[str] | None:
    """Return the match if `text` is a length of time and no date: 14 天, 两周, 一个季度."""
    plain = fold(text).strip()
    match = _AHEAD.fullmatch(plain.removesuffix("内").removesuffix("以").removesuffix("之"))
    if match is None or match["end"]:
        return None
    return None if match["unit"] in ("日", "月") and "个" not in plain else match  # 12 月 is a month of the year


def read_day(title: str, value: Any, to: Reading, today: date, *, last: bool, since: date | None = None) -> date | None:
    """Return the day that `value` means, of a month or year its first (`last`: its last); None: a problem is noted."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 2000 <= value < 21010000:
        value = str(value)
    if not isinstance(value, str):
        to.problems.append(f"{title}：要一个日期，给的是{kind_of(value)}，写成 2026-12-01")
        return None
    try:
        span = read_span(value, today, since)
    except NoSuchDay as error:
        to.problems.append(f"{title}：{error}，写成 2026-12-01")
        return None
    except (ValueError, OverflowError):
        span = None
    if span is None:
        to.problems.append(f"{title}：“{shown(value)}”读不成日期，写成 2026-12-01 或 12月1日")
        return None
    day = span.last if last else span.first
    if since and span.guessed and (day - since).days > read("plan/brief")["limits"]["rolled_days"]:
        day = add_months(day, -12)
    if fold(value).strip() != day.isoformat() and not re.fullmatch(r"20\d\d\D+\d+\D+\d+\D*", fold(value).strip()):
        to.notes.append(f"{title}：“{shown(value)}”按 {day.isoformat()} 理解")
    return day


def read_period(title: str, value: Any, to: Reading, today: date) -> tuple[Any, Any] | re.Match[str] | None:
    """Return begin and end as written, or the length, of a text like 12月1日–12月15日, 12月, 两周."""
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return value[0], value[1]
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1000:
        value = f"{value}天"
    elif isinstance(value, str) and re.fullmatch(r"\d{1,3}", value.strip()):
        value = f"{value.strip()}天"
    if not isinstance(value, str):
        to.problems.append(f"{title}：要起止日期或天数，给的是{kind_of(value)}，写成 12月1日–12月14日 或 14天")
        return None
    if found := length_of(value):
        return found
    parts = [part for part in _RANGE.split(fold(value).strip()) if part]
    if len(parts) == 2:
        return parts[0], _completed(parts[0], parts[1])
    return value, value


def _completed(first: str, second: str) -> str:
    """Return the second date with what it leaves to the first: 12月1日至15日, 2026-12-01 到 12-15."""
    if re.fullmatch(r"\d{1,2}\s?[日号]?", second) and (match := re.match(r"(.*[月/.-])\s?\d{1,2}\s?[日号]?$", first)):
        return match[1] + second
    return second
