"""What the advertising law has to say about a text: findings with their article, exemptions with their reason.

Rules read a view of the text (`adlaw_view`) in which evasions are undone; exceptions are looked for around the match
and inside its sentence. A report never says that a text is lawful: it says what was found and what was not looked at.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from operator import add
from typing import Any, NamedTuple

from copilot.checks.adlaw_rules import Exemption, Pack, Pattern, Rule, industries, pack
from copilot.checks.adlaw_view import View, squeezed, view
from copilot.checks.disclosure import missing_disclosures
from copilot.knowledge import read
from copilot.text.grams import Words, grams
from copilot.types import CheckReport, Finding

_WEIGHT = {"ban": 3, "evidence": 2, "caution": 1}
_SENTENCE_END = re.compile(r"[。！？!?；;\n]")
_CLAUSE_END = re.compile(r"[。！？!?；;\n，,]")
_LATIN_SHARE = 0.6  # of the letters: above it a text is English copy
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[a-z]")


class Hit(NamedTuple):
    """A match of a rule at `start:end` of the view, with the level that its surroundings leave it."""

    rule: Rule
    start: int
    end: int
    level: str
    reason: str  # of the exemption; "" for a finding


def check_law(
    text: str,
    *,
    field: str = "text",
    industry: str = "",
    platform: str = "",
    known: Sequence[str] = (),
    claims_only: bool = False,
) -> CheckReport:
    """Return findings, exemptions and what was not checked; offsets are code points of `text` as given.

    `known` are statements with proof: a claim that only lacks evidence and stands there is exempt. `claims_only`
    leaves out the disclosures that a whole text must hold, for judging a single selling point.
    """
    seen = view(text)
    names = chosen_packs(seen.text, industry)
    hits = _all_hits(seen, names, tuple(known))
    findings = _findings(hits, seen, text, field)
    if not claims_only:
        findings += missing_disclosures(seen, text, field, names, platform)
    findings.sort(key=lambda finding: (finding.start, finding.end))
    return CheckReport(text, tuple(findings), _exempted(hits, seen, text), _not_checked(seen.text, names, platform))


def law_findings(
    text: str, *, industry: str = "", platform: str = "", known: Sequence[str] = (), claims_only: bool = False
) -> list[Finding]:
    """Return the findings of `check_law` alone: copy is checked many times, and nobody asks what was exempt."""
    seen = view(text)
    names = chosen_packs(seen.text, industry)
    findings = _findings(_all_hits(seen, names, tuple(known)), seen, text, "")
    if not claims_only:
        findings += missing_disclosures(seen, text, "", names, platform)
    return sorted(findings, key=lambda finding: (finding.start, finding.end))


def chosen_packs(seen: str, industry: str) -> tuple[str, ...]:
    """Return the packs for an industry as people write it; when it is silent, those whose cues stand in the text."""
    english = ["english"] if is_english(seen) else []
    if industry:
        return ("common", *_named(industry), *english)
    found = set(_cues().held(seen))
    if not found:
        return ("common", *english)
    counts = Counter(name for name, _ in found)
    cued = [each.name for each in industries() if counts[each.name] >= each.least]
    return ("common", *cued, *english)


@lru_cache(maxsize=64)
def _named(industry: str) -> tuple[str, ...]:
    return tuple(each.name for each in industries() if any(alias in industry.lower() for alias in each.aliases))


@cache
def _cues() -> Words[tuple[str, str]]:
    """Return the cues, each with (industry, cue)."""
    return Words((cue, (each.name, cue)) for each in industries() for cue in each.cues)


def _all_hits(seen: View, names: tuple[str, ...], known: tuple[str, ...]) -> list[Hit]:
    hits = [hit for name in names for hit in _hits(seen, pack(name), names)]
    return [_against_known(hit, seen.text, known) for hit in hits] if known else hits


def _findings(hits: list[Hit], seen: View, text: str, field: str) -> list[Finding]:
    findings = []
    for hit in _strongest([hit for hit in hits if not hit.reason]):
        start, end = seen.span(hit.start, hit.end)
        rule = hit.rule
        advice = f"{rule.why}{rule.advice}"
        findings.append(
            Finding(rule.id, rule.category, hit.level, field, start, end, text[start:end], rule.law, advice)  # type: ignore[arg-type]
        )
    return findings


def _exempted(hits: list[Hit], seen: View, text: str) -> tuple[dict[str, Any], ...]:
    exempted: list[dict[str, Any]] = []
    for hit in dict.fromkeys(hit for hit in hits if hit.reason):
        start, end = seen.span(hit.start, hit.end)
        row = {"rule": hit.rule.id, "match": text[start:end], "start": start, "end": end, "reason": hit.reason}
        if row not in exempted:
            exempted.append(row)
    return tuple(sorted(exempted, key=lambda row: (row["start"], row["end"], row["rule"])))


def _hits(view: View, rules: Pack, names: tuple[str, ...]) -> Iterator[Hit]:
    """Yield the matches of a pack: only patterns one of whose anchors stands in the text are tried."""
    seen = view.text
    tried: set[int] = set()
    breaks: list[int] | None = None
    for gram in rules.grams & grams(seen):
        for word, rule, pattern in rules.anchors[gram]:
            if id(pattern) in tried or (len(word) > 2 and word not in seen) or not rule.unless.isdisjoint(names):
                continue
            tried.add(id(pattern))
            for match in pattern.regex.finditer(seen):
                if match.end() > match.start():
                    breaks = view.breaks() if breaks is None else breaks
                    end = _whole_number(seen, match.end())
                    yield _judged(seen, rule, match.start(), end, breaks)


def _whole_number(seen: str, end: int) -> int:
    """Return where a match that stops inside a number ends: a pattern may see the first digit of 98.6% only."""
    if not seen[end - 1].isdigit():
        return end
    while seen[end : end + 1].isdigit() or (seen[end : end + 1] in (".", ",") and seen[end + 1 : end + 2].isdigit()):
        end += 1
    return end + (seen[end : end + 1] in ("%", "万", "亿"))


def _judged(seen: str, rule: Rule, start: int, end: int, breaks: Sequence[int]) -> Hit:
    """Return the match with the first exemption that holds, or at the lowest level that one leaves it."""
    level: str = rule.level
    if rule.exemptions:
        bounds = _around(seen, start, end, breaks)
        for exemption in rule.exemptions:
            if all(_holds(scope, pattern, seen, start, end, bounds) for scope, pattern in exemption.scopes):
                if exemption.level is None:
                    return Hit(rule, start, end, level, exemption.reason)
                level = min(level, exemption.level, key=_WEIGHT.__getitem__)
    return Hit(rule, start, end, level, "")


def _around(seen: str, start: int, end: int, breaks: Sequence[int]) -> tuple[int, int, int]:
    """Return where the clause and the sentence of a match begin, and where the sentence ends."""
    sentence = max((mark.end() for mark in _SENTENCE_END.finditer(seen, 0, start)), default=0)
    clause = max((mark.end() for mark in _CLAUSE_END.finditer(seen, sentence, start)), default=sentence)
    clause = max((at for at in breaks if clause < at <= start), default=clause)
    stop = _SENTENCE_END.search(seen, end)
    return clause, sentence, stop.end() if stop else len(seen)


def _holds(scope: str, pattern: Pattern, seen: str, start: int, end: int, bounds: tuple[int, int, int]) -> bool:
    clause, sentence, stop = bounds
    if scope == "over":
        return any(m.start() < end and m.end() > start for m in pattern.regex.finditer(seen, sentence, stop))
    if scope == "before":
        return pattern.regex.search(seen, clause, start) is not None
    if scope == "after":
        return pattern.regex.match(seen, end, stop) is not None
    if scope == "sentence":
        return pattern.regex.search(seen, sentence, stop) is not None
    return pattern.regex.search(seen) is not None


def _strongest(hits: list[Hit]) -> list[Hit]:
    """Return the hits that no stronger or longer one covers: one claim is one finding."""
    ranked = sorted(hits, key=lambda hit: (-_WEIGHT[hit.level], hit.start - hit.end, hit.start, hit.rule.id))
    kept: list[Hit] = []
    for hit in ranked:
        if not any(hit.start < other.end and hit.end > other.start for other in kept):
            kept.append(hit)
    return kept


_FIGURE = re.compile(r"\d+(?:\.\d+)?")


def _against_known(hit: Hit, seen: str, known: tuple[str, ...]) -> Hit:
    """Exempt what only lacks evidence when one known statement holds its words and its figures."""
    if hit.reason or hit.level != "evidence":
        return hit
    claim = seen[hit.start : hit.end]
    figures, grams = set(_FIGURE.findall(claim)), set(map(add, claim, claim[1:]))
    for statement in known:
        plain = squeezed(statement)
        if figures <= set(_FIGURE.findall(plain)) and sum(gram in plain for gram in grams) >= 0.6 * len(grams):
            return hit._replace(reason=f"资料里有这条依据：{statement}")
    return hit


def _not_checked(seen: str, names: tuple[str, ...], platform: str) -> tuple[str, ...]:
    data = read("adlaw/industries")
    told = [line for line in data["not_checked"].splitlines() if line]
    for row in data["not_checked_when"]:
        if re.search(row["when"], seen) or platform in row.get("platforms", "").split():
            told.append(row["told"])
    for each in industries():
        if each.name in names:
            told += each.not_checked
    return tuple(dict.fromkeys(told))


def is_english(seen: str) -> bool:
    """Tell whether a view is English copy: hardly any Han among its letters."""
    latin = len(_LETTER.findall(seen))
    return latin > 0 and latin / (latin + 4 * len(_HAN.findall(seen))) > _LATIN_SHARE


__all__ = ["Exemption", "check_law", "chosen_packs", "is_english"]
