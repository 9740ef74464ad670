"""An English selling point → what it is, grammatically, and whether it may be said at all."""

import re
from functools import lru_cache
from typing import NamedTuple

from copilot.knowledge import read
from copilot.text.clean import clean
from copilot.writers.rules.copy.english_words import agree, cues, is_plural, tokens, words

_LONGEST = 160  # characters: a longer statement is a paragraph of the brief, no point
_BULLET = re.compile(r"^(?:[\s•·●▪*\-–—✓✔]+|\(?\d{1,2}[.)](?!\d))\s*")
_ODD = re.compile(r"[⺀-鿿가-힯＀-￯]")
_PICTURES = re.compile(r"[\U0001f000-\U0001faff☀-➿️‍]+")
_PARTICIPLE = re.compile(r"[\w-]{2,}ed$")
_NUMBER = re.compile(r"^[$€£~]?\d")


class Point(NamedTuple):
    """`kind`: noun parts verb own act clause adjective made place absence, or `limit`; see `copy/english.yaml`."""

    text: str
    kind: str
    promise: bool = False

    @property
    def figure(self) -> bool:
        return any(c.isdigit() for c in self.text)


@lru_cache(maxsize=4096)
def plain(raw: str) -> str:
    """Return a statement on one line, without bullets, emoji, end marks and boasts; "" if it may not be said."""
    text, removed = clean(raw)
    text = _PICTURES.sub(" ", text).replace("’", "'").replace("“", '"').replace("”", '"')
    text = re.sub(r"\s+", " ", _BULLET.sub("", text)).strip(" .,;:!")
    text = re.sub(r"\s*!+", ".", text)
    if (removed and not _is_whole(text)) or not sayable(text) or len(text) > _LONGEST:
        return ""
    return _without_boasts(text)


@lru_cache(maxsize=4096)
def sayable(text: str) -> bool:
    """Tell whether a text is ordinary English that claims nothing which no brief can prove."""
    return not (_ODD.search(text) or cues("foreign").search(text) or cues("claims").search(text))


@lru_cache(maxsize=4096)
def typed(raw: str, plural_product: bool) -> Point | None:
    """Return a selling point typed, or None if it may not be said; "own" needs a product in the plural."""
    text = plain(raw)
    if len(text) < 3 or not any(c.isascii() and c.isalpha() for c in text):
        return None
    if cues("limits").search(text):
        return Point(text, "limit")
    kind = _kind(text, plural_product)
    if kind == "verb":
        text = _as_list(text)
        text, kind = (agree(text), "own") if plural_product else (text, kind)
    return Point(text, kind, bool(cues("promises").search(text)))


def _as_list(text: str) -> str:
    """`weighs 8 lbs, mounts without drilling` → with `and` before its second verb."""
    parts = text.split(", ")
    two_verbs = len(parts) == 2 and parts[1].split(" ")[0].lower() in words().thirds
    return " and ".join(parts) if two_verbs and " and " not in text else text


def is_clause(text: str) -> bool:
    """Tell whether a text is a sentence by itself: somebody does something."""
    return _kind(text, False) == "clause"


def _kind(text: str, plural_product: bool) -> str:
    found = tokens(text)
    first, second = found[0].lower(), found[1].lower() if len(found) > 1 else None
    classes = words()
    if (classes.has("openers", first) and "," in text) or classes.has("pronouns", first):
        return "clause"
    if first in ("no", "zero", "never"):
        return "absence"
    if classes.has("offered", found[-1]):
        return "noun"
    if first in classes.thirds and classes.thirds[first] not in classes.sets["noun_verbs"]:
        return "verb"
    if classes.has("product_participles", first) and _is_adverbial(second):
        return "made"
    if _has_own_verb(found) or _late_verb(first, second, found):
        return "clause"
    if first in classes.sets["adjectives"] and _is_adjective(found):
        return "adjective"
    if first in classes.thirds and _acts(classes.thirds[first], second, found):
        return "verb"
    if first in classes.verbs and (first not in classes.sets["noun_verbs"] or _before_object(second)):
        return "own" if plural_product and not classes.has("user_verbs", first) else "act"
    if _is_adjective(found):
        return "adjective"
    if classes.has("prepositions", first):
        return "place"
    return "parts" if _has_parts(found) else "noun"


def _has_parts(found: list[str]) -> bool:
    """A product has `six height settings` and `tutors who correct your emails`, but not `90 minutes from the city`."""
    classes = words()
    stop = next(
        (i for i, word in enumerate(found) if classes.has("relatives", word) or (i and _is_adverbial(word))), len(found)
    )
    head = found[stop - 1] if stop else ""
    return (
        is_plural(head)
        and head.isalpha()
        and not classes.has("not_parts", head)
        and not classes.has("all_of", found[0])
    )


def _acts(base: str, following: str | None, found: list[str]) -> bool:
    """A third person that could be a plural noun is a verb unless a preposition or another verb follows."""
    classes = words()
    if base not in classes.sets["noun_verbs"] or _before_object(following):
        return True
    if following is None or _adjectival(following):
        return False
    blocked = classes.has("noun_follows", following) or bool(_PARTICIPLE.match(following))
    return not blocked and not classes.has("auxiliaries", following) and len(found) > 1


def _before_object(following: str | None) -> bool:
    return following is not None and (words().has("verb_follows", following) or bool(_NUMBER.match(following)))


def _has_own_verb(found: list[str]) -> bool:
    """Look for a finite verb with a subject before it, outside relative clauses."""
    classes = words()
    for i, token in enumerate(found[1:], 1):
        low, before = token.lower(), found[i - 1]
        following = found[i + 1] if i + 1 < len(found) else None
        if classes.has("relatives", low) or classes.has("openers", low) or before.lower() == "to":
            return False
        if classes.has("auxiliaries", low):
            return True
        bound = any(
            classes.has(group, before) for group in ("small_words", "prepositions", "adjectives", "verb_follows")
        )
        if bound and not classes.has("pronouns", before):
            continue
        base = classes.thirds.get(low, low if is_plural(before) or classes.has("pronouns", before) else "")
        sure = base not in classes.sets["noun_verbs"] or _before_object(following)
        named = before.lower() not in classes.verbs or (i > 1 and _before_object(found[i - 2].lower()))
        if base in classes.verbs and sure and named:
            return i > 1 or before.lower() not in classes.thirds or is_plural(before)
    return False


def _late_verb(first: str, second: str | None, found: list[str]) -> bool:
    """`Orders over $50 ship free`: a plural with a preposition, and the verb comes after."""
    classes = words()
    unsure = classes.thirds.get(first, "") in classes.sets["noun_verbs"] and classes.has("prepositions", second)
    last = found[-1].lower()
    later = [word.lower() for word in found[3:-1]] + ([] if last in classes.sets["noun_verbs"] else [last])
    return unsure and any(word in classes.verbs for word in later)


def _is_adverbial(word: str | None) -> bool:
    """A word that opens a phrase of place, time or purpose."""
    classes = words()
    opens = classes.has("prepositions", word) or classes.has("openers", word) or word in ("every", "to")
    return opens or (word is not None and bool(_NUMBER.match(word)))


def _is_adjective(found: list[str]) -> bool:
    """`quiet`, `machine washable`, `soft and warm`, `ready after a night`; not `quiet motor`."""
    stop = next((i for i, word in enumerate(found) if i and _is_adverbial(word)), len(found))
    head = [word for word in found[:stop] if word.lower() not in ("and", "but", "for")]
    if not head or not _adjectival(head[-1]):
        return False
    return len(head) <= 2 or all(map(_adjectival, head))


def _adjectival(word: str) -> bool:
    low = word.lower()
    endings = tuple(read("copy/english")["adjective_endings"].split())
    classes = words()
    return classes.has("adjectives", low) or (low.endswith(endings) and not classes.has("not_adjectives", low))


def _is_whole(text: str) -> bool:
    """After markup was taken out: is there still a statement of at least two words?"""
    return len(tokens(text)) >= 2


def _without_boasts(text: str) -> str:
    boasts = words().sets["boasts"]
    kept = [part for part in text.split(" ") if part.strip(".,;:").lower() not in boasts]
    if len(kept) == len(text.split(" ")):
        return text
    rest = re.sub(r"^(?:and|but|or) | (?:and|but|or)$", "", " ".join(kept)).strip(" ,")
    return rest if len(tokens(rest)) >= 2 else ""
