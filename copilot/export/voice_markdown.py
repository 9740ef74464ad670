"""`VoiceReport` → Markdown with Mermaid charts; whatever a user wrote is escaped in both."""

from collections.abc import Sequence

from copilot.diagnosis import Cluster, VoiceReport
from copilot.export.diagnosis import markdown_blocks
from copilot.export.score import bullets, escaped, point_name
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


def voice_markdown(report: VoiceReport) -> bytes:
    """Return the report."""
    grid = cluster_grid(report)
    blocks = [f"# {TITLE}", bullets(summary_lines(report)), "## 各类一览", _table(grid.header, grid.rows)]
    blocks += _charts(report)
    for cluster in report.clusters[:PAGES]:
        blocks += _cluster(cluster)
    blocks += ["## 全部反馈", _table(("行", "类编号", "类型", "原话", "没有归类的原因"), _rows(report))]
    blocks += ["## 方法", _table(("项目", "内容"), method_lines(report))]
    return ("\n\n".join(block for block in blocks if block) + "\n").encode()


def _rows(report: VoiceReport) -> list[tuple[str, ...]]:
    kinds = read("voice/report")["kinds"]
    return [(str(v.row), str(v.cluster or ""), kinds[v.kind], v.text, v.reason) for v in report.voices]


def _cluster(cluster: Cluster) -> list[str]:
    facts = [f"{cluster.users} 人，{cluster.size} 行；得分 {score_told(cluster)}；{kinds_told(cluster)}"]
    facts += [f"变化：{cluster.change}"] if cluster.change else []
    quotes = zip(cluster.quotes, cluster.representatives, strict=True)
    blocks = [f"## {cluster.id} {escaped(cluster.label)}", bullets(facts)]
    blocks += ["\n".join(f"> “{escaped(quote)}”（第 {row} 行）  " for quote, row in quotes)]
    for title, parts in (("这一类里的几件事", cluster.wants), ("这一类里的需求", cluster.needs)):
        if parts:
            blocks.append(_table((title, "人数", "行"), [(s.need, str(s.users), _some(s.rows)) for s in parts]))
    return [*blocks, *markdown_blocks(cluster.diagnosis, 3)]


def _some(rows: Sequence[int]) -> str:
    return "、".join(map(str, rows[:10])) + (f" 等 {len(rows)} 行" if len(rows) > 10 else "")


def _charts(report: VoiceReport) -> list[str]:
    kinds = [f'    "{point_name(name)}" : {count}' for name, count in kind_counts(report)]
    charts = [_mermaid("pie showData", "    title 反馈类型", *kinds)] if kinds else []
    if some := report.clusters[:SHOWN]:
        names = ", ".join(f'"{point_name(chart_name(c, 10))}"' for c in some)
        users = [c.users for c in some]
        charts.append(_bars("bar", "各类人数", names, "人", users, horizontal=True))
    periods, series = trend_series(report)
    if len(periods) > 1:
        names = ", ".join(f'"{period[5:] if len(period) == 10 else period}"' for period in periods)  # all different
        charts.append(_bars("line", "走势（归入各类的行数）", names, "行", series[0][1]))
    if points := value_points(report):
        top = max(point.value for point in points) or 1.0
        lines = ["    title 价值和成本", '    x-axis "成本低" --> "成本高"', '    y-axis "得分低" --> "得分高"']
        fields = ("拆小再做", "先做", "插空做", "不做")
        lines += [f'    quadrant-{n} "{field}"' for n, field in enumerate(fields, 1)]
        for p in points:
            across, up = min(max(p.cost / 6, 0.02), 0.98), min(max(p.value / top, 0.02), 0.98)
            lines.append(f'    "{point_name(chart_name(p.cluster))}": [{across:.3f}, {up:.3f}]')
        charts.append(_mermaid("quadrantChart", *lines))
        charts.append("成本取这一类收益最高的做法（1–5，估计），得分按最高的一类拉伸。")
    return ["## 图", *charts] if charts else []


def _bars(kind: str, title: str, names: str, unit: str, values: Sequence[int], *, horizontal: bool = False) -> str:
    head = "xychart-beta horizontal" if horizontal else "xychart-beta"
    axis = f'    y-axis "{unit}" 0 --> {max([*values, 1])}'
    line = f"    {kind} [{', '.join(map(str, values))}]"
    return _mermaid(head, f'    title "{title}"', f"    x-axis [{names}]", axis, line)


def _mermaid(*lines: str) -> str:
    return "\n".join(["```mermaid", *lines, "```"])


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [[*header], ["---"] * len(header), *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)
