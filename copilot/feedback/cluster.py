"""Texts → clusters of what they are about. The same for any order of the rows, and on every run.

Two levels. Topics: the graph of each text's nearest others, parted along its thinnest places (spectral clustering, Ng,
Jordan and Weiss 2001); this reached AMI .34 where k-means over TF-IDF reached .10 on benchmarks/feedback_reviews.jsonl.
Wants: average linkage, cut where texts grow less alike than a threshold; many groups of one to five.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from copilot.feedback.space import Views, views_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Level = Literal["wants", "topics"]
_WORDS = 0.5  # weight of equal words beside that of like meaning: .5 to 1 are alike on all sets, 0 is worse on apps
_FEW = 1_000  # texts: fewer are read want by want; of more one wants to see the topics first, then `split` one
_NEIGHBOURS = 15  # 8, 15 and 25 are alike on the sets; fewer part what belongs together
_LINKED = 3_000  # texts that are compared each with each (36 MB); more are parted by topics before
_DRAWN = 12_000  # texts of which topics are made; further ones go to the nearest topic
_UNLIKE = 0.82  # of the largest distance: .75 to .85 give the same ARI on apps and wants
_TRIED = (4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 23, 26, 30)  # numbers of topics
# Of the best modularity, so that a plateau gives the fewer topics. The best one stands at 11 topics for reviews (11 by
# hand), 6 for letters (7) and 10 for the topics of wants (15).
_ENOUGH = 0.985
# Of a set's texts that no other is near to: of letters .68, of wants .29, of reviews .27, of apps .14. Above, the level
# of wants does not fit the data.
_ALONE = 0.5
_LEAST_FOR_TOPICS = 50  # texts
_BLOCK = 512


def find_clusters(
    texts: Sequence[str],
    wanted: Sequence[str] | None = None,
    clusters: int | None = None,
    *,
    level: Level | None = None,
    least: int = 2,
) -> list[int]:
    """Return the cluster of each text from 0, largest first, -1 for what fits nowhere.

    `wanted[i]` are the words of text i that carry what is asked or complained of ("" if unknown). `clusters` is how
    many there shall be; without it they are found: wants among up to 1,000 texts, topics among more, or as `level`
    says. Wants with fewer than `least` texts fit nowhere, as do texts that say nothing.
    """
    import numpy as np

    said = list(zip(texts, wanted if wanted is not None else [""] * len(texts), strict=True))
    distinct = sorted(set(said))
    views = views_of([text for text, _ in distinct], [words for _, words in distinct])
    telling = np.flatnonzero(~views.blank)
    labels = np.full(len(distinct), -1)
    if len(telling):
        labels[telling] = _labels(views.rows(telling), clusters, level)
    of = dict(zip(distinct, labels.tolist(), strict=True))
    return _ordered([of[one] for one in said], 1 if clusters or level == "topics" else least)


def split(texts: Sequence[str], wanted: Sequence[str] | None = None, clusters: int | None = None) -> list[int]:
    """Return finer clusters for the texts of one cluster, numbered as by `find_clusters`; lone texts get -1."""
    return find_clusters(texts, wanted, clusters, level="wants" if clusters is None else None)


def _labels(views: Views, clusters: int | None, level: Level | None) -> "NDArray[np.intp]":
    import numpy as np

    count = len(views.blank)
    if clusters is not None and clusters >= count:
        return np.arange(count)
    if count <= 3 or clusters == 1:
        return np.zeros(count, np.intp)
    coarse = clusters is None and (level == "topics" or (level is None and count > _FEW))
    if coarse or (clusters is not None and count / clusters >= _NEIGHBOURS):
        return _topics(views, clusters)
    if count <= _LINKED:
        labels = _wants(views, clusters)
        alone = int((np.bincount(labels) == 1).sum())
        if clusters is None and level is None and count >= _LEAST_FOR_TOPICS and alone > _ALONE * count:
            return _topics(views, None)  # long letters: no two want quite the same
        return labels
    parts = _topics(views, -(-count // (_LINKED // 3)))
    labels = np.zeros(count, np.intp)
    for part in np.unique(parts):
        members = np.flatnonzero(parts == part)
        share = None if clusters is None else max(1, round(clusters * len(members) / count))
        inner = _labels(views.rows(members), share, "wants") if len(members) < count else np.arange(count)
        labels[members] = inner + labels.max() + 1
    return labels


# Wants


def _wants(views: Views, clusters: int | None) -> "NDArray[np.intp]":
    """Return groups by average linkage, cut at the threshold or into `clusters`."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    farthest = 1 + _WORDS
    apart = np.clip(farthest - _likeness(views, slice(None), views), 0, None)
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform((apart + apart.T) / 2, checks=False), "average")
    if clusters is None:
        return np.asarray(fcluster(tree, _UNLIKE * farthest, "distance"), np.intp)
    return np.asarray(fcluster(tree, clusters, "maxclust"), np.intp)


def _likeness(views: Views, rows: slice, others: Views) -> "NDArray[np.float32]":
    """Return how alike texts `rows` are to `others`: cosine of meaning, and that of words by half."""
    meaning: NDArray[np.float32] = views.vectors[rows] @ others.vectors.T
    meaning += _WORDS * (views.words[rows] @ others.words.T).toarray()
    return meaning


# Topics


def _topics(views: Views, clusters: int | None) -> "NDArray[np.intp]":
    """Return `clusters` topics, or as many as part the graph of neighbours best (modularity, Newman 2006)."""
    import numpy as np

    count = len(views.blank)
    drawn = np.unique(np.linspace(0, count - 1, min(count, _DRAWN)).astype(np.intp))
    sample = views.rows(drawn)
    graph = _graph(sample)
    tried = [k for k in _TRIED if k * 5 <= len(drawn)] or [2]
    axes = _axes(graph, clusters or tried[-1])
    if clusters is not None:
        labels = _nearest_means(axes, clusters)
    else:
        parted = {k: _modularity(graph, _nearest_means(axes[:, :k], k, runs=2, steps=20)) for k in tried}
        enough = _ENOUGH * max(parted.values())
        many = next(k for k in tried if parted[k] >= enough)
        labels = _nearest_means(axes[:, :many], many)
    if len(drawn) == count:
        return labels
    return _placed(views, drawn, labels)


def _graph(views: Views) -> Any:
    """Return the sparse graph of each text and the others most like it, by weight and both ways."""
    import numpy as np
    from scipy.sparse import csr_matrix

    count = len(views.blank)
    near = min(_NEIGHBOURS, count - 1)
    columns, weights = np.zeros((count, near), np.int32), np.zeros((count, near), np.float32)
    for start in range(0, count, _BLOCK):
        rows = slice(start, min(start + _BLOCK, count))
        alike = _likeness(views, rows, views)
        alike[np.arange(len(alike)), np.arange(rows.start, rows.stop)] = -np.inf
        best = np.argpartition(-alike, near - 1, axis=1)[:, :near]
        columns[rows], weights[rows] = best, np.maximum(np.take_along_axis(alike, best, 1), 0.01)
    ends = np.arange(0, count * near + 1, near)
    graph = csr_matrix((weights.ravel(), columns.ravel(), ends), shape=(count, count))
    return graph.maximum(graph.T).tocsr()


def _axes(graph: Any, many: int) -> "NDArray[np.float64]":
    """Return the `many` axes along which the graph falls apart most easily, shape (texts, many)."""
    import numpy as np
    from scipy.sparse import diags
    from scipy.sparse.linalg import eigsh

    count = graph.shape[0]
    scale = 1 / np.sqrt(np.asarray(graph.sum(axis=1)).ravel())
    normed = diags(scale) @ graph.astype(np.float64) @ diags(scale)
    if count <= 600 or many >= count // 2:
        axes = np.linalg.eigh(normed.toarray())[1][:, ::-1][:, :many]
    else:
        values, vectors = eigsh(normed, k=many, which="LA", v0=np.ones(count), tol=1e-5)
        axes = vectors[:, np.argsort(-values)]
    return np.asarray(axes, np.float64)


def _nearest_means(axes: "NDArray[np.float64]", many: int, runs: int = 6, steps: int = 60) -> "NDArray[np.intp]":
    """Return the best of `runs` k-means over the directions of the rows; from a fixed seed, in one thread."""
    import numpy as np
    from scipy.sparse import csr_matrix

    points = axes / np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-12)
    draw = np.random.RandomState(20261123)  # the one stream of numpy that is promised to stay
    best, least = np.zeros(len(points), np.intp), np.inf
    ones = np.ones(len(points))
    for _ in range(runs):
        means = points[_scattered(points, many, draw)]
        labels = np.full(len(points), -1)
        for _ in range(steps):
            apart = (means**2).sum(axis=1) - 2 * points @ means.T
            moved = apart.argmin(axis=1)
            if np.array_equal(moved, labels):
                break
            labels = moved
            sums = csr_matrix((ones, labels, np.arange(len(points) + 1)), shape=(len(points), many)).T @ points
            sizes = np.bincount(labels, minlength=many)
            means = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], means)
        loss = float(np.take_along_axis(apart, labels[:, None], 1).sum())
        if loss < least - 1e-9:
            best, least = labels, loss
    return best


def _scattered(points: "NDArray[np.float64]", many: int, draw: Any) -> list[int]:
    """Return the numbers of `many` points far from each other (k-means++)."""
    import numpy as np

    chosen = [int(draw.randint(len(points)))]
    apart = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < many:
        reach = np.cumsum(apart)
        at = int(np.searchsorted(reach, draw.rand() * reach[-1])) if reach[-1] > 0 else len(chosen)
        chosen.append(min(at, len(points) - 1))
        apart = np.minimum(apart, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return chosen


def _modularity(graph: Any, labels: "NDArray[np.intp]") -> float:
    import numpy as np

    degree = np.asarray(graph.sum(axis=1)).ravel()
    rows = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    inside = graph.data[labels[rows] == labels[graph.indices]].sum()
    return float(inside / degree.sum() - ((np.bincount(labels, degree) / degree.sum()) ** 2).sum())


def _placed(views: Views, drawn: "NDArray[np.intp]", labels: "NDArray[np.intp]") -> "NDArray[np.intp]":
    """Return topics for all texts: those of the sample, of others the one whose middle is nearest."""
    import numpy as np
    from scipy.sparse import csr_matrix

    many = int(labels.max()) + 1
    share = csr_matrix((np.ones(len(labels), np.float32), (labels, drawn)), shape=(many, len(views.blank)))
    middles = share @ views.vectors
    middles /= np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-12)
    placed = np.asarray((views.vectors @ middles.T).argmax(axis=1), np.intp)
    placed[drawn] = labels
    return placed


def _ordered(labels: list[int], least: int) -> list[int]:
    """Number clusters by size, equal ones by the cluster's own number; those below `least` become -1."""
    sizes: dict[int, int] = {}
    for label in labels:
        sizes[label] = sizes.get(label, 0) + 1
    kept = sorted((one for one in sizes if one >= 0 and sizes[one] >= least), key=lambda one: (-sizes[one], one))
    number = {label: at for at, label in enumerate(kept)}
    return [number.get(label, -1) for label in labels]
