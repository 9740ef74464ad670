"""`score kano`, `score rice`: what is printed, exit codes, and the three kinds of files, with hostile names in them."""

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cli_runner import run

from copilot.cli import cli
from copilot.cli.score import register
from copilot.export.score import MOST_POINTS, kano_markdown, point_name
from copilot.export.score_questionnaire import mixed, questionnaire
from copilot.voices.score_kano import read_kano

register(cli)

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
FORMULA = '=HYPERLINK("http://evil.example";"点我")'
PLAIN = "深色模式"


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """60 answers for three features, two of them with names that try something."""
    lines = ["用户\t" + "\t".join(f"{name}_{side}" for name in (PLAIN, SCRIPT, FORMULA) for side in ("有", "无"))]
    for n in range(60):
        one = "喜欢\t无所谓" if n % 4 else "喜欢\t不喜欢"
        two = "理应如此\t不喜欢" if n % 3 else "无所谓\t无所谓"
        three = "不喜欢\t喜欢" if n % 5 else "喜欢\t喜欢"
        lines.append(f"u{n}\t{one}\t{two}\t{three}")
    path = tmp_path / "答卷.tsv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    """Four requests, two with hostile names, one with ranges."""
    rows = [
        f"{SCRIPT}\t900\t3\t100%\t0.5",
        f"{FORMULA}\t6000\t1\t80%\t2",
        "+首页\t200~400\t0.5\t50%\t4",
        "@d\t10\t1\t50%\t1",
    ]
    path = tmp_path / "需求.tsv"
    path.write_text("\n".join(["需求\t触达（人/月）\t影响\t把握\t投入（人月）", *rows]), encoding="utf-8")
    return path


def result_of(sheet: Any, place: str) -> float:
    """What a formula gives: sums, IF, arithmetic; enough for ours."""
    text = str(sheet[place].value)
    if sheet[place].data_type != "f":
        return float(text)
    text = re.sub(r'^=(?:IF\([^,]*,"",(.*)\)|(.*))$', lambda m: m[1] or m[2], text)
    text = re.sub(
        r"SUM\(([A-Z]+)(\d+):([A-Z]+)\d+\)",
        lambda m: str(sum(cell.value for cell in sheet[f"{m[1]}{m[2]}:{m[3]}{m[2]}"][0])),
        text,
    )
    text = re.sub(r"[A-Z]+\d+", lambda m: repr(result_of(sheet, m[0])), text)
    assert re.fullmatch(r"[\d.e+\-*/() ]+", text), text
    return float(eval(text))


# On the terminal


def test_kano_on_the_terminal(answers: Path) -> None:
    """A table, what to do first, how many there are; 0 when every answer counted."""
    result = run("score", "kano", answers)
    assert result.code == 0
    first = result.out.splitlines()
    assert first[0].split()[:5] == ["顺序", "功能", "类别", "Better", "Worse"]
    assert "→ 先做" in result.out and "必备 M" in result.out and "可疑 Q 占 20%" in result.out


def test_kano_json(answers: Path) -> None:
    """One object with counts, coefficients and intervals."""
    found = {f["name"]: f for f in run("score", "kano", answers, "--json").json["features"]}
    assert found[PLAIN]["counts"] == {"A": 45, "O": 15, "M": 0, "I": 0, "R": 0, "Q": 0}
    assert (found[PLAIN]["better"], found[PLAIN]["worse"], found[PLAIN]["rank"]) == (1.0, -0.25, 2)
    assert found[PLAIN]["worse_low"] < -0.25 < found[PLAIN]["worse_high"]


def test_few_answers_are_called_uncertain(tmp_path: Path) -> None:
    """With how many there are."""
    path = tmp_path / "a.csv"
    path.write_text("功能,有,无\n导出,喜欢,无所谓\n导出,喜欢,不喜欢\n", encoding="utf-8")
    out = run("score", "kano", path).out
    assert "n=2" in out and "不确定" in out and "A" in out
    assert run("score", "kano", path).out == out


def test_unknown_answers_end_in_three(tmp_path: Path) -> None:
    """Nobody's answer is dropped silently; blank ones are listed and end in 0."""
    path = tmp_path / "a.csv"
    path.write_text("功能,有,无\n导出,喜欢,无所谓\n导出,也许,不喜欢\n导出,,\n", encoding="utf-8")
    result = run("score", "kano", path)
    assert result.code == 3
    assert "第 2 行" in result.out and "看不懂的答案：也许" in result.out and "第 3 行" in result.out
    path.write_text("功能,有,无\n导出,喜欢,无所谓\n导出,,\n导出,喜欢,喜欢\n", encoding="utf-8")
    assert run("score", "kano", path).code == 0


def test_from_stdin() -> None:
    """`-` is stdin."""
    result = run("score", "kano", "-", "--json", stdin="功能,有,无\n导出,5,3\n".encode())
    assert result.json["features"][0]["counts"]["R"] == 1


def test_rice_on_the_terminal(requests: Path) -> None:
    """Scores, a range, the formula; 0 when every row has a score."""
    result = run("score", "rice", requests)
    assert result.code == 0
    assert "5,400" in result.out and "RICE = 触达 × 影响 × 把握 ÷ 投入" in result.out
    assert "→ 任一格 ±20%，第一名都不变。" in result.out


def test_rice_failures(tmp_path: Path) -> None:
    """A wrong cell ends in 3 with its reason, a missing column in 2 with what was found."""
    path = tmp_path / "a.csv"
    path.write_text("需求,触达,影响,把握,投入\n甲,100,1,80%,1\n乙,abc,1,80%,1\n", encoding="utf-8")
    result = run("score", "rice", path)
    assert result.code == 3 and "触达“abc”不是数字" in result.out
    assert run("score", "rice", path, "--json").json["failed"][0]["row"] == 2
    path.write_text("需求,触达\n甲,100\n", encoding="utf-8")
    result = run("score", "rice", path)
    assert result.code == 2 and "RICE 缺 影响、把握、投入（有 触达）" in result.err and "需求、触达" in result.err


def test_usage() -> None:
    """No file, two files, no such file, a format that is none: 2, with what to do."""
    for arguments in (["kano"], ["kano", "a.csv", "b.csv"], ["rice", "没有.csv"], ["kano", "x.csv", "-o", "y.pdf"]):
        result = run("score", *arguments)
        assert (result.code, result.out) == (2, "") and "怎么办：" in result.err


def test_nothing_is_written_over(answers: Path, tmp_path: Path) -> None:
    """A file that is there stays as it is."""
    target = tmp_path / "有了.md"
    target.write_text("x", encoding="utf-8")
    assert run("score", "kano", answers, "-o", target).code == 2
    assert target.read_text(encoding="utf-8") == "x"


# html


@pytest.mark.parametrize("kind", ["kano", "rice"])
def test_html(kind: str, answers: Path, requests: Path, tmp_path: Path) -> None:
    """One page that needs nothing from outside, and in which names are text."""
    target = tmp_path / "a.html"
    assert run("score", kind, answers if kind == "kano" else requests, "-o", target).code == 0
    page = target.read_text(encoding="utf-8")
    library = page.index("</script>", page.index("plotly.js v"))
    assert library > 1_000_000  # plotly.js itself
    rest = page[: page.index("plotly.js v")] + page[library:]
    assert "<script>alert" not in rest and "<img" not in rest and "onerror=alert(2)>" not in rest
    assert "&lt;img src=x onerror=alert(2)&gt;" in rest
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", rest)
    assert "default-src 'none'" in rest and "sendChartToCloud" in rest


def test_html_is_the_same_every_time(answers: Path, tmp_path: Path) -> None:
    """Equal input, equal bytes."""
    for name in ("a.html", "b.html"):
        run("score", "kano", answers, "-o", tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


# xlsx


def test_kano_xlsx(answers: Path, tmp_path: Path) -> None:
    """Coefficients are formulas that give what the report says; names that begin with = are texts; one chart."""
    target = tmp_path / "a.xlsx"
    run("score", "kano", answers, "-o", target)
    report = read_kano(answers)
    book = openpyxl.load_workbook(target)
    sheet = book["Kano"]
    for at, feature in enumerate(report.features, 2):
        assert (sheet[f"B{at}"].value, sheet[f"B{at}"].data_type) == (feature.name, "s")
        if feature.better is not None:
            assert result_of(sheet, f"K{at}") == pytest.approx(feature.better)
            assert result_of(sheet, f"L{at}") == pytest.approx(feature.worse)
            assert result_of(sheet, f"M{at}") == pytest.approx(-(feature.worse or 0))
    assert any(sheet[f"B{at}"].value == FORMULA and sheet[f"B{at}"].quotePrefix for at in range(2, 5))
    placed = [f for f in report.features if f.better is not None]
    assert [len(chart.series) for chart in book["图"]._charts] == [len(placed) + 2]


def test_rice_xlsx(requests: Path, tmp_path: Path) -> None:
    """Scores follow the inputs, ranges too; texts stay texts."""
    target = tmp_path / "a.xlsx"
    run("score", "rice", requests, "-o", target)
    report = run("score", "rice", requests, "--json").json
    book = openpyxl.load_workbook(target)
    sheet = book["RICE"]
    places = {cell.value: cell.column_letter for cell in sheet[1]}
    for at, item in enumerate(report["items"], 2):
        assert sheet[f"B{at}"].data_type == "s"
        for name, key in (("RICE", "score"), ("低", "score_low"), ("高", "score_high"), ("价值", "value")):
            assert result_of(sheet, f"{places[name]}{at}") == pytest.approx(item[key])
    assert len(book["图"]._charts) == 1
    texts = [cell.value for row in book["说明"].iter_rows() for cell in row if cell.data_type == "f"]
    assert texts == []


# md


def test_markdown(answers: Path, tmp_path: Path) -> None:
    """A table that keeps its columns, and a chart in which a name is but a name."""
    text = kano_markdown(read_kano(answers)).decode()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 5 and {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {15}
    assert "<script>" not in text and "&lt;script&gt;" in text
    chart = text.split("```mermaid\n")[1].split("```")[0].splitlines()
    assert chart[0] == "quadrantChart"
    for line in chart[8:]:
        assert re.fullmatch(r'    "[^"`#;%<>\[\]{}\\&:]+": \[0\.\d{3}, 0\.\d{3}\]', line)


@pytest.mark.parametrize("name", ['a"b', "%%{init: {}}%%", "`x`", "a\nb", "[0, 1]", "#quot;", "", "\x00"])
def test_names_in_a_chart(name: str) -> None:
    """Checked with Mermaid 11 itself: what breaks its grammar or is read as something is replaced."""
    shown = point_name(name)
    assert shown and not set(shown) & set('"`#;%<>[]{}\\&:\n')


def test_many_points(tmp_path: Path) -> None:
    """The chart shows as many as can be told apart, and says how many it leaves out."""
    path = tmp_path / "a.csv"
    lines = [f"需求{n},{n + 1},1,80%,{n + 1}" for n in range(MOST_POINTS + 5)]
    path.write_text("\n".join(["需求,触达,影响,把握,投入", *lines]), encoding="utf-8")
    target = tmp_path / "a.md"
    run("score", "rice", path, "-o", target)
    assert "其余 5 个只在表里" in target.read_text(encoding="utf-8")


# Questionnaire


def test_questionnaire() -> None:
    """Two questions a feature side by side, five answers each; the same order every time, whatever the given one."""
    result = run("score", "kano", "--questionnaire", "深色模式", "批量导出", "离线听书")
    assert result.code == 0
    asked = re.findall(r"^\d+\. (.*)$", result.out, re.M)
    assert len(asked) == 6
    for up, down in zip(asked[::2], asked[1::2], strict=True):
        assert up.replace("如果有", "如果没有") == down
    assert result.out.count("- ( ) 我喜欢") == result.out.count("- ( ) 不喜欢") == 6
    assert run("score", "kano", "--questionnaire", "离线听书", "深色模式", "批量导出").out.count(asked[0]) == 1
    assert mixed(["甲", "乙", "丙"]) == mixed(["丙", "甲", "乙"])


def test_questionnaire_from_a_file(tmp_path: Path) -> None:
    """A feature a line; too many are said to be too many; it can be saved."""
    path = tmp_path / "功能.txt"
    path.write_text("\n".join(f"功能{n}" for n in range(12)), encoding="utf-8")
    target = tmp_path / "问卷.md"
    assert run("score", "kano", "--questionnaire", path, "-o", target).code == 0
    assert "24 题，太长" in target.read_text(encoding="utf-8")
    assert len(run("score", "kano", "--questionnaire", path, "--json").json["questions"]) == 12


def test_questionnaire_refused() -> None:
    """Without features, or with one twice."""
    assert run("score", "kano", "--questionnaire").code == 2
    assert run("score", "kano", "--questionnaire", "甲", "甲").code == 2


def test_answers_to_the_questionnaire_are_read(tmp_path: Path) -> None:
    """Questions as printed may be the names of columns, answers as printed are known."""
    asked = re.findall(r"^\d+\. (.*)$", questionnaire(["深色模式", "批量导出"]), re.M)
    answers = re.findall(r"\( \) (.*)", questionnaire(["x"]))[:5]
    path = tmp_path / "a.csv"
    path.write_text(
        ",".join(asked) + "\n" + ",".join([answers[0], answers[4], answers[1], answers[4]]), encoding="utf-8"
    )
    report = read_kano(path)
    assert {f.category for f in report.features} == {"O", "M"}
    assert {f.name for f in report.features} == {"深色模式", "批量导出"}


def test_help() -> None:
    """Every command has its help with an example."""
    for arguments in (["score"], ["score", "kano"], ["score", "rice"]):
        assert "ops-copilot score" in run(*arguments, "--help").out


def test_binary_is_no_table() -> None:
    """Bytes on stdin are refused, not scored."""
    assert run("score", "rice", "-", stdin=io.BytesIO(b"\x00\x01\x02" * 50).getvalue()).code == 2
