"""Where copy is to go, and how many: the channels and numbers of a sentence."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from copilot.checks.figures import chinese_number
from copilot.knowledge import read
from copilot.tasks.phrases import MARKS, Page, compiled

_MOST = 20  # variants for one channel


def take_channels(page: Page, channels: Mapping[str, Any], notes: list[str]) -> list[str]:
    """Return the ids of the channels that are named, in order."""
    titles = tuple((c.title, c.platform) for c in channels.values())
    before, after = compiled("not_channel", "before")[0], compiled("not_channel", "after")[0]
    cue = compiled("not_channel", "cue")[0]
    shops = read("sentence")["shops"]
    shop_ends = compiled("shops", "after")[0]
    known = _known_names(titles)
    found: list[str] = []
    last = [-1]

    def note(match: re.Match[str]) -> str:
        if after.match(page.text[match.end() :]) or cue.search(page.text[: match.start()]):
            return match[0]
        if before.search(page.text[: match.start()]):
            notes.append(f"不写：{match[0]}")
            return MARKS["X"]
        platform = known[match[0].casefold()]
        if platform in shops["ids"] and "标题" not in match[0] and not shop_ends.match(page.text[match.end() :]):
            return match[0]
        if platform in read("sentence")["forms"] and match.start() == last[0] and found:
            found.pop()  # 视频号口播 is a script for 视频号
        last[0] = match.end()
        found.append(platform)
        return MARKS["C"]

    page.text = channel_names(titles).sub(note, page.text)
    page.text = re.sub(f"{MARKS['C']}(?:[、和及/与跟以+&，]|\\s)*(?={MARKS['C']})", "", page.text)
    return list(dict.fromkeys(found))


@lru_cache(maxsize=4)
def _known_names(titles: tuple[tuple[str, str], ...]) -> dict[str, str]:
    names = {title.casefold(): platform for title, platform in titles}
    return names | {word.casefold(): p for p, words in read("sentence")["channels"].items() for word in words}


@lru_cache(maxsize=4)
def channel_names(titles: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """Return the pattern of all names of channels, the longest first."""
    words = sorted(_known_names(titles), key=len, reverse=True)
    return re.compile(
        "|".join(rf"(?<![a-z]){re.escape(w)}(?![a-z])" if w.isascii() else re.escape(w) for w in words), re.I
    )


def take_count(page: Page, notes: list[str]) -> int:
    """Return how many variants are wanted, 0 when that is not said; more than one number is told."""
    numbers: list[int] = []
    for pattern in compiled("count"):
        for match in page.take(pattern, "K"):
            value = chinese_number(match["m"] if match.groupdict().get("m") else match["n"])
            numbers.append(int(value or 0))
    if len(set(numbers)) > 1:
        notes.append(f"数量写了 {'、'.join(map(str, numbers))}：每个渠道都写 {max(numbers)} 条")
    if max(numbers, default=0) > _MOST:
        notes.append(f"要 {max(numbers)} 条：一次最多写 {_MOST} 条")
    return min(max(numbers, default=0), _MOST)
