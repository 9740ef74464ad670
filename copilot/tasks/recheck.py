"""Copy that a person edited: the same checks as when it was written, and nothing mended."""

from collections.abc import Mapping
from dataclasses import replace

from copilot.briefs import AdBrief, Voice
from copilot.channels import Channel, ChannelField
from copilot.checks.copy import check_copy
from copilot.tasks.adcopy import with_voice
from copilot.tasks.rulecopy import clean_text, variant_id
from copilot.text import normalise
from copilot.types import CopyDraft, Variant


def rechecked(
    variant: Variant, typed: Mapping[str, str], brief: AdBrief, channel: Channel, voice: Voice | None = None
) -> Variant:
    """Return a variant with the texts that were typed for its fields, its findings and counts anew.

    The brief is the only source of figures: one that was added by hand is found. Fields left empty are left out;
    a list is typed one entry a line, tags apart by spaces. A grave finding stays in the result, to be shown.
    """
    fields: dict[str, str | tuple[str, ...]] = {}
    for spec in channel.fields:
        value = typed_value(typed.get(spec.name, ""), spec)
        if value:
            fields[spec.name] = value
    check = check_copy(fields, with_voice(brief, voice), channel)
    name = variant_id(CopyDraft(variant.platform, variant.angle, variant.formula, fields))
    return replace(
        variant, id=name, fields=fields, counts=check.counts, text=clean_text(fields, channel),
        dropped_keywords=check.dropped_keywords, findings=check.findings,
    )  # fmt: skip


def typed_value(text: str, spec: ChannelField) -> str | tuple[str, ...]:
    """Return what was typed for a field as the field holds it."""
    text = normalise(text).strip()
    if not spec.items[1]:
        return text
    entries = text.split() if spec.name == "tags" else text.split("\n")
    return tuple(entry.strip() for entry in entries if entry.strip())


def typed_text(value: str | tuple[str, ...], spec: ChannelField) -> str:
    """Return a field as a person types it: the reverse of `typed_value`."""
    return value if isinstance(value, str) else (" " if spec.name == "tags" else "\n").join(value)
