"""Voices → the cluster of each. What says the same is together; the order of rows plays no part."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from copilot.embedding import builtin
from copilot.feedback.cluster import find_clusters
from copilot.feedback.naming import key_words
from copilot.feedback.space import views_of
from copilot.knowledge import read
from copilot.text import fold
from copilot.voices.facts import Fact
from copilot.voices.intake import Entry
from copilot.voices.like import Anchor, Earlier
from copilot.voices.people import Said

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 512
_FEW = 3


@dataclass(frozen=True, slots=True)
class Grouped:
    """The cluster of each entry (from 1, 0 for none), key words by cluster, names that an earlier report gave.

    `known` counts the entries that joined a cluster of that report, `joined` those clusters.
    """

    numbers: list[int]
    keywords: dict[int, tuple[str, ...]]
    names: dict[int, str]
    known: int = 0
    joined: int = 0


def group(
    entries: Sequence[Entry], said: Sequence[Said], facts: Sequence[Fact], clusters: int | None, like: Earlier | None
) -> Grouped:
    """Return the clusters. `clusters`: how many, None to find out; `like`: clusters of an earlier report."""
    anchors = like.anchors if like else ()
    sayings = _sayings(entries, said)
    number_of = {text: at + 1 for text, at in anchored(sorted(sayings), anchors).items()} if anchors else {}
    rest = [text for text in sorted(sayings) if text not in number_of for _ in range(sayings[text].people)]
    # What is wanted by its name, 导出和下载: people call it many things. On benchmarks/feedback_wants.jsonl AMI .109
    # without, .115 by the words of the request, .157 by the name; apps .258, .243, .281; reviews .196, .196, .215;
    # letters .283, .204, .245.
    wanted = {entry.text: fact.family for entry, fact in zip(entries, facts, strict=True)}
    more = None if clusters is None else max(1, clusters - len(set(number_of.values())))
    found = _found(rest, [wanted[text] for text in rest], more)
    number_of |= {text: at + 1 + len(anchors) if at >= 0 else 0 for text, at in zip(rest, found, strict=True)}
    numbers = [0] * len(entries)
    for text, saying in sayings.items():
        for at in saying.places:
            numbers[at] = number_of[text]
    words = key_words([entry.text for entry in entries], [number - 1 for number in numbers])
    names = {at: anchor.name for at, anchor in enumerate(anchors, 1) if anchor.name}
    known = [number for number in numbers if 1 <= number <= len(anchors)]
    keywords = {number + 1: tuple(some) for number, some in words.items()}
    return Grouped(numbers, keywords, names, len(known), len(set(known)))


def _found(texts: Sequence[str], wanted: Sequence[str], clusters: int | None) -> list[int]:
    """Return the cluster of each text, -1 for none. Two or three are too few to tell what is usual among them."""
    distinct = sorted(set(texts))
    if clusters is not None or len(distinct) > _FEW:
        return find_clusters(texts, wanted, clusters)
    vectors = builtin().documents(distinct)
    alike = vectors @ vectors.T >= read("voice/report")["few_alike"]
    group = list(range(len(distinct)))
    for one, other in combinations(range(len(distinct)), 2):
        if alike[one, other]:
            group = [group[one] if number == group[other] else number for number in group]
    of = [group[distinct.index(text)] for text in texts]
    return [number if of.count(number) > 1 else -1 for number in of]


def anchored(texts: Sequence[str], anchors: Sequence[Anchor]) -> dict[str, int]:
    """Return for the texts that fit one of the anchors which one: the same words, or near enough to what it holds."""
    import numpy as np

    known = {fold(text): at for at, anchor in enumerate(anchors) for text in anchor.texts}
    joined = {text: known[fold(text)] for text in texts if fold(text) in known}
    asked = [text for text in texts if text not in joined]
    open_ones = [(at, text) for at, anchor in enumerate(anchors) if not anchor.locked for text in anchor.texts]
    if not asked or not open_ones:
        return joined
    views = views_of([text for _, text in open_ones] + asked, [""] * (len(open_ones) + len(asked)))
    count = len(open_ones)
    owners = np.array([at for at, _ in open_ones])
    least: float = read("voice/report")["like"]
    for start in range(count, len(views.blank), _BLOCK):
        rows = slice(start, start + _BLOCK)
        alike = views.vectors[rows] @ views.vectors[:count].T
        alike += 0.5 * (views.words[rows] @ views.words[:count].T).toarray()  # as find_clusters compares
        near = np.stack([_nearest(alike[:, owners == at]) for at in np.unique(owners)], axis=1)
        for text, best, value in zip(asked[start - count :], near.argmax(axis=1), near.max(axis=1), strict=False):
            if value >= least:
                joined[text] = int(np.unique(owners)[best])
    return joined


def _nearest(alike: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Return for each row the mean of its three greatest likenesses: one chance hit is no cluster."""
    import numpy as np

    means: NDArray[np.float32] = np.sort(alike, axis=1)[:, -3:].mean(axis=1)
    return means


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
