"""Does a copy fit its channel: lengths by the channel's counter, number of entries, keywords, banned words."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from copilot.channels import Channel, ChannelField
from copilot.checks.banned import banned_findings
from copilot.checks.fields import field_texts
from copilot.text import fold
from copilot.text.counters import SMS_PART, SMS_SINGLE, count, cut, sms_segments
from copilot.types import Count, Counter, Finding

__all__ = ["banned_findings", "field_count", "limit_findings", "missing_keywords"]

_UNITS: dict[Counter, tuple[str, str]] = {  # unit and, in brackets, how it is counted
    "char": ("字", ""),
    "width": ("字符", "，汉字算 2"),
    "half": ("字", "，两个半角字符算 1 字"),
    "xhs": ("字", "，小红书计字：两个半角字符算 1 字，一个表情算 2 字"),
    "sms": ("字", "，含签名和退订语"),
}
_SENTENCE_END = re.compile(r"[。！？!?\n…]|\.(?=\s|$)")
_HAN_SPACE = re.compile(r"[ \t](?:(?<=[\u3400-\u9fff].)|(?=[\u3400-\u9fff]))")
_ASCII_WORD = re.compile(r"[a-z0-9]")


def field_count(value: str | Sequence[str], field: ChannelField) -> Count:
    """Return how long a field is; for a list `value` is the longest entry and `values` are all."""
    if isinstance(value, str):
        segments = sms_segments(value) if field.counter == "sms" else 0
        return Count(count(value, field.counter), field.limit, field.counter, field.kind, segments=segments)
    values = tuple(count(item, field.counter) for item in value)
    return Count(max(values, default=0), field.limit, field.counter, field.kind, values)


def limit_findings(fields: Mapping[str, Any], channel: Channel) -> list[Finding]:
    """Return where a copy does not fit its channel.

    `ban`: over or under a hard limit, a number of entries that is refused, a hard field left out. `caution`: over a
    limit that folds or advises, a first sentence that the fold tears apart, a text message billed as several.
    """
    found: list[Finding] = []
    for field in channel.fields:
        value = fields.get(field.name, "")
        if field.items[1]:
            items = _entries(value)
            found += _number_findings(items, field)
            found += (one for i, item in enumerate(items) for one in _text_findings(item, field, i))
        elif isinstance(value, str):
            found += _text_findings(value, field)
        else:
            found += (one for i, item in enumerate(value) for one in _text_findings(item, field, i))
    known = {field.name for field in channel.fields}
    found += (_unknown(name, channel) for name in fields if name not in known)
    return found


def missing_keywords(fields: Mapping[str, Any], keywords: Iterable[str]) -> list[str]:
    """Return the keywords that stand in no field, compared folded, in their order, each once.

    A Western keyword is a word of its own (AI is not in MAIL), its plural counts; spaces beside Han do not matter.
    """
    wanted = dict.fromkeys(keyword for keyword in keywords if keyword.strip())
    if not wanted:
        return []
    text = "\n".join(_spaceless(fold(text)) for _, text in field_texts(fields))
    return [keyword for keyword in wanted if not _stands_in(_spaceless(fold(keyword.strip())), text)]


def _entries(value: Any) -> tuple[str, ...]:
    return ((value,) if value else ()) if isinstance(value, str) else tuple(value)


def _number_findings(items: tuple[str, ...], field: ChannelField) -> Iterator[Finding]:
    least, most = field.items
    if len(items) < least:
        if not (field.optional and not items):
            advice = f"{field.label}有 {len(items)} 条，至少要 {least} 条；再写 {least - len(items)} 条。"
            yield _finding("limit-items", "ban", field.name, "", 0, 0, advice, field)
    elif len(items) > most:
        advice = f"{field.label}有 {len(items)} 条，最多 {most} 条；去掉 {len(items) - most} 条。"
        yield _finding("limit-items", "ban", f"{field.name}[{most}]", items[most], 0, len(items[most]), advice, field)


def _text_findings(text: str, field: ChannelField, index: int | None = None) -> Iterator[Finding]:
    name, label = field.name, field.label
    if index is not None:
        name, label = f"{name}[{index}]", f"{label}第 {index + 1} 条"
    if not text.strip():
        if not field.optional or index is not None:
            level: Literal["ban", "caution"] = "ban" if field.kind == "hard" else "caution"
            yield _finding("limit-missing", level, name, text, 0, len(text), f"{label}是空的；写上内容。", field)
        return
    value = count(text, field.counter)
    unit, how = _UNITS[field.counter]
    if field.limit and value > field.limit:
        yield _over(text, field, name, label, value)
    elif value < field.minimum:
        advice = f"{label} {value} {unit}，至少要 {field.minimum} {unit}{how}；再写 {field.minimum - value} {unit}。"
        rule, level = ("limit-minimum", "ban") if field.kind == "hard" else ("limit-recommended", "caution")
        yield _finding(rule, level, name, text, 0, len(text), advice, field)
    if field.visible and value > field.visible:
        yield from _folded(text, field, name, label, value)
    if field.counter == "sms" and (segments := sms_segments(text)) > 1:
        spare = value - SMS_SINGLE
        advice = (
            f"{label} {value} 字（含签名和退订语），按 {segments} 条计费：{SMS_SINGLE} 字以内 1 条，"
            f"超过按每条 {SMS_PART} 字；要 1 条就删 {spare} 字。"
        )
        yield _finding("limit-segments", "caution", name, text, SMS_SINGLE, len(text), advice, field)


def _over(text: str, field: ChannelField, name: str, label: str, value: int) -> Finding:
    unit, how = _UNITS[field.counter]
    start = len(cut(text, field.limit, field.counter))
    much = f"{label} {value} {unit}"
    spare = value - field.limit
    if field.kind == "hard":
        advice = f"{much}，上限 {field.limit} {unit}{how}；至少删 {spare} {unit}，否则平台不收。"
        return _finding("limit-hard", "ban", name, text, start, len(text), advice, field)
    if field.kind == "truncated":
        advice = f"{much}，{field.limit} {unit}之后被折叠或截断{how}；把要点放到前面，或删 {spare} {unit}。"
        return _finding("limit-folded", "caution", name, text, start, len(text), advice, field)
    advice = f"{much}，建议不超过 {field.limit} {unit}{how}；多出 {spare} {unit}，能短则短。"
    return _finding("limit-recommended", "caution", name, text, start, len(text), advice, field)


def _folded(text: str, field: ChannelField, name: str, label: str, value: int) -> Iterator[Finding]:
    """Long copy is no fault; a reader who sees no whole sentence before the fold is."""
    shown = cut(text, field.visible, field.counter)
    if _SENTENCE_END.search(shown) or (value > field.limit and field.kind == "truncated"):
        return
    unit = _UNITS[field.counter][0]
    advice = f"{label} {value} {unit}，只先露出前 {field.visible} {unit}，第一句还没说完；第一句写短些，要点放在最前。"
    yield _finding("limit-folded", "caution", name, text, len(shown), len(text), advice, field)


def _finding(
    rule: str,
    level: Literal["ban", "caution"],
    name: str,
    text: str,
    start: int,
    end: int,
    advice: str,
    field: ChannelField,
) -> Finding:
    if field.confidence in ("L", "K") and rule in ("limit-hard", "limit-minimum", "limit-items"):
        advice += f"（这个数没有官方文档证实：{field.source}。）"
    return Finding(rule, "limit", level, name, start, end, text[start:end], "", advice)


def _unknown(name: str, channel: Channel) -> Finding:
    advice = f"{channel.title}没有字段 {name}，它的长度没有检查；字段有 {'、'.join(f.name for f in channel.fields)}。"
    return Finding("limit-field", "limit", "caution", name, 0, 0, "", "", advice)


def _spaceless(text: str) -> str:
    return _HAN_SPACE.sub("", text) if " " in text or "\t" in text else text


def _stands_in(keyword: str, text: str) -> bool:
    if keyword not in text:
        return False
    left = r"(?<![a-z0-9])" if _ASCII_WORD.match(keyword[0]) else ""
    right = r"(?:e?s)?(?![a-z0-9])" if _ASCII_WORD.match(keyword[-1]) else ""
    return not (left or right) or re.search(f"{left}{re.escape(keyword)}{right}", text) is not None
