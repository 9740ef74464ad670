"""`diagnose`."""

import sys
from contextlib import closing
from pathlib import Path

import click

from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import (
    json_option,
    open_copilot,
    print_json,
    progress,
    tell_writer,
    text_or_stdin,
    with_settings,
    writing,
)
from copilot.errors import InputError
from copilot.settings import Settings

_FILE = click.Path(path_type=Path, dir_okay=False)


def register(cli: click.Group) -> None:
    """Add the command."""
    if diagnose.name not in cli.commands:
        cli.add_command(diagnose)


@click.command(cls=ChineseCommand, short_help="诊断用户原声：诉求背后的需求、能否治本、怎么办。")
@click.argument("voice", metavar="原话", required=False)
@click.option("--file", "source", metavar="FILE", help="很多条反馈：.csv .xlsx .jsonl，- 是标准输入。")
@click.option("--column", default="", help="反馈内容在哪一列（列名或第几列）；不写则自己找。")
@click.option("--user", default="", help="用户在哪一列；按人数排先后。")
@click.option("--date", default="", help="日期在哪一列；看趋势。")
@click.option("--sheet", default="", help="xlsx 里的哪张表。")
@click.option("--clusters", type=click.IntRange(2), help="分成几类；不写则按内容定。")
@click.option("--like", type=_FILE, help="以前的报告（.xlsx .json，改过类名、并过类的也行）：新反馈先归进原来的类。")
@click.option("-o", "--output", type=_FILE, help="报告：.xlsx .docx .md .html .json；单条可存 .md .docx .json。")
@click.option("--force", is_flag=True, help="报告文件已经在也覆盖。")
@json_option
@with_settings(model=True)
def diagnose(
    voice: str | None, source: str | None, column: str, user: str, date: str, sheet: str, clusters: int | None,
    like: Path | None, output: Path | None, force: bool, as_json: bool, settings: Settings,
) -> None:  # fmt: skip
    """诊断一条用户原话（- 是标准输入），或用 --file 诊断一个文件。

    先给结论、本周做什么、怎么回复用户；再列需求假设、追问、做法和最便宜的验证，每处都有依据。
    文件里的手机号、邮箱、证件号先遮住，再去重、归类、按人数和强度排先后；每一行都有去处。

    \b
    例：
      ops-copilot diagnose "希望能导出 Excel，每月交报表都靠截图"
      ops-copilot diagnose --file 反馈.xlsx -o 诊断报告.html
      ops-copilot diagnose --file 反馈.csv --column 评价 --user 会员号 --date 提交时间 -o 报告.xlsx
    """
    if bool(voice) == bool(source):
        raise InputError(
            "要写一条原话，或用 --file 给一个文件" if not voice else "原话和 --file 只能给一样",
            '例如 ops-copilot diagnose "字太小看不清"，或 ops-copilot diagnose --file 反馈.csv -o 报告.xlsx。',
        )
    if voice:
        _one(voice, output, force, as_json, settings)
        return
    from copilot.export.files import check_target
    from copilot.export.voice import FORMATS, write_report
    from copilot.export.voice_parts import report_lines

    if output:
        check_target(output, FORMATS, overwrite=force)  # before the long run
    bot = open_copilot(settings)
    with closing(progress("诊断")) as bar:
        report = bot.diagnose_file(
            sys.stdin.buffer if source == "-" else Path(str(source)),
            column=column, user=user, date=date, sheet=sheet, clusters=clusters, like=like, progress=bar,
        )  # fmt: skip
    if output:
        write_report(report, output, overwrite=force)
    if as_json:
        print_json(report.to_dict())
        return
    click.echo("\n".join(report_lines(report)))
    if output:
        click.echo(f"报告存为 {output}", err=True)


def _one(voice: str, output: Path | None, force: bool, as_json: bool, settings: Settings) -> None:
    from copilot.export.diagnosis import diagnosis_lines
    from copilot.export.files import check_target
    from copilot.export.voice import DIAGNOSIS_FORMATS, write_diagnosis

    if output:
        check_target(output, DIAGNOSIS_FORMATS, overwrite=force)
    bot = open_copilot(settings)
    with closing(writing()) as shown:
        found = bot.watched(shown).diagnose(text_or_stdin(voice))
    if output:
        write_diagnosis(found, output, overwrite=force)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo("\n".join(diagnosis_lines(found)))
        tell_writer(found)
    if output:
        click.echo(f"诊断存为 {output}", err=True)
