"""复盘: the workbook of a plan and a file of results, side by side."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from copilot import Copilot
from copilot.errors import InputError, LoadError
from copilot.tasks.plan_review_records import PlanReview
from ui import render_plan, render_plan_review
from ui.events import listen
from ui.files import download, outgoing
from ui.render import working
from ui.work import Ended, told

_FORMATS = {"填好的 Excel": ".xlsx", "Word": ".docx", "Markdown": ".md"}


class Reviewed(NamedTuple):
    """A review and the workbook that it fills in."""

    review: PlanReview
    workbook: str


def build(copilot: Copilot) -> None:
    """Put the components where they are called."""
    done = gr.State(None)
    with gr.Row(equal_height=True):
        plan = gr.File(
            label="方案（写方案里下载的 Excel）", file_types=[".xlsx"], height=140, elem_id="oc-plan-workbook"
        )
        actuals = gr.File(
            label="实绩（CSV 或 Excel）", file_types=[".csv", ".xlsx"], height=140, elem_id="oc-plan-actuals"
        )
    with gr.Row(elem_classes="oc-plan-go"):
        start = gr.Button("对出结果", variant="primary", scale=0, min_width=140, elem_id="oc-plan-review")
    result = gr.HTML(render_plan_review.welcome(), apply_default_css=False, elem_id="oc-plan-reviewed")
    with gr.Row(visible=False, elem_classes="oc-plan-files") as files:
        for label, suffix in _FORMATS.items():
            download(f"下载 {label}", partial(_file, suffix), done, f"review-{suffix[1:]}", min_width=120)
    listen(start.click, partial(_review, copilot), [plan, actuals], [result, done, files], show_progress="hidden")


def _review(copilot: Copilot, plan: str | None, actuals: str | None) -> Iterator[tuple[Any, ...]]:
    if not plan or not actuals:
        missing = "方案" if not plan else "实绩"
        yield (
            render_plan.faults(f"还没有选{missing}文件", "两个文件都选好，再按“对出结果”。"),
            None,
            gr.update(visible=False),
        )
        return
    yield working("正在核对…"), None, gr.update(visible=False)
    try:
        for step in told(lambda progress: copilot.review_plan(Path(plan), Path(actuals))):
            if isinstance(step, Ended):
                shown = render_plan_review.review(step.result)
                yield shown, Reviewed(step.result, plan), gr.update(visible=True)
    except (InputError, LoadError) as error:
        yield render_plan.faults(error.message, error.hint), None, gr.update(visible=False)


def _file(suffix: str, done: Reviewed | None) -> Path:
    if done is None:
        raise InputError("还没有复盘可以下载", "选好两个文件，按“对出结果”。")
    path = outgoing(f"{done.review.title or '方案'}复盘", suffix)
    from copilot.export.plan_review import (
        write_review,  # with openpyxl: .15 s that the start of the page need not wait for
    )

    write_review(done.review, path, Path(done.workbook))
    return path
