"""`check`: the advertising law on people's own copy."""

from collections.abc import Iterator
from pathlib import Path

import click

from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import json_option, print_json, text_or_stdin, with_settings
from copilot.errors import InputError
from copilot.settings import Settings
from copilot.types import CheckReport

_LEVELS = {"ban": "不能用", "evidence": "要有证据", "caution": "请留意"}
_COLOURS = {"ban": "red", "evidence": "yellow", "caution": "cyan"}


def register(cli: click.Group) -> None:
    """Add the command."""
    if check.name not in cli.commands:
        cli.add_command(check)


@click.command(cls=ChineseCommand, short_help="检查文案里广告法不许说、要有证据、漏写的内容。")
@click.argument("text", required=False)
@click.option("--file", "file", help="逐行检查的文件（UTF-8，每行一条；- 为标准输入）。")
@click.option("--platform", default="", help="发到哪个渠道（编号或中文名），例如 短信。")
@click.option("--industry", default="", help="行业，例如 教育培训、护肤；不写则从文字里判断。")
@json_option
@with_settings()
def check(text: str | None, file: str | None, platform: str, industry: str, as_json: bool, settings: Settings) -> int:
    """检查一段文案（TEXT，或 - 从标准输入读），或一个文件里的每一行。

    结果分三栏：查到的问题（条文和改法）、豁免的说法和理由、没有检查的内容。没有查到问题不等于没有问题。
    有“不能用”或“要有证据”的，退出码为 3。--file 加 --json 时每行输出一个 JSON 对象。

    \b
    例：
      ops-copilot check "全网最低价，7 天美白"
      ops-copilot check "【某店】满 199 减 50" --platform 短信
      ops-copilot check --file 文案.txt --industry 教育 --json
    """
    from copilot.channels import find_channel, load_channels
    from copilot.checks.adlaw import check_law
    from copilot.text import normalise

    channel = find_channel(platform, load_channels(settings.home)).platform if platform else ""
    strong = False
    for number, each in enumerate(_texts(text, file)):
        report = check_law(normalise(each), industry=industry, platform=channel)
        strong = strong or any(finding.level != "caution" for finding in report.findings)
        if as_json:
            print_json(report.to_dict())
        else:
            if number:
                click.echo()
            _show(report, with_text=file is not None)
    return 3 if strong else 0


def _texts(text: str | None, file: str | None) -> Iterator[str]:
    """Yield the texts to check; lines of white space are none.

    :raises InputError: there is no text, or the file cannot be read
    """
    if (text is None) == (file is None):
        raise InputError("要检查什么没有说清", '写成 ops-copilot check "文案"，或 ops-copilot check --file 文案.txt。')
    if file is None:
        whole = text_or_stdin(text or "").strip()
        if not whole:
            raise InputError("文案是空的", "写上要检查的文字，或用管道传入。")
        yield whole
        return
    lines = [line.strip() for line in _read(file).splitlines()]
    if not any(lines):
        raise InputError(f"{file} 里没有文字", "每行写一条文案。")
    yield from filter(None, lines)


def _read(file: str) -> str:
    if file == "-":
        return text_or_stdin("-")
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"读不出 {file}：{error}", "检查路径，文件须是 UTF-8。") from error


def _show(report: CheckReport, with_text: bool) -> None:
    if with_text:
        click.echo(report.text)
    for finding in report.findings:
        label = click.style(_LEVELS[finding.level], fg=_COLOURS[finding.level])
        where = f"“{finding.match}”" if finding.match else "整条"
        click.echo(f"{label}  {where}  {finding.law}")
        click.echo(f"        {finding.advice}")
    if not report.findings:
        click.echo("没有查到问题（只对照了已有的规则，不等于没有问题）。")
    for row in report.exempted:
        click.echo(f"豁免    “{row['match']}”  {row['reason']}")
    click.echo("没有检查：")
    for told in report.not_checked:
        click.echo(f"  · {told}")
