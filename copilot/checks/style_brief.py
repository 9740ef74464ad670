"""Writing rules that compare copy with its brief: C2–C6, C9, C10."""

import re
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from copilot.checks.grounding import MONEY, carries, same_unit
from copilot.checks.known import Known, Part, clauses, terms, unnamed
from copilot.checks.phrases import Phrases
from copilot.checks.pieces import Piece, style_finding
from copilot.checks.quantities import Quantity, quantities
from copilot.knowledge import read
from copilot.types import Finding

_WORD = re.compile(r"[^\W\d_]")
_DATES = frozenset({"date", "weekday", "clock", "year"})


class _Patterns(NamedTuple):
    neutral: re.Pattern[str]
    urgency: re.Pattern[str]
    urgency_not: re.Pattern[str]
    quota: re.Pattern[str]
    condition: re.Pattern[str]
    pains: Phrases
    gone: re.Pattern[str]
    limits: re.Pattern[str]
    benefit: re.Pattern[str]
    bare: re.Pattern[str]
    next_act: re.Pattern[str]
    not_allowed: dict[str, re.Pattern[str]]


@cache
def _patterns() -> _Patterns:
    data = read("style")
    return _Patterns(
        re.compile(data["neutral"]),
        re.compile(data["urgency"]),
        re.compile(data["urgency_not"]),
        re.compile(data["quota"]),
        re.compile(data["condition"]),
        Phrases((word, word) for word in data["pains"]),
        re.compile(data["pain_gone"]),
        re.compile(data["limits"]),
        re.compile(data["as_benefit"]),
        re.compile(data["bare_calls"]),
        re.compile(data["next_act"]),
        {platform: re.compile(pattern) for platform, pattern in data["not_allowed"].items()},
    )


def swap(parts: list[Piece], known: Known) -> list[Finding]:
    """C2: without product and brand, first sentences and four fifths of all still say something of the brief."""
    if not known.content:
        return []
    found, empty, count = [], [], 0
    for piece in parts:
        first = True
        for start, end in piece.sentences:
            plain = unnamed(piece.plain[start:end], known)
            if not _WORD.search(plain) or _patterns().neutral.search(plain):
                continue
            count += 1
            if not known.content.isdisjoint(terms(plain)):
                first = False
                continue
            empty.append((piece, start, end))
            if first:
                advice = "第一句去掉商品名就不知道在说谁：写进一个卖点、人群或场面里的词。"
                found.append(style_finding("C2", piece, start, end, advice))
            first = False
    if count and len(empty) > 0.2 * count:
        piece, start, end = empty[-1]
        if not any(f.field == piece.field and f.start == start for f in found):
            advice = f"{count} 句里有 {len(empty)} 句换个商品也能用，最多五分之一：这句写具体，或者删掉。"
            found.append(style_finding("C2", piece, start, end, advice))
    return found


def one_angle(parts: list[Piece], known: Known) -> list[Finding]:
    """C3: the point within the first 15 characters, at most three points, never their list joined by 、."""
    if not parts or not known.content:
        return []
    first = parts[0]
    openings = [first, *(piece for piece in parts[1:] if piece.name == "body")][:2]
    found = []
    if all(known.content.isdisjoint(terms(unnamed(piece.plain, known).strip()[:15])) for piece in openings):
        found.append(
            style_finding(
                "C3", first, 0, min(15, len(first.text)), "前 15 个字没有落到卖点、人群或场面上：把要点提前。"
            )
        )
    held = set().union(*(terms(piece.plain) for piece in parts))
    present = [point for point in known.points if point and len(point & held) >= 0.6 * len(point)]
    if len(present) > 3:
        found.append(
            style_finding(
                "C3", first, 0, len(first.text), f"一条里说了 {len(present)} 个卖点，最多三个：留下与开头有关的。"
            )
        )
    for piece in parts:
        found += [finding for start, end in clauses(piece.plain) if (finding := _listed(piece, start, end, known))]
    return found


def _listed(piece: Piece, start: int, end: int, known: Known) -> Finding | None:
    items = piece.plain[start:end].split("、")
    if len(items) < 3:
        return None
    of = [{n for n, point in enumerate(known.points) if point & terms(item)} for item in items]
    if len([points for points in of if points]) < 3 or len(set().union(*of)) < 3 or set.intersection(*of):
        return None
    return style_finding("C3", piece, start, end, "把卖点用顿号排成一串：选一个展开说。")


def whole_figures(parts: list[Piece], known: Known) -> list[Finding]:
    """C4: a figure of the brief keeps its unit, its bound and its condition."""
    found = []
    for piece in parts:
        for figure in quantities(piece.text):
            same = [
                (other, statement)
                for other, statement in known.statements
                if figure.kind == other.kind == "number" and other.value == figure.value
            ]
            fitting = [(o, s) for o, s in same if same_unit(figure.unit, o.unit) and carries(o, figure)]
            advice = ""
            if same and not fitting and not _said_elsewhere(figure, known):
                other, statement = same[0]
                if figure.unit[:1] in ("", "?") or same_unit(figure.unit, other.unit):
                    advice = f"简报写的是“{statement.strip()}”：单位和界限一起写。"
            elif fitting and not any(_condition_kept(o, s, piece.plain) for o, s in fitting):
                advice = f"简报写的是“{fitting[0][1].strip()}”：条件不能丢。"
            if advice:
                found.append(style_finding("C4", piece, figure.start, figure.end, advice))
    return found


def _said_elsewhere(figure: Quantity, known: Known) -> bool:
    """Tell whether audience, scene or offer give the figure as the copy has it."""
    found = known.sources.figures.get(figure.value, ())
    return any(alone or (same_unit(figure.unit, other.unit) and carries(other, figure)) for other, alone in found)


def _condition_kept(figure: Quantity, statement: str, plain: str) -> bool:
    """Tell whether the condition in the figure's clause of the brief, if there is one, stands in the copy too."""
    for start, end in clauses(statement):
        if start <= figure.start < end:
            for match in _patterns().condition.finditer(statement, start, end):
                inside = match.start() < figure.end and figure.start < match.end()
                wanted = terms(match[0])
                if not inside and wanted and len(wanted & terms(plain)) < 0.5 * len(wanted):
                    return False
    return True


def offer_told(parts: list[Piece], known: Known) -> list[Finding]:
    """C5: urgency only with a date or a quota; an offer with all the parts that the brief gives."""
    patterns = _patterns()
    figures = [figure for piece in parts for figure in quantities(piece.text)]
    dated = any(figure.kind in _DATES or figure.also is not None for figure in figures)
    dated = dated or any(patterns.quota.search(piece.plain) for piece in parts)
    found = []
    if not dated:
        for piece in parts:
            for match in patterns.urgency.finditer(piece.plain):
                if not patterns.urgency_not.match(piece.plain, match.start()) and not _inside(
                    match, piece, patterns.urgency_not
                ):
                    found.append(
                        style_finding(
                            "C5", piece, *match.span(), "催促要有日期或名额：写明到几月几日、前多少名，不然删掉。"
                        )
                    )
    if known.main and sum(len(piece.text) for piece in parts) >= read("style")["offer_room"]:
        held = set().union(*(terms(piece.plain) for piece in parts))
        whole = "\n".join(piece.plain for piece in parts)
        if any(_stated(part, figures, held, whole) for part in known.main):
            missing = dict.fromkeys(part.label for part in known.parts if not _stated(part, figures, held, whole))
            if missing:
                piece, start, end = _where(parts, known)
                advice = f"优惠没有说全，简报里还有：{'、'.join(missing)}。"
                found.append(style_finding("C5", piece, start, end, advice))
    return found


def _inside(match: re.Match[str], piece: Piece, pattern: re.Pattern[str]) -> bool:
    return any(o.start() <= match.start() < o.end() for o in pattern.finditer(piece.plain, max(0, match.start() - 3)))


def _stated(part: Part, figures: list[Quantity], held: set[str], whole: str) -> bool:
    if part.figures:
        return all(any(_same(figure, other) for other in figures) for figure in part.figures)
    if part.terms:
        return len(part.terms & held) >= 0.5 * len(part.terms)
    return not part.text or part.text in whole


def _same(one: Quantity, other: Quantity) -> bool:
    if one.kind == other.kind == "number" and one.also is None and other.also is None:
        return one.value == other.value and (same_unit(one.unit, other.unit) or one.unit[:1] in ("", "?"))
    if {one.kind, other.kind} <= {"number", "date"}:
        here = one.also if one.kind == "number" else one.value
        there = other.also if other.kind == "number" else other.value
        if here is None or there is None:
            return False
        return here % 100 == there % 100 and (here < 100 or there < 100 or here == there)
    return one.kind == other.kind and (
        one.value == other.value or (one.kind == "clock" and abs(one.value - other.value) == 720)
    )


def _where(parts: list[Piece], known: Known) -> tuple[Piece, int, int]:
    """Return where the copy states the offer: the first figure of it, else the first text."""
    for piece in parts:
        for figure in quantities(piece.text):
            if any(_same(wanted, figure) for part in known.main for wanted in part.figures):
                return piece, figure.start, figure.end
    return parts[0], 0, len(parts[0].text)


@cache
def _loosely(word: str) -> re.Pattern[str]:
    return re.compile(".{0,2}".join(word))


def pains(parts: list[Piece], known: Known) -> list[Finding]:
    """C6: no complaint that the brief does not know."""
    patterns, found = _patterns(), []
    for piece in parts:
        for word, start, end in patterns.pains.find(piece.plain):
            if _loosely(word).search(known.everything) or patterns.gone.search(piece.plain[max(0, start - 4) : start]):
                continue
            if piece.plain[end : end + 2] in ("不再", "没了"):
                continue
            found.append(
                style_finding("C6", piece, start, end, "简报里没有这个痛点：写进 pain，或者换成简报里的场面。")
            )
    return found


def limits_kept(parts: list[Piece], known: Known) -> list[Finding]:
    """C9: what limits the price is said with it, and never as an advantage."""
    patterns = _patterns()
    found: list[Finding] = []
    if not known.limits:
        return found
    priced = next(((piece, q) for piece in parts for q in quantities(piece.text) if q.unit in MONEY), None)
    held = set().union(*(terms(piece.plain) for piece in parts))
    told = any(patterns.limits.search(piece.plain) for piece in parts)
    for clause, about in known.limits:
        kept = told and (not about or len(about & held) >= 0.5 * len(about))
        if priced and not kept:
            piece, price = priced
            found.append(style_finding("C9", piece, price.start, price.end, f"说了价格就要说“{clause}”。"))
        for piece in parts:
            for start, end in clauses(piece.plain):
                part = piece.plain[start:end]
                if patterns.benefit.search(part) and not patterns.limits.search(part) and about & terms(part):
                    found.append(style_finding("C9", piece, start, end, f"“{clause}”是限制，不能当好处说。"))
    return found


def _of_a_point(match: re.Match[str], plain: str, known: Known) -> bool:
    """Whether the brief says it of the product: 扫码就能打卡 is what it does, no call."""
    around = plain[match.start() : match.end() + 3]
    return len(around) > len(match[0]) and around in known.everything


def calls(parts: list[Piece], known: Known, platform: str) -> list[Finding]:
    """C10: an act that the channel allows, and what happens next."""
    patterns, found = _patterns(), []
    forbidden = patterns.not_allowed.get(platform)
    for piece in parts:
        if forbidden:
            for match in forbidden.finditer(piece.plain):
                if _of_a_point(match, piece.plain, known):
                    continue
                found.append(style_finding("C10", piece, *match.span(), "这个渠道不允许这样引导：换成渠道内的动作。"))
        for (start, end), (_, until) in pairwise([*piece.sentences, (0, len(piece.text))]):
            for match in patterns.bare.finditer(piece.plain, start, end):
                rest = piece.plain[start : match.start()] + " " + piece.plain[match.end() : max(end, until)]
                if patterns.next_act.search(rest) or not known.content.isdisjoint(terms(unnamed(rest, known))):
                    continue
                found.append(
                    style_finding("C10", piece, *match.span(), "只催不说下一步：写明点了以后看到什么、得到什么。")
                )
    return found
