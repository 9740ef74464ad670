"""Choose the weights of hybrid retrieval: every weight at several values, the others as shipped.

    python -m benchmarks.retrieval --data DIR [DIR …] [--every 1] [--embedding NAME]

Each DIR holds docs.jsonl, queries.jsonl, qrels.tsv; `--every 3` takes every third question. The handbook's development
questions come on top, in lay words and not; a passage is right when it holds every expected wording. What both indexes
find is looked up once and then scored with all settings. Prints nDCG@10 by setting and collection, for the handbook
also hit@5, and lexical and dense alone as baselines; near-duplicates are not collapsed here.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.embedding import Embedding, load_embedding
from copilot.evaluation import ranking_figures, read_qrels, read_rows, temporary_library
from copilot.handbook import load_handbook
from copilot.knowledge import read
from copilot.library import Library, Snapshot
from copilot.retrieval.concepts import concepts, widening
from copilot.retrieval.hybrid import Candidates, Rows, candidates, fused, raised
from copilot.retrieval.query import weighted_pieces, weighted_terms

DEV = Path(__file__).parent / "questions_dev.jsonl"
GRID = {
    "dense_weight": (0.0, 0.1, 0.2, 0.3, 0.4),
    "dense_unmet": (0.0, 0.5, 1.0, 2.0),
    "met": (0.5, 0.6, 0.7, 0.8, 0.9),
    "soft_whole": (0.0, 0.1, 0.2, 0.3, 0.5),
    "soft_window": (0.0, 0.1, 0.2, 0.3, 0.5),
    "glossary": (0.0, 0.5, 1.0, 1.5),  # times what the terms of the glossary add
}
Right = Callable[[Rows, int], bool]  # whether a chunk is a right one


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what both indexes found for it."""

    found: Candidates
    bonus: NDArray[np.float64]  # what the glossary's terms add to each candidate
    gains: NDArray[np.bool_]
    total: int  # right passages, found or not


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--embedding", default="builtin")
    given = parser.parse_args()
    embedding = load_embedding(given.embedding)
    sets = {folder.name: collection(folder, given.every, embedding) for folder in given.data}
    sets |= {f"handbook, {name}": handbook(name == "lay", embedding) for name in ("lay", "plain")}
    shipped = {name: float(read("retrieval")[name]) for name in GRID if name != "glossary"} | {"glossary": 1.0}
    print("setting".ljust(24), *(name.rjust(16) for name in sets))
    alone = {"dense_weight": 0.0, "dense_unmet": 0.0, "soft_whole": 0.0, "soft_window": 0.0}
    show("lexical terms alone", sets, shipped | alone | {"glossary": 0.0})
    show("dense alone", sets, shipped | alone | {"dense_weight": 1.0, "glossary": 0.0})
    show("as shipped", sets, shipped)
    for name, values in GRID.items():
        for value in values:
            if value != shipped[name]:
                show(f"{name} {value}", sets, shipped | {name: value})


def show(label: str, sets: Mapping[str, list[Case]], weights: Mapping[str, float]) -> None:
    """Print one line."""
    print(label.ljust(24), *(figure(cases, weights, "handbook" in name).rjust(16) for name, cases in sets.items()))


def figure(cases: list[Case], weights: Mapping[str, float], hits: bool) -> str:
    """Return nDCG@10, and hit@5 where it is wanted."""
    gains = []
    for case in cases:
        order = np.argsort(-(fused(case.found, weights) + weights["glossary"] * case.bonus), kind="stable")[:10]
        gains.append(case.gains[order].astype(int).tolist())
    found = ranking_figures(gains, [case.total for case in cases])
    return f"{found['ndcg@10']:.4f}" + (f" {found['hit@5']:.3f}" if hits else "")


def collection(folder: Path, every: int, embedding: Embedding) -> list[Case]:
    """Return the questions of a folder on its documents."""
    relevant = read_qrels(folder / "qrels.tsv")
    rows = [row for row in read_rows(folder / "queries.jsonl", "id", "text") if row["id"] in relevant][::every]
    with temporary_library(folder / "docs.jsonl", embedding) as library:
        asked = [
            (row["text"], lambda rows, i, wanted=relevant[row["id"]]: rows[i][1] in wanted, len(relevant[row["id"]]))
            for row in rows
        ]
        return looked_up(library, asked)


def handbook(lay: bool, embedding: Embedding) -> list[Case]:
    """Return the handbook's development questions, those in lay words or the others."""
    rows = [json.loads(line) for line in DEV.read_text(encoding="utf-8").splitlines()]

    def holds(rows: Rows, number: int, must: list[str]) -> bool:
        return all(re.search(pattern, f"{rows[number][3]}\n{rows[number][4]}") for pattern in must)

    asked = [
        (row["q"], lambda rows, i, must=row["must"]: holds(rows, i, must), 0)
        for row in rows
        if row["answerable"] and row["lay"] == lay
    ]
    with tempfile.TemporaryDirectory() as home:
        library = Library(Path(home), embedding)
        load_handbook(library, True)
        cases = looked_up(library, asked)
        library.close()
    return cases


def looked_up(library: Library, asked: list[tuple[str, Any, int]]) -> list[Case]:
    """Return a case for each question; a total of 0 stands for as many as were found, at least one."""
    depth = int(read("retrieval")["candidates"])

    def work(snapshot: Snapshot) -> list[Case]:
        cases = []
        for question, right, total in asked:
            concepts_found = concepts(question)
            own = weighted_terms(question)
            weighted = own + widening(concepts_found, {term for term, _ in own})
            found = candidates(library, snapshot, question, weighted, weighted_pieces(question), depth)
            if found is None:
                continue
            rows = snapshot.passages(found.ids)
            bonus = dict(raised([(number, 0.0) for number in found.ids], rows, concepts_found))
            gains = np.array([right(rows, number) for number in found.ids])
            cases.append(Case(found, np.array([bonus[i] for i in found.ids]), gains, total or max(1, int(gains.sum()))))
        return cases

    return library.read(work)


if __name__ == "__main__":
    main()
