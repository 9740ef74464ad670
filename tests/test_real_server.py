"""`transformers serve` over a tiny model of random weights: what it says is garbage, what the product says is not.

Every task ends in the shape of the contract, written by the rules, and says so.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from cli_runner import run
from tiny_models import make_chat

from copilot.assistant import Copilot
from copilot.library import Library
from copilot.settings import Settings
from copilot.types import Done

pytestmark = pytest.mark.slow

SECONDS = 180.0  # of waiting for the server, which loads torch: 12 on an idle machine, 150 beside ten other processes


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server; its one model is called `tiny`, as its folder, beside which it is started."""
    place = tmp_path_factory.mktemp("served")
    folder = make_chat(place / "tiny", ends=12)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # Alone and without an account on the hub it lists the models of a cache; an empty one will do.
    (place / "cache" / "hub").mkdir(parents=True)
    program = [str(Path(sys.executable).with_name("transformers")), "serve", folder.name]
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--default-seed", "0"]
    told = place / "told.txt"
    environment = os.environ | {"HF_HOME": str(place / "cache")}
    with (
        told.open("wb") as log,
        subprocess.Popen(program + options, stdout=log, stderr=log, env=environment, cwd=place) as process,
    ):
        try:
            until_it_answers(f"http://127.0.0.1:{port}/health", process, told)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()


def until_it_answers(address: str, process: "subprocess.Popen[bytes]", told: Path) -> None:
    """Ask until the server is up; fail with what it said when it ends instead."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, told.read_text("utf-8", "replace")[-2000:]
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the server did not come up: {told.read_text('utf-8', 'replace')[-2000:]}")


BRIEF = "产品: 青禾读书\n目标: 拉新\n预算: 5万\n渠道: [小红书, 达人]\n"
POINTS = ("--product", "木屿书桌", "--selling-point", "高度能调", "--selling-point", "边角是圆的")
TASKS = {
    "ask": (
        ("ask", "怎么让流失的用户回来？"),
        {"question", "answered", "answer", "sentences", "citations", "nearest", "findings", "timings_ms"},
    ),
    "adcopy": (
        ("adcopy", *POINTS, "--platform", "xiaohongshu"),
        {"brief", "variants", "dropped"},
    ),
    "plan": (
        ("plan", "--brief", "简报.yaml"),
        {"brief", "sections", "targets", "funnel", "budget", "budget_total", "schedule", "kpis", "risks", "findings"},
    ),
    "diagnose": (
        ("diagnose", "能不能加一个导出 Excel 的按钮，每周写周报都要一条条抄，太慢了"),
        {
            "voice",
            "kind",
            "signals",
            "needs",
            "whys",
            "options",
            "questions",
            "job_story",
            "test",
            "next_step",
            "reply",
        },
    ),
}


@pytest.mark.parametrize("task", TASKS)
def test_garbage_in_and_a_result_out(task: str, server: str, handbook: Library) -> None:
    """The contract's keys and exit code; the model was called, the rules wrote, and the writer says both."""
    arguments, keys = TASKS[task]
    Path("简报.yaml").write_text(BRIEF, "utf-8")
    result = run(*arguments, "--json", "--home", handbook.root.parent, "--model", "openai:tiny", "--base-url", server)
    assert result.code == 0, result.err
    assert keys | {"writer", "usage"} <= result.json.keys()
    writer, usage = result.json["writer"], result.json["usage"]
    assert writer.startswith("rules（") and "openai:tiny" in writer
    assert usage["calls"] >= 1 and usage["input_tokens"] > 100 and not usage["estimated"]


def test_what_it_says_is_shown_to_nobody(server: str, handbook: Library) -> None:
    """A streamed answer: no sentence of the model comes through, those of the rules are all supported."""
    settings = Settings(home=handbook.root.parent, model="openai:tiny", base_url=server)
    *_, done = Copilot(handbook, settings).stream("怎么让流失的用户回来？")
    assert isinstance(done, Done) and done.reply.sentences
    assert {sentence.support for sentence in done.reply.sentences} == {"supported"}


def test_check_of_the_server(server: str) -> None:
    """It streams, tells its tokens, gives no JSON whatever is asked, and does not say its context."""
    chat = run("models", "check", "--json", "--model", "openai:tiny", "--base-url", server).json["chat"]
    assert chat["ok"] and chat["streaming"]
    assert (chat["structured"], chat["context"], chat["usage"]) == (None, None, "told")
