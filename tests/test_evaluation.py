"""Figures: ranking measures against hand-computed values, files that are malformed, nothing left behind."""

import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from copilot.embedding import load_embedding
from copilot.errors import InputError
from copilot.evaluation import (
    answer_rows,
    evaluate_answers,
    evaluate_citations,
    ranking_figures,
    read_qrels,
    read_rows,
    temporary_library,
)
from copilot.evaluation.citations import _auc
from copilot.types import Answer, Sentence

DOCS = [
    {"id": "d1", "text": "短信要写明品牌签名和退订方式。"},
    {"id": "d2", "text": "会员积分满一百分换一张优惠券。"},
    {"id": "d3", "text": "门店盘点放在打烊之后。"},
]


def jsonl(path: Path, *rows: Any) -> Path:
    """A JSON Lines file of these rows; a string is written as it is."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("gains", "total", "expected"),
    [
        pytest.param([1, 0, 0], 1, (1.0, 1.0, 1.0, 1.0, 1.0), id="first"),
        pytest.param([0, 1], 1, (0.0, 1.0, 1.0, 0.5, 1 / math.log2(3)), id="second"),
        pytest.param([0] * 5 + [1], 1, (0.0, 0.0, 1.0, 1 / 6, 1 / math.log2(7)), id="sixth"),
        pytest.param([0] * 10 + [1], 1, (0.0,) * 5, id="eleventh"),
        pytest.param([1, 0, 1], 2, (1.0, 1.0, 1.0, 1.0, 1.5 / (1 + 1 / math.log2(3))), id="two-relevant"),
        pytest.param([1], 3, (1.0, 1.0, 1.0, 1.0, 1 / (1 + 1 / math.log2(3) + 0.5)), id="two-not-found"),
        pytest.param([], 1, (0.0,) * 5, id="nothing-found"),
    ],
)
def test_ranking_figures(gains: list[int], total: int, expected: tuple[float, ...]) -> None:
    """hit@k, MRR@10 and nDCG@10 are what a hand computes."""
    figures = ranking_figures([gains], [total])
    keys = ("hit@1", "hit@5", "hit@10", "mrr@10", "ndcg@10")
    assert tuple(figures[key] for key in keys) == pytest.approx(expected, abs=5e-5)


def test_figures_are_means() -> None:
    """Figures of several queries are their means."""
    assert ranking_figures([[1], [0, 1]], [1, 1])["mrr@10"] == 0.75


def test_ideal_is_cut_at_ten() -> None:
    """With more than ten relevant documents ten hits are perfect."""
    assert ranking_figures([[1] * 10], [12])["ndcg@10"] == 1.0


@pytest.mark.parametrize(
    ("labels", "scores", "expected"),
    [
        pytest.param([1, 1, 0, 0], [0.9, 0.8, 0.2, 0.1], 1.0, id="perfect"),
        pytest.param([0, 0, 1, 1], [0.9, 0.8, 0.2, 0.1], 0.0, id="inverted"),
        pytest.param([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5], 0.5, id="all-tied"),
        pytest.param([1, 1, 0], [0.9, 0.3, 0.3], 0.75, id="one-tie"),
        pytest.param([1, 0, 1, 0, 1], [0.9, 0.8, 0.7, 0.6, 0.5], 0.5, id="mixed"),
    ],
)
def test_auc(labels: list[int], scores: list[float], expected: float) -> None:
    """AUC counts pairs, ties half."""
    assert _auc(labels, scores) == expected


def test_qrels(tmp_path: Path) -> None:
    """Relevance 0 is left out, a missing third column is 1, several documents add up."""
    path = tmp_path / "r.tsv"
    path.write_bytes("\ufeffq1\td1\t1\r\nq1\td2\t2\r\n\r\nq2\td3\t0\r\nq3\td1\r\n".encode())
    assert read_qrels(path) == {"q1": {"d1", "d2"}, "q3": {"d1"}}


def test_qrels_without_tabs(tmp_path: Path) -> None:
    """A line without a tab is named by its number in the file."""
    path = tmp_path / "r.tsv"
    path.write_text("q1\td1\t1\n\nq2 d2 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="第 3 行"):
        read_qrels(path)


MALFORMED: list[Any] = [
    pytest.param(lambda p: list(read_rows(p)), "{not json", "第 3 行不是 JSON", id="not-json"),
    pytest.param(lambda p: list(read_rows(p)), "[1, 2]", "第 3 行不是 JSON 对象", id="not-an-object"),
    pytest.param(lambda p: list(read_rows(p, "q", "text")), {"q": "x"}, "第 3 行缺少 text", id="missing-key"),
    pytest.param(answer_rows, {"must": ["x"]}, "第 3 行缺少 q", id="no-question"),
    pytest.param(answer_rows, {"q": "x", "must": ["("]}, "第 3 行的正则写错了", id="bad-regex"),
    pytest.param(answer_rows, {"q": "x", "must": "abc"}, "第 3 行的 must 不是", id="must-is-text"),
]


@pytest.mark.parametrize(("reads", "row", "told"), MALFORMED)
def test_malformed_rows(tmp_path: Path, reads: Callable[[Path], Any], row: Any, told: str) -> None:
    """What is wrong is told with the number of the line, blank lines counted."""
    path = jsonl(tmp_path / "f.jsonl", {"q": "a", "text": "b"}, "", row)
    with pytest.raises(InputError, match=told) as caught:
        reads(path)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("row", "told"),
    [
        pytest.param({"statement": "a", "quote": "b"}, "第 2 行缺少 label", id="no-label"),
        pytest.param({"statement": "a", "quote": "b", "label": "yes"}, "第 2 行的 label", id="label"),
    ],
)
def test_malformed_pairs(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    """A pair without a proper label is named."""
    with pytest.raises(InputError, match=told):
        evaluate_citations(jsonl(tmp_path / "p.jsonl", {"statement": "a", "quote": "a", "label": 1}, row))


@pytest.mark.parametrize("reads", [lambda p: list(read_rows(p)), read_qrels, answer_rows, evaluate_citations])
def test_missing_file(tmp_path: Path, reads: Callable[[Path], Any]) -> None:
    """A file that is not there is an error of the input."""
    with pytest.raises(InputError, match=r"nowhere\.jsonl"):
        reads(tmp_path / "nowhere.jsonl")


def test_file_in_another_encoding(tmp_path: Path) -> None:
    """A file that is not UTF-8 is told so."""
    path = tmp_path / "gbk.jsonl"
    path.write_bytes('{"q": "短信"}'.encode("gbk"))
    with pytest.raises(InputError, match="读不出"):
        answer_rows(path)


def test_question_rows(tmp_path: Path) -> None:
    """Rows of the first form come as they are."""
    rows = [{"q": "甲", "must": ["a|b"], "answerable": True}, {"q": "乙", "answerable": False}]
    assert answer_rows(jsonl(tmp_path / "f.jsonl", *rows)) == rows


def test_answer_string_rows(tmp_path: Path) -> None:
    """Rows of the second form take their question from `queries`; any of the strings counts, taken literally."""
    queries = jsonl(tmp_path / "q.jsonl", {"id": 1, "text": "多少钱"}, {"id": 2, "text": "没有答案的"})
    rows = answer_rows(jsonl(tmp_path / "a.jsonl", {"id": "1", "answers": ["6.5 元", "六元五角"]}), queries)
    assert [row["q"] for row in rows] == ["多少钱"]
    held = evaluate_answers(rows, lambda _: answered("一单 6.5 元。"))
    lost = evaluate_answers(rows, lambda _: answered("一单 6x5 元。"))
    assert (held["facts_held"], lost["facts_held"]) == (1.0, 0.0)


def test_answer_string_rows_need_queries(tmp_path: Path) -> None:
    """Without the questions the error says which option gives them."""
    with pytest.raises(InputError) as caught:
        answer_rows(jsonl(tmp_path / "a.jsonl", {"id": "1", "answers": ["x"]}))
    assert "--queries" in caught.value.hint


def test_answer_string_row_without_answers(tmp_path: Path) -> None:
    """A later row without answers is named."""
    queries = jsonl(tmp_path / "q.jsonl", {"id": "1", "text": "多少钱"})
    with pytest.raises(InputError, match="第 2 行缺少 answers"):
        answer_rows(jsonl(tmp_path / "a.jsonl", {"id": "1", "answers": ["x"]}, {"id": "2"}), queries)


def answered(text: str) -> Answer:
    """An answer of one sentence."""
    return Answer("q", "q", True, text, (Sentence(text, (), "supported"),))


def test_answers_are_counted() -> None:
    """Facts over answerable questions, refusals both ways, and a miss for each question that went wrong."""
    rows: list[dict[str, Any]] = [
        {"q": "held", "must": ["甲", "乙"]},
        {"q": "half", "must": ["甲", "丙"]},
        {"q": "refused", "must": ["甲"]},
        {"q": "outside", "answerable": False},
        {"q": "outside-answered", "answerable": False},
    ]
    refusal = Answer("q", "q", False, "甲：没有")
    replies = {"held": answered("甲乙"), "half": answered("甲"), "outside-answered": answered("甲乙丙")}
    figures = evaluate_answers(rows, lambda question: replies.get(question, refusal))
    assert figures["questions"] == 5
    assert figures["facts_held"] == 0.6
    assert (figures["refused_right"], figures["refused_wrong"], figures["answered_wrong"]) == (1, 1, 1)
    assert figures["mean_length"] == 2
    assert [miss["q"] for miss in figures["misses"]] == ["half", "refused", "outside-answered"]
    assert figures["misses"][0]["lost"] == ["丙"]


def test_no_questions() -> None:
    """Figures of nothing are no division by zero."""
    figures = evaluate_answers([], lambda _: answered(""))
    assert (figures["questions"], figures["facts_held"], figures["mean_length"]) == (0, None, 0.0)


def test_citations(tmp_path: Path) -> None:
    """Accuracy, AUC and misses of labelled pairs; supported counts as 1."""
    quote = "短信要写明品牌签名和退订方式。"
    rows = [
        {"statement": quote, "quote": quote, "label": 1},
        {"statement": "火星分公司连续九年获得金奖。", "quote": quote, "label": 0},
        {"statement": quote, "quote": quote, "label": 0},
    ]
    figures = evaluate_citations(jsonl(tmp_path / "p.jsonl", *rows))
    assert figures.keys() == {"n", "accuracy", "auc", "threshold", "misses"}
    assert (figures["n"], figures["accuracy"], figures["auc"]) == (3, 0.6667, 0.75)
    assert [miss["support"] for miss in figures["misses"]] == ["supported"]


def test_citations_of_one_kind_have_no_auc(tmp_path: Path) -> None:
    """With one label only there is nothing to rank."""
    rows = [{"statement": "签名要写明。", "quote": "签名要写明。", "label": 1}]
    assert evaluate_citations(jsonl(tmp_path / "p.jsonl", *rows))["auc"] is None


def test_temporary_library_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """The library of an evaluation is gone afterwards, after an error too, and the home folder is untouched."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    with temporary_library(jsonl(tmp_path / "d.jsonl", *DOCS), load_embedding()) as library:
        assert library.stats().documents == 3
        assert list(scratch.iterdir())
    broken = jsonl(tmp_path / "broken.jsonl", DOCS[0], {"id": "x"})
    with pytest.raises(InputError, match="第 2 行"), temporary_library(broken, load_embedding()):
        pass
    assert not list(scratch.iterdir())
    assert not home.exists()


def test_empty_document(tmp_path: Path) -> None:
    """A document without text does no harm."""
    docs = jsonl(tmp_path / "d.jsonl", *DOCS, {"id": "d4", "text": ""}, {"id": "d5", "text": "a\r\nb"})
    with temporary_library(docs, load_embedding()) as library:
        assert library.stats().documents == 5
