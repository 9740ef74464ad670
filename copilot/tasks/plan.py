"""A campaign plan: read the brief, work out the figures, write by rules, cite, let a model reword, check."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from copilot.arithmetic.outcome import work_out
from copilot.checks.adlaw import check_law
from copilot.library import Library
from copilot.plans import Plan, PlanBrief, PlanSection, Risk, Rule
from copilot.tasks.plan_brief import PlanReading, read_plan_brief
from copilot.tasks.plan_cites import Shelf
from copilot.types import Finding
from copilot.writers.rules.plan.front import themes
from copilot.writers.rules.plan.lines import MARKS, Block, Cell, Draft, Head, Line, Own, Table
from copilot.writers.rules.plan.scene import Scene
from copilot.writers.rules.plan.write import PlanDraft, write_plan

if TYPE_CHECKING:
    from copilot.models import Chat

_NO_GROUND = "（假设：库里没有依据）"


def plan(
    library: Library,
    given: Mapping[str, Any] | PlanBrief,
    *,
    today: date | None = None,
    model: "Chat | None" = None,
) -> Plan:
    """Return the plan for a brief; what the brief leaves out is assumed, asked for in `missing` and marked.

    `today` decides dates that the brief leaves open and whether there is time left to prepare; default: the clock's.

    :raises InputError: the brief is wrong, everything wrong named
    :raises ModelError: the model has a meter, and the call failed
    """
    began = time.perf_counter()
    reading = read_plan_brief(given, today=today or date.today())
    made = ruled(library, reading, today or date.today())
    if model is not None:
        from copilot.tasks.modelplan import reworded

        made = reworded(model, made)
    return replace(made, timings_ms={"total": round((time.perf_counter() - began) * 1000, 2)})


def ruled(library: Library, reading: PlanReading, today: date) -> Plan:
    """Return the plan that the rules make of a brief."""
    brief = reading.brief
    assert brief.start and brief.end  # the reading assumes them
    days = (brief.end - brief.start).days + 1
    scene = Scene(brief, reading.given, work_out(brief, days), brief.start, brief.end)
    shelf = Shelf(library)
    own = shelf.own(brief.product, brief.goal, brief.audience)
    draft = write_plan(scene, today, own)
    sections, unfounded = _cited(draft, shelf)
    notes = [*reading.notes, *_squeezed(draft)]
    if unfounded:
        notes.append(f"{unfounded} 句在资料库里找不到依据，已标“假设”")
    return Plan(
        brief=brief, title=draft.title, sections=sections, targets=draft.targets, funnel=draft.funnel,
        channel_funnels=draft.channel_funnels, assumptions=draft.assumptions, budget=draft.budget,
        budget_total=scene.done.outlay.total, measures=draft.measures, gap=draft.gap, sensitivity=draft.sensitivity,
        schedule=draft.schedule, kpis=draft.kpis, duties=draft.duties, risks=_risks(draft, shelf),
        tracking=draft.tracking, compliance=_rules(draft, shelf), materials=draft.materials,
        citations=tuple(shelf.citations), findings=_findings(scene), missing=reading.assumed,
        notes=tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def _findings(scene: Scene) -> tuple[Finding, ...]:
    """Return what the advertising law says of the words that the plan takes over into public."""
    brief = scene.brief
    texts = [("offer", brief.offer), *(("selling_points", one) for one in brief.selling_points)]
    texts += [("theme", line) for line in themes(scene)]
    return tuple(replace(finding, field=field) for field, text in texts if text for finding in check_law(text).findings)


def _cited(draft: PlanDraft, shelf: Shelf) -> tuple[tuple[PlanSection, ...], int]:
    """Return the sections as Markdown with their citations, and how many sentences have no ground in the library."""
    sections, unfounded = [], 0
    for section in draft.sections:
        body, numbers, missed = _body(section, shelf)
        unfounded += missed
        cited = tuple(shelf.citations[n - 1] for n in dict.fromkeys(numbers))
        sections.append(PlanSection(section.id, section.title, body, cited))
    return tuple(sections), unfounded


def _body(section: Draft, shelf: Shelf) -> tuple[str, list[int], int]:
    rows: list[str] = []
    numbers: list[int] = []
    missed = 0
    before: Block | None = None
    for block in section.blocks:
        if before is not None and not (_is_bullet(before) and _is_bullet(block)):
            rows.append("")
        if isinstance(block, Head):
            rows.append(f"### {block.text}")
        elif isinstance(block, Own):
            numbers.append(block.number)
            rows.append(f"- {_marked(_safe(block.text), f'[{block.number}]')}")
        elif isinstance(block, Line):
            mark, number = _mark(block, shelf)
            numbers += [number] if number else []
            missed += mark == _NO_GROUND
            rows.append(f"{'- ' if block.bullet else ''}{_marked(_one_sentence(_safe(block.text)), mark)}")
        else:
            rows += _table(block, shelf, numbers)
        before = block
    return "\n".join(rows), numbers, missed


def _is_bullet(block: Block) -> bool:
    return isinstance(block, Own) or (isinstance(block, Line) and block.bullet)


def _mark(line: Line, shelf: Shelf) -> tuple[str, int | None]:
    if not line.cite:
        return MARKS[line.mark], None
    number = shelf.number(line.cite, line.text)
    return (f"[{number}]", number) if number else (_NO_GROUND, None)


def _marked(text: str, mark: str) -> str:
    """Return a sentence with its mark before the full stop."""
    stop = text[-1] if text.endswith(("。", "？", "！")) else "。"
    return f"{text.removesuffix(stop)}{mark}{stop}"


def _table(table: Table, shelf: Shelf, numbers: list[int]) -> list[str]:
    rows = [_row(table.header), _row(["---"] * len(table.header))]
    for row in table.rows:
        cells = []
        for cell in row:
            if isinstance(cell, Cell):
                number = shelf.number(cell.cite, str(row[0]))
                numbers += [number] if number else []
                cells.append(f"[{number}]" if number else "假设")
            else:
                cells.append(_safe(cell))
        rows.append(_row(cells))
    return rows


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "｜").replace("\n", " ") for cell in cells) + " |"


def _one_sentence(text: str) -> str:
    """Return text without stops inside it: every sentence has its own ground, and a part of one would have none."""
    stop = text[-1:] if text.endswith(("。", "？", "！")) else ""
    body = re.sub("…+", "等", text.removesuffix(stop))
    return re.sub("[。；;！!？?]+", "，", body).rstrip("，") + stop


def _safe(text: str) -> str:
    """Return text whose brackets cannot be taken for a citation, nor its signs for markup."""
    return text.replace("[", "［").replace("]", "］").replace("<", "＜").replace(">", "＞").replace("\n", " ")


def _risks(draft: PlanDraft, shelf: Shelf) -> tuple[Risk, ...]:
    found = []
    for risk, cite in zip(draft.risks, draft.risk_cites, strict=True):
        number = shelf.number(cite, risk.risk)
        found.append(replace(risk, cites=(number,)) if number else risk)
    return tuple(found)


def _rules(draft: PlanDraft, shelf: Shelf) -> tuple[Rule, ...]:
    found = []
    for rule, cite in zip(draft.compliance, draft.rule_cites, strict=True):
        number = shelf.number(cite, rule.rule) if cite else None
        found.append(replace(rule, cites=(number,)) if number else rule)
    return tuple(found)


def _squeezed(draft: PlanDraft) -> list[str]:
    """Say that tasks have no room."""
    if not draft.squeezed:
        return []
    return [f"{len(draft.squeezed)} 项任务在阶段里排不开，和前一项同一天开始"]
