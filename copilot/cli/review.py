"""`review`: the workbook of a plan and a file of results → target, actual, gap, reason, action."""

import sys
from pathlib import Path

import click

from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import json_option, print_json
from copilot.errors import InputError

_FILE = click.Path(path_type=Path, dir_okay=False)


def register(cli: click.Group) -> None:
    """Add the command."""
    if review.name not in cli.commands:
        cli.add_command(review)


@click.command(cls=ChineseCommand, short_help="复盘：方案和实绩对出目标、实际、差异、原因、动作。")
@click.argument("plan_file", metavar="PLAN.xlsx", type=_FILE)
@click.argument("actuals", metavar="ACTUALS")
@click.option("-o", "out", type=_FILE, help="存为 .xlsx（填好复盘表的方案）.docx .md .json。")
@click.option("--force", is_flag=True, help="-o 的文件已经在时覆盖它，也可以就是方案自己。")
@json_option
@click.option("--debug", is_flag=True, expose_value=False, help="出错时显示完整的调用栈。")
def review(plan_file: Path, actuals: str, out: Path | None, force: bool, as_json: bool) -> int:
    """复盘：PLAN.xlsx 是 plan -o 存出的方案，ACTUALS 是实绩（.csv .xlsx，- 是标准输入）。

    实绩一行一个数（指标、实际，可有 渠道、日期），或一列一个指标（曝光、点击、注册、花费 …，一行一天或一个渠道）。
    原因只说数字看得出的，标“按数据计算”；看不出的列成问题和去处。人写在复盘表里的原因和动作会留着。
    有一行没有用上，退出码是 3。

    \b
    例：
      ops-copilot review 方案.xlsx 实绩.csv
      ops-copilot review 方案.xlsx 实绩.xlsx -o 复盘.docx
      ops-copilot review 方案.xlsx 实绩.csv -o 方案.xlsx --force
    """
    from copilot.export.files import check_target
    from copilot.export.plan_review import FORMATS, review_lines, write_review
    from copilot.tasks.plan_review import review_plan

    if out is not None:
        check_target(out, FORMATS, overwrite=force)
        if actuals != "-" and out.resolve() == Path(actuals).resolve():
            raise InputError(f"{out} 是实绩文件，不能写成复盘", "-o 写另一个文件名。")
    found = review_plan(plan_file, sys.stdin.buffer if actuals == "-" else Path(actuals))
    if out is not None:
        write_review(found, out, plan_file, overwrite=force)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo("\n".join(review_lines(found)))
    if out is not None:
        click.echo(f"复盘存为 {out}", err=True)
    return 3 if found.unused else 0
