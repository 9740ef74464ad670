"""What surrounds drafts of copy → HTML: the brief as understood, what was assumed, left out, is missing."""

import re
from collections.abc import Sequence
from dataclasses import fields, replace

from copilot.briefs import AdBrief, AdCopy, Gap, Offer, OriginalPrice
from copilot.export.made_by import made_by
from copilot.knowledge.keys import label_of
from copilot.types import Finding
from ui.render import button, empty, text

EXAMPLES = (
    "给挂耳咖啡写 3 条小红书，烘好当天装袋，写给赶早班地铁的上班族，39 元一盒",
    "帮我写 3 条短信，满 199 减 50，11 月 30 日截止，发给两个月没来的会员，签名青禾咖啡",
    "给帆布通勤包写 2 条推送，自重 480 克，放得下电脑和雨伞，69 元",
)
# What is said to those who use the command line, and what the page says instead.
_SAID = (
    ("有依据就写进 facts，没有就删掉", "有依据就写进需求的“事实”一栏，没有就删掉"),
    ("补上依据（facts），或者删掉", "在需求的“事实”一栏补上依据，或者删掉"),
    ("；用 --platform 换渠道", "；要别的渠道，在上面选"),
    ("用 -n 5 这样的写法；更多请用 batch", "更多请到“批量”"),
    ("简报", "需求"),
)
_KEY = re.compile(r"（[a-z_]+）")


def plain(words: str) -> str:
    """Return what the program says, without names that only the command line knows."""
    for old, new in _SAID:
        words = words.replace(old, new)
    return _KEY.sub("", words)


def shown(finding: Finding) -> Finding:
    """Return a finding as the page words it."""
    return replace(finding, advice=plain(finding.advice))


def said(value: object) -> str:
    """Return a value of a brief in words."""
    if isinstance(value, Offer):
        until = f"{value.start} 到 {value.end}" if value.start and value.end else ""
        until = until or (f"{value.end}截止" if value.end else f"{value.start}开始" if value.start else "")
        apart = " " if value.threshold[-1:].isdigit() else ""  # 满 199 减 50
        what = f"{value.threshold}{apart}{value.what}".strip()
        gift = f"送{value.gift}" if value.gift else ""
        return "，".join(filter(None, (value.who, what, gift, value.quota, until)))
    if isinstance(value, OriginalPrice):
        return value.value + (f"（{value.basis}）" if value.basis else "")
    if isinstance(value, (tuple, list)):
        return "；".join(map(str, value))
    return str(value or "")


def welcome() -> str:
    """An empty tab: what it does, and sentences to begin with."""
    items = "".join(f"<li>{button(each, 'example', 'oc-button', sentence=each)}</li>" for each in EXAMPLES)
    return (
        '<div class="oc-empty"><p>写一句话就出稿：写什么、发在哪、有什么优惠。每条都查过字数、依据和广告法，'
        f'不能说的不写，并说明是哪一条。</p><ul class="oc-copy-examples">{items}</ul></div>'
    )


def understood(brief: AdBrief | None, titles: Sequence[str] = ()) -> str:
    """The brief in words, only what was said; `titles` are the names of its channels."""
    if brief is None:
        return empty("写完这里列出读懂了什么；不对就在下面改，再点“重写”。")
    rows = [("渠道", "、".join(titles))] if titles else []
    for field in fields(AdBrief):
        value = said(getattr(brief, field.name))
        if value and field.name != "platform":
            rows.append((label_of(field.name), value))
    items = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in rows)
    return f'<section class="oc-card oc-copy-brief"><h3>读懂的需求</h3><dl>{items}</dl></section>'


def notes(result: AdCopy | None) -> str:
    """Below the drafts: what is missing, what was assumed, what was left out and why, who wrote."""
    if result is None:
        return ""
    told = _section("这样处理的", [text(plain(note)) for note in result.notes])
    return (
        f'<div class="oc-copy-notes">{_gaps(result.gaps)}{told}{_dropped(result.dropped)}'
        f'<p class="oc-dim">{text(_writer(result))}</p></div>'
    )


def _gaps(gaps: Sequence[Gap]) -> str:
    items = [
        text(gap.question) + (f' <span class="oc-dim">例：{text(gap.example)}</span>' if gap.example else "")
        for gap in gaps
    ]
    more = button("去补上", "fill", "oc-button")
    return _section("补上这些会写得更准", items, more) if items else ""


def _dropped(rows: Sequence[dict[str, str]]) -> str:
    items = []
    for row in rows:
        quoted = f"“{text(_short(row['text']))}”" if row.get("text") else ""
        law = f' <span class="oc-law">{text(row["law"])}</span>' if row.get("law") else ""
        advice = f" {text(plain(row['advice']))}" if row.get("advice") else ""
        why = text(plain(row["reason"]))
        items.append(f"{quoted}{'：' if quoted else ''}{why}{law}{advice}")
    return _section("没有用上的", list(dict.fromkeys(items)))


def _section(title: str, items: Sequence[str], more: str = "") -> str:
    if not items:
        return ""
    listed = "".join(f"<li>{item}</li>" for item in items)
    return f"<section><h3>{text(title)}</h3><ul>{listed}</ul>{more}</section>"


def _writer(copy: AdCopy) -> str:
    if copy.writer == "rules":
        return "这些文案由规则写成，没有用模型。"
    return made_by(copy.writer, copy.usage.to_dict() if copy.usage else None)


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 60 else f"{line[:60]}…"
