"""A file of voices → HTML: its first rows, what came of it, the clusters, and the words of each, a page at a time."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from copilot.diagnosis import Cluster, NeedShare, Voice, VoiceReport
from copilot.export.score_text import number
from copilot.export.voice_parts import (
    kinds_told,
    method_lines,
    needs_by_row,
    next_step,
    praised,
    score_told,
    summary_lines,
)
from copilot.knowledge import read
from ui import render_voice
from ui.render import button, empty, note, table, text

if TYPE_CHECKING:
    from copilot.voices.intake import Glimpse

PAGE = 50  # voices, or clusters, that stand on the page at a time
_CELL = 60  # characters of a cell in the preview
_LEFT, _ALL = "left", "all"  # views of the words beside those of one cluster
# what messages call by their flag on the command line is a field here
_FIELDS = {
    "column": "反馈列", "user": "用户列", "date": "日期列", "sheet": "哪张表", "like": "以前的报告",
    "clusters": "分成几类", "effort-unit": "投入的单位", "day-price": "一个人日多少元", "one": "1 是哪一头",
}  # fmt: skip
_FLAG = re.compile(rf"(加)?\s*--({'|'.join(_FIELDS)})\s*")


def plain(message: str) -> str:
    """Return a message with flags of the command line told as the fields of the page."""
    return _FLAG.sub(lambda found: f"{'改' if found[1] else ''}“{_FIELDS[found[2]]}”", message)


def welcome() -> str:
    """Before the first file: what it needs, and what comes of it."""
    return empty(
        "上传一个表，一行一条用户反馈，看大家要的是哪几件事、各有多少人、先做哪件。",
        "可以用 csv、xlsx、jsonl；要有一列是用户的原话，有用户、日期列更好：能去重、看趋势。",
        "手机号、邮箱、证件号先遮住再分析；每一行都有去处，没归类的写明原因。",
    )


def preview(first: "Glimpse", name: str) -> str:
    """The first rows, and what the columns are taken for."""
    rows = [[_cut(cell) for cell in row] for row in first.rows]
    parts = [table([_cut(head) for head in first.header], rows, f"{name} 的前 {len(rows)} 行（个人信息已遮住）")]
    if first.problem:
        parts.append(note(f"{first.problem}。在下面选“反馈列”。", "warn"))
    parts += [note(plain(line)) for line in first.notes]
    return f'<div class="oc-diagnose-preview">{"".join(parts)}</div>'


def summary(report: VoiceReport) -> str:
    """What the file comes to; every row is accounted for."""
    lines = "".join(f"<li>{text(line)}</li>" for line in summary_lines(report))
    asides = "".join(
        f"<tr><th>{text(what)}</th><td>{text(plain(line))}</td></tr>" for what, line in method_lines(report)
    )
    return (
        '<section class="oc-card oc-diagnose-first" aria-label="结果"><h3>结果</h3>'
        f'<ul class="oc-diagnose-list">{lines}</ul>'
        '<details><summary>怎么算的，读了哪几列，遮住了什么</summary><div class="oc-wide">'
        f'<table class="oc-table"><tbody>{asides}</tbody></table></div></details></section>'
    )


def ranked(report: VoiceReport, chosen: str, page: int = 0) -> str:
    """The clusters by rank, a page at a time, and the rest of the rows; each opens when clicked."""
    most = max((cluster.users for cluster in report.clusters), default=1)
    shown = report.clusters[page * PAGE : (page + 1) * PAGE]
    items = "".join(_item(cluster, most, chosen == str(cluster.id)) for cluster in shown)
    rest = [(_ALL, "全部反馈", report.rows)]
    rest += [(_LEFT, "没有归类的", len(report.unclustered))] if report.unclustered else []
    others = "".join(
        f"<li>{_pick(f'{name}（{count:,} 行）', which, chosen == which)}</li>" for which, name, count in rest
    )
    listed = f'<ol class="oc-diagnose-clusters">{items}</ol>' if items else ""
    return (
        f'<nav aria-label="各类反馈"><h3>{len(report.clusters)} 类，按得分排</h3>{listed}'
        f"{_pager(len(report.clusters), page, 'clusters', '类')}"
        f'<ul class="oc-diagnose-clusters">{others}</ul></nav>'
    )


def _item(cluster: Cluster, most: int, chosen: bool) -> str:
    facts = f"{cluster.users} 人 · {cluster.size} 行 · 得分 {number(cluster.score)} · {next_step(cluster)}"
    change = cluster.change.partition("：")[0] if cluster.change.startswith(("上升", "下降")) else ""
    moved = f'<span class="oc-diagnose-badge">{text(change)}</span>' if change else ""
    return (
        f"<li>{_pick(f'{cluster.id}. {cluster.label}', str(cluster.id), chosen)}"
        f'<span class="oc-diagnose-bar" style="width: {100 * cluster.users / most:.1f}%"></span>'
        f'<span class="oc-dim">{text(facts)} {moved}{"（表扬）" if praised(cluster) else ""}</span></li>'
    )


def _pick(label: str, which: str, chosen: bool) -> str:
    pressed = "true" if chosen else "false"
    return (
        f'<button type="button" class="oc-diagnose-pick" data-act="pick" data-which="{text(which)}" '
        f'aria-pressed="{pressed}">{text(label)}</button>'
    )


def cluster(report: VoiceReport, which: str) -> str:
    """A cluster: its figures, voices that stand for it, needs, and the diagnosis; or what the other rows are."""
    if which == _ALL:
        return f"<h3>全部反馈</h3><p>文件里的 {report.rows:,} 行，各在哪一类、为什么没有归类，都在下面。</p>"
    if which == _LEFT:
        counts = Counter(str(entry["reason"]) for entry in report.unclustered).most_common()
        rows = [(reason, f"{count:,}") for reason, count in counts]
        return f"<h3>没有归类的</h3>{table(('原因', '行数'), rows, '为什么没有归类')}"
    found = next(one for one in report.clusters if str(one.id) == which)
    facts = [f"{found.users} 人，{found.size} 行；得分 {score_told(found)}（提出的人 × 平均强度）；{kinds_told(found)}"]
    facts += [f"变化：{found.change}"] if found.change else []
    facts += [f"关键词：{'、'.join(found.keywords)}"] if found.keywords else []
    quotes = "".join(
        f'<blockquote class="oc-diagnose-quote">“{text(quote)}”<span class="oc-dim">（第 {row} 行）</span></blockquote>'
        for quote, row in zip(found.quotes, found.representatives, strict=True)
    )
    return (
        f"<h3>{found.id}. {text(found.label)}</h3>{_list(facts)}"
        f'<section class="oc-diagnose-part"><h4>代表原话</h4>{quotes}</section>'
        f"{_shares('这一类里的几件事', found.wants)}{_shares('这一类里的需求（假设）', found.needs)}"
    )


def cluster_diagnosis(report: VoiceReport, which: str) -> str:
    """The diagnosis of the voice that stands for a cluster, the verdict first, the rest to be opened."""
    found = next((one.diagnosis for one in report.clusters if str(one.id) == which), None)
    if not found:
        return ""
    return (
        f'<div class="oc-diagnose-one">{render_voice.first(found, which)}</div>'
        '<details class="oc-diagnose-more"><summary>完整诊断：Y 图、需求假设、追问、做法、依据</summary>'
        f"{render_voice.grounds(found, which)}</details>"
    )


def _shares(title: str, shares: Sequence[NeedShare]) -> str:
    most = max((share.users for share in shares), default=1)
    items = "".join(
        f'<li>{text(share.need)} <span class="oc-dim">{share.users} 人，{len(share.rows)} 行</span>'
        f'<span class="oc-diagnose-bar" style="width: {100 * share.users / most:.1f}%"></span></li>'
        for share in shares
    )
    if not items:
        return ""
    return f'<section class="oc-diagnose-part"><h4>{title}</h4><ul class="oc-diagnose-shares">{items}</ul></section>'


# Original words


def words(report: VoiceReport, which: str, page: int = 0) -> str:
    """The words of a cluster, or of all rows, or of those in none; one page of them."""
    voices = _voices(report, which)
    labels = {one.id: one.label for one in report.clusters} if which == _ALL else {}
    needs = needs_by_row(report)
    shown = voices[page * PAGE : (page + 1) * PAGE]
    items = "".join(_said(voice, labels, needs.get(voice.row, "")) for voice in shown)
    return (
        f'<section class="oc-diagnose-part" aria-label="原话"><h3>原话 {len(voices):,} 行</h3>'
        f'<ul class="oc-diagnose-words">{items}</ul>{_pager(len(voices), page, "words", "行", which)}</section>'
    )


def _voices(report: VoiceReport, which: str) -> list[Voice]:
    if which == _ALL:
        return list(report.voices)
    wanted = 0 if which == _LEFT else int(which)
    return [voice for voice in report.voices if voice.cluster == wanted]


def _said(voice: Voice, labels: dict[int, str], need: str) -> str:
    kinds: dict[str, str] = read("voice/report")["kinds"]
    facts = [f"第 {voice.row} 行", voice.user, voice.date, kinds[voice.kind] if not voice.reason or voice.text else ""]
    facts += [f"和第 {voice.same_as} 行说得一样"] if voice.same_as else []
    facts += [f"第 {voice.cluster} 类 {labels[voice.cluster]}"] if voice.cluster in labels else []
    wanted = f'<p class="oc-dim">可能的需求（假设）：{text(need)}</p>' if need else ""
    why = f'<p class="oc-diagnose-reason">没有归类：{text(plain(voice.reason))}</p>' if voice.reason else ""
    return (
        f'<li><p class="oc-dim">{text(" · ".join(fact for fact in facts if fact))}</p>'
        f'<p class="oc-diagnose-text">{text(voice.text) or "（空）"}</p>{wanted}{why}</li>'
    )


def _pager(total: int, page: int, act: str, unit: str, which: str = "") -> str:
    """Buttons to the page before and after; none where one page holds all."""
    if total <= PAGE:
        return ""
    first, last = page * PAGE + 1, min(total, (page + 1) * PAGE)
    before = button("上一页", act, "oc-button", which=which, page=page - 1) if page else ""
    after = button("下一页", act, "oc-button", which=which, page=page + 1) if last < total else ""
    return f'<p class="oc-diagnose-pager">{before} <span>第 {first:,}–{last:,} {unit}，共 {total:,}</span> {after}</p>'


def _cut(cell: str) -> str:
    line = " ".join(cell.split())
    return line if len(line) <= _CELL else f"{line[:_CELL]}…"


def _list(lines: Sequence[str]) -> str:
    return f'<ul class="oc-diagnose-list">{"".join(f"<li>{text(line)}</li>" for line in lines)}</ul>'
