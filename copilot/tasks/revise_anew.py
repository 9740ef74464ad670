"""Writing copies anew beside kept ones or for another channel: other angles, other openings, then manner and length."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from copilot.briefs import AdBrief
from copilot.channels import Channel
from copilot.tasks.approach import ordered_angles
from copilot.tasks.revise_edit import Piece
from copilot.tasks.revise_finish import Edit, checked, finished
from copilot.tasks.revise_read import PLAIN, Copy
from copilot.tasks.rulecopy import Checked, by_rules
from copilot.types import CopyDraft
from copilot.writers.rules.copy.manner import Manner, angle_of, opening_of
from copilot.writers.rules.copy.select import opening_of as first_words

_AS = "meta", "primary_text"  # a running text that names no place to comment or click: copy of no channel is written so
_SPARE = 3  # written beyond those asked for, from which those too like a kept one are left out
_OPENING = 8  # characters: no new one begins as a kept one does
_ALIKE = 0.5  # share of four-character pieces that a kept one holds


class Anew(NamedTuple):
    """How many to write, for which channel, beside which kept copies, in which manner."""

    n: int
    channel: Channel
    kept: Sequence[Copy]
    manner: Manner | None
    edit: Edit


def written_anew(brief: AdBrief, work: Anew) -> tuple[list[Piece], list[dict[str, str]], str]:
    """Return up to `work.n` checked pieces that differ from the kept copies, what is missing and why, and who wrote."""
    channel = _written_as(work)
    writing = work.edit.writing
    leading = writing.leading.get(channel.platform, ())
    angles = _angles(ordered_angles(writing.library, writing.state, channel, leading), work)
    asked = min(20, work.n + (len(work.kept) + _SPARE if work.kept else 0))
    if writing.model is None:
        done, lost = by_rules(brief, channel, asked, angles, writing, leading)
        writer = "rules"
    else:
        from copilot.tasks.modelcopy import by_model

        done, lost, writer = by_model(brief, channel, asked, angles, writing, leading)
    fresh = [one for one in done if not _like_kept(one.draft, work.kept)]
    taken = {copy.angle or angle_of(opening_of(copy.text)) for copy in work.kept}
    fresh.sort(key=lambda one: one.draft.angle in taken)
    pieces = [_piece(one, brief, work) for one in fresh[: work.n]]
    return pieces, _missing(lost, asked, work, len(pieces), channel), writer


def _written_as(work: Anew) -> Channel:
    if work.channel.platform != PLAIN.platform:
        return work.channel
    name, field = _AS
    channel = work.edit.writing.channels[name]
    return replace(channel, title="广告文案", language="zh", fields=tuple(f for f in channel.fields if f.name == field))


def _angles(ordered: Sequence[str], work: Anew) -> list[str]:
    """The angles, the sample's opening first, those of kept copies last."""
    taken = [copy.angle or angle_of(opening_of(copy.text)) for copy in work.kept]
    first = angle_of(work.manner.opening) if work.manner else ""
    free = [angle for angle in ordered if angle not in taken]
    used = [angle for angle in ordered if angle in taken]
    return [a for a in free if a == first] + [a for a in free if a != first] + used


def _like_kept(draft: CopyDraft, kept: Sequence[Copy]) -> bool:
    grams = _grams(" ".join(v for v in draft.fields.values() if isinstance(v, str)))
    for copy in kept:
        theirs = first_words(CopyDraft("", "", "", copy.fields))
        if first_words(draft)[:_OPENING] == theirs[:_OPENING]:
            return True
        if grams and len(grams & _grams(copy.text)) > _ALIKE * len(grams):
            return True
    return False


def _grams(text: str) -> set[str]:
    bare = re.sub(r"[\W_]", "", text)
    return {bare[i : i + 4] for i in range(len(bare) - 3)}


def _piece(one: Checked, brief: AdBrief, work: Anew) -> Piece:
    """The draft in the sample's manner and the length asked for; where that does not pass, as it was written."""
    channel = work.channel
    draft = one.draft
    if channel.platform == PLAIN.platform:
        draft = CopyDraft(PLAIN.platform, draft.angle, draft.formula, {"text": draft.fields[_AS[1]]})
    fields, changes, extra = finished(draft.fields, channel, brief, work.edit)
    check = checked(fields, brief, channel, work.edit)
    if not check.passes:
        fields, changes, extra = draft.fields, ["样本的写法或字数会违反检查，没有照做"], ()
        check = checked(fields, brief, channel, work.edit)
    done = CopyDraft(draft.platform, draft.angle, draft.formula, fields)
    return Piece(done, channel, check, tuple(changes), extra, one.citations, one.ai_generated)


def _missing(lost: list[dict[str, str]], asked: int, work: Anew, found: int, channel: Channel) -> list[dict[str, str]]:
    """Why fewer came than were asked for; that the spare ones are missing is nobody's business."""
    if found >= work.n:
        return []
    rows = [row for row in lost if "只够写" not in row["reason"]] if asked > work.n else lost
    if asked > work.n:
        beside = "与留下的不雷同、" if work.kept else ""
        name = channel.title if work.channel.platform != PLAIN.platform else "重写"
        few = f"{name}要 {work.n} 条，原文的内容只够写 {found} 条{beside}彼此也不雷同的"
        reason = f"{few}；补上卖点或带日期的优惠能写出更多"
        rows = [*rows, {"reason": reason, "platform": work.channel.platform}]
    return rows
