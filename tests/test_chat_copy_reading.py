"""What models answer when asked for copy: JSON of every shape becomes the channel's fields, clean enough to paste."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.briefs import AdBrief
from copilot.channels import Channel, load_channels
from copilot.writers.chat_copy_clean import clean
from copilot.writers.chat_copy_fields import fields_of, is_copy, variants_in
from copilot.writers.chat_copy_json import UnreadableError, documents

CHANNELS = load_channels()
XHS = CHANNELS["xiaohongshu"]
BRIEF = AdBrief(product="拾檐晾衣架", link="https://shop.example/rack?c=1", variables=("name",))


def fields(text: str, channel: Channel = XHS) -> list[dict[str, str | tuple[str, ...]]]:
    """The fields of all variants in an answer, without a server in between."""
    found = documents(text, lambda value: is_copy(value, channel))
    return [fields_of(one, channel, BRIEF) for value in found for one in variants_in(value, channel)]


# Shapes


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"variants": [{"angle": "pain", "fields": {"title": "甲", "body": "乙"}}]}', id="as-asked"),
        pytest.param('{"variants": [{"fields": {"title": "甲", "body": "乙",},},],}', id="trailing-commas"),
        pytest.param('{"fields": {"title": "甲", "body": "乙"}}', id="single"),
        pytest.param('{"variants": {"fields": {"title": "甲", "body": "乙"}}}', id="no-list"),
        pytest.param('{"variants": {"pain": {"title": "甲", "body": "乙"}}}', id="by-angle"),
        pytest.param('{"title": "甲", "body": "乙"}', id="bare"),
        pytest.param('{"文案": [{"角度": "pain", "字段": {"标题": "甲", "正文": "乙"}}]}', id="chinese-keys"),
        pytest.param('{"result": {"copies": [{"Title": "甲", "Body": "乙"}]}}', id="wrapped"),
        pytest.param(
            '[{"fields": [{"name": "title", "text": "甲"}, {"name": "正文", "value": "乙"}]}]', id="list-of-names"
        ),
        pytest.param('[{"fields": [{"title": "甲"}, {"body": "乙"}]}]', id="list-of-pairs"),
        pytest.param('[{"fields": ["甲", "乙"]}]', id="list-of-texts"),
        pytest.param('[{"fields": "标题：甲\\n正文：乙"}]', id="labelled-text"),
        pytest.param('[{"content": "**标题**：甲\\n**正文**：乙"}]', id="labelled-markdown"),
        pytest.param('{"title": ["甲"], "body": {"1": "乙"}}', id="wrapped-texts"),
        pytest.param("{“variants”：［｛“fields”：｛“title”：“甲”，“body”：“乙”｝｝］｝", id="full-width"),
        pytest.param('{"variants"：[{"fields"：{"title"："甲"，"body"："乙"}}]}', id="full-width-colons"),
        pytest.param("{'title': '甲', 'body': '乙'}", id="single-quotes"),
        pytest.param('{title: "甲", body: 乙}', id="no-quotes"),
        pytest.param('{"title": "甲"\n"body": "乙"}', id="no-comma"),
        pytest.param('{"title": "甲", // 标题\n"body": "乙"}', id="comment"),
        pytest.param('按 [1] 写：{好}\n```json\n{"title": "甲", "body": "乙"}\n```\n{"note": 1}', id="noise"),
        pytest.param('{"title": "甲", "body": "乙", "reason": "短", "score": 9}', id="unknown-fields"),
    ],
)
def test_shapes(text: str) -> None:
    """However the model wraps, names and quotes, the same fields come out."""
    assert fields(text) == [{"title": "甲", "body": "乙"}]


def test_inner_quotes_and_line_breaks() -> None:
    """Quotes and line breaks that were not escaped belong to the text."""
    text = '{"title": "邻居问"在哪买"", "body": "第一行\n他说"好"，就走了\n第三行", "tags": ["甲", "乙"]}'
    assert fields(text) == [
        {"title": '邻居问"在哪买"', "body": '第一行\n他说"好"，就走了\n第三行', "tags": ("#甲", "#乙")}
    ]


def test_half_an_answer() -> None:
    """Variants before the place where an answer breaks off are read."""
    text = '{"variants": [{"fields": {"title": "甲", "body": "乙"}}, {"fields": {"title": "丙", "bo'
    assert fields(text) == [{"title": "甲", "body": "乙"}]


@pytest.mark.parametrize(
    ("platform", "given_fields", "expected"),
    [
        pytest.param("xiaohongshu", {"tags": "#梅雨天 #小阳台"}, {"tags": ("#梅雨天", "#小阳台")}, id="tags-text"),
        pytest.param("xiaohongshu", {"tags": ["#梅雨天#", "小阳台、租房"]}, {"tags": ("#梅雨天", "#小阳台", "#租房")}, id="tags-mixed"),
        pytest.param("xiaohongshu", {"body": "甲。\n\n#梅雨天 #小阳台"}, {"body": "甲。", "tags": ("#梅雨天", "#小阳台")}, id="tags-in-body"),
        pytest.param("weibo", {"body": "甲", "tags": ["梅雨天"]}, {"body": "甲", "tags": ("#梅雨天#",)}, id="weibo-tags"),
        pytest.param("bilibili", {"tags": ["#梅雨天"]}, {"tags": ("梅雨天",)}, id="bare-tags"),
        pytest.param("google_rsa", {"headline1": "A", "headline2": "B", "description_1": "C"}, {"headlines": ("A", "B"), "descriptions": ("C",)}, id="numbered"),
        pytest.param("google_rsa", {"headlines": [{"text": "A"}, {"text": "B"}]}, {"headlines": ("A", "B")}, id="objects"),
        pytest.param("google_rsa", {"headlines": "1. A\n2. B\n- C"}, {"headlines": ("A", "B", "C")}, id="lines"),
        pytest.param("baidu_search", {"title": "甲", "descriptions": ["乙", "丙"]}, {"title": "甲", "description1": "乙", "description2": "丙"}, id="spread"),
        pytest.param("baidu_search", {"描述1": "乙", "描述 2": "丙"}, {"description1": "乙", "description2": "丙"}, id="chinese-numbered"),
        pytest.param("video_script", {"script_15s": [{"画面": "门", "口播": "甲"}]}, {"script_15s": ("门：甲",)}, id="shots"),
        pytest.param("live_script", {"segments": {"1": "甲", "2": "乙"}}, {"segments": ("甲", "乙")}, id="numbered-mapping"),
        pytest.param("taobao_title", {"title": "甲\n乙"}, {"title": "甲，乙"}, id="one-line"),
        pytest.param("wechat_channels", {"shortTitle": "甲", "正文": "乙"}, {"short_title": "甲", "body": "乙"}, id="camel"),
        pytest.param("email", {"主题": "甲", "title": "丙", "content": "乙"}, {"subject": "甲", "body": "乙"}, id="alias-once"),
    ],
)  # fmt: skip
def test_fields_of_channels(platform: str, given_fields: dict[str, Any], expected: dict[str, Any]) -> None:
    """Lists as texts, texts as lists, numbered names, tags in every manner."""
    assert fields(json.dumps({"fields": given_fields}, ensure_ascii=False), CHANNELS[platform]) == [expected]


def test_text_alone_for_a_channel_of_one_field() -> None:
    """Where a channel has one field, a list of texts will do."""
    assert fields('{"variants": ["甲", "乙"]}', CHANNELS["taobao_title"]) == [{"title": "甲"}, {"title": "乙"}]


@pytest.mark.parametrize("text", ["", "没有", "[1][2]", '{"variants": []}', "{" * 3000, '[{"' * 2000, '{"title": '])
def test_no_copy_in_it(text: str) -> None:
    """What holds no copy is told as such, quickly."""
    with pytest.raises(UnreadableError, match=r"\S"):
        fields(text)


@given(st.recursive(st.text(max_size=8) | st.integers() | st.none(), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["title", "body", "tags", "fields", "variants", "angle", "x"]), inner, max_size=4), max_leaves=12))  # fmt: skip
def test_any_json_is_survived(value: Any) -> None:
    """Whatever JSON a model sends, reading it gives the channel's fields or nothing."""
    for one in variants_in(value, XHS):
        found = fields_of(one, XHS, BRIEF)
        assert set(found) <= {"title", "body", "tags"}
        assert all(found.values())


@given(st.text(alphabet="{}[]\":,“”：，｛｝ \n\\a甲1/'", max_size=60))
def test_any_text_is_survived(text: str) -> None:
    """Whatever text a model sends, it is read or refused."""
    try:
        documents(text, lambda value: True)
    except UnreadableError as error:
        assert str(error)


@given(
    st.dictionaries(
        st.sampled_from(["title", "body"]),
        st.text(alphabet='甲乙“”"\\n，：{}[] a1', min_size=1, max_size=30),
        min_size=1,
    )
)
def test_good_json_is_read_as_it_is(value: dict[str, str]) -> None:
    """Strict JSON is read exactly."""
    assert documents(f"好：{json.dumps(value, ensure_ascii=False)}", lambda found: isinstance(found, dict))[0] == value


# Cleaning


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("**梅雨天**，`两床`被套 ~~都~~晾", "梅雨天，两床被套 都晾", id="markdown"),
        pytest.param("# 标题\n> 引\n- 一\n* 二\n---\n1. 三", "标题\n引\n一\n二\n1. 三", id="blocks"),
        pytest.param("展开 20*30*40 厘米，a_b_c", "展开 20*30*40 厘米，a_b_c", id="not-markdown"),
        pytest.param("被套[1]并排晾【2】，好[1,2]。", "被套并排晾，好。", id="marks"),
        pytest.param("【拾檐】您好[3]", "【拾檐】您好", id="sign"),
        pytest.param("<p>甲<br>乙</p><script>steal()</script>", "甲\n乙", id="html"),
        pytest.param("甲&lt;img src=x onerror=y&gt;乙&amp;丙", "甲乙&丙", id="entities"),
        pytest.param("甲<|im_end|>乙<｜User｜>丙<<<简报 结束>>>[INST]", "甲乙丙", id="tokens"),
        pytest.param("甲\u200b乙\u202e丙\x07👨‍👩‍👧", "甲乙丙👨‍👩‍👧", id="invisible"),
        pytest.param("5<6，承重>100 斤", "5<6，承重>100 斤", id="not-html"),
        pytest.param("看 https://shop.example/rack?c=1 尺寸", "看 https://shop.example/rack?c=1 尺寸", id="own-link"),
        pytest.param("看 shop.example/rack?c=1。", "看 https://shop.example/rack?c=1。", id="own-link-bare"),
        pytest.param("[看尺寸](https://shop.example/rack?c=1)", "看尺寸 https://shop.example/rack?c=1", id="own-link-markdown"),
        pytest.param("[看尺寸](https://evil.example)。", "看尺寸。", id="foreign-markdown"),
        pytest.param("![图](https://shop.example/rack?c=1)甲", "甲", id="picture"),
        pytest.param("甲，点 https://evil.example/x 领红包。乙。", "甲。乙。", id="foreign"),
        pytest.param("甲。见 https://shop.example/rack?c=1&to=evil。", "甲。", id="longer-than-own"),
        pytest.param("甲。见 https://shop.example/rack?c=1.evil.com。", "甲。", id="host-behind-own"),
        pytest.param("甲。上 www.evil-shop.com 或 t.cn/Ab1 看。", "甲。", id="bare-domains"),
        pytest.param("甲。javascript:alert(1)", "甲。", id="scheme"),
        pytest.param("甲。写信到 win@evil.com。", "甲。", id="mail"),
        pytest.param("1.6 米，V2.0，No.3", "1.6 米，V2.0，No.3", id="not-domains"),
    ],
)  # fmt: skip
def test_cleaning(text: str, expected: str) -> None:
    """Markup, marks, control tokens and foreign links go, what merely looks like them stays."""
    assert clean(text, BRIEF, multiline=True) == expected


def test_domain_in_a_name() -> None:
    """A product that is called like a domain keeps its name."""
    brief = AdBrief(product="Fernlea.com lamp", link="https://www.fernlea.shop/lamp")
    assert clean("Fernlea.com lamp, at fernlea.shop. See other.com.", brief) == "Fernlea.com lamp, at fernlea.shop."


def test_lines_of_a_title_are_joined() -> None:
    """A field of one line has no line breaks: a comma joins Chinese, a full stop English."""
    assert clean("梅雨天\n晾两床。\n收起来", BRIEF) == "梅雨天，晾两床。收起来"
    assert clean("Half the desk\nback", BRIEF) == "Half the desk. back"


@given(st.text(alphabet="甲a1 \n<>[]()*_`#&;:/.https@【】，。|$-", max_size=60), st.booleans())
def test_any_text_is_cleaned(text: str, multiline: bool) -> None:
    """Whatever the text, no token, script or address is left, and one-line texts have one line."""
    found = clean(text, BRIEF, multiline)
    assert not re.search(r"<\|[^<>|\n]*\|>|[a-z]{2,}://[a-z0-9]", found)
    assert multiline or "\n" not in found
