"""Scores of wants → HTML: what to do first, the table, what is uncertain, what was not counted."""

from collections.abc import Sequence

from copilot.arithmetic.kano import KanoReport
from copilot.arithmetic.rice import RiceReport
from copilot.export.score_text import (
    KANO_METHOD,
    KANO_TITLE,
    RICE_METHOD,
    RICE_TITLE,
    failed_lines,
    kano_advice,
    kano_grid,
    kano_warnings,
    rice_advice,
    rice_grid,
    score_word,
    swing_lines,
    unusable_lines,
)
from ui.render import empty, table, text
from ui.render_voices import plain

_SHOWN = 50  # lines of a list; a download has all


def welcome(method: str) -> str:
    """What the table must hold."""
    if method == "kano":
        return empty(
            "上传 Kano 问卷的结果，看每个功能是必备、期望还是魅力，先做哪个。",
            "一行一位受访者，每个功能两列：深色模式_有、深色模式_无。",
            "或一行一位受访者对一个功能，三列：功能、有、无。",
            "答案写 喜欢、理应如此、无所谓、能忍受、不喜欢，或 1–5。",
        )
    return empty(
        "上传需求表，一行一个需求，算出名次，和哪一格会改变名次。",
        "列：需求、触达（人/期）、影响（0.25 0.5 1 2 3）、把握（50% 80% 100%）、投入；没有触达就算 ICE。",
        "格子可以写范围 200~400；“依据”列写 数据 或 估计。",
        "另有 人次、单次节省、频率、采用率、研发人日、运营、维护 列，就算投入产出比。",
    )


def kano(report: KanoReport) -> str:
    """A Kano report."""
    grid = kano_grid(report)
    return _whole(
        KANO_TITLE,
        kano_advice(report),
        table(grid.header, grid.rows, KANO_TITLE),
        ("提醒", kano_warnings(report)),
        ("算法和读法", [*KANO_METHOD, *report.notes]),
        ("没有计入的答案", unusable_lines(report)),
    )


def rice(report: RiceReport) -> str:
    """A report of RICE, ICE or the ratio of benefit to cost."""
    grid = rice_grid(report)
    title = f"{RICE_TITLE}（{score_word(report)}）"
    return _whole(
        title,
        rice_advice(report),
        table(grid.header, grid.rows, title) if report.items else "",
        (f"动一格（±{report.swing:.0%}）就变的名次", swing_lines(report)),
        ("算法和读法", [report.formula, RICE_METHOD, *report.notes]),
        ("没有打分的行", failed_lines(report)),
    )


def _whole(title: str, advice: Sequence[str], rows: str, *asides: tuple[str, Sequence[str]]) -> str:
    parts = "".join(
        f'<section class="oc-diagnose-part"><h3>{text(name)}</h3>{_list(lines)}</section>'
        for name, lines in asides
        if lines
    )
    return (
        f'<div class="oc-diagnose-scores"><section class="oc-card oc-diagnose-first" aria-label="{text(title)}">'
        f"<h3>先看这里</h3>{_list(advice)}</section>{rows}{parts}</div>"
    )


def _list(lines: Sequence[str]) -> str:
    items = "".join(f"<li>{text(plain(line))}</li>" for line in lines[:_SHOWN])
    left = len(lines) - _SHOWN
    more = f'<li class="oc-dim">还有 {left} 条，下载的文件里有全部。</li>' if left > 0 else ""
    return f'<ul class="oc-diagnose-list">{items}{more}</ul>'
