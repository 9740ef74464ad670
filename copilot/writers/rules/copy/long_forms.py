"""What scripts, pages and replies share: a brief's words sorted by what may be done with them, patterns, variants.

Of the selling points those that only say what is *not* so (不保证…, …不收) are told as restrictions, never as a benefit.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple

from copilot.knowledge import read
from copilot.text.fold import fold
from copilot.types import CopyDraft
from copilot.writers.rules.copy.lines import Slots, letter, question_of
from copilot.writers.rules.copy.material import Material, about
from copilot.writers.rules.copy.offers import tidy
from copilot.writers.rules.copy.points import Point, is_occasion, is_scene
from copilot.writers.rules.copy.terms import Terms, terms_of

OPENING = 8  # characters: no two variants of a set share their first eight
_NOT_COMMA = re.compile(r"，{2,}")
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


@dataclass(frozen=True)
class Words:
    """A brief's words without what it bans; "" and () stand for what it does not give."""

    material: Material

    def allowed(self, text: str) -> bool:
        """Tell whether a text holds none of the words that the brief bans."""
        plain = fold(text)
        return not any(fold(word) in plain for word in self.material.brief.banned if word.strip())

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """What is told as a point, bare qualities last."""
        cautious = _cues().cautions
        found = [
            point._replace(text=_NOT_COMMA.sub("，", point.text))
            for point in self.material.points
            if self.allowed(point.text) and not cautious.search(_outside(point.text))
        ]
        return tuple(sorted(found, key=lambda point: point.kind == "value"))

    @cached_property
    def limits(self) -> tuple[str, ...]:
        """Restrictions of what one gets for the price, and what points and facts deny or narrow: said with every price."""
        bought = [text for point in self.points for text in self.material.conditions(point) if _cues().bought.search(text)]
        return self._distinct([*self.material.limits, *self._denied, *bought])

    def conditions(self, point: Point) -> tuple[str, ...]:
        """What holds for one point only (噪音值为标准档实测): said where that point is told."""
        measured = [fact for fact in self.material.facts if _cues().measured.search(fact) and about(fact, point.text)]
        found = self._distinct([*self.material.conditions(point), *measured])
        return tuple(text for text in found if text not in self.limits and text not in point.text)

    def all_limits(self, told: Sequence[Point]) -> tuple[str, ...]:
        """The restrictions of a text that tells these points."""
        return self._distinct([*self.limits, *(text for point in told for text in self.conditions(point))])

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """Facts that are no restriction and no repetition of a point."""
        told = [point.text for point in self.points]
        known = {*self.limits, *(text for point in self.points for text in self.conditions(point))}
        facts = (fact for fact in self.material.facts if fact not in known and self.allowed(fact))
        return tuple(fact for fact in facts if not any(fact in text or text in fact for text in told))

    @cached_property
    def _denied(self) -> list[str]:
        texts = [*(point.text for point in self.material.points), *self.material.facts]
        return [text for text in texts if _cues().cautions.search(_outside(text))]

    def _distinct(self, texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for text in texts if self.allowed(text)))

    @cached_property
    def kind(self) -> str:
        """What is sold: goods, digital, place, service or course."""
        brief = self.material.brief
        for kind, cue in _cues().kinds:
            if cue.search(brief.industry) or cue.search(brief.product):
                return kind
        return "goods"

    @cached_property
    def name(self) -> str:
        """The product with its brand: 岭上蜂蜜."""
        product, brand = self.material.product, tidy(self.material.brief.brand)
        if not brand or fold(brand) in fold(product):
            return product
        return f"{brand} {product}" if brand[-1].isascii() else f"{brand}{product}"

    @cached_property
    def noun(self) -> str:
        """A common noun that one can choose among, `扫地机`; "" where the product's name holds none."""
        category, name = self.material.category, re.sub(r"[\sA-Za-z0-9]+$", "", self.material.product)
        fits = self.kind == "goods" and category != self.material.product and category[-2:] == name[-2:]
        return category if fits and self.allowed(category) else ""

    @cached_property
    def people(self) -> str:
        """The audience, if it names people rather than a place, a use or a state."""
        audience = self.material.audience
        return audience if _cues().people.search(audience) and self.allowed(audience) else ""

    @cached_property
    def pain(self) -> str:
        return self.material.pain if self.allowed(self.material.pain) else ""

    @cached_property
    def scene(self) -> str:
        return self.material.scene if self.allowed(self.material.scene) else ""

    @cached_property
    def offer(self) -> Terms:
        """The offer's clauses by what they say."""
        offer = self.material.brief.offer
        return terms_of(self.material.offer.parts if isinstance(offer, str) else offer)

    @cached_property
    def price(self) -> str:
        """The price, and what the price compared with rests on."""
        return "，".join(self.prices)

    @cached_property
    def prices(self) -> tuple[str, ...]:
        """`1999元`, and `2299元为10月24日至30日店内最低成交价` where the brief says what the other price is."""
        now, before = self.material.price[:1], self.material.brief.original_price
        if not now or len(self.material.price) < 2 or before is None:
            return now
        value = tidy(before.value)
        value = f"{value}元" if re.fullmatch(r"[\d,.]+", value) else value
        return (now[0], self.material.price[1] if value in before.basis else f"{value}为{tidy(before.basis)}")


def takes(words: Words, angles: Sequence[str], most: int, n: int, longest: int = 99) -> Iterator[Take]:
    """Yield what variants are about: angles go round, and every point of at most `longest` characters leads in turn."""
    order = _possible(words, angles)
    points = [point for point in words.points if len(point.text) <= longest] or list(words.points)
    for place in range(n * 4 if order else 0):
        angle = order[place % len(order)]
        leads = _leading(words, angle, points)
        if not leads:
            yield Take(angle, None, (), words.material.seed + place)
            continue
        lead = leads[(place + place // len(order)) % len(leads)]
        others = [point for point in points if point is not lead]
        shift = place % len(others) if others else 0
        yield Take(angle, lead, tuple((others[shift:] + others[:shift])[: most - 1]), words.material.seed + place)


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
    told = take.told
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
        "S": scene if is_occasion(scene) else "",
        "W": scene if not is_occasion(scene) else "",
        "O": offer.full,
        "o": "，".join(offer.gains),
        "D": offer.until,
        "when": "，".join(offer.dates),
        "Q": "，".join(offer.quotas),
        "F": words.facts[take.turn % len(words.facts)] if words.facts else "",
        "C": words.price,
        "C1": words.price if words.price[:1] in tuple("0123456789¥￥") else "",
        "X": "；".join(words.limits),
        "G": material.cta if words.allowed(material.cta) else "",
        "num": "1" if lead and lead.figure else "",
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


def is_attribute(name: str) -> bool:
    """Tell whether a measure's name can be spoken of by itself: 机身高, not 热水冲."""
    return bool(_cues().attributes.search(name))


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
        "comparison": bool(words.pain and points) and not _cues().wish.search(words.pain),
        "urgency": words.offer.dated,
        "identity": bool(words.people and points),
        "scene": bool(words.scene and points),
        "list": len(points) >= 3,
    }
    return [angle for angle in angles if has.get(angle)] or (["urgency"] if words.offer.gains else [])


def _leading(words: Words, angle: str, points: Sequence[Point]) -> list[Point]:
    """Return the points that may lead, best first."""
    points = [point for point in points if point.kind != "value"] or list(points)
    if angle == "proof":
        points = [point for point in points if point.figure] or points
    if angle in ("pain", "comparison"):
        points.sort(key=words.material.near_pain, reverse=True)
    return points


def _outside(text: str) -> str:
    """Return a text without what stands in brackets: IPX4（防泼溅，不能泡水） is a point."""
    return re.sub(r"（[^（）]*）", "", text)


class _Cues(NamedTuple):
    cautions: re.Pattern[str]
    measured: re.Pattern[str]
    bought: re.Pattern[str]
    attributes: re.Pattern[str]
    kinds: tuple[tuple[str, re.Pattern[str]], ...]
    people: re.Pattern[str]
    wish: re.Pattern[str]


@cache
def _cues() -> _Cues:
    data = read("copy/scripts")["cues"]
    return _Cues(
        re.compile("|".join(data["cautions"])),
        re.compile("|".join(data["measured"])),
        re.compile("|".join(data["bought"])),
        re.compile(f"(?:{'|'.join(data['attributes'])})$"),
        tuple((kind, re.compile("|".join(cues))) for kind, cues in data["kinds"].items()),
        re.compile(f"(?:{'|'.join(data['people'])})$"),
        re.compile("|".join(data["wish"])),
    )
