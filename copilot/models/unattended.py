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
from copilot.models.call import Came, ForeignError, Messages, call
from copilot.models.failures import address, explained, is_a, trouble
from copilot.models.tokens import count_tokens, prompt_tokens

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# What is asked for beyond the messages, by the names under which a server may refuse it.
_USAGE = "stream_options"
_BOUNDS = ("max_completion_tokens", "max_tokens")


def whole_answer(
    model: "BaseChatModel",
    meter: Meter,
    messages: Messages,
    seconds: float,
    complete: Callable[[str], bool] | None = None,
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
            return _answer(model, meter, messages, prompt, seconds, complete)
        except ModelError as error:
            bearable = error.wait <= rules["longest_retry_after"]
            if bearable:
                meter.pace.hold(error.wait)
            if tried == rules["tries"] or not bearable or error.kind not in map(str, rules["retried"]):
                raise
        meter.pace.rest(meter.pace.backoff(tried), meter.stop)


def _answer(
    model: "BaseChatModel",
    meter: Meter,
    messages: Messages,
    prompt: int,
    seconds: float,
    complete: Callable[[str], bool] | None,
) -> str:
    """One try, made again without what the server refuses; what it refuses is remembered once that has helped."""
    without: set[str] = set()
    while True:
        asking, asked = _asking(model, meter.pace.refused | without)
        came = Came()
        meter.before(prompt)
        try:
            text = _collected(asking, messages, seconds, came)
        except ForeignError as foreign:
            error = explained(foreign.error, asking, bool(came.pieces))
            _charge(meter, prompt, came, reached=_reached(error, foreign.error))
            if refused := _refused(foreign.error, asked):
                without |= refused
                continue
            text = _enough(came, complete)
            if not text:
                raise error from None  # its text and request may hold the key
        except ModelError:
            _charge(meter, prompt, came)
            text = _enough(came, complete)
            if not text:
                raise
        else:
            _charge(meter, prompt, came)
        meter.pace.refused |= without
        return text


def _collected(model: "BaseChatModel", messages: Messages, seconds: float, came: Came) -> str:
    most, used = read("models")["unattended"]["max_output"], 0
    with closing(call(model, messages, time.monotonic() + seconds, came)) as pieces:
        for piece in pieces:
            used += max(1, count_tokens(piece))  # a piece without text is thinking that the client swallowed
            if used > most:  # the server knows no bound
                raise trouble("length", model)
    return "".join(came.pieces)


def _enough(came: Came, complete: Callable[[str], bool] | None) -> str:
    """What came before the answer broke off, if nothing is missing."""
    text = "".join(came.pieces)
    return text if complete and complete(text) else ""


def _charge(meter: Meter, prompt: int, came: Came, reached: bool = True) -> None:
    if came.usage:
        meter.after(*came.usage)
    elif came.pieces or reached:
        meter.after(prompt, max(count_tokens("".join(came.pieces)), len(came.pieces)), estimated=True)
    else:
        meter.after(0, 0)


def _reached(error: ModelError, foreign: Exception) -> bool:
    """Whether a try of which nothing came may cost something: the server took it and fell silent."""
    silent = error.kind in ("timeout", "cut", "unknown")
    return silent and not is_a(foreign, "ConnectTimeout") and not is_a(foreign, "PoolTimeout")


def _asking(model: "BaseChatModel", refused: set[str]) -> tuple["BaseChatModel", set[str]]:
    """The model with a bound for its answer, telling its tokens, but for what is refused; and what is asked for."""
    fields, changes, asked = type(model).model_fields, dict[str, Any](), set[str]()
    if "stream_usage" in fields:
        changes["stream_usage"] = _USAGE not in refused
        asked |= {_USAGE} - refused
    if getattr(model, "temperature", None) is not None:
        asked.add("temperature")
        if "temperature" in refused:
            changes["temperature"] = None
            asked.remove("temperature")
    bounds = [name for name in _bounds(model) if name not in refused]
    if bounds:
        changes |= _bound(model, bounds[0])
        asked.add(bounds[0])
    return model.model_copy(update=changes), asked


def _bounds(model: "BaseChatModel") -> list[str]:
    """The names under which the model may take a bound, the likelier first."""
    fields = type(model).model_fields
    if "extra_body" not in fields:
        return [name for name in read("models")["unattended"]["bound_fields"] if name in fields][:1]
    own = not address(model) or "openai.com" in address(model)
    return list(_BOUNDS if own else reversed(_BOUNDS))  # others read the older name, and not all the newer one


def _bound(model: "BaseChatModel", name: str) -> dict[str, Any]:
    most = read("models")["unattended"]["max_output"]
    if "extra_body" not in type(model).model_fields:
        return {name: most}
    if name == "max_completion_tokens":  # under which ChatOpenAI sends its `max_tokens`
        return {"max_tokens": most}
    return {"max_tokens": None, "extra_body": {**(getattr(model, "extra_body", None) or {}), name: most}}


def _refused(error: Exception, asked: set[str]) -> set[str]:
    """Which of the things asked for the server refuses; all but temperature when it does not say."""
    if getattr(error, "status_code", None) not in (400, 422):
        return set()
    said = str(error).lower().replace("include_usage", _USAGE)
    named = {name for name in asked if name in said}
    others = asked - {"temperature"}
    return named or (others | set(_BOUNDS) if others else set())
