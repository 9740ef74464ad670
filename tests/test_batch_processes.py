"""`batch` killed, interrupted, with a worker that dies: nothing is lost, nothing is done twice."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cli_runner import run

from copilot.batch.engines import processes
from copilot.batch.work import Item, Setup
from copilot.settings import Settings

pytestmark = pytest.mark.slow
ROWS = 160
EACH = ("-n", "1", "--workers", "2", "--json")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a home, a table of 240 rows, and the output of an undisturbed run."""
    folder = tmp_path_factory.mktemp("world")
    assert run("library", "stats", "--no-handbook", "--home", folder / "home").code == 0
    kinds = ("电饭煲", "书桌", "挂耳咖啡", "冲锋衣", "面膜")
    rows = [
        f"{'云木拾晴里'[n % 5]}屿{kinds[n % 7 % 5]}{n}号,{n % 9 + 1} 年保修、{n} 克、送货到楼下,{99 + n},租房的人,小红书"
        for n in range(ROWS)
    ]
    (folder / "商品.csv").write_text("商品名,卖点,价格,人群,渠道\n" + "\n".join(rows) + "\n", encoding="utf-8")
    process = started(folder, "whole.jsonl")
    assert process.wait(120) == 0
    return folder


def started(world: Path, output: str) -> "subprocess.Popen[bytes]":
    """Begin a batch as a user does; its events go to a file beside the output."""
    command = [sys.executable, "-m", "copilot", "batch", str(world / "商品.csv"), "-o", str(world / output), *EACH]
    environment = os.environ | {"OPS_COPILOT_HOME": str(world / "home")}
    with (world / f"{output}.events").open("wb") as events:
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=events)


def events(world: Path, output: str) -> list[dict[str, Any]]:
    """What the last run has told so far."""
    told = (world / f"{output}.events").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in told if line.startswith("{") and line.endswith("}")]


def under_way(world: Path, output: str) -> None:
    """Wait until some rows are done."""
    limit = time.monotonic() + 60
    while not any(event["event"] == "progress" and event["done"] for event in events(world, output)):
        assert time.monotonic() < limit
        time.sleep(0.02)


def offspring(pid: int) -> list[int]:
    """The worker processes of a batch."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
            line = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == pid and b"spawn_main" in line:
            found.append(int(path.parent.name))
    return found


def gone(pids: list[int], seconds: float) -> bool:
    """Whether processes end by themselves."""
    limit = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at /proc")
def test_killed_and_resumed_is_as_if_nothing_had_been(world: Path) -> None:
    """Byte for byte; workers do not outlive the command, and finished rows are not computed again."""
    process = started(world, "killed.jsonl")
    under_way(world, "killed.jsonl")
    workers = offspring(process.pid)
    process.kill()
    process.wait()
    done = max(event["done"] for event in events(world, "killed.jsonl") if event["event"] == "progress")
    assert len(workers) == 2 and gone(workers, 10)
    assert not (world / "killed.jsonl").exists()
    assert started(world, "killed.jsonl").wait(120) == 0
    assert (world / "killed.jsonl").read_bytes() == (world / "whole.jsonl").read_bytes()
    assert events(world, "killed.jsonl")[-1]["earlier"] >= done > 0


def test_ctrl_c_ends_the_rows_in_flight(world: Path) -> None:
    """Exit 1, every row accounted for, and the next run goes on."""
    process = started(world, "stopped.jsonl")
    under_way(world, "stopped.jsonl")
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 1
    summary = events(world, "stopped.jsonl")[-1]
    assert (
        summary["stopped"] == "interrupted" and 0 < summary["ok"] < ROWS and summary["not_done"] == ROWS - summary["ok"]
    )
    rows = [json.loads(line) for line in (world / "stopped.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == ROWS and "中途停下" in next(row["error"] for row in rows if row["status"] == "failed")
    assert started(world, "stopped.jsonl").wait(120) == 0
    assert (world / "stopped.jsonl").read_bytes() == (world / "whole.jsonl").read_bytes()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at /proc")
def test_a_worker_that_dies_takes_no_row_with_it(world: Path) -> None:
    """Its rows are done by another one."""
    process = started(world, "orphaned.jsonl")
    under_way(world, "orphaned.jsonl")
    os.kill(offspring(process.pid)[0], signal.SIGKILL)
    assert process.wait(120) == 0
    assert (world / "orphaned.jsonl").read_bytes() == (world / "whole.jsonl").read_bytes()


class Deadly(str):
    """Takes the process down that reads it."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (9,)


def test_a_row_that_kills_every_worker_fails_alone(world: Path) -> None:
    """The others are done."""
    setup = Setup(Settings(home=world / "home", handbook=False), "adcopy", 1)
    items = [
        Item(n, bytes([n]) * 16, {"product": f"木屿书桌{n}号", "selling_points": "高度能调、五年保修"})
        for n in range(1, 7)
    ]
    items[3] = items[3]._replace(values={"product": Deadly("木屿书桌")})
    done = [one.kept for group in processes(iter([items[:3], items[3:]]), setup, 2) for one in group]
    assert {one.row: one.status for one in done} == {1: "ok", 2: "ok", 3: "ok", 4: "failed", 5: "ok", 6: "ok"}
    assert "进程异常退出" in next(one.body for one in done if one.row == 4)
