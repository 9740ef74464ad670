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

Ints = NDArray[np.int64]

UNKNOWN = "[UNK]"
RUN = r"[\u3007\u3400-\u9fff]+|[0-9]+|[^\W\d_\u3007\u3400-\u9fff]+"  # Han, digits, letters
BETWEEN = r"[\W_]+"  # dropped; splitting scripts too gives equal pieces, for none spans two, and is 12 % slower
LONGEST = 4  # characters of a Han piece
RARE = 3  # seen less often, a character outside GB 2312 is unknown
OFTEN = 5  # occurrences that make a string a candidate; three for a word of the lexicon
VARIETY = 3  # distinct neighbours on either side that make it a word
SHARE = 0.6  # of its occurrences, at most, with one and the same neighbour
SAMPLE = 8_000_000  # characters that are segmented to re-estimate
# Nats by which a piece must be likelier than its likeliest two parts: two known pieces serve retrieval as well
# as one long one. With no toll half of the pieces had four characters (质量要求, 添加新行).
TOLL = {2: 1.0, 3: 3.5, 4: 6.0}
# Characters that join words to phrases: no piece outside the lexicon begins or ends with one of the first,
# none of three or more characters holds one of the second.
_EDGE = frozenset("的了之其是在和与或及并将被把从对为以于您你我他她它这那该此可会而且但由至")
_INSIDE = frozenset("的了您你我他她它这那该此在和与或及被把")
_FIRST = 0x33FF  # one below the first Han character
_HAN = re.compile(r"[\u3007\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z]+")
_DIGITS = re.compile(r"[0-9]+")


def train_vocabulary(
    texts: Sequence[str], lexicon: Iterable[str], terms: Iterable[str], size: int, rounds: int = 3
) -> Tokenizer:
    """Return a Unigram tokenizer of at most `size` pieces, for folded text.

    Words of `lexicon` are taken on fewer occurrences; all `terms` of two to four Han characters are in.
    """
    words, single = _counts(texts, {word for word in lexicon if 2 <= len(word) <= LONGEST and _HAN.fullmatch(word)})
    joined = "\n".join(texts)
    fixed = _letters(single) | _latin(Counter(_LATIN.findall(joined))) | _digits(Counter(_DIGITS.findall(joined)))
    required = {word for word in terms if 2 <= len(word) <= LONGEST and _HAN.fullmatch(word)}
    room = size - 1 - len(fixed)
    sample = texts[:: max(1, len(joined) // SAMPLE)]
    worth = _cohesion(words, single) | dict.fromkeys(required, 1e6)
    counts: Mapping[str, float] = words
    for turn in range(rounds + 1):
        ranked = sorted(worth, key=lambda word: (-worth[word] * (counts.get(word, 0) + 0.1) ** 0.5, word))
        ranked = ranked[: room if turn >= rounds - 1 else room * 3 // 2]
        worth = {word: worth[word] for word in ranked}
        # A required word that is never seen must still be likelier than its characters in a row.
        kept = {word: max(counts.get(word, 0), 5 * (word in required)) for word in ranked}
        tokenizer = _tokenizer(fixed | kept)
        if turn < rounds:
            counts = _segment_counts(tokenizer, sample)
            fixed = {piece: counts[piece] for piece in fixed}
    return tokenizer


def _tokenizer(counts: Mapping[str, float]) -> Tokenizer:
    total = sum(counts.values()) + 0.1 * len(counts)
    scores = ((piece, round(log((n + 0.1) / total), 3)) for piece, n in counts.items())
    ordered = sorted(scores, key=lambda item: (-item[1], item[0]))
    tokenizer = Tokenizer(models.Unigram([(UNKNOWN, 0.0), *ordered], unk_id=0, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(BETWEEN), "removed")
    return tokenizer


def _segment_counts(tokenizer: Tokenizer, texts: Sequence[str]) -> dict[str, float]:
    counts = np.zeros(tokenizer.get_vocab_size(), dtype=np.int64)
    for start in range(0, len(texts), 4000):
        batch = tokenizer.encode_batch_fast(list(texts[start : start + 4000]), add_special_tokens=False)
        counts += np.bincount([i for e in batch for i in e.ids], minlength=len(counts))
    return {piece: float(counts[i]) for piece, i in tokenizer.get_vocab().items()}


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


def _counts(texts: Sequence[str], lexicon: set[str]) -> tuple[dict[str, float], dict[str, int]]:
    """Return the occurrences of Han words, and of every single character."""
    codes = np.frombuffer("\n".join(texts).encode("utf-16-le", "replace"), dtype=np.uint16).astype(np.int64)
    every = np.bincount(codes, minlength=65536)
    single = {chr(c): int(every[c]) for c in np.flatnonzero(every) if not 0xD800 <= c < 0xE000}
    table = np.where((codes >= 0x3400) & (codes < 0xA000), codes - _FIRST, 0)  # 15 bits; 0 is a border
    words: dict[str, float] = {}
    for length in range(2, LONGEST + 1):
        words |= _words(table, length, lexicon)
    return words, single


def _words(table: Ints, length: int, lexicon: set[str]) -> dict[str, float]:
    """Return the strings of `length` Han characters that stand in varied company or in the lexicon, with counts."""
    size = max(0, len(table) - length - 1)
    key, inner = np.zeros(size, dtype=np.int64), np.ones(size, dtype=bool)
    for i in range(1, length + 1):
        part = table[i : i + size]
        key = key << 15 | part
        inner &= part > 0
    positions = np.flatnonzero(inner)
    keys, index, count = np.unique(key[positions], return_inverse=True, return_counts=True)
    listed = np.isin(keys, [_key(word) for word in lexicon if len(word) == length and min(word) >= "\u3400"])
    often = (count >= OFTEN) | (listed & (count >= 3))
    index, kept = (np.cumsum(often) - 1)[index], often[index]
    keys, count, listed = keys[often], count[often], listed[often]
    lefts, most_left = _variety(index[kept], table[positions][kept], len(keys))
    rights, most_right = _variety(index[kept], table[positions + length + 1][kept], len(keys))
    varied = (np.minimum(lefts, rights) >= VARIETY) & (np.maximum(most_left, most_right) <= SHARE * count)
    out = {}
    for i in np.flatnonzero(listed | varied).tolist():
        word = "".join(chr((int(keys[i]) >> 15 * j & 0x7FFF) + _FIRST) for j in range(length - 1, -1, -1))
        phrase = word[0] in _EDGE or word[-1] in _EDGE or (length > 2 and not _INSIDE.isdisjoint(word))
        if listed[i] or not phrase:
            out[word] = float(count[i])
    return out


def _key(word: str) -> int:
    code = 0
    for character in word:
        code = code << 15 | ord(character) - _FIRST
    return code


def _variety(index: Ints, side: Ints, total: int) -> tuple[Ints, Ints]:
    """Return, per string, its number of distinct neighbours on one side and how often the commonest stands there.

    A border counts as up to twenty neighbours and is never the commonest.
    """
    pairs, counts = np.unique(index << 16 | side, return_counts=True)
    owner, border = pairs >> 16, (pairs & 0xFFFF) == 0
    distinct = np.bincount(owner, minlength=total)
    distinct += np.minimum(np.bincount(owner[border], counts[border], minlength=total).astype(np.int64), 20)
    commonest = np.zeros(total, dtype=np.int64)
    np.maximum.at(commonest, owner[~border], counts[~border])
    return distinct, commonest


def _letters(single: Mapping[str, int]) -> dict[str, float]:
    """Single characters: all of GB 2312, and every letter, digit or character that is not rare."""
    codes = (bytes([a, b]) for a in range(0xB0, 0xF8) for b in range(0xA1, 0xFF))
    standard = "".join(code.decode("gb2312", "ignore") for code in codes)  # five codes are empty
    found = {c for c, n in single.items() if n >= RARE and re.fullmatch(RUN, c)}
    every = sorted(found.union(standard, "abcdefghijklmnopqrstuvwxyz0123456789"))
    return {c: float(single.get(c, 0)) for c in every}


def _latin(words: Counter[str], whole: int = 3600, parts: int = 1400) -> dict[str, float]:
    """The commonest words, and the commonest strings of 2–4 letters to spell the others."""
    top = [(w, float(n)) for w, n in _ranked(words) if 2 <= len(w) <= 16][:whole]
    rest = Counter[str]()
    for word, n in words.items():
        if len(word) <= 20:
            for size in (2, 3, 4):
                for i in range(len(word) - size + 1):
                    rest[word[i : i + size]] += (size - 1) * min(n, 20)
    return {part: n / 50 for part, n in _ranked(rest)[:parts]} | dict(top)


def _digits(numbers: Counter[str], most: int = 500) -> dict[str, float]:
    """Every number of two digits, and the commonest others up to four."""
    top = [(w, float(n)) for w, n in _ranked(numbers) if 2 <= len(w) <= 4][:most]
    return {f"{i:02}": 1.0 for i in range(100)} | dict(top)


def _ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
