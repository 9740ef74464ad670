"""`doctor`: is everything there that this home and these settings need?"""

import platform
import sys
from collections.abc import Callable

import click

from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import json_option, print_json, with_settings
from copilot.errors import CopilotError
from copilot.settings import Settings


def register(cli: click.Group) -> None:
    """Add the command."""
    if doctor.name not in cli.commands:
        cli.add_command(doctor)


@click.command(cls=ChineseCommand, short_help="检查安装、资料库和设置。")
@json_option
@with_settings(model=True)
def doctor(as_json: bool, settings: Settings) -> int:
    """检查安装、资料库、向量模型、重排模型和对话模型的设置；不联网。

    \b
    例：
      ops-copilot doctor
    """
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
    address = settings.base_url or "服务商默认地址"
    return f"{settings.model}，{address}，密钥{'已设' if settings.api_key else '未设'}（未试连）"
