"""A Kano questionnaire that can be sent as it is: two questions a feature, five answers, notes for who runs it."""

import hashlib
from collections.abc import Sequence

from copilot.errors import InputError
from copilot.export.score import escaped
from copilot.knowledge import read
from copilot.text import fold

_HINT = "例如：ops-copilot score kano --questionnaire 深色模式 批量导出 离线听书"


def answers() -> list[str]:
    """Return the five answers in their order."""
    return [words[0] for words in read("voice/score")["kano"]["answers"]]


def mixed(features: Sequence[str]) -> list[str]:
    """Return the features in an order that has nothing to do with the given one, and is the same every time.

    :raises InputError: there are none, or one stands twice
    """
    names = [name for feature in features if (name := " ".join(feature.split()))]
    if not names:
        raise InputError("没有写功能", _HINT)
    folded = [fold(name) for name in names]
    if twice := [name for name, key in zip(names, folded, strict=True) if folded.count(key) > 1]:
        raise InputError(f"功能写了两次：{twice[0]}", "每个功能写一次。")
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())


def questions(feature: str) -> tuple[str, str]:
    """Return the two questions, 有 first: side by side they are understood as a pair (handbook)."""
    return f"如果有「{feature}」，您觉得怎样？", f"如果没有「{feature}」，您觉得怎样？"


def questionnaire(features: Sequence[str]) -> str:
    """Return the questionnaire as Markdown.

    :raises InputError: see `mixed`
    """
    ordered = mixed(features)
    lines = ["# 问卷", "", "下面每个功能问两题：有它怎样，没有它怎样。没有对错，按第一感觉选，每题选一个。", ""]
    number = 1
    for feature in ordered:
        lines += [f"## {escaped(feature)}", "", "〔用一句话或一张图说明它做什么〕", ""]
        for question in questions(feature):
            lines += [f"{number}. {escaped(question)}", *(f"    - ( ) {answer}" for answer in answers()), ""]
            number += 1
    return "\n".join([*lines, "---", "", "## 给发问卷的人（不要发出去）", "", *(f"- {n}" for n in notes(ordered)), ""])


def notes(ordered: Sequence[str]) -> list[str]:
    """Return what to mind before, while and after it is sent."""
    rules = read("voice/score")["kano"]
    header = ",".join(f"{name}_{side}" for name in ordered[:2] for side in ("有", "无"))
    more = ",…" if len(ordered) > 2 else ""
    lines = [
        "功能的先后已经打乱，同样的功能每次顺序都一样；正反两题紧挨着，不要拆开。",
        "每个功能写结果，不写内部名字；一题只问一个功能。",
        "先请 3 个人当面做一遍，问他们每题在说什么，说不清的改。",
        f"按人群分开发、分开算，每群至少收 {rules['least']} 份；不常用的人也要请到。",
        "问卷里另加一题“这一题请选 能忍受”，选错的整份不算。",
        "所有题都选同一项的整份不算；删掉几份，报告里写明。",
        f"结果存成一行一人的表，列名：受访者,{header}{more}，再运行 ops-copilot score kano 结果.csv -o 结果.html。",
    ]
    if len(ordered) > rules["most_features"]:
        most = rules["most_features"]
        lines.insert(0, f"有 {len(ordered)} 个功能、{2 * len(ordered)} 题，太长：拆成几份，每份不超过 {most} 个功能。")
    return lines
