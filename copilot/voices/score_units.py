"""Units of a RICE table: what the header, the cells and the flags say, and every input brought to one of them.

People per period and periods are not converted into each other: people of four weeks are not those of a month.
Effort is, and time saved is told in person-days, so that it can be divided by person-days.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

from copilot.arithmetic.rice import Amount, Method
from copilot.batch.rows import Row
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.voices.score import bracketed
from copilot.voices.score_numbers import BadCell, Cell, read_cell, shown, unit_named

_DEFAULT = "人月"
_SPENT = ("dev", "ops", "upkeep")


@dataclass(frozen=True)
class Units:
    """`effort` of the RICE column, `period` of reach, `saving`: 时间 or 元 or "", `day_price` yuan of a person-day.

    `percent_written`: confidence is written as 80, not as 0.8. `heads`: units in the header, by input.
    """

    effort: str
    period: str
    saving: str
    day_price: Fraction | None
    percent_written: bool
    heads: dict[str, str]
    roi: bool
    rated: bool
    notes: list[str] = field(default_factory=list)

    def told(self) -> dict[str, str]:
        """Return the units by input, for the report."""
        found = {"effort": self.effort} if self.rated else {}
        if self.period:
            found["reach"] = f"人/{self.period}"
        if self.roi:
            gain = {"时间": "省下的人日", "元": "元", "": "单位收益"}[self.saving]
            found["ratio"] = f"{gain} ÷ {'元' if self.day_price is not None else '人日'}"
        return found


def find_units(
    header: Sequence[str], places: dict[str, int], rows: Sequence[Row], effort_unit: str, day_price: str, method: Method
) -> Units:
    """Return the units of a table, and notes on those that were assumed.

    :raises InputError: the price of a day is no number
    """
    notes: list[str] = []
    heads = {key: _in_header(header[at]) for key, at in places.items()}
    rated = method in ("rice", "ice-effort")
    effort = effort_unit or unit_named(heads.get("effort", ""), "effort_names") or _common_effort(rows, places)
    if rated and not effort:
        effort = _DEFAULT
        notes.append(f"投入没有写单位，按{_DEFAULT}算；不是的话加 --effort-unit")
    roi = all(key in places for key in ("visits", "saving", "frequency", "adoption", "dev"))
    saving = ""
    if roi:
        saving = _saving(heads["saving"], rows, places["saving"])
        if not saving:
            notes.append("单次节省没有写单位（分钟、小时、元），比值只能互相比较")
        notes.append("投入产出比：人次、频率和运营、维护要按同一个周期填")
    if "confidence" in places and rated and _is_percent(rows, places["confidence"]):
        percent = True
        notes.append("把握这一列写的是 80 这样的数，按百分数读")
    else:
        percent = False
    price = _price(day_price)
    period = _period(header, places, rows) if method == "rice" else ""
    return Units(effort, period, saving, price, percent, heads, roi, rated, notes)


def read_input(key: str, value: Any, units: Units) -> Cell:
    """Return the number in a cell of the column `key`, in the unit of the table.

    :raises BadCell: it is none, or in a unit that does not fit
    """
    rules = read("voice/score")["rice"]
    words = rules.get(f"{key}_words") if units.rated else None
    if key == "effort" or key in _SPENT:
        value = re.sub(r"(\d)\s*w(?![a-z])", r"\1周", shown(value).lower())  # weeks; elsewhere 3w is 3万
    cell = read_cell(value, words)
    if cell.percent and key in ("reach", "effort", "visits", "frequency", "saving", *_SPENT):
        raise BadCell(f"“{shown(value)}”是百分数，这里要数量")
    if key == "adoption" or (key == "confidence" and units.rated):
        return _share(cell, key == "confidence" and units.percent_written, shown(value))
    if key == "effort":
        cell = _days(cell, units.effort, units.effort, shown(value))
    elif key in _SPENT:
        cell = _cost(key, cell, units, shown(value))
    elif key == "saving":
        cell = _gain(cell, units, shown(value))
    elif key in ("reach", "visits", "frequency"):
        _check_counted(cell, units.period if key == "reach" else "", shown(value))
    elif cell.unit.strip("分级 "):
        raise BadCell(f"“{shown(value)}”的单位看不懂")
    if key == "effort" and cell.amount.low <= 0:
        raise BadCell("是 0，不能做除数")
    return cell


# What the table says as a whole


def _in_header(name: str) -> str:
    """Return a unit that stands in the brackets of a name, or at its end: 投入（人月）, effort person-days."""
    if found := bracketed(name):
        return found
    rules = read("voice/score")["rice"]
    names = [word for words in rules["effort_names"].values() for word in words if len(word) > 1]
    text = name.strip().lower()
    return next((word for word in sorted(names, key=len, reverse=True) if text.endswith(word) and word != "工时"), "")


def _common_effort(rows: Sequence[Row], places: dict[str, int]) -> str:
    found = Counter(unit for cell in _cells(rows, places.get("effort")) if (unit := _unit(cell)))
    return found.most_common(1)[0][0] if found else ""


def _unit(cell: Cell) -> str:
    return unit_named(cell.unit, "effort_names")


def _saving(head: str, rows: Sequence[Row], place: int) -> str:
    for unit in (head, *(cell.unit for cell in _cells(rows, place))):
        if _hours(unit) is not None:
            return "时间"
        if _is_money(unit):
            return "元"
    return ""


def _is_percent(rows: Sequence[Row], place: int) -> bool:
    return any(cell.amount.high > 1 for cell in _cells(rows, place) if not cell.percent)


def _cells(rows: Sequence[Row], place: int | None) -> list[Cell]:
    found = []
    for row in rows:
        if place is not None and place < len(row.cells) and not row.problem:
            try:
                found.append(read_cell(row.cells[place]))
            except BadCell:
                continue  # told when the row is read
    return found


def _period(header: Sequence[str], places: dict[str, int], rows: Sequence[Row]) -> str:
    place = places["reach"]
    if found := _period_of(bracketed(header[place])):
        return found
    for lead in ("每", "月均", "周均", "日均"):
        if lead in header[place] and (found := _period_of(header[place])):
            return found
    often = Counter(unit for cell in _cells(rows, place) if (unit := _period_of(cell.unit)))
    return often.most_common(1)[0][0] if often else ""


def _period_of(text: str) -> str:
    for part in re.split(r"[/\s]|每|per", text):
        rest = _without_counted(part)
        if found := unit_named(rest, "periods"):
            return found
    if match := re.search(r"每(\w+?)|([日周月年])均", text):
        return unit_named((match[2] or match[1]), "periods")
    return ""


def _price(text: str) -> Fraction | None:
    if not text:
        return None
    try:
        price = read_cell(text).amount
    except BadCell as error:
        raise InputError(f"--day-price {text} 不对：{error}", "写一个人日多少元，例如 --day-price 1500。") from error
    if price.low <= 0:
        raise InputError(f"--day-price {text} 不对：要大于 0", "写一个人日多少元，例如 --day-price 1500。")
    return price.mid


# One cell


def _share(cell: Cell, percent_written: bool, text: str) -> Cell:
    low, high = cell.amount
    if not cell.percent and cell.unit.strip("分成 "):
        raise BadCell(f"“{text}”的单位看不懂")
    if percent_written and not cell.percent:
        if 1 in (low, high):
            raise BadCell("写的是 1，同列有 80 这样的数，分不清是 1% 还是 100%；写上 %")
        if low > 1:
            low, high = low / 100, high / 100
    elif not cell.percent and high > 1:
        low, high = low / 100, high / 100
    if high > 1:
        raise BadCell(f"“{text}”超过 100%")
    return cell._replace(amount=Amount(low, high))


def _days(cell: Cell, usual: str, wanted: str, text: str) -> Cell:
    """Return effort in the unit `wanted`; a number without a unit is in `usual`."""
    unit = unit_named(cell.unit, "effort_names") if cell.unit else usual
    if not unit:
        raise BadCell(f"“{text}”的单位看不懂，写人时、人日、人周或人月")
    days = {name: Fraction(str(number)) for name, number in read("voice/score")["rice"]["effort_days"].items()}
    factor = days[unit] / days[wanted]
    return cell._replace(amount=Amount(cell.amount.low * factor, cell.amount.high * factor))


def _cost(key: str, cell: Cell, units: Units, text: str) -> Cell:
    unit = cell.unit or units.heads.get(key, "")
    if _is_money(unit):
        if units.day_price is None:
            raise BadCell(f"“{text}”是钱，别的是人日，加不到一起；加 --day-price 一个人日多少元")
        return cell
    days = _days(cell._replace(unit=unit), "人日", "人日", text)
    price = units.day_price if units.day_price is not None else 1
    return days._replace(amount=Amount(days.amount.low * price, days.amount.high * price))


def _gain(cell: Cell, units: Units, text: str) -> Cell:
    unit = cell.unit or units.heads.get("saving", "")
    if units.saving == "时间":
        if (hours := _hours(unit)) is None:
            raise BadCell(f"“{text}”不是时间，这一列别处是时间")
        days = hours / Fraction(read("voice/score")["rice"]["hours_a_day"])
        return cell._replace(amount=Amount(cell.amount.low * days, cell.amount.high * days))
    if units.saving == "元" and not _is_money(unit):
        raise BadCell(f"“{text}”不是钱，这一列别处是钱")
    if not units.saving and unit:
        raise BadCell(f"“{text}”的单位看不懂，写分钟、小时或元")
    return cell


def _check_counted(cell: Cell, period: str, text: str) -> None:
    rest = re.sub(r"[/\s]|每|per", "", cell.unit)
    found = _period_of(cell.unit)
    rest = _without_counted(rest)
    if rest and not unit_named(rest, "periods"):
        raise BadCell(f"“{text}”的单位看不懂")
    if found and period and found != period:
        raise BadCell(f"“{text}”是按{found}的，别的行按{period}，不能一起比；换成同一个周期")


def _without_counted(text: str) -> str:
    for word in sorted(read("voice/score")["rice"]["counted"], key=len, reverse=True):
        if text.startswith(word):
            return text[len(word) :].strip()
        if text.endswith(word) and not unit_named(text, "periods"):
            return text[: -len(word)].strip()
    return text.strip()


@cache
def _hours(unit: str) -> Fraction | None:
    """Return how many hours a unit of time has; None for what is none."""
    known: dict[str, str | int] = read("voice/score")["rice"]["saving_hours"]
    text = re.split(r"[/每]", unit.strip())[0].strip()
    return Fraction(str(known[text])) if text in known else None


@cache
def _is_money(unit: str) -> bool:
    return any(word in unit for word in read("voice/score")["rice"]["money"])
