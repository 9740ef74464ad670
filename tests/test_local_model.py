"""Weights on this machine as the chat model: what is loaded, what is refused, how it streams and stops."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_runner import run
from tiny_models import make_chat

from copilot.errors import ModelError
from copilot.models import Chat, chat_model, method_of, stream_text
from copilot.models.local import LocalChat, local_model
from copilot.settings import Settings

PROMPT = [("system", "你是助手。"), ("user", "从一数到十。")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny chat model."""
    return make_chat(tmp_path_factory.mktemp("local") / "tiny")


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    """Another folder with it, to be spoilt."""
    return shutil.copytree(folder, tmp_path / "spoilt")


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Whatever became of an answer, nothing goes on writing it."""
    yield
    for thread in threading.enumerate():
        if thread.name == "local-model":
            thread.join(10)
            assert not thread.is_alive()


def loaded(folder: Path, most: int = 12) -> Chat:
    """The model, bounded."""
    model = local_model(str(folder), 30)
    assert isinstance(model, LocalChat)
    model.max_tokens = most
    return Chat(model, "huggingface:tiny")


def refused(name: object) -> ModelError:
    """The error on loading it."""
    with pytest.raises(ModelError) as raised:
        local_model(str(name), 30)
    return raised.value


def said(chat: Chat) -> list[str]:
    """The pieces that came before the bound was reached: this model knows no end."""
    pieces = []
    with pytest.raises(ModelError, match="长度上限"):
        for piece in stream_text(chat, PROMPT):
            pieces.append(piece)
    return pieces


def test_it_streams_and_says_the_same_again(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Piece by piece, the likeliest token each time, tokens told, nothing on stderr."""
    chat = loaded(folder)
    pieces = said(chat)
    assert len(pieces) > 5
    assert said(chat) == pieces
    assert (chat.tally.calls, chat.tally.output_tokens, chat.tally.estimated) == (2, 24, False)
    assert capfd.readouterr() == ("", "")


def test_the_settings_of_a_folder_for_chance_are_left_alone(copied: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A folder that asks for sampling is read without chance and without a warning."""
    (copied / "generation_config.json").write_text(
        json.dumps({"do_sample": True, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "eos_token_id": [3, 7]}), "utf-8"
    )
    chat = loaded(copied)
    assert said(chat) == said(chat)
    assert capfd.readouterr() == ("", "")


def test_an_end_of_turn_of_the_folder_ends_the_answer(copied: Path) -> None:
    """The token that it says first, declared an end: no more comes."""
    first = said(loaded(copied))[0][0]
    words = json.loads((copied / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    (copied / "generation_config.json").write_text(json.dumps({"eos_token_id": [3, words[first]]}), "utf-8")
    assert list(stream_text(loaded(copied), PROMPT)) == [first]


def test_whoever_stops_reading_stops_the_model(folder: Path) -> None:
    """Closing the stream ends the thread, long before the bound."""
    answer = stream_text(loaded(folder, most=30_000), PROMPT)
    next(answer)
    answer.close()


def test_it_keeps_to_its_context(tmp_path: Path) -> None:
    """A prompt that does not fit is told; an answer ends where the context does."""
    chat = loaded(make_chat(tmp_path / "short", context=24), most=8192)
    pieces = said(chat)
    assert chat.tally.input_tokens + chat.tally.output_tokens == 24 and pieces
    with pytest.raises(ModelError, match="上下文长度"):
        list(stream_text(chat, [("user", "好" * 100)]))


def test_two_answers_take_turns(folder: Path) -> None:
    """Threads share the model; each gets its own answer."""
    chat, got = loaded(folder), dict[int, list[str]]()
    alone = said(chat)
    threads = [threading.Thread(target=lambda n=n: got.update({n: said(chat.counted())})) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(got.values()) == [alone] * 2


def test_silence_ends_a_call(folder: Path) -> None:
    """A model that takes longer for a token than OPS_COPILOT_TIMEOUT is given up."""
    model = local_model(str(folder), 1e-6)
    with pytest.raises(ModelError, match="超时"):
        list(stream_text(Chat(model, "huggingface:tiny"), PROMPT))


def test_no_tool_is_offered_to_it(folder: Path) -> None:
    """JSON is had by the prompt alone."""
    assert method_of(loaded(folder).model, set()) == "text"


@pytest.mark.parametrize("written", ["absolute", "relative", "~"])
def test_a_path_is_written_in_three_ways(folder: Path, written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Absolute, from the working folder, from the home folder."""
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("HOME", str(folder.parent))
    name = {"absolute": str(folder), "relative": "./tiny", "~": "~/tiny"}[written]
    chat = chat_model(Settings(home=folder, model=f"huggingface:{name}"))
    assert (chat.name, chat.context) == (f"huggingface:{name}", 32_768)


def test_a_name_of_the_hub_is_not_fetched() -> None:
    """It is said how to fetch it; a path that is none is said to be none."""
    error = refused("Qwen/Qwen3-0.6B")
    assert "本机没有模型" in error.message and "models pull Qwen/Qwen3-0.6B" in error.hint and error.hopeless
    assert "没有文件夹" in refused("./no/such").message


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt"])
def test_pickled_weights_are_not_loaded(copied: Path, name: str) -> None:
    """They could run a program."""
    (copied / "model.safetensors").rename(copied / name)
    error = refused(copied)
    assert "不载入" in error.message and "safetensors" in error.hint


def test_a_program_in_the_folder_is_not_run(copied: Path) -> None:
    """Neither of a model nor of a tokenizer."""
    ran = copied / "ran"
    (copied / "own.py").write_text(f"open({str(ran)!r}, 'w')\n", "utf-8")
    config = json.loads((copied / "config.json").read_text("utf-8"))
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}}
    (copied / "config.json").write_text(json.dumps(config), "utf-8")
    assert "要运行自带的程序" in refused(copied).message
    assert not ran.exists()


def test_what_is_missing_is_named(copied: Path) -> None:
    """A folder without a template, weights, or configuration; one of GGUF files; one that is cut off."""
    (copied / "chat_template.jinja").rename(copied / "kept")
    assert "没有对话模板" in refused(copied).message
    (copied / "kept").rename(copied / "chat_template.jinja")
    weights = (copied / "model.safetensors").read_bytes()
    (copied / "model.safetensors").write_bytes(weights[:1000])
    assert "载入" in refused(copied).message and "下载" in refused(copied).hint
    (copied / "model.safetensors").unlink()
    assert "没有权重" in refused(copied).message
    (copied / "config.json").unlink()
    assert "没有 config.json" in refused(copied).message
    (copied / "model.gguf").write_bytes(b"GGUF")
    assert "llama.cpp" in refused(copied).hint


def test_memory_that_does_not_suffice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether on loading or on answering."""
    chat = loaded(folder)

    def too_much(*_: object, **__: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")

    monkeypatch.setattr(type(chat.model.llm.pipeline.model), "generate", too_much)  # type: ignore[attr-defined]
    with pytest.raises(ModelError, match="放不下"):
        list(stream_text(chat, PROMPT))
    monkeypatch.setattr("transformers.AutoModelForCausalLM.from_pretrained", too_much)
    assert "放不下" in refused(folder).message


def test_check_of_a_local_model(folder: Path, home: Path) -> None:
    """`models check` says what is wrong with it, in two lines."""
    result = run("models", "check", "--model", "huggingface:./no/such")
    assert result.code == 1 and "✗ 对话模型：没有文件夹 ./no/such" in result.out
