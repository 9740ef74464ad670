"""Hybrid retrieval: lexical and dense candidates, min–max fusion, soft match, near-duplicates collapsed."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from copilot.errors import InputError
from copilot.glossary import DOCUMENT, findable
from copilot.knowledge import read
from copilot.library import Library, Snapshot
from copilot.paths import HANDBOOK, in_handbook
from copilot.retrieval.concepts import Concept, concepts, widening
from copilot.retrieval.query import weighted_terms
from copilot.retrieval.soft import soft_match
from copilot.text import fold, normalise
from copilot.types import Passage, SearchResult

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Mode = Literal["hybrid", "lexical", "dense"]
_MET = 3  # lexical hits that show whether the question's own words are met
Rows = Mapping[int, tuple[str, str, str, str, str, int, int, str]]  # as Snapshot.passages gives them


@dataclass(frozen=True, slots=True)
class Evidence:
    """What retrieval found: passages, best first, and how rare each term of the question is here (IDF).

    `cosine` is the dense similarity of the question and each passage, `context` the header row of the table
    that a passage continues, else ''. `concepts` are the glossary's terms that the question is about.
    """

    passages: tuple[Passage, ...]
    idf: dict[str, float]
    cosine: tuple[float, ...] = ()
    context: tuple[str, ...] = ()
    concepts: tuple[Concept, ...] = ()


def search(library: Library, query: str, k: int = 10, mode: Mode = "hybrid") -> SearchResult:
    """Return the `k` best passages for a query, with timings.

    :raises InputError: the query is empty, `k` is not positive
    """
    start = time.perf_counter()
    evidence = retrieve(library, query, k, mode)
    took = round((time.perf_counter() - start) * 1000, 2)
    return SearchResult(query, evidence.passages, {"retrieve": took})


def retrieve(library: Library, query: str, k: int = 10, mode: Mode = "hybrid") -> Evidence:
    """Return the `k` best passages with the IDF of the query's terms; equal scores keep the order of chunk ids.

    :raises InputError: the query is empty, `k` is not positive
    """
    query = normalise(query)  # a lone surrogate from a broken terminal is no text for a tokenizer
    if not query.strip():
        raise InputError("没有要查的内容", '在引号里写上问题，例如 ops-copilot ask "怎么召回流失用户"。')
    if k < 1:
        raise InputError(f"条数 {k} 不是正数", "用 -k 10 这样的写法。")
    return library.read(lambda snapshot: _retrieve(library, snapshot, query, k, mode))


def _retrieve(library: Library, snapshot: Snapshot, query: str, k: int, mode: Mode) -> Evidence:
    weights = read("retrieval")
    found = tuple(concepts(query)) if mode == "hybrid" else ()
    own = weighted_terms(query)
    weighted = own + widening(found, {term for term, _ in own})
    idf = {term: _idf(snapshot.chunks, snapshot.document_frequency(term)) for term, _ in weighted}
    depth = max(k, int(weights["candidates"]))
    cosines: dict[int, float] = {}
    if mode == "lexical":
        ranked = snapshot.lexical(weighted, depth, weights["fields"])
    elif mode == "dense":
        ranked = _nearest(snapshot, _vector(library, query), depth)
    else:
        importance = {term: weight * idf[term] for term, weight in own}
        ranked, cosines = _fused(library, snapshot, query, weighted, depth, importance)
    wanted = max(2 * k, int(weights["rerank"]))  # twice k: some will be near-duplicates
    rows = snapshot.passages([number for number, _ in (ranked if found else ranked[:wanted])])
    ranked = (_pointed_at(ranked, rows, found) if found else ranked)[:wanted]
    passages = [
        Passage(0, score, doc_id, source, title, section, text, start, end)
        for number, score in ranked
        for doc_id, source, title, section, text, start, end, _ in [rows[number]]
    ]
    numbers = {(rows[number][0], rows[number][5]): number for number, _ in ranked}
    if mode == "hybrid":
        passages = _reranked(passages, weighted, idf)
    numbered = _numbered(passages, k, float(weights["duplicate"]))
    ids = [numbers[p.doc_id, p.start] for p in numbered]
    context = tuple(rows[i][7] for i in ids)
    return Evidence(numbered, idf, tuple(cosines.get(i, 0.0) for i in ids), context, found)


def _pointed_at(ranked: list[tuple[int, float]], rows: Rows, found: Sequence[Concept]) -> list[tuple[int, float]]:
    """Raise the sections of the handbook that explain what the question is about, less the rest of their articles."""
    rules = read("retrieval")["glossary"]
    raised: dict[tuple[str, str], float] = {}
    for place in (see for c in found for see in (f"{DOCUMENT}#{c.term.term}", *c.term.see)):
        article, _, heading = place.partition("#")
        raised[article, ""] = max(raised.get((article, ""), 0.0), float(rules["article"]))
        raised[article, heading] = float(rules["section"])

    def bonus(number: int) -> float:
        _, source, _, section, *_ = rows[number]
        article, heading = source.removeprefix(f"{HANDBOOK}/"), section.rpartition(" › ")[2]
        return max(raised.get((article, heading), 0.0), raised.get((article, ""), 0.0))

    return sorted(((number, score + bonus(number)) for number, score in ranked), key=lambda hit: (-hit[1], hit[0]))


def _fused(
    library: Library,
    snapshot: Snapshot,
    query: str,
    weighted: list[tuple[str, float]],
    depth: int,
    importance: Mapping[str, float],
) -> tuple[list[tuple[int, float]], dict[int, float]]:
    """Fuse both lists over min–max scores; return them best first, and the cosine of every candidate.

    A dense score is exact for every candidate, whichever list found it.
    """
    import numpy as np

    weights = read("retrieval")
    vector = _vector(library, query)
    lexical = dict(snapshot.lexical(weighted, depth, weights["fields"]))
    ids = sorted(lexical.keys() | dict(_nearest(snapshot, vector, depth)).keys())
    if not ids:
        return [], {}
    bm25 = np.array([lexical.get(number, 0.0) for number in ids])
    cosine = snapshot.vectors_of(ids) @ vector
    unmet = max(0.0, float(weights["met"]) - _met(snapshot, lexical, importance))
    share = float(weights["dense_weight"]) + float(weights["dense_unmet"]) * unmet
    fused = (1 - share) * _min_max(bm25) + share * _min_max(cosine.astype(np.float64))
    ranked = sorted(zip(ids, fused.tolist(), strict=True), key=lambda hit: (-hit[1], hit[0]))
    return ranked, dict(zip(ids, cosine.tolist(), strict=True))


def _met(snapshot: Snapshot, lexical: Mapping[int, float], importance: Mapping[str, float]) -> float:
    """Return how much of the question, in 0…1, the best lexical hits say in its own words."""
    best = sorted(lexical, key=lambda number: (-lexical[number], number))[:_MET]
    rows = snapshot.passages(best).values()
    return max((soft_match(importance, f"{row[3]}\n{row[4]}") for row in rows), default=0.0)


def _nearest(snapshot: Snapshot, vector: "NDArray[np.float32]", depth: int) -> list[tuple[int, float]]:
    """Return the nearest chunks; a query without a known word has no direction and is near nothing."""
    return snapshot.dense(vector, depth) if vector.any() else []


def _reranked(passages: list[Passage], weighted: list[tuple[str, float]], idf: dict[str, float]) -> list[Passage]:
    weights = read("retrieval")
    first = passages[: int(weights["rerank"])]
    importance = {term: weight * idf[term] for term, weight in weighted}
    soft = [soft_match(importance, findable(p)) for p in first]
    low, high = min(soft, default=0.0), max(soft, default=0.0)
    share, own = float(weights["soft_weight"]), float(weights["own"])
    scored = [
        (0.0 if in_handbook(p.source) else own)
        + (p.score + share * ((s - low) / (high - low) if high > low else 0.0)) / (1 + share)
        for p, s in zip(first, soft, strict=True)
    ]
    order = sorted(range(len(first)), key=lambda i: (-scored[i], i))
    rest = [_with(p, 0, p.score / (1 + share)) for p in passages[len(first) :]]
    return [_with(first[i], 0, scored[i]) for i in order] + rest


def _numbered(passages: Sequence[Passage], k: int, duplicate: float) -> tuple[Passage, ...]:
    """Number the first `k` passages that are not nearly the same as a better one."""
    kept: list[Passage] = []
    seen: list[set[tuple[str, str]]] = []
    for passage in passages:
        if len(kept) == k:
            break
        folded = fold(passage.text)
        pairs = set(pairwise(folded))
        if any(len(pairs & other) >= duplicate * len(pairs | other) for other in seen):
            continue
        seen.append(pairs)
        kept.append(_with(passage, len(kept) + 1, round(passage.score, 4)))
    return tuple(kept)


def _with(p: Passage, rank: int, score: float) -> Passage:
    return Passage(rank, score, p.doc_id, p.source, p.title, p.section, p.text, p.start, p.end)


def _vector(library: Library, query: str) -> "NDArray[np.float32]":
    vector: NDArray[np.float32] = library.embedding.queries([query])[0]
    return vector


def _idf(chunks: int, frequency: int) -> float:
    """Return BM25's inverse document frequency (Robertson & Zaragoza 2009, the non-negative form)."""
    return math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5))


def _min_max(scores: "NDArray[np.float64]") -> "NDArray[np.float64]":
    low, high = scores.min(), scores.max()
    spread: NDArray[np.float64] = (scores - low) / (high - low) if high > low else scores * 0
    return spread
