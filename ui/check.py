"""体检: any copy against the advertising law, one text or a file of lines."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from copilot import Copilot
from copilot.checks.adlaw_rules import industries
from copilot.errors import CopilotError, InputError
from copilot.loading.decode import decode
from copilot.loading.files import read_bytes
from copilot.types import CheckReport
from ui import render, render_check
from ui.events import CLICKS, listen
from ui.work import Ended, Step, told

_MOST = 500  # lines of a file: more is a page that nobody reads; the command line takes any number
_LONGEST = 20_000  # characters of a text


def build(app: gr.Blocks, copilot: Copilot) -> None:
    """Put the tab's components where they are called."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            words = gr.Textbox(
                label="要检查的文案",
                lines=7,
                max_lines=20,
                placeholder="把要发的文案贴在这里",
                elem_id="oc-check-words",
            )
            with gr.Row():
                names = [("不限", ""), *((channel.title, name) for name, channel in copilot.channels.items())]
                channel = gr.Dropdown(names, value="", label="渠道", min_width=130, elem_id="oc-check-channel")
                known = [("自动判断", ""), *((each.title, each.title) for each in industries())]
                industry = gr.Dropdown(
                    known, value="", label="行业", min_width=130, allow_custom_value=True, elem_id="oc-check-industry"
                )
            go = gr.Button("检查", variant="primary", elem_id="oc-check-go")
            with gr.Accordion("查一个文件（每行一条）", open=False, elem_id="oc-check-more"):
                file = gr.File(label="文字文件（.txt）", file_types=[".txt"], height=120, elem_id="oc-check-file")
                stop = gr.Button("停止", size="sm", visible=False, elem_id="oc-check-stop")
        with gr.Column(scale=3, min_width=320):
            found = gr.HTML(
                render_check.welcome(), js_on_load=CLICKS, apply_default_css=False, elem_id="oc-check-found"
            )
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    check = partial(_check, copilot)
    listen(go.click, check, [words, channel, industry], [found], **quiet)
    listen(words.submit, check, [words, channel, industry], [found], **quiet)
    listen(found.click, partial(_example, copilot), None, [words, channel, industry, found], **quiet)
    lines = listen(file.upload, partial(_file, copilot), [file, channel, industry], [found, file, stop], **quiet)
    halted = listen(stop.click, None, cancels=[lines])
    listen(halted.then, _stopped, None, [found, file, stop], **quiet)


def _check(copilot: Copilot, words: str, channel: str, industry: str | None) -> str:
    if len(words or "") > _LONGEST:
        raise InputError(f"一次最多 {_LONGEST} 字，这里有 {len(words)} 字", "分几次查，或存成每行一条的文件。")
    if not (words or "").strip():
        raise InputError("没有要检查的文字", "把文案贴进左边的框，再点“检查”。")
    return render_check.report(copilot.check(words, platform=channel or "", industry=_industry(industry)))


def _example(copilot: Copilot, event: gr.EventData) -> tuple[str, str, str, str]:
    _, words, channel = render_check.EXAMPLES[int(event.number)]
    return words, channel, "", _check(copilot, words, channel, "")


def _file(copilot: Copilot, file: str, channel: str, industry: str | None) -> Iterator[tuple[Any, ...]]:
    """Check a file line by line, telling how far it is."""
    yield render.working("正在读文件…"), gr.skip(), gr.update(visible=True)
    try:
        text, _, _ = decode(read_bytes(Path(file)))
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines:
            raise InputError("文件里没有文字", "每行写一条文案，存成 UTF-8 的 txt。")

        def work(progress: Any) -> list[CheckReport]:
            done = []
            for number, line in enumerate(lines[:_MOST]):
                progress(number, min(len(lines), _MOST), "正在检查")
                done.append(copilot.check(line[:_LONGEST], platform=channel or "", industry=_industry(industry)))
            return done

        for step in told(work):
            if isinstance(step, Step):
                yield render.working(step.what, step.done, step.total), gr.skip(), gr.skip()
            elif isinstance(step, Ended):
                shown = render_check.table(step.result, max(0, len(lines) - _MOST))
                yield shown, None, gr.update(visible=False)
    except CopilotError as error:
        yield render.note(f"{error.message}。{error.hint}", "bad"), None, gr.update(visible=False)


def _stopped() -> tuple[Any, ...]:
    return render.note("已停止。再选一次文件就从头查。"), None, gr.update(visible=False)


def _industry(chosen: str | None) -> str:
    return chosen or ""
