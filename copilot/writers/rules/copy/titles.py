"""Shop titles: strings of search words that fill the room, each variant led by another kind of word."""

import re
from collections.abc import Sequence

from copilot.channels import Channel, ChannelField
from copilot.knowledge import read
from copilot.text.counters import count
from copilot.types import CopyDraft
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.points import Point


def write_titles(material: Material, channel: Channel, n: int, angles: Sequence[str]) -> list[CopyDraft]:
    """Return up to `n` titles; two that hold the same words in another order count as two only if they begin apart."""
    data = read("copy/titles")
    groups = _groups(material)
    found: list[CopyDraft] = []
    openings: set[str] = set()
    leads = [(angle, data["angles"][angle]) for angle in angles if angle in data["angles"]]
    turns = [(angle, group, turn) for turn in range(4) for angle, group in leads if turn < len(groups[group])]
    for angle, group, turn in turns:
        words = groups[group]
        order = [words[turn], *groups["brand"], *groups["category"], *groups["keywords"], *_rest(groups, len(found), n)]
        fields = {spec.name: text for spec in channel.fields if (text := _title(order, spec))}
        opening = re.sub(r"\s", "", next(iter(fields.values()), ""))[:8]
        if opening and opening not in openings and len(found) < n:
            openings.add(opening)
            found.append(CopyDraft(channel.platform, angle, "keyword-string", dict(fields)))
    return found


def _rest(groups: dict[str, list[str]], number: int, n: int) -> list[str]:
    """The further words of the `number`-th of `n` titles: of a set each holds other attributes, one alone holds all."""
    attributes = groups["attributes"]
    start = number % len(attributes) if attributes else 0
    turned = attributes[start:] + attributes[:start]
    most = len(turned) if n == 1 else max(2, len(turned) // 2)
    ends = [groups["audience"], groups["scene"]]
    return [*turned[:most], *(ends[number % 2] if n > 1 else ends[0] + ends[1])]


def _groups(material: Material) -> dict[str, list[str]]:
    audience = material.audience if len(material.audience) <= 6 else ""
    scene = material.scene if len(material.scene) <= 4 else ""
    words = {
        "brand": [material.brief.brand],
        "category": [material.product.removeprefix(material.brief.brand).strip() or material.product],
        "keywords": list(material.keywords),
        "attributes": [word for point in material.points if (word := _attribute(point))],
        "audience": [audience],
        "scene": [scene],
    }
    return {name: [_bare(word) for word in group if _bare(word)] for name, group in words.items()}


def _attribute(point: Point) -> str:
    """A selling point as search words: 无线充电 of 支持无线充电; "" for what is a sentence."""
    data = read("copy/titles")
    text = re.split("[，；（]", point.text)[0]
    if "（" in point.text or re.search(data["never"], text) or point.kind == "promise":
        return ""  # without its condition a figure would say more than the brief
    text = re.sub(f"^(?:{'|'.join(data['strip'])})", "", text)
    return text if 2 <= len(text) <= data["longest"] else ""


def _bare(word: str) -> str:
    return re.sub(r"\s*×\s*", "×", re.sub(r"[^\w%.+/℃°㎡μ×*~～–-]+", " ", word)).strip()


def _title(order: list[str], spec: ChannelField) -> str:
    text = ""
    for word in order:
        if not word or re.sub(r"\s", "", word) in re.sub(r"\s", "", text):
            continue
        longer = f"{text} {word}" if text else word
        if not spec.limit or count(longer, spec.counter) <= spec.limit:
            text = longer
    return text
