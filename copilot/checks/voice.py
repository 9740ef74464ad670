"""The gate that every diagnosis goes through, whoever wrote it: spans are slices, texts say what they may, and no more.

`check_diagnosis` takes out what fails and names it in `dropped`. Words stand in `knowledge/voice/checks.yaml`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from string import Template
from typing import Any

from copilot.checks.voice_intrusions import kept_sentences, shown, without_intrusions
from copilot.checks.voice_options import missing_options, option_role, option_trouble, same_text
from copilot.checks.voice_words import (
    asked_noun,
    check_reply,
    check_statement,
    lint_question,
    matches,
    names,
    obeys,
    order_spans,
    quotes,
    strange_figures,
    unsourced,
)
from copilot.diagnosis import SLOTS, Diagnosis, Intensity, Need, Option, Rung, Span
from copilot.knowledge import read

__all__ = [
    "asked_noun",
    "check_diagnosis",
    "check_reply",
    "check_statement",
    "exact_span",
    "lint_question",
    "missing_options",
    "option_role",
    "order_spans",
]

_MARK = re.compile(r"\[\d{1,3}\]")


def exact_span(voice: str, quote: str, near: int | None = None) -> Span | None:
    """Return where `quote` stands in `voice`, letter for letter: of several places the nearest to `near`."""
    if not quote.strip():
        return None
    places, at = [], voice.find(quote)
    while at >= 0:
        places.append(at)
        at = voice.find(quote, at + 1)
    if not places:
        return None
    start = places[0] if near is None else min(places, key=lambda place: (abs(place - near), place))
    return Span(quote, start, start + len(quote))


def check_diagnosis(diagnosis: Diagnosis) -> Diagnosis:
    """Return the diagnosis without what the checks take out; `dropped` names each of these with the reason."""
    told: list[str] = []
    checked = _with_true_spans(diagnosis, told)
    checked = _with_true_numbers(checked, told)
    checked = _with_clean_texts(without_intrusions(checked, told), told)
    if checked.solves_root == "yes" and checked.requested is None:
        checked = replace(checked, solves_root="unknown")
    needs = _needs(checked, told)
    questions = _questions(checked, told)
    whys = _whys(checked, told)
    checked = replace(checked, needs=needs, questions=questions, whys=whys, options=_options(checked, told))
    checked = _silent(checked, told)
    if checked.kind in ("request", "complaint") and checked.enough:
        told += missing_options(checked.options)
    return replace(checked, dropped=tuple(dict.fromkeys((*checked.dropped, *told))))


# Spans


def _with_true_spans(given: Diagnosis, told: list[str]) -> Diagnosis:
    taken: dict[str, Any] = {}
    for slot in SLOTS:
        span: Span | None = getattr(given, slot)
        if span is not None and (reason := _span_trouble(given.voice, span)):
            taken[slot] = None
            told.append(f"{slot}：{reason}")
    parts = tuple(part for part in given.parts if given.voice[part.start : part.end] == part.text)
    if len(parts) < len(given.parts):
        told.append(f"parts：{_words('span', text='…')}")
    loud = given.intensity
    if loud and loud.text is not None and given.voice[loud.start : loud.end] != loud.text:
        taken["intensity"] = Intensity(None, None, None, loud.score)
        told.append(f"intensity：{_words('span', text=loud.text)}")
    return replace(given, parts=parts, **taken)


def _span_trouble(voice: str, span: Span) -> str:
    if not 0 <= span.start < span.end or voice[span.start : span.end] != span.text:
        return _words("span", text=shown(span.text))
    if any(start < span.end and span.start < end for start, end in order_spans(voice)):
        return _words("obeyed")
    return ""


def _with_true_numbers(given: Diagnosis, told: list[str]) -> Diagnosis:
    known = {citation.n for citation in given.citations}
    cases = tuple(case for case in given.similar_cases if case.n in known)
    if len(cases) < len(given.similar_cases):
        told.append(f"similar_cases：{_words('cites')}")
    return replace(given, similar_cases=cases)


# Texts


def _with_clean_texts(given: Diagnosis, told: list[str]) -> Diagnosis:
    """The texts without the sentences that repeat an order, appeal to unknown data or hold figures from nowhere."""
    voice = given.voice
    published = "\n".join(citation.quote for citation in given.citations)
    fact, goal = partial(_facts, voice=voice, published=published), partial(_goals, voice=voice)
    test, story = given.test, given.job_story
    if test:
        what = kept_sentences("test", test.what, told, partial(_facts, voice=voice, plan=True))
        threshold = kept_sentences("test", test.threshold, told, partial(_obeyed, voice=voice))
        test = replace(test, what=what, threshold=threshold) if what and threshold else None
    if story and (reason := _story_trouble(given)):
        told.append(f"job_story：{reason}")
        story = None
    return replace(
        given,
        verdict=kept_sentences("verdict", given.verdict, told, fact),
        this_week=kept_sentences("this_week", given.this_week, told, partial(_doing, voice=voice)),
        root_reason=kept_sentences("root_reason", given.root_reason, told, fact),
        requirement=kept_sentences("requirement", given.requirement, told, goal),
        owner=kept_sentences("owner", given.owner, told, partial(_doing, voice=voice)),
        reply=kept_sentences("reply", given.reply, told, lambda text: () if text in published else _reply(text, voice)),
        test=test,
        job_story=story,
    )


def _obeyed(text: str, *, voice: str) -> list[str]:
    return [_words("obeyed")] if obeys(text, voice) else []


def _doing(text: str, *, voice: str) -> list[str]:
    """What speaks against a sentence about what to do: bounds and counts are ours to set, shares and sums are not."""
    strange = strange_figures(text, voice, goal=True, fact=False)
    told = read("voice/checks")["numbers"]["told"]
    return _obeyed(text, voice=voice) + ([f"{told}：{'、'.join(strange)}"] if strange else [])


def _facts(text: str, *, voice: str, plan: bool = False, published: str = "") -> list[str]:
    """What speaks against a sentence that states something; one with a mark `[n]` may hold figures of the sources."""
    data = read("voice/checks")
    found = _obeyed(text, voice=voice)
    found += [data["claims_told"]] if unsourced(text) else []
    known = f"{voice}\n{published}" if _MARK.search(text) else voice
    strange = strange_figures(_MARK.sub("", text), known, goal=plan, fact=not plan)
    return found + ([f"{data['numbers']['told']}：{'、'.join(strange)}"] if strange else [])


def _goals(text: str, *, voice: str) -> list[str]:
    strange = strange_figures(text, voice, goal=True)
    told = read("voice/checks")["numbers"]["told"]
    return _obeyed(text, voice=voice) + ([f"{told}：{'、'.join(strange)}"] if strange else [])


def _reply(text: str, voice: str) -> list[str]:
    return [*check_reply(text), *_facts(text, voice=voice), *_foreign(text, voice)]


def _foreign(text: str, voice: str) -> list[str]:
    """Whether something stands in quotation marks that the user did not say."""
    return [read("voice/checks")["question"]["foreign"]] if any(quote not in voice for quote in quotes(text)) else []


def _story_trouble(given: Diagnosis) -> str:
    if given.job_story is None:
        return ""
    whole = "，".join((given.job_story.situation, given.job_story.motivation, given.job_story.outcome))
    if given.solves_root != "yes" and names(whole, _noun(given)):
        return _words("story")
    return "；".join(_facts(whole, voice=given.voice))


def _noun(given: Diagnosis) -> str:
    return asked_noun(given.requested.text) if given.requested else ""


# Needs, whys, questions


def _needs(given: Diagnosis, told: list[str]) -> tuple[Need, ...]:
    kept: list[Need] = []
    for need in given.needs:
        need = _true_need(given, need, told)
        reasons = _need_trouble(given, need, kept)
        if reasons:
            told.append(f"needs：{'；'.join(reasons)}（“{shown(need.statement)}”）")
        else:
            kept.append(need)
    return tuple(kept)


def _true_need(given: Diagnosis, need: Need, told: list[str]) -> Need:
    """The need without false evidence, sentences of its reason that may not stand, and cites that nobody has."""
    if need.evidence and (trouble := _span_trouble(given.voice, need.evidence)):
        told.append(f"needs.evidence：{trouble}")
        need = replace(need, evidence=None, confidence=min(need.confidence, 0.3))
    published = "\n".join(citation.quote for citation in given.citations)
    reason = kept_sentences("needs.reason", need.reason, told, partial(_facts, voice=given.voice, published=published))
    if not reason and need.evidence:
        reason = f"原话说“{need.evidence.text}”。"
    known = {citation.n for citation in given.citations}
    cites = tuple(n for n in need.cites if n in known)
    if len(cites) < len(need.cites):
        told.append(f"needs.cites：{_words('cites')}")
    return replace(need, reason=reason, cites=cites, confidence=min(max(need.confidence, 0.0), 1.0))


def _need_trouble(given: Diagnosis, need: Need, before: Sequence[Need]) -> list[str]:
    found = list(check_statement(need.statement, _noun(given), given.solves_root))
    nobody = read("voice/checks")["statement"]["told"]["people"]
    if nobody in found and given.segment and given.segment.text in need.statement:
        found.remove(nobody)
    found += _facts(need.statement, voice=given.voice) + _foreign(need.statement, given.voice)
    found += _obeyed("。".join((need.against, need.falsifier, need.action)), voice=given.voice)
    parts = {"推翻条件": need.falsifier, "做法": need.action, "反证": need.against}
    found += [_words("missing", what=name) for name, text in parts.items() if not text.strip()]
    found += [_words("no_evidence")] if not need.reason else []
    found += [_words("same_falsifier")] if any(same_text(need.falsifier, one.falsifier) for one in before) else []
    found += [_words("same_action")] if any(same_text(need.action, one.action) for one in before) else []
    most = read("voice/checks")["most"]["needs"]
    return found or ([_words("too_many", most=most)] if len(before) == most else [])


def _whys(given: Diagnosis, told: list[str]) -> tuple[Rung, ...]:
    kept = []
    for rung in given.whys[: read("voice/checks")["most"]["whys"]]:
        bare = rung.text.strip("“”「」\"' ")
        if reasons := _facts(rung.text, voice=given.voice) if rung.basis == "assumed" else []:
            told.append(f"whys：{'；'.join(reasons)}（“{shown(rung.text)}”）")
        elif _obeyed(rung.text, voice=given.voice):
            told.append(f"whys：{_words('obeyed')}")
        elif rung.basis == "quoted" and (not bare or bare not in given.voice):
            told.append(f"whys：{_words('assumed')}（“{shown(rung.text)}”）")
            kept.append(Rung(rung.text, "assumed"))
        else:
            kept.append(Rung(bare, "quoted") if rung.basis == "quoted" else rung)
    return tuple(kept)


def _questions(given: Diagnosis, told: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    most = read("voice/checks")["most"]["questions" if given.enough else "questions_short"]
    for text in given.questions:
        found = [*lint_question(text), *_foreign(text, given.voice), *_doing(text, voice=given.voice)]
        found += [_words("too_many", most=most)] if len(kept) == most else []
        if found:
            told.append(f"questions：{'；'.join(found)}（“{shown(text)}”）")
        elif text not in kept:
            kept.append(text)
    return tuple(kept)


# Options


def _options(given: Diagnosis, told: list[str]) -> tuple[Option, ...]:
    data, kept = read("voice/checks")["options"], list[Option]()
    for option in given.options:
        whole = "。".join((option.idea, option.why, option.moves))
        if reasons := _doing(whole, voice=given.voice) + option_trouble(option, kept):
            told.append(f"options：{'；'.join(reasons)}（“{shown(option.idea)}”）")
            continue
        marked = matches(r"估计|假设|数据", option.why)
        why = option.why if marked else f"{option.why}{data['estimated']}"
        kept.append(replace(option, ratio=round(option.benefit / option.cost, 2), why=why))
    while len(kept) > data["most"]:
        last = next((one for one in reversed(kept) if not option_role(one)), kept[-1])
        kept.remove(last)
        told.append(f"options：{_words('too_many', most=data['most'])}（“{shown(last.idea)}”）")
    return tuple(kept)


def _silent(given: Diagnosis, told: list[str]) -> Diagnosis:
    """Where the voice is clear, or says too little, no needs are guessed and nothing is planned."""
    clear = given.kind in ("praise", "question") or (given.kind == "bug" and given.next_step == "fix")
    if not clear and given.enough:
        return given
    if given.needs or given.options:
        told.append(f"needs、options：{_words('silent' if clear else 'not_enough')}")
    return replace(given, needs=(), options=(), whys=(), job_story=None, requirement="")


def _words(name: str, **values: object) -> str:
    return Template(read("voice/checks")["dropped"][name]).substitute(values)
