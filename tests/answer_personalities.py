"""Personalities of the stub that answer, and of each sentence that they say whether it is true to what it cites.

    with serve(ANSWERS["number"]) as stub: ...
    claims_of("number", passages_in(prompt))  # what was said to that prompt, with its truth

A personality named for a way of answer_corruptions.py says, of up to three passages each, one sentence as it stands
and one told in that way. `mixed` says three in five as in a true way, the others in a false one; `liar` nothing true.
"""

import random
import re
from typing import NamedTuple

from answer_corruptions import FALSE, TRUE, Scene, Way
from openai_stub import Passages, Personality, cut_small

from copilot.text import sentence_spans

_PASSAGES = 3
_LISTED = re.compile(r"\A\s*(?:[-*+]\s+|\d{1,2}\.\s+|#+\s+|>\s*)+")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


class Claim(NamedTuple):
    """A sentence as said, the passage it cites, whether that bears it out, and the way it was told."""

    text: str
    cite: int
    true: bool
    way: str


def statements(passage: str) -> list[str]:
    """The whole sentences of a passage as a reader sees them."""
    lines = [line for line in passage.split("\n") if not line.lstrip().startswith("|")]
    shown = [_LINK.sub(r"\1", _LISTED.sub("", line)).replace("**", "").replace("`", "") for line in lines]
    found = [line[start:end].strip() for line in shown for start, end in sentence_spans(line)]
    return [
        text for text in found if text.endswith("。") and 10 <= len(text) <= 90 and not re.search(r"[？！\[\]|]", text)
    ]


def claims_of(name: str, passages: Passages) -> list[Claim]:
    """What personality `name` says of these passages, always the same."""
    chance = random.Random(f"{name} {passages}")
    claims: list[Claim] = []
    for number, text in passages:
        told = _claims(name, number, text, passages, chance)
        claims += told
        if len({claim.cite for claim in claims}) == _PASSAGES:
            break
    return claims


def _claims(name: str, number: int, passage: str, passages: Passages, chance: random.Random) -> list[Claim]:
    here = statements(passage)
    elsewhere = [other for at, text in passages if at != number for other in statements(text)]
    if name in ("mixed", "liar"):
        ways = [_by_lot(name, chance) for _ in here[:4]]
        told = [_told(way, here, at, number, Scene(passage, "", elsewhere, chance)) for at, way in enumerate(ways)]
        return [claim for claim in told if claim]
    for at in chance.sample(range(len(here)), len(here)):
        following = here[at + 1] if at + 1 < len(here) else ""
        if claim := _told(name, here, at, number, Scene(passage, following, elsewhere, chance)):
            plain = [Claim(text, number, True, "copied") for text in here if text not in (here[at], following)]
            return [*plain[:1], claim]
    return []


def _by_lot(name: str, chance: random.Random) -> str:
    ways: dict[str, Way] = TRUE if name == "mixed" and chance.random() < 0.6 else FALSE
    return chance.choice(list(ways))


def _told(way: str, here: list[str], at: int, number: int, scene: Scene) -> Claim | None:
    text = {**TRUE, **FALSE}[way](here[at], scene)
    return Claim(text, number, way in TRUE, way) if text else None


def said(claims: list[Claim]) -> str:
    """The claims as a model says them, marks before the full stop."""
    return "".join(f"{claim.text.removesuffix('。')}[{claim.cite}]。" for claim in claims)


def _personality(name: str) -> Personality:
    return Personality(says=lambda passages: cut_small(said(claims_of(name, passages))))


ANSWERS = {name: _personality(name) for name in (*TRUE, *FALSE, "mixed", "liar")}
