"""文案: what its buttons do."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from copilot import Copilot
from copilot.briefs import AdBrief, AdCopy
from copilot.errors import CopilotError, InputError
from copilot.profiles import list_profiles, save_profile
from copilot.tasks.adcopy import DEFAULT_PLATFORM, MOST, with_voice
from copilot.tasks.recheck import rechecked
from copilot.tasks.results import remember
from copilot.types import Variant, Wrote
from ui import render_copy
from ui.adcopy_brief import lasting, typed
from ui.adcopy_view import (
    Parts,
    Shown,
    Steps,
    Work,
    brief_shown,
    busy,
    coming,
    counters,
    failed,
    opened,
    sender,
    undoable,
    variant_at,
    view,
    voice_of,
    work_of,
)
from ui.files import outgoing
from ui.render import note
from ui.work import Ended, Progress, told

_ASSUMED = "没有说渠道，先按小红书写；要别的，在上面选。"


def write(
    copilot: Copilot, parts: Parts, sentence: str, channels: list[str], n: int, profile: str, voice: str,
    work: Work | None,
) -> Steps:  # fmt: skip
    """From one sentence, or a product alone, to drafts."""
    try:
        if not (sentence or "").strip() and not profile:
            raise InputError("还没有说要写什么", "写一句话，或选一个保存过的产品。")
        yield busy(parts, "正在读需求…")
        heard = copilot.gather(sentence or "", profile=profile or "")
        yield from _written(copilot, parts, heard.brief, channels, n or heard.n or 3, voice, heard.notes, work)
    except CopilotError as error:
        yield failed(parts, error)


def again(
    copilot: Copilot, parts: Parts, channels: list[str], n: int, voice: str, work: Work | None, *form: str
) -> Steps:
    """From the form, corrected by hand, to drafts."""
    before = work["copy"].brief if work else None
    try:
        yield busy(parts, "正在重写…")
        given = typed(form, before)
        if before and before.platform:
            given["platform"] = list(before.platform)
        if before and before.voice:
            given["voice"] = before.voice
        heard = copilot.gather(given=given)
        yield from _written(copilot, parts, heard.brief, channels, n or _each(work), voice, heard.notes, work)
    except CopilotError as error:
        yield failed(parts, error)


def _written(
    copilot: Copilot, parts: Parts, brief: AdBrief, channels: list[str], n: int, voice: str, notes: Sequence[str],
    work: Work | None,
) -> Steps:  # fmt: skip
    if channels or not brief.platform:
        notes = (*notes, *([] if channels else [_ASSUMED]))
        brief = replace(brief, platform=tuple(channels) or (DEFAULT_PLATFORM,))
    yield busy(parts, "正在写，每条都要查一遍…") | brief_shown(parts, copilot, brief)
    come: list[Variant] = []

    def writing(progress: Progress) -> AdCopy:
        def wrote(now: Wrote) -> None:
            come.extend([now.variant] if now.variant else [])
            done = f"，{len(come)} 条已经查过" if come else ""
            progress(0, 0, f"正在写，每条都要查一遍：模型这一次已写 {now.characters} 字{done}")

        return copilot.watched(wrote).adcopy(brief, n, voice=voice or None, notes=notes)

    for step in told(writing):
        if isinstance(step, Ended):
            yield view(parts, copilot, work_of(step.result, voice or "", work))
        else:
            yield busy(parts, step.what) | coming(parts, copilot, brief, come)


def clicked(
    copilot: Copilot, parts: Parts, channels: list[str], n: int, profile: str, voice: str, work: Work | None,
    event: gr.EventData,
) -> Steps:  # fmt: skip
    """Whatever was clicked on a card, an example or a gap."""
    if event.act == "example":
        yield {parts.sentence: event.sentence}
        yield from write(copilot, parts, event.sentence, channels, n, profile, voice, work)
    elif event.act == "fill":
        yield {parts.fold: gr.update(open=True)}
    elif work and event.act == "keep":
        number = int(event.number)
        kept = tuple(k for k in work["kept"] if k != number) if number in work["kept"] else (*work["kept"], number)
        yield view(parts, copilot, {**work, "kept": kept, "told": ()})
    elif work and event.act == "edit":
        work = {**work, "editing": int(event.number), "told": ()}
        yield view(parts, copilot, work) | opened(parts, copilot, work)


def typing(copilot: Copilot, parts: Parts, work: Work | None, *values: str) -> Shown:
    """Counters, look and findings of what is being typed."""
    if work is None or work["editing"] < 0:
        return {}
    now = _typed(copilot, work, values)
    channel = copilot.channels[now.platform]
    counted = counters(channel, values, len(parts.slots))
    look = render_copy.preview(now, copilot.channels, sender(work["copy"].brief))
    return dict(zip((slot.counter for slot in parts.slots), counted, strict=True)) | {parts.preview: look}


def save(copilot: Copilot, parts: Parts, work: Work, *values: str) -> Shown:
    """Put what was typed into its card, with what the checks say to it; nothing is mended."""
    now = _typed(copilot, work, values)
    if not now.text.strip():
        raise InputError("这一条是空的", "写上内容再保存，或点“不改了”。")
    remember(copilot.settings.home, work["copy"].brief.product, [now])
    return view(parts, copilot, _replaced(work, {work["editing"]: now}))


def leave(copilot: Copilot, parts: Parts, work: Work) -> Shown:
    """Close the panel; the card is as it was."""
    return view(parts, copilot, {**work, "editing": -1, "told": ()})


def undo(copilot: Copilot, parts: Parts, work: Work) -> Shown:
    """Bring back what was there before the last act."""
    before = work["undo"] or work
    return view(parts, copilot, before) | brief_shown(parts, copilot, before["copy"].brief)


def shorten(copilot: Copilot, parts: Parts, length: float | None, work: Work, *values: str) -> Steps:
    """Shorten what stands in the panel."""
    if not length:
        raise InputError("缩到多少字没有写", "填一个数，例如 60。")

    def act() -> Work:
        now = _typed(copilot, work, values)
        done = _revised(copilot, work, [now], shorten=int(length))
        if not done.variants:
            return {**work, "told": _said(done)}
        return _replaced(work, {work["editing"]: _labelled(done.variants[0], now)}, _said(done))

    yield from _doing(copilot, parts, "正在缩短…", act)


def move(copilot: Copilot, parts: Parts, channel: str | None, work: Work, *values: str) -> Steps:
    """Write what stands in the panel for another channel, as a further card behind it."""
    if not channel:
        raise InputError("换到哪个渠道没有选", "选一个渠道再点。")
    if channel == variant_at(work).platform:
        raise InputError("这一条已经是这个渠道的", "选另一个渠道再点。")

    def act() -> Work:
        now = _typed(copilot, work, values)
        done = _revised(copilot, work, [now], platform=channel)
        at = work["editing"] + 1
        variants, copy = work["copy"].variants, work["copy"]
        more = [_labelled(each, now) for each in done.variants]
        platforms = tuple(dict.fromkeys((*copy.brief.platform, channel)))
        brief = replace(copy.brief, platform=platforms) if more else copy.brief
        whole = replace(copy, brief=brief, variants=(*variants[:at], *more, *variants[at:]))
        kept = tuple(k + len(more) if k >= at else k for k in work["kept"])
        head = (f"新写的在第 {at + 1} 条，原来那条没有动。",) if more else ()
        return {
            **work,
            "copy": whole,
            "kept": kept,
            "editing": -1,
            "told": (*head, *_said(done)),
            "undo": undoable(work),
        }

    yield from _doing(copilot, parts, "正在换渠道…", act)


def renew(copilot: Copilot, parts: Parts, work: Work) -> Steps:
    """Write those that are not kept anew, different from all that are there; the kept ones stay word for word."""
    copy, kept = work["copy"], set(work["kept"])
    old = [place for place in range(len(copy.variants)) if place not in kept]
    if not old:
        raise InputError("每一条都留下了，没有要重写的", "在不要的那几条上再点一次“已留下”。")

    def act() -> Work:
        fresh: dict[int, Variant] = {}
        said: list[str] = []
        for platform in dict.fromkeys(copy.variants[place].platform for place in old):
            here = [v for v in copy.variants if v.platform == platform]
            places = [place for place in old if copy.variants[place].platform == platform]
            total = min(MOST, len(here) + len(places))
            done = _revised(copilot, work, here, keep=tuple(range(1, len(here) + 1)), n=total)
            more = done.variants[len(here) :]
            fresh |= dict(zip(places, more, strict=False))
            if len(more) < len(places):
                title = copilot.channels[platform].title
                said.append(
                    f"{title}：要重写 {len(places)} 条，写出 {len(more)} 条和现有的都不雷同的，其余没有动。"
                    "在需求里补上卖点、痛点或带日期的优惠，能写出更多。"
                )
        numbers = "、".join(str(place + 1) for place in sorted(fresh))
        head = [f"第 {numbers} 条是新写的。"] if fresh else []
        return _replaced(work, fresh, (*head, *said))

    yield from _doing(copilot, parts, "正在重写没留下的…", act)


def save_product(copilot: Copilot, name: str, chosen: str, work: Work | None, *form: str) -> tuple[Any, str]:
    """Save the form as a product; one that was chosen above may be replaced, others not."""
    brief = copilot.gather(given=typed(form, work["copy"].brief if work else None)).brief
    name = (name or "").strip() or brief.product
    if name != chosen and name in list_profiles(copilot.settings.home):
        raise InputError(f"已有产品“{name}”", "换个名字；要改它，先在上面选中它再保存。")
    save_profile(copilot.settings.home, name, lasting(brief))
    known = list_profiles(copilot.settings.home)
    return gr.update(choices=[("不用", ""), *known]), note(
        f"已保存“{name}”，下次在“产品档案”里选；打开这个页面的人都能选。", "good"
    )


def export(copilot: Copilot, suffix: str, work: Work | None) -> Path:
    """Write the drafts to a file."""
    if not work or not work["copy"].variants:
        raise InputError("还没有文案可以导出", "先写一句话，点“写文案”。")
    path = outgoing(f"{work['copy'].brief.product}文案", suffix)
    copilot.export(work["copy"], path)
    return path


def _doing(copilot: Copilot, parts: Parts, what: str, act: Callable[[], Work]) -> Steps:
    try:
        yield busy(parts, what)
        for step in told(lambda progress: act()):
            if isinstance(step, Ended):
                yield view(parts, copilot, step.result)
    except CopilotError as error:
        yield failed(parts, error)


def _typed(copilot: Copilot, work: Work, values: Sequence[str]) -> Variant:
    """The variant being edited, with what stands in the panel."""
    variant = variant_at(work)
    channel = copilot.channels[variant.platform]
    texts = {spec.name: value or "" for spec, value in zip(channel.fields, values, strict=False)}
    return rechecked(variant, texts, work["copy"].brief, channel, voice_of(copilot, work))


def _revised(copilot: Copilot, work: Work, variants: Sequence[Variant], **wanted: Any) -> AdCopy:
    """Rework variants of this result, with its brief and voice."""
    brief = with_voice(work["copy"].brief, voice_of(copilot, work))
    brief = replace(brief, platform=tuple(dict.fromkeys(v.platform for v in variants)))
    given = {"brief": brief.to_dict(), "variants": [v.to_dict() for v in variants]}
    return copilot.revise(json.dumps(given, ensure_ascii=False), **wanted)


def _labelled(variant: Variant, before: Variant) -> Variant:
    """What a model had a part in stays marked so; what it rests on comes along where nothing new is named."""
    made = variant.ai_generated or before.ai_generated
    return replace(variant, ai_generated=made, citations=variant.citations or before.citations)


def _said(done: AdCopy) -> tuple[str, ...]:
    """What a rework of one variant tells, without its number."""
    rows = [f"{row['reason']}{f'（{law}）' if (law := row.get('law')) else ''}" for row in done.dropped]
    lines = [line.removeprefix("第 1 条：").removeprefix("第 1 条") for line in (*done.notes, *rows)]
    return tuple(dict.fromkeys(line for line in lines if line and line != "重新写过"))


def _replaced(work: Work, fresh: dict[int, Variant], said: Sequence[str] = ()) -> Work:
    variants = tuple(fresh.get(place, old) for place, old in enumerate(work["copy"].variants))
    copy = replace(work["copy"], variants=variants)
    return {**work, "copy": copy, "editing": -1, "told": tuple(said), "undo": undoable(work)}


def _each(work: Work | None) -> int:
    """How many there are for each channel now; 3 for none."""
    if not work or not work["copy"].variants:
        return 3
    names = [v.platform for v in work["copy"].variants]
    return min(MOST, max(names.count(name) for name in names))
