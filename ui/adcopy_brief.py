"""文案: the brief as a form, and the form as a brief."""

import re
from typing import Any, NamedTuple

import gradio as gr

from copilot.briefs import AdBrief
from copilot.knowledge.keys import label_of
from ui.render_copy_notes import said

Values = tuple[Any, ...]


class Field(NamedTuple):
    """One field of the form: its key, what may stand in it, how many lines, whether it is a list and told by what."""

    key: str
    hint: str
    lines: int = 1
    apart: str = ""  # "\n": one entry a line; "、": words side by side


MAIN = (
    Field("product", "例：挂耳咖啡"),
    Field("selling_points", "一行一个，带上数字和条件。例：烘好当天装袋", 3, "\n"),
    Field("audience", "写给谁。例：每天通勤一小时的上班族"),
    Field("pain", "看得见的一幕。例：早上赶地铁，没空排队买咖啡", 2),
    Field("scene", "什么时候、在哪里用"),
    Field("offer", "谁、多少、到什么时候。例：满 99 减 20，11 月 30 日截止", 2),
    Field("price", "例：39 元一盒"),
    Field("original_price", "要写依据。例：49（七日内最低成交价）"),
)
MORE = (
    Field("brand", "例：青禾"),
    Field("industry", "决定查哪些条款。例：食品"),
    Field("facts", "一行一个：检测报告、证书、能核对的数字", 3, "\n"),
    Field("keywords", "一定要带上的词，用顿号隔开", 1, "、"),
    Field("banned", "不能出现的词，用顿号隔开", 1, "、"),
    Field("tone", "例：亲切、干脆"),
    Field("cta", "要对方做什么。例：到店出示短信"),
    Field("link", "例：https://shop.example.com/k"),
    Field("sms_sign", "报备过的短信签名"),
    Field("qualification", "批准文号、许可证号"),
    Field("variables", "发送时替换的名字，用顿号隔开。例：姓名、券码", 1, "、"),
)
FORM = (*MAIN, *MORE)
# What a product keeps from one piece of copy to the next; an offer ends, a channel changes.
_LASTING = (
    "product", "brand", "industry", "selling_points", "audience", "pain", "scene", "price", "original_price", "facts",
    "tone", "keywords", "banned", "link", "sms_sign", "qualification",
)  # fmt: skip


def form() -> list[gr.Textbox]:
    """Put the fields of the form where they are called, the rarer ones folded away."""
    boxes = [_box(field) for field in MAIN]
    with gr.Accordion("更多：品牌、依据、关键词、签名……", open=False, elem_id="oc-adcopy-more"):
        return boxes + [_box(field) for field in MORE]


def filled(brief: AdBrief) -> list[str]:
    """Return what stands in each field for a brief."""
    return [_shown(getattr(brief, field.key), field) for field in FORM]


def typed(values: Values, before: AdBrief | None) -> dict[str, Any]:
    """Return the form as a mapping of a brief; a field that nobody touched keeps what it was made from."""
    given: dict[str, Any] = {}
    for field, value in zip(FORM, values, strict=True):
        value = (value or "").strip()
        old = getattr(before, field.key) if before else ""
        if before and value == _shown(old, field):
            given[field.key] = old.to_dict() if hasattr(old, "to_dict") else old
        elif field.apart:
            apart = r"\n+" if field.apart == "\n" else r"[、，,；;\n]+"
            given[field.key] = [each.strip() for each in re.split(apart, value) if each.strip()]
        else:
            given[field.key] = value
    return {key: value for key, value in given.items() if value}


def lasting(brief: AdBrief) -> dict[str, Any]:
    """Return what of a brief is worth a profile."""
    whole = brief.to_dict()
    return {key: list(value) if isinstance(value, tuple) else value for key in _LASTING if (value := whole[key])}


def _box(field: Field) -> gr.Textbox:
    label, name = label_of(field.key), f"oc-adcopy-brief-{field.key.replace('_', '-')}"
    return gr.Textbox(label=label, placeholder=field.hint, lines=field.lines, max_lines=8, elem_id=name)


def _shown(value: Any, field: Field) -> str:
    return field.apart.join(value) if field.apart else said(value)
