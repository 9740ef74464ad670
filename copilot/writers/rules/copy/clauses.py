"""Existing copy → its clauses: what each is for, which must stay, and which stand and fall together."""

import re
from functools import cache
from typing import NamedTuple

from copilot.checks.quantities import quantities
from copilot.knowledge import read
from copilot.writers.rules.copy.points import is_condition, typed

_WHOLE = re.compile(
    r"https?://[^\s，。；！？、\u3400-\u9fff]+|www\.[^\s，。；！？、\u3400-\u9fff]+|\$\{[^{}\n]*\}|“[^”\n]{1,40}”|‘[^’\n]{1,40}’|「[^」\n]{1,40}」|《[^》\n]{1,40}》"
    r"|（[^（）\n]{1,60}）|\([^()\n]{1,60}\)|【[^【】\n]{1,40}】"
)
_MARK = re.compile(
    r"(?:[，。！？；…~～]|(?<!\d),|,(?!\d)|[!?;]+|(?<![\d.])\.(?=\s|$))+[”’」』）)]*[ \t]*|[ \t]*\n\s*|[ \t]{2,}"
)
_END = re.compile(r"[。！？!?；;…~～\n.]")
_HEAD = re.compile(r"^(?:[\s•·●▪◆★☆✅✔✓➤►→\-*+–—]+|[（(]?\d{1,2}[)）、.．](?!\d)\s*|[①-⑳]\s*)+")
_EMOJI_RUN = re.compile(
    "(?:[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff][\ufe0e\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff]*)+"
)
_TAG = re.compile(r"#[^\s#，。！？]{1,20}#?")
_PROMISES = ("优惠", "价格", "名额", "期限")
_DATES = frozenset({"date", "clock", "weekday", "year"})


class Clause(NamedTuple):
    """`text[start:end]` and the marks behind it. `why` is what it must stay for, "" if it may go; `unit` ties."""

    text: str
    mark: str
    start: int
    end: int
    role: str  # tag, sign, opt-out, greeting, comment, call, question, plain
    why: str = ""
    unit: int = 0

    @property
    def ends(self) -> bool:
        """A sentence ends behind it."""
        return not self.mark or bool(_END.search(self.mark))

    @property
    def bare(self) -> str:
        """Its words without bullets and emoji."""
        return _EMOJI_RUN.sub("", _HEAD.sub("", self.text)).strip()

    @property
    def head(self) -> str:
        """The bullet or emoji it begins with."""
        match = re.match(rf"(?:{_HEAD.pattern[1:]}|{_EMOJI_RUN.pattern}|\s)*", self.text)
        return match[0] if match else ""


def clauses(text: str) -> list[Clause]:
    """Return the clauses of a copy in order; with their marks they are the whole text but for space at its ends."""
    found = [_read(text, start, end, stop) for start, end, stop in _spans(text)]
    return _tied(_musts(found))


def _spans(text: str) -> list[tuple[int, int, int]]:
    """`(start, end, end of the marks)`: never inside a link, a variable, a quotation or brackets."""
    whole = [match.span() for match in _WHOLE.finditer(text)]
    ends = [m.span() for m in _MARK.finditer(text) if not any(a < m.start() < b for a, b in whole)]
    for pattern in (_rules().sign, _TAG, _rules().opt_out):  # pieces of their own wherever they stand
        for match in pattern.finditer(text):
            if any(a < match.start() and match.end() < b for a, b in whole if pattern is _TAG):
                continue
            ends += [(match.start(), match.start()), (match.end(), match.end())]
    spans, here = [], 0
    for start, stop in sorted({*ends, (len(text), len(text))}):
        if start < here:
            continue
        head = here + len(text[here:start]) - len(text[here:start].lstrip())
        tail = head + len(text[head:start].rstrip())
        if tail > head:
            spans.append((head, tail, stop))
        elif spans and (text[here:stop]):  # marks behind marks belong to the clause before
            spans[-1] = (spans[-1][0], spans[-1][1], stop)
        here = stop
    return spans


def _read(text: str, start: int, end: int, stop: int) -> Clause:
    clause, mark = text[start:end], text[end:stop]
    rules = _rules()
    bare = _EMOJI_RUN.sub("", _HEAD.sub("", clause)).strip()
    role = "plain"
    if rules.sign.match(clause) and start == 0:
        role = "sign"
    elif rules.opt_out.fullmatch(clause):
        role = "opt-out"
    elif _TAG.fullmatch(clause):
        role = "tag"
    elif rules.front.fullmatch(bare) or (rules.greetings.search(bare) and not re.search(r"\d", bare)):
        role = "greeting"
    elif rules.comments.search(bare):
        role = "comment"
    elif re.search("[?？]", mark):
        role = "question"
    elif rules.calls.search(bare):
        role = "call"
    return Clause(clause, mark, start, end, role)


def _musts(found: list[Clause]) -> list[Clause]:
    """Say of each clause what it must stay for."""
    kinds = [_kinds(clause) for clause in found]
    sentences = _sentence_numbers(found)
    promising = {number for number, kind in zip(sentences, kinds, strict=True) if kind & set(_PROMISES[:3])}
    priced = any(kind & set(_PROMISES) for kind in kinds)
    out = []
    for clause, kind, number in zip(found, kinds, sentences, strict=True):
        kept = set(kind)
        if number in promising and any(q.kind in _DATES for q in quantities(clause.text)):
            kept.add("期限")
        if (
            "期限" in kept
            and number not in promising
            and not (priced and re.search("截止|为止|结束|活动|止$", clause.text))
        ):
            kept.discard("期限")
        if not priced:
            kept.discard("限制")
        why = next((label for label in read("copy/rework")["must"] if label in kept), "")
        out.append(clause._replace(why=why if clause.role != "tag" or clause.text.strip("#") == "广告" else ""))
    for place in range(1, len(out) - 1):  # what the price buys: 299 元，含 4 节课，12 月 31 日前
        before, clause, after = out[place - 1 : place + 2]
        same = sentences[place - 1] == sentences[place + 1]
        if same and not clause.why and before.why in _PROMISES and after.why and _has_figure(clause):
            out[place] = clause._replace(why=_PROMISES[0])
    return out


def _kinds(clause: Clause) -> set[str]:
    return {label for label, pattern in _rules().must.items() if pattern.search(clause.text)}


def _sentence_numbers(found: list[Clause]) -> list[int]:
    numbers, here = [], 0
    for clause in found:
        numbers.append(here)
        here += clause.ends
    return numbers


def _tied(found: list[Clause]) -> list[Clause]:
    """Number the units: clauses that stand and fall together share one."""
    rules, out, unit = _rules(), list[Clause](), -1
    first = True
    for clause in found:
        before = out[-1] if out else None
        tied = (
            before is not None
            and not first
            and before.role not in ("sign", "opt-out", "tag", "greeting", "comment")
            and clause.role not in ("opt-out", "tag", "greeting", "comment")
            and (
                rules.opens.search(before.bare) is not None
                or is_condition(before.bare)
                or rules.continues.search(clause.bare) is not None
                or (_has_figure(before) and _is_rider(clause))
                or _is_topic(before)
                or (before.role == "call" and clause.role == "plain" and not clause.why)
            )
        )
        unit += not tied
        out.append(clause._replace(unit=unit))
        first = clause.ends
    return out


def _has_figure(clause: Clause) -> bool:
    return any(c.isdigit() for c in clause.text)


def _is_rider(clause: Clause) -> bool:
    """It only says when the figure before it holds."""
    return bool(_rules().condition.search(clause.bare)) or (is_condition(clause.bare) and not _has_figure(clause))


def _is_topic(clause: Clause) -> bool:
    """A bare noun, or a word or two, that the next clause speaks of."""
    bare = clause.bare
    if clause.why or clause.role != "plain" or not bare:
        return False
    return len(bare) <= 3 or (len(bare) <= 16 and not _has_figure(clause) and typed(bare).kind == "noun")


class _Rules(NamedTuple):
    must: dict[str, re.Pattern[str]]
    sign: re.Pattern[str]
    opt_out: re.Pattern[str]
    front: re.Pattern[str]
    greetings: re.Pattern[str]
    comments: re.Pattern[str]
    calls: re.Pattern[str]
    opens: re.Pattern[str]
    continues: re.Pattern[str]
    condition: re.Pattern[str]


@cache
def _rules() -> _Rules:
    data = read("copy/rework")
    must = {label: re.compile(pattern, re.IGNORECASE) for label, pattern in data["must"].items()}
    letters = r"[“\"]?[A-Za-z]{1,2}[”\"]?"
    opt_out = rf"(?:拒收|退订)请?回(?:复)?\s?{letters}|回(?:复)?\s?{letters}\s?(?:即可)?(?:退订|拒收)"
    one = re.IGNORECASE
    return _Rules(
        must, re.compile(data["must"]["签名"]), re.compile(opt_out, one), re.compile(data["front"]),
        re.compile(data["greetings"], one), re.compile(data["comments"], one), re.compile(data["calls"], one),
        re.compile(data["opens"]), re.compile(data["continues"]), re.compile(data["condition"]),
    )  # fmt: skip


def joined(found: list[Clause], kept: list[bool]) -> str:
    """Return the text of the kept clauses; a sentence that lost its end gets a stop, a line that lost all goes."""
    out: list[str] = []
    mark, framed = "", False  # behind a signature or a tag no sentence ends
    for clause, keep in zip(found, kept, strict=True):
        if keep:
            out += [mark, clause.text]
            mark, framed = clause.mark, clause.role in ("sign", "tag")
        elif out and clause.ends and not framed:
            mark = _ended(mark, clause.mark)
    text = "".join([*out, mark.rstrip()])
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _ended(mark: str, lost: str) -> str:
    """The mark behind the last kept clause of a sentence whose end was left out."""
    breaks = "\n" * max(mark.count("\n"), lost.count("\n"))
    if _END.search(mark):
        return mark if mark.count("\n") >= len(breaks) else mark.rstrip(" \t") + breaks[mark.count("\n") :]
    stop = lost.strip(" \t\n")[:1] if lost.strip() else ("" if "\n" in lost or not mark.strip() else "。")
    stop = "。" if stop in "？?，,；;…~～" and stop else "！" if stop == "!" else stop
    return stop + (breaks or " " * (stop == "." or stop + lost[-1:] == "! "))


EMOJI = _EMOJI_RUN
TAG = _TAG
