"""A copy finished: first the sample's manner as far as the rules allow it, then the length that was asked for."""

import re
from typing import NamedTuple

from copilot.briefs import AdBrief
from copilot.channels import Channel, ChannelField
from copilot.checks.copy import CopyCheck, check_copy
from copilot.tasks.revise_read import PLAIN, Fields, main_field
from copilot.tasks.rulecopy import Writing
from copilot.text.counters import count
from copilot.types import Counter, Finding
from copilot.writers.rules.copy.manner import Manner, label_of, opening_of, steps, without_tags
from copilot.writers.rules.copy.rework import shortened

_HAN = re.compile(r"[\u3400-\u9fff]")
_LINES = frozenset({"body", "intro", "text", "one_to_one", "primary_text"})  # fields that take line breaks
_OPT_OUT = "拒收请回复R"
_OUT = r"拒收请回复R|[，,]?(?:退订|拒收)请?回复?\s?[A-Za-z]{1,2}|回复?[A-Za-z]{1,2}退订"
_FRAME = re.compile(rf"^(【[^【】\n]{{1,20}}】)?(.*?)(\s?(?:{_OUT}))?$", re.DOTALL)


class Edit(NamedTuple):
    """How copies are edited; `sources` are what figures may be taken from beside the brief."""

    shorten: int
    manner: Manner | None
    sources: tuple[str, ...]
    writing: Writing


def checked(fields: Fields, brief: AdBrief, channel: Channel, edit: Edit) -> CopyCheck:
    """Return what the checks say; tags at the end of a text of no channel are no sentence of it."""
    text = fields.get("text")
    if channel.platform != PLAIN.platform or not isinstance(text, str):
        return check_copy(fields, brief, channel, sources=edit.sources)
    body, tags = without_tags(text)
    check = check_copy({"text": body, "tags": tuple(tags.split())}, brief, channel, sources=edit.sources)
    return check._replace(
        counts=check_copy({"text": text}, brief, channel).counts if tags else {"text": check.counts["text"]}
    )


def finished(
    fields: Fields, channel: Channel, brief: AdBrief, edit: Edit
) -> tuple[Fields, list[str], tuple[Finding, ...]]:
    """Return fields in the sample's manner and within the length, the changes, findings where one is longer."""
    fields, changes = dict(fields), list[str]()
    text = fields.get("text")
    if channel.platform == "sms" and isinstance(text, str) and not (_FRAME.match(text) or [""] * 4)[3]:
        fields["text"] = f"{text.rstrip()} {_OPT_OUT}" if re.search(r"[A-Za-z0-9/]$", text) else text + _OPT_OUT
        changes.append(f"补上退订语“{_OPT_OUT}”，营销短信必须有")
    main = main_field(fields)
    if edit.manner is not None and isinstance(fields.get(main), str):
        fields, told = _liked(fields, main, channel, brief, edit)
        changes += told
    extra: list[Finding] = []
    for key, value in list(fields.items()):
        spec = spec_of(channel, key)
        counter: Counter = spec.counter if spec else "char"
        hard = spec.limit if spec and spec.kind == "hard" else 0
        limit = min(filter(None, (hard, edit.shorten if key == main else 0)), default=0)
        if not limit or not value:
            continue
        parts = [
            _cut(each, limit, counter, brief.product, key) for each in ([value] if isinstance(value, str) else value)
        ]
        texts = tuple(text for text, _, _ in parts)
        fields[key] = texts[0] if isinstance(value, str) else texts
        changes += [line for _, lines, _ in parts for line in lines]
        extra += [finding for _, _, findings in parts for finding in findings]
    return fields, changes, tuple(extra)


def _cut(text: str, limit: int, counter: Counter, name: str, field: str) -> tuple[str, list[str], list[Finding]]:
    before = count(text, counter)
    if before <= limit:
        return text, [], []
    done = shortened(text, limit, counter, name)
    after = count(done.text, counter)
    gone = "、".join(f"“{what}”" for what in dict.fromkeys(done.gone) if what)
    shorter = f"{before} → {after} 字" + (f"，删去{gone}" if gone else "，只去掉空格和重复的标点")
    lines = [shorter] if after < before else []
    if done.fits:
        return done.text, lines, []
    must = "、".join(done.must)
    advice = f"要 {limit} 字，最短到 {after} 字：必须留下{must}。要再短，请先定哪一项可以不说。"
    return (
        done.text,
        [*lines, advice],
        [Finding("revise-length", "limit", "caution", field, 0, len(done.text), "", "", advice)],
    )


def _liked(fields: Fields, main: str, channel: Channel, brief: AdBrief, edit: Edit) -> tuple[Fields, list[str]]:
    """The main field in the sample's manner; a step that breaks a rule is not taken, and said so."""
    if edit.manner is None:
        return fields, []
    manner, refused = edit.manner, list[str]()
    short = channel.platform == "sms" or channel.platform.startswith("push")
    if short and (manner.emoji or manner.inner):
        manner, refused = manner._replace(emoji=(), inner=False), [f"样本里有表情，{channel.title}不用，没有照做"]
    own_tags = channel.platform != PLAIN.platform and any(field.name == "tags" for field in channel.fields)
    if own_tags and manner.tag:
        tags = fields.get("tags", ())
        form = str(tags[0]) if tags else ""
        if form and form.endswith("#") != manner.tag.endswith("#"):
            refused.append("话题的写法跟渠道走，没有照样本")
    changed = []
    frame = _FRAME.match(str(fields[main])) if channel.platform == "sms" else None
    head, body, tail = (frame[1] or "", frame[2], frame[3] or "") if frame else ("", str(fields[main]), "")
    wanted = steps(manner, one_paragraph=short or main not in _LINES, own_tags=own_tags or short)
    if not _HAN.search(body):
        wanted = [step for step in wanted if step.label in ("换行", "表情", "话题")]
    before = checked(fields, brief, channel, edit)
    for step in wanted:
        new = step.apply(body)
        if new == body or not new.strip():
            continue
        after = checked({**fields, main: head + new + tail}, brief, channel, edit)
        if worse := _worse(before, after):
            refused.append(f"{step.label}没有照样本：{worse}")
            continue
        body, before = new, after
        changed.append(step.label)
    if manner.opening and opening_of(body) != manner.opening:
        refused.append(f"样本{label_of(manner.opening)}，原文里没有能放在最前的这种句子，开头没有动")
    done = [f"照样本改了{'、'.join(changed)}"] if changed else []
    return {**fields, main: head + body + tail}, [*done, *refused]


def _worse(before: CopyCheck, after: CopyCheck) -> str:
    """What the checks find now and did not find before, "" for nothing."""
    old = [f.rule for f in before.findings]
    for finding in after.findings:
        if finding.rule in old:
            old.remove(finding.rule)
        else:
            return finding.advice
    return ""


def spec_of(channel: Channel, name: str) -> ChannelField | None:
    """Return a field of a channel by its name."""
    return next((field for field in channel.fields if field.name == name), None)
