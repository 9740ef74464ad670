"""文案: figures of copy that ran, and which angle led."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from copilot import Copilot
from copilot.errors import CopilotError
from copilot.tasks.results import angle_report, read_results, store_evidence
from ui import render, render_copy_results
from ui.events import listen


def build(app: gr.Blocks, copilot: Copilot) -> None:
    """Put the fold where it is called."""
    with gr.Accordion("投放结果：哪个角度更有效", open=False, elem_id="oc-adcopy-results"):
        gr.HTML(render_copy_results.howto(), js_on_load=None, apply_default_css=False)
        file = gr.File(
            label="投放数据（csv 或 xlsx）", file_types=[".csv", ".xlsx"], height=120, elem_id="oc-adcopy-file"
        )
        report = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="oc-adcopy-report")
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    listen(file.upload, partial(_imported, copilot), [file], [report, file], **quiet)
    listen(app.load, partial(_known, copilot), None, [report], **quiet)


def _imported(copilot: Copilot, file: str) -> Iterator[tuple[str, Any]]:
    """Take the figures in, and into the library, where the next drafts cite them."""
    path = Path(file)
    yield render.working("正在导入…"), gr.skip()
    try:
        done = read_results(path, copilot.settings.home)
        if stored := store_evidence(copilot.settings.home):
            copilot.library.add([stored])
        said = render_copy_results.imported(done)
    except CopilotError as error:  # where an upload lies is nobody's business
        said = render.note(f"{error.message.replace(str(path), path.name)}。{error.hint}", "bad")
    yield said + _known(copilot), None


def _known(copilot: Copilot) -> str:
    return render_copy_results.report(angle_report(copilot.settings.home))
