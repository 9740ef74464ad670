"""The sheet 预算: lines to change, their sums as formulas, the check against the ceiling, what each channel gets."""

from decimal import Decimal
from typing import Any

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill

from copilot.export.plan_parts import BASES
from copilot.export.plan_sheet_cells import (
    ASIDE,
    BODY,
    COUNT,
    FIGURE,
    HEAD,
    INPUT,
    MONEY,
    NOTE,
    PRICE,
    SHARE,
    TOTAL,
    Live,
    Look,
    Page,
    merge,
    new_page,
    put,
    put_row,
)
from copilot.export.plan_sheet_charts import bars
from copilot.export.plan_sheet_layout import Layout
from copilot.export.plan_sheet_names import BUDGET, BUDGET_COLUMNS, FIRST_ROW
from copilot.plans import BudgetLine

_MEDIA = ("投放", "人力")  # lines that buy what channels bring
_RED = {"font": Font(color="B3261E", bold=True), "fill": PatternFill("solid", bgColor="FBE3E1")}


def budget_sheet(book: Any, layout: Layout) -> Page:
    """Add the budget: quantities and prices to change, all sums as formulas, the check against the ceiling."""
    note = "小计 = 数量 × 单价，四舍五入到分。数量是填好的，改了率不会自动改买多少；合计超过“输入”里的预算上限会变红。"
    page = new_page(book, BUDGET, "预算", note, BUDGET_COLUMNS, 3, "MN")
    last = FIRST_ROW + len(layout.lines) - 1
    for row, line in enumerate(layout.lines, FIRST_ROW):
        title = layout.done.inputs.info[line.channel]["title"] if line.channel else ""
        cells = [line.category, title, line.item, None, line.unit, None, None, None, BASES[line.basis], line.due]
        put_row(page, row, [*cells, line.note, ""])
        put(page, row, 4, _whole(line.quantity), INPUT, COUNT)
        price = _price(layout, line, row)
        put(page, row, 6, price, FIGURE if isinstance(price, Live) else INPUT, PRICE)
        put(page, row, 7, Live(f"ROUND(ROUND(D{row}*F{row},6),2)", line.subtotal), FIGURE, MONEY)
        _share(page, row, last, line, layout.plan.budget_total)
        _remind(page, layout, line, row)
    _foot(page, layout, last)
    _by_channel(page, layout, last)
    return page


def _whole(value: Decimal) -> Decimal | int:
    return int(value) if value == value.to_integral_value() else value


def _price(layout: Layout, line: BudgetLine, row: int) -> Live | Decimal:
    """Return what a unit costs: by the sheet of inputs where it stands there, else to be changed here."""
    formula = ""
    if layout.bought.get(line.channel) == row:
        formula = layout.price(line.channel)
    elif line.category == "补贴":
        formula = layout.input("subsidy")
    return Live(formula, line.unit_price) if formula else line.unit_price


def _share(page: Page, row: int, last: int, line: BudgetLine, total: Decimal) -> None:
    """Shares to a thousandth that add up to exactly 1: the largest remainders are rounded up, as in `shares`."""
    whole = last + 1
    exact = line.subtotal * 1000 / total if total else Decimal(0)
    put(page, row, 13, Live(f"IF($G${whole}=0,0,ROUND(1000*G{row}/$G${whole},9))", round(exact, 9)), ASIDE)
    put(page, row, 14, Live(f"ROUND(M{row}-INT(M{row}),9)", round(exact, 9) % 1), ASIDE)
    rank = f'COUNTIF(N${FIRST_ROW}:N${last},">"&N{row})+COUNTIF(N${FIRST_ROW}:N{row},N{row})'
    short = f"1000-SUMPRODUCT(INT(M${FIRST_ROW}:M${last}))"
    formula = f"IF($G${whole}=0,0,(INT(M{row})+IF({rank}<={short},1,0))/1000)"
    put(page, row, 8, Live(formula, line.share), FIGURE, SHARE)


def _remind(page: Page, layout: Layout, line: BudgetLine, row: int) -> None:
    """Say where a line no longer fits what was changed elsewhere."""
    if line.category == "补贴":
        count = layout.count(layout.done.inputs.costs.per)
        text = f'IF({count}>D{row},"预计 "&TEXT({count},"#,##0")&" 份，超过名额","")'
        expected = layout.done.outlay.totals[layout.done.inputs.costs.per]
        put(page, row, 12, Live(text, f"预计 {expected:,} 份，超过名额" if expected > line.quantity else ""), BODY)
    elif line.category == "预留":
        least, total = layout.input("reserve"), layout.sum("total")
        text = f'IF({total}=0,"",IF(ROUND(G{row}/{total},3)<ROUND({least},3),"低于预留比例 "&TEXT({least},"0.0%"),""))'
        whole, share = layout.plan.budget_total, layout.amount("reserve") or Decimal(0)
        low = bool(whole) and round(line.subtotal / whole, 3) < round(share, 3)
        put(page, row, 12, Live(text, f"低于预留比例 {share:.1%}" if low else ""), BODY)


def _foot(page: Page, layout: Layout, last: int) -> None:
    """Add total, ceiling, what is left with the check, reserve, spend, media."""
    done, total = layout.done, layout.plan.budget_total
    kept = f"SUMIFS(G{FIRST_ROW}:G{last},A{FIRST_ROW}:A{last},%s)"
    at = {name: layout.foot(name) for name in ("total", "limit", "left", "reserve", "spend", "media")}
    reserve = sum((line.subtotal for line in layout.lines if line.category == "预留"), Decimal(0))
    media = sum((line.subtotal for line in layout.lines if line.category in _MEDIA), Decimal(0))
    left = done.budget - total
    rows: list[tuple[str, str, str, Decimal]] = [
        ("total", "合计", f"ROUND(SUM(G{FIRST_ROW}:G{last}),2)", total),
        ("limit", "预算上限", layout.input("budget"), done.budget),
        ("left", "上限 − 合计", f"ROUND(G{at['limit']}-G{at['total']},2)", left),
        ("reserve", "其中预留", kept % '"预留"', reserve),
        ("spend", "花费（合计 − 预留）", f"ROUND(G{at['total']}-G{at['reserve']},2)", total - reserve),
        ("media", "渠道花费（投放、人力）", "+".join(kept % f'"{name}"' for name in _MEDIA), media),
    ]
    for name, label, formula, value in rows:
        row = at[name]
        put_row(page, row, ["", "", label, *[None] * 9], dict.fromkeys(range(1, 13), TOTAL))
        put(page, row, 7, Live(formula, value), TOTAL, MONEY)
    put(page, at["total"], 8, Live(f"ROUND(SUM(H{FIRST_ROW}:H{last}),3)", 1 if total else 0), TOTAL, SHARE)
    over = f'"超预算 "&TEXT(-G{at["left"]},"#,##0.00")&" 元"'
    told = f"超预算 {-left:,.2f} 元" if left < 0 else "没有超预算"
    put(page, at["left"], 12, Live(f'IF(G{at["left"]}<0,{over},"没有超预算")', told), TOTAL)
    for cells, row in ((f"C{at['total']}:L{at['total']}", at["left"]), (f"C{at['left']}:L{at['left']}", at["left"])):
        page.sheet.conditional_formatting.add(cells, FormulaRule([f"$G${row}<0"], **_RED))
    page.sheet.conditional_formatting.add(f"L{FIRST_ROW}:L{last}", FormulaRule([f"LEN($L{FIRST_ROW})>0"], **_RED))


def _by_channel(page: Page, layout: Layout, last: int) -> None:
    """Add what goes to each channel (materials with it), to subsidy and to reserve, with its chart."""
    first = layout.foot("media") + 3
    _wide(page, first - 1, "按渠道", HEAD)
    put(page, first - 1, 7, "金额（元）", HEAD)
    put(page, first - 1, 8, "占比", HEAD)
    parts = [(str(layout.done.inputs.info[one]["title"]), "B", one) for one in layout.buys]
    parts += [(category, "A", category) for category in ("补贴", "预留") if layout.line(category)]
    total, whole = f"$G${layout.foot('total')}", layout.plan.budget_total
    for row, (name, column, id) in enumerate(parts, first):
        lines = [line for line in layout.lines if id == (line.channel if column == "B" else line.category)]
        amount = sum((line.subtotal for line in lines), Decimal(0))
        _wide(page, row, name, BODY)
        named = f"EXACT(${column}${FIRST_ROW}:${column}${last},$C{row})"  # SUMIFS takes a name with * for a pattern
        formula = f"SUMPRODUCT({named}*$G${FIRST_ROW}:$G${last})"
        put(page, row, 7, Live(formula, amount), FIGURE, MONEY)
        put(page, row, 8, Live(f"IF({total}=0,0,G{row}/{total})", amount / whole if whole else 0), FIGURE, SHARE)
    last_row = first + len(parts) - 1
    bars(page, "预算按渠道（元）", (3, 7), (first, last_row), f"C{last_row + 2}")


def _wide(page: Page, row: int, text: str, look: Look) -> None:
    """Write a text over the columns C to F."""
    put_row(page, row, [None, None, text, "", "", ""], dict.fromkeys(range(3, 7), look) | dict.fromkeys((1, 2), NOTE))
    merge(page, row, 3, 6)
