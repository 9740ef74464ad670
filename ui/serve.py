"""From settings to a running page: who may see it, what it may load, how much may be sent."""

import asyncio
import contextlib
import errno
import inspect
import io
import logging
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from copilot import Copilot
from copilot.errors import SettingsError
from copilot.handbook import Progress
from copilot.settings import Settings
from ui import QUIET

if TYPE_CHECKING:
    import gradio as gr

HERE = ("127.0.0.1", "localhost", "::1")
UPLOAD = "200mb"  # the most that one uploaded file may hold
WAITING = 200  # events that may wait; the next is told to come again
AT_ONCE = 16  # events worked on at a time: answers take .05 s each, most of a long one is waiting for a model
_LOGIN = "请登录。连续输错 10 次，要等一分钟再试。"


def serve(
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 7860,
    mcp: bool = False,
    ready: Callable[[str], None] = lambda address: None,
    progress: Progress | None = None,
) -> None:
    """Serve the page until it is interrupted; `ready` gets its address once it can be used.

    :raises SettingsError: the host is not this machine and there is no `auth`, `auth` is not user:password, or the
        host or port cannot be used
    """
    auth = credentials(settings, host)
    check_place(host, port)
    with (
        tempfile.TemporaryDirectory(prefix="ops-copilot-page-", ignore_cleanup_errors=True) as folder,
        FileLock(Path(folder, "page.lock")),  # `doctor --forget` leaves the folder alone while it is held
    ):
        _calm_gradio(host, folder)
        copilot = Copilot.open(settings, progress)
        app, address = launch(copilot, host, port, auth, mcp)
        threading.Thread(target=_warm, args=(copilot,), daemon=True).start()
        # A service manager ends it as Ctrl-C does; begun by a script in the background it would be deaf to Ctrl-C.
        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, signal.default_int_handler)
        try:
            ready(address)
            threading.Event().wait()
        except KeyboardInterrupt:
            _close(app)


def _close(app: "gr.Blocks") -> None:
    """End the page, quietly; open ones hold a connection each, for which uvicorn would wait for ever."""
    logging.getLogger("uvicorn.error").disabled = True
    app.server.config.timeout_graceful_shutdown = 1
    app.close(verbose=False)


def launch(
    copilot: Copilot, host: str, port: int, auth: tuple[str, str] | None = None, mcp: bool = False
) -> "tuple[gr.Blocks, str]":
    """Begin to serve the page in threads of this process; return it and its address.

    :raises SettingsError: the port is taken
    """
    import_gradio()
    from starlette.middleware import Middleware

    from ui.app import build_app, launch_options
    from ui.security import guard

    app = build_app(copilot, mcp)
    app.queue(max_size=WAITING, default_concurrency_limit=AT_ONCE)
    options: dict[str, Any] = launch_options()
    options |= {
        "mcp_server": mcp,
        "max_file_size": UPLOAD,
        "blocked_paths": [str(copilot.settings.home)],
        "num_workers": 0,  # they would answer on ports of their own, past the guard
        "ssl_verify": False,  # of the one request that it makes to itself: reading all certificates takes .2 s
        "app_kwargs": {"middleware": [Middleware(guard, host=host, auth=auth, mcp=mcp)]},
    }
    named = f"[{host}]" if ":" in host else host
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it announces the MCP server, however quiet it is to be
            _, address, _ = app.launch(
                server_name=named, server_port=port, auth=auth, auth_message=_LOGIN, prevent_thread_lock=True, **options
            )
    except OSError as error:
        raise SettingsError(f"端口 {port} 用不了", "换一个：--port 7861；或先关掉占用它的程序。") from error
    return app, address


def credentials(settings: Settings, host: str) -> tuple[str, str] | None:
    """Return user and password, or None where nobody has to log in: on this machine, unless it is set.

    :raises SettingsError: they are missing or incomplete
    """
    if not settings.auth:
        if host in HERE:
            return None
        hint = "加上 --auth 用户名:密码（或设 OPS_COPILOT_AUTH），或只在本机打开：--host 127.0.0.1。"
        raise SettingsError(f"在 {host} 上打开，别的机器也能访问，需要登录", hint)
    user, colon, password = settings.auth.partition(":")
    if not (user.strip() and colon and password):
        raise SettingsError("登录名和密码没有写全", "写成 用户名:密码，例如 --auth yunying:一串不好猜的字。")
    return user.strip(), password


def check_place(host: str, port: int) -> None:
    """Look whether the page can be opened there, before seconds are spent on loading.

    :raises SettingsError: it cannot
    """
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind) as probe:
            if os.name == "posix":  # a port that was just closed can be opened again; on Windows it would mean: shared
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
            probe.listen()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(f"端口 {port} 已被占用", "换一个：--port 7861；或先关掉占用它的程序。") from error
        if error.errno == errno.EACCES:
            raise SettingsError(f"端口 {port} 不让普通用户用", "换一个 1024 以上的：--port 7860。") from error
        raise SettingsError(
            f"{host} 不是这台机器的地址", "写 --host 127.0.0.1（本机）或 0.0.0.0（所有网卡）。"
        ) from error


def import_gradio() -> None:
    """Import Gradio without the stubs for editors that it compares with its own source: 6.4 → 2.8 s, nothing written.

    For each of its 76 components it parses the source twice, and writes beside it what has changed.
    """
    real = inspect.getfile

    def getfile(object: Any) -> str:
        if isinstance(object, type) and object.__module__.startswith("gradio."):
            raise OSError("source code not wanted")  # as for a class that was typed in: no stub
        return real(object)

    inspect.getfile = getfile
    try:
        import gradio.queueing
        import gradio.utils
    finally:
        inspect.getfile = real
    # a lock needs no loop since Python 3.10; Gradio opens one for each of its ten and closes none
    for module in (gradio.utils, gradio.queueing):
        module.__dict__.update(safe_get_lock=asyncio.Lock, safe_get_stop_event=asyncio.Event)


def _calm_gradio(host: str, folder: str) -> None:
    """Set what Gradio reads from the environment: nothing of its own, its files in `folder`, no proxy to itself."""
    for name in [name for name in os.environ if name.startswith("GRADIO_")]:
        del os.environ[name]  # GRADIO_ALLOWED_PATHS, GRADIO_SHARE and others would open what is closed here
    os.environ |= QUIET | {"GRADIO_TEMP_DIR": str(Path(folder, "files"))}
    tempfile.tempdir = folder  # what is made for download goes when the page ends, and is read by no other user
    past = [os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "", "127.0.0.1,localhost", host]
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(filter(None, past))


def _warm(copilot: Copilot) -> None:
    """Load what the first answer would have to wait for: lexicons, vectors, the cross-check."""
    copilot.ask("怎么做用户召回？") if not copilot.settings.model else copilot.search("怎么做用户召回？")
