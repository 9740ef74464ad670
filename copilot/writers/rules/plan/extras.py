"""Sections that only some kinds of plan have: market, positioning, product and price, service, CRM …."""

from collections.abc import Sequence
from typing import Any

from copilot.knowledge import read
from copilot.plans import Swing
from copilot.writers.rules.plan.lines import Block, Line, Table, filled, said
from copilot.writers.rules.plan.scene import Scene


def extra(scene: Scene, id: str, swings: Sequence[Swing]) -> list[Block]:
    """Return a section of extras.yaml for this kind and goal; what the brief says of it comes first."""
    slots = {
        **scene.slots, "deep": scene.done.inputs.steps[-1].label, "guard": str(scene.goal["guards"][0]["kpi"]),
        "weakest": next((s.input for s in swings if s.input != "单价"), scene.done.inputs.steps[-1].label),
    }  # fmt: skip
    rows: list[Block] = list(_given(scene, id))
    for entry in read("plan/extras").get(id, ()):
        if _applies(entry, scene):
            rows.append(_table(scene, entry) if "table" in entry else said(entry, slots))
    return rows


def _applies(entry: dict[str, Any], scene: Scene) -> bool:
    kinds, goals = entry.get("kinds"), entry.get("goals")
    return (not kinds or scene.brief.kind in kinds) and (not goals or scene.brief.goal in goals)


def _given(scene: Scene, id: str) -> list[Line]:
    brief = scene.brief
    if id == "market" and brief.competitors:
        return [Line(f"要盯的竞品：{'、'.join(brief.competitors)}。", mark="given")]
    if id == "product":
        found = [Line(f"卖点：{'；'.join(brief.selling_points)}。", mark="given")] if brief.selling_points else []
        return found + ([Line(f"价格：{brief.price.rstrip('。')}。", mark="given")] if brief.price else [])
    if id == "positioning" and brief.pain:
        return [Line(f"用户现在的难处：{brief.pain.rstrip('。')}。", mark="given")]
    return []


def _table(scene: Scene, entry: dict[str, Any]) -> Table:
    rows: list[tuple[str, ...]] = []
    for row in entry["rows"]:
        if row[0] == "$competitors":
            rows += [(one, *row[1:], "给定") for one in scene.brief.competitors] or [("待填", *row[1:], "假设")]
        else:
            rows.append((*(filled(str(cell), scene.slots) for cell in row), "假设"))
    return Table((*entry["table"], "依据"), tuple(rows))
