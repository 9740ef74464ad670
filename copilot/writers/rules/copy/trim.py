"""Words of existing copy that go before any clause does: idle marks, connectives, particles, emoji, asides."""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from copilot.knowledge import read
from copilot.writers.rules.copy.clauses import EMOJI, Clause, clauses

_HAN = re.compile(r"[\u3400-\u9fff]")
_LINK = re.compile(
    r"https?://[^\s，。；！？、\u3400-\u9fff]+|[a-z0-9.-]+\.[a-z]{2,4}/[^\s，。\u3400-\u9fff]*", re.IGNORECASE
)
_LEFT = 3  # Chinese characters that a clause keeps at least when words are taken out of it


def without_marks(text: str) -> tuple[str, list[str]]:
    """Repeated marks and idle blanks."""
    text = re.sub(r"([！!？?。~～…])\1+", r"\1", text)
    links = [match.span() for match in _LINK.finditer(text)]

    def blank(match: re.Match[str]) -> str:
        """Nothing between Chinese and digits, unless a link ends or begins there."""
        return match[0] if any(a <= match.end() and match.start() <= b for a, b in links) else ""

    text = re.sub(r"(?<=[\u4e00-\u9fff]) +(?=\d)|(?<=\d) +(?=[\u4e00-\u9fff])", blank, text)
    return re.sub(r"[ \t]{2,}", " ", re.sub(r"\n{2,}", "\n", text)), []


def without_words(text: str) -> tuple[str, list[str]]:
    """Connectives, intensifiers, particles, worn phrases inside clauses that stay readable without them."""
    gone: list[str] = []
    out = text
    for clause in reversed(clauses(text)):
        if clause.role in ("sign", "opt-out", "tag") or clause.why in ("链接", "变量", "法定提示"):
            continue
        lighter = _lighter(clause, gone)
        out = out[: clause.start] + lighter + out[clause.end :]
    return out, gone


def _lighter(clause: Clause, gone: list[str]) -> str:
    rules, text = _rules(), clause.text
    head = clause.head
    body = text[len(head) :]
    for pattern in (rules.front, rules.inside, rules.tail):
        for match in list(pattern.finditer(body))[::-1]:
            left = body[: match.start()] + body[match.end() :]
            if (
                match[0]
                and len(_HAN.findall(left)) >= _LEFT
                and "“" not in match[0]
                and not _in_quotes(body, match.start())
            ):
                body = left
                gone.append(match[0].strip("，,"))
    return head + body


def _in_quotes(text: str, place: int) -> bool:
    return any(match.start() < place < match.end() for match in re.finditer(r"“[^”]*”|「[^」]*」|《[^》]*》", text))


def named(text: str, name: str, over: Callable[[str], bool]) -> str:
    """The text with the product's name in front when it lost it and there is room, tags given up for it."""
    if not name or name in text or text.startswith("【") or not text:
        return text
    without = re.sub(r"\s*(?:#[^\s#]+#?\s*)+$", "", text)
    return next(
        (
            longer
            for body in (text, without)
            if body and not over(longer := f"{name}{'，' if _HAN.search(body) else ': '}{body}")
        ),
        text,
    )


def without_emoji(text: str) -> tuple[str, list[str]]:
    """Return the text without emoji, and these."""
    lost = [match[0] for match in EMOJI.finditer(text)]
    plain = EMOJI.sub("", text)
    return re.sub(r"(?m)^[ \t]+|[ \t]+$", "", re.sub(r"(?<=[，。！？]) +", "", plain)).strip(), [
        "".join(lost)
    ] if lost else []


def without_asides(text: str) -> tuple[str, list[str]]:
    """Remarks in brackets that hold no figure and no restriction."""
    lost: list[str] = []

    def kept(match: re.Match[str]) -> str:
        if any(pattern.search(match[0]) for pattern in _rules().must):
            return match[0]
        lost.append(match[0])
        return ""

    return _rules().asides.sub(kept, text), lost


def renumbered(text: str) -> str:
    """List numbers without holes."""
    lines, number = text.split("\n"), 0
    for place, line in enumerate(lines):
        if match := re.match(r"(\d{1,2})([.、．)）]\s*)(?!\d)", line):
            number += 1
            lines[place] = f"{number}{match[2]}{line[match.end() :]}"
    return "\n".join(lines)


class _Rules(NamedTuple):
    front: re.Pattern[str]
    inside: re.Pattern[str]
    tail: re.Pattern[str]
    asides: re.Pattern[str]
    must: tuple[re.Pattern[str], ...]


@cache
def _rules() -> _Rules:
    data = read("copy/rework")
    must = tuple(re.compile(pattern, re.IGNORECASE) for pattern in data["must"].values())
    front, inside, tail, asides = (re.compile(data[name]) for name in ("front", "inside", "tail", "asides"))
    return _Rules(front, inside, tail, asides, must)
