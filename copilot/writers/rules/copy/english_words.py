"""English words: verbs and their forms, capitals of titles and sentences, articles. Knows nothing of briefs."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from copilot.knowledge import read

_TOKEN = re.compile(r"[^\W_]+(?:['’.\-&/+][^\W_]+)*|[$€£]?\d[\d,.]*%?")
_VOWEL_SOUND = re.compile(
    r"[aeioAEIO](?!ne\b)|[uU](?!ni|se|k\b)(?!SB)|8|11\b|18\b|[Hh]our|[Hh]onest|[FHLMNRSX](?=[A-Z\d-])"
)
_SPECIAL = {"has": "have", "is": "are", "does": "do", "goes": "go", "was": "were"}


class Words(NamedTuple):
    """The word classes of `knowledge/copy/english.yaml`; `thirds` maps folds → fold."""

    verbs: frozenset[str]
    thirds: Mapping[str, str]
    sets: Mapping[str, frozenset[str]]

    def has(self, name: str, word: str | None) -> bool:
        return word is not None and word.lower() in self.sets[name]


@cache
def words() -> Words:
    """Return the word classes, read once."""
    data = read("copy/english")
    sets = {name: frozenset(value.lower().split()) for name, value in data.items() if isinstance(value, str)}
    verbs = frozenset(sets["verbs"] | sets["noun_verbs"])
    return Words(verbs, {third_person(verb): verb for verb in verbs} | _SPECIAL, sets)


@cache
def cues(name: str) -> re.Pattern[str]:
    """Return the patterns of a list in the data file as one expression that ignores case."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in read("copy/english")[name]), re.IGNORECASE)


def tokens(text: str) -> list[str]:
    """Return the words and numbers of `text`."""
    return _TOKEN.findall(text)


@lru_cache(maxsize=4096)
def content(text: str) -> frozenset[str]:
    """Return the words of `text` that carry meaning, in lower case and without a plural s."""
    plain = words()
    skip = plain.sets["small_words"] | plain.sets["pronouns"] | plain.sets["prepositions"] | plain.sets["auxiliaries"]
    return frozenset(singular(word.lower()) for word in tokens(text) if word.lower() not in skip)


def third_person(verb: str) -> str:
    """Return `folds` for `fold`."""
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + ("es" if re.search(r"(?:s|sh|ch|x|z|o)$", verb) else "s")


def singular(noun: str) -> str:
    """Return `stand` for `stands`; what does not look like a plural stays."""
    if not is_plural(noun):
        return noun
    return re.sub(r"ies$", "y", noun) if len(noun) > 4 and noun.endswith("ies") else noun[:-1]


@lru_cache(maxsize=4096)
def is_plural(noun: str) -> bool:
    """Tell whether a noun looks like a plural."""
    low = noun.lower()
    return (
        len(low) > 2
        and bool(re.search(r"[^suai]s$|people$|children$", low))
        and low not in words().sets["plural_looking"]
    )


def plural(phrase: str) -> str:
    """Return `laptop stands` for `laptop stand`; a plural stays."""
    if is_plural(phrase.split()[-1]):
        return phrase
    return third_person(phrase)


def is_uncountable(phrase: str) -> bool:
    """Tell whether a product word has no plural: bike repair, software, training."""
    last = phrase.lower().split()[-1]
    return last in words().sets["uncountable"]


def with_article(phrase: str) -> str:
    """Return `a laptop stand`, `an e-ink notepad`; plurals and uncountable words take none."""
    if is_plural(phrase.split()[-1]) or is_uncountable(phrase):
        return phrase
    return f"{'an' if _VOWEL_SOUND.match(phrase) else 'a'} {phrase}"


def agree(predicate: str) -> str:
    """Return a third-person predicate for a plural subject: `folds flat and weighs` → `fold flat and weigh`."""
    thirds = words().thirds
    first, _, rest = predicate.partition(" ")
    rest = re.sub(r"(?:(?<=\band )|(?<=, ))\w+", lambda match: thirds.get(match[0], match[0]), rest)
    return f"{thirds.get(first.lower(), first)} {rest}".strip()


def sentence(text: str) -> str:
    """Return `text` with a capital and an end mark."""
    text = capital(text.strip().rstrip(",;: "))
    return text if not text or text[-1] in ".?!" else text + "."


def capital(text: str) -> str:
    """Return `text` with its first letter in upper case; iPhone and numbers stay."""
    first = text.split(" ", 1)[0]
    return text if not text or any(c.isupper() for c in first[1:]) else text[0].upper() + text[1:]


def small(text: str) -> str:
    """Return `text` for the inside of a sentence: a first word that is an ordinary one loses its capital."""
    first = text.split(" ", 1)[0].strip(",:")
    low = first.lower()
    classes = words()
    known = (
        (low.endswith(("ed", "ing", "ly")) and len(low) > 5)
        or low in classes.verbs
        or low in classes.thirds
        or any(low in group for group in classes.sets.values())
    )
    ordinary = known and low not in classes.sets["months"] and first != "I"
    return text[0].lower() + text[1:] if text and ordinary and (first == "A" or first[1:].islower()) else text


def title(text: str) -> str:
    """Return `text` in title case: small words and units stay small, names and codes stay as they are."""
    parts = text.split(" ")
    done = []
    for i, part in enumerate(parts):
        before = parts[i - 1] if i else ""
        edge = i in (0, len(parts) - 1) or before.endswith((":", ".", "|", "?"))
        done.append(_titled(part, edge, bool(re.fullmatch(r"[~$€£]?\d[\d,./]*", before))))
    return " ".join(done)


def _titled(word: str, edge: bool, after_number: bool) -> str:
    bare = word.strip(".,:;()\"'").lower()
    classes = words()
    if (after_number and bare in classes.sets["units"]) or any(c.isupper() for c in word):
        return word
    if not edge and bare in classes.sets["small_words"]:
        return word
    pieces = re.split(r"(-|/)", word)
    kept = {i for i, piece in enumerate(pieces) if i and (piece in classes.sets["units"] or _is_rate(pieces, i))}
    return "".join(piece if i in kept else _first_up(piece) for i, piece in enumerate(pieces))


def _is_rate(pieces: list[str], i: int) -> bool:
    """`week` in $380/week."""
    return i > 1 and pieces[i - 1] == "/" and any(c.isdigit() for c in pieces[i - 2])


def _first_up(word: str) -> str:
    match = re.search(r"[^\W\d_]", word)
    if not match or (match.start() and word[match.start() - 1].isdigit()):
        return word
    return word[: match.start()] + match[0].upper() + word[match.end() :]
