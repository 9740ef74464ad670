"""The analyser that uses a chat model: voice, passages, the rules' reading → a diagnosis in which nothing is invented.

One call, and at most two more to repair what the checks found. What still fails is dropped; where nothing is left,
the rule analyser's part stands in its place, and the diagnosis says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from copilot.checks.voice import check_diagnosis, missing_options, option_role
from copilot.diagnosis import Diagnosis, Need, Option
from copilot.errors import ModelError
from copilot.knowledge import read
from copilot.models import Chat, replaceable
from copilot.types import Passage
from copilot.writers.chat_copy_json import UnreadableError, documents
from copilot.writers.chat_forms import diagnosis_form
from copilot.writers.chat_json import faults_in, whole_answer, without_thoughts
from copilot.writers.chat_room import shown
from copilot.writers.chat_voice_fields import diagnosis_of, is_diagnosis, trouble
from copilot.writers.chat_voice_prompt import diagnose_messages

# What a diagnosis holds besides its spans and judgements, in the order in which the rules fill it up.
_PARTS = ("needs", "questions", "whys", "options", "job_story", "test", "requirement")
_REPAIRS = 2
_SAID = ("verdict", "this_week", "reply", "owner")


class Draft(NamedTuple):
    """A checked answer; `diagnosis` is None when it could not be read. `told` says what was wrong."""

    diagnosis: Diagnosis | None
    told: tuple[str, ...]
    answer: str


def write_diagnosis(chat: Chat, voice: str, passages: Sequence[Passage], rules: Diagnosis) -> Diagnosis:
    """Return what the model makes of a voice, checked; `rules` is the rule analyser's record of the same voice.

    Its citations are the ones that needs may cite. `writer` says who wrote, `dropped` what was taken out and why.

    :raises ModelError: the call failed
    :raises OverBudget: with a meter, a call could cost more than is left
    """
    rules = replace(rules, voice=voice)
    ranked = [replace(passage, rank=rank) for rank, passage in enumerate(passages, 1)]  # of several searches
    form = diagnosis_form()
    kept = shown(chat, ranked, lambda some: diagnose_messages(voice, rules, some), "diagnose", form.shape)
    numbers = _numbers(kept, rules)
    drafts = [_draft(whole_answer(chat, diagnose_messages(voice, rules, kept), form), rules, numbers)]
    while drafts[-1].told and len(drafts) <= _REPAIRS:
        last = drafts[-1]
        problems = last.told if last.diagnosis else (*last.told, read("voice/chat")["unreadable_hint"])
        messages = diagnose_messages(voice, rules, kept, problems, last.answer)
        try:
            drafts.append(_draft(whole_answer(chat, messages, form), rules, numbers))
        except ModelError as error:
            if not any(draft.diagnosis for draft in drafts) or not replaceable(chat, error):
                raise
            break
        if drafts[-1].told == last.told:  # it does not know better
            break
    return _joined(drafts, rules, f"chat:{chat.name}")


def _draft(answer: str, rules: Diagnosis, numbers: Mapping[int, int]) -> Draft:
    told: list[str] = []
    text = without_thoughts(answer)
    try:
        value: Any = documents(text, is_diagnosis)[-1]
    except UnreadableError as error:
        wrong = "；".join(faults_in(text, diagnosis_form())) or str(error)
        return Draft(None, (trouble("unreadable", reason=wrong),), text)
    written = replace(diagnosis_of(value, rules, numbers, told), dropped=())
    checked = check_diagnosis(written)
    told += checked.dropped
    if _wants(checked) and len(checked.needs) < read("voice/chat")["least_needs"]:
        told.append(trouble("few"))
    return Draft(replace(checked, dropped=()), tuple(dict.fromkeys(told)), text)


def _numbers(passages: Sequence[Passage], rules: Diagnosis) -> dict[int, int]:
    """The number of the citation by the rank of the passage that holds it."""
    found: dict[int, int] = {}
    for passage in passages:
        for one in rules.citations:
            if one.doc_id == passage.doc_id and one.start < passage.end and passage.start < one.end:
                found.setdefault(passage.rank, one.n)
    return found


# One diagnosis of two answers and the rules


def _joined(drafts: Sequence[Draft], rules: Diagnosis, name: str) -> Diagnosis:
    """The last readable answer, filled up from the one before it and then from the rules, and checked as a whole."""
    told = [line for draft in drafts for line in draft.told]
    written = [draft.diagnosis for draft in reversed(drafts) if draft.diagnosis is not None]
    if not written:
        line = trouble("instead", reason=told[-1])
        return replace(rules, dropped=(*rules.dropped, *told, line), writer=f"rules（{name} 的诊断没有采用）")
    done = written[0]
    for earlier in written[1:]:
        done, _ = _filled(done, earlier)
    taken: list[str] = []
    for _ in range(2):  # what is taken may change the verdict, and the verdict what may be said
        done, more = _filled(done, rules)
        taken = list(dict.fromkeys((*taken, *more)))
        checked = check_diagnosis(replace(_said(done, rules), dropped=()))
        done = replace(checked, dropped=())
    lacking = set(missing_options(()))
    told = [line for line in told if line not in lacking and line != trouble("few")]
    told += [trouble("filled", parts="、".join(taken))] if taken else []
    dropped = tuple(dict.fromkeys((*rules.dropped, *told, *checked.dropped)))
    nothing = _wants(done) and "needs" in taken and not any(one.needs for one in written)
    writer = name
    if taken:
        writer = f"{name}，{len(taken)} 处由规则补写"
    if nothing:
        writer = f"{name}，需求假设由规则补写"
    return replace(checked, dropped=dropped, writer=writer)


def _wants(diagnosis: Diagnosis) -> bool:
    """Whether a voice is one in which a need is looked for."""
    return diagnosis.kind in ("request", "complaint") and diagnosis.enough


def _filled(done: Diagnosis, other: Diagnosis) -> tuple[Diagnosis, list[str]]:
    """The diagnosis with what it lacks taken from another one of the same voice, and the names of these parts."""
    new: dict[str, Any] = {}
    if _wants(done):
        parts = ("needs", "options", *(name for name in _PARTS if not getattr(done, name)))
        new = {name: getattr(other, name) for name in parts}
        new |= {"needs": _needs(done.needs, other.needs), "options": _options(done.options, other.options)}
    elif not done.questions and done.kind not in ("praise", "question") and done.next_step != "fix":
        new = {"questions": other.questions}
    if not done.root_reason and other.root_reason and other.kind == done.kind:
        new |= {"root_reason": other.root_reason, "solves_root": other.solves_root}
    taken = [name for name, value in new.items() if value != getattr(done, name) and name != "solves_root"]
    return replace(done, **new), taken


def _needs(own: tuple[Need, ...], others: tuple[Need, ...]) -> tuple[Need, ...]:
    """At least two needs, as far as the others reach, that differ in what refutes them and in what to do."""
    kept = list(own)
    for one in others:
        if len(kept) >= read("voice/chat")["least_needs"]:
            break
        if all(one.falsifier != need.falsifier and one.action != need.action for need in kept):
            kept.append(one)
    return tuple(kept)


def _options(own: tuple[Option, ...], others: tuple[Option, ...]) -> tuple[Option, ...]:
    """The options with the roles that they lack, 不做 last."""
    kept = list(own)
    for one in others:
        roles = {option_role(option) for option in kept}
        lacking = option_role(one) and option_role(one) not in roles
        short = len(kept) < 3 and option_role(one) != "nothing"
        if (lacking or short) and one.idea not in {option.idea for option in kept}:
            kept.append(one)
    return tuple(sorted(kept, key=lambda option: option_role(option) == "nothing"))


def _said(done: Diagnosis, rules: Diagnosis) -> Diagnosis:
    """The diagnosis with a sentence wherever one is missing: the rules' where they judge alike, else a plain one."""
    words, new = read("voice/chat")["fallback"], dict[str, str]()
    alike = (done.kind, done.solves_root, done.next_step) == (rules.kind, rules.solves_root, rules.next_step)
    plain = {
        "verdict": words["verdict"][done.solves_root if _wants(done) else _verdict_key(done)],
        "this_week": words["this_week"][done.next_step],
        "reply": words["reply"][done.kind],
        "owner": rules.owner,
    }
    for name in _SAID:
        if not getattr(done, name):
            own = getattr(rules, name) if alike or (name == "reply" and done.kind == rules.kind) else ""
            new[name] = own or plain[name]
    return replace(done, **new)  # type: ignore[arg-type]


def _verdict_key(done: Diagnosis) -> str:
    return done.kind if done.kind in ("bug", "question", "praise") else "other"
