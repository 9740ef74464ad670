"""Any embedding that sentence-transformers loads, from a folder or under its hub name; never from the network."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from copilot.embedding import files
from copilot.embedding.local import TOKENS, batches, computing, load
from copilot.errors import EmbeddingError
from copilot.knowledge import read

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TransformerEmbedding:
    """A sentence-transformers model; its prompts for questions and passages, if it has them, are used."""

    batch = 64  # a few seconds on a CPU: progress that is shown between calls stays true

    def __init__(self, name: str) -> None:
        """Load the model from this machine.

        :raises EmbeddingError: not there, of another kind, or broken
        """
        self._model, folder = load(name, "embedding", _sentence_transformer)
        self.name = name
        self.query_prompt, self.document_prompt = _prompts(name, self._model.prompts)
        with computing(name):
            self.dimension = int(np.asarray(self._model.encode(["探针"], show_progress_bar=False)).shape[1])
        digest = hashlib.sha256(f"{files.digest(folder)}\0{self.document_prompt}".encode()).hexdigest()[:12]
        self.fingerprint = f"transformer/{self.dimension}/{digest}"

    def documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors of passages, shape `(len(texts), dimension)`.

        :raises EmbeddingError: memory is short, or the model gives no numbers
        """
        return self._encode(texts, self._model.encode_document, self.document_prompt)

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors of questions, shape `(len(texts), dimension)`.

        :raises EmbeddingError: memory is short, or the model gives no numbers
        """
        return self._encode(texts, self._model.encode_query, self.query_prompt)

    def _encode(self, texts: Sequence[str], encode: Callable[..., Any], prompt: str) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        most = min(self._model.max_seq_length or TOKENS, TOKENS)
        with computing(self.name):
            for batch in batches([min(len(prompt) + len(text), most) for text in texts]):
                some = [texts[i] for i in batch]
                vectors[batch] = encode(some, prompt=prompt, batch_size=len(some), show_progress_bar=False)
        if not np.isfinite(vectors).all():
            raise EmbeddingError(
                f"向量模型 {self.name} 算出的不是数", "换一个模型，或设 OPS_COPILOT_EMBEDDING=builtin。"
            )
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(norms, 1e-12)
        return unit


def _sentence_transformer(folder: str) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer  # 5.7 s and 460 MB: paid only here

    model = SentenceTransformer(folder, local_files_only=True, trust_remote_code=False)
    if model.device.type == "cpu":
        model.float()  # half precision is slow there
    return model


def _prompts(name: str, own: Mapping[str, str | None]) -> tuple[str, str]:
    """Return what goes before a question and before a passage: models have many names for it, some only their card."""
    given = {key.casefold(): value for key, value in own.items() if value}
    known = read("models")["prompts"]
    query, document = (next((given[key] for key in known[side] if key in given), "") for side in ("query", "document"))
    if not query and not document:
        cards = {entry["name"].rpartition("/")[2].casefold(): entry for entry in read("models")["embeddings"]}
        query = cards.get(Path(name).name.casefold(), {}).get("query", "")
    return query, document
