"""Figures back from the platforms: files read, rows accounted for, angles compared, evidence for the library."""

import datetime
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from cli_runner import run

from copilot.arithmetic.ab import sample_size
from copilot.chunking import chunk_text
from copilot.cli import cli
from copilot.cli.results import register
from copilot.errors import DataError, InputError
from copilot.tasks.result_angles import group_of
from copilot.tasks.result_store import Sums
from copilot.tasks.results import (
    AngleGroup,
    angle_report,
    as_evidence,
    as_tables,
    read_results,
    remember,
    store_evidence,
)
from copilot.types import Variant

PRODUCT = "蓝牙门锁"
ANGLES = {"va01": "pain", "va02": "pain", "vb01": "scene", "vc01": "proof"}


def variant(name: str, angle: str, platform: str = "xiaohongshu") -> Variant:
    """A variant as the task would hand it over."""
    return Variant(name, platform, angle, "PAS", {"title": "门一关就锁"}, {}, f"门一关就锁。{name}" * 20)


@pytest.fixture
def known(home: Path) -> Path:
    """A home folder that remembers four variants of three angles."""
    remember(home, PRODUCT, [variant(*pair) for pair in ANGLES.items()], "2026-11-01")
    return home


def table(
    folder: Path, *rows: Sequence[object], header: str = "编号,日期,展示,点击,下单", name: str = "data.csv"
) -> Path:
    """A csv file with these rows."""
    path = folder / name
    lines = [header, *(",".join(str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def stored(home: Path) -> dict[str, tuple[int, int, int | None]]:
    """Shows, clicks and orders by angle, as the report has them."""
    return {a.angle: (a.shows, a.clicks, a.orders) for group in angle_report(home).groups for a in group.angles}


# Reading files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_encodings_and_delimiters(known: Path, tmp_path: Path, encoding: str, mark: str) -> None:
    """What Excel, WPS and the consoles export is read, whichever encoding and delimiter they took."""
    path = tmp_path / "导出.csv"
    rows = [["素材编号", "曝光量", "点击量", "成交订单数", "消耗(元)"], ["va01", "1200", "30", "3", "88.5"]]
    path.write_bytes("\r\n".join(mark.join(row) for row in rows).encode(encoding))
    report = read_results(path, known)
    assert (report.rows, report.counted, report.failed) == (1, 1, ())
    assert report.columns == {
        "id": "素材编号",
        "shows": "曝光量",
        "clicks": "点击量",
        "orders": "成交订单数",
        "cost": "消耗(元)",
    }
    assert angle_report(known).groups[0].angles[0].cost == 88.5


@pytest.mark.parametrize(
    "header",
    [
        "编号,展示,点击,下单",
        "variant,impressions,clicks,orders",
        "ID,Shows,Clicks,Conversions",
        "素材ID,展现次数,点击次数,转化数",
        "utm_content,曝光,点击数,订单量",
    ],
)
def test_column_names(known: Path, tmp_path: Path, header: str) -> None:
    """Columns are found by what the platforms call them, in Chinese and English."""
    read_results(table(tmp_path, ("va01", 100, 10, 1), header=header), known)
    assert stored(known) == {"pain": (100, 10, 1)}


def test_rates_are_no_counts(known: Path, tmp_path: Path) -> None:
    """点击率 beside 点击 is not taken for it, wherever it stands."""
    read_results(table(tmp_path, ("va01", "5%", 100, "5%", 5), header="编号,点击率,展示,转化率,点击"), known)
    assert stored(known) == {"pain": (100, 5, None)}


def test_captions_above_the_header(known: Path, tmp_path: Path) -> None:
    """Lines above the column names are passed over, totals below are not counted and said so."""
    path = table(
        tmp_path,
        ("va01", "2026-11-01", 100, 5, 1),
        ("合计", "", 100, 5, 1),
        header="投放报表\n\n编号,日期,展示,点击,下单",
    )
    report = read_results(path, known)
    assert (report.rows, report.counted, len(report.skipped), report.failed) == (2, 1, 1, ())
    assert report.skipped[0] == {"row": "第 5 行", "id": "合计", "reason": "合计行，不计入"}


def test_xlsx(known: Path, tmp_path: Path) -> None:
    """A workbook with dates, numbers as text and two sheets is read; the sheet is named with the row."""
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "小红书"
    for row in (
        ["编号", "日期", "展示", "点击"],
        ["va01", datetime.datetime(2026, 11, 1), 100, 5],
        ["vb01", "2026/11/2", "1,200", 9.0],
    ):
        first.append(row)
    second = book.create_sheet("抖音")
    for row in (["编号", "日期", "展示", "点击"], ["nope", datetime.date(2026, 11, 1), 10, 1]):
        second.append(row)
    book.save(tmp_path / "data.xlsx")
    report = read_results(tmp_path / "data.xlsx", known)
    assert (report.counted, [row["row"] for row in report.failed]) == (2, ["抖音 第 2 行"])
    group = angle_report(known).groups[0]
    assert (group.since, group.until) == ("2026-11-01", "2026-11-02")
    assert stored(known) == {"pain": (100, 5, None), "scene": (1200, 9, None)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,200", 1200),
        ("１２００", 1200),
        ("1.2万", 12000),
        ("1200次", 1200),
        ("1.2e3", 1200),
        ("1200.0", 1200),
        (" 1 200 ", 1200),
    ],
)
def test_numbers_as_people_export_them(known: Path, tmp_path: Path, text: str, expected: int) -> None:
    """Thousands separators, full width, 万, units."""
    read_results(table(tmp_path, ("va01", f'"{text}"', 7), header="编号,展示,点击"), known)
    assert stored(known)["pain"][0] == expected


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(("va01", "2026-11-01", 10, 11, 0), "点击 11 多于展示 10", id="clicks-over-shows"),
        pytest.param(("va01", "2026-11-01", 10, 2, 3), "下单 3 多于点击 2", id="orders-over-clicks"),
        pytest.param(("va01", "2026-11-01", -10, 2, 0), "是负数", id="negative"),
        pytest.param(("va01", "2026-11-01", 10.5, 2, 0), "不是整数", id="fraction"),
        pytest.param(("va01", "2026-11-01", "很多", 2, 0), "不是数字", id="no-number"),
        pytest.param(("va01", "2026-11-01", "", 2, 0), "缺少展示", id="no-shows"),
        pytest.param(("va01", "2026-11-01", 10, "", 0), "缺少点击", id="no-clicks"),
        pytest.param(("va01", "2026-11-01", "9" * 15, 2, 0), "大得不像次数", id="an-id-for-a-count"),
        pytest.param(("", "2026-11-01", 10, 2, 0), "缺少文案编号", id="no-id"),
        pytest.param(("zz99", "2026-11-01", 10, 2, 0), "没有这个文案编号", id="unknown-id"),
        pytest.param(("va01", "", 10, 2, 0), "缺少日期", id="no-date"),
        pytest.param(("va01", "11月1日", 10, 2, 0), "认不出", id="no-year"),
        pytest.param(("va01", "2026-02-30", 10, 2, 0), "没有“2026-02-30”这一天", id="no-such-day"),
        pytest.param(("va01", "2026-11-03~2026-11-01", 10, 2, 0), "前后颠倒", id="backwards"),
    ],
)
def test_bad_rows_are_accounted_for(known: Path, tmp_path: Path, row: tuple[object, ...], reason: str) -> None:
    """A row that cannot be counted is named with its place and the reason; the others count."""
    report = read_results(table(tmp_path, row, ("vb01", "2026-11-01", 50, 5, 1)), known)
    assert (report.rows, report.counted, len(report.failed)) == (2, 1, 1)
    assert report.failed[0]["row"] == "第 2 行" and reason in report.failed[0]["reason"]
    assert stored(known) == {"scene": (50, 5, 1)}


def test_dashes_are_nothing(known: Path, tmp_path: Path) -> None:
    """Consoles print -- for no clicks; an empty cell for orders is none."""
    read_results(table(tmp_path, ("va01", "2026-11-01", 100, "--", "")), known)
    assert stored(known) == {"pain": (100, 0, 0)}


@pytest.mark.parametrize("cell", ["VA01", "618_小红书_va01", "小红书va01号", "a/b/va01.jpg"])
def test_ids_inside_names(known: Path, tmp_path: Path, cell: str) -> None:
    """An id counts in any case and as a part of its own of a material's name."""
    assert read_results(table(tmp_path, (cell, "2026-11-01", 100, 5, 0)), known).counted == 1


@pytest.mark.parametrize("cell", ["va011", "xva01", "va01+vb01"])
def test_ids_that_are_none(known: Path, tmp_path: Path, cell: str) -> None:
    """A longer word that holds an id is another one, and two ids are no one's."""
    assert read_results(table(tmp_path, (cell, "2026-11-01", 100, 5, 0)), known).counted == 0


def test_the_platforms_own_id_beside_ours(known: Path, tmp_path: Path) -> None:
    """Of several columns that may hold the id, the one that does is taken."""
    path = table(tmp_path, (7350001112223334445, "门锁_va01", 100, 5), header="素材ID,素材名称,展示,点击")
    assert read_results(path, known).counted == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("编号,展示\nva01,10\n", "缺少列：点击", id="column"),
        pytest.param("名称,数量\na,1\n", "缺少列：文案编号、展示、点击", id="nothing-known"),
        pytest.param("\n\n", "没有数据", id="blank"),
        pytest.param("", "空的", id="empty"),
    ],
)
def test_files_without_a_header(known: Path, tmp_path: Path, content: str, told: str) -> None:
    """What is missing is said, with the columns that were seen."""
    path = tmp_path / "x.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_results(path, known)


@pytest.mark.parametrize("name", ["none.csv", "data.xls", "broken.xlsx"])
def test_files_that_cannot_be_read(known: Path, tmp_path: Path, name: str) -> None:
    """Missing, old or broken files are errors of the user's, with a hint."""
    if name != "none.csv":
        (tmp_path / name).write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(InputError) as caught:
        read_results(tmp_path / name, known)
    assert caught.value.hint


# Counting once


def test_the_same_file_counts_once(known: Path, tmp_path: Path) -> None:
    """A second import of the same bytes, under another name, adds nothing and says when the first was."""
    rows = ("va01", "2026-11-01", 100, 5, 1), ("vb01", "2026-11-01", 50, 5, 1)
    first, again = (read_results(table(tmp_path, *rows, name=n), known) for n in ("a.csv", "b.csv"))
    assert (first.already, first.added) == ("", 2)
    assert (again.already, again.added, again.rows, again.counted) == (datetime.date.today().isoformat(), 0, 2, 2)
    assert stored(known) == {"pain": (100, 5, 1), "scene": (50, 5, 1)}


def test_a_file_that_has_grown(known: Path, tmp_path: Path) -> None:
    """Yesterday's rows in today's file do not count again; a corrected one replaces the old one."""
    day = [("va01", f"2026-11-0{n}", 100, 5, 1) for n in (1, 2, 3)]
    read_results(table(tmp_path, *day[:2]), known)
    report = read_results(table(tmp_path, day[0], ("va01", "2026-11-02", 110, 6, 1), day[2]), known)
    assert (report.added, report.updated, report.unchanged) == (1, 1, 1)
    assert stored(known) == {"pain": (310, 16, 3)}


def test_rows_split_by_place_are_added(known: Path, tmp_path: Path) -> None:
    """Rows of one day in one file, split by a column we do not know, add up; a row pasted twice does not."""
    header = "编号,日期,广告位,展示,点击"
    rows = [
        ("va01", "2026-11-01", "首页", 100, 5),
        ("va01", "2026-11-01", "搜索", 100, 5),
        ("va01", "2026-11-01", "搜索", 100, 5),
    ]
    report = read_results(table(tmp_path, *rows, header=header), known)
    assert (report.counted, [row["reason"] for row in report.skipped]) == (2, ["与第 3 行完全相同，只计一次"])
    assert stored(known) == {"pain": (200, 10, None)}


def test_totals_so_far_replace_each_other(known: Path, tmp_path: Path) -> None:
    """Without a date column the newest total counts, and the report says how it was understood."""
    header = "编号,展示,点击,下单"
    first = read_results(table(tmp_path, ("va01", 100, 5, 1), header=header), known)
    read_results(table(tmp_path, ("va01", 300, 12, 2), header=header), known)
    assert stored(known) == {"pain": (300, 12, 2)} and "没有日期列" in first.notes[0]


def test_days_replace_the_total_that_held_them(known: Path, tmp_path: Path) -> None:
    """A total and its days never count side by side, nor do a week and its days."""
    read_results(table(tmp_path, ("va01", 300, 12, 2), header="编号,展示,点击,下单"), known)
    read_results(table(tmp_path, ("va01", "2026-11-01 至 2026-11-07", 250, 10, 2)), known)
    assert stored(known) == {"pain": (250, 10, 2)}
    read_results(table(tmp_path, ("va01", "2026.11.01", 100, 5, 1), ("va01", "20261102", 100, 5, 1)), known)
    assert stored(known) == {"pain": (200, 10, 2)}


def test_campaigns_are_kept_apart(known: Path, tmp_path: Path) -> None:
    """The same day in two campaigns adds up; an export without campaigns replaces both."""
    header = "编号,日期,计划,展示,点击"
    read_results(
        table(tmp_path, ("va01", "2026-11-01", "A", 100, 5), ("va01", "2026-11-01", "B", 50, 4), header=header), known
    )
    assert stored(known) == {"pain": (150, 9, None)}
    read_results(table(tmp_path, ("va01", "2026-11-01", 160, 9, 1)), known)
    assert stored(known) == {"pain": (160, 9, 1)}


def test_a_file_with_failures_is_read_again(home: Path, tmp_path: Path) -> None:
    """Rows of variants that were unknown count once they are known; the file needs no change."""
    path = table(tmp_path, ("va01", "2026-11-01", 100, 5, 1))
    assert len(read_results(path, home).failed) == 1
    remember(home, PRODUCT, [variant("va01", "pain")])
    assert (read_results(path, home).added, read_results(path, home).already != "") == (1, True)


def test_remembering_twice(known: Path) -> None:
    """A variant written again keeps its first day; sixty characters of it are kept."""
    remember(known, PRODUCT, [variant("va01", "pain")], "2026-12-01")
    remember(known, PRODUCT, [])
    with sqlite3.connect(known / "results.sqlite") as db:
        row = db.execute(
            "SELECT product, platform, angle, formula, length(opening), written FROM copies WHERE id = 'va01'"
        ).fetchone()
    db.close()
    assert row == (PRODUCT, "xiaohongshu", "pain", "PAS", 60, "2026-11-01")


def test_a_damaged_store_is_an_error(home: Path) -> None:
    """A store that is no database is told with its path, not replaced."""
    home.mkdir()
    (home / "results.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(DataError, match="results.sqlite"):
        angle_report(home)


# Comparing


def angles(**counts: tuple[int, ...]) -> AngleGroup:
    """The angles with these shows, clicks and, as a third, orders, compared."""
    rows = []
    for angle, (shows, clicks, *more) in counts.items():
        sold = [more[0], clicks, shows] if more else [None, None, None]
        days = ("2026-11-01", "2026-11-07", 0)
        rows.append(Sums("douyin", PRODUCT, angle, 2, shows, clicks, sold[0], sold[1], sold[2], None, *days))
    return group_of(rows, "抖音")


def test_a_clear_leader() -> None:
    """Far ahead of all: named, more than chance, nothing more to wait for."""
    group = angles(pain=(10000, 500), scene=(10000, 300), proof=(10000, 290))
    assert (group.leader, group.verdict, group.more_shows) == ("pain", "distinct", {})
    assert [c.comparisons for c in group.comparisons] == [3, 3] and all(c.distinct for c in group.comparisons)
    assert (
        group.conclusion.startswith("“痛点”领先")
        and "5.00%" in group.conclusion
        and "2.00 个百分点" in group.conclusion
    )


def test_not_told_apart() -> None:
    """Close together: it says so, and how many more shows each needs at the difference seen."""
    group = angles(pain=(2000, 62), scene=(2000, 56))
    assert group.verdict == "unclear" and group.conclusion.startswith("还不能区分")
    assert group.more_shows == dict.fromkeys(("pain", "scene"), sample_size(0.031, 0.028) - 2000)
    assert "约还需展示" in group.conclusion


def test_above_the_rest_but_not_the_second() -> None:
    """Two good ones and a poor one: the leader beats the rest together, not its neighbour."""
    group = angles(pain=(10000, 500), scene=(10000, 480), proof=(40000, 900))
    assert group.verdict == "above_rest" and "还不能区分点击率前两名" in group.conclusion
    assert [c.distinct for c in group.comparisons] == [True, False]


def test_too_little_to_say() -> None:
    """A handful of shows is no leader, however high its rate; the others are still compared."""
    group = angles(curiosity=(4, 2), pain=(10000, 500), scene=(10000, 300))
    assert (group.leader, group.verdict) == ("pain", "distinct") and group.angles[0].angle == "curiosity"
    assert any("“好奇”数据太少" in note for note in group.notes) and group.more_shows["curiosity"] > 0
    few = angles(pain=(20, 1), scene=(30, 0))
    assert (few.leader, few.verdict) == ("", "scarce") and "数据太少" in few.conclusion


@pytest.mark.parametrize(
    ("counts", "verdict", "told"),
    [
        pytest.param({"pain": (1000, 50)}, "single", "只投了这一个角度", id="one"),
        pytest.param({"pain": (1000, 0), "scene": (0, 0)}, "scarce", "数据太少", id="no-clicks"),
        pytest.param({"pain": (1000, 50), "scene": (1000, 50)}, "unclear", "两者相同", id="equal"),
        pytest.param({"pain": (10**6, 30010), "scene": (10**6, 30000)}, "unclear", "不值得专门等", id="hopeless"),
    ],
)
def test_edges(counts: dict[str, tuple[int, ...]], verdict: str, told: str) -> None:
    """One angle, none clicked, all the same, hardly any difference."""
    group = angles(**counts)
    assert group.verdict == verdict and told in group.conclusion


def test_most_clicked_is_not_most_sold() -> None:
    """When another angle sells more for its shows, a note says so, tested too."""
    group = angles(curiosity=(20000, 1200, 20), proof=(20000, 800, 90))
    assert group.leader == "curiosity" and group.comparisons[-1].metric == "orders_per_show"
    assert "“证据”4.50 单" in group.notes[0] and "不像偶然" in group.notes[0]
    assert angles(pain=(20000, 1200, 90), proof=(20000, 800, 20)).notes == ()


def test_luck_seldom_makes_a_leader() -> None:
    """Of 400 sets of four equal angles, at most one in twenty has a leader said to be more than chance."""
    rng = np.random.default_rng(3)
    clicks = rng.binomial(3000, 0.03, (400, 4)).tolist()
    groups = [angles(**{name: (3000, n) for name, n in zip(("a", "b", "c", "d"), row, strict=True)}) for row in clicks]
    assert sum(group.verdict == "distinct" for group in groups) <= 20


def test_platforms_and_products_are_kept_apart(home: Path, tmp_path: Path) -> None:
    """Where people click more the angle does not win for it: groups are compared within a platform and a product."""
    remember(home, "门锁", [variant("va01", "pain"), variant("va02", "pain", "sms")])
    remember(home, "门铃", [variant("va03", "pain")])
    read_results(table(tmp_path, *((name, "2026-11-01", 1000, 30, 3) for name in ("va01", "va02", "va03"))), home)
    assert {(g.platform, g.product) for g in angle_report(home).groups} == {
        ("xiaohongshu", "门锁"),
        ("xiaohongshu", "门铃"),
        ("sms", "门锁"),
    }
    assert [g.title for g in angle_report(home, platform="sms").groups] == ["短信"]
    assert [g.platform for g in angle_report(home, product="门铃").groups] == ["xiaohongshu"]
    assert "已有的：门铃" in angle_report(home, product="别的").notes[0]


def test_nothing_yet(home: Path) -> None:
    """A home without figures gives an empty report and no document."""
    assert (angle_report(home).groups, store_evidence(home), home.exists()) == ((), None, False)


# Evidence


@pytest.fixture
def evidence(known: Path, tmp_path: Path) -> str:
    """The document of three angles on 小红书."""
    rows = [("va01", 6000, 300, 30), ("va02", 4000, 200, 20), ("vb01", 10000, 300, 25), ("vc01", 10000, 290, 24)]
    read_results(table(tmp_path, *((name, "2026-11-0" + str(i + 1), *n) for i, (name, *n) in enumerate(rows))), known)
    return as_evidence(angle_report(known))


def test_evidence_states_figures_with_dates(evidence: str) -> None:
    """Every sentence with figures says whose, where and when, so that it can be quoted alone."""
    line = next(line for line in evidence.splitlines() if "“痛点”角度" in line)
    assert line.startswith(
        "2026-11-01 至 2026-11-04，蓝牙门锁在小红书投放，“痛点”角度 2 条文案展示 10000 次，点击 500 次，点击率 5.00%"
    )
    assert "下单 50 单，下单率 10.00%" in line
    assert "蓝牙门锁在小红书投放的结论：“痛点”领先" in evidence


def test_evidence_is_cut_by_platform(evidence: str) -> None:
    """The library's chunks carry platform and product in their heading path."""
    sections = [chunk.section for chunk in chunk_text(evidence)]
    assert "投放结果 › 小红书 › 蓝牙门锁" in sections


def test_evidence_file_changes_with_the_data_only(known: Path, evidence: str) -> None:
    """The document is written whole, and the same figures give the same bytes."""
    first, second = store_evidence(known), store_evidence(known)
    assert first == second == known / "results" / "投放结果.md"
    assert first is not None and first.read_text(encoding="utf-8") == evidence
    assert [path.name for path in first.parent.iterdir()] == ["投放结果.md"]


def test_tables_for_people(known: Path, evidence: str) -> None:
    """The report for people has a row for each angle and the conclusion."""
    text = as_tables(angle_report(known))
    assert text.count("\n| ") == 5 and "| 痛点 | 2 | 10,000 | 500 | 5.00%（4.59%–5.44%） | 50 |" in text


# The commands


@pytest.fixture(autouse=True)
def commands() -> None:
    """The commands are there, whether or not `main` has registered them yet."""
    register(cli)


def test_results_json(known: Path, tmp_path: Path) -> None:
    """One object: import, report, document; the document is in the library and is found."""
    path = table(tmp_path, ("va01", "2026-11-01", 10000, 500, 50), ("vb01", "2026-11-01", 10000, 300, 25))
    result = run("results", path, "--json", "--no-handbook")
    assert (result.code, result.err, result.out.count("\n")) == (0, "", 1)
    assert result.json["report"]["groups"][0]["leader"] == "pain" and result.json["import"]["counted"] == 2
    listed = run("library", "list", "--json").json["documents"]
    assert [(d["doc_id"], d["title"]) for d in listed] == [(result.json["document"]["doc_id"], "投放结果")]
    found = run("search", "蓝牙门锁 小红书 痛点 点击率", "--json").json["passages"]
    assert "痛点" in found[0]["text"]


def test_results_as_text(known: Path, tmp_path: Path) -> None:
    """A refused row ends with 3 and is named; the conclusion is there; the report is written where asked."""
    path = table(
        tmp_path,
        ("va01", "2026-11-01", 10000, 500, 50),
        ("vb01", "2026-11-01", 10000, 300, 25),
        ("zz", "2026-11-01", 1, 1, 1),
    )
    result = run("results", path, "--platform", "小红书", "-o", tmp_path / "r.md", "--no-handbook")
    assert result.code == 3 and "没有计入：第 4 行 zz" in result.out and "→ “痛点”领先" in result.out
    assert (tmp_path / "r.md").read_text(encoding="utf-8").startswith("# 投放结果")
    again = run("results", path, "-o", tmp_path / "r.md")
    assert again.code == 2 and "没有覆盖" in again.err


def test_results_without_a_file(known: Path, tmp_path: Path) -> None:
    """What there is so far, without an import."""
    assert "还没有导入过投放数据" in run("results").out
    read_results(table(tmp_path, ("va01", "2026-11-01", 10000, 500, 50)), known)
    assert "只投了这一个角度" in run("results").out


def test_utm_command() -> None:
    """The link alone on stdout, talk on stderr; a name for the platform is understood."""
    result = run("utm", "https://a.com/?utm_source=x", "--platform", "小红书", "--campaign", "双 11")
    assert (result.code, result.out) == (0, "https://a.com/?utm_source=x&utm_medium=social&utm_campaign=%E5%8F%8C-11\n")
    assert "--replace" in result.err
    given = run("utm", "https://a.com/", "--platform", "sms", "--campaign", "c", "--content", "va01", "--json").json
    assert given["tags"] == {"utm_source": "sms", "utm_medium": "sms", "utm_campaign": "c", "utm_content": "va01"}


def test_utm_command_refuses() -> None:
    """A link that must not carry tags is an error of usage."""
    assert run("utm", "/pages/index", "--platform", "sms", "--campaign", "c").code == 2
