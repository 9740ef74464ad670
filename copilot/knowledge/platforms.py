"""The user's `platforms.yaml`: read, laid over the shipped table, and everything that is wrong with it said at once."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args

from copilot.errors import DataError
from copilot.knowledge import read_own
from copilot.text import fold
from copilot.types import Counter, LimitKind

OWN = "platforms.yaml"  # in the home folder

_ID = re.compile(r"[^\W_][\w-]*")
_CHANNEL_KEYS = ("title", "aliases", "language", "note", "fields")
_MEASURES = ("limit", "counter", "kind", "minimum", "items", "visible")
_TEXTS = ("label", "source", "confidence")
_FIELD_KEYS = (*_MEASURES, *_TEXTS, "optional", "checked_on")
_CHOICES = {"counter": get_args(Counter), "kind": get_args(LimitKind), "confidence": tuple("HMLK")}
_ORIGIN = {"source": f"用户设置（{OWN}）", "checked_on": "", "confidence": "K"}


def user_channels(path: Path, shipped: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the well-shaped entries of the user's file, and what is wrong with the shape of the others.

    :raises DataError: it is not YAML in UTF-8, or no mapping with `channels`
    """
    data = read_own(path)
    if data is None:
        return {}, []
    if not isinstance(data, dict) or not isinstance(data.get("channels", {}), dict | None):
        raise DataError(f"{path} 的内容不是键值表", "最外层写 channels:，其下每个渠道一项。")
    problems = [f"最外层不认识 {key}，渠道写在 channels: 之下" for key in data if key != "channels"]
    known = {fold(alias): name for name, entry in shipped.items() for alias in (entry["title"], *entry["aliases"])}
    own = {}
    for name, entry in (data.get("channels") or {}).items():
        found = list(_shape_problems(name, entry, known))
        problems += found
        if not found:
            own[name] = entry
    return own, problems


def _shape_problems(name: Any, entry: Any, known: Mapping[str, str]) -> Iterator[str]:
    if not isinstance(name, str) or not _ID.fullmatch(name):
        yield f"渠道名 {name} 只能用字母、数字、汉字、- 和 _"
    elif fold(name) in known and known[fold(name)] != name:
        yield f"{name} 请写成 {known[fold(name)]}"
    elif not isinstance(entry, dict):
        yield f"{name} 要写成键值表"
    elif not isinstance(entry.get("fields", {}), dict):
        yield f"{name}.fields 要写成键值表"
    else:
        for field, values in entry.get("fields", {}).items():
            if not isinstance(field, str) or not _ID.fullmatch(field):
                yield f"{name}.fields 的字段名 {field} 只能用字母、数字、汉字、- 和 _"
            elif not isinstance(values, dict):
                yield f"{name}.fields.{field} 要写成键值表，例如 {{limit: 64}}"


def merged(shipped: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shipped channels with what the user's entries change and add."""
    return {**shipped, **{name: _channel(shipped.get(name), entry) for name, entry in own.items()}}


def _channel(base: Mapping[str, Any] | None, entry: Mapping[str, Any]) -> dict[str, Any]:
    base = base or {"fields": {}}
    fields = dict(base["fields"])
    for name, values in entry.get("fields", {}).items():
        fields[name] = _field(name, fields.get(name), values)
    aliases = entry.get("aliases", [])
    if isinstance(aliases, list):
        aliases = [*base.get("aliases", ()), *aliases]
    return {**base, **entry, "aliases": aliases, "fields": fields}


def _field(name: str, base: Mapping[str, Any] | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """A measure of the user's own no longer rests on the shipped source."""
    if base is None:
        base = {"label": name, "counter": "char", "kind": "hard", **_ORIGIN}
    elif any(values.get(key, base.get(key)) != base.get(key) for key in _MEASURES):
        base = {**base, **_ORIGIN}
    return {**base, **values}


def channel_problems(channels: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the values of well-shaped channels."""
    for name, entry in channels.items():
        yield from (
            f"{name} 不认识 {key}，可用 {'、'.join(_CHANNEL_KEYS)}" for key in entry if key not in _CHANNEL_KEYS
        )
        if not _is_text(entry.get("title")):
            yield f"{name}.title 要写渠道的名称"
        if not isinstance(entry.get("note", ""), str):
            yield f"{name}.note 要写一句话"
        if entry.get("language", "zh") not in ("zh", "en"):
            yield f"{name}.language 只能是 zh 或 en"
        aliases = entry.get("aliases", [])
        if not isinstance(aliases, list) or not all(_is_text(alias) for alias in aliases):
            yield f"{name}.aliases 要写成名称的列表，例如 [得物, 毒]"
        if not entry["fields"]:
            yield f"{name}.fields 至少要有一个字段"
        for field, values in entry["fields"].items():
            yield from (f"{name}.{field} {problem}" for problem in _field_problems(values))
    yield from _shared_aliases(channels)


def _field_problems(values: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"不认识 {key}，可用 {'、'.join(_FIELD_KEYS)}" for key in values if key not in _FIELD_KEYS)
    if "limit" not in values:
        yield "缺少 limit（上限，0 表示不知道）"
    for key in ("limit", "minimum", "visible"):
        if not _is_count(values.get(key, 0)):
            yield f"的 {key} 要写 0 或正整数，写的是 {values[key]}"
    for key in _TEXTS:
        if not isinstance(values[key], str):
            yield f"的 {key} 要写文字"
        elif key in _CHOICES and values[key] not in _CHOICES[key]:
            yield f"的 {key} 只能是 {'、'.join(_CHOICES[key])}"
    if not isinstance(values["checked_on"], str | date):
        yield "的 checked_on 要写年月，例如 2026-11"
    for key in ("counter", "kind"):
        if values[key] not in _CHOICES[key]:
            yield f"的 {key} 只能是 {'、'.join(_CHOICES[key])}"
    if not isinstance(values.get("optional", False), bool):
        yield "的 optional 要写 true 或 false"
    items = values.get("items", [0, 0])
    if not (isinstance(items, list) and len(items) == 2 and all(map(_is_count, items)) and items[0] <= items[1]):
        yield "的 items 要写成 [最少, 最多]，例如 [3, 15]"
    yield from _order_problems(values)


def _order_problems(values: Mapping[str, Any]) -> Iterator[str]:
    limit = values.get("limit", 0)
    if not _is_count(limit):
        return
    for key, word in (("minimum", "下限"), ("visible", "折叠处")):
        value = values.get(key, 0)
        if _is_count(value) and limit and value > limit:
            yield f"的{word} {value} 超过上限 {limit}"
    if not limit and values["kind"] != "recommended":
        yield "没有上限（limit: 0），kind 只能是 recommended"


def _shared_aliases(channels: Mapping[str, Any]) -> Iterator[str]:
    """Yield names that mean two channels: what is written for one would go to the other."""
    owners: dict[str, str] = {}
    for name, entry in channels.items():
        aliases = entry.get("aliases", [])
        for alias in (name, entry.get("title"), *(aliases if isinstance(aliases, list) else ())):
            if _is_text(alias):
                owner = owners.setdefault(fold(alias).replace(" ", ""), name)
                if owner != name:
                    yield f"“{alias}”既是 {owner} 又是 {name} 的名称"


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
