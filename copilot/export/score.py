"""Scores → a file: html with a picture to point at, xlsx with formulas and a chart, md with a Mermaid chart."""

import re
from collections.abc import Sequence
from pathlib import Path

from copilot.arithmetic.kano import KanoReport
from copilot.arithmetic.rice import RiceReport
from copilot.export.files import write_whole
from copilot.export.score_text import (
    KANO_METHOD,
    KANO_TITLE,
    RICE_METHOD,
    RICE_TITLE,
    Grid,
    failed_lines,
    kano_advice,
    kano_grid,
    kano_warnings,
    medians,
    rice_advice,
    rice_grid,
    score_word,
    swing_lines,
    unusable_lines,
)
from copilot.text.visible import visible

SUFFIXES = (".html", ".xlsx", ".md")
MOST_POINTS = 30  # of a Mermaid chart, whose names lie over each other
_MERMAID = {  # what means something to Mermaid or to Markdown → what looks alike
    '"': "”", "`": "＇", "#": "＃", ";": "；", "%": "％", "<": "＜", ">": "＞", "[": "［", "]": "］", "{": "｛",
    "}": "｝", "\\": "＼", "&": "＆", ":": "：",
}  # fmt: skip
_MARKDOWN = re.compile(r"([\\`*_\[\]|~!#])")
_NAME = 24  # characters of a point's name


def write_kano(report: KanoReport, path: Path) -> None:
    """Write the report in the format of the file's name.

    :raises InputError: it cannot be written there
    """
    from copilot.export.score_html import kano_html  # plotly
    from copilot.export.score_sheet import kano_xlsx  # openpyxl

    makers = {".html": kano_html, ".xlsx": kano_xlsx, ".md": kano_markdown}
    write_whole(path, makers[path.suffix.lower()](report))


def write_rice(report: RiceReport, path: Path) -> None:
    """Write the report in the format of the file's name.

    :raises InputError: it cannot be written there
    """
    from copilot.export.score_html import rice_html
    from copilot.export.score_sheet import rice_xlsx

    makers = {".html": rice_html, ".xlsx": rice_xlsx, ".md": rice_markdown}
    write_whole(path, makers[path.suffix.lower()](report))


def kano_markdown(report: KanoReport) -> bytes:
    """Return the table and a Mermaid chart, whose fields are cut where the picture's are."""
    up, down = report.lines["better"], report.lines["worse"]
    points = [
        (f.name, _placed(f.better, up, 1), _placed(-f.worse, down, 1))
        for f in report.features
        if f.better is not None and f.worse is not None
    ]
    fields = "期望 必备 无差异 魅力"
    chart = _quadrants("Better–Worse", ("Better 低", "Better 高"), ("Worse 低", "Worse 高"), fields, points)
    cut = f"图的十字线在全部功能的平均：Better {up:.2f}，Worse −{down:.2f}；刻度按它拉伸，数值以表为准。"
    if len(report.features) < 3:
        cut = "图的十字线在 0.5。"
    parts = [f"# {KANO_TITLE}", bullets(kano_advice(report)), _table(kano_grid(report)), chart, cut]
    parts += ["## 提醒", bullets(kano_warnings(report))] if kano_warnings(report) else []
    parts += ["## 算法和读法", bullets([*KANO_METHOD, *report.notes])]
    parts += ["## 没有计入的答案", bullets(unusable_lines(report))] if report.unusable else []
    return ("\n\n".join(parts) + "\n").encode()


def rice_markdown(report: RiceReport) -> bytes:
    """Return the table and a Mermaid chart of value and cost, cut at the medians."""
    parts = [f"# {RICE_TITLE}（{score_word(report)}）", bullets(rice_advice(report)), _table(rice_grid(report))]
    if report.items:
        cost, value = medians(report)
        top, dear = max(item.value for item in report.items), max(item.cost for item in report.items)
        points = [(i.name, _placed(i.cost, cost, dear), _placed(i.value, value, top)) for i in report.items]
        fields = "拆小再做 先做 插空做 不做"
        parts.append(_quadrants("价值和成本", ("成本低", "成本高"), ("价值低", "价值高"), fields, points))
        parts.append(f"图的十字线在中位数：成本 {cost:.4g}，价值 {value:.4g}；刻度按它拉伸，数值以表为准。")
    if lines := swing_lines(report):
        parts += [f"## 动一格（±{report.swing:.0%}）就变的名次", bullets(lines)]
    parts += ["## 算法和读法", bullets([report.formula, RICE_METHOD, *report.notes])]
    parts += ["## 没有打分的行", bullets(failed_lines(report))] if report.failed else []
    return ("\n\n".join(parts) + "\n").encode()


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line."""
    plain = _MARKDOWN.sub(r"\\\1", " ".join(visible(text).split()))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def point_name(text: str) -> str:
    """Return a name for a Mermaid chart: quoted there, without what ends a quote, a line or a comment."""
    short = " ".join(visible(text).split())
    short = short if len(short) <= _NAME else short[:_NAME] + "…"
    return "".join(_MERMAID.get(c, c) for c in short) or "—"


def _placed(value: float, cut: float, end: float) -> float:
    """Return a place in 0…1 at which `cut` is one half, a little away from the edges."""
    if value > cut:
        return min(0.5 + 0.5 * (value - cut) / (end - cut), 0.98)
    return max(0.5 * value / cut, 0.02) if cut else 0.5


def _quadrants(
    title: str, x: tuple[str, str], y: tuple[str, str], fields: str, points: Sequence[tuple[str, float, float]]
) -> str:
    """Return a Mermaid quadrantChart; `fields` from the upper right one, against the clock."""
    lines = ["```mermaid", "quadrantChart", f"    title {title}"]
    lines += [f'    x-axis "{x[0]}" --> "{x[1]}"', f'    y-axis "{y[0]}" --> "{y[1]}"']
    lines += [f'    quadrant-{n} "{field}"' for n, field in enumerate(fields.split(), 1)]
    lines += [f'    "{point_name(name)}": [{across:.3f}, {up:.3f}]' for name, across, up in points[:MOST_POINTS]]
    left = len(points) - MOST_POINTS
    return "\n".join([*lines, "```"]) + (f"\n\n图里是前 {MOST_POINTS} 个，其余 {left} 个只在表里。" if left > 0 else "")


def _table(grid: Grid) -> str:
    lines = [grid.header, ["---"] * len(grid.header), *grid.rows]
    rows = [[cell if n == 1 else escaped(cell) for cell in row] for n, row in enumerate(lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def bullets(lines: Sequence[str]) -> str:
    """Return lines as a list in Markdown, escaped."""
    return "\n".join(f"- {escaped(line)}" for line in lines)
