"""Which characters and pairs of characters a text holds: many words are looked up at once by how they begin."""

from functools import lru_cache
from operator import add


# A draft's texts are each looked at for claims, complaints and worn phrases, its whole by four packs of the law:
# 12 µs for 80 characters the first time.
@lru_cache(maxsize=256)
def grams(text: str) -> frozenset[str]:
    """Return the characters and the pairs of neighbours in `text`."""
    return frozenset(map(add, text, text[1:])).union(text)
