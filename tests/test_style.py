"""The writing rules C1–C10 and clean form: each with copy that breaks it and copy that keeps it."""

from collections import Counter
from math import exp, log, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.briefs import AdBrief, Offer
from copilot.checks.known import terms
from copilot.checks.style import masked, self_bleu, set_findings, style_findings
from copilot.knowledge import read

KETTLE = AdBrief(
    product="山屿折叠电热水壶",
    brand="山屿",
    selling_points=(
        "压扁只有 6 厘米厚",
        "常温水烧开约 5 分钟",
        "保温档噪音不超过 40 分贝",
        "食用级硅胶壶身",
        "110V 和 220V 都能用",
    ),
    audience="常出差住酒店的人",
    pain="酒店的水壶不知道上一个人煮过什么",
    scene="晚上十点回到酒店想喝口热水",
    offer=Offer(
        who="新客",
        what="立减 30 元",
        threshold="满 199 元",
        gift="收纳袋 1 个",
        quota="前 300 名",
        start="5 月 6 日",
        end="5 月 12 日",
    ),
    price="219 元",
    facts=("不含转换插头",),
    keywords=("便携水壶",),
    cta="点进来选颜色",
)
PLAIN = AdBrief(product="水壶", selling_points=("压扁只有 6 厘米厚", "烧开约 5 分钟"), pain="酒店水壶不敢用")


def found(text: str | dict[str, object], rule: str, brief: AdBrief = KETTLE, platform: str = "weibo") -> list[str]:
    """The matches of one rule in a text or in fields."""
    fields = {"body": text} if isinstance(text, str) else text
    return [f.match for f in style_findings(fields, brief, platform) if f.rule == rule]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "水壶拥有会自己断电的底座",
        "主打可以压扁的壶身",
        "搭载能折叠的把手",
        "享受不用等的热水",
        "采用把壶压扁的办法",
        "我们的的水壶",
        "压扁了很薄的。",
        "能折叠的，能带走",
        "水烧了了",
        "看着着",
        "水壶就就在包里",
    ],
)
def test_c1_grammar_broken(text: str) -> None:
    """A clause behind a noun-taking verb, 的 without its noun, doubled particles."""
    assert found(text, "C1")


@pytest.mark.parametrize(
    "text",
    [
        "采用食用级硅胶",
        "享受会员价",
        "拥有能量回收",
        "配备可拆卸壶盖",
        "采用不锈钢底座",
        "主打连帽款",
        "这是真的。",
        "底座是硅胶做的，不硌手。",
        "旅行的目的，是休息",
        "人人都喜欢的水壶",
        "为了了解它",
        "别着急",
        "水壶自己会断电",
        "冲杯可可粉",
    ],
)
def test_c1_grammar_kept(text: str) -> None:
    """Nouns behind these verbs, 的 with its noun, words that only look doubled."""
    assert found(text, "C1") == []


@pytest.mark.parametrize(
    "text",
    [
        "匠心打造",
        "开启品质生活之旅",
        "告别喝水的烦恼",
        "热水不容错过",
        "让生活更美好",
        "您的不二之选",
        "颜值与实力并存",
        "Elevate your mornings",
        "闭眼入",
        "重新定义热水的标准",
    ],
)
def test_c2_worn_phrases(text: str) -> None:
    """Phrases that stand in everybody's copy."""
    assert found("酒店的水壶，" + text, "C2")


def test_c2_there_are_enough_worn_phrases() -> None:
    """A list of our own, at least 120, none twice."""
    phrases = read("style")["worn"]
    assert len(phrases) == len(set(phrases)) >= 120


def test_c2_a_name_may_be_worn() -> None:
    """A product or keyword that holds a worn word must be written."""
    brief = AdBrief(product="焕新面霜", selling_points=("抹开不搓泥",))
    assert found("焕新面霜，抹开不搓泥", "C2", brief) == []


@pytest.mark.parametrize("text", ["好用看得见。", "新一代的选择。", "山屿折叠电热水壶，来了。", "心动了吗？"])
def test_c2_swap_test_broken(text: str) -> None:
    """Without product and brand, the sentence would do for anything."""
    assert found(text, "C2")


@pytest.mark.parametrize(
    "text",
    [
        "酒店的壶，煮过什么没人知道。",
        "6 厘米，塞进箱子缝里。",
        "晚上十点，回房间先烧水。",
        "出差的包里多一只壶。",
        "满 199 减 30。",
    ],
)
def test_c2_swap_test_kept(text: str) -> None:
    """A word of a point, the pain, the audience, the scene or the offer is enough."""
    assert found(text, "C2") == []


def test_c2_one_sentence_in_five_may_be_general() -> None:
    """Four with content carry one without; two without are too many."""
    four = "酒店的水壶不敢用。压扁只有 6 厘米。晚上十点想喝热水。烧开约 5 分钟。"
    assert found(four + "挺好。", "C2") == []
    assert found(four + "挺好。真行。", "C2")


def test_c2_notices_are_not_counted() -> None:
    """拒收请回复R is the carrier's sentence, not the writer's."""
    assert found("压扁只有 6 厘米厚。拒收请回复R", "C2", platform="sms") == []


@pytest.mark.parametrize("title", ["说一件很多人关心也常问起的事情，酒店水壶", "今天想跟各位聊一聊这样东西：压扁的壶"])
def test_c3_the_point_comes_late(title: str) -> None:
    """Nothing of the brief in the first 15 characters."""
    assert found({"title": title}, "C3")


def test_c3_the_point_comes_first() -> None:
    """In the title or at the body's head."""
    assert found({"title": "压扁 6 厘米，箱子里放得下"}, "C3") == []
    assert found({"title": "有个东西想给你看看，真的不占地方", "body": "酒店的壶不敢用。"}, "C3") == []


def test_c3_at_most_three_points() -> None:
    """Four of five points in one variant are a list, three are not."""
    three = "压扁只有 6 厘米厚。常温水烧开约 5 分钟。食用级硅胶壶身。"
    assert found(three, "C3") == []
    assert found(three + "110V 和 220V 都能用。", "C3")


def test_c3_no_list_of_points() -> None:
    """Points joined by 、 are no copy; a list inside one point is."""
    brief = AdBrief(product="坚果", selling_points=("每日一包", "独立封口", "低温烘烤", "有腰果、核桃和扁桃仁"))
    assert found("每日一包、独立封口、低温烘烤", "C3", brief)
    assert found("腰果、核桃、扁桃仁，一包都有", "C3", brief) == []


@pytest.mark.parametrize(
    "text", ["噪音只有 40 分贝", "保温时 40 分贝", "40 的安静", "噪音不超过 40 分贝", "5 分钟烧开"]
)
def test_c4_a_figure_is_cut(text: str) -> None:
    """Bound, unit or condition (保温档, 常温) of the brief is missing."""
    assert found(text, "C4")


@pytest.mark.parametrize(
    "text", ["保温档噪音不超过 40 分贝", "40 分贝以下，说的是保温档", "压扁 6cm 厚", "常温水约 5 分钟烧开"]
)
def test_c4_a_figure_is_whole(text: str) -> None:
    """Everything that belongs to the figure is there, in whatever order."""
    assert found(text, "C4") == []


def test_c4_the_audience_may_have_the_figure_alone() -> None:
    """What another part of the brief says without a bound may be said so."""
    brief = AdBrief(product="浴巾", selling_points=("裹得住不到 2 岁的孩子",), audience="2 岁孩子的妈妈")
    assert found("2 岁孩子的妈妈看过来", "C4", brief) == []


@pytest.mark.parametrize(
    "text", ["限时特价", "手慢无", "最后机会", "快抢", "错过等一年", "仅剩一点", "Hurry, last chance"]
)
def test_c5_urgency_without_a_reason(text: str) -> None:
    """Neither date nor quota in the variant."""
    assert found(text, "C5", PLAIN)


@pytest.mark.parametrize(
    "text",
    [
        "限时到 5 月 12 日",
        "抢前 300 名",
        "最后 2 天，5/12 截止",
        "今天截止",
        "最后一步：倒水",
        "抢答一下",
        "先装水，最后，盖上盖",
    ],
)
def test_c5_urgency_with_a_reason(text: str) -> None:
    """A date, a quota, or no urgency at all."""
    assert found(text, "C5", PLAIN) == []


def test_c5_the_whole_offer() -> None:
    """What the brief gives, the copy tells: who, from how much, gift, quota, dates."""
    head = "晚上十点回到酒店，想喝口热水，壶不敢用。这只压扁只有 6 厘米厚，塞进箱子缝里带走，到房间自己烧。"
    whole = "新客满 199 元立减 30 元，前 300 名送收纳袋 1 个，5 月 6 日到 5 月 12 日。"
    assert found(head + whole, "C5") == []
    (finding,) = [f for f in style_findings({"body": head + "新客立减 30 元。"}, KETTLE, "weibo") if f.rule == "C5"]
    for part in ("门槛", "名额", "截止"):
        assert part in finding.advice
    assert "对象" not in finding.advice


def test_c5_an_offer_in_one_sentence() -> None:
    """An offer given as text is read into its parts."""
    brief = AdBrief(
        product="水壶", selling_points=("压扁只有 6 厘米厚",), offer="新客满 199 减 30，5 月 12 日止，前 300 名"
    )
    head = "压扁只有 6 厘米厚，箱子缝里就能放下，到了房间拿出来一撑，灌水，按下去，坐一会儿就有热水喝，早上走的时候再压扁。"
    assert found(head + "满 199 减 30。", "C5", brief)
    assert found(head + "新客满 199 减 30，前 300 名，5/12 止。", "C5", brief) == []


def test_c5_short_fields_have_no_room() -> None:
    """A title of twenty characters may name the sum alone."""
    assert found({"title": "山屿水壶，立减 30 元"}, "C5") == []


@pytest.mark.parametrize(
    "text",
    [
        "还在为酒店水壶烦恼吗？",
        "还在愁热水？",
        "你是否也遇到过脏水壶？",
        "受够了酒店水壶吗",
        "有没有同样的烦恼",
        "别再为热水发愁",
        "Tired of dirty kettles?",
    ],
)
def test_c6_stock_questions(text: str) -> None:
    """The opening that everybody uses."""
    assert found(text, "C6")


def test_c6_a_pain_of_the_brief() -> None:
    """Complaints must be the brief's; one that is gone is no complaint."""
    assert found("孩子过敏，老人失眠", "C6") == ["过敏", "失眠"]
    assert found("壶身不漏水，也没有异味", "C6") == []
    assert found("漏了单，又漏单", "C6", AdBrief(product="快修台", pain="报修漏了单")) == []
    assert found("酒店的水壶不知道上一个人煮过什么。", "C6") == []


BREATH = [
    ("这只水壶压扁以后只有六厘米厚所以放进登机箱最外面那一层都没有问题。轻。", "long"),
    ("压扁只有 6 厘米厚，放得下。常温水约 5 分钟就能烧开了。", "no short"),
    ("压得扁！烧得快！", "marks"),
    ("轻巧便携，折叠收纳，静音保温，快速烧开。能带走。", "pairs"),
]


@pytest.mark.parametrize(("text", "_"), BREATH)
@pytest.mark.parametrize("platform", ["xiaohongshu", "douyin", "push_vivo", "wechat_channels"])
def test_c7_out_of_breath(text: str, _: str, platform: str) -> None:
    """Too long, nothing short, two exclamation marks, four times four characters."""
    assert found(text, "C7", platform=platform)


@pytest.mark.parametrize(
    "text",
    [
        "压扁 6 厘米。\n箱子缝里就能放下，到房间再撑开。",
        "能压扁！",
        "轻巧便携，折叠收纳，能带走。",
        "酒店的壶，不敢用。",
    ],
)
def test_c7_in_breath(text: str) -> None:
    """Short sentences, one mark, at most one pair."""
    assert found(text, "C7", platform="xiaohongshu") == []


def test_c7_is_for_channels_read_in_one_breath() -> None:
    """An article may have long sentences."""
    assert all(found(text, "C7", platform="zhihu") == [] for text, _ in BREATH)


@pytest.mark.parametrize(
    "text",
    [
        "亲测不漏水",
        "我用了两周",
        "闺蜜都问链接",
        "已经回购三次",
        "我妈也买了一个",
        "同事都来借",
        "真心推荐",
        "I tried it on every trip",
    ],
)
def test_c8_invented_witness(text: str) -> None:
    """Nobody of the brief has said so."""
    assert found(text, "C8")


def test_c8_a_witness_of_the_brief() -> None:
    """An experience in `facts` may be told; we, the reader and a host are no witnesses."""
    brief = AdBrief(product="水壶", facts=("买家留言：出差亲测不漏水",))
    assert found("有买家出差亲测不漏水", "C8", brief) == []
    assert found("我们把壶做薄了，你试试，跟我来看", "C8", brief) == []


def test_c9_a_limit_is_kept_with_the_price() -> None:
    """不含转换插头 belongs to the price, in words that may differ."""
    assert found("压扁 6 厘米，219 元", "C9") == ["219 元"]
    assert found("压扁 6 厘米，219 元，转换插头另购", "C9") == []
    assert found("压扁 6 厘米，箱子里放得下", "C9") == []


def test_c9_a_limit_is_no_benefit() -> None:
    """What is missing cannot be sold as a freedom."""
    assert found("告别转换插头，轻装上路", "C9")
    assert found("无需转换插头", "C9")
    english = AdBrief(product="Kettle", selling_points=("Folds to 6 cm", "Adapter not included"))
    assert found("Hassle-free, no adapter!", "C9", english, "meta")
    assert found("Folds to 6 cm. $49. Adapter not included.", "C9", english, "meta") == []


def test_c9_limits_of_a_measurement_bind_no_price() -> None:
    """How something was measured is not what the price leaves out."""
    brief = AdBrief(product="壶", facts=("噪音为保温档实测，不含烧水时",), price="99 元")
    assert found("一只 99 元", "C9", brief) == []


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("xiaohongshu", "加微信领券"),
        ("xiaohongshu", "私信领收纳袋"),
        ("xiaohongshu", "点下方链接下单"),
        ("douyin", "微信号：abc"),
        ("kuaishou", "去淘宝搜水壶"),
        ("sms", "回复1领券"),
        ("wechat_moments", "集赞 30 个领收纳袋"),
        ("wechat_moments", "转发到群里领券"),
        ("push_huawei", "扫码领券"),
        ("zhihu", "加群看资料"),
    ],
)
def test_c10_acts_that_a_channel_forbids(platform: str, text: str) -> None:
    """Each channel has its own list."""
    assert found(text, "C10", platform=platform)


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("xiaohongshu", "评论区告诉我你常去哪座城"),
        ("douyin", "点左下角选颜色"),
        ("sms", "到店核销。拒收请回复R"),
        ("sms", "拒收请回复 TD"),
        ("wecom", "加我微信发你尺寸表"),
        ("email", "扫码看尺寸"),
    ],
)
def test_c10_acts_that_a_channel_allows(platform: str, text: str) -> None:
    """The same act may be fine elsewhere."""
    assert found(text, "C10", platform=platform) == []


@pytest.mark.parametrize(
    "text", ["立即行动，遇见惊喜", "赶紧的", "快来", "还等什么", "心动不如行动", "点击了解详情", "Act now"]
)
def test_c10_a_bare_call(text: str) -> None:
    """Hurry, and then what?"""
    assert found(text, "C10", PLAIN)


@pytest.mark.parametrize(
    "text",
    [
        "快来选颜色，219 元",
        "立即下单，48 小时内发货",
        "赶紧预约，名额在页面上看",
        "还等什么？点进来领 30 元券",
        "点进来开通",
    ],
)
def test_c10_a_call_that_says_what_follows(text: str) -> None:
    """What one sees or gets after the click."""
    assert found(text, "C10", PLAIN) == []


@pytest.mark.parametrize(
    "text",
    [
        "烧开约 5 分钟[1]",
        "**压扁**只有 6 厘米",
        "## 折叠水壶",
        "- 压扁",
        "看[这里](http://a.cn)",
        "{product}很薄",
        "欢迎来到 XX 店",
        "××水壶",
        "【品牌】水壶",
        "你好，<姓名>",
        "价格待定",
        "${name}您好",
        "None 元",
        "很薄 ，很轻",
        "很薄,很轻",
        "薄吗?很薄",
        "很薄。。",
        "很薄！！",
        "很薄，。",
        "水壶(折叠款)",
    ],
)
def test_form_broken(text: str) -> None:
    """Marks of drafts, things left to fill in, wrong punctuation."""
    assert found(text, "form")


@pytest.mark.parametrize(
    "text",
    [
        "20:00 开抢",
        "1,299 元",
        "USB 3.0，Type-C",
        "……就这样",
        "——就这样",
        "“很薄。”他说",
        "XXL 码",
        "#水壶 #出差",
        "https://a.cn/b?c=1,2",
        "3.5 厘米，0.5 升",
        "【山屿】新客立减",
        "#折叠水壶#",
        "It folds, and it boils.",
        "A+B，2×3",
    ],
)
def test_form_kept(text: str) -> None:
    """Clean text to paste."""
    assert found(text, "form") == []


def test_form_declared_variables_stay() -> None:
    """A message keeps what its platform fills in."""
    brief = AdBrief(product="水壶", variables=("name",))
    assert found("${name}，水壶到了", "form", brief, "sms") == []
    assert found("${code}，水壶到了", "form", brief, "sms")


def test_form_names_of_the_brief_are_no_placeholders() -> None:
    """A brand may be called XX."""
    assert found("XX 记酸奶", "form", AdBrief(product="XX 记酸奶")) == []


def test_keyword_titles_are_exempt() -> None:
    """A string of search words is no sentence; worn phrases stay out of it all the same."""
    fields = {"title": "山屿折叠电热水壶便携出差旅行酒店小型烧水壶"}
    assert style_findings(fields, KETTLE, "taobao_title") == []
    assert found({"title": "匠心折叠水壶"}, "C2", platform="taobao_title")


def test_tags_and_buttons_are_exempt() -> None:
    """立即领取 on a button, a tag without a content word."""
    fields = {"title": "压扁 6 厘米", "body": "酒店的壶不敢用。", "tags": ("好物",), "button": "立即下单"}
    assert style_findings(fields, KETTLE, "xiaohongshu") == []


def test_list_fields_are_named() -> None:
    """A finding says in which entry it stands."""
    (finding,) = [f for f in style_findings({"script_15s": ("压扁", "匠心")}, KETTLE, "video_script") if f.rule == "C2"]
    assert finding.field == "script_15s[1]"


def test_an_empty_brief_is_checked_too() -> None:
    """Without points there is nothing to compare with; grammar and form still count."""
    assert [f.rule for f in style_findings({"body": "水壶的的。。"}, AdBrief(product="水壶"), "weibo")] == [
        "C1",
        "form",
    ]


GOOD = [
    {
        "title": "酒店的壶，煮过什么没人知道",
        "body": "晚上十点回到酒店，想喝口热水。\n这只压扁 6 厘米厚，箱子缝里就能放。\n6 厘米，自己的壶。",
    },
    {"title": "出差箱里，6 厘米的缝给它", "body": "常温水烧开约 5 分钟。\n110V 和 220V 都能用。\n点进来选颜色。"},
    {"title": "保温档噪音不超过 40 分贝", "body": "晚上十点烧的水，还热。\n常出差的人，知道这点安静。"},
]


@pytest.mark.parametrize("fields", GOOD)
def test_good_copy_has_no_findings(fields: dict[str, str]) -> None:
    """Copy that one would post."""
    assert style_findings(fields, KETTLE, "xiaohongshu") == []


def test_a_good_set_has_no_findings() -> None:
    """Different openings, no repetition."""
    assert set_findings(GOOD, KETTLE) == []


def test_openings_must_differ() -> None:
    """The first eight characters, whatever the marks; a signature is no opening."""
    one = {"title": "酒店的水壶，我不敢用"}
    two = {"title": "酒店的水壶我不敢，带自己的"}
    assert [f.field for f in set_findings([one, two], KETTLE)] == ["variants[1].title"]
    texts = [{"text": "【山屿】压扁只有六厘米厚"}, {"text": "【山屿】烧开约五分钟"}]
    assert set_findings(texts, KETTLE) == []


def test_one_question_in_five() -> None:
    """The second opening that asks is one too many, in ten the third."""
    asking = [{"title": f"{word}的水壶敢用吗？"} for word in ("酒店里", "宿舍里头", "民宿中")]
    telling = [
        {"title": title}
        for title in ("压扁 6 厘米，放箱子", "晚上十点想喝热水", "常温水烧开约五分钟", "两种电压都能用")
    ]
    assert [f.field for f in set_findings(asking[:1] + telling, KETTLE)] == []
    assert [f.field for f in set_findings(asking[:2] + telling[:3], KETTLE)] == ["variants[1].title"]


def test_contrast_once_a_set() -> None:
    """不是 … 而是 and 不仅 … 更 share one place."""
    one, two = {"body": "不是水壶，而是一份放心"}, {"body": "压扁以后不仅薄，更好收"}
    assert set_findings([one], KETTLE) == []
    assert [f.rule for f in set_findings([one, two], KETTLE)] == ["C7"]


def test_near_duplicates() -> None:
    """One word changed is no other variant."""
    one = {"body": "晚上十点回到酒店，想喝口热水，壶不敢用，带自己的。"}
    two = {"body": "夜里十点回到酒店，想喝口热水，壶不敢用，带自己的。"}
    assert any(f.rule == "C3" for f in set_findings([one, two], KETTLE))


def test_mask_takes_out_what_all_share() -> None:
    """Product, brand, keywords, price and offer go, with marks and white space; the rest stays."""
    text = "山屿折叠电热水壶：便携水壶，219元！新客满199元立减30元。压扁就走。"
    assert masked(text, KETTLE) == "压扁就走"


def _reference_bleu(texts: list[str]) -> float:
    """BLEU as its definition reads, slowly."""

    def grams(text: str, n: int) -> Counter[str]:
        return Counter(text[i : i + n] for i in range(len(text) - n + 1))

    scores = []
    for number, text in enumerate(texts):
        others = texts[:number] + texts[number + 1 :]
        precisions = []
        for n in (1, 2, 3, 4):
            hits = sum(min(c, max(grams(o, n)[g] for o in others)) for g, c in grams(text, n).items())
            precisions.append((hits or (0.1 if n > 1 else 0)) / max(1, len(text) - n + 1))
        nearest = min((abs(len(o) - len(text)), len(o)) for o in others)[1]
        brevity = 1.0 if len(text) > nearest else exp(1 - nearest / len(text)) if text else 0.0
        scores.append(brevity * exp(sum(map(log, precisions)) / 4) if prod(precisions) else 0.0)
    return sum(scores) / len(scores)


@given(st.lists(st.text(alphabet="水壶薄轻热酒店", min_size=0, max_size=20), min_size=2, max_size=5))
def test_self_bleu_is_its_definition(texts: list[str]) -> None:
    """Against a slow reference; always between 0 and 1."""
    value = self_bleu(texts)
    assert value == pytest.approx(_reference_bleu(texts))
    assert 0 <= value <= 1 + 1e-9


def test_self_bleu_ends() -> None:
    """Equal texts 1, texts without a common character 0, one text 0."""
    assert self_bleu(["压扁只有六厘米", "压扁只有六厘米"]) == pytest.approx(1)
    assert self_bleu(["压扁只有", "烧开约五"]) == 0
    assert self_bleu(["压扁只有"]) == 0


def test_content_words() -> None:
    """Pairs without grammar, words between grammar, figures, Latin words; stop words are none."""
    assert {"水壶", "压扁", "6"} <= terms("压扁的水壶 6 厘米")
    assert "洗" in terms("能洗能拆")
    assert terms("我们的这个可以") == frozenset()
    assert terms("the best of") == frozenset()


@given(
    st.fixed_dictionaries(
        {
            "title": st.text(max_size=40),
            "body": st.text(alphabet="水壶的了，。！？\n 限时满减30元5月12日不是而是[1]**{}×X", max_size=80),
        }
    ),
    st.sampled_from(["xiaohongshu", "sms", "taobao_title", "push", "google_rsa", "unheard_of"]),
)
def test_offsets_are_exact(fields: dict[str, str], platform: str) -> None:
    """Whatever the copy, a finding is a slice of its field, its level is caution."""
    for finding in style_findings(fields, KETTLE, platform):
        assert fields[finding.field][finding.start : finding.end] == finding.match
        assert finding.level == "caution"
        assert finding.advice.endswith("。")
    assert isinstance(set_findings([fields, fields], KETTLE), list)
