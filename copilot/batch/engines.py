"""Where rows are worked on: in this process, in threads (a model) or in processes (the rule writer).

An engine takes groups of rows one by one, when it has room for them, and yields what became of each group in whatever
order they end. A `None` among the groups says: nothing now, ask again when something has ended.
"""

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import cache

from copilot.batch.journal import Kept
from copilot.batch.work import Done, Item, Setup, Worker, failure_body

Group = list[Item]
Groups = Iterator[Group | None]
Submit = Callable[[Group], "Future[list[Done]]"]

_setup: Setup  # of this worker process

# Groups handed out for each process: one it works on, one that waits, so that none waits for this process.
_AHEAD = 2


def inline(groups: Groups, worker: Worker) -> Iterator[list[Done]]:
    """Work on rows here, one group after the other."""
    for group in groups:
        if group:
            yield worker.rows(group)


def threads(groups: Groups, worker: Worker, workers: int) -> Iterator[list[Done]]:
    """Work on rows in threads: for a model, which is waited for. No more than `workers` calls at a time."""
    with ThreadPoolExecutor(workers, "batch") as pool:
        yield from _pooled(groups, lambda group: pool.submit(worker.rows, group), workers)


def processes(groups: Groups, setup: Setup, workers: int) -> Iterator[list[Done]]:
    """Work on rows in processes: for the rule writer, which computes.

    When a process dies (out of memory, a crash in compiled code), the rows in flight are tried again in one process of
    their own; a row that takes down that one too has failed, and the others go on.
    """
    while True:
        lost: list[Group] = []
        with _pool(workers, setup) as pool:
            yield from _pooled(groups, lambda group: pool.submit(_work, group), workers * _AHEAD, lost)
        if not lost:
            return
        yield from _one_by_one(lost, setup)


def _one_by_one(groups: list[Group], setup: Setup) -> Iterator[list[Done]]:
    pool = _pool(1, setup)

    def again(group: Group) -> list[Done]:
        nonlocal pool
        try:
            return pool.submit(_work, group).result()
        except BrokenProcessPool:
            pool = _pool(1, setup)
            raise

    try:
        yield from carefully(groups, again, BrokenProcessPool)
    finally:
        pool.shutdown()


def carefully(
    groups: Sequence[Group], work: Callable[[Group], list[Done]], died: type[Exception]
) -> Iterator[list[Done]]:
    """Work on groups one after the other; of one at which the worker `died` each row alone, once more."""
    left = list(groups)
    while left:
        group = left.pop(0)
        try:
            yield work(group)
        except died:
            if len(group) == 1:
                yield [alone_failed(group[0])]
            else:
                left[:0] = [[item] for item in group]


def alone_failed(item: Item) -> Done:
    """Return what a row becomes that took its process down twice."""
    body = failure_body("处理这一行的进程异常退出（内存不够，或底层库崩溃）；其余的行不受影响")
    return Done(Kept(item.row, item.key, "failed", body))


def _pooled(groups: Groups, submit: Submit, window: int, lost: list[Group] | None = None) -> Iterator[list[Done]]:
    """Keep up to `window` groups in flight. When the pool breaks, what was in flight goes to `lost`."""
    flying: dict[Future[list[Done]], Group] = {}
    more = True
    try:
        while more or flying:
            while more and len(flying) < window:
                group = next(groups, [])
                if not group:
                    more = group is None
                    break
                flying[submit(group)] = group
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                done = future.result()
                del flying[future]
                yield done
    except BrokenProcessPool:
        if lost is None:
            raise
        lost += flying.values()


def _pool(workers: int, setup: Setup) -> Executor:
    # Spawned, not forked: a copy of this process would have the locks of the library's threads, not the threads.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(setup,))


def _begin(setup: Setup) -> None:
    """Leave Ctrl-C to the parent, which lets rows end, and do not outlive it."""
    global _setup
    _setup = setup
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch_parent, daemon=True).start()


def _watch_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()  # after `kill -9` of the parent this process would wait for work for ever
        os._exit(1)


def _work(group: Group) -> list[Done]:
    done = _worker().rows(group)
    _warm()
    return done


@cache
def _warm() -> None:
    """Leave what the first rows have loaded out of garbage collection: it stays, and going through it takes a tenth."""
    gc.collect()
    gc.freeze()


@cache
def _worker() -> Worker:
    return Worker(_setup)
