"""Text → vectors. The seam: an object with `name`, `fingerprint`, `dimension`, `batch`, `documents` and `queries`."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from copilot.embedding.static import StaticEmbedding

BUILTIN = Path(__file__).parent / "builtin"


class Embedding(Protocol):
    """What the library and the retriever need of an embedding; vectors are float32 of unit length."""

    name: str
    fingerprint: str
    dimension: int
    batch: int  # texts that one call of `documents` takes well

    def documents(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return the vectors of passages, shape `(len(texts), dimension)`."""

    def queries(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return the vectors of questions, shape `(len(texts), dimension)`."""


def load_embedding(name: str = "builtin") -> Embedding:
    """Return the embedding called `name`: `builtin`, or a folder or hub name for sentence-transformers.

    :raises EmbeddingError: the model is not there or cannot be loaded
    """
    if name == "builtin":
        return builtin()
    from copilot.embedding.transformer import TransformerEmbedding

    return TransformerEmbedding(name)


@cache
def builtin() -> "StaticEmbedding":
    """Return the embedding that is shipped; beside another one it still compares single pieces."""
    from copilot.embedding.static import StaticEmbedding

    return StaticEmbedding(BUILTIN)
