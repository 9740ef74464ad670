"""The output of a batch: results as cells, and csv, xlsx and jsonl written whole, streamed, the same every time."""

import csv
import hashlib
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.batch import output_sheet
from copilot.batch.flat import column_order, flat_result
from copilot.batch.output import write_output
from copilot.batch.output_cells import OURS, Line, Shape, cell_text, column_names
from copilot.batch.output_sheet import CELL, cut
from copilot.briefs import AdBrief, AdCopy, Gap
from copilot.errors import InputError
from copilot.export.files import remove_leftovers, whole_file, write_whole
from copilot.types import Answer, Citation, Count, Finding, Sentence, Variant

QUOTE = Citation(1, "d1", "handbook/copy/pain.md", "痛点写法", "开头", "把麻烦\n写成一个场景，", 10, 20, 0.8)
NOTE = Finding("C7", "style", "caution", "body", 0, 2, "出门", "", "一句话不超过 25 个字")
POST = Variant(
    "a1",
    "xiaohongshu",
    "pain",
    "PAS",
    {"title": "=出门总忘锁门", "body": "装上它，**门一关**就锁。", "tags": ("#智能门锁", "#租房好物")},
    {"title": Count(6, 20, "xhs", "hard"), "tags": Count(5, 20, "char", "recommended", (5, 5))},
    "=出门总忘锁门\n装上它，**门一关**就锁。[1]",
    ({"keyword": "指纹锁", "reason": "没有空位"},),
    (NOTE,),
    (QUOTE,),
)
SMS = Variant(
    "b2", "sms", "direct", "AIDA", {"text": "【家安】门锁 129 元"}, {}, "【家安】门锁 129 元", ai_generated=True
)
COPY = AdCopy(
    AdBrief("门锁"),
    (POST, SMS),
    ({"reason": "没有依据", "claim": "销量第一"},),
    gaps=(Gap("price", "价格是多少？", "129 元"),),
    notes=("渠道按小红书写",),
)
SAID = Sentence("先发券。", (1,), "supported")
REPLY = Answer("怎么召回？", "召回", True, "先发券。[1]", (SAID,), (QUOTE,))
FLAT = flat_result("adcopy", COPY.to_dict())
COLUMNS = column_order([tuple(FLAT)])
SUFFIXES = [".csv", ".xlsx", ".jsonl"]
HEADER = ["商品名", "status", "编号"]


def body_of(result: AdCopy | Answer) -> str:
    """The body of a row that ended well, as the journal keeps it."""
    record = result.to_dict()
    del record["timings_ms"]
    return json.dumps({"result": record, "writer": "rules", "tokens": 0}, ensure_ascii=False)


FAILED = json.dumps({"error": "没有卖点", "writer": "rules", "tokens": 7}, ensure_ascii=False)
LINES = [
    Line(1, "aa11", "ok", ["门锁", "=1+1", "007"], body_of(COPY)),
    Line(2, "bb22", "failed", ["只有一格"], FAILED),
    Line(3, "cc33", "ok", ["门锁", "上架", "6901234567890"], body_of(COPY)),
]


def written(
    path: Path,
    lines: Sequence[Line] = LINES,
    header: Sequence[str] = HEADER,
    columns: Sequence[str] = COLUMNS,
    task: str = "adcopy",
) -> Path:
    """Write an output; the lines come as an iterator."""
    write_output(path, header, columns, iter(lines), task, lambda digest: None)
    return path


def csv_rows(path: Path) -> list[dict[str, str]]:
    """Read a csv back as a program does."""
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def sheet_rows(path: Path) -> list[dict[str, Any]]:
    """Read the cells of the first sheet back, by the names of the header."""
    sheet = openpyxl.load_workbook(path)["结果"]
    head, *rows = sheet.iter_rows()
    return [{name.value: cell for name, cell in zip(head, row, strict=True)} for row in rows]


def names_in(folder: Path) -> list[str]:
    """The files of a folder, hidden ones too."""
    return sorted(file.name for file in folder.iterdir() if file.is_file())


# Results as cells


def test_a_variant_becomes_columns() -> None:
    """Channel and angle in Chinese, fields by their contract names, lists joined, the text as it is pasted."""
    assert FLAT["v1.platform"] == "小红书"
    assert FLAT["v1.angle"] == "痛点"
    assert FLAT["v1.title"] == "=出门总忘锁门"
    assert FLAT["v1.tags"] == "#智能门锁 #租房好物"
    assert FLAT["v1.text"] == "=出门总忘锁门\n装上它，门一关就锁。"
    assert FLAT["v1.chars"] == "标题 6/20 字；话题 2 项，最长 5/20 字，建议值"
    assert FLAT["v1.notes"].splitlines()[:2] == [
        "【注意】正文“出门”：一句话不超过 25 个字",
        "没有放下“指纹锁”：没有空位",
    ]


def test_what_is_of_the_whole_row_stands_once() -> None:
    """What was left out and why, what to ask for, what was assumed."""
    assert FLAT["dropped"] == "销量第一：没有依据"
    assert FLAT["gaps"] == "价格是多少？（例：129 元）"
    assert FLAT["notes"] == "渠道按小红书写"


def test_a_field_called_text_is_told_once() -> None:
    """The field of sms is what is pasted; where they differ both are there."""
    assert [name for name in FLAT if name.startswith("v2.")] == [
        "v2.platform",
        "v2.angle",
        "v2.text",
        "v2.chars",
        "v2.notes",
    ]
    moments = Variant("c", "wechat_moments", "pain", "PAS", {"text": "早", "description": "图"}, {}, "早\n图")
    flat = flat_result("adcopy", AdCopy(AdBrief("门锁"), (moments,)).to_dict())
    assert flat["v1.text（字段）"] == "早"
    assert flat["v1.text"] == "早\n图"


def test_an_answer_becomes_columns() -> None:
    """Whether, what, and what it rests on, a line for each citation."""
    flat = flat_result("ask", REPLY.to_dict())
    assert flat == {
        "answered": "是",
        "answer": "先发券。[1]",
        "citations": "[1] 痛点写法（handbook/copy/pain.md）：“把麻烦 写成一个场景，”",
    }


def test_json_and_record_give_the_same_cells() -> None:
    """In the worker lists are tuples, in the journal they are lists."""
    assert flat_result("adcopy", json.loads(json.dumps(COPY.to_dict()))) == FLAT


def test_columns_stand_by_variant_and_field() -> None:
    """Channel and angle first, fields as first seen over all rows, then text, count and notes; the row's own last."""
    sets = [
        ("v1.platform", "v1.angle", "v1.title", "v1.text", "v1.chars", "v1.notes", "notes"),
        ("v1.platform", "v1.body", "v1.text", "v10.platform", "v2.angle", "v2.platform", "dropped"),
    ]
    assert column_order(sets) == [
        "v1.platform", "v1.angle", "v1.title", "v1.body", "v1.text", "v1.chars", "v1.notes",
        "v2.platform", "v2.angle", "v10.platform", "notes", "dropped",
    ]  # fmt: skip


FIELD = st.sampled_from(["platform", "angle", "title", "body", "tags", "text", "chars", "notes"])
COLUMN = st.one_of(
    st.builds("v{}.{}".format, st.integers(1, 12), FIELD), st.sampled_from(["dropped", "gaps", "notes", "value", "v1"])
)


@given(st.lists(st.lists(COLUMN, max_size=8), max_size=8))
def test_the_order_holds_each_column_once(sets: list[list[str]]) -> None:
    """And a set that comes again, or the order itself, changes nothing."""
    order = column_order(sets)
    assert sorted(order) == sorted({name for columns in sets for name in columns})
    assert column_order([*sets, *reversed(sets)]) == order
    assert column_order([order]) == order


# csv

DANGEROUS = tuple("=+-@\t\r＝＋－＠")


def unescaped(cell: str) -> str:
    """What a cell of csv was before: without the ' of a formula and the tab of a number."""
    if cell.startswith("'") and cell[1:].startswith(DANGEROUS):
        return cell[1:]
    return cell.removesuffix("\t") if cell.rstrip("\t")[:1].isdigit() else cell


CELLS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=30).filter(lambda t: not t.startswith("'") and not t.endswith("\t")),
    st.sampled_from(
        ["=1+1", "+86 138", "-5", "@某人", "007", "6901234567890", "1e5", "3-4", 'a"b', "a,b", "a\r\nb", " "]
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=5))
def test_csv_cells_come_back(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    """Whatever is in the input stands in the csv, as a text that runs nothing."""
    path = tmp_path_factory.mktemp("csv") / "out.csv"
    written(path, [Line(n, "k", "failed", row, FAILED) for n, row in enumerate(rows, 1)], ["甲", "乙"], [])
    read = csv_rows(path)
    for row, back in zip(rows, read, strict=True):
        assert [unescaped(back["甲"]), unescaped(back["乙"])] == [cell_text(cell) for cell in row]
        assert not any(cell.startswith(DANGEROUS) for cell in back.values())


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=2))
def test_csv_is_what_the_library_writes(cells: list[str]) -> None:
    """Our own quoting is faster, not other."""
    from copilot.batch.output import _quoted

    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    assert ",".join(map(_quoted, cells)) + "\r\n" == out.getvalue()


def test_csv_is_for_excel(tmp_path: Path) -> None:
    """A byte order mark, formulas escaped, long numbers as text, the input's columns first, then ours."""
    path = written(tmp_path / "out.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    first, second, third = csv_rows(path)
    assert list(first) == ["商品名", "status（原表）", "编号", *OURS, *COLUMNS, "result"]
    assert (first["status（原表）"], first["编号"], first["v1.title"]) == ("'=1+1", "007\t", "'=出门总忘锁门")
    assert third["编号"] == "6901234567890\t"
    assert (first["row"], first["key"], first["status"], first["error"], first["tokens"]) == (
        "1",
        "aa11",
        "ok",
        "",
        "0",
    )
    assert json.loads(first["result"]) == json.loads(body_of(COPY))["result"]
    assert (second["status"], second["error"], second["tokens"], second["v1.title"], second["result"]) == (
        "failed", "没有卖点", "7", "", "",
    )  # fmt: skip
    assert (second["商品名"], second["编号"]) == ("只有一格", "")


def test_values_of_jsonl_become_cells(tmp_path: Path) -> None:
    """Lists and numbers as JSON, nothing for null, half a surrogate pair and control characters as a sign."""
    values: list[Any] = [["轻", "快"], 12.5, None, True, "\ud800a\x00b"]
    path = written(tmp_path / "out.csv", [Line(1, "k", "failed", values, FAILED)], list("甲乙丙丁戊"), [])
    row = csv_rows(path)[0]
    assert [row[name] for name in "甲乙丙丁戊"] == ['["轻", "快"]', "12.5", "", "true", "\ufffda\ufffdb"]


def test_names_never_stand_twice() -> None:
    """A column of the input that is called like ours gives way, to a name that is free."""
    names = column_names(Shape(["status", "status（原表）", "v1.title", "result", "价格"], ["v1.title"], "adcopy"))
    assert names[:5] == ["status（原表 2）", "status（原表）", "v1.title（原表）", "result（原表）", "价格"]
    assert len(set(names)) == len(names)


# jsonl


def test_jsonl_is_the_contract(tmp_path: Path) -> None:
    """Five or six keys in their order, result or error as kept, and nothing of the input's cells."""
    path = written(tmp_path / "out.jsonl")
    first, second, third = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    assert list(first) == ["row", "key", "status", "result", "writer", "tokens"]
    assert first == {"row": 1, "key": "aa11", "status": "ok"} | json.loads(body_of(COPY))
    assert list(second.items()) == [
        ("row", 2), ("key", "bb22"), ("status", "failed"), ("error", "没有卖点"), ("writer", "rules"), ("tokens", 7),
    ]  # fmt: skip
    assert third["row"] == 3


def test_half_a_surrogate_pair_stays_json(tmp_path: Path) -> None:
    """A file of UTF-8 cannot hold it, its escape can."""
    body = json.dumps({"error": "坏字符 \ud83d", "writer": "rules", "tokens": 0}, ensure_ascii=False)
    path = written(tmp_path / "out.jsonl", [Line(1, "k", "failed", [], body)])
    assert json.loads(path.read_bytes().decode())["error"] == "坏字符 \ud83d"


# xlsx


def test_sheet_holds_texts_as_texts(tmp_path: Path) -> None:
    """No formula, no number where there was a text, and what looks like one stays a text when it is edited."""
    first, second, _ = sheet_rows(written(tmp_path / "out.xlsx"))
    assert first["status（原表）"].value == "=1+1"
    assert all(cell.data_type == "s" for name, cell in first.items() if cell.value and name not in ("row", "tokens"))
    assert [name for name, cell in first.items() if cell.quotePrefix] == [
        "status（原表）",
        "编号",
        "v1.title",
        "v1.text",
    ]
    assert (first["row"].value, first["tokens"].value, second["tokens"].value) == (1, 0, 7)
    assert first["编号"].value == "007"
    assert json.loads(first["result"].value) == json.loads(body_of(COPY))["result"]
    assert (second["error"].value, second["v1.title"].value) == ("没有卖点", None)


def test_sheet_is_made_for_reading(tmp_path: Path) -> None:
    """A bold header that stays, columns of some width, and a second sheet that says what they are."""
    book = openpyxl.load_workbook(written(tmp_path / "out.xlsx"))
    sheet, words = book["结果"], book["说明"]
    assert sheet.freeze_panes == "A2"
    assert all(cell.font.bold for cell in sheet[1])
    assert all(8 <= sheet.column_dimensions[cell.column_letter].width <= 46 for cell in sheet[1])
    explained = {row[0]: row[1] for row in words.values if row[0]}
    assert {*OURS, "v1.title", "v1.text", "dropped", "result", "status（原表）"} <= set(explained)
    assert "标题" in explained["v1.title"]


@pytest.mark.parametrize(
    "text",
    [
        "<b>&amp;</b> ]]>",
        "  两头有空格  ",
        "一行\n两行\t制表",
        "#N/A",
        "\x01\x0b\ufffe",
        "😀" * 10,
        "'=1",
        "_x000D_",
        "1e5",
        "=A1",
    ],
)
def test_odd_texts_come_back_from_a_sheet(tmp_path: Path, text: str) -> None:
    """Markup, white space, errors of Excel, emoji; only what XML does not know is replaced."""
    path = written(tmp_path / "out.xlsx", [Line(1, "k", "failed", [text], FAILED)], ["甲"], [])
    cell = sheet_rows(path)[0]["甲"]
    assert (cell.value, cell.data_type) == (cell_text(text), "s")


def test_a_long_result_goes_on_in_more_columns(tmp_path: Path) -> None:
    """A cell holds 32,767 UTF-16 units; the rest of the JSON stands behind it, whole."""
    long = AdCopy(
        AdBrief("门锁"), (Variant("a", "zhihu", "pain", "PAS", {"body": "好😀" * 30_000}, {}, "长" * 40_000),)
    )
    lines = [LINES[0], Line(2, "k", "ok", ["长" * 40_000], body_of(long))]
    path = written(tmp_path / "out.xlsx", lines, ["卖点"], ["v1.body", "v1.text"])
    first, second = sheet_rows(path)
    names = [name for name in second if name.startswith("result")]
    assert names == ["result", "result.2", "result.3", "result.4"]
    parts = [second[name].value for name in names]
    assert json.loads("".join(parts)) == json.loads(body_of(long))["result"]
    assert all(len(part.encode("utf-16-le")) // 2 <= CELL for part in parts)
    assert first["result.2"].value is None
    assert second["v1.body"].value.endswith("全文见 result 列）")
    assert second["卖点"].value.endswith("（全文 40000 字，单元格放不下；全文见原表）")
    assert len(second["卖点"].value) == CELL


@given(st.text(st.sampled_from("字a😀\n"), min_size=1), st.integers(1, 9000))
@settings(max_examples=30, deadline=None)
def test_parts_make_the_whole(text: str, times: int) -> None:
    """Nothing is lost where a text is cut, and no part is too long."""
    parts = cut(text * times)
    assert "".join(parts) == text * times
    assert all(len(part.encode("utf-16-le")) // 2 <= CELL for part in parts)


@pytest.mark.parametrize(("limit", "value", "word"), [("ROWS", 2, "行"), ("COLUMNS", 20, "列")])
def test_a_sheet_has_its_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, word: str
) -> None:
    """Too much for a sheet is said, with what to do, and leaves nothing behind."""
    monkeypatch.setattr(output_sheet, limit, value)
    with pytest.raises(InputError, match=word) as caught:
        written(tmp_path / "out.xlsx")
    assert ".csv" in caught.value.hint
    assert names_in(tmp_path) == []


def test_answers_and_no_rows_are_written_too(tmp_path: Path) -> None:
    """The other task, and an input without rows."""
    path = written(tmp_path / "a.csv", [Line(1, "k", "ok", [], body_of(REPLY))], [], ["answered", "answer"], "ask")
    assert csv_rows(path)[0]["answer"] == "先发券。[1]"
    for suffix in SUFFIXES:
        written(tmp_path / f"empty{suffix}", [])
    assert csv_rows(tmp_path / "empty.csv") == sheet_rows(tmp_path / "empty.xlsx") == []
    assert (tmp_path / "empty.jsonl").read_bytes() == b""


# All of them


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_equal_rows_make_equal_bytes(tmp_path: Path, suffix: str) -> None:
    """Whenever they are written."""
    assert written(tmp_path / f"a{suffix}").read_bytes() == written(tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_seal_comes_before_the_file(tmp_path: Path, suffix: str) -> None:
    """The digest is that of the file to come, told while the old one is still there."""
    path, seen = tmp_path / f"out{suffix}", []
    path.write_bytes(b"old")
    write_output(path, HEADER, COLUMNS, iter(LINES), "adcopy", lambda digest: seen.append((digest, path.read_bytes())))
    assert seen == [(hashlib.sha256(path.read_bytes()).hexdigest(), b"old")]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_failure_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    """In the middle of the rows or at the seal: nothing half written, nothing left behind."""
    path = tmp_path / f"out{suffix}"
    path.write_bytes(b"old")

    def broken() -> Iterator[Line]:
        yield LINES[0]
        raise RuntimeError

    def refused(digest: str) -> None:
        raise RuntimeError

    attempts: list[Callable[[], None]] = [
        lambda: write_output(path, HEADER, COLUMNS, broken(), "adcopy", lambda digest: None),
        lambda: write_output(path, HEADER, COLUMNS, iter(LINES), "adcopy", refused),
    ]
    for attempt in attempts:
        with pytest.raises(RuntimeError):
            attempt()
        assert names_in(tmp_path) == [path.name]
        assert path.read_bytes() == b"old"


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, suffix: str) -> None:
    """Five times as many rows take no more of it."""
    peaks = []
    written(tmp_path / f"warm{suffix}")
    for count in (300, 1500):
        lines = (Line(n, f"{n:016x}", "ok", [f"门锁{n}"], LINES[0].body) for n in range(1, count + 1))
        tracemalloc.start()
        write_output(tmp_path / f"out{suffix}", HEADER, COLUMNS, lines, "adcopy", lambda digest: None)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000


# Whole files


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    """Until the block ends the old one is there; it may be read back meanwhile."""
    path = tmp_path / "out.csv"
    write_whole(path, b"old")
    with whole_file(path) as file:
        file.write(b"new")
        file.seek(0)
        assert (file.read(), path.read_bytes()) == (b"new", b"old")
    assert path.read_bytes() == b"new"
    assert names_in(tmp_path) == ["out.csv"]


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """An error of the system, with what to do."""
    with pytest.raises(InputError, match="写不进"), whole_file(tmp_path / "none" / "out.csv"):
        pass


def test_leftovers_of_killed_runs_go(tmp_path: Path) -> None:
    """Those of this target, and no others: not of another file, not a journal, not what a user has put there."""
    others = [".out.csv.journal", ".out.csv.abcd1234", ".out.csvx.abcd1234.part", "out.csv", ".out.csv.abc.part"]
    long = f"{'长' * 60}.csv"
    for name in (".out.csv.abcd1234.part", ".out.csv.x_y_z_12.part", *others):
        (tmp_path / name).touch()
    remove_leftovers(tmp_path / "out.csv")
    assert names_in(tmp_path) == sorted(others)
    with whole_file(tmp_path / long):
        left = set(names_in(tmp_path)) - set(others)
        remove_leftovers(tmp_path / f"{'长' * 60}2.csv")  # begins alike, is another file
        assert left <= set(names_in(tmp_path))
