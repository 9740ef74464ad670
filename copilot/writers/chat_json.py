"""A chat model's whole answer, when JSON is what is wanted of it."""

import re
from collections.abc import Callable, Sequence
from contextlib import closing

from copilot.errors import ModelError
from copilot.knowledge import read
from copilot.models import Chat, stream_text
from copilot.writers.chat_copy_json import UnreadableError, complete, documents
from copilot.writers.chat_forms import Form, faults


def whole_answer(
    chat: Chat, messages: Sequence[tuple[str, str]], form: Form, shown: Callable[[str], None] = lambda text: None
) -> str:
    """Return the model's whole text, cut at the limit of characters; it should be JSON after `form`.

    `shown` gets what has come so far, as often as something comes.

    :raises ModelError: the call failed
    """
    text, most = "", int(read("chat_copy")["characters"])
    try:
        with closing(stream_text(chat, messages, complete=complete, shape=form.shape)) as pieces:
            for piece in pieces:
                text += piece
                if chat.watch:
                    chat.watch(len(text))
                shown(text)
                if len(text) > most:
                    break
    except ModelError:
        if not complete(text):  # a server that leaves out finish_reason looks cut off, whole as the JSON is
            raise
    return text[:most]


def without_thoughts(text: str) -> str:
    """Return what stands behind the last closing tag of thinking: a server may swallow the opening one."""
    tags = "|".join(read("models")["thinking_tags"])
    return re.split(rf"</(?:{tags})>", text, flags=re.IGNORECASE)[-1]


def faults_in(text: str, form: Form) -> list[str]:
    """Return what is wrong with the last JSON object of an answer; [] where it is valid or there is none."""
    try:
        return faults(form, documents(text, lambda value: isinstance(value, dict))[-1])
    except UnreadableError:
        return []
