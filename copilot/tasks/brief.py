"""Whatever people hand in as a brief → `AdBrief`: keys by any usual name, clean texts, all problems at once.

Plain code rather than pydantic's TypeAdapter: aliases, table cells, cleaning and Chinese messages would all have been
validators around it, and its import costs 0.15 s. About 0.1 ms a brief.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from copilot.briefs import AdBrief
from copilot.errors import InputError
from copilot.knowledge.keys import key_of, label_of, nearest
from copilot.tasks.brief_values import Reading, is_blank, is_chinese, settle, variable_names
from copilot.tasks.gaps import gaps, price_value
from copilot.text import fold

_KEYS = tuple(f.name for f in fields(AdBrief))
_UNITED = ("facts", "banned")
_NOT_KEYS = ("n", "notes")  # what `read_sentence` says beside the brief
_HINT = "改好再试。常用的键：product selling_points audience pain offer price facts platform，中文名也认。"


def validated(
    given: Mapping[str, Any] | AdBrief, *, cells: bool = False, channels: Mapping[str, Any] | None = None
) -> AdBrief:
    """Return the brief; see `validated_with_notes`.

    :raises InputError: something in it is wrong; the message has one line for each problem
    """
    return validated_with_notes(given, cells=cells, channels=channels)[0]


def validated_with_notes(
    given: Mapping[str, Any] | AdBrief, *, cells: bool = False, channels: Mapping[str, Any] | None = None
) -> tuple[AdBrief, tuple[str, ...]]:
    """Return the brief and what was removed or cut.

    `cells`: a text where a list is asked is a table cell, split at 、；| and line ends. `channels`: all that there are,
    the user's own too; without them a channel that is not shipped is kept as written. The product may be missing only
    when the offer is what is advertised: with an offer and a brand, a signature or an audience.

    :raises InputError: something in it is wrong; the message has one line for each problem
    """
    if isinstance(given, AdBrief):
        given = {key: value for key in _KEYS if not is_blank(value := getattr(given, key))}
    if not isinstance(given, Mapping):
        raise InputError("简报要是一张键值表", "写成 {product: …, selling_points: […]}。")
    reading = Reading(cells=cells, channels=channels)
    named = _named(given, reading)
    if not is_blank(names := named.pop("variables", None)):
        reading.variables = variable_names(names, reading) or ()
    reading.chinese = is_chinese(
        [named.get(key) for key in ("product", "selling_points", "audience", "offer", "brand")]
    )
    values = {key: settle(key, value, reading) for key, value in named.items()}
    kept = {key: value for key, value in values.items() if value is not None}
    _together(kept, named, reading)
    if reading.problems:
        raise _refusal(reading.problems)
    kept.setdefault("product", "")
    return AdBrief(**kept, variables=reading.variables), tuple(dict.fromkeys(reading.notes))


def joined(*parts: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return one brief of several, the first ones winning: sentence, flags, file, profile.

    Banned words and facts are united; `n` and `notes` of a sentence are no part of a brief and are left out. Keys that
    mean nothing stay, so that `validated` names them.
    """
    whole: dict[str, Any] = {}
    for part in parts:
        for name, value in (part or {}).items():
            key = key_of(str(name)) or str(name)
            if key in _NOT_KEYS or is_blank(value):
                continue
            if key in _UNITED and key in whole:
                whole[key] = [*dict.fromkeys([*_listed(whole[key]), *_listed(value)])]
            else:
                whole.setdefault(key, value)
    return whole


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]


def _named(given: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """Return what was given by the keys of `AdBrief`, blank values left out."""
    named: dict[str, Any] = {}
    names: dict[str, str] = {}
    for name, value in given.items():
        key = key_of(name) if isinstance(name, str) else None
        if key is None:
            near = nearest(str(name))
            hint = f"，最接近的是{near}" if near else ""
            reading.problems.append(f"{str(name)[:40]}：没有这个键{hint}")
        elif is_blank(value):
            continue
        elif key in named and named[key] != value:
            reading.problems.append(f"{label_of(key)}（{key}）：写了两次（{names[key]}、{name}），只留一个")
        else:
            named[key], names[key] = value, str(name)
    return named


def _together(kept: dict[str, Any], named: dict[str, Any], reading: Reading) -> None:
    """Check what no value can tell alone."""
    problems = reading.problems
    if "product" not in kept and not any(p.startswith(label_of("product")) for p in problems):
        known = "offer" in kept and any(key in kept for key in ("brand", "sms_sign", "audience"))
        if not known:
            what = "清理之后没有内容" if "product" in named else "没有写"
            problems.append(f"产品（product）：{what}，写上产品或服务的名字")
    banned = [fold(word) for word in kept.get("banned", ())]
    for word in kept.get("keywords", ()):
        if any(b in fold(word) for b in banned):
            problems.append(f"关键词（keywords）：“{word}”又在禁用词里，二者留一")
    now, before = price_value(kept.get("price", "")), kept.get("original_price")
    if now and before and (then := price_value(before.value)) and then <= now:
        reading.notes.append(f"原价（original_price）：{before.value} 不高于现价 {kept['price']}，请核对")


def _refusal(problems: list[str]) -> InputError:
    lines = list(dict.fromkeys(problems))
    if len(lines) == 1:
        return InputError(f"简报有问题：{lines[0]}", _HINT)
    return InputError(f"简报有 {len(lines)} 处问题：{'；'.join(lines)}", _HINT)


__all__ = ["gaps", "joined", "validated", "validated_with_notes"]
