"""问答: a conversation with its sources beside it."""

import json
import secrets
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from copilot import Copilot
from copilot.errors import CopilotError, InputError
from copilot.export.chat import write_chat
from copilot.types import Answer, Done, Sentence
from copilot.uploads import shown_source
from ui import render_chat, source
from ui.events import CLICKS, listen
from ui.files import download, outgoing
from ui.render import empty

Turn = dict[str, Any]
Chat = dict[str, Any]

_KEPT = 30  # conversations kept in the browser, which has 5 MB for all of a site
_BYTES = 1_500_000  # characters of JSON that they may take
_TITLE = 24
_PAUSE = 0.05  # seconds between two redraws of an answer: more often nobody sees, and 20 users at once wait longer
# as CLICKS; and a new question goes to the upper edge of the window
_LOG = (
    CLICKS
    + """
let turns = 0;
watch('value', () => {
  const all = element.querySelectorAll('.oc-turn');
  if (all.length > turns) all[all.length - 1].scrollIntoView({block: 'start', behavior: 'smooth'});
  turns = all.length;
});
"""
)


def build(app: gr.Blocks, copilot: Copilot) -> None:
    """Put the tab's components where they are called."""
    chats = gr.BrowserState([], storage_key="ops-copilot-chats", secret="ops-copilot")
    turns, current = gr.State([]), gr.State("")
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=180, elem_id="oc-side"):
            fresh = gr.Button("新对话", size="sm", elem_id="oc-fresh")
            side = gr.HTML("", js_on_load=CLICKS, apply_default_css=False, elem_id="oc-chats")
        with gr.Column(scale=4, min_width=320):
            log = gr.HTML(render_chat.welcome(), js_on_load=_LOG, apply_default_css=False, elem_id="oc-log")
            with gr.Row(equal_height=True):
                hint = "问一个运营问题，回车发送；接着问会联系上文"
                question = gr.Textbox(
                    label="问题", placeholder=hint, max_lines=6, scale=8, elem_id="oc-question", autofocus=True
                )
                # One of the two is shown, by ask.css: updating components takes .01 s of the .097 that a question takes
                send = gr.Button("发送", variant="primary", scale=1, min_width=80, elem_id="oc-send")
                stop = gr.Button("停止", scale=1, min_width=80, elem_id="oc-stop")
            with gr.Row():
                download("导出 Markdown", partial(_export, ".md"), turns, "chat-md", min_width=110)
                download("导出 Word", partial(_export, ".docx"), turns, "chat-docx", min_width=110)
                download("导出我的评价", _votes, [turns, current, chats], "votes", min_width=110)
        with gr.Column(scale=3, min_width=300):
            hint = empty("点答案里的数字，这里打开原文，标出那一段。")
            beside = gr.HTML(hint, apply_default_css=False, js_on_load=source.SCROLL, elem_id="oc-source")

    quiet: dict[str, Any] = {"show_progress": "hidden"}
    # Rules take a processor, of which more than a few threads only get in each other's way; a model is waited for.
    answers = quiet | {"concurrency_limit": 32 if copilot.settings.model else 4, "concurrency_id": "answers"}
    shown = [log, turns, question, beside]
    answering = [
        listen(question.submit, partial(_ask, copilot), [question, turns], shown, **answers),
        listen(send.click, partial(_ask, copilot), [question, turns], shown, **answers),
        listen(log.click, partial(_clicked, copilot), [turns], shown, **answers),
    ]
    halted = listen(stop.click, None, cancels=answering)
    halted = listen(halted.then, _stopped, [turns], shown, **quiet)
    for event in (*answering, halted):
        listen(event.then, _keep, [turns, current, chats], [current, chats, side], **quiet)
    listen(fresh.click, _fresh, [chats], [current, *shown, side], **quiet)
    listen(side.click, _side, [chats, current], [chats, current, *shown, side], **quiet)
    listen(app.load, lambda chats: render_chat.chats(chats, ""), [chats], [side], **quiet)


def _ask(copilot: Copilot, question: str, turns: list[Turn]) -> Iterator[tuple[Any, ...]]:
    if question.strip():
        turns.append(_new(question.strip()))
        yield from _answer(copilot, turns, len(turns) - 1)
    else:
        yield _view(turns)


def _clicked(copilot: Copilot, turns: list[Turn], event: gr.EventData) -> Iterator[tuple[Any, ...]]:
    """Whatever was clicked in the conversation."""
    act, number = event.act, int(getattr(event, "turn", 0))
    if act == "example":
        yield from _ask(copilot, event.question, turns)
    elif act == "retry":
        turns[number] = _new(turns[number]["question"])
        yield from _answer(copilot, turns, number)
    elif act in ("cite", "near"):
        yield _view(turns, opened=_source(copilot, turns[number]["reply"], act, int(event.n)))
    else:
        _vote(copilot, turns[number], act, event)
        yield _view(turns)


def _new(question: str) -> Turn:
    turn: Turn = {"id": secrets.token_hex(8), "question": question, "state": "asked", "sentences": [], "reply": None}
    return turn | {"vote": "", "reason": "", "error": ""}


def _answer(copilot: Copilot, turns: list[Turn], number: int) -> Iterator[tuple[Any, ...]]:
    """Answer one turn, sentence by sentence, in the light of those before it."""
    turn = turns[number]
    yield _view(turns, asked=True)
    drawn = 0.0
    try:
        for event in copilot.stream(turn["question"], _history(turns[:number])):
            if isinstance(event, Done):
                turn |= {"reply": _shown(copilot, event.reply), "sentences": [], "state": "done"}
            elif isinstance(event, Sentence):
                turn["sentences"].append(event.to_dict())
                if time.monotonic() - drawn > _PAUSE:
                    yield _view(turns)
                    drawn = time.monotonic()
    except CopilotError as error:
        turn |= {"state": "failed", "error": f"{error.message}。{error.hint}"}
    yield _view(turns)


def _shown(copilot: Copilot, answer: Answer) -> dict[str, Any]:
    """The answer's JSON; uploads by their names, not by where they lie on the server."""
    reply = answer.to_dict()
    for one in (*reply["citations"], *reply["nearest"]):
        one["source"] = shown_source(copilot.settings.home, one["source"])
    return reply


def _history(turns: list[Turn]) -> list[dict[str, str]]:
    told = []
    for turn in turns:
        answer = turn["reply"]["answer"] if turn["reply"] else ""
        told += [{"role": "user", "content": turn["question"]}, {"role": "assistant", "content": answer}]
    return told


def _view(turns: list[Turn], *, asked: bool = False, opened: str = "") -> tuple[Any, ...]:
    """What stands on the page: conversation, its record, the question field (emptied when one is asked), the source."""
    log = render_chat.conversation(turns) if turns else render_chat.welcome()
    return log, turns, "" if asked else gr.skip(), opened or gr.skip()


def _stopped(turns: list[Turn]) -> tuple[Any, ...]:
    for turn in turns:
        if turn["state"] == "asked":
            turn["state"] = "stopped"
    return _view(turns)


def _source(copilot: Copilot, reply: dict[str, Any], act: str, number: int) -> str:
    """The document of a citation or of a passage that was not used, as it is now."""
    near = act == "near"
    cited = next(c for c in reply["nearest" if near else "citations"] if c["rank" if near else "n"] == number)
    return source.opened(
        copilot, cited["doc_id"], cited["text" if near else "quote"], cited["start"], cited["end"],
        name=cited["source"], section=cited["section"], unused=near,
    )  # fmt: skip


def _vote(copilot: Copilot, turn: Turn, act: str, event: gr.EventData) -> None:
    if act == "vote":
        turn |= {"vote": event.vote, "reason": ""}
    else:
        turn["reason"] = event.reason
    copilot.rate(turn["id"], turn["reply"], turn["vote"], turn["reason"])


def _keep(turns: list[Turn], current: str, chats: list[Chat]) -> tuple[str, list[Chat], str]:
    """Put the conversation into the browser's list, the oldest out when there are too many."""
    if not turns:
        return current, chats, render_chat.chats(chats, current)
    current = current or secrets.token_hex(8)
    title = turns[0]["question"][:_TITLE]
    chats = [chat for chat in chats if chat["id"] != current] + [{"id": current, "title": title, "turns": turns}]
    chats = chats[-_KEPT:]
    while len(chats) > 1 and len(json.dumps(chats, ensure_ascii=False)) > _BYTES:
        chats = chats[1:]
    return current, chats, render_chat.chats(chats, current)


def _fresh(chats: list[Chat]) -> tuple[Any, ...]:
    return "", *_view([]), render_chat.chats(chats, "")


def _side(chats: list[Chat], current: str, event: gr.EventData) -> tuple[Any, ...]:
    """Open or drop a conversation."""
    if event.act == "drop":
        chats = [chat for chat in chats if chat["id"] != event.chat]
        current = "" if current == event.chat else current
    else:
        current = event.chat
    turns: list[Turn] = next((chat["turns"] for chat in chats if chat["id"] == current), [])
    return chats, current, *_view(turns), render_chat.chats(chats, current)


def _export(suffix: str, turns: list[Turn]) -> Path:
    if not turns:
        raise InputError("还没有对话可以导出", "先问一个问题。")
    path = outgoing(turns[0]["question"], suffix)
    write_chat([(turn["question"], turn["reply"]) for turn in turns], path)
    return path


def _votes(turns: list[Turn], current: str, chats: list[Chat]) -> Path:
    """All votes of this browser as JSON Lines; those of all users stand in `ratings.jsonl` of the home folder."""
    everything = _keep(turns, current, chats)[1]
    voted = [turn for chat in everything for turn in chat["turns"] if turn["vote"]]
    if not voted:
        raise InputError("还没有评价过答案", "在答案下面点“有用”或“没用”。")
    path = outgoing("评价", ".jsonl")
    rows = [
        {"question": t["question"], "answer": t["reply"]["answer"], "vote": t["vote"], "reason": t["reason"]}
        for t in voted
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path
