"""批量: a table in, its columns put right, a trial run, and a job that goes on without the page."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from copilot import Copilot
from copilot.batch import job_folder, jobs
from copilot.batch.columns import Task
from copilot.batch.job import Job
from copilot.batch.preview import preview, task_keys
from copilot.errors import CopilotError, InputError
from copilot.knowledge import read
from copilot.profiles import as_brief, list_profiles, load_profile
from ui import batch_board, render_batch
from ui.events import CLICKS, listen
from ui.files import download, outgoing
from ui.render import working
from ui.work import Ended, told

_TASKS: list[tuple[str, Task]] = [("写文案", "adcopy"), ("问答", "ask"), ("诊断用户反馈", "diagnose")]
_OTHERS = [".xls", ".xlsm", ".et", ".ods", ".numbers", ".json", ".zip"]  # taken, to be told what to save them as
# a choice in a column's select is told like a click; it keeps the focus when the table is drawn anew
_SELECTS = f"""
{CLICKS}
element.addEventListener('change', event => {{
  const hit = event.target.closest('select[data-column]');
  if (!hit) return;
  element.dataset.last = hit.dataset.column;
  trigger('click', {{act: 'map', column: hit.dataset.column, key: hit.value}});
}});
watch('value', () => {{
  const again = element.querySelector('select[data-column="' + element.dataset.last + '"]');
  if (again) again.focus({{preventScroll: true}});
  delete element.dataset.last;
}});
"""
_SIGHT = "() => document.getElementById('oc-batch-detail').scrollIntoView({block: 'nearest', behavior: 'smooth'})"


def build(app: gr.Blocks, copilot: Copilot) -> None:
    """Put the tab's components where they are called."""
    key, mapping = gr.State(""), gr.State({})
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=260):
            task = gr.Radio(_TASKS, value="adcopy", label="要做什么", elem_id="oc-batch-task")
            download("下载示例表格", _example, task, "batch-example", scale=0, min_width=140)
        with gr.Column(scale=3, min_width=260):
            kinds = [*job_folder.SUFFIXES, *_OTHERS]
            file = gr.File(label="表格（Excel、CSV 或 JSONL）", file_types=kinds, height=150, elem_id="oc-batch-file")
    columns = gr.HTML(
        render_batch.hint("adcopy"), js_on_load=_SELECTS, apply_default_css=False, elem_id="oc-batch-columns"
    )
    with gr.Column(visible=False, elem_id="oc-batch-options") as options:
        with gr.Row(equal_height=True) as copy_options:
            n = gr.Number(3, label="每个渠道写几条（1–20）", precision=0, min_width=160, elem_id="oc-batch-n")
            channels = [(channel.title, name) for name, channel in copilot.channels.items()]
            platform = gr.Dropdown(
                channels, multiselect=True, label="没写渠道的行写到哪里", min_width=240, elem_id="oc-batch-platform"
            )
            profile = gr.Dropdown([("不用", "")], value="", label="产品档案", min_width=160, elem_id="oc-batch-profile")
            voice = gr.Dropdown([("默认", "")], value="", label="品牌语气", min_width=160, elem_id="oc-batch-voice")
        long = gr.Checkbox(False, label="答得长一些", visible=False, elem_id="oc-batch-long")
        with gr.Row(equal_height=True):
            limit = gr.Number(None, label="只做前几行（0：全做）", precision=0, min_width=160, elem_id="oc-batch-limit")
            sample = gr.Number(
                None, label="随机抽几行（0：不抽）", precision=0, min_width=160, elem_id="oc-batch-sample"
            )
            asks = bool(copilot.settings.model)
            budget = gr.Number(
                None, label="预算（元，0：不限）", visible=asks, min_width=160, elem_id="oc-batch-budget"
            )
            workers = gr.Number(
                8, label="同时问模型几行", precision=0, visible=asks, min_width=160, elem_id="oc-batch-workers"
            )
        estimate = gr.HTML("", apply_default_css=False, js_on_load=None, elem_id="oc-batch-estimate")
        with gr.Row():
            wide: dict[str, Any] = {"scale": 0, "min_width": 140}
            start = gr.Button("开始", variant="primary", visible=False, elem_id="oc-batch-start", **wide)
            trial = gr.Button("试算", variant="primary", elem_id="oc-batch-trial", **wide)
            stop = gr.Button("停止", visible=False, elem_id="oc-batch-stop", **wide)
    board = batch_board.place(app, copilot, key)

    quiet: dict[str, Any] = {"show_progress": "hidden"}
    choices: list[Any] = [n, platform, profile, voice, long, limit, sample, budget, workers]
    asked = [file, task, mapping, *choices]
    tried = [estimate, start, trial, stop]
    table = [mapping, columns, options, *tried]
    listen(file.upload, partial(_uploaded, copilot), [file, task, profile], table, **quiet)
    listen(file.clear, _cleared, [task], table, **quiet)
    listen(task.change, _chosen, [task], [copy_options, long], **quiet)
    listen(task.change, partial(_uploaded, copilot), [file, task, profile], table, **quiet)
    listen(profile.input, partial(_redrawn, copilot), [file, task, profile, mapping], table, **quiet)
    listen(columns.click, partial(_mapped, copilot), [file, task, profile, mapping], table, **quiet)
    for choice in (one for one in choices if one is not profile):
        listen(choice.input, _stale, None, tried, **quiet)
    trying = listen(trial.click, partial(_tried, copilot), asked, tried, **quiet)
    listen(stop.click, _stale, None, tried, cancels=[trying], **quiet)
    begun = listen(start.click, partial(_started, copilot), [key, *asked], [file, *table, *board.outputs], **quiet)
    begun.success(None, None, None, js=_SIGHT, api_visibility="private")
    listen(app.load, partial(_saved, copilot), None, [profile, voice], **quiet)


def _saved(copilot: Copilot) -> tuple[Any, Any]:
    """What products and voices there are."""
    home = copilot.settings.home
    products = [("不用", ""), *((name, name) for name in list_profiles(home))]
    voices = [("默认", ""), *((name, name) for name in list_profiles(home, "voice"))]
    return gr.update(choices=products), gr.update(choices=voices)


def _chosen(task: Task) -> tuple[Any, Any]:
    return gr.update(visible=task == "adcopy"), gr.update(visible=task == "ask")


def _uploaded(copilot: Copilot, file: str | None, task: Task, profile: str) -> tuple[Any, ...]:
    return _redrawn(copilot, file, task, profile, {})


def _cleared(task: Task) -> tuple[Any, ...]:
    return {}, render_batch.hint(task), gr.update(visible=False), *_stale()


def _redrawn(
    copilot: Copilot, file: str | None, task: Task, profile: str, mapping: Mapping[str, str]
) -> tuple[Any, ...]:
    """The table as it is understood now; what was tried before counts no more."""
    if not file:
        return _cleared(task)
    known = as_brief(load_profile(copilot.settings.home, profile)) if profile and task == "adcopy" else {}
    try:
        found = preview(Path(file), task, mapping, known)
    except CopilotError as error:
        ours = error.message.replace(str(Path(file)), Path(file).name)
        return {}, render_batch.refused(ours, error.hint), gr.update(visible=False), *_stale()
    return dict(mapping), render_batch.columns(found, task), gr.update(visible=not found.lacking), *_stale()


def _mapped(
    copilot: Copilot, file: str | None, task: Task, profile: str, mapping: dict[str, str], event: gr.EventData
) -> tuple[Any, ...]:
    """A column is to be taken for something else; another one that was told the same is not used any more."""
    if not file:
        return _cleared(task)
    header = preview(Path(file), task, known=task_keys(task)).header
    place, wish = int(event.column), str(event.key)
    if place not in range(len(header)) or wish not in {"", *task_keys(task)}:
        return _redrawn(copilot, file, task, profile, mapping)
    others = {name: "" if wish and told_key == wish else told_key for name, told_key in mapping.items()}
    return _redrawn(copilot, file, task, profile, others | {header[place]: wish})


def _stale() -> tuple[Any, ...]:
    """Nothing has been tried yet: estimate, start, trial, stop."""
    return "", gr.update(visible=False), gr.update(visible=True, variant="primary"), gr.update(visible=False)


def _job(
    file: str | None, task: Task, mapping: Mapping[str, str], n: float | None, platform: list[str] | None,
    profile: str, voice: str, long: bool, limit: float | None, sample: float | None, budget: float | None,
    workers: float | None,
) -> Job:  # fmt: skip
    if not file:
        raise InputError("还没有表格", "先上传一张。")
    copy = task == "adcopy"
    return Job(
        Path(file),
        Path("results.jsonl"),
        task=task,
        n=_whole(n, "每个渠道写几条", 20) if copy else 1,
        columns=dict(mapping),
        platform=tuple(platform or ()) if copy else (),
        profile=profile if copy else "",
        voice=voice if copy else "",
        long=long and task == "ask",
        limit=_whole(limit, "只做前几行") if limit else 0,
        sample=_whole(sample, "随机抽几行") if sample else 0,
        budget=batch_board.money(budget),
        workers=_whole(workers, "同时问模型几行", 64) if workers and workers != 8 else 0,
    )


def _whole(value: float | None, label: str, most: int = 10_000_000) -> int:
    if value is None or not 1 <= value <= most:
        raise InputError(f"“{label}”要是 1 到 {most} 的整数", "改好再试算。")
    return int(value)


def _tried(copilot: Copilot, *asked: Any) -> Iterator[tuple[Any, ...]]:
    """A dry run; only after it can the job be begun."""
    hidden, there = gr.update(visible=False), gr.update(visible=True)
    try:
        job = _job(*asked)
        yield working("正在试算：读一遍表格，数行数，算费用…"), hidden, hidden, there
        for step in told(lambda progress: copilot.batch_estimate(job)):
            if isinstance(step, Ended):
                found, model = step.result, copilot.settings.model
                shown = render_batch.estimate(found, model, f"{job.budget:f}" if job.budget and model else "")
                blind = bool(model and job.budget and found.cost is None)
                ready = found.pending > 0 and not blind
                again = gr.update(visible=True, variant="secondary" if ready else "primary")
                yield shown, gr.update(visible=ready), again, hidden
    except CopilotError as error:
        yield render_batch.refused(error.message, error.hint), hidden, there, hidden
    except Exception:
        yield _stale()
        raise


def _started(copilot: Copilot, key: str, *asked: Any) -> tuple[Any, ...]:
    """Put the job into its folder, begin it, and make room for the next one."""
    job, home = _job(*asked), copilot.settings.home
    number = job_folder.keep(home, key, job, Path(str(job.source)).name)
    try:
        jobs.start(home, key, number, copilot.batch)
    except InputError as error:
        gr.Warning(f"{error.message}。{error.hint}", title="先排着")
    return None, *_cleared(job.task), *batch_board.shown(copilot, key, number)


def _example(task: Task) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    for row in read("batch_page")["examples"][task]:
        book.active.append(row)
    path = outgoing(f"示例-{render_batch.TASKS[task]}", ".xlsx")
    book.save(path)
    return path
