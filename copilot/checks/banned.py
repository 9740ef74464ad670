"""Words and claims that the brief or the brand's voice forbids.

A word counts wherever it stands. A claim, given as an order (不能说治疗失眠) or as a phrase of four characters or more,
also counts when its content words stand close together in one clause (治疗长期失眠, 失眠也能治疗). A claim that the
copy denies (不能治疗失眠) is not made, if it was given as an order: an entry that is no order must not stand at all.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from copilot.checks.fields import field_texts
from copilot.knowledge import read
from copilot.text import fold
from copilot.types import Finding

_RUN = re.compile(r"\d[\d.,]*(?:%|[\u3400-\u9fff])?|[a-z]+|[\u3400-\u9fff]+")
_QUOTED = re.compile(r"[“\"「『《‘']([^”\"」』》’']+)[”\"」』》’']")
_LIST = re.compile(r"[、;；\n|]|或者|或是|或|以及")
_LIST_OF_ORDER = r"[、,，;；\n|/]|或者|或是|或|以及| and | or "
_JOINT = re.compile(r"\s+|(?<=[a-z0-9])(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])(?=[a-z0-9])")
_FUNCTION = re.compile(r"[的了都也很就]")
_CLAUSE = re.compile(r"[^，。！？；,!?;\n]+")
_SLACK, _SLACK_WESTERN = 8, 24  # characters that may stand between the content words of a claim; turned round, half
_DENIED_WITHIN = 8  # characters between a denial and the claim


class Word(NamedTuple):
    """An expression, and a string that every text holds in which it is found: looking for that is ten times as fast.

    It is compiled only for a text that holds the string: 0.2 ms for each of a row's banned words otherwise.
    """

    probe: str
    source: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """The compiled expression."""
        return _compiled(self.source)


class Ban(NamedTuple):
    """One banned thing: `literal` as it is spelt, or all of its `words` in one clause with `slack` between them."""

    given: str
    literal: Word
    words: tuple[Word, ...]
    slack: int
    order: bool
    deniable: bool


def banned_findings(fields: Mapping[str, Any], banned: Sequence[str], by: str = "brief") -> list[Finding]:
    """Return where the copy says what `banned` forbids; `by` names who forbids it: `brief`, `voice`, or a name."""
    bans = _bans(tuple(banned))
    if not bans:
        return []
    found: dict[tuple[str, int, int], Finding] = {}
    for field, text in field_texts(fields):
        folded = fold(text)
        for ban in bans:
            for start, end, exact in _places(folded, ban):
                found.setdefault((field, start, end), _finding(field, text, start, end, exact, ban, by))
    return list(found.values())


def _finding(field: str, text: str, start: int, end: int, exact: bool, ban: Ban, by: str) -> Finding:
    whose = {"brief": "简报", "voice": "品牌语气"}.get(by, by)
    advice = f"{whose}要求不出现“{ban.given}”，删去或换一种不含这个意思的说法。"
    rule = "banned-word" if exact and not ban.order else "banned-claim"
    return Finding(rule, "banned", "ban", field, start, end, text[start:end], "", advice)


def _places(text: str, ban: Ban) -> Iterator[tuple[int, int, bool]]:
    """Yield `(start, end, literally)` of what the ban forbids in folded `text`."""
    word = ban.literal
    spans = [match.span() for match in word.pattern.finditer(text)] if word.probe in text else []
    literal = set(spans)
    if len(ban.words) > 1:
        spans += [span for span in _together(text, ban) if not any(a < span[1] and span[0] < b for a, b in literal)]
    if not spans:
        return
    notices = [match.span() for match in _rules()["notices"].finditer(text)]
    for start, end in spans:
        if any(a <= start and end <= b for a, b in notices) or (ban.deniable and _denied(text, start)):
            continue
        yield start, end, (start, end) in literal


def _together(text: str, ban: Ban) -> Iterator[tuple[int, int]]:
    """Yield the spans where all words of a claim stand in one clause, not far apart."""
    if not all(word.probe in text for word in ban.words):
        return
    for clause in _CLAUSE.finditer(text):
        places = [word.pattern.search(text, *clause.span()) for word in ban.words]
        spans = [match.span() for match in places if match]
        if len(spans) < len(places):
            continue
        (start, _), (_, end) = min(spans), max(spans)
        slack = ban.slack if spans == sorted(spans) else ban.slack // 2
        if end - start <= sum(b - a for a, b in spans) + slack:
            yield start, end


def _denied(text: str, start: int) -> bool:
    clause = re.split(r"[，。！？；,!?;\n]", text[max(0, start - _DENIED_WITHIN - 4) : start])[-1]
    return bool(_rules()["denials"].search(clause))


@lru_cache(maxsize=256)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source)


@lru_cache(maxsize=64)
def _bans(banned: tuple[str, ...]) -> tuple[Ban, ...]:
    """Read the entries once: a brief has the same ones for all of its variants."""
    return tuple(ban for entry in banned if entry.strip() for ban in _read(entry.strip()))


def _read(entry: str) -> Iterator[Ban]:
    content, order, firm = _content(entry)
    quoted = _QUOTED.findall(content)
    parts = quoted or [part.strip() for part in (_rules()["list"] if order else _LIST).split(content)]
    parts = [part for part in (_bare(part, order) for part in parts) if part]
    for part in _with_head(parts) or [entry]:
        yield _ban(entry, part, order and not quoted)
    if order and not firm:
        yield Ban(entry, _word(fold(entry)), (), 0, False, False)


def _content(entry: str) -> tuple[str, bool, bool]:
    """Return what an order forbids, whether the entry is one, and whether it says so: 不能说治疗失眠 → 治疗失眠.

    Without a verb of saying it may be a phrase as well (不能错过), and a single character is no content (不要钱).
    """
    folded = fold(entry)
    for order in (_rules()["order"], _rules()["english"]):
        if (match := order.match(folded)) and match.end() < len(entry):
            content, firm = entry[match.end() :], "bare" not in order.groupindex or not match["bare"]
            return (content, True, firm) if firm or len(content) > 1 else (entry, False, False)
    return entry, False, False


def _bare(part: str, order: bool) -> str:
    """Return a part of an entry without marks around it and endings such as 字样."""
    part = part.strip(" 　\t“”\"'‘’「」『』。.,，!！:：")
    ending = _rules()["order_endings" if order else "endings"].search(part)
    return part[: ending.start()] if ending and ending.start() > 1 else part


def _with_head(parts: list[str]) -> list[str]:
    """Give the later objects of a list their verb: 治疗失眠, 焦虑 → 治疗失眠, 治疗焦虑."""
    head = next((h for h in read("banned")["heads"] if parts and parts[0].startswith(h) and parts[0] != h), "")
    if not head:
        return parts
    return [parts[0], *(p if p[:2] in read("banned")["heads"] else head + p for p in parts[1:])]


def _ban(given: str, part: str, order: bool) -> Ban:
    folded = fold(part)
    character = read("banned")["characters"].get(folded)
    if character:
        return Ban(given, Word("", character), (), 0, False, False)
    slack = _SLACK_WESTERN if folded.isascii() else _SLACK
    words = tuple(_words(folded))
    return Ban(given, _word(folded), words, slack, order, order and len(words) > 1)


def _word(folded: str) -> Word:
    """Return how a word is looked for: a Western one not inside others; spaces beside it do not matter."""
    parts = _JOINT.split(folded)
    body = r"\s*".join(map(re.escape, parts))
    left = r"(?<![a-z0-9])" if folded[0].isascii() and folded[0].isalnum() else ""
    right = r"(?![a-z0-9])" if folded[-1].isascii() and folded[-1].isalnum() else ""
    return Word(max(parts, key=len), f"{left}{body}{right}")


def _words(folded: str) -> list[Word]:
    """Return a claim's content words; one or none for what is a word itself.

    Han runs are cut at function words and then into pairs: where their words end is not known, and the claim itself
    holds its pairs in any case. A single character tells something only beside a number (7天瘦10斤).
    """
    if folded.isascii():
        common = read("banned")["english_common"]
        words = [word for word in re.findall(r"[a-z]{3,}|\d+%?", folded) if word not in common]
        return [Word(stem, rf"\b{re.escape(stem)}") for stem in map(_stem, words)]
    pieces: list[str] = []
    for run in _RUN.findall(folded):
        pieces += [run] if run[0].isascii() else [p for part in _FUNCTION.split(run) for p in _pairs(part)]
    if len(folded) < 4 or (any(len(p) == 1 for p in pieces) and not any(p[0].isdigit() for p in pieces)):
        return []
    return [_word(piece) for piece in pieces]


def _pairs(part: str) -> list[str]:
    """Cut a run into pairs, the last one of an odd run with three characters."""
    cuts = [*range(0, max(len(part) - 1, 1), 2), len(part)]
    return [part[a:b] for a, b in pairwise(cuts) if a < b]


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|ed|es|s|e)$", "", word) if len(word) > 4 else word


@cache
def _rules() -> dict[str, re.Pattern[str]]:
    data = read("banned")

    def either(*names: str) -> str:
        return "|".join(sorted((re.escape(fold(w)) for name in names for w in data[name]), key=len, reverse=True))

    firm = "|".join(re.escape(p) for p in sorted(data["prohibitions"], key=len, reverse=True) if p != "不")
    verbs = rf"(?:{firm})(?:再|随便|直接)?(?:{either('saying', 'using')})|不(?:{either('saying')})"
    order = (
        rf"\s*(?:{either('leads')}|\s)*(?:{verbs}|(?P<bare>{either('strong')}))"
        rf"(?:(?:{either('colons')})?[:：])?\s*(?:{either('softeners')})*(?=\S)"
    )
    return {
        "order": re.compile(order),
        "list": re.compile(rf"{_LIST_OF_ORDER}|{data['and']}"),
        "english": re.compile(rf"\s*{data['english']}\b:?\s*"),
        "endings": re.compile(rf"(?:{either('endings')})$"),
        "order_endings": re.compile(rf"(?:{either('endings', 'order_endings')})$"),
        "denials": re.compile(rf"(?<!不)(?!{either('not_denials')})(?:{either('denials')})"),
        "notices": re.compile(either("notices")),
    }
