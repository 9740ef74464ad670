"""Statements that are copied from their quote but for one thing: a word exchanged, two in each other's place, a clause
added. Too little is changed there for a score over the whole to tell."""

import re
from bisect import bisect_left

from rapidfuzz.distance import Postfix, Prefix

from copilot.checks.alignment import BREAK, Swap, content_of, discourse, letters, synonymous
from copilot.checks.polarity import lexicon
from copilot.knowledge import read

_COPY, _LONGEST_WORD = 0.5, 12  # share of a statement that must be copied, letters of what may stand for a word
_COPIED, _STRANGE_LETTERS, _STRANGE = 6, 5, 0.6  # letters of a copied clause, of a strange one; its unknown pairs
_CIRCUMSTANCE = "中时后前里上下"
_ITEM_END = re.compile("[、，；：,;:。和与及或]")
_POINTING = re.compile("[这该它其此他她那]")  # stands for what the quote names
_ASKING = re.compile("[几谁哪]|什么|多少|如何|怎")  # and a statement answers
_SENTENCE = re.compile(r"[^。！？!?\n]{4,}")
_CLAUSE_END = re.compile(r"[，。；！？：,;!?:\n]")


def changes(statement: str, quote: str) -> tuple[str, ...]:
    """Return in Chinese what was changed in plain `statement`, if it is a copy of plain `quote` otherwise."""
    if swap := altered_copy(statement, quote):
        return (f"“{swap.mine}”在引文中是“{swap.theirs}”",)
    if is_rearranged(statement, quote):
        return ("词的位置与引文不同",)
    return tuple(f"引文中找不到“{clause[:12]}”" for clause in strange_clauses(statement, quote))


def altered_copy(statement: str, quote: str) -> Swap | None:
    """Return the one stretch of a statement that stands otherwise in the quote, where all else is copied from it.

    A paraphrase differs in many places, a copy with one word exchanged was altered: so a word that the quote holds
    elsewhere counts here, too, and so do words in each other's place. With `is_rearranged` and `strange_clauses` it
    flags 2 of 500 supported statements of CiteCheck more, and 2 of the others, and of sentences altered on purpose
    (benchmarks/personalities.py) nearly all that passed before.
    """
    swap = _only_swap(statement.rstrip("。.!？！?"), quote)
    if swap is None or _POINTING.search(swap.mine) or _ASKING.search(swap.theirs):
        return None
    if sorted(swap.mine) == sorted(swap.theirs):
        return None if _same_items(statement, swap.start, swap.mine, swap.theirs) else swap
    if BREAK.search(swap.mine + swap.theirs) or len(swap.theirs) > _LONGEST_WORD:
        return None
    qualifiers = read("citations")["qualifiers"]
    if any(word in swap.mine for word in qualifiers) and not any(word in swap.theirs for word in qualifiers):
        return swap
    function = lexicon().function
    mine, theirs = content_of(swap.mine, function), content_of(swap.theirs, function)
    if not mine or not theirs or set(mine) & set(theirs) or (mine != swap.mine and theirs != swap.theirs):
        return None
    return None if synonymous(swap, mine, theirs, statement, quote) else swap


def _same_items(statement: str, start: int, mine: str, theirs: str) -> bool:
    """Tell whether `mine`, at `start` of the statement, and `theirs` hold the same items of a list in another order.

    Where they were cut inside of items they are filled up first.
    """
    head = _ITEM_END.split(statement[:start])[-1]
    behind = _ITEM_END.split(statement[start + len(mine) :], maxsplit=1)[0]
    return _items(mine) == _items(theirs) or _items(head + mine + behind) == _items(head + theirs + behind)


def _items(text: str) -> list[str]:
    return sorted(filter(None, map(letters, _ITEM_END.split(text))))


def _only_swap(text: str, quote: str) -> Swap | None:
    """Return what stands between the longest beginning and the longest end of `text` that the quote holds."""
    left = bisect_left(range(1, len(text) + 1), True, key=lambda size: text[:size] not in quote)
    right = bisect_left(range(1, len(text) - left + 1), True, key=lambda size: text[-size:] not in quote)
    end = len(text) - right
    if left == end or left + right < _COPY * len(text):
        return None
    start = quote.find(text[:left]) + left
    stop = quote.find(text[end:], start) if right else -1
    if not left:
        start = max((m.end() for m in BREAK.finditer(quote, 0, stop)), default=0)
    if not right:
        stop = cut.start() if (cut := BREAK.search(quote, start)) else len(quote)
    if not start < stop <= start + 2 * len(text):
        return None
    return Swap(text[left:end], quote[start:stop], left, end, start, stop, left, right)


def is_rearranged(statement: str, quote: str) -> bool:
    """Tell whether a statement holds exactly the letters of a sentence of the quote, in another order.

    Items of a list and clauses may change places, words inside of them may not.
    """
    text = statement.rstrip("。.!？！?")
    own = sorted(letters(text))
    for sentence in map(str.strip, _SENTENCE.findall(quote)):
        if len(sentence) < len(own) or sorted(letters(sentence)) != own or letters(sentence) == letters(text):
            continue
        left = Prefix.similarity(text, sentence)
        right = Postfix.similarity(text[left:], sentence[left:])
        return not _same_items(text, left, text[left : len(text) - right], sentence[left : len(sentence) - right])
    return False


def strange_clauses(statement: str, quote: str) -> list[str]:
    """Return the clauses that the quote knows nothing of, in a statement that is copied from it otherwise."""
    joined = letters(quote)
    clauses = [clause for clause in map(letters, _CLAUSE_END.split(statement)) if clause]
    if clauses and clauses[0][-1] in _CIRCUMSTANCE:  # 在这次活动中，: where and when, in the writer's words
        clauses = clauses[1:]
    strange = [clause for clause in clauses if clause not in joined and _is_strange(clause, joined)]
    rest = "".join(clause for clause in clauses if clause not in strange)
    return strange if len(rest) >= _COPIED and rest in joined else []


def _is_strange(clause: str, quote: str) -> bool:
    told = discourse().sub("", clause)
    return len(told) >= _STRANGE_LETTERS and _missing_share(told, quote) >= _STRANGE


def _missing_share(text: str, quote: str) -> float:
    """Return the share of the character pairs of `text` that `quote` does not hold."""
    pairs = [text[at : at + 2] for at in range(len(text) - 1)]
    return sum(pair not in quote for pair in pairs) / max(1, len(pairs))
