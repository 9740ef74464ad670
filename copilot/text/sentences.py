"""Sentence ends, Chinese and Western."""

import re

# A run of end marks with the closing quotes and brackets behind it. The Western full stop ends a
# sentence only before white space or the end and not after a single digit or letter ("1. ", "U.S. "),
# so that numbers, file names and list numbers stay whole.
_END = re.compile(
    r"(?:[。！？；｡]|[!?;](?=[\s\"'”’）)\]」』》】]|$)|[!?](?=[\u3400-\u9fff])|…+"
    r"|(?:(?<=[^\W\d_]{2})|(?<=\d{2})|(?<=[%）)\]\"”]))\.(?=\s|$))[。！？；!?…]*[”’\"'）)\]」』》】]*|\n"
)


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Return the `(start, end)` spans of the sentences in `text[start:end]`, white space trimmed off.

    Every character that is not white space lies in exactly one span. A line break ends a sentence.
    """
    end = len(text) if end is None else end
    spans, here = [], start
    for match in _END.finditer(text, start, end):
        _append_trimmed(spans, text, here, match.end())
        here = match.end()
    _append_trimmed(spans, text, here, end)
    return spans


def _append_trimmed(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))
