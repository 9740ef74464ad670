"""How many slots of the briefs in a file of sentences are read as expected: `python -m benchmarks.sentences [FILE]`."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from copilot.channels import load_channels
from copilot.tasks.sentence import read_sentence

DEV = Path(__file__).parent / "sentences_dev.jsonl"


def same(expected: Any, found: Any) -> bool:
    """Return whether `found` holds what is expected; an offer may say more than that."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(same(value, found.get(key)) for key, value in expected.items())
    if isinstance(expected, list):
        return list(found or ()) == expected
    return bool(expected == found)


def misses(line: dict[str, Any]) -> tuple[int, list[str]]:
    """Return the number of slots that are right, and one line for each that is not."""
    found = read_sentence(line["text"], load_channels())
    wrong = [
        f"{key}: {value!r} ≠ {found.get(key)!r}"
        for key, value in line["expect"].items()
        if not same(value, found.get(key))
    ]
    return len(line["expect"]) - len(wrong), wrong


def main() -> None:
    """Print every sentence with a miss, then the sums."""
    lines = [
        json.loads(line) for line in Path(sys.argv[1] if len(sys.argv) > 1 else DEV).read_text("utf-8").splitlines()
    ]
    started = time.perf_counter()
    right = whole = slots = 0
    for line in lines:
        good, wrong = misses(line)
        right, slots, whole = right + good, slots + len(line["expect"]), whole + (not wrong)
        if wrong:
            print(line["text"], *wrong, sep="\n    ")
    took = (time.perf_counter() - started) / len(lines) * 1000
    print(
        f"slots {right}/{slots} = {right / slots:.3f}, whole sentences {whole}/{len(lines)}, {took:.1f} ms a sentence"
    )


if __name__ == "__main__":
    main()
