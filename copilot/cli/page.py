"""`ui`: the web page."""

from dataclasses import replace

import click

from copilot.cli.chinese import ChineseCommand
from copilot.cli.common import progress, with_settings
from copilot.settings import Settings


def register(cli: click.Group) -> None:
    """Add the command."""
    if ui.name not in cli.commands:
        cli.add_command(ui)


@click.command(cls=ChineseCommand, short_help="打开网页：问答、文案、体检、方案、诊断、批量、资料库。")
@click.option("--host", default="127.0.0.1", show_default=True, help="在哪个地址上打开；不是本机就要 --auth。")
@click.option("--port", default=7860, show_default=True, type=click.IntRange(1, 65535), help="端口。")
@click.option("--auth", help="登录用的 用户名:密码（OPS_COPILOT_AUTH）；写进环境变量，别人在进程表里就看不到。")
@click.option("--mcp", is_flag=True, help="同时提供 MCP 服务，供 Claude Desktop、Cherry Studio 等调用。")
@with_settings(model=True)
def ui(host: str, port: int, auth: str | None, mcp: bool, settings: Settings) -> None:
    """在浏览器里用运营助手；Ctrl-C 结束。不联网，不需要模型。

    \b
    例：
      ops-copilot ui
      OPS_COPILOT_AUTH=yunying:一串不好猜的字 ops-copilot ui --host 0.0.0.0
    """
    from ui.serve import serve

    bar = progress("装入运营手册")

    def ready(address: str) -> None:
        bar.close()
        click.echo(f"已打开 {address} （Ctrl-C 结束）", err=True)
        if mcp:
            click.echo(f"MCP 服务：{address.rstrip('/')}/gradio_api/mcp/", err=True)

    serve(replace(settings, auth=auth or settings.auth), host, port, mcp, ready, bar)
