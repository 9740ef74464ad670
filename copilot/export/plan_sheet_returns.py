"""The sheet 回报: cost and return as formulas, each with its formula in words (see copilot/arithmetic/returns.py)."""

from typing import Any

from copilot.export.plan_parts import BASES
from copilot.export.plan_sheet_cells import (
    ASIDE,
    COUNT,
    FIGURE,
    MONEY,
    TIMES,
    TOTAL,
    Live,
    Page,
    new_page,
    put,
    put_row,
)
from copilot.export.plan_sheet_layout import Layout
from copilot.export.plan_sheet_names import LIFETIME, RETURN_COLUMNS, RETURNS, SALES


def return_sheet(book: Any, layout: Layout) -> Page:
    """Add the measures; one whose input is missing is empty until the input is filled in."""
    note = "GMV、实收、毛利分开写；补贴算在花费里，只扣一次。空着的指标在“输入”里补上缺的数就会算出来。"
    page = new_page(book, RETURNS, "成本与回报", note, RETURN_COLUMNS, 1)
    for id, row in layout.return_rows.items():
        measure = layout.measures.get(id)
        label, unit = (measure.label, measure.unit) if measure else (SALES | LIFETIME)[id]
        value = measure.value if measure else None
        formula = formula_of(layout, id)
        told = words_of(layout, id) if formula else measure.formula if measure else ""
        put_row(page, row, [label, None, unit, told, BASES[measure.basis] if measure else "", id], {6: ASIDE})
        shown = COUNT if id in ("break_even", "net") else TIMES if id == "roi" else MONEY
        live: Any = Live(formula, "" if value is None else value) if formula else value
        put(page, row, 2, live, TOTAL if id in ("spend", "cost_per_result", "roi") else FIGURE, shown)
    return page


def formula_of(layout: Layout, id: str) -> str:
    """Return the formula of a measure, "" for one that this sheet does not know."""
    done, spend, media = layout.done, layout.sum("spend"), layout.sum("media")
    aov, margin, arpu, churn = (layout.input(one) for one in ("aov", "gross_margin", "arpu", "churn_rate"))
    last = len(done.inputs.steps) - 1
    if id == "spend":
        return spend
    if id == "cost_per_result":
        return _over(spend, layout.count(done.stage))
    if id == "cpm":
        return _over(f"{media}*1000", layout.count(0))
    if id in ("cpc", "cpa"):
        at = layout.step("click" if id == "cpc" else "act")
        return _over(media, layout.count(at)) if at is not None else ""
    if id == "cac":
        at = layout.step("deep")
        return _over(spend, layout.count(at)) if at is not None else ""
    if id in ("gmv", "received"):
        at = _placed(layout) if id == "gmv" else last
        return f'IF({aov}="","",ROUND(ROUND({layout.count(at)}*{aov},6),2))' if aov else ""
    if id == "net":
        return _net(layout)
    if id in LIFETIME:
        return _lifetime(layout, id, arpu, margin, churn) if arpu and margin and churn else ""
    return _profit(layout, id, spend, aov, margin) if id in SALES and aov and margin else ""


def words_of(layout: Layout, id: str) -> str:
    """Return a formula in words, without figures, which change."""
    done = layout.done
    names = {step.id: step.label for step in done.inputs.steps}
    result, first, last = (done.inputs.steps[at].label for at in (done.stage, 0, -1))
    return {
        "spend": "预算合计 − 预留", "cost_per_result": f"花费 ÷ {result}", "cpm": f"渠道花费 × 1000 ÷ {first}",
        "cpc": f"渠道花费 ÷ {names.get('click', '')}", "cpa": f"渠道花费 ÷ {names.get('act', '')}",
        "cac": f"花费 ÷ {names.get('deep', '')}", "gmv": f"{done.inputs.steps[_placed(layout)].label} × 客单价",
        "received": f"{last} × 客单价", "roas": "实收 ÷ 花费", "margin": "实收 × 毛利率",
        "roi": "（毛利 − 花费）÷ 花费", "break_even": "花费 ÷（客单价 × 毛利率），进位",
        "ltv": "月均每人收入 × 毛利率 ÷ 月流失率", "ltv_cac": "LTV ÷ CAC",
        "payback": "CAC ÷（月均每人收入 × 毛利率）", "net": f"{result} − {names.get('touch', '')} × 自然比率",
    }.get(id, "")  # fmt: skip


def _placed(layout: Layout) -> int:
    """Return the step whose count are orders placed: all that were, where paying is a step of its own."""
    at = layout.step("act") if layout.step("paid") is not None else None
    return len(layout.done.inputs.steps) - 1 if at is None else at


def _over(above: str, below: str) -> str:
    return f'IF({below}=0,"",ROUND(ROUND({above}/{below},8),2))'


def _profit(layout: Layout, id: str, spend: str, aov: str, margin: str) -> str:
    received = layout.measure("received")
    if id == "roas":
        return f'IF(OR({received}="",{spend}=0),"",ROUND(ROUND({received}/{spend},8),2))'
    known = f'OR({aov}="",{margin}="")'
    if id == "margin":
        return f'IF({known},"",ROUND(ROUND({received}*{margin},6),2))'
    if id == "roi":
        gained = layout.measure("margin")
        return f'IF(OR({gained}="",{spend}=0),"",ROUND(ROUND(({gained}-{spend})/{spend},9),3))'
    return f'IF({known},"",IF({aov}*{margin}=0,"",ROUNDUP(ROUND({spend}/({aov}*{margin}),6),0)))'


def _lifetime(layout: Layout, id: str, arpu: str, margin: str, churn: str) -> str:
    known = f'OR({arpu}="",N({margin})=0'
    ltv, cac = (layout.measure(one) if one in layout.return_rows else "0" for one in ("ltv", "cac"))
    if id == "ltv":
        return f'IF({known},N({churn})=0),"",ROUND(ROUND({arpu}*{margin}/{churn},6),2))'
    if id == "ltv_cac":
        return f'IF(OR({ltv}="",N({cac})=0),"",ROUND(ROUND({ltv}/{cac},8),2))'
    return f'IF({known},{cac}="",N({arpu})=0),"",ROUND(ROUND({cac}/({arpu}*{margin}),8),2))'


def _net(layout: Layout) -> str:
    base, touched = layout.input("baseline"), layout.step("touch")
    if not base or touched is None:
        return ""
    natural = f"INT(ROUND({layout.count(touched)}*{base},6))"
    return f'IF(OR({base}="",{base}>=1),"",{layout.count(layout.done.stage)}-{natural})'
