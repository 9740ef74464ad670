"""File → text: `load` reads one document, `find_files` lists what lies below paths."""

from copilot.loading.files import SUFFIXES, find_files, read_bytes, supported
from copilot.loading.load import load

__all__ = ["SUFFIXES", "find_files", "load", "read_bytes", "supported"]
