"""Fit and measure the sentence model of the rule writer.

    python benchmarks/answers.py --data DIR     # DIR holds docs.jsonl, queries.jsonl, answers.jsonl

Fits on even questions, measures on odd ones and the other way round, then prints the weights fitted on all.
A unit is positive when it holds one of the answer strings. Baseline in the same run: sentences by term
coverage alone up to 120 characters.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from copilot.embedding import load_embedding
from copilot.knowledge import read
from copilot.library import Library
from copilot.retrieval import retrieve
from copilot.writers.rules.answers import choose
from copilot.writers.rules.question import Question, read_question
from copilot.writers.rules.scoring import features
from copilot.writers.rules.units import Unit, all_units

Case = tuple[Question, list[Unit], list[dict[str, float]], list[str]]  # question, units, their features, answer strings


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    cases = collect(folder)
    for held_out in (0, 1):
        fit([c for i, c in enumerate(cases) if i % 2 != held_out])
        test = [c for i, c in enumerate(cases) if i % 2 == held_out]
        for gain in (0.0006, 0.0007, 0.0008):
            for share in (0.0, 0.1, 0.2, 0.3):
                print("held out", held_out, "gain", gain, "share", share, *measure(test, gain, share))
        print("baseline", *baseline(test, 120))
    print("weights fitted on all:", json.dumps(fit(cases)))


def collect(folder: Path) -> list[Case]:
    """Retrieve once for every question: `(question, units, features, answer strings)`."""
    docs = [json.loads(line) for line in (folder / "docs.jsonl").open(encoding="utf-8")]
    answers = {}
    for line in (folder / "answers.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        answers[row["id"]] = row["answers"]
    cases = []
    with tempfile.TemporaryDirectory() as home:
        library = Library(Path(home), load_embedding())
        library.add_texts((d["id"], "", d["text"]) for d in docs)
        for line in (folder / "queries.jsonl").open(encoding="utf-8"):
            row = json.loads(line)
            evidence = retrieve(library, row["text"], int(read("answers")["limits"]["passages"]))
            question = read_question(row["text"])
            units = all_units(evidence.passages)
            cases.append((question, units, features(question, evidence, units), answers[row["id"]]))
    return cases


def fit(cases: list[Case]) -> dict[str, object]:
    """Fit the logistic model; leaves it in the loaded data so that `choose` uses it."""
    names = list(cases[0][2][0])
    x = np.array([[row[n] for n in names] for _, _, rows, _ in cases for row in rows])
    y = np.array([any(a in u.plain for a in answers) for _, units, _, answers in cases for u in units])
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=1000).fit((x - mean) / scale, y)
    weights = model.coef_[0] / scale
    stored = read("answers")["sentence_model"]
    stored["weights"] = {n: round(float(w), 3) for n, w in zip(names, weights, strict=True)}
    stored["bias"] = round(float(model.intercept_[0] - (weights * mean).sum()), 3)
    return dict(stored)


def measure(cases: list[Case], gain: float, share: float) -> tuple[float, float]:
    """Return the share of answers that hold the answer string, and their mean length."""
    model = read("answers")["sentence_model"]
    hits, lengths = [], []
    for _, units, rows, answers in cases:
        z = np.array([model["bias"] + sum(model["weights"][n] * r[n] for n in r) for r in rows])
        chosen = choose(units, (1 / (1 + np.exp(-z))).tolist(), gain, 400, share)
        text = "".join(units[i].plain for i in chosen)
        hits.append(any(a in text for a in answers))
        lengths.append(len(text))
    return round(float(np.mean(hits)), 4), round(float(np.mean(lengths)), 1)


def baseline(cases: list[Case], budget: int) -> tuple[float, float]:
    """Return the same for sentences taken by term coverage alone."""
    hits, lengths = [], []
    for _, units, rows, answers in cases:
        text = ""
        for i in sorted(range(len(units)), key=lambda i: -rows[i]["own"]):
            if not text or len(text) + len(units[i].plain) <= budget:
                text += units[i].plain
        hits.append(any(a in text for a in answers))
        lengths.append(len(text))
    return round(float(np.mean(hits)), 4), round(float(np.mean(lengths)), 1)


if __name__ == "__main__":
    main()
