"""What a model's text may not bring in: addresses, accounts, code and marks of ours that no source holds.

A document, brief or voice can order a model to write them; whatever was ordered, a reader must not meet a link or an
account that nobody gave. Literal: a source that holds the very same address allows it.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from copilot.text.visible import visible

# Letters of other scripts that look Latin, and ways to write the marks of an address.
_ALIKE = str.maketrans("аеорсухіјѕԁһӏԛԝαονικρτυ", "aeopcyxijsdhlqwaovikptu")
_BRACKETED = re.compile(
    r"\s*[\[({<【]\s*(?:dot|\.|点)\s*[\])}>】]\s*|\s+dot\s+|(?<=[a-z0-9])\s*点\s*(?=[a-z]{2,})"
    r"|(?<=[a-z0-9])[。｡](?=(?:com|cn|net|org|top|xyz|vip|example|test)(?![a-z]))"  # a browser takes it for a dot
)
_DOMAINS = (
    "com|cn|net|org|top|xyz|vip|shop|club|site|online|store|info|biz|cc|me|io|co|app|link|live|icu|ltd|pro|tech|wang"
    "|fun|ink|win|work|group|example|test|gov|edu|ru|tk|ml|ga|cf|gq|pw|dev|ai|tv|hk|tw|jp|uk|de|fr|us|eu|chat|page"
)
_REST = r"[^\s\u2e80-\uffff“”‘’<>\"']*"
_ADDRESS = re.compile(
    rf"(?:h(?:tt|xx)ps?|ftps?|file|smb|wss?|blob|[a-z][a-z0-9+.-]{{1,15}}(?=://))\s*:\s*[/\\]{{1,3}}\s*{_REST}"
    rf"|(?<![a-z])(?:javascript|vbscript|data|mailto|tel|sms|weixin|alipays?)\s*:(?=\S){_REST}"
    rf"|(?<![\w.@-])www\.[\w-]+{_REST}|(?<![:\w/])//[a-z0-9-]+\.{_REST}"
    rf"|[\w.%+-]{{1,40}}@[a-z0-9-]+\.[a-z0-9.-]*[a-z]"
    rf"|(?<![\w@.-])(?:[\w-]{{1,63}}\.){{1,5}}(?:{_DOMAINS})(?![\w-]|\.\w){_REST}"
    rf"|(?<![\d.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\d.]){_REST}|\[[\da-f]*:[\da-f:]*:[\da-f:.]*\]{_REST}",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?:微\s*信|薇信|威信|v信|(?<![a-z])(?:vx|wx|wechat|weixin|qq|tg|telegram|whats?app|skype|line)(?![a-z])|企鹅"
    r"|飞机|电报|➕\s*v|加\s*v(?![a-z])|\+\s*v(?![a-z]))[^a-z0-9@\n。！？]{0,8}(?:id|号)?[^a-z0-9@\n。！？]{0,3}"
    r"(@?[a-z0-9][a-z0-9_-]{4,})"
    r"|(?<![\w.@])@([a-z][a-z0-9_]{4,})(?![a-z0-9.-])"
    r"|(?<![\d.-])(1[3-9]\d[ -]?\d{4}[ -]?\d{4}|[48]00[ -]\d{3,4}[ -]\d{3,4}|0\d{2,3}[ -]\d{7,8})(?![\d-])"
    r"|(?<!\d)(\d{4}(?:[ -]?\d{4}){2,3}(?:[ -]?\d{1,4})?)(?!\d)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"!\[[^\[\]\n]*\]|\[[^\[\]\n]*\]\s?(?:\([^()\n]*\)?|\[[^\[\]\n]*\])|^\s*\[[^\[\]\n]+\]:\s"
    r"|<[!/]?[a-z][\w-]*(?:[\s/=][^<>\n]*)?(?:>|\Z)|<{2,}|>{3,}|<!--|-->|```|\\(?:href|url|includegraphics)\b|&#?[a-z0-9]{2,8};"
    r"|^\s*[=@]\s*\w+\s*[(|]|\bcmd\s*\||\{\s*\"(?:tool_calls?|function|name|arguments)\"",
    re.IGNORECASE | re.MULTILINE,
)
# No source allows these: control tokens of chat templates, our fences, the marks of our checks.
_OURS = re.compile(
    r"<\s*[|｜]|[|｜]\s*>|<{2,}\s*(?:段落|简报|原话|句子|待改|上次)|结束\s*>{2,}|\[/?(?:inst|sys)\]|〔?字面核验",
    re.IGNORECASE,
)
# Without one of these a text holds none of all that: most sentences, 0.02 ms instead of 0.6.
_SUSPECT = re.compile(
    r"[.@/\[<>`|｜\\{&=]|[a-z]\s*:|\d[\d -]{6}|信|企鹅|飞机|电报|核验|加\s*v|[➕+]\s*v"
    r"|(?:vx|wx|qq|tg|app|telegram|wechat|skype|line)"
)
_MARK = re.compile(r"\[\d{1,3}\]")
_RECITED = 14  # letters in a row; of 13,020 sentences of the handbook 0 share so many with a prompt


def intrusions(text: str, sources: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the addresses, accounts, pieces of code and marks of ours in `text` that no source holds, as written."""
    read = _folded(_MARK.sub("", text))
    if not _SUSPECT.search(read):
        return ()
    found = [match[0].rstrip(".,;:!?)") for match in _ADDRESS.finditer(read)]
    found += [next(filter(None, match.groups())) for match in _ACCOUNT.finditer(read)]
    found += [match[0].strip() for match in _CODE.finditer(read)]
    never = [match[0] for match in _OURS.finditer(read)]
    if not found:
        return tuple(never)
    known = [_folded(source) for source in sources]
    found = [one for one in found if one and not any(_holds(source, one) for source in known)]
    return tuple(dict.fromkeys((*found, *never)))


def recites(text: str, instructions: str, sources: Iterable[str] = ()) -> bool:
    """Tell whether a text repeats a stretch of what the model was told to do, which no source holds."""
    joined, told = _letters(text), _runs(instructions)
    held = [run for at in range(len(joined) - _RECITED + 1) if (run := joined[at : at + _RECITED]) in told]
    return bool(held) and not any(all(run in _letters(source) for run in held) for source in sources)


@lru_cache(maxsize=8)
def _runs(instructions: str) -> frozenset[str]:
    joined = _letters(instructions)
    return frozenset(joined[at : at + _RECITED] for at in range(len(joined) - _RECITED + 1))


@lru_cache(maxsize=512)
def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", _folded(text))


@lru_cache(maxsize=512)
def _folded(text: str) -> str:
    """A text with look-alikes of Latin letters and of the marks of an address made these."""
    folded = unicodedata.normalize("NFKC", visible(text)).casefold().translate(_ALIKE)
    return _BRACKETED.sub(".", folded)


def _holds(source: str, found: str) -> bool:
    """Whether a source holds the whole of it, not the beginning of a longer one."""
    at = source.find(found)
    while at >= 0:
        before, after = source[at - 1 : at] if at else "", source[at + len(found) : at + len(found) + 1]
        if not (_joins(before) and _joins(found[0])) and not (_joins(after) and _joins(found[-1])):
            return True
        at = source.find(found, at + 1)
    return False


def _joins(c: str) -> bool:
    return c != "" and c.isascii() and (c.isalnum() or c in "-_/%?=&#")
