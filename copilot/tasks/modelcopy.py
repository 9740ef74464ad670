"""Copy by a model: written once, repaired at most twice where a check fails, and what still fails replaced by rules."""

from collections.abc import Sequence
from functools import partial

from copilot.briefs import AdBrief
from copilot.channels import Channel
from copilot.checks.copy import CopyCheck, check_copy
from copilot.errors import ModelError
from copilot.models import replaceable
from copilot.retrieval import retrieve
from copilot.tasks.rulecopy import Checked, Writing, by_rules, cited, failure
from copilot.types import Citation, Passage
from copilot.writers.chat_copy import ModelCopy, repair, write_copy
from copilot.writers.chat_copy_prompt import copy_messages
from copilot.writers.chat_forms import copy_form
from copilot.writers.chat_room import shown

_ROUNDS = 2
_PASSAGES = 6


def by_model(
    brief: AdBrief, channel: Channel, n: int, angles: Sequence[str], writing: Writing, leading: Sequence[str]
) -> tuple[list[Checked], list[dict[str, str]], str]:
    """Return up to `n` checked variants, what was replaced or dropped and why, and who wrote.

    :raises ModelError: the model of a batch could not be reached
    :raises OverBudget: the model of a batch could cost more than may be spent
    """
    if writing.model is None:
        raise AssertionError("by_model needs a model")
    name = f"chat:{writing.model.name}"
    query = " ".join((channel.title, "文案", brief.product, *brief.selling_points[:3]))
    found = retrieve(writing.library, query, _PASSAGES).passages
    told_ = partial(copy_messages, brief, channel, angles[:n], voice=writing.voice)
    passages = shown(writing.model, found, told_, "adcopy", copy_form(channel).shape)

    def came(copy: ModelCopy) -> None:
        for one in _sorted([copy], brief, channel, passages, writing, leading)[0]:
            if writing.shown:
                writing.shown(one, channel)

    try:
        copies = write_copy(
            writing.model, brief, channel, n, passages, angles, voice=writing.voice,
            shown=came if writing.shown else None,
        )  # fmt: skip
        done, failing = _sorted(copies, brief, channel, passages, writing, leading)
        done, failing, broken = _repaired(done, failing, brief, channel, passages, writing, leading)
    except ModelError as error:
        if not replaceable(writing.model, error):
            raise
        ruled, lost = by_rules(brief, channel, n, angles, writing, leading)
        reason = {"reason": f"{error.message}；已改用规则写作", "platform": channel.platform}
        return ruled, [reason, *lost], f"rules（{name} 没有用上）"
    lost = [failure(copy.draft, check) for copy, check in failing]
    lost += [{"reason": f"{broken}；没有改完的由规则补写", "platform": channel.platform}] if broken else []
    if len(done) < n:
        used = {one.draft.angle for one in done}
        rest = [angle for angle in angles if angle not in used] + [angle for angle in angles if angle in used]
        ruled, missing = by_rules(brief, channel, n - len(done), rest, writing, leading)
        writer = f"{name}，{len(ruled)} 条由规则补写" if done else f"rules（{name} 的文案没有通过检查）"
        return done + ruled, lost + missing, writer
    return done[:n], lost, name


def _repaired(
    done: list[Checked],
    failing: list[tuple[ModelCopy, CopyCheck]],
    brief: AdBrief,
    channel: Channel,
    passages: Sequence[Passage],
    writing: Writing,
    leading: Sequence[str],
) -> tuple[list[Checked], list[tuple[ModelCopy, CopyCheck]], str]:
    """What passes after at most two rounds, what still does not, and how a call that failed is told.

    :raises ModelError: a call failed, and nothing passes that could be kept, or nobody watches
    """
    assert writing.model
    for _ in range(_ROUNDS):
        if not failing:
            break
        told = [(copy, check.findings) for copy, check in failing]
        try:
            again = repair(writing.model, brief, channel, told, passages=passages, voice=writing.voice)
        except ModelError as error:
            if not done or not replaceable(writing.model, error):
                raise
            return done, failing, error.message
        more, failing = _sorted(again, brief, channel, passages, writing, leading)
        done = [*done, *more]
    return done, failing, ""


def _sorted(
    copies: Sequence[ModelCopy],
    brief: AdBrief,
    channel: Channel,
    passages: Sequence[Passage],
    writing: Writing,
    leading: Sequence[str],
) -> tuple[list[Checked], list[tuple[ModelCopy, CopyCheck]]]:
    """Those that pass, and those that do not with their checks."""
    done: list[Checked] = []
    failing: list[tuple[ModelCopy, CopyCheck]] = []
    for copy in copies:
        quoted = [passages[rank - 1] for rank in copy.cites if 0 < rank <= len(passages)]
        texts = [passage.text for passage in quoted]
        check = check_copy(copy.draft.fields, brief, channel, sources=texts)
        check = check._replace(findings=(*copy.findings, *check.findings))
        if check.passes:
            method = cited(writing, channel, copy.draft.angle, leading)
            done.append(Checked(copy.draft, check, _numbered(quoted, method), ai_generated=True))
        else:
            failing.append((copy, check))
    return done, failing


def _numbered(quoted: Sequence[Passage], method: Sequence[Citation]) -> tuple[Citation, ...]:
    """The passages the model used, whole, before the one its angle rests on."""
    own = [
        Citation(number, p.doc_id, p.source, p.title, p.section, p.text, p.start, p.end, p.score)
        for number, p in enumerate(quoted, 1)
    ]
    seen = {(citation.doc_id, citation.start) for citation in own}
    rest = [citation for citation in method if (citation.doc_id, citation.start) not in seen]
    last = [
        Citation(len(own) + k, c.doc_id, c.source, c.title, c.section, c.quote, c.start, c.end, c.score)
        for k, c in enumerate(rest, 1)
    ]
    return (*own, *last)
