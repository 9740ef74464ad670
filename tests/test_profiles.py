"""Saved products and voices, and their commands."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from copilot.briefs import Voice
from copilot.cli.chinese import ChineseGroup
from copilot.cli.profiles import register
from copilot.errors import InputError
from copilot.profiles import (
    as_brief,
    default_voice,
    list_profiles,
    load_profile,
    load_voice,
    remove_profile,
    save_profile,
    use_voice,
)
from copilot.tasks.brief import validated

CLEANER = {
    "商品名": "扫地机器人X2",
    "卖点": ["拖布自己洗"],
    "规格": {"高度": "7.9 厘米", "噪音": "标准档不超过 58 分贝"},
    "证据": "检测报告 2025-113",
    "不能说": ["全网最低"],
    "价格": 1999,
}


@pytest.fixture
def cli() -> click.Group:
    """A command line with nothing but these commands."""
    group = ChineseGroup("ops-copilot")
    register(group)
    return group


def run(cli: click.Group, *arguments: str) -> Result:
    """Run a command; errors come through."""
    return CliRunner().invoke(cli, list(arguments), catch_exceptions=False, standalone_mode=False)


def test_a_product_as_brief(home: Path) -> None:
    """Specs become statements, proofs facts, what is never said is banned; the brief is good."""
    save_profile(home, "扫地机", CLEANER)
    brief = as_brief(load_profile(home, "扫地机"))
    assert brief["facts"] == ["高度：7.9 厘米", "噪音：标准档不超过 58 分贝", "检测报告 2025-113"]
    assert brief["banned"] == ["全网最低"]
    assert validated(brief).price == "1999 元"


def test_files_are_yaml_that_people_can_read(home: Path) -> None:
    """One file with the keys of the contract, Chinese as it is."""
    path = save_profile(home, "扫地机", CLEANER)
    assert path == home / "products" / "扫地机.yaml"
    assert "product: 扫地机器人X2\n" in path.read_text(encoding="utf-8")
    assert [p.name for p in path.parent.iterdir()] == ["扫地机.yaml"]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b", "a\\b", "..", "con", "夏季 新品（2026）", ".hidden", "A:B*?", "50%"]
)
def test_names_stay_in_their_folder(home: Path, name: str) -> None:
    """Whatever the name, its file lies in the folder and is found under the name."""
    if name == "..":
        with pytest.raises(InputError):
            save_profile(home, name, {"product": "杯"})
        return
    path = save_profile(home, name, {"product": "杯"})
    assert path.resolve().parent == (home / "products").resolve()
    assert list_profiles(home) == [name]
    assert load_profile(home, name)["product"] == "杯"


@pytest.mark.parametrize("name", ["", "   ", "///", "😀", "杯" * 61])
def test_names_that_are_none(home: Path, name: str) -> None:
    """Nothing to read, or too long for a file."""
    with pytest.raises(InputError):
        save_profile(home, name, {"product": "杯"})


def test_all_that_is_wrong_is_named(home: Path) -> None:
    """Unknown keys with what comes near, and values of a wrong type; nothing is written."""
    with pytest.raises(InputError, match="没有“规个”这一项.*specs.*2 处|2 处不对") as error:
        save_profile(home, "杯", {"规个": 1, "specs": ["x"]})
    assert "规个" in error.value.message and "specs" in error.value.message
    assert list_profiles(home) == []
    with pytest.raises(InputError, match="没有内容"):
        save_profile(home, "杯", {"product": ""})


def test_saving_again(home: Path) -> None:
    """A second one replaces the first, unless that is not wanted."""
    save_profile(home, "杯", {"product": "甲"})
    with pytest.raises(InputError, match="已有"):
        save_profile(home, "杯", {"product": "乙"}, replace=False)
    save_profile(home, "杯", {"product": "乙"})
    assert load_profile(home, "杯") == {"product": "乙"}


def test_unknown_names(home: Path) -> None:
    """What is not there is told with what is."""
    save_profile(home, "杯", {"product": "甲"})
    for call in (load_profile, remove_profile):
        with pytest.raises(InputError, match="没有产品“碗”") as error:
            call(home, "碗")
        assert "杯" in error.value.hint


def test_a_broken_file(home: Path) -> None:
    """A file that people broke by hand is told with its line."""
    path = save_profile(home, "杯", {"product": "甲"})
    path.write_text("product: [\n", encoding="utf-8")
    with pytest.raises(InputError, match="YAML"):
        load_profile(home, "杯")


def test_voices(home: Path) -> None:
    """A voice with Chinese keys; the default one; removing it."""
    save_profile(
        home, "邻家", {"语气": "亲切、口语", "禁用词": ["赋能"], "样例": "今天的面包，七点出炉、八点卖完。"}, "voice"
    )
    voice = load_voice(home, "邻家")
    assert voice == Voice("邻家", ("亲切", "口语"), banned=("赋能",), samples=("今天的面包，七点出炉、八点卖完。",))
    assert load_voice(home) is None
    use_voice(home, "邻家")
    assert (default_voice(home), load_voice(home)) == ("邻家", voice)
    remove_profile(home, "邻家", "voice")
    assert (default_voice(home), list_profiles(home, "voice")) == ("", [])
    with pytest.raises(InputError):
        use_voice(home, "邻家")


# commands


def test_product_commands(cli: click.Group, home: Path) -> None:
    """Add with options, list, show, remove."""
    import json

    options = (
        "--selling-point",
        "拖布自己洗",
        "--spec",
        "高度=7.9厘米",
        "--never",
        "全网最低",
        "--price",
        "1999",
        "--json",
    )
    added = json.loads(run(cli, "products", "add", "扫地机", "--product", "扫地机器人X2", *options).stdout)
    assert added["specs"] == {"高度": "7.9厘米"} and added["path"].startswith(str(home))
    listed = json.loads(run(cli, "products", "list", "--json").stdout)
    assert [p["name"] for p in listed["products"]] == ["扫地机"]
    assert "never:\n- 全网最低" in run(cli, "products", "show", "扫地机").stdout
    with pytest.raises(InputError, match="已有产品“扫地机”"):
        run(cli, "products", "add", "扫地机", "--price", "1")
    assert json.loads(run(cli, "products", "remove", "扫地机", "--json").stdout) == {"removed": ["扫地机"]}
    assert json.loads(run(cli, "products", "list", "--json").stdout) == {"products": []}


def test_product_from_a_file(cli: click.Group, tmp_path: Path) -> None:
    """A file with Chinese keys; options win; the name stands in for the product."""
    file = tmp_path / "杯.yaml"
    file.write_text("卖点:\n  - 不漏水\n价格: 99\n原价: 129（七日内最低成交价）\n", encoding="utf-8")
    run(cli, "products", "add", "保温杯", "--file", str(file), "--price", "89 元")
    shown = run(cli, "products", "show", "保温杯").stdout
    assert "product: 保温杯" in shown and "price: 89 元" in shown and "不漏水" in shown


@pytest.mark.parametrize(
    "options", [("--link", "javascript:x"), ("--price", "便宜"), ("--spec", "高度"), ("--product", "😀")]
)
def test_bad_products_are_refused(cli: click.Group, home: Path, options: tuple[str, ...]) -> None:
    """What no brief would take is not saved."""
    with pytest.raises(InputError):
        run(cli, "products", "add", "杯", *options)
    assert list_profiles(home) == []


def test_voice_commands(cli: click.Group) -> None:
    """Add, list, use, show, remove."""
    import json

    run(cli, "voices", "add", "邻家", "--tone", "亲切", "--banned", "赋能", "--sample", "面包七点出炉。")
    assert json.loads(run(cli, "voices", "use", "邻家", "--json").stdout) == {"default": "邻家"}
    listed = json.loads(run(cli, "voices", "list", "--json").stdout)
    assert listed["default"] == "邻家" and listed["voices"][0]["tone"] == ["亲切"]
    assert "邻家（默认）  亲切" in run(cli, "voices", "list").stdout
    assert json.loads(run(cli, "voices", "use", "--none", "--json").stdout) == {"default": ""}
    run(cli, "voices", "remove", "邻家")
    with pytest.raises(InputError):
        run(cli, "voices", "show", "邻家")


def test_every_command_has_help_with_an_example(cli: click.Group) -> None:
    """Chinese help, and a line to copy."""
    for name, group in cli.commands.items():
        assert isinstance(group, click.Group)
        for command in group.commands.values():
            assert f"ops-copilot {name}" in (command.help or "") and command.short_help
