"""Do the models that are set work? Each is loaded or asked once; `models check` and the page show the report."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from copilot.embedding import BUILTIN, files, load_embedding
from copilot.errors import CopilotError, ModelError
from copilot.knowledge import read
from copilot.library import Library
from copilot.settings import Settings

if TYPE_CHECKING:
    from copilot.embedding import Embedding
    from copilot.models import Chat

Progress = Callable[[int, int, str], None]  # done, total, the part that is tried now

PARTS = ("embedding", "reranker", "chat", "library")
_AT_ONCE = 0.05  # of the time of the whole answer: pieces that come within it were held back and sent together
_SMALL = 8192  # tokens: `passage_tokens` of models.yaml and what stands around them


def check_models(
    settings: Settings, progress: Progress = lambda done, total, part: None
) -> dict[str, dict[str, Any] | None]:
    """Return a report for each of PARTS, None for what is not set; `ok`, `message` and `hint` say how it went.

    The chat model is called twice, each time for a few words. Neither the key nor the password of the page stands in a
    report.
    """
    results: dict[str, dict[str, Any] | None] = dict.fromkeys(PARTS)
    progress(0, len(PARTS), "embedding")
    embedding, results["embedding"] = _tried(settings.embedding, lambda: embedding_report(settings.embedding))
    progress(1, len(PARTS), "reranker")
    if settings.reranker:
        results["reranker"] = _tried(settings.reranker, lambda: reranker_report(settings.reranker))[1]
    progress(2, len(PARTS), "chat")
    if settings.model:
        results["chat"] = _tried(settings.model, lambda: _chat(settings))[1]
    progress(3, len(PARTS), "library")
    if embedding:
        results["library"] = _library(settings, embedding)
    return {part: report and _without_secrets(report, settings) for part, report in results.items()}


def embedding_report(name: str) -> tuple["Embedding", dict[str, Any]]:
    """Load an embedding; return it and what it is.

    :raises EmbeddingError: it is not there or cannot be loaded
    """
    model = load_embedding(name)
    report = _files_of(name, BUILTIN if name == "builtin" else None) | {
        "fingerprint": model.fingerprint,
        "dimension": model.dimension,
        "query_prompt": getattr(model, "query_prompt", ""),
        "document_prompt": getattr(model, "document_prompt", ""),
    }
    return model, report


def reranker_report(name: str) -> tuple[Any, dict[str, Any]]:
    """Load a reranker; return it and what it is.

    :raises EmbeddingError: it is not there or cannot be loaded
    """
    from copilot.embedding.reranker import Reranker

    model = Reranker(name)
    return model, _files_of(name) | {"fingerprint": model.fingerprint}


def takes_chats(folder: Path) -> bool:
    """Say whether a language model brings a template for chats."""
    kept = folder / "tokenizer_config.json"
    told = kept.read_text("utf-8", "replace") if kept.is_file() else ""
    return (folder / "chat_template.jinja").is_file() or '"chat_template"' in told


def _tried(name: str, work: Callable[[], tuple[Any, dict[str, Any]]]) -> tuple[Any, dict[str, Any]]:
    """Return the model and the report on it; no model when it does not work."""
    try:
        model, report = work()
    except CopilotError as error:
        return None, {"name": name, "ok": False, "message": error.message, "hint": error.hint}
    return model, report | {"ok": True, "message": "", "hint": ""}


def _files_of(name: str, folder: Path | None = None) -> dict[str, Any]:
    folder = folder or files.find(name)
    assert folder is not None  # it has just been loaded
    return {"name": name, "path": str(folder), "bytes": files.size(folder)}


def _chat(settings: Settings) -> tuple[None, dict[str, Any]]:
    from copilot.models import chat_model, stream_text
    from copilot.models.failures import one_line
    from copilot.models.served import served_context

    chat = chat_model(settings).counted()
    start, came, reply = time.perf_counter(), list[float](), ""
    for piece in stream_text(chat, [("user", read("models")["check_request"])], seconds=settings.timeout):
        came.append(time.perf_counter() - start)
        reply += piece
    told = not chat.tally.estimated
    structured = _structured(chat, settings.timeout)
    return None, {
        "name": settings.model,
        "base_url": _address(settings.base_url),
        "reply": one_line(reply, [settings.api_key, settings.auth]),
        "first_ms": round(came[0] * 1000),
        "ms": round(came[-1] * 1000),
        "streaming": came[-1] - came[0] > _AT_ONCE * came[-1],
        "structured": structured,
        "context": chat.context or served_context(settings) or None,
        "usage": "told" if told else "estimated",
    }


def _address(url: str) -> str:
    """A server's address without what may be secret in it: user, password, query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if url else ""


def _structured(chat: "Chat", seconds: float) -> str | None:
    """Return the way in which the model gave JSON that was asked for, None when it gave none."""
    from copilot.models import Shape, method_of, stream_text

    word = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
    shape = Shape("check", word | {"additionalProperties": False})
    try:
        pieces = stream_text(chat, [("user", read("models")["check_json"])], seconds=seconds, shape=shape)
        told = json.loads(re.sub(r"^[^{]*|[^}]*$", "", "".join(pieces)))  # without fences and chatter
    except json.JSONDecodeError:
        return None
    except ModelError as error:
        if error.kind in read("models")["answered"]:
            return None
        raise
    return method_of(chat.model, chat.refused) if isinstance(told.get("word"), str) else None


def chat_facts(report: dict[str, Any]) -> list[str]:
    """Return what a report says of a chat model that works, in Chinese, a fact each."""
    ways = {"schema": "按 JSON schema", "tool": "用工具调用", "json": "用 JSON 模式", "text": "只靠提示词"}
    way, context = report["structured"], report["context"]
    small = "，偏小：调到 8192 以上，不然资料放不下" if context and context < _SMALL else ""
    facts = [
        f"回答“{report['reply']}”",
        f"第一个字 {report['first_ms']} 毫秒，答完 {report['ms']} 毫秒",
        "边写边显示：能" if report["streaming"] else "边写边显示：不能，写完才一起给出",
        f"按格式输出：能，{ways[way]}" if way else "按格式输出：没有做到，写文案、方案、诊断时会常常改用规则来写",
        f"上下文：{context} tokens{small}" if context else "上下文：问不到；知道的话设 OPS_COPILOT_CONTEXT（tokens）",
        "用量：服务会报" if report["usage"] == "told" else "用量：服务不报，由本程序估算",
    ]
    return [f"地址 {report['base_url']}", *facts] if report["base_url"] else facts


def _library(settings: Settings, embedding: "Embedding") -> dict[str, Any]:
    """Say whether the library was built with this embedding."""
    library = Library(settings.home / "library", embedding)
    report = {"path": str(library.root), "state": "matches", "documents": 0, "chunks": 0}
    if not (library.root / "catalogue.sqlite").is_file():
        return report | {"state": "empty", "ok": True, "message": "", "hint": ""}
    try:
        library.list()
        figures = library.stats()
    except CopilotError as error:
        return report | {"state": "rebuild", "ok": False, "message": error.message, "hint": error.hint}
    finally:
        library.close()
    return report | {"documents": figures.documents, "chunks": figures.chunks, "ok": True, "message": "", "hint": ""}


def _without_secrets(report: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Take out what a server may have said back: the key, also from the middle of an answer; then cut the answer."""
    for secret in filter(None, (settings.api_key, settings.auth)):
        report = {key: v.replace(secret, "***") if isinstance(v, str) else v for key, v in report.items()}
    return report | ({"reply": report["reply"][:40]} if "reply" in report else {})
