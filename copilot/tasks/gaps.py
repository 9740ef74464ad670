"""What a brief leaves out: at most three questions, the one that would change the copy most first."""

import re
from collections.abc import Iterator
from functools import cache
from string import Template

from copilot.briefs import AdBrief, Gap, Offer
from copilot.knowledge import read
from copilot.text import fold

_MOST = 3
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PROOF_NUMBER = re.compile(r"\d+(?:\.\d+)?\s*(?:%|％|倍)|(?:超过?|累计|已有)?\s*\d+(?:\.\d+)?\s*[万亿]")
_ENDS = re.compile(
    r"截止|截至|为止|结束|有效期|止|至|到\s*\d|仅限|当天|今天|今晚|until|ends?\b|through|only|by\s+\w+\s+\d"
    r"|\d+\s*月\s*\d+|\d{1,2}[./]\d{1,2}|[到至]\s*(?:周|星期|月底|年底)",
    re.I,
)
_BOUNDS = re.compile(
    r"满\s*[\d一二两三四五六七八九十]|前\s*\d|限量|名额|不限|无门槛|每人|每单|第[二2两]|买[一二两三\d]|限\s*\d"
    r"|over \$|first \d",
    re.I,
)
_SIZED = re.compile(r"[\d一二两三四五六七八九十半]\s*\w")


def gaps(brief: AdBrief) -> tuple[Gap, ...]:
    """Return at most three questions about what `brief` leaves out, most useful first."""
    found: dict[str, tuple[int, Gap]] = {}
    for weight, name, key, values in _missing(brief):
        data = read("brief")["gaps"][name]
        question = Template(data["question"]).substitute({"product": brief.product or "它", **values})
        if key not in found or found[key][0] < weight:
            found[key] = (weight, Gap(key, question, data["example"]))
    ordered = sorted(found.values(), key=lambda entry: -entry[0])
    return tuple(gap for _, gap in ordered[:_MOST])


def price_value(text: str) -> float:
    """Return the only number in a price, 0.0 when there is none or more than one."""
    numbers = _NUMBER.findall(text.replace(",", ""))
    return float(numbers[0]) if len(numbers) == 1 else 0.0


def _missing(brief: AdBrief) -> Iterator[tuple[int, str, str, dict[str, str]]]:
    """Yield weight, question, key and what the question names; weights are set by hand, 100: a copy about nothing."""
    on = _groups(brief)
    if not brief.product:
        yield (40 if brief.offer else 110), "product", "product", {}
    if not brief.selling_points:
        yield (
            (65 if brief.facts or (brief.offer and on & {"offers", "events"}) else 100),
            "selling_points",
            "selling_points",
            {},
        )
    if "sms" in brief.platform and not brief.sms_sign:
        yield 96, "sms_sign", "sms_sign", {}
    if "titles" in on and not brief.keywords:
        yield 92, "keywords", "keywords", {}
    yield from _about_the_offer(brief, on)
    if brief.original_price and not brief.original_price.basis:
        yield 80, "original_price", "original_price", {"price": brief.original_price.value}
    if _needs_approval(brief):
        yield 82, "qualification", "qualification", {}
    if point := unproved(brief):
        yield 76, "proof", "facts", {"point": point}
    if not brief.audience and not brief.pain:
        yield (86 if "stories" in on else 72 if on != {"titles"} else 20), "audience", "audience", {}
    elif not brief.pain:
        who = brief.audience if len(brief.audience) <= 16 else "他们"
        yield (62 if "stories" in on else 35), "pain", "pain", {"audience": who}
    if "links" in on and not brief.link:
        yield 55, "link", "link", {}
    elif not brief.cta and not brief.link and on != {"titles"}:
        yield 30, "cta", "cta", {}


def _groups(brief: AdBrief) -> set[str]:
    groups = read("brief")["gap_channels"]
    return {name for name, ids in groups.items() if any(platform in ids for platform in brief.platform)}


def _about_the_offer(brief: AdBrief, on: set[str]) -> Iterator[tuple[int, str, str, dict[str, str]]]:
    offer = brief.offer
    if not offer:
        if "events" in on:
            yield 94, "offer", "offer", {}
        return
    if isinstance(offer, Offer):
        ends, whole = bool(offer.end), " ".join(filter(None, (offer.what, offer.gift)))
        bounded = bool(offer.threshold or offer.quota) or bool(_BOUNDS.search(whole))
        gift = offer.gift
    else:
        ends, bounded = bool(_ENDS.search(offer)), bool(_BOUNDS.search(offer))
        match = re.search(r"(?<!买一)[送赠]([^，。；、！]+)", offer)
        gift = match[1] if match else ""
    if not ends:
        yield 90, "offer_end", "offer.end", {}
    if not bounded:
        yield 84, "offer_threshold", "offer.threshold", {}
    if gift and not _SIZED.search(gift):
        yield 85, "gift", "offer.gift", {}


def _needs_approval(brief: AdBrief) -> bool:
    industry = fold(brief.industry)
    return not brief.qualification and any(word in industry for word in read("brief")["approved_industries"])


def unproved(brief: AdBrief) -> str:
    """Return the first selling point with a claim, a percentage or a multiple that no fact repeats; "" if none."""
    facts = fold(" ".join((*brief.facts, brief.qualification)))
    for point in brief.selling_points:
        folded = fold(point)
        asks = [*_PROOF_NUMBER.findall(folded), *_claims().findall(folded)]
        if any(word.strip() not in facts for word in asks):
            return point if len(point) <= 24 else f"{point[:23]}…"
    return ""


@cache
def _claims() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, read("brief")["claims"])) + r"(?!步|次|眼|天|时间|杯|件|节)")
