"""A brief, the playbook of its goal and the table of channels → every input of the arithmetic, with its basis.

First wins: the brief for one channel (`sms.open_rate`), the brief, the playbook for one channel, the channel, the
playbook. What is not `given` is `assumed`, has a range, and says when and by what it is replaced.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from copilot.arithmetic.budget import Costs
from copilot.arithmetic.channel_inputs import Input, assumed_input, given_input, output_input, price_input, rate_input
from copilot.arithmetic.funnel import Source, Step, treated
from copilot.knowledge import read
from copilot.plans import OwnChannel, PlanBrief

# What an offer gives away: 减 100 元, 送 5 元券, 5 元红包.
_OFFERED = re.compile(
    r"(?:减|返|送|领|券|红包|补贴|奖励)[^，。；、\d]{0,6}(\d+(?:\.\d+)?)\s*元"
    r"|(\d+(?:\.\d+)?)\s*元[^，。；、\d]{0,4}(?:券|红包|补贴|奖励)"
)
_HOW = ("rate", "less", "times", "over")


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that the arithmetic of one plan works on. `inputs` by (channel, id); `models` and `info` by channel."""

    goal: Mapping[str, Any]
    steps: tuple[Step, ...]
    sources: tuple[Source, ...]
    inputs: Mapping[tuple[str, str], Input]
    info: Mapping[str, Mapping[str, Any]]
    models: Mapping[str, str]
    units: Mapping[str, str]
    costs: Costs
    mechanic: Mapping[str, Any]
    outsourced: bool  # materials are paid for, not made by ourselves

    def value(self, id: str, channel: str = "") -> Decimal | None:
        """Return the value of an input for a channel, else for all; None where nobody gave or assumed one."""
        found = self.inputs.get((channel, id)) or self.inputs.get(("", id))
        return found.value if found else None


def goal_data(brief: PlanBrief) -> Mapping[str, Any]:
    """Return the playbook of the brief's goal."""
    data: Mapping[str, Any] = read(f"plan/goals/{read('plan/figures')['goals'][brief.goal]}")
    return data


def read_inputs(brief: PlanBrief, days: int, budget: Decimal | None) -> Inputs:
    """Return the inputs of a brief whose period has `days` days; `budget` decides whether materials are paid for."""
    goal, table = goal_data(brief), read("plan/channels")
    steps = _steps(brief, goal, days)
    own = {channel.name: channel for channel in brief.own_channels}
    found: dict[tuple[str, str], Input] = {}
    info = {name: _info(name, own.get(name), table, goal) for name in brief.channels}
    pools = _pools(brief, goal, info, steps[0].id == "pool", found)
    sources, models, units = [], {}, {}
    for name in brief.channels:
        models[name] = info[name]["cost"]["model"]
        model = table["models"][models[name]]
        units[name] = _unit(info[name], model, goal)
        sources.append(_source(name, brief, goal, info[name], model, steps, pools.get(name), days, found))
    mechanic = _mechanic(brief, goal)
    _money(brief, goal, mechanic, found)
    materials = sum((material_price(info[c]) * pieces(goal, c) for c in brief.channels), Decimal(0))
    most = Decimal(str(read("plan/figures")["materials_most"]))
    outsourced = budget is None or materials <= budget * most
    reserve = found["", "reserve"].value
    per = [step.id for step in steps].index(mechanic["per"])
    costs = Costs(found["", "subsidy"].value, per, reserve)
    if outsourced:
        sources = [s._replace(materials=material_price(info[s.channel]) * pieces(goal, s.channel)) for s in sources]
    return Inputs(
        goal, steps, tuple(sources), found, info, models, units, costs, mechanic, outsourced
    )  # fmt: skip


def _steps(brief: PlanBrief, goal: Mapping[str, Any], days: int) -> tuple[Step, ...]:
    """Return the chain of a goal; where the same people are reached several times, those stages count 人次."""
    steps = tuple(_step(stage) for stage in goal["stages"])
    if _waves(brief, goal, days, {}) == 1:
        return steps
    return tuple(s._replace(unit="人次") if s.id in ("touch", "click") and s.unit == "人" else s for s in steps)


def _waves(brief: PlanBrief, goal: Mapping[str, Any], days: int, found: dict[tuple[str, str], Input]) -> int:
    """Return how often the pool is reached: in goals that can be met again and again, once in `repeat_days` days."""
    if "repeat_days" not in goal:
        return 1
    label = read("plan/figures")["labels"]["waves"]
    if "waves" in brief.assumptions:
        value = brief.assumptions["waves"]
        found["", "waves"] = given_input("waves", label, "", value, "次")
        return int(value)
    value = Decimal(max(1, days // int(goal["repeat_days"])))
    if value > 1:
        replace = "每月看退订率和净增，过线就减一轮"
        found["", "waves"] = Input("waves", label, "", value, "次", "assumed", Decimal(1), value, replace)
    return int(value)


def _unit(info: Mapping[str, Any], model: Mapping[str, Any], goal: Mapping[str, Any]) -> str:
    """Return what is bought; a result (CPA) by the name that the goal has for it: 个注册."""
    if info["cost"]["model"] == "cpa" and not info["cost"].get("own"):
        return next(f"个{stage['label']}" for stage in goal["stages"] if stage["id"] == "act")
    return str(info["cost"].get("unit") or model["unit"])


def _step(stage: Mapping[str, str]) -> Step:
    how = next((how for how in _HOW if how in stage), "start")
    return Step(stage["id"], stage["label"], stage["unit"], how, stage.get(how, ""))


def _info(name: str, own: OwnChannel | None, table: Mapping[str, Any], goal: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the table's entry of a channel, at the goal's price; one of the user's own stands on `other`."""
    if own is None:
        entry: dict[str, Any] = table["channels"][name]
        price = goal["channels"].get(name, {}).get("price")
        return dict(entry, cost=dict(entry["cost"], price=price)) if price else entry
    entry = dict(table["channels"]["other"], title=own.name)
    cost = dict(entry["cost"], own=True)
    if own.model:
        cost["model"] = own.model
        cost["unit"] = own.unit or ("" if own.model != entry["cost"]["model"] else cost.get("unit", ""))
        placeholder = read("plan/figures")["models"][own.model]
        cost["price"], entry["output"] = placeholder["price"], placeholder.get("output")
    if own.unit:
        cost["unit"] = own.unit
    if own.price is not None:
        cost["price"] = {"value": own.price, "given": True}
    if own.output is not None:
        entry["output"] = dict(entry.get("output") or {"unit": "人次"}, value=own.output, given=True)
    return dict(entry, cost=cost)


def _pools(
    brief: PlanBrief, goal: Mapping[str, Any], info: Mapping[str, Mapping[str, Any]], pooled: bool,
    found: dict[tuple[str, str], Input],
) -> dict[str, int]:  # fmt: skip
    """Return how many people each channel reaches. One person counts once: the parts stay within the whole pool."""
    figures = read("plan/figures")
    whole = brief.reach.get("全部")
    asked = pooled or whole is not None
    unknown = [c for c in brief.channels if c not in brief.reach and (asked or info[c].get("pool"))]
    pools = {channel: people for channel, people in brief.reach.items() if channel != "全部"}
    left = max(0, whole - sum(pools.values())) if whole is not None else 0
    for channel in unknown:
        placeholder = info[channel].get("reach") or figures["reach"]
        pools[channel] = left // len(unknown) if whole is not None else int(placeholder["value"])
        if whole is None:
            found[channel, "reach"] = assumed_input(
                "reach", figures["labels"]["reach"], channel, placeholder, "人", figures
            )
    if whole is not None and sum(pools.values()) > whole:
        pools = {c: n * whole // sum(pools.values()) for c, n in pools.items()}
    for channel in brief.channels:
        if (channel, "reach") not in found and channel in pools:
            value = Decimal(pools[channel])
            found[channel, "reach"] = given_input("reach", figures["labels"]["reach"], channel, value, "人")
    return pools


def _source(
    name: str, brief: PlanBrief, goal: Mapping[str, Any], info: Mapping[str, Any], model: Mapping[str, Any],
    steps: Sequence[Step], people: int | None, days: int, found: dict[tuple[str, str], Input],
) -> Source:  # fmt: skip
    pool, nobody = people or 0, people == 0  # 0: nobody can be reached; None: nobody has counted them
    cost_model, pooled = info["cost"]["model"], steps[0].id == "pool"
    ids = [step.id for step in steps]
    play = goal["channels"].get(name, goal["channels"]["other"])
    enters = str(play.get("enters") or info.get("enters") or model["enters"])
    at = max(ids.index(enters) if enters in ids else ids.index("act"), 1 if pooled else 0)
    rates: dict[str, Decimal] = {}
    for place, step in enumerate(steps):
        if step.rate:
            one = rate_input(step.rate, name, brief, goal, info)
            rates[step.rate] = one.value
            if place > (1 if pooled else 0):
                found[one.channel, step.rate] = one
    price = price_input(name, cost_model, brief, info, found)
    output = output_input(name, cost_model, brief, info, model, pooled, found)
    delivery = brief.assumptions.get(f"{name}.delivery_rate", brief.assumptions.get("delivery_rate"))
    if cost_model == "message":
        one = rate_input("delivery_rate", name, brief, goal, info)
        found[one.channel, "delivery_rate"] = one
        output = one.value if delivery is None else delivery
    control = Decimal(str(goal.get("control", 0))) if pooled else Decimal(0)
    control = brief.assumptions.get("control", control) if control else control
    waves = _waves(brief, goal, days, found)
    most: int | None = None
    if cost_model == "message":
        most = treated(pool, control) * waves if pooled or pool or nobody else None
    elif nobody:
        most = 0
    elif "pace" in info and not pool:
        most = max(1, int(info["pace"]) * days // 7)
    rounds = int(brief.assumptions.get("rounds", read("plan/figures")["rounds"]))
    return Source(name, price, output, at, rates, pool, control, most, int(play["weight"]), rounds=rounds, waves=waves)


def offered(brief: PlanBrief) -> Decimal | None:
    """Return the yuan that the brief's offer gives away each time (减 100 元, 5 元红包); None where it names none."""
    found = _OFFERED.search(brief.offer)
    return Decimal(found[1] or found[2]) if found else None


def _mechanic(brief: PlanBrief, goal: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the way of playing: the playbook's first, or its first without money where no subsidy is wanted."""
    wanted = brief.assumptions.get("subsidy", offered(brief))
    if wanted == 0 or brief.budget == 0:
        return next((m for m in goal["mechanics"] if not m["subsidy"]["value"]), goal["mechanics"][0])
    if wanted:
        return next((m for m in goal["mechanics"] if m["subsidy"]["value"]), goal["mechanics"][0])
    first: Mapping[str, Any] = goal["mechanics"][0]
    return first


def _money(
    brief: PlanBrief, goal: Mapping[str, Any], mechanic: Mapping[str, Any], found: dict[tuple[str, str], Input]
) -> None:
    """Take in what belongs to no channel: subsidy, reserve, control group, price, margin, value of a customer."""
    figures = read("plan/figures")
    for id, entry in figures["money"].items():
        unit = entry["unit"]
        value = brief.assumptions.get(id, offered(brief) if id == "subsidy" else None)
        if value is not None:
            found["", id] = given_input(id, entry["label"], "", value, unit)
        elif id == "subsidy":
            play = mechanic["subsidy"]
            if play["value"]:
                found["", id] = assumed_input(
                    id, entry["label"], "", {**play, "replace": entry["replace"]}, unit, entry
                )
            else:
                found["", id] = Input(id, entry["label"], "", Decimal(0), unit, "assumed", Decimal(0), Decimal(0), "")
        elif id == "control":
            share = Decimal(str(goal.get("control", 0)))
            if share:
                found["", id] = Input(id, entry["label"], "", share, unit, "assumed", share, share, entry["replace"])
        elif id in goal["rates"]:
            found["", id] = assumed_input(id, entry["label"], "", goal["rates"][id], unit, entry)
        elif entry.get("value") is not None:
            found["", id] = assumed_input(id, entry["label"], "", entry, unit, entry)


def material_price(info: Mapping[str, Any]) -> Decimal:
    """Return what one piece of a channel's material costs when it is paid for."""
    made = info.get("production") or {}
    return Decimal(str((made.get("price") or {"value": 0})["value"]))


def pieces(goal: Mapping[str, Any], channel: str) -> int:
    """Return how many pieces of material the playbook wants for a channel."""
    return int(goal["channels"].get(channel, goal["channels"]["other"])["material"]["n"])
