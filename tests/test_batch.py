"""`batch` from table to table by the rule writer: what comes out, what a second run does, what is refused."""

import csv
import json
import sqlite3
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cli_runner import Result, run

from copilot import Copilot, Settings
from copilot.batch.job import Job
from copilot.errors import InputError

TABLE = """\
SKU,商品名,卖点,活动价,人群,渠道
6901234567890,云檐扫拖机器人,拖布自己洗、噪音不超过58分贝,1299,养猫的上班族,小红书
6901234567891,木屿书桌,高度能调、边角是圆的,699,小学生家长,短信
6901234567892,拾里挂耳咖啡,一盒 24 包、撕开就能冲,59,早上赶地铁的人,小红书
6901234567891,木屿书桌,高度能调、边角是圆的,699,小学生家长,短信
"""


@pytest.fixture(autouse=True)
def table(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`商品.csv` in the working folder; commands use the bare home."""
    monkeypatch.setenv("OPS_COPILOT_HOME", str(bare))
    path = Path("商品.csv")
    path.write_text(TABLE, encoding="utf-8")
    return path


def batch(*arguments: object, source: object = "商品.csv", output: object = "文案.jsonl", stdin: bytes = b"") -> Result:
    """Run `batch` with one variant a row."""
    return run("batch", source, "-o", output, "-n", "1", *arguments, stdin=stdin)


def lines(path: str = "文案.jsonl") -> list[dict[str, Any]]:
    """The rows of a jsonl output."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def refused(result: Result) -> str:
    """The message of an error of usage."""
    assert (result.code, result.out) == (2, "")
    return result.err[result.err.index("错误：") :]


# What comes out


def test_one_line_for_each_row_in_order() -> None:
    """With exactly the keys of the contract, in its order."""
    assert batch().code == 0
    assert [list(line) for line in lines()] == [["row", "key", "status", "result", "writer", "tokens"]] * 4
    assert [line["row"] for line in lines()] == [1, 2, 3, 4]
    products = [line["result"]["brief"]["product"] for line in lines()]
    assert products == ["云檐扫拖机器人", "木屿书桌", "拾里挂耳咖啡", "木屿书桌"]


def test_equal_rows_stay_two_rows() -> None:
    """Each with a key of its own."""
    batch()
    assert len({line["key"] for line in lines()}) == 4


def test_equal_runs_are_equal() -> None:
    """Not even a time differs."""
    batch()
    batch(output="again.jsonl")
    assert Path("文案.jsonl").read_bytes() == Path("again.jsonl").read_bytes()


def test_a_cell_may_hold_a_list_and_several_channels() -> None:
    """、；| and line ends part entries; each channel has its variants."""
    Path("商品.csv").write_text("品名,特点,投放渠道\n木屿书桌,高度能调；边角是圆的,小红书、短信\n", encoding="utf-8")
    batch()
    result = lines()[0]["result"]
    assert result["brief"]["selling_points"] == ["高度能调", "边角是圆的"]
    assert [variant["platform"] for variant in result["variants"]] == ["xiaohongshu", "sms"]


def test_csv_keeps_the_columns_of_the_table() -> None:
    """First the table's own, long numbers as text, then the flat variants, then the JSON."""
    batch(output="文案.csv")
    with Path("文案.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:6] == ["SKU", "商品名", "卖点", "活动价", "人群", "渠道"]
    assert rows[0]["SKU"].strip() == "6901234567890" and rows[0]["v1.title"]
    assert json.loads(rows[0]["result"])["variants"][0]["fields"]["title"] == rows[0]["v1.title"]


def test_xlsx_has_the_same_rows() -> None:
    """As texts."""
    batch(output="文案.xlsx")
    sheet = openpyxl.load_workbook("文案.xlsx").worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 5 and rows[1][:2] == ("6901234567890", "云檐扫拖机器人")


def test_a_failed_row_says_why_and_the_others_go_on() -> None:
    """Exit code 3, and the summary counts the reason."""
    Path("商品.csv").write_text(TABLE + "690,,只有卖点,9,谁,小红书\n", encoding="utf-8")
    result = batch()
    assert (result.code, result.out) == (3, "文案.jsonl\n")
    assert [line["status"] for line in lines()] == ["ok"] * 4 + ["failed"]
    assert "产品" in lines()[4]["error"] and "result" not in lines()[4]
    assert "成功 4，失败 1" in result.err and "1 行（第 5 行）" in result.err


def test_copy_that_must_not_be_written_is_a_failed_row() -> None:
    """Nothing but what the law forbids in the row: no draft, and why."""
    Path("商品.csv").write_text("商品名,卖点\n根治失眠全国第一灵药,包治百病、全国第一\n", encoding="utf-8")
    batch()
    line = lines()[0]
    assert line["status"] == "failed" or not any(
        finding["level"] == "ban" for variant in line["result"]["variants"] for finding in variant["findings"]
    )


def test_questions_are_answered() -> None:
    """Task ask: one answer a row, a refusal is no failure."""
    Path("问题.csv").write_text("编号,问题\n1,怎么让流失用户回来？\n2,\n", encoding="utf-8")
    result = run("batch", "问题.csv", "-o", "回答.jsonl", "--task", "ask")
    assert (result.code, lines("回答.jsonl")[1]["error"]) == (3, "这一行没有写问题")
    assert lines("回答.jsonl")[0]["result"]["answered"] is False  # the bare home has nothing to answer from
    assert "timings_ms" not in lines("回答.jsonl")[0]["result"]


def test_stdin() -> None:
    """A table may come through a pipe."""
    assert batch(source="-", stdin=TABLE.encode("gb18030")).code == 0
    assert len(lines()) == 4


def test_what_was_understood_is_told_first() -> None:
    """Columns with their keys, those that are not used, the first row."""
    told = batch().err
    assert "商品名 → 产品（product）" in told and "SKU" in told and "云檐扫拖机器人" in told
    assert told.index("商品名 →") < told.index("共 4 行")


def test_map_names_a_column() -> None:
    """By its name; and a key may be Chinese."""
    Path("商品.csv").write_text("货,好处\n木屿书桌,高度能调\n", encoding="utf-8")
    assert "货" in refused(batch())
    assert batch("--map", "货=产品", "--map", "好处=selling_points").code == 0
    assert lines()[0]["result"]["brief"]["selling_points"] == ["高度能调"]


def test_map_without_equals_sign() -> None:
    """Said in two lines."""
    assert "没有等号" in refused(batch("--map", "货"))


def test_profile_and_platform_fill_what_a_row_leaves_out() -> None:
    """The row's own words win; banned words of both count."""
    run(
        "products",
        "add",
        "书桌",
        "--product",
        "木屿书桌",
        "--selling-point",
        "高度能调",
        "--selling-point",
        "带抽屉",
        "--never",
        "神器",
    )
    Path("商品.csv").write_text("品名,卖点,禁用词\n,,闭眼入、秒杀\n拾里书架,五层,\n", encoding="utf-8")
    result = batch("--profile", "书桌", "--platform", "短信")
    first, second = (line["result"]["brief"] for line in lines())
    assert (first["product"], second["product"]) == ("木屿书桌", "拾里书架"), result.err
    assert first["banned"] == ["闭眼入", "秒杀", "神器"] and second["selling_points"] == ["五层"]
    assert first["platform"] == second["platform"] == ["sms"]


def test_written_copy_is_remembered_for_results(bare: Path) -> None:
    """So that `results` knows the ids."""
    batch()
    with sqlite3.connect(bare / "results.sqlite") as db:
        known = {row[0] for row in db.execute("SELECT id FROM copies")}
    db.close()
    assert {variant["id"] for line in lines() for variant in line["result"]["variants"]} <= known


# A second run


def marked(path: str = "文案.journal") -> None:
    """Put a mark into what is kept of each finished row: a row computed anew has none."""
    with sqlite3.connect(path) as db:
        db.execute("""UPDATE results SET body = replace(body, '"writer": "rules"', '"writer": "kept"')""")
    db.close()


def test_finished_rows_are_not_computed_again() -> None:
    """What stands in the journal comes out."""
    batch()
    marked()
    result = batch("--force")
    assert [line["writer"] for line in lines()] == ["kept"] * 4
    assert "以前做好 4" in result.err


def test_only_a_changed_row_is_computed_again() -> None:
    """Whatever its place is now; a column that says nothing about the product does not count."""
    batch()
    marked()
    rows = TABLE.replace("699", "659", 1).replace("6901234567892", "69X").splitlines()
    Path("商品.csv").write_text("\n".join([rows[0], *reversed(rows[1:])]) + "\n", encoding="utf-8")
    batch()
    changed = [line["result"]["brief"]["price"] for line in lines() if line["writer"] == "rules"]
    assert changed == ["659 元"]


def test_failed_rows_are_tried_again() -> None:
    """And what was mended is found."""
    Path("商品.csv").write_text(TABLE + "690,,只有卖点,9,谁,小红书\n", encoding="utf-8")
    batch()
    marked()
    Path("商品.csv").write_text(TABLE + "690,晴里书架,只有卖点,9,谁,小红书\n", encoding="utf-8")
    assert batch().code == 0
    assert [line["writer"] for line in lines()] == ["kept"] * 4 + ["rules"]


@pytest.mark.parametrize("change", [("--long",), ("--platform", "抖音"), ("-n", "2")], ids=["long", "platform", "n"])
def test_other_options_are_another_task(change: tuple[str, ...]) -> None:
    """Rows are computed anew when what is asked for differs."""
    batch()
    marked()
    batch(*change)
    assert {line["writer"] for line in lines()} == {"rules"}


def test_a_new_document_in_the_library_is_another_task(bare: Path) -> None:
    """What copy rests on may have changed."""
    batch()
    marked()
    Path("新资料.md").write_text("# 小红书文案\n\n小红书文案的开头要写具体的场景。\n", encoding="utf-8")
    run("library", "add", "新资料.md")
    try:
        batch()
        assert {line["writer"] for line in lines()} == {"rules"}
    finally:
        run("library", "remove", str(Path("新资料.md").absolute()))


def test_another_format_costs_nothing() -> None:
    """csv, xlsx and jsonl of one name share the journal."""
    batch()
    marked()
    assert "以前做好 4" in batch(output="文案.csv").err
    assert '"kept"' in batch("--json", output="文案.xlsx").out
    Path("文案.csv").write_text("改过", encoding="utf-8")
    assert "被改过" in refused(batch(output="文案.csv")) and batch().code == 0


def test_more_rows_than_a_sheet_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Said before any is worked on."""
    monkeypatch.setattr("copilot.batch.run.ROWS", 3)
    assert "最多 3 行" in refused(batch(output="文案.xlsx"))
    assert [path.name for path in Path().iterdir()] == ["商品.csv"]


def test_limit_then_all() -> None:
    """A trial of two rows is part of the whole afterwards."""
    batch("--limit", "2")
    assert [line["row"] for line in lines()] == [1, 2]
    marked()
    batch()
    assert [line["writer"] for line in lines()] == ["kept", "kept", "rules", "rules"]


def test_sample_is_the_same_every_time() -> None:
    """And in input order."""
    batch("--sample", "2")
    first = [line["row"] for line in lines()]
    batch("--sample", "2")
    assert first == [line["row"] for line in lines()] == sorted(first) and len(first) == 2


def test_only_failed_leaves_new_rows_alone() -> None:
    """They are told as not done, and counted."""
    Path("商品.csv").write_text(TABLE + "690,,只有卖点,9,谁,小红书\n", encoding="utf-8")
    batch()
    Path("商品.csv").write_text(TABLE + "690,,只有卖点,9,谁,小红书\n691,晴里书架,五层,9,谁,小红书\n", encoding="utf-8")
    result = batch("--only-failed")
    assert [line["status"] for line in lines()] == ["ok"] * 4 + ["failed"] * 2
    assert "还没有做" in lines()[5]["error"] and "没做 1" in result.err and result.code == 3


# The output file


def test_an_output_that_somebody_edited_is_not_written_over() -> None:
    """Their work would be lost; --force says that it may."""
    batch()
    with Path("文案.jsonl").open("a", encoding="utf-8") as file:
        file.write("改过\n")
    assert "被改过" in refused(batch())
    assert Path("文案.jsonl").read_text(encoding="utf-8").endswith("改过\n")
    assert batch("--force").code == 0 and len(lines()) == 4


def test_a_file_of_somebody_else_is_not_written_over() -> None:
    """Only what this batch has written."""
    Path("文案.jsonl").write_text("别的\n", encoding="utf-8")
    assert "不是这个批量写的" in refused(batch())
    assert Path("文案.jsonl").read_text(encoding="utf-8") == "别的\n"


def test_the_input_is_no_output() -> None:
    """Said before anything is read."""
    assert "同一个文件" in refused(batch("--force", output="商品.csv"))
    assert Path("商品.csv").read_text(encoding="utf-8") == TABLE


def test_unknown_format() -> None:
    """Named with those that there are."""
    assert ".pdf" in refused(batch(output="文案.pdf"))


def test_missing_input() -> None:
    """Two lines."""
    assert "不存在" in refused(batch(source="没有.csv"))


def test_broken_journal_is_named() -> None:
    """And not taken for an empty one."""
    Path("文案.journal").write_bytes(b"x" * 5000)
    result = batch()
    assert result.code == 1 and "日志" in result.err and "怎么办" in result.err


def test_nothing_is_left_beside_output_and_journal() -> None:
    """No temporary file, no -wal."""
    batch()
    assert sorted(path.name for path in Path().iterdir()) == sorted(["商品.csv", "文案.jsonl", "文案.journal"])


# Programs


def test_json_rows_on_stdout_events_on_stderr() -> None:
    """The rows as the jsonl has them, whatever the output's format; the last event is the summary."""
    result = batch("--json", output="文案.csv")
    batch()
    assert result.out == Path("文案.jsonl").read_text(encoding="utf-8")
    events = [json.loads(line) for line in result.err.splitlines()]
    assert events[0]["event"] == "understood" and events[-1]["event"] == "summary"
    assert any(event["event"] == "progress" and event["done"] == event["rows"] == 4 for event in events)
    assert (events[-1]["ok"], events[-1]["failed"], events[-1]["tokens"]) == (4, 0, 0)


def test_dry_run_leaves_nothing() -> None:
    """No output, no journal; rows, tokens and yuan on stdout."""
    result = batch("--dry-run")
    assert result.code == 0 and "要做 4" in result.out and "0 元" in result.out
    assert [path.name for path in Path().iterdir()] == ["商品.csv"]


def test_dry_run_counts_what_is_finished() -> None:
    """These rows cost nothing any more."""
    batch("--limit", "3")
    found = json.loads(batch("--dry-run", "--json").out)
    assert (found["rows"], found["finished"], found["pending"], found["cost"]) == (4, 3, 1, "0.00 元")


def test_from_python(bare: Path) -> None:
    """The same, with a report."""
    bot = Copilot.open(Settings(home=bare, handbook=False))
    told: list[str] = []
    report = bot.batch(Job(Path("商品.csv"), Path("文案.csv"), n=1), told=told.extend)
    assert (report.rows, report.ok, report.failed, report.stopped) == (4, 4, 0, "")
    assert told and report.repeats.texts == 4
    with pytest.raises(InputError, match="不存在"):
        bot.batch(Job(Path("没有.csv"), Path("b.csv")))


def test_angles_go_round_from_row_to_row() -> None:
    """Thirty equal rows do not read like one: each is begun with another angle."""
    Path("商品.csv").write_text("\n".join([*TABLE.splitlines()[:1], *TABLE.splitlines()[1:2] * 30]), encoding="utf-8")
    assert batch().code == 0
    assert len({line["result"]["variants"][0]["angle"] for line in lines()}) >= 3


def test_repeats_are_told() -> None:
    """Rows that came out alike are named in the summary."""
    rows = "".join(f"{number},晴里书架{number}号,五层、不用打孔,99,租房的人,小红书\n" for number in range(8))
    Path("商品.csv").write_text(TABLE.splitlines()[0] + "\n" + rows, encoding="utf-8")
    assert "开头" in batch().err


def test_reasons_do_not_grow_with_the_rows() -> None:
    """Beyond a thousand different ones the rest is counted together; the rows have their own all the same."""
    rows = [f"木屿书桌{n}号,高度能调,火星日报{n}期" for n in range(1100)]
    Path("商品.csv").write_text("商品名,卖点,渠道\n" + "\n".join(rows) + "\n", encoding="utf-8")
    summary = json.loads(batch("--json", "--workers", "1").err.splitlines()[-1])
    assert (summary["failed"], len(summary["reasons"])) == (1100, 20)
    assert summary["reasons"][0]["count"] == 100 and "火星日报1099期" in lines()[1099]["error"]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("-n", "30"), "30 不在 1–20 之间"),
        (("--rpm", "0"), "要大于 0"),
        (("--limit", "0"), "至少是 1"),
        (("--tpm", "x"), "不是数字"),
    ],
)
def test_numbers_out_of_range(option: tuple[str, str], said: str) -> None:
    """Said in Chinese."""
    assert said in refused(batch(*option))
