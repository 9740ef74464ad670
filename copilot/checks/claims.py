"""Claims without a figure: certificates, awards, rankings, tests, promises, feasts, witnesses. Data: grounding.yaml."""

import re
from functools import cache
from typing import NamedTuple

from copilot.checks.numerals import words
from copilot.checks.phrases import Phrases
from copilot.knowledge import read


class Claim(NamedTuple):
    """`kin`: another match of the same group may stand for it; without `pattern` it is one of the fixed phrases."""

    kind: str
    label: str
    hint: re.Pattern[str] | None
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
            claims[name] = Claim(kind, data["label"], None, None, True)
            groups += [(name, word) for word in same]
        for exact in data.get("exact", ()):
            hint, kin = re.compile(words(exact["hint"])), bool(exact.get("kin"))
            claims[f"exact{len(claims)}"] = Claim(kind, data["label"], hint, re.compile(exact["match"]), kin)
    return Phrases(groups), claims


def claims_in(plain: str) -> list[tuple[str, Claim, tuple[int, int]]]:
    """Return what folded text claims: name of the group, the claim, its span."""
    phrases, claims = _claims()
    return [(name, claims[name], (start, end)) for name, start, end in phrases.find(plain)] + exact_in(plain)


def exact_in(plain: str, kind: str = "") -> list[tuple[str, Claim, tuple[int, int]]]:
    """Return the claims with hints, of one kind or of all."""
    found = []
    for name, claim in _claims()[1].items():
        if claim.pattern and kind in ("", claim.kind) and claim.hint and claim.hint.search(plain):
            found += [(name, claim, match.span()) for match in claim.pattern.finditer(plain)]
    return found
