"""What a call asks for beyond its messages, and what of that a server turned out to refuse.

How JSON is had: by a schema (`response_format`), by a tool that must be called, by JSON mode, or by the prompt alone.
The first that the server takes is used; what it refuses once is not asked of it again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from copilot.knowledge import read
from copilot.models.chat import Chat
from copilot.models.failures import address
from copilot.models.tokens import count_tokens

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable

Method = Literal["schema", "tool", "json", "text"]


@dataclass(frozen=True, slots=True)
class Shape:
    """The JSON that an answer should be: a name of letters and `_`, and a JSON schema, an object at its top."""

    name: str
    schema: Mapping[str, Any]


# Names of what is asked for, as they stand in `refused`, and as a server may call them in its complaint.
_USAGE = "stream_options"
_BOUNDS = ("max_completion_tokens", "max_tokens")
_METHODS: tuple[Method, ...] = ("schema", "tool", "json")
_CALLED = {
    _USAGE: (_USAGE, "include_usage"),
    "schema": ("response_format", "json_schema", "schema"),
    "tool": ("tool", "function"),
    "json": ("response_format", "json_object", "json mode"),
}


def asking(
    chat: Chat, refused: set[str], shape: Shape | None, bounded: bool
) -> tuple["Runnable[Any, Any]", dict[str, object]]:
    """Return the model set up for one call, and what is asked for by name: the value under `method` is the method.

    `bounded`: with a bound for its answer, so that its price is known before.
    """
    model, changes, asked = chat.model, dict[str, Any](), dict[str, object]()
    fields = type(model).model_fields
    if "stream_usage" in fields:
        changes["stream_usage"] = _USAGE not in refused
        asked |= {_USAGE: True} if _USAGE not in refused else {}
    if getattr(model, "temperature", None) is not None:
        if "temperature" in refused:
            changes["temperature"] = None
        else:
            asked["temperature"] = True
    bounds = [name for name in _bounds(model) if name not in refused] if bounded else []
    if bounds:
        changes |= _bound(model, bounds[0])
        asked[bounds[0]] = True
    method = method_of(model, refused) if shape else "text"
    if shape and method != "text":
        asked[method] = True
    if shape and method in ("schema", "json"):
        extra = changes.get("extra_body") or getattr(model, "extra_body", None) or {}
        changes["extra_body"] = {**extra, "response_format": _format(shape, method)}
    ready: Runnable[Any, Any] = model.model_copy(update=changes)
    if shape and method == "tool":
        ready = ready.bind_tools([_tool(shape)], tool_choice=shape.name)  # type: ignore[attr-defined]
    return ready, asked | {"method": method}


def method_of(model: "BaseChatModel", refused: set[str]) -> Method:
    """Return the first method for JSON that the model's class knows and its server has not refused."""
    known: list[Method] = ["text"]
    if "extra_body" in type(model).model_fields:
        known = [*_METHODS, "text"]
    elif type(model).__name__ not in read("models")["no_tools"] and _takes_tools(model):
        known = ["tool", "text"]
    return next(method for method in known if method not in refused)


def shape_tokens(shape: Shape | None, method: object) -> int:
    """Return the tokens that a call takes beside its messages: a schema is part of the prompt that servers bill."""
    sent = shape is not None and method in ("schema", "tool")
    return count_tokens(json.dumps(shape.schema, ensure_ascii=False)) if shape and sent else 0


def _takes_tools(model: "BaseChatModel") -> bool:
    from langchain_core.language_models import BaseChatModel

    return type(model).bind_tools is not BaseChatModel.bind_tools


def _format(shape: Shape, method: str) -> dict[str, Any]:
    if method == "json":
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": shape.name, "strict": True, "schema": dict(shape.schema)}}


def _tool(shape: Shape) -> dict[str, Any]:
    told = read("models")["tool_description"]
    return {
        "type": "function",
        "function": {"name": shape.name, "description": told, "parameters": dict(shape.schema)},
    }


def refusal(error: Exception, asked: Mapping[str, object]) -> set[str]:
    """Return which of the things asked for the server refuses; all but temperature when it does not say."""
    from langchain_core.exceptions import ContextOverflowError

    known, status = read("models"), getattr(error, "status_code", None)
    telling = status in known["refusing"]
    if isinstance(error, ContextOverflowError) or not (telling or status in known["refusing_by_name"]):
        return set()
    said, names = str(error).lower(), set(asked) - {"method"}
    named = {name for name in names if any(word in said for word in _CALLED.get(name, (name,)))}
    if named or not telling:
        return named
    others = names - {"temperature"}
    return others | {*_BOUNDS, *_METHODS} if others else set()


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
