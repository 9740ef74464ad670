"""Drafting copy: refuse what must not be said, choose angles by the evidence, write, check, replace what fails."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from copilot.briefs import AdBrief, AdCopy, Voice
from copilot.channels import Channel, find_channel
from copilot.errors import InputError
from copilot.prompts import load_prompt
from copilot.tasks.approach import library_state, ordered_angles
from copilot.tasks.brief import validated_with_notes
from copilot.tasks.claims import without_claims
from copilot.tasks.gaps import gaps
from copilot.tasks.rulecopy import Checked, Writing, by_rules, variant_of
from copilot.types import Variant
from copilot.writers.rules.copy.notices import open_items

DEFAULT_PLATFORM = "xiaohongshu"
MOST = 20  # variants for one channel


def adcopy(brief: AdBrief | Mapping[str, Any], n: int, writing: Writing) -> AdCopy:
    """Return up to `n` checked variants for each channel of the brief.

    :raises InputError: the brief is wrong, a channel is unknown, or `n` is not in 1…20
    """
    start = time.perf_counter()
    if not 1 <= n <= MOST:
        raise InputError(f"一次要写 {n} 条，可以写 1–{MOST} 条", "用 -n 5 这样的写法；更多请用 batch。")
    if not writing.state:  # a batch asks once for all of its rows
        writing = writing._replace(state=library_state(writing.library))
    asked, notes = validated_with_notes(brief, channels=writing.channels)
    asked, more = _settled(asked, writing)
    safe, dropped = without_claims(with_voice(asked, writing.voice))
    variants: list[Variant] = []
    lost = list(dropped)
    writers: list[str] = []
    if writing.model:
        writing = writing._replace(model=writing.model.counted())
    for platform in safe.platform:
        channel = writing.channels[platform]
        done, missing, writer = _written(safe, channel, n, writing)
        writers.append(writer)
        variants += [variant_of(one, channel) for one in done]
        lost += missing
        more += [f"{channel.title}：{item}" for item in open_items(safe, channel)]
    took = round((time.perf_counter() - start) * 1000, 2)
    writer = "；".join(dict.fromkeys(writers))
    made = AdCopy(asked, tuple(variants), tuple(lost), writer, gaps(asked), (*notes, *more))
    return replace(with_usage(made, writing), timings_ms={"total": took})


def with_usage(made: AdCopy, writing: Writing) -> AdCopy:
    """Return the copy with what the model of `writing` took and the prompt it was given; without a model, unchanged."""
    if writing.model is None or (usage := writing.model.tally.usage()) is None:
        return made
    unseen = tuple(writing.model.tally.left_out)
    return replace(made, prompt=load_prompt("adcopy").label, usage=usage, left_out=unseen)


def _settled(brief: AdBrief, writing: Writing) -> tuple[AdBrief, list[str]]:
    """The brief with its channels as ids, and what was assumed."""
    notes = []
    known = writing.channels
    platforms = tuple(dict.fromkeys(n if n in known else find_channel(n, known).platform for n in brief.platform))
    if not platforms:
        platforms = (DEFAULT_PLATFORM,)
        notes.append("没有说渠道，先按小红书写；用 --platform 换渠道。")
    if "sms" in platforms and not brief.sms_sign:
        name = brief.brand or brief.product
        use = f"先用“{name}”；发之前换成报备过的签名" if name else "文案里没有写；发之前在最前面加上报备过的【签名】"
        notes.append(f"短信签名没有给，{use}。")
    if brief.original_price and not brief.original_price.basis:
        notes.append("划线价没有写依据，文案里没有用它。")
    return brief if brief.platform == platforms else replace(brief, platform=platforms), notes


def with_voice(brief: AdBrief, voice: Voice | None) -> AdBrief:
    """Return the brief with the words that a brand voice wants and bars, its tone where the brief has none."""
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
    angles = ordered_angles(writing.library, writing.state, channel, leading)
    if not leading:
        first = writing.turn % len(angles)
        angles = angles[first:] + angles[:first]
    if writing.model is None:
        done, lost = by_rules(brief, channel, n, angles, writing, leading)
        return done, lost, "rules"
    from copilot.tasks.modelcopy import by_model  # with it comes LangChain

    return by_model(brief, channel, n, angles, writing, leading)
