"""The texts of a variant, each with its folded form and its sentences."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from copilot.checks.quantities import readable
from copilot.text.sentences import sentence_spans
from copilot.types import Finding


class Piece(NamedTuple):
    """One text of a variant; `name` is its field, `field` says where it stands in a list: `headlines[2]`."""

    name: str
    field: str
    text: str
    plain: str
    sentences: list[tuple[int, int]]


def pieces(fields: Mapping[str, str | Sequence[str]]) -> list[Piece]:
    """Return the texts of the fields that are not empty, in order."""
    found = []
    for name, value in fields.items():
        for index, text in enumerate([value] if isinstance(value, str) else value):
            if text.strip():
                field = name if isinstance(value, str) else f"{name}[{index}]"
                found.append(Piece(name, field, text, readable(text), _breaths(text)))
    return found


def _breaths(text: str) -> list[tuple[int, int]]:
    """The sentences; a bar in a title (写给独居的人｜电饭煲) is a pause as a stop is."""
    spans = sentence_spans(text)
    if "｜" not in text:
        return spans
    found = []
    for start, end in spans:
        for match in re.finditer("[^｜]+", text[start:end]):
            found.append((start + match.start(), start + match.end()))
    return found


def style_finding(rule: str, piece: Piece, start: int, end: int, advice: str) -> Finding:
    """Return a finding of the style check over `piece.text[start:end]`."""
    return Finding(rule, "style", "caution", piece.field, start, end, piece.text[start:end], "", advice)
