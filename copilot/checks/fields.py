"""The texts of a copy with the names that findings give them."""

from collections.abc import Iterator, Mapping
from typing import Any


def field_texts(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield `(field, text)`: `title` for a text, `headlines[0]` for an entry of a list."""
    for name, value in fields.items():
        if isinstance(value, str):
            yield name, value
        else:
            yield from ((f"{name}[{i}]", text) for i, text in enumerate(value))
