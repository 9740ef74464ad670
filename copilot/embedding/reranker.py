"""A cross-encoder: reads a question and a passage together. Any that sentence-transformers loads; never fetched."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from copilot.embedding import files
from copilot.embedding.local import TOKENS, computing, load
from copilot.errors import EmbeddingError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_HINT = "换一个模型，或不设 OPS_COPILOT_RERANKER。"


class Reranker:
    """A sentence-transformers CrossEncoder that gives one number a pair."""

    def __init__(self, name: str) -> None:
        """Load the model from this machine.

        :raises EmbeddingError: not there, of another kind, or broken
        """
        self._model, folder = load(name, "reranker", _cross_encoder)
        if self._model.num_labels != 1:
            message = f"{name} 不给段落打分：每一对输出 {self._model.num_labels} 个数"
            raise EmbeddingError(message, _HINT)
        self.name = name
        self.fingerprint = f"reranker/{files.digest(folder)}"

    def scores(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Return how well each passage answers the question, 0…1, shape `(len(passages),)`.

        :raises EmbeddingError: memory is short, or the model gives no numbers
        """
        longest = min(self._model.max_seq_length or TOKENS, max(map(len, passages), default=0) + len(query))
        size = max(1, min(len(passages), TOKENS // max(1, longest)))
        pairs = [(query, passage) for passage in passages]
        with computing(self.name):
            predicted = self._model.predict(pairs, batch_size=size, activation_fn=_sigmoid, show_progress_bar=False)
        scores = np.asarray(predicted, dtype=np.float32).reshape(len(passages))
        if not np.isfinite(scores).all():
            raise EmbeddingError(f"重排模型 {self.name} 算出的不是数", _HINT)
        return scores


def load_reranker(name: str) -> Reranker | None:
    """Return the reranker called `name`, a folder or hub name; None for ''.

    :raises EmbeddingError: not there, of another kind, or broken
    """
    return Reranker(name) if name else None


def _sigmoid(logits: Any) -> Any:
    """Stand in for the model's own activation, which may be none: scores are then any numbers."""
    return logits.sigmoid()


def _cross_encoder(folder: str) -> "CrossEncoder":
    from sentence_transformers import CrossEncoder

    model: CrossEncoder = CrossEncoder(folder, local_files_only=True, trust_remote_code=False)
    if model.device.type == "cpu":
        model.float()  # half precision is slow there
    return model
