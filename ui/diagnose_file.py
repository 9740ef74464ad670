"""诊断 › 一批反馈: a file of voices, its clusters as a chart and a list, down to the original words."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from copilot import Copilot
from copilot.diagnosis import VoiceReport
from copilot.errors import CopilotError, InputError
from copilot.export.voice import write_report
from ui import render_voices
from ui.diagnose_source import beside, opened
from ui.events import CLICKS, listen
from ui.files import download, outgoing
from ui.render import note, working
from ui.work import Ended, told

if TYPE_CHECKING:
    from copilot.voices.intake import Glimpse

_KINDS = [".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson"]
_SAVED = {"xlsx": "Excel 报告", "docx": "Word 报告", "html": "网页报告", "md": "Markdown", "json": "JSON"}
# what was opened into sight, when it is not: a list may be long, and on a phone the rest lies below it
_SHOW = """() => {
  const place = document.getElementById('oc-diagnose-detail'), top = place.getBoundingClientRect().top;
  if (top < 0 || top > innerHeight * 0.6) place.scrollIntoView({block: 'start', behavior: 'smooth'});
}"""
_PARTS = (("voice", "反馈列"), ("user", "用户列（按人数排先后）"), ("date", "日期列（看趋势）"))


def build(copilot: Copilot) -> None:
    """Put the part's components where they are called."""
    report: gr.State = gr.State(None)
    html: dict[str, Any] = {"apply_default_css": False}
    source = gr.File(label="反馈文件（csv、xlsx、jsonl）", file_types=_KINDS, height=130, elem_id="oc-diagnose-source")
    seen = gr.HTML(render_voices.welcome(), js_on_load=None, elem_id="oc-diagnose-seen", **html)
    with gr.Column(visible=False) as settings:
        with gr.Row():
            columns = [
                gr.Dropdown([], label=label, elem_id=f"oc-diagnose-{part}-column", min_width=160)
                for part, label in _PARTS
            ]
        with gr.Accordion("更多选项", open=False):
            with gr.Row():
                clusters = gr.Number(
                    None, label="分成几类（不填：按内容定）", minimum=2, precision=0, elem_id="oc-diagnose-clusters"
                )
                sheet = gr.Textbox(label="xlsx 里的哪张表（不填：第一张有数据的）", elem_id="oc-diagnose-sheet")
            like = gr.File(
                label="以前的报告（xlsx、json）：新反馈先归进原来的类",
                file_types=[".xlsx", ".json"], height=110, elem_id="oc-diagnose-like",
            )  # fmt: skip
        with gr.Row():
            start = gr.Button("开始分析", variant="primary", elem_id="oc-diagnose-run")
            stop = gr.Button("停止", visible=False, elem_id="oc-diagnose-halt")
    state = gr.HTML("", js_on_load=None, elem_id="oc-diagnose-state", **html)
    with gr.Column(visible=False) as results:
        summary = gr.HTML("", js_on_load=None, elem_id="oc-diagnose-summary", **html)
        with gr.Row():
            for suffix, label in _SAVED.items():
                download(label, partial(_export, suffix), report, f"diagnose-{suffix}", min_width=110)
        charts = gr.Radio([], label="图", elem_id="oc-diagnose-charts")
        plot = gr.Plot(show_label=False, label="图", elem_id="oc-diagnose-plot", elem_classes="oc-diagnose-plot")
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=300):
                ranked = gr.HTML("", js_on_load=CLICKS, elem_id="oc-diagnose-ranked", **html)
            with gr.Column(scale=2, min_width=320):
                detail = gr.HTML("", js_on_load=CLICKS, elem_id="oc-diagnose-detail", **html)
                made = gr.HTML("", js_on_load=CLICKS, elem_id="oc-diagnose-made", **html)
                words = gr.HTML("", js_on_load=CLICKS, elem_id="oc-diagnose-words", **html)
            place = beside("file")

    quiet: dict[str, Any] = {"show_progress": "hidden"}
    listen(source.upload, _looked, [source, sheet], [seen, settings, *columns], **quiet)
    listen(sheet.submit, _looked, [source, sheet], [seen, settings, *columns], **quiet)
    listen(source.clear, _cleared, None, [seen, settings], **quiet)
    view = [state, start, stop, results, report, summary, charts, plot, ranked, detail, made, words, place.column]
    asked = [source, *columns, sheet, clusters, like]
    run = listen(start.click, partial(_analyse, copilot), asked, view, **quiet)
    listen(run.then, _ready, None, [start, stop], **quiet)
    halted = listen(stop.click, None, cancels=[run])
    listen(halted.then, _stopped, None, [state, start, stop], **quiet)
    listen(charts.input, _chart, [report, charts], plot, **quiet)
    opening = [ranked, detail, made, words, place.column]
    picked = listen(ranked.click, _picked, [report], opening, **quiet)
    listen(picked.then, None, js=_SHOW, **quiet)
    listen(words.click, _page, [report], words, **quiet)
    listen(made.click, partial(_cited, copilot), [report], [place.column, place.shown], **quiet)


def _looked(path: str | None, sheet: str | None) -> tuple[Any, ...]:
    """Show the first rows of a file and the columns to choose from."""
    if not path:
        return _cleared() + (gr.skip(),) * len(_PARTS)
    try:
        from copilot.voices.intake import glimpse  # with scipy: .2 s that the start of the page need not wait for

        first = glimpse(Path(path), sheet=(sheet or "").strip())
    except CopilotError as error:
        told_why = note(f"没有读成：{render_voices.plain(error.message)}。{render_voices.plain(error.hint)}", "bad")
        return told_why, gr.update(visible=False), *(gr.skip() for _ in _PARTS)
    choices = [_choices(first, part) for part, _ in _PARTS]
    return render_voices.preview(first, Path(path).name), gr.update(visible=True), *choices


def _choices(first: "Glimpse", part: str) -> Any:
    """The columns to choose from; "" is what is found without being told."""
    found = f"自动：{first.columns[part]}" if part in first.columns else "自动：没有找到"
    return gr.update(choices=[(found, ""), *((name, name) for name in first.header)], value="")


def _cleared() -> tuple[Any, ...]:
    return render_voices.welcome(), gr.update(visible=False)


def _analyse(
    copilot: Copilot, path: str | None, column: str, user: str, date: str, sheet: str, clusters: int | None, like: str
) -> Iterator[tuple[Any, ...]]:
    """Analyse the file; what came of the one before goes when this one begins."""
    if not path:
        yield _view(note("先上传一个反馈文件。", "warn"))
        return
    yield _view(working("正在读取…"), busy=True)
    told_columns: dict[str, Any] = {"column": column, "user": user, "date": date, "sheet": (sheet or "").strip()}
    earlier = Path(like) if like else None
    try:
        for step in told(
            lambda progress: copilot.diagnose_file(
                Path(path), clusters=clusters or None, like=earlier, progress=progress, **told_columns
            )
        ):
            if isinstance(step, Ended):
                yield _result(step.result)
            else:
                yield working(f"正在{step.what}…", step.done, step.total), *(gr.skip() for _ in range(12))
    except CopilotError as error:
        yield _view(note(f"没有做成：{render_voices.plain(error.message)}。{render_voices.plain(error.hint)}", "bad"))


def _view(state: str, busy: bool = False) -> tuple[Any, ...]:
    """The page without a result: what happens, start or stop."""
    nothing = (
        gr.update(visible=False),
        None,
        "",
        gr.update(choices=[]),
        None,
        "",
        "",
        "",
        "",
        gr.update(visible=False),
    )
    return state, gr.update(interactive=not busy), gr.update(visible=busy), *nothing


def _result(report: VoiceReport) -> tuple[Any, ...]:
    from copilot.export.voice_page import report_figures  # plotly

    figures = {figure.layout.title.text: figure for figure in reversed(report_figures(report))}  # value and cost first
    shown = next(iter(figures), None)
    which = "1" if report.clusters else "left" if report.unclustered else "all"
    return (
        "", gr.update(interactive=True), gr.update(visible=False), gr.update(visible=True), report,
        render_voices.summary(report), gr.update(choices=list(figures), value=shown),
        _drawn(figures[shown]) if shown else None, render_voices.ranked(report, which),
        *_opened(report, which), gr.update(visible=False),
    )  # fmt: skip


def _ready() -> tuple[Any, ...]:
    return gr.update(interactive=True), gr.update(visible=False)


def _stopped() -> tuple[Any, ...]:
    return note("已停止，没有留下结果。"), *_ready()


def _chart(report: VoiceReport | None, title: str) -> Any:
    from copilot.export.voice_page import report_figures

    figures = report_figures(report) if report else []
    return next((_drawn(figure) for figure in figures if figure.layout.title.text == title), None)


def _drawn(figure: Any) -> Any:
    """A chart without its title, which stands above it already and is too long for a phone."""
    return figure.update_layout(title=None, margin_t=20)


def _picked(report: VoiceReport, event: gr.EventData) -> tuple[Any, ...]:
    """Open a cluster, or turn a page of their list."""
    if event.act == "clusters":
        return render_voices.ranked(report, "", int(event.page)), *(gr.skip() for _ in range(4))
    which = str(event.which)
    page = (int(which) - 1) // render_voices.PAGE if which.isdecimal() else 0
    return render_voices.ranked(report, which, page), *_opened(report, which), gr.update(visible=False)


def _opened(report: VoiceReport, which: str) -> tuple[str, str, str]:
    """A cluster: its figures, its diagnosis, its words."""
    diagnosed = render_voices.cluster_diagnosis(report, which)
    return render_voices.cluster(report, which), diagnosed, render_voices.words(report, which)


def _page(report: VoiceReport, event: gr.EventData) -> str:
    return render_voices.words(report, event.which, int(event.page))


def _cited(copilot: Copilot, report: VoiceReport, event: gr.EventData) -> tuple[Any, ...]:
    found = next(cluster for cluster in report.clusters if str(cluster.id) == event.of)
    return opened(copilot, next(c for c in found.diagnosis.citations if c.n == int(event.n)))


def _export(suffix: str, report: VoiceReport | None) -> Path:
    if not report:
        raise InputError("还没有结果可以存", "先上传文件并分析。")
    path = outgoing("用户反馈分析", f".{suffix}")
    write_report(report, path)
    return path
