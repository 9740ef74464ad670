"""A workbook → bytes, with the value that each formula gives beside it.

openpyxl writes formulas without values; previews, WPS on a phone and programs that do not reckon then show nothing.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from lxml import etree  # type: ignore[import-untyped]
from openpyxl.utils.datetime import to_excel
from openpyxl.writer.excel import ExcelWriter

from copilot.export.copy_parts import printable
from copilot.export.plan_sheet_cells import Page, Stored

_DATE = datetime(2000, 1, 1)  # a date of now would make two equal plans differ
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def saved(book: Any, pages: Sequence[Page], title: str) -> bytes:
    """Return the workbook; `pages` are its sheets in order. A program that reckons does so again when it opens it."""
    props = book.properties
    props.title, props.creator, props.lastModifiedBy = printable(title), "ops-copilot", "ops-copilot"
    props.created = props.modified = _DATE
    book.calculation.fullCalcOnLoad = True
    plain = io.BytesIO()
    ExcelWriter(book, ZipFile(plain, "w")).save()
    stored = {f"xl/worksheets/sheet{n}.xml": page.stored for n, page in enumerate(pages, 1)}
    out = io.BytesIO()
    with ZipFile(plain) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = ZipInfo(name, _DATE.timetuple()[:6])
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o600 << 16
            data = source.read(name)
            target.writestr(entry, _with_values(data, stored[name]) if stored.get(name) else data)
    return out.getvalue()


def _with_values(sheet: bytes, stored: Mapping[str, Stored]) -> bytes:
    root = etree.fromstring(sheet)
    for cell in root.iter(f"{_MAIN}c"):
        if cell.find(f"{_MAIN}f") is None:
            continue
        value = stored[cell.get("r")]
        if isinstance(value, str):
            cell.set("t", "str")
        cell.find(f"{_MAIN}v").text = _written(value)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _written(value: Stored) -> str:
    if isinstance(value, date):
        return str(int(to_excel(value)))
    return str(float(value)) if isinstance(value, Decimal) else printable(str(value))
