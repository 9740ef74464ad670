"""The labelled voices beside this file, written by the project: marked texts → texts, spans and kinds.

{"v": "希望<r>增加夜间模式</r>，<c>晚上看</c><p>太刺眼</p>", "k": "request", …}
{"t": "怎么导出？", "k": "question"}                 the kind alone
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.diagnosis import SLOTS

FOLDER = Path(__file__).parent / "voices"
LETTERS = dict(zip("scwrpqg", SLOTS, strict=True))

_MARK = re.compile(r"<(/?)([scwrpqg])>")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A voice with its labels; `spans` are `(slot, start, end)`, None where only the kind is known."""

    text: str
    kind: str
    spans: tuple[tuple[str, int, int], ...] | None
    labels: dict[str, Any]


def labelled(folder: Path = FOLDER) -> list[Labelled]:
    """Return all labelled voices of a folder, in the order of files and lines."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                found.append(read_line(json.loads(line)))
    return found


def read_line(row: dict[str, Any]) -> Labelled:
    """Return one line of a file of labelled voices."""
    if "t" in row:
        return Labelled(row["t"], row["k"], None, row)
    text, spans, at, begun = "", [], 0, 0
    for match in _MARK.finditer(row["v"]):
        text += row["v"][at : match.start()]
        at = match.end()
        if match[1]:
            spans.append((LETTERS[match[2]], begun, len(text)))
        begun = len(text)
    return Labelled(text + row["v"][at:], row["k"], tuple(spans), row)


def gold_labels(voice: Labelled) -> NDArray[np.int64]:
    """Return the label of each character of a marked voice, as `models.LABELS` counts them."""
    labels = np.zeros(len(voice.text), np.int64)
    for slot, start, end in voice.spans or ():
        number = SLOTS.index(slot)
        labels[start:end] = 2 + 2 * number
        labels[start] = 1 + 2 * number
    return labels
