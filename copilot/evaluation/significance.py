"""Is one mode better than another, or was it luck? Both asked the same questions, so the test is paired."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

DRAWS = 10_000
_SEED = 20070611  # any will do, but always the same: a figure that is asked for twice is the same figure
# Draws × questions of a block: small ones stay in the cache and BLAS on one thread. Three modes of 3,000 questions
# took .62 s; with 250,000 1.3 s.
_CELLS = 50_000
_TIE = 1e-9  # sums of nDCG differences that are equal but for the order they were added in


def compared(ndcg: Mapping[str, Sequence[float]]) -> tuple[dict[str, list[float]], list[dict[str, Any]]]:
    """Return the 95 % interval `[low, high]` of the mean of each mode, and of every pair what sets it apart.

    `ndcg` holds one value a question, the same questions in the same order. A pair is `{a, b, difference, low, high,
    p}`: the later mode's mean less the earlier one's, its 95 % interval, and the p value of `randomisation_test`,
    which is not corrected for the number of pairs.
    """
    pairs = [(a, b) for b, a in combinations(ndcg, 2)]
    values = np.array(list(ndcg.values()), dtype=np.float64).T
    column = {mode: values[:, i] for i, mode in enumerate(ndcg)}
    apart = [column[a] - column[b] for a, b in pairs]
    intervals = bootstrap_intervals(np.column_stack([values, *apart])).round(4).tolist()
    differences = []
    for (a, b), each, (low, high) in zip(pairs, apart, intervals[len(ndcg) :], strict=True):
        mean, p = round(float(each.mean()), 4), round(randomisation_test(each), 4)
        differences.append({"a": a, "b": b, "difference": mean, "low": low, "high": high, "p": p})
    return dict(zip(ndcg, intervals, strict=False)), differences


def randomisation_test(differences: NDArray[np.float64]) -> float:
    """Return the two-sided p value of paired differences, shape `(questions,)`, under random flips of their signs.

    Were both systems the same, each difference might as well have the other sign. Smucker, Allan & Carterette 2007,
    "A comparison of statistical significance tests for information retrieval evaluation", found this test the one to
    use; counting the observed flip too, (count + 1) / (draws + 1), keeps p above 0 (Phipson & Smyth 2010).
    """
    unequal = differences[differences != 0]  # a flipped zero is a zero
    rng = np.random.default_rng(_SEED)
    total = unequal.sum()
    as_far = 0
    for rows in _blocks(len(unequal)):
        flipped = rng.integers(0, 2, (rows, len(unequal)), dtype=np.int8).astype(np.float64) @ unequal
        as_far += int(np.count_nonzero(np.abs(total - 2 * flipped) >= abs(total) - _TIE))
    return (as_far + 1) / (DRAWS + 1)


def bootstrap_intervals(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the 95 % percentile intervals of the column means of `values`, shape `(questions, columns)`.

    Questions are drawn with replacement, the same for all columns (Efron & Tibshirani 1993); shape `(columns, 2)`.
    """
    n = len(values)
    rng = np.random.default_rng(_SEED)
    means = []
    for rows in _blocks(n):
        drawn = rng.integers(0, n, (rows, n)) + n * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
        means.append(times @ values / n)
    intervals: NDArray[np.float64] = np.quantile(np.concatenate(means), (0.025, 0.975), axis=0).T
    return intervals


def _blocks(questions: int) -> Iterator[int]:
    """Yield how many draws to make at once until all are made."""
    size = max(1, _CELLS // max(1, questions))
    for start in range(0, DRAWS, size):
        yield min(size, DRAWS - start)
