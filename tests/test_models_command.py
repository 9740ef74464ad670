"""`models list|check|pull`: what is there, whether it works, and fetching from a hub on this machine."""

import hashlib
import re
import shutil
import socket
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cli_runner import Result, run
from hub_stub import serve
from openai_stub import Personality, Stub, troubles
from openai_stub import serve as serve_chat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from tiny_models import make_chat

from copilot.embedding import BUILTIN, files
from copilot.embedding.pull import pull
from copilot.errors import EmbeddingError
from copilot.knowledge import read
from copilot.model_check import chat_facts, check_models
from copilot.models.providers import silence, to_install
from copilot.models.served import served_context
from copilot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, and the switch that the other tests have off."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def two_lines(result: Result) -> tuple[str, str]:
    """The message and the hint of an error; nothing on stdout."""
    assert (result.code, result.out) == (1, "")
    message, hint = result.err.splitlines()
    return message.removeprefix("错误："), hint.removeprefix("怎么办：")


# list


def test_list_json() -> None:
    """Every entry has the same keys; the built-in model is there and in use."""
    found = run("models", "list", "--json").json
    assert found.keys() == {"embeddings", "rerankers", "chat"}
    keys = {"name", "dimension", "megabytes", "languages", "license", "local", "used"}
    assert all(entry.keys() == keys for kind in ("embeddings", "rerankers") for entry in found[kind])
    assert all(entry.keys() == {"name", "base_url", "model", "used"} for entry in found["chat"])
    assert [e["name"] for e in found["embeddings"] if e["local"] and e["used"]] == ["builtin"]
    assert [e["used"] for e in found["rerankers"]] == [False] * len(found["rerankers"])


def test_list_shows_what_is_set(tiny: Path) -> None:
    """A model of the user's own is listed too, and a known chat server is marked."""
    own = ("--embedding", tiny / "plain", "--reranker", "own/not-here")
    chat = ("--model", "openai:qwen-plus", "--base-url", "https://dashscope.aliyuncs.com/compatible-mode/v1")
    found = run("models", "list", "--json", *own, *chat).json
    used = [(e["name"], e["local"]) for kind in ("embeddings", "rerankers") for e in found[kind] if e["used"]]
    assert used == [(str(tiny / "plain"), True), ("own/not-here", False)]
    assert [e["model"] for e in found["chat"] if e["used"]] == ["openai:qwen-plus"]
    text = run("models", "list", *own, *chat).out
    assert text.count("正在用") == 3 and "None" not in text


# check


def test_check_of_nothing_set(home: Path) -> None:
    """Out of the box: the built-in embedding with size and fingerprint; nothing is written."""
    result = run("models", "check", "--json")
    assert (result.code, result.err) == (0, "")
    embedding = result.json["embedding"]
    assert (embedding["name"], embedding["ok"], embedding["path"]) == ("builtin", True, str(BUILTIN))
    assert embedding["bytes"] > 1e6 and embedding["fingerprint"].startswith(f"static/{embedding['dimension']}/")
    assert (result.json["reranker"], result.json["chat"]) == (None, None)
    assert result.json["library"]["state"] == "empty"
    assert not home.exists()
    assert [line[0] for line in run("models", "check").out.splitlines()] == ["✓", " ", "重", "对", "✓"]


def test_check_of_all(tiny: Path, home: Path, tmp_path: Path) -> None:
    """Embedding, reranker, chat model with two small calls, and the library: all well."""
    (tmp_path / "a.md").write_text("# 召回\n\n流失用户的召回。\n", encoding="utf-8")
    models = ("--embedding", tiny / "prompted", "--reranker", tiny / "reranker")
    assert run("library", "add", tmp_path / "a.md", "--no-handbook", *models).code == 0
    with serve_chat("scripted", pieces=["好"]) as stub:
        chat = ("--model", "openai:stub", "--base-url", stub.base_url)
        result = run("models", "check", "--json", *models, *chat)
        assert len(stub.requests) == 2
        assert all(len(str(request.body["messages"])) < 100 for request in stub.requests)
        text = run("models", "check", *models, *chat).out
    assert result.code == 0 and all(result.json[part]["ok"] for part in result.json)
    assert (result.json["embedding"]["dimension"], result.json["embedding"]["query_prompt"]) == (32, "问：")
    assert result.json["embedding"]["bytes"] == files.size(tiny / "prompted")
    assert result.json["reranker"]["fingerprint"].startswith("reranker/")
    assert (result.json["chat"]["reply"], result.json["chat"]["name"]) == ("好", "openai:stub")
    assert (result.json["library"]["state"], result.json["library"]["documents"]) == ("matches", 1)
    assert text.count("✓") == 4 and "提问前加“问：”" in text


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Run a server in a thread; yield its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"  # it listens already: whoever asks waits
    finally:
        server.should_exit = True
        thread.join(5)
        listener.close()


def checked(stub: Stub, model: str = "openai:stub", **changed: Any) -> dict[str, Any]:
    """The report on the chat model of a stub."""
    settings = Settings(home=Path("none"), model=model, base_url=stub.base_url, **changed)
    report = check_models(settings)["chat"]
    assert report is not None
    return report


def word(_: object) -> list[str]:
    """What a model says that does as it is told, in a fence and with chatter."""
    return ["好的：\n```json\n", '{"word"', ': "好"}', "\n```"]


def test_check_tells_what_the_chat_model_can(tiny: Path) -> None:
    """How soon, in pieces or not, JSON by which way, tokens told: JSON and words, a fact a line."""
    with serve_chat(Personality(says=word, pause=0.02)) as stub:
        report = checked(stub)
        chat = ("--model", "openai:stub", "--base-url", stub.base_url)
        lines = run("models", "check", *chat).out.splitlines()
        assert stub.requests[1].body["response_format"]["type"] == "json_schema"
    assert 0 < report["first_ms"] < report["ms"] and report["streaming"]
    assert (report["structured"], report["usage"], report["context"]) == ("schema", "told", None)
    begin = next(at for at, line in enumerate(lines) if "对话模型" in line)
    assert [line.split("：")[0].strip() for line in lines[begin + 4 : begin + 8]] == [
        "边写边显示",
        "按格式输出",
        "上下文",
        "用量",
    ]


@pytest.mark.parametrize(
    ("refuses", "way"),
    [
        ((), "schema"),
        (("response_format",), "tool"),
        (("response_format", "tools"), "text"),
    ],
)
def test_check_tells_how_json_is_had(refuses: tuple[str, ...], way: str) -> None:
    """The first way that the server takes."""
    with serve_chat(Personality(says=word, refuses=refuses)) as stub:
        assert checked(stub)["structured"] == way


def test_check_of_a_model_that_gives_no_json() -> None:
    """It can be used, and it is said what that will be like."""
    with serve_chat("scripted", pieces=["今天", "天气", "真好。"]) as stub:
        report = checked(stub)
    assert report["ok"] and report["structured"] is None
    assert any("改用规则" in fact for fact in chat_facts(report))


def test_check_of_a_provider_with_a_package_of_its_own() -> None:
    """DeepSeek's, pointed at a server of ours."""
    with serve_chat(Personality(says=word)) as stub:
        report = checked(stub, "deepseek:stub")
        assert stub.requests[0].headers["authorization"] == "Bearer no-key"
    assert report["ok"] and report["usage"] == "told"


def test_check_of_an_answer_that_is_held_back() -> None:
    """One piece at the end is no streaming."""
    with serve_chat(Personality(says=lambda _: ["1 2 3。"], pause=0.05)) as stub:
        assert not checked(stub)["streaming"]


def test_check_of_a_server_that_counts_no_tokens() -> None:
    """They are estimated."""
    with serve_chat(Personality(says=word, tells_usage=False)) as stub:
        assert checked(stub)["usage"] == "estimated"


@pytest.mark.parametrize(
    ("answers", "context"),
    [
        ({"/v1/models": {"data": [{"id": "stub", "max_model_len": 40_960}]}}, 40_960),  # vLLM, SGLang
        ({"/v1/models": {"data": [{"id": "other", "context_length": 1}, {"id": "stub", "context_length": 262_144}]}}, 262_144),
        (
            {
                "/v1/models": {"data": [{"id": "x", "owned_by": "llamacpp", "meta": {"n_ctx_train": 131_072}}]},
                "/props": {"default_generation_settings": {"n_ctx": 8192}},
            },
            8192,
        ),
        (
            {
                "/v1/models": {"data": [{"id": "stub", "owned_by": "library"}]},
                "/api/ps": {"models": [{"name": "stub:latest", "context_length": 4096}]},
            },
            4096,
        ),
        (
            {
                "/v1/models": {"data": [{"id": "stub", "owned_by": "library"}]},
                "/api/show": {"parameters": 'stop "<end>"\nnum_ctx    16384', "model_info": {"x.context_length": 40_960}},
            },
            16_384,
        ),
        ({"/v1/models": {"data": "nonsense"}}, 0),
        ({}, 0),
    ],
    ids=["vllm", "moonshot", "llama.cpp", "ollama-loaded", "ollama-set", "nonsense", "silent"],
)  # fmt: skip
def test_context_as_servers_tell_it(answers: dict[str, Any], context: int) -> None:
    """What is served now, not what the model could take; 0 when nobody says."""
    asked: list[tuple[str, str]] = []

    async def answer(request: Request) -> Response:
        asked.append((request.url.path, request.headers.get("authorization", "")))
        found = answers.get(request.url.path)
        return Response("no such path", 404) if found is None else JSONResponse(found)

    with serving(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])) as address:
        settings = Settings(home=Path("none"), model="openai:stub", base_url=f"{address}/v1", api_key="sk-canary-1")
        assert served_context(settings) == context
    assert {key for _, key in asked} == {"Bearer sk-canary-1"}


def test_the_key_goes_to_no_other_server() -> None:
    """A server that sends the question on to another one does not send the key along."""
    got: list[str] = []

    async def other(request: Request) -> Response:
        got.append(request.headers.get("authorization", ""))
        return JSONResponse({"data": []})

    async def on(_: Request) -> Response:
        return RedirectResponse(f"{there}/models")

    with (
        serving(Starlette(routes=[Route("/models", other)])) as there,
        serving(Starlette(routes=[Route("/v1/models", on)])) as here,
    ):
        settings = Settings(home=Path("none"), model="openai:stub", base_url=f"{here}/v1", api_key="sk-canary-1")
        assert served_context(settings) == 0
    assert got == [""]


def test_a_setting_goes_before_what_the_server_says() -> None:
    """OPS_COPILOT_CONTEXT; a small one is told to be small."""
    with serve_chat(Personality(says=word)) as stub:
        report = checked(stub, context=4096)
    assert report["context"] == 4096 and any("偏小" in fact for fact in chat_facts(report))


def test_check_of_every_trouble() -> None:
    """Whatever a server does, the report says what happened and what to do, without the key."""
    key = "sk-canary-0123456789"
    for trouble in troubles(Personality(says=word)):
        with serve_chat(trouble) as stub:
            report = checked(stub, api_key=key, timeout=1)
        assert report["ok"] or (report["message"] and report["hint"])
        assert key not in str(report)
    assert not checked(stub, timeout=1)["ok"]  # nobody is there any more


def test_user_and_password_in_an_address_are_not_told() -> None:
    """Nor is what follows a question mark."""
    with serve_chat(Personality(says=word)) as stub:
        stub.base_url = stub.base_url.replace("http://", "http://me:canary@") + "?key=canary"
        assert "canary" not in str(checked(stub))


# providers


def test_every_provider_has_its_package() -> None:
    """Those of `init_chat_model`, with the package it would ask for; every extra is one of pyproject.toml."""
    from langchain.chat_models.base import _BUILTIN_PROVIDERS

    known = read("models")["providers"]
    assert known.keys() == _BUILTIN_PROVIDERS.keys()
    for name, (module, _, _) in _BUILTIN_PROVIDERS.items():
        assert known[name]["package"].split("[")[0] == module.split(".")[0].replace("_", "-")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    for entry in known.values():
        if extra := entry.get("extra"):
            [wanted] = extras[extra]
            assert re.split("[><=]", wanted)[0] == entry["package"]


def test_what_to_install_is_our_extra_or_the_package() -> None:
    """A provider is spelt with - or _; one that nobody knows gets nothing."""
    assert to_install("anthropic:claude-x") == '"ops-copilot[anthropic]"'
    assert to_install("Google-GenAI:gemini") == '"ops-copilot[google]"'
    assert to_install("azure_ai:x") == "langchain-azure-ai"
    assert to_install("nobody:x") == ""


def test_a_silent_ollama_is_given_up() -> None:
    """Its client has no timeout of its own."""
    settings = Settings(home=Path("none"), model="ollama:x", timeout=7)
    assert silence(settings) == {"client_kwargs": {"timeout": 7}}
    assert silence(Settings(home=Path("none"), model="openai:x")) == {}


def test_check_finds_what_does_not_work(tiny: Path, tmp_path: Path) -> None:
    """Each part is tried whatever becomes of the others; each failure has its message and hint, the end is 1."""
    (tmp_path / "a.md").write_text("召回\n", encoding="utf-8")
    run("library", "add", tmp_path / "a.md", "--no-handbook")
    with serve_chat("401") as stub:
        chat = ("--model", "openai:stub", "--base-url", stub.base_url)
        arguments = ("--embedding", tiny / "plain", "--reranker", tiny / "prompted", *chat)
        result = run("models", "check", "--json", *arguments)
        text = run("models", "check", *arguments).out
    assert result.code == 1
    assert {part: result.json[part]["ok"] for part in result.json} == {
        "embedding": True, "reranker": False, "chat": False, "library": False,
    }  # fmt: skip
    assert result.json["library"]["state"] == "rebuild" and "library rebuild" in result.json["library"]["hint"]
    assert "密钥" in result.json["chat"]["message"] and "OPS_COPILOT_API_KEY" in result.json["chat"]["hint"]
    assert text.count("✗") == 3 and "不是重排模型" in text


def test_check_without_the_embedding() -> None:
    """An embedding that is not here: the others are checked, the library cannot be."""
    result = run("models", "check", "--json", "--embedding", "own/not-here")
    assert result.code == 1 and not result.json["embedding"]["ok"]
    assert "models pull own/not-here" in result.json["embedding"]["hint"] and result.json["library"] is None


def test_doctor_looks_at_the_reranker(tiny: Path) -> None:
    """`doctor` names the reranker, or says what is wrong with it."""
    details = {c["name"]: c for c in run("doctor", "--json", "--reranker", tiny / "reranker").json["checks"]}
    assert (details["重排模型"]["ok"], details["重排模型"]["detail"]) == (True, str(tiny / "reranker"))
    assert run("doctor", "--reranker", "no/such").code == 1
    assert "✓ 重排模型：没有设置" in run("doctor").out


# pull


def test_pull_an_embedding(
    tiny: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Only the files that count are fetched; the model works under its name, and what to set is said."""
    model = shutil.copytree(tiny / "prompted", tmp_path / "model")
    for name in ("onnx/model.onnx", "pytorch_model.bin", "README.md"):
        (model / name).parent.mkdir(exist_ok=True)
        (model / name).write_bytes(b"not wanted")
    with serve({"own/tiny": model}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        result = run("models", "pull", "own/tiny")
        assert sorted(name for name, _ in hub.got) == files.needed_in(model)
        assert all(path.startswith(("/api/models/own/tiny", "/own/tiny/")) for path in hub.asked)
        assert all("agent" not in words and "torch" not in words for words in hub.agents)  # no telemetry
        hub.got.clear()
        again = run("models", "pull", "own/tiny", "--json").json
        assert hub.got == []
    assert (result.code, result.err, capfd.readouterr()) == (0, "", ("", ""))
    assert "OPS_COPILOT_EMBEDDING=own/tiny" in result.out and "library rebuild" in result.out
    assert (again["kind"], again["setting"]) == ("embedding", "OPS_COPILOT_EMBEDDING=own/tiny")
    assert (again["dimension"], again["bytes"]) == (32, files.size(tiny / "prompted"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    report = run("models", "check", "--json", "--embedding", "own/tiny").json["embedding"]
    here = run("models", "check", "--json", "--embedding", tiny / "prompted").json["embedding"]
    assert report["fingerprint"] == here["fingerprint"] and str(cache) in report["path"]


def test_pull_a_reranker(tiny: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cross-encoder is told from an embedding."""
    with serve({"own/rank": tiny / "reranker"}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        result = run("models", "pull", "own/rank")
    assert result.code == 0 and "OPS_COPILOT_RERANKER=own/rank" in result.out and "rebuild" not in result.out
    assert run("models", "check", "--reranker", "own/rank").code == 0


def test_pull_a_chat_model(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A language model with a template for chats is named for what it is, with its setting."""
    with serve({"own/chat": make_chat(tmp_path / "chat")}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        result = run("models", "pull", "own/chat")
        again = run("models", "pull", "own/chat", "--json").json
    assert result.code == 0 and "OPS_COPILOT_MODEL=huggingface:own/chat" in result.out and "rebuild" not in result.out
    assert (again["kind"], again["setting"]) == ("chat", "OPS_COPILOT_MODEL=huggingface:own/chat")


def test_pull_survives_a_lost_connection(tiny: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that breaks off is taken up where it ended."""
    monkeypatch.setattr("copilot.embedding.pull._BLOCK", 10_000)
    monkeypatch.setattr("time.sleep", lambda _: None)
    with serve({"own/tiny": tiny / "plain"}, cut=105_000) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        folder = pull("own/tiny", lambda *_: None)
        assert [asked for name, asked in hub.got if name == "model.safetensors"] == ["bytes=0-", "bytes=100000-"]
    assert files.digest(folder) == files.digest(tiny / "plain")


def test_pull_goes_on_where_it_was_interrupted(tiny: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C and the same command again: what is there is not fetched twice; progress counts bytes to the end."""
    monkeypatch.setattr("copilot.embedding.pull._BLOCK", 10_000)
    steps: list[tuple[int, int]] = []

    def stop_in_the_weights(done: int, total: int, file: str) -> None:
        steps.append((done, total))
        if file == "model.safetensors" and done > total - 50_000:
            raise KeyboardInterrupt

    with serve({"own/tiny": tiny / "plain"}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        with pytest.raises(KeyboardInterrupt):
            pull("own/tiny", stop_in_the_weights)
        hub.got.clear()
        steps.clear()
        pull("own/tiny", lambda done, total, _: steps.append((done, total)))
        [(name, asked)] = hub.got
    assert name == "model.safetensors" and int(asked.removeprefix("bytes=").rstrip("-")) > 200_000
    size = files.size(tiny / "plain")
    assert steps == sorted(steps) and steps[-1] == (size, size)


def test_pull_does_not_keep_what_is_wrong(tiny: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that is not the beginning of the file is found out by its digest, and fetched anew the next time."""
    weights = (tiny / "plain" / "model.safetensors").read_bytes()
    part = cache / "models--own--tiny" / "blobs" / f"{hashlib.sha256(weights).hexdigest()}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 1000)
    with serve({"own/tiny": tiny / "plain"}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        with pytest.raises(EmbeddingError, match="内容不对"):
            pull("own/tiny", lambda *_: None)
        assert not part.exists()
        assert files.digest(pull("own/tiny", lambda *_: None)) == files.digest(tiny / "plain")


@pytest.fixture
def failing(tiny: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a way to pull from a hub that fails in some way: name, then how the hub behaves."""

    def fail(name: str = "own/tiny", model: Path = tiny / "plain", **how: Any) -> tuple[str, str]:
        with serve({"own/tiny": model}, **how) as hub:
            monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
            return two_lines(run("models", "pull", name))

    yield fail
    assert not [path for path in cache.rglob("*.safetensors") if path.is_file()] if cache.exists() else True


def test_pull_of_what_is_not_there(failing: Any) -> None:
    """A name that the hub does not know, or that is none."""
    message, hint = failing("own/nope")
    assert "own/nope" in message and "核对名字" in hint
    assert "不是模型的名字" in failing("../up")[0]


def test_pull_of_a_gated_model(failing: Any) -> None:
    """Conditions that must be agreed to first."""
    message, hint = failing(gated=True)
    assert "条款" in message and "HF_TOKEN" in hint


def test_pull_from_a_hub_in_trouble(failing: Any) -> None:
    """A failing hub is told with the mirror as way out."""
    message, hint = failing(status=500)
    assert "127.0.0.1" in message and "HF_ENDPOINT=https://" in hint


def test_pull_without_network(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens: the mirror is named. Offline by order: the order is named."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    message, hint = two_lines(run("models", "pull", "own/tiny"))
    assert "127.0.0.1:9" in message and "HF_ENDPOINT=https://" in hint
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE" in two_lines(run("models", "pull", "own/tiny"))[1]


def test_pull_of_other_formats(failing: Any, tmp_path: Path) -> None:
    """A repository of onnx or gguf files, or of a model of another kind, is refused before its weights are fetched."""
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "onnx" / "model.gguf").write_bytes(b"x")
    message, hint = failing(model=tmp_path / "onnx")
    assert "没有 sentence-transformers 能用的模型" in message and "gguf" in hint


def test_pull_of_another_kind(failing: Any, tiny: Path, tmp_path: Path) -> None:
    """A kind of model that is of no use here is refused before its weights are fetched."""
    other = shutil.copytree(tiny / "plain", tmp_path / "sparse")
    (other / "config_sentence_transformers.json").write_text('{"model_type": "SparseEncoder"}', encoding="utf-8")
    message, hint = failing(model=other)
    assert "不是向量模型，也不是重排模型" in message and "models list" in hint


def test_pull_onto_a_full_disk(failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little room is told before anything is fetched."""
    monkeypatch.setattr("copilot.embedding.pull._SPARE", 1 << 60)
    message, hint = failing()
    assert "磁盘放不下" in message and "HF_HOME" in hint


def test_disk_that_fills_meanwhile(tiny: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room left while fetching: said in the same way."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with serve({"own/tiny": tiny / "plain"}) as hub, pytest.raises(EmbeddingError, match="磁盘满了"):
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        pull("own/tiny", full)
