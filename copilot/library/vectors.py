"""The vector index. Only this module knows Chroma.

Chroma holds ids and vectors alone; vectors are always passed in, so that it never builds an embedder
of its own; telemetry is off.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NAME = "chunks"
_BATCH = 2000  # vectors an add call; Chroma's own limit is 5,461
# One thread so that builds repeat. Search width 200 finds ≥ 98 % of the exact top 20 (test_library_vectors).
_HNSW = {"space": "ip", "ef_construction": 128, "ef_search": 200, "max_neighbors": 16, "num_threads": 1}


def apply(folder: Path, ids: Sequence[int], vectors: "NDArray[np.float32]", deleted: Sequence[int]) -> int:
    """Write new vectors, shape `(len(ids), dimension)`, take deleted ids out; return how many there are then."""
    client = _client(folder)
    try:
        collection = client.get_or_create_collection(_NAME, configuration={"hnsw": _HNSW}, embedding_function=None)
        for i in range(0, len(deleted), _BATCH):
            collection.delete(ids=[str(number) for number in deleted[i : i + _BATCH]])
        for i in range(0, len(ids), _BATCH):
            batch = [str(number) for number in ids[i : i + _BATCH]]
            collection.add(ids=batch, embeddings=vectors[i : i + _BATCH])
        return int(collection.count())
    finally:
        client.close()


class VectorIndex:
    """One published generation of the vector index, read-only."""

    def __init__(self, folder: Path) -> None:
        self._client = _client(folder)
        self._collection = self._client.get_collection(_NAME, embedding_function=None)
        self.count = int(self._collection.count())

    def search(self, vector: "NDArray[np.float32]", k: int) -> list[tuple[int, float]]:
        """Return `(id, cosine)` of the nearest `k` chunks, nearest first, ties by id."""
        if not self.count:
            return []
        result = self._collection.query(
            query_embeddings=vector.reshape(1, -1), n_results=min(k, self.count), include=["distances"]
        )
        pairs = zip(result["ids"][0], result["distances"][0], strict=True)
        return sorted(((int(number), 1.0 - float(d)) for number, d in pairs), key=lambda hit: (-hit[1], hit[0]))

    def close(self) -> None:
        """Give the files back."""
        self._client.close()


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    folder.mkdir(parents=True, exist_ok=True)
    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
