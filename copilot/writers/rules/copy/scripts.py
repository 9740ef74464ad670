"""A short video's script: shots whose seconds add up to 15 and to 30, with words that can be said in them."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from copilot.channels import Channel
from copilot.knowledge import read
from copilot.types import CopyDraft
from copilot.writers.rules.copy.lines import Slots
from copilot.writers.rules.copy.live import write_live_script
from copilot.writers.rules.copy.long_forms import Take, drafts, missing_keywords, pick, slots, takes
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.pictures import can_be_seen, picture, seen_clause, short, view
from copilot.writers.rules.copy.points import Point
from copilot.writers.rules.copy.speech import seconds
from copilot.writers.rules.copy.words import Words

__all__ = ["write_live_script", "write_video_script"]

_LINE = 80  # characters: what the channel recommends for one shot
_BRIEF_HOOK = 16  # characters: a pain longer than this is told by its first clause where seconds are short
_SPOKEN = 26  # characters of an offer that are told in one shot
_CAPTION = 34  # characters on the screen while a shot is told
_POINT = 30  # characters of a point without a pause: a longer one cannot be said in a shot
_VIEWS = 8  # as many as there are of a kind, at most
_QUIET = 7  # seconds more than the words need: from here on a silent shot takes some
# What a script gives up, in this order, until it fits its time: a part, or with `*` the longer form of a part.
_CUTS = ("fact", "second", "first", "price", "terms*", "call", "hook*", "limit*", "lead*", "offer")
_OFFER = ("offer", "terms", "price", "limit")


class Shot(NamedTuple):
    """One shot before its time is known. Without a picture it shows the product; `act` ones are worth more seconds.

    `brief` is what is said where seconds are short: the caption tells the rest.
    """

    picture: str
    spoken: str
    caption: str
    part: str = ""
    act: bool = False
    brief: str | None = None
    note: str = ""  # what holds for the caption only

    @property
    def least(self) -> int:
        """The whole seconds that the spoken words need."""
        return max(2, math.ceil(seconds(self.spoken)))


def write_video_script(material: Material, channel: Channel, n: int, angles: Sequence[str]) -> list[CopyDraft]:
    """Return up to `n` scripts in a cut of 15 and one of 30 seconds, a line for each shot."""
    words = Words(material)

    def write(take: Take) -> tuple[dict[str, Any], str] | None:
        shots = list(_shots(words, take))
        short_cut, long_cut = _fitted(shots, 15, ("fact", "second")), _fitted(shots, 30, ())
        if not (shots and short_cut and long_cut):
            return None
        fields = {
            "script_15s": _lines(words, short_cut, 15, take.turn),
            "script_30s": _lines(words, long_cut, 30, take.turn),
        }
        return fields, shots[0].spoken

    return drafts(channel.platform, takes(words, angles, 3, n, _POINT), n, write)


def _shots(words: Words, take: Take) -> Iterator[Shot]:
    """Yield hook, product with the lead point, supports, price, offer, restriction, call: all that could be told."""
    data = read("copy/scripts")
    filled = slots(words, take)
    filled["seen"] = "1" if take.lead and can_be_seen(take.lead) else ""
    hook = _hook(words, take, filled)
    if not hook.spoken:
        return
    yield hook
    terms = list(_terms(words, take, filled, hook))
    if take.angle == "urgency":
        yield from (shot for shot in terms if shot.part in ("offer", "terms"))
        terms = [shot for shot in terms if shot.part not in ("offer", "terms")]
    yield from _named(words, take, filled, hook)
    for number, (point, part) in enumerate(zip(take.supports, ("first", "second"), strict=False)):
        spoken = pick(data["supports"], filled | {"L": point.text}, point, take.turn + number)
        yield _point(words, point, spoken, part)
    if filled["F"] and filled["F"] not in hook.spoken:
        yield Shot("", pick(data["facts"], filled, None, take.turn), short(filled["F"]), "fact")
    yield from terms
    rows = [row for row in data["calls"] if ("{G}" in row["text"]) == bool(filled["G"])]
    call = pick(rows, filled, None, take.turn)
    if call:
        yield Shot("", call, filled["B"], "call")


def _hook(words: Words, take: Take, filled: Slots) -> Shot:
    spoken = pick(read("copy/scripts")["hooks"][take.angle], filled, take.lead, take.turn)
    if take.angle in ("pain", "comparison"):
        seen = seen_clause(filled["A"])
        told = f"以前{filled['A']}。" if take.angle == "comparison" else f"{filled['A']}。"
        brief = told.replace(filled["A"], filled["A1"]) if filled["A1"] and len(filled["A"]) > _BRIEF_HOOK else told
        return Shot(seen, spoken, short(seen or filled["A"]), "hook", brief=brief)
    if take.angle == "scene":
        return Shot(filled["S"] or filled["W"], spoken, short(filled["S"] or filled["W"]), "hook")
    if take.lead and take.lead.text in spoken:
        return _point(words, take.lead, spoken, "hook")
    return Shot(
        "", spoken, filled["F"] if filled["F"] and filled["F"] in spoken else short(spoken.rstrip("。？")), "hook"
    )


def _named(words: Words, take: Take, filled: Slots, hook: Shot) -> Iterator[Shot]:
    """Yield the shot that names the product, with the lead point where the hook has not told it."""
    data = read("copy/scripts")
    named = filled["P"] in hook.spoken
    if take.lead and take.lead.text not in hook.spoken:
        spoken = f"{take.lead.text}。" if named else pick(data["names"], filled, take.lead, take.turn)
        yield _point(words, take.lead, spoken, "lead")
    elif not named:
        yield Shot("", pick(data["shown"], filled, take.lead, take.turn), filled["P"], "lead")


def _point(words: Words, point: Point, spoken: str, part: str) -> Shot:
    note = "；".join(words.conditions(point))
    brief = f"{point.text}。" if part == "lead" else None
    return Shot(picture(words, point), spoken, short(point.text), part, True, brief, note)


def _terms(words: Words, take: Take, filled: Slots, hook: Shot) -> Iterator[Shot]:
    """Yield price, offer and what restricts them; where seconds are short, dates and restrictions are captions only."""
    data = read("copy/scripts")
    price, offer = words.prices, words.offer
    if price:
        spoken = pick(data["prices"], filled | {"now": price[0]}, None, take.turn)
        yield Shot("", spoken, "，".join(price), "price" if offer.gains else "offer")
    for part in _packed(offer.gains, _SPOKEN):
        if part not in hook.spoken:
            yield Shot("", f"{part}。", short(part), "offer")
    kinds = "".join(name for name, texts in (("w", offer.dates), ("q", offer.quotas), ("r", offer.riders)) if texts)
    dates = [f"{data['when']}{part}" if part[0].isdigit() else part for part in offer.dates]
    see = data["see_caption"][take.turn % len(data["see_caption"])]
    for part in _packed([*dates, *offer.quotas, *offer.riders], _CAPTION):
        yield Shot("", f"{part}。", part, "terms", brief=see.get(kinds, see["all"]))
    for part in _packed(words.limits, _SPOKEN):
        yield Shot("", f"{part}。", part, "limit", brief="")


def _packed(clauses: Sequence[str], most: int) -> Iterator[str]:
    """Yield clauses joined to parts of at most `most` characters where that can be."""
    here = ""
    for clause in clauses:
        if here and len(here) + len(clause) >= most:
            yield here
            here = clause
        else:
            here = f"{here}，{clause}" if here else clause
    if here:
        yield here


# Time


def _fitted(shots: list[Shot], length: int, unwanted: Sequence[str]) -> list[Shot]:
    """Return the shots that can be told in `length` seconds; [] when even the least cannot."""
    left = [shot for shot in shots if shot.part not in unwanted]
    for cut in ("", *_CUTS):
        if cut.endswith("*"):
            left = [
                shot._replace(spoken=shot.brief) if shot.brief is not None and shot.part == cut[:-1] else shot
                for shot in left
            ]
        elif cut == "offer":
            left = [shot for shot in left if shot.part not in _OFFER]
        else:
            left = [shot for shot in left if shot.part != cut]
        if sum(shot.least for shot in left) <= length:
            return left
    return []


def _lines(words: Words, shots: list[Shot], length: int, turn: int) -> tuple[str, ...]:
    """Return a line for each shot: 镜头 1｜0–3 秒｜画面：…｜口播：…｜字幕：…"""
    shots = _named_shots(words, _filled(shots, length, words.kind, turn))
    silent = read("copy/scripts")["silent"][words.kind]
    found, start, plain = [], 0, turn
    for number, (shot, time) in enumerate(zip(shots, _times(shots, length), strict=True), 1):
        seen = shot.picture or view(words, plain)
        plain += not shot.picture
        head = f"镜头 {number}｜{start}–{start + time} 秒｜"
        spoken = f"口播：{shot.spoken or f'（{silent}）'}｜字幕："
        if len(head) + len(seen) + len(spoken) > _LINE - 6 and shot.caption in seen:
            seen = f"{seen.partition('：')[0]}：同口播"
        if len(head) + len(seen) + len(spoken) + len(_caption(shot, 0)) > _LINE - 4 and not shot.picture:
            seen = min((view(words, place) for place in range(_VIEWS)), key=len)
        body = f"{head}画面：{seen}｜{spoken}"
        found.append(body + _caption(shot, _LINE - len(body)))
        start += time
    return tuple(found)


def _named_shots(words: Words, shots: list[Shot]) -> list[Shot]:
    """Return the shots with the keywords and the brand that none tells: in the last caption, else where room is."""
    missing = missing_keywords(words, *(f"{shot.spoken}{shot.caption}{shot.picture}" for shot in shots))
    brand = words.material.brief.brand.strip() or words.name
    if not any(brand in f"{shot.spoken}{shot.caption}" for shot in shots):
        missing = [brand, *(word for word in missing if word not in brand)]
    lengths = [len(f"{shot.caption}{shot.note}") for shot in shots]
    fits = lengths[-1] + len("｜".join(missing)) < _CAPTION
    place = len(shots) - 1 if fits else min(range(len(shots)), key=lambda n: lengths[n] + len(shots[n].spoken))
    caption = "｜".join([shots[place].caption, *missing])
    return [*shots[:place], shots[place]._replace(caption=caption), *shots[place + 1 :]]


def _caption(shot: Shot, room: int) -> str:
    """Return what stands on the screen; what is spoken anyway is not written twice where the line grows too long."""
    whole = f"{shot.caption}（{shot.note}）" if shot.note else shot.caption
    if len(whole) <= room or shot.caption not in shot.spoken:
        return whole
    return shot.note or "同口播"


def _filled(shots: list[Shot], length: int, kind: str, turn: int) -> list[Shot]:
    """Return the shots with silent ones behind acts where words are few: nothing is invented to fill the time."""
    quiet = min(3, (length - sum(shot.least for shot in shots)) // _QUIET)
    acts = [number for number, shot in enumerate(shots) if shot.act]
    acts = [*acts[1:], *acts[:1]] or [number for number, shot in enumerate(shots) if shot.part == "offer"] or [0]
    places = [acts[number % len(acts)] for number in range(quiet)]
    out = []
    for number, shot in enumerate(shots):
        again = read("copy/scripts")["again"][kind][turn % 3] if shot.act and shot.picture else ""
        out += [shot, *[Shot(again, "", shot.caption, "quiet", True)] * places.count(number)]
    return out


def _times(shots: list[Shot], length: int) -> list[int]:
    """Return whole seconds that add up to `length`; what is shown gets more than what is told."""
    times = [shot.least for shot in shots]
    acts = [number for number, shot in enumerate(shots) if shot.act]
    turn = [*acts, *acts, *range(len(shots))]
    for number in range(length - sum(times)):
        times[turn[number % len(turn)]] += 1
    return times
