"""诊断: one voice with its Y picture, a file of voices, and scores."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from copilot import Copilot
from copilot.diagnosis import Diagnosis
from copilot.errors import CopilotError, InputError
from copilot.export.voice import write_diagnosis
from ui import diagnose_file, diagnose_score, render_voice
from ui.diagnose_source import beside, opened
from ui.events import CLICKS, listen
from ui.files import download, outgoing
from ui.render import note, working
from ui.work import Ended, told, writing


def build(app: gr.Blocks, copilot: Copilot) -> None:
    """Put the tab's components where they are called."""
    with gr.Tabs(elem_id="oc-diagnose-parts"):
        with gr.Tab("一条反馈", id="diagnose-one"):
            _build_one(copilot)
        with gr.Tab("一批反馈", id="diagnose-file"):
            diagnose_file.build(copilot)
        with gr.Tab("需求打分", id="diagnose-score"):
            diagnose_score.build()


def _build_one(copilot: Copilot) -> None:
    found: gr.State = gr.State(None)
    with gr.Row(equal_height=True):
        hint = "贴一条评论、工单或访谈里的原话，不用改写"
        voice = gr.Textbox(
            label="用户原话", placeholder=hint, lines=2, max_lines=10, scale=8, elem_id="oc-diagnose-voice"
        )
        start = gr.Button("诊断", variant="primary", scale=1, min_width=80, elem_id="oc-diagnose-start")
        stop = gr.Button("停止", scale=1, min_width=80, visible=False, elem_id="oc-diagnose-stop")
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320):
            shown = gr.HTML(
                render_voice.welcome(), js_on_load=CLICKS, apply_default_css=False, elem_id="oc-diagnose-shown"
            )
            with gr.Row(visible=False) as files:
                download("存为 Word", partial(_export, ".docx"), found, "diagnose-one-docx")
                download("存为 Markdown", partial(_export, ".md"), found, "diagnose-one-md")
                download("存为 JSON", partial(_export, ".json"), found, "diagnose-one-json")
        source = beside("one")

    quiet: dict[str, Any] = {"show_progress": "hidden"}
    view = [shown, found, voice, files, source.column, start, stop]
    runs = [
        listen(start.click, partial(_diagnose, copilot), [voice], view, **quiet),
        listen(voice.submit, partial(_diagnose, copilot), [voice], view, **quiet),
    ]
    clicks = listen(shown.click, partial(_clicked, copilot), [found], [*view, source.shown], **quiet)
    halted = listen(stop.click, None, cancels=[*runs, clicks])
    listen(halted.then, _stopped, None, view, **quiet)


def _diagnose(copilot: Copilot, voice: str) -> Iterator[tuple[Any, ...]]:
    """Diagnose one voice; with a model that may take long, and can be stopped."""
    if not (voice or "").strip():
        yield _view(note("先在上面贴一条用户的原话，再点“诊断”。", "warn") + render_voice.welcome())
        return
    yield _view(working("正在诊断…"), voice=voice, busy=True)
    try:
        for step in told(lambda progress: copilot.watched(writing(progress, "正在诊断，")).diagnose(voice)):
            if isinstance(step, Ended):
                yield _view(render_voice.diagnosis(step.result), step.result, voice)
            else:
                yield _view(working(step.what), voice=voice, busy=True)
    except CopilotError as error:
        yield _view(note(f"没有诊断成：{error.message}。{error.hint}", "bad"), voice=voice)


def _view(shown: str, found: Diagnosis | None = None, voice: str | None = None, busy: bool = False) -> tuple[Any, ...]:
    """What stands on the page: result, its record, the voice, files to save, the source closed, start or stop."""
    told_voice = gr.skip() if voice is None else voice
    files, closed = gr.update(visible=found is not None), gr.update(visible=False)
    return shown, found, told_voice, files, closed, gr.update(visible=not busy), gr.update(visible=busy)


def _clicked(copilot: Copilot, found: Diagnosis | None, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
    """An example to try, or a citation to open."""
    if event.act == "example":
        for view in _diagnose(copilot, event.voice):
            yield *view, ""
    elif found:
        cited = next(c for c in found.citations if c.n == int(event.n))
        column, text = opened(copilot, cited)
        yield *(gr.skip() for _ in range(4)), column, gr.skip(), gr.skip(), text


def _stopped() -> tuple[Any, ...]:
    return _view(note("已停止。") + render_voice.welcome())


def _export(suffix: str, found: Diagnosis | None) -> Path:
    if not found:
        raise InputError("还没有诊断可以存", "先诊断一条原话。")
    path = outgoing(f"诊断-{found.voice[:20]}", suffix)
    write_diagnosis(found, path)
    return path
