"""Retrieval: how high the right passages stand, one mode or several side by side."""

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copilot.embedding import Embedding
from copilot.errors import InputError
from copilot.evaluation.rows import read_qrels, read_rows
from copilot.evaluation.significance import compared
from copilot.library import Library
from copilot.retrieval import retrieve
from copilot.retrieval.hybrid import Mode
from copilot.text import normalise

if TYPE_CHECKING:
    from copilot.embedding.reranker import Reranker

MODES: tuple[Mode, ...] = ("lexical", "dense", "hybrid")


def evaluate_retrieval(
    docs: Path,
    queries: Path,
    qrels: Path,
    embedding: Embedding,
    modes: Sequence[Mode] = MODES,
    reranker: "Reranker | None" = None,
) -> dict[str, Any]:
    """Index `docs` once in a temporary library, each one passage, and rank them for `queries` in every mode.

    nDCG@10 as Järvelin & Kekäläinen 2002 with binary gains; MRR@10 is the mean of 1/rank of the first hit.
    The figures are those of the one mode; of several those of hybrid, else of the last one, and then `modes` holds
    the figures of each, with the 95 % interval of its nDCG@10, and `differences` those of every pair.
    `reranker` reads the first passages of mode `hybrid` once more.

    :raises InputError: a file is missing or malformed
    """
    modes = tuple(dict.fromkeys(modes))  # asked for twice is measured once
    relevant = read_qrels(qrels)
    asked = [(str(row["id"]), str(row["text"])) for row in read_rows(queries, "id", "text")]
    asked = [(number, text) for number, text in asked if number in relevant and text.strip()]
    if not asked:
        raise InputError(f"{queries} 里没有一个问题出现在 {qrels} 里", "检查两个文件的编号是否一致。")
    start = time.perf_counter()
    with temporary_library(docs, embedding) as library:
        index_s = time.perf_counter() - start
        count = library.stats().documents
        runs = {mode: _ranked(library, asked, relevant, mode, reranker) for mode in modes}
    totals = [len(relevant[number]) for number, _ in asked]
    ranking = {mode: ranking_figures(gains, totals) for mode, (gains, _) in runs.items()}
    timing = {mode: _timing(took) for mode, (_, took) in runs.items()}
    shown = "hybrid" if "hybrid" in modes else modes[-1]
    size = {"queries": len(asked), "docs": count, "index_s": round(index_s, 2)}
    figures: dict[str, Any] = {**ranking[shown], **size, **timing[shown]}
    if len(modes) > 1:
        ndcg = {str(mode): list(map(_ndcg, gains, totals)) for mode, (gains, _) in runs.items()}
        intervals, figures["differences"] = compared(ndcg)
        figures["modes"] = {mode: {**ranking[mode], "ndcg@10_95": intervals[mode], **timing[mode]} for mode in modes}
    return figures


def _ranked(
    library: Library,
    asked: Sequence[tuple[str, str]],
    relevant: Mapping[str, set[str]],
    mode: Mode,
    reranker: "Reranker | None",
) -> tuple[list[list[int]], list[float]]:
    """Return the gains of each question in rank order, and the milliseconds that each took."""
    gains, took = [], []
    for number, text in asked:
        start = time.perf_counter()
        found = [p.source for p in retrieve(library, text, 10, mode, reranker).passages]
        took.append((time.perf_counter() - start) * 1000)
        gains.append([int(source in relevant[number]) for source in found])
    return gains, took


def _timing(took: Sequence[float]) -> dict[str, float]:
    return {
        "p50_ms": round(statistics.median(took), 2),
        "p95_ms": round(sorted(took)[int(0.95 * (len(took) - 1))], 2),
    }


@contextmanager
def temporary_library(docs: Path, embedding: Embedding) -> Iterator[Library]:
    """Give a library in a temporary folder in which every line `{id, text}` of `docs` is one passage.

    :raises InputError: the file is missing or malformed
    """
    with tempfile.TemporaryDirectory() as home, closing(Library(Path(home), embedding)) as library:
        library.add_texts((str(r["id"]), "", normalise(str(r["text"]))) for r in read_rows(docs, "id", "text"))
        yield library


def ranking_figures(gains: Sequence[Sequence[int]], totals: Sequence[int]) -> dict[str, float]:
    """Return hit@1/5/10, MRR@10 and nDCG@10 for lists of 0/1 gains in rank order; `totals` counts what is relevant."""
    first = [next((rank for rank, gain in enumerate(row[:10]) if gain), None) for row in gains]
    n = len(gains)
    figures = {f"hit@{k}": sum(f is not None and f < k for f in first) / n for k in (1, 5, 10)}
    figures["mrr@10"] = sum(1 / (f + 1) for f in first if f is not None) / n
    figures["ndcg@10"] = sum(_ndcg(row, total) for row, total in zip(gains, totals, strict=True)) / n
    return {name: round(value, 4) for name, value in figures.items()}


def _ndcg(gains: Sequence[int], total: int) -> float:
    found = sum(gain / log2(rank + 2) for rank, gain in enumerate(gains[:10]))
    return found / sum(1 / log2(rank + 2) for rank in range(min(total, 10)))
