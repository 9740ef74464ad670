"""Writers side by side: facts, refusals, citations, marks, tokens and money, latency; and what sets them apart."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from copilot.evaluation.alce import Cited, cited
from copilot.evaluation.answers import answer_figures, lost_facts
from copilot.evaluation.significance import compared
from copilot.prices import Price
from copilot.types import Answer, Done, Sentence

Stream = Callable[[str], Iterator[Sentence | Done]]
Progress = Callable[[int, int, str], None]


class Writer(NamedTuple):
    """How a question is answered, and what tokens cost; `price` None: not known."""

    stream: Stream
    price: Price | None


class Asked(NamedTuple):
    """An answer with the milliseconds to its first sentence (of a refusal: to the refusal) and to its end."""

    reply: Answer
    first_ms: float
    total_ms: float


def evaluate_writers(
    rows: Sequence[dict[str, Any]], writers: Mapping[str, Writer], progress: Progress = lambda done, total, what: None
) -> dict[str, Any]:
    """Ask every question of every writer and return its figures; of several `{writers: {name: …}, differences}`.

    `citation_recall` and `citation_precision` are means over the answers, judged by the literal check (see alce.py);
    `marked` counts sentences that it does not call supported. `input_tokens`, `output_tokens` and `cost_yuan` are
    None where they are not known; `fallbacks` are answers that the rule writer gave in the model's place.
    `differences` holds for every pair of writers the difference of their means per question in facts and citations,
    with 95 % interval and p value (see significance.py).
    """
    total = len(rows) * len(writers)
    runs: dict[str, list[Asked]] = {name: [] for name in writers}
    for number, row in enumerate(rows):
        for at, (name, writer) in enumerate(writers.items(), 1):  # in turn: a busy machine slows all of them alike
            runs[name].append(_asked(writer.stream, row["q"]))
            progress(number * len(writers) + at, total, row["q"])
    figures = {name: _figures(rows, runs[name], writer.price) for name, writer in writers.items()}
    if len(writers) == 1:
        return next(iter(figures.values()))
    return {"writers": figures, "differences": _differences(rows, runs)}


def _asked(stream: Stream, question: str) -> Asked:
    start = time.perf_counter()
    first = 0.0
    for event in stream(question):
        first = first or time.perf_counter() - start
        if isinstance(event, Done):
            return Asked(event.reply, first * 1000, (time.perf_counter() - start) * 1000)
    raise AssertionError("stream ends with Done")


def _figures(rows: Sequence[dict[str, Any]], asked: Sequence[Asked], price: Price | None) -> dict[str, Any]:
    replies = [each.reply for each in asked]
    answered = [reply for reply in replies if reply.answered]
    facts = answer_figures(rows, replies)
    misses = facts.pop("misses")
    judged = [figures for reply in answered if (figures := cited(reply))]
    marked = [sum(s.support != "supported" for s in reply.sentences) for reply in answered]
    return {
        **facts,
        "citation_recall": _mean([each.recall for each in judged]),
        "citation_precision": _mean([each.precision for each in judged]),
        "citation_judge": "literal",
        "sentences": sum(len(reply.sentences) for reply in answered),
        "marked": sum(marked),
        "answers_marked": sum(map(bool, marked)),
        "fallbacks": sum(reply.writer.startswith("rules") and "chat:" in reply.writer for reply in answered),
        "prompts": sorted({reply.prompt for reply in answered if reply.prompt}),
        **_spent(replies, price),
        **_timing("", [each.total_ms for each in asked]),
        **_timing("first_", [each.first_ms for each in asked]),
        "misses": misses,
    }


def _spent(replies: Sequence[Answer], price: Price | None) -> dict[str, Any]:
    """Return calls, tokens and yuan of the answers; a model's answer without usage makes them unknown."""
    used = [reply.usage for reply in replies if reply.usage is not None]
    if any(reply.usage is None and "chat:" in reply.writer for reply in replies):
        return {"input_tokens": None, "output_tokens": None, "tokens_estimated": False, "cost_yuan": None}
    asked, said = sum(usage.input_tokens for usage in used), sum(usage.output_tokens for usage in used)
    return {
        "input_tokens": asked,
        "output_tokens": said,
        "tokens_estimated": any(usage.estimated for usage in used),
        "cost_yuan": float(price.cost(asked, said)) if price else None,
    }


def _timing(name: str, took: Sequence[float]) -> dict[str, float | None]:
    if not took:
        return {f"{name}p50_ms": None, f"{name}p95_ms": None}
    return {
        f"{name}p50_ms": round(statistics.median(took), 1),
        f"{name}p95_ms": round(sorted(took)[int(0.95 * (len(took) - 1))], 1),
    }


def _mean(values: Sequence[float]) -> float | None:
    return round(statistics.mean(values), 4) if values else None


def _differences(rows: Sequence[dict[str, Any]], runs: Mapping[str, Sequence[Asked]]) -> list[dict[str, Any]]:
    """Compare the writers question by question: facts where any are asked for, citations where all have answered."""
    found = []
    facts = {
        name: [_share_held(row, each.reply) for row, each in zip(rows, run, strict=True)] for name, run in runs.items()
    }
    found += _compared("facts_held", facts)
    judged = {name: [cited(each.reply) if each.reply.answered else None for each in run] for name, run in runs.items()}
    for at, figure in enumerate(Cited._fields):
        values = {name: [each[at] if each else None for each in run] for name, run in judged.items()}
        found += _compared(f"citation_{figure}", values)
    return found


def _compared(figure: str, values: Mapping[str, Sequence[float | None]]) -> list[dict[str, Any]]:
    """Return the differences of a figure over the questions for which every writer has a value."""
    shared = [row for row in zip(*values.values(), strict=True) if None not in row]
    if not shared:
        return []
    columns = dict(
        zip(
            values,
            ([value for value in column if value is not None] for column in zip(*shared, strict=True)),
            strict=True,
        )
    )
    return [{"figure": figure, "questions": len(shared), **pair} for pair in compared(columns)[1]]


def _share_held(row: dict[str, Any], reply: Answer) -> float | None:
    patterns = row.get("must", [])
    return 1 - len(lost_facts(row, reply)) / len(patterns) if patterns else None
