"""Search ads: the searched word in the title, another point in each description."""

from collections.abc import Iterator, Sequence

from copilot.channels import Channel, ChannelField
from copilot.text.counters import count
from copilot.types import CopyDraft
from copilot.writers.rules.copy.lines import Pattern, Slots, fill, search_patterns, slots_of
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.points import Point
from copilot.writers.rules.copy.posts import turned
from copilot.writers.rules.copy.select import chosen

_ALIKE = 0.95  # ads of one word tell the same few points; what differs is which one leads


def write_search(material: Material, channel: Channel, n: int, angles: Sequence[str]) -> list[CopyDraft]:
    """Return up to `n` search ads: title and two descriptions."""
    places = []
    for place in range(2 * len(angles)):
        angle = angles[place % len(angles)]
        places.append(list(_candidates(material, channel, angle, place)))
    return list(chosen(material, [place for place in places if place], n, alike=_ALIKE))


def _candidates(material: Material, channel: Channel, angle: str, place: int) -> Iterator[CopyDraft]:
    title, *descriptions = [spec for spec in channel.fields if spec.name.startswith(("title", "description"))]
    points: Sequence[Point | None] = material.points or (None,)
    word = (*material.keywords, material.category)[0]
    for turn, _ in enumerate(points):
        lead = points[(place + turn) % len(points)]
        slots = slots_of(material, lead) | {"KW": word}
        for pattern in search_patterns("titles"):
            head = _filled(pattern, lead, angle, slots, title) if pattern.formula == angle else ""
            if not head:
                continue
            fields: dict[str, str | tuple[str, ...]] = {title.name: head}
            rest = [point for point in points if point is not lead or len(points) == 1]
            for number, spec in enumerate(descriptions):
                point = rest[(place + number) % len(rest)] if rest else lead
                text = _description(material, point, place + turn + number, spec, " ".join(map(str, fields.values())))
                if text:
                    fields[spec.name] = text
            if all(spec.name in fields or spec.optional for spec in descriptions):
                yield CopyDraft(channel.platform, angle, "4U", fields)


def _description(material: Material, point: Point | None, turn: int, spec: ChannelField, said: str) -> str:
    slots = slots_of(material, point)
    for pattern in turned(search_patterns("descriptions"), turn):
        text = _filled(pattern, point, "", slots, spec)
        if text and not any(slots[name] and slots[name] in text and slots[name] in said for name in "ACO"):
            return text
    return ""


def _filled(pattern: Pattern, point: Point | None, angle: str, slots: Slots, spec: ChannelField) -> str:
    if slots["X"] and {"C", "O", "o"} & set(pattern.slots) and "X" not in pattern.slots:
        return ""  # a price without its restriction (C9)
    text = fill(pattern, slots) if pattern.suits(point, angle) else ""
    return text if text and spec.minimum <= count(text, spec.counter) <= spec.limit else ""
