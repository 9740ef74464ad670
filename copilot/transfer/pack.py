"""A home folder → one file that another machine can import."""

import json
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from copilot.errors import InputError
from copilot.export.files import check_target, whole_file
from copilot.library import Library, catalogue, layout
from copilot.library.catalogue import DocumentRow
from copilot.library.intake import below, source_of
from copilot.paths import in_handbook
from copilot.transfer.archive import DEFAULT_VOICE, DOCUMENTS, SETTINGS, VECTORS, Packer, is_home_file
from copilot.types import Chunk, Record

# What stays behind, and why; personal data go only by hand.
LEFT_OUT = (
    ("运营手册", "程序自带，新机器上自动装入"),
    ("ratings.jsonl、results.sqlite、jobs/", "个人数据；要带就自己复制这些文件"),
    ("API 密钥、.env", "从不写进存档；在新机器上重新设置"),
)
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class ExportReport(Record):
    """What was written: `files` are paths below the home folder, `left_out` dicts of `what` and `why`."""

    path: str
    bytes: int
    documents: int
    chunks: int
    files: tuple[str, ...]
    left_out: tuple[dict[str, str], ...]


def export_home(library: Library, home: Path, target: Path, *, overwrite: bool = False) -> ExportReport:
    """Write documents with their vectors, and the user's channels, prices, products and voices, to a `.zip`.

    One state of the library, also while another process writes; the file is whole or not there.

    :raises InputError: the file is there already, or cannot be written
    :raises LibraryError: the library cannot be read
    """
    check_target(target, (".zip",), overwrite=overwrite)
    fingerprint = library.meta("fingerprint")
    with catalogue.connect(layout.catalogue_path(library.root)) as db, catalogue.transaction(db, "DEFERRED"):
        ids = _documents(db)
        files = _home_files(home, {source for _, source in ids})
        chunks = sum(len(_chunks(db, doc_id)) for doc_id, _ in ids)
        with whole_file(target) as out, Packer(out) as packer:
            packer.add(DOCUMENTS, (_line(db, doc_id, home) for doc_id, _ in ids))
            packer.add(VECTORS, _vectors(db, [doc_id for doc_id, _ in ids]), packed=False)
            for path in files:
                packer.add(f"home/{path}", _pieces(home / path))
            handbook = any(in_handbook(source) for _, source in catalogue.document_ids(db))
            packer.add_manifest(catalogue.meta(db, "fingerprint", fingerprint), handbook, len(ids))
    left_out = tuple({"what": what, "why": why} for what, why in LEFT_OUT)
    return ExportReport(str(target), target.stat().st_size, len(ids), chunks, tuple(files), left_out)


def _documents(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return `(doc_id, source)` of all but the handbook, as they came: equal scores are told apart by that order."""
    rows = db.execute(
        "SELECT d.doc_id, d.source FROM documents d LEFT JOIN chunks c USING (doc_id) "
        "GROUP BY d.doc_id ORDER BY min(c.id) IS NULL, min(c.id), d.doc_id"
    )
    return [(doc_id, source) for doc_id, source in rows if not in_handbook(source)]


def _line(db: sqlite3.Connection, doc_id: str, home: Path) -> bytes:
    row = catalogue.document_row(db, doc_id)
    place = _relative(row, home)
    told = {
        "doc_id": "" if place else row.doc_id, "source": place or row.source, "in_home": bool(place),
        "title": row.title, "digest": row.digest, "encoding": row.encoding, "added": row.added,
        "chunks": [[c.start, c.end, c.section, c.context] for c, _, _ in _chunks(db, doc_id)], "text": row.text,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _relative(row: DocumentRow, home: Path) -> str:
    """Return where a document lies below the home folder, with `/`; "" for one from elsewhere."""
    folder = source_of(home)
    return row.source[len(folder) :].lstrip("/\\").replace("\\", "/") if below(row.source, folder) else ""


def _chunks(db: sqlite3.Connection, doc_id: str) -> list[tuple[Chunk, bytes, bytes]]:
    """Return chunks with digest and vector: columns that the tables of every format have."""
    sql = "SELECT start, stop, section, context, digest, vector FROM chunks WHERE doc_id = ? ORDER BY start, id"
    return [(Chunk(*row[:4]), row[4], row[5]) for row in db.execute(sql, (doc_id,))]


def _vectors(db: sqlite3.Connection, doc_ids: list[str]) -> Iterator[bytes]:
    seen: set[bytes] = set()
    for doc_id in doc_ids:
        for _, digest, vector in _chunks(db, doc_id):
            if digest not in seen:
                seen.add(digest)
                yield digest + vector


def _home_files(home: Path, sources: Collection[str]) -> list[str]:
    """Return the user's own files that travel, by their paths below the home folder; uploads with their documents."""
    folders = {"products": "*.yaml", "voices": "*.yaml", "uploads": "*"}
    found = [*SETTINGS, DEFAULT_VOICE]
    found += [f"{folder}/{path.name}" for folder, wanted in folders.items() for path in (home / folder).glob(wanted)]
    there = (path for path in found if is_home_file(path) and (home / path).is_file())
    return sorted(path for path in there if not path.startswith("uploads/") or source_of(home / path) in sources)


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        raise InputError(f"读不出 {path}：{error.strerror or error}", "检查文件权限。") from error
