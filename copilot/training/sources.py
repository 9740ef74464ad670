"""The training data, read from the folders below `--data` (their READMEs give licences and counts)."""

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from copilot.errors import InputError

PROSE = ("adobe-docs-zh", "ms-docs-zh", "pm-ops-zh", "tech-docs-zh", "laws-zh")
_HINT = "--data 要指向训练数据的文件夹，里面有 pairs-docs-zh、laws-zh 等子文件夹。"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that mean the same or answer each other; `weight` = times it is seen in an epoch."""

    left: str
    right: str
    kind: str


def rows(data: Path, folder: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of every `.jsonl.xz` in `data/folder`, in name order; none when it is not there."""
    for path in sorted((data / folder).glob("*.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
