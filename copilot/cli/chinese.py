"""Click in Chinese: help screens and usage errors."""

import re
from typing import Any

import click

_WORDS = {
    "Usage: ": "用法：",
    "Options:": "选项：",
    "Commands:": "命令：",
    "Show this message and exit.": "显示这份帮助。",
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 [参数]...",
    "[required]": "[必填]",
    "INTEGER RANGE": "整数         ",
    "FLOAT RANGE": "数字       ",
    "INTEGER": "整数   ",
    "DIRECTORY": "目录     ",  # as wide as the word, so that the columns of a help screen stay even
    "TEXT": "文字",
}
_PATTERN = re.compile("|".join(rf"(?<![A-Z]){re.escape(word)}(?![A-Z])" for word in _WORDS))

_MESSAGES = {
    r"'(.+)' is not a valid (?:integer|float)(?: range)?\.": r"“\1”不是数字",
    r"(.+) is not in the range (\d+)<=x<=(\d+)\.": r"\1 不在 \2–\3 之间",
    r"(.+) is not in the range x>=(\d+)\.": r"\1 太小，至少是 \2",
    r"(.+) is not in the range x>(\d+)\.": r"\1 太小，要大于 \2",
    r"'(.*)' is not one of (.+)\.": r"没有“\1”，可选 \2",
    r"Directory '(.+)' is a file\.": r"\1 是文件，这里要目录",
    r"(?:File|Path) '(.+)' is a directory\.": r"\1 是目录，这里要文件",
    r"Option '(.+)' requires an argument\.": r"选项 \1 后面缺少值",
    r"Option '(.+)' does not take a value\.": r"选项 \1 不带值",
}


class ChineseCommand(click.Command):
    """A command whose help screen is Chinese."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the help screen."""
        return _translated(super().get_help(ctx))


class ChineseGroup(click.Group):
    """A group whose help screen is Chinese, and those of its commands."""

    command_class = ChineseCommand

    def get_help(self, ctx: click.Context) -> str:
        """Return the help screen."""
        return _translated(super().get_help(ctx))


def explained(error: click.ClickException) -> tuple[str, str]:
    """Return a usage error as message and hint."""
    ctx = getattr(error, "ctx", None)
    hint = f"查看用法：{ctx.command_path} --help" if ctx else "查看用法：ops-copilot --help"
    if isinstance(error, click.NoSuchOption):
        return f"没有选项 {error.option_name}", hint
    if isinstance(error, click.MissingParameter):
        return f"缺少参数 {_name(error.param)}", hint
    if isinstance(error, click.BadParameter):
        return f"参数 {_name(error.param)} 不对：{_message(error.message)}", hint
    if match := re.match(r"No such command '(.+?)'", error.format_message()):
        return f"没有命令 {match[1]}", hint
    if match := re.match(r"Got unexpected extra arguments? \((.+?)\)", error.format_message()):
        return f"多了参数 {match[1]}", f"{hint}；含空格的文字要放在引号里。"
    return _message(error.format_message()), hint


def _message(text: str) -> str:
    for pattern, chinese in _MESSAGES.items():
        if match := re.fullmatch(pattern, text):
            return match.expand(chinese)
    return text


def _name(param: Any) -> str:
    if param is None:
        return ""
    return str(param.opts[-1]) if isinstance(param, click.Option) else str(param.human_readable_name)


def _translated(text: str) -> str:
    text = re.sub(r"\[default: (.+?)\]", r"[默认：\1]", text)
    text = re.sub(r"\s+\[(?:(\d+)<=)?x[<>]=?\d+\]", "", text)  # ranges are said where they matter
    return _PATTERN.sub(lambda match: _WORDS[match[0]], text)
