"""Briefs of plans: keys by any usual name, numbers and days as people write them, all problems at once, visible gaps."""

import subprocess
import sys
from collections import Counter
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot.channels import load_channels
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.plans import GOALS, KINDS, OwnChannel, PlanBrief, Target
from copilot.tasks.brief_values import Reading
from copilot.tasks.plan_brief import PlanReading, read_plan_brief
from copilot.tasks.plan_brief_assume import ranked
from copilot.tasks.plan_brief_assumptions import names_of
from copilot.tasks.plan_brief_channels import channel_id, table
from copilot.tasks.plan_brief_goal import goal_data, read_goal
from copilot.tasks.plan_brief_numbers import money, rate
from copilot.tasks.plan_brief_target import stage_of

TODAY = date(2026, 11, 23)  # a Monday
NEW: dict[str, Any] = {"product": "青禾咖啡", "goal": "拉新"}
BACK: dict[str, Any] = {"product": "青禾咖啡", "goal": "召回"}
WORDS = read("plan/brief")
IDS = tuple(WORDS["goals"])


def reading(brief: Any, **more: Any) -> PlanReading:
    """The brief as understood on TODAY."""
    return read_plan_brief({**brief, **more} if more else brief, today=TODAY)


def refused(brief: Any, **more: Any) -> str:
    """The message of the refusal."""
    with pytest.raises(InputError) as error:
        reading(brief, **more)
    assert error.value.exit_code == 2 and error.value.hint
    assert error.value.message.startswith("方案简报有 ")
    return error.value.message


def noted(found: PlanReading, *words: str) -> bool:
    """Whether one note holds all of the words."""
    return any(all(word in note for word in words) for note in found.notes)


# the data


def test_the_keys_are_those_of_the_record() -> None:
    """The data file and `PlanBrief` name the same keys; a period is start and end."""
    assert set(WORDS["keys"]) == {f.name for f in fields(PlanBrief)} | {"period"}


@pytest.mark.parametrize("group", ["keys", "target", "channel", "models", "goals", "kinds", "money_metrics"])
def test_no_name_means_two_things(group: str) -> None:
    """Within a group no name stands for two entries, and none stands twice."""
    names: Counter[str] = Counter()
    for one, entry in WORDS[group].items():
        words = entry if isinstance(entry, list) else [entry["label"], *entry["aliases"]]
        names.update({bare(str(word)) for word in (one, *words)})
        assert len({bare(str(word)) for word in words}) == len(words), one
    assert not [name for name, times in names.items() if times > 1]


def test_goals_and_kinds_are_those_of_the_record() -> None:
    """Ten goals and six kinds, each with at least twelve other names."""
    assert {entry["label"] for entry in WORDS["goals"].values()} == set(GOALS)
    assert {entry["label"]: one for one, entry in WORDS["goals"].items()} == read("plan/figures")["goals"]
    assert tuple(WORDS["kinds"]) == KINDS
    assert all(len(entry["aliases"]) >= 12 for entry in (*WORDS["goals"].values(), *WORDS["kinds"].values()))


def test_the_cost_models_are_those_of_the_channels() -> None:
    """Every cost model has its names here."""
    assert set(WORDS["models"]) == set(read("plan/channels")["models"])


@pytest.mark.parametrize("goal", IDS)
def test_names_in_a_goals_file_lead_to_it(goal: str) -> None:
    """What a playbook calls its goal is understood as that goal."""
    data = goal_data(goal)
    for name in (data["goal"], *data["aliases"]):
        assert read_goal("目标", name, to := Reading()) == goal, to.problems


@pytest.mark.parametrize("goal", IDS)
def test_every_rate_of_a_goal_can_be_given_by_its_label(goal: str) -> None:
    """The labels that a plan shows are names that a brief may use."""
    names = names_of(goal)
    for id, entry in goal_data(goal)["rates"].items():
        assert names[bare(id)] == names[bare(entry["label"])] == id
        assert id in WORDS["assumptions"]


# good briefs


def test_a_brief_in_chinese() -> None:
    """Chinese keys, money in 万, days without a year, channels and people in one text."""
    found = reading(
        {
            "产品": "青禾咖啡",
            "目标": "召回流失用户",
            "类型": "活动方案",
            "目标值": "回流 2000 人",
            "预算": "5万",
            "开始": "12月1日",
            "结束": "12月14日",
            "人群": "两个月没来的会员",
            "渠道": "短信、push，企业微信",
            "触达人数": "短信 3万，推送 50,000，企微 2千",
            "团队": "用户运营：李雷；客服: 韩梅梅",
            "限制": "不发红包；不打电话",
            "假设": {"打开率": "3%", "短信.打开率": "2–4%", "客单价": "¥39", "毛利率": "六成"},
            "竞品": "某某咖啡、又一家咖啡",
        }
    )
    brief = found.brief
    assert (brief.goal, brief.kind, brief.budget) == ("召回", "activity", Decimal("50000.00"))
    assert brief.target == Target("回流人数", Decimal(2000))
    assert (brief.start, brief.end) == (date(2026, 12, 1), date(2026, 12, 14))
    assert brief.channels == ("sms", "push", "wecom")
    assert brief.reach == {"sms": 30000, "push": 50000, "wecom": 2000}
    assert brief.team == ("用户运营：李雷", "客服：韩梅梅")
    assert brief.constraints == ("不发红包", "不打电话")
    assert brief.competitors == ("某某咖啡", "又一家咖啡")
    assert brief.assumptions == {
        "open_rate": Decimal("0.03"),
        "sms.open_rate": Decimal("0.03"),
        "aov": Decimal("39.00"),
        "gross_margin": Decimal("0.6"),
    }
    assert noted(found, "2–4%", "中间值 3%") and noted(found, "12月1日", "2026-12-01")
    assert not {"budget", "start", "end", "channels", "reach", "target"} & {gap.key for gap in found.assumed}
    assert {"product", "goal", "kind", "budget", "start", "assumptions"} <= found.given


def test_a_rate_of_one_channel_is_of_that_channel() -> None:
    """Also where channel and rate without the dot are another name of the rate of all."""
    brief = reading({"产品": "青禾咖啡", "目标": "召回", "渠道": "推送，短信", "假设": {"推送.打开率": "3%"}}).brief
    assert brief.assumptions == {"push.open_rate": Decimal("0.03")}


def test_a_brief_in_english_keys() -> None:
    """The contract's own keys and ids."""
    brief = reading(
        {
            "product": "Aoba Coffee",
            "goal": "acquire",
            "kind": "online",
            "target": {"metric": "注册人数", "value": 10000, "within": "28 天"},
            "budget": 100000,
            "start": "2026-12-01",
            "end": "2026-12-28",
            "channels": ["oceanengine", "kol"],
            "assumptions": {"ctr": 0.02, "cpm": 35, "aov": 59, "gross_margin": 0.5, "oceanengine": {"ctr": 0.015}},
        }
    ).brief
    assert (brief.goal, brief.kind, brief.channels) == ("拉新", "online", ("oceanengine", "kol"))
    assert brief.target == Target("注册人数", Decimal(10000), "28 天")
    assert brief.assumptions["oceanengine.ctr"] == Decimal("0.015")


def test_product_and_goal_are_enough() -> None:
    """Everything else is assumed, and every assumption is told with its question."""
    found = reading(NEW)
    brief, keys = found.brief, {gap.key for gap in found.assumed}
    assert found.given == {"product", "goal"}
    assert {"kind", "target", "budget", "start", "end", "audience", "channels", "team"} <= keys
    assert brief.budget == 10000 and len(brief.channels) == 4 and brief.target is None
    assert (brief.start, brief.end) == (date(2026, 12, 14), date(2026, 12, 27))
    assert brief.start and brief.start.weekday() == 0
    assert all(
        gap.question.endswith(("？", "。")) and gap.assumed and "$" not in gap.question + gap.assumed
        for gap in found.assumed
    )


@pytest.mark.parametrize("goal", IDS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_goal_and_kind_from_two_words(goal: str, kind: str) -> None:
    """No goal and no kind needs more than a product."""
    brief = reading({"product": "青禾咖啡", "goal": goal, "kind": kind}).brief
    assert brief.goal == WORDS["goals"][goal]["label"] and brief.kind == kind
    assert brief.start and brief.end and TODAY < brief.start <= brief.end
    assert brief.channels and {*brief.channels} <= {*goal_data(goal)["channels"]}


@pytest.mark.parametrize("goal", IDS)
def test_what_was_read_reads_the_same_again(goal: str) -> None:
    """A `PlanBrief` is a brief, too, and nothing in it changes."""
    once = reading(
        {"product": "青禾", "goal": goal, "target": 3000, "budget": "3万", "reach": 50000, "price": 39},
        channels=[*ranked(goal)[:3], {"name": "校园大使", "model": "按人天", "price": 300, "reach": 800}],
    ).brief
    assert reading(once).brief == once


@pytest.mark.parametrize(
    ("sentence", "goal", "metric", "value"),
    [
        ("11月拉新1万人", "拉新", "注册人数", 10000),
        ("12月拉新 10w 付费用户", "拉新", "付费用户", 100000),
        ("30天内召回8000人", "召回", "回流人数", 8000),
        ("让老客带新客，拉新 1000 人", "裂变", "注册新客", 1000),
        ("把流失的老用户拉回来三千人", "召回", "回流人数", 3000),
        ("收集 500 条有效线索", "留资", "有效线索", 500),
        ("双11大促 GMV 500万", "转化", "GMV", 5000000),
        ("提升老客复购 2000 单", "复购", "复购单数", 2000),
    ],
)
def test_a_goal_as_a_sentence(sentence: str, goal: str, metric: str, value: int) -> None:
    """Goal, metric and value are taken out of one sentence, and the reading is told."""
    found = reading({"product": "青禾", "goal": sentence})
    assert found.brief.goal == goal
    assert found.brief.target is not None
    assert found.brief.target.metric == metric and found.brief.target.value == value
    assert "target" in found.given and noted(found, sentence, goal)


def test_other_numbers_of_a_sentence_are_no_target() -> None:
    """A goal may speak of days and conditions; then the target is asked for."""
    found = reading({"product": "青禾", "goal": "召回 60 天没来的会员"})
    assert found.brief.target is None and any(gap.key == "target" for gap in found.assumed)
    found = reading({"product": "青禾", "goal": "满 199 减 50，拉新 1000 人"})
    assert found.brief.target is None and noted(found, "不止一个数")


def test_a_sentence_and_a_target_that_differ() -> None:
    """Two values are a fault, the same value twice is none."""
    assert "只留一个" in refused({"product": "青禾", "goal": "拉新1万人", "target": 5000})
    assert reading({"product": "青禾", "goal": "拉新1万人", "target": "10000"}).brief.target


def test_a_sentence_gives_the_period() -> None:
    """12月拉新… runs through December; within 30 days it lasts 30 days."""
    brief = reading({"product": "青禾", "goal": "12月拉新1万人"}).brief
    assert (brief.start, brief.end) == (date(2026, 12, 1), date(2026, 12, 31))
    brief = reading({"product": "青禾", "goal": "30天内召回8000人"}).brief
    assert brief.start and brief.end and (brief.end - brief.start).days == 29


@pytest.mark.parametrize(
    ("goal", "target", "metric", "value"),
    [
        ("拉新", 10000, "注册人数", 10000),
        ("拉新", "1万", "注册人数", 10000),
        ("拉新", "注册 1 万人", "注册人数", 10000),
        ("拉新", "1000 个付费用户", "付费用户", 1000),
        ("拉新", {"metric": "新增注册", "value": "5千"}, "新增注册", 5000),
        ("拉新", {"指标": "首次付费", "数值": 300}, "付费人数", 300),
        ("裂变", "1000 个新客", "新客数", 1000),
        ("召回", "30 天留存人数 2000", "30 天留存人数", 2000),
        ("转化", "GMV 100万", "GMV", 1000000),
        ("转化", "100万元", "GMV", 1000000),
        ("复购", {"metric": "营收", "value": "12.5万"}, "实收", 125000),
        ("品牌", "100万", "触达人数", 1000000),
    ],
)
def test_targets(goal: str, target: Any, metric: str, value: int) -> None:
    """Tables, sentences and mere numbers; the metric is one that the goal's file names."""
    found = reading({"product": "青禾", "goal": goal, "target": target}).brief.target
    assert found is not None and found.metric == metric and found.value == value
    id = read("plan/figures")["goals"][goal]
    assert metric in ("GMV", "实收") or stage_of(id, metric) in goal_data(id)["metrics"]


def test_a_target_under_the_key_of_the_goal() -> None:
    """目标: {指标, 数值} and 目标: 10000 are the target."""
    found = reading({"product": "青禾", "goal": "拉新", "目标": {"指标": "注册人数", "数值": 300}})
    assert found.brief.target == Target("注册人数", Decimal(300))


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("5万", "50000"), ("50,000元", "50000"), ("￥5万", "50000"), ("5e4", "50000"), ("10w", "100000"),
        ("５万", "50000"), ("五万元", "50000"), ("两万五", "25000"), ("1.5亿", "150000000"), ("5k", "5000"),
        ("不超过 5 万元", "50000"), ("约5万左右", "50000"), ("共5万元（含补贴）", "50000"), ("人民币三千元整", "3000"),
        (50000.0, "50000"), (Decimal("12.5"), "12.5"), ("12.345", "12.35"),
    ],
)  # fmt: skip
def test_money(text: Any, yuan: str) -> None:
    """Money as people write it, to the cent."""
    found = money("预算", text, to := Reading(), example="5万")
    assert found == Decimal(yuan) and found.as_tuple().exponent == -2 and not to.problems


@pytest.mark.parametrize(
    ("text", "share"),
    [(0.02, "0.02"), ("2%", "0.02"), ("百分之二", "0.02"), ("5‰", "0.005"), ("千分之五", "0.005"), ("三成", "0.3"),
     ("1–3%", "0.02"), ("1%-3%", "0.02"), ("0.01~0.03", "0.02"), (1, "1"), ("约2%", "0.02")],
)  # fmt: skip
def test_rates(text: Any, share: str) -> None:
    """Rates as shares, percentages and ranges."""
    assert rate("点击率", text, to := Reading()) == Decimal(share) and not to.problems


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-12-05", "2026-12-05", "2026-12-05"), ("2026/12/5", "2026-12-05", "2026-12-05"),
        ("20261205", "2026-12-05", "2026-12-05"), (20261205, "2026-12-05", "2026-12-05"),
        ("2026年12月5日", "2026-12-05", "2026-12-05"), ("2026-12-05T09:30", "2026-12-05", "2026-12-05"),
        (datetime(2026, 12, 5, 9), "2026-12-05", "2026-12-05"), (date(2026, 12, 5), "2026-12-05", "2026-12-05"),
        ("12月5日", "2026-12-05", "2026-12-05"), ("12/5", "2026-12-05", "2026-12-05"),
        ("1月5日", "2027-01-05", "2027-01-05"), ("十二月五日", "2026-12-05", "2026-12-05"),
        ("下周一", "2026-11-30", "2026-11-30"), ("下下周五", "2026-12-11", "2026-12-11"),
        ("2026年12月", "2026-12-01", "2026-12-31"), ("12月", "2026-12-01", "2026-12-31"),
        ("下个月", "2026-12-01", "2026-12-31"), ("12月中旬", "2026-12-11", "2026-12-20"),
        ("明天", "2026-11-24", "2026-11-24"), ("3天后", "2026-11-26", "2026-11-26"),
        ("双12", "2026-12-12", "2026-12-12"), ("明年618", "2027-06-18", "2027-06-18"),
        ("2027年Q1", "2027-01-01", "2027-03-31"), ("明年1月", "2027-01-01", "2027-01-31"),
    ],
)  # fmt: skip
def test_days(text: Any, first: str, last: str) -> None:
    """A month or quarter is its first day as a start, its last as an end."""
    assert reading(NEW, start=text).brief.start == date.fromisoformat(first)
    assert reading(NEW, start="2026-11-23", end=text).brief.end == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("12月1日至15日", "2026-12-01", "2026-12-15"), ("2026-12-01 到 2026-12-14", "2026-12-01", "2026-12-14"),
        ("12.1-12.14", "2026-12-01", "2026-12-14"), ("12月20日–1月5日", "2026-12-20", "2027-01-05"),
        ("2027年", "2027-01-01", "2027-12-31"), ("12月", "2026-12-01", "2026-12-31"),
        (["12月1日", "12月3日"], "2026-12-01", "2026-12-03"),
        ("14天", "2026-12-14", "2026-12-27"), (7, "2026-12-14", "2026-12-20"), ("两周", "2026-12-14", "2026-12-27"),
    ],
)  # fmt: skip
def test_periods(text: Any, first: str, last: str) -> None:
    """Begin and end in one text, or a length from the assumed start on."""
    brief = reading(NEW, 活动时间=text).brief
    assert (brief.start, brief.end) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("年度工作计划", "2027-01-01", "2027-12-31"), ("季度计划", "2027-01-01", "2027-03-31"),
        ("月度计划", "2026-12-01", "2026-12-31"), ("线上推广", "2026-12-14", "2027-01-10"),
        ("新品发布", "2026-12-14", "2027-01-10"), ("平台运营方案", "2026-12-14", "2027-03-13"),
        ("网络销售", "2026-12-14", "2027-03-13"),
    ],
)  # fmt: skip
def test_periods_by_kind(kind: str, first: str, last: str) -> None:
    """A work plan fills the next year, quarter or month; the others have their length."""
    brief = reading(NEW, kind=kind).brief
    assert (brief.start, brief.end) == (date.fromisoformat(first), date.fromisoformat(last))


def test_an_end_alone() -> None:
    """Without a start the period ends where it is told to, and begins before."""
    brief = reading(NEW, end="2026-12-05").brief
    assert brief.end == date(2026, 12, 5) and brief.start and TODAY <= brief.start <= brief.end


def test_a_start_in_the_past_is_told() -> None:
    """A plan may have begun; that is a note, not a fault."""
    assert noted(reading(NEW, start="11月20日"), "2026-11-20", "已经过去")


def test_own_channels() -> None:
    """A name that nobody knows is a channel of the user's, with model, price and people."""
    found = reading(
        NEW,
        channels=[
            "抖音信息流",
            {"名称": "校园大使", "计费": "人天", "单价": "300元", "产出": 50, "人数": "3千"},
            "楼下公告栏",
        ],
    )
    brief = found.brief
    assert brief.channels == ("oceanengine", "校园大使", "楼下公告栏")
    assert brief.own_channels == (
        OwnChannel("校园大使", "person_days", Decimal("300.00"), "", Decimal(50)),
        OwnChannel("楼下公告栏"),
    )
    assert brief.reach == {"校园大使": 3000}


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("CPM", "cpm"),
        ("千次曝光", "cpm"),
        ("按点击", "cpc"),
        ("cpa", "cpa"),
        ("CPS", "cps"),
        ("佣金", "cps"),
        ("一口价", "fixed"),
        ("人天", "person_days"),
        ("按条", "message"),
        ("按点击计费", "cpc"),
    ],
)
def test_cost_models_by_other_names(name: str, model: str) -> None:
    """How a channel is paid, in the words of the trade."""
    (own,) = reading(NEW, channels=[{"name": "某某联盟", "model": name, "price": 3}]).brief.own_channels
    assert own.model == model


def test_a_commission_is_an_assumption() -> None:
    """A share of the order is no price in yuan."""
    brief = reading(
        NEW, channels=[{"name": "某某联盟", "model": "CPS", "price": "20%"}, {"name": "affiliate", "price": 0.1}]
    ).brief
    assert brief.assumptions == {"某某联盟.commission": Decimal("0.2"), "affiliate.commission": Decimal("0.1")}


def test_the_price_of_a_known_channel() -> None:
    """It may stand beside the name, or among the assumptions, with or without a dot."""
    for brief in (
        {"channels": [{"name": "短信", "price": 0.04}]},
        {"channels": "短信", "假设": {"短信.单价": "0.04元/条"}},
        {"channels": "短信", "假设": {"短信单价": 0.04}},
        {"channels": "短信", "假设": {"短信": {"价格": 0.04}}},
        {"channels": "短信、推送", "假设": {"单价": 0.04}},
    ):
        assert reading(BACK, **brief).brief.assumptions == {"sms.unit_price": Decimal("0.04")}


def test_channels_by_the_names_of_ad_copy() -> None:
    """What ad copy calls a channel leads to the plan's channel where there is one."""
    for id, channel in load_channels().items():
        if id in table():
            assert channel_id(channel.title) in table()
    assert channel_id("google_rsa") == "google_ads" and channel_id("小红书渠道") == "xiaohongshu"


def test_a_channel_twice_counts_once() -> None:
    """Order as given, no repetition, and a note."""
    found = reading(BACK, channels="push、短信、推送")
    assert found.brief.channels == ("push", "sms") and noted(found, "不止一次")


def test_reach_as_one_number() -> None:
    """A number is the pool over all channels."""
    assert reading(BACK, 名单="12万人").brief.reach == {"全部": 120000}
    assert reading(BACK, reach={"合计": 5000}).brief.reach == {"全部": 5000}


def test_channels_of_reach_come_first() -> None:
    """Who names people but no channels means those channels."""
    assert reading(BACK, reach={"电话": 300}).brief.channels[0] == "phone"


def test_no_money_means_own_work() -> None:
    """With a budget of nothing only channels are chosen that cost nothing."""
    for goal in IDS:
        found = reading({"product": "青禾", "goal": goal, "budget": "零预算"})
        assert found.brief.budget == 0 and found.brief.channels
        assert all(table()[one]["internal"] for one in found.brief.channels)


def test_a_small_budget_chooses_what_it_can_pay() -> None:
    """Nothing is proposed whose least purchase takes more than its share of the budget."""
    chosen = reading(NEW, budget=2000).brief.channels
    share = Decimal(str(WORDS["assumed"]["unit_share"])) * 2000
    for one in chosen:
        cost = table()[one]["cost"]
        assert (
            table()[one]["internal"] or cost["price"]["value"] * WORDS["assumed"]["least_units"][cost["model"]] <= share
        )


def test_channels_that_come_too_late_are_not_proposed() -> None:
    """What needs more workdays than are left, or a longer period, is left to who asks for it."""
    for goal in IDS:
        assert "seo" not in reading({"product": "青禾", "goal": goal, "period": "14天"}).brief.channels
        soon = reading({"product": "青禾", "goal": goal, "start": "12月3日", "budget": 10**6}).brief.channels
        assert all(table()[one].get("lead", {}).get("days", 0) <= 7 for one in soon)


def test_a_target_without_a_budget_asks_for_the_budget() -> None:
    """The budget is then what the target takes."""
    found = reading(NEW, target=500)
    assert found.brief.budget is None
    assert any(gap.key == "budget" and "倒推" in gap.assumed for gap in found.assumed)


def test_not_known_yet_is_not_written() -> None:
    """待定 is as good as nothing, with a note."""
    found = reading(NEW, budget="待定", 限制="无")
    assert "budget" not in found.given and noted(found, "待定") and found.brief.constraints == ()


def test_texts_are_read_as_those_of_an_ad_brief() -> None:
    """Cleaning and forms are the same: markup goes, an offer in parts is a sentence, a signature loses its brackets."""
    brief = reading(
        NEW,
        selling_points="冷萃十二小时、不加糖",
        offer={"who": "新客", "what": "首单减 20 元", "quota": "前 500 名"},
        sms_sign="【青禾咖啡】",
        price=39,
        facts="<b>门店 120 家</b>；开业三年",
    ).brief
    assert brief.selling_points == ("冷萃十二小时", "不加糖")
    assert brief.offer == "新客，首单减 20 元，前 500 名"
    assert (brief.sms_sign, brief.price, brief.facts) == ("青禾咖啡", "39 元", ("门店 120 家", "开业三年"))


def test_click_rate_is_what_the_funnel_calls_it() -> None:
    """点击率 is ctr for strangers and the rate of opening for a pool; 转化率 is how the result comes about."""
    assert reading(NEW, 假设={"点击率": "2%", "转化率": "8%"}).brief.assumptions.keys() == {"ctr", "cvr_register"}
    assert reading(BACK, 假设={"click_rate": "2%", "召回率": "8%"}).brief.assumptions.keys() == {
        "open_rate",
        "return_rate",
    }


# bad briefs

BAD: list[tuple[str, dict[Any, Any], tuple[str, ...]]] = [
    ("no product", {"product": None}, ("产品（product）", "没有写")),
    ("product without words", {"product": "！！！"}, ("产品（product）",)),
    ("list for a text", {"product": ["青禾", "咖啡"]}, ("产品（product）", "列表")),
    ("no goal", {"goal": ""}, ("目标（goal）", "没有写", "拉新", "品牌")),
    ("unknown goal", {"goal": "飞黄腾达"}, ("目标（goal）", "飞黄腾达", "拉新")),
    ("two goals", {"goal": "促活并且裂变"}, ("促活、裂变", "一个主目标")),
    ("list of goals", {"goal": ["拉新", "召回"]}, ("目标（goal）", "列表")),
    ("unknown kind", {"kind": "团建"}, ("类型（kind）", "团建", "单场活动")),
    ("unknown key", {"预算x": 3}, ("预算x", "没有这个键", "预算（budget）")),
    ("key that is no text", {3: "x"}, ("3", "没有这个键")),
    ("one key twice", {"预算": 3, "budget": 4}, ("预算（budget）", "写了两次")),
    ("negative budget", {"budget": -5}, ("预算（budget）", "-5 是负数")),
    ("negative budget in 万", {"budget": "-5万"}, ("预算（budget）", "负数")),
    ("budget NaN", {"budget": float("nan")}, ("预算（budget）", "nan")),
    ("budget inf", {"budget": float("inf")}, ("预算（budget）", "inf")),
    ("budget Decimal NaN", {"budget": Decimal("sNaN")}, ("预算（budget）", "sNaN")),
    ("budget beyond belief", {"budget": 10**12}, ("预算（budget）", "1000 亿")),
    ("budget beyond printing", {"budget": 10**5000}, ("预算（budget）", "天文数字")),
    ("budget in words", {"budget": "不少"}, ("预算（budget）", "不少", "读不成")),
    ("budget as a range", {"budget": "5-8万"}, ("预算（budget）", "区间")),
    ("budget in dollars", {"budget": "3000美元"}, ("预算（budget）", "不是人民币")),
    ("budget 无", {"budget": "无"}, ("预算（budget）", "没定就不写")),
    ("budget below a cent", {"budget": 1e-9}, ("预算（budget）", "不到一分钱")),
    ("budget true", {"budget": True}, ("预算（budget）", "是或否")),
    ("no money for paid channels", {"budget": 0, "channels": "抖音信息流、抖音"}, ("预算（budget）", "巨量引擎信息流", "要花钱")),
    ("no money but a subsidy", {"budget": 0, "假设": {"补贴": 5}}, ("预算（budget）", "补贴是 5")),
    ("end before start", {"start": "2026-12-10", "end": "2026-12-01"}, ("结束（end）", "早于开始")),
    ("end before start without years", {"start": "12月10日", "end": "12月1日"}, ("结束（end）", "早于开始")),
    ("too long", {"start": "2026-12-01", "end": "2028-01-01"}, ("结束（end）", "370 天")),
    ("years ago", {"start": "2023-01-01"}, ("开始（start）", "两年多以前")),
    ("years ahead", {"start": "9999-12-31"}, ("开始（start）", "9999")),
    ("no such day", {"start": "2月30日"}, ("开始（start）", "没有 2 月 30 日")),
    ("no such month", {"end": "2026-13-01"}, ("结束（end）", "没有 2026 年 13 月")),
    ("no day at all", {"start": "等通知"}, ("开始（start）", "等通知", "读不成日期")),
    ("period of nothing", {"周期": "很久"}, ("周期（period）", "读不成日期")),
    ("unknown metric", {"target": "1000 个潜水艇"}, ("目标值（target）", "潜水艇", "注册人数")),
    ("metric of another goal", {"target": {"metric": "GMV", "value": 1000}}, ("目标值（target）", "GMV", "注册人数")),
    ("rate as target", {"target": "留存率 40%"}, ("目标值（target）", "写成人数", "20000 人 × 40% = 8000 人")),
    ("rate in a table", {"target": {"metric": "转化率", "value": 0.05}}, ("目标值（target）", "写成人数")),
    ("cost as target", {"target": "获客成本低于 50 元"}, ("目标值（target）", "是成本或回报", "50000 元 ÷ 每个 50 元")),
    ("return in a table", {"target": {"metric": "ROI", "value": 2}}, ("目标值（target）", "是成本或回报")),
    ("target without a value", {"target": {"metric": "注册人数"}}, ("目标值（target）", "没有数值")),
    ("target without a number", {"target": "越多越好"}, ("目标值（target）", "没有数值")),
    ("two targets", {"target": "注册 1000 人，付费 200 人"}, ("目标值（target）", "不止一个数")),
    ("negative target", {"target": -3}, ("目标值（target）", "负数")),
    ("target of nobody", {"target": 0}, ("目标值（target）", "不能是 0")),
    ("half a person", {"target": 10.5}, ("目标值（target）", "不是整数")),
    ("more than mankind", {"target": 10**11}, ("目标值（target）", "全世界")),
    ("money for people", {"target": "100万元"}, ("目标值（target）", "是金额")),
    ("channel that cannot serve", {"channels": "短信"}, ("渠道（channels）", "短信做不了拉新", "换成")),
    ("number for channels", {"channels": 3}, ("渠道（channels）", "数字")),
    ("channel without a name", {"channels": [{"price": 3}]}, ("渠道（channels）", "没有名称")),
    ("unknown cost model", {"channels": [{"name": "校园大使", "model": "看心情"}]}, ("校园大使", "看心情", "按人天")),
    ("negative price", {"channels": [{"name": "校园大使", "price": -3}]}, ("校园大使", "单价", "负数")),
    ("unknown part of a channel", {"channels": [{"name": "校园大使", "颜色": "红"}]}, ("颜色", "没有")),
    ("other model for a known channel", {"channels": [{"name": "巨量引擎", "model": "CPC", "price": 1}]}, ("按千次曝光", "自有渠道")),
    ("reach beside the channels", {"channels": "抖音", "reach": {"短信": 3}}, ("可触达人数（reach）", "短信", "不在渠道里")),
    ("negative reach", {"channels": "抖音", "reach": {"抖音": -1}}, ("可触达人数（reach）", "负数")),
    ("reach in parts of people", {"reach": 10.5}, ("可触达人数（reach）", "不是整数")),
    ("more than all", {"channels": "抖音", "reach": {"抖音": 500, "全部": 300}}, ("可触达人数（reach）", "多于全部 300")),
    ("list for reach", {"reach": [1, 2]}, ("可触达人数（reach）", "列表")),
    ("rate above one", {"假设": {"点击率": 5}}, ("点击率", "是不是 5%")),
    ("rate of nothing", {"假设": {"点击率": 0}}, ("点击率", "不能是 0")),
    ("unknown assumption", {"假设": {"点赞绿": "3%"}}, ("假设（assumptions）", "点赞绿")),
    ("rate of another funnel", {"假设": {"打开率": "3%"}}, ("打开率", "不在拉新的漏斗里", "点击率")),
    ("price of another model", {"channels": "巨量引擎", "假设": {"巨量引擎.cpc": 2}}, ("按千次曝光", "巨量引擎信息流.cpm")),
    ("assumption of another channel", {"channels": "抖音", "假设": {"达人.单价": 3}}, ("达人", "不在渠道里")),
    ("reserve of half", {"假设": {"预留比例": "50%"}}, ("预留比例", "上限 30%")),
    ("number for assumptions", {"假设": 3}, ("假设（assumptions）", "要一张表")),
    ("one assumption twice", {"假设": {"点击率": "2%", "ctr": "3%"}}, ("点击率", "ctr", "同一项")),
    ("unit price of whom", {"channels": "达人、直播", "假设": {"单价": 500}}, ("单价", "写明渠道", "达人合作")),
    ("negative baseline", {"baseline": -1}, ("基线（baseline）", "不小于 0")),
    ("number for the team", {"team": 3}, ("团队（team）", "数字")),
    ("number within constraints", {"constraints": ["不发红包", 3]}, ("限制（constraints）第 2 条", "数字")),
    ("far too long", {"audience": "人" * 500}, ("人群（audience）", "太长")),
]  # fmt: skip


@pytest.mark.parametrize(("more", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_briefs(more: dict[Any, Any], words: tuple[str, ...]) -> None:
    """What is wrong, with the key in Chinese and English."""
    message = refused({**NEW, **more})
    assert message.startswith("方案简报有 1 处问题："), message
    assert all(word in message for word in words), message


def test_all_problems_at_once() -> None:
    """One refusal lists everything, each thing once."""
    message = refused(
        {
            "产品": ["青禾"],
            "目标": "拉新",
            "类型": "团建",
            "预算": float("nan"),
            "开始": "2026-12-10",
            "结束": "2026-12-01",
            "目标值": "留存率 40%",
            "渠道": "短信、抖音信息流",
            "触达人数": {"推送": "3万"},
            "假设": {"点击率": 5, "客单价": -3},
            "限制条": "不发红包",
        }
    )
    assert message.startswith("方案简报有 10 处问题：") and message.count("；") >= 9
    for word in (
        "产品",
        "类型",
        "预算",
        "早于开始",
        "写成人数",
        "做不了拉新",
        "推送",
        "是不是 5%",
        "客单价",
        "限制（constraints）",
    ):
        assert word in message


def test_a_missing_goal_does_not_hide_the_rest() -> None:
    """Without a goal all that does not hang on it is still checked."""
    message = refused({"product": "", "budget": -3, "start": "等通知", "channels": 7})
    for word in ("产品", "目标", "预算", "开始", "渠道"):
        assert word in message


def test_zero_money_is_told_together_with_the_rest() -> None:
    """What channels and budget tell together stands among the other problems."""
    message = refused(NEW, budget=0, channels="达人", baseline=-1)
    assert "达人合作要花钱" in message and "基线" in message


def test_the_example_of_a_rate_uses_the_pool() -> None:
    """Where people are given, the sum is theirs."""
    assert "可触达 5000 人 × 20% = 1000 人" in refused(BACK, target="回流率 20%", reach=5000)


def test_not_a_table() -> None:
    """A list or a text is no brief."""
    for brief in (["产品"], "产品", None, 3):
        with pytest.raises(InputError, match="键值表"):
            read_plan_brief(brief, today=TODAY)  # type: ignore[arg-type]


# anything at all

_LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.dates(), st.text(max_size=12),
    st.sampled_from(["5万", "-3", "1–3%", "短信", "召回", "12月", "2月30日", "待定", "0", "注册 1 万人", "99.9%", "1e999", "负负5", "百分之", "明年明年初", "第9季度", "12月0日", "小红书：3", "短信.打开率"]),
)  # fmt: skip
_VALUE = st.recursive(
    _LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=6), st.sampled_from(["短信", "点击率", "metric", "value", "name", "price", "model", "全部", "单价"])),
            inner, max_size=3,
        ),
    ),
    max_leaves=6,
)  # fmt: skip
_KEY = st.one_of(
    st.sampled_from([*WORDS["keys"]]),
    st.sampled_from(["产品", "目标", "预算", "周期", "假设"]),
    st.text(max_size=5),
    st.integers(),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(_KEY, _VALUE, max_size=8))
def test_nothing_but_input_errors(brief: dict[Any, Any]) -> None:
    """Whatever stands in a table, it is read or refused; what is read makes sense."""
    for base in ({}, NEW, BACK):
        try:
            found = read_plan_brief({**base, **brief}, today=TODAY)
        except InputError as error:
            assert error.message and "\n" not in error.message
            continue
        plan = found.brief
        assert plan.product and plan.goal in GOALS and plan.kind in KINDS
        assert plan.start and plan.end and 0 <= (plan.end - plan.start).days < 370
        assert plan.budget is None or 0 <= plan.budget <= 10**11
        assert plan.channels and len(set(plan.channels)) == len(plan.channels)
        assert {one.name for one in plan.own_channels} == {*plan.channels} - {*table()}
        assert all(people >= 0 for people in plan.reach.values()) and {*plan.reach} <= {*plan.channels, "全部"}
        assert all(value.is_finite() and value >= 0 for value in plan.assumptions.values())
        assert read_plan_brief(plan, today=TODAY).brief == plan


def test_the_import_is_light() -> None:
    """Reading a brief needs no library of numbers, models or vectors."""
    code = (
        "import sys, copilot.tasks.plan_brief\n"
        "print([m for m in ('numpy','pydantic','langchain_core','chromadb','torch','chinese_calendar') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
