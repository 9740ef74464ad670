"""Zip containers (docx, xlsx, pptx), looked at before a parser may unpack them."""

import io
import zipfile
import zlib
from typing import BinaryIO

from copilot.errors import LoadError
from copilot.knowledge import read

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# OOXML forbids document types; without one there are no entities to expand and none to fetch.
_DOCTYPES = tuple("<!DOCTYPE".encode(codec) for codec in ("utf-8", "utf-16-le", "utf-16-be"))
_BOMB_HINT = "确认文件来源；如果是正常文件，拆小后再添加"


def check_archive(source: bytes | BinaryIO, kind: str, required: str) -> zipfile.ZipFile:
    """Return the archive when it is a safe one of `kind` (docx, pptx, xlsx).

    `required` is the folder that makes it one (`word/`). The directory is checked first: entries, sizes,
    ratio, encryption. Then every XML part is read once, in pieces, since the directory can lie.

    :raises LoadError: not such an archive, damaged, encrypted, or a bomb
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    if file.read(len(_OLE)) == _OLE:
        raise LoadError(
            f"不是 .{kind} 格式：是旧版 Office 文件，或加了密码", f"用 Office 打开，去掉密码，另存为 .{kind}"
        )
    try:
        archive = zipfile.ZipFile(file)
        _check_directory(archive, file.seek(0, io.SEEK_END))
        if not any(name.startswith(required) for name in archive.namelist()):
            raise LoadError(f"内容不是 .{kind} 文档", f"检查扩展名，或用 Office 另存为 .{kind}")
        _check_parts(archive, read("loading")["archive"]["max_part_bytes"][kind])
    # BadZipFile: also a part that is longer than its header says; NotImplementedError: unknown zip versions;
    # OSError, EOFError, zlib.error: damaged streams; RuntimeError: encrypted parts
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, ValueError) as error:
        raise _damaged(kind, error) from error
    except zlib.error as error:
        raise _damaged(kind, error) from error
    return archive


def _damaged(kind: str, error: Exception) -> LoadError:
    return LoadError(
        f"不是有效的 .{kind} 文件，或已损坏（{type(error).__name__}）", f"用 Office 打开，另存为 .{kind} 后再添加"
    )


def _check_directory(archive: zipfile.ZipFile, packed: int) -> None:
    limits = read("loading")["archive"]
    entries = archive.infolist()
    if len(entries) > limits["max_entries"]:
        raise LoadError(f"压缩包内有 {len(entries)} 个文件，上限 {limits['max_entries']}", _BOMB_HINT)
    for entry in entries:
        if entry.flag_bits & 1:
            raise LoadError("压缩包内的文件加了密码", "去掉密码后再添加")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise LoadError("压缩方式不是 Office 文件用的", "用 Office 打开，另存后再添加")
    total = sum(entry.file_size for entry in entries)
    if total > limits["max_total_bytes"]:
        raise LoadError(
            f"解压后有 {total / 1048576:.0f} MB，上限 {limits['max_total_bytes'] / 1048576:.0f} MB", _BOMB_HINT
        )
    if total > limits["ratio_free_bytes"] and total > limits["max_ratio"] * packed:
        raise LoadError(f"压缩比达到 {total // packed} 倍，像压缩炸弹", _BOMB_HINT)


def _check_parts(archive: zipfile.ZipFile, limit: int) -> None:
    for entry in archive.infolist():
        if not entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        size, tail = 0, b""
        with archive.open(entry) as part:
            while piece := part.read(1 << 20):
                size += len(piece)
                if size > limit:
                    raise LoadError(f"文档内容超过 {limit / 1048576:.0f} MB", _BOMB_HINT)
                if any(mark in tail + piece for mark in _DOCTYPES):
                    raise LoadError(
                        "文档里有 DOCTYPE 声明（可用于攻击），已拒绝", "确认文件来源，用 Office 另存后再添加"
                    )
                tail = piece[-20:]
