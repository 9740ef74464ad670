"""Brief and channel → n variants that differ in angle. Deterministic; nothing is said that the brief does not say."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from copilot.briefs import AdBrief
from copilot.channels import Channel, ChannelField
from copilot.checks.copy import MANY
from copilot.knowledge import read
from copilot.types import CopyDraft
from copilot.writers.rules.copy.keywords import tags_of, with_keywords
from copilot.writers.rules.copy.lines import slots_of
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.points import Point
from copilot.writers.rules.copy.posts import Plan, fitted, lines, title
from copilot.writers.rules.copy.select import Faults, chosen, text_of

ANGLES = ("pain", "outcome", "proof", "curiosity", "comparison", "urgency", "identity", "scene", "list")
_TITLE = 40  # units: a field of a channel of the user's own that holds no more is written as a title
_SMALL = 3  # variants: a set so small may tell a point twice, and each says enough
_SPARE = 4  # drafts of a form beyond those asked for, to choose from
_PLACES, _LEADS, _TURNS = 12, 2, 3  # places tried, and candidates for each: more gave no less self-BLEU
_BREATH_WIDTH = 25  # C7, in the units of the field: a title is one breath
_Fields = dict[str, str | tuple[str, ...]]


def write_copy(
    brief: AdBrief, channel: Channel, n: int, angles: Sequence[str] = ANGLES, *, faults: Faults | None = None
) -> list[CopyDraft]:
    """Return up to `n` variants for a channel, unchecked, in the order of `angles` that the brief has words for.

    Fewer come back when the brief is too thin for more that differ. With `faults`, of equal drafts the one with fewest
    is taken.
    """
    if is_english(brief):
        from copilot.writers.rules.copy.english import write_english

        return write_english(brief, channel, n)
    material = Material(brief)
    special = _special(channel.platform)
    if special is None:
        for manner in (manner_of(channel), manner_of(channel) | {"relaxed": True}):  # advice gives way before nothing
            found: list[CopyDraft] = []
            places = _places(material, channel, manner, angles, n, found)
            if list(chosen(material, places, n, found=found, faults=faults)):
                break
        return found
    if not material.offer.dated:
        angles = [angle for angle in angles if angle != "urgency"]
    spare = 0 if faults is None else _SPARE
    drafts = (with_keywords(material, channel, draft) for draft in special(material, channel, n + spare, angles))
    return list(drafts) if faults is None else _least(drafts, n, faults)


def _least(drafts: Iterable[CopyDraft], n: int, faults: Faults) -> list[CopyDraft]:
    """The `n` drafts with the fewest faults, in their order; what must not be used is left out."""
    found: list[tuple[int, int, CopyDraft]] = []
    for place, draft in enumerate(drafts):
        worst = sorted(number for number, _, _ in found)[n - 1] if len(found) >= n else MANY
        if (number := faults(draft, worst)) is not None:
            found.append((number, place, draft))
        if sum(number == 0 for number, _, _ in found) == n:  # no later draft has fewer faults than none
            break
    best = sorted(found, key=lambda entry: entry[:2])[:n]
    return [draft for _, _, draft in sorted(best, key=lambda entry: entry[1])]


def is_english(brief: AdBrief) -> bool:
    """Tell whether a brief is written in English: no Chinese in what it says of the product."""
    said = "".join((brief.product, *brief.selling_points, brief.audience, brief.pain))
    return not re.search("[\u3400-\u9fff]", said) and bool(re.search("[A-Za-z]", said))


def possible_angles(material: Material, angles: Sequence[str]) -> list[str]:
    """Return those of `angles` that the brief has words for."""
    points, offer = material.points, material.offer
    has = {
        "pain": bool(material.pain and points),
        "outcome": bool(points),
        "proof": any(point.kind == "measure" or point.figure for point in points) or bool(material.facts and points),
        "curiosity": bool(points),
        "comparison": bool(material.pain and points)
        and not re.search("想|怕|担心|不知道|太", material.pain)
        and any(map(material.near_pain, points)),
        "urgency": offer.dated,
        "identity": bool(material.audience and points),
        "scene": bool(material.scene and points),
        "list": len(points) >= 3,
    }
    found = [angle for angle in angles if has.get(angle)]
    # pain and comparison tell the same scene: where there are others, the second of them comes last
    return [a for a in found if a != "comparison"] + ["comparison"] if {"pain", "comparison"} <= {*found} else found


def _places(
    material: Material, channel: Channel, manner: dict[str, Any], angles: Sequence[str], n: int, found: list[CopyDraft]
) -> Iterator[Iterator[CopyDraft]]:
    """Yield for each place in the set the candidates for it; the angles go round, points told least come first."""
    order = possible_angles(material, angles)
    if manner.get("points", 1) < 3:
        order = [angle for angle in order if angle != "list"]
    if not order and material.offer.full:
        order = ["urgency"]
    for place in range(_PLACES if order else 0):
        angle = order[place % len(order)]
        told = "\n".join(map(text_of, found))
        # What a variant tells beside its lead the next does not tell again: self-BLEU .42 against .50, five variants.
        fresh = sum(point.text not in told for point in (*material.points, *material.extras))
        share = max(n <= _SMALL, (fresh - 1) // max(1, n - len(found)))
        room = manner["points"] - 1 if angle == "list" else min(manner["points"] - 1, share)
        yield _candidates(material, channel, manner, angle, place, told, room)


def _candidates(
    material: Material, channel: Channel, manner: dict[str, Any], angle: str, place: int, told: str, room: int
) -> Iterator[CopyDraft]:
    def times(point: Point) -> int:
        return told.count(point.text)

    suited = _leads(material, angle)
    first = place % len(suited) if suited else 0
    leads: list[Point | None] = [*sorted(suited[first:] + suited[:first], key=times)[:_LEADS]] or [None]
    for turn in range(_TURNS):
        for lead in leads:
            others = [p for p in (*material.points, *material.extras) if p is not lead]
            fresh = others if angle == "list" else sorted(others, key=times)
            supports = tuple(fresh[:room]) if lead else ()
            plan = Plan(angle, lead, supports, material.seed + place * 3 + turn, place % 2 == 0)
            draft = _draft(material, channel, manner, plan, told)
            if draft:
                yield draft


def _leads(material: Material, angle: str) -> list[Point]:
    """The points that can lead an angle, in the order in which they suit it."""
    points = [*material.points]
    if angle == "proof":
        points = [point for point in points if point.figure] or points
    if angle in ("pain", "comparison"):
        points.sort(key=material.near_pain, reverse=True)
    if angle == "comparison":
        points = [point for point in points if material.near_pain(point)]
    return points


def _draft(material: Material, channel: Channel, manner: dict[str, Any], plan: Plan, earlier: str) -> CopyDraft | None:
    fields: _Fields = {}
    formula, said = "", ""
    for spec in channel.fields:
        kind = manner["fields"].get(spec.name)
        limit = manner.get("room", {}).get(spec.name, 0) or (
            spec.limit if kind == "post" else spec.visible or spec.limit
        )
        if kind == "title":
            limit = min(limit or _BREATH_WIDTH, _BREATH_WIDTH) if manner.get("breath") else limit
            text, found = title(material, plan, limit, spec.counter, spec.minimum)
            if not text and not spec.optional:
                return None
            formula, said = formula or found, said or text
        elif kind in ("post", "line"):
            breath = bool(manner.get("breath"))
            body = lines(
                material, plan, channel.platform, breath=breath, said=said, brief=kind == "line", earlier=earlier
            )
            text = fitted(body, limit, spec.counter, manner.get("join", "") if kind == "post" else "")
            if not text and not spec.optional:
                return None
        elif kind == "tags":
            fields[spec.name] = tags_of(material, manner, spec)
            continue
        elif kind == "button":
            text = _button(material, limit)
        else:
            continue
        if text:
            fields[spec.name] = text
    draft = CopyDraft(channel.platform, plan.angle, formula or "USP", fields)
    return with_keywords(material, channel, draft)


def _button(material: Material, limit: int) -> str:
    slots = slots_of(material, None)
    for text in (slots["G"], "看看" + slots["K"], "去看看"):
        if text and (not limit or len(text) <= limit):
            return text
    return "去看看"


def manner_of(channel: Channel) -> dict[str, Any]:
    """Return how a channel is written; one of the user's own as its fields suggest."""
    data = read("copy/manners")
    name = data["aliases"].get(channel.platform, channel.platform)
    found: dict[str, Any] | None = data["channels"].get(name)
    if found is None:
        found = {
            "fields": {spec.name: _kind_of(spec) for spec in channel.fields},
            "join": "\n",
            "points": 2,
            "tag": "#{}",
        }
    return found


def _kind_of(spec: ChannelField) -> str:
    if spec.items[1]:
        return "tags"
    return "title" if 0 < spec.limit <= _TITLE or "title" in spec.name else "post"


Special = Callable[[Material, Channel, int, Sequence[str]], Iterable[CopyDraft]]


@cache
def _special(platform: str) -> Special | None:
    """Return the writer of a channel that is not a post; imported when first needed."""
    for module, names in read("copy/manners")["special"].items():
        if platform in names:
            found: Special = getattr(import_module(f"copilot.writers.rules.copy.{module}"), names[platform])
            return found
    return None
