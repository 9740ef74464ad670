"""`diagnose` measured: labelled voices, and a file of thousands.

    python -m benchmarks.voices                         5,000 voices end to end: seconds, memory, the same shuffled
    python -m benchmarks.voices --labelled FILE.jsonl   figures of a labelled file, whole and with parts taken away
    python -m benchmarks.voices --folds 5               the two models on voices that they have not seen (slow: trains)

The 5,000 are drawn from the project's labelled voices (copilot/training/voices), with users, dates, repeats, junk and
phone numbers put in; `python -m copilot diagnose --file` runs on them as a user does. Parts taken away: the network, so
that the linear models read alone.
"""

import argparse
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from copilot.training.voices import labelled

SEED = 7
JUNK = ("RT", "111", "。。。", "asdf", "", "+1", "测试")


def feedback_rows(count: int) -> list[list[str]]:
    """Return rows of 用户ID, 提交时间, 反馈内容; the same ones every time."""
    lot = random.Random(SEED)
    texts = [voice.text for voice in labelled() if not voice.text.isascii()]
    rows = []
    for _ in range(count):
        text = lot.choice(JUNK) if lot.random() < 0.02 else lot.choice(texts)
        if lot.random() < 0.05:
            text += f" 我的电话 138{lot.randrange(10**8):08d}"
        rows.append([f"U{lot.randrange(count):05d}", f"2026-{lot.randint(8, 10):02d}-{lot.randint(1, 28):02d}", text])
    return rows


def write_rows(path: Path, rows: list[list[str]]) -> None:
    """Write rows as csv."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["用户ID", "提交时间", "反馈内容"], *rows])


def run_file(path: Path, home: Path) -> tuple[dict[str, Any], float]:
    """Return the report and the seconds of the command."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "copilot", "diagnose", "--file", str(path), "--json"]
    done = subprocess.run(
        command, capture_output=True, check=True, text=True, env=os.environ | {"OPS_COPILOT_HOME": str(home)}
    )
    return json.loads(done.stdout), time.perf_counter() - begun


def many(count: int) -> None:
    """Measure a file of `count` voices, and the same file shuffled."""
    from sklearn.metrics import adjusted_rand_score

    rows = feedback_rows(count)
    order = random.Random(SEED + 1).sample(range(count), count)
    with tempfile.TemporaryDirectory() as folder:
        first, second, home = Path(folder) / "a.csv", Path(folder) / "b.csv", Path(folder) / "home"
        write_rows(first, rows)
        write_rows(second, [rows[number] for number in order])
        subprocess.run([sys.executable, "-m", "copilot", "diagnose", "字太小"], capture_output=True, check=True,
                       env=os.environ | {"OPS_COPILOT_HOME": str(home)})  # fmt: skip  # the handbook is loaded
        report, seconds = run_file(first, home)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        again, _ = run_file(second, home)
    one = {voice["row"]: voice["cluster"] or -voice["row"] for voice in report["voices"]}
    two = {order[voice["row"] - 1] + 1: voice["cluster"] or -voice["row"] for voice in again["voices"]}
    alike = adjusted_rand_score([one[row] for row in sorted(one)], [two[row] for row in sorted(one)])
    told = f"{len(report['clusters'])} clusters, {len(report['unclustered'])} rows in none"
    print(f"{count} voices: {seconds:.1f} s, {peak:.0f} MB, {told}; shuffled: ARI {alike:.3f}")


def from_labels(path: Path) -> None:
    """Print the figures of a labelled file, with the network and without it."""
    from copilot import Copilot
    from copilot.evaluation.voice import evaluate_voice
    from copilot.settings import Settings
    from copilot.writers.rules.voice import models

    with tempfile.TemporaryDirectory() as folder:
        bot = Copilot.open(Settings(home=Path(folder)))
        for name, share in (("linear models alone", 0.0), ("both", models.NETWORK)):
            models.NETWORK = share
            figures = evaluate_voice(path, bot.diagnose)
            figures.pop("misses", None)
            print(f"{name}: {json.dumps(figures, ensure_ascii=False)}")
        bot.close()


def main() -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--labelled", type=Path)
    parser.add_argument("--folds", type=int)
    arguments = parser.parse_args()
    if arguments.labelled:
        from_labels(arguments.labelled)
    elif arguments.folds:
        from copilot.training.voice import figures

        for name, values in figures(arguments.folds).items():
            print(f"{name}: {json.dumps(values, ensure_ascii=False)}")
    else:
        many(arguments.rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
