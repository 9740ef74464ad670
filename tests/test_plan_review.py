"""Reviews of plans: results in any shape are read, gaps taken apart exactly, nothing is dropped or made up."""

import datetime
import io
import random
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import openpyxl
import pytest
from cli_runner import run
from hypothesis import given, settings
from hypothesis import strategies as st
from libreoffice import recalculated

from copilot.arithmetic.deviation import by_chance, parts, shares, whole
from copilot.cli import cli
from copilot.cli import review as command
from copilot.errors import CopilotError, InputError, LoadError
from copilot.export import plan_sheet_names as sheet_names
from copilot.export.plan_review import review_lines, review_markdown, write_review
from copilot.export.plan_review_document import review_docx
from copilot.export.plan_review_sheet import review_xlsx
from copilot.export.plan_sheet import plan_xlsx
from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.library import Library
from copilot.tasks.plan import plan
from copilot.tasks.plan_review import review_plan
from copilot.tasks.plan_review import reviewed as review_of
from copilot.tasks.plan_review_actuals import read_values
from copilot.tasks.plan_review_names import Figure, names_of
from copilot.tasks.plan_review_plan import AT_LEAST, AT_MOST, Planned, read_planned
from copilot.tasks.plan_review_records import PlanReview, ReviewRow
from copilot.tasks.plan_review_rows import filled_in
from copilot.tasks.plan_review_table import read_actuals, read_workbook
from copilot.tasks.plan_review_values import value_of

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
MADE, TODAY = datetime.date(2026, 11, 23), datetime.date(2026, 12, 22)
WEEKS = {"start": "2026-12-01", "end": "2026-12-21"}
ACQUIRE = {
    "product": "青禾读书", "goal": "拉新", "target": "注册 1 万人", "budget": "5万",
    "channels": "巨量引擎信息流、小红书、达人", "team": ["运营负责人：王敏"], **WEEKS,
}  # fmt: skip
RECALL = {
    "product": "小满记账", "goal": "召回", "channels": "短信、推送", "reach": {"短信": 60000, "推送": 30000},
    "budget": "3万", **WEEKS,
}  # fmt: skip
WIDE = """日期,渠道,展示量,点击量,注册数,消耗(元),首次付费
12/1,巨量,400000,4000,300,15000,10
12/2,巨量引擎,200000,2500,120,9000,9
12/1,小红书,8000,250,20,-,1
12/3,达人合作,120000,1500,160,15000,8
"""


@pytest.fixture(scope="session")
def books(handbook: Library) -> dict[str, bytes]:
    """Workbooks of two plans."""
    return {name: plan_xlsx(plan(handbook, brief, today=MADE)) for name, brief in (("拉新", ACQUIRE), ("召回", RECALL))}


@pytest.fixture
def book(books: dict[str, bytes], tmp_path: Path) -> Path:
    """The workbook of the plan for new users, as a file."""
    path = tmp_path / "方案.xlsx"
    path.write_bytes(books["拉新"])
    return path


@pytest.fixture(scope="session")
def acquire(books: dict[str, bytes]) -> Planned:
    """The plan for new users, read once: to read a workbook takes half a second."""
    return read_planned("方案.xlsx", books["拉新"])


def reviewed(plan_: Path | Planned, results: str | bytes, today: datetime.date = TODAY) -> PlanReview:
    """The review of a plan with results in a csv."""
    data = results.encode() if isinstance(results, str) else results
    if isinstance(plan_, Path):
        return review_plan(plan_, io.BytesIO(data), today=today)
    names = names_of(plan_)
    found, more = filled_in(read_values("实绩.csv", read_actuals("实绩.csv", data), plan_, names), plan_, names)
    return review_of("方案.xlsx", "实绩.csv", plan_, names, found, more, today)


def row(review: PlanReview, name: str) -> ReviewRow:
    """The row of a figure."""
    return next(one for one in review.rows if name in (one.id, one.kpi))


def actual(review: PlanReview, name: str) -> Decimal | None:
    """What came of a figure."""
    return row(review, name).actual


def typed(book: Path, change: Any) -> None:
    """Edit the workbook as a person does: `change` gets openpyxl's book, which keeps the values of formulas."""
    made = openpyxl.load_workbook(book, data_only=True)
    change(made)
    made.save(book)


def cells(data: bytes) -> list[list[str]]:
    """The sheet 复盘 of a workbook as people read it; to load all sheets takes seconds."""
    return [[cell.text for cell in line] for line in read_workbook(data, ("复盘",))[0].rows]


# Arithmetic

COUNTS = st.lists(st.integers(0, 10**7), min_size=1, max_size=7)


@settings(max_examples=300)
@given(
    chains=st.integers(1, 7).flatmap(
        lambda n: st.tuples(*[st.lists(st.integers(0, 10**7), min_size=n, max_size=n)] * 2)
    )
)
def test_parts_add_up_to_the_gap(chains: tuple[list[int], list[int]]) -> None:
    """Whatever the chain, zeros too: the parts are whole and add up to exactly the gap of its last count."""
    planned, came = ([Decimal(one) for one in chain] for chain in chains)
    found = parts(planned, came)
    assert sum(one.value for one in found) == came[-1] - planned[-1]
    assert all(one.value == int(one.value) for one in found)


@given(values=st.lists(st.decimals(-1000, 1000, places=1), min_size=1, max_size=8))
def test_shares_add_up_to_one(values: list[Decimal]) -> None:
    """To a thousandth, with parts that work against each other too."""
    found = shares(values)
    assert found == [None] * len(values) if not sum(values) else sum(one for one in found if one is not None) == 1


def test_a_step_as_planned_adds_nothing() -> None:
    """Half the shows at the planned rates: all of the gap is the shows'."""
    assert [one.value for one in parts([Decimal(1000), Decimal(100)], [Decimal(500), Decimal(50)])] == [-50, 0]


def test_equal_changes_share_equally() -> None:
    """Shows and rate both halved: both lose the same."""
    found = parts([Decimal(1000), Decimal(100)], [Decimal(500), Decimal(25)], Decimal("0.1"))
    assert [one.value for one in found] == [Decimal("-37.5"), Decimal("-37.5")]


def test_a_step_at_zero_takes_the_gap_and_says_so() -> None:
    """Nobody clicked: the gap stands there, and what lies behind it cannot be told."""
    found = parts([Decimal(1000), Decimal(100), Decimal(10)], [Decimal(1000), Decimal(0), Decimal(0)])
    assert [(int(one.value), one.flaw) for one in found] == [(0, ""), (-10, "none"), (0, "unknown")]


def test_rounding_gives_the_remainder_to_the_largest() -> None:
    """Three thirds of ten are 4, 3, 3."""
    assert whole([Decimal(10) / 3] * 3, Decimal(10), Decimal(1)) == [4, 3, 3]


def test_chance() -> None:
    """35 of 700 where 38 were planned is chance; 300 of 7,000 is none."""
    rate = Decimal("0.054")
    assert by_chance(rate, Decimal(700), Decimal(35)) and not by_chance(rate, Decimal(7000), Decimal(300))


# Values

COUNT = Figure("touch", "曝光", "count", "人次", True)
SHARE = Figure("guard1", "退款率", "rate", "%", False)
MONEY = Figure("cost:media", "花费", "money", "元", True)


@pytest.mark.parametrize(
    ("text", "figure", "unit", "value"),
    [
        ("1.2万", COUNT, "", 12000), ("1,234", COUNT, "", 1234), ("７９０", COUNT, "", 790), ("12 万人次", COUNT, "", 120000),
        ("约 3000 人次", COUNT, "", 3000), ("1.2", COUNT, "万", 12000), ("3%", SHARE, "", "0.03"), ("0.03", SHARE, "", "0.03"),
        ("3", SHARE, "%", "0.03"), ("百分之三", SHARE, "", "0.03"), ("120%", SHARE, "", "1.2"), ("￥1,234.50", MONEY, "", "1234.50"),
        ("4.4万元", MONEY, "", 44000), ("0", COUNT, "", 0),
    ],
)  # fmt: skip
def test_values(text: str, figure: Figure, unit: str, value: Any) -> None:
    """Numbers as people write them."""
    assert value_of(text, figure, unit) == (Decimal(str(value)), "")


@pytest.mark.parametrize(
    ("text", "figure", "told"),
    [
        ("3%", COUNT, "是百分比"), ("0.3", COUNT, "不是整数"), ("12.5", COUNT, "不是整数"), ("-5", COUNT, "是负数"),
        ("7", SHARE, "分不清是数量还是百分比"), ("700", SHARE, "是数量"), ("5%", MONEY, "是百分比"), ("100–200", COUNT, "区间"),
        ("很多", COUNT, "不是数字"), ("12/1", COUNT, "不止一个数"), ("9" * 18, COUNT, "大得不像"),
    ],
)  # fmt: skip
def test_wrong_values_say_why(text: str, figure: Figure, told: str) -> None:
    """Percentages where counts belong, the other way round, and what is no number."""
    value, wrong = value_of(text, figure, "")
    assert value is None and told in wrong


# Shapes of files


def test_wide_by_day_and_channel(acquire: Planned) -> None:
    """A row a day and channel: counts and money are added up, channels known by any of their names."""
    found = reviewed(acquire, WIDE)
    assert [actual(found, one) for one in ("touch", "click", "act", "main", "deep")] == [728000, 8250, 600, 600, 28]
    spent = [(one.item, int(one.spent or 0)) for one in found.money[:3]]
    assert spent == [("巨量引擎信息流", 24000), ("小红书笔记", 0), ("达人合作", 15000)]
    assert not found.unused


@pytest.mark.parametrize(
    "text",
    [
        "指标,实际\n曝光,70万\n点击,8000\n注册人数,500\n",
        "曝光,点击,注册\n700000,8000,500\n",
        "曝光,700000\n点击,8000\n注册,500\n",
        "某某活动实绩,,\n,,\n曝光（万）;点击;注册数\n70;8000;500\n".replace(",", ";"),
        "指标\t巨量\t小红书\n曝光\t600000\t100000\n点击\t7000\t1000\n注册\t480\t20\n",
        "渠道,指标,实际\n巨量,曝光,600000\n小红书,曝光,100000\n,点击,8000\n合计,注册,500\n",
        "日期,曝光,点击,注册\n12/1,300000,3000,200\n12/2,400000,5000,300\n合计,700000,8000,500\n",
        "指标,目标,实际,差异,备注\n曝光,790000,700000,,少\n点击,9442,8000,,\n注册,774,500,,\n",
        "touch,click,act\n700000,8000,500\n",
        "指标,实际\n曝光,700000\n点击率,1.142857%\n注册,500\n",
    ],
)
def test_shapes(acquire: Planned, text: str) -> None:
    """Long, wide, crossed, without header, with captions, totals, other columns, ids, a rate instead of a count."""
    found = reviewed(acquire, text)
    assert [actual(found, one) for one in ("touch", "click", "act")] == [700000, 8000, 500]
    assert not found.unused


def test_xlsx_with_merged_cells_and_percentages(book: Path, tmp_path: Path) -> None:
    """A merged channel counts for all its rows; a cell that shows 4% is 4%."""
    made = openpyxl.Workbook()
    lines = [("渠道", "指标", "实际"), ("巨量引擎", "曝光", 600000), (None, "点击", 7000), (None, "注册", 480)]
    for line in [*lines, ("合计", "首次付费退款率", 0.04)]:
        made.active.append(line)
    made.active.merge_cells("A2:A4")
    made.active["C5"].number_format = "0%"
    made.save(tmp_path / "实绩.xlsx")
    found = review_plan(book, tmp_path / "实绩.xlsx", today=TODAY)
    assert next(c.actual for c in found.contributions if c.channel) == 480
    assert actual(found, "guard2") == Decimal("0.04") and not found.unused


def test_formulas_without_results_are_named(book: Path, tmp_path: Path) -> None:
    """A sum that no program has reckoned yet is no blank cell."""
    made = openpyxl.Workbook()
    for line in [("指标", "实际"), ("曝光", "=1+1"), ("注册", 5)]:
        made.active.append(line)
    made.save(tmp_path / "实绩.xlsx")
    found = review_plan(book, tmp_path / "实绩.xlsx", today=TODAY)
    assert [u.place for u in found.unused] == ["“Sheet”第 2 行"] and "公式" in found.unused[0].reason


def test_sheets_with_other_figures_are_read_too(book: Path, tmp_path: Path) -> None:
    """A second sheet with costs counts; one that repeats the figures is named and does not count twice."""
    made = openpyxl.Workbook()
    for title, lines in (
        ("漏斗", [("曝光", "注册"), (700000, 500)]), ("费用", [("总花费",), (41000,)]), ("按日", [("曝光", "注册"), (1, 1)]),
    ):  # fmt: skip
        sheet = made.create_sheet(title)
        for line in lines:
            sheet.append(line)
    made.save(tmp_path / "实绩.xlsx")
    found = review_plan(book, tmp_path / "实绩.xlsx", today=TODAY)
    assert actual(found, "touch") == 700000 and actual(found, "spend") == 41000
    assert any("“按日”" in note for note in found.notes)


def test_what_the_plan_does_not_know_is_named(acquire: Planned) -> None:
    """Unknown figures, unknown channels, percentages as counts: each with its row and the reason."""
    found = reviewed(acquire, "指标,渠道,实际\n曝光,,3%\n打赏数,,12\n注册,知乎,5\n注册,巨量,480\n首次付费,,1000-2000\n")
    assert [u.place for u in found.unused] == [f"第 {n} 行" for n in (3, 4, 2, 6)] or len(found.unused) == 4
    told = " ".join(u.reason for u in found.unused)
    assert "是百分比" in told and "没有这个指标" in told and "“知乎”" in told and "区间" in told
    assert actual(found, "act") == 480 and row(found, "touch").verdict == "没有数据"


def test_columns_that_nobody_knows_are_named(acquire: Planned) -> None:
    """A column of figures without a meaning in the plan is not passed over in silence."""
    found = reviewed(acquire, "曝光,注册,打赏\n700000,500,12\n")
    assert [(u.place, u.text) for u in found.unused] == [("第 3 列", "打赏")]


def test_rates_are_not_added_up(acquire: Planned) -> None:
    """Refund rates of two channels make no whole; the total that is given does."""
    lines = "渠道,首次付费退款率\n巨量,4%\n小红书,6%\n"
    assert actual(reviewed(acquire, lines), "guard2") is None
    assert actual(reviewed(acquire, lines + "合计,5%\n"), "guard2") == Decimal("0.05")


def test_a_total_goes_before_its_parts(acquire: Planned) -> None:
    """People are counted once in a total; that it differs is said."""
    found = reviewed(acquire, "日期,曝光,注册\n12/1,300000,260\n12/2,400000,250\n合计,700000,500\n")
    assert actual(found, "act") == 500 and any("各行相加 510" in note for note in found.notes)


def test_contradictions_are_refused(acquire: Planned) -> None:
    """The same figure twice, different and without a date: neither counts, both are named."""
    found = reviewed(acquire, "指标,实际\n曝光,700000\n注册,500\n注册,510\n")
    assert actual(found, "act") is None and len(found.unused) == 2


def test_a_row_twice_counts_once(acquire: Planned) -> None:
    """An export that was pasted twice."""
    found = reviewed(acquire, WIDE + "12/3,达人合作,120000,1500,160,15000,8\n")
    assert actual(found, "act") == 600 and any("只计一次" in note for note in found.notes) and not found.unused


def test_part_of_a_name(acquire: Planned) -> None:
    """退款率 is 首次付费退款率 where no other figure is called so; that it was read so is said."""
    found = reviewed(acquire, "指标,实际\n注册,500\n退款率,6%\n")
    assert row(found, "guard2").verdict == "护栏破线" and any("读作" in note for note in found.notes)


@settings(max_examples=50)
@given(seed=st.integers(0, 10**6), long=st.booleans())
def test_the_order_of_rows_has_no_effect(acquire: Planned, seed: int, long: bool) -> None:
    """Rows in any order give the same figures, reasons, acts."""
    lines = WIDE.splitlines()
    if long:
        lines = [
            "指标,渠道,实际",
            "曝光,巨量,600000",
            "曝光,小红书,9000",
            "注册,,500",
            "点击,合计,8000",
            "退款率,,7%",
            "补贴,,400",
        ]
    header, rest = lines[0], lines[1:]
    straight = reviewed(acquire, "\n".join([header, *rest]))
    random.Random(seed).shuffle(rest)
    mixed = reviewed(acquire, "\n".join([header, *rest]))
    kept = [(r.rows, r.contributions, r.money, r.next, r.questions, r.headline) for r in (straight, mixed)]
    assert kept[0] == kept[1]


# The review itself


@settings(max_examples=150)
@given(
    counts=st.lists(st.integers(0, 10**6), min_size=4, max_size=4),
    known=st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_contributions_add_up(acquire: Planned, counts: list[int], known: list[bool]) -> None:
    """Whatever came, and whatever is missing: what the steps add is the gap of the main figure, to the unit."""
    names = ("曝光", "点击", "注册", "首次付费")
    text = "指标,实际\n" + "".join(
        f"{n},{c}\n" for n, c, k in zip(names, counts, known, strict=True) if k or n == "注册"
    )
    found = reviewed(acquire, text)
    main = row(found, "main")
    steps = [one for one in found.contributions if not one.channel]
    assert sum(one.value for one in steps) == main.gap
    assert sum(one.share or 0 for one in steps) == (1 if main.gap else 0)
    assert all(re.search("（按数据计算）$", r.reason) for r in found.rows if r.actual is not None)


def test_gap_of_the_plan_itself_stands_apart(acquire: Planned) -> None:
    """The budget only ever brought 774 of 10,000: that is no fault of those who carried it out."""
    found = reviewed(acquire, WIDE)
    first = found.contributions[0]
    assert (first.step, int(first.value)) == ("plan", -9226) and "只测算到 774 人" in first.text
    assert found.next[0].about == "方案本身" and "774 人" in found.next[0].text


def test_steps_missing_in_between_are_joined(acquire: Planned) -> None:
    """Without clicks the step from shows to registrations is one, and says what is missing."""
    found = reviewed(acquire, "曝光,注册\n700000,500\n")
    step = next(c for c in found.contributions if c.step == "act" and not c.channel)
    assert step.label == "曝光到注册" and "点击没有数据" in step.text


def test_a_zero_is_said(acquire: Planned) -> None:
    """Nobody registered: the gap stands at the step where it became zero."""
    found = reviewed(acquire, "曝光,点击,注册\n700000,8000,0\n")
    step = next(c for c in found.contributions if c.step == "act" and not c.channel)
    assert step.value == -774 and "有一边是 0" in step.text


def test_small_numbers_may_be_chance(acquire: Planned) -> None:
    """34 of 774 where 38 were planned says nothing: no act is asked for."""
    found = reviewed(acquire, "曝光,点击,注册,首次付费\n790000,9442,774,34\n")
    assert "可能是偶然" in row(found, "deep").reason and "先不改" in row(found, "deep").action


def test_broken_guards_come_first(acquire: Planned) -> None:
    """A broken guard is named on top and is the first thing to do, on the first day of settling."""
    found = reviewed(
        acquire, "指标,实际\n曝光,790000\n点击,9442\n注册,12000\n首次付费,600\n首次付费退款率,8%\n作弊注册占比,3%\n"
    )
    assert "护栏破线：首次付费退款率 8%（不高于 5%）" in found.headline
    first = found.next[0]
    assert (first.about, first.owner, first.deadline) == ("首次付费退款率", "客服主管", "2026-12-22")
    assert row(found, "guard3").verdict == "达标" and row(found, "main").verdict == "达标"
    assert row(found, "guard2").attainment == Decimal("0.625")


def test_deadlines_lie_in_the_settlement_phase(acquire: Planned) -> None:
    """Acts have a role, a day between the first and the last of that phase, and a figure."""
    for step in reviewed(acquire, WIDE).next:
        assert "2026-12-22" <= step.deadline <= "2026-12-29" and step.owner and step.figure
    assert reviewed(acquire, WIDE).next[0].owner == "运营负责人王敏"


def test_a_late_review_counts_from_today(acquire: Planned) -> None:
    """Nothing is due on a day that is over."""
    found = reviewed(acquire, WIDE, today=datetime.date(2027, 2, 1))
    assert all(step.deadline >= "2027-02-01" for step in found.next) and any("已经过了" in note for note in found.notes)


def test_costs_are_whole_or_not_at_all(acquire: Planned) -> None:
    """Costs of channels alone are no sum: what is missing is named; with the rest it is reckoned."""
    found = reviewed(acquire, WIDE)
    assert actual(found, "spend") is None and "物料、补贴没有实际花费" in row(found, "spend").reason
    whole_ = reviewed(acquire, "指标,实际\n注册,600\n花费,39000\n物料,2400\n补贴,600\n")
    assert actual(whole_, "spend") == 42000 and actual(whole_, "cost_per_result") == 70
    assert row(whole_, "cost_per_result").verdict == "未达"


def test_known_people_and_control_group(books: dict[str, bytes], tmp_path: Path) -> None:
    """A goal with a control group asks for it; its rows are no channel."""
    path = tmp_path / "召回.xlsx"
    path.write_bytes(books["召回"])
    found = reviewed(path, "渠道,送达,打开,回流\n短信,45000,1000,200\n推送,20000,1200,240\n对照组,10000,0,90\n")
    assert found.goal == "召回" and actual(found, "act") == 440
    assert "对照组" in found.unused[0].reason and any(q.about == "对照组" for q in found.questions)


def test_reasons_are_never_made_up(acquire: Planned) -> None:
    """What was not measured stays blank, and becomes a question with a place to look."""
    found = reviewed(acquire, "指标,实际\n注册,500\n")
    missing = [r for r in found.rows if r.actual is None]
    assert missing and all(r.verdict == "没有数据" and r.gap is None and r.attainment is None for r in missing)
    assert all(q.question.endswith("？") and q.look for q in found.questions)


# A workbook that a person has edited


def test_rows_in_another_order_and_new_ones(book: Path) -> None:
    """Rows are found by their id; a row of the user's own by its name."""

    def change(made: Any) -> None:
        sheet = made["复盘"]
        lines = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=4)]
        for at, line in enumerate([[None, "客服咨询数", "次", 300], *reversed(lines)], 4):
            for column in range(1, 10):
                sheet.cell(at, column).value = line[column - 1] if column <= len(line) else None

    typed(book, change)
    found = reviewed(book, "指标,实际\n曝光,700000\n点击,8000\n注册,500\n客服咨询数,420\n")
    assert actual(found, "touch") == 700000 and actual(found, "客服咨询数") == 420
    assert sum(c.value for c in found.contributions if not c.channel) == row(found, "main").gap


def test_changed_targets_count(book: Path) -> None:
    """A target typed over, as a number or as words."""

    def change(made: Any) -> None:
        made["复盘"]["D4"], made["复盘"]["D10"] = "2000人", "≤ 8%"

    typed(book, change)
    found = reviewed(book, "指标,实际\n注册,500\n首次付费退款率,7%\n")
    assert row(found, "main").target == 2000 and row(found, "main").gap == -1500
    guard = row(found, "guard2")
    assert (guard.target, guard.verdict) == (Decimal("0.08"), "达标")


def test_what_is_typed_into_the_sheet_counts(book: Path) -> None:
    """An actual in the sheet fills what the file leaves out; where both say something the file counts, and it is said."""

    def change(made: Any) -> None:
        made["复盘"]["E10"], made["复盘"]["E5"] = 0.07, 1

    typed(book, change)
    found = reviewed(book, "指标,实际\n曝光,700000\n注册,500\n")
    assert actual(found, "guard2") == Decimal("0.07") and actual(found, "touch") == 700000
    assert len([note for note in found.notes if "复盘表里填" in note]) == 2


def test_costs_of_an_earlier_review_do_not_stay(book: Path) -> None:
    """The sum in the sheet gives way to the costs in the file."""

    def change(made: Any) -> None:
        made["复盘"]["E13"] = 1000

    typed(book, change)
    assert actual(reviewed(book, "指标,实际\n注册,500\n"), "spend") == 1000
    assert actual(reviewed(book, "指标,实际\n注册,500\n花费,39000\n物料,2400\n补贴,600\n"), "spend") == 42000


def test_only_the_review_sheet_left(book: Path) -> None:
    """Without the other sheets there is still a review; days are words then."""

    def change(made: Any) -> None:
        for name in ("漏斗", "KPI", "预算", "排期", "输入", "分工"):
            del made[name]

    typed(book, change)
    found = reviewed(book, WIDE.replace("巨量引擎", "巨量"))
    assert found.unused and found.goal == "拉新"
    found = reviewed(book, "指标,实际\n曝光,700000\n点击,8000\n注册,500\n")
    assert sum(c.value for c in found.contributions) == row(found, "main").gap
    assert found.next[0].deadline.endswith("个工作日内")


def test_workbook_that_nobody_has_reckoned(book: Path) -> None:
    """Formulas without results are an error that says what to do."""
    made = openpyxl.load_workbook(book)
    made.save(book)
    with pytest.raises(LoadError, match="公式"):
        reviewed(book, WIDE)


# Files


def test_only_the_review_sheet_changes(book: Path) -> None:
    """Actual, reason, act go in; every other part of the workbook is the same, byte by byte; formulas stay."""
    data = book.read_bytes()
    done = review_xlsx(reviewed(book, WIDE), data)
    with ZipFile(io.BytesIO(data)) as old, ZipFile(io.BytesIO(done)) as new:
        assert old.namelist() == new.namelist()
        changed = [name for name in old.namelist() if old.read(name) != new.read(name)]
        assert len(changed) == 1
        sheet = new.read(changed[0]).decode()
    filled = cells(done)
    assert filled[3][4:7] == ["600", "-9400", "6%"] and "按数据计算" in filled[3][7]
    assert filled[8][4] == filled[8][7] == "" and "补数" in filled[8][8]
    assert re.search(r'<c r="F4"[^>]*><f>[^<]+</f><v>-9400</v>', sheet)


def test_own_reasons_stay(book: Path) -> None:
    """A person's words stay above ours; a second review replaces ours and nothing else."""
    made = openpyxl.load_workbook(book, data_only=True)
    made["复盘"]["H5"], made["复盘"]["I5"] = "素材 3 天没过审", "换代理商"
    made.save(book)
    once = review_xlsx(reviewed(book, WIDE), book.read_bytes())
    lines = cells(once)[4][7].split("\n")
    assert lines[0] == "素材 3 天没过审" and lines[1].endswith("（按数据计算）")
    book.write_bytes(once)
    again = review_xlsx(reviewed(book, WIDE), once)
    assert cells(once) == cells(again) and cells(once)[4][8].startswith("换代理商\n")


def test_texts_stay_texts(book: Path) -> None:
    """A name that looks like a formula or like markup stays a text in every file."""

    def change(made: Any) -> None:
        made["复盘"]["B17"], made["复盘"]["C17"], made["复盘"]["D17"] = "=1+1|<b>咨询</b>", "次", 10
        made["复盘"]["B17"].data_type = "s"

    typed(book, change)
    found = reviewed(book, "指标,实际\n注册,500\n=1+1|<b>咨询</b>,12\n")
    sheet = openpyxl.load_workbook(io.BytesIO(review_xlsx(found, book.read_bytes())))["复盘"]
    assert sheet["B17"].data_type == "s" and sheet["E17"].value == 12
    assert sheet["H17"].data_type == "s"
    assert "<b>" not in review_markdown(found) and "\\|" in review_markdown(found)
    assert "咨询" in "".join(cell.text for table in docx.Document(io.BytesIO(review_docx(found))).tables
                           for cell in table.columns[0].cells)  # fmt: skip


def test_documents_hold_everything(book: Path) -> None:
    """docx, md and terminal: headline, verdicts, steps, what to do, what is open; equal runs are equal."""
    found = reviewed(book, WIDE + "12/3,知乎,100,10,1,0,0\n")
    paper = docx.Document(io.BytesIO(review_docx(found)))
    text = "\n".join(
        [p.text for p in paper.paragraphs] + [c.text for t in paper.tables for r in t.rows for c in r.cells]
    )
    for told in (found.headline, "没有数据", "点击到注册率", "产品经理", "知乎", "信息流广告素材怎么做"):
        assert told in text and told in "\n".join(review_lines(found))
        assert told.replace("_", "") in review_markdown(found).replace("\\", "")
    assert review_docx(found) == review_docx(found)


@pytest.mark.slow
def test_reckoned_again(books: dict[str, bytes], tmp_path: Path) -> None:
    """LibreOffice opens the filled workbook and comes to the same differences and attainments."""
    (tmp_path / "方案.xlsx").write_bytes(books["拉新"])
    found = reviewed(tmp_path / "方案.xlsx", "指标,实际\n曝光,700000\n注册,500\n退款率,7%\n总花费,46000\n")
    sheet = recalculated({"复盘": review_xlsx(found, books["拉新"])}, tmp_path)["复盘"]["复盘"]
    for one in found.rows:
        gap, reached = sheet.cell(one.row, 6).value, sheet.cell(one.row, 7).value
        if one.actual is None:
            assert gap in (None, "") and reached in (None, "")
        else:
            assert one.gap is not None and one.attainment is not None
            assert gap == pytest.approx(float(one.gap)) and reached == pytest.approx(float(one.attainment), abs=5e-5)


# Errors


CELLS = st.text(max_size=4) | st.sampled_from(
    ["指标", "实际", "渠道", "日期", "曝光", "点击", "注册", "点击率", "退款率", "花费", "巨量", "合计", "3%", "7", "1.2万"]
)  # fmt: skip


def as_csv(lines: list[list[str]]) -> bytes:
    """Cells as a csv."""
    return "\n".join(",".join(line) for line in lines).encode(errors="replace")


@settings(max_examples=15)
@given(place=st.floats(0, 1), byte=st.integers(0, 255), cut=st.booleans())
def test_broken_workbooks_are_errors(
    books: dict[str, bytes], tmp_path_factory: Any, place: float, byte: int, cut: bool
) -> None:
    """A damaged file is an error of ours with a hint, or is read; nothing else comes up."""
    folder = tmp_path_factory.mktemp("broken")
    data, at = bytearray(books["召回"]), int(place * (len(books["召回"]) - 1))
    data[at] = byte
    (folder / "方案.xlsx").write_bytes(bytes(data[:at] if cut else data))
    try:
        reviewed(folder / "方案.xlsx", "指标,实际\n回流,500\n")
    except CopilotError as error:
        assert error.hint


@settings(max_examples=200)
@given(data=st.binary(max_size=400) | st.lists(st.lists(CELLS, max_size=5), max_size=8).map(as_csv))
def test_any_bytes_as_results(acquire: Planned, data: bytes) -> None:
    """Whatever stands in the file of results, it is an error of ours or a review."""
    try:
        reviewed(acquire, data)
    except CopilotError as error:
        assert error.message


@pytest.fixture
def registered() -> Iterator[None]:
    """The command line with this command, whether or not it is wired up yet."""
    command.register(cli)
    yield


@pytest.mark.usefixtures("registered")
def test_command(book: Path, tmp_path: Path) -> None:
    """Text on stdout, talk on stderr; 3 when a row could not be used; stdin works."""
    data, results = book.read_bytes(), tmp_path / "实绩.csv"
    results.write_text(WIDE, encoding="utf-8")
    done = run("review", book, results, "-o", tmp_path / "复盘.xlsx")
    assert done.code == 0 and "注册人数" in done.out and "复盘存为" in done.err
    assert book.read_bytes() == data
    odd = run("review", book, "-", "--json", stdin=(WIDE + "12/3,知乎,1,1,1,0,0\n").encode())
    assert odd.code == 3 and odd.json["unused"][0]["place"] == "第 6 行"
    assert run("review", book, results, "-o", tmp_path / "复盘.docx").code == 0


@pytest.mark.usefixtures("registered")
def test_command_errors(book: Path, tmp_path: Path) -> None:
    """2 for wrong usage, 1 for what cannot be read; the plan is never written over unasked."""
    results, odd = tmp_path / "实绩.csv", tmp_path / "随便.xlsx"
    results.write_text(WIDE, encoding="utf-8")
    openpyxl.Workbook().save(odd)
    (tmp_path / "空.csv").write_bytes(b"")
    (tmp_path / "别的.csv").write_text("甲,乙\n一,二\n", encoding="utf-8")
    for arguments, code in (
        ((book,), 2), ((tmp_path / "方案.docx", results), 2), ((book, tmp_path / "实绩.pdf"), 2),
        ((book, results, "-o", book), 2), ((book, results, "-o", tmp_path / "a.pdf"), 2),
        ((book, results, "-o", results, "--force"), 2), ((tmp_path / "没有.xlsx", results), 1),
        ((odd, results), 1), ((book, tmp_path / "没有.csv"), 1), ((book, tmp_path / "空.csv"), 1),
        ((book, tmp_path / "别的.csv"), 1),
    ):  # fmt: skip
        done = run("review", *arguments)
        assert (done.code, done.out) == (code, "") and done.err.count("\n") == 2, arguments
        assert done.err.startswith("错误：") and "怎么办：" in done.err
    assert run("review", book, results, "-o", book, "--force").code == 0


def test_formats(book: Path, tmp_path: Path) -> None:
    """Each file is what its name says; another name is refused."""
    found = reviewed(book, WIDE)
    for name in ("a.xlsx", "a.docx", "a.md", "a.json"):
        write_review(found, tmp_path / name, book)
        assert (tmp_path / name).stat().st_size
    with pytest.raises(InputError):
        write_review(found, tmp_path / "a.md", book)


# Data


@pytest.mark.parametrize("goal", read("plan/figures")["goals"].values())
def test_every_stage_and_guard_has_its_words(goal: str) -> None:
    """Question, place to look, act with a figure; names that no other stage of the goal has."""
    data, playbook = read("plan/review"), read(f"plan/goals/{goal}")
    mine = data["goals"][goal]
    stages = [stage for stage in playbook["stages"] if stage["id"] != "pool"]
    assert set(mine) - {"high"} == {stage["id"] for stage in stages} | {"guards"}
    assert set(mine["guards"]) == {guard["kpi"] for guard in playbook["guards"]}
    for entry in [*(mine[stage["id"]] for stage in stages), *mine["guards"].values(), *data["high"].values(),
                  *mine.get("high", {}).values()]:  # fmt: skip
        assert entry["ask"].endswith("？") and re.search(r"\d", entry["do"]) and "。" not in entry["do"]
    taken = [bare(word) for stage in stages for word in (stage["label"], *data["stages"][stage["label"]])]
    assert len(taken) == len(set(taken)), [word for word in taken if taken.count(word) > 1]


def test_names_of_the_workbook_agree() -> None:
    """What the export writes, the review reads: titles of sheets and names of columns."""
    data = read("plan/review")
    titles = ("SUMMARY", "REVIEW", "KPIS", "FUNNEL", "INPUTS", "BUDGET", "SCHEDULE", "DUTIES")
    assert set(data["sheets"].values()) == {getattr(sheet_names, name) for name in titles}
    written = {
        name for part in ("INPUT", "BUDGET", "FUNNEL", "SCHEDULE", "KPI", "REVIEW")
        for name, _ in getattr(sheet_names, f"{part}_COLUMNS")
    }  # fmt: skip
    assert all(words[0] in written or name == "work" for name, words in data["book"].items())
    assert (sheet_names.AT_LEAST, sheet_names.AT_MOST) == (AT_LEAST, AT_MOST)
