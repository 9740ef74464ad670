"""Long work in a thread, told step by step to a handler that is a generator; it ends when nobody listens any more."""

import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from copilot.types import Wrote

Progress = Callable[[int, int, str], None]  # done, total, what is done now

_PAUSE = 0.2  # seconds between two steps that are shown


class Step(NamedTuple):
    """`done` of `total` are done, now at `what`."""

    done: int
    total: int
    what: str


def writing(progress: Progress, doing: str) -> Callable[[Wrote], None]:
    """Return what tells `progress` how much a model has written; `doing` is said before it."""
    return lambda wrote: progress(0, 0, f"{doing}模型这一次已写 {wrote.characters} 字")


class Ended(NamedTuple):
    """The last thing that is told: what the work returned."""

    result: Any


class _StoppedError(Exception):
    """Raised inside the work when nobody listens any more."""


def told(work: Callable[[Progress], Any]) -> Iterator[Step | Ended]:
    """Run `work(progress)` in a thread; yield where it is, five times a second at most, then `Ended`.

    When the generator is closed (a stop button, a page that has gone) the next call of `progress` ends the work. What
    the work raises is raised here.
    """
    steps: SimpleQueue[Step] = SimpleQueue()
    stop = threading.Event()
    came: dict[str, Any] = {}

    def progress(done: int, total: int, what: str) -> None:
        if stop.is_set():
            raise _StoppedError
        steps.put(Step(done, total, what))

    def run() -> None:
        try:
            came["result"] = work(progress)
        except _StoppedError:
            pass
        except Exception as error:  # noqa: BLE001  raised again where somebody listens
            came["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_PAUSE)
            if step := _last(steps):
                yield step
    finally:
        stop.set()
    if "error" in came:
        raise came["error"]
    yield Ended(came["result"])


def _last(steps: SimpleQueue[Step]) -> Step | None:
    """The newest step that waits; older ones are of no interest."""
    step = None
    while True:
        try:
            step = steps.get_nowait()
        except Empty:
            return step
