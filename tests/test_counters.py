"""The five counters are exact, and nothing is cut inside a grapheme cluster."""

import subprocess
import sys
from itertools import accumulate
from typing import get_args
from unicodedata import east_asian_width

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from copilot.text.counters import count, cut, graphemes, sms_segments
from copilot.types import Counter

FAMILY = "👨‍👩‍👧‍👦"
FLAGS = "🇨🇳🇭🇰"
COUNTERS = st.sampled_from(get_args(Counter))
# What clusters are made of, and plain text between: joiners, selectors, skin tones, flags, marks, Hangul, CR LF.
PARTS = st.sampled_from(
    [FAMILY, "👍🏽", "1️⃣", "❤️", "🇨", "e\u0301", "ก็", "각", "\u1100", "\u1161", "か\u3099", "\r\n", "\u200d", "\ufe0f",
     *"🇨😀国货a 1，。“”…—①ＡｶﾞⅨé\u200b\u3099\n\r"]
)  # fmt: skip
ANY_TEXT = st.lists(PARTS | st.characters(), max_size=40).map("".join)
PLAIN_TEXT = st.text(
    alphabet=[*map(chr, range(0x20, 0x7F)), *"国货精选，。！？“”—…·《》【】、～①★ＡＺ\n\u3000ァー"], max_size=80
)


@pytest.mark.parametrize(
    ("text", "counter", "expected"),
    [
        pytest.param("中文abc，😀", "char", 7, id="char: code points"),
        pytest.param(FAMILY, "char", 7, id="char: a family is seven"),
        pytest.param("中文abc，！", "width", 11, id="width: full-width marks are two"),
        pytest.param("ＡＢ　", "width", 6, id="width: full-width letters and space"),
        pytest.param("汉" * 30, "width", 60, id="width: 30 Han are 60 bytes of a Taobao title"),
        pytest.param("a" * 60, "width", 60, id="width: 60 ASCII too"),
        pytest.param("ｱｲ café", "width", 7, id="width: half-width kana and accents are one"),
        pytest.param("😀", "width", 2, id="width: emoji"),
        pytest.param("汉" * 15, "width", 30, id="width: 15 Han fill an RSA headline"),
        pytest.param("ab", "half", 1, id="half: two letters are one"),
        pytest.param("abc", "half", 2, id="half: rounded up"),
        pytest.param("中a文b", "half", 3, id="half: over the whole, not each run"),
        pytest.param("OOTD穿搭分享", "xhs", 6, id="xhs: OOTD穿搭分享"),
        pytest.param("a" * 40, "xhs", 20, id="xhs: 40 ASCII are 20"),
        pytest.param("😀", "xhs", 2, id="xhs: a surrogate pair is two"),
        pytest.param("é", "xhs", 1, id="xhs: above 127 counts two units, one character"),
        pytest.param("“好”", "xhs", 3, id="xhs: curly quotes are above 127"),
        pytest.param("\x7f\x80", "xhs", 2, id="xhs: 127 is one unit, 128 two"),
        pytest.param("【某店】您好😀", "sms", 7, id="sms: characters"),
    ],
)
def test_vectors(text: str, counter: Counter, expected: int) -> None:
    """Lengths as the channels give them."""
    assert count(text, counter) == expected


@pytest.mark.parametrize("counter", get_args(Counter))
def test_empty(counter: Counter) -> None:
    """Nothing counts nothing and stays nothing."""
    assert count("", counter) == 0
    assert cut("", 5, counter) == ""
    assert cut("文", 0, counter) == cut("文", -1, counter) == ""


def test_width_of_every_character() -> None:
    """The shortcut for common characters gives what the table of Unicode says, for each of the basic plane."""
    wrong = [c for c in map(chr, range(0x10000)) if count(f"é{c}", "width") != 2 + (east_asian_width(c) in "WF")]
    assert wrong == []


@given(ANY_TEXT)
def test_xhs_is_about_utf16_units(text: str) -> None:
    """The rule of the channel spelled out: a code unit above 127 costs two, half of the sum rounded up."""
    raw = text.encode("utf-16-le", "surrogatepass")
    units = [int.from_bytes(raw[i : i + 2], "little") for i in range(0, len(raw), 2)]
    assert count(text, "xhs") == -(-sum(2 if unit > 127 else 1 for unit in units) // 2)


@pytest.mark.parametrize(
    ("length", "segments"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4), (500, 8)]
)
def test_sms_segments(length: int, segments: int) -> None:
    """Up to 70 characters are one message, longer ones are billed by 67; signature and opt-out count."""
    text = "【某店】" + "字" * max(length - 9, 0) + "拒收请回复R"
    assert sms_segments(text[-length:] if length < 10 else text[:length].ljust(length, "字")) == segments


@given(ANY_TEXT | PLAIN_TEXT)
@example(FAMILY + FLAGS)
def test_graphemes_are_those_of_unicode(text: str) -> None:
    """The fast way for plain text gives what the slow one gives."""
    assert graphemes(text) == regex.findall(r"\X", text)


@given(ANY_TEXT | PLAIN_TEXT, st.integers(-1, 60), COUNTERS)
@example(f"好{FAMILY}", 3, "xhs")
@example(FLAGS, 3, "char")
def test_cut_is_the_longest_that_fits(text: str, limit: int, counter: Counter) -> None:
    """Never inside a cluster, never above the limit, never shorter than need be."""
    prefixes = ["", *accumulate(regex.findall(r"\X", text))]
    fitting = [prefix for prefix in prefixes if count(prefix, counter) <= max(limit, 0)]
    assert cut(text, limit, counter) == fitting[-1]


@pytest.mark.parametrize(
    ("text", "limit", "counter", "expected"),
    [
        pytest.param(f"好{FAMILY}吃", 5, "char", "好", id="a family is not torn apart"),
        pytest.param("🇨🇳🇭🇰", 3, "char", "🇨🇳", id="nor a flag"),
        pytest.param("国货精选ab", 5, "width", "国货", id="a wide character that half fits goes"),
        pytest.param("国货精选ab", 9, "width", "国货精选a", id="by width"),
        pytest.param("abc国货", 3, "half", "abc国", id="3.5 rounded up is too much, 2.5 is not"),
        pytest.param("穿搭分享😀", 5, "xhs", "穿搭分享", id="an emoji needs two"),
    ],
)
def test_cut(text: str, limit: int, counter: Counter, expected: str) -> None:
    """Examples of what stays."""
    assert cut(text, limit, counter) == expected


def test_plain_text_needs_no_library() -> None:
    """Counting and cutting Chinese without emoji does not import `regex`, which takes 40 ms."""
    code = (
        "import sys; from copilot.text.counters import cut, graphemes;"
        "cut('国货精选，“好物”……ＡＢ\\n第①款', 6, 'width'); graphemes('九块九包邮！'); sys.exit('regex' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
