"""Files that people send to the library through the page: copies in `home/uploads`, whose paths name the documents.

A copy stands there as long as the library holds a document of it: one that could not be read leaves none behind.
"""

import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from copilot.errors import UnknownDocument
from copilot.library import Library
from copilot.library.intake import source_of
from copilot.library.layout import writer_lock
from copilot.paths import in_handbook
from copilot.text import normalise
from copilot.types import AddReport, FileReport

Progress = Callable[[int, int, str], None]  # done, total, what

_STEM = 60  # characters of a name, and bytes: file systems take 255, the suffix and a number beside them
_STEM_BYTES = 200
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}\Z", re.IGNORECASE | re.ASCII)
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})  # control, marks of direction, broken
_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)  # Windows has devices of these names


def safe_name(name: str) -> str:
    """Return a file name of letters, digits, `-`, `_`, `.` and single spaces; never a path, hidden or empty.

    `safe_name(safe_name(x)) == safe_name(x)`.
    """
    base = re.split(r"[/\\]", normalise(name))[-1]
    seen = (c for c in base if unicodedata.category(c) not in _UNSEEN)
    kept = " ".join("".join(c if c.isalnum() or c in "-_." else " " for c in seen).split())
    stem, suffix = re.sub(r"[. ]*\.[. ]*", ".", kept).rstrip("."), ""
    if found := _SUFFIX.search(stem):
        stem, suffix = stem[: found.start()], found[0].lower()
    else:
        stem = stem.replace(".", "-")
    stem = stem.strip(". ")
    if not stem or _DEVICE.fullmatch(stem.partition(".")[0]):
        stem = f"未命名{'-' if stem else ''}{stem}"
    return _short(stem) + suffix


def safe_names(names: Sequence[str]) -> list[str]:
    """Return safe names for files that came together, each another one: what is the same twice gets a number."""
    taken: set[str] = set()
    found = []
    for name in map(safe_name, names):
        stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}{dot}{suffix}"
        taken.add(name.casefold())
        found.append(name)
    return found


def folder_of(home: Path) -> Path:
    """Return where the copies lie."""
    return home / "uploads"


def shown_source(home: Path, source: str) -> str:
    """Return a document's source as people know it: an upload by its name, all else as it is."""
    return source.removeprefix(_prefix(home))


def shown_report(home: Path, file: FileReport) -> FileReport:
    """Return a report with uploads called by their names, the folder of the copies left out."""
    return replace(file, path=shown_source(home, file.path), reason=file.reason.replace(_prefix(home), ""))


def is_upload(home: Path, source: str) -> bool:
    """Return whether a document was sent through the page."""
    return source.startswith(_prefix(home))


def add_uploads(
    library: Library, home: Path, files: Sequence[Path], progress: Progress = lambda done, total, what: None
) -> AddReport:
    """Copy files below `home` and add them; one of the same name replaces the document that was there.

    `path` of a report is the name of the copy. What cannot be read, or is in the library already, leaves no copy; when
    the whole is broken off, the copies are as before.

    :raises LibraryBusy: another process is writing
    """
    folder = folder_of(home)
    names = safe_names([file.name for file in files])
    with writer_lock(folder), tempfile.TemporaryDirectory(dir=folder, prefix=".") as put_aside:
        aside = Path(put_aside)
        refused: Collection[str] = names
        try:
            for file, name in zip(files, names, strict=True):
                if (folder / name).exists():
                    (folder / name).replace(aside / name)
                shutil.copyfile(file, folder / name)
            report = library.add([folder / name for name in names], progress)
            refused = {Path(file.path).name for file in report.files if file.status == "failed"}
        finally:
            _settle(library, folder, names, refused, aside)
    replaced = (
        replace(file, reason="替换了同名的旧文件") if file.status == "updated" and not file.reason else file
        for file in report.files
    )
    return replace(report, files=tuple(shown_report(home, file) for file in replaced))


def remove_document(library: Library, home: Path, doc_id: str) -> FileReport:
    """Remove one document by its number, and the copy if it was sent through the page.

    :raises UnknownDocument: there is none
    """
    if doc_id not in {document.doc_id for document in library.list()}:  # `remove` takes the names of folders, too
        raise UnknownDocument("这份文档已经不在资料库里", "可能别人刚删掉了；刷新列表再看。")
    file = library.remove([doc_id]).files[0]
    if is_upload(home, file.path):
        (folder_of(home) / Path(file.path).name).unlink(missing_ok=True)
    return file


def comes_back(source: str) -> bool:
    """Return whether a removed document comes with the next version again."""
    return in_handbook(source)


def _settle(library: Library, folder: Path, names: Sequence[str], refused: Collection[str], aside: Path) -> None:
    """Keep the copies that documents rest on; what was refused gives way to what stood there before."""
    sources = {document.source for document in library.list()}
    for name in names:
        copy = folder / name
        if name in refused and (aside / name).exists():
            (aside / name).replace(copy)
        elif source_of(copy) not in sources:
            copy.unlink(missing_ok=True)


def _prefix(home: Path) -> str:
    return source_of(folder_of(home) / "x").removesuffix("x")


def _short(stem: str) -> str:
    """Cut a name to what file systems and eyes take."""
    stem = stem[:_STEM]
    while len(stem.encode()) > _STEM_BYTES:
        stem = stem[:-1]
    return stem.strip(". ")
