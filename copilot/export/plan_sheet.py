"""`Plan` → xlsx with live formulas: change an input, a price or a quantity and funnel, budget, return follow.

Every formula gives what the plan says as long as nothing is changed (tests/test_plan_sheet.py lets LibreOffice reckon
it again). Texts stay texts: a product that begins with = is no formula.
"""

import openpyxl

from copilot.export.plan_sheet_cells import LANDSCAPE_A3, LANDSCAPE_A4, Page, finish
from copilot.export.plan_sheet_funnel import funnel_sheet
from copilot.export.plan_sheet_inputs import input_sheet
from copilot.export.plan_sheet_layout import layout_of
from copilot.export.plan_sheet_lists import list_sheets
from copilot.export.plan_sheet_money import budget_sheet
from copilot.export.plan_sheet_names import (
    BUDGET,
    FUNNEL,
    HOLIDAYS,
    INPUTS,
    KPIS,
    RETURNS,
    REVIEW,
    SCHEDULE,
    SHEETS,
    SUMMARY,
    SWINGS,
    TRIALS,
)
from copilot.export.plan_sheet_returns import return_sheet
from copilot.export.plan_sheet_review import kpi_sheet, review_sheet
from copilot.export.plan_sheet_schedule import schedule_sheets
from copilot.export.plan_sheet_store import saved
from copilot.export.plan_sheet_summary import summary_sheet
from copilot.export.plan_sheet_swings import swing_sheets
from copilot.plans import Plan

_PROTECTED = (INPUTS, FUNNEL, BUDGET, RETURNS, SWINGS, SCHEDULE, KPIS, REVIEW, TRIALS)


def plan_xlsx(plan: Plan) -> bytes:
    """Return the workbook."""
    book = openpyxl.Workbook()
    layout = layout_of(plan)
    pages: dict[str, Page] = {
        SUMMARY: summary_sheet(book, layout), INPUTS: input_sheet(book, layout), FUNNEL: funnel_sheet(book, layout),
        BUDGET: budget_sheet(book, layout), RETURNS: return_sheet(book, layout), KPIS: kpi_sheet(book, layout),
        REVIEW: review_sheet(book, layout),
    }  # fmt: skip
    pages[SWINGS], pages[TRIALS] = swing_sheets(book, layout)
    pages[SCHEDULE], pages[HOLIDAYS] = schedule_sheets(book, plan.schedule)
    pages |= list_sheets(book, layout)
    book.remove(book.active)
    for place, name in enumerate(SHEETS):
        book.move_sheet(name, place - book.sheetnames.index(name))
        paper = LANDSCAPE_A3 if name in (SCHEDULE, TRIALS) else LANDSCAPE_A4
        finish(pages[name], plan.title, protected=name in _PROTECTED, paper=paper, headed=name != SUMMARY)
    book.active = 0
    return saved(book, [pages[name] for name in SHEETS], plan.title)
