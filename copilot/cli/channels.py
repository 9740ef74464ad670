"""`platforms`: the channels and what their fields hold."""

import sys
from collections.abc import Sequence
from typing import Any

import click

from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import json_option, print_json, with_settings
from copilot.settings import Settings

_COUNTERS = {"char": "每字 1", "width": "汉字 2", "half": "半角 ½", "xhs": "小红书", "sms": "短信"}
_KINDS = {"hard": "硬性", "truncated": "折叠", "recommended": "建议"}
_CONFIDENCE = {"H": "H 官方文档", "M": "M 多个来源", "L": "L 只有一处", "K": "K 没有证实"}
_LEGEND = (
    "计法：每字 1 = 一个字符算 1；汉字 2 = 汉字和全角算 2，半角算 1；半角 ½ = 两个半角算 1 字；"
    "小红书 = 同半角 ½，一个表情算 2 字；短信 = 字数，含签名和退订语。\n"
    "性质：硬性 = 超了平台不收；折叠 = 超了被折叠或截断；建议 = 经验或没有证实。"
    "置信：H 官方文档，M 多个来源，L 只有一处，K 没有证实。\n"
    "上限会变：看一个渠道的出处用 ops-copilot platforms ID；改上限、加渠道写在数据目录的 platforms.yaml。"
)


def register(cli: click.Group) -> None:
    """Add the command."""
    if platforms.name not in cli.commands:
        cli.add_command(platforms)


@click.command(cls=ChineseCommand, short_help="列出渠道和各字段的字数上限。")
@click.argument("platform", required=False, metavar="[ID]")
@json_option
@with_settings()
def platforms(platform: str | None, as_json: bool, settings: Settings) -> None:
    """列出渠道和各字段的字数上限；给出 ID（或中文名）时只列这一个，带出处。

    上限会变，你的后台和这里不一样时，在数据目录的 platforms.yaml 里改，例如：

    \b
      channels:
        wechat_article:
          fields:
            title: {limit: 64}

    \b
    例：
      ops-copilot platforms
      ops-copilot platforms 小红书
      ops-copilot platforms sms --json
    """
    from copilot.channels import find_channel, load_channels

    channels = load_channels(settings.home)
    shown = [find_channel(platform, channels)] if platform else list(channels.values())
    if as_json:
        print_json({"platforms": [channel.to_dict() for channel in shown]})
    elif platform:
        _show_one(shown[0])
    else:
        _show_all(shown)
        click.echo(_LEGEND, err=True)


def _show_all(channels: Sequence[Any]) -> None:
    rows = []
    for channel in channels:
        for i, field in enumerate(channel.fields):
            names = ("", "") if i else (channel.platform, channel.title)
            rows.append((*names, *_measures(field), field.confidence))
    _table(("ID", "渠道", "字段", "上限", "计法", "性质", "条数", "置信"), rows)


def _show_one(channel: Any) -> None:
    click.echo(f"{channel.title}（{channel.platform}）{'，写英文' if channel.language == 'en' else ''}")
    if channel.note:
        click.echo(channel.note)
    if channel.aliases:
        click.echo(f"也叫：{'、'.join(channel.aliases)}")
    rows = []
    sources: dict[str, list[str]] = {}
    for field in channel.fields:
        visible = f"先露出 {field.visible}" if field.visible else ""
        extra = "，".join(filter(None, (visible, "可不填" if field.optional else "")))
        rows.append((field.name, *_measures(field), extra or "—", field.confidence))
        checked = f"，{field.checked_on} 查过" if field.checked_on else ""
        sources.setdefault(f"{field.source}。{_CONFIDENCE[field.confidence]}{checked}。", []).append(field.label)
    _table(("名称", "字段", "上限", "计法", "性质", "条数", "另外", "置信"), rows)
    click.echo("出处：")
    for source, labels in sources.items():
        click.echo(f"  {'、'.join(labels)}：{source}")


def _measures(field: Any) -> tuple[str, ...]:
    limit = str(field.limit) if field.limit else "不知道"
    least, most = field.items
    return (
        field.label,
        f"{field.minimum}–{limit}" if field.minimum else limit,
        _COUNTERS[field.counter],
        _KINDS[field.kind],
        f"{least}–{most}" if most else "—",
    )


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table as wide as the terminal; in a pipe, lines are not broken."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 400, highlight=False, markup=False, emoji=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, justify="right" if name == "上限" else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
