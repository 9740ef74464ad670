"""A passage → the units an answer is made of: sentences, list items, table rows, each an exact span."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from copilot.chunking import Piece, pieces
from copilot.knowledge import read
from copilot.types import Passage

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(\*\*|__|~~|`)(.+?)\1")
_TAG = re.compile(r"</?[a-zA-Z][^>]{0,200}>")
_BULLET = re.compile(r"^\s*[-*+•·●]\s*(?=\S)")
_CELL_RULE = re.compile(r"^[\s|:-]+$")


@dataclass(frozen=True, slots=True)
class Unit:
    """One candidate for an answer: span `start:end` in the text of passage number `passage` (0 = first)."""

    passage: int
    start: int
    end: int
    kind: str  # sentence, item, row, code
    plain: str  # as shown: without Markdown
    leads: bool  # announces the units behind it
    dependent: bool  # hangs on the unit before it
    aside: bool  # an example


def units_of(passage: int, text: str, header: str = "") -> list[Unit]:
    """Return the units of a passage's text in order; pointers to other articles are left out.

    A sentence cut at a semicolon is put together again: as an answer it must be whole.
    """
    rules = read("answers")
    units = []
    for piece in _whole_sentences(pieces(text), text):
        raw = text[piece.start : piece.end]
        shown = row_text(raw, piece.context or header) if piece.kind == "row" else plain(raw)
        if not shown or _pointer().match(raw.strip()):
            continue
        aside = shown.startswith(tuple(rules["aside_openings"]))
        dependent = piece.kind == "sentence" and shown.startswith(tuple(rules["dependent_openings"]))
        units.append(Unit(passage, piece.start, piece.end, piece.kind, shown, piece.leads, dependent, aside))
    return units


def _whole_sentences(parts: list[Piece], text: str) -> list[Piece]:
    whole: list[Piece] = []
    for part in parts:
        last = whole[-1] if whole else None
        if last and last.kind == part.kind == "sentence" and text[last.end - 1] in "；;":
            whole[-1] = Piece(last.start, part.end, "sentence", leads=part.leads)
        else:
            whole.append(part)
    return whole


def all_units(passages: Sequence[Passage], contexts: Sequence[str] = ()) -> list[Unit]:
    """Return the units of all passages in order; `contexts` are the header rows of tables that they continue."""
    headers = [*contexts, *("" for _ in passages)]
    return [unit for i, passage in enumerate(passages) for unit in units_of(i, passage.text, headers[i])]


def plain(markdown: str) -> str:
    """Return a line of Markdown as a reader sees it: no marks of emphasis, links as their text,
    one line; a bullet becomes `- `."""
    text = _LINK.sub(r"\1", markdown)
    text = _EMPHASIS.sub(r"\2", _TAG.sub("", text))
    return re.sub(r"\s*\n\s*", " ", _BULLET.sub("- ", text)).strip()


def row_text(row: str, header: str) -> str:
    """Return a table row as `column：cell；column：cell`; a header row or its rule gives ''."""
    lines = [line for line in row.splitlines() if not _CELL_RULE.match(line)]
    if len(lines) != 1 or lines[0].strip() == header.strip() or "\n" in row.strip():
        return ""
    cells, names = _cells(lines[0]), _cells(header)
    if len(cells) == len(names):
        return "；".join(f"{name}：{cell}" for name, cell in zip(names, cells, strict=True) if cell) + "。"
    return "；".join(cell for cell in cells if cell) + "。"


def _cells(row: str) -> list[str]:
    cells = re.split(r"(?<!\\)\|", row.strip().strip("|"))
    return [plain(cell.replace("\\|", "|").replace("<br>", " ")).rstrip("。") for cell in cells]


@cache
def _pointer() -> re.Pattern[str]:
    return re.compile(read("answers")["pointer"])
