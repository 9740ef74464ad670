"""How many tokens a text takes: by tiktoken's file where this machine has it, else an estimate. Nothing is fetched."""

import base64
import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.knowledge import read
from copilot.text.pieces import numbered_pieces

if TYPE_CHECKING:
    from tiktoken import Encoding

_MARK = re.compile(r"[^\w\s]|_|\n")


def count_tokens(text: str) -> int:
    """Return how many tokens `text` takes, by `token_method`."""
    if encoding := _encoding(_cache_folder()):
        return len(encoding.encode_ordinary(text))
    known = sum(1 if number else len(piece.encode()) for number, piece in numbered_pieces(text))
    return known + sum(1 if mark < "\U00010000" else 3 for mark in _MARK.findall(text))


def prompt_tokens(messages: Sequence[tuple[str, str]]) -> int:
    """Return how many tokens `(role, text)` messages take, with what frames each."""
    return sum(count_tokens(text) + read("models")["message_tokens"] for _, text in messages)


def token_method() -> str:
    """Return the name of the encoding that `count_tokens` uses, or `estimate`."""
    encoding = _encoding(_cache_folder())
    return encoding.name if encoding else "estimate"


def _cache_folder() -> str:
    # As tiktoken looks for it; an empty value switches its cache off.
    named = [os.environ[name] for name in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR") if name in os.environ]
    return named[0] if named else str(Path(tempfile.gettempdir()) / "data-gym-cache")


@cache
def _encoding(folder: str) -> "Encoding | None":
    """The encoding from tiktoken's cached file; tiktoken itself would download a missing or damaged one."""
    known = read("models")["encoding"]
    path = Path(folder) / hashlib.sha1(known["url"].encode()).hexdigest()
    if not folder or not path.is_file():
        return None
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != known["sha256"]:
        return None
    from tiktoken import Encoding

    ranks = {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, data.splitlines())}
    return Encoding(known["name"], pat_str="|".join(known["pattern"]), mergeable_ranks=ranks, special_tokens={})
