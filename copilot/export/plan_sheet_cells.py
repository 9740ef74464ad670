"""Cells of the workbook of a plan: formulas with the value they give, numbers, dates, and texts that stay texts."""

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter, quote_sheetname

from copilot.export.copy_parts import printable
from copilot.export.plan_sheet_names import FIRST_ROW, HEAD_ROW, NOTE_ROW, TITLE_ROW

Stored = int | float | Decimal | str | date

COUNT, MONEY, PRICE, PLAIN = "#,##0", "#,##0.00", "#,##0.00##", "#,##0.######"
PERCENT, RATIO, SHARE, TIMES, DATE, TEXT = "0.0##%", "0.00%", "0.0%", "0.000", "yyyy-mm-dd", "@"
LANDSCAPE_A4, LANDSCAPE_A3 = 9, 8  # paper sizes as Excel numbers them
_FOOTER = 60  # characters of a title in a footer; Excel takes 255 in all
_CELL = 32767  # UTF-16 units that a cell holds
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # they reorder a line
_LINE = Side(style="thin", color="C9D3DF")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_FONT = "微软雅黑"
_LINE_HEIGHT, _ROW_HEIGHT = 14.5, 18  # points of a line of 10-point type, and of a row of one line
_WIDE = re.compile("[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]")


class Live(NamedTuple):
    """A formula of ours, without its =, and what it gives as long as nobody changes anything."""

    formula: str
    value: Stored


class Look(NamedTuple):
    """How a cell looks; `free`: a person may change it."""

    fill: str = ""
    bold: bool = False
    colour: str = "1F2933"
    size: int = 10
    free: bool = False
    boxed: bool = True
    wrap: bool = True
    across: str = "general"


BODY, FIGURE = Look(), Look(wrap=False)
HEAD = Look(fill="DDE6F0", bold=True, across="center")
INPUT = Look(fill="FFF6D6", colour="1F4FA3", free=True)
ASIDE = Look(colour="7B8794")
NONE = Look(colour="7B8794", across="center")
TOTAL = Look(fill="EEF2F6", bold=True, wrap=False)
TITLE = Look(bold=True, size=15, boxed=False, wrap=False)
NOTE = Look(colour="7B8794", boxed=False, wrap=False)


@dataclass(frozen=True)
class Page:
    """A sheet, the values of its formulas by cell, the lines that each row needs, and the styles made so far."""

    sheet: Any
    stored: dict[str, Stored] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    styles: dict[tuple[Look, str, bool, bool], Any] = field(default_factory=dict)


def new_page(
    book: Any, name: str, title: str, note: str, columns: Sequence[tuple[str, float]], frozen: int = 0,
    hidden: str = "",
) -> Page:  # fmt: skip
    """Return a sheet with title, note and header; `frozen` columns stay in view, those of `hidden` are not shown."""
    page = Page(book.create_sheet(name))
    first = 2 if "A" in hidden else 1
    put(page, TITLE_ROW, first, title, TITLE)
    put(page, NOTE_ROW, first, note, NOTE)
    for at, (heading, width) in enumerate(columns, 1):
        page.sheet.column_dimensions[get_column_letter(at)].width = width
        put(page, HEAD_ROW, at, heading, HEAD)
    for column in hidden:
        page.sheet.column_dimensions[column].hidden = True
    page.sheet.sheet_format.defaultRowHeight, page.sheet.sheet_format.customHeight = _ROW_HEIGHT, True
    page.sheet.row_dimensions[TITLE_ROW].height = 26
    page.sheet.freeze_panes = f"{get_column_letter(frozen + 1)}{FIRST_ROW}"
    return page


def put_row(page: Page, row: int, cells: Sequence[Any], looks: Mapping[int, Look] | None = None) -> None:
    """Write texts, and numbers as such; `looks` by column."""
    for column, value in enumerate(cells, 1):
        put(page, row, column, value, (looks or {}).get(column, BODY))


def put(page: Page, row: int, column: int, value: Any, look: Look = BODY, number_format: str = "") -> None:
    """Write a formula of ours, a number, a date, or a text that stays one whatever it begins with."""
    cell = page.sheet.cell(row, column)
    quoted = False
    if isinstance(value, Live):
        cell.value, page.stored[cell.coordinate] = f"={value.formula}", value.value
        number_format = number_format or (DATE if isinstance(value.value, date) else "General")
    elif isinstance(value, str):
        text = _TURNING.sub("", printable(value).replace("\r\n", "\n").replace("\r", "\n"))[:_CELL]
        cell.value = text or None
        if text:
            cell.data_type, quoted = "s", text.startswith(("=", "+", "-", "@"))
        number_format = TEXT
    else:
        cell.value = value
        number_format = number_format or (DATE if isinstance(value, date) else "General")
    _dress(page, cell, look, number_format, quoted)
    if cell.data_type == "s" and look.wrap:
        width = page.sheet.column_dimensions[cell.column_letter].width
        page.lines[row] = max(page.lines.get(row, 1), lines_of(cell.value, width))


def merge(page: Page, row: int, first: int, last: int) -> None:
    """Make one cell of some of a row, whose cells are styled already; openpyxl's own way styles them again, in 6 ms."""
    page.sheet.merged_cells.add(f"{get_column_letter(first)}{row}:{get_column_letter(last)}{row}")


def lines_of(text: str, width: float) -> int:
    """Return how many lines a text takes in so many digits of width; programs do not agree on setting heights."""
    room = max(1, int(1.05 * width) - 1)  # 10-point type in columns measured in 11-point digits, less the indent
    return sum(max(1, -(-(len(part) + len(_WIDE.findall(part))) // room)) for part in text.split("\n"))


def address(sheet: str, column: str, row: int) -> str:
    """Return a cell as formulas of other sheets name it."""
    return f"{quote_sheetname(sheet)}!${column}${row}"


def span_of(sheet: str, column: str, first: int, last: int) -> str:
    """Return part of a column as formulas of other sheets name it."""
    return f"{quote_sheetname(sheet)}!${column}${first}:${column}${last}"


def finish(page: Page, footer: str, *, protected: bool = False, paper: int = LANDSCAPE_A4, headed: bool = True) -> None:
    """Set up printing: landscape, fit to width, header rows on each page, page numbers; protect what is reckoned.

    The protection has no password: it keeps formulas from being overwritten by chance, nothing else.
    """
    sheet = page.sheet
    for row, lines in page.lines.items():
        if lines > 1 and sheet.row_dimensions[row].height is None:
            sheet.row_dimensions[row].height = min(409, 6 + _LINE_HEIGHT * lines)  # Excel's most
    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = "landscape", paper, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    if headed:
        sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom, margins.footer = 0.5, 0.7, 0.35
    sheet.oddFooter.left.text = printable(footer)[:_FOOTER].replace("&", "&&")
    sheet.oddFooter.center.text, sheet.oddFooter.right.text = "第 &P 页，共 &N 页", "&A"
    if protected:
        lock = sheet.protection
        lock.sheet = True
        lock.formatCells = lock.formatColumns = lock.formatRows = lock.sort = lock.autoFilter = False  # allowed


def _dress(page: Page, cell: Any, look: Look, number_format: str, quoted: bool) -> None:
    """Give a cell its style, made once for each kind: openpyxl takes 60 µs for a new one, 1 µs for a copy."""
    text = cell.data_type == "s" and look.across == "general" and look.boxed
    key = (look, number_format, quoted, text)
    if key not in page.styles:
        cell.font = Font(name=_FONT, size=look.size, bold=look.bold, color=look.colour)
        cell.fill = PatternFill("solid", fgColor=look.fill) if look.fill else PatternFill()
        cell.border = _BOX if look.boxed else Border()
        across = "left" if text else look.across
        cell.alignment = Alignment(horizontal=across, vertical="center", wrap_text=look.wrap, indent=int(text))
        cell.protection = Protection(locked=not look.free)
        cell.number_format, cell.quotePrefix = number_format, quoted
        page.styles[key] = copy(cell._style)
    else:
        cell._style = copy(page.styles[key])
