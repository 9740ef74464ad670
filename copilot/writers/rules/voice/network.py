"""The small convolutional networks beside the linear models: they read characters through the built-in embedding.

Four convolutions over characters (width 5, dilations 1, 1, 2, 4), each with a layer norm; scores of the slots' labels
for every character, of the kinds and of being right for every voice. Trained with torch by
`copilot.training.voice_network`, applied by numpy: voices lie in one row with zeros between them, so that a layer is
five products of matrices.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.embedding import builtin
from copilot.writers.rules.voice.features import Laid

PATHS = (Path(__file__).with_name("network-0.npz"), Path(__file__).with_name("network-1.npz"))
WIDTH = 5
DILATIONS = (1, 2, 4)  # of the layers behind the first

Floats = NDArray[np.floating[Any]]


def scores(laid: Laid) -> tuple[Floats, Floats, Floats]:
    """Return log probabilities of labels, `(characters, labels)`, and kinds, `(voices, kinds)`, scores of being right.

    The means over the networks, which differ in their random start alone.
    """
    told = [_scores(laid, _weights(path)) for path in PATHS]
    labels, kinds, right = (np.stack([one[part] for one in told]).mean(axis=0) for part in range(3))
    return labels, kinds, right


def log_softmax(values: Floats) -> Floats:
    """Return logarithms of probabilities, row by row."""
    values = values - values.max(axis=1, keepdims=True)
    logs: Floats = values - np.log(np.exp(values).sum(axis=1, keepdims=True))
    return logs


def _scores(laid: Laid, w: dict[str, Floats]) -> tuple[Floats, Floats, Floats]:
    mask = np.zeros((len(laid.codes), 1), np.float32)
    for start, length in zip(laid.starts.tolist(), laid.lengths.tolist(), strict=True):
        mask[start : start + length] = 1.0
    z = _inputs(laid, w) * mask
    z = _normal(np.maximum(_convolved(z, w, "first", 1), 0), w, "n0") * mask
    for number, dilation in enumerate(DILATIONS):
        z = _normal(z + np.maximum(_convolved(z, w, f"convs.{number}", dilation), 0), w, f"norms.{number}") * mask
    pooled = _pooled(z, laid)
    context = np.maximum(pooled @ w["pool.weight"] + w["pool.bias"], 0)
    whole = np.zeros((len(z), context.shape[1]), np.float32)
    for row, (start, length) in enumerate(zip(laid.starts.tolist(), laid.lengths.tolist(), strict=True)):
        whole[start : start + length] = context[row]
    labels = (z + whole) @ w["out.weight"] + w["out.bias"]
    kinds = pooled @ w["kind.weight"] + w["kind.bias"]
    right = (pooled @ w["right.weight"] + w["right.bias"])[:, 0]
    return log_softmax(labels), log_softmax(kinds), right


def extras(laid: Laid) -> Floats:
    """Return what stands beside pieces and characters: where cues are, edges of clauses, the place in the piece."""
    n = len(laid.codes)
    cues = [(laid.cues == state) for state in (1, 2, 3)]
    begins, ends = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    begins[1:] = laid.clauses[1:] != laid.clauses[:-1]
    ends[:-1] = laid.clauses[1:] != laid.clauses[:-1]
    for start, length in zip(laid.starts.tolist(), laid.lengths.tolist(), strict=True):
        if length:
            begins[start], ends[start + length - 1] = True, True
    places = [laid.clauses < 0, begins, ends, laid.offsets == 0, laid.offsets == 1, laid.offsets > 1]
    return np.concatenate([*cues, np.stack(places, axis=1)], axis=1).astype(np.float32)


def characters(laid: Laid, known: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers of characters from 2 on by their place in `known` (sorted), 1 for the others."""
    places = np.minimum(np.searchsorted(known, laid.codes), len(known) - 1)
    numbers: NDArray[np.int64] = np.where(known[places] == laid.codes, places + 2, 1)
    return numbers


def _inputs(laid: Laid, w: dict[str, Floats]) -> Floats:
    pieces = builtin().of_pieces(np.maximum(laid.pieces - 1, 0))
    letters = w["C.weight"][characters(laid, w["known"].astype(np.int64))]
    return np.concatenate([pieces @ w["proj.weight"] + w["proj.bias"], letters, extras(laid)], axis=1)


def _convolved(z: Floats, w: dict[str, Floats], name: str, dilation: int) -> Floats:
    kernel = w[f"{name}.weight"]  # (width, in, out)
    out = np.tile(w[f"{name}.bias"], (len(z), 1))
    for k in range(WIDTH):
        by = (k - WIDTH // 2) * dilation
        lower, upper = max(0, -by), len(z) - max(0, by)
        out[lower:upper] += z[lower + by : upper + by] @ kernel[k]
    return out


def _normal(z: Floats, w: dict[str, Floats], name: str) -> Floats:
    mean = z.mean(axis=1, keepdims=True)
    spread = z.var(axis=1, keepdims=True)
    out: Floats = (z - mean) / np.sqrt(spread + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]
    return out


def _pooled(z: Floats, laid: Laid) -> Floats:
    """Return mean and greatest value of each voice's characters, `(voices, 2 × channels)`."""
    rows = np.zeros((len(laid.starts), 2 * z.shape[1]), np.float32)
    for row, (start, length) in enumerate(zip(laid.starts.tolist(), laid.lengths.tolist(), strict=True)):
        if length:
            part = z[start : start + length]
            rows[row] = np.concatenate([part.mean(axis=0), part.max(axis=0)])
    return rows


@cache
def _weights(path: Path) -> dict[str, Floats]:
    with np.load(path) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
