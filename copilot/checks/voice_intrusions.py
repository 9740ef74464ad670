"""Texts of a diagnosis without the sentences that bring in an address, an account or code that nobody gave."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from copilot.checks.intrusions import intrusions
from copilot.diagnosis import CheapTest, Diagnosis, JobStory, Need, Option, Rung
from copilot.knowledge import read
from copilot.text import sentence_spans
from copilot.text.visible import visible

Check = Callable[[str], Sequence[str]]
Part = TypeVar("Part", Need, Option, Rung, JobStory, CheapTest)

_SHOWN = 40  # characters of what was dropped that are quoted in the reason
_TEXTS = ("verdict", "this_week", "root_reason", "requirement", "owner", "reply")


def without_intrusions(given: Diagnosis, told: list[str]) -> Diagnosis:
    """Return the diagnosis without them; the voice and what is cited may hold addresses. `told` names what went."""
    sources = (given.voice, *(citation.quote for citation in given.citations))

    def check(text: str) -> Sequence[str]:
        return [read("voice/checks")["dropped"]["intruded"]] if intrusions(text, sources) else []

    def kept(name: str, parts: Sequence[Part | None]) -> list[Part]:
        found = []
        for part in filter(None, parts):
            seen = _seen(part)
            reasons = check("\n".join(_texts(seen).values()))
            told.extend(f"{name}：{reason}（“{shown(next(iter(_texts(seen).values())))}”）" for reason in reasons)
            found += [] if reasons else [seen]
        return found

    texts: dict[str, Any] = {name: kept_sentences(name, visible(getattr(given, name)), told, check) for name in _TEXTS}
    quoted = [rung for rung in given.whys if rung.basis == "quoted"]
    assumed = kept("whys", [rung for rung in given.whys if rung.basis != "quoted"])
    questions = [visible(question) for question in given.questions]
    return replace(
        given,
        **texts,
        needs=tuple(kept("needs", given.needs)),
        whys=tuple(rung for rung in map(_seen_rung, given.whys) if rung in quoted or rung in assumed),
        options=tuple(kept("options", given.options)),
        job_story=next(iter(kept("job_story", [given.job_story])), None),
        test=next(iter(kept("test", [given.test])), None),
        questions=tuple(one for one in questions if kept_sentences("questions", one, told, check) == one),
    )


def kept_sentences(field: str, text: str, told: list[str], check: Check) -> str:
    """Return the sentences that the check has nothing to say about; `told` gets the others with the reasons."""
    good, bad = list[str](), list[str]()
    for start, end in sentence_spans(text):
        reasons = check(text[start:end])
        (bad if reasons else good).append(text[start:end])
        told += [f"{field}：{'；'.join(reasons)}（“{shown(text[start:end])}”）"] if reasons else []
    return "".join(good) if bad else text


def shown(text: str) -> str:
    """Return the beginning of a text that was dropped, on one line."""
    line = " ".join(visible(text).split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _texts(part: Need | Option | Rung | JobStory | CheapTest) -> dict[str, str]:
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _seen(part: Part) -> Part:
    seen: dict[str, Any] = {name: visible(text) for name, text in _texts(part).items()}
    return replace(part, **seen)


def _seen_rung(rung: Rung) -> Rung:
    return rung if rung.basis == "quoted" else _seen(rung)
