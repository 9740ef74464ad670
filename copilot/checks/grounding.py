"""Whether what a copy states stands in its brief: figures with unit and bound, dates, proofs, promises, witnesses.

A finding says where the copy goes beyond its sources; `evidence` because a person may know more than the brief.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from copilot.briefs import AdBrief, Offer
from copilot.checks.claims import Claim, claims_in, exact_in
from copilot.checks.fields import field_texts
from copilot.checks.listing import list_counts
from copilot.checks.numerals import tables
from copilot.checks.quantities import Quantity, quantities, readable
from copilot.knowledge import read
from copilot.types import Finding

MONEY = frozenset({"元", "美元", "欧元", "英镑", "港元", "日元"})
_TIMES = frozenset({"秒", "天", "月", "工作日"})
_SPACE = re.compile(r"[\s\-·]+")
_ALIKE = str.maketrans("零一二两三四五六七八九×*", "01223456789xx")  # 买二送一 is 买 2 送 1
_ALONE = re.compile(r"\s*[¥￥$€£]?\s*\d[\d,.]*\s*")
_HAN = re.compile(r"[\u3400-\u9fff]")
_ADVICE = {
    "number": "简报里没有这个数字：补上依据（facts），或者删掉。",
    "date": "简报里没有这个日期或时间：补上，或者删掉。",
    "name": "简报里没有这个型号或标准：补上依据（facts），或者删掉。",
    "count": "说了几点就要列几点：让条数与正文一致，或者不写数目。",
}


@dataclass(frozen=True)
class Sources:
    """What may be stated: the texts, their figures by value, and the claims that stand in them. Made once a brief."""

    texts: tuple[str, ...]
    figures: dict[float, tuple[tuple[Quantity, bool], ...]]  # value → figures; True: the text is the number alone
    dates: tuple[Quantity, ...]

    # Asked for when a copy claims something: one draft in six.
    @cached_property
    def compact(self) -> str:
        """The texts folded, without white space and hyphens."""
        return "\n".join(_compact(line) for text in self.texts for line in readable(text).split("\n"))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The groups of claims that one of the texts makes."""
        return frozenset(name for name, _, _ in claims_in("\n".join(map(readable, self.texts))))

    @staticmethod
    def of(brief: AdBrief) -> "Sources":
        """Return the sources of a brief; the same object for an equal brief."""
        return _of_brief(brief)

    @staticmethod
    def from_texts(texts: Sequence[str]) -> "Sources":
        """Return the sources in `texts`; the same object for equal texts."""
        return _of_texts(tuple(texts))


@lru_cache(maxsize=256)
def _of_brief(brief: AdBrief) -> Sources:
    return _of_texts(tuple(brief_sources(brief)))


@lru_cache(maxsize=256)
def _of_texts(texts: tuple[str, ...]) -> Sources:
    figures: dict[float, list[tuple[Quantity, bool]]] = {}
    dates: list[Quantity] = []
    for text in texts:
        alone = _ALONE.fullmatch(text) is not None
        for quantity in quantities(text):
            if quantity.kind == "number":
                figures.setdefault(quantity.value, []).append((quantity, alone))
            if quantity.kind != "number" or quantity.also is not None:
                dates.append(quantity)
    return Sources(texts, {value: tuple(found) for value, found in figures.items()}, tuple(dates))


def _compact(plain: str) -> str:
    return _SPACE.sub("", plain).translate(_ALIKE)


def brief_sources(brief: AdBrief) -> list[str]:
    """Return every string of the brief that counts as source; a bare price gets its unit."""
    offer = brief.offer
    offered = _offer_texts(offer) if isinstance(offer, Offer) else [offer]
    prices = [brief.price, brief.original_price.value if brief.original_price else ""]
    if _HAN.search(brief.product + "".join(brief.selling_points)):
        prices = [text for price in prices for text in _in_yuan(price)]
    basis = brief.original_price.basis if brief.original_price else ""
    found = [
        *(brief.product, brief.brand, brief.industry, *brief.selling_points, brief.audience, brief.pain, brief.scene),
        *(*offered, *prices, basis, *brief.facts, *brief.keywords, brief.cta, brief.link, brief.sms_sign),
        brief.qualification,
    ]
    return [text for text in found if text.strip()]


def _offer_texts(offer: Offer) -> list[str]:
    until = [f"{offer.start}–{offer.end}"] if offer.start and offer.end else []  # 11 月 1 日–3 日: one month for both
    gift = [f"赠送 {offer.gift}"] if offer.gift else []  # the field says that it is given
    return [offer.who, offer.what, offer.threshold, *gift, offer.quota, offer.start, offer.end, *until]


def _in_yuan(price: str) -> list[str]:
    """Return a price as written and, for numbers without a unit, in yuan: 199, 月卡599, M 号 159 L 号 199."""
    bare = [q.value for q in quantities(price) if q.kind == "number" and q.unit[:1] in ("", "?")]
    amounts = [f"{value:g}元" for value in bare if 0 < value < 1e6]
    return amounts if amounts and _ALONE.fullmatch(price) else [price, *amounts]


def ungrounded(
    text: str, sources: Sources | Sequence[str], field: str = "text", *, whole: Sequence[str] = ()
) -> list[Finding]:
    """Return what `text` states and no source holds, in order.

    `whole` are all texts of the variant, in which the points are counted that a title announces.
    """
    known = sources if isinstance(sources, Sources) else Sources.from_texts(sources)
    plain = readable(text)
    figures, claims = quantities(text), claims_in(plain)
    if not figures and not claims:  # of a draft all but two texts
        return []
    literal = [span for _, claim, span in claims if not claim.kin or claim.kind == "feast"]
    found = []
    counted = list_counts(plain, whole or [text])
    for quantity in figures:
        if any(start <= quantity.start < end or start < quantity.end <= end for start, end in literal):
            continue  # ISO 9001, 双 11: one finding is enough
        listed = next((item for item in counted if item.start <= quantity.start < item.end), None)
        if listed and listed.held:
            continue
        problem = _problem(quantity, plain, known)
        if problem:
            rule, advice = (
                ("count", _ADVICE["count"])
                if listed and quantity.kind == "number" and quantity.unit != "?点"
                else problem
            )
            found.append(_finding(rule, advice, field, text, quantity.start, quantity.end))
    for name, claim, span in claims:
        if not _held(name, claim, plain[span[0] : span[1]], known):
            advice = f"简报里没有说到这一条（{claim.label}）：有依据就写进 facts，没有就删掉。"
            found.append(_finding(claim.kind, advice, field, text, *span))
    return sorted(found, key=lambda finding: finding.start)


def _held(name: str, claim: Claim, match: str, known: Sources) -> bool:
    if claim.kin and name in known.kinds:
        return True
    return claim.pattern is not None and _compact(match) in known.compact


def ungrounded_fields(fields: Mapping[str, str | Sequence[str]], sources: Sources | Sequence[str]) -> list[Finding]:
    """Return what the fields of a variant state and no source holds; an entry of a list is named `headlines[0]`."""
    texts = list(field_texts(fields))
    whole = [text for _, text in texts]
    return [finding for name, text in texts for finding in ungrounded(text, sources, name, whole=whole)]


def witnesses(plain: str, sources: Sources) -> list[tuple[int, int]]:
    """Return the spans of the experiences that folded text claims and no source holds."""
    claimed = exact_in(plain, "witness")
    return [span for name, claim, span in claimed if not _held(name, claim, plain[span[0] : span[1]], sources)]


def _finding(rule: str, advice: str, field: str, text: str, start: int, end: int) -> Finding:
    while end > start and text[end - 1].isspace():
        end -= 1
    return Finding(f"grounding.{rule}", "grounding", "evidence", field, start, end, text[start:end], "", advice)


def _problem(quantity: Quantity, plain: str, known: Sources) -> tuple[str, str] | None:
    """Return rule and advice when no source holds the figure."""
    if quantity.kind == "name":
        return None if _holds_word(_compact(quantity.text), known.compact) else ("name", _ADVICE["name"])
    if quantity.kind != "number" or quantity.also is not None:
        if any(_same_date(quantity, other) for other in known.dates):
            return None
        if quantity.kind != "number":
            return "date", _ADVICE["date"]
    return _number_problem(quantity, plain, known)


def _number_problem(quantity: Quantity, plain: str, known: Sources) -> tuple[str, str] | None:
    loose = quantity.unit[:1] in ("", "?")
    if loose and (quantity.value == 0 or _stands_with_its_word(quantity, plain, known)):
        return None  # 0 添加 is a claim of its own kind
    candidates = known.figures.get(quantity.value) or _near(quantity.value, known)
    fitting = [other for other, alone in candidates if alone or _fits(quantity.unit, other.unit)]
    if any(carries(other, quantity) for other in fitting):
        return None
    if fitting:
        return "bound", f"简报写的是“{_said(fitting[0], known)}”：界限要照写。"
    if candidates:
        return "unit", f"简报里这个数字是“{_said(candidates[0][0], known)}”：单位要照写。"
    return "number", _ADVICE["number"]


def _near(value: float, known: Sources) -> tuple[tuple[Quantity, bool], ...]:
    for other, found in known.figures.items():
        if abs(other - value) <= 1e-6 * max(abs(other), abs(value)):
            return found
    return ()


def same_unit(one: str, other: str) -> bool:
    """Tell whether two units say the same: equal, or counters of one group, or 个 for any counter."""
    if one == other or {one, other} == {"克", "gb"}:  # 16G
        return True
    if one[:1] == other[:1] == "#":
        groups, loose = tables().groups, read("grounding")["any_counter"]
        if one[1:] in loose or other[1:] in loose:
            return True
        return bool(groups[one[1:]] & groups[other[1:]])
    return False


def _fits(unit: str, source: str) -> bool:
    return same_unit(unit, source) or (unit == "" and source in MONEY)  # 10 斤 89


def carries(source: Quantity, copy: Quantity) -> bool:
    """Tell whether the source's bound and range allow the copy's."""
    if (source.low is None) != (copy.low is None):
        return False
    if source.low is not None and copy.low is not None and abs(source.low - copy.low) > 1e-6 * abs(source.low):
        return False
    if source.bound == copy.bound:
        return True
    if copy.bound == "within" and source.bound == "" and copy.unit not in _TIMES:
        return False
    return copy.bound in read("grounding")["bound_carries"].get(source.bound, ())


def _same_date(one: Quantity, other: Quantity) -> bool:
    if one.kind in ("number", "date") and other.kind in ("number", "date"):
        here = one.also if one.kind == "number" else one.value
        there = other.also if other.kind == "number" else other.value
        if here is None or there is None:
            return False
        (month, day), (its_month, its_day) = divmod(here, 100), divmod(there, 100)
        return month in (0, its_month) and day in (0, its_day)
    if one.kind != other.kind:
        return False
    if one.kind == "clock":
        apart = abs(one.value - other.value)
        return apart in (0, 1440) or (apart == 720 and "12h" in (one.unit, other.unit))
    return one.value == other.value


def _stands_with_its_word(quantity: Quantity, plain: str, known: Sources) -> bool:
    """Tell whether a number without a unit stands in a source behind the same word: iPhone 15, 小米 14."""
    before = re.search(r"(?:[a-z]+|[a-z\u4e00-\u9fff]{2,3})\s?$", plain[max(0, quantity.start - 12) : quantity.start])
    return before is not None and _holds_word(_compact(before[0] + quantity.text), known.compact)


def _holds_word(word: str, compact: str) -> bool:
    """Tell whether `word` stands in `compact` without a digit or letter that continues it."""
    place = compact.find(word)
    while place >= 0:
        before, after = compact[place - 1 : place], compact[place + len(word) : place + len(word) + 1]
        # letters before it are another word: white space is gone from Core i7
        if not (before.isdigit() and word[0].isdigit()) and not _continues(word[-1], after):
            return True
        place = compact.find(word, place + 1)
    return False


def _continues(one: str, other: str) -> bool:
    if not (one.isascii() and other.isascii()):
        return False
    return (one.isdigit() and other.isdigit()) or (one.isalpha() and other.isalpha())


def _said(quantity: Quantity, known: Sources) -> str:
    """Return the clause of the source that holds the figure."""
    for text in known.texts:
        plain = readable(text)
        place = plain.find(quantity.text.strip())
        if place >= 0:
            clause = next(m for m in re.finditer(r"[^，。；！？,;!?\n]+|.", text) if m.start() <= place < m.end())
            return clause[0].strip()
    return quantity.text.strip()
