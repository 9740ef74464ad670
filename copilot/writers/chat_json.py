"""A chat model's whole answer, when JSON is what is wanted of it."""

from collections.abc import Sequence
from contextlib import closing

from copilot.errors import ModelError
from copilot.knowledge import read
from copilot.models import Chat, stream_text
from copilot.writers.chat_copy_json import complete


def whole_answer(chat: Chat, messages: Sequence[tuple[str, str]]) -> str:
    """Return the model's whole text, cut at the limit of characters.

    :raises ModelError: the call failed
    """
    text, most = "", int(read("chat_copy")["characters"])
    try:
        with closing(stream_text(chat, messages, complete=complete)) as pieces:
            for piece in pieces:
                text += piece
                if len(text) > most:
                    break
    except ModelError:
        if not complete(text):  # a server that leaves out finish_reason looks cut off, whole as the JSON is
            raise
    return text[:most]
