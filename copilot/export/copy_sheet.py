"""Ad copy → an xlsx for review: a row for each variant with its state to choose, the brief and sources beside it."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from copilot.briefs import AdCopy
from copilot.channels import Channel
from copilot.export.copy_parts import (
    brief_rows,
    citations,
    count_lines,
    dropped_rows,
    finding_lines,
    flat_fields,
    headers,
    heading,
    how_made,
    implicit_label,
    platform_title,
    printable,
    properties,
)
from copilot.tasks.result_angles import angle_label

STATES = ("待审", "通过", "退回")
_CELL = 32767  # characters that a cell holds
_TOP = Alignment(vertical="top", wrap_text=True)
_HEAD = PatternFill("solid", fgColor="DDE6F0")
_NARROW = {
    "编号": 16,
    "平台": 14,
    "角度": 10,
    "写法": 10,
    "字数": 24,
    "提示": 40,
    "状态": 9,
    "审核意见": 30,
    "生成方式": 18,
}
_WIDTHS = (12, 46)  # least and most of a field's column


def copy_xlsx(result: AdCopy, channels: Mapping[str, Channel]) -> bytes:
    """Return the workbook."""
    book = openpyxl.Workbook()
    _review(book.active, result, channels)
    _background(book.create_sheet("需求与引文"), result)
    props = book.properties
    props.title, props.creator, props.lastModifiedBy = printable(heading(result)), "ops-copilot", "ops-copilot"
    props.keywords, props.description = map(printable, properties(result))
    if label := implicit_label(result):
        book.custom_doc_props.append(StringProperty(name="AIGC", value=printable(label)))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _review(sheet: Any, result: AdCopy, channels: Mapping[str, Channel]) -> None:
    sheet.title = "审核"
    rows = [flat_fields(variant, channels) for variant in result.variants]
    columns = headers(rows)
    names = ["编号", "平台", "角度", "写法", *columns, "字数", "提示", "生成方式", "状态", "审核意见"]
    _put_row(sheet, 1, names)
    for at, (variant, fields) in enumerate(zip(result.variants, rows, strict=True), 2):
        cells = [variant.id, platform_title(variant, channels), angle_label(variant.angle), variant.formula]
        cells += [fields.get(name, "") for name in columns]
        cells += [
            "\n".join(count_lines(variant, channels)),
            "\n".join(finding_lines(variant, channels)),
            how_made(variant),
            STATES[0],
            "",
        ]
        _put_row(sheet, at, cells)
    _finish(sheet, names, rows)
    if result.variants:
        choice = DataValidation("list", formula1=f'"{",".join(STATES)}"', allow_blank=False, showErrorMessage=True)
        choice.errorTitle, choice.error = "状态", f"请选择：{'、'.join(STATES)}"
        letter = get_column_letter(names.index("状态") + 1)
        choice.add(f"{letter}2:{letter}{len(rows) + 1}")
        sheet.add_data_validation(choice)


def _finish(sheet: Any, names: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    for at, name in enumerate(names, 1):
        longest = max((len(line) for row in rows for line in row.get(name, "").split("\n")), default=0)
        width = _NARROW.get(name) or min(max(_WIDTHS[0], len(name) * 2 + 2, longest * 2), _WIDTHS[1])
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{max(2, len(rows) + 1)}"
    _headed(sheet)
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _background(sheet: Any, result: AdCopy) -> None:
    rows = [("项目", "内容", "", ""), *((name, value, "", "") for name, value in brief_rows(result))]
    rows += [("写作方式", result.writer, "", ""), *(("说明", note, "", "") for note in result.notes)]
    rows += [("没有采用", row, "", "") for row in dropped_rows(result)]
    rows += [("可补充", gap.question, "", "") for gap in result.gaps]
    rows += [("引文", cite.quote, f"{cite.title} · {cite.source}", f"第 {n} 条") for n, cite in citations(result)]
    rows[0] = ("项目", "内容", "出处", "用于")
    for at, row in enumerate(rows, 1):
        _put_row(sheet, at, row)
    for letter, width in zip("ABCD", (14, 80, 44, 14), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    _headed(sheet)


def _headed(sheet: Any) -> None:
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), _HEAD


def _put_row(sheet: Any, row: int, cells: Sequence[str]) -> None:
    """Write texts as texts: nothing is a formula, and long numbers keep all their digits."""
    for column, text in enumerate(cells, 1):
        cell = sheet.cell(row, column)
        cell.value = printable(text)[:_CELL] or None
        if cell.value is not None:
            cell.data_type, cell.number_format = "s", "@"
            cell.quotePrefix = text.startswith(("=", "+", "-", "@"))  # stays a text when somebody edits it
        cell.alignment = _TOP
