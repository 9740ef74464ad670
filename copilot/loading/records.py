"""json and jsonl → one section a record, keys and values as a list."""

import json
import re
from typing import Any

from copilot.errors import LoadError
from copilot.knowledge import read
from copilot.loading.decode import decode
from copilot.types import LoadedText

_HINT = "用 JSON 校验工具检查格式后再添加"
_LONG = 120  # characters; a longer value becomes a paragraph, because chunks never end inside a list item
_TITLE = 80  # characters that a heading may have


def read_json(data: bytes) -> LoadedText:
    """Return a JSON document; JSON Lines under this suffix are read as such.

    :raises LoadError: it is not JSON, or nested deeper than `max_json_depth`
    """
    text, encoding, note = decode(data)
    try:
        value = _parse(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise LoadError(f"不是合法的 JSON：第 {error.lineno} 行第 {error.colno} 列", _HINT) from None
        value = _parse_lines(text)
    return LoadedText(_document(value), "", encoding, note)


def read_jsonl(data: bytes) -> LoadedText:
    """Return JSON Lines; a whole JSON document under this suffix is read as such.

    :raises LoadError: naming the first line that is not JSON
    """
    text, encoding, note = decode(data)
    try:
        value = _parse_lines(text)
    except LoadError as error:
        try:
            value = _parse(text)  # one document over many lines
        except json.JSONDecodeError:
            raise error from None
    return LoadedText(_document(value), "", encoding, note)


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=str)  # NaN and Infinity stay words
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise LoadError("JSON 嵌套太深", "减少嵌套层数后再添加") from None
    except ValueError:  # int() refuses more than 4,300 digits
        raise LoadError("JSON 里有位数过多的整数", "把它改成字符串后再添加") from None


def _parse_lines(text: str) -> list[Any]:
    records = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        if line.strip():
            try:
                records.append(_parse(line))
            except json.JSONDecodeError as error:
                raise LoadError(f"第 {number} 行不是合法的 JSON（第 {error.colno} 列）", _HINT) from None
    return records


def _document(value: Any) -> str:
    if isinstance(value, list) and value and all(isinstance(record, dict) for record in value):
        return "\n\n".join(_record(number, record) for number, record in enumerate(value, 1))
    if isinstance(value, dict) and any(_is_table(part) for part in value.values()):  # {"data": [{…}, …], …}
        plain = {key: part for key, part in value.items() if not _is_table(part)}
        parts = [_fields(plain)] if plain else []
        for key, part in value.items():
            if _is_table(part):
                parts += [f"# {_one_line(key)}", _document(part)]
        return "\n\n".join(parts)
    return _fields(value) if isinstance(value, dict) else "\n".join(_nested(value, 0))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(record, dict) for record in value)


def _record(number: int, record: dict[str, Any]) -> str:
    by_name = {key.strip().lower(): key for key in record}
    for name in read("loading")["title_keys"]:
        key = by_name.get(name)
        if key is not None and isinstance(record[key], str) and (title := _one_line(record[key])):
            if len(title) <= _TITLE:
                rest = {other: value for other, value in record.items() if other != key}
                return f"## {title}\n\n{_fields(rest)}".rstrip()
            break
    return f"## 记录 {number}\n\n{_fields(record)}".rstrip()


def _fields(record: dict[str, Any]) -> str:
    """Return `- key：value` lines; long or many-lined texts as paragraphs of their own."""
    blocks: list[str] = []
    for key, value in record.items():
        if isinstance(value, str) and (len(value) > _LONG or "\n" in value.strip()):
            blocks += ["", f"{_one_line(key)}：\n\n{value.strip()}", ""]
        else:
            blocks += _entry(_one_line(key), value, 0)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(blocks)).strip("\n")


def _entry(name: str, value: Any, depth: int) -> list[str]:
    if depth > read("loading")["max_json_depth"]:
        raise LoadError("JSON 嵌套太深", "减少嵌套层数后再添加")
    indent = "  " * depth
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        value = "、".join(_scalar(item) for item in value)
    if isinstance(value, list | dict):
        return [f"{indent}- {name}：", *_nested(value, depth + 1)] if value else []
    return [f"{indent}- {name}：{_one_line(_scalar(value))}"] if value not in (None, "") else []


def _nested(value: Any, depth: int) -> list[str]:
    if isinstance(value, dict):
        return [line for key, part in value.items() for line in _entry(_one_line(key), part, depth)]
    if isinstance(value, list):
        lines = []
        for number, part in enumerate(value, 1):
            if isinstance(part, list | dict):
                lines += _entry(str(number), part, depth)
            else:
                lines.append("  " * depth + "- " + _one_line(_scalar(part)))
        return lines
    return [_scalar(value)]


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())
