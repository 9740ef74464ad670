"""Which column holds what: by the names that people give them, or as `--map` says; and what a row says by key."""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal, NamedTuple

from copilot.batch.names import general_key, is_list, key_named, key_of_column, nearest_key, rank, told_key
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.tasks.brief_values import is_blank

Task = Literal["adcopy", "ask", "diagnose"]
_TWIN = re.compile(r"（\d+）$")  # what `distinct` adds to a name that stands twice
_INSTEAD = ("brand", "sms_sign", "audience")  # with an offer, one of them stands in for the product
NEEDED = {"adcopy": "product", "ask": "question", "diagnose": "voice"}
_UNKNOWN = "不认识"
_LONGEST = 40  # characters of a name; a longer cell is a value


class Columns(NamedTuple):
    """The key of every column ("" for none, `offer.end` for a part), unused columns with the reason, and notes."""

    keys: tuple[str, ...]
    unused: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()
    task: Task = "adcopy"


def recognised(header: Sequence[str], task: Task) -> int:
    """Return how many cells are names of columns that the task knows."""
    return sum(1 for name in header if name and len(name) <= _LONGEST and key_of_column(name, task))


def map_columns(header: Sequence[str], task: Task, given: Mapping[str, str], known: Collection[str] = ()) -> Columns:
    """Return what the columns hold. `given`: column name or number as text → key, its Chinese name, or "" for none.

    `known` are keys that every row has from elsewhere (a product profile).

    :raises InputError: everything that is wrong with `given`, and what the task cannot do without if no column holds it
    """
    problems: list[str] = []
    told = _told(header, task, given, problems)
    found = [key_of_column(_stem(name, header), task) if len(name) <= _LONGEST else "" for name in header]
    keys = [told.get(place, key) for place, key in enumerate(found)]
    unused = {place: "按 --map 不用" for place, key in told.items() if not key}
    notes = []
    for key in dict.fromkeys(filter(None, keys)):
        places = [place for place, other in enumerate(keys) if other == key]
        if len(places) == 1:
            continue
        if is_list(key, task):
            notes.append(f"{'、'.join(header[place] for place in places)}：合在一起作{told_key(key, task)}")
        elif sum(place in told for place in places) > 1:
            problems.append(f"--map 把 {'、'.join(header[p] for p in places)} 都指定为{told_key(key, task)}，只能一列")
        else:
            best = min(places, key=lambda place: (place not in told, rank(_stem(header[place], header), key, task)))
            for place in places:
                if place != best and _stem(header[place], header) != _stem(header[best], header):
                    keys[place], unused[place] = "", _beaten(header[place], header[best], key, keys, task)
    for place, name in enumerate(header):
        if not keys[place] and place not in unused:
            unused[place] = _why_unused(name, task)
    if lacking := _lacking([*keys, *known], task):
        problems.append(lacking)
    if problems:
        raise _refusal(problems, header, task)
    left = tuple((header[place], unused[place]) for place in sorted(unused))
    return Columns(tuple(keys), left, tuple(notes), task)


def row_values(header: Sequence[str], columns: Columns, cells: Sequence[Any]) -> dict[str, Any]:
    """Return what a row says by key, blank cells left out; parts of `offer` and `original_price` as mappings.

    :raises InputError: two columns of one name say different things, or a cell holds an error value of Excel
    """
    values: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {}
    for key, name, value in zip(columns.keys, header, cells, strict=False):
        if not key:
            continue
        if value.__class__ is str:
            if not value or value.isspace():
                continue
            if value[0] == "#" and value.strip() in _error_values():
                raise InputError(f"“{name}”这一格是错误值 {value.strip()}", "在原文件里改好这一格再试。")
        elif is_blank(value):
            continue
        to, at = values, key
        if "." in key:
            whole, _, at = key.partition(".")
            to = parts.setdefault(whole, {})
        if at not in to:
            to[at] = value
        elif to is values and key in _lists():
            to[at] = _joined(to[at], value)
        elif to[at] != value:
            hint = "改成一样的；或只用其中一列，另一列用 --map 列号= 去掉。"
            raise InputError(f"两列都叫“{_TWIN.sub('', name)}”，这一行写得不一样：{to[at]}、{value}", hint)
    for whole, given in parts.items():
        if (together := _together(whole, values.get(whole), given)) is not None:
            values[whole] = together
    return values


def described(header: Sequence[str], columns: Columns, first: Mapping[str, Any]) -> list[str]:
    """Return Chinese lines: which column is taken for what, which are not used and why, the first row as understood."""
    task = columns.task
    used = [f"{name} → {told_key(key, task)}" for name, key in zip(header, columns.keys, strict=False) if key]
    lines = ["列：" + "；".join(used), *columns.notes]
    if unknown := [name for name, why in columns.unused if why == _UNKNOWN]:
        lines.append(f"没有用到的列（结果表里原样保留）：{'、'.join(unknown)}")
    lines += [f"没有用到的列“{name}”：{why}" for name, why in columns.unused if why != _UNKNOWN]
    if first:
        understood = [f"{told_key(key, task).partition('（')[0]}＝{_short(key, value)}" for key, value in first.items()]
        lines.append("第一行读成：" + "；".join(understood))
    return lines


def _told(header: Sequence[str], task: Task, given: Mapping[str, str], problems: list[str]) -> dict[int, str]:
    """Return column → key as `--map` says, what is wrong with it into `problems`."""
    told: dict[int, str] = {}
    for name, wish in given.items():
        place = _place(name, header)
        key = key_named(wish, task) if wish.strip() else ""
        if place is None:
            near = get_close_matches(name, header, 1, 0.4)
            most = f"，最接近的是“{near[0]}”" if near else ""
            problems.append(f"--map {name}={wish}：文件里没有“{name}”这一列{most}")
        if wish.strip() and not key:
            like = nearest_key(wish, task)
            most = f"，最接近的是{like}" if like else ""
            problems.append(f"--map {name}={wish}：没有“{wish}”这个键{most}")
        elif place is not None and told.get(place, key) != key:
            problems.append(f"--map 给“{header[place]}”指定了两次，写得不一样")
        elif place is not None:
            told[place] = key
    return told


def _place(name: str, header: Sequence[str]) -> int | None:
    """Return the column of this name, else of this number from 1, else the only one that is so called by and large."""
    if name in header:
        return header.index(name)
    if name.strip().isdecimal() and 1 <= int(name) <= len(header):
        return int(name) - 1
    alike = [place for place, other in enumerate(header) if bare(other) == bare(name) != ""]
    return alike[0] if len(alike) == 1 else None


def _stem(name: str, header: Sequence[str]) -> str:
    """Return the name without the number that tells it from an equal one."""
    stem = _TWIN.sub("", name)
    return stem if stem in header else name


def _beaten(name: str, better: str, key: str, keys: Sequence[str], task: Task) -> str:
    why = f"{told_key(key, task)}用了“{better}”"
    if key == "price" and rank(better, key, task) < rank("价格", key, task) and "original_price" not in keys:
        return f"{why}；这一列如果是划线价，加 --map {name}=original_price"
    return why


def _why_unused(name: str, task: Task) -> str:
    if task == "adcopy" and (key := general_key(name)):
        return f"列名太笼统；如果是{told_key(key, task)}，加 --map {name}={key}"
    near = nearest_key(name, task) if len(name) <= _LONGEST else ""
    return f"不认识；最接近的是{near}，是的话用 --map 指定" if near else _UNKNOWN


def _lacking(keys: Sequence[str], task: Task) -> str:
    needed = NEEDED[task]
    if needed in keys:
        return ""
    if task == "adcopy" and any(k.partition(".")[0] == "offer" for k in keys) and any(k in keys for k in _INSTEAD):
        return ""
    return f"没有一列是{told_key(needed, task)}"


def _refusal(problems: list[str], header: Sequence[str], task: Task) -> InputError:
    names = "、".join(header[:30]) + (f" … 共 {len(header)} 列" if len(header) > 30 else "")
    example = f"--map {header[0] if header else '1'}={NEEDED[task]}"
    hint = f"用 --map 列名=键 指定，例如 {example}；列名也可以写列号；文件的第一行要是列名。"
    return InputError("；".join(problems) + f"。文件里的列：{names}", hint)


@cache
def _error_values() -> frozenset[str]:
    return frozenset(read("batch")["error_values"])


@cache
def _lists() -> frozenset[str]:
    return frozenset(key for key in read("brief")["keys"] if is_list(key, "adcopy"))


def _joined(first: Any, second: Any) -> Any:
    """Return two cells of a list as one; line ends part the values of a text cell."""
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n{second}"
    return [item for value in (first, second) for item in (value if isinstance(value, list) else [value])]


def _together(whole: str, value: Any, parts: dict[str, Any]) -> Any:
    """Return a value and the columns that hold parts of it as one mapping; None if that says nothing."""
    if isinstance(value, Mapping):
        return {**value, **parts}
    main = "what" if whole == "offer" else "value"
    if not is_blank(value) and main in parts and parts[main] != value:
        return {**parts, main: f"{value}，{parts[main]}" if whole == "offer" else value}
    given = parts if is_blank(value) else {main: value, **parts}
    return given if whole == "offer" or main in given else None


def _short(key: str, value: Any) -> str:
    if isinstance(value, Mapping):
        known = read("brief").get(key, {})
        text = "，".join(f"{known[part]['label'] if part in known else part} {item}" for part, item in value.items())
    else:
        text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
    text = "、".join(line.strip() for line in text.splitlines() if line.strip())
    return text if len(text) <= 60 else text[:60] + "…"
