"""A plan with other inputs: what is changed becomes given, everything else stays as it was said or assumed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from copilot.errors import InputError
from copilot.library import Library
from copilot.tasks.plan import plan
from copilot.tasks.plan_again import BUDGET, TARGET, canonical, inputs_changed, outcome_changed, valued, with_inputs
from copilot.tasks.plan_brief import read_plan_brief

TODAY = date(2026, 11, 23)
BRIEF: dict[str, Any] = {
    "产品": "小满记账", "目标": "召回", "目标值": "回流 600 人", "预算": 8000, "开始": "2026-12-01", "结束": "2026-12-14",
    "渠道": ["短信", {"name": "校园大使", "model": "按人天", "price": 300}], "触达人数": {"短信": 60000, "校园大使": 9000},
    "假设": {"短信.打开率": "3%"},
}  # fmt: skip


def given() -> dict[str, Any]:
    """What the brief itself says."""
    return canonical(read_plan_brief(BRIEF, today=TODAY))


def test_every_input_can_be_changed(handbook: Library) -> None:
    """Rates, prices, people and yields, of one channel and of all: the new plan has the value, and as given."""
    before = plan(handbook, BRIEF, today=TODAY)
    for place, one in enumerate(before.assumptions):
        value = one.value * Decimal("0.8") if one.value else Decimal(1)  # a price keeps two digits
        written = f"{value * 100:f}" if one.unit == "%" else f"{value:f}"
        after = plan(handbook, with_inputs(given(), before, {str(place): written}), today=TODAY)
        found = next(a for a in after.assumptions if (a.id, a.channel) == (one.id, one.channel))
        assert (found.value, found.basis) == (value, "given"), one
        assert valued(one, value) in [change.after for change in inputs_changed(before, after)]


def test_target_and_budget_change_the_outcome(handbook: Library) -> None:
    """What differs is told, before and after; nothing else becomes given."""
    before = plan(handbook, BRIEF, today=TODAY)
    after = plan(handbook, with_inputs(given(), before, {TARGET: "500", BUDGET: "1万"}), today=TODAY)
    assert [(c.label, c.before, c.after) for c in inputs_changed(before, after)] == [
        ("目标值", "回流人数 600", "回流人数 500"), ("预算", "8,000 元", "10,000 元"),
    ]  # fmt: skip
    assert all(change.before != change.after for change in outcome_changed(before, after))
    assert [a.basis for a in after.assumptions] == [a.basis for a in before.assumptions]


def test_an_emptied_input_is_assumed_again(handbook: Library) -> None:
    """Of a brief without channels too, which then names those it was planned with."""
    before = plan(handbook, BRIEF, today=TODAY)
    place = next(str(n) for n, one in enumerate(before.assumptions) if one.id == "open_rate" and one.channel == "sms")
    again = plan(handbook, with_inputs(given(), before, {place: " "}), today=TODAY)
    assert again.assumptions[int(place)].basis == "assumed"
    bare = {"product": "甲", "goal": "拉新", "budget": Decimal(50000)}
    open_ = plan(handbook, bare, today=TODAY)
    place = next(str(n) for n, one in enumerate(open_.assumptions) if one.channel and one.unit == "%")
    channels = plan(handbook, with_inputs(bare, open_, {place: "5"}), today=TODAY).brief.channels
    assert channels == open_.brief.channels


def test_a_wrong_value_is_refused(handbook: Library) -> None:
    """By who reads briefs, named."""
    before = plan(handbook, BRIEF, today=TODAY)
    with pytest.raises(InputError, match="预算"):
        read_plan_brief(with_inputs(given(), before, {BUDGET: "很多"}), today=TODAY)
