"""`plan` measured: process start, many briefs, what goals have in common.

    python -m benchmarks.plans                 start of the process beside `ask` and `--version`, 5 runs each
    python -m benchmarks.plans --briefs 1000   briefs drawn by chance: everything that must hold, ms a plan, sentences
    python -m benchmarks.plans --goals         shares of sentences that two goals have in common (P7), by kind

The home folder is OPS_COPILOT_HOME, else a new one with the handbook.
"""

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from copilot import Copilot, Plan
from copilot.checks.plan import plan_problems, unmarked
from copilot.knowledge import read
from copilot.plans import GOALS, KINDS

SEED = 7
TODAY = date(2026, 11, 23)
BRIEF = {
    "product": "青禾读书", "goal": "拉新", "target": "注册 1 万人", "budget": "5万", "start": "2026-12-01",
    "end": "2026-12-21", "channels": ["巨量引擎信息流", "小红书", "达人"],
}  # fmt: skip


def channels_of(goal: str) -> list[str]:
    """Return the channels that serve a goal."""
    return [name for name in read(f"plan/goals/{read('plan/figures')['goals'][goal]}")["channels"] if name != "other"]


def brief_by_chance(lot: random.Random) -> dict[str, Any]:
    """Return a brief: any goal, kind, mix of channels, budget from 1 to 3 million yuan, period up to a year."""
    goal = lot.choice(GOALS)
    chosen = lot.sample(channels_of(goal), lot.randint(1, 6))
    start = date(2026, 11, 1) + timedelta(days=lot.randrange(760))
    brief: dict[str, Any] = {
        "product": "青禾读书", "goal": goal, "kind": lot.choice(KINDS), "channels": chosen,
        "budget": f"{10 ** lot.uniform(0, 6.5):.2f}", "start": start.isoformat(),
        "end": (start + timedelta(days=lot.randrange(365))).isoformat(),
    }  # fmt: skip
    if lot.random() < 0.6:
        brief["target"] = int(10 ** lot.uniform(0, 5))
    if lot.random() < 0.6:
        brief["reach"] = {channel: int(10 ** lot.uniform(0, 6)) for channel in chosen if lot.random() < 0.7}
    if lot.random() < 0.5:
        figures = {"subsidy": lot.randrange(40), "aov": lot.randint(5, 3000), "gross_margin": f"{lot.randint(1, 90)}%"}
        brief["assumptions"] = {name: value for name, value in figures.items() if lot.random() < 0.7}
    return brief


def many(bot: Copilot, count: int) -> None:
    """Print what is wrong with `count` plans, and how long one takes."""
    lot, took, wrong, sentences, bare = random.Random(SEED), [], 0, 0, 0
    for _ in range(count):
        brief = brief_by_chance(lot)
        begun = time.perf_counter()
        plan = bot.plan(brief, today=TODAY)
        took.append(time.perf_counter() - begun)
        problems = plan_problems(plan)
        wrong += bool(problems)
        bare += sum(len(unmarked(section.body)) for section in plan.sections)
        sentences += sum(section.body.count("\n") + 1 for section in plan.sections)
        for problem in problems[:3]:
            print(f"  {brief}: {problem}")
    median, worst = statistics.median(took) * 1000, max(took) * 1000
    print(f"{count} briefs: {wrong} with a fault; {bare} of about {sentences:,} lines without a mark")
    print(f"a plan: median {median:.0f} ms, worst {worst:.0f} ms")


def sentences_of(plan: Plan, rows: bool) -> set[str]:
    """Return a plan's sentences (with `rows` its table rows, too) without product, figures and marks."""
    found = set()
    for section in plan.sections:
        for line in section.body.split("\n"):
            if line.startswith("#") or line.startswith("| ---") or (line.startswith("|") and not rows):
                continue
            bare = re.sub(r"\[\d+\]|（[^）]*）|[\d,.%/:：\s|-]+", "", line.replace("青禾读书", ""))
            if len(bare) >= 6:
                found.add(bare)
    return found


def goals(bot: Copilot) -> None:
    """Print the largest and the median share of sentences that two goals share, by kind of plan."""
    common = sorted(set.intersection(*(set(channels_of(goal)) for goal in GOALS)))[:3]
    for kind in KINDS:
        for name, channels in (("same three channels", common), ("proposed channels", None)):
            brief = {"product": "青禾读书", "kind": kind, **({"channels": channels} if channels else {})}
            plans = {goal: bot.plan({**brief, "goal": goal}, today=TODAY) for goal in GOALS}
            for rows in (False, True):
                said = {goal: sentences_of(plan, rows) for goal, plan in plans.items()}
                shares = sorted(
                    (len(said[a] & said[b]) / min(len(said[a]), len(said[b])), a, b) for a, b in combinations(GOALS, 2)
                )
                what = "sentences and table rows" if rows else "sentences"
                share, one, other = shares[-1]
                middle = statistics.median(row[0] for row in shares)
                print(f"{kind}, {name}, {what}: worst {share:.2f} ({one}, {other}), median {middle:.2f}")


def start(home: Path) -> None:
    """Print the seconds from process start to exit, medians of five, with two other commands beside it."""
    with tempfile.TemporaryDirectory() as folder:
        brief = Path(folder) / "brief.json"
        brief.write_text(json.dumps(BRIEF, ensure_ascii=False), encoding="utf-8")
        commands = {
            "plan": ["plan", "--brief", str(brief), "--json"], "ask": ["ask", "怎么让流失用户回来？", "--json"],
            "--version": ["--version"],
        }  # fmt: skip
        took: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(5):
            for name, arguments in commands.items():
                begun = time.perf_counter()
                subprocess.run(
                    [sys.executable, "-m", "copilot", *arguments], check=True, capture_output=True,
                    env=os.environ | {"OPS_COPILOT_HOME": str(home)},
                )  # fmt: skip
                took[name].append(time.perf_counter() - begun)
    for name, seconds in took.items():
        print(f"{name}: median {statistics.median(seconds):.2f} s of {', '.join(f'{s:.2f}' for s in seconds)}")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--briefs", type=int, default=0)
    parser.add_argument("--goals", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("OPS_COPILOT_HOME", folder)
        with closing(Copilot.open()) as bot:
            if arguments.briefs:
                many(bot, arguments.briefs)
            if arguments.goals:
                goals(bot)
        if not arguments.briefs and not arguments.goals:
            start(Path(os.environ["OPS_COPILOT_HOME"]))


if __name__ == "__main__":
    main()
