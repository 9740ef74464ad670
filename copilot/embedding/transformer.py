"""Any model that sentence-transformers loads, from a folder or a hub name."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copilot.errors import EmbeddingError

_HINT = "检查 OPS_COPILOT_EMBEDDING；设为 builtin 用内置向量，或填本机模型文件夹的路径。"


class TransformerEmbedding:
    """A sentence-transformers model; its query prompt, if it has one, is used for queries."""

    def __init__(self, name: str) -> None:
        """Load the model, from disk when it is there.

        :raises EmbeddingError: not found, not reachable, or not a sentence-transformers model
        """
        from sentence_transformers import SentenceTransformer  # 5.7 s and 460 MB: paid only here

        try:
            self._model = SentenceTransformer(name, device=None)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise EmbeddingError(f"向量模型 {name} 载入失败：{str(error).splitlines()[0][:200]}", _HINT) from error
        probe = self._model.encode(["探针"], normalize_embeddings=True)
        self.name = name
        self.dimension = int(probe.shape[1])
        self._query_prompt = "query" if "query" in (self._model.prompts or {}) else None
        self.fingerprint = f"transformer/{Path(name).name}/{self.dimension}/{self._digest(probe)}"

    def _digest(self, probe: NDArray[np.float32]) -> str:
        """Tell models apart by what they compute: names and folders say too little."""
        texts = ["怎么让流失用户回来？", "Retention rate 30%"]
        vectors = np.vstack([probe, self.queries(texts)])
        return hashlib.sha256(np.round(vectors * 1000).astype(np.int16).tobytes()).hexdigest()[:12]

    def documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors of passages."""
        return np.asarray(self._model.encode(list(texts), normalize_embeddings=True), dtype=np.float32)

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors of questions."""
        vectors = self._model.encode(list(texts), prompt_name=self._query_prompt, normalize_embeddings=True)
        return np.asarray(vectors, dtype=np.float32)
