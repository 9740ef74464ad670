"""Jobs that go on by themselves: their folders, their turn, pause and resume, what a restart leaves, what is told."""

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from copilot import Copilot, Settings
from copilot.batch import job_folder, jobs
from copilot.batch.job import BatchReport, Job, Progress
from copilot.batch.jobs import BUSY, JobView
from copilot.batch.preview import preview, task_keys
from copilot.batch.repeats import Repeats
from copilot.errors import DataError, InputError

PATIENCE = 30  # seconds
TABLE = "商品名,卖点,渠道\n木屿书桌,高度能调,小红书\n拾里咖啡,撕开就能冲,小红书\n,没有产品,小红书\n"
REPORT = BatchReport(2, 2, 0, 0, 0, "", (), Repeats(0), 0, "0.00 元", 0.1, "", "")


@pytest.fixture
def key() -> str:
    """The secret of a browser."""
    return secrets.token_urlsafe(16)


@pytest.fixture
def table() -> Path:
    """`商品.csv` in the working folder."""
    path = Path("商品.csv")
    path.write_text(TABLE, encoding="utf-8")
    return path


class Fake:
    """Stands in for `Copilot.batch`: works until it is let go or stopped."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked: list[Job] = []

    def __call__(
        self, job: Job, *, shown: Callable[[Progress], None], stop: threading.Event, told: Any = None
    ) -> BatchReport:
        self.asked.append(job)
        shown(Progress(2, 1, 0, 1.0, 1.0, 0, "0.00 元"))
        while not self.go.wait(0.01):
            if stop.is_set():
                return replace(REPORT, ok=1, not_done=1, stopped="interrupted")
        return REPORT


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A worker that is let go at the end."""
    worker = Fake()
    yield worker
    worker.go.set()


def begun(home: Path, key: str, table: Path, work: Any, **asked: Any) -> str:
    """Begin a job; its number."""
    number = job_folder.keep(home, key, Job(table, Path("results.jsonl"), n=1, **asked), table.name)
    jobs.start(home, key, number, work)
    return number


def until(home: Path, key: str, number: str, right: Callable[[JobView], bool]) -> JobView:
    """Look at a job until it is as it should be."""
    wait = threading.Event()
    for _ in range(PATIENCE * 50):
        now = jobs.view(home, key, number)
        if right(now):
            return now
        wait.wait(0.02)
    raise AssertionError(now)


def at_rest(home: Path, key: str, number: str) -> JobView:
    """Wait for the end of a run."""
    return until(home, key, number, lambda now: now.state not in BUSY)


# A real one


def test_a_job_from_table_to_files(bare: Path, key: str, table: Path) -> None:
    """Rows are worked on, the bad one is told, and what was done comes in every format, also without a model."""
    bot = Copilot.open(Settings(home=bare, handbook=False))
    number = begun(bare, key, table, bot.batch)
    now = at_rest(bare, key, number)
    assert now.state == "done" and now.report and (now.report["ok"], now.report["failed"]) == (2, 1)
    assert [line["status"] for line in jobs.first_results(bare, key, number, 5)] == ["ok", "ok", "failed"]
    for suffix in (".csv", ".xlsx", ".jsonl"):
        jobs.export(bare, key, number, Path(f"out{suffix}"), bot.settings)
    assert len(Path("out.jsonl").read_text(encoding="utf-8").splitlines()) == 3
    sheet = openpyxl.load_workbook("out.xlsx").worksheets[0]
    assert next(sheet.iter_rows(values_only=True))[:3] == ("商品名", "卖点", "渠道")
    bot.library.close()


def test_rows_that_were_not_done_say_so_in_the_download(bare: Path, key: str, table: Path) -> None:
    """After a pause, in words of the page."""
    bot = Copilot.open(Settings(home=bare, handbook=False))

    def stopped(job: Job, **more: Any) -> BatchReport:
        more["stop"].set()
        return bot.batch(job, **more)

    number = begun(bare, key, table, stopped)
    assert at_rest(bare, key, number).state == "paused"
    jobs.export(bare, key, number, Path("out.jsonl"), bot.settings)
    first = json.loads(Path("out.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert (first["status"], first["error"]) == ("failed", "还没有做；回到网页，在这个任务上点“继续”")
    bot.library.close()


# Pause, resume, turns


def test_pause_and_resume(home: Path, key: str, table: Path, fake: Fake) -> None:
    """A paused job is asked again just as before, or for its failed rows alone."""
    number = begun(home, key, table, fake)
    assert until(home, key, number, lambda now: now.progress is not None).state == "running"
    jobs.pause(home, key, number)
    assert at_rest(home, key, number).state == "paused"
    fake.go.set()
    jobs.start(home, key, number, fake, only_failed=True, budget=Decimal("2.5"))
    assert at_rest(home, key, number).state == "done"
    assert [job.only_failed for job in fake.asked] == [False, True]
    assert (fake.asked[0].source, fake.asked[1].budget) == (fake.asked[1].source, Decimal("2.5"))


def test_only_so_many_work_at_once(home: Path, key: str, table: Path, fake: Fake) -> None:
    """The next waits and says how many come before; it can be paused while it waits."""
    numbers = [begun(home, key, table, fake) for _ in range(jobs.AT_ONCE + 2)]
    for number in numbers[: jobs.AT_ONCE]:
        until(home, key, number, lambda now: now.state == "running")
    assert [jobs.view(home, key, number).state for number in numbers[jobs.AT_ONCE :]] == ["waiting"] * 2
    assert jobs.view(home, key, numbers[-1]).ahead == jobs.AT_ONCE + 1
    jobs.pause(home, key, numbers[-1])
    assert at_rest(home, key, numbers[-1]).state == "interrupted"
    fake.go.set()
    assert [at_rest(home, key, number).state for number in numbers[:-1]] == ["done"] * (jobs.AT_ONCE + 1)
    assert len(fake.asked) == jobs.AT_ONCE + 1


def test_a_restart_leaves_an_interrupted_job(home: Path, key: str, table: Path, fake: Fake) -> None:
    """A folder without a report and without a thread; going on is the same job again."""
    number = job_folder.keep(home, key, Job(table, Path("results.jsonl")), table.name)
    assert jobs.view(home, key, number).state == "interrupted"
    fake.go.set()
    jobs.start(home, key, number, fake)
    assert at_rest(home, key, number).state == "done"


def test_remove_only_at_rest(home: Path, key: str, table: Path, fake: Fake) -> None:
    """With all that it wrote; while it works nothing is removed and nothing exported."""
    number = begun(home, key, table, fake)
    with pytest.raises(InputError, match="还在做"):
        jobs.remove(home, key, number)
    with pytest.raises(InputError, match="还在做"):
        jobs.export(home, key, number, Path("a.csv"), Settings(home=home))
    jobs.pause(home, key, number)
    at_rest(home, key, number)
    jobs.remove(home, key, number)
    assert jobs.views(home, key) == [] and not list((home / "jobs" / key).iterdir())


# Who sees what


def test_another_browser_sees_nothing(home: Path, key: str, table: Path, fake: Fake) -> None:
    """Newest first for its owner, under the name of the user's file."""
    fake.go.set()
    numbers = [begun(home, key, table, fake) for _ in range(2)]
    assert {view.number for view in jobs.views(home, key)} == set(numbers)
    assert {view.label for view in jobs.views(home, key)} == {"商品.csv"}
    other = secrets.token_urlsafe(16)
    assert jobs.views(home, other) == [] and not (home / "jobs" / other).exists()
    with pytest.raises(InputError, match="找不到"):
        jobs.pause(home, other, numbers[0])
    for number in numbers:
        at_rest(home, key, number)


@pytest.mark.parametrize("bad", ["", "..", "../" * 7 + "x", "a" * 21, "a" * 22 + "\n", None, ["a"], "/" * 22])
def test_keys_are_checked_before_they_are_a_path(home: Path, key: str, bad: Any) -> None:
    """What a browser sends is anything; looking makes no folder."""
    assert not job_folder.is_key(bad) and jobs.views(home, bad) == []
    for one in ((bad, "20261123-101010-0123abcd"), (key, bad)):
        with pytest.raises(InputError, match="找不到"):
            jobs.view(home, *one)
    assert not (home / "jobs").exists()


# What goes wrong


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(DataError("日志 /x/y 打不开或写不进：database or disk is full"), "磁盘满了", id="disk"),
        pytest.param(OSError(28, "No space left on device"), "读写磁盘出错", id="os"),
        pytest.param(ZeroDivisionError("/secret/path"), "程序内部出错", id="fault"),
        pytest.param(InputError("table.csv 读不出来", "换"), "商品.csv 读不出来", id="name"),
    ],
)
def test_what_ends_a_job_is_one_sentence(home: Path, key: str, table: Path, error: Exception, told: str) -> None:
    """Of no path of this machine, and with the user's own name for the table; a second try begins afresh."""

    def fails(job: Job, **more: Any) -> BatchReport:
        raise error

    now = at_rest(home, key, begun(home, key, table, fails))
    assert now.state == "failed" and told in now.error and "/" not in now.error and now.hint


def test_a_damaged_folder_can_still_be_removed(home: Path, key: str, table: Path, fake: Fake) -> None:
    """It is shown as what it is."""
    number = job_folder.keep(home, key, Job(table, Path("results.jsonl")), table.name)
    (home / "jobs" / key / number / "job.json").write_text("{", encoding="utf-8")
    assert jobs.views(home, key)[0].state == "failed"
    with pytest.raises(DataError, match="坏了"):
        jobs.start(home, key, number, fake)
    jobs.remove(home, key, number)
    assert jobs.views(home, key) == []


def test_only_tables_are_kept(home: Path, key: str) -> None:
    """Nothing is left behind by another file."""
    Path("x.exe").write_bytes(b"MZ")
    for path in (Path("x.exe"), Path("gone.csv")):
        with pytest.raises(InputError):
            job_folder.keep(home, key, Job(path, Path("results.jsonl")), path.name)
    assert jobs.views(home, key) == []


# The table before


def test_preview_says_what_columns_are_taken_for(table: Path) -> None:
    """And what is lacking, instead of refusing."""
    found = preview(table, "adcopy")
    assert (found.keys, found.lacking) == (("product", "selling_points", "platform"), "")
    assert found.rows[0] == ("木屿书桌", "高度能调", "小红书")
    assert preview(table, "diagnose").lacking == "用户反馈"
    assert preview(table, "diagnose", {"卖点": "voice"}).keys == ("", "voice", "")
    assert preview(table, "adcopy", {"商品名": ""}).lacking == "产品"
    assert task_keys("adcopy")["offer.end"] == "优惠的结束"
