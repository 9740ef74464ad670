"""How much the variants of one brief repeat each other: openings, questions, turns of phrase, self-BLEU."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from math import exp, log

from copilot.briefs import AdBrief, Offer
from copilot.checks.pieces import Piece, pieces
from copilot.checks.quantities import readable
from copilot.knowledge import read
from copilot.types import Finding

_SIGN = re.compile(r"^\s*【[^】]*】")
_MARKS = re.compile(r"[\W_]+")
_SPACE = re.compile(r"\s+")
_OPENING = 8
_ALIKE = 0.8  # Dice over pairs of characters, masked: two people's copy for one brief stays below 0.6


def masked(text: str, brief: AdBrief) -> str:
    """Return `text` folded, without product, brand, keywords, price, offer, marks and white space."""
    text = _SPACE.sub("", readable(text))
    for name in _names(brief):  # an expression for each brief of a batch would take 1 ms to compile
        text = text.replace(name, " ")
    return _MARKS.sub("", text)


@lru_cache(maxsize=64)
def _names(brief: AdBrief) -> list[str]:
    """What is masked, longest first, without white space: one space more or less is the same offer."""
    offer = brief.offer
    offered = (
        [offer.who, offer.what, offer.threshold, offer.gift, offer.quota, offer.start, offer.end]
        if isinstance(offer, Offer)
        else [offer]
    )
    names = [brief.product, brief.brand, *brief.keywords, brief.price, *offered]
    names += [brief.original_price.value] if brief.original_price else []
    names += [part for name in offered for part in re.split(r"[，。；！？,;!?\s]+", name) if len(part) > 1]
    found = {_SPACE.sub("", readable(name)) for name in names} - {""}
    return sorted(found, key=lambda name: (-len(name), name))


def self_bleu(texts: Sequence[str]) -> float:
    """Return the mean over `texts` of character BLEU-4 of each against the others; mask them first.

    Uniform weights; a count of zero becomes 0.1 (NLTK's method 1); brevity penalty against the nearest length.
    """
    if len(texts) < 2:
        return 0.0
    grams = [[Counter(text[i : i + n] for i in range(len(text) - n + 1)) for n in (1, 2, 3, 4)] for text in texts]
    return sum(_bleu(index, texts, grams) for index in range(len(texts))) / len(texts)


def _bleu(index: int, texts: Sequence[str], grams: list[list[Counter[str]]]) -> float:
    length = len(texts[index])
    others = [number for number in range(len(texts)) if number != index]
    if not length:
        return 0.0
    logs = 0.0
    for n in range(4):
        mine = grams[index][n]
        hits = sum(min(count, max(grams[o][n][gram] for o in others)) for gram, count in mine.items())
        total = max(1, length - n)
        if not hits and not n:
            return 0.0
        logs += log((hits or 0.1) / total) / 4
    nearest = min((len(texts[o]) for o in others), key=lambda size: (abs(size - length), size))
    return exp(logs) * (1.0 if length > nearest else exp(1 - nearest / length))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    data = read("style")
    return re.compile(data["contrast"]), re.compile(data["question"])


def set_findings(variants: Sequence[Mapping[str, str | Sequence[str]]], brief: AdBrief) -> list[Finding]:
    """Return what a set of variants repeats; the field says which variant: `variants[2].title`."""
    parts = [
        [piece for piece in pieces(fields) if piece.name not in read("style")["exempt_fields"]] for fields in variants
    ]
    found = _openings(parts) + _questions(parts) + _contrasts(parts) + _alike(parts, brief)
    return sorted(found, key=lambda finding: (finding.field, finding.start))


def _finding(rule: str, number: int, piece: Piece, start: int, end: int, advice: str) -> Finding:
    field = f"variants[{number}].{piece.field}"
    return Finding(rule, "style", "caution", field, start, end, piece.text[start:end], "", advice)


def opening(piece: Piece) -> str:
    """Return the first characters that are read or heard: without 【签名】, marks and signs."""
    heard = piece.plain.partition("口播:")[2] or piece.plain.partition("口播：")[2]  # of a script, what is heard
    return _MARKS.sub("", _SIGN.sub("", heard or piece.plain))[:_OPENING]


def _openings(parts: list[list[Piece]]) -> list[Finding]:
    found = []
    seen: dict[tuple[str, str], int] = {}
    for number, fields in enumerate(parts):
        for piece in [*fields[:1], *(piece for piece in fields[1:] if piece.name == "body" == piece.field)]:
            key = piece.name, opening(piece)
            if len(key[1]) < _OPENING:
                key = piece.name, f"{key[1]}$"  # a shorter text is the same only as a whole
            if key in seen:
                advice = f"开头与第 {seen[key] + 1} 条一样：前 {_OPENING} 个字要不同。"
                found.append(_finding("C3", number, piece, 0, min(_OPENING, len(piece.text)), advice))
            seen.setdefault(key, number)
    return found


def _questions(parts: list[list[Piece]]) -> list[Finding]:
    asking = []
    for number, fields in enumerate(parts):
        for piece in [*fields[:1], *(piece for piece in fields[1:] if piece.name == "body")]:
            start, end = piece.sentences[0] if piece.sentences else (0, 0)
            if _patterns()[1].search(piece.plain[start:end]):
                asking.append((number, piece, start, end))
                break
    allowed = max(1, len(parts) // 5)
    return [_finding("C6", *found, "五条里最多一条用问句开头：这条换成陈述。") for found in asking[allowed:]]


def _contrasts(parts: list[list[Piece]]) -> list[Finding]:
    found = [
        (number, piece, *match.span())
        for number, fields in enumerate(parts)
        for piece in fields
        for match in _patterns()[0].finditer(piece.plain)
    ]
    return [_finding("C7", *each, "“不是…而是”“不仅…更”一组里最多用一次。") for each in found[1:]]


def _alike(parts: list[list[Piece]], brief: AdBrief) -> list[Finding]:
    texts = [masked("\n".join(piece.text for piece in fields), brief) for fields in parts]
    pairs = [Counter(text[i : i + 2] for i in range(len(text) - 1)) for text in texts]
    found = []
    for number, mine in enumerate(pairs):
        for other in range(number):
            total = mine.total() + pairs[other].total()
            if total and 2 * (mine & pairs[other]).total() / total >= _ALIKE and parts[number]:
                piece = parts[number][0]
                advice = f"与第 {other + 1} 条只差几个字：换一个角度写。"
                found.append(_finding("C3", number, piece, 0, len(piece.text), advice))
                break
    return found
