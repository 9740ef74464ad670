"""Reading: one consistent state of catalogue and indexes, whatever a writer does meanwhile."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from copilot.errors import LibraryError
from copilot.library import catalogue, layout
from copilot.library.layout import IndexBroken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from copilot.library.lexical import LexicalIndex
    from copilot.library.vectors import VectorIndex

T = TypeVar("T")

# Chunks up to which the stored vectors are compared one by one: at 5,000 a search takes 2 ms (Chroma 6) and is exact,
# and Chroma, whose import costs 0.8 s, is not needed. The handbook alone has 2,000.
EXACT = 5000
_TRIES = 5  # each further try needs two more publications within one search


@dataclass
class _Indexes:
    """The opened indexes of one generation, each on first use; closed when retired and no longer in use."""

    folder: Path
    generation: int
    chunks: int
    users: int = 0
    retired: bool = False
    opening: threading.Lock = field(default_factory=threading.Lock)
    lexical: "LexicalIndex | None" = None
    vectors: "VectorIndex | None" = None
    stored: "tuple[NDArray[np.int64], NDArray[np.float32]] | None" = None  # ids and vectors of a small library

    def close_if_done(self) -> None:
        if self.retired and not self.users and self.vectors:
            self.vectors.close()
            self.vectors = None


class Snapshot:
    """One state of the library, for the length of one `with` block."""

    def __init__(self, db: sqlite3.Connection, indexes: _Indexes) -> None:
        self._db = db
        self._indexes = indexes
        self.generation = indexes.generation
        self.chunks = indexes.chunks

    def lexical(self, query: Mapping[str, Sequence[tuple[str, float]]], k: int) -> list[tuple[int, float]]:
        """Return `(chunk id, BM25 score)`, best first; `query` gives weighted terms by field of the lexical index."""
        return self._lexical().search(query, k) if self.chunks else []

    def dense(self, vector: "NDArray[np.float32]", k: int) -> list[tuple[int, float]]:
        """Return `(chunk id, cosine)`, nearest first, ties by id."""
        if self.chunks > EXACT:
            return self._vectors().search(vector, k)
        return self._exact(vector, k) if self.chunks else []

    def document_frequency(self, term: str, *fields: str) -> int:
        """Return how many chunks hold a term in one of the fields, by default body and heading; the largest count."""
        return self._lexical().document_frequency(term, fields or ("body", "heading")) if self.chunks else 0

    def passages(self, ids: Iterable[int]) -> dict[int, tuple[str, str, str, str, str, int, int, str]]:
        """Return `{id: (doc_id, source, title, section, text, start, end, context)}`."""
        return catalogue.passages(self._db, ids)

    def encoded(self, ids: Sequence[int]) -> "tuple[NDArray[np.float32], list[NDArray[np.uint16]], NDArray[np.bool_]]":
        """Return the stored vectors of chunks, shape `(len(ids), dimension)`, and the numbers of their pieces.

        Third comes for which of them it is known how people ask.
        """
        import numpy as np

        stored = catalogue.encoded(self._db, ids)
        vectors = np.frombuffer(b"".join(stored[number][0] for number in ids), dtype="<f2")
        pieces = [np.frombuffer(stored[number][1], dtype="<u2") for number in ids]
        asked = np.array([stored[number][2] > 0 for number in ids], dtype=np.bool_)
        return vectors.reshape(len(ids), -1 if ids else 0).astype(np.float32), pieces, asked

    def meta(self, key: str) -> str:
        """Return one meta value, '' when it is not set."""
        return catalogue.meta(self._db, key)

    def intact(self) -> bool:
        """Return whether the index folder is still there: what was read from it meanwhile is then right."""
        return not self.chunks or self._indexes.folder.is_dir()

    def text_of(self, doc_id: str) -> str | None:
        """Return a document's normalised text."""
        return catalogue.text_of(self._db, doc_id)

    def _exact(self, vector: "NDArray[np.float32]", k: int) -> list[tuple[int, float]]:
        import numpy as np

        indexes = self._indexes
        with indexes.opening:
            if indexes.stored is None:
                rows = catalogue.all_vectors(self._db)
                matrix = np.frombuffer(b"".join(blob for _, blob in rows), dtype="<f2").reshape(len(rows), -1)
                indexes.stored = np.array([number for number, _ in rows]), matrix.astype(np.float32)
        ids, matrix = indexes.stored
        cosines = matrix @ vector
        best = np.lexsort((ids, -cosines))[:k]
        return [(int(ids[i]), float(cosines[i])) for i in best]

    def _lexical(self) -> "LexicalIndex":
        indexes = self._indexes
        with indexes.opening:
            if indexes.lexical is None:
                from copilot.library.lexical import LexicalIndex

                indexes.lexical = LexicalIndex(indexes.folder / "lexical")
            return indexes.lexical

    def _vectors(self) -> "VectorIndex":
        indexes = self._indexes
        with indexes.opening:
            if indexes.vectors is None:
                from copilot.library.vectors import VectorIndex

                vectors = VectorIndex(indexes.folder / "vectors")
                if vectors.count != indexes.chunks:
                    vectors.close()
                    raise IndexBroken(f"{vectors.count} vectors for {indexes.chunks} chunks")
                indexes.vectors = vectors
            return indexes.vectors


class Reader:
    """Hands out snapshots; keeps the indexes of the current generation open between them. Thread-safe."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._indexes: _Indexes | None = None

    def read(self, work: Callable[[Snapshot], T]) -> T:
        """Return `work(snapshot)`; all that it reads belongs to one state of the library.

        A writer may sweep a generation away while `work` opens or searches it (two publications in one
        search). The index then fails, or worse: Chroma without one of its files finds less and says nothing.
        So an answer counts only if its generation is still there; else `work` runs again on the newer state.

        :raises LibraryError: the index of the current generation is missing or damaged
        """
        for _ in range(_TRIES):
            problem = IndexBroken("no such folder")
            with self._snapshot() as snapshot:
                try:
                    result = work(snapshot)
                    if snapshot.intact():
                        return result
                except IndexBroken as error:
                    problem = error
            self._forget(snapshot.generation)
            if snapshot.generation == self.generation():
                hint = "运行 ops-copilot library rebuild，从目录库重建索引（不需要重新计算向量）。"
                raise LibraryError(f"第 {snapshot.generation} 代索引缺失或损坏：{problem}", hint) from problem
        raise LibraryError("资料库正被频繁改写，读不到一个稳定的状态", "等写入结束后再试。")

    def generation(self) -> int:
        """Return the number of the current generation."""
        with catalogue.connect(layout.catalogue_path(self._root)) as db:
            return int(catalogue.meta(db, "generation", "0"))

    @contextmanager
    def _snapshot(self) -> Iterator[Snapshot]:
        with catalogue.connect(layout.catalogue_path(self._root)) as db, catalogue.transaction(db, "DEFERRED"):
            indexes = self._enter(db)
            try:
                yield Snapshot(db, indexes)
            finally:
                self._leave(indexes)

    def close(self) -> None:
        """Give the index files back."""
        with self._lock:
            self._retire()

    def _forget(self, generation: int) -> None:
        with self._lock:
            if self._indexes and self._indexes.generation == generation:
                self._retire()

    def _retire(self) -> None:
        if self._indexes:
            self._indexes.retired = True
            self._indexes.close_if_done()
            self._indexes = None

    def _enter(self, db: sqlite3.Connection) -> _Indexes:
        generation = int(catalogue.meta(db, "generation", "0"))
        with self._lock:
            current = self._indexes
            if current is None or current.generation != generation:
                self._retire()
                chunks = int(catalogue.meta(db, "chunks", "0"))
                current = _Indexes(layout.generation_path(self._root, generation), generation, chunks)
                self._indexes = current
            current.users += 1
            return current

    def _leave(self, indexes: _Indexes) -> None:
        with self._lock:
            indexes.users -= 1
            indexes.close_if_done()
