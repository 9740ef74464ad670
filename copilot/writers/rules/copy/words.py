"""A brief's words for long forms, sorted by what may be done with them: told, restricted, left out.

Of the selling points those that only say what is *not* so (不保证…, …不收) are restrictions, never a benefit.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from copilot.knowledge import read
from copilot.text.fold import fold
from copilot.writers.rules.copy.material import Material, about
from copilot.writers.rules.copy.offers import tidy
from copilot.writers.rules.copy.points import Point
from copilot.writers.rules.copy.terms import Terms, terms_of

_NOT_COMMA = re.compile(r"，{2,}")


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
        cautious = cue("cautions")
        found = [
            point._replace(text=_NOT_COMMA.sub("，", point.text))
            for point in self.material.points
            if self.allowed(point.text) and not cautious.search(_outside(point.text))
        ]
        return tuple(sorted(found, key=lambda point: point.kind == "value"))

    @cached_property
    def limits(self) -> tuple[str, ...]:
        """Restrictions of what one gets for the price, and what points and facts deny: said with every price."""
        bought = [
            text for point in self.points for text in self.material.conditions(point) if cue("bought").search(text)
        ]
        return self._distinct([*self.material.limits, *self._denied, *bought])

    def conditions(self, point: Point) -> tuple[str, ...]:
        """What holds for one point only (噪音值为标准档实测): said where that point is told."""
        measured = [fact for fact in self.material.facts if cue("measured").search(fact) and about(fact, point.text)]
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
        return [text for text in texts if cue("cautions").search(_outside(text))]

    def _distinct(self, texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for text in texts if self.allowed(text)))

    @cached_property
    def kind(self) -> str:
        """What is sold: goods, digital, place, service or course."""
        brief = self.material.brief
        for kind, hint in _kinds():
            if hint.search(brief.industry) or hint.search(brief.product):
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
        return audience if cue("people", ending=True).search(audience) and self.allowed(audience) else ""

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
    def now(self) -> str:
        """The price; "" when the offer names the same amount already."""
        now = "".join(self.material.price[:1])
        amount = re.match(r"[¥￥]?\d[\d,.]*元?", now)
        return "" if amount and re.search(rf"(?<![\d.]){re.escape(amount[0])}", self.offer.full) else now

    @cached_property
    def base(self) -> str:
        """`2299元为10月24日至30日店内最低成交价`, where the brief says what the price compared with rests on."""
        before = self.material.brief.original_price
        if not self.material.brief.price or before is None or not (before.value and before.basis):
            return ""
        value, basis = tidy(before.value), tidy(before.basis)
        value = f"{value}元" if re.fullmatch(r"[\d,.]+", value) else value
        return basis if value in basis else f"{value}为{basis}"

    @cached_property
    def prices(self) -> tuple[str, ...]:
        return tuple(text for text in (self.now, self.base) if text and self.allowed(text))

    @cached_property
    def price(self) -> str:
        """What may be said about the price, as one clause."""
        return "，".join(self.prices)


def is_attribute(name: str) -> bool:
    """Tell whether a measure's name can be spoken of by itself: 机身高, not 热水冲."""
    return bool(cue("attributes", ending=True).search(name))


@cache
def cue(name: str, ending: bool = False) -> re.Pattern[str]:
    """Return what `cues` of scripts.yaml lists under a name, as one expression; `ending`: at the end of a text only."""
    words = "|".join(read("copy/scripts")["cues"][name])
    return re.compile(f"(?:{words})$" if ending else words)


@cache
def _kinds() -> tuple[tuple[str, re.Pattern[str]], ...]:
    kinds = read("copy/scripts")["cues"]["kinds"]
    return tuple((kind, re.compile("|".join(cues))) for kind, cues in kinds.items())


def _outside(text: str) -> str:
    """Return a text without what stands in brackets: IPX4（防泼溅，不能泡水） is a point."""
    return re.sub(r"（[^（）]*）", "", text)
