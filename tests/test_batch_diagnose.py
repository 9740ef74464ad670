"""`batch --task diagnose`: a table of feedback in, a diagnosis for each row, the same rows by csv, xlsx and jsonl."""

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cli_runner import Result, run
from openai_stub import PERSONALITIES, serve

from copilot.batch.flat import flat_result
from copilot.diagnosis import SLOTS

ROWS = [
    ("u1", "2026-11-01", "能不能加个批量归档？我每周五要一封一封点，两百封邮件点到手酸，经常误了接孩子"),
    ("u2", "2026-11-02", "谢谢你们，新版的日历真好用"),
    ("u3", "2026-11-02", "更新到 6.1 以后，点“同步”就闪退，iPhone 13，每次都这样"),
    ("u4", "2026-11-03", "在哪里改发票抬头？"),
    ("u5", "2026-11-03", ""),
    ("u6", "2026-11-04", "asdf"),
    ("u7", "2026-11-05", "谢谢你们，新版的日历真好用"),
]


@pytest.fixture(autouse=True)
def table(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`反馈.csv`, as a spreadsheet saves it, in the working folder; commands use the bare home."""
    monkeypatch.setenv("OPS_COPILOT_HOME", str(bare))
    with Path("反馈.csv").open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([("用户", "日期", "反馈内容"), *ROWS])


def batch(*arguments: object, output: object = "诊断.jsonl", source: object = "反馈.csv") -> Result:
    """Run the batch."""
    return run("batch", source, "-o", output, "--task", "diagnose", *arguments)


def lines(path: str = "诊断.jsonl") -> list[dict[str, Any]]:
    """The rows of a jsonl output."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def test_each_row_is_diagnosed() -> None:
    """In order, with the contract's keys; a row without feedback says so, and equal voices stay two rows."""
    result = batch()
    assert result.code == 3
    assert [list(line) for line in lines() if line["row"] != 5] == [
        ["row", "key", "status", "result", "writer", "tokens"]
    ] * 6
    assert [line["status"] for line in lines()] == ["ok"] * 4 + ["failed"] + ["ok"] * 2
    assert lines()[4]["error"] == "这一行没有写反馈"
    kinds = [line["result"]["kind"] for line in lines() if "result" in line]
    assert kinds == ["request", "praise", "bug", "question", "other", "praise"]
    assert len({line["key"] for line in lines()}) == len(ROWS)
    assert "反馈内容 → 用户反馈（voice）" in result.err


def test_spans_are_slices_of_the_cell() -> None:
    """Slots stand in the row's own words."""
    batch()
    for line in lines():
        for slot in SLOTS:
            if span := line.get("result", {}).get(slot):
                assert ROWS[line["row"] - 1][2][span["start"] : span["end"]] == span["text"]


def test_junk_invents_no_need() -> None:
    """It is done, not failed, and says that it says too little."""
    batch()
    junk = lines()[5]["result"]
    assert (junk["enough"], junk["needs"], junk["options"]) == (False, [], [])


def test_csv_has_the_diagnosis_in_columns() -> None:
    """The table's own columns first, words of the voice and Chinese names in cells, the JSON last."""
    batch(output="诊断.csv")
    with Path("诊断.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:4] == ["用户", "日期", "反馈内容", "row"] and list(rows[0])[-1] == "result"
    whole = json.loads(rows[0]["result"])
    assert (rows[0]["kind"], rows[0]["verdict"]) == ("诉求", whole["verdict"])
    assert rows[0]["requested"] == whole["requested"]["text"] and rows[0]["requested"] in ROWS[0][2]
    assert rows[0]["need"] == whole["needs"][0]["statement"]
    assert rows[0]["other_needs"].splitlines() == [need["statement"] for need in whole["needs"][1:]]
    assert rows[0]["reply"] and rows[0]["owner"] and rows[0]["urgency"] in ("高", "中", "低")
    assert (rows[1]["kind"], rows[1]["solves_root"], rows[1]["need"]) == ("表扬", "", "")
    assert (rows[4]["status"], rows[4]["kind"]) == ("failed", "")


def test_xlsx_explains_its_columns() -> None:
    """The second sheet has a line for every column of the first."""
    batch(output="诊断.xlsx")
    book = openpyxl.load_workbook("诊断.xlsx")
    header = [cell.value for cell in next(book["结果"].iter_rows())]
    told = {row[0].value: row[1].value for row in book["说明"].iter_rows() if row[0].value}
    assert book["结果"].max_row == len(ROWS) + 1
    assert all(told.get(name) for name in header[3:])


def test_columns_do_not_depend_on_the_rows() -> None:
    """A diagnosis of praise has the cells of one of a request."""
    batch()
    cells = [list(flat_result("diagnose", line["result"])) for line in lines() if "result" in line]
    assert all(names == cells[0] for names in cells)


def test_equal_runs_are_equal_and_a_second_one_resumes() -> None:
    """Finished rows are taken from the journal."""
    batch()
    batch(output="again.jsonl")
    assert Path("诊断.jsonl").read_bytes() == Path("again.jsonl").read_bytes()
    assert "以前做好 6" in batch().err


def test_repeats_are_not_told() -> None:
    """That users say the same is no fault of a diagnosis."""
    told = batch().err
    assert "开头" not in told and "一字不差" not in told


def test_dry_run_costs_nothing() -> None:
    """The empty row is counted too: it is known only when it is worked on."""
    found = json.loads(batch("--dry-run", "--json").out)
    assert (found["rows"], found["pending"], found["cost"]) == (7, 7, "0.00 元")


def test_dry_run_with_a_model_calls_nobody() -> None:
    """Tokens are reckoned for the rows that a model would be asked about."""
    found = json.loads(batch("--dry-run", "--json", "--model", "openai:stub", "--base-url", "http://127.0.0.1:9").out)
    assert found["input_tokens"] > 500 and found["output_tokens"] > 500 and found["sampled"] == 7


def test_a_model_that_answers_something_else() -> None:
    """The rules' diagnosis stands and says so; the tokens are counted; praise is not sent at all."""
    with serve(PERSONALITIES["refusal"]) as stub:
        assert batch("--model", "openai:stub", "--base-url", stub.base_url).code == 3
    first, praise = lines()[0], lines()[1]
    assert first["status"] == "ok" and first["writer"].startswith("rules") and "stub" in first["writer"]
    assert first["tokens"] > 0 and first["result"]["needs"]
    assert (praise["writer"], praise["tokens"]) == ("rules", 0)


def test_a_model_that_cannot_be_used_fails_its_rows() -> None:
    """Nobody watches: a row is never passed off as written by the model; a second run without it mends them."""
    with serve(PERSONALITIES["401"]) as stub:
        batch("--model", "openai:stub", "--base-url", stub.base_url, "--workers", "1")
    assert lines()[0]["status"] == "failed" and "result" not in lines()[0]
    batch()
    assert lines()[0]["status"] == "ok"


def test_other_tasks_have_other_keys() -> None:
    """The same file may be asked and diagnosed."""
    batch("--map", "反馈内容=voice")
    run("batch", "反馈.csv", "-o", "回答.jsonl", "--task", "ask", "--map", "反馈内容=question")
    assert not {line["key"] for line in lines()} & {line["key"] for line in lines("回答.jsonl")}


def test_table_without_feedback() -> None:
    """Said with what to write."""
    Path("反馈.csv").write_text("编号,金额\n1,3\n", encoding="utf-8")
    result = batch()
    assert result.code == 2 and "没有一列是用户反馈（voice）" in result.err and "--map" in result.err
