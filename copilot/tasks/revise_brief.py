"""Existing copy → the brief it was written from, as far as it tells: nothing that does not stand in the text."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from copilot.briefs import AdBrief
from copilot.checks.quantities import quantities
from copilot.knowledge import read
from copilot.tasks.revise_read import Copy
from copilot.writers.rules.copy.clauses import EMOJI, TAG, Clause, clauses
from copilot.writers.rules.copy.manner import opening_of
from copilot.writers.rules.copy.points import is_scene, plain, typed

_HAN = re.compile(r"[\u3400-\u9fff]")
_LINK = re.compile(r"https?://[^\s，。；！？、\u3400-\u9fff]+")
_POINT = (3, 40)  # characters of a selling point
_PROMISE = ("优惠", "期限", "名额")
_LEAD_IN = re.compile(
    r"^(?:它|这款|这台|这个|本品|本店|我们)?(?:还|也|更|就|都|又|再|而且|并且|另外|同时|不仅|不但|其实|所以|但是?|不过|然后)+(?=[\u4e00-\u9fff]{2})"
)


def derived(copies: Sequence[Copy], known: Mapping[str, Any]) -> AdBrief:
    """Return the brief that copies tell; `known` are values that somebody said beside them."""
    texts = [copy.text for copy in copies]
    read_ = [clauses(text) for text in texts]
    name = str(known.get("product", "")) or product_of(texts)
    found: dict[str, list[str]] = {
        key: [] for key in ("selling_points", "facts", "pain", "cta", "offer", "price", "place", "scene")
    }
    for one in read_:
        offers = _offer(one)
        found["offer"] += (
            [re.sub(rf"^{re.escape(name)}[，：]?(?=\S)", "", offers) if name else offers] if offers else []
        )
        for unit in _units(one):
            key, text = _placed(unit, name)
            told = key not in ("", "cta") and all(clause.bare in offers for clause in unit)
            if key and not told:
                found[key].append(text)
    whole = "\n".join(texts)
    link = _LINK.search(whole)
    sign = re.search(r"【([^【】\n]{1,20})】", whole)
    audience = _rules().audience.search(whole)
    sms_sign = str(known.get("sms_sign", "")) or (sign[1] if sign else "")
    return AdBrief(
        product=name or sms_sign,
        brand=str(known.get("brand", "")),
        industry=str(known.get("industry", "")),
        selling_points=tuple(_distinct(found["selling_points"]))[:12],
        audience=str(known.get("audience", "")) or (audience["value"] if audience else ""),
        pain=found["pain"][0] if found["pain"] else "",
        scene=found["scene"][0] if found["scene"] else "",
        offer=max(found["offer"], key=len, default=""),
        price=found["price"][0] if found["price"] else "",
        facts=tuple(_distinct(found["facts"])),
        cta=found["cta"][0] if found["cta"] else "，".join(_distinct(found["place"])),
        link=link[0] if link else "",
        sms_sign=sms_sign,
        variables=tuple(dict.fromkeys(re.findall(r"\$\{([^{}\n]+)\}", whole))),
    )


def tags_in(text: str) -> tuple[str, ...]:
    """Return the words of the tags of a copy."""
    return tuple(dict.fromkeys(match[0].strip("#") for match in TAG.finditer(text)))


def _units(found: Sequence[Clause]) -> list[list[Clause]]:
    return [list(unit) for _, unit in groupby(found, key=lambda clause: clause.unit)]


def _placed(unit: Sequence[Clause], name: str) -> tuple[str, str]:
    """Which key of the brief a unit belongs under, and its words; ("", "") for none."""
    unit = [clause for clause in unit if not _rules().news.search(clause.bare)]
    roles, whys = {clause.role for clause in unit}, {clause.why for clause in unit}
    text = "，".join(clause.bare for clause in unit)
    if roles & {"tag", "sign", "opt-out", "greeting", "comment"} or whys & {*_PROMISE, "签名", "退订"}:
        return "", ""
    if "call" in roles and not whys - {"", "链接"}:
        call = re.sub(r"[\s：:哦噢喔啦呀呢哟]*$", "", _LINK.sub("", text)).strip()
        return ("cta", call) if len(call) >= 4 and not re.search(r"[点戳]$|查看$", call) else ("", "")
    if whys & {"法定提示", "限制"} or typed(text).kind == "limit":
        return "facts", plain(text)
    if whys & {"链接", "变量"} or not text:
        return "", ""
    if "价格" in whys:
        return "price", _price(next(clause.bare for clause in unit if clause.why == "价格"), name)
    if _rules().place.search(text):
        return "place", plain(text)
    if _rules().pains.search(text) and not typed(text).figure and is_scene(text):
        return ("", "") if re.search("[吗呢]$|怎么|什么|如何|是不是", text) else ("pain", _LEAD_IN.sub("", text))
    if "question" in roles:
        return "", ""
    if len(unit) == 1 and opening_of(text) == "scene" and not any(c.isdigit() for c in text) and name not in text:
        return "scene", plain(text)
    point = _point(text, name)
    return ("selling_points", point) if point else ("", "")


def _price(text: str, name: str) -> str:
    """`89 元` of 随行杯只要 89 元; what it is the price of stays: 两支装 39.9 元."""
    bare = re.sub(rf"^{re.escape(name)}[，：]?", "", text) if name else text
    return re.sub(
        r"^(?:现在|如今|现|只要|仅需|只需|才|卖|价格|到手价?|券后价?|活动价|现价|售价|是|为|：|\s)+(?=[¥￥\d])",
        "",
        bare,
    )


def _point(text: str, name: str) -> str:
    """A statement as a selling point: without the product in front and without what ties it to its neighbours."""
    point = plain(text)
    if name:
        point = re.sub(rf"^(?:用|有了?|这款|这台|选)?{re.escape(name)}[，：的]?", "", point)
    point = re.sub(r"^(?:一个细节|另外|还有|顺带说一条|先看数|它|给[^，：]{2,10})[：，]", "", point)
    point = _LEAD_IN.sub("", point).lstrip("，：的 ").rstrip("，： ")
    point = re.sub(r"^它(?=[\u4e00-\u9fff]{3})", "", point)
    if not _HAN.search(point) and len(point.split()) >= 3:
        return "" if len(point) > 3 * _POINT[1] or re.match(r"(?:so|and|but|or)\b", point) else point
    if not _POINT[0] <= len(point) <= _POINT[1] or _rules().backwards.search(point) or _rules().witness.search(point):
        return ""
    if _rules().worn.search(point) or len(_HAN.findall(point)) < 2 or re.fullmatch(r"[给写送]\S{2,8}", point):
        return ""
    return "" if re.search(r"[？?]|^(?:先看|说说|挑|看)", point) else point


def _offer(found: Sequence[Clause]) -> str:
    """The promise as a sentence: its clauses with all between them, and conditions that are said beside them."""
    told: list[Clause] = []
    for sentence in _by_sentence(found):
        dated = any(clause.why == "期限" or (clause.why in _PROMISE and _dated(clause)) for clause in sentence)
        # a price beside a date holds until then: apart from it, it would be another promise
        own = [n for n, clause in enumerate(sentence) if clause.why in _PROMISE or (clause.why == "价格" and dated)]
        if own:
            told += sentence[own[0] : own[-1] + 1]
            told += [c for c in sentence[own[-1] + 1 :] if c.why == "限制" and typed(c.bare).kind != "limit"]
    if not any(clause.why in ("优惠", "名额", "价格") for clause in told):
        return ""
    return "，".join(
        re.sub(r"^(?:活动|这次的活动)[：:]?(?=\d)", "", c.bare) for c in told if c.role not in ("tag", "sign")
    )


def _by_sentence(found: Sequence[Clause]) -> list[list[Clause]]:
    out: list[list[Clause]] = [[]]
    for clause in found:
        out[-1].append(clause)
        if clause.ends:
            out.append([])
    return out


def _dated(clause: Clause) -> bool:
    return any(quantity.kind in ("date", "clock") for quantity in quantities(clause.text))


def _distinct(texts: Sequence[str]) -> list[str]:
    """Each once; what another one holds whole is left out."""
    bare = {text: re.sub(r"\W", "", text) for text in texts}
    kept = [t for t in bare if bare[t] and not any(t != o and bare[t] in bare[o] for o in bare)]
    seen: dict[str, str] = {}
    for text in kept:
        seen.setdefault(bare[text], text)
    return list(seen.values())


# The product's name


def product_of(texts: Sequence[str]) -> str:
    """Return the product's name: where a cue says so, a tag of the text, or what is said again and again."""
    whole = "\n".join(EMOJI.sub("", text) for text in texts)
    words = TAG.sub("", re.sub(r"【[^【】\n]*】|https?://\S+", "\n", whole))
    tags = [tag for text in texts for tag in tags_in(text)]
    topics = _topics(words, tags)
    if topics:
        return topics
    for pattern in _rules().product:
        for match in pattern.finditer(words):
            if not _rules().product_not.search(match["name"]):
                return match["name"]
    for tag in tags:
        if 2 <= len(tag) <= 12 and tag in words:
            return tag
    tagged = next((tag for tag in tags if 3 <= len(tag) <= 10), "")
    first = next(iter(_heads(words)), "")  # copy that begins with a noun and a comma begins with its product
    return _repeated(words) or tagged or (first if words.strip().startswith(first) else "")


def _topics(words: str, tags: Sequence[str]) -> str:
    """A bare noun at a sentence's head that the text names twice, or that its first sentence begins with."""
    heads = _heads(words)
    several = next((head for head in heads if words.count(head) > 1), "")
    return several or next(
        (h for h in heads if typed(h).sure or any(len(t) > 2 and h.endswith(t[-3:]) for t in tags)), ""
    )


def _heads(words: str) -> list[str]:
    """The nouns that sentences begin with."""
    heads = re.findall(r"(?:^|[。！？\n])\s*(?:用|有了|给)?([\u4e00-\u9fffA-Za-z0-9·]{3,14})(?=[，：:])", words)
    return [
        head
        for head in heads
        if typed(head).kind == "noun"
        and not _rules().product_not.search(head)
        and not re.search(r"[\d]+[月日点]|时$|后$|前$", head)
    ]


def _repeated(words: str) -> str:
    """The longest run of characters that stands in two clauses."""
    runs = re.findall(r"[\u4e00-\u9fffA-Za-z0-9]{3,}", words)
    best = ""
    for place, run in enumerate(runs):
        for start in range(len(run)):
            for end in range(start + 3, min(len(run), start + 12) + 1):
                part = run[start:end]
                fresh = len(part) > len(best) and any(part in other for other in runs[place + 1 :])
                if (
                    fresh
                    and typed(part).kind == "noun"
                    and not re.search(
                        r"^[的了是在和也都就不有把被到会能]|[的了是在和也都就不有把被到会能]$|\d[月日元]", part
                    )
                ):
                    best = part
    return "" if _rules().product_not.search(best) else best


class _Rules(NamedTuple):
    product: tuple[re.Pattern[str], ...]
    product_not: re.Pattern[str]
    audience: re.Pattern[str]
    pains: re.Pattern[str]
    backwards: re.Pattern[str]
    witness: re.Pattern[str]
    place: re.Pattern[str]
    news: re.Pattern[str]
    worn: re.Pattern[str]


@cache
def _rules() -> _Rules:
    data = read("copy/rework")
    one = {
        name: re.compile(data[name]) for name in ("product_not", "audience", "pains", "backwards", "witness", "place")
    }
    worn = re.compile("|".join(f"(?:{word})" for word in read("style")["worn"]))
    return _Rules(
        tuple(re.compile(pattern, re.MULTILINE) for pattern in data["product"]), one["product_not"], one["audience"],
        one["pains"], one["backwards"], one["witness"], one["place"], re.compile(data["news"]), worn,
    )  # fmt: skip
