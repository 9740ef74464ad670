"""What a batch is asked to do, and what it tells: the records that go in and come out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Literal

from copilot.batch.repeats import Repeats
from copilot.batch.work import Task
from copilot.types import Record

Engine = Literal["local", "ray"]
# why a run ended before its end
Stopped = Literal["", "interrupted", "circuit", "hopeless", "budget"]


@dataclass(frozen=True, slots=True)
class Job:
    """A batch. 0, "" and None stand for “not said”; `columns` is {列名: 键}, `platform` for rows that name no channel.

    `give_up` is how many failures of the model in a row end the run (0: none), `budget` yuan for this output, all runs
    together; `limit` takes rows from the beginning, `sample` some of them by lot.
    """

    source: Path | BinaryIO
    output: Path
    task: Task = "adcopy"
    n: int = 3
    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    platform: tuple[str, ...] = ()
    profile: str = ""
    voice: str = ""
    long: bool = False
    workers: int = 0
    rpm: float = 0
    tpm: int = 0
    budget: Decimal | None = None
    limit: int = 0
    sample: int = 0
    only_failed: bool = False
    engine: Engine = "local"
    give_up: int = 10
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Progress(Record):
    """How far a run has come. `rows` are all that count, `done` those that have ended, in earlier runs too.

    `rate` is rows a second of this run, `eta_s` seconds that are left at this rate, both 0 while nothing can be said of
    them; `spent` yuan of all runs.
    """

    rows: int
    done: int
    failed: int
    rate: float
    eta_s: float
    tokens: int
    spent: str


@dataclass(frozen=True, slots=True)
class Estimate(Record):
    """What a dry run says: `finished` rows cost nothing any more; `cost` is yuan, None where the price is not known.

    `price` tells the line of the price table, its source and how far it is to be trusted; `reasons` why rows are
    unusable, `{reason, count, rows}` as in a report.
    """

    rows: int
    finished: int
    pending: int
    unusable: int
    input_tokens: int
    output_tokens: int
    cost: str | None
    writer: str
    token_method: str
    sampled: int
    price: str = ""
    reasons: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class BatchReport(Record):
    """What became of a batch: `rows` = `ok` + `failed` + `not_done`; `earlier` were ok before this run.

    `reasons` are `{reason, count, rows}`, the most frequent first, with the first five rows; `spent` is yuan.
    """

    rows: int
    ok: int
    failed: int
    not_done: int
    earlier: int
    stopped: Stopped
    reasons: tuple[dict[str, Any], ...]
    repeats: Repeats
    tokens: int
    spent: str
    seconds: float
    output: str
    journal: str
    notes: tuple[str, ...] = ()
