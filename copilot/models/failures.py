"""What a provider's code raises, as a ModelError that says what happened and what to do. Keys never stand in it."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from copilot.errors import ModelError
from copilot.knowledge import read

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_LEAST = 8  # characters of a secret: shorter ones (`no-key`) are words that an answer may hold

# What looks like a key wherever it stands: OpenAI's and its imitators', bearer tokens, key=… in an address.
_KEY = re.compile(r"\b(?:sk|pk|ak|lsv2|hf|gsk|xai)[-_][\w*.-]{6,}|(?i:bearer)\s+\S+|(?i:(?:api[-_]?)?key=)[^\s&]+")


def trouble(kind: object, model: "BaseChatModel | None" = None, /, **values: object) -> ModelError:
    """Return the error for a line of `trouble` in models.yaml, its places filled in."""
    words = read("models")
    message, hint = words["trouble"][kind]
    name = getattr(model, "model_name", "") or getattr(model, "model", "")
    values = {"model": name, "place": place(model), "detail": "", "asked": "", "status": ""} | values
    named = str(values["status"] if kind == "4xx" else kind)
    hopeless = kind in words["hopeless"]
    return ModelError(message.format(**values), hint.format(**values), kind=named, hopeless=hopeless)


def explained(error: Exception, model: "BaseChatModel", started: bool) -> ModelError:
    """Return what a provider's exception means; `started`: a part of the answer had come."""
    if isinstance(error, ModelError):  # of our own class for weights on this machine
        return error
    asked = retry_after(error)
    status = getattr(error, "status_code", None)
    told = f"，要求等 {asked:.0f} 秒" if asked else ""
    detail = one_line(_said(error), secrets_of(model))
    found = trouble(_kind(error, status, started), model, detail=detail, status=status, asked=told)
    found.wait = asked or 0.0
    return found


def _kind(error: Exception, status: object, started: bool) -> object:
    from langchain_core.exceptions import ContextOverflowError

    known = read("models")
    if isinstance(error, ContextOverflowError):
        return "overflow"
    if isinstance(status, int) and status >= 400:
        if {getattr(error, "type", None), getattr(error, "code", None)} & set(known["no_credit"]):
            return "credit"
        return status if status in known["trouble"] else "5xx" if status >= 500 else "4xx"
    if is_a(error, "Timeout"):
        return "timeout"
    if started:
        return "cut"
    if is_a(error, "Refused"):
        return "refused"
    if is_a(error, "Connect"):
        return "connection"
    # An error told inside the stream, lines that are no JSON, a connection gone before the first piece.
    if any(is_a(error, word) for word in ("APIError", "JSONDecode", "Protocol", "ReadError", "WriteError")):
        return "cut"
    return no_key(error)


def no_key(error: Exception) -> str:
    """Return `credentials` when an exception complains of a missing key, else `unknown`."""
    return "credentials" if re.search("credential|api.?key", str(error), re.IGNORECASE) else "unknown"


def retry_after(error: Exception) -> float | None:
    """Return the seconds after which the server asks to be called again; None when it does not say."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    asked = headers.get("retry-after", "")
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        now = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        return max(0.0, (parsedate_to_datetime(asked) - now).total_seconds())
    except (ValueError, TypeError):  # absent, no date, or one of the two without a zone
        return None


def place(model: "BaseChatModel | None") -> str:
    """Return host and port of the model's server, without user and password."""
    return urlsplit(address(model)).netloc.rpartition("@")[2] or "模型服务"


def address(model: "BaseChatModel | None") -> str:
    """Return the address that was set for the model's server; empty where the client knows its own."""
    return str(getattr(model, "openai_api_base", None) or getattr(model, "base_url", None) or "")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def is_a(error: Exception, word: str) -> bool:
    """Say whether `word` is in the name of a class of the exception, or of what caused it."""
    return any(word in cls.__name__ for link in _chain(error) for cls in type(link).__mro__)


def _said(error: Exception) -> str:
    """What the server said, or for a failure on the way the cause at its root."""
    body = getattr(error, "body", None)
    for name in ("message", "detail"):  # OpenAI's own, and servers made with FastAPI
        if isinstance(body, dict) and body.get(name):
            return str(body[name])
    texts = [str(link) for link in _chain(error) if str(link)]
    return texts[0 if hasattr(error, "status_code") else -1] if texts else type(error).__name__


def secrets_of(model: "BaseChatModel") -> tuple[str, ...]:
    """Return the keys that a model holds, and the password in its address."""
    keys = [str(one.get_secret_value()) for one in vars(model).values() if hasattr(one, "get_secret_value")]
    password = unquote(urlsplit(address(model)).password or "")
    return tuple(one for one in (*keys, password) if len(one) >= _LEAST)


def one_line(text: str, secrets: Sequence[str]) -> str:
    """Return the beginning of a foreign text as one printable line without what is or looks like a key."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    text = "".join(character if character.isprintable() else " " for character in _KEY.sub("***", text))
    return " ".join(text.split())[:160]
