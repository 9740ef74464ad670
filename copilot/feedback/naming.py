"""What a cluster is called: words that set it apart, voices near its middle, the obstacle in a member's words."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from math import log, sqrt

from copilot.feedback.space import clean, plain_words, views_of
from copilot.knowledge import read
from copilot.text import fold
from copilot.text.pieces import VOCABULARY, tokenizer

_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z][a-z']+")
_LONGEST_WORD = 6  # characters
_BOUND = 0.3  # of the rarer part's texts hold both parts side by side: 油 and 耗 are one word
_AGREED = 0.6  # of a shorter word's texts hold the longer one: the longer one is what people say
_SHORTEST_CLAUSE = 4  # characters


def key_words(texts: Sequence[str], labels: Sequence[int], most: int = 5) -> dict[int, list[str]]:
    """Return for each cluster the words that many of its texts hold and few of the others', best first.

    In Chinese of two to six characters; no fragments, no plain words. -1 is no cluster but counts as the others.
    """
    held = [_candidates(text) for text in texts]
    everywhere = Counter(word for words in held for word in words)
    known = _bound(everywhere, everywhere)
    inside: dict[int, Counter[str]] = defaultdict(Counter)
    for words, label in zip(held, labels, strict=True):
        inside[label].update(words)
    sizes = Counter(labels)
    whole = {label: counts for label, counts in inside.items() if label >= 0}
    return {
        label: _best(_bound(counts, everywhere), known, sizes[label], len(texts), most)
        for label, counts in sorted(whole.items())
    }


def _best(counts: Counter[str], everywhere: Counter[str], size: int, total: int, most: int) -> list[str]:
    """Return the words by how much more often they stand inside than outside."""
    least = 2 if size >= 4 else 1

    def worth(word: str) -> float:
        here, there = counts[word] / size, (everywhere[word] - counts[word]) / max(total - size, 1)
        return here * log((here + 0.01) / (there + 0.01)) if counts[word] >= least else 0.0

    chosen: list[str] = []
    for word in sorted(counts, key=lambda word: (-worth(word), -len(word), word)):
        if worth(word) <= 0 or len(chosen) == most:
            break
        longer = [other for other in counts if word in other and word != other and counts[other] >= least]
        if any(counts[other] >= _AGREED * counts[word] and worth(other) > 0 for other in longer):
            continue  # the longer word comes by itself
        if not any(word in other or other in word for other in chosen):
            chosen.append(word)
    return chosen


def _bound(counts: Counter[str], everywhere: Counter[str]) -> Counter[str]:
    """Return the counts of words, without pairs of pieces that only chance to stand side by side."""
    kept: Counter[str] = Counter()
    for joined, number in counts.items():
        parts = joined.split("\t")
        word = "".join(parts)
        if len(parts) == 1:
            kept[word] += number
        elif everywhere[joined] > 1 and everywhere[joined] >= _BOUND * min(everywhere[f"\0{part}"] for part in parts):
            kept["".join(parts) if _HAN.match(word) else " ".join(parts)] += number
    return Counter({word: n for word, n in kept.items() if not word.startswith("\0")})


def _candidates(text: str) -> set[str]:
    """Return the words of a text: pieces, pairs of them with a tab between, and behind \\0 what pairs are made of."""
    plain, cleaned = plain_words(), clean(text)
    pieces = tokenizer(VOCABULARY).encode(cleaned, add_special_tokens=False).tokens
    found: set[str] = set()
    for at, piece in enumerate(pieces):
        if not _HAN.fullmatch(piece) or piece in plain:
            continue
        found.add(f"\0{piece}")
        if 2 <= len(piece) <= _LONGEST_WORD:
            found.add(piece)
        after = pieces[at + 1] if at + 1 < len(pieces) else ""
        both = piece + after
        if _HAN.fullmatch(after) and not {after, both} & plain and len(both) <= _LONGEST_WORD and both in cleaned:
            found.add(f"{piece}\t{after}")
    words = _WORD.findall(cleaned)
    for at, word in enumerate(words):
        if word in plain or len(word) < 3:
            continue
        found |= {word, f"\0{word}"}
        if at + 1 < len(words) and words[at + 1] not in plain:
            found.add(f"{word}\t{words[at + 1]}")
    return found


def representatives(
    texts: Sequence[str],
    members: Sequence[int],
    users: Sequence[str] | None = None,
    same: Sequence[int] | None = None,
    most: int = 5,
) -> list[int]:
    """Return the numbers of the members nearest the cluster's middle, nearest first, of different users, no repeats.

    `members`, `users[i]` ("" if unknown) and `same[i]` (as from `same_as`) speak of numbers in `texts`.
    """
    import numpy as np

    views = views_of([texts[at] for at in members], [""] * len(members))
    words = np.asarray(views.words.sum(axis=0)).ravel()
    share = views.words @ (words / max(float(np.linalg.norm(words)), 1e-12))
    # Very short ones name a thing, very long ones many: a text of 8 to 60 characters can be quoted.
    fit = np.array([min(1.0, len(texts[at]) / 8) * min(1.0, 60 / max(len(texts[at]), 1)) ** 0.5 for at in members])
    order = sorted(range(len(members)), key=lambda i: (-round(float(share[i] * fit[i]), 6), texts[members[i]]))
    chosen: list[int] = []
    speakers: set[str] = set()
    told: set[int | str] = set()
    for i in order:
        at = members[i]
        says = same[at] if same is not None else fold(texts[at])
        user = users[at] if users is not None else ""
        if says in told or (user and user in speakers):
            continue
        told.add(says)
        speakers.add(user)
        chosen.append(at)
        if len(chosen) == most:
            break
    return chosen


def label(candidates: Iterable[tuple[str, float]], words: Sequence[str] = ()) -> str:
    """Return the clause of at most 20 characters that tells the cluster's obstacle best, "" for no candidates.

    `candidates` are phrases of members with weights (a pain weighs more than a whole text); `words` the key words. A
    clause is cut from one of them and never is a bare noun, unless nothing else was said.
    """
    weights: dict[str, float] = defaultdict(float)
    spelled: dict[str, str] = {}
    for phrase, weight in candidates:
        for clause in clauses(phrase):
            key = fold(clause)
            weights[key] += weight
            spelled[key] = min(spelled.get(key, clause), clause)
    if not weights:
        return ""
    total = sum(weights.values())
    held = {word: sum(w for key, w in weights.items() if word in key) for word in words}

    def worth(key: str) -> float:
        told = 1 + sum(held[word] for word in words if word in key) / max(total, 1e-9)
        known = 1 + 0.5 * sum(word in key for word in words)
        return sqrt(weights[key]) * told * known * (3.0 if _tells(key) else 1.0) * (0.6 if len(key) < 5 else 1.0)

    return spelled[max(weights, key=lambda key: (round(worth(key), 9), -len(key), key))]


def clauses(phrase: str) -> list[str]:
    """Return the clauses of a phrase that can be a label, without what joins them to others."""
    naming, head = read("voice/feedback")["naming"], _compiled("head")
    found = []
    for part in _compiled("clause").split(phrase):
        clause = part.strip()
        while (match := head.match(fold(clause))) and match.end():
            clause = clause[match.end() :].strip()
        if len(clause) >= _SHORTEST_CLAUSE:
            found.append(_cut(clause, naming["longest"]))
    return found or [_cut(phrase.strip(), naming["longest"])] if phrase.strip() else []


def _cut(clause: str, longest: int) -> str:
    """Return the clause, or its beginning up to the end of the last whole piece that fits.

    Latin letters are half as wide as Han characters, and count half.
    """
    longest *= 2 if clause.isascii() else 1
    if len(clause) <= longest:
        return clause
    ends = [end for _, end in tokenizer(VOCABULARY).encode(fold(clause), add_special_tokens=False).offsets]
    cut = clause[: max((end for end in ends if end <= longest), default=longest)]
    if clause[len(cut) : len(cut) + 1].isascii() and cut[-1:].isascii() and " " in cut:
        cut = cut[: cut.rindex(" ")]  # a Latin word is several pieces
    return cut.strip()


def _tells(clause: str) -> bool:
    return bool(_compiled("obstacle").search(clause)) and len(clause) > 3


@cache
def _compiled(name: str) -> re.Pattern[str]:
    return re.compile(read("voice/feedback")["naming"][name])
