"""`eval retrieval|answers|citations|check|voice`."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copilot.cli.chinese import ChineseGroup
from copilot.cli.common import MODES, json_option, open_copilot, print_json, progress, with_settings
from copilot.errors import InputError
from copilot.settings import Settings

if TYPE_CHECKING:
    from copilot.evaluation import Writer
    from copilot.library import Library

_FILE = click.Path(path_type=Path, dir_okay=False)


def register(cli: click.Group) -> None:
    """Add the commands."""
    if evaluate.name not in cli.commands:
        cli.add_command(evaluate)


@click.group("eval", cls=ChineseGroup, short_help="用自己的数据测检索、回答、核验、广告法检查和用户原声诊断。")
def evaluate() -> None:
    """用自己的数据测效果；只有 answers --writer chat 和设了模型的 answers、voice 会调用模型。

    \b
    例：
      ops-copilot eval retrieval --docs d.jsonl --queries q.jsonl --qrels r.tsv
    """


@evaluate.command(short_help="检索：命中率、MRR、nDCG，几种方式并排比较。")
@click.option("--docs", type=_FILE, required=True, help="每行 {id, text}。")
@click.option("--queries", type=_FILE, required=True, help="每行 {id, text}。")
@click.option("--qrels", type=_FILE, required=True, help="每行 问题<TAB>文档<TAB>1。")
@click.option("--mode", "modes", type=click.Choice(MODES), multiple=True, help="检索方式，可写多次；不写则三种都测。")
@click.option("--plot", type=_FILE, help="把各方式的指标画成图：.png、.svg 或 .pdf。")
@json_option
@with_settings()
def retrieval(
    docs: Path, queries: Path, qrels: Path, modes: Any, plot: Path | None, as_json: bool, settings: Settings
) -> None:
    """把 docs 建成临时资料库，用 queries 检索，按 qrels 计分。

    资料库只建一次。测几种方式时，再给出两两之间 nDCG@10 的差：95% 区间（自助法重抽问题）和
    p 值（双侧配对随机化检验，不作多重比较校正）；p<0.05 为显著。

    \b
    例：
      ops-copilot eval retrieval --docs d.jsonl --queries q.jsonl --qrels r.tsv
      ops-copilot eval retrieval --docs d.jsonl --queries q.jsonl --qrels r.tsv --mode lexical
      ops-copilot eval retrieval --docs d.jsonl --queries q.jsonl --qrels r.tsv --plot 对比.png
    """
    from copilot.embedding import load_embedding
    from copilot.embedding.reranker import load_reranker
    from copilot.evaluation import MODES as all_modes
    from copilot.evaluation import check_chart, draw_modes, evaluate_retrieval

    modes = modes or all_modes
    if plot:
        check_chart(plot)  # before the long run
    embedding = load_embedding(settings.embedding)
    reranker = load_reranker(settings.reranker) if "hybrid" in modes else None
    figures = evaluate_retrieval(docs, queries, qrels, embedding, modes, reranker)
    if "modes" in figures and not as_json:
        _show_modes(figures)
    else:
        _show(figures, as_json)
    if plot:  # after the figures, which a full disk shall not take away
        draw_modes(figures.get("modes", {modes[0]: figures}), plot)
        click.echo(f"图存为 {plot}", err=True)


@evaluate.command(short_help="回答：事实是否答全，该拒的是否拒，规则与模型并排比较。")
@click.argument("file", type=_FILE)
@click.option("--docs", type=_FILE, help="每行 {id, text}：只在这些文档里回答，不用自己的资料库。")
@click.option("--queries", type=_FILE, help="FILE 只有编号和答案时，问题在这里，每行 {id, text}。")
@click.option("--writer", "names", help="rules、chat 或 rules,chat；不写则设了模型测 chat，没设测 rules。")
@click.option("-o", "--output", type=_FILE, help="把报告存成 .md。")
@json_option
@with_settings(model=True)
def answers(
    file: Path, docs: Path | None, queries: Path | None, names: str | None, output: Path | None, as_json: bool,
    settings: Settings,
) -> None:  # fmt: skip
    """逐题回答 FILE（每行 {q, must: [正则], answerable}，或 {id, answers}），数事实、拒答、引用、费用和用时。

    \b
    例：
      ops-copilot eval answers questions.jsonl
      ops-copilot eval answers questions.jsonl --writer rules,chat -o 对比.md
      ops-copilot eval answers answers.jsonl --queries q.jsonl --docs d.jsonl
    """
    from copilot.evaluation import answer_rows, answers_report, evaluate_writers
    from copilot.export.files import check_target, write_whole

    chosen = _writers(names, settings)
    rows = answer_rows(file, queries)
    if output:
        check_target(output, (".md",))  # before the long run
    with _answering(docs, settings) as library, closing(progress("答题")) as bar:
        writers = {name: _writer(name, library, settings) for name in chosen}
        figures = evaluate_writers(rows, writers, bar)
    if as_json:
        print_json(figures)
    elif "writers" in figures:
        _show_writers(figures)
    else:
        _show(figures, as_json)
    if output:
        told = {"rules": "按规则写作，不用模型", "chat": f"模型 {settings.model}"}
        measured = {
            "题目": f"{file.name}，{len(rows)} 题，其中应拒答 {sum(not r.get('answerable', True) for r in rows)} 题",
            "资料": docs.name if docs else "自己的资料库",
            **{f"写作方式 {name}": told[name] for name in chosen},
        }
        write_whole(output, answers_report(figures, measured, chosen[0]).encode())
        click.echo(f"报告存为 {output}", err=True)


def _writers(names: str | None, settings: Settings) -> list[str]:
    """Return the writers asked for, each once; without a word the one that `ask` would use."""
    if names is None:
        return ["chat" if settings.model else "rules"]
    chosen = list(dict.fromkeys(name.strip() for name in names.replace("，", ",").split(",") if name.strip()))
    unknown = [name for name in chosen if name not in ("rules", "chat")]
    if unknown or not chosen:
        told = f"不认识写作方式 {'、'.join(unknown)}" if unknown else "--writer 是空的"
        raise InputError(told, "写 rules、chat，或两个一起：--writer rules,chat。")
    if "chat" in chosen and not settings.model:
        hint = "加 --model provider:model，或设 OPS_COPILOT_MODEL；只测规则写作就写 --writer rules。"
        raise InputError("没有设置模型，测不了 chat", hint)
    return chosen


@contextmanager
def _answering(docs: Path | None, settings: Settings) -> Iterator["Library"]:
    """Give the library to answer from: the user's own, or a temporary one of `docs`."""
    from copilot.embedding import load_embedding
    from copilot.evaluation import temporary_library

    if docs is None:
        yield open_copilot(settings).library
        return
    with temporary_library(docs, load_embedding(settings.embedding)) as library:
        yield library


def _writer(name: str, library: "Library", settings: Settings) -> "Writer":
    from copilot.assistant import Copilot
    from copilot.evaluation import Writer
    from copilot.prices import Price, price_of

    if name == "rules":
        return Writer(Copilot(library, replace(settings, model="")).stream, Price(Decimal(0), Decimal(0)))
    return Writer(Copilot(library, settings).stream, price_of(settings.model, settings.home))


@evaluate.command(short_help="字面核验：与人工标注比。")
@click.argument("file", type=_FILE)
@json_option
@with_settings()
def citations(file: Path, as_json: bool, settings: Settings) -> None:
    """核验 FILE（每行 {statement, quote, label}）里的每一对，与标注比较。

    \b
    例：
      ops-copilot eval citations pairs.jsonl --json
    """
    from copilot.evaluation import evaluate_citations

    _show(evaluate_citations(file), as_json)


@evaluate.command(short_help="广告法检查：与人工标注比。")
@click.argument("file", type=_FILE)
@json_option
def check(file: Path, as_json: bool) -> None:
    """检查 FILE（每行 {text, flag}），数查准率和查全率；有 ban 或 evidence 即算查出。

    \b
    例：
      ops-copilot eval check sentences.jsonl --json
    """
    from copilot.evaluation import evaluate_check

    _show(evaluate_check(file), as_json)


@evaluate.command(short_help="用户原声诊断：与人工标注比。")
@click.argument("file", type=_FILE)
@json_option
@with_settings(model=True)
def voice(file: Path, as_json: bool, settings: Settings) -> None:
    """逐条诊断 FILE，与标注比较：类型、片段、需求、是否治本。

    每行 {text, kind, requested, pain, context, segment, workaround, consequence, goal, noun, solves_root,
    self_sufficient, needs: [正则], need, suggestion}，除 text 外都可以不写；片段写原话里的一段、几段的列表或 null。
    也读在原话里做标记的 {v, k, noun, root, self, needs}：<s> 用户 <c> 场景 <w> 现在的办法 <r> 诉求 <p> 难处
    <q> 后果 <g> 目的。

    \b
    例：
      ops-copilot eval voice voices.jsonl
      ops-copilot eval voice voices.jsonl --json
    """
    from copilot.evaluation.voice import evaluate_voice
    from copilot.evaluation.voice_table import voice_table

    figures = evaluate_voice(file, open_copilot(settings).diagnose)
    if as_json:
        print_json(figures)
    else:
        click.echo("\n".join(voice_table(figures)))


def _show(figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(figures)
        return
    for name, value in figures.items():
        click.echo(f"{name:<16} {len(value) if isinstance(value, list) else value}")


def _show_modes(figures: dict[str, Any]) -> None:
    """Show the modes as a table, then how far they are apart."""
    names = [name for name in next(iter(figures["modes"].values())) if name != "ndcg@10_95"]
    click.echo("方式      " + "".join(f"{name:>9}" for name in names))
    for mode, row in figures["modes"].items():
        values = (f"{row[name]:.{2 if name.endswith('_ms') else 4}f}" for name in names)
        click.echo(f"{mode:<10}" + "".join(f"{value:>9}" for value in values))
    click.echo()
    _show({name: figures[name] for name in ("queries", "docs", "index_s")}, as_json=False)
    click.echo("\nnDCG@10 的差、95% 区间、p 值（双侧配对随机化检验，p<0.05 为显著）：")
    for pair in figures["differences"]:
        name = f"{pair['a']} − {pair['b']}"
        between = f"[{pair['low']:+.4f}, {pair['high']:+.4f}]"
        told = "显著" if pair["p"] < 0.05 else "不显著"
        click.echo(f"{name:<18} {pair['difference']:+.4f}  {between}  p={pair['p']:.4f}  {told}")


def _show_writers(figures: dict[str, Any]) -> None:
    """Show the writers side by side, then how far they are apart."""
    from copilot.evaluation import differences_lines, writers_table
    from copilot.evaluation.answers_report import JUDGE

    table = writers_table(figures["writers"])
    for row in table:
        click.echo(_padded(row[0], 40) + "".join(f"  {_padded(cell, 22)}" for cell in row[1:]).rstrip())
    if figures["differences"]:
        click.echo("\n逐题相减（双侧配对随机化检验，p<0.05 为显著）：")
        click.echo("\n".join(differences_lines(figures["differences"])))
    click.echo(f"\n{JUDGE}")


def _padded(text: str, width: int) -> str:
    """Return `text` filled up to `width` columns of a terminal, where a Chinese character takes two."""
    from rich.cells import cell_len

    return text + " " * max(0, width - cell_len(text))
