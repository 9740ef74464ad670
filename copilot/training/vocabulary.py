"""Text → the vocabulary: a Unigram tokenizer over words that the text itself shows to be words.

The Unigram trainer of tokenizers took 220 s for 10 M characters and kept phrases of templates
(以实现, 县龙野市的). Here candidates are counted with numpy, kept when they stand in varied company on both
sides, then re-estimated by segmenting the text with them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

UNKNOWN = "[UNK]"
RUN = r"[\u3007\u3400-\u9fff]+|[0-9]+|[^\W\d_\u3007\u3400-\u9fff]+"  # Han, digits, letters; all else is dropped
LONGEST = 4  # characters of a Han piece; words of the lexicon may have five
_HAN = re.compile(r"[\u3007\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z]+")
_DIGITS = re.compile(r"[0-9]+")
_RARE_LETTER = 3  # seen less often, a letter or character is unknown
# Characters that join phrases to words. No piece begins or ends with one of the first, unless a lexicon
# has it; none of three or more characters holds one of the second.
_EDGE = frozenset("的了之其是在和与或及并将被把从对为以于您你我他她它这那该此可会而且但由至")
_INSIDE = frozenset("的了您你我他她它这那该此在和与或及被把")
OFTEN = 5  # occurrences of a string that no lexicon has
VARIETY = 3
# Nats of cohesion that a piece of so many characters must have: the pieces should be words, and for retrieval two
# pieces that are known serve as well as one long one
TOLL = {2: 1.0, 3: 3.5, 4: 6.0}  # distinct neighbours on either side that make a string a word
SHARE = 0.6  # largest share of one longer string in a word's count


def train_vocabulary(
    texts: Sequence[str], lexicon: Iterable[str], terms: Iterable[str], size: int, rounds: int = 3
) -> Tokenizer:
    """Return a Unigram tokenizer of at most `size` pieces, for folded text.

    `texts` are folded lines, all different; words of `lexicon` are taken on fewer occurrences, all `terms`
    of two to four Han characters are in.
    """
    han, latin, digits, single = _counts(texts, {word for word in lexicon if 2 <= len(word) <= LONGEST and _HAN.fullmatch(word)})
    fixed = dict(_letters(single)) | dict(_latin(latin)) | dict(_digits(digits))
    room = size - 1 - len(fixed)
    sample = texts[:: max(1, sum(map(len, texts)) // 8_000_000)]
    cohesion = _cohesion(han, single)
    required = {word: 1e6 for word in terms if 2 <= len(word) <= LONGEST and _HAN.fullmatch(word)}
    cohesion |= required
    counts = Counter(han)
    counts.update({word: 5 for word in required if word not in counts})  # enough to win over its characters
    for turn in range(rounds):
        ranked = sorted(cohesion, key=lambda word: (-cohesion[word] * (counts[word] + 0.1) ** 0.5, word))
        keep = {word: max(counts[word], 5 * (word in required)) + 0.1 for word in ranked[: room if turn == rounds - 1 else room * 3 // 2]}
        cohesion = {word: cohesion[word] for word in keep}
        counts = _segment_counts(_tokenizer(fixed | keep), sample)
        fixed = {piece: counts[piece] + (0.1 if len(piece) == 1 else 0.05) for piece in fixed}
    keep = {word: max(counts[word], 5 * (word in required)) + 0.1 for word in keep}
    return _tokenizer(fixed | keep)


def _tokenizer(counts: dict[str, float]) -> Tokenizer:
    total = sum(counts.values())
    scored = sorted(((piece, round(log(max(n, 0.05) / total), 3)) for piece, n in counts.items()), key=lambda x: (-x[1], x[0]))
    tokenizer = Tokenizer(models.Unigram([(UNKNOWN, 0.0), *scored], unk_id=0, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(RUN), "removed", invert=True)
    return tokenizer


def _segment_counts(tokenizer: Tokenizer, texts: Sequence[str]) -> Counter[str]:
    counts = np.zeros(tokenizer.get_vocab_size(), dtype=np.int64)
    for start in range(0, len(texts), 4000):
        batch = tokenizer.encode_batch_fast(list(texts[start : start + 4000]), add_special_tokens=False)
        counts += np.bincount([i for e in batch for i in e.ids], minlength=len(counts))
    return Counter({piece: int(counts[i]) for piece, i in tokenizer.get_vocab().items()})


def _cohesion(words: Mapping[str, float], single: Mapping[str, int]) -> dict[str, float]:
    """Return how much likelier each word is than its likeliest two parts, in nats; only words that are."""
    total = sum(single.values())
    known = {**{c: float(n) for c, n in single.items()}, **words}
    out = {}
    for word, count in words.items():
        parts = ((known.get(word[:i], 0.5), known.get(word[i:], 0.5)) for i in range(1, len(word)))
        gain = log(count * total) - log(max(a * b for a, b in parts)) - TOLL[len(word)]
        if gain > 0:
            out[word] = gain
    return out


def _counts(texts: Sequence[str], lexicon: set[str]) -> tuple[dict[str, float], Counter[str], Counter[str], Counter[str]]:
    """Return the occurrences of Han words, Latin words, numbers and single characters."""
    joined = "\n".join(texts)
    latin = Counter(_LATIN.findall(joined))
    digits = Counter(_DIGITS.findall(joined))
    codes = np.frombuffer(joined.encode("utf-16-le", "replace"), dtype=np.uint16).astype(np.int64)
    every = np.bincount(codes, minlength=65536)
    single = Counter({chr(c): int(every[c]) for c in np.flatnonzero(every) if not 0xD800 <= c < 0xE000})
    is_han = (codes >= 0x3400) & (codes < 0xA000)
    table = np.where(is_han, codes - 0x33FF, 0)  # 15 bits; 0 is a border
    words: dict[str, float] = {}
    for n in range(2, LONGEST + 1):
        words |= _words(table, n, lexicon)
    return words, latin, digits, single


def _words(table: NDArray[np.int64], n: int, lexicon: set[str]) -> dict[str, float]:
    """Return the strings of `n` Han characters that stand in varied company or in the lexicon, with their counts."""
    size = len(table) - n - 1
    key = np.zeros(size, dtype=np.int64)
    inner = np.ones(size, dtype=bool)
    for i in range(1, n + 1):
        part = table[i : i + size]
        key = key << 15 | part
        inner &= part > 0
    positions = np.flatnonzero(inner)
    left, right = table[positions], table[positions + n + 1]
    keys, index, count = np.unique(key[positions], return_inverse=True, return_counts=True)
    codes = [[ord(c) - 0x33FF for c in word] for word in lexicon if len(word) == n and min(word) >= "\u3400"]
    listed = np.isin(keys, [sum(c << 15 * (n - 1 - j) for j, c in enumerate(word)) for word in codes])
    often = (count >= OFTEN) | (listed & (count >= 3))
    mask, place = often[index], np.cumsum(often) - 1
    index, total = place[index[mask]], int(often.sum())
    varied = listed[often].copy()
    sides = [_variety(index, side[mask], total) for side in (left, right)]
    varied |= (np.minimum(sides[0][0], sides[1][0]) >= VARIETY) & (
        np.maximum(sides[0][1], sides[1][1]) <= SHARE * count[often]
    )
    out = {}
    for code, times, is_listed in zip(keys[often][varied].tolist(), count[often][varied].tolist(), listed[often][varied].tolist(), strict=True):
        word = "".join(chr((code >> 15 * (n - 1 - j) & 0x7FFF) + 0x33FF) for j in range(n))
        if is_listed or not (word[0] in _EDGE or word[-1] in _EDGE or (n > 2 and _INSIDE & set(word))):
            out[word] = float(times)
    return out


def _variety(index: NDArray[np.int64], side: NDArray[np.int64], total: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, per string, its number of distinct neighbours on one side and the count of the commonest (no border)."""
    pairs, counts = np.unique(index << 16 | side, return_counts=True)
    owner, neighbour = pairs >> 16, pairs & 0xFFFF
    distinct = np.bincount(owner, minlength=total)
    border = np.zeros(total, dtype=np.int64)
    np.add.at(border, owner[neighbour == 0], counts[neighbour == 0])
    largest = np.zeros(total, dtype=np.int64)
    inside = neighbour > 0
    np.maximum.at(largest, owner[inside], counts[inside])
    return distinct + np.minimum(border, 20), largest


def _letters(single: Counter[str]) -> list[tuple[str, float]]:
    """Single characters: all of GB 2312, and every letter, digit or character that is not rare."""
    common = {bytes([a, b]).decode("gb2312") for a in range(0xB0, 0xF8) for b in range(0xA1, 0xFF) if (a, b) < (0xD7, 0xFA) or a > 0xD7}
    keep = {c: float(n) for c, n in single.items() if n >= _RARE_LETTER and (c.isalnum()) and re.fullmatch(RUN, c)}
    return [(c, keep.get(c, 0.1)) for c in sorted(common | set(keep) | set("abcdefghijklmnopqrstuvwxyz0123456789"))]


def _latin(words: Counter[str], whole: int = 3600, parts: int = 1400) -> list[tuple[str, float]]:
    """The commonest words, and the commonest strings of 2–4 letters to spell the others."""
    top = [(w, float(n)) for w, n in sorted(words.items(), key=lambda x: (-x[1], x[0])) if 2 <= len(w) <= 16][:whole]
    rest = Counter[str]()
    for word, n in words.items():
        if len(word) <= 20:
            for size in (2, 3, 4):
                for i in range(len(word) - size + 1):
                    rest[word[i : i + size]] += (size - 1) * min(n, 20)
    pieces = [(p, n / 50) for p, n in sorted(rest.items(), key=lambda x: (-x[1], x[0]))[:parts]]
    return [*pieces, *top]


def _digits(numbers: Counter[str], size: int = 500) -> list[tuple[str, float]]:
    """Every number of two digits, and the commonest others up to four."""
    two = {f"{i:02}": 1.0 for i in range(100)}
    top = sorted(((w, float(n)) for w, n in numbers.items() if 2 <= len(w) <= 4), key=lambda x: (-x[1], x[0]))[:size]
    return list((two | dict(top)).items())
