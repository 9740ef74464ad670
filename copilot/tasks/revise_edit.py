"""Editing a copy in place: what must not be said goes, then the sample's manner, then the length; every edit is told."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from copilot.briefs import AdBrief
from copilot.channels import Channel, ChannelField
from copilot.checks.adlaw import check_law
from copilot.checks.copy import CopyCheck, check_copy
from copilot.checks.fields import field_texts
from copilot.checks.limits import banned_findings
from copilot.errors import ModelError
from copilot.tasks.rulecopy import Writing
from copilot.tasks.revise_read import PLAIN, Copy, Fields, main_field
from copilot.text.counters import count
from copilot.types import Citation, CopyDraft, Counter, Finding
from copilot.writers.rules.copy.clauses import clauses
from copilot.writers.rules.copy.manner import Manner, steps, without_tags
from copilot.writers.rules.copy.rework import shortened, without_forbidden

_HAN = re.compile(r"[\u3400-\u9fff]")
_LINES = frozenset({"body", "intro", "text", "one_to_one", "primary_text"})  # fields that take line breaks
_OPT_OUT = "拒收请回复R"
_FRAME = re.compile(
    r"^(【[^【】\n]{1,20}】)?(.*?)(\s?(?:拒收请回复R|[，,]?(?:退订|拒收)请?回复?\s?[A-Za-z]{1,2}|回复?[A-Za-z]{1,2}退订))?$",
    re.DOTALL,
)
_NOTED = 4  # findings of an original that are told


class Edit(NamedTuple):
    """How copies are edited; `sources` are what figures may be taken from beside the brief."""

    shorten: int
    manner: Manner | None
    sources: tuple[str, ...]
    writing: Writing


class Piece(NamedTuple):
    """A reworked copy with its check; `lost` says why it must not be shown, None when it may."""

    draft: CopyDraft
    channel: Channel
    check: CopyCheck
    notes: tuple[str, ...] = ()
    extra: tuple[Finding, ...] = ()
    citations: tuple[Citation, ...] = ()
    ai_generated: bool = False
    lost: dict[str, str] | None = None


def sources_of(brief: AdBrief, copies: Sequence[Copy]) -> tuple[str, ...]:
    """Return the texts that count as source beside the brief: the copies themselves."""
    del brief
    return tuple(text for copy in copies for _, text in field_texts(copy.fields))


def checked(fields: Fields, brief: AdBrief, channel: Channel, edit: Edit) -> CopyCheck:
    """Return what the checks say; tags at the end of a text of no channel are checked as tags, not as its last sentence."""
    text = fields.get("text")
    if channel.platform != PLAIN.platform or not isinstance(text, str):
        return check_copy(fields, brief, channel, sources=edit.sources)
    body, tags = without_tags(text)
    check = check_copy({"text": body, "tags": tuple(tags.split())}, brief, channel, sources=edit.sources)
    return check._replace(
        counts=check_copy({"text": text}, brief, channel).counts if tags else {"text": check.counts["text"]}
    )


# What must not be said


def cleaned(copy: Copy, brief: AdBrief, number: int) -> tuple[Copy, list[dict[str, str]]]:
    """Return the copy without claims that the law, or the brief, forbids, and each of them as a row of `dropped`."""
    rows: list[dict[str, str]] = []
    fields: Fields = {}

    def free(name: str, text: str) -> str:
        left, gone = without_forbidden(text, lambda now: _forbidden(now, brief, copy.channel.platform))
        rows.extend(_row(finding, what, name, number) for finding, what in gone)
        return left

    for name, value in copy.fields.items():
        if isinstance(value, str):
            fields[name] = free(name, value)
        else:
            fields[name] = tuple(left for each in value if (left := free(name, each)))
    return copy._replace(fields=_refilled(fields, copy)), rows


def _refilled(fields: Fields, copy: Copy) -> Fields:
    """A title that had to go is the first clause of the text that fits."""
    main = str(fields.get(main_field(fields), "") or "") if fields else ""
    out: Fields = {}
    for name, value in fields.items():
        spec = _spec(copy.channel, name)
        if not value and spec is not None and not spec.optional and isinstance(value, str):
            parts = (c.bare for c in clauses(main) if c.role == "plain")
            value = next((part for part in parts if not spec.limit or count(part, spec.counter) <= spec.limit), "")
        if value:
            out[name] = value
    return out


def _forbidden(text: str, brief: AdBrief, platform: str) -> list[Finding]:
    known = (*brief.facts, brief.qualification)
    found = check_law(text, industry=brief.industry, platform=platform, known=known, claims_only=True).findings
    banned = banned_findings({"text": text}, brief.banned) if brief.banned else []
    return sorted((f for f in (*found, *banned) if f.level in ("ban", "evidence")), key=lambda f: f.level != "ban")


def _row(finding: Finding, what: str, name: str, number: int) -> dict[str, str]:
    why = "广告里不能这样说" if finding.level == "ban" else "缺少依据"
    reason = f"第 {number} 条“{finding.match}”{why}，已删去"
    return {
        "reason": reason,
        "field": name,
        "text": what[:120],
        "rule": finding.rule,
        "law": finding.law,
        "advice": finding.advice,
    }


def original_notes(copy: Copy, brief: AdBrief, number: int, edit: Edit, still: Sequence[Finding]) -> list[str]:
    """Return what the checks say to the original beside the claims, where the rework has mended it: limits, worn phrases."""
    left = {(f.rule, f.advice) for f in still}
    check = checked(copy.fields, brief, copy.channel, edit)
    told = [
        f
        for f in check.findings
        if f.rule in ("C1", "C2", "C6", "C8") + _LIMITS and f.advice and (f.rule, f.advice) not in left
    ]
    lines = [
        f"第 {number} 条原文：{f'“{f.match[:20]}”' if f.match and f.category != 'limit' else ''}{f.advice}"
        for f in told
    ]
    return list(dict.fromkeys(lines))[:_NOTED]


_LIMITS = ("limit-hard", "limit-minimum", "limit-items", "limit-folded", "limit-recommended", "limit-segments")


# Editing


def edited(
    work: Sequence[tuple[int, Copy, bool]], originals: Sequence[Copy], briefs: Sequence[AdBrief], edit: Edit
) -> tuple[dict[int, Piece], str]:
    """Return each copy edited, those that are kept as they are, and who wrote."""
    found: dict[int, Piece] = {}
    for place, copy, is_kept in work:
        original = originals[place]
        found[place] = (
            _kept(original, briefs[place], place, edit)
            if is_kept
            else by_rules(copy, original, briefs[place], place, edit)
        )
    if edit.writing.model is None or not (edit.shorten or edit.manner):
        return found, "rules"
    from copilot.tasks.revise_chat import by_chat

    try:
        return by_chat([entry for entry in work if not entry[2]], found, briefs, edit)
    except ModelError as error:
        first = next(iter(found))
        found[first] = found[first]._replace(notes=(*found[first].notes, f"{error.message}；已改用规则改写"))
        return found, f"rules（chat:{edit.writing.model_name} 没有用上）"


def _kept(copy: Copy, brief: AdBrief, place: int, edit: Edit) -> Piece:
    check = checked(copy.fields, brief, copy.channel, edit)
    return Piece(_draft(copy), copy.channel, check, (f"第 {place + 1} 条：照原样留下，一字未改",))


def by_rules(copy: Copy, original: Copy, brief: AdBrief, place: int, edit: Edit) -> Piece:
    """Return a copy edited by rules."""
    fields, changes, extra = finished(copy.fields, copy.channel, brief, edit)
    number = place + 1
    notes = [f"第 {number} 条：{change}" for change in changes]
    check = checked(fields, brief, copy.channel, edit)
    draft = CopyDraft(copy.channel.platform, copy.angle, copy.formula, fields)
    lost = None
    if not any(fields.values()):
        lost = {
            "reason": f"第 {number} 条去掉不能说的以后，没有剩下内容",
            "number": str(number),
            "text": original.text[:120],
        }
    elif not check.passes:
        worst = next(
            f for f in sorted(check.findings, key=lambda f: f.level != "ban") if f.level in ("ban", "evidence")
        )
        reason = f"第 {number} 条没有改到能用：{worst.match[:40] or worst.field}：{worst.advice}"
        lost = {
            "reason": reason,
            "number": str(number),
            "text": original.text[:120],
            "rule": worst.rule,
            "law": worst.law,
        }
    elif fields == original.fields:
        notes.append(f"第 {number} 条：没有改动")
    return Piece(draft, copy.channel, check, tuple(notes), extra, lost=lost)


def finished(
    fields: Fields, channel: Channel, brief: AdBrief, edit: Edit
) -> tuple[Fields, list[str], tuple[Finding, ...]]:
    """Return fields in the sample's manner and within the length, what was changed, and a finding where it stays longer."""
    fields, changes = dict(fields), list[str]()
    if (
        channel.platform == "sms"
        and isinstance(text := fields.get("text"), str)
        and not (_FRAME.match(text) or [""] * 4)[3]
    ):
        fields["text"] = f"{text.rstrip()} {_OPT_OUT}" if re.search(r"[A-Za-z0-9/]$", text) else text + _OPT_OUT
        changes.append(f"补上退订语“{_OPT_OUT}”，营销短信必须有")
    main = main_field(fields)
    if edit.manner is not None and isinstance(fields.get(main), str):
        fields, told = _liked(fields, main, channel, brief, edit)
        changes += told
    name = brief.product
    extra: list[Finding] = []
    for key, value in list(fields.items()):
        spec = _spec(channel, key)
        counter: Counter = spec.counter if spec else "char"
        hard = spec.limit if spec and spec.kind == "hard" else 0
        limit = min(filter(None, (hard, edit.shorten if key == main else 0)), default=0)
        if not limit or not value:
            continue
        if isinstance(value, str):
            fields[key], told, more = _cut(value, limit, counter, name, key)
            changes += told
            extra += more
        else:
            parts = [_cut(each, limit, counter, name, key) for each in value]
            fields[key] = tuple(part[0] for part in parts)
            changes += [line for part in parts for line in part[1]]
            extra += [finding for part in parts for finding in part[2]]
    return fields, changes, tuple(extra)


def _cut(text: str, limit: int, counter: Counter, name: str, field: str) -> tuple[str, list[str], list[Finding]]:
    before = count(text, counter)
    if before <= limit:
        return text, [], []
    done = shortened(text, limit, counter, name)
    after = count(done.text, counter)
    gone = "、".join(f"“{what}”" for what in dict.fromkeys(done.gone) if what)
    lines = [
        f"{before} → {after} 字" + (f"，删去{gone}" if gone else "，只去掉空格和重复的标点" if after < before else "")
    ]
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
    own_tags = any(field.name == "tags" for field in channel.fields)
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


def _spec(channel: Channel, name: str) -> ChannelField | None:
    return next((field for field in channel.fields if field.name == name), None)


def _draft(copy: Copy) -> CopyDraft:
    return CopyDraft(copy.channel.platform, copy.angle, copy.formula, copy.fields)
