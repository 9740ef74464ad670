"""Loading what sentence-transformers loads: from this machine alone, quietly, failures as EmbeddingError."""

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from copilot.embedding import files
from copilot.errors import EmbeddingError

T = TypeVar("T")

TOKENS = 16_384  # of a batch, padding included: 32 passages of 512; a layer of 1,024 numbers then takes 0.3 GB
_BATCH = 64
_TALKERS = ("transformers", "sentence_transformers", "huggingface_hub")
_WORDS = {
    "embedding": ("向量模型", "OPS_COPILOT_EMBEDDING", "设为 builtin 用内置向量"),
    "reranker": ("重排模型", "OPS_COPILOT_RERANKER", "不设它就不用重排"),
}


def load(name: str, kind: files.Kind, make: Callable[[str], T]) -> tuple[T, Path]:
    """Return `make(folder)` for the folder of the model called `name`, and the folder.

    :raises EmbeddingError: the model is not on this machine, is of another kind, or cannot be loaded
    """
    what, setting, without = _WORDS[kind]
    folder = files.find(name)
    if folder is None:
        raise EmbeddingError(f"本机没有{what} {name}：没有这个文件夹，缓存里也没有", _fetch(name, setting, without))
    if not files.is_whole(folder):
        raise EmbeddingError(f"{what} {name} 不完整：{folder} 里没有配置或权重", _fetch(name, setting, without))
    found = files.kind(folder)
    if found not in (kind, "either"):
        hint = f"它要写在 {_WORDS[found][1]}；" if found in _WORDS else ""
        raise EmbeddingError(f"{name} 不是{what}", f"{hint}{setting} 换一个模型，或{without}。")
    try:
        with quiet():
            return make(str(folder)), folder
    except Exception as error:  # any of a hundred architectures raises what it likes
        hint = f"检查 {setting}；文件坏了就删去 {folder} 再取一次，或{without}。"
        if "trust_remote_code" in str(error):
            hint = f"它要运行自带的程序，本程序不运行；{setting} 换一个模型，或{without}。"
        raise EmbeddingError(f"载入{what} {name} 失败：{one_line(error)}", hint) from error


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the indices of texts in batches, longest first, so that no batch takes more than TOKENS padded.

    A Chinese character is about one token; `lengths` are bounded by what the model reads.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    while order:
        count = max(1, min(_BATCH, TOKENS // max(1, lengths[order[0]])))
        yield order[:count]
        order = order[count:]


@contextmanager
def computing(name: str) -> Iterator[None]:
    """Turn what a model raises while it computes into an EmbeddingError.

    :raises EmbeddingError: memory is short, or the model is broken
    """
    try:
        yield
    except (RuntimeError, ValueError, IndexError, MemoryError) as error:
        hint = "内存不够就换一个小些的模型；换过向量模型之后运行 ops-copilot library rebuild。"
        raise EmbeddingError(f"模型 {name} 计算失败：{one_line(error)}", hint) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the talk and the progress bars of the libraries off stderr."""
    from transformers.utils import logging as talk

    bars = talk.is_progress_bar_enabled()
    talk.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        with hushed(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if bars:
            talk.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextmanager
def hushed() -> Iterator[None]:
    """Let the loggers of the libraries speak of errors only."""
    loggers = [logging.getLogger(name) for name in _TALKERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def one_line(error: BaseException) -> str:
    """Return the first line of an error, or its class."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:200]


def _fetch(name: str, setting: str, without: str) -> str:
    if not files.repository(name) or Path(name).expanduser().is_dir():
        return f"检查 {setting} 的路径，或{without}。"
    return f"有网络时运行 ops-copilot models pull {name} 取来，或{without}。"
