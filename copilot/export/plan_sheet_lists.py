"""The sheets of a plan that hold words: 分工, 风险, 物料, 埋点, 合规, 引用, 方案正文."""

from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl.worksheet.datavalidation import DataValidation

from copilot.export.plan_parts import blocks_of, place, quote
from copilot.export.plan_sheet_cells import BODY, INPUT, Look, Page, lines_of, merge, new_page, put, put_row
from copilot.export.plan_sheet_layout import Layout
from copilot.export.plan_sheet_names import (
    BRIEF_WORDS,
    DUTIES,
    FIRST_ROW,
    HEAD_ROW,
    MATERIALS,
    OFFER_WORDS,
    RISKS,
    RULES,
    SOURCES,
    TABLES,
    TEXT,
    TRACKING,
)

_DUTY = (("工作", 34), ("执行（R）", 24), ("负责（A）", 24), ("咨询（C）", 28), ("知会（I）", 28))
_RISK = (
    ("风险", 30), ("概率", 7), ("影响", 7), ("触发条件", 44), ("谁", 14), ("做什么", 56), ("多久内", 16), ("引用", 9),
)  # fmt: skip
_MATERIAL = (("渠道", 16), ("物料", 40), ("数量", 7), ("交付日", 13), ("负责人", 16), ("文案需求", 48), ("文案", 56))
_EVENT = (("事件", 28), ("什么时候记", 50), ("属性", 60), ("用在哪个指标", 22))
_RULE = (
    ("序号", 6), ("渠道", 18), ("要求", 54), ("谁怎么查", 40), ("法规或规则", 36), ("原文核对", 18), ("引用", 9),
    ("自查结果", 11), ("签字", 12),
)  # fmt: skip
_CHECKS = ("要守的", "谁怎么查")  # columns of the section's table, which says how each rule is checked
_SOURCE = (("编号", 7), ("标题和章节", 44), ("来源", 40), ("原文", 100))
_TEXT_WIDTH = 24.0  # of each of the seven columns that tables of the text take
_CHECKED = ("通过", "要改", "不适用")
_HEADING, _SECTION = Look(bold=True, fill="F4F7FA"), Look(bold=True, fill="DDE6F0")


def list_sheets(book: Any, layout: Layout) -> dict[str, Page]:
    """Add the sheets of words; by their names."""
    return {
        DUTIES: _duties(book, layout), RISKS: _risks(book, layout), MATERIALS: _materials(book, layout),
        TRACKING: _tracking(book, layout), RULES: _rules(book, layout), SOURCES: _sources(book, layout),
        TEXT: _text(book, layout),
    }  # fmt: skip


def _duties(book: Any, layout: Layout) -> Page:
    note = "R 执行，A 负责（只有一人），C 做前问他的意见，I 做完告诉他。"
    duties = layout.plan.duties
    rows = [(d.work, d.responsible, d.accountable, d.consulted, d.informed) for d in duties]
    return _listed(book, DUTIES, "分工（RACI）", note, _DUTY, rows)


def _risks(book: Any, layout: Layout) -> Page:
    rows = [
        (r.risk, r.likelihood, r.impact, r.trigger, r.owner, r.action, r.deadline, _cited(r.cites))
        for r in layout.plan.risks
    ]
    return _listed(book, RISKS, "风险预案", "看到触发条件，就由这个人在时限内做这件事。", _RISK, rows)


def _materials(book: Any, layout: Layout) -> Page:
    rows = [
        (m.title, m.what, m.quantity, m.due, m.owner, brief_text(m.brief), "\n\n".join(m.copy))
        for m in layout.plan.materials
    ]
    return _listed(book, MATERIALS, "物料清单", "“文案需求”可以直接交给 adcopy 写文案。", _MATERIAL, rows)


def _tracking(book: Any, layout: Layout) -> Page:
    rows = [(e.event, e.when, "、".join(e.properties), e.metric) for e in layout.plan.tracking]
    return _listed(book, TRACKING, "埋点清单", "上线前逐个触发一次，确认数据到了再放量。", _EVENT, rows)


def _rules(book: Any, layout: Layout) -> Page:
    note = "“未核对”：还没有拿平台或法规原文核对过，上线前先查。这张表不代表合规。"
    tables = [block.rows for section in layout.plan.sections for block in blocks_of(section.body) if block.rows]
    checks = {row[1]: row[2] for rows in tables if rows[0][1:3] == _CHECKS for row in rows}
    rows = [
        (n, r.channel, r.rule, checks.get(r.rule, ""), r.law, _told(r.verified), _cited(r.cites), "", "")
        for n, r in enumerate(layout.plan.compliance, 1)
    ]
    page = _listed(book, RULES, "合规清单", note, _RULE, rows)
    for row in range(FIRST_ROW, FIRST_ROW + len(rows)):
        put(page, row, 8, None, INPUT)
        put(page, row, 9, None, INPUT)
    if rows:
        choice = DataValidation("list", formula1=f'"{",".join(_CHECKED)}"', allow_blank=True, showErrorMessage=True)
        choice.add(f"H{FIRST_ROW}:H{FIRST_ROW + len(rows) - 1}")
        page.sheet.add_data_validation(choice)
    return page


def _sources(book: Any, layout: Layout) -> Page:
    rows = [(c.n, place(c), c.source, quote(c)) for c in layout.plan.citations]
    return _listed(book, SOURCES, "引用", "正文里 [n] 依据的原文。", _SOURCE, rows)


def _text(book: Any, layout: Layout) -> Page:
    """Add the sections as text; a table that has a sheet of its own is named instead."""
    note = "导出时的文字，数字不随输入变；[n] 见“引用”。"
    page = new_page(book, TEXT, "方案正文", note, [("章节", 16), ("正文", _TEXT_WIDTH), *[("", _TEXT_WIDTH)] * 6], 1)
    merge(page, HEAD_ROW, 2, 8)
    row = FIRST_ROW
    for section in layout.plan.sections:
        put_row(page, row, [section.title, *[""] * 7], dict.fromkeys(range(1, 9), _SECTION))
        page.lines[row] = 1
        merge(page, row, 1, 8)
        row += 1
        for block in blocks_of(section.body):
            if block.kind != "table":
                text = f"· {block.text}" if block.kind == "bullet" else block.text
                _across(page, row, text, _HEADING if block.kind == "head" else BODY)
                row += 1
            elif sheet := TABLES.get("|".join(block.rows[0][:2])):
                _across(page, row, f"（表见“{sheet}”）", BODY)
                row += 1
            else:
                row = _table(page, row, block.rows)
    return page


def _across(page: Page, row: int, text: str, look: Look) -> None:
    """Write a text over the columns of a table."""
    put_row(page, row, ["", text, *[""] * 6], dict.fromkeys(range(2, 9), look))
    page.lines[row] = lines_of(text, 7 * _TEXT_WIDTH)
    merge(page, row, 2, 8)


def _table(page: Page, row: int, rows: Sequence[Sequence[str]]) -> int:
    """Write a table; what passes the last column goes into it. Return the row below."""
    for at, cells in enumerate(rows, row):
        kept = [*cells[:6], "；".join(cells[6:])] if len(cells) > 7 else cells
        put_row(page, at, ["", *kept], dict.fromkeys(range(2, 9), _HEADING) if at == row else None)
    return row + len(rows)


def brief_text(brief: Mapping[str, Any] | None) -> str:
    """Return a brief for ad copy as lines, "" where there is nothing to write."""
    lines = []
    for name, value in (brief or {}).items():
        if isinstance(value, Mapping):
            value = "，".join(f"{OFFER_WORDS.get(key, key)} {one}" for key, one in value.items() if one)
        elif not isinstance(value, str):
            value = "；".join(map(str, value))
        if value:
            lines.append(f"{BRIEF_WORDS.get(name, name)}：{value}")
    return "\n".join(lines)


def _listed(
    book: Any, name: str, title: str, note: str, columns: Sequence[tuple[str, float]], rows: Sequence[Sequence[Any]]
) -> Page:
    page = new_page(book, name, title, note, columns, 1)
    for row, cells in enumerate(rows, FIRST_ROW):
        put_row(page, row, cells)
    if not rows:
        put(page, FIRST_ROW, 1, "没有", BODY)
    return page


def _told(verified: bool) -> str:
    return "已核对" if verified else "未核对平台原文"


def _cited(numbers: Sequence[int]) -> str:
    return "".join(f"[{n}]" for n in numbers)
