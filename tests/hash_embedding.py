"""An embedding for tests: hashed characters and bigrams, no weights to load.

It knows spelling, not meaning.
"""

from collections.abc import Sequence
from functools import cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from copilot.text import fold

DIMENSION = 256
BIGRAM_WEIGHT = 2.0  # a shared bigram says more than two shared characters


class HashEmbedding:
    """Signed feature hashing (Weinberger et al. 2009) of folded characters and bigrams, unit length."""

    name = "hash"
    fingerprint = "hash/1/256"
    dimension = DIMENSION
    batch = 512

    def documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, shape `(len(texts), 256)`; a text without characters gives zeros."""
        out = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            out[row] = _counts(text)
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        return np.asarray(out / np.maximum(norms, 1e-12), dtype=np.float32)

    queries = documents


@cache
def _hash_table() -> NDArray[np.uint32]:
    return np.array([crc32(code.to_bytes(4, "little")) for code in range(65536)], dtype=np.uint32)


def _counts(text: str) -> NDArray[np.float32]:
    codes = np.frombuffer(fold(text).encode("utf-16-le", "replace"), dtype=np.uint16)
    codes = codes[codes > 0x2F]  # drops spaces and most ASCII punctuation
    codes = codes[(codes < 0x2000) | ((codes >= 0x3400) & (codes < 0xFF00))]  # and CJK punctuation
    if not len(codes):
        return np.zeros(DIMENSION, dtype=np.float32)
    singles = _hash_table()[codes]
    pairs = (singles[:-1] * np.uint32(2654435761)) ^ (singles[1:] * np.uint32(40503) >> np.uint32(3))
    pairs ^= pairs >> np.uint32(15)
    weights = np.concatenate([np.ones(len(singles)), np.full(len(pairs), BIGRAM_WEIGHT)])
    hashes = np.concatenate([singles, pairs])
    signs = 1.0 - 2.0 * ((hashes >> np.uint32(8)) & np.uint32(1))
    return np.bincount(hashes % np.uint32(DIMENSION), weights * signs, DIMENSION).astype(np.float32)
