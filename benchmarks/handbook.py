"""Facts that answers from the handbook hold, in plain and in lay words, with refusal and without; and what is found.

    python -m benchmarks.handbook [FILE …] [--set retrieval.dense_unmet=0 …]

hit@5: one of the first five passages holds every expected wording; found@5: each stands in one of them.
Without FILE the development questions. `--set` changes a number of `copilot/knowledge/`, for a comparison in the same
run: figures are printed before and after. The library is that of the shipped handbook, in a temporary home.
"""

import argparse
import re
import tempfile
from pathlib import Path
from typing import Any

from copilot import Copilot, Settings
from copilot.evaluation import MODES, answer_rows, evaluate_answers
from copilot.knowledge import read
from copilot.retrieval.hybrid import Mode

DEV = Path(__file__).parent / "questions_dev.jsonl"
SHOWN = ("facts_held", "refused_right", "refused_wrong", "mean_length")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="*", default=[DEV])
    parser.add_argument("--set", nargs="*", default=[], metavar="FILE.KEY[.KEY]=NUMBER")
    given = parser.parse_args()
    rows = [row for path in given.files for row in answer_rows(path)]
    with tempfile.TemporaryDirectory() as home:
        bot = Copilot.open(Settings(home=Path(home)))
        report(bot, rows, "as shipped")
        if given.set:
            for change in given.set:
                set_number(*change.split("="))
            report(bot, rows, " ".join(given.set))
        bot.close()


def report(bot: Copilot, rows: list[dict[str, Any]], title: str) -> None:
    """Print the figures of each kind of question; without refusal only of what can be answered."""
    kinds = {
        "plain": [row for row in rows if row.get("answerable", True) and not row.get("lay")],
        "lay": [row for row in rows if row.get("answerable", True) and row.get("lay")],
        "outside": [row for row in rows if not row.get("answerable", True)],
    }
    refusal = read("answers")["refusal"]
    kept = refusal["threshold"]
    for threshold, word in ((kept, "refusing"), (0.0, "answering all")):
        refusal["threshold"] = threshold
        for kind, asked in kinds.items():
            figures = evaluate_answers(asked, bot.ask)
            print(f"{title} · {word} · {kind} ({len(asked)})", {name: figures[name] for name in SHOWN}, flush=True)
    refusal["threshold"] = kept
    for kind in ("plain", "lay"):
        for mode in MODES:
            print(f"{title} · {mode} · {kind}", found_by(bot, kinds[kind], mode), flush=True)


def found_by(bot: Copilot, rows: list[dict[str, Any]], mode: Mode) -> dict[str, float]:
    """Return hit@5 and found@5 of a mode."""
    hits = found = 0
    for row in rows:
        texts = [f"{p.section}\n{p.text}" for p in bot.search(row["q"], 5, mode).passages]
        hits += any(all(re.search(must, text) for must in row["must"]) for text in texts)
        found += all(any(re.search(must, text) for text in texts) for must in row["must"])
    return {"hit@5": round(hits / len(rows), 3), "found@5": round(found / len(rows), 3)} if rows else {}


def set_number(name: str, value: str) -> None:
    """Change one number of a data file in memory."""
    file, *keys, last = name.split(".")
    place = read(file)
    for key in keys:
        place = place[key]
    place[last] = float(value)


if __name__ == "__main__":
    main()
