"""What all commands share: the options that win over the environment, JSON, progress, opening."""

import json
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from copilot.assistant import Copilot
from copilot.errors import InputError
from copilot.settings import Settings, read_settings
from copilot.types import Answer, Wrote

if TYPE_CHECKING:
    from copilot.briefs import AdCopy
    from copilot.diagnosis import Diagnosis
    from copilot.plans import Plan

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--home", type=click.Path(path_type=Path, file_okay=False), help="资料库所在的目录（OPS_COPILOT_HOME）。"
    ),
    click.option("--embedding", help="向量模型：builtin，或本机文件夹、模型名（OPS_COPILOT_EMBEDDING）。"),
    click.option("--reranker", help="重排模型：本机文件夹或模型名（OPS_COPILOT_RERANKER）；不设则不用。"),
    click.option("--handbook/--no-handbook", default=None, help="装入或不装入自带的运营手册。"),
    click.option("--debug", is_flag=True, expose_value=False, help="出错时显示完整的调用栈。"),
)
_MODEL_OPTIONS = (
    click.option("--model", help="对话模型，provider:model（OPS_COPILOT_MODEL）；不设则按规则写作。"),
    click.option("--base-url", help="OpenAI 兼容服务的地址（OPS_COPILOT_BASE_URL）。"),
)

MODES = ("hybrid", "lexical", "dense")

json_option = click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象。")


def with_settings(model: bool = False) -> Callable[[F], F]:
    """Give a command the settings options and pass it `settings`."""

    def decorate(command: F) -> F:
        @wraps(command)
        def run(*args: Any, **kwargs: Any) -> Any:
            names = ("home", "embedding", "reranker", "handbook", *(("model", "base_url") if model else ()))
            given = {name: kwargs.pop(name) for name in names}
            return command(*args, settings=_settings(given), **kwargs)

        for option in reversed(_OPTIONS + (_MODEL_OPTIONS if model else ())):
            run = option(run)
        return run  # type: ignore[return-value]

    return decorate


def _settings(given: dict[str, Any]) -> Settings:
    settings = read_settings()
    changes = {name: value for name, value in given.items() if value is not None}
    if "home" in changes:
        changes["home"] = changes["home"].expanduser().absolute()
    return replace(settings, **changes)


def open_copilot(settings: Settings) -> Copilot:
    """Open the home folder; loading the handbook is told on stderr."""
    with closing(progress("装入运营手册")) as bar:
        return Copilot.open(settings, bar)


def text_or_stdin(text: str) -> str:
    """Return `text`, or what stands on stdin when it is `-`.

    :raises InputError: stdin is not text
    """
    if text != "-":
        return text
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise InputError("标准输入不是文字", "用管道传入 UTF-8 的文字。") from error


def on_terminal() -> bool:
    """Return whether somebody sits there who can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def print_json(value: Any) -> None:
    """Print one JSON object on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False))


def tell_writer(result: "AdCopy | Answer | Diagnosis | Plan") -> None:
    """Say on stderr who wrote and what it took, where a model was asked."""
    if result.usage or result.writer != "rules":
        from copilot.export.made_by import made_by

        click.echo(made_by(result.writer, result.usage.to_dict() if result.usage else None), err=True)


class progress:
    """A progress bar on stderr, on a terminal only, shown from the first step on."""

    def __init__(self, what: str, *, of_bytes: bool = False) -> None:
        self._what = what
        self._of_bytes = of_bytes
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, done: int, total: int, what: str) -> None:
        """Show that `done` of `total` steps are done, now at `what`."""
        if not sys.stderr.isatty() or not total:
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                DownloadColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            count = DownloadColumn() if self._of_bytes else MofNCompleteColumn()
            columns = (TextColumn("{task.description}"), BarColumn(), count, TimeRemainingColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(self._what, total=total)
        self._bar.update(self._task, completed=done, total=total, description=f"{self._what} {what[:24]}")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class writing:
    """What a model is writing, on stderr, on a terminal only, and only when it takes a while; gone when closed."""

    def __init__(self) -> None:
        self._live: Any = None
        self._shown = list[str]()

    def __call__(self, wrote: Wrote) -> None:
        """Show how far it is; variants that hold stay until the end."""
        if wrote.variant:
            self._shown.append(wrote.variant.text)
        self.show("\n\n".join((*self._shown, f"模型正在写，这一次已有 {wrote.characters} 字……")))

    def show(self, text: str) -> None:
        """Show a text in place of the one before."""
        if not sys.stderr.isatty():
            return
        from rich.text import Text

        if self._live is None:
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), transient=True, refresh_per_second=5)
            self._live.start()
        self._live.update(Text(text))

    def close(self) -> None:
        """Take it away."""
        if self._live is not None:
            self._live.stop()
            self._live = None


__all__ = [
    "MODES",
    "json_option",
    "on_terminal",
    "open_copilot",
    "print_json",
    "progress",
    "tell_writer",
    "text_or_stdin",
    "with_settings",
    "writing",
]
