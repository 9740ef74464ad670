"""Which characters and pairs of characters a text holds: many words are looked up at once by how they begin."""

from collections.abc import Iterable
from functools import lru_cache
from operator import add
from typing import Generic, TypeVar

T = TypeVar("T")


# A draft's texts are each looked at for claims, complaints and worn phrases, its whole by four packs of the law:
# 12 µs for 80 characters the first time.
@lru_cache(maxsize=256)
def grams(text: str) -> frozenset[str]:
    """Return the characters and the pairs of neighbours in `text`."""
    return frozenset(map(add, text, text[1:])).union(text)


class Words(Generic[T]):
    """Words, each with what it stands for, found in a text by their first two characters."""

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        """`entries` are a word and what it stands for; several may have the same word."""
        self._entries: dict[str, list[tuple[str, T]]] = {}
        for word, entry in entries:
            self._entries.setdefault(word[:2], []).append((word, entry))
        self._begins = frozenset(self._entries)

    def held(self, text: str) -> list[T]:
        """Return what the words in `text` stand for, in no order, once for each word that is there."""
        return [e for gram in self._begins & grams(text) for word, e in self._entries[gram] if word in text]
