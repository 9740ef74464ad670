"""Train the two small models that read a voice: its slots and its kind. Two minutes on two cores.

    python -m copilot.training.voice             train on all labelled voices and write the model
    python -m copilot.training.voice --folds 5   cross-validated figures alone

The labelled voices stand in `voices/`, written by the project. scikit-learn fits linear models over hashed features;
weights are written as 8-bit numbers and applied by numpy.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.diagnosis import KINDS, SLOTS
from copilot.embedding import builtin
from copilot.training.voice_network import train_network
from copilot.training.voices import Labelled, gold_labels, labelled
from copilot.writers.rules.voice import features, models, network
from copilot.writers.rules.voice.features import CHARACTERS, VOICES, character_features, lay_out, sparse, voice_features
from copilot.writers.rules.voice.models import LABELS, PATH, TABLES, judge, marks_of

GROUPS = 200  # clusters of pieces
SLOT_C = 1.0  # inverse of the penalty
KIND_C = 40.0
RIGHT_C = 3.0
BEGIN, GO_ON = -0.7, 0.7
SEED = 7


def piece_clusters() -> None:
    """Write which of `GROUPS` clusters each piece of the vocabulary belongs to, by the built-in embedding."""
    from sklearn.cluster import MiniBatchKMeans

    embedding = builtin()
    vectors = embedding.of_pieces(np.arange(embedding.size))
    fitted = MiniBatchKMeans(GROUPS, random_state=SEED, n_init=3, batch_size=4096).fit(vectors)
    np.save(features.CLUSTERS, fitted.labels_.astype(np.uint8))


def train(voices: list[Labelled]) -> dict[str, Any]:
    """Return the arrays of `model.npz` for labelled voices."""
    from sklearn.linear_model import LogisticRegression

    marked = [voice for voice in voices if voice.spans is not None]
    laid = lay_out([voice.text for voice in marked])
    gold = [gold_labels(voice) for voice in marked]
    inside = np.concatenate([np.arange(a, a + n) for a, n in zip(laid.starts, laid.lengths, strict=True)])
    x = sparse(character_features(laid)[inside], CHARACTERS)
    y = np.concatenate(gold)
    slots = LogisticRegression(C=SLOT_C, max_iter=60, tol=1e-3).fit(x, y)
    weights = np.zeros((CHARACTERS, LABELS), np.float32)
    bias = np.full(LABELS, -20.0, np.float32)
    weights[:, slots.classes_] = slots.coef_.T
    bias[slots.classes_] = slots.intercept_
    kinds = _train_kinds(voices)
    right = _train_right(marked, gold)
    return {"slots": weights, "slots_bias": bias, "transitions": _transitions(), **kinds, **right}


def _train_kinds(voices: list[Labelled]) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    laid = lay_out([voice.text for voice in voices])
    x = voice_features(laid, np.zeros(len(laid.codes), np.int64))
    y = np.array([KINDS.index(voice.kind) for voice in voices])
    model = LogisticRegression(C=KIND_C, max_iter=400, class_weight="balanced").fit(x, y)
    weights = np.zeros((VOICES, len(KINDS)), np.float32)
    weights[:, model.classes_] = model.coef_.T
    bias = np.full(len(KINDS), -20.0, np.float32)
    bias[model.classes_] = model.intercept_
    return {"kinds": weights, "kinds_bias": bias}


def _train_right(marked: list[Labelled], gold: list[NDArray[np.int64]]) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    chosen = [number for number, voice in enumerate(marked) if voice.kind in ("request", "complaint")]
    laid = lay_out([marked[number].text for number in chosen])
    x = voice_features(laid, marks_of(laid, [gold[number] for number in chosen]))
    y = np.array([bool(marked[number].labels.get("self")) for number in chosen])
    model = LogisticRegression(C=RIGHT_C, max_iter=400, class_weight="balanced").fit(x, y)
    return {"right": model.coef_.T.astype(np.float32), "right_bias": model.intercept_.astype(np.float32)}


def _transitions() -> NDArray[np.float32]:
    """Return what one label behind another adds to its score; the last row is the beginning of a voice.

    A span goes on only behind its own beginning. The numbers were chosen by cross-validation: spans a little longer
    and fewer than the characters by themselves would have it.
    """
    table = np.full((LABELS + 1, LABELS), BEGIN)
    for before in range(LABELS + 1):
        for after in range(LABELS):
            goes_on = after and after % 2 == 0
            if goes_on:
                table[before, after] = GO_ON if before in (after - 1, after) else -30.0
            elif before == after == 0:
                table[before, after] = 0.0
    return table.astype(np.float32)


def packed(numbers: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays with both tables of weights as 8-bit numbers and their scales."""
    out = dict(numbers)
    for name in TABLES:
        scale = float(np.abs(numbers[name]).max()) / 127
        out[name] = np.round(numbers[name] / scale).astype(np.int8)
        out[f"{name}_scale"] = np.float32(scale)
    return out


def figures(folds: int) -> dict[str, Any]:
    """Return macro-F1 of kinds and span F1 of slots, each voice judged by a model that has not seen it."""
    voices = labelled()
    order = np.random.default_rng(SEED).permutation(len(voices))
    pairs: list[tuple[Labelled, models.Judged]] = []
    for fold in range(folds):
        held = set(order[fold::folds].tolist())
        training = [voice for number, voice in enumerate(voices) if number not in held]
        _write(training)
        test = [voices[number] for number in sorted(held)]
        pairs += zip(test, judge([voice.text for voice in test]), strict=True)
    return measured(pairs)


def measured(pairs: list[tuple[Labelled, models.Judged]]) -> dict[str, Any]:
    """Return the figures of voices and what was made of them."""
    out: dict[str, Any] = {}
    for name, chosen in (
        ("marked", [p for p in pairs if p[0].spans is not None]),
        *((s, [p for p in pairs if p[0].labels.get("set") == s]) for s in ("civic", "review", "short", "english")),
    ):
        if chosen:
            told = [(voice.kind, KINDS[int(np.argmax(judged.kinds))]) for voice, judged in chosen]
            out[name] = {"n": len(chosen), **_kind_figures(told)}
    asked = [(bool(v.labels.get("self")), j.right) for v, j in pairs if v.kind == "request" and v.spans is not None]
    out["right"] = _right_figures(asked)
    out["slots"] = _slot_figures([(v, j) for v, j in pairs if v.spans is not None])
    return out


def _kind_figures(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    scores = {}
    for kind in KINDS:
        right = sum(a == b == kind for a, b in pairs)
        said = sum(b == kind for _, b in pairs)
        there = sum(a == kind for a, _ in pairs)
        if there:
            scores[kind] = round(2 * right / (said + there), 3)
    confused = Counter((a, b) for a, b in pairs if a != b).most_common(8)
    return {"macro_f1": round(sum(scores.values()) / len(scores), 3), "f1": scores, "confused": confused}


def _right_figures(pairs: list[tuple[bool, float]]) -> dict[str, Any]:
    """AUC, and for some thresholds the share of the right requests found and of the others taken for right."""
    from sklearn.metrics import roc_auc_score

    right, others = np.array([b for a, b in pairs if a]), np.array([b for a, b in pairs if not a])
    shares = {t: (round(float((right >= t).mean()), 2), round(float((others >= t).mean()), 2)) for t in (0.4, 0.5, 0.6)}
    return {"auc": round(float(roc_auc_score([a for a, _ in pairs], [b for _, b in pairs])), 3), "shares": shares}


def _slot_figures(pairs: list[tuple[Labelled, models.Judged]]) -> dict[str, Any]:
    """Precision, recall and F1 by characters: each voice's spans of a slot as one set of characters."""
    out = {}
    for slot in SLOTS:
        right = said = there = 0
        for voice, judged in pairs:
            gold = {i for s, a, b in voice.spans or () if s == slot for i in range(a, b)}
            found = {i for f in judged.spans if f.slot == slot for i in range(f.start, f.end)}
            right, said, there = right + len(gold & found), said + len(found), there + len(gold)
        shares = {"f1": 2 * right / max(1, said + there), "p": right / max(1, said), "r": right / max(1, there)}
        out[slot] = {name: round(share, 3) for name, share in shares.items()}
    return out


def main() -> int:
    """Train and write `copilot/writers/rules/voice/model.npz`, or print cross-validated figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--clusters", action="store_true", help="cluster the pieces anew, after a new embedding")
    arguments = parser.parse_args()
    if arguments.clusters or not features.CLUSTERS.exists():
        piece_clusters()
    if arguments.folds:
        for name, values in figures(arguments.folds).items():
            sys.stdout.write(f"{name}: {values}\n")
    voices = labelled()
    _write(voices)
    sizes = sum(path.stat().st_size for path in (PATH, *network.PATHS))
    sys.stderr.write(f"{len(voices)} voices → {sizes:,} bytes\n")
    return 0


def _write(voices: list[Labelled]) -> None:
    """Train both models and put them where they are read from."""
    np.savez_compressed(PATH, **packed(train(voices)))
    for seed, path in enumerate(network.PATHS):
        np.savez_compressed(path, **train_network(voices, seed))  # type: ignore[arg-type]
    models._numbers.cache_clear()
    network._weights.cache_clear()


if __name__ == "__main__":
    raise SystemExit(main())
