"""`check` and `eval check`: shapes, exit codes, inputs."""

import json
from pathlib import Path

import pytest
from cli_runner import run

from copilot.cli import cli
from copilot.cli.check import register
from copilot.errors import InputError
from copilot.evaluation.check import evaluate_check


@pytest.fixture(autouse=True)
def command() -> None:
    """The command is there, whether or not the command line registers it."""
    register(cli)


def test_json_of_one_text() -> None:
    """One object with findings, exemptions and what was not checked; a ban gives exit code 3."""
    result = run("check", "最近上新，全网最低价", "--json")
    assert result.code == 3
    assert result.json.keys() == {"text", "findings", "exempted", "not_checked"}
    finding = result.json["findings"][0]
    assert finding.keys() == {"rule", "category", "level", "field", "start", "end", "match", "law", "advice"}
    assert result.json["text"][finding["start"] : finding["end"]] == finding["match"]
    assert result.json["exempted"][0].keys() == {"rule", "match", "start", "end", "reason"}
    assert result.json["not_checked"]


def test_harmless_text() -> None:
    """Nothing found is exit code 0, and never called 合规."""
    result = run("check", "帆布包，肩带宽四厘米")
    assert result.code == 0
    assert "没有查到问题" in result.out
    assert "没有检查" in result.out
    assert "合规" not in result.out


def test_readable_output() -> None:
    """Level, words, article and what to do."""
    result = run("check", "第一品牌")
    assert result.code == 3
    assert "不能用" in result.out
    assert "“第一品牌”" in result.out
    assert "第九条第（三）项" in result.out


def test_caution_alone_is_no_failure() -> None:
    """Only ban and evidence give exit code 3."""
    result = run("check", "库存紧张，欢迎选购", "--json")
    assert [finding["level"] for finding in result.json["findings"]] == ["caution"]
    assert result.code == 0


def test_stdin() -> None:
    """`-` reads one text from stdin."""
    result = run("check", "-", "--json", stdin="根治\n脚气".encode())
    assert result.code == 3
    assert result.json["text"] == "根治\n脚气"


def test_file_as_json_lines(tmp_path: Path) -> None:
    """Each line that is not blank gives one object, in order."""
    path = tmp_path / "lines.txt"
    path.write_text("\ufeff第一行没有问题\n\n最佳选择\n", encoding="utf-8")
    result = run("check", "--file", path, "--json")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [row["text"] for row in rows] == ["第一行没有问题", "最佳选择"]
    assert result.code == 3
    assert run("check", "--file", path).out.count("没有检查：") == 2
    assert run("check", "--file", "-", "--json", stdin="一行\n两行".encode()).out.count("\n") == 2


def test_platform_and_industry() -> None:
    """A channel may be named in Chinese; the industry chooses its rules."""
    result = run("check", "周五会员日", "--platform", "短信", "--json")
    assert [finding["rule"] for finding in result.json["findings"]] == ["disclosure.sms"]
    assert run("check", "5分钟到地铁站", "--industry", "房地产").code == 3
    assert run("check", "5分钟到地铁站").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="nothing"),
        pytest.param(("", ), id="empty"),
        pytest.param(("文字", "--file", "x.txt"), id="both"),
        pytest.param(("--file", "没有.txt"), id="missing"),
        pytest.param(("文字", "--platform", "没有这个渠道"), id="channel"),
    ],
)  # fmt: skip
def test_wrong_use(arguments: tuple[str, ...]) -> None:
    """Exit code 2, two lines on stderr, nothing on stdout."""
    result = run("check", *arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("错误：")
    assert "怎么办：" in result.err


def rows_file(tmp_path: Path, *rows: object) -> Path:
    """A JSON Lines file of these rows."""
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_figures(tmp_path: Path) -> None:
    """Precision and recall over ban and evidence; misses say what was found."""
    path = rows_file(
        tmp_path,
        {"text": "最佳选择", "flag": True},
        {"text": "最近上新", "flag": 0},
        {"text": "研究表明很好", "flag": 0},
        {"text": "今天下雨", "flag": 1},
    )
    figures = evaluate_check(path)
    assert (figures["n"], figures["precision"], figures["recall"]) == (4, 0.5, 0.5)
    assert [miss["found"] != [] for miss in figures["misses"]] == [True, False]
    result = run("eval", "check", path, "--json")
    assert result.code == 0
    assert result.json == figures
    assert "precision" in run("eval", "check", path).out


def test_nothing_to_divide_by(tmp_path: Path) -> None:
    """Without findings or flags there is no precision or recall."""
    figures = evaluate_check(rows_file(tmp_path, {"text": "今天下雨", "flag": 0}))
    assert (figures["precision"], figures["recall"], figures["misses"]) == (None, None, [])


@pytest.mark.parametrize("row", [{"text": "x"}, {"text": "x", "flag": "yes"}], ids=["no-flag", "wrong-flag"])
def test_wrong_rows(tmp_path: Path, row: dict[str, object]) -> None:
    """A malformed line is named."""
    with pytest.raises(InputError, match="第 1 行"):
        evaluate_check(rows_file(tmp_path, row))
