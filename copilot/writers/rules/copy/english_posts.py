"""One English post or mail for one angle: prices with their restrictions, offers with who, what and until when."""

import re
from collections.abc import Mapping, Sequence

from copilot.channels import ChannelField
from copilot.knowledge import read
from copilot.text.clean import clean
from copilot.text.counters import count
from copilot.types import CopyDraft
from copilot.writers.rules.copy import english_words as en
from copilot.writers.rules.copy.english_lines import Line, Uses, allowed, following, forms_of, realised
from copilot.writers.rules.copy.english_material import Material, keyword_phrases
from copilot.writers.rules.copy.english_points import Point

Fields = Mapping[str, ChannelField]

_MOST = 3  # points in one variant, restrictions counted
_AMOUNT = re.compile(r"[$€£¥]\s?\d|\d\s?(?:USD|EUR|GBP|dollars|euros|pounds)\b")


def fits(text: str, field: ChannelField, visible: bool = False) -> bool:
    """Tell whether a text is inside the field's limit, or inside what is seen unfolded."""
    limit = field.visible if visible and field.visible else field.limit
    return not limit or count(text, field.counter) <= limit


def post(angle: str, material: Material, fields: Fields, uses: Uses, others: Sequence[CopyDraft]) -> CopyDraft | None:
    """Return a Meta post: a text that is seen whole, a headline, a description."""
    heads = [_head(str(other.fields["primary_text"])) for other in others]

    def good(text: str) -> bool:
        return fits(text, fields["primary_text"], visible=True) and _head(text) not in heads

    line = realised("primary", angle, material, uses, good)
    if line is None:
        return None
    taken = [str(text) for other in others for text in other.fields.values()]
    description = fields.get("description")
    terms = _terms(line.text, material, description) if description else ""
    room = _MOST - len(line.points) - (len(material.limits) if terms else 0)
    headline = _headline(line, material, fields["headline"], uses, taken, room)
    if not headline:
        return None
    uses.note(line)
    made: dict[str, str | tuple[str, ...]] = {"primary_text": line.text, "headline": headline}
    if description:
        room -= any(_said(point.text, headline) for point in material.points if point not in line.points)
        points = _unused(line, material, uses) if room > 0 else []
        text = terms or _description(f"{line.text} {headline}", points, material, description, taken)
        made |= {"description": text} if text else {}
    return CopyDraft("", angle, line.formula, made)


def mail(angle: str, material: Material, fields: Fields, uses: Uses, others: Sequence[CopyDraft]) -> CopyDraft | None:
    """Return an e-mail: subject, preheader, and a body that ends with the act it asks for."""
    heads = [_head(str(other.fields["body"]).removeprefix(material.greeting)) for other in others]
    opening = realised("opening", angle, material, uses, lambda text: _head(text) not in heads)
    if opening is None:
        return None
    more = [point for point in _unused(opening, material, uses) if not _said(point.text, opening.text)]
    points = (*opening.points, *more)[: max(_MOST - len(material.limits), len(opening.points))]
    uses.note(opening)
    subjects = [str(other.fields["subject"]) for other in others]
    subject = _subject(angle, points, material, fields["subject"], uses, subjects)
    body = _body(opening, points, material)
    if not subject or not fits(body, fields["body"]) or (material.banned and material.banned.search(body)):
        return None
    made: dict[str, str | tuple[str, ...]] = {"subject": subject}
    if "preheader" in fields:
        preheader = _preheader(subject, body, points, material, fields["preheader"])
        made |= {"preheader": preheader} if preheader else {}
    return CopyDraft("", angle, opening.formula, made | {"body": body})


def _head(text: str) -> str:
    """What no two variants share: the first eight letters or digits."""
    return re.sub(r"\W", "", text)[:8].lower()


def _headline(line: Line, material: Material, field: ChannelField, uses: Uses, taken: Sequence[str], room: int) -> str:
    """Keywords that the text lacks come first; else the name, and a point when the text holds the name."""
    missing = [keyword for keyword in material.keywords if not _holds(line.text, keyword)]
    named = _holds(line.text, material.short) or (bool(material.category) and _holds(line.text, material.category))
    phrases = [en.title(phrase) for phrase in keyword_phrases(material)]
    free = [point for point in _unused(line, material, uses) if " " in point.text] if room > 0 else []
    points = [en.title(forms_of(point, material)["head"]) for point in free]
    name, category = en.title(material.name), en.title(material.category)
    audience = f"{category} for {en.title(material.audience_head)}" if category and material.audience else ""
    both = [f"{front}: {point}" for front in dict.fromkeys((*phrases, category, name)) if front for point in points]
    wanted = [*points, name, audience, *phrases, *both] if named else [name, *phrases, audience, *both]
    wanted = [text for text in wanted if text and text.count(":") < 2 and fits(text, field) and allowed(text, material)]
    wanted.sort(key=lambda text: (-_gain(text, missing), not fits(text, field, visible=True), text in taken))
    return wanted[0] if wanted else ""


def _gain(text: str, keywords: Sequence[str]) -> int:
    return sum(_holds(text, keyword) for keyword in keywords)


def _terms(text: str, material: Material, field: ChannelField) -> str:
    """The price with its restrictions; where that has no room and the text names an amount, the restrictions alone."""
    price, limits = material.price.removesuffix("."), " ".join(material.limits).removesuffix(".")
    if price and price not in text and fits(price, field) and allowed(price, material):
        return price
    return limits if _AMOUNT.search(text) and fits(limits, field) and allowed(limits, material) else ""


def _description(
    text: str, points: Sequence[Point], material: Material, field: ChannelField, taken: Sequence[str]
) -> str:
    """The last day, a point that is not said yet, or the act."""
    deadline = f"Offer ends {material.deadline}" if material.deadline and _said(material.offer, text) else ""
    heads = [forms_of(point, material)["head"] for point in points if " " in point.text and not _said(point.text, text)]
    wanted = [line for line in (deadline, *heads, en.capital(material.cta)) if line]
    wanted = [line for line in wanted if fits(line, field) and allowed(line, material)]
    return next((line for line in wanted if line not in taken), wanted[0] if wanted else "")


def _subject(
    angle: str, points: Sequence[Point], material: Material, field: ChannelField, uses: Uses, taken: Sequence[str]
) -> str:
    """A subject of the angle; when none is short enough, a point of the body or the name."""
    heads = [_head(subject) for subject in taken]

    def good(text: str) -> bool:
        return fits(text, field) and _head(text) not in heads

    absent = [point for point in material.points if point not in points]
    answer = [point for point in material.points if point not in points[:1]] if angle == "pain" else absent
    for wanted, barred in ((angle, absent), ("any", answer), ("any", absent), ("any", ())):
        line = realised("subject", wanted, material, uses, good, barred)
        if line:
            return line.text
    return ""


def _preheader(subject: str, body: str, points: Sequence[Point], material: Material, field: ChannelField) -> str:
    """What the subject does not say: missing keywords first, then the offer, a point or the price."""
    missing = [keyword for keyword in material.keywords if not _holds(f"{subject} {body}", keyword)]
    unsaid = [point for point in points if not _said(point.text, subject)]
    lows = [low for point in unsaid if (low := forms_of(point, material)["low"]) and ":" not in low]
    named = [phrase for phrase in keyword_phrases(material) if ":" not in phrase] if missing else []
    phrases = [en.sentence(f"{phrase}: {low}") for phrase in named for low in lows] + [
        *map(en.sentence, keyword_phrases(material))
    ]
    price = f"{en.capital(material.name)}: {en.small(material.price)}" if material.price else ""
    wanted = [material.offer, *(forms_of(point, material)["full"] for point in unsaid[::-1]), price, *phrases]
    wanted = [
        text for text in wanted if text and not _said(text, subject) and fits(text, field) and allowed(text, material)
    ]
    wanted.sort(key=lambda text: -_gain(text, missing))
    return wanted[0] if wanted else ""


def _body(opening: Line, points: Sequence[Point], material: Material) -> str:
    """Greeting, opening and the other points, facts, offer, price, the act, signature, how to stop."""
    said = opening.text
    for point in points[len(opening.points) :]:
        said = f"{said} {following(point, said, material)}"
    told = [fact for fact in material.facts[:2] if fact.kind not in ("noun", "parts") or _shares(fact.text, said)]
    facts = [following(fact, said, material) for fact in told]
    offer = material.offer if not _said(material.offer, said) else ""
    paragraphs = [material.greeting, said, " ".join(fact for fact in facts if not _said(fact, said))]
    paragraphs.append(" ".join(filter(None, [offer, _price_paragraph(material)])))
    paragraphs += [_act(material), material.brand or en.capital(material.short), read("copy/english")["unsubscribe"]]
    return "\n\n".join(filter(None, paragraphs))


def _price_paragraph(material: Material) -> str:
    """The price with its restrictions; the restrictions alone when there is no price."""
    return f"Price: {en.small(material.price)}" if material.price else " ".join(material.limits)


def _act(material: Material) -> str:
    cta, link = material.cta or read("copy/english")["mail_act" if _link(material) else "reply_act"], _link(material)
    return f"{en.capital(cta)}: {link}" if link else en.sentence(cta)


def _link(material: Material) -> str:
    link = clean(material.brief.link)[0]
    return link if link.startswith(("https://", "http://")) and " " not in link else ""


def _unused(line: Line, material: Material, uses: Uses) -> list[Point]:
    free = [point for point in material.points if point not in line.points]
    return sorted(free, key=lambda point: uses.stood[point.text])


def _holds(text: str, keyword: str) -> bool:
    return keyword.lower() in text.lower()


def _shares(note: str, text: str) -> bool:
    """A note on how something was measured belongs where that thing is said: two words of it stand there."""
    return len(en.content(note) & en.content(text)) >= 2


def _said(statement: str, text: str) -> bool:
    """Most words of a statement stand in the text."""
    words = en.content(statement)
    return bool(words) and len(words & en.content(text)) * 4 >= 3 * len(words)
