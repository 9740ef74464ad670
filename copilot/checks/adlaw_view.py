"""The view of a text that the ad-law rules read: folded, with what evasion puts between characters taken out.

Traditional script, full width and capitals are folded; invisible characters, emoji, spaces and decoration between
characters go; homophones, pinyin and odd digits become the word they stand for. Every character of the view knows
where it stands in the text, so that findings point into the text as it was given.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from copilot.checks.adlaw_rules import Pattern
from copilot.knowledge import read
from copilot.text import fold
from copilot.text.grams import Words

# Zero width and joiners, combining marks, variation selectors, keycaps, symbols and emoji: never part of a word.
_NEVER = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\u0300-\u036f\u20d0-\u20ff\ufe00-\ufe0f\u2190-\u21ff\u2300-\u23ff\u2500-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\U0001f000-\U0001f0ff\U0001f1e6-\U0001faff\U000e0000-\U000e01ef"
)
# White space (no line break) and decoration: gone unless it stands between two ASCII letters or digits; but "z u i".
_SOFT = r" \t\u2000-\u200a\u202f\u205f\u3000*·•‧∙⋅._\-~—–‐-‒―|/\\^`'\"“”‘’「」『』…=<>\[\]"
_DROPPED = re.compile(
    rf"[{_NEVER}]+|[{_SOFT}]+(?![0-9a-z])|(?<![0-9a-z])[{_SOFT}]+|(?<=(?<![0-9a-z])[a-z]) (?=[a-z](?![0-9a-z]))"
)
# Circled and bracketed digits, Roman one, radicals that look like characters, styled letters: one character for
# one, as `fold` does for full width.
_ODD = re.compile("[①-⑳⓪❶-❿➀-➉⑴-⒇㈠-㈩㊀-㊉⓵-⓾Ⅰ-Ⅹⅰ-ⅹ\u2f00-\u2fd5\uf900-\ufaff\U0001d400-\U0001d7ff\u24b6-\u24e9]")
_STYLED = {"①": "1", "❶": "1", "➀": "1", "⑴": "1", "⓵": "1", "Ⅰ": "1", "ⅰ": "1", "㈠": "一", "㊀": "一"}
_STOPS = r"[、,。!:;|/()【】《》]{1,2}"  # between the characters of a strong word: 根、治, 【最】【佳】
_SPLIT = re.compile(rf"[\u3400-\u9fff]{_STOPS}[\u3400-\u9fff]")
_LATIN = re.compile(r"(?<![0-9a-z])[a-z]{2,12}(?![0-9a-z])")


class View(NamedTuple):
    """`text` as rules read it; character `i` of it stands at `starts[i]` to `ends[i]` of the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a non-empty stretch of the view stands in the original."""
        return self.starts[start], self.ends[end - 1]

    def breaks(self) -> list[int]:
        """Return where a gap parts two phrases of three characters or more: 拒绝反弹 / 全程有效."""
        gaps = [at for at in range(1, len(self.text)) if self.starts[at] > self.ends[at - 1]]
        edges = [0, *gaps, len(self.text)]
        lengths = [after - before for before, after in pairwise(edges)]
        return [at for at, left, right in zip(gaps, lengths, lengths[1:], strict=False) if left >= 3 and right >= 3]


def view(text: str) -> View:
    """Return the view of `text`."""
    folded = fold(text)
    if _ODD.search(folded):
        folded = _ODD.sub(lambda match: _plain(match[0]), folded)
    parts: list[str] = []
    starts: list[int] = []
    here = 0
    for match in _DROPPED.finditer(folded):
        parts.append(folded[here : match.start()])
        starts += range(here, match.start())
        here = match.end()
    if not here:
        return _respelled(View(folded, range(len(folded)), range(1, len(folded) + 1)))
    parts.append(folded[here:])
    starts += range(here, len(folded))
    return _respelled(View("".join(parts), starts, [at + 1 for at in starts]))


def squeezed(text: str) -> str:
    """Return the text of the view without punctuation but full stops, for comparing statements."""
    return re.sub(r"[^\w%.]+", "", view(text).text)


def _plain(char: str) -> str:
    import unicodedata

    for first, plain in _STYLED.items():
        if 0 <= (offset := ord(char) - ord(first)) < 9:
            return chr(ord("1") + offset) if plain == "1" else "一二三四五六七八九"[offset]
    plain = unicodedata.normalize("NFKC", char).lower()
    return plain if len(plain) == 1 else char


def _respelled(seen: View) -> View:
    """Return the view with homophones, split words and pinyin replaced by the word that they stand for."""
    text = seen.text
    likely = dict.fromkeys(_homophones().held(text))
    found = [(m.start(), m.end(), e.word) for e in likely for m in e.pattern.regex.finditer(text)]
    if _SPLIT.search(text):
        found += [(m.start(), m.end(), re.sub(_STOPS, "", m[0])) for m in _split_words().finditer(text)]
    found += [each for match in _LATIN.finditer(text) for each in _sounds(text, match)]
    if not found:
        return seen
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    here = 0
    for begin, end, word in sorted(found):
        if begin < here:
            continue
        parts += [text[here:begin], word]
        starts += seen.starts[here:begin]
        ends += seen.ends[here:begin]
        first, last = seen.span(begin, end)
        starts += [first] * len(word)
        ends += [last] * len(word)
        here = end
    parts.append(text[here:])
    starts += seen.starts[here:]
    ends += seen.ends[here:]
    return View("".join(parts), starts, ends)


def _sounds(text: str, match: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """Yield what the letters of `match` stand for when the characters beside them complete a word of the list."""
    for word, first, last in _pinyin().get(match[0], ()):
        if text.endswith(word[:first], 0, match.start()) and text.startswith(word[last:], match.end()):
            yield match.start(), match.end(), word[first:last]
            return


@dataclass(frozen=True, slots=True, eq=False)
class Homophone:
    """A spelling that stands for `word`."""

    pattern: Pattern
    word: str


@cache
def _homophones() -> Words[Homophone]:
    """Return the homophones by strings of which a text must hold one."""
    found = []
    for line in read("adlaw/spelling")["homophones"].splitlines():
        probes, pattern, word = line.split(" ")
        each = Homophone(Pattern(pattern), word)
        found += [(probe, each) for probe in probes.split(",")]
    return Words(found)


@cache
def _split_words() -> re.Pattern[str]:
    """Return one pattern of the strong words with a stop between every two characters."""
    words = read("adlaw/spelling")["split"].split()
    starts = "".join({word[0] for word in words})  # looked at first: three times as fast
    return re.compile(rf"(?=[{starts}]{_STOPS})(?:{'|'.join(_STOPS.join(word) for word in words)})")


@cache
def _pinyin() -> dict[str, list[tuple[str, int, int]]]:
    """Return for the sound of every stretch of a listed word the word and where the stretch lies in it."""
    table: dict[str, list[tuple[str, int, int]]] = {}
    for line in read("adlaw/spelling")["pinyin"].splitlines():
        word, *sounds = line.split()
        for first in range(len(word)):
            for last in range(first + 1, len(word) + 1):
                table.setdefault("".join(sounds[first:last]), []).append((word, first, last))
    return table
