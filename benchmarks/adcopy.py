"""Briefs × every channel × 5 variants by the rule writer, with all checks: what the issue of ad copy asks for.

    python -m benchmarks.adcopy                       the table for plain, messy and English briefs
    python -m benchmarks.adcopy --throughput          briefs × 5 variants a second on two processes, start of `adcopy`
    python -m benchmarks.adcopy --samples OUT.md      the 20 messy briefs, each variant as it would be pasted

The library is the shipped handbook in a temporary home. Self-BLEU-4 over characters; product, brand, keywords, price,
offer masked: `copilot.checks.diversity`.
"""

import argparse
import json
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from copilot import Copilot, Settings, Variant
from copilot.briefs import AdBrief, AdCopy
from copilot.channels import load_channels
from copilot.checks.diversity import masked, self_bleu, set_findings
from copilot.checks.fields import field_texts
from copilot.checks.limits import missing_keywords
from copilot.tasks.brief import validated

BRIEFS = Path(__file__).parent / "briefs"
N = 5
# An independent look: braces, brackets of templates, and words that only a program leaves behind.
PLACEHOLDER = re.compile(r"\{(?!\w+\})|\{\{|\bNone\b|\bnan\b|待填|TODO|\[\w+\]|×{2,}|【[^】]*(?:填|品牌|产品)[^】]*】")
DIGITS = re.compile(r"\d+(?:\.\d+)?")
SHOTS = re.compile(r"镜头\s?\d+|\d+(?:\.\d+)?[–-]\d+(?:\.\d+)?\s?秒|约?\s?\d+\s?秒|^\d\. ", re.MULTILINE)


def briefs(name: str) -> list[AdBrief]:
    """Return the briefs of a set, validated."""
    rows = (BRIEFS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [validated(row.get("brief", row)) for row in map(json.loads, rows)]


def stray_digits(variant: Variant, brief: AdBrief) -> list[str]:
    """Return the numbers of a variant that stand nowhere in the brief: counted apart from the product's own check."""
    known = set(DIGITS.findall(json.dumps(brief.to_dict(), ensure_ascii=False)))
    known |= {number.lstrip("0") for number in known} | {str(count) for count in range(10)}
    text = SHOTS.sub(" ", variant.text)
    return [number for number in DIGITS.findall(text) if number not in known and number.lstrip("0") not in known]


def measure(bot: Copilot, name: str, platforms: list[str]) -> dict[str, Any]:
    """Return counts of what is wrong, self-BLEU by channel, and how many variants there are."""
    wrong: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    bleu: dict[str, list[float]] = defaultdict(list)
    variants = fewer = 0
    for brief in briefs(name):
        result = bot.adcopy(validated(brief.to_dict() | {"platform": platforms}), N)
        for platform in platforms:
            mine = [variant for variant in result.variants if variant.platform == platform]
            variants += len(mine)
            fewer += len(mine) < N
            for variant in mine:
                judge(variant, brief, wrong, rules)
            if len(mine) > 1:
                rules.update(f"set {finding.rule}" for finding in set_findings([v.fields for v in mine], brief))
                bleu[platform].append(self_bleu([words(variant, brief) for variant in mine]))
    means = {platform: statistics.mean(values) for platform, values in bleu.items()}
    return {"variants": variants, "fewer": fewer, "wrong": wrong, "rules": rules, "bleu": means}


def judge(variant: Variant, brief: AdBrief, wrong: Counter[str], rules: Counter[str]) -> None:
    """Count what is wrong with one variant."""
    named = {row["keyword"] for row in variant.dropped_keywords}
    wrong["ban"] += sum(finding.level == "ban" for finding in variant.findings)
    wrong["evidence"] += sum(finding.level == "evidence" for finding in variant.findings)
    wrong["hard limit"] += sum(
        count.kind == "hard" and bool(count.limit) and count.value > count.limit for count in variant.counts.values()
    )
    wrong["keyword lost"] += any(word not in named for word in missing_keywords(variant.fields, brief.keywords))
    wrong["placeholder"] += any(PLACEHOLDER.search(text) is not None for _, text in field_texts(variant.fields))
    wrong["stray number"] += bool(stray_digits(variant, brief))
    rules.update(finding.rule for finding in variant.findings if finding.level == "caution")


def words(variant: Variant, brief: AdBrief) -> str:
    """Return the words of a variant without tags, masked."""
    parts = [text for name, text in field_texts(variant.fields) if not name.startswith("tags")]
    return masked("\n".join(parts), brief)


def show(name: str, result: dict[str, Any]) -> None:
    """Print the table of one set."""
    wrong = ", ".join(f"{key} {value}" for key, value in sorted(result["wrong"].items()))
    print(f"{name}: {result['variants']} variants, {result['fewer']} sets of fewer than {N} | {wrong}")
    print("  cautions: " + ", ".join(f"{rule} {number}" for rule, number in result["rules"].most_common()))
    bleu = result["bleu"]
    print("  self-BLEU: " + ", ".join(f"{platform} {value:.3f}" for platform, value in sorted(bleu.items())))
    print(f"  mean over channels {statistics.mean(bleu.values()):.3f}")


def open_bot(home: Path) -> Copilot:
    """Return the product in a home folder, with the handbook."""
    return Copilot.open(Settings(home=home))


def run_share(job: tuple[str, int, int]) -> tuple[int, float]:
    """Write every `step`-th brief from `start` on and return how many, and the seconds; other briefs warm it up."""
    home, start, step = job
    bot = open_bot(Path(home))
    rows = [validated(b.to_dict() | {"platform": ["xiaohongshu"]}) for b in briefs("plain")[start::step]]
    for brief in briefs("messy"):  # tables and patterns are read
        bot.adcopy(validated(brief.to_dict() | {"platform": ["xiaohongshu"]}), N)
    begin = time.perf_counter()
    for row in rows:
        bot.adcopy(row, N)
    return len(rows), time.perf_counter() - begin


def throughput(home: Path) -> None:
    """Print briefs × 5 variants a second on one and two processes, and the time of `adcopy` from process start."""
    open_bot(home).close()
    for processes in (1, 2):
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            done = pool.map(run_share, [(str(home), start, processes) for start in range(processes)])
        rate = sum(count / seconds for count, seconds in done)
        print(f"{processes} process(es): {rate:.0f} briefs × {N} variants a second")
    command = [sys.executable, "-m", "copilot", "adcopy", "--product", "云檐扫拖机器人", "--selling-point", "拖布自洗"]
    environment = os.environ | {"OPS_COPILOT_HOME": str(home)}
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        times.append(time.perf_counter() - begin)
    print(f"adcopy from process start: median {statistics.median(times):.2f} s")


def samples(bot: Copilot, path: Path) -> None:
    """Write the messy briefs with their variants, as they would be pasted, for reading aloud."""
    lines = [
        "# Ad copy from messy briefs",
        "",
        "Written by `python -m benchmarks.adcopy --samples docs/samples/adcopy.md`: the rule writer, no model. Briefs",
        "as operators type them (`benchmarks/briefs/messy.jsonl`), three variants for each of three channels.",
    ]
    channels = load_channels()
    for brief in briefs("messy"):
        result = bot.adcopy(validated(brief.to_dict() | {"platform": ["xiaohongshu", "wechat_moments", "sms"]}), 3)
        lines += ["", f"## {brief.product}", "", *brief_lines(result)]
        for variant in result.variants:
            quoted = "\n".join(f"> {line}".rstrip() for line in variant.text.splitlines())
            lines += ["", f"**{channels[variant.platform].title}** · {variant.angle}", "", quoted]
        lines += [""] if result.dropped else []
        lines += [f"- 没有用：{row.get('text', '')[:60]} {row['reason']}" for row in result.dropped]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def brief_lines(result: AdCopy) -> list[str]:
    """Return the brief as it was understood."""
    hidden = ("product", "platform")
    given = {key: value for key, value in result.brief.to_dict().items() if value and key not in hidden}
    return [f"- {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in given.items()]


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--throughput", action="store_true")
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--platform", action="append", help="only these channels")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if arguments.throughput:
            throughput(home)
            return
        bot = open_bot(home)
        if arguments.samples:
            samples(bot, arguments.samples)
            return
        channels = load_channels()
        chosen = arguments.platform or list(channels)
        for name in ("plain", "messy"):
            show(name, measure(bot, name, chosen))
        english = [platform for platform in chosen if platform in ("google_rsa", "meta", "email")]
        if english:
            show("english", measure(bot, "english", english))


if __name__ == "__main__":
    main()
