"""Hundreds of thousands of texts side by side: heaps of what is equal, and for each an earlier text it is alike to.

Everything is sorting; texts are numbers 0…n-1, rows ascend with them, `entries` are as `repeats` writes them.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Of 64 hashes 42.7 agree at Dice .8, give or take 4.
_ENOUGH = 42
_ROUNDS = 16  # texts tried as the first one among those that share a band
_CHUNK = 8192  # pairs compared at once


class Heaps(NamedTuple):
    """Texts with something in common that stand in two or more rows: `order[starts[i] :][: sizes[i]]` is one heap."""

    order: Ints
    starts: Ints
    sizes: Ints


def heaps_of(labels: NDArray[Any], chosen: Ints, rows: Ints) -> Heaps:
    """Heap up the `chosen` texts by their labels."""
    labels = labels[chosen]
    by_label = np.argsort(labels, kind="stable")
    order, labels = chosen[by_label], labels[by_label]
    starts = np.flatnonzero(_begun(labels))
    sizes = np.diff(np.append(starts, len(order)))
    several = rows[order[starts]] != rows[order[starts + sizes - 1]]  # within a heap rows ascend
    return Heaps(order, starts[several], sizes[several])


def _begun(labels: NDArray[Any]) -> Flags:
    """Return where another label begins."""
    return np.append(np.ones(min(1, len(labels)), bool), labels[1:] != labels[:-1])


def later(heaps: Heaps, rows: Ints) -> Flags:
    """Return which texts stand in a heap with one of an earlier row."""
    found = np.zeros(len(rows), bool)
    for start, size in zip(heaps.starts.tolist(), heaps.sizes.tolist(), strict=True):
        members = heaps.order[start : start + size]
        found[members] = rows[members] > rows[members[0]]
    return found


def owners_of(entries: np.memmap[Any, Any], chosen: Ints, rows: Ints) -> Ints:
    """Return for each text an earlier one of another row that it is alike to, -1 if there is none.

    Those that share a band are compared with the first of them, those not alike to that one with the first of the
    rest, and so on. A text that has an owner is done with: what is like it, is like its owner or is let go.
    """
    owners = np.full(len(rows), -1)
    for band in range(entries["bands"].shape[1]):
        free = chosen[owners[chosen] < 0]
        labels = entries["bands"][:, band][free]
        by_label = np.argsort(labels, kind="stable")
        free, labels = free[by_label], labels[by_label]
        for _ in range(_ROUNDS):
            begun = _begun(labels)
            others = np.flatnonzero(~begun)
            if not len(others):
                break
            mine, first = free[others], free[np.flatnonzero(begun)[np.cumsum(begun) - 1][others]]
            alike = _alike(entries, mine, first) & (rows[mine] != rows[first])
            owners[mine[alike]] = first[alike]
            free, labels = mine[~alike], labels[others[~alike]]
    return owners


def _alike(entries: np.memmap[Any, Any], some: Ints, others: Ints) -> Flags:
    """Return which of `some` are alike to the ones in the same places of `others`."""
    alike = np.zeros(len(some), bool)
    for at in range(0, len(some), _CHUNK):
        mine, theirs = (entries["bands"][which[at : at + _CHUNK]].view(np.uint8) for which in (some, others))
        alike[at : at + _CHUNK] = (mine == theirs).sum(axis=1) >= _ENOUGH
    return alike


def roots_of(owners: Ints) -> Ints:
    """Return the owner that has none, for each text; for a text without owner itself."""
    roots = np.where(owners < 0, np.arange(len(owners)), owners)
    while (above := roots[roots]).tobytes() != roots.tobytes():
        roots = above
    return roots
