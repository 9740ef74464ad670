"""`ui`: what it refuses, and a process from start to Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cli_runner import run

from copilot.errors import SettingsError
from ui.serve import check_place

NOWHERE = "http://127.0.0.1:9"


def refused(*arguments: object) -> str:
    """The two lines of a refusal, which comes before anything is loaded."""
    began = time.process_time()
    result = run("ui", *arguments)
    assert (result.code, result.out) == (2, "")
    first, second = result.err.strip().splitlines()
    assert first.startswith("错误：") and second.startswith("怎么办：")
    assert time.process_time() - began < 1
    return first + second


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.9", "::", "my-machine"])
def test_other_machines_only_with_a_login(host: str) -> None:
    """The refusal says how."""
    assert "OPS_COPILOT_AUTH" in refused("--host", host)


@pytest.mark.parametrize("auth", ["admin", "admin:", ":password", " : "])
def test_a_login_has_a_name_and_a_password(auth: str) -> None:
    """There is no default for either."""
    assert "用户名:密码" in refused("--auth", auth)


def test_a_port_that_is_taken_is_named() -> None:
    """And another is suggested."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"端口 {port} 已被占用" in refused("--port", port)


def test_an_address_of_another_machine_cannot_be_opened() -> None:
    """That is not a taken port, and another port would not help."""
    with pytest.raises(SettingsError, match="不是这台机器的地址"):
        check_place("::ffff:127.0.0.1%nowhere", 7860)


@contextmanager
def ending(page: "subprocess.Popen[str]") -> Iterator[None]:
    """Whatever happens, the process ends: `with` waits for it."""
    try:
        yield
    finally:
        page.kill()


def test_a_page_from_start_to_end(bare: Path) -> None:
    """It starts behind a proxy, asks for the login of the environment, ends with Ctrl-C: code 0, nothing on stdout."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {"OPS_COPILOT_HOME": str(bare), "OPS_COPILOT_AUTH": "u:p", "HTTP_PROXY": NOWHERE, "http_proxy": NOWHERE}
    env |= {"GRADIO_SHARE": "True", "GRADIO_ALLOWED_PATHS": "/", "GRADIO_SERVER_NAME": "0.0.0.0"}
    line = [sys.executable, "-m", "ui", "--port", str(port), "--mcp"]
    with (
        subprocess.Popen(
            line,
            env=os.environ | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            cwd=Path(__file__).parent.parent,
        ) as page,
        ending(page),
    ):
        assert page.stdout and page.stderr
        address = f"http://127.0.0.1:{port}"
        assert page.stderr.readline() == f"已打开 {address}/ （Ctrl-C 结束）\n"
        assert page.stderr.readline() == f"MCP 服务：{address}/gradio_api/mcp/\n"
        with httpx.Client(base_url=address, trust_env=False) as client:
            assert client.get("/").status_code == 200
            assert client.get("/config").status_code == 401
            assert client.post("/login", data={"username": "u", "password": "p"}).status_code == 200
            assert client.get("/config").status_code == 200
            assert client.get("/gradio_api/file=/etc/hostname").status_code == 403
            (kept,) = client.post("/gradio_api/upload", files={"files": ("x.csv", b"x")}).json()
            assert Path(kept).exists()
        page.send_signal(signal.SIGINT)
        out, err = page.communicate(timeout=60)
    assert (page.returncode, out, err) == (0, "", "")
    assert not Path(kept).exists()
