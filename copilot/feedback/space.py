"""Texts → two views of what they are about: vectors of meaning and weighted words. Both leave out plain words.

Greetings, politeness, places, persons, numbers, praise and blame are left out: they part the polite from the angry and
one town from the next, where the subject is the same.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from copilot.embedding import builtin
from copilot.knowledge import read
from copilot.text import fold
from copilot.text.pieces import VOCABULARY, tokenizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z][a-z']+")
_ENDINGS = re.compile(r"(?<=[a-z]{3})(?:'s|ing|ed|es|s|er|ly|e)$")
_LONGEST = 400  # characters of a text that are read: who writes more says what it is about before


@dataclass(frozen=True, slots=True)
class Views:
    """`vectors`: float32 of unit length (n, 256), their mean taken off; `words`: sparse TF-IDF, rows of unit length.

    `blank[i]`: nothing but plain words stands in text i; both its rows are zero.
    """

    vectors: "NDArray[np.float32]"
    words: Any  # scipy has no types
    blank: "NDArray[np.bool_]"

    def rows(self, chosen: "NDArray[np.intp]") -> "Views":
        """Return the views of the chosen texts, vectors centred anew."""
        return Views(_centred(self.vectors[chosen]), self.words[chosen], self.blank[chosen])


def views_of(texts: Sequence[str], wanted: Sequence[str]) -> Views:
    """Return both views of `texts`; the words of `wanted[i]`, which are some of text i's, weigh double."""
    cleaned = [clean(text) for text in texts]
    emphasised = [clean(text) if text else "" for text in wanted]
    pieces = [_pieces(text) for text in cleaned]
    twice = [_pieces(text) for text in emphasised]
    words = [Counter(words_of(a) + words_of(b)) for a, b in zip(cleaned, emphasised, strict=True)]
    return _views([Counter(a + b) for a, b in zip(pieces, twice, strict=True)], words)


def clean(text: str) -> str:
    """Return the folded text without addresses, places and persons."""
    return _left_out().sub(" ", fold(text[:_LONGEST]))


def words_of(cleaned: str) -> list[str]:
    """Return what a cleaned text is compared by: pairs of Han characters, pieces of several, stems of Latin words."""
    plain = plain_words()
    found = [stem(word) for word in _LATIN.findall(cleaned) if word not in plain]
    found += list(map(" ".join, pairwise(found)))  # of a copy: the list grows
    for piece in _tokens(cleaned):
        if len(piece) > 2 and _HAN.fullmatch(piece) and piece not in plain:
            found.append(piece)
    for run in _HAN.findall(cleaned):
        for pair in map("".join, pairwise(run)):
            if pair not in plain and not (pair[0] in plain and pair[1] in plain):
                found.append(pair)
    return found


def stem(word: str) -> str:
    """Return an English word without its commonest endings: crashes, crashed, crashing → crash."""
    bare = _ENDINGS.sub("", word)
    return bare[:-1] if len(bare) > 3 and bare[-1] == bare[-2] and bare[-1] not in "sle" else bare


@cache
def plain_words() -> frozenset[str]:
    """Return the words that tell nothing of a topic."""
    topics = read("voice/feedback")["topics"]
    return frozenset(f"{topics['plain']} {topics['plain_english']}".split())


@cache
def _left_out() -> re.Pattern[str]:
    topics = read("voice/feedback")["topics"]
    return re.compile("|".join(topics[name] for name in ("mentions", "places", "persons")))


def _tokens(cleaned: str) -> list[str]:
    return list(tokenizer(VOCABULARY).encode(cleaned, add_special_tokens=False).tokens)


def _pieces(cleaned: str) -> list[int]:
    """Return the numbers of the pieces that say something, fragments of Latin words among them."""
    encoding = tokenizer(VOCABULARY).encode(cleaned, add_special_tokens=False)
    plain = plain_words()
    return [n for n, piece in zip(encoding.ids, encoding.tokens, strict=True) if n and piece not in plain]


def _views(pieces: list[Counter[int]], words: list[Counter[str]]) -> Views:
    import numpy as np

    meant = _sparse(pieces)
    vectors = np.zeros((len(pieces), builtin().dimension), np.float32)
    if meant.shape[1]:
        numbers = np.array(sorted({number for row in pieces for number in row}), np.int64)
        share = np.asarray((meant > 0).sum(axis=0)).ravel() / max(len(pieces), 1)
        rarity = np.sqrt(np.log(1 + 1 / share))
        vectors = np.asarray(meant.multiply(rarity[None]) @ _vectors_of(numbers), np.float32)
    counted = _sparse(words)
    if counted.shape[1]:
        rows = np.asarray((counted > 0).sum(axis=0)).ravel()
        counted.data = 1 + np.log(counted.data)
        counted = _unit_rows(counted.multiply(1 + np.log((1 + len(words)) / (1 + rows))[None]).tocsr())
    blank = ~np.any(vectors, axis=1) & (np.diff(counted.indptr) == 0)
    return Views(_centred(vectors), counted, blank)


def _vectors_of(numbers: "NDArray[np.int64]") -> "NDArray[np.float32]":
    """Return the vectors as they were trained: their length tells how much a piece says of a topic (AMI .35 or .33)."""
    import numpy as np

    return builtin()._vectors[numbers].astype(np.float32)


def _sparse(counts: "list[Counter[Any]]") -> Any:
    """Return counts as a sparse matrix, columns in the order of what is counted."""
    import numpy as np
    from scipy.sparse import csr_matrix

    columns = {name: at for at, name in enumerate(sorted({name for row in counts for name in row}))}
    ends = np.cumsum([0, *map(len, counts)])
    where = np.fromiter((columns[name] for row in counts for name in sorted(row)), np.int32, ends[-1])
    values = np.fromiter((row[name] for row in counts for name in sorted(row)), np.float32, ends[-1])
    return csr_matrix((values, where, ends), shape=(len(counts), len(columns)))


def _unit_rows(matrix: Any) -> Any:
    import numpy as np
    from scipy.sparse import diags

    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return (diags(1 / np.maximum(norms, 1e-12)) @ matrix).tocsr().astype(np.float32)


def _centred(vectors: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Return unit vectors, the mean of all taken off; zeros stay zeros."""
    import numpy as np

    said = np.any(vectors, axis=1)
    centred = _unit(vectors)
    if said.sum() > 2:
        centred[said] -= centred[said].mean(axis=0)
    return _unit(centred)


def _unit(vectors: "NDArray[np.float32]") -> "NDArray[np.float32]":
    import numpy as np

    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return unit
