"""Goal and kind of a plan brief, by name or in a sentence: 拉新, 用户增长, 把流失的老用户拉回来."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.tasks.brief_values import Reading
from copilot.tasks.plan_brief_numbers import kind_of, shown
from copilot.text import fold

FILE = "plan/brief"


def goal_data(goal: str) -> dict[str, Any]:
    """Return the playbook of a goal, by its id."""
    return read(f"plan/goals/{goal}")


def label(goal: str) -> str:
    """Return the Chinese name of a goal, by its id."""
    return str(read(FILE)["goals"][goal]["label"])


@cache
def names_of(group: str) -> dict[str, str]:
    """Return goal or kind by every name, bare."""
    entries = read(FILE)[group].items()
    names = {bare(str(alias)): one for one, entry in entries for alias in entry["aliases"]}
    return names | {bare(name): one for one, entry in entries for name in (one, entry["label"])}


def read_goal(title: str, value: Any, to: Reading) -> str | None:
    """Return the id of the goal that a name or a sentence means."""
    if not isinstance(value, str):
        to.problems.append(f"{title}：要一个目标，给的是{kind_of(value)}，写成 拉新；一个方案只写一个主目标")
        return None
    plain = bare(value)
    if plain in (names := names_of("goals")):
        return names[plain]
    ids = _said(value)
    every = "、".join(label(one) for one in read(FILE)["goals"])
    if len(ids) > 1:
        several = "、".join(map(label, ids))
        to.problems.append(f"{title}：“{shown(value)}”里有 {len(ids)} 个目标（{several}），一个方案只写一个主目标")
        return None
    if not ids:
        near = get_close_matches(plain, names, 1, 0.6)
        hint = f"，是不是{label(names[near[0]])}" if near else ""
        to.problems.append(f"{title}：不认得“{shown(value)}”{hint}，写成其中一个：{every}")
        return None
    goal = ids[0]
    to.notes.append(f"{title}：“{shown(value)}”按{label(goal)}理解")
    return goal


def _said(text: str) -> list[str]:
    """Return the goals that a sentence names or speaks of."""
    goals = read(FILE)["goals"]
    found = _contained(bare(text), names_of("goals"))
    spoken = [one for one, entry in goals.items() if re.search(entry["says"], fold(text))]
    ids = list(dict.fromkeys([*found.values(), *spoken]))
    for one, others in read(FILE)["over"].items():
        ids = [other for other in ids if one not in ids or other not in others]
    return ids


def _contained(plain: str, names: Mapping[str, str]) -> dict[str, str]:
    """Return the names that stand in `plain`, longest first, none inside another, in the order of the text."""
    found: dict[int, str] = {}
    rest = plain
    for name in sorted((n for n in names if len(n) > 1), key=len, reverse=True):
        if (at := rest.find(name)) >= 0:
            found[at] = name
            rest = rest.replace(name, "\0" * len(name))
    return {found[at]: names[found[at]] for at in sorted(found)}


def read_kind(title: str, value: Any, to: Reading) -> tuple[str, str] | None:
    """Return the kind, and the length that its name says: month, quarter or ""."""
    every = "、".join(entry["label"] for entry in read(FILE)["kinds"].values())
    if not isinstance(value, str):
        to.problems.append(f"{title}：要一种方案，给的是{kind_of(value)}，写成其中一种：{every}")
        return None
    plain, names = bare(value), names_of("kinds")
    name = plain if plain in names else next(iter(sorted(_contained(plain, names), key=len, reverse=True)), "")
    if not name:
        near = get_close_matches(plain, names, 1, 0.5)
        hint = f"，是不是{read(FILE)['kinds'][names[near[0]]]['label']}" if near else ""
        to.problems.append(f"{title}：不认得“{shown(value)}”{hint}，写成其中一种：{every}")
        return None
    spans = read(FILE)["spans"].items()
    return names[name], next((span for span, words in spans if name in map(bare, words)), "")
