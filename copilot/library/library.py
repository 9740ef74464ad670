"""The library as the other floors see it."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from copilot import chunking, loading
from copilot.embedding import Embedding, load_embedding
from copilot.errors import InputError, LibraryMismatch, UnknownDocument
from copilot.library import catalogue, layout, lexical
from copilot.library.catalogue import DocumentRow
from copilot.library.intake import Progress, add_files, add_text, below, hash_id, items_of, remove_missing, source_of
from copilot.library.reader import Reader, Snapshot
from copilot.library.writer import Writer, now, writing
from copilot.settings import Settings
from copilot.text import normalise, pieces
from copilot.types import AddReport, Chunk, DocumentInfo, DocumentView, FileReport, LibraryStats

T = TypeVar("T")


_PARTS = {
    "format": "文件格式",
    "chunker": "切分方式",
    "vocabulary": "词表",
    "lexical": "全文索引",
    "embedding": "向量模型",
    "dimension": "向量维数",
}


def _silent(done: int, total: int, what: str) -> None:
    pass


class Library:
    """Documents on disk below `root`, read by many processes, written by one at a time."""

    def __init__(self, root: Path, embedding: Embedding) -> None:
        """Name the library; an empty one is made on disk at the first use."""
        self.root = root
        self.embedding = embedding
        self._reader = Reader(root)
        self._prepared = False

    # Reading

    def read(self, work: Callable[[Snapshot], T]) -> T:
        """Return `work(snapshot)`: searches and rows of one consistent state.

        :raises LibraryMismatch: built by another version, embedding or chunker
        """
        self._prepare()

        def checked(snapshot: Snapshot) -> T:
            self._check(snapshot.meta("fingerprint"))
            return work(snapshot)

        return self._reader.read(checked)

    def list(self) -> list[DocumentInfo]:
        """Return all documents, by source."""
        self._prepare()
        with catalogue.connect(self._path) as db:
            self._check(catalogue.meta(db, "fingerprint"))
            return catalogue.document_list(db)

    def show(self, document: str) -> DocumentView:
        """Return one document by doc_id, source or path.

        :raises UnknownDocument: there is none
        """
        self._prepare()
        with catalogue.connect(self._path) as db, catalogue.transaction(db, "DEFERRED"):
            self._check(catalogue.meta(db, "fingerprint"))
            view = catalogue.document_view(db, _find(db, document)[0])
        assert view is not None
        return view

    def stats(self) -> LibraryStats:
        """Return counts, the generation, the fingerprint and the bytes on disk."""
        self._prepare()
        with catalogue.connect(self._path) as db, catalogue.transaction(db, "DEFERRED"):
            documents, chunks = catalogue.counts(db)
            generation = int(catalogue.meta(db, "generation", "0"))
            fingerprint = catalogue.meta(db, "fingerprint", self.fingerprint)
        return LibraryStats(documents, chunks, generation, fingerprint, layout.size(self.root))

    def meta(self, key: str) -> str:
        """Return one meta value, '' when it is not set."""
        self._prepare()
        with catalogue.connect(self._path) as db:
            return catalogue.meta(db, key)

    @property
    def fingerprint(self) -> str:
        """What an index must have been built with to be used by this program and embedding."""
        parts = {
            "format": catalogue.FORMAT,
            "chunker": chunking.VERSION,
            "vocabulary": pieces.version(),
            "lexical": lexical.VERSION,
            "embedding": self.embedding.fingerprint,
            "dimension": self.embedding.dimension,
        }
        return json.dumps(parts, sort_keys=True)

    def content_digest(self) -> str:
        """Return what names the content: the same documents, read by the same embedding, give the same."""
        self._prepare()
        with catalogue.connect(self._path) as db:
            rows = db.execute("SELECT doc_id, digest FROM documents ORDER BY doc_id").fetchall()
        return hashlib.sha256(json.dumps([self.fingerprint, rows]).encode()).hexdigest()

    def close(self) -> None:
        """Give the index files back."""
        self._reader.close()

    # Writing

    def add(self, paths: Iterable[Path], progress: Progress = _silent) -> AddReport:
        """Add files and folders; one bad file never stops the rest."""
        items = items_of(loading.find_files(paths))
        with self._writing() as writer:
            reports = add_files(writer, items, progress)
            embedded = writer.embedded
        return _report(reports, embedded)

    def sync(self, folder: Path, progress: Progress = _silent) -> AddReport:
        """Make the documents below `folder` equal to its files: add, update, remove.

        :raises InputError: `folder` is no folder; nothing is removed (a drive may not be mounted)
        """
        if not folder.is_dir():
            hint = "检查路径；要删除文档，用 ops-copilot library remove。"
            raise InputError(f"没有这个文件夹：{source_of(folder)}", hint)
        items = items_of(loading.find_files([folder]))
        with self._writing() as writer:
            unlisted = [source for path, _, source in items if path.is_dir()]
            reports = remove_missing(writer, source_of(folder), [source for _, _, source in items], unlisted)
            reports += add_files(writer, items, progress)
            embedded = writer.embedded
        return _report(reports, embedded)

    def sync_shipped(
        self,
        folder: Path,
        name: str,
        digest: str,
        texts: Sequence[tuple[str, str, str]] = (),
        progress: Progress = _silent,
    ) -> AddReport:
        """Make the documents of a shipped folder equal to its files; sources are `name/relative path`.

        `texts` are documents without a file: relative path, title, Markdown. `digest` is stored with the same
        publication as meta value `name`; when another process has done the work meanwhile, nothing is left to
        do and the report is empty.
        """
        sources = {path: f"{name}/{path.relative_to(folder).as_posix()}" for path in sorted(folder.rglob("*.md"))}
        items = [(path, hash_id(source), source) for path, source in sources.items()]
        named = [(f"{name}/{path}", title, text) for path, title, text in texts]
        with self._writing() as writer:
            if catalogue.meta(writer.db, name) == digest:
                return _report([], 0)
            reports = remove_missing(writer, name, [*sources.values(), *(source for source, _, _ in named)])
            reports += add_files(writer, items, progress) + [add_text(writer, *text) for text in named]
            writer.set_meta(**{name: digest})
            embedded = writer.embedded
        return _report(reports, embedded)

    def add_texts(self, texts: Iterable[tuple[str, str, str]]) -> int:
        """Add `(source, title, text)`, each one passage; return how many. For evaluation and scripts."""
        chunks = 0
        with self._writing() as writer:
            for source, title, raw in texts:
                text = normalise(raw)
                digest = hashlib.sha256(text.encode()).hexdigest()
                row = DocumentRow(hash_id(source), source, title, digest, "", now(), text)
                chunks += writer.put(row, [Chunk(0, len(text), "")] if text.strip() else [])
        return chunks

    def remove(self, documents: Sequence[str]) -> AddReport:
        """Remove documents by doc_id, source or path; a source's folder removes all below it.

        :raises UnknownDocument: one of them is not there; then none is removed
        """
        with self._writing() as writer:
            found = dict(row for name in documents for row in _find_all(writer.db, name))
            for doc_id in found:
                writer.drop(doc_id)
        return _report([FileReport(source, "removed", doc_id) for doc_id, source in found.items()], 0)

    def set_meta(self, **values: str) -> None:
        """Store meta values."""
        with self._writing() as writer:
            writer.set_meta(**values)

    def rebuild(self, progress: Progress = _silent) -> LibraryStats:
        """Derive the indexes anew; cut and embed anew only when something but the lexical index itself changed."""
        with writing(self.root, self.embedding) as writer:
            stored = json.loads(catalogue.meta(writer.db, "fingerprint", self.fingerprint))
            current = json.loads(self.fingerprint)
            if all(stored.get(key) == value for key, value in current.items() if key != "lexical"):
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

    @contextmanager
    def _writing(self) -> Iterator[Writer]:
        self._prepare()
        with writing(self.root, self.embedding) as writer:
            self._check(catalogue.meta(writer.db, "fingerprint"))  # another process may have rebuilt meanwhile
            yield writer

    def _prepare(self) -> None:
        """Make an empty catalogue at the first use, or finish what a killed process began."""
        if self._prepared and self._path.is_file():
            return
        if self._path.is_file():
            with catalogue.connect(self._path) as db:
                self._prepared = catalogue.exists(db) and catalogue.meta(db, "fingerprint") != ""
        else:
            self._prepared = False
        if not self._prepared:
            with writing(self.root, self.embedding) as writer:
                if not catalogue.meta(writer.db, "fingerprint"):
                    writer.set_meta(fingerprint=self.fingerprint)
            self._prepared = True

    def _check(self, stored: str) -> None:
        if stored and stored != self.fingerprint:
            hint = "运行 ops-copilot library rebuild 重建后再用。"
            raise LibraryMismatch(_difference(stored, self.fingerprint), hint)


def open_library(settings: Settings) -> Library:
    """Return the library of a home folder, without loading the handbook.

    :raises EmbeddingError: the embedding cannot be loaded
    """
    return Library(settings.home / "library", load_embedding(settings.embedding))


def _find(db: sqlite3.Connection, name: str) -> tuple[str, str]:
    """Return `(doc_id, source)` of the document called `name`."""
    sql = "SELECT doc_id, source FROM documents WHERE doc_id = ? OR source = ? OR source = ? LIMIT 1"
    row = db.execute(sql, (normalise(name), normalise(name), source_of(name))).fetchone() if name else None
    if row is None:
        raise UnknownDocument(f"资料库里没有 {normalise(name)}", "用 ops-copilot library list 查看编号和来源。")
    return row[0], row[1]


def _find_all(db: sqlite3.Connection, name: str) -> list[tuple[str, str]]:
    """Return the document called `name`, or all documents below the folder `name`."""
    folders = (name, source_of(name)) if name else ()
    inside = [row for row in catalogue.document_ids(db) if any(below(row[1], folder) for folder in folders)]
    return inside or [_find(db, name)]


def _report(reports: list[FileReport], embedded: int) -> AddReport:
    totals = dict.fromkeys(("added", "unchanged", "updated", "removed", "failed"), 0)
    for report in reports:
        totals[report.status] += 1
    totals |= {"chunks": sum(report.chunks for report in reports), "embedded": embedded}
    return AddReport(tuple(reports), totals)


def _difference(stored: str, current: str) -> str:
    old, new = json.loads(stored), json.loads(current)
    parts = [f"{word} {old.get(key, '无')} → {new[key]}" for key, word in _PARTS.items() if old.get(key) != new[key]]
    return f"资料库由另一种设置建成（{'；'.join(parts)}），不能直接使用"
