"""What the chat model is told to reword the sentences of a plan: brief, sentences by section, what they rest on."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from string import Template
from typing import Any

from copilot.knowledge import read
from copilot.knowledge.keys import label_of
from copilot.models import count_tokens
from copilot.plans import Plan, Target
from copilot.prompts import load_prompt
from copilot.writers.chat_fence import defused
from copilot.writers.chat_plan_checks import Judged
from copilot.writers.chat_plan_sentences import Sentence


def plan_messages(plan: Plan, sentences: Sequence[Sentence], problems: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return the `(role, text)` messages for these sentences; `problems` are those of the answer to be repaired."""
    return load_prompt("plan").render(
        brief=brief_lines(plan),
        sentences="\n".join(
            "\n".join([_filled("section", heading=heading), *map(_lines, group)])
            for heading, group in groupby(sentences, key=lambda one: one.heading)
        ),
        findings="\n".join(defused(problem) for problem in problems) or read("plan/chat")["first_draft"],
    )


def batches(sentences: Sequence[Sentence], problems: Mapping[str, str] | None = None) -> list[list[Sentence]]:
    """Return the sentences in as few groups as the tokens of a call allow, in order; `problems` by id take room too."""
    most = read("plan/chat")["tokens"]
    found: list[list[Sentence]] = []
    used = most
    for one in sentences:
        tokens = count_tokens(_lines(one) + (problems or {}).get(one.id, ""))
        if not found or used + tokens > most:
            found.append([])
            used = 0
        found[-1].append(one)
        used += tokens
    return found


def brief_lines(plan: Plan) -> str:
    """Return what the user asked for, a line for each key that is filled."""
    data, brief, lines = read("plan/chat"), plan.brief, list[str]()
    values = {key: getattr(brief, key) for key in data["brief"]}
    values["kind"] = read("plan/words")["kinds"].get(brief.kind, "")
    values["channels"] = tuple(one.title for one in plan.channel_funnels)
    for key, value in values.items():
        if said := _said(value):
            lines.append(f"{label_of(key, 'keys', 'plan/brief')}：{defused(said)[: data['shown_value']]}")
    return "\n".join(lines) or str(data["none"])


def problem_line(one: Sentence, before: Judged) -> str:
    """Return what was wrong with a sentence, as the model is told."""
    data = read("plan/chat")
    text = " ".join(before.given.split())[: data["shown_answer"]]
    return _filled("problem", id=one.id, reason=data["trouble"][before.trouble], text=text)


def _lines(one: Sentence) -> str:
    """Return a sentence and its quote as they stand in the prompt."""
    data = read("plan/chat")
    shown = _filled("named" if one.lead else "sentence", id=one.id, lead=one.lead, text=one.text)
    quote = " ".join(one.quote.split())[: data["shown_quote"]]
    return f"{shown}\n{_filled('ground', quote=quote)}" if quote else shown


def _filled(name: str, **values: str) -> str:
    return Template(read("plan/chat")[name]).substitute({key: defused(value) for key, value in values.items()})


def _said(value: Any) -> str:
    if isinstance(value, Target):
        return f"{value.metric} {_said(value.value)} {value.within}".strip()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return "、".join(filter(None, map(_said, value)))
    return " ".join(str(value or "").split())
