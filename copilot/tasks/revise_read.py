"""What people hand in as existing copy → single copies: plain text, or our own JSON, csv and terminal output."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from copilot.briefs import AdBrief
from copilot.channels import Channel, ChannelField, find_channel
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.knowledge.keys import key_of
from copilot.tasks.brief import validated_with_notes
from copilot.text import normalise
from copilot.text.visible import visible

Fields = dict[str, str | tuple[str, ...]]
PLAIN = Channel(
    "text",
    "未定渠道",
    (
        ChannelField("text", "正文", 0, "char", "recommended"),
        ChannelField("tags", "话题", 0, "char", "recommended", items=(0, 99), optional=True),
    ),
    note="没有指定渠道的文字。",
)
_MOST = 100  # copies
_LONGEST = 60_000  # characters of one input
_MAIN = (
    "body",
    "text",
    "intro",
    "primary_text",
    "description",
    "popup_body",
    "one_to_one",
    "description1",
    "digest",
    "title",
)


class Copy(NamedTuple):
    """One existing copy; `angle` is "" when nobody said it."""

    channel: Channel
    fields: Fields
    angle: str = ""
    formula: str = ""

    @property
    def main(self) -> str:
        """The name of the field that holds most of it."""
        return main_field(self.fields)

    @property
    def text(self) -> str:
        """All of it, field by field."""
        values = [value if isinstance(value, str) else " ".join(value) for value in self.fields.values()]
        return "\n".join(value for value in values if value)


class Given(NamedTuple):
    """The copies, the brief that came with them, what else was said of it by `产品：…` lines, and notes."""

    copies: tuple[Copy, ...]
    brief: AdBrief | None
    known: dict[str, Any]
    notes: tuple[str, ...] = ()


def main_field(fields: Mapping[str, Any]) -> str:
    """Return the field that shortening is about: the one with the running text, else the first."""
    found = next((name for name in _MAIN if isinstance(fields.get(name), str) and fields[name]), "")
    return found or next((name for name, value in fields.items() if value), next(iter(fields), ""))


def read_copies(text: str, channels: Mapping[str, Channel]) -> Given:
    """Return what `text` holds.

    :raises InputError: it is empty, too long, or JSON without copies
    """
    text = visible(normalise(text.lstrip("\ufeff"))).strip()
    if not text:
        raise InputError("没有文案", "给一个文件，或用 - 从标准输入读。")
    if len(text) > _LONGEST:
        raise InputError(f"文案太长（{len(text)} 字，最多 {_LONGEST} 字）", "分成几个文件。")
    known: dict[str, Any] = {}
    if text[0] in "{[" and (rows := _json(text)) is not None:
        given = _of_rows(rows, channels)
    elif re.match(r"编号,平台,角度,写法,", text):
        given = _of_csv(text, channels)
    else:
        known, text = _labelled(text)
        given = Given(tuple(_plain(block, channels) for block in _blocks(text)), None, known)
        if printed := _printed(text, channels):
            given = Given(tuple(printed), None, known)
    copies = tuple(copy for copy in given.copies if copy.text.strip())
    if not copies:
        raise InputError("里面没有文案", "给纯文字，或 adcopy --json、-o 存下的 jsonl、csv。")
    if len(copies) > _MOST:
        raise InputError(f"一次 {len(copies)} 条，最多 {_MOST} 条", "分成几个文件。")
    return given._replace(copies=copies)


# Our own output


def _json(text: str) -> list[dict[str, Any]] | None:
    """The objects of a JSON text or of JSON Lines; None when it is neither."""
    try:
        data = json.loads(text)
    except ValueError:
        try:
            data = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            return None
    rows = data if isinstance(data, list) else [data]
    return rows if rows and all(isinstance(row, dict) for row in rows) else None


def _of_rows(rows: Sequence[dict[str, Any]], channels: Mapping[str, Channel]) -> Given:
    copies: list[Copy] = []
    brief, known, notes = None, dict[str, Any](), list[str]()
    for row in rows:
        if isinstance(row.get("brief"), dict) and brief is None:
            brief, told = validated_with_notes(row["brief"], channels=channels)
            notes += told
        if isinstance(row.get("product"), str):
            known.setdefault("product", row["product"])
        nested = row.get("variants") if isinstance(row.get("variants"), list) else [row]
        copies += [copy for each in nested or () if isinstance(each, dict) and (copy := _of_row(each, channels))]
    return Given(tuple(copies), brief, known, tuple(notes))


def _of_row(row: Mapping[str, Any], channels: Mapping[str, Channel]) -> Copy | None:
    platform = str(row.get("platform", "") or "")
    channel = PLAIN if platform in ("", PLAIN.platform) else find_channel(platform, channels)
    fields = row.get("fields")
    if isinstance(fields, dict):
        names = [spec.name for spec in channel.fields]
        clean = {
            str(name): value if isinstance(value, str) else tuple(map(str, value or ()))
            for name, value in fields.items()
        }
        ordered = {name: clean[name] for name in [*names, *(n for n in clean if n not in names)] if clean.get(name)}
        return Copy(channel, ordered, str(row.get("angle", "") or ""), str(row.get("formula", "") or ""))
    text = next((row[name] for name in ("text", "copy", "文案") if isinstance(row.get(name), str)), "")
    return _in_fields(text, channel) if text else None


def _of_csv(text: str, channels: Mapping[str, Channel]) -> Given:
    copies = []
    for row in csv.DictReader(io.StringIO(text)):
        cells = {name: (value or "").removesuffix("\t") for name, value in row.items() if name}
        channel = (
            find_channel(cells.get("平台", ""), channels)
            if cells.get("平台") not in ("", PLAIN.platform, PLAIN.title)
            else PLAIN
        )
        fields: Fields = {}
        for spec in channel.fields:
            values = [
                _uncelled(cells[name])
                for name in cells
                if re.fullmatch(rf"{re.escape(spec.label)}\s?\d*", name) and cells[name]
            ]
            if values and spec.items[1]:
                fields[spec.name] = tuple(values[0].split() if spec.name == "tags" and len(values) == 1 else values)
            elif values:
                fields[spec.name] = values[0]
        angle = _angle(cells.get("角度", ""))
        copies.append(Copy(channel, fields or {"text": cells.get("全文", "")}, angle, cells.get("写法", "")))
    return Given(tuple(copies), None, {})


def _angle(label: str) -> str:
    """The id of an angle by its Chinese name, "" for none."""
    rows = read("copy/angles")["angles"]
    return next((name for name, row in rows.items() if row["label"] == label), "")


def _uncelled(text: str) -> str:
    return text[1:] if re.match("'[=+\\-@＝＋－＠]", text) else text


def _printed(text: str, channels: Mapping[str, Channel]) -> list[Copy]:
    """The copies of what `adcopy` prints on a terminal."""
    rules, copies = _rules(), list[Copy]()
    header: re.Match[str] | None = None
    lines: list[str] = []
    for line in [*text.split("\n"), "没有用上的："]:
        found = rules["printed"].match(line)
        if found or rules["printed_end"].match(line):
            if header and "".join(lines).strip():
                channel = PLAIN if header["platform"] == PLAIN.platform else find_channel(header["platform"], channels)
                angle = _angle(header["angle"])
                copies.append(_in_fields("\n".join(lines).strip(), channel)._replace(angle=angle))
            header, lines = found, []
        elif not rules["printed_rest"].match(line):
            lines.append(line)
    return copies


def _in_fields(text: str, channel: Channel) -> Copy:
    """A pasted text in the fields of its channel, when its blocks are as many as the fields; else as it is."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text.strip()) if block.strip()]
    for specs in ([s for s in channel.fields if not s.optional], list(channel.fields)):
        if len(specs) == len(blocks) and (len(blocks) > 1 or len(channel.fields) == 1):
            fields: Fields = {}
            for spec, block in zip(specs, blocks, strict=True):
                fields[spec.name] = (
                    tuple(block.split() if spec.name == "tags" else block.split("\n")) if spec.items[1] else block
                )
            return Copy(channel, fields)
    return Copy(PLAIN, {"text": text.strip()})


# Plain text


def _plain(block: str, channels: Mapping[str, Channel]) -> Copy:
    """A block of plain text: a text message when it begins with a signature, else no channel's."""
    block = block.strip()
    if re.match(r"【[^【】\n]{1,20}】", block) and "sms" in channels:
        return Copy(channels["sms"], {"text": re.sub(r"\s*\n\s*", "", block)})
    return Copy(PLAIN, {"text": block})


def _labelled(text: str) -> tuple[dict[str, Any], str]:
    """Lines `产品：…`, `品牌：…` at the top, before the first copy."""
    known: dict[str, Any] = {}
    lines = text.split("\n")
    while lines and (match := re.match(r"\s*([\u4e00-\u9fff]{2,4})\s*[:：]\s*(\S.*)$", lines[0])):
        key = key_of(match[1])
        if match[1] == "标题" or key not in ("product", "brand", "industry", "audience", "sms_sign"):
            break
        known[key] = match[2].strip().strip("【】")
        lines = lines[1:]
    rest = "\n".join(lines).strip()
    return (known, rest) if rest else ({}, text)


def _blocks(text: str) -> list[str]:
    """The copies of a text, apart by rules, variant headers, numbers, or a signature at each line's head."""
    rules = _rules()
    text = text.strip()
    lines = text.split("\n")
    if any(rules["rules"].match(line) for line in lines):
        return [
            inner
            for block in _apart(lines, lambda line: bool(rules["rules"].match(line)), drop=True)
            for inner in _blocks(block)
        ]
    if sum(bool(rules["headers"].match(line)) for line in lines) >= 1 and rules["headers"].match(lines[0]):
        blocks = _apart(lines, lambda line: bool(rules["headers"].match(line)))
        return [rest for block in blocks if (rest := rules["headers"].sub("", block, count=1).strip())]
    if numbered := _numbered(lines):
        return numbered
    signed = [line for line in lines if line.strip()]
    if len(signed) > 1 and sum(bool(re.match(r"\s*【[^【】]{1,20}】", line)) for line in signed) > 1:
        return _apart(lines, lambda line: bool(re.match(r"\s*【[^【】]{1,20}】", line)))
    return [text] if text else []


def _numbered(lines: Sequence[str]) -> list[str]:
    """The copies when the text begins with 1 and counts on, each number at a block's head or each line numbered."""
    number = _rules()["numbers"]
    heads = [n for n, line in enumerate(lines) if number.match(line)]
    if len(heads) < 2 or heads[0] != 0:
        return []
    alone = all(n == 0 or not lines[n - 1].strip() for n in heads)
    each = len(heads) == sum(bool(line.strip()) for line in lines)
    if not (alone or each):
        return []
    counted = iter(range(1, len(heads) + 1))
    if any(_value(lines[n]) != next(counted) for n in heads):
        return []
    blocks = _apart(lines, lambda line: bool(number.match(line)))
    return [number.sub("", block, count=1).strip() for block in blocks]


def _value(line: str) -> int:
    match = re.search(r"\d{1,2}|[①-⑳]", line)
    return (
        0
        if match is None
        else int(match[0])
        if match[0].isdigit() and match[0].isascii()
        else ord(match[0]) - ord("①") + 1
    )


def _apart(lines: Sequence[str], begins: Any, drop: bool = False) -> list[str]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if begins(line):
            blocks.append([] if drop else [line])
        else:
            blocks[-1].append(line)
    texts = ["\n".join(block).strip() for block in blocks]
    return [text for text in texts if text]


@cache
def _rules() -> dict[str, re.Pattern[str]]:
    data = read("copy/rework")
    return {
        name: re.compile(data[name], re.IGNORECASE)
        for name in ("rules", "headers", "numbers", "printed", "printed_rest", "printed_end")
    }
