"""The patterns and tables by which `quantities` reads figures, compiled once from `grounding.yaml`."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from copilot.knowledge import read
from copilot.text.fold import fold

_COMMA = "\ue000"  # private use: nothing folds it
WEEK = "一二三四五六日"
_CLAUSE = "，。；！？;!?\n"
_CHINESE = "零一二两三四五六七八九十百千万亿"
_NUMBER = (
    rf"(?=[\d{_CHINESE}半翻加ntfse])(?:"
    r"(?<![a-z])(?P<english>two|three|four|five|six|seven|eight|nine|ten|twelve)"
    r"(?=[ -](?:day|week|month|year|hour|minute|second|time|people|customer|piece|pack))|"
    r"百分之(?P<percent>\d+(?:\.\d+)?|[零一二三四五六七八九十百]+(?:点[零一二三四五六七八九]+)?)"
    r"|(?P<under>[二三四五六七八九十])分之(?P<over>[一二三四五六七八九])"
    r"|(?P<full>百分百)|(?P<half>半价|(?<![一另大小对])一半(?![是以]))|(?P<double>翻[了一]?倍|加倍)"
    r"|(?P<dims>\d+(?:\.\d+)?(?:\s?[x×*]\s?\d+(?:\.\d+)?)+)"
    r"|(?<![a-z.\d])(?P<arabic>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"\s?(?P<scale>[十百千万亿]+|[wk](?=\s?[+人用粉户单条份多])|)"
    r"|(?<![统唯同之划单专初双星几数上周拜期\d.])"
    rf"(?P<chinese>[{_CHINESE}]+(?:点[零一二三四五六七八九]+)?|半))"
)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_PARTS = "早上|上午|清晨|早晨|凌晨|中午|下午|傍晚|晚上|晚间|夜里|深夜|今晚|当晚|早|晚"
_DATE = (
    r"(?=[\d一二三四五六七八九十周星礼上中下早晚今当凌傍夜深清jfmasond])(?:"
    r"(?<!\d)(?P<y>20\d\d)(?:\s?年\s?(?:(?P<ym>\d{1,2})\s?月(?:\s?(?P<yd>\d{1,2})\s?[日号])?)?"
    r"|[-/.](?P<ym2>\d{1,2})[-/.](?P<yd2>\d{1,2})(?!\d))"
    r"|(?<![个\d.])(?P<m>\d{1,2}|(?<![一二三四五六七八九十百两几半])[一二三四五六七八九十]{1,3})\s?月"
    r"(?![薪租费龄嫂子饼亮光经卡供均])(?:份|\s?(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})\s?[日号])?"
    r"|(?<![\d.:/a-z])(?P<md>\d{1,2})(?P<dot>[./])(?P<dd>\d{1,2})(?![\d.:/%a-z])"
    r"|(?<![\d.:第])(?P<alone>\d{1,2})\s?[日号](?P<moment>(?=\s?(?:\d{1,2}\s?[:点]|[前起止截晚早上下中凌当]|到期)))?(?![内线楼店房院铺游达后]|以内|之内|无理由|电池|色|码)"
    r"|(?:周|星期|礼拜)(?P<w>[一二三四五六日天末])(?![年个次期条篇场份款轮单批十百讲集件])"
    rf"|(?P<part>{_PARTS})?\s?"
    r"(?:(?<![\d:.])(?P<ch>[01]?\d|2[0-4]):(?P<cm>[0-5]\d)(?![\d:])"
    r"|(?P<h>(?<![\d.])\d{1,2}|[一二三四五六七八九十]{1,3})\s?点(?P<tail>半|钟|整|\s?(?P<min>\d{1,2})\s?分(?!钟))?(?!\d))"
    rf"|(?<![a-z])(?P<em>{_MONTHS})[a-z]{{0,6}}\.?\s(?P<ed>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)"
    rf"|(?<!\d)(?P<ed2>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<em2>{_MONTHS})[a-z]{{0,6}}(?![a-z]))"
)
# A name with digits: p20, iso9001, usb3.0, 4k, 1080p: letters before the digits, or letters behind that are no unit.
_NAME = r"(?<![a-z\d.])(?:[a-z]+[-.]?\d[a-z\d.+-]*(?<![.+-])|\d+(?:\.\d+)?[a-z]+\d*(?![\d.]))"
_SEPARATOR = r"\s?(?:[-~–—到至]|--)\s?"
_SECONDS = r"\d+(?:\.\d+)?\s?(?:秒|s|分钟|分)?"
_LABEL = "镜头|分镜|画面|镜|环节|段落|scene|shot|step|part"
_CLOSE = r"[|:：】\])）]"
# What numbers and labels: 镜头 2｜3–8 秒, 【0–3 秒】, 15 秒版, "1." and "2、" at a line's head, (3) anywhere.
_HEAD = (
    rf"(?:(?m:^)|\|)[^\w\n]*(?:(?:{_LABEL})\s?[\d一二三四五六七八九十]{{1,3}}\s?(?:镜头|镜|段|幕)?"
    rf"(?:[^\w\n]{{0,3}}{_SECONDS}(?:\s?[-~–—到至]\s?{_SECONDS})?(?=\s?(?:{_CLOSE}|\s)))?"
    rf"|(?:[\u4e00-\u9fffa-z]{{1,8}}\s?[|:：·(（\s]\s?)?{_SECONDS}\s?[-~–—到至]\s?\d+(?:\.\d+)?\s?(?:秒|s|分钟)(?=\s?{_CLOSE})"
    rf"|[\u4e00-\u9fff]{{1,8}}\s?[（(]{_SECONDS}[)）]\s?[:：]"
    r"|第\s?[\d一二三四五六七八九十]{1,3}\s?(?:镜头?|幕|段)"
    r"|\d+\s?(?:秒|s)(?:脚本|版|口播|短视频)"
    r"|[\d一二三四五六七八九十]{1,3}[.、)](?!\d))"
)
_NUMBERING = (
    r"(?<=[，。;；！!？?\s:：])(?:\d{1,2}[.)](?!\d)|\d{1,2}、)|[(（][\d一二三四五六七八九十]{1,2}[)）]|\d\ufe0f?\u20e3"
)
_ORDINAL = (
    r"第[一二三四五六七八九十]+(?:次|步|眼|口|天|点|条|个|章|节|位|种|名|段|部分|站|句|时间|印象|反应|人称"
    r"|手|线|方|者|季|集|届|排|[,，。:、])"
)
_URL = r"https?://[^\s\u4e00-\u9fff]+|www\.[^\s\u4e00-\u9fff]+|\$\{[^}]*\}"


class Quantity(NamedTuple):
    """A figure at `start:end`. `kind`: number, date, year, weekday, clock or name.

    `value` is in base unit `unit`: `#` and a word for counters, `?` and a character for a unit that nobody listed,
    "" for none. A date is 100 · month + day, with 0 for what is not said; a clock time is in minutes, its unit
    `12h` when it may be twelve hours later. `low` is the
    lower end of a range, else None. `also` is the date that 11.3 or 11/3 may be. `text` is the folded spelling.
    """

    kind: str
    value: float
    unit: str
    bound: str
    low: float | None
    start: int
    end: int
    text: str
    also: float | None = None


class Tables(NamedTuple):
    """The compiled patterns, and for every spelling of a unit its base unit and factor."""

    units: dict[str, str]
    factors: dict[str, float]
    spelled: dict[str, tuple[str, ...]]  # by first character, longest first
    groups: dict[str, frozenset[int]]
    number: re.Pattern[str]
    date: re.Pattern[str]
    name: re.Pattern[str]
    head: re.Pattern[str]
    skip: re.Pattern[str]
    separator: re.Pattern[str]
    other_end: re.Pattern[str]
    before: re.Pattern[str]
    near: re.Pattern[str]
    between: re.Pattern[str]
    behind: re.Pattern[str]
    money_before: frozenset[str]
    money_behind: re.Pattern[str]
    one_time: re.Pattern[str]
    one_counts: frozenset[str]
    two_counts_not: frozenset[str]
    chinese_not: frozenset[str]
    clock_hints: frozenset[str]
    more: re.Pattern[str]
    yuan_behind: frozenset[str]


def words(items: Iterable[str]) -> str:
    """Return the alternation of literal words, longest first."""
    return "|".join(sorted(map(re.escape, items), key=len, reverse=True))


ENGLISH = ("", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "", "twelve")
# Every figure and every date holds one of these: of a row's texts half hold none, and need no further reading.
HINT = re.compile(f"[\\d{_CHINESE}半倍周星礼{''.join({word[0] for word in ENGLISH if word})}]")


def by_first(items: Iterable[str]) -> dict[str, list[str]]:
    """Return the words by their first character."""
    found: dict[str, list[str]] = {}
    for word in items:
        found.setdefault(word[0], []).append(word)
    return found


@cache
def tables() -> Tables:
    """Compile `grounding.yaml` and the units of `citations.yaml` once."""
    data = read("grounding")
    units, factors = _units(data["units"])
    groups: dict[str, set[int]] = {}
    for index, group in enumerate(data["counters"]):
        for word in group:
            groups.setdefault(word, set()).add(index)
    for word in [*(groups.keys() - units.keys()), "个"]:
        units[word], factors[word] = f"#{word}", 1.0
    ordinary = words(data["not_figures"])
    kinds = data["bounds"].items()
    before = "|".join(f"(?P<{bound}>{kind['far']})|(?P<{bound}_>{kind['near']})" for bound, kind in kinds)
    firsts = "".join({_first(word) for _, kind in kinds for side in ("far", "near") for word in kind[side].split("|")})
    behind = "|".join(f"(?P<{bound}>{kind['behind']})" for bound, kind in kinds)
    starts = "".join({word[0] for word in data["not_figures"]})
    return Tables(
        units,
        factors,
        {first: tuple(sorted(group, key=len, reverse=True)) for first, group in by_first(units).items()},
        {word: frozenset(ids) for word, ids in groups.items()},
        re.compile(_NUMBER),
        re.compile(_DATE),
        re.compile(_NAME),
        re.compile(_HEAD),
        re.compile(
            rf"(?=[\d(（第hw${starts}])(?:{_NUMBERING}|{_ORDINAL}|{_URL}|{ordinary}|{data['not_figure_patterns']})"
        ),
        re.compile(_SEPARATOR),
        re.compile(rf"{_SEPARATOR}\d+(?:\.\d+)?\s?(?P<scale>[百千万亿]?)"),
        re.compile(f"(?=[{firsts}])(?:{before})"),
        re.compile(r"[¥￥$€£\s]*"),
        re.compile(rf"[^\d{_CLAUSE}]{{0,{data['reach']}}}[¥￥$€£\s]*"),
        re.compile(rf"\s?(?:{behind})"),
        frozenset(data["money_before"]),
        re.compile(rf"\s?(?:{words(data['money_behind'])}|/\s?[\u4e00-\u9fff])"),  # 99/台
        re.compile(f"(?:{data['one_time_claims']})"),
        frozenset(data["one_counts"]),
        frozenset(data["two_counts_not"]),
        frozenset(data["chinese_not"]),
        frozenset("钟半整前后开起到至准-~–—之"),
        re.compile(r"\s?[多余几来+](?![少次])"),
        frozenset(data["yuan_behind"]),
    )


def _first(pattern: str) -> str:
    """Return the first character that `pattern` takes, look-behinds apart."""
    return re.sub(r"^\(\?<?!.*?\)", "", pattern)[:1]


def _units(more: dict[str, dict[str, float]]) -> tuple[dict[str, str], dict[str, float]]:
    units: dict[str, str] = {}
    factors: dict[str, float] = {}
    for table in (read("citations")["units"], more):
        for base, spellings in table.items():
            for word, factor in spellings.items():
                units[str(word)], factors[str(word)] = base, float(factor)
    return units, factors


# Each text of a brief and of a draft is read so by five checks: 3 µs for 40 characters.
@lru_cache(maxsize=2048)
def readable(text: str) -> str:
    """Return `text` folded, but for its full-width commas: between digits only a half-width one is a separator."""
    return fold(text.replace("，", _COMMA)).replace(_COMMA, "，") if "，" in text else fold(text)


def unit_at(plain: str, here: int, data: Tables) -> tuple[str, float, int]:
    """Return base unit, factor and end of the unit at `here`; an unknown unit is `?` and its first character."""
    if plain[here : here + 1] in (" ", "-"):
        here += 1
    follows = plain[here : here + 1]
    for word in data.spelled.get(follows, ()):
        if plain.startswith(word, here):
            end = here + len(word)
            after = plain[end : end + 1]
            if word[-1].isascii() and word[-1].isalpha() and after.isascii() and after.isalpha():
                continue  # the s of sets
            if word == "块" and after.isalpha() and after not in data.yuan_behind:
                return "#块", 1.0, end
            return data.units[word], data.factors[word], end
    return (f"?{follows}" if follows.isalpha() else ""), 1.0, here


def currency(plain: str, start: int) -> str:
    """Return the unit of the currency sign before `start`, "" for none."""
    before = plain[max(0, start - 2) : start].strip()[-1:]
    return {"¥": "元", "￥": "元", "$": "美元", "€": "欧元", "£": "英镑"}.get(before, "")
