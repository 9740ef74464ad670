"""Rows of cells → a Markdown table."""

import re
from collections.abc import Iterable, Sequence

from copilot.errors import LoadError
from copilot.knowledge import read


def markdown_table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as a Markdown table, the first row as its header.

    Empty rows and columns are dropped. Leading rows of which only the first cell is filled (a caption over the
    columns) become paragraphs above it. Bars are escaped, line breaks become `<br>`.

    :raises LoadError: more cells than `max_table_cells`
    """
    table = _without_blanks(rows)
    above = []
    while len(table) > 1 and len(table[0]) > 1 and table[0][0] and not any(table[0][1:]):
        above.append("".join(table.pop(0)))
    if not table:
        return ""
    lines = ["| " + " | ".join(row) + " |" for row in map(_unbroken, table)]
    lines.insert(1, "| " + " | ".join(["---"] * len(table[0])) + " |")
    return "\n\n".join([*above, "\n".join(lines)])


def _without_blanks(rows: Iterable[Sequence[str]]) -> list[list[str]]:
    limit, looked_at = read("loading")["max_table_cells"], 0
    kept: list[dict[int, str]] = []
    used: set[int] = set()
    for row in rows:
        looked_at += len(row)
        if looked_at > limit:
            raise LoadError(f"表格超过 {limit} 个单元格", "删去空白的行列，或拆成几个文件后再添加")
        filled = {column: text for column, cell in enumerate(row) if (text := cell.strip())}
        if filled:
            kept.append(filled)
            used.update(filled)
    columns = sorted(used)
    return [[row.get(column, "") for column in columns] for row in kept]


def _unbroken(row: list[str]) -> list[str]:
    return [re.sub(r"\s*(?:\r\n|[\n\r\v\f\x85\u2028\u2029])\s*", "<br>", cell).replace("|", r"\|") for cell in row]
