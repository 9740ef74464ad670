"""Which passages a model is shown: as many of the first as its context has room for, none cut inside a sentence."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from copilot.knowledge import read
from copilot.models import Chat, Shape, count_tokens, method_of, prompt_tokens, shape_tokens
from copilot.text import sentence_spans
from copilot.types import Passage, Unseen
from copilot.writers.chat_fence import fenced

Messages = Sequence[tuple[str, str]]


def shown(
    chat: Chat,
    passages: Sequence[Passage],
    messages: Callable[[Sequence[Passage]], Messages],
    task: str,
    shape: Shape | None = None,
) -> list[Passage]:
    """Return the passages that fit into the prompt that `messages` makes of them; the chat's tally gets the others.

    `task` is a key of `answer_tokens` in models.yaml: the room that the answer needs; `shape` is what it should be.
    """
    known = read("models")
    room = known["passage_tokens"]
    if chat.context:
        rest: float = prompt_tokens(messages([])) + shape_tokens(shape, method_of(chat.model, chat.refused))
        rest *= known["unattended"]["margin"]  # our count may be that much too low
        room = min(room, int((chat.context - rest - known["answer_tokens"][task]) / known["unattended"]["margin"]))
    kept, unseen = fitting(passages, room)
    chat.tally.left_out += [one for one in unseen if one not in chat.tally.left_out]
    return kept


def fitting(passages: Sequence[Passage], room: int) -> tuple[list[Passage], tuple[Unseen, ...]]:
    """Return the first passages that fit `room` tokens together, and what is left out.

    Of the first one at least a sentence is kept; it is cut behind the last sentence that fits.
    """
    kept: list[Passage] = []
    used = 0
    for passage in passages:
        used += count_tokens(fenced(passage))
        if used > room:
            break
        kept.append(passage)
    if kept or not passages:
        return kept, tuple(map(_unseen, passages[len(kept) :]))
    first, tail = _cut(passages[0], room)
    return [first], (*tail, *map(_unseen, passages[1:]))


def _cut(passage: Passage, room: int) -> tuple[Passage, tuple[Unseen, ...]]:
    ends = [end for _, end in sentence_spans(passage.text)] or [len(passage.text)]
    least, most = 0, len(ends) - 1  # the last sentence kept lies between these
    while least < most:
        middle = (least + most + 1) // 2
        fits = count_tokens(fenced(_until(passage, ends[middle]))) <= room
        least, most = (middle, most) if fits else (least, middle - 1)
    end = ends[least]
    rest = passage.text[end:]
    return _until(passage, end), (replace(_unseen(passage), start=passage.start + end),) if rest.strip() else ()


def _until(passage: Passage, end: int) -> Passage:
    return replace(passage, text=passage.text[:end], end=passage.start + end)


def _unseen(passage: Passage) -> Unseen:
    return Unseen(passage.doc_id, passage.source, passage.title, passage.section, passage.start, passage.end)
