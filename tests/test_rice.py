"""RICE, ICE and 投入产出比: exact scores, ranges, ranks, swings, units, scales, and rows that cannot be scored."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.arithmetic.rice import Amount, Item, RiceReport, Score, first_is_steady, median, rank_items, score
from copilot.errors import InputError
from copilot.voices.score_numbers import BadCell, read_cell
from copilot.voices.score_rice import read_rice

HEADER = "需求,触达,影响,把握,投入（人月）"
NUMBERS = st.fractions(min_value=Fraction(1, 100), max_value=1000)


def exactly(number: str) -> Amount:
    """A number that is no range."""
    return Amount(Fraction(number), Fraction(number))


def item(row: int, **inputs: str) -> Item:
    """A row with these inputs."""
    return Item(row, f"需求{row}", {name: exactly(number) for name, number in inputs.items()}, {})


def table(folder: Path, *rows: str, name: str = "需求.csv") -> Path:
    """A csv file of these lines, the header first."""
    path = folder / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def scores(report: RiceReport) -> dict[str, float]:
    """Scores by name."""
    return {found.name: found.score for found in report.items}


def reasons(report: RiceReport) -> dict[str, str]:
    """Why rows have no score, by name."""
    return {str(entry["name"]): str(entry["reason"]) for entry in report.failed}


# Arithmetic


def test_the_example_of_the_handbook(tmp_path: Path) -> None:
    """5400, 2400, 1250: corpus/product/prioritising.md."""
    rows = ["修支付失败,900,3,100%,0.5", "地址自动识别,6000,1,80%,2", "首页改版,20000,0.5,50%,4"]
    report = read_rice(table(tmp_path, HEADER, *rows))
    assert scores(report) == {"修支付失败": 5400, "地址自动识别": 2400, "首页改版": 1250}
    assert [found.rank for found in report.items] == [1, 2, 3]
    assert report.first_steady and report.units["effort"] == "人月" and not report.failed


def test_equal_scores_are_exact() -> None:
    """0.1 × 3 and 0.3 × 1 are equal, share a rank, and are tied."""
    rows = [item(1, impact="0.1", confidence="3", ease="1"), item(2, impact="0.3", confidence="1", ease="1")]
    ranked, _ = rank_items("ice", [*rows, item(3, impact="0.1", confidence="1", ease="1")], Fraction(1, 5))
    assert [(found.rank, found.tied) for found in ranked] == [(1, True), (1, True), (3, False)]


@given(*[st.tuples(NUMBERS, NUMBERS).map(sorted).map(lambda ends: Amount(*ends))] * 4)
def test_ranges(reach: Amount, impact: Amount, confidence: Amount, effort: Amount) -> None:
    """The low end takes effort at its high end, and the middle lies between."""
    found = score("rice", {"reach": reach, "impact": impact, "confidence": confidence, "effort": effort})
    assert found.low == reach.low * impact.low * confidence.low / effort.high
    assert found.low <= found.mid <= found.high


def test_ice_both_ways() -> None:
    """The example of the handbook: equal by mean (6⅓), 240 and 252 by product."""
    one, other = {"impact": "8", "confidence": "5", "ease": "6"}, {"impact": "6", "confidence": "6", "ease": "7"}
    means = [score("ice-mean", item(1, **inputs).inputs).mid for inputs in (one, other)]
    assert means == [Fraction(19, 3)] * 2
    assert [score("ice", item(1, **inputs).inputs).mid for inputs in (one, other)] == [240, 252]


def test_benefit_over_cost() -> None:
    """人次 × 单次节省 × 频率 × 采用率 ÷ (研发 + 运营 + 维护)."""
    inputs = {
        "visits": "100",
        "saving": "2",
        "frequency": "3",
        "adoption": "0.5",
        "dev": "10",
        "ops": "3",
        "upkeep": "2",
    }
    assert score("roi", item(1, **inputs).inputs) == Score(Fraction(20), Fraction(20), Fraction(20))


def test_swings() -> None:
    """110 against 100: a fifth more or less of any input changes both ranks; 200 against 100 none."""
    near = [item(n, reach=reach, impact="1", confidence="0.5", effort="1") for n, reach in ((1, "220"), (2, "200"))]
    ranked, swings = rank_items("rice", near, Fraction(1, 5))
    assert {(s.row, s.input, s.percent, s.rank_to) for s in swings} == {
        (1, "reach", -20, 2), (1, "impact", -20, 2), (1, "confidence", -20, 2), (1, "effort", 20, 2),
        (2, "reach", 20, 1), (2, "impact", 20, 1), (2, "confidence", 20, 1), (2, "effort", -20, 1),
    }  # fmt: skip
    assert not first_is_steady(ranked, swings) and not any(found.steady for found in ranked)
    far = [item(n, reach=reach, impact="1", confidence="0.5", effort="1") for n, reach in ((1, "400"), (2, "200"))]
    assert rank_items("rice", far, Fraction(1, 5))[1] == []


def test_confidence_stops_at_one() -> None:
    """100 % cannot become 120 %."""
    rows = [
        item(1, reach="110", impact="1", confidence="1", effort="1"),
        item(2, reach="100", impact="1", confidence="1", effort="1"),
    ]
    _, swings = rank_items("rice", rows, Fraction(1, 5))
    assert (2, "confidence") not in {(s.row, s.input) for s in swings if s.percent > 0}


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_ranks_by_hand(reaches: list[int]) -> None:
    """A rank is one more than how many are higher, after a swing too."""
    rows = [item(n, reach=str(r), impact="1", confidence="0.5", effort="1") for n, r in enumerate(reaches)]
    ranked, swings = rank_items("rice", rows, Fraction(1, 5))
    assert {f.row: f.rank for f in ranked} == {n: 1 + sum(o > r for o in reaches) for n, r in enumerate(reaches)}
    for n, reach in enumerate(reaches):
        others = reaches[:n] + reaches[n + 1 :]
        after = 1 + sum(o > Fraction(reach * 6, 5) for o in others)
        told = [s.rank_to for s in swings if (s.row, s.input, s.percent) == (n, "reach", 20)]
        assert told == ([after] if after != 1 + sum(o > reach for o in others) else [])


def test_ranges_of_ranks(tmp_path: Path) -> None:
    """甲 200–400 may be second to 乙 at 300; 丙 is third whatever happens."""
    report = read_rice(table(tmp_path, HEADER, "甲,200-400,1,100%,1", "乙,290,1,100%,1", "丙,50,1,100%,1"))
    found = {i.name: (i.score_low, i.score, i.score_high, i.rank_low, i.rank_high) for i in report.items}
    assert found == {"甲": (200, 300, 400, 1, 2), "乙": (290, 290, 290, 1, 2), "丙": (50, 50, 50, 3, 3)}


def test_quadrants(tmp_path: Path) -> None:
    """Medians cut value and cost."""
    rows = ["先,1000,1,1,1", "拆,1000,1,1,9", "插,10,1,1,1", "不,10,1,1,9"]
    report = read_rice(table(tmp_path, HEADER, *rows))
    assert {i.name: i.quadrant for i in report.items} == {"先": "先做", "拆": "拆小再做", "插": "插空做", "不": "不做"}
    assert median([Fraction(1), Fraction(4)]) == Fraction(5, 2)


# Cells


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [
        ("200-400", 200, 400), ("200~400", 200, 400), ("200 至 400 人", 200, 400), ("1.2万", 12000, 12000),
        ("1-2万", 10000, 20000), ("500-1万", 500, 10000), ("6,000人/月", 6000, 6000), ("50-80%", 0.5, 0.8),
        ("300±50", 250, 350), ("1k", 1000, 1000), (3.5, 3.5, 3.5), ([2, 4], 2, 4), ("１２", 12, 12), (".5", 0.5, 0.5),
    ],
)  # fmt: skip
def test_numbers(cell: object, low: float, high: float) -> None:
    """Numbers as people write them."""
    assert tuple(map(float, read_cell(cell).amount)) == (low, high)


@pytest.mark.parametrize("cell", ["", None, "abc", "-5", "400-200", "2026-02-04", "1 2 3", True, {}, "9" * 61, "1e400"])
def test_no_numbers(cell: object) -> None:
    """What is no number is refused with a reason, never taken for one."""
    with pytest.raises(BadCell):
        read_cell(cell)


@pytest.mark.parametrize(
    ("cell", "basis"), [("3000（估计）", "估计"), ("约3000", "估计"), ("3000（数据）", "数据"), ("3000", "")]
)
def test_marks_in_a_cell(cell: str, basis: str) -> None:
    """数据 or 估计 where the cell says so."""
    assert read_cell(cell).basis == basis


def test_marks_in_columns(tmp_path: Path) -> None:
    """A column for all inputs, and one for a single input, which goes first."""
    report = read_rice(table(tmp_path, HEADER + ",依据,触达依据", "甲,100,1,80%,1,拍脑袋,后台数据", "乙,100,2,80%,1,,"))
    found = {i.name: {name: value["basis"] for name, value in i.inputs.items()} for i in report.items}
    assert found["甲"] == {"reach": "数据", "impact": "估计", "confidence": "估计", "effort": "估计"}
    assert set(found["乙"].values()) == {""}


# Columns, scales, units


@pytest.mark.parametrize(
    "header",
    [
        "需求,触达,影响,把握,投入",
        "Feature,Reach,Impact,Confidence,Effort",
        "功能名称,预计触达人数,影响程度,信心指数,工作量（人月）",
        "idea,Reach (users/month),Impact score,Confidence %,Effort (person-months)",
        "项目,R,I,C,E",
    ],
)
def test_names_of_columns(tmp_path: Path, header: str) -> None:
    """Chinese and English names, with units in brackets."""
    assert scores(read_rice(table(tmp_path, header, "甲,100,2,80%,2"))) == {"甲": 80}


@pytest.mark.parametrize("cells", ["80%", "80", "0.8", "中"])
def test_confidence_is_a_share(tmp_path: Path, cells: str) -> None:
    """Percent, number of percent, share or word: the same."""
    assert scores(read_rice(table(tmp_path, HEADER, f"甲,100,1,{cells},1"))) == {"甲": 80}


def test_one_among_percentages(tmp_path: Path) -> None:
    """Beside 80 a bare 1 may be 1 % or 100 %: it is asked, not guessed; above 100 % is refused."""
    report = read_rice(table(tmp_path, HEADER, "甲,100,1,80,1", "乙,100,1,1,1", "丙,100,1,120,1"))
    assert scores(report) == {"甲": 80}
    assert "分不清" in reasons(report)["乙"] and "超过 100%" in reasons(report)["丙"]


def test_odd_scales_are_named(tmp_path: Path) -> None:
    """Impact 5 and confidence 70 % are taken, and named."""
    report = read_rice(table(tmp_path, HEADER, "甲,100,5,0.7,1"))
    assert scores(report) == {"甲": 350}
    assert any("影响不在常用刻度" in note and "甲 5" in note for note in report.notes)
    assert any("把握不在常用刻度" in note for note in report.notes)


def test_units_of_effort(tmp_path: Path) -> None:
    """The flag, the header, the cells; without any it is person-months, and that is said."""
    bare = table(tmp_path, "需求,触达,影响,把握,投入", "甲,100,1,1,2", "乙,100,1,1,2 人周")
    assert read_rice(bare).units["effort"] == "人周"  # the only one named
    assert read_rice(bare, effort_unit="人日").items[0].inputs["effort"]["value"] == 2
    assert scores(read_rice(bare, effort_unit="人日"))["乙"] == 10
    headed = table(tmp_path, "需求,触达,影响,把握,投入（人日）", "甲,100,1,1,2")
    assert read_rice(headed).units["effort"] == "人日"
    nowhere = read_rice(table(tmp_path, "需求,触达,影响,把握,投入", "甲,100,1,1,2"))
    assert nowhere.units["effort"] == "人月" and any("--effort-unit" in note for note in nowhere.notes)


def test_periods_are_not_mixed(tmp_path: Path) -> None:
    """People a month and people a quarter are not compared."""
    report = read_rice(table(tmp_path, HEADER, "甲,100人/月,1,1,1", "乙,每月200人,1,1,1", "丙,300人/季度,1,1,1"))
    assert report.units["reach"] == "人/月" and set(scores(report)) == {"甲", "乙"}
    assert "同一个周期" in reasons(report)["丙"]


def test_wrong_rows_fail_alone(tmp_path: Path) -> None:
    """Every wrong cell of a row is told; the others are scored; a sum below the table is no row."""
    rows = ["甲,100,1,80%,1", "乙,,x,80%,0", "丙,100,-1,80%,1", "合计,200,,,2"]
    report = read_rice(table(tmp_path, HEADER, *rows))
    assert set(scores(report)) == {"甲"} and report.rows == 3
    assert all(word in reasons(report)["乙"] for word in ("触达是空的", "影响“x”不是数字", "投入是 0"))
    assert "负数" in reasons(report)["丙"]


def test_missing_columns(tmp_path: Path) -> None:
    """What is missing and what was found are both told."""
    with pytest.raises(InputError, match="RICE 缺 把握、投入（有 触达、影响）.*文件里的列：需求、触达、影响"):
        read_rice(table(tmp_path, "需求,触达,影响", "甲,1,1"))


def test_ice_without_reach(tmp_path: Path) -> None:
    """ICE by product or mean; where the two disagree it is said; with effort instead of ease it divides."""
    path = table(tmp_path, "实验,影响,信心,容易程度", "甲,8,5,6", "乙,6,6,7", "丙,6,6,6")
    report = read_rice(path)
    assert (report.method, [i.name for i in report.items]) == ("ice", ["乙", "甲", "丙"])
    assert any("名次不一样" in note for note in report.notes)
    assert scores(read_rice(path, mean=True))["丙"] == 6
    assert read_rice(table(tmp_path, "实验,影响,把握,投入", "甲,2,80%,2")).items[0].score == pytest.approx(0.8)


def test_reach_without_effort(tmp_path: Path) -> None:
    """Ease in place of effort makes it ICE, and that reach is not used is said."""
    report = read_rice(table(tmp_path, "需求,触达,影响,把握,容易程度", "甲,100,8,5,6"))
    assert (report.method, scores(report)) == ("ice", {"甲": 240})
    assert any("触达没有用到" in note for note in report.notes)


def test_w_is_a_week_or_ten_thousand(tmp_path: Path) -> None:
    """2w of effort are weeks, 3w users are 30,000; a share of users is no number of them."""
    report = read_rice(table(tmp_path, "需求,触达,影响,把握,投入（人周）", "甲,3w,1,1,2w", "乙,30%,1,1,1"))
    assert scores(report) == {"甲": 15000} and "百分数" in reasons(report)["乙"]


ROI = "需求,人次,单次节省（分钟）,频率,采用率,研发人日,运营,维护"


def test_ratio(tmp_path: Path) -> None:
    """4,800 minutes are 80 hours, 10 person-days; 5 are spent: 2."""
    report = read_rice(table(tmp_path, ROI, "甲,200,6,8,50%,3,1,1"))
    assert (report.method, scores(report), report.units["ratio"]) == ("roi", {"甲": 2}, "省下的人日 ÷ 人日")


def test_ratio_in_money(tmp_path: Path) -> None:
    """Yuan and person-days are added only with a price for the day."""
    path = table(tmp_path, ROI.replace("分钟", "元"), "甲,200,6,8,50%,3,1000 元,1")
    assert "--day-price" in reasons(read_rice(path))["甲"]
    report = read_rice(path, day_price="950")
    assert scores(report) == {"甲": 1} and report.units["ratio"] == "元 ÷ 元"


def test_ratio_beside_rice(tmp_path: Path) -> None:
    """Both are told when the columns for both are there; a row without it keeps its RICE."""
    header = HEADER + "," + ROI.partition(",")[2]
    report = read_rice(table(tmp_path, header, "甲,900,3,100%,0.5,200,6,8,50%,3,1,1", "乙,900,1,100%,1,,,,,,,"))
    assert report.method == "rice"
    assert [i.ratio and i.ratio["value"] for i in report.items] == [2, None]
    assert any("乙" in note for note in report.notes)


def test_many_rows_are_quick(tmp_path: Path) -> None:
    """1,000 rows are ranked without comparing each with each."""
    rows: Sequence[str] = [f"需求{n},{n * 7 % 1999},1,80%,{n % 9 + 1}" for n in range(1, 1001)]
    report = read_rice(table(tmp_path, HEADER, *rows))
    assert len(report.items) == 1000 and report.items[0].score == max(scores(report).values())
