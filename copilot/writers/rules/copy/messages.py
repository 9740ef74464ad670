"""SMS: signature, what it is about, link, opt-out; one billed segment of 70 characters where the words allow it."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product

from copilot.channels import Channel
from copilot.knowledge import read
from copilot.types import CopyDraft
from copilot.writers.rules.copy.lines import Slots, fill, slots_of, sms_patterns
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.points import Point
from copilot.writers.rules.copy.posts import Line, fitted
from copilot.writers.rules.copy.select import chosen

_SEGMENT, _TWO, _THREE = 70, 134, 201  # characters of one, two and three billed messages (67 each when joined)


def write_sms(material: Material, channel: Channel, n: int, angles: Sequence[str]) -> Iterator[CopyDraft]:
    """Yield up to `n` messages: 【签名】…… 拒收请回复R. Each is written when it is asked for."""
    frame = _Frame(material, read("copy/sms")["opt_out"])
    points: list[Point | None] = [*material.points] or [None]

    @cache
    def told(number: int, angle: str) -> list[CopyDraft]:
        return list(_messages(material, frame, points[number], angle))

    def place(angle: str) -> Iterator[CopyDraft]:
        for turn, number in product(range(len(points)), range(len(points))):
            yield from told((number + turn) % len(points), angle)

    places = (place(angle) for _ in range(3) for angle in angles)
    return chosen(material, places, n, frame.sign)


def _messages(material: Material, frame: "_Frame", lead: Point | None, angle: str) -> Iterator[CopyDraft]:
    slots = slots_of(material, lead)
    for pattern in sms_patterns():
        far = pattern.near and lead is not None and not material.near_pain(lead)
        if far or pattern.formula != angle or not pattern.suits(lead, pattern.formula):
            continue
        if text := fill(pattern, slots):
            yield CopyDraft("sms", pattern.formula, "4U", {"text": frame.around(text, slots)})


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
