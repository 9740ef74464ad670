"""The library as the other floors see it."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

from copilot import chunking, loading
from copilot.embedding import Embedding
from copilot.errors import LibraryMismatch, LoadError, UnknownDocument
from copilot.library import catalogue, layout, lexical
from copilot.library.catalogue import DocumentRow
from copilot.library.reader import Reader, Snapshot
from copilot.library.writer import Writer, now, writing
from copilot.types import AddReport, Chunk, DocumentInfo, DocumentView, FileReport, LibraryStats

T = TypeVar("T")
Progress = Callable[[int, int, str], None]  # done, total, what


def _silent(done: int, total: int, what: str) -> None:
    pass


class Library:
    """Documents on disk below `root`, read by many processes, written by one at a time."""

    def __init__(self, root: Path, embedding: Embedding) -> None:
        """Open the library; nothing is written before the first document comes."""
        self.root = root
        self.embedding = embedding
        self._reader = Reader(root)

    # Reading

    def read(self, work: Callable[[Snapshot], T]) -> T:
        """Return `work(snapshot)`: searches and rows of one consistent state.

        :raises LibraryMismatch: built by another version, embedding or chunker
        """
        self._prepare()
        return self._reader.read(work)

    def list(self) -> list[DocumentInfo]:
        """Return all documents, by source."""
        self._prepare()
        with catalogue.connect(self._path) as db:
            return catalogue.document_list(db)

    def show(self, document: str) -> DocumentView:
        """Return one document by doc_id, source or path.

        :raises UnknownDocument: there is none
        """
        self._prepare()
        with catalogue.connect(self._path) as db:
            view = catalogue.document_view(db, _find(db, document)[0])
        assert view is not None
        return view

    def stats(self) -> LibraryStats:
        """Return counts, the generation, the fingerprint and the bytes on disk."""
        self._prepare(check=False)
        with catalogue.connect(self._path) as db:
            documents, chunks = catalogue.counts(db)
            generation = int(catalogue.meta(db, "generation", "0"))
            fingerprint = catalogue.meta(db, "fingerprint", self.fingerprint)
        return LibraryStats(documents, chunks, generation, fingerprint, layout.size(self.root))

    def meta(self, key: str) -> str:
        """Return one meta value, '' when it is not set."""
        self._prepare(check=False)
        with catalogue.connect(self._path) as db:
            return catalogue.meta(db, key)

    @property
    def fingerprint(self) -> str:
        """What an index must have been built with to be used by this program and embedding."""
        parts = {
            "format": catalogue.FORMAT,
            "chunker": chunking.VERSION,
            "lexical": lexical.VERSION,
            "embedding": self.embedding.fingerprint,
            "dimension": self.embedding.dimension,
        }
        return json.dumps(parts, sort_keys=True)

    def close(self) -> None:
        """Give the index files back."""
        self._reader.close()

    # Writing

    def add(self, paths: Iterable[Path], progress: Progress = _silent) -> AddReport:
        """Add files and folders; one bad file never stops the rest."""
        found = loading.find_files(paths)
        with self._writing() as writer:
            reports = _add_files(writer, [(path, *_identity(path)) for path in found], progress)
            embedded = writer.embedded
        return _report(reports, embedded, 0)

    def sync(self, folder: Path, progress: Progress = _silent) -> AddReport:
        """Make the documents below `folder` equal to its files: add, update, remove."""
        found = loading.find_files([folder])
        prefix = os.path.abspath(folder)
        with self._writing() as writer:
            reports = _remove_missing(writer, prefix, {os.path.abspath(path) for path in found})
            reports += _add_files(writer, [(path, *_identity(path)) for path in found], progress)
            embedded = writer.embedded
        return _report(reports, embedded, 0)

    def sync_shipped(self, folder: Path, name: str, digest: str, progress: Progress = _silent) -> AddReport:
        """Make the documents of a shipped folder equal to its files; sources are `name/relative path`.

        `digest` is stored with the same publication as meta value `name`; when another process has done
        the work meanwhile, nothing is left to do and the report is empty.
        """
        files = [(path, f"{name}/{path.relative_to(folder).as_posix()}") for path in sorted(folder.rglob("*.md"))]
        with self._writing() as writer:
            if catalogue.meta(writer.db, name) == digest:
                return _report([], 0, 0)
            reports = _remove_missing(writer, name, {source for _, source in files})
            items = [(path, hash_id(source), source) for path, source in files]
            reports += _add_files(writer, items, progress)
            writer.set_meta(**{name: digest})
            embedded = writer.embedded
        return _report(reports, embedded, 0)

    def add_texts(self, texts: Iterable[tuple[str, str, str]]) -> int:
        """Add `(source, title, normalised text)`, each one passage; return how many. For evaluation and scripts."""
        chunks = 0
        with self._writing() as writer:
            for source, title, text in texts:
                digest = hashlib.sha256(text.encode()).hexdigest()
                row = DocumentRow(hash_id(source), source, title, digest, "", now(), text)
                chunks += writer.put(row, [Chunk(0, len(text), "")])
        return chunks

    def remove(self, documents: Sequence[str]) -> AddReport:
        """Remove documents by doc_id, source or path; a source's folder removes all below it.

        :raises UnknownDocument: one of them is not there; then none is removed
        """
        with self._writing() as writer:
            found = [row for name in documents for row in _find_all(writer.db, name)]
            for doc_id, _ in found:
                writer.drop(doc_id)
        return _report([FileReport(source, "removed", doc_id) for doc_id, source in found], 0, 0)

    def set_meta(self, **values: str) -> None:
        """Store meta values."""
        with self._writing() as writer:
            writer.set_meta(**values)

    def rebuild(self, progress: Progress = _silent) -> LibraryStats:
        """Derive the indexes anew; re-cut and re-embed only when chunker or embedding changed."""
        with writing(self.root, self.embedding) as writer:
            stored = json.loads(catalogue.meta(writer.db, "fingerprint", self.fingerprint))
            current = json.loads(self.fingerprint)
            if all(stored.get(key) == current[key] for key in ("chunker", "embedding", "dimension")):
                writer.reindex()
            else:
                documents = catalogue.document_ids(writer.db)
                writer.reset()
                for done, (doc_id, source) in enumerate(documents):
                    progress(done, len(documents), source)
                    writer.put(catalogue.document_row(writer.db, doc_id))
                progress(len(documents), len(documents), "")
            writer.set_meta(fingerprint=self.fingerprint)
        return self.stats()

    @property
    def _path(self) -> Path:
        return layout.catalogue_path(self.root)

    def _writing(self) -> AbstractContextManager[Writer]:
        self._prepare()
        return writing(self.root, self.embedding)

    def _prepare(self, check: bool = True) -> None:
        """Make an empty catalogue at the first use; refuse one that does not fit."""
        if not self._path.is_file():
            with writing(self.root, self.embedding) as writer:
                if not catalogue.meta(writer.db, "fingerprint"):
                    writer.set_meta(fingerprint=self.fingerprint)
        if check:
            with catalogue.connect(self._path) as db:
                stored = catalogue.meta(db, "fingerprint", self.fingerprint)
            if stored != self.fingerprint:
                raise LibraryMismatch(_difference(stored, self.fingerprint), "运行 ops-copilot library rebuild 重建后再用。")


def hash_id(source: str) -> str:
    """Return the doc_id of a source: an absolute path, or a shipped file's relative path."""
    return hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _identity(path: Path) -> tuple[str, str]:
    source = os.path.abspath(path)
    return hash_id(source), source


def _find(db: sqlite3.Connection, name: str) -> tuple[str, str]:
    """Return `(doc_id, source)` of the document called `name`."""
    absolute = os.path.abspath(name)
    sql = "SELECT doc_id, source FROM documents WHERE doc_id = ? OR source = ? OR source = ? LIMIT 1"
    row = db.execute(sql, (name, name, absolute)).fetchone()
    if row is None:
        raise UnknownDocument(f"资料库里没有 {name}", "用 ops-copilot library list 查看编号和来源。")
    return row[0], row[1]


def _find_all(db: sqlite3.Connection, name: str) -> list[tuple[str, str]]:
    """Return the document called `name`, or all documents below the folder `name`."""
    inside = [row for row in catalogue.document_ids(db) if _below(row[1], name) or _below(row[1], os.path.abspath(name))]
    return inside or [_find(db, name)]


def _below(source: str, folder: str) -> bool:
    return source.startswith((folder.rstrip("/\\") + "/", folder.rstrip("/\\") + "\\"))


def _remove_missing(writer: Writer, folder: str, present: set[str]) -> list[FileReport]:
    reports = []
    for doc_id, source in catalogue.document_ids(writer.db):
        if _below(source, folder) and source not in present:
            writer.drop(doc_id)
            reports.append(FileReport(source, "removed", doc_id, reason="文件已不在"))
    return reports


def _add_files(writer: Writer, items: list[tuple[Path, str, str]], progress: Progress) -> list[FileReport]:
    reports = []
    for done, (path, doc_id, source) in enumerate(items):
        progress(done, len(items), path.name)
        try:
            reports.append(_add_file(writer, path, doc_id, source))
        except LoadError as error:
            old = catalogue.digest_of(writer.db, doc_id)
            kept = "；资料库里保留上一次成功读入的版本" if old else ""
            reason = f"{error.message}。{error.hint}" if error.hint else error.message
            reports.append(FileReport(source, "failed", doc_id if old else "", reason=reason.rstrip("。") + kept))
    progress(len(items), len(items), "")
    return reports


def _add_file(writer: Writer, path: Path, doc_id: str, source: str) -> FileReport:
    digest = hashlib.sha256(loading.read_bytes(path)).hexdigest()
    old = catalogue.digest_of(writer.db, doc_id)
    if old == digest:
        return FileReport(source, "unchanged", doc_id, reason="内容没有变化")
    if same := catalogue.with_digest(writer.db, digest):
        if old:
            writer.drop(doc_id)
        return FileReport(source, "updated" if old else "unchanged", same[0], reason=f"与 {same[1]} 内容相同，不重复收录")
    loaded = loading.load(path)
    row = DocumentRow(doc_id, source, loaded.title, digest, loaded.encoding, now(), loaded.text)
    chunks = writer.put(row)
    return FileReport(source, "updated" if old else "added", doc_id, chunks, loaded.encoding, loaded.note)


def _report(reports: list[FileReport], embedded: int, skipped: int) -> AddReport:
    totals = {status: 0 for status in ("added", "unchanged", "updated", "removed", "failed")}
    for report in reports:
        totals[report.status] += 1
    totals |= {"chunks": sum(report.chunks for report in reports), "embedded": embedded, "skipped": skipped}
    return AddReport(tuple(reports), totals)


def _difference(stored: str, current: str) -> str:
    words = {"format": "文件格式", "chunker": "切分方式", "lexical": "词表", "embedding": "向量模型", "dimension": "向量维数"}
    old, new = json.loads(stored), json.loads(current)
    parts = [f"{words[key]} {old.get(key)} → {new[key]}" for key in words if old.get(key) != new[key]]
    return f"资料库由另一种设置建成（{'；'.join(parts)}），不能直接使用"
