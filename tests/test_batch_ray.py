"""`batch --engine ray` on a cluster of two workers on this machine: the same output, whatever dies."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("ray")
pytestmark = pytest.mark.slow
ROWS = 60


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a home, a table with one wrong row, and the output of the local engine."""
    folder = tmp_path_factory.mktemp("world")
    rows = [f"木屿书桌{n}号,高度能调、{n} 年保修、送货到楼下,{99 + n},租房的人" for n in range(1, ROWS)]
    (folder / "商品.csv").write_text(
        "商品名,卖点,价格,人群\n" + "\n".join(rows) + "\n,没有名字,9,谁\n", encoding="utf-8"
    )
    begin(folder, "local.jsonl", "--workers", "1").communicate()
    return folder


def begin(world: Path, output: str, *more: str) -> "subprocess.Popen[str]":
    """Begin a batch as a user does."""
    command = [sys.executable, "-m", "copilot", "batch", str(world / "商品.csv"), "-o", str(world / output), "-n", "1"]
    more = (*more, "--home", str(world / "home"), "--no-handbook", "--json")
    return subprocess.Popen([*command, *more], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def test_the_same_output_as_here(world: Path) -> None:
    """Byte for byte, failed rows too."""
    process = begin(world, "ray.jsonl", "--engine", "ray", "--workers", "2")
    told = process.communicate(timeout=300)[1]
    assert process.returncode == 3, told
    assert (world / "ray.jsonl").read_bytes() == (world / "local.jsonl").read_bytes()
    assert json.loads(told.splitlines()[-1])["ok"] == ROWS - 1


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at /proc")
def test_an_actor_that_dies_takes_no_row_with_it(world: Path) -> None:
    """Ray begins it anew, its rows are done again."""
    process = begin(world, "dead.jsonl", "--engine", "ray", "--workers", "2")
    limit, actors = time.monotonic() + 300, list[int]()
    while not actors:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < limit
        time.sleep(0.05)
        actors = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/cmdline") if is_worker(path)]
    os.kill(actors[0], signal.SIGKILL)
    told = process.communicate(timeout=300)[1]
    assert process.returncode == 3, told
    assert (world / "dead.jsonl").read_bytes() == (world / "local.jsonl").read_bytes()


def is_worker(cmdline: Path) -> bool:
    """Whether a process is an actor of a batch: Ray names it after the class and the method at work."""
    try:
        return cmdline.read_bytes().startswith(b"ray::Worker")
    except OSError:
        return False
