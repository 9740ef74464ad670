"""The copy writer that uses a chat model: brief, channel and evidence → variants, cleaned but not checked.

Whether a variant keeps limits, law and brief is decided elsewhere; what fails comes back through `repair`. What the
model left out or wrote unreadably is told as a finding of the variant, and costs a round of repair like the rest.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from copilot.briefs import AdBrief, Voice
from copilot.channels import Channel
from copilot.checks.grounding import brief_sources
from copilot.checks.intrusions import intrusions
from copilot.knowledge import read
from copilot.models import Chat
from copilot.types import CopyDraft, Finding, Passage, Record
from copilot.writers.chat_copy_fields import Fields, angle_of, cites_of, fields_of, is_copy, required, variants_in
from copilot.writers.chat_copy_json import UnreadableError, documents, finished_objects
from copilot.writers.chat_copy_prompt import copy_messages
from copilot.writers.chat_forms import copy_form
from copilot.writers.chat_json import faults_in, whole_answer, without_thoughts


@dataclass(frozen=True, slots=True)
class ModelCopy(Record):
    """A variant by the model. `cites` are ranks of the passages that its angle rests on.

    `findings` say what the model left out or wrote that is no copy, all of level ban; with any of them the variant
    is not to be shown.
    """

    draft: CopyDraft
    cites: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()


def write_copy(
    model: Chat,
    brief: AdBrief,
    channel: Channel,
    n: int,
    passages: Sequence[Passage],
    angles: Sequence[str],
    *,
    voice: Voice | None = None,
    shown: Callable[[ModelCopy], None] | None = None,
) -> list[ModelCopy]:
    """Return `n` variants, the k-th for the k-th of `angles` (used again from the start when they run out).

    One call. A variant that is not in the answer comes back without fields and with a finding that says why. `shown`
    gets each variant as soon as it is whole, while the model goes on; what counts is what is returned.

    :raises ModelError: the call failed
    """
    wanted = [angles[number % len(angles)] if angles else "" for number in range(n)]
    ranks = frozenset(passage.rank for passage in passages)
    messages = copy_messages(brief, channel, wanted, passages, voice=voice)
    done = 0

    def came(text: str) -> None:
        nonlocal done
        found, done = finished_objects(text, done, lambda value: is_copy(value, channel))
        for value in found:
            for variant in variants_in(value, channel):
                if shown:
                    shown(_copy(variant, angle_of(variant), brief, channel, ranks, _finding("absent")))

    answer = whole_answer(model, messages, copy_form(channel), came if shown else lambda text: None)
    return _read(answer, wanted, brief, channel, ranks)


def repair(
    model: Chat,
    brief: AdBrief,
    channel: Channel,
    failing: Sequence[tuple[ModelCopy, Sequence[Finding]]],
    *,
    passages: Sequence[Passage] = (),
    voice: Voice | None = None,
) -> list[ModelCopy]:
    """Return the failing variants written anew, in their order; the model is told the findings, and the writer's own.

    One call. Where the answer holds nothing for a variant, it comes back as it was with a finding that says why.

    :raises ModelError: the call failed
    """
    if not failing:
        return []
    told = [(copy.draft, [*copy.findings, *findings]) for copy, findings in failing]
    wanted = [copy.draft.angle for copy, _ in failing]
    answer = whole_answer(model, copy_messages(brief, channel, wanted, passages, told, voice), copy_form(channel))
    ranks = frozenset([passage.rank for passage in passages] + [rank for copy, _ in failing for rank in copy.cites])
    written = _read(answer, wanted, brief, channel, ranks)
    return [_merged(old, new) for (old, _), new in zip(failing, written, strict=True)]


def _merged(old: ModelCopy, new: ModelCopy) -> ModelCopy:
    """The new variant; fields that it leaves out, and cites, stay as they were."""
    if not new.draft.fields:
        return ModelCopy(old.draft, old.cites, new.findings)
    fields = old.draft.fields | new.draft.fields
    found = tuple(one for one in new.findings if one.rule != "copy.missing" or one.field not in fields)
    draft = CopyDraft(new.draft.platform, new.draft.angle, new.draft.formula, fields)
    return ModelCopy(draft, new.cites or old.cites, found)


def _read(
    answer: str, wanted: Sequence[str], brief: AdBrief, channel: Channel, ranks: frozenset[int]
) -> list[ModelCopy]:
    kind, reason = "absent", ""
    try:
        found = _variants(answer, channel)
    except UnreadableError as error:
        found, kind, reason = [], "unreadable", str(error)
    placed = _placed(found, wanted)
    if not found and (wrong := faults_in(answer, copy_form(channel))):
        kind, reason = "misshapen", "；".join(wrong)
    lost = _finding(kind, reason=reason)
    return [_copy(variant, angle, brief, channel, ranks, lost) for variant, angle in zip(placed, wanted, strict=True)]


def _variants(answer: str, channel: Channel) -> list[dict[str, Any]]:
    """The variants of the answer: of the last document that holds several, else of all documents together."""
    text = without_thoughts(answer)
    groups = [variants_in(found, channel) for found in documents(text, lambda value: is_copy(value, channel))]
    several = [group for group in groups if len(group) > 1]
    return several[-1] if several else [variant for group in groups for variant in group]


def _placed(found: Sequence[dict[str, Any]], wanted: Sequence[str]) -> list[dict[str, Any] | None]:
    """For each wanted angle the variant that names it, else the next of the others."""
    rest = list(found)
    slots: list[dict[str, Any] | None] = [None] * len(wanted)
    for number, angle in enumerate(wanted):
        named = next((variant for variant in rest if angle and angle_of(variant).lower() == angle.lower()), None)
        if named is not None:
            slots[number] = named
            rest = [variant for variant in rest if variant is not named]
    for number, slot in enumerate(slots):
        if slot is None and rest:
            slots[number] = rest.pop(0)
    return slots


def _copy(
    variant: dict[str, Any] | None,
    angle: str,
    brief: AdBrief,
    channel: Channel,
    ranks: frozenset[int],
    lost: Finding,
) -> ModelCopy:
    if variant is None:
        return ModelCopy(CopyDraft(channel.platform, angle, "", {}), (), (lost,))
    fields = fields_of(variant, channel, brief)
    missing = [field for field in required(channel) if field.name not in fields]
    found = [_finding("missing", field.name, label=field.label) for field in missing]
    draft = CopyDraft(channel.platform, angle, "", fields)
    return ModelCopy(draft, cites_of(variant, ranks), (*found, *_not_copy(fields, brief)))


def _not_copy(fields: Fields, brief: AdBrief) -> Iterator[Finding]:
    """Findings where the model talks to us, or leaves a place open."""
    for name, value in fields.items():
        texts = {name: value} if isinstance(value, str) else {f"{name}[{k}]": text for k, text in enumerate(value)}
        for place, text in texts.items():
            if strange := intrusions(text, brief_sources(brief)):
                yield _finding("intruded", place, shown="、".join(strange)[:40])
            for kind, pattern in _patterns().items():
                for match in pattern.finditer(text):
                    if not (kind == "placeholder" and match[0] in {f"${{{word}}}" for word in brief.variables}):
                        yield _finding(kind, place, match)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    words = read("chat_copy")
    lists = {"talk": words["talk"], "placeholder": words["placeholders"]}
    return {kind: re.compile("|".join(f"(?:{line})" for line in lines), re.IGNORECASE) for kind, lines in lists.items()}


def _finding(kind: str, field: str = "", match: re.Match[str] | None = None, **values: str) -> Finding:
    start, end, text = (match.start(), match.end(), match[0]) if match else (0, 0, "")
    advice = read("chat_copy")["trouble"][kind].format(field=field, **values)
    return Finding(f"copy.{kind}", "format", "ban", field, start, end, text, "", advice)
