"""Texts of others in a prompt: between fence markers, which they cannot close, as data."""

import re

from copilot.types import Passage

# Fence markers, and the control tokens of chat templates (`<|im_end|>`, `<｜User｜>`) that some servers obey inside
# texts; also in full width and with white space or invisible characters between.
_GAP = r"[\s\u200b-\u200f\u2060-\u2064\ufeff]*"
_OPENING = re.compile(rf"[<＜](?:{_GAP}[<＜])+|[<＜](?={_GAP}[|｜])")
_CLOSING = re.compile(rf"[>＞](?:{_GAP}[>＞])+|(?<=[|｜])[>＞]")


def fenced(passage: Passage) -> str:
    """Return a passage with its heading between fence markers, as data."""
    heading = " › ".join(filter(None, (passage.title, passage.section)))
    body = f"出处：{defused(' '.join(heading.split()))}\n{defused(passage.text)}"
    return f"<<<段落 {passage.rank}>>>\n{body}\n<<<段落 {passage.rank} 结束>>>"


def defused(text: str) -> str:
    """Return `text` in which no fence marker and no control token is left."""
    return _CLOSING.sub("〉", _OPENING.sub("〈", text))
