"""How a handler is hung on an event: errors become a Chinese sentence and a hint, nothing is callable from outside."""

import html
import inspect
import logging
from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any

import gradio as gr

from copilot.errors import CopilotError

_LOG = logging.getLogger("ui")
# js of a gr.HTML: a click on anything with data-act is told to Python, as an event with the data- attributes.
CLICKS = """
element.addEventListener('click', event => {
  const hit = event.target.closest('[data-act]');
  if (hit && element.contains(hit) && !hit.disabled) trigger('click', {...hit.dataset});
});
"""


def listen(event: Any, handler: Callable[..., Any] | None, inputs: Any = None, outputs: Any = None, **more: Any) -> Any:
    """Hang `handler` on an event such as `button.click`, or a `.then` of one; return it, for `.then` and `cancels`.

    A `CopilotError` is shown as its message and hint, anything else as a program error; the endpoint stays private.
    """
    fn = guarded(handler) if handler else None
    return event(fn, inputs, outputs, api_visibility="private", **more)


def guarded(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return `handler` with its errors turned into what the page shows."""
    if inspect.isgeneratorfunction(handler):

        @wraps(handler)
        def steps(*args: Any, **kwargs: Any) -> Iterator[Any]:
            try:
                yield from handler(*args, **kwargs)
            except Exception as error:
                raise _shown(error) from error

        return _described(steps, handler)

    @wraps(handler)
    def step(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except Exception as error:
            raise _shown(error) from error

    return _described(step, handler)


def _described(wrapper: Callable[..., Any], handler: Callable[..., Any]) -> Callable[..., Any]:
    """Give `wrapper` the parameters of `handler`, also of a partial: by their hints Gradio knows `gr.EventData`."""
    wrapper.__signature__ = inspect.signature(handler)  # type: ignore[attr-defined]
    wrapper.__annotations__ = handler.func.__annotations__ if isinstance(handler, partial) else handler.__annotations__
    return wrapper


def _shown(error: Exception) -> gr.Error:
    """What the page says; Gradio takes the text for HTML, so that of users is escaped."""
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, CopilotError):
        message, hint, title = error.message, error.hint, "没有做成"
    else:
        _LOG.error("a handler of the page failed", exc_info=error)
        message, hint, title = "程序内部出错", "刷新页面再试一次；仍然这样，请把启动窗口里的记录发给开发者。", "出错了"
    text = f"{html.escape(message)}。<br>{html.escape(hint)}" if hint else f"{html.escape(message)}。"
    return gr.Error(text, duration=None, title=title, print_exception=False)
