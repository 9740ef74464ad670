"""The chat model against a real server: text comes through, every failure becomes a ModelError that helps."""

import base64
import hashlib
import logging
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai_stub import Personality, serve

from copilot.errors import ModelError
from copilot.knowledge import read
from copilot.models import chat_model, count_tokens, stream_text, token_method, tokens, without_thinking
from copilot.settings import Settings

KEY = "sk-canary-0123456789abcdef"
MESSAGES = [("system", "s"), ("user", "<<<段落 1>>>\n留存看的是第二天还回来的人。\n<<<段落 1 结束>>>")]


def settings(base_url: str = "", model: str = "openai:stub", key: str = KEY, timeout: float = 5.0) -> Settings:
    """Settings that name the stub."""
    return Settings(home=Path("unused"), model=model, base_url=base_url, api_key=key, timeout=timeout)


def failure(personality: str | Personality, timeout: float = 5.0) -> tuple[ModelError, list[str], int]:
    """The error of a call, the pieces before it, and the number of requests."""
    pieces: list[str] = []
    with serve(personality) as stub, pytest.raises(ModelError) as caught:
        pieces.extend(stream_text(chat_model(settings(stub.base_url, timeout=timeout)), MESSAGES))
    return caught.value, pieces, len(stub.requests)


def test_streams_in_pieces() -> None:
    """The answer arrives piece by piece; model, temperature and key are sent."""
    with serve("good") as stub:
        pieces = list(stream_text(chat_model(settings(stub.base_url)), MESSAGES))
    assert len(pieces) > 3
    assert "".join(pieces) == "留存看的是第二天还回来的人[1]。"
    request = stub.requests[0]
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert (request.body["model"], request.body["temperature"], request.body["stream"]) == ("stub", 0, True)


def test_local_server_without_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key a stand-in is sent, and not the key that OpenAI's own client would pick up."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serve("good") as stub:
        assert list(stream_text(chat_model(settings(stub.base_url, key="")), MESSAGES))
    assert stub.requests[0].headers["authorization"] == "Bearer no-key"


@pytest.mark.parametrize("personality", ["think", "reasoning"])
def test_thinking_is_dropped(personality: str) -> None:
    """What a reasoning model thinks is not part of the answer, as a block or as a field."""
    with serve(personality) as stub:
        text = "".join(stream_text(chat_model(settings(stub.base_url)), MESSAGES))
    assert text.strip() == "留存看的是第二天还回来的人[1]。"


@pytest.mark.parametrize(
    ("personality", "says", "advises", "requests"),
    [
        pytest.param("401", "密钥", "OPS_COPILOT_API_KEY", 1, id="401"),
        pytest.param("404", "没有模型 stub", "/v1", 1, id="404"),
        pytest.param("429", "要求等 30 秒", "额度", 1, id="429"),
        pytest.param("500", "出错了（500）", "稍后再试", 3, id="500"),
        pytest.param("400", "bad request", "OPS_COPILOT_MODEL", 2, id="400"),
        pytest.param(Personality(status=418, error="teapot"), "（418）：teapot", "OPS_COPILOT", 1, id="4xx"),
        pytest.param(
            Personality(status=400, error="maximum context: context_length_exceeded"),
            "上下文",
            "更长",
            1,
            id="overflow",
        ),
        pytest.param("empty", "空的回答", "/v1", 1, id="empty"),
        pytest.param("only_thinks", "空的回答", "换一个模型", 1, id="only-thinks"),
        pytest.param("blocked", "审核", "换一种问法", 1, id="blocked"),
    ],
)
def test_failures(personality: str | Personality, says: str, advises: str, requests: int) -> None:
    """Each failure says what happened and what to do, in one line each, without the key."""
    error, _, count = failure(personality)
    assert says in error.message
    assert advises in error.hint
    assert count == requests
    told = error.message + error.hint
    assert KEY not in told
    assert all(character.isprintable() for character in told)


@pytest.mark.parametrize("personality", ["cut", "cut_quietly", "error_in_stream"])
def test_cut_stream(personality: str) -> None:
    """A stream that breaks off gives what came, then the error; it is not begun again."""
    error, pieces, count = failure(personality)
    assert "中途断开" in error.message
    assert "".join(pieces).startswith("留存看的是第二天还回来的人[1]。")
    assert count == 1


def test_cut_by_length() -> None:
    """A server that stops at its limit of length is told apart."""
    assert "长度上限" in failure("too_long")[0].message


def test_silence_times_out() -> None:
    """A silent server is given up after the timeout of the settings."""
    assert "超时" in failure("slow", timeout=0.2)[0].message


def test_endless_talk_ends() -> None:
    """A stream that never ends is stopped after `seconds`."""
    with serve("endless") as stub, pytest.raises(ModelError, match="一直没有答完"):
        for _ in stream_text(chat_model(settings(stub.base_url)), MESSAGES, seconds=0.2):
            pass


def test_busy_server_is_asked_again() -> None:
    """429 is tried again after the seconds the server names."""
    with serve("429_then_good") as stub:
        assert "".join(stream_text(chat_model(settings(stub.base_url)), MESSAGES)).endswith("[1]。")
    assert len(stub.requests) == 2


def test_temperature_is_left_out_when_refused() -> None:
    """A model that takes no temperature is asked again without one."""
    with serve("no_temperature") as stub:
        assert "".join(stream_text(chat_model(settings(stub.base_url)), MESSAGES)).endswith("[1]。")
    assert [("temperature" in request.body) for request in stub.requests] == [True, False]


def test_nobody_listens() -> None:
    """A port without a server is named, and not tried again."""
    with serve("good") as stub:
        pass
    with pytest.raises(ModelError) as caught:
        list(stream_text(chat_model(settings(stub.base_url)), MESSAGES))
    assert "连接被拒绝" in caught.value.message
    assert stub.base_url.split("/")[2] in caught.value.message


@pytest.mark.parametrize(
    ("changed", "says", "advises"),
    [
        pytest.param(
            {"model": "anthropic:x"}, "ops-copilot[anthropic]", 'pip install "ops-copilot[anthropic]"', id="package"
        ),
        pytest.param({"model": "nonsense:x"}, "不认识模型 nonsense:x", "provider:model", id="provider"),
        pytest.param({"key": ""}, "需要密钥", "OPS_COPILOT_API_KEY", id="no-key"),
        pytest.param({"base_url": "localhost:8000/v1"}, "不是网址", "http://", id="address"),
    ],
)
def test_wrong_settings(changed: dict[str, str], says: str, advises: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong in the settings is told when the model is made."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError) as caught:
        chat_model(settings(**changed))  # type: ignore[arg-type]
    assert says in caught.value.message
    assert advises in caught.value.hint


def test_password_in_address_is_not_told() -> None:
    """User and password of the address stay out of the message."""
    with serve("404") as stub, pytest.raises(ModelError) as caught:
        list(stream_text(chat_model(settings(stub.base_url.replace("//", "//ann:secret@"))), MESSAGES))
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("personality", ["401", "400", "cut", "good"])
def test_key_is_not_logged(personality: str, caplog: pytest.LogCaptureFixture) -> None:
    """No logger of any library writes the key, even at its most talkative."""
    caplog.set_level(logging.DEBUG)
    with serve(personality) as stub:
        try:
            list(stream_text(chat_model(settings(stub.base_url)), MESSAGES))
        except ModelError as error:
            assert error.__suppress_context__
    sent = [record.getMessage() for record in caplog.records]
    assert not [line for line in sent if KEY in line]


def test_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    """With LangSmith switched on in the environment LangChain would trace, and our calls still do not."""
    from langchain_core.tracers import LangChainTracer
    from langsmith import utils

    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    utils.get_env_var.cache_clear()  # type: ignore[attr-defined]
    traced: list[object] = []
    monkeypatch.setattr(LangChainTracer, "on_chat_model_start", lambda *given, **_: traced.append(given))
    for name in ("_persist_run", "_persist_run_single", "_update_run_single"):
        monkeypatch.setattr(LangChainTracer, name, lambda *_: None)
    monkeypatch.setattr("langchain_core.tracers.langchain.get_client", object)  # the real one calls home
    with serve("good") as stub:
        model = chat_model(settings(stub.base_url))
        list(stream_text(model, MESSAGES))
        assert not traced
        monkeypatch.setenv("OPS_COPILOT_TRACING", "1")
        list(stream_text(model, MESSAGES))
        assert traced
    utils.get_env_var.cache_clear()  # type: ignore[attr-defined]


def test_gateway_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """LangSmith's gateway would see every question; it takes the same switch as tracing."""
    monkeypatch.setenv("LANGSMITH_GATEWAY", "true")
    with pytest.raises(ModelError, match="LANGSMITH_GATEWAY"):
        chat_model(settings())


@given(st.text("<>/thinkTHNK 甲\n", max_size=60), st.lists(st.integers(0, 60), max_size=8))
def test_thinking_wherever_it_is_cut(text: str, cuts: list[int]) -> None:
    """The result does not depend on where the stream is cut."""
    whole = f"甲<think>{text}</think>乙{text}<THINK>丙</THINK>丁<thi"
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(edges)]
    assert "".join(without_thinking(iter(pieces))) == "".join(without_thinking(iter([whole])))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("甲<think>乙</think>丙", "甲丙", id="block"),
        pytest.param("<thinking>a < b</thinking>丙", "丙", id="thinking"),
        pytest.param("丙</think>丁", "丙丁", id="stray-end"),
        pytest.param("<think>没有完", "", id="open"),
        pytest.param("a<b，<thin 与 <", "a<b，<thin 与 <", id="no-tag"),
        pytest.param("<think>一<think>二</think>三", "三", id="nested-start"),
    ],
)
def test_thinking_tags(text: str, left: str) -> None:
    """Blocks go, all else stays, character by character too."""
    assert "".join(without_thinking(iter(text))) == left


def test_token_estimate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without tiktoken's file tokens are estimated, and nothing is fetched."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert token_method() == "estimate"
    assert count_tokens("留存率，用户\n") == 1 + 1 + 1 + 1
    assert count_tokens("🎉") == 3 and count_tokens("") == 0


@given(st.text(max_size=200))
def test_token_estimate_grows_with_the_text(text: str) -> None:
    """Nothing is free: every character that is not white space lies in a token, and no token is longer than 16."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", "")
        assert count_tokens(text) * 16 >= len("".join(text.split()))


def test_tokens_from_cached_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """tiktoken's file is used when it is there and whole, and left alone when it is not."""
    ranks = b"".join(base64.b64encode(bytes([byte])) + f" {byte}\n".encode() for byte in range(256))
    known = dict(read("models")["encoding"], sha256=hashlib.sha256(ranks).hexdigest())
    monkeypatch.setitem(read("models"), "encoding", known)
    for name, data in {"whole": ranks, "damaged": ranks[:-9]}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / hashlib.sha1(known["url"].encode()).hexdigest()).write_bytes(data)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "whole"))
    assert (token_method(), count_tokens("留存 <|endoftext|>")) == ("o200k_base", 6 + 1 + 13)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "damaged"))
    assert token_method() == "estimate"
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    assert token_method() == "estimate"
    tokens._encoding.cache_clear()


def test_a_silent_server_is_waited_for_once() -> None:
    """The call right behind a failure that says nothing of the request fails with it, at once; a later one is made."""
    with serve("silent") as stub:
        chat = chat_model(settings(stub.base_url, timeout=0.3))
        for _ in range(3):
            with pytest.raises(ModelError, match="超时"):
                list(stream_text(chat, MESSAGES))
        assert len(stub.requests) == 1
        chat.down.until = 0.0
        with pytest.raises(ModelError, match="超时"):
            list(stream_text(chat, MESSAGES))
        assert len(stub.requests) == 2
