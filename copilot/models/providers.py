"""Who offers models, by the names that `init_chat_model` knows: what to install, and what their clients want told."""

from typing import Any

from copilot.knowledge import read
from copilot.settings import Settings


def provider_of(model: str) -> str:
    """Return the provider in `provider:model`, spelled as `init_chat_model` spells it."""
    return model.partition(":")[0].replace("-", "_").lower()


def to_install(model: str) -> str:
    """Return what `pip install` takes to get a model's provider: our extra if it has one, else its package.

    '' for a provider that the data file does not name.
    """
    known = read("models")["providers"].get(provider_of(model), {})
    return f'"ops-copilot[{known["extra"]}]"' if "extra" in known else str(known.get("package", ""))


def silence(settings: Settings) -> dict[str, Any]:
    """Return the options by which the provider's client is told after how many seconds of silence to give up."""
    known = read("models")["providers"].get(provider_of(settings.model), {})
    # ChatOllama has no `timeout` and ignores it without a word: a server that falls silent would be waited for forever.
    return {known["timeout_in"]: {"timeout": settings.timeout}} if "timeout_in" in known else {}
