"""The page answers only whom it should: login, other sites, files, headers, limits, secrets."""

import json
import re
import socket
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import anyio
import httpx
import pytest
from page_world import open_tab, settled, visit
from playwright.sync_api import Browser, expect
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from copilot.assistant import Copilot
from copilot.library import Library
from copilot.settings import Settings
from ui.security import Attempts, allowed, guard
from ui.serve import credentials, launch

USER, PASSWORD = "运营", "fake-密码:4711"
SECRETS = ("fake-密码", "fake-%E5", "sk-fake-0815")
WITHOUT_LOGIN = {"/", "/favicon.ico", "/theme.css", "/robots.txt", "/manifest.json", "/gradio_api/theme.css"}
WITHOUT_LOGIN |= {"/gradio_api/startup-events"}


class Locked(NamedTuple):
    """A page with login, its Blocks, and a client that has logged in."""

    address: str
    app: Any
    client: httpx.Client


@pytest.fixture(scope="module")
def locked(handbook: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    """A page with login, MCP and a model that nobody asks."""
    home = tmp_path_factory.mktemp("locked")
    (home / "secret.txt").write_text("sk-fake-0815", encoding="utf-8")
    settings = Settings(
        home=home, model="openai:fake", base_url="http://127.0.0.1:9/v1", api_key=SECRETS[2], auth=f"{USER}:{PASSWORD}"
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    app, address = launch(Copilot(handbook, settings), "127.0.0.1", port, credentials(settings, "127.0.0.1"), mcp=True)
    with closing(httpx.Client(base_url=address, timeout=60)) as client:
        answer = client.post("/login", data={"username": USER, "password": PASSWORD})
        assert answer.status_code == 200
        yield Locked(address.rstrip("/"), app, client)
    app.close(verbose=False)


def routes(found: Any) -> Iterator[Any]:
    """All routes of an app, those of its routers too."""
    for route in found:
        if hasattr(route, "path"):
            yield route
        for inner in (getattr(route, "routes", None), getattr(route, "original_router", None)):
            if inner is not None:
                yield from routes(inner if isinstance(inner, list) else inner.routes)


def paths(locked: Locked) -> list[str]:
    """The path of every route, its parameters filled in."""
    filled = {re.sub(r"\{[^}]*\}", "x", route.path) or "/" for route in routes(locked.app.app.routes)}
    assert len(filled) > 50
    return sorted(filled)


def got(client: httpx.Client, path: str) -> tuple[int, bytes]:
    """Status and the first bytes of an answer; some never end."""
    with client.stream("GET", path, timeout=60) as answer:
        if "event-stream" in answer.headers.get("content-type", ""):
            return answer.status_code, b""
        return answer.status_code, answer.read()


# Login


def test_without_login_only_the_login_page_answers(locked: Locked) -> None:
    """Every route of Gradio is asked; whatever it adds one day is closed until somebody lists it."""
    with closing(httpx.Client(base_url=locked.address, timeout=60)) as stranger:
        assert {path for path in paths(locked) if got(stranger, path)[0] == 200} == WITHOUT_LOGIN
        for path in paths(locked):
            assert stranger.post(path, json={}).status_code in (400, 401, 404, 405, 422), path
        assert "auth_required" in stranger.get("/").text
        assert "openai:fake" not in stranger.get("/").text


def test_no_answer_holds_a_secret(locked: Locked) -> None:
    """Neither the key nor the password, for one who has logged in."""
    assert "openai:fake" in got(locked.client, "/config")[1].decode()
    for path in set(paths(locked)) - {"/logout"}:
        body = got(locked.client, path)[1].decode("utf-8", "replace")
        assert not any(secret in body for secret in SECRETS), path


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param(f"Bearer {USER}:{PASSWORD}", 200, id="bearer"),
        pytest.param(httpx.BasicAuth(USER, PASSWORD)._auth_header, 200, id="basic"),
        pytest.param("Bearer 运营:falsch", 401, id="wrong"),
        pytest.param("", 401, id="none"),
    ],
)
def test_mcp_asks_for_user_and_password(locked: Locked, header: str, status: int) -> None:
    """MCP clients have no cookie; with the header a tool works, without it nothing does."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    body["params"] = {"name": "check", "arguments": {"text": "全网最低价"}}
    headers = {"Accept": "application/json, text/event-stream"} | ({"Authorization": header} if header else {})
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = httpx.post(f"{locked.address}/gradio_api/mcp/", json=body, headers=encoded, timeout=60)
    assert answer.status_code == status
    assert ("最低价" in answer.text) == (status == 200)


@pytest.mark.parametrize(
    "given", ["", "Basic", "Basic !!!", "Bearer a", "Bearer a:b:c", "Digest a:b", "Basic YTpj", "a:b"]
)
def test_a_wrong_header_is_refused(given: str) -> None:
    """Whatever it looks like."""
    assert not allowed(given, ("a", "b"))


def test_wrong_passwords_are_counted_by_address() -> None:
    """Ten within a minute, then that address waits; another does not."""
    now = 0.0
    attempts = Attempts(lambda: now)
    for _ in range(10):
        assert not attempts.refused("1.2.3.4")
        attempts.failed("1.2.3.4")
    assert attempts.refused("1.2.3.4")
    assert not attempts.refused("1.2.3.5")
    now = 61.0
    assert not attempts.refused("1.2.3.4")


def test_a_wrong_login_waits_and_a_right_one_opens_the_page(chromium: Browser, locked: Locked) -> None:
    """In the browser, in Chinese."""
    with visit(chromium, locked.address, wait=False) as page:
        page.get_by_label("用户名").fill(USER)
        page.get_by_label("密码").fill("falsch")
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_text("凭据不正确")).to_be_visible()
        page.get_by_label("用户名").fill(USER)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.locator("#oc-question textarea")).to_be_visible()


# Other sites and other names, at the guard alone


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that answers everything, as Gradio would."""
    request = Request(scope, receive)
    answer: Response = PlainTextResponse("inside", headers={"x-range": request.headers.get("range", "")})
    if scope["path"] == "/login":
        answer = PlainTextResponse("", 400)
    elif scope["path"] == "/gradio_api/queue/join":
        answer = StreamingResponse(_full(), 503)
    elif scope["path"].startswith("/gradio_api/file="):
        answer = FileResponse(__file__, filename="x.html", content_disposition_type="inline")
    await answer(scope, receive, send)


async def _full() -> AsyncIterator[bytes]:
    yield b"Queue is "
    yield b"full."


def asked(
    method: str = "GET", path: str = "/", host: str = "127.0.0.1", auth: Any = None, **headers: str
) -> httpx.Response:
    """What the guard answers; names of headers are written with _."""
    named = {name.replace("_", "-"): value for name, value in ({"Host": "127.0.0.1:7860"} | headers).items()}

    async def work() -> httpx.Response:
        transport = httpx.ASGITransport(guard(inner, host, auth, mcp=True))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
            return await client.request(method, path, headers=named)

    with ThreadPoolExecutor(1) as aside:  # Playwright has a loop running here
        return aside.submit(anyio.run, work).result()


@pytest.mark.parametrize("name", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860", "LOCALHOST"])
def test_this_machine_is_let_in_by_its_own_names(name: str) -> None:
    """With and without port."""
    assert asked(Host=name).status_code == 200


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "evil.example:7860", "192.168.1.9", ""])
def test_a_page_that_calls_itself_this_machine_is_refused(name: str) -> None:
    """DNS rebinding: the address is ours, the name is not."""
    assert asked(Host=name).status_code == 403
    assert asked("POST", "/gradio_api/mcp/", Host=name, content_length="2").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"origin": "http://evil.example"}, id="origin"),
        pytest.param({"origin": "null"}, id="null"),
        pytest.param({"origin": "http://127.0.0.1:8000"}, id="port"),
        pytest.param({"sec_fetch_site": "cross-site"}, id="cross-site"),
        pytest.param({"sec_fetch_site": "same-site"}, id="same-site"),
    ],
)
def test_another_site_cannot_make_a_browser_act_here(headers: dict[str, str]) -> None:
    """Neither by scripts nor by forms, pictures or frames."""
    assert asked("POST", "/gradio_api/queue/join", content_length="0", **headers).status_code == 403
    assert asked("GET", "/gradio_api/file=/tmp/x", **headers).status_code == 403
    assert asked("GET", "/logout", **headers).status_code == 403


def test_a_link_from_another_site_opens_the_page() -> None:
    """A navigation to the page itself does no harm."""
    assert asked(sec_fetch_site="cross-site", sec_fetch_mode="navigate").status_code == 200


def test_beyond_localhost_any_name_will_do_but_origins_still_count() -> None:
    """Who has logged in is told by the cookie, which another name does not get."""
    with_login: dict[str, Any] = {"host": "0.0.0.0", "auth": ("a", "b")}
    assert asked(**with_login, Host="page.example").status_code == 200
    assert asked(**with_login, Host="page.example", origin="https://page.example").status_code == 200
    assert asked(**with_login, Host="page.example", origin="https://evil.example").status_code == 403


# What every answer carries


@pytest.mark.parametrize("path", ["/", "/nothing", "/gradio_api/mcp/", "/gradio_api/file=/tmp/x", "/config"])
def test_every_answer_has_its_headers(path: str) -> None:
    """Refusals too."""
    for answer in (asked(path=path), asked(path=path, origin="http://evil.example")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "http" not in answer.headers["content-security-policy"]


def test_a_file_is_never_shown_as_a_page() -> None:
    """It is saved, and would run nothing; the whole of it, whatever part is asked for."""
    answer = asked(path="/gradio_api/file=/tmp/x.html", range="bytes=0-3")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["file=https://evil.example/x", "file=HTTP://127.0.0.1:1/", "proxy=https://x.hf.space/"]
)
def test_the_server_fetches_nothing_for_anybody(path: str) -> None:
    """Gradio would."""
    assert asked(path=f"/gradio_api/{path}").status_code == 404


# Limits


def test_a_body_is_short_and_says_how_long_it_is() -> None:
    """Twenty megabytes, for uploads a thousand in all."""
    assert asked("POST", "/gradio_api/upload_progress", content_length="20000001").status_code == 413
    assert asked("POST", "/gradio_api/upload", content_length="20000001").status_code == 200
    answer = asked("POST", "/gradio_api/upload", content_length="1000000001")
    assert (answer.status_code, answer.text) == (413, "文件太大，没有上传")
    assert asked("POST", "/gradio_api/queue/join", content_length="many").status_code == 411


def test_a_full_queue_is_told_in_chinese(chromium: Browser, page_of_handbook: str) -> None:
    """Gradio's page has an English sentence for 503, and says what the server says for 429."""
    answer = asked("POST", "/gradio_api/queue/join", content_length="0")
    assert answer.status_code == 429
    assert "排队已满" in answer.json()["detail"]
    with visit(chromium, page_of_handbook) as page:
        page.route("**/queue/join**", lambda route: route.fulfill(status=429, body=json.dumps(answer.json())))
        page.fill("#oc-question textarea", "怎么召回流失用户？")
        page.press("#oc-question textarea", "Enter")
        expect(page.locator(".toast-body").first).to_contain_text("排队已满")
        settled(page)
        expect(page.locator(".toast-body", has_text="Error")).to_have_count(0)


# Files


def uploaded(locked: Locked, name: str, content: bytes) -> httpx.Response:
    """Upload a file as the page does."""
    return locked.client.post("/gradio_api/upload", files={"files": (name, content)})


@pytest.mark.parametrize("name", ["x.html", "x.svg", "../../x.html", "C:\\x.html", "x.html\x00.csv", "<script>.html"])
def test_an_uploaded_page_does_not_run(locked: Locked, name: str) -> None:
    """It is kept where Gradio keeps files, comes back as a download, and only after login."""
    answer = uploaded(locked, name, b"<script>alert(1)</script>")
    (path,) = answer.json()
    assert Path(path).resolve().is_relative_to(Path(locked.app.app.uploaded_file_dir).resolve())
    url = f"/gradio_api/file={quote(path)}"
    back = locked.client.get(url)
    assert back.status_code == 200
    assert back.headers["content-type"] == "application/octet-stream"
    assert back.headers["content-disposition"].startswith("attachment")
    assert httpx.get(locked.address + url, timeout=60).status_code == 401


def test_a_file_over_the_limit_is_refused(locked: Locked, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it comes in, by what really comes."""
    assert locked.app.max_file_size == 200 * 1024 * 1024
    monkeypatch.setattr(locked.app, "max_file_size", 1000)
    assert uploaded(locked, "x.csv", b"x" * 1000).status_code == 200
    answer = uploaded(locked, "x.csv", b"x" * 1001)
    assert (answer.status_code, answer.text) == (413, "文件太大，没有上传")


def test_files_of_the_machine_are_not_served(locked: Locked, tmp_path: Path) -> None:
    """Neither the home folder nor the working folder nor anything beside the uploads, however it is written."""
    (path,) = uploaded(locked, "x.txt", b"x").json()
    home = locked.app.blocked_paths[0]
    (tmp_path / "work" / ".env").write_text("OPS_COPILOT_API_KEY=sk-fake-0815", encoding="utf-8")
    inside = Path(path).parent
    corpus = [
        "/etc/passwd", f"{home}/secret.txt", str(tmp_path / "work" / ".env"), ".env", "../.env", __file__, "/", str(inside),
        f"{inside}/../../../../../../../../etc/passwd", f"{inside}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        f"{inside}/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd", "file:///etc/passwd", "//etc/passwd", "/proc/self/environ",
        "~/.env", "C:\\Windows\\win.ini",
    ]  # fmt: skip
    for name in corpus:
        for written in (name, quote(name, safe="")):
            assert locked.client.get(f"/gradio_api/file={written}").status_code in (403, 404), name
    for path in ("/static/../../../etc/passwd", "/assets/..%2f..%2f..%2fui/app.py", "/static//etc/passwd"):
        assert locked.client.get(path).status_code in (403, 404), path


# The page within its policy


def test_the_page_works_within_its_policy(chromium: Browser, page_of_handbook: str) -> None:
    """Every tab opens without a violation, and a script that got in could reach no other machine."""
    said: list[str] = []
    with visit(chromium, page_of_handbook) as page:
        page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
        expect(page.get_by_role("tab").first).to_be_visible()
        for tab in page.get_by_role("tab").all_inner_texts():
            open_tab(page, tab)
            expect(page.get_by_role("tab", name=tab, exact=True).first).to_have_attribute("aria-selected", "true")
        settled(page)
        assert said == []
        reached = "fetch('http://127.0.0.1:9/').then(() => 'reached', error => 'refused')"
        with page.expect_console_message(lambda message: "connect-src" in message.text):
            assert page.evaluate(reached) == "refused"


def test_what_gradio_says_in_english_is_chinese_here(chromium: Browser, page_of_handbook: str) -> None:
    """Notices and the words beside a running clock."""
    notice = (
        "const e = document.createElement('div'); e.className = '{}'; e.textContent = '{}'; document.body.append(e)"
    )
    with visit(chromium, page_of_handbook) as page:
        page.evaluate(notice.format("toast-body", "Connection to the server was lost. Attempting reconnection..."))
        expect(page.locator("body > .toast-body")).to_contain_text("连接断了")
        page.evaluate(notice.format("progress-text", "queue: 2/3 |"))
        expect(page.locator("body > .progress-text")).to_have_text("排队 2/3 |")
