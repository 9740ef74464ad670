"""`batch`: a table of rows in, a table of results out."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import open_copilot, print_json, with_settings
from copilot.errors import InputError
from copilot.settings import Settings

if TYPE_CHECKING:
    from copilot.batch.job import BatchReport, Estimate, Progress

_EVERY = 1.0  # seconds between progress lines for programs
_STOPPED = {
    "interrupted": "已经停下，做完的都存好了。再运行一次同样的命令，从停下的地方接着做。",
    "circuit": "模型连续出错，先停下了。看下面的原因，修好后再运行一次同样的命令，从停下的地方接着做。",
    "hopeless": "模型用不了，再试也一样，先停下了。看下面的原因，改好后再运行一次同样的命令，从停下的地方接着做。",
    "budget": "预算到头了，停在超出之前。调高 --budget 再运行一次同样的命令，从停下的地方接着做。",
}


def register(cli: click.Group) -> None:
    """Add the command."""
    if "batch" not in cli.commands:
        cli.add_command(batch)


@click.command(cls=ChineseCommand, short_help="按表格批量写文案、问答、诊断反馈：可续跑，一行不丢。")
@click.argument("source", metavar="INPUT")
@click.option(
    "-o", "output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="结果存成 .csv .xlsx .jsonl。"
)
@click.option(
    "--task",
    type=click.Choice(["adcopy", "ask", "diagnose"]),
    default="adcopy",
    help="adcopy 写文案，ask 问答，diagnose 逐条诊断用户反馈。  [默认：adcopy]",
)
@click.option("-n", "n", type=click.IntRange(1, 20), default=3, help="每行每个渠道几条，1–20。  [默认：3]")
@click.option(
    "--map", "columns", multiple=True, metavar="列名=键", help="指定某列是什么；键留空是不用这一列。可写多次。"
)
@click.option("--sheet", default="", help="xlsx 里的哪张表；不写是第一张有数据的。")
@click.option("--platform", multiple=True, help="没写渠道的行用这些渠道，可写多次。")
@click.option("--profile", default="", help="产品档案，补上行里没写的（products add）。")
@click.option("--voice", default="", help="品牌语气（voices add）；不写用 voices use 选定的。")
@click.option("--long", "long", is_flag=True, help="--task ask 时答得长一些。")
@click.option("--workers", type=click.IntRange(1, 256), help="同时做几行；不写：规则写作按处理器数，用模型时 8。")
@click.option("--rpm", type=click.FloatRange(0, min_open=True), help="每分钟最多几次模型调用。")
@click.option("--tpm", type=click.IntRange(1), help="每分钟最多几个 token。")
@click.option("--budget", metavar="元", help="这个输出最多花多少钱，例如 20元；到头之前停下。")
@click.option("--limit", type=click.IntRange(1), help="只做前几行。")
@click.option("--sample", type=click.IntRange(1), help="抽几行来做，每次抽的一样。")
@click.option("--only-failed", is_flag=True, help="只重做上次失败的行。")
@click.option("--give-up", type=click.IntRange(0), default=10, help="模型连续错几行就停；0 是不停。  [默认：10]")
@click.option(
    "--engine", type=click.Choice(["local", "ray"]), default="local", help="local 本机，ray 集群（RAY_ADDRESS）。"
)
@click.option("--dry-run", is_flag=True, help="只算行数、token 和费用，什么也不做。")
@click.option("--force", is_flag=True, help="输出文件已经在、或被人改过时也覆盖。")
@click.option("--json", "as_json", is_flag=True, help="结果逐行以 JSON 输出，进度以 JSON 写到标准错误。")
@with_settings(model=True)
def batch(
    source: str, output: Path, columns: tuple[str, ...], budget: str | None, dry_run: bool, force: bool, as_json: bool,
    settings: Settings, **options: Any,
) -> int:  # fmt: skip
    """按表格一行一行地做；INPUT 是 .csv .xlsx .jsonl，- 是标准输入。

    列名中英文都认（商品名、卖点、活动价、人群、渠道、关键词、禁用词 …），一格里可以用顿号写几条。
    结果旁边有一个 .journal 日志：中断后再运行同样的命令会接着做，做好的行不重做。

    \b
    例：
      ops-copilot batch 商品.xlsx -o 文案.xlsx --platform 小红书 -n 3
      ops-copilot batch 商品.csv -o 文案.csv --map 货品=product --limit 10
      ops-copilot batch 问题.csv --task ask -o 回答.csv
      ops-copilot batch 反馈.xlsx --task diagnose -o 诊断.xlsx
      ops-copilot batch 商品.csv -o 文案.csv --model openai:deepseek-flash --dry-run
    """
    from copilot.batch.job import Job
    from copilot.batch.run import json_lines
    from copilot.prices import budget_of

    given = {key: value for key, value in options.items() if value is not None}
    job = Job(
        sys.stdin.buffer if source == "-" else Path(source),
        output,
        columns=_columns(columns),
        budget=budget_of(budget) if budget else None,
        overwrite=force,
        **given,
    )
    bot = open_copilot(settings)
    if dry_run:
        found = bot.batch_estimate(job, told=lambda lines: _tell(lines, as_json))
        if as_json:
            print_json(found.to_dict())
        else:
            click.echo("\n".join(_estimate_lines(found, settings)))
        return 0
    with _stopping(as_json) as stop, closing(_Bar(as_json)) as bar:
        report = bot.batch(job, told=lambda lines: _tell(lines, as_json), shown=bar, stop=stop)
    if as_json:
        for line in json_lines(job, settings, report.stopped):
            click.echo(line, nl=False)
        _event("summary", report.to_dict())
    else:
        click.echo("\n".join(_report_lines(report)), err=True)
        click.echo(report.output)
    if report.stopped == "interrupted":
        return 1
    return 3 if report.failed or report.not_done else 0


def _columns(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, mark, key = text.rpartition("=")
        if not mark:
            raise InputError(f"--map {text} 里没有等号", "写成 --map 列名=键，例如 --map 货品=product。")
        found[name.strip()] = key.strip()
    return found


def _event(name: str, values: dict[str, Any]) -> None:
    click.echo(json.dumps({"event": name} | values, ensure_ascii=False), err=True)


def _tell(lines: Sequence[str], as_json: bool, event: str = "understood") -> None:
    if as_json:
        _event(event, {"lines": list(lines)})
    elif lines:
        click.echo("\n".join(lines), err=True)


@contextmanager
def _stopping(as_json: bool) -> Iterator[threading.Event]:
    """Let Ctrl-C end the run after the rows in flight, and a second one at once: the journal loses nothing by it."""
    stop = threading.Event()

    def asked(number: int, frame: object) -> None:
        if stop.is_set():
            click.echo("\n错误：没等在写的行就停了\n怎么办：再运行一次同样的命令，接着做。", err=True)
            os._exit(1)  # threads that wait for a model would keep the process for minutes
        stop.set()
        _tell(["正在等手上的行写完 … 再按一次立即停下。"], as_json, "stopping")

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Bar:
    """Progress on stderr: a line that is written over on a terminal, JSON lines for programs."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._shown = 0.0
        self._width = 0

    def __call__(self, progress: "Progress") -> None:
        now = time.monotonic()
        if not (self._as_json or sys.stderr.isatty()):
            return
        if now - self._shown < (_EVERY if self._as_json else 0.1) and progress.done < progress.rows:
            return
        self._shown = now
        if self._as_json:
            _event("progress", progress.to_dict())
            return
        money = f" · {progress.tokens} tokens · {progress.spent}" if progress.tokens else ""
        speed = f" · 每秒 {progress.rate:.3g} 行 · 还要 {_time(progress.eta_s)}" if progress.rate else ""
        line = f"{progress.done}/{progress.rows} 行 · 失败 {progress.failed}{speed}{money}"
        width = len(line.encode("gb18030", "replace"))  # as a terminal shows it: Han take two places
        sys.stderr.write(f"\r{line}{' ' * max(0, self._width - width)}")
        sys.stderr.flush()
        self._width = width

    def close(self) -> None:
        """End the line."""
        if self._width:
            sys.stderr.write("\n")


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} 秒"
    return f"{seconds / 60:.0f} 分钟" if seconds < 5400 else f"{seconds / 3600:.1f} 小时"


def _report_lines(report: "BatchReport") -> list[str]:
    from copilot.batch.repeats import repeats_lines

    lines = [_STOPPED[report.stopped]] if report.stopped else []
    parts = [f"共 {report.rows} 行", f"成功 {report.ok}" + (f"（以前做好 {report.earlier}）" if report.earlier else "")]
    parts += [f"失败 {report.failed}"] + ([f"没做 {report.not_done}"] if report.not_done else [])
    money = f"；{report.tokens} tokens，一共花了 {report.spent}" if report.tokens else ""
    lines.append(f"{'，'.join(parts)}；用时 {_time(report.seconds)}{money}")
    for reason in report.reasons:
        more = "…" if reason["count"] > len(reason["rows"]) else ""
        lines.append(
            f"  · {reason['count']} 行（第 {'、'.join(map(str, reason['rows']))}{more} 行）：{reason['reason']}"
        )
    lines += repeats_lines(report.repeats)
    again = "改好后再运行一次同样的命令，只重做这些行。" if report.failed else "表格改了再运行，只做改过的行。"
    lines.append(f"日志：{report.journal}（{again}）")
    return lines


def _estimate_lines(found: "Estimate", settings: Settings) -> list[str]:
    lines = [f"共 {found.rows} 行：做好的 {found.finished}，要做 {found.pending}，用不了 {found.unusable}"]
    lines.append(f"写作：{found.writer}")
    if not settings.model:
        return [*lines, "不用模型：0 tokens，0 元。"]
    way = "按估算的字数" if found.token_method == "estimate" else f"按 {found.token_method}"
    tokens = f"约 {found.input_tokens + found.output_tokens} tokens"
    lines.append(f"{tokens}：送出 {found.input_tokens}，收回 {found.output_tokens}（{way}，由 {found.sampled} 行推算）")
    place = settings.home / "prices.yaml"
    if found.cost is None:
        return [*lines, f"费用：价格表里没有 {settings.model}；在 {place} 里写上它的价格再算。"]
    source = [f"按这个价：{found.price}"] if found.price else []
    return [*lines, f"费用：约 {found.cost}", *source, f"价格不对就在 {place} 里写上你的。"]
