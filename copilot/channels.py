"""Channels and what their fields hold: the shipped table, and the user's own on top of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from copilot.errors import DataError, InputError
from copilot.knowledge import read
from copilot.knowledge.platforms import OWN, channel_problems, merged, user_channels
from copilot.text import fold
from copilot.types import Counter, LimitKind, Record


@dataclass(frozen=True, slots=True)
class ChannelField(Record):
    """One field of a channel; lengths are in units of `counter`, and 0 means that none is known.

    `items` are the least and the most entries of a list, (0, 0) for a single text; `visible` is where a reader's view
    is folded; `confidence` is H, M, L or K: official document, several sources, one weak source, general knowledge.
    """

    name: str
    label: str
    limit: int
    counter: Counter
    kind: LimitKind
    minimum: int = 0
    items: tuple[int, int] = (0, 0)
    visible: int = 0
    optional: bool = False
    source: str = ""
    checked_on: str = ""
    confidence: str = "K"


@dataclass(frozen=True, slots=True)
class Channel(Record):
    """A place where copy goes; `aliases` are names that people use for it."""

    platform: str
    title: str
    fields: tuple[ChannelField, ...]
    language: str = "zh"
    note: str = ""
    aliases: tuple[str, ...] = ()


def load_channels(home: Path | None = None) -> dict[str, Channel]:
    """Return all channels by id: the shipped ones, changed and joined by `platforms.yaml` in `home`.

    :raises DataError: the user's file cannot be read or is wrong; all that is wrong is named
    """
    path = home / OWN if home else None
    if path is None or not path.is_file():
        return dict(_shipped())
    state = path.stat()
    return dict(_with_own(path, state.st_mtime_ns, state.st_size))


def find_channel(name: str, channels: Mapping[str, Channel]) -> Channel:
    """Return the channel that `name` means: an id, its title or an alias, in any case and spacing.

    :raises InputError: there is none; names what comes near
    """
    names = _names(tuple(channels.values()))
    bare = _bare(name)
    found = names.get(bare) or names.get(_without_fillers(bare))
    if found:
        return channels[found]
    near = _nearest(bare, names)
    hint = "、".join(f"{channels[n].title}（{n}）" for n in near) if near else ""
    advice = f"想说的是不是 {hint}？" if hint else ""
    raise InputError(f"没有渠道“{name}”", f"{advice}全部渠道：ops-copilot platforms")


@cache
def _shipped() -> dict[str, Channel]:
    return _records(read("platforms")["channels"])  # a test checks it; at run time that would take 1.5 ms


@lru_cache(maxsize=4)
def _with_own(path: Path, mtime_ns: int, size: int) -> dict[str, Channel]:
    """Return the channels with those in `path`; its time and size are part of what is remembered."""
    shipped = read("platforms")["channels"]
    own, problems = user_channels(path, shipped)
    raw = merged(shipped, own)
    problems += channel_problems(raw)
    if problems:
        message = f"{path} 有 {len(problems)} 处不对：{'；'.join(problems)}"
        raise DataError(message, "改好再运行；每个键的写法可以照着 ops-copilot platforms --json 的输出。")
    return _records(raw)


def _records(raw: Mapping[str, Any]) -> dict[str, Channel]:
    return {
        name: Channel(
            platform=name,
            title=entry["title"],
            fields=tuple(_field(field, values) for field, values in entry["fields"].items()),
            language=entry.get("language", "zh"),
            note=entry.get("note", ""),
            aliases=tuple(entry.get("aliases", ())),
        )
        for name, entry in raw.items()
    }


def _field(name: str, values: Mapping[str, Any]) -> ChannelField:
    least, most = values.get("items", (0, 0))
    return ChannelField(**{**values, "name": name, "items": (least, most), "checked_on": str(values["checked_on"])})


@lru_cache(maxsize=4)
def _names(channels: tuple[Channel, ...]) -> dict[str, str]:
    """Return id by every name, bare; ids win over titles, titles over aliases."""
    names = {_bare(alias): c.platform for c in channels for alias in c.aliases}
    names |= {_bare(c.title): c.platform for c in channels}
    return names | {_bare(c.platform): c.platform for c in channels}


def _bare(name: str) -> str:
    return "".join(c for c in fold(name) if c.isalnum())


def _without_fillers(bare: str) -> str:
    """Return the name without what people add to it: 小红书爆款文案 → 小红书."""
    fillers = sorted(read("platforms")["fillers"], key=len, reverse=True)
    while ending := next((f for f in fillers if bare.endswith(f) and len(bare) > len(f)), ""):
        bare = bare.removesuffix(ending)
    return bare


def _nearest(bare: str, names: Mapping[str, str]) -> list[str]:
    """Return at most three ids: of names that hold `bare` or stand in it, then of names spelt alike."""
    from difflib import get_close_matches

    return list(dict.fromkeys([*_holding(bare, names), *(names[n] for n in get_close_matches(bare, names, 3, 0.6))]))[
        :3
    ]


def _holding(bare: str, names: Mapping[str, str]) -> Iterator[str]:
    if len(bare) > 1:
        yield from (names[n] for n in sorted(names, key=len, reverse=True) if len(n) > 1 and (n in bare or bare in n))
