"""Which rows say the same: equal but for punctuation, emoji and spaces, or nearly equal (a typo, one more 啊)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from copilot.knowledge import read
from copilot.text import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# MinHash over pairs of characters: bands of three, one of which must agree wholly. Texts of 20 characters with two
# wrong share .65 of their pairs and are found 997 times in 1,000; the edits decide.
_BANDS, _WIDE = 20, 3
_SHORT = 20  # characters: below, at most one edit is allowed, and what is left when one goes finds the others
_LOOKED_AT = 12  # texts of one band that are looked at, and compared in all: bounds the work where rows begin alike
_LONGEST = 600  # characters compared: who copies a letter copies its beginning


def same_as(texts: Sequence[str]) -> list[int]:
    """Return for each text the index of the first one that says the same, its own when there is none before.

    The groups do not depend on the order of the texts. 50,000 rows of 40 characters take 7 s, 14 s if all begin alike.
    """
    keys = [_bare(text) for text in texts]
    leader = _leaders(sorted(set(keys), key=lambda key: (len(key), key)))
    first: dict[str, int] = {}
    return [first.setdefault(leader[key], index) for index, key in enumerate(keys)]


def _bare(text: str) -> str:
    """Return what is compared: folded letters and digits; of a text without any all but the white space."""
    folded = fold(text)
    return "".join(filter(str.isalnum, folded)) or "".join(folded.split())


def _leaders(keys: list[str]) -> dict[str, str]:
    """Return for each key the one that stands for it; `keys` are distinct and shortest first."""
    limits = read("voice/feedback")["repeats"]
    leader = {key: key for key in keys}
    known: dict[object, list[str]] = defaultdict(list)
    for key, bands in zip(keys, _bands(keys), strict=True):
        if len(key) < limits["least"]:
            continue
        marks = _shorter(key) if len(key) < _SHORT else bands
        asked = [*_shorter(key), *bands] if len(key) == _SHORT else marks  # one longer than the longest short one
        shared = Counter(other for mark in asked for other in known[mark][:_LOOKED_AT])
        likely = (other for other, _ in shared.most_common(_LOOKED_AT))
        if found := next((other for other in likely if _near(other, key, limits["one_in"])), None):
            leader[key] = leader[found]
        for mark in marks:
            known[mark].append(key)
    return leader


def _shorter(key: str) -> list[object]:
    """Return the key and all that is left of it when one character goes: keys one edit apart share one."""
    return [key, *dict.fromkeys(key[:at] + key[at + 1 :] for at in range(len(key)))]


def _near(one: str, other: str, one_in: int) -> bool:
    """Return whether the few characters in which the two differ turn no meaning."""
    allowed = max(1, max(len(one), len(other)) // one_in)
    if abs(len(one) - len(other)) > allowed:
        return False
    one, other = one[:_LONGEST], other[:_LONGEST]
    if len(set(one) ^ set(other)) > 2 * allowed:
        return False
    differing = _differing(one, other, allowed)
    return differing is not None and not _turning().intersection(differing)


def _differing(one: str, other: str, allowed: int) -> str | None:
    """Return the characters that were put in, left out or changed, None if more than `allowed` edits are needed."""
    start = _agreeing(one, other)
    end = _agreeing(one[:start:-1], other[:start:-1])
    one, other = one[start : len(one) - end], other[start : len(other) - end]
    if not one or not other:
        return one + other if len(one + other) <= allowed else None
    # Per column of a band of 2 · allowed + 1: edits so far and the characters they took.
    far = (allowed + 1, "")
    last = [(column, other[:column]) for column in range(len(other) + 1)]
    for row, mine in enumerate(one, 1):
        here = [(row, one[:row])] + [far] * len(other)
        for column in range(max(1, row - allowed), min(len(other), row + allowed) + 1):
            its = other[column - 1]
            (kept, a), (out, b), (put, c) = last[column - 1], last[column], here[column - 1]
            if mine == its:
                here[column] = (kept, a)
            elif kept <= out and kept <= put:
                here[column] = (kept + 1, a + mine + its)
            else:
                here[column] = (out + 1, b + mine) if out <= put else (put + 1, c + its)
        last = here
        if min(last)[0] > allowed:
            return None
    edits, differing = last[-1]
    return differing if edits <= allowed else None


def _agreeing(one: str, other: str) -> int:
    """Return how many characters the two begin with alike."""
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)


@cache
def _turning() -> frozenset[str]:
    return frozenset(read("voice/feedback")["repeats"]["turning"])


def _bands(texts: Sequence[str]) -> Iterable[list[object]]:
    """Return the marks of each text that is not short, one for a band; texts that share a mark may be near."""
    import numpy as np

    factors = np.random.PCG64(20261123).random_raw(_BANDS * _WIDE).astype(np.uint32)[:, None] | np.uint32(1)
    for text in texts:
        if len(text) < _SHORT:
            yield []
            continue
        points = np.frombuffer(text[:_LONGEST].encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
        least = (factors * _scattered((points[:-1] << np.uint64(21)) | points[1:])).min(axis=1)
        bands = least.reshape(_BANDS, _WIDE)
        yield [(number, *band) for number, band in enumerate(bands.tolist())]


def _scattered(pairs: "NDArray[np.uint64]") -> "NDArray[np.uint32]":
    """Return pairs of characters as numbers in which what lies close together does not (factors of splitmix64)."""
    import numpy as np

    pairs = pairs * np.uint64(0xBF58476D1CE4E5B9)
    pairs ^= pairs >> np.uint64(32)
    pairs *= np.uint64(0x94D049BB133111EB)
    scattered: NDArray[np.uint32] = (pairs >> np.uint64(32)).astype(np.uint32)
    return scattered
