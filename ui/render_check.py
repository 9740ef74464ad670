"""What a check found in people's own copy → HTML: the text with marks, findings, exemptions, what was not looked at."""

from collections.abc import Sequence

from copilot.types import CheckReport, Finding
from ui import render
from ui.render import LEVELS, button, text

# (what it shows, text, channel id)
EXAMPLES = (
    ("一条笔记", "青禾挂耳咖啡，全网最低价！喝它包你一整天不困，买就送杯子。", "xiaohongshu"),
    ("一条短信", "【青禾咖啡】挂耳咖啡满 99 减 20，这个周末有效，到店出示本短信。", "sms"),
    ("有豁免的", "第一次来店里的客人，都会收到一张手写卡片。豆子当天烘，当天装袋。", ""),
)
NOTHING = "没有查到问题。只对照了已有的规则，不等于没有问题。"


def welcome() -> str:
    """An empty tab: what it does, and texts to try."""
    items = "".join(
        f"<li>{button(name + '：' + words, 'example', 'oc-button', number=number)}</li>"
        for number, (name, words, _) in enumerate(EXAMPLES)
    )
    return (
        '<div class="oc-empty"><p>把要发的文案贴进来：标出广告法不许说的、要有证据的、漏写的，列出条文和改法。'
        f'先试一条：</p><ul class="oc-copy-examples">{items}</ul></div>'
    )


def report(found: CheckReport) -> str:
    """One text with all that was found."""
    marked = f'<div class="oc-card oc-check-text" tabindex="0" aria-label="标出问题的原文">{_marked(found)}</div>'
    rows = [f"“{row['match']}”：{row['reason']}" for row in found.exempted]
    parts = [_summary(found), marked, render.findings(_graver_first(found)), _section("没有算作问题的", rows, True)]
    return f'<div class="oc-check">{"".join(parts)}{_section("没有检查的", found.not_checked, True)}</div>'


def table(reports: Sequence[CheckReport], left: int) -> str:
    """Many texts, a row each; `left` lines were not checked."""
    bad = sum(1 for r in reports if any(f.level != "caution" for f in r.findings))
    mild = sum(1 for r in reports if r.findings and all(f.level == "caution" for f in r.findings))
    line = f"{len(reports)} 条：{bad} 条有不能用或要有证据的说法，{mild} 条有要留意的，"
    line += f"{len(reports) - bad - mild} 条没有查到问题（不等于没有问题）。"
    line += f"文件太长，后面 {left} 条没有查。" if left else ""
    rows = "".join(
        f'<tr><td>{number}</td><td><div class="oc-check-cell">{_marked(found)}</div></td>'
        f'<td><div class="oc-check-found">{render.findings(_graver_first(found)) or "没有查到"}</div></td></tr>'
        for number, found in enumerate(reports, 1)
    )
    seen = dict.fromkeys(line for found in reports for line in found.not_checked)
    return (
        f'<div class="oc-check">{render.note(line, "warn" if bad else "info")}'
        '<div class="oc-wide" tabindex="0" role="region" aria-label="逐条结果"><table class="oc-table">'
        '<thead><tr><th scope="col">行</th><th scope="col">文案</th><th scope="col">查到的</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{_section('没有检查的', list(seen), False)}</div>"
    )


def _summary(found: CheckReport) -> str:
    if not found.findings:
        return render.note(NOTHING)
    counts = [
        f"{word} {number} 处"
        for level, word in LEVELS.items()
        if (number := sum(f.level == level for f in found.findings))
    ]
    grave = any(f.level != "caution" for f in found.findings)
    return render.note(f"查到：{'，'.join(counts)}。", "bad" if grave else "warn")


def _marked(found: CheckReport) -> str:
    return render.marked(found.text, found.findings)


def _graver_first(found: CheckReport) -> list[Finding]:
    order = list(LEVELS)
    return sorted(found.findings, key=lambda f: order.index(f.level))


def _section(title: str, rows: Sequence[str], is_open: bool) -> str:
    if not rows:
        return ""
    items = "".join(f"<li>{text(row)}</li>" for row in rows)
    state = " open" if is_open else ""
    return f"<details{state}><summary>{text(title)} {len(rows)} 项</summary><ul>{items}</ul></details>"
