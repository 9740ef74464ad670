"""Scores → one html page that needs nothing from outside: plotly.js stands in it, and a policy forbids the net.

A name is a user's text: escaped in the page, and in the chart too, where plotly reads <b> and <a> in labels.
"""

import html
from collections.abc import Sequence
from typing import Any

from copilot.arithmetic.kano import CATEGORIES, KanoFeature, KanoReport
from copilot.arithmetic.rice import RiceReport
from copilot.export.copy_parts import printable
from copilot.export.score_text import (
    KANO_METHOD,
    KANO_TITLE,
    RICE_METHOD,
    RICE_TITLE,
    Grid,
    category,
    failed_lines,
    kano_advice,
    kano_grid,
    kano_warnings,
    medians,
    number,
    rice_advice,
    rice_grid,
    score_word,
    swing_lines,
    unusable_lines,
)
from copilot.knowledge import read

# Okabe & Ito 2008: told apart by the colour-blind too
_COLOURS = {"M": "#D55E00", "O": "#0072B2", "A": "#009E73", "I": "#777777", "R": "#CC79A7", "Q": "#E69F00"}
_FIELDS = {"先做": "#009E73", "拆小再做": "#0072B2", "插空做": "#E69F00", "不做": "#777777", "": "#0072B2"}
_NAMED = 25  # points up to which names are written beside them; above it one points at them
_LABEL = 16  # characters of a name beside its point
_BUBBLE = (10, 44)  # pixels of the least and the greatest confidence
_REMOVED = ["sendChartToCloud"]  # would upload the figures; plotly.js 4 shows it unasked
_STYLE = """
body{font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#222;
margin:1.5rem auto;max-width:1100px;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:1.6rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
td,th{border:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}
th{background:#dde6f0;white-space:nowrap}
#picture{height:620px}.lead{background:#f3f6fa;padding:.6rem 1.4rem;border-left:4px solid #0072B2}
"""
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


def kano_html(report: KanoReport) -> bytes:
    """Return the page with the Better–Worse picture."""
    sections = [
        ("提醒", _list(kano_warnings(report))),
        ("算法和读法", _list([*KANO_METHOD, *report.notes])),
        ("没有计入的答案", _list(unusable_lines(report))),
    ]
    return _page(KANO_TITLE, kano_advice(report), kano_grid(report), kano_figure(report), sections)


def rice_html(report: RiceReport) -> bytes:
    """Return the page with the picture of value and cost."""
    sections = [
        (f"动一格（±{report.swing:.0%}）就变的名次", _list(swing_lines(report))),
        ("算法和读法", _list([report.formula, RICE_METHOD, *report.notes])),
        ("没有打分的行", _list(failed_lines(report))),
    ]
    figure = rice_figure(report) if report.items else None
    title = f"{RICE_TITLE}（{score_word(report)}）"
    return _page(title, rice_advice(report), rice_grid(report), figure, sections)


def _page(title: str, advice: Sequence[str], grid: Grid, figure: Any, sections: Sequence[tuple[str, str]]) -> bytes:
    parts = [
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>",
        f'<h1>{_text(title)}</h1><div class="lead">{_list(advice)}</div>',
        _chart(figure) if figure is not None else "",
        f'<div class="wide">{_table(grid)}</div>',
        *(f"<h2>{_text(name)}</h2>{body}" for name, body in sections if body),
        "</body></html>\n",
    ]
    return "\n".join(parts).encode()


def _chart(figure: Any) -> str:
    from plotly.io import to_html

    config = {"displaylogo": False, "responsive": True, "modeBarButtonsToRemove": _REMOVED}
    return str(
        to_html(figure, config, include_plotlyjs=True, full_html=False, div_id="picture", default_height="620px")
    )


def kano_figure(report: KanoReport) -> Any:
    """Return the Better–Worse picture as a figure of plotly; names are escaped in it."""
    import plotly.graph_objects as go

    placed = [f for f in report.features if f.better is not None]
    mode = "markers+text" if len(placed) <= _NAMED else "markers"
    figure = go.Figure()
    for letter in CATEGORIES:
        some = [f for f in placed if f.category == letter]
        if not some:
            continue
        figure.add_scatter(
            x=[f.better for f in some],
            y=[-(f.worse or 0) for f in some],
            error_x=_bars([(f.better, f.better_low, f.better_high) for f in some]),
            error_y=_bars([(-(f.worse or 0), -(f.worse_high or 0), -(f.worse_low or 0)) for f in some]),
            mode=mode,
            text=[_label(f.name) for f in some],
            textposition="top center",
            hovertext=[f"{_shown(f.name)}<br>{category(f)} · n={f.n}" for f in some],
            hoverinfo="text+x+y",
            marker={"size": 12, "color": _COLOURS[letter], "symbol": [_symbol(f) for f in some]},
            name=category(some[0]),
        )
    names = read("voice/score")["kano"]["categories"]
    fields = {(0.99, 0.99): names["O"], (0.01, 0.99): names["M"], (0.01, 0.01): names["I"], (0.99, 0.01): names["A"]}
    _finish(figure, report.lines["better"], report.lines["worse"], fields)
    figure.update_xaxes(title="Better（有了更满意）", range=[-0.04, 1.04])
    figure.update_yaxes(title="Worse 的绝对值（没有会不满）", range=[-0.04, 1.04])
    figure.update_layout(title="Better–Worse（空心：不确定；线段：95% 区间；虚线：平均）")
    return figure


def rice_figure(report: RiceReport) -> Any:
    """Return the picture of value and cost as a figure of plotly; there is at least one scored row."""
    import plotly.graph_objects as go

    sure = [item.inputs.get("confidence", {"value": 1.0})["value"] for item in report.items]
    sizes = _sizes(sure)
    mode = "markers+text" if len(report.items) <= _NAMED else "markers"
    figure = go.Figure()
    for field, colour in _FIELDS.items():
        some = [(item, size) for item, size in zip(report.items, sizes, strict=True) if item.quadrant == field]
        if not some:
            continue
        hover = [
            f"{_shown(i.name)}<br>第 {i.rank} · {score_word(report)} {number(i.score)}"
            f"（{number(i.score_low)}–{number(i.score_high)}）"
            for i, _ in some
        ]
        figure.add_scatter(
            x=[item.cost for item, _ in some],
            y=[item.value for item, _ in some],
            mode=mode,
            text=[_label(item.name) for item, _ in some],
            textposition="top center",
            hovertext=hover,
            hoverinfo="text+x+y",
            marker={"size": [size for _, size in some], "color": colour, "opacity": 0.7},
            name=field or "需求",
        )
    cost, value = medians(report)
    fields = {(0.99, 0.99): "拆小再做", (0.01, 0.99): "先做", (0.01, 0.01): "插空做", (0.99, 0.01): "不做"}
    _finish(figure, cost, value, fields)
    across, up, size = _axes(report)
    figure.update_xaxes(title=across, range=[0, _room(max(item.cost for item in report.items))])
    figure.update_yaxes(title=up, range=[0, _room(max(item.value for item in report.items))])
    figure.update_layout(title=f"价值和成本（{size}虚线：中位数）")
    return figure


def _axes(report: RiceReport) -> tuple[str, str, str]:
    unit = report.units.get("effort", "")
    size = "圆越大越有把握；"
    if report.method == "rice":
        return f"投入（{unit}）", "触达 × 影响", size
    if report.method == "roi":
        return "研发 + 运营 + 维护", "人次 × 单次节省 × 频率 × 采用率", ""
    return (f"投入（{unit}）" if report.method == "ice-effort" else "成本（10 − 容易程度）"), "影响", size


def _finish(figure: Any, x: float, y: float, fields: dict[tuple[float, float], str]) -> None:
    figure.add_vline(x=x, line={"dash": "dash", "color": "#999", "width": 1})
    figure.add_hline(y=y, line={"dash": "dash", "color": "#999", "width": 1})
    for (across, up), word in fields.items():
        figure.add_annotation(
            x=across, y=up, xref="paper", yref="paper", text=word, showarrow=False, font={"color": "#999", "size": 14},
            xanchor="right" if across > 0.5 else "left", yanchor="top" if up > 0.5 else "bottom",
        )  # fmt: skip
    figure.update_layout(template="plotly_white", margin={"l": 60, "r": 20, "t": 60, "b": 60})


def _bars(values: Sequence[tuple[Any, Any, Any]]) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - middle for middle, _, high in values],
        "arrayminus": [middle - low for middle, low, _ in values],
        "thickness": 1,
        "width": 0,
        "color": "rgba(120,120,120,.35)",
    }


def _room(value: float) -> float:
    """Return where an axis ends, so that the names of the fields stand above the greatest point."""
    return value * 1.2 if value > 0 else 1.0


def _sizes(values: Sequence[float]) -> list[float]:
    low, high = min(values), max(values)
    least, most = _BUBBLE
    return [least + (most - least) * ((v - low) / (high - low) if high > low else 0.5) for v in values]


def _label(name: str) -> str:
    short = " ".join(name.split())
    return _shown(short if len(short) <= _LABEL else short[:_LABEL] + "…")


def _symbol(feature: KanoFeature) -> str:
    return "circle" if feature.certain else "circle-open"


def _shown(text: str) -> str:
    """Return a text for a label: plotly knows &lt; and &amp;, and would show &quot; as it stands."""
    return html.escape(printable(text), quote=False)


def _text(text: str) -> str:
    return html.escape(printable(text))


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{_text(line)}</li>' for line in lines)}</ul>" if lines else ""


def _table(grid: Grid) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in grid.header)
    body = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in grid.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
