"""`results`, `utm`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import json_option, open_copilot, print_json, with_settings
from copilot.settings import Settings

if TYPE_CHECKING:
    from copilot.tasks.results import AngleGroup, ImportReport

_FILE = click.Path(path_type=Path, dir_okay=False)
_SHOWN = 10  # refused rows that the terminal shows; --json has all


def register(cli: click.Group) -> None:
    """Add the commands."""
    for command in (results, utm):
        if command.name not in cli.commands:
            cli.add_command(command)


@click.command(cls=ChineseCommand, short_help="导入投放数据，看哪个角度领先。")
@click.argument("file", type=_FILE, required=False)
@click.option("--product", default="", help="只看这个产品。")
@click.option("--platform", default="", help="只看这个渠道（编号或中文名）。")
@click.option("-o", "--output", type=_FILE, help="把报告存成 Markdown。")
@json_option
@with_settings()
def results(
    file: Path | None, product: str, platform: str, output: Path | None, as_json: bool, settings: Settings
) -> int:
    """导入 FILE（csv 或 xlsx：文案编号、展示、点击，可有 下单、花费、日期、计划），按角度汇总。

    文案编号是 adcopy 给每条文案的编号，放在素材名称或 utm_content 里也认得。同一个文件只计一次。
    结果同时存进资料库，下一次写文案会引用。不写 FILE 则只看已有的数据。

    \b
    例：
      ops-copilot results 投放数据.csv
      ops-copilot results 投放数据.xlsx --platform 小红书 -o 投放结果.md
    """
    from copilot.channels import find_channel, load_channels
    from copilot.export.files import check_target, write_whole
    from copilot.tasks.results import angle_report, as_tables, read_results, store_evidence

    channel = find_channel(platform, load_channels(settings.home)).platform if platform else ""
    if output:
        check_target(output, (".md",))  # before the import
    imported = read_results(file, settings.home) if file else None
    report = angle_report(settings.home, product, channel)
    if output:
        write_whole(output, as_tables(report).encode())
    stored = store_evidence(settings.home)
    added = open_copilot(settings).library.add([stored]).files[0] if stored and file else None
    if as_json:
        document = {"path": str(stored) if stored else "", "doc_id": added.doc_id if added else ""}
        print_json(
            {"import": imported.to_dict() if imported else None, "report": report.to_dict(), "document": document}
        )
    else:
        if imported:
            _show_import(imported)
        for group in report.groups:
            _show_group(group)
        for note in report.notes:
            click.echo(f"注：{note}" if report.groups else note)
        if added:
            click.echo(f"已存入资料库：{added.path}", err=True)
    if output:
        click.echo(f"报告存为 {output}", err=True)
    return 3 if imported and imported.failed else 0


@click.command(cls=ChineseCommand, short_help="给投放链接加 utm 参数。")
@click.argument("link")
@click.option("--platform", required=True, help="投放渠道（编号或中文名）。")
@click.option("--campaign", required=True, help="活动名；中文会编码，空格变 -。")
@click.option("--content", default="", help="utm_content；填文案编号，results 就能对上。")
@click.option("--term", default="", help="utm_term：关键词。")
@click.option("--source", default="", help="换掉渠道默认的 utm_source。")
@click.option("--medium", default="", help="换掉渠道默认的 utm_medium。")
@click.option("--replace", is_flag=True, help="链接里已有的 utm_* 换成新的；不写则保留。")
@json_option
@with_settings()
def utm(
    link: str,
    platform: str,
    campaign: str,
    content: str,
    term: str,
    source: str,
    medium: str,
    replace: bool,
    as_json: bool,
    settings: Settings,
) -> None:
    """给 LINK 加上 utm_source、utm_medium、utm_campaign；原有参数、#锚点和 __CID__ 这类宏不变。

    \b
    例：
      ops-copilot utm "https://shop.example.com/?id=1" --platform 小红书 --campaign 双11预热
    """
    from copilot.arithmetic.utm import is_short, tagged, tags_of, utm_for
    from copilot.channels import find_channel, load_channels

    channel = find_channel(platform, load_channels(settings.home)).platform
    tags = utm_for(channel, campaign)
    made = tagged(link, source or tags.source, medium or tags.medium, campaign, content, term, replace=replace)
    before, after = tags_of(link), tags_of(made)
    if as_json:
        print_json({"link": made, "platform": channel, "tags": after, "kept": {} if replace else before})
    else:
        click.echo(made)
    if before and not replace:
        kept = "、".join(f"{name}={value}" for name, value in before.items())
        click.echo(f"注意：保留了链接里原有的 {kept}；要换掉请加 --replace。", err=True)
    if is_short(link):
        click.echo("注意：这是短链，跳转时多半会丢掉 utm；先给长链接加参数，再生成短链。", err=True)


def _show_import(report: "ImportReport") -> None:
    if report.already:
        click.echo(f"{report.file} 在 {report.already} 导入过，没有重复计入。")
        return
    done = {"新增": report.added, "更新": report.updated, "未变": report.unchanged}
    groups = "，".join(f"{word} {number} 组" for word, number in done.items() if number)
    click.echo(f"{report.file}：{report.rows} 行，计入 {report.counted} 行{f'（{groups}）' if groups else ''}。")
    for word, rows in (("没有计入", report.failed), ("跳过", report.skipped)):
        for row in rows[:_SHOWN]:
            name = f" {row['id']}" if row["id"] else ""
            click.echo(f"  {word}：{row['row']}{name}，{row['reason']}。")
        if len(rows) > _SHOWN:
            click.echo(f"  {word}：还有 {len(rows) - _SHOWN} 行，用 --json 看全部。")
    for note in report.notes:
        click.echo(f"  {note}")


def _show_group(group: "AngleGroup") -> None:
    from copilot.tasks.results import percent

    days = f"（{group.since} 至 {group.until}）" if group.since else ""
    click.echo(f"\n{group.title} · {group.product}{days}")
    for a in group.angles:
        rate = f"点击率 {percent(a.ctr)}（{percent(a.ctr_low)}–{percent(a.ctr_high)}）"
        sold = ""
        if a.orders is not None and a.cvr is not None and a.cvr_low is not None and a.cvr_high is not None:
            sold = f"，下单 {a.orders:,}，下单率 {percent(a.cvr)}（{percent(a.cvr_low)}–{percent(a.cvr_high)}）"
        cost = f"，花费 {a.cost:,.2f} 元" if a.cost is not None else ""
        counts = f"{a.variants} 条文案，展示 {a.shows:,}，点击 {a.clicks:,}"
        click.echo(f"  {a.label}：{counts}，{rate}{sold if a.clicks else ''}{cost}")
    click.echo(f"→ {group.conclusion}")
    for note in group.notes:
        click.echo(f"  {note}")
