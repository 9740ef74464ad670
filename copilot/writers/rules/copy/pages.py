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

_SCENE_FIRST = ("pain", "comparison", "scene", "identity")


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

    return drafts(channel.platform, takes(words, angles, 3, n), n, write)


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
    """Yield sections, `heading\\ntext`: the angle says whether scene, points or offer come first."""
    offer = _offer(words)
    if take.angle == "urgency" and offer:
        yield offer
    told = (("pain", filled["A"]), ("scene", filled["S"] or filled["W"]))
    scene = [_section(name, f"{text}。") for name, text in told if text and text not in headline]
    points = _points(words, take, filled)
    first, second = (scene[:1], points) if take.angle in _SCENE_FIRST else (points, scene[:1])
    yield from (*first, *second)
    if take.angle != "urgency" and offer:
        yield offer
    if words.price:
        yield _section("price", f"{words.price}。")
    if words.facts:
        yield _section("facts", "\n".join(f"{fact}。" for fact in words.facts))
    if limits := words.all_limits(take.told):
        yield f"{_page()['notes'][words.kind]}\n" + "\n".join(f"{limit}。" for limit in limits)


def _section(name: str, text: str) -> str:
    return f"{_page()['sections'][name]}\n{text}"


def _points(words: Words, take: Take, filled: Slots) -> list[str]:
    if not take.told:
        return []
    if len(take.told) == 1:
        return [_section("point", f"{take.told[0].text}。")]
    heading = _page()["sections"]["points"].format(B=filled["B"], n=filled["n"])
    return [heading + "".join(f"\n{number}. {point.text}。" for number, point in enumerate(take.told, 1))]


def _offer(words: Words) -> str:
    """The offer's clauses under what they say, one a line."""
    terms = words.offer
    texts = {"dates": terms.dates, "gains": terms.gains, "quotas": terms.quotas, "riders": terms.riders}
    lines = [f"{_page()['terms'][name]}：{'，'.join(clauses)}。" for name, clauses in texts.items() if clauses]
    return _section("offer", "\n".join(lines)) if terms.gains else ""


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
