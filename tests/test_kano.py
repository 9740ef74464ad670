"""Kano arithmetic and the reading of answers: the table of 25, Better and Worse, order, layouts, words, odd rows."""

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from copilot.arithmetic.kano import (
    CATEGORIES,
    KanoFeature,
    KanoReport,
    better,
    category_of,
    count_pairs,
    in_order,
    judge,
    sign_test,
    worse,
)
from copilot.errors import InputError
from copilot.voices.score_kano import answer_of, digit_of, read_kano

LIKE, MUST, NEUTRAL, LIVE, DISLIKE = "喜欢", "理应如此", "无所谓", "能忍受", "不喜欢"
COUNTS = st.fixed_dictionaries({c: st.integers(0, 40) for c in CATEGORIES})


def table(folder: Path, *rows: Sequence[object], name: str = "答卷.csv") -> Path:
    """A csv file of these rows, the header first."""
    path = folder / name
    path.write_text("".join(",".join(str(cell) for cell in row) + "\n" for row in rows), encoding="utf-8")
    return path


def by_name(report: KanoReport) -> dict[str, KanoFeature]:
    """The features by name."""
    return {feature.name: feature for feature in report.features}


# Arithmetic


def test_the_table() -> None:
    """All 25 pairs, row by row, as in the facts."""
    rows = ["".join(category_of(f, d) for d in range(5)) for f in range(5)]
    assert rows == ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]


def test_coefficients_of_the_handbook() -> None:
    """The example of corpus/product/kano.md: 55 ÷ 95 and −45 ÷ 95."""
    counts = {"A": 30, "O": 25, "M": 20, "I": 20, "R": 3, "Q": 2}
    feature = judge("功能", counts, 20)
    assert (better(counts), worse(counts)) == (Fraction(55, 95), Fraction(-45, 95))
    assert (feature.category, feature.n, feature.questionable) == ("A", 100, 0.02)
    assert feature.better == pytest.approx(0.5789, abs=1e-4)
    assert feature.worse == pytest.approx(-0.4737, abs=1e-4)


@pytest.mark.parametrize(
    ("counts", "category", "tied"),
    [
        pytest.param("MMOOAAII", "M", "MOAI", id="must-be-first"),
        pytest.param("OOAAI", "O", "OA", id="one-dimensional-before-attractive"),
        pytest.param("AAIIM", "A", "AI", id="attractive-before-indifferent"),
        pytest.param("IIRRM", "I", "IR", id="reverse-last"),
        pytest.param("QQMM", "M", "MQ", id="questionable-never-by-rule"),
        pytest.param("QQQM", "Q", "", id="questionable-by-count"),
    ],
)
def test_equal_counts(counts: str, category: str, tied: str) -> None:
    """M > O > A > I, and the tie is said."""
    feature = judge("x", {c: counts.count(c) for c in CATEGORIES}, 1)
    assert (feature.category, "".join(feature.tied)) == (category, tied)


@given(COUNTS)
def test_what_always_holds(counts: dict[str, int]) -> None:
    """Coefficients inside their intervals and ranges; n is all answers; the category has the highest count."""
    feature = judge("x", counts, 20)
    assert feature.n == sum(counts.values()) == sum(feature.counts.values())
    if feature.better is None or feature.worse is None:
        assert counts["A"] + counts["O"] + counts["M"] + counts["I"] == 0
        return
    assert feature.better_low is not None and feature.better_high is not None
    assert feature.worse_low is not None and feature.worse_high is not None
    assert 0 <= feature.better_low <= feature.better + 1e-9 and feature.better - 1e-9 <= feature.better_high <= 1
    assert -1 <= feature.worse_low <= feature.worse + 1e-9 and feature.worse - 1e-9 <= feature.worse_high <= 0
    assert counts[feature.category] == max(counts.values())


@given(st.integers(0, 60), st.integers(0, 60))
def test_sign_test(more: int, fewer: int) -> None:
    """The same p as scipy's exact binomial test."""
    if more + fewer:
        assert sign_test(more, fewer) == pytest.approx(binomtest(more, more + fewer, 0.5).pvalue)


def test_sign_test_of_many() -> None:
    """Above 1,000 answers the normal curve takes over without a step."""
    assert sign_test(540, 480) == pytest.approx(binomtest(540, 1020, 0.5).pvalue, abs=2e-3)
    assert sign_test(600, 600) == 1


def test_order_and_quadrants() -> None:
    """M, O, A, I, R; within M by Worse; the picture is cut at the averages."""
    made = [
        judge(name, {c: counts.get(c, 0) for c in CATEGORIES}, 1)
        for name, counts in {
            "魅力": {"A": 9, "I": 1}, "无": {"I": 10}, "必备小": {"M": 6, "I": 4}, "反向": {"R": 8, "I": 2},
            "必备大": {"M": 9, "I": 1}, "期望": {"O": 10},
        }.items()
    ]  # fmt: skip
    ranked, lines = in_order(made)
    assert [f.name for f in ranked] == ["必备大", "必备小", "期望", "魅力", "无", "反向"]
    assert [f.rank for f in ranked] == [1, 2, 3, 4, 5, 6]
    assert lines == {"better": pytest.approx(1.9 / 6), "worse": pytest.approx(2.5 / 6)}
    assert [f.quadrant for f in ranked] == ["M", "M", "O", "A", "I", "I"]


def test_two_features_are_cut_at_one_half() -> None:
    """An average of two says nothing."""
    assert in_order([judge("x", count_pairs([(0, 2)]), 1)])[1] == {"better": 0.5, "worse": 0.5}


def test_few_answers_are_uncertain() -> None:
    """However clear they are."""
    assert not judge("x", count_pairs([(0, 2)] * 19), 20).certain
    assert judge("x", count_pairs([(0, 2)] * 20), 20).certain


# Words


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("喜欢 我很喜欢 非常喜欢 1.喜欢 喜欢(1) A.我喜欢 喜歡", 0),
        ("理应如此 必须有 它理应如此 本该如此", 1),
        ("无所谓 中立 我无所谓 不在乎 都行", 2),
        ("能忍受 勉强接受 可以忍受 勉强可以接受 能接受", 3),
        ("不喜欢 讨厌 我很不喜欢 无法接受 我不喜欢这样 不能忍受 5-不喜欢", 4),
    ],
)
def test_chinese_answers(words: str, place: int) -> None:
    """The five answers as people and tools write them; 不喜欢 is never read as 喜欢."""
    assert [answer_of(word) for word in words.split()] == [place] * len(words.split())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("I like it that way", 0),
        ("Must-be", 1),
        ("I expect it to be that way", 1),
        ("I'm neutral", 2),
        ("I can live with it that way", 3),
        ("Live with", 3),
        ("I DISLIKE it that way", 4),
        ("don't like it", 4),
        ("还不错", None),
        ("喜欢吗", None),
        ("", None),
    ],
)
def test_english_and_unknown(text: str, place: int | None) -> None:
    """English answers; what is none stays none."""
    assert answer_of(text) == place


@pytest.mark.parametrize(("text", "number"), [("3", 3), ("3.0", 3), ("５", 5), ("5分", 5), ("0", None), ("6", None)])
def test_numbers(text: str, number: int | None) -> None:
    """1 to 5 and nothing else."""
    assert digit_of(text) == number


# Layouts


@pytest.mark.parametrize(
    "names",
    [
        "深色模式_有 深色模式_无",
        "深色模式（具备） 深色模式（不具备）",
        "深色模式-正向 深色模式-反向",
        "深色模式_functional 深色模式_dysfunctional",
        "如果有深色模式，您觉得怎样？ 如果没有深色模式，您觉得怎样？",
        "1、如果有「深色模式」，您的感受是 2、如果没有「深色模式」，您的感受是",
        "有深色模式 没有深色模式",
        "正向题：深色模式 反向题：深色模式",
        "深色模式正向 深色模式反向",
        "深色模式（提供时） 深色模式（不提供时）",
        "深色模式_f 深色模式_d",
        "深色模式（+） 深色模式（-）",
    ],
)
def test_wide(tmp_path: Path, names: str) -> None:
    """Two columns a feature, told apart by a word in the name, in either order."""
    for header in (names.split(), names.split()[::-1]):
        answers = [LIKE, DISLIKE] if header == names.split() else [DISLIKE, LIKE]
        report = read_kano(table(tmp_path, ["编号", *header], ["u1", *answers], ["u2", *answers]))
        assert (report.form, [f.name for f in report.features]) == ("wide", ["深色模式"])
        assert report.features[0].counts["O"] == 2


@pytest.mark.parametrize(
    "header",
    [
        "功能,有,无",
        "Feature,Functional,Dysfunctional",
        "需求名称,具备,不具备",
        "功能点,正向题,反向题",
        "功能,如果有这个功能,如果没有这个功能",
        "模块,提供时的感受,不提供时的感受",
        "item,Q_functional_answer,Q_dysfunctional_answer",
    ],
)
def test_long(tmp_path: Path, header: str) -> None:
    """One row a respondent and feature, whatever the columns are called."""
    path = table(tmp_path, header.split(","), ["导出", LIKE, NEUTRAL], ["导出", LIKE, DISLIKE], ["搜索", MUST, DISLIKE])
    report = read_kano(path)
    assert report.form == "long"
    found = by_name(report)
    assert (found["导出"].counts["A"], found["导出"].counts["O"], found["搜索"].category) == (1, 1, "M")


def test_names_that_hold_the_marks(tmp_path: Path) -> None:
    """无线充电 and 有声书 keep their first characters."""
    path = table(tmp_path, ["无线充电_有", "无线充电_无", "有声书_有", "有声书_无"], [LIKE, NEUTRAL, MUST, DISLIKE])
    assert {f.name: f.category for f in read_kano(path).features} == {"有声书": "M", "无线充电": "A"}


def test_numbered_features(tmp_path: Path) -> None:
    """Where a number is all there is, it is the name."""
    path = table(tmp_path, ["1.有", "1.无", "2.有", "2.无"], [LIKE, NEUTRAL, MUST, DISLIKE])
    assert {f.name: f.category for f in read_kano(path).features} == {"1": "A", "2": "M"}


def test_a_title_above_the_header(tmp_path: Path) -> None:
    """The names are looked for below titles."""
    path = table(tmp_path, ["问卷结果", "", ""], ["", "", ""], ["功能", "正向题", "反向题"], ["导出", LIKE, NEUTRAL])
    assert [f.name for f in read_kano(path).features] == ["导出"]


def test_columns_given(tmp_path: Path) -> None:
    """Names that say nothing are refused with what was found, and taken when they are told."""
    path = table(tmp_path, ["x", "y", "z"], ["导出", LIKE, NEUTRAL], ["搜索", LIKE, DISLIKE])
    with pytest.raises(InputError, match="像答案的列：y、z"):
        read_kano(path)
    report = read_kano(path, feature="x", functional="y", dysfunctional="3")
    assert {f.name: f.category for f in report.features} == {"导出": "A", "搜索": "O"}
    with pytest.raises(InputError, match="没有这一列"):
        read_kano(path, functional="w", dysfunctional="z")


def test_a_file_of_one_feature(tmp_path: Path) -> None:
    """Without a column for the feature the file is one feature, and that is said."""
    report = read_kano(table(tmp_path, ["有", "无"], [LIKE, NEUTRAL], name="夜间模式.csv"))
    assert (report.form, report.features[0].name) == ("single", "夜间模式")
    assert any("当作一个功能" in note for note in report.notes)


def test_jsonl_and_xlsx(tmp_path: Path) -> None:
    """The same answers from all three formats."""
    rows: list[dict[str, object]] = [{"功能": "导出", "有": LIKE, "无": DISLIKE}, {"功能": "导出", "有": 1, "无": 3}]
    jsonl = tmp_path / "a.jsonl"
    jsonl.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    book = openpyxl.Workbook()
    book.active.append([*rows[0]])
    for row in rows:
        book.active.append([*row.values()])
    book.save(tmp_path / "a.xlsx")
    assert read_kano(jsonl).features == read_kano(tmp_path / "a.xlsx").features


# Numbers, and what cannot be counted


def test_which_end_is_one(tmp_path: Path) -> None:
    """1 is 喜欢 unless told; the reading is said either way."""
    path = table(tmp_path, ["功能", "有", "无"], ["导出", 1, 3], ["导出", 1, 5])
    report = read_kano(path)
    assert report.features[0].counts == {"A": 1, "O": 1, "M": 0, "I": 0, "R": 0, "Q": 0}
    assert any("1 是喜欢" in note and "--one" in note for note in report.notes)
    other = read_kano(path, one="不喜欢")
    assert other.features[0].counts["R"] == 2
    assert any("1 是不喜欢" in note for note in other.notes)
    assert any("放反" in note for note in other.notes)


def test_nothing_is_dropped_silently(tmp_path: Path) -> None:
    """Counted and listed together are all pairs of the file; each that is not counted has its row and reason."""
    path = table(
        tmp_path,
        ["用户", "导出_有", "导出_无", "搜索_有", "搜索_无"],
        ["a", LIKE, NEUTRAL, "", ""],
        ["b", "随便吧你", NEUTRAL, LIKE, ""],
        ["c", "6", "0", LIKE, DISLIKE],
        ["a", LIKE, NEUTRAL, "-", "未作答"],
    )
    report = read_kano(path)
    told = {(e["row"], e["feature"]): (e["kind"], str(e["reason"])) for e in report.unusable}
    assert sum(f.n for f in report.features) + len(told) == 8
    assert told[1, "搜索"] == ("blank", "两题都没答")
    assert told[2, "搜索"] == ("wrong", "“没有”那一题没答")
    assert "随便吧你" in told[2, "导出"][1] and "6、0" in told[3, "导出"][1]
    assert "答过了" in told[4, "导出"][1] and report.respondents == 2


def test_half_a_pair_is_said(tmp_path: Path) -> None:
    """A column without its counterpart is named."""
    path = table(tmp_path, ["导出_有", "导出_无", "搜索_有"], [LIKE, NEUTRAL, LIKE])
    assert any("搜索_有" in note for note in read_kano(path).notes)


def test_no_answer_at_all(tmp_path: Path) -> None:
    """A file of texts is refused with the reason."""
    with pytest.raises(InputError, match="没有一对能用的答案"):
        read_kano(table(tmp_path, ["功能", "有", "无"], ["导出", "好", "坏"]))
