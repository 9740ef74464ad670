"""What rows repeat of each other: openings, texts that differ in a few characters, equal texts."""

import random
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.batch.repeats import Repeats, find_repeats, repeats_lines, sketch, texts_of
from copilot.briefs import AdBrief, AdCopy
from copilot.types import Answer, Sentence, Variant

HAN = [chr(point) for point in range(0x4E00, 0x4E00 + 1500)]
Text = tuple[int, int, str, str, bytes]


def dice(one: str, other: str) -> float:
    """Twice the pairs of characters that two texts share, of all of them."""
    mine, theirs = (Counter(text[i : i + 2] for i in range(len(text) - 1)) for text in (one, other))
    return 2 * (mine & theirs).total() / (mine.total() + theirs.total())


def edited(text: str, rng: random.Random) -> str:
    """Change, insert or take away some characters, at most a third of them."""
    characters = list(text)
    for _ in range(rng.randint(1, len(text) // 3)):
        at, kind = rng.randrange(len(characters)), rng.random()
        if kind < 0.5:
            characters[at] = rng.choice(HAN)
        elif kind < 0.75:
            characters.insert(at, rng.choice(HAN))
        else:
            del characters[at]
    return "".join(characters)


def variant(text: str, platform: str = "weibo") -> Variant:
    """A variant of one text."""
    return Variant("a", platform, "pain", "PAS", {"body": text}, {}, text)


def rows(*texts: str, brief: AdBrief | None = None) -> Iterator[Text]:
    """What the journal gives of rows with one text each."""
    for row, text in enumerate(texts, 1):
        for place, (group, begins, told) in enumerate(texts_of(AdCopy(brief or AdBrief("无"), (variant(text),))), 1):
            yield row, place, group, begins, sketch(told)


def test_texts_are_told_by_channel_and_opening() -> None:
    """The opening as it is read, the text without what the brief puts into all of them."""
    brief = AdBrief("小熊电饭煲", price="199元")
    copy = AdCopy(brief, (variant("【小熊】周末在家，小熊电饭煲199元！"), variant("", "sms")))
    ((group, opening, told),) = texts_of(copy)
    assert (group, opening) == ("weibo", "周末在家小熊电饭")
    assert told.partition("\n")[0] == "小熊周末在家"


def test_an_answer_is_told_without_its_marks() -> None:
    """And a refusal is no text that repeats."""
    said = Sentence("先给流失的用户发一张券。", (1,), "supported")
    reply = Answer("怎么召回？", "召回", True, "先给流失的用户发一张券。[1]", (said,))
    ((group, opening, told),) = texts_of(reply)
    assert (group, opening, told.partition("\n")[0]) == ("answer", "先给流失的用户发", "先给流失的用户发一张券")
    assert texts_of(replace(reply, answered=False, sentences=())) == []


def test_equal_masked_texts_are_not_equal_texts() -> None:
    """One text for two products is alike, not equal: their sketches differ in the digest alone."""
    drawn = [
        sketch(texts_of(AdCopy(AdBrief(name), (variant(f"回到家先把{name}打开，饭香就来了。"),)))[0][2])
        for name in ("小熊电饭煲", "米家空气炸锅", "小熊电饭煲")
    ]
    assert drawn[0][:64] == drawn[1][:64]
    assert drawn[0] != drawn[1]
    assert drawn[0] == drawn[2]


@given(st.text(st.characters()))
def test_any_text_has_a_sketch(text: str) -> None:
    """The same each time, of one of two lengths."""
    body = text.replace("\n", "")
    assert sketch(body) == sketch(body)
    assert len(sketch(body)) == (72 if len(body) > 1 else 8)


def test_a_sketch_is_the_same_everywhere() -> None:
    """Sketches in a journal and from other machines are compared: a change of the hashes has to be seen."""
    assert sketch("出门五分钟又折回来看锁").hex()[:32] == "c5585ca7995b97d651cf9a87e2a6f5f6"


def test_openings_of_other_rows_are_found() -> None:
    """Per channel; a row that repeats itself is another check's."""
    texts: list[Text] = []
    for row, (group, opening) in enumerate([("sms", "甲"), ("sms", "甲"), ("push", "甲"), ("sms", "乙"), ("sms", "")]):
        texts.append((row + 1, 1, group, opening, sketch(HAN[row] * 3)))
    texts += [(6, 1, "sms", "丙", b"12345678"), (6, 2, "sms", "丙", b"12345679"), (7, 1, "sms", "甲", b"22345679")]
    found = find_repeats(texts)
    assert [(one.group, one.text, one.count, one.rows) for one in found.openings] == [("sms", "甲", 3, (1, 2, 7))]
    assert (found.opening_texts, found.texts) == (3, 8)


def test_texts_that_differ_in_a_few_characters_are_found() -> None:
    """Across rows, product, price and offer aside; equal texts are counted apart."""
    first = "加班到十点回家，打开盖子饭还是热的，十五分钟洗完碗就能睡。"
    second = "加班到十点回家，打开盖子饭还是热的，二十分钟洗完碗就能睡。"
    other = "周末带孩子去露营，一个背包装下全家的早饭和午饭。"
    found = find_repeats(rows(first, other, second, first, second))
    assert (found.alike_texts, [(one.count, one.rows) for one in found.alike]) == (1, [(2, (1, 3))])
    assert found.opening_texts == 2
    assert (found.equal_texts, [(one.count, one.rows) for one in found.equal]) == (2, [(2, (1, 4)), (2, (3, 5))])


def test_a_row_is_not_compared_with_itself() -> None:
    """Two variants of one row that are alike are a finding of that row, and not of the batch."""
    drawn = [
        sketch("加班到十点回家打开盖子饭还是热的十五分钟洗完碗"),
        sketch("加班到十点回家打开盖子饭还是热的二十分钟洗完碗"),
    ]
    found = find_repeats([(1, 1, "sms", "加班", drawn[0]), (1, 2, "sms", "加班", drawn[1])])
    assert (found.opening_texts, found.alike_texts, found.equal_texts) == (0, 0, 0)
    found = find_repeats(
        [(1, 1, "sms", "", drawn[0]), (1, 2, "sms", "", drawn[1]), (2, 1, "sms", "", drawn[0][:64] + b"12345678")]
    )
    assert (found.alike_texts, found.alike[0].rows) == (1, (1, 2))


@pytest.mark.parametrize("size", [40, 200])
def test_what_is_alike_is_found_and_nothing_else(size: int) -> None:
    """Pairs of known likeness: .95 of those of Dice .88 and more are found, .05 at most of those of .6 and less."""
    rng = random.Random(size)
    firsts = ["".join(rng.choices(HAN, k=size)) for _ in range(1500)]
    seconds = [edited(text, rng) for text in firsts]
    texts: list[Text] = []
    for row, (first, second) in enumerate(zip(firsts, seconds, strict=True), 1):
        texts += [(2 * row, 1, "sms", "", sketch(first)), (2 * row + 1, 1, "sms", "", sketch(second))]
    near = [n for n, pair in enumerate(zip(firsts, seconds, strict=True)) if dice(*pair) >= 0.88]
    far = [n for n, pair in enumerate(zip(firsts, seconds, strict=True)) if dice(*pair) <= 0.6]
    assert len(near) > 100 < len(far)
    for chosen, least, most in ((near, 0.95, 1.0), (far, 0.0, 0.05)):
        found = find_repeats([text for n in chosen for text in texts[2 * n : 2 * n + 2]])
        assert least <= found.alike_texts / len(chosen) <= most


def crowd(count: int) -> Iterator[Text]:
    """Texts of which half are one template with a few words changed, and all share their openings."""
    rng = random.Random(3)
    template = sketch("".join(rng.choices(HAN, k=100)))
    for row in range(1, count + 1):
        drawn = bytearray(rng.randbytes(72))
        if row % 2:
            drawn[:58] = template[:58]
        yield row, 1, "xiaohongshu", f"开头{row % 7}", bytes(drawn)


def test_a_crowd_of_alike_texts_takes_no_longer() -> None:
    """Time and memory grow with the texts, not with the pairs: of 20,000 alike there are 200 million."""
    tracemalloc.start()
    begun = time.process_time()
    found = find_repeats(crowd(40_000))
    seconds, (_, peak) = time.process_time() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.texts, found.alike_texts, found.alike[0].count) == (40_000, 19_999, 20_000)
    assert found.alike[0].rows == (1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    assert len(found.openings) == 7
    assert seconds < 20
    assert peak < 40_000 * 300


def test_the_same_texts_give_the_same_report() -> None:
    """And it is made of plain values."""
    assert find_repeats(crowd(500)) == find_repeats(crowd(500))
    report = find_repeats(crowd(500)).to_dict()
    assert report["openings"][0] == {
        "group": "xiaohongshu",
        "text": "开头1",
        "count": 72,
        "rows": tuple(range(1, 71, 7)),
    }


def test_no_texts_no_repeats() -> None:
    """An empty output has nothing to say."""
    assert find_repeats([]) == Repeats(0)
    assert repeats_lines(Repeats(0)) == []


def test_the_summary_is_short_and_chinese() -> None:
    """How many, the worst of it with its rows, and what to do."""
    lines = repeats_lines(find_repeats(crowd(500)))
    assert lines[0] == "有 500 条的开头与别行一样，最多的是“开头1”（小红书，72 条：第 1、8、15 行…）。"
    assert any("只差几个字" in line and "250 条：第 1、3、5 行…" in line for line in lines)
    assert len(lines) <= 8
    equal = repeats_lines(find_repeats(rows("早安，今天也要好好吃饭。", "早安，今天也要好好吃饭。")))
    assert any("一字不差" in line and "第 1、2 行" in line for line in equal)
    assert repeats_lines(find_repeats(rows("早安好好吃饭", "晚安早些休息")))[0].startswith("比较了 2 条")
