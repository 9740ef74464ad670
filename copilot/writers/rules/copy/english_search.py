"""Google responsive search ads: sets of headlines, no two alike, and of descriptions that are whole sentences."""

from collections.abc import Iterator

from copilot.channels import Channel, ChannelField
from copilot.knowledge import read
from copilot.text.counters import count
from copilot.types import CopyDraft
from copilot.writers.rules.copy import english_words as en
from copilot.writers.rules.copy.english_lines import Line, Uses, allowed, forms_of, realised
from copilot.writers.rules.copy.english_material import Material, keyword_phrases
from copilot.writers.rules.copy.english_points import Point

_NEW = 2  # a further ad holds at most so many headlines for each new one: else it is the same ad again

_SHORTEST = 8  # characters: "$34" alone is no headline


def search_ads(material: Material, channel: Channel, n: int) -> list[CopyDraft]:
    """Return up to `n` ads; each leads with another angle, and at least half of its headlines are new."""
    fields = {field.name: field for field in channel.fields}
    used: set[str] = set()
    said: set[str] = set()
    uses = Uses()
    drafts: list[CopyDraft] = []
    leads = list(_leads(material, fields["headlines"], fields["descriptions"]))
    for angle, lead in leads:
        if len(drafts) == n:
            break
        if any(lead[:8].lower() == str(draft.fields["headlines"][0])[:8].lower() for draft in drafts):
            continue
        headlines = _headlines(lead, material, fields["headlines"], fields["descriptions"], used)
        others = [other for other, _ in leads[:n] if other != angle]
        descriptions, formula = _descriptions(angle, others, material, fields["descriptions"], uses, said)
        if len(headlines) < fields["headlines"].items[0] or len(descriptions) < fields["descriptions"].items[0]:
            continue
        used.update(headlines)
        said.update(descriptions)
        made: dict[str, str | tuple[str, ...]] = {"headlines": tuple(headlines), "descriptions": tuple(descriptions)}
        made |= _paths(material, fields)
        drafts.append(CopyDraft(channel.platform, angle, formula, made))
    return drafts


def _leads(material: Material, field: ChannelField, descriptions: ChannelField) -> Iterator[tuple[str, str]]:
    """Angles with the headline that opens each."""
    phrases = [en.title(phrase) for phrase in keyword_phrases(material)]
    points = [headline for point in material.points for headline in _point_headlines(point, material)[:1]]
    candidates = {
        "outcome": phrases or [en.title(material.name)],
        "pain": points if material.pain else [],
        "urgency": _offer_headlines(material, descriptions) if material.is_urgent else [],
        "identity": _audience_headlines(material),
        "proof": [en.title(forms_of(fact, material)["head"]) for fact in material.facts],
        "scene": [en.title(material.scene)] if material.scene else [],
        "curiosity": points[1:],
    }
    for angle, headlines in candidates.items():
        lead = next((line for line in headlines if _fits(line, field, material)), "")
        if lead:
            yield angle, lead


def _headlines(
    lead: str, material: Material, field: ChannelField, descriptions: ChannelField, used: set[str]
) -> list[str]:
    """The lead, then one headline for each thing there is to say; what stood in an earlier ad comes only beside new."""
    chosen = [lead]
    repeats: list[str] = []
    for phrasings in _things(material, descriptions):
        fitting = [
            line for line in phrasings if _fits(line, field, material) and not any(_alike(line, c) for c in chosen)
        ]
        fresh = next((line for line in fitting if line not in used), "")
        if fresh:
            chosen.append(fresh)
        elif fitting:
            repeats.append(fitting[0])
    most = field.items[1] or len(chosen) + len(repeats)
    room = min(most - len(chosen), len(chosen) * (_NEW - 1)) if used else most - len(chosen)
    for line in repeats:
        if room > 0 and not any(_alike(line, other) for other in chosen):
            chosen.append(line)
            room -= 1
    return _with_keywords(chosen[:most], most, material, field)


def _with_keywords(chosen: list[str], most: int, material: Material, field: ChannelField) -> list[str]:
    """Add a headline for each keyword that none holds, however like the others it is."""
    for keyword in material.keywords:
        if keyword.lower() not in "\n".join(chosen).lower():
            phrases = [en.title(phrase) for phrase in keyword_phrases(material) if keyword.lower() in phrase.lower()]
            line = next((phrase for phrase in phrases if _fits(phrase, field, material)), "")
            chosen = [*chosen[: most - 1], line] if line else chosen
    return chosen


def _things(material: Material, descriptions: ChannelField) -> list[list[str]]:
    """What headlines can say, each with its phrasings, most wanted first."""
    name, category, brand = en.title(material.name), en.title(material.category), material.brand
    points = [_point_headlines(point, material) for point in material.points]
    return [
        [name, *([f"{category} by {brand}", f"{category} From {brand}"] if category and brand else [])],
        [en.title(phrase) for phrase in keyword_phrases(material)],
        *points[:6],
        _offer_headlines(material, descriptions),
        _audience_headlines(material),
        _price_headlines(material),
        [en.title(material.cta)],
        *[[en.title(forms_of(fact, material)["head"])] for fact in material.facts[:2]],
        *points[6:],
        [f"{category} by {brand}", f"{category} From {brand}"] if category and brand else [],
        [en.title(material.scene)],
        *[[en.title(keyword)] for keyword in material.keywords if " " in keyword],
        *[[line.format(short=en.title(material.short))] for line in read("copy/english")["plain_headlines"]],
    ]


def _point_headlines(point: Point, material: Material) -> list[str]:
    forms = forms_of(point, material)
    lines = [forms["head"]] if " " in point.text else []
    if forms["that"] and material.category:
        lines = [*lines, f"{material.category} that {forms['that']}"]
    if forms["that"] and not material.plural:
        lines.append(f"{material.short} {forms['that']}")
    elif point.kind in ("noun", "absence"):
        lines.append(f"{material.short}: {forms['low']}")
    if point.kind == "own":
        lines = [*lines[1:], lines[0]]
    return [en.title(line.replace(" and ", " & ") if len(line) > 30 else line) for line in lines]


def _offer_headlines(material: Material, descriptions: ChannelField) -> list[str]:
    """The offer if a headline holds it; its end only if a description tells the rest."""
    lines = [en.title(material.offer_short)] if material.offer_short else []
    told = material.deadline and _offer_line(material, descriptions)
    return lines + ([f"Offer Ends {material.deadline}"] if told else [])


def _audience_headlines(material: Material) -> list[str]:
    """`For Hikers`, `Wool Socks for Hikers`; the whole audience if it fits, else its head."""
    lines = []
    for audience in dict.fromkeys((material.audience, material.audience_head)):
        if audience:
            shared = en.content(audience) & en.content(material.category)
            lines += [f"{material.category} for {audience}"] if material.category and not shared else []
            lines.append(f"for {audience}")
    return [en.title(line) for line in sorted(lines, key=len, reverse=True)]


def _price_headlines(material: Material) -> list[str]:
    """The price alone only if nothing restricts it; else with the restriction or not at all."""
    if not material.price:
        return []
    price = material.price.removesuffix(".")
    if material.limits:
        return [en.title(price.replace(". ", ", "))] if len(material.limits) == 1 else []
    joined = f"{material.category} {price}" if price.lower().startswith("from ") else f"{material.category}, {price}"
    alone = [price] if len(price) >= _SHORTEST else []
    return [en.title(line) for line in ([joined] if material.category else [f"{material.short}, {price}"]) + alone]


def _descriptions(
    angle: str, others: list[str], material: Material, field: ChannelField, uses: Uses, said: set[str]
) -> tuple[list[str], str]:
    """Whole sentences: the ad's own angle, offer and price, then angles that lead none of the `others`.

    Nothing when the own angle has no sentence left; what another ad said is not repeated, but for offer and price.
    """

    def fits(text: str) -> bool:
        return text not in said and text not in made and count(text, field.counter) <= field.limit

    made: list[str] = []
    formula = ""
    most = field.items[1] or 4
    free = [other for other in read("copy/english")["angles"] if other != angle and other not in others]
    if said and realised("primary", angle, material, uses, fits) is None:
        return [], ""
    rest = [*free, *others]
    for wanted in (angle, "", *rest):
        lines: list[Line] = []
        if wanted in others and len(made) >= field.items[0]:
            continue
        if wanted:
            line = realised("primary", wanted, material, uses, fits)
            lines = [line] if line else []
        else:
            lines = _plain_lines(material, field, bool(material.offer) and any(material.offer in text for text in made))
        for line in lines:
            same = any(_alike(line.text, other) for other in made)
            if len(made) < most and allowed(line.text, material) and not same and "?" not in line.text:
                uses.note(line)
                made.append(line.text)
                formula = formula or line.formula
    if len(made) < field.items[0]:
        singles = [forms_of(point, material)["full"] for point in material.points]
        made = [text for text in singles if count(text, field.counter) <= field.limit and allowed(text, material)][
            :most
        ]
    return made, formula or "FAB"


def _offer_line(material: Material, field: ChannelField) -> str:
    """The whole offer in as many words as a description holds, or ""."""
    lines = (material.offer, en.sentence(material.offer_short))
    return next((line for line in lines if line and count(line, field.counter) <= field.limit), "")


def _plain_lines(material: Material, field: ChannelField, told: bool) -> list[Line]:
    """Offer, price and act: in one line if it fits, else the offer apart; every ad may say them.

    :param told: another description of the ad holds the offer
    """
    price = f"{en.capital(material.name)}: {en.small(material.price)}" if material.price else ""
    offer = "" if told else _offer_line(material, field)
    parts = [offer, material.price if offer else price, en.sentence(material.cta)]
    for lines in ([parts], [parts[:1], parts[1:]], [parts[:1], parts[1:2]]):
        texts = [" ".join(filter(None, line)) for line in lines]
        if all(count(text, field.counter) <= field.limit for text in texts):
            return [Line(text, "AIDA") for text in texts if text and text != parts[2]]
    return [Line(text, "AIDA") for text in parts[:2] if text and count(text, field.counter) <= field.limit]


def _paths(material: Material, fields: dict[str, ChannelField]) -> dict[str, str | tuple[str, ...]]:
    """Two words of the address that is shown: whole words joined by hyphens."""
    names = [name for name in ("path1", "path2") if name in fields]
    words = [material.category, *material.keywords, material.short]
    slugs = ["-".join(en.tokens(en.title(word))).replace("'", "").replace("&", "-") for word in words if word]
    made: dict[str, str | tuple[str, ...]] = {}
    for slug in dict.fromkeys(slugs):
        name = next((name for name in names if name not in made), "")
        known = any(
            slug.lower() in other or other in slug.lower() for other in (str(path).lower() for path in made.values())
        )
        if (
            name
            and not known
            and 0 < count(slug, fields[name].counter) <= fields[name].limit
            and allowed(slug, material)
        ):
            made[name] = slug
    return made


def _fits(line: str, field: ChannelField, material: Material) -> bool:
    return 0 < count(line, field.counter) <= field.limit and "!" not in line and allowed(line, material)


def _alike(one: str, other: str) -> bool:
    """Two headlines are alike when they share two thirds of the words of the shorter one."""
    a, b = en.content(one), en.content(other)
    return not a or not b or (len(a & b) * 3 > 2 * min(len(a), len(b)) and min(len(a), len(b)) > 1) or a == b
