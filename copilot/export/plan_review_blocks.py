"""What the files of a review share: its title, its headings, sentences and tables."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from copilot.arithmetic.returns import money, percent
from copilot.export.plan_parts import Block, line
from copilot.tasks.plan_review_advice import shown
from copilot.tasks.plan_review_records import PlanReview, ReviewRow
from copilot.tasks.plan_review_words import change, signed
from copilot.writers.rules.plan.lines import short


def review_blocks(review: PlanReview) -> list[Block]:
    """Return the parts of the document that docx and md share: headings, sentences, tables."""
    blocks = [Block("text", line(review.headline)), Block("head", "目标与结果"), _result_table(review.rows)]
    blocks.append(_table(("指标", "原因", "动作"), [(r.kpi, r.reason, r.action) for r in review.rows]))
    blocks += _steps(review)
    blocks += _channels(review)
    if review.money:
        blocks += [Block("head", "花费和每个结果的成本"), _money_table(review)]
    if review.next:
        rows = [(str(n), s.text, s.owner, _day(s.deadline), s.figure) for n, s in enumerate(review.next, 1)]
        blocks += [Block("head", "下一步"), _table(("序号", "做什么", "谁", "哪天前", "看什么"), rows)]
    if review.questions:
        asked = [(q.about, q.question, q.look, q.cite) for q in review.questions]
        blocks += [Block("head", "数字回答不了、要去查的"), _table(("关于", "问题", "去哪查", "手册"), asked)]
    if review.unused:
        left = [(u.place, u.text, u.reason) for u in review.unused]
        blocks += [Block("head", "没有用上的数"), _table(("位置", "内容", "原因"), left)]
    if review.notes:
        blocks += [Block("head", "说明"), *(Block("bullet", line(note)) for note in review.notes)]
    return blocks


def title_of(review: PlanReview) -> str:
    """Return what a review is called."""
    return f"{line(review.title) or line(review.plan)}复盘"


def _result_table(rows: Sequence[ReviewRow]) -> Block:
    cells = [
        (
            f"{row.kpi}（{row.bound}）" if row.guard else row.kpi, shown(row.target, row.unit),
            shown(row.actual, row.unit), _gap(row), percent(row.attainment, 1) if row.attainment is not None else "—",
            row.verdict,
        )
        for row in rows
    ]  # fmt: skip
    return _table(("指标", "目标", "实际", "差异", "达成率", "判定"), cells)


def _gap(row: ReviewRow) -> str:
    if row.gap is None:
        return "—"
    return f"{change(row.gap, 2).removesuffix('%')} 个百分点" if row.unit == "%" else signed(row.gap, row.unit)


def _steps(review: PlanReview) -> list[Block]:
    whole = [one for one in review.contributions if not one.channel]
    if not whole:
        return []
    unit = main_unit(review)
    rows = []
    for one in whole:
        figures = (shown(one.planned, one.unit), shown(one.actual, one.unit), signed(one.value, unit))
        rows.append((one.label, *figures, part(one.share)))
    total = sum((one.value for one in whole), Decimal(0))
    rows.append(("合计", "", "", signed(total, unit), "100%" if total else "—"))
    table = _table(("环节", "计划", "实际", "对主指标的影响", "占差距"), rows)
    plan = [Block("bullet", line(one.text)) for one in whole if one.step == "plan"]
    return [Block("head", "差距从哪来"), table, *plan]


def _channels(review: PlanReview) -> list[Block]:
    parts = [one for one in review.contributions if one.channel]
    if not parts:
        return []
    rows = [
        (one.channel, shown(one.planned, one.unit), shown(one.actual, one.unit), signed(one.value, one.unit), one.text)
        for one in parts
    ]
    return [Block("head", "分渠道"), _table(("渠道", "计划", "实际", "差异", "差得（或多得）最多的一步"), rows)]


def _money_table(review: PlanReview) -> Block:
    rows = []
    for row in review.money:
        sums = (yuan(row.planned), yuan(row.spent), yuan(row.difference))
        rows.append((row.item, *sums, yuan(row.planned_cost), yuan(row.cost), row.text))
    return _table(("项目", "计划（元）", "实际（元）", "差异（元）", "计划每个结果", "实际每个结果", "说明"), rows)


def main_unit(review: PlanReview) -> str:
    """Return the unit of the main figure."""
    return next((row.unit for row in review.rows if row.id == "main"), "")


def yuan(value: Decimal | None) -> str:
    """Return money as it stands in a table."""
    return "—" if value is None else money(value).replace("-", "−")


def part(share: Decimal | None) -> str:
    """Return a share of the gap as it stands in a table."""
    return "—" if share is None else percent(share, 1).replace("-", "−")


def _day(deadline: str) -> str:
    return short(date.fromisoformat(deadline)) if len(deadline) == 10 and deadline[4] == "-" else deadline


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Block:
    return Block("table", rows=(tuple(header), *(tuple(line(cell) for cell in row) for row in rows)))
