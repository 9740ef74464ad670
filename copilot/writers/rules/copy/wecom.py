"""WeCom: a notice for a group and a message to one person, each with the offer's terms where the brief has any."""

import re
from collections.abc import Sequence
from typing import Any

from copilot.briefs import AdBrief
from copilot.channels import Channel, ChannelField
from copilot.knowledge import read
from copilot.types import CopyDraft
from copilot.writers.rules.copy.lines import Slots
from copilot.writers.rules.copy.long_forms import Take, drafts, missing_keywords, pick, slots, takes
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.points import Point, tight
from copilot.writers.rules.copy.posts import Line, fitted
from copilot.writers.rules.copy.words import Words

_ASKED = 16  # characters of a point that is only named
_LAPSE = re.compile(
    r"^(?:近|最近|已经)?(?P<time>.+?)(?P<over>以上|多)?[没未](?:有)?(?P<verb>来|到店|下单|购买|消费|复购|登录|打开|续费|活跃|上课|练|学|用|回来)(?:过)?$"
)


def write_wecom(material: Material, channel: Channel, n: int, angles: Sequence[str]) -> list[CopyDraft]:
    """Return up to `n` pairs of a notice and a message."""
    words = Words(material)
    specs = {spec.name: spec for spec in channel.fields}

    def write(take: Take) -> tuple[dict[str, Any], str] | None:
        filled = slots(words, take)
        filled["R"] = "，".join(words.offer.riders)
        filled["X"] = "；".join(words.all_limits(take.told[:2]))
        opening = pick(_data()["openings"][take.angle], filled, take.lead, take.turn)
        notice = _notice(words, take, filled, opening, specs["notice"]) if opening else ""
        message = _message(words, take, filled, specs["one_to_one"])
        return ({"notice": notice, "one_to_one": message}, opening) if notice and message else None

    return drafts(channel.platform, takes(words, angles, 3, n), n, write)


def greeting(brief: AdBrief) -> str:
    """Return `${姓名}，您好。` when the brief has such a variable, else 您好。"""
    data = _data()
    name = next((name for name in brief.variables if re.search(data["names"], name, re.IGNORECASE)), "")
    named: str = data["greetings"][0]
    return named.replace("{name}", f"${{{name.strip('${}')}}}") if name else str(data["greetings"][1])


def lapse_sentence(lapse: str) -> str:
    """Return 有两个月没见到您来了。 for 两个月没来, or ""."""
    match = _LAPSE.match(lapse)
    if not match:
        return ""
    time = tight((match["time"] + (match["over"] or "")).replace("过 ", "过"))
    data = _data()
    return str(data["lapse"]).replace("{Y}", time).replace("{verb}", data["verbs"][match["verb"]])


def _notice(words: Words, take: Take, filled: Slots, opening: str, spec: ChannelField) -> str:
    """The first line, then one line for each thing to know: what is least needed goes first when room is short."""
    lines = _data()["lines"][take.turn % len(_data()["lines"])]
    found = [Line(opening, 0)]
    told = take.told if take.angle == "list" else take.told[:2]
    if words.material.lapse:
        found.append(Line(_data()["group_lapse"].replace("{Y}", tight(words.material.lapse).replace("未", "没")), 3))
    if take.angle == "list":
        found += [Line(f"{number}. {point.text}", 2) for number, point in enumerate(take.supports, 2)]
    elif take.supports:
        support = take.supports[0] if take.angle != "urgency" or not take.lead else take.lead
        found.append(Line(lines["point"].replace("{L}", support.text), 4))
    for name, slot, rank in (
        ("gain", "o", 0),
        ("when", "when", 0),
        ("quota", "Q", 0),
        ("rider", "R", 0),
        ("price", "C", 2),
        ("limit", "X", 1),
    ):
        if filled[slot] and not (name == "gain" and filled["o"] in opening):
            found.append(Line(lines[name].replace(f"{{{slot}}}", filled[slot]), rank))
    if filled["link"]:
        found.append(Line(lines["link"].replace("{link}", filled["link"]), 1))
    ask = f"{filled['G']}。" if filled["G"] else _ask(words, take, filled, "group_asks", told)
    found += [Line(ask, 3)] if ask else []
    keywords = missing_keywords(words, *(line.text for line in found))
    if keywords:
        found.append(Line(_data()["tag"].replace("{words}", "、".join(keywords)), 1))
    return fitted(found, spec.limit, spec.counter, "\n")


def _message(words: Words, take: Take, filled: Slots, spec: ChannelField) -> str:
    data = _data()
    body = pick(data["messages"][take.angle], filled, take.lead, take.turn)
    if not body and filled["O"]:
        body = str(data["bare"]).replace("{P}", filled["P"])
    if not body:
        return ""
    found = [Line(greeting(words.material.brief), 0)]
    if words.material.lapse:
        found.append(Line(lapse_sentence(words.material.lapse), 2))
    found.append(Line(body, 0))
    if filled["O"]:
        found.append(Line(f"{filled['O']}。", 0))
    if filled["C"]:
        found.append(Line(pick(data["prices"], filled, None, take.turn), 3))
    if filled["X"] and (filled["O"] or filled["C"]):
        note = data["notes"][take.turn % len(data["notes"])]
        found.append(Line(note.replace("{X}", filled["X"]), 1))
    if filled["G"] or filled["link"]:
        found.append(Line(f"{filled['G'] or '入口'}：{filled['link']} " if filled["link"] else f"{filled['G']}。", 2))
    found.append(Line(_ask(words, take, filled, "asks", take.told[:1]), 4))
    return fitted([line for line in found if line.text], spec.limit, spec.counter, "").strip()


def _ask(words: Words, take: Take, filled: Slots, role: str, told: Sequence[Point]) -> str:
    """Return the call to ask, with a short point that the text has not told."""
    left = [point for point in words.points if point not in told and point.kind != "value"]
    short = [point.text for point in left if len(point.text) <= _ASKED and not words.conditions(point)]
    if not short:
        return str(_data()["ask_again"]).replace("{L}", filled["L"]) if filled["L"] else ""
    return pick(_data()[role], filled | {"L2": short[take.turn % len(short)]}, None, take.turn)


def _data() -> dict[str, Any]:
    data: dict[str, Any] = read("copy/pages")["wecom"]
    return data
