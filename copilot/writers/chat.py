"""The writer that uses a chat model: question and passages → drafts, one by one as the model completes them.

The model's text is cut at sentence ends and list items; its marks (`[1]`, `【1】`, …) become `cites`. Whether a
sentence is true to its passages is not decided here.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from typing import NamedTuple

from copilot.knowledge import read
from copilot.models import Chat, stream_text
from copilot.prompts import load_prompt
from copilot.text import sentence_spans
from copilot.types import Draft, Passage
from copilot.writers.chat_fence import defused, fenced

# What stands at the start of a line and makes it a list item or a table row: one draft, whatever ends are in it.
_ITEM = re.compile(
    r"[ \t]*(?:[-*+–—]\s+(?=\S)|[•●▪◦·]\s*(?=\S)|\d{1,3}\.(?:\s+(?=\S)|(?=[^\s\d]))|\d{1,3}[．、)）]\s*(?=\S)"
    r"|[（(]\d{1,2}[)）]\s*(?=\S)|[①-⑳]\s*(?=\S)|[一二三四五六七八九十]{1,3}、(?=\S)|\|)"
)
_END = re.compile(r"[。！？；｡!?;….\n]")  # without one of these a sentence cannot be complete
# A piece that goes on although an end mark stands in it: `甲；乙。` and `问“为什么？”再记录。`
_OPEN_END = re.compile(r"(?:[；;]|[？！?!…][”’\"'」』）)】]+)\Z")

_TEXT = r"\[((?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]"  # link text, one level of brackets inside
_TAG = r"</?[a-zA-Z][a-zA-Z0-9_-]*(?:[\s/][^<>\n]*)?>"
_MARKUP = re.compile(rf"!?{_TEXT}\((?:[^()\n]|\([^()\n]*\))*\)|<!--[^>\n]*>|{_TAG}")
_LINE_TAG = re.compile(r"</?(?:br|p|li|div|tr|h[1-6])\b", re.IGNORECASE)
# The start of such markup at the end of what has come so far.
_HALF_MARKUP = re.compile(
    r"!?\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*(?:\[[^\[\]\n]*)?\Z"
    rf"|!?{_TEXT}(?:\((?:[^()\n]|\([^()\n]*\))*(?:\([^()\n]*)?)?\Z"
    r"|<(?:/|/?[a-zA-Z][a-zA-Z0-9_-]*(?:[\s/][^<>\n]*)?|!-?-?[^>\n]*)?\Z|!\Z"
)
_LINE_START = re.compile(r"\A(?:#{1,6}\s+|>\s*)+")


class _Marks(NamedTuple):
    one: re.Pattern[str]  # a mark: [1], [1,2], 【1】, [^1], [段落 1]
    leading: re.Pattern[str]  # marks at the start of a piece, which belong to the piece before
    removed: re.Pattern[str]  # marks with what only makes sense around them: （来源：[1]）
    lead: re.Pattern[str]  # 根据[1]，
    half: re.Pattern[str]  # the start of a mark at the end of what has come so far


def write_answer(model: Chat, question: str, passages: Sequence[Passage], long: bool) -> Iterator[Draft]:
    """Yield the model's answer as drafts; `cites` are ranks of `passages`, all of which are shown to the model.

    Ends quietly at the limit of characters; the sentence that it cuts is not yielded.

    :raises ModelError: the call failed; drafts that were complete have been yielded
    """
    with closing(stream_text(model, prompt_messages(question, passages, long))) as pieces:
        yield from drafts_of(pieces, frozenset(passage.rank for passage in passages))


def drafts_of(pieces: Iterator[str], ranks: frozenset[int]) -> Iterator[Draft]:
    """Yield the drafts in a streamed text as they complete, up to the limit of characters.

    The sentence that the limit cuts is not yielded.
    """
    text, done, ended = "", 0, False
    room = _Room(read("models")["answer_characters"])
    for piece in _without_markup(room.taken(pieces)):
        text += piece
        ended = ended or bool(_END.search(piece))
        spans = _spans(text[: _settled(text)], done) if ended else []  # looking at every piece took 100 ms an answer
        if len(spans) > 1:
            yield from _drafts(text, spans[:-1], ranks)
            done = spans[-1][0]
            ended = bool(_END.search(text, done))
    spans = _spans(text, done)
    yield from _drafts(text, spans if room.left > 0 else spans[:-1], ranks)


class _Room:
    """Lets so many characters pass and remembers whether they ran out."""

    def __init__(self, left: int) -> None:
        self.left = left

    def taken(self, pieces: Iterator[str]) -> Iterator[str]:
        for piece in pieces:
            yield piece[: self.left]
            self.left -= len(piece)
            if self.left <= 0:
                return


def prompt_messages(question: str, passages: Sequence[Passage], long: bool) -> list[tuple[str, str]]:
    """Return the `(role, text)` messages for the model, the passages fenced as data."""
    length = read("models")["length"]["long" if long else "short"]
    texts = "\n\n".join(fenced(passage) for passage in passages)
    return load_prompt("answer").render(question=defused(question), passages=texts, length=str(length))


# Markup


def _without_markup(pieces: Iterator[str]) -> Iterator[str]:
    held = ""
    for piece in pieces:
        held += piece.replace("\r", "")
        half = _HALF_MARKUP.search(held)
        cut = half.start() if half and len(held) - half.start() <= read("models")["held_characters"] else len(held)
        yield _MARKUP.sub(_text_of, held[:cut])
        held = held[cut:]
    yield _MARKUP.sub(_text_of, held)


def _text_of(match: re.Match[str]) -> str:
    if match[1] is None:
        return "\n" if _LINE_TAG.match(match[0]) else ""
    marked = f"[{match[1]}]"  # a mark made a link: [1](https://…)
    return marked if _marks().one.fullmatch(marked) else match[1]


# Pieces


def _settled(text: str) -> int:
    """How far `text` can be cut into pieces before more has come."""
    half = _marks().half.search(text, max(0, len(text) - 70))
    return half.start() if half else len(text)


def _spans(text: str, start: int) -> list[tuple[int, int]]:
    """Spans of sentences and list items from `start`, each with the marks behind it."""
    spans: list[tuple[int, int]] = []
    while start < len(text):
        newline = text.find("\n", start)
        end = newline if newline >= 0 else len(text)
        line_start = not text[text.rfind("\n", 0, start) + 1 : start].strip()
        item = line_start and _ITEM.match(text, start, end)
        parts = [(start, end)] if item else sentence_spans(text, start, end)
        for number, part in enumerate(parts):
            _append(spans, text, *part, same_line=number > 0)
        start = end + 1
    return spans


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int, same_line: bool) -> None:
    marks = _marks().leading.match(text, start, end)
    if spans and marks and (same_line or not text[marks.end() : end].strip()):
        spans[-1] = (spans[-1][0], marks.end())
        start = marks.end()
    if spans and same_line and _OPEN_END.search(text, *spans[-1]):
        spans[-1] = (spans[-1][0], end)
    elif text[start:end].strip():
        spans.append((start, end))


def _drafts(text: str, spans: Sequence[tuple[int, int]], ranks: frozenset[int]) -> Iterator[Draft]:
    for start, end in spans:
        raw = text[start:end]
        cites = tuple(dict.fromkeys(n for mark in _marks().one.finditer(raw) for n in _numbers(mark[1]) if n in ranks))
        plain = _marks().removed.sub("", _marks().lead.sub("", _LINE_START.sub("", raw.strip())))
        plain = " ".join(plain.replace("**", "").split())
        if re.search(r"\w", plain):
            yield Draft(plain, cites)


# Marks


@cache
def _marks() -> _Marks:
    words = read("models")
    label = rf"(?:(?:{'|'.join(words['mark_labels'])})\s*)?"
    number = rf"\^?{label}\d{{1,3}}"
    mark = rf"[\[［【]\s*({number}(?:\s*[,，、;；~～–—-]\s*{number})*)\s*(?:†[^\[\]【】\n]{{0,40}})?[\]］】]"
    inner = mark.replace("(" + number, "(?:" + number, 1)
    marks = rf"{inner}(?:\s*[,，、]?\s*{inner})*"
    lead = "|".join(sorted(words["mark_leads"], key=len, reverse=True))
    tail = "|".join(words["mark_tails"])
    return _Marks(
        one=re.compile(mark, re.IGNORECASE),
        leading=re.compile(rf"\s*{marks}", re.IGNORECASE),
        removed=re.compile(rf"\s*[（(]\s*(?:{lead})?\s*{label}[:：]?\s*{marks}\s*[)）]|\s*{marks}", re.IGNORECASE),
        lead=re.compile(rf"\A(?:{lead})\s*{label}{marks}\s*(?:{tail})?\s*[，,：:]?\s*", re.IGNORECASE),
        half=re.compile(r"[\[［【][^\[\]［］【】\n]{0,60}\Z|(?<=[\]］】])\s*[,，、]?\s*\Z"),
    )


def _numbers(inside: str) -> Iterator[int]:
    """The numbers in a mark; `1-3` means 1, 2, 3."""
    for first, last in re.findall(r"(\d+)(?:\s*[~～–—-]\s*\D{0,8}?(\d+))?", inside):
        yield from range(int(first), int(last or first) + 1)
