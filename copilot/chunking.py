"""Normalised text → chunks: exact slices of about 300 characters with their heading path.

A chunk never ends inside a sentence, a table row or a list item, and never spans two sections.
"""

import re
from dataclasses import dataclass

from copilot.text import sentence_spans
from copilot.types import Chunk

VERSION = 1  # Bump when the same text would be cut differently: libraries are then rebuilt.
TARGET = 300  # characters a chunk aims at
WHOLE = 420  # a section up to this long stays one chunk
LONGEST = 2000  # a "sentence" beyond this (minified data, no punctuation at all) is cut at a comma or a space

_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
# Headings of plain Chinese documents: 第一章 …, 一、…, （一）…; short and without an end mark.
_NUMBERED = re.compile(r"(?:(第[一二三四五六七八九十百\d]{1,4}[章节篇部])|([一二三四五六七八九十]{1,3}、)|(（[一二三四五六七八九十]{1,3}）))[^。！？；]{1,24}$")
_ITEM = re.compile(r"[ \t]*(?:[-*+•·●]|\d{1,3}[.)、．]|[（(]\d{1,2}[）)]|[a-zA-Z][.)、]|[①-⑳])[ \t]*(?=\S)")
_RULE = re.compile(r"[ \t]*(?:[-*_=][ \t]*){3,}$")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t:|-]*-[ \t:|-]*$")
_FENCE = re.compile(r"[ \t]*(```|~~~)")
_SOFT_CUT = re.compile(r"[，,、\s]")


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int  # without the newline
    text: str


@dataclass(slots=True)
class Piece:
    """What is never cut: a `sentence`, an `item` of a list, a `row` of a table, a `code` block."""

    start: int
    end: int
    kind: str
    context: str = ""  # a row's header row
    leads: bool = False  # announces what follows (ends with a colon, is a header row): never last in a chunk


def pieces(text: str) -> list[Piece]:
    """Return the pieces of a text, or of a chunk's text, in order; headings are left out."""
    return [piece for kind, _, block in _blocks(_lines(text)) if kind != "heading" for piece in _pieces(text, kind, block)]


def chunk_text(text: str) -> list[Chunk]:
    """Return the chunks of a normalised `text`, in order, covering every character that carries content.

    Front matter, headings and horizontal rules are not in chunks (headings are in `section`), unless a
    heading has nothing below it: then it is content.
    """
    chunks: list[Chunk] = []
    path: list[tuple[int, str]] = []
    group: list[Piece] = []
    lines = _lines(text)
    for kind, level, block in _blocks(lines):
        if kind == "heading":
            chunks += _pack(group, _section(path))
            group = []
            path = [(depth, name) for depth, name in path if depth < level] + [(level, heading_name(block[0].text))]
        else:
            group += _pieces(text, kind, block)
    return chunks + _pack(group, _section(path))


def heading_name(line: str) -> str:
    """Return the words of a heading line, without marks of emphasis."""
    match = _HEADING.match(line.strip())
    return re.sub(r"[*_`]{1,3}(\S(?:.*?\S)?)[*_`]{1,3}", r"\1", match[2] if match else line.strip())


def body_start(text: str) -> int:
    """Return where the text behind YAML front matter begins; 0 when there is none."""
    if text.startswith("---\n") and (end := text.find("\n---", 3)) > 0:
        after = text.find("\n", end + 4)
        return len(text) if after < 0 else after + 1
    return 0


def _lines(text: str) -> list[_Line]:
    lines, here = [], body_start(text)
    while here < len(text):
        end = text.find("\n", here)
        end = len(text) if end < 0 else end
        lines.append(_Line(here, end, text[here:end]))
        here = end + 1
    return lines


def _blocks(lines: list[_Line]) -> list[tuple[str, int, list[_Line]]]:
    """Group lines into `(kind, heading level, lines)`; kinds: heading, item, table, code, prose."""
    blocks: list[tuple[str, int, list[_Line]]] = []
    open_kind = ""
    fence = ""
    for line in lines:
        if fence:
            blocks[-1][2].append(line)
            fence = "" if line.text.strip().startswith(fence) else fence
            open_kind = ""
            continue
        if not line.text.strip():
            open_kind = ""
            continue
        before = blocks[-1][2][-1].text.rstrip() if blocks else ""
        kind, level = _kind(line, open_kind, before)
        if match := _FENCE.match(line.text):
            kind, fence = "code", match[1]
        if kind == "rule":
            open_kind = ""
        elif kind == open_kind and kind in ("table", "prose") or (kind == "continuation"):
            blocks[-1][2].append(line)
        else:
            blocks.append((kind, level, [line]))
            open_kind = kind
    return _with_empty_headings(blocks)


def _kind(line: _Line, open_kind: str, before: str) -> tuple[str, int]:
    text = line.text
    stripped = text.strip()
    if match := _HEADING.match(text):
        return "heading", len(match[1])
    if stripped.startswith("|") and stripped.count("|") > 1:
        return "table", 0
    if _RULE.match(text):
        return "rule", 0
    if match := _NUMBERED.match(stripped):
        return "heading", 7 + (0 if match[1] else 1 if match[2] else 2)
    if _ITEM.match(text):
        return "item", 0
    # An item goes on over indented lines, and over any line while its last one has no end mark.
    if open_kind == "item" and (text[0] in " \t" or before[-1] not in "。！？；：.!?;:…"):
        return "continuation", 0
    return "prose", 0


def _with_empty_headings(blocks: list[tuple[str, int, list[_Line]]]) -> list[tuple[str, int, list[_Line]]]:
    """Make headings that head nothing into prose, so that nothing a document says is lost.

    A heading directly followed by a deeper one lives on in that one's path and stays a heading.
    """
    out = []
    for i, (kind, level, lines) in enumerate(blocks):
        following = blocks[i + 1] if i + 1 < len(blocks) else None
        heads_nothing = following is None or (following[0] == "heading" and following[1] <= level)
        out.append(("prose", 0, lines) if kind == "heading" and heads_nothing else (kind, level, lines))
    return out


def _pieces(text: str, kind: str, block: list[_Line]) -> list[Piece]:
    start, end = block[0].start, block[-1].end
    if kind == "table":
        return _rows(block)
    if kind == "prose":
        spans = [s for span in sentence_spans(text, start, end) for s in _bounded(text, *span)]
        return [Piece(a, b, "sentence", leads=text[b - 1] in "：:") for a, b in spans]
    return [Piece(a, b, kind) for a, b in _bounded(text, start, end)]


def _rows(block: list[_Line]) -> list[Piece]:
    has_rule = len(block) > 1 and _TABLE_RULE.match(block[1].text)
    header = block[0].text.strip() if has_rule else ""
    if not header:
        return [Piece(line.start, line.end, "row") for line in block]
    body = [Piece(line.start, line.end, "row", context=header) for line in block[2:]]
    return [Piece(block[0].start, block[1].end, "row", leads=bool(body)), *body]


def _bounded(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a span beyond LONGEST at the last comma or space before the limit, else at the limit."""
    spans = []
    while end - start > LONGEST:
        cuts = [m.end() for m in _SOFT_CUT.finditer(text, start + LONGEST // 2, start + LONGEST)]
        cut = cuts[-1] if cuts else start + LONGEST
        spans.append((start, cut))
        start = cut
    return [*spans, (start, end)]


def _pack(pieces: list[Piece], section: str) -> list[Chunk]:
    """Pack the pieces of one section into chunks of nearly equal length around TARGET."""
    if not pieces:
        return []
    total = sum(p.end - p.start for p in pieces)
    goal = total if total <= WHOLE else total / max(2, round(total / TARGET))
    groups: list[list[Piece]] = [[]]
    for piece in pieces:
        group = groups[-1]
        # A piece that would stick out by more than half goes to the next chunk, so that chunks come out even.
        if group and (group[-1].end + piece.end) / 2 - group[0].start > goal and not group[-1].leads:
            groups.append([])
        groups[-1].append(piece)
    return [Chunk(g[0].start, g[-1].end, section, g[0].context) for g in groups]


def _section(path: list[tuple[int, str]]) -> str:
    return " › ".join(name for _, name in path)
