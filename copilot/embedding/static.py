"""The built-in embedding: one vector a vocabulary piece, a text is the mean of its pieces' vectors.

Read with tokenizers and numpy alone: torch and sentence-transformers cost 5.7 s and 460 MB to import. The
folder loads there too (`SentenceTransformer(folder)`, model2vec's `StaticModel`), with equal vectors for
text that is folded.
"""

import json
import mmap
import zlib
from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.errors import EmbeddingError
from copilot.text.pieces import piece_numbers, tokenizer

_HINT = "重新安装 ops-copilot；自训的模型请用 python -m copilot.training 重新导出。"


class StaticEmbedding:
    """A folder with `model.safetensors` and `tokenizer.json`, as `copilot.training` exports it."""

    batch = 512  # bounds memory and spreads tokenising over the cores; the speed is flat from 256 on

    def __init__(self, folder: Path | str) -> None:
        """Load the vectors, 0.02 s; the vocabulary takes 0.1 s when the first text comes.

        :raises EmbeddingError: a file is missing or is not what it should be
        """
        folder = Path(folder)
        try:
            with (folder / "model.safetensors").open("rb") as file:
                # Mapped, not read: the processes of a batch share the 17 MB.
                weights = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            vocabulary = (folder / "tokenizer.json").read_bytes()
        except OSError as error:
            raise EmbeddingError(f"向量模型 {folder} 读不出来：{error.strerror}", _HINT) from error
        except ValueError as error:  # a file of no bytes cannot be mapped
            raise EmbeddingError(f"向量模型 {folder} 的 model.safetensors 是空的", _HINT) from error
        self._vectors = _read_safetensors(weights, folder)
        self._known = np.zeros(len(self._vectors), dtype=np.bool_)
        self._units = np.zeros(self._vectors.shape, dtype=np.float32)  # takes memory where it is written
        self.name = folder.name
        self.folder = folder
        self.size, self.dimension = map(int, self._vectors.shape)
        # Tells models apart, keeps nobody out: SHA-256 of 17 MB took 84 ms of every command, this takes 6.
        self.fingerprint = f"static/{self.dimension}/{zlib.crc32(weights):08x}{zlib.crc32(vocabulary):08x}"

    def documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, shape `(len(texts), dimension)`; a text without known pieces gives zeros."""
        from scipy.sparse import csr_array  # 0.2 s: questions do without

        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), self.batch):
            ids = self._numbers(texts[start : start + self.batch])
            ends = np.cumsum([0, *map(len, ids)])
            columns = np.fromiter(chain.from_iterable(ids), dtype=np.int32, count=ends[-1])
            counts = csr_array((np.ones(len(columns), np.float32), columns, ends), shape=(len(ids), len(self._vectors)))
            out[start : start + len(ids)] = counts @ self._table
        return _unit(out)

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors of questions: the same vectors, for few and short texts."""
        rows = [self.mean_of(np.array(numbers, dtype=np.int64)) for numbers in self._numbers(texts)]
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dimension)

    def of_pieces(self, numbers: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """Return the unit vectors of single pieces, shape `(len(numbers), dimension)`.

        Rows are remembered: making 3,000 of them takes 3 ms of a question, and the next one wants nearly the same.
        """
        new = numbers[~self._known[numbers]]
        self._units[new] = _unit(self._vectors[new].astype(np.float32))
        self._known[new] = True
        units: NDArray[np.float32] = self._units[numbers]
        return units

    def mean_of(self, numbers: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """Return the unit vector of a text that is given as the numbers of its pieces, shape `(dimension,)`."""
        unit: NDArray[np.float32] = _unit(self._vectors[numbers].sum(axis=0, dtype=np.float32)[None])[0]
        return unit

    def _numbers(self, texts: Sequence[str]) -> list[list[int]]:
        path = self.folder / "tokenizer.json"
        if tokenizer(path).get_vocab_size() != len(self._vectors):
            raise EmbeddingError(f"向量模型 {self.folder} 的词表和向量个数不一致", _HINT)
        return piece_numbers(tuple(texts), path)

    @cached_property
    def _table(self) -> NDArray[np.float32]:
        """The vectors in single precision, made when passages are embedded: a question needs a few rows only."""
        return self._vectors.astype(np.float32)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = vectors / np.maximum(norms, 1e-12)
    return unit


def _read_safetensors(data: mmap.mmap, folder: Path) -> NDArray[np.floating[Any]]:
    """Return the one tensor `embeddings`: 8 bytes of header length, a JSON header, then the numbers."""
    try:
        size = int.from_bytes(data[:8], "little")
        entry = json.loads(data[8 : 8 + size])["embeddings"]
        kind = {"F16": np.float16, "F32": np.float32}[entry["dtype"]]
        rows, columns = entry["shape"]
        start = 8 + size + entry["data_offsets"][0]
        values = np.frombuffer(data, dtype=kind, count=rows * columns, offset=start).reshape(rows, columns)
    except (ValueError, KeyError, TypeError) as error:
        raise EmbeddingError(f"向量模型 {folder} 的 model.safetensors 格式不对", _HINT) from error
    return values
