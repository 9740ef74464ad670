"""The command line: help, JSON, exit codes, what goes where, settings."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from cli_runner import Result, run
from openai_stub import serve

from copilot.cli import cli
from copilot.errors import SettingsError
from copilot.settings import read_settings

INSIDE = "怎么召回流失用户？"
OUTSIDE = "红烧肉怎么炖才软烂？"


@pytest.fixture(scope="module")
def handbook_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder that holds the handbook; tests only read it."""
    folder = tmp_path_factory.mktemp("handbook-home")
    assert run("library", "stats", "--home", folder).code == 0
    return folder


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, groups included."""
    if not path:
        run("--help")  # registers
    for name, command in sorted(group.commands.items()):
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


COMMANDS = list(commands())


def process(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    line = [sys.executable, "-m", "copilot", *arguments]
    return subprocess.run(line, capture_output=True, text=True, encoding="utf-8", env={**os.environ, **(env or {})})


def two_lines(result: Result) -> tuple[str, str]:
    """The message and the hint of an error; nothing else is on stderr, and nothing on stdout."""
    first, second = result.err.strip().splitlines()  # click ends the line that Ctrl-C stands on
    assert result.out == ""
    assert first.startswith("错误：") and second.startswith("怎么办：")
    return first[3:], second[4:]


# Help


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_is_chinese_with_an_example(path: tuple[str, ...]) -> None:
    """Every command explains itself in Chinese and shows how it is called."""
    result = run(*path, "--help")
    assert (result.code, result.err) == (0, "")
    text = result.out
    assert text.startswith("用法：")
    assert re.search(rf"例：\n( .*\n)*.*ops-copilot {' '.join(path)}", text)
    for english in ("Usage", "Options", "Commands", "Show this", "default:", "required", "ARGS"):
        assert english not in text
    for line in text.splitlines():
        if re.match(r"  -", line):
            assert re.search("[\u3400-\u9fff]", line), line


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_takes_json(path: tuple[str, ...]) -> None:
    """`--json` is on every command that does something and ends."""
    if path != ("ui",) and "\n命令：" not in (text := run(*path, "-h").out):
        assert "--json" in text


def test_metavariables_are_whole() -> None:
    """A word of the docstring is not translated in half."""
    text = run("library", "add", "--help").out
    assert "PATHS..." in text and "路径S" not in text


def test_columns_of_help_are_even() -> None:
    """Translated words keep the columns of the option table in line, two columns a Chinese character."""
    rows = [line for line in run("ask", "--help").out.splitlines() if line.startswith("  --")]
    starts = set()
    for row in rows:
        head = re.match(r"  .*?\S {2,}(?=\S)", row)
        assert head
        starts.add(sum(2 if ord(c) > 0x2E80 else 1 for c in head[0]))
    assert len(starts) == 1


@pytest.mark.parametrize("arguments", [(), ("library",), ("eval",)], ids=["none", "library", "eval"])
def test_no_command_shows_help(arguments: tuple[str, ...]) -> None:
    """Without a command the help screen comes, as a usage error but not dressed as one."""
    result = run(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("用法：") and "错误：" not in result.err


def test_version() -> None:
    """`--version` works from a checkout that is not installed."""
    assert re.fullmatch(r"ops-copilot \d+\.\d+\.\d+\n", run("--version").out)


# JSON

PASSAGE = {"rank", "score", "doc_id", "source", "title", "section", "text", "start", "end"}


def test_ask_json(handbook_home: Path) -> None:
    """`ask --json` prints one object with the keys of the contract and nothing beside it."""
    result = run("ask", INSIDE, "--json", "--home", handbook_home)
    assert (result.code, result.err, result.out.count("\n")) == (0, "", 1)
    keys = "question query_used answered answer sentences citations nearest findings writer prompt usage left_out timings_ms"
    assert result.json.keys() == set(keys.split())
    assert "怎么召回" in result.out  # not escaped


def test_search_json(handbook_home: Path) -> None:
    """`search --json` holds the passages with the keys of the contract."""
    result = run("search", "召回", "-k", "3", "--json", "--home", handbook_home)
    assert result.json.keys() == {"query", "passages", "timings_ms"}
    assert [p.keys() for p in result.json["passages"]] == [PASSAGE] * 3


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_search_modes(handbook_home: Path, mode: str) -> None:
    """Every mode of `search` finds something."""
    result = run("search", "召回", "--mode", mode, "--home", handbook_home)
    assert result.code == 0 and result.out.startswith("1. ")


def test_demo(handbook_home: Path) -> None:
    """`demo` answers two questions and refuses the third."""
    answers = run("demo", "--json", "--home", handbook_home).json["answers"]
    assert [a["answered"] for a in answers] == [True, True, False]


def test_demo_as_text(handbook_home: Path) -> None:
    """On a terminal the demo shows question, answer and citations; its timing is talk."""
    result = run("demo", "--home", handbook_home)
    assert result.out.count("问：") == 3 and "引文：" in result.out
    assert result.err.startswith("用时")


def test_eval_citations_json(tmp_path: Path) -> None:
    """`eval citations --json` has the keys of the contract."""
    pairs = tmp_path / "p.jsonl"
    pairs.write_text('{"statement": "退押金要三天。", "quote": "退押金要三天。", "label": 0}\n', encoding="utf-8")
    figures = run("eval", "citations", pairs, "--json").json
    assert figures.keys() == {"n", "accuracy", "auc", "threshold", "misses"}
    assert figures["misses"][0].keys() == {"statement", "quote", "label", "score", "support"}


def test_eval_answers_json(tmp_path: Path, handbook_home: Path) -> None:
    """`eval answers --json` has at least the keys of the contract, over the library or over `--docs`."""
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"q": "怎么退押金", "must": ["三天"]}\n', encoding="utf-8")
    docs = tmp_path / "d.jsonl"
    docs.write_text('{"id": "a", "text": "怎么退押金：在小程序里点退押金，三天到账。"}\n', encoding="utf-8")
    keys = {"questions", "facts_held", "refused_right", "refused_wrong", "misses"}
    assert keys <= run("eval", "answers", questions, "--json", "--home", handbook_home).json.keys()
    assert run("eval", "answers", questions, "--docs", docs, "--json").json["facts_held"] == 1.0


# Exit codes and errors


def test_refusal_is_no_error(handbook_home: Path) -> None:
    """`answered: false` ends with 0, and the text shows what was looked at."""
    result = run("ask", OUTSIDE, "--home", handbook_home)
    assert result.code == 0 and "最接近但没有采用" in result.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("ask", "x", "--nope"), "没有选项 --nope", id="unknown-option"),
        pytest.param(("ask",), "缺少参数 QUESTION", id="missing-argument"),
        pytest.param(("library", "add"), "缺少参数 PATHS", id="missing-paths"),
        pytest.param(("eval", "retrieval"), "缺少参数 --docs", id="missing-option"),
        pytest.param(("asl",), "没有命令 asl", id="unknown-command"),
        pytest.param(("library", "ad"), "没有命令 ad", id="unknown-subcommand"),
        pytest.param(("ask", "怎么", "召回"), "多了参数 召回", id="too-many"),
        pytest.param(("search", "x", "-k", "many"), "“many”不是数字", id="not-a-number"),
        pytest.param(("search", "x", "-k"), "选项 -k 后面缺少值", id="no-value"),
        pytest.param(("search", "x", "--mode", "magic"), "没有“magic”", id="not-a-choice"),
        pytest.param(("ask", "x", "--json=1"), "选项 --json 不带值", id="flag-with-value"),
        pytest.param(("ask", "x", "--home", __file__), "这里要目录", id="home-is-a-file"),
        pytest.param(("ask", "x", "--model", "gpt"), "缺少提供方", id="model-without-provider"),
        pytest.param(("ask", " ", "--no-handbook"), "没有要查的内容", id="empty-question"),
        pytest.param(("search", "x", "-k", "0", "--no-handbook"), "条数 0", id="k-zero"),
        pytest.param(("library", "sync", "nowhere"), "目录不存在", id="no-folder"),
        pytest.param(("library", "show", "nope", "--no-handbook"), "资料库里没有 nope", id="unknown-document"),
        pytest.param(("library", "remove", "nope", "--no-handbook"), "资料库里没有 nope", id="remove-unknown"),
        pytest.param(("eval", "answers", "nowhere.jsonl"), "nowhere.jsonl", id="no-file"),
    ],
)
def test_usage_errors(arguments: tuple[str, ...], told: str) -> None:
    """A wrong call ends with 2 and two Chinese lines that say what and what to do."""
    result = run(*arguments)
    message, hint = two_lines(result)
    assert result.code == 2
    assert told in message and hint
    assert not re.search(r"Invalid|Error|is not|does not|requires", message)


def test_model_that_cannot_be_made_is_an_error(handbook_home: Path) -> None:
    """A provider that does not exist ends with 1 and two lines."""
    result = run("ask", INSIDE, "--model", "nonsense:x", "--home", handbook_home)
    two_lines(result)
    assert result.code == 1


def test_unsupported_sentence_is_three(handbook_home: Path) -> None:
    """An answer with a sentence that is not borne out ends with 3, its mark on it."""
    with serve("invented") as stub:
        model = ("--model", "openai:stub", "--base-url", stub.base_url)
        result = run("ask", INSIDE, *model, "--home", handbook_home)
    assert result.code == 3 and "〔字面核验：无依据〕" in result.out


def test_failed_model_is_told(handbook_home: Path) -> None:
    """When the model fails the answer comes by rules, ends with 0 and says why."""
    with serve("500") as stub:
        model = ("--model", "openai:stub", "--base-url", stub.base_url)
        result = run("ask", INSIDE, *model, "--home", handbook_home)
    assert result.code == 0 and "注意：" in result.out


def test_no_traceback_without_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a fault of the program is told in two lines."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("copilot.cli.answers.open_copilot", broken)
    result = run("ask", INSIDE)
    message, hint = two_lines(result)
    assert result.code == 1
    assert "ZeroDivisionError: oops" in message and "--debug" in hint


@pytest.mark.parametrize("at", ["first", "last"])
def test_debug_gives_the_traceback(at: str) -> None:
    """`--debug`, wherever it stands, shows the whole stack."""
    arguments = ["search", "x", "-k", "0", "--no-handbook"]
    result = process(*(["--debug", *arguments] if at == "first" else [*arguments, "--debug"]))
    assert result.returncode != 0
    assert "Traceback" in result.stderr and "InputError" in result.stderr


def test_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends with 1 and two lines."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("copilot.cli.answers.open_copilot", interrupted)
    result = run("ask", INSIDE)
    two_lines(result)
    assert result.code == 1


# Streams


def test_process_from_start_to_end(handbook_home: Path) -> None:
    """As a process of its own: the result on stdout in UTF-8, nothing on stderr off a terminal."""
    result = process("ask", INSIDE, "--home", str(handbook_home))
    assert (result.returncode, result.stderr) == (0, "")
    assert "[1]" in result.stdout and "引文：" in result.stdout


@pytest.mark.parametrize("command", ["ask", "search"])
def test_dash_is_stdin(handbook_home: Path, command: str) -> None:
    """`-` reads the text from stdin, without its line end."""
    result = run(command, "-", "--json", "--home", handbook_home, stdin=f"{INSIDE}\r\n".encode())
    assert (result.code, result.json["question" if command == "ask" else "query"]) == (0, INSIDE)


@pytest.mark.parametrize("stdin", [b"", b"\n", "召回".encode("gbk")], ids=["nothing", "blank", "gbk"])
def test_bad_stdin(stdin: bytes) -> None:
    """Nothing, or bytes that are no text, is an error of the input."""
    result = run("ask", "-", "--no-handbook", stdin=stdin)
    two_lines(result)
    assert result.code == 2


def test_broken_argument_bytes(handbook_home: Path) -> None:
    """Bytes of an argument that are no UTF-8 (lone surrogates in Python) do not break the output."""
    result = run("ask", "红烧肉\udcff怎么炖", "--json", "--home", handbook_home)
    assert result.code == 0
    result.out.encode()


# Settings


def home_and_model(*arguments: str) -> tuple[str, str]:
    """What `doctor` says of the home folder and the model."""
    checks = {check["name"]: check["detail"] for check in run("doctor", "--json", *arguments).json["checks"]}
    return checks["数据目录"], checks["对话模型"].split("，")[0]


def test_dotenv_then_environment_then_flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` is read, the environment wins over it, flags win over both."""
    monkeypatch.delenv("OPS_COPILOT_HOME")
    lines = [f"OPS_COPILOT_HOME={tmp_path / 'a'}", "OPS_COPILOT_MODEL=ollama:file", "OTHER=1"]
    Path(".env").write_text("\n".join(lines), encoding="utf-8")
    assert home_and_model() == (str(tmp_path / "a"), "ollama:file")
    monkeypatch.setenv("OPS_COPILOT_HOME", str(tmp_path / "b"))
    monkeypatch.setenv("OPS_COPILOT_MODEL", "ollama:environment")
    assert home_and_model() == (str(tmp_path / "b"), "ollama:environment")
    given = ("--home", str(tmp_path / "c"), "--model", "ollama:flag")
    assert home_and_model(*given) == (str(tmp_path / "c"), "ollama:flag")


def test_empty_variable_switches_the_model_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable in the environment hides the one in `.env`."""
    Path(".env").write_text("OPS_COPILOT_MODEL=ollama:file\n", encoding="utf-8")
    monkeypatch.setenv("OPS_COPILOT_MODEL", "")
    assert read_settings().model == ""


def test_dotenv_with_a_bom() -> None:
    """A `.env` as Windows editors save it is read from its first line on."""
    Path(".env").write_text("\ufeffOPS_COPILOT_MODEL=ollama:file\n", encoding="utf-8")
    assert read_settings().model == "ollama:file"


def test_dotenv_that_is_no_text() -> None:
    """A `.env` in another encoding is an error with a name."""
    Path(".env").write_bytes("OPS_COPILOT_HOME=/资料\n".encode("gbk"))
    with pytest.raises(SettingsError, match=r"\.env"):
        read_settings()


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf"])
def test_bad_timeout(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """A timeout that is no number of seconds ends with 2."""
    monkeypatch.setenv("OPS_COPILOT_TIMEOUT", value)
    result = run("doctor")
    assert "OPS_COPILOT_TIMEOUT" in two_lines(result)[0]
    assert result.code == 2


def test_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is in no representation of the settings and not in `doctor`."""
    monkeypatch.setenv("OPS_COPILOT_API_KEY", "sk-canary")
    assert "sk-canary" not in repr(read_settings())
    assert "sk-canary" not in run("doctor", "--model", "openai:x").out


# Doctor


def test_doctor_is_well(handbook_home: Path) -> None:
    """All is well: 0, one line a check."""
    result = run("doctor", "--home", handbook_home)
    assert (result.code, result.err) == (0, "")
    assert all(line.startswith("✓ ") for line in result.out.splitlines())


def test_doctor_json() -> None:
    """`doctor --json` is one object of checks; a home that is not there yet is fine and stays so."""
    result = run("doctor", "--json")
    assert result.code == 0
    assert {tuple(check) for check in result.json["checks"]} == {("name", "ok", "detail", "hint")}
    assert not Path(os.environ["OPS_COPILOT_HOME"]).exists()


def test_doctor_finds_a_home_that_cannot_be(tmp_path: Path) -> None:
    """A home below a file fails, ends with 1 and says what to do."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    result = run("doctor", "--home", tmp_path / "file" / "home")
    assert result.code == 1
    assert re.search(r"✗ 数据目录：.*；.+OPS_COPILOT_HOME", result.out)


def test_home_that_cannot_be(tmp_path: Path) -> None:
    """Every other command tells it in two lines."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    result = run("ask", INSIDE, "--home", tmp_path / "file" / "home")
    two_lines(result)
    assert result.code == 1
