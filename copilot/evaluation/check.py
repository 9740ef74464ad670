"""The ad-law checker against human labels."""

from pathlib import Path
from typing import Any

from copilot.checks.adlaw import check_law
from copilot.errors import InputError
from copilot.evaluation.rows import numbered_rows
from copilot.text import normalise


def evaluate_check(path: Path) -> dict[str, Any]:
    """Check every `{text, flag}`; a text counts as flagged when a finding of level `ban` or `evidence` is in it.

    `industry` and `platform` of a line are used when they are there. Precision or recall is None when there is nothing
    to divide by.

    :raises InputError: the file is missing or malformed
    """
    rows = []
    for number, row in numbered_rows(path, "text", "flag"):
        if row["flag"] not in (0, 1):
            raise InputError(f"{path} 第 {number} 行的 flag 不是 0 或 1", "1（或 true）表示应当查出，0 表示无碍。")
        rows.append(row)
    if not rows:
        raise InputError(f"{path} 是空的", '每行写成 {"text": …, "flag": 0 或 1}。')
    right = found = flagged = 0
    misses = []
    for row in rows:
        report = check_law(
            normalise(str(row["text"])), industry=str(row.get("industry", "")), platform=str(row.get("platform", ""))
        )
        strong = [finding for finding in report.findings if finding.level != "caution"]
        right += bool(strong) and bool(row["flag"])
        found += bool(strong)
        flagged += bool(row["flag"])
        if bool(strong) != bool(row["flag"]):
            misses.append({**row, "found": [f"{finding.rule}：{finding.match}" for finding in strong]})
    return {
        "n": len(rows),
        "precision": round(right / found, 4) if found else None,
        "recall": round(right / flagged, 4) if flagged else None,
        "misses": misses,
    }
