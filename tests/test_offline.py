"""The guard of all other tests: it refuses what it should, here and in children, and counts it."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import guard
import pytest

REMOTE = "192.0.2.1"  # reserved for documentation: answers nobody


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A count of its own: attempts made on purpose do not fail the run."""
    path = tmp_path / "network.log"
    monkeypatch.setenv(guard.LOG, str(path))
    return path


def _udp(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(b"x", (REMOTE, port))


def _connect_ex(port: int) -> None:
    with socket.socket() as tcp:
        tcp.connect_ex((REMOTE, port))


async def _open_connection() -> None:
    await asyncio.open_connection(REMOTE, 9)


ATTEMPTS: list[tuple[str, Callable[[], object]]] = [
    ("connect", lambda: socket.create_connection((REMOTE, 9), timeout=1)),
    ("connect_ex", lambda: _connect_ex(9)),
    ("sendto", lambda: _udp(9)),
    ("getaddrinfo", lambda: socket.getaddrinfo("example.com", 80)),
    ("gethostbyname", lambda: socket.gethostbyname("example.com")),
    ("asyncio", lambda: asyncio.run(_open_connection())),
]


@pytest.mark.parametrize("attempt", [pytest.param(attempt, id=name) for name, attempt in ATTEMPTS])
def test_remote_is_refused_and_counted(attempt: Callable[[], object], log: Path) -> None:
    """Every way out raises and leaves a line."""
    with pytest.raises(guard.Refused, match="loopback"):
        attempt()
    assert len(log.read_text(encoding="utf-8").splitlines()) == 1


def test_children_are_refused_and_counted(log: Path) -> None:
    """A Python that a test starts is watched too."""
    code = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=1)"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "guard.Refused" in child.stderr
    assert REMOTE in log.read_text(encoding="utf-8")


def test_loopback_is_open() -> None:
    """Servers on this machine can be talked to, by name and by number."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            socket.create_connection((host, port), timeout=5).close()


@pytest.mark.parametrize("look", [pytest.param(os.listdir, id="list"), pytest.param(open, id="open")])
def test_shared_is_refused(look: Callable[[str], object]) -> None:
    """What lies beside the checkout is not read, however the path is written."""
    with pytest.raises(guard.Refused, match="shared"):
        look(os.path.relpath(guard.SHARED))
