"""An offer, a price and a date as copy says them: who, what, how many, until when (C5); nothing that is not given."""

import re
from functools import lru_cache
from typing import NamedTuple

from copilot.briefs import AdBrief, Offer
from copilot.writers.rules.copy.points import tight

_ISO = re.compile(r"(?<!\d)(?:20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)(?:[T ](\d{1,2}:\d{2})(?::\d{2})?)?")
_DATE = re.compile(
    r"\d{1,2}\s?月\s?\d{1,2}\s?[日号]?|\d{1,2}[./]\d{1,2}(?!\d)|(?:本|这|下)?(?:周|星期|礼拜)[一二三四五六日天末]|今[天晚日]|明[天晚日]|"
    r"后天|本月底?|月底|\d{1,2}\s?[日号](?!内)|\d{1,2}\s?月(?!卡|费)|双(?:十一|十二|11|12)|6\.?18"
)
_QUOTA = re.compile(
    r"前\s?[\d一二三四五六七八九十百千万]+\s?[名位单件人个份桌组]|限(?:量)?\s?[\d百千万]+\s?[名位单件人个份套盒桌组张]|共\s?[\d百千万]+\s?[份张套个名]|每天\s?\d+\s?[份张套个名单件]"
)
_WHEN = rf"(?:{_DATE.pattern})(?:日|号)?(?:\s?\d{{1,2}}(?::\d{{2}}|点))?"
_PERIOD = re.compile(rf"(?P<start>{_WHEN})\s?(?:到|至|[-~–—～])\s?(?P<end>{_WHEN}|\d{{1,2}}[日号])(?:期间|之间|内)?")
_DEADLINE = re.compile(rf"(?:{_WHEN})(?:之?前|截止|为止|止|结束)|截止到?(?:{_WHEN})")
_CLAUSE = re.compile(r"(?:[，。；;！!]|,(?!\d))\s*(?![^（）()]*[）)])")  # not inside brackets
_GAIN = re.compile(r"\d|免|送|赠|半价|折|减|返|立省|试用|体验|[一二两三四五六七八九十]")
_END_WORDS = re.compile(r"(?:前|止|截止|为止|结束|内)$")
_GAP = re.compile(r"(?<=[\u4e00-\u9fff\d])\s+(?=[\u4e00-\u9fff])")
_STOPS = " \t，,。.！!；;、"


class OfferText(NamedTuple):
    """`parts` are clauses that together say all of the offer; `short` is what one gets; `until` its end, "" if open."""

    parts: tuple[str, ...] = ()
    short: str = ""
    until: str = ""
    quota: str = ""

    @property
    def dated(self) -> bool:
        """Something ends: words of urgency have a ground (C5)."""
        return bool(self.until or self.quota)

    @property
    def full(self) -> str:
        return "，".join(self.parts)

    def sentences(self, most: int) -> str:
        """Return the offer as sentences of at most `most` characters where its clauses allow it, the date last."""
        if len(self.full) <= most:
            return f"{self.full}。"
        dates = [part for part in self.parts if _is_date(part)]
        others = [part for part in self.parts if part not in dates]
        found = [""]
        for part in others:
            joined = f"{found[-1]}，{part}" if found[-1] else part
            found[-1:] = [joined] if len(joined) <= most else [found[-1], part]
        if dates:
            when = "，".join(dates)
            found.append(f"活动{when}" if len(when) + 2 <= most and when[0].isdigit() else when)
        return "".join(f"{part}。" for part in found if part)


def offer_text(offer: Offer | str) -> OfferText:
    """Return an offer as clauses; an empty one for no offer."""
    return _of_sentence(offer) if isinstance(offer, str) else _of_parts(offer)


def _of_sentence(sentence: str) -> OfferText:
    text = tidy(sentence)
    if not _GAIN.search(text):  # 开学季有优惠: nothing is promised yet, `gaps` asks
        return OfferText()
    parts = tuple(part for part in _CLAUSE.split(text) if part)
    quota = _QUOTA.search(text)
    gains = [gain for part in parts if _GAIN.search(gain := _PERIOD.sub("", part).strip()) and not _is_date(gain)]
    short = next((gain for gain in gains if re.search(r"[减折免省]|半价|元", gain)), gains[0] if gains else parts[0])
    return OfferText(parts, short, _end_of(parts), quota[0] if quota else "")


def _end_of(parts: tuple[str, ...]) -> str:
    """Return when an offer ends: what stands behind 到 or 至, or a date with 前 or 截止; "" when it is open."""
    for part in parts:
        if match := _PERIOD.search(part):
            month = re.search(r"\d{1,2}月", match["start"])
            end = match["end"]
            return _until(f"{month[0]}{end}" if month and re.match(r"\d{1,2}[日号]?(?:\s|$|\d*:)", end) else end)
        if match := _DEADLINE.search(part):
            return match[0]
    return ""


def _of_parts(offer: Offer) -> OfferText:
    who, what, threshold, gift, quota, start, end = map(tidy, (
        offer.who, offer.what, offer.threshold, offer.gift, offer.quota, offer.start, offer.end,
    ))  # fmt: skip
    if not (what or gift):
        what = threshold
        threshold = ""
    after = ""
    if threshold and what and not re.match(r"满|买|任|单笔|首|第|消费|充|每满|\d", threshold):
        threshold, after = "", threshold  # 不含药品: a condition, not what has to be spent
    joint = "" if not threshold or re.match(r"[减打享立省送]|\d", what) else "，"
    gain = f"{threshold}{joint}{what}" if what else threshold
    if gift:
        gift = gift if re.match(r"(?:加|另)?[送赠]|附", gift) else f"送{gift}"
    if quota and re.match(r"前?[\d一二三四五六七八九十百千万]+", quota):
        quota = f"限{quota}"
    when = f"{start}到{end}" if start and end else f"{start}起" if start else _until(end)
    head = f"{who}{gain or gift}" if not who or not re.match(r"\d", gain or gift) else f"{who}，{gain or gift}"
    parts = tuple(filter(None, (when, head, after, gift if gain else "", quota)))
    return OfferText(parts, gain or gift, _until(end), quota)


def _is_date(part: str) -> bool:
    return bool(_DATE.match(part)) and not re.search(r"[减送赠免享打折领]|半价|元", part)


def _until(end: str) -> str:
    """An end as copy says it; 11月3日前 would leave the 3rd out."""
    if not end:
        return ""
    if _END_WORDS.search(end):
        return end
    return f"{end}前" if re.search(r":\d|点", end) else f"{end}截止"


@lru_cache(maxsize=1024)  # an offer's parts, keywords and prices are asked for by several writers of a row
def tidy(text: str) -> str:
    """Return a phrase trimmed, ISO dates as 11月3日, no end marks."""
    text = tight(_GAP.sub(_blank, text.strip())).strip(_STOPS)
    text = re.sub(r"\s+", " ", text)
    return _ISO.sub(lambda m: f"{int(m[1])}月{int(m[2])}日" + (m[3] or ""), text)


def _blank(match: re.Match[str]) -> str:
    """A blank between two Chinese phrases is a comma, one beside a number is nothing."""
    return "" if match.string[match.start() - 1].isdigit() else "，"


def price_text(brief: AdBrief) -> tuple[str, ...]:
    """Return what may be said about the price, as clauses: `99元`, and the price compared with when it has a basis."""
    now = in_yuan(tidy(brief.price))
    if not now:
        return ()
    before = brief.original_price
    if before is None or not before.basis or not before.value:
        return (now,)
    value = in_yuan(tidy(before.value))
    basis = tidy(before.basis)
    return (now, basis if value in basis else f"{value}为{basis}")


def in_yuan(price: str) -> str:
    """Return a price with its unit: 99 → 99元, 168/次 → 168元/次."""
    return re.sub(r"(?<![¥￥$\d.])(\d+(?:,\d{3})*(?:\.\d+)?)(?=\s?[/（(]|$)", r"\1元", price)
