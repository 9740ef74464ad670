"""A dry run: how many rows, tokens and yuan a batch would take, with nothing called and nothing spent."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice

from copilot.batch.course import Batch
from copilot.batch.job import Estimate, Job
from copilot.batch.run import Reasons, rehearsed, writer_name
from copilot.batch.work import Worker
from copilot.errors import OverBudget
from copilot.knowledge import read
from copilot.library import Library
from copilot.metering import Meter
from copilot.models import token_method
from copilot.prices import Price, described, entry_of, yuan
from copilot.settings import Settings

_TRIED = 20  # rows whose prompts are made and counted


def estimate(
    job: Job, settings: Settings, library: Library, *, told: Callable[[Sequence[str]], None] = lambda lines: None
) -> Estimate:
    """Return what a run would take; `told` gets what was understood.

    Prompts of some rows, spread over the file, are made and counted; answers are reckoned by the table in batch.yaml.

    :raises InputError: the input or the columns cannot be used
    """
    with rehearsed(job, settings, library, told) as batch:
        count = batch.journal.count()
        pending = count["failed"] + (0 if job.only_failed else count["new"])
        reasons = Reasons()
        for row in batch.journal.ended() if count["broken"] else ():
            if row.problem:
                reasons.count(row.problem, row.row)
        asked, answered, tried = _tokens(batch, pending) if settings.model else (0, 0, 0)
    price = batch.setup.price if settings.model else Price(Decimal(0), Decimal(0))
    entry = entry_of(settings.model, settings.home) if settings.model else None
    return Estimate(
        rows=sum(count.values()),
        finished=count["ok"],
        pending=pending,
        unusable=count["broken"],
        input_tokens=asked,
        output_tokens=answered,
        cost=yuan(price.cost(asked, answered)) if price else None,
        price=described(entry) if entry else "",
        writer=writer_name(settings),
        token_method=token_method() if settings.model else "",
        sampled=tried,
        reasons=reasons.most_common(),
    )


class _Rehearsal(Meter):
    """Lets no call begin, and keeps how many tokens the prompt has."""

    prompt = 0

    def before(self, prompt_tokens: int) -> None:
        self.prompt = prompt_tokens
        raise OverBudget("只是估算，没有调用模型")


def _tokens(batch: Batch, pending: int) -> tuple[int, int, int]:
    """Tokens sent and received for all pending rows, reckoned from some of them, and from how many."""
    setup, rules = batch.setup, read("batch_run")["estimate"]
    step = max(1, pending // _TRIED)
    rows = list(islice(batch.journal.pending(batch.job.only_failed), 0, step * _TRIED, step))
    asking = replace(setup.settings, api_key=setup.settings.api_key or "none")  # nothing is called: no key is needed
    worker = Worker(setup._replace(settings=asking))
    sent = received = 0.0
    for item in (batch.item(*row) for row in rows):
        meter = _Rehearsal(None, None, None)
        worker.row(item, meter)
        if not meter.prompt:
            continue  # the row is wrong, or the library does not answer the question: nothing is sent
        calls = 1 + rules["repairs"][setup.task]
        if setup.task == "adcopy":
            calls *= max(1, len(worker.brief(item.values)[0].platform))
        sent += calls * meter.prompt
        received += calls * rules["answer"][setup.task] * (setup.n if setup.task == "adcopy" else 1)
    scale = pending / len(rows) if rows else 0
    return math.ceil(sent * scale), math.ceil(received * scale), len(rows)
