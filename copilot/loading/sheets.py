"""xlsx → a section and a Markdown table for every sheet, values as a person reads them."""

import datetime
import io
import re
from collections.abc import Iterator
from typing import Any

import openpyxl

from copilot.loading.archive import check_archive
from copilot.loading.tables import markdown_table
from copilot.loading.titles import core_title
from copilot.types import LoadedText


def read_xlsx(data: bytes) -> LoadedText:
    """Return a workbook as Markdown; of merged cells the top left one has the value, formulas show their result.

    :raises LoadError: not an xlsx, an unsafe one, or more cells than `max_table_cells`
    """
    with check_archive(data, "xlsx", "xl/") as archive:
        title = core_title(archive)
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sections = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # some programs write a wrong one, and cells beyond it would be lost
        if table := markdown_table(_rows(sheet)):
            sections.append(f"## {' '.join(sheet.title.split())}\n\n{table}")
    return LoadedText("\n\n".join(sections), title, "")


def _rows(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        yield [shown(cell.value, cell) for cell in row]


def shown(value: Any, cell: Any) -> str:
    """Return a value as a person reads it; of `cell` only the number format counts."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return _number(value, cell.number_format or "")
    if isinstance(value, datetime.datetime):
        return _moment(value)
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M" if not value.second else "%H:%M:%S")
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")
    return str(value)


def _number(value: float, number_format: str) -> str:
    """Return 15 digits at most, as Excel keeps them: .1 + .2 is 0.3; percentages with their sign; integers whole."""
    if "%" in re.sub(r'"[^"]*"|\\.', "", number_format):
        return f"{value * 100:.12g}%"
    if isinstance(value, int):
        return str(value)
    text = f"{value:.15g}"
    return f"{value:.0f}" if "e+" in text and abs(value) < 1e21 else text


def _moment(value: datetime.datetime) -> str:
    if (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.strftime("%Y-%m-%d")
    return value.strftime("%Y-%m-%d %H:%M" if not value.second else "%Y-%m-%d %H:%M:%S")
