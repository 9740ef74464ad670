"""文案: one sentence in, checked drafts out; every one of them can be kept, edited, shortened, moved, written anew."""

from functools import partial
from typing import Any

import gradio as gr

from copilot import Copilot
from copilot.profiles import default_voice, list_profiles
from ui import adcopy_acts as acts
from ui import adcopy_results, render_copy_notes
from ui.adcopy_brief import form
from ui.adcopy_view import Parts, Shown, Slot, Work, view
from ui.events import CLICKS, listen
from ui.files import download

_NUMBERS = [("按句子，默认 3 条", 0), *((f"{n} 条", n) for n in (1, 2, 3, 4, 5, 6, 8, 10))]
_QUIET: dict[str, Any] = {"show_progress": "hidden"}
# the first field of the panel, once it is there; not when somebody has gone on to another field, or opened a menu
_FOCUS = """() => setTimeout(() => {
  const field = document.querySelector('#oc-adcopy-panel textarea, #oc-adcopy-panel input');
  if (field && document.activeElement === document.body) field.focus();
}, 150)"""

_TO_FORM = """() => setTimeout(() => {
  document.getElementById('oc-adcopy-form').scrollIntoView({block: 'nearest', behavior: 'smooth'});
}, 150)"""


def build(app: gr.Blocks, copilot: Copilot) -> None:
    """Put the tab's components where they are called."""
    work = gr.State(None)
    sentence, go, stop = _sentence()
    channels, number, profile, voice = _choices(copilot)
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=320):
            status = _html("", "oc-adcopy-status")
            above = _html(render_copy_notes.welcome(), "oc-adcopy-above")
            panel, heading, slots, preview, buttons, rework = _panel(copilot)
            below = _html("", "oc-adcopy-below")
            with gr.Row(visible=False, elem_id="oc-adcopy-tools") as tools:
                renew = gr.Button("重写没留下的", size="sm", min_width=110, elem_id="oc-adcopy-renew")
                undo = gr.Button("撤销上一步", size="sm", min_width=110, elem_id="oc-adcopy-undo")
                download("导出 Excel", partial(acts.export, copilot, ".xlsx"), work, "copy-xlsx", min_width=100)
                download("导出 Word", partial(acts.export, copilot, ".docx"), work, "copy-docx", min_width=100)
                download("导出 Markdown", partial(acts.export, copilot, ".md"), work, "copy-md", min_width=100)
            notes = _html("", "oc-adcopy-notes")
        with gr.Column(scale=3, min_width=300):
            brief = _html(render_copy_notes.understood(None), "oc-adcopy-brief")
            with gr.Accordion("改需求", open=False, elem_id="oc-adcopy-form") as fold:
                boxes = form()
                again = gr.Button("重写", variant="primary", elem_id="oc-adcopy-again")
                with gr.Row(equal_height=False, elem_classes=["oc-copy-line"]):
                    name = gr.Textbox(
                        label="存为产品档案", placeholder="起个名字；不写就用产品名", scale=3, elem_id="oc-adcopy-name"
                    )
                    keep = gr.Button("保存", size="sm", scale=1, min_width=64, elem_id="oc-adcopy-keep")
                saved = _html("", "oc-adcopy-saved")
    adcopy_results.build(app, copilot)

    parts = Parts(
        work, sentence, go, stop, status, above, below, panel, heading, slots, preview, tools, undo, notes, brief,
        fold, tuple(boxes),
    )  # fmt: skip
    shown, values = parts.outputs(), [slot.box for slot in slots]

    def on(event: Any, handler: Any, inputs: Any) -> Any:
        return listen(event, partial(handler, copilot, parts), inputs, shown, **_QUIET)

    asked = [sentence, channels, number, profile, voice, work]
    chosen = [channels, number, profile, voice, work]
    cards = [on(place.click, acts.clicked, chosen) for place in (above, below, notes)]
    for event in cards[:2]:
        event.then(None, None, None, js=_FOCUS, api_visibility="private")
    cards[2].then(None, None, None, js=_TO_FORM, api_visibility="private")
    shorten, length, move, target = rework
    long = [
        on(sentence.submit, acts.write, asked), on(go.click, acts.write, asked), *cards,
        on(again.click, acts.again, [channels, number, voice, work, *boxes]), on(renew.click, acts.renew, [work]),
        on(shorten.click, acts.shorten, [length, work, *values]), on(move.click, acts.move, [target, work, *values]),
    ]  # fmt: skip
    halted = listen(stop.click, None, cancels=long)
    on(halted.then, _stopped, [work])
    save, leave = buttons
    on(save.click, acts.save, [work, *values])
    on(leave.click, acts.leave, [work])
    on(undo.click, acts.undo, [work])
    # change, not input: Gradio tells input of keys alone, and neither what an input method nor what a paste brings
    live = [*(slot.counter for slot in slots), preview]
    for box in values:
        typing = partial(acts.typing, copilot, parts)
        listen(box.change, typing, [work, *values], live, queue=False, trigger_mode="always_last", **_QUIET)
    listen(keep.click, partial(acts.save_product, copilot), [name, profile, work, *boxes], [profile, saved], **_QUIET)
    listen(app.load, partial(_lists, copilot), None, [profile, voice], **_QUIET)


def _sentence() -> tuple[gr.Textbox, gr.Button, gr.Button]:
    with gr.Row(equal_height=False, elem_classes=["oc-copy-line"]):
        sentence = gr.Textbox(
            label="写什么", placeholder="一句话：写什么、发在哪、写给谁、有什么优惠；回车就写", max_lines=5, scale=8,
            elem_id="oc-adcopy-sentence",
        )  # fmt: skip
        go = gr.Button("写文案", variant="primary", scale=1, min_width=90, elem_id="oc-adcopy-go")
        stop = gr.Button("停止", scale=1, min_width=90, visible=False, elem_id="oc-adcopy-stop")
    return sentence, go, stop


def _choices(copilot: Copilot) -> tuple[gr.Dropdown, ...]:
    """Channels, number, product, voice: all of them may stay as they are."""
    names = [(channel.title, name) for name, channel in copilot.channels.items()]
    with gr.Row(elem_id="oc-adcopy-choices"):
        channels = gr.Dropdown(
            names, value=[], multiselect=True, label="渠道（可多选；不选就按句子里说的）", scale=3, min_width=240,
            elem_id="oc-adcopy-channels",
        )  # fmt: skip
        number = gr.Dropdown(
            _NUMBERS, value=0, label="每个渠道几条", scale=2, min_width=150, elem_id="oc-adcopy-number"
        )
        products, voices = _options(copilot)
        profile = gr.Dropdown(products, value="", label="产品档案", scale=1, min_width=130, elem_id="oc-adcopy-profile")
        voice = gr.Dropdown(voices, value="", label="品牌声音", scale=1, min_width=130, elem_id="oc-adcopy-voice")
    return channels, number, profile, voice


def _panel(copilot: Copilot) -> tuple[Any, ...]:
    """Where a card is edited, in the place of the card: its fields with counters, beside them how it looks."""
    most = max(len(channel.fields) for channel in copilot.channels.values())
    with gr.Column(visible=False, elem_id="oc-adcopy-panel", elem_classes=["oc-copy-panel"]) as panel:
        heading = _html("", "oc-adcopy-heading")
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=280):
                slots = tuple(_slot(number) for number in range(most))
                with gr.Row():
                    save = gr.Button("保存", variant="primary", size="sm", min_width=80, elem_id="oc-adcopy-save")
                    leave = gr.Button("不改了", size="sm", min_width=80, elem_id="oc-adcopy-leave")
            with gr.Column(scale=1, min_width=280):
                preview = _html("", "oc-adcopy-preview")
        with gr.Row(equal_height=False, elem_classes=["oc-copy-line"]):
            length = gr.Number(
                label="缩到多少字",
                value=60,
                precision=0,
                minimum=10,
                scale=1,
                min_width=110,
                elem_id="oc-adcopy-length",
            )
            shorten = gr.Button("缩短", size="sm", scale=1, min_width=80, elem_id="oc-adcopy-shorten")
            names = [(channel.title, name) for name, channel in copilot.channels.items()]
            target = gr.Dropdown(names, value=None, label="换到", scale=2, min_width=150, elem_id="oc-adcopy-target")
            move = gr.Button("换渠道", size="sm", scale=1, min_width=80, elem_id="oc-adcopy-move")
    return panel, heading, slots, preview, (save, leave), (shorten, length, move, target)


def _slot(number: int) -> Slot:
    with gr.Column(visible=False, elem_classes=["oc-copy-slot"]) as place:
        box = gr.Textbox("", label="字段", max_lines=12, elem_id=f"oc-adcopy-field-{number}")
        count = gr.HTML("", js_on_load=None, apply_default_css=False)
    return Slot(place, box, count)


def _html(value: str, name: str) -> gr.HTML:
    return gr.HTML(value, js_on_load=CLICKS, apply_default_css=False, elem_id=name)


def _options(copilot: Copilot) -> tuple[list[Any], list[Any]]:
    """What can be chosen of products and of voices; "" is none, or the default."""
    home = copilot.settings.home
    default = default_voice(home)
    first = (f"默认（{default}）" if default else "不用", "")
    return [("不用", ""), *list_profiles(home)], [first, *list_profiles(home, "voice")]


def _lists(copilot: Copilot) -> tuple[Any, Any]:
    """The lists as they are when the page is opened."""
    products, voices = _options(copilot)
    return gr.update(choices=products), gr.update(choices=voices)


def _stopped(copilot: Copilot, parts: Parts, work: Work | None) -> Shown:
    """After 停止: what was there before."""
    if work is None:
        return view(parts, copilot, None)
    return view(parts, copilot, {**work, "editing": -1, "told": ("已停止，下面还是原来的。",)})
