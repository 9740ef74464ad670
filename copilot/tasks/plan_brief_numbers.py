"""Numbers as people write them in a plan brief: 5万, 10w, 50,000 元, 三千, 百分之二, 1–3%. Exact, as Decimal.

`checks.quantities` reads figures in copy, as floats, and asks for a unit; here money is counted to the cent and a
number may stand alone.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, NamedTuple

from copilot.checks.figures import chinese_number
from copilot.knowledge import read
from copilot.tasks.brief_values import Reading
from copilot.text import fold
from copilot.text.clean import clean

_SCALES = {"十": 10, "百": 100, "千": 1000, "k": 1000, "万": 10**4, "w": 10**4, "亿": 10**8, "m": 10**6}
_NUMBER = re.compile(
    r"(?P<sign>(?<![\d年月日天])[-−]|负)?\s?(?:(?P<of>百|千|万)分之)?"
    r"(?:(?<![a-z\d.])(?P<arabic>\d+(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?P<power>e[+-]?\d{1,3}(?![a-z\d]))?"
    r"\s?(?P<scale>[十百千万亿]+|[wkm](?![a-z]))?"
    r"|(?P<chinese>[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?))"
    r"\s?(?P<percent>[%％‰]|个?百分点|成(?![交功长单员本果绩人品效]))?"
)
_RANGE = re.compile(r"\s?(?:[-~–—到至]|--)\s?")
_BRACKETS = re.compile(r"[(（【\[][^)）】\]]*[)）】\]]$")  # 5 万（含补贴）
_MOST_DIGITS = 30  # of what is typed as a number: more is a slip of the keyboard


class Number(NamedTuple):
    """A number at `start:end` of a folded text; a percentage is divided by 100 already. `low`: begin of a range."""

    value: Decimal
    start: int
    end: int
    percent: bool
    low: Decimal | None = None


def shown(value: object) -> str:
    """Return what was given as an error quotes it: one short line."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**_MOST_DIGITS:
        return "一个天文数字"
    if isinstance(value, (Mapping, list, tuple, set, frozenset)):
        return kind_of(value)
    text = clean(str(value))[0]
    return text if len(text) <= 24 else f"{text[:23]}…"


def kind_of(value: object) -> str:
    """Return in Chinese what kind of thing this is."""
    names = (
        (bool, "是或否"),
        ((int, float, Decimal), "数字"),
        (str, "文字"),
        (date, "日期"),
        (Mapping, "键值表"),
        ((Sequence, set, frozenset), "列表"),
    )
    return next((name for types, name in names if isinstance(value, types)), type(value).__name__)


def numbers(text: str) -> list[Number]:
    """Return the numbers in `text`, which is folded; a range like 1–3% is one with its begin as `low`."""
    found: list[Number] = []
    for match in _NUMBER.finditer(text):
        value = _value(match)
        if value is None:
            continue
        here = Number(value, match.start(), match.end(), bool(match["percent"] or match["of"]))
        last = found[-1] if found else None
        if last and last.low is None and (gap := text[last.end : here.start]) and _RANGE.fullmatch(gap):
            found[-1] = _joined(last, here, match)
        elif last and last.low is None and last.end == here.start and match["sign"] in ("-", "−"):  # 1%-3%
            found[-1] = _joined(last, here._replace(value=-here.value), match)
        else:
            found.append(here)
    return found


def _joined(low: Number, high: Number, match: re.Match[str]) -> Number:
    """Join both ends of a range; 1–3% and 5–8万 share their unit."""
    begin = low.value
    if high.percent and not low.percent:
        begin /= 100
    elif begin < high.value and match["scale"] and begin * _scale(match["scale"]) <= high.value:
        begin *= _scale(match["scale"])
    return Number(high.value, low.start, high.end, high.percent, begin)


def _scale(text: str) -> int:
    whole = 1
    for one in text:
        whole *= _SCALES[one]
    return whole


def _value(match: re.Match[str]) -> Decimal | None:
    if match["arabic"]:
        digits = re.sub("[,，]", "", match["arabic"])
        if len(digits) > _MOST_DIGITS:
            digits = f"1e{_MOST_DIGITS}"  # above every limit
        value = Decimal(digits + (match["power"] or "")) * _scale(match["scale"] or "")
    elif (parsed := chinese_number(match["chinese"])) is not None and math.isfinite(parsed):
        value = Decimal(str(parsed))
    else:
        return None
    value /= {"百": 100, "千": 1000, "万": 10000}.get(match["of"] or "", 1)
    value /= {"%": 100, "％": 100, "‰": 1000, "成": 10}.get(match["percent"] or "", 100 if match["percent"] else 1)
    return -value if match["sign"] else value


@cache
def _around(after: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of a text that is one number: words before, `#`, words behind."""
    words = read("plan/brief")["number_words"]
    more = [word for key in after for word in words[key]]
    before, behind = (
        "|".join(sorted((re.escape(fold(str(w))) for w in group), key=len, reverse=True))
        for group in ([*words["before"], *(more if "each" in after else ())], [*words["after"], *more])
    )
    return re.compile(rf"(?:(?:{before})\s*)*#(?:\s*(?:{behind}))*[。.]?")


def whole_number(text: str, after: tuple[str, ...] = ()) -> Number | None:
    """Return the number that `text` consists of, but for words like 约 and units of the groups `after`."""
    plain = _BRACKETS.sub("", fold(text)).strip()
    found = numbers(plain)
    if len(found) != 1:
        return None
    rest = f"{plain[: found[0].start]}#{plain[found[0].end :]}"
    return found[0] if _around(after).fullmatch(rest) else None


def other_money(text: str) -> bool:
    """Return whether a currency other than yuan is named."""
    return any(fold(str(word)) in fold(text) for word in read("plan/brief")["number_words"]["other_money"])


def decimal_of(title: str, value: Any, to: Reading, after: tuple[str, ...], example: str) -> Number | None:
    """Return the one number that `value` is, None if it is none (then a problem is noted)."""
    if isinstance(value, Decimal) or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        found = _plain_number(value)
        if found is None:
            to.problems.append(f"{title}：{shown(value)} 不是有限的数，写成 {example}")
        return found
    if not isinstance(value, str):
        to.problems.append(f"{title}：要一个数，给的是{kind_of(value)}，写成 {example}")
        return None
    number = whole_number(value, after)
    if number is None:
        to.problems.append(f"{title}：“{shown(value)}”读不成一个数，写成 {example}")
    return number


def _plain_number(value: int | float | Decimal) -> Number | None:
    if isinstance(value, int):
        value = Decimal(value) if abs(value) < 10**_MOST_DIGITS else Decimal(f"{'-' if value < 0 else ''}1e30")
    elif isinstance(value, float):
        if not math.isfinite(value):
            return None
        value = Decimal(str(value))
    if not value.is_finite():
        return None
    if value.adjusted() > _MOST_DIGITS:
        value = Decimal("1e30").copy_sign(value)
    elif value.adjusted() < -_MOST_DIGITS:
        value = Decimal(0)
    return Number(value, 0, 0, False)


def money(
    title: str, value: Any, to: Reading, *, example: str, zero: bool = False, each: bool = False
) -> Decimal | None:
    """Return yuan with two digits, above zero (`zero`: 0 too) and within the limit; None: a problem is noted.

    `each`: it is the price of one thing, and 0.05 元/条 may say so.
    """
    if isinstance(value, str):
        if fold(value).strip() in {fold(word) for word in read("plan/brief")["zero_money"]}:
            value = 0
        elif other_money(value):
            to.problems.append(f"{title}：“{shown(value)}”不是人民币，换算成元，写成 {example}")
            return None
    number = decimal_of(title, value, to, ("yuan", "each") if each else ("yuan",), example)
    if number is None:
        return None
    if number.percent or number.low is not None:
        what = "是一个比例" if number.percent else "是一个区间"
        to.problems.append(f"{title}：“{shown(value)}”{what}，这里要一个金额，写成 {example}")
        return None
    return _bounded_money(title, number.value, value, to, example, zero)


def _bounded_money(title: str, amount: Decimal, value: Any, to: Reading, example: str, zero: bool) -> Decimal | None:
    most = read("plan/brief")["limits"]["money"]
    if amount < 0:
        to.problems.append(f"{title}：{shown(value)} 是负数，写成 {example}")
    elif amount > most:
        to.problems.append(f"{title}：{shown(value)} 超过 {most // 10**8} 亿元，请核对单位（元），写成 {example}")
    else:
        cents = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
        if amount and not cents:
            to.problems.append(f"{title}：{shown(value)} 不到一分钱，写成 {example}")
            return None
        if cents != amount:
            to.notes.append(f"{title}：金额算到分，{shown(value)} 取 {cents}")
        if cents or zero:
            return cents
        to.problems.append(f"{title}：不能是 0，写成 {example}")
    return None


def count(title: str, value: Any, to: Reading, *, example: str, zero: bool = True) -> int | None:
    """Return a whole number of people or things within the limit; None: a problem is noted."""
    number = decimal_of(title, value, to, ("people",), example)
    if number is None:
        return None
    most = read("plan/brief")["limits"]["people"]
    amount = number.value
    if number.percent:
        to.problems.append(f"{title}：“{shown(value)}”是一个比例，这里要人数，写成 {example}")
    elif number.low is not None:
        to.problems.append(f"{title}：“{shown(value)}”是一个区间，这里要一个数，写成 {example}")
    elif amount < 0:
        to.problems.append(f"{title}：{shown(value)} 是负数，写成 {example}")
    elif amount > most:
        to.problems.append(f"{title}：{shown(value)} 比全世界的人还多，请核对，写成 {example}")
    elif amount != int(amount):
        to.problems.append(f"{title}：{shown(value)} 不是整数，写成 {example}")
    elif amount == 0 and not zero:
        to.problems.append(f"{title}：不能是 0，写成 {example}")
    else:
        return int(amount)
    return None


def rate(title: str, value: Any, to: Reading, *, zero: bool = False, high: Decimal = Decimal(1)) -> Decimal | None:
    """Return a share in 0…`high`; a range is taken in its middle, noted. None: a problem is noted."""
    number = decimal_of(title, value, to, (), "0.02 或 2%")
    if number is None:
        return None
    amount = number.value
    if number.low is not None:
        low = number.low
        if low > amount:
            to.problems.append(f"{title}：“{shown(value)}”前大后小，写成 1–3% 或一个数")
            return None
        amount = (low + amount) / 2
        to.notes.append(f"{title}：“{shown(value)}”取中间值 {percent(amount)}")
    if amount < 0 or (number.low is not None and number.low < 0):
        to.problems.append(f"{title}：{shown(value)} 是负数，写成 0.02 或 2%")
    elif amount > high:
        to.problems.append(f"{title}：{_too_high(value, number, amount, high)}")
    elif amount == 0 and not zero:
        to.problems.append(f"{title}：不能是 0，这一步没有人通过就算不下去，写成 0.02 或 2%")
    else:
        return amount
    return None


def _too_high(value: Any, number: Number, amount: Decimal, high: Decimal) -> str:
    if number.percent or amount > 100:
        return f"{shown(value)} 高于上限 {percent(high)}，写成 0.02 或 2%"
    if amount / 100 <= high and amount > 1:
        share = amount / 100
        return f"{shown(value)} 大于 1，是不是 {percent(share)}？比例写成 {percent(share)} 或 {share:f}"
    return f"{shown(value)} 高于上限 {percent(high)}，写成 0.02 或 2%"


def percent(share: Decimal) -> str:
    """Return a share as 2% or 0.5%."""
    text = f"{(share * 100).quantize(Decimal('0.0001')):f}"
    return f"{text.rstrip('0').rstrip('.')}%"
