"""Loading the shipped handbook into a library."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.paths import HANDBOOK, shipped

if TYPE_CHECKING:
    from copilot.library import Library

Progress = Callable[[int, int, str], None]  # done, total, what

_LEFT_OUT = "none"  # this home was begun without the handbook


def load_handbook(library: "Library", wanted: bool | None, progress: Progress | None = None) -> bool:
    """Load the shipped handbook where it belongs; return whether anything was written.

    It belongs into an empty home, and again when its digest changes; a home that was begun without it
    stays without it until it is wanted explicitly.
    """
    stored = library.meta(HANDBOOK)
    if wanted is False:
        if not stored:
            library.set_meta(**{HANDBOOK: _LEFT_OUT})
        return False
    if stored == _LEFT_OUT and not wanted:
        return False
    from copilot import glossary

    folder = shipped("corpus")
    digest = folder_digest(folder, glossary.PATH, glossary.ASKED)
    if stored == digest:
        return False
    texts = [(glossary.DOCUMENT, glossary.TITLE, glossary.as_document())]
    library.sync_shipped(folder, HANDBOOK, digest, texts, progress or (lambda done, total, what: None))
    return True


def folder_digest(folder: Path, *files: Path) -> str:
    """Return a digest over the names and contents of the Markdown files below a folder, and of `files`."""
    import hashlib  # OpenSSL, 20 ms

    digest = hashlib.sha256()
    names = {path: path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.md"))}
    for path, name in (names | {path: path.name for path in files}).items():
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
