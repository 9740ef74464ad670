"""Normalised text → chunks: exact slices of about 300 characters with their heading path.

A chunk never ends inside a sentence, a table row or a list item, and never spans two sections.
"""

import re
from dataclasses import dataclass

from copilot.text.sentences import sentence_spans, trimmed
from copilot.types import Chunk

VERSION = 2  # Bump when the same text would be cut differently: libraries are then rebuilt.
TARGET = 300  # characters a chunk aims at
WHOLE = 420  # a section up to this long stays one chunk
# Longer than this it is no sentence (speech to text, minified data) and is cut at commas or spaces; the longest
# of 27,800 sentences of the two development collections has 309 characters.
LONG_SENTENCE = 1000
LONGEST = 2000  # an item, a row or a code block beyond this is cut at its sentences
LONG_HEADING = 120  # a longer "heading" is a paragraph with a heading's style

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
# Headings of plain Chinese documents: 第一章 …, 一、…, （一）…; short and without an end mark.
_NUMBERED = re.compile(
    r"(?:(第[一二三四五六七八九十百\d]{1,4}[章节篇部])|([一二三四五六七八九十]{1,3}、)|(（[一二三四五六七八九十]{1,3}）))"
    r"[^。！？；]{1,24}$"
)
# "*重点*", "-5 度", "3.5 倍" and "e.g." begin no item; "1.打开" and "-打开" do, as people write them.
_ITEM = re.compile(
    r"[ \t]*(?:[*+](?=[ \t])|-(?![-\d])|[•·●]|\d{1,3}(?:[)、）]|[.．](?!\d))|[（(]\d{1,2}[）)]"
    r"|[a-zA-Z](?:[)、）]|[.．](?=[ \t]))|[①-⑳])[ \t]*(?=\S)"
)
_RULE = re.compile(r"[ \t]*(?:[-*_=][ \t]*){3,}$")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?=[\w-]+[ \t]*:)(?:(?![ \t]*\n).*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_EMPHASIS = re.compile(r"([*`]{1,3})(\S(?:.*?\S)?)\1|(?<!\w)(_{1,3})(\S(?:.*?\S)?)\3(?!\w)")
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


_Block = tuple[str, int, list[_Line]]  # kind (heading, item, table, code, prose), heading level, lines


def pieces(text: str) -> list[Piece]:
    """Return the pieces of a text, or of a chunk's text, in order; headings are left out."""
    return [
        piece for kind, _, block in _blocks(_lines(text)) if kind != "heading" for piece in _pieces(text, kind, block)
    ]


def chunk_text(text: str) -> list[Chunk]:
    """Return the chunks of a normalised `text`, in order, covering every character that carries content.

    Front matter, headings and horizontal rules are not in chunks (headings are in `section`), unless a
    heading has nothing below it: then it is content.
    """
    chunks: list[Chunk] = []
    path: list[tuple[int, str]] = []
    group: list[Piece] = []
    for kind, level, block in _blocks(_lines(text)):
        if kind == "heading":
            chunks += _pack(text, group, _section(path))
            group = []
            path = [(depth, name) for depth, name in path if depth < level] + [(level, heading_name(block[0].text))]
        else:
            group += _pieces(text, kind, block)
    return chunks + _pack(text, group, _section(path))


def heading_name(line: str) -> str:
    """Return the words of a heading line, without marks of emphasis."""
    match = _HEADING.match(line)
    name = (match[2] if match else line).strip()
    if match and (core := name.rstrip("#")).endswith((" ", "\t")):  # "# 拉新 #", but not "# C#"
        name = core.rstrip()
    return _EMPHASIS.sub(lambda mark: mark[2] or mark[4], name)


def body_start(text: str) -> int:
    """Return where the text behind YAML front matter begins; 0 when there is none."""
    match = _FRONT_MATTER.match(text)
    return match.end() if match else 0


def _lines(text: str) -> list[_Line]:
    lines, here = [], body_start(text)
    while here < len(text):
        end = text.find("\n", here)
        end = len(text) if end < 0 else end
        lines.append(_Line(here, end, text[here:end]))
        here = end + 1
    return lines


def _blocks(lines: list[_Line]) -> list[_Block]:
    """Group lines into blocks; blank lines and horizontal rules are in none."""
    blocks: list[_Block] = []
    open_kind = ""  # of the block that the next line may continue
    code_end = -1
    unclosed: set[str] = set()
    for number, line in enumerate(lines):
        if number <= code_end:
            blocks[-1][2].append(line)
            continue
        if not line.text.strip():
            open_kind = ""
            continue
        if (fence := _FENCE.match(line.text)) and fence[1] not in unclosed:
            code_end = _closing(lines, number, fence[1])
            if code_end > number:
                blocks.append(("code", 0, [line]))
                open_kind = ""
                continue
            unclosed.add(fence[1])  # to be read as prose, or a stray mark would swallow the rest
        before = blocks[-1][2][-1].text.rstrip() if open_kind else ""
        after = lines[number + 1].text if number + 1 < len(lines) else ""
        kind, level = _kind(line.text, open_kind, before, after)
        if kind == "rule":
            if open_kind == "prose" and len(blocks[-1][2]) == 1 and (underlined := _setext(before, line.text)):
                blocks[-1] = ("heading", underlined, blocks[-1][2])
            open_kind = ""
        elif (kind == open_kind and kind in ("table", "prose")) or kind == "continuation":
            blocks[-1][2].append(line)
        else:
            blocks.append((kind, level, [line]))
            open_kind = kind
    return _with_empty_headings(blocks)


def _closing(lines: list[_Line], opening: int, mark: str) -> int:
    """Return the number of the line that closes a code fence, -1 when none does."""
    for number in range(opening + 1, len(lines)):
        text = lines[number].text.strip()
        if text.startswith(mark) and not text.strip(mark[0]):
            return number
    return -1


def _kind(text: str, open_kind: str, before: str, after: str) -> tuple[str, int]:
    stripped = text.strip()
    if len(text) <= LONG_HEADING and (match := _HEADING.match(text)):
        return "heading", len(match[1])
    if stripped.startswith("|") and stripped.count("|") > 1:
        return "table", 0
    if "|" in text and (open_kind == "table" or _is_table_rule(after)):
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


def _is_table_rule(text: str) -> bool:
    return "|" in text and "-" in text and not text.strip("|:- \t")


def _setext(words: str, rule: str) -> int:
    """Return the level of a heading that is underlined with `===` or `---`, 0 when it is none."""
    if len(words) > LONG_HEADING or words[-1] in "。！？；：，.!?;:,…":
        return 0
    return {"=": 1, "-": 2}.get(rule.strip()[0], 0) if len(set(rule.strip())) == 1 else 0


def _with_empty_headings(blocks: list[_Block]) -> list[_Block]:
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
        return _rows(text, block)
    if kind == "prose":
        spans = [part for span in sentence_spans(text, start, end) for part in _sentence_parts(text, *span)]
        return [Piece(a, b, "sentence", leads=text[b - 1] in "：:") for a, b in spans]
    return [Piece(a, b, kind) for a, b in _parts(text, start, end)]


def _rows(text: str, block: list[_Line]) -> list[Piece]:
    has_rule = len(block) > 1 and _is_table_rule(block[1].text)
    header = block[0].text.strip()[:LONGEST] if has_rule else ""
    body = block[2:] if has_rule else block
    rows = [Piece(a, b, "row", context=header) for line in body for a, b in _parts(text, line.start, line.end)]
    return [Piece(block[0].start, block[1].end, "row", leads=bool(body)), *rows] if has_rule else rows


def _parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the span as it is, or its sentences when it is longer than LONGEST."""
    if end - start <= LONGEST:
        return [(start, end)]
    return [part for span in sentence_spans(text, start, end) for part in _sentence_parts(text, *span)]


def _sentence_parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the span as it is, or cut at the last comma or space before WHOLE when it is no sentence."""
    if end - start <= LONG_SENTENCE:
        return [(start, end)]
    parts = []
    while end - start > WHOLE:
        cuts = [match.end() for match in _SOFT_CUT.finditer(text, start + WHOLE // 2, start + WHOLE)]
        cut = cuts[-1] if cuts else start + WHOLE
        parts.append(trimmed(text, start, cut))
        start = cut
    return [(a, b) for a, b in [*parts, trimmed(text, start, end)] if a < b]


def _pack(text: str, pieces: list[Piece], section: str) -> list[Chunk]:
    """Pack the pieces of one section into chunks of nearly equal length around TARGET."""
    groups: list[list[Piece]] = []
    goal = 0.0
    for piece in pieces:
        group = groups[-1] if groups else []
        # A piece that would stick out by more than half goes to the next chunk, so that chunks come out even.
        full = not group or (group[-1].end + piece.end) / 2 - group[0].start > goal
        announced = group and group[-1].leads and group[-1].end - group[0].start <= 2 * goal
        if full and not announced:
            groups.append([])
            rest = pieces[-1].end - piece.start
            goal = rest if rest <= WHOLE else rest / max(2, round(rest / TARGET))
        groups[-1].append(piece)
    return [Chunk(*trimmed(text, g[0].start, g[-1].end), section, g[0].context) for g in groups]


def _section(path: list[tuple[int, str]]) -> str:
    return " › ".join(name for _, name in path)
