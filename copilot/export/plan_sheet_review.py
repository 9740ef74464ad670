"""The sheets KPI and 复盘: the tree of figures with its targets, and the table in which they meet what came out."""

import re
from typing import Any

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font

from copilot.export.plan_parts import BASES
from copilot.export.plan_sheet_cells import (
    ASIDE,
    COUNT,
    FIGURE,
    INPUT,
    MONEY,
    PERCENT,
    SHARE,
    TIMES,
    TOTAL,
    Live,
    Look,
    Page,
    new_page,
    put,
    put_row,
)
from copilot.export.plan_sheet_layout import Layout
from copilot.export.plan_sheet_names import (
    AT_LEAST,
    AT_MOST,
    CHEAPER_IS_BETTER,
    FIRST_ROW,
    KPI_COLUMNS,
    KPIS,
    REVIEW,
    REVIEW_COLUMNS,
    REVIEWED,
)
from copilot.plans import Kpi

_TALL = Look(fill="FFF6D6", colour="1F4FA3", free=True)


def kpi_sheet(book: Any, layout: Layout) -> Page:
    """Add the tree; targets of stages are formulas on the funnel, those of guards are to be changed."""
    note = "环节的目标跟着“漏斗”变；主指标的目标在“输入”里改；护栏的目标在这里改，破了线先停下再讨论。"
    page = new_page(book, KPIS, "KPI 拆解", note, KPI_COLUMNS, 3, "A")
    for row, kpi in enumerate(layout.kpis, FIRST_ROW):
        formula = _formula(layout, kpi)
        kind = "护栏" if kpi.guard else "主指标" if kpi.id == "main" else "环节"
        name, told = f"　{kpi.kpi}" if kind == "环节" else kpi.kpi, _told(layout, kpi)
        cells = [kpi.id, kind, name, kpi.unit, kpi.baseline, None, told, kpi.scope, kpi.source, kpi.owner]
        put_row(page, row, [*cells, BASES[kpi.basis]], {1: ASIDE, 3: TOTAL if kpi.id == "main" else FIGURE})
        shown = _format(kpi.unit)
        put(page, row, 6, Live(formula, kpi.target) if formula else kpi.target, FIGURE if formula else INPUT, shown)
    return page


def _formula(layout: Layout, kpi: Kpi) -> str:
    if kpi.guard:
        return ""
    if kpi.id == "main":  # one in yuan is no count of the funnel
        counted = layout.done.count if layout.done.wanted is None else layout.done.wanted
        return (layout.input("target") or layout.count(layout.done.stage)) if kpi.target == counted else ""
    at = layout.step(kpi.id)
    return layout.count(at) if at is not None else ""


def _told(layout: Layout, kpi: Kpi) -> str:
    """Return the formula in words; that of a stage without the figures of the day, which change."""
    at = None if kpi.guard or kpi.id == "main" else layout.step(kpi.id)
    if at is None:
        return kpi.formula
    told = kpi.formula.partition("（合计为")[0]
    return re.sub(r"× \d+ 轮", "× 触达轮数", told) if at else "各渠道相加"


def _format(unit: str) -> str:
    return PERCENT if unit == "%" else MONEY if unit.startswith("元") else COUNT


# 复盘


def review_sheet(book: Any, layout: Layout) -> Page:
    """Add the table to be filled in afterwards: target, actual, difference, reason, action."""
    note = "填“实际”“原因”“动作”，或用 review 命令读入实绩。“不高于”的指标和成本，达成率 = 目标 ÷ 实际，其余反过来。"
    page = new_page(book, REVIEW, "复盘", note, REVIEW_COLUMNS, 2, "A")
    row = FIRST_ROW
    for at, kpi in enumerate(layout.kpis):
        bound = f"（{kpi.formula}）" if kpi.guard and kpi.formula in (AT_LEAST, AT_MOST) else ""
        target = Live(layout.kpi("目标", at), kpi.target)
        _row(page, row, kpi.id, kpi.kpi + bound, kpi.unit, target, kpi.guard and kpi.formula == AT_MOST)
        row += 1
    for id in REVIEWED:
        measure = layout.measures.get(id)
        if measure is not None and measure.value is not None:
            target = Live(layout.measure(id), measure.value)
            _row(page, row, id, measure.label, measure.unit, target, id in CHEAPER_IS_BETTER)
            row += 1
    red = FormulaRule([f"AND(ISNUMBER($G{FIRST_ROW}),$G{FIRST_ROW}<1)"], font=Font(color="B3261E", bold=True))
    page.sheet.conditional_formatting.add(f"G{FIRST_ROW}:G{row - 1}", red)
    return page


def _row(page: Page, row: int, id: str, name: str, unit: str, target: Live, cheaper: bool) -> None:
    put_row(page, row, [id, name, unit, None, None, None, None], {1: ASIDE})
    shown = _format(unit) if unit != "倍" else TIMES
    put(page, row, 4, target, FIGURE, shown)
    put(page, row, 5, None, INPUT, shown)
    put(page, row, 6, Live(f'IF(OR(D{row}="",E{row}=""),"",E{row}-D{row})', ""), FIGURE, shown)
    above, below = ("D", "E") if cheaper else ("E", "D")
    ratio = f'IF(OR(D{row}="",E{row}="",{below}{row}=0),"",{above}{row}/{below}{row})'
    put(page, row, 7, Live(ratio, ""), FIGURE, SHARE)
    put(page, row, 8, None, _TALL)
    put(page, row, 9, None, _TALL)
