"""How a sample is written, and other copy written like it: its manner alone, never its facts or its words.

Address, emoji at line heads, exclamation marks, length of sentences, line breaks, form of tags, opening and ending.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import cycle
from statistics import median
from typing import Any, Literal, NamedTuple

from copilot.knowledge import read
from copilot.text.counters import graphemes
from copilot.writers.rules.copy.clauses import EMOJI, TAG, Clause, clauses, joined

Breaks = Literal["sentence", "paragraph", "none"]
_STOP = re.compile(r"(?<=[。！？!?])(?![”’」』）])")
_SHORT, _LONG = 14, 24  # characters of a sentence: at most so many are short ones, from so many on long ones
_BREATH = 25  # C7


class Manner(NamedTuple):
    """The measured manner. `address` is 你, 您 or ""; `emoji` those at line heads, `share` of the lines."""

    address: str
    emoji: tuple[str, ...]
    share: float
    inner: bool  # emoji elsewhere than at line heads
    exclaims: int  # in one text, at most
    length: float  # of a sentence, the median
    breaks: Breaks
    tag: str  # #{} or #{}#, "" for none
    tags: int
    opening: str
    ending: str  # call, question or ""
    chatty: bool = False  # greets, or comments with 太香了 and the like


class Step(NamedTuple):
    """One change towards a manner."""

    label: str
    apply: Callable[[str], str]


def manner_in(samples: Sequence[str]) -> Manner:
    """Return the manner of one or more sample texts."""
    whole = "\n".join(samples)
    lines = [line.strip() for line in whole.split("\n") if line.strip() and TAG.sub("", line).strip()]
    found = [clauses(sample) for sample in samples]
    sentences = [s for one in found for s in _sentences(one)]
    heads = [head for line in lines if (head := _head_emoji(line))]
    tags = [match[0] for sample in samples for match in TAG.finditer(sample)]
    joined = any(len([s for s in _STOP.split(line) if s.strip()]) > 1 for line in lines)
    breaks: Breaks = "none" if len(lines) <= len(samples) else "paragraph" if joined else "sentence"
    last = (
        next((c for c in reversed(found[0]) if c.role not in ("tag", "opt-out")), None) if found and found[0] else None
    )
    return Manner(
        "您" if "您" in whole else "你" if "你" in whole else "",
        tuple(dict.fromkeys(heads)),
        len(heads) / len(lines) if lines else 0.0,
        len(EMOJI.findall(TAG.sub("", whole))) > len(heads),
        max((len(re.findall("[！!]+", sample)) for sample in samples), default=0),
        median([len(sentence) for sentence in sentences]) if sentences else 0.0,
        breaks,
        "" if not tags else "#{}#" if all(tag.endswith("#") for tag in tags) else "#{}",
        round(len(tags) / max(1, len(samples))),
        opening_of(samples[0]) if samples else "",
        "" if last is None else last.role if last.role in ("call", "question") else "",
        any(clause.role in ("greeting", "comment") for one in found for clause in one),
    )


def told(manner: Manner) -> str:
    """Return the manner in words, for a note."""
    parts = [f"称呼“{manner.address}”" if manner.address else "不称呼读者"]
    parts.append(f"行首用 {''.join(manner.emoji[:4])}" if manner.emoji else "有表情" if manner.inner else "不用表情")
    parts.append(f"感叹号最多 {manner.exclaims} 个" if manner.exclaims else "没有感叹号")
    parts.append(f"句子 {round(manner.length)} 字上下")
    parts.append({"sentence": "一句一行", "paragraph": "分段", "none": "不换行"}[manner.breaks])
    parts.append(f"话题写成 {manner.tag.format('词')}" if manner.tag else "没有话题")
    parts += [label for kind, label, _, _ in _openings() if kind == manner.opening]
    return "，".join(parts)


def angle_of(opening: str) -> str:
    """Return the angle that an opening belongs to, "" for none."""
    return next((angle for kind, _, angle, _ in _openings() if kind == opening), "")


def label_of(opening: str) -> str:
    """Return an opening in words: 用问句开头."""
    return next((label for kind, label, _, _ in _openings() if kind == opening), "")


def opening_of(text: str) -> str:
    """Return the kind of a text's first sentence, "" for a plain statement."""
    found = [c for c in clauses(text) if c.role not in ("sign", "greeting", "tag")]
    if not found:
        return ""
    end = next((n for n, clause in enumerate(found) if clause.ends), 0)
    first = "，".join(clause.bare for clause in found[: end + 1]) + found[end].mark.strip()
    return next((kind for kind, _, _, test in _openings() if test.search(first)), "")


def steps(manner: Manner, *, one_paragraph: bool, own_tags: bool) -> list[Step]:
    """Return what brings a text towards the manner, in order.

    `one_paragraph`: the channel takes no line breaks; `own_tags`: its tags have a field of their own.
    """
    out: list[Step] = [] if manner.chatty else [Step("招呼语（去掉）", _plainly)]
    out += [
        Step("称呼", lambda text: _addressed(text, manner.address)),
        Step("开头", lambda text: _opened(text, manner.opening)),
        Step("句子长短", lambda text: _paced(text, manner.length)),
        Step("感叹号", lambda text: _exclaimed(text, manner.exclaims)),
    ]
    if not one_paragraph:
        out.append(Step("换行", lambda text: _broken(text, manner.breaks)))
    out.append(Step("表情", lambda text: _pictured(text, manner)))
    if not own_tags:
        out.append(Step("话题", lambda text: _tagged(text, manner)))
    return out


# Steps


def _plainly(text: str) -> str:
    """Without greetings and comments, which a plain sample has not."""
    found = clauses(text)
    return joined(found, [clause.role not in ("greeting", "comment") or bool(clause.why) for clause in found])


def _addressed(text: str, address: str) -> str:
    """您 and 你 changed for each other; a sample that addresses nobody changes nothing."""
    if address == "您":
        return re.sub("你(?!们|好)", "您", text)
    return re.sub("您(?!好|们)", "你", text).replace("您好", "你好") if address == "你" else text


def _opened(text: str, opening: str) -> str:
    """The first sentence of the sample's kind in front, if it can stand alone there."""
    if not opening or opening_of(text) == opening:
        return text
    lines = text.split("\n")
    for place, line in enumerate(lines):
        sentences = [sentence for sentence in _STOP.split(line) if sentence.strip()]
        for number, sentence in enumerate(sentences):
            alone = not re.match(r"\s*(?:它|这|那|还|也|又|而|但|所以|另外|同时|不|就)", EMOJI.sub("", sentence))
            first = clauses(sentence)
            if (
                (place, number) != (0, 0)
                and alone
                and opening_of(sentence) == opening
                and first
                and first[0].role in ("plain", "question")
                and not first[0].why
            ):
                sentences.pop(number)
                lines[place] = "".join(sentences)
                rest = [line for line in lines if line.strip()]
                return "\n".join([sentence.strip(), *rest]) if "\n" in text else sentence.strip() + "".join(rest)
    return text


def _paced(text: str, length: float) -> str:
    """Commas become stops where the sample is short of breath, stops become commas where it runs on."""
    if not length:
        return text
    found = clauses(text)
    out, here = [text[: found[0].start]] if found else [], 0
    for number, clause in enumerate(found):
        after = found[number + 1] if number + 1 < len(found) else None
        here += len(clause.text)
        mark = clause.mark
        if after is not None and length <= _SHORT and mark == "，" and _may_stop(clause, after, here, length):
            mark = "。"
        elif after is not None and length >= _LONG and mark == "。" and _may_join(clause, after, here, found, number):
            mark = "，"
        here = 0 if _STOP.search(mark + " ") or "\n" in mark else here + 1
        out += [clause.text, mark]
    return "".join(out)


def _may_stop(clause: Clause, after: Clause, here: int, length: float) -> bool:
    """Whether two clauses can be sentences: nothing ties them, the second can stand alone, neither is a promise."""
    if clause.unit == after.unit or clause.why or after.why or here < 5 or len(after.bare) < 4:
        return False
    return here + len(after.text) > length and not re.match("还|也|又|都|更|而|但|不|没|就|连|且|或|把|再", after.bare)


def _may_join(clause: Clause, after: Clause, here: int, found: Sequence[Clause], number: int) -> bool:
    behind = 0
    for each in found[number + 1 :]:
        behind += len(each.text) + 1
        if each.ends:
            break
    plain = {clause.role, after.role} == {"plain"} and not clause.why and not after.why
    return plain and here + 1 + behind <= _BREATH + 10


def _exclaimed(text: str, exclaims: int) -> str:
    """No exclamation marks where the sample has none, else at most one (C7), at the end of the last statement."""
    marks = list(re.finditer("[！!]+", text))
    if not exclaims:
        return re.sub("[！!]+", "。", text)
    if marks:
        keep = marks[0].start()
        return re.sub("[！!]+", lambda match: "！" if match.start() == keep else "。", text)
    stops = [c for c in clauses(text) if c.mark.startswith("。") and c.role in ("plain", "call") and not c.why]
    return text[: stops[-1].end] + "！" + text[stops[-1].end + 1 :] if stops else text


def _broken(text: str, breaks: Breaks) -> str:
    if breaks == "none":
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        return (
            re.sub(r"(?<=[\u4e00-\u9fff\d%）])\n(?=[^\n#])", "。", "\n".join(lines))
            .replace("\n#", " #")
            .replace("\n", "")
        )
    if breaks == "sentence":
        body, tags = without_tags(text)
        lines = [part.strip() for line in body.split("\n") for part in _STOP.split(line) if part.strip()]
        return "\n".join([*lines, *([tags] if tags else [])])
    return text


def _pictured(text: str, manner: Manner) -> str:
    """The sample's emoji at line heads and no others; none where it has none."""
    body, tags = without_tags(text)
    if manner.inner and not manner.emoji:
        return text  # its emoji stand inside sentences, where only a person knows which fits
    lines = [re.sub(r"[ \t]{2,}", " ", EMOJI.sub("", line)).strip() for line in body.split("\n")]
    if manner.emoji and len(lines) > 1:
        emoji = cycle(manner.emoji)
        first = 0 if manner.share > 0.9 else 1  # a heading without one
        wanted = max(1, round(manner.share * len(lines)))
        for place in [n for n in range(first, len(lines)) if lines[n]][:wanted]:
            lines[place] = f"{next(emoji)} {lines[place]}"
    return "\n".join([*lines, *([tags] if tags else [])]).strip()


def _tagged(text: str, manner: Manner) -> str:
    body, tags = without_tags(text)
    words = [match[0].strip("#") for match in TAG.finditer(tags)]
    if not manner.tag or not words:
        return body
    return f"{body}\n{' '.join(manner.tag.format(word) for word in words[: manner.tags])}"


def without_tags(text: str) -> tuple[str, str]:
    """The text and the tags at its end."""
    match = re.search(r"\s*((?:#[^\s#]+#?[ \t\n]*)+)$", text)
    return (text[: match.start()], match[1].strip()) if match else (text, "")


def _head_emoji(line: str) -> str:
    first = next(iter(graphemes(line)), "") if line else ""
    return first if EMOJI.fullmatch(first) and "\u20e3" not in first else ""


def _sentences(found: Sequence[Clause]) -> list[str]:
    out: list[str] = []
    here = ""
    for clause in found:
        if clause.role in ("tag", "sign", "opt-out"):
            continue
        here += clause.bare
        if clause.ends:
            out, here = [*out, here], ""
    return [sentence for sentence in [*out, here] if sentence]


@cache
def _openings() -> tuple[tuple[str, str, str, re.Pattern[str]], ...]:
    rows: list[dict[str, Any]] = read("copy/rework")["openings"]
    return tuple((row["kind"], row["label"], row["angle"], re.compile(row["test"])) for row in rows)
