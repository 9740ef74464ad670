"""设置: what is active and whether it works, products and voices, how to let a model write, what is kept where."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr

from copilot import Copilot
from copilot.model_check import check_models
from copilot.settings import origins
from ui import render_settings
from ui.events import listen
from ui.library import buttons, halting
from ui.render import working
from ui.settings_profiles import build_profiles
from ui.work import Ended, told


def build(app: gr.Blocks, copilot: Copilot) -> None:
    """Put the tab's components where they are called."""
    settings = copilot.settings
    with gr.Tabs(elem_id="oc-settings-tabs"):
        with gr.Tab("正在用的", id="status"):
            _html(render_settings.status(settings, origins(settings)), "status")
            with gr.Row():
                check = gr.Button("测试一下", variant="primary", scale=0, min_width=140, elem_id="oc-settings-check")
                stop = gr.Button("停止", visible=False, scale=0, min_width=80, elem_id="oc-settings-stop")
            done = _html("", "checked")
        with gr.Tab("产品资料", id="products"):
            build_profiles(app, copilot, "product")
        with gr.Tab("品牌声音", id="voices"):
            build_profiles(app, copilot, "voice")
        with gr.Tab("接上模型", id="models"):
            _html(render_settings.models(), "models")
        with gr.Tab("数据在哪", id="kept"):
            _html(render_settings.kept(settings), "kept")
    shown = [done, check, stop]
    checking = listen(check.click, partial(_check, copilot), None, shown, show_progress="hidden")
    halting(checking, stop, shown, "已停止测试。")


def _html(value: str, name: str) -> gr.HTML:
    return gr.HTML(value, js_on_load=None, apply_default_css=False, elem_id=f"oc-settings-{name}")


def _check(copilot: Copilot) -> Iterator[tuple[Any, ...]]:
    """Try every model that is set, once, and say how it went."""
    yield working(render_settings.doing("embedding")), *buttons(busy=True)
    for step in told(lambda progress: check_models(copilot.settings, progress)):
        if isinstance(step, Ended):
            yield render_settings.checked(step.result), *buttons(busy=False)
        else:
            yield working(render_settings.doing(step.what), step.done, step.total), *buttons(busy=True)
