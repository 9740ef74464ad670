"""Hybrid retrieval: lexical and dense candidates, fused with their soft match, near-duplicates collapsed."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from copilot.embedding import builtin
from copilot.errors import InputError
from copilot.glossary import DOCUMENT
from copilot.knowledge import read
from copilot.library import Library, Snapshot
from copilot.paths import HANDBOOK, in_handbook
from copilot.retrieval.concepts import Concept, concepts, widening
from copilot.retrieval.query import by_field, weighted_pieces, weighted_terms
from copilot.retrieval.soft import soft_match
from copilot.text import fold, normalise
from copilot.types import Passage, SearchResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from copilot.embedding.reranker import Reranker

Mode = Literal["hybrid", "lexical", "dense"]
_MET = 3  # lexical hits that show whether the question's own words are met
_LEARNED = 5  # nearest passages that show whether the embedding has learned how people ask for them
Rows = Mapping[int, tuple[str, str, str, str, str, int, int, str]]  # as Snapshot.passages gives them


@dataclass(frozen=True, slots=True)
class Evidence:
    """What retrieval found: passages, best first, and how rare each term of the question is here (IDF).

    `cosine` is the nearness of the question and each passage by the built-in embedding, `context` the header row of
    the table that a passage continues, else ''. `concepts` are the glossary's terms that the question is about.
    """

    passages: tuple[Passage, ...]
    idf: dict[str, float]
    cosine: tuple[float, ...] = ()
    context: tuple[str, ...] = ()
    concepts: tuple[Concept, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """What both indexes found for a question, by chunk id: measures of shape `(len(ids),)`.

    BM25 (0 where only the vectors found it), the cosine, the soft match of the whole passage and its best window, and
    whether it is known how people ask for the passage.
    """

    ids: list[int]
    bm25: "NDArray[np.float64]"
    cosine: "NDArray[np.float64]"
    whole: "NDArray[np.float64]"
    window: "NDArray[np.float64]"
    asked: "NDArray[np.bool_]"


def search(
    library: Library, query: str, k: int = 10, mode: Mode = "hybrid", reranker: "Reranker | None" = None
) -> SearchResult:
    """Return the `k` best passages for a query, with timings.

    :raises InputError: the query is empty, `k` is not positive
    """
    start = time.perf_counter()
    evidence = retrieve(library, query, k, mode, reranker)
    took = round((time.perf_counter() - start) * 1000, 2)
    return SearchResult(query, evidence.passages, {"retrieve": took})


def retrieve(
    library: Library, query: str, k: int = 10, mode: Mode = "hybrid", reranker: "Reranker | None" = None
) -> Evidence:
    """Return the `k` best passages with the IDF of the query's terms; equal scores keep the order of chunk ids.

    `reranker` reads the first passages of mode `hybrid` once more; the other modes do without.

    :raises InputError: the query is empty, `k` is not positive
    """
    query = normalise(query)  # a lone surrogate from a broken terminal is no text for a tokenizer
    if not query.strip():
        raise InputError("没有要查的内容", '在引号里写上问题，例如 ops-copilot ask "怎么召回流失用户"。')
    if k < 1:
        raise InputError(f"条数 {k} 不是正数", "用 -k 10 这样的写法。")
    return library.read(lambda snapshot: _retrieve(library, snapshot, query, k, mode, reranker))


def _retrieve(
    library: Library, snapshot: Snapshot, query: str, k: int, mode: Mode, reranker: "Reranker | None"
) -> Evidence:
    weights = read("retrieval")
    found = tuple(concepts(query)) if mode == "hybrid" else ()
    own, pieces = weighted_terms(query), weighted_pieces(query)
    weighted = own + widening(found, {term for term, _ in own})
    idf = {term: _idf(snapshot.chunks, snapshot.document_frequency(term)) for term, _ in weighted}
    depth = max(k, int(weights["candidates"]))
    wanted = 2 * k  # some will be near-duplicates
    both = candidates(library, snapshot, query, weighted, pieces, depth) if mode == "hybrid" else None
    if mode == "lexical":
        ranked = snapshot.lexical(by_field(weighted, pieces, text_alone=True), depth)[:wanted]
    elif mode == "dense":
        ranked = _nearest(snapshot, _vector(library, query), depth)[:wanted]
    else:
        ranked = _best_first(both.ids, fused(both, weights).tolist()) if both else []
    rows = snapshot.passages([number for number, _ in ranked])
    if mode == "hybrid":
        ranked = raised(ranked, rows, found)
    passages = {
        number: Passage(0, score, doc_id, source, title, section, text, start, end)
        for number, score in ranked[:wanted]
        for doc_id, source, title, section, text, start, end, _ in [rows[number]]
    }
    if mode == "hybrid" and reranker:
        passages = _judged(reranker, query, passages)
    kept = _distinct(passages, k, float(weights["duplicate"]))
    cosines = _cosines(library, snapshot, query, both, kept) if both else ()
    numbered = tuple(_with(passages[i], rank, round(passages[i].score, 4)) for rank, i in enumerate(kept, 1))
    return Evidence(numbered, idf, cosines, tuple(rows[i][7] for i in kept), found)


def candidates(
    library: Library,
    snapshot: Snapshot,
    query: str,
    weighted: Sequence[tuple[str, float]],
    pieces: Mapping[int, float],
    depth: int,
) -> Candidates | None:
    """Return what both indexes find, or nothing; a dense score is exact for every candidate, whichever found it."""
    vector = _vector(library, query)
    lexical = dict(snapshot.lexical(by_field(weighted, pieces), depth))
    ids = sorted(lexical.keys() | dict(_nearest(snapshot, vector, depth)).keys())
    if not ids:
        return None
    bm25 = np.array([lexical.get(number, 0.0) for number in ids])
    vectors, numbers, asked = snapshot.encoded(ids)
    cosine = (vectors @ vector).astype(np.float64)
    rarity = {n: w * _idf(snapshot.chunks, snapshot.document_frequency(str(n), "pieces")) for n, w in pieces.items()}
    whole, window = soft_match(rarity, numbers)
    return Candidates(ids, bm25, cosine, whole, window, asked)


def fused(found: Candidates, weights: Mapping[str, float]) -> "NDArray[np.float64]":
    """Return the fused score of each candidate, in 0…1; every measure is min–max scaled within the question.

    The dense score counts more, the less of the question the best lexical hits say, among passages whose askers the
    embedding has learned from; elsewhere words that are not met are no better met by vectors.
    """
    said = float(found.whole[np.argsort(-found.bm25, kind="stable")[:_MET]].max())
    learned = float(found.asked[np.argsort(-found.cosine, kind="stable")[:_LEARNED]].mean())
    share = min(1.0, weights["dense_weight"] + weights["dense_unmet"] * learned * max(0.0, weights["met"] - said))
    score = (1 - share) * _min_max(found.bm25) + share * _min_max(found.cosine)
    score += weights["soft_whole"] * _min_max(found.whole) + weights["soft_window"] * _min_max(found.window)
    return score / (1 + weights["soft_whole"] + weights["soft_window"])


def _nearest(snapshot: Snapshot, vector: "NDArray[np.float32]", depth: int) -> list[tuple[int, float]]:
    """Return the nearest chunks; a query without a known word has no direction and is near nothing."""
    return snapshot.dense(vector, depth) if vector.any() else []


def raised(ranked: list[tuple[int, float]], rows: Rows, found: Sequence[Concept]) -> list[tuple[int, float]]:
    """Raise the user's own documents, and what the handbook says of the question's terms."""
    rules = read("retrieval")
    own, glossary = float(rules["own"]), rules["glossary"]
    raised: dict[tuple[str, str], float] = {}
    for place in (see for c in found for see in (f"{DOCUMENT}#{c.term.term}", *c.term.see)):
        article, _, heading = place.partition("#")
        raised[article, ""] = max(raised.get((article, ""), 0.0), float(glossary["article"]))
        raised[article, heading] = float(glossary["section"])

    def bonus(number: int) -> float:
        _, source, _, section, *_ = rows[number]
        if not in_handbook(source):
            return own
        article, heading = source.removeprefix(f"{HANDBOOK}/"), section.rpartition(" › ")[2]
        return max(raised.get((article, heading), 0.0), raised.get((article, ""), 0.0))

    return _best_first([number for number, _ in ranked], [score + bonus(number) for number, score in ranked])


def _best_first(ids: Sequence[int], scores: Sequence[float]) -> list[tuple[int, float]]:
    return sorted(zip(ids, scores, strict=True), key=lambda hit: (-hit[1], hit[0]))


def _judged(reranker: "Reranker", query: str, passages: dict[int, Passage]) -> dict[int, Passage]:
    """Put the first passages in the order of a cross-encoder, most of the score its own; the rest stay behind them."""
    rules = read("retrieval")
    count, weight = int(rules["reranker"]["passages"]), float(rules["reranker"]["weight"])
    first, rest = list(passages.items())[:count], list(passages.items())[count:]
    if not first:
        return passages
    judged = _min_max(reranker.scores(query, [f"{p.section}\n{p.text}" for _, p in first]).astype("float64")).tolist()
    own = [0.0 if in_handbook(p.source) else float(rules["own"]) for _, p in first]
    scored = [
        (number, _with(p, 0, bonus + (1 - weight) * (p.score - bonus) + weight * j))
        for (number, p), j, bonus in zip(first, judged, own, strict=True)
    ]
    scored.sort(key=lambda item: (-item[1].score, item[0]))
    lowest = scored[-1][1].score
    scale = min(1.0, lowest / rest[0][1].score) if rest and rest[0][1].score > 0 else 1.0  # none above the last judged
    return dict(scored) | {number: _with(p, 0, p.score * scale) for number, p in rest}


def _distinct(passages: Mapping[int, Passage], k: int, duplicate: float) -> list[int]:
    """Return the ids of the first `k` passages that are not nearly the same as a better one."""
    kept: list[int] = []
    seen: list[set[tuple[str, str]]] = []
    for number, passage in passages.items():
        if len(kept) == k:
            break
        pairs = set(pairwise(fold(passage.text)))
        if any(len(pairs & other) >= duplicate * len(pairs | other) for other in seen):
            continue
        seen.append(pairs)
        kept.append(number)
    return kept


def _cosines(
    library: Library, snapshot: Snapshot, query: str, found: Candidates, ids: Sequence[int]
) -> tuple[float, ...]:
    """Return how near the question and passages are by the built-in embedding: refusal is fitted to its numbers."""
    model = builtin()
    if library.embedding.fingerprint == model.fingerprint:
        known = dict(zip(found.ids, found.cosine.tolist(), strict=True))
        return tuple(known[number] for number in ids)
    vector = model.queries([query])[0]
    return tuple(float(model.mean_of(numbers) @ vector) for numbers in snapshot.encoded(ids)[1])


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
