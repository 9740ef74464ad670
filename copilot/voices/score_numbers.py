"""Cells of a RICE table → exact numbers or ranges, with the unit and the mark 数据 or 估计 that stand in the cell."""

import re
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from copilot.arithmetic.rice import Amount
from copilot.knowledge import read
from copilot.text import fold

_TIMES = {"": 1, "千": 10**3, "k": 10**3, "万": 10**4, "w": 10**4, "亿": 10**8}
_NUMBER = r"([+-]?\d+(?:\.\d+)?|\.\d+)\s*([千kw万亿](?![a-z]))?\s*(%)?"
_ONE = re.compile(_NUMBER)
_RANGE = re.compile(rf"{_NUMBER}\s*([^\d\s~–—\-至到]*?)\s*(?:-|~|–|—|至|到|to)+\s*{_NUMBER}")
_AROUND = re.compile(rf"{_NUMBER}\s*(?:±|\+/-)\s*{_NUMBER}")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?: .*)?|\d{1,2}月\d{1,2}日")
_MARK = re.compile(r"[(\[【]([^()\[\]【】]*)[)\]】]")
_LARGEST = Fraction(10**15)
_LONGEST = 60  # characters of a cell that holds a number


class BadCell(Exception):
    """Why a cell is no number; the text is Chinese."""


class Cell(NamedTuple):
    """What a cell says; `percent`: it was written with %. `unit` is what stands around the number, folded."""

    amount: Amount
    unit: str = ""
    basis: str = ""
    percent: bool = False


def read_cell(value: Any, words: dict[str, float] | None = None) -> Cell:
    """Return the number or range in a cell; `words` are names of numbers (中 → 1).

    :raises BadCell: there is none, or it is negative or too large
    """
    text = shown(value)
    if not text:
        raise BadCell("是空的")
    if len(text) > _LONGEST:
        raise BadCell(f"“{text[:20]}…”不是数字")
    rest, basis = _without_mark(fold(text).replace("％", "%"))
    if words and (named := words.get(rest.strip())) is not None:
        number = Fraction(str(named))
        return Cell(Amount(number, number), "", basis)
    if _DATE.fullmatch(rest.strip()):
        raise BadCell(f"“{text}”是日期，表格软件会把 2-4 变成日期，范围写成 2~4")
    rest = re.sub(r"(?<=\d)[,\s](?=\d{3}(?!\d))", "", rest)
    low, high, percent, unit = _ends(rest, text)
    if low < 0:
        raise BadCell(f"“{text}”是负数")
    if low > high:
        raise BadCell(f"“{text}”前大后小")
    if high > _LARGEST:
        raise BadCell(f"“{text}”太大")
    return Cell(Amount(low, high), unit.strip(" ()[]/"), basis, percent)


def shown(value: Any) -> str:
    """Return a cell's value as text on one line; a JSON list of two numbers is a range."""
    if value is None:
        return ""
    if isinstance(value, list) and len(value) == 2:
        return f"{shown(value[0])}~{shown(value[1])}"
    if isinstance(value, float):
        return f"{value:.15g}"
    return " ".join(str(value).split())


def basis_of(text: str) -> str:
    """Return 数据 or 估计, "" when a text says neither; an estimate from data is an estimate."""
    rules, words = read("voice/score")["rice"], fold(text)
    if any(word in words for word in rules["estimates"]):
        return "估计"
    return "数据" if any(word in words for word in rules["data"]) else ""


@cache
def unit_named(text: str, kind: str) -> str:
    """Return the unit of `effort_names` or `periods` that a folded text is, "" for none."""
    words = text.strip().rstrip("s") if text.isascii() else text.strip()
    names: dict[str, list[str]] = read("voice/score")["rice"][kind]
    return next((unit for unit, known in names.items() if text.strip() in known or words in known), "")


def _without_mark(text: str) -> tuple[str, str]:
    """Return a cell without what marks it as data or estimate, and the mark."""
    basis = ""
    for match in _MARK.finditer(text):
        if found := basis_of(match[1]):
            basis, text = found, text.replace(match[0], " ")
    for word in sorted(read("voice/score")["rice"]["estimates"], key=len, reverse=True):
        if text.strip().startswith(word) or text.strip().endswith(word):
            text, basis = text.replace(word, " "), basis or "估计"
    return text, basis


def _ends(text: str, shown_text: str) -> tuple[Fraction, Fraction, bool, str]:
    """Return the low and the high end, whether they are percentages, and what stands around them."""
    if match := _AROUND.search(text):
        middle, off = _value(match[1], match[2]), _value(match[4], match[5])
        if match[6] and not match[3]:
            off = middle * off / 100
        percent = bool(match[3])
        low, high = middle - off, middle + off
    elif match := _RANGE.search(text):
        times = match[2] or ""
        if not times and match[6] and Fraction(match[1]) <= Fraction(match[5]):
            times = match[6]  # 1-2万; but 500-1万 is from 500
        percent = bool(match[3] or match[7])
        low, high = _value(match[1], times), _value(match[5], match[6])
    elif match := _ONE.search(text):
        percent = bool(match[3])
        low = high = _value(match[1], match[2])
    else:
        raise BadCell(f"“{shown_text}”不是数字")
    unit = f"{text[: match.start()]}{text[match.end() :]}"
    if re.search(r"\d", unit):
        raise BadCell(f"“{shown_text}”里不止一个数")
    share = 100 if percent else 1
    return low / share, high / share, percent, unit


def _value(number: str, times: str | None) -> Fraction:
    return Fraction(number) * _TIMES[times or ""]
