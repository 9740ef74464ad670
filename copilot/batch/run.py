"""A batch from input to output: read the rows into the journal, work on those that are left, write, sum up."""

import hashlib
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from copilot.batch import engines
from copilot.batch.columns import Columns, described, map_columns, recognised, row_values
from copilot.batch.course import Batch, Course
from copilot.batch.flat import column_order
from copilot.batch.job import BatchReport, Job, Progress, Stopped
from copilot.batch.journal import Ended, Journal, Read, journal_path, opened
from copilot.batch.output import FORMATS, Line, json_line, write_output
from copilot.batch.output_cells import ROWS
from copilot.batch.repeats import find_repeats
from copilot.batch.table import Table, open_table
from copilot.batch.work import Done, Setup, Worker, failure_body
from copilot.channels import load_channels
from copilot.errors import InputError
from copilot.export.files import check_target, remove_leftovers
from copilot.knowledge import digest as knowledge_digest
from copilot.knowledge import read
from copilot.library import Library
from copilot.prices import Price, price_of, yuan
from copilot.profiles import as_brief, load_profile, load_voice
from copilot.prompts import load_prompt
from copilot.settings import Settings

_GROUP = 16  # rows handed to a process at once: at 10 ms a row nothing is gained by more, and no more is lost by a kill
_SMALL = 100  # rows up to which other processes, 1.2 s each to start, are not worth it
_CALLS = 8  # calls of a model at a time, unless said otherwise
_SEALS = 8  # digests of the output that are kept: those of the last runs

_SHOWN = 5  # rows named for each reason
_REASONS = 20
_DIFFERENT = 1000  # reasons kept apart: memory must not grow with the rows
_PROMPTS = {"adcopy": "adcopy", "ask": "answer", "diagnose": "diagnose"}

Told = Callable[[Sequence[str]], None]
Shown = Callable[[Progress], None]


def run(
    job: Job,
    settings: Settings,
    library: Library,
    *,
    told: Told = lambda lines: None,
    shown: Shown = lambda progress: None,
    stop: threading.Event | None = None,
) -> BatchReport:
    """Work on all rows of a file and write what became of them; a second run goes on where the first one ended.

    `told` gets what was understood before anything is spent, `shown` the progress; `stop` ends the run after the rows
    in flight.

    :raises InputError: the input, the columns or the output cannot be used
    :raises DataError: the journal cannot be read or written
    """
    begin = time.monotonic()
    check_target(job.output, FORMATS, overwrite=True)
    setup = setup_of(job, settings, library)
    if job.budget is not None and settings.model and setup.price is None:
        hint = f"在 {settings.home / 'prices.yaml'} 里写上它的价格，或去掉 --budget。"
        raise InputError(f"价格表里没有 {settings.model}，管不住预算", hint)
    path = journal_path(job.output)
    begun = path.exists()
    with ExitStack() as ending, opened(path) as journal:
        if not begun:
            ending.callback(path.unlink)  # nothing is left behind by a table that cannot be read
        _check_output(job, journal)
        remove_leftovers(job.output)
        batch = read_in(job, setup, journal, told)
        if job.output.suffix.lower() == ".xlsx" and (rows := sum(journal.count().values())) > ROWS:
            raise InputError(f"一张 xlsx 表最多 {ROWS} 行，这里有 {rows} 行", "输出改成 .csv 或 .jsonl，或用 --limit。")
        ending.pop_all()
        course = Course(batch, 1 if settings.model else _GROUP, stop or threading.Event(), shown)
        for done in _engine(batch, course):
            course.keep(done)
        return _finished(batch, course, begin)


@contextmanager
def rehearsed(job: Job, settings: Settings, library: Library, told: Told) -> Iterator[Batch]:
    """Read the rows as `run` does and leave everything as it is, for a dry run.

    :raises InputError: the input or the columns cannot be used
    """
    path = journal_path(job.output)
    with opened(path if path.exists() else None) as journal:
        yield read_in(job, setup_of(job, settings, library), journal, told)


def setup_of(job: Job, settings: Settings, library: Library) -> Setup:
    """Return what the rows are worked on with."""
    profile = as_brief(load_profile(settings.home, job.profile)) if job.profile else {}
    return Setup(
        settings, job.task, job.n, job.platform, profile, job.voice, job.long, library.content_digest(),
        _price(settings), job.rpm, job.tpm,
    )  # fmt: skip


def _price(settings: Settings) -> Price | None:
    """The model's price: by the table; a server on this machine costs nothing."""
    if not settings.model:
        return None
    here = urlsplit(settings.base_url).hostname in ("localhost", "127.0.0.1", "::1")
    return price_of(settings.model, settings.home) or (Price(Decimal(0), Decimal(0)) if here else None)


def read_in(job: Job, setup: Setup, journal: Journal, told: Told) -> Batch:
    """Read the input into the journal; say what was understood.

    :raises InputError: the input or the columns cannot be used
    """
    with open_table(job.source, sheet=job.sheet, wanted=lambda header: recognised(header, job.task)) as table:
        told(table.notes)
        known = len(table.notes)
        columns = map_columns(table.header, job.task, job.columns, setup.profile)
        journal.read_in(_reads(table, columns), _key_maker(setup), job.limit, job.sample)
        header, notes = tuple(table.header), tuple(table.notes)
    first: list[Any] = next((json.loads(cells) for _, _, cells in journal.pending()), [])
    told([*notes[known:], *described(header, columns, row_values(header, columns, first))])
    return Batch(job, setup, journal, header, columns, notes)


def _reads(table: Table, columns: Columns) -> Iterator[Read]:
    for row in table.rows():
        problem, values = row.problem, {}
        if not problem:
            try:
                values = row_values(table.header, columns, row.cells)
            except InputError as error:
                problem = error.message
        said = json.dumps(values or row.cells, ensure_ascii=False, sort_keys=True)
        digest = hashlib.sha256(said.encode()).digest()
        yield Read(row.number, digest, json.dumps(row.cells, ensure_ascii=False), problem)


def _key_maker(setup: Setup) -> Callable[[bytes, int], bytes]:
    """Keys of 128 bits from everything that a result depends on: see the contract."""
    settings = setup.settings
    voice = load_voice(settings.home, setup.voice) if setup.task == "adcopy" else None
    channels = load_channels(settings.home) if setup.task == "adcopy" else {}
    task: list[Any] = [setup.task, setup.n, setup.platform, dict(setup.profile), setup.long, settings.reranker]
    task += [voice.to_dict() if voice else None, [channel.to_dict() for channel in channels.values()]]
    prompt = load_prompt(_PROMPTS[setup.task]).digest if settings.model else knowledge_digest()
    common = hashlib.sha256(
        json.dumps([task, prompt, setup.library, writer_name(settings)], ensure_ascii=False).encode()
    ).digest()

    def key(digest: bytes, occurrence: int) -> bytes:
        return hashlib.sha256(common + digest + occurrence.to_bytes(8, "big")).digest()[:16]

    return key


def _check_output(job: Job, journal: Journal) -> None:
    """Refuse to write over what this batch has not written, or somebody has worked on since.

    :raises InputError: that is so
    """
    if isinstance(job.source, Path) and job.output.exists() and job.output.samefile(job.source):
        raise InputError("输出和输入是同一个文件", "换一个输出文件名。")
    if not job.output.exists() or job.overwrite:
        return
    with job.output.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    seals = journal.meta(_seals(job)).split()
    if digest not in seals:
        what = "写出之后被改过" if seals else "已经存在，不是这个批量写的"
        raise InputError(f"{job.output} {what}，没有覆盖", "先移走它或换一个输出文件名；确定不要了就加 --force。")


def _seals(job: Job) -> str:
    return f"sealed{job.output.suffix.lower()}"


def _engine(batch: Batch, course: Course) -> Iterator[list[Done]]:
    """Choose where the rows are worked on."""
    job, setup = batch.job, batch.setup
    if not course.pending:
        return iter(())
    if job.engine == "ray":
        from copilot.batch.ray_engine import ray_cluster

        return ray_cluster(course.groups(), setup, job.workers or processors())
    if setup.settings.model:
        return engines.threads(course.groups(), Worker(setup, course.stop), job.workers or _CALLS)
    workers = job.workers or (1 if course.pending <= _SMALL else processors())
    if workers == 1:
        return engines.inline(course.groups(), Worker(setup))
    return engines.processes(course.groups(), setup, workers)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _finished(batch: Batch, course: Course, begin: float) -> BatchReport:
    """Write the output and say what became of the rows."""
    job, journal = batch.job, batch.journal
    reasons = Reasons()

    def lines() -> Iterator[Line]:
        for row in journal.ended():
            line = line_of(row, read("batch_run")["not_done"][course.stopped], batch.setup.settings)
            if line.status == "failed":
                reasons.count(json.loads(line.body)["error"], row.row)
            yield line

    def sealed(digest: str) -> None:
        journal.set_meta(_seals(job), " ".join([*journal.meta(_seals(job)).split(), digest][-_SEALS:]))

    columns, channels = column_order(journal.columns()), load_channels(batch.setup.settings.home)
    write_output(job.output, batch.header, columns, lines(), job.task, sealed, channels)
    count = journal.count()
    return BatchReport(
        rows=sum(count.values()),
        ok=count["ok"],
        failed=count["failed"] + count["broken"],
        not_done=count["new"],
        earlier=course.earlier,
        stopped=course.stopped,
        reasons=reasons.most_common(),
        repeats=find_repeats(journal.texts()),
        tokens=journal.tokens(),
        spent=yuan(journal.spent()),
        seconds=round(time.monotonic() - begin, 2),
        output=str(job.output),
        journal=str(journal_path(job.output)),
        notes=batch.notes,
    )


class Reasons:
    """Why rows failed, counted; what comes after a thousand different reasons is counted together."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._rows: dict[str, list[int]] = {}

    def count(self, reason: str, row: int) -> None:
        """Count a row's reason."""
        if reason not in self._counts and len(self._counts) >= _DIFFERENT:
            reason = "其他原因，见结果里的 error"
        self._counts[reason] += 1
        rows = self._rows.setdefault(reason, [])
        if len(rows) < _SHOWN:
            rows.append(row)

    def most_common(self) -> tuple[dict[str, Any], ...]:
        """Return `{reason, count, rows}`, the most frequent first, with the first five rows."""
        top = self._counts.most_common(_REASONS)
        return tuple({"reason": reason, "count": count, "rows": self._rows[reason]} for reason, count in top)


def line_of(row: Ended, untouched: str, settings: Settings) -> Line:
    """Return the output's line of a row; `untouched` is said of one that was never worked on."""
    status, body = row.status, row.body
    if row.problem:
        status, body = "failed", failure_body(row.problem, writer_name(settings))
    elif not status:
        status, body = "failed", failure_body(untouched, writer_name(settings))
    return Line(row.row, row.key.hex(), status, json.loads(row.cells), body)


def json_lines(job: Job, settings: Settings, stopped: Stopped) -> Iterator[str]:
    """Yield the lines that a jsonl output has, whatever the format of this one."""
    with opened(journal_path(job.output)) as journal:
        for row in journal.ended():
            yield json_line(line_of(row, read("batch_run")["not_done"][stopped], settings))


def writer_name(settings: Settings) -> str:
    """Return who writes: `rules`, or `chat:` and the model."""
    return f"chat:{settings.model}" if settings.model else "rules"
