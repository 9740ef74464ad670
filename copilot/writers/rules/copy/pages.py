"""Event pages, the rules of an activity, replies to reviews, and messages in WeCom."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from copilot.channels import Channel, ChannelField
from copilot.knowledge import read
from copilot.text.counters import count
from copilot.types import CopyDraft
from copilot.writers.rules.copy.activity import missing_rules, rules_text, write_activity_rules
from copilot.writers.rules.copy.lines import Slots
from copilot.writers.rules.copy.long_forms import Take, drafts, missing_keywords, patterns, slots, takes
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.replies import write_review_reply
from copilot.writers.rules.copy.wecom import write_wecom
from copilot.writers.rules.copy.words import Words

__all__ = ["missing_rules", "write_activity_rules", "write_event_page", "write_review_reply", "write_wecom"]


def write_event_page(material: Material, channel: Channel, n: int, angles: Sequence[str]) -> list[CopyDraft]:
    """Return up to `n` pages: headline, subheadline, sections of heading and text, button, rules."""
    words = Words(material)
    specs = {spec.name: spec for spec in channel.fields}
    rules = rules_text(words) or str(_page()["no_rules"]).replace("{P}", words.name)

    def write(take: Take) -> tuple[dict[str, Any], str] | None:
        filled = slots(words, take)
        filled["G1"] = words.offer.gains[0] if words.offer.gains else ""
        headline, sub = _heads(take, filled, specs["headline"], specs["subheadline"])
        sections = list(_sections(words, take, filled, headline)) if headline else []
        if not sections:
            return None
        sub, sections = _with_keywords(words, headline, sub, sections, specs["subheadline"])
        fields: dict[str, Any] = {"headline": headline, "subheadline": sub, "sections": tuple(sections)}
        fields["button"] = _button(filled, specs["button"])
        return fields | {"rules": rules}, headline

    return drafts(channel.platform, takes(words, angles, 3, n, least=3), n, write)


def _heads(take: Take, filled: Slots, spec: ChannelField, sub_spec: ChannelField) -> tuple[str, str]:
    """Return the first headline from the turn-th on that fits and leaves a subheadline something to say."""
    found = patterns(_page()["headlines"][take.angle], filled, take.lead)
    fitting = [text for text, _ in found if _fits(text, spec)]
    start = take.turn % len(fitting) if fitting else 0
    for headline in (*fitting[start:], *fitting[:start]):
        if sub := _subhead(filled, headline, sub_spec):
            return headline, sub
    return "", ""


def _subhead(filled: Slots, headline: str, spec: ChannelField) -> str:
    """Return what the headline leaves out: the offer, else product with point, price or scene."""
    for text, row in patterns(_page()["subheads"], filled, None):
        if filled[row["without"]] not in headline and _fits(text, spec):
            return text
    return ""


def _fits(text: str, spec: ChannelField) -> bool:
    return not spec.limit or count(text, spec.counter) <= spec.limit


def _sections(words: Words, take: Take, filled: Slots, headline: str) -> Iterator[str]:
    """Yield sections, `heading\\ntext`, in the order of the angle; what the headline tells is not told again."""
    page, turn = _page(), take.turn
    scene = filled["S"] or filled["W"]
    limits = "\n".join(f"{limit}。" for limit in words.all_limits(take.told))
    found = {
        "pain": [_section("pain", turn, f"{filled['A']}。")] if filled["A"] and filled["A"] not in headline else [],
        "scene": [_section("scene", turn, f"{scene}。")] if scene and scene not in headline else [],
        "points": _points(take, filled, headline),
        "offer": _offer(words, turn),
        "price": [_section("price", turn, f"{words.price}。")] if words.price else [],
        "facts": [_section("facts", turn, "\n".join(f"{fact}。" for fact in words.facts))] if words.facts else [],
        "notes": [_headed(page["notes"][words.kind], turn, limits)] if limits else [],
    }
    for name in page["orders"][take.angle]:
        yield from found[name]


def _section(name: str, turn: int, text: str) -> str:
    return _headed(_page()["sections"][name], turn, text)


def _headed(headings: Sequence[str], turn: int, text: str) -> str:
    return f"{headings[turn % len(headings)]}\n{text}"


def _points(take: Take, filled: Slots, headline: str) -> list[str]:
    """The points under one heading; the lead apart, or left to the headline that tells it, in every other variant."""
    told = [point.text for point in take.told]
    if not told:
        return []
    if len(told) == 1:
        return [_section("point", take.turn, f"{told[0]}。")]
    if take.turn % 2 or take.angle == "list":
        lines = [f"{number}. {text}。" for number, text in enumerate(told, 1)]
        heading = _section("points", take.turn // 2, "\n".join(lines))
        return [heading.replace("{B}", filled["B"], 1).replace("{n}", filled["n"], 1)]
    first = [] if told[0] in headline else [_section("point", take.turn, f"{told[0]}。")]
    name = "more" if len(told) > 2 else "one_more"
    rest = _section(name, take.turn // 2, "\n".join(f"{text}。" for text in told[1:]))
    return [*first, rest.replace("{n}", "一两"[len(told) - 2], 1)]


def _offer(words: Words, turn: int) -> list[str]:
    """The offer's clauses under what they say, one a line."""
    terms = words.offer
    if not terms.gains:
        return []
    texts = {"dates": terms.dates, "gains": terms.gains, "quotas": terms.quotas, "riders": terms.riders}
    labels = _page()["terms"][turn % len(_page()["terms"])]
    lines = [f"{labels[name]}：{'，'.join(clauses)}。" for name, clauses in texts.items() if clauses]
    return [_section("offer", turn, "\n".join(lines))]


def _with_keywords(
    words: Words, headline: str, sub: str, sections: list[str], spec: ChannelField
) -> tuple[str, list[str]]:
    """Return subheadline and sections with the keywords that the page lacks, as labels."""
    for keyword in missing_keywords(words, headline, sub, *sections):
        if _fits(f"{sub}｜{keyword}", spec):
            sub = f"{sub}｜{keyword}"
        else:
            heading, _, text = sections[0].partition("\n")
            sections = [f"{heading}｜{keyword}\n{text}", *sections[1:]]
    return sub, sections


def _button(filled: Slots, spec: ChannelField) -> str:
    texts: list[str] = [filled["G"], *_page()["buttons"]]
    return next(text for text in texts if text and (_fits(text, spec) or text == texts[-1]))


@cache
def _page() -> dict[str, Any]:
    data: dict[str, Any] = read("copy/pages")["event_page"]
    return data
