"""A sentence being read: patterns of `knowledge/sentence.yaml`, and the text in which what was read becomes a mark."""

import re
from functools import cache
from typing import Any

from copilot.knowledge import read

# One private character each; `clean` takes such characters out of what people write.
MARKS = {"C": "\ue001", "K": "\ue002", "O": "\ue003", "P": "\ue004", "D": "\ue005", "X": "\ue006"}
ANY_MARK = re.compile(f"[{''.join(MARKS.values())}]")
_TOKEN = re.compile(r"(?<!\?P)<([a-z]+|[A-Z])>")


class Page:
    """The text, with a mark in the place of what was taken."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str], mark: str, first: bool = False) -> list[re.Match[str]]:
        """Return the matches and put `mark` in their places."""
        found: list[re.Match[str]] = []

        def note(match: re.Match[str]) -> str:
            found.append(match)
            return MARKS[mark]

        self.text = pattern.sub(note, self.text, count=int(first))
        return found


def compiled(*path: str) -> list[re.Pattern[str]]:
    """Return the patterns at a place of the data file: `offer`, `quota`."""
    return _compiled(path)


@cache
def _compiled(path: tuple[str, ...]) -> list[re.Pattern[str]]:
    entry: Any = read("sentence")
    for name in path:
        entry = entry[name]
    return [re.compile(expanded(pattern), re.I) for pattern in ([entry] if isinstance(entry, str) else entry)]


def expanded(pattern: str) -> str:
    """Return a pattern with its fragments and marks filled in."""
    fragments = read("sentence")["fragments"]

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name == "marks":
            return "".join(MARKS.values())
        if name in MARKS:
            return MARKS[name]
        if name == "toneword":
            return str(read("sentence")["toneword"])
        return expanded("".join(fragments[name].split("\n")).replace(" |", "|")) if name in fragments else match[0]

    return _TOKEN.sub(fill, pattern)
