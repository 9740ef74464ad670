"""Kill a writer at random moments, many times, and count what is broken afterwards.

    python benchmarks/kills.py [--kills 60] [--documents 40] [--readers 2] [--seed 1]

Each round rewrites a folder (updates, deletes, renames), starts a process that syncs it in small publications,
and kills it with SIGKILL after a random time up to what the sync usually takes; a finished process does not count.
Readers search all the while. Every sixth round starts from nothing. Prints one line for each kind of trouble.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "tests")]

import library_world as world  # noqa: E402 - found in tests, copilot beside this folder

from copilot.errors import CopilotError  # noqa: E402


def main() -> int:
    """Run the benchmark; exit 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        return run(Path(home), arguments.kills, arguments.documents, arguments.readers, random.Random(arguments.seed))


def run(home: Path, kills: int, documents: int, readers: int, moments: random.Random) -> int:
    """Kill, look, sync, look; print the table."""
    root, folder = home / "library", home / "documents"
    rounds = killed = failed_opens = inconsistent = lost = failed_readers = searches = 0
    usual = 0.5
    while killed < kills:
        if rounds % 6 == 0:
            shutil.rmtree(root, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
        names = world.write_version(folder, rounds, documents)
        stop, results, begun = world.event(), world.queue(), [world.event() for _ in range(readers)]
        asking = []
        if rounds % 6:
            asking = [world.start(world.search_until, root, event, stop, results) for event in begun]
            all(event.wait(60) for event in begun)
        killed += world.sync_and_kill(root, folder, documents, moments.uniform(0, usual))
        stop.set()
        for process in asking:
            process.join(60)
            failed_readers += process.exitcode != 0
            searches += results.get()[0] if process.exitcode == 0 else 0
        try:
            inconsistent += bool(world.problems(root))
            started = time.perf_counter()
            lost += bool(world.incomplete(root, folder, names))
            usual = max(0.2, time.perf_counter() - started)
            inconsistent += bool(world.problems(root))
        except CopilotError as error:
            failed_opens += 1
            print(f"round {rounds}: {error.message}", file=sys.stderr)
        rounds += 1
    figures = {
        "kills": killed,
        "rounds": rounds,
        "opens failed": failed_opens,
        "inconsistent": inconsistent,
        "lost after sync": lost,
        "searches beside the writer": searches,
        "readers failed": failed_readers,
    }
    for name, value in figures.items():
        print(f"{name:28}{value:8}")
    return int(bool(failed_opens or inconsistent or lost or failed_readers))


if __name__ == "__main__":
    sys.exit(main())
