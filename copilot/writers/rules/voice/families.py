"""The need families of `knowledge/voice/families/`: which of them a voice speaks of."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot import knowledge
from copilot.diagnosis import JobStory, Option, Verdict
from copilot.embedding import builtin
from copilot.text import fold
from copilot.writers.rules.voice.read import Reading

# What a match is worth. A name of the thing asked for says more than anything else; meaning alone only breaks ties and
# finds families for words that nobody wrote down (figures: benchmarks/voices.py).
ASKED = 3.0  # `wants` within the requested words
SAID = 1.0  # `wants` elsewhere in the voice
PAINED = 2.0  # `pains` within pain, consequence or workaround
LONGER = 0.15  # for each character of a match
MEANT = 4.0  # × cosine to the nearest phrasing, above the floor
FLOOR = 0.55


@dataclass(frozen=True, slots=True)
class FamilyNeed:
    """One rival need of a family, as written in the data; `statement` follows the people directly."""

    id: str
    cues: tuple[str, ...]
    who: str
    statement: str
    reason: str
    against: str
    falsifier: str
    action: str
    whys: tuple[str, ...]
    solves: Verdict
    because: str
    story: JobStory


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of request or obstacle: how it is recognised, the rival needs, and what can be done."""

    id: str
    name: str
    wants: re.Pattern[str] | None
    pains: re.Pattern[str] | None
    like: tuple[str, ...]
    needs: tuple[FamilyNeed, ...]
    options: tuple[Option, ...]
    existing: str
    skip: str
    test: tuple[str, str]
    questions: tuple[str, ...]
    metric: str


@cache
def families() -> tuple[Family, ...]:
    """Return all families, files and entries in order."""
    folder = Path(knowledge.__file__).parent / "voice" / "families"
    return tuple(
        _family(entry)
        for path in sorted(folder.glob("*.yaml"))
        for entry in knowledge.read(f"voice/families/{path.stem}")["families"]
    )


def _family(entry: dict[str, Any]) -> Family:
    options = tuple(
        Option(o["idea"], o["benefit"], o["cost"], round(o["benefit"] / o["cost"], 2), "", str(o["effort"]), o["moves"])
        for o in entry["options"]
    )
    test = (entry["test"]["what"], entry["test"]["threshold"])
    return Family(
        entry["id"], entry["name"], _any_of(entry["wants"]), _any_of(entry["pains"]), tuple(entry["like"]),
        tuple(_need(need) for need in entry["needs"]), options, entry["existing"], entry["skip"], test,
        tuple(entry["questions"]), entry["metric"],
    )  # fmt: skip


def _need(entry: dict[str, Any]) -> FamilyNeed:
    story = entry["story"]
    return FamilyNeed(
        entry["id"], tuple(entry["cues"]), entry["who"], entry["statement"],
        entry["reason"], entry["against"], entry["falsifier"], entry["action"], tuple(entry["whys"]), entry["solves"],
        entry["because"], JobStory(story["when"], story["want"], story["so"]),
    )  # fmt: skip


def _any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(joined, re.I) if joined else None


def cues_in(folded: str, need: FamilyNeed) -> list[re.Match[str]]:
    """Return where a folded voice speaks for a need: the first match of each of its cues that is there."""
    found = (_cue(pattern).search(folded) for pattern in need.cues)
    return [match for match in found if match and match[0]]


@cache
def _cue(pattern: str) -> re.Pattern[str]:
    """Return a cue compiled when first looked for: all 1,500 at once would take half a second of a command."""
    return re.compile(pattern, re.I)


@cache
def _phrasings() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Vectors of all `like` phrasings, and the family of each."""
    lines = [(number, line) for number, family in enumerate(families()) for line in family.like]
    return builtin().documents([line for _, line in lines]), np.array([number for number, _ in lines])


def matching(reading: Reading) -> list[tuple[Family, float]]:
    """Return the families that a voice speaks of with their scores, best first; none where nothing fits."""
    asked = fold(reading.spans["requested"].text) if "requested" in reading.spans else ""
    hurt = fold("，".join(span.text for slot, span in reading.also if slot in ("pain", "consequence", "workaround")))
    whole = fold(reading.voice)
    meant = _meant([text for text in (asked, hurt) if text] or [whole])
    scored = []
    for number, family in enumerate(families()):
        score = MEANT * max(0.0, float(meant[number]) - FLOOR)
        score += ASKED * _hold(family.wants, asked) + SAID * _hold(family.wants, whole)
        score += PAINED * _hold(family.pains, hurt) + SAID * _hold(family.pains, whole)
        if score > 0:
            scored.append((family, round(score, 3)))
    return sorted(scored, key=lambda entry: -entry[1])


def _hold(pattern: re.Pattern[str] | None, text: str) -> float:
    """Return 0 where nothing fits, 1 where two characters do, more for more: 理科符号 says more than 符号."""
    longest = max((len(match[0]) for match in pattern.finditer(text)), default=0) if pattern and text else 0
    return min(2.0, 0.7 + LONGER * longest) if longest else 0.0


def _meant(texts: list[str]) -> NDArray[np.float32]:
    """Return for every family the cosine of its nearest phrasing to any of the texts."""
    vectors, owner = _phrasings()
    near = (vectors @ builtin().queries(texts).T).max(axis=1)
    best = np.zeros(len(families()), np.float32)
    np.maximum.at(best, owner, near)
    return best


def general_family() -> Family:
    """Return what is said where no family fits."""
    return next(family for family in families() if family.id == "general")
