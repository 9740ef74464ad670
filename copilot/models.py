"""The chat model: made from the settings, streamed as text, every failure a ModelError that says what to do.

Nothing goes to LangSmith unless OPS_COPILOT_TRACING=1; keys never stand in a message.
"""

import base64
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from copilot.errors import ModelError
from copilot.knowledge import read
from copilot.settings import Settings
from copilot.text.pieces import numbered_pieces

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk
    from tiktoken import Encoding

# What looks like a key wherever it stands: OpenAI's and its imitators', bearer tokens, key=… in an address.
_KEY = re.compile(r"\b(?:sk|pk|ak|lsv2|hf|gsk|xai)[-_][\w*.-]{6,}|(?i:bearer)\s+\S+|(?i:(?:api[-_]?)?key=)[^\s&]+")
_MARK = re.compile(r"[^\w\s]|_|\n")
_SENTENCE_END = re.compile(r"[。！？；…!?.;][”’\"'）)\]］】」』》]*\s*\Z")


def chat_model(settings: Settings) -> "BaseChatModel":
    """Return the chat model that `settings.model` names.

    :raises ModelError: its package is missing, the provider unknown, the key or the address wrong
    """
    if settings.base_url and not re.match(r"https?://[^/]", settings.base_url):
        raise _trouble("address")
    if not _tracing() and os.environ.get("LANGSMITH_GATEWAY", "").lower() not in ("", "false", "0", "no"):
        raise _trouble("gateway")
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": settings.timeout, "temperature": 0, "max_retries": 0}
    if settings.base_url:
        # A local server asks for no key, the client does; and OPENAI_API_KEY must not go to somebody else's server.
        options |= {"base_url": settings.base_url, "api_key": settings.api_key or "no-key"}
    elif settings.api_key:
        options["api_key"] = settings.api_key
    try:
        model: BaseChatModel = init_chat_model(settings.model, **options)
    except ImportError as error:
        package = re.search(r"pip install \"?([\w\[\]-]+)", str(error))
        raise _trouble("package", model=settings.model, detail=package[1] if package else error.name or "") from error
    except Exception as error:  # noqa: BLE001  a provider's constructor: any of thirty packages, no common base
        kind = "provider" if str(error).startswith(("Unsupported provider", "Unable to infer")) else _no_key(error)
        detail = _one_line(str(error), [settings.api_key])
        raise _trouble(kind, model=settings.model, detail=detail) from None  # its text may hold the key
    return model


def untraced() -> AbstractContextManager[None]:
    """Return a context in which LangChain sends nothing to LangSmith, unless OPS_COPILOT_TRACING=1."""
    if _tracing():
        return nullcontext()
    from langsmith import tracing_context

    return tracing_context(enabled=False)


def _tracing() -> bool:
    return os.environ.get("OPS_COPILOT_TRACING") == "1"


def stream_text(
    model: "BaseChatModel", messages: Sequence[tuple[str, str]], *, seconds: float | None = None
) -> Generator[str, None, None]:
    """Yield the model's answer to `(role, text)` messages piece by piece, without its thinking.

    `seconds` bounds the whole answer (default: models.yaml); silence is bounded by the model's own timeout.

    :raises ModelError: the call failed or broke off, also after pieces were yielded; or the answer is empty
    """
    deadline = time.monotonic() + (seconds or read("models")["answer_seconds"])
    empty = True
    for piece in filter(None, without_thinking(_pieces(model, messages, deadline))):
        empty = empty and not piece.strip()
        yield piece
    if empty:
        raise _trouble("empty", model)


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


def _pieces(model: "BaseChatModel", messages: Sequence[tuple[str, str]], deadline: float) -> Iterator[str]:
    waits = list(read("models")["retry_waits"])
    while True:
        started = False
        try:
            for text in _attempt(model, messages, deadline):
                started = True
                yield text
            return
        except _ForeignError as foreign:
            error = foreign.error
            wait = _wait(error, waits)
            if started or wait is None or time.monotonic() + wait > deadline:
                if not started and _dislikes_temperature(model, error):
                    model = model.model_copy(update={"temperature": None})
                    continue
                raise _explained(error, model, started) from None  # its text and request may hold the key
        waits.pop(0)
        time.sleep(wait)


class _ForeignError(Exception):
    """Carries whatever a provider's code raised out of the stream."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def _attempt(model: "BaseChatModel", messages: Sequence[tuple[str, str]], deadline: float) -> Iterator[str]:
    # No callbacks: a tracer of a surrounding chain would be handed down to the model otherwise.
    stream = model.stream(list(messages), config=None if _tracing() else {"callbacks": []})
    ended, speaks_openai, tail = False, False, ""
    while (chunk := _next(stream)) is not None:
        if time.monotonic() > deadline:
            raise _trouble("too_long", model)
        reason = chunk.response_metadata.get("finish_reason")
        speaks_openai = speaks_openai or chunk.response_metadata.get("model_provider") == "openai"
        ended = ended or bool(reason or chunk.response_metadata.get("status"))
        text = str(chunk.text)
        tail = (tail + text)[-20:]
        yield text
        if isinstance(reason, str) and reason in read("models")["finish"]:
            raise _trouble(read("models")["finish"][reason], model)
    # The protocol ends with a finish_reason; a few servers leave it out, so a whole sentence will do.
    if speaks_openai and not ended and tail.strip() and not _SENTENCE_END.search(tail):
        raise _trouble("cut", model)


def _next(stream: Iterator["AIMessageChunk"]) -> "AIMessageChunk | None":
    with untraced():
        try:
            return next(stream, None)
        except Exception as error:  # noqa: BLE001  raised by a provider's code: any of thirty packages, no common base
            raise _ForeignError(error) from None


def _wait(error: Exception, waits: list[float]) -> float | None:
    """Seconds until it makes sense to try again; None when it does not."""
    status = getattr(error, "status_code", None)
    lost = status is None and _is(error, "Connect") and not _is(error, "Timeout") and not _is(error, "Refused")
    if not waits or not (lost or status in read("models")["retry_statuses"]):
        return None
    asked = _retry_after(error)
    if asked is None:
        return waits[0]
    return asked if asked <= read("models")["max_retry_wait"] else None


def _retry_after(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:  # absent, or a date
        return None


def _dislikes_temperature(model: "BaseChatModel", error: Exception) -> bool:
    refused = getattr(error, "status_code", None) in (400, 422) and "temperature" in str(error).lower()
    return refused and getattr(model, "temperature", None) is not None


def _explained(error: Exception, model: "BaseChatModel", started: bool) -> ModelError:
    from langchain_core.exceptions import ContextOverflowError

    status = getattr(error, "status_code", None)
    if isinstance(error, ContextOverflowError):
        kind: object = "overflow"
    elif isinstance(status, int) and status >= 400:
        kind = status if status in read("models")["trouble"] else "5xx" if status >= 500 else "4xx"
    elif _is(error, "Timeout"):
        kind = "timeout"
    elif started:
        kind = "cut"
    elif _is(error, "Refused"):
        kind = "refused"
    elif _is(error, "Connect"):
        kind = "connection"
    else:
        kind = _no_key(error)
    detail, wait = _one_line(_said(error), _secrets(model)), _retry_after(error)
    return _trouble(kind, model, detail=detail, status=status, wait=f"，要求等 {wait:.0f} 秒" if wait else "")


def _no_key(error: Exception) -> str:
    return "credentials" if re.search("credential|api.?key", str(error), re.IGNORECASE) else "unknown"


def _trouble(kind: object, chat: "BaseChatModel | None" = None, **values: object) -> ModelError:
    message, hint = read("models")["trouble"][kind]
    name = getattr(chat, "model_name", "") or getattr(chat, "model", "")
    values = {"model": name, "place": _place(chat), "detail": "", "wait": "", "status": ""} | values
    return ModelError(message.format(**values), hint.format(**values))


def _place(model: "BaseChatModel | None") -> str:
    address = getattr(model, "openai_api_base", None) or getattr(model, "base_url", None)
    return (urlsplit(str(address)).netloc.rpartition("@")[2] if address else "") or "模型服务"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _is(error: Exception, word: str) -> bool:
    return any(word in cls.__name__ for link in _chain(error) for cls in type(link).__mro__)


def _said(error: Exception) -> str:
    """What the server said, or for a failure on the way the cause at its root."""
    body = getattr(error, "body", None)
    if isinstance(body, dict) and body.get("message"):
        return str(body["message"])
    texts = [str(link) for link in _chain(error) if str(link)]
    return texts[0 if hasattr(error, "status_code") else -1] if texts else type(error).__name__


def _secrets(model: "BaseChatModel") -> list[str]:
    return [str(value.get_secret_value()) for value in vars(model).values() if hasattr(value, "get_secret_value")]


def _one_line(text: str, secrets: Sequence[str]) -> str:
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    text = "".join(character if character.isprintable() else " " for character in _KEY.sub("***", text))
    return " ".join(text.split())[:160]


def count_tokens(text: str) -> int:
    """Return how many tokens `text` takes, by `token_method`."""
    if encoding := _encoding(_cache_folder()):
        return len(encoding.encode_ordinary(text))
    known = sum(1 if number else len(piece.encode()) for number, piece in numbered_pieces(text))
    return known + sum(1 if mark < "\U00010000" else 3 for mark in _MARK.findall(text))


def token_method() -> str:
    """Return the name of the encoding that `count_tokens` uses, or `estimate`."""
    encoding = _encoding(_cache_folder())
    return encoding.name if encoding else "estimate"


def _cache_folder() -> str:
    # As tiktoken looks for it; an empty value switches its cache off.
    named = [os.environ[name] for name in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR") if name in os.environ]
    return named[0] if named else str(Path(tempfile.gettempdir()) / "data-gym-cache")


@cache
def _encoding(folder: str) -> "Encoding | None":
    """The encoding from tiktoken's cached file; tiktoken itself would download a missing or damaged one."""
    known = read("models")["encoding"]
    path = Path(folder) / hashlib.sha1(known["url"].encode()).hexdigest()
    if not folder or not path.is_file():
        return None
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != known["sha256"]:
        return None
    from tiktoken import Encoding

    ranks = {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, data.splitlines())}
    return Encoding(known["name"], pat_str="|".join(known["pattern"]), mergeable_ranks=ranks, special_tokens={})
