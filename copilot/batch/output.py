"""The output of a batch: a line for each input row, streamed to csv, xlsx or jsonl, whole or not at all.

jsonl is the contract's form and is spliced together from what was kept; csv and xlsx have the input's own columns
first, then what became of the row, the result in cells, and the result as JSON. Memory does not grow with the rows.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from copilot.batch.flat import Channels
from copilot.batch.output_cells import Line as Line
from copilot.batch.output_cells import Shape, cells_of, column_names
from copilot.export.copy import csv_cell
from copilot.export.files import check_target, whole_file

FORMATS = (".csv", ".xlsx", ".jsonl")


def write_output(
    path: Path,
    header: Sequence[str],
    columns: Sequence[str],
    lines: Iterable[Line],
    task: str,
    sealed: Callable[[str], None],
    channels: Channels | None = None,
) -> None:
    """Write all lines, taken once, in place of whatever is at `path`; its suffix says in which of FORMATS.

    `header` are the input's columns, `columns` those of the results in order (`flat.column_order`), `channels` those
    the results were made with. `sealed` gets the SHA-256 of the finished file just before that takes its place.

    :raises InputError: it cannot be written there, or a sheet cannot hold that much
    """
    suffix = check_target(path, FORMATS, overwrite=True)
    shape = Shape(header, columns, task, channels)
    with whole_file(path) as file:
        if suffix == ".csv":
            _write_csv(file, shape, lines)
        elif suffix == ".jsonl":
            _write_jsonl(file, lines)
        else:
            from copilot.batch.output_sheet import write_sheet  # with it comes openpyxl, .2 s

            write_sheet(file, shape, lines, path.parent)
        sealed(_digest(file))


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(1 << 16):
        digest.update(piece)
    return digest.hexdigest()


def _write_csv(file: BinaryIO, shape: Shape, lines: Iterable[Line]) -> None:
    file.write(b"\xef\xbb\xbf" + _csv_line(column_names(shape)))  # the mark is for Excel
    for line in lines:
        file.write(_csv_line(cells_of(line, shape)))


def _csv_line(cells: Iterable[str]) -> bytes:
    """Return what `csv.writer` writes, which takes 120 µs for 3,000 characters where this takes 15."""
    return (",".join(map(_quoted, map(csv_cell, cells))) + "\r\n").encode()


def _quoted(cell: str) -> str:
    if '"' in cell:
        return '"' + cell.replace('"', '""') + '"'
    return f'"{cell}"' if "," in cell or "\n" in cell or "\r" in cell else cell


def _write_jsonl(file: BinaryIO, lines: Iterable[Line]) -> None:
    for line in lines:
        file.write(json_line(line).encode(errors="backslashreplace"))  # half a surrogate pair becomes its JSON escape


def json_line(line: Line) -> str:
    """Return a line as jsonl has it, with its line end."""
    key = json.dumps(line.key, ensure_ascii=False)
    return f'{{"row": {line.row}, "key": {key}, "status": "{line.status}", {line.body[1:]}\n'
