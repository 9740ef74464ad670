"""A variant line by line: context, lead point, support, restriction, offer, call; what does not fit is left out."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from copilot.text.counters import count
from copilot.types import Counter
from copilot.writers.rules.copy.lines import Pattern, Slots, calls, fill, pool, slots_of
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.points import Point, is_condition

BREATH, BEAT = 25, 10  # C7: no sentence above, one at most
_NO_LETTERS = re.compile(r"\W")
_TWICE = re.compile(r"([\u4e00-\u9fff]{2,})[的，：]?\1")
_STOP = re.compile(r"(?<=[。！？])")


class Plan(NamedTuple):
    """What a variant is to say, and which of equal patterns it prefers (`turn`)."""

    angle: str
    lead: Point | None
    supports: tuple[Point, ...]
    turn: int
    priced: bool = True  # every second variant of a set leaves the price out where restrictions would have to follow it


class Line(NamedTuple):
    """A sentence of a draft; lines of the highest `rank` are left out first, rank 0 never."""

    text: str
    rank: int
    bare: bool = False  # words of the brief alone: its last clause may stand as a sentence of its own


def title(material: Material, plan: Plan, limit: int, counter: Counter, least: int = 0) -> tuple[str, str]:
    """Return a title of the plan's angle that fits, and its formula; ("", "") when none does."""
    slots = slots_of(material, plan.lead, plan.supports, plan.turn)
    for pattern in turned(pool("titles", plan.angle), plan.turn):
        text = fill(pattern, slots) if _suits(pattern, material, plan) else ""
        if (
            text
            and not _repeats(text)
            and least <= count(text, counter)
            and (not limit or count(text, counter) <= limit)
        ):
            return text, pattern.formula
    return "", ""


def lines(
    material: Material,
    plan: Plan,
    platform: str,
    *,
    breath: bool,
    said: str = "",
    brief: bool = False,
    earlier: str = "",
) -> list[Line]:
    """Return the lines of a post beside its title `said`, which is not said again.

    `brief`: offer and price are enough beside it. `earlier` are the other variants of the set: their context lines are
    not repeated.
    """
    slots = slots_of(material, plan.lead, plan.supports, plan.turn)
    told = plan.lead is not None and _letters(plan.lead.text) in _letters(said)
    supports = plan.supports
    found: list[Line] = []
    if told and supports and plan.angle != "list":
        found, supports = _beside(material, plan, slots, said, earlier), supports[1:]
    elif not (told and brief and (slots["O"] or slots["C"])):
        found = _beginning(material, plan, slots, said, breath)
        if not found:
            return []
    for number, point in enumerate(supports):
        support = _support(plan._replace(turn=plan.turn + number), slots_of(material, point), point, found)
        if plan.angle == "list":
            support = f"{point.text}。"
        found.append(Line(support, 4 + number, support == f"{point.text}。"))
    if plan.angle == "list":
        found = [line._replace(text=f"{n}. {line.text}") for n, line in enumerate(found, 1)]
    points = [point for point in (plan.lead, *plan.supports) if point]
    for condition in dict.fromkeys(text for point in points for text in material.conditions(point)):
        found.append(Line(f"{condition}。", 1))
    priced = plan.priced or not slots["X"] or slots["O"] or not found
    offered = slots["O"] and not any(slots["o"] in line.text for line in found)
    limit = _first("limits", plan, slots) if slots["X"] else ""
    if slots["C"] and priced:
        before = said + "".join(line.text for line in found)
        named = slots["B"] in before or slots["P"] in before
        price = _first("prices" if named else "first_prices", plan, slots)
        found.append(Line(price if offered or not limit else price + "\n" * breath + limit, 2))
        limit = limit if offered else ""
    if slots["O"]:
        # the restriction stands and falls with what it restricts (C9)
        words = (material.offer.sentences(BREATH) if breath else _first("offers", plan, slots)) if offered else ""
        if words or limit:
            found.append(Line(limit + "\n" * bool(breath and limit and words) + words, 1))
    _add_call(found, material, plan, slots, platform)
    found = [line for line in found if line.text]
    return _breathed(found, plan, slots) if breath else found


def fitted(found: list[Line], limit: int, counter: Counter, join: str) -> str:
    """Return the lines joined, the least needed left out until they fit; "" when even the needed do not."""
    left = list(found)
    while left:
        text = join.join(line.text for line in left)
        if not limit or count(text, counter) <= limit:
            return text
        worst = max(left, key=lambda line: line.rank)
        if worst.rank == 0:
            return ""
        left.reverse()
        left.remove(worst)
        left.reverse()
    return ""


def turned(patterns: tuple[Pattern, ...], turn: int) -> Iterable[Pattern]:
    """Return the patterns beginning at the `turn`-th."""
    start = turn % len(patterns) if patterns else 0
    return (*patterns[start:], *patterns[:start])


def _beside(material: Material, plan: Plan, slots: Slots, said: str, earlier: str) -> list[Line]:
    """The lines beside a title that tells the lead point: pain or act if no variant told it yet, a further point."""
    context = next((t for t in (slots["A"], slots["W"]) if t and t not in said and t not in earlier), "")
    point = plan.supports[0]
    second = plan._replace(lead=point, angle="outcome")
    bridge = _bridge(material, second, slots_of(material, point)) or f"{material.product}，{point.text}。"
    return [*([Line(f"{context}。", 3, True)] if context else []), Line(bridge, 0)]


def _beginning(material: Material, plan: Plan, slots: Slots, said: str, breath: bool) -> list[Line]:
    """The angle's first line, and the lead point if that does not hold it; [] when no pattern takes the lead."""
    if plan.angle == "list" and plan.lead:
        return [Line(f"{plan.lead.text}。", 0)]
    if plan.lead and _letters(plan.lead.text) in _letters(said) and (bridge := _bridge(material, plan, slots)):
        return [Line(bridge, 0)]  # told by the title: once more with the product's name
    opening = _opening(material, plan, slots, said)
    if opening is None:
        return []
    first, pattern = opening
    if breath and pattern.offer:
        first = material.offer.sentences(BREATH)
    found = [Line(first, 0, _is_bare(pattern))]
    if not pattern.lead and plan.lead and first.rstrip("。") in said:
        found = []  # the title is the context already
    if plan.lead and not pattern.lead:
        # a first line that names the product needs no second one that does
        bridge = f"{plan.lead.text}。" if slots["P"] in first else _bridge(material, plan, slots)
        if not bridge:
            return []
        found.append(Line(bridge, 0, bridge == f"{plan.lead.text}。"))
    return found


def _bridge(material: Material, plan: Plan, slots: Slots) -> str:
    for pattern in turned(pool("bridges"), plan.turn):
        text = fill(pattern, slots) if _suits(pattern, material, plan) else ""
        if text and not _repeats(text):
            return text
    return ""


def _suits(pattern: Pattern, material: Material, plan: Plan) -> bool:
    near = not pattern.near or (plan.lead is not None and material.near_pain(plan.lead) > 0)
    return near and pattern.suits(plan.lead, plan.angle)


def _opening(material: Material, plan: Plan, slots: Slots, said: str) -> tuple[str, Pattern] | None:
    for strict in (True, False):
        for pattern in turned(pool("opens", plan.angle), plan.turn):
            text = fill(pattern, slots) if _suits(pattern, material, plan) else ""
            if text and not _repeats(text) and not (strict and said and _same_start(text, said)):
                return text, pattern
    return None


def _first(role: str, plan: Plan, slots: Slots) -> str:
    for pattern in turned(pool(role), plan.turn):
        fits = not pattern.angles or plan.angle in pattern.angles
        text = fill(pattern, slots) if fits else ""
        if text and not _repeats(text):
            return text
    return ""


def _support(plan: Plan, slots: Slots, point: Point, before: list[Line]) -> str:
    """A line for a further point that does not begin as an earlier one does."""
    for pattern in turned(pool("supports"), plan.turn):
        text = fill(pattern, slots) if pattern.suits(point, plan.angle) else ""
        if text and not any(line.text[:3] == text[:3] for line in before):
            return text
    return f"{point.text}。"


def _add_call(found: list[Line], material: Material, plan: Plan, slots: Slots, platform: str) -> None:
    """Add the call to action: the brief's own behind offer or price, in their last sentence, else the channel's."""
    last = found[-1].text
    if material.cta and (slots["O"] or slots["C"]) and found[-1].rank in (1, 2):
        *before, end = [part for part in _STOP.split(last) if part]
        tied = f"{end.rstrip('。')}，{material.cta}。"
        tail = [tied] if len(tied) <= BREATH + 1 and "活动" not in end else [end, f"{material.cta}。"]
        found[-1] = Line("".join([*before, *tail]), found[-1].rank)
        return
    for pattern in turned(calls("own" if material.cta else platform), 0 if material.cta else plan.turn):
        if pattern.loose and len(found) < 5 and not material.cta:  # C2: four sentences of five hold a word of the brief
            continue
        text = fill(pattern, slots) if _suits(pattern, material, plan) else ""
        if text:
            found.append(Line(text, 2 if material.cta else 7))
            return


def _is_bare(pattern: Pattern) -> bool:
    return pattern.text in ("{A}。", "以前{A}。", "{L}。", "{W}。", "{F}。", "有{P}之前，{A}。")


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text)


def _same_start(text: str, said: str) -> bool:
    return text[:6] == said[:6] or said.rstrip("。") in text


def _repeats(text: str) -> bool:
    """A word twice in a row: 拖布的拖布, or a name told twice."""
    return _TWICE.search(text) is not None


# Breath


def _breathed(found: list[Line], plan: Plan, slots: Slots) -> list[Line]:
    """The lines cut at commas into sentences of 25 characters, with one of ten among them; [] when that cannot be."""
    out: list[Line] = []
    for line in found:
        sentences = [part for sentence in _STOP.split(line.text) if sentence for part in breathed(sentence)]
        sentences = [f"{slots['P']}。" if part == f"用{slots['P']}。" else part for part in sentences]
        if any(len(sentence) > BREATH + 1 for sentence in sentences):  # the stop does not count
            if line.rank < 3 or plan.angle == "list":
                return []
            continue
        out.append(Line("".join(sentences), line.rank, line.bare))
    if _beats(out):
        return out
    for number, line in enumerate(out):  # 下班回家，床底全是猫毛。弯腰够不着。
        before, comma, last = line.text.rstrip("。").rpartition("，")
        own = line.bare or ("，" in slots["L"] and slots["L"].endswith(last))
        if comma and own and 4 <= len(last) <= BEAT and not is_condition(before) and "：" not in last:
            return [*out[:number], Line(f"{before}。{last}。", line.rank), *out[number + 1 :]]
    beat = next((text for p in turned(pool("short"), plan.turn) if (text := fill(p, slots)) and len(text) <= BEAT), "")
    if beat and slots["T"] not in out[0].text and any(slots["L"] in line.text for line in out[1:]):
        return [out[0], Line(beat, 0), *out[1:]]
    return out


def _beats(found: list[Line]) -> bool:
    return any(len(part) <= BEAT + 1 for line in found if line.rank < 4 for part in _STOP.split(line.text) if part)


def breathed(sentence: str, most: int = BREATH) -> list[str]:
    """Return a sentence cut at commas where it is longer than `most`; a condition stays with what depends on it."""
    body = sentence.rstrip("。")
    if len(body) <= most:
        return [sentence]
    parts, here = [], ""
    for clause in body.split("，"):
        if here and len(here) + 1 + len(clause) > most and not is_condition(here):
            parts.append(here)
            here = clause
        else:
            here = f"{here}，{clause}" if here else clause
    return [f"{part}。" for part in (*parts, here)]
