"""The one vocabulary of the product: pieces of words for the lexical index, the embedding and the token estimate."""

import zlib
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.text.fold import fold

if TYPE_CHECKING:
    from tokenizers import Tokenizer

VOCABULARY = Path(__file__).parent.parent / "embedding" / "builtin" / "tokenizer.json"


def numbered_pieces(text: str) -> list[tuple[int, str]]:
    """Return number and spelling of the pieces of the folded `text`, in order; 0 for one outside the vocabulary."""
    found = tokenizer(VOCABULARY).encode(fold(text), add_special_tokens=False)
    return list(zip(found.ids, found.tokens, strict=True))


def piece_numbers(texts: tuple[str, ...], path: Path = VOCABULARY) -> list[list[int]]:
    """Return the numbers of the pieces of the folded texts; 0 for characters outside the vocabulary."""
    return _piece_numbers(texts, path)


# One batch is remembered: what is embedded is also stored and indexed as pieces, and tokenising is most of embedding.
@lru_cache(maxsize=1)
def _piece_numbers(texts: tuple[str, ...], path: Path) -> list[list[int]]:
    encodings = tokenizer(path).encode_batch_fast([fold(text) for text in texts], add_special_tokens=False)
    return [encoding.ids for encoding in encodings]


@cache
def tokenizer(path: Path) -> "Tokenizer":
    """Return the tokenizer in a file, read once (0.1 s); what it is given must be folded.

    :raises OSError: it cannot be read
    """
    from tokenizers import Tokenizer  # 0.03 s, and a command that searches nothing does without

    return Tokenizer.from_buffer(path.read_bytes())


@cache
def version() -> str:
    """Return what tells this vocabulary from others: pieces stored with another one mean something else."""
    return f"{zlib.crc32(VOCABULARY.read_bytes()):08x}"
