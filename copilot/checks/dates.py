"""Dates, years, weekdays and times of the day in folded copy."""

import re

from copilot.checks.figures import chinese_number
from copilot.checks.numerals import WEEK, Quantity, Tables, currency, tables, unit_at


def date_figures(plain: str, data: Tables) -> list[Quantity]:
    """Return the dates in folded text; a day alone after a date belongs to its month: 11 月 1 日到 3 日."""
    found: list[Quantity] = []
    month = 0
    for match in data.date.finditer(plain):
        month = _add_dates(match, plain, month, found)
    return found


def _add_dates(match: re.Match[str], plain: str, month: int, found: list[Quantity]) -> int:
    """Add what `match` says; return the month that a day alone after it belongs to."""
    start, end = match.span()

    def add(kind: str, value: float, also: float | None = None) -> None:
        found.append(Quantity(kind, value, "", "", None, start, end, match[0], also))

    if match["y"]:
        add("year", float(match["y"]))
        here, day = match["ym"] or match["ym2"], match["yd"] or match["yd2"]
        if here:
            add("date", 100.0 * int(here) + int(day or 0))
            return int(here)
    elif match["m"]:
        here = int(_whole(match["m"]))
        add("date", 100.0 * here + (_whole(match["d"]) if match["d"] else 0.0))
        return here
    elif match["md"]:
        here, day = int(match["md"]), int(match["dd"])
        if 1 <= here <= 12 and 1 <= day <= 31:
            return _add_short_date(match, plain, found, month)
    elif match["alone"]:
        if plain[max(0, start - 2) : start].rstrip()[-1:] in tuple("路街道巷弄村里园座栋幢"):
            return month  # 云岭路 18 号
        every = plain[max(0, start - 3) : start].rstrip().endswith("月")  # 每月 15 日
        if month or every or match["moment"] is not None or match[0].endswith("号"):
            add("date", 100.0 * (0 if every else month) + int(match["alone"]))
    elif match["w"]:
        if match["w"] != "末":
            add("weekday", float(WEEK.find(match["w"].replace("天", "日"))))
    elif match["ch"] or match["h"]:
        _add_clock(match, plain, found)
    elif match["em"] or match["em2"]:
        here = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec").index(
            match["em"] or match["em2"]
        ) + 1
        add("date", 100.0 * here + int(match["ed"] or match["ed2"]))
        return here
    return month


def _whole(digits: str) -> float:
    return float(digits) if digits.isdecimal() else chinese_number(digits) or 0.0


def _add_short_date(match: re.Match[str], plain: str, found: list[Quantity], month: int) -> int:
    """Add 11.3 or 11/3, when nothing behind it makes it a number with a unit: a date or a plain number."""
    start, end = match.span()
    data = tables()
    other = data.other_end.match(plain, end)  # 1.2–1.5 万人
    unit = unit_at(plain, end, data)[0] or (unit_at(plain, other.end(), data)[0] if other else "")
    if (
        (other and other["scale"])
        or (unit and unit[0] != "?")
        or plain[end : end + 2].strip()[:1] in tuple("百千万亿多+")
    ):
        return month
    if currency(plain, start):
        return month
    date = 100.0 * int(match["md"]) + int(match["dd"])
    upper, lower = int(match["md"]), int(match["dd"])
    if match["dot"] == ".":
        value, unit = float(match[0]), ""
    else:  # 3/4 is 75 % too
        value, unit = 100 * upper / lower, "%"
    found.append(Quantity("number", round(value, 2), unit, "", None, start, end, match[0], date))
    return int(match["md"])


def _add_clock(match: re.Match[str], plain: str, found: list[Quantity]) -> None:
    part, hour, start = match["part"] or "", match["ch"] or match["h"], match.start()
    last = found[-1] if found and found[-1].kind == "clock" else None
    follows = last is not None and 0 < start - last.end <= 3 and tables().separator.fullmatch(plain, last.end, start)
    said = (
        match["ch"] or part or match["tail"] or follows or plain[match.end() : match.end() + 1] in tables().clock_hints
    )
    if not said and not (hour.isdigit() and int(hour) > 12):
        return  # 三点: points, not a time
    value = _whole(hour)
    if value > 24:
        return
    late = part[0] in "下傍晚夜今当深" if part else follows and last and last.value >= 720  # 晚 8 点–10 点
    if late and value < 12:
        value += 12
    minutes = 30 if match["tail"] == "半" else int(match["cm"] or match["min"] or 0)
    either = "12h" if not (part or match["ch"] or late or value > 12) else ""  # 8 点 may be evening
    found.append(Quantity("clock", 60 * value + minutes, either, "", None, start, match.end(), match[0]))
