"""The keys of a brief, in whatever words people name them: `brief.yaml` or another `file` holds the words."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any

from copilot.knowledge import read
from copilot.text import fold


@lru_cache(maxsize=4096)
def key_of(name: str, group: str = "keys", file: str = "brief") -> str | None:
    """Return the key that `name` means (product, 商品名, Selling Points …), None for none.

    `group` is `keys` (a brief), `offer`, `original_price`, `profile` or `voice`, or a group of another `file`.
    """
    return _aliases(group, file).get(bare(name))


@cache
def label_of(key: str, group: str = "keys", file: str = "brief") -> str:
    """Return the Chinese name of a key."""
    return str(read(file)[group][key]["label"])


def nearest(name: str, groups: Iterable[str] = ("keys",), file: str = "brief") -> str:
    """Return the valid key that looks most like `name`, as 卖点（selling_points）; "" if none comes near."""
    known = {alias: (key, group) for group in groups for alias, key in _aliases(group, file).items()}
    near = get_close_matches(bare(name), known, 1, 0.5)
    if not near:
        return ""
    key, group = known[near[0]]
    return f"{label_of(key, group, file)}（{key}）"


@cache
def _aliases(group: str, file: str) -> dict[str, str]:
    entries: dict[str, Any] = read(file)[group]
    known = {bare(alias): key for key, entry in entries.items() for alias in entry.get("aliases", ())}
    known |= {bare(entry["label"]): key for key, entry in entries.items()}
    return known | {bare(key): key for key in entries}


def bare(name: str) -> str:
    """Return a name as compared: folded, letters and digits alone."""
    return "".join(c for c in fold(name) if c.isalnum())
