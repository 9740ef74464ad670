"""The parts of a run → the records of the report: one cluster, every row with its place, the notes and the formula."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from string import Template
from typing import Any, NamedTuple

from copilot.diagnosis import KINDS, Cluster, Diagnosis, Voice, VoiceContext, VoiceReport
from copilot.feedback.trend import trend
from copilot.knowledge import read
from copilot.types import Citation
from copilot.voices.facts import Fact
from copilot.voices.grouping import Grouped
from copilot.voices.intake import Entry, Intake
from copilot.voices.members import Member, Weight, is_praise, label_of, needs_of, speakers, wants_of
from copilot.voices.people import Said

_ROWS = 10  # named in a note


class Work(NamedTuple):
    """What a run has found out: `entries` are the rows that can be worked on; the three lists beside go with them."""

    intake: Intake
    entries: list[Entry]
    said: list[Said]
    facts: list[Fact]
    found: Grouped


def assembled(
    place: int,
    number: int,
    members: Sequence[Member],
    weight: Weight,
    work: Work,
    diagnose: Callable[[str, VoiceContext], Diagnosis],
) -> Cluster:
    """Return one cluster: `place` is its rank, `number` the one it has in `work.found`."""
    users = len({member.person for member in members})
    counted = Counter(member.fact.kind for member in members)
    kinds = {str(kind): counted[kind] for kind in sorted(counted, key=lambda kind: (-counted[kind], kind))}
    wants, leading = wants_of(members)
    words = work.found.keywords.get(number, ())
    stand = speakers(leading)
    people = len({one.person for one in work.said})
    context = VoiceContext(len(members), users, kinds, len(work.entries), people)
    days = [entry.day for entry in work.entries if entry.day]
    course = trend([member.day for member in members], min(days), max(days)) if days else None
    return Cluster(
        id=place,
        size=len(members),
        users=users,
        label=label_of(members, wants, words, work.found.names.get(number, "")),
        keywords=words,
        kinds=kinds,
        representatives=tuple(member.row for member in stand),
        quotes=tuple(member.text for member in stand),
        score=weight.score,
        needs=needs_of(members, broad=bool(wants)),
        diagnosis=diagnose(stand[0].text[: read("voice/report")["read_characters"]], context),
        trend=course.counts if course else (),
        change=course.told if course else "",
        asking=weight.users,
        intensity=weight.intensity,
        wants=wants,
    )


def report_of(work: Work, made: Sequence[tuple[int, Cluster]]) -> VoiceReport:
    """Return the report; `made` are the clusters by rank with their numbers in `work.found`."""
    ids = {number: cluster.id for number, cluster in made}
    voices = _voices(work, ids)
    clusters = tuple(cluster for _, cluster in made)
    counted = Counter(voice.kind for voice in voices)
    return VoiceReport(
        rows=len(voices),
        by_kind={kind: counted[kind] for kind in KINDS if counted[kind]},
        clusters=clusters,
        unclustered=tuple({"row": voice.row, "reason": voice.reason} for voice in voices if not voice.cluster),
        voices=voices,
        columns=work.intake.columns,
        notes=_notes(work, voices),
        formula=_formula(clusters),
        citations=_cited(clusters),
        writer="、".join(sorted({cluster.diagnosis.writer for cluster in clusters})) or "rules",
        people=len({one.person for one in work.said}),
    )


def _voices(work: Work, ids: dict[int, int]) -> tuple[Voice, ...]:
    times = Counter(one.leader for one in work.said)
    places = {entry.row: at for at, entry in enumerate(work.entries)}
    voices = []
    for entry in work.intake.entries:
        day = entry.day.isoformat() if entry.day else ""
        if entry.row not in places:
            voices.append(Voice(entry.row, entry.text, entry.person, day, reason=entry.problem))
            continue
        at = places[entry.row]
        one, fact, cluster = work.said[at], work.facts[at], ids.get(work.found.numbers[at], 0)
        same = work.entries[one.leader].row
        voices.append(
            Voice(
                row=entry.row,
                text=entry.text,
                user=entry.person,
                date=day,
                kind=fact.kind,
                requested=fact.requested,
                pain=fact.pain,
                intensity=fact.intensity,
                family=fact.family,
                same_as=same if same != entry.row else 0,
                times=times[one.leader],
                cluster=cluster,
                reason="" if cluster else _alone(fact),
            )
        )
    return tuple(voices)


def _alone(fact: Fact) -> str:
    rules: dict[str, Any] = read("voice/report")
    grave = [rules["signals"][signal] for signal in fact.signals if signal in rules["grave"]]
    if not grave:
        return str(rules["reasons"]["alone"])
    return Template(rules["reasons"]["alone_grave"]).substitute(signals="、".join(grave))


def _notes(work: Work, voices: Sequence[Voice]) -> tuple[str, ...]:
    rules: dict[str, Any] = read("voice/report")
    notes = list(work.intake.notes)
    if repeats := sum(1 for voice in voices if voice.same_as):
        notes.append(Template(rules["notes"]["repeats"]).substitute(count=repeats))
    if work.found.known:
        joined = {"known": work.found.known, "clusters": work.found.joined}
        notes.append(Template(rules["notes"]["like"]).substitute(joined))
    grave = []
    for signal in rules["grave"]:
        rows = [
            entry.row
            for entry, fact in zip(work.entries, work.facts, strict=True)
            if signal in fact.signals  # whatever its kind: to look in vain costs less than to miss an injury
        ]
        if rows:
            told = {"signal": rules["signals"][signal], "count": len(rows), "rows": _listed(rows)}
            grave.append(Template(rules["notes"]["grave"]).substitute(told))
    return (*grave, *notes)


def _listed(rows: Sequence[int]) -> str:
    return "、".join(map(str, rows[:_ROWS])) + ("…" if len(rows) > _ROWS else "")


def _formula(clusters: Sequence[Cluster]) -> str:
    """Return how the score is made, and with which figures for each cluster, a line each."""
    rules: dict[str, Any] = read("voice/report")
    lines = [rules["formula"], *([rules["formula_praise"]] if any(is_praise(one.kinds) for one in clusters) else [])]
    for one in clusters:
        told = {"id": one.id, "users": one.asking, "mean": f"{one.intensity:g}", "score": f"{one.score:g}"}
        lines.append(Template(rules["formula_line"]).substitute(told))
    return "\n".join(lines)


def _cited(clusters: Sequence[Cluster]) -> tuple[Citation, ...]:
    """Return what all diagnoses rest on, each passage once, numbered anew; a diagnosis keeps its own numbers."""
    found = {(c.doc_id, c.start, c.end): c for cluster in clusters for c in cluster.diagnosis.citations}
    return tuple(replace(citation, n=n) for n, citation in enumerate(found.values(), 1))
