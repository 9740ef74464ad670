"""The figures of a plan brief that take the place of our assumptions: rates, prices, margin, for all or one channel."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple

from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.tasks.brief_values import Reading, is_blank
from copilot.tasks.plan_brief_channels import Channels, channel_id, channel_names, title_of
from copilot.tasks.plan_brief_channels import table as channel_table
from copilot.tasks.plan_brief_goal import FILE, goal_data, label
from copilot.tasks.plan_brief_numbers import decimal_of, kind_of, money, rate, shown

_DOT = re.compile(r"[.．。:：/·]")
_PRICES = ("cpm", "cpc", "cpa", "cps", "unit_price", "day_rate")


class Key(NamedTuple):
    """What one assumption is about; `channel` "" = all, `id` "" = nothing that is known."""

    channel: str
    id: str


@cache
def names_of(goal: str) -> dict[str, str]:
    """Return the id of an assumption by every name that it has for this goal, bare; the funnel's own names win."""
    data, entries = goal_data(goal), read(FILE)["assumptions"]
    ids = [*data["rates"], *(id for id in read(FILE)["always"] if id not in data["rates"]), "output"]
    if any("times" in stage for stage in data["stages"]):
        ids.append("rounds")
    if "repeat_days" in data:
        ids.append("waves")
    names: dict[str, str] = {}
    for id in ids:
        for name in (id, data["rates"].get(id, {}).get("label", ""), entries.get(id, {}).get("label", "")):
            names.setdefault(bare(str(name)), id)
    for stage in data["stages"]:
        for name in read(FILE)["by_stage"].get(stage["id"], ()):
            if "rate" in stage and (stage["id"] != "click" or stage["rate"] in ("ctr", "open_rate")):
                for word in (name, entries[name]["label"], *entries[name]["aliases"]):
                    names.setdefault(bare(str(word)), stage["rate"])
    for id in ids:
        for alias in entries.get(id, {}).get("aliases", ()):
            names.setdefault(bare(str(alias)), id)
    names.pop("", None)
    return names


def read_assumptions(title: str, value: Any, goal: str, into: Channels, to: Reading) -> None:
    """Add the assumptions of `value` to `into`, as `id` or `channel.id`."""
    if not isinstance(value, Mapping):
        to.problems.append(f"{title}：要一张表，给的是{kind_of(value)}，写成 {{点击率: 2%, 客单价: 199}}")
        return
    said: dict[str, str] = {}
    for name, key, item in _flat(title, value, goal, into, to):
        number = _read(f"{title}“{name}”", key.id, item, to)
        whole = f"{key.channel}.{key.id}" if key.channel else key.id
        whole = f"{key.channel}.unit_price" if key.channel and key.id in _PRICES else whole
        if number is None:
            continue
        if whole in said and into.assumptions[whole] != number:
            to.problems.append(f"{title}：“{said[whole]}”和“{name}”是同一项，写了两个数，只留一个")
        into.assumptions[whole], said[whole] = number, name


def _flat(
    title: str, value: Mapping[Any, Any], goal: str, into: Channels, to: Reading
) -> Iterator[tuple[str, Key, Any]]:
    """Yield every assumption with its name as written; what means nothing becomes a problem."""
    for name, item in value.items():
        written = name if isinstance(name, str) else shown(name)
        if isinstance(item, Mapping):
            channel = _channel(written, into)
            if channel is None:
                how = "渠道写成 {短信: {打开率: 3%}}"
                to.problems.append(f"{title}：“{shown(written)}”不是渠道，下面不能再分项；{how}")
                continue
            for inner, one in item.items():
                key = Key(channel, names_of(goal).get(bare(str(inner)), "") if isinstance(inner, str) else "")
                if _usable(title, f"{shown(written)}.{shown(inner)}", key, goal, into, to) and not _is_open(one):
                    yield f"{shown(written)}.{shown(inner)}", key, one
            continue
        key = _key(written, goal, into)
        if _usable(title, shown(written), key, goal, into, to) and not _is_open(item):
            yield shown(written), key, item


def _is_open(value: Any) -> bool:
    return is_blank(value) and not isinstance(value, float)


def _channel(name: str, into: Channels) -> str | None:
    plain = bare(name)
    return next((one for one in into.own if bare(one) == plain), None) or channel_id(name)


def _key(name: str, goal: str, into: Channels) -> Key:
    """Return what 打开率, 短信.打开率, sms.open_rate or 短信打开率 is about."""
    names = names_of(goal)
    for match in reversed(list(_DOT.finditer(name))):
        if channel := _channel(name[: match.start()], into):
            return Key(channel, names.get(bare(name[match.end() :]), ""))
    plain = bare(name)
    if id := names.get(plain):
        return Key("", id)
    known = {**channel_names(), **{bare(one): one for one in into.own}}
    for start in sorted(known, key=len, reverse=True):
        if start and plain.startswith(start) and (id := names.get(plain[len(start) :].removeprefix("的"))):
            return Key(known[start], id)
    return Key("", "")


def _usable(title: str, name: str, key: Key, goal: str, into: Channels, to: Reading) -> bool:
    """Return whether the key says something that the plan can use; else a problem is noted."""
    if not key.id:
        to.problems.append(f"{title}：{_unknown(name, goal)}")
        return False
    if not key.channel:
        if key.id == "output":
            to.problems.append(f"{title}：“{name}”要写明渠道，写成 达人合作.{name}")
        return key.id != "output"
    if key.channel not in into.order:
        given = "、".join(map(title_of, into.order)) or "没有写渠道"
        to.problems.append(
            f"{title}：“{name}”的{title_of(key.channel)}不在渠道里（{given}），渠道里加上它，或去掉这一项"
        )
        return False
    of_channel = {*read(FILE)["of_channel"], *goal_data(goal)["rates"]} - {"aov", "gross_margin"}
    if key.id not in of_channel:
        to.problems.append(f"{title}：“{name}”不分渠道，直接写 {read(FILE)['assumptions'][key.id]['label']}")
        return False
    return _fits_model(title, name, key, into, to)


def model_of(channel: str, into: Channels) -> str:
    """Return the cost model of a channel, "" where the user's own names none."""
    if channel in into.own:
        return into.own[channel].model
    return str(channel_table()[channel]["cost"]["model"])


def _fits_model(title: str, name: str, key: Key, into: Channels, to: Reading) -> bool:
    model = model_of(key.channel, into)
    models = read(FILE)["models"]
    if not model or key.id not in (*_PRICES, "commission", "output"):
        return True
    right = {"unit_price", models[model]["price"]}
    right |= {"commission"} if model == "cps" else {"output"} if model in ("fixed", "person_days") else set()
    if key.id in right:
        return True
    where = title_of(key.channel)
    wanted = models[model]["price"]
    to.problems.append(f"{title}：{where}{models[model]['label']}算钱，没有“{name}”，写成 {where}.{wanted}")
    return False


def _unknown(name: str, goal: str) -> str:
    name = _DOT.split(name)[-1]
    entries, plain = read(FILE)["assumptions"], bare(name)
    for id, entry in entries.items():
        if plain in map(bare, (id, entry["label"], *map(str, entry["aliases"]))):
            own = "、".join(str(one["label"]) for one in goal_data(goal)["rates"].values())
            return f"“{name}”不在{label(goal)}的漏斗里，这里可以写 {own}"
    names = names_of(goal)
    near = get_close_matches(plain, names, 1, 0.5)
    if near:
        found = names[near[0]]
        shown_as = goal_data(goal)["rates"].get(found, entries.get(found, {})).get("label", found)
        return f"没有“{name}”这一项，最接近的是{shown_as}（{found}）"
    return f"没有“{name}”这一项，可以写 {'、'.join(goal_data(goal)['rates'])}、{'、'.join(read(FILE)['always'][1:])}"


def _read(title: str, id: str, value: Any, to: Reading) -> Decimal | None:
    entry = read(FILE)["assumptions"].get(id, {"kind": "rate"})
    zero = bool(entry.get("zero"))
    if entry["kind"] == "money":
        return money(title, value, to, example="30", zero=zero, each=True)
    if entry["kind"] == "rate":
        return rate(title, value, to, zero=zero, high=Decimal(str(entry.get("high", 1))))
    number = decimal_of(title, value, to, ("people",), "3")
    if number is None:
        return None
    low, high = Decimal(str(entry["low"])), Decimal(str(entry["high"]))
    amount = number.value
    if number.low is not None and number.low <= amount:
        amount = (number.low + amount) / 2
        to.notes.append(f"{title}：“{shown(value)}”取中间值 {amount:f}")
    if number.percent or not low <= amount <= high:
        to.problems.append(f"{title}：{shown(value)} 不在 {low:f} 到 {high:f} 之间，写成 3")
        return None
    if id in ("rounds", "waves") and amount != int(amount):
        to.problems.append(f"{title}：{shown(value)} 不是整数，写成 2")
        return None
    return amount


def _free(channel: str) -> bool:
    return channel in channel_table() and bool(channel_table()[channel]["internal"])


def settle_unit_price(title: str, into: Channels, to: Reading) -> None:
    """Give a 单价 without a channel to the one channel that it can mean, and tell of prices that nothing uses."""
    if "unit_price" in into.assumptions:
        meant = [one for one in into.order if model_of(one, into) in ("fixed", "message", "") and not _free(one)]
        if len(meant) == 1:
            price = into.assumptions.pop("unit_price")
            into.assumptions.setdefault(f"{meant[0]}.unit_price", price)
            to.notes.append(f"{title}：单价 {price:f} 元用在{title_of(meant[0])}上")
        elif meant:
            every = "、".join(map(title_of, meant))
            to.problems.append(f"{title}：“单价”要写明渠道（{every}），写成 {title_of(meant[0])}.单价")
        else:
            into.assumptions.pop("unit_price")
            to.notes.append(f"{title}：没有按条或一口价的渠道，单价用不上")
    models = {model_of(one, into) for one in into.order}
    for id in ("cpm", "cpc", "cpa", "cps"):
        if id in into.assumptions and not models & {id, ""}:
            words = read(FILE)["models"][id]["label"]
            to.notes.append(f"{title}：没有{words}算钱的渠道，{id} 用不上")
