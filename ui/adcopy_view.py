"""文案: what stands on the page for what has been written. A handler returns a dict: component → what becomes of it."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypedDict

import gradio as gr

from copilot import Copilot
from copilot.briefs import AdBrief, AdCopy, Voice
from copilot.channels import Channel
from copilot.errors import CopilotError
from copilot.profiles import load_voice
from copilot.tasks.recheck import typed_text, typed_value
from copilot.types import Variant
from ui import render, render_copy, render_copy_notes
from ui.adcopy_brief import filled

Shown = dict[Any, Any]
Steps = Iterator[Shown]


class Work(TypedDict):
    """What one visitor is working on; replaced, never changed.

    `kept` are places in `copy.variants`, `editing` one of them or -1; `told` is said above the cards; `voice` is the
    name that was chosen, "" for the default; `undo` is the work before the last act.
    """

    copy: AdCopy
    kept: tuple[int, ...]
    editing: int
    voice: str
    told: tuple[str, ...]
    undo: "Work | None"


class Slot(NamedTuple):
    """One field of the panel in which a variant is edited."""

    place: gr.Column
    box: gr.Textbox
    counter: gr.HTML


class Parts(NamedTuple):
    """The components that handlers change."""

    work: gr.State
    sentence: gr.Textbox
    go: gr.Button
    stop: gr.Button
    status: gr.HTML
    above: gr.HTML
    below: gr.HTML
    panel: gr.Column
    heading: gr.HTML
    slots: tuple[Slot, ...]
    preview: gr.HTML
    tools: gr.Row
    undo: gr.Button
    notes: gr.HTML
    brief: gr.HTML
    fold: gr.Accordion
    form: tuple[gr.Textbox, ...]

    def outputs(self) -> list[Any]:
        """All of them, flat."""
        slots = [each for slot in self.slots for each in slot]
        flat = [part for part in self if not isinstance(part, tuple)]
        return [*flat, *slots, *self.form]


def work_of(copy: AdCopy, voice: str, before: Work | None = None) -> Work:
    """Return the work on a fresh result; `before` is what undoing brings back."""
    return {"copy": copy, "kept": (), "editing": -1, "voice": voice, "told": (), "undo": undoable(before)}


def undoable(work: Work | None) -> Work | None:
    """Return work as it is kept for undoing: one step, closed."""
    return {**work, "undo": None, "editing": -1, "told": ()} if work else None


def view(parts: Parts, copilot: Copilot, work: Work | None) -> Shown:
    """Everything but the fields of the panel and of the brief's form."""
    busy_off = {parts.go: gr.update(visible=True), parts.stop: gr.update(visible=False)}
    if work is None:
        welcome = {parts.status: "", parts.above: render_copy_notes.welcome(), parts.below: "", parts.notes: ""}
        closed = {parts.panel: gr.update(visible=False), parts.tools: gr.update(visible=False)}
        return busy_off | welcome | closed | {parts.work: None, parts.brief: render_copy_notes.understood(None)}
    copy, at = work["copy"], work["editing"]
    variants, places = copy.variants, range(len(copy.variants))
    cut = at if at >= 0 else len(variants)
    nothing = () if variants else ("没有写出能用的文案，原因列在下面。",)
    told = "".join(render.note(render_copy_notes.plain(line)) for line in (*work["told"], *nothing))
    look = (work["kept"], copilot.channels, sender(copy.brief))
    return busy_off | {
        parts.work: work,
        parts.status: told,
        parts.above: render_copy.cards(variants[:cut], places[:cut], *look),
        parts.below: render_copy.cards(variants[cut + 1 :], places[cut + 1 :], *look),
        parts.panel: gr.update(visible=at >= 0),
        parts.tools: gr.update(visible=bool(variants)),
        parts.undo: gr.update(interactive=work["undo"] is not None),
        parts.notes: render_copy_notes.notes(copy),
        parts.brief: understood(copilot, copy.brief),
    }


def busy(parts: Parts, what: str) -> Shown:
    """While something is being written."""
    return {
        parts.status: render.working(what), parts.go: gr.update(visible=False), parts.stop: gr.update(visible=True)
    }  # fmt: skip


def coming(parts: Parts, copilot: Copilot, brief: AdBrief, come: Sequence[Variant]) -> Shown:
    """The cards that a model has written so far, to be read while it goes on."""
    if not come:
        return {}
    return {parts.above: render_copy.coming(come, copilot.channels, sender(brief)), parts.below: ""}


def failed(parts: Parts, error: CopilotError) -> Shown:
    """Why nothing was written, in the place of what would have been; all else stays."""
    message, hint = render_copy_notes.plain(error.message), render_copy_notes.plain(error.hint)
    if hint.startswith("改好再试"):
        hint = "在句子里写清产品和卖点；或展开“改需求”填上，再点“重写”。"
    said = render.note(f"{message}。{hint}", "bad")
    return {parts.status: said, parts.go: gr.update(visible=True), parts.stop: gr.update(visible=False)}


def brief_shown(parts: Parts, copilot: Copilot, brief: AdBrief) -> Shown:
    """The brief as understood, in words and in the form."""
    return dict(zip(parts.form, filled(brief), strict=True)) | {parts.brief: understood(copilot, brief)}


def understood(copilot: Copilot, brief: AdBrief) -> str:
    """The brief in words, its channels by their names."""
    titles = [copilot.channels[name].title for name in brief.platform if name in copilot.channels]
    return render_copy_notes.understood(brief, titles)


def opened(parts: Parts, copilot: Copilot, work: Work) -> Shown:
    """The panel with the fields of the variant that is being edited."""
    variant = variant_at(work)
    channel = copilot.channels[variant.platform]
    title = f"改第 {work['editing'] + 1} 条 · {channel.title}"
    shown: Shown = {
        parts.heading: f'<h3 class="oc-copy-panel-title">{render.text(title)}</h3>',
        parts.preview: render_copy.preview(variant, copilot.channels, sender(work["copy"].brief)),
    }
    for number, slot in enumerate(parts.slots):
        spec = channel.fields[number] if number < len(channel.fields) else None
        if spec is None:
            shown |= {slot.place: gr.update(visible=False), slot.box: gr.update(value=""), slot.counter: ""}
            continue
        value = variant.fields.get(spec.name, () if spec.items[1] else "")
        hint = "用空格隔开" if spec.name == "tags" else "一行一条" if spec.items[1] else ""
        label = f"{spec.label}（{hint}）" if hint else spec.label
        lines = 1 if 0 < spec.limit <= 60 and not spec.items[1] else 3
        shown |= {
            slot.place: gr.update(visible=True),
            slot.box: gr.update(value=typed_text(value, spec), label=label, lines=lines),
            slot.counter: render_copy.counter(value, spec),
        }
    return shown


def counters(channel: Channel, values: tuple[str, ...], slots: int) -> list[str]:
    """The counter of every field as it is typed, "" for slots that the channel has no field for."""
    counted = [
        render_copy.counter(typed_value(value, spec), spec) for spec, value in zip(channel.fields, values, strict=False)
    ]
    return counted + [""] * (slots - len(counted))


def sender(brief: AdBrief) -> str:
    """Who sends the copy."""
    return brief.brand or brief.sms_sign.strip("【】") or brief.product


def voice_of(copilot: Copilot, work: Work) -> Voice | None:
    """The brand voice that the copy was written in."""
    return load_voice(copilot.settings.home, work["voice"])


def variant_at(work: Work) -> Variant:
    """The variant that is being edited."""
    return work["copy"].variants[work["editing"]]
