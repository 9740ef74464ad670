"""The rules of the ad law as data: `knowledge/adlaw/*.yaml` read into packs, patterns compiled when first needed.

A pattern names in angle brackets the literal words one of which must stand in the text: `全网<最低|最便宜>价?`.
Rules are found by these anchors, so that a text without them costs next to nothing. `{name}` is a word list.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from copilot.errors import DataError
from copilot.knowledge import read
from copilot.text.grams import Words
from copilot.types import Level

_ANCHOR = re.compile(r"(?<!\(\?)<([^<>]+)>")  # not the < of a look-behind
# What an alternative may lack: groups, classes, escapes, dots, characters with ? or *, and the marks themselves.
_OPTIONAL = re.compile(r"\((?:[^()]|\([^()]*\))*\)[?*+]?|\[[^\]]*\][?*+]?|\\.[?*+]?|[^\\][?*]|\{[^}]*\}|[.+^$]")
_WORD_LIST = re.compile(r"\{([^\d,{}][^{}]*)\}")
_FOLDED = str.maketrans({"，": ",", "！": "!", "？": r"\?", "：": ":", "；": ";", "（": r"\(", "）": r"\)"})
SCOPES = ("over", "before", "after", "sentence", "text")


class Pattern:
    """A regular expression over the view; a block of YAML when `block`. Made ready when it is first needed."""

    def __init__(self, source: str, block: bool = False) -> None:
        self.source = source
        self.block = block

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(_joined(self.source) if self.block else self.source)


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why a match is none: every scope in `scopes` must hold; `level` lowers the finding instead."""

    reason: str
    scopes: tuple[tuple[str, Pattern], ...]
    level: Level | None


@dataclass(frozen=True, slots=True)
class Rule:
    """What the law forbids or asks proof for. `unless` names packs whose texts it does not reach."""

    id: str
    category: str
    level: Level
    law: str
    why: str
    advice: str
    confidence: str
    exemptions: tuple[Exemption, ...]
    unless: frozenset[str]


@dataclass(frozen=True, slots=True)
class Need:
    """Something that must stand in the text, said in Chinese."""

    name: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Absence:
    """A disclosure that is asked for once `when` matches: one finding when `needs` are missing.

    `platforms` are ids, ids with a minus for all but those,
    `none` for a text of no known platform.
    """

    rule: Rule
    when: Pattern
    anchors: tuple[str, ...]
    needs: tuple[Need, ...]
    platforms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules for one kind of goods; `anchors[gram]` lists (literal, rule, pattern), `grams` are its keys.

    `called` has the literals that call for a disclosure, each with its place in `absences`.
    """

    name: str
    grams: frozenset[str]
    anchors: dict[str, tuple[tuple[str, Rule, Pattern], ...]]
    absences: tuple[Absence, ...]
    rules: tuple[Rule, ...]
    called: Words[int]


@dataclass(frozen=True, slots=True)
class Industry:
    """How a pack is chosen, and what it cannot check."""

    name: str
    title: str
    aliases: tuple[str, ...]
    cues: tuple[str, ...]
    least: int
    not_checked: tuple[str, ...]


@cache
def industries() -> tuple[Industry, ...]:
    """Return the industries that have a pack."""
    found = []
    for name, row in read("adlaw/industries")["industries"].items():
        aliases, cues = tuple(row["aliases"].split()), tuple(row["cues"].split())
        told = tuple(row.get("not_checked", "").splitlines())
        found.append(Industry(name, row["title"], aliases, cues, int(row.get("least", 1)), told))
    return tuple(found)


@cache
def pack(name: str) -> Pack:
    """Return a pack, read once; `common` joins several files.

    :raises DataError: a rule is malformed
    """
    files = read("adlaw/industries")["common"].split() if name == "common" else [name]
    anchors: dict[str, list[tuple[str, Rule, Pattern]]] = {}
    absences: list[Absence] = []
    rules: list[Rule] = []
    for file in files:
        data = read(f"adlaw/{file}")
        for row in data.get("rules", ()):
            rule = _rule(row, file)
            rules.append(rule)
            for line in _lines(row["patterns"]):
                source, words = _anchored(line, rule.id)
                pattern = Pattern(source)
                for word in words:
                    anchors.setdefault(word[:2], []).append((word, rule, pattern))
        absences += [_absence(row, file) for row in data.get("absences", ())]
    called = Words((word, place) for place, absence in enumerate(absences) for word in absence.anchors)
    return Pack(
        name,
        frozenset(anchors),
        {gram: tuple(rows) for gram, rows in anchors.items()},
        tuple(absences),
        tuple(rules),
        called,
    )


def _rule(row: Mapping[str, Any], file: str) -> Rule:
    try:
        law = read("adlaw/laws")["laws"][row["law"]]
        exemptions = [each for name in row.get("uses", "").split() for each in _shared(name)]
        exemptions += [_exemption(each) for each in row.get("exceptions", ())]
        return Rule(
            row["id"],
            row["category"],
            row["level"],
            law["cite"],
            row["why"],
            row["advice"],
            row.get("confidence", law.get("confidence", "H")),
            tuple(exemptions),
            frozenset(row.get("unless", "").split()),
        )
    except KeyError as error:
        raise DataError(f"adlaw/{file}.yaml 的规则 {row.get('id')} 缺少 {error}", "补上这一项。") from error


def _exemption(row: Mapping[str, Any]) -> Exemption:
    scopes = tuple((scope, Pattern(row[scope], block=True)) for scope in SCOPES if scope in row)
    return Exemption(row["reason"], scopes, row.get("level"))


def _absence(row: Mapping[str, Any], file: str) -> Absence:
    source, words = _anchored(_joined(row["when"]), row["id"], every=True) if row["when"] else ("", ())
    needs = tuple(Need(name, Pattern(pattern, block=True)) for name, pattern in row["needs"].items())
    return Absence(_rule(row, file), Pattern(source), words, needs, frozenset(row.get("platforms", "").split()))


def _lines(block: str) -> Iterable[str]:
    return (line.strip() for line in block.splitlines() if line.strip() and not line.startswith("# "))


def _joined(block: str) -> str:
    return _worded("|".join(_lines(block)))


def _anchored(line: str, rule: str, every: bool = False) -> tuple[str, tuple[str, ...]]:
    """Return the regular expression of a pattern and the literals of its first anchor, or of every one."""
    source = _worded(line)
    anchors = _ANCHOR.findall(source) if every else [match[1]] if (match := _ANCHOR.search(source)) else []
    words = [_literal(each) for anchor in anchors for each in _alternatives(anchor)]
    if not words or not all(words):
        raise DataError(f"规则 {rule} 的模式没有 <词>：{line}", "用尖括号标出至少一个必现的词。")
    return _ANCHOR.sub(r"(?:\1)", source), tuple(dict.fromkeys(words))


def _alternatives(source: str) -> list[str]:
    """Split at every `|` that stands outside brackets."""
    if "(" not in source and "[" not in source:
        return source.split("|")
    parts, depth = [""], 0
    for char in source:
        depth += (char in "([") - (char in ")]")
        if char == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _literal(source: str) -> str:
    """Return the longest run of plain characters that every match of an alternative holds."""
    if source.isalnum():
        return source
    return max(_OPTIONAL.split(source), key=len)


def _worded(source: str) -> str:
    """Replace `{name}` by the alternatives of that word list, and fold the punctuation as the view does."""
    words = _word_lists()
    bounded = source.replace(r"\d+", r"\d{1,9}")  # a page of digits takes 790 ms with +, 6 with a bound
    return _WORD_LIST.sub(lambda match: words[match[1]], bounded).translate(_FOLDED)


@cache
def _word_lists() -> dict[str, str]:
    """Return the word lists of `shared.yaml` as alternatives, longest first."""
    lists = read("adlaw/shared")["words"]
    return {name: "|".join(sorted(block.split(), key=len, reverse=True)) for name, block in lists.items()}


@cache
def _shared(name: str) -> tuple[Exemption, ...]:
    """Return the exemptions of `shared.yaml` under a name."""
    return tuple(_exemption(row) for row in read("adlaw/shared")["exceptions"][name])
