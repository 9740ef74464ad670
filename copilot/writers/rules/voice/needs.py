"""A reading and its families → rival hypotheses of need, best first, and whether the request cures them."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

from copilot.diagnosis import JobStory, Need, Span, Verdict
from copilot.knowledge import read
from copilot.text import fold
from copilot.writers.rules.voice.families import Family, FamilyNeed, cues_in, general_family, matching
from copilot.writers.rules.voice.features import clause_spans
from copilot.writers.rules.voice.read import Reading
from copilot.writers.rules.voice.stated import names, people, stated_need

MOST = 4
# Probability from which on a request is taken as right: on 314 unseen ones .65 of the right are found and .24 of the
# others taken for right, most of which may be done as asked too by their labels.
RIGHT = 0.25
SECOND = 0.6  # a second family speaks up when it matches at least this much of the best
_ORDER = (0.55, 0.45, 0.38, 0.32)  # confidence by place in its family, before cues
_CUE, _CUES = 0.12, 0.3  # what each cue in the voice adds, and all together at most
_LOWER = 0.8  # the second family's needs


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A need with what its family says beside it; `family` is None for the one that the voice states itself."""

    need: Need
    whys: tuple[str, ...]
    solves: Verdict
    because: str
    story: JobStory
    family: Family | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The hypotheses, best first, the family that options and tests come from, and the verdict with its reason."""

    hypotheses: tuple[Hypothesis, ...]
    family: Family
    solves: Verdict
    reason: str


def judged(reading: Reading) -> Judgement:
    """Return what may stand behind a request or complaint."""
    found = matching(reading)
    chosen = found[0][0] if found else general_family()
    right = bool(reading.noun) and reading.right >= RIGHT
    stated, who = stated_need(reading, right), people(reading, right)

    def of(family: Family, weight: float, most: int | None = None) -> list[Hypothesis]:
        needs = enumerate(family.needs[:most])
        return [_hypothesis(reading, family, need, place, weight, who) for place, need in needs]

    candidates = of(chosen, 1.0)
    if len(found) > 1 and found[1][1] >= SECOND * found[0][1]:
        candidates += of(found[1][0], _LOWER, 2)
    if found and found[0][1] < 1.0:
        candidates += of(general_family(), _LOWER, 2)
    if not right:
        candidates = [h for h in candidates if not names(h.need.statement, reading.noun)]
    if stated:
        candidates.append(_of_stated(stated, right))
    # A request that is right is what it says; elsewhere the surest hypothesis comes first.
    candidates.sort(key=lambda h: (not (right and h.family is None), -h.need.confidence))
    hypotheses = _rivals(candidates)
    solves, reason = _verdict(reading, hypotheses, right)
    return Judgement(tuple(hypotheses), chosen, solves, reason)


def _rivals(candidates: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Return the first ones that differ in what refutes them and in what to do."""
    kept: list[Hypothesis] = []
    for one in candidates:
        if len(kept) < MOST and all(
            one.need.falsifier != other.need.falsifier and one.need.action != other.need.action for other in kept
        ):
            kept.append(one)
    return kept


def _hypothesis(reading: Reading, family: Family, need: FamilyNeed, place: int, weight: float, who: str) -> Hypothesis:
    evidence, cues = _evidence(reading, need)
    confidence = weight * (_ORDER[min(place, len(_ORDER) - 1)] + min(_CUES, _CUE * cues))
    statement = f"{who or need.who}{need.statement}"
    sure = round(min(0.85, confidence), 2)
    made = Need(statement, need.reason, sure, evidence, need.against, need.falsifier, need.action)
    return Hypothesis(made, need.whys, need.solves, need.because, need.story, family, need.id)


def _of_stated(stated: Need, right: bool) -> Hypothesis:
    data: dict[str, Any] = read("voice/words")["stated"]
    story = JobStory(data["story"]["when"], data["story"]["want"], data["story"]["so"])
    return Hypothesis(stated, tuple(data["whys"]), "yes" if right else "partly", data["because"], story, None, "stated")


def _evidence(reading: Reading, need: FamilyNeed) -> tuple[Span | None, int]:
    """Return the words that speak for a need, the whole marked span where a cue lies in one, and how many cues fit."""
    matches = cues_in(fold(reading.voice), need)
    best = _around(reading, *matches[0].span()) if matches else None
    return best, len(matches)


def _around(reading: Reading, start: int, end: int) -> Span:
    for slot, span in reading.also:
        if slot != "requested" and span.start <= start and end <= span.end:
            return span
    for a, b in clause_spans(fold(reading.voice)):
        if a <= start < b:
            return Span(reading.voice[a : max(b, end)], a, max(b, end))
    return Span(reading.voice[start:end], start, end)


def _verdict(reading: Reading, hypotheses: Sequence[Hypothesis], right: bool) -> tuple[Verdict, str]:
    data: dict[str, Any] = read("voice/words")["root_reason"]
    said = [slot for slot in data["parts"] if slot in reading.spans]
    if right:
        what = "、".join(data["parts"][slot] for slot in said) or data["parts"]["goal"]
        return "yes", Template(data["self"]).substitute(what=what)
    if not reading.noun:
        return "unknown", data["stated_no_fix"]
    leading = next((h for h in hypotheses if h.family), None)
    if not said and (leading is None or leading.need.evidence is None):
        return "unknown", data["too_little"]
    if leading is None:
        return "partly", hypotheses[0].because if hypotheses else data["too_little"]
    return leading.solves, leading.because
