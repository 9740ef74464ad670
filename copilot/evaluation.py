"""Figures without a model: retrieval, answers, citations."""

import json
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from copilot.checks.citations import check_citation
from copilot.embedding import Embedding
from copilot.errors import InputError
from copilot.library import Library
from copilot.retrieval import retrieve
from copilot.retrieval.hybrid import Mode
from copilot.text import normalise
from copilot.types import Answer

MODES: tuple[Mode, ...] = ("lexical", "dense", "hybrid")


def evaluate_retrieval(
    docs: Path, queries: Path, qrels: Path, embedding: Embedding, mode: Mode = "hybrid"
) -> dict[str, float]:
    """Index `docs` in a temporary library, each one passage, and rank them for `queries`.

    nDCG@10 as Järvelin & Kekäläinen 2002 with binary gains; MRR@10 is the mean of 1/rank of the first hit.

    :raises InputError: a file is missing or malformed
    """
    relevant = read_qrels(qrels)
    asked = [(str(row["id"]), str(row["text"])) for row in read_rows(queries, "id", "text")]
    asked = [(number, text) for number, text in asked if number in relevant and text.strip()]
    if not asked:
        raise InputError(f"{queries} 里没有一个问题出现在 {qrels} 里", "检查两个文件的编号是否一致。")
    start = time.perf_counter()
    with temporary_library(docs, embedding) as library:
        index_s = time.perf_counter() - start
        count = library.stats().documents
        gains, took = [], []
        for number, text in asked:
            start = time.perf_counter()
            found = [p.source for p in retrieve(library, text, 10, mode).passages]
            took.append((time.perf_counter() - start) * 1000)
            gains.append([int(source in relevant[number]) for source in found])
    totals = [len(relevant[number]) for number, _ in asked]
    return {
        **ranking_figures(gains, totals),
        "queries": len(asked),
        "docs": count,
        "index_s": round(index_s, 2),
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
    from math import log2

    def ndcg(row: Sequence[int], total: int) -> float:
        found = sum(gain / log2(rank + 2) for rank, gain in enumerate(row[:10]))
        return found / sum(1 / log2(rank + 2) for rank in range(min(total, 10)))

    first = [next((rank for rank, gain in enumerate(row[:10]) if gain), None) for row in gains]
    n = len(gains)
    figures = {f"hit@{k}": sum(f is not None and f < k for f in first) / n for k in (1, 5, 10)}
    figures["mrr@10"] = sum(1 / (f + 1) for f in first if f is not None) / n
    figures["ndcg@10"] = sum(ndcg(row, total) for row, total in zip(gains, totals, strict=True)) / n
    return {name: round(value, 4) for name, value in figures.items()}


def evaluate_answers(rows: Iterable[dict[str, Any]], answer: Callable[[str], Answer]) -> dict[str, Any]:
    """Ask every question of `rows` (`{q, must: [regex], answerable}`) and count what the answers hold.

    `facts_held` is the share of regular expressions found, over answerable questions; a refused one holds none.
    """
    questions = facts = held = refused_right = refused_wrong = answered_wrong = 0
    lengths, misses = [], []
    for row in rows:
        questions += 1
        reply = answer(row["q"])
        patterns, expected = row.get("must", []), row.get("answerable", True)
        lost = [p for p in patterns if not (reply.answered and re.search(p, reply.answer))]
        facts += len(patterns)
        held += len(patterns) - len(lost)
        refused_right += not expected and not reply.answered
        refused_wrong += expected and not reply.answered
        answered_wrong += not expected and reply.answered
        if reply.answered:
            lengths.append(sum(len(s.text) for s in reply.sentences))
        if lost or expected != reply.answered:
            misses.append({"q": row["q"], "answerable": expected, "answered": reply.answered, "lost": lost})
    return {
        "questions": questions,
        "facts_held": round(held / facts, 4) if facts else None,
        "refused_right": refused_right,
        "refused_wrong": refused_wrong,
        "answered_wrong": answered_wrong,
        "mean_length": round(statistics.mean(lengths), 1) if lengths else 0.0,
        "misses": misses,
    }


def answer_rows(path: Path, queries: Path | None = None) -> list[dict[str, Any]]:
    """Read a question file: `{q, must, answerable}`, or `{id, answers: [text]}` with the questions in `queries`.

    :raises InputError: a file is missing or malformed
    """
    rows = list(read_rows(path))
    if rows and "answers" in rows[0]:
        rows = list(read_rows(path, "id", "answers"))
        if queries is None:
            raise InputError(f"{path} 只有编号和答案", "用 --queries 指定问题文件，每行 {id, text}。")
        texts = {str(row["id"]): str(row["text"]) for row in read_rows(queries, "id", "text")}
        return [
            {"q": texts[str(row["id"])], "must": ["|".join(re.escape(normalise(a)) for a in row["answers"])]}
            for row in rows
            if str(row["id"]) in texts
        ]
    return [_checked(row, path, number) for number, row in _numbered_rows(path, "q")]


def _checked(row: dict[str, Any], path: Path, number: int) -> dict[str, Any]:
    patterns = row.get("must", [])
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise InputError(f"{path} 第 {number} 行的 must 不是正则的列表", '写成 "must": ["正则", "正则"]。')
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise InputError(f"{path} 第 {number} 行的正则写错了：{error}", "按 Python re 的写法改正。") from error
    return row


def evaluate_citations(path: Path) -> dict[str, Any]:
    """Check every `{statement, quote, label}` and compare with the label; AUC from the score, ties count half.

    :raises InputError: the file is missing or malformed
    """
    from copilot.knowledge import read

    rows = []
    for number, row in _numbered_rows(path, "statement", "quote", "label"):
        if row["label"] not in (0, 1):
            raise InputError(f"{path} 第 {number} 行的 label 不是 0 或 1", "1 表示引文支持，0 表示不支持。")
        rows.append(row)
    if not rows:
        raise InputError(f"{path} 是空的", '每行写成 {"statement": …, "quote": …, "label": 0 或 1}。')
    checks = [check_citation(str(row["statement"]), str(row["quote"])) for row in rows]
    labels = [int(row["label"]) for row in rows]
    said = [int(check.support == "supported") for check in checks]
    misses = [
        {**row, "score": round(check.score, 4), "support": check.support}
        for row, check, label, verdict in zip(rows, checks, labels, said, strict=True)
        if label != verdict
    ]
    return {
        "n": len(rows),
        "accuracy": round(1 - len(misses) / len(rows), 4),
        "auc": round(_auc(labels, [check.score for check in checks]), 4) if 0 < sum(labels) < len(labels) else None,
        "threshold": read("citations")["thresholds"]["supported"],
        "misses": misses,
    }


def _auc(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Return the chance that a positive scores above a negative (Mann–Whitney U / n₁n₂)."""
    from bisect import bisect_left, bisect_right

    negatives = sorted(score for label, score in zip(labels, scores, strict=True) if not label)
    positives = [score for label, score in zip(labels, scores, strict=True) if label]
    wins = sum((bisect_left(negatives, s) + bisect_right(negatives, s)) / 2 for s in positives)
    return wins / (len(positives) * len(negatives))


def read_qrels(path: Path) -> dict[str, set[str]]:
    """Read `query<TAB>document<TAB>relevance`; relevance 0 is left out.

    :raises InputError: the file is missing or malformed
    """
    relevant: dict[str, set[str]] = {}
    for number, line in _lines(path):
        fields = line.split("\t")
        if len(fields) < 2:
            raise InputError(f"{path} 第 {number} 行不是“问题编号<TAB>文档编号<TAB>1”", "用制表符分隔三列。")
        if len(fields) < 3 or fields[2].strip() != "0":
            relevant.setdefault(fields[0], set()).add(fields[1].strip())
    return relevant


def read_rows(path: Path, *keys: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON Lines file that must hold `keys`.

    :raises InputError: the file is missing, or a line is no such object
    """
    return (row for _, row in _numbered_rows(path, *keys))


def _numbered_rows(path: Path, *keys: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in _lines(path):
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path} 第 {number} 行不是 JSON：{error.msg}", "每行写一个 JSON 对象。") from error
        if not isinstance(row, dict):
            raise InputError(f"{path} 第 {number} 行不是 JSON 对象", "每行写一个 JSON 对象。")
        if missing := [key for key in keys if key not in row]:
            raise InputError(f"{path} 第 {number} 行缺少 {'、'.join(missing)}", "补上这些键。")
        yield number, row


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank with their numbers in the file."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield from ((number, line.rstrip("\n")) for number, line in enumerate(file, 1) if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"读不出 {path}：{error}", "检查路径，文件须是 UTF-8。") from error
