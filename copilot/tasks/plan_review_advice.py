"""What a gap asks for: act, role, deadline, and the question that the figures leave open. All words are data."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from copilot.arithmetic.returns import money, percent
from copilot.arithmetic.workdays import add_workdays
from copilot.knowledge import read
from copilot.tasks.plan_review_chain import Finding
from copilot.tasks.plan_review_plan import Kpi, Planned
from copilot.tasks.plan_review_records import MoneyRow, NextStep, OpenQuestion
from copilot.writers.rules.plan.lines import number, short


class Deadline(NamedTuple):
    """A day, or words where the plan has no schedule."""

    day: datetime.date | None
    told: str

    @property
    def iso(self) -> str:
        """The day as the record has it."""
        return self.day.isoformat() if self.day else self.told


@dataclass(frozen=True, slots=True)
class Advice:
    """The words for one plan: those of its goal, its schedule, its people."""

    planned: Planned
    today: datetime.date

    @property
    def goal(self) -> Mapping[str, Any]:
        """What review.yaml says of the goal; nothing where the goal is not known."""
        if not self.planned.goal:
            return {"guards": {}}
        found: Mapping[str, Any] = read("plan/review")["goals"][read("plan/figures")["goals"][self.planned.goal]]
        return found

    @property
    def playbook(self) -> Mapping[str, Any]:
        """The playbook of the goal."""
        if not self.planned.goal:
            return {"path": (), "guards": ()}
        found: Mapping[str, Any] = read(f"plan/goals/{read('plan/figures')['goals'][self.planned.goal]}")
        return found

    @property
    def late(self) -> bool:
        """Whether the plan's time for settling is over already."""
        days = [job.end for job in self.planned.jobs if job.when == "after"]
        return bool(days) and max(days) < self.today

    def deadline(self, kind: str) -> Deadline:
        """Return until when: so many workdays into the settlement phase of the plan, else from today."""
        count = int(read("plan/review")["days"][kind])
        after = [job for job in self.planned.jobs if job.when == "after"]
        if not after:
            return Deadline(None, f"复盘后 {max(1, count)} 个工作日内")
        if self.late:
            day = add_workdays(self.today, count)
        else:
            begun = max(min(job.start for job in after), self.today)
            day = min(add_workdays(begun, count), max(job.end for job in after))
        return Deadline(day, f"{short(day)} 前")

    def person(self, role: str) -> str:
        """Return a role with the name that the plan gives it."""
        named = [p for p in self.planned.people if p.startswith(role) and len(p) - len(role) in (2, 3, 4)]
        roles = set(self.planned.people)
        return next((p for p in named if role not in roles), role)

    def words(self, finding: Finding) -> Mapping[str, str]:
        """Return what is asked and done about a step that is off."""
        if finding.state == "high":
            every = read("plan/review")["high"].get(finding.step.id, {})
            return dict(self.goal.get("high", {}).get(finding.step.id, every))
        return dict(self.goal.get(finding.step.id, {}))

    def step(self, finding: Finding) -> NextStep | None:
        """Return what to do about a step that is too low."""
        words = self.words(finding)
        if not words:
            return None
        mine = next((kpi.owner for kpi in self.planned.kpis if kpi.id == finding.step.id and kpi.owner), "")
        owner = self.person(words["owner"]) if "owner" in words else mine or self.person(read("plan/review")["owner"])
        if finding.state == "high":
            seen = f"核实后的{finding.label}不低于计划 {shown(finding.planned, finding.unit)}"
            return NextStep(finding.label, owner, words["do"], self.deadline("high").iso, seen)
        seen = f"{finding.label}回到 {shown(finding.planned, finding.unit)}"
        return NextStep(finding.label, owner, words["do"], self.deadline("low").iso, seen)

    def guard(self, kpi: Kpi) -> NextStep:
        """Return what to do about a guard that is broken."""
        words = self.goal["guards"].get(kpi.label, {})
        do = words.get("do", f"先停下带来这个数的动作，查清“{kpi.label}”为什么破线再恢复")
        owner = kpi.owner or self.person(str(read("plan/review")["owner"]))
        seen = f"{kpi.label}{kpi.bound} {shown(kpi.target, kpi.unit)}"
        return NextStep(kpi.label, owner, do, self.deadline("guard").iso, seen)

    def overspent(self, rows: Sequence[MoneyRow]) -> NextStep | None:
        """Return what to do about the line that is furthest above plan; about the sum where no line is known."""
        tolerance = Decimal(str(read("plan/review")["tolerance"]))
        over = [row for row in rows if row.difference is not None and row.difference > row.planned * tolerance]
        parts = [row for row in over if not row.item.startswith("合计")] or over
        if not parts:
            return None
        row = max(parts, key=lambda one: one.difference or Decimal(0))
        words, item = read("plan/review")["next"]["money"], row.item.replace("合计", "总花费")
        text = words["do"].replace("$item", item).replace("$amount", money(row.difference or Decimal(0)))
        seen = f"{item}不超过 {money(row.planned)} 元"
        owner = next((kpi.owner for kpi in self.planned.kpis if kpi.id == "main" and kpi.owner), words["owner"])
        return NextStep("花费", self.person(owner), text, self.deadline("money").iso, seen)

    def question(self, finding: Finding) -> OpenQuestion | None:
        """Return what remains open about a step."""
        words = self.words(finding)
        cite = next((line["cite"] for line in self.playbook["path"] if line["stage"] == finding.step.id), "")
        return OpenQuestion(finding.label, words["ask"], words["look"], section(cite)) if words else None

    def guard_question(self, kpi: Kpi) -> OpenQuestion:
        """Return what remains open about a broken guard."""
        words = self.goal["guards"].get(kpi.label, {})
        cite = next((line["cite"] for line in self.playbook["guards"] if line["kpi"] == kpi.label), "")
        asked = words.get("ask", f"“{kpi.label}”是从哪个渠道、哪一天开始变差的？")
        return OpenQuestion(kpi.label, asked, kpi.source or "按天、按渠道拆开的报表", section(cite))

    def missing_question(self, kpi: Kpi) -> OpenQuestion:
        """Return what to look up for a figure without data."""
        words = read("plan/review")
        source = kpi.source or words["sources"].get(kpi.id, words["missing"]["look"])
        return OpenQuestion(kpi.label, f"{kpi.label}{' ' if kpi.label.isascii() else ''}实际是多少？", source)

    def spending_question(self, missing: Sequence[str]) -> OpenQuestion:
        """Return what to look up of the money spent."""
        named = "、".join(missing) if missing else "总共"
        return OpenQuestion("花费", f"{named}实际花了多少？", read("plan/review")["missing"]["bills"])

    def control_question(self, label: str) -> OpenQuestion | None:
        """Return the question for the control group, for goals that hold one back."""
        if not self.playbook.get("control"):
            return None
        asked = f"对照组同期有多少{label}，净增是多少？"
        cite = next((line["cite"] for line in self.playbook.get("review", ()) if "对照" in line["say"]), "")
        return OpenQuestion("对照组", asked, "锁定名单时留出的那批人，用同一个时间窗取数", section(cite))


def section(cite: str) -> str:
    """Return a citation as people read it: users/onboarding.md › 注册登录环节怎么减少流失."""
    return cite.replace("#", " › ")


def told(step: NextStep) -> str:
    """Return one line: 产品经理 12/24 前…，看…."""
    day = step.deadline
    if len(day) == 10 and day[4] == "-":
        day = f"{short(datetime.date.fromisoformat(day))} 前"
    return f"{step.owner} {day}{step.text}，验收：{step.figure}"


def shown(value: Decimal | None, unit: str) -> str:
    """Return a figure with its unit: 1.2%, 10,000 人, 45,060 元, 2.5 次."""
    if value is None:
        return "—"
    if unit == "%":
        return percent(value)
    if unit.startswith("元"):
        return f"{value:,.2f}".removesuffix(".00") + f" {unit}"
    return f"{number(round(value, 3))} {'人' if unit in ('老客', '新客') else unit}".strip()
