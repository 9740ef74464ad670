"""`ask`, `search`, `demo`."""

import time
from contextlib import closing
from typing import Any

import click

from copilot import Copilot
from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import (
    MODES,
    json_option,
    open_copilot,
    print_json,
    tell_writer,
    text_or_stdin,
    with_settings,
    writing,
)
from copilot.settings import Settings
from copilot.types import Answer, Citation, Done, Passage, Sentence

_QUOTE = 90  # characters of a quote shown on the terminal; --json has all of it
_DEMO = ("怎么让流失用户回来？", "用户呼声和真实需求有什么区别？", "红烧肉怎么炖才软烂？")


def register(cli: click.Group) -> None:
    """Add the commands."""
    for command in (ask, search, demo):
        if command.name not in cli.commands:
            cli.add_command(command)


@click.command(cls=ChineseCommand, short_help="回答一个运营问题，带引文。")
@click.argument("question")
@click.option("--long", is_flag=True, help="答得更全（约 1200 字）。")
@json_option
@with_settings(model=True)
def ask(question: str, long: bool, as_json: bool, settings: Settings) -> int:
    """回答 QUESTION；QUESTION 为 - 时从标准输入读。

    每句话后面的 [n] 指向下面的引文；资料库里没有依据时不回答。

    \b
    例：
      ops-copilot ask "怎么让流失用户回来？"
      echo "留存率怎么算" | ops-copilot ask - --json
    """
    question = text_or_stdin(question)
    reply = _streamed(open_copilot(settings), question, long)
    if as_json:
        print_json(reply.to_dict())
    else:
        click.echo(answer_text(reply))
        tell_writer(reply)
    return exit_code(reply)


def _streamed(bot: Copilot, question: str, long: bool) -> Answer:
    """Ask; who waits for a model sees each sentence as soon as it is checked."""
    from copilot.tasks.ask import render

    came = list[Sentence]()
    with closing(writing()) as shown:
        for event in bot.stream(question, long=long):
            if isinstance(event, Done):
                return event.reply
            came.append(event)
            if bot.settings.model:
                shown.show(render(came))
    raise AssertionError("stream ends with Done")


@click.command(cls=ChineseCommand, short_help="检索资料，列出原文段落。")
@click.argument("query")
@click.option("-k", default=10, show_default=True, help="最多几条。")
@click.option("--mode", type=click.Choice(MODES), default="hybrid", show_default=True, help="检索方式。")
@json_option
@with_settings()
def search(query: str, k: int, mode: Any, as_json: bool, settings: Settings) -> None:
    """检索 QUERY，按相关程度列出原文段落；QUERY 为 - 时从标准输入读。

    \b
    例：
      ops-copilot search "召回 对照组" -k 3
    """
    query = text_or_stdin(query).strip()
    result = open_copilot(settings).search(query, k, mode)
    if as_json:
        print_json(result.to_dict())
        return
    for passage in result.passages:
        click.echo(f"{passage.rank}. {_place(passage)}  （{passage.score:.2f}）\n   {_short(passage.text)}")
    if not result.passages:
        click.echo("没有找到。")


@click.command(cls=ChineseCommand, short_help="装入手册，演示几个带引文的回答。")
@json_option
@with_settings(model=True)
def demo(as_json: bool, settings: Settings) -> None:
    """装入自带的运营手册，回答三个问题：两个答得出，一个手册里没有。

    \b
    例：
      ops-copilot demo
    """
    start = time.perf_counter()
    bot = open_copilot(settings)
    if as_json:
        print_json({"answers": [bot.ask(question).to_dict() for question in _DEMO]})
        return
    for question in _DEMO:
        click.echo(f"问：{question}\n{answer_text(bot.ask(question))}\n")
    if not settings.model:
        click.echo(f"用时 {time.perf_counter() - start:.1f} 秒，没有联网。", err=True)


def answer_text(reply: Answer) -> str:
    """Return an answer as the terminal shows it: text, citations, what was replaced or looked at."""
    lines = [reply.answer]
    if reply.query_used != reply.question:
        lines.append(f"（按“{reply.query_used}”检索）")
    if reply.citations:
        lines += ["", "引文：", *(_citation(c) for c in reply.citations)]
    if reply.nearest:
        lines += ["", "最接近但没有采用：", *(f"  · {_place(p)}" for p in reply.nearest)]
    lines += [f"注意：{f.match}。{f.advice}" for f in reply.findings]
    return "\n".join(lines)


def exit_code(reply: Answer) -> int:
    """Return 3 when the answer has a ban or an unsupported sentence, else 0."""
    return 3 if any(s.support == "unsupported" for s in reply.sentences) else 0


def _citation(c: Citation) -> str:
    return f"[{c.n}] {c.section or c.title}\n    {c.source}（{c.start}–{c.end} 字）\n    “{_short(c.quote)}”"


def _place(p: Passage) -> str:
    return f"{p.section or p.title} · {p.source}"


def _short(text: str) -> str:
    from copilot.writers.rules.units import plain

    line = " ".join(plain(text).split())  # for reading; --json has the exact slice
    return line if len(line) <= _QUOTE else f"{line[:_QUOTE]}…"
