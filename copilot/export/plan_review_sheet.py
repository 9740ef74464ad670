"""The sheet 复盘 of a plan's workbook filled in; every other part of the file stays as it is, byte by byte.

openpyxl would write the whole workbook anew: without the results of formulas, some charts and what it does not know.
"""

import io
import posixpath
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from lxml import etree  # type: ignore[import-untyped]
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_from_string

from copilot.errors import LoadError
from copilot.export.copy_parts import printable
from copilot.knowledge import read
from copilot.tasks.plan_review_plan import AT_MOST, read_planned
from copilot.tasks.plan_review_records import PlanReview, ReviewRow
from copilot.text.counters import count

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_WORKBOOK, _CHAIN = "xl/workbook.xml", "xl/calcChain.xml"
_LINE, _MARGIN = 13.5, 4  # points: a line of 10 points, and what is left above and below
_USUAL = 8.43  # digits that a column is wide unless it says otherwise
_MOST = 32000  # characters of a cell: Excel holds 32,767


def review_xlsx(review: PlanReview, data: bytes) -> bytes:
    """Return the workbook in `data` with actual, difference, attainment, reason and act of each figure.

    What a person wrote as reason or act stays, ours stands below it; ours of a review before is replaced.

    :raises LoadError: it is no workbook of a plan
    """
    planned = read_planned(review.plan, data)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    with ZipFile(io.BytesIO(data)) as book:
        path = _path_of(book, planned.sheet, parser)
        root = etree.fromstring(book.read(path), parser)
        shared = _shared_texts(book, parser)
        _expand_shared(root)
        lost = False
        for row in review.rows:
            if row.row:
                lost |= _fill(root, row, planned.columns, shared)
        changed = {path: _xml(root), _WORKBOOK: _reckoned_anew(book.read(_WORKBOOK), parser)}
        dropped = {_CHAIN} if lost and _CHAIN in book.namelist() else set()
        if dropped:
            changed |= _without_chain(book, parser)
        return _written(book, changed, dropped)


def _written(book: ZipFile, changed: Mapping[str, bytes], dropped: set[str]) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as target:
        for entry in book.infolist():
            if entry.filename not in dropped:
                target.writestr(entry, changed.get(entry.filename) or book.read(entry.filename), ZIP_DEFLATED)
    return out.getvalue()


def _path_of(book: ZipFile, title: str, parser: Any) -> str:
    sheets = etree.fromstring(book.read(_WORKBOOK), parser).iter(f"{{{_MAIN}}}sheet")
    id = next((sheet.get(f"{{{_OFFICE}}}id") for sheet in sheets if sheet.get("name") == title), None)
    links = etree.fromstring(book.read("xl/_rels/workbook.xml.rels"), parser).iter(f"{{{_PACKAGE}}}Relationship")
    target = next((link.get("Target") for link in links if link.get("Id") == id), "")
    path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
    if path not in book.namelist():
        raise LoadError(f"工作簿里找不到工作表“{title}”的内容", "用 Excel 或 WPS 打开，另存后再试。")
    return path


# Cells


def _fill(root: Any, row: ReviewRow, columns: Mapping[str, int], shared: list[str]) -> bool:
    """Write one row; return whether a formula of the person's own went."""
    lost = False
    if row.actual is not None:
        lost = _number(_cell(root, columns, "actual", row.row), row.actual, keep=False)
        above, below = ("target", "actual") if row.bound == AT_MOST else ("actual", "target")
        names = {key: f"{get_column_letter(columns[key] + 1)}{row.row}" for key in ("target", "actual")}
        gap = f"{names['actual']}-{names['target']}"
        part = f'IF({names[below]}=0,"",{names[above]}/{names[below]})'
        for key, value, formula in (("gap", row.gap, gap), ("attainment", row.attainment, part)):
            if key in columns:
                _number(_cell(root, columns, key, row.row), value, keep=True, formula=formula)
    words = read("plan/review")
    reason = row.reason if row.actual is not None else ""
    for key, ours, mark in (("reason", reason, words["mark"]), ("action", row.action, words["suggested"])):
        if key in columns:
            cell = _cell(root, columns, key, row.row)
            kept = [one for one in _text(cell, shared).split("\n") if one.strip() and not one.endswith(mark)]
            _write_text(cell, "\n".join([*kept, *([ours] if ours else [])]))
    _heighten(root, row.row, columns, shared)
    return lost


def _heighten(root: Any, row: int, columns: Mapping[str, int], shared: list[str]) -> None:
    """Make a row as high as its texts need: LibreOffice and WPS do not when they open a file."""
    line = next(one for one in root.iter(f"{{{_MAIN}}}row") if one.get("r") == str(row))
    needed = [
        sum(-(-count(part, "width") // max(8, int(_width(root, columns[key] + 1)) - 2)) for part in text.split("\n"))
        for key in ("reason", "action")
        if key in columns and (text := _text(_cell(root, columns, key, row), shared))
    ]
    height = max(needed, default=1) * _LINE + _MARGIN
    if height > float(line.get("ht") or 0) and needed:
        line.set("ht", f"{height}")
        line.set("customHeight", "1")


def _width(root: Any, column: int) -> float:
    """Return how many digits wide a column is."""
    for one in root.iter(f"{{{_MAIN}}}col"):
        if int(one.get("min")) <= column <= int(one.get("max")):
            return float(one.get("width") or _USUAL)
    return _USUAL


def _cell(root: Any, columns: Mapping[str, int], key: str, row: int) -> Any:
    """Return a cell, made in its place if need be, dressed like the one above it."""
    letter = get_column_letter(columns[key] + 1)
    line = next((one for one in root.iter(f"{{{_MAIN}}}row") if one.get("r") == str(row)), None)
    if line is None:
        raise LoadError(f"复盘表第 {row} 行读不出", "用 Excel 或 WPS 打开，另存后再试。")
    at = 0
    for at, cell in enumerate(line, 1):
        column = _column(cell.get("r") or "A1")
        if column == columns[key] + 1:
            return cell
        if column > columns[key] + 1:
            at -= 1
            break
    made = etree.Element(f"{{{_MAIN}}}c", r=f"{letter}{row}")
    above = next((one for one in root.iter(f"{{{_MAIN}}}c") if one.get("r") == f"{letter}{row - 1}"), None)
    if above is not None and above.get("s"):
        made.set("s", above.get("s"))
    line.insert(at, made)
    return made


def _column(reference: str) -> int:
    from openpyxl.utils import column_index_from_string

    return int(column_index_from_string(coordinate_from_string(reference)[0]))


def _number(cell: Any, value: Decimal | None, *, keep: bool, formula: str = "") -> bool:
    """Write a number; `keep` leaves the formula that is there, or writes `formula`. Return whether one went."""
    old = cell.find(f"{{{_MAIN}}}f")
    for child in list(cell):
        if child is not old or not keep:
            cell.remove(child)
    cell.attrib.pop("t", None)
    if keep and old is None and formula:
        etree.SubElement(cell, f"{{{_MAIN}}}f").text = formula
    if value is not None:
        etree.SubElement(cell, f"{{{_MAIN}}}v").text = f"{value.normalize():f}" if value else "0"
    return old is not None and not keep


def _write_text(cell: Any, text: str) -> None:
    """Write a text as one, whatever it begins with; nothing where there is none."""
    for child in list(cell):
        cell.remove(child)
    cell.attrib.pop("t", None)
    plain = printable(text)[:_MOST]
    if plain:
        cell.set("t", "inlineStr")
        inner = etree.SubElement(etree.SubElement(cell, f"{{{_MAIN}}}is"), f"{{{_MAIN}}}t")
        inner.text = plain
        inner.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _text(cell: Any, shared: list[str]) -> str:
    """Return the text in a cell."""
    if cell.get("t") == "inlineStr":
        return "".join(cell.itertext())
    value = cell.findtext(f"{{{_MAIN}}}v") or ""
    if cell.get("t") == "s":
        return shared[int(value)] if value.isdigit() and int(value) < len(shared) else ""
    return value


def _shared_texts(book: ZipFile, parser: Any) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    root = etree.fromstring(book.read("xl/sharedStrings.xml"), parser)
    return ["".join(text.text or "" for text in entry.iter(f"{{{_MAIN}}}t")) for entry in root.iter(f"{{{_MAIN}}}si")]


def _expand_shared(root: Any) -> None:
    """Give each cell its own formula: one that is shared is lost to the others when its first cell is written over."""
    first: dict[str, tuple[str, str]] = {}
    for cell in root.iter(f"{{{_MAIN}}}c"):
        formula = cell.find(f"{{{_MAIN}}}f")
        if formula is None or formula.get("t") != "shared":
            continue
        if formula.text:
            first[formula.get("si")] = (formula.text, cell.get("r"))
        elif formula.get("si") in first:
            text, origin = first[formula.get("si")]
            formula.text = Translator(f"={text}", origin=origin).translate_formula(cell.get("r"))[1:]
        for name in ("t", "si", "ref"):
            formula.attrib.pop(name, None)


# Other parts


def _reckoned_anew(workbook: bytes, parser: Any) -> bytes:
    """Let programs that reckon do so when they open the file: somebody's own formulas may stand on 复盘."""
    root = etree.fromstring(workbook, parser)
    settings = root.find(f"{{{_MAIN}}}calcPr")
    if settings is not None and settings.get("fullCalcOnLoad") == "1":
        return workbook
    if settings is None:
        settings = etree.Element(f"{{{_MAIN}}}calcPr")
        names = root.find(f"{{{_MAIN}}}definedNames")
        (names if names is not None else root.find(f"{{{_MAIN}}}sheets")).addnext(settings)
    settings.set("fullCalcOnLoad", "1")
    return _xml(root)


def _without_chain(book: ZipFile, parser: Any) -> dict[str, bytes]:
    """Return the parts that name the chain of formulas, without it: Excel makes it anew, but repairs a wrong one."""
    found = {}
    for path in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        root = etree.fromstring(book.read(path), parser)
        for entry in list(root):
            if re.search(r"calcChain\.xml$", entry.get("PartName") or entry.get("Target") or ""):
                root.remove(entry)
        found[path] = _xml(root)
    return found


def _xml(root: Any) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))
