"""The sheet 输入: every input of the arithmetic with its range; the values are what a person changes."""

from decimal import Decimal
from typing import Any

from openpyxl.worksheet.datavalidation import DataValidation

from copilot.export.plan_parts import BASES
from copilot.export.plan_sheet_cells import (
    ASIDE,
    FIGURE,
    INPUT,
    PERCENT,
    PLAIN,
    PRICE,
    RATIO,
    Page,
    new_page,
    put,
    put_row,
)
from copilot.export.plan_sheet_layout import Key, Layout, letter
from copilot.export.plan_sheet_names import BASELINE, INPUT_COLUMNS, INPUTS
from copilot.knowledge import read

_NOT_BOUGHT = "（没有买）"


def input_sheet(book: Any, layout: Layout) -> Page:
    """Add the sheet of inputs."""
    note = "改黄底的“值”，漏斗、预算、回报、敏感度跟着变。临界值是导出时算出的，不随改动变。"
    page = new_page(book, INPUTS, "输入", note, INPUT_COLUMNS, 4)
    assumed = {(one.channel, one.id): one for one in layout.plan.assumptions}
    basis = "给定" if layout.plan.brief.budget is not None else "假设"
    for key, row in layout.input_rows.items():
        one = assumed.get(key)
        if one is None:
            label, unit, value, basis_ = _without_range(layout, key, basis)
            cells: list[Any] = ["全部渠道", key[1], label, None, unit, None, None, basis_, None, "", ""]
            cells[-1] = "填上后回报表算出相应指标" if value is None else ""
        else:
            value, unit = one.value, one.unit
            cells = [_channel(layout, one.channel), _id(key), one.label, None, unit, one.low, one.high]
            cells += [BASES[one.basis], one.break_even, one.verdict, one.replace]
        put_row(page, row, cells, {2: ASIDE})
        shown = PERCENT if unit == "%" else PRICE if unit == "元" else PLAIN
        put(page, row, 4, value, INPUT, shown)
        for column in (6, 7, 9):
            rounded = RATIO if column == 9 and unit == "%" else shown
            put(page, row, column, cells[column - 1], FIGURE, rounded)
        _bound(page, f"D{row}", unit)
    page.sheet.auto_filter.ref = f"A3:{letter(INPUT_COLUMNS, INPUT_COLUMNS[-1][0])}{max(layout.input_rows.values())}"
    return page


def _without_range(layout: Layout, key: Key, basis: str) -> tuple[str, str, Decimal | int | None, str]:
    """Return label, unit, value and basis of what is no assumption: budget, target, baseline, what is missing."""
    done = layout.done
    if key[1] == "budget":
        return "预算上限", "元", done.budget, basis
    if key[1] == "target":
        step = done.inputs.steps[done.stage]
        return f"目标：{step.label}", step.unit, done.wanted, "给定"
    if key[1] == "baseline":
        base = layout.plan.brief.baseline
        return BASELINE, "%" if base is None or base < 1 else "", base, "" if base is None else "给定"
    entry = read("plan/figures")["money"][key[1]]
    return f"{entry['label']}（待补）", entry["unit"], None, ""


def _channel(layout: Layout, channel: str) -> str:
    if not channel:
        return "全部渠道"
    title = str(layout.done.inputs.info[channel]["title"])
    return title if channel in layout.buys else title + _NOT_BOUGHT


def _id(key: Key) -> str:
    return ".".join(part for part in key if part)


def _bound(page: Page, cell: str, unit: str) -> None:
    """Let nothing be typed in that no formula can use."""
    rule = DataValidation("decimal", operator="between", formula1="0", formula2="1" if unit == "%" else "1E12")
    rule.errorTitle, rule.error = "输入", "写 0% 到 100% 之间的数" if unit == "%" else "写不小于 0 的数"
    rule.showErrorMessage = rule.allow_blank = True
    rule.add(cell)
    page.sheet.add_data_validation(rule)
