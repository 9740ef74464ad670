"""The materials of a plan → their copy: each brief goes through `adcopy`, so what it may not say is left out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from copilot.briefs import AdCopy
from copilot.errors import InputError
from copilot.plans import Material, Plan

MOST = 5  # variants of one material; a set of more repeats itself


def with_copy(plan: Plan, adcopy: Callable[[Mapping[str, Any], int], AdCopy]) -> Plan:
    """Return the plan with copy in its materials; `dropped` says where none could be written, and why.

    :raises ModelError: the configured model cannot be made
    """
    materials, dropped = [], list(plan.dropped)
    for material in plan.materials:
        copy, reasons = _copy(material, adcopy)
        materials.append(replace(material, copy=copy))
        dropped += [f"{material.title}的文案：{reason}" for reason in reasons]
    return replace(plan, materials=tuple(materials), dropped=tuple(dict.fromkeys(dropped)))


def _copy(material: Material, adcopy: Callable[[Mapping[str, Any], int], AdCopy]) -> tuple[tuple[str, ...], list[str]]:
    if material.brief is None:
        return (), ["这类物料不是广告文案，按任务说明做"]
    try:
        written = adcopy(material.brief, min(MOST, max(1, material.quantity)))
    except InputError as error:
        return (), [error.message]
    texts = tuple(variant.text for variant in written.variants)
    if texts:
        return texts, []
    reasons = [row["reason"] for row in written.dropped] or ["简报里能写的话太少，补上卖点再写"]
    return (), reasons[:2]
