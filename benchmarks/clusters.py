"""How well clusters agree with people's: `python -m benchmarks.clusters [--data FILE.jsonl …] [--runs] [--large]`.

A file holds {"text", "label"} a line, perhaps "topic" and "wanted". Beside ours stands k-means over TF-IDF of pieces
and pairs of characters, which is told the true number. ARI and AMI count (voice.md 0.6); a text in no cluster counts
as one of its own.
"""

import argparse
import json
import random
import re
import resource
import time
from itertools import pairwise
from pathlib import Path

from copilot.feedback.cluster import find_clusters
from copilot.text import fold
from copilot.text.pieces import numbered_pieces

HERE = Path(__file__).parent
OURS = ["reviews", "letters", "apps", "wants"]


def scores(truth: list[str], found: list[int]) -> str:
    """Return NMI, ARI and AMI in one line."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, normalized_mutual_info_score

    alone = [label if label >= 0 else -1 - at for at, label in enumerate(found)]
    figures = [m(truth, alone) for m in (normalized_mutual_info_score, adjusted_rand_score, adjusted_mutual_info_score)]
    lone = sum(label < 0 for label in found)
    return "NMI {:.3f}  ARI {:.3f}  AMI {:.3f}".format(*figures) + f"  {len(set(found) - {-1})} clusters, {lone} alone"


def _words(text: str) -> list[str]:
    folded = fold(text)
    pairs = [pair for pair in map("".join, pairwise(folded)) if not pair.isascii() and pair.isalpha()]
    return [piece for _, piece in numbered_pieces(folded) if len(piece) > 1] + pairs + re.findall("[a-z']+", folded)


def baseline(texts: list[str], many: int) -> list[int]:
    """Return k-means over TF-IDF, as anybody would make it."""
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer

    matrix = TfidfVectorizer(analyzer=_words).fit_transform(texts)
    return [int(label) for label in KMeans(many, n_init=5, random_state=0).fit_predict(matrix)]


def measure(name: str, rows: list[dict[str, str]], key: str, shuffled: bool) -> None:
    """Print the figures of one set."""
    texts, truth = [row["text"] for row in rows], [row[key] for row in rows]
    wanted, many = [row.get("wanted", "") for row in rows], len({row[key] for row in rows})
    print(f"{name} ({key}): {len(rows)} texts, {many} labels")
    print("   TF-IDF k-means, k known", scores(truth, baseline(texts, many)))
    for told, number in (("ours, k known", many), ("ours, k found", None)):
        started = time.perf_counter()
        found = find_clusters(texts, wanted, number)
        print(f"   {told:<23}", scores(truth, found), f"{time.perf_counter() - started:.1f} s")
    if shuffled:
        order = random.Random(1).sample(range(len(rows)), len(rows))
        again = find_clusters([texts[at] for at in order], [wanted[at] for at in order])
        from sklearn.metrics import adjusted_rand_score

        print(f"   ARI with a shuffled run {adjusted_rand_score([found[at] for at in order], again):.3f}")


def large(rows: list[dict[str, str]], many: int) -> None:
    """Print time and memory for `many` texts made of two of the sets' each."""
    draw = random.Random(2)
    texts = [f"{draw.choice(rows)['text']}，{draw.choice(rows)['text']}" for _ in range(many)]
    started = time.perf_counter()
    found = find_clusters(texts, [""] * many)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{many} texts: {time.perf_counter() - started:.1f} s, {peak:.0f} MB, {len(set(found))} clusters")


def main() -> None:
    """Measure our own sets, or the files given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="*", default=[HERE / f"feedback_{name}.jsonl" for name in OURS])
    parser.add_argument("--runs", action="store_true", help="also a shuffled run")
    parser.add_argument("--large", type=int, help="only time and memory for so many texts")
    options = parser.parse_args()
    sets = {path.stem: [json.loads(line) for line in path.read_text("utf-8").splitlines()] for path in options.data}
    if options.large:
        large([row for rows in sets.values() for row in rows], options.large)
        return
    for name, rows in sets.items():
        for key in ("label", "topic"):
            if key in rows[0]:
                measure(name, rows, key, options.runs)


if __name__ == "__main__":
    main()
