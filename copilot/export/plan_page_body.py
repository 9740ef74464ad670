"""Bodies of a plan's sections → HTML: headings, lists, tables that scroll within themselves, marks, citations.

Whatever a user wrote is escaped; nothing in a body is taken for markup but what `plan_parts` takes apart.
"""

import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from copilot.export.plan_parts import Block, blocks_of, line, pieces
from copilot.plans import PlanSection

_NUMBER = re.compile(r"[+−-]?[\d,]+(?:\.\d+)?%?|—?")
_NARROW, _WIDE = 18, 36  # width up to which a column stays on one line, and from which it needs room; 2 a Chinese sign
_GROUNDS = "依据"  # the column that says what a row rests on
_LONG = re.compile(r"[!-~]{24}")  # of a word that would not fit a column
_BREAK = "\u200b"


_CHARTS = {  # of a section: each before the first table under a heading with these words in it
    "schedule": {"gantt": ""}, "path": {"funnel": ""}, "budget": {"budget": "", "sensitivity": "20%"},
}  # fmt: skip


class Cites(NamedTuple):
    """The citations of a plan: which numbers there are, and how often each was met, for the links back."""

    known: frozenset[int]
    met: Counter[int]


def body_html(section: PlanSection, cites: Cites, charts: Mapping[str, str]) -> str:
    """Return a section's body with its charts in their places."""
    own = {name: under for name, under in _CHARTS.get(section.id, {}).items() if name in charts}
    placed = [(under, charts[name]) for name, under in own.items()]
    return blocks_html(blocks_of(section.body), cites, section.title, placed)


def blocks_html(blocks: Sequence[Block], cites: Cites, name: str, charts: Sequence[tuple[str, str]] = ()) -> str:
    """Return blocks; `name` is what their tables are called, `charts` are (words of the heading, chart).

    A chart whose table is missing stands at the end.
    """
    found: list[str] = []
    waiting = list(charts)
    head = ""
    for bullet, some in groupby(blocks, key=lambda block: block.kind == "bullet"):
        if bullet:
            found.append(f"<ul>{''.join(f'<li>{inline(block.text, cites)}</li>' for block in some)}</ul>")
            continue
        for block in some:
            if block.kind == "head":
                head = block.text
                found.append(f"<h3>{inline(head, cites)}</h3>")
            elif block.kind == "text":
                found.append(f"<p>{inline(block.text, cites)}</p>")
            else:
                due = [chart for chart in waiting if chart[0] in head]
                waiting = [chart for chart in waiting if chart not in due]
                called = " · ".join(part for part in (name, head) if part)
                found += [*(chart for _, chart in due), table_html(block.rows, cites, called)]
    return "\n".join([*found, *(chart for _, chart in waiting)])


def table_html(rows: Sequence[Sequence[str]], cites: Cites, name: str) -> str:
    """Return a table that scrolls within itself; `rows` begin with the header, the first column heads the rows."""
    wide = max(map(len, rows))  # a bar in a text would make a row longer than its header
    head, *rest = [[*row, *[""] * (wide - len(row))] for row in rows]
    styles = [_style([row[n] for row in rest], title) for n, title in enumerate(head)]
    grounds = head.index(_GROUNDS) if _GROUNDS in head else -1
    top = "".join(f'<th scope="col"{style}>{text(cell)}</th>' for cell, style in zip(head, styles, strict=True))
    lines = "".join(_row(row, styles, cites, grounds) for row in rest)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{text(name)}"><table>'
        f"<thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def inline(source: str, cites: Cites) -> str:
    """Return a sentence with its marks of basis and its citations as links; a number without a quote is text."""
    found = []
    for kind, piece in pieces(line(source)):
        if kind == "mark":
            found.append(mark(piece.strip("（）"), hidden="（）"))
        elif kind == "cite" and int(piece[1:-1]) in cites.known:
            found.append(_cite(int(piece[1:-1]), cites))
        else:
            found.append(html.escape(_LONG.sub(rf"\g<0>{_BREAK}", piece)).replace(_BREAK, "<wbr>"))
    return "".join(found)


def mark(words: str, hidden: str = "") -> str:
    """Return the mark of a basis; the brackets are there for who copies the text, and not seen."""
    before, after = (f"<i>{one}</i>" for one in hidden) if hidden else ("", "")
    kind = "assumed" if "假设" in words else "given"
    return f'<span class="mark {kind}">{before}{text(words)}{after}</span>'


def text(source: str) -> str:
    """Return a text on one line that HTML shows as it is, in attributes too."""
    return html.escape(line(source))


def _row(row: Sequence[str], styles: Sequence[str], cites: Cites, grounds: int) -> str:
    cells = []
    for n, (cell, style) in enumerate(zip(row, styles, strict=True)):
        shown = inline(cell, cites)
        if n == grounds and cell and not cell.startswith("["):
            shown = mark(cell)
        elif cell.startswith("未核实"):
            shown = f'<span class="open">{shown}</span>'
        cells.append(f"<td{style}>{shown}</td>" if n else f'<th scope="row"{style}>{shown}</th>')
    total = ' class="total"' if row[0] == "合计" else ""
    return f"<tr{total}>{''.join(cells)}</tr>"


def _style(cells: Sequence[str], title: str) -> str:
    """Return the class of a column: figures to the right, short texts on one line, long ones with room."""
    if any(cells) and all(_NUMBER.fullmatch(cell) for cell in cells):
        return ' class="number"'
    if not any(cells):
        return ' class="blank"'  # to be filled in, by hand too
    longest = max(map(_width, (title, *cells)))
    return f' class="{"short" if longest <= _NARROW else "long" if longest >= _WIDE else "middle"}"'


def _width(cell: str) -> int:
    return sum(1 if character < "\u0300" else 2 for character in cell)


def _cite(n: int, cites: Cites) -> str:
    cites.met[n] += 1
    return f'<a class="cite" id="r{n}-{cites.met[n]}" href="#q{n}" aria-label="引用 {n}">[{n}]</a>'
