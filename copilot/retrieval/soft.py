"""Soft match: how well each piece of a question is met somewhere in a passage, by the vectors of single pieces."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from copilot.embedding import builtin

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HALF = 20  # pieces of half a window; a window of 40 is two or three sentences


def soft_match(
    importance: Mapping[int, float], passages: "Sequence[NDArray[np.uint16]]"
) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Return how well each passage as a whole, and its best window, meet a question, in 0…1; shapes `(len(passages),)`.

    `importance` gives the weight of each piece of the question. A piece is met by the nearest piece of the passage,
    the square of their cosine: sum over the question's pieces of weight · max cosine², over the sum of weights.
    """
    total = sum(importance.values())
    if total <= 0 or not passages:
        return np.zeros(len(passages)), np.zeros(len(passages))
    model = builtin()
    filled = [row if len(row) else np.zeros(1, dtype=np.uint16) for row in passages]
    numbers = np.concatenate(filled)
    place = np.zeros(model.size, dtype=np.intp)  # numpy's unique would sort: 0.6 ms
    place[numbers] = 1
    distinct = np.flatnonzero(place)
    place[distinct] = np.arange(len(distinct))
    cosines = model.of_pieces(np.array(list(importance))) @ model.of_pieces(distinct).T
    met = np.take(np.maximum(cosines, 0) ** 2, place[numbers], axis=1)  # question's pieces × all passages' pieces
    ends = np.cumsum([len(row) for row in filled])
    halves = [np.arange(end - len(row), end, _HALF) for row, end in zip(filled, ends, strict=True)]
    first = np.cumsum([0, *map(len, halves)])[:-1]  # of the halves of each passage
    by_half = np.maximum.reduceat(met, np.concatenate(halves), axis=1)
    window = by_half.copy()  # a half with the one behind it; the last of a passage has none
    window[:, :-1] = np.maximum(by_half[:, :-1], by_half[:, 1:])
    window[:, first[1:] - 1] = by_half[:, first[1:] - 1]
    weights = np.array(list(importance.values())) / total
    whole = weights @ np.maximum.reduceat(by_half, first, axis=1)
    return whole, np.maximum.reduceat(weights @ window, first)
