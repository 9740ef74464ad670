"""What a sentence promises: price cut, gift, quota, from when until when."""

import re
from typing import Any

from copilot.tasks.phrases import Page, compiled


def take_offer(page: Page) -> dict[str, str]:
    """Return the parts of `Offer` that the text names, taken out of it; dates stay as they are written."""
    parts: dict[str, list[str]] = {"what": [], "threshold": [], "gift": [], "quota": []}
    whole: list[str] = []  # every promise with its own threshold
    for match in _all(page, "threshold"):
        groups = match.groupdict()
        parts["threshold"].append(_tidy(groups["threshold"]))
        if gift := groups.get("gift"):
            parts["gift"].append(_tidy(gift))
        else:
            parts["what"].append(_tidy(groups["what"]))
        whole.append(_tidy(match[0]))
    for match in _all(page, "quota"):
        parts["quota"].append(_tidy(match[0]))
    plain = [_tidy(match[0]) for match in _all(page, "what")]
    for match in _all(page, "gift"):
        parts["gift"].append(_tidy(match["gift"]))
        if (condition := match.groupdict().get("threshold")) and not parts["threshold"]:
            parts["threshold"].append(_tidy(condition))
    offer = {key: "，".join(dict.fromkeys(texts)) for key, texts in parts.items() if texts}
    if len(parts["threshold"]) > 1:  # tiers: each threshold stays with what it buys
        offer.pop("threshold")
        offer.pop("gift", None) if not plain and not parts["what"] else None
        offer["what"] = "，".join([*whole, *plain])
    elif plain:
        own = whole if parts["what"] else []
        offer["what"] = "，".join([*own, *plain])
        if own:
            offer.pop("threshold")
    for match in _all(page, "who")[:1]:
        offer["who"] = match["who"]
    return offer


def take_dates(page: Page, notes: list[str]) -> dict[str, str]:
    """Return `start` and `end` of an offer; the day of sending and a mere duration go into `notes`."""
    found: dict[str, str] = {}
    relative: list[str] = []

    def put(key: str, text: str) -> None:
        if found.setdefault(key, _tidy(text)) and compiled("dates", "relative")[0].search(text):
            relative.append(_tidy(text))

    for match in page.take(compiled("dates", "range")[0], "D"):
        put("start", match["start"])
        put("end", match["end"])
    for match in _takes(page, "dates", "end"):
        put("end", match["end"])
    for match in _takes(page, "dates", "send"):
        notes.append(f"发送时间：{_tidy(match['day'])}（照原话，没有换算成日期）")
    for match in _takes(page, "dates", "start"):
        put("start", match["start"])
    for match in _takes(page, "dates", "only"):
        put("start", match["day"])
        put("end", match["day"])
    for match in _takes(page, "dates", "lasts"):
        notes.append(f"活动时长：{_tidy(match['span'])}；没有起止日期，文案里不催")
    if relative:
        days = "、".join(f"“{day}”" for day in dict.fromkeys(relative))
        notes.append(f"{days}是相对日期，照原话保留，发布前换成具体日期")
    return found


def take_prices(page: Page) -> dict[str, Any]:
    """Return `price` and `original_price`."""
    found: dict[str, Any] = {}
    for match in _takes(page, "price", "original"):
        basis = match["basis"] if match["basis"] in ("专柜价", "吊牌价", "门市价", "零售价", "日常价") else ""
        found.setdefault("original_price", {"value": _money(match["value"]), **({"basis": basis} if basis else {})})
    for match in _takes(page, "price", "now"):
        pack = match.groupdict().get("pack")
        found.setdefault("price", f"{_tidy(pack)} {_money(match['value'])}" if pack else _money(match["value"]))
    return found


def _all(page: Page, kind: str) -> list[re.Match[str]]:
    return [match for pattern in compiled("offer", kind) for match in page.take(pattern, "O")]


def _takes(page: Page, group: str, kind: str) -> list[re.Match[str]]:
    mark = "P" if group == "price" else "D"
    return [match for pattern in compiled(group, kind) for match in page.take(pattern, mark)]


def _money(text: str) -> str:
    text = _tidy(text)
    return (
        f"{text} 元"
        if re.fullmatch(r"\d+(?:\.\d+)?", text)
        else re.sub(r"\s*块钱?(?=$|一|每|/|起)", " 元", text).replace("  ", " ")
    )


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" ，,。；;、的")
