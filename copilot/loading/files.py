"""Which files there are, and their bytes. Knows suffixes and sizes, nothing of formats."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from copilot.errors import LoadError
from copilot.knowledge import read
from copilot.text import normalise

SUFFIXES = frozenset(
    {".md", ".markdown", ".txt", ".html", ".htm", ".docx", ".pdf", ".pptx", ".xlsx"}
    | {".csv", ".tsv", ".json", ".jsonl"}
)
SUPPORTED_HINT = "支持的格式：md、txt、html、docx、pdf、pptx、xlsx、csv、tsv、json、jsonl"


def supported(path: Path) -> bool:
    """Return whether `load` knows the format, judged by the suffix alone."""
    return path.suffix.lower() in SUFFIXES


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files at and below `paths`, each once, folders walked in sorted order.

    Inside a folder, hidden names, Office lock files (`~$…`), unsupported suffixes and links back to a
    folder already walked are left out. A path named directly is always returned, and a folder that
    cannot be listed is returned itself, so that `load` can say what is wrong with it.
    """
    seen: set[tuple[int, int]] = set()
    found: dict[Path, None] = {}
    for path in paths:
        for file in _walk(path, seen) if path.is_dir() else [path]:
            found.setdefault(file)
    return list(found)


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        yield folder
        return
    for entry in entries:
        if entry.name.startswith((".", "~$")):
            continue
        if entry.is_dir():
            yield from _walk(folder / entry.name, seen)
        elif entry.is_file() and supported(path := folder / entry.name):
            yield path


def read_bytes(path: Path) -> bytes:
    """Return the content of a regular file of at most `max_file_bytes`.

    :raises LoadError: it is missing, not a regular file, unreadable, too large or empty
    """
    limit: int = read("loading")["max_file_bytes"]
    name = normalise(path.name)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise LoadError(f"这是目录，不是文件：{name}", "检查目录权限，或改为指定里面的文件")
        if not stat.S_ISREG(status.st_mode):  # reading a pipe or device could wait for ever
            raise LoadError(f"不是普通文件：{name}", "复制成普通文件后再试")
        if status.st_size <= limit:
            with path.open("rb") as file:
                data = file.read(limit + 1)  # it may have grown since
    except FileNotFoundError:
        raise LoadError(f"文件不存在：{name}", "检查路径；文件可能已被移动或删除") from None
    except PermissionError:
        raise LoadError(f"没有权限读取：{name}", "修改文件权限，或换一个有权限的用户运行") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise LoadError(f"读不出文件：{name}（{type(error).__name__}）", "检查磁盘、网络盘和文件名") from error
    if status.st_size > limit or len(data) > limit:
        raise LoadError(
            f"文件太大：{status.st_size / 1048576:.1f} MB，上限 {limit / 1048576:.0f} MB", "拆成几个小文件后再添加"
        )
    if not data:
        raise LoadError("文件是空的（0 字节）", "检查文件是否已保存、是否下载完整")
    return data
