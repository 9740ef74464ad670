"""The first sheet of a plan's workbook: who signs, the figures that decide, the summary, how to change it."""

from collections.abc import Iterable
from typing import Any

from copilot.export.plan_parts import LEGEND, approver, blocks_of, facts, how_made, reviewers
from copilot.export.plan_sheet_cells import (
    BODY,
    COUNT,
    HEAD,
    INPUT,
    MONEY,
    TIMES,
    Live,
    Look,
    Page,
    lines_of,
    merge,
    new_page,
    put,
    put_row,
)
from copilot.export.plan_sheet_layout import Layout
from copilot.export.plan_sheet_names import HEAD_ROW, SUMMARY
from copilot.plans import Plan

_COLUMNS = (("", 22), ("", 26), ("", 16), ("", 74))
_FIGURE = Look(fill="EEF2F6", bold=True, wrap=False, across="right")
_NAME = Look(fill="F4F7FA", bold=True)
_HOW = (
    ("改什么", "黄底的格子：“输入”里的值、“预算”里的数量和单价、“排期”里的开始日和天数、“复盘”里的实际。"),
    ("跟着变", "漏斗、预算、回报、敏感度上表、KPI、排期。文字、临界值、敏感度下表是导出时的，不变。"),
    ("保护", "公式加了保护，没有密码：审阅 → 撤销工作表保护。"),
)


def summary_sheet(book: Any, layout: Layout) -> Page:
    """Add the sheet."""
    plan = layout.plan
    page = new_page(book, SUMMARY, plan.title, how_made(plan), _COLUMNS)
    page.sheet.freeze_panes = None
    row = _lines(page, HEAD_ROW, facts(plan))
    row = _figures(page, layout, row + 1)
    row = _signed(page, plan, row + 1)
    row = _told(page, layout, row + 1)
    row = _block(page, row + 1, "怎么改", _HOW)
    _block(page, row + 1, "依据", LEGEND)
    return page


def _figures(page: Page, layout: Layout, row: int) -> int:
    """Add the figures that decide, as formulas."""
    done, step, plan = layout.done, layout.done.inputs.steps[layout.done.stage], layout.plan
    put_row(page, row, ["关键数字", "现在是", "单位", "说明（左边的数随输入变）"], dict.fromkeys(range(1, 5), HEAD))
    rows: list[tuple[str, Live, str, str, str]] = []
    outcome = layout.count(done.stage)
    reached = Live(outcome, done.count)
    if done.wanted is not None:
        target = layout.input("target")
        gap = Live(f"MAX(0,{target}-{outcome})", max(0, done.wanted - done.count))
        rows.append((f"目标{step.label}", Live(target, done.wanted), COUNT, step.unit, "在“输入”里改"))
        rows.append((f"预计{step.label}", reached, COUNT, step.unit, "见“漏斗”"))
        rows.append(("还差", gap, COUNT, step.unit, f"导出时：{plan.gap.text}" if plan.gap else ""))
    else:
        rows.append((f"预计{step.label}", reached, COUNT, step.unit, "没有给目标值；见“漏斗”"))
    limit, total, left = layout.sum("limit"), layout.sum("total"), layout.sum("left")
    rows.append(("预算上限", Live(limit, done.budget), MONEY, "元", "在“输入”里改"))
    rows.append(("预算合计", Live(total, plan.budget_total), MONEY, "元", "含预留；见“预算”"))
    told = "超预算" if done.budget < plan.budget_total else "没有超预算"
    rows.append(("预算检查", Live(f'IF({left}<0,"超预算","没有超预算")', told), "", "", ""))
    for id, name in (("cost_per_result", "每个结果成本"), ("roi", "ROI")):
        if id in layout.return_rows:
            measure = layout.measures.get(id)
            known = measure is not None and measure.value is not None
            live = Live(layout.measure(id), measure.value if measure and measure.value is not None else "")
            label, unit = (measure.label, measure.unit) if measure else (name, "倍")
            note = "见“回报”" if known else "在“输入”里补上客单价和毛利率后算出"
            rows.append((label, live, TIMES if id == "roi" else MONEY, unit, note))
    for at, (label, live, shown, unit, note) in enumerate(rows, row + 1):
        put_row(page, at, [label, None, unit, note], {1: _NAME})
        put(page, at, 2, live, _FIGURE, shown)
    return row + 1 + len(rows)


def _signed(page: Page, plan: Plan, row: int) -> int:
    """Add the lines to sign."""
    put_row(page, row, ["签字", "姓名", "日期", "意见"], dict.fromkeys(range(1, 5), HEAD))
    names = (("编制", "ops-copilot"), ("审核", reviewers(plan)), ("批准", approver(plan)))
    for at, (name, person) in enumerate(names, row + 1):
        put_row(page, at, [name, person, None, None], {1: _NAME, 3: INPUT, 4: INPUT})
        page.sheet.row_dimensions[at].height = 26
    return row + 1 + len(names)


def _told(page: Page, layout: Layout, row: int) -> int:
    """Add the summary section, the levers, what is still open."""
    plan = layout.plan
    section = next((one for one in plan.sections if one.id == "summary"), None)
    rows = [("摘要", block.text) for block in blocks_of(section.body) if block.text] if section else []
    rows += [(f"办法：{lever.label}", lever.text) for lever in (plan.gap.levers if plan.gap else ())]
    rows += [("待补充", f"{gap.question}没有补充前：{gap.assumed}。") for gap in plan.missing]
    rows += [("说明", note) for note in (*plan.notes, *(f"没有采用：{dropped}" for dropped in plan.dropped))]
    rows += [("检查出的问题", " ".join(filter(None, (f"“{f.match}”", f.law, f.advice)))) for f in plan.findings]
    return _block(page, row, "导出时的文字，数字不随输入变", rows)


def _block(page: Page, row: int, title: str, rows: Iterable[tuple[str, str]]) -> int:
    put_row(page, row, [title, "", "", ""], dict.fromkeys(range(1, 5), HEAD))
    page.lines[row] = 1
    merge(page, row, 1, 4)
    return _lines(page, row + 1, rows)


def _lines(page: Page, row: int, rows: Iterable[tuple[str, str]]) -> int:
    """Write names, and beside them texts that go over the columns B to D."""
    width = sum(width for _, width in _COLUMNS[1:])
    for name, text in rows:
        put_row(page, row, [name, text, "", ""], {1: _NAME, 2: BODY})
        page.lines[row] = max(lines_of(name, _COLUMNS[0][1]), lines_of(text, width))
        merge(page, row, 2, 4)
        row += 1
    return row
