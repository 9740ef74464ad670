"""Train the topic model: is this a question that a handbook of operations methods may answer?

    python -m copilot.training.topic

Yes: how people ask for its sections, its headings, the glossary's names. No: `outside.txt`, questions about other
subjects, and about what no book of methods holds (a company's figures, a tool's menus, today's prices). A logistic
model over the built-in embedding of the question; it is trained again whenever that embedding is.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copilot.embedding import load_embedding
from copilot.glossary import PATH, glossary, phrasings
from copilot.paths import shipped
from copilot.retrieval.query import content_words
from copilot.training.sources import handbook_sections

STRENGTH = 30.0  # inverse of the penalty


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


def main() -> int:
    """Train and write `knowledge/topic.yaml`."""
    from sklearn.linear_model import LogisticRegression

    inside, outside = examples()
    labels = [1] * len(inside) + [0] * len(outside)
    model = LogisticRegression(max_iter=3000, C=STRENGTH, class_weight="balanced")
    model.fit(vectors(inside + outside), labels)
    numbers = ", ".join(f"{weight:.3f}" for weight in model.coef_[0])
    text = (
        "# Is this a question for a handbook of operations methods? Logistic model over the built-in embedding of the\n"
        f"# question, written by python -m copilot.training.topic from {len(inside)} questions inside and\n"
        f"# {len(outside)} outside; it belongs to this embedding.\n"
        f"embedding: {load_embedding().fingerprint}\nbias: {model.intercept_[0]:.3f}\nweights: [{numbers}]\n"
    )
    (PATH.parent / "topic.yaml").write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
