"""Charts of the workbook of a plan: bars from the top down, each with its figure."""

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList

from copilot.export.plan_sheet_cells import Page

_WIDTH, _HEAD, _BAR = 22.0, 2.2, 1.2  # cm


def bars(
    page: Page, title: str, columns: tuple[int, int], rows: tuple[int, int], place: str, *, logarithmic: bool = False
) -> None:
    """Add a chart at a cell; `columns` hold names and figures, `rows` are the first and the last."""
    chart = BarChart()
    chart.type, chart.style, chart.legend, chart.gapWidth, chart.title = "bar", 10, None, 40, title
    names, figures = (Reference(page.sheet, min_col=c, min_row=rows[0], max_row=rows[1]) for c in columns)
    chart.add_data(figures)
    chart.set_categories(names)
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.delete, chart.y_axis.delete = False, True  # openpyxl's default hides both in new Excels
    chart.y_axis.majorGridlines = None
    chart.y_axis.scaling.min = 0
    if logarithmic:
        chart.y_axis.scaling.logBase, chart.y_axis.scaling.min = 10, 1
    chart.series[0].graphicalProperties.solidFill = "4472A8"
    chart.dataLabels = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False)
    chart.width, chart.height = _WIDTH, _HEAD + _BAR * (rows[1] - rows[0] + 1)
    page.sheet.add_chart(chart, place)
