"""Copy by the rule writer, checked: what fails is replaced by another draft, and what cannot be written is named."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from copilot.briefs import AdBrief, Voice
from copilot.channels import Channel
from copilot.checks.copy import MANY, CopyCheck, check_copy
from copilot.checks.fields import field_texts
from copilot.library import Library
from copilot.tasks.approach import citation_for
from copilot.types import Citation, CopyDraft, Variant
from copilot.writers.rules.copy.write import write_copy

if TYPE_CHECKING:
    from copilot.models import Chat

_SPARE = 3  # drafts beyond those asked for, from which failing ones are replaced


class Writing(NamedTuple):
    """What a request is worked on with; `leading` are angles that led in past results, by channel.

    `turn` is any number that differs from row to row of a batch: where no angle led, another one begins. `shown` gets
    each variant of a model that passes the checks as soon as it is written.
    """

    library: Library
    channels: Mapping[str, Channel]
    voice: Voice | None = None
    leading: Mapping[str, Sequence[str]] = {}
    model: "Chat | None" = None
    state: str = ""  # of the library, see `approach.library_state`
    turn: int = 0
    shown: "Callable[[Checked, Channel], None] | None" = None


class Checked(NamedTuple):
    """A draft with what the checks say and the passages it rests on."""

    draft: CopyDraft
    check: CopyCheck
    citations: tuple[Citation, ...]
    ai_generated: bool = False


def by_rules(
    brief: AdBrief, channel: Channel, n: int, angles: Sequence[str], writing: Writing, leading: Sequence[str]
) -> tuple[list[Checked], list[dict[str, str]]]:
    """Return up to `n` variants by the rule writer that pass every check, and what failed or is missing."""
    checks: dict[str, CopyCheck] = {}
    bad: dict[str, dict[str, str]] = {}

    def faults(draft: CopyDraft, enough: int = MANY) -> int | None:
        check = check_copy(draft.fields, brief, channel, enough=enough if n == 1 else MANY)
        if n == 1 and check.faults >= enough:
            return enough  # there is a better one, and why this one failed will not be asked
        checks[variant_id(draft)] = check
        if check.passes:
            return check.faults
        bad.setdefault(draft.angle, failure(draft, check))
        return None

    kept: list[CopyDraft] = []
    for wanted in (n, n + _SPARE):  # what a form writes without asking for faults is replaced from three more
        drafts = write_copy(brief, channel, wanted, angles, faults=faults)
        kept = [draft for draft in drafts if variant_id(draft) in checks or faults(draft) is not None]
        kept = [draft for draft in kept if checks[variant_id(draft)].passes][:n]
        if len(kept) == n or len(drafts) < wanted:
            break
    good = [Checked(draft, checks[variant_id(draft)], cited(writing, channel, draft.angle, leading)) for draft in kept]
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
    given = {
        "卖点": len(brief.selling_points) >= 3,
        "痛点": brief.pain,
        "人群": brief.audience,
        "场景": brief.scene,
        "带截止时间的优惠": brief.offer,
    }
    lacking = [label for label, value in given.items() if not value]
    what = f"补上{'、'.join(lacking)}能写出更多角度" if lacking else "再给几个卖点能写出更多角度"
    return {
        "reason": f"{channel.title}要 {n} 条，简报里的内容只够写 {found} 条不雷同的；{what}",
        "platform": channel.platform,
    }


def cited(writing: Writing, channel: Channel, angle: str, leading: Sequence[str]) -> tuple[Citation, ...]:
    """Return the passages an angle rests on: past results where it led, and the method."""
    past = citation_for(writing.library, writing.state, channel, angle, results=True) if angle in leading else None
    method = citation_for(writing.library, writing.state, channel, angle)
    found = [citation for citation in (past, method) if citation]
    return tuple(replace(citation, n=number) for number, citation in enumerate(found, 1))


def variant_id(draft: CopyDraft) -> str:
    """Return an id that names the content: the same words for the same channel have the same id."""
    words = "\x1f".join(f"{name}\x1e{text}" for name, text in field_texts(draft.fields))
    return f"{draft.platform}-{hashlib.sha256(words.encode()).hexdigest()[:8]}"


def variant_of(one: Checked, channel: Channel) -> Variant:
    """Return a checked draft as it is handed out."""
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
