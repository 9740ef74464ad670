"""Drafts of copy → HTML: cards in the look of their channel, with counters, findings and what they rest on."""

from collections.abc import Mapping, Sequence

from copilot.channels import Channel, ChannelField
from copilot.checks.limits import field_count
from copilot.export.copy_parts import AI_LABEL, count_text
from copilot.tasks.result_angles import angle_label
from copilot.types import Count, Finding, Variant
from ui import render
from ui.render import button, text
from ui.render_copy_notes import shown

Channels = Mapping[str, Channel]
Value = str | tuple[str, ...]

_SEARCH = ("baidu_search", "google_rsa")
_NAME = 20  # characters of a name that a card has room for
_QUOTE = 90


def cards(
    variants: Sequence[Variant], numbers: Sequence[int], kept: Sequence[int], channels: Channels, name: str
) -> str:
    """Cards of `variants`, whose places in the result are `numbers` (from 0); `name` is who sends the copy."""
    items = "".join(
        card(variant, number, number in kept, channels, name) for variant, number in zip(variants, numbers, strict=True)
    )
    return f'<div class="oc-copy-cards">{items}</div>' if items else ""


def card(variant: Variant, number: int, kept: bool, channels: Channels, name: str) -> str:
    """One variant with all that is to be said about it, and what can be done with it."""
    title = _title(variant, channels)
    pressed = "true" if kept else "false"
    acts = (
        f'<button type="button" class="oc-button" data-act="keep" data-number="{number}" aria-pressed="{pressed}">'
        f"{'已留下' if kept else '留下'}</button>"
        f"{button('改', 'edit', 'oc-button', f'改第 {number + 1} 条', number=number)}"
        f'<button type="button" class="oc-button" data-copy="" data-text="{text(variant.text)}" '
        f'aria-label="复制第 {number + 1} 条">复制</button>'
    )
    angle = f'<span class="oc-dim">角度：{text(angle_label(variant.angle))}</span>' if variant.angle else ""
    look = "oc-card oc-copy oc-copy-kept" if kept else "oc-card oc-copy"
    return (
        f'<article class="{look}" aria-label="第 {number + 1} 条，{text(title)}">'
        f"<header><h3>{number + 1} · {text(title)}</h3>{angle}</header>"
        f"{face(variant, channels, name)}{verdict(variant, channels)}{_basis(variant)}"
        f'<div class="oc-copy-acts">{acts}<span class="oc-dim oc-copy-id">编号 {text(variant.id)}</span></div>'
        "</article>"
    )


def preview(variant: Variant, channels: Channels, name: str) -> str:
    """A variant that is being edited: its look and what the checks say, live."""
    return f'<div class="oc-copy oc-copy-preview">{face(variant, channels, name)}{verdict(variant, channels)}</div>'


def coming(variants: Sequence[Variant], channels: Channels, name: str) -> str:
    """Variants while more are being written: to be read, nothing can be done with them yet."""
    items = (f'<article class="oc-card oc-copy">{preview(one, channels, name)}</article>' for one in variants)
    return f'<div class="oc-copy-cards" aria-busy="true">{"".join(items)}</div>'


def verdict(variant: Variant, channels: Channels) -> str:
    """Counters, whether it can be used, findings, keywords that found no room."""
    counts = "".join(
        f'<li class="{_fit(count)}">{text(_label(channels, variant.platform, field))} {text(count_text(count))}</li>'
        for field, count in variant.counts.items()
    )
    grave = any(f.level in ("ban", "evidence") for f in variant.findings)
    stop = render.note("这一条现在不能直接用：先改掉下面标红和标黄“要有证据”的地方。", "bad") if grave else ""
    rows = "".join(
        f'<li class="oc-finding oc-caution">关键词没放：{text(row["keyword"])}（{text(row["reason"])}）</li>'
        for row in variant.dropped_keywords
    )
    dropped = f'<ul class="oc-findings">{rows}</ul>' if rows else ""
    made = f'<p class="oc-dim">{AI_LABEL}</p>' if variant.ai_generated else ""
    return (
        f'<ul class="oc-copy-counts" aria-label="字数">{counts}</ul>{stop}{_findings(variant.findings)}{dropped}{made}'
    )


def counter(value: Value, field: ChannelField) -> str:
    """The counter under a field that is being edited."""
    count = field_count(value, field)
    return f'<p class="oc-copy-counter {_fit(count)}">{text(field.label)} {text(count_text(count))}</p>'


def face(variant: Variant, channels: Channels, name: str) -> str:
    """The copy as its readers see it; a channel without a look of its own shows field by field."""
    name = name[:_NAME] or "你的账号"
    if variant.platform == "xiaohongshu":
        return _note(variant, name)
    if variant.platform == "sms":
        return _message(variant)
    if variant.platform in _SEARCH:
        return _search(variant, channels, name)
    if variant.platform.split("_")[0] == "push":
        return _push(variant, name)
    return _plain(variant, channels)


def _note(variant: Variant, name: str) -> str:
    title = _marked(variant, "title")
    cover = text(variant.fields.get("title", ""))
    return (
        f'<div class="oc-copy-face oc-copy-note"><div class="oc-copy-cover" aria-hidden="true">{cover}</div>'
        f'<p class="oc-copy-title">{title}</p><p class="oc-copy-by">{_icon(name)}</p>'
        f'<div class="oc-copy-body">{_marked(variant, "body")}</div>'
        f'<p class="oc-copy-tags">{_tags(variant, "tags")}</p></div>'
    )


def _message(variant: Variant) -> str:
    return (
        '<div class="oc-copy-face oc-copy-sms"><p class="oc-copy-from">短信 · 现在</p>'
        f'<div class="oc-copy-bubble">{_marked(variant, "text")}</div></div>'
    )


def _push(variant: Variant, name: str) -> str:
    return (
        '<div class="oc-copy-face oc-copy-phone"><div class="oc-copy-push">'
        f'<p class="oc-copy-app">{_icon(name)}<span>现在</span></p>'
        f'<p class="oc-copy-title">{_marked(variant, "title")}</p>'
        f'<div class="oc-copy-body">{_marked(variant, "body")}</div></div></div>'
    )


def _icon(name: str) -> str:
    return f'<i aria-hidden="true">{text(name[:1])}</i>{text(name)}'


def _tags(variant: Variant, field: str) -> str:
    return " ".join(f"<span>{tag}</span>" for tag in _each(variant, field))


def _search(variant: Variant, channels: Channels, name: str) -> str:
    """A result of a search; what only rotates into it (further headlines) stands below."""
    if variant.platform == "google_rsa":
        heads, lines = _each(variant, "headlines"), _each(variant, "descriptions")
        path = "/".join(filter(None, (_marked(variant, "path1"), _marked(variant, "path2"))))
        place = f"{text(name)}{' › ' if path else ''}{path}"
        more = _listed("标题", heads) + _listed("描述", lines)
        return _result(" | ".join(heads[:3]), place, " ".join(lines[:2])) + more
    body = "".join(_marked(variant, field) for field in ("description1", "description2"))
    return _result(_marked(variant, "title"), _marked(variant, "display_url") or text(name), body)


def _result(title: str, place: str, body: str) -> str:
    return (
        f'<div class="oc-copy-face oc-copy-search"><p class="oc-copy-place">{place} <span>广告</span></p>'
        f'<p class="oc-copy-title">{title}</p><div class="oc-copy-body">{body}</div></div>'
    )


def _listed(label: str, items: Sequence[str]) -> str:
    rows = "".join(f"<li>{item}</li>" for item in items)
    return (
        f'<details class="oc-copy-more"><summary>全部{text(label)} {len(items)} 条</summary><ol>{rows}</ol></details>'
    )


def _plain(variant: Variant, channels: Channels) -> str:
    rows = []
    for field, value in variant.fields.items():
        if isinstance(value, str):
            shown_ = f'<dd class="oc-copy-body">{_marked(variant, field)}</dd>'
        elif field == "tags":
            shown_ = f'<dd class="oc-copy-tags">{_tags(variant, field)}</dd>'
        else:
            shown_ = f"<dd><ol>{''.join(f'<li>{item}</li>' for item in _each(variant, field))}</ol></dd>"
        rows.append(f"<dt>{text(_label(channels, variant.platform, field))}</dt>{shown_}")
    return f'<dl class="oc-copy-face oc-copy-plain">{"".join(rows)}</dl>'


def _marked(variant: Variant, field: str) -> str:
    value = variant.fields.get(field, "")
    return _with_marks(value, variant.findings, field) if isinstance(value, str) else ""


def _each(variant: Variant, field: str) -> list[str]:
    """The entries of a list, each with its findings marked."""
    value = variant.fields.get(field, ())
    items = (value,) if isinstance(value, str) else value
    return [_with_marks(item, variant.findings, f"{field}[{place}]") for place, item in enumerate(items)]


def _with_marks(value: str, findings: Sequence[Finding], field: str) -> str:
    """A text with marks, the grave ones first; a remark about the whole of it needs none."""
    here = [shown(f) for f in findings if f.field == field]
    grave = [f for f in here if f.level != "caution"]
    mild = [f for f in here if f.level == "caution" and not (f.start == 0 and f.end >= len(value))]
    apart = [f for f in mild if not any(f.start < g.end and g.start < f.end for g in grave)]
    return render.marked(value, [*grave, *apart])


def _findings(findings: Sequence[Finding]) -> str:
    """Each kind of finding once, the grave ones first; what is only to be noted stays folded."""
    once = list({(f.rule, f.match, f.advice): shown(f) for f in findings}.values())
    grave = [f for f in once if f.level != "caution"]
    mild = [f for f in once if f.level == "caution"]
    order = sorted(grave, key=lambda f: f.level != "ban")
    folded = f'<details class="oc-copy-mild"><summary>留意 {len(mild)} 处</summary>{render.findings(mild)}</details>'
    return render.findings(order) + (folded if mild else "")


def _basis(variant: Variant) -> str:
    items = "".join(
        f'<li>{text(c.section or c.title)} <span class="oc-dim">{text(c.source)}</span>'
        f"<br>“{text(_short(c.quote))}”</li>"
        for c in variant.citations
    )
    return f'<details class="oc-copy-mild"><summary>写法依据</summary><ul>{items}</ul></details>' if items else ""


def _fit(count: Count) -> str:
    over = count.limit and count.value > count.limit
    return "oc-bad" if over and count.kind == "hard" else "oc-warn" if over else "oc-fits"


def _title(variant: Variant, channels: Channels) -> str:
    channel = channels.get(variant.platform)
    return channel.title if channel else variant.platform


def _label(channels: Channels, platform: str, field: str) -> str:
    channel = channels.get(platform)
    return next((f.label for f in channel.fields if f.name == field), field) if channel else field


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _QUOTE else f"{line[:_QUOTE]}…"


__all__ = ["Channels", "card", "cards", "counter", "face", "preview", "verdict"]
