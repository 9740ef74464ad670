"""Markdown and plain text: the file's own words, decoded and otherwise untouched."""

import re

from copilot.loading.decode import decode
from copilot.types import LoadedText

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_TITLE_LINE = re.compile(r"^title[ \t]*:[ \t]*(.+?)[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"[ ]{0,3}#[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*$")


def read_text(data: bytes) -> LoadedText:
    """Return plain text; it has no title of its own."""
    text, encoding, note = decode(data)
    return LoadedText(text, "", encoding, note)


def read_markdown(data: bytes) -> LoadedText:
    """Return Markdown as it stands, titled by its front matter or its first level-1 heading."""
    text, encoding, note = decode(data)
    return LoadedText(text, markdown_title(text), encoding, note)


def markdown_title(text: str) -> str:
    """Return the title in the front matter, else the first level-1 heading, else an empty string."""
    front = _FRONT_MATTER.match(text)
    if front and (line := _TITLE_LINE.search(front[1])):
        return line[1].strip("\"'")
    fence, previous = "", ""
    for line_text in text[front.end() if front else 0 :].splitlines():
        if mark := _FENCE.match(line_text):
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence):
                fence = ""
        elif not fence:
            if heading := _HEADING.match(line_text):
                return heading[1]
            if previous.strip() and re.fullmatch(r"[ ]{0,3}=+[ \t]*", line_text):  # setext
                return previous.strip()
        previous = line_text
    return ""
