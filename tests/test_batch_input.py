"""Tables of batch: every odd file is a clear error or correct rows, never a traceback; memory does not grow."""

import csv
import io
import json
import random
import re
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from copilot.batch.columns import recognised
from copilot.batch.table import Row, Table, open_table
from copilot.errors import InputError

WANTED = partial(recognised, task="adcopy")
HEAD = ["产品", "卖点", "价格"]
TEXT = "产品,卖点,价格\n保温杯,保温 12 小时、不漏水,79\n平底锅,不粘、好清洗,129\n"
ROWS = [("保温杯", "保温 12 小时、不漏水", "79"), ("平底锅", "不粘、好清洗", "129")]


def opened(folder: Path, name: str, data: bytes | str, **options: Any) -> tuple[Table, list[Row]]:
    """The table in a file of this name and content, and all its rows."""
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    with open_table(path, wanted=WANTED, **options) as table:
        return table, list(table.rows())


def workbook(fill: Callable[[Any], None], **sheets: Sequence[Sequence[Any]]) -> bytes:
    """The bytes of an xlsx whose first sheet `fill` fills; more sheets by name."""
    book = openpyxl.Workbook()
    fill(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def sheet_of(*rows: Sequence[Any]) -> bytes:
    """The bytes of an xlsx with these rows."""

    def fill(sheet: Any) -> None:
        for row in rows:
            sheet.append(list(row))

    return workbook(fill)


def with_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with one part changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            body = old.read(entry)
            new.writestr(entry.filename, change(body) if entry.filename == name else body)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        pytest.param(TEXT.encode("utf-8"), "", id="utf-8"),
        pytest.param(TEXT.encode("utf-8-sig"), "", id="utf-8-bom"),
        pytest.param(TEXT.encode("gbk"), "gb18030", id="gbk"),
        pytest.param(TEXT.encode("gb18030"), "gb18030", id="gb18030"),
        pytest.param(b"\xff\xfe" + TEXT.encode("utf-16-le"), "", id="utf-16-le-bom"),
        pytest.param(b"\xfe\xff" + TEXT.encode("utf-16-be"), "", id="utf-16-be-bom"),
        pytest.param(TEXT.encode("utf-16-le"), "utf-16-le", id="utf-16-le-unmarked"),
        pytest.param(TEXT.encode("utf-32"), "", id="utf-32"),
        pytest.param(TEXT.replace("\n", "\r\n").encode("gbk"), "gb18030", id="crlf"),
        pytest.param(TEXT.replace("\n", "\r").encode(), "", id="cr"),
        pytest.param(TEXT.replace("\n", "\r\r\n").encode(), "", id="crcrlf"),
        pytest.param(TEXT.rstrip("\n").encode(), "", id="no-last-line-end"),
        pytest.param(TEXT.replace(",", ";").encode(), "", id="semicolon"),
        pytest.param(TEXT.replace(",", "\t").encode(), "", id="tab"),
        pytest.param(TEXT.replace(",", "|").encode(), "", id="pipe"),
        pytest.param(TEXT.replace(",", "，").encode("gbk"), "gb18030", id="full-width-comma"),
        pytest.param(("sep=;\n" + TEXT.replace(",", ";")).encode(), "", id="sep-hint"),
        pytest.param(TEXT.replace("锅", "锅\0").encode(), "", id="nul"),
        pytest.param(TEXT.replace("锅", "锅\0").encode("gbk"), "gb18030", id="nul-gbk"),
        pytest.param(("\n\n春季活动表,,\n" + TEXT).encode(), "", id="title-above"),
        pytest.param(
            TEXT.replace("产品,", '"产品","', 1).replace("点,价", '点",价', 1).encode(), "", id="quoted-header"
        ),
    ],
)
def test_encodings_and_dialects(tmp_path: Path, data: bytes, encoding: str) -> None:
    """The same table, however it was saved; a guessed encoding is told."""
    table, rows = opened(tmp_path, "a.csv", data)
    assert table.header == HEAD
    assert [row.cells for row in rows] == ROWS
    assert [row.problem for row in rows] == ["", ""]
    assert encoding in "".join(table.notes)


def test_big5(tmp_path: Path) -> None:
    """Traditional Chinese of Windows in Taiwan."""
    table, rows = opened(
        tmp_path, "a.csv", "產品,賣點\n保溫杯,保溫十二小時，不漏水\n平底鍋,不沾、好清洗\n".encode("big5")
    )
    assert table.header == ["產品", "賣點"]
    assert rows[0].cells == ("保溫杯", "保溫十二小時，不漏水")


def test_encoding_found_behind_much_ascii(tmp_path: Path) -> None:
    """The first Chinese character may come megabytes into the file."""
    body = "product,points\n" + "cup,light\n" * 200_000 + "杯子,保温十二小时不漏水\n"
    table, rows = opened(tmp_path, "a.csv", body.encode("gbk"))
    assert rows[-1].cells == ("杯子", "保温十二小时不漏水")
    assert "gb18030" in table.notes[0]


@pytest.mark.parametrize(
    ("body", "cells", "problems"),
    [
        pytest.param("杯,轻,9,贵,真\n锅,好,8\n", [("杯", "轻", "9"), ("锅", "好", "8")], ["多出 2 格：贵、真", ""], id="surplus"),
        pytest.param("杯,轻,9,,\n", [("杯", "轻", "9")], [""], id="blank-surplus"),
        pytest.param("杯\n锅,好\n", [("杯",), ("锅", "好")], ["", ""], id="short"),
        pytest.param("杯,轻,9\n,,\n锅,好,8\n", [("杯", "轻", "9"), (), ("锅", "好", "8")], ["", "空的", ""], id="blank-row"),
        pytest.param("杯,轻,9\n\n \u3000\n锅,好,8\n", [("杯", "轻", "9"), (), (), ("锅", "好", "8")], ["", "空的", "空的", ""], id="blank-lines"),
        pytest.param('"杯,轻,9\n锅,好,8\n', [('"杯', "轻", "9"), ("锅", "好", "8")], ["引号不成对", ""], id="stray-quote"),
        pytest.param('杯,"轻,9\n锅,"好,真",8\n', [("杯", '"轻', "9"), ("锅", "好,真", "8")], ["引号不成对", ""], id="stray-before-good"),
        pytest.param('"杯"子,轻,9\n', [("杯子", "轻", "9")], [""], id="odd-quote"),
        pytest.param('5"屏,轻,9\n', [('5"屏', "轻", "9")], [""], id="inch"),
        pytest.param('杯,"轻\n薄\r\n快",9\n锅,好,8\n', [("杯", "轻\n薄\r\n快", "9"), ("锅", "好", "8")], ["", ""], id="line-ends-within"),
        pytest.param('杯, "轻,薄", 9\n', [("杯", "轻,薄", "9")], [""], id="blank-before-quotes"),
        pytest.param('杯,"轻""薄""",9\n', [("杯", '轻"薄"', "9")], [""], id="doubled-quotes"),
        pytest.param("杯,轻,9\n产品,卖点,价格\n", [("杯", "轻", "9"), ("产品", "卖点", "价格")], ["", "和列名一样"], id="header-again"),
        pytest.param(f"杯,{'长' * 1_800_000},9\n锅,好,8\n", [("杯", "长" * 100), ("锅", "好", "8")], ["超过 1024 KB", ""], id="huge-cell"),
        pytest.param(f'杯,"{"长" * 1_800_000}",9\n锅,好,8\n', [("杯", '"' + "长" * 99), ("锅", "好", "8")], ["超过 1024 KB", ""], id="huge-quoted-cell"),
        pytest.param(f"杯,{'长' * 200_000},9\n", [("杯", "长" * 200_000, "9")], [""], id="large-cell"),
        pytest.param("杯,轻\ufffd\ufffd,9\n锅,好,8\n", [("杯", "轻\ufffd\ufffd", "9"), ("锅", "好", "8")], ["2 个字符无法识别", ""], id="garbled-before"),
    ],
)  # fmt: skip
def test_odd_rows(tmp_path: Path, body: str, cells: list[tuple[str, ...]], problems: list[str]) -> None:
    """One odd row is one row with a problem at most; its neighbours are as they stand."""
    _, rows = opened(tmp_path, "a.csv", "产品,卖点,价格\n" + body)
    assert [row.cells for row in rows] == cells
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    for row, problem in zip(rows, problems, strict=True):
        assert problem in row.problem
        assert bool(problem) == bool(row.problem)


def test_undecodable_bytes_are_a_problem_of_their_row(tmp_path: Path) -> None:
    """Bytes that are no text become U+FFFD in one row, which then is not worked on."""
    lines = [f"保温杯{n},保温十二小时不漏水,79".encode() for n in range(50)]
    lines[20] = lines[20].replace("小".encode(), b"\xe5\xb0")
    _, rows = opened(tmp_path, "a.csv", b"\n".join(["产品,卖点,价格".encode(), *lines]))
    assert [row.number for row in rows if row.problem] == [21]
    assert "无法识别" in rows[20].problem


def test_one_broken_byte_in_a_small_file(tmp_path: Path) -> None:
    """A short GBK file with half a character: the other rows are read."""
    data = "产品,卖点\n保温杯,保温不漏水\n平底锅,不粘好清洗\n".encode("gbk").replace(
        "不粘".encode("gbk"), b"\xb2\xbb\xff\xff"
    )
    _, rows = opened(tmp_path, "a.csv", data)
    assert rows[0].cells == ("保温杯", "保温不漏水")
    assert "无法识别" in rows[1].problem


@pytest.mark.parametrize(("most", "few"), [("gbk", "utf-8"), ("utf-8", "gbk")])
def test_rows_of_another_encoding(tmp_path: Path, most: str, few: str) -> None:
    """Files put together of two: what is not in the encoding of the most is a problem, never garbled copy."""
    head, row = "产品,卖点\n".encode(most), "平底铁锅,不粘好清洗\n"
    _, rows = opened(
        tmp_path, "a.csv", head + row.encode(most) * 200 + "保温水杯,双层真空,\n".encode(few) + row.encode(most)
    )
    assert [row.number for row in rows if row.problem] == [201]
    assert rows[201].cells == ("平底铁锅", "不粘好清洗")


def test_unclosed_quote_reads_no_more_than_a_record_may_have(tmp_path: Path) -> None:
    """A quote that never closes in thousands of lines costs its own row alone."""
    body = '产品,卖点\n"杯,轻\n' + "".join(f"锅{n},好\n" for n in range(3000))
    _, rows = opened(tmp_path, "a.csv", body)
    assert len(rows) == 3001
    assert [row.number for row in rows if row.problem] == [1]


def test_trailing_blank_rows_are_left_out_and_told(tmp_path: Path) -> None:
    """What Excel leaves below a table is no rows."""
    table, rows = opened(tmp_path, "a.csv", TEXT + ",,\n" * 30)
    assert len(rows) == 2
    assert "末尾 30 个空行" in table.notes[-1]


def test_names_of_columns(tmp_path: Path) -> None:
    """Equal names are told apart, blank ones with values below them numbered, blank ones without left out."""
    table, rows = opened(tmp_path, "a.csv", '产品,"价 \n格",,价 格,,\n杯,1,x,2,,\n')
    assert table.header == ["产品", "价 格", "第 3 列", "价 格（2）"]
    assert rows[0].cells[:4] == ("杯", "1", "x", "2")


def test_unknown_names_are_a_header_too(tmp_path: Path) -> None:
    """Whether the columns can be used is for `map_columns` to say."""
    table, rows = opened(tmp_path, "a.csv", "甲,乙\n1,2\n3,4\n")
    assert table.header == ["甲", "乙"]
    assert len(rows) == 2


def test_values_that_are_names_do_not_make_a_header(tmp_path: Path) -> None:
    """A cell of the data may be the name of a column."""
    table, rows = opened(tmp_path, "a.csv", "甲,乙\n1,标题\n3,4\n")
    assert table.header == ["甲", "乙"]
    assert len(rows) == 2


def test_header_that_is_not_first_is_told(tmp_path: Path) -> None:
    """A title above it is no data."""
    table, _ = opened(tmp_path, "a.csv", "春季活动,,\n" + TEXT)
    assert "第 2 行" in table.notes[0]


def test_one_column_without_quotes_is_not_split(tmp_path: Path) -> None:
    """A list of questions, one a line, with commas in them."""
    path = tmp_path / "a.txt"
    path.write_text("问题\n怎么召回老客, 要不要发券\n怎么写短信，有模板吗\n“活动”怎么报\n", encoding="utf-8")
    with open_table(path, wanted=partial(recognised, task="ask")) as table:
        rows = list(table.rows())
    assert table.header == ["问题"]
    assert [row.cells[0] for row in rows] == ["怎么召回老客, 要不要发券", "怎么写短信，有模板吗", "“活动”怎么报"]


def test_rows_can_be_read_twice(tmp_path: Path) -> None:
    """Every call begins at the first row."""
    path = tmp_path / "a.csv"
    path.write_text(TEXT, encoding="utf-8")
    with open_table(path, wanted=WANTED) as table:
        next(iter(table.rows()))
        assert list(table.rows()) == list(table.rows())


NOT_JSON = '[\n{"产品": "杯"},\n{"产品": "锅"}\n]\n'


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        pytest.param("a.csv", b"", "空的", id="empty"),
        pytest.param("a.csv", b"\xef\xbb\xbf", "空的", id="mark-alone"),
        pytest.param("a.csv", b"\n\n , ,\n", "空的", id="blank"),
        pytest.param("a.csv", "产品,卖点\n", "没有数据", id="header-alone"),
        pytest.param("a.csv", "产品,卖点\n,\n,\n", "没有数据", id="header-and-blank-rows"),
        pytest.param("a.csv", '"产品,卖点\n杯,轻\n', "引号不成对", id="broken-header"),
        pytest.param("a.csv", random.Random(1).randbytes(50_000), "读不出文字", id="binary"),
        pytest.param("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 99, "二进制", id="png"),
        pytest.param("a.csv", sheet_of(HEAD, ["杯", "轻", 9]), "xlsx", id="xlsx-named-csv"),
        pytest.param("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧版 Excel", id="xls-named-csv"),
        pytest.param("a.xlsx", TEXT, "不是有效的 .xlsx", id="csv-named-xlsx"),
        pytest.param("a.xlsx", b"", "不是有效的 .xlsx", id="empty-xlsx"),
        pytest.param("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "加了密码", id="encrypted-or-xls"),
        pytest.param("a.xlsx", sheet_of(HEAD, ["杯", "轻", 9])[:-300], "不是有效的 .xlsx", id="truncated"),
        pytest.param("a.xlsx", with_part(sheet_of(HEAD, ["杯", "轻", 9]), SHEET, lambda xml: xml[:-90]), "可能已损坏", id="broken-xml"),
        pytest.param("a.xlsx", with_part(sheet_of(HEAD, ["杯", "轻", 9]), "xl/workbook.xml", lambda _: b"<a/>"), "没有数据", id="broken-workbook"),
        pytest.param("a.xlsx", with_part(sheet_of(HEAD, ["杯", "轻", 9]), SHEET, lambda xml: b"<!DOCTYPE a>" + xml), "DOCTYPE", id="doctype"),
        pytest.param("a.xlsx", sheet_of(), "没有数据", id="blank-workbook"),
        pytest.param("a.xlsx", sheet_of(HEAD), "没有数据", id="xlsx-header-alone"),
        pytest.param("a.xls", b"x", "另存或导出为 xlsx|不支持 .xls", id="xls"),
        pytest.param("a.json", NOT_JSON, "不支持 .json", id="json"),
        pytest.param("a.pdf", b"%PDF", "不支持 .pdf", id="pdf"),
        pytest.param("a", b"x", "没有扩展名", id="no-suffix"),
        pytest.param("a.jsonl", NOT_JSON, "数组", id="array-over-lines"),
        pytest.param("a.jsonl", '[{"产品": "杯"}]', "数组", id="array-in-a-line"),
        pytest.param("a.jsonl", '{\n"产品": "杯"\n}\n', "不是 jsonl", id="one-object-over-lines"),
        pytest.param("a.jsonl", TEXT, "不是 jsonl", id="csv-named-jsonl"),
        pytest.param("a.jsonl", "\n\n", "没有数据", id="blank-jsonl"),
    ],
)  # fmt: skip
def test_files_that_are_no_table(tmp_path: Path, name: str, data: bytes | str, message: str) -> None:
    """One clear error with what to do, exit 2."""
    with pytest.raises(InputError, match=message) as caught:
        opened(tmp_path, name, data)
    assert caught.value.hint
    assert "添加" not in caught.value.hint
    assert "\n" not in caught.value.message + caught.value.hint


def test_zip_that_is_no_workbook(tmp_path: Path) -> None:
    """An archive by the name of a workbook."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(InputError, match=r"不是 .xlsx 文档"):
        opened(tmp_path, "a.xlsx", file.getvalue())


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing files and folders."""
    for path, message in ((tmp_path / "no.csv", "不存在"), (tmp_path, "目录")):
        with pytest.raises(InputError, match=message), open_table(path, wanted=WANTED):
            pass


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TEXT.encode("gbk"), id="csv"),
        pytest.param(sheet_of(HEAD, *ROWS), id="xlsx"),
        pytest.param("\n".join(json.dumps(dict(zip(HEAD, row, strict=True))) for row in ROWS).encode(), id="jsonl"),
    ],
)
def test_stdin_is_sniffed(data: bytes) -> None:
    """What comes without a name is known by its first bytes."""
    stream = io.BytesIO(data)
    stream.seek = None  # type: ignore[method-assign, assignment]  # as a pipe
    with open_table(stream, wanted=WANTED) as table:
        assert table.header == HEAD
        assert [row.cells for row in table.rows()] == ROWS


def test_values_of_a_sheet(tmp_path: Path) -> None:
    """As a person reads them: dates ISO, long numbers with all digits, no float noise, yes and no in Chinese."""

    def fill(sheet: Any) -> None:
        sheet.append(["产品", "编号", "价格", "截止", "时刻", "折", "是否"])
        sheet.append(["杯", 1234567890123456, 0.1 + 0.2, datetime(2026, 11, 3), time(9, 30), 0.85, True])
        sheet.append(["锅", "00012", 79.0, datetime(2026, 11, 3, 18, 30), None, None, False])
        sheet["F2"].number_format = "0%"

    _, rows = opened(tmp_path, "a.xlsx", workbook(fill))
    assert rows[0].cells == ("杯", "1234567890123456", "0.3", "2026-11-03", "09:30", "85%", "是")
    assert rows[1].cells == ("锅", "00012", "79", "2026-11-03 18:30", "", "", "否")


def test_merged_cells(tmp_path: Path) -> None:
    """A title merged across is no header, a cell merged down holds for all its rows, hidden rows are rows."""

    def fill(sheet: Any) -> None:
        for row in (["商品"], HEAD, ["杯", "轻", 9], [None, "薄", 8], [None, "快", 7], ["锅", "好", 6]):
            sheet.append(row)
        sheet.merge_cells("A1:C1")
        sheet.merge_cells("A3:A5")
        sheet.row_dimensions[4].hidden = True

    table, rows = opened(tmp_path, "a.xlsx", workbook(fill))
    assert table.header == HEAD
    assert [row.cells for row in rows] == [("杯", "轻", "9"), ("杯", "薄", "8"), ("杯", "快", "7"), ("锅", "好", "6")]


def test_header_of_two_rows(tmp_path: Path) -> None:
    """Groups merged across above the names, names without group merged down."""

    def fill(sheet: Any) -> None:
        for row in (["产品", "价格", None], [None, "原价", "活动价"], ["杯", 99, 79]):
            sheet.append(row)
        sheet.merge_cells("A1:A2")
        sheet.merge_cells("B1:C1")

    table, rows = opened(tmp_path, "a.xlsx", workbook(fill))
    assert table.header == ["产品", "原价", "活动价"]
    assert [row.cells for row in rows] == [("杯", "99", "79")]


def test_formulas_and_errors_of_a_sheet(tmp_path: Path) -> None:
    """A formula has its stored result; without one, or with an error, the row says which cell; unknown columns may."""
    data = sheet_of(
        [*HEAD, "毛利"],
        ["杯", "轻", "=1+1", 1],
        ["锅", "好", "#N/A", 1],
        ["盆", "大", "=A1", "=B1"],
        ["碗", "小", "=IF(1,1)", 1],
        ["盘", "平", 3, "#DIV/0!"],
    )

    def stored(xml: bytes) -> bytes:
        xml = re.sub(rb"<f>A1</f><v ?/?>(</v>)?", b"<f>A1</f><v>5</v>", xml)
        return xml.replace(b'r="C5"', b'r="C5" t="str"')  # a result that is an empty text

    _, rows = opened(tmp_path, "a.xlsx", with_part(data, SHEET, stored))
    assert [bool(row.problem) for row in rows] == [True, True, False, False, False]
    assert "C2" in rows[0].problem
    assert "公式" in rows[0].problem
    assert "C3 是错误值 #N/A" in rows[1].problem
    assert rows[2].cells[2] == "5"
    assert rows[3].cells[2] == ""
    assert rows[4].cells[3] == "#DIV/0!"


def test_sheets_are_chosen_and_told(tmp_path: Path) -> None:
    """The first that holds anything, or the named one; none is left out without a word."""
    data = workbook(lambda sheet: None, 数据=[HEAD, *ROWS], 旧表=[HEAD, ("碗", "小", 1)], 空=[])
    table, rows = opened(tmp_path, "a.xlsx", data)
    assert [row.cells for row in rows] == ROWS
    assert "旧表" in table.notes[0]
    assert "空" not in table.notes[0]
    assert opened(tmp_path, "a.xlsx", data, sheet="旧表")[1][0].cells == ("碗", "小", "1")
    with pytest.raises(InputError, match="数据、旧表"):
        opened(tmp_path, "a.xlsx", data, sheet="没有")


def test_sheet_for_a_csv_is_told(tmp_path: Path) -> None:
    """An option that does nothing here."""
    assert "--sheet" in opened(tmp_path, "a.csv", TEXT, sheet="数据")[0].notes[-1]


def test_cells_beyond_the_header_of_a_sheet(tmp_path: Path) -> None:
    """Near the top they are a column without name; far below, a problem of their row."""
    far = [["杯", "轻", 9] for _ in range(400)]
    table, rows = opened(tmp_path, "a.xlsx", sheet_of(HEAD, ["杯", "轻", 9, "见附件"], *far, ["锅", "好", 8, "", "远"]))
    assert table.header == [*HEAD, "第 4 列"]
    assert [row.number for row in rows if row.problem] == [402]
    assert "多出 1 格：远" in rows[-1].problem


def test_streamed_workbooks(tmp_path: Path) -> None:
    """Texts inside the sheet, no dimension, and formatted runs."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (HEAD, *ROWS):
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    runs = b"<is><r><t>7</t></r><r><rPr><b/></rPr><t>9</t></r><rPh><t>x</t></rPh></is>"
    data = with_part(file.getvalue(), SHEET, lambda xml: xml.replace(b"<is><t>79</t></is>", runs))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert runs in archive.read(SHEET)
    for body in (file.getvalue(), data):
        assert [row.cells for row in opened(tmp_path, "a.xlsx", body)[1]] == ROWS


def test_jsonl(tmp_path: Path) -> None:
    """Values stay what they are; bad lines are rows with a problem, blank ones nothing."""
    lines = [
        '{"产品": "杯", "卖点": ["轻", "薄"]}',
        "",
        "[1, 2]",
        '{"产品": "锅", "价格": 79.5, "优惠": {"end": "11-3"}}',
        '{"产品": "盆"',
        '{"产品": "碗", "产品": "盘"}',
        '{"产品": "\\ud83d"}',
        "{}",
        '{"价格": NaN, "产品": "桶"}',
        f'{{"产品": {"9" * 5000}}}',
        '{"产品": ' + "[" * 100_000,
    ]
    table, rows = opened(tmp_path, "a.jsonl", "\ufeff" + "\r\n".join(lines))
    assert table.header == ["产品", "卖点", "价格", "优惠"]
    assert rows[0] == Row(1, ("杯", ["轻", "薄"]))
    assert rows[2] == Row(3, ("锅", None, 79.5, {"end": "11-3"}))
    assert rows[7] == Row(8, ("桶", None, None))
    assert [row.number for row in rows if row.problem] == [2, 4, 5, 6, 7, 9, 10]
    assert "第 3 行不是 JSON 对象" in rows[1].problem
    json.dumps([row.cells for row in rows], ensure_ascii=False).encode()


def test_header_of_jsonl_is_whole_from_the_start(tmp_path: Path) -> None:
    """A key that only a late row has is a column as well."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"产品": "杯"}\n' * 5000 + '{"产品": "锅", "价格": 9}\n', encoding="utf-8")
    with open_table(path, wanted=WANTED) as table:
        assert table.header == ["产品", "价格"]


CELL = st.text(
    st.one_of(
        st.sampled_from("轻薄保温杯不漏水，、；。aZ09 \t\r\n\"',;|"),
        st.characters(exclude_characters="\ufffd", exclude_categories=("Cs", "Cc")),
    ),
    max_size=12,
)
RARE = re.compile(r"[^\x00-\x7f轻薄保温杯不漏水，、；。]")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from(",\t;|，"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-32"]),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@example(table=[["a\r\r\nb", "", ' "x', ], ["", "\r", ", "]], delimiter=",", encoding="utf-8", end="\r\n", quoting=0)  # fmt: skip
def test_what_csv_writes_is_read_back(
    tmp_path: Path, table: list[list[str]], delimiter: str, encoding: str, end: str, quoting: Any
) -> None:
    """Any table that the csv module writes, in any dialect."""
    if encoding == "gb18030":  # which has to be guessed: what nobody writes would be guessed wrong
        table = [[RARE.sub("好", cell) for cell in row] for row in table]
    file = io.StringIO(newline="")
    body = [
        *table,
        ["保温杯子", "轻便好用不漏水，适合上班的人", "七十九元"],
    ]  # something for the encoding to be guessed from
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([HEAD, *body])
    found, rows = opened(tmp_path, "a.csv", file.getvalue().encode(encoding))
    assert found.header == HEAD
    wanted = [() if not any(map(str.strip, row)) else tuple(row) for row in body]
    assert [row.cells for row in rows] == wanted


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), name=st.sampled_from(["a.csv", "a.tsv", "a.jsonl", "a.xlsx"]))
def test_any_bytes_are_rows_or_an_error(tmp_path: Path, data: bytes, name: str) -> None:
    """Never anything but an InputError."""
    try:
        opened(tmp_path, name, data)
    except InputError as error:
        assert error.hint


def test_damaged_workbooks_are_rows_or_an_error(tmp_path: Path) -> None:
    """Bytes changed at random in the sheet, the strings, the styles and the workbook."""
    data = sheet_of(HEAD, *ROWS, ["杯", "=1+1", datetime(2026, 11, 3)])
    dice = random.Random(5)
    parts = [SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"]

    def damaged(xml: bytes) -> bytes:
        body = bytearray(xml)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(body))
            body[at : at + dice.randint(0, 3)] = dice.choice([b"", b"9", b"<", b"Z", b'"', b"-1"])
        return bytes(body)

    for number in range(150):
        try:
            opened(tmp_path, "a.xlsx", with_part(data, parts[number % len(parts)], damaged))
        except InputError as error:
            assert error.hint


def peak(path: Path) -> int:
    """Bytes that reading a whole table takes at most."""
    tracemalloc.start()
    try:
        with open_table(path, wanted=WANTED) as table:
            for _ in table.rows():
                pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, name: str) -> None:
    """50,000 rows take no more than 1,000."""
    peaks = []
    for count in (1_000, 1_000, 50_000):  # the first one loads data files
        path = tmp_path / name
        with path.open("w", encoding="gbk" if name == "a.csv" else "utf-8", newline="") as file:
            if name == "a.csv":
                file.write("产品,卖点,价格\n")
                file.writelines(f'保温杯{n},"保温，不漏\n轻便",{n}\n' for n in range(count))
            else:
                file.writelines(f'{{"产品": "保温杯{n}", "卖点": ["轻"]}}\n' for n in range(count))
        peaks.append(peak(path))
    assert peaks[2] < peaks[1] + 700_000
