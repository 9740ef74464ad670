"""An English brief → what the patterns are filled with. What may not be said is left out here, once."""

import re
from dataclasses import dataclass, field, replace
from functools import cached_property

from copilot.briefs import AdBrief, Offer
from copilot.knowledge import read
from copilot.writers.rules.copy import english_words as en
from copilot.writers.rules.copy.english_offers import day, offer_clause
from copilot.writers.rules.copy.english_points import Point, is_clause, plain, typed

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = rf"(?:{_MONTH} {_NTH}|{_NTH} {_MONTH}|\d{{1,2}}/\d{{1,2}}|\d{{4}}-\d{{2}}-\d{{2}})"
_UNTIL = re.compile(rf"\b(?:until|till|through|thru|by|before|ends?(?: on)?|to|-|–)\s*({_DATE})", re.IGNORECASE)
_CODE = re.compile(r"\d")


@dataclass(frozen=True)
class Material:
    """A brief as the English writer reads it. "" and () stand for what it does not give or may not say."""

    brief: AdBrief
    forms: dict[Point, dict[str, str]] = field(default_factory=dict, compare=False)  # filled by english_lines

    @cached_property
    def name(self) -> str:
        """The product as copy names it, with its brand in front if it has a common noun for a name."""
        product, brand = _name(self.brief.product), self.brand
        if product and brand and brand.lower() not in product.lower() and product[1:].islower():
            return f"{brand} {product[0].lower()}{product[1:]}"
        return product or brand

    @cached_property
    def brand(self) -> str:
        return _name(self.brief.brand)

    @cached_property
    def short(self) -> str:
        """What to call it the second time: the brand, if the name begins with it."""
        begins = self.brand and self.name.lower().startswith(self.brand.lower()) and self._tail[:1].islower()
        return self.brand if begins else self.name

    @cached_property
    def _tail(self) -> str:
        """The name without its brand."""
        low, brand = self.name.lower(), self.brand.lower()
        return self.name[len(brand) :].strip() if brand and low.startswith(brand) else self.name

    @cached_property
    def category(self) -> str:
        """A common noun for the product, in lower case: the end of its name, or a keyword that ends it."""
        branded = self._tail != self.name
        tail = re.split(r" (?:for|with|from|by|in) ", self._tail)[0]
        common = re.search(r"(?:(?:^|\s)[a-z][a-z-]*)+$", tail)
        noun = common[0].strip() if common else ""
        if noun and (branded or " " in noun or noun == self.name):
            return noun
        keywords = sorted(self.keywords, key=len, reverse=True)
        ends = (
            keyword for keyword in keywords if tail.lower().endswith(keyword.lower()) and len(keyword) < len(self.name)
        )
        return next(map(en.small, ends), "")

    @cached_property
    def plural(self) -> bool:
        noun = self.category or self.name
        return bool(noun) and en.is_plural(noun.split()[-1]) and bool(self.category)

    @cached_property
    def subject(self) -> str:
        """The product as the subject of a sentence: the Larkstand laptop stand, Tidepool, these socks."""
        if not self.category or en.is_uncountable(self.category):
            return self.short
        if self.name == self.category:
            return f"{'these' if self.plural else 'this'} {self.name}"
        if self.name.lower().startswith("the "):
            return f"the {self.name[4:]}"
        proper = self.plural or re.search(r"['’]s\b|s['’] ", self.name)
        return self.name if proper else f"the {self.name}"

    @cached_property
    def pronoun(self) -> str:
        """It or they; we for a service, which people do."""
        last = self.category.split()[-1] if self.category else ""
        if last in en.words().sets["service_words"]:
            return "we"
        return "they" if self.plural else "it"

    @cached_property
    def keywords(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, map(plain, self.brief.keywords))))

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """The selling points typed, each once, without limits."""
        found: list[Point] = []
        for raw in self.brief.selling_points:
            point = typed(raw, self.plural)
            if point and point.kind != "limit" and not any(_alike(point.text, other.text) for other in found):
                found.append(point)
        return tuple(found)

    @cached_property
    def limits(self) -> tuple[str, ...]:
        """Restrictions among points and facts, as sentences: said plainly beside the price, never sold."""
        every = [typed(raw, self.plural) for raw in (*self.brief.selling_points, *self.brief.facts)]
        return tuple(dict.fromkeys(en.sentence(point.text) for point in every if point and point.kind == "limit"))

    @cached_property
    def facts(self) -> tuple[Point, ...]:
        every = [typed(raw, self.plural) for raw in self.brief.facts]
        return tuple(dict.fromkeys(point for point in every if point and point.kind != "limit"))

    @cached_property
    def pain(self) -> str:
        """The pain, if it shows something happening."""
        pain = plain(self.brief.pain)
        return pain if len(en.tokens(pain)) >= 4 and len(en.content(pain)) >= 2 else ""

    @cached_property
    def pain_is_sentence(self) -> bool:
        return bool(self.pain) and is_clause(self.pain) and not self.pain.endswith("?")

    @cached_property
    def audience(self) -> str:
        """Whom the copy is for, in words that can be said to them."""
        audience = en.small(plain(self.brief.audience))
        said = (
            len(en.tokens(audience)) <= 9
            and not _CODE.match(audience)
            and not re.search(r"[/;:=<>]|\d\s*-\s*\d", audience)
        )
        return audience if said else ""

    @cached_property
    def audience_head(self) -> str:
        """The audience without its relative clause: dog owners who walk after dark → dog owners."""
        head = re.split(r" (?:who|that|which|whose|in|with|of|from) ", self.audience)[0]
        return self.audience if head.lower() in read("copy/english")["anybody"] else head

    @cached_property
    def scene(self) -> str:
        """A time or a place."""
        scene = en.small(plain(self.brief.scene))
        return (
            scene if scene and scene.split()[0] in en.words().sets["prepositions"] | en.words().sets["openers"] else ""
        )

    @cached_property
    def offer(self) -> str:
        """The whole offer as one sentence: who, what, under which condition, how many, until when."""
        offer = self.brief.offer
        if isinstance(offer, str):
            return en.sentence(plain(offer)) if plain(offer) else ""
        return en.sentence(offer_clause(offer, long=True))

    @cached_property
    def offer_on(self) -> str:
        """The offer with the product in it: 15% off the Larkstand laptop stand; "" where it does not go there."""
        offer = self.brief.offer
        if (
            isinstance(offer, str)
            or not plain(offer.what).endswith(" off")
            or plain(offer.threshold)
            or not self.category
        ):
            return ""
        return en.sentence(offer_clause(replace(offer, what=f"{offer.what} {self.subject}"), long=True))

    @cached_property
    def offer_short(self) -> str:
        """The same offer in fewer words, without an end mark."""
        offer = self.brief.offer
        return en.capital(plain(offer) if isinstance(offer, str) else offer_clause(offer, long=False))

    @cached_property
    def deadline(self) -> str:
        """The last day of the offer, as the brief writes it."""
        offer = self.brief.offer
        if isinstance(offer, Offer):
            return day(offer.end)
        match = _UNTIL.search(self.offer)
        return match[1].rstrip(".") if match else ""

    @cached_property
    def is_urgent(self) -> bool:
        quota = isinstance(self.brief.offer, Offer) and bool(plain(self.brief.offer.quota))
        return bool(self.offer) and bool(self.deadline or quota)

    @cached_property
    def price(self) -> str:
        """The price and every restriction that it depends on, as sentences; never one without the other."""
        price = plain(self.brief.price)
        return (
            " ".join([en.sentence(price), *self.limits])
            if (price and _CODE.search(price)) or price.lower() == "free"
            else ""
        )

    @cached_property
    def cta(self) -> str:
        return plain(self.brief.cta)

    @cached_property
    def greeting(self) -> str:
        names = read("copy/english")["greeting_names"]
        given = next((name for name in self.brief.variables if name.lower() in names), "")
        return f"Hi ${{{given}}}," if given else ""

    @cached_property
    def banned(self) -> re.Pattern[str] | None:
        """Words of the brief that must not stand in the copy."""
        given = [re.escape(word.strip()) for word in self.brief.banned if word.strip()]
        return re.compile(rf"(?<!\w)(?:{'|'.join(given)})(?!\w)", re.IGNORECASE) if given else None


def keyword_phrases(material: Material) -> list[str]:
    """Return phrases that hold the keywords: all of them in one, `portable laptop stand`, then one by one."""
    base = material.category or (material.keywords[0] if material.keywords else "")
    phrases = [_phrase(base, material.keywords)] if base else []
    phrases += [_phrase(base, (keyword,)) for keyword in material.keywords if base and " " not in keyword]
    phrases += [keyword for keyword in material.keywords if " " in keyword]
    several = [keyword for keyword in material.keywords if " " in keyword]
    apart = [keyword for keyword in several if len(several) > 1 and keyword.lower() not in material.name.lower()]
    phrases += [f"{keyword}: {name}" for keyword in apart for name in (material.category, material.name) if name]
    whole = [
        phrase if " " in phrase or phrase == material.category else f"{material.short}: {phrase}" for phrase in phrases
    ]
    return list(dict.fromkeys(whole))


def _phrase(base: str, keywords: tuple[str, ...]) -> str:
    front: list[str] = []
    behind: list[str] = []
    for keyword in keywords:
        low = keyword.lower()
        if " " in low or low in base.lower() or base.lower() in low or set(low.split()) & set(base.lower().split()):
            continue
        last = low.split()[-1]
        noun = last.endswith("ing") or en.is_plural(last) or last in read("copy/english")["keyword_behind"]
        (behind if noun else front).append(keyword)
    tail = f" for {' and '.join(behind)}" if behind else ""
    return f"{' '.join([*front, base])}{tail}"


def _name(raw: str) -> str:
    """A name keeps the stop of its last abbreviation: Moss & Co."""
    name = plain(raw)
    return f"{name}." if name and raw.strip().endswith(f"{name}.") else name


def _alike(one: str, other: str) -> bool:
    a, b = en.content(one), en.content(other)
    return (
        bool(a and b) and len(a & b) >= 0.75 * min(len(a), len(b)) and len(a & b) >= 2
    ) or one.lower() == other.lower()
