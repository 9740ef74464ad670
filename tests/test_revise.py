"""Rework of existing copy: reading it, shortening, moving, keeping, writing like a sample, the command."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openai_stub import Personality, serve

from copilot.briefs import AdBrief
from copilot.channels import load_channels
from copilot.checks.quantities import quantities
from copilot.cli.revise import kept_numbers, revised_text
from copilot.embedding import load_embedding
from copilot.errors import InputError
from copilot.library import Library
from copilot.settings import Settings
from copilot.tasks.adcopy import adcopy
from copilot.tasks.revise import Wanted, revise
from copilot.tasks.revise_brief import derived, product_of
from copilot.tasks.revise_read import read_copies
from copilot.tasks.rulecopy import Writing
from copilot.text.counters import count, graphemes
from copilot.writers.rules.copy.clauses import clauses, joined
from copilot.writers.rules.copy.manner import manner_in
from copilot.writers.rules.copy.rework import shortened

CHANNELS = load_channels()
POST = """姐妹们，今天给大家分享一个好物！
✅ 青穗折叠凳，收起来厚 4 厘米，塞进门后的缝，真的太香了！
✅ 平放时承重不超过 120 公斤，爸妈坐也稳。
6 月 1 日到 7 日，到手价 89 元，前 300 名加送脚垫 1 套（4 片），不含运费。
赶紧冲！点左下角商品看尺寸。
#折叠凳 #小户型收纳"""
SMS = "【青穗家居】6月7日前折叠凳满199减30，仅限新用户。点 https://qs.cn/a1 查看 拒收请回复R"
THREE = "1. 门后的缝只有 5 厘米，青穗折叠凳收起来厚 4 厘米。\n2. 爸妈来了没凳子坐？青穗折叠凳，四条腿一拉就开。\n3. 全网最低价！青穗折叠凳只要 89 元，平放承重 120 公斤。"
SAMPLE = "书包又重了？\n🎒 肩带宽 7 厘米。\n🎒 您家孩子背着不勒！\n🎒 三个隔层分开放。\n留言说说几年级，给您推尺寸。"


@pytest.fixture(scope="module")
def writing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writing]:
    """An empty library and all channels, without a model."""
    library = Library(tmp_path_factory.mktemp("home") / "library", load_embedding("builtin"))
    yield Writing(library, CHANNELS)
    library.close()


def only(text: str, writing: Writing, **wanted: object) -> str:
    """The text of the only variant."""
    (variant,) = revise(text, Wanted(**wanted), writing).variants  # type: ignore[arg-type]
    return variant.text


# Reading


@pytest.mark.parametrize("text, number", [
    (POST, 1), (THREE, 3), ("文案一：\n甲文案。\n文案二：\n乙文案。", 2), ("甲文案。\n———\n乙文案。\n---\n丙文案。", 3),
    (f"{SMS}\n{SMS}", 2), ("标题在这里\n1. 第一点\n2. 第二点", 1), ("版本A\n甲\n\n版本B\n乙", 2), ("1、甲文案\n分两行\n\n2、乙文案", 2),
])  # fmt: skip
def test_copies_are_told_apart(text: str, number: int) -> None:
    """Numbers, rules, headers and signatures part copies; a list inside one does not."""
    assert len(read_copies(text, CHANNELS).copies) == number


def test_our_json_brings_its_brief(writing: Writing) -> None:
    """adcopy --json is read field by field, with the brief that came with it."""
    brief = AdBrief(
        "青穗折叠凳",
        selling_points=("收起来厚 4 厘米", "四条腿一拉就开", "坐垫可以拆下来洗"),
        platform=("xiaohongshu",),
    )
    result = adcopy(brief, 2, writing)
    given_ = read_copies(json.dumps(result.to_dict(), ensure_ascii=False), CHANNELS)
    assert [copy.fields for copy in given_.copies] == [variant.fields for variant in result.variants]
    assert given_.brief is not None and given_.brief.selling_points == brief.selling_points


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_our_files_are_read_back(suffix: str, tmp_path: Path, writing: Writing) -> None:
    """What -o wrote comes back with the same fields."""
    from copilot.export.copy import write_copy

    brief = AdBrief("青穗折叠凳", selling_points=("收起来厚 4 厘米", "四条腿一拉就开"), platform=("xiaohongshu",))
    result = adcopy(brief, 1, writing)
    path = tmp_path / f"copy{suffix}"
    write_copy(result, path, channels=CHANNELS)
    (copy,) = read_copies(path.read_text(encoding="utf-8-sig"), CHANNELS).copies
    assert copy.channel.platform == "xiaohongshu" and copy.fields == result.variants[0].fields


def test_printed_output_is_read_back() -> None:
    """What the terminal showed can be pasted."""
    text = "按这些写：产品 甲\n\n—— 1 · xiaohongshu · 痛点 · xiaohongshu-1a2b3c4d\n标题一句\n\n正文一句。\n\n#甲 #乙\n\n  字数：title 4/20 字\n注意：没有"
    (copy,) = read_copies(text, CHANNELS).copies
    assert copy.fields == {"title": "标题一句", "body": "正文一句。", "tags": ("#甲", "#乙")} and copy.angle == "pain"


@pytest.mark.parametrize("text", ["", " \n", "{}", '[{"a": 1}]'])
def test_nothing_to_rework_is_refused(text: str) -> None:
    """No copy, no result."""
    with pytest.raises(InputError):
        read_copies(text, CHANNELS)


# The brief that a copy tells


def test_brief_holds_only_what_the_copy_says() -> None:
    """Statements become points, promise, price, restriction and call; greetings and comments none of these."""
    brief = derived(read_copies(POST, CHANNELS).copies, {})
    assert brief.product == "青穗折叠凳"
    assert "89 元" in str(brief.offer) and "300 名" in str(brief.offer) and "6 月 1 日到 7 日" in str(brief.offer)
    assert brief.facts == ("不含运费",) and brief.cta == "点左下角商品看尺寸"
    assert any("120公斤" in point for point in brief.selling_points)
    assert not any(re.search("姐妹|太香|赶紧", point) for point in brief.selling_points)


@pytest.mark.parametrize("text, product", [
    ("这款儿童雨衣，帽檐透明，低头也看得见路。", "儿童雨衣"), ("晴川记账 App 上新了！拍张小票就记好。", "晴川记账 App"),
    ("今天聊聊我们店的牛肉面。汤每天 5 点开始熬。", "牛肉面"), ("晨雾香薰机加满水能用 8 小时。\n晨雾香薰机不用电池。", "晨雾香薰机"),
])  # fmt: skip
def test_product_is_found(text: str, product: str) -> None:
    """By a cue, by its news, or because it is said twice."""
    assert product_of([text]) == product


# Shortening


CLAUSES = ["收起来厚 4 厘米", "平放时承重不超过 120 公斤", "坐垫可以拆下来洗", "真的太香了", "姐妹们看过来", "标准档噪音 42 分贝", "爸妈坐也稳", "👨‍👩‍👧 全家都能用",
           "只要 89 元", "前 300 名加送脚垫 1 套", "6 月 7 日 24:00 截止", "不含运费", "点左下角看尺寸", "而且它很轻", "如果放不下", "就挂在门后", "🇨🇳 产自浙江", "café 色"]  # fmt: skip
TEXTS = st.lists(st.tuples(st.sampled_from(CLAUSES), st.sampled_from(["，", "。", "！", "\n", "。\n"])), min_size=1, max_size=9).map(
    lambda parts: "".join(clause + mark for clause, mark in parts)
)  # fmt: skip
MUST = ["89 元", "300 名", "1 套", "6 月 7 日", "不含运费"]


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.integers(5, 90), st.sampled_from(["char", "half", "xhs", "width"]))
@example("只要 89 元，不含运费。👨‍👩‍👧 全家都能用。", 10, "char")
def test_never_above_or_says_why(text: str, limit: int, counter: str) -> None:
    """Inside the limit, or what must stay is named; the promise, its date, quota, price and restriction always stand."""
    done = shortened(text, limit, counter)  # type: ignore[arg-type]
    assert done.fits == (count(done.text, counter) <= limit)  # type: ignore[arg-type]
    assert done.fits or done.must
    squeezed = done.text.replace(" ", "")
    priced = any(word in text for word in ("89 元", "300 名"))
    for word in MUST[:3] + (MUST[3:] if priced else []):
        assert word not in text or word.replace(" ", "") in squeezed


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.integers(5, 90))
def test_nothing_is_torn(text: str, limit: int) -> None:
    """Clusters are whole, figures keep bound and unit, and nothing stands in the result that did not stand before."""
    done = shortened(text, limit, "char")
    assert set(graphemes(done.text)) <= set(graphemes(text)) | set("。！")
    before = {(q.kind, q.value, q.unit, q.bound) for q in quantities(text)}
    assert {(q.kind, q.value, q.unit, q.bound) for q in quantities(done.text)} <= before
    assert ("就挂在门后" in done.text) <= ("就挂在门后" in text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("门后的缝收起来厚4厘米，。！？\n #✅【】（）“”、:/ab.👨‍👩‍👧"), max_size=60))
def test_clauses_are_the_text(text: str) -> None:
    """Offsets are right, clauses and marks do not overlap, and all kept is all the text."""
    found = clauses(text)
    assert all(text[clause.start : clause.end] == clause.text for clause in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    whole = joined(found, [True] * len(found))
    assert re.sub(r"\s", "", whole) in re.sub(r"\s", "", text)


def test_worn_words_go_before_content(writing: Writing) -> None:
    """Greeting, comment and hurry first; the statement, the promise and the restriction stand."""
    text = only(POST, writing, shorten=105)
    assert len(text) <= 105 and not re.search("姐妹们|太香|赶紧", text)
    assert all(part in text for part in ("厚4厘米", "6月1日到7日", "89元", "前300名", "不含运费"))


def test_a_limit_out_of_reach_is_said(writing: Writing) -> None:
    """As short as it gets, what must stay named, and a finding; a link is not glued to the next word."""
    result = revise(SMS, Wanted(shorten=40), writing)
    (variant,) = result.variants
    assert variant.findings[0].rule == "revise-length" and "拒收请回复R" in variant.findings[0].advice
    assert "https://qs.cn/a1 查看" in variant.text and variant.text.startswith("【青穗家居】")


def test_condition_goes_with_its_figure() -> None:
    """续航 8 小时，满电常温下 stands or falls together."""
    text = "折叠凳带灯，续航 8 小时，满电常温下。坐垫可以拆下来洗，不怕脏。四条腿一拉就开。"
    for limit in range(8, len(text)):
        done = shortened(text, limit, "char").text
        assert ("8小时" in done or "8 小时" in done) == ("满电常温下" in done)


# Forbidden claims, moving, keeping, like


def test_forbidden_claim_goes_with_its_article(writing: Writing) -> None:
    """The claim is out of the text, named with its law; the price beside it stays."""
    result = revise(THREE, Wanted(), writing)
    assert len(result.variants) == 3 and "最低" not in result.variants[2].text and "89 元" in result.variants[2].text
    assert any(row["law"] and "全网最低" in row["reason"] for row in result.dropped)


def test_moved_to_another_channel(writing: Writing) -> None:
    """The other channel's fields, nothing that the copy does not say, a call that the channel allows."""
    result = revise(POST, Wanted(platform="短信", n=2), writing)
    assert result.variants and all(variant.platform == "sms" for variant in result.variants)
    for variant in result.variants:
        assert variant.text.endswith("拒收请回复R") and "左下角" not in variant.text
        assert not any(finding.level in ("ban", "evidence") for finding in variant.findings)


def test_kept_word_for_word_and_the_rest_differ(writing: Writing) -> None:
    """Kept ones are untouched; new ones open otherwise and hold only figures of the original."""
    result = revise(THREE, Wanted(keep=(1,)), writing)
    first, *rest = result.variants
    assert first.text == "门后的缝只有 5 厘米，青穗折叠凳收起来厚 4 厘米。" and rest
    for variant in rest:
        assert variant.text[:8] != first.text[:8]
        assert set(re.findall(r"\d+", variant.text)) <= set(re.findall(r"\d+", THREE))


def test_kept_copy_is_still_checked(writing: Writing) -> None:
    """A kept copy with a forbidden claim keeps it, and the finding."""
    result = revise(THREE, Wanted(keep=(3,)), writing)
    kept = result.variants[-1]
    assert "全网最低价" in kept.text and any(finding.level == "ban" for finding in kept.findings)


def test_like_takes_manner_and_no_words(writing: Writing) -> None:
    """Emoji, lines and address of the sample; none of its words or figures."""
    text = only("青穗折叠凳，四条腿一拉就开。坐垫可以拆下来洗，你坐脏了也不怕。收起来厚 4 厘米。", writing, like=SAMPLE)
    assert "🎒 " in text and "\n" in text and "您" in text and "你" not in text
    assert not re.search("书包|肩带|孩子|隔层|7", text)


def test_rule_wins_over_manner(writing: Writing) -> None:
    """A text message takes no emoji and no lines, and a note says so."""
    result = revise(SMS, Wanted(like=SAMPLE), writing)
    assert "🎒" not in result.variants[0].text and "\n" not in result.variants[0].text
    assert any("表情" in note and "没有照做" in note for note in result.notes)


def test_manner_is_measured() -> None:
    """Address, emoji, lines, marks, opening and ending."""
    manner = manner_in([SAMPLE])
    assert (manner.address, manner.emoji, manner.breaks, manner.opening) == ("您", ("🎒",), "sentence", "question")
    assert manner.exclaims == 1 and manner.tag == "" and manner.length < 14


def test_thin_copy_cannot_be_moved(writing: Writing) -> None:
    """Nothing tells the product: the way out is said."""
    with pytest.raises(InputError, match="产品"):
        revise("真的太香了！赶紧冲！", Wanted(platform="小红书"), writing)


@pytest.mark.parametrize("wanted", [{"shorten": 3}, {"keep": (4,)}, {"platform": "火星"}, {"n": 0}])
def test_wrong_requests(wanted: dict[str, object], writing: Writing) -> None:
    """Each is refused in words."""
    with pytest.raises(InputError):
        revise(THREE, Wanted(**wanted), writing)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "answer, is_used",
    [
        ("青穗折叠凳收起来厚 4 厘米，塞进门后的缝。6 月 7 日前 89 元，不含运费。", True),
        ("青穗折叠凳只要 59 元，限时抢购。", False),
        ("不会写", False),
    ],
)
def test_a_model_rewrites_and_is_checked(answer: str, is_used: bool, writing: Writing) -> None:
    """Its copy is used when it passes every check, else the rules' one, and the result says so."""
    from copilot.models import chat_model

    text = "不得不说，青穗折叠凳收起来厚 4 厘米，塞进门后的缝，爸妈来了也有地方坐。6 月 7 日前到手价 89 元，不含运费。"
    told = json.dumps({"variants": [{"angle": "", "fields": {"text": answer}, "cites": []}]}, ensure_ascii=False)
    with serve(Personality(says=lambda _: [told if answer != "不会写" else answer])) as stub:
        model = chat_model(Settings(home=Path("unused"), model="openai:stub", base_url=stub.base_url, timeout=5.0))
        result = revise(text, Wanted(shorten=45), writing._replace(model=model))
    (variant,) = result.variants
    assert variant.ai_generated is is_used and ("59" not in variant.text) and len(variant.text) <= 45
    assert ("chat:openai:stub" in result.writer) and (result.writer.startswith("rules") is not is_used)


# The command


def test_before_and_after_are_shown(writing: Writing) -> None:
    """Both texts with their counts, and what went."""
    shown = revised_text(revise(POST, Wanted(shorten=110), writing), [POST])
    assert f"原文（{len(POST)} 字）" in shown and "改后（" in shown and "删去" in shown


@pytest.mark.parametrize("text, numbers", [("1,3", (1, 3)), ("1，3", (1, 3)), ("1-3", (1, 2, 3)), ("", ())])
def test_keep_is_read(text: str, numbers: tuple[int, ...]) -> None:
    """Commas of both kinds and ranges."""
    assert kept_numbers(text) == numbers


def test_keep_that_is_no_number() -> None:
    """Refused in words."""
    with pytest.raises(InputError):
        kept_numbers("一")
