"""A chat model from a folder of weights on this machine: no network, and nothing in the folder is run as a program.

ChatHuggingFace alone does not do: it cannot be stopped, an error of its model is a minute of silence, it puts the
tokens that begin a text twice, and it writes past the end of the model's context.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Empty
from typing import Any

import torch
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.exceptions import ContextOverflowError
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_huggingface import ChatHuggingFace, HuggingFacePipeline
from pydantic import PrivateAttr
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, TextIteratorStreamer, pipeline

from copilot.embedding import files
from copilot.embedding.local import hushed, one_line, quiet
from copilot.errors import ModelError
from copilot.knowledge import read
from copilot.models.failures import trouble

_PICKLES = (".bin", ".pt", ".pth", ".ckpt")  # loading one may run whatever its author wrote into it


class LocalChat(ChatHuggingFace):
    """ChatHuggingFace that streams from one model at a time, stops when nobody reads on, and tells its tokens."""

    seconds: float = 60.0  # of silence until an answer is given up
    context: int = 0  # tokens of prompt and answer; 0: the model does not say
    bind_tools = BaseChatModel.bind_tools  # type: ignore[assignment]  # the inherited one is for a server
    _one_at_a_time: Any = PrivateAttr(default_factory=threading.Lock)  # two answers take the memory of two

    @property
    def model_name(self) -> str:
        """Return the name that messages give the model."""
        return self.model_id or ""

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        stream: bool | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        stream_usage: bool | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with hushed():  # that it is too long for the model is said below
            prompt = self.tokenizer.apply_chat_template(
                [self._to_chatml_format(message) for message in messages],
                add_generation_prompt=True,
                return_tensors="pt",
                return_dict=True,
            )
        length = prompt["input_ids"].shape[1]
        most = self.max_tokens or read("models")["unattended"]["max_output"]
        if self.context:
            most = min(most, self.context - length)
        if most < 1:
            raise ContextOverflowError(f"{length} tokens, {self.context} fit")
        answer = _Answer(self.llm.pipeline.model, self.tokenizer, prompt, most)
        try:
            for text in answer.pieces(self._one_at_a_time, self.seconds):
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=text))
                if run_manager:
                    run_manager.on_llm_new_token(text, chunk=chunk)
                yield chunk
        except (MemoryError, RuntimeError) as error:
            if not _no_memory(error):
                raise
            raise trouble("memory", self) from error
        finally:
            answer.stopped.set()
        usage: Any = {"input_tokens": length, "output_tokens": answer.tokens, "total_tokens": length + answer.tokens}
        end = {"finish_reason": "length" if answer.tokens >= most and not answer.ended else "stop"}
        yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=usage), generation_info=end)


class _Answer:
    """An answer that a thread writes while another reads it."""

    def __init__(self, model: Any, tokenizer: Any, prompt: Any, most: int) -> None:
        self.stopped, self.tokens, self.ended = threading.Event(), 0, False
        self._model, self._prompt, self._most = model, prompt.to(model.device), most
        self._streamer = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._begun, self._error = threading.Event(), list[Exception]()

    def pieces(self, turn: Any, seconds: float) -> Iterator[str]:
        """Yield the text as it comes.

        :raises TimeoutError: nothing came for so many seconds after the lock `turn` was had
        """
        writing = threading.Thread(target=self._write, args=(turn,), name="local-model")
        writing.start()
        self._begun.wait()
        while True:
            try:
                piece = self._streamer.text_queue.get(timeout=seconds)
            except Empty:
                raise TimeoutError from None
            if piece is self._streamer.stop_signal:
                break
            if piece:
                yield piece
        writing.join()
        if self._error:
            raise self._error[0]

    def _write(self, turn: Any) -> None:
        try:
            with turn:
                self._begun.set()
                out = self._model.generate(
                    **self._prompt,
                    streamer=self._streamer,
                    max_new_tokens=self._most,
                    stopping_criteria=[lambda ids, scores, **_: self.stopped.is_set()],
                )
            made = out[0, self._prompt["input_ids"].shape[1] :]
            self.tokens = len(made)
            self.ended = bool(len(made)) and int(made[-1]) in self._model.generation_config.eos_token_id
        except Exception as error:  # noqa: BLE001  raised again where the answer is read
            self._error.append(error)
        finally:
            self._streamer.text_queue.put(self._streamer.stop_signal)


def local_model(name: str, seconds: float) -> BaseChatModel:
    """Return the chat model of a folder, or of a name that `models pull` has fetched; `seconds` of silence end a call.

    :raises ModelError: it is not on this machine, not complete, not made for chats, too large, or cannot be loaded
    """
    folder = _folder(name)
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            if not tokenizer.chat_template:
                raise trouble("template", model=name)
            model: Any = AutoModelForCausalLM.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype="auto"
            )
            device = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
            model.to(device or "cpu").eval()
            _greedy(model, tokenizer)
            made = pipeline("text-generation", model=model, tokenizer=tokenizer)
    except ModelError:
        raise
    except Exception as error:  # any of a hundred architectures raises what it likes
        if _no_memory(error):
            raise trouble("memory", model=name) from error
        kind = "foreign_code" if "trust_remote_code" in str(error) else "unloadable"
        raise trouble(kind, model=name, detail=one_line(error)) from error
    context = int(getattr(model.config.get_text_config(), "max_position_embeddings", 0) or 0)
    return LocalChat(
        llm=HuggingFacePipeline(pipeline=made, model_id=name),
        model_id=name,
        tokenizer=tokenizer,
        seconds=seconds,
        context=context,
        profile={"max_input_tokens": context} if context else None,
    )


def _folder(name: str) -> Path:
    folder = files.find(name)
    if folder is None:
        # Nothing is fetched unasked: a hub name may stand for 15 GB.
        raise trouble("not_here" if files.repository(name) else "no_folder", model=name)
    kept = [path.name for path in folder.iterdir()]
    if "config.json" not in kept:
        hint = "gguf" if any(file.endswith(".gguf") for file in kept) else "no_config"
        raise trouble(hint, model=name)
    if not any(file.endswith(".safetensors") for file in kept):
        raise trouble("pickle" if any(file.endswith(_PICKLES) for file in kept) else "no_weights", model=name)
    return folder


def _greedy(model: Any, tokenizer: Any) -> None:
    """Let the likeliest token always be taken, without a warning on the settings for chance that the folder brings."""
    brought = model.generation_config
    ends = {tokenizer.eos_token_id, *_listed(brought.eos_token_id)} - {None}
    pad = next(
        (token for token in (tokenizer.pad_token_id, brought.pad_token_id, *sorted(ends)) if token is not None), 0
    )
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False,
        bos_token_id=brought.bos_token_id,
        eos_token_id=sorted(ends),
        pad_token_id=pad,
        repetition_penalty=brought.repetition_penalty,
    )


def _listed(tokens: int | Sequence[int] | None) -> Sequence[int]:
    return [tokens] if isinstance(tokens, int) else tokens or []


def _no_memory(error: BaseException) -> bool:
    said = str(error).lower()
    return (
        isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "out of memory" in said or "allocate memory" in said
    )
