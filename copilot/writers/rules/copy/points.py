"""A selling point → what it is, grammatically: only fitting patterns take it.

Kinds: `measure` (吸力8000Pa: a name and a value), `noun` (304不锈钢内胆), `value` (轻便), `verb` with the product or
the user as subject (会自己洗拖布 · 不用下载), `clause` (拖布自己会洗), `promise` (7天无理由退货), `limit` (不含适配器).
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from copilot.knowledge import read

_BULLET = re.compile(r"^(?:[\s•·●▪◆★☆✅✔️✓➤►→\-*+–—]+|[（(]?\d{1,2}[)）、.．](?!\d)|[①-⑳])+\s*")
_EMOJI = re.compile(r"[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d\u20e3]+")
_HAN = r"\u4e00-\u9fff"
_TIGHT = re.compile(rf"(?<=[\d%])\s+(?=[{_HAN}])|(?<=[{_HAN}])(?<![元块])\s+(?=\d)")
_MARKS = (
    (re.compile(r"(?<=[^\d\s]),\s*|,\s*(?=[^\d\s])"), "，"),
    (re.compile(r"\s*[;；]\s*"), "；"),
    (re.compile(r"\((?=[^()]*\))"), "（"),
    (re.compile(r"(（[^()（）]*)\)"), r"\1）"),
)
_BLANKS = (
    (re.compile(rf"(?<=[{_HAN}]{{3}})\s+(?=[{_HAN}]{{3}})"), "，"),
    (re.compile(rf"(?<=[{_HAN}，])\s+(?=[{_HAN}])"), ""),
    (re.compile(r"([，。；、！？])[，。；、！？,.!?]+"), r"\1"),
    (re.compile(r"\s+"), " "),
)
_THING = 8  # characters of a noun with a verb in front
_ENDS = " \t，,。.！!；;、：:~～…"
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?(?:\s?[-~–—至到xX×*/]\s?\d+(?:\.\d+)?)*"
_HAN_UNITS = (
    "秒|分钟|小时|天|周|个月|月|年|次|个|片|包|瓶|盒|袋|支|只|条|件|套|层|档|级|种|款|项|页|节|课时|位|人|名|家|座|毫克|微克|千克|公斤|克|斤|"
    "毫升|升|平方米|平米|平|厘米|毫米|公里|米|瓦|伏|毫安时|毫安|分贝|摄氏度|度|英寸|寸|元|块|折|倍|成|帧|兆|字|题|道|讲|门|码|桌|间|席|场"
)
_UNIT = rf"(?:[A-Za-z%°℃㎡μ/²³]{{1,8}}|[万亿千百]?(?:{_HAN_UNITS})(?:[/每](?:天|日|月|年|次|人|晚|小时|分钟))?)"
_MEASURE = re.compile(
    rf"(?P<name>[{_HAN}A-Za-z]{{2,8}}?)(?:为|是|有|：|:|\s)?(?P<bound>约|仅|达|可达|高达|最多|最高)?(?P<value>{_NUMBER}\s?{_UNIT}(?:以[上内下]|左右|起)?)(?P<note>（[^（）]*）)?"
)
_CONDITION = re.compile(r"(?:[时下后前内]|的话|情况下|为准)$|^(?:当|若|如果|只要|只限|在.{1,8}[下时里中])")


class Point(NamedTuple):
    """`text` as it can stand in copy; `topic` a short noun that it is about, or ""."""

    text: str
    kind: str
    topic: str = ""
    value: str = ""  # of a measure: 8000Pa
    by_user: bool = False  # of a verb: its subject is the one who uses the product
    figure: bool = False
    sure: bool = True  # of a noun: its last word is one, so that 还有 can stand before it

    @property
    def is_predicate(self) -> bool:
        """It says what somebody does or what is the case, so it can stand behind a time or a place."""
        return self.kind in ("verb", "clause", "promise")


# A row has its points and facts typed five times over, by the writer and by what agrees with what: 0.4 ms of 7.
@lru_cache(maxsize=1024)
def typed(raw: str) -> Point:
    """Return a selling point typed; the words stay, but for formal ones that have a plain twin."""
    text = plain(raw)
    words = _words()
    figure = any(c.isdigit() for c in text)
    if words.limit.search(text):
        return Point(text, "limit", figure=figure)
    if words.promise.search(text):
        return Point(text, "promise", "售后" if re.search("退|换|修|赔|质保|售后", text) else "", figure=figure)
    if words.values.fullmatch(text):
        return Point(text, "value")
    if match := _MEASURE.fullmatch(text):
        name = match["name"]
        if words.occasion.search(name) or name.endswith("免费"):  # 停车免费2小时
            return Point(text, "clause", figure=True)
        if not words.predicate.search(name, 1) and not words.starts_verb.match(name):
            value = (match["bound"] or "") + match["value"].replace(" ", "") + (match["note"] or "")
            return Point(text, "measure", name, value, figure=True)
    if words.weak_verb.search(text) and words.noun_end.search(text) and "，" not in text and len(text) <= _THING:
        return Point(text, "noun", figure=figure)
    if match := words.starts_verb.match(text):
        return Point(text, "verb", by_user=match.lastgroup == "user", figure=figure)
    head = re.split("[，；]", text)[0]
    if (match := words.predicate.search(head, 1)) and not words.noun_end.search(head):
        return Point(text, "clause", _topic(head[: match.start()]), figure=figure)
    sure = bool(words.noun_end.search(text)) and "，" not in text
    return Point(text, "noun", _topic(text) if len(text) <= 4 else "", figure=figure, sure=sure)


def without_emoji(text: str) -> str:
    """Return `text` without emoji and the blanks around them."""
    return re.sub(r"\s+", " ", _EMOJI.sub(" ", text)).strip()


@lru_cache(maxsize=1024)
def plain(raw: str) -> str:
    """Return a point without bullets, emoji and end marks, with full-width commas and plain words."""
    text = _EMOJI.sub(" ", raw)
    text = _BULLET.sub("", text.strip()).strip(_ENDS)
    for pattern, mark in _MARKS:
        text = pattern.sub(mark, text)
    for formal, word in read("copy/points")["plain"].items():
        if formal in text:
            text = re.sub(rf"\s*{re.escape(formal)}\s*" if len(formal) == 1 else re.escape(formal), word, text)
    for pattern, mark in _BLANKS:
        text = pattern.sub(mark, text)
    return tight(text).strip(_ENDS)


def tight(text: str) -> str:
    """Return `text` without the blanks between digits and Han: copy is short, and a line should not break there."""
    return _TIGHT.sub("", text)


def is_condition(clause: str) -> bool:
    """Tell whether a clause only says when another one holds."""
    return bool(_CONDITION.search(clause))


def is_scene(pain: str) -> bool:
    """Tell whether a pain shows something happening, rather than calling something bad (C6)."""
    han = re.findall(rf"[{_HAN}]", pain)
    return len(han) >= 6 and not (len(han) <= 10 and _words().abstract.search(pain))


def is_occasion(scene: str) -> bool:
    """Tell whether a scene is a time or a place that stands before a predicate, not an act of its own."""
    return bool(_words().scene_end.search(scene)) and len(scene) <= 12


def is_segment(audience: str) -> bool:
    """Tell whether an audience is a segment of a table rather than somebody one would speak to."""
    return bool(_words().segment.search(audience))


def is_people(audience: str) -> bool:
    """Tell whether an audience is people, whom one can speak to."""
    is_act = audience.startswith(("送", "自己", "买给")) and "的" not in audience  # 送长辈
    return not is_act and bool(_words().people.search(audience))


def lapse_of(audience: str) -> str:
    """Return `两个月没来` of 两个月没来的用户, or ""."""
    match = _words().lapse.search(audience)
    return match["lapse"] if match else ""


def _topic(subject: str) -> str:
    """A subject short enough to be named alone: 2 to 5 characters, no pronoun, no number, nobody, no act (热水一冲)."""
    subject = subject.strip("，的 ")
    good = 2 <= len(subject) <= 5 and not re.search(
        r"完|^[零无全多老新]|四|一键|月底|自动|随时|[，、]|\d|你|我|他|它|这|那|每|个$|就|都|也|不|没|^[一二两三四五六七八九十]|时$|后$|前$|里$|上$|下$",
        subject,
    )
    return subject if good and not re.search("一.$|免费$|个子$", subject) and not is_people(subject) else ""


class _Words(NamedTuple):
    limit: re.Pattern[str]
    promise: re.Pattern[str]
    values: re.Pattern[str]
    starts_verb: re.Pattern[str]
    predicate: re.Pattern[str]
    noun_end: re.Pattern[str]
    abstract: re.Pattern[str]
    segment: re.Pattern[str]
    lapse: re.Pattern[str]
    occasion: re.Pattern[str]
    scene_end: re.Pattern[str]
    people: re.Pattern[str]
    weak_verb: re.Pattern[str]


@cache
def _words() -> _Words:
    data = read("copy/points")

    def any_of(words: list[str]) -> str:
        return "|".join(sorted(words, key=len, reverse=True))

    one = f"(?:很|更|够|非常)?(?:{any_of(data['value_words'])})"
    return _Words(
        limit=re.compile(any_of(data["limit"])),
        promise=re.compile(any_of(data["promise"])),
        values=re.compile(f"{one}(?:[，、又且 ]*(?:{one}))*"),
        starts_verb=re.compile(f"(?P<user>{any_of(data['verb_user'])})|(?P<product>{any_of(data['verb_product'])})"),
        predicate=re.compile(any_of(data["predicate"])),
        noun_end=re.compile(f"(?:{any_of(data['noun_ends'])})$"),
        abstract=re.compile("|".join(data["abstract_pain"])),
        segment=re.compile("|".join(data["segment"])),
        lapse=re.compile(data["lapse"]),
        occasion=re.compile("|".join(data["occasions"])),
        people=re.compile(data["people"]),
        weak_verb=re.compile(data["weak_verbs"]),
        scene_end=re.compile(f"(?:{'|'.join(data['scene_ends'])})$"),
    )
