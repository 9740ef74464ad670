"""`eval retrieval|answers|citations`."""

from pathlib import Path
from typing import Any

import click

from copilot.cli.chinese import ChineseGroup
from copilot.cli.common import MODES, json_option, open_copilot, print_json, with_settings
from copilot.settings import Settings

_FILE = click.Path(path_type=Path, dir_okay=False)


def register(cli: click.Group) -> None:
    """Add the commands."""
    if evaluate.name not in cli.commands:
        cli.add_command(evaluate)


@click.group("eval", cls=ChineseGroup, short_help="用自己的数据测检索、回答和核验。")
def evaluate() -> None:
    """用自己的数据测效果，不需要模型。

    \b
    例：
      ops-copilot eval retrieval --docs d.jsonl --queries q.jsonl --qrels r.tsv
    """


@evaluate.command(short_help="检索：命中率、MRR、nDCG。")
@click.option("--docs", type=_FILE, required=True, help="每行 {id, text}。")
@click.option("--queries", type=_FILE, required=True, help="每行 {id, text}。")
@click.option("--qrels", type=_FILE, required=True, help="每行 问题<TAB>文档<TAB>1。")
@click.option("--mode", type=click.Choice(MODES), default="hybrid", show_default=True, help="检索方式。")
@json_option
@with_settings()
def retrieval(docs: Path, queries: Path, qrels: Path, mode: Any, as_json: bool, settings: Settings) -> None:
    """把 docs 建成临时资料库，用 queries 检索，按 qrels 计分。

    \b
    例：
      ops-copilot eval retrieval --docs d.jsonl --queries q.jsonl --qrels r.tsv --mode lexical
    """
    from copilot.embedding import load_embedding
    from copilot.evaluation import evaluate_retrieval

    _show(evaluate_retrieval(docs, queries, qrels, load_embedding(settings.embedding), mode), as_json)


@evaluate.command(short_help="回答：事实是否答全，该拒的是否拒。")
@click.argument("file", type=_FILE)
@click.option("--docs", type=_FILE, help="每行 {id, text}：只在这些文档里回答，不用自己的资料库。")
@click.option("--queries", type=_FILE, help="FILE 只有编号和答案时，问题在这里，每行 {id, text}。")
@json_option
@with_settings(model=True)
def answers(file: Path, docs: Path | None, queries: Path | None, as_json: bool, settings: Settings) -> None:
    """逐题回答 FILE（每行 {q, must: [正则], answerable}，或 {id, answers}），数答案里的事实。

    \b
    例：
      ops-copilot eval answers questions.jsonl
      ops-copilot eval answers answers.jsonl --queries q.jsonl --docs d.jsonl
    """
    from copilot.evaluation import answer_rows, evaluate_answers, temporary_library

    rows = answer_rows(file, queries)
    if docs is None:
        _show(evaluate_answers(rows, open_copilot(settings).ask), as_json)
        return
    from copilot.assistant import Copilot
    from copilot.embedding import load_embedding

    with temporary_library(docs, load_embedding(settings.embedding)) as library:
        _show(evaluate_answers(rows, Copilot(library, settings).ask), as_json)


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


def _show(figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(figures)
        return
    for name, value in figures.items():
        click.echo(f"{name:<16} {len(value) if isinstance(value, list) else value}")
