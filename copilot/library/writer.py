"""Writing: texts → rows and a new index generation, published in one SQLite transaction.

Rows are written as they come into one open transaction that no reader sees. To publish, the indexes of
the next generation are written into a folder that nobody reads; then rows and generation number are
committed together. What a kill leaves behind is the old state or the new one.
"""

import hashlib
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from copilot.chunking import chunk_text
from copilot.embedding import Embedding
from copilot.errors import LibraryError
from copilot.glossary import phrasings
from copilot.library import catalogue, formats, layout
from copilot.library.catalogue import ChunkRow, DocumentRow
from copilot.text.pieces import piece_numbers
from copilot.types import Chunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Chunks in one publication. A publication copies the indexes (0.3 s at 20,000 chunks), so it grows with
# the library: copying stays linear in what is written, a kill loses at most a quarter of what is there.
BATCH = 4000
# Chroma only marks a vector as deleted and keeps it in its graph: after eight full replacements of 2,000 vectors
# writing took 12.7 s instead of 1.4, searching 11 ms instead of 2, and 93 % of the exact top 20 were found instead of
# 99. So both indexes are built anew from the stored rows when more than this share of their chunks was deleted.
DEAD_SHARE = 0.25
Progress = Callable[[int, int, str], None]  # done, total, what
Encoded = tuple[bytes, bytes, int]  # vector and pieces, as `ChunkRow` ends


class Content(NamedTuple):
    """What is indexed of a chunk: title and section path, its text with its table's header, how people ask for it."""

    heading: str
    body: str
    asked: str


@contextmanager
def writing(root: Path, embedding: Embedding) -> Iterator["Writer"]:
    """Hold the lock, give a Writer, publish at the end; on an error keep what was published before.

    :raises LibraryBusy: another process is writing
    """
    with layout.writer_lock(root), catalogue.connect(layout.catalogue_path(root)) as db:
        catalogue.create(db)
        db.execute("BEGIN IMMEDIATE")
        try:
            writer = Writer(root, db, embedding)
            yield writer
            writer.publish()
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")


class Writer:
    """Changes the library; lives inside the lock and an open transaction."""

    def __init__(self, root: Path, db: sqlite3.Connection, embedding: Embedding) -> None:
        self.db = db
        self.embedded = 0  # texts embedded so far
        self._root = root
        self._embedding = embedding
        self._fresh: dict[int, Content] = {}  # ids to index
        self._gone: list[int] = []  # ids to take out of the indexes
        self._spare: dict[bytes, Encoded] = {}  # of deleted chunks: a renamed file embeds nothing
        self._unembedded: dict[bytes, Content] = {}  # contents by digest whose rows have no vector yet
        self._begin()

    def put(self, row: DocumentRow, chunks: Sequence[Chunk] | None = None) -> int:
        """Add or replace one document; return its number of chunks. Only content never seen is embedded."""
        chunks = chunk_text(row.text) if chunks is None else chunks
        contents = [indexed(row, chunk) for chunk in chunks]
        digests = [content_digest(content) for content in contents]
        old: dict[bytes, list[ChunkRow]] = {}
        for stored in catalogue.chunks_of(self.db, row.doc_id):
            old.setdefault(stored.digest, []).append(stored)
        kept: list[ChunkRow | None] = [old[digest].pop(0) if old.get(digest) else None for digest in digests]
        encoded = self._encoded({d: c for d, c, k in zip(digests, contents, kept, strict=True) if k is None})
        catalogue.put_document(self.db, row)
        rows = []
        for chunk, content, digest, same in zip(chunks, contents, digests, kept, strict=True):
            number = same.id if same else self._new_id(content)
            parts = (same.vector, same.pieces, same.asked) if same else encoded[digest]
            rows.append(ChunkRow(number, row.doc_id, chunk, digest, *parts))
        self._delete([stored for rest in old.values() for stored in rest])
        catalogue.put_chunks(self.db, rows)
        self._changed = True
        if len(self._unembedded) >= self._embedding.batch:
            self._embed()  # now, so that whoever shows documents as done shows the time that this takes
        if len(self._fresh) >= self._limit:
            self.publish()
        return len(chunks)

    def drop(self, doc_id: str) -> None:
        """Remove one document and every passage of it."""
        self._delete(catalogue.chunks_of(self.db, doc_id))
        catalogue.delete_document(self.db, doc_id)
        self._changed = True

    def derive(self, fingerprint: str, progress: Progress) -> None:
        """Make what comes from the stored texts as the program of this `fingerprint` makes it, all at once.

        :raises LibraryMismatch: a later version of the program made it
        """
        stored = catalogue.meta(self.db, "fingerprint", fingerprint)
        formats.check_known(stored, fingerprint)
        if formats.only_lexical(stored, fingerprint):
            self.reindex()
        else:
            documents = catalogue.document_ids(self.db)
            self._reset(formats.same_vectors(stored, fingerprint))
            for done, (doc_id, source) in enumerate(documents):
                progress(done, len(documents), source)
                self.put(catalogue.document_row(self.db, doc_id))
            progress(len(documents), len(documents), "")
        self.set_meta(fingerprint=fingerprint)

    def _reset(self, keep_vectors: bool) -> None:
        """Take every chunk out; vectors of this embedding are kept for passages that will be as they were."""
        if keep_vectors:
            catalogue.lend_stored(self.db)
        catalogue.empty_chunks(self.db)
        self._fresh, self._gone, self._spare, self._changed = {}, [], {}, True
        self._from_scratch = True
        self.at_once()  # half a rebuilt library must not be seen

    def at_once(self) -> None:
        """Publish nothing before the end, however much is put: all of it is seen, or none."""
        self._limit = 1 << 62

    def lend(self, vectors: Iterable[tuple[bytes, bytes]]) -> None:
        """Give `(content digest, vector)` of this embedding, computed elsewhere, to what will be put."""
        catalogue.lend(self.db, vectors)

    def reindex(self) -> None:
        """Write the indexes anew from the stored rows; nothing is embedded."""
        self._fresh = dict(self._stored_contents())
        self._gone, self._changed, self._from_scratch = [], True, True

    def set_meta(self, **values: str) -> None:
        """Store meta values with the next publication."""
        catalogue.set_meta(self.db, **values)
        self._changed = True

    def publish(self) -> None:
        """Make all changes visible at once; nothing happens when there are none.

        :raises LibraryError: the new indexes cannot be written or do not hold what the catalogue holds; the
            old state stays
        """
        if not self._changed:
            return
        self._embed()
        total = catalogue.counts(self.db)[1]
        dead = int(catalogue.meta(self.db, "dead", "0")) + len(self._gone)
        if self._gone and dead > total * DEAD_SHARE:
            self.reindex()
        if self._fresh or self._gone or self._from_scratch:
            self._write_generation(self._current + 1, total)
            self._current += 1
            catalogue.set_meta(self.db, generation=str(self._current), dead="0" if self._from_scratch else str(dead))
        catalogue.set_meta(self.db, next_id=str(self._next_id), chunks=str(total))
        self.db.execute("COMMIT")
        layout.sweep(self._root, self._current)
        self.db.execute("BEGIN IMMEDIATE")
        self._begin()

    def _begin(self) -> None:
        self._fresh, self._gone, self._changed = {}, [], False
        self._current = int(catalogue.meta(self.db, "generation", "0"))
        self._from_scratch = False
        self._next_id = int(catalogue.meta(self.db, "next_id", "1"))
        self._limit = max(BATCH, catalogue.counts(self.db)[1] // 4)

    def _write_generation(self, new: int, total: int) -> None:
        from copilot.library import lexical, vectors

        ids = sorted(self._fresh)
        hint = "检查磁盘空间和权限；仍然如此就运行 ops-copilot library rebuild。"
        try:
            folder = layout.start_generation(self._root, 0 if self._from_scratch else self._current, new)
            batches = (ids[i : i + vectors.BATCH] for i in range(0, len(ids), vectors.BATCH))
            found = lexical.apply(folder / "lexical", self._lexical_rows(ids), self._gone)
            stored = vectors.apply(folder / "vectors", ((b, self._stored_vectors(b)) for b in batches), self._gone)
        except (OSError, layout.IndexBroken) as error:
            raise LibraryError(f"索引写不进去，已放弃本次写入：{error}", hint) from error
        if not found == stored == total:
            raise LibraryError(f"索引与目录库不一致（{total} 段，全文 {found}，向量 {stored}），已放弃本次写入", hint)

    def _lexical_rows(self, ids: Sequence[int]) -> "Iterator[tuple[int, Content, array[int]]]":
        for i in range(0, len(ids), BATCH):
            for number, (_, stored, asked) in catalogue.encoded(self.db, ids[i : i + BATCH]).items():
                pieces = array("H", stored)
                yield number, self._fresh[number], pieces[: len(pieces) - asked]

    def _stored_vectors(self, ids: Sequence[int]) -> "NDArray[np.float32]":
        import numpy as np

        stored = catalogue.encoded(self.db, ids)
        matrix = np.frombuffer(b"".join(stored[i][0] for i in ids), dtype="<f2")
        return matrix.reshape(len(ids), self._embedding.dimension).astype(np.float32)

    def _new_id(self, content: Content) -> int:
        number = self._next_id
        self._next_id += 1
        self._fresh[number] = content
        return number

    def _delete(self, rows: Sequence[ChunkRow]) -> None:
        catalogue.delete_chunks(self.db, [row.id for row in rows])
        for row in rows:
            if row.vector:
                self._spare[row.digest] = (row.vector, row.pieces, row.asked)
            if self._fresh.pop(row.id, None) is None:
                self._gone.append(row.id)

    def _encoded(self, contents: dict[bytes, Content]) -> dict[bytes, Encoded]:
        """Return vectors and pieces by content digest, those that the library has; b'' for what `_embed` owes."""
        known = {d: self._spare[d] for d in contents if d in self._spare}
        known |= catalogue.encoded_with(self.db, contents.keys() - known.keys())
        new = {d: contents[d] for d in contents if d not in known}
        self._unembedded |= new
        self.embedded += len(new) - len(catalogue.lent(self.db, new))
        return {d: known.get(d, (b"", b"", 0)) for d in contents}

    def _embed(self) -> None:
        """Compute what rows still lack."""
        digests = list(self._unembedded)
        for i in range(0, len(digests), self._embedding.batch):
            batch = digests[i : i + self._embedding.batch]
            contents = [self._unembedded[d] for d in batch]
            texts = tuple("\n".join(filter(None, content)) for content in contents)
            vectors = self._vectors(batch, texts)
            pieces = [array("H", numbers).tobytes() for numbers in piece_numbers(texts)]
            asked = [len(piece_numbers((content.asked,))[0]) if content.asked else 0 for content in contents]
            catalogue.fill_encoded(self.db, zip(vectors, pieces, asked, batch, strict=True))
        self._unembedded = {}

    def _vectors(self, digests: Sequence[bytes], texts: tuple[str, ...]) -> list[bytes]:
        """Return the vectors of texts: lent ones by their digests, the others computed."""
        known = catalogue.lent(self.db, digests)
        new = {d: text for d, text in zip(digests, texts, strict=True) if d not in known}
        if new:
            known |= zip(new, _rows(self._embedding.documents(tuple(new.values()))), strict=True)
        return [known[digest] for digest in digests]

    def _stored_contents(self) -> Iterator[tuple[int, Content]]:
        for doc_id, _ in catalogue.document_ids(self.db):
            document = catalogue.document_row(self.db, doc_id)
            for row in catalogue.chunks_of(self.db, doc_id):
                yield row.id, indexed(document, row.chunk)


def indexed(row: DocumentRow, chunk: Chunk) -> Content:
    """Return what is indexed of a chunk."""
    heading = chunk.section if chunk.section.startswith(row.title) else f"{row.title} › {chunk.section}".rstrip(" ›")
    body = row.text[chunk.start : chunk.end]
    return Content(heading, f"{chunk.context}\n{body}" if chunk.context else body, phrasings(row.source, chunk.section))


def content_digest(content: Content) -> bytes:
    """Return the digest that decides whether a chunk needs a new vector."""
    return hashlib.blake2b("\0".join(content).encode(), digest_size=16).digest()


def now() -> str:
    """Return the time in UTC, ISO, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _rows(matrix: "NDArray[np.float32]") -> list[bytes]:
    return [row.tobytes() for row in matrix.astype("<f2")]
