"""What the chat model is told for copy: the channel's fields explained, the brief and the passages fenced as data."""

import json
import re
from collections.abc import Sequence

from copilot.briefs import AdBrief, Offer, OriginalPrice, Voice
from copilot.channels import Channel, ChannelField
from copilot.knowledge import read
from copilot.prompts import load_prompt
from copilot.types import CopyDraft, Finding, Passage
from copilot.writers.chat_fence import defused, fenced

_HAN = re.compile(r"[㐀-䶿一-鿿]")
_LETTER = re.compile(r"[A-Za-z㐀-䶿一-鿿]")


def copy_messages(
    brief: AdBrief,
    channel: Channel,
    angles: Sequence[str],
    passages: Sequence[Passage],
    failing: Sequence[tuple[CopyDraft, Sequence[Finding]]] = (),
    voice: Voice | None = None,
) -> list[tuple[str, str]]:
    """Return the `(role, text)` messages that ask for one variant for each angle; `failing` are to be written anew."""
    words = read("chat_copy")
    language = "en" if is_english(brief, channel) else "zh"
    return load_prompt("adcopy").render(
        language=words["languages"][language],
        count=str(len(angles)),
        channel=channel_lines(channel, language),
        brief=brief_lines(brief, voice),
        angles="\n".join(_angle(number, angle) for number, angle in enumerate(angles, 1)),
        passages="\n\n".join(map(fenced, passages)) or words["none"],
        findings="\n\n".join(_problem(number, *one) for number, one in enumerate(failing, 1)) or words["first_draft"],
    )


def is_english(brief: AdBrief, channel: Channel) -> bool:
    """Say whether the copy is to be English: an English brief on a channel for it."""
    text = " ".join([*brief.selling_points, brief.audience, brief.pain, brief.scene, *brief.facts]) or brief.product
    letters = len(_LETTER.findall(text))
    return channel.language == "en" and len(_HAN.findall(text)) < read("chat_copy")["english_share"] * max(letters, 1)


def channel_lines(channel: Channel, language: str = "zh") -> str:
    """Return one line for each field: name, label, shape and length with its counter explained."""
    manner = read("chat_copy")["manners"].get(_family(channel), "")
    title = "。".join(part.rstrip("。") for part in (channel.title, manner, channel.note) if part)
    lines = [f"- {field.name}（{field.label}）：{_field(field, channel, language)}" for field in channel.fields]
    return "\n".join([f"{title}。", *lines])


def _family(channel: Channel) -> str:
    return "push" if channel.platform.startswith("push") else channel.platform


def _field(field: ChannelField, channel: Channel, language: str) -> str:
    words = read("chat_copy")
    least, most = field.items
    parts = [words["single"]]
    if most:
        parts = [words["items_exactly" if least == most else "items"].format(least=least, most=most)]
    parts.append(_limit(field, language))
    parts += [_usual(field, channel, language)] if not field.limit or field.limit > words["roomy"] else []
    parts += [words["minimum"].format(minimum=field.minimum)] if field.minimum else []
    parts += [words["visible"].format(visible=field.visible)] if field.visible else []
    parts += [words["optional"]] if field.optional else []
    return "；".join(parts)


def _limit(field: ChannelField, language: str) -> str:
    words = read("chat_copy")
    if not field.limit:
        return str(words["no_limit"])
    safe = max(int(field.limit / words["wide"]), min(field.minimum, field.limit), 1)
    values = {"bound": words["bounds"][field.kind], "limit": field.limit, "safe": safe}
    values |= {"half": field.limit // 2, "safe_half": max(safe // 2, 1)}
    english = language == "en"
    told = words["english"] if english else words["counters"][field.counter]
    aim = words["english_aim"] if english else words["aims"][field.counter]
    return "，".join(part.format(**values) for part in (told, aim if field.limit <= words["roomy"] else "") if part)


def _usual(field: ChannelField, channel: Channel, language: str) -> str:
    words = read("chat_copy")
    length = words["length_by_channel"].get(f"{channel.platform}.{field.name}") or words["length"].get(field.name)
    template = words["usual_words" if language == "en" else "usual"]
    return str(template.format(length=length or words["length_default"]))


def brief_lines(brief: AdBrief, voice: Voice | None = None) -> str:
    """Return the brief as labelled lines in which no fence marker and no control token is left."""
    words = read("chat_copy")
    lines = [f"{label}：{value}" for key, label in words["brief"].items() if (value := _value(getattr(brief, key)))]
    if voice:
        shown = ((label, _value(getattr(voice, key))) for key, label in words["voice"].items())
        lines += [f"品牌口吻·{label}：{value}" for label, value in shown if value]
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, Offer):
        labels = read("chat_copy")["offer"]
        value = [f"{label}：{part}" for key, label in labels.items() if (part := getattr(value, key))]
    if isinstance(value, OriginalPrice):
        value = f"{value.value}（{value.basis}）" if value.basis else value.value
    parts = [value] if isinstance(value, str) else value if isinstance(value, Sequence) else []
    text = "；".join(" ".join(str(part).split()) for part in parts if part)
    return defused(text)[: read("chat_copy")["shown_value"]]


def _angle(number: int, angle: str) -> str:
    words = read("chat_copy")
    return str(words["order"].format(n=number, angle=angle, meaning=words["angles"].get(angle, angle)))


def _problem(number: int, draft: CopyDraft, findings: Sequence[Finding]) -> str:
    now = defused(json.dumps({"angle": draft.angle, "fields": draft.fields}, ensure_ascii=False))
    told = "\n".join(dict.fromkeys(map(_told, findings)))
    return f"<<<待改 {number}>>>\n{now}\n问题：\n{told}\n<<<待改 {number} 结束>>>"


def _told(finding: Finding) -> str:
    words = read("chat_copy")
    shown = defused(" ".join(finding.match.split()))[: words["shown_text"]]
    match = words["problem_match"].format(match=shown) if shown else ""
    advice = defused(" ".join(finding.advice.split())) or finding.rule
    return str(words["problem"].format(field=finding.field or "整条", match=match, advice=advice))
