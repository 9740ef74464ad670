"""`score kano`, `score rice`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from copilot.cli.chinese import ChineseGroup
from copilot.cli.common import json_option, print_json
from copilot.errors import InputError

if TYPE_CHECKING:
    from copilot.export.score_text import Grid

_FILE = click.Path(path_type=Path, dir_okay=False)
_SHOWN = 10  # answers or rows not counted that the terminal shows; --json has all
_output = click.option("-o", "--output", type=_FILE, help="把表和图存成 .html .xlsx .md。")
_sheet = click.option("--sheet", default="", help="xlsx 里的哪张表；不写是第一张有数据的。")
_debug = click.option("--debug", is_flag=True, expose_value=False, help="出错时显示完整的调用栈。")


def register(cli: click.Group) -> None:
    """Add the commands."""
    if "score" not in cli.commands:
        cli.add_command(score)


@click.group(cls=ChineseGroup, short_help="给需求打分：Kano 问卷、RICE、ICE、投入产出比。")
def score() -> None:
    """给需求打分，排先后。

    \b
    例：
      ops-copilot score kano 问卷结果.csv -o kano.html
      ops-copilot score rice 需求.xlsx -o 打分.xlsx
    """


@score.command("kano", short_help="Kano 问卷 → 每个功能的类别、Better–Worse、先后。")
@click.argument("sources", metavar="FILE", nargs=-1)
@click.option("--questionnaire", is_flag=True, help="不算分，打印问卷：FILE 处写功能，或一行一个功能的 .txt。")
@click.option("--one", type=click.Choice(["喜欢", "不喜欢"]), help="答案写成 1–5 时，1 是哪一头。  [默认：喜欢]")
@click.option("--feature", default="", help="哪一列是功能（列名或列号）；认得出就不用写。")
@click.option("--functional", default="", help="哪一列是“有这个功能”的答案。")
@click.option("--dysfunctional", default="", help="哪一列是“没有这个功能”的答案。")
@_sheet
@_output
@json_option
@_debug
def kano(
    sources: tuple[str, ...],
    questionnaire: bool,
    one: str | None,
    feature: str,
    functional: str,
    dysfunctional: str,
    sheet: str,
    output: Path | None,
    as_json: bool,
) -> int:
    """按 5×5 表评价 Kano 问卷：FILE 是 .csv .xlsx .jsonl，- 是标准输入。

    一行一位受访者，每个功能两列（深色模式_有、深色模式_无）；或一行一位受访者对一个功能（功能、有、无 三列）。
    答案写 喜欢、理应如此、无所谓、能忍受、不喜欢（英文也认），或 1–5。没答的和看不懂的逐条列出。

    \b
    例：
      ops-copilot score kano 问卷结果.csv
      ops-copilot score kano 问卷结果.xlsx --one 不喜欢 -o kano.html
      ops-copilot score kano --questionnaire 深色模式 批量导出 离线听书
    """
    if questionnaire:
        return _questionnaire(sources, output, as_json)
    from copilot.export.files import check_target
    from copilot.export.score import SUFFIXES, write_kano
    from copilot.export.score_text import kano_advice, kano_grid, kano_warnings, unusable_lines
    from copilot.voices.score_kano import read_kano

    if output:
        check_target(output, SUFFIXES)  # before the work
    report = read_kano(
        _source(sources),
        one=one or "",
        feature=feature,
        functional=functional,
        dysfunctional=dysfunctional,
        sheet=sheet,
    )
    if output:
        write_kano(report, output)
    advice, warnings = kano_advice(report), kano_warnings(report)
    if as_json:
        print_json(report.to_dict() | {"advice": advice, "warnings": warnings})
    else:
        _show(kano_grid(report), advice, [*warnings, *report.notes], "没有计入", unusable_lines(report))
    _told_where(output)
    return 3 if any(entry["kind"] == "wrong" for entry in report.unusable) else 0


@score.command("rice", short_help="RICE、ICE、投入产出比 → 名次，和哪一格会改变名次。")
@click.argument("sources", metavar="FILE", nargs=-1)
@click.option(
    "--effort-unit",
    type=click.Choice(["人时", "人日", "人周", "人月"]),
    help="投入的单位。  [默认：看列名和格子，都没写是人月]",
)
@click.option("--ice", type=click.Choice(["相乘", "平均"]), default="相乘", help="ICE 怎么合成。  [默认：相乘]")
@click.option("--day-price", default="", metavar="元", help="一个人日多少元：运营、维护写的是钱时要。")
@_sheet
@_output
@json_option
@_debug
def rice(
    sources: tuple[str, ...],
    effort_unit: str | None,
    ice: str,
    day_price: str,
    sheet: str,
    output: Path | None,
    as_json: bool,
) -> int:
    """给需求打分：FILE 是 .csv .xlsx .jsonl，- 是标准输入；一行一个需求。

    列：需求、触达（人/期）、影响（0.25 0.5 1 2 3）、把握（50% 80% 100%）、投入；没有触达就算 ICE。
    格子可以写范围 200~400。另有 人次、单次节省、频率、采用率、研发人日、运营、维护 列，就算投入产出比。
    “依据”列（或“触达依据”等）写 数据 或 估计。缺数或写错的行列出原因，不打分。

    \b
    例：
      ops-copilot score rice 需求.csv
      ops-copilot score rice 需求.xlsx --effort-unit 人日 -o 打分.html
    """
    from copilot.export.files import check_target
    from copilot.export.score import SUFFIXES, write_rice
    from copilot.export.score_text import failed_lines, rice_advice, rice_grid, swing_lines
    from copilot.voices.score_rice import read_rice

    if output:
        check_target(output, SUFFIXES)
    report = read_rice(
        _source(sources), effort_unit=effort_unit or "", mean=ice == "平均", sheet=sheet, day_price=day_price
    )
    if output:
        write_rice(report, output)
    advice = rice_advice(report)
    if as_json:
        print_json(report.to_dict() | {"advice": advice})
    else:
        percent = f"{report.swing:.0%}"
        swings = [f"±{percent}：{line}" for line in swing_lines(report)]
        _show(rice_grid(report), advice, [*swings, report.formula, *report.notes], "没有打分", failed_lines(report))
    _told_where(output)
    return 3 if report.failed else 0


def _source(sources: Sequence[str]) -> Path | BinaryIO:
    if len(sources) != 1:
        what = "没有写文件" if not sources else f"一次只算一个文件，写了 {len(sources)} 个"
        raise InputError(what, "写一个 .csv .xlsx .jsonl 文件，或 - 从标准输入读；用法见 --help。")
    return sys.stdin.buffer if sources[0] == "-" else Path(sources[0])


def _questionnaire(sources: Sequence[str], output: Path | None, as_json: bool) -> int:
    from copilot.export.files import check_target, write_whole
    from copilot.export.score_questionnaire import answers, mixed, notes, questionnaire, questions

    if output:
        check_target(output, (".md",))
    features = _features(sources)
    text, ordered = questionnaire(features), mixed(features)
    if output:
        write_whole(output, text.encode())
    if as_json:
        asked = [
            {"feature": name, "functional": up, "dysfunctional": down}
            for name in ordered
            for up, down in [questions(name)]
        ]
        print_json({"questions": asked, "answers": answers(), "notes": notes(ordered)})
    elif not output:
        click.echo(text, nl=False)
    _told_where(output)
    return 0


def _features(sources: Sequence[str]) -> list[str]:
    """Return the features on the command line, or those in a text file, a line each."""
    if len(sources) == 1 and (sources[0] == "-" or Path(sources[0]).suffix.lower() in (".txt", ".md")):
        try:
            text = sys.stdin.read() if sources[0] == "-" else Path(sources[0]).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"{sources[0]} 不是 UTF-8 的文字", "用编辑器另存为 UTF-8，一行一个功能。") from error
        except OSError as error:
            raise InputError(f"文件打不开：{sources[0]}（{error.strerror}）", "检查路径和权限。") from error
        return text.splitlines()
    return list(sources)


def _show(grid: "Grid", advice: Sequence[str], notes: Sequence[str], left: str, lines: Sequence[str]) -> None:
    for line in _aligned([grid.header, *grid.rows]):
        click.echo(line)
    click.echo()
    for line in advice:
        click.echo(f"→ {line}")
    for note in notes:
        click.echo(f"  {note}")
    for line in lines[:_SHOWN]:
        click.echo(f"  {left}：{line}")
    if len(lines) > _SHOWN:
        click.echo(f"  {left}：还有 {len(lines) - _SHOWN} 条，用 --json 看全部。")


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows with even columns: a Han character is as wide as two letters."""
    from copilot.text.counters import count

    shown = [[_cut(" ".join(cell.split())) for cell in row] for row in rows]
    widths = [max(count(row[at], "width") for row in shown) for at in range(len(rows[0]))]
    return [
        "  ".join(cell + " " * (width - count(cell, "width")) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]


def _cut(text: str) -> str:
    visible = "".join(c for c in text if c.isprintable())
    return visible if len(visible) <= 28 else visible[:28] + "…"


def _told_where(output: Path | None) -> None:
    if output:
        click.echo(f"已存为 {output}", err=True)
