"""`plan` at the command line: briefs from files, flags and pipes, wrong briefs, files that come out."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_runner import run

START, END = (date.today() + timedelta(days=days) for days in (30, 50))  # the command asks the clock
GOOD = {
    "product": "青禾读书", "goal": "拉新", "target": "注册 1000 人", "budget": "5万", "start": START.isoformat(),
    "end": END.isoformat(), "channels": ["小红书", "达人"],
}  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the handbook; tests only read it."""
    folder = tmp_path_factory.mktemp("plan-home")
    assert run("library", "stats", "--home", folder).code == 0
    return folder


def written(folder: Path, brief: Any) -> Path:
    """A brief as a file."""
    path = folder / "简报.json"
    path.write_text(json.dumps(brief, ensure_ascii=False), encoding="utf-8")
    return path


# A brief and what its message must name: every fault at once.
BAD: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({**GOOD, "budget": -1}, ("budget", "负")),
    ({**GOOD, "budget": "很多"}, ("budget", "很多")),
    ({**GOOD, "budget": "nan"}, ("budget",)),
    ({**GOOD, "budget": 10**13}, ("budget",)),
    ({**GOOD, "end": date.today().isoformat()}, ("end", "早")),
    ({**GOOD, "start": f"{START.year}-02-30"}, ("start",)),
    ({**GOOD, "start": "不久", "end": "以后"}, ("start", "end")),
    ({**GOOD, "goal": "发财"}, ("goal", "发财", "拉新")),
    ({key: value for key, value in GOOD.items() if key != "product"}, ("product",)),
    ({key: value for key, value in GOOD.items() if key != "goal"}, ("goal",)),
    ({**GOOD, "kind": "小说"}, ("kind", "小说")),
    ({**GOOD, "channels": ["短信"]}, ("channels", "短信", "拉新")),
    ({**GOOD, "channels": ["短信", "推送"]}, ("短信", "推送")),
    ({**GOOD, "target": "留存率 40%"}, ("target", "人数")),
    ({**GOOD, "target": {"metric": "天气", "value": 3}}, ("target", "天气")),
    ({**GOOD, "target": "注册 -5 人"}, ("target",)),
    ({**GOOD, "reach": {"小红书": "三亿亿", "电梯": 5}}, ("reach", "电梯")),
    ({**GOOD, "assumptions": {"ctr": 5, "心情": 1}}, ("ctr", "心情")),
    ({**GOOD, "budget": 0, "channels": ["达人"]}, ("budget", "达人")),
    ({"goal": "发财", "budget": -3, "start": END.isoformat(), "end": START.isoformat(), "颜色": "红"}, ("goal", "product", "budget", "end", "颜色")),
    ({**GOOD, "budget": -1, "goal": "发财", "end": "没日子", "reach": "abc", "team": {"a": 1}, "target": "x"}, ("budget", "goal", "end", "reach")),
]  # fmt: skip


@pytest.mark.parametrize(("brief", "named"), BAD)
def test_bad_briefs(brief: dict[str, Any], named: tuple[str, ...], tmp_path: Path) -> None:
    """Exit code 2, and one message that names every fault; the library is not even opened."""
    result = run("plan", "--brief", written(tmp_path, brief), "--home", tmp_path / "home")
    assert result.code == 2
    assert all(word in result.err for word in named), result.err
    assert result.err.count("\n") == 2 and not (tmp_path / "home").exists()


def test_json(library: Path, tmp_path: Path) -> None:
    """One JSON object whose lines add up."""
    result = run("plan", "--brief", written(tmp_path, GOOD), "--json", "--home", library)
    assert result.code == 0
    plan = json.loads(result.out)
    assert round(sum(line["subtotal"] for line in plan["budget"]), 2) == plan["budget_total"] <= 50000
    assert plan["brief"]["goal"] == "拉新" and plan["writer"] == "rules"


def test_flags_and_pairs(library: Path) -> None:
    """A brief of flags alone, with pairs for pools and figures."""
    result = run(
        "plan", "--product", "小满记账", "--goal", "召回", "--channel", "短信", "--reach", "短信=60000", "--assume",
        "open_rate=3%", "--budget", "8000", "--json", "--home", library,
    )  # fmt: skip
    plan = json.loads(result.out)
    assert result.code == 0
    assert plan["brief"]["reach"] == {"sms": 60000}
    rate = next(a for a in plan["assumptions"] if a["id"] == "open_rate")
    assert (rate["value"], rate["basis"]) == (0.03, "given")


def test_a_pair_that_is_none(library: Path) -> None:
    """--reach without a number."""
    result = run("plan", "--product", "书", "--goal", "召回", "--reach", "短信", "--home", library)
    assert result.code == 2 and "短信=60000" in result.err


def test_flags_win_over_the_file(library: Path, tmp_path: Path) -> None:
    """The file says 50,000, the flag 20,000."""
    result = run("plan", "--brief", written(tmp_path, GOOD), "--budget", "2万", "--json", "--home", library)
    assert json.loads(result.out)["brief"]["budget"] == 20000


def test_terminal_text(library: Path, tmp_path: Path) -> None:
    """The first lines say what is to be decided."""
    result = run("plan", "--brief", written(tmp_path, GOOD), "--home", library)
    assert result.code == 0
    assert "注册人数" in result.out[:400] and "请" in result.out[:600]


@pytest.mark.parametrize("suffix", [".docx", ".xlsx", ".md", ".html", ".json"])
def test_files(suffix: str, library: Path, tmp_path: Path) -> None:
    """Every format is written, and not written over."""
    out = tmp_path / f"方案{suffix}"
    command = ("plan", "--brief", written(tmp_path, GOOD), "-o", out, "--home", library)
    assert run(*command).code == 0
    assert out.stat().st_size > 5000
    assert run(*command).code == 2
    assert run(*command, "--force").code == 0


def test_with_copy(library: Path, tmp_path: Path) -> None:
    """Materials bring their copy; where there is none the plan says why."""
    brief = {**GOOD, "selling_points": ["每天 15 分钟听完一本书", "3000 本书都有中文讲解"], "audience": "上班族"}
    result = run("plan", "--brief", written(tmp_path, brief), "--with-copy", "--json", "--home", library)
    plan = json.loads(result.out)
    copy = {material["channel"]: material["copy"] for material in plan["materials"]}
    assert copy["xiaohongshu"] and not copy["kol"]
    assert any("达人合作" in line for line in plan["dropped"])


def test_forbidden_offer_is_found(library: Path, tmp_path: Path) -> None:
    """An offer that the law forbids: the plan is written, the finding names the article, exit code 3."""
    brief = {**GOOD, "offer": "全网最低价，国家级品质"}
    result = run("plan", "--brief", written(tmp_path, brief), "--json", "--home", library)
    assert result.code == 3
    assert any(finding["field"] == "offer" and finding["law"] for finding in json.loads(result.out)["findings"])
