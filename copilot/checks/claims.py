"""Claims without a figure: certificates, awards, rankings, tests, promises, feasts, witnesses. Data: grounding.yaml."""

import re
from functools import cache
from typing import NamedTuple

from copilot.checks.phrases import Phrases
from copilot.knowledge import read
from copilot.text.grams import Words


class Claim(NamedTuple):
    """`kin`: another match of the same group may stand for it; without `pattern` it is one of the fixed phrases.

    A text that holds none of the words `hints` has no match of `pattern`.
    """

    kind: str
    label: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str] | None
    kin: bool


@cache
def _claims() -> tuple[Phrases, dict[str, Claim]]:
    """Compile the claims: those of groups by their first characters, the others by number."""
    groups: list[tuple[str, str]] = []
    claims: dict[str, Claim] = {}
    for kind, data in read("grounding")["claims"].items():
        for same in data.get("same", ()):
            name = f"same{len(claims)}"
            claims[name] = Claim(kind, data["label"], (), None, True)
            groups += [(name, word) for word in same]
        for exact in data.get("exact", ()):
            hints, pattern = tuple(map(str, exact["hint"])), re.compile(exact["match"])
            claims[f"exact{len(claims)}"] = Claim(kind, data["label"], hints, pattern, bool(exact.get("kin")))
    return Phrases(groups), claims


def claims_in(plain: str) -> list[tuple[str, Claim, tuple[int, int]]]:
    """Return what folded text claims: name of the group, the claim, its span."""
    phrases, claims = _claims()
    return [(name, claims[name], (start, end)) for name, start, end in phrases.find(plain)] + exact_in(plain)


def exact_in(plain: str, kind: str = "") -> list[tuple[str, Claim, tuple[int, int]]]:
    """Return the claims with hints, of one kind or of all."""
    hinted = set(_hints().held(plain))
    if not hinted:
        return []
    found = []
    claims = _claims()[1]
    for name in sorted(hinted, key=_order().__getitem__):
        claim = claims[name]
        if claim.pattern and kind in ("", claim.kind):
            found += [(name, claim, match.span()) for match in claim.pattern.finditer(plain)]
    return found


@cache
def _order() -> dict[str, int]:
    return {name: place for place, name in enumerate(_claims()[1])}


@cache
def _hints() -> Words[str]:
    """Return the hints, each with the name of its claim."""
    return Words((word, name) for name, claim in _claims()[1].items() for word in claim.hints)
