"""A conversation and a source → HTML.

A turn is a dict that fits into the browser's storage: `question`, `sentences` (those that came so far), `reply` (the
answer's JSON, None while it is being written), `state` (asked, done, stopped, failed), `vote` and `reason`.
"""

import re
from typing import Any

from copilot.export.made_by import made_by
from copilot.knowledge import read
from copilot.types import DocumentView
from ui.render import button, text

_SUPPORT = {"supported": ("支持", "good"), "partial": ("部分支持", "warn"), "unsupported": ("无依据", "bad")}
_ITEM = re.compile(r"\s*(?:[-•]|\d{1,3}[.、)）]|[（(]\d{1,2}[）)]|[①-⑳])\s*")
_FRONT = re.compile(r"---\n.*?\n---\n", re.DOTALL)
_HEADING = re.compile(r"#{1,6} ")
_AROUND = 20_000  # characters of a long source that are shown on each side of the passage
_VOTES = {"up": "有用", "down": "没用"}
REASONS = ("答非所问", "不完整", "引文不对", "过时", "看不懂")


def conversation(turns: list[dict[str, Any]]) -> str:
    """The whole conversation, as a log that screen readers read on."""
    return f'<div class="oc-log" role="log" aria-label="对话">{"".join(map(_turn, range(len(turns)), turns))}</div>'


def _turn(number: int, turn: dict[str, Any]) -> str:
    reply = turn["reply"]
    parts = [f'<div class="oc-asked"><span class="oc-sr">你问：</span>{text(turn["question"])}</div>']
    body = []
    if reply and reply["query_used"] != reply["question"]:
        body.append(f'<p class="oc-dim">联系上文，按“{text(reply["query_used"])}”检索</p>')
    if reply and not reply["answered"]:
        body.append(_refusal(number, reply))
    elif reply:
        body.append(f'<div id="oc-answer-{number}">{_sentences(number, reply["sentences"], reply["citations"])}</div>')
        body.append(_sources(number, reply["citations"]))
        body += [f'<p class="oc-note oc-warn">{text(f["match"])}。{text(f["advice"])}</p>' for f in reply["findings"]]
        if reply["writer"] != "rules":
            body.append(f'<p class="oc-dim">{text(made_by(reply["writer"], reply.get("usage")))}</p>')
    else:
        body.append(_sentences(number, turn["sentences"], []))
    body.append(_state(number, turn))
    return f'<article class="oc-turn">{"".join(parts)}<div class="oc-card oc-reply">{"".join(body)}</div></article>'


def _sentences(number: int, sentences: list[dict[str, Any]], citations: list[dict[str, Any]]) -> str:
    """Sentences in paragraphs; another source begins a new one, a list item stands alone."""
    titles = {c["n"]: c["section"] or c["title"] for c in citations}
    shown, open_kind, before = [], "", None
    for sentence in sentences:
        item = _ITEM.match(sentence["text"])
        kind = "item" if item else "para"
        if kind == "item" or kind != open_kind or sentence["cites"] != before:
            shown.append(f'{"</p>" if open_kind else ""}<p class="oc-{kind}">')
        shown.append(_sentence(number, sentence, titles))
        open_kind, before = kind, sentence["cites"]
    return "".join(shown) + ("</p>" if open_kind else "")


def _sentence(number: int, sentence: dict[str, Any], titles: dict[int, str]) -> str:
    word, css = _SUPPORT[sentence["support"]]
    mark = f'<span class="oc-support oc-{css}" title="字面核验：{word}">{word}</span>'
    chips = "".join(
        button(str(n), "cite", "oc-chip", f"出处 {n}：{titles.get(n, '')}", turn=number, n=n) for n in sentence["cites"]
    )
    return f"<span>{text(sentence['text'])}</span>{chips}{mark}"


def _sources(number: int, citations: list[dict[str, Any]]) -> str:
    items = "".join(
        f"<li>{button(str(c['n']), 'cite', 'oc-chip', '打开出处', turn=number, n=c['n'])} "
        f'{text(c["section"] or c["title"])} <span class="oc-dim">{text(c["source"])}</span></li>'
        for c in citations
    )
    return f'<details class="oc-sources"><summary>出处 {len(citations)} 处</summary><ul>{items}</ul></details>'


def _refusal(number: int, reply: dict[str, Any]) -> str:
    items = "".join(
        f"<li>{button(p['section'] or p['title'], 'near', turn=number, n=p['rank'])} "
        f'<span class="oc-unused">未采用</span> <span class="oc-dim">{text(p["source"])}</span></li>'
        for p in reply["nearest"]
    )
    near = f'<p>最接近的段落：</p><ul class="oc-near">{items}</ul>' if items else ""
    return f'<p id="oc-answer-{number}">{text(reply["answer"])}</p>{near}'


def _state(number: int, turn: dict[str, Any]) -> str:
    """What can be done with a turn, or what became of it."""
    if turn["state"] == "asked":
        return '<p class="oc-dim oc-thinking">正在查资料…</p>'
    again = button("重新回答", "retry", "oc-button", turn=number)
    if turn["state"] == "stopped":
        return f'<p class="oc-dim">已停止。</p><div class="oc-acts">{again}</div>'
    if turn["state"] == "failed":
        return f'<p class="oc-note oc-bad">没有答成：{text(turn["error"])}</p><div class="oc-acts">{again}</div>'
    copy = f'<button type="button" class="oc-button" data-copy="oc-answer-{number}">复制</button>'
    votes = "".join(
        f'<button type="button" class="oc-button" data-act="vote" data-turn="{number}" data-vote="{vote}" '
        f'aria-pressed="{"true" if turn["vote"] == vote else "false"}">{word}</button>'
        for vote, word in _VOTES.items()
    )
    return f'<div class="oc-acts">{copy}{again}{votes}</div>{_reasons(number, turn)}'


def _reasons(number: int, turn: dict[str, Any]) -> str:
    if turn["vote"] == "up":
        return '<p class="oc-dim">谢谢，已记下。</p>'
    if turn["vote"] != "down":
        return ""
    chosen = "".join(
        f'<button type="button" class="oc-button" data-act="reason" data-turn="{number}" data-reason="{reason}" '
        f'aria-pressed="{"true" if turn["reason"] == reason else "false"}">{reason}</button>'
        for reason in REASONS
    )
    return f'<div class="oc-acts" role="group" aria-label="哪里不好">哪里不好？{chosen}</div>'


def source(view: DocumentView, section: str, start: int, end: int, unused: bool = False) -> str:
    """A document with the span `start:end` marked; a long one only around it."""
    first, last = max(0, start - _AROUND), min(len(view.text), end + _AROUND)
    before = f'<p class="oc-dim">（前面还有 {first} 字）</p>' if first else ""
    after = f'<p class="oc-dim">（后面还有 {len(view.text) - last} 字）</p>' if last < len(view.text) else ""
    label = '<span class="oc-unused">未采用</span> ' if unused else ""
    return (
        f'<section class="oc-source" aria-label="原文"><h2>{label}{text(view.title)}</h2>'
        f'<p class="oc-path">{text(section)}</p><p class="oc-dim">{text(view.source)}（{start}–{end} 字）</p>'
        '<div class="oc-text" tabindex="0" role="region" aria-label="原文全文">'
        f"{before}{_dressed(view.text[first:start])}"
        f'<mark class="oc-hit" id="oc-hit">{_dressed(view.text[start:end])}</mark>'
        f"{_dressed(view.text[end:last])}{after}</div>"
        "</section>"
    )


def _dressed(part: str) -> str:
    """A part of a document, sign for sign, its headings bold and the head of the file (between ---) small."""
    front = _FRONT.match(part)
    head = f'<span class="oc-front">{text(front.group())}</span>' if front else ""
    lines = part[front.end() :] if front else part
    return head + "".join(
        f"<strong>{text(line)}</strong>" if _HEADING.match(line) else text(line) for line in lines.splitlines(True)
    )


def gone(name: str, quote: str, why: str) -> str:
    """A source that is not there as it was: the quote alone."""
    return (
        f'<section class="oc-source" aria-label="原文"><h2>{text(name)}</h2><p class="oc-note oc-warn">{text(why)}</p>'
        f'<div class="oc-text" tabindex="0" role="region" aria-label="引文">'
        f'<mark class="oc-hit" id="oc-hit">{text(quote)}</mark></div></section>'
    )


def welcome() -> str:
    """An empty conversation: what can be asked, by role."""
    groups = []
    for role, questions in read("page")["examples"].items():
        items = "".join(f"<li>{button(q, 'example', 'oc-button', question=q)}</li>" for q in questions)
        groups.append(f'<section><h2>{text(role)}</h2><ul class="oc-examples">{items}</ul></section>')
    return (
        '<div class="oc-empty"><p>问运营上的事。每句答案都标出处，点数字就看原文；资料里没有的，会直说没有。</p>'
        f'<div class="oc-roles">{"".join(groups)}</div></div>'
    )


def chats(listed: list[dict[str, Any]], current: str) -> str:
    """The conversations in this browser, newest first."""
    here = ' class="oc-current"'
    items = "".join(
        f"<li{here if chat['id'] == current else ''}>"
        f"{button(chat['title'], 'open', chat=chat['id'])}"
        f"{button('删除', 'drop', name='删除对话：' + chat['title'], chat=chat['id'])}</li>"
        for chat in reversed(listed)
    )
    return f'<nav aria-label="对话列表"><ul class="oc-chats">{items}</ul></nav>' if items else ""
