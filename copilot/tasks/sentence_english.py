"""A request in English, as `copilot.tasks.sentence` reads Chinese ones; simple sentences only."""

import re
from collections.abc import Mapping
from typing import Any

from copilot.knowledge import read
from copilot.tasks.phrases import compiled

_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_LINK = re.compile(r"https?://\S+?(?=[,;]?(?:\s|$))", re.I)
_LISTS = ("banned", "keywords", "selling_points")


def read_english(text: str, channels: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """Return the keys of a brief that `text` gives, `n` when it says how many, and `notes`."""
    brief: dict[str, Any] = {}
    rest = text
    if match := _LINK.search(rest):
        brief["link"], rest = match[0], _without(rest, match)
    platforms = [
        name for name, pattern in read("sentence")["english"]["channels"].items() if re.search(pattern, text, re.I)
    ]
    platforms += [c.platform for c in channels.values() if re.search(rf"\b{re.escape(c.platform)}\b", text, re.I)]
    if platforms:
        brief["platform"] = list(dict.fromkeys(platforms))
    if match := _pattern("wanted").search(rest):
        if match["n"].lower() not in ("a", "an"):
            brief["n"] = int(match["n"]) if match["n"].isdigit() else _NUMBERS[match["n"].lower()]
        rest = rest[: match.start()] + " write " + rest[match.end() :]
    rest = _offer(rest, brief)
    for key, pattern in read("sentence")["english"]["slots"].items():
        if match := re.search(pattern, rest, re.I):
            value = (match["v"] or match.groupdict().get("w") or "").strip()
            if value:
                brief[key] = _listed(value) if key in _LISTS else value
                rest = _without(rest, match)
    if match := _pattern("product").search(rest):
        brief["product"], rest = match["v"].strip(), _without(rest, match)
    _rest(rest, brief, notes)
    return brief | {"notes": tuple(notes)}


def _offer(rest: str, brief: dict[str, Any]) -> str:
    offer = {}
    what = []
    english = compiled("offer", "what")[-1]  # the last pattern there is the English one
    while match := english.search(rest):
        what.append(match[0])
        rest = _without(rest, match)
    if match := _pattern("until").search(rest):
        offer["end"], rest = match["v"].strip(), _without(rest, match)
    if match := _pattern("old_price").search(rest):
        brief["original_price"], rest = {"value": match["v"]}, _without(rest, match)
    if what:
        offer["what"] = ", ".join(what)
    if offer:
        brief["offer"] = offer
    return rest


def _rest(rest: str, brief: dict[str, Any], notes: list[str]) -> None:
    for clause in re.split(r"[,;!?\n]|\.(?=\s|$)|:\s", rest):
        bare = clause.strip()
        if "audience" not in brief and (match := re.fullmatch(r"for (?:the )?(.+)", bare, re.I)):
            brief["audience"] = match[1]
            continue
        if (
            len(re.findall(r"[a-z]{2,}|\d+", bare, re.I)) < (1 if "product" in brief else 2)
            or _pattern("command").match(bare)
            or _pattern("place").match(bare)
        ):
            continue
        if "product" in brief and not _pattern("command").search(bare):
            brief.setdefault("selling_points", []).append(bare)
        else:
            notes.append(f"没放进简报：{bare}")


def _listed(value: str) -> list[str]:
    return [part.strip("\"'“” ") for part in re.split(r",|;|\band\b|/", value) if part.strip("\"'“” ")]


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} , {text[match.end() :]}"


def _pattern(name: str) -> re.Pattern[str]:
    return compiled("english", name)[0]
