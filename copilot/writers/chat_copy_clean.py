"""One text of a model's copy made plain: no Markdown, HTML, control tokens, `[n]` or links that are not the brief's."""

import re
from collections.abc import Callable
from functools import cache
from html import unescape
from urllib.parse import urlsplit

from copilot.briefs import AdBrief
from copilot.knowledge import read
from copilot.text import normalise
from copilot.text.visible import visible

_GAP = r"[\s\u200b-\u200f\u2060-\u2064\ufeff]*"
_TOKENS = re.compile(
    rf"[<＜]{_GAP}[|｜][^|｜<>＜＞\n]{{0,40}}[|｜]{_GAP}[>＞]"  # <|im_end|>, <｜User｜>
    rf"|[<＜]{_GAP}[<＜]{_GAP}[<＜][^<>＜＞\n]{{0,40}}[>＞]{_GAP}[>＞]{_GAP}[>＞]"  # our fences
    r"|\[/?(?:INST|SYS)\]|<</?SYS>>|</?s>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,10}\d?);", re.IGNORECASE)  # not the `&copy=1` of an address
_CODE = re.compile(r"<(script|style|iframe|svg|template)\b[^>]*>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.I | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr)\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z!][a-zA-Z0-9_-]*(?:[\s/][^<>]*)?>")
_LINK = re.compile(r"(!?)\[([^\[\]\n]*)\]\(\s*([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)[^()\n]*\)")
_MARKS = re.compile(
    r"\s*[\[［【〔]\s*\^?(?:(?:段落|资料|来源|引用|参考|passage|source|ref)\s*)?\d{1,3}"
    r"(?:\s*[,，、;~～–—-]\s*\^?\d{1,3})*\s*[\]］】〕]",
    re.IGNORECASE,
)
_MARKDOWN: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(r"(?m)^[ \t]*(?:`{3,}|~{3,})[^\n]*$\n?"), ""),
    (re.compile(r"(?m)^[ \t]*(?:#{1,6}[ \t]+|>+[ \t]?)+"), ""),
    (re.compile(r"(?m)^[ \t]*(?:[-*_=][ \t]*){3,}$\n?"), ""),
    (re.compile(r"(?m)^[ \t]*[-*+][ \t]+(?=\S)"), ""),
    (re.compile(r"(?m)^[ \t]*\|(.*)\|[ \t]*$"), lambda row: " ".join(row[1].replace("|", " ").split())),
    (re.compile(r"\*{2,3}(?=\S)([^*\n]+?)(?<=\S)\*{2,3}"), r"\1"),
    (re.compile(r"(?<![A-Za-z0-9_])__(?=\S)([^_\n]+?)(?<=\S)__(?![A-Za-z0-9_])"), r"\1"),
    (re.compile(r"(?<![A-Za-z0-9*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![A-Za-z0-9*])"), r"\1"),
    (re.compile(r"(?<![A-Za-z0-9_])_(?=[^\s_])([^_\n]+?)(?<=[^\s_])_(?![A-Za-z0-9_])"), r"\1"),
    (re.compile(r"~~(?=\S)([^~\n]+?)~~"), r"\1"),
    (re.compile(r"`+([^`\n]*)`+"), r"\1"),
    (re.compile(r"\*{2,}|`+"), ""),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!~|>-])"), r"\1"),
]
_HAN_SPACE = re.compile(r"[ \t]+(?=[，。！？；：、）】」』])|(?<=[，。！？；：、（【「『])[ \t]+")
_EMPTY_BRACKETS = re.compile(r"[（(【\[「]\s*[）)】\]」]")
_CLAUSE_END = re.compile(r"((?:[，。！？；,!?;]|\.(?=\s|\Z))[ \t]*|\n)")
_LINE_END = re.compile(r"(?<![，。！？；：、,.!?;:…\s])\n(?=\S)")


def clean(text: str, brief: AdBrief, multiline: bool = False) -> str:
    """Return `text` as it can be pasted; line breaks stay only if `multiline`."""
    text = _without_code(normalise(text))
    text = _LINK.sub(lambda found: _link_text(found, brief), text)
    text = _without_addresses(text, brief)
    link = brief.link.strip()
    first, *rest = [_plain(piece) for piece in (_own_link(link).split(text) if link else [text])]
    text = first + "".join(f"{link} {piece}" if re.match(r"\w", piece) else link + piece for piece in rest)
    text = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    text = _HAN_SPACE.sub("", _EMPTY_BRACKETS.sub("", text))
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return text if multiline else _one_line(text)


def _without_code(text: str) -> str:
    """`text` without control tokens and HTML, also where these come out only when entities are read."""
    for _ in range(3):
        before = text
        text = _ENTITY.sub(lambda entity: unescape(entity[0]), text)
        text = _BREAK.sub("\n", _CODE.sub("", _TOKENS.sub("", text)))
        text = _TAG.sub("", text)
        if text == before:
            break
    return visible(text)


def _link_text(found: re.Match[str], brief: AdBrief) -> str:
    """What stays of a Markdown link: its text, and the address if that is the brief's; nothing of a picture."""
    if found[1]:
        return ""
    text = "" if found[2].strip().isdigit() else found[2]
    own = brief.link and _own_link(brief.link.strip()).fullmatch(found[3])
    return f"{text} {found[3]}" if own and found[3] != text else text


def _without_addresses(text: str, brief: AdBrief) -> str:
    """`text` without clauses that hold an address other than the brief's: half a clause would read as a mistake."""
    link = brief.link.strip()
    kept, own = [], _own_link(link) if link else re.compile(r"(?!)")
    if not _addresses().search(own.sub("", text)):
        return text
    marked = own.sub("\x01", text)
    marked = _addresses().sub(lambda found: found[0] if _allowed(found[0], brief) else "\x00", marked)
    pieces = _CLAUSE_END.split(marked) + [""]
    for clause, mark in zip(pieces[::2], pieces[1::2], strict=True):
        if "\x00" not in clause:
            kept += [clause, mark]
        elif kept and kept[-1].strip() in ("，", ",", "；", ";"):
            kept[-1] = mark
    return "".join(kept).replace("\x01", link)


def _plain(text: str) -> str:
    """A stretch between two of the brief's own links, without marks and Markdown."""
    text = _MARKS.sub("", text)
    for pattern, new in _MARKDOWN:
        text = pattern.sub(new, text)
    return text


@cache
def _own_link(link: str) -> re.Pattern[str]:
    """The brief's link, with or without its scheme, and nothing that only begins or ends with it."""
    bare = re.escape(re.sub(r"\Ahttps?://", "", link).rstrip("/"))
    return re.compile(rf"(?<![\w@./-])(?:https?://)?{bare}/?(?![A-Za-z0-9/?#&=%_~@-]|[.:][A-Za-z0-9])")


@cache
def _addresses() -> re.Pattern[str]:
    names = read("chat_copy")["top_level_domains"]
    domains = "|".join([*names, *map(str.upper, names)])  # not `Work` of "5 cm thick.Work…"
    rest = r"(?:[/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?"
    return re.compile(
        rf"(?:[a-z][a-z0-9+.-]{{1,9}}://|(?<!\w)(?:javascript|data|mailto):)[^\s一-鿿，。！？；、）】」』”’<>]+"
        rf"|(?<![\w@.-])[A-Za-z0-9._%+-]{{1,40}}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
        rf"|(?<![A-Za-z0-9_@.-])(?:[A-Za-z0-9-]{{1,63}}\.){{1,5}}(?-i:{domains})(?![A-Za-z0-9_-]|\.[A-Za-z0-9]){rest}",
        re.IGNORECASE,
    )


def _allowed(address: str, brief: AdBrief) -> bool:
    """A domain in the product's or the brand's name, the host of the brief's link, or a mail address to write to."""
    if "@" in address:
        return address in brief.cta
    if ":" in address or "/" in address:
        return False
    link = brief.link if "//" in brief.link else f"//{brief.link}"
    names = f"{brief.product} {brief.brand}".lower()
    return address.lower() in names or address.lower().removeprefix("www.") == _host(link)


def _host(link: str) -> str:
    try:
        return (urlsplit(link).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _one_line(text: str) -> str:
    """Lines joined: by a comma where a Chinese line has no mark at its end, else by nothing or a space."""
    han = re.search(r"[一-鿿]", text)
    text = _LINE_END.sub("，" if han else ". ", re.sub(r"\n+", "\n", text))
    return " ".join(text.replace("\n", "" if han else " ").split())
