"""Folding for comparison: traditional → simplified, full → half width, upper → lower case.

One character becomes one character, so offsets into the folded text are offsets into the text.
The character pairs stand in `fold.txt`: line 1 traditional, line 2 simplified (made from OpenCC's
character table, see NOTICE).
"""

from functools import cache
from pathlib import Path


@cache
def _table() -> dict[int, int]:
    traditional, simplified = (Path(__file__).parent / "fold.txt").read_text(encoding="utf-8").split()
    table = {ord(a): ord(b) for a, b in zip(traditional, simplified, strict=True)}
    table |= {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
    for code in range(0x250):  # Latin with its accents; a few capitals lower to two characters: left alone
        if len(lower := chr(code).lower()) == 1 and ord(lower) != code:
            table[code] = ord(lower)
    table |= {code: code - 0xFEE0 + 0x20 for code in range(0xFF21, 0xFF3B)}
    table |= {code: code + 0x20 for code in [*range(0x391, 0x3A2), *range(0x3A3, 0x3AA), *range(0x410, 0x430)]}
    return table


def fold(text: str) -> str:
    """Return `text` folded for comparison, of exactly the same length."""
    return text.lower() if text.isascii() else text.translate(_table())
