"""Reading what people bring: JSON Lines and judgements, errors with the number of the line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from copilot.errors import InputError


def read_qrels(path: Path) -> dict[str, set[str]]:
    """Read `query<TAB>document<TAB>relevance`; relevance 0 is left out.

    :raises InputError: the file is missing or malformed
    """
    relevant: dict[str, set[str]] = {}
    for number, line in _lines(path):
        fields = line.split("\t")
        if len(fields) < 2:
            raise InputError(f"{path} 第 {number} 行不是“问题编号<TAB>文档编号<TAB>1”", "用制表符分隔三列。")
        if len(fields) < 3 or fields[2].strip() != "0":
            relevant.setdefault(fields[0], set()).add(fields[1].strip())
    return relevant


def read_rows(path: Path, *keys: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON Lines file that must hold `keys`.

    :raises InputError: the file is missing, or a line is no such object
    """
    return (row for _, row in numbered_rows(path, *keys))


def numbered_rows(path: Path, *keys: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield what `read_rows` yields, each with the number of its line.

    :raises InputError: the file is missing, or a line is no such object
    """
    for number, line in _lines(path):
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path} 第 {number} 行不是 JSON：{error.msg}", "每行写一个 JSON 对象。") from error
        if not isinstance(row, dict):
            raise InputError(f"{path} 第 {number} 行不是 JSON 对象", "每行写一个 JSON 对象。")
        if missing := [key for key in keys if key not in row]:
            raise InputError(f"{path} 第 {number} 行缺少 {'、'.join(missing)}", "补上这些键。")
        yield number, row


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank with their numbers in the file."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield from ((number, line.rstrip("\n")) for number, line in enumerate(file, 1) if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"读不出 {path}：{error}", "检查路径，文件须是 UTF-8。") from error
