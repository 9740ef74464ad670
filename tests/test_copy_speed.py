"""What is looked at first to save time must never hide what a full look would find."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.briefs import AdBrief
from copilot.channels import load_channels
from copilot.checks.adlaw import check_law, law_findings
from copilot.checks.adlaw_rules import pack
from copilot.checks.adlaw_view import view
from copilot.checks.copy import check_copy
from copilot.checks.disclosure import _called
from copilot.checks.known import _without
from copilot.checks.numerals import HINT
from copilot.checks.phrases import Phrases
from copilot.checks.quantities import quantities, readable
from copilot.knowledge import read
from copilot.tasks.brief import validated
from copilot.tasks.brief_values import INSTRUCTIONS_BEGIN
from copilot.tasks.claims import ORDERS_BEGIN
from copilot.types import CopyDraft
from copilot.writers.rules.copy.material import Material
from copilot.writers.rules.copy.select import chosen
from copilot.writers.rules.copy.write import write_copy

CHANNELS = load_channels()
BRIEF = validated(
    {
        "product": "小炉台电饭煲",
        "selling_points": ["1.6 升容量", "24 小时预约", "内胆可拆洗"],
        "audience": "独居的年轻人",
    }
)
DATA = Path(__file__).parent.parent / "benchmarks"
ADS = [json.loads(line)["text"] for line in (DATA / "adlaw_dev.jsonl").read_text(encoding="utf-8").splitlines()]


def begins(items: Any) -> tuple[set[str], bool]:
    """Return the characters that a parsed expression may begin with, and whether it may be empty."""
    found: set[str] = set()
    for op, value in items:
        name = str(op)
        if name == "LITERAL":
            return found | {chr(value)}, False
        if name == "IN":
            assert str(value[0][0]) != "NEGATE"
            return found.union(*map(members, value)), False
        if name in ("BRANCH", "SUBPATTERN", "MAX_REPEAT"):
            parts = value[1] if name == "BRANCH" else [value[3] if name == "SUBPATTERN" else value[2]]
            results = [begins(part) for part in parts]
            found = found.union(*(first for first, _ in results))
            if not any(empty for _, empty in results) and not (name == "MAX_REPEAT" and value[0] == 0):
                return found, False
        else:
            assert name in ("AT", "ASSERT", "ASSERT_NOT"), name
    return found, True


def members(entry: Any) -> set[str]:
    """Return the characters that one entry of a class stands for."""
    kind, value = str(entry[0]), entry[1]
    if kind == "RANGE":
        return {chr(code) for code in range(value[0], value[1] + 1)}
    if kind == "CATEGORY":
        assert "SPACE" in str(value)
        return {chr(code) for code in range(0x3001) if re.match(r"\s", chr(code))}
    return {chr(value)}


@pytest.mark.parametrize(
    ("begin", "patterns", "flags"),
    [
        (ORDERS_BEGIN, read("orders")["patterns"], re.IGNORECASE),
        (INSTRUCTIONS_BEGIN, read("brief")["instructions"], re.NOFLAG),
    ],
    ids=["orders", "instructions"],
)
def test_patterns_begin_as_said(begin: str, patterns: list[str], flags: re.RegexFlag) -> None:
    """No pattern begins with a character that the look-ahead does not name, in any case of it."""
    parser = importlib.import_module("re._parser")  # no public way to see inside an expression
    known = re.compile(begin, flags)
    for pattern in patterns:
        first, empty = begins(parser.parse(pattern, flags))
        assert not empty, pattern
        alike = [c for c in "ſKıİ" if flags and any(re.match(re.escape(f), c, flags) for f in first)]
        assert [c for c in [*first, *alike] if not known.match(c)] == [], pattern


FIGURES = st.text("月日号点早晚上中下今明凌周末翻加倍价分之dbkgpm½①前起到至.:/-+x×*%¥$ 五3二百第半two天", max_size=14)


@given(FIGURES)
def test_no_figure_without_a_hint(text: str) -> None:
    """A text that is turned away unread would have given no figure."""
    if not HINT.search(readable(text)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("copilot.checks.quantities.HINT", re.compile(""))
            assert quantities.__wrapped__(text) == ()


@given(
    st.lists(st.text("云檐扫ab ", min_size=1, max_size=4), max_size=3, unique=True), st.text("云檐扫地ab ", max_size=20)
)
def test_names_go_as_by_an_expression(names: list[str], plain: str) -> None:
    """Names are taken out as one alternation, longest first, would do it."""
    longest = sorted(names, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest))) if names else None
    assert _without(longest, plain) == (pattern.sub(" ", plain) if pattern else plain)


@given(st.text("免费送运险不0元", max_size=16))
def test_phrases_found_in_order(text: str) -> None:
    """Phrases come in the order of the text, each place once, as a look at every place gives them."""
    words = ["免费", "费", "(?<!不)送(?=运)", "0元", "运费险", "险"]
    found = []
    for here in range(len(text)):
        matches = [(w, m.end()) for w in sorted(words, key=lambda w: -len(w)) if (m := re.compile(w).match(text, here))]
        two = [(w, end) for w, end in matches if len(re.sub(r"\(.*?\)", "", w)) > 1]
        found += [(w, here, end) for w, end in (two or matches)[:1]]
    assert Phrases((word, word) for word in words).find(text) == found


@pytest.mark.parametrize("platform", ["xiaohongshu", "sms", ""])
def test_findings_alone_are_those_of_the_report(platform: str) -> None:
    """Copy is checked without the report; what is found is the same."""
    for text in ADS[::7]:
        assert law_findings(text, platform=platform) == list(check_law(text, field="", platform=platform).findings)


def test_every_disclosure_that_is_called_for_is_looked_at() -> None:
    """The literals are looked up by how they begin; none is overlooked."""
    for text in ADS[::5]:
        seen = view(text).text
        for name in ("common", "food", "education"):
            rules = pack(name)
            wanted = [a for a in rules.absences if not a.anchors or any(word in seen for word in a.anchors)]
            assert _called(rules, seen) == wanted


def test_drafts_are_written_as_needed() -> None:
    """For one variant no draft is written behind the first that nothing is found in."""
    written = []

    def place(number: int) -> Any:
        for turn in range(3):
            written.append((number, turn))
            yield CopyDraft("xiaohongshu", "pain", "PAS", {"title": f"{number}{turn}", "body": "内胆可拆洗。"})

    faults = iter([None, 1, 0])
    drafts = list(chosen(Material(BRIEF), map(place, range(2)), 1, faults=lambda *_: next(faults)))
    assert [draft.fields["title"] for draft in drafts] == ["02"]
    assert written == [(0, 0), (0, 1), (0, 2)]


def test_one_message_is_the_first_of_five() -> None:
    """Messages are written one by one: asked for one, the writer gives what it puts first when asked for five."""
    assert write_copy(BRIEF, CHANNELS["sms"], 1) == write_copy(BRIEF, CHANNELS["sms"], 5)[:1]


def test_a_check_stops_where_it_is_told() -> None:
    """With as many faults as are enough the check says so and no more; without a limit it says all."""
    fields: dict[str, str | tuple[str, ...]] = {
        "title": "小炉台电饭煲",
        "body": "小炉台电饭煲，24 小时预约。下单送好礼。",
        "tags": ("#电饭煲",),
    }
    brief = AdBrief("小炉台电饭煲", selling_points=("24 小时预约",), offer="下单送好礼")
    whole = check_copy(fields, brief, CHANNELS["xiaohongshu"])
    assert whole.faults >= check_copy(fields, brief, CHANNELS["xiaohongshu"], enough=1).faults >= 1
    assert check_copy(fields, brief, CHANNELS["xiaohongshu"], enough=whole.faults + 1) == whole
