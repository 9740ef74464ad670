"""Responsive search ads in Chinese: headlines and descriptions that go together in any order, each told once."""

from collections.abc import Iterator, Sequence

from copilot.channels import Channel, ChannelField
from copilot.text.counters import count
from copilot.types import CopyDraft
from copilot.writers.rules.copy.lines import fill, pool, search_patterns, slots_of
from copilot.writers.rules.copy.material import Material

_ANGLES_OF_TITLES = ("outcome", "proof", "pain", "identity", "curiosity", "urgency", "scene")


def write_rsa(material: Material, channel: Channel, n: int, angles: Sequence[str]) -> list[CopyDraft]:
    """Return up to `n` ads; two ads of a set share no headline, so a brief of few words makes one."""
    by_name = {spec.name: spec for spec in channel.fields}
    order = [angle for angle in angles if angle in _ANGLES_OF_TITLES]
    heads = _distinct(_headlines(material, order, by_name["headlines"]))
    texts = _distinct(_descriptions(material, by_name["descriptions"]))
    least_heads, most_heads = by_name["headlines"].items
    least_texts, most_texts = by_name["descriptions"].items
    ads = min(n, len(heads) // least_heads, len(texts) // least_texts)
    drafts: list[CopyDraft] = []
    openings: set[str] = set()
    for number in range(ads):
        mine = heads[number::ads][:most_heads]
        while _opening(mine) in openings and mine[0] != heads[number::ads][-1]:
            mine = mine[1:] + mine[:1]  # two ads that begin alike
        openings.add(_opening(mine))
        fields: dict[str, str | tuple[str, ...]] = {
            "headlines": tuple(text for _, text in mine),
            "descriptions": tuple(text for _, text in texts[number::ads][:most_texts]),
        }
        drafts.append(CopyDraft(channel.platform, mine[0][0], "USP", fields))
    return drafts


def _opening(heads: list[tuple[str, str]]) -> str:
    return "".join(c for _, text in heads for c in text if c.isalnum())[:8]


def _headlines(material: Material, angles: Sequence[str], spec: ChannelField) -> Iterator[tuple[str, str]]:
    words = [("outcome", word) for word in (*material.keywords, material.product)]
    yield from ((angle, text) for angle, text in words if count(text, spec.counter) <= spec.limit)
    points = material.points or (None,)
    for turn in range(4):
        for point in points:
            slots = slots_of(material, point)
            for angle in angles:
                patterns = pool("titles", angle)
                for pattern in patterns[turn::4]:
                    text = fill(pattern, slots) if pattern.suits(point, angle) else ""
                    if text and count(text, spec.counter) <= spec.limit:
                        yield angle, text


def _descriptions(material: Material, spec: ChannelField) -> Iterator[tuple[str, str]]:
    points = material.points or (None,)
    patterns = search_patterns("descriptions")
    for turn in range(len(patterns)):
        for number, point in enumerate(points):
            pattern = patterns[(turn + number) % len(patterns)]
            text = fill(pattern, slots_of(material, point)) if pattern.suits(point, "") else ""
            if text and count(text, spec.counter) <= spec.limit:
                yield "", text


def _distinct(found: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    seen: dict[str, tuple[str, str]] = {}
    for angle, text in found:
        seen.setdefault("".join(c for c in text if c.isalnum()), (angle, text))
    return list(seen.values())
