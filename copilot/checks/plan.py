"""What must hold of every plan, whoever wrote it: sums, dates, pools, funnels, marks."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from copilot.plans import ChannelFunnel, Plan, Stage
from copilot.text import sentence_spans

_MARKED = re.compile(r"(?:\[\d+\])+[。？！]$|（(?:给定|假设|按给定计算|按假设测算|假设：库里没有依据)）[。？！]$")
_ROW_MARKED = re.compile(r"\| (?:(?:\[\d+\])+|[^|]*(?:给定|假设)[^|]*) \|$")
_CITED = re.compile(r"\[(\d+)\]")


def plan_problems(plan: Plan) -> tuple[str, ...]:
    """Return everything that is wrong with a plan, in English, for the developer; empty for a plan that may go out."""
    return (*_money(plan), *_funnels(plan), *_dates(plan), *_texts(plan))


def unmarked(body: str) -> list[str]:
    """Return the sentences and table rows of a section that name neither a citation nor the basis of what they say."""
    found: list[str] = []
    lines = body.split("\n")
    for at, line in enumerate(lines):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("|"):
            heads = at + 1 < len(lines) and lines[at + 1].startswith("| ---")
            if not heads and not line.startswith("| ---") and not _ROW_MARKED.search(line):
                found.append(line)
            continue
        said = line.removeprefix("- ")
        found += [
            said[a:b] for a, b in sentence_spans(said) if said[a:b].strip() and not _MARKED.search(said[a:b].strip())
        ]
    return found


def _money(plan: Plan) -> Iterator[str]:
    total = sum((line.subtotal for line in plan.budget), Decimal(0))
    if total != plan.budget_total:
        yield f"lines add up to {total}, not {plan.budget_total}"
    if plan.brief.budget is not None and plan.budget_total > plan.brief.budget:
        yield f"{plan.budget_total} is above the budget {plan.brief.budget}"
    for line in plan.budget:
        if abs(line.subtotal - line.quantity * line.unit_price) > Decimal("0.005"):
            yield f"{line.item}: {line.quantity} × {line.unit_price} is not {line.subtotal}"
        if line.subtotal < 0:
            yield f"{line.item}: negative"
    shares = sum((line.share for line in plan.budget), Decimal(0))
    if shares != (1 if total else 0):
        yield f"shares add up to {shares}"


def _funnels(plan: Plan) -> Iterator[str]:
    yield from _growth("funnel", plan.funnel)
    for one in plan.channel_funnels:
        yield from _growth(one.channel, one.stages)
        reached = _people(one)
        if one.pool and reached > one.pool:
            yield f"{one.channel}: {reached} reached of {one.pool}"
    whole = plan.brief.reach.get("全部")
    reached = sum((_people(one) for one in plan.channel_funnels), Decimal(0))
    if whole is not None and reached > whole:
        yield f"{reached} reached of {whole} in all"
    for at, stage in enumerate(plan.funnel):
        if stage.value != sum((one.stages[at].value for one in plan.channel_funnels), Decimal(0)):
            yield f"{stage.id}: channels do not add up"
    subsidy = sum((line.subtotal for line in plan.budget if line.category == "补贴"), Decimal(0))
    quota = sum((line.quantity for line in plan.budget if line.category == "补贴"), Decimal(0))
    if subsidy and subsidy != sum((b.quantity * b.unit_price for b in plan.budget if b.category == "补贴"), Decimal(0)):
        yield f"the greatest liability of {quota} is not its line"


def _people(one: ChannelFunnel) -> Decimal:
    """How many people a channel touches; shows to people who are known (several waves) are no further people."""
    touched = next((s for s in one.stages if s.id == "touch"), None)
    several = touched is not None and one.stages[0].id == "pool" and touched.unit != one.stages[0].unit
    return Decimal(0) if touched is None or several else touched.value


def _growth(name: str, stages: tuple[Stage, ...]) -> Iterator[str]:
    for before, after in pairwise(stages):
        if before.unit == after.unit and after.value > before.value:
            yield f"{name}: {after.stage} {after.value} above {before.stage} {before.value}"


def _dates(plan: Plan) -> Iterator[str]:
    start, end = plan.brief.start, plan.brief.end
    assert start and end
    ids = {task.id for task in plan.schedule}
    for task in plan.schedule:
        if task.start > task.end:
            yield f"{task.id}: ends before it starts"
        if task.window == "activity" and not start <= task.start <= task.end <= end:
            yield f"{task.id}: outside the period"
        if set(task.depends_on) - ids:
            yield f"{task.id}: waits for nothing that is there"


def _texts(plan: Plan) -> Iterator[str]:
    there = {citation.n for citation in plan.citations}
    used = {n for risk in plan.risks for n in risk.cites} | {n for rule in plan.compliance for n in rule.cites}
    for section in plan.sections:
        if not section.body.strip():
            yield f"{section.id}: empty"
        yield from (f"{section.id}: no ground: {text}" for text in unmarked(section.body))
        named = {int(n) for n in _CITED.findall(section.body)}
        used |= named
        if named != {citation.n for citation in section.citations}:
            yield f"{section.id}: its citations are not those of its text"
    if used != there:
        yield f"citations {sorted(used ^ there)} are used or listed alone"
