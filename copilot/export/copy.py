"""Ad copy → md, csv, xlsx, docx, jsonl by suffix, and as text to paste."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from copilot.briefs import AdCopy
from copilot.channels import Channel, load_channels
from copilot.errors import InputError
from copilot.export.copy_parts import (
    brief_rows,
    citations,
    count_lines,
    count_text,
    dropped_rows,
    field_label,
    finding_lines,
    finding_text,
    flat_fields,
    headers,
    heading,
    how_made,
    label_lines,
    note_rows,
    platform_title,
)
from copilot.export.files import check_target, write_whole
from copilot.export.score import escaped
from copilot.tasks.result_angles import angle_label
from copilot.types import Variant

Channels = Mapping[str, Channel]

_RULE = "────────"
_CITE = re.compile(r"(?<=[^\s\[(])\s?(?:\[\d{1,3}\])+")  # a mark stands behind something; "[1]" alone may be copy
_BOLD = re.compile(r"(?<!\*)\*\*(?![\s*])(.+?)(?<![\s*])\*\*(?!\*)")  # not 138****8000; __CID__ is a macro, not bold
_HEADING = re.compile(r"(?m)^#{1,6}[ \t]+")  # "#话题" has no blank and stays
_LINK = re.compile(r"!?\[([^\]\n]+)\]\((https?://[^)\s]+)\)")
_CODE = re.compile(r"(?m)^```.*\n?|`([^`\n]+)`")
_DANGEROUS = tuple("=+-@\t\r＝＋－＠")  # what Excel and WPS take for a formula, full width too (OWASP)
# Excel would show these as numbers or days and lose digits: ids, 1e5, 007, 3-4, 1/2. A tab behind keeps them text.
_NUMBER_LIKE = re.compile(r"0\d+|\d{12,}|\d+[eE]\d+|\d{1,4}[-/]\d{1,2}(?:[-/]\d{1,4})?")


def write_copy(result: AdCopy, path: Path, *, overwrite: bool = False, channels: Channels | None = None) -> None:
    """Write all variants in the format of the suffix; `channels` (default: the shipped ones) gives names to fields.

    :raises InputError: the format is unknown, the file is there already and not to be replaced, or cannot be written
    """
    suffix = check_target(path, _WRITERS, overwrite=overwrite)
    write_whole(path, _WRITERS[suffix](result, load_channels() if channels is None else channels))


def copy_text(result: AdCopy, number: int | None = None) -> str:
    """Return one variant (1 = first) or all as text to paste: no `[n]`, no Markdown, no labels.

    :raises InputError: there is no variant of that number
    """
    if number is not None and not 1 <= number <= len(result.variants):
        hint = (
            f"一共 {len(result.variants)} 条，从 1 数起。"
            if result.variants
            else "这次没有写出文案，看 dropped 里的原因。"
        )
        raise InputError(f"没有第 {number} 条文案", hint)
    chosen = result.variants if number is None else result.variants[number - 1 : number]
    return f"\n\n{_RULE}\n\n".join(plain(variant.text) for variant in chosen)


def plain(text: str) -> str:
    """Return a text as it is pasted, without citation marks and Markdown; hash tags and lists stay."""
    if "[" in text or "`" in text:  # most copy has neither, and to look for each mark takes 20 to 60 µs
        text = _CODE.sub(lambda match: match[1] or "", _LINK.sub(r"\1 \2", text))
    text = _BOLD.sub(r"\1", _HEADING.sub("", text)) if "#" in text or "*" in text else text
    return (_CITE.sub("", text) if "[" in text else text).strip()


def _markdown(result: AdCopy, channels: Channels) -> bytes:
    lines = [f"# {escaped(heading(result))}", ""]
    for number, variant in enumerate(result.variants, 1):
        lines += _markdown_variant(number, variant, channels)
    if dropped := dropped_rows(result):
        lines += ["## 没有采用", "", *(f"- {escaped(row)}" for row in dropped), ""]
    lines += ["## 需求", "", *(f"- {name}：{escaped(value)}" for name, value in brief_rows(result)), ""]
    if notes := note_rows(result):
        lines += ["## 说明", "", *(f"- {escaped(note)}" for note in notes), ""]
    if cited := citations(result):
        told = (f"{cite.title}（{cite.source}）：“{_line(cite.quote)}”" for _, cite in cited)
        lines += ["## 依据", "", *(f"- {escaped(one)}" for one in told), ""]
    return "\n".join([*lines, "---", "", *label_lines(result)]).encode() + b"\n"


def _markdown_variant(number: int, variant: Variant, channels: Channels) -> list[str]:
    title = f"{number} · {platform_title(variant, channels)} · {angle_label(variant.angle)}"
    lines = [f"## {title}（{variant.id}）", ""]
    for name, value in variant.fields.items():
        items = [value] if isinstance(value, str) else list(value)
        if not any(items):
            continue
        count = f"（{count_text(variant.counts[name])}）" if name in variant.counts else ""
        text = "\n".join(items)
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
        lines += [f"**{field_label(variant, name, channels)}**{count}", "", f"{fence}text", text, fence, ""]
    lines += [f"- {escaped(line)}" for line in finding_lines(variant, channels)]
    if variant.findings or variant.dropped_keywords:
        lines.append("")
    return lines + ([f"*{how_made(variant)}*", ""] if variant.ai_generated else [])


def _csv(result: AdCopy, channels: Channels) -> bytes:
    """UTF-8 with BOM, as Excel wants it; one row for each variant, the entries of a list in columns of their own."""
    rows = [flat_fields(variant, channels) for variant in result.variants]
    columns = headers(rows)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["编号", "平台", "角度", "写法", *columns, "全文", "字数", "提示", "没放下的关键词", "生成方式"])
    for variant, fields in zip(result.variants, rows, strict=True):
        counts = "；".join(count_lines(variant, channels))
        findings = "；".join(finding_text(finding, variant, channels) for finding in variant.findings)
        dropped = "、".join(drop.get("keyword", "") for drop in variant.dropped_keywords)
        cells = [variant.id, platform_title(variant, channels), angle_label(variant.angle), variant.formula]
        cells += [fields.get(name, "") for name in columns]
        cells += [plain(variant.text), counts, findings, dropped, how_made(variant)]
        writer.writerow([csv_cell(cell) for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def csv_cell(text: str) -> str:
    """Return a cell that a spreadsheet neither runs as a formula nor turns into a number or a day."""
    if text.startswith(_DANGEROUS):
        return f"'{text}"
    return f"{text}\t" if _NUMBER_LIKE.fullmatch(text) else text


def _jsonl(result: AdCopy, channels: Channels) -> bytes:
    common = {"product": result.brief.product, "writer": result.writer}
    rows = [common | variant.to_dict() | {"label": how_made(variant)} for variant in result.variants]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _xlsx(result: AdCopy, channels: Channels) -> bytes:
    from copilot.export.copy_sheet import copy_xlsx

    return copy_xlsx(result, channels)


def _docx(result: AdCopy, channels: Channels) -> bytes:
    from copilot.export.copy_document import copy_docx

    return copy_docx(result, channels)


def _line(text: str) -> str:
    return " ".join(text.split())


_WRITERS: dict[str, Callable[[AdCopy, Channels], bytes]] = {
    ".md": _markdown,
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".docx": _docx,
    ".jsonl": _jsonl,
}
FORMATS = tuple(_WRITERS)  # suffixes
