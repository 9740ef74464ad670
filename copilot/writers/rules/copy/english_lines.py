"""Patterns with typed slots → English lines that fit: each line takes the points least used so far."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import product
from string import Formatter
from typing import Any, NamedTuple

from copilot.knowledge import read
from copilot.writers.rules.copy import english_words as en
from copilot.writers.rules.copy.english_material import Material
from copilot.writers.rules.copy.english_points import Point, sayable

Fits = Callable[[str], bool]
_COLONS = re.compile(r": [^.?!\n]*: ")  # one thing announces another once in a sentence


class Line(NamedTuple):
    """A text made of a pattern and the points in it."""

    text: str
    formula: str
    points: tuple[Point, ...] = ()


@dataclass
class Uses:
    """How often each point led and stood in a line, so that variants differ."""

    led: Counter[str] = field(default_factory=Counter)
    stood: Counter[str] = field(default_factory=Counter)

    def note(self, line: Line) -> None:
        """Count the points of a line that was taken."""
        self.led.update(point.text for point in line.points[:1])
        self.stood.update(point.text for point in line.points)


def allowed(text: str, material: Material) -> bool:
    """Tell whether a finished text keeps the rules that no pattern can promise."""
    banned = material.banned
    return (
        bool(text)
        and sayable(text)
        and "  " not in text
        and not _COLONS.search(text)
        and not (banned and banned.search(text))
    )


def realised(patterns: str, angle: str, material: Material, uses: Uses, fits: Fits, barred: Any = ()) -> Line | None:
    """Return the first line of `angle` that fits, from points that have led least; None if there is none.

    :param patterns: a list of the data file; its order is from rich to short
    :param barred: points that stand elsewhere in the same variant
    """
    texts = _texts(material, angle)
    points = [point for point in material.points if point not in barred]
    chosen = [pattern for pattern in read("copy/english")[patterns] if pattern["angle"] == angle]
    for lead in _leads(angle, points, material, uses):
        for pattern in chosen:
            if (lead is None and pattern["takes"]) or (lead and lead.kind not in pattern["takes"]):
                continue
            for line in _lines(pattern, lead, points, texts, material, uses):
                if fits(line.text) and allowed(line.text, material):
                    return line
    return None


def _leads(angle: str, points: list[Point], material: Material, uses: Uses) -> list[Point | None]:
    """The points that may lead, best first: those that answer the pain, then those that have led least; last, none."""
    proof = material.facts[0].text if material.facts else ""
    spoken = {"proof": proof, "pain": material.pain, "comparison": material.pain, "identity": material.audience}
    spoken["scene"] = material.scene
    answers = {point: answering(point.text, spoken.get(angle, "")) for point in points}
    if angle == "comparison":
        points = [point for point in points if answers[point]]
    acting = angle in ("outcome", "scene", "pain")

    def rank(point: Point) -> tuple[int, int]:
        weak = " " not in point.text or (acting and point.kind in ("noun", "parts", "place", "absence", "adjective"))
        return -answers[point], uses.led[point.text] + (weak and not answers[point])

    return [*sorted(points, key=rank), None]


@lru_cache(maxsize=4096)
def answering(point: str, pain: str) -> int:
    """Return how much a point answers a pain, by shared words and by `remedies`; 0 if nothing shows it."""
    said, felt = [word.lower() for word in en.tokens(point)], [word.lower() for word in en.tokens(pain)]
    score = 2 * len(en.content(point) & en.content(pain))
    for causes, cures in _remedies():
        score += any(word.startswith(causes) for word in felt) and any(word.startswith(cures) for word in said)
    return score


@cache
def _remedies() -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    rows = [row.split("|") for row in read("copy/english")["remedies"]]
    return [(tuple(causes.split()), tuple(cures.split())) for causes, cures in rows]


def _lines(
    pattern: dict[str, Any],
    lead: Point | None,
    points: list[Point],
    texts: dict[str, str],
    material: Material,
    uses: Uses,
) -> Iterator[Line]:
    """All fillings of one pattern whose slots are there, best first."""
    template, formula = pattern["text"], pattern.get("formula", "")
    slots = _slots(template)
    letters = sorted(
        {name[0] for name in slots if name[0] in "pqr" and (name[1:2] == "_" or name == "pq")} | _pair(slots)
    )
    if not all(texts.get(name) for name in slots if name in texts):
        return
    if lead is None:
        yield Line(template.format(**texts), formula)
        return
    others = sorted(points, key=lambda point: uses.stood[point.text])
    for chosen in product([lead], *([others] * (len(letters) - 1))):
        if len(set(chosen)) < len(chosen) or any(_overlap(a, b) for a in chosen for b in chosen if a is not b):
            continue
        forms = {
            f"{letter}_{name}": text
            for letter, point in zip("pqr", chosen, strict=False)
            for name, text in forms_of(point, material).items()
        }
        forms["pq"] = _joined(chosen, material)
        filled = forms | texts
        if all(filled.get(name) for name in slots):
            for letter, point in zip("qr", chosen[1:], strict=False):
                before = template.split(f"{{{letter}_it}}")[0].format(**filled)
                filled[f"{letter}_it"] = following(point, before, material)
            yield Line(template.format(**filled), formula, chosen)


@cache
def _slots(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def _pair(slots: list[str]) -> set[str]:
    return {"p", "q"} if "pq" in slots else set()


def _overlap(one: Point, other: Point) -> bool:
    a, b = en.content(one.text), en.content(other.text)
    return len(a & b) * 2 > min(len(a), len(b))


def following(point: Point, before: str, material: Material) -> str:
    """Return the point as the sentence after `before`: with a pronoun if the product was named there."""
    low, forms = before.lower(), forms_of(point, material)
    known = material.pronoun == "we" or any(
        name and name.lower() in low for name in (material.short, material.category)
    )
    return forms["full"] if forms["that"] and not known else forms["it"]


def forms_of(point: Point, material: Material) -> dict[str, str]:
    """Return a point in every form that its kind can take; a form that it cannot take is ""."""
    known = material.forms.get(point)
    if known is None:
        known = material.forms[point] = _forms(point, material)
    return known


def _forms(point: Point, material: Material) -> dict[str, str]:
    text, kind, many, pronoun = point.text, point.kind, material.plural, material.pronoun
    low, bare = en.small(text), en.sentence(text)
    predicate = _predicate(point, many)
    own = _predicate(point, pronoun != "it")
    itself = (
        re.sub(r"^(it|they) (?:is|are)\b", r"\1's", f"{pronoun} {own}").replace("they's", "they're") if own else low
    )
    if kind == "parts":
        itself = low
    elif kind == "act":
        bare, itself = en.sentence(f"you can {low}"), f"you can {low}"
    elif pronoun == "we" and kind in ("adjective", "made"):
        itself = low
    return {
        "frag": en.sentence(f"{material.subject} {low}" if kind == "own" else text),
        "short": en.sentence(f"{material.subject if many else material.short} {predicate}") if predicate else "",
        "head": f"they {low}".capitalize() if kind == "own" else en.capital(text),
        "low": "" if kind == "own" else low,
        "full": en.sentence(f"{material.subject} {predicate}") if predicate else bare,
        "it": en.sentence(itself),
        "in": itself,
        "that": predicate if kind != "parts" else "",
        "after": f"{material.subject} {predicate}" if predicate and kind != "parts" else itself,
    }


def _predicate(point: Point, many: bool) -> str:
    """The point as what somebody does or is, for one or for many; "" if it is no such thing."""
    text = point.text[0].lower() + point.text[1:] if point.kind in ("verb", "own", "made") else en.small(point.text)
    if point.kind in ("adjective", "made"):
        return f"{'are' if many else 'is'} {text}"
    if point.kind == "parts":
        return f"{'have' if many else 'has'} {text}"
    if point.kind == "verb":
        return en.agree(text) if many else text
    return text if point.kind == "own" else ""


def _joined(chosen: tuple[Point, ...], material: Material) -> str:
    """`The Larkstand laptop stand folds flat and weighs 9 oz.` for two points of one kind, else ""."""
    if len(chosen) < 2 or chosen[0].kind != chosen[1].kind:
        return ""
    one, other = (forms_of(point, material)["that"] for point in chosen[:2])
    if chosen[0].kind == "act":
        return en.sentence(f"you can {en.small(chosen[0].text)} and {en.small(chosen[1].text)}")
    if not one or " and " in one or "," in one:
        return ""
    return en.sentence(f"{material.subject} {one} and {other}")


def _texts(material: Material, angle: str) -> dict[str, str]:
    """What the slots of text are filled with."""
    pain, category = material.pain, material.category
    fact = material.facts[0] if material.facts else None
    noted = fact is not None and fact.kind in ("noun", "parts")  # says under which conditions a point holds
    fact_text = forms_of(fact, material)["full"] if fact else ""
    return {
        "pain": en.sentence(pain),
        "pain_in": en.small(pain) if material.pain_is_sentence else "",
        "pain_short": en.capital(pain),
        "offer": material.offer if angle != "urgency" or material.is_urgent else "",
        "offer_on": material.offer_on if material.is_urgent else "",
        "offer_short": material.offer_short if material.is_urgent else "",
        "deadline": material.deadline,
        "fact": "" if noted else fact_text,
        "fact_note": fact_text if noted else "",
        "fact_head": en.capital(fact.text) if fact and not noted else "",
        "price": material.price,
        "audience": material.audience,
        "audience_for": f"for {material.audience_head}" if material.audience else "",
        "Audience_for": f"For {material.audience_head}" if material.audience else "",
        "scene": material.scene,
        "Scene": en.capital(material.scene),
        "name": material.name,
        "Name": en.capital(material.name),
        "short": material.short,
        "Short": en.capital(material.short),
        "subject": material.subject,
        "category": category,
        "Category": en.capital(category),
        "a_category": en.with_article(category) if category else "",
        "A_category": en.capital(en.with_article(category)) if category else "",
        "a_countable": en.with_article(category) if category and not en.is_uncountable(category) else "",
        "audience_apart": _apart(material),
        "plural": en.plural(category) if category and not en.is_uncountable(category) else "",
        "cta": en.sentence(material.cta),
    }


def _apart(material: Material) -> str:
    """`for hikers`, unless the audience repeats the category: a dog collar for dog owners."""
    audience = material.audience_head
    return f"for {audience}" if audience and not en.content(audience) & en.content(material.category) else ""
