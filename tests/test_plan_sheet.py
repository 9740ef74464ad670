"""The workbook of a plan: what is reckoned gives the plan's figures and follows a change; texts stay texts."""

import io
import math
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from libreoffice import formulas, recalculated, values

from copilot.arithmetic.budget import yuan
from copilot.arithmetic.funnel import Source, Step, counts
from copilot.arithmetic.outcome import Outcome, with_value
from copilot.arithmetic.returns import measures
from copilot.arithmetic.workdays import workdays_between
from copilot.export import plan_sheet_names as names
from copilot.export.plan_sheet import plan_xlsx
from copilot.export.plan_sheet_chain import chain, chain_values
from copilot.export.plan_sheet_layout import layout_of
from copilot.library import Library
from copilot.plans import GOALS, KINDS, Plan
from copilot.tasks.plan import plan

FIRST = names.FIRST_ROW
EVIL = '=HYPERLINK("http://evil.example","点我")'
COMMON: dict[str, Any] = {
    "product": "青禾读书", "start": "2026-12-01", "end": "2026-12-21", "audience": "想系统读书的上班族",
    "selling_points": ["每天 15 分钟听完一本书"], "team": ["运营负责人：王敏"],
}  # fmt: skip
# One for each goal, each kind at least once: all cost models, pools with and without control group, several waves,
# invitations of two rounds, figures for sales and for the value of a customer, with and without target and budget.
BRIEFS: dict[str, dict[str, Any]] = {
    "拉新": {"target": "注册 1 万人", "budget": "5万", "channels": "巨量引擎信息流、小红书、达人、应用商店"},
    "激活": {"budget": "2万", "reach": {"全部": 20000}, "channels": "短信、应用内、企业微信、巨量引擎信息流"},
    "促活": {"budget": "3万", "kind": "platform", "channels": "短信、公众号、社群", "baseline": "12%"},
    "留存": {"budget": "1万", "kind": "annual", "start": "2027-01-01", "end": "2027-12-31", "channels": "短信、企业微信"},
    "召回": {"target": {"metric": "回流人数", "value": 300}, "channels": "短信、邮件、朋友圈广告", "reach": {"全部": 50000}},
    "复购": {
        "budget": "5万", "kind": "sales", "end": "2027-03-10", "channels": "短信、企业微信、京东",
        "assumptions": {"aov": "128", "gross_margin": "0.45", "refund_rate": "0.08"},
    },
    "转化": {
        "target": {"metric": "GMV", "value": 250000}, "budget": "8万", "kind": "online", "channels": "淘宝、京东、分销联盟、拼多多",
        "assumptions": {"aov": "99.9", "gross_margin": "0.35"},
    },
    "裂变": {"budget": "3万", "channels": "企业微信、应用内、短信、达人", "assumptions": {"subsidy": "8"}},
    "留资": {
        "budget": "10万", "channels": "百度搜索推广、展会、腾讯广告",
        "assumptions": {"aov": "20000", "arpu": "800", "churn_rate": "0.03", "gross_margin": "0.6"},
    },
    "品牌": {"budget": "20万", "kind": "launch", "channels": "微博、B站、达人、百度搜索推广"},
}  # fmt: skip


@pytest.fixture(scope="module")
def plans(handbook: Library) -> dict[str, Plan]:
    """A plan for each goal."""
    today = date(2026, 11, 23)
    return {goal: plan(handbook, {**COMMON, "goal": goal, **BRIEFS[goal]}, today=today) for goal in GOALS}


@pytest.fixture(scope="module")
def books(plans: dict[str, Plan]) -> dict[str, bytes]:
    """Their workbooks."""
    return {goal: plan_xlsx(one) for goal, one in plans.items()}


@pytest.fixture(scope="module")
def stored(books: dict[str, bytes]) -> dict[str, Any]:
    """What a program sees in them that does not reckon."""
    return {goal: values(data) for goal, data in books.items()}


@pytest.fixture(scope="module")
def written(books: dict[str, bytes]) -> dict[str, Any]:
    """Some of them with their formulas; only to be read."""
    return {goal: formulas(books[goal]) for goal in ("拉新", "召回", "复购")}


def live(book: Any) -> Iterator[tuple[str, str]]:
    """The cells with formulas, as sheet and coordinate."""
    for sheet in book:
        for row in sheet.iter_rows():
            yield from ((sheet.title, cell.coordinate) for cell in row if cell.data_type == "f")


def cell_of(book: Any, sheet: str, column: str, row: int) -> Any:
    """The value in the column of a name."""
    heads = {cell.value: cell.column for cell in book[sheet][names.HEAD_ROW]}
    return book[sheet].cell(row, heads[column]).value


def same(found: Any, wanted: Any) -> bool:
    """Whether two cells hold the same; numbers to the last digits that a spreadsheet keeps."""
    found, wanted = ("" if one is None else one for one in (found, wanted))
    if isinstance(found, (int, float)) and isinstance(wanted, (int, float, Decimal)):
        return math.isclose(found, float(wanted), rel_tol=1e-9, abs_tol=1e-9)
    return bool(found == wanted)


def row_of(book: Any, sheet: str, column: str, text: str) -> int:
    """The first row that has a text in a column."""
    return next(row for row in range(FIRST, book[sheet].max_row + 1) if cell_of(book, sheet, column, row) == text)


def set_cell(book: Any, sheet: str, column: str, row: int, value: Any) -> None:
    """Put a value where a person would."""
    heads = {cell.value: cell.column for cell in book[sheet][names.HEAD_ROW]}
    cell = book[sheet].cell(row, heads[column])
    assert not cell.protection.locked, f"{sheet} {column} is not to be changed"
    cell.value = value


def saved(book: Any) -> bytes:
    """A workbook without stored values, as after a change."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# Without LibreOffice


def test_every_goal_and_kind_is_there() -> None:
    """The plans of these tests cover them."""
    assert set(BRIEFS) == set(GOALS)
    assert {brief.get("kind", "activity") for brief in BRIEFS.values()} == set(KINDS)


@pytest.mark.parametrize("goal", ["拉新", "召回", "复购"])
def test_sheets_and_stored_values(books: Mapping[str, bytes], written: Mapping[str, Any], goal: str) -> None:
    """All sheets stand in order, and every formula has its value stored: a preview does not reckon."""
    assert tuple(written[goal].sheetnames) == names.SHEETS
    cells = list(live(written[goal]))
    assert len(cells) > 300
    with zipfile.ZipFile(io.BytesIO(books[goal])) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/sheet" in name]
    found = re.findall(r"<c ([^>]*)><f>[^<]*</f><v>?([^<]*)", "".join(sheets))
    assert len(found) == len(cells)
    assert all('t="str"' in kind for kind, value in found if value in ("", "/>"))
    assert not [value for _, value in found if value.startswith("#")]


@pytest.mark.parametrize("goal", GOALS)
def test_stored_values_are_the_plans(plans: Mapping[str, Plan], stored: Mapping[str, Any], goal: str) -> None:
    """Stages, lines, total, measures and targets read without reckoning are those of the record."""
    made, book = plans[goal], stored[goal]
    rows = range(FIRST, FIRST + len(made.funnel))
    assert [cell_of(book, names.FUNNEL, "数量", row) for row in rows] == [stage.value for stage in made.funnel]
    lines = list(enumerate(made.budget, FIRST))
    assert all(same(cell_of(book, names.BUDGET, "小计（元）", row), line.subtotal) for row, line in lines)
    assert all(same(cell_of(book, names.BUDGET, "占比", row), line.share) for row, line in lines)
    assert same(cell_of(book, names.BUDGET, "小计（元）", FIRST + len(lines)), made.budget_total)
    assert same(sum(cell_of(book, names.BUDGET, "占比", row) for row, _ in lines), 1)
    for measure in made.measures:
        row = row_of(book, names.RETURNS, "编号", measure.id)
        assert same(cell_of(book, names.RETURNS, "数值", row), measure.value), measure
    for kpi in made.kpis:
        row = row_of(book, names.KPIS, "指标编号", kpi.id)
        assert same(cell_of(book, names.KPIS, "目标", row), kpi.target)


@pytest.mark.parametrize("goal", GOALS)
def test_each_channel_has_its_funnel(plans: Mapping[str, Plan], stored: Mapping[str, Any], goal: str) -> None:
    """Every stage of every channel has the record's value."""
    found: dict[str, list[int]] = {}
    for row in range(FIRST + len(plans[goal].funnel), stored[goal][names.FUNNEL].max_row + 1):
        channel, id = (cell_of(stored[goal], names.FUNNEL, column, row) for column in ("渠道", "环节编号"))
        if id in {stage.id for stage in plans[goal].funnel}:
            found.setdefault(channel, []).append(cell_of(stored[goal], names.FUNNEL, "数量", row))
    assert found == {one.title: [stage.value for stage in one.stages] for one in plans[goal].channel_funnels}


def test_the_same_plan_makes_the_same_bytes(plans: Mapping[str, Plan], books: Mapping[str, bytes]) -> None:
    """Nothing of the clock gets in."""
    assert plan_xlsx(plans["裂变"]) == books["裂变"]


def test_texts_stay_texts(handbook: Library) -> None:
    """A product, a channel, an audience that begin like formulas are none, and control characters are gone."""
    brief = {
        **COMMON, "product": "=1+1", "goal": "拉新", "budget": "5万", "audience": "@SUM(A1)\x07\u202e上班族", "competitors": [EVIL],
        "channels": [{"name": "+cmd|' /C calc'!A0", "model": "cpc", "price": "2"}, "小红书"], "team": ["运营负责人：-2+3"],
    }  # fmt: skip
    made = plan(handbook, brief, today=date(2026, 11, 23))
    hostile = replace(
        made, title=EVIL, notes=(EVIL, "=a\x00b"), schedule=tuple(replace(t, phase=EVIL) for t in made.schedule)
    )
    data = plan_xlsx(hostile)
    book = formulas(data)
    texts = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "s"]
    risky = [cell for cell in texts if str(cell.value).startswith(("=", "+", "-", "@"))]
    assert {"=1+1", EVIL} <= {cell.value for cell in risky}
    assert any("cmd|" in str(cell.value) for cell in texts)
    assert all(cell.quotePrefix for cell in risky)
    assert not [
        place
        for place in live(book)
        if "HYPERLINK" in book[place[0]][place[1]].value or "cmd" in book[place[0]][place[1]].value
    ]
    assert not [cell.value for cell in texts if any(c in str(cell.value) for c in "\x00\x07\u202e")]
    assert "HYPERLINK" in (book[names.INPUTS].oddFooter.left.text or "")


def test_what_may_be_changed_is_open(written: Mapping[str, Any]) -> None:
    """Values, quantities, dates and actuals are unlocked and coloured, formulas of protected sheets are locked."""
    book = written["拉新"]
    for sheet in (names.INPUTS, names.FUNNEL, names.BUDGET, names.RETURNS, names.KPIS, names.REVIEW, names.SCHEDULE):
        assert book[sheet].protection.sheet
        assert not book[sheet].protection.password
    opened = [
        (names.INPUTS, "值"),
        (names.BUDGET, "数量"),
        (names.SCHEDULE, "天数"),
        (names.REVIEW, "实际"),
        (names.REVIEW, "原因"),
    ]
    for sheet, column in opened:
        heads = {cell.value: cell.column for cell in book[sheet][names.HEAD_ROW]}
        cell = book[sheet].cell(FIRST, heads[column])
        assert not cell.protection.locked
        assert cell.fill.fgColor.rgb.endswith("FFF6D6")
    movable = {(names.SCHEDULE, f"F{row}") for row in range(FIRST, 200)}
    assert all(book[s][place].protection.locked for s, place in live(book) if (s, place) not in movable)


def test_dates_are_dates(plans: Mapping[str, Plan], stored: Mapping[str, Any], written: Mapping[str, Any]) -> None:
    """Start, end and workdays of every task, dependencies by number, milestones marked, a bar over the days."""
    made, book, open_ = plans["召回"], stored["召回"], written["召回"]
    ids = [task.id for task in made.schedule]
    for row, task in enumerate(made.schedule, FIRST):
        start, end = (cell_of(book, names.SCHEDULE, column, row) for column in ("开始", "结束"))
        assert isinstance(start, datetime)
        assert (start.date(), end.date()) == (task.start, task.end)
        told = cell_of(book, names.SCHEDULE, "依赖", row)
        assert [ids[int(n) - 1] for n in (told or "").split("、") if n] == sorted(task.depends_on, key=ids.index)
        days = cell_of(book, names.SCHEDULE, "工作日", row)
        assert days == (None if task.milestone else workdays_between(task.start, task.end))
        assert (cell_of(book, names.SCHEDULE, "任务", row)[0] == "◆") is task.milestone
    first = book[names.SCHEDULE].cell(names.HEAD_ROW, len(names.SCHEDULE_COLUMNS) + 1).value
    assert first.date() == min(task.start for task in made.schedule)
    assert len(open_[names.SCHEDULE].conditional_formatting) == 1  # one area: bars, days off
    assert any("WORKDAY(" in str(cell_of(open_, names.SCHEDULE, "结束", row)) for row in range(FIRST, FIRST + len(ids)))


def test_long_plans_have_weeks(stored: Mapping[str, Any]) -> None:
    """More than 120 days: a column for each week, from Monday on."""
    head = stored["留存"][names.SCHEDULE][names.HEAD_ROW]
    days = [cell.value.date() for cell in head if isinstance(cell.value, datetime)]
    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(7)}
    assert days[0].weekday() == 0


def test_printing_and_charts(written: Mapping[str, Any]) -> None:
    """Landscape, one page wide, header rows on each page, page numbers; charts where they belong."""
    book = written["复购"]
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == 0
        assert "&P" in sheet.oddFooter.center.text
        assert sheet.title == names.SUMMARY or sheet.print_title_rows == "$3:$3"
    assert {sheet.title for sheet in book if sheet._charts} == {names.FUNNEL, names.BUDGET}


def test_what_is_missing_can_be_filled_in(stored: Mapping[str, Any], written: Mapping[str, Any]) -> None:
    """Price and margin are empty inputs, the measures that need them are formulas all the same."""
    book, seen = written["拉新"], stored["拉新"]
    assert cell_of(seen, names.INPUTS, "值", row_of(seen, names.INPUTS, "编号", "aov")) is None
    for id in ("gmv", "received", "roas", "margin", "roi", "ltv", "payback"):
        row = row_of(book, names.RETURNS, "编号", id)
        assert str(cell_of(book, names.RETURNS, "数值", row)).startswith("=")
        assert not cell_of(seen, names.RETURNS, "数值", row)


def test_review_can_read_it_back(plans: Mapping[str, Plan], written: Mapping[str, Any]) -> None:
    """A row for each figure, with its id in a hidden column and a target that follows KPI."""
    book = written["复购"]
    sheet = book[names.REVIEW]
    assert tuple(cell.value for cell in sheet[names.HEAD_ROW]) == tuple(name for name, _ in names.REVIEW_COLUMNS)
    assert sheet.column_dimensions["A"].hidden
    ids = [sheet.cell(row, 1).value for row in range(FIRST, sheet.max_row + 1)]
    assert ids[: len(plans["复购"].kpis)] == list(dict.fromkeys(["main", *(kpi.id for kpi in plans["复购"].kpis)]))
    assert ids[-4:] == list(names.REVIEWED)
    assert names.KPIS in cell_of(book, names.REVIEW, "目标", FIRST)


STEPS = (
    Step("pool", "可触达", "人"), Step("touch", "送达", "人", "rate", "delivery_rate"),
    Step("click", "打开", "人", "rate", "open_rate"), Step("act", "下单", "单", "rate", "order_rate"),
)  # fmt: skip


def test_every_name_in_a_chain_is_known() -> None:
    """A formula of the chain names only cells of the chain and what is given from outside."""
    rates = {"delivery_rate": Decimal("0.9"), "open_rate": Decimal("0.2"), "order_rate": Decimal("0.1")}
    source = Source("x", Decimal(1), Decimal(1), 3, rates, 1000, Decimal("0.1"))
    nodes = chain(STEPS, source, True, True)
    outside = {"quantity", "output", "pool", "control", "waves", "rate1", "rate2", "rate3"}
    known = dict.fromkeys(outside | {node.name for node in nodes}, "A1")
    assert all("{" not in node.formula.format_map(known) for node in nodes)
    found = chain_values(STEPS, source, 30)
    assert [found[f"count{at}"] for at in range(4)] == list(counts(STEPS, source, 30))
    assert (found["raw3"], found["raw2"], found["raw1"]) == (30, 300, 1500)


# With LibreOffice


@pytest.mark.slow
def test_libreoffice_reckons_again(tmp_path: Path) -> None:
    """The helper of these tests does not believe what is stored."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["B1"] = 2, "=A1*3"
    data = saved(book)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"<v></v>", b"<v>99</v>").replace(b"<v/>", b"<v>99</v>"))
    assert values(out.getvalue()).active["B1"].value == 99
    assert recalculated({"tampered": out.getvalue()}, tmp_path)["tampered"].active["B1"].value == 6


@pytest.mark.slow
def test_every_formula_gives_the_plans_figure(books: Mapping[str, bytes], handbook: Library, tmp_path: Path) -> None:
    """Ten goals, six kinds, and a budget that pays for no channel: each formula, reckoned by LibreOffice, gives the value that the plan stored beside it."""
    nothing = plan(handbook, {**COMMON, "goal": "拉新", "budget": "1", "channels": "达人"}, today=date(2026, 11, 23))
    given = {**books, "什么也买不起": plan_xlsx(nothing)}
    again = recalculated(given, tmp_path)
    for goal, data in given.items():
        stored = values(data)
        cells = list(live(formulas(data)))
        apart = [
            (sheet, place, stored[sheet][place].value, again[goal][sheet][place].value)
            for sheet, place in cells
            if not same(again[goal][sheet][place].value, stored[sheet][place].value)
        ]
        assert apart == [], goal


def altered(done: Outcome, channel: str, rate: str, value: Decimal, price: Decimal, more: int) -> Outcome:
    """The plan with one rate, one price and one quantity of a channel changed, worked out by our arithmetic."""
    buys = []
    for buy in done.outlay.buys:
        source, quantity = buy.source, buy.quantity
        if source.channel == channel:
            source = with_value(source, rate, value, done.inputs.models[channel])._replace(price=price)
            quantity += more
        spend = yuan(source.price * quantity)
        buys.append(
            buy._replace(
                source=source, quantity=quantity, spend=spend, counts=counts(done.inputs.steps, source, quantity)
            )
        )
    totals = tuple(sum(column) for column in zip(*(buy.counts for buy in buys), strict=True))
    added = sum((buy.spend for buy in buys), Decimal(0)) - sum((buy.spend for buy in done.outlay.buys), Decimal(0))
    outlay = done.outlay._replace(buys=tuple(buys), totals=totals, total=done.outlay.total + added)
    return replace(done, outlay=outlay)


CHANGES = {  # goal → channel, its rate, the rate's new value, its new price, units more
    "拉新": ("oceanengine", "ctr", "0.0137", "43.21", 29),
    "复购": ("sms", "open_rate", "0.0613", "0.047", 1234),
    "转化": ("jd_ads", "cvr_order", "0.0719", "2.35", -777),
    "裂变": ("kol", "open_rate", "0.0333", "2750.5", 1),
    "留资": ("baidu_search", "cvr_lead", "0.0417", "6.66", 99),
    "品牌": ("baidu_search", "engage_rate", "0.217", "3.3", 1001),
}


@pytest.mark.slow
def test_changes_are_followed(plans: Mapping[str, Plan], books: Mapping[str, bytes], tmp_path: Path) -> None:
    """Change a rate, a price and a quantity: funnel, lines, total and measures are what our arithmetic says."""
    changed, wanted = {}, {}
    for goal, (channel, rate, value, price, more) in CHANGES.items():
        layout, book = layout_of(plans[goal]), formulas(books[goal])
        row = layout.bought[channel]
        set_cell(book, names.INPUTS, "值", layout.input_rows[layout.key(rate, channel) or ("", "")], float(value))
        set_cell(book, names.INPUTS, "值", layout.input_rows[channel, "price"], float(price))
        set_cell(book, names.BUDGET, "数量", row, layout.buys[channel].quantity + more)
        changed[goal] = saved(book)
        assert (channel, rate) in layout.input_rows, goal  # else other channels would change, too
        wanted[goal] = altered(layout.done, channel, rate, Decimal(value), Decimal(price), more)
    again = recalculated(changed, tmp_path)
    for goal, done in wanted.items():
        found, layout = again[goal], layout_of(plans[goal])
        rows = range(FIRST, FIRST + len(done.inputs.steps))
        assert [cell_of(found, names.FUNNEL, "数量", row) for row in rows] == list(done.outlay.totals), goal
        for buy in done.outlay.buys:
            assert same(cell_of(found, names.BUDGET, "小计（元）", layout.bought[buy.source.channel]), buy.spend), goal
        assert same(cell_of(found, names.BUDGET, "小计（元）", layout.foot("total")), done.outlay.total), goal
        over = cell_of(found, names.BUDGET, "提醒", layout.foot("left"))
        assert over.startswith("超预算") is (done.outlay.total > done.budget), goal
        for measure in measures(done):
            row = row_of(found, names.RETURNS, "编号", measure.id)
            assert same(cell_of(found, names.RETURNS, "数值", row), measure.value), (goal, measure)
        errors = [p for p in live(formulas(changed[goal])) if str(found[p[0]][p[1]].value).startswith(("#", "Err"))]
        assert errors == []


@pytest.mark.slow
def test_what_was_missing_is_reckoned(plans: Mapping[str, Plan], books: Mapping[str, bytes], tmp_path: Path) -> None:
    """Filled-in price, margin, revenue and churn give GMV, ROI, LTV and the time until the money is back."""
    book, layout = formulas(books["拉新"]), layout_of(plans["拉新"])
    given = {"aov": Decimal("68"), "gross_margin": Decimal("0.4"), "arpu": Decimal("30"), "churn_rate": Decimal("0.05")}
    for id, value in given.items():
        set_cell(book, names.INPUTS, "值", layout.input_rows["", id], float(value))
    found = recalculated({"拉新": saved(book)}, tmp_path)["拉新"]
    one = next(iter(layout.done.inputs.inputs.values()))
    inputs = {
        **layout.done.inputs.inputs,
        **{("", id): one._replace(id=id, value=value) for id, value in given.items()},
    }
    for measure in measures(replace(layout.done, inputs=replace(layout.done.inputs, inputs=inputs))):
        row = row_of(found, names.RETURNS, "编号", measure.id)
        assert same(cell_of(found, names.RETURNS, "数值", row), measure.value), measure


@pytest.mark.slow
def test_dates_move_what_waits(plans: Mapping[str, Plan], books: Mapping[str, bytes], tmp_path: Path) -> None:
    """A task that starts a month later moves those that wait for it, and nothing else; the bars begin where they do."""
    made, book = plans["激活"], formulas(books["激活"])
    waited = {id for task in made.schedule for id in task.depends_on}
    at, moved = next((n, t) for n, t in enumerate(made.schedule) if t.id in waited and not t.depends_on)
    later = moved.start + timedelta(28)
    set_cell(book, names.SCHEDULE, "开始", FIRST + at, later)
    found = recalculated({"激活": saved(book)}, tmp_path)["激活"]
    days = {
        task.id: [cell_of(found, names.SCHEDULE, column, row).date() for column in ("开始", "结束")]
        for row, task in enumerate(made.schedule, FIRST)
    }
    behind = {moved.id}
    while more := {t.id for t in made.schedule if behind & set(t.depends_on)} - behind:
        behind |= more
    for task in made.schedule:
        start, end = days[task.id]
        assert start <= end
        assert all(start > days[id][1] for id in task.depends_on if id in behind)
        assert (start, end) == (task.start, task.end) or task.id in behind
    assert sum(days[id] != [t.start, t.end] for t in made.schedule for id in [t.id]) >= 2
