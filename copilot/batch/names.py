"""What columns may be called: keys of a brief, parts of its offer and original price, numbered ones; other tasks."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any

from copilot.knowledge import read
from copilot.knowledge.keys import bare, key_of, label_of, nearest

_LISTS = ("list", "channels", "names")
_NUMBER = re.compile(r"(?<=.)(?:[0-9]+|[一二三四五六七八九十]+|[①-⑳])$")
_REMARK = re.compile(
    r"[（(【\[].*?[）)】\]]|[/／].{0,3}$|(?<=价)元$"
)  # 价格（元）, 标题（30 字以内）, 人群【选填】, 售价/元
_PARTS = ("offer", "original_price")


@lru_cache(maxsize=4096)
def key_of_column(name: str, task: str) -> str:
    """Return the key that a column of this name holds (product, offer.end, question …), "" for none."""
    return _key(name, task) or _key(_REMARK.sub("", name), task)


def _key(name: str, task: str) -> str:
    plain = bare(name)
    if task != "adcopy":
        return _known(task).get(plain, "")
    if plain in _general("keys"):
        return ""
    if key := key_of(name):
        return key
    if dotted := _dotted(name):
        return dotted
    for group in _PARTS:
        if plain not in _general(group) and (part := key_of(name, group)):
            return f"{group}.{part}"
    for group in _PARTS:
        for prefix in read("batch")["prefixes"][group]:
            rest = plain.removeprefix(bare(prefix))
            if rest and rest != plain and (part := key_of(rest, group)):
                return f"{group}.{part}"
    stem = _NUMBER.sub("", plain)
    return key if stem != plain and (key := key_of(stem) or "") and is_list(key, task) else ""


@lru_cache(maxsize=1024)
def key_named(name: str, task: str) -> str:
    """Return the key that somebody names in `--map`, "" for none; here a general word means what it says in a brief."""
    if task != "adcopy":
        return _known(task).get(bare(name), "")
    return key_of(name) or _dotted(name) or key_of_column(name, task)


def general_key(name: str) -> str:
    """Return the key that a name too general for a column would have in a brief, "" for others."""
    plain = bare(name)
    if plain in _general("keys"):
        return key_of(name) or ""
    parts = (f"{group}.{key_of(name, group)}" for group in _PARTS if plain in _general(group) and key_of(name, group))
    return next(parts, "")


def nearest_key(name: str, task: str) -> str:
    """Return the key that looks most like `name`, as 卖点（selling_points）, "" if none comes near."""
    if task == "adcopy":
        return nearest(name)
    near = get_close_matches(bare(name), _known(task), 1, 0.5)
    return told_key(_known(task)[near[0]], task) if near else ""


@cache
def told_key(key: str, task: str) -> str:
    """Return a key as people are told it: 优惠的结束（offer.end）."""
    whole, _, part = key.partition(".")
    if task != "adcopy":
        return f"{read('batch')[task][key]['label']}（{key}）"
    return f"{label_of(whole)}的{label_of(part, whole)}（{key}）" if part else f"{label_of(key)}（{key}）"


@cache
def is_list(key: str, task: str) -> bool:
    """Return whether a key takes several values, so that several columns can be joined."""
    return task == "adcopy" and "." not in key and read("brief")["keys"][key]["kind"] in _LISTS


@cache
def rank(name: str, key: str, task: str) -> int:
    """Return how good a name is for a key: the first to be preferred 0, its label, the key, then aliases in order."""
    whole, _, part = key.partition(".")
    entry: Mapping[str, Any] = (
        read("batch")[task][key]
        if task != "adcopy"
        else read("brief")[whole][part]
        if part
        else read("brief")["keys"][key]
    )
    names = [*read("batch")["prefer"].get(key, ()), entry["label"], part or key, *entry["aliases"]]
    order = [bare(alias) for alias in names]
    found = [order.index(form) for form in (bare(name), bare(_REMARK.sub("", name))) if form in order]
    return found[0] if found else len(order)


def _dotted(name: str) -> str:
    """Return the key that a name such as offer.end, 优惠.截止 or 优惠：截止 stands for, "" for others."""
    whole, *rest = re.split(r"[.．。:：/_-]", name, maxsplit=1)
    group = key_of(whole)
    part = key_of(rest[0], group) if rest and group in _PARTS else None
    return f"{group}.{part}" if part else ""


@cache
def _general(group: str) -> frozenset[str]:
    return frozenset(map(bare, read("batch")["too_general"][group]))


@cache
def _known(task: str) -> dict[str, str]:
    """Return name as compared → key of a task other than adcopy."""
    entries: dict[str, Any] = read("batch")[task]
    return {bare(name): key for key, entry in entries.items() for name in (*entry["aliases"], entry["label"], key)}
