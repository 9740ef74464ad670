"""Contrastive training of the token vectors: a text's vector is the mean of its pieces' vectors.

Two kinds of examples make up a batch: pairs (heading → section, question → answer, …) and clozes, a piece
of a passage → that passage, with the piece taken out (which teaches meaning) or left in (which teaches exact
words). Everything else in the batch is a wrong answer; some examples come in runs of neighbours, so that
wrong answers are near ones: neighbours in the documents, or those that the model itself takes for near.
"""

import sys
from dataclasses import dataclass, replace
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
    """Pairs of one kind; `share` of the paired part of a batch, drawn in runs of `block` neighbours."""

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
    """What was tuned. Figures: nDCG@10 on cmrc / support, 200 to 300 steps, differences below .003 are noise."""

    dimension: int = 256
    steps: int = 400  # 300 before the phrasings came in; 500 no better
    batch: int = 2048  # 1,024 with twice the steps: support .593 against .598; 4,096: .595
    rate: float = 0.006  # .004 .776, .01 .746 on cmrc before loose sentences; with them .006 and .012 are alike
    scale: float = 20.0  # 12: support .582; 16: .596, CMRC .794; 40: support .583
    seed: int = 0
    block: int = 16  # neighbours of a passage in the same batch
    cloze: float = 0.2  # share of a batch; .4: .782 / .594
    kept: float = 0.5  # share of clozes whose piece stays in the passage
    loose: float = 0.2  # share of a batch from unconnected sentences, always kept: without it cmrc .745, with .765
    dropped: float = 0.25  # share of a passage's pieces left out in clozes
    longest: int = 160  # pieces of a passage that are read
    # Steps before which hard wrong answers are mined. At 100, 200 and 300 .789 / .594 against .796 / .592 without, at
    # 250 alone .793 / .592 against .791 / .598, for headings alone at 200 and 300 .785 / .594. Neighbours in the
    # documents are hard enough; what the model takes for near is too often right as well: manuals repeat themselves.
    mined: tuple[int, ...] = ()
    smoothing: float = 5e-4  # a of a / (a + p), the length of the first vectors
    questions: tuple[tuple[int, ...], ...] = ()  # question words, put behind half of the clozes


def train(
    pairs: list[PairSet], passages: Passages, loose: Passages, size: int, options: Options
) -> NDArray[np.float32]:
    """Return token vectors, shape `(size, dimension)`; equal input, seed and threads give equal vectors."""
    import torch
    from torch.nn import functional

    device = "cuda" if torch.cuda.is_available() else "cpu"
    rng = np.random.default_rng(options.seed)
    seen = np.bincount(passages.sentences.flat, minlength=size)
    frequency = seen / max(1, seen.sum())
    first = rng.standard_normal((size, options.dimension)) / options.dimension**0.5
    first *= (options.smoothing / (options.smoothing + frequency))[:, None]
    vectors = torch.tensor(first, dtype=torch.float32, device=device, requires_grad=True)
    adam = torch.optim.Adam([vectors], lr=options.rate, betas=(0.9, 0.99), fused=True)
    began = perf_counter()
    given = pairs
    for step in range(options.steps):
        if step in options.mined:
            pairs = [_near_together(p, vectors.detach().cpu().numpy(), options.longest, rng) for p in given]
        for group in adam.param_groups:
            group["lr"] = options.rate * min(1.0, (step + 1) / 20) * (1 - step / options.steps)
        sides = _batch(pairs, passages, loose, options, rng)
        same = torch.from_numpy(_same(sides[0]) | _same(sides[1])).fill_diagonal_(False).to(device)
        left, right = (
            functional.normalize(
                functional.embedding_bag(
                    torch.from_numpy(side.flat).to(device), vectors, torch.from_numpy(side.ends[:-1]).to(device)
                )
            )
            for side in sides
        )
        # Cross entropy both ways from one exp; exponents are at most 0, so nothing overflows.
        odds = ((left @ right.T - 1) * options.scale).exp().masked_fill(same, 0.0)
        answer = ((left * right).sum(1) - 1) * options.scale
        loss = ((odds.sum(0).log() + odds.sum(1).log()) / 2 - answer).mean()
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        if step % 50 == 49 or step + 1 == options.steps:
            took = perf_counter() - began
            sys.stderr.write(f"step {step + 1}/{options.steps} loss {loss.item():.3f} ({took:.0f} s)\n")
    trained: NDArray[np.float32] = vectors.detach().cpu().numpy()
    return trained


def _batch(
    pairs: list[PairSet], passages: Passages, loose: Passages, options: Options, rng: np.random.Generator
) -> tuple[Ragged, Ragged]:
    """Return the left and right sides of about `options.batch` examples, none of them empty."""
    parts = [_clozes(passages, int(options.batch * options.cloze), options, rng)]
    if len(loose.ends) > 1:
        parts.append(_clozes(loose, int(options.batch * options.loose), replace(options, kept=1.0), rng))
    room = options.batch * (1 - options.cloze - options.loose) / max(1e-9, sum(p.share for p in pairs))
    for p in pairs:
        chosen = _runs(len(p.left), round(room * p.share), p.block, rng)
        parts.append((_rows(p.left, chosen, options.longest), _rows(p.right, chosen, options.longest)))
    left, right = _join([a for a, _ in parts]), _join([b for _, b in parts])
    full = np.flatnonzero((np.diff(left.ends) > 0) & (np.diff(right.ends) > 0))
    return _rows(left, full, options.longest), _rows(right, full, options.longest)


def _runs(size: int, count: int, block: int, rng: np.random.Generator) -> Ints:
    """Return about `count` row numbers, in runs of `block` neighbours."""
    starts = rng.integers(0, max(1, size - block + 1), max(1, count // block))
    return np.unique((starts[:, None] + np.arange(min(block, size))).ravel())


def _near_together(pairs: PairSet, vectors: NDArray[np.float32], longest: int, rng: np.random.Generator) -> PairSet:
    """Return the pairs in an order in which neighbours are near: hard wrong answers for each other.

    Right sides are grouped by the nearest of random others, a group for four runs; order within a group is random.
    """
    if pairs.block == 1:
        return pairs
    from scipy.sparse import csr_array

    right = _rows(pairs.right, np.arange(len(pairs.right)), longest)
    counts = csr_array((np.ones(len(right.flat), np.float32), right.flat, right.ends), (len(right), len(vectors)))
    texts = counts @ vectors
    texts /= np.maximum(np.linalg.norm(texts, axis=1, keepdims=True), 1e-9)
    middles = texts[rng.choice(len(texts), max(1, len(texts) // (4 * pairs.block)), replace=False)]
    group = np.concatenate([np.argmax(texts[i : i + 4096] @ middles.T, axis=1) for i in range(0, len(texts), 4096)])
    order = np.lexsort((rng.random(len(texts)), group))
    every = max(int(np.diff(side.ends).max(initial=0)) for side in (pairs.left, pairs.right))
    return replace(pairs, left=_rows(pairs.left, order, every), right=_rows(pairs.right, order, every))


def _clozes(passages: Passages, count: int, options: Options, rng: np.random.Generator) -> tuple[Ragged, Ragged]:
    """Return pieces of sentences, and the passages that they are from."""
    sentences, borders = passages.sentences, passages.ends
    chosen = _runs(len(borders) - 1, count, options.block, rng)
    first, last = borders[chosen], borders[chosen + 1]
    pick = np.minimum(first + (rng.random(len(chosen)) * (last - first)).astype(np.int64), len(sentences) - 1)
    stays = (rng.random(len(chosen)) < options.kept) | (last - first < 2)
    start, end = sentences.ends[pick], sentences.ends[pick + 1]
    length = np.minimum(end - start, np.where(stays, rng.integers(3, 16, len(chosen)), 24))
    offset = start + (rng.random(len(chosen)) * (end - start - length + 1)).astype(np.int64)
    owner, at = _spread(offset, offset + length)
    thin = ~stays[owner] | (length[owner] < 6) | (rng.random(len(owner)) < 0.75)
    owner, tokens = owner[thin], sentences.flat[at[thin]]
    if options.questions:
        asked = np.flatnonzero(rng.random(len(chosen)) < 0.5)
        words = [options.questions[i] for i in rng.integers(0, len(options.questions), len(asked))]
        owner = np.concatenate([owner, np.repeat(asked, [len(word) for word in words])])
        tokens = np.concatenate([tokens, np.array([token for word in words for token in word], dtype=np.int64)])
    left = _ragged(owner, tokens, len(chosen))
    begin, stop = sentences.ends[first], sentences.ends[last]
    owner, at = _spread(begin, np.minimum(stop, begin + options.longest + 40))
    rest = (stays[owner] | (at < start[owner]) | (at >= end[owner])) & (rng.random(len(at)) >= options.dropped)
    return left, _ragged(owner[rest], sentences.flat[at[rest]], len(chosen))


def _spread(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Return, for many spans, which span each position is from and the position."""
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


def _join(parts: list[Ragged]) -> Ragged:
    lengths = np.concatenate([np.diff(part.ends) for part in parts])
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Ragged(np.concatenate([part.flat for part in parts]), ends)


def _same(rows: Ragged) -> NDArray[np.bool_]:
    """Tell which rows are equal, so that an equal text is never a wrong answer."""
    texts = [rows.flat[a:b].tobytes() for a, b in zip(rows.ends[:-1], rows.ends[1:], strict=True)]
    number: dict[bytes, int] = {}
    keys = np.array([number.setdefault(text, len(number)) for text in texts])
    same: NDArray[np.bool_] = keys[:, None] == keys[None]
    return same
