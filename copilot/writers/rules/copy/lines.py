"""Patterns with typed slots: which of them take a lead point, and what they become."""

import re
from functools import cache
from typing import Any, NamedTuple

from copilot.knowledge import read
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.points import Point

_SLOT = re.compile(r"\{(\w+)\}")
_DOUBLED = re.compile(
    "给给|的的|了了|在在|用用|有有|看看看|，，|：：|。。|先先|现在现在|以前以前|的，|的。|：[^。\n]*："
)
_IS_SO = re.compile(r"是[^，。；：！？\n]{1,12}的(?=[，。])")  # 边角是圆的。 ends well
_LETTERS = {"measure": "m", "noun": "n", "value": "v", "clause": "c", "promise": "r"}
_ASKS = (
    ("会", "会不会"),
    ("能够", "能不能"),
    ("能", "能不能"),
    ("可以", "能不能"),
    ("支持", "支不支持"),
    ("自动", "会不会自动"),
    ("可", "能不能"),
)
Slots = dict[str, str]


class Pattern(NamedTuple):
    """One line of `knowledge/copy/lines.yaml`."""

    text: str
    formula: str = ""
    takes: str = ""
    longest: int = 0
    angles: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    lead: bool = False
    offer: bool = False  # tells the whole offer
    loose: bool = False  # holds no word of points, audience or offer
    near: bool = False  # says that the lead point answers the pain: only where they share words
    plain: str = ""  # a slot that may not hold 的: no 给养猫的人的机器人

    def suits(self, point: Point | None, angle: str) -> bool:
        """Whether the lead point's kind, its length and the angle fit."""
        if self.angles and angle not in self.angles:
            return False
        if point is None:
            return not self.takes
        if self.takes and letter(point) not in self.takes:
            return False
        return not self.longest or len(point.text) <= self.longest


@cache
def pool(role: str, angle: str = "") -> tuple[Pattern, ...]:
    """Return the patterns of a role: of `titles` and `opens` those of an angle."""
    data = read("copy/lines")[role]
    return tuple(_pattern(row) for row in (data.get(angle, ()) if angle else data))


@cache
def calls(platform: str) -> tuple[Pattern, ...]:
    """Return the calls to action of a channel."""
    return tuple(_pattern(row) for row in read("copy/ctas").get(platform, ()))


@cache
def sms_patterns() -> tuple[Pattern, ...]:
    """Return the bodies of messages; `formula` holds their angle."""
    return tuple(_pattern(row | {"formula": row["angle"]}) for row in read("copy/sms")["bodies"])


@cache
def search_patterns(role: str) -> tuple[Pattern, ...]:
    """Return the titles or descriptions of search ads; `formula` of a title holds its angle."""
    return tuple(_pattern(row | {"formula": row.get("angle", "")}) for row in read("copy/search")[role])


def _pattern(row: dict[str, Any]) -> Pattern:
    slots = tuple(dict.fromkeys(_SLOT.findall(row["text"]) + ([row["needs"]] if "needs" in row else [])))
    return Pattern(
        row["text"], row.get("formula", ""), row.get("takes", ""), row.get("max", 0),
        tuple(row.get("angles", ())), slots,
        row.get("lead", False), row.get("offer", False), row.get("loose", False), row.get("near", False),
        row.get("plain", ""),
    )  # fmt: skip


def letter(point: Point) -> str:
    """Return the letter of a point's kind in `takes`."""
    if point.kind == "noun" and not point.sure:
        return "x"
    return ("u" if point.by_user else "p") if point.kind == "verb" else _LETTERS[point.kind]


def fill(pattern: Pattern, slots: Slots) -> str:
    """Return the line, or "" when a slot is empty."""
    if any(not slots.get(name) for name in pattern.slots) or (pattern.plain and "的" in slots[pattern.plain]):
        return ""
    if len(pattern.slots) > 1 and _within(pattern, slots):
        return ""
    text = _SLOT.sub(lambda match: slots[match[1]], pattern.text)
    return "" if _DOUBLED.search(text) and _DOUBLED.search(_IS_SO.sub("", text)) else text


def slots_of(material: Material, lead: Point | None, supports: tuple[Point, ...] = (), turn: int = 0) -> Slots:
    """Return what stands in for each slot."""
    told = [point for point in (lead, *supports) if point]
    facts = [
        fact for fact in material.facts if len(fact) <= 30 and not any(fact in p.text or p.text in fact for p in told)
    ]
    return material.slots | {
        "L": lead.text if lead else "",
        "N": lead.topic if lead and lead.kind == "measure" else "",
        "V": lead.value if lead else "",
        "T": lead.topic if lead else "",
        "T2": next((point.topic for point in told if point.topic and point.topic != "售后"), ""),
        "F": facts[turn % len(facts)] if facts else "",
        "ask": question_of(lead) if lead else "",
        "n": str(len(told)) if len(told) > 1 else "",
    }


def _within(pattern: Pattern, slots: Slots) -> bool:
    """Whether one slot says what another one of the pattern says already: 前200单送帆布袋，前200单."""
    values = [slots[name] for name in pattern.slots if len(slots[name]) > 2 and name not in ("P", "B", "K")]
    return any(one in other for one in values for other in values if one is not other)


def question_of(point: Point) -> str:
    """Return `会不会自己洗拖布` of 会自己洗拖布, or ""."""
    if point.kind != "verb" or len(point.text) > 14 or "，" in point.text:
        return ""
    for start, question in _ASKS:
        if point.text.startswith(start):
            return question + point.text[len(start) :]
    return ""
