"""How long an answer takes: a whole process, and a warm call; import time against an empty interpreter.

    python benchmarks/ask.py

Medians of repeated runs on the handbook, in a temporary home; the first run of the process fills it.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from copilot import Copilot, Settings
from copilot.evaluation import read_rows

DEV = Path(__file__).parent / "questions_dev.jsonl"
QUESTION = "怎么让流失用户回来？"


def main() -> None:
    """Run the benchmark."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["OPS_COPILOT_HOME"] = home
        ask = [sys.executable, "-m", "copilot", "ask", QUESTION]
        print(f"ask, first run (fills the home): {run(ask):.2f} s")
        print(f"ask, process start to exit: median {statistics.median(run(ask) for _ in range(7)):.2f} s")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(f"peak memory of the largest child: {peak / 1024:.0f} MB")
        warm(Path(home))
    empty = median_of([sys.executable, "-c", "pass"])
    imported = median_of([sys.executable, "-c", "import copilot"])
    print(f"import copilot: {imported - empty:.3f} s over an empty interpreter")
    print(f"ops-copilot --help: {median_of([sys.executable, '-m', 'copilot', '--help']):.2f} s")


def warm(home: Path) -> None:
    """Time `bot.ask` over the development questions, opened once."""
    bot = Copilot.open(Settings(home=home))
    questions = [row["q"] for row in read_rows(DEV)]
    for question in questions[:20]:
        bot.ask(question)
    took = []
    for question in questions * 3:
        start = time.perf_counter()
        bot.ask(question)
        took.append((time.perf_counter() - start) * 1000)
    took.sort()
    print(f"bot.ask warm: p50 {took[len(took) // 2]:.1f} ms, p99 {took[int(0.99 * len(took))]:.1f} ms, n {len(took)}")


def median_of(command: list[str]) -> float:
    """Return the median seconds of eleven runs."""
    return statistics.median(run(command) for _ in range(11))


def run(command: list[str]) -> float:
    """Return the seconds of one run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
