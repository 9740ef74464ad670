"""csv and tsv → one Markdown table. The delimiter is found by which one gives the most even rows."""

import csv
import io
from collections import Counter

from copilot.errors import LoadError
from copilot.loading.decode import decode
from copilot.loading.tables import markdown_table
from copilot.types import LoadedText

DELIMITERS = (",", "\t", ";", "|", "，", "；")
_SAMPLE = 65536  # characters
_ROWS = 50


def read_csv(data: bytes) -> LoadedText:
    """Return comma-separated values, or any of `DELIMITERS`, as a table."""
    return _read(data, DELIMITERS)


def read_tsv(data: bytes) -> LoadedText:
    """Return tab-separated values as a table; a file without tabs may use another delimiter."""
    return _read(data, ("\t", *(mark for mark in DELIMITERS if mark != "\t")))


def _read(data: bytes, delimiters: tuple[str, ...]) -> LoadedText:
    text, encoding, note = decode(data)
    text = text.replace("\0", "")
    if text[:4].lower() == "sep=" and len(first := text.split("\n", 1)[0].rstrip("\r")) == 5:  # Excel's own hint
        delimiters, text = (first[4],), text[len(first) :]
    delimiter = max(delimiters, key=lambda mark: evenness(text[:_SAMPLE], mark))
    rows, stray = _rows(text, delimiter)
    if stray:
        note = "；".join(filter(None, [note, "引号不成对，已按普通字符读取"]))
    return LoadedText(markdown_table(rows), "", encoding, note)


def _rows(text: str, delimiter: str) -> tuple[list[list[str]], bool]:
    """Return the rows, and whether quotes had to be read as plain characters because one never closes."""
    try:
        return _parsed(text, delimiter, strict=True), False
    except csv.Error as error:
        if "expected after" in str(error):  # "a"b: odd, but the quotes do close
            return _parsed(text, delimiter, strict=False), False
    lines = io.StringIO(text, newline="")
    try:
        return list(csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)), True
    except csv.Error as error:
        raise LoadError("有一个单元格超过 131072 个字符，不像表格", "检查分隔符，或改存为 txt 后再添加") from error


def _parsed(text: str, delimiter: str, strict: bool) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict))


def evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """Return the share of rows with the most usual number of cells, and that number; (0, 1) if nothing is split."""
    widths = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if row:
                widths.append(len(row))
            if len(widths) == _ROWS:
                break
    except csv.Error:
        return 0.0, 1
    usual, count = Counter(widths).most_common(1)[0] if widths else (1, 0)
    return (count / len(widths), usual) if usual > 1 else (0.0, 1)
