"""The need that a voice states itself, in its own words."""

import re
from collections.abc import Sequence
from string import Template
from typing import Any

from copilot.diagnosis import Need, Span
from copilot.knowledge import read
from copilot.text import fold
from copilot.writers.rules.voice.features import clause_spans
from copilot.writers.rules.voice.read import Reading

_CONFIDENCE = 0.5  # and 0.1 for each of people, situation, consequence
_PAINS = 2  # quoted at most
_LONG = 40  # characters of one quotation


def stated_need(reading: Reading, right: bool) -> Need | None:
    """Return people, situation, obstacle and consequence as the voice says them; None when it names no obstacle or aim.

    `right`: the request may be done as it stands, so that what is asked for may be named.
    """
    data: dict[str, Any] = read("voice/words")["stated"]
    pains = _said(reading, "pain", right)[:_PAINS]
    instead, goals = _said(reading, "workaround", right)[:1], _said(reading, "goal", right)[:1]
    contexts, costs = _said(reading, "context", right)[:1], _said(reading, "consequence", right)[:1]
    evidence = [*pains, *instead, *goals, *costs] or _besides(reading, right)[:_PAINS]
    if not evidence:
        return None
    obstacle = pains or (evidence if not (instead or goals or costs) else [])
    parts = [people(reading, right) or data["who"]]
    said = {"context": contexts, "pain": obstacle, "goal": goals, "instead": instead, "cost": costs}
    for name, spans in said.items():
        if spans:
            quote = "、".join(f"“{_short(span)}”" for span in spans)
            parts.append(Template(data["frame"][name]).substitute(quote=quote))
    statement = parts[0] + "，".join(parts[1:])
    if not costs:
        statement += data["frame"]["no_cost"]
    told = sum(slot in reading.spans for slot in ("segment", "context", "consequence"))
    confidence = round(min(0.8, _CONFIDENCE + 0.1 * told), 2)
    action = data["action_yes" if right else "action"]
    return Need(statement, data["reason"], confidence, evidence[0], data["against"], data["falsifier"], action)


def _said(reading: Reading, slot: str, right: bool) -> list[Span]:
    """Return the spans of a slot that do not name what is asked for, the main one first."""
    spans = [span for name, span in reading.also if name == slot]
    if slot in reading.spans:
        spans.insert(0, reading.spans[slot])
    return [span for span in dict.fromkeys(spans) if right or not names(span.text, reading.noun)]


def _besides(reading: Reading, right: bool) -> list[Span]:
    """Return the clauses beside the request, where nothing in the voice was told to be an obstacle."""
    asked = [span for slot, span in reading.also if slot == "requested"]
    taken: Sequence[Span] = asked or [Span("", 0, 0)]
    polite = re.compile(read("voice/words")["stated"]["polite"])
    found = []
    for start, end in clause_spans(reading.voice):
        text = reading.voice[start:end]
        outside = all(end <= span.start or span.end <= start for span in taken)
        if outside and len(text) >= 5 and not polite.search(text) and (right or not names(text, reading.noun)):
            found.append(Span(text, start, end))
    return found if asked else []


def _short(span: Span) -> str:
    """Return a quotation as it stands, cut at a comma where it is long."""
    if len(span.text) <= _LONG:
        return span.text
    cut = max(span.text.rfind(mark, 8, _LONG) for mark in "，,。；;！!？? ")
    return span.text[: cut if cut > 0 else _LONG]


def names(statement: str, noun: str) -> bool:
    """Return whether a statement names what was asked for: all of it, three characters of it in a row, or its head.

    The head of a Chinese name stands at its end: 重开一张发票 asks for 发票.
    """
    asked, text = fold(noun).replace(" ", ""), fold(statement).replace(" ", "")
    if len(asked) < 2:
        return False
    if asked in text or (not asked.isascii() and asked[-2:] in text):
        return True
    return not asked.isascii() and any(asked[at : at + 3] in text for at in range(len(asked) - 2))


def people(reading: Reading, right: bool) -> str:
    """Return whom the voice names, as it reads from outside: 我爸妈 are 这位用户的爸妈; '' when nobody.

    Nobody either when the words name what is asked for, unless the request is `right` as it stands.
    """
    if "segment" not in reading.spans or (not right and names(reading.spans["segment"].text, reading.noun)):
        return ""
    who = reading.spans["segment"].text
    if not 2 <= len(who) <= 16:
        return ""
    if who.startswith(("我们", "咱们")):
        who = re.sub(r"^(?:我们|咱们)(?:的|这些?|是)?", "他们", who)
    else:
        who = re.sub(r"^(?:我|俺)(?:家)?的?", "这位用户的", who)
    who = f"{who}人" if who.endswith("的") else who
    return who if re.search(read("voice/checks")["statement"]["people"], who) else ""
