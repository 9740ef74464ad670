"""Contrastive training of the token vectors: a text's vector is the mean of its pieces' vectors.

Two kinds of examples make up a batch: pairs (heading → section, question → answer, …) and clozes, a piece
of a passage → that passage, with the piece taken out (which teaches meaning) or left in (which teaches exact
words). Everything else in the batch is a wrong answer; examples come in blocks of neighbours from the same page,
so that wrong answers are near ones.
"""

import sys
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Many rows of token ids: row i is `flat[ends[i]:ends[i + 1]]`."""

    flat: Ints
    ends: Ints

    def __len__(self) -> int:
        return len(self.ends) - 1


@dataclass(frozen=True, slots=True)
class PairSet:
    """Pairs of one kind; `share` of a batch is drawn from it, in runs of `block` neighbours."""

    left: Ragged
    right: Ragged
    share: float
    block: int


@dataclass(frozen=True, slots=True)
class Passages:
    """Sentences in reading order; passage i is the sentences `ends[i]:ends[i + 1]`."""

    sentences: Ragged
    ends: Ints


@dataclass(frozen=True, slots=True)
class Options:
    """What was tuned; the comment says what decided."""

    dimension: int = 256
    steps: int = 300
    batch: int = 1024
    rate: float = 0.01
    scale: float = 20.0
    seed: int = 0
    block: int = 8  # neighbours of a passage in the same batch
    kept: float = 0.5  # share of clozes whose piece stays in the passage
    cloze: float = 0.5  # share of a batch
    longest: int = 160  # pieces of a passage that are read
    smoothing: float = 1e-3  # a of a / (a + p), the length of the first vectors
    questions: list[list[int]] = field(default_factory=list)  # question words that are put behind some clozes
    lone: float = 0.0
    drop: float = 0.0
    pdrop: float = 0.0
    forward: float = 0.5


def train(pairs: list[PairSet], passages: Passages, loose: Passages, size: int, options: Options) -> NDArray[np.float32]:
    """Return token vectors, shape `(size, dimension)`; equal input and seed give equal vectors on one machine."""
    import torch
    from torch.nn import functional

    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    seen = np.bincount(passages.sentences.flat, minlength=size)
    frequency = seen / max(1, seen.sum())
    first = rng.standard_normal((size, options.dimension)) / options.dimension**0.5
    first *= (options.smoothing / (options.smoothing + frequency))[:, None]
    vectors = torch.tensor(first, dtype=torch.float32, requires_grad=True)
    adam = torch.optim.Adam([vectors], lr=options.rate, betas=(0.9, 0.99), fused=True)
    began = perf_counter()
    for step in range(options.steps):
        for group in adam.param_groups:
            group["lr"] = options.rate * min(1.0, (step + 1) / 20) * (1 - step / options.steps)
        left, right = _batch(pairs, passages, loose, options, rng)
        same = torch.from_numpy(_same(left) | _same(right)).fill_diagonal_(False)
        bags = [
            functional.normalize(
                functional.embedding_bag(torch.from_numpy(side.flat), vectors, torch.from_numpy(side.ends[:-1]), mode="mean")
            )
            for side in (left, right)
        ]
        # Cross entropy both ways from one exp: scores are at most `scale`, so nothing overflows.
        odds = ((bags[0] @ bags[1].T - 1) * options.scale).exp().masked_fill(same, 0.0)
        right_one = ((bags[0] * bags[1]).sum(1) - 1) * options.scale
        loss = (odds.sum(0).log() * (1 - options.forward) + odds.sum(1).log() * options.forward - right_one).mean()
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        if step % 50 == 49 or step + 1 == options.steps:
            print(f"step {step + 1}/{options.steps} loss {loss.item():.3f} {perf_counter() - began:.0f} s", file=sys.stderr)
    return vectors.detach().numpy()


def _batch(
    pairs: list[PairSet], passages: Passages, loose: Passages, options: Options, rng: np.random.Generator
) -> tuple[Ragged, Ragged]:
    parts = [_clozes(passages, int(options.batch * options.cloze), options, rng)]
    parts.append(_clozes(loose, int(options.batch * options.lone), replace(options, kept=1.0), rng))
    total = sum(p.share for p in pairs)
    for p in pairs:
        count = round(options.batch * (1 - options.cloze - options.lone) * p.share / total)
        chosen = _blocks(len(p.left), count, p.block, rng)
        parts.append((_rows(p.left, chosen, options.longest), _thin(_rows(p.right, chosen, options.longest + 40), options.pdrop, rng)))
    left, right = _join([a for a, _ in parts]), _join([b for _, b in parts])
    full = np.flatnonzero((np.diff(left.ends) > 0) & (np.diff(right.ends) > 0))
    return _rows(left, full, options.longest), _rows(right, full, options.longest)


def _blocks(size: int, count: int, block: int, rng: np.random.Generator) -> Ints:
    """Return about `count` row numbers in runs of `block` neighbours."""
    starts = rng.integers(0, max(1, size - block + 1), max(1, count // block))
    return np.unique((starts[:, None] + np.arange(min(block, size))).ravel())


def _clozes(passages: Passages, count: int, options: Options, rng: np.random.Generator) -> tuple[Ragged, Ragged]:
    """Return pieces of sentences, and the passages that they are from."""
    sentences, borders = passages.sentences, passages.ends
    chosen = _blocks(len(borders) - 1, count, options.block, rng)
    first, last = borders[chosen], borders[chosen + 1]
    pick = first + (rng.random(len(chosen)) * (last - first)).astype(np.int64)
    stays = (rng.random(len(chosen)) < options.kept) | (last - first < 2)
    start, end = sentences.ends[pick], sentences.ends[pick + 1]
    length = np.where(stays, np.minimum(end - start, rng.integers(3, 16, len(chosen))), np.minimum(end - start, 24))
    offset = start + (rng.random(len(chosen)) * (end - start - length + 1)).astype(np.int64)
    owner, at = _spread(offset, offset + length)
    thin = ~stays[owner] | (length[owner] < 6) | (rng.random(len(owner)) < 0.75)
    owner, tokens = owner[thin], sentences.flat[at[thin]]
    if options.questions:
        asked = np.flatnonzero(rng.random(len(chosen)) < 0.5)
        extra = [(i, token) for i, q in zip(asked, rng.integers(0, len(options.questions), len(asked)), strict=True) for token in options.questions[q]]
        owner = np.concatenate([owner, [i for i, _ in extra]]).astype(np.int64)
        tokens = np.concatenate([tokens, [token for _, token in extra]])
    left = _ragged(owner, tokens, len(chosen))
    begin, stop = sentences.ends[first], sentences.ends[last]
    owner, at = _spread(begin, np.minimum(stop, begin + options.longest + 40))
    rest = stays[owner] | (at < start[owner]) | (at >= end[owner])
    if options.drop:
        rest &= rng.random(len(at)) >= options.drop
    return left, _ragged(owner[rest], sentences.flat[at[rest]], len(chosen))


def _spread(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Return every position of many spans, and which span it is from."""
    lengths = np.maximum(ends - starts, 0)
    owner = np.repeat(np.arange(len(starts)), lengths)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + starts[owner]


def _ragged(owner: Ints, tokens: Ints, count: int) -> Ragged:
    order = np.argsort(owner, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int64)
    return Ragged(tokens[order].astype(np.int64), ends)


def _rows(rows: Ragged, chosen: Ints, longest: int) -> Ragged:
    start = rows.ends[chosen]
    owner, at = _spread(start, np.minimum(rows.ends[chosen + 1], start + longest))
    return _ragged(owner, rows.flat[at], len(chosen))


def _thin(rows: Ragged, share: float, rng: np.random.Generator) -> Ragged:
    """Leave out a share of the pieces of every row with more than eight."""
    if not share:
        return rows
    lengths = np.diff(rows.ends)
    owner = np.repeat(np.arange(len(rows)), lengths)
    keep = (rng.random(len(owner)) >= share) | (lengths[owner] <= 8)
    return _ragged(owner[keep], rows.flat[keep], len(rows))


def _join(parts: list[Ragged]) -> Ragged:
    lengths = np.concatenate([np.diff(part.ends) for part in parts])
    return Ragged(np.concatenate([part.flat for part in parts]), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


def _same(rows: Ragged) -> NDArray[np.bool_]:
    """Tell which rows are equal, so that an equal text is never a wrong answer."""
    keys = np.array([hash(rows.flat[a:b].tobytes()) for a, b in zip(rows.ends[:-1], rows.ends[1:], strict=True)])
    return keys[:, None] == keys[None]
