"""Replies to reviews: thanks, the point, what to tell us. Nothing is promised that the brief does not state."""

import re
from collections.abc import Sequence
from typing import Any

from copilot.channels import Channel
from copilot.knowledge import read
from copilot.types import CopyDraft
from copilot.writers.rules.copy.lines import Slots
from copilot.writers.rules.copy.long_forms import Take, patterns, slots
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.offers import tidy
from copilot.writers.rules.copy.points import typed
from copilot.writers.rules.copy.words import Words

_FORMULA = "3S"
_ROLES = ("praise", "neutral", "complaint")


def write_review_reply(material: Material, channel: Channel, n: int, angles: Sequence[str]) -> list[CopyDraft]:
    """Return up to `n` sets of replies: to praise, to a middling review, to a complaint."""
    words = Words(material)
    data = read("copy/pages")["replies"]
    found: list[CopyDraft] = []
    for number in range(n):
        filled = _slots(words, number)
        roles = [patterns(data[role], filled, None) for role in _ROLES]
        if number >= min(map(len, roles)):
            break
        fields: dict[str, str | tuple[str, ...]] = {
            role: rows[number][0] for role, rows in zip(_ROLES, roles, strict=True)
        }
        angle = roles[0][number][1]["angle"]
        if angles and angle not in angles:
            angle = angles[number % len(angles)]
        found.append(CopyDraft(channel.platform, angle, _FORMULA, fields))
    return found


def _slots(words: Words, number: int) -> Slots:
    """Return the slots with the `number`-th point; where each thing comes from the brief or stays empty."""
    data: dict[str, Any] = read("copy/pages")["replies"]
    points = [point for point in words.points if point.kind != "value"] or list(words.points)
    filled = slots(words, Take("outcome", points[number % len(points)] if points else None, (), number))
    filled["X"] = words.limits[0] if words.limits else ""
    filled["tell"] = data["tell"][words.kind]
    promise = _remedy(words, data["remedy"])
    filled["keep"] = promise if promise in words.facts else ""
    filled["care"] = f"{_service(words, data)}{data['care']}"
    filled["remedy"] = (str(data["promise"]).format(promise=promise) if promise else "") + filled["care"]
    return filled


def _remedy(words: Words, cue: str) -> str:
    """What the brief undertakes when something goes wrong, or ""."""
    texts = [*(point.text for point in words.points), *words.facts]
    return next(
        (text for text in texts if re.search(cue, text) and typed(text).kind in ("promise", "clause", "noun")), ""
    )


def _service(words: Words, data: dict[str, Any]) -> str:
    """How to reach the service, if the brief says so."""
    texts = [*words.facts, *(point.text for point in words.points), tidy(words.material.brief.cta)]
    way = next((text for text in texts if re.search(data["service"], text) and words.allowed(text)), "")
    return str(data["at"]).format(at=way) if way else ""
