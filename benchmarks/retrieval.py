"""Choose the weights of hybrid retrieval, with lexical and dense as baselines in the same run.

    python benchmarks/retrieval.py --data DIR [DIR …] [--every 1]    # each holds docs.jsonl, queries.jsonl, qrels.tsv

Prints nDCG@10 and hit@1 for each collection and setting. `--every 3` takes every third question.
"""

import argparse
import itertools
from pathlib import Path

from copilot.embedding import load_embedding
from copilot.evaluation import ranking_figures, read_qrels, read_rows, temporary_library
from copilot.knowledge import read
from copilot.library import Library
from copilot.retrieval import retrieve
from copilot.retrieval.hybrid import Mode

GRID = {"dense_weight": (0.1, 0.2, 0.3, 0.4), "soft_weight": (0.0, 0.2, 0.4)}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    weights = read("retrieval")
    for folder in given.data:
        relevant = read_qrels(folder / "qrels.tsv")
        rows = [r for r in read_rows(folder / "queries.jsonl", "id", "text") if r["id"] in relevant][:: given.every]
        with temporary_library(folder / "docs.jsonl", load_embedding()) as library:
            for mode in ("lexical", "dense"):
                print(folder.name, mode, *figures(library, rows, relevant, mode), flush=True)
            for values in itertools.product(*GRID.values()):
                weights.update(zip(GRID, values, strict=True))
                print(folder.name, dict(zip(GRID, values, strict=True)), *figures(library, rows, relevant, "hybrid"))


def figures(library: Library, rows: list[dict[str, str]], relevant: dict[str, set[str]], mode: Mode) -> list[float]:
    """Return nDCG@10 and hit@1 over the questions."""
    gains = [
        [int(p.source in relevant[row["id"]]) for p in retrieve(library, row["text"], 10, mode).passages]
        for row in rows
    ]
    found = ranking_figures(gains, [len(relevant[row["id"]]) for row in rows])
    return [found["ndcg@10"], found["hit@1"]]


if __name__ == "__main__":
    main()
