"""The workbook of a plan, read back: targets, funnel, budget, schedule. A person may have edited any of it.

Sheets are found by title, columns by the names in their header, rows by id and else by name.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from copilot.errors import LoadError
from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.tasks.plan_review_book import LOW_SIGNS, Header, Row, header_of, rows_below, sheet_named
from copilot.tasks.plan_review_table import Cell, Sheet, read_workbook
from copilot.text import fold

AT_LEAST, AT_MOST = "不低于", "不高于"
_CHEAPER = ("spend", "cost_per_result", "cac")  # measures that are good when they are low


class Kpi(NamedTuple):
    """A line of the sheet 复盘: what was aimed at, and what a person has already filled in."""

    id: str
    label: str
    unit: str
    target: Decimal | None
    bound: str
    guard: bool
    row: int
    actual: Cell
    reason: str
    action: str
    owner: str = ""
    source: str = ""


class Step(NamedTuple):
    """A stage of the funnel as planned; how it follows from the one before: rate, less, times, over or start."""

    id: str
    label: str
    unit: str
    value: Decimal | None
    how: str
    rate: str
    rate_label: str


class Cost(NamedTuple):
    """A line of the budget; `category` as the plan names it: 投放, 物料, 补贴, 人力, 预留."""

    item: str
    channel: str
    category: str
    amount: Decimal


class Job(NamedTuple):
    """A line of the schedule; `when`: before, during or after the period itself."""

    when: str
    owner: str
    start: datetime.date
    end: datetime.date


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as a review needs it. `channels` are titles → stage → count; `ranges` (channel or "", rate) → low, high.

    `header` is the row of the header of the sheet 复盘, whose title is `sheet`; `columns` are our names → column.
    """

    title: str
    goal: str
    kpis: tuple[Kpi, ...]
    steps: tuple[Step, ...]
    channels: Mapping[str, Mapping[str, Decimal]]
    ranges: Mapping[tuple[str, str], tuple[Decimal, Decimal]]
    costs: tuple[Cost, ...]
    jobs: tuple[Job, ...]
    people: tuple[str, ...]
    sheet: str
    columns: Mapping[str, int]


def read_planned(name: str, data: bytes) -> Planned:
    """Return what the workbook of a plan holds.

    :raises LoadError: it cannot be read, is no workbook of a plan, or its formulas hold no results
    """
    titles = read("plan/review")["sheets"]
    sheets = {bare(sheet.title): sheet for sheet in read_workbook(data, tuple(titles.values()))}

    def rows_of(key: str, *needed: str) -> tuple[Header, list[tuple[int, Row]]]:
        sheet = sheet_named(sheets, titles[key])
        header = header_of(sheet, needed) if sheet else None
        return (header, list(rows_below(sheet, header))) if sheet and header else (Header(0, {}), [])

    header, reviewed = rows_of("review", "metric", "target", "actual")
    if not header.row:
        raise LoadError(
            f"{name} 里没有“{titles['review']}”这张表（列名要有 指标、目标、实际）",
            "用 plan -o 方案.xlsx 存出的工作簿；复盘表可以加行，列名别改。",
        )
    _, tree = rows_of("kpis", "metric")
    _, funnel = rows_of("funnel", "metric", "quantity")
    _, inputs = rows_of("inputs", "id", "value")
    _, budget = rows_of("budget", "category", "subtotal")
    _, schedule = rows_of("schedule", "start", "end")
    _, duties = rows_of("duties")
    more = {row.text("id") or bare(row.text("metric")): row for _, row in tree}
    found = [_kpi(at, row, more) for at, row in reviewed if row.text("metric")]
    kpis = tuple({(kpi.id, kpi.label): kpi for kpi in reversed(found)}.values())[::-1]  # a line twice: the first
    if not kpis:
        raise LoadError(f"{name} 的“{titles['review']}”表是空的", "把指标和目标填回去，或重新存一份方案。")
    _refuse_unreckoned(name, [*reviewed, *funnel, *budget])
    goal = goal_of([(row.text("stage"), row.text("metric")) for _, row in funnel] + [(k.id, k.label) for k in kpis])
    jobs = tuple(_jobs(schedule))
    owners = [row.text("owner") for rows in (schedule, tree) for _, row in rows]
    whole, by_channel = _counts(funnel)
    return Planned(
        _title(sheets, titles), goal, kpis, _steps(goal, whole, kpis, [row for _, row in funnel]), by_channel,
        dict(_ranges(inputs)), tuple(_costs(budget)), jobs,
        tuple(filter(None, dict.fromkeys([*owners, *(cell.text for _, row in duties for cell in row.cells)]))),
        next(one.title for one in sheets.values() if one == sheet_named(sheets, titles["review"])), header.columns,
    )  # fmt: skip


def goal_of(stages: Sequence[tuple[str, str]]) -> str:
    """Return the goal whose funnel has these stages, as (id, label); "" when none fits."""
    known = {(id, bare(label)) for id, label in stages}
    labels = {label for _, label in known}
    scores = {}
    for goal, file in read("plan/figures")["goals"].items():
        own = [(stage["id"], bare(stage["label"])) for stage in read(f"plan/goals/{file}")["stages"]]
        scores[goal] = (sum(one in known for one in own), sum(label in labels for _, label in own))
    best = max(scores.values())
    found = [goal for goal, score in scores.items() if score == best]
    return found[0] if best[1] >= 2 and len(found) == 1 else ""


def _title(sheets: Mapping[str, Sheet], titles: Mapping[str, str]) -> str:
    summary = sheet_named(sheets, titles["summary"])
    texts = (cell.text for row in (summary.rows if summary else []) for cell in row if cell.text)
    return " ".join(next(texts, "").split())


def _refuse_unreckoned(name: str, rows: Sequence[tuple[int, Row]]) -> None:
    for _, row in rows:
        for key in ("target", "quantity", "subtotal"):
            if flaw := row.cell(key).flaw:
                what = row.text("metric") or row.text("item")
                raise LoadError(f"{name} 里“{what}”的数读不出：{flaw}", "用 Excel 或 WPS 打开方案，保存一次再复盘。")


# What they hold


def _kpi(at: int, row: Row, tree: Mapping[str, Row]) -> Kpi:
    id, label = row.text("id"), row.text("metric")
    more = tree.get(id) or tree.get(bare(label)) or Row([], {})
    target = row.number("target")
    told = [more.text("formula"), row.text("target"), more.text("target"), label.rpartition("（")[2]]
    bound = AT_MOST if id in _CHEAPER or any(_says(text, LOW_SIGNS) for text in told) else AT_LEAST
    label = label.removesuffix(f"（{bound}）")
    guard = id.startswith("guard") or more.text("formula") in (AT_LEAST, AT_MOST)
    return Kpi(
        id, label, row.text("unit"), target, bound, guard, at, row.cell("actual"), row.text("reason"),
        row.text("action"), more.text("owner") or row.text("owner"), more.text("source"),
    )  # fmt: skip


def _says(text: str, signs: Sequence[str]) -> bool:
    return any(fold(text).startswith(fold(sign)) for sign in signs)


def _counts(funnel: Sequence[tuple[int, Row]]) -> tuple[dict[str, Decimal], dict[str, dict[str, Decimal]]]:
    """Return the planned counts of all together and by channel, by the stage's id, else its bare label."""
    totals = {bare(word) for word in read("plan/review")["totals"]} | {""}
    whole: dict[str, Decimal] = {}
    by_channel: dict[str, dict[str, Decimal]] = {}
    for _, row in funnel:
        value, channel = row.number("quantity"), row.text("channel")
        if value is None:
            continue
        into = whole if bare(channel) in totals else by_channel.setdefault(channel, {})
        into.setdefault(row.text("stage") or bare(row.text("metric")), value)
    return whole, by_channel


def _steps(goal: str, whole: Mapping[str, Decimal], kpis: Sequence[Kpi], funnel: Sequence[Row]) -> tuple[Step, ...]:
    targets = {kpi.id: kpi.target for kpi in kpis if kpi.id and kpi.target is not None}
    if not goal:
        return tuple(_unknown_steps(whole, funnel))
    data = read(f"plan/goals/{read('plan/figures')['goals'][goal]}")
    found = []
    for stage in data["stages"]:
        how = next((one for one in ("rate", "less", "times", "over") if one in stage), "start")
        rate = str(stage.get(how, ""))
        keys = (stage["id"], bare(stage["label"]))
        value = next((table[key] for table in (whole, targets) for key in keys if key in table), None)
        label = str((data["rates"].get(rate) or {}).get("label", ""))
        found.append(Step(stage["id"], stage["label"], stage["unit"], value, how, rate, label))
    return tuple(found)


def _unknown_steps(whole: Mapping[str, Decimal], funnel: Sequence[Row]) -> Iterator[Step]:
    """Give the stages of a funnel that is none of our goals', each following from the one before by a rate."""
    seen: dict[str, Step] = {}
    for row in funnel:
        id = row.text("stage") or bare(row.text("metric"))
        if id in whole:
            how = "rate" if seen else "start"
            seen.setdefault(id, Step(id, row.text("metric"), row.text("unit"), whole[id], how, "", ""))
    yield from seen.values()


def _ranges(inputs: Sequence[tuple[int, Row]]) -> Iterator[tuple[tuple[str, str], tuple[Decimal, Decimal]]]:
    totals = {bare(word) for word in read("plan/review")["totals"]}
    for _, row in inputs:
        low, high = row.number("low"), row.number("high")
        id, channel = row.text("id").rpartition(".")[2], row.text("channel")
        if id and low is not None and high is not None and low < high:
            yield ("" if bare(channel) in totals else channel, id), (low, high)


def _costs(budget: Sequence[tuple[int, Row]]) -> Iterator[Cost]:
    for _, row in budget:
        amount = row.number("subtotal")
        if row.text("category") and amount is not None:
            yield Cost(row.text("item"), row.text("channel"), row.text("category"), amount)


def _jobs(schedule: Sequence[tuple[int, Row]]) -> Iterator[Job]:
    phases = read("plan/review")["phases"]
    for _, row in schedule:
        start, end, phase = row.day("start"), row.day("end"), row.text("phase")
        if start and end:
            when = next((name for name, words in phases.items() if any(word in phase for word in words)), "during")
            yield Job(when, row.text("owner"), start, end)
