"""Retrieval figures: one mode or several side by side, whether they differ, and their chart."""

import itertools
import json
import re
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from cli_runner import run
from hash_embedding import HashEmbedding
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from copilot.embedding.reranker import Reranker
from copilot.errors import InputError
from copilot.evaluation import MODES, check_chart, draw_modes, evaluate_retrieval
from copilot.evaluation.significance import bootstrap_intervals, compared, randomisation_test

FLAT = ["hit@1", "hit@5", "hit@10", "mrr@10", "ndcg@10", "queries", "docs", "index_s", "p50_ms", "p95_ms"]
RANKING = FLAT[:5]
OF_ONE = [*RANKING, "ndcg@10_95", *FLAT[-2:]]
NDCG = [0.0, *(float(1 / np.log2(rank + 2)) for rank in range(10))]  # what one relevant passage can give


def files_in(folder: Path, asked: Sequence[tuple[Any, str]], judged: str) -> tuple[Path, Path, Path]:
    """Three documents, these queries and these judgements."""
    texts = {
        "d1": "短信要写明品牌签名和退订方式。",
        "d2": "会员积分满一百分换一张优惠券。",
        "d3": "门店盘点放在打烊之后。",
    }
    docs, queries, qrels = folder / "d.jsonl", folder / "q.jsonl", folder / "r.tsv"
    for path, rows in ((docs, texts.items()), (queries, asked)):
        lines = (json.dumps({"id": number, "text": text}, ensure_ascii=False) for number, text in rows)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    qrels.write_text(judged, encoding="utf-8")
    return docs, queries, qrels


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A collection of which two questions are judged, and one is not."""
    asked = [("q1", "短信退订"), (2, "积分换券"), ("q9", "别的")]
    return files_in(tmp_path, asked, "q1\td1\t1\n2\td2\t1\n")


@pytest.fixture
def options(files: tuple[Path, Path, Path]) -> tuple[object, ...]:
    """The same collection as options of the command line."""
    docs, queries, qrels = files
    return ("eval", "retrieval", "--docs", docs, "--queries", queries, "--qrels", qrels)


# Figures


@pytest.mark.parametrize("mode", MODES)
def test_one_mode(files: tuple[Path, Path, Path], mode: Any) -> None:
    """One mode gives the keys of the contract and no more; a query without qrels is left out."""
    figures = evaluate_retrieval(*files, HashEmbedding(), [mode])
    assert list(figures) == FLAT
    assert (figures["queries"], figures["docs"], figures["hit@1"], figures["ndcg@10"]) == (2, 3, 1.0, 1.0)


def test_several_modes(files: tuple[Path, Path, Path]) -> None:
    """All modes: on top hybrid's figures under the keys of the contract, then every mode and every pair."""
    figures = evaluate_retrieval(*files, HashEmbedding())
    assert list(figures) == [*FLAT, "differences", "modes"]
    assert list(figures["modes"]) == ["lexical", "dense", "hybrid"]
    assert all(list(row) == OF_ONE for row in figures["modes"].values())
    hybrid = figures["modes"]["hybrid"]
    assert {key: figures[key] for key in (*RANKING, "p50_ms")} == {key: hybrid[key] for key in (*RANKING, "p50_ms")}
    pairs = [(pair["a"], pair["b"]) for pair in figures["differences"]]
    assert pairs == [("dense", "lexical"), ("hybrid", "lexical"), ("hybrid", "dense")]
    assert all(pair.keys() == {"a", "b", "difference", "low", "high", "p"} for pair in figures["differences"])


@pytest.mark.parametrize("modes", [("lexical", "dense"), ("dense", "lexical")], ids=["dense-last", "lexical-last"])
def test_without_hybrid_the_last_mode_is_on_top(tmp_path: Path, modes: Any) -> None:
    """Without hybrid the figures on top are those of the mode named last."""
    files = files_in(tmp_path, [("q1", "短信退订"), ("q2", "xyz")], "q1\td1\t1\nq2\td3\t1\n")
    figures = evaluate_retrieval(*files, HashEmbedding(), modes)
    first, last = figures["modes"].values()
    assert tuple(figures["modes"]) == modes
    assert [figures[key] for key in RANKING] == [last[key] for key in RANKING] != [first[key] for key in RANKING]


def test_a_mode_asked_for_twice_is_one(files: tuple[Path, Path, Path]) -> None:
    """The same mode twice is not compared with itself."""
    assert list(evaluate_retrieval(*files, HashEmbedding(), ["lexical", "lexical"])) == FLAT


def test_reranker_reads_in_hybrid(files: tuple[Path, Path, Path]) -> None:
    """A reranker is asked once for every question, in mode hybrid only."""
    asked = []

    class Flat:
        """Finds all passages equally good, and remembers what it was asked."""

        def scores(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
            asked.append(query)
            return np.zeros(len(passages), dtype=np.float32)

    evaluate_retrieval(*files, HashEmbedding(), MODES, cast(Reranker, Flat()))
    assert asked == ["短信退订", "积分换券"]


def test_queries_and_qrels_must_meet(tmp_path: Path) -> None:
    """When no query is judged the error says so."""
    files = files_in(tmp_path, [("q1", "短信")], "other\td1\t1\n")
    with pytest.raises(InputError, match="没有一个问题"):
        evaluate_retrieval(*files, HashEmbedding())


# Are they different?


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        pytest.param([0.2] * 10, 2 / 1024, id="ten-alike"),
        pytest.param([0.2] * 3, 2 / 8, id="three-alike"),
        pytest.param([-0.2] * 3, 2 / 8, id="three-alike-down"),
        pytest.param([0.5, 0.3, -0.1], 4 / 8, id="tied-with-another-flip"),
        pytest.param([0.4], 1.0, id="one-question"),
        pytest.param([0.4, -0.4], 1.0, id="cancelled-out"),
        pytest.param([0.0] * 5, 1.0, id="all-equal"),
        pytest.param([], 1.0, id="nothing"),
    ],
)
def test_randomisation_test(differences: list[float], expected: float) -> None:
    """The p value is near the share of sign flips that lie as far out, and 1 where every flip does."""
    p = randomisation_test(np.array(differences))
    assert p == 1.0 if expected == 1.0 else p == pytest.approx(expected, abs=0.015 if expected > 0.1 else 0.0015)


@given(st.lists(st.sampled_from(NDCG), min_size=1, max_size=8), st.data())
def test_randomisation_test_against_every_flip(a: list[float], data: st.DataObject) -> None:
    """With few questions all flips can be counted: the drawn p value is near the exact one."""
    b = data.draw(st.lists(st.sampled_from(NDCG), min_size=len(a), max_size=len(a)))
    differences = np.array(a) - np.array(b)
    flips = np.array(list(itertools.product((-1, 1), repeat=len(a))))
    exact = np.mean(np.abs(flips @ differences) >= abs(differences.sum()) - 1e-9)
    assert randomisation_test(differences) == pytest.approx(exact, abs=0.025)  # 5 standard errors


def test_questions_that_do_not_differ_say_nothing() -> None:
    """Equal questions beside the unequal ones leave the p value as it is."""
    assert randomisation_test(np.array([0.2, 0.0, 0.3, 0.0, -0.1])) == randomisation_test(np.array([0.2, 0.3, -0.1]))


def test_identical_modes() -> None:
    """A mode beside its twin: difference 0, p 1."""
    _, [pair] = compared({"x": [1.0, 0.0, 0.5], "y": [1.0, 0.0, 0.5]})
    assert pair == {"a": "y", "b": "x", "difference": 0.0, "low": 0.0, "high": 0.0, "p": 1.0}


def test_a_clear_difference() -> None:
    """Fifty questions all better by the same amount: the interval is a point, p is small."""
    _, [pair] = compared({"x": [0.5] * 50, "y": [0.75] * 50})
    assert (pair["difference"], pair["low"], pair["high"]) == (0.25, 0.25, 0.25)
    assert pair["p"] == 0.0001  # no flip of 10,000 lies as far out


def test_bootstrap_interval_of_a_share() -> None:
    """Half of 100: the standard error is .05, and 1.96 of it to each side are 95 %."""
    interval = bootstrap_intervals(np.array([[0.0], [1.0]] * 50))
    assert interval.tolist() == [pytest.approx([0.402, 0.598], abs=0.015)]


@given(st.lists(st.tuples(st.sampled_from(NDCG), st.sampled_from(NDCG)), min_size=1, max_size=40))
def test_comparison(rows: list[tuple[float, float]]) -> None:
    """0 < p ≤ 1, the intervals hold their means, and turned round only the signs change."""
    x, y = ([row[i] for row in rows] for i in (0, 1))
    intervals, [pair] = compared({"x": x, "y": y})
    _, [turned] = compared({"y": y, "x": x})
    assert 0 < pair["p"] <= 1
    assert pair["low"] <= pair["difference"] <= pair["high"]
    for name, values in {"x": x, "y": y}.items():
        low, high = intervals[name]
        assert low <= round(float(np.mean(values)), 4) <= high
    assert (turned["a"], turned["b"], turned["p"]) == (pair["b"], pair["a"], pair["p"])
    mirrored = [-turned["difference"], -turned["high"], -turned["low"]]
    assert [pair["difference"], pair["low"], pair["high"]] == pytest.approx(mirrored, abs=1.01e-4)  # both are rounded


def test_comparison_repeats() -> None:
    """The same values give the same figures."""
    values = {"x": [1.0, 0.5, 0.0, 0.63], "y": [0.5, 0.5, 1.0, 0.0]}
    assert compared(values) == compared(values)


# Command line


@pytest.mark.parametrize("mode", MODES)
def test_json_of_one_mode(options: tuple[object, ...], mode: str, home: Path) -> None:
    """`--mode X --json` is the flat object of the contract and makes no home folder."""
    assert list(run(*options, "--mode", mode, "--json").json) == FLAT
    assert not home.exists()


def test_json_of_all_modes(options: tuple[object, ...]) -> None:
    """Without `--mode` the keys of the contract are there too, and the comparison beside them."""
    figures = run(*options, "--json").json
    assert figures.keys() == {*FLAT, "modes", "differences"}
    assert (figures["queries"], len(figures["modes"]), len(figures["differences"])) == (2, 3, 3)


def test_json_of_two_modes(options: tuple[object, ...]) -> None:
    """`--mode` twice compares these two."""
    figures = run(*options, "--mode", "hybrid", "--mode", "lexical", "--json").json
    assert list(figures["modes"]) == ["hybrid", "lexical"]
    assert [(pair["a"], pair["b"]) for pair in figures["differences"]] == [("lexical", "hybrid")]


def test_text_of_one_mode(options: tuple[object, ...]) -> None:
    """One mode is a line for each figure."""
    lines = run(*options, "--mode", "lexical").out.splitlines()
    assert [line.split()[0] for line in lines] == FLAT
    assert lines[0] == "hit@1            1.0"


def test_text_of_all_modes(options: tuple[object, ...]) -> None:
    """Several modes are a table whose columns end together, then each pair with its verdict."""
    table, counts, pairs = run(*options).out.split("\n\n")
    header, *rows = table.splitlines()
    assert header.split()[1:] == [*RANKING, "p50_ms", "p95_ms"]
    assert [row.split()[0] for row in rows] == list(MODES)
    assert {len(row) for row in rows} == {len(header) + 2}  # 方式 is two characters and four columns
    assert [line.split()[0] for line in counts.splitlines()] == ["queries", "docs", "index_s"]
    told = pairs.splitlines()[1:]
    assert len(told) == 3
    assert all(re.search(r"\+0\.0000  \[\+0\.0000, \+0\.0000\]  p=1\.0000  不显著$", line) for line in told)


# Chart


def test_plot(options: tuple[object, ...], tmp_path: Path) -> None:
    """`--plot` draws a PNG of 1500 × 750 points and says so on stderr, stdout stays the result."""
    result = run(*options, "--plot", tmp_path / "图.png", "--json")
    picture = (tmp_path / "图.png").read_bytes()
    assert (result.code, result.err) == (0, f"图存为 {tmp_path / '图.png'}\n")
    assert list(result.json["modes"]) == list(MODES)
    assert picture.startswith(b"\x89PNG") and struct.unpack(">II", picture[16:24]) == (1500, 750)
    assert 10_000 < len(picture) < 200_000


@pytest.mark.parametrize(
    ("name", "begins"), [("a.PNG", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")], ids=["png", "svg", "pdf"]
)
def test_chart_by_suffix(tmp_path: Path, name: str, begins: bytes) -> None:
    """The suffix chooses the kind; one mode without an interval can be drawn too."""
    draw_modes({"hybrid": dict.fromkeys(RANKING, 0.5)}, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("chart.bmp", "不认识后缀“.bmp”", id="suffix"),
        pytest.param("chart", "不认识后缀", id="no-suffix"),
        pytest.param("nowhere/chart.png", "目录不存在", id="no-folder"),
        pytest.param("folder.png", "这里要文件", id="folder"),
    ],
)
def test_bad_place_for_a_chart(tmp_path: Path, name: str, told: str) -> None:
    """A chart that cannot be drawn ends with 2 before anything else is looked at."""
    (tmp_path / "folder.png").mkdir()
    absent = tmp_path / "absent"
    files = ("--docs", absent, "--queries", absent, "--qrels", absent)
    result = run("eval", "retrieval", *files, "--plot", tmp_path / name)
    message, hint = result.err.splitlines()
    assert (result.code, result.out) == (2, "")
    assert told in message and hint.startswith("怎么办：")


def test_place_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without permission is an error of the input."""
    monkeypatch.setattr("os.access", lambda *_: False)  # the tests may run as root, who may do everything
    with pytest.raises(InputError, match="写不了"):
        check_chart(tmp_path / "chart.png")


def test_without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the error says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(InputError, match="matplotlib") as caught:
        check_chart(tmp_path / "chart.png")
    assert "ops-copilot[plot]" in caught.value.hint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_full_disk_leaves_the_figures(options: tuple[object, ...], tmp_path: Path) -> None:
    """When the chart cannot be written the figures have been printed."""
    (tmp_path / "chart.png").symlink_to("/dev/full")
    result = run(*options, "--mode", "lexical", "--json", "--plot", tmp_path / "chart.png")
    assert result.code == 2 and "写不了" in result.err
    assert list(result.json) == FLAT
