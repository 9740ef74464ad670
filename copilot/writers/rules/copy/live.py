"""A live show's script: segments that say how long they take, each with what is said, done or looked up."""

from collections.abc import Iterator, Sequence
from typing import Any

from copilot.channels import Channel
from copilot.knowledge import read
from copilot.types import CopyDraft
from copilot.writers.rules.copy.lines import Slots
from copilot.writers.rules.copy.long_forms import Take, drafts, missing_keywords, pick, slots, takes
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.pictures import can_be_seen, prop_of
from copilot.writers.rules.copy.points import Point
from copilot.writers.rules.copy.speech import seconds
from copilot.writers.rules.copy.words import Words, is_attribute

_STEP = 5  # seconds that a length is rounded to
_SHOWING = 30  # seconds for each thing that is shown


def write_live_script(material: Material, channel: Channel, n: int, angles: Sequence[str]) -> list[CopyDraft]:
    """Return up to `n` scripts: opening, scene, points, what to show, price, limits, questions, close and end."""
    words = Words(material)

    def write(take: Take) -> tuple[dict[str, Any], str] | None:
        filled = slots(words, take)
        filled["seen"] = "1" if take.lead and can_be_seen(take.lead) else ""
        filled["X"] = "；".join(words.all_limits(take.told))
        opening = pick(_live()["open"][take.angle], filled, take.lead, take.turn)
        return ({"segments": tuple(_segments(words, take, filled, opening))}, opening) if opening else None

    return drafts(channel.platform, takes(words, angles, 3, n), n, write)


def _live() -> dict[str, Any]:
    data: dict[str, Any] = read("copy/scripts")["live"]
    return data


def _segments(words: Words, take: Take, filled: Slots, opening: str) -> Iterator[str]:
    """Yield the segments in the order of the angle, between opening and end."""
    data = _live()
    names = data["names"]
    opening += _order(words, take, filled, opening)
    yield _said(names["open"], opening)
    scene = pick(_scenes(words, filled, opening), filled, None, take.turn)
    order = data["orders"][take.angle]
    for part in order:
        if part == "scene" and scene:
            yield _said(names["scene"], scene)
        elif part == "points":
            yield from _told(words, take, filled)
        elif part == "show" and take.told:
            yield _shown(words, take, opening + scene * ("scene" in order))
        elif part == "price" and (filled["C"] or filled["O"]):
            yield _said(names["price"], _price(take, filled))
        elif part == "limit" and filled["X"]:
            rows = [row for row in data["limit"] if words.kind in row.get("kinds", [words.kind])]
            yield _said(names["limit"], pick(rows, filled, None, take.turn))
        elif part == "asked":
            yield _asked(words, take, filled)
        elif part == "push":
            yield _said(names["push"], _push(take, filled))
    yield _said(names["end"], pick(_calling(data["end"], filled, take.turn % 2 == 0), filled, take.lead, take.turn))


def _told(words: Words, take: Take, filled: Slots) -> Iterator[str]:
    data = _live()
    for number, point in enumerate(take.told):
        name = data["names"]["point"] + (data["ordinals"][number] if len(take.told) > 1 else "")
        yield _said(name, _point(words, take, filled, number, point))


def _price(take: Take, filled: Slots) -> str:
    data = _live()
    return "".join(pick(data[role], filled, None, take.turn) for role in ("price", "offer", "price_end"))


def _calling(role: Sequence[dict[str, Any]], filled: Slots, wanted: bool = True) -> list[dict[str, Any]]:
    """The patterns with the brief's call, if it has one and it is wanted here, else those without."""
    return [row for row in role if ("{G}" in row["text"]) == (wanted and bool(filled["G"]))]


def _said(name: str, text: str) -> str:
    return _segment(name, seconds(text), f"口播：{text}")


def _segment(name: str, time: float, text: str) -> str:
    """Return a segment with the span of seconds that hosts of different pace need."""
    least = max(2, round(time / _STEP)) * _STEP
    return f"{name}｜{least}–{least + 2 * _STEP} 秒｜{text}"


def _order(words: Words, take: Take, filled: Slots, opening: str) -> str:
    """What comes, so that people know what they wait for."""
    data = _live()
    which = "both" if filled["C"] and filled["O"] else "price" if filled["C"] else "offer" if filled["O"] else ""
    if filled["o"] and filled["o"] in opening:
        which = "price" if filled["C"] else ""
    if "price" in data["orders"][take.angle][:1]:
        which = ""
    later = _turned(data["later"][which], take.turn) if which else ""
    texts = [point.text.partition("，")[0] for point in take.told if point.kind != "value"]
    told = take.lead is not None and take.lead.text in opening
    if len(texts) < 2:
        return later
    named = filled | {"first": texts[0], "rest": "、".join(texts[1:]), "n": data["counts"][len(texts) - 1]}
    order = pick(data["order"]["rest" if told else "whole"], named, None, take.turn)
    return f"{order}。{later}"


def _turned(texts: Sequence[str], turn: int) -> str:
    return texts[turn % len(texts)]


def _scenes(words: Words, filled: Slots, opening: str) -> list[dict[str, Any]]:
    """The patterns whose scene the opening has not told."""
    told = {name for name in "ASW" if filled[name] and filled[name] in opening}
    rows = [row for row in _live()["scene"] if words.kind in row.get("kinds", [words.kind])]
    return [row for row in rows if not any(f"{{{name}}}" in row["text"] for name in told)]


def _point(words: Words, take: Take, filled: Slots, number: int, point: Point) -> str:
    data = _live()
    measured = point.kind == "measure" and is_attribute(point.topic)
    own = {"L": point.text, "th": data["ordinals"][number], "N": point.topic if measured else "", "V": point.value}
    text = pick(
        data["point"]["only" if len(take.told) == 1 else "next" if number else "first"],
        filled | own,
        point,
        take.turn + number,
    )
    if number == 0 and filled["A1"] and words.material.near_pain(point) >= 2:
        text += str(data["near"]).format(A1=filled["A1"])
    condition = _turned(data["condition"], take.turn)
    return text + "".join(condition.format(x=text) for text in words.conditions(point))


def _shown(words: Words, take: Take, said: str) -> str:
    """What to show: acts are done, values measured, the rest is written on the screen."""
    data = _live()
    show: dict[str, list[str]] = data["show"]
    found: dict[str, list[str]] = {"act": [], "measure": [], "say": [], "sticker": []}
    for point in take.told:
        if prop := prop_of(words, point):
            found["measure"].append(f"{prop.partition('，')[0]}，{point.value}")
        else:
            found["act" if can_be_seen(point) else "say"].append(f"“{point.text}”")
    found["sticker"] = missing_keywords(words, said, words.price, *(point.text for point in take.told))
    parts = [
        _turned(show[key], take.turn).format(
            texts="、".join(texts) if key == "sticker" else "".join(texts), thing=data["things"][words.kind]
        )
        for key, texts in found.items()
        if texts
    ]
    return _segment(data["names"]["show"], _SHOWING * len(take.told), f"动作：{'。'.join(parts)}。")


def _asked(words: Words, take: Take, filled: Slots) -> str:
    """Questions that viewers will ask, with the brief's answers: about points that were not told first."""
    data = _live()
    asked: dict[str, list[str]] = data["asked"]
    turn = take.turn
    measures = [point for point in words.points if point.kind == "measure" and is_attribute(point.topic)]
    pairs = [(point.topic, point.value) for point in measures if point not in take.told][:2]
    given = (("price", filled["C"]), ("until", filled["D"]))
    pairs += [(_turned(asked[key], turn), answer) for key, answer in given if answer]
    shift = turn % len(pairs) if pairs else 0
    form = _turned(asked["form"], turn)
    found = [form.format(q=question, a=answer) for question, answer in (*pairs[shift:], *pairs[:shift])]
    if words.facts:
        facts = _turned(asked["facts"], turn)
        found.append(facts.format(texts="".join(f"“{fact}”" for fact in words.facts[:3])))
    text = "；".join([*found, _turned(asked["unknown"], turn)])
    return _segment(data["names"]["asked"], seconds(text) * 2, f"提词：{text}。")


def _push(take: Take, filled: Slots) -> str:
    """The close: words that press only where something ends (C5)."""
    data = _live()["push"]
    until, quota = filled["D"], filled["Q"]
    valid = f"{until}有效" if until.endswith("前") else until
    named = filled | {"valid": "，".join(text for text in (valid, quota) if text)}
    dated = pick(_calling(data["dated"], filled), named, take.lead, take.turn) if until or quota else ""
    return dated or pick(_calling(data["open"], filled), filled, take.lead, take.turn)
