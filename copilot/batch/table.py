"""A file of rows, or stdin → `Table`. Chooses the reader; a stream is laid down in a temporary file first."""

import csv
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from copilot.batch.csv_table import read_csv_table
from copilot.batch.json_table import read_json_table
from copilot.batch.rows import Row, Table, Wanted
from copilot.errors import InputError
from copilot.knowledge import read

_KINDS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_FORMATS = "可以用 csv、tsv、txt、xlsx、jsonl，或用 - 从标准输入读。"


@contextmanager
def open_table(source: Path | BinaryIO, *, sheet: str = "", wanted: Wanted) -> Iterator[Table]:
    """Give the table in a file, read as a stream: memory does not grow with it.

    `sheet`: which sheet of a workbook. `wanted(cells)`: how many of them are known names, to find the header.

    :raises InputError: it cannot be read, or is no table; also while rows are read, if the file is damaged further on
    """
    usual = csv.field_size_limit(2 * read("batch")["max_record_characters"])
    try:
        with ExitStack() as stack:
            path, kind = _place(source, stack)
            if kind == "xlsx":
                from copilot.batch.sheet_table import read_sheet_table  # openpyxl takes 0.1 s

                table = stack.enter_context(read_sheet_table(path, sheet, wanted))
            else:
                table = read_csv_table(path, wanted) if kind == "csv" else read_json_table(path)
                if sheet:
                    table.note("--sheet 只用于 xlsx，这里没有用到")
            yield table
    finally:
        csv.field_size_limit(usual)


def _place(source: Path | BinaryIO, stack: ExitStack) -> tuple[Path, str]:
    """Return the file to read and its kind; a stream or pipe is copied into a file that goes with the stack."""
    if not isinstance(source, Path):
        path = _copied(source, stack)
        return path, _sniffed(path)
    try:
        mode = source.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{source} 是目录，不是文件", _FORMATS)
        with source.open("rb") as file:
            if not stat.S_ISREG(mode):  # <(…) of a shell
                path = _copied(file, stack)
                return path, _sniffed(path)
    except FileNotFoundError:
        raise InputError(f"文件不存在：{source}", "检查路径；文件可能已被移动或删除。") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise InputError(f"文件打不开：{source}（{type(error).__name__}）", "检查权限、磁盘和文件名。") from error
    suffix = source.suffix.lower()
    if target := read("batch")["save_as"].get(suffix):
        raise InputError(f"不支持 {suffix} 格式：{source.name}", f"另存或导出为 {target} 再试；{_FORMATS}")
    if suffix not in _KINDS:
        raise InputError(f"不支持的格式：{source.name}（{suffix or '没有扩展名'}）", _FORMATS)
    return source, _KINDS[suffix]


def _copied(stream: BinaryIO, stack: ExitStack) -> Path:
    path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ops-copilot-"))) / "input"
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file)
    return path


def _sniffed(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "xlsx"
    return "jsonl" if start.startswith((b"{", b"[{", b"[\n", b"[\r")) else "csv"


__all__ = ["Row", "Table", "open_table"]
