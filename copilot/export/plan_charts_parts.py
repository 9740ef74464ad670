"""What all charts of a plan share: layout, axes, rows of bars with their text on them, labels.

Every label may hold a user's text, which plotly would read as markup: it goes through `shown`.
"""

import html
from collections.abc import Sequence
from typing import Any, NamedTuple

from copilot.export.plan_parts import line
from copilot.plans import plain

Figure = dict[str, Any]  # {"data": [trace], "layout": {…}}, as plotly.js takes it

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")  # Okabe & Ito 2008
GREY = "#777777"
HATCH = {"fillmode": "overlay", "solidity": 0.3, "fgcolor": "#ffffff", "fgopacity": 0.8, "size": 6}
_WRAP = 64  # width of a line in what is shown when one points at a bar; a Chinese sign has 2
_CLOSING = "，。、；：！？）”》%"  # begin no line
_TINT = "73"  # alpha in hex: at 45 % dark ink reads on every bar, and so does light ink on a dark page
_GRID = "rgba(128,128,128,.35)"  # seen on white and on black
_FONT = 'system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif'
_SHEET = 880  # pixels that rows may have together, so that a chart fits on one sheet of A4 with title and legend


class Row(NamedTuple):
    """A bar with its text: `place` counted in rows from the top, `left` and `right` what stands on it."""

    place: float
    value: Any
    left: str
    right: str
    hover: str
    colour: str


def laid(title: str, height: int, *, alt: str, note: str = "") -> Figure:
    """Return a layout; `meta` holds what the chart says in a sentence, and how it is to be read."""
    clear = "rgba(0,0,0,0)"  # the page's ground shows, light or dark
    return {
        "title": {"text": shown(title), "x": 0, "xanchor": "left", "font": {"size": 15}},
        "height": height, "font": {"family": _FONT, "size": 12, "color": "#222222"},
        "paper_bgcolor": clear, "plot_bgcolor": clear, "dragmode": False, "hovermode": "closest",
        "margin": {"l": 10, "r": 10, "t": 40, "b": 34},
        "hoverlabel": {"align": "left", "bgcolor": "#ffffff", "bordercolor": GREY, "font": {"color": "#222222"}},
        "meta": {"alt": line(alt), "note": line(note)},
    }  # fmt: skip


def axis(**more: Any) -> Figure:
    """Return an axis that a finger on a telephone does not move."""
    return {"fixedrange": True, "zeroline": False, "showgrid": False, "gridcolor": _GRID, "ticks": ""} | more


def legend(y: float, anchor: str) -> Figure:
    """Return a legend in a row, which hides nothing when it is touched."""
    return {
        "orientation": "h", "x": 0, "xanchor": "left", "y": y, "yanchor": anchor, "itemclick": False,
        "itemdoubleclick": False,
    }  # fmt: skip


def row_height(rows: int, most: int = 24) -> int:
    """Return pixels of a row; many rows are lower, so that they fit on a sheet."""
    return max(15, min(most, _SHEET // max(1, rows)))


def bars(rows: Sequence[Row], layout: Figure, scale: Figure) -> Figure:
    """Return rows of bars whose names and figures stand on them, so that they read at any width."""
    deep = max(row.place for row in rows) + 1
    layout |= {
        "height": round(deep * row_height(round(deep))) + 80, "showlegend": False,
        "xaxis": axis(showgrid=True, **scale),
        "yaxis": axis(range=[deep - 0.5, -0.5], showticklabels=False),
        "annotations": [text for row in rows for text in (label(row.place, row.left), label(row.place, row.right, 1))],
    }  # fmt: skip
    trace = {
        "type": "bar", "orientation": "h", "y": [row.place for row in rows], "x": [plain(row.value) for row in rows],
        "width": 0.86, "hoverinfo": "text", "hovertext": [wrapped(row.hover) for row in rows],
        "marker": {"color": [row.colour + _TINT for row in rows], "line": {"width": 0}},
    }  # fmt: skip
    return {"data": [trace], "layout": layout}


def label(place: float, text: str, side: int = 0) -> Figure:
    """Return a text in a row, at the left or (`side` 1) at the right edge; `text` is escaped already."""
    return {
        "x": side, "xref": "paper", "xanchor": "right" if side else "left", "xshift": -4 if side else 4,
        "y": place, "yref": "y", "yanchor": "middle", "showarrow": False, "text": text, "align": "left",
    }  # fmt: skip


def upright(x: Any, dash: str) -> Figure:
    """Return a line from top to bottom."""
    return {
        "type": "line", "xref": "x", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": GREY, "width": 1.5, "dash": dash},
    }  # fmt: skip


def shown(text: str) -> str:
    """Return a text for a label: plotly knows &lt; and &amp;, and would show &quot; as it stands."""
    return html.escape(line(text), quote=False)


def cut(text: str, most: int) -> str:
    """Return a text of at most so many characters, on one line."""
    whole = line(text)
    return whole if len(whole) <= most else whole[: most - 1] + "…"


def wrapped(*lines: str) -> str:
    """Return lines for what is shown when one points at a bar, escaped and broken, as plotly breaks none."""
    return "<br>".join(shown(part) for one in lines for part in _broken(line(one)))


def _broken(text: str) -> list[str]:
    parts, width = [""], 0
    for character in text:
        width += 1 if character < "\u0300" else 2  # a Chinese sign is twice as wide
        if width > _WRAP and character not in _CLOSING:
            parts, width = [*parts, ""], 2
        parts[-1] += character
    return [part for part in parts if part.strip()]
