"""Personal data out of a voice before anything is kept, counted or shown. The patterns stand in feedback.yaml."""

import re
from functools import cache

from copilot.knowledge import read
from copilot.text import fold


def mask(text: str) -> str:
    """Return `text` with telephones, mails, identity cards, bank cards … as 〔手机〕, 〔邮箱〕 …; twice is as once.

    Prices, dates, versions and quantities stay. Names go only after a word such as 联系人, addresses only when they
    come down to a number of a house.
    """
    while (masked := _once(text)) != text:  # what stood beside a number may only now stand alone
        text = masked
    return text


def _once(text: str) -> str:
    for what, pattern in _patterns():
        folded = fold(text)  # as long as the text: offsets carry over
        for match in reversed(list(pattern.finditer(folded))):
            start, end = match.span(1 if pattern.groups else 0)
            text = f"{text[:start]}〔{what}〕{text[end:]}"
    return text


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    data = read("voice/feedback")
    named = {"{gap}": data["gap"], "{han}": f"(?:{data['han']})", "{surname}": f"(?:[{data['surnames']}])"}
    patterns = []
    for entry in data["mask"]:
        pattern = str(entry["pattern"])
        for name, stands_for in named.items():
            pattern = pattern.replace(name, stands_for)
        patterns.append((str(entry["what"]), re.compile(pattern)))
    return patterns
