"""An offer of a brief → one English clause: who, what, under which condition, how many, until when."""

import re

from copilot.briefs import Offer
from copilot.knowledge import read
from copilot.writers.rules.copy import english_words as en
from copilot.writers.rules.copy.english_points import plain


def offer_clause(offer: Offer, long: bool) -> str:
    """`New customers get 15% off, June 3 to June 9` or, short, `New customers: 15% off to June 9`."""
    who, what, gift = plain(offer.who), plain(offer.what), plain(offer.gift)
    what = " plus ".join(filter(None, [_with_the(what) if long else what, gift]))
    if not what:
        return ""
    if who.lower() in read("copy/english")["everyone"]:
        who = ""
    verb = what.split()[0].lower() in en.words().verbs
    if who and long and not verb:
        what = f"{who} {'get' if _many(who) else 'gets'} {what}"
    elif who:
        what = f"{who}: {what}"
    return what + _condition(what, plain(offer.threshold)) + _dates(offer, long) + _quota(plain(offer.quota))


def _many(who: str) -> bool:
    head = re.split(r" (?:of|with|who|that|in|from|on) ", who)[0]
    return en.is_plural(head.split()[-1]) and head.split()[0].lower() not in ("every", "each", "any")


def _with_the(what: str) -> str:
    first = what.split()[0].lower() if what else ""
    return f"the {what}" if first in en.words().sets["ordinals"] else what


def _condition(what: str, threshold: str) -> str:
    if not threshold:
        return ""
    first = threshold.split()[0].lower()
    if threshold.lower().startswith("first order") and what.endswith(" off"):
        return f" {'their' if ' get' in what or ':' in what else 'your'} {threshold}"
    if first in ("orders", "order", "purchases", "bookings"):
        return f" {threshold}" if what.endswith(" off") else f" on {threshold}"
    return f" {threshold}" if first in en.words().sets["prepositions"] | {"when", "if"} else f" ({threshold})"


def _dates(offer: Offer, long: bool) -> str:
    start, end = day(offer.start), day(offer.end)
    if start and end:
        return (
            f", {start} to {end}"
            if long
            else f", {start}–{end}"
            if len(start) + len(end) < 8
            else f", {start} to {end}"
        )
    if end:
        return f" until {end}"
    return f" from {start}" if start else ""


def day(raw: str) -> str:
    """An ISO date as people say it, 2026-12-31 → December 31; anything else as it is."""
    text = plain(raw)
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    if not match or not 1 <= int(match[2]) <= 12:
        return text
    month = en.capital(read("copy/english")["months"].split()[int(match[2]) - 1])
    return f"{month} {int(match[3])}"


def _quota(quota: str) -> str:
    if not quota:
        return ""
    return f", {quota} only" if quota.split()[0].lower() in ("first", "the", "limited") else f", limited to {quota}"
