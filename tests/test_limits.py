"""Does a copy fit its channel: lengths, number of entries, keywords, banned words and claims."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.channels import Channel, ChannelField, load_channels
from copilot.checks.fields import field_texts
from copilot.checks.limits import banned_findings, field_count, limit_findings, missing_keywords
from copilot.text.counters import count, cut
from copilot.types import Count, Finding

CHANNELS = load_channels()
GOOD: dict[str, dict[str, Any]] = {
    "xiaohongshu": {
        "title": "养猫的人最懂：拖布比地还难洗",
        "body": "拖完地，拖布它自己洗。",
        "tags": ("扫地机", "养猫"),
    },
    "oceanengine": {"title": "床底 7.9 厘米的缝，它钻得进去"},
    "google_rsa": {"headlines": ("Clean Floors Daily",) * 3, "descriptions": ("It washes its own mop.",) * 2},
    "sms": {"text": "【青禾咖啡】周五满 199 减 50，到店出示本条。拒收请回复R"},
}


def marks(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """Rule, level and field of each finding."""
    return [(finding.rule, finding.level, finding.field) for finding in findings]


def field_of(platform: str, name: str) -> ChannelField:
    """One field of a shipped channel."""
    return next(field for field in CHANNELS[platform].fields if field.name == name)


# counting


def test_count_of_a_text() -> None:
    """In the units of the channel, with limit and kind."""
    assert field_count("OOTD穿搭分享", field_of("xiaohongshu", "title")) == Count(6, 20, "xhs", "hard")


def test_count_of_a_list() -> None:
    """The longest entry, and all."""
    found = field_count(["Clean Floors", "干净", "a"], field_of("google_rsa", "headlines"))
    assert found == Count(12, 30, "width", "hard", (12, 4, 1))
    assert field_count((), field_of("google_rsa", "headlines")).value == 0


@pytest.mark.parametrize(("length", "segments"), [(70, 1), (71, 2), (134, 2), (135, 3)])
def test_count_of_a_text_message(length: int, segments: int) -> None:
    """Characters, and what is billed."""
    assert field_count("字" * length, field_of("sms", "text")) == Count(length, 500, "sms", "hard", (), segments)


# limits


@pytest.mark.parametrize("platform", GOOD)
def test_what_fits_has_no_findings(platform: str) -> None:
    """Good copy is left alone."""
    assert limit_findings(GOOD[platform], CHANNELS[platform]) == []


@pytest.mark.parametrize(
    ("platform", "change", "expected"),
    [
        pytest.param("xiaohongshu", {"title": "字" * 21}, ("limit-hard", "ban", "title"), id="hard"),
        pytest.param(
            "xiaohongshu", {"title": "字" * 18 + "😀😀"}, ("limit-hard", "ban", "title"), id="emoji-count-two"
        ),
        pytest.param("xiaohongshu", {"body": ""}, ("limit-missing", "ban", "body"), id="empty"),
        pytest.param("xiaohongshu", {"tags": ("词",) * 11}, ("limit-items", "ban", "tags[10]"), id="too-many"),
        pytest.param("xiaohongshu", {"tags": ("词" * 21,)}, ("limit-recommended", "caution", "tags[0]"), id="advice"),
        pytest.param("xiaohongshu", {"body": "字" * 60}, ("limit-folded", "caution", "body"), id="folded-mid-sentence"),
        pytest.param("xiaohongshu", {"cover": "封面"}, ("limit-field", "caution", "cover"), id="unknown-field"),
        pytest.param("oceanengine", {"title": "只四个字"}, ("limit-minimum", "ban", "title"), id="minimum"),
        pytest.param(
            "oceanengine", {"subtitle": "三个字"}, ("limit-minimum", "ban", "subtitle"), id="optional-minimum"
        ),
        pytest.param("google_rsa", {"headlines": ("A", "B")}, ("limit-items", "ban", "headlines"), id="too-few"),
        pytest.param(
            "google_rsa", {"descriptions": ("a", "b" * 91)}, ("limit-hard", "ban", "descriptions[1]"), id="entry"
        ),
        pytest.param(
            "google_rsa", {"descriptions": ("a", " ")}, ("limit-missing", "ban", "descriptions[1]"), id="blank"
        ),
        pytest.param("sms", {"text": "字" * 71}, ("limit-segments", "caution", "text"), id="two-messages"),
        pytest.param("sms", {"text": ("字" * 501,)}, ("limit-hard", "ban", "text[0]"), id="list-for-a-text"),
    ],
)
def test_what_does_not_fit(platform: str, change: dict[str, Any], expected: tuple[str, str, str]) -> None:
    """One thing wrong is one finding of its kind at its place."""
    found = marks(limit_findings(GOOD[platform] | change, CHANNELS[platform]))
    assert expected in found and len(found) <= 2


@pytest.mark.parametrize(
    ("platform", "fields", "expected"),
    [
        ("push_apns", {"title": "字" * 21, "body": "短。"}, ("limit-folded", "caution", "title")),
        ("meta", {"primary_text": "a. " * 42, "headline": "A."}, ("limit-folded", "caution", "primary_text")),
        ("email", {"subject": "字" * 21, "body": "短。"}, ("limit-recommended", "caution", "subject")),
    ],
)
def test_limits_that_fold_or_advise(platform: str, fields: dict[str, str], expected: tuple[str, str, str]) -> None:
    """They are a caution, once."""
    assert marks(limit_findings(fields, CHANNELS[platform])) == [expected]


def test_long_copy_that_opens_with_a_sentence_is_fine() -> None:
    """The fold is no fault when a whole sentence stands before it."""
    fields = GOOD["xiaohongshu"] | {"body": "拖布它自己洗。" + "字" * 300}
    assert limit_findings(fields, CHANNELS["xiaohongshu"]) == []


def test_optional_fields_may_be_missing() -> None:
    """Others may not: a hard one is a ban, an advised one a caution."""
    assert marks(limit_findings({"title": "标题"}, CHANNELS["baidu_search"])) == [
        ("limit-missing", "ban", "description1")
    ]
    assert marks(limit_findings({"title": "标题"}, CHANNELS["douyin"])) == [("limit-missing", "caution", "body")]


def test_a_finding_says_what_to_do() -> None:
    """Label, length, limit, how it is counted, how much to take away; the span is what is too much."""
    (finding,) = limit_findings(GOOD["xiaohongshu"] | {"title": "字" * 19 + "好😀"}, CHANNELS["xiaohongshu"])
    assert (finding.category, finding.start, finding.end, finding.match) == ("limit", 20, 21, "😀")
    assert all(part in finding.advice for part in ("标题 22 字", "上限 20 字", "小红书计字", "至少删 2 字"))


def test_a_weak_limit_says_so() -> None:
    """Who breaks a limit of low confidence hears where it is from."""
    (finding,) = limit_findings({"title": "字" * 31, "body": "短。", "tags": ()}, CHANNELS["kuaishou"])
    assert "没有官方文档证实" in finding.advice


@given(st.text(max_size=80), st.sampled_from(["xiaohongshu.title", "taobao_title.title", "oceanengine.title"]))
def test_cut_copy_is_never_over(text: str, place: str) -> None:
    """What `cut` leaves has no finding for being too long; what is over is found, with the rest as its span."""
    platform, _, name = place.partition(".")
    field = field_of(platform, name)
    over = [f for f in limit_findings({name: text}, CHANNELS[platform]) if f.rule == "limit-hard"]
    assert bool(over) == (count(text, field.counter) > field.limit and bool(text.strip()))
    shorter = cut(text, field.limit, field.counter)
    assert not [f for f in limit_findings({name: shorter}, CHANNELS[platform]) if f.rule == "limit-hard"]
    assert all(f.match == text[len(shorter) :] == text[f.start : f.end] for f in over)


def test_field_texts() -> None:
    """Entries of a list are named by their place."""
    assert list(field_texts({"title": "a", "tags": ("b", "c")})) == [("title", "a"), ("tags[0]", "b"), ("tags[1]", "c")]


# keywords


@pytest.mark.parametrize(
    ("text", "keyword", "there"),
    [
        ("家用掃地機器人", "扫地机器人", True),
        ("ＩＰＸ７防水", "ipx7", True),
        ("适合 iPhone 手机壳", "iPhone手机壳", True),
        ("适合iPhone手机壳", "iPhone 手机壳", True),
        ("running shoes", "Running Shoe", True),
        ("MAIL", "AI", False),
        ("AI拍照", "AI", True),
        ("1200ml 大容量", "200ml", False),
        ("油皮，粉底", "油皮粉底", False),
        ("C++ 课程", "C++", True),
        ("", "词", False),
    ],
)
def test_keywords(text: str, keyword: str, there: bool) -> None:
    """Compared folded; Western words whole, spaces beside Han of no matter."""
    assert missing_keywords({"title": text}, [keyword]) == ([] if there else [keyword])


def test_keywords_of_all_fields() -> None:
    """Any field counts, never two fields together; order is kept, repeats and blanks are dropped."""
    fields = {"title": "防晒", "tags": ("#油皮", "喷雾")}
    assert missing_keywords(fields, ["喷雾", "美白", "皮喷", "美白", " ", "防晒"]) == ["美白", "皮喷"]


# banned words and claims


@pytest.mark.parametrize(
    ("banned", "text", "match"),
    [
        pytest.param("顶级", "這款頂級面霜", "頂級", id="folded"),
        pytest.param("AI", "用 AI 拍照", "AI", id="western"),
        pytest.param("“最低价”", "全年最低价", "最低价", id="quoted"),
        pytest.param("禁止出现“最”字样", "最近上新", "最", id="quoted-order"),
        pytest.param("不要用感叹号", "来了！", "！", id="mark"),
        pytest.param("不要emoji", "送你😀", "😀", id="emoji"),
        pytest.param("不能说治疗失眠", "治疗失眠", "治疗失眠", id="claim"),
        pytest.param("不能说治疗失眠", "治疗长期失眠", "治疗长期失眠", id="claim-apart"),
        pytest.param("不能说治疗失眠", "对失眠有治疗作用", "失眠有治疗", id="claim-turned-round"),
        pytest.param("不得宣称能治疗失眠", "治疗失眠", "治疗失眠", id="with-can"),
        pytest.param("不能说治疗失眠、焦虑", "治疗焦虑", "治疗焦虑", id="shared-verb"),
        pytest.param("不要提竞品小蓝", "比小蓝好", "小蓝", id="rival"),
        pytest.param("不能宣称美白、祛斑功效", "祛斑", "祛斑", id="list"),
        pytest.param("文案里不能出现第一、唯一等词", "全国唯一", "唯一", id="list-with-ending"),
        pytest.param("绝对不能说无副作用", "天然无副作用", "无副作用", id="emphasis"),
        pytest.param("禁用词：极致、顶级", "顶级面霜", "顶级", id="colon"),
        pytest.param("不要感叹号和表情", "送你😀", "😀", id="two-marks"),
        pytest.param("不要钱", "不要钱的午餐", "不要钱", id="a-phrase-like-an-order"),
        pytest.param("全网最低价", "全网都是最低价", "全网都是最低价", id="phrase"),
        pytest.param("7天瘦10斤", "7 天就能瘦 10 斤", "7 天就能瘦 10 斤", id="figures"),
        pytest.param("治疗失眠", "本品不能治疗失眠", "治疗失眠", id="a-phrase-must-not-stand-at-all"),
        pytest.param("不能说第一", "不是第一", "第一", id="a-word-must-not-stand-at-all"),
        pytest.param("不能说治疗失眠", "不仅治疗失眠", "治疗失眠", id="not-only"),
        pytest.param(
            "don't say it cures insomnia", "It cures chronic insomnia.", "cures chronic insomnia", id="english"
        ),
        pytest.param("best price", "Get the best price", "best price", id="english-phrase"),
    ],
)
def test_banned(banned: str, text: str, match: str) -> None:
    """What stands in the copy though it must not, with its place."""
    (finding,) = banned_findings({"title": "标题", "body": text}, [banned])
    assert (finding.category, finding.level, finding.field) == ("banned", "ban", "body")
    assert finding.match == match == text[finding.start : finding.end]
    assert banned in finding.advice


@pytest.mark.parametrize(
    ("banned", "text"),
    [
        pytest.param("AI", "MAIL", id="inside-a-word"),
        pytest.param("不能说治疗失眠", "本品不能治疗失眠", id="denied"),
        pytest.param("不能说治疗失眠", "失眠的夜里，先去看医生，别自己治疗", id="other-clauses"),
        pytest.param("不能说治疗失眠", "失眠的人别急着治疗", id="far-apart"),
        pytest.param("代替药物", "保健食品不是药物，不能代替药物治疗疾病", id="notice"),
        pytest.param("治疗疾病", "保健食品不是药物，不能代替药物治疗疾病", id="notice-other-part"),
        pytest.param("不能说治疗失眠、焦虑", "焦虑的时候喝一杯", id="object-alone"),
        pytest.param("不用洗", "洗得干净", id="不-without-a-verb-of-saying"),
        pytest.param("温和不刺激", "温和，不刺激", id="two-clauses"),
        pytest.param("不要钱", "省钱", id="a-phrase-like-an-order"),
        pytest.param("有效果", "有一次", id="endings-of-orders-only"),
        pytest.param(" ", "文案", id="blank"),
        pytest.param("", "文案", id="empty"),
    ],
)
def test_not_banned(banned: str, text: str) -> None:
    """Denials, notices that law demands, parts of words, words that stand apart."""
    assert banned_findings({"body": text}, [banned]) == []


def test_who_forbids_it() -> None:
    """The brief, the brand's voice, or a name; word and claim have rules of their own."""
    (word,) = banned_findings({"title": "顶级"}, ["顶级"], "voice")
    (claim,) = banned_findings({"tags": ("治疗失眠",)}, ["不能说治疗失眠"])
    assert (word.rule, claim.rule, claim.field) == ("banned-word", "banned-claim", "tags[0]")
    assert "品牌语气" in word.advice and "简报" in claim.advice


@given(st.text(max_size=40), st.lists(st.text(max_size=12) | st.just("不能说"), max_size=4))
def test_any_entry_can_be_read(text: str, banned: list[str]) -> None:
    """Nothing that people put into `banned` crashes, and spans are exact."""
    for finding in banned_findings({"body": text, "tags": (text,)}, banned):
        assert text[finding.start : finding.end] == finding.match != ""


@given(st.text(alphabet="治疗失眠好的最 a1A，。", min_size=1, max_size=6).filter(str.strip))
def test_a_word_is_found_where_it_stands(word: str) -> None:
    """What is banned as it is spelt is found as it is spelt."""
    assert banned_findings({"body": f"。{word.strip()}。"}, [f"“{word}”"]) or not word.strip(" ，。")


# speed


@pytest.mark.parametrize("platform", ["xiaohongshu", "google_rsa", "weibo"])
def test_checking_a_variant_is_quick(platform: str) -> None:
    """0.03 ms for limits, 0.1 ms with banned words and keywords; here ten times that is allowed."""
    channel: Channel = CHANNELS[platform]
    long = "标准档噪音不超过 58 分贝。" * 20
    fields = {f.name: ("Clean Floors Daily",) * 5 if f.items[1] else long for f in channel.fields}
    best = 1.0
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(20):
            limit_findings(fields, channel)
            banned_findings(fields, ("顶级", "不能说治疗失眠", "最低价"))
            missing_keywords(fields, ("静音", "扫地机"))
        best = min(best, (time.perf_counter() - start) / 20)
    assert best < 0.002
