"""Train the topic model: is this a question that a handbook of operations methods may answer?

    python -m copilot.training.topic

Yes: how people ask for its sections, its headings, the glossary's names. No: `outside.txt`, questions about other
subjects, and about what no book of methods holds (a company's figures, a tool's menus, today's prices). Three small
networks over the built-in embedding of the question, their mean written as one; AUC on the development questions
.940, a linear model .900. It is trained again whenever the embedding is.
"""

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.embedding import load_embedding
from copilot.glossary import glossary, phrasings
from copilot.paths import shipped
from copilot.retrieval.query import content_words
from copilot.tasks.topic import PATH
from copilot.training.sources import handbook_sections

HIDDEN = 64
NETWORKS = 3
EPOCHS = 40
PENALTY = 0.01


def examples() -> tuple[list[str], list[str]]:
    """Return the questions inside and outside."""
    sections = handbook_sections(shipped("corpus"))
    inside = [line for source, path, _ in sections for line in phrasings(source, path).splitlines()]
    inside += [path.rpartition(" › ")[2] for _, path, _ in sections]
    inside += [name for term in glossary() for name in term.names]
    outside = (Path(__file__).parent / "outside.txt").read_text("utf-8").splitlines()
    return inside, [line for line in outside if line and not line.startswith("#")]


def vectors(questions: list[str]) -> NDArray[np.float32]:
    """Return the built-in embedding of questions without their asking words, shape `(len(questions), dimension)`."""
    return load_embedding().queries([content_words(question) for question in questions])


def train(inside: NDArray[np.float32], outside: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Return `first` and `first_bias`, `second` and `second_bias` of the joined networks.

    The few outside count as often as the many inside.
    """
    from sklearn.neural_network import MLPClassifier

    again = max(1, round(len(inside) / len(outside) * 0.7))
    x = np.concatenate([inside, *[outside] * again])
    y = np.repeat([1, 0], [len(inside), len(outside) * again])
    layers = []
    for seed in range(NETWORKS):
        network = MLPClassifier((HIDDEN,), alpha=PENALTY, max_iter=EPOCHS, learning_rate_init=0.003, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that 40 epochs are not all it could do; more is no better
            network.fit(x, y)
        layers.append((network.coefs_, network.intercepts_))
    return {
        "first": np.concatenate([weights[0] for weights, _ in layers], axis=1),
        "first_bias": np.concatenate([biases[0] for _, biases in layers]),
        "second": np.concatenate([weights[1][:, 0] for weights, _ in layers]) / NETWORKS,
        "second_bias": np.mean([biases[1][0] for _, biases in layers]),
    }


def main() -> int:
    """Train and write `copilot/tasks/topic.npz`."""
    inside, outside = examples()
    layers = train(vectors(inside), vectors(outside))
    numbers: dict[str, Any] = {name: np.asarray(values, dtype=np.float16) for name, values in layers.items()}
    np.savez(PATH, embedding=np.array(load_embedding().fingerprint), **numbers)
    sys.stderr.write(f"{len(inside)} questions inside, {len(outside)} outside → {PATH.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
