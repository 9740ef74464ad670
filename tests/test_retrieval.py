"""Retrieval: three modes with one signature, folding, duplicates, order, the LangChain face."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.assistant import Copilot
from copilot.embedding import Embedding, builtin, load_embedding
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.library import Library
from copilot.retrieval import retrieve, search
from copilot.retrieval.hybrid import Candidates, Mode, fused
from copilot.retrieval.query import by_field, content_words, weighted_pieces, weighted_terms
from copilot.retrieval.soft import soft_match
from copilot.settings import Settings
from copilot.text.pieces import piece_numbers

MODES: tuple[Mode, ...] = ("hybrid", "lexical", "dense")
TEXTS = {
    "recall.md": "# 召回\n\n召回流失用户要先弄清离开的原因，再决定发什么消息。\n",
    "copy.md": "# 召回\n\n召回流失用户要先弄清离开的原因，再决定发什么消息！\n",
    "traditional.md": "# 會員\n\n會員積分每滿一百分可以兌換一張優惠券，過期積分會在年底清零。\n",
    "wide.md": "# 投放\n\nＣＰＭ是每千次展示的费用，ＲＯＩ是投入产出比。\n",
    "sms.md": "# 短信\n\n短信营销要写明品牌签名，并给出退订方式。\n",
    "price.md": "# 定价\n\n新品定价前先看三家对手的价格和自己的成本。\n",
}


@pytest.fixture(scope="module")
def embedding() -> Embedding:
    """The built-in embedding."""
    return load_embedding()


def filled(root: Path, embedding: Embedding, texts: dict[str, str]) -> Library:
    """A library of these files."""
    folder = root / "files"
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    library = Library(root / "library", embedding)
    library.add([folder])
    return library


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, embedding: Embedding) -> Iterator[Library]:
    """A library of `TEXTS`; tests only read it."""
    with closing(filled(tmp_path_factory.mktemp("small"), embedding, TEXTS)) as library:
        yield library


def names(library: Library, query: str, mode: Mode = "hybrid", k: int = 10) -> list[str]:
    """File names of the passages, best first."""
    return [Path(p.source).name for p in search(library, query, k, mode).passages]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_finds_the_subject(small: Library, mode: Mode) -> None:
    """Each mode, called alike, puts the passage about the subject first."""
    assert names(small, "短信怎么写退订方式", mode)[0] == "sms.md"


@pytest.mark.parametrize("mode", MODES)
def test_passages_are_slices(handbook: Library, mode: Mode) -> None:
    """Every passage is the exact slice of its document that its offsets name."""
    for passage in search(handbook, "怎么召回流失用户", 20, mode).passages:
        assert handbook.show(passage.doc_id).text[passage.start : passage.end] == passage.text


@pytest.mark.parametrize("mode", MODES)
def test_ranks_and_scores(handbook: Library, mode: Mode) -> None:
    """Ranks count from 1, scores never rise."""
    passages = search(handbook, "用户画像怎么做", 15, mode).passages
    assert [p.rank for p in passages] == list(range(1, 16))
    assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)


def test_lexical_is_the_lexical_index_alone(handbook: Library) -> None:
    """`lexical` gives what the index gives for the text itself, in its order; phrasings belong to `hybrid`."""
    query = "渠道投放怎么算回报"
    wanted = by_field(weighted_terms(query), weighted_pieces(query), text_alone=True)
    assert sorted(wanted) == ["body", "heading", "pieces"]

    def raw(snapshot: Any) -> list[tuple[str, int]]:
        hits = snapshot.lexical(wanted, 5)
        rows = snapshot.passages([number for number, _ in hits])
        return [(rows[number][0], rows[number][5]) for number, _ in hits]

    found = [(p.doc_id, p.start) for p in search(handbook, query, 5, "lexical").passages]
    assert found == handbook.read(raw)


def test_dense_is_the_vectors_alone(handbook: Library) -> None:
    """`dense` gives the nearest vectors in their order, and the score is the cosine."""
    query = "渠道投放怎么算回报"
    vector = handbook.embedding.queries([query])[0]

    def raw(snapshot: Any) -> list[tuple[str, int, float]]:
        hits = snapshot.dense(vector, 5)
        rows = snapshot.passages([number for number, _ in hits])
        return [(rows[number][0], rows[number][5], round(score, 4)) for number, score in hits]

    found = [(p.doc_id, p.start, p.score) for p in search(handbook, query, 5, "dense").passages]
    assert found == handbook.read(raw)


def test_dense_needs_no_common_word(small: Library) -> None:
    """A query without one character of the passages finds nothing lexically, and something by vectors."""
    assert names(small, "挽留", "lexical") == []
    assert names(small, "挽留", "dense")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        pytest.param("短信營銷怎麼寫簽名", "sms.md", id="traditional-finds-simplified"),
        pytest.param("会员积分兑换优惠券", "traditional.md", id="simplified-finds-traditional"),
        pytest.param("cpm", "wide.md", id="half-lower-finds-full-upper"),
        pytest.param("ＲＯＩ", "wide.md", id="full-finds-full"),
        pytest.param("Roi", "wide.md", id="mixed-case"),
    ],
)
@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_scripts_widths_and_cases_find_each_other(small: Library, mode: Mode, query: str, name: str) -> None:
    """Folding is in the index only: the passage comes back as it was written, at its place."""
    passage = search(small, query, 1, mode).passages[0]
    assert Path(passage.source).name == name
    assert passage.text == TEXTS[name].split("\n\n")[1].strip()
    assert small.show(passage.doc_id).text[passage.start : passage.end] == passage.text


@pytest.mark.parametrize("mode", MODES)
def test_near_duplicates_are_one(small: Library, mode: Mode) -> None:
    """Of two passages that differ by a mark only one is shown."""
    found = names(small, "召回流失用户", mode)
    assert len({"recall.md", "copy.md"} & set(found)) == 1
    assert len(found) == len(set(found))


@pytest.mark.parametrize("mode", MODES)
def test_order_is_stable(handbook: Library, mode: Mode) -> None:
    """The same query gives the same result, call after call."""
    first = search(handbook, "活动复盘看什么", 10, mode).passages
    assert all(search(handbook, "活动复盘看什么", 10, mode).passages == first for _ in range(3))


def test_order_survives_a_rebuild(tmp_path: Path, embedding: Embedding) -> None:
    """A rebuilt index ranks as before, ties included."""
    ties = {f"{i}.md": f"# 题{i}\n\n第{'甲乙丙丁戊己'[i]}组负责短信渠道。\n" for i in range(6)}
    with closing(filled(tmp_path, embedding, ties)) as library:
        before = [search(library, "短信渠道", 6, mode).passages for mode in MODES]
        library.rebuild()
        assert [search(library, "短信渠道", 6, mode).passages for mode in MODES] == before


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("k", [1, 3, 1000])
def test_k_is_the_most(small: Library, mode: Mode, k: int) -> None:
    """At most `k` passages come, also when the library holds fewer."""
    assert len(names(small, "用户 积分 短信", mode, k)) <= min(k, len(TEXTS))


@pytest.mark.parametrize("query", ["", "  \n\u3000"])
def test_empty_query(small: Library, query: str) -> None:
    """An empty query is an error that says what to write."""
    with pytest.raises(InputError) as caught:
        search(small, query)
    assert caught.value.hint


def test_k_must_be_positive(small: Library) -> None:
    """`k` below 1 is an error."""
    with pytest.raises(InputError, match="0"):
        search(small, "短信", 0)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "query", ["？？？", "😀", "\ud800", "\u200b"], ids=["marks", "emoji", "surrogate", "zero-width"]
)
def test_query_without_words(small: Library, mode: Mode, query: str) -> None:
    """A query that holds no word finds nothing, and is no error."""
    assert names(small, query, mode) == []


@pytest.mark.parametrize("mode", MODES)
def test_empty_library(tmp_path: Path, embedding: Embedding, mode: Mode) -> None:
    """A library without documents has no passages."""
    with closing(Library(tmp_path / "library", embedding)) as library:
        assert search(library, "短信", 5, mode).passages == ()


def test_evidence_knows_rarity(small: Library) -> None:
    """A term that stands in fewer passages weighs more; one that stands in none weighs most."""
    idf = retrieve(small, "短信 用户 火锅", 5).idf
    assert idf["用户"] < idf["短信"] < idf["火锅"]


def test_evidence_has_a_cosine_for_each_passage(small: Library) -> None:
    """Hybrid evidence carries the dense similarity of every passage, whichever list found it."""
    evidence = retrieve(small, "短信营销要写明品牌签名，并给出退订方式。", 5)
    assert len(evidence.cosine) == len(evidence.passages)
    assert evidence.cosine[0] == max(evidence.cosine) > 0.8


def test_asking_words_weigh_less() -> None:
    """Words that only ask weigh less than what is asked about, but are not dropped."""
    weights = dict(weighted_terms("怎么召回"))
    assert 0 < weights["怎么"] < weights["召回"]


def test_question_of_asking_words_alone() -> None:
    """When nothing else is there, the asking words are the content."""
    assert content_words("怎么办？") == "怎么办?"


def test_langchain_retriever(handbook: Library) -> None:
    """The retriever gives LangChain documents whose metadata slices the source."""
    from langchain_core.documents import Document

    bot = Copilot(handbook, Settings(home=Path("unused")))
    documents = bot.retriever.invoke("怎么召回流失用户")
    assert documents
    for document in documents:
        assert isinstance(document, Document)
        source = handbook.show(document.metadata["doc_id"]).text
        assert source[document.metadata["start"] : document.metadata["end"]] == document.page_content
        assert {"source", "title", "section", "score", "rank"} <= document.metadata.keys()


def test_langchain_retriever_ranks_as_search(handbook: Library) -> None:
    """The retriever's documents are the passages of `search`, in its order."""
    bot = Copilot(handbook, Settings(home=Path("unused")))
    documents = bot.retriever.invoke("用户画像怎么做")
    passages = bot.search("用户画像怎么做", len(documents)).passages
    assert [d.page_content for d in documents] == [p.text for p in passages]


def slow_soft_match(importance: dict[int, float], passage: list[int]) -> tuple[float, float]:
    """The definition, piece by piece; windows of 40 pieces begin at every 20th."""
    model, numbers = builtin(), passage or [0]
    near = np.maximum(model.of_pieces(np.array(list(importance))) @ model.of_pieces(np.array(numbers)).T, 0) ** 2
    weights = np.array(list(importance.values())) / sum(importance.values())
    windows = [near[:, start : start + 40] for start in range(0, len(numbers), 20)]
    return float(weights @ near.max(1)), max(float(weights @ window.max(1)) for window in windows)


@given(
    st.dictionaries(st.integers(1, 500), st.floats(0.1, 9), min_size=1, max_size=6),
    st.lists(st.lists(st.integers(0, 500), max_size=90), min_size=1, max_size=5),
)
def test_soft_match_is_what_it_says(importance: dict[int, float], passages: list[list[int]]) -> None:
    """Whole and best window of many passages at once are those of each passage alone."""
    whole, window = soft_match(importance, [np.array(p, dtype=np.uint16) for p in passages])
    expected = np.array([slow_soft_match(importance, p) for p in passages])
    assert np.allclose(np.stack([whole, window], axis=1), expected, atol=1e-5)
    assert (window <= whole + 1e-9).all() and (whole <= 1 + 1e-5).all()


def test_a_passage_with_the_words_of_the_question_is_met() -> None:
    """The question's own words give 1, near ones less, none of them nearly nothing."""
    importance = dict.fromkeys(weighted_pieces("召回流失用户"), 1.0)
    texts = ("召回流失用户的短信", "挽回沉默会员的消息", "九月的天气")
    whole, _ = soft_match(importance, [np.array(row, dtype=np.uint16) for row in piece_numbers(texts)])
    assert whole[0] > 0.999 and whole[0] > whole[1] > whole[2]


def test_soft_match_of_nothing_is_zero() -> None:
    """Without pieces, or without passages, there is nothing to divide by."""
    assert soft_match({}, [np.array([1, 2], dtype=np.uint16)])[0].tolist() == [0.0]
    assert soft_match({5: 1.0}, [])[1].shape == (0,)


MEASURES = st.lists(st.tuples(st.floats(0, 40), *[st.floats(0, 1)] * 3, st.booleans()), min_size=1, max_size=8)


@given(MEASURES)
def test_fused_scores_lie_between_0_and_1(rows: list[tuple[float, float, float, float, bool]]) -> None:
    """Whatever is met or learned, no measure counts against a passage: better in all is never worse."""
    bm25, cosine, whole, window, asked = (np.array(column) for column in zip(*rows, strict=True))
    scores = fused(Candidates(list(range(len(rows))), bm25, cosine, whole, window, asked), read("retrieval"))
    assert (scores >= -1e-9).all() and (scores <= 1 + 1e-9).all()
    for i, a in enumerate(rows):
        for j, b in enumerate(rows):
            assert scores[i] >= scores[j] - 1e-9 or not all(x >= y for x, y in zip(a[:4], b[:4], strict=True))
