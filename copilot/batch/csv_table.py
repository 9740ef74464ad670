"""csv of any dialect → rows. Quotes are read record by record, so that a stray one costs one row and not the file."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

from copilot.batch.lines import Encoding, find_encoding, lines
from copilot.batch.rows import Raw, Table, Wanted, framed, header_index
from copilot.knowledge import read
from copilot.loading.delimited import DELIMITERS, evenness

_NONE = "\x1f"  # stands in no text: a table of one column, nothing is split
_TOP = 50  # records in which the header is looked for
_HAN = re.compile(r"[\u4e00-\u9fff]")
_UNEVEN = (0.0, 1)
_UNPAIRED = '引号不成对，这一行没有读：内容里的引号写两个（""），整格再用引号括起来'


def read_csv_table(path: Path, wanted: Wanted) -> Table:
    """Return the table of a csv, tsv or txt file.

    :raises InputError: it is no text, or no table
    """
    encoding = find_encoding(path)
    hint, sample = _sample(path, encoding)
    marks = ("\t", *DELIMITERS) if path.suffix.lower() == ".tsv" else DELIMITERS
    delimiter = hint or find_delimiter(sample, wanted, marks)
    notes = [encoding.note] if encoding.note else []

    def raw() -> Iterator[Raw]:
        rows = records(islice(lines(path, encoding), 1 if hint else 0, None), delimiter)
        return rows if encoding.codec.startswith("utf") else _undisguised(rows, encoding.codec)

    return framed(raw, wanted, notes, ragged=True)


def _sample(path: Path, encoding: Encoding) -> tuple[str, str]:
    """Return the delimiter of a first line `sep=;`, Excel's own hint, "" without one, and the first lines after it."""
    most, found, hint = read("batch")["delimiter_sample_characters"], "", ""
    for line in lines(path, encoding):
        if not found and not hint and re.fullmatch(r"\ufeff?sep=(.)", line.rstrip("\r\n"), re.I):
            hint = line.rstrip("\r\n")[-1]
            continue
        found += line
        if len(found) > most:
            break
    return hint, found[:most]


def find_delimiter(sample: str, wanted: Wanted, marks: tuple[str, ...]) -> str:
    """Return the mark that gives most known names in a header and then the most even rows.

    A mark that leaves the known header in one piece splits values, not columns.
    """

    def score(mark: str) -> tuple[int, tuple[float, int]]:
        rows = [Raw(cells) for cells in _parsed(sample, mark)][: read("batch")["header_rows"]]
        index = header_index(rows, wanted)
        known = 0 if index is None else wanted(rows[index].cells)
        whole = index is not None and known and len(rows[index].cells) == 1
        return known, _UNEVEN if whole else evenness(sample, mark)

    scores = {mark: score(mark) for mark in marks}
    best = max(marks, key=lambda mark: scores[mark])
    return best if scores[best][1] != _UNEVEN else _NONE


def _parsed(sample: str, mark: str) -> list[list[str]]:
    """Return the first records; of quotes that never close the sample is soon at its end."""
    return [row.cells for row in islice(records(io.StringIO(sample, newline=""), mark), _TOP)]


def records(source: Iterator[str], delimiter: str) -> Iterator[Raw]:
    """Yield the records in lines; see `lines`."""
    longest: int = read("batch")["max_record_characters"]
    ahead: deque[str] = deque()
    last = ""
    while line := ahead.popleft() if ahead else next(source, ""):
        if line in ("\n", "\r\n") and last.endswith("\r"):
            last = line  # \r\r\n, what Python on Windows writes when told no newline: one end, not two
            continue
        last = line
        if len(line) >= longest:
            yield Raw([cell[:100] for cell in line[:1000].split(delimiter)], f"这一行超过 {longest // 1024} KB，没有读")
            continue
        if '"' not in line:
            yield Raw(line.rstrip("\r\n").split(delimiter), _garbled(line) if "\ufffd" in line else "")
            continue
        cells, problem, last = _quoted(line, ahead, source, delimiter)
        yield Raw(cells, problem or _garbled("".join(cells)))


def _undisguised(rows: Iterator[Raw], codec: str) -> Iterator[Raw]:
    """Find rows of UTF-8 in a file that is not: files put together of two. They would be read as 鏉瓙."""
    for row in rows:
        text = "".join(row.cells)
        if not row.problem and not text.isascii():
            try:
                whole = text.encode(codec).decode("utf-8")
            except UnicodeError:
                whole = ""
            if len(_HAN.findall(whole)) > 1:  # all bytes of the row fit UTF-8: no chance hit with some words in it
                row = row._replace(problem=f"这一行是 UTF-8 编码，文件其余部分是 {codec}")
        yield row


def _garbled(text: str) -> str:
    count = text.count("\ufffd")
    return f"有 {count} 个字符无法识别（\ufffd），请对照原文件改好" if count else ""


def _quoted(first: str, ahead: deque[str], source: Iterator[str], delimiter: str) -> tuple[list[str], str, str]:
    """Return the record that begins with a line that has quotes, what is wrong with it, and its last line.

    The lines it goes on in are taken from `ahead`.
    """
    spaced = f"{delimiter} " in first and _spaced(delimiter).search(first) is not None
    whole = _following(first, ahead, source)
    reader = csv.reader(whole, delimiter=delimiter, strict=True, skipinitialspace=spaced)
    try:
        cells = next(reader)
    except csv.Error:
        loose = csv.reader([first, "\n"], delimiter=delimiter, skipinitialspace=spaced)
        cells = next(loose)
        if loose.line_num == 1:  # "a"b: odd, but the quotes do close
            return cells, "", first
        return first.rstrip("\r\n").split(delimiter), _UNPAIRED, first
    last = first
    for _ in range(reader.line_num - 1):
        last = ahead.popleft()
    return cells, "", last


@cache
def _spaced(delimiter: str) -> re.Pattern[str]:
    """Return what finds `, "a"`: a quote after a blank, which inside quotes would be doubled or end the cell."""
    return re.compile(rf'{re.escape(delimiter)} +"(?=[^"\r\n{re.escape(delimiter)}])')


def _following(first: str, ahead: deque[str], source: Iterator[str]) -> Iterator[str]:
    """Yield a line and those after it, as many as a record may have; what is read anew is kept in `ahead`."""
    rules = read("batch")
    count, size = 1, len(first)
    yield first
    while count < rules["max_record_lines"]:
        if count > len(ahead):
            if not (line := next(source, "")):
                return
            ahead.append(line)
        line = ahead[count - 1]
        count, size = count + 1, size + len(line)
        if size >= rules["max_record_characters"]:
            return
        yield line
