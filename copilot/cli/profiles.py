"""`products add|list|show|remove` and `voices add|list|show|remove|use`."""

from pathlib import Path
from typing import Any

import click

from copilot.cli.chinese import ChineseGroup
from copilot.cli.common import json_option, print_json, with_settings
from copilot.errors import InputError
from copilot.profiles import (
    Kind,
    default_voice,
    list_profiles,
    load_profile,
    read_mapping,
    remove_profile,
    save_profile,
    use_voice,
)
from copilot.settings import Settings

_file = click.option("--file", "-f", type=click.Path(path_type=Path, dir_okay=False), help="YAML 或 JSON 文件。")
_replace = click.option("--replace", is_flag=True, help="同名的已在，就覆盖。")


def register(cli: click.Group) -> None:
    """Add the commands."""
    for group in (products, voices):
        if group.name not in cli.commands:
            cli.add_command(group)


@click.group(cls=ChineseGroup, short_help="保存产品资料，写文案时用 --profile 取出。")
def products() -> None:
    """保存产品资料：名称、规格、价格、证据、签名、资质，还有不能说的话。

    \b
    例：
      ops-copilot products add 扫地机 --product 扫地机器人X2 --selling-point 拖布自己洗
      ops-copilot products list
    """


@products.command("add", short_help="保存一个产品。")
@click.argument("name")
@_file
@click.option("--product", help="产品名；不写就用 NAME。")
@click.option("--brand", help="品牌。")
@click.option("--industry", help="行业，例如 食品、教育。")
@click.option("--selling-point", "selling_points", multiple=True, help="卖点，可以写几次。")
@click.option("--spec", "specs", multiple=True, help="规格，写成 名称=值，可以写几次。")
@click.option("--price", help="价格。")
@click.option("--original-price", help="原价，写成 299（七日内最低成交价）。")
@click.option("--audience", help="人群。")
@click.option("--pain", help="痛点。")
@click.option("--scene", help="场景。")
@click.option("--fact", "facts", multiple=True, help="可以当证据的事实，可以写几次。")
@click.option("--proof", "proofs", multiple=True, help="检测报告、证书等证据，可以写几次。")
@click.option("--keyword", "keywords", multiple=True, help="关键词，可以写几次。")
@click.option("--never", multiple=True, help="不能说的话，可以写几次。")
@click.option("--voice", help="品牌声音的名字。")
@click.option("--link", help="链接。")
@click.option("--sms-sign", help="短信签名。")
@click.option("--qualification", help="资质或批准文号。")
@_replace
@json_option
@with_settings()
def add_product(
    name: str, file: Path | None, specs: tuple[str, ...], replace: bool, as_json: bool, settings: Settings, **given: Any
) -> None:
    """把产品资料存为 NAME；文件里的和选项里的合在一起，选项优先。

    \b
    例：
      ops-copilot products add 扫地机 --product 扫地机器人X2 --spec 高度=7.9厘米 --never 全网最低
      ops-copilot products add 冻干咖啡 --file 冻干咖啡.yaml
    """
    from copilot.tasks.profile import check_product, joined, read_specs

    profile = joined(read_mapping(file) if file else {}, given, "product")
    if specs:
        profile["specs"] = profile.get("specs", {}) | read_specs(specs)
    if "product" not in profile:
        profile["product"] = name
    check_product(profile)
    _saved(settings, "product", name, profile, replace, as_json)


@products.command("list", short_help="列出存下的产品。")
@json_option
@with_settings()
def list_products(as_json: bool, settings: Settings) -> None:
    """列出存下的产品。

    \b
    例：
      ops-copilot products list
    """
    found = [{"name": name, **load_profile(settings.home, name)} for name in _names(settings, "product")]
    if as_json:
        print_json({"products": found})
        return
    for profile in found:
        points = "、".join(profile.get("selling_points", ()))
        click.echo("  ".join(filter(None, (profile["name"], profile.get("product", ""), points))))
    click.echo(f"共 {len(found)} 个产品。", err=True)


@products.command("show", short_help="显示一个产品。")
@click.argument("name")
@json_option
@with_settings()
def show_product(name: str, as_json: bool, settings: Settings) -> None:
    """显示产品 NAME 的全部资料。

    \b
    例：
      ops-copilot products show 扫地机
    """
    _shown(settings, "product", name, as_json)


@products.command("remove", short_help="移除产品。")
@click.argument("names", nargs=-1, required=True)
@json_option
@with_settings()
def remove_product(names: tuple[str, ...], as_json: bool, settings: Settings) -> None:
    """移除产品 NAMES。

    \b
    例：
      ops-copilot products remove 扫地机
    """
    _removed(settings, "product", names, as_json)


@click.group(cls=ChineseGroup, short_help="保存品牌声音：语气、必用词、禁用词、样例。")
def voices() -> None:
    """保存品牌声音：语气词、要和不要、必用词和禁用词、样例。

    \b
    例：
      ops-copilot voices add 邻家 --tone 亲切 --dont 不喊口号 --banned 赋能
      ops-copilot voices use 邻家
    """


@voices.command("add", short_help="保存一个声音。")
@click.argument("name")
@_file
@click.option("--tone", multiple=True, help="语气词，可以写几次。")
@click.option("--do", "do", multiple=True, help="要怎么写，可以写几次。")
@click.option("--dont", multiple=True, help="不要怎么写，可以写几次。")
@click.option("--must", multiple=True, help="必用词，可以写几次。")
@click.option("--banned", multiple=True, help="禁用词，可以写几次。")
@click.option("--sample", "samples", multiple=True, help="样例文案，可以写几次。")
@_replace
@json_option
@with_settings()
def add_voice(name: str, file: Path | None, replace: bool, as_json: bool, settings: Settings, **given: Any) -> None:
    """把品牌声音存为 NAME；文件里的和选项里的合在一起，选项优先。

    \b
    例：
      ops-copilot voices add 邻家 --tone 亲切 --do 像跟邻居说话 --banned 赋能 --banned 尊享
    """
    from copilot.tasks.profile import joined

    profile = joined(read_mapping(file) if file else {}, given, "voice") | {"name": name}
    _saved(settings, "voice", name, profile, replace, as_json)


@voices.command("list", short_help="列出存下的声音。")
@json_option
@with_settings()
def list_voices(as_json: bool, settings: Settings) -> None:
    """列出存下的品牌声音，标出默认的。

    \b
    例：
      ops-copilot voices list
    """
    default = default_voice(settings.home)
    found = [
        {**load_profile(settings.home, name, "voice"), "name": name, "default": name == default}
        for name in _names(settings, "voice")
    ]
    if as_json:
        print_json({"voices": found, "default": default})
        return
    for voice in found:
        mark = "（默认）" if voice["default"] else ""
        click.echo("  ".join(filter(None, (voice["name"] + mark, "、".join(voice.get("tone", ()))))))
    click.echo(f"共 {len(found)} 个声音。", err=True)


@voices.command("show", short_help="显示一个声音。")
@click.argument("name")
@json_option
@with_settings()
def show_voice(name: str, as_json: bool, settings: Settings) -> None:
    """显示品牌声音 NAME。

    \b
    例：
      ops-copilot voices show 邻家
    """
    _shown(settings, "voice", name, as_json)


@voices.command("remove", short_help="移除声音。")
@click.argument("names", nargs=-1, required=True)
@json_option
@with_settings()
def remove_voice(names: tuple[str, ...], as_json: bool, settings: Settings) -> None:
    """移除品牌声音 NAMES。

    \b
    例：
      ops-copilot voices remove 邻家
    """
    _removed(settings, "voice", names, as_json)


@voices.command("use", short_help="设默认的声音。")
@click.argument("name", default="")
@click.option("--none", is_flag=True, help="不要默认的声音。")
@json_option
@with_settings()
def use(name: str, none: bool, as_json: bool, settings: Settings) -> None:
    """把 NAME 设为默认的声音：没有指明声音的文案都照它写。

    \b
    例：
      ops-copilot voices use 邻家
      ops-copilot voices use --none
    """
    if bool(name) == none:
        raise InputError("要一个名字，或者 --none", "写成 ops-copilot voices use 邻家。")
    use_voice(settings.home, name)
    if as_json:
        print_json({"default": default_voice(settings.home)})
    else:
        click.echo(f"默认的声音：{default_voice(settings.home) or '没有'}")


def _names(settings: Settings, kind: Kind) -> list[str]:
    return list_profiles(settings.home, kind)


def _saved(settings: Settings, kind: Kind, name: str, profile: dict[str, Any], replace: bool, as_json: bool) -> None:
    path = save_profile(settings.home, name, profile, kind, replace=replace)
    if as_json:
        print_json({"name": name, "path": str(path), **load_profile(settings.home, name, kind)})
        return
    click.echo(f"已保存：{name}")
    click.echo(str(path), err=True)


def _shown(settings: Settings, kind: Kind, name: str, as_json: bool) -> None:
    import yaml

    profile = load_profile(settings.home, name, kind)
    if as_json:
        print_json({"name": name} | profile)
        return
    click.echo(yaml.safe_dump(profile, allow_unicode=True, sort_keys=False, width=1000).rstrip())


def _removed(settings: Settings, kind: Kind, names: tuple[str, ...], as_json: bool) -> None:
    for name in names:
        load_profile(settings.home, name, kind)  # all are there, or none is removed
    for name in dict.fromkeys(names):
        remove_profile(settings.home, name, kind)
    if as_json:
        print_json({"removed": list(dict.fromkeys(names))})
    else:
        click.echo(f"已移除：{'、'.join(dict.fromkeys(names))}")
