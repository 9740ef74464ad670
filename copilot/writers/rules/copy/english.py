"""English copy for the international channels, from what the brief says and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from copilot.briefs import AdBrief
from copilot.channels import Channel
from copilot.knowledge import read
from copilot.types import CopyDraft
from copilot.writers.rules.copy.english_lines import Uses, allowed
from copilot.writers.rules.copy.english_material import Material
from copilot.writers.rules.copy.english_posts import Fields, mail, post
from copilot.writers.rules.copy.english_search import search_ads

Write = Callable[[str, Material, Fields, Uses, Sequence[CopyDraft]], CopyDraft | None]

_OPENING = 8  # characters that no two variants share


def write_english(brief: AdBrief, channel: Channel, n: int) -> list[CopyDraft]:
    """Return up to `n` drafts for a channel with the fields of Google RSA, Meta or e-mail; fewer for a thin brief.

    What the brief does not say is not said; what may not be said is left out. Equal briefs give equal drafts.
    """
    material = Material(brief)
    names = {field.name for field in channel.fields}
    if not allowed(material.name, material) or n < 1:
        return []
    if {"headlines", "descriptions"} <= names:
        return search_ads(material, channel, n)
    if {"primary_text", "headline"} <= names:
        return _by_angles(material, channel, n, post)
    return _by_angles(material, channel, n, mail) if {"subject", "body"} <= names else []


def _by_angles(material: Material, channel: Channel, n: int, write: Write) -> list[CopyDraft]:
    """One draft for each angle that the brief feeds, in the order of the data file."""
    fields = {field.name: field for field in channel.fields}
    drafts: list[CopyDraft] = []
    uses = Uses()
    for angle in read("copy/english")["angles"]:
        told = angle == "comparison" and any(draft.angle == "pain" for draft in drafts)  # the same scene again
        draft = write(angle, material, fields, uses, drafts) if len(drafts) < n and not told else None
        if draft and not any(_opening(draft) == _opening(other) for other in drafts) and _may_ask(draft, drafts, n):
            drafts.append(replace(draft, platform=channel.platform))
    return drafts


def _opening(draft: CopyDraft) -> str:
    return str(next(iter(draft.fields.values())))[:_OPENING].lower()


def _may_ask(draft: CopyDraft, others: Sequence[CopyDraft], n: int) -> bool:
    """At most one variant of five holds a question."""
    asking = sum("?" in str(other.fields) for other in others)
    return "?" not in str(draft.fields) or asking < max(1, n // 5)
