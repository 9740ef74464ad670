"""Editing by a model: the copies go to the chat writer as drafts with what is to be changed, in one call a channel."""

from collections.abc import Sequence
from itertools import groupby

from copilot.briefs import AdBrief
from copilot.tasks.revise_edit import Piece
from copilot.tasks.revise_finish import Edit, checked, finished
from copilot.tasks.revise_read import Copy, main_field
from copilot.text.counters import count
from copilot.types import CopyDraft, Finding
from copilot.writers.chat_copy import ModelCopy, repair
from copilot.writers.rules.copy.manner import told


def by_chat(
    work: Sequence[tuple[int, Copy, bool]], ruled: dict[int, Piece], briefs: Sequence[AdBrief], edit: Edit
) -> tuple[dict[int, Piece], str]:
    """Return the pieces with the model's in place of the rules' where they pass every check, and who wrote.

    :raises ModelError: a call failed
    """
    found, used, kept = dict(ruled), 0, 0
    model = edit.writing.model
    if model is None:
        return found, "rules"
    name = f"chat:{model.name}"
    for _, group in groupby(sorted(work, key=lambda w: w[1].channel.platform), key=lambda w: w[1].channel.platform):
        entries = [entry for entry in group if entry[1].text.strip()]
        if not entries:
            continue
        channel = entries[0][1].channel
        told_ = [
            (ModelCopy(CopyDraft(channel.platform, c.angle, c.formula, c.fields)), _orders(c, edit))
            for _, c, _ in entries
        ]
        written = repair(model, briefs[entries[0][0]], channel, told_, voice=edit.writing.voice)
        for (place, _, _), one in zip(entries, written, strict=True):
            piece = _piece(one, ruled[place], briefs[place], edit, place)
            used += piece is not None
            kept += piece is None
            found[place] = piece or ruled[place]._replace(
                notes=(*ruled[place].notes, f"第 {place + 1} 条：模型改的没有通过检查，用的是规则改的")
            )
    if not used:
        return found, f"rules（{name} 的文案没有通过检查）"
    return found, f"{name}，{kept} 条由规则改写" if kept else name


def _orders(copy: Copy, edit: Edit) -> list[Finding]:
    """What is to be changed, as findings, which is how the writer is told."""
    orders = ["意思、数字、日期、名额、价格和限制一个不能少、不能多，只用这一条里有的内容。"]
    main = main_field(copy.fields)
    if edit.shorten:
        orders.append(f"改到 {edit.shorten} 字以内：先删套话、重复的话和连接词，有用的句子尽量留。")
    if edit.manner is not None:
        orders.append(f"改成这种写法：{told(edit.manner)}。")
    return [Finding("revise", "style", "caution", main, 0, 0, "", "", order) for order in orders]


def _piece(one: ModelCopy, ruled: Piece, brief: AdBrief, edit: Edit, place: int) -> Piece | None:
    """The model's copy, None when it does not pass or is no longer what was asked for."""
    fields = one.draft.fields
    if one.findings or not fields or fields == ruled.draft.fields:
        return None
    channel = ruled.channel
    fields, changes, extra = finished(fields, channel, brief, edit._replace(manner=None))
    check = checked(fields, brief, channel, edit)
    main = main_field(fields)
    spec = next((field for field in channel.fields if field.name == main), None)
    long = (
        edit.shorten
        and isinstance(value := fields[main], str)
        and count(value, spec.counter if spec else "char") > edit.shorten
    )
    if not check.passes or (long and not ruled.extra):
        return None
    notes = (f"第 {place + 1} 条：由模型改写", *(f"第 {place + 1} 条：{change}" for change in changes))
    draft = CopyDraft(channel.platform, ruled.draft.angle, ruled.draft.formula, fields)
    return Piece(draft, channel, check, notes, extra, ai_generated=True)
