"""`VoiceReport` → xlsx: summary with charts, clusters, every row, method. Texts of users stay texts."""

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
from openpyxl.chart import BarChart, BubbleChart, LineChart, PieChart, Reference, Series
from openpyxl.chart.label import DataLabelList
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from copilot.diagnosis import VoiceReport
from copilot.export.copy_parts import printable
from copilot.export.voice_parts import (
    SHOWN,
    TITLE,
    chart_name,
    kind_counts,
    kinds_told,
    method_lines,
    next_step,
    row_dicts,
    score_told,
    summary_lines,
    trend_series,
    value_points,
)
from copilot.export.voice_sheet_names import CLUSTER_COLUMNS, CLUSTERS, ROW_COLUMNS, ROWS
from copilot.knowledge import read

_CLUSTER_WIDTHS = (7, 34, 7, 7, 10, 9, 9, 7, 18, 20, 26, 10, 40, 34, 46, 60, 12, 24, 12, 40)
_ROW_WIDTHS = (7, 60, 8, 8, 30, 44, 30, 24, 24, 7, 10, 12, 11, 14, 14, 8)
_CELL = 32767  # characters that a cell holds
_TOP = Alignment(vertical="top", wrap_text=True)
_PLAIN = Alignment(vertical="top")  # wrapped cells make a sheet of thousands of rows slow to open
_BOLD, _HEAD = Font(bold=True), PatternFill("solid", fgColor="DDE6F0")


def voice_xlsx(report: VoiceReport) -> bytes:
    """Return the workbook."""
    book = openpyxl.Workbook()
    summary = book.active
    summary.title = "摘要"
    _fill(summary, ("先看这里",), [(line,) for line in summary_lines(report)], (120,), wrap=True)
    clusters = book.create_sheet(CLUSTERS)
    _fill(clusters, CLUSTER_COLUMNS, _cluster_rows(report), _CLUSTER_WIDTHS, wrap=True)
    _fill(book.create_sheet(ROWS), ROW_COLUMNS, _voice_rows(report), _ROW_WIDTHS)
    _fill(book.create_sheet("方法"), ("项目", "内容"), method_lines(report), (14, 110), wrap=True)
    _charts(book, report)
    book.move_sheet("图", -3)
    book.properties.title, book.properties.creator = TITLE, "ops-copilot"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cluster_rows(report: VoiceReport) -> list[tuple[Any, ...]]:
    verdicts = read("voice/report")["verdicts"]
    return [
        (
            c.id, c.label, "", c.users, c.asking, c.intensity, c.score, c.size, score_told(c), kinds_told(c), c.change,
            next_step(c), c.diagnosis.this_week or c.diagnosis.verdict,
            "\n".join(f"{share.need}（{share.users}）" for share in c.wants),
            "\n".join(f"{share.need}（{share.users}）" for share in c.needs),
            "\n".join(f"“{quote}”" for quote in c.quotes), "、".join(map(str, c.representatives)),
            "、".join(c.keywords), verdicts[c.diagnosis.solves_root] if c.diagnosis.needs else "",
            f"{c.diagnosis.test.what}；{c.diagnosis.test.threshold}" if c.diagnosis.test else "",
        )
        for c in report.clusters
    ]  # fmt: skip


def _voice_rows(report: VoiceReport) -> list[tuple[Any, ...]]:
    kinds = read("voice/report")["kinds"]
    return [
        (
            row["row"], row["text"], kinds[row["kind"]], row["cluster"] or None, row["label"], row["need"],
            row["reason"], row["requested"], row["pain"], row["intensity"], row["user"], row["date"],
            row["same_as"] or None, row["times"], row["family"], row["cluster"] or None,
        )
        for row in row_dicts(report)
    ]  # fmt: skip


def _fill(
    sheet: Any, header: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[int], *, wrap: bool = False
) -> None:
    """Write a table with a header that stays, filters and widths."""
    for at, row in enumerate([header, *rows], 1):
        for column, value in enumerate(row, 1):
            if value is not None and value != "":
                _put(sheet.cell(at, column), value, _TOP if wrap else _PLAIN)
    for cell in sheet[1]:
        cell.font, cell.fill = _BOLD, _HEAD
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "C2" if len(header) > 2 else "A2"
    if len(header) > 1:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{max(2, len(rows) + 1)}"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _put(cell: Any, value: Any, alignment: Alignment) -> None:
    """Write a number as a number and a text as a text: nothing a user wrote is a formula."""
    if isinstance(value, str):
        text = printable(value)[:_CELL]
        cell.value = text or None
        if text:
            cell.data_type, cell.number_format = "s", "@"
            if text.startswith(("=", "+", "-", "@")):
                cell.quotePrefix = True  # stays a text when somebody edits it
    else:
        cell.value = value
    cell.alignment = alignment


# Charts, of Excel's own: they follow the figures beside them


def _charts(book: Any, report: VoiceReport) -> None:
    page = book.create_sheet("图")
    column = 1
    kinds: list[tuple[Any, ...]] = [("类型", "行数"), *kind_counts(report)]
    column = _block(page, column, kinds)
    _add(page, PieChart(), "反馈类型", column - 3, len(kinds), 1, "A1")
    clusters: list[tuple[Any, ...]] = [("类", "人数"), *((chart_name(c), c.users) for c in report.clusters[:SHOWN])]
    if len(clusters) > 1:
        column = _block(page, column, clusters)
        bars = BarChart()
        bars.type, bars.legend, bars.gapWidth = "bar", None, 40
        bars.y_axis.delete = bars.x_axis.delete = False
        bars.x_axis.scaling.orientation = "maxMin"  # the first on top
        bars.height = max(8, 0.75 * len(clusters))
        _add(page, bars, "各类人数", column - 3, len(clusters), 1, "J1")
    periods, series = trend_series(report)
    if periods:
        table: list[tuple[Any, ...]] = [("时段", *(name for name, _ in series))]
        table += [(period, *(some[at] for _, some in series)) for at, period in enumerate(periods)]
        column = _block(page, column, table)
        lines = LineChart()
        lines.y_axis.delete = lines.x_axis.delete = False
        _add(page, lines, "走势（行数）", column - len(series) - 2, len(table), len(series), "A20")
    if points := value_points(report):
        _bubbles(page, column, [(chart_name(p.cluster), p.cost, p.value, p.cluster.users) for p in points])


def _block(page: Any, column: int, rows: Sequence[Sequence[Any]]) -> int:
    """Write the figures of a chart far to the right; return the column after them and a blank one."""
    for at, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            _put(page.cell(at, _FAR + column + place), value, _PLAIN)
    return column + len(rows[0]) + 1


_FAR = 30  # columns: charts stand in front of their figures


def _add(page: Any, chart: Any, title: str, first: int, rows: int, series: int, at: str) -> None:
    """Add a chart of the block whose first column is `first`; its figures stand in `rows` rows, the names on top."""
    left = _FAR + first
    chart.title, chart.width = title, 15
    chart.add_data(Reference(page, left + 1, 1, left + series, rows), titles_from_data=True)
    chart.set_categories(Reference(page, left, 2, left, rows))
    if isinstance(chart, (PieChart, BarChart)):
        chart.dataLabels = DataLabelList(showVal=True, showCatName=False, showSerName=False, showLegendKey=False)
    page.add_chart(chart, at)


def _bubbles(page: Any, column: int, points: Sequence[tuple[str, int, float, int]]) -> None:
    """Add the picture of value and cost: a bubble for each cluster, as large as its people."""
    _block(page, column, [("类", "成本", "得分", "人数"), *points])
    left = _FAR + column
    chart = BubbleChart()
    chart.title, chart.width, chart.height, chart.style = "价值和成本（圆越大人越多）", 22, 14, 18
    chart.x_axis.title, chart.y_axis.title = "成本（1–5，估计）", "得分（人数 × 强度）"
    chart.x_axis.scaling.min, chart.x_axis.scaling.max, chart.y_axis.scaling.min = 0, 6, 0
    chart.x_axis.delete = chart.y_axis.delete = False
    for at in range(2, len(points) + 2):
        one = [Reference(page, left + place, at) for place in (1, 2, 3)]
        series = Series(one[1], one[0], zvalues=one[2], title=points[at - 2][0])
        chart.series.append(series)
    page.add_chart(chart, "J40")
