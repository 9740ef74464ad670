"""The rule writer over a sample of briefs and every channel, checked by plain means of this file's own.

Every fourth brief of benchmarks/briefs, five variants each, written once a session with the handbook as library and no
model; of the vendors' push limits only Apple's, which fold.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import ROOT

from copilot.channels import load_channels
from copilot.checks.style import masked, self_bleu
from copilot.library import Library
from copilot.tasks.adcopy import adcopy
from copilot.tasks.rulecopy import Writing
from copilot.text.counters import count
from copilot.types import Variant

N = 5
ALL = load_channels()
CHANNELS = {k: v for k, v in ALL.items() if not k.startswith("push_") or k == "push_apns"}
SCRIPTS = ("video_script", "live_script")
BREATH = ("xiaohongshu", "douyin", "push")


def briefs(name: str) -> list[dict[str, Any]]:
    """Every fourth brief of a file."""
    lines = (ROOT / "benchmarks" / "briefs" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[::4]]


class Set(NamedTuple):
    """The variants of one brief for one channel."""

    name: str
    brief: dict[str, Any]
    platform: str
    variants: tuple[Variant, ...]
    dropped: tuple[dict[str, str], ...]

    @property
    def label(self) -> str:
        return f"{self.brief['product']}/{self.platform}"


@pytest.fixture(scope="session")
def written(handbook: Library) -> list[Set]:
    """All sets of the sample."""
    writing, found = Writing(handbook, CHANNELS), []
    for name in ("plain", "messy"):
        for brief in briefs(name):
            result = adcopy(brief | {"platform": [*CHANNELS]}, N, writing)
            for platform in CHANNELS:
                variants = tuple(v for v in result.variants if v.platform == platform)
                dropped = tuple(row for row in result.dropped if row.get("platform") == platform)
                found.append(Set(name, brief, platform, variants, dropped))
    return found


def texts(variant: Variant) -> Iterator[tuple[str, str]]:
    """The texts of a variant with the name of their field."""
    for name, value in variant.fields.items():
        yield from ((name, text) for text in ([value] if isinstance(value, str) else value))


def strings(value: Any) -> Iterator[str]:
    """All strings inside a brief."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from strings(each)
    else:
        yield str(value)


# Limits


def test_inside_every_hard_limit(written: list[Set]) -> None:
    """No text over a hard limit or under a hard minimum, no list with too few or too many entries, nothing left out."""
    wrong = []
    for each in written:
        for variant in each.variants:
            for field in CHANNELS[each.platform].fields:
                value = variant.fields.get(field.name)
                if value is None:
                    wrong += [] if field.optional else [(each.label, field.name, "missing")]
                    continue
                entries = [value] if isinstance(value, str) else [*value]
                least, most = field.items
                sizes = [count(text, field.counter) for text in entries]
                assert isinstance(value, tuple) == bool(most)
                if most and not least <= len(entries) <= most:
                    wrong.append((each.label, field.name, f"{len(entries)} entries"))
                if field.kind == "hard" and any(size > field.limit or size < field.minimum for size in sizes):
                    wrong.append((each.label, field.name, f"{sizes} of {field.limit}"))
    assert wrong == []


def test_counts_are_the_fields(written: list[Set]) -> None:
    """Every field is counted with its limit, and as it is."""
    for each in written:
        for variant in each.variants:
            assert variant.counts.keys() == variant.fields.keys()
            for name, told in variant.counts.items():
                value = variant.fields[name]
                sizes = [count(t, told.counter) for t in ([value] if isinstance(value, str) else value)]
                assert told.value == max(sizes)
                assert told.values == (() if isinstance(value, str) else tuple(sizes))


def test_nothing_that_must_not_be_shown(written: list[Set]) -> None:
    """No `ban` and no `evidence` finding in any variant."""
    graves = [
        (each.label, finding.rule, finding.match)
        for each in written
        for variant in each.variants
        for finding in variant.findings
        if finding.level in ("ban", "evidence")
    ]
    assert graves == []


def test_fewer_are_explained(written: list[Set]) -> None:
    """Where the brief is good for fewer than five, the last word on the channel says how many and what would help."""
    short = [each for each in written if len(each.variants) < N]
    assert all(len(each.variants) <= N for each in written)
    for each in short:
        assert each.dropped, each.label
        told = each.dropped[-1]["reason"]
        assert f"{N} 条" in told and f"{len(each.variants)} 条" in told and CHANNELS[each.platform].title in told


@pytest.mark.xfail(
    reason="a long offer leaves nothing for titles of 12–14 characters, a limit that only advises: 0 of 5"
)
def test_none_is_empty(written: list[Set]) -> None:
    """Every brief makes at least one variant on every channel; rules of an activity need one."""
    empty = [
        each for each in written if not each.variants and (each.brief.get("offer") or each.platform != "activity_rules")
    ]
    assert [each.label for each in empty] == []


def test_most_sets_are_whole(written: list[Set]) -> None:
    """On posts a brief of three points or more makes five variants."""
    posts = [
        each for each in written if each.platform in ("xiaohongshu", "douyin", "bilibili", "weibo", "zhihu", "email")
    ]
    assert [each.label for each in posts if len(each.variants) < N and len(each.brief["selling_points"]) > 2] == []


# Words


def test_keywords_stand_or_are_named(written: list[Set]) -> None:
    """Every keyword stands in the variant, or is named as dropped with a reason."""
    missing = []
    for each in written:
        for variant in each.variants:
            told = "".join(text for _, text in texts(variant)).lower().replace(" ", "")
            dropped = {row["keyword"]: row["reason"] for row in variant.dropped_keywords}
            for keyword in each.brief.get("keywords", ()):
                if keyword.lower().replace(" ", "") not in told and not dropped.get(keyword):
                    missing.append((each.label, variant.angle, keyword))
            assert dropped.keys() <= set(each.brief.get("keywords", ()))
    assert missing == []


_NUMBER = re.compile(r"\d+(?:[.:]\d+)*")
_STAGE = re.compile(r"镜头 \d+|\d+(?:–\d+)? 秒(?=｜)|(?:^|(?<=[\n。]))\d[.、](?!\d) ?|[2-9](?:个细节|条看)")
_UNIT = re.compile(r"[A-Za-z%℃°㎡]+|[\u4e00-\u9fff]")
_AFTER_A_TIME = "到至前起截止内后和"  # no units


def figures(text: str) -> Iterator[tuple[str, str]]:
    """Numbers with their unit, "" where a mark, a blank or a word of time follows; those in names (T7) without."""
    text = re.sub(r"(?<=\d),(?=\d)|(?<=\d) +(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff]) +(?=\d)", "", text)
    for match in _NUMBER.finditer(text):
        unit = _UNIT.match(text, match.end())
        named = match.start() and re.match("[A-Za-z]", text[match.start() - 1])
        yield match[0], unit[0] if unit and not named and unit[0] not in _AFTER_A_TIME else ""


def test_no_figure_from_nowhere(written: list[Set]) -> None:
    """Every number of the copy stands in the brief with the same unit; places of a list and seconds of a shot do not count."""
    invented = []
    for each in written:
        source = [pair for text in strings(each.brief) for pair in figures(text)]
        numbers = {number for number, _ in source}
        known = {
            *source,
            *((number, "元") for text in strings(each.brief.get("price", "")) for number, _ in figures(text)),
        }
        for variant in each.variants:
            for name, text in texts(variant):
                for number, unit in figures(_STAGE.sub("", text)):
                    shop = each.platform.endswith("_title")  # blanks part the words of a title
                    if number not in numbers or (unit and not shop and (number, unit) not in known):
                        invented.append((each.label, name, number + unit))
    assert invented == []


_PLACEHOLDER = re.compile(r"[{}]|X{2,}|\bNone\b|\bnull\b|\bnan\b|待填|待补|待定|此处|填写|（）|“”|《》|\[\d+\]|\*\*")


def test_no_placeholder_is_left(written: list[Set]) -> None:
    """Nothing of a pattern, no empty brackets, no marks of citations or Markdown."""
    left = [
        (each.label, name, match[0])
        for each in written
        for variant in each.variants
        for name, text in (*texts(variant), ("text", variant.text))
        if (match := _PLACEHOLDER.search(text))
        and match[0] not in "".join(strings(each.brief))
        and (each.platform, match[0]) != ("activity_rules", "填写")
    ]
    assert left == []


_MALFORMED = re.compile(
    r"，[，。；、]|。[，。；]|：[：，。]|？[。，]|[，、：；]$|^[，。、；：]|的的|了了|给给|在在|是是| {2}|\s$|^\s|\n{3}"
)


def test_clean_form(written: list[Set]) -> None:
    """No doubled marks or words, no mark at a wrong end, no blanks too many."""
    found = [
        (each.label, name, text[max(0, match.start() - 8) : match.end() + 4])
        for each in written
        for variant in each.variants
        for name, text in texts(variant)
        if (match := _MALFORMED.search(text))
    ]
    assert found == []


def test_nothing_is_told_twice(written: list[Set]) -> None:
    """No sentence stands twice in a text, no clause in the one before it; names may."""
    found = []
    for each in written:
        for variant in each.variants if each.platform not in (*SCRIPTS, "event_page", "review_reply") else ():
            for name, text in texts(variant):
                sentences = re.findall(r"[^。？！\n]{5,}", text)
                again = [one for one in sentences if sentences.count(one) > 1]
                for one in sentences:
                    clauses = re.split("[，：｜\\s]+", one)
                    again += [
                        b for a, b in pairwise(clauses) if len(b) > 2 and b in a and b not in each.brief["product"]
                    ]
                found += [(each.label, name, again, text)] if again else []
    assert found == []


def test_text_is_the_fields(written: list[Set]) -> None:
    """What is pasted holds every text of the variant and nothing else."""
    for each in written:
        for variant in each.variants:
            left = variant.text
            for _, text in sorted(texts(variant), key=lambda pair: -len(pair[1])):
                assert text in variant.text
                left = left.replace(text, "")
            assert not left.strip()


# Differences


def opening(variant: Variant) -> str:
    """The first eight characters that are read or heard: behind the signature, behind the directions of a script."""
    text = variant.text
    if variant.platform in SCRIPTS:
        text = re.split("口播：", text, maxsplit=1)[-1]
    return re.sub(r"[\W_]", "", re.sub("^【[^】]*】", "", text))[:8]


def test_no_two_begin_alike(written: list[Set]) -> None:
    """Within a set the first eight characters differ."""
    sets = [(each.label, [opening(variant) for variant in each.variants]) for each in written]
    assert [found for found in sets if len(set(found[1])) < len(found[1])] == []


def test_no_two_are_the_same(written: list[Set]) -> None:
    """Every variant of a set is another text with another id."""
    for each in written:
        assert len({variant.text for variant in each.variants}) == len(each.variants), each.label
        assert len({variant.id for variant in each.variants}) == len(each.variants), each.label


def test_angles_differ(written: list[Set]) -> None:
    """A set of posts takes at least as many angles as the brief has words for, up to four."""
    posts = [
        each for each in written if each.platform in ("xiaohongshu", "douyin", "zhihu", "bilibili", "weibo", "toutiao")
    ]
    for each in posts:
        given = [each.brief.get(key) for key in ("pain", "audience", "scene")]
        angles = {variant.angle for variant in each.variants}
        assert len(angles) >= min(4, len(each.variants), 2 + sum(map(bool, given))), (each.label, angles)


def test_one_question_of_five(written: list[Set]) -> None:
    """At most one variant of a set opens with a question (C6)."""
    asking = {
        each.label: [v.text[:24] for v in each.variants if "？" in re.split(r"[。！\n]", v.text, maxsplit=1)[0]]
        for each in written
        if each.platform not in SCRIPTS
    }
    assert {label: found for label, found in asking.items() if len(found) > 1} == {}


_ENDS = re.compile(r"\d\s?[月日号.]|周|月底|[今明]天|截止|24:00|前\s?\d|限|每天\s?\d|共\s?\d|名额")
_HURRY = re.compile("限时|抓紧|手慢|赶紧|赶快|速抢|抢购|最后机会|倒计时|错过|即将结束")


def dated(brief: dict[str, Any]) -> bool:
    """Whether the offer ends some day or at some number."""
    return bool(_ENDS.search(" ".join(strings(brief.get("offer", "")))))


def test_no_hurry_without_an_end(written: list[Set]) -> None:
    """The angle of urgency only where the offer has a date or a quota, words of hurry never beyond that (C5)."""
    for each in written:
        if not dated(each.brief):
            angles = [variant.angle for variant in each.variants]
            assert "urgency" not in angles, each.label
            assert not any(_HURRY.search(variant.text) for variant in each.variants), each.label


def test_an_offer_keeps_its_end(written: list[Set]) -> None:
    """Where a message tells what an offer gives, it tells until when too (C5)."""
    for each in written:
        offer = each.brief.get("offer")
        if (
            isinstance(offer, dict)
            and offer.get("end")
            and offer.get("what")
            and each.platform in ("sms", "xiaohongshu", "email")
        ):
            what, end = (offer[key].replace(" ", "") for key in ("what", "end"))
            for variant in each.variants:
                told = variant.text.replace(" ", "")
                assert what not in told or end in told, (each.label, variant.text)


def test_self_bleu(written: list[Set]) -> None:
    """Variants of a set on xiaohongshu share little once product, keywords, price and offer are masked."""
    scores = []
    for each in written:
        if each.platform == "xiaohongshu":
            bodies = ["\n".join(text for name, text in texts(v) if name != "tags") for v in each.variants]
            scores.append(self_bleu([masked(body, _brief(each.brief)) for body in bodies]))
    assert len(scores) == 15
    assert sum(scores) / len(scores) < 0.45


def _brief(given: dict[str, Any]) -> Any:
    from copilot.tasks.brief import validated

    return validated(given)


# Style


def style(written: list[Set], *rules: str) -> list[tuple[str, ...]]:
    """The findings of these rules on the channels that are read in one breath, for the plain briefs."""
    return [
        (each.label, variant.angle, finding.rule, finding.field, finding.match, finding.advice)
        for each in written
        if each.name == "plain" and each.platform in BREATH
        for variant in each.variants
        for finding in variant.findings
        if finding.rule in rules
    ]


def test_writing_rules(written: list[Set]) -> None:
    """None of these rules is broken on xiaohongshu, douyin and push by a plain brief."""
    assert style(written, "C1", "C3", "C4", "C5", "C6", "C8", "C9", "C10") == []


@pytest.mark.xfail(reason="push and short posts without a sentence of ten characters; one call that fits any product")
def test_breath_and_swap(written: list[Set]) -> None:
    """Neither is C2, nor C7."""
    assert style(written, "C2", "C7") == []


_WITNESS = re.compile("亲测|我用了|我买了|闺蜜|回购|朋友都|同事都|无限回购|自用")


def test_no_invented_witness(written: list[Set]) -> None:
    """Nobody tells of an experience that the brief does not hold (C8)."""
    for each in written:
        for variant in each.variants:
            match = _WITNESS.search(variant.text)
            assert match is None or match[0] in "".join(strings(each.brief)), (each.label, match)


# Limits of what one gets

LAMP = {
    "product": "山径露营灯",
    "brand": "山径",
    "selling_points": ["3000K 暖光", "能挂能吸", "亮度 400 流明（最亮档）", "不含充电头"],
    "audience": "周末带孩子露营的人",
    "pain": "天一黑，帐篷里找不到袜子",
    "scene": "帐篷里",
    "price": "129 元",
    "offer": {"what": "减 20 元", "threshold": "满 2 件", "start": "5 月 1 日", "end": "5 月 5 日"},
    "facts": ["400 流明为最亮档实测，可点 4 小时"],
    "keywords": ["露营灯"],
    "link": "https://shop.example.com/lamp",
}
# a headline has no room for it, a reply sells nothing, a rule speaks of the offer; the rest is reported
_NO_ROOM = (
    "toutiao",
    "google_rsa",
    "tencent_ads",
    "push",
    "push_apns",
    "review_reply",
    "activity_rules",
    "oceanengine",
)


@pytest.fixture(scope="session")
def lamp(handbook: Library) -> tuple[Variant, ...]:
    """A brief with a restriction and a condition, on every channel."""
    return adcopy(LAMP | {"platform": [*CHANNELS]}, N, Writing(handbook, CHANNELS)).variants


@pytest.mark.parametrize("platform", sorted(set(CHANNELS) - set(_NO_ROOM)))
def test_a_price_keeps_its_restriction(lamp: tuple[Variant, ...], platform: str) -> None:
    """What the price does not hold is said wherever the price stands (C9)."""
    for variant in lamp:
        if variant.platform == platform and "129" in variant.text:
            assert "不含充电头" in variant.text, variant.text


def test_a_restriction_never_leads(lamp: tuple[Variant, ...]) -> None:
    """It is no title and no opening."""
    for variant in lamp:
        first = re.sub(r"[\W_]", "", next(text for _, text in texts(variant)))
        assert not first.startswith("不含充电头"), variant.text


def test_a_figure_keeps_its_condition(lamp: tuple[Variant, ...]) -> None:
    """400 流明 never stands without 最亮档 (C4)."""
    told = [variant for variant in lamp if "400" in variant.text]
    assert len(told) > 30
    for variant in told:
        assert "最亮档" in variant.text, (variant.platform, variant.text)


# English


@pytest.mark.parametrize("platform", ["google_rsa", "meta", "email"])
def test_english(handbook: Library, platform: str) -> None:
    """English briefs give English copy, whole, on the international channels."""
    for brief in briefs("english"):
        result = adcopy(brief | {"platform": platform}, 3, Writing(handbook, CHANNELS))
        assert result.variants, brief["product"]
        for variant in result.variants:
            assert not re.search("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]", variant.text), variant.text
            assert len(re.findall("[A-Za-z]{3,}", variant.text)) > 5
            assert not _PLACEHOLDER.search(variant.text)
            assert not [finding for finding in variant.findings if finding.level in ("ban", "evidence")]


# Determinism


def test_two_runs_are_equal(handbook: Library, written: list[Set]) -> None:
    """The same brief gives the same variants."""
    for each in (written[0], written[len(CHANNELS) * 11]):
        platforms = ["xiaohongshu", "sms", "baidu_search", "push", "taobao_title", "event_page"]
        again = adcopy(each.brief | {"platform": platforms}, N, Writing(handbook, CHANNELS)).variants
        before = [v for s in written if s.brief is each.brief and s.platform in platforms for v in s.variants]
        assert sorted(v.id for v in again) == sorted(v.id for v in before)
        assert {v.id: v.text for v in again} == {v.id: v.text for v in before}


_PROCESS = """
import hashlib, json, sys
from copilot.channels import load_channels
from copilot.tasks.brief import validated
from copilot.writers.rules.copy.write import write_copy
brief, channels = validated(json.loads(sys.argv[1])), load_channels()
drafts = [draft.fields for name in channels for draft in write_copy(brief, channels[name], 5)]
print(len(drafts), hashlib.sha256(repr(drafts).encode()).hexdigest())
"""


def test_two_processes_are_equal(tmp_path: Path) -> None:
    """Nothing depends on the order of a set: processes with other hash seeds write the same."""
    runs = [
        subprocess.run(
            [sys.executable, "-c", _PROCESS, json.dumps(LAMP)],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert int(runs[0].split()[0]) > 100
