"""The library as the other floors see it."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from copilot import chunking, loading
from copilot.embedding import Embedding, load_embedding
from copilot.errors import InputError, LibraryBusy, LibraryError
from copilot.library import catalogue, formats, intake, layout, lexical
from copilot.library.catalogue import DocumentRow
from copilot.library.intake import Moved, add_files, add_text, hash_id, items_of, remove_missing, source_of
from copilot.library.reader import Reader, Snapshot
from copilot.library.writer import Progress, Writer, now, writing
from copilot.settings import Settings
from copilot.text import normalise, pieces
from copilot.types import AddReport, Chunk, DocumentInfo, DocumentView, FileReport, LibraryStats

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


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
            view = catalogue.document_view(db, intake.find(db, document)[0])
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

    def take_in(
        self,
        documents: Iterable[Moved],
        total: int,
        vectors: Iterable[tuple[bytes, bytes]] = (),
        *,
        replace: bool = False,
        progress: Progress = _silent,
    ) -> AddReport:
        """Add documents of another library in one publication; `vectors` are `(digest, vector)` of this embedding."""
        with self._writing() as writer:
            writer.at_once()
            writer.lend(vectors)
            reports = intake.take_in(writer, documents, total, replace, progress)
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
            found = dict(row for name in documents for row in intake.find_all(writer.db, name))
            for doc_id in found:
                writer.drop(doc_id)
        return _report([FileReport(source, "removed", doc_id) for doc_id, source in found.items()], 0)

    def set_meta(self, **values: str) -> None:
        """Store meta values."""
        with self._writing() as writer:
            writer.set_meta(**values)

    def erase(self, documents: Sequence[str]) -> AddReport:
        """Remove documents so that nothing of them stays on the disk, not in free pages or earlier indexes either.

        :raises UnknownDocument: one of them is not there; then none is removed
        :raises LibraryBusy: somebody reads the library, so that something stayed; once more will do
        """
        with self._writing() as writer:
            found = dict(row for name in documents for row in intake.find_all(writer.db, name))
            for doc_id in found:
                writer.drop(doc_id)
            writer.reindex()
        with layout.writer_lock(self.root), catalogue.connect(self._path) as db:
            layout.sweep(self.root, int(catalogue.meta(db, "generation", "0")), kept=0)
            db.execute("VACUUM")
            busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise LibraryBusy("有程序正在读资料库，删掉的内容还没有抹净", "关掉网页和别的命令，再运行一次。")
        return _report([FileReport(source, "removed", doc_id) for doc_id, source in found.items()], 0)

    def rebuild(self, progress: Progress = _silent) -> LibraryStats:
        """Derive the indexes anew; cut and embed anew what this program cuts or embeds in another way.

        :raises LibraryMismatch: a later version of the program made it
        """
        self._check_begun()
        with writing(self.root, self.embedding) as writer:
            writer.derive(self.fingerprint, progress)
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
        stored = self._check_begun()
        if not stored:
            with writing(self.root, self.embedding) as writer:
                if not catalogue.meta(writer.db, "fingerprint"):
                    writer.set_meta(fingerprint=self.fingerprint)
        elif formats.migrates(stored, self.fingerprint):
            self._migrate()
        self._prepared = True

    def _check_begun(self) -> str:
        """Return the fingerprint on disk, "" where there is no library yet.

        :raises LibraryError: there was one, and its catalogue is gone, or a later version of the program made it
        """
        stored = ""
        if self._path.is_file():
            with catalogue.connect(self._path) as db:
                stored = catalogue.meta(db, "fingerprint") if catalogue.exists(db) else ""
        if stored:
            formats.check_known(stored, self.fingerprint)
        elif layout.begun(self.root):
            hint = f"把备份的 catalogue.sqlite 放回去；没有备份就把 {self.root} 整个移走，再用 library add 重新装入。"
            raise LibraryError(f"{self._path} 不见了或是空的，而索引还在", hint)
        return stored

    def _migrate(self) -> None:
        """Make a library of an older format one of today's, in one publication; say so in the log, thus on stderr."""
        with writing(self.root, self.embedding) as writer:
            stored = catalogue.meta(writer.db, "fingerprint")
            if not formats.migrates(stored, self.fingerprint):
                return  # another process was faster
            writer.derive(self.fingerprint, _silent)
            documents, changed = catalogue.counts(writer.db)[0], formats.difference(stored, self.fingerprint)
        _LOG.warning("资料库已升级到现在的格式（%s）：%d 篇文档都在，向量没有重算。", changed, documents)

    def _check(self, stored: str) -> None:
        formats.check_same(stored, self.fingerprint)


def open_library(settings: Settings) -> Library:
    """Return the library of a home folder, without loading the handbook.

    :raises EmbeddingError: the embedding cannot be loaded
    """
    return Library(settings.home / "library", load_embedding(settings.embedding))


def _report(reports: list[FileReport], embedded: int) -> AddReport:
    totals = dict.fromkeys(("added", "unchanged", "updated", "removed", "failed"), 0)
    for report in reports:
        totals[report.status] += 1
    totals |= {"chunks": sum(report.chunks for report in reports), "embedded": embedded}
    return AddReport(tuple(reports), totals)
