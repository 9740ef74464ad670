"""Choosing a set of variants that differ: each place takes the candidate that shares least with those chosen before."""

import re
from collections.abc import Callable, Iterable, Iterator

from copilot.checks.copy import MANY
from copilot.types import CopyDraft
from copilot.writers.rules.copy.material import Material

_OPENING = 8  # characters: no two variants of a set share their first eight
_TOO_ALIKE = 0.72  # share of four-character pieces: the same text in another order

# How many things a check finds in a draft, None for one that must not be used; it may stop at the number given.
Faults = Callable[[CopyDraft, int], int | None]


def chosen(
    material: Material,
    places: Iterable[Iterable[CopyDraft]],
    n: int,
    prefix: str = "",
    alike: float = _TOO_ALIKE,
    found: list[CopyDraft] | None = None,
    faults: Faults | None = None,
) -> Iterator[CopyDraft]:
    """Yield at most `n` drafts, one for each place; a place where all are too alike is passed over.

    Places are looked at as they are needed. At the first no draft is too alike, so its candidates are taken in their
    order and those behind the chosen one are never written: with one variant a row 2 drafts instead of 13.
    `found` is filled as they are chosen, so that the places can look at it. `prefix` is what all begin with (a
    signature): openings are compared behind it. `faults` as in `write_copy`.
    """
    found = [] if found is None else found
    pieces: list[frozenset[str]] = []
    openings: set[str] = set()
    questions = 0
    waiting = iter(places)
    while len(found) < n and (candidates := next(waiting, None)) is not None:
        if pieces:
            asked = questions >= max(1, n // 5)
            candidates = _unlike(material, candidates, prefix, alike, pieces, openings, asked)
        best = _best(candidates, faults)
        if best is not None:
            found.append(best)
            yield best
        if best is not None and len(found) < n:
            pieces.append(shingles(best, material))
            openings.add(opening_of(best, prefix)[:_OPENING])
            questions += _asks(best)


def _unlike(
    material: Material,
    candidates: Iterable[CopyDraft],
    prefix: str,
    alike: float,
    pieces: list[frozenset[str]],
    openings: set[str],
    asked: bool,
) -> list[CopyDraft]:
    """The candidates that differ from those chosen, least alike first; `asked`: no more questions are wanted."""
    ranked: list[tuple[float, int, CopyDraft]] = []
    for number, draft in enumerate(candidates):
        if opening_of(draft, prefix)[:_OPENING] in openings or (asked and _asks(draft)):
            continue
        score = _likeness(shingles(draft, material), pieces)
        if score < alike:
            ranked.append((score, number, draft))
    return [draft for _, _, draft in sorted(ranked, key=lambda entry: entry[:2])]


def _best(ranked: Iterable[CopyDraft], faults: Faults | None) -> CopyDraft | None:
    """The first without a fault, else that with the fewest; drafts that must not be used are passed over."""
    if faults is None:
        return next(iter(ranked), None)
    best, fewest = None, MANY
    for draft in ranked:
        number = faults(draft, fewest)
        if number is not None and number < fewest:
            best, fewest = draft, number
        if fewest == 0:
            break
    return best


def text_of(draft: CopyDraft) -> str:
    """Return the words of a draft without its tags."""
    return "\n".join(value for value in draft.fields.values() if isinstance(value, str))


def opening_of(draft: CopyDraft, prefix: str = "") -> str:
    """Return what a reader sees first."""
    return re.sub(r"[\W_]", "", text_of(draft).removeprefix(prefix)[:40])


def shingles(draft: CopyDraft, material: Material) -> frozenset[str]:
    """Return the four-character pieces of a draft, product, keywords and offer taken out."""
    text = text_of(draft)
    for masked in (
        material.offer.full,
        *material.offer.parts,
        *material.price,
        material.cta,
        *material.limits,
        material.product,
        material.category,
        *material.keywords,
    ):
        if masked:
            text = text.replace(masked, "")
    text = re.sub(r"[\W_]", "", text)
    return frozenset(map("".join, zip(text, text[1:], text[2:], text[3:], strict=False)))


def _likeness(one: frozenset[str], others: list[frozenset[str]]) -> float:
    if not one or not others:
        return 0.0
    every = frozenset().union(*others)
    return len(one & every) / len(one)


def _asks(draft: CopyDraft) -> bool:
    first = re.split(r"[。！\n]", text_of(draft), maxsplit=1)[0]
    return "？" in first
