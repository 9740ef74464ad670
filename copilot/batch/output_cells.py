"""One line of the output as cells: the input's, what became of the row, the result's, the result as JSON."""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from copilot.batch.flat import Channels, flat_result

OURS = ("row", "key", "status", "error", "writer", "tokens")
ROWS = 1_048_575  # that a sheet of xlsx holds below its header
RESULT = "result"
# XML 1.0 knows none of these, and UTF-8 no half surrogate pairs; a reader shall see that something was there.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECODER = json.JSONDecoder()
_RESULT_KEY = re.compile(r'\{\s*"result":\s*')


class Line(NamedTuple):
    """One row of the output. `cells` are the input's, as long as its header or shorter.

    `body` is the text of a JSON object: "result" or "error", then "writer" and "tokens".
    """

    row: int
    key: str
    status: str  # "ok" or "failed"
    cells: Sequence[Any]
    body: str


class Shape(NamedTuple):
    """What the table is made of besides its lines: the input's columns, the results', the task, names of fields."""

    header: Sequence[str]
    columns: Sequence[str]
    task: str
    channels: Channels | None = None


def column_names(shape: Shape, more: Sequence[str] = ()) -> list[str]:
    """Return all columns of a table: the input's, ours, the results', the JSON with its continuations `more`.

    A column of the input that is called like one of the others is `status（原表）`; no name of ours stands twice.
    """
    ours = [*OURS, *shape.columns, RESULT, *more]
    taken = {*ours, *(name for name in map(cell_text, shape.header) if name not in ours)}
    names = []
    for name in map(cell_text, shape.header):
        if name in ours:
            own, number = f"{name}（原表）", 2
            while own in taken:
                own, number = f"{name}（原表 {number}）", number + 1
            taken.add(own)
            name = own
        names.append(name)
    return names + ours


def cells_of(line: Line, shape: Shape) -> list[str]:
    """Return the cells of a line in the order of `column_names`."""
    result, whole, rest = _parsed(line.body)
    flat = flat_result(shape.task, result, shape.channels) if result else {}
    width = len(shape.header)
    own = [*line.cells[:width], *[None] * (width - len(line.cells))]
    ours = [line.row, line.key, line.status, rest.get("error"), rest.get("writer"), rest.get("tokens")]
    return [cell_text(cell) for cell in (*own, *ours, *map(flat.get, shape.columns), whole)]


def _parsed(body: str) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Return the result, {} of a failed row, its JSON as it stands (to write it again takes 70 µs), the other keys."""
    begun = _RESULT_KEY.match(body)
    if begun is None:
        return {}, "", json.loads(body)
    result, end = _DECODER.raw_decode(body, begun.end())
    return result, body[begun.end() : end], json.loads("{" + body[end:].lstrip(" ,"))


def cell_text(value: Any) -> str:
    """Return a JSON value as the text of a cell, without characters that a cell cannot hold."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else _UNPRINTABLE.sub("\ufffd", text)
