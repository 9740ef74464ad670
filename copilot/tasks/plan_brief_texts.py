"""What is words in a plan brief: texts and lists, cleaned, checked and cut as those of an ad brief are."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from copilot.briefs import Offer
from copilot.knowledge import read
from copilot.knowledge.keys import label_of
from copilot.tasks.brief_values import Reading, cell_items, is_blank, settle, settled
from copilot.tasks.plan_brief_goal import FILE
from copilot.tasks.plan_brief_numbers import kind_of, shown
from copilot.text import fold
from copilot.text.clean import has_words

_LINES = re.compile(r"[；;|｜\n]+")


def title_of_key(key: str) -> str:
    """Return a key as errors name it: 预算（budget）."""
    return f"{label_of(key, 'keys', FILE)}（{key}）"


def read_texts(named: Mapping[str, Any], to: Reading) -> dict[str, Any]:
    """Return what is words: as an ad brief reads it where both have the key."""
    values: dict[str, Any] = {}
    for key, entry in read(FILE)["keys"].items():
        if key not in named:
            continue
        value = _split(named[key], entry.get("split", ""))
        if entry["kind"] in ("copy", "offer"):
            value = f"{value:f}" if isinstance(value, Decimal) and value.is_finite() else value
            if isinstance(value, (int, float, Decimal)) and not _ordinary(value):
                to.problems.append(f"{title_of_key(key)}：要一段文字，给的是 {shown(value)}")
                continue
            said = settle(key, value, to)
            if said is not None:
                values[key] = _sentence(said) if isinstance(said, Offer) else said
        elif entry["kind"] == "list":
            values[key] = _list(title_of_key(key), value, entry, to)
    if "product" not in named:
        to.problems.append(f"{title_of_key('product')}：没有写，写上产品或服务的名字")
    elif "product" not in values and not any(p.startswith(title_of_key("product")) for p in to.problems):
        to.problems.append(f"{title_of_key('product')}：清理之后没有内容，写上产品或服务的名字")
    return values


def _ordinary(value: int | float | Decimal) -> bool:
    """Return whether the readers of ad copy can take the number."""
    return math.isfinite(value) if isinstance(value, float) else isinstance(value, int) and abs(value) < 10**15


def _split(value: Any, how: str) -> Any:
    """Return a text where a list is wanted as a list: at 、；| (`cell`), or at ；| alone (`sentence`)."""
    if not isinstance(value, str) or not how:
        return value
    return [part for part in (cell_items(value) if how == "cell" else _LINES.split(value)) if part.strip()]


def _list(title: str, value: Any, entry: Mapping[str, Any], to: Reading) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        value = [f"{shown(name)}：{one}" if isinstance(one, str) else name for name, one in value.items()]
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=shown)
    if not isinstance(value, (list, tuple)):
        to.problems.append(f"{title}：要一列文字，给的是{kind_of(value)}，写成 {entry['example']}")
        return ()
    found: dict[str, str] = {}
    for number, item in enumerate(value, 1):
        if is_blank(item):
            continue
        if not isinstance(item, str):
            to.problems.append(f"{title}第 {number} 条：要一段文字，给的是{kind_of(item)}，写成 {entry['example']}")
            continue
        text, removed = settled(item)
        to.notes += [f"{title}第 {number} 条：去掉了{what}" for what in removed]
        if len(text) > entry["limit"]:
            to.problems.append(f"{title}第 {number} 条：太长（{len(text)} 字，最多 {entry['limit']} 字），请先压缩")
        elif has_words(text):
            found.setdefault(fold(text), re.sub(r"(?<=[\u4e00-\u9fff])\s*:\s*", "：", text))
    if len(found) > entry["most"]:
        to.problems.append(f"{title}：有 {len(found)} 条，最多 {entry['most']} 条")
    return tuple(found.values())


def _sentence(offer: Offer) -> str:
    """Return an offer in parts as one sentence."""
    gift = f"送{offer.gift.removeprefix('送')}" if offer.gift else ""
    begin, end = (offer.start and f"{offer.start} 起"), (offer.end and f"{offer.end} 止")
    return "，".join(part for part in (offer.who, offer.what, offer.threshold, gift, offer.quota, begin, end) if part)
