"""Files → documents in the library: what is new, what has changed, what has gone."""

import hashlib
import os
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from copilot import loading
from copilot.errors import LoadError, UnknownDocument
from copilot.library import catalogue
from copilot.library.catalogue import DocumentRow
from copilot.library.writer import Progress, Writer, now
from copilot.text import normalise
from copilot.types import Chunk, FileReport, FileStatus

Item = tuple[Path, str, str]  # a file, its doc_id, its source
Moved = tuple[DocumentRow, Sequence[Chunk] | None, str]  # a document, its chunks (None: cut anew), its doc_id before


def source_of(path: Path | str) -> str:
    """Return the absolute path as it is stored; what is not UTF-8 in a name becomes U+FFFD."""
    return os.fsencode(_absolute(path)).decode("utf-8", "replace")


def hash_id(source: str) -> str:
    """Return the doc_id of a source: an absolute path, or a shipped file's relative path."""
    return hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def items_of(paths: Iterable[Path]) -> list[Item]:
    """Return files with doc_id and source."""
    return [(path, hash_id(_absolute(path)), source_of(path)) for path in paths]


def find(db: sqlite3.Connection, name: str) -> tuple[str, str]:
    """Return `(doc_id, source)` of the document called `name`: its doc_id, source or path.

    :raises UnknownDocument: there is none
    """
    sql = "SELECT doc_id, source FROM documents WHERE doc_id = ? OR source = ? OR source = ? LIMIT 1"
    row = db.execute(sql, (normalise(name), normalise(name), source_of(name))).fetchone() if name else None
    if row is None:
        raise UnknownDocument(f"资料库里没有 {normalise(name)}", "用 ops-copilot library list 查看编号和来源。")
    return row[0], row[1]


def find_all(db: sqlite3.Connection, name: str) -> list[tuple[str, str]]:
    """Return the document called `name`, or all documents below the folder `name`."""
    folders = (name, source_of(name)) if name else ()
    inside = [row for row in catalogue.document_ids(db) if any(below(row[1], folder) for folder in folders)]
    return inside or [find(db, name)]


def below(source: str, folder: str) -> bool:
    """Return whether a source lies below a folder."""
    return source.startswith((folder.rstrip("/\\") + "/", folder.rstrip("/\\") + "\\"))


def remove_missing(
    writer: Writer, folder: str, sources: Collection[str], unlisted: Collection[str] = ()
) -> list[FileReport]:
    """Remove the documents below `folder` that are not among `sources`, and report them.

    `unlisted` are folders that could not be listed: nobody knows what is gone below them, so all of it stays.
    """
    present = set(sources)
    reports = []
    for doc_id, source in catalogue.document_ids(writer.db):
        if below(source, folder) and source not in present and not any(below(source, hidden) for hidden in unlisted):
            writer.drop(doc_id)
            reports.append(FileReport(source, "removed", doc_id, reason="文件已不在"))
    return reports


def add_files(writer: Writer, items: Sequence[Item], progress: Progress) -> list[FileReport]:
    """Add or update every file, and report each; one bad file never stops the rest."""
    reports = []
    for done, (path, doc_id, source) in enumerate(items):
        progress(done, len(items), path.name)
        reports.append(_try_file(writer, path, doc_id, source))
    for i, (path, doc_id, source) in enumerate(items):
        if reports[i].doc_id not in ("", doc_id):  # had the content of a file that may have changed after it
            reports[i] = _try_file(writer, path, doc_id, source)
    progress(len(items), len(items), "")
    return reports


def add_text(writer: Writer, source: str, title: str, markdown: str) -> FileReport:
    """Add or update a document that is no file, and report it."""
    doc_id, digest = hash_id(source), hashlib.sha256(markdown.encode()).hexdigest()
    old = catalogue.digest_of(writer.db, doc_id)
    if old == digest:
        return FileReport(source, "unchanged", doc_id, reason="内容没有变化")
    row = DocumentRow(doc_id, source, title, digest, "utf-8", now(), normalise(markdown))
    return _put(writer, row, "updated" if old else "added")


def take_in(
    writer: Writer, documents: Iterable[Moved], total: int, replace: bool, progress: Progress
) -> list[FileReport]:
    """Add documents that another library had, and report each; what is here wins unless `replace` says so."""
    rows = writer.db.execute("SELECT digest, doc_id, source FROM documents").fetchall()
    own = {digest: (doc_id, source) for digest, doc_id, source in rows}
    reports = []
    for done, (row, chunks, former) in enumerate(documents):
        progress(done, total, Path(row.source).name)
        if former != row.doc_id and catalogue.digest_of(writer.db, former) == row.digest:
            own.pop(row.digest, None)
            writer.drop(former)  # it was imported before, under the path that it had
        old = catalogue.digest_of(writer.db, row.doc_id)
        if old == row.digest:
            reports.append(FileReport(row.source, "unchanged", row.doc_id, reason="内容没有变化"))
        elif old and not replace:
            reason = "这里有它的另一个版本，保留了这里的；要换成存档里的，加 --replace"
            reports.append(FileReport(row.source, "unchanged", row.doc_id, reason=reason))
        elif not old and row.digest in own:
            doc_id, source = own[row.digest]
            reason = f"与 {source} 内容相同，不重复收录"
            reports.append(FileReport(row.source, "unchanged", doc_id, reason=reason))
        else:
            status: FileStatus = "updated" if old else "added"
            reports.append(FileReport(row.source, status, row.doc_id, writer.put(row, chunks), row.encoding))
    progress(total, total, "")
    return reports


def _put(writer: Writer, row: DocumentRow, status: FileStatus, note: str = "") -> FileReport:
    return FileReport(row.source, status, row.doc_id, writer.put(row), row.encoding, note)


def _absolute(path: Path | str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - `absolute()` keeps "..", `resolve()` follows links


def _try_file(writer: Writer, path: Path, doc_id: str, source: str) -> FileReport:
    try:
        return _add_file(writer, path, doc_id, source)
    except LoadError as error:
        known = catalogue.digest_of(writer.db, doc_id) is not None
        reason = f"{error.message}。{error.hint}" if error.hint else error.message
        kept = "；资料库里保留上一次成功读入的版本" if known else ""
        return FileReport(source, "failed", doc_id if known else "", reason=reason.rstrip("。") + kept)


def _add_file(writer: Writer, path: Path, doc_id: str, source: str) -> FileReport:
    digest = hashlib.sha256(loading.read_bytes(path)).hexdigest()
    old = catalogue.digest_of(writer.db, doc_id)
    if old == digest:
        return FileReport(source, "unchanged", doc_id, reason="内容没有变化")
    if same := catalogue.with_digest(writer.db, digest):
        if old:
            writer.drop(doc_id)
        reason = f"与 {same[1]} 内容相同，不重复收录"
        return FileReport(source, "updated" if old else "unchanged", same[0], reason=reason)
    loaded = loading.load(path)
    row = DocumentRow(doc_id, source, loaded.title, digest, loaded.encoding, now(), loaded.text)
    return _put(writer, row, "updated" if old else "added", loaded.note)
