"""Voices → hashed features for the two small models: one row for each character, one row for each whole voice.

All is arithmetic on arrays of code points and numbers of pieces: 5,000 voices take seconds, not minutes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from copilot.knowledge import read
from copilot.text import fold
from copilot.text.pieces import VOCABULARY, tokenizer

Ints = NDArray[np.int64]

CHARACTERS = 1 << 17  # hashed features of a character
VOICES = 1 << 16  # hashed features of a voice
CLUSTERS = Path(__file__).with_name("piece_clusters.npy")  # of the built-in embedding: pieces of like meaning

_PAD = 8  # characters of nothing between two voices: what the network's widest layer reaches
_BREAK = re.compile(r"[，。！？；、：,.!?;:~…\n\s（）()“”\"【】]+")
_PRIME = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Laid:
    """Voices laid out in one row with nothing between them: arrays of one entry a character.

    `starts` are the places where the voices begin, `lengths` how long they are.
    """

    codes: Ints
    pieces: Ints
    offsets: Ints  # of the character in its piece
    clauses: Ints  # number of the clause, -1 for what stands between
    cues: Ints  # (characters, cues), 1 inside a match, 2 behind one in its clause, 3 before one in its clause, else 0
    starts: Ints
    lengths: Ints


def lay_out(texts: Sequence[str]) -> Laid:
    """Return the arrays of folded texts."""
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    starts = _PAD + np.concatenate([[0], np.cumsum(lengths + _PAD)[:-1]]).astype(np.int64) if texts else lengths
    total = int(lengths.sum() + _PAD * (len(texts) + 1))
    patterns = _cues()
    codes, pieces, offsets = (np.zeros(total, np.int64) for _ in range(3))
    clauses = np.full(total, -1, np.int64)
    cues = np.zeros((total, len(patterns)), np.int64)
    folded = [fold(text) for text in texts]
    encodings = tokenizer(VOCABULARY).encode_batch(folded, add_special_tokens=False)
    for text, encoding, start in zip(folded, encodings, starts.tolist(), strict=True):
        end = start + len(text)
        codes[start:end] = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
        for number, (a, b) in zip(encoding.ids, encoding.offsets, strict=True):
            pieces[start + a : start + b] = number + 1
            offsets[start + a : start + b] = np.arange(b - a)
        for number, (a, b) in enumerate(clause_spans(text)):
            clauses[start + a : start + b] = number
            for cue, pattern in enumerate(patterns):
                _mark(cues[start + a : start + b, cue], pattern, text[a:b])
    return Laid(codes, pieces, offsets, clauses, cues, starts, lengths)


def clause_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans between punctuation and white space."""
    spans, here = [], 0
    for match in _BREAK.finditer(text):
        # "3.5", "v2.0" and "a b" of English stay whole; spaces between Chinese words end a clause
        if match[0] in (".", ",", " ", ":") and _joined(text, match.start(), match.end()):
            continue
        if match.start() > here:
            spans.append((here, match.start()))
        here = match.end()
    if here < len(text):
        spans.append((here, len(text)))
    return spans


def _joined(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if text[start:end] == " ":
        return before.isascii() and after.isascii()
    return before.isdigit() and after.isdigit()


def _mark(row: Ints, pattern: re.Pattern[str], clause: str) -> None:
    for match in pattern.finditer(clause):
        row[match.end() :][row[match.end() :] != 1] = 2
        before = row[: match.start()]
        before[before == 0] = 3
        row[match.start() : match.end()] = 1


@cache
def _cues() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in read("voice/cues")["cues"].values())


@cache
def _clusters() -> Ints:
    """The cluster of each piece, 0 for none; clusters count from 1."""
    table = np.load(CLUSTERS)
    return np.concatenate([[0], table.astype(np.int64) + 1])


def _hashed(template: int, *parts: Ints, size: int) -> Ints:
    """Return numbers below `size` for each combination of `parts` under a template."""
    mixed = np.full(len(parts[0]), template + 1, np.uint64) * _PRIME
    for part in parts:
        mixed = (mixed ^ part.astype(np.uint64)) * _PRIME
        mixed ^= mixed >> np.uint64(29)
    return (mixed % np.uint64(size)).astype(np.int64)


def character_features(laid: Laid) -> Ints:
    """Return the features of every character, shape `(characters, templates)`, numbers below `CHARACTERS`."""
    c = {k: _shifted(laid.codes, k) for k in range(-3, 4)}
    groups = _clusters()[laid.pieces]
    # The pieces around: those that hold the character before and behind this piece's first and last character.
    first = np.arange(len(laid.codes)) - laid.offsets
    before = laid.pieces[np.maximum(first - 1, 0)]
    earlier_first = np.maximum(first - 1, 0) - laid.offsets[np.maximum(first - 1, 0)]
    earlier = laid.pieces[np.maximum(earlier_first - 1, 0)]
    length = _piece_lengths(laid)
    behind = np.minimum(first + length, len(laid.codes) - 1)
    after = laid.pieces[behind]
    later = laid.pieces[np.minimum(behind + length[behind], len(laid.codes) - 1)]
    last = laid.offsets == length - 1
    place = np.minimum(laid.offsets, 2) * 2 + last
    from_start, to_end, head, tail, neighbour_head, neighbour_tail = _clause_places(laid)
    g = _clusters()
    parts: list[tuple[Ints, ...]] = [
        *((c[k],) for k in range(-3, 4)),
        (c[-1], c[0]), (c[0], c[1]), (c[-2], c[-1]), (c[1], c[2]),
        (c[-2], c[-1], c[0]), (c[-1], c[0], c[1]), (c[0], c[1], c[2]), (c[-3], c[-2], c[-1]), (c[1], c[2], c[3]),
        (c[-3], c[-2], c[-1], c[0]), (c[0], c[1], c[2], c[3]),
        (laid.pieces, place), (before, place), (after, place), (earlier, before), (after, later),
        (before, laid.pieces, place), (laid.pieces, after, place),
        (groups, place), (g[before], place), (g[after], place), (g[before], groups, place), (groups, g[after], place),
        (g[earlier], g[before], groups), (groups, g[after], g[later]),
        (np.minimum(from_start, 6),), (np.minimum(to_end, 6),),
        (head, np.minimum(from_start, 8)), (tail, np.minimum(to_end, 8)), (head,), (tail,), (head, tail),
        (neighbour_head,), (neighbour_tail,), (np.clip(laid.clauses, 0, 6),),
    ]  # fmt: skip
    cues = [(laid.cues[:, cue], np.full(len(laid.codes), cue)) for cue in range(laid.cues.shape[1])]
    parts += cues
    parts += [(here, _shifted(here, -1), _shifted(here, 1), which) for here, which in cues]
    return np.stack([_hashed(n, *part, size=CHARACTERS) for n, part in enumerate(parts)], axis=1)


def _shifted(values: NDArray[Any], by: int) -> NDArray[Any]:
    return np.roll(values, -by)


def _piece_lengths(laid: Laid) -> Ints:
    """Return for every character how long its piece is, 1 between voices."""
    first = np.flatnonzero(laid.offsets == 0)
    sizes = np.diff(np.append(first, len(laid.codes)))
    return np.repeat(sizes, sizes)


def _clause_places(laid: Laid) -> tuple[Ints, ...]:
    """Return for every character: places from its clause's start and to its end, the clause's first and last two
    characters as numbers, the last two of the clause before and the first two of the clause behind."""
    n = len(laid.codes)
    inside = laid.clauses >= 0
    edge = np.flatnonzero(inside & ((_shifted(laid.clauses, -1) != laid.clauses) | ~_shifted(inside, -1)))
    ends = np.flatnonzero(inside & ((_shifted(laid.clauses, 1) != laid.clauses) | ~_shifted(inside, 1)))
    from_start, to_end, head, tail, next_head, last_tail = (np.zeros(n, np.int64) for _ in range(6))
    pair = laid.codes * 0x20000 + _shifted(laid.codes, 1)
    for number, (a, b) in enumerate(zip(edge.tolist(), ends.tolist(), strict=True)):
        from_start[a : b + 1] = np.arange(b + 1 - a)
        to_end[a : b + 1] = np.arange(b - a, -1, -1)
        head[a : b + 1] = pair[a]
        tail[a : b + 1] = pair[b - 1] if b > a else pair[b]
        if number and laid.clauses[edge[number - 1]] < laid.clauses[a]:
            before = ends[number - 1]
            last_tail[a : b + 1] = pair[before - 1]
        if number + 1 < len(edge) and laid.clauses[edge[number + 1]] > laid.clauses[a]:
            next_head[a : b + 1] = pair[edge[number + 1]]
    return from_start, to_end, head, tail, last_tail, next_head


def sparse(features: Ints, size: int) -> csr_array:
    """Return rows of feature numbers as a matrix of ones, shape `(rows, size)`."""
    rows, width = features.shape
    ends = np.arange(0, rows * width + 1, width)
    return csr_array((np.ones(rows * width, np.float32), features.ravel(), ends), shape=(rows, size))


def voice_features(laid: Laid, marks: Ints) -> csr_array:
    """Return the features of whole voices, shape `(voices, VOICES)`, rows of unit length.

    n-grams of characters and of pieces, clusters of pieces, cues and where they stand, and which slots were found
    (`marks`, one slot number a character, 0 for none).
    """
    n = len(laid.codes)
    voice = np.full(n, -1, np.int64)
    for number, (start, length) in enumerate(zip(laid.starts.tolist(), laid.lengths.tolist(), strict=True)):
        voice[start : start + length] = number
    inside = voice >= 0
    c = {k: np.where(inside, _shifted(laid.codes, k), 0) for k in range(4)}
    firsts = inside & (laid.offsets == 0)
    length = _piece_lengths(laid)
    behind = np.minimum(np.arange(n) + length, n - 1)
    groups = _clusters()[laid.pieces]
    from_start = _clause_places(laid)[0]
    count = np.zeros(len(laid.starts), np.int64)
    np.maximum.at(count, voice[inside], laid.clauses[inside])
    final = np.where(inside, laid.clauses == count[np.maximum(voice, 0)], False).astype(np.int64)
    opening = np.where(inside, laid.clauses <= 0, False).astype(np.int64)
    ends = np.flatnonzero(inside & ~_shifted(inside, 1))
    entries: list[tuple[Ints, Ints]] = []

    def add(template: int, where: NDArray[np.bool_], *parts: Ints) -> None:
        entries.append((voice[where], _hashed(template, *(part[where] for part in parts), size=VOICES)))

    add(0, inside, c[0])
    add(1, inside, c[0], c[1])
    add(2, inside, c[0], c[1], c[2])
    add(3, inside, c[0], c[1], c[2], c[3])
    add(4, firsts, laid.pieces)
    add(5, firsts, laid.pieces, laid.pieces[behind])
    add(6, firsts, groups)
    add(7, firsts, groups, groups[behind])
    add(8, inside & (from_start == 0), c[0], c[1], opening)
    add(9, firsts, laid.pieces, final)
    for cue in range(laid.cues.shape[1]):
        matched = inside & (laid.cues[:, cue] == 1)
        which = np.full(n, cue, np.int64)
        add(10, matched, which)
        add(11, matched, which, opening)
        add(12, matched, which, final)
    add(13, inside & (marks > 0), marks)
    last = np.zeros(n, np.bool_)
    last[ends] = True
    add(14, last, _shifted(laid.codes, -1), c[0])
    bucket = np.zeros(n, np.int64)
    bucket[ends] = np.minimum(np.log2(laid.lengths[laid.lengths > 0]).astype(np.int64), 9)
    add(15, last, bucket)
    rows = np.concatenate([where for where, _ in entries])
    columns = np.concatenate([numbers for _, numbers in entries])
    matrix = csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(laid.starts), VOICES))
    matrix.sum_duplicates()
    matrix.data = np.minimum(matrix.data, 2.0)
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix.data /= np.repeat(np.maximum(norms, 1e-6), np.diff(matrix.indptr)).astype(np.float32)
    return matrix
