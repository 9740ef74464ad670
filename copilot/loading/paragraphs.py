"""Lines with their places on a page → paragraphs and headings. Knows geometry, nothing of pdf."""

import itertools
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

# A line that begins an entry of its own whatever stands before it.
_ENTRY = re.compile(
    r"[•●▪◦·■□◆○➢✓\-–*]\s|[•●▪◦■□◆○➢]|\d{1,3}[.、)）](?!\d)|[（(][\d一二三四五六七八九十]{1,3}[)）]"
    r"|[一二三四五六七八九十]{1,3}、|第[\d一二三四五六七八九十百]{1,4}[章节条篇部]"
)
_BULLET = re.compile(r"[•●▪◦·■□◆○➢✓]\s*")
_WIDE_END = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—]$")
_WIDE_START = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—]")
_SENTENCE_END = re.compile(r"[。！？!?；;：:.…][”’」』）)\"]*$")
_HEADING_SIZE = 1.15  # times the body's size; Word's smallest heading above 10.5-point text is 12 point
_HEADING_LENGTH = 60  # characters


class Line(NamedTuple):
    """A line of text; coordinates in points, y upward, `size` the height of its letters."""

    text: str
    page: int
    page_width: float
    x0: float
    x1: float
    y0: float
    y1: float
    size: float

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


def join_lines(items: Sequence[Line | str]) -> str:
    """Return Markdown: lines broken by the page's width rejoined, large short ones as headings, strings as they are."""
    lines = [item for item in items if isinstance(item, Line)]
    levels, gap, margins = _heading_levels(lines), _usual_gap(lines), _margins(lines)
    blocks: list[str] = []
    previous: Line | None = None
    for item in items:
        if isinstance(item, str):
            blocks.append(item)
            previous = None
        elif previous is not None and _continues(previous, item, gap, margins):
            blocks[-1] += _glue(blocks[-1], item.text) + item.text
            previous = item
        else:
            level = levels.get(item.size, 0) if len(item.text) <= _HEADING_LENGTH else 0
            blocks.append(
                "#" * level + " " * bool(level) + _BULLET.sub("- ", item.text, count=1)
                if _BULLET.match(item.text) or level
                else item.text
            )
            previous = item
    return _spaced(blocks)


def _spaced(blocks: list[str]) -> str:
    text = ""
    for before, block in zip(["", *blocks], blocks, strict=False):
        text += ("\n" if before.startswith("- ") and block.startswith("- ") else "\n\n" if text else "") + block
    return text


def _heading_levels(lines: list[Line]) -> dict[float, int]:
    """Return size → level 1…3 for the sizes clearly above the one that most characters have."""
    amounts: Counter[float] = Counter()
    for line in lines:
        amounts[line.size] += len(line.text)
    if not amounts:
        return {}
    body = amounts.most_common(1)[0][0]
    large = sorted((size for size in amounts if size >= body * _HEADING_SIZE), reverse=True)
    return {size: min(rank, 3) for rank, size in enumerate(large, 1)}


def _usual_gap(lines: list[Line]) -> float:
    """Return the median distance between baselines, in letter heights, of lines that follow each other."""
    steps = [
        (before.y0 - after.y0) / before.size
        for before, after in itertools.pairwise(lines)
        if before.page == after.page and before.size == after.size and 0 < before.y0 - after.y0 < 3 * before.size
    ]
    return statistics.median(steps) if steps else 1.5


def _margins(lines: list[Line]) -> dict[tuple[int, int], tuple[float, float]]:
    """Return (page, column) → (left, right); a column is told by where its lines begin, to an eighth of the width."""
    edges: dict[tuple[int, int], tuple[float, float]] = {}
    for line in lines:
        key = _column(line)
        left, right = edges.get(key, (line.x0, line.x1))
        edges[key] = min(left, line.x0), max(right, line.x1)
    return edges


def _column(line: Line) -> tuple[int, int]:
    return line.page, int(line.x0 * 2 / max(line.page_width, 1))  # left or right half


def _continues(before: Line, after: Line, gap: float, margins: dict[tuple[int, int], tuple[float, float]]) -> bool:
    if abs(before.size - after.size) > 0.1 * before.size or _ENTRY.match(after.text):
        return False
    left, right = margins[_column(before)]
    short = right - before.x1
    wide = bool(_WIDE_END.search(before.text))
    if short > before.size * (2 if wide else 5) or len(before.text) < 12:
        return False
    same_column = _column(before) == _column(after)
    if same_column and (before.y0 - after.y0) / before.size > max(gap * 1.35, gap + 0.3):
        return False
    if not same_column and _SENTENCE_END.search(before.text):
        return False
    return after.x0 - margins[_column(after)][0] < 1.5 * after.size or before.x0 - left >= 1.5 * before.size


def _glue(before: str, after: str) -> str:
    if _WIDE_END.search(before) or _WIDE_START.match(after) or before.endswith("-"):
        return ""
    return " "
