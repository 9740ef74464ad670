"""The model's answer as text: piece by piece while somebody watches, whole where nobody does."""

import re
import time
from collections.abc import Callable, Generator, Iterator

from copilot.errors import ModelError
from copilot.knowledge import read
from copilot.models.asking import Shape, asking, refusal, shape_tokens
from copilot.models.call import Came, ForeignError, Messages, call
from copilot.models.chat import Chat
from copilot.models.failures import explained, is_a, retry_after, secrets_of, trouble
from copilot.models.secrets import without_secrets
from copilot.models.tokens import count_tokens, prompt_tokens
from copilot.models.unattended import whole_answer


def stream_text(
    chat: Chat,
    messages: Messages,
    *,
    seconds: float | None = None,
    complete: Callable[[str], bool] | None = None,
    shape: Shape | None = None,
) -> Generator[str, None, None]:
    """Yield the model's answer to `(role, text)` messages piece by piece, without its thinking.

    `seconds` bounds the whole answer (default: models.yaml); silence is bounded by the model's own timeout. With a
    meter the answer comes in one piece, after as many tries as it takes; one that broke off is good enough when
    `complete` says so. `shape` is the JSON that is wanted; what comes need not be it.

    :raises ModelError: the call failed or broke off, also after pieces were yielded; or the answer is empty
    :raises OverBudget: with a meter, the next try could cost more than is left
    :raises InputError: with a meter, the messages are longer than the tokens allowed in a minute
    """
    seconds = seconds or read("models")["answer_seconds"]
    empty = True
    if chat.meter is None:
        chat.down.check()
        pieces = _pieces(chat, messages, time.monotonic() + seconds, shape)
    else:
        pieces = iter([whole_answer(chat, chat.meter, messages, seconds, complete, shape)])
    try:
        for piece in filter(None, without_secrets(without_thinking(pieces), secrets_of(chat.model))):
            empty = empty and not piece.strip()
            yield piece
    except ModelError as error:
        chat.down.note(error)
        raise
    if empty:
        raise trouble("empty", chat.model)


def without_thinking(pieces: Iterator[str]) -> Iterator[str]:
    """Yield `pieces` without `<think>…</think>` blocks and their like, however the tags are cut."""
    tags = read("models")["thinking_tags"]
    tag = re.compile(rf"<(/?)({'|'.join(tags)})>", re.IGNORECASE)
    starts = {f"<{slash}{name}>"[:length] for slash in ("", "/") for name in tags for length in range(1, len(name) + 3)}
    held, inside = "", ""
    for piece in pieces:
        held += piece
        while match := tag.search(held):
            if not inside:
                yield held[: match.start()]
            inside = "" if match[1] else inside or match[2]
            held = held[match.end() :]
        last = held.rfind("<")
        cut = last if last >= 0 and held[last:].lower() in starts else len(held)
        if not inside:
            yield held[:cut]
        held = held[cut:]
    if not inside:
        yield held


def _pieces(chat: Chat, messages: Messages, deadline: float, shape: Shape | None) -> Iterator[str]:
    waits = list(read("models")["retry_waits"])
    without: set[str] = set()
    while True:
        came = Came()
        ready, asked = asking(chat, chat.refused | without, shape, bounded=False)
        try:
            yield from call(chat.model, messages, deadline, came, ready)
            return
        except ForeignError as foreign:
            error, started = foreign.error, bool(came.pieces)
            refused = set() if started else refusal(error, asked)
            wait = _wait(error, waits)
            if not refused and (started or wait is None or time.monotonic() + wait > deadline):
                raise explained(error, chat.model, started) from None  # its text and request may hold the key
        finally:
            _count(chat, messages, came, shape_tokens(shape, asked["method"]) if came.pieces and not came.usage else 0)
            if came.pieces:  # however it went on: without these the server took the request
                chat.refused.update(without)
        without |= refused
        if not refused and wait is not None:
            waits.pop(0)
            time.sleep(wait)


def _count(chat: Chat, messages: Messages, came: Came, beside: int) -> None:
    """Count what the server told; else, where something came, what we count ourselves, with what went `beside`."""
    if came.usage:
        chat.tally.add(*came.usage)
    elif came.pieces:
        chat.tally.add(prompt_tokens(messages) + beside, count_tokens("".join(came.pieces)), estimated=True)


def _wait(error: Exception, waits: list[float]) -> float | None:
    """Seconds until it makes sense to try again; None when it does not."""
    status = getattr(error, "status_code", None)
    lost = status is None and is_a(error, "Connect") and not is_a(error, "Timeout") and not is_a(error, "Refused")
    if not waits or not (lost or status in read("models")["retry_statuses"]):
        return None
    asked = retry_after(error)
    if asked is None:
        return waits[0]
    return asked if asked <= read("models")["max_retry_wait"] else None
