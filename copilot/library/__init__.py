"""The library: documents and passages in SQLite (the truth), with a lexical and a vector index derived from it."""

from copilot.library.library import Library, open_library
from copilot.library.reader import Snapshot

__all__ = ["Library", "Snapshot", "open_library"]
