"""How long words take to say: Chinese is spoken at about 4.5 syllables a second (design figure of this project)."""

import re
from functools import lru_cache

SYLLABLES = 4.5  # a second

_CLOCK = re.compile(r"(\d{1,2}):00(?!\d)")
_PART = re.compile(
    r"(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)|(?P<latin>[A-Za-z]+)|(?P<han>[\u4e00-\u9fff])|(?P<mark>[%℃°≤≥≈±/+×~–—@&])"
)


def seconds(text: str) -> float:
    """Return how many seconds `text` takes to say, pauses not counted."""
    return syllables(text) / SYLLABLES


@lru_cache(maxsize=4096)
def syllables(text: str) -> int:
    """Return syllables, or the characters without punctuation where there are more of those."""
    said = sum(_said(match) for match in _PART.finditer(_CLOCK.sub(r"\1点", text)))
    return max(said, sum(character.isalnum() for character in text))


def _said(match: re.Match[str]) -> int:
    if number := match["number"]:
        whole, _, decimals = number.replace(",", "").partition(".")
        return _read(whole) + (1 + len(decimals) if decimals else 0)
    if latin := match["latin"]:
        return len(latin) if latin.isupper() else -(-len(latin) // 3)  # a syllable for every three letters or so
    return 3 if match["mark"] == "%" else 1


def _read(whole: str) -> int:
    """Return syllables of a whole number: 1999 → 一千九百九十九 → 7; from 7 digits on it is read digit by digit."""
    if len(whole) > 6:
        return len(whole)
    digits = [int(digit) for digit in whole]
    said = sum((1 + (place < len(digits) - 1)) if digit else 0 for place, digit in enumerate(digits))
    inner_zero = "0" in whole.rstrip("0")
    teen = len(digits) == 2 and digits[0] == 1
    return max(1, said + inner_zero - teen)
