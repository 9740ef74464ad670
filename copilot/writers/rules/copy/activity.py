"""The rules of an activity: what the brief gives, under fixed labels; what it does not give is reported, never made up.

What a promotion has to disclose: the handbook's 有奖销售规则, 价格与促销承诺 and 广告必须写明的披露内容.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from copilot.briefs import AdBrief, Offer
from copilot.channels import Channel
from copilot.knowledge import read
from copilot.text.counters import count
from copilot.types import CopyDraft
from copilot.writers.rules.copy.long_forms import missing_keywords
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.offers import tidy
from copilot.writers.rules.copy.words import Words

_FORMULA = "5W1H"


def write_activity_rules(material: Material, channel: Channel, n: int, angles: Sequence[str]) -> list[CopyDraft]:
    """Return up to three forms of the same rules: labelled, in short, as questions; [] for a brief without an offer."""
    words = Words(material)
    lines = rule_lines(words)
    if not words.offer.gains:
        return []
    forms = {"list": _labelled(lines), "urgency": _brief(words, lines), "curiosity": _asked(lines)}
    titles = {angle: _title(words, title, lines, channel) for angle, title in _data()["titles"].items()}
    drafts = [
        CopyDraft(channel.platform, angle, _FORMULA, {"title": titles[angle], "rules": rules})
        for angle, rules in forms.items()
        if rules and (angle in angles or angle == "list")
    ]
    return drafts[:n]


def _title(words: Words, pattern: str, lines: dict[str, str], channel: Channel) -> str:
    """Return a title with the keywords that the rules lack, as far as it has room."""
    spec = next(field for field in channel.fields if field.name == "title")
    title = pattern.replace("{P}", words.name)
    for keyword in missing_keywords(words, title, *lines.values()):
        longer = f"{title}｜{keyword}"
        title = longer if not spec.limit or count(longer, spec.counter) <= spec.limit else title
    return title


def missing_rules(brief: AdBrief) -> tuple[str, ...]:
    """Return what the rules of this activity still need, what the law asks for first, with the article."""
    words = Words(Material(brief))
    lines = rule_lines(words)
    everything = _everything(words)
    return tuple(
        f"{row['ask']}（{row['law']}）" if "law" in row else row["ask"]
        for row in _data()["missing"]
        if _is_missing(row, lines, words.offer.full, everything)
    )


def rule_lines(words: Words) -> dict[str, str]:
    """Return what the brief says under each label, in the order of the labels."""
    found: dict[str, list[str]] = {}
    for label, text in _sorted(words):
        if words.allowed(text) and text not in found.setdefault(label, []):
            found[label].append(text)
    return {
        label: ("，" if label == "gain" else "；").join(found[label]) for label in _data()["labels"] if found.get(label)
    }


def rules_text(words: Words) -> str:
    """Return the labelled rules, one a line."""
    return "\n".join(_labelled(rule_lines(words)))


def _sorted(words: Words) -> Iterator[tuple[str, str]]:
    """Yield label and text for all that the brief says about its offer and what goes with it."""
    terms = words.offer
    who = _who(words)
    for text in terms.dates:
        yield "when", text
    if who:
        yield "who", who
    if how := _how(words):
        yield "how", how
    for number, clause in enumerate(terms.gains):
        text = clause.removeprefix(who).lstrip("，") if isinstance(words.material.brief.offer, Offer) else clause
        label = "gift" if number and _label(text) == "gift" else "gain"
        yield label, re.sub("^[送赠]", "", text) if label == "gift" else text
    for text in terms.quotas:
        yield "quota", text
    for text in terms.riders:
        yield "except" if _patterns()["rider_except"].search(text) else _label(text) or "condition", text
    for label, text in (("price", words.now), ("base", words.base)):
        if text:
            yield label, text
    for text in words.all_limits(words.points):
        yield _label(text) or "note", text
    for text in (*words.facts, *(point.text for point in words.points)):
        if (label := _label(text)) in ("scope", "refund", "contact") or (label == "except" and text in words.facts):
            yield label, text
    if words.material.brief.qualification and words.allowed(words.material.brief.qualification):
        yield "note", tidy(words.material.brief.qualification)


def _who(words: Words) -> str:
    offer = words.material.brief.offer
    if isinstance(offer, Offer):
        return tidy(offer.who)
    found = (_patterns()["who"].match(clause) for clause in words.offer.gains)
    return next((match[0] for match in found if match), "")


def _how(words: Words) -> str:
    """The act that the offer names, and the entry; "" when the brief gives neither."""
    link = words.material.brief.link.strip()
    act = _patterns()["how"].search(words.offer.full)
    when = "活动时间内" if words.offer.dates else ""
    parts = [f"{when}{act[1]}" if act else "", f"从 {link} 进入" if link else ""]
    return "，".join(part for part in parts if part)


def _label(text: str) -> str:
    """Return the label that a clause belongs under, or ""."""
    return next((label for label, cue in _cues() if cue.search(text)), "")


def _labelled(lines: dict[str, str]) -> tuple[str, ...]:
    labels = _data()["labels"]
    return tuple(f"{labels[label][0]}：{text}。" for label, text in lines.items())


def _asked(lines: dict[str, str]) -> tuple[str, ...]:
    labels = _data()["labels"]
    return tuple(f"{labels[label][1]}？{text}。" for label, text in lines.items())


def _brief(words: Words, lines: dict[str, str]) -> tuple[str, ...]:
    """The offer in one sentence, then what goes with it: for a poster or the foot of a page."""
    texts = [text for label in ("scope", "except", "refund", "note") for text in lines.get(label, "").split("；")]
    rest = [text for text in texts if text and text not in words.offer.full]
    price = f"价格：{words.price}。" if words.price else ""
    return tuple(filter(None, (f"{words.offer.full}。", price, f"说明：{'；'.join(rest)}。" if rest else "")))


def _is_missing(row: dict[str, Any], lines: dict[str, str], offer: str, everything: str) -> bool:
    if "when" in row and not re.search(row["when"], offer):
        return False
    if "with" in row and row["with"] not in lines:
        return False
    if any(label in lines for label in row.get("rules", ())):
        return False
    return not ("known" in row and re.search(row["known"], everything))


def _everything(words: Words) -> str:
    brief = words.material.brief
    texts = [words.offer.full, *brief.facts, *brief.selling_points, brief.link, brief.qualification, brief.cta]
    return "\n".join(texts)


def _data() -> dict[str, Any]:
    data: dict[str, Any] = read("copy/pages")["rules"]
    return data


@cache
def _cues() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((label, re.compile("|".join(cues))) for label, cues in _data()["cues"].items())


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(_data()[name]) for name in ("who", "how", "rider_except")}
