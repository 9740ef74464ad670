"""Fit and measure the decision "does the library answer this?".

    python benchmarks/refusal.py --data DIR --outside DIR2    # each holds docs.jsonl, queries.jsonl, qrels.tsv

Answerable: the answerable half of questions_dev.jsonl on the handbook, and questions of DIR on its documents.
Unanswerable: the other half, and questions of DIR2 asked on the documents of DIR. Figures by 10-fold
cross-validation over questions; the golden set is never read. Baseline in the same run: one measure alone.
"""

import argparse
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from copilot.embedding import load_embedding
from copilot.evaluation import read_rows, temporary_library
from copilot.handbook import load_handbook
from copilot.library import Library
from copilot.retrieval import retrieve
from copilot.tasks.answerable import measures

Numbers = NDArray[Any]
DEV = Path(__file__).parent / "questions_dev.jsonl"
FOUND = 8  # passages, as in tasks/ask.py
OTHERS = 200  # questions of DIR


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--outside", type=Path, required=True)
    given = parser.parse_args()
    cases = handbook_cases() + other_cases(given.data, given.outside)
    names = list(cases[0][1])
    x = np.array([[row[n] for n in names] for _, row, _ in cases])
    y = np.array([label for _, _, label in cases])
    kinds = np.array([kind for kind, _, _ in cases])
    weight = np.where(kinds == "other", 0.25, 1.0)
    scores = np.zeros(len(y))
    for train, test in StratifiedKFold(10, shuffle=True, random_state=0).split(x, y):
        scores[test] = _fit(x[train], y[train], weight[train]).predict_proba(x[test])[:, 1]
    for name, values in (("all measures", scores), ("whole alone", x[:, names.index("whole")])):
        print(name)
        report(values, y, kinds)
    model = _fit(x, y, weight)
    print("bias", round(float(model.intercept_[0]), 3))
    print("weights", json.dumps(dict(zip(names, model.coef_[0].round(3).tolist(), strict=True))))


def _fit(x: Numbers, y: Numbers, weight: Numbers | None) -> LogisticRegression:
    return LogisticRegression(max_iter=2000, C=1.0).fit(x, y, sample_weight=weight)


def report(scores: Numbers, y: Numbers, kinds: Numbers) -> None:
    """Print, for several thresholds, the share of unanswerable ones answered and of answerable ones refused."""
    for threshold in (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85):
        parts = [f"threshold {threshold:.3f}"]
        for kind in ("plain", "lay", "outside", "other"):
            mask = kinds == kind
            for label, word in ((1, "refused"), (0, "answered")):
                if (mask & (y == label)).any():
                    said = scores[mask & (y == label)] >= threshold
                    share = (~said).mean() if label else said.mean()
                    parts.append(f"{kind} {word} {share:.2f}")
        print("  " + " · ".join(parts))


def handbook_cases() -> list[tuple[str, dict[str, float], int]]:
    """Measure the development questions on the handbook."""
    cases = []
    with tempfile.TemporaryDirectory() as home:
        library = Library(Path(home), load_embedding())
        load_handbook(library, wanted=None)
        for row in read_rows(DEV):
            kind = ("lay" if row.get("lay") else "plain") if row["answerable"] else "outside"
            cases.append((kind, measures(row["q"], retrieve(library, row["q"], FOUND)), int(row["answerable"])))
    return cases


def other_cases(folder: Path, outside: Path) -> list[tuple[str, dict[str, float], int]]:
    """Measure questions of another domain on its documents, and questions of a third domain on the same."""
    cases = []
    with temporary_library(folder / "docs.jsonl", load_embedding()) as library:
        for source, label in ((folder, 1), (outside, 0)):
            rows = list(read_rows(source / "queries.jsonl", "id", "text"))
            for row in random.Random(0).sample(rows, OTHERS):
                cases.append(("other", measures(row["text"], retrieve(library, row["text"], FOUND)), label))
    return cases


if __name__ == "__main__":
    main()
