"""The chat model as it is passed around, made from the settings."""

import os
import re
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from copilot.errors import ModelError
from copilot.knowledge import read
from copilot.models.call import tracing
from copilot.models.failures import no_key, one_line, secrets_of, trouble
from copilot.models.providers import provider_of, silence, to_install
from copilot.models.secrets import hush
from copilot.settings import Settings
from copilot.types import Unseen, Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from copilot.metering import Meter


@dataclass(slots=True)
class Tally:
    """What the calls for one result took so far, and what they were not shown; used by one thread."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    left_out: list[Unseen] = field(default_factory=list)

    def add(self, input_tokens: int, output_tokens: int, *, estimated: bool = False) -> None:
        """Count a call."""
        self.calls += 1
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens
        self.estimated = self.estimated or estimated

    def usage(self) -> Usage | None:
        """Return the sum, None when nothing was called."""
        return Usage(self.calls, self.input_tokens, self.output_tokens, self.estimated) if self.calls else None


@dataclass(slots=True)
class Down:
    """The failure by which a server was found to be away; a call right behind it would only wait as long again."""

    error: ModelError | None = None
    until: float = 0.0  # of time.monotonic()

    def note(self, error: ModelError) -> None:
        """Remember a failure that says nothing of the request itself."""
        rules = read("models")["down"]
        if error.hopeless or error.kind in rules["kinds"]:
            self.error, self.until = error, time.monotonic() + rules["seconds"]

    def check(self) -> None:
        """Raise the failure again while it is fresh.

        :raises ModelError: the server was away a moment ago
        """
        if self.error and time.monotonic() < self.until:
            raise ModelError(self.error.message, self.error.hint, kind=self.error.kind, hopeless=self.error.hopeless)


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat model and the name `provider:model` that results give it.

    With a `meter` nobody watches: calls are paced, charged and tried again, and what fails is raised. Threads share
    the model; each row in flight has a `Chat` with a meter of its own. `context` is how many tokens the model can
    take, 0 where nobody says. `refused` are things that its server was found not to take, shared by all calls.
    `down` is the last failure of the server where somebody watches: twenty channels must not wait for it twenty times.
    `watch` is told how many characters of an answer have come, where it is shown only when it is whole.
    """

    model: "BaseChatModel"
    name: str
    meter: "Meter | None" = None
    context: int = 0
    refused: set[str] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)
    down: Down = field(default_factory=Down)
    watch: Callable[[int], None] | None = None

    def counted(self) -> "Chat":
        """Return this chat with a tally of its own, for one result."""
        return replace(self, tally=Tally())


def chat_model(settings: Settings) -> Chat:
    """Return the chat model that `settings.model` names.

    :raises ModelError: its package is missing, the provider unknown, the key or the address wrong
    """
    if settings.base_url and not re.match(r"https?://[^/]", settings.base_url):
        raise trouble("address")
    if not tracing() and os.environ.get("LANGSMITH_GATEWAY", "").lower() not in ("", "false", "0", "no"):
        raise trouble("gateway")
    from langchain.chat_models import init_chat_model

    # langchain-openai's advice to who asks for a schema; a server that refuses it is asked otherwise anyway.
    warnings.filterwarnings("ignore", message=".* OpenAI's structured output feature")
    options: dict[str, Any] = {"timeout": settings.timeout, "temperature": 0, "max_retries": 0} | silence(settings)
    if settings.base_url:
        # A local server asks for no key, the client does; and OPENAI_API_KEY must not go to somebody else's server.
        options |= {"base_url": settings.base_url, "api_key": settings.api_key or "no-key"}
    elif settings.api_key:
        options["api_key"] = settings.api_key
    try:
        if provider_of(settings.model) == "huggingface":  # a folder of weights, not the hub's own servers
            from copilot.models.local import local_model

            model: BaseChatModel = local_model(settings.model.partition(":")[2], settings.timeout)
        else:
            model = init_chat_model(settings.model, **options)
    except ModelError:
        raise
    except ImportError as error:
        detail = to_install(settings.model) or error.name or ""
        raise trouble("package", model=settings.model, detail=detail) from error
    except Exception as error:  # noqa: BLE001  a provider's constructor: any of thirty packages, no common base
        kind = "provider" if str(error).startswith(("Unsupported provider", "Unable to infer")) else no_key(error)
        detail = one_line(str(error), [settings.api_key])
        raise trouble(kind, model=settings.model, detail=detail) from None  # its text may hold the key
    hush(secrets_of(model))
    return Chat(model, settings.model, context=settings.context or _context(model))


def _context(model: "BaseChatModel") -> int:
    """How many tokens the model can take as LangChain knows it, 0 for models it does not know."""
    profile: Any = getattr(model, "profile", None) or {}
    return int(profile.get("max_input_tokens") or 0)


def replaceable(chat: Chat, error: ModelError) -> bool:
    """Say whether the rule writer may take the place of a model that failed.

    Always where somebody watches. In a batch only when the model did answer, if to no use: a row that the server did
    not get to is to fail and be tried again later.
    """
    return chat.meter is None or error.kind in read("models")["answered"]
