"""Figures as copy writes them: numbers with unit and bound, prices, dates, times, names with digits.

`1.2万人` and `12000 人` are one, `1.2 万+ 人` has a bound; `¥199`, `199 块` and `满 199` are money. Unlike
`figures`, which reads prose for facts, this keeps 不超过 and 以上, knows what a bare number in copy stands for, and
leaves alone what only counts or numbers (`3.` at a line's head, 镜头 2, 第一次, 一个).
"""

import re
from functools import lru_cache

from copilot.checks.dates import date_figures
from copilot.checks.figures import chinese_number
from copilot.checks.numerals import ENGLISH, HINT, Quantity, Tables, currency, readable, tables, unit_at

__all__ = ["Quantity", "quantities", "readable"]

_TO_NINE = "零一二三四五六七八九"
_REACH = 8  # characters between 不超过 and its number that are looked at


@lru_cache(maxsize=2048)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the figures of `text` in order; offsets are offsets into `text`."""
    plain = readable(text)
    if not HINT.search(plain):
        return ()
    data = tables()
    plain = data.skip.sub(_blank, data.head.sub(_blank, plain))
    found = date_figures(plain, data)
    for match in data.name.finditer(plain):
        if not _is_amount(match, plain, data):
            found.append(Quantity("name", 0.0, "", "", None, match.start(), match.end(), match[0]))
    if found:
        plain = _without(plain, found)
    return tuple(sorted(found + _ranges(_amounts(plain, data), plain, data), key=lambda q: q.start))


def _amounts(plain: str, data: Tables) -> list[Quantity]:
    found: list[Quantity] = []
    marks = [(match.end(), match.lastgroup or "") for match in data.before.finditer(plain)]
    for match in data.number.finditer(plain):
        if found and match.start() < found[-1].end:
            continue  # the second 9 of 9 块 9
        if (amount := _amount(match, plain, data)) is not None:
            found.append(_bounded(amount, plain, marks, data))
    return found


def _blank(match: re.Match[str]) -> str:
    return "\0" * len(match[0])


def _without(plain: str, found: list[Quantity]) -> str:
    pieces, here = [], 0
    for item in sorted(found, key=lambda q: q.start):
        if item.start >= here:
            pieces += [plain[here : item.start], "\0" * (item.end - item.start)]
            here = item.end
    return "".join(pieces) + plain[here:]


def _is_amount(name: re.Match[str], plain: str, data: Tables) -> bool:
    """Tell 58db, 24h and 3k人 from p20 and 4k: digits, then nothing but a known unit or scale."""
    number = data.number.match(plain, name.start())
    return number is not None and (plain[number.end("arabic") : name.end()] in data.units or bool(number["scale"]))


def _amount(match: re.Match[str], plain: str, data: Tables) -> Quantity | None:
    start, end = match.span()
    unit = ""
    if match["percent"]:
        parsed, unit = chinese_number(match["percent"]), "%"
    elif match["under"]:
        parsed = round(100 * (chinese_number(match["over"]) or 0) / (chinese_number(match["under"]) or 1), 2)
        unit = "%"
    elif match["full"] or match["half"]:
        parsed, unit = (100.0, "%") if match["full"] else (5.0, "折") if match["half"] == "半价" else (50.0, "%")
    elif match["double"]:
        parsed, unit = 2.0, "倍"
    elif match["english"]:
        unit, factor, end = unit_at(plain, end, data)
        parsed = ENGLISH.index(match["english"]) * factor
    elif match["dims"]:
        return Quantity("name", 0.0, "", "", None, start, end, match[0])
    elif match["arabic"]:
        return _arabic(match, plain, data)
    else:
        return _chinese(match, plain, data)
    return None if parsed is None else Quantity("number", round(parsed, 6), unit, "", None, start, end, "")


def _chinese(match: re.Match[str], plain: str, data: Tables) -> Quantity | None:
    digits, low = match["chinese"], None
    unit, factor, end = unit_at(plain, match.end(), data)
    if len(digits) == 2 and digits[0] in _TO_NINE and digits[1] in _TO_NINE:  # 三五天
        low, value = factor * _TO_NINE.index(digits[0]), float(_TO_NINE.index(digits[1]))
        if unit[:1] == "#":
            return None  # 七八个: no figure anybody would hold one to
    else:
        parsed = 0.5 if digits == "半" else chinese_number(digits)
        if parsed is None:
            return None
        value = parsed
    if not _claims(digits, plain[match.end() : end].strip(), unit, plain, end, data):
        return None
    value *= factor
    if unit == "元" and (cents := plain[end : end + 1]) and cents in _TO_NINE[1:]:  # 九十九块九
        value, end = value + _TO_NINE.index(cents) / 10, end + 1
    return Quantity("number", round(value, 6), unit, "", low, match.start(), end, "")


def _arabic(match: re.Match[str], plain: str, data: Tables) -> Quantity:
    start, end = match.start(), match.end("scale") if match["scale"] else match.end("arabic")
    value = float(match["arabic"].replace(",", ""))
    for scale in match["scale"]:
        value *= {"十": 10, "百": 100, "千": 1000, "k": 1000, "万": 10**4, "w": 10**4, "亿": 10**8}[scale]
    more = data.more.match(plain, end)
    end = more.end() if more else end
    unit, factor, behind = unit_at(plain, end, data)
    if unit == "元" and (cents := re.match(r"\d(?!\d)", plain[behind:])):  # 9 块 9
        value, behind = value + int(cents[0]) / 10, behind + 1
    money = currency(plain, start) or ("元" if unit[:1] in ("", "?") and _is_money(plain, start, end, data) else "")
    if money and unit[:1] in ("", "?"):
        unit, behind = money, end
    elif unit[:1] in ("", "?"):
        behind = end
    value *= factor
    if unit == "折" and value >= 10:
        value /= 10
    bound = "min" if more else ""
    return Quantity("number", round(value, 6), unit, bound, None, start, behind, "")


def _is_money(plain: str, start: int, end: int, data: Tables) -> bool:
    before = plain[max(0, start - 5) : start].rstrip()
    return any(before[-n:] in data.money_before for n in (1, 2, 3)) or data.money_behind.match(plain, end) is not None


def _claims(digits: str, spelled: str, unit: str, plain: str, behind: int, data: Tables) -> bool:
    """Tell whether Chinese numerals state a figure: 两年 and 三档 do, 一个, 两次, 千里 do not."""
    if unit[:1] in ("", "?"):
        return False
    word = unit[1:] if unit[0] == "#" else ""
    if unit != "分" and spelled in data.chinese_not:
        return False
    if digits in ("一", "半"):
        if unit in data.one_counts and plain[behind : behind + 1] not in ("都", "也", "不"):
            return True
        return unit in ("秒", "天", "月") and data.one_time.match(plain, behind) is not None
    if digits in ("两", "二"):
        return word[:1] not in data.two_counts_not
    return unit != "分"


def _bounded(found: Quantity, plain: str, marks: list[tuple[int, str]], data: Tables) -> Quantity:
    bound, end = found.bound, found.end
    for place, name in marks:
        if found.start - _REACH <= place <= found.start:
            gap = data.near if name.endswith("_") else data.between
            if gap.fullmatch(plain, place, found.start):
                bound = name.rstrip("_")
    if match := data.behind.match(plain, end):
        bound, end = match.lastgroup or "", match.end()
    return found._replace(bound=bound, end=end, text=plain[found.start : end])


def _ranges(amounts: list[Quantity], plain: str, data: Tables) -> list[Quantity]:
    """Join the two ends of 3–5 天 and 30%-50% into one figure."""
    joined: list[Quantity] = []
    for item in amounts:
        last = joined[-1] if joined else None
        if (
            last
            and last.kind == item.kind == "number"
            and last.low is None
            and data.separator.fullmatch(plain, last.end, item.start)
        ):
            same = last.unit == item.unit or last.unit[:1] in ("", "?")
            if same and last.value < item.value * 1.0001:
                low = last.value if last.unit == item.unit else last.value * _factor(item, plain, data)
                bound = item.bound or last.bound
                joined[-1] = item._replace(low=low, start=last.start, bound=bound, text=plain[last.start : item.end])
                continue
        joined.append(item)
    return joined


def _factor(item: Quantity, plain: str, data: Tables) -> float:
    """Return what the unit of `item` multiplied its number by; 1.2–1.5 万 share their 万 too."""
    number = data.number.match(plain, item.start)
    written = float(number["arabic"].replace(",", "")) if number and number["arabic"] else 0.0
    return item.value / written if written else 1.0
