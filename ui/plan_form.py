"""The brief of a plan as a form: its fields, what they hold as a brief, and a brief put into them."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import gradio as gr

from copilot.knowledge import read
from copilot.knowledge.keys import bare, label_of
from copilot.plans import PlanBrief
from copilot.tasks.plan_brief import PlanReading
from copilot.tasks.plan_brief_assume import ranked
from copilot.tasks.plan_brief_assumptions import names_of as rates_of
from copilot.tasks.plan_brief_channels import title_of
from copilot.tasks.plan_brief_goal import FILE, goal_data, names_of

_LINES = ("team", "constraints", "selling_points", "facts", "competitors")  # one on each line
_DETAILS = ("渠道", "能触达的人数", "计费方式", "单价（元）", "每份带来", "单位")
_PARTS = ("model", "price", "output", "unit")  # of a channel, by the columns behind the second
_RATES = ("项目", "数值")
_DIGITS = Decimal("0.0001")


def build() -> dict[str, Any]:
    """Put the fields where they are called; return them by the keys of a brief, `details` and `assumptions` tables."""
    found: dict[str, Any] = {}
    with gr.Row():
        found["product"] = _text("product", "产品或服务的名字", scale=2)
        found["goal"] = _choice("goal", _labels("goals"), None)
        found["kind"] = _choice("kind", _labels("kinds"), None)
    with gr.Row():
        found["target"] = _text("target", "如 注册 4000 人")
        found["budget"] = _text("budget", "如 5万")
        found["start"] = _text("start", "如 12月1日、下周一")
        found["end"] = _text("end", "如 2026-12-14")
    with gr.Row():
        found["audience"] = _text("audience", "写可以圈选的条件，如：近 90 天买过、最近 14 天没来", scale=2)
        hint = "从里面选，也可以自己打名字再按回车"
        found["channels"] = gr.Dropdown(
            _every_channel(), value=[], multiselect=True, allow_custom_value=True, label=_label("channels"), info=hint,
            scale=2, elem_id="oc-plan-channels",
        )  # fmt: skip
    with gr.Accordion("渠道的人数和单价", open=False, elem_id="oc-plan-more-channels"):
        hint = "一行一个渠道，空着的按假设算。自己的渠道还可以写计费方式（按条、按点击、按人天、一口价）和单价。"
        found["details"] = _table("details", _DETAILS, "渠道明细", hint)
    with gr.Accordion("现状、团队和限制", open=False, elem_id="oc-plan-more-team"):
        found["baseline"] = _text("baseline", "同样长一段时间里现在的数，如 1200 或 3%")
        with gr.Row():
            found["team"] = _lines("team", "一行一个，如 用户运营：李雷")
            found["constraints"] = _lines("constraints", "一行一条，如 短信每人只发一次")
    with gr.Accordion("测算用的数", open=False, elem_id="oc-plan-more-rates"):
        hint = "手上有实测的写在这里，如 点击率 2%、客单价 99、短信.打开率 3%。没写的先假设，写出方案后还能改。"
        found["assumptions"] = _table("assumptions", _RATES, "测算用的数", hint)
    with gr.Accordion("产品信息（写策略和文案用）", open=False, elem_id="oc-plan-more-product"):
        with gr.Row():
            found["selling_points"] = _lines("selling_points", "一行一个")
            found["facts"] = _lines("facts", "一行一条，带来源和日期")
        with gr.Row():
            found["pain"] = _text("pain", "什么时候、在做什么、卡在哪里", scale=2)
            found["offer"] = _text("offer", "谁、多少、到什么时候", scale=2)
        with gr.Row():
            found["brand"] = _text("brand", "")
            found["price"] = _text("price", "")
            found["competitors"] = _text("competitors", "用、隔开")
        with gr.Row():
            found["sms_sign"] = _text("sms_sign", "")
            found["link"] = _text("link", "https://")
    return found


def given(keys: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Return what the fields hold as `read_plan_brief` takes it; what is empty is left out."""
    found = dict(zip(keys, values, strict=True))
    details = [row for row in found.pop("details") if row and row[0]]
    rates: dict[str, str] = {}
    for name, value in ((str(row[0]).strip(), row[1]) for row in found.pop("assumptions") if row[0]):
        rates[name + " " * (name in rates)] = value  # a name written twice is told of by who reads the brief
    brief: dict[str, Any] = {key: value for key, value in found.items() if value}
    if reach := {str(row[0]).strip(): row[1] for row in details if row[1]}:
        brief["reach"] = reach
    if own := [_own(row) for row in details if any(row[2:])]:
        brief["own_channels"] = own
    return brief | ({"assumptions": rates} if rates else {})


def filled(keys: Sequence[str], reading: PlanReading) -> list[Any]:
    """Return what to put into the fields, so that they hold what a brief itself says and nothing of what is assumed."""
    brief, said = reading.brief, reading.given
    values: dict[str, Any] = {key: _written(getattr(brief, key)) for key in keys if key in said}
    values["kind"] = _label_in("kinds", brief.kind) if "kind" in said else None
    values["goal"] = gr.update(value=brief.goal)
    values["channels"] = gr.update(choices=channels_of(brief.goal), value=_chosen(brief, said))
    values["target"] = _target(brief)
    values["details"] = _rows(_detail_rows(brief), len(_DETAILS))
    rows = [(_rate_name(brief, key), _rate_value(key, value)) for key, value in brief.assumptions.items()]
    values["assumptions"] = _rows(rows, len(_RATES))
    return [values.get(key, "") for key in keys]


def example(name: str) -> dict[str, Any]:
    """Return an example's brief, its days counted from today."""
    entry = read("plan/page")["examples"][name]
    start = date.today() + timedelta(days=entry["in"])
    return {**entry["brief"], "开始": start, "结束": start + timedelta(days=entry["days"] - 1)}


def examples() -> list[str]:
    """Return the names of the examples."""
    return list(read("plan/page")["examples"])


def channels_of(goal: str | None) -> list[str]:
    """Return the names of the channels that serve a goal, the strongest first; of all without one."""
    return [title_of(one) for one in ranked(names_of("goals")[bare(goal)])] if goal else _every_channel()


# Fields


def _label(key: str) -> str:
    return label_of(key, "keys", FILE)


def _labels(group: str) -> list[str]:
    return [str(entry["label"]) for entry in read(FILE)[group].values()]


def _label_in(group: str, id: str) -> str:
    return str(read(FILE)[group][id]["label"])


def _every_channel() -> list[str]:
    return [str(entry["title"]) for id, entry in read("plan/channels")["channels"].items() if id != "other"]


def _text(key: str, hint: str, scale: int = 1) -> gr.Textbox:
    return gr.Textbox(
        label=_label(key), placeholder=hint, max_lines=1, scale=scale, min_width=150, elem_id=f"oc-plan-{key}"
    )


def _lines(key: str, hint: str) -> gr.Textbox:
    return gr.Textbox(
        label=_label(key), placeholder=hint, lines=3, max_lines=8, min_width=240, elem_id=f"oc-plan-{key}"
    )


def _choice(key: str, choices: list[str], value: str | None) -> gr.Dropdown:
    return gr.Dropdown(choices, value=value, label=_label(key), min_width=150, elem_id=f"oc-plan-{key}")


def _table(key: str, head: Sequence[str], label: str, hint: str) -> gr.Dataframe:
    gr.Markdown(hint, elem_classes="oc-plan-hint")
    return gr.Dataframe(
        value=_rows((), len(head)), headers=list(head), type="array", interactive=True, label=label, show_label=False,
        elem_id=f"oc-plan-{key}", buttons=[], column_count=len(head), datatype="str",
    )  # fmt: skip


# Between fields and brief


def _own(row: Sequence[Any]) -> dict[str, Any]:
    parts = {name: cell for name, cell in zip(_PARTS, row[2:], strict=True) if cell}
    return {"name": str(row[0]).strip(), **parts}


def _rows(rows: Sequence[Sequence[str]], wide: int) -> list[list[str]]:
    """Return the rows of a table with two empty ones behind them."""
    return [*map(list, rows), *([""] * wide for _ in range(2))]


def _chosen(brief: PlanBrief, said: frozenset[str]) -> list[str]:
    return [title_of(one) for one in brief.channels] if "channels" in said else []


def _written(value: Any) -> str:
    """Return the value of a field as one would write it."""
    if isinstance(value, tuple):
        return "\n".join(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def _target(brief: PlanBrief) -> str:
    if brief.target is None:
        return ""
    within = f"，{brief.target.within}" if brief.target.within else ""
    return f"{brief.target.metric} {_written(brief.target.value)}{within}"


def _detail_rows(brief: PlanBrief) -> list[list[str]]:
    own = {one.name: one for one in brief.own_channels}
    found = []
    for name in dict.fromkeys([*brief.reach, *own]):
        row = [title_of(name), str(brief.reach.get(name, "")), "", "", "", ""]
        if name in own:
            one = own[name]
            row[2] = _label_in("models", one.model) if one.model else ""
            row[3] = "" if one.price is None else _written(one.price)
            row[4:] = ["" if one.output is None else _written(one.output), one.unit]
        found.append(row)
    return found


def _rate_name(brief: PlanBrief, key: str) -> str:
    """Return what an assumption is called: 短信.打开率; its key where that would mean another one."""
    channel, dot, id = key.rpartition(".")
    goal = names_of("goals")[bare(brief.goal)]
    entry = goal_data(goal)["rates"].get(id) or read(FILE)["assumptions"].get(id, {"label": id})
    label = str(entry["label"])
    name = f"{title_of(channel)}{dot}{label}"
    names = rates_of(goal)
    other = dot and bare(name) in names  # 推送.打开率 is read as 推送打开率, of all channels
    return key if other or names.get(bare(label)) != id else name


def _rate_value(key: str, value: Decimal) -> str:
    kind = read(FILE)["assumptions"].get(key.rpartition(".")[2], {"kind": "rate"})["kind"]
    return f"{_written((value * 100).quantize(_DIGITS))}%" if kind == "rate" else _written(value)
