"""Tiny models of the kinds that sentence-transformers loads: random weights, a vocabulary of single characters."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from copilot.embedding.local import quiet

_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_COMMON = [bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)]
_CHARACTERS = [*filter(None, _COMMON), *"abcdefghijklmnopqrstuvwxyz0123456789：，。？"]


def make_embedding(folder: Path, *, hidden: int = 16, seed: int = 0, prompts: Mapping[str, str] | None = None) -> Path:
    """Save a BERT with mean pooling as a SentenceTransformer; return its folder."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertModel

    with quiet():
        base = _bert(folder.with_name(f"{folder.name}-base"), BertModel, hidden, seed)
        modules = [Transformer(str(base)), Pooling(hidden)]
        model = SentenceTransformer(modules=modules, device="cpu", prompts=dict(prompts or {}))
        model.save(str(folder), create_model_card=False)
    return folder


def make_reranker(folder: Path, *, hidden: int = 16, seed: int = 0, labels: int = 1) -> Path:
    """Save a BERT with a classifying head, as cross-encoders lie on the hub; return its folder."""
    from transformers import BertForSequenceClassification

    with quiet():
        return _bert(folder, BertForSequenceClassification, hidden, seed, num_labels=labels)


def _bert(folder: Path, made_by: Any, hidden: int, seed: int, **config: Any) -> Path:
    import torch
    from transformers import BertConfig, BertTokenizer

    words = {word: i for i, word in enumerate([*_SPECIAL, *_CHARACTERS])}
    torch.manual_seed(seed)
    shape: Any = {
        "hidden_size": hidden,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 2 * hidden,
    }
    # Weights of 0.5 instead of 0.02: texts then differ by more than noise.
    model = made_by(BertConfig(vocab_size=len(words), initializer_range=0.5, **shape, **config))
    model.save_pretrained(folder)
    BertTokenizer(vocab=words, model_max_length=512).save_pretrained(folder)
    return folder
