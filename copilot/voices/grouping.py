"""Voices → the cluster of each. What says the same is together; the order of rows plays no part."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.feedback.cluster import find_clusters
from copilot.feedback.naming import key_words
from copilot.voices.facts import Fact
from copilot.voices.intake import Entry
from copilot.voices.like import Earlier
from copilot.voices.people import Said


@dataclass(frozen=True, slots=True)
class Grouped:
    """The cluster of each entry (from 1, 0 for none), key words by cluster, names that an earlier report gave.

    `known` counts the entries that joined a cluster of that report.
    """

    numbers: list[int]
    keywords: dict[int, tuple[str, ...]]
    names: dict[int, str]
    known: int = 0


def group(
    entries: Sequence[Entry], said: Sequence[Said], facts: Sequence[Fact], clusters: int | None, like: Earlier | None
) -> Grouped:
    """Return the clusters. `clusters`: how many, None to find out; `like`: clusters of an earlier report."""
    sayings = _sayings(entries, said)
    texts = sorted(sayings)
    wanted = dict(zip((entry.text for entry in entries), facts, strict=True))
    several = [text for text in texts for _ in range(sayings[text].people)]
    found = find_clusters(several, [f"{wanted[text].requested}，{wanted[text].pain}" for text in several], clusters)
    number_of = dict(zip(several, found, strict=True))
    numbers = [0] * len(entries)
    for text, saying in sayings.items():
        for at in saying.places:
            numbers[at] = number_of[text] + 1
    words = key_words([entry.text for entry in entries], [number - 1 for number in numbers])
    return Grouped(numbers, {number + 1: tuple(some) for number, some in words.items()}, {})


@dataclass(frozen=True, slots=True)
class _Saying:
    places: tuple[int, ...]
    people: int


def _sayings(entries: Sequence[Entry], said: Sequence[Said]) -> dict[str, _Saying]:
    """Return what is said, in the shortest of its wordings, with the places of entries and how many people say it."""
    places: dict[int, list[int]] = defaultdict(list)
    for at, one in enumerate(said):
        places[one.leader].append(at)
    return {
        min((entries[at].text for at in some), key=lambda text: (len(text), text)): _Saying(
            tuple(some), len({said[at].person for at in some})
        )
        for some in places.values()
    }
