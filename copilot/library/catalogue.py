"""The SQLite catalogue: every document's text, every chunk with its vector, the number of the index generation."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copilot.errors import LibraryError
from copilot.types import Chunk, DocumentInfo, DocumentView

FORMAT = 2  # Bump when the tables change.

_CHUNKS = """
CREATE TABLE IF NOT EXISTS chunks (
    id INTEGER PRIMARY KEY, doc_id TEXT NOT NULL REFERENCES documents, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    section TEXT NOT NULL, context TEXT NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL, pieces BLOB NOT NULL,
    asked INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS chunks_document ON chunks (doc_id);
CREATE INDEX IF NOT EXISTS chunks_digest ON chunks (digest);
"""
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
    doc_id TEXT PRIMARY KEY, source TEXT NOT NULL, title TEXT NOT NULL, digest TEXT NOT NULL,
    encoding TEXT NOT NULL, added TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS documents_digest ON documents (digest);
{_CHUNKS}
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document as stored; `digest` is the SHA-256 of the file's bytes, `added` ISO time in UTC."""

    doc_id: str
    source: str
    title: str
    digest: str
    encoding: str
    added: str
    text: str


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """One chunk as stored; `digest` of what was indexed (see writer).

    `vector` is float16, `pieces` the numbers of its vocabulary pieces as 16 bits, both little endian; the last `asked`
    of them spell how people ask for it.
    """

    id: int
    doc_id: str
    chunk: Chunk
    digest: bytes
    vector: bytes
    pieces: bytes
    asked: int


@contextmanager
def connect(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the catalogue, making its tables if need be; autocommit, closed at the end.

    :raises LibraryError: the file is not a catalogue, is damaged, or its folder cannot be written
    """
    try:
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)) as db:
            yield db
    except sqlite3.DatabaseError as error:
        mend = f"文件若已损坏，把 {path.parent} 整个移走，再用 library import 装回备份，或用 library add 重新装入。"
        hint = f"检查磁盘空间和权限；{mend}"
        raise LibraryError(f"资料库 {path} 打不开或写不进：{error}", hint) from error


def create(db: sqlite3.Connection) -> None:
    """Make the tables, all or none; harmless when they are there."""
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(_SCHEMA)


def exists(db: sqlite3.Connection) -> bool:
    """Return whether the tables are there; a process killed at its first start leaves a file without."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'chunks_digest'").fetchone() is not None


@contextmanager
def transaction(db: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All or nothing: commit at the end, roll back on any error. `DEFERRED` gives a reader its snapshot."""
    db.execute(f"BEGIN {kind}")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def meta(db: sqlite3.Connection, key: str, default: str = "") -> str:
    """Return one value of the meta table."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else default


def set_meta(db: sqlite3.Connection, **values: str) -> None:
    """Store values in the meta table."""
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())


def counts(db: sqlite3.Connection) -> tuple[int, int]:
    """Return how many documents and chunks there are."""
    documents = db.execute("SELECT count(*) FROM documents").fetchone()[0]
    return documents, db.execute("SELECT count(*) FROM chunks").fetchone()[0]


# Documents


def digest_of(db: sqlite3.Connection, doc_id: str) -> str | None:
    """Return the digest of a stored document, or None."""
    row = db.execute("SELECT digest FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
    return row[0] if row else None


def with_digest(db: sqlite3.Connection, digest: str) -> tuple[str, str] | None:
    """Return `(doc_id, source)` of the document with this digest, or None."""
    row = db.execute("SELECT doc_id, source FROM documents WHERE digest = ? LIMIT 1", (digest,)).fetchone()
    return (row[0], row[1]) if row else None


def document_list(db: sqlite3.Connection) -> list[DocumentInfo]:
    """Return all documents, by source."""
    rows = db.execute(
        "SELECT d.doc_id, d.source, d.title, count(c.id), d.added FROM documents d "
        "LEFT JOIN chunks c USING (doc_id) GROUP BY d.doc_id ORDER BY d.source"
    )
    return [DocumentInfo(*row) for row in rows]


def document_ids(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return `(doc_id, source)` of all documents, by source."""
    return db.execute("SELECT doc_id, source FROM documents ORDER BY source").fetchall()


def document_view(db: sqlite3.Connection, doc_id: str) -> DocumentView | None:
    """Return a document with its chunks, or None."""
    row = db.execute("SELECT source, title, text FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
    if row is None:
        return None
    source, title, text = row
    return DocumentView(doc_id, source, title, text, tuple(r.chunk for r in chunks_of(db, doc_id)))


def document_row(db: sqlite3.Connection, doc_id: str) -> DocumentRow:
    """Return a document as stored; it must be there."""
    row = db.execute(
        "SELECT doc_id, source, title, digest, encoding, added, text FROM documents WHERE doc_id = ?", (doc_id,)
    ).fetchone()
    return DocumentRow(*row)


def put_document(db: sqlite3.Connection, row: DocumentRow) -> None:
    """Insert or replace a document's row; its chunks are separate."""
    values = (row.doc_id, row.source, row.title, row.digest, row.encoding, row.added, row.text)
    db.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)", values)


def delete_document(db: sqlite3.Connection, doc_id: str) -> None:
    """Delete a document's row; its chunks are separate."""
    db.execute("DELETE FROM documents WHERE doc_id = ?", (doc_id,))


# Chunks


_CHUNK = "SELECT id, doc_id, start, stop, section, context, digest, vector, pieces, asked FROM chunks"


def chunks_of(db: sqlite3.Connection, doc_id: str) -> list[ChunkRow]:
    """Return the chunks of a document in order."""
    return [_chunk_row(r) for r in db.execute(f"{_CHUNK} WHERE doc_id = ? ORDER BY start, id", (doc_id,))]


def encoded_with(db: sqlite3.Connection, digests: Iterable[bytes]) -> dict[bytes, tuple[bytes, bytes, int]]:
    """Return the stored vectors and pieces of the chunks with these digests, as `ChunkRow` ends."""
    found = {}
    for digest in digests:
        row = db.execute("SELECT vector, pieces, asked FROM chunks WHERE digest = ? LIMIT 1", (digest,)).fetchone()
        if row:
            found[digest] = row
    return found


def put_chunks(db: sqlite3.Connection, rows: Iterable[ChunkRow]) -> None:
    """Insert or replace chunks by id."""
    values = (
        (r.id, r.doc_id, c.start, c.end, c.section, c.context, r.digest, r.vector, r.pieces, r.asked)
        for r in rows
        for c in [r.chunk]
    )
    db.executemany("INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def fill_encoded(db: sqlite3.Connection, encoded: Iterable[tuple[bytes, bytes, int, bytes]]) -> None:
    """Give `(vector, pieces, asked, digest)` to the chunks of that digest that have no vector yet."""
    db.executemany("UPDATE chunks SET vector = ?, pieces = ?, asked = ? WHERE digest = ? AND vector = x''", encoded)


def lend_stored(db: sqlite3.Connection) -> None:
    """Keep the vectors of all chunks aside, by digest, for as long as this connection lasts."""
    _lending(db)
    db.execute("INSERT OR IGNORE INTO lent SELECT digest, vector FROM chunks WHERE vector <> x''")


def lend(db: sqlite3.Connection, vectors: Iterable[tuple[bytes, bytes]]) -> None:
    """Keep `(digest, vector)` aside, as `lend_stored` does."""
    _lending(db)
    db.executemany("INSERT OR IGNORE INTO lent VALUES (?, ?)", vectors)


def lent(db: sqlite3.Connection, digests: Iterable[bytes]) -> dict[bytes, bytes]:
    """Return those vectors kept aside that have one of these digests."""
    if not db.execute("SELECT 1 FROM sqlite_temp_master WHERE name = 'lent'").fetchone():
        return {}
    return dict(_in(db, "SELECT digest, vector FROM lent WHERE digest IN ", digests))


def _lending(db: sqlite3.Connection) -> None:
    db.execute("CREATE TEMP TABLE IF NOT EXISTS lent (digest BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")


def empty_chunks(db: sqlite3.Connection) -> None:
    """Take every chunk out; the table is made anew, so that one of an older format is as good."""
    db.execute("DROP TABLE chunks")
    for statement in filter(None, map(str.strip, _CHUNKS.split(";"))):
        db.execute(statement)


def delete_chunks(db: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Delete chunks by id."""
    db.executemany("DELETE FROM chunks WHERE id = ?", ((i,) for i in ids))


def passages(db: sqlite3.Connection, ids: Iterable[int]) -> dict[int, tuple[str, str, str, str, str, int, int, str]]:
    """Return `{id: (doc_id, source, title, section, text, start, end, context)}` for the chunks that are there."""
    sql = "SELECT id, doc_id, section, start, stop, context FROM chunks WHERE id IN "
    chunks = _in(db, sql, ids)
    # Whole texts, sliced here: SQLite's substr counts from the start for every chunk, 3 ms of a question's 16.
    documents = {
        doc_id: rest
        for doc_id, *rest in _in(
            db, "SELECT doc_id, source, title, text FROM documents WHERE doc_id IN ", {row[1] for row in chunks}
        )
    }
    found = {}
    for number, doc_id, section, start, stop, context in chunks:
        source, title, text = documents[doc_id]
        found[number] = (doc_id, source, title, section, text[start:stop], start, stop, context)
    return found


def encoded(db: sqlite3.Connection, ids: Iterable[int]) -> dict[int, tuple[bytes, bytes, int]]:
    """Return the stored vectors and pieces of chunks by id, as `ChunkRow` ends."""
    rows = _in(db, "SELECT id, vector, pieces, asked FROM chunks WHERE id IN ", ids)
    return {number: (vector, stored, asked) for number, vector, stored, asked in rows}


def all_vectors(db: sqlite3.Connection) -> list[tuple[int, bytes]]:
    """Return `(id, vector)` of every chunk, by id."""
    return db.execute("SELECT id, vector FROM chunks ORDER BY id").fetchall()


def _in(db: sqlite3.Connection, sql: str, ids: Iterable[int | str | bytes]) -> list[tuple[Any, ...]]:
    numbers = list(ids)
    rows: list[tuple[Any, ...]] = []
    for i in range(0, len(numbers), 500):  # SQLite takes 999 parameters everywhere
        batch = numbers[i : i + 500]
        rows += db.execute(f"{sql} ({','.join('?' * len(batch))})", batch).fetchall()
    return rows


def text_of(db: sqlite3.Connection, doc_id: str) -> str | None:
    """Return a document's normalised text, or None."""
    row = db.execute("SELECT text FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
    return row[0] if row else None


def _chunk_row(row: tuple[int, str, int, int, str, str, bytes, bytes, bytes, int]) -> ChunkRow:
    number, doc_id, start, stop, section, context, digest, vector, stored, asked = row
    return ChunkRow(number, doc_id, Chunk(start, stop, section, context), digest, vector, stored, asked)
