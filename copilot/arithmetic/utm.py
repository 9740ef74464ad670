"""Tracking links: utm_* in front of the fragment, what is there already left as it stands."""

import ipaddress
import re
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, unquote_plus, urlsplit

from copilot.errors import InputError
from copilot.knowledge import read

_WHOLE = "写完整的网址，例如 https://shop.example.com/item?id=1。"


class Tags(NamedTuple):
    """The three tags every tracking link needs: `tagged(link, *utm_for(platform, campaign))`."""

    source: str
    medium: str
    campaign: str


def utm_for(platform: str, campaign: str) -> Tags:
    """Return source and medium of a channel id, with `campaign`; a channel of the user's own is its own source.

    :raises InputError: the channel lies inside one's own product, where tags would overwrite where a visitor came from
    """
    entry = read("utm")["channels"].get(platform, {"source": platform, "medium": "referral"})
    if "internal" in entry:
        hint = "站内位置用自己的埋点区分；utm 只加在站外投放的链接上。"
        raise InputError(f"{entry['internal']}，加 utm 会冲掉访客原来的来源", hint)
    return Tags(entry["source"], entry["medium"], campaign)


def tagged(
    link: str, source: str, medium: str, campaign: str, content: str = "", term: str = "", *, replace: bool = False
) -> str:
    """Return `link` with utm_* tags, lower-cased, blanks as `-`, other characters percent-encoded as UTF-8.

    Query, fragment and the platforms' macros (`__CID__`) stay as written. A tag that the link already has is kept;
    `replace` takes all utm_* away first, since an old term beside a new campaign would be false.

    :raises InputError: a needed tag is empty, or the link is not one that people outside can open
    """
    link = link.strip()
    _check(link)
    tags = {"source": source, "medium": medium, "campaign": campaign, "content": content, "term": term}
    values = {f"utm_{name}": _clean(value) for name, value in tags.items()}
    if missing := [name for name in ("utm_source", "utm_medium", "utm_campaign") if not values[name]]:
        raise InputError(f"缺少 {'、'.join(missing)}", "来源、媒介、活动名三项都要填。")
    address, hash_mark, fragment = link.partition("#")
    page, _, query = address.partition("?")
    dropped = _is_tag if replace else _is_empty_tag
    parts = [part for part in query.split("&") if part and not dropped(part)]
    kept = {_name(part) for part in parts}
    parts += [f"{name}={value}" for name, value in values.items() if value and name not in kept]
    return f"{page}?{'&'.join(parts)}{hash_mark}{fragment}"


def tags_of(link: str) -> dict[str, str]:
    """Return the utm_* tags that a link has, decoded; empty ones are none."""
    query = link.partition("#")[0].partition("?")[2]
    pairs = (part.partition("=") for part in query.split("&") if _is_tag(part) and not _is_empty_tag(part))
    return {unquote_plus(name).lower(): unquote_plus(value) for name, _, value in pairs}


def is_short(link: str) -> bool:
    """Return whether a link is one of a shortening service, which may drop tags."""
    return (urlsplit(link.strip()).hostname or "") in read("utm")["short_hosts"]


def _check(link: str) -> None:
    if not link:
        raise InputError("没有链接", _WHOLE)
    if re.search(r"\s", link):
        raise InputError("链接里有空格或换行", "去掉空格；一次只给一个链接。")
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").rstrip(".")
        _ = parts.port  # a port that is no number shows only when read
    except ValueError as error:
        raise InputError(f"不是有效的网址：{link}", _WHOLE) from error
    if parts.scheme.lower() not in ("http", "https"):
        told = "小程序路径、App 链接、站内相对路径不加 utm。"
        raise InputError(f"不是 http(s) 链接：{link}", f"{told}{_WHOLE}")
    if not host:
        raise InputError(f"网址缺少域名：{link}", _WHOLE)
    if _is_internal(host):
        raise InputError(f"{host} 是内部地址，外面的人打不开", "换成线上的网址；站内跳转不加 utm。")


def _is_internal(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.rpartition(".")[2] in read("utm")["internal_suffixes"]


def _name(part: str) -> str:
    return unquote_plus(part.partition("=")[0]).lower()


def _is_tag(part: str) -> bool:
    return _name(part).startswith("utm_")


def _is_empty_tag(part: str) -> bool:
    return _is_tag(part) and not part.partition("=")[2]


@cache
def _macro() -> re.Pattern[str]:
    return re.compile(f"({'|'.join(read('utm')['macros'])})")


def _clean(value: str) -> str:
    """Return a value as it stands in the link; every second piece of the split is a macro."""
    pieces = _macro().split("-".join(value.split()))
    return "".join(piece if number % 2 else quote(piece.lower(), safe="") for number, piece in enumerate(pieces))
