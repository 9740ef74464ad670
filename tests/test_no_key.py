"""No key in anything the product writes: whatever a server says back, a search for the canary finds nothing.

Looked through: stdout and stderr of every command that calls a model, what is logged at DEBUG, every file in the home
and the working folder (journals, outputs, exports), tracebacks of --debug, records, and the page's answers.
"""

import base64
import csv
import json
import logging
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from cli_runner import Result, run
from openai_stub import PERSONALITIES, Passages, Personality, cut_small, sentences, serve
from page_world import served

from copilot import Copilot
from copilot.errors import CopilotError
from copilot.export.copy import write_copy
from copilot.export.plan import write_plan
from copilot.settings import Settings, read_settings

KEY = "sk-canary/Zq7+Wm2=Xp9-0123456789"
PASSWORD = "pw-canary-55-Kk8"
FORMS = (KEY, quote(KEY, safe=""), base64.b64encode(KEY.encode()).decode(), KEY.encode().hex(), " ".join(KEY))

SAYS = f"密钥是 {KEY}[1]。编码是 {FORMS[1]} 和 {FORMS[2]}[1]。"


def _true(passages: Passages) -> str:
    """Sentences that the passages hold, so that the answer is not given up for what else it says."""
    return "".join(f"{text[:-1]}[{number}]。" for number, text in sentences(passages))


SERVERS = {
    "good": PERSONALITIES["good"],
    "401": Personality(status=401, error="Incorrect API key provided: {key}."),
    "400": Personality(status=400, error="bad request, key {key}, header Authorization: Bearer {key}"),
    "404": Personality(status=404, error="no model for {key}"),
    "500": Personality(status=500, error=f"boom {FORMS[1]} {FORMS[2]}", headers={"Retry-After": "0"}),
    "header": Personality(status=429, error="slow down", headers={"X-Echo": KEY, "Retry-After": "0"}),
    "answer": Personality(says=lambda passages: [_true(passages), SAYS]),
    "split": Personality(says=lambda passages: cut_small(_true(passages) + SAYS, 3)),
    "thinks": Personality(says=lambda passages: ["<think>", KEY, "</think>", KEY[:7], KEY[7:], "[1]。"]),
    "breaks": Personality(says=lambda passages: cut_small(_true(passages) + SAYS, 5), breaks=True),
    "in_stream": Personality(says=lambda passages: [*cut_small(_true(passages) + SAYS, 5), "\x00error"]),
    "garbled": Personality(says=lambda passages: cut_small(_true(passages) + SAYS, 5), garbled=True),
    "json": Personality(
        reads=lambda prompt, _: cut_small(json.dumps({"variants": [{"fields": {"body": SAYS}}], "s1": SAYS}), 9)
    ),
}
WORDED = ("good", "answer", "split", "401", "500")  # for tasks that take long
QUESTION = "怎么让流失用户回来？"
PLAN = {"product": "小满记账", "goal": "召回", "budget": "3万", "start": "2026-12-01", "end": "2026-12-07"}


def found_in(text: str) -> list[str]:
    """The forms of the secrets that a text holds, also as JSON writes them."""
    texts = (text, text.replace("\\/", "/"), re.sub(r"\\u003[dD]", "=", text))
    return [form for form in (*FORMS, PASSWORD, KEY[:20]) for one in texts if form in one]


def files_below(*folders: Path) -> Iterator[tuple[Path, str]]:
    """Every file with its text; Office files with the text of their parts."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or path.name == ".env":
                continue
            data = path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    data = b"\n".join(archive.read(name) for name in archive.namelist())
            yield path, data.decode("utf-8", "replace")


def silent(*texts: str, folders: Sequence[Path] = ()) -> None:
    """Hold texts, and the files below folders, to knowing no secret."""
    for text in texts:
        assert not found_in(text), text[:2000]
    for path, text in files_below(*folders):
        assert not found_in(text), path


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that is logged, by whomever, from DEBUG on."""
    names = ("httpx", "httpcore", "openai", "langchain", "langchain_core", "langsmith", "copilot", "gradio")
    with ExitStack() as levels:
        for name in (None, *names):
            levels.enter_context(caplog.at_level(logging.DEBUG, logger=name))
        yield caplog


def log_of(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged, with the values that were put in."""
    return "\n".join(f"{record.name} {record.getMessage()} {record.exc_text or ''}" for record in caplog.records)


@pytest.fixture
def environment(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key in `.env`, a password for the page, a home without the handbook."""
    Path(".env").write_text(f"OPS_COPILOT_API_KEY={KEY}\n", encoding="utf-8")
    monkeypatch.setenv("OPS_COPILOT_HOME", str(bare))
    monkeypatch.setenv("OPS_COPILOT_AUTH", f"admin:{PASSWORD}")
    monkeypatch.setenv("OPS_COPILOT_TIMEOUT", "20")
    monkeypatch.setattr("copilot.metering.Pace.backoff", lambda self, tried: 0.0)
    if not list((bare / "own").glob("*")):
        (bare / "own").mkdir(exist_ok=True)
        text = "召回流失用户先分群。怎么让流失用户回来：先发短信，再看打开率。流失用户回来以后要留住。"
        (bare / "own" / "召回.md").write_text(f"# 怎么让流失用户回来\n\n{text}", encoding="utf-8")
        with closing(Copilot.open(Settings(home=bare))) as bot:
            bot.library.add([bare / "own"])


def call(base_url: str, *arguments: object) -> Result:
    """Run a command with the stub as model."""
    return run(*arguments, "--model", "openai:stub", "--base-url", base_url)


def looked_through(result: Result, logged: pytest.LogCaptureFixture, bare: Path) -> None:
    """Hold everything that a command left behind to knowing no secret."""
    silent(result.out, result.err, log_of(logged), folders=[bare, Path.cwd()])


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", SERVERS)
def test_ask(name: str, logged: pytest.LogCaptureFixture, bare: Path) -> None:
    """`ask`, plain and --json."""
    with serve(SERVERS[name]) as stub:
        for more in ((), ("--json",)):
            looked_through(call(stub.base_url, "ask", QUESTION, *more), logged, bare)
        assert all(KEY in request.headers["authorization"] for request in stub.requests)
        assert stub.requests


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", ["401", "answer", "split"])
def test_user_and_password_in_the_address(name: str, logged: pytest.LogCaptureFixture, bare: Path) -> None:
    """What stands before the @ of OPS_COPILOT_BASE_URL is as secret as the key."""
    with serve(SERVERS[name]) as stub:
        address = stub.base_url.replace("//", f"//user:{PASSWORD}@")
        for command in (("ask", QUESTION), ("models", "check", "--json"), ("doctor", "--json"), ("doctor",)):
            looked_through(call(address, *command), logged, bare)


@pytest.mark.usefixtures("environment")
def test_nobody_listens(logged: pytest.LogCaptureFixture, bare: Path) -> None:
    """A connection that is refused."""
    address = f"http://user:{PASSWORD}@127.0.0.1:9/v1"
    looked_through(call(address, "ask", QUESTION), logged, bare)
    looked_through(call(address, "models", "check"), logged, bare)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", [*SERVERS])
def test_models_check(name: str, logged: pytest.LogCaptureFixture, bare: Path) -> None:
    """`models check` shows what a server answered."""
    with serve(SERVERS[name]) as stub:
        looked_through(call(stub.base_url, "models", "check"), logged, bare)


@pytest.mark.usefixtures("environment")
def test_doctor(logged: pytest.LogCaptureFixture, bare: Path) -> None:
    """`doctor` says whether a key is set, not which."""
    with serve("good") as stub:
        result = call(stub.base_url, "doctor")
    assert "密钥已设" in result.out
    looked_through(result, logged, bare)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", [*WORDED, "json"])
def test_adcopy_and_its_exports(name: str, logged: pytest.LogCaptureFixture, bare: Path) -> None:
    """`adcopy` and every format of its files."""
    given = (
        "--product",
        "拾檐晾衣架",
        "--selling-point",
        "收起来厚 6 厘米",
        "--selling-point",
        "两床被套并排晾",
        "-n",
        "1",
    )
    with serve(SERVERS[name]) as stub:
        looked_through(call(stub.base_url, "adcopy", *given, "--json"), logged, bare)
        with closing(Copilot.open(read_with(stub.base_url))) as bot:
            made = bot.adcopy(
                {"product": "拾檐晾衣架", "selling_points": ["收起来厚 6 厘米"], "platform": ["weibo"]}, 1
            )
        for suffix in ("md", "csv", "xlsx", "docx", "jsonl"):
            write_copy(made, Path(f"文案.{suffix}"))
    silent(json.dumps(made.to_dict(), ensure_ascii=False), folders=[Path.cwd()])


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", [*WORDED, "json"])
def test_diagnose(name: str, logged: pytest.LogCaptureFixture, bare: Path) -> None:
    """`diagnose`, whose `dropped` quotes what a model wrote."""
    voice = "导出账单要一张张截图，月底对账要弄到半夜，能不能加个批量导出？"
    with serve(SERVERS[name]) as stub:
        looked_through(call(stub.base_url, "diagnose", voice, "--json"), logged, bare)


@pytest.mark.usefixtures("environment")
def test_diagnose_with_the_key_in_every_field(logged: pytest.LogCaptureFixture, bare: Path) -> None:
    """Also where a diagnosis is well formed."""
    keys = ("verdict", "this_week", "reply", "owner", "requirement", "root_reason")
    told = {"kind": "request", "enough": True, "solves_root": "partly", "needs": [{"statement": SAYS, "evidence": KEY}]}
    answer = json.dumps(told | dict.fromkeys(keys, SAYS) | {"pain": KEY, "questions": [KEY]}, ensure_ascii=False)
    with serve(Personality(reads=lambda prompt, _: cut_small(answer, 5))) as stub:
        looked_through(call(stub.base_url, "diagnose", "导出要截图，能不能加个批量导出？", "--json"), logged, bare)
        result = call(stub.base_url, "diagnose", "导出要截图，能不能加个批量导出？", "-o", "诊断.md")
        looked_through(result, logged, bare)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", ["401", "split", "json"])
def test_plan_and_its_exports(name: str, logged: pytest.LogCaptureFixture, bare: Path) -> None:
    """`plan` and every format of its files."""
    Path("简报.json").write_text(json.dumps(PLAN, ensure_ascii=False), encoding="utf-8")
    with serve(SERVERS[name]) as stub:
        looked_through(call(stub.base_url, "plan", "--brief", "简报.json", "--json"), logged, bare)
        with closing(Copilot.open(read_with(stub.base_url))) as bot:
            made = bot.plan(PLAN)
        for suffix in ("md", "html", "xlsx", "docx"):
            write_plan(made, Path(f"方案.{suffix}"))
    silent(json.dumps(made.to_dict(), ensure_ascii=False), folders=[Path.cwd()])


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("task", ["adcopy", "ask", "diagnose"])
@pytest.mark.parametrize("name", ["401", "500", "answer", "split"])
def test_batch(name: str, task: str, logged: pytest.LogCaptureFixture, bare: Path) -> None:
    """Journal, output and the closing summary."""
    columns = {"adcopy": ("商品名", "卖点"), "ask": ("问题",), "diagnose": ("反馈",)}[task]
    rows = {"adcopy": ("书桌", "高度能调"), "ask": (QUESTION,), "diagnose": ("导出要截图，能不能加批量导出？",)}[task]
    with Path("表.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, rows])
    with serve(SERVERS[name]) as stub:
        for output in ("果.jsonl", "果.xlsx"):
            arguments = ("batch", "表.csv", "-o", output, "--task", task, "-n", "1", "--give-up", "0", "--workers", "1")
            looked_through(call(stub.base_url, *arguments), logged, bare)


@pytest.mark.usefixtures("environment")
def test_tracebacks_of_debug(bare: Path) -> None:
    """--debug raises what happened: neither the error nor the locals of its frames are printed with the key."""
    import traceback

    with serve(SERVERS["401"]) as stub, pytest.raises(SystemExit):
        looked = call(stub.base_url, "ask", QUESTION, "--debug")
        silent(looked.out, looked.err)
        raise SystemExit
    settings = Settings(home=bare, model="openai:stub", base_url="ftp://no", api_key=KEY, auth=f"a:{PASSWORD}")
    with pytest.raises(CopilotError) as told, closing(Copilot.open(settings)) as bot:
        bot.ask(QUESTION)
    silent("".join(traceback.format_exception(told.value)), repr(settings), str(settings))


def test_reprs_of_what_holds_the_key(bare: Path) -> None:
    """Settings, the facade and the chat model print without it."""
    from copilot.models import chat_model

    settings = Settings(home=bare, model="openai:stub", base_url="http://127.0.0.1:9/v1", api_key=KEY, auth=PASSWORD)
    with closing(Copilot.open(settings)) as bot:
        silent(repr(settings), repr(bot), repr(vars(bot)), repr(chat_model(settings)), str(chat_model(settings)))
        silent(repr(bot.chain), repr(bot.retriever))


@pytest.mark.usefixtures("environment")
def test_the_page(bare: Path) -> None:
    """Start page, configuration, MCP's tools, the check of the models: nothing holds it, whatever the server says."""
    with serve(SERVERS["split"]) as stub, closing(Copilot.open(read_with(stub.base_url, auth=""))) as bot:
        with served(bot, mcp=True) as address, httpx.Client(base_url=address, timeout=30) as client:
            paths = ("", "config", "gradio_api/info", "theme.css", "gradio_api/mcp/schema", "gradio_api/startup-events")
            silent(*(client.get(path).text for path in paths))
        from copilot.model_check import check_models
        from copilot.settings import origins
        from ui import render_settings
        from ui.render import header

        settings = bot.settings
        silent(render_settings.status(settings, origins(settings)), render_settings.kept(settings), header(settings))
        silent(render_settings.checked(check_models(settings)))


def read_with(base_url: str, **values: Any) -> Settings:
    """The settings of the environment, with the stub as model."""
    from dataclasses import replace

    return replace(read_settings(), model="openai:stub", base_url=base_url, **values)


def test_the_canary_is_found_where_it_is(tmp_path: Path) -> None:
    """The search itself works: in plain text, in encodings and inside Office files."""
    for form in FORMS:
        with pytest.raises(AssertionError):
            silent(f"a {form} b")
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("xl/sheet.xml", KEY)
    with pytest.raises(AssertionError):
        silent(folders=[tmp_path])
