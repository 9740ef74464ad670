"""`revise`: existing copy → shorter, for another channel, like a sample, or some kept and the others anew."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from copilot.briefs import AdCopy
from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import json_option, open_copilot, print_json, tell_writer, with_settings, writing
from copilot.errors import InputError
from copilot.settings import Settings
from copilot.types import Variant

_LARGEST = 4_000_000  # bytes of a file


def register(cli: click.Group) -> None:
    """Add the command."""
    if "revise" not in cli.commands:
        cli.add_command(revise)


@click.command(cls=ChineseCommand, short_help="改已有的文案：缩短、换渠道、留几条重写其余、照样本写。")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--shorten", type=int, help="每条缩到这么多字以内（按渠道的计字法，算正文）。")
@click.option("--platform", help="改成另一个渠道的写法，见 platforms。")
@click.option("--keep", help="这几条一字不动，其余换角度重写，例如 1,3。")
@click.option("--like", help="照样本的写法：样本文件，或 voices add 保存过的品牌声音。")
@click.option("--product", help="写的是什么产品；不写则从文案里读。")
@click.option("-n", "n", type=int, help="重写时一共要几条。  [默认：原来几条就几条]")
@click.option("-o", "out", type=click.Path(path_type=Path, dir_okay=False), help="另存为 .md .csv .xlsx .docx .jsonl。")
@click.option("--force", is_flag=True, help="-o 的文件已经在时覆盖它。")
@json_option
@with_settings(model=True)
def revise(
    file: Path, shorten: int | None, platform: str | None, keep: str | None, like: str | None, product: str | None,
    n: int | None, out: Path | None, force: bool, as_json: bool, settings: Settings,
) -> int:  # fmt: skip
    """改已有的文案，改完照样查字数、依据和广告法；FILE 为 - 时从标准输入读。

    FILE 可以是一条文案，也可以是几条（用 1. 2. 3.、“文案一”或 ——— 隔开），或 adcopy 存下的 json、jsonl、csv。
    只删不添：数字、日期、名额、价格和限制照原文；不能说的话删去，并说明是哪一条。

    \b
    例：
      ops-copilot revise 文案.txt --shorten 60
      ops-copilot revise 笔记.txt --platform 短信
      ops-copilot revise 三条.txt --keep 1,3
      ops-copilot revise 文案.jsonl --like 样本.txt -o 改好.xlsx
      cat 文案.txt | ops-copilot revise - --shorten 100
    """
    if out is not None:
        from copilot.export.copy import FORMATS
        from copilot.export.files import check_target

        check_target(out, FORMATS, overwrite=force)
    text = text_of(file)
    sample = text_of(Path(like)) if like and Path(like).is_file() else like or ""
    if like and sample == like and not _is_voice(like, settings):
        raise InputError(f"没有样本“{like}”", "给一个文件，或 voices list 里的名字。")
    bot = open_copilot(settings)
    with closing(writing()) as shown:
        result = bot.watched(shown).revise(
            text, shorten=shorten or 0, platform=platform or "", keep=kept_numbers(keep or ""), like=sample, n=n,
            product=product or "",
        )  # fmt: skip
    if out is not None:
        bot.export(result, out, overwrite=force)
        click.echo(f"已存到 {out}", err=True)
    if as_json:
        print_json(result.to_dict())
    else:
        from copilot.tasks.revise_read import read_copies

        click.echo(revised_text(result, [copy.text for copy in read_copies(text, bot.channels).copies]))
        tell_writer(result)
    return 0 if result.variants and not _fails(result) else 3


def _fails(result: AdCopy) -> bool:
    """A copy was lost, one has a grave finding, or one is longer than was asked for."""
    findings = [finding for variant in result.variants for finding in variant.findings]
    grave = any(f.level in ("ban", "evidence") or f.rule == "revise-length" for f in findings)
    return grave or any("number" in row for row in result.dropped)


def _is_voice(name: str, settings: Settings) -> bool:
    from copilot.profiles import list_profiles

    return name.strip() in list_profiles(settings.home, "voice")


def kept_numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of `1,3` or `1-3`.

    :raises InputError: it is something else
    """
    found: list[int] = []
    for part in text.replace("，", ",").replace("、", ",").replace(" ", ",").split(","):
        first, dash, last = part.partition("-")
        if not part:
            continue
        if not first.isdecimal() or (dash and not last.isdecimal()) or len(part) > 7:
            raise InputError(f"--keep {text} 看不懂", "写成 1,3 或 1-3。")
        found += range(int(first), int(last if dash else first) + 1)
    return tuple(dict.fromkeys(found))


def text_of(path: Path) -> str:
    """Return what stands in a text file, in whatever Chinese encoding; `-` is stdin.

    :raises InputError: it cannot be read
    """
    try:
        data = sys.stdin.buffer.read(_LARGEST + 1) if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise InputError(f"读不出 {path}：{error.strerror}", "检查路径。") from error
    if len(data) > _LARGEST:
        raise InputError(f"{path} 太大（{len(data)} 字节）", "分成几个文件。")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{path} 不是文字", "存成 UTF-8 的文字文件。")


def revised_text(result: AdCopy, before: list[str]) -> str:
    """Return before → after with counts, what went and why, and what was done."""
    lost = {int(row["number"]) for row in result.dropped if row.get("number", "").isdecimal()}
    places = [number for number in range(1, len(before) + len(result.variants) + 1) if number not in lost]
    lines: list[str] = []
    for number, variant in zip(places, result.variants, strict=False):
        old = before[number - 1] if number <= len(before) else ""
        lines += [*_pair_lines(number, old, variant, result.notes), ""]
    if not result.variants:
        lines += ["没有改出能用的文案。", ""]
    if result.dropped:
        lines.append("删去和没有用上的：")
        for row in result.dropped:
            law = f"（{row['law']}）" if row.get("law") else ""
            lines.append(f"  · {row['reason']}{law}" + (f"：{row['advice']}" if row.get("advice") else ""))
    general = [note for note in result.notes if not note.startswith("第 ")]
    return "\n".join([*lines, *(f"注意：{note}" for note in general)]).rstrip()


def _pair_lines(number: int, old: str, variant: Variant, notes: tuple[str, ...]) -> list[str]:
    from copilot.export.copy_parts import count_text
    from copilot.tasks.result_angles import angle_label

    angle = f" · {angle_label(variant.angle)}" if variant.angle else ""
    place = "" if variant.platform == "text" else f" · {variant.platform}"
    lines = [f"—— 第 {number} 条{place}{angle}"]
    after = variant.text
    if not old:
        lines += ["新写：", after]
    elif old.split() == after.split():
        lines += [f"未改（{len(after)} 字）：", after]
    else:
        lines += [f"原文（{len(old)} 字）：", old, "", f"改后（{len(after)} 字）：", after]
    lines += ["", "  字数：" + "，".join(f"{name} {count_text(count)}" for name, count in variant.counts.items())]
    head = f"第 {number} 条"
    lines += [
        f"  · {note.removeprefix(head).lstrip('：')}"
        for note in notes
        if note.startswith((f"{head}：", f"{head}原文：")) and "没有改动" not in note
    ]
    lines += [f"  提醒：{finding.advice}" for finding in variant.findings if finding.rule != "revise-length"]
    if variant.ai_generated:
        lines.append("  本文由人工智能生成")
    return lines


__all__: list[Any] = ["kept_numbers", "register", "revised_text", "text_of"]
