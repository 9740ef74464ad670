"""jsonl → rows: one object a line, the header is the union of their keys in order of appearance."""

import json
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from copilot.batch.lines import Encoding, find_encoding, lines
from copilot.batch.rows import Row, Table
from copilot.errors import InputError
from copilot.knowledge import read

_HINT = 'jsonl 是一行一个对象：{"产品": "…", "卖点": ["…"]}；数组可以转换：jq -c \'.[]\' 原文件 > 新文件.jsonl'


def read_json_table(path: Path) -> Table:
    """Return the table of a jsonl file; values stay what they are in JSON, a missing key is None.

    :raises InputError: it is no text, one array or document over many lines, or holds no object
    """
    encoding = find_encoding(path)
    table = Table([], [encoding.note] if encoding.note else [], partial(_rows, path, encoding))
    text = (line.strip() for line in lines(path, encoding))
    first = next(filter(None, text), "")
    if first == "[" or (first.lstrip("[ ").startswith("{") and first.startswith("[")):
        raise InputError("这是一个 JSON 数组，不是一行一个对象的 jsonl", _HINT)
    wrong = ""
    for row in table.rows():  # to the end: the header is to be whole before the columns are understood
        if row.number == read("batch")["look_ahead_rows"] and not table.header:
            break
        wrong = wrong or row.problem
    if not table.header:
        raise InputError(f"不是 jsonl：{wrong}" if wrong else "文件里没有数据", _HINT)
    return table


def _rows(path: Path, encoding: Encoding, table: Table) -> Iterator[Row]:
    longest: int = read("batch")["max_record_characters"]
    places = {name: place for place, name in enumerate(table.header)}
    number = 0
    for place, line in enumerate(lines(path, encoding), 1):
        if not (text := line.strip(" \t\r\n\ufeff")):
            continue
        number += 1
        if len(line) >= longest:
            yield Row(number, (), f"第 {place} 行超过 {longest // 1024} KB，没有读")
            continue
        record, problem = _record(text, place)
        for name in record:
            if name not in places:
                places[name] = len(places)
                table.header.append(name)
        if [*record] == table.header:
            yield Row(number, tuple(record.values()), problem)
            continue
        cells = [None] * (max((places[name] for name in record), default=-1) + 1)
        for name, value in record.items():
            cells[places[name]] = value
        yield Row(number, tuple(cells), problem)


def _record(text: str, place: int) -> tuple[dict[str, Any], str]:
    """Return the object in a line, empty if there is none, and what is wrong with it."""
    try:
        record = _decoder().decode(text)
    except _Twice as error:
        return {}, f"第 {place} 行的键“{error}”写了两次，值不一样"
    except (ValueError, RecursionError):  # ValueError: also an integer of more than 4,300 digits
        return {}, f"第 {place} 行不是 JSON 对象：{text[:40]}"
    if not isinstance(record, dict):
        return {}, f"第 {place} 行不是 JSON 对象：{text[:40]}"
    problem = "" if record else f"第 {place} 行的对象是空的"
    if "\ufffd" in text:
        problem = f"有 {text.count(chr(0xFFFD))} 个字符无法识别（\ufffd），请对照原文件改好"
    if "\\u" in text and "\\ud" in text.lower():  # half a surrogate pair cannot be written to any file
        whole = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")
        if whole.decode("utf-8") != json.dumps(record, ensure_ascii=False):
            record, problem = json.loads(whole), f"第 {place} 行有不成对的 \\ud… 转义，不是文字"
    return record, problem


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=_constant, object_pairs_hook=_object)


class _Twice(ValueError):
    """A key stands twice in an object, with different values."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        for name, value in pairs:
            if record[name] != value:
                raise _Twice(name)
    return record


def _constant(name: str) -> str | None:
    """NaN is what programs write for a blank cell."""
    return None if name == "NaN" else name
