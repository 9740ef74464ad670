"""The inputs of one channel: its rates, what a unit costs, what a unit brings. See `copilot.arithmetic.inputs`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from copilot.arithmetic.budget import yuan
from copilot.knowledge import read
from copilot.plans import Basis, PlanBrief

CLICKS = ("ctr", "open_rate")  # what a channel's `click_rate` is called in a goal


class Input(NamedTuple):
    """One input: `channel` "" where it holds for all. Rates lie in 0…1."""

    id: str
    label: str
    channel: str
    value: Decimal
    unit: str
    basis: Basis
    low: Decimal
    high: Decimal
    replace: str


def given_input(id: str, label: str, channel: str, value: Decimal, unit: str) -> Input:
    """Return an input as the brief gives it: no range, nothing to replace."""
    return Input(id, label, channel, value, unit, "given", value, value, "")


def rate_input(rate: str, channel: str, brief: PlanBrief, goal: Mapping[str, Any], info: Mapping[str, Any]) -> Input:
    """Return one rate of one channel. Playbook and brief may call the step to a click by the channel's own name."""
    entry = dict(goal["rates"].get(rate) or read("plan/figures")["rates"][rate])
    label = entry["label"]
    names = (rate, "click_rate", "ctr") if rate in CLICKS else (rate,)
    for key, where in [(f"{channel}.{n}", channel) for n in names] + [(n, "") for n in names]:
        if key in brief.assumptions:
            value = brief.assumptions[key]
            return given_input(rate, label, where, value, "%")
    play = goal["channels"].get(channel, goal["channels"]["other"]).get("rates", {})
    for table in (play, info.get("rates", {})):
        for name in names:
            if name in table:
                return assumed_input(rate, label, channel, {**entry, **table[name]}, "%", info)
    return assumed_input(rate, label, "", entry, "%" if rate not in ("invites", "frequency") else "次", info)


def price_input(
    name: str, model: str, brief: PlanBrief, info: Mapping[str, Any], found: dict[tuple[str, str], Input]
) -> Decimal:
    """Return yuan a unit, and note in `found` where that comes from; 0 for the work of our own people."""
    figures = read("plan/figures")
    label = figures["labels"]["price"]
    given = brief.assumptions
    unit = "元"
    if model == "cps":
        commission = next((given[k] for k in (f"{name}.commission", "commission") if k in given), None)
        if f"{name}.unit_price" not in given and "aov" in given:
            entry = {**figures["rates"]["commission"], **info["cost"].get("commission", {})}
            label = figures["rates"]["commission"]["label"]
            found[name, "commission"] = (
                given_input("commission", label, name, commission, "%")
                if commission is not None else assumed_input("commission", label, name, entry, "%", info)
            )  # fmt: skip
            return yuan(given["aov"] * found[name, "commission"].value)
    keys = [f"{name}.{k}" for k in ("unit_price", model)] + [model]
    keys += ["day_rate"] if model == "person_days" else []
    for key in keys:
        if key in given:
            found[name, "price"] = given_input("price", label, name, given[key], unit)
            return given[key]
    effort = info.get("effort", {})
    if info.get("internal") and "day_rate" in given and effort.get("per") == "unit":
        value = given["day_rate"] * Decimal(str(effort["value"]))
        found[name, "price"] = given_input("price", label, name, value, unit)
        return value
    price = info["cost"]["price"]
    value = Decimal(str(price["value"]))
    if price.get("given"):
        found[name, "price"] = given_input("price", label, name, value, unit)
    elif value and not info.get("internal"):
        found[name, "price"] = assumed_input("price", label, name, price, unit, info)
    return Decimal(0) if info.get("internal") else value


def output_input(
    name: str, model: str, brief: PlanBrief, info: Mapping[str, Any], entry: Mapping[str, Any], pooled: bool,
    found: dict[tuple[str, str], Input],
) -> Decimal:  # fmt: skip
    """Return what a unit brings at the step where it enters: shows, for known people those divided by frequency."""
    figures = read("plan/figures")
    if model == "cpm":
        if not pooled:
            return Decimal(str(entry["output"]))
        given = brief.assumptions.get(f"{name}.frequency", brief.assumptions.get("frequency"))
        rate = figures["rates"]["frequency"]
        one = (
            given_input("frequency", rate["label"], name, given, "次")
            if given is not None else assumed_input("frequency", rate["label"], name, rate, "次", figures)
        )  # fmt: skip
        found[name, "frequency"] = one
        return Decimal(str(entry["output"])) / one.value
    if model in ("cpc", "cpa", "cps", "message"):
        return Decimal(str(entry["output"]))
    output = info.get("output") or figures["output"]
    label = f"每{info['cost'].get('unit') or entry['unit']}带来"
    key = f"{name}.output"
    if key in brief.assumptions or output.get("given"):
        value = brief.assumptions.get(key, Decimal(str(output["value"])))
        found[name, "output"] = given_input("output", label, name, value, output["unit"])
        return value
    found[name, "output"] = assumed_input("output", label, name, output, output["unit"], info)
    return found[name, "output"].value


def assumed_input(
    id: str, label: str, channel: str, entry: Mapping[str, Any], unit: str, info: Mapping[str, Any]
) -> Input:
    """Return a placeholder of ours with its range, and when it is replaced."""
    value, low, high = (Decimal(str(entry[k])) for k in ("value", "low", "high"))
    replace = str(entry.get("replace") or info.get("replace") or read("plan/figures")["replace"])
    return Input(id, label, channel, value, unit, "assumed", low, high, replace)
