"""How much a server lets a model read: asked of the server itself, the way vLLM, SGLang, llama.cpp or Ollama tell."""

import base64
import json
import re
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

from copilot.knowledge import read
from copilot.models.providers import provider_of
from copilot.settings import Settings

# In an entry of GET /models: vLLM and SGLang; OpenRouter and Moonshot; others.
_NAMES = ("max_model_len", "context_length", "max_context_length", "context_window")
_BYTES = 1 << 22  # of an answer; OpenRouter's list of models has about 1 MB


def served_context(settings: Settings) -> int:
    """Return how many tokens the model can take where it is served now, 0 when its server does not say.

    Nothing is asked of a provider whose address was not set.
    """
    model = settings.model.partition(":")[2]
    base = settings.base_url.rstrip("/")
    if not base or provider_of(settings.model) not in read("models")["tell_context"]:
        return 0
    entry = _entry(_asked(f"{base}/models", settings.api_key), model)
    for name in _NAMES:
        if tokens := _whole(entry.get(name)):
            return tokens
    root, owner = base.removesuffix("/v1"), entry.get("owned_by")
    if owner == "llamacpp":
        return _llama_cpp(root, settings.api_key)
    if owner == "library" or provider_of(settings.model) == "ollama" or root.endswith(":11434"):
        return _ollama(root, model, settings.api_key)
    return 0


def _llama_cpp(root: str, key: str) -> int:
    # What it was started with; `n_ctx_train` of /models is what the model could take.
    properties = _asked(f"{root}/props", key)
    return _whole(_mapping(properties.get("default_generation_settings")).get("n_ctx"))


def _ollama(root: str, model: str, key: str) -> int:
    # What the loaded model has, by default 4,096 tokens; `context_length` of /api/show is what it could take.
    loaded = _asked(f"{root}/api/ps", key).get("models")
    for entry in loaded if isinstance(loaded, list) else []:
        if _mapping(entry).get("name") in (model, f"{model}:latest") and (
            tokens := _whole(entry.get("context_length"))
        ):
            return tokens
    told = re.search(
        r"^num_ctx\s+(\d+)", str(_asked(f"{root}/api/show", key, {"model": model}).get("parameters")), re.M
    )
    return int(told[1]) if told else 0


def _entry(listed: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    entries = listed.get("data")
    found = [_mapping(entry) for entry in entries] if isinstance(entries, list) else []
    return next((entry for entry in found if entry.get("id") == model), found[0] if len(found) == 1 else {})


def _asked(url: str, key: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """The JSON object at an address; empty when there is none: a server need not know the question."""
    headers = {"Content-Type": "application/json"} if body else {}
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")  # urllib takes what stands before the @ for a part of the host's name
    url = parts._replace(netloc=host).geturl()
    request = Request(url, json.dumps(body).encode() if body else None, headers)
    if user and not key:
        basic = base64.b64encode(unquote(user).encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {basic}")
    if key:
        request.add_unredirected_header("Authorization", f"Bearer {key}")  # not on to another host
    try:
        with urlopen(request, timeout=read("models")["check_context_seconds"]) as response:
            return _mapping(json.loads(response.read(_BYTES)))
    except (OSError, ValueError, HTTPException):
        return {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
