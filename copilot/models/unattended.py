"""A call that nobody watches: the whole answer or an error, with a bound, paced, charged, tried again.

Nothing is handed on before the answer is whole, so a try that failed at any point can be made again.
"""

import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

from copilot.errors import ModelError
from copilot.knowledge import read
from copilot.metering import Meter
from copilot.models.asking import Shape, asking, refusal, shape_tokens
from copilot.models.call import Came, ForeignError, Messages, call
from copilot.models.chat import Chat
from copilot.models.failures import explained, is_a, trouble
from copilot.models.tokens import count_tokens, prompt_tokens

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable


def whole_answer(
    chat: Chat,
    meter: Meter,
    messages: Messages,
    seconds: float,
    complete: Callable[[str], bool] | None = None,
    shape: Shape | None = None,
) -> str:
    """Return the text of an answer, thinking included; `seconds` bound each try.

    :raises ModelError: the last try failed, or waiting was stopped
    :raises OverBudget: the next try could cost more than is left
    :raises InputError: the messages are longer than the tokens allowed in a minute
    """
    rules = read("models")["unattended"]
    prompt, tried = prompt_tokens(messages), 0
    while True:
        tried += 1
        try:
            return _answer(chat, meter, messages, prompt, seconds, complete, shape)
        except ModelError as error:
            bearable = error.wait <= rules["longest_retry_after"]
            if bearable:
                meter.pace.hold(error.wait)
            if tried == rules["tries"] or not bearable or error.kind not in map(str, rules["retried"]):
                raise
        meter.pace.rest(meter.pace.backoff(tried), meter.stop)


def _answer(
    chat: Chat,
    meter: Meter,
    messages: Messages,
    prompt: int,
    seconds: float,
    complete: Callable[[str], bool] | None,
    shape: Shape | None,
) -> str:
    """One try, made again without what the server refuses; what it refuses is remembered once that has helped."""
    without: set[str] = set()
    own = prompt
    while True:
        ready, asked = asking(chat, chat.refused | without, shape, bounded=True)
        came, prompt = Came(), own + shape_tokens(shape, asked["method"])
        meter.before(prompt)
        try:
            text = _collected(chat.model, ready, messages, seconds, came)
        except ForeignError as foreign:
            error = explained(foreign.error, chat.model, bool(came.pieces))
            _charge(chat, meter, prompt, came, reached=_reached(error, foreign.error))
            if refused := refusal(foreign.error, asked):
                without |= refused
                continue
            text = _enough(came, complete)
            if not text:
                raise error from None  # its text and request may hold the key
        except ModelError:
            _charge(chat, meter, prompt, came)
            text = _enough(came, complete)
            if not text:
                raise
        else:
            _charge(chat, meter, prompt, came)
        finally:
            if came.pieces:  # however it went on: without these the server took the request
                chat.refused.update(without)
        return text


def _collected(
    model: "BaseChatModel", ready: "Runnable[Any, Any]", messages: Messages, seconds: float, came: Came
) -> str:
    most, used = read("models")["unattended"]["max_output"], 0
    with closing(call(model, messages, time.monotonic() + seconds, came, ready)) as pieces:
        for piece in pieces:
            used += max(1, count_tokens(piece))  # a piece without text is thinking that the client swallowed
            if used > most:  # the server knows no bound
                raise trouble("length", model)
    return "".join(came.pieces)


def _enough(came: Came, complete: Callable[[str], bool] | None) -> str:
    """What came before the answer broke off, if nothing is missing."""
    text = "".join(came.pieces)
    return text if complete and complete(text) else ""


def _charge(chat: Chat, meter: Meter, prompt: int, came: Came, reached: bool = True) -> None:
    if came.usage:
        meter.after(*came.usage)
        chat.tally.add(*came.usage)
    elif came.pieces or reached:
        answer = max(count_tokens("".join(came.pieces)), len(came.pieces))
        meter.after(prompt, answer, estimated=True)
        chat.tally.add(prompt, answer, estimated=True)
    else:
        meter.after(0, 0)


def _reached(error: ModelError, foreign: Exception) -> bool:
    """Whether a try of which nothing came may cost something: the server took it and fell silent."""
    silent = error.kind in ("timeout", "cut", "unknown")
    return silent and not is_a(foreign, "ConnectTimeout") and not is_a(foreign, "PoolTimeout")
