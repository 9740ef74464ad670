"""A table of requests with reach, impact, confidence, effort → `RiceReport`; ICE without reach, 投入产出比 beside."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from copilot.arithmetic.rice import INPUTS, Amount, Item, Method, RiceReport, first_is_steady, rank_items
from copilot.batch.rows import Row
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.text import fold
from copilot.voices.score import listed, opened, plain
from copilot.voices.score_numbers import BadCell, Cell, basis_of, shown
from copilot.voices.score_units import Units, find_units, read_input

EFFORT_UNITS = ("人时", "人日", "人周", "人月")
_ROI = INPUTS["roi"]
_ROI_NEEDED = ("visits", "saving", "frequency", "adoption", "dev")
_FORMULAS: dict[Method, str] = {
    "rice": "RICE = 触达 × 影响 × 把握 ÷ 投入",
    "ice": "ICE = 影响 × 把握 × 容易程度",
    "ice-mean": "ICE = (影响 + 把握 + 容易程度) ÷ 3",
    "ice-effort": "ICE = 影响 × 把握 ÷ 投入",
    "roi": "投入产出比 = (人次 × 单次节省 × 频率 × 采用率) ÷ (研发人日 + 运营 + 维护)",
}
_HINT = "把列名改成这些词（中英文都认），第一行要是列名；看例子：ops-copilot score rice --help"


class _Columns(NamedTuple):
    """Which column holds which input; `marks`: which one says whether an input is data, under "" for all of them."""

    places: dict[str, int]
    marks: dict[str, int]


def read_rice(
    source: Path | BinaryIO, *, effort_unit: str = "", mean: bool = False, sheet: str = "", day_price: str = ""
) -> RiceReport:
    """Return the scores of a table, best first. A row with a missing or wrong cell is `failed` with the reason.

    `effort_unit`: 人时, 人日, 人周, 人月; "" as the file says, else 人月. `mean`: ICE as a mean. `day_price`: yuan of a
    person-day, for 投入产出比 with costs in yuan.

    :raises InputError: no table, or a column that every method needs is missing
    """
    rules = read("voice/score")["rice"]
    with opened(source, sheet, _known) as (table, rows):
        columns = _columns(table.header)
        method = _method(columns.places, mean, table.header)
        units = find_units(table.header, columns.places, rows, effort_unit, day_price, method)
        notes = [*table.notes, *units.notes]
        totals = {bare(word) for word in rules["totals"]}
        items: list[Item] = []
        failed: list[dict[str, str | int]] = []
        passed = 0
        for row in rows:
            name = _name(row, columns.places)
            if bare(name) in totals:
                passed += 1
                continue
            try:
                items.append(_item(row, name, columns, units, method))
            except BadCell as error:
                failed.append({"row": row.number, "name": name, "reason": str(error)})
        header = table.header
    if passed:
        notes.append(f"合计行 {passed} 行没有打分")
    if method != "rice" and "reach" in columns.places:
        notes.append("有触达、没有投入，按 ICE 算，触达没有用到；要算 RICE 就加投入列")
    notes += _scale_notes(method, items, units)
    notes += _same_names(items)
    ranked, swings = rank_items(method, items, Fraction(str(rules["swing"])))
    if method in ("ice", "ice-mean"):
        notes += _other_ice(method, items, [row.row for row in ranked])
    lacking = [row.name for row in ranked if row.ratio is None] if _has_roi(columns.places) and method != "roi" else []
    if lacking:
        notes.append(f"没有算投入产出比（缺数或单位不合）：{'、'.join(lacking[:5])}{' …' if len(lacking) > 5 else ''}")
    return RiceReport(
        method=method,
        formula=_FORMULAS[method],
        units=units.told(),
        columns={name: header[at] for name, at in columns.places.items()},
        rows=len(rows) - passed,
        items=tuple(ranked),
        failed=tuple(failed),
        sensitivity=tuple(swings),
        first_steady=first_is_steady(ranked, swings),
        swing=rules["swing"],
        notes=tuple(dict.fromkeys(notes)),
    )


# Columns


def _known(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell and len(cell) <= 40 and _key(cell))


def _key(name: str) -> str:
    """Return the input that a column's name means, `basis` or `basis:effort` for its mark, "" for none."""
    rules, aliases, text = read("voice/score")["rice"], _aliases(), plain(name)
    if text in aliases:
        return aliases[text]
    for tail in rules["basis_tail"]:
        if text.endswith(bare(tail)) and (key := aliases.get(text.removesuffix(bare(tail)))):
            return f"basis:{key}"
    for lead in ["", *map(bare, rules["lead"])]:
        for tail in ["", *map(bare, rules["tail"])]:
            middle = text[len(lead) : len(text) - len(tail)]
            if text == lead + middle + tail and (key := aliases.get(middle)):
                return key
    words = set(fold(name).replace("_", " ").replace("(", " ").replace(")", " ").split())
    return next((key for key in ("reach", "impact", "confidence", "effort", "ease") if key in words), "")


@cache
def _aliases() -> dict[str, str]:
    columns: dict[str, list[str]] = read("voice/score")["rice"]["columns"]
    return {bare(word): key for key, words in columns.items() for word in words}


def _columns(header: Sequence[str]) -> _Columns:
    places: dict[str, int] = {}
    marks: dict[str, int] = {}
    for at, name in enumerate(header):
        key = _key(name)
        if key == "basis" or key.startswith("basis:"):
            marks.setdefault(key.partition(":")[2], at)
        elif key:
            places.setdefault(key, at)
    if "name" not in places:
        free = [at for at in range(len(header)) if at not in (*places.values(), *marks.values())]
        if free:
            places["name"] = free[0]
    if "effort" not in places and "dev" in places and not _has_roi(places):
        places["effort"] = places.pop("dev")
    return _Columns(places, marks)


def _has_roi(places: dict[str, int]) -> bool:
    return all(name in places for name in _ROI_NEEDED)


def _method(places: dict[str, int], mean: bool, header: Sequence[str]) -> Method:
    if all(name in places for name in INPUTS["rice"]):
        return "rice"
    if all(name in places for name in INPUTS["ice"]):
        return "ice-mean" if mean else "ice"
    if "reach" not in places and all(name in places for name in INPUTS["ice-effort"]):
        return "ice-effort"
    if _has_roi(places):
        return "roi"
    raise InputError(f"没有一种打分的列是全的。{_lacking(places)}。文件里的列：{listed(header)}", _HINT)


def _lacking(places: dict[str, int]) -> str:
    words = read("voice/score")["rice"]["words"]
    told = []
    for title, needed in (("RICE", INPUTS["rice"]), ("ICE", INPUTS["ice"]), ("投入产出比", _ROI_NEEDED)):
        lacks = "、".join(words[name] for name in needed if name not in places)
        found = [words[name] for name in needed if name in places]
        if found or title == "RICE":
            told.append(f"{title} 缺 {lacks}" + (f"（有 {'、'.join(found)}）" if found else ""))
    return "；".join(told)


# Rows


def _name(row: Row, places: dict[str, int]) -> str:
    at = places.get("name")
    text = shown(row.cells[at]) if at is not None and at < len(row.cells) else ""
    return text or f"第 {row.number} 行"


def _item(row: Row, name: str, columns: _Columns, units: Units, method: Method) -> Item:
    if row.problem:
        raise BadCell(row.problem)
    words = read("voice/score")["rice"]["words"]
    cells: dict[str, Cell] = {}
    wrong: list[str] = []
    needed = [*INPUTS[method], *(_ROI if _has_roi(columns.places) else ())]
    for key in dict.fromkeys(needed):
        if key not in columns.places:
            continue
        try:
            cells[key] = read_input(key, _at(row, columns.places[key]), units)
        except BadCell as error:
            if key in INPUTS[method]:
                wrong.append(f"{words[key]}{error}")
    if "dev" in cells and method == "roi" and not _spent(cells):
        wrong.append("研发、运营、维护加起来是 0，不能做除数")
    if wrong:
        raise BadCell("；".join(wrong))
    if not _spent(cells) or not all(key in cells for key in _ROI if key in columns.places):
        cells = {key: cell for key, cell in cells.items() if key in INPUTS[method]}
    basis = {key: cell.basis or _marked(row, key, columns.marks) for key, cell in cells.items()}
    return Item(row.number, name, {key: cell.amount for key, cell in cells.items()}, basis)


def _spent(cells: dict[str, Cell]) -> bool:
    return sum((cells[key].amount.low for key in ("dev", "ops", "upkeep") if key in cells), Fraction(0)) > 0


def _at(row: Row, place: int) -> Any:
    return row.cells[place] if place < len(row.cells) else None


def _marked(row: Row, key: str, marks: dict[str, int]) -> str:
    place = marks.get(key, marks.get(""))
    return basis_of(shown(_at(row, place))) if place is not None else ""


# Notes


def _scale_notes(method: Method, items: Sequence[Item], units: Units) -> list[str]:
    """Return which inputs lie beside the usual scales: they were taken as they are."""
    rules = read("voice/score")["rice"]
    notes = []
    if method == "rice":
        for key, word in (("impact", "影响"), ("confidence", "把握")):
            scale = {Fraction(str(number)) for number in rules[key]}
            if key == "confidence" and units.percent_written:
                continue
            ends = [(item, end) for item in items for end in dict.fromkeys(item.inputs[key])]
            odd = [f"{item.name} {float(end):g}" for item, end in ends if end not in scale]
            if odd:
                usual = "、".join(f"{number:g}" for number in rules[key])
                notes.append(f"{word}不在常用刻度（{usual}）上，照写的算：{_few(odd)}")
    if method in ("ice", "ice-mean"):
        low, high = rules["ice"]
        odd = [f"{i.name} {float(a.mid):g}" for i in items for a in i.inputs.values() if a.low < low or a.high > high]
        if odd:
            notes.append(f"ICE 每项通常打 {low}–{high} 分，照写的算：{_few(odd)}")
    return notes


def _few(texts: Sequence[str]) -> str:
    return "、".join(texts[:5]) + (f" 等 {len(texts)} 处" if len(texts) > 5 else "")


def _same_names(items: Sequence[Item]) -> list[str]:
    twice = [name for name, times in Counter(item.name for item in items).items() if times > 1]
    return [f"有同名的行，分开打分：{_few(twice)}"] if twice else []


def _other_ice(method: Method, items: Sequence[Item], order: list[int]) -> list[str]:
    other: Method = "ice" if method == "ice-mean" else "ice-mean"
    inputs: list[Item] = [item._replace(inputs=_only(item.inputs)) for item in items]
    if [row.row for row in rank_items(other, inputs, Fraction(0))[0]] == order:
        return []
    flag = "--ice 相乘" if method == "ice-mean" else "--ice 平均"
    return [f"按另一种写法（{flag}：{_FORMULAS[other]}）名次不一样；同一个团队只用一种"]


def _only(inputs: Any) -> dict[str, Amount]:
    return {key: inputs[key] for key in INPUTS["ice"]}
