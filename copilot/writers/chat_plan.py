"""The writer that uses a chat model on a plan: our sentences → the model's wording of them, nothing else.

As few calls as the tokens allow, and one more to repair what the checks found. A sentence that fails stays ours.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from string import Template
from typing import Any, NamedTuple

from copilot.errors import ModelError
from copilot.knowledge import read
from copilot.models import Chat, replaceable
from copilot.plans import Plan
from copilot.writers.chat_copy_json import UnreadableError, documents
from copilot.writers.chat_forms import Form, plan_form
from copilot.writers.chat_json import faults_in, whole_answer, without_thoughts
from copilot.writers.chat_plan_checks import Frame, Judged, frame_of, judged
from copilot.writers.chat_plan_prompt import batches, plan_messages, problem_line
from copilot.writers.chat_plan_sentences import Sentence, open_sentences, with_texts

_ID = re.compile(r"\s*s?0*(\d{1,4})\s*", re.IGNORECASE)
_DEPTH = 4  # of lists and objects in which sentences are looked for


class Answer(NamedTuple):
    """The sentences of one answer; `unreadable` says why there are none, `unknown` are ids that nobody gave."""

    texts: Mapping[str, str]
    unreadable: str = ""
    unknown: frozenset[str] = frozenset()


class Course(NamedTuple):
    """What came of the calls: the last judgement on each sentence, the answers, how a call that failed is told."""

    found: Mapping[str, Judged]
    answers: tuple[Answer, ...] = ()
    broken: str = ""


def write_plan_prose(chat: Chat, plan: Plan) -> Plan:
    """Return the plan with the sentences that the model worded and that hold; `writer` and `dropped` say so.

    :raises ModelError: the first call failed; or a later one, and nobody watches
    :raises OverBudget: with a meter, a call could cost more than is left
    """
    sentences = open_sentences(plan)
    if not sentences:
        return plan
    frame = frame_of(plan)
    course = _asked(chat, plan, sentences, frame)
    if not course.broken:
        course = _repaired(chat, plan, sentences, frame, course)
    found = _once(sentences, course.found)
    texts = {id: one.text for id, one in found.items() if one.text is not None}
    ours, name = len(sentences) - len(texts), f"chat:{chat.name}"
    changed = any(one.text != texts.get(one.id, one.text) for one in sentences)
    writer = name if not ours else f"{name}，{ours} 句由规则写"
    return replace(
        with_texts(plan, texts, sentences),
        dropped=tuple(dict.fromkeys((*plan.dropped, *_told(len(sentences), course, found)))),
        writer=writer if changed else f"rules（{name} 没有用上）",
    )


def _asked(chat: Chat, plan: Plan, sentences: Sequence[Sentence], frame: Frame) -> Course:
    """Ask for all sentences; a call that fails after the first ends it."""
    found: dict[str, Judged] = {}
    answers: list[Answer] = []
    for batch in batches(sentences):
        try:
            answer = answer_of(whole_answer(chat, plan_messages(plan, batch), _form(batch)), batch)
        except ModelError as error:
            if not answers or not replaceable(chat, error):
                raise
            return Course(found, tuple(answers), _line("broken", reason=error.message))
        answers.append(answer)
        found |= {one.id: judged(one, answer.texts[one.id], frame) for one in batch if one.id in answer.texts}
    return Course(found, tuple(answers))


def _repaired(chat: Chat, plan: Plan, sentences: Sequence[Sentence], frame: Frame, course: Course) -> Course:
    """Ask once more for the sentences that failed and those of an unreadable answer, as many as fit one call."""
    failed = {id for id, one in course.found.items() if one.text is None}
    unread = [n for n, answer in enumerate(course.answers) if answer.unreadable]
    failed |= {one.id for n, batch in enumerate(batches(sentences)) if n in unread for one in batch}
    if not failed:
        return course
    wrong = [one for one in sentences if one.id in failed]
    told = {one.id: problem_line(one, course.found[one.id]) for one in wrong if one.id in course.found}
    wrong = batches(wrong, told)[0]
    problems = [told[one.id] for one in wrong if one.id in told]
    if unread:
        first = _line("unreadable", reason=course.answers[unread[0]].unreadable)
        problems = [first, read("plan/chat")["unreadable_hint"], *problems]
    try:
        answer = answer_of(whole_answer(chat, plan_messages(plan, wrong, problems), _form(wrong)), wrong)
    except ModelError as error:
        if not replaceable(chat, error):
            raise
        return course._replace(broken=_line("unrepaired", reason=error.message))
    again = {one.id: judged(one, answer.texts[one.id], frame) for one in wrong if one.id in answer.texts}
    return course._replace(found={**course.found, **again}, answers=(*course.answers, answer))


def _form(sentences: Sequence[Sentence]) -> Form:
    return plan_form([one.id for one in sentences])


def _once(sentences: Sequence[Sentence], found: Mapping[str, Judged]) -> dict[str, Judged]:
    """Return the judgements; of two sentences that became one only the first stands."""
    kept: dict[str, Judged] = {}
    seen: set[str] = set()
    for one in sentences:
        if one.id in found:
            said = found[one.id].text
            kept[one.id] = found[one.id] if said not in seen or said == one.text else Judged(None, trouble="twice")
            seen.add(said or one.text)
    return kept


# The answer


def answer_of(text: str, sentences: Sequence[Sentence]) -> Answer:
    """Return the sentences in an answer; the shapes of models differ: an object, a list, objects by section."""
    text = without_thoughts(text)
    try:
        values = documents(text, lambda value: bool(_entries(value)))
    except UnreadableError as error:
        return Answer({}, "；".join(faults_in(text, _form(sentences))) or str(error))
    entries = {id: text for value in values for id, text in _entries(value).items()}
    known = {one.id for one in sentences}
    return Answer({id: text for id, text in entries.items() if id in known}, unknown=frozenset(entries.keys() - known))


def _entries(value: Any, depth: int = 0) -> dict[str, str]:
    """Return the sentences by id that a value holds, however it is nested."""
    found: dict[str, str] = {}
    if depth > _DEPTH:
        return found
    if isinstance(value, list):
        for one in value:
            found |= _entries(one, depth + 1)
    if isinstance(value, Mapping):
        named = [one for one in value.values() if isinstance(one, str) and _ID.fullmatch(one)]
        texts = [one for one in value.values() if isinstance(one, str) and not _ID.fullmatch(one)]
        if len(named) == 1 and texts:  # {"id": "s1", "sentence": "…"}
            return {_id(named[0]): max(texts, key=len)}
        for key, one in value.items():
            inner = [text for text in one.values() if isinstance(text, str)] if isinstance(one, Mapping) else [one]
            if _ID.fullmatch(str(key)) and inner and isinstance(inner[0], str):  # {"s1": {"text": "…"}} too
                found[_id(str(key))] = max(inner, key=len)
            else:
                found |= _entries(one, depth + 1)
    return found


def _id(key: str) -> str:
    match = _ID.fullmatch(key)
    return f"s{match[1]}" if match else key


# What is said about it


def _told(number: int, course: Course, found: Mapping[str, Judged]) -> list[str]:
    """Return what was put back, taken out and left out of `number` sentences: a line for each kind with its count."""
    data = read("plan/chat")
    done = Counter(kind for one in found.values() if one.text is not None for kind in one.done)
    troubles = Counter(one.trouble for one in found.values())
    lines = [_line(kind, n=done[kind]) for kind in ("restored", "taken", "links", "marks") if done[kind]]
    lines += [
        _line("put_back", n=troubles[kind], reason=data["trouble"][kind]) for kind in data["trouble"] if troubles[kind]
    ]
    lines += [_line("unreadable", reason=answer.unreadable) for answer in course.answers if answer.unreadable]
    unknown = frozenset[str]().union(*(answer.unknown for answer in course.answers))
    left = {"omitted": number - len(found), "unknown": len(unknown)}
    return lines + [_line(kind, n=n) for kind, n in left.items() if n] + [course.broken] * bool(course.broken)


def _line(name: str, **values: object) -> str:
    return Template(read("plan/chat")["told"][name]).substitute(values)
