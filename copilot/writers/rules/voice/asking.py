"""Questions to ask back: they quote the voice and ask for the last time it happened (Mom Test)."""

from string import Template
from typing import Any

from copilot.knowledge import read
from copilot.writers.rules.voice.families import Family
from copilot.writers.rules.voice.read import Reading

MOST = 5
_QUOTE = 24  # characters of a quotation
_ORDER = ("pain", "requested", "workaround", "consequence", "context")


def questions_back(reading: Reading, family: Family) -> tuple[str, ...]:
    """Return up to five questions: the voice's own words first, then what tells the rivals of its family apart."""
    data: dict[str, Any] = read("voice/words")["questions"]
    slots = [slot for slot in _ORDER if slot in reading.spans]
    own = [Template(data[slot]).substitute(quote=quoted(reading.spans[slot].text)) for slot in slots[:3]]
    anchor = quoted(reading.spans[slots[0]].text if slots else reading.voice)
    telling = [Template(data["quoted"]).substitute(quote=anchor, question=question) for question in family.questions]
    room = min(len(telling), MOST - min(len(own), 3))
    return (*own[: MOST - room], *telling[:room])


def few_questions(reading: Reading, name: str) -> tuple[str, ...]:
    """Return the questions of `words.yaml` for a bug, a short voice or junk."""
    quote = quoted(reading.spans["pain"].text if "pain" in reading.spans else reading.voice)
    return tuple(Template(line).substitute(quote=quote) for line in read("voice/words")[name])


def quoted(text: str) -> str:
    """Return at most 24 characters from the beginning of a text, exactly as it stands there."""
    text = text.strip().splitlines()[0] if text.strip() else ""
    if len(text) <= _QUOTE:
        return text.rstrip("。！？!?，,；;~… ")
    cut = max(text.rfind(mark, 6, _QUOTE) for mark in "，,。；;！!？? ")
    return text[: cut if cut > 0 else _QUOTE].rstrip("。！？!?，,；;~… ")
