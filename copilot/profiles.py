"""Saved products and brand voices: one YAML file each in `home/products` and `home/voices`.

A product holds the keys of a brief, and `specs` {name: value}, `proofs` and `never` (claims never to make). A voice
holds the fields of `copilot.briefs.Voice`. Keys may be Chinese; files are written with the names of the contract.
"""

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote

from copilot.briefs import Voice
from copilot.errors import InputError
from copilot.knowledge.keys import key_of, label_of, nearest
from copilot.text import normalise
from copilot.text.clean import clean

Kind = Literal["product", "voice"]

_FOLDERS: dict[Kind, str] = {"product": "products", "voice": "voices"}
_TITLES: dict[Kind, str] = {"product": "产品", "voice": "品牌声音"}
_LISTS = frozenset({"selling_points", "facts", "keywords", "banned", "variables", "proofs", "never"})
_LONGEST = 60  # characters of a name: 9 bytes each when quoted, and file systems take 255 bytes
_SPLIT = re.compile(r"[、，,；;|\n]+")
_DEFAULT = ".default"


def list_profiles(home: Path, kind: Kind = "product") -> list[str]:
    """Return the names of what is saved, in order."""
    folder = home / _FOLDERS[kind]
    return sorted(unquote(path.stem) for path in folder.glob("*.yaml")) if folder.is_dir() else []


def load_profile(home: Path, name: str, kind: Kind = "product") -> dict[str, Any]:
    """Return a saved product or voice by the keys of the contract.

    :raises InputError: there is none of this name, or its file is broken
    """
    path = _path(home, kind, name)
    if not path.is_file():
        raise _unknown(home, kind, name)
    return _checked(read_mapping(path), kind, str(path))


def save_profile(
    home: Path, name: str, profile: Mapping[str, Any], kind: Kind = "product", *, replace: bool = True
) -> Path:
    """Write a product or voice and return where; the file is whole at any moment.

    :raises InputError: the name or the profile cannot be used, or it is there already and `replace` is off
    """
    import yaml

    path = _path(home, kind, name)
    if path.exists() and not replace:
        raise InputError(f"已有{_TITLES[kind]}“{name}”", "换个名字，或加上 --replace 覆盖。")
    checked = _checked(profile, kind, _TITLES[kind])
    if not {key for key in checked if key != "name"}:
        raise InputError(f"{_TITLES[kind]}“{name}”没有内容", "至少写一项，见 --help 里的例子。")
    _write(path, yaml.safe_dump(checked, allow_unicode=True, sort_keys=False, width=1000))
    return path


def remove_profile(home: Path, name: str, kind: Kind = "product") -> None:
    """Remove a product or voice; a voice that was the default is so no longer.

    :raises InputError: there is none of this name
    """
    path = _path(home, kind, name)
    if not path.is_file():
        raise _unknown(home, kind, name)
    path.unlink()
    if kind == "voice" and default_voice(home) == _plain(name):
        (path.parent / _DEFAULT).unlink()


def load_voice(home: Path, name: str = "") -> Voice | None:
    """Return a saved voice; without a name the default one, None if there is none.

    :raises InputError: there is no voice of this name
    """
    name = name or default_voice(home)
    if not name:
        return None
    profile = load_profile(home, name, "voice")
    return Voice(_plain(name), **{key: tuple(value) for key, value in profile.items() if key != "name"})


def use_voice(home: Path, name: str) -> None:
    """Make a saved voice the default; "" for none.

    :raises InputError: there is no voice of this name
    """
    path = home / _FOLDERS["voice"] / _DEFAULT
    if not name:
        path.unlink(missing_ok=True)
        return
    if not _path(home, "voice", name).is_file():
        raise _unknown(home, "voice", name)
    _write(path, _plain(name) + "\n")


def default_voice(home: Path) -> str:
    """Return the name of the default voice, "" for none."""
    path = home / _FOLDERS["voice"] / _DEFAULT
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def as_brief(profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return a product as keys of a brief: specs become statements, proofs are facts, what is never said is banned."""
    brief = {key: value for key, value in profile.items() if key not in ("specs", "proofs", "never")}
    specs = [f"{name}：{value}" for name, value in profile.get("specs", {}).items()]
    facts = [*brief.get("facts", ()), *specs, *profile.get("proofs", ())]
    banned = [*brief.get("banned", ()), *profile.get("never", ())]
    return brief | ({"facts": facts} if facts else {}) | ({"banned": banned} if banned else {})


def read_mapping(path: Path) -> dict[Any, Any]:
    """Return the mapping in a YAML or JSON file of a user.

    :raises InputError: it cannot be read, or is no mapping
    """
    import yaml

    try:
        data = yaml.safe_load(normalise(path.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"读不出 {path}：{error}", "检查路径，文件存成 UTF-8。") from error
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f"第 {line + 1} 行" if line is not None else ""
        raise InputError(f"{path} 不是合格的 YAML（{where or '写法有误'}）", "冒号后面空一格，缩进用空格。") from error
    if not isinstance(data, dict):
        raise InputError(f"{path} 的内容不是键值表", "写成一行一个“键: 值”。")
    return data


def _path(home: Path, kind: Kind, name: str) -> Path:
    """Return the file of a name; what could lead elsewhere, or no file system takes, is quoted.

    :raises InputError: it is no name
    """
    plain = _plain(name)
    if not plain or not any(c.isalnum() for c in plain):
        raise InputError(f"“{name}”不能当名字", "用文字或数字起名，例如 扫地机器人X2。")
    if len(plain) > _LONGEST:
        raise InputError(f"名字太长（{len(plain)} 字，最多 {_LONGEST} 字）", "换一个短些的名字。")
    safe = "".join(c if c.isalnum() or c in "-_" else quote(c, safe="") for c in plain)
    safe = safe.replace(".", "%2E")  # quote leaves the dot, and with it the way up
    if re.fullmatch(r"con|prn|aux|nul|com\d|lpt\d", safe, re.I):
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"  # Windows has devices of these names
    if len(f"{safe}.yaml".encode()) > 240:
        raise InputError("名字太长，文件系统放不下", "换一个短些的名字。")
    return home / _FOLDERS[kind] / f"{safe}.yaml"


def _plain(name: str) -> str:
    return clean(name)[0]


def _unknown(home: Path, kind: Kind, name: str) -> InputError:
    known = list_profiles(home, kind)
    hint = f"已有：{'、'.join(known[:8])}" if known else f"先添加：ops-copilot {_FOLDERS[kind]} add 名字 …"
    return InputError(f"没有{_TITLES[kind]}“{name}”", hint)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _checked(profile: Mapping[Any, Any], kind: Kind, where: str) -> dict[str, Any]:
    """Return the profile by its own keys, each value of its type.

    :raises InputError: it holds other keys or types; all of them are named
    """
    groups = ("keys", "profile") if kind == "product" else ("voice",)
    checked: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in profile.items():
        key = next((key for group in reversed(groups) if (key := key_of(str(name), group))), None)
        if key is None:
            near = nearest(str(name), groups)
            problems.append(f"没有“{name}”这一项" + (f"，最接近的是{near}" if near else ""))
        elif value is None or value == "" or value == [] or value == {}:
            continue
        elif (settled := _value(key, value, kind)) is None:
            problems.append(f"{_label(key, groups)}（{key}）的值不对：{str(value)[:30]}")
        elif isinstance(settled, dict) and key in checked:
            checked[key] |= settled
        elif isinstance(settled, list) and key in checked:
            checked[key] += [item for item in settled if item not in checked[key]]
        else:
            checked[key] = settled
    if problems:
        raise InputError(f"{where} 有 {len(problems)} 处不对：{'；'.join(problems)}", "改好再试，见 --help 里的例子。")
    return checked


def _label(key: str, groups: Sequence[str]) -> str:
    group = next(group for group in reversed(groups) if key_of(key, group) == key)
    return label_of(key, group)


def _value(key: str, value: Any, kind: Kind) -> Any:
    """Return the value as it is written to the file, None if it has the wrong type."""
    if key == "specs":
        if not isinstance(value, Mapping):
            return None
        specs = {_text(str(name)): _text(item) for name, item in value.items() if item not in (None, "")}
        return specs if specs and all(specs) and all(specs.values()) else None
    if key in _LISTS or (kind == "voice" and key in _VOICE_LISTS):
        return _texts(value, kind == "voice" and key != "samples")
    if key in ("offer", "original_price") and isinstance(value, Mapping):
        parts = {key_of(str(name), key) or "": _text(item) for name, item in value.items() if item not in (None, "")}
        return parts if parts and "" not in parts and all(parts.values()) else None
    if key == "platform" and isinstance(value, (list, tuple)):
        return _texts(value, False)
    return _text(value)


def _texts(value: Any, split: bool) -> list[str] | None:
    """Return texts; words of a voice may stand in one text, samples and statements are whole."""
    if isinstance(value, str):
        value = _SPLIT.split(value) if split else [value]
    if not isinstance(value, (list, tuple, set)):
        return None
    texts = [_text(item) for item in value if item not in (None, "")]
    return None if not texts or not all(texts) else list(dict.fromkeys(text for text in texts if text))


def _text(value: Any) -> str | None:
    """Return a clean text; None for what is none, or nothing but markup."""
    if isinstance(value, (bool, Mapping, list, tuple, set)):
        return None
    return clean(str(value))[0] or None


_VOICE_LISTS = frozenset(f.name for f in fields(Voice)) - {"name"}
