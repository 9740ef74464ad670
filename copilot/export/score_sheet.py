"""Scores → xlsx: figures as numbers, coefficients and scores as formulas that follow a change, a chart of Excel's own.

Texts stay texts: a name that begins with = is no formula.
"""

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
from openpyxl.chart import Reference, ScatterChart, Series
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import column_index_from_string, get_column_letter, quote_sheetname

from copilot.arithmetic.kano import KanoReport
from copilot.arithmetic.rice import RiceReport
from copilot.export.copy_parts import printable
from copilot.export.score_text import (
    KANO_METHOD,
    KANO_TITLE,
    RICE_METHOD,
    RICE_TITLE,
    category,
    failed_lines,
    kano_advice,
    kano_warnings,
    rice_advice,
    score_word,
    swing_lines,
    unusable_lines,
)
from copilot.knowledge import read

_CELL = 32767  # characters that a cell holds
_TOP = Alignment(vertical="top", wrap_text=True)
_HEAD = PatternFill("solid", fgColor="DDE6F0")
_WIDE = 30  # of the column with names
_MOST_POINTS = 60  # series of a chart; more names lie over each other
# Excel shows what a file leaves out
_NO_LABELS = dict.fromkeys(("showVal", "showCatName", "showLegendKey", "showPercent", "showBubbleSize"), False)
_SHARE, _PERCENT, _PLAIN = "0.00", "0%", "General"


class _Formula(str):
    """A text that is a formula of ours, not a text of the user's."""

    __slots__ = ()


def kano_xlsx(report: KanoReport) -> bytes:
    """Return the workbook: counts, coefficients as formulas of them, the scatter, the answers that are not counted."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Kano"
    todo = read("voice/score")["kano"]["todo"]
    names = ["顺序", "功能", "类别", *"AOMIRQ", "n", "Better", "Worse", "Worse绝对值", "Better低", "Better高"]
    names += ["Worse低", "Worse高", "Q占比", "把握", "怎么做"]
    rows: list[list[Any]] = [names]
    for at, f in enumerate(report.features, 2):
        judged = f"SUM(D{at}:G{at})"
        row = [f.rank, f.name, category(f), *(f.counts[c] for c in "AOMIRQ"), _Formula(f"=SUM(D{at}:I{at})")]
        row += [_Formula(f'=IF({judged}=0,"",(D{at}+E{at})/{judged})')]
        row += [_Formula(f'=IF({judged}=0,"",-(E{at}+F{at})/{judged})'), _Formula(f'=IF(L{at}="","",-L{at})')]
        row += [f.better_low, f.better_high, f.worse_low, f.worse_high, _Formula(f'=IF(J{at}=0,"",I{at}/J{at})')]
        rows.append([*row, "确定" if f.certain else "不确定", todo.get(f.category, "")])
    last = len(rows)
    _fill(sheet, rows, {**dict.fromkeys("KLMNOPQ", _SHARE), "R": _PERCENT})
    placed = [at for at, f in enumerate(report.features, 2) if f.better is not None]
    averages = [_Formula(f"=AVERAGE({column}2:{column}{last})") for column in "KM"]
    lines = averages if len(placed) >= 3 else [report.lines["better"], report.lines["worse"]]
    _chart(book, sheet, placed, [("K", "Better", 1.0), ("M", "Worse绝对值", 1.0)], lines, "Better–Worse")
    texts = [("先做什么", kano_advice(report)), ("提醒", kano_warnings(report)), ("算法", KANO_METHOD)]
    _notes(book, [*texts, ("读法", report.notes), ("没有计入的答案", unusable_lines(report))])
    return _saved(book, KANO_TITLE)


def rice_xlsx(report: RiceReport) -> bytes:
    """Return the workbook: inputs as low and high end, scores and ranks as formulas of them, the picture."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = score_word(report)
    words = read("voice/score")["rice"]["words"]
    inputs = list(dict.fromkeys(name for item in report.items for name in item.inputs))
    names = ["名次", "需求"]
    places: dict[str, tuple[str, str, str]] = {}  # input → columns of its low end, high end, middle
    for name in inputs:
        unit = f"（{report.units[name]}）" if name in report.units else ""
        ranged = any(v["low"] != v["high"] for item in report.items if (v := item.inputs.get(name)))
        low, high, middle = (get_column_letter(len(names) + 1 + k) for k in range(3))
        places[name] = (low, high, middle) if ranged else (low, low, low)
        names += [f"{words[name]}低", f"{words[name]}高"] if ranged else []
        names.append(f"{words[name]}{unit}")
    value_at, cost_at, score_at = (get_column_letter(len(names) + 1 + k) for k in range(3))
    names += ["价值", "成本", score_word(report), "低", "高"]
    ratio = any(item.ratio for item in report.items)
    names += (["投入产出比"] if ratio else []) + ["四象限", "依据"]
    rows: list[list[Any]] = [names]
    last = len(report.items) + 1
    for at, item in enumerate(report.items, 2):
        row: list[Any] = [_Formula(f"=RANK({score_at}{at},{score_at}$2:{score_at}${last})"), item.name]
        for name in inputs:
            low, high, middle = places[name]
            given = item.inputs.get(name, {})
            if low == middle:
                row.append(given.get("value"))
            else:
                row += [given.get("low"), given.get("high")]
                row.append(_Formula(f"=({low}{at}+{high}{at})/2") if given else None)
        lows, highs, mids = (
            {name: f"{places[name][end]}{at}" for name in inputs if name in item.inputs} for end in range(3)
        )
        value, cost = _axes(report.method, mids)
        row += [_Formula(f"={value}"), _Formula(f"={cost}"), _Formula(f"={_score(report.method, mids, mids)}")]
        row += [_Formula(f"={_score(report.method, low, high)}") for low, high in ((lows, highs), (highs, lows))]
        if ratio:
            row.append(_Formula(f"={_score('roi', mids, mids)}") if item.ratio else None)
        basis = "；".join(f"{words[name]}：{given['basis']}" for name, given in item.inputs.items() if given["basis"])
        rows.append([*row, item.quadrant, basis])
    _fill(sheet, rows, {})
    if report.items:
        lines = [_Formula(f"=MEDIAN({column}2:{column}{last})") for column in (cost_at, value_at)]
        ends = (_end(max(item.cost for item in report.items)), _end(max(item.value for item in report.items)))
        axes = [(cost_at, "成本", ends[0]), (value_at, "价值", ends[1])]
        _chart(book, sheet, range(2, last + 1), axes, lines, "价值和成本")
    texts = [("先做什么", rice_advice(report)), (f"±{report.swing:.0%} 就变的名次", swing_lines(report))]
    _notes(
        book, [*texts, ("算法", [report.formula, RICE_METHOD, *report.notes]), ("没有打分的行", failed_lines(report))]
    )
    return _saved(book, RICE_TITLE)


# Formulas


def _score(method: str, gains: dict[str, str], costs: dict[str, str]) -> str:
    """Return the formula of a score; `gains` and `costs` are the cells to take for either kind of input."""
    if method == "rice":
        return f"{gains['reach']}*{gains['impact']}*{gains['confidence']}/{costs['effort']}"
    if method == "ice":
        return f"{gains['impact']}*{gains['confidence']}*{gains['ease']}"
    if method == "ice-mean":
        return f"({gains['impact']}+{gains['confidence']}+{gains['ease']})/3"
    if method == "ice-effort":
        return f"{gains['impact']}*{gains['confidence']}/{costs['effort']}"
    return f"{_axes('roi', gains)[0]}/({_axes('roi', costs)[1]})"


def _axes(method: str, cells: dict[str, str]) -> tuple[str, str]:
    """Return the formulas of value and cost."""
    if method == "roi":
        gains = "*".join(cells[name] for name in ("visits", "saving", "frequency", "adoption"))
        return gains, "+".join(cells[name] for name in ("dev", "ops", "upkeep") if name in cells)
    value = f"{cells['reach']}*{cells['impact']}" if method == "rice" else cells["impact"]
    return value, cells["effort"] if method in ("rice", "ice-effort") else f"10-{cells['ease']}"


# Sheets


def _fill(sheet: Any, rows: Sequence[Sequence[Any]], formats: dict[str, str]) -> None:
    for at, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            _put(sheet.cell(at, column), value, formats.get(get_column_letter(column), _PLAIN))
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), _HEAD
    for column, name in enumerate(rows[0], 1):
        sheet.column_dimensions[get_column_letter(column)].width = max(9, 2 * len(str(name)) + 2)
    sheet.column_dimensions["B"].width = _WIDE
    sheet.freeze_panes = "C2"


def _put(cell: Any, value: Any, number_format: str) -> None:
    """Write a number as a number, a formula of ours as one, and any other text as a text."""
    if isinstance(value, str) and not isinstance(value, _Formula):
        text = printable(value)[:_CELL]
        cell.value = text or None
        if text:
            cell.data_type, cell.number_format = "s", "@"
            cell.quotePrefix = text.startswith(("=", "+", "-", "@"))  # stays a text when somebody edits it
    else:
        cell.value = str(value) if isinstance(value, _Formula) else value
        cell.number_format = number_format
    cell.alignment = _TOP


def _chart(
    book: Any, sheet: Any, rows: Sequence[int], axes: Sequence[tuple[str, str, float]], lines: Sequence[Any], title: str
) -> None:
    """Add a sheet with a scatter: a point for each row, with its name, and two lines that cut it.

    `axes`: of x and y the column, what it is called, and where it ends. `lines`: where x and y are cut.
    """
    page = book.create_sheet("图")
    (x, x_title, x_end), (y, y_title, y_end) = axes
    across, up = (_there(line, sheet.title) for line in lines)
    corners = [("十字线", x_title, y_title), ("竖", across, 0), ("竖", across, y_end), ("横", 0, up), ("横", x_end, up)]
    for at, corner in enumerate(corners, 1):
        for column, value in enumerate(corner, 1):
            _put(page.cell(at, column), value, _PLAIN)
    chart = ScatterChart()
    chart.style, chart.scatterStyle, chart.legend, chart.title = 13, "lineMarker", None, title
    chart.width, chart.height = 24, 16  # cm
    for axis, called, end in ((chart.x_axis, x_title, x_end), (chart.y_axis, y_title, y_end)):
        axis.title, axis.scaling.min, axis.scaling.max = called, 0, end
        axis.number_format, axis.majorGridlines = _PLAIN, None
        axis.delete = False  # openpyxl's default hides it in new Excels
    places = column_index_from_string(x), column_index_from_string(y)
    for row in rows[:_MOST_POINTS]:
        series = Series(Reference(sheet, places[1], row), Reference(sheet, places[0], row))
        series.tx = SeriesLabel(strRef=StrRef(f"{quote_sheetname(sheet.title)}!$B${row}"))
        series.marker.symbol, series.marker.size = "circle", 8
        series.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
        series.dLbls = DataLabelList(dLblPos="t", showSerName=True, **_NO_LABELS)
        chart.series.append(series)
    for first in (2, 4):
        series = Series(Reference(page, 3, first, 3, first + 1), Reference(page, 2, first, 2, first + 1))
        series.marker.symbol = "none"
        series.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill="999999", prstDash="dash", w=9525))
        chart.series.append(series)
    page.add_chart(chart, "E1")


def _there(value: Any, title: str) -> Any:
    """Return a formula that looks at cells of another sheet."""
    if not isinstance(value, _Formula):
        return value
    head, _, rest = value.partition("(")
    return _Formula(f"{head}({quote_sheetname(title)}!{rest}")


def _end(value: float) -> float:
    return value * 1.15 if value > 0 else 1.0


def _notes(book: Any, parts: Sequence[tuple[str, Sequence[str]]]) -> None:
    sheet = book.create_sheet("说明")
    rows = [["项目", "内容"], *([title, line] for title, lines in parts for line in lines)]
    _fill(sheet, rows, {})
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 110
    sheet.freeze_panes = "A2"


def _saved(book: Any, title: str) -> bytes:
    book.properties.title, book.properties.creator = title, "ops-copilot"
    book.calculation.fullCalcOnLoad = True  # there are no stored results: a reader computes them when it opens the file
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
