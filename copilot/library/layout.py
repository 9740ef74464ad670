"""Where a library's files lie in the home folder, and the life of index generations.

library/catalogue.sqlite        the truth
library/writer.lock             held by the one process that writes
library/index/000012/lexical    tantivy   ┐ derived, never changed once published
library/index/000012/vectors    Chroma    ┘
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from copilot.errors import LibraryBusy, LibraryError

LOCK_SECONDS = 60.0  # how long a writer waits for another one


class IndexBroken(Exception):
    """The files of an index are not there or not whole; never leaves the library."""


def catalogue_path(root: Path) -> Path:
    """Return the path of the catalogue."""
    return root / "catalogue.sqlite"


def generation_path(root: Path, generation: int) -> Path:
    """Return the folder of one index generation."""
    return root / "index" / f"{generation:06d}"


@contextmanager
def writer_lock(root: Path) -> Iterator[None]:
    """Be the only writer; the operating system frees the lock of a killed process.

    :raises LibraryBusy: another process went on writing for LOCK_SECONDS
    :raises LibraryError: the folder cannot be made or written
    """
    from filelock import FileLock, Timeout

    lock = FileLock(root / "writer.lock", timeout=LOCK_SECONDS)
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise LibraryBusy("另一个进程正在写资料库", "等它结束后再试一次。") from error
    except OSError as error:
        hint = "换一个目录：设置 OPS_COPILOT_HOME。"
        raise LibraryError(f"资料库目录 {root} 不能写入：{error.strerror}", hint) from error
    try:
        yield
    finally:
        lock.release()


def start_generation(root: Path, current: int, new: int) -> Path:
    """Return the folder of a new generation, a copy of the current one (empty when `current` is 0)."""
    folder = generation_path(root, new)
    shutil.rmtree(folder, ignore_errors=True)
    if current and generation_path(root, current).is_dir():
        shutil.copytree(generation_path(root, current), folder)
    else:
        folder.mkdir(parents=True)
    return folder


def begun(root: Path) -> bool:
    """Return whether a generation was ever published here: then there must be a catalogue with documents."""
    return any(folder.name.isdecimal() for folder in (root / "index").glob("*"))


def sweep(root: Path, current: int, kept: int = 1) -> None:
    """Remove every generation but the current one and the `kept` before it, which readers may still open.

    A folder is renamed first: a reader never meets half a generation, and sees that it has gone. What
    cannot be removed now (Windows: open files) is removed by the next writer.
    """
    keep = {generation_path(root, n).name for n in range(current - kept, current + 1)}
    for folder in (root / "index").glob("*"):
        if folder.name in keep:
            continue
        try:
            folder = folder.rename(folder.with_name(f"removed-{folder.name.removeprefix('removed-')}"))
        except OSError:
            continue
        shutil.rmtree(folder, ignore_errors=True)


def size(root: Path) -> int:
    """Return the bytes that the library takes on disk."""
    total = 0
    for path in root.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # a writer published meanwhile
            continue
    return total
