"""What a library was built with, against what this program builds: used as it is, migrated, or refused.

The fingerprint names `format` (the tables), `chunker`, `vocabulary`, `lexical`, `embedding` and `dimension`. Formats so
far: 1 had no pieces with its chunks and, up to lexical version 2, digests that left out how people ask; 2 is today's.
"""

import json
from typing import Any

from copilot.errors import LibraryError, LibraryMismatch

_PARTS = {
    "format": "文件格式",
    "chunker": "切分方式",
    "vocabulary": "词表",
    "lexical": "全文索引",
    "embedding": "向量模型",
    "dimension": "向量维数",
}
_VECTORS = ("embedding", "dimension")  # what stored vectors depend on
_DIGESTS = 3  # the lexical version since which a chunk's digest means what it means today
_REBUILD = "运行 ops-copilot library rebuild 重建后再用；文档都在，一篇也不会丢。"


def check_known(stored: str, current: str) -> None:
    """Refuse a library whose tables this program may not touch, not even to rebuild.

    :raises LibraryMismatch: a later version of the program made it
    """
    old, new = _read(stored), _read(current)
    if old["format"] > new["format"]:
        message = f"资料库是更新的版本建的（文件格式 {old['format']}，这个程序只认得到 {new['format']}）"
        raise LibraryMismatch(message, "升级后再用：pip install --upgrade ops-copilot。")


def check_same(stored: str, current: str) -> None:
    """Refuse a library that was built in another way.

    :raises LibraryMismatch: it was; the hint names the command that mends it
    """
    if stored and stored != current:
        check_known(stored, current)
        raise LibraryMismatch(f"资料库由另一种设置建成（{difference(stored, current)}），不能直接使用", _REBUILD)


def migrates(stored: str, current: str) -> bool:
    """Return whether all that differs can be made anew from stored texts and vectors: nothing has to be embedded."""
    old, new = _read(stored), _read(current)
    same = all(old.get(key) == new[key] for key in ("chunker", *_VECTORS))
    return stored != current and same and old.get("lexical", 0) >= _DIGESTS


def only_lexical(stored: str, current: str) -> bool:
    """Return whether nothing but the lexical index differs, if that: chunks, vectors and pieces stay as they are."""
    old, new = _read(stored), _read(current)
    return all(old.get(key) == value for key, value in new.items() if key != "lexical")


def same_vectors(stored: str, current: str) -> bool:
    """Return whether vectors stored by the one are those of the other."""
    old, new = _read(stored), _read(current)
    return all(old.get(key) == new[key] for key in _VECTORS)


def difference(stored: str, current: str) -> str:
    """Return in words what differs."""
    old, new = _read(stored), _read(current)
    parts = (f"{word} {old.get(key, '无')} → {new[key]}" for key, word in _PARTS.items() if old.get(key) != new[key])
    return "；".join(parts)


def _read(fingerprint: str) -> dict[str, Any]:
    try:
        parts = json.loads(fingerprint)
        whole = isinstance(parts, dict) and isinstance(parts["format"], int) and isinstance(parts["lexical"], int)
    except (ValueError, KeyError):
        whole = False
    if not whole:
        hint = "文件可能被别的程序改过；从备份恢复，或把 library 文件夹移走再重新装入。"
        raise LibraryError("资料库的指纹读不懂", hint)
    return dict(parts)
