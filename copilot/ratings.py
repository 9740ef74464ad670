"""What users think of answers: lines of JSON in `ratings.jsonl` of the home folder; of one answer the last counts."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock


def save_rating(home: Path, answer_id: str, reply: Mapping[str, Any], vote: str, reason: str) -> None:
    """Append a vote, `up` or `down`, on the answer that `reply` (its JSON) is."""
    line = {
        "id": answer_id, "time": datetime.now(UTC).isoformat(timespec="seconds"), "vote": vote, "reason": reason,
        "question": reply["question"], "query_used": reply["query_used"], "answered": reply["answered"],
        "answer": reply["answer"], "sources": [c["source"] for c in reply["citations"]], "writer": reply["writer"],
    }  # fmt: skip
    path = home / "ratings.jsonl"
    with FileLock(path.with_suffix(".lock")), path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def load_ratings(home: Path) -> list[dict[str, Any]]:
    """Return the last vote on each answer, oldest first."""
    path = home / "ratings.jsonl"
    if not path.is_file():
        return []
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return list({line["id"]: line for line in lines}.values())
