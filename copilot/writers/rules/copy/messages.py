"""SMS: signature, what it is about, link, opt-out; one billed segment of 70 characters where the words allow it."""

import re
from collections.abc import Sequence

from copilot.channels import Channel
from copilot.knowledge import read
from copilot.types import CopyDraft
from copilot.writers.rules.copy.lines import Slots, fill, slots_of, sms_patterns
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.points import Point
from copilot.writers.rules.copy.posts import Line, fitted
from copilot.writers.rules.copy.select import chosen

_SEGMENT, _TWO, _THREE = 70, 134, 201  # characters of one, two and three billed messages (67 each when joined)


def write_sms(material: Material, channel: Channel, n: int, angles: Sequence[str]) -> list[CopyDraft]:
    """Return up to `n` messages: 【签名】…… 拒收请回复R."""
    manner = read("copy/sms")
    frame = _Frame(material, manner["opt_out"])
    drafts: list[CopyDraft] = []
    points: list[Point | None] = [*material.points] or [None]
    for turn in range(len(points)):
        for number, point in enumerate(points):
            lead = points[(number + turn) % len(points)]
            slots = slots_of(material, lead)
            for pattern in sms_patterns():
                far = pattern.near and lead is not None and not material.near_pain(lead)
                if far or pattern.formula not in angles or not pattern.suits(lead, pattern.formula):
                    continue
                text = fill(pattern, slots)
                if text:
                    drafts.append(CopyDraft("sms", pattern.formula, "4U", {"text": frame.around(text, slots)}))
            del point
    order = {angle: place for place, angle in enumerate(angles)}
    places: list[list[CopyDraft]] = []
    for _ in range(3):
        for angle in sorted({draft.angle for draft in drafts}, key=lambda a: order[a]):
            places.append([draft for draft in drafts if draft.angle == angle])
    return chosen(material, places, n, frame.sign)


class _Frame:
    """What stands around the words: signature and greeting before, offer, price, call, link and opt-out behind."""

    def __init__(self, material: Material, opt_out: str) -> None:
        self.material = material
        self.opt_out = opt_out
        sign = material.brief.sms_sign or material.brief.brand or material.product
        self.sign = f"【{sign}】" if sign else ""  # set on the carrier's side then: a note says so
        name = next((v for v in material.brief.variables if re.search("姓名|昵称|称呼|name", v, re.IGNORECASE)), "")
        self.greeting = f"${{{name}}}，" if name else ""

    def around(self, text: str, slots: Slots) -> str:
        """Return the whole message, as short as its needed parts allow."""
        found = [Line(text, 0)]
        if slots["O"] and slots["o"] not in text:
            found.append(Line(f"{slots['O']}。", 0))
        if slots["C"] and slots["C"] not in text:
            # a price that brings its restriction along is left out before it costs a second message
            along = f"{slots['X']}。" if slots["X"] and not slots["O"] else ""
            found.append(Line(f"{slots['C']}。{along}", 2))
        if slots["X"] and any(slots[name] and slots[name] in line.text for line in found for name in ("o",)):
            found.append(Line(f"{slots['X']}。", 0))
        said = "".join(line.text for line in found)
        found += [
            Line(f"说到{word}，看{self.material.brief.brand or self.material.product}。", 6)
            for word in self.material.keywords
            if word not in said
        ]
        call = self._call()
        for room in (_SEGMENT, _TWO, _THREE):
            body = fitted(found, room - len(self.sign) - len(self.greeting) - len(call) - len(self.opt_out), "char", "")
            if body:
                break
        body = _allowed(body or text)
        return f"{self.sign}{self.greeting}{body}{call}{self.opt_out}"

    def _call(self) -> str:
        brief = self.material.brief
        call = self.material.cta
        if brief.link:
            return f"{call or '查看'} {brief.link} "
        return f"{call}。" if call else ""


def _allowed(text: str) -> str:
    """What carriers refuse is written otherwise: no 【】, no ¥, no stars."""
    text = re.sub(r"[¥￥]\s?(\d+(?:\.\d+)?)", r"\1元", text)
    return re.sub(r"[【】]", "", re.sub(r"[★☆☞✓※^_~]", "", text))
