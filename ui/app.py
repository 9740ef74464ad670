"""The page as a whole: a head, eight tabs, what is said about each."""

from pathlib import Path
from typing import Any

import gradio as gr

from copilot import Copilot
from ui import adcopy, ask, batch, check, diagnose, library, plan, render, settings

_STATIC = Path(__file__).parent / "static"
_FONTS = ["system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
_TABS = {
    "问答": ask, "文案": adcopy, "体检": check, "方案": plan, "诊断": diagnose, "批量": batch, "资料库": library,
    "设置": settings,
}  # fmt: skip


def build_app(copilot: Copilot, mcp: bool = False) -> gr.Blocks:
    """Return the page; launch it with `launch_options()`, or let `ui.serve.serve` do both. `mcp`: with tools for it."""
    app = gr.Blocks(title="运营助手", analytics_enabled=False, fill_width=True, delete_cache=(3600, 86400))
    with app:
        gr.HTML(render.header(copilot.settings), elem_id="oc-header", js_on_load=None, apply_default_css=False)
        with gr.Tabs(elem_id="oc-tabs"):
            for name, tab in _TABS.items():
                with gr.Tab(name, id=tab.__name__.rpartition(".")[2]):
                    tab.build(app, copilot)
        if mcp:
            from ui.mcp import add_tools

            add_tools(copilot)
    return app


def launch_options() -> dict[str, Any]:
    """Return what `launch` needs for look and quiet: fonts and scripts of this machine, no telemetry, no tracebacks."""
    theme = gr.themes.Base(primary_hue="blue", neutral_hue="slate", font=_FONTS, font_mono=["ui-monospace"]).set(
        # white on the theme's own blue (500) has a contrast of 3.7 : 1, on 700 of 6.7
        button_primary_background_fill="*primary_700", button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800", button_primary_background_fill_hover_dark="*primary_600",
        body_text_color_subdued="*neutral_600", body_text_color_subdued_dark="*neutral_300",
        block_info_text_color="*neutral_600", block_info_text_color_dark="*neutral_300",
        input_placeholder_color="*neutral_500", input_placeholder_color_dark="*neutral_400",
    )  # fmt: skip
    return {
        "theme": theme,
        "css_paths": sorted(_STATIC.glob("*.css")),
        "head": "".join(
            f"<script>{path.read_text(encoding='utf-8')}</script>" for path in sorted(_STATIC.glob("*.js"))
        ),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "share": False,
        "pwa": False,
        "show_error": False,
        "quiet": True,
    }
