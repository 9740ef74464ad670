"""The channels and the compliance list of campaign plans: every entry whole, every figure in its range, every cite real."""

import re
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from copilot.knowledge import read

CORPUS = Path(__file__).parents[1] / "corpus"
MODELS = {"cpm", "cpc", "cpa", "cps", "fixed", "message", "person_days"}
NAMES = (
    "oceanengine tencent_ads wechat_moments baidu_search xiaohongshu_ads app_store kol affiliate taobao_ads jd_ads "
    "pinduoduo_ads weibo_ads bilibili_ads meta google_ads xiaohongshu douyin kuaishou wechat_channels wechat_article "
    "weibo bilibili zhihu toutiao seo live sms push in_app email wecom mini_program phone community invite package "
    "partner_exchange ground exhibition webinar store outdoor pr other"
)
IDS = set(NAMES.split())
GOALS = {
    *("acquire", "activate", "engage", "retain", "recall"),
    *("repurchase", "convert", "referral", "leads", "brand"),
}
WHEN = {"", "subsidy", "draw", "invite", "personal_data", "paid", "ai"}
CHANNELS: dict[str, Any] = read("plan/channels")["channels"]
RULES: list[dict[str, Any]] = read("plan/compliance")["rules"]

every_channel = pytest.mark.parametrize("channel", CHANNELS)
every_rule = pytest.mark.parametrize("rule", RULES, ids=[rule["id"] for rule in RULES])


@cache
def sections(path: str) -> dict[str, str]:
    """The text of each section of a handbook page by its heading."""
    parts = re.split(r"^#+ ", (CORPUS / path).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {heading.strip(): body for heading, _, body in (part.partition("\n") for part in parts)}


def assert_range(figure: dict[str, float]) -> None:
    """Hold a figure to low < value < high, all above 0."""
    assert set(figure) - {"unit"} == {"value", "low", "high"}
    assert 0 < figure["low"] < figure["value"] < figure["high"]


def assert_price(price: dict[str, float]) -> None:
    """Hold a price to its range, or to 0 without one."""
    if price != {"value": 0}:
        assert_range(price)


def normal(name: str) -> str:
    """Return a name as it is looked up: without spaces and case."""
    return "".join(name.split()).casefold()


def test_the_channels_are_the_fixed_ones() -> None:
    """Goal files name channels by these ids."""
    assert set(CHANNELS) == IDS


def test_every_cost_model_is_used_by_several_channels() -> None:
    """Seven models, each with its label, unit and stage, and at least two channels that are paid so."""
    models = read("plan/channels")["models"]
    assert set(models) == MODELS
    for name, model in models.items():
        assert model["label"] and model["unit"] and model["enters"] in {"touch", "click", "act"}
        assert ("output" in model) is (name not in {"fixed", "person_days"})
        assert sum(channel["cost"]["model"] == name for channel in CHANNELS.values()) >= 2


@every_channel
def test_a_channel_is_whole(channel: str) -> None:
    """Texts are there and no key is unknown."""
    entry = CHANNELS[channel]
    needed = {"title", "aliases", "group", "cost", "internal", "pool", "rates", "production", "copy", "replace", "utm"}
    assert needed <= set(entry)
    assert set(entry) <= needed | {"output", "enters", "effort", "pace", "reach", "lead"}
    assert len(entry["aliases"]) >= 2 and entry["title"] and entry["replace"]
    assert entry["group"] in {"paid", "content", "own", "partner"}
    assert set(entry["utm"]) in ({"source", "medium"}, set())
    assert "lead" not in entry or (entry["lead"]["days"] > 0 and entry["lead"]["what"])


@every_channel
def test_the_figures_of_a_channel_have_ranges(channel: str) -> None:
    """low < value < high for prices, outputs, pools and rates; rates lie below 1; a price of 0 has no range."""
    entry = CHANNELS[channel]
    cost = entry["cost"]
    assert cost["model"] in MODELS and set(cost) <= {"model", "unit", "price", "commission"}
    assert_price(cost["price"])
    assert_price(entry["production"]["price"])
    assert entry["production"]["n"] >= 1 and entry["production"]["what"]
    assert ("commission" in cost) is (cost["model"] == "cps")
    for figure in (*entry["rates"].values(), *([cost["commission"]] if "commission" in cost else [])):
        assert_range(figure)
        assert figure["high"] < 1
    assert ("output" in entry) is (cost["model"] in {"fixed", "person_days"})
    if "output" in entry:
        assert_range(entry["output"])
        assert entry["output"]["unit"] in {"人次", "人"}


@every_channel
def test_a_pool_has_its_size_and_what_reaches_it(channel: str) -> None:
    """Only channels to people who can be reached already have a pool and a delivery rate."""
    entry = CHANNELS[channel]
    assert ("reach" in entry) is entry["pool"] is ("delivery_rate" in entry["rates"])
    assert "click_rate" in entry["rates"]
    if entry["pool"]:
        assert_range(entry["reach"])
        assert entry["group"] == "own"


@every_channel
def test_own_work_costs_no_money_but_days(channel: str) -> None:
    """Work of one's own people has price 0 and person-days; without a pool also a pace that sets its quantity."""
    entry = CHANNELS[channel]
    assert entry["internal"] is (entry["cost"]["price"] == {"value": 0}) is ("effort" in entry)
    if entry["internal"]:
        assert entry["effort"]["value"] > 0 and entry["effort"]["per"] in {"unit", "plan"}
        assert entry["pool"] or entry["pace"] >= 1


def test_no_name_means_two_channels() -> None:
    """Ids, titles and aliases of different channels differ, whatever the case and the spaces."""
    owner: dict[str, str] = {}
    for channel, entry in CHANNELS.items():
        assert len({normal(alias) for alias in entry["aliases"]}) == len(entry["aliases"])
        assert normal(entry["title"]) not in map(normal, entry["aliases"])
        for name in (channel, entry["title"], *entry["aliases"]):
            assert owner.setdefault(normal(name), channel) == channel, name


def test_materials_are_for_channels_of_ad_copy() -> None:
    """`copy` names a channel that ad copy can be written for."""
    known = read("platforms")["channels"]
    assert {entry["copy"] for entry in CHANNELS.values()} - set(known) == {""}


def test_links_are_tagged_as_ad_copy_tags_them() -> None:
    """The same placement has the same source and medium in a plan and in its copy."""
    known = read("utm")["channels"]
    for channel, entry in CHANNELS.items():
        if "internal" in known.get(channel, ()):
            assert entry["utm"] == {}
        elif channel in known:
            assert entry["utm"] == known[channel], channel


def test_there_are_rules_enough_and_none_twice() -> None:
    """At least 45, with ids and wordings of their own."""
    assert len(RULES) >= 45
    assert len({rule["id"] for rule in RULES}) == len({rule["rule"] for rule in RULES}) == len(RULES)


@every_rule
def test_a_rule_is_whole(rule: dict[str, Any]) -> None:
    """It names channels and goals that exist, and is one sentence with a check and a source."""
    keys = {"id", "channels", "goals", "when", "rule", "check", "law", "verified", "cite"}
    assert set(rule) - {"near", "words"} == keys
    assert rule["channels"] == "all" or (rule["channels"] and set(rule["channels"]) <= IDS)
    assert set(rule["goals"]) <= GOALS and rule["when"] in WHEN
    assert rule["law"] and len(rule["check"]) >= 12
    assert 20 <= len(rule["rule"]) <= 90 and not re.search("[。！!;]", rule["rule"] + rule["check"])


@every_rule
def test_what_a_rule_cites_exists(rule: dict[str, Any]) -> None:
    """Page and heading are in the handbook; a verified rule cites one."""
    if not rule["cite"]:
        assert not rule["verified"]
        return
    path, _, heading = rule["cite"].partition("#")
    assert heading in sections(path)


@every_rule
def test_a_verified_rule_rests_on_a_source_that_was_read(rule: dict[str, Any]) -> None:
    """Its section of the rules does not mark its law 未核, and the page names every article."""
    if not rule["verified"]:
        return
    path, _, heading = rule["cite"].partition("#")
    assert path.startswith("rules/") and not rule.get("near")
    laws = re.findall("《[^》]+》", rule["law"])
    unread = [line for line in re.split("[。\n]", sections(path)[heading]) if "未核" in line]
    assert not any(law in line for law in laws for line in unread)
    page = (CORPUS / path).read_text(encoding="utf-8")
    assert all(law in page for law in laws)
    assert all(article in page for article in re.findall("第[一二三四五六七八九十百]+条", rule["law"]) if laws)


@every_channel
def test_every_channel_has_rules_of_its_own(channel: str) -> None:
    """At least two rules that always hold name it, beside those for all."""
    own = [rule for rule in RULES if rule["channels"] != "all" and channel in rule["channels"]]
    assert len([rule for rule in own if not rule["when"] and not rule["goals"]]) >= 2


def test_every_goal_and_every_means_has_rules() -> None:
    """Coupons, draws, invitations, personal data, paid media and AI each bring rules."""
    assert {rule["when"] for rule in RULES} == WHEN
    assert GOALS - set(chain.from_iterable(rule["goals"] for rule in RULES)) == set()
