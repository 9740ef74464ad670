"""Do the models that are set work? Each is loaded or asked once; `models check` and the page show the report."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copilot.embedding import BUILTIN, files, load_embedding
from copilot.errors import CopilotError
from copilot.knowledge import read
from copilot.library import Library
from copilot.settings import Settings

if TYPE_CHECKING:
    from copilot.embedding import Embedding

Progress = Callable[[int, int, str], None]  # done, total, the part that is tried now

PARTS = ("embedding", "reranker", "chat", "library")


def check_models(
    settings: Settings, progress: Progress = lambda done, total, part: None
) -> dict[str, dict[str, Any] | None]:
    """Return a report for each of PARTS, None for what is not set; `ok`, `message` and `hint` say how it went.

    The chat model is asked for one short answer. Neither the key nor the password of the page stands in a report.
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

    start = time.perf_counter()
    pieces = stream_text(chat_model(settings), [("user", read("models")["check_request"])], seconds=settings.timeout)
    reply = "".join(pieces).strip()
    took = round((time.perf_counter() - start) * 1000)
    return None, {"name": settings.model, "base_url": settings.base_url, "reply": reply, "ms": took}


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
