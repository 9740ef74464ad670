"""One sentence, as operators type it, into the keys of a brief. What finds no place goes into `notes`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from copilot.knowledge import read
from copilot.knowledge.keys import key_of
from copilot.tasks.offer import take_dates, take_offer, take_prices
from copilot.tasks.phrases import ANY_MARK, MARKS, Page, compiled, expanded
from copilot.tasks.sentence_channels import channel_names, take_channels, take_count
from copilot.text import sentence_spans
from copilot.text.clean import clean

_HAN = re.compile(r"[\u3400-\u9fff]")
_LINK = re.compile(
    r"(?:链接|网址|落地页|link)?\s*(?:是|为|[:：])?\s*(?P<link>https?://[^\s，。；！？、“”\u3400-\u9fff]+|(?<![\w@])(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|net|org|io|top|shop)(?:/[^\s，。；！？、\u3400-\u9fff]*)?)",
    re.I,
)
_SIGN = re.compile(r"(?:短信)?(?:签名)?\s*(?:用|是|为|[:：])?\s*【(?P<sign>[^【】]{1,20})】")
_CLAUSE = re.compile(r"[，。；！？,;!?\n]+")
_ITEMS = re.compile(r"[、|]|(?<=[\u3400-\u9fff])/(?=[\u3400-\u9fff])|(?<=[”」])(?:和|以及|还有|跟)?(?=[“「])")
_AND = re.compile(r"(?<=[\u3400-\u9fffa-z0-9]{2})(?<![温柔缓饱])(?:和|以及|还有)(?=[\u3400-\u9fffa-z0-9]{2})", re.I)
_HAN_SPACE = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_LONGEST = 1000  # characters: nobody types more into one line, and patterns that look back are slow beyond
_QUOTES = "“”「」『』\"' "
_LISTS = frozenset({"selling_points", "facts", "keywords", "banned", "platform", "variables"})
_OPEN = frozenset({"selling_points", "facts", "keywords", "banned"})  # whose lists run on behind a comma


def read_sentence(text: str, channels: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a brief that `text` gives, `n` when it says how many, and `notes`.

    `channels` are those of `load_channels`: their names count beside what people call the usual ones.
    """
    text, removed = clean(text.strip())
    notes = [f"去掉了{what}" for what in removed]
    if len(text) > _LONGEST:
        ends = [end for _, end in sentence_spans(text) if end <= _LONGEST]
        text = text[: ends[-1] if ends else _LONGEST]
        notes.append(f"这段话太长，只读了前 {len(text)} 字；长的资料写成文件，用 --brief 给")
    if not _HAN.search(text):
        from copilot.tasks.sentence_english import read_english

        return read_english(text, channels, notes)
    return _read_chinese(_spaced(text), channels, notes)


def _read_chinese(text: str, channels: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    brief: dict[str, Any] = {}
    page = Page(text)
    for match in page.take(_LINK, "X"):
        brief.setdefault("link", match["link"].rstrip("."))
    for match in page.take(_SIGN, "X"):
        brief.setdefault("sms_sign", match["sign"].strip())
    _take_labelled(page, brief)
    page.text = re.sub(r"[：:](?!\d\d)", "，", page.text)
    _take_banned(page, brief)
    offer = take_dates(page, notes)
    offer |= take_offer(page)
    platforms = take_channels(page, channels, notes)
    for key, value in take_prices(page).items():
        brief.setdefault(key, value)
    if n := take_count(page, notes):
        brief["n"] = n
    if platforms:
        brief.setdefault("platform", platforms)
    if offer:
        brief.setdefault("offer", offer)
    _without_politeness(page)
    for key in ("brand", "audience"):
        for pattern in compiled("inline", key):
            for match in page.take(pattern, "X", first=True):
                _put(brief, key, match["value"].strip())
    _take_clauses(page, brief, before_product=True)
    if "product" not in brief and (product := _take_product(page, brief)):
        brief["product"] = product
    _take_clauses(page, brief, before_product=False)
    _place_the_rest(page, brief, notes)
    if "product" not in brief and "offer" in brief:
        notes.append("没有说产品：按整场优惠来写；有主推的产品就补上")
    return brief | {"notes": tuple(dict.fromkeys(notes))}


def _spaced(text: str) -> str:
    """Return the text with commas where spaces stand for them: 小红书 三条 扫地机器人 自己洗拖布."""
    gaps = len(re.findall(r"(?<=\S) (?=\S)", text))
    between = re.compile(
        r"(?<=[\u3400-\u9fff”」】a-z0-9]) (?=[\u3400-\u9fff“「【\d])|(?<=[\u3400-\u9fff]) (?=[a-z])", re.I
    )
    if gaps >= 2 and not re.search(r"[，。；！？,;]", text) and len(between.findall(text)) == gaps:
        tight = re.sub(r"(满|减|前|到手|原价|价|限量|第) (\d)", r"\1\2", text)
        return between.sub("，", re.sub(r"(\d) ([元块折件份名条篇个版套减送])", r"\1\2", tight))
    return text


def _take_labelled(page: Page, brief: dict[str, Any]) -> None:
    """Take 卖点：… 关键词：… wherever a key of the brief stands before a colon."""
    label = re.compile(
        r"(?:(?<=[，。；！？,;!?\s\n（(])|^)(?P<name>[\u3400-\u9fffa-z_ ]{2,10}?)\s*(?:是|有)?\s*[:：]\s*", re.I
    )
    starts = [
        m for m in label.finditer(page.text) if (key_of(m["name"]) or "") and m["name"] not in ("给谁", "标题", "数据")
    ]
    pieces, last = [], 0
    for match, following in zip_longest(starts, starts[1:]):
        key = key_of(match["name"]) or ""
        stop = _end_of_value(page.text, match.end(), following.start() if following else len(page.text), key)
        value = page.text[match.end() : stop].strip(" ，,。；;\n")
        if key == "platform":
            continue  # the names are found in their place
        pieces += [page.text[last : match.start()], MARKS["X"]]
        last = stop
        _put(brief, key, _listed(value) if key in _LISTS else value)
    page.text = "".join([*pieces, page.text[last:]])


def _end_of_value(text: str, start: int, limit: int, key: str) -> int:
    """Return where a labelled value ends: at a stop; at a comma too, unless a list runs on behind it."""
    for match in _CLAUSE.finditer(text, start, limit):
        if match[0][0] not in "，," or key not in _OPEN or _begins_something(text[match.end() : limit]):
            return match.start()
    return limit


def _begins_something(rest: str) -> bool:
    """Return whether the clause at the front speaks of something else than the list before it."""
    clause = _CLAUSE.split(rest, maxsplit=1)[0]
    cues = [
        *compiled("count"),
        *compiled("offer", "threshold"),
        *compiled("price", "original"),
        *compiled("price", "now"),
    ]
    cues += [
        p for name in ("banned", "tone", "audience", "keywords", "brand", "cta") for p in compiled("clauses", name)
    ]
    if any(p.match(clause) for p in cues) or compiled("instruction")[0].search(clause):
        return True
    return bool(channel_names(()).search(clause)) or bool(re.match(r"(?:发|给|写|投|目标|人群|活动|优惠)", clause))


def _take_banned(page: Page, brief: dict[str, Any]) -> None:
    """Take 不要提… first: what must not be said is no selling point, price or channel."""
    pieces = re.split(f"({_CLAUSE.pattern})", page.text)
    for i in range(0, len(pieces), 2):
        for key in ("banned", "keywords"):
            if match := _match(key, pieces[i].strip()):
                words = _listed(match["value"])
                if key == "keywords" and not re.search(r"词|[“「\"]|标题|必须|务必", match[0]):
                    continue
                _put(brief, key, words)
                pieces[i] = MARKS["X"]
                while (
                    key in _OPEN
                    and i + 2 < len(pieces)
                    and re.fullmatch(r"[“「\"][^”」\"]+[”」\"]", pieces[i + 2].strip())
                ):
                    _put(brief, key, _listed(pieces[i + 2]))
                    pieces[i + 2] = MARKS["X"]
                    i += 2
                break
    page.text = "".join(pieces)


def _without_politeness(page: Page) -> None:
    words = "|".join(read("sentence")["polite"])
    polite = re.compile(rf"(?:(?<=[，。；！？,;!?\n])|^)\s*(?:(?:{words})(?![\u3400-\u9fff]{{0,2}}[家店])\s*)+")
    page.text = polite.sub("", page.text)


_BEFORE = ("brand", "sms_sign", "selling_points", "tone", "audience", "facts", "pain", "keywords", "cta", "scene")
_AFTER = ("tone", "audience", "keywords", "scene", "pain", "cta")


def _take_clauses(page: Page, brief: dict[str, Any], before_product: bool) -> None:
    """Take every clause that says itself what it is."""
    pieces = re.split(f"({_CLAUSE.pattern})", page.text)
    for i in range(0, len(pieces), 2):
        clause = pieces[i].strip()
        for key in _BEFORE if before_product else _AFTER:
            match = _match(key, clause)
            if match is None or not _is_fit(key, match):
                continue
            value = ANY_MARK.sub("", match["value"]).strip(_QUOTES)
            if value:
                _put(brief, key, _listed(value) if key in _LISTS else _worded(key, value))
                pieces[i] = pieces[i].replace(match[0], MARKS["X"])
            break
    page.text = "".join(pieces)


def _match(key: str, clause: str) -> re.Match[str] | None:
    """Return the first pattern of `key` that fits the whole clause; marks and fillers may stand around it."""
    for pattern in _whole(key):
        if match := pattern.fullmatch(clause):
            return match
    return None


@lru_cache(maxsize=32)
def _whole(key: str) -> list[re.Pattern[str]]:
    return [
        re.compile(expanded(rf"[<marks>\s]*(?:{pattern})[<marks>\s吧呢哦哈啊呀了]*"), re.I)
        for pattern in read("sentence")["clauses"][key]
    ]


def _is_fit(key: str, match: re.Match[str]) -> bool:
    has_mark = ANY_MARK.search(match["value"]) is not None
    if key in ("pain", "selling_points", "facts", "scene"):
        return MARKS["C"] not in match["value"] and MARKS["K"] not in match["value"]
    return not has_mark


def _worded(key: str, value: str) -> str:
    if key == "audience" and value.endswith("的"):
        return f"{value}用户"
    return value.rstrip("的") if key in ("tone", "scene") else value


def _put(brief: dict[str, Any], key: str, value: Any) -> None:
    if key == "keywords":
        value = [word for words in value for word in _HAN_SPACE.split(words)]
    if key in _LISTS:
        brief[key] = list(dict.fromkeys([*brief.get(key, ()), *(v for v in value if v)]))
    elif key == "tone" and key in brief:
        brief[key] = f"{brief[key]}，{value}"
    elif value:
        brief.setdefault(key, value)


def _listed(value: str) -> list[str]:
    value = re.sub(r"[，,]", "、", value)
    if "、" in value:  # alone, 和 joins what belongs together more often than two points
        head, last = value.rsplit("、", 1)
        value = f"{head}、{_AND.sub('、', last)}"
    parts = [part.strip(_QUOTES + "，,。") for part in _ITEMS.split(value)]
    return [
        re.sub(r"(?:这几个词|这些词|这个词|等词|等|的词|这种词|之类的?|字样|这样的词)$", "", p).strip(_QUOTES)
        for p in parts
        if p
    ]


def _take_product(page: Page, brief: dict[str, Any]) -> str:
    """Return the name of the product: where a cue says so, else what the news are about, else the first bare name."""
    if name := _first_product(page, brief, "sure"):
        return name
    for fact in brief.get("facts", ()):
        for pattern in compiled("product", "fact"):
            if (match := pattern.match(fact)) and (name := _product_name(match["value"])):
                return name
    name = _first_product(page, brief, "guess")
    return name or ("" if "offer" in brief or "facts" in brief else _first_product(page, brief, "first"))


def _first_product(page: Page, brief: dict[str, Any], kind: str) -> str:
    for pattern in compiled("product", kind):
        for match in pattern.finditer(page.text):
            name = _product_name(match["value"])
            if not name:
                continue
            if compiled("new")[0].search(match[0]):
                _put(brief, "facts", [f"{name}是新品"])
            page.text = page.text[: match.start("value")] + MARKS["X"] + page.text[match.end("value") :]
            return name
    return ""


def _product_name(value: str) -> str:
    name = _bare_product(value)
    return "" if len(name) < 2 or compiled("not_product")[0].search(name) else name


def _bare_product(value: str) -> str:
    name = compiled("product_head")[0].sub("", value)
    return compiled("product_tail")[0].sub("", name).strip(_QUOTES)


def _place_the_rest(page: Page, brief: dict[str, Any], notes: list[str]) -> None:
    """Put statements among the selling points; what is said to the writer, or cannot be read, into `notes`."""
    for clause in _CLAUSE.split(page.text):
        bare = ANY_MARK.sub(" ", clause).strip(_QUOTES + "（）()：:")
        if ANY_MARK.search(clause):  # what is left around something that was read
            bare = _bare_product(bare)
        if (len(bare) < 2 and bare not in ("男", "女")) or compiled("filler")[0].match(bare):
            continue
        if compiled("time")[0].fullmatch(bare):
            notes.append(f"时间：{bare}（没说是发送时间还是活动时间）")
            continue
        if "audience" not in brief and compiled("people")[0].fullmatch(bare):
            brief["audience"] = bare
            continue
        is_order = compiled("instruction")[0].search(bare)
        if not is_order and "product" in brief and not ANY_MARK.search(clause) and len(bare) <= 60:
            _put(brief, "selling_points", _listed(bare))
        else:
            notes.append(f"没放进简报：{bare}")
