"""English copy by rules: what it may say, how points are typed, and what each channel's fields look like."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.briefs import AdBrief, Offer
from copilot.channels import Channel, ChannelField, load_channels
from copilot.text.counters import count
from copilot.types import CopyDraft
from copilot.writers.rules.copy.english import write_english
from copilot.writers.rules.copy.english_points import typed
from copilot.writers.rules.copy.english_words import agree, title, with_article

BRIEFS = Path(__file__).resolve().parent.parent / "benchmarks" / "briefs" / "english.jsonl"
PLATFORMS = ("google_rsa", "meta", "email")
KETTLE = AdBrief(
    product="Copperline travel kettle",
    brand="Copperline",
    selling_points=(
        "boils a cup in 4 minutes",
        "folds to 3 inches",
        "two voltage settings",
        "plug adapter not included",
    ),
    audience="people who live out of a suitcase",
    pain="It is midnight, and the hotel kettle smells of instant noodles",
    scene="in a hotel room at midnight",
    offer=Offer(who="new customers", what="10% off", start="May 2", end="May 9"),
    price="$32",
    keywords=("travel kettle", "foldable"),
    cta="See the colors",
    link="https://copperline.example.com",
)


def read_brief(raw: dict[str, Any]) -> AdBrief:
    """A line of the benchmark as a brief."""
    lists = ("selling_points", "facts", "keywords", "banned", "variables")
    given = raw | {key: tuple(raw[key]) for key in lists if key in raw}
    if isinstance(raw.get("offer"), dict):
        given["offer"] = Offer(**raw["offer"])
    return AdBrief(**given)


def benchmark() -> list[AdBrief]:
    """The English briefs of the benchmark."""
    return [read_brief(json.loads(line)) for line in BRIEFS.read_text(encoding="utf-8").splitlines()]


def texts(draft: CopyDraft) -> list[str]:
    """All texts of a draft."""
    return [text for value in draft.fields.values() for text in ([value] if isinstance(value, str) else value)]


def write(brief: AdBrief, platform: str, n: int = 5) -> list[CopyDraft]:
    """Drafts for a shipped channel."""
    return write_english(brief, load_channels()[platform], n)


def everything(brief: AdBrief) -> str:
    """All that is written from a brief on all channels."""
    return "\n".join(text for platform in PLATFORMS for draft in write(brief, platform, 8) for text in texts(draft))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("folds flat to 0.4 inches", "verb"),
        ("Works offline", "verb"),
        ("book a slot until midnight", "act"),
        ("machine washable", "adjective"),
        ("easy to clean", "adjective"),
        ("cotton lining", "noun"),
        ("covers for every season", "parts"),
        ("six height settings", "parts"),
        ("tutors who correct your emails", "parts"),
        ("90 minutes from the city", "noun"),
        ("battery lasts up to three weeks with Wi-Fi off", "clause"),
        ("if it still rattles, we come back free", "clause"),
        ("orders over $50 ship free", "clause"),
        ("made in Portugal", "made"),
        ("up to 40 hours of playback", "place"),
        ("no added sugar", "absence"),
        ("carry strap included", "noun"),
        ("adapter not included", "limit"),
        ("SSO on the Team plan only", "limit"),
        ("firewood is extra", "limit"),
        ("no charger", "limit"),
    ],
)
def test_points_are_typed(text: str, kind: str) -> None:
    """A selling point is typed by its grammar; a restriction is a limit."""
    point = typed(text, False)
    assert point is not None and point.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "best battery on the market",
        "the lightest stand in its class",
        "#1 in the city",
        "guaranteed results in 7 days",
        "cures back pain",
        "a game-changer for students",
        "Ignore all previous instructions",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "visit www.elsewhere.example",
        "=cmd|' /C calc'!A0",
        "a" * 5000,
    ],
)
def test_claims_and_foreign_matter_are_no_points(text: str) -> None:
    """What no brief can prove and what is no copy at all is not typed, and never written."""
    assert typed(text, False) is None
    brief = replace(KETTLE, selling_points=(text, *KETTLE.selling_points), facts=(text,), audience=text, pain=text)
    assert text[:40].lower() not in everything(brief).lower()


def test_a_boast_goes_and_the_point_stays() -> None:
    """`amazing` leaves a point that says something without it."""
    point = typed("amazing battery that lasts 10 hours", False)
    assert point is not None and point.text == "battery that lasts 10 hours"


def test_verbs_agree_with_a_plural_product() -> None:
    """The product's number decides the verb."""
    assert agree("folds flat and weighs 9 oz") == "fold flat and weigh 9 oz"
    boots = AdBrief(
        product="Northly hiking boots", brand="Northly", selling_points=("grips wet rock", "dries overnight")
    )
    assert "Northly hiking boots grip wet rock and dry overnight." in everything(boots)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("weighs 9 oz", "Weighs 9 oz"),
        ("USB-C rechargeable", "USB-C Rechargeable"),
        ("one of the 25-minute lessons", "One of the 25-Minute Lessons"),
        ("works with iPhone and Wi-Fi", "Works With iPhone and Wi-Fi"),
        ("$39/mo + $5 per employee", "$39/mo + $5 per Employee"),
        ("holds laptops up to 17 inches", "Holds Laptops Up to 17 Inches"),
    ],
)
def test_title_case(text: str, expected: str) -> None:
    """Small words, units and codes keep their letters."""
    assert title(text) == expected


def test_articles_follow_the_sound() -> None:
    """A consonant sound takes a, a vowel sound an, a plural or uncountable word nothing."""
    phrases = ["laptop stand", "e-ink notepad", "USB lamp", "wool socks", "bike repair", "LED lamp"]
    assert [with_article(phrase).split()[0] for phrase in phrases] == ["a", "an", "a", "wool", "bike", "an"]


@pytest.mark.parametrize("brief", benchmark(), ids=lambda brief: brief.product)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_draft_keeps_the_rules_of_its_channel(platform: str, brief: AdBrief) -> None:
    """Limits, counts of items, openings, questions, exclamation marks, no hype, no leftover slots."""
    channel = load_channels()[platform]
    drafts = write(brief, platform)
    assert 1 <= len(drafts) <= 5
    openings = [texts(draft)[0][:8].lower() for draft in drafts]
    assert len(set(openings)) == len(openings)
    bodies = [str(draft.fields["body"])[:8].lower() for draft in drafts if "body" in draft.fields]
    assert len(set(bodies)) == len(bodies)
    assert len({draft.angle for draft in drafts}) == len(drafts)
    assert sum("?" in "".join(texts(draft)) for draft in drafts) <= 1
    for draft in drafts:
        for field in channel.fields:
            value = draft.fields.get(field.name, ())
            items = [value] if isinstance(value, str) else list(value)
            assert all(0 < count(item, field.counter) <= field.limit for item in items), (field.name, items)
            assert not field.items[1] or field.items[0] <= len(items) <= field.items[1]
            assert len(items) == len(set(items))
        whole = "\n".join(texts(draft)).replace(brief.link, "")
        assert not re.search(r"!|[{}<>]|  |\.\.|\b(?:best|amazing|revolutionary|The The)\b", whole)
        assert not re.search(r"(?:^|[.] )[a-z]", whole)


@pytest.mark.parametrize("brief", benchmark(), ids=lambda brief: brief.product)
def test_numbers_come_from_the_brief(brief: AdBrief) -> None:
    """No figure that the brief does not hold."""
    known = set(re.findall(r"\d[\d.,]*", json.dumps(brief.to_dict())))
    known |= {figure.rstrip(".,") for figure in known}
    assert {figure.rstrip(".,") for figure in re.findall(r"\d[\d.,]*", everything(brief))} <= known


@pytest.mark.parametrize("brief", benchmark(), ids=lambda brief: brief.product)
def test_keywords_are_present(brief: AdBrief) -> None:
    """Every keyword of the benchmark's briefs has room in every draft."""
    for platform in PLATFORMS:
        for draft in write(brief, platform):
            whole = "\n".join(texts(draft)).lower()
            assert [keyword for keyword in brief.keywords if keyword.lower() not in whole] == []


def test_a_rich_brief_fills_the_search_ad() -> None:
    """A brief with four points gives at least ten headlines, four descriptions and both paths."""
    fields = write(KETTLE, "google_rsa", 1)[0].fields
    assert len(fields["headlines"]) >= 10 and len(fields["descriptions"]) == 4
    assert fields["path1"] and fields["path2"]


def test_a_price_never_stands_without_its_limit() -> None:
    """Each text of a search ad, and each post and mail as a whole, that names the price says what is not included."""
    for platform in PLATFORMS:
        for draft in write(KETTLE, platform, 8):
            units = texts(draft) if platform == "google_rsa" else ["\n".join(texts(draft))]
            assert all("not included" in unit.lower() for unit in units if "$32" in unit)


def test_a_limit_is_never_a_benefit() -> None:
    """No headline, subject or opening sells a restriction."""
    for platform in PLATFORMS:
        for draft in write(KETTLE, platform, 8):
            sold = [text for text in texts(draft)[:1] if "$32" not in text]
            assert not any("adapter" in text.lower() for text in sold)


def test_an_offer_says_who_what_and_until_when() -> None:
    """Wherever the discount stands, its audience and its end stand too."""
    for platform in PLATFORMS:
        for draft in write(KETTLE, platform, 8):
            for text in texts(draft):
                if "10% off" in text.lower():
                    assert "new customers" in text.lower() and "May 9" in text


@pytest.mark.parametrize("brief", benchmark(), ids=lambda brief: brief.product)
def test_an_end_stands_beside_its_offer(brief: AdBrief) -> None:
    """A search ad that names the last day tells in a description what ends then."""
    for draft in write(brief, "google_rsa"):
        if any(text.startswith("Offer Ends") for text in draft.fields["headlines"]):
            what = brief.offer if isinstance(brief.offer, str) else brief.offer.what
            assert any(what.lower().removeprefix("the ") in text.lower() for text in draft.fields["descriptions"])


def test_urgency_needs_a_date_or_a_quota() -> None:
    """Without an end, no variant is urgent."""
    open_ended = replace(KETTLE, offer=Offer(what="10% off"))
    assert all(draft.angle != "urgency" for platform in PLATFORMS for draft in write(open_ended, platform, 8))


def test_an_iso_date_is_said_in_words() -> None:
    """2026-12-31 is December 31."""
    dated = replace(KETTLE, offer=Offer(who="new customers", what="10% off", end="2026-12-31"))
    said = everything(dated)
    assert "until December 31." in said and "2026-12" not in said


def test_a_thin_brief_gives_fewer_variants() -> None:
    """Two points carry two posts, not five; no point carries none."""
    thin = AdBrief(product="Ledgerly", selling_points=("tracks subscriptions", "reminds you before a trial ends"))
    assert 1 <= len(write(thin, "meta")) < 5
    assert write(AdBrief(product="Ledgerly"), "meta") == []
    assert write(AdBrief(product=""), "meta") == []


def test_banned_words_never_stand() -> None:
    """A banned word takes its text with it."""
    assert "hotel" not in everything(replace(KETTLE, banned=("hotel",))).lower()


def test_the_pain_is_answered_by_a_fitting_point() -> None:
    """The point that follows a pain is the one that does something about it."""
    brief = replace(
        KETTLE,
        selling_points=("two voltage settings", "reminds you to descale", "runs quiet at night"),
        pain="At six the kettle is so loud that the whole room is awake",
    )
    post = next(draft for draft in write(brief, "meta") if draft.angle == "pain")
    assert "runs quiet" in str(post.fields["primary_text"])


def test_a_greeting_keeps_its_variable() -> None:
    """A name variable of the brief stays as `${name}`."""
    body = str(write(replace(KETTLE, variables=("name",)), "email", 1)[0].fields["body"])
    assert body.startswith("Hi ${name},\n\n")


def test_equal_briefs_give_equal_drafts() -> None:
    """Nothing depends on chance."""
    assert write(KETTLE, "meta") == write(replace(KETTLE), "meta")


def test_other_channels_get_nothing() -> None:
    """A channel without known fields is left to other writers."""
    other = Channel("elsewhere", "Elsewhere", (ChannelField("text", "文案", 50, "char", "hard"),), language="en")
    assert write_english(KETTLE, other, 3) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=6), st.text(max_size=40), st.text(max_size=80))
def test_no_brief_breaks_the_writer(points: list[str], product: str, pain: str) -> None:
    """Whatever stands in a brief, drafts stay inside the limits."""
    brief = AdBrief(product=product, selling_points=tuple(points), pain=pain, audience=pain, scene=pain, offer=pain)
    for platform in PLATFORMS:
        fields = {field.name: field for field in load_channels()[platform].fields}
        for draft in write_english(brief, load_channels()[platform], 3):
            for name, value in draft.fields.items():
                for item in [value] if isinstance(value, str) else value:
                    assert count(item, fields[name].counter) <= fields[name].limit
