"""One call of a chat model: its text as it comes, what came remembered, its endings understood."""

import os
import re
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from copilot.knowledge import read
from copilot.models.failures import trouble

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk
    from langchain_core.runnables import Runnable

Messages = Sequence[tuple[str, str]]  # role, text

_SENTENCE_END = re.compile(r"[。！？；…!?.;][”’\"'）)\]］】」』》]*\s*\Z")


class ForeignError(Exception):
    """Carries whatever a provider's code raised out of the stream."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


@dataclass(slots=True)
class Came:
    """What has come of an answer: its pieces, thinking among them, and the tokens of prompt and answer if told."""

    pieces: list[str] = field(default_factory=list)
    usage: tuple[int, int] | None = None


def call(
    model: "BaseChatModel", messages: Messages, deadline: float, came: Came, ready: "Runnable[Any, Any] | None" = None
) -> Generator[str, None, None]:
    """Yield the text of one answer, thinking included, and keep account of it in `came`.

    `ready` is the model with what this call asks for. What it writes into a tool is text, too.

    :raises ForeignError: the provider's code raised something
    :raises ModelError: the answer takes too long, breaks off, or ends in a way that makes it useless
    """
    # No callbacks: a tracer of a surrounding chain would be handed down to the model otherwise.
    stream = (ready or model).stream(list(messages), config=None if tracing() else {"callbacks": []})
    ended, speaks_openai, end = False, False, ""
    with closing(cast(Generator["AIMessageChunk", None, None], stream)):  # hangs up, so that the server stops too
        while (chunk := _next(stream)) is not None:
            if time.monotonic() > deadline:
                raise trouble("too_long", model)
            reason = chunk.response_metadata.get("finish_reason")
            speaks_openai = speaks_openai or chunk.response_metadata.get("model_provider") == "openai"
            ended = ended or bool(reason or chunk.response_metadata.get("status"))
            end = reason if isinstance(reason, str) else end
            text = _text(chunk)
            _remember(chunk, text, came)
            yield text
    if end in read("models")["finish"]:  # only now: the tokens are told after the reason
        raise trouble(read("models")["finish"][end], model)
    # The protocol ends with a finish_reason; a few servers leave it out, so a whole sentence will do.
    tail = "".join(came.pieces)[-20:]
    if speaks_openai and not ended and tail.strip() and not _SENTENCE_END.search(tail):
        raise trouble("cut", model)


def _text(chunk: "AIMessageChunk") -> str:
    return str(chunk.text) + "".join(part.get("args") or "" for part in getattr(chunk, "tool_call_chunks", ()))


def _remember(chunk: "AIMessageChunk", text: str, came: Came) -> None:
    came.pieces.append(text)
    if told := chunk.usage_metadata:
        # Told once at the end, again and again, or each half by itself: the greater number is the whole.
        before = came.usage or (0, 0)
        came.usage = (max(before[0], told["input_tokens"]), max(before[1], told["output_tokens"]))


def _next(stream: Iterator["AIMessageChunk"]) -> "AIMessageChunk | None":
    with untraced():
        try:
            return next(stream, None)
        except Exception as error:  # noqa: BLE001  raised by a provider's code: any of thirty packages, no common base
            raise ForeignError(error) from None


def untraced() -> AbstractContextManager[None]:
    """Return a context in which LangChain sends nothing to LangSmith, unless OPS_COPILOT_TRACING=1."""
    if tracing():
        return nullcontext()
    from langsmith import tracing_context

    return tracing_context(enabled=False)


def tracing() -> bool:
    """Say whether the user wants LangSmith to see the calls."""
    return os.environ.get("OPS_COPILOT_TRACING") == "1"
