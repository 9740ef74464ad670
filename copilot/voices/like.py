"""An earlier report, as a user has edited it → clusters that new voices join where they fit.

In the sheet 聚类 a name may be changed and 锁定 set; in 明细 the number of a row's cluster, or its name. Two clusters
of one name are one.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copilot.batch.table import open_table
from copilot.errors import InputError
from copilot.export.voice_sheet_names import CLUSTER_COLUMNS, CLUSTERS, ROW_COLUMNS, ROWS
from copilot.text import fold

_COUNTS = re.compile(r"（[\d,]+ 人）(?:等，共 [\d,]+ 人)?$")
_YES = ("是", "y", "yes", "true", "1", "锁定", "√", "✓")
_HINT = "给一份 diagnose --file 写出的 xlsx 或 json 报告；xlsx 里要有“聚类”和“明细”两张表，列名不要改。"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A cluster of an earlier report: its name without the count of people, and the voices it held.

    `name` is "" for a number that a user has made up without a name. `locked`: it takes no new voices but those that
    say what it holds already.
    """

    name: str
    texts: tuple[str, ...]
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """The clusters of an earlier report."""

    anchors: tuple[Anchor, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """A voice, the number and name of its cluster as they now stand, and the number that the report gave it."""

    text: str
    number: str
    name: str
    given: str


def read_earlier(path: Path) -> Earlier:
    """Return the clusters of a report.

    :raises InputError: it is no report of ours, or holds no clusters
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        names, locked, rows = _of_json(path)
    elif suffix == ".xlsx":
        names, locked, rows = _of_sheets(path)
    else:
        raise InputError(f"--like 读不了 {path.name}", _HINT)
    anchors = _anchors(names, locked, rows)
    if not anchors:
        raise InputError(f"{path.name} 里没有归了类的反馈", _HINT)
    return Earlier(anchors)


def _anchors(names: dict[str, str], locked: set[str], rows: Iterable[_Row]) -> tuple[Anchor, ...]:
    """Return the clusters. A row whose number was changed goes to that number, one whose name was, to that name."""
    some = [row for row in rows if row.text and row.number and row.number != "0"]
    usual: dict[str, str] = {}  # number that the report gave → name that the report gave
    for given in dict.fromkeys(row.given for row in some):
        found = Counter(row.name for row in some if row.given == given)
        usual[given] = max(found, key=lambda name: (found[name], name == names.get(given, "")))
    texts: dict[str, list[str]] = defaultdict(list)
    for row in some:
        own = names.get(row.number, "")
        moved = row.number == row.given and row.name and row.name not in (usual[row.given], own)
        # without a name the number tells it apart, behind a character that stands in no name
        texts[row.name if moved else own or f"\0{row.number}"].append(row.text)
    closed = {names[number] for number in locked if number in names}
    return tuple(
        Anchor("" if name.startswith("\0") else name, tuple(dict.fromkeys(held)), name in closed)
        for name, held in texts.items()
    )


def _of_json(path: Path) -> tuple[dict[str, str], set[str], list[_Row]]:
    try:
        report = json.loads(path.read_text(encoding="utf-8-sig"))
        names = {str(one["id"]): _bare(one["label"]) for one in report["clusters"]}
        locked = {str(one["id"]) for one in report["clusters"] if one.get("locked")}
        voices = [(one["text"], str(one["cluster"])) for one in report["voices"]]
    except OSError as error:
        raise InputError(f"{path} 读不出来（{error.strerror}）", "检查路径和权限。") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path.name} 不是 diagnose --file 写出的 json", _HINT) from error
    return names, locked, [_Row(text, number, names.get(number, ""), number) for text, number in voices]


def _of_sheets(path: Path) -> tuple[dict[str, str], set[str], list[_Row]]:
    clusters = _sheet(path, CLUSTERS, CLUSTER_COLUMNS, ("编号", "类名", "锁定"))
    names = {number: _bare(name) for number, name, _ in clusters if number and _bare(name)}
    locked = {number for number, _, lock in clusters if fold(lock) in _YES}
    rows = _sheet(path, ROWS, ROW_COLUMNS, ("原话", "类编号", "类名", "原编号"))
    return names, locked, [_Row(text, number, _bare(name), given) for text, number, name, given in rows]


def _sheet(path: Path, sheet: str, known: Sequence[str], wanted: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the wanted columns of a sheet as texts."""
    with open_table(path, sheet=sheet, wanted=lambda cells: sum(1 for cell in cells if cell in known)) as table:
        if missing := [name for name in wanted if name not in table.header]:
            raise InputError(f"{path.name} 的“{sheet}”表缺少列：{'、'.join(missing)}", _HINT)
        places = [table.header.index(name) for name in wanted]
        return [tuple(_cell(row.cells, at) for at in places) for row in table.rows()]


def _cell(cells: Sequence[Any], at: int) -> str:
    return str(cells[at]).strip() if at < len(cells) else ""


def _bare(label: str) -> str:
    return _COUNTS.sub("", label.strip())
