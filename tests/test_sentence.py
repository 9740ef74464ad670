"""One sentence, as operators type it, into a brief."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.channels import load_channels
from copilot.knowledge import read
from copilot.tasks.brief import joined, validated
from copilot.tasks.sentence import read_sentence

CHANNELS = load_channels()
DEV = Path(__file__).resolve().parent.parent / "benchmarks" / "sentences_dev.jsonl"
LINES = [json.loads(line) for line in DEV.read_text(encoding="utf-8").splitlines()]


def read_in(text: str) -> dict[str, Any]:
    """The keys of the brief."""
    return read_sentence(text, CHANNELS)


def holds(found: Any, expected: Any) -> bool:
    """Whether everything expected is found; an offer may say more."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(holds(found.get(key), value) for key, value in expected.items())
    return bool(found == expected)


@pytest.mark.parametrize("line", LINES, ids=[line["text"][:16] for line in LINES])
def test_the_development_set(line: dict[str, Any]) -> None:
    """Every slot of the sixty sentences."""
    assert holds(read_in(line["text"]), line["expect"])


def test_the_channels_of_the_file_exist() -> None:
    """The words for channels lead to channels that are shipped."""
    assert set(read("sentence")["channels"]) <= set(CHANNELS)


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("来 3-5 条抖音，推保温杯", 5),
        ("写两版短信", 2),
        ("小红书三篇，保温杯", 3),
        ("给保温杯写几条朋友圈", None),
        ("写条短信，前 500 个用户送杯套一个", None),
        ("保温杯，满 3 件 8 折，写短信", None),
        ("保温杯写 60 条短信", 20),
    ],
)
def test_how_many(text: str, n: int | None) -> None:
    """Numbers of variants, and numbers that are none."""
    assert read_in(text).get("n") == n


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("保温杯发短信，满199减50，满299减100", {"what": "满199减50，满299减100"}),
        ("保温杯发短信，买一送一，包邮", {"what": "买一送一，包邮"}),
        ("保温杯发短信，第二件半价，截止到10月7日", {"what": "第二件半价", "end": "10月7日"}),
        ("保温杯发短信，前100名下单送杯刷一支", {"quota": "前100名", "gift": "杯刷一支"}),
        ("保温杯发短信，下周一到周三会员8折", {"what": "会员8折", "start": "下周一", "end": "周三"}),
    ],
)
def test_offers(text: str, offer: dict[str, str]) -> None:
    """What is promised, to how many, until when, in the words of the sentence."""
    found = read_in(text)["offer"]
    assert {key: found.get(key) for key in offer} == offer


def test_relative_days_are_kept_and_told() -> None:
    """Days stay as they are said; the day of sending is no day of the offer."""
    found = read_in("保温杯写2条短信，明天发，全场9折，周日截止")
    assert found["offer"] == {"what": "全场9折", "end": "周日"}
    assert any("发送时间：明天" in note for note in found["notes"])
    assert any("“周日”是相对日期" in note for note in found["notes"])


def test_channels_that_are_not_meant() -> None:
    """Where people come from, or what is ruled out, is no channel."""
    found = read_in("给抖音粉丝写条朋友圈，推保温杯，不发微博")
    assert found["platform"] == ["wechat_moments"]
    assert "不写：微博" in found["notes"]


def test_a_push_is_no_present() -> None:
    """The 送 of 推送 gives nothing away; the channel is understood."""
    found = read_in("给保温杯写2条推送和2条百度推广，59元一个")
    assert not found.get("offer") and set(found["platform"]) == {"push", "baidu_search"}


def test_own_channels_count() -> None:
    """The title of a channel of the user's own is understood."""
    from dataclasses import replace

    own = CHANNELS | {"mall_screen": replace(CHANNELS["sms"], platform="mall_screen", title="商场大屏")}
    assert read_sentence("给商场大屏写三条保温杯文案", own)["platform"] == ["mall_screen"]


def test_nothing_is_lost() -> None:
    """What is said to the writer stands in the notes."""
    notes = read_in("写3条小红书，推保温杯，控制在300字以内，记得加emoji")["notes"]
    assert any("300字以内" in note for note in notes) and any("emoji" in note for note in notes)


def test_no_product_is_left_out() -> None:
    """Nothing is made up; with an offer for somebody the brief is good without, else it is asked for."""
    found = read_in("帮我写 3 条短信，周五发，满 199 减 50，给两个月没来的")
    assert "product" not in found
    assert validated(joined(found)).audience == "两个月没来的用户"


@given(st.text(alphabet="写给我们店三条短信小红书，。、：3满减50元推荐“”的周五 abc<>{}$", max_size=40))
def test_any_text_is_read(text: str) -> None:
    """No sentence ends in an error, and no mark of the reader stays in what it says."""
    found = read_in(text)
    assert not any("\ue000" <= c <= "\uf8ff" for c in str(found))


def test_long_texts_are_cut_and_told() -> None:
    """Five thousand characters take no time, and what was not read is told."""
    found = read_in("给保温杯写三条小红书。" + "拖布自己洗，" * 900)
    assert (found["product"], found["n"]) == ("保温杯", 3)
    assert any("只读了前" in note for note in found["notes"])
