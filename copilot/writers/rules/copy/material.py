"""A brief → what the patterns are filled with: typed points, a speakable audience, offer and price as clauses."""

import re
import zlib
from dataclasses import dataclass
from functools import cached_property

from copilot.briefs import AdBrief
from copilot.writers.rules.copy.offers import OfferText, offer_text, price_text, tidy
from copilot.writers.rules.copy.points import (
    Point,
    is_occasion,
    is_people,
    is_scene,
    is_segment,
    lapse_of,
    plain,
    typed,
    without_emoji,
)

_HAN = r"\u4e00-\u9fff"
_SPEAKABLE = 14  # characters: a longer audience is a description, nobody is spoken to like that
_EXTRA = 30  # characters: a longer fact is evidence for a person to read, not a line of copy
_WORRY = re.compile(r"(?:总是|经常)?(?:为|因为)(?=.*(?:发愁|烦恼|苦恼))")  # 上班族总为晚饭发愁
_WORRY_END = re.compile(r"的?(?:痛点|问题|烦恼)$")
# What the price does not buy goes with the price; any other restriction may belong to one point alone.
_PURCHASE = re.compile(r"自备|另购|另售|另买|单独购买|不附|不送|仅限|只限|不含(?!.*[档下]$)|不包")


@dataclass(frozen=True)
class Material:
    """A brief as the writer reads it. "" and () stand for what the brief does not give."""

    brief: AdBrief

    @cached_property
    def product(self) -> str:
        """The product as copy names it."""
        name = re.sub(r"【[^】]*】|[！!]+$", "", without_emoji(self.brief.product))
        name = re.sub(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])", "", name)
        return tidy(name) or tidy(self.brief.brand)

    @cached_property
    def category(self) -> str:
        """A common noun for the product: its first keyword that is one, else the end of its name."""
        product = self.product
        if "App" in product or "APP" in product:
            return product
        tail = product.removeprefix(self.brief.brand) if self.brief.brand else product
        runs = re.findall(rf"[{_HAN}]{{2,}}(?:App|APP|app)?|(?:App|APP|app|SaaS)", tail)
        noun = runs[-1] if runs else ""
        same = (word for word in self.keywords if noun and word.endswith(noun[-2:]) and 2 <= len(word) <= 7)
        noun = next(same, noun)
        if 2 <= len(noun) <= 7:
            return noun
        return next((word for word in self.keywords if re.fullmatch(rf"[{_HAN}]{{2,6}}", word)), product)

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """The selling points typed, without limits, each once."""
        found: dict[str, Point] = {}
        for raw in self.brief.selling_points:
            point = typed(raw)
            key = re.sub(r"\W", "", point.text)
            if key and point.kind != "limit" and not any(key in other or other in key for other in found):
                found[key] = point
        return tuple(found.values())

    @cached_property
    def _all_limits(self) -> tuple[str, ...]:
        texts = [typed(raw) for raw in (*self.brief.selling_points, *self.brief.facts)]
        return tuple(dict.fromkeys(point.text for point in texts if point.kind == "limit"))

    @cached_property
    def limits(self) -> tuple[str, ...]:
        """Restrictions of what one gets for the price: said plainly wherever a price is named, never sold (C9)."""
        return tuple(text for text in self._all_limits if _PURCHASE.search(text) or not self._of_a_point(text))

    def conditions(self, point: Point) -> tuple[str, ...]:
        """Restrictions of one point (噪音值为标准档实测): said wherever that point is told."""
        mine = (text for text in self._all_limits if about(text, point.text) and text not in point.text)
        return tuple(text for text in mine if not _PURCHASE.search(text))

    def _of_a_point(self, limit: str) -> bool:
        return any(about(limit, point.text) for point in self.points)

    @cached_property
    def extras(self) -> tuple[Point, ...]:
        """Facts that can stand beside a lead point, typed, none that a point says already."""
        told = [re.sub(r"\W", "", point.text) for point in self.points]
        found = [typed(fact) for fact in self.facts]
        fresh = [
            fact for fact in found if not any((key := re.sub(r"\W", "", fact.text)) in t or t in key for t in told)
        ]
        return tuple(fact for fact in fresh if len(fact.text) <= _EXTRA)

    @cached_property
    def facts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(plain(fact) for fact in self.brief.facts if typed(fact).kind != "limit"))

    @cached_property
    def pain(self) -> str:
        """The pain, if it is a scene (C6)."""
        pain = re.sub(r"(?:怎么办|咋办)?[？?]+$", "", plain(self.brief.pain))
        told = len(self.audience) if pain.startswith(self.audience) else 0
        head = _WORRY.match(pain, told) or _WORRY.match(pain)
        pain = _WORRY_END.sub("", pain[head.end() :] if head else pain)
        return pain if is_scene(pain) else ""

    @cached_property
    def audience(self) -> str:
        """Whom the copy speaks to, if one can speak to them like that."""
        audience = re.split("[/、，,；;]", tidy(self.brief.audience))[0]
        audience = f"{audience}人" if audience.endswith("的") else audience
        speakable = 2 <= len(audience) <= _SPEAKABLE and is_people(audience) and not is_segment(audience)
        return audience if speakable else ""

    @cached_property
    def lapse(self) -> str:
        """`两个月没来`, when the audience are people who stayed away."""
        return lapse_of(self.brief.audience)

    @cached_property
    def scene(self) -> str:
        """A time or a place that stands before a predicate."""
        scene = re.split("[、，,/；;]", tidy(self.brief.scene))[0]
        return re.sub("(?:场景|等)$", "", scene)

    @cached_property
    def offer(self) -> OfferText:
        return offer_text(self.brief.offer)

    @cached_property
    def price(self) -> tuple[str, ...]:
        """Clauses about the price; none when the offer says it already."""
        clauses = price_text(self.brief)
        return () if clauses and clauses[0].rstrip("元") in self.offer.full else clauses

    @cached_property
    def keywords(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, map(tidy, self.brief.keywords))))

    @cached_property
    def cta(self) -> str:
        return tidy(self.brief.cta)

    @cached_property
    def slots(self) -> dict[str, str]:
        """What patterns are filled with whatever point they tell; the names stand in lines.yaml."""
        offer, scene, price = self.offer, self.scene, self.price
        moment = self.pain.partition("，")[0]
        return {
            "P": self.product,
            "B": self.brief.brand or self.product,
            "K": self.category,
            "A": self.pain,
            "A1": moment if is_scene(moment) else "",
            "U": self.audience,
            "S": scene if is_occasion(scene) else "",
            "W": scene if not is_occasion(scene) else "",
            "O": offer.full,
            "o": offer.short,
            "D": offer.until,
            "Q": offer.quota,
            "Y": self.lapse,
            "C": price[0] if price else "",
            "CC": "，".join(price),
            "C1": price[0] if price and price[0][0] in "0123456789¥￥" else "",
            "X": self.limits[0] if self.limits else "",
            "G": self.cta,
        }

    def near_pain(self, point: Point) -> int:
        """How many characters of the pain a point shares: what answers it is told with it."""
        return len(set(point.text) & set(self.pain) - set("的了就不有也在是一到还都把"))

    @cached_property
    def seed(self) -> int:
        """A number that is the same for the same brief: which of equal patterns comes first."""
        return zlib.crc32(f"{self.brief.product}|{'|'.join(self.brief.selling_points)}".encode())


def about(limit: str, point: str) -> bool:
    """Tell whether a restriction speaks of what a point says: they share two Chinese characters in a row."""
    pairs = {limit[i : i + 2] for i in range(len(limit) - 1) if re.fullmatch(rf"[{_HAN}]{{2}}", limit[i : i + 2])}
    return any(pair in point for pair in pairs - _COMMON)


_COMMON = {"不含", "支持", "不支", "需要", "可以", "使用", "不能", "同时", "仅限", "另购", "单独"}
