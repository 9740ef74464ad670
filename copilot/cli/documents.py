"""`library add|sync|list|show|remove|rebuild|stats`."""

from contextlib import closing
from pathlib import Path

import click

from copilot.cli.chinese import ChineseGroup
from copilot.cli.common import json_option, open_copilot, print_json, progress, with_settings
from copilot.errors import InputError
from copilot.settings import Settings
from copilot.types import AddReport

_STATUS = {"added": "新增", "unchanged": "未变", "updated": "更新", "removed": "移除", "failed": "失败"}


def register(cli: click.Group) -> None:
    """Add the commands."""
    if library.name not in cli.commands:
        cli.add_command(library)


@click.group(cls=ChineseGroup, short_help="管理资料库：添加、同步、查看、移除。")
def library() -> None:
    """管理资料库：md、txt、html、docx、pdf、pptx、xlsx、csv、json、jsonl 都能装入。

    \b
    例：
      ops-copilot library add 报告.docx 活动复盘/
      ops-copilot library sync 团队资料/
    """


@library.command(short_help="添加文件或目录。")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@with_settings()
def add(paths: tuple[Path, ...], as_json: bool, settings: Settings) -> int:
    """把 PATHS 里的文件装入资料库；一个文件坏了不影响其余的。

    \b
    例：
      ops-copilot library add 报告.docx 活动复盘/
    """
    bot = open_copilot(settings)
    with closing(progress("装入")) as bar:
        report = bot.library.add(paths, bar)
    return _show_report(report, as_json)


@library.command(short_help="让资料库与一个目录保持一致。")
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
@with_settings()
def sync(folder: Path, as_json: bool, settings: Settings) -> int:
    """让资料库里 FOLDER 之下的文档与现有文件一致：新增、更新、移除。

    \b
    例：
      ops-copilot library sync 团队资料/
    """
    if not folder.is_dir():
        raise InputError(f"目录不存在：{folder}", "检查路径；只加单个文件用 ops-copilot library add。")
    bot = open_copilot(settings)
    with closing(progress("同步")) as bar:
        report = bot.library.sync(folder, bar)
    return _show_report(report, as_json)


@library.command("list", short_help="列出文档。")
@json_option
@with_settings()
def list_documents(as_json: bool, settings: Settings) -> None:
    """列出资料库里的文档。

    \b
    例：
      ops-copilot library list
    """
    documents = open_copilot(settings).library.list()
    if as_json:
        print_json({"documents": [d.to_dict() for d in documents]})
        return
    for d in documents:
        click.echo(f"{d.doc_id}  {d.chunks:>4} 段  {d.title}  {d.source}")
    click.echo(f"共 {len(documents)} 篇。", err=True)


@library.command(short_help="显示一篇文档的全文。")
@click.argument("document")
@json_option
@with_settings()
def show(document: str, as_json: bool, settings: Settings) -> None:
    """显示 DOCUMENT（编号、来源或路径）的全文和分段。

    \b
    例：
      ops-copilot library show handbook/basics/four-links.md
    """
    view = open_copilot(settings).library.show(document)
    if as_json:
        print_json(view.to_dict())
        return
    click.echo(view.text)
    click.echo(f"{view.title}（{view.source}），共 {len(view.chunks)} 段。", err=True)


@library.command(short_help="移除文档。")
@click.argument("documents", nargs=-1, required=True)
@json_option
@with_settings()
def remove(documents: tuple[str, ...], as_json: bool, settings: Settings) -> int:
    """移除 DOCUMENTS（编号、来源、路径，或一个目录之下的全部）。

    \b
    例：
      ops-copilot library remove 8f3a2c1d9e0b4a57
      ops-copilot library remove handbook
    """
    return _show_report(open_copilot(settings).library.remove(documents), as_json)


@library.command(short_help="重建索引。")
@json_option
@with_settings()
def rebuild(as_json: bool, settings: Settings) -> None:
    """从目录库重建索引；换过向量模型或升级之后用。文档不会丢。

    \b
    例：
      ops-copilot library rebuild
    """
    from copilot.library import open_library

    with closing(progress("重建")) as bar:
        figures = open_library(settings).rebuild(bar)
    if as_json:
        print_json(figures.to_dict())
    else:
        click.echo(f"已重建：{figures.documents} 篇，{figures.chunks} 段。")


@library.command(short_help="显示资料库的规模。")
@json_option
@with_settings()
def stats(as_json: bool, settings: Settings) -> None:
    """显示文档数、段数、索引代数、指纹和占用空间。

    \b
    例：
      ops-copilot library stats --json
    """
    figures = open_copilot(settings).library.stats()
    if as_json:
        print_json(figures.to_dict())
        return
    click.echo(f"文档 {figures.documents} 篇，{figures.chunks} 段，占 {figures.bytes / 1e6:.1f} MB")
    click.echo(f"索引第 {figures.generation} 代，指纹 {figures.fingerprint}")


def _show_report(report: AddReport, as_json: bool) -> int:
    if as_json:
        print_json(report.to_dict())
    else:
        for file in report.files:
            parts = (f"{file.chunks} 段" if file.chunks else "", file.encoding, file.reason)
            extra = "，".join(part for part in parts if part)
            click.echo(f"{_STATUS[file.status]}  {file.path}{f'（{extra}）' if extra else ''}")
        totals = report.totals
        counted = "，".join(f"{word} {totals[status]}" for status, word in _STATUS.items() if totals[status])
        click.echo(f"{counted or '没有文件'}；计算向量 {totals['embedded']} 段。", err=True)
    return 3 if report.totals["failed"] else 0
