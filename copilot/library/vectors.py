"""The vector index. Only this module knows Chroma.

Chroma holds ids and vectors alone; vectors are always passed in, so that it never builds an embedder
of its own; telemetry is off.
"""

import io
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copilot.library.layout import IndexBroken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NAME = "chunks"
_HEADER = struct.Struct("<iQQQQ")  # of HNSW's files: version, offset, room for vectors, vectors, bytes of each
BATCH = 2000  # vectors a call; Chroma's own limit is 5,461
# A quick build and a wide search: on 18,746 passages of 256 numbers this found 99.6 % of the exact top 20 and took
# 5.0 s of CPU to build and 3.9 ms a query; ef_construction 64 found 99.9 % in 7.8 s, 128 99.97 % in 16.4 s. Chroma
# feeds its graph in an order of its own, so two builds of the same vectors differ even with one thread; with a width of
# 200 that changed the results of one query in nine, with 1,000 few, and below 1,000 vectors none (the search is exact).
# tests/test_library.py pins ≥ 98 %.
_HNSW = {"space": "ip", "ef_construction": 40, "ef_search": 1000, "max_neighbors": 16, "num_threads": 1}


def apply(folder: Path, added: "Iterable[tuple[Sequence[int], NDArray[np.float32]]]", deleted: Sequence[int]) -> int:
    """Write batches of at most BATCH `(ids, vectors)`, take deleted ids out; return how many there are then.

    :raises IndexBroken: the copied index is damaged, or the disk is full
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _broken():
        client = _client(folder)
        try:
            collection = client.get_or_create_collection(_NAME, configuration={"hnsw": _HNSW}, embedding_function=None)
            for i in range(0, len(deleted), BATCH):
                collection.delete(ids=[str(number) for number in deleted[i : i + BATCH]])
            for ids, vectors in added:
                collection.add(ids=[str(number) for number in ids], embeddings=vectors)
            count = int(collection.count())
        finally:
            client.close()
        _blank_unused(folder)
        return count


def _blank_unused(folder: Path) -> None:
    """Write zeros over what no vector takes up.

    Up to 1,000 vectors Chroma saves room for the first 100 as it found it in memory: 116 KB of whatever this process
    had there, a text that was deleted or a key. Lengths of vectors it never fills in when it compares by inner product.
    """
    for header in folder.glob("*/header.bin"):
        fields = header.read_bytes()[: _HEADER.size]
        if len(fields) < _HEADER.size or fields[:4] != b"\1\0\0\0":
            continue  # damaged, or of a later Chroma: a test tells
        _, _, _, count, size = _HEADER.unpack(fields)
        for name, each in (("data_level0.bin", size), ("length.bin", 0)):
            with header.with_name(name).open("r+b") as file:
                unused = file.seek(0, io.SEEK_END) - count * each
                file.seek(count * each)
                file.write(bytes(max(0, unused)))


class VectorIndex:
    """One published generation of the vector index, read-only."""

    def __init__(self, folder: Path) -> None:
        """Open it.

        :raises IndexBroken: files are missing or damaged
        """
        if not (folder / "chroma.sqlite3").is_file():  # Chroma would make an empty one
            raise IndexBroken("chroma.sqlite3 is missing")
        with _broken():
            self._client = _client(folder)
            try:
                self._collection = self._client.get_collection(_NAME, embedding_function=None)
                self.count = int(self._collection.count())
            except BaseException:
                self._client.close()
                raise

    def search(self, vector: "NDArray[np.float32]", k: int) -> list[tuple[int, float]]:
        """Return `(id, cosine)` of the nearest `k` chunks, nearest first, ties by id.

        :raises IndexBroken: files are missing or damaged
        """
        if not self.count:
            return []
        with _broken():
            result = self._collection.query(
                query_embeddings=vector.reshape(1, -1), n_results=min(k, self.count), include=["distances"]
            )
        pairs = zip(result["ids"][0], result["distances"][0], strict=True)
        return sorted(((int(number), 1.0 - float(d)) for number, d in pairs), key=lambda hit: (-hit[1], hit[0]))

    def close(self) -> None:
        """Give the files back."""
        self._client.close()


@contextmanager
def _broken() -> Iterator[None]:
    """Turn what Chroma says of missing or damaged files into the library's own word."""
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, ValueError) as error:  # ValueError: "Could not connect to tenant"
        raise IndexBroken(str(error)) from error


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
