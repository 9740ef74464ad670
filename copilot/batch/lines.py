"""Files of text of any encoding → their lines, in constant memory."""

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from copilot.errors import InputError, LoadError
from copilot.knowledge import read
from copilot.loading.decode import byte_order_mark, codec_of

_PIECE = 65536  # bytes
_ODD = re.compile(rb"[\x80-\xff\0]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_HINT = "用 Excel 或 WPS 打开，另存为“CSV UTF-8（逗号分隔）”或 xlsx 再试。"


class Encoding(NamedTuple):
    """How a file is to be decoded: name for people, codec, bytes to leave out at its beginning, what was assumed."""

    name: str
    codec: str
    skip: int = 0
    note: str = ""


def find_encoding(path: Path) -> Encoding:
    """Return the encoding of a file after looking at all of it: its mark, else UTF-8 if it is, else the likeliest one.

    :raises InputError: it is empty, or no text
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(b"PK\x03\x04"):
        raise InputError("内容是 xlsx 或压缩包，不是文字", "是 xlsx 就把扩展名改成 .xlsx；是压缩包就先解压。")
    if start == b"\xd0\xcf\x11\xe0":
        raise InputError("内容是旧版 Excel 文件（xls），不是文字", "用 Excel 或 WPS 打开，另存为 xlsx 再试。")
    if mark := byte_order_mark(start):
        skip, name, codec = mark
        return Encoding(name, codec, skip)
    valid, odd, nuls, size = _looked_through(path)
    if not size:
        raise InputError("文件是空的（0 字节）", "检查文件是否已保存、是否下载完整。")
    if valid and not nuls:
        return Encoding("utf-8", "utf-8")
    try:
        return _likeliest(_sample(path, odd), valid, nuls, size)
    except LoadError as error:
        raise InputError(f"读不出文字：{error.message}", _HINT) from error


def lines(path: Path, encoding: Encoding) -> Iterator[str]:
    r"""Yield lines with their ends (\n, \r\n, \r), without NUL, undecodable bytes as U+FFFD.

    A line of `max_record_characters` or more is cut to that length.
    """
    longest: int = read("batch")["max_record_characters"]
    with path.open("rb") as file:
        file.seek(encoding.skip)
        # `newline=""` leaves the ends as they are; a quoted cell may hold any of them
        text = io.TextIOWrapper(file, encoding=encoding.codec, errors="replace", newline="")
        while line := text.readline(longest):
            rest = line
            while len(rest) >= longest and not rest.endswith(("\n", "\r")):
                rest = text.readline(longest)
            yield line.replace("\0", "") if "\0" in line else line


def _looked_through(path: Path) -> tuple[bool, int, int, int]:
    """Return whether the file is UTF-8, where the first byte stands that is NUL or not ASCII, NULs and size."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, odd, nuls, size = True, -1, 0, 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            nuls += piece.count(0)
            if odd < 0 and (found := _ODD.search(piece)):
                odd = size + found.start()
            size += len(piece)
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                valid = False
                break
    try:
        decoder.decode(b"", final=valid)
    except UnicodeDecodeError:  # cut off within the last character
        valid = False
    return valid, max(odd, 0), nuls, size


def _sample(path: Path, odd: int) -> bytes:
    """Return whole lines around the first byte that tells something; from the very beginning if it comes soon."""
    size: int = read("batch")["encoding_sample_bytes"]
    with path.open("rb") as file:
        if odd >= size // 2:
            file.seek(odd - _PIECE // 2)
            before = file.read(_PIECE // 2)
            file.seek(odd - len(before) + before.rfind(b"\n") + 1)
        sample = file.read(size)
    if len(sample) < size:
        return sample
    if b"\0" in sample:  # UTF-16, where a byte 0A need not be a line end
        return sample[: len(sample) // 2 * 2]
    return sample[: sample.rfind(b"\n") + 1] or sample


def _likeliest(sample: bytes, valid: bool, nuls: int, size: int) -> Encoding:
    rules = read("batch")
    try:
        codec, note = codec_of(sample)
    except LoadError:
        if not nuls or nuls > rules["max_stray_nul_share"] * size:
            raise
        sample = sample.replace(b"\0", b"")
        codec, note = ("utf-8", "") if valid else codec_of(sample)
    text = sample.decode(codec, "replace")
    broken = text.count("\ufffd")
    if broken > 3 and broken > rules["max_broken_share"] * len(_NOT_ASCII.findall(text)):
        raise LoadError(f"按 {codec} 解码有 {broken} 处无法识别", _HINT)
    assumed = f"文字编码是 {codec}" if codec != "utf-8" else ""
    return Encoding(codec, codec, 0, note or assumed)
