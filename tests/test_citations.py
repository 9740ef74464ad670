"""The literal citation check (字面核验): what it lets pass, what it flags, and that offsets hold."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.checks.citations import check_citation, locate_quote
from copilot.checks.figures import figures
from copilot.text import sentence_spans

NEAR = [
    json.loads(line)
    for line in (Path(__file__).parent / "golden" / "near_misses.jsonl").read_text(encoding="utf-8").splitlines()
]
KINDS = ("number", "unit", "date", "name", "negation", "direction")
QUOTE = "新店开业首月，平均客单价为86元，比商场均值高出12%。店长每周二盘点一次库存，未经批准不得打折。"

WORDS = st.text(alphabet="店长盘点库存不得打折高于低于增加三成30%5月号abc之前后，、 ", min_size=1, max_size=20)
SENTENCES = st.lists(WORDS, min_size=1, max_size=6).map(lambda words: "".join(f"{w}。" for w in words))


def support(statement: str, quote: str = QUOTE) -> str:
    """Return the verdict alone."""
    return check_citation(statement, quote).support


def test_near_misses_are_two_hundred_of_six_kinds() -> None:
    """The golden set holds what the figures below speak of."""
    assert len(NEAR) == 200
    assert {row["kind"] for row in NEAR} == set(KINDS)
    assert all(60 <= len(row["quote"]) <= 250 and row["statement"] != row["original"] for row in NEAR)


def test_near_misses_are_flagged_and_originals_pass() -> None:
    """At least 90 % of the near-misses are flagged, at most 10 % of the originals."""
    caught = sum(support(row["statement"], row["quote"]) != "supported" for row in NEAR)
    lost = sum(support(row["original"], row["quote"]) != "supported" for row in NEAR)
    assert caught >= 180, caught
    assert lost <= 20, lost


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_near_miss_is_mostly_flagged(kind: str) -> None:
    """No kind is left to the others: at least 70 % of each is flagged."""
    rows = [row for row in NEAR if row["kind"] == kind]
    assert sum(support(row["statement"], row["quote"]) != "supported" for row in rows) >= 0.7 * len(rows)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("30%", "百分之三十"),
        ("30%", "三成"),
        ("1.2万人", "12000人"),
        ("1.2万", "一万二"),
        ("2024年3月1日", "2024-03-01"),
        ("两周", "14天"),
        ("半年", "6个月"),
        ("1,200元", "1200块"),
        ("2个季度", "6个月"),
        ("晚上8点", "晚上八点"),
        ("20:00", "20点"),
        ("5公里", "5000米"),
        ("三季度", "第3季度"),
    ],
)
def test_figures_written_differently_are_equal(one: str, other: str) -> None:
    """Units, numerals and date forms are read into the same values."""
    assert [f[:2] for f in figures(one)] == [f[:2] for f in figures(other)] != []


@pytest.mark.parametrize("text", ["十分重要", "统一管理", "唯一的办法", "四川的门店", "一些用户一起来", "千万别信"])
def test_words_with_numerals_are_no_figures(text: str) -> None:
    """Numerals inside ordinary words count nothing."""
    assert figures(text) == []


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("首月平均客单价为68元。", "数字 68元 不在引文中"),
        ("首月平均客单价为86万元。", "数字 86万元 不在引文中"),
        ("店长每周四盘点一次库存。", "周四"),
        ("未经批准可以打折。", "否定"),
        ("首月平均客单价比商场均值低了12%。", "方向相反"),
        ("督导每周二盘点一次库存。", "督导"),
    ],
)
def test_one_swapped_thing_is_named(statement: str, reason: str) -> None:
    """The reason says in Chinese which word does not fit."""
    check = check_citation(statement, QUOTE)
    assert check.support != "supported"
    assert any(reason in line for line in check.reasons), check.reasons


@pytest.mark.parametrize(
    "statement",
    [
        "首月平均客单价86元。",
        "库存由店长每周二盘点一次。",
        "未经批准，不可以打折。",
        "平均客单价比商场均值高出百分之十二。",
    ],
)
def test_light_paraphrases_pass(statement: str) -> None:
    """Reordering, shortening and other numerals are no contradiction."""
    assert support(statement) == "supported", check_citation(statement, QUOTE)


def test_unrelated_is_unsupported() -> None:
    """A statement about something else gets nothing, and says what is missing."""
    check = check_citation("黄河发源于青藏高原。", QUOTE)
    assert check.support == "unsupported"
    assert check.reasons


def test_half_covered_is_partial() -> None:
    """Half a statement in the quote is neither supported nor unsupported."""
    assert support("店长每周二盘点一次库存，然后把差异表发给财务。") == "partial"


def test_empty_statement_is_unsupported() -> None:
    """Nothing to check is not supported."""
    assert check_citation("[1]。", QUOTE).support == "unsupported"
    assert check_citation("库存", "").support == "unsupported"


def test_marks_script_width_and_case_are_ignored() -> None:
    """Citation marks, traditional script, full width and capitals change nothing."""
    quote = "使用ABC系统后，退货率下降了3%。"
    same = check_citation("使用ABC系统后，退货率下降了3%。", quote)
    assert check_citation("使用ＡＢＣ系統後，退貨率下降了３％[2]。", quote) == same
    assert check_citation("使用abc系统后，退货率下降了3%。[1]", quote) == same


@given(WORDS, SENTENCES)
def test_score_is_a_share(statement: str, quote: str) -> None:
    """The score lies in 0…1 and only a supported statement has no reason."""
    check = check_citation(statement, quote)
    assert 0.0 <= check.score <= 1.0
    assert bool(check.reasons) == (check.support != "supported")


@given(SENTENCES, st.data())
def test_verbatim_sentences_are_supported(quote: str, data: st.DataObject) -> None:
    """A run of whole sentences of the quote is always supported."""
    spans = sentence_spans(quote)
    first = data.draw(st.integers(0, len(spans) - 1))
    last = data.draw(st.integers(first, len(spans) - 1))
    statement = quote[spans[first][0] : spans[last][1]]
    if any(c.isalnum() for c in statement):
        assert check_citation(statement, quote).support == "supported"


@given(WORDS, SENTENCES)
def test_folding_changes_no_verdict(statement: str, quote: str) -> None:
    """Full width and traditional characters give the verdict of half width and simplified ones."""
    wide = str.maketrans(
        {"a": "Ａ", "b": "Ｂ", "c": "Ｃ", "3": "３", "0": "０", "%": "％", "长": "長", "点": "點", "库": "庫"}
    )
    assert check_citation(statement.translate(wide), quote).support == check_citation(statement, quote).support
    assert check_citation(statement, quote.translate(wide)).score == check_citation(statement, quote).score


@given(WORDS, SENTENCES)
def test_located_quote_is_a_slice_of_sentences(statement: str, text: str) -> None:
    """The located quote begins and ends where sentences do and is at most three of them."""
    start, end = locate_quote(statement, text)
    spans = sentence_spans(text)
    if spans:
        firsts, lasts = [s for s, _ in spans], [e for _, e in spans]
        assert 0 <= lasts.index(end) - firsts.index(start) <= 2
    else:
        assert (start, end) == (0, 0)


def test_located_quote_is_the_sentence_that_says_it() -> None:
    """One sentence is enough where one holds the statement; two are taken where both are needed."""
    text = "第一句讲天气。门店每周二盘点库存。盘点差异超过2%要上报。最后一句讲别的。"
    start, end = locate_quote("每周二盘点库存", text)
    assert text[start:end] == "门店每周二盘点库存。"
    start, end = locate_quote("每周二盘点库存，差异超过2%要上报", text)
    assert text[start:end] == "门店每周二盘点库存。盘点差异超过2%要上报。"
