"""A file of user feedback → `VoiceReport`: what people want, how many of them, and what to do first. No row is lost.

Read, mask, find repeats, read each voice, cluster, split each cluster by need, diagnose one voice of each, rank.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from copilot.diagnosis import Cluster, Diagnosis, VoiceContext, VoiceReport
from copilot.voices.assembly import Work, assembled, report_of
from copilot.voices.facts import Fact, Progress, facts_of
from copilot.voices.grouping import group
from copilot.voices.intake import Entry, take_in
from copilot.voices.like import Earlier
from copilot.voices.members import Member, weight_of
from copilot.voices.people import who_says_what

Diagnose = Callable[[str, VoiceContext], Diagnosis]


def analyse(
    source: Path | BinaryIO,
    *,
    diagnose: Diagnose,
    column: str = "",
    user: str = "",
    date: str = "",
    sheet: str = "",
    clusters: int | None = None,
    like: Earlier | None = None,
    progress: Progress | None = None,
) -> VoiceReport:
    """Return what a file of feedback says. `diagnose` makes the diagnosis of the voice that stands for a cluster.

    `column`, `user`, `date`: name or number from 1 of a column, "" to find it. `clusters`: how many, None to find out.
    `like`: clusters of an earlier report that new voices join where they fit.

    :raises InputError: the file cannot be read, a column that was told is not there, or none holds feedback
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # Thousands of small products of matrices: on a busy machine threads that wait for each other take four times as
    # long (1,000 rows on 2 shared cores: 91 s, with one thread 24 s), and sums depend on how many there are.
    with threadpool_limits(1, "blas"):
        return _analysed(source, diagnose, clusters, like, progress, column=column, user=user, date=date, sheet=sheet)


def _analysed(
    source: Path | BinaryIO,
    diagnose: Diagnose,
    clusters: int | None,
    like: Earlier | None,
    progress: Progress | None,
    **columns: str,
) -> VoiceReport:
    intake = take_in(source, progress=progress, **columns)
    entries = [entry for entry in intake.entries if not entry.problem]
    said = who_says_what(entries, users_known="user" in intake.columns)
    facts = _facts(entries, progress)
    if progress:
        progress(0, 0, "归类")
    work = Work(intake, entries, said, facts, group(entries, said, facts, clusters, like))
    made = _ranked(_members(work), work, diagnose, progress)
    return report_of(work, made)


def _facts(entries: Sequence[Entry], progress: Progress | None) -> list[Fact]:
    """Return what each entry says; equal texts are read once."""
    texts = list(dict.fromkeys(entry.text for entry in entries))
    known = dict(zip(texts, facts_of(texts, progress), strict=True))
    return [known[entry.text] for entry in entries]


def _members(work: Work) -> dict[int, list[Member]]:
    """Return the rows of each cluster."""
    members: dict[int, list[Member]] = defaultdict(list)
    for entry, one, fact, number in zip(work.entries, work.said, work.facts, work.found.numbers, strict=True):
        if number:
            members[number].append(Member(entry.row, entry.text, one.person, entry.day, one.again, fact))
    return members


def _ranked(
    members: dict[int, list[Member]], work: Work, diagnose: Diagnose, progress: Progress | None
) -> list[tuple[int, Cluster]]:
    """Return the clusters by rank, ids from 1, with the numbers they had in the grouping; praise stands behind."""
    weights = {number: weight_of(some) for number, some in members.items()}
    first = {number: min(member.text for member in some) for number, some in members.items()}
    ranked = sorted(members, key=lambda n: (weights[n].praised, -weights[n].score, -len(members[n]), first[n]))
    made = []
    for place, number in enumerate(ranked, 1):
        if progress:
            progress(place - 1, len(ranked), "诊断")
        made.append((number, assembled(place, number, members[number], weights[number], work, diagnose)))
    return made


__all__ = ["Diagnose", "Earlier", "analyse"]
