"""The document behind a citation, for the parts of 诊断: beside what cites it, at the passage."""

from typing import Any, NamedTuple

import gradio as gr

from copilot import Copilot
from copilot.types import Citation
from ui import source
from ui.events import listen


class Beside(NamedTuple):
    """A column for a source: not there until one is opened."""

    column: gr.Column
    shown: gr.HTML


def beside(name: str) -> Beside:
    """Put the column where it is called, within a row; it can be closed again."""
    with gr.Column(scale=2, min_width=300, visible=False, elem_classes="oc-diagnose-beside") as column:
        close = gr.Button("收起原文", size="sm", elem_id=f"oc-diagnose-{name}-close")
        shown = gr.HTML("", apply_default_css=False, js_on_load=source.SCROLL, elem_id=f"oc-diagnose-{name}-source")
    listen(close.click, lambda: gr.update(visible=False), None, column, show_progress="hidden")
    return Beside(column, shown)


def opened(copilot: Copilot, cited: Citation) -> tuple[Any, str]:
    """Return the column as it is to be, and the document of a citation as it is now."""
    shown = source.opened(
        copilot, cited.doc_id, cited.quote, cited.start, cited.end, name=cited.source, section=cited.section
    )
    return gr.update(visible=True), shown
