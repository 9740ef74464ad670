"""A table before anything is done with it: columns, first rows, what each column is taken for, what is lacking."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from copilot.batch.columns import NEEDED, Task, map_columns, recognised
from copilot.batch.names import told_key
from copilot.batch.table import open_table
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.types import Record

_ROWS = 3
_PARTED = ("offer", "original_price")  # keys of a brief whose parts may have columns of their own


@dataclass(frozen=True, slots=True)
class Preview(Record):
    """`keys` and `reasons` (why it is not used, "" where it is) go with `header`; `rows` are the first ones.

    `lacking` is the Chinese name of what no column holds and the task cannot do without, "" if nothing lacks.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    keys: tuple[str, ...]
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    lacking: str


def preview(source: Path, task: Task, given: Mapping[str, str] | None = None, known: Collection[str] = ()) -> Preview:
    """Read the beginning of a table; `given` and `known` as `map_columns` takes them.

    :raises InputError: it cannot be read, or `given` names one key for two columns
    """
    with open_table(source, wanted=lambda header: recognised(header, task)) as table:
        header, rows = tuple(table.header), tuple(row.cells for row in islice(table.rows(), _ROWS))
        notes = tuple(table.notes)
    lacking = ""
    try:
        columns = map_columns(header, task, given or {}, known)
    except InputError:
        columns = map_columns(header, task, given or {}, (*known, NEEDED[task]))
        lacking = task_keys(task)[NEEDED[task]]
    unused = dict(columns.unused)
    reasons = tuple("" if key else unused.get(name, "") for name, key in zip(header, columns.keys, strict=True))
    return Preview(header, rows, columns.keys, reasons, (*notes, *columns.notes), lacking)


@cache
def task_keys(task: Task) -> dict[str, str]:
    """Return all keys that a column may hold, each with its Chinese name."""
    if task != "adcopy":
        keys = [*read("batch")[task]]
    else:
        brief = read("brief")
        keys = [*brief["keys"], *(f"{whole}.{part}" for whole in _PARTED for part in brief[whole])]
    return {key: told_key(key, task).partition("（")[0] for key in keys}
