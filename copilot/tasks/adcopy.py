"""Drafting copy: refuse what must not be said, choose angles by the evidence, write, check, replace what fails."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from copilot.briefs import AdBrief, AdCopy, Voice
from copilot.channels import Channel, find_channel
from copilot.checks.copy import CopyCheck, check_copy
from copilot.checks.fields import field_texts
from copilot.errors import InputError
from copilot.library import Library
from copilot.tasks.approach import citation_for, ordered_angles
from copilot.tasks.brief import validated_with_notes
from copilot.tasks.claims import without_claims
from copilot.tasks.gaps import gaps
from copilot.types import Citation, CopyDraft, Variant
from copilot.writers.rules.copy.notices import open_items
from copilot.writers.rules.copy.write import write_copy

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

DEFAULT_PLATFORM = "xiaohongshu"
MOST = 20  # variants for one channel
_SPARE = 3  # drafts beyond those asked for, from which failing ones are replaced


class Writing(NamedTuple):
    """What a request is worked on with; `leading` are angles that led in past results, by channel."""

    library: Library
    channels: Mapping[str, Channel]
    voice: Voice | None = None
    leading: Mapping[str, Sequence[str]] = {}
    model: "BaseChatModel | None" = None
    model_name: str = ""


class Checked(NamedTuple):
    """A draft with what the checks say and the passages it rests on."""

    draft: CopyDraft
    check: CopyCheck
    citations: tuple[Citation, ...]
    ai_generated: bool = False


def adcopy(brief: AdBrief | Mapping[str, Any], n: int, writing: Writing) -> AdCopy:
    """Return up to `n` checked variants for each channel of the brief.

    :raises InputError: the brief is wrong, a channel is unknown, or `n` is not in 1…20
    """
    start = time.perf_counter()
    if not 1 <= n <= MOST:
        raise InputError(f"一次要写 {n} 条，可以写 1–{MOST} 条", "用 -n 5 这样的写法；更多请用 batch。")
    asked, notes = validated_with_notes(brief, channels=writing.channels)
    asked, more = _settled(asked, writing)
    safe, dropped = without_claims(_with_voice(asked, writing.voice))
    variants: list[Variant] = []
    lost = list(dropped)
    writers: list[str] = []
    for platform in safe.platform:
        channel = find_channel(platform, writing.channels)
        done, missing, writer = _written(safe, channel, n, writing)
        writers.append(writer)
        variants += [_variant(one, channel) for one in done]
        lost += missing
        more += [f"{channel.title}：{item}" for item in open_items(safe, channel)]
    took = round((time.perf_counter() - start) * 1000, 2)
    writer = "；".join(dict.fromkeys(writers))
    return AdCopy(asked, tuple(variants), tuple(lost), writer, gaps(asked), (*notes, *more), {"total": took})


def _settled(brief: AdBrief, writing: Writing) -> tuple[AdBrief, list[str]]:
    """The brief with its channels as ids, and what was assumed."""
    notes = []
    platforms = tuple(dict.fromkeys(find_channel(name, writing.channels).platform for name in brief.platform))
    if not platforms:
        platforms = (DEFAULT_PLATFORM,)
        notes.append("没有说渠道，先按小红书写；用 --platform 换渠道。")
    if "sms" in platforms and not brief.sms_sign:
        notes.append(f"短信签名没有给，先用“{brief.brand or brief.product}”；发之前换成报备过的签名。")
    if brief.original_price and not brief.original_price.basis:
        notes.append("划线价没有写依据，文案里没有用它。")
    return replace(brief, platform=platforms), notes


def _with_voice(brief: AdBrief, voice: Voice | None) -> AdBrief:
    if voice is None:
        return brief
    return replace(
        brief,
        banned=tuple(dict.fromkeys((*brief.banned, *voice.banned))),
        keywords=tuple(dict.fromkeys((*brief.keywords, *voice.must))),
        tone=brief.tone or "、".join(voice.tone),
    )


def _written(
    brief: AdBrief, channel: Channel, n: int, writing: Writing
) -> tuple[list[Checked], list[dict[str, str]], str]:
    """The variants of one channel, what is missing and why, and who wrote."""
    leading = writing.leading.get(channel.platform, ())
    angles = ordered_angles(writing.library, channel, leading)
    if writing.model is None:
        done, lost = by_rules(brief, channel, n, angles, writing, leading)
        return done, lost, "rules"
    from copilot.tasks.modelcopy import by_model

    return by_model(brief, channel, n, angles, writing, leading)


def by_rules(
    brief: AdBrief, channel: Channel, n: int, angles: Sequence[str], writing: Writing, leading: Sequence[str]
) -> tuple[list[Checked], list[dict[str, str]]]:
    """Return up to `n` variants by the rule writer that pass every check, and what failed or is missing."""
    checks: dict[str, CopyCheck] = {}
    bad: dict[str, dict[str, str]] = {}

    def faults(draft: CopyDraft) -> int | None:
        check = checks[variant_id(draft)] = check_copy(draft.fields, brief, channel)
        if check.passes:
            return sum(finding.level == "caution" for finding in check.findings) + len(check.dropped_keywords)
        bad.setdefault(draft.angle, failure(draft, check))
        return None

    good: list[Checked] = []
    for wanted in (n, n + _SPARE):  # what a form writes without asking for faults is replaced from three more
        drafts = write_copy(brief, channel, wanted, angles, faults=faults)
        kept = [draft for draft in drafts if variant_id(draft) in checks or faults(draft) is not None]
        kept = [draft for draft in kept if checks[variant_id(draft)].passes][:n]
        if len(kept) == n or len(drafts) < wanted:
            break
    for draft in kept:
        good.append(Checked(draft, checks[variant_id(draft)], cited(writing.library, channel, draft.angle, leading)))
    lost = list(bad.values()) if len(good) < n else []
    if len(good) < n:
        lost.append(_too_few(brief, channel, n, len(good)))
    return good, lost


def failure(draft: CopyDraft, check: CopyCheck) -> dict[str, str]:
    """Return why a draft was not used: the gravest finding, with its article."""
    worst = next(f for f in sorted(check.findings, key=lambda f: f.level != "ban") if f.level in ("ban", "evidence"))
    text = " / ".join(text for _, text in field_texts(draft.fields))
    return {
        "reason": f"{worst.match or worst.field}：{worst.advice}",
        "platform": draft.platform,
        "angle": draft.angle,
        "rule": worst.rule,
        "law": worst.law,
        "text": text[:200],
    }


def _too_few(brief: AdBrief, channel: Channel, n: int, found: int) -> dict[str, str]:
    lacking = [
        label
        for label, given in (
            ("卖点", len(brief.selling_points) >= 3), ("痛点", brief.pain), ("人群", brief.audience), ("场景", brief.scene),
            ("带截止时间的优惠", brief.offer),
        )
        if not given
    ]  # fmt: skip
    what = f"补上{'、'.join(lacking)}能写出更多角度" if lacking else "再给几个卖点能写出更多角度"
    return {
        "reason": f"{channel.title}要 {n} 条，简报里的内容只够写 {found} 条不雷同的；{what}",
        "platform": channel.platform,
    }


def cited(library: Library, channel: Channel, angle: str, leading: Sequence[str]) -> tuple[Citation, ...]:
    """Return the passages an angle rests on: past results where it led, and the method."""
    past = citation_for(library, channel, angle, results=True) if angle in leading else None
    method = citation_for(library, channel, angle)
    found = [citation for citation in (past, method) if citation]
    return tuple(replace(citation, n=number) for number, citation in enumerate(found, 1))


def variant_id(draft: CopyDraft) -> str:
    """Return an id that names the content: the same words for the same channel have the same id."""
    words = "\x1f".join(f"{name}\x1e{text}" for name, text in field_texts(draft.fields))
    return f"{draft.platform}-{hashlib.sha256(words.encode()).hexdigest()[:8]}"


def _variant(one: Checked, channel: Channel) -> Variant:
    draft, check = one.draft, one.check
    return Variant(
        variant_id(draft), draft.platform, draft.angle, draft.formula, draft.fields, check.counts,
        clean_text(draft.fields, channel), check.dropped_keywords, check.findings, one.citations, one.ai_generated,
    )  # fmt: skip


def clean_text(fields: Mapping[str, str | tuple[str, ...]], channel: Channel) -> str:
    """Return a variant as it is pasted: fields in the channel's order, tags on one line, other entries on lines."""
    blocks = []
    for spec in channel.fields:
        value = fields.get(spec.name)
        if value:
            blocks.append(value if isinstance(value, str) else (" " if spec.name == "tags" else "\n").join(value))
    return "\n\n".join(blocks) if len(blocks) > 1 else "".join(blocks)


