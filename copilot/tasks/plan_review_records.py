"""What a review of a campaign plan returns. Counts are whole, money is yuan, rates lie in 0…1, all as Decimal."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Literal

from copilot.plans import plain
from copilot.types import Record

Verdict = Literal["达标", "未达", "护栏破线", "没有数据"]


@dataclass(frozen=True, slots=True)
class _Reviewed(Record):
    def to_dict(self) -> dict[str, Any]:
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class ReviewRow(_Reviewed):
    """A figure of the plan against what came. `attainment` = actual ÷ target; `bound` is 不低于 or 不高于.

    `reason` says what the figures show, never why; `row` is the row of the sheet 复盘, 0: the sheet has none.
    """

    id: str
    kpi: str
    unit: str
    target: Decimal | None
    actual: Decimal | None
    gap: Decimal | None
    attainment: Decimal | None
    verdict: Verdict
    reason: str
    action: str
    guard: bool = False
    bound: str = "不低于"
    row: int = 0


@dataclass(frozen=True, slots=True)
class Contribution(_Reviewed):
    """What one step adds to the gap of the main figure, in its unit; all of them add up to the gap.

    `planned` and `actual` are the step's rate (`unit` %), else its count. Step `plan` is what the plan itself fell
    short of its target. `channel`: of which one, "" for all together. `share` None: there is no gap.
    """

    step: str
    label: str
    channel: str
    planned: Decimal | None
    actual: Decimal | None
    unit: str
    value: Decimal
    share: Decimal | None
    text: str


@dataclass(frozen=True, slots=True)
class MoneyRow(_Reviewed):
    """Money planned and spent; for a channel also its results and what each cost. None: not known."""

    item: str
    planned: Decimal
    spent: Decimal | None
    difference: Decimal | None
    planned_results: Decimal | None = None
    results: Decimal | None = None
    planned_cost: Decimal | None = None
    cost: Decimal | None = None
    cost_difference: Decimal | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class NextStep(_Reviewed):
    """What to do next: who, what, until when (ISO date, or words where the plan has no schedule), seen by what."""

    about: str
    owner: str
    text: str
    deadline: str
    figure: str


@dataclass(frozen=True, slots=True)
class OpenQuestion(_Reviewed):
    """What the figures do not answer, where the answer lies, and the section of the handbook that says how to look."""

    about: str
    question: str
    look: str
    cite: str = ""


@dataclass(frozen=True, slots=True)
class Unused(_Reviewed):
    """A row (or column) of the actuals that could not be used, and why."""

    place: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlanReview(_Reviewed):
    """What `review` returns. `goal` is "" where the workbook does not show it."""

    plan: str
    actuals: str
    title: str
    goal: str
    headline: str
    rows: tuple[ReviewRow, ...]
    contributions: tuple[Contribution, ...]
    money: tuple[MoneyRow, ...]
    next: tuple[NextStep, ...]
    questions: tuple[OpenQuestion, ...]
    unused: tuple[Unused, ...] = ()
    notes: tuple[str, ...] = ()
