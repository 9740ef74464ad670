"""JSON as chat models write it: between chatter, in code fences, with Chinese quotes, loose commas, bare line breaks.

Knows nothing about copy: whoever calls says which values are wanted.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from copilot.knowledge import read

_SPACE = re.compile(r"(?:[\s\u200b\ufeff]+|//[^\n]*(?=\n)|/\*.*?\*/)*", re.DOTALL)
_LIST = re.compile(r'\{\s*"\w+"\s*:\s*\[')
_START = re.compile(r"[{｛\[［]")
_BARE = re.compile(r"[^\s,，:：;{}｛｝\[\]［］\"“”＂][^,，\n{}｛｝\[\]［］\"“”＂]*")
_BARE_KEY = re.compile(r"[^\s,，:：{}｛｝\[\]［］\"“”＂'‘’]+")
_CLOSERS = {'"': '"', "＂": "＂", "“": '”“"', "”": '”"', "'": "'", "‘": "’‘'", "’": "’'"}
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "none": None}
_ESCAPES = {"n": "\n", "t": " ", "r": "", "b": "", "f": ""}
_DEPTH = 12  # the wanted shape is four deep
_LONGEST = 6000  # characters of one text; without a bound a hostile answer of 24,000 took 2.7 s

_QUOTE = "[\"“”＂'‘’]"
_KEY_NEXT = rf"\s*(?:{_QUOTE}[^\"“”＂\n]{{1,40}}{_QUOTE}|\w{{1,40}})\s*[:：]"
# What follows the quote that really ends a text, by what the text is.
_AFTER = {
    "key": re.compile(r"\s*[:：]"),
    "value": re.compile(rf"\s*(?:[}}｝]|\Z|[,，;]\s*(?:[}}｝]|\Z|//|/\*)|[,，;]{_KEY_NEXT}|\s*\n{_KEY_NEXT})"),
    "item": re.compile(
        rf"\s*(?:[\]］]|\Z|[,，;、]\s*(?:[\]］\[［{{｛]|\Z|//|/\*|{_QUOTE})|\n\s*{_QUOTE})"
    ),
}  # fmt: skip


class UnreadableError(ValueError):
    """A text is not JSON, not even nearly; the message is Chinese and says where."""


def documents(text: str, wanted: Callable[[Any], bool]) -> list[Any]:
    """Return the wanted objects and lists in `text` in order, none of them inside another.

    :raises UnreadableError: there is none
    """
    found: list[Any] = []
    trouble, at = "", 0
    for _ in range(read("chat_copy")["most_documents"]):
        start = _START.search(text, at)
        if not start:
            break
        at = start.end()
        try:
            value, end = _strict(text, start.start()) or _value(text, start.start(), "value", 0)
        except UnreadableError as error:
            trouble = trouble or str(error)
            continue
        if wanted(value):
            found.append(value)
            at = end
    if not found:
        raise UnreadableError(trouble or "里面没有要的那个 JSON 对象")
    return found


def finished_objects(text: str, at: int, wanted: Callable[[Any], bool]) -> tuple[list[Any], int]:
    """Return the wanted objects that are whole in the first list of an unfinished `{"…": [{…}, {…`, and where to go on.

    `at` is 0, then what the call before returned.
    """
    opening = _LIST.search(text)
    if opening is None:
        return [], 0
    found, at = list[Any](), max(at, opening.end())
    while (start := text.find("{", at)) >= 0 and (one := _strict(text, start)):
        found += [one[0]] if wanted(one[0]) else []
        at = one[1]
    return found, at


def complete(text: str) -> bool:
    """Say whether `text` ends with a whole, strictly written JSON object, but for a code fence."""
    start = _START.search(text)
    found = _strict(text, start.start()) if start else None
    return found is not None and not text[found[1] :].strip("` \n")


def _strict(text: str, at: int) -> tuple[Any, int] | None:
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, at)
    except (ValueError, RecursionError):
        return None


def _value(text: str, at: int, role: str, depth: int) -> tuple[Any, int]:
    at = _skip(text, at)
    mark = text[at : at + 1]
    if depth > _DEPTH:
        raise _trouble(text, at, "套得太深")
    if mark and mark in "{｛":
        return _object(text, at + 1, depth)
    if mark and mark in "[［":
        return _array(text, at + 1, depth)
    if mark in _CLOSERS:
        return _string(text, at, role)
    bare = _BARE.match(text, at)
    if not bare:
        raise _trouble(text, at, "这里缺一个值" if mark else "没有写完")
    return _plain(bare[0].strip()), bare.end()


def _object(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while True:
        at = _skip(text, at, ",，;；")
        mark = text[at : at + 1]
        if not mark:
            raise _trouble(text, at, "没有写完")
        if mark in "}｝":
            return found, at + 1
        key, at = _key(text, at)
        at = _skip(text, at)
        if text[at : at + 1] not in (":", "："):
            raise _trouble(text, at, "键后面缺冒号")
        found[key], at = _value(text, at + 1, "value", depth + 1)


def _array(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    while True:
        at = _skip(text, at, ",，;；、")
        mark = text[at : at + 1]
        if not mark:
            raise _trouble(text, at, "没有写完")
        if mark in "]］":
            return found, at + 1
        item, at = _value(text, at, "item", depth + 1)
        found.append(item)


def _key(text: str, at: int) -> tuple[str, int]:
    if text[at] in _CLOSERS:
        return _string(text, at, "key")
    bare = _BARE_KEY.match(text, at)
    if not bare:
        raise _trouble(text, at, "这里缺一个键")
    return bare[0], bare.end()


def _string(text: str, at: int, role: str) -> tuple[str, int]:
    """The text that opens at `at`. A quote ends it only before what may follow there: models forget to escape."""
    closers, pieces, start = _CLOSERS[text[at]], [], at
    at += 1
    while at < min(len(text), start + _LONGEST):
        mark = text[at]
        if mark == "\\":
            piece, at = _escape(text, at + 1)
            pieces.append(piece)
        elif mark in closers and _AFTER[role].match(text, at + 1):
            return "".join(pieces), at + 1
        else:
            pieces.append(mark)
            at += 1
    raise _trouble(text, start, "引号没有配对")


def _escape(text: str, at: int) -> tuple[str, int]:
    mark = text[at : at + 1]
    code = re.compile(r"[0-9a-fA-F]{4}").match(text, at + 1) if mark == "u" else None
    if code:
        return chr(int(code[0], 16)), code.end()
    return _ESCAPES.get(mark, mark), at + 1


def _plain(word: str) -> Any:
    """A word without quotes: a number, true, null, or the text itself."""
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    return int(word) if re.fullmatch(r"-?\d{1,15}", word) else word


def _skip(text: str, at: int, marks: str = "") -> int:
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if not text[at : at + 1] or text[at] not in marks:
            return at
        at += 1


def _trouble(text: str, at: int, what: str) -> UnreadableError:
    line = text.count("\n", 0, at) + 1
    near = " ".join(text[max(0, at - 12) : at].split())
    return UnreadableError(f"第 {line} 行“{near}”之后{what}" if near else f"第 {line} 行{what}")
