"""Normalising, folding, splitting into sentences, terms: offsets are exact and nothing is lost."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.text import fold, normalise, sentence_spans
from copilot.text.terms import terms

# Any code point, surrogates included, with what goes wrong most often made frequent.
AWKWARD = st.sampled_from(["\r\n", "😀", *"\ufeff\r\n\u200b\u200d\u3000\u0301\u0338é가ﬁİßſ①中。！？；…”“\"'.0aA| \t"])
SURROGATES = st.sampled_from(["\ud83d", "\ude00", "\ud83d\ude00", "\udc80"])
ANY_TEXT = st.lists(AWKWARD | SURROGATES | st.characters(), max_size=60).map("".join)
PROSE = st.text(alphabet="运营增长ab AB01.。！？!?；;…，,：“”\"'（）()[]】\n\t\u3000😀\u200b", max_size=120)


# normalise


@given(ANY_TEXT)
def test_normalise_is_idempotent(text: str) -> None:
    """A second time changes nothing, and the result is UTF-8, NFC and free of carriage returns."""
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\r" not in once and not once.startswith("\ufeff")
    once.encode()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("\ufeff正文", "正文"),
        ("\ufeff\ufeffa", "a"),
        ("正\ufeff文", "正\ufeff文"),
        ("a\r\nb\rc\r\r\nd", "a\nb\nc\n\nd"),
        ("e\u0301", "\u00e9"),
        ("\ud83d\ude00", "😀"),
        ("\ud83dx", "\ufffdx"),
        ("x\ude00\ud83d", "x\ufffd\ufffd"),
        ("ＡＢ\u3000\u200b Ⅻ 開", "ＡＢ\u3000\u200b Ⅻ 開"),
        ("", ""),
    ],
    ids=["bom", "two-boms", "bom-inside", "line-ends", "nfc", "pair", "lone-high", "lone-both", "kept", "empty"],
)
def test_normalise_changes_this_and_nothing_else(raw: str, expected: str) -> None:
    """BOM, line ends, NFC and surrogates; width, script and invisible characters stay."""
    assert normalise(raw) == expected


# fold


def test_fold_maps_every_character_to_one() -> None:
    """Each code point becomes exactly one, alone or among others, and folding twice changes nothing."""
    for plane in range(0, 0x110000, 0x1000):
        text = "".join(map(chr, range(plane, plane + 0x1000)))
        folded = fold(text)
        assert len(folded) == len(text)
        assert fold(folded) == folded


@given(st.text(max_size=40), st.text(max_size=40))
def test_fold_does_not_depend_on_neighbours(left: str, right: str) -> None:
    """Offsets hold: the fold of a whole is the folds of its parts, one after the other."""
    assert fold(left + right) == fold(left) + fold(right)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("用戶運營", "用户运营"),
        ("ＫＰＩ　５０％", "kpi 50%"),
        ("GMV", "gmv"),
        ("ÀÉ ΩД", "àé ωд"),
        ("A/B測試", "a/b测试"),
    ],
    ids=["script", "width", "case", "accents", "mixed"],
)
def test_fold_makes_equal(one: str, other: str) -> None:
    """Traditional and simplified, full and half width, upper and lower case fold to the same."""
    assert fold(one) == fold(other) == other


# sentence_spans


@given(PROSE | ANY_TEXT.map(normalise))
def test_sentences_cover_everything_once(text: str) -> None:
    """Spans are in order, do not overlap, are trimmed, and leave out white space only."""
    spans = sentence_spans(text)
    here = 0
    for start, end in spans:
        assert here <= start < end
        assert not text[here:start].strip()
        assert text[start:end] == text[start:end].strip()
        here = end
    assert not text[here:].strip()


@given(PROSE, PROSE)
def test_a_line_break_separates(first: str, second: str) -> None:
    """Lines are split each for itself, so a block's sentences are the document's."""
    spans = sentence_spans(f"{first}\n{second}")
    offset = len(first) + 1
    assert spans == sentence_spans(first) + [(a + offset, b + offset) for a, b in sentence_spans(second)]
    assert sentence_spans(f"{first}\n{second}", offset) == spans[len(sentence_spans(first)) :]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("先拉新。再留存！为什么？因为；所以", ["先拉新。", "再留存！", "为什么？", "因为；", "所以"]),
        ("他说：“先留存。”然后走了。", ["他说：“先留存。”", "然后走了。"]),
        ("（见下文。）“好！”好", ["（见下文。）", "“好！”", "好"]),
        ("等等……再说…好", ["等等……", "再说…", "好"]),
        ("真的吗？！是的!好?对", ["真的吗？！", "是的!", "好?", "对"]),
        ("涨了3.5%，见 a.md 和 example.com。", ["涨了3.5%，见 a.md 和 example.com。"]),
        ("1. 打开后台。2. 保存。", ["1. 打开后台。", "2. 保存。"]),
        ("12. 打开后台。13. 保存", ["12. 打开后台。", "13. 保存"]),
        ("Grow first. Then retain! OK? Yes.", ["Grow first.", "Then retain!", "OK?", "Yes."]),
        ("In 2024. The U.S. market. It cost (30%). Fine", ["In 2024.", "The U.S. market.", "It cost (30%).", "Fine"]),
        ("https://a.cn/x?y=1&z=2 看这里", ["https://a.cn/x?y=1&z=2 看这里"]),
        ("一行\n二行\n\n\n", ["一行", "二行"]),
        ("", []),
        (" \n\t\u3000", []),
    ],
    ids=[
        "chinese",
        "quote",
        "brackets",
        "ellipsis",
        "runs",
        "decimals-and-names",
        "list-numbers",
        "two-digit-list-numbers",
        "western",
        "abbreviations",
        "address",
        "lines",
        "empty",
        "blank",
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    """Where sentences end, and where they do not."""
    assert [text[a:b] for a, b in sentence_spans(text)] == sentences


# terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("拉新", ["拉", "新", "拉新"]),
        ("用戶ＲＯＩ", ["用", "户", "用户", "roi"]),
        ("①拉新", ["①", "拉", "新", "拉新"]),
        ("β测试", ["β", "测", "试", "测试"]),
        ("SEO/SEM", ["seo/sem", "seo", "sem"]),
        ("A/B 30% v2.0 C#", ["a/b", "30%", "v2.0", "c#"]),
        ("café", ["café"]),
        ("，。！ \n", []),
    ],
    ids=["han", "folded", "circled-number", "greek", "joined", "short-parts", "accent", "marks"],
)
def test_terms(text: str, expected: list[str]) -> None:
    """Characters and bigrams of Han runs, whole words and their parts, all folded."""
    assert terms(text) == expected


@given(PROSE)
def test_terms_find_traditional_and_full_width(text: str) -> None:
    """A text and its fold have the same terms, without white space in them (the index splits there)."""
    assert terms(text) == terms(fold(text))
    assert not any(set(term) & set(" \n\t") for term in terms(text))
