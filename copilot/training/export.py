"""Vectors and vocabulary → a folder that SentenceTransformer, model2vec and the product itself load."""

import json
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer

_CONFIG = {"model_type": "model2vec", "architectures": ["StaticModel"], "normalize": True, "max_length": None}
_MODULES = [
    {"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"},
    {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
]


def export(vectors: NDArray[np.float32], tokenizer: Tokenizer, card: str, out: Path) -> None:
    """Write the model to `out`; a folder that is there is replaced as one, never half."""
    fresh, old = out.with_name(f".{out.name}.new"), out.with_name(f".{out.name}.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    (fresh / "1_Normalize").mkdir(parents=True)
    save_file({"embeddings": np.ascontiguousarray(vectors.astype(np.float16))}, fresh / "model.safetensors")
    tokenizer.save(str(fresh / "tokenizer.json"), pretty=False)
    config = _CONFIG | {"hidden_dim": vectors.shape[1], "embedding_dtype": "float16"}
    (fresh / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    (fresh / "modules.json").write_text(json.dumps(_MODULES, indent=1) + "\n", encoding="utf-8")
    (fresh / "1_Normalize" / "config.json").write_text("{}\n", encoding="utf-8")
    (fresh / "README.md").write_text(card, encoding="utf-8")
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)
