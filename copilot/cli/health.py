"""`doctor`: is everything there that this home and these settings need? `doctor --forget`: delete personal data."""

import platform
import re
import sys
from collections.abc import Callable

import click

from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import json_option, on_terminal, print_json, with_settings
from copilot.errors import CopilotError, InputError
from copilot.settings import Settings


def register(cli: click.Group) -> None:
    """Add the command."""
    if doctor.name not in cli.commands:
        cli.add_command(doctor)


@click.command(cls=ChineseCommand, short_help="检查安装、资料库和设置。")
@click.option("--forget", "forgets", is_flag=True, help="删掉个人数据：任务、评价、上传的副本、投放数据。")
@click.option("--yes", is_flag=True, help="和 --forget 一起用：不再问一遍，直接删。")
@json_option
@with_settings(model=True)
def doctor(forgets: bool, yes: bool, as_json: bool, settings: Settings) -> int:
    """检查安装、资料库、向量模型、重排模型和对话模型的设置；不联网。

    --forget 删掉程序记下的个人数据，并说清删了什么；资料库里的文档、产品、品牌声音都留着。

    \b
    例：
      ops-copilot doctor
      ops-copilot doctor --forget --yes
    """
    if forgets:
        return _forget(settings, yes, as_json)
    if yes:
        raise InputError("--yes 要和 --forget 一起用", "运行 ops-copilot doctor --forget --yes。")
    checks: dict[str, Callable[[Settings], str]] = {
        "Python": _python,
        "数据目录": _home,
        "运营手册": _handbook,
        "向量模型": _embedding,
        "重排模型": _reranker,
        "资料库": _library,
        "对话模型": _model,
    }
    results = []
    for name, check in checks.items():
        try:
            results.append({"name": name, "ok": True, "detail": check(settings), "hint": ""})
        except CopilotError as error:
            results.append({"name": name, "ok": False, "detail": error.message, "hint": error.hint})
    if as_json:
        print_json({"checks": results})
    else:
        for r in results:
            hint = f"；{r['hint']}" if r["hint"] else ""
            click.echo(f"{'✓' if r['ok'] else '✗'} {r['name']}：{r['detail']}{hint}")
    return 0 if all(r["ok"] for r in results) else 1


def _forget(settings: Settings, yes: bool, as_json: bool) -> int:
    from copilot.forget import forget, personal_data

    found = personal_data(settings.home)
    if found and not yes:
        lines = [f"  {data.what}：{data.files} 个文件，{_size(data.bytes)}（{data.path}）" for data in found]
        click.echo("\n".join(["要删掉的：", *lines]), err=True)
        if not on_terminal():
            raise InputError("没有删：要先确认", "看过上面的清单，加上 --yes 再运行一次。")
        if not click.confirm("删掉就找不回来了，确定？", err=True):
            click.echo("什么也没有删。", err=True)
            return 0
    report = forget(settings)
    if as_json:
        print_json(report.to_dict())
        return 0
    for data in report.deleted:
        click.echo(f"已删除  {data.what}：{data.files} 个文件，{_size(data.bytes)}（{data.path}）")
    click.echo(f"共删除 {report.files} 个文件，{_size(report.bytes)}。" if report.deleted else "没有个人数据可删。")
    for part in report.kept:
        click.echo(f"留着  {part['what']}（{part['how']}）")
    for part in report.elsewhere:
        click.echo(f"不在这里  {part['what']}：{part['where']}")
    return 0


def _size(count: int) -> str:
    return f"{count} 字节" if count < 10_000 else f"{count / 1e6:.2f} MB"


def _python(settings: Settings) -> str:
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise CopilotError(f"Python {platform.python_version()} 没有测试过", "用 Python 3.11 至 3.13。")
    return f"{platform.python_version()}，{platform.system()} {platform.machine()}"


def _home(settings: Settings) -> str:
    import os

    existing = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise CopilotError(f"{settings.home} 不能写入", "设置 OPS_COPILOT_HOME 到一个能写的目录。")
    return str(settings.home)


def _handbook(settings: Settings) -> str:
    from copilot.paths import shipped

    return f"随程序带 {len(list(shipped('corpus').rglob('*.md')))} 篇"


def _embedding(settings: Settings) -> str:
    from copilot.embedding import load_embedding

    embedding = load_embedding(settings.embedding)
    return f"{embedding.name}，{embedding.dimension} 维"


def _reranker(settings: Settings) -> str:
    if not settings.reranker:
        return "没有设置，不用"
    from copilot.embedding.reranker import Reranker

    return Reranker(settings.reranker).name


def _library(settings: Settings) -> str:
    from copilot.library import open_library

    library = open_library(settings)
    if not (library.root / "catalogue.sqlite").is_file():
        return "还没有建，第一次使用时自动建"
    from copilot.retrieval import search

    search(library, "运营", 1)  # opens both indexes; says what is wrong and how to mend it
    figures = library.stats()
    size = f"占 {figures.bytes / 1e6:.1f} MB"
    return f"{figures.documents} 篇，{figures.chunks} 段，索引第 {figures.generation} 代，{size}"


def _model(settings: Settings) -> str:
    if not settings.model:
        return "没有设置，按规则写作，不联网"
    address = re.sub(r"//[^/]*@", "//", settings.base_url).partition("?")[0] or "服务商默认地址"
    return f"{settings.model}，{address}，密钥{'已设' if settings.api_key else '未设'}（未试连）"
