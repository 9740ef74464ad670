"""A review of a plan → docx: the sentence on top, results, reasons and acts, where the gap comes from, money."""

from docx.enum.text import WD_ALIGN_PARAGRAPH

from copilot.export.copy_parts import PROPERTY, RULE_LABEL
from copilot.export.plan_document_parts import add_paragraph, field, lay_out, new_document, saved, text_width
from copilot.export.plan_document_table import add_table
from copilot.export.plan_review_blocks import review_blocks, title_of
from copilot.tasks.plan_review_records import PlanReview

_WIDTHS = {  # cm, by the header's first two names
    ("指标", "目标"): (6.2, 4.0, 4.0, 5.0, 3.0, 3.9), ("指标", "原因"): (4.0, 11.6, 10.5),
    ("环节", "计划"): (6.1, 5.0, 5.0, 6.0, 4.0), ("渠道", "计划"): (4.4, 2.8, 2.8, 2.8, 13.3),
    ("项目", "计划（元）"): (5.0, 3.2, 3.2, 3.2, 2.9, 2.9, 5.7), ("序号", "做什么"): (1.3, 13.0, 3.4, 2.0, 6.4),
    ("关于", "问题"): (3.6, 9.0, 7.0, 6.5), ("位置", "内容"): (4.0, 11.0, 11.1),
}  # fmt: skip


def review_docx(review: PlanReview) -> bytes:
    """Return the document, across: its tables are wide."""
    title = title_of(review)
    document = new_document(title[:PROPERTY], "规则模板生成", RULE_LABEL)
    lay_out(document.sections[0], landscape=True)
    document.add_heading(title, 0)
    add_paragraph(document, "Source", f"方案：{review.plan}　实绩：{review.actuals}　{RULE_LABEL}")
    for at, block in enumerate(review_blocks(review)):
        if block.kind == "table":
            add_table(document, block.rows, text_width(True), widths=_WIDTHS[block.rows[0][0], block.rows[0][1]])
        elif block.kind == "head":
            document.add_heading(block.text, 2)
        else:
            paragraph = add_paragraph(document, "ListBullet" if block.kind == "bullet" else "Normal", block.text)
            for run in paragraph.runs if not at else ():
                run.bold = True
    foot = document.sections[0].footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("第 ")
    field(foot, "PAGE")
    foot.add_run(" 页")
    return saved(document)
