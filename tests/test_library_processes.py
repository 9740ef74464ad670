"""Real processes: writers killed at any moment, readers beside a writer."""

import random
import shutil
import time
from pathlib import Path

import library_world as world
import pytest

KILLS = 12
DOCUMENTS = 16
READERS = 3
VERSIONS = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the documents are."""
    return tmp_path / "documents"


@pytest.mark.slow
def test_killed_writers_leave_a_library_that_works(tmp_path: Path, folder: Path) -> None:
    """A dozen `kill -9` at random moments: it opens, answers and agrees with itself; the next sync completes it."""
    root, moments, at_work, usual = tmp_path / "library", random.Random(7), 0, 0.5
    for version in range(KILLS):
        if version % 4 == 0:  # killed while the library is made
            shutil.rmtree(root, ignore_errors=True)
        names = world.write_version(folder, version, DOCUMENTS)
        at_work += world.sync_and_kill(root, folder, batch=20, seconds=moments.uniform(0, usual))
        assert world.problems(root) == []
        begun = time.perf_counter()
        assert world.incomplete(root, folder, names) == []
        usual = max(0.2, time.perf_counter() - begun)
        assert world.problems(root) == []
    assert at_work >= KILLS // 2


def test_readers_beside_a_writer_see_one_state(tmp_path: Path, folder: Path) -> None:
    """Processes search while versions follow each other: no answer mixes two, none fails, all move on."""
    root = tmp_path / "library"
    world.write_version(folder, 1, DOCUMENTS)
    with world.opened(root) as library:
        library.sync(folder)
        stop, results = world.event(), world.queue()
        begun = [world.event() for _ in range(READERS)]
        readers = [world.start(world.read_until, root, event, stop, results) for event in begun]
        assert all(event.wait(60) for event in begun)
        for version in range(2, VERSIONS + 1):
            world.write_version(folder, version, DOCUMENTS)
            library.sync(folder)
        time.sleep(0.3)
        stop.set()
        for reader in readers:
            reader.join(60)
    assert [reader.exitcode for reader in readers] == [0] * READERS
    for _ in range(READERS):
        searches, versions = results.get()
        assert versions == sorted(versions) and versions[-1] == VERSIONS
        assert searches > len(versions) >= 2
