"""批量, its lower half: the jobs of this browser, one of them at a glance, what can be done with it."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from copilot import Copilot
from copilot.batch import jobs
from copilot.batch.jobs import BUSY, JobView
from copilot.errors import InputError
from ui import render_batch
from ui.events import CLICKS, listen
from ui.files import download, outgoing

_EVERY = 1.0  # seconds between two looks at a job that runs
_RESULTS = 5  # rows of a result that are shown
_SMALL: dict[str, Any] = {"scale": 0, "min_width": 110}  # buttons as wide as their words
_MANY = 2000  # rows from which a file takes more than some seconds to write


# No gr.BrowserState: that is read when its tab is first opened, so that `load` would get none, and two tabs of one
# browser would each write a key of their own.
_KEY = """
() => {
  try {
    let key = localStorage.getItem('ops-copilot-jobs') || '';
    if (!/^[A-Za-z0-9_-]{22}$/.test(key)) {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      key = btoa(String.fromCharCode(...bytes)).replace(/[+]/g, '-').replace(/[/]/g, '_').slice(0, 22);
      localStorage.setItem('ops-copilot-jobs', key);
    }
    return [key];
  } catch {
    return [''];
  }
}
"""


class Board(NamedTuple):
    """What `shown` fills, in its order."""

    outputs: list[Any]


def place(app: gr.Blocks, copilot: Copilot, key: gr.State) -> Board:
    """Put the list of jobs and the chosen one where it is called; `key` gets the secret of this browser."""
    kept = gr.Textbox(visible=False)  # what the browser says, by `_KEY`
    chosen, seen = gr.State(""), gr.State([])
    timer = gr.Timer(_EVERY, active=False)
    gr.HTML('<h2 class="oc-batch-title">我的任务</h2>', apply_default_css=False, js_on_load=None)
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=260):
            listing = gr.HTML(
                render_batch.jobs([], ""), js_on_load=CLICKS, apply_default_css=False, elem_id="oc-batch-jobs"
            )
        with gr.Column(scale=3, min_width=320):
            detail = gr.HTML("", apply_default_css=False, js_on_load=None, elem_id="oc-batch-detail")
            with gr.Row(visible=False, elem_id="oc-batch-downloads") as downloads:
                excel, _, _ = (
                    download(label, partial(_export, copilot, suffix), [key, chosen], f"batch-{suffix[1:]}", **_SMALL)
                    for label, suffix in (("下载 Excel", ".xlsx"), ("下载 CSV", ".csv"), ("下载 JSONL", ".jsonl"))
                )
            with gr.Row():
                pause = _button("暂停", "pause")
                resume = _button("继续", "resume", variant="primary")
                again = _button("只重试失败的", "again")
                remove = _button("删除", "remove")
            budget = gr.Number(0, label="总预算加到（元）", visible=False, elem_id="oc-batch-more")
            with gr.Row(visible=False, elem_id="oc-batch-sure") as sure:
                gr.HTML("删除后找不回来，没下载的结果也没了。", apply_default_css=False, js_on_load=None, scale=0)
                really = gr.Button("确定删除", size="sm", variant="stop", elem_id="oc-batch-really", **_SMALL)
                spare = gr.Button("留着", size="sm", elem_id="oc-batch-spare", **_SMALL)
            results = gr.HTML("", apply_default_css=False, js_on_load=None, elem_id="oc-batch-results")

    outputs = [
        chosen,
        seen,
        listing,
        detail,
        results,
        pause,
        resume,
        again,
        remove,
        budget,
        sure,
        downloads,
        excel,
        timer,
    ]
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    listen(listing.click, partial(_opened, copilot), [key], outputs, **quiet)
    listen(pause.click, partial(_paused, copilot), [key, chosen], outputs, **quiet)
    listen(resume.click, partial(_resumed, copilot), [key, chosen, budget], outputs, **quiet)
    listen(again.click, partial(_retried, copilot), [key, chosen], outputs, **quiet)
    listen(remove.click, lambda: gr.update(visible=True), None, sure, **quiet)
    listen(spare.click, lambda: gr.update(visible=False), None, sure, **quiet)
    listen(really.click, partial(_removed, copilot), [key, chosen], outputs, **quiet)
    listen(timer.tick, partial(_ticked, copilot), [key, chosen, seen], outputs, **quiet)
    listen(app.load, partial(_loaded, copilot), [kept], [key, *outputs], js=_KEY, **quiet)
    return Board(outputs)


def shown(copilot: Copilot, key: str, chosen: str) -> tuple[Any, ...]:
    """Everything of the board, with the job `chosen`, or the newest; a confirmation that was begun is forgotten."""
    listed = jobs.views(copilot.settings.home, key)
    one = next((job for job in listed if job.number == chosen), listed[0] if listed else None)
    if one is None:
        hidden = gr.update(visible=False)
        return "", [], render_batch.jobs([], ""), "", "", *[hidden] * 7, gr.skip(), gr.Timer(active=False)
    report = one.report or {}
    at_rest = one.state not in BUSY
    return (
        one.number,
        _states(listed),
        render_batch.jobs(listed, one.number),
        render_batch.job(one),
        _results(copilot, key, one),
        gr.update(visible=not at_rest, interactive=one.state != "stopping"),
        gr.update(visible=at_rest and one.state != "done"),
        gr.update(visible=at_rest and bool(report.get("failed"))),
        gr.update(visible=at_rest),
        gr.update(visible=report.get("stopped") == "budget", value=0),
        gr.update(visible=False),
        gr.update(visible=at_rest and one.state != "failed"),
        gr.update(variant="primary" if one.state == "done" else "secondary"),
        gr.Timer(active=any(job.state in BUSY for job in listed)),
    )


def money(budget: float | None) -> Decimal | None:
    """Return yuan as typed into a field of numbers, None where nothing is.

    :raises InputError: it is less than nothing
    """
    if not budget:
        return None
    if budget < 0:
        raise InputError("预算要大于 0", "写一个金额，例如 20；不限预算就写 0。")
    return Decimal(str(budget))


def _button(label: str, name: str, **look: Any) -> gr.Button:
    return gr.Button(label, size="sm", visible=False, elem_id=f"oc-batch-{name}", **_SMALL, **look)


def _states(listed: Sequence[JobView]) -> list[list[str]]:
    return [[job.number, job.state] for job in listed]


def _results(copilot: Copilot, key: str, one: JobView) -> str:
    if one.state in BUSY or not one.task:
        return ""
    lines = jobs.first_results(copilot.settings.home, key, one.number, _RESULTS)
    return render_batch.results(one, lines, copilot.channels)


def _loaded(copilot: Copilot, key: str) -> tuple[Any, ...]:
    return key, *shown(copilot, key, "")


def _opened(copilot: Copilot, key: str, event: gr.EventData) -> tuple[Any, ...]:
    return shown(copilot, key, str(event.number))


def _paused(copilot: Copilot, key: str, chosen: str) -> tuple[Any, ...]:
    jobs.pause(copilot.settings.home, key, chosen)
    return shown(copilot, key, chosen)


def _resumed(copilot: Copilot, key: str, chosen: str, budget: float | None) -> tuple[Any, ...]:
    more = money(budget)
    jobs.start(copilot.settings.home, key, chosen, copilot.batch, budget=more)
    return shown(copilot, key, chosen)


def _retried(copilot: Copilot, key: str, chosen: str) -> tuple[Any, ...]:
    jobs.start(copilot.settings.home, key, chosen, copilot.batch, only_failed=True)
    return shown(copilot, key, chosen)


def _removed(copilot: Copilot, key: str, chosen: str) -> tuple[Any, ...]:
    jobs.remove(copilot.settings.home, key, chosen)
    return shown(copilot, key, "")


def _ticked(copilot: Copilot, key: str, chosen: str, seen: list[list[str]]) -> tuple[Any, ...]:
    """Only the bar while nothing else has changed, so that buttons keep the focus."""
    listed = jobs.views(copilot.settings.home, key)
    if _states(listed) != seen:
        return shown(copilot, key, chosen)
    one = next((job for job in listed if job.number == chosen), None)
    bar = render_batch.job(one) if one and one.state in BUSY else gr.skip()
    return *[gr.skip()] * 3, bar, *[gr.skip()] * 10


def _export(copilot: Copilot, suffix: str, key: str, chosen: str) -> Path:
    one = jobs.view(copilot.settings.home, key, chosen)
    if not one.task:
        raise InputError("这个任务的文件夹坏了", "删除它，重新上传表格做一次。")
    if one.report and one.report["rows"] > _MANY:
        gr.Info("行数多，整理文件要等一会儿。", title="正在准备下载")
    path = outgoing(f"{Path(one.label).stem}-{render_batch.TASKS[one.task]}", suffix)
    jobs.export(copilot.settings.home, key, chosen, path, copilot.settings)
    return path
