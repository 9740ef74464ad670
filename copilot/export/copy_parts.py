"""What all files of ad copy share: names for people, counts and findings in words, how a text was made."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields

from copilot.briefs import AdBrief, AdCopy, Offer, OriginalPrice
from copilot.channels import Channel
from copilot.text.visible import visible
from copilot.types import Citation, Count, Finding, Variant

# 人工智能生成合成内容标识办法 (2025-09-01): a visible label in exported text, and in the file's properties what it
# is, who provides it and which content; the JSON is that of GB 45438-2025, annex E (as implementations write it).
AI_LABEL = "本文由人工智能生成"
RULE_LABEL = "由规则模板生成，未使用人工智能模型"
PROPERTY = 255  # characters that a core property of an Office file holds

_LEVELS = {"ban": "禁用", "caution": "注意", "evidence": "要依据"}
_UNITS = {"char": "字", "half": "字", "xhs": "字", "sms": "字", "width": "字符"}
_KINDS = {"hard": "", "truncated": "，超出会被折叠", "recommended": "，建议值"}
_BRIEF = {
    "product": "产品", "brand": "品牌", "industry": "行业", "selling_points": "卖点", "audience": "人群",
    "pain": "痛点", "scene": "场景", "offer": "优惠", "price": "价格", "original_price": "原价", "facts": "事实依据",
    "tone": "语气", "voice": "品牌声音", "platform": "渠道", "keywords": "关键词", "banned": "禁用词",
    "cta": "行动号召", "link": "链接", "sms_sign": "短信签名", "qualification": "资质", "variables": "变量",
}  # fmt: skip
_OFFER = {
    "who": "对象",
    "what": "内容",
    "threshold": "门槛",
    "gift": "赠品",
    "quota": "名额",
    "start": "开始",
    "end": "结束",
}


def heading(result: AdCopy) -> str:
    """Return what a file of copy is called."""
    return f"{' '.join(result.brief.product.split())[:60]} · 文案 {len(result.variants)} 条"


def how_made(variant: Variant) -> str:
    """Return the honest label of a variant."""
    return AI_LABEL if variant.ai_generated else RULE_LABEL


def label_lines(result: AdCopy) -> list[str]:
    """Return the labels for the end of a file; a mixed one says which variants a model wrote."""
    made = {how_made(variant) for variant in result.variants}
    if len(made) < 2:
        return sorted(made)
    by_model = "、".join(f"第 {n} 条" for n, v in enumerate(result.variants, 1) if v.ai_generated)
    return [f"{by_model}：{AI_LABEL}。其余：{RULE_LABEL}。"]


def properties(result: AdCopy) -> tuple[str, str]:
    """Return keywords and comments for the properties of an Office file."""
    generated = [variant.id for variant in result.variants if variant.ai_generated]
    if not generated:
        return "规则模板生成", RULE_LABEL
    rest = "" if len(generated) == len(result.variants) else f"；其余{RULE_LABEL}"
    begun = f"人工智能生成（AI generated）；服务提供者：{result.writer[:60]}；内容编号："
    return "人工智能生成,AI generated", begun + _fitting(generated, PROPERTY - len(begun) - len(rest)) + rest


def implicit_label(result: AdCopy) -> str:
    """Return the JSON of the metadata label, "" when no model had a part in it."""
    generated = [variant.id for variant in result.variants if variant.ai_generated]
    if not generated:
        return ""
    label = {"Label": "1", "ContentProducer": result.writer, "ProduceID": ",".join(generated), "ReservedCode1": ""}
    return json.dumps(
        {"AIGC": label | {"ContentPropagator": "", "PropagateID": "", "ReservedCode2": ""}}, ensure_ascii=False
    )


def platform_title(variant: Variant, channels: Mapping[str, Channel]) -> str:
    """Return the channel's Chinese name."""
    channel = channels.get(variant.platform)
    return channel.title if channel else variant.platform


def field_label(variant: Variant, name: str, channels: Mapping[str, Channel]) -> str:
    """Return a field's Chinese name."""
    channel = channels.get(variant.platform)
    return next((f.label for f in channel.fields if f.name == name), name) if channel else name


def count_text(count: Count) -> str:
    """Return a count as `18/20 字`; of a list how many entries and the longest."""
    unit = _UNITS[count.counter]
    size = f"{count.value}/{count.limit} {unit}" if count.limit else f"{count.value} {unit}"
    kind = _KINDS[count.kind] if count.limit else ""
    if count.counter == "width":
        kind = f"，汉字算 2{kind}"
    if count.counter == "sms" and count.segments:
        kind = f"，计 {count.segments} 条{kind}"
    if len(count.values) > 1:
        size = f"{len(count.values)} 项，最长 {size}"
    return size + kind


def finding_text(finding: Finding, variant: Variant, channels: Mapping[str, Channel]) -> str:
    """Return a finding in one line: how grave, where, what, why, what to do."""
    where = field_label(variant, finding.field, channels) if finding.field else ""
    parts = [f"【{_LEVELS[finding.level]}】{where}{f'“{finding.match}”' if finding.match else ''}", finding.law]
    line = "，".join(part for part in parts if part)
    return " ".join(f"{line}：{finding.advice}".split()) if finding.advice else " ".join(line.split())


def count_lines(variant: Variant, channels: Mapping[str, Channel]) -> list[str]:
    """Return how long each field is, `标题 12/20 字`."""
    return [f"{field_label(variant, name, channels)} {count_text(c)}" for name, c in variant.counts.items()]


def finding_lines(variant: Variant, channels: Mapping[str, Channel]) -> list[str]:
    """Return what was found in a variant, and the keywords that it has no room for."""
    lines = [finding_text(finding, variant, channels) for finding in variant.findings]
    return lines + [f"没有放下“{d.get('keyword', '')}”：{d.get('reason', '')}" for d in variant.dropped_keywords]


def flat_fields(variant: Variant, channels: Mapping[str, Channel]) -> dict[str, str]:
    """Return the fields by label; tags are one text, the entries of another list `标题1`, `标题2` … for an upload."""
    flat: dict[str, str] = {}
    for name, value in variant.fields.items():
        label = field_label(variant, name, channels)
        label = f"{label}（{name}）" if label in flat or f"{label}1" in flat else label
        if isinstance(value, str):
            flat[label] = value
        elif name == "tags":
            flat[label] = " ".join(value)
        else:
            flat |= {f"{label}{number}": item for number, item in enumerate(value, 1)}
    return flat


def headers(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Return all columns of some rows, numbered ones next to each other, in the order in which they first come up."""
    longest = sorted(rows, key=len, reverse=True)
    return list(dict.fromkeys(name for row in longest for name in row))


def brief_rows(result: AdCopy) -> list[tuple[str, str]]:
    """Return what the brief says, as name and value; what it leaves out is left out."""
    return [
        (_BRIEF.get(f.name, f.name), text) for f in fields(AdBrief) if (text := _said(getattr(result.brief, f.name)))
    ]


def dropped_rows(result: AdCopy) -> list[str]:
    """Return what is not in the copy, and why, one line each."""
    rows = []
    for drop in result.dropped:
        what = "，".join(value for key, value in drop.items() if key != "reason" and value)
        rows.append(" ".join(f"{what}：{drop['reason']}".split()) if what else " ".join(drop.get("reason", "").split()))
    return rows


def note_rows(result: AdCopy) -> list[str]:
    """Return what was understood or assumed, and what would make the copy better."""
    return [*result.notes, *(f"补充后可以写得更好：{gap.question}" for gap in result.gaps)]


def citations(result: AdCopy) -> list[tuple[str, Citation]]:
    """Return the passages that the variants rest on, each once, with the numbers of the variants."""
    found: dict[tuple[str, int, int], tuple[list[int], Citation]] = {}
    for number, variant in enumerate(result.variants, 1):
        for cite in variant.citations:
            numbers, _ = found.setdefault((cite.doc_id, cite.start, cite.end), ([], cite))
            if number not in numbers:
                numbers.append(number)
    return [("、".join(map(str, numbers)), cite) for numbers, cite in found.values()]


def printable(text: str) -> str:
    """Return a text without what XML does not allow, what cannot be seen, and what turns round what is shown."""
    return visible(text)


def _said(value: object) -> str:
    if isinstance(value, Offer):
        return "；".join(f"{word}：{text}" for key, word in _OFFER.items() if (text := getattr(value, key)))
    if isinstance(value, OriginalPrice):
        return value.value + (f"（{value.basis}）" if value.basis else "")
    if isinstance(value, tuple):
        return "；".join(" ".join(str(item).split()) for item in value)
    return " ".join(str(value or "").split())


def _fitting(names: Sequence[str], room: int) -> str:
    """Return as many names as fit, and how many there are."""
    whole = "、".join(names)
    if len(whole) <= room:
        return whole
    tail, kept = f" 等 {len(names)} 条", list(names)
    while kept and len("、".join(kept) + tail) > room:
        kept.pop()
    return "、".join(kept) + tail
