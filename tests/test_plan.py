"""Plans as a whole: what must hold of every brief, what a manager reads first, where sentences come from."""

import re
from collections.abc import Mapping
from contextlib import closing
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot import Copilot, Settings
from copilot.checks.plan import plan_problems, unmarked
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.library import Library
from copilot.plans import GOALS, KINDS, Plan
from copilot.tasks.plan import plan

TODAY = date(2026, 11, 23)
WEEK = {"start": "2026-12-01", "end": "2026-12-14"}


def made(library: Library, **brief: Any) -> Plan:
    """A plan for the product of these tests."""
    return plan(library, {"product": "青禾读书", **WEEK, **brief}, today=TODAY)


def channels_of(goal: str) -> list[str]:
    """Ids of the channels that serve a goal."""
    return [c for c in read(f"plan/goals/{read('plan/figures')['goals'][goal]}")["channels"] if c != "other"]


def free(channel: str) -> bool:
    """Whether a channel costs nothing."""
    return bool(read("plan/channels")["channels"][channel].get("internal"))


@st.composite
def briefs(draw: st.DrawFn) -> Mapping[str, Any]:
    """Any goal, kind, channel mix, budget, period, pools and figures of one's own."""
    goal = draw(st.sampled_from(GOALS))
    chosen = draw(st.lists(st.sampled_from(channels_of(goal)), min_size=1, max_size=6, unique=True))
    start = draw(st.dates(date(2026, 11, 1), date(2028, 12, 1)))
    brief: dict[str, Any] = {
        "product": "青禾读书", "goal": goal, "kind": draw(st.sampled_from(KINDS)), "channels": chosen,
        "start": start.isoformat(), "end": (start + timedelta(days=draw(st.integers(0, 364)))).isoformat(),
        "budget": str(draw(st.decimals(1, 3_000_000, places=2))),
    }  # fmt: skip
    if draw(st.booleans()):
        brief["target"] = draw(st.integers(1, 200_000))
    pooled = draw(st.lists(st.sampled_from(chosen), unique=True))
    reach = {channel: draw(st.integers(0, 500_000)) for channel in pooled}
    if draw(st.booleans()):
        reach["全部"] = max([1, *reach.values()]) + draw(st.integers(0, 300_000))
    figures = {
        "subsidy": st.decimals(0, 60, places=2), "aov": st.decimals(1, 5_000, places=2),
        "gross_margin": st.decimals("0.01", 1, places=3), "reserve": st.decimals(0, "0.3", places=2),
    }  # fmt: skip
    names = draw(st.lists(st.sampled_from(sorted(figures)), unique=True))
    assumptions = {name: str(draw(figures[name])) for name in names}
    return brief | ({"reach": reach} if reach else {}) | ({"assumptions": assumptions} if assumptions else {})


@settings(max_examples=40, deadline=None)
@given(brief=briefs())
def test_most_briefs_add_up(handbook: Library, brief: Mapping[str, Any]) -> None:
    """A few of those below, at every run."""
    assert plan_problems(plan(handbook, brief, today=TODAY)) == ()


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(brief=briefs())
def test_everything_adds_up(handbook: Library, brief: Mapping[str, Any]) -> None:
    """Sums to the cent, no budget passed, dates inside, no funnel grows, pools hold, nothing empty or unmarked."""
    assert plan_problems(plan(handbook, brief, today=TODAY)) == ()


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("kind", KINDS)
def test_goal_and_kind(handbook: Library, goal: str, kind: str) -> None:
    """Every goal in every kind, with nothing given but the product."""
    done = made(handbook, goal=goal, kind=kind)
    assert plan_problems(done) == ()
    assert [s.id for s in done.sections] == read("plan/sections")["orders"][kind]
    assert done.missing


@pytest.mark.parametrize("goal", GOALS)
def test_without_money(handbook: Library, goal: str) -> None:
    """A budget of nothing: the work of our own people, no subsidy, sums of zero."""
    done = made(handbook, goal=goal, budget="0", channels=[c for c in channels_of(goal) if free(c)][:3])
    assert plan_problems(done) == ()
    assert done.budget_total == 0


def test_first_200_characters(handbook: Library) -> None:
    """Target, budget, cost per result, gap and the decision asked (P1)."""
    done = made(handbook, goal="拉新", target="首次付费 1000 人", budget="5万", channels=["oceanengine", "sms"][:1])
    head = done.sections[0].body[:200]
    assert done.gap is not None and done.gap.missing
    for said in ("1,000 人", "50,000 元", "每人 50 元", f"差 {done.gap.missing:,} 人", "请先定"):
        assert said in head


def test_gap_has_three_levers(handbook: Library) -> None:
    """Less target, more money, a better rate; each says from where to where, and the money is enough."""
    brief = {"goal": "拉新", "target": "注册 3000 人", "channels": ["oceanengine", "kol"]}
    done = made(handbook, budget="2万", **brief)
    assert done.gap is not None and done.gap.required is not None
    assert [lever.id for lever in done.gap.levers] == ["target", "budget", "rate"]
    again = made(handbook, budget=str(done.gap.required), **brief)
    assert again.gap is not None and again.gap.missing == 0


def test_break_even_is_exact(handbook: Library) -> None:
    """A rate at its break-even brings the target, a little below it does not."""
    brief: dict[str, Any] = {"goal": "拉新", "target": "注册 1500 人", "channels": ["oceanengine"], "budget": "10万"}
    brief["assumptions"] = {"subsidy": 0}
    done = made(handbook, **brief)
    rate = next(a for a in done.assumptions if a.id == "cvr_register")
    assert rate.break_even is not None and "不达标" in rate.verdict
    digits = Decimal("0.000001")
    above, below = (rate.break_even.quantize(digits, rounding) for rounding in (ROUND_CEILING, ROUND_FLOOR))
    for value, reached in ((above, True), (below - Decimal("0.0001"), False)):
        figures = {"subsidy": 0, "cvr_register": str(value)}
        again = made(handbook, **{**brief, "assumptions": figures})
        assert again.gap is not None and (again.gap.missing == 0) is reached


def test_without_a_budget_it_is_reckoned(handbook: Library) -> None:
    """A target alone: the money that it takes, marked as reckoned."""
    done = made(handbook, goal="留资", target="线索 200 条", channels=["baidu_search", "exhibition"])
    assert done.gap is not None and done.gap.missing == 0
    assert done.gap.required == done.gap.budget >= done.budget_total


def test_offer_of_the_brief_is_what_is_paid(handbook: Library) -> None:
    """减 30 元 is the value of a share; the playbook's own coupon is not named."""
    done = made(handbook, goal="转化", offer="满 199 减 30 元", channels=["taobao_ads"], budget="5万")
    line = next(line for line in done.budget if line.category == "补贴")
    assert (line.unit_price, line.basis) == (Decimal(30), "given")
    assert "满 199 减 30 元" in line.item


def test_liability_stands_in_the_rules(handbook: Library) -> None:
    """Eligibility, cap per person, quota, greatest expense, end (P5)."""
    done = made(handbook, goal="召回", channels=["sms"], reach={"sms": 20000}, budget="1万")
    line = next(line for line in done.budget if line.category == "补贴")
    body = next(s.body for s in done.sections if s.id == "mechanics")
    assert f"共 {line.quantity:,} 份" in body and "每人最多" in body and "发完公告停止" in body
    assert f"最多支出 {line.subtotal:,.2f}".removesuffix(".00") in body


def test_tasks_say_who_when_how_much(handbook: Library) -> None:
    """Role, days, a figure, what it moves (P2)."""
    done = made(handbook, goal="促活", channels=["push", "wecom", "community"], team=["用户运营：小周"])
    assert any("用户运营小周" in task.owner for task in done.schedule)
    for task in done.schedule:
        assert re.match(rf"{task.owner} \d+/\d+", task.task), task.task
        assert task.milestone or ("，看" in task.task and re.search(r"\d", task.task.split(" ", 2)[2]))


def test_paid_channels_have_both_lines(handbook: Library) -> None:
    """A line for adding and one for stopping money (P6)."""
    done = made(handbook, goal="拉新", channels=["oceanengine", "baidu_search", "kol"], budget="10万")
    body = next(s.body for s in done.sections if s.id == "channels")
    for one in done.channel_funnels:
        assert f"| {one.title} | 加 |" in body and f"| {one.title} | 停 |" in body


def test_control_group_is_left_out(handbook: Library) -> None:
    """A tenth of the pool is not touched."""
    done = made(handbook, goal="召回", channels=["sms"], reach={"sms": 10000}, budget="1万")
    touched = next(s.value for s in done.funnel if s.id == "touch")
    assert touched <= 9000


def test_compliance_is_of_these_channels(handbook: Library) -> None:
    """Rules of the chosen channels, none of others; what nobody verified says so."""
    done = made(handbook, goal="召回", channels=["sms"], reach={"sms": 10000}, budget="1万")
    named = {rule.channel for rule in done.compliance}
    assert named == {"短信", "全部渠道"}
    assert "未核实" in next(s.body for s in done.sections if s.id == "compliance")


def test_citations_are_slices(handbook: Library) -> None:
    """Every citation is an exact slice of its source."""
    done = made(handbook, goal="裂变")
    assert len(done.citations) > 40
    for citation in done.citations:
        assert handbook.show(citation.doc_id).text[citation.start : citation.end] == citation.quote


def said(done: Plan) -> set[str]:
    """The sentences of a plan without product, figures and marks; tables and headings are none."""
    found = set()
    for section in done.sections:
        for line in section.body.split("\n"):
            bare = re.sub(r"\[\d+\]|（[^）]*）|[\d,.%/:：\s#-]+", "", line.replace("青禾读书", ""))
            if len(bare) >= 6 and not line.startswith(("|", "#")):
                found.add(bare)
    return found


@pytest.mark.parametrize("kind", ["activity", "annual"])  # all six: benchmarks.plans --goals
def test_goals_differ(handbook: Library, kind: str) -> None:
    """Two plans of different goals share at most a quarter of their sentences (P7), even through the same channels."""
    common = set.intersection(*(set(channels_of(goal)) for goal in GOALS))
    texts = {goal: said(made(handbook, goal=goal, kind=kind, channels=sorted(common)[:3])) for goal in GOALS}
    for one, other in combinations(GOALS, 2):
        shared = len(texts[one] & texts[other]) / min(len(texts[one]), len(texts[other]))
        assert shared <= 0.25, (one, other, shared)


def test_texts_of_the_brief_do_not_pass_for_citations(handbook: Library) -> None:
    """A product called [1] or <b> stays a name."""
    done = made(handbook, goal="品牌", product="书[1]<b>|x|", competitors=["甲[2]"], kind="annual")
    assert plan_problems(done) == ()
    assert "[1]<b>" not in "".join(s.body for s in done.sections)


def test_materials_are_briefs_for_copy(handbook: Library) -> None:
    """What is to be written comes as a brief that `adcopy` takes; an assumed coupon is not promised in it."""
    from copilot.tasks.brief import validated

    done = made(
        handbook, goal="拉新", channels=["oceanengine", "xiaohongshu", "kol"], selling_points=["15 分钟听完一本书"]
    )
    written = [m for m in done.materials if m.brief]
    assert {m.channel for m in written} == {"oceanengine", "xiaohongshu"}
    for material in written:
        assert material.brief is not None and "offer" not in material.brief
        assert validated(material.brief).selling_points == ("15 分钟听完一本书",)


def test_without_the_handbook_nothing_is_cited(bare: Path) -> None:
    """An empty library: every sentence says that it rests on nothing but an assumption."""
    with closing(Copilot.open(Settings(home=bare, handbook=False))) as bot:
        done = bot.plan({"product": "青禾读书", "goal": "拉新", **WEEK}, today=TODAY)
    assert done.citations == ()
    assert all(not unmarked(s.body) for s in done.sections)
    assert any("找不到依据" in note for note in done.notes)


def test_late_preparation_is_said(handbook: Library) -> None:
    """A campaign that begins tomorrow has no time for three weeks of preparation."""
    done = plan(
        handbook, {"product": "青禾读书", "goal": "拉新", "start": "2026-11-24", "end": "2026-11-30", "channels": ["kol"]},
        today=TODAY,
    )  # fmt: skip
    assert "已经晚了" in done.sections[0].body


def test_json_holds_the_contract(handbook: Library) -> None:
    """Keys of the contract, numbers as numbers, dates as text."""
    done = made(handbook, goal="复购", channels=["sms", "wecom"], reach={"sms": 5000, "wecom": 800}).to_dict()
    for key in ("brief", "sections", "targets", "funnel", "budget", "budget_total", "schedule", "kpis", "risks"):
        assert done[key]
    assert {"findings", "writer"} <= set(done)
    assert {"id", "title", "body", "citations"} == set(done["sections"][0])
    assert {"stage", "value", "formula", "basis"} <= set(done["funnel"][0])
    assert {"item", "channel", "quantity", "unit", "unit_price", "subtotal", "share"} <= set(done["budget"][0])
    assert {"phase", "task", "owner", "start", "end", "window", "depends_on"} <= set(done["schedule"][0])
    assert isinstance(done["budget_total"], (int, float)) and isinstance(done["schedule"][0]["start"], str)


def test_wrong_briefs_are_refused(handbook: Library) -> None:
    """Everything wrong at once."""
    with pytest.raises(InputError) as error:
        plan(handbook, {"goal": "上天", "budget": -5, "start": "2026-12-10", "end": "2026-12-01"}, today=TODAY)
    for said_ in ("产品", "上天", "预算", "结束"):
        assert said_ in error.value.message
