"""No socket but loopback, nothing read from ../shared: audit hooks for the test process and its children.

Children get it through `sitecustomize` on PYTHONPATH. Audit hooks see what goes through Python's own socket module
and `open`; compiled code that calls the system itself is kept off by HF_HUB_OFFLINE and by having no address to call.
"""

import os
import sys
from pathlib import Path
from typing import Any

SHARED = str(Path(__file__).resolve().parents[3] / "shared")
LOG = "OPS_TEST_NETWORK_LOG"  # a file that gets one line for every refused attempt, of children too

_LOCAL_NAMES = ("", "localhost", "::1", "0:0:0:0:0:0:0:1")
_TO_ADDRESS = ("socket.connect", "socket.sendto", "socket.sendmsg")  # (socket, address)
_TO_HOST = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")  # (host, …)
_READS = ("open", "os.listdir", "os.scandir", "sqlite3.connect")  # (path, …)


class Refused(RuntimeError):
    """A test reached for the network or for ../shared."""


def install() -> None:
    """Watch this process until it ends; audit hooks cannot be taken off again."""
    sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _READS:
        _look_at_path(arguments[0])
    elif event in _TO_ADDRESS:
        address = arguments[1]
        if isinstance(address, tuple) and isinstance(address[0], str) and not _local(address[0]):
            _refuse(f"{event} {address[0]}:{address[1]}")
    elif event in _TO_HOST and arguments[0] is not None and not _local(arguments[0]):
        _refuse(f"{event} {arguments[0]}")


def _local(host: str | bytes) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    return name in _LOCAL_NAMES or name.startswith(("127.", "::ffff:127."))


def _look_at_path(path: Any) -> None:
    if not isinstance(path, str | bytes):
        return  # a file descriptor
    place = os.path.abspath(os.fsdecode(path))  # noqa: PTH100  textual on purpose: resolving would look at the disk
    if place == SHARED or place.startswith(SHARED + os.sep):
        raise Refused(f"tests read nothing from ../shared: {place}")


def _refuse(what: str) -> None:
    line = f"{what} in {os.environ.get('PYTEST_CURRENT_TEST', sys.argv[0])}"
    if log := os.environ.get(LOG):
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    raise Refused(f"tests reach nothing but loopback: {line}")
