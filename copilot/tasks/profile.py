"""A product or voice as people give it — a file, fields, or both — made fit to be saved by `copilot.profiles`."""

from collections.abc import Iterable, Mapping
from typing import Any

from copilot.errors import InputError
from copilot.knowledge.keys import key_of
from copilot.profiles import Kind, as_brief
from copilot.tasks.brief import validated


def joined(file: Mapping[Any, Any], given: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """Return file and fields as one, by the keys of the contract; a field that is filled replaces that of the file."""
    groups = ("profile", "keys") if kind == "product" else ("voice",)
    profile: dict[str, Any] = {}
    for name, value in file.items():
        key = next((key for group in groups if (key := key_of(str(name), group))), str(name))
        profile[key] = value
    return profile | {key: list(v) if isinstance(v, tuple) else v for key, v in given.items() if v}


def read_specs(pairs: Iterable[str]) -> dict[str, str]:
    """Return specs written as 名称=值.

    :raises InputError: one is not
    """
    specs = {}
    for pair in pairs:
        name, sign, value = pair.replace("＝", "=").partition("=")
        if not sign or not name.strip() or not value.strip():
            raise InputError(f"规格“{pair}”没有写成 名称=值", "例如 高度=7.9厘米。")
        specs[name.strip()] = value.strip()
    return specs


def check_product(profile: Mapping[str, Any]) -> None:
    """Let a brief made of the profile be checked like any other: price, link, lengths, instructions.

    :raises InputError: it would be refused
    """
    specs = profile.get("specs")
    if specs is None or isinstance(specs, dict):
        listed = {
            key: [v] if isinstance(v := profile.get(key, []), str) else v
            for key in ("facts", "banned", "proofs", "never")
        }
        if all(isinstance(value, list) for value in listed.values()):
            validated(as_brief({**profile, **listed}))
