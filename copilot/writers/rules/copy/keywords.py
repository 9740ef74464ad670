"""Keywords into copy: as tags, in the title, or in a sentence of their own; what has no room is left to the check."""

from typing import Any

from copilot.channels import Channel, ChannelField
from copilot.checks.limits import missing_keywords
from copilot.text.counters import count
from copilot.text.fold import fold
from copilot.types import CopyDraft
from copilot.writers.rules.copy.material import Material


def tags_of(material: Material, manner: dict[str, Any], spec: ChannelField) -> tuple[str, ...]:
    """Return tags: the keywords first, then category, audience and brand, as many as is usual."""
    words = [*material.keywords, material.category, material.audience, material.brief.brand, material.product]
    plain = [
        "".join(c for c in word if c.isalnum()) for word in words if 0 < len(word) <= 8 or word in material.keywords
    ]
    distinct: dict[str, str] = {}
    for word in plain:
        distinct.setdefault(fold(word), word)
    most = min(spec.items[1] or 99, max(manner.get("tags", 4), len(material.keywords)))
    if not distinct:
        distinct = {"": "".join(c for c in material.category if c.isalnum())[:16]}
    return tuple(manner["tag"].format(word) for word in distinct.values() if word)[:most]


def with_keywords(material: Material, channel: Channel, draft: CopyDraft) -> CopyDraft:
    """Return the draft with the keywords it lacks, where its fields have room."""
    fields = dict(draft.fields)
    for keyword in material.keywords:
        if missing_keywords(fields, [keyword]):
            _place(fields, keyword, channel, material.brief.brand or material.product)
    return CopyDraft(draft.platform, draft.angle, draft.formula, fields)


def _place(fields: dict[str, str | tuple[str, ...]], keyword: str, channel: Channel, brand: str) -> None:
    """Label the first title that has room, `…｜扫地机器人`, or give the keyword a sentence."""
    specs = [spec for spec in channel.fields if isinstance(fields.get(spec.name), str) and spec.counter != "sms"]
    for spec in sorted(specs, key=lambda spec: "。" in str(fields[spec.name])):
        text = str(fields[spec.name])
        limit = spec.visible or spec.limit
        longer = f"{text}{keyword}，看{brand}。" if text.endswith("。") else f"{text}｜{keyword}"
        if not limit or count(longer, spec.counter) <= limit:
            fields[spec.name] = longer
            return
