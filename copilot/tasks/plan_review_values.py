"""A cell of a file of results → a figure, or why it is none: a percentage where a count belongs, a range, a date."""

from decimal import ROUND_HALF_UP, Decimal

from copilot.knowledge import read
from copilot.tasks.plan_brief_numbers import numbers, percent, shown, whole_number
from copilot.tasks.plan_review_names import Figure
from copilot.text import fold

_TIMES = {"万": 10**4, "w": 10**4, "千": 1000, "k": 1000, "亿": 10**8, "百万": 10**6}
_PERCENT = ("%", "％", "百分比", "percent")


def is_nothing(text: str) -> bool:
    """Return whether a cell says that nobody knows: blank, -, 未统计."""
    return fold(text).strip() in {fold(str(word)) for word in read("plan/review")["nothing"]} | {""}


def looks_like_number(text: str) -> bool:
    """Return whether a cell is a figure, of whatever kind: 1.2万, 3%, ￥1,234."""
    return whole_number(text, ("people", "yuan")) is not None


def value_of(text: str, figure: Figure, unit: str) -> tuple[Decimal | None, str]:
    """Return the figure in a cell and "", or None and what is wrong; `unit` is what row or header says (万, %)."""
    plain = _without_unit(fold(text).strip(), figure.unit)
    found = whole_number(plain, ("people", "yuan"))
    if found is None:
        several = len(numbers(plain)) > 1
        return None, f"“{shown(text)}”{'里有不止一个数' if several else '不是数字'}"
    value, hint = found.value, fold(unit)
    if found.low is not None:
        return None, f"“{shown(text)}”是一个区间，这里要实际的一个数"
    per_cent = found.percent or (hint in map(fold, _PERCENT) and figure.kind != "money")
    if hint in map(fold, _PERCENT) and not found.percent:
        value /= 100
    if not found.percent:
        value *= _scale(hint)
    if value < 0 and figure.key != "roi":
        return None, f"“{shown(text)}”是负数"
    if abs(value) > read("plan/review")["most"]:
        return None, f"“{shown(text)}”大得不像{figure.label}，可能是别的列"
    return _rate(text, value, figure, per_cent) if figure.kind == "rate" else _amount(text, value, figure, per_cent)


def _rate(text: str, value: Decimal, figure: Figure, per_cent: bool) -> tuple[Decimal | None, str]:
    if value > 100 and not per_cent:
        return None, f"“{shown(text)}”是数量，{figure.label}要百分比，写成 3% 或 0.03"
    if value > 1 and not per_cent:
        either = f"写成 {percent(value / 100)} 或 {percent(value)}"
        return None, f"“{shown(text)}”分不清是数量还是百分比，{figure.label}是百分比，{either}"
    if value > 1 and figure.key.startswith("rate:"):
        return None, f"“{shown(text)}”超过 100%，{figure.label}不会大于 100%"
    return value, ""


def _amount(text: str, value: Decimal, figure: Figure, per_cent: bool) -> tuple[Decimal | None, str]:
    what = {"count": "数量", "money": "金额（元）"}.get(figure.kind, f"数（{figure.unit}）" if figure.unit else "数")
    if per_cent:
        return None, f"“{shown(text)}”是百分比，{figure.label}要{what}"
    if figure.kind == "money":
        return value.quantize(Decimal("0.01"), ROUND_HALF_UP), ""
    if figure.kind == "count" and value != value.to_integral_value():
        how = "，像是比率" if value < 1 else ""
        return None, f"“{shown(text)}”不是整数{how}，{figure.label}要数量"
    return value, ""


def _without_unit(plain: str, unit: str) -> str:
    """Return a folded text without the unit of its figure, which the words of money and people do not all know."""
    for word in (unit, unit.partition("/")[0]):
        if word and word != "%" and plain.endswith(fold(word)):
            return plain.removesuffix(fold(word)).strip()
    return plain


def _scale(hint: str) -> int:
    return next((times for word, times in _TIMES.items() if hint in (word, f"{word}元", f"{word}人", f"{word}次")), 1)
