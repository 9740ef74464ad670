"""The command line: parse, call, print."""

import sys

import click

from copilot import __version__
from copilot.cli.chinese import ChineseGroup, explained
from copilot.errors import CopilotError


@click.group(cls=ChineseGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ops-copilot", message="%(prog)s %(version)s", help="显示版本。")
def cli() -> None:
    """互联网产品运营助手：回答问题、检索资料，每句话都带引文。

    离线可用，不需要密钥和模型。

    \b
    例：
      ops-copilot ask "怎么让流失用户回来？"
      ops-copilot library add 我的资料/
      ops-copilot doctor
    """


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code: 0 done, 1 error, 2 usage, 3 finished with failures."""
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    from copilot.cli import (  # each registers its commands; light modules
        answers,
        batch,
        channels,
        check,
        copywriting,
        diagnose,
        documents,
        evaluate,
        health,
        models,
        page,
        plan,
        profiles,
        results,
        review,
        revise,
        score,
    )

    copy = (copywriting, revise, check, channels, profiles, results)
    for module in (answers, *copy, plan, review, diagnose, score, batch, documents, models, evaluate, health, page):
        module.register(cli)
    try:
        code = cli.main([a for a in arguments if a != "--debug"], "ops-copilot", standalone_mode=False)
    except CopilotError as error:
        code = _complain(error.message, error.hint, error.exit_code, debug)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)  # the help screen is the answer, not an error
        code = error.exit_code
    except click.ClickException as error:
        code = _complain(*explained(error), error.exit_code, debug)
    except (click.Abort, KeyboardInterrupt):
        code = _complain("已中断", "再运行一次同样的命令即可继续。", 1, debug)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of the pipe has gone: nobody is left to complain to
        code = 1
    except Exception as error:  # noqa: BLE001  the last seam: users get two lines, developers --debug
        hint = "加上 --debug 再运行一次，把输出发给开发者。"
        code = _complain(f"程序内部出错：{type(error).__name__}: {error}", hint, 1, debug)
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str, hint: str, code: int, debug: bool) -> int:
    if debug:
        raise  # the error that is being handled
    click.echo(f"错误：{message}", err=True)
    if hint:
        click.echo(f"怎么办：{hint}", err=True)
    return code
