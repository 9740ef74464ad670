"""Broken and odd tables through the whole of `batch`: a correct row, a failed one with its reason, or a clear error."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cli_runner import run

GOOD = "木屿书桌,高度能调、边角是圆的,699\n拾里书架,五层、不用打孔,199\n"
HEAD = "商品名,卖点,活动价\n"


def book(*rows: Sequence[Any], change: Callable[[Any], None] = lambda sheet: None) -> bytes:
    """An xlsx with these rows below the usual header."""
    made = openpyxl.Workbook()
    for row in (("商品名", "卖点", "活动价"), *rows):
        made.active.append(row)
    change(made.active)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def titled(sheet: Any) -> None:
    """Put a title above, merged across."""
    sheet.insert_rows(1)
    sheet["A1"] = "双十一商品表"
    sheet.merge_cells("A1:C1")


def zipped() -> bytes:
    """An archive that is no workbook."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "不是表")
    return out.getvalue()


ROW, SHELF = ("木屿书桌", "高度能调、边角是圆的", 699), ("拾里书架", "五层、不用打孔", 199)
# name of the file, its bytes, how the rows end (1 ok, 0 failed), what is said of a failed one
ROWS = {
    "bom": ("a.csv", (HEAD + GOOD).encode("utf-8-sig"), "11", ""),
    "gbk": ("a.csv", (HEAD + GOOD).encode("gbk"), "11", ""),
    "big5": ("a.csv", "商品名,賣點\n木嶼書桌,高度能調、帶抽屜、五年保固、送貨到府\n".encode("big5"), "1", ""),
    "utf-16": ("a.csv", (HEAD + GOOD).replace(",", "\t").encode("utf-16"), "11", ""),
    "semicolons": ("a.csv", (HEAD + GOOD).replace(",", ";").encode(), "11", ""),
    "full-width commas": ("a.csv", (HEAD + GOOD).replace(",", "，").encode(), "11", ""),
    "old Mac line ends": ("a.csv", (HEAD + GOOD).replace("\n", "\r").encode(), "11", ""),
    "no end at the end": ("a.csv", (HEAD + GOOD).rstrip("\n").encode(), "11", ""),
    "NUL": ("a.csv", (HEAD + GOOD).replace("五层", "五\0层").encode(), "11", ""),
    "line end in quotes": ("a.csv", f'{HEAD}木屿书桌,"高度能调\n边角是圆的",699\n'.encode(), "1", ""),
    "stray quote": ("a.csv", (HEAD + '"木屿书桌,高度能调,699\n' + GOOD).encode(), "011", "引号"),
    "quote inside": ("a.csv", (HEAD + '27" 显示器支架,夹桌子边、能转向,99\n' + GOOD).encode(), "111", ""),
    "too many cells": ("a.csv", (HEAD + "木屿书桌,高度能调,边角是圆的,699\n" + GOOD).encode(), "011", "多出"),
    "too few cells": ("a.csv", (HEAD + "木屿书桌,高度能调、边角是圆的\n").encode(), "1", ""),
    "blank row inside": ("a.csv", (HEAD + ",,\n" + GOOD).encode(), "011", "空的"),
    "blank rows behind": ("a.csv", (HEAD + GOOD + ",,\n" * 30).encode(), "11", ""),
    "wrong bytes in a row": ("a.csv", (HEAD + GOOD).encode() + "坏行,好".encode() + b"\xff\xfe,9\n", "110", "无法识别"),
    "huge cell": ("a.csv", (HEAD + f"木屿书桌,{'高' * 2_000_000},699\n" + GOOD).encode(), "011", ""),
    "same column twice": ("a.csv", "商品名,卖点,卖点\n木屿书桌,高度能调,边角是圆的\n".encode(), "1", ""),
    "same price twice, other": ("a.csv", "商品名,卖点,价格,价格\n木屿书桌,高度能调,9,8\n".encode(), "0", "两列"),
    "no product in a row": ("a.csv", (HEAD + ",高度能调,699\n" + GOOD).encode(), "011", "产品"),
    "price that is none": ("a.csv", (HEAD + "木屿书桌,高度能调,很便宜\n" + GOOD).encode(), "011", "价格"),
    "channel that is none": (
        "a.csv",
        "商品名,卖点,渠道\n木屿书桌,高度能调、带抽屉,火星日报\n".encode(),
        "0",
        "火星日报",
    ),
    "formula as text": ("a.csv", (HEAD + "=书桌,@高度能调、-带抽屉,699\n").encode(), "1", ""),
    "xlsx": ("a.xlsx", book(ROW, SHELF), "11", ""),
    "merged title": ("a.xlsx", book(ROW, SHELF, change=titled), "11", ""),
    "formula without value": ("a.xlsx", book(ROW, ("拾里书架", '="五层"&"书架"', 199)), "10", "B3"),
    "error value": ("a.xlsx", book(ROW, ("拾里书架", "五层", "#REF!")), "10", "C3"),
    "merged down": (
        "a.xlsx",
        book(ROW, ("", "五层、不用打孔", 199), change=lambda sheet: sheet.merge_cells("A2:A3")),
        "11",
        "",
    ),
    "bad line of jsonl": (
        "a.jsonl",
        '{"product": "木屿书桌", "卖点": ["高度能调", "带抽屉"]}\n{"product"\n'.encode(),
        "10",
        "JSON",
    ),
    "list in jsonl": ("a.jsonl", '[1]\n{"商品": "木屿书桌", "卖点": "高度能调、带抽屉"}\n'.encode(), "01", "JSON"),
    "number for a name": ("a.jsonl", '{"product": 12, "卖点": "高度能调"}\n'.encode(), "0", "产品"),
}
ERRORS = {
    "empty": ("a.csv", b"", "空"),
    "only a header": ("a.csv", HEAD.encode(), "没有数据"),
    "no header": ("a.csv", GOOD.encode(), "产品"),
    "no column of use": ("a.csv", "甲,乙\n1,2\n".encode(), "产品"),
    "picture named csv": ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, ""),
    "workbook named csv": ("a.csv", book(ROW), "xlsx"),
    "zip named xlsx": ("a.xlsx", zipped(), "xlsx"),
    "half an xlsx": ("a.xlsx", book(ROW)[:3000], "xlsx"),
    "old xls": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "xls"),
    "array": ("a.jsonl", b'[{"product": "a"}]', "数组"),
    "empty sheet": ("a.xlsx", book(), "没有数据"),
}


@pytest.fixture(autouse=True)
def in_bare(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All share a home without the handbook."""
    monkeypatch.setenv("OPS_COPILOT_HOME", str(bare))


@pytest.mark.parametrize("name", ROWS)
def test_each_row_is_right_or_says_why(name: str) -> None:
    """As many rows as there are, in their order; good neighbours of a bad one are done."""
    file, data, ends, why = ROWS[name]
    Path(file).write_bytes(data)
    result = run("batch", file, "-o", "out.jsonl", "-n", "1", "--platform", "小红书")
    assert "内部出错" not in result.err and "Traceback" not in result.err, result.err
    lines = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert "".join(str(int(line["status"] == "ok")) for line in lines) == ends, [line.get("error") for line in lines]
    assert all(why in line["error"] for line in lines if line["status"] == "failed")
    assert result.code == (3 if "0" in ends else 0)


@pytest.mark.parametrize("name", ERRORS)
def test_each_file_that_is_no_table_says_so(name: str) -> None:
    """Two lines, exit code 2, no output."""
    file, data, why = ERRORS[name]
    Path(file).write_bytes(data)
    result = run("batch", file, "-o", "out.jsonl", "-n", "1")
    assert (result.code, result.out) == (2, "")
    error = re.search("错误：(.+)\n怎么办：(.+)\n", result.err)
    assert error and why in error[0], result.err
    assert [path.name for path in Path().iterdir()] == [file]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_formula_never_gets_into_a_sheet_as_one(suffix: str) -> None:
    """What begins with = + - @ is text in the output, in the columns that came in too."""
    Path("a.csv").write_bytes(ROWS["formula as text"][1])
    run("batch", "a.csv", "-o", f"out{suffix}", "-n", "1")
    if suffix == ".csv":
        with Path("out.csv").open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert any("=书桌" in cell for cell in cells) and not any(
            cell.startswith(("=", "+", "-", "@")) for cell in cells
        )
    else:
        sheet = openpyxl.load_workbook("out.xlsx").worksheets[0]
        assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} <= {"s", "n"}
