"""What reading answers (Kano) and reading figures (RICE) have in common: the file, names of columns, refusals."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from copilot.batch.rows import Row, Table, Wanted
from copilot.batch.table import open_table
from copilot.errors import InputError
from copilot.knowledge.keys import bare
from copilot.text import fold

_BRACKETS = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]")
_LONGEST = 40  # characters of a name as a message shows it
_MOST = 30  # names in a message


@contextmanager
def opened(source: Path | BinaryIO, sheet: str, wanted: Wanted) -> Iterator[tuple[Table, list[Row]]]:
    """Give a table and all its rows.

    :raises InputError: it cannot be read, or is no table
    """
    with open_table(source, sheet=sheet, wanted=wanted) as table:
        yield table, list(table.rows())


def plain(name: str) -> str:
    """Return a column's name as compared, without what stands in brackets."""
    return bare(_BRACKETS.sub("", fold(name))) or bare(name)


def bracketed(name: str) -> str:
    """Return what stands in brackets in a column's name, folded; "" for nothing."""
    return " ".join(match[0][1:-1].strip() for match in _BRACKETS.finditer(fold(name)))


def column_named(header: Sequence[str], names: Iterable[str]) -> int | None:
    """Return the column with one of these names, the name that stands first before others; None for none."""
    known = [plain(name) for name in header]
    return next((known.index(found) for name in names if (found := bare(name)) in known), None)


def column_given(header: Sequence[str], name: str, flag: str) -> int | None:
    """Return the column that a flag names, by name or number from 1; None when it names none.

    :raises InputError: there is no such column
    """
    if not name:
        return None
    if name in header:
        return list(header).index(name)
    alike = [at for at, other in enumerate(header) if bare(other) == bare(name)]
    if len(alike) == 1:
        return alike[0]
    if name.isdecimal() and 1 <= int(name) <= len(header):
        return int(name) - 1
    raise InputError(f"{flag} {name}：文件里没有这一列。文件里的列：{listed(header)}", "写列名，或从 1 数起的列号。")


def listed(header: Sequence[str]) -> str:
    """Return the names of columns for a message."""
    names = [name if len(name) <= _LONGEST else name[:_LONGEST] + "…" for name in header[:_MOST]]
    return "、".join(names) + (f" … 共 {len(header)} 列" if len(header) > _MOST else "")
