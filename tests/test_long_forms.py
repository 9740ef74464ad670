"""Scripts, pages, rules, replies and messages of the Chinese rule writer."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from copilot.briefs import AdBrief, Offer, OriginalPrice
from copilot.channels import load_channels
from copilot.types import CopyDraft
from copilot.writers.rules.copy.activity import missing_rules, write_activity_rules
from copilot.writers.rules.copy.live import write_live_script
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.pages import write_event_page
from copilot.writers.rules.copy.replies import write_review_reply
from copilot.writers.rules.copy.scripts import write_video_script
from copilot.writers.rules.copy.speech import syllables
from copilot.writers.rules.copy.terms import terms_of
from copilot.writers.rules.copy.wecom import lapse_sentence, write_wecom
from copilot.writers.rules.copy.words import Words

BRIEFS = Path(__file__).resolve().parent.parent / "benchmarks" / "briefs"
ANGLES = ("pain", "outcome", "proof", "curiosity", "comparison", "urgency", "identity", "scene", "list")
FORMS = {
    "video_script": write_video_script,
    "live_script": write_live_script,
    "event_page": write_event_page,
    "activity_rules": write_activity_rules,
    "review_reply": write_review_reply,
    "wecom": write_wecom,
}
SHOT = re.compile(r"镜头 (\d+)｜(\d+)–(\d+) 秒｜画面：(.+?)｜口播：(.+?)｜字幕：(.+)", re.DOTALL)
SEGMENT = re.compile(r"[\u4e00-\u9fff]{2,5}｜(\d+)–(\d+) 秒｜(?:口播|动作|提词)：(.+)", re.DOTALL)


def brief_of(given: dict[str, Any]) -> AdBrief:
    """A brief as the files hold it."""
    brief = {key: value for key, value in given.items() if key != "platform"}
    for key in ("selling_points", "facts", "keywords", "banned", "variables"):
        brief[key] = tuple(brief.get(key, ()))
    if isinstance(brief.get("offer"), dict):
        brief["offer"] = Offer(**brief["offer"])
    if isinstance(brief.get("original_price"), dict):
        brief["original_price"] = OriginalPrice(**brief["original_price"])
    return AdBrief(**brief)


def write(form: str, n: int = 5, **given: Any) -> list[CopyDraft]:
    """Drafts of a form for a brief given by its keys."""
    return FORMS[form](Material(brief_of(given)), load_channels()[form], n, ANGLES)


def texts_of(draft: CopyDraft) -> list[str]:
    """All texts of a draft, one for each entry of a list."""
    return [text for value in draft.fields.values() for text in ([value] if isinstance(value, str) else value)]


def all_briefs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every plain and messy brief with its name."""
    for name in ("plain", "messy"):
        lines = (BRIEFS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        yield from ((f"{name}{number}", json.loads(line)) for number, line in enumerate(lines) if line.strip())


WRITTEN = [
    (form, name, brief, draft)
    for name, brief in all_briefs()
    for form in FORMS
    for draft in write(form, **brief)
]  # fmt: skip


def digits(text: str) -> set[str]:
    """The numbers of a text, without its thousands separators and leading zeros."""
    return {str(float(number)) for number in re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))}


# Every form of every brief


def test_every_brief_gets_scripts_replies_and_messages() -> None:
    """The forms that need no offer have at least two variants for every brief of the files, and rules where there is an offer."""
    for name, brief in all_briefs():
        for form in FORMS:
            least = 2 if form != "activity_rules" else 0
            assert len(write(form, **brief)) >= least, (name, form)


@pytest.mark.parametrize("form", FORMS)
def test_no_field_is_empty_and_no_placeholder_is_left(form: str) -> None:
    """No 【待填】, no {slot}, no doubled marks, nothing empty."""
    for written, name, brief, draft in WRITTEN:
        if written != form:
            continue
        variables = [f"${{{variable}}}" for variable in brief.get("variables", ())]
        for text in texts_of(draft):
            plain = text
            for variable in variables:
                plain = plain.replace(variable, "")
            assert text.strip(), (name, draft.angle)
            assert not re.search(r"[{}]|待填|待定|XXX|某某|None|，，|。。|：：|，。|：。|？。|、。", plain), (
                name,
                text,
            )


@pytest.mark.parametrize("form", FORMS)
def test_no_figure_is_new(form: str) -> None:
    """Every number stands in the brief, but for the numbers of shots, seconds and list items."""
    for written, name, brief, draft in WRITTEN:
        if written != form:
            continue
        known = digits(json.dumps(brief, ensure_ascii=False)) | digits(
            "".join(map(str, brief.get("selling_points", ())))
        )
        for text in texts_of(draft):
            plain = re.sub(r"^镜头 \d+｜\d+–\d+ 秒｜|^[\u4e00-\u9fff]{2,5}｜\d+–\d+ 秒｜|(?m:^\d\. )", "", text)
            assert digits(plain) <= known, (name, draft.angle, text)


@pytest.mark.parametrize("form", FORMS)
def test_variants_begin_apart_and_seldom_ask(form: str) -> None:
    """No two variants share the first eight characters of what is read or heard first; one of five at most asks."""
    for _name, brief in all_briefs():
        firsts = [first_of(draft) for draft in write(form, **brief)]
        openings = [re.sub(r"[\W_]", "", first)[:8] for first in firsts]
        assert len(set(openings)) == len(openings), openings
        assert sum("？" in re.split("[。\n]", first)[0] for first in firsts) <= 1


def first_of(draft: CopyDraft) -> str:
    """What is read or heard first."""
    first = texts_of(draft)[0]
    if shot := SHOT.fullmatch(first):
        return shot[5]
    return first.partition("口播：")[2] or first


@pytest.mark.parametrize("form", ["live_script", "event_page", "activity_rules", "review_reply", "wecom"])
def test_fields_are_inside_their_limits(form: str) -> None:
    """Nothing is longer than its channel recommends."""
    limits = {field.name: field.limit for field in load_channels()[form].fields}
    for written, name, _brief, draft in WRITTEN:
        if written != form:
            continue
        for field, value in draft.fields.items():
            for text in [value] if isinstance(value, str) else value:
                assert len(text) <= limits[field], (name, field, text)


@pytest.mark.parametrize("form", FORMS)
def test_banned_words_do_not_stand(form: str) -> None:
    """What the brief bans is in no text."""
    for written, name, brief, draft in WRITTEN:
        if written == form:
            assert not [word for word in brief.get("banned", ()) if word in "".join(texts_of(draft))], name


@pytest.mark.parametrize("form", ["video_script", "live_script", "event_page", "wecom"])
def test_keywords_stand(form: str) -> None:
    """Every keyword stands in every variant of a form that has room for it."""
    for written, name, brief, draft in WRITTEN:
        if written == form:
            text = "".join(texts_of(draft)).replace(" ", "").lower()
            assert not [w for w in brief.get("keywords", ()) if w.replace(" ", "").lower() not in text], (
                name,
                draft.angle,
            )


@pytest.mark.parametrize("form", ["live_script", "event_page", "wecom"])
def test_restrictions_stand_with_the_price(form: str) -> None:
    """Where a price is named, what one does not get for it is named too (C9)."""
    for written, name, brief, draft in WRITTEN:
        limits = Words(Material(brief_of(brief))).limits
        if written == form and brief.get("price"):
            for text in limits:
                assert text in "".join(texts_of(draft)), (name, text)


def test_writing_is_deterministic() -> None:
    """The same brief gives the same drafts."""
    for form, name, brief, draft in WRITTEN[::40]:
        assert draft in write(form, **brief), name


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"product": "枕头"}, id="product-only"),
        pytest.param({"product": "枕头", "selling_points": ["软硬适中"]}, id="one-quality"),
        pytest.param({"product": "果茶店", "offer": "周三第二杯半价"}, id="offer-only"),
        pytest.param({"product": "", "selling_points": [""]}, id="empty"),
        pytest.param({"product": "A", "selling_points": ["。。", "🎉"], "pain": "，", "scene": "，", "offer": "！"}, id="marks"),
        pytest.param({"product": "券", "offer": Offer(gift="杯子 1 个"), "price": "0"}, id="gift-only"),
    ],
)  # fmt: skip
def test_thin_briefs_give_fewer_variants_and_no_empty_field(form: str, given: dict[str, Any]) -> None:
    """Never a crash, never an empty field."""
    for draft in write(form, **given):
        assert all(text.strip() for text in texts_of(draft))
        assert all(draft.fields.values())


# Video scripts


def test_seconds_add_up_and_follow_each_other() -> None:
    """15 and 30 seconds, without a gap, every shot with picture, words and caption."""
    for form, name, _brief, draft in WRITTEN:
        if form != "video_script":
            continue
        for field, length in (("script_15s", 15), ("script_30s", 30)):
            end = 0
            for number, line in enumerate(draft.fields[field], 1):
                shot = SHOT.fullmatch(line)
                assert shot, (name, line)
                assert (int(shot[1]), int(shot[2])) == (number, end)
                end = int(shot[3])
            assert end == length, (name, draft.angle)


def test_spoken_words_fit_their_seconds() -> None:
    """At most 4.5 characters or syllables a second in every shot."""
    for form, name, _brief, draft in WRITTEN:
        if form != "video_script":
            continue
        for line in texts_of(draft):
            shot = SHOT.fullmatch(line)
            assert shot
            spoken = "" if shot[5].startswith("（不说话") else shot[5]
            said = max(syllables(spoken), len(re.sub(r"\W", "", spoken)))
            assert said <= 4.5 * (int(shot[3]) - int(shot[2])), (name, line)


def test_nearly_all_shots_fit_the_recommended_length() -> None:
    """80 characters a shot; the few over it carry a restriction that may not be dropped."""
    lengths = [len(line) for form, _, _, draft in WRITTEN if form == "video_script" for line in texts_of(draft)]
    assert sum(length > 80 for length in lengths) <= len(lengths) // 200


def test_a_long_offer_is_told_and_its_terms_are_captions() -> None:
    """In 15 seconds the gain is spoken, dates and quota stand on the screen."""
    offer = Offer(
        who="所有下单用户", what="立减 300 元", quota="前 500 名", start="11 月 1 日 20:00", end="11 月 3 日 24:00"
    )
    draft = write("video_script", product="扫地机", selling_points=["拖布自动清洗烘干", "手机画禁区"], offer=offer)[0]
    text = "\n".join(draft.fields["script_15s"])
    assert "立减300元" in text and "11月3日24:00" in text and "500名" in text


def test_a_measured_size_is_measured_but_a_measured_noise_is_not() -> None:
    """A ruler beside the height; no meter for decibels, its reading would be a new claim."""
    drafts = write("video_script", product="云檐风扇", selling_points=["机身高 7.9 厘米", "噪音 26 分贝"])
    text = "\n".join(text for draft in drafts for text in texts_of(draft))
    assert "尺子量机身高" in text
    assert "实拍：噪音" not in text


def test_what_holds_for_a_point_stands_on_the_screen_with_it() -> None:
    """The condition of a figure is a note of its caption (C4)."""
    drafts = write(
        "video_script", product="风扇", selling_points=["一档风噪 26 分贝"], facts=["26 分贝为一档风噪、1 米处实测"]
    )
    shots = [
        line
        for draft in drafts
        for line in texts_of(draft)
        if "口播：" in line and "风噪26分贝" in line.split("｜字幕：")[0]
    ]
    assert shots and all("1米处实测" in line for line in shots)


@pytest.mark.parametrize(
    ("text", "least"),
    [("1999元", 7), ("百分之五", 4), ("20:00", 3), ("7.9厘米", 5), ("5%", 4), ("Type-C", 3)],
)  # fmt: skip
def test_syllables_count_numbers_as_they_are_read(text: str, least: int) -> None:
    """一千九百九十九元, 二十点, 七点九厘米."""
    assert syllables(text) >= least


# Live scripts


def test_every_segment_says_how_long_it_takes() -> None:
    """A span of seconds, the longer end behind the shorter."""
    for form, name, _brief, draft in WRITTEN:
        if form == "live_script":
            for segment in draft.fields["segments"]:
                match = SEGMENT.fullmatch(segment)
                assert match and int(match[1]) < int(match[2]), (name, segment)


def test_nobody_is_pressed_without_a_date_or_a_quota() -> None:
    """Without an end the close says that there is no hurry (C5)."""
    drafts = write(
        "live_script",
        product="云檐枕头",
        selling_points=["软硬适中", "枕套可拆洗"],
        price="89 元",
        offer="两只减 20 元",
    )
    for draft in drafts:
        close = next(segment for segment in draft.fields["segments"] if segment.startswith("促单"))
        assert "不用急" in close and "现在" not in close and "最后" not in close


def test_the_price_compared_with_needs_its_basis() -> None:
    """An original price without a basis is not named; with one, the basis is."""
    points = ["软硬适中", "枕套可拆洗"]
    bare = write(
        "live_script", product="枕头", selling_points=points, price="89", original_price={"value": "129", "basis": ""}
    )
    based = write(
        "live_script",
        product="枕头",
        selling_points=points,
        price="89",
        original_price={"value": "129", "basis": "店内近七日最低成交价"},
    )
    assert "129" not in "".join(texts_of(bare[0]))
    assert "129元为店内近七日最低成交价" in "".join(texts_of(based[0]))


def test_a_denial_is_a_restriction_and_no_point() -> None:
    """不保证… and 不能吃 are told as restrictions."""
    words = Words(
        Material(
            brief_of(
                {
                    "product": "蜂蜜",
                    "selling_points": ["自家蜂场", "口味不保证每批一样"],
                    "facts": ["一岁以下婴儿不能吃"],
                }
            )
        )
    )
    assert [point.text for point in words.points] == ["自家蜂场"]
    assert set(words.limits) == {"口味不保证每批一样", "一岁以下婴儿不能吃"}


# Offers


def test_terms_of_an_offer_in_parts() -> None:
    """Conditions that go with the gain stand behind it, those of buying before it."""
    terms = terms_of(
        Offer(
            who="新会员",
            what="首月 1 元",
            threshold="每人限一次，次月起 18 元自动续费",
            start="2 月 1 日",
            end="2 月 28 日",
        )
    )
    assert terms.gains == ("新会员，首月1元",)
    assert terms.riders == ("每人限一次", "次月起18元自动续费")
    assert terms.until == "2月28日截止"
    assert terms_of(Offer(who="家庭", what="减 200 元", threshold="提前 7 天预订")).gains == ("家庭提前7天预订减200元",)


def test_terms_of_a_sentence() -> None:
    """A bracket with a comma stays whole, the month of the end is filled in."""
    terms = terms_of(["3月5日至8日", "买一送一（送同款杯身一个", "颜色随机）", "每户限一次"])
    assert terms.gains == ("买一送一（送同款杯身一个，颜色随机）",)
    assert terms.until == "3月8日截止"
    assert terms.riders == ("每户限一次",)


# Pages and rules


def test_an_event_page_holds_offer_points_and_rules() -> None:
    """Headline and subheadline say different things; the rules are the activity's."""
    offer = Offer(who="新用户", what="减 20 元", start="4 月 6 日", end="4 月 12 日")
    for draft in write(
        "event_page",
        product="云檐温奶器",
        brand="云檐",
        selling_points=["40℃ 恒温", "夜灯只亮一圈"],
        offer=offer,
        cta="去下单",
    ):
        assert draft.fields["headline"] != draft.fields["subheadline"]
        assert draft.fields["button"] == "去下单"
        assert "活动时间：4月6日到4月12日。" in draft.fields["rules"]
        assert any(section.startswith("活动内容") for section in draft.fields["sections"])


def test_rules_hold_what_the_brief_gives_and_nothing_else() -> None:
    """Labels only for what is there; the same rules in three forms."""
    full, short, asked = write(
        "activity_rules",
        product="云檐浴巾",
        offer=Offer(who="老会员", what="第二件半价", threshold="每人限一次", end="5 月 12 日"),
    )
    assert full.fields["rules"] == (
        "活动时间：5月12日前。",
        "参与对象：老会员。",
        "优惠内容：第二件半价。",
        "每人上限：每人限一次。",
    )
    assert short.fields["rules"] == ("5月12日前，老会员第二件半价，每人限一次。",)
    assert asked.fields["rules"][0] == "活动什么时候？5月12日前。"


def test_there_are_no_rules_without_an_offer() -> None:
    """Nothing is promised, so there is nothing to regulate: what is missing is told instead."""
    assert write("activity_rules", product="枕头", selling_points=["软硬适中"]) == []
    assert "优惠或奖品的具体内容" in missing_rules(AdBrief(product="枕头"))[0]


def test_missing_rules_begin_with_what_the_law_asks_for() -> None:
    """Items with an article stand before those without, and a draw asks for its own."""
    missing = missing_rules(AdBrief(product="果茶", offer="关注抽奖，抽 3 人送杯子"))
    lawful = ["《" in item for item in missing]
    assert lawful == sorted(lawful, reverse=True)
    assert any("开奖" in item and "第十三条" in item for item in missing)
    assert not any("开奖" in item for item in missing_rules(AdBrief(product="果茶", offer="第二杯半价")))


def test_what_the_brief_gives_is_not_missing() -> None:
    """Time, people, cap, quota, base and contact are known."""
    offer = Offer(
        who="新用户",
        what="减 20 元",
        threshold="每人限一次",
        quota="共 100 份",
        start="4 月 6 日 10:00",
        end="4 月 12 日 24:00",
    )
    brief = AdBrief(
        product="杯子",
        offer=offer,
        price="99",
        original_price=OriginalPrice("119", "七日内最低成交价"),
        facts=("客服电话 400-000-0000",),
    )
    missing = "\n".join(missing_rules(brief))
    assert not re.search("起止|几点|参与对象|上限|多少份|基准|联系方式", missing)


# Replies and messages


def test_replies_promise_only_what_the_brief_states() -> None:
    """No compensation, no date; a stated undertaking may be named, and how to reach the service only if given."""
    bare = write("review_reply", product="云檐枕头", selling_points=["软硬适中", "枕套可拆洗"])
    text = "\n".join(text for draft in bare for text in texts_of(draft))
    assert not re.search(r"赔|补偿|退款|优惠券|小时内|今天|明天|天内|尽快|客服|电话\d|微信", text)
    stated = write(
        "review_reply",
        product="脐橙",
        selling_points=["单果 200 克以上", "坏果拍照就退"],
        facts=["客服电话 400-000-0000"],
    )
    text = "\n".join(str(draft.fields["complaint"]) for draft in stated)
    assert "坏果拍照就退" in text and "400-000-0000" in text


def test_replies_ask_for_no_personal_data_in_public() -> None:
    """Order number and telephone number stay out of the public."""
    for draft in write("review_reply", product="云檐枕头", selling_points=["软硬适中"]):
        assert "订单号和电话不要写在公开的地方" in str(draft.fields["complaint"])


def test_a_variable_is_the_greeting() -> None:
    """A name among the variables opens the message, another one does not."""
    named = write("wecom", product="枕头", selling_points=["软硬适中"], variables=["姓名"])[0]
    other = write("wecom", product="枕头", selling_points=["软硬适中"], variables=["code"])[0]
    assert str(named.fields["one_to_one"]).startswith("${姓名}，您好。")
    assert str(other.fields["one_to_one"]).startswith("您好。")


@pytest.mark.parametrize(
    ("lapse", "said"),
    [
        ("两个月没来", "有两个月没见到您来了。"),
        ("近三个月未下单", "有三个月没见到您下单了。"),
        ("半年多没上课", "有半年多没见到您来上课了。"),
        ("超过 60 天未登录", "有超过60天没见到您登录了。"),
        ("常来", ""),
    ],
)
def test_a_lapse_is_said_as_people_say_it(lapse: str, said: str) -> None:
    """两个月没来 → 有两个月没见到您来了."""
    assert lapse_sentence(lapse) == said


def test_people_who_stayed_away_are_spoken_to_so() -> None:
    """The message to one person says it, before what is new."""
    for draft in write(
        "wecom",
        product="春日瑜伽",
        selling_points=["小班 8 人"],
        audience="两个月没来的用户",
        offer="满 199 减 50，10 月 31 日前",
    ):
        assert "有两个月没见到您来了。" in str(draft.fields["one_to_one"])
        assert "满199减50" in str(draft.fields["one_to_one"]) and "10月31日前" in str(draft.fields["one_to_one"])
