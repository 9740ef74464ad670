"""`VoiceReport` → one html page that needs nothing from outside: plotly.js stands in it, and a policy forbids the net.

Whatever a user wrote is escaped, in the page and in labels of charts, where plotly reads <b> and <a>.
"""

import html
from collections import Counter
from collections.abc import Sequence
from typing import Any

from copilot.diagnosis import Cluster, VoiceReport
from copilot.export.copy_parts import printable
from copilot.export.diagnosis import sections_of
from copilot.export.voice_parts import (
    PAGES,
    SHOWN,
    TITLE,
    chart_name,
    cluster_grid,
    kind_counts,
    kinds_told,
    method_lines,
    score_told,
    summary_lines,
    trend_series,
    value_points,
)
from copilot.knowledge import read

_COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#777777"]  # Okabe & Ito 2008
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
_CONFIG = {"displaylogo": False, "responsive": True, "displayModeBar": False}  # the bar offers to upload
_BUBBLE = (10, 44)  # pixels of the fewest and the most people
_STYLE = """
:root{color-scheme:light dark;--ink:#222;--ground:#fff;--line:#ccc;--head:#dde6f0;--soft:#f3f6fa;--accent:#0072B2}
@media (prefers-color-scheme:dark){
:root{--ink:#e6e6e6;--ground:#16181c;--line:#444;--head:#243040;--soft:#1e232b;--accent:#56B4E9}}
*{box-sizing:border-box}
body{font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:var(--ink);
background:var(--ground);margin:1.2rem auto;max-width:1100px;padding:0 1rem;overflow-wrap:anywhere}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}h3{font-size:1.05rem}h4{font-size:.95rem;margin:.8rem 0 .2rem}
a{color:var(--accent)}ul{padding-left:1.2rem;margin:.3rem 0}
.lead{background:var(--soft);padding:.6rem 1rem;border-left:4px solid var(--accent)}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;min-width:100%}
td,th{border:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top}
.wide td{min-width:3.2rem;overflow-wrap:break-word}.wide td.long{min-width:12rem}
th{background:var(--head);white-space:nowrap}
blockquote{margin:.4rem 0;padding:.2rem .8rem;border-left:3px solid var(--line)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:1rem}
.chart{min-width:0;overflow:hidden}details{margin:.6rem 0}summary{cursor:pointer;font-weight:600}
@media print{body{max-width:none;margin:0;font-size:10.5pt;color:#000;background:#fff}.cluster{break-before:page}
.charts{display:block}.chart{break-inside:avoid}.wide{overflow:visible}th{background:#eee}.modebar{display:none}
tr,blockquote{break-inside:avoid}}
"""
# Charts take the colours of the page, when it turns dark too, and its width once all stand there; closed parts are
# printed.
_SCRIPT = """
const dark=matchMedia('(prefers-color-scheme: dark)');
function paint(){const d=dark.matches,ink=d?'#e6e6e6':'#222',line=d?'#444':'#ddd';
document.querySelectorAll('.js-plotly-plot').forEach(p=>{const u={'font.color':ink};
for(const k of Object.keys(p.layout)){if(/^[xy]axis/.test(k)){u[k+'.gridcolor']=line;u[k+'.zerolinecolor']=line;}}
Plotly.relayout(p,u);Plotly.Plots.resize(p);});}
dark.addEventListener('change',paint);addEventListener('load',paint);
addEventListener('beforeprint',()=>document.querySelectorAll('details').forEach(e=>{e.open=true;}));
"""


def voice_html(report: VoiceReport) -> bytes:
    """Return the page."""
    figures = report_figures(report)
    links = "".join(f'<li><a href="#c{c.id}">{_text(c.label)}</a></li>' for c in report.clusters[:PAGES])
    parts = [
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{_text(TITLE)}</title><style>{_STYLE}</style></head><body>",
        f'<h1>{_text(TITLE)}</h1><div class="lead">{_list(summary_lines(report))}</div>',
        f'<div class="charts">{"".join(_chart(figure, at) for at, figure in enumerate(figures))}</div>',
        "<h2>各类一览</h2>",
        _table(cluster_grid(report).header, cluster_grid(report).rows),
        f"<h2>逐类看</h2><ol>{links}</ol>" if links else "",
        *map(_cluster, report.clusters[:PAGES]),
        _rows(report),
        f"<h2>方法</h2>{_table(('项目', '内容'), method_lines(report))}",
        f"<script>{_SCRIPT}</script>" if figures else "",
        "</body></html>\n",
    ]
    return "\n".join(part for part in parts if part).encode()


def _cluster(cluster: Cluster) -> str:
    facts = [f"{cluster.users} 人，{cluster.size} 行；得分 {score_told(cluster)}；{kinds_told(cluster)}"]
    facts += [f"变化：{cluster.change}"] if cluster.change else []
    quotes = "".join(
        f"<blockquote>“{_text(quote)}”（第 {row} 行）</blockquote>"
        for quote, row in zip(cluster.quotes, cluster.representatives, strict=True)
    )
    shares = "".join(
        _table((title, "人数"), [(share.need, str(share.users)) for share in parts])
        for title, parts in (("这一类里的几件事", cluster.wants), ("这一类里的需求", cluster.needs))
        if parts
    )
    first, *rest = sections_of(cluster.diagnosis)
    told = "".join(f"<h4>{_text(s.title)}</h4>{_list(s.lines)}" + _maybe_table(s.table) for s in rest)
    return (
        f'<section class="cluster" id="c{cluster.id}"><h3>{cluster.id} {_text(cluster.label)}</h3>'
        f'{_list(facts)}{quotes}<div class="lead">{_list(first.lines)}</div>{shares}'
        f"<details><summary>对代表原话的诊断</summary>{told}</details></section>"
    )


def _rows(report: VoiceReport) -> str:
    kinds = read("voice/report")["kinds"]
    rows = [(str(v.row), str(v.cluster or ""), kinds[v.kind], v.text, v.reason) for v in report.voices]
    table = _table(("行", "类编号", "类型", "原话", "没有归类的原因"), rows)
    return f"<h2>全部反馈</h2><details><summary>{len(rows):,} 行</summary>{table}</details>"


# Charts


def report_figures(report: VoiceReport) -> list[Any]:
    """Return the charts as figures of plotly, each with its title; texts of users are escaped in them."""
    import plotly.graph_objects as go

    figures = []
    if kinds := kind_counts(report):
        names = [_text(name) for name, _ in kinds]
        pie = go.Pie(labels=names, values=[n for _, n in kinds], marker={"colors": _COLOURS}, sort=False, hole=0.4)
        figures.append(_laid(go.Figure(pie), "反馈类型"))
    if some := report.clusters[:SHOWN]:
        names = [_text(chart_name(c, 12)) for c in some]
        full = [f"{_text(c.label)}<br>得分 {score_told(c)}" for c in some]
        users = [c.users for c in some]
        bars = go.Bar(y=names, x=users, orientation="h", hovertext=full, marker={"color": _COLOURS[0]})
        figure = _laid(go.Figure(bars), "各类人数", max(360, 60 + 24 * len(some)))
        figure.update_yaxes(autorange="reversed", automargin=True)
        figures.append(figure)
    periods, series = trend_series(report)
    if len(periods) > 1:
        lines = [
            go.Scatter(x=periods, y=some, name=_text(name), mode="lines+markers", line={"color": colour})
            for (name, some), colour in zip(series, _COLOURS, strict=False)
        ]
        figure = _laid(go.Figure(lines), "走势（归入各类的行数）", 420)
        figure.update_layout(legend={"orientation": "h", "y": -0.25})
        figure.update_xaxes(type="category", nticks=8)
        figures.append(figure)
    if points := value_points(report):
        sizes = _sizes([point.cluster.users for point in points])
        dots = go.Scatter(
            x=_beside([point.cost for point in points]),
            y=[point.value for point in points],
            mode="markers+text",
            text=[str(point.cluster.id) for point in points],
            textposition="top center",
            hovertext=[f"{_text(p.cluster.label)}<br>{_text(p.option.idea)}" for p in points],
            marker={"size": sizes, "color": _COLOURS[2], "opacity": 0.65},
        )
        figure = _laid(go.Figure(dots), "价值和成本（数字是编号，圆越大人越多）", 420)
        figure.update_xaxes(title="成本（1–5，估计）", range=[0.4, 5.6])
        figure.update_yaxes(title="得分（人数 × 强度）", rangemode="tozero")
        figures.append(figure)
    return figures


def _beside(costs: Sequence[int]) -> list[float]:
    """Return places beside each other for points of equal cost, which is a whole number."""
    seen: Counter[int] = Counter()
    places = []
    for cost in costs:
        step = seen[cost] % 7
        places.append(cost + (step + 1) // 2 * 0.12 * (1 if step % 2 else -1))
        seen[cost] += 1
    return places


def _laid(figure: Any, title: str, height: int = 360) -> Any:
    clear = "rgba(0,0,0,0)"  # the page's ground shows, light or dark
    figure.update_layout(
        title=title, height=height, template="plotly_white", paper_bgcolor=clear, plot_bgcolor=clear,
        margin={"l": 50, "r": 20, "t": 50, "b": 50},
    )  # fmt: skip
    return figure


def _sizes(values: Sequence[int]) -> list[float]:
    least, most = _BUBBLE
    top = max(values, default=1)
    return [least + (most - least) * (value / top) ** 0.5 for value in values]


def _chart(figure: Any, at: int) -> str:
    from plotly.io import to_html

    made = to_html(figure, _CONFIG, include_plotlyjs=at == 0, full_html=False, div_id=f"chart{at}")
    return f'<div class="chart">{made}</div>'


# Text


def _text(text: str) -> str:
    return html.escape(printable(" ".join(text.split())))


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{_text(line)}</li>' for line in lines)}</ul>" if lines else ""


def _maybe_table(rows: Sequence[Sequence[str]]) -> str:
    return _table(rows[0], rows[1:]) if rows else ""


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in header)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(text: str) -> str:
    return f'<td class="long">{_text(text)}</td>' if len(text) > 16 else f"<td>{_text(text)}</td>"
