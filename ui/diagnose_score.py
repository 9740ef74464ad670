"""诊断 › 需求打分: Kano, RICE, ICE and the ratio of benefit to cost from a table."""

from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from copilot.arithmetic.kano import KanoReport
from copilot.arithmetic.rice import RiceReport
from copilot.errors import CopilotError, InputError
from copilot.export.score import write_kano, write_rice
from copilot.voices.score_kano import read_kano
from copilot.voices.score_rice import read_rice
from ui import render_scores
from ui.events import listen
from ui.files import download, outgoing
from ui.render import note
from ui.render_voices import plain

_METHODS = [("RICE、ICE、投入产出比", "rice"), ("Kano 问卷", "kano")]
_UNITS: list[str | tuple[str, str]] = [("看列名和格子，都没写是人月", ""), "人时", "人日", "人周", "人月"]
_KINDS = [".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson"]


def build() -> None:
    """Put the part's components where they are called."""
    report: gr.State = gr.State(None)
    method = gr.Radio(_METHODS, value="rice", label="用哪种办法", elem_id="oc-diagnose-method")
    source = gr.File(label="表格（csv、xlsx、jsonl）", file_types=_KINDS, height=130, elem_id="oc-diagnose-score-file")
    with gr.Accordion("更多选项", open=False), gr.Row():
        unit = gr.Dropdown(_UNITS, value="", label="投入的单位", elem_id="oc-diagnose-unit")
        ice = gr.Radio(["相乘", "平均"], value="相乘", label="ICE 怎么合成", elem_id="oc-diagnose-ice")
        price = gr.Textbox(label="一个人日多少元（运营、维护写的是钱时要）", elem_id="oc-diagnose-price")
        one = gr.Radio(
            [("喜欢", "喜欢"), ("不喜欢", "不喜欢")], value="喜欢", label="Kano 答案写 1–5 时，1 是哪一头",
            elem_id="oc-diagnose-one",
        )  # fmt: skip
    start = gr.Button("打分", variant="primary", elem_id="oc-diagnose-score")
    shown = gr.HTML(
        render_scores.welcome("rice"), apply_default_css=False, js_on_load=None, elem_id="oc-diagnose-scored"
    )
    with gr.Column(visible=False) as results:
        plot = gr.Plot(label="图", elem_id="oc-diagnose-score-plot", elem_classes="oc-diagnose-plot")
        with gr.Row():
            download("Excel", partial(_export, ".xlsx"), report, "diagnose-score-xlsx", min_width=110)
            download("网页", partial(_export, ".html"), report, "diagnose-score-html", min_width=110)
            download("Markdown", partial(_export, ".md"), report, "diagnose-score-md", min_width=110)

    quiet: dict[str, Any] = {"show_progress": "hidden"}
    view = [shown, results, plot, report]
    listen(method.input, lambda method: (render_scores.welcome(method), *_nothing()), method, view, **quiet)
    listen(start.click, _score, [method, source, unit, ice, price, one], view, show_progress="minimal")


def _score(method: str, path: str | None, unit: str, ice: str, price: str, one: str) -> tuple[Any, ...]:
    if not path:
        return note("先上传一个表。", "warn") + render_scores.welcome(method), *_nothing()
    try:
        if method == "kano":
            kano = read_kano(Path(path), one=one)
            return render_scores.kano(kano), gr.update(visible=True), _kano_figure(kano), kano
        rice = read_rice(Path(path), effort_unit=unit, mean=ice == "平均", day_price=(price or "").strip())
        return render_scores.rice(rice), gr.update(visible=True), _rice_figure(rice), rice
    except CopilotError as error:
        return note(f"没有算成：{plain(error.message)}。{plain(error.hint)}", "bad"), *_nothing()


def _nothing() -> tuple[Any, ...]:
    return gr.update(visible=False), None, None


def _kano_figure(report: KanoReport) -> Any:
    from copilot.export.score_html import kano_figure  # plotly

    return _drawn(kano_figure(report))


def _rice_figure(report: RiceReport) -> Any:
    from copilot.export.score_html import rice_figure

    return _drawn(rice_figure(report)) if report.items else None


def _drawn(figure: Any) -> Any:
    """A chart with its title as its label, which breaks on a phone."""
    title = figure.layout.title.text
    return gr.update(value=figure.update_layout(title=None, margin_t=50), label=title)


def _export(suffix: str, report: KanoReport | RiceReport | None) -> Path:
    if not report:
        raise InputError("还没有分数可以存", "先上传一个表，点“打分”。")
    path = outgoing("需求打分", suffix)
    if isinstance(report, KanoReport):
        write_kano(report, path)
    else:
        write_rice(report, path)
    return path
