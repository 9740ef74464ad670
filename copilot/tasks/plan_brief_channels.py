"""Channels of a plan brief, by any usual name, the user's own ones, and how many people each can reach."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Any

from copilot.channels import find_channel, load_channels
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.knowledge.keys import bare, key_of, nearest
from copilot.plans import OwnChannel
from copilot.tasks.brief_values import Reading, is_blank
from copilot.tasks.plan_brief_goal import FILE, goal_data, label
from copilot.tasks.plan_brief_numbers import count, decimal_of, kind_of, money, rate, shown
from copilot.text import fold
from copilot.text.clean import clean, has_words

ALL = "全部"
_NAMES = re.compile(r"[、，,；;|｜\n]+")
_PEOPLE = re.compile(r"(?P<name>[^\d、，,；;|｜\n]+?)\s*[:：=]?\s*(?P<number>\d[^、，；;|｜\n]*)")


@dataclass
class Channels:
    """The channels of a brief while it is read; `order`: ids and own names as given."""

    order: list[str] = field(default_factory=list)
    own: dict[str, OwnChannel] = field(default_factory=dict)
    reach: dict[str, int] = field(default_factory=dict)
    assumptions: dict[str, Decimal] = field(default_factory=dict)


def table() -> dict[str, Any]:
    """Return the channels of plans by id."""
    channels: dict[str, Any] = read("plan/channels")["channels"]
    return channels


def title_of(channel: str) -> str:
    """Return a channel's Chinese name, an own channel's name as it is."""
    entry = table().get(channel)
    return str(entry["title"]) if entry else channel


@cache
def channel_names() -> dict[str, str]:
    """Return the id of a channel by every name, bare."""
    names = {bare(str(a)): one for one, entry in table().items() for a in entry["aliases"]}
    names |= {bare(str(name)): one for one, entry in table().items() for name in (one, entry["title"])}
    return {name: one for name, one in names.items() if one != "other"}


def channel_id(name: str) -> str | None:
    """Return the id of the channel that `name` means, by the names of plans or of ad copy; None for an own one."""
    plain = bare(name)
    if found := channel_names().get(plain):
        return found
    for filler in read(FILE)["channel_fillers"]:
        if found := channel_names().get(plain.removesuffix(filler)):
            return found
    try:
        platform = find_channel(name, load_channels()).platform
    except InputError:
        return None
    if platform in table():
        return platform
    if platform.startswith("push_"):
        return "push"
    written = [one for one, entry in table().items() if entry["copy"] == platform and one != "other"]
    return written[0] if len(written) == 1 else None


def read_channels(title: str, value: Any, goal: str, into: Channels, to: Reading) -> None:
    """Add the channels of `value` (names, tables, a list of both) to `into`."""
    for item in _items(title, value, to):
        if isinstance(item, OwnChannel):
            item = {k: v for k, v in item.to_dict().items() if not is_blank(v)}
        if isinstance(item, str):
            _add(title, item, {}, goal, into, to)
        elif isinstance(item, Mapping):
            parts = _parts(title, item, to)
            name = parts.pop("name", "")
            if not isinstance(name, str) or is_blank(name):
                to.problems.append(f"{title}：有一个渠道没有名称，写成 {{name: 校园大使, model: 按人天, price: 300}}")
            else:
                _add(title, name, parts, goal, into, to)
        elif not is_blank(item):
            to.problems.append(f"{title}：要渠道名，给的是{kind_of(item)}，写成 短信、推送、公众号")
    limits = read(FILE)["limits"]
    if len(into.own) > limits["own_channels"] or len(into.order) > limits["channels"] + limits["own_channels"]:
        to.problems.append(f"{title}：渠道太多（{len(into.order)} 个），留下真的会用的")


def _items(title: str, value: Any, to: Reading) -> list[Any]:
    if isinstance(value, str):
        return _NAMES.split(value)
    if isinstance(value, Mapping):
        if any(isinstance(k, str) and key_of(k, "channel", FILE) == "name" for k in value):
            return [value]
        items: list[Any] = []
        for name, parts in value.items():
            if isinstance(parts, Mapping):
                items.append({"name": str(name), **{str(k): v for k, v in parts.items()}})
            elif is_blank(parts) or parts is True:
                items.append(str(name))
            else:
                what = f"要 {{model, price, unit, output, reach}}，给的是{kind_of(parts)}"
                to.problems.append(f"{title}：“{shown(name)}”后面{what}")
        return items
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value) if isinstance(value, (list, tuple)) else sorted(value, key=str)
    if isinstance(value, OwnChannel):
        return [value]
    to.problems.append(f"{title}：要渠道名，给的是{kind_of(value)}，写成 短信、推送、公众号")
    return []


def _parts(title: str, item: Mapping[Any, Any], to: Reading) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for name, value in item.items():
        part = key_of(name, "channel", FILE) if isinstance(name, str) else None
        if part is None:
            near = nearest(shown(name), ("channel",), FILE)
            hint = f"最接近的是{near}" if near else f"可以写 {'、'.join(read(FILE)['channel'])}"
            to.problems.append(f"{title}：渠道没有“{shown(name)}”这一项，{hint}")
        elif not is_blank(value):
            parts[part] = value
    return parts


def _add(title: str, name: str, parts: dict[str, Any], goal: str, into: Channels, to: Reading) -> None:
    name = clean(name)[0]
    if not name:
        return
    if not has_words(name) or len(name) > read(FILE)["limits"]["name"]:
        to.problems.append(f"{title}：“{shown(name)}”不能当渠道名，写 1–{read(FILE)['limits']['name']} 个字的名称")
        return
    known = channel_id(name)
    here = known or name
    if here in into.order and (known or not parts):
        to.notes.append(f"{title}：{title_of(here)}写了不止一次，只算一次")
    if here not in into.order:
        into.order.append(here)
        if known:
            _serves(title, known, goal, to)
    where = f"{title}“{name}”"
    if (people := parts.pop("reach", None)) is not None:
        number = count(f"{where}的可触达人数", people, to, example="30000")
        if number is not None:
            into.reach[here] = number
    if known:
        _set_price(where, known, parts, into, to)
    elif name not in into.own or parts:
        into.own[name] = _own(where, name, parts, into, to)
        if not parts and (near := get_close_matches(bare(name), channel_names(), 1, 0.6)):
            to.notes.append(f"{where}：渠道表里没有，按自有渠道算；想说的是不是{title_of(channel_names()[near[0]])}？")


def _serves(title: str, channel: str, goal: str, to: Reading) -> None:
    able = goal_data(goal)["channels"] if goal else (channel,)
    if channel in able:
        return
    group = table()[channel]["group"]
    others = [title_of(one) for one in able if one != "other" and table()[one]["group"] == group]
    instead = others or [title_of(one) for one in able if one != "other"][:6]
    to.problems.append(f"{title}：{title_of(channel)}做不了{label(goal)}，换成 {'、'.join(instead)}")


def _model(where: str, value: Any, to: Reading) -> str:
    models = read(FILE)["models"]
    found = key_of(value, "models", FILE) if isinstance(value, str) else None
    if found is None and isinstance(value, str):
        plain = bare(value)
        found = key_of(plain.removesuffix("付费").removesuffix("计费").removesuffix("结算"), "models", FILE)
    if found is None:
        every = "、".join(entry["label"] for entry in models.values())
        to.problems.append(f"{where}：不认得计费方式“{shown(value)}”，写成其中一种：{every}")
    return found or ""


def _price(where: str, channel: str, value: Any, model: str, own: bool, into: Channels, to: Reading) -> Decimal | None:
    """Return the price of one unit; a commission that is a share of the order goes into the assumptions instead."""
    if model == "cps" and _is_share(value):
        if (part := rate(f"{where}的佣金比例", value, to)) is not None:
            into.assumptions[f"{channel}.commission"] = part
        return None
    price = money(f"{where}的单价", value, to, example="300", zero=own, each=True)
    if price is not None and not own:
        into.assumptions[f"{channel}.unit_price"] = price
    return price


def _is_share(value: Any) -> bool:
    if isinstance(value, str):
        return re.search("[%％‰成]|分之", value) is not None
    return isinstance(value, (float, Decimal)) and 0 < value < 1


def _own(where: str, name: str, parts: dict[str, Any], into: Channels, to: Reading) -> OwnChannel:
    model = _model(where, parts["model"], to) if "model" in parts else ""
    price = _price(where, name, parts["price"], model, True, into, to) if "price" in parts else None
    unit = parts.get("unit", "")
    if not isinstance(unit, str):
        to.problems.append(f"{where}：单位要一段文字，给的是{kind_of(unit)}，写成 人天")
        unit = ""
    output = _output(where, parts["output"], to) if "output" in parts else None
    return OwnChannel(name, model, price, clean(unit)[0][:20], output)


def _output(where: str, value: Any, to: Reading) -> Decimal | None:
    number = decimal_of(f"{where}的产出", value, to, ("people",), "500")
    if number is None:
        return None
    if number.percent or number.low is not None or not 0 < number.value <= read(FILE)["limits"]["people"]:
        to.problems.append(f"{where}的产出：“{shown(value)}”要一个大于 0 的数，写成 500")
        return None
    return number.value


def _set_price(where: str, channel: str, parts: dict[str, Any], into: Channels, to: Reading) -> None:
    """Take what was written beside a known channel: its price and output are assumptions that were given."""
    model = table()[channel]["cost"]["model"]
    models = read(FILE)["models"]
    if "model" in parts and (wanted := _model(where, parts["model"], to)) not in ("", model):
        to.problems.append(
            f"{where}：{title_of(channel)}{models[model]['label']}算钱；要{models[wanted]['label']}，换一个名称当自有渠道写"
        )
        return
    if "price" in parts:
        _price(where, channel, parts["price"], model, False, into, to)
    if "output" in parts and model in ("fixed", "person_days"):
        if (output := _output(where, parts["output"], to)) is not None:
            into.assumptions[f"{channel}.output"] = output
    elif "output" in parts:
        to.notes.append(f"{where}：{models[model]['label']}算钱的渠道不用写产出，这一项不用")
    if "unit" in parts:
        to.notes.append(f"{where}：单位按渠道表，“{shown(parts['unit'])}”不用")


# Reach


def read_reach(title: str, value: Any, into: Channels, chosen: bool, goal: str, to: Reading) -> None:
    """Add how many people each channel reaches; `chosen`: the brief names its channels, and no other may stand here."""
    if isinstance(value, str):
        value = _split(value)
    if not isinstance(value, Mapping):
        if isinstance(value, (list, tuple, set, frozenset)):
            to.problems.append(f"{title}：要人数，给的是列表，写成 {{短信: 30000}} 或一个总数")
        elif (number := count(title, value, to, example="{短信: 30000} 或一个总数")) is not None:
            into.reach[ALL] = number
        return
    for name, people in value.items():
        if is_blank(people) and not isinstance(people, float):
            continue
        here = _reach_key(str(shown(name)) if not isinstance(name, str) else name, into)
        number = count(f"{title}“{shown(name)}”", people, to, example="30000")
        if here != ALL and here not in into.order:
            if chosen or here not in table():
                given = "、".join(title_of(one) for one in into.order) or "没有写渠道"
                to.problems.append(f"{title}：“{shown(name)}”不在渠道里（{given}），渠道里加上它，或从这里去掉")
                continue
            _serves(title, here, goal, to)
        if number is not None:
            if here in into.reach and into.reach[here] != number:
                to.problems.append(f"{title}：{title_of(here)}写了两个人数（{into.reach[here]}、{number}），只留一个")
            into.reach[here] = number
    _within_all(title, into, to)


def _within_all(title: str, into: Channels, to: Reading) -> None:
    most = into.reach.get(ALL)
    over = [title_of(one) for one, people in into.reach.items() if most is not None and people > most]
    if over:
        to.problems.append(f"{title}：{'、'.join(over)}的人数多于全部 {most} 人，请核对")


def _split(text: str) -> Any:
    """Return 短信 3万，推送 5万 as a table; a text that is one number stays."""
    pieces = [piece for piece in re.split(r"[、；;|｜\n]+|[，,](?!\d{3})", fold(text)) if piece.strip()]
    pairs = [_PEOPLE.fullmatch(piece.strip()) for piece in pieces]
    if pairs and all(pairs):
        found = {pair["name"].strip(): pair["number"] for pair in pairs if pair}
        if not all(key in ("约", "大约", "共", "大概", "一共", "总共") for key in found):
            return found
    return text


def _reach_key(name: str, into: Channels) -> str:
    plain = bare(name)
    if plain in read(FILE)["pool_words"]:
        return ALL
    own: Iterable[str] = into.own
    return next((one for one in own if bare(one) == plain), None) or channel_id(name) or name
