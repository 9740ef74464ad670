"""方案: a brief becomes a plan; its inputs can be changed and the plan reckoned anew; results are reviewed."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from copilot import Copilot
from copilot.briefs import AdCopy
from copilot.errors import InputError
from copilot.export.plan import write_plan
from copilot.export.plan_charts import budget_figure, funnel_figure, gantt_figure, sensitivity_figure
from copilot.plans import Plan
from copilot.tasks.plan_again import canonical, inputs_changed, outcome_changed, with_inputs
from copilot.tasks.plan_brief import read_plan_brief
from copilot.tasks.plan_copy import with_copy
from copilot.tasks.sent_file import read_sent_file
from ui import plan_form, plan_review, render_plan, source
from ui.events import CLICKS, listen
from ui.files import download, outgoing
from ui.render import note, working
from ui.work import Ended, told, writing

_CHARTS = {
    "漏斗图": funnel_figure, "预算图": budget_figure, "排期图": gantt_figure, "敏感度图": sensitivity_figure,
}  # fmt: skip
_FORMATS = {"Word": ".docx", "Excel": ".xlsx", "Markdown": ".md", "网页": ".html", "JSON": ".json"}
_QUIET: dict[str, Any] = {"show_progress": "hidden"}
# what was changed in the form of inputs, as {place: text}
_FORM = """
element.addEventListener('submit', event => {
  event.preventDefault();
  const changed = {};
  for (const field of element.querySelectorAll('input[name]'))
    if (field.value.trim() !== field.defaultValue) changed[field.name] = field.value;
  trigger('submit', {changed: JSON.stringify(changed)});
});
"""
_FOLD = (
    CLICKS
    + """
element.addEventListener('click', event => {
  const hit = event.target.closest('[data-fold]');
  if (hit) for (const part of element.querySelectorAll('details')) part.open = !!hit.dataset.fold;
});
"""
)
# an opened source has the focus, its passage in the middle; closed, the focus goes back to what was clicked
_DRAWER = (
    CLICKS
    + """
let before = null;
document.addEventListener('click', event => {
  if (event.target.closest('.oc-plan-body [data-act=cite]')) before = event.target;
});
element.addEventListener('keydown', event => {
  if (event.key === 'Escape') trigger('click', {act: 'close'});
});
watch('value', () => {
  const box = element.querySelector('.oc-text'), hit = element.querySelector('#oc-plan-hit');
  const close = element.querySelector('.oc-plan-close');
  if (close) close.focus({preventScroll: true}); else if (before) before.focus({preventScroll: true});
  if (hit) box.scrollTop = hit.offsetTop - box.offsetTop - box.clientHeight / 3;
});
"""
)
# what is wrong comes into sight
_NEAR = """
watch('value', () => { if (element.querySelector('.oc-bad')) element.scrollIntoView({block: 'nearest'}); });
"""
_SEEN = """
watch('value', () => {
  const place = document.getElementById('oc-plan-result');
  if (place && element.querySelector('.oc-plan')) place.scrollIntoView({block: 'start'});
});
"""


class Made(NamedTuple):
    """A plan and what its brief itself says."""

    given: dict[str, Any]
    plan: Plan


def build(app: gr.Blocks, copilot: Copilot) -> None:
    """Put the tab's components where they are called."""
    with gr.Tabs(elem_id="oc-plan-tabs"):
        with gr.Tab("写方案", id="write"):
            _build_plan(copilot)
        with gr.Tab("复盘", id="review"):
            plan_review.build(copilot)


def _build_plan(copilot: Copilot) -> None:
    made = gr.State(None)
    with gr.Accordion("简报", open=True, elem_id="oc-plan-brief") as brief:
        with gr.Row(elem_classes="oc-plan-starts"):
            tries = [gr.Button(f"例子：{name}", size="sm", min_width=120) for name in plan_form.examples()]
            upload = gr.UploadButton(
                "导入简报文件（YAML、JSON）", size="sm", min_width=160, file_types=[".yaml", ".yml", ".json"],
                elem_id="oc-plan-import",
            )  # fmt: skip
        fields = plan_form.build()
    with gr.Row(elem_classes="oc-plan-go"):
        write = gr.Button("写方案", variant="primary", scale=0, min_width=140, elem_id="oc-plan-write")
        stop = gr.Button("停止", visible=False, scale=0, min_width=100, elem_id="oc-plan-stop")
        copies = gr.Checkbox(False, label="同时写物料文案（多等几秒）", container=False, elem_id="oc-plan-copies")
    status = gr.HTML(render_plan.welcome(), js_on_load=_NEAR, apply_default_css=False, elem_id="oc-plan-status")
    shown = _Page(status, made, brief, write, stop)
    keys, form = list(fields), list(fields.values())

    again = partial(_again, copilot)
    making = [
        listen(write.click, partial(_write, copilot, keys), [copies, *form], shown.outputs, **_QUIET),
        listen(shown.inputs.submit, again, [made, copies], shown.outputs, **_QUIET),
        listen(shown.head.click, again, [made, copies], shown.outputs, **_QUIET),
    ]
    halted = listen(stop.click, None, cancels=making)
    listen(halted.then, _stopped, [made], shown.outputs, **_QUIET)
    listen(shown.body.click, partial(_open, copilot), [made], [shown.drawer], **_QUIET)
    listen(shown.drawer.click, lambda: "", None, [shown.drawer], **_QUIET)
    goal = fields["goal"]
    listen(goal.input, lambda name: gr.update(choices=plan_form.channels_of(name)), goal, fields["channels"], **_QUIET)
    for name, button in zip(plan_form.examples(), tries, strict=True):
        listen(button.click, partial(_example, keys, name), None, [status, *form], **_QUIET)
    listen(upload.upload, partial(_import, keys), upload, [status, *form], **_QUIET)


class _Page:
    """The components that show a plan, in the order of `outputs`."""

    def __init__(self, status: gr.HTML, made: gr.State, brief: gr.Accordion, write: gr.Button, stop: gr.Button) -> None:
        with gr.Column(visible=False, elem_id="oc-plan-result") as self.result:
            with gr.Row(elem_classes="oc-plan-files"):
                for label, suffix in _FORMATS.items():
                    look: dict[str, Any] = {"min_width": 110}
                    download(f"下载 {label}", partial(_file, suffix), made, f"plan-{suffix[1:]}", **look)
            self.did = gr.HTML("", apply_default_css=False, elem_id="oc-plan-did")
            self.head = gr.HTML("", js_on_load=CLICKS + _SEEN, apply_default_css=False, elem_id="oc-plan-head")
            with gr.Accordion("改数重算", open=False, elem_id="oc-plan-recount"):
                self.inputs = gr.HTML("", js_on_load=_FORM, apply_default_css=False, elem_id="oc-plan-inputs")
                self.trouble = gr.HTML("", js_on_load=_NEAR, apply_default_css=False, elem_id="oc-plan-trouble")
            with gr.Tabs(elem_id="oc-plan-charts"):
                self.charts: list[Any] = []
                for n, name in enumerate(_CHARTS):
                    with gr.Tab(name):
                        plot = gr.Plot(show_label=False, container=False, elem_id=f"oc-plan-chart-{n}", label=name)
                        self.charts += [plot, gr.HTML("", apply_default_css=False)]
            self.body = gr.HTML("", js_on_load=_FOLD, apply_default_css=False, elem_id="oc-plan-body")
            self.drawer = gr.HTML("", js_on_load=_DRAWER, apply_default_css=False, elem_id="oc-plan-source")
        self.outputs = [
            status, self.trouble, self.did, made, brief, write, stop, self.result, self.head, self.inputs, self.body,
            self.drawer, *self.charts,
        ]  # fmt: skip


# Making a plan


def _write(copilot: Copilot, keys: list[str], copies: bool, *values: Any) -> Iterator[tuple[Any, ...]]:
    brief = plan_form.given(keys, values)
    try:
        given = canonical(read_plan_brief(brief, today=date.today()))
        for plan in _made(copilot, brief, copies):
            yield _said(plan, busy=True) if isinstance(plan, str) else _view(Made(given, plan), "")
    except InputError as error:
        yield _said(render_plan.faults(error.message, error.hint))


def _again(copilot: Copilot, made: Made, copies: bool, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
    """Reckon anew with the inputs that were changed, or with one of the levers."""
    lever = getattr(event, "act", "") == "lever"
    changed = {event.key: event.value} if lever else json.loads(event.changed)
    if not changed:
        yield _said("", note("没有改动：改一个数再按“重算”。"))
        return
    try:
        given = with_inputs(made.given, made.plan, changed)
        read = canonical(read_plan_brief(given, today=date.today()))
        for plan in _made(copilot, given, copies):
            if isinstance(plan, str):
                yield _said("", plan, busy=True)
            else:
                did = render_plan.changes(inputs_changed(made.plan, plan), outcome_changed(made.plan, plan))
                yield _view(Made(read, plan), did)
    except InputError as error:
        yield _said("", render_plan.faults(error.message, error.hint))


def _made(copilot: Copilot, brief: Mapping[str, Any], copies: bool) -> Iterator[str | Plan]:
    """Yield what is being done, as HTML, and at last the plan."""

    def work(progress: Callable[[int, int, str], None]) -> Plan:
        plan = copilot.watched(writing(progress, "正在写方案，")).plan(brief)
        if not copies:
            return plan
        total = sum(material.brief is not None for material in plan.materials)
        done = count()

        def adcopy(material: Mapping[str, Any], n: int) -> AdCopy:
            progress(next(done), total, "正在写物料文案")
            return copilot.adcopy(material, n)

        return with_copy(plan, adcopy)

    yield working("正在写方案…")
    for step in told(work):
        yield step.result if isinstance(step, Ended) else working(step.what, step.done, step.total)


def _view(made: Made, did: str) -> tuple[Any, ...]:
    """What stands on the page once there is a plan; `did` is what a change of its inputs did."""
    plan = made.plan
    shown = render_plan.head(plan), render_plan.inputs(plan), render_plan.body(plan), ""
    charts = [part for make in _CHARTS.values() for part in _chart(make(plan))]
    buttons = gr.update(interactive=True), gr.update(visible=False)
    return "", "", did, made, gr.update(open=False), *buttons, gr.update(visible=True), *shown, *charts


def _said(status: str, trouble: str = "", *, busy: bool = False) -> tuple[Any, ...]:
    """Say something below the form, or below the inputs of the plan, and leave all the rest as it is."""
    buttons = gr.update(interactive=not busy), gr.update(visible=busy)
    return status, trouble, *[gr.skip()] * 3, *buttons, *[gr.skip()] * (5 + 2 * len(_CHARTS))


def _stopped(made: Made | None) -> tuple[Any, ...]:
    return _said(note("已停止，下面还是上一份方案。" if made else "已停止，填过的都还在。"))


def _chart(figure: dict[str, Any] | None) -> tuple[Any, str]:
    if figure is None:
        return gr.update(value=None, visible=False), note("这份方案没有这张图：没有可画的数。")
    from plotly.graph_objects import Figure

    drawn = Figure({"data": figure["data"], "layout": figure["layout"] | {"template": "none"}})
    return gr.update(value=drawn, visible=True), render_plan.chart_note(figure)


# Around it


def _example(keys: list[str], name: str) -> list[Any]:
    reading = read_plan_brief(plan_form.example(name), today=date.today())
    return [note(f"填好了例子“{name}”，改成自己的，或直接按“写方案”。"), *plan_form.filled(keys, reading)]


def _import(keys: list[str], file: str) -> list[Any]:
    try:
        reading = read_plan_brief(read_sent_file(Path(file), "简报", "产品: 青禾读书"), today=date.today())
    except InputError as error:
        return [render_plan.faults(error.message, error.hint), *[gr.skip()] * len(keys)]
    said = "".join(f"{one}。" for one in reading.notes)
    return [note(f"已填入 {Path(file).name}，看一遍再按“写方案”。{said}", "good"), *plan_form.filled(keys, reading)]


def _open(copilot: Copilot, made: Made, event: gr.EventData) -> str:
    """The document of a citation as it is now, beside the plan."""
    cited = next(c for c in made.plan.citations if c.n == int(event.n))
    found = source.opened(
        copilot, cited.doc_id, cited.quote, cited.start, cited.end, name=cited.source, section=cited.section
    )
    return render_plan.drawer(found)


def _file(suffix: str, made: Made | None) -> Path:
    if made is None:
        raise InputError("还没有方案可以下载", "填好简报，按“写方案”。")
    path = outgoing(f"{made.plan.brief.product}方案", suffix)
    write_plan(made.plan, path)
    return path
