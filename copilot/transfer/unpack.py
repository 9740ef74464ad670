"""An archive → a home folder, beside what is there: nothing of one's own is lost, and nothing arrives by halves.

All of the archive is checked first (`archive.opened`), the user's files are laid out in a folder of their own, the
documents come with one publication, and only then do the files take their places, each read before by its reader. A run
that is killed on the way is mended by the next one.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from copilot.channels import load_channels
from copilot.errors import CopilotError, InputError, LibraryError
from copilot.library import Library, formats
from copilot.library.catalogue import DocumentRow
from copilot.library.intake import Moved, below, hash_id, source_of
from copilot.library.layout import writer_lock
from copilot.library.writer import Progress
from copilot.paths import in_handbook
from copilot.prices import entry_of
from copilot.profiles import list_profiles, load_profile, load_voice
from copilot.text import normalise
from copilot.transfer.archive import DEFAULT_VOICE, DOCUMENTS, VECTORS, Archive, Manifest, opened, refused
from copilot.types import AddReport, Chunk, FileReport, FileStatus, Record

_STAGE = ".import-"
_DIGEST, _ID = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{16}")
_TEXTS = ("doc_id", "source", "title", "digest", "encoding", "added", "text")
_WINDOWS = re.compile(r"[A-Za-z]:\\|\\\\")
_BATCH = 2000  # vectors read at once


@dataclass(frozen=True, slots=True)
class ImportReport(Record):
    """Documents and files of the home folder, one `FileReport` each; `notes` say what the user has to know."""

    files: tuple[FileReport, ...]
    totals: dict[str, int]
    notes: tuple[str, ...]


def import_home(
    library: Library,
    home: Path,
    path: Path,
    *,
    moved: Mapping[str, str] | None = None,
    replace: bool = False,
    progress: Progress = lambda done, total, what: None,
) -> ImportReport:
    """Take in what `export_home` wrote. `moved` says {folder there: folder here}, for documents whose files moved.

    What is here wins over what is in the archive, unless `replace` says so; both are told.

    :raises InputError: the archive is damaged, manipulated, foreign or of a newer version, or does not fit on the disk
    :raises LibraryError: the library cannot be written; then it is as before
    """
    with opened(path) as archive, ExitStack() as ending:
        _check_room(archive, library.root.parent)
        manifest = archive.manifest
        stage = ending.enter_context(_staged(archive, home)) if manifest.home_files else home
        same = formats.same_vectors(manifest.fingerprint, library.fingerprint)
        vectors = _vectors(archive, library.embedding.dimension) if same else iter(())
        unused = set(moved or {})
        documents = _documents(archive, home, moved or {}, unused, _cut_as_here(manifest, library))
        added = library.take_in(documents, manifest.documents, vectors, replace=replace, progress=progress)
        with _written(home):
            settled = _settle(manifest.home_files, stage, home, replace, added)
    files = (*added.files, *settled)
    statuses = ("added", "unchanged", "updated", "failed")
    totals = added.totals | {status: sum(file.status == status for file in files) for status in statuses}
    changes = "" if same else formats.difference(manifest.fingerprint, library.fingerprint)
    return ImportReport(files, totals, tuple(_notes(added, home, changes, sorted(unused))))


def _check_room(archive: Archive, folder: Path) -> None:
    """Refuse what cannot fit, before an hour of work: the catalogue holds texts and vectors, the indexes as much again.

    :raises InputError: it does not
    """
    wanted = 2 * sum(member["bytes"] for member in archive.manifest.members.values())
    free = shutil.disk_usage(next(p for p in (folder, *folder.parents) if p.exists())).free
    if wanted > free:
        raise InputError(
            f"磁盘放不下：要 {wanted / 1e6:.0f} MB，只剩 {free / 1e6:.0f} MB", "腾出空间，或换一个目录：--home。"
        )


# Documents


def _documents(archive: Archive, home: Path, moved: Mapping[str, str], unused: set[str], cut: bool) -> Iterator[Moved]:
    """Yield the documents with where they are now; `cut`: the chunks are those that this program cuts.

    What is used of `moved` is taken out of `unused`.

    :raises InputError: a line is not what this program writes
    """
    for line in archive.lines(DOCUMENTS):
        told = _document(line)
        old = next((folder for folder in moved if below(told["source"], folder)), "")
        unused.discard(old)
        if told["in_home"]:
            source = source_of(home / told["source"])
        else:
            source = _moved(told["source"], old, moved[old]) if old else told["source"]
        doc_id = told["doc_id"] if source == told["source"] else hash_id(source)
        chunks = [Chunk(*chunk) for chunk in told["chunks"]] if cut else None
        row = DocumentRow(doc_id, source, told["title"], told["digest"], told["encoding"], told["added"], told["text"])
        yield row, chunks, told["doc_id"] or doc_id


def _document(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
        texts = [told[name] for name in _TEXTS] + [text for chunk in told["chunks"] for text in chunk[2:]]
        sound = all(isinstance(text, str) for text in texts) and isinstance(told["in_home"], bool)
        "".join(texts).encode()  # no lone surrogates
        sound = sound and told["text"] == normalise(told["text"]) and bool(_DIGEST.fullmatch(told["digest"]))
        sound = sound and all(_is_span(chunk, len(told["text"])) for chunk in told["chunks"])
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound or not _is_place(told):
        raise refused("有一篇文档的记录不合格式")
    return dict(told)


def _is_span(chunk: list[Any], length: int) -> bool:
    start, end, _, _ = chunk
    return type(start) is int and type(end) is int and 0 <= start <= end <= length


def _is_place(told: dict[str, Any]) -> bool:
    """Return whether a document may stand where it says: below the home folder, or under the number of its path."""
    source = told["source"]
    if told["in_home"]:
        path = PurePosixPath(source)
        return not path.is_absolute() and ".." not in path.parts and "\\" not in source and ":" not in source
    # a name that was not UTF-8 was numbered by bytes that are no longer known
    numbered = hash_id(source) == told["doc_id"] or "�" in source
    return numbered and _ID.fullmatch(told["doc_id"]) is not None and not in_handbook(source)


def _moved(source: str, old: str, new: str) -> str:
    """Return where a file below `old` lies below `new`, whichever system either is of."""
    rest = source[len(old.rstrip("/\\")) :].lstrip("/\\")
    return source_of(Path(new, *(rest.split("\\") if "\\" in old else rest.split("/"))))


def _cut_as_here(manifest: Manifest, library: Library) -> bool:
    return bool(json.loads(manifest.fingerprint)["chunker"] == json.loads(library.fingerprint)["chunker"])


def _vectors(archive: Archive, dimension: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield digests with their vectors.

    :raises InputError: they are no unit vectors: one that is longer would come first in every search
    """
    import numpy as np

    size = 16 + 2 * dimension
    with archive.member(VECTORS) as stream:
        while data := stream.read(_BATCH * size):
            if len(data) % size:
                raise refused("向量的长度不对")
            records = np.frombuffer(data, dtype=np.dtype([("digest", "V16"), ("vector", "<f2", (dimension,))]))
            norms = np.linalg.norm(records["vector"].astype(np.float32), axis=1)
            if not bool(np.all((np.abs(norms - 1) < 0.02) | (norms == 0))):
                raise refused("里面有不像向量的数")
            for i in range(0, len(data), size):
                yield data[i : i + 16], data[i + 16 : i + size]


# Files of the home folder


@contextmanager
def _staged(archive: Archive, home: Path) -> Iterator[Path]:
    """Lay the user's files out in a folder of their own, and clear up at the end.

    :raises LibraryError: the home folder cannot be written
    """
    with writer_lock(home / "uploads"):  # one import at a time, and no uploads meanwhile
        for left in (home / "uploads").glob(f"{_STAGE}*"):
            shutil.rmtree(left, ignore_errors=True)  # of a run that was killed
        with _written(home), tempfile.TemporaryDirectory(prefix=_STAGE, dir=home / "uploads") as folder:
            stage = Path(folder)
            for name in archive.manifest.home_files:
                (stage / name).parent.mkdir(exist_ok=True)
                with archive.member(f"home/{name}") as member, (stage / name).open("wb") as file:
                    shutil.copyfileobj(member, file)
            yield stage


@contextmanager
def _written(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "检查磁盘空间和权限，再导入一次；已经装入的不会重复。"
        raise LibraryError(f"写不进 {home}：{error.strerror or error}", hint) from error


def _problem(name: str, stage: Path) -> str:
    """Return what is wrong with a settings file, as those say who will read it; "" when all is well."""
    folder, _, file = name.rpartition("/")
    try:
        if name == "platforms.yaml":
            load_channels(stage)
        elif name == "prices.yaml":
            entry_of("openai:any", stage)
        elif name == DEFAULT_VOICE:
            load_voice(stage)
        else:
            load_profile(stage, unquote(file.removesuffix(".yaml")), "voice" if folder == "voices" else "product")
    except CopilotError as error:
        return error.message.replace(f"{stage}{os.sep}", "")
    return ""


def _settle(names: list[str], stage: Path, home: Path, replace: bool, added: AddReport) -> list[FileReport]:
    """Put the files where they belong and report them; uploads are told with their documents."""
    first_voices = not list_profiles(home, "voice")
    documents = {file.path: file for file in added.files}
    reports = []
    for name in names:
        if name.startswith("uploads/"):
            _settle_upload(stage / name, home / name, documents.get(source_of(home / name)))
        elif name != DEFAULT_VOICE or first_voices:  # whoever has voices has chosen among them
            problem = _problem(name, stage)
            report = FileReport(name, "failed", reason=problem) if problem else None
            reports.append(report or _settle_file(name, stage / name, home / name, replace))
    return reports


def _settle_upload(staged: Path, here: Path, document: FileReport | None) -> None:
    """Put a copy there if a document rests on it, and on this one."""
    rests = document is not None and document.doc_id == hash_id(source_of(here))
    if rests and document and (document.status != "unchanged" or not here.exists()):
        staged.replace(here)


def _settle_file(name: str, staged: Path, here: Path, replace: bool) -> FileReport:
    status: FileStatus = "updated" if here.is_file() else "added"
    if here.is_file() and here.read_bytes() == staged.read_bytes():
        return FileReport(name, "unchanged", reason="内容没有变化")
    if here.is_file() and not replace:
        reason = "这里有一份不同的，保留了这里的；要换成存档里的，加 --replace"
        return FileReport(name, "unchanged", reason=reason)
    here.parent.mkdir(exist_ok=True)
    staged.replace(here)
    return FileReport(name, status)


def _notes(added: AddReport, home: Path, changes: str, moved: Collection[str]) -> Iterator[str]:
    """Say what the user has to know; `changes`: in what the vectors there differ from those here, "" for nothing."""
    embedded = added.totals["embedded"]
    if changes:
        yield f"存档里的向量是用另一种设置算的（{changes}），在这里重新算了 {embedded} 段；检索结果会和原来不同。"
    elif embedded:
        yield f"有 {embedded} 段在存档里没有能用的向量，在这里算好了。"
    new = [file.path for file in added.files if file.status == "added"]
    away = [path for path in new if os.path.isabs(path) or _WINDOWS.match(path)]  # noqa: PTH117  as they were stored
    away = [path for path in away if not below(path, source_of(home)) and not Path(path).is_file()]
    if away:
        advice = "文件搬到了别处，就再导入一次，加 --moved 旧目录=新目录，以后 library sync 才认得它们。"
        yield f"{len(away)} 篇的原文件不在这台机器上（例如 {away[0]}）：照样能查。{advice}"
    for old in moved:
        yield f"没有一篇文档原来在 {old} 里，--moved 没有用上。"
