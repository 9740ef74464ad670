"""The chat model: made from the settings, its answer as text, every failure a ModelError that says what to do.

Nothing goes to LangSmith unless OPS_COPILOT_TRACING=1; keys never stand in a message.
"""

from copilot.models.asking import Shape, method_of, shape_tokens
from copilot.models.chat import Chat, chat_model, replaceable
from copilot.models.stream import stream_text, without_thinking
from copilot.models.tokens import count_tokens, prompt_tokens, token_method

__all__ = [
    "Chat",
    "Shape",
    "chat_model",
    "count_tokens",
    "method_of",
    "prompt_tokens",
    "replaceable",
    "shape_tokens",
    "stream_text",
    "token_method",
    "without_thinking",
]
