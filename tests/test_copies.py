"""Copies with one thing changed: what is flagged, what is left alone; whole answers against known truth."""

from pathlib import Path

import pytest
from answer_corruptions import FALSE, TRUE
from answer_personalities import ANSWERS, claims_of, said
from openai_stub import passages_in, serve

from copilot.assistant import Copilot
from copilot.checks.alignment import plain
from copilot.checks.citations import check_citation, locate_quote
from copilot.checks.copies import changes
from copilot.library import Library
from copilot.retrieval import retrieve
from copilot.settings import Settings
from copilot.writers.rules.units import plain as shown

QUOTE = "每周三把退货多的商品交给采购复查，通常两天内写明原因、责任人和改法，线上订单由客服先回访。"
QUESTIONS = ["次日留存率怎么算", "优惠券怎么发才不浪费", "群里没人说话怎么办", "活动复盘写什么"]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("每周三把退货多的商品交给财务复查，通常两天内写明原因、责任人和改法。", id="another-word"),
        pytest.param("每周三把退货多的商品交给客服复查，通常两天内写明原因、责任人和改法。", id="word-from-elsewhere"),
        pytest.param("每周三把退货多的商品交给采购复查，必须两天内写明原因、责任人和改法。", id="stronger"),
        pytest.param("线下订单由客服先回访。", id="opposite-at-the-start"),
        pytest.param("每周三把采购多的商品交给退货复查，通常两天内写明原因、责任人和改法。", id="places-changed"),
        pytest.param("每周三把退货多的商品交给采购复查，复查费用从主播佣金里扣。", id="clause-added"),
    ],
)
def test_changed_copy(statement: str) -> None:
    """A copy in which one thing was changed is not supported, and the reason names it."""
    assert check_citation(QUOTE, QUOTE).support == "supported"
    check = check_citation(statement, QUOTE)
    assert check.support != "supported"
    assert check.reasons


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("每周三把退货多的商品交给采购复查", id="shortened"),
        pytest.param("通常两天内写明责任人、原因和改法", id="items-in-another-order"),
        pytest.param("每周三把退货多的商品交给采购复查，一般两天内写明原因、责任人和改法", id="synonym"),
        pytest.param("在这类店铺中，每周三把退货多的商品交给采购复查", id="circumstance-in-front"),
        pytest.param("这些订单由客服先回访", id="pointing"),
    ],
)
def test_innocent_copy(statement: str) -> None:
    """What says the same is left alone."""
    assert changes(plain(statement), plain(QUOTE)) == ()


def test_unmarked_sentences_are_true(handbook: Library) -> None:
    """Of sentences taken from the handbook, as they stand or told otherwise, 95 % without a mark are true."""
    unmarked, true, marked = 0, 0, 0
    for question in QUESTIONS:
        passages = [(p.rank, p.text) for p in retrieve(handbook, question, 8).passages]
        texts = dict(passages)
        for claim in (claim for way in (*TRUE, *FALSE) for claim in claims_of(way, passages)):
            start, end = locate_quote(claim.text, texts[claim.cite])
            supported = check_citation(claim.text, shown(texts[claim.cite][start:end])).support == "supported"
            unmarked += supported
            true += supported and claim.true
            marked += claim.true and not supported
    assert unmarked > 200
    assert true / unmarked >= 0.95
    assert marked / (true + marked) <= 0.05


def test_mixed_model_is_marked(handbook: Library, home: Path) -> None:
    """A model that mixes true and false is answered with marks on what is false; its claims are known from the prompt."""
    with serve(ANSWERS["mixed"]) as stub:
        bot = Copilot(handbook, Settings(home=home, model="openai:stub", base_url=stub.base_url))
        reply = bot.ask(QUESTIONS[0])
        claims = claims_of("mixed", passages_in(stub.billed[0].messages[-1][1]))
    assert "".join(stub.billed[0].pieces) == said(claims)
    truth = {claim.text: claim.true for claim in claims}
    assert {s.support != "supported" for s in reply.sentences if not truth.get(s.text, True)} == {True}
