"""Editing a copy in place: what must not be said goes, then manner and length; every edit is told."""

from collections.abc import Sequence
from typing import NamedTuple

from copilot.briefs import AdBrief
from copilot.channels import Channel
from copilot.checks.adlaw import check_law
from copilot.checks.copy import CopyCheck
from copilot.checks.limits import banned_findings
from copilot.tasks.revise_finish import Edit, checked, finished, spec_of
from copilot.tasks.revise_read import Copy, Fields, main_field
from copilot.text.counters import count
from copilot.types import Citation, CopyDraft, Finding
from copilot.writers.rules.copy.clauses import clauses
from copilot.writers.rules.copy.unsaid import without_forbidden

_LIMITS = ("limit-hard", "limit-minimum", "limit-items", "limit-folded", "limit-recommended", "limit-segments")
_NOTED = 4  # findings of an original that are told


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
        spec = spec_of(copy.channel, name)
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
    """Return what the checks say to the original and no longer to the rework: limits, worn phrases."""
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


# Editing


def kept(copy: Copy, brief: AdBrief, place: int, edit: Edit) -> Piece:
    """Return a copy that stays as it is, checked."""
    check = checked(copy.fields, brief, copy.channel, edit)
    return Piece(_draft(copy), copy.channel, check, (f"第 {place + 1} 条：照原样留下，一字未改",))


def by_rules(copy: Copy, original: Copy, brief: AdBrief, place: int, edit: Edit) -> Piece:
    """Return a copy edited by rules."""
    fields, changes, extra = finished(copy.fields, copy.channel, brief, edit)
    number = place + 1
    notes = [f"第 {number} 条：{change}" for change in changes]
    check = checked(fields, brief, copy.channel, edit)
    draft = CopyDraft(copy.channel.platform, copy.angle, copy.formula, fields)
    lost = _lost(check, number) if any(fields.values()) else {"reason": f"第 {number} 条去掉不能说的以后，没有剩下内容"}
    if lost:
        lost |= {"number": str(number), "text": original.text[:120]}
    elif fields == original.fields:
        notes.append(f"第 {number} 条：没有改动")
    return Piece(draft, copy.channel, check, tuple(notes), extra, lost=lost or None)


def _lost(check: CopyCheck, number: int) -> dict[str, str]:
    """Why a copy must not be shown, {} when it may."""
    if check.passes:
        return {}
    grave = [finding for finding in check.findings if finding.level in ("ban", "evidence")]
    worst = min(grave, key=lambda finding: finding.level != "ban")
    reason = f"第 {number} 条没有改到能用：{worst.match[:40] or worst.field}：{worst.advice}"
    return {"reason": reason, "rule": worst.rule, "law": worst.law}


def _draft(copy: Copy) -> CopyDraft:
    return CopyDraft(copy.channel.platform, copy.angle, copy.formula, copy.fields)
