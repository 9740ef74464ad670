"""`adcopy`: a sentence, flags, a file or a saved profile → checked variants."""

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from copilot.briefs import AdCopy, Gap
from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import (
    json_option,
    on_terminal,
    open_copilot,
    print_json,
    tell_writer,
    text_or_stdin,
    with_settings,
    writing,
)
from copilot.errors import InputError
from copilot.settings import Settings
from copilot.types import Variant

_TEXTS = {
    "product": "产品名。",
    "brand": "品牌。",
    "industry": "行业，决定查哪些广告法条款。",
    "audience": "写给谁。",
    "pain": "对方的难处，写成看得见的场面。",
    "scene": "什么时候、在哪里用。",
    "offer": "优惠：谁、多少、到什么时候。",
    "price": "价格。",
    "tone": "语气。",
    "cta": "要对方做什么。",
    "link": "链接。",
    "sms-sign": "短信签名。",
    "qualification": "资质或批准文号。",
}
_LISTS = {
    "selling-point": "selling_points",
    "fact": "facts",
    "keyword": "keywords",
    "banned": "banned",
    "variable": "variables",
}
_LIST_HELP = {
    "selling-point": "卖点，可写多次。",
    "fact": "能当依据的事实，可写多次。",
    "keyword": "要带上的关键词，可写多次。",
    "banned": "不能出现的词或说法，可写多次。",
    "variable": "保留为 ${名字} 的变量，可写多次。",
}


def register(cli: click.Group) -> None:
    """Add the command."""
    if "adcopy" not in cli.commands:
        cli.add_command(adcopy)


def _brief_options(command: Any) -> Any:
    for name, text in reversed(_LIST_HELP.items()):
        command = click.option(f"--{name}", multiple=True, help=text)(command)
    for name, text in reversed(_TEXTS.items()):
        command = click.option(f"--{name}", help=text)(command)
    return command


@click.command(cls=ChineseCommand, short_help="写广告文案：各渠道、多条、逐条检查。")
@click.argument("sentence", required=False)
@click.option(
    "--brief", "file", type=click.Path(path_type=Path, dir_okay=False), help="简报文件（yaml 或 json），- 为标准输入。"
)
@click.option("--profile", help="保存过的产品档案（products add）。")
@click.option("--voice", help="品牌语气（voices add）；不写用 voices use 选定的。")
@click.option("--platform", multiple=True, help="渠道，可写多次，见 platforms。")
@click.option("-n", "n", type=int, help="每个渠道几条。  [默认：3]")
@click.option("-o", "out", type=click.Path(path_type=Path, dir_okay=False), help="另存为 .md .csv .xlsx .docx .jsonl。")
@click.option("--force", is_flag=True, help="-o 的文件已经在时覆盖它。")
@_brief_options
@json_option
@with_settings(model=True)
def adcopy(
    sentence: str | None, file: Path | None, profile: str | None, voice: str | None, platform: tuple[str, ...],
    n: int | None, out: Path | None, force: bool, as_json: bool, settings: Settings, **flags: Any,
) -> int:  # fmt: skip
    """按一句话、选项、简报文件或产品档案写文案；SENTENCE 为 - 时从标准输入读。

    每条都查过字数、关键词、禁用词、依据和广告法；不能说的话不写，并说明是哪一条。

    \b
    例：
      ops-copilot adcopy "帮我写 3 条短信，周五发，满 199 减 50，给两个月没来的"
      ops-copilot adcopy --product 云檐扫拖机器人 --selling-point 拖布自己洗 --platform 小红书 -n 5
      ops-copilot adcopy --brief 简报.yaml -o 文案.xlsx
    """
    if out is not None:
        from copilot.export.copy import FORMATS
        from copilot.export.files import check_target

        check_target(out, FORMATS, overwrite=force)
    bot = open_copilot(settings)
    given = {key: value for key, value in flags.items() if value and key.replace("_", "-") in _TEXTS}
    given |= {key: list(flags[name.replace("-", "_")]) for name, key in _LISTS.items() if flags[name.replace("-", "_")]}
    if platform:
        given["platform"] = list(platform)
    if sentence is not None:
        sentence = text_or_stdin(sentence)
    data = brief_file(file) if file else None
    parts = bot.gather(sentence or "", given, data, profile or "")
    if parts.gaps and on_terminal() and not as_json and sentence is not None:
        parts = bot.gather(sentence, given | _asked(parts.gaps), data, profile or "")
    with closing(writing()) as shown:
        many = (parts.n or 3) if n is None else n
        result = bot.watched(shown).adcopy(parts.brief, many, voice=voice, notes=parts.notes)
    if out is not None:
        bot.export(result, out, overwrite=force)
        click.echo(f"已存到 {out}", err=True)
    if as_json:
        print_json(result.to_dict())
    else:
        click.echo(copy_text(result))
        tell_writer(result)
    return 0 if result.variants and not _graves(result) else 3


def _graves(result: AdCopy) -> bool:
    return any(finding.level in ("ban", "evidence") for variant in result.variants for finding in variant.findings)


def _asked(gaps: Sequence[Gap]) -> dict[str, Any]:
    """Ask at most three questions on the terminal; an empty answer leaves the gap."""
    answers: dict[str, Any] = {}
    for gap in gaps[:3]:
        answer = click.prompt(
            f"{gap.question}（例：{gap.example}；回车跳过）", default="", show_default=False, err=True
        )
        if answer.strip():
            answers[gap.key] = answer.strip()
    return answers


def copy_text(result: AdCopy) -> str:
    """Return the variants as the terminal shows them: what was understood, each variant, what was left out and why."""
    lines = [f"按这些写：{_understood(result)}"]
    for number, variant in enumerate(result.variants, 1):
        lines += ["", *_variant_lines(number, variant)]
    if not result.variants:
        lines += ["", "没有写出能用的文案。"]
    if result.dropped:
        lines += ["", "没有用上的："]
        for row in result.dropped:
            law = f"（{row['law']}）" if row.get("law") else ""
            text = f"“{row['text'][:40]}”：" if row.get("text") else ""
            lines.append(f"  · {text}{row['reason']}{law}")
    if result.gaps:
        lines += ["", "补上这些会写得更准："]
        lines += [f"  · {gap.question}" + (f"例：{gap.example}" if gap.example else "") for gap in result.gaps]
    lines += [f"注意：{note}" for note in result.notes]
    return "\n".join(lines)


def _understood(result: AdCopy) -> str:
    brief = result.brief
    offer = brief.offer if isinstance(brief.offer, str) else "，".join(filter(None, brief.offer.to_dict().values()))
    named = {
        "产品": brief.product,
        "卖点": "；".join(brief.selling_points),
        "人群": brief.audience,
        "痛点": brief.pain,
        "场景": brief.scene,
        "优惠": offer,
        "价格": brief.price,
        "关键词": "、".join(brief.keywords),
    }
    return " · ".join(f"{name} {value}" for name, value in named.items() if value)


def _variant_lines(number: int, variant: Variant) -> list[str]:
    from copilot.export.copy_parts import count_text
    from copilot.tasks.result_angles import angle_label

    lines = [f"—— {number} · {variant.platform} · {angle_label(variant.angle)} · {variant.id}", variant.text, ""]
    lines.append("  字数：" + "，".join(f"{name} {count_text(count)}" for name, count in variant.counts.items()))
    lines += [f"  关键词没放：{row['keyword']}（{row['reason']}）" for row in variant.dropped_keywords]
    lines += [f"  提醒：{finding.advice}" for finding in variant.findings]
    for citation in variant.citations:
        lines.append(f"  写法依据：{citation.section or citation.title}（{citation.source}）“{_short(citation.quote)}”")
    if variant.ai_generated:
        lines.append("  本文由人工智能生成")
    return lines


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:60]}…"


def brief_file(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML or JSON file; `-` is stdin.

    :raises InputError: it cannot be read, or is no mapping
    """
    import yaml

    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
        data = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(
            f"简报 {path} 读不出来：{str(error).splitlines()[0]}", "写成 YAML 或 JSON，存成 UTF-8。"
        ) from error
    if not isinstance(data, dict):
        raise InputError(f"简报 {path} 不是键值表", "写成 product: … 这样的键值。")
    return data
