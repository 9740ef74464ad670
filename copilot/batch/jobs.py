"""Batches that go on by themselves: begun by a page, worked on in threads of this process that no page holds.

What a job is and what became of it lies in its folder (`job_folder`); here is only what works just now. A process that
ends loses nothing but the rows in flight: its jobs are `interrupted`, and `start` goes on with them.
"""

import logging
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from copilot.batch import job_folder as files
from copilot.batch.columns import recognised
from copilot.batch.flat import column_order
from copilot.batch.job import BatchReport, Job, Progress
from copilot.batch.journal import journal_path, opened
from copilot.batch.output import write_output
from copilot.batch.output_cells import ROWS
from copilot.batch.run import line_of
from copilot.batch.table import open_table
from copilot.channels import load_channels
from copilot.errors import CopilotError, DataError, InputError
from copilot.settings import Settings
from copilot.types import Record

AT_ONCE = 2  # jobs worked on at a time: each takes all processors for rules, 8 calls for a model
WAITING = 20  # jobs that may wait for their turn

State = Literal["waiting", "running", "stopping", "paused", "stopped", "interrupted", "done", "failed"]
BUSY = ("waiting", "running", "stopping")
Work = Callable[..., BatchReport]  # `Copilot.batch`
_UNTOUCHED = "还没有做；回到网页，在这个任务上点“继续”"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobView(Record):
    """A job as it is now. `ahead` jobs come before a waiting one; `report` is that of the last run, once it has ended.

    States: `waiting` for its turn; `stopping` after the rows in flight; `paused` by its user; `stopped` by budget or
    model (see `report`); `interrupted` by the end of the process, or never begun; `failed` as a whole: `error`, `hint`.
    """

    number: str
    label: str
    task: str
    created: str
    state: State
    ahead: int = 0
    progress: Progress | None = None
    report: dict[str, Any] | None = None
    error: str = ""
    hint: str = ""


class _Run:
    """A thread that works on a job, or waits for its turn to."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.progress: Progress | None = None
        self.ended = False
        self.lost: dict[str, Any] | None = None  # how it ended, where that could not be written down

    def show(self, progress: Progress) -> None:
        self.progress = progress


_turn = threading.Condition()  # guards the three below
_runs: dict[Path, _Run] = {}
_queue: list[Path] = []
_at_work: set[Path] = set()


def start(
    home: Path, key: str, number: str, work: Work, *, only_failed: bool = False, budget: Decimal | None = None
) -> None:
    """Begin a job, or go on with it, in a thread; one that runs or waits is left as it is.

    `budget` is what it may spend in all from now on, None for what was said before.

    :raises InputError: there is no such job, or too many wait
    :raises DataError: its folder is damaged
    """
    folder = files.folder_of(home, key, number)
    files.asked_of(folder)
    _stop_with_the_process()
    with _turn:
        if folder in _runs and not _runs[folder].ended:
            return
        if len(_queue) >= WAITING:
            raise InputError(f"排队的任务太多了（{len(_queue)} 个）", "任务已经存好，过一会儿点“继续”。")
        if budget is not None:
            files.allow(folder, budget)
        run = _runs[folder] = _Run()
        _queue.append(folder)
    thread = threading.Thread(target=_live, args=(folder, run, work, only_failed), name=f"job {number}", daemon=True)
    thread.start()


def pause(home: Path, key: str, number: str) -> None:
    """Let a job end after the rows in flight.

    :raises InputError: there is no such job
    """
    folder = files.folder_of(home, key, number)
    with _turn:
        if folder in _runs:
            _runs[folder].stop.set()
            _turn.notify_all()


def remove(home: Path, key: str, number: str) -> None:
    """Remove a job with all that it wrote.

    :raises InputError: there is no such job, it is not at rest, or it cannot be removed
    """
    folder = files.folder_of(home, key, number)
    with _turn:
        if folder in _runs and not _runs[folder].ended:
            raise InputError("任务还在做", "先点“暂停”，停下后再删除。")
        _runs.pop(folder, None)
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise InputError(f"没有删干净：{error.strerror or error}", "检查文件夹的权限，再删一次。") from error


def views(home: Path, key: object) -> list[JobView]:
    """Return the jobs of a browser, newest first; nothing is made by looking."""
    found = []
    for number in files.numbers(home, key):
        try:
            found.append(view(home, key, number))
        except InputError:
            continue  # being made or removed just now
    return found


def view(home: Path, key: object, number: object) -> JobView:
    """Return a job as it is now.

    :raises InputError: there is no such job
    """
    folder = files.folder_of(home, key, number)
    try:
        label, created, job = files.asked_of(folder)
    except DataError as error:
        return JobView(folder.name, folder.name, "", "", "failed", error=error.message, hint=error.hint)
    about = JobView(folder.name, label, job.task, created, "interrupted")
    with _turn:
        run = _runs.get(folder)
        if run and not run.ended:
            if folder in _queue:
                return replace(about, state="waiting", ahead=len(_at_work) + _queue.index(folder))
            return replace(about, state="stopping" if run.stop.is_set() else "running", progress=run.progress)
    report = files.report_of(folder) or (run.lost if run else None)
    if report is None:
        return about
    if "error" in report:
        return replace(about, state="failed", error=report["error"], hint=report["hint"])
    return replace(about, state=_ended(report), report=report)


def first_results(home: Path, key: object, number: object, most: int) -> list[dict[str, Any]]:
    """Return the first rows of what the last run wrote, as the contract's JSON lines; none before it has ended.

    :raises InputError: there is no such job
    """
    return files.first_results(files.folder_of(home, key, number), most)


def export(home: Path, key: object, number: object, target: Path, settings: Settings) -> None:
    """Write what has been done so far to `target`: csv, xlsx or jsonl, by its suffix.

    :raises InputError: there is no such job, it is not at rest, or the format cannot hold that much
    :raises DataError: its journal is damaged
    """
    folder = files.folder_of(home, key, number)
    if view(home, key, number).state in BUSY:
        raise InputError("任务还在做", "先点“暂停”，停下后就能下载已经做好的。")
    job = files.asked_of(folder).job
    path = journal_path(job.output)
    if not path.is_file():
        raise InputError("还没有可以下载的结果", "点“继续”，做完一些再下载。")
    with open_table(_path(job), wanted=lambda header: recognised(header, job.task)) as table:
        header = tuple(table.header)
    with opened(path) as journal:
        rows = sum(journal.count().values())
        if target.suffix == ".xlsx" and rows > ROWS:
            raise InputError(f"一张 Excel 表最多 {ROWS} 行，这里有 {rows} 行", "改下载 CSV。")
        lines = (line_of(row, _UNTOUCHED, settings) for row in journal.ended())
        columns, channels = column_order(journal.columns()), load_channels(settings.home)
        write_output(target, header, columns, lines, job.task, lambda digest: None, channels)


def _ended(report: dict[str, Any]) -> State:
    if report["stopped"]:
        return "paused" if report["stopped"] == "interrupted" else "stopped"
    return "paused" if report["not_done"] else "done"


def _live(folder: Path, run: _Run, work: Work, only_failed: bool) -> None:
    """The life of a thread: wait for its turn, work, write down how that ended."""
    try:
        told = _worked(folder, run, work, only_failed)
        if told and folder.is_dir():
            try:
                files.write_report(folder, told)
            except InputError as error:
                run.lost = told if "error" in told else _error(folder, error)
    finally:
        with _turn:
            run.ended = True
            if run.lost is None:
                _runs.pop(folder, None)
            _at_work.discard(folder)
            _turn.notify_all()


def _worked(folder: Path, run: _Run, work: Work, only_failed: bool) -> dict[str, Any] | None:
    """Work, and return the report or what went wrong; None if the job was not begun, or the process ends."""
    try:
        if not _my_turn(folder, run):
            return None
        files.forget_report(folder)
        job = replace(files.asked_of(folder).job, only_failed=only_failed)
        return work(job, shown=run.show, stop=run.stop).to_dict()
    except CopilotError as error:
        return _error(folder, error)
    except OSError as error:
        return {"error": f"读写磁盘出错：{error.strerror or error}", "hint": "检查磁盘空间和权限，再点“继续”。"}
    except Exception:  # noqa: BLE001  the last seam: nobody waits for this thread
        if not threading.main_thread().is_alive():
            return None  # pools refuse work when the process ends, which is no fault
        _LOG.exception("a job failed")
        hint = "点“继续”再试一次；仍然这样，请把启动窗口里的记录发给开发者。"
        return {"error": "程序内部出错，做好的行都在", "hint": hint}


def _my_turn(folder: Path, run: _Run) -> bool:
    """Wait until there is room for this job; False: it was paused before."""
    with _turn:
        _turn.wait_for(lambda: run.stop.is_set() or (len(_at_work) < AT_ONCE and _queue[0] == folder))
        _queue.remove(folder)
        if not run.stop.is_set():
            _at_work.add(folder)
        _turn.notify_all()
        return folder in _at_work


def _error(folder: Path, error: CopilotError) -> dict[str, Any]:
    """What is said of an error: without the paths of this machine, with the name that the user knows."""
    if isinstance(error, DataError) and "full" in error.message:
        return {"error": "磁盘满了，没法接着做；做好的行都在", "hint": "腾出空间，再点“继续”。"}
    message, hint = error.message, error.hint
    if error.message.startswith("另一个 batch"):
        message, hint = "这个任务正被占用（可能正在下载，或在另一个程序里做）", "等它结束，再点“继续”。"
    with suppress(DataError):  # a damaged folder has no names
        asked = files.asked_of(folder)
        table = _path(asked.job)
        for ours, theirs in ((str(table), asked.label), (table.name, asked.label), (f"{folder}/", "")):
            message, hint = message.replace(ours, theirs), hint.replace(ours, theirs)
    return {"error": message, "hint": hint}


def _path(job: Job) -> Path:
    assert isinstance(job.source, Path)
    return job.source


@cache
def _stop_with_the_process() -> None:
    """Begin no more rows once the process is to end, which waits for the threads that call a model."""

    def watch() -> None:
        threading.main_thread().join()
        with _turn:
            for run in _runs.values():
                run.stop.set()
            _turn.notify_all()

    threading.Thread(target=watch, name="jobs", daemon=True).start()
