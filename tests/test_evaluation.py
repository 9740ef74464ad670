"""Figures: ranking measures against hand-computed values, files that are malformed, nothing left behind."""

import json
import math
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cli_runner import run
from openai_stub import serve

from copilot.embedding import load_embedding
from copilot.errors import InputError
from copilot.evaluation import (
    Writer,
    answer_rows,
    answers_report,
    evaluate_answers,
    evaluate_citations,
    evaluate_writers,
    ranking_figures,
    read_qrels,
    read_rows,
    temporary_library,
)
from copilot.evaluation.alce import cited
from copilot.evaluation.citations import _auc
from copilot.prices import Price
from copilot.types import Answer, Citation, Done, Sentence, Usage

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


# Citations of answers


def answer_of(*sentences: tuple[str, tuple[int, ...]], quotes: dict[int, str]) -> Answer:
    """An answer of sentences with their citations."""
    told = tuple(Sentence(text, cites, "supported") for text, cites in sentences)
    cites = tuple(Citation(n, "d", "a.md", "", "", quote, 0, len(quote), 1.0) for n, quote in quotes.items())
    return Answer("q", "q", True, "".join(s.text for s in told), told, cites)


def holds_all(sentence: str, quotes: str) -> bool:
    """A judge: the quotes hold every character of the sentence but its end."""
    return set(sentence.rstrip("。！？")) <= set(quotes)


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        pytest.param([("甲。", (1,))], (1.0, 1.0), id="borne-out"),
        pytest.param([("丁。", (1,))], (0.0, 0.0), id="not-borne-out"),
        pytest.param([("甲。", ())], (0.0, 0.0), id="without-citation"),
        pytest.param([("甲乙。", (1, 2))], (1.0, 1.0), id="both-needed"),
        pytest.param([("甲。", (1, 2))], (1.0, 0.5), id="one-irrelevant"),
        pytest.param([("甲。", (1, 3))], (1.0, 1.0), id="each-enough-alone"),
        pytest.param([("甲乙丁。", (1, 2))], (0.0, 0.0), id="not-even-together"),
        pytest.param([("甲。丁。", (1,))], (0.5, 0.5), id="two-sentences-in-one"),
        pytest.param([("甲！乙？", (1, 2))], (1.0, 0.5), id="split-at-other-marks"),
        pytest.param([("1. 甲。", (1,)), ("2. 乙。", (2,))], (1.0, 1.0), id="items"),
        pytest.param([("甲。", (1,)), ("乙。", ())], (0.5, 1.0), id="mean-over-sentences"),
    ],
)
def test_citation_recall_and_precision(
    sentences: list[tuple[str, tuple[int, ...]]], expected: tuple[float, float]
) -> None:
    """Recall and precision are ALCE's: an irrelevant citation neither holds alone nor is needed."""
    assert cited(answer_of(*sentences, quotes={1: "甲", 2: "乙", 3: "甲丙"}), holds_all) == expected


def test_answer_that_states_nothing() -> None:
    """An answer without a sentence has no figures."""
    assert cited(Answer("q", "q", True, ""), holds_all) is None


def test_literal_judge() -> None:
    """The judge of the product is the literal check."""
    quote = "短信要写明品牌签名和退订方式。"
    reply = answer_of((quote, (1,)), ("火星分公司连续九年获得金奖。", (1,)), quotes={1: quote})
    assert cited(reply) == (0.5, 0.5)


# Writers side by side


def says(reply: Answer) -> Callable[[str], Iterator[Sentence | Done]]:
    """A stream that answers everything alike."""

    def stream(_: str) -> Iterator[Sentence | Done]:
        yield from reply.sentences
        yield Done(reply)

    return stream


FREE = Price(Decimal(0), Decimal(0))
ROWS: list[dict[str, Any]] = [
    {"q": "一", "must": ["甲"]},
    {"q": "二", "must": ["乙"]},
    {"q": "三", "answerable": False},
]


def test_writers_side_by_side() -> None:
    """Several writers are asked the same; their differences are told by pair and figure."""
    one, both = answer_of(("甲。", (1,)), quotes={1: "甲。"}), answer_of(("甲乙。", (1,)), quotes={1: "丙丁戊己。"})
    figures = evaluate_writers(ROWS, {"rules": Writer(says(one), FREE), "chat": Writer(says(both), FREE)})
    assert figures.keys() == {"writers", "differences"}
    assert [figures["writers"][name]["facts_held"] for name in ("rules", "chat")] == [0.5, 1.0]
    told = {(d["figure"], d["a"], d["b"]): (d["difference"], d["questions"]) for d in figures["differences"]}
    assert told == {
        ("facts_held", "chat", "rules"): (0.5, 2),
        ("citation_recall", "chat", "rules"): (-1.0, 3),
        ("citation_precision", "chat", "rules"): (-1.0, 3),
    }


def test_one_writer_has_the_keys_of_before() -> None:
    """The figures of one writer are one flat object."""
    figures = evaluate_writers(ROWS, {"rules": Writer(says(answered("甲")), FREE)})
    assert {"questions", "facts_held", "refused_right", "refused_wrong", "misses"} <= figures.keys()
    assert figures["first_p50_ms"] <= figures["p50_ms"] <= figures["p95_ms"]


def test_marked_sentences() -> None:
    """Counted are sentences that carry a mark and answers with one, and answers that fell to the rule writer."""
    reply = Answer("q", "q", True, "甲乙", (Sentence("甲", (), "unsupported"), Sentence("乙", (), "supported")),
                   writer="rules（chat:m 的回答没有采用）", usage=Usage(1, 10, 2))  # fmt: skip
    figures = evaluate_writers(ROWS[:2], {"chat": Writer(says(reply), None)})
    assert (figures["sentences"], figures["marked"], figures["answers_marked"], figures["fallbacks"]) == (4, 2, 2, 2)


@pytest.mark.parametrize(
    ("usage", "price", "expected"),
    [
        pytest.param(Usage(1, 1000, 500), Price(Decimal(2), Decimal(8)), (2000, 1000, 0.012), id="known"),
        pytest.param(Usage(1, 1000, 500), None, (2000, 1000, None), id="no-price"),
        pytest.param(None, Price(Decimal(2), Decimal(8)), (None, None, None), id="no-usage"),
    ],
)
def test_cost(usage: Usage | None, price: Price | None, expected: tuple[Any, ...]) -> None:
    """Tokens are summed and priced; what is not known is not guessed."""
    reply = Answer("q", "q", True, "甲", (Sentence("甲", (), "supported"),), writer="chat:m", usage=usage)
    figures = evaluate_writers(ROWS[:2], {"chat": Writer(says(reply), price)})
    assert tuple(figures[key] for key in ("input_tokens", "output_tokens", "cost_yuan")) == expected


def test_report() -> None:
    """The report says what was measured, who judged, what is not known, and what was missed: asked, expected, said."""
    chat = Answer("q", "q", True, "丙。", (Sentence("丙。", (), "supported"),), writer="chat:m")
    figures = evaluate_writers(ROWS, {"rules": Writer(says(answered("甲")), FREE), "chat": Writer(says(chat), None)})
    report = answers_report(figures, {"题目": "q.jsonl，3 题"}, "rules")
    assert "- 题目：q.jsonl，3 题" in report and "不是独立的判定模型" in report
    assert "| 指标 | rules | chat |" in report and "| 事实答全 | 50.0% | 0.0% |" in report
    assert "| 费用 | 0.00 元 | 未知 |" in report
    assert "### 1. 二\n\n- 应该有：`乙`\n- 实际：\n\n> 甲" in report
    assert "- 应该：拒答，资料里没有答案" in report


def question_files(folder: Path) -> tuple[Path, Path]:
    """Questions and the documents that answer them."""
    rows = [{"q": "短信要写明什么", "must": ["签名"]}, {"q": "火星上有几家分公司", "answerable": False}]
    return jsonl(folder / "q.jsonl", *rows), jsonl(folder / "d.jsonl", *DOCS)


def test_command_compares_writers(tmp_path: Path) -> None:
    """`eval answers --writer rules,chat` prints both side by side, writes the report and names them in JSON."""
    questions, docs = question_files(tmp_path)
    with serve("good") as stub:
        model = ("--model", "openai:stub", "--base-url", stub.base_url, "--writer", "rules,chat")
        table = run("eval", "answers", questions, "--docs", docs, *model, "-o", tmp_path / "报告.md")
        figures = run("eval", "answers", questions, "--docs", docs, *model, "--json").json
    assert table.code == 0 and "rules" in table.out and "chat" in table.out and "逐题相减" in table.out
    assert "模型 openai:stub" in (tmp_path / "报告.md").read_text(encoding="utf-8")
    assert figures["writers"].keys() == {"rules", "chat"}
    assert figures["writers"]["chat"]["facts_held"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("--writer", "chat"), "没有设置模型", id="no-model"),
        pytest.param(("--writer", "rules,chat"), "没有设置模型", id="no-model-for-one"),
        pytest.param(("--writer", "gpt"), "不认识写作方式 gpt", id="unknown"),
        pytest.param(("--writer", ","), "--writer 是空的", id="empty"),
        pytest.param(("-o", "报告.pdf"), "不支持的格式", id="format"),
    ],
)
def test_command_is_refused(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    """What cannot be measured is told before the long run, exit 2."""
    questions, docs = question_files(tmp_path)
    result = run("eval", "answers", questions, "--docs", docs, *arguments)
    assert result.code == 2
    assert told in result.err


# Labelled pairs


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
