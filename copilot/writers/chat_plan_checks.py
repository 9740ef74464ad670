"""What a sentence of a plan must hold after a model reworded it: whatever fails names a kind of `trouble`.

Kinds and their words stand in `knowledge/plan/chat.yaml`.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from copilot.briefs import AdBrief
from copilot.checks.adlaw import law_findings
from copilot.checks.alignment import marked_terms
from copilot.checks.pieces import Piece
from copilot.checks.plan import unmarked
from copilot.checks.quantities import readable
from copilot.checks.style_language import worn
from copilot.checks.voice_words import obeys, order_spans
from copilot.knowledge import read
from copilot.plans import Plan
from copilot.text import fold, normalise
from copilot.types import Finding
from copilot.writers.chat_copy_clean import clean
from copilot.writers.chat_plan_figures import mended
from copilot.writers.chat_plan_ground import Ground, ground_trouble
from copilot.writers.chat_plan_sentences import Sentence, open_sentences

_PRODUCT, _BRAND = "\ue010", "\ue011"  # stand for the names while a sentence is read: they may hold digits, or orders
_LATIN = re.compile(r"[a-z][a-z0-9]+(?:[_-][a-z0-9]+)*", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff]")
_TITLED = re.compile(r"[“「『《]([^”」』》]+)[”」』》]")
_STOPS = "。.！!？?；;，,、：: "
_PAIRS = (("（", "）"), ("“", "”"), ("《", "》"), ("「", "」"))
_LINKED = re.compile(r"!?\[[^\[\]\n]*\]\(|https?://|www\.|[a-z0-9-]+\.(?:com|cn|net|org|io)\b|</?[a-z]|```|\*\*", re.I)
_CITED = re.compile(r"[\[［【〔]\s*\^?(?:段落\s*)?\d{1,3}\s*[\]］】〕]")


class Frame(NamedTuple):
    """What the sentences of one plan are held to."""

    product: str
    brand: str
    names: tuple[str, ...]  # of channels and people: none may turn up, none get lost
    brief: str  # all that the user wrote
    texts: frozenset[str]  # of our sentences, folded
    words: str  # all that stands in the plan and its quotes


class Judged(NamedTuple):
    """A sentence that may stand, with what was done to it; or `text` None and the kind of its trouble."""

    text: str | None
    done: tuple[str, ...] = ()
    trouble: str = ""
    given: str = ""


def frame_of(plan: Plan) -> Frame:
    """Return what the sentences of a plan are held to."""
    brief = plan.brief
    said = (
        *(brief.product, brief.brand, brief.audience, *brief.selling_points, brief.pain, brief.offer, brief.price),
        *(*brief.facts, *brief.competitors, *brief.constraints, *brief.team),
    )
    people = {task.owner for task in plan.schedule} | {duty.accountable for duty in plan.duties}
    people |= {name for one in brief.team for name in re.split("[：:]", one)}
    channels = {one["title"] for one in read("plan/channels")["channels"].values()}
    named = {*channels, *(one.title for one in plan.channel_funnels), *people, *brief.competitors}
    texts = frozenset(fold(one.text) for one in open_sentences(plan))
    names = tuple(sorted((name for name in named if len(name) > 1), key=len, reverse=True))
    words = "\n".join([*(section.body for section in plan.sections), *(c.quote for c in plan.citations)])
    return Frame(brief.product, brief.brand, names, "\n".join(filter(None, said)), texts, words)


def judged(one: Sentence, given: str, frame: Frame) -> Judged:
    """Return what a model's wording of a sentence comes to: cleaned, its figures made ours, checked."""
    raw = normalise(given)
    text, done = _cleaned(one, raw, frame)
    if text == one.text:
        return Judged(text, given=given)
    ours, theirs = _hidden(one.text, frame), _hidden(text, frame)
    if kind := _form(one, raw, text, frame):
        return Judged(None, trouble=kind, given=given)
    held = mended(ours, theirs)
    if held is None:
        return Judged(None, trouble="figures", given=given)
    theirs = held.text
    text = _shown(theirs, frame)
    checks: tuple[Callable[[], str], ...] = (
        lambda: _form(one, raw, text, frame),
        lambda: _names(one, text, frame),
        lambda: _claims(one, text, theirs, frame),
        lambda: ground_trouble(_neutral(theirs), _ground(one, ours, frame)),
        lambda: "twice" if fold(text) in frame.texts and text != one.text else "",
    )
    for check in checks:
        if kind := check():
            return Judged(None, trouble=kind, given=given)
    return Judged(text, (*done, *held.done), given=given)


# Its own form


def _cleaned(one: Sentence, raw: str, frame: Frame) -> tuple[str, tuple[str, ...]]:
    """Return the text without what is ours or nobody's: marks, links, Markdown, the name before the colon, the stop."""
    done = []
    text = re.sub(read("plan/chat")["marks"], "", raw)
    if text != raw or _CITED.search(raw):
        done.append("marks")
    if _LINKED.search(raw):
        done.append("links")
    text = clean(text, AdBrief(frame.product, brand=frame.brand))
    text = re.sub(rf"\A{one.id}\s*[｜|:：.、]?\s*(?=\D)", "", text)
    lead = one.lead.rstrip("：")
    for name in filter(None, (lead, re.sub(r"（[^（）]*）\Z", "", lead))):
        text = re.sub(rf"\A{re.escape(name)}\s*[:：]\s*", "", text)
    text = re.sub("[；;]+", "，", text.strip().rstrip(_STOPS))
    return text.replace("[", "［").replace("]", "］").replace("<", "＜").replace(">", "＞"), tuple(done)


def _form(one: Sentence, raw: str, text: str, frame: Frame) -> str:
    """Return what is wrong with a sentence as a piece of text."""
    data = read("plan/chat")
    said = fold(raw).strip()
    question = said.rstrip("。. ").endswith("?")
    if any(re.search(pattern, raw, re.IGNORECASE) for pattern in read("chat_copy")["talk"]):
        return "talk"
    if question != (one.stop == "？") and (question or not re.search(data["asks"], text)):
        return "shape"
    if not data["shortest"] <= len(text) or len(one.lead + text) > data["longest"]:
        return "length"
    named = one.lead and "：" in text[:12] and "：" not in one.text
    if named or set("|#*`~_$\\{}…-") & (set(text) - set(one.text)) or re.search("[。！？!?；;]", text):
        return "shape"
    if any(text.count(a) != text.count(b) for a, b in _PAIRS):
        return "shape"
    if re.match(data["torso"], text) and not re.match(data["torso"], one.text):
        return "shape"
    if unmarked(one.with_text(text)) or "\n" in text:
        return "shape"
    return "language" if _is_strange(one, text, frame) else ""


def _is_strange(one: Sentence, text: str, frame: Frame) -> bool:
    """Tell whether a text holds words or signs of another language than ours and its ground's."""
    there = "\n".join((one.lead, one.text, one.quote, frame.product, frame.brand))
    known = {word.lower() for word in _LATIN.findall(there)}
    if any(word.lower() not in known for word in _LATIN.findall(text)) or not _HAN.search(_hidden(text, frame)):
        return True
    new = set(text) - set(there)
    traditional = any(_HAN.match(c) and fold(c) != c for c in new)
    return traditional or any(_is_sign(c) for c in new)


def _is_sign(c: str) -> bool:
    """Tell whether a character is no Chinese writing: a letter of other scripts, a picture, a sign of sums or money."""
    if c.isascii():
        return c in "<>=^@&+"
    return (c.isalpha() and not _HAN.match(c)) or unicodedata.category(c)[0] in "SC"


# What it names and claims


def _names(one: Sentence, text: str, frame: Frame) -> str:
    """Return whether names turn up that neither ours nor its ground holds, or get lost."""
    ours, quote = one.lead + one.text, one.quote
    there = f"{ours}\n{quote}"
    for name in frame.names:
        if name in text and name not in there:
            return "names"
        if name in one.text and name not in text:
            return "lost"
    if any(name and name in one.text and name not in text for name in (frame.product, frame.brand)):
        return "lost"
    known = fold(f"{there}\n{frame.product}\n{frame.brand}")
    titled = [match[1] for match in _TITLED.finditer(text)]
    if any(fold(word) not in known for word in [*titled, *marked_terms(text)]):
        return "names"
    return "names" if _bodies(text) - _bodies(there) else ""


def _bodies(text: str) -> set[str]:
    return {match[0][-4:] for match in re.finditer(read("plan/chat")["bodies"], text)}


def _claims(one: Sentence, text: str, theirs: str, frame: Frame) -> str:
    """Return whether a sentence says what a plan may not: promises, worn phrases, orders of somebody else."""
    data, there = read("plan/chat"), f"{one.lead}{one.text}\n{one.quote}"
    before = {finding.rule for finding in _law(there)}
    if any(finding.rule not in before and finding.level != "caution" for finding in _law(theirs)):
        return "law"
    for kind in ("promises", "worn"):
        if set(re.findall(data[kind], fold(theirs))) - set(re.findall(data[kind], fold(there))):
            return kind
    phrases = worn(Piece("text", "text", theirs, readable(theirs), []), readable(there))
    if phrases:
        return "worn"
    hidden = _hidden(f"{frame.brief}\n{one.quote}", frame)
    orders = order_spans(theirs) and not order_spans(_hidden(one.text, frame))
    return "orders" if orders or obeys(theirs, hidden) or _repeats(theirs, one, frame) else ""


def _repeats(theirs: str, one: Sentence, frame: Frame) -> bool:
    """Tell whether a sentence does what an order in a name says: the names are hidden, so these are its own words."""
    ordered = "\n".join(filter(order_spans, (frame.product, frame.brand)))
    return bool(ordered) and obeys(theirs, ordered) and not obeys(_hidden(one.text, frame), ordered)


@lru_cache(maxsize=512)
def _law(text: str) -> tuple[Finding, ...]:
    return tuple(law_findings(text, claims_only=True))


def _ground(one: Sentence, ours: str, frame: Frame) -> Ground:
    own = _neutral(ours)
    return Ground(own, one.quote, "\n".join((one.heading, one.lead, own, one.quote)), frame.brief, frame.words)


# Names hidden


def _hidden(text: str, frame: Frame) -> str:
    """Return a text with signs for product and brand."""
    for name, sign in ((frame.product, _PRODUCT), (frame.brand, _BRAND)):
        text = text.replace(name, sign) if name else text
    return text


def _shown(text: str, frame: Frame) -> str:
    return text.replace(_PRODUCT, frame.product).replace(_BRAND, frame.brand)


def _neutral(text: str) -> str:
    """Return a text with a plain word for product and brand, as the checks of citations read it."""
    return text.replace(_PRODUCT, "产品").replace(_BRAND, "品牌")
