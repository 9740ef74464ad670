"""A sentence-transformers model as files: where it lies on this machine, which of them count, what it is.

Nothing here goes to the network and nothing heavy is imported.
"""

import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

Kind = Literal["embedding", "reranker", "either", "other"]

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)
_WEIGHTS = re.compile(r"(?:model|pytorch_model|adapter_model)(?:-\d+-of-\d+)?\.(safetensors|bin)")
_OTHERS = (".json", ".txt", ".model", ".jinja")  # configuration and tokenizer
_MODULE = re.compile(r"(?:\w+_)?\d+_\w+")  # 1_Pooling, query_0_Transformer; not onnx, openvino, imgs, checkpoint-500
DESCRIPTIONS = ("modules.json", "config.json")  # one of them lies in every model's folder
_BLOCK = 1 << 20  # bytes read at once


def repository(name: str) -> str:
    """Return the hub's name of a model, '' when `name` can be none; one without owner is sentence-transformers' own."""
    if not _NAME.fullmatch(name):
        return ""
    return name if "/" in name else f"sentence-transformers/{name}"


def cache_folder() -> str | None:
    """Return the cache that sentence-transformers is told to use, None for the hub's own (HF_HOME)."""
    return os.environ.get("SENTENCE_TRANSFORMERS_HOME") or None


def find(name: str) -> Path | None:
    """Return the folder of a model, itself a folder or in the hub's cache; None when it is not on this machine."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if not (repo := repository(name)):
        return None
    from huggingface_hub import try_to_load_from_cache

    for file in DESCRIPTIONS:
        found = try_to_load_from_cache(repo, file, cache_dir=cache_folder())
        if isinstance(found, str):
            return Path(found).parent
    return None


def needed(names: Iterable[str]) -> list[str]:
    """Return those of a model's files that loading it takes: no onnx, no pictures, weights once and safetensors first.

    `names` are relative and divided by `/`.
    """
    kept = [name for name in names if all(_MODULE.fullmatch(part) for part in name.split("/")[:-1])]
    safe = {_folder(name) for name in kept if name.endswith(".safetensors") and is_weights(name)}
    return sorted(
        name
        for name in kept
        if (name.endswith(".safetensors") or _folder(name) not in safe if is_weights(name) else name.endswith(_OTHERS))
    )


def is_weights(name: str) -> bool:
    """Return whether a file holds numbers of the model."""
    return bool(_WEIGHTS.fullmatch(name.rpartition("/")[2]))


def is_whole(folder: Path) -> bool:
    """Return whether a folder holds a model: its description and its numbers."""
    described = any((folder / name).is_file() for name in DESCRIPTIONS)
    return described and any(map(is_weights, needed_in(folder)))


def needed_in(folder: Path) -> list[str]:
    """Return `needed` of what lies in a folder."""
    return needed(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def size(folder: Path) -> int:
    """Return the bytes of the files that count."""
    return sum((folder / name).stat().st_size for name in needed_in(folder))


def digest(folder: Path) -> str:
    """Return what tells this model from every other: a digest over names and contents of the files that count.

    Not over computed vectors: those differ in the last bits with the processor and the number of threads, so
    some number always stands close enough to a rounding border to flip. CRC-32 with the length tells models
    apart and takes 0.03 s for 100 MB; SHA-256 took 0.5 s, at every start. It keeps nobody out.
    """
    total = hashlib.sha256()
    for name in needed_in(folder):
        total.update(f"{name}\0{_checksum(folder / name)}\n".encode())
    return total.hexdigest()[:12]


def kind(folder: Path) -> Kind:
    """Return what a model can be used for, by its configuration; `either` for a bare language model."""
    config = _json(folder / "config.json")
    if declared := _json(folder / "config_sentence_transformers.json").get("model_type"):
        kinds: dict[str, Kind] = {"SentenceTransformer": "embedding", "CrossEncoder": "reranker"}
        return kinds.get(declared, "other")
    if (folder / "modules.json").is_file():
        return "embedding"
    architecture = str((config.get("architectures") or [""])[0])
    if architecture.endswith("ForSequenceClassification"):
        return "reranker"
    if architecture.endswith("ForCausalLM"):
        return "either"
    return "embedding" if config else "other"


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _checksum(path: Path) -> str:
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            checksum = zlib.crc32(block, checksum)
    return f"{path.stat().st_size}:{checksum:08x}"


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):  # not there, or broken: loading the model will tell
        return {}
    return value if isinstance(value, dict) else {}
