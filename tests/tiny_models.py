"""Tiny models: embeddings, a reranker, a chat model. Random weights, a vocabulary of single characters."""

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


_TURNS = ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def make_chat(folder: Path, *, context: int = 32_768, seed: int = 0, ends: int = 0) -> Path:
    """Save a Llama of one layer (0.3 MB) that takes turns and says anything; return its folder.

    One of `ends` characters ends its answer; else it hardly ever finds an end.
    """
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    ascii_ones = [chr(code) for code in range(32, 127)]
    listed = ["<unk>", "<pad>", "<s>", "</s>", *_TURNS, *_CHARACTERS, *ascii_ones, *"\n。！；、“”（）"]
    words = {word: i for i, word in enumerate(dict.fromkeys(listed))}
    characters = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    characters.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    characters.decoder = decoders.Fuse()
    marks = {"unk_token": "<unk>", "pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>"}
    tokenizer: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=characters, additional_special_tokens=_TURNS, model_max_length=context, **marks
    )
    tokenizer.chat_template = _TEMPLATE
    shape: Any = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    shape |= {"bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 1, "tie_word_embeddings": True}
    torch.manual_seed(seed)
    with quiet():
        config = LlamaConfig(vocab_size=len(words), max_position_embeddings=context, initializer_range=0.5, **shape)
        model: Any = LlamaForCausalLM(config)
        model.generation_config.max_new_tokens = 64  # what a server takes for a bound when it is told none
        model.generation_config.eos_token_id = [3, *(range(8, len(words), ends) if ends else ())]
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder
