"""From a JSON value that a model wrote to a channel's fields: names, shapes and wrappings vary, texts are cleaned."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from copilot.briefs import AdBrief
from copilot.channels import Channel, ChannelField
from copilot.knowledge import read
from copilot.writers.chat_copy_clean import clean

Fields = dict[str, str | tuple[str, ...]]

_NUMBERED = re.compile(r"(.*?)\d{1,2}")
_ITEM_MARK = re.compile(r"\A\s*(?:[-*•●▪◦·]\s+|\d{1,2}\s*[.、)）．]\s*(?!\d)|[（(]\d{1,2}[)）]\s*)")
_TAG_PARTS = re.compile(r"[\s#＃,，、;；|<>＜＞]+")
_TAG_LINE = re.compile(r"(?:\s*[#＃][^\s#＃]{1,30}[#＃]?)+\s*")


def is_copy(value: Any, channel: Channel) -> bool:
    """Say whether `value` looks like copy for `channel`: variants, or one of them."""
    return bool(variants_in(value, channel))


def variants_in(value: Any, channel: Channel) -> list[dict[str, Any]]:
    """Return the variants in a value, each a mapping with its fields, as the model named them; [] if there are none."""
    if isinstance(value, list):
        return [one for item in value for one in _one(item, channel)]
    if not isinstance(value, Mapping):
        return []
    lowered = _lowered(value)
    if not _has_fields(lowered, channel):
        for key in read("chat_copy")["keys"]["variants"]:
            if found := _several(lowered.get(key), channel):
                return found
    return _one(value, channel) or _several(value, channel)


def _several(value: Any, channel: Channel) -> list[dict[str, Any]]:
    """Variants in a list, or in a mapping `{"variant_1": {…}, …}` whose keys may name the angles."""
    if isinstance(value, list):
        return [one for item in value for one in _one(item, channel)]
    if not isinstance(value, Mapping):
        return []
    if found := _one(value, channel):
        return found
    return [{"angle": str(key), **one} for key, item in value.items() for one in _one(item, channel)]


def _one(value: Any, channel: Channel) -> list[dict[str, Any]]:
    fields = required(channel)
    if isinstance(value, str) and len(fields) == 1 and not fields[0].items[1]:
        return [{fields[0].name: value}]
    if not isinstance(value, Mapping):
        return []
    lowered = _lowered(value)
    return [lowered] if _has_fields(lowered, channel) else []


def _has_fields(lowered: Mapping[str, Any], channel: Channel) -> bool:
    return any(True for _ in _named(_inner(lowered, channel), channel))


def required(channel: Channel) -> list[ChannelField]:
    """Return the fields without which a variant is incomplete; a list that may be empty is none of them."""
    return [field for field in channel.fields if not field.optional and (field.items[0] or not field.items[1])]


def angle_of(variant: Mapping[str, Any]) -> str:
    """Return what the variant says of its angle, "" if nothing."""
    found = _first(variant, "angle")
    return str(found).strip() if isinstance(found, str) else ""


def cites_of(variant: Mapping[str, Any], ranks: frozenset[int]) -> tuple[int, ...]:
    """Return the passages that the variant cites, those of `ranks` only."""
    numbers = [int(number) for number in re.findall(r"\d{1,3}", str(_first(variant, "cites") or ""))]
    return tuple(dict.fromkeys(number for number in numbers if number in ranks))


def fields_of(variant: Mapping[str, Any], channel: Channel, brief: AdBrief) -> Fields:
    """Return the channel's fields that the variant holds, cleaned; empty ones are left out."""
    raw: dict[str, list[Any]] = {}
    for name, value in _named(_inner(variant, channel), channel):
        raw.setdefault(name, []).append(value)
    found: Fields = {}
    for field in channel.fields:
        values = raw.get(field.name, [])
        if text := _items(values, field, brief) if field.items[1] else _text(values, field, brief):
            found[field.name] = text
    return _with_tags(found, channel)


def _inner(variant: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    """The mapping with the fields: under `fields`, in a list of names and texts, in labelled lines, or the variant."""
    own = {field.name for field in channel.fields}
    for key in read("chat_copy")["keys"]["fields"]:
        value = variant.get(key)
        if value is None or (own & set(variant) and not isinstance(value, Mapping)):
            continue
        if isinstance(value, list):
            value = _listed(value, channel)
        elif isinstance(value, str):
            value = _labelled(value, channel)
        if isinstance(value, Mapping) and value:
            return _lowered(value)
    reserved = {"angle", "cites"} - own
    taken = {key for name in reserved for key in read("chat_copy")["keys"][name]}
    return {key: value for key, value in _lowered(variant).items() if key not in taken}


def _listed(values: list[Any], channel: Channel) -> dict[str, Any]:
    """`[{"name": "title", "text": "…"}]`, `[{"title": "…"}]`, or the texts in the channel's order."""
    found: dict[str, Any] = {}
    for number, value in enumerate(values):
        if isinstance(value, Mapping):
            lowered = _lowered(value)
            name = _first(lowered, "name")
            found |= {str(name): _first(lowered, "text")} if isinstance(name, str) and len(lowered) > 1 else lowered
        elif number < len(channel.fields):
            found[channel.fields[number].name] = value
    return found


def _labelled(text: str, channel: Channel) -> dict[str, Any]:
    """Lines `标题：…`; lines without a label belong to the one before. Without any label: the only field's text."""
    words = {word for field in channel.fields for word in (field.name, field.label, *_aliases(field))}
    labels = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    label = re.compile(rf"(?mi)^[ \t*#【\[]*({labels})[\]】* \t]*[:：][* \t]*")
    pieces = label.split(text)
    found = {name.lower(): body.strip() for name, body in zip(pieces[1::2], pieces[2::2], strict=True)}
    fields = required(channel)
    return found or ({fields[0].name: text} if len(fields) == 1 else {})


def _named(given: Mapping[str, Any], channel: Channel) -> Iterator[tuple[str, Any]]:
    """`(field, value)` for every key that is a field of the channel; a name of its own wins over aliases."""
    fields, names = {field.name: field for field in channel.fields}, _names(channel)
    own = {_folded(name): name for name in fields}
    taken = {own[key] for key in map(_folded, given) if key in own}
    for key, value in given.items():
        folded = _folded(key)
        numbered = _NUMBERED.fullmatch(folded)
        base = names.get(folded) or (names.get(numbered[1], "") if numbered else "")
        if folded in own:
            yield own[folded], value
        elif base and base not in taken:
            yield base, value
            taken |= set() if fields[base].items[1] else {base}
        elif isinstance(value, list) and not base:
            yield from _spread(folded, value, own, taken)


def _spread(key: str, values: list[Any], own: Mapping[str, str], taken: set[str]) -> Iterator[tuple[str, Any]]:
    """`"descriptions": ["…", "…"]` for the fields description1 and description2."""
    for number, value in enumerate(values, 1):
        name = own.get(f"{key.rstrip('s')}{number}")
        if name and name not in taken:
            yield name, value


def _names(channel: Channel) -> dict[str, str]:
    """Every way of naming a field → its name; fields and labels before aliases."""
    found: dict[str, str] = {}
    for kind in (lambda field: [field.name], lambda field: [field.label], _aliases):
        for field in channel.fields:
            for name in kind(field):
                found.setdefault(_folded(name), field.name)
    return found


def _aliases(field: ChannelField) -> list[str]:
    return list(read("chat_copy")["aliases"].get(field.name, []))


def _text(values: list[Any], field: ChannelField, brief: AdBrief) -> str:
    multiline = field.name in read("chat_copy")["multiline"]
    lines = [line for value in values[:1] for line in _strings(value)]
    return clean("\n".join(lines if multiline else lines[:1]), brief, multiline)


def _items(values: list[Any], field: ChannelField, brief: AdBrief) -> tuple[str, ...]:
    tags = field.name in read("chat_copy")["tags"]
    found: list[str] = []
    for text in (line for value in values for line in _strings(value, apart=not tags)):
        parts = _TAG_PARTS.split(clean(text, brief)) if tags else [_ITEM_MARK.sub("", text)]
        found += [item for part in parts if (item := clean(part, brief))]
    return tuple(dict.fromkeys(found))


def _with_tags(fields: Fields, channel: Channel) -> Fields:
    """`fields` with tags as the channel writes them, those in the last lines of a body among them."""
    body, tags = fields.get("body", ""), list(fields.get("tags", ()))
    if not any(field.name == "tags" for field in channel.fields):
        return fields
    lines = body.split("\n") if isinstance(body, str) else []
    while len(lines) > 1 and (not lines[-1].strip() or _TAG_LINE.fullmatch(lines[-1])):
        tags += [tag for tag in _TAG_PARTS.split(lines.pop()) if tag]
    form = read("copy/manners")["channels"].get(channel.platform, {}).get("tag", "{}")
    rest: Fields = {"body": "\n".join(lines).strip()} if lines and body else {}
    return fields | rest | ({"tags": tuple(dict.fromkeys(map(form.format, tags)))} if tags else {})


def _strings(value: Any, apart: bool = False) -> Iterator[str]:
    """The texts in a value of any shape; `apart` cuts a text into its lines."""
    if isinstance(value, Mapping):
        texts = [text for part in value.values() for text in _strings(part)]
        numbered = all(str(key).strip().isdigit() for key in value)
        yield from texts if numbered else ["：".join(texts)] if texts else []
    elif isinstance(value, list | tuple):
        for part in value:
            yield from (["：".join(_strings(part))] if isinstance(part, list) else _strings(part))
    elif isinstance(value, str):
        yield from (line for line in value.split("\n") if line.strip()) if apart else [value]
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _first(given: Mapping[str, Any], kind: str) -> Any:
    return next((given[key] for key in read("chat_copy")["keys"][kind] if key in given), None)


def _lowered(given: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).strip().lower(): value for key, value in given.items()}


def _folded(key: str) -> str:
    """`Short Title`, `shortTitle` and `short_title` alike."""
    return re.sub(r"[\s_-]+", "", key).lower()
