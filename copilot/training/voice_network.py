"""Train the small network that reads a voice (`copilot/writers/rules/voice/network.py`) on labelled voices."""

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.diagnosis import KINDS
from copilot.embedding import builtin
from copilot.training.voices import Labelled, gold_labels
from copilot.writers.rules.voice.features import lay_out
from copilot.writers.rules.voice.models import LABELS
from copilot.writers.rules.voice.network import DILATIONS, WIDTH, characters, extras

CHANNELS = 128
LETTER = 48  # dimensions of a character
PIECE = 112  # dimensions that the embedding of a piece is brought down to
EPOCHS = 12
BATCH = 48
RATE = 2.5e-3
DROP = 0.35
UNKNOWN = 0.15  # share of characters hidden in training


def train_network(voices: list[Labelled], seed: int = 0, epochs: int = EPOCHS) -> dict[str, NDArray[Any]]:
    """Return the weights as numpy arrays, convolutions as `(width, in, out)`, products as `(in, out)`."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    laid = lay_out([voice.text for voice in voices])
    seen = Counter(laid.codes.tolist())
    known = np.array(sorted(code for code, count in seen.items() if count > 1 and code), np.int64)
    pieces = torch.from_numpy(np.maximum(laid.pieces - 1, 0))
    letters, beside = torch.from_numpy(characters(laid, known)), torch.from_numpy(extras(laid))
    vectors = torch.from_numpy(builtin().of_pieces(np.arange(builtin().size)))

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.proj = nn.Linear(vectors.shape[1], PIECE)
            self.C = nn.Embedding(len(known) + 2, LETTER)
            self.first = nn.Conv1d(PIECE + LETTER + beside.shape[1], CHANNELS, WIDTH, padding=WIDTH // 2)
            self.n0 = nn.LayerNorm(CHANNELS)
            self.convs = nn.ModuleList(
                nn.Conv1d(CHANNELS, CHANNELS, WIDTH, padding=WIDTH // 2 * d, dilation=d) for d in DILATIONS
            )
            self.norms = nn.ModuleList(nn.LayerNorm(CHANNELS) for _ in DILATIONS)
            self.pool, self.out = nn.Linear(2 * CHANNELS, CHANNELS), nn.Linear(CHANNELS, LABELS)
            self.kind, self.right = nn.Linear(2 * CHANNELS, len(KINDS)), nn.Linear(2 * CHANNELS, 1)
            self.drop = nn.Dropout(DROP)

        def forward(self, p: Any, c: Any, x: Any, mask: Any) -> Any:
            c = c.masked_fill(torch.rand(c.shape) < UNKNOWN, 1)
            m = mask[..., None]
            z = self.drop(torch.cat([self.proj(vectors[p]), self.C(c), x], 2) * m)
            z = self.n0(torch.relu(self.first(z.transpose(1, 2)).transpose(1, 2))) * m
            for conv, norm in zip(self.convs, self.norms, strict=True):
                z = norm(z + self.drop(torch.relu(conv(self.drop(z).transpose(1, 2)).transpose(1, 2)))) * m
            pooled = torch.cat([(z * m).sum(1) / m.sum(1).clamp(min=1), (z - 1e4 * (1 - m)).amax(1)], 1)
            z = z + torch.relu(self.pool(self.drop(pooled)))[:, None]
            pooled = self.drop(pooled)
            return self.out(self.drop(z)), self.kind(pooled), self.right(pooled)[:, 0]

    network = Network()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-2)
    total = epochs * (len(voices) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=total)
    starts, lengths = laid.starts, laid.lengths
    kinds = torch.tensor([KINDS.index(voice.kind) for voice in voices])
    asked = [v.spans is not None and v.kind == "request" for v in voices]
    right = torch.tensor([float(bool(v.labels.get("self"))) if a else -1.0 for v, a in zip(voices, asked, strict=True)])
    gold = [torch.from_numpy(gold_labels(v)) if v.spans is not None else None for v in voices]
    for _ in range(epochs):
        # Voices of like length together, in another order each time.
        order = sorted(range(len(voices)), key=lambda i: lengths[i] // 12 + 3 * rng.random())
        batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        rng.shuffle(batches)
        for batch in batches:
            width = max(1, int(lengths[batch].max()))
            places = torch.from_numpy(np.minimum(starts[batch][:, None] + np.arange(width), len(laid.codes) - 1))
            mask = torch.from_numpy((np.arange(width) < lengths[batch][:, None]).astype(np.float32))
            target = torch.full((len(batch), width), -100)
            for row, number in enumerate(batch):
                if (labels := gold[number]) is not None:
                    target[row, : len(labels)] = labels
            slots, kind, fit = network(pieces[places], letters[places], beside[places], mask)
            loss = 0.6 * functional.cross_entropy(kind, kinds[batch], label_smoothing=0.05)
            if (target >= 0).any():
                loss = loss + functional.cross_entropy(slots.reshape(-1, LABELS), target.reshape(-1), ignore_index=-100)
            told = right[batch] >= 0
            if told.any():
                loss = loss + 0.2 * functional.binary_cross_entropy_with_logits(fit[told], right[batch][told])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    return {"known": known, **_arrays(network.state_dict())}


def _arrays(state: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """Return torch's tables the way numpy multiplies them."""
    out = {}
    for name, tensor in state.items():
        values = tensor.numpy()
        if values.ndim == 3:
            values = values.transpose(2, 1, 0)
        elif values.ndim == 2 and name != "C.weight":
            values = values.T
        out[name] = np.ascontiguousarray(values).astype(np.float16)
    return out
