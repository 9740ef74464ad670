"""Measure an embedding alone: nDCG@10 and hit@5 by cosine, and the speed of the reader.

    python -m benchmarks.embedding --data ../shared/data/retrieval
    python -m benchmarks.embedding --data ../shared/data/retrieval --model FOLDER --handbook --card

A set is a folder with docs.jsonl and queries.jsonl ({id, text}) and qrels.tsv (query, document, grade).
`--handbook` adds the handbook's questions, in lay words and not; a passage counts when it holds every expected wording.
`--card` writes the figures into the model's README.md.
"""

import argparse
import json
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.chunking import chunk_text
from copilot.embedding.static import StaticEmbedding
from copilot.text import normalise

ROOT = Path(__file__).parent.parent
Set = tuple[list[str], list[str], list[set[int]]]  # passages, questions, right passages of each question


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_set(folder: Path) -> Set:
    """Return the set in `folder`; questions without a right passage are left out."""
    documents = rows_of(folder / "docs.jsonl")
    place = {row["id"]: i for i, row in enumerate(documents)}
    right: dict[str, set[int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, document, grade = line.split()[:3]
        if int(grade) > 0:
            right.setdefault(query, set()).add(place[document])
    queries = [row for row in rows_of(folder / "queries.jsonl") if row["id"] in right]
    return [d["text"] for d in documents], [q["text"] for q in queries], [right[q["id"]] for q in queries]


def handbook_set(lay: bool) -> Set:
    """Return the handbook's chunks and its questions, those in lay words or the others."""
    passages = []
    for path in sorted((ROOT / "corpus").rglob("*.md")):
        text = normalise(path.read_text(encoding="utf-8"))
        for chunk in chunk_text(text):
            passages.append(f"{chunk.section}\n{text[chunk.start : chunk.end]}")
    queries, right = [], []
    for row in rows_of(ROOT / "benchmarks/questions_dev.jsonl"):
        if not row["answerable"] or row["lay"] != lay:
            continue
        found = {i for i, text in enumerate(passages) if all(re.search(pattern, text) for pattern in row["must"])}
        if found:
            queries.append(row["q"])
            right.append(found)
    return passages, queries, right


def measure(scores: NDArray[np.float32], right: list[set[int]]) -> tuple[float, float]:
    """Return nDCG@10 and hit@5; ties go to the earlier passage."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    ndcg = hit = 0.0
    for row, wanted in zip(best.tolist(), right, strict=True):
        gain = sum(1 / np.log2(k + 2) for k, i in enumerate(row) if i in wanted)
        ndcg += gain / sum(1 / np.log2(k + 2) for k in range(min(10, len(wanted))))
        hit += any(i in wanted for i in row[:5])
    return ndcg / len(right), hit / len(right)


def main() -> None:
    """Print a line a set, and the speed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=ROOT / "copilot/embedding/builtin")
    parser.add_argument("--handbook", action="store_true")
    parser.add_argument("--card", action="store_true")
    arguments = parser.parse_args()
    began = time.perf_counter()
    model = StaticEmbedding(arguments.model)
    print(f"{model.fingerprint}  loaded in {time.perf_counter() - began:.3f} s")
    sets = {path.parent.name: read_set(path.parent) for path in sorted(arguments.data.glob("*/qrels.tsv"))}
    if arguments.handbook:
        sets |= {"handbook, lay": handbook_set(True), "handbook, other": handbook_set(False)}
    table = ["| set | questions | passages | nDCG@10 | hit@5 |", "|---|---|---|---|---|"]
    for name, (passages, queries, right) in sets.items():
        ndcg, hit = measure(model.queries(queries) @ model.documents(passages).T, right)
        table.append(f"| {name} | {len(queries):,} | {len(passages):,} | {ndcg:.3f} | {hit:.3f} |")
        print(f"{name:18} nDCG@10 {ndcg:.4f}  hit@5 {hit:.3f}  ({len(queries)} questions, {len(passages)} passages)")
    if arguments.card:
        card = arguments.model / "README.md"
        before, command, rest = re.split(r"(<!-- python.*-->\n)", card.read_text(encoding="utf-8"))
        after = rest[rest.index("<!-- -->") :]
        card.write_text("\n".join([before + command.strip(), *table, after]), encoding="utf-8")
    texts = [text[:300] for passages, _, _ in sets.values() for text in passages if len(text) >= 200] * 4
    characters = sum(map(len, texts))
    best = 0.0
    for _ in range(3):
        began = time.perf_counter()
        model.documents(texts)
        best = max(best, characters / 300 / (time.perf_counter() - began))
    print(f"{best:.0f} passages of 300 characters a second (best of 3)")


if __name__ == "__main__":
    main()
