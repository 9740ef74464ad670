"""Writing a file: whole or not at all, and never over another one unasked."""

import contextlib
import os
import tempfile
from collections.abc import Collection
from pathlib import Path

from copilot.errors import InputError


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
    fresh = ""
    try:
        handle, fresh = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
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
