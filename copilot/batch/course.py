"""Which rows go next, what is kept of those that end, and when to stop: budget, circuit, Ctrl-C."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from copilot.batch.columns import Columns, row_values
from copilot.batch.engines import Group
from copilot.batch.job import Job, Progress, Stopped
from copilot.batch.journal import Journal
from copilot.batch.work import Done, Item, Setup
from copilot.knowledge import read
from copilot.metering import worst_case
from copilot.prices import yuan
from copilot.tasks.results import remember_copies


class Batch(NamedTuple):
    """A batch whose rows stand in its journal."""

    job: Job
    setup: Setup
    journal: Journal
    header: tuple[str, ...]
    columns: Columns
    notes: tuple[str, ...]

    def item(self, row: int, key: bytes, cells: str) -> Item:
        """Return a row to be worked on; its `cells` are JSON."""
        return Item(row, key, row_values(self.header, self.columns, json.loads(cells)))


class Course:
    """The course of one run: hands out groups of rows, keeps what became of them."""

    def __init__(self, batch: Batch, group: int, stop: threading.Event, shown: Callable[[Progress], None]) -> None:
        """`group` is how many rows are handed out at once."""
        count = batch.journal.count()
        self.batch = batch
        self.stop = stop
        self.stopped: Stopped = ""
        self.pending = count["failed"] + (0 if batch.job.only_failed else count["new"])
        self.earlier = count["ok"]
        self._group = group
        self._shown = shown
        self._first: tuple[float, int] | None = None  # when the first rows had ended, and how many they were
        self._ended = self._failed = self._tokens = self._in_a_row = 0
        self._broken = count["broken"]
        self._spent = batch.journal.spent()
        self._flying: dict[bytes, tuple[int, Decimal]] = {}  # the money of rows in flight: its number, how much
        self._again: deque[Item] = deque()  # rows whose share of the budget was too small

    # Handing out

    def groups(self) -> Iterator[Group | None]:
        """Yield groups of rows to be worked on until none is left or the run is to stop; None: not now."""
        group: Group = []
        for item in self._items():
            if self._over():
                return
            if self.batch.job.budget is not None and self.batch.setup.price:
                yield from self._paid(item)
                continue
            group.append(item)
            if len(group) == self._group:
                yield group
                group = []
        if group and not self._over():
            yield group
        while self._flying or self._again:
            if self._again and not self._flying and not self._over():
                yield from self._paid(self._again.popleft())
            elif self._flying:
                yield None
            else:
                return

    def _items(self) -> Iterator[Item]:
        batch = self.batch
        for row, key, cells in batch.journal.pending(batch.job.only_failed):
            yield batch.item(row, key, cells)

    def _paid(self, item: Item) -> Iterator[Group | None]:
        """Yield a row with its share of the budget, once there is enough left for the worst that it may cost."""
        price = self.batch.setup.price
        assert price is not None
        wanted = worst_case(price, read("batch_run")["share_calls"][self.batch.setup.task])
        while True:
            if self._over():
                return
            left = self._left()
            if left >= wanted or not self._flying:
                break
            yield None
        if left <= 0:
            self.stopped = "budget"
            return
        share = left if item.allowed is not None else min(left, wanted)
        self._flying[item.key] = self.batch.journal.allow(item.key, share), share
        yield [item._replace(allowed=share)]

    def _left(self) -> Decimal:
        """What of the budget is neither spent nor set aside for a row in flight."""
        assert self.batch.job.budget is not None
        return self.batch.job.budget - self._spent - sum((share for _, share in self._flying.values()), Decimal(0))

    def _over(self) -> bool:
        if self.stop.is_set() and not self.stopped:
            self.stopped = "interrupted"
        return bool(self.stopped)

    # Keeping

    def keep(self, done: Sequence[Done]) -> None:
        """Store what became of rows; what they were told is on the disk when this returns."""
        batch = self.batch
        kept = [one.kept for one in done if one.kept.trouble not in ("budget", "stopped")]
        remember_copies(batch.setup.settings.home, [copy for one in done for copy in one.copies])
        settled = []
        for one in (one.kept for one in done):
            self._spent += one.spent
            self._tokens += one.tokens
            number, share = self._flying.pop(one.key, (0, Decimal(0)))
            if number:
                settled.append((number, one.spent))
            if one.trouble == "budget":
                self._short(one.row, one.key, share)
        batch.journal.add(kept, settled)
        for one in kept:
            self._count(one.status, one.trouble)
        self._show()

    def _short(self, row: int, key: bytes, share: Decimal) -> None:
        """A row's share was too small: once more with all that is left, or the budget is at its end."""
        if not self._flying and self._left() <= share:
            self.stopped = self.stopped or "budget"
            return
        self._again.append(self.batch.item(row, key, self.batch.journal.cells(row))._replace(allowed=share))

    def _count(self, status: str, trouble: str) -> None:
        self._ended += 1
        self._failed += status == "failed"
        if status == "ok":
            self._in_a_row = 0
        elif trouble:
            self._in_a_row += 1
        give_up = self.batch.job.give_up
        if trouble == "hopeless":
            self.stopped = self.stopped or "hopeless"
        elif give_up and self._in_a_row >= give_up:
            self.stopped = self.stopped or "circuit"

    def _show(self) -> None:
        now = time.monotonic()
        self._first = self._first or (
            now,
            self._ended,
        )  # until then workers are started, which says nothing of the rows
        since, before = self._first
        rate = (self._ended - before) / (now - since) if now > since else 0.0
        left = self.pending - self._ended
        done = self.earlier + self._broken + self._ended
        progress = Progress(
            self.earlier + self._broken + self.pending,
            done,
            self._failed + self._broken,
            round(rate, 2),
            round(left / rate, 1) if rate else 0.0,
            self._tokens,
            yuan(self._spent),
        )
        self._shown(progress)
