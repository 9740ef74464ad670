"""Both READMEs: what they tell people to type runs, and what they name exists."""

import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from copilot.cli import cli, main

ROOT = Path(__file__).parent.parent
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
PAGES = [ENGLISH, CHINESE, *sorted((ROOT / "docs").rglob("*.md"))]

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!\\)!?\[[^\]]*(?<!\\)\]\(([^)\s]+)\)")  # \[ and \] are signs, no link
_ROW = re.compile(r"^\| `([a-z]+(?: [a-z]+)*)", re.MULTILINE)


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of one language."""
    return [code for name, code in _BLOCK.findall(page.read_text(encoding="utf-8")) if name == language]


FEEDBACK = """用户,反馈内容,时间
甲,希望能导出表格，每月交报表都靠截图,2026-10-01
乙,能不能导出Excel，截图太麻烦了,2026-10-02
丙,导出功能什么时候有，报表只能手抄,2026-10-09
丁,晚上看太刺眼了，加个深色模式吧,2026-10-10
戊,希望有深色模式，关灯以后眼睛疼,2026-10-11
己,客服很耐心，谢谢,2026-10-12
"""
PAGE = "ops-copilot ui"  # never ends by itself
COMMANDS = list(
    dict.fromkeys(
        line
        for page in (ENGLISH, CHINESE)
        for block in blocks(page, "bash")
        for line in block.splitlines()
        if line.startswith("ops-copilot") and line != PAGE
    )
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with the files that the READMEs name, the same for all blocks."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "我的资料").mkdir()
    (folder / "我的资料" / "周报.md").write_text("# 周报\n\n本周新增用户 320 人。\n", encoding="utf-8")
    (folder / "我的商品.csv").write_text("商品名,卖点,活动价\n木屿书桌,高度能调、边角是圆的,699\n", "utf-8")
    (folder / "我的反馈.csv").write_text(FEEDBACK, "utf-8")
    (folder / "我的问卷.csv").write_text(
        "功能,有这个功能,没有这个功能\n夜间模式,喜欢,无所谓\n夜间模式,喜欢,不喜欢\n", "utf-8"
    )
    (folder / "我的需求.csv").write_text(
        "需求,触达人数,影响,信心,工作量\n导出表格,300,1,80%,5\n夜间模式,800,0.5,50%,8\n", "utf-8"
    )
    brief = "产品: 青禾读书\n目标: 拉新\n预算: 5万\n渠道: [小红书, 达人]\n"
    (folder / "方案简报.yaml").write_text(brief, "utf-8")
    with pytest.raises(SystemExit):  # its library is the one that the lines use
        main(
            [
                "plan",
                "--brief",
                str(folder / "方案简报.yaml"),
                "-o",
                str(folder / "上次方案.xlsx"),
                "--home",
                str(folder / "home"),
            ]
        )
    (folder / "实际数据.csv").write_text("指标,实际\n曝光,80000\n点击,1100\n注册人数,70\n首次付费人数,3\n", "utf-8")
    (folder / "我的问题.jsonl").write_text('{"q": "留存率怎么看？", "must": ["留存"], "answerable": true}\n', "utf-8")
    return folder


@pytest.fixture
def place(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in that folder, with one home for all blocks: the handbook is loaded once."""
    monkeypatch.setenv("OPS_COPILOT_HOME", str(folder / "home"))
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("line", COMMANDS)
def test_command_line_runs(line: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line of a bash block ends with exit code 0 and a result on stdout."""
    program, *arguments = shlex.split(line)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    output = capsys.readouterr()
    assert program == "ops-copilot"
    assert (ended.value.code, output.err.count("错误")) == (0, 0), output.err
    assert output.out.strip()


def test_the_page_comes_up(place: Path) -> None:
    """As the READMEs say, on another port; Ctrl-C ends it."""
    assert all(PAGE in page.read_text(encoding="utf-8").splitlines() for page in (ENGLISH, CHINESE))
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    command = [sys.executable, "-m", "copilot", "ui", "--port", str(address[1])]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = next((line for line in process.stderr if "http://" in line), "")
        process.send_signal(signal.SIGINT)
        try:
            assert f"http://127.0.0.1:{address[1]}" in told and process.wait(60) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("code", blocks(ENGLISH, "python"))
def test_python_block_runs(code: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A python block runs as it stands and prints a cited result."""
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    assert "[1]" in capsys.readouterr().out


def test_blocks_are_the_same() -> None:
    """Both languages show the same code."""
    assert _BLOCK.findall(ENGLISH.read_text("utf-8")) == _BLOCK.findall(CHINESE.read_text("utf-8"))


def test_headings_are_as_many() -> None:
    """Both languages have the same outline."""
    assert outline(ENGLISH) == outline(CHINESE)


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_command_table_is_the_command_line(page: Path) -> None:
    """Every command has its row, every row its command."""
    with pytest.raises(SystemExit):
        main(["--version"])  # registers the commands
    assert sorted(_ROW.findall(page.read_text("utf-8"))) == sorted(names(cli))


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_make_targets_exist(page: Path) -> None:
    """What is typed after `make` is a target of the Makefile."""
    typed = re.findall(r"^make (\w+)", "\n".join(blocks(page, "bash")), re.MULTILINE)
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert typed and set(typed) <= set(targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_resolve(page: Path) -> None:
    """A link that is no address leads to a file or folder of the project."""
    links = [link for link in _LINK.findall(page.read_text("utf-8")) if not re.match(r"[a-z]+:|#", link)]
    assert [link for link in links if not (page.parent / link.partition("#")[0]).exists()] == []


def test_blocks_never_leave_the_machine() -> None:
    """No block sets a model or an embedding that would be fetched."""
    assert not any(re.search("--model|--embedding|--base-url", line) for line in COMMANDS)


def outline(page: Path) -> list[str]:
    """Return the marks of the headings, without those inside code."""
    return re.findall(r"^(#+) ", _BLOCK.sub("", page.read_text("utf-8")), re.MULTILINE)


def names(group: click.Group, lead: str = "") -> Iterator[str]:
    """Yield the commands below a group as they are typed."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from names(command, f"{lead}{name} ")
        else:
            yield lead + name
