"""Writing a file: whole or not at all, and never over another one unasked."""

import contextlib
import os
import re
import tempfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from copilot.errors import InputError

_NAME = 40  # characters of the target's name: 120 bytes of Chinese, where a file's name may have 255
_SUFFIX = ".part"


def check_target(path: Path, suffixes: Collection[str], *, overwrite: bool = False) -> str:
    """Return the suffix of a file that may be written, in lower case; good to call before long work.

    :raises InputError: the format is unknown, the file is there already, or its folder is not
    """
    suffix = path.suffix.lower()
    if suffix not in suffixes:
        raise InputError(f"不支持的格式：{suffix or '没有扩展名'}", f"文件名以 {'、'.join(suffixes)} 结尾。")
    if path.is_dir():
        raise InputError(f"{path} 是目录", "写出文件名。")
    if path.exists() and not overwrite:
        raise InputError(f"{path} 已经存在，没有覆盖", "换一个文件名，或先移走原来的文件。")
    if not path.parent.is_dir():
        raise InputError(f"目录不存在：{path.parent}", "先建好目录，或检查路径。")
    return suffix


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in place of whatever is at `path`, so that a reader sees the old file or the new one.

    :raises InputError: it cannot be written there
    """
    with whole_file(path) as file:
        file.write(data)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write and read that takes the place of `path` when the block ends well, and else goes.

    It is on the disk before it takes the place. A killed run leaves it behind: see `remove_leftovers`.

    :raises InputError: it cannot be written there
    """
    fresh = ""
    try:
        handle, fresh = tempfile.mkstemp(prefix=_prefix(path), suffix=_SUFFIX, dir=path.parent)
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(fresh).chmod(0o666 & ~mask)  # mkstemp's files are for their owner alone
        Path(fresh).replace(path)
    except OSError as error:
        raise InputError(
            f"写不进 {path}：{error.strerror or error}", "检查权限和磁盘空间；在 Excel 里打开着就先关掉。"
        ) from error
    finally:
        if fresh:
            with contextlib.suppress(OSError):
                Path(fresh).unlink(missing_ok=True)


def remove_leftovers(path: Path) -> None:
    """Remove what killed runs left of `path`; only for a caller who holds a lock, as nobody else may be writing it."""
    name = re.compile(rf"{re.escape(_prefix(path))}[a-z0-9_]{{8}}{re.escape(_SUFFIX)}")  # 8: mkstemp's
    for file in path.parent.iterdir():
        if name.fullmatch(file.name):
            with contextlib.suppress(OSError):  # does no harm where it is
                file.unlink()


def _prefix(path: Path) -> str:
    """Return how temporary files for `path` begin; two long names that begin alike differ by their digests."""
    rest = f"{zlib.crc32(path.name.encode(errors='replace')):08x}." if len(path.name) > _NAME else ""
    return f".{path.name[:_NAME]}.{rest}"
