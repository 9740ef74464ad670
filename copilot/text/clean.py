"""What people paste, made fit for print: no markup, no template syntax, nothing that cannot be seen."""

import html
import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

from copilot.text.normalise import normalise

# One look decides for nine texts of ten that nothing is to be done but to collapse spaces.
_SUSPECT = re.compile(
    r"[\x00-\x1f\x7f-\xa0\xad\u0300-\u036f\u0483-\u0489\u200b-\u200f\u2028-\u202e\u2060-\u206f\u20d0-\u20ff"
    r"\ue000-\uf8ff\ufe00-\ufe0f\ufeff\ufff0-\uffff<>{}\[\]$%#&@:`\\]|[^\u0000-\uffff]"
)
_SCRIPT = re.compile(r"<\s*(script|style|iframe|object|svg|template|noscript)\b.*?(?:<\s*/\s*\1\s*>|$)", re.I | re.S)
_COMMENT = re.compile(r"<!--.*?(?:-->|$)|<[!?][^<>]*>", re.S)
_BREAK = re.compile(r"<\s*/?\s*(?:br|p|div|li|tr|h[1-6])\b[^<>]*>", re.I)
_TAG = re.compile(r"<\s*/?\s*[a-z][a-z0-9-]*(?:\s[^<>]*)?/?\s*>|<\s*/?[a-z][a-z0-9-]*\s[^<>]*=[^<>]*$", re.I)
_TEMPLATE = re.compile(
    r"\{\{(?P<a>.*?)\}\}|\{%.*?%\}|\{#.*?#\}|[$#@]\{(?P<b>[^{}]*)\}|<%.*?%>|\$\(.*?\)|\[\[(?P<c>.*?)\]\]"
    r"|\$\{\{?|\{\{|\}\}|\{%|%\}",
    re.S,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});", re.I)  # "&copy=1" in a link is none
_SCHEME = re.compile(r"(?:javascript|vbscript|data)\s*:\s*\S*", re.I)
_MARKS = re.compile(r"([\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{2})[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]+")
_LINES = re.compile(r"[ \t]*[\n\u2028\u2029]+\s*")
_SPACES = re.compile(r"[ \t\u00a0\u3000]{2,}|[\t\u00a0\u3000]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
_WORD = re.compile(r"[^\W_]")


@lru_cache(maxsize=8192)
def clean(text: str, variables: tuple[str, ...] = ()) -> tuple[str, tuple[str, ...]]:
    """Return `text` on one line without markup and invisible characters, and in Chinese what was removed.

    `${name}` (also written `{{name}}`) stays for the names in `variables`. `clean(clean(x)) == clean(x)`.
    """
    text = normalise(text)
    removed: list[str] = []
    if _SUSPECT.search(text):
        for _ in range(4):  # what is hidden in entities, or appears when something is removed from its middle
            before = text
            text = _without_markup(text, variables, removed)
            text = _visible(text, removed)
            if text == before:
                break
    text = _LINES.sub(_join, text)
    return _SPACES.sub(" ", text).strip(), tuple(dict.fromkeys(removed))


def has_words(text: str) -> bool:
    """Return whether there is a letter or digit: emoji and punctuation alone say nothing."""
    return _WORD.search(text) is not None


def _without_markup(text: str, variables: Collection[str], removed: list[str]) -> str:
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "<" in text:
        bare = _COMMENT.sub("", _SCRIPT.sub("", text))
        bare = _TAG.sub("", _BREAK.sub("\n", bare))
        if bare != text:
            removed.append("HTML 标签")
        text = bare

    def keep(match: re.Match[str]) -> str:
        name = (match["a"] or match["b"] or "").strip()
        if name and name in variables:
            return f"${{{name}}}"
        if match["c"] is not None and not re.search(r"[{}$<>()]", match["c"]):
            return match[0]  # [[…]] is a link in notes more often than a template
        removed.append("模板语法")
        return ""

    text = _TEMPLATE.sub(keep, text)
    if ":" in text and _SCHEME.search(text):
        removed.append("脚本地址")
        text = _SCHEME.sub("", text)
    return text


def _visible(text: str, removed: list[str]) -> str:
    """Return `text` without control, format, private and broken characters; a joiner inside an emoji stays."""
    text = _MARKS.sub(r"\1", text)
    kept = []
    for i, c in enumerate(text):
        category = unicodedata.category(c)
        if c in "\n\t" or (category not in _UNSEEN and c != "\ufffd"):
            kept.append(c)
        elif c == "\u200d" and _pictures(text[i - 1 : i], text[i + 1 : i + 2]):
            kept.append(c)  # a family is four pictures joined
        elif c != "\xad":
            removed.append("不可见字符")
    return "".join(kept)


def _pictures(one: str, other: str) -> bool:
    if not one or not other:
        return False
    return (one == "\ufe0f" or unicodedata.category(one) in ("So", "Sk")) and unicodedata.category(other) == "So"


def _join(match: re.Match[str]) -> str:
    """Join two lines: a comma between Chinese words, nothing after a stop, else a space."""
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    if _HAN.match(before) and _HAN.match(after):
        return "，"
    return "" if not before or before in "，。；！？、：,;" else " "
