"""The shipped channels, the user's own on top of them, finding one by name, and the command that shows them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_runner import run

from copilot.channels import Channel, ChannelField, find_channel, load_channels
from copilot.cli import channels as command
from copilot.cli import cli
from copilot.errors import DataError, InputError
from copilot.knowledge import read
from copilot.knowledge.platforms import channel_problems
from copilot.text import fold

CONTRACT = [
    "xiaohongshu", "douyin", "kuaishou", "wechat_channels", "wechat_moments", "wechat_article", "weibo", "baidu_search",
    "oceanengine", "taobao_title", "jd_title", "zhihu", "bilibili", "sms", "push", "email", "google_rsa", "meta",
    "toutiao", "tencent_ads", "pinduoduo_title", "in_app", "wecom", "video_script", "live_script", "event_page",
    "activity_rules", "review_reply",
]  # fmt: skip
VENDORS = [f"push_{name}" for name in ("xiaomi", "huawei", "oppo", "vivo", "honor", "meizu", "apns")]


@pytest.fixture
def channels() -> dict[str, Channel]:
    """The shipped channels."""
    return load_channels()


def field_of(channels: dict[str, Channel], platform: str, name: str) -> ChannelField:
    """One field of a channel."""
    return next(field for field in channels[platform].fields if field.name == name)


def own(home: Path, text: str) -> dict[str, Channel]:
    """The channels with this `platforms.yaml` in the home folder."""
    home.mkdir(exist_ok=True)
    (home / "platforms.yaml").write_text(text, encoding="utf-8")
    return load_channels(home)


# the shipped table


def test_every_channel_of_the_contract_is_there(channels: dict[str, Channel]) -> None:
    """All ids, the vendors of push too, and nothing else."""
    assert set(channels) == {*CONTRACT, *VENDORS}


def test_the_shipped_table_is_valid() -> None:
    """What is asked of the user's file holds for ours."""
    assert list(channel_problems(read("platforms")["channels"])) == []


def test_every_field_says_where_it_is_from(channels: dict[str, Channel]) -> None:
    """Limit, source, month and confidence stand at every field; what is not confirmed is no hard limit."""
    for channel in channels.values():
        for field in channel.fields:
            assert field.limit > 0 and field.source and field.checked_on == "2026-11", (channel.platform, field.name)
            assert field.confidence != "K" or field.kind == "recommended", (channel.platform, field.name)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("xiaohongshu.title", (20, "xhs", "hard", 0, (0, 0))),
        ("xiaohongshu.tags", (20, "char", "recommended", 0, (0, 10))),
        ("douyin.title", (30, "char", "hard", 0, (0, 0))),
        ("wechat_channels.short_title", (16, "char", "hard", 6, (0, 0))),
        ("wechat_moments.text", (40, "char", "hard", 1, (0, 0))),
        ("wechat_article.title", (32, "char", "hard", 0, (0, 0))),
        ("baidu_search.title", (50, "width", "hard", 0, (0, 0))),
        ("baidu_search.description1", (80, "width", "hard", 9, (0, 0))),
        ("oceanengine.title", (55, "half", "hard", 5, (0, 0))),
        ("taobao_title.title", (60, "width", "hard", 0, (0, 0))),
        ("sms.text", (500, "sms", "hard", 0, (0, 0))),
        ("push.title", (40, "width", "hard", 0, (0, 0))),
        ("push_apns.body", (110, "width", "truncated", 0, (0, 0))),
        ("google_rsa.headlines", (30, "width", "hard", 0, (3, 15))),
        ("google_rsa.descriptions", (90, "width", "hard", 0, (2, 4))),
        ("email.subject", (40, "width", "recommended", 0, (0, 0))),
    ],
)
def test_limits(channels: dict[str, Channel], place: str, expected: tuple[object, ...]) -> None:
    """The limits that are known, as the facts give them."""
    field = field_of(channels, *place.split("."))
    assert (field.limit, field.counter, field.kind, field.minimum, field.items) == expected


def test_push_fits_every_vendor(channels: dict[str, Channel]) -> None:
    """The safe preset, filled with Han, is refused by no vendor."""
    for name in ("title", "body"):
        han = field_of(channels, "push", name).limit // 2
        for vendor in VENDORS:
            field = field_of(channels, vendor, name)
            assert han * (2 if field.counter == "width" else 1) <= field.limit, (vendor, name)


def test_international_channels_are_english(channels: dict[str, Channel]) -> None:
    """Google and Meta take English copy, all others Chinese."""
    assert {name for name, channel in channels.items() if channel.language == "en"} == {"google_rsa", "meta"}


def test_article_title_names_the_api(channels: dict[str, Channel]) -> None:
    """32 is the limit of the API and is shown as such; people whose editor takes 64 are told how."""
    assert "接口" in field_of(channels, "wechat_article", "title").source
    assert "64" in channels["wechat_article"].note


def test_loading_is_remembered_and_safe_to_change(channels: dict[str, Channel]) -> None:
    """Each caller gets a dict of its own with the same records."""
    channels.clear()
    again = load_channels()
    assert again and again["sms"] is load_channels()["sms"]


# finding


@pytest.mark.parametrize(
    ("name", "platform"),
    [
        ("xiaohongshu", "xiaohongshu"),
        ("小红书", "xiaohongshu"),
        ("红书", "xiaohongshu"),
        ("小紅書", "xiaohongshu"),
        ("小红书爆款文案", "xiaohongshu"),
        ("抖音短视频", "douyin"),
        ("视频号", "wechat_channels"),
        ("朋友圈", "wechat_moments"),
        ("公众号", "wechat_article"),
        ("微信公众号标题", "wechat_article"),
        ("百度竞价", "baidu_search"),
        ("sem", "baidu_search"),
        ("信息流", "oceanengine"),
        ("天猫标题", "taobao_title"),
        ("京东", "jd_title"),
        ("b站", "bilibili"),
        ("B 站", "bilibili"),
        ("短信", "sms"),
        ("推送", "push"),
        ("Push", "push"),
        ("OPPO推送", "push_oppo"),
        ("oppo push", "push_oppo"),
        ("EDM", "email"),
        ("e-mail", "email"),
        ("谷歌广告", "google_rsa"),
        ("Google Ads", "google_rsa"),
        ("企微", "wecom"),
        ("差评回复", "review_reply"),
        (" Google-RSA ", "google_rsa"),
    ],
)
def test_find(channels: dict[str, Channel], name: str, platform: str) -> None:
    """Ids and what people say."""
    assert find_channel(name, channels).platform == platform


@pytest.mark.parametrize(
    ("name", "near"),
    [
        pytest.param("xiaohonshu", "xiaohongshu", id="typo"),
        pytest.param("微信", "wechat_moments", id="several"),
        pytest.param("直播", "live_script", id="part"),
    ],
)
def test_unknown_names_what_comes_near(channels: dict[str, Channel], name: str, near: str) -> None:
    """A name that means no channel, or several, is not guessed."""
    with pytest.raises(InputError) as caught:
        find_channel(name, channels)
    assert name in caught.value.message and near in caught.value.hint


@pytest.mark.parametrize("name", ["", " ", "。", "得物", "\u0000", "的" * 2000])
def test_nothing_comes_near(channels: dict[str, Channel], name: str) -> None:
    """The list of all is named instead."""
    with pytest.raises(InputError) as caught:
        find_channel(name, channels)
    assert "ops-copilot platforms" in caught.value.hint


def test_names_of_all_channels_find_them(channels: dict[str, Channel]) -> None:
    """Every id, title and alias leads to its channel."""
    for channel in channels.values():
        for name in (channel.platform, channel.title, *channel.aliases):
            assert find_channel(fold(name).upper(), channels) is channel


# the user's own


def test_one_value_is_changed(home: Path, channels: dict[str, Channel]) -> None:
    """A limit of the user's own keeps the rest, but no longer rests on the shipped source."""
    changed = own(home, "channels:\n  wechat_article:\n    fields:\n      title: {limit: 64}\n")
    title = field_of(changed, "wechat_article", "title")
    assert (title.limit, title.counter, title.kind, title.label) == (64, "char", "hard", "标题")
    assert "用户设置" in title.source and (title.checked_on, title.confidence) == ("", "K")
    assert field_of(changed, "wechat_article", "digest") == field_of(channels, "wechat_article", "digest")
    assert changed["sms"] == channels["sms"]


def test_the_source_of_the_user_is_kept(home: Path) -> None:
    """Who says where the number is from is believed; a date is written as one."""
    field = "{limit: 64, source: 公司后台, checked_on: 2026-12-01, confidence: H}"
    changed = own(home, f"channels:\n  wechat_article:\n    fields:\n      title: {field}\n")
    title = field_of(changed, "wechat_article", "title")
    assert (title.source, title.checked_on, title.confidence) == ("公司后台", "2026-12-01", "H")


def test_a_channel_is_added(home: Path) -> None:
    """With a title and limits; what is left out has defaults; a Chinese id will do."""
    text = "channels:\n  得物:\n    title: 得物社区\n    aliases: [毒]\n    fields:\n      title: {limit: 20}\n      tags: {limit: 10, items: [0, 3], kind: recommended}\n"
    changed = own(home, text)
    channel = find_channel("毒", changed)
    title, tags = channel.fields
    assert (channel.platform, channel.language, channel.title) == ("得物", "zh", "得物社区")
    assert (title.label, title.counter, title.kind, title.items) == ("title", "char", "hard", (0, 0))
    assert tags.items == (0, 3)


def test_an_alias_is_added(home: Path) -> None:
    """The shipped ones stay."""
    changed = own(home, "channels:\n  push:\n    aliases: [弹窗通知]\n")
    assert find_channel("弹窗通知", changed) is find_channel("推送", changed)


def test_a_changed_file_is_read_again(home: Path) -> None:
    """Time and size tell."""
    one = own(home, "channels: {sms: {fields: {text: {limit: 300}}}}")
    other = own(home, "channels: {sms: {fields: {text: {limit: 1000}}}}")
    (home / "platforms.yaml").unlink()
    assert [c["sms"].fields[0].limit for c in (one, other, load_channels(home))] == [300, 1000, 500]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "channels:\n", "\ufeffchannels: {}\n"])
def test_an_empty_file_changes_nothing(home: Path, text: str, channels: dict[str, Channel]) -> None:
    """Also with a BOM."""
    assert own(home, text) == channels


def test_all_problems_are_named_at_once(home: Path) -> None:
    """One error lists every mistake with its place."""
    text = """
fields: {}
channels:
  公众号: {fields: {title: {limit: 64}}}
  sms: {fields: {text: {limit: 七十}}}
  douyin: {lang: zh, fields: {title: {limit: 30, minimum: 40}, tags: {items: [5, 1]}, body: 300}}
  weibo: {language: fr, fields: {body: {counter: bytes, kind: firm, confidence: Z, visible: true}}}
  shop: {fields: {}}
  "a b": {title: x}
  other: {title: 小店, aliases: [抖音], fields: {title: {counter: char, colour: red}, text: {limit: 0}}}
  wecom: 300
"""
    with pytest.raises(DataError) as caught:
        own(home, text)
    for part in [
        "platforms.yaml",
        "最外层不认识 fields",
        "公众号 请写成 wechat_article",
        "sms.text 的 limit 要写 0 或正整数，写的是 七十",
        "douyin.fields.body 要写成键值表",
        "weibo.language 只能是 zh 或 en",
        "weibo.body 的 counter 只能是 char、width、half、xhs、sms",
        "weibo.body 的 kind 只能是",
        "weibo.body 的 confidence 只能是",
        "weibo.body 的 visible 要写 0 或正整数",
        "shop.title 要写渠道的名称",
        "shop.fields 至少要有一个字段",
        "渠道名 a b 只能用",
        "other.title 缺少 limit",
        "other.title 不认识 colour",
        "other.text 没有上限",
        "“抖音”既是 douyin 又是 other 的名称",
        "wecom 要写成键值表",
    ]:
        assert part in caught.value.message
    assert "\n" not in caught.value.message + caught.value.hint and caught.value.hint


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("{minimum: 40}", "的下限 40 超过上限 30"),
        ("{visible: 31}", "的折叠处 31 超过上限 30"),
        ("{limit: -1}", "的 limit 要写 0 或正整数"),
        ("{limit: true}", "的 limit 要写 0 或正整数"),
        ("{limit: 30.5}", "的 limit 要写 0 或正整数"),
        ("{items: 5}", "的 items 要写成"),
        ("{items: [a, b]}", "的 items 要写成"),
        ("{optional: maybe}", "的 optional 要写 true 或 false"),
        ("{label: 3}", "的 label 要写文字"),
        ("{source: [a]}", "的 source 要写文字"),
        ("{checked_on: {}}", "的 checked_on 要写年月"),
        ("{counter: [char]}", "的 counter 只能是"),
        ("{kind: {}}", "的 kind 只能是"),
        ("{confidence: null}", "的 confidence 要写文字"),
    ],
)
def test_values_that_are_wrong(home: Path, field: str, problem: str) -> None:
    """Each is named with its place; nothing crashes."""
    with pytest.raises(DataError, match=f"douyin.title {problem}"):
        own(home, f"channels: {{douyin: {{fields: {{title: {field}}}}}}}")


@pytest.mark.parametrize(
    ("channel", "problem"),
    [
        ("{title: ''}", "douyin.title 要写渠道的名称"),
        ("{note: [1]}", "douyin.note 要写一句话"),
        ("{language: [zh]}", "douyin.language 只能是"),
        ("{aliases: 抖}", "douyin.aliases 要写成名称的列表"),
        ("{aliases: [1]}", "douyin.aliases 要写成名称的列表"),
        ("{fields: 3}", "douyin.fields 要写成键值表"),
        ("{fields: {1: {limit: 3}}}", "字段名 1 只能用"),
        ("{name: x}", "douyin 不认识 name"),
        ("[]", "douyin 要写成键值表"),
    ],
)
def test_channels_that_are_wrong(home: Path, channel: str, problem: str) -> None:
    """Each is named; nothing crashes."""
    with pytest.raises(DataError, match=problem):
        own(home, f"channels: {{douyin: {channel}}}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"channels:\n  sms: {note: a\n", "第 3 行附近", id="syntax"),
        pytest.param("channels:\n  sms: {note: 短信}\n".encode("gb18030"), "UTF-8", id="encoding"),
        pytest.param(b"- sms", "键值表", id="list"),
        pytest.param(b"channels: [sms]", "键值表", id="list-of-channels"),
        pytest.param(b"a: \x07", "读不出来", id="control-character"),
    ],
)
def test_files_that_cannot_be_read(home: Path, content: bytes, message: str) -> None:
    """They are named with what to do."""
    home.mkdir()
    (home / "platforms.yaml").write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        load_channels(home)
    assert caught.value.hint and "\n" not in caught.value.message


# the command


@pytest.fixture
def registered() -> Iterator[None]:
    """`platforms` as a command of the program."""
    there = "platforms" in cli.commands
    command.register(cli)
    yield
    if not there:
        del cli.commands["platforms"]


@pytest.mark.usefixtures("registered")
def test_json_is_the_contract() -> None:
    """One object with all channels and every key that is promised."""
    result = run("platforms", "--json")
    shown = result.json["platforms"]
    assert result.code == 0 and [c["platform"] for c in shown] == list(load_channels())
    promised = {"name", "limit", "counter", "kind", "source", "checked_on", "confidence"}
    assert all(promised <= set(field) for channel in shown for field in channel["fields"])


@pytest.mark.usefixtures("registered")
def test_one_channel_as_json(home: Path) -> None:
    """By its Chinese name, with the user's limit."""
    own(home, "channels: {wechat_article: {fields: {title: {limit: 64}}}}")
    (channel,) = run("platforms", "公众号", "--json").json["platforms"]
    assert (channel["platform"], channel["fields"][0]["limit"]) == ("wechat_article", 64)


@pytest.mark.usefixtures("registered")
def test_table() -> None:
    """A line a field on stdout, what the words mean on stderr."""
    result = run("platforms")
    assert result.code == 0
    line = next(line for line in result.out.splitlines() if "oceanengine" in line)
    assert all(part in line for part in ("巨量引擎", "标题", "5–55", "半角 ½", "硬性", "M"))
    assert "计法" in result.err and "platforms.yaml" in result.err


@pytest.mark.usefixtures("registered")
def test_table_of_one_channel() -> None:
    """With note, names, source and what is not confirmed."""
    result = run("platforms", "小红书")
    assert result.code == 0
    assert all(part in result.out for part in ("xiaohongshu-mcp", "也叫：红书", "先露出 50", "0–10", "2026-11 查过"))
    assert "K 没有证实" in run("platforms", "zhihu").out


@pytest.mark.usefixtures("registered")
def test_unknown_channel_is_a_usage_error() -> None:
    """Two lines on stderr, exit code 2."""
    result = run("platforms", "微信")
    assert (result.code, result.out) == (2, "")
    assert "错误：没有渠道“微信”" in result.err and "怎么办：想说的是不是" in result.err


@pytest.mark.usefixtures("registered")
def test_a_broken_file_is_an_error(home: Path) -> None:
    """Not a traceback."""
    home.mkdir()
    (home / "platforms.yaml").write_text("channels: 3", encoding="utf-8")
    result = run("platforms")
    assert result.code == 1 and "错误：" in result.err and "怎么办：" in result.err


@pytest.mark.usefixtures("registered")
def test_help_has_an_example() -> None:
    """In Chinese, with what to write into the user's file."""
    result = run("platforms", "--help")
    assert "例：" in result.out and "ops-copilot platforms 小红书" in result.out and "{limit: 64}" in result.out


def test_loading_is_light() -> None:
    """Neither `rich` nor `regex` is loaded with the channels: 105 ms of the start."""
    code = (
        "import sys; from copilot.channels import load_channels; import copilot.cli.channels; load_channels();"
        "sys.exit(bool({'rich', 'regex', 'pydantic'} & set(sys.modules)))"
    )
    root = str(Path(command.__file__).parents[2])
    assert (
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": root}, check=False).returncode
        == 0
    )
