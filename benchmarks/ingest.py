"""Add plain text files to an empty library, end to end, and measure speed and memory.

    python benchmarks/ingest.py [--chunks 20000] [--files 400] [--runs 3] [--embedding builtin]

The documents are made here: Chinese articles with headings, paragraphs and lists from a grammar of business words.
Each run is a process of its own. Floor: 1,500 chunks a second and at most 400 MB + 3 KB a chunk on two cores. The
machine may be shared, so CPU time and load are printed beside the clock, and the medians count.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

_WORDS = """
新用户 老客户 会员 商家 主播 运营团队 客服 渠道经理 产品经理 门店 社群 小程序 公众号 直播间 投放账户
提升 拆解 复盘 验证 优化 监测 分配 激活 召回 筛选 标注 补贴 引导 触达 承接
转化率 客单价 复购周期 留存曲线 获客成本 活动预算 素材点击 评论口碑 库存周转 分层标签 漏斗环节 首单体验
上线首周 月末 大促前 每个季度 周会之后 试点阶段 双十一期间 冷启动时 次日 三十天内
因为样本太少 由于口径不一致 考虑到预算有限 在没有对照组时 如果数据延迟 当竞品降价 为避免打扰
"""
SUBJECTS, VERBS, OBJECTS, TIMES, REASONS = (line.split() for line in _WORDS.strip().splitlines())
RARE = "".join(map(chr, range(0x4E00, 0x5E00)))  # names of places, people and brands: the long tail of an index


def main() -> int:
    """Run the benchmark; exit 1 when the floor is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=20_000)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--embedding", default="builtin")
    parser.add_argument("--once", metavar="FOLDER", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once:
        print(json.dumps(measure(Path(arguments.once), arguments.embedding)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        write_documents(Path(folder), arguments.files, arguments.chunks)
        command = [sys.executable, __file__, "--once", folder, "--embedding", arguments.embedding]
        runs = [json.loads(subprocess.check_output(command)) for _ in range(arguments.runs)]
    for run in runs:
        print(json.dumps(run))
    chunks = runs[0]["chunks"]
    rate = statistics.median(run["chunks_per_s"] for run in runs)
    peak = statistics.median(run["peak_mb"] for run in runs)
    allowed = 400 + 3 * chunks / 1000
    print(f"median of {len(runs)}: {rate:.0f} chunks/s (floor 1500), peak {peak:.0f} MB (at most {allowed:.0f})")
    return int(rate < 1500 or peak > allowed)


def write_documents(folder: Path, files: int, chunks: int) -> None:
    """Write Markdown files that make about `chunks` chunks together; always the same ones."""
    words = random.Random(20_000)
    for number in range(files):
        sections = chunks // files
        text = "\n".join(f"## {section + 1} {_title(words)}\n\n{_section(words)}" for section in range(sections))
        (folder / f"{number:04}.md").write_text(f"# {_title(words)}\n\n{text}", encoding="utf-8")


def _title(words: random.Random) -> str:
    return f"{words.choice(SUBJECTS)}的{words.choice(OBJECTS)}：{words.choice(TIMES)}如何{words.choice(VERBS)}"


def _section(words: random.Random) -> str:
    lines = ["".join(_sentence(words) for _ in range(words.randint(2, 4)))]
    lines += [f"- {_sentence(words)}" for _ in range(words.randint(0, 2))]
    return "\n".join(lines) + "\n"


def _sentence(words: random.Random) -> str:
    name = "".join(words.choices(RARE, k=words.randint(2, 3)))
    figure = f"{words.randint(1, 9999)}{words.choice(['元', '人', '%', '次', ' GMV', '天'])}"
    parts = [words.choice(TIMES), words.choice(REASONS), f"{name}的{words.choice(SUBJECTS)}需要先{words.choice(VERBS)}"]
    target = f"{words.randint(1, 99)}.{words.randint(0, 9)}"
    return f"{'，'.join(parts)}{words.choice(OBJECTS)}，再把{words.choice(OBJECTS)}从{figure}调整到{target}。"


def measure(folder: Path, name: str) -> dict[str, float]:
    """Add the folder to a new library in this process; return chunks, seconds, CPU seconds and peak megabytes."""
    from copilot.embedding import load_embedding
    from copilot.library import Library

    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        library = Library(Path(home), load_embedding(name))
        report = library.add([folder])
        seconds = time.perf_counter() - began
        library.close()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    chunks = report.totals["chunks"]
    return {
        "chunks": chunks,
        "seconds": round(seconds, 2),
        "chunks_per_s": round(chunks / seconds),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss / 1024),  # kilobytes on Linux
        "load": round(os.getloadavg()[0], 2),
    }


if __name__ == "__main__":
    sys.exit(main())
