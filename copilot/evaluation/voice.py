"""Diagnoses of voices against human labels: kind, slots, needs, verdict, and what must never happen.

Spans are compared by characters: the F1 of two spans is 2 × shared / (length + length).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from copilot.checks.voice import lint_question
from copilot.diagnosis import SLOTS, Diagnosis, Span
from copilot.errors import InputError
from copilot.evaluation.voice_rows import SUGGESTION, LabelledVoice, asks, read_voices
from copilot.text import fold

FOUND = 0.5  # F1 of characters from which on a span counts as found
_MISSES = 50


class _Case(NamedTuple):
    voice: LabelledVoice
    got: Diagnosis


class _Misses:
    """What went wrong, by what it is."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(self, what: str, case: _Case, expected: Any, found: Any) -> None:
        row = {"miss": what, "line": case.voice.line, "text": case.voice.text, "expected": expected, "found": found}
        self._rows[what].append(row)

    def figures(self) -> dict[str, Any]:
        """How many there are of each, and the first of each, at most 50 together."""
        each = max(1, _MISSES // max(1, len(self._rows)))
        shown = [row for rows in self._rows.values() for row in rows[:each]]
        return {"missed": {what: len(rows) for what, rows in self._rows.items()}, "misses": shown[:_MISSES]}


def evaluate_voice(path: Path, diagnose: Callable[[str], Diagnosis]) -> dict[str, Any]:
    """Diagnose every labelled voice of a file; figures for the keys that its lines have.

    `spans_exact` is the share of all spans that equal their slice of the voice, `questions_lint` the number of rules
    that questions to the user break, both whatever the labels are. A share is None where there is nothing to divide by.

    :raises InputError: the file is missing or malformed; with the line
    """
    cases = [_case(path, voice, diagnose) for voice in read_voices(path)]
    given = {key for case in cases for key in case.voice.labels}
    misses = _Misses()
    figures: dict[str, Any] = {"n": len(cases)}
    if "kind" in given:
        figures["kind"] = _kind(cases, misses)
    if slots := {slot: _slot(slot, cases, misses) for slot in SLOTS if slot in given}:
        figures["slots"] = slots
    for key, keys, measure in (
        ("needs", {"needs", "need"}, _needs),
        ("named", {"noun"}, _named),
        ("challenged", {"self_sufficient"}, _challenged),
        ("solves_root", {"solves_root"}, _solves_root),
        ("suggestion", {"suggestion"}, _suggestion),
    ):
        if keys & given:
            figures[key] = measure(cases, misses)
    exact = [_is_exact(span, case, misses) for case in cases for span in _spans(case.got)]
    figures |= {"spans": len(exact), "spans_exact": _share(sum(exact), len(exact))}
    figures["questions_lint"] = sum(_lint(case, misses) for case in cases)
    return figures | misses.figures()


def _case(path: Path, voice: LabelledVoice, diagnose: Callable[[str], Diagnosis]) -> _Case:
    try:
        return _Case(voice, diagnose(voice.text))
    except InputError as error:  # too long for one voice
        raise InputError(f"{path} 第 {voice.line} 行：{error.message}", error.hint) from error


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


# Kinds


def _kind(cases: Sequence[_Case], misses: _Misses) -> dict[str, Any]:
    """Macro-F1 over the kinds that the file has; `mapped` says what was taken for what.

    A suggestion is a request: civic messages part them, a diagnosis does not. Where no voice of the file is a bug a bug
    is a complaint. Another kind that the file does not have (often: other) has no counterpart and is wrong.
    """
    labelled = [case for case in cases if "kind" in case.voice.labels]
    mapped = {SUGGESTION: "request"} if any(case.voice.labels["kind"] == SUGGESTION for case in labelled) else {}
    expected = [mapped.get(case.voice.labels["kind"], case.voice.labels["kind"]) for case in labelled]
    if "bug" not in expected and "complaint" in expected:
        mapped["bug"] = "complaint"
    found = [mapped.get(case.got.kind, case.got.kind) for case in labelled]
    pairs = Counter(zip(expected, found, strict=True))
    kinds = sorted(set(expected))
    f1 = {kind: 2 * pairs[kind, kind] / (found.count(kind) + expected.count(kind)) for kind in kinds}
    for case, right, ours in zip(labelled, expected, found, strict=True):
        if right != ours:
            misses.add("kind", case, right, case.got.kind)
    return {
        "n": len(labelled),
        "macro_f1": _share(sum(f1.values()), len(f1)),
        "accuracy": _share(sum(pairs[kind, kind] for kind in kinds), len(labelled)),
        "f1": {kind: round(value, 4) for kind, value in f1.items()},
        "confusion": {kind: {b: count for (a, b), count in sorted(pairs.items()) if a == kind} for kind in kinds},
        "mapped": mapped,
    }


def _f1(shared: float, found: int, expected: int) -> float:
    return round(2 * shared / (found + expected), 4) if found + expected else 0.0


def _suggestion(cases: Sequence[_Case], misses: _Misses) -> dict[str, Any]:
    """Suggestion or not, a request being one."""
    labelled = [case for case in cases if "suggestion" in case.voice.labels]
    right = sum(case.voice.labels["suggestion"] and case.got.kind == "request" for case in labelled)
    found = sum(case.got.kind == "request" for case in labelled)
    expected = sum(case.voice.labels["suggestion"] for case in labelled)
    for case in labelled:
        if case.voice.labels["suggestion"] != (case.got.kind == "request"):
            misses.add("suggestion", case, case.voice.labels["suggestion"], case.got.kind)
    return {
        "n": len(labelled),
        "precision": _share(right, found),
        "recall": _share(right, expected),
        "f1": _f1(right, found, expected),
    }


# Slots


def _slot(slot: str, cases: Sequence[_Case], misses: _Misses) -> dict[str, Any]:
    """A span earns its F1 of characters with the best accepted one (`f1`), or 1 if that is .5 (`found_f1`).

    Precision is over the spans we gave, recall over the voices that have an accepted one; where neither is, there is no
    case.
    """
    earned, hits, ours, theirs = 0.0, 0, 0, 0
    for case in cases:
        if slot not in case.voice.labels:
            continue
        accepted: tuple[str, ...] = case.voice.labels[slot]
        span: Span | None = getattr(case.got, slot)
        credit = overlap(case.got.voice, span, accepted)
        earned += credit
        hits += credit >= FOUND
        ours += span is not None
        theirs += bool(accepted)
        if (span or accepted) and credit < FOUND:
            misses.add(slot, case, list(accepted) or None, span.text if span else None)
    return {
        "labelled": theirs,
        "given": ours,
        "precision": _share(earned, ours),
        "recall": _share(earned, theirs),
        "f1": _f1(earned, ours, theirs) if ours + theirs else None,
        "found_f1": _f1(hits, ours, theirs) if ours + theirs else None,
    }


def overlap(voice: str, span: Span | None, accepted: Sequence[str]) -> float:
    """Return the best F1 of characters of a span with any place where an accepted text stands in the voice."""
    if span is None:
        return 0.0
    best = 0.0
    for text in accepted:
        at = voice.find(text)
        while at >= 0:
            shared = min(span.end, at + len(text)) - max(span.start, at)
            best = max(best, 2 * shared / (span.end - span.start + len(text)))
            at = voice.find(text, at + 1)
    return best


# Needs and the verdict


def _needs(cases: Sequence[_Case], misses: _Misses) -> dict[str, Any]:
    """In how many of the requests and complaints with labelled needs one of ours is accepted, and by what."""
    statement = evidence = accepted = total = 0
    for case in cases:
        patterns, spans = (case.voice.labels.get(key, ()) for key in ("needs", "need"))
        if not asks(case.voice) or not (patterns or spans):
            continue
        stated = any(pattern.search(need.statement) for pattern in patterns for need in case.got.needs)
        quoted = any(overlap(case.got.voice, need.evidence, spans) >= FOUND for need in case.got.needs)
        total += 1
        statement += stated
        evidence += quoted
        accepted += stated or quoted
        if not (stated or quoted):
            expected = [*(pattern.pattern for pattern in patterns), *spans]
            misses.add("needs", case, expected, [need.statement for need in case.got.needs])
    return {"n": total, "accepted": _share(accepted, total), "by_statement": statement, "by_evidence": evidence}


def _named(cases: Sequence[_Case], misses: _Misses) -> dict[str, Any]:
    """How many statements hold the name of what was asked for although the verdict is not yes."""
    named = total = 0
    for case in cases:
        noun = fold(case.voice.labels.get("noun", ""))
        if not noun or case.got.solves_root == "yes":
            continue
        bad = [need.statement for need in case.got.needs if noun in fold(need.statement)]
        total += len(case.got.needs)
        named += len(bad)
        if bad:
            misses.add("named", case, case.voice.labels["noun"], bad)
    return {"statements": total, "named": named, "share": _share(named, total)}


def _challenged(cases: Sequence[_Case], misses: _Misses) -> dict[str, Any]:
    """How many of the voices that are right as they stand get another verdict than yes."""
    right = [case for case in cases if case.voice.labels.get("self_sufficient")]
    bad = [case for case in right if case.got.solves_root != "yes"]
    for case in bad:
        misses.add("challenged", case, "yes", case.got.solves_root)
    return {"n": len(right), "challenged": len(bad), "share": _share(len(bad), len(right))}


def _solves_root(cases: Sequence[_Case], misses: _Misses) -> dict[str, Any]:
    labelled = [case for case in cases if case.voice.labels.get("solves_root")]
    bad = [case for case in labelled if case.got.solves_root not in case.voice.labels["solves_root"]]
    for case in bad:
        misses.add("solves_root", case, list(case.voice.labels["solves_root"]), case.got.solves_root)
    return {"n": len(labelled), "accuracy": _share(len(labelled) - len(bad), len(labelled))}


# What must never happen


def _spans(got: Diagnosis) -> Iterator[tuple[str, int, int]]:
    """Yield text, start and end of every span of a diagnosis."""
    spans = [getattr(got, slot) for slot in SLOTS] + [need.evidence for need in got.needs] + list(got.parts)
    yield from ((span.text, span.start, span.end) for span in spans if span is not None)
    loud = got.intensity
    if loud and loud.text is not None:
        yield loud.text, -1 if loud.start is None else loud.start, -1 if loud.end is None else loud.end


def _is_exact(span: tuple[str, int, int], case: _Case, misses: _Misses) -> bool:
    text, start, end = span
    exact = 0 <= start < end and case.voice.text[start:end] == text == case.got.voice[start:end]
    if not exact:
        misses.add("spans_exact", case, case.voice.text[max(0, start) : max(0, end)], text)
    return exact


def _lint(case: _Case, misses: _Misses) -> int:
    told = [(question, lint_question(question)) for question in case.got.questions]
    for question, reasons in told:
        if reasons:
            misses.add("questions_lint", case, list(reasons), question)
    return sum(len(reasons) for _, reasons in told)
