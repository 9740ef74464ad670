"""The need that a voice states itself, in its own words."""

import re
from string import Template
from typing import Any

from copilot.diagnosis import Need, Span
from copilot.knowledge import read
from copilot.text import fold
from copilot.writers.rules.voice.read import Reading

_CONFIDENCE = 0.5  # and 0.1 for each of people, situation, consequence


def stated_need(reading: Reading, right: bool) -> Need | None:
    """Return people, situation, obstacle and consequence as the voice says them; None when it names no obstacle or aim.

    `right`: the request may be done as it stands, so that what is asked for may be named.
    """
    data: dict[str, Any] = read("voice/words")["stated"]
    pain = _unnamed(reading, "pain", right) or _unnamed(reading, "workaround", right)
    goal = _unnamed(reading, "goal", right)
    if not pain and not goal:
        return None
    context, cost = _unnamed(reading, "context", right), _unnamed(reading, "consequence", right)
    words = {
        "who": people(reading) or data["who"],
        "context": context.text if context else "",
        "pain": pain.text if pain else "",
        "cost": cost.text if cost else "",
        "goal": goal.text if goal else "",
    }
    if goal and not (context and pain):
        statement = Template(data["aim" if pain else "aim_alone"]).substitute(words)
    else:
        name = "with_all" if context and cost else "with_context" if context else "with_cost" if cost else "bare"
        statement = Template(data["frame"][name]).substitute(words)
    told = sum(slot in reading.spans for slot in ("segment", "context", "consequence"))
    confidence = round(min(0.8, _CONFIDENCE + 0.1 * told), 2)
    action = data["action_yes" if right else "action"]
    return Need(statement, data["reason"], confidence, pain or goal, data["against"], data["falsifier"], action)


def _unnamed(reading: Reading, slot: str, right: bool) -> Span | None:
    """Return the main span of a slot, or another of its spans, that does not name what is asked for."""
    spans = [span for name, span in reading.also if name == slot]
    if slot in reading.spans:
        spans.insert(0, reading.spans[slot])
    return next((span for span in spans if right or not names(span.text, reading.noun)), None)


def names(statement: str, noun: str) -> bool:
    """Return whether a statement names what was asked for."""
    return len(noun) >= 2 and fold(noun).replace(" ", "") in fold(statement).replace(" ", "")


def people(reading: Reading) -> str:
    """Return whom the voice names, as it reads from outside: 我爸妈 are 这位用户的爸妈; '' when nobody."""
    if "segment" not in reading.spans:
        return ""
    who = reading.spans["segment"].text
    if not 2 <= len(who) <= 16:
        return ""
    if who.startswith(("我们", "咱们")):
        who = re.sub(r"^(?:我们|咱们)(?:的|这些?|是)?", "他们", who)
    else:
        who = re.sub(r"^(?:我|俺)(?:家)?的?", "这位用户的", who)
    return f"{who}人" if who.endswith("的") else who
