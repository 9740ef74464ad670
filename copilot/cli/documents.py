"""`library add|sync|list|show|remove|rebuild|stats|export|import`."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace as changed
from pathlib import Path

import click

from copilot.cli.chinese import ChineseGroup
from copilot.cli.common import json_option, open_copilot, print_json, progress, with_settings
from copilot.errors import InputError
from copilot.settings import Settings
from copilot.types import AddReport, FileReport

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


@library.command("export", short_help="把资料库和自己的设置打包，换电脑用。")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="文件已经在时覆盖。")
@json_option
@with_settings()
def export_archive(file: Path, force: bool, as_json: bool, settings: Settings) -> None:
    """写出一个存档 FILE（.zip）：文档和向量，自己的渠道、价格、产品、品牌声音，网页上传的文件。

    评价、投放数据、批量任务是个人数据，不写进去；密钥从不写进去。存档里有文档全文，只交给可信的人。

    \b
    例：
      ops-copilot library export 资料库.zip
    """
    from copilot.library import open_library
    from copilot.transfer import export_home

    with closing(open_library(settings)) as opened:
        report = export_home(opened, settings.home, file, overwrite=force)
    if as_json:
        print_json(report.to_dict())
        return
    click.echo(f"已写出 {report.path}：{report.documents} 篇，{report.chunks} 段，{report.bytes / 1e6:.1f} MB")
    for path in report.files:
        click.echo(f"也带上了  {path}")
    for part in report.left_out:
        click.echo(f"没有带：{part['what']}（{part['why']}）", err=True)
    click.echo(f"在另一台机器上运行：ops-copilot library import {file.name}", err=True)


@library.command("import", short_help="装入另一台机器导出的存档。")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--moved", multiple=True, metavar="旧目录=新目录", help="原文件从哪里搬到了哪里；可以写几个。")
@click.option("--replace", is_flag=True, help="两边都有而不同的，换成存档里的；不写则保留这里的。")
@json_option
@with_settings()
def import_archive(file: Path, moved: tuple[str, ...], replace: bool, as_json: bool, settings: Settings) -> int:
    """装入 library export 写出的存档 FILE；这里已有的文档都留着。向量模型相同就不重新计算。

    \b
    例：
      ops-copilot library import 资料库.zip
      ops-copilot library import 资料库.zip --moved /home/小王/资料=/Users/小王/资料
    """
    from copilot.transfer import import_home
    from copilot.transfer.archive import opened

    places = _places(moved)
    with opened(file) as archive:
        handbook = archive.manifest.handbook
    if settings.handbook is None and not handbook and not (settings.home / "library" / "catalogue.sqlite").exists():
        settings = changed(settings, handbook=False)  # as it was where the archive comes from
    bot = open_copilot(settings)
    with closing(progress("装入")) as bar:
        report = import_home(bot.library, settings.home, file, moved=places, replace=replace, progress=bar)
    if as_json:
        print_json(report.to_dict())
    else:
        _show_files(report.files, report.totals)
        for note in report.notes:
            click.echo(f"注意：{note}", err=True)
    return 3 if report.totals["failed"] else 0


def _places(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in given:
        old, mark, new = text.partition("=")
        if not (mark and old.strip() and new.strip()):
            raise InputError(f"--moved {text} 不对", "写成 旧目录=新目录，例如 /home/小王/资料=/Users/小王/资料。")
        found[old.strip()] = new.strip()
    return found


def _show_report(report: AddReport, as_json: bool) -> int:
    if as_json:
        print_json(report.to_dict())
    else:
        _show_files(report.files, report.totals)
    return 3 if report.totals["failed"] else 0


def _show_files(files: Sequence[FileReport], totals: Mapping[str, int]) -> None:
    for file in files:
        parts = (f"{file.chunks} 段" if file.chunks else "", file.encoding, file.reason)
        extra = "，".join(part for part in parts if part)
        click.echo(f"{_STATUS[file.status]}  {file.path}{f'（{extra}）' if extra else ''}")
    counted = "，".join(f"{word} {totals[status]}" for status, word in _STATUS.items() if totals[status])
    click.echo(f"{counted or '没有文件'}；计算向量 {totals['embedded']} 段。", err=True)
