"""Writing rules that need no brief: grammar (C1), worn phrases (C2), stock questions (C6), breath (C7), form."""

import re
from functools import cache
from typing import NamedTuple

from copilot.checks.phrases import Phrases
from copilot.checks.pieces import Piece, style_finding
from copilot.knowledge import read
from copilot.types import Finding

_HAN = re.compile(r"[\u3400-\u9fff]")
_SEGMENT = re.compile(r"[^\s，。；！？、：:,;!?|｜…～~\n“”\"「」]+")


class _Patterns(NamedTuple):
    clause_verb: re.Pattern[str]
    bare: re.Pattern[str]
    bare_ok: tuple[str, ...]
    doubled: re.Pattern[str]
    asked: re.Pattern[str]
    worn: Phrases
    cited: re.Pattern[str]
    markdown: re.Pattern[str]
    placeholder: re.Pattern[str]
    variable: re.Pattern[str]
    half: re.Pattern[str]
    spaced: re.Pattern[str]
    marks: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    data = read("style")
    return _Patterns(
        re.compile(f"(?:{data['noun_verbs']})(?:{data['before_clause']})"),
        re.compile(data["bare_de"]),
        tuple(data["bare_de_ok"]),
        re.compile(data["doubled"]),
        re.compile(data["asked_pain"]),
        Phrases((word, word) for word in data["worn"]),
        re.compile(r"\[\d{1,3}\]"),
        re.compile(data["markdown"], re.MULTILINE),
        re.compile(data["placeholders"], re.IGNORECASE),
        re.compile(r"\$\{([^{}\n]*)\}"),
        re.compile(data["half_marks"]),
        re.compile(data["spaced"]),
        re.compile(data["doubled_marks"]),
    )


def grammar(piece: Piece) -> list[Finding]:
    """C1: no noun-taking verb before a clause, no 的的, no 的 at an end, no doubled particles."""
    patterns, plain = _patterns(), piece.plain
    found = []
    for match in patterns.clause_verb.finditer(plain):
        advice = "“拥有、采用、享受”后面要接名词；卖点是一句话或一个动作，直接说它做什么。"
        found.append(style_finding("C1", piece, *match.span(), advice))
    for match in patterns.bare.finditer(plain):
        if not _right_end(plain, match.start(), patterns.bare_ok):
            found.append(style_finding("C1", piece, *match.span(), "“的”后面没有名词：去掉，或者补上它说的是什么。"))
    for match in patterns.doubled.finditer(plain):
        found.append(style_finding("C1", piece, *match.span(), "虚词重复：留一个。"))
    return found


def _right_end(plain: str, place: int, ok: tuple[str, ...]) -> bool:
    """Tell whether 的 at `place` ends a clause as it may: 目的, 真的, 是 … 的."""
    if any(plain.endswith(word, 0, place + 1) for word in ok):
        return True
    start = max(plain.rfind(mark, 0, place) for mark in "，。！？；,!?;\n") + 1
    return "是" in plain[start:place]


def worn(piece: Piece, allowed: str) -> list[Finding]:
    """C2: phrases worn by use; those in `allowed` (product, brand, keywords) may stand."""
    return [
        style_finding("C2", piece, start, end, "这个说法放在谁身上都行：换成这件商品做得到的一件事。")
        for _, start, end in _patterns().worn.find(piece.plain)
        if piece.plain[start:end] not in allowed
    ]


def asked(piece: Piece) -> list[Finding]:
    """C6: 还在为 … 烦恼吗 and its kin."""
    advice = "套话式的提问：写一个具体的场面（什么时候、在哪、做什么）。"
    return [style_finding("C6", piece, *match.span(), advice) for match in _patterns().asked.finditer(piece.plain)]


def spoken_length(text: str) -> int:
    """Return how many characters of a sentence are read: without white space, marks and signs at its end."""
    end = len(text)
    while end and not text[end - 1].isalnum():
        end -= 1
    return len("".join(text[:end].split()))


def breath(parts: list[Piece]) -> list[Finding]:
    """C7: no long sentence, one short one, one exclamation mark, no two four-character pairs in a row."""
    data = read("style")
    found, lengths = [], []
    for piece in parts:
        for start, end in piece.sentences:
            length = spoken_length(piece.text[start:end])
            lengths += [length] if length else []
            if length > data["longest"]:
                advice = f"这句 {length} 个字，一口气念不完：拆到 {data['longest']} 字以内。"
                found.append(style_finding("C7", piece, start, end, advice))
        found += _pairs(piece)
    if len(lengths) > 1 and min(lengths) > data["short"]:
        start, end = parts[0].sentences[0] if parts[0].sentences else (0, 0)
        found.append(style_finding("C7", parts[0], start, end, f"全篇没有一句短的：留一句 {data['short']} 字以内。"))
    marks = [(piece, match.start()) for piece in parts for match in re.finditer("[！!]", piece.text)]
    found += [style_finding("C7", piece, here, here + 1, "感叹号最多一个。") for piece, here in marks[1:]]
    return found


def _pairs(piece: Piece) -> list[Finding]:
    found: list[Finding] = []
    run: list[tuple[int, int]] = []
    for match in _SEGMENT.finditer(piece.text):
        span = match.span()
        four = span[1] - span[0] == 4 and len(_HAN.findall(match[0])) == 4
        joined = run and not piece.text[run[-1][1] : span[0]].strip("，、；。！？,;!? \n\t")
        run = ([*run, span] if joined else [span]) if four else []
        if len(run) == 4:
            advice = "四个字一顿连着四段，像标语：改成一句说人话的句子。"
            found.append(style_finding("C7", piece, run[0][0], run[-1][1], advice))
            run = []
    return found


def form(piece: Piece, variables: tuple[str, ...], known_text: str, marks: bool) -> list[Finding]:
    """Clean text to paste: no `[n]`, no Markdown, nothing left to fill in, Chinese marks in Chinese text."""
    patterns, text = _patterns(), piece.text
    found = []
    if "[" in text:
        advice = "成稿里不放引用编号：删掉。"
        found += [style_finding("form", piece, *match.span(), advice) for match in patterns.cited.finditer(text)]
    for match in patterns.markdown.finditer(text):
        found.append(style_finding("form", piece, *match.span(), "成稿是纯文字：去掉 Markdown 符号。"))
    for match in patterns.placeholder.finditer(text):
        if match[0].lower() not in known_text:
            found.append(style_finding("form", piece, *match.span(), "这里还没有填：补上内容。"))
    for match in patterns.variable.finditer(text) if "${" in text else ():
        if match[1] not in variables:
            found.append(style_finding("form", piece, *match.span(), "这个变量没有在 variables 里声明：声明或者填上。"))
    for match in patterns.spaced.finditer(text):
        found.append(style_finding("form", piece, *match.span(), "标点前面不留空格。"))
    for match in patterns.marks.finditer(text):
        found.append(style_finding("form", piece, *match.span(), "标点重复：留一个。"))
    if marks and _HAN.search(text):
        for match in patterns.half.finditer(text):
            found.append(style_finding("form", piece, *match.span(), "中文里用全角标点。"))
    return found
