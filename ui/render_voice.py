"""One diagnosis → HTML: what it comes to, the picture of voice, goal, motive and solution, then all it rests on.

`of` tells one diagnosis on the page from another (the number of a cluster); it comes back with every click.
"""

import re
from collections.abc import Sequence
from typing import Any

from copilot.diagnosis import Diagnosis, Need
from copilot.export.diagnosis import OPTION_HEADER, sections_of
from copilot.export.made_by import made_by
from copilot.knowledge import read
from ui.render import button, table, text
from ui.render_voice_picture import basis, marked_voice, picture

EXAMPLES = (
    ("想要功能", "能不能加个批量改价？换季要改两百多个商品，我一个个点到半夜，还改错过三个"),
    ("抱怨", "取件码短信老是晚半小时才来，我在驿站门口干等，后面还排着一队人"),
    ("故障", "更新到 5.2 以后，一点上传图片就闪退，重装了也一样，小米 14"),
    ("提问", "会员到期以后，之前存的资料还能看吗？"),
    ("表扬", "这次的换货太省心了，上门取件，第二天就收到新的"),
    ("太短", "不好用"),
)
_NONE = {  # why there are no needs, by kind
    "praise": "这是表扬：说的是已经满意的事。从里面推不出需求，硬推就是编。",
    "question": "这是提问：先把答案给到人。同样的问题多了，再看该改哪一屏。",
    "bug": "这是故障：先重现、修好，不当成需求去分析。",
}
_KINDS = {"request": "", "complaint": "oc-warn", "bug": "oc-bad", "question": "", "praise": "oc-good", "other": ""}
_ROOT = {"yes": "oc-good", "partly": "oc-warn", "no": "oc-bad", "unknown": ""}
_URGENT = {"high": "oc-bad", "medium": "oc-warn", "low": ""}
_MARK = re.compile(r"\[(\d{1,3})\]")


def welcome() -> str:
    """Before the first voice: what this does, and voices to try it with."""
    items = "".join(
        f'<li><span class="oc-dim">{text(kind)}</span> {button(voice, "example", "oc-button", voice=voice)}</li>'
        for kind, voice in EXAMPLES
    )
    return (
        '<div class="oc-empty"><p>贴一条用户的原话，看它是真需求、故障还是随口一说，这周该做什么、怎么回复。</p>'
        f'<ul class="oc-diagnose-examples" aria-label="试试这些原话">{items}</ul></div>'
    )


def diagnosis(d: Diagnosis, of: str = "") -> str:
    """Everything a diagnosis says, the verdict first."""
    return f'<div class="oc-diagnose-one">{first(d, of)}{_grounds(d, of)}</div>'


def grounds(d: Diagnosis, of: str = "") -> str:
    """All that stands behind `first`: the picture, needs, questions, options, sources."""
    return f'<div class="oc-diagnose-one">{_grounds(d, of)}</div>'


def _grounds(d: Diagnosis, of: str) -> str:
    parts = [
        picture(d) if d.needs else _no_needs(d),
        _part("原话", _voice(d)),
        _part("可能的需求（都是假设）", _needs(d, of)),
        _part("一层层问为什么", _ladder(d)),
        _part("照原话做能治本吗", _root(d, of) if d.root_reason or d.needs else ""),
        _part("追问", _questions(d, of)),
        _part("可选的做法", _options(d)),
        _part("最便宜的验证", _test(d, of)),
        _part("用户故事", _story(d)),
        _part("产品需求", _copied(d.requirement, f"oc-diagnose-requirement-{of}") if d.requirement else ""),
        _part("类似案例", _similar(d, of)),
        _part("引用", _sources(d, of)),
        _part("检查时去掉的", _list(map(text, d.dropped))),
    ]
    written = made_by(d.writer, d.usage.to_dict() if d.usage else None)
    return f'{"".join(parts)}<p class="oc-dim">{text(written)}</p>'


def first(d: Diagnosis, of: str = "") -> str:
    """What matters on the first screen: verdict, this week, reply, next step."""
    words: dict[str, Any] = read("voice/report")
    badges = [_badge(words["kinds"][d.kind], _KINDS[d.kind])]
    badges += (
        [_badge(f"强度 {d.intensity.score:g}", "oc-warn" if d.intensity.score >= 2 else "")] if d.intensity else []
    )
    badges += [_badge(f"照原话做：{words['verdicts'][d.solves_root]}", _ROOT[d.solves_root])] if d.needs else []
    badges.append(_badge(f"紧急程度 {words['urgency'][d.urgency]}", _URGENT[d.urgency]))
    badges += [_badge(f"{d.owner}负责")] if d.owner else []
    badges.append(_badge(f"下一步：{words['steps'][d.next_step]}"))
    badges += [_badge(f"留意：{words['signals'].get(signal, signal)}", "oc-bad") for signal in d.signals]
    badges += [] if d.enough else [_badge("说得太少，不作推断", "oc-warn")]
    week = f'<h3>本周</h3><p class="oc-diagnose-week">{_cited(d.this_week, d, of)}</p>' if d.this_week else ""
    reply = f"<h3>回复用户</h3>{_copied(d.reply, f'oc-diagnose-reply-{of}')}" if d.reply else ""
    return (
        f'<section class="oc-card oc-diagnose-first" aria-label="先看这里"><p class="oc-diagnose-badges">'
        f'{" ".join(badges)}</p><h3>结论</h3><p class="oc-diagnose-verdict">{_cited(d.verdict, d, of)}</p>'
        f"{week}{reply}</section>"
    )


def _no_needs(d: Diagnosis) -> str:
    why = _NONE.get(d.kind, "") if d.enough else "原话说得太少，信息不足：不编用户、不猜需求，先把下面的问题问清楚。"
    why = why or "从这句话里推不出需求：没有说难处，也没有说想要什么。"
    return f'<section class="oc-empty oc-diagnose-none"><h3>为什么没有列需求</h3><p>{text(why)}</p></section>'


# The voice and what was heard in it


def _voice(d: Diagnosis) -> str:
    words: dict[str, Any] = read("voice/report")
    strong = ""
    if d.intensity and d.intensity.text:
        told = f"强度词“{d.intensity.text}”：{d.intensity.score:g}（1 是没有程度词，3 是忍无可忍）"
        strong = f'<p class="oc-dim">{text(told)}</p>'
    parts = ""
    if len({part.kind for part in d.parts}) > 1:
        each = [f"{text(words['kinds'][part.kind])}：“{text(part.text)}”" for part in d.parts]
        parts = f'<p class="oc-dim">几句话不是一回事，逐句看：</p>{_list(each)}'
    return f'<blockquote class="oc-diagnose-quote">{marked_voice(d)}</blockquote>{strong}{parts}'


# What may stand behind it, and what to do


def _needs(d: Diagnosis, of: str) -> str:
    cards = "".join(_need(number, need, d, of) for number, need in enumerate(d.needs, 1))
    return f'<div class="oc-diagnose-needs">{cards}</div>' if cards else ""


def _need(number: int, need: Need, d: Diagnosis, of: str) -> str:
    quoted = f"原话“{text(need.evidence.text)}”。" if need.evidence else "原话没有直接说到。"
    rows = (
        ("依据", quoted + _cited(need.reason, d, of)),
        ("反过来看", _cited(need.against, d, of)),
        ("怎样推翻", _cited(need.falsifier, d, of)),
        ("成立就做", _cited(need.action, d, of)),
    )
    told = "".join(f"<dt>{name}</dt><dd>{said}</dd>" for name, said in rows)
    sure = f"{need.confidence:.0%}"
    return (
        f'<article class="oc-card oc-diagnose-need"><p class="oc-diagnose-name"><b>H{number}</b> {basis("assumed")} '
        f'<span class="oc-diagnose-sure">把握 {sure}<meter min="0" max="1" value="{need.confidence}" '
        f'aria-label="把握 {sure}"></meter></span></p>'
        f"<h4>{_cited(need.statement, d, of)}{_chips(need.cites, d, of)}</h4><dl>{told}</dl></article>"
    )


def _ladder(d: Diagnosis) -> str:
    rungs = "".join(f"<li>{text(why.text)} {basis(why.basis)}</li>" for why in d.whys)
    return f'<ol class="oc-diagnose-ladder">{rungs}</ol>' if rungs else ""


def _root(d: Diagnosis, of: str) -> str:
    word = read("voice/report")["verdicts"][d.solves_root]
    return f"<p>{_badge(word, _ROOT[d.solves_root])} {_cited(d.root_reason, d, of)}</p>"


def _questions(d: Diagnosis, of: str) -> str:
    if not d.questions:
        return ""
    name = f"oc-diagnose-questions-{of}"
    return f'<ol id="{text(name)}" class="oc-diagnose-list">{_items(map(text, d.questions))}</ol>{_copy(name)}'


def _options(d: Diagnosis) -> str:
    rows = [section.table[1:] for section in sections_of(d) if section.table]
    return table(OPTION_HEADER, rows[0], "做法，按收益÷成本排；分数和投入是估计") if rows else ""


def _test(d: Diagnosis, of: str) -> str:
    if not d.test:
        return ""
    return (
        f'<dl class="oc-diagnose-slots"><dt>做法</dt><dd>{_cited(d.test.what, d, of)}</dd>'
        f"<dt>门槛</dt><dd>{_cited(d.test.threshold, d, of)}</dd></dl>"
    )


def _story(d: Diagnosis) -> str:
    story = d.job_story
    if not story:
        return ""
    said = f"当{text(story.situation)}，我想{text(story.motivation)}，以便{text(story.outcome)}。"
    return f"<p>{said} {basis('assumed')}</p>"


def _similar(d: Diagnosis, of: str) -> str:
    return _list(
        f"{_chips((case.n,), d, of)} {text(_place(case.title, case.section))}：{text(case.need)}"
        for case in d.similar_cases
    )


def _sources(d: Diagnosis, of: str) -> str:
    return _list(
        f"{_chips((c.n,), d, of)} {text(_place(c.title, c.section))}"
        f'<details class="oc-diagnose-cited"><summary>引文</summary>“{text(" ".join(c.quote.split()))}”</details>'
        for c in d.citations
    )


# Pieces


def _cited(said: str, d: Diagnosis, of: str) -> str:
    """A text in which [n] is a button that opens the citation n."""
    known = {c.n for c in d.citations}
    pieces, at = [], 0
    for mark in _MARK.finditer(said):
        if (n := int(mark[1])) in known:
            pieces += [text(said[at : mark.start()]), _chips((n,), d, of)]
            at = mark.end()
    return "".join(pieces) + text(said[at:])


def _chips(numbers: Sequence[int], d: Diagnosis, of: str) -> str:
    titles = {c.n: c.section or c.title for c in d.citations}
    return "".join(button(str(n), "cite", "oc-chip", f"出处 {n}：{titles.get(n, '')}", n=n, of=of) for n in numbers)


def _place(title: str, section: str) -> str:
    """Where a passage stands; a section that begins with the title says it already."""
    return section if section.startswith(title) else f"{title} › {section}" if section else title


def _part(title: str, body: str) -> str:
    return f'<section class="oc-diagnose-part"><h3>{text(title)}</h3>{body}</section>' if body else ""


def _badge(word: str, css: str = "") -> str:
    return f'<span class="oc-diagnose-badge {css}">{text(word)}</span>'


def _copied(said: str, name: str) -> str:
    return f'<p class="oc-diagnose-box" id="{text(name)}">{text(said)}</p>{_copy(name)}'


def _copy(name: str) -> str:
    return f'<button type="button" class="oc-button" data-copy="{text(name)}">复制</button>'


def _list(items: Any) -> str:
    listed = _items(items)
    return f'<ul class="oc-diagnose-list">{listed}</ul>' if listed else ""


def _items(items: Any) -> str:
    return "".join(f"<li>{item}</li>" for item in items)
