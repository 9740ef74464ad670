"""The arithmetic of plans: funnels, budgets, the way back from a target to money."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from copilot.arithmetic.budget import Costs, outlay, required, shares, split
from copilot.arithmetic.funnel import Source, Step, counts, follows, most_units, presupposes, treated

ADS = (
    Step("touch", "曝光", "人次"),
    Step("click", "点击", "人次", "rate", "ctr"),
    Step("act", "注册", "人", "rate", "cvr_register"),
    Step("deep", "首次付费", "人", "rate", "cvr_pay"),
)
OWN = (
    Step("pool", "可触达", "人"),
    Step("touch", "送达", "人", "rate", "delivery_rate"),
    Step("click", "打开", "人", "rate", "open_rate"),
    Step("act", "回流", "人", "rate", "return_rate"),
)
INVITE = (
    Step("pool", "可触达老客", "老客"),
    Step("touch", "看到邀请", "老客", "rate", "delivery_rate"),
    Step("share", "发起邀请", "老客", "rate", "share_rate"),
    Step("invite", "邀请", "人次", "times", "invites"),
    Step("act", "注册新客", "新客", "rate", "accept_rate"),
    Step("deep", "达标新客", "新客", "rate", "qualify_rate"),
)
ADS_RATES = {"ctr": Decimal("0.02"), "cvr_register": Decimal("0.1"), "cvr_pay": Decimal("0.2")}
OWN_RATES = {"delivery_rate": Decimal("0.9"), "open_rate": Decimal("0.1"), "return_rate": Decimal("0.5")}
INVITE_RATES = {
    "delivery_rate": Decimal(1), "share_rate": Decimal("0.1"), "invites": Decimal(5), "accept_rate": Decimal("0.4"),
    "qualify_rate": Decimal("0.5"),
}  # fmt: skip
NO_COSTS = Costs(Decimal(0), 2, Decimal(0))


def cpm(**changes: Any) -> Source:
    """20 yuan for a thousand shows."""
    return Source("feed", Decimal(20), Decimal(1000), 0, ADS_RATES)._replace(**changes)


def sms(pool: int = 10_000, **changes: Any) -> Source:
    """5 fen a message, nine of ten arrive."""
    return Source("sms", Decimal("0.05"), Decimal("0.9"), 1, OWN_RATES, pool, Decimal("0.1"))._replace(**changes)


def test_shows_lead_to_payers() -> None:
    """100 thousand shows → 2,000 clicks → 200 registered → 40 paid."""
    assert counts(ADS, cpm(), 100) == (100_000, 2_000, 200, 40)


def test_clicks_presuppose_shows() -> None:
    """Paid by the click, the shows above are what the clicks presuppose."""
    assert counts(ADS, cpm(output=Decimal(1), enters=1), 2_000) == (100_000, 2_000, 200, 40)


def test_nobody_beyond_the_pool_less_control() -> None:
    """9,000 of 10,000 may be written to; more messages reach nobody more."""
    assert treated(10_000, Decimal("0.1")) == 9_000
    assert counts(OWN, sms(), 9_000) == (10_000, 8_100, 810, 405)
    assert most_units(OWN, sms()) == 10_000  # 9,000 reached at nine of ten
    assert counts(OWN, sms(), 50_000)[1] == 9_000


def test_new_people_invite_too() -> None:
    """1,000 → 100 share → 500 invitations → 200 new; they share: 20 → 100 → 40."""
    source = Source("in_app", Decimal(0), Decimal(1), 1, INVITE_RATES, 1_000, rounds=2)
    assert counts(INVITE, source, 1_000) == (1_000, 1_000, 100, 600, 240, 120)


def test_a_budget_buys_by_weight() -> None:
    """Weights 3 and 1: 750 and 250 yuan."""
    found = outlay(ADS, [cpm(weight=3), cpm(channel="b")], Decimal(1_000), NO_COSTS)
    assert [buy.spend for buy in found.buys] == [Decimal(740), Decimal(240)]  # whole thousands of shows
    assert found.total == Decimal(1_000)  # what is left over is reserve


def test_what_a_pool_cannot_take_goes_to_others() -> None:
    """500 yuan fill the messages, the rest goes to the second channel."""
    second = sms(channel="email", price=Decimal(1), pool=100_000)
    found = outlay(OWN, [sms(weight=5), second], Decimal(10_000), NO_COSTS)
    assert [buy.spend for buy in found.buys] == [Decimal(500), Decimal(9_500)]


def test_the_subsidy_is_inside() -> None:
    """Quota × value stands in the budget, and the quota covers what is expected."""
    source = cpm(materials=Decimal(500))
    found = outlay(ADS, [source], Decimal(10_000), Costs(Decimal(10), 2, Decimal("0.08")))
    assert found.quota >= found.totals[2]
    assert found.subsidy == found.quota * 10
    assert found.total <= Decimal(10_000)
    assert found.reserve >= Decimal(800)


def test_a_part_too_small_for_one_unit_goes_to_others() -> None:
    """Half of 1,000 yuan does not pay a post of 3,000."""
    post = cpm(channel="kol", price=Decimal(3_000))
    found = outlay(ADS, [cpm(), post], Decimal(1_000), NO_COSTS)
    assert found.left_out == (post,)
    assert found.buys[0].spend == Decimal(1_000)


def test_required_is_the_least() -> None:
    """40 payers take 100 thousand shows."""
    assert required(ADS, [cpm()], NO_COSTS, 3, 40) == Decimal(2_000)


def test_pools_may_be_too_small() -> None:
    """No money brings back more people than there are."""
    assert required(OWN, [sms()], NO_COSTS, 3, 100_000) is None


MONEY = st.decimals(min_value=0, max_value=10**7, places=2)
RATE = st.decimals(min_value="0.0001", max_value=1, places=4)


@given(st.lists(MONEY, min_size=1, max_size=12))
def test_shares_add_up(parts: list[Decimal]) -> None:
    """Exactly 1, unless there is no money at all."""
    assert sum(shares(parts)) == (1 if sum(parts) else 0)


@given(MONEY, st.lists(st.integers(0, 9), min_size=1, max_size=9))
def test_parts_add_up(amount: Decimal, weights: list[int]) -> None:
    """To the cent, and nobody gets less than nothing."""
    found = split(amount, weights)
    assert sum(found) == (amount if sum(weights) else 0)
    assert min(found) >= 0


@given(st.integers(0, 10**9), RATE, st.sampled_from(["rate", "less", "times", "over"]))
def test_up_and_down_agree(count: int, rate: Decimal, how: str) -> None:
    """What a count presupposes leads to at least that count, where anything does."""
    step = Step("x", "x", "人", how, "r")
    before = presupposes(step, count, {"r": rate})
    assert before >= 10**15 or follows(step, before, {"r": rate}) >= count


@given(
    st.lists(
        st.tuples(st.decimals("0.001", 5_000, places=3), st.integers(0, 2), st.integers(0, 100_000), st.integers(1, 5)),
        min_size=1, max_size=5,
    ),
    MONEY, st.decimals(0, 50, places=2), MONEY, RATE, RATE, RATE,
)  # fmt: skip
def test_no_budget_is_passed(
    channels: list[tuple[Decimal, int, int, int]], budget: Decimal, subsidy: Decimal, materials: Decimal,
    ctr: Decimal, register: Decimal, pay: Decimal,
) -> None:  # fmt: skip
    """Sums to the cent, nothing above the budget, no stage grows within a unit, nobody beyond the pool."""
    rates = {"ctr": ctr, "cvr_register": register, "cvr_pay": pay}
    sources = [
        Source(
            str(at), price, Decimal(1000 if not enters else 1), enters, rates, pool, weight=weight, materials=materials
        )
        for at, (price, enters, pool, weight) in enumerate(channels)
    ]
    found = outlay(ADS, sources, budget, Costs(subsidy, 2, Decimal("0.08")))
    assert found.total <= budget
    assert found.total == sum(b.spend for b in found.buys) + found.subsidy + found.materials + found.reserve
    for buy in found.buys:
        assert buy.counts[0] >= buy.counts[1] and buy.counts[2] >= buy.counts[3]
        assert not buy.source.pool or buy.counts[0] <= buy.source.pool
    assert not subsidy or found.quota >= found.totals[2]
