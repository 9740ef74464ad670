"""What each distinct text of a file says, kept small: a reading with all its spans would take some 20 KB a voice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from copilot.diagnosis import Kind
from copilot.knowledge import read
from copilot.text import fold
from copilot.writers.rules.voice.families import Family, cues_in, matching
from copilot.writers.rules.voice.features import clause_spans
from copilot.writers.rules.voice.needs import SECOND
from copilot.writers.rules.voice.read import Reading, read_voices

Progress = Callable[[int, int, str], None]
_AT_ONCE = 256
_GAP = 3  # characters between a situation and an obstacle that are one phrase: 换手机后，收不到验证码
_PHRASE = 40  # characters; a longer stretch of clauses tells more than what is in the way
ASKING: tuple[Kind, ...] = ("request", "complaint")


@dataclass(frozen=True, slots=True)
class Fact:
    """What a voice says. `obstacle` and `requested` are slices of it, "" for none; `needs` are (family, need).

    `families` are the ids of those that fit, best first, `family` the name of the first, "" for none; `slots` counts
    how many of the seven are filled.
    """

    kind: Kind
    requested: str
    pain: str
    obstacle: str
    intensity: float
    slots: int
    signals: tuple[str, ...]
    family: str
    families: tuple[str, ...]
    needs: tuple[tuple[str, str], ...]


def facts_of(texts: Sequence[str], progress: Progress | None = None) -> list[Fact]:
    """Return what each text says; some 2 ms each."""
    longest: int = read("voice/report")["read_characters"]
    facts: list[Fact] = []
    for start in range(0, len(texts), _AT_ONCE):
        facts += map(_fact, read_voices([text[:longest] for text in texts[start : start + _AT_ONCE]]))
        if progress:
            progress(min(start + _AT_ONCE, len(texts)), len(texts), "分析")
    return facts


def _fact(reading: Reading) -> Fact:
    spans = reading.spans
    families = _families(reading) if reading.kind in ASKING else []
    return Fact(
        reading.kind,
        spans["requested"].text if "requested" in spans else "",
        spans["pain"].text if "pain" in spans else "",
        _obstacle(reading),
        reading.intensity.score if reading.intensity else 1.0,
        len(spans),
        reading.signals,
        families[0].name if families else "",
        tuple(family.id for family in families),
        _spoken_for(reading, families),
    )


def _families(reading: Reading) -> list[Family]:
    """Return the family that fits best, and the second where it fits nearly as well; the general one says nothing."""
    found = [(family, score) for family, score in matching(reading) if family.wants or family.pains]
    return [family for family, score in found[:2] if score >= SECOND * found[0][1]]


def _spoken_for(reading: Reading, families: Sequence[Family]) -> tuple[tuple[str, str], ...]:
    """Return the needs that some words of the voice speak for."""
    folded = fold(reading.voice)
    return tuple((family.id, need.id) for family in families for need in family.needs if cues_in(folded, need))


def _obstacle(reading: Reading) -> str:
    """Return the words that tell what is in the way: whole clauses where they are short, with the situation before."""
    pain = reading.spans.get("pain") or reading.spans.get("consequence")
    if pain is None:
        return ""
    start, end = _clauses(reading.voice, pain.start, pain.end)
    context = reading.spans.get("context")
    if context and context.end <= start <= context.end + _GAP:
        start = context.start
    if end - start > _PHRASE:
        return pain.text
    return reading.voice[start:end]


def _clauses(voice: str, start: int, end: int) -> tuple[int, int]:
    """Return the span of the clauses that `start` to `end` lies in."""
    spans = [(a, b) for a, b in clause_spans(fold(voice)) if a < end and start < b]
    return (min(spans[0][0], start), max(spans[-1][1], end)) if spans else (start, end)
