"""A review of a plan → lines for a terminal, or a file: the plan's workbook with 复盘 filled in, docx, md, json."""

import json
from itertools import groupby
from pathlib import Path

from copilot.arithmetic.returns import money, percent
from copilot.export.files import check_target, write_whole
from copilot.export.plan_parts import Block, line
from copilot.export.plan_review_blocks import main_unit, part, review_blocks, title_of, yuan
from copilot.export.score import escaped
from copilot.tasks.plan_review_advice import shown, told
from copilot.tasks.plan_review_records import Contribution, PlanReview
from copilot.tasks.plan_review_words import signed

FORMATS = (".xlsx", ".docx", ".md", ".json")
_SHOWN = 10  # rows not used that a terminal shows; --json has all


def write_review(review: PlanReview, path: Path, plan_file: Path, overwrite: bool = False) -> None:
    """Write the review; xlsx is the workbook in `plan_file` with its sheet 复盘 filled in, all else as it was.

    :raises InputError: the format is unknown, the file is there already and not to be replaced, or cannot be written
    :raises LoadError: the plan's workbook cannot be read any more
    """
    suffix = check_target(path, FORMATS, overwrite=overwrite)
    if suffix == ".xlsx":
        from copilot.export.plan_review_sheet import review_xlsx  # lxml
        from copilot.tasks.plan_review_table import bytes_of

        data = review_xlsx(review, bytes_of(plan_file, (".xlsx",)))
    elif suffix == ".docx":
        from copilot.export.plan_review_document import review_docx  # python-docx

        data = review_docx(review)
    elif suffix == ".md":
        data = review_markdown(review).encode()
    else:
        data = (json.dumps(review.to_dict(), ensure_ascii=False, indent=1) + "\n").encode()
    write_whole(path, data)


def review_lines(review: PlanReview) -> list[str]:
    """Return the review for a terminal: the headline, every figure, where the gap comes from, what is to be done."""
    lines = [title_of(review), "", line(review.headline)]
    for row in review.rows:
        target = f"目标 {shown(row.target, row.unit)}，实际 {shown(row.actual, row.unit)}"
        reached = f"，达成 {percent(row.attainment, 1)}" if row.attainment is not None else ""
        lines += ["", f"【{row.verdict}】{line(row.kpi)}：{target}{reached}"]
        lines += [f"  {line(text)}" for text in (row.reason, f"→ {row.action}" if row.action else "") if text]
    return lines + _gap_lines(review) + _todo_lines(review) + _left_lines(review)


def _gap_lines(review: PlanReview) -> list[str]:
    """Return where the gap comes from: steps, channels, money."""
    unit = main_unit(review)
    lines = []
    for title, parts in (("差距从哪来", [c for c in review.contributions if not c.channel]),
                         ("分渠道", [c for c in review.contributions if c.channel])):  # fmt: skip
        lines += ["", title] if parts else []
        for one in parts:
            figures = f"{shown(one.actual, one.unit)}（计划 {shown(one.planned, one.unit)}）"
            told = f"，{line(one.text)}" if one.channel and one.text else _weight(one)
            lines.append(f"  {line(one.channel or one.label)} {figures}：{signed(one.value, unit)}{told}")
    if review.money:
        lines += ["", "花费"]
    for row in review.money:
        spent = "没有数据" if row.spent is None else f"{money(row.spent)} 元"
        cost = f"；每个结果 {yuan(row.cost)} 元（计划 {yuan(row.planned_cost)}）" if row.cost is not None else ""
        lines.append(f"  {line(row.item)}：{spent}（计划 {money(row.planned)} 元）{cost}")
    return lines


def _weight(one: Contribution) -> str:
    return f"，占 {part(one.share)}" if one.share and one.share > 0 else ""


def _todo_lines(review: PlanReview) -> list[str]:
    lines = ["", "下一步"] if review.next else []
    lines += [f"  {n}. {line(told(step))}" for n, step in enumerate(review.next, 1)]
    lines += ["", "数字回答不了、要去查的"] if review.questions else []
    for one in review.questions:
        book = f"（手册 {one.cite}）" if one.cite else ""
        lines.append(f"  · {line(one.question)}去哪查：{line(one.look)}{book}")
    return lines


def _left_lines(review: PlanReview) -> list[str]:
    lines = ["", "没有用上的数"] if review.unused else []
    lines += [f"  {line(one.place)}：{line(one.text)}：{line(one.reason)}" for one in review.unused[:_SHOWN]]
    if len(review.unused) > _SHOWN:
        lines.append(f"  还有 {len(review.unused) - _SHOWN} 处，用 --json 看全部")
    return [*lines, *(["", "说明"] if review.notes else []), *(f"  {line(note)}" for note in review.notes)]


def review_markdown(review: PlanReview) -> str:
    """Return the review in Markdown."""
    parts = [f"# {escaped(title_of(review))}"]
    for bullets, some in groupby(review_blocks(review), key=lambda block: block.kind == "bullet"):
        if bullets:
            parts.append("\n".join(f"- {escaped(block.text)}" for block in some))
            continue
        for block in some:
            head = "## " if block.kind == "head" else ""
            parts.append(_markdown_table(block) if block.kind == "table" else head + escaped(block.text))
    return "\n\n".join(parts) + "\n"


def _markdown_table(block: Block) -> str:
    head, *rows = [[escaped(cell) for cell in row] for row in block.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))
