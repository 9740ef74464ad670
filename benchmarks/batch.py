"""`batch` over made-up product tables: speed and memory, kills, a model server that misbehaves.

    python -m benchmarks.batch                    100,000 rows × 1 variant by rules: rows/s, memory, size of the files
    python -m benchmarks.batch --rows 5000        fewer
    python -m benchmarks.batch --kills 20         kill -9 at random moments of 2,000 rows, resumed each time
    python -m benchmarks.batch --server 300       rows by a model server of which 30 % of the calls go wrong
    python -m benchmarks.batch --write TABLE.csv  only the table

Runs `python -m copilot batch` as a user does, in a temporary home. Memory is the largest sum of proportional set sizes
(PSS: a page shared by three processes counts a third in each) of the command and its workers, looked at twice a second.
"""

import argparse
import csv
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

HEADER = ("SKU", "商品名", "品牌", "行业", "卖点", "活动价", "人群", "痛点", "优惠", "关键词", "禁用词", "渠道", "备注")
CHANNELS = ("小红书", "抖音", "朋友圈", "短信", "Push", "淘宝标题")
SEED = 7


def product_rows(count: int, channel: str = "") -> Iterator[list[str]]:
    """Yield distinct rows of `HEADER`, the same ones every time; a channel is drawn for each unless one is given."""
    data = yaml.safe_load((Path(__file__).parent / "trades.yaml").read_text(encoding="utf-8"))
    lot = random.Random(SEED)
    first, second = data["names"]["first"].split(), data["names"]["second"].split()

    def drawn(text: str) -> str:
        return re.sub(r"\{(\d+)-(\d+)\}", lambda m: str(lot.randint(int(m[1]), int(m[2]))), text)

    def maybe(share: float, texts: Sequence[str]) -> str:
        return drawn(lot.choice(texts)) if lot.random() < share else ""

    for number in range(1, count + 1):
        trade = lot.choice(sorted(data["trades"]))
        parts = data["trades"][trade]
        brand = lot.choice(first) + lot.choice(second)
        points = [drawn(point) for point in lot.sample(parts["points"], lot.randint(3, 5))]
        yield [
            f"69{lot.randrange(10**11):011d}",
            f"{brand}{lot.choice(parts['kinds'])} {lot.choice('TXSM')}{number}",
            brand if lot.random() < 0.6 else "",
            trade if lot.random() < 0.5 else "",
            lot.choice("；、|").join(points) if not any("、" in point for point in points) else "；".join(points),
            f"{lot.randint(*parts['price'])}{lot.choice(['', '元', ' 元'])}",
            maybe(0.8, parts["audience"]),
            maybe(0.5, parts["pain"]),
            maybe(0.4, data["offers"]),
            "、".join(lot.sample(parts["keywords"], 2)) if lot.random() < 0.4 else "",
            maybe(0.15, data["banned"]),
            channel or lot.choice(CHANNELS),
            f"第 {number} 行",
        ]


def write_table(path: Path, count: int, channel: str = "") -> None:
    """Write the rows as the csv that Excel saves."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADER)
        table.writerows(product_rows(count, channel))


def command(table: Path, output: Path, home: Path, *more: str) -> list[str]:
    """Return the command line of a batch of one variant a row."""
    return [
        *(sys.executable, "-m", "copilot", "batch", str(table), "-o", str(output), "-n", "1"),
        *("--home", str(home), *more),
    ]


def prepared(home: Path) -> None:
    """Load the handbook, which is no part of what is measured."""
    subprocess.run(
        [sys.executable, "-m", "copilot", "library", "stats", "--home", str(home)], check=True, capture_output=True
    )


def pss(pid: int) -> int:
    """Return the bytes of a process and its children, shared pages counted by share; 0 for one that has gone."""
    total = 0
    for one in [pid, *children(pid)]:
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total += next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
    return total


def children(pid: int) -> list[int]:
    """Return all descendants of a process."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [one for child in map(int, text.split()) for one in (child, *children(child))]


def alive(pid: int) -> bool:
    """Return whether a process is still at work: one that nobody has buried is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def throughput(folder: Path, rows: int, channel: str, more: Sequence[str]) -> None:
    """Print speed and memory of one run, and that a second one has nothing to do."""
    home, table, output = folder / "home", folder / "商品.csv", folder / "文案.csv"
    prepared(home)
    write_table(table, rows, channel)
    begin, most = time.perf_counter(), 0
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command(table, output, home, *more), stderr=log)
        while process.poll() is None:
            most = max(most, pss(process.pid))
            time.sleep(0.5)
    seconds = time.perf_counter() - begin
    print((folder / "log").read_text(encoding="utf-8"))
    size, journal = output.stat().st_size / 1e6, output.with_suffix(".journal").stat().st_size / 1e6
    print(f"rows {rows}, exit {process.returncode}: {seconds:.1f} s, {rows / seconds:.1f} rows/s, {most / 1e6:.0f} MB")
    print(f"output {size:.0f} MB, journal {journal:.0f} MB")
    begin = time.perf_counter()
    again = subprocess.run(command(table, output, home, *more), capture_output=True, check=False)
    print(f"second run, nothing left to do: {time.perf_counter() - begin:.1f} s, exit {again.returncode}")


def kills(folder: Path, rows: int, times: int) -> int:
    """Kill a run at random moments and begin it anew; compare with an undisturbed run. Return how many faults."""
    home, table = folder / "home", folder / "商品.csv"
    prepared(home)
    write_table(table, rows)
    whole, broken = folder / "whole.csv", folder / "broken.csv"
    begin = time.perf_counter()
    subprocess.run(command(table, whole, home), capture_output=True, check=False)
    usual = time.perf_counter() - begin
    lot, killed, finished, orphans, recomputed = random.Random(SEED), 0, 0, 0, 0
    while killed < times:
        process = subprocess.Popen(
            [*command(table, broken, home), "--json"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        time.sleep(lot.uniform(0.5, 5.0))  # two seconds go by before the first row: some kills meet the reading
        offspring = children(process.pid)
        ended = process.poll() is not None
        process.send_signal(signal.SIGKILL)
        events = [json.loads(line) for line in process.communicate()[1].splitlines() if line.endswith(b"}")]
        shown = [event["done"] for event in events if event["event"] == "progress"]
        recomputed += bool(shown) and min(shown) < finished  # a run begins where the one before had come to
        finished = max([finished, *shown])
        killed += 1
        time.sleep(1.0)
        orphans += sum(map(alive, offspring))
        if ended:
            print(f"all {rows} rows done after {killed} kills: once more from the beginning")
            finished = 0
            broken.unlink()
            broken.with_suffix(".journal").unlink()
    last = subprocess.run(command(table, broken, home), capture_output=True, text=True, check=False)
    print(last.stderr)
    same = whole.read_bytes() == broken.read_bytes()
    print(f"{killed} kills, an undisturbed run takes {usual:.1f} s: output identical {same}")
    print(f"runs that began before the row reached by the one before: {recomputed}; workers left behind: {orphans}")
    return (not same) + orphans + recomputed


def server(folder: Path, rows: int) -> int:
    """Work on rows by a server that misbehaves, twice: with a budget, then without. Return how many faults."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from copy_personalities import COPY
    from openai_stub import moody, serve, troubles

    home, table, output = folder / "home", folder / "商品.csv", folder / "文案.jsonl"
    prepared(home)
    (home / "prices.yaml").write_text("models:\n  stub: {input: 100, output: 300}\n", encoding="utf-8")
    write_table(table, rows)
    faults, workers = 0, 8
    with serve(COPY["good"], moods=moody(troubles(COPY["good"]), 0.3, SEED)) as stub:
        model = ("--model", "openai:stub", "--base-url", stub.base_url, "--workers", str(workers), "--give-up", "0")
        for name, more in (("budget of 30 yuan", ("--budget", "30")), ("the rest", ())):
            environment = os.environ | {"OPS_COPILOT_TIMEOUT": "0.5"}
            begin = time.perf_counter()
            subprocess.run(command(table, output, home, *model, *more), env=environment, capture_output=True)
            lines = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
            bill = sum(bill.prompt * 100 + bill.answer * 300 for bill in stub.billed) / 1e6
            states = Counter(line["status"] for line in lines)
            undone = sum("还没有做" in line.get("error", "") for line in lines)
            unexplained = sum(line["status"] == "failed" and not line["error"] for line in lines)
            print(
                f"{name}: {time.perf_counter() - begin:.0f} s, {len(lines)} of {rows} rows, {dict(states)} "
                f"(not begun {undone}, without a reason {unexplained}), {len(stub.requests)} calls so far, "
                f"at most {stub.most_at_once} in flight, the server's bill {bill:.2f} yuan"
            )
            faults += len(lines) != rows or unexplained or stub.most_at_once > workers or (more != () and bill > 30)
    return faults


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--server", type=int, default=0)
    parser.add_argument("--channel", default="", help="all rows for this channel")
    parser.add_argument("--write", type=Path)
    parser.add_argument("more", nargs="*", help="further options of batch, behind --")
    given = parser.parse_args()
    if given.write:
        write_table(given.write, given.rows or 100_000, given.channel)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        if given.kills:
            return kills(Path(folder), given.rows or 2000, given.kills)
        if given.server:
            return server(Path(folder), given.server)
        throughput(Path(folder), given.rows or 100_000, given.channel, given.more)
    return 0


if __name__ == "__main__":
    sys.exit(main())
