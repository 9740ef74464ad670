"""Answers: facts that they hold, refusals right and wrong; reading the questions."""

import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from copilot.errors import InputError
from copilot.evaluation.rows import numbered_rows, read_rows
from copilot.text import normalise
from copilot.types import Answer


def evaluate_answers(rows: Iterable[dict[str, Any]], answer: Callable[[str], Answer]) -> dict[str, Any]:
    """Ask every question of `rows` (`{q, must: [regex], answerable}`) and count what the answers hold.

    `facts_held` is the share of regular expressions found, over answerable questions; a refused one holds none.
    """
    rows = list(rows)
    return answer_figures(rows, [answer(row["q"]) for row in rows])


def answer_figures(rows: Sequence[dict[str, Any]], replies: Sequence[Answer]) -> dict[str, Any]:
    """Return the figures of `evaluate_answers` for answers that have been given; a miss says what was `said`."""
    facts = held = refused_right = refused_wrong = answered_wrong = 0
    lengths, misses = [], []
    for row, reply in zip(rows, replies, strict=True):
        expected, lost = row.get("answerable", True), lost_facts(row, reply)
        facts += len(row.get("must", []))
        held += len(row.get("must", [])) - len(lost)
        refused_right += not expected and not reply.answered
        refused_wrong += expected and not reply.answered
        answered_wrong += not expected and reply.answered
        if reply.answered:
            lengths.append(sum(len(s.text) for s in reply.sentences))
        if lost or expected != reply.answered:
            told = {"answerable": expected, "answered": reply.answered, "lost": lost, "said": reply.answer}
            misses.append({"q": row["q"], **told})
    return {
        "questions": len(rows),
        "facts_held": round(held / facts, 4) if facts else None,
        "refused_right": refused_right,
        "refused_wrong": refused_wrong,
        "answered_wrong": answered_wrong,
        "mean_length": round(statistics.mean(lengths), 1) if lengths else 0.0,
        "misses": misses,
    }


def lost_facts(row: dict[str, Any], reply: Answer) -> list[str]:
    """Return the regular expressions of a question that its answer does not hold."""
    return [p for p in row.get("must", []) if not (reply.answered and re.search(p, reply.answer))]


def answer_rows(path: Path, queries: Path | None = None) -> list[dict[str, Any]]:
    """Read a question file: `{q, must, answerable}`, or `{id, answers: [text]}` with the questions in `queries`.

    :raises InputError: a file is missing or malformed
    """
    rows = list(read_rows(path))
    if rows and "answers" in rows[0]:
        rows = list(read_rows(path, "id", "answers"))
        if queries is None:
            raise InputError(f"{path} 只有编号和答案", "用 --queries 指定问题文件，每行 {id, text}。")
        texts = {str(row["id"]): str(row["text"]) for row in read_rows(queries, "id", "text")}
        return [
            {"q": texts[str(row["id"])], "must": ["|".join(re.escape(normalise(a)) for a in row["answers"])]}
            for row in rows
            if str(row["id"]) in texts
        ]
    return [_checked(row, path, number) for number, row in numbered_rows(path, "q")]


def _checked(row: dict[str, Any], path: Path, number: int) -> dict[str, Any]:
    patterns = row.get("must", [])
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise InputError(f"{path} 第 {number} 行的 must 不是正则的列表", '写成 "must": ["正则", "正则"]。')
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise InputError(f"{path} 第 {number} 行的正则写错了：{error}", "按 Python re 的写法改正。") from error
    return row
