"""A review of a plan → HTML: verdicts with reason and action, where the gap comes from, what to do next."""

from collections import Counter
from collections.abc import Sequence

from copilot.arithmetic.returns import percent
from copilot.export.plan_page_body import Cites, blocks_html
from copilot.export.plan_review_blocks import review_blocks, title_of
from copilot.tasks.plan_review_advice import shown
from copilot.tasks.plan_review_records import PlanReview, ReviewRow
from ui.render import empty, note, text

_COLOURS = {"达标": "good", "未达": "warn", "护栏破线": "bad", "没有数据": "info"}
_SUMMED = 4  # parts of the document that stand in the cards above it: headline, heading, figures, reasons


def welcome() -> str:
    """What the place says before there is a review."""
    return empty(
        "活动结束后，选两个文件：之前下载的方案 Excel，和后台导出的实绩。",
        "实绩一行一个数（指标、实际，可有渠道、日期），或一列一个指标（曝光、点击、注册、花费），一行一天或一个渠道。",
        "会对出目标、实际、差多少、差在哪一步、下一步谁做什么；看不出原因的列成要去查的问题。",
    )


def review(found: PlanReview) -> str:
    """The whole review; its figures once, as cards, the rest as in the files."""
    blocks = review_blocks(found)[_SUMMED:]
    rest = blocks_html(blocks, Cites(frozenset(), Counter()), title_of(found))
    rest = rest.replace("{", "&#123;").replace("$", "&#36;")
    blank = [row for row in found.rows if row.verdict == "没有数据"]
    told = _rows([row for row in found.rows if row not in blank])
    if blank:
        told += f"<details><summary>没有数据的 {len(blank)} 项</summary>{_rows(blank)}</details>"
    unused = f"有 {len(found.unused)} 处数没有用上，原因在最后。" if found.unused else ""
    return (
        f'<section class="oc-plan oc-plan-body" aria-label="复盘"><h2>{text(title_of(found))}</h2>'
        f'<p class="oc-plan-lead">{text(found.headline)}</p>{note(unused, "warn")}'
        f"{told}{rest}</section>"
    )


def _rows(rows: Sequence[ReviewRow]) -> str:
    return f'<ul class="oc-plan-rows">{"".join(map(_row, rows))}</ul>' if rows else ""


def _row(row: ReviewRow) -> str:
    name = f"{row.kpi}（{row.bound}）" if row.guard else row.kpi
    reached = f"，达成 {percent(row.attainment, 1)}" if row.attainment is not None else ""
    action = f"<p><strong>动作</strong> {text(row.action)}</p>" if row.action else ""
    reason = f"<p>{text(row.reason)}</p>" if row.reason else ""
    return (
        f'<li class="oc-card"><span class="oc-plan-verdict oc-{_COLOURS[row.verdict]}">{text(row.verdict)}</span> '
        f"<strong>{text(name)}</strong><p>目标 {text(shown(row.target, row.unit))}，实际 "
        f"{text(shown(row.actual, row.unit))}{text(reached)}</p>{reason}{action}</li>"
    )
