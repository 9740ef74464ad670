"""设置, products and voices: what is saved, one to look at, a form to write one, a file to fill the form."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from copilot import Copilot
from copilot.errors import CopilotError, InputError
from copilot.knowledge import read
from copilot.knowledge.keys import label_of
from copilot.profiles import (
    Kind,
    default_voice,
    list_profiles,
    load_profile,
    remove_profile,
    save_profile,
    use_voice,
)
from copilot.tasks.profile import check_product, joined, read_specs
from copilot.tasks.sent_file import read_sent_file
from ui import render_settings
from ui.events import CLICKS, listen
from ui.render import note

# what is said stands above the form, the button that makes it said below it
_TOLD = "watch('value', () => { if (element.innerText.trim()) element.scrollIntoView({block: 'center'}); });"

# `name`: what is being changed, "" for a new one; `profile`: what it holds, keys that the form has no field for too
Base = dict[str, Any]


class Field(NamedTuple):
    """A field of the form; one with more than one `lines` holds a list, one entry a line. `rare` ones are folded in."""

    key: str
    hint: str = ""
    lines: int = 1
    rare: bool = False
    label: str = ""


_FIELDS: dict[Kind, tuple[Field, ...]] = {
    "product": (
        Field("product", "不写就用上面的名字"),
        Field("selling_points", "一行一个，带上数字和条件", 3),
        Field("price", "例如 2999 元"),
        Field("specs", "一行一个，写成 名称=值，例如 高度=7.9厘米", 2),
        Field("proofs", "一行一个：检测报告、证书、统计", 2),
        Field("never", "一行一个，文案里不会出现", 2, label="不能说的话"),
        Field("brand", rare=True),
        Field("industry", "例如 食品、教育", rare=True),
        Field("original_price", "写成 3999（七日内最低成交价）", rare=True),
        Field("audience", rare=True),
        Field("pain", rare=True),
        Field("scene", rare=True),
        Field("facts", "一行一个，可以当依据的事实", 2, rare=True),
        Field("keywords", "一行一个", 2, rare=True),
        Field("voice", "存下的品牌声音的名字", rare=True),
        Field("link", "https://…", rare=True),
        Field("sms_sign", "例如 【青禾咖啡】", rare=True),
        Field("qualification", "批准文号", rare=True),
    ),
    "voice": (
        Field("tone", "一行一个，例如 亲切", 2),
        Field("do", "一行一条，例如 像跟邻居说话", 2, label="要怎么写"),
        Field("dont", "一行一条，例如 不喊口号", 2, label="不要怎么写"),
        Field("must", "一行一个", 2),
        Field("banned", "一行一个，例如 赋能", 2),
        Field("samples", "一行一段，贴几段写得像的文案", 4),
    ),
}
_WORDS: dict[Kind, tuple[str, str]] = {"product": ("产品资料", "扫地机"), "voice": ("品牌声音", "邻家")}
_SHARED: dict[Kind, str] = {
    "product": "写文案时选一个，就不用每次重填。大家共用：改了、移除了，别人也一样。",
    "voice": "没有指明声音的文案都照“默认”的那个写。大家共用：改了、移除了、换了默认，别人也一样。",
}


def build_profiles(app: gr.Blocks, copilot: Copilot, kind: Kind) -> None:
    """Put list and form where they are called."""
    what, example = _WORDS[kind]
    base, asking = gr.State(_blank()), gr.State("")
    named = f"oc-settings-{kind}"
    gr.HTML(note(_SHARED[kind]), js_on_load=None, apply_default_css=False, elem_id=f"{named}-shared")
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=300):
            listed = gr.HTML("", js_on_load=CLICKS, apply_default_css=False, elem_id=f"{named}-list")
            shown = gr.HTML("", js_on_load=CLICKS, apply_default_css=False, elem_id=f"{named}-shown")
        with gr.Column(scale=5, min_width=300):
            said = gr.HTML("", js_on_load=_TOLD, apply_default_css=False, elem_id=f"{named}-said")
            name = gr.Textbox(
                label=f"名字（选{what}时看到的）", placeholder=f"例如 {example}", max_lines=1, elem_id=f"{named}-name"
            )
            fields = [_field(field, kind) for field in _FIELDS[kind] if not field.rare]
            if any(field.rare for field in _FIELDS[kind]):
                with gr.Accordion("更多", open=False):
                    fields += [_field(field, kind) for field in _FIELDS[kind] if field.rare]
            with gr.Row():
                save = gr.Button("保存", variant="primary", scale=0, min_width=120, elem_id=f"{named}-save")
                fresh = gr.Button("清空", scale=0, min_width=80, elem_id=f"{named}-fresh")
            file = gr.File(
                label="有 YAML 或 JSON 文件？读进上面的表单", file_types=[".yaml", ".yml", ".json"], height=132,
                elem_id=f"{named}-file",
            )  # fmt: skip
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    form = [name, *fields]
    look = partial(_look, copilot, kind)
    listen(app.load, look, None, [listed], **quiet)
    listen(listed.click, partial(_clicked, copilot, kind), [base], [asking, said, shown, base, *form, listed], **quiet)
    listen(shown.click, lambda: "", None, [shown], **quiet)
    listen(fresh.click, lambda: ("", *_form(kind, _blank())), None, [said, base, *form], **quiet)
    listen(file.upload, partial(_read, kind), [file, name], [said, file, base, *form], **quiet)
    saved = listen(save.click, partial(_save, copilot, kind), [base, *form], [said, base, *form], **quiet)
    listen(saved.then, look, None, [listed], **quiet)


def _field(field: Field, kind: Kind) -> gr.Textbox:
    return gr.Textbox(
        label=_label(field.key, kind), placeholder=field.hint, lines=field.lines, max_lines=field.lines + 6,
        elem_id=f"oc-settings-{kind}-{field.key.replace('_', '-')}",
    )  # fmt: skip


def _ordered(kind: Kind) -> list[Field]:
    """The fields as they stand on the page."""
    return sorted(_FIELDS[kind], key=lambda field: field.rare)


def _label(key: str, kind: Kind) -> str:
    groups = ("profile", "keys") if kind == "product" else ("voice",)
    if own := next((field.label for field in _FIELDS[kind] if field.key == key), ""):
        return own
    return next((label_of(key, group) for group in groups if key in read("brief")[group]), key)


def _blank() -> Base:
    return {"name": "", "profile": {}}


def _look(copilot: Copilot, kind: Kind, asking: str = "") -> str:
    home = copilot.settings.home
    default = default_voice(home) if kind == "voice" else ""
    listed = []
    for name in list_profiles(home, kind):
        try:
            about = _about(load_profile(home, name, kind), kind)
        except InputError as error:  # a file that somebody wrote by hand
            about = f"读不出来：{error.message}"
        listed.append({"name": name, "about": about, "default": name == default})
    return render_settings.profiles(listed, asking, kind)


def _about(profile: Mapping[str, Any], kind: Kind) -> str:
    if kind == "voice":
        return "、".join(profile.get("tone", ())) or "没有写语气"
    return "；".join([str(profile.get("product", "")), *profile.get("selling_points", ())][:4])


def _clicked(copilot: Copilot, kind: Kind, base: Base, event: gr.EventData) -> tuple[Any, ...]:
    """Whatever was clicked in the list."""
    home, act, name = copilot.settings.home, event.act, str(getattr(event, "profile", ""))
    asking, said, shown, form = name if act == "ask" else "", "", gr.skip(), [gr.skip()] * (2 + len(_FIELDS[kind]))
    if act == "open":
        profile = load_profile(home, name, kind)
        shown = render_settings.profile(name, {_label(key, kind): value for key, value in profile.items()})
    elif act == "edit":
        form = _form(kind, {"name": name, "profile": load_profile(home, name, kind)})
        said = note(f"正在改“{name}”，改好点“保存”。")
    elif act == "delete":
        remove_profile(home, name, kind)
        said, shown = note(f"已移除“{name}”。", "good"), ""
        if base["name"] == name:
            form = _form(kind, _blank())
    elif act in ("use", "none"):
        use_voice(home, name if act == "use" else "")
        said = note(f"没有指明声音的文案，现在照“{name}”写。" if act == "use" else "现在没有默认的声音。", "good")
    return asking, said, shown, *form, _look(copilot, kind, asking)


def _form(kind: Kind, base: Base, name: str = "") -> list[Any]:
    """The state and the fields of the form for a product or voice."""
    return [base, base["name"] or name, *(_text(base["profile"].get(field.key, "")) for field in _ordered(kind))]


def _text(value: Any) -> str:
    """A value as it stands in a field."""
    if isinstance(value, Mapping) and set(value) <= {"value", "basis"}:
        return f"{value.get('value', '')}（{value['basis']}）" if value.get("basis") else str(value.get("value", ""))
    if isinstance(value, Mapping):
        return "\n".join(f"{name}={item}" for name, item in value.items())
    return "\n".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _read(kind: Kind, file: str | None, name: str) -> tuple[Any, ...]:
    """Fill the form from a file; what the form has no field for is kept until it is saved."""
    if not file:
        return gr.skip(), gr.skip(), *[gr.skip()] * (2 + len(_FIELDS[kind]))
    path = Path(file)
    profile = joined(read_sent_file(path, "资料", "名称: 木屿书桌"), {}, kind)
    told = note(f"已从 {path.name} 读进表单。看一遍，起个名字，点“保存”。", "good")
    return told, None, *_form(kind, {"name": "", "profile": profile}, name or str(profile.pop("name", "") or path.stem))


def _save(copilot: Copilot, kind: Kind, base: Base, name: str, *values: str) -> tuple[Any, ...]:
    """Save what stands in the form, under a name that is new or the one being changed."""
    home, name = copilot.settings.home, name.strip()
    if not name:
        raise InputError("还没有起名字", "在最上面的框里写一个，选它的时候看得到。")
    if name != base["name"] and name in list_profiles(home, kind):
        raise InputError(f"已经有“{name}”了", "换个名字；要改它，在列表里点“修改”。")
    fields = _ordered(kind)
    profile = {key: value for key, value in base["profile"].items() if key not in {field.key for field in fields}}
    profile |= {field.key: _value(field, value) for field, value in zip(fields, values, strict=True) if value.strip()}
    if kind == "product":
        profile = {"product": name} | profile
    try:
        if kind == "product":
            check_product(profile)
        save_profile(home, name, profile | ({"name": name} if kind == "voice" else {}), kind)
    except CopilotError as error:
        raise InputError(error.message, "改好再保存。" if "--" in error.hint else error.hint) from error
    if base["name"] and base["name"] != name:
        told = note(f"已另存为“{name}”，原来的“{base['name']}”还在。", "good")
    else:
        told = note(f"已保存“{name}”。", "good")
    return told, *_form(kind, _blank())


def _value(field: Field, value: str) -> Any:
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    if field.key == "specs":
        return read_specs(lines)
    return lines if field.lines > 1 else value.strip()
