"""Files that leave the page."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from ui.events import listen

_NAME = 40  # characters kept of a name that a user wrote


def outgoing(name: str, suffix: str) -> Path:
    """Return a path in a new folder for a file to download; of `name` only what a file name may hold is kept."""
    plain = re.sub(r"[^\w一-鿿-]+", "-", name).strip("-")[:_NAME] or "ops-copilot"
    return Path(tempfile.mkdtemp(prefix="ops-copilot-")) / f"{plain}{suffix}"


def download(label: str, make: Callable[..., Path], inputs: Any, name: str, **look: Any) -> gr.Button:
    """A button that makes a file when clicked and hands it to the browser; `name` is unique on the page."""
    button = gr.Button(label, size="sm", elem_id=f"oc-make-{name}", **look)
    hidden = gr.DownloadButton(label, visible="hidden", elem_id=f"oc-file-{name}")
    made = listen(button.click, lambda *values: str(make(*values)), inputs, hidden)
    made.success(None, None, None, js=f"() => oc.download('oc-file-{name}')", api_visibility="private")
    return button
