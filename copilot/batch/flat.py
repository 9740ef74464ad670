"""A result as a row of cells: `v1.title`, `v1.body` …, for csv and xlsx. Every cell is a text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from copilot.briefs import AdBrief, AdCopy, Gap
from copilot.channels import Channel, load_channels
from copilot.diagnosis import SLOTS
from copilot.export.copy import plain
from copilot.export.copy_parts import (
    count_lines,
    dropped_rows,
    finding_lines,
    how_made,
    platform_title,
)
from copilot.knowledge import read
from copilot.tasks.result_angles import angle_label
from copilot.types import Count, Finding, Variant

Channels = Mapping[str, Channel]

_FIRST = ("platform", "angle")  # of a variant's columns; its fields follow
_LAST = ("text", "chars", "notes")


def flat_result(task: str, result: Mapping[str, Any], channels: Channels | None = None) -> dict[str, str]:
    """Return the cells of one result by column; `result` is the JSON of the contract, `channels` give names to fields.

    Parsing them back is not meant: what a cell cannot hold (citations of copy, offsets) is in `result`.
    """
    return _FLAT[task](result, load_channels() if channels is None else channels)


def column_order(sets_of_columns: Iterable[Sequence[str]]) -> list[str]:
    """Return all columns in one order: by variant and within it by field as first seen, then what is of the whole row.

    The sets come in the order of the rows that first have them, so that the same rows give the same order.
    """
    seen: dict[str, None] = {}
    for columns in sets_of_columns:
        seen |= dict.fromkeys(columns)
    places = {name: place for place, name in enumerate(seen)}
    return sorted(seen, key=lambda name: _place(name, places[name]))


def variant_column(name: str) -> tuple[int, str] | None:
    """Return number and field of a variant's column, `v2.title` → (2, "title"); None for another one."""
    number, dot, field = name.partition(".")
    if dot and number.startswith("v") and number[1:].isdecimal():
        return int(number[1:]), field
    return None


def _place(name: str, seen: int) -> tuple[int, int, int, int]:
    column = variant_column(name)
    if column is None:
        return 1, 0, 0, seen
    number, field = column
    if field in _FIRST:
        return 0, number, 0, _FIRST.index(field)
    if field in _LAST:
        return 0, number, 2, _LAST.index(field)
    return 0, number, 1, seen


def _adcopy(result: Mapping[str, Any], channels: Channels) -> dict[str, str]:
    cells: dict[str, str] = {}
    for number, raw in enumerate(result["variants"], 1):
        cells |= {f"v{number}.{name}": text for name, text in _variant_cells(_variant(raw), channels).items()}
    gaps = [Gap(**gap) for gap in result.get("gaps", ())]
    copy = AdCopy(AdBrief(""), (), tuple(result.get("dropped", ())))
    if dropped := "\n".join(dropped_rows(copy)):
        cells["dropped"] = dropped
    if gaps:
        cells["gaps"] = "\n".join(
            f"{gap.question}（例：{gap.example}）" if gap.example else gap.question for gap in gaps
        )
    if notes := "\n".join(result.get("notes", ())):
        cells["notes"] = notes
    return cells


def _variant(raw: Mapping[str, Any]) -> Variant:
    counts = {name: Count(**{**count, "values": tuple(count["values"])}) for name, count in raw["counts"].items()}
    findings = tuple(Finding(**finding) for finding in raw["findings"])
    dropped = tuple(raw["dropped_keywords"])
    # what it rests on stays in the JSON
    return Variant(**{**raw, "counts": counts, "findings": findings, "dropped_keywords": dropped, "citations": ()})


def _variant_cells(variant: Variant, channels: Channels) -> dict[str, str]:
    ours = {"platform": platform_title(variant, channels), "angle": angle_label(variant.angle)}
    ours |= {"text": plain(variant.text), "chars": "；".join(count_lines(variant, channels))}
    ours["notes"] = "\n".join([*finding_lines(variant, channels), how_made(variant)])
    cells = {}
    for name, value in variant.fields.items():
        text = value if isinstance(value, str) else (" " if name == "tags" else "\n").join(value)
        if name not in ours:
            cells[name] = text
        elif text != ours[name]:  # the field `text` of sms is what is pasted, that of wechat_moments is not
            cells[f"{name}（字段）"] = text
    return cells | ours


def _ask(result: Mapping[str, Any], channels: Channels) -> dict[str, str]:
    answered = "是" if result["answered"] else "否"
    return {"answered": answered, "answer": result["answer"], "citations": _cited(result)}


def _cited(result: Mapping[str, Any]) -> str:
    return "\n".join(
        f"[{c['n']}] {c['title']}（{c['source']}）：“{' '.join(c['quote'].split())}”" for c in result["citations"]
    )


def _diagnose(result: Mapping[str, Any], channels: Channels) -> dict[str, str]:
    words, needs = read("voice/report"), [need["statement"] for need in result["needs"]]
    root = words["verdicts"][result["solves_root"]] if result["kind"] in ("request", "complaint") else ""
    return {
        "kind": words["kinds"][result["kind"]],
        "verdict": result["verdict"],
        "solves_root": root,
        "next_step": words["steps"][result["next_step"]],
        "urgency": words["urgency"][result["urgency"]],
        "owner": result["owner"],
        "signals": "、".join(words["signals"].get(signal, signal) for signal in result["signals"]),
        **{slot: result[slot]["text"] if result[slot] else "" for slot in SLOTS},
        "need": needs[0] if needs else "",
        "other_needs": "\n".join(needs[1:]),
        "questions": "\n".join(result["questions"]),
        "options": "\n".join(f"{o['idea']}（收益 {o['benefit']}/5，成本 {o['cost']}/5）" for o in result["options"]),
        "this_week": result["this_week"],
        "reply": result["reply"],
        "citations": _cited(result),
    }


_FLAT: dict[str, Callable[[Mapping[str, Any], Channels], dict[str, str]]] = {
    "adcopy": _adcopy, "ask": _ask, "diagnose": _diagnose,
}  # fmt: skip
