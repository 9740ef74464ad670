"""What scripts, pages and replies share: what a variant is about, patterns with slots, sets that begin apart."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from copilot.text.fold import fold
from copilot.types import CopyDraft
from copilot.writers.rules.copy.lines import Slots, letter, question_of
from copilot.writers.rules.copy.points import Point, is_occasion, is_scene
from copilot.writers.rules.copy.words import Words, cue, is_attribute

OPENING = 8  # characters: no two variants of a set share their first eight
_SLOT = re.compile(r"\{(\w+)\}")
_TIME = re.compile(r"(?:[前后时天点半里上]|小时|开着)$")  # a clause that only says when
_FORMULAS = {
    "pain": "PAS", "outcome": "FAB", "proof": "FABE", "curiosity": "curiosity-hook", "comparison": "BAB",
    "urgency": "4U", "identity": "identity-hook", "scene": "scene-hook", "list": "list-hook",
}  # fmt: skip


class Take(NamedTuple):
    """What a variant is about; `turn` says which of equal patterns it prefers."""

    angle: str
    lead: Point | None
    supports: tuple[Point, ...]
    turn: int

    @property
    def told(self) -> tuple[Point, ...]:
        """Lead and supports."""
        return (self.lead, *self.supports) if self.lead else self.supports


def takes(words: Words, angles: Sequence[str], most: int, n: int, longest: int = 99, least: int = 2) -> Iterator[Take]:
    """Yield what variants are about: angles go round, and every point of at most `longest` characters leads in turn.

    They tell `most` points or, every other one, as few as `least` where the brief gives more: so they differ.
    """
    order = _possible(words, angles)
    points = [point for point in words.points if len(point.text) <= longest] or list(words.points)
    told: Counter[Point] = Counter()
    for place in range(n * 4 if order else 0):
        angle = order[place % len(order)]
        leads = _leading(words, angle, points)
        if not leads:
            yield Take(angle, None, (), words.material.seed + place)
            continue
        lead = leads[(place + place // len(order)) % len(leads)]
        others = [point for point in points if point is not lead]
        others.sort(key=told.__getitem__)
        supports = others[: _room(angle, place, most, least, len(points)) - 1]
        told.update([lead, *supports])
        yield Take(angle, lead, tuple(supports), words.material.seed + place)


def _room(angle: str, place: int, most: int, least: int, given: int) -> int:
    return most if angle == "list" or given <= most or place % 2 == 0 else max(least, most - 1)


def drafts(
    platform: str, found: Iterator[Take], n: int, write: Callable[[Take], tuple[dict[str, Any], str] | None]
) -> list[CopyDraft]:
    """Return `n` drafts at most; `write` gives the fields and what is heard or read first.

    No two begin with the same eight characters, and one of five at most with a question (C6).
    """
    out: list[CopyDraft] = []
    openings: set[str] = set()
    asked = 0
    for take in found:
        if len(out) >= n:
            break
        written = write(take)
        if written is None:
            continue
        fields, first = written
        opening = re.sub(r"[\W_]", "", first)[:OPENING]
        asks = "？" in re.split("[。！\n]", first, maxsplit=1)[0]
        if opening in openings or (asks and asked >= max(1, n // 5)):
            continue
        openings.add(opening)
        asked += asks
        out.append(CopyDraft(platform, take.angle, _FORMULAS.get(take.angle, "USP"), fields))
    return out


def slots(words: Words, take: Take) -> Slots:
    """Return what stands in for each slot of `scripts.yaml` and `pages.yaml`."""
    material, lead = words.material, take.lead
    offer, pain, scene = words.offer, words.pain, words.scene
    first = pain.partition("，")[0]
    occasion = is_occasion(scene) and not scene.endswith("一下")
    told = take.told
    facts = [fact for fact in words.facts if not cue("contacts").search(fact)]
    return {
        "P": words.name,
        "B": material.brief.brand or words.name,
        "K": words.noun,
        "L": lead.text if lead else "",
        "N": lead.topic if lead and lead.kind == "measure" and is_attribute(lead.topic) else "",
        "V": lead.value if lead else "",
        "A": pain,
        "A1": first if len(first) < len(pain) and is_scene(first) and not _TIME.search(first) else "",
        "U": words.people,
        "U1": words.people.removesuffix("的人"),
        "S": scene if occasion else "",
        "W": "" if occasion else scene,
        "O": offer.full,
        "o": "，".join(offer.gains),
        "D": offer.until,
        "when": "，".join(offer.dates),
        "Q": "，".join(offer.quotas),
        "F": facts[take.turn % len(facts)] if facts else "",
        "C": words.price,
        "C1": words.price if words.now[:1] and words.now[0] in "0123456789¥￥" else "",
        "X": "；".join(words.limits),
        "G": material.cta if words.allowed(material.cta) else "",
        "num": "1" if lead and re.search("[1-9]", lead.text) else "",
        "link": material.brief.link.strip(),
        "ask": question_of(lead) if lead else "",
        "n": "一两三"[len(told) - 1] if 1 < len(told) <= 3 else "",
    }


def pick(role: Sequence[dict[str, Any]], filled: Slots, lead: Point | None, turn: int) -> str:
    """Return the `turn`-th of the patterns that take the lead point and whose slots are all filled; "" if none does."""
    found = patterns(role, filled, lead)
    return found[turn % len(found)][0] if found else ""


def patterns(role: Sequence[dict[str, Any]], filled: Slots, lead: Point | None) -> list[tuple[str, dict[str, Any]]]:
    """Return the patterns that take the lead point and whose slots are all filled, as text and row."""
    rows = [row for row in role if _fits(row, filled, lead)]
    return [(_SLOT.sub(lambda match: filled[match[1]], row["text"]), row) for row in rows]


def _fits(row: dict[str, Any], filled: Slots, lead: Point | None) -> bool:
    """Tell whether a pattern's slots are filled and it takes a point of this kind and length."""
    if not all(filled.get(name) for name in (*_SLOT.findall(row["text"]), *row.get("needs", ()))):
        return False
    if "takes" in row and (lead is None or letter(lead) not in row["takes"]):
        return False
    return not (lead and "max" in row and len(lead.text) > row["max"])


def missing_keywords(words: Words, *texts: str) -> list[str]:
    """Return the brief's keywords that none of the texts holds."""
    plain = fold("\n".join(texts)).replace(" ", "")
    wanted = (word for word in words.material.keywords if words.allowed(word))
    return [word for word in wanted if fold(word).replace(" ", "") not in plain]


def _possible(words: Words, angles: Sequence[str]) -> list[str]:
    """Return those of `angles` that the brief has words for; with an offer alone, that of the offer."""
    points = words.points
    has = {
        "pain": bool(words.pain),
        "outcome": bool(points),
        "proof": any(point.figure for point in points) or bool(words.facts and points),
        "curiosity": bool(points),
        "comparison": bool(words.pain and points) and not cue("wish").search(words.pain),
        "urgency": words.offer.dated,
        "identity": bool(words.people and points),
        "scene": bool(words.scene and points),
        "list": len(points) >= 3,
    }
    found = [angle for angle in angles if has.get(angle)] or (["urgency"] if words.offer.gains else [])
    # pain and comparison tell the same scene: where there are others, the second of them comes last
    return [a for a in found if a != "comparison"] + ["comparison"] if {"pain", "comparison"} <= {*found} else found


def _leading(words: Words, angle: str, points: Sequence[Point]) -> list[Point]:
    """Return the points that may lead, best first."""
    points = [point for point in points if point.kind != "value"] or list(points)
    if angle == "proof":
        points = [point for point in points if point.figure] or points
    if angle in ("pain", "comparison"):
        points.sort(key=words.material.near_pain, reverse=True)
    return points
