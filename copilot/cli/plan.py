"""`plan`: flags or a file → a campaign plan whose figures add up."""

from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import click

from copilot import Copilot
from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import json_option, on_terminal, open_copilot, print_json, tell_writer, with_settings, writing
from copilot.cli.copywriting import brief_file
from copilot.errors import InputError
from copilot.plans import Plan, PlanGap
from copilot.settings import Settings

_TEXTS = {
    "product": "产品名。",
    "goal": "目标：拉新 激活 促活 留存 复购 转化 召回 裂变 留资 品牌。",
    "kind": "哪种方案：activity 活动 annual 工作计划 online 线上推广 platform 平台运营 sales 销售 launch 上线。",
    "target": "要达到的数，如“注册 1 万人”。",
    "baseline": "现在的水平，如 1% 或 200。",
    "budget": "预算（元），如 5万。",
    "start": "开始日，如 2026-12-01。",
    "end": "结束日。",
    "audience": "对谁做。",
    "offer": "优惠或活动内容。",
    "pain": "用户的难处。",
    "price": "价格。",
    "brand": "品牌。",
    "sms-sign": "短信签名。",
    "link": "链接。",
}
_LISTS = {
    "channel": ("channels", "渠道，可写多次；见 platforms，或自己的渠道名。"),
    "team": ("team", "分工，如“投放：李强”，可写多次。"),
    "constraint": ("constraints", "限制条件，可写多次。"),
    "selling-point": ("selling_points", "卖点，可写多次。"),
    "fact": ("facts", "能当依据的事实，可写多次。"),
    "competitor": ("competitors", "竞品，可写多次。"),
}
_PAIRS = {
    "reach": ("reach", "渠道能触达的人数，如 短信=60000，可写多次；全部=100000 是总人数。"),
    "assume": ("assumptions", "测算用的数，如 ctr=2% 客单价=99 短信.open_rate=3%，可写多次。"),
}


def register(cli: click.Group) -> None:
    """Add the command."""
    if plan.name not in cli.commands:
        cli.add_command(plan)


def _brief_options(command: Any) -> Any:
    for name, (_, text) in reversed(list(_LISTS.items()) + list(_PAIRS.items())):
        command = click.option(f"--{name}", multiple=True, help=text)(command)
    for name, text in reversed(_TEXTS.items()):
        command = click.option(f"--{name}", help=text)(command)
    return command


@click.command(cls=ChineseCommand, short_help="写活动和推广方案：漏斗、预算、排期都算得上。")
@click.option(
    "--brief", "file", type=click.Path(path_type=Path, dir_okay=False), help="简报文件（yaml 或 json），- 为标准输入。"
)
@click.option("--profile", help="保存过的产品档案（products add）。")
@click.option("-o", "out", type=click.Path(path_type=Path, dir_okay=False), help="存为 .docx .xlsx .md .html .json。")
@click.option("--force", is_flag=True, help="-o 的文件已经在时覆盖它。")
@click.option("--with-copy", is_flag=True, help="把物料清单里的文案也写出来。")
@_brief_options
@json_option
@with_settings(model=True)
def plan(
    file: Path | None, profile: str | None, out: Path | None, force: bool, with_copy: bool, as_json: bool,
    settings: Settings, **flags: Any,
) -> int:  # fmt: skip
    """写一份方案：先说目标、预算、差距和要定的事，再写玩法、漏斗、预算、排期、分工、风险、埋点、合规和复盘。

    每个数都标明是给定的还是假设的，每句策略都有出处；没给的数会标成假设并问你。

    \b
    例：
      ops-copilot plan --product 青禾读书 --goal 拉新 --target "注册 1 万人" --budget 5万 -o 方案.docx
      ops-copilot plan --brief 方案简报.yaml -o 方案.xlsx
      ops-copilot plan --product 小满记账 --goal 召回 --channel 短信 --reach 短信=60000 --assume open_rate=3%
    """
    from copilot.tasks.plan_brief import read_plan_brief

    if out is not None:
        from copilot.export.files import check_target
        from copilot.export.plan import FORMATS

        check_target(out, FORMATS, overwrite=force)
    given = _given(file, flags)
    if profile:
        from copilot.profiles import as_brief, load_profile

        saved = as_brief(load_profile(settings.home, profile))
        given = {key: value for key, value in saved.items() if key in _SAVED} | given
    read_plan_brief(given, today=date.today())  # what is wrong is said before the library is opened
    bot = open_copilot(settings)
    made = _written(bot, given, with_copy)
    if made.missing and on_terminal() and not as_json and (answers := _asked(made.missing)):
        made = _written(bot, given | answers, with_copy)
    if out is not None:
        from copilot.export.plan import write_plan

        write_plan(made, out, overwrite=force)
    if as_json:
        print_json(made.to_dict())
    else:
        from copilot.export.plan import plan_lines

        click.echo("\n".join(plan_lines(made)))
        tell_writer(made)
    if out is not None:
        click.echo(f"方案存为 {out}", err=True)
    return 3 if any(finding.level == "ban" for finding in made.findings) else 0


def _written(bot: Copilot, given: dict[str, Any], with_copy: bool) -> Plan:
    with closing(writing()) as shown:
        return bot.watched(shown).plan(given, with_copy=with_copy)


_SAVED = ("product", "brand", "audience", "selling_points", "pain", "offer", "price", "facts", "sms_sign", "link")


def _given(file: Path | None, flags: dict[str, Any]) -> dict[str, Any]:
    """Return the brief that file and flags make together; a flag wins.

    :raises InputError: the file cannot be read, or a pair is none
    """
    given = brief_file(file) if file else {}
    given |= {key: value for key, value in flags.items() if value and key.replace("_", "-") in _TEXTS}
    for name, (key, _) in _LISTS.items():
        if flags[name.replace("-", "_")]:
            given[key] = list(flags[name.replace("-", "_")])
    for name, (key, _) in _PAIRS.items():
        if flags[name]:
            before = given[key] if isinstance(given.get(key), dict) else {}
            given[key] = before | dict(_pair(name, text) for text in flags[name])
    return given


def _pair(name: str, text: str) -> tuple[str, str]:
    key, equals, value = text.replace("＝", "=").partition("=")
    if not equals or not key.strip() or not value.strip():
        raise InputError(f"--{name} {text} 看不懂", f"写成 名称=数，例如 --{name} 短信=60000。")
    return key.strip(), value.strip()


def _asked(missing: Sequence[PlanGap]) -> dict[str, Any]:
    """Ask at most three questions on the terminal; an empty answer leaves what is assumed."""
    answers: dict[str, Any] = {}
    for gap in missing[:3]:
        answer = click.prompt(f"{gap.question}（回车：{gap.assumed}）", default="", show_default=False, err=True)
        if answer.strip():
            answers[gap.key] = answer.strip()
    return answers
