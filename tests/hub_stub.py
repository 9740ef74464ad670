"""A real server on 127.0.0.1 that speaks as much of the hub's protocol as fetching a model takes.

with serve({"owner/name": folder}) as hub:
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """A running server; `got` holds `(path, Range header)` of every file that was sent, `asked` all paths.

    `agents` are the programs that asked, in their own words.
    """

    endpoint: str = ""
    got: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)


@contextmanager
def serve(models: Mapping[str, Path], *, cut: int = 0, status: int = 200, gated: bool = False) -> Iterator[Hub]:
    """Serve the folders as repositories; the first answer with weights ends after `cut` bytes."""
    hub = Hub()
    left_to_cut = [cut]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._file(with_body=False)

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            hub.asked.append(path)
            hub.agents.add(self.headers.get("User-Agent", ""))
            if not path.startswith("/api/models/"):
                return self._file(with_body=True)
            name = path.removeprefix("/api/models/").removesuffix("/revision/main")
            if status != 200:
                return self._send(status, b"{}")
            if name not in models:
                return self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            files = [p for p in sorted(models[name].rglob("*")) if p.is_file()]
            siblings = [{"rfilename": p.relative_to(models[name]).as_posix(), "size": p.stat().st_size} for p in files]
            self._send(200, json.dumps({"id": name, "sha": COMMIT, "siblings": siblings}).encode())
            return None

        def _file(self, with_body: bool) -> None:
            owner, name, _, _, *rest = self.path.lstrip("/").split("/")
            path = models[f"{owner}/{name}"] / "/".join(rest)
            if gated:
                return self._send(403, b"{}", {"X-Error-Code": "GatedRepo"})
            if not path.is_file():
                return self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            data = path.read_bytes()
            about = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": COMMIT}
            if not with_body:
                return self._send(200, data, about)
            asked = self.headers.get("Range", "")
            hub.got.append(("/".join(rest), asked))
            start = int(asked.removeprefix("bytes=").split("-")[0]) if asked else 0
            if start:
                about["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            cut_here = left_to_cut.pop() if path.suffix == ".safetensors" and left_to_cut else 0
            self._send(206 if start else 200, data[start:], about, cut_here)
            return None

        def _send(self, code: int, body: bytes, headers: Mapping[str, str] = {}, cut_here: int = 0) -> None:
            self.send_response(code)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body[:cut_here] if cut_here else body)
            if cut_here:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that hangs up is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
