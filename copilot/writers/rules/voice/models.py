"""The small models that the project trains itself, applied by numpy: slots of a voice, and its kind.

Slots: a linear model over each character's features gives a score for every label (B and I of seven slots, O); the
best sequence is found by Viterbi over the transitions that make sense. Kinds, and whether a request is right as it
stands: linear models over the voice's features. All are trained by `python -m copilot.training.voice`.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copilot.diagnosis import KINDS, SLOTS
from copilot.knowledge import read
from copilot.writers.rules.voice import network
from copilot.writers.rules.voice.features import (
    CHARACTERS,
    Laid,
    character_features,
    lay_out,
    sparse,
    voice_features,
)
from copilot.writers.rules.voice.network import log_softmax

PATH = Path(__file__).with_name("model.npz")
LABELS = 1 + 2 * len(SLOTS)  # O, then B and I of each slot: label 1 + 2k begins slot k, 2 + 2k goes on
TABLES = ("slots", "kinds", "right")
NETWORK = 0.5  # its share beside the linear models (benchmarks/voices.py)
_REQUEST = KINDS.index("request")
_ASKED = [1 + 2 * SLOTS.index("requested"), 2 + 2 * SLOTS.index("requested")]  # the labels of a request
_AT_ONCE = 256  # voices: bounds memory


class Found(NamedTuple):
    """A span of one slot in a voice and how sure it is: mean probability of its characters, 0…1."""

    slot: str
    start: int
    end: int
    score: float


class Judged(NamedTuple):
    """What the models say of one voice: probabilities of `KINDS`, its spans in order, and whether a request is right.

    `right` is the probability that what is asked for removes what the voice complains of, as it says itself.
    """

    kinds: tuple[float, ...]
    spans: tuple[Found, ...]
    right: float = 0.0


def judge(texts: Sequence[str]) -> list[Judged]:
    """Return what the models make of each text."""
    judged: list[Judged] = []
    for start in range(0, len(texts), _AT_ONCE):
        judged += _judge(texts[start : start + _AT_ONCE])
    return judged


def _judge(texts: Sequence[str]) -> list[Judged]:
    numbers = _numbers()
    laid = lay_out(texts)
    linear = log_softmax(sparse(character_features(laid), CHARACTERS) @ numbers["slots"] + numbers["slots_bias"])
    by_network, kind_scores, right_scores = network.scores(laid)
    logs = log_softmax((1 - NETWORK) * linear + NETWORK * by_network + _lean())
    labels = [_path(logs[a : a + n], numbers["transitions"]) for a, n in zip(laid.starts, laid.lengths, strict=True)]
    linear = log_softmax(
        voice_features(laid, np.zeros(len(laid.codes), np.int64)) @ numbers["kinds"] + numbers["kinds_bias"]
    )
    kinds = np.exp(log_softmax((1 - NETWORK) * linear + NETWORK * kind_scores))
    for number, (path, start) in enumerate(zip(labels, laid.starts.tolist(), strict=True)):
        if kinds[number].argmax() == _REQUEST and not np.isin(path, _ASKED).any():
            more = logs[start : start + len(path)].copy()
            more[:, _ASKED] += read("voice/reading")["lean_asked"]
            labels[number] = _path(more, numbers["transitions"])
    marks = marks_of(laid, labels)
    right = _logistic(voice_features(laid, marks) @ numbers["right"] + numbers["right_bias"])[:, 0]
    right = (1 - NETWORK) * right + NETWORK * _logistic(right_scores)
    return [
        Judged(tuple(map(float, kind)), tuple(_spans(text, path, logs[a : a + len(text)])), float(one))
        for text, kind, path, a, one in zip(texts, kinds, labels, laid.starts.tolist(), right, strict=True)
    ]


@cache
def _lean() -> NDArray[np.floating[Any]]:
    """What each label's log probability gets on top."""
    lean = np.zeros(LABELS, np.float32)
    for slot, value in read("voice/reading")["lean"].items():
        lean[1 + 2 * SLOTS.index(slot)] = lean[2 + 2 * SLOTS.index(slot)] = value
    return lean


def _logistic(scores: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    values: NDArray[np.floating[Any]] = 1 / (1 + np.exp(-scores))
    return values


def marks_of(laid: Laid, labels: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return for every character laid out the number of its slot, 0 for none."""
    marks = np.zeros(len(laid.codes), np.int64)
    for start, path in zip(laid.starts.tolist(), labels, strict=True):
        marks[start : start + len(path)] = (path + 1) // 2
    return marks


def _path(logs: NDArray[np.floating[Any]], transitions: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """Return the best labels for the characters of one voice; `transitions` has a last row for the beginning."""
    n = len(logs)
    path = np.zeros(n, np.int64)
    if not n:
        return path
    best = logs[0] + transitions[-1]
    back = np.zeros((n, LABELS), np.int64)
    between = transitions[:-1]
    for i in range(1, n):
        total = best[:, None] + between
        back[i] = total.argmax(axis=0)
        best = total[back[i], np.arange(LABELS)] + logs[i]
    path[-1] = int(best.argmax())
    for i in range(n - 1, 0, -1):
        path[i - 1] = back[i, path[i]]
    return path


def _spans(text: str, path: NDArray[np.int64], logs: NDArray[np.floating[Any]]) -> list[Found]:
    found, i, n = [], 0, len(path)
    while i < n:
        label = int(path[i])
        if not label:
            i += 1
            continue
        slot = (label - 1) // 2
        end = i + 1
        while end < n and path[end] == 2 + 2 * slot:
            end += 1
        start, stop = _trimmed(text, i, end)
        if start < stop:
            sure = float(np.exp(np.logaddexp(logs[i:end, 1 + 2 * slot], logs[i:end, 2 + 2 * slot])).mean())
            found.append(Found(SLOTS[slot], start, stop, sure))
        i = end
    return found


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and not (text[start].isalnum() or text[start] in "+#$￥¥%<《["):
        start += 1
    while end > start and not (text[end - 1].isalnum() or text[end - 1] in "+#%>》]℃"):
        end -= 1
    return start, end


@cache
def _numbers() -> dict[str, NDArray[np.floating[Any]]]:
    with np.load(PATH) as stored:
        tables = {name: stored[name] for name in stored.files}
    scale = {name: float(tables.pop(f"{name}_scale")) for name in TABLES}
    for name, factor in scale.items():
        tables[name] = tables[name].astype(np.float32) * factor
    return {name: table.astype(np.float32) for name, table in tables.items()}
