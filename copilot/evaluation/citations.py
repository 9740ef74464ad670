"""The literal citation check against human labels."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from copilot.checks.citations import check_citation
from copilot.errors import InputError
from copilot.evaluation.rows import numbered_rows


def evaluate_citations(path: Path) -> dict[str, Any]:
    """Check every `{statement, quote, label}` and compare with the label; AUC from the score, ties count half.

    :raises InputError: the file is missing or malformed
    """
    from copilot.knowledge import read

    rows = []
    for number, row in numbered_rows(path, "statement", "quote", "label"):
        if row["label"] not in (0, 1):
            raise InputError(f"{path} 第 {number} 行的 label 不是 0 或 1", "1 表示引文支持，0 表示不支持。")
        rows.append(row)
    if not rows:
        raise InputError(f"{path} 是空的", '每行写成 {"statement": …, "quote": …, "label": 0 或 1}。')
    checks = [check_citation(str(row["statement"]), str(row["quote"])) for row in rows]
    labels = [int(row["label"]) for row in rows]
    said = [int(check.support == "supported") for check in checks]
    misses = [
        {**row, "score": round(check.score, 4), "support": check.support}
        for row, check, label, verdict in zip(rows, checks, labels, said, strict=True)
        if label != verdict
    ]
    return {
        "n": len(rows),
        "accuracy": round(1 - len(misses) / len(rows), 4),
        "auc": round(_auc(labels, [check.score for check in checks]), 4) if 0 < sum(labels) < len(labels) else None,
        "threshold": read("citations")["thresholds"]["supported"],
        "misses": misses,
    }


def _auc(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Return the chance that a positive scores above a negative (Mann–Whitney U / n₁n₂)."""
    from bisect import bisect_left, bisect_right

    negatives = sorted(score for label, score in zip(labels, scores, strict=True) if not label)
    positives = [score for label, score in zip(labels, scores, strict=True) if label]
    wins = sum((bisect_left(negatives, s) + bisect_right(negatives, s)) / 2 for s in positives)
    return wins / (len(positives) * len(negatives))
