"""An offer's clauses by what they say: when, who gets what, how many there are, and what goes with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from copilot.briefs import Offer
from copilot.writers.rules.copy.offers import tidy

_DATE = re.compile(
    r"\d{1,2}月|\d[日号]|月底|周[一二三四五六日天末]|(?<![\d.])\d{1,2}\.\d{1,2}\s?[-~–—至到]|[今明后][天晚]"
)
_GAIN = re.compile(r"[减送赠免享打折领元券]|半价|首单")
_QUOTA = re.compile(r"^(?:限|仅限|共|每[天日周月]|前)\s?前?\s?[\d一二三四五六七八九十百千万]+\s?[^\d\s，次]{1,6}$")
_RIDER = re.compile(
    r"^(?:每[人户单位个]|限[一1首]|仅限|不含|不与|不可|不能|不支持|不参|次月|到期|可随时|随时可|需|须|自动续)"
)
_BUYING = re.compile(r"^(?:满|提前|购买|买|下单|消费|充值|预订|实付|订单|单笔|累计|凭|持|任意|首次)")
_JOINS = re.compile(r"^(?:[减打享送立免领返半第赠]|加赠)")
_END = re.compile(r"(?:前|止|截止|为止|结束|内)$")
_SPAN = re.compile(r"(?:到|至|[-~–—])\s*(?P<end>[^，]*)$")


@dataclass(frozen=True)
class Terms:
    """`riders` are conditions beside the gain: 每人限一次, 次月起…自动续费, 不含…; `full` has all, as it is said."""

    dates: tuple[str, ...] = ()
    gains: tuple[str, ...] = ()
    quotas: tuple[str, ...] = ()
    riders: tuple[str, ...] = ()
    full: str = ""

    @property
    def dated(self) -> bool:
        """Something ends: words of urgency have a ground (C5)."""
        return bool(self.until or self.quotas)

    @cached_property
    def until(self) -> str:
        """When it ends, `11月3日24:00截止`; the month that `3月5日至8日` leaves out is filled in."""
        for part in self.dates:
            match = _SPAN.search(part)
            end = match["end"] if match else part if _END.search(part) else ""
            if not end or not _DATE.search(end):
                continue
            month = re.match(r"\d{1,2}月", part)
            end = f"{month[0]}{end}" if month and "月" not in end else end
            return end if _END.search(end) else f"{end}截止"
        return ""


def terms_of(offer: Offer | Sequence[str]) -> Terms:
    """Return the terms of an offer, given in parts or as the clauses of a sentence."""
    return _of_parts(offer) if isinstance(offer, Offer) else _of_clauses(offer)


def _of_clauses(parts: Sequence[str]) -> Terms:
    clauses: list[str] = []
    for part in parts:  # a bracket with a comma in it stays whole
        if clauses and clauses[-1].count("（") > clauses[-1].count("）"):
            clauses[-1] = f"{clauses[-1]}，{part}"
        else:
            clauses.append(part)
    dates = tuple(part for part in clauses if _DATE.search(part) and not _GAIN.search(part))
    quotas = tuple(part for part in clauses if part not in dates and _QUOTA.search(part))
    riders = tuple(part for part in clauses if part not in (*dates, *quotas) and _RIDER.search(part))
    gains = tuple(part for part in clauses if part not in (*dates, *quotas, *riders))
    return (
        Terms(dates, gains, quotas, riders, "，".join(clauses))
        if gains
        else Terms((), tuple(clauses), (), (), "，".join(clauses))
    )


def _of_parts(offer: Offer) -> Terms:
    who, what, gift, quota, start, end = map(
        tidy, (offer.who, offer.what, offer.gift, offer.quota, offer.start, offer.end)
    )
    threshold = [clause for clause in re.split("[，；;,]", tidy(offer.threshold)) if clause]
    buying = [clause for clause in threshold if _BUYING.search(clause)]
    riders = tuple(clause for clause in threshold if clause not in buying)
    if gift and not re.match(r"(?:加|另)?[送赠]|附", gift):
        gift = f"送{gift}"
    if not (what or gift):
        buying, riders, what = [], (), "，".join(threshold)
    first, second = (what, gift) if what else (gift, "")
    head = "".join([who, *buying])
    gains = tuple(filter(None, (f"{head}{first}" if not head or _JOINS.search(first) else f"{head}，{first}", second)))
    if re.match(r"前?[\d一二三四五六七八九十百千万]+", quota):
        quota = f"限{quota}"
    when = (
        f"{start}到{end}"
        if start and end
        else f"{start}起"
        if start
        else end
        if not end or _END.search(end)
        else f"{end}前"
    )
    if not first:
        return Terms()
    dates, quotas = tuple(filter(None, (when,))), tuple(filter(None, (quota,)))
    return Terms(dates, gains, quotas, riders, "，".join([*dates, *gains, *quotas, *riders]))
