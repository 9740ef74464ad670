"""The sheet 敏感度: each input a fifth up or down, as formulas at the quantities of the budget, and as planned."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from openpyxl.utils import get_column_letter

from copilot.arithmetic.budget import yuan
from copilot.arithmetic.channel_inputs import Input
from copilot.export.plan_sheet_cells import (
    COUNT,
    FIGURE,
    HEAD,
    MONEY,
    NONE,
    NOTE,
    PERCENT,
    PLAIN,
    PRICE,
    TIMES,
    TITLE,
    Live,
    Page,
    address,
    new_page,
    put,
    put_row,
    span_of,
)
from copilot.export.plan_sheet_layout import Key, Layout
from copilot.export.plan_sheet_names import FIRST_ROW, SWING_COLUMNS, SWINGS, TRIALS
from copilot.export.plan_sheet_trials import (
    MORE_COST,
    MORE_DEEP,
    MORE_OUTCOME,
    Change,
    Trial,
    add_trial,
    trial_sheet,
)
from copilot.plans import Swing

_ENDS = (("−20%", Decimal("0.8"), "D"), ("+20%", Decimal("1.2"), "E"))  # name, factor, column


def swing_sheets(book: Any, layout: Layout) -> tuple[Page, Page]:
    """Add the table and the calculation behind it."""
    note = "上表是公式：只动一个输入，数量照“预算”不变。下表是导出时算好的：同样的预算重新分配数量。"
    page = new_page(book, SWINGS, "敏感度：每个输入变动 20%", note, SWING_COLUMNS, 2)
    behind = trial_sheet(book, layout)
    at, row = FIRST_ROW, FIRST_ROW
    for key in _moved(layout):
        trials = []
        for name, factor, column in _ENDS:
            value = _moved_value(layout.done.inputs.inputs[key], factor)
            trials.append(add_trial(behind, layout, Change(key, value, address(SWINGS, column, at), name), row))
            row = trials[-1].last + 1
        _row(page, layout, at, key, trials)
        at += 1
    _planned(page, layout, at + 2)
    return page, behind


def _moved(layout: Layout) -> list[Key]:
    """Return the inputs that the plan's own table moves, the strongest first."""
    names = {(one.channel, one.label): key for key, one in layout.done.inputs.inputs.items()}
    found = [names.get((swing.channel, swing.input)) for swing in layout.plan.sensitivity]
    return [key for key in found if key is not None]


def _moved_value(one: Input, factor: Decimal) -> Decimal:
    return min(Decimal(1), one.value * factor) if one.unit == "%" else one.value * factor


def _row(page: Page, layout: Layout, at: int, key: Key, trials: Sequence[Trial]) -> None:
    one, done = layout.done.inputs.inputs[key], layout.done
    put_row(page, at, [one.label, _title(layout, one.channel)])
    put(page, at, 3, Live(layout.input(key[1], key[0]), one.value), FIGURE, _shown(one))
    for n, ((_, factor, _), trial) in enumerate(zip(_ENDS, trials, strict=True)):
        moved = f"ROUND(C{at}*{factor},10)"
        moved = f"MIN(1,{moved})" if one.unit == "%" else moved
        put(page, at, 4 + n, Live(moved, _moved_value(one, factor)), FIGURE, _shown(one))
        outcome, spend = f"{get_column_letter(6 + n)}{at}", f"{get_column_letter(8 + n)}{at}"
        counted = layout.count(done.stage) + _sum(MORE_OUTCOME, trial)
        put(page, at, 6 + n, Live(counted, trial.outcome), FIGURE, COUNT)
        paid = f"ROUND({layout.sum('spend')}{_sum(MORE_COST, trial)},2)"
        put(page, at, 8 + n, Live(paid, trial.spend), FIGURE, MONEY)
        cost = yuan(trial.spend / trial.outcome) if trial.outcome else ""
        put(page, at, 10 + n, Live(f'IF({outcome}=0,"",ROUND(ROUND({spend}/{outcome},8),2))', cost), FIGURE, MONEY)
        changed = f"{get_column_letter(4 + n)}{at}"
        roi = _roi(layout, key, changed, _moved_value(one, factor), spend, trial)
        put(page, at, 12 + n, roi, FIGURE if isinstance(roi, Live) else NONE, TIMES)


def _sum(column: str, trial: Trial) -> str:
    """Return what the rows of a trial add, "" where there are none."""
    return f"+SUM({span_of(TRIALS, column, trial.first, trial.last)})" if trial.last >= trial.first else ""


def _roi(layout: Layout, key: Key, changed: str, value: Decimal, spend: str, trial: Trial) -> Live | str:
    """Return the return; — for a goal that sells nothing, empty until price and margin are known."""
    cells = {id: layout.input(id) for id in ("aov", "gross_margin")}
    amounts = {id: layout.amount(id) for id in cells}
    if "gmv" not in layout.measures or not all(cells.values()):
        return "—"
    if key[1] in cells:
        cells[key[1]], amounts[key[1]] = changed, value
    deep = layout.count(len(layout.done.inputs.steps) - 1) + _sum(MORE_DEEP, trial)
    made = f"ROUND(ROUND(ROUND(ROUND(({deep})*{cells['aov']},6),2)*{cells['gross_margin']},6),2)"
    missing = f'OR({cells["aov"]}="",{cells["gross_margin"]}="",{spend}=0)'
    formula = f'IF({missing},"",ROUND(ROUND(({made}-{spend})/{spend},9),3))'
    aov, margin = amounts["aov"], amounts["gross_margin"]
    if aov is None or margin is None or not trial.spend:
        return Live(formula, "")
    gained = yuan(yuan(trial.deep * aov) * margin) - trial.spend
    return Live(formula, (gained / trial.spend).quantize(Decimal("0.001"), ROUND_HALF_UP))


def _planned(page: Page, layout: Layout, at: int) -> None:
    """Add the plan's own table: the same budget, quantities solved again."""
    put(page, at, 1, "同样的预算，数量重新分配", TITLE)
    put(page, at + 1, 1, "导出时的结果，不随改动变。和上表的差别：价高了就少买，率变了补贴份额也跟着变。", NOTE)
    for column, (name, _) in enumerate(SWING_COLUMNS, 1):
        put(page, at + 2, column, name, HEAD)
    inputs = {(one.channel, one.label): one for one in layout.done.inputs.inputs.values()}
    for row, swing in enumerate(layout.plan.sensitivity, at + 3):
        put_row(page, row, [swing.input, _title(layout, swing.channel)])
        one = inputs.get((swing.channel, swing.input))
        for column, (value, shown) in enumerate(_figures(swing, one), 3):
            look = NONE if value is None else FIGURE
            put(page, row, column, "—" if value is None else value, look, shown)


def _figures(swing: Swing, one: Input | None) -> list[tuple[Decimal | int | None, str]]:
    shown = _shown(one) if one else PLAIN
    return [
        (one.value if one else None, shown), (swing.low, shown), (swing.high, shown), (swing.outcome_low, COUNT),
        (swing.outcome_high, COUNT), (None, MONEY), (None, MONEY), (swing.cost_low, MONEY), (swing.cost_high, MONEY),
        (swing.roi_low, TIMES), (swing.roi_high, TIMES),
    ]  # fmt: skip


def _shown(one: Input) -> str:
    return PERCENT if one.unit == "%" else PRICE if one.unit == "元" else PLAIN


def _title(layout: Layout, channel: str) -> str:
    return str(layout.done.inputs.info[channel]["title"]) if channel else "全部渠道"
