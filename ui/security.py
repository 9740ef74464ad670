"""What stands before Gradio: who may ask for what, from where, and what every answer carries.

Everything that is not listed here is refused. Gradio answers more than the page uses: it fetches foreign addresses
(`file=https://…`, `proxy=`), edits its own source (`vibe-code`), and asks for no login at `mcp`, `cancel`, `heartbeat`.
"""

import asyncio
import base64
import binascii
import hmac
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = ("127.0.0.1", "localhost", "::1")
MCP = "/gradio_api/mcp/"
_API = "/gradio_api/"
_FILE = _API + "file="
_UPLOAD = _API + "upload"
# answered without login: the login page and what it is drawn with; startup-events is what Gradio asks itself
_OPEN = {"/", "/login", "/login/", "/logout", "/theme.css", _API + "theme.css", "/favicon.ico", "/manifest.json"}
_OPEN |= {"/robots.txt", _API + "startup-events"}
_OPEN_FOLDERS = ("/static/", "/assets/")
_USED = {"/config", "/config/"} | {
    _API + name
    for name in ("info", "queue/join", "queue/data", "cancel", "reset", "upload", "upload_progress", "login_check")
    + ("app_id", "user", "run/predict", "component_server")
}
_USED_FOLDERS = (_API + "heartbeat/", _FILE)
_BODY = 20_000_000  # bytes of a request; the page keeps 1.5 MB of conversations in the browser and sends them along
_UPLOADS = 1_000_000_000  # bytes of one upload of several files; each is limited by `serve.UPLOAD`
# Gradio draws with inline styles, compiles the templates of gr.HTML (eval) and decodes in workers made of blobs
_PAGE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; "
    "worker-src 'self' blob:; frame-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_OF_USERS = "default-src 'none'; sandbox; frame-ancestors 'none'"  # a file of somebody: no script, no page
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_BUSY = "现在用的人太多，排队已满；请过一会儿再试"
_TOO_BIG = "文件太大，没有上传"
_MCP_PAGE = "这里是 MCP 服务的地址，请填进 Claude Desktop、Cherry Studio 等客户端，不用浏览器打开。"
_WRONG = 10  # wrong passwords from one address within _WINDOW; after that the right one is refused, too
_WINDOW = 60.0  # seconds
_ADDRESSES = 10_000  # addresses remembered
_PAUSE = 1.0  # seconds that a wrong password waits for its answer


class Attempts:
    """Wrong passwords of the last minute, by address; of this process alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: dict[str, list[float]] = {}

    def refused(self, address: str) -> bool:
        """Return whether `address` has to wait."""
        late = self._clock() - _WINDOW
        recent = [at for at in self._wrong.pop(address, []) if at > late]
        if recent:
            self._wrong[address] = recent
        return len(recent) >= _WRONG

    def failed(self, address: str) -> None:
        """Remember one wrong password; the address heard of longest ago is forgotten when there are too many."""
        self._wrong.setdefault(address, []).append(self._clock())
        if len(self._wrong) > _ADDRESSES:
            del self._wrong[next(iter(self._wrong))]


def guard(app: ASGIApp, host: str, auth: tuple[str, str] | None = None, mcp: bool = False) -> ASGIApp:
    """Return the ASGI middleware around `app`; `host` is where it listens, `auth` user and password."""
    attempts = Attempts()
    only_here = host in HERE and not auth  # a page that renamed itself to 127.0.0.1 could read everything here

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        path: str = scope["path"]
        send = _with_headers(send, path)
        headers = Headers(scope=scope)
        answer = _foreign(scope["method"], path, headers, only_here) or _too_long(scope["method"], path, headers)
        if not answer and mcp and path in (MCP, MCP.rstrip("/")):
            answer = await _at_mcp(scope, headers, auth, attempts)
            scope = {**scope, "path": MCP, "raw_path": MCP.encode()}
        elif not answer and path in ("/login", "/login/"):
            answer = _at_login(scope, attempts) if auth else None
            send = _told_late(send, attempts, _address(scope))
        elif not answer:
            answer = _elsewhere(scope, path, auth)
            send = _in_chinese(send, path)
        await (answer or app)(_without_range(scope, path), receive, send)

    return guarded


def _foreign(method: str, path: str, headers: Headers, only_here: bool) -> Response | None:
    """Refuse what another site makes a browser do: other names for this machine, other origins, embedded requests."""
    host = headers.get("host", "")
    if only_here and urlsplit(f"//{host}").hostname not in HERE:
        return _refusal(403, "这个网页只在本机打开：请用 http://127.0.0.1 的地址。")
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return _refusal(403, "请求来自别的网站，已拒绝。")
    came = headers.get("sec-fetch-site", "none")
    visit = method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate" and path == "/"
    if came in ("cross-site", "same-site") and not visit:
        return _refusal(403, "请求来自别的网站，已拒绝。")
    return None


def _too_long(method: str, path: str, headers: Headers) -> Response | None:
    """Refuse a body that is too long, or that does not say how long it is; the server holds it to what it says."""
    if method not in ("POST", "PUT", "PATCH"):
        return None
    length = headers.get("content-length", "")
    if not length.isdecimal():
        return _refusal(411, "请求没有写明长度。")
    if int(length) > (_UPLOADS if path == _UPLOAD else _BODY):
        return _refusal(413, _TOO_BIG if path == _UPLOAD else "内容太长，没有发送成功。")
    return None


def _at_login(scope: Scope, attempts: Attempts) -> Response | None:
    """Refuse a login after too many wrong ones; 400 is the one refusal that Gradio's login page shows."""
    if attempts.refused(_address(scope)):
        return JSONResponse({"detail": "错的次数太多，请一分钟后再试。"}, 400, {"Retry-After": str(int(_WINDOW))})
    return None


async def _at_mcp(scope: Scope, headers: Headers, auth: tuple[str, str] | None, attempts: Attempts) -> Response | None:
    """Ask MCP clients, which have no cookie, for user and password in every request."""
    if auth:
        address = _address(scope)
        if attempts.refused(address):
            return _refusal(429, "错的次数太多，请一分钟后再试。", {"Retry-After": str(int(_WINDOW))})
        given = headers.get("authorization")
        if not (given and allowed(given, auth)):
            if given:
                attempts.failed(address)
                await asyncio.sleep(_PAUSE)
            words = "请在请求头里带上 Authorization：Bearer 用户名:密码，或 Basic。"
            return _refusal(401, words, {"WWW-Authenticate": 'Basic realm="ops-copilot"'})
    if scope["method"] == "GET" and "text/event-stream" not in headers.get("accept", ""):
        return _refusal(200, _MCP_PAGE)
    return None


def allowed(given: str, auth: tuple[str, str]) -> bool:
    """Return whether an Authorization header names user and password: `Basic base64(u:p)` or `Bearer u:p`.

    The comparison takes equally long wherever the first wrong character stands.
    """
    kind, _, value = given.partition(" ")
    raw = value.strip().encode("latin-1", "replace")  # headers are bytes; Starlette reads them as latin-1
    if kind.lower() == "basic":
        try:
            raw = base64.b64decode(raw, validate=True)
        except binascii.Error:
            return False
    elif kind.lower() != "bearer":
        return False
    return hmac.compare_digest(raw, ":".join(auth).encode())


def _elsewhere(scope: Scope, path: str, auth: tuple[str, str] | None) -> Response | None:
    """Refuse what the page does not use, and without login what is not the login page."""
    if path in _OPEN or path.startswith(_OPEN_FOLDERS):
        return None
    if not (path in _USED or path.startswith(_USED_FOLDERS)) or "://" in path:
        return JSONResponse({"detail": "没有这个地址。"}, 404)
    if auth and not _logged_in(scope):
        return JSONResponse({"detail": "还没有登录，或登录已失效：请刷新页面。"}, 401)
    return None


def _logged_in(scope: Scope) -> bool:
    """Return whether the request has a cookie that Gradio gave at login."""
    app: Any = scope["app"]
    cookies = Request(scope).cookies
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return any(cookies.get(name) in app.tokens for name in names)


def _with_headers(send: Send, path: str) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            headers["Content-Security-Policy"] = _PAGE
            if path.startswith(_FILE):
                headers["Content-Security-Policy"] = _OF_USERS
                shown = headers.get("content-disposition", "attachment")
                headers["Content-Disposition"] = shown.replace("inline", "attachment", 1)
        await send(message)

    return sent


def _told_late(send: Send, attempts: Attempts, address: str) -> Send:
    """Count a wrong password at Gradio's own login, and let its answer wait."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 400:
            attempts.failed(address)
            await asyncio.sleep(_PAUSE)
        await send(message)

    return sent


def _in_chinese(send: Send, path: str) -> Send:
    """Replace the two English sentences of Gradio's server that a user could come to see.

    Its page has an English sentence of its own for 503, and shows what the server says for any other status.
    """
    said: dict[int, Response] = {}
    if path == _API + "queue/join":
        said[503] = JSONResponse({"detail": _BUSY}, 429)
    elif path == _UPLOAD:
        said[413] = _refusal(413, _TOO_BIG)
    replaced: Response | None = None

    async def sent(message: Message) -> None:
        nonlocal replaced
        if message["type"] == "http.response.start":
            replaced = said.get(message["status"])
        if replaced is None:
            await send(message)
        elif message["type"] == "http.response.start":
            await send({"type": "http.response.start", "status": replaced.status_code, "headers": replaced.raw_headers})
        elif not message.get("more_body"):
            await send({"type": "http.response.body", "body": replaced.body})

    return sent


def _without_range(scope: Scope, path: str) -> Scope:
    """Drop `Range` at files: for it Gradio answers with the headers of the request, cookies and all."""
    if not path.startswith(_FILE):
        return scope
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"range"]}


def _address(scope: Scope) -> str:
    """The address that asks; of IPv6 the network, within which one machine has as many addresses as it likes."""
    host = scope["client"][0] if scope.get("client") else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host


def _refusal(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(words, status, headers)
