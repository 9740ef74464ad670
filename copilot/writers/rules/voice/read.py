"""A voice → what it is and which of its words say what. Words and patterns stand in `knowledge/voice/reading.yaml`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from copilot.checks.voice_words import asked_noun
from copilot.diagnosis import KINDS, SLOTS, Intensity, Kind, Part, Span
from copilot.knowledge import read
from copilot.text import fold, normalise, sentence_spans
from copilot.writers.rules.voice.features import clause_spans
from copilot.writers.rules.voice.models import Found, Judged, judge

_WORD = re.compile(r"[㐀-鿿]|[^\W_㐀-鿿]+")
_ANGRY = re.compile(r"[😠😡🤬😤😭👎💢]")
_SHOUT = re.compile(r"[!！]")
_BY_PATTERN = 0.5  # how sure a span is that a pattern found


@dataclass(frozen=True, slots=True)
class Reading:
    """A voice as read. `spans` has the main span of each slot that was found, `also` all of them in order.

    `noun` is the name of what is asked for, without the words of asking; '' when nothing is. `enough` is false
    where too little is said to look for a need; `right` as in `Judged`.
    """

    voice: str
    kind: Kind
    enough: bool
    spans: dict[str, Span]
    also: tuple[tuple[str, Span], ...]
    parts: tuple[Part, ...]
    signals: tuple[str, ...]
    intensity: Intensity | None
    noun: str
    right: float


def read_voice(text: str) -> Reading:
    """Return what one voice says."""
    return read_voices([text])[0]


def read_voices(texts: Sequence[str]) -> list[Reading]:
    """Return what each voice says; many at once take 2 ms each, one by itself 4 ms."""
    voices = [normalise(text) for text in texts]
    sentences = [sentence_spans(voice) for voice in voices]
    several = [spans if len(spans) > 1 else [] for spans in sentences]
    judged = judge([*voices, *(voice[a:b] for voice, spans in zip(voices, several, strict=True) for a, b in spans)])
    each = iter(judged[len(voices) :])
    out = []
    for voice, whole, spans, alone in zip(voices, judged[: len(voices)], several, sentences, strict=True):
        if spans:
            parts = tuple(Part(voice[a:b], a, b, _likeliest(next(each))) for a, b in spans)
        else:
            parts = tuple(Part(voice[a:b], a, b, _likeliest(whole)) for a, b in alone)
        out.append(_reading(voice, whole, parts))
    return out


def _reading(voice: str, judged: Judged, parts: tuple[Part, ...]) -> Reading:
    folded = fold(voice)
    junk = is_junk(voice)
    kind: Kind = "other" if junk else _kind(folded, judged)
    found = () if junk else _with_people(folded, judged.spans)
    if kind in ("request", "complaint", "bug") and not any(f.slot in ("requested", "pain") for f in found):
        found = _with_clause(folded, found)
    main = _main_spans(voice, found)
    also = tuple((f.slot, Span(voice[f.start : f.end], f.start, f.end)) for f in found)
    enough = kind in ("praise", "question", "bug") or (kind != "other" and _says_enough(folded, main))
    signals = tuple(name for name, pattern in _patterns("signals").items() if pattern.search(folded))
    noun = asked_noun(main["requested"].text) if "requested" in main else ""
    if len(parts) == 1:
        parts = (Part(parts[0].text, parts[0].start, parts[0].end, kind),)
    return Reading(voice, kind, enough, main, also, parts, signals, _intensity(voice, folded), noun, judged.right)


def _likeliest(judged: Judged) -> Kind:
    return KINDS[max(range(len(KINDS)), key=judged.kinds.__getitem__)]


def _kind(folded: str, judged: Judged) -> Kind:
    for rule in read("voice/reading")["plain"]:
        if re.search(rule["when"], folded) and not re.search(rule["unless"], folded):
            kind: Kind = rule["kind"]
            return kind
    return _likeliest(judged)


def is_junk(voice: str) -> bool:
    """Return whether a voice says nothing: a mark of agreement, a row of the same sign, a template left empty."""
    data = read("voice/reading")
    bare = fold(voice).strip()
    if not _WORD.search(bare):
        return True
    if any(re.search(pattern, bare) for pattern in data["junk"]):
        return True
    lines = [line for line in bare.splitlines() if line.strip()]
    known = [any(re.search(pattern, line) for pattern in data["templates"]) for line in lines]
    return bool(lines) and all(known)


def _says_enough(folded: str, main: dict[str, Span]) -> bool:
    data = read("voice/reading")
    return bool(len(_WORD.findall(folded)) >= data["least_words"] and len(main) >= data["least_slots"])


def _with_people(folded: str, found: tuple[Found, ...]) -> tuple[Found, ...]:
    """Return the spans, with people that a pattern finds where the models found none."""
    if any(f.slot == "segment" for f in found):
        return found
    for pattern in read("voice/reading")["people"]:
        match = re.search(pattern, folded)
        if match and all(match.end() <= f.start or f.end <= match.start() for f in found):
            return (*found, Found("segment", match.start(), match.end(), _BY_PATTERN))
    return found


def _with_clause(folded: str, found: tuple[Found, ...]) -> tuple[Found, ...]:
    """Return the spans with the longest clause beside them as the pain: something is said, the models see not what."""
    clauses = [(b - a, -a, a, b) for a, b in clause_spans(folded) if all(b <= f.start or f.end <= a for f in found)]
    if not clauses or max(clauses)[0] < read("voice/reading")["least_clause"]:
        return found
    *_, start, end = max(clauses)
    return (*found, Found("pain", start, end, _BY_PATTERN))


def _main_spans(voice: str, found: Sequence[Found]) -> dict[str, Span]:
    """Return one span a slot: the surest one, of equally sure ones the longest."""
    out = {}
    for slot in SLOTS:
        empty = read("voice/reading")["empty_spans"].get(slot, "(?!)")
        some = [f for f in found if f.slot == slot and not re.search(empty, fold(voice[f.start : f.end]))]
        if some:
            best = max(some, key=lambda f: (round(f.score, 1), f.end - f.start, -f.start))
            out[slot] = Span(voice[best.start : best.end], best.start, best.end)
    return out


def _intensity(voice: str, folded: str) -> Intensity | None:
    """Return the strongest word; shouting and angry faces add 0.2 each, the whole is at most 3."""
    more = 0.2 * (max(0, len(_SHOUT.findall(voice)) - 1) + len(_ANGRY.findall(voice)))
    for entry in read("voice/reading")["intensity"]:
        if found := re.search(entry["words"], folded):
            score = round(min(3.0, entry["score"] + more), 1)
            return Intensity(voice[found.start() : found.end()], found.start(), found.end(), score)
    return Intensity(None, None, None, round(min(3.0, 1.0 + more), 1)) if more else None


@cache
def _patterns(name: str) -> dict[str, re.Pattern[str]]:
    found: dict[str, Any] = read("voice/reading")[name]
    return {key: re.compile(pattern, re.I) for key, pattern in found.items()}
