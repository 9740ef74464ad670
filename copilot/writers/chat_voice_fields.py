"""From the JSON that a chat model wrote to a diagnosis: keys and shapes vary, quotes are looked up in the voice.

Offsets are never the model's. What cannot be read is told, one line each.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from string import Template
from typing import Any, cast

from copilot.briefs import AdBrief
from copilot.checks.voice import exact_span, order_spans
from copilot.diagnosis import SLOTS, CheapTest, Diagnosis, JobStory, Need, Option, Rung, Span
from copilot.knowledge import read
from copilot.text.visible import visible
from copilot.writers.chat_copy_clean import clean

_PLAIN = AdBrief("")  # no product, no link of its own: every address goes
_TEXTS = ("root_reason", "requirement", "owner", "reply", "verdict", "this_week")


def is_diagnosis(value: Any) -> bool:
    """Say whether a value looks like a diagnosis: a mapping with three of its keys, perhaps inside another."""
    return _inner(value) is not None


def diagnosis_of(value: Any, rules: Diagnosis, numbers: Mapping[int, int], told: list[str]) -> Diagnosis:
    """Return what a value says of the voice of `rules`; spans it gets wrong or leaves out stay those of `rules`.

    `numbers` are the numbers of citations by the rank of their passage. Needs, questions, options and texts are the
    model's alone. `told` gets what could not be read.
    """
    given = _inner(value) or {}
    judged = _judged(given, rules, told)
    slots: dict[str, Any] = {slot: _slot(given, slot, rules, told) for slot in SLOTS}
    texts: dict[str, Any] = {name: _text(given.get(name), name, told) for name in _TEXTS}
    questions = [_text(_of(one, "question"), "questions", told) for one in _items(given, "questions", told)]
    return replace(
        rules,
        **judged,
        **slots,
        **texts,
        needs=tuple(_need(one, rules.voice, numbers, told) for one in _mappings(given, "needs", told)),
        whys=tuple(rung for one in _items(given, "whys", told) if (rung := _rung(one, told))),
        questions=tuple(filter(None, questions)),
        options=tuple(_option(one, told) for one in _mappings(given, "options", told)),
        job_story=_story(given, told),
        test=_test(given, told),
    )


def _inner(value: Any, depth: int = 0) -> dict[str, Any] | None:
    """The mapping with the keys of a diagnosis, under their right names."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Mapping) or depth > 2:
        return None
    named = _named(value, "keys")
    if len(named) >= 3:
        return named
    lowered = {str(key).strip().lower(): one for key, one in value.items()}
    inner = (_inner(lowered[key], depth + 1) for key in read("voice/chat")["wrappers"] if key in lowered)
    return next((one for one in inner if one is not None), None)


def _named(value: Mapping[Any, Any], kind: str) -> dict[str, Any]:
    """The entries of a mapping whose keys are known, own names before aliases."""
    lowered = {str(key).strip().lower(): one for key, one in value.items()}
    return {
        name: next(lowered[key] for key in aliases if key in lowered)
        for name, aliases in read("voice/chat")[kind].items()
        if any(key in lowered for key in aliases)
    }


# Judgements


def _judged(given: Mapping[str, Any], rules: Diagnosis, told: list[str]) -> dict[str, Any]:
    """Kind, verdict, next step and urgency; those of the rules where the voice speaks to the program."""
    names = ("kind", "solves_root", "next_step", "urgency")
    if order_spans(rules.voice):
        told.append(trouble("ordered"))
        return {"enough": rules.enough, **{name: getattr(rules, name) for name in names}}
    found: dict[str, Any] = {name: _value(given, name, told) or getattr(rules, name) for name in names}
    steps = read("voice/chat")["steps"][found["kind"]]
    if found["next_step"] not in steps:
        found["next_step"] = rules.next_step if rules.next_step in steps else steps[0]
    if found["kind"] not in ("request", "complaint"):
        found["solves_root"] = "unknown"
    enough = given.get("enough")
    found["enough"] = enough if isinstance(enough, bool) and rules.enough else rules.enough
    return found


def _value(given: Mapping[str, Any], name: str, told: list[str]) -> str:
    """One of the words that a judgement may be, '' when it is none of them."""
    raw, words = given.get(name), read("voice/chat")["values"][name]
    if isinstance(raw, bool):
        raw = "yes" if raw else "no"
    said = str(raw).strip().lower() if isinstance(raw, str) else ""
    for value, aliases in words.items():
        if said == value or said in aliases:
            return str(value)
    told.append(trouble("value", field=name, given=_shown(raw)) if raw is not None else trouble("missing", field=name))
    return ""


# Spans


def _slot(given: Mapping[str, Any], slot: str, rules: Diagnosis, told: list[str]) -> Span | None:
    before: Span | None = getattr(rules, slot)
    if slot not in given:
        return before
    if _is_nothing(given[slot]):
        return None
    span = _quoted(given[slot], rules.voice, slot, before.start if before else None, told)
    if span and span.end - span.start > read("voice/chat")["slot_longest"]:
        told.append(trouble("long", field=slot))
        span = None
    elif span and any(start < span.end and span.start < end for start, end in order_spans(rules.voice)):
        told.append(trouble("order", field=slot, text=_shown(span.text)))
        span = None
    return span or before


def _quoted(value: Any, voice: str, field: str, near: int | None, told: list[str]) -> Span | None:
    """Where the words stand that a value quotes; offsets that it brings along do not count."""
    if isinstance(value, Mapping):
        value = _named(value, "inner").get("text")
    if isinstance(value, list):
        value = value[0] if value else None
    if _is_nothing(value):
        return None
    quote = value.strip() if isinstance(value, str) else ""
    bare = quote.strip("“”「」『』\"'‘’ ")
    span = exact_span(voice, quote, near) or exact_span(voice, bare, near)
    if span is None:
        told.append(trouble("quote", field=field, text=_shown(value)))
    return span


# Parts


def _need(one: Mapping[str, Any], voice: str, numbers: Mapping[int, int], told: list[str]) -> Need:
    texts = {name: _text(one.get(name), f"needs.{name}", told) for name in ("statement", "reason", "against")}
    texts |= {name: _text(one.get(name), f"needs.{name}", told) for name in ("falsifier", "action")}
    ranks = [int(number) for number in re.findall(r"(?<![\d-])\d{1,3}", str(one.get("cites") or ""))]
    if any(rank not in numbers for rank in ranks):
        told.append(trouble("cites"))
    cites = tuple(dict.fromkeys(numbers[rank] for rank in ranks if rank in numbers))
    evidence = _quoted(one.get("evidence"), voice, "needs.evidence", None, told)
    confidence = _confidence(one.get("confidence"), told)
    if evidence is None and not _is_nothing(one.get("evidence")):
        confidence = min(confidence, read("voice/chat")["confidence_default"])  # it rested on words nobody said
    return Need(confidence=confidence, evidence=evidence, cites=cites, **texts)


def _confidence(value: Any, told: list[str]) -> float:
    data: dict[str, Any] = read("voice/chat")
    said = str(value).strip().lower().removesuffix("%") if isinstance(value, str | int | float) else ""
    number = data["confidence"].get(said)
    if number is None and re.fullmatch(r"\d{1,3}(?:\.\d{1,6})?", said):
        number = float(said) / (100 if float(said) > 1 else 1)
    if number is None or isinstance(value, bool) or number > 1:
        told.append(trouble("shape", field="needs.confidence", wanted=" 0 到 1 的数"))
        number = data["confidence_default"]
    return round(min(float(number), float(data["most_stated"])), 2)


def _rung(one: Any, told: list[str]) -> Rung | None:
    named = _named(one, "inner") if isinstance(one, Mapping) else {"text": one, "basis": "assumed"}
    text = _text(named.get("text"), "whys", told)
    basis = _value(named, "basis", told)
    return Rung(text, "quoted" if basis == "quoted" else "assumed") if text else None


def _option(one: Mapping[str, Any], told: list[str]) -> Option:
    texts = {name: _text(one.get(name), f"options.{name}", told) for name in ("idea", "why", "moves")}
    effort = one.get("effort")
    effort = _text(str(effort) if isinstance(effort, int | float) else effort, "options.effort", told)
    benefit, cost = (_scale(one.get(name), f"options.{name}", told) for name in ("benefit", "cost"))
    return Option(benefit=benefit, cost=cost, ratio=0.0, effort=effort, **texts)


def _scale(value: Any, field: str, told: list[str]) -> int:
    """A number from 1 to 5, 0 when it is none."""
    found = re.fullmatch(r"([1-5])(?:\.0)?(?:\s*[/／]\s*5|\s*分)?", str(value).strip())
    if found and not isinstance(value, bool):
        return int(found[1])
    told.append(trouble("shape", field=field, wanted=" 1 到 5 的整数"))
    return 0


def _story(given: Mapping[str, Any], told: list[str]) -> JobStory | None:
    one = _part(given, "job_story", told)
    texts = {name: _text(one.get(name), "job_story", told) for name in ("situation", "motivation", "outcome")}
    return JobStory(**texts) if all(texts.values()) else None


def _test(given: Mapping[str, Any], told: list[str]) -> CheapTest | None:
    one = _part(given, "test", told)
    texts = {name: _text(one.get(name), "test", told) for name in ("what", "threshold")}
    return CheapTest(**texts) if all(texts.values()) else None


# Shapes


def _part(given: Mapping[str, Any], field: str, told: list[str]) -> dict[str, Any]:
    value = given.get(field)
    if not isinstance(value, Mapping) and not _is_nothing(value):
        told.append(trouble("shape", field=field, wanted="一个对象"))
    return _named(value, "inner") if isinstance(value, Mapping) else {}


def _items(given: Mapping[str, Any], field: str, told: list[str]) -> list[Any]:
    value = given.get(field)
    if isinstance(value, list):
        return value
    if not _is_nothing(value):
        told.append(trouble("shape", field=field, wanted="列表"))
    return []


def _mappings(given: Mapping[str, Any], field: str, told: list[str]) -> list[dict[str, Any]]:
    values = _items(given, field, told)
    if any(not isinstance(value, Mapping) for value in values):
        told.append(trouble("shape", field=field, wanted="对象的列表"))
    return [_named(value, "inner") for value in values if isinstance(value, Mapping)]


def _of(value: Any, name: str) -> Any:
    return _named(value, "inner").get(name) if isinstance(value, Mapping) else value


def _text(value: Any, field: str, told: list[str]) -> str:
    """A text without markup, addresses and control tokens; '' when it is none, too long, or talks to us."""
    if _is_nothing(value):
        return ""
    if not isinstance(value, str):
        told.append(trouble("shape", field=field, wanted="文字"))
        return ""
    text = clean(value[: 4 * read("voice/chat")["text_longest"]], _PLAIN)
    if len(text) > read("voice/chat")["text_longest"]:
        told.append(trouble("long", field=field))
        return ""
    if found := _talk().search(text):
        told.append(trouble("talk", field=field, text=_shown(found[0])))
        return ""
    return text


def _is_nothing(value: Any) -> bool:
    said = value.strip().lower() if isinstance(value, str) else value
    return said is None or said in ("", [], {}) or (isinstance(said, str) and said in read("voice/chat")["nothing"])


def _shown(value: Any) -> str:
    return " ".join(visible(str(value)).split())[:40]


def trouble(kind: str, **values: str) -> str:
    """Return what is wrong, as told to the model and named in `dropped`."""
    return Template(read("voice/chat")["trouble"][kind]).substitute(values)


@cache
def _talk() -> re.Pattern[str]:
    lines = cast(Sequence[str], read("chat_copy")["talk"])
    return re.compile("|".join(f"(?:{line})" for line in lines), re.IGNORECASE)
