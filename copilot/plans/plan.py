"""What is to be done, and the plan as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from copilot.plans.brief import PlanBrief
from copilot.plans.figures import Assumption, BudgetLine, ChannelFunnel, GapReport, Measure, Stage, Swing
from copilot.plans.record import Basis, Planned, Window
from copilot.types import Citation, Finding, Usage


@dataclass(frozen=True, slots=True)
class Task(Planned):
    """A line of the schedule; `depends_on` are ids. `milestone`: a state to be checked on `end`, of no length."""

    id: str
    phase: str
    task: str
    owner: str
    start: date
    end: date
    window: Window
    depends_on: tuple[str, ...] = ()
    workdays: int = 0
    metric: str = ""
    milestone: bool = False
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Kpi(Planned):
    """A figure to be watched; `guard`: it must not get worse. `scope` is how it is counted."""

    id: str
    kpi: str
    baseline: str
    target: Decimal
    unit: str
    formula: str
    scope: str
    source: str
    owner: str
    guard: bool
    basis: Basis


@dataclass(frozen=True, slots=True)
class Risk(Planned):
    """Observable trigger + role + act + deadline (P6). `likelihood` and `impact` are 高, 中 or 低."""

    risk: str
    channel: str
    likelihood: str
    impact: str
    trigger: str
    owner: str
    action: str
    deadline: str
    cites: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty(Planned):
    """One line of the RACI table; exactly one is accountable."""

    work: str
    responsible: str
    accountable: str
    consulted: str
    informed: str


@dataclass(frozen=True, slots=True)
class Event(Planned):
    """One event to be tracked, with its properties and the figure that it feeds."""

    event: str
    when: str
    properties: tuple[str, ...]
    metric: str


@dataclass(frozen=True, slots=True)
class Rule(Planned):
    """One line of the compliance list. `verified` False: nobody has checked it against the platform's own text.

    `check` says who looks when and how; `channel` is 全部渠道 for what holds everywhere.
    """

    channel: str
    rule: str
    law: str
    verified: bool
    cites: tuple[int, ...] = ()
    check: str = ""


@dataclass(frozen=True, slots=True)
class Material(Planned):
    """One thing to be made; `brief` is a brief for `adcopy` (None: nothing to write), `copy` what it wrote."""

    channel: str
    title: str
    what: str
    quantity: int
    due: date
    owner: str
    brief: Mapping[str, Any] | None = None
    copy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanSection(Planned):
    """One section; `body` is Markdown whose sentences end in `[n]` or in the mark of their basis."""

    id: str
    title: str
    body: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanGap(Planned):
    """Something that the brief leaves out: its key, the question, what was assumed instead."""

    key: str
    question: str
    assumed: str


@dataclass(frozen=True, slots=True)
class Plan(Planned):
    """What `plan` returns. The funnel is the sum over `channel_funnels`; `missing` are questions, `notes` what was
    understood, assumed or left out; `dropped` says what a writer had to give up and why; `prompt` and `usage` are as in
    `Answer`."""

    brief: PlanBrief
    title: str
    sections: tuple[PlanSection, ...]
    targets: tuple[Kpi, ...]
    funnel: tuple[Stage, ...]
    channel_funnels: tuple[ChannelFunnel, ...]
    assumptions: tuple[Assumption, ...]
    budget: tuple[BudgetLine, ...]
    budget_total: Decimal
    measures: tuple[Measure, ...]
    gap: GapReport | None
    sensitivity: tuple[Swing, ...]
    schedule: tuple[Task, ...]
    kpis: tuple[Kpi, ...]
    duties: tuple[Duty, ...]
    risks: tuple[Risk, ...]
    tracking: tuple[Event, ...]
    compliance: tuple[Rule, ...]
    materials: tuple[Material, ...]
    citations: tuple[Citation, ...]
    findings: tuple[Finding, ...] = ()
    missing: tuple[PlanGap, ...] = ()
    notes: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    writer: str = "rules"
    prompt: str = ""
    usage: Usage | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)
