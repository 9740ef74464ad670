"""The web page measured: until it can be used, until an answer begins, twenty users at once.

    python -m benchmarks.page               start of the process until Chromium can type, 5 runs; Enter → first words
    python -m benchmarks.page --users 20    so many ask at the same moment, 5 rounds, through the protocol of the page

The home folder is OPS_COPILOT_HOME, else a new one with the handbook. Beside each start stands that of `import gradio`
in the same minute, beside each answer the time that the facade takes for it.
"""

import argparse
import json
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from playwright.sync_api import Page, sync_playwright

from copilot import Copilot
from copilot.settings import read_settings

RUNS = 5
ROUNDS = 5
QUESTIONS = (
    "流失用户怎么召回？", "用户生命周期怎么划分？", "标题怎么写才有人点？", "爆款选题怎么找？", "活动怎么防羊毛党？",
    "活动复盘要写哪些内容？", "大促前要准备什么？", "优惠券门槛怎么定？", "用户分层怎么做？", "私域和公域有什么区别？",
)  # fmt: skip


@contextmanager
def page_process() -> Iterator[tuple[str, float]]:
    """Start `ops-copilot ui` on a free port; yield its address and the moment it was started."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    begun = time.perf_counter()
    command = [sys.executable, "-m", "copilot", "ui", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}/", begun
    finally:
        process.terminate()
        process.wait()


def until_up(address: str, begun: float) -> float:
    """Return the seconds from `begun` until the address answers."""
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                answer.read()
            return time.perf_counter() - begun
        except OSError:
            time.sleep(0.02)


def first_sentence(page: Page, question: str) -> float:
    """Return the milliseconds from Enter until a sentence of the answer stands on the page."""
    page.click("#oc-fresh")
    page.wait_for_selector(".oc-roles")
    page.fill("#oc-question textarea", question)
    script = """() => new Promise(done => {
      const field = document.querySelector('#oc-question textarea'), begin = performance.now();
      new MutationObserver((_, seen) => {
        if (document.querySelector('.oc-reply .oc-support')) { seen.disconnect(); done(performance.now() - begin); }
      }).observe(document.body, {childList: true, subtree: true, characterData: true});
      field.dispatchEvent(new KeyboardEvent('keypress', {key: 'Enter', bubbles: true, cancelable: true}));
    })"""
    return float(page.evaluate(script))


def starts() -> None:
    """Print medians of starts and of first sentences."""
    ups, usable, imports, firsts = [], [], [], []
    chromium = shutil.which("chromium") or ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(RUNS):
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", "import ui, gradio"], check=True)
            imports.append(time.perf_counter() - begun)
            with page_process() as (address, begun):
                ups.append(until_up(address, begun))
                page = browser.new_page()
                page.goto(address)
                page.wait_for_selector("#oc-question textarea")
                usable.append(time.perf_counter() - begun)
                page.wait_for_timeout(2000)  # the process warms up meanwhile, as it does while a person types
                firsts += [first_sentence(page, question) for question in QUESTIONS]
                page.close()
        browser.close()
    with _opened() as copilot:
        copilot.ask(QUESTIONS[0])
        alone = [_timed(copilot, question) for question in QUESTIONS]
    print(f"import gradio                  {statistics.median(imports):6.2f} s")
    print(f"start → address answers        {statistics.median(ups):6.2f} s")
    print(f"start → Chromium can type      {statistics.median(usable):6.2f} s   (slowest {max(usable):.2f})")
    print(f"the facade's answer            {statistics.median(alone):6.0f} ms")
    print(
        f"Enter → first sentence         {statistics.median(firsts):6.0f} ms  (p95 {_p95(firsts):.0f} of {len(firsts)})"
    )


@contextmanager
def _opened() -> Iterator[Copilot]:
    copilot = Copilot.open(read_settings())
    yield copilot
    copilot.close()


def _timed(copilot: Copilot, question: str) -> float:
    begin = time.perf_counter()
    copilot.ask(question)
    return (time.perf_counter() - begin) * 1000


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


class User:
    """One browser's session, as far as questions go: joins the queue and listens to it as the page does."""

    def __init__(self, address: str, config: dict[str, Any]) -> None:
        self.api = f"{address}gradio_api"
        self.session = secrets.token_hex(6)
        field = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "oc-question")
        self.event = next(d for d in config["dependencies"] if [field, "submit"] in d["targets"])
        self.trigger = field
        self.opening = next(d for d in config["dependencies"] if any(kind == "load" for _, kind in d["targets"]))

    def open(self) -> None:
        """Do what the page does when it is opened: the first of its events, with which the session begins."""
        self._run(self.opening, [None] * len(self.opening["inputs"]), None)

    def ask(self, question: str) -> float:
        """Return the seconds until the whole answer has come.

        :raises AssertionError: no answer came
        """
        begin = time.perf_counter()
        assert "oc-support" in self._run(self.event, [question, None], self.trigger)
        return time.perf_counter() - begin

    def _run(self, event: dict[str, Any], data: list[Any], trigger: int | None) -> str:
        """Send an event through the queue and return all that comes back."""
        body = {
            "data": data, "fn_index": event["id"], "session_hash": self.session, "trigger_id": trigger,
            "event_data": None,
        }  # fmt: skip
        request = urllib.request.Request(
            f"{self.api}/queue/join?", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            event_id = json.load(answer)["event_id"]
        came = []
        with urllib.request.urlopen(f"{self.api}/queue/data?session_hash={self.session}", timeout=60) as stream:
            for line in stream:
                if not line.startswith(b"data:"):
                    continue
                came.append(line.decode())
                message = json.loads(line[5:])
                if message["msg"] == "process_completed" and message.get("event_id") == event_id:
                    assert message["success"], message
                    return "".join(came)
        raise AssertionError("the stream ended without an answer")


def crowd(users: int) -> None:
    """Print how long answers take when `users` ask at the same moment, and when one does."""
    with page_process() as (address, begun):
        until_up(address, begun)
        with urllib.request.urlopen(f"{address}config") as answer:
            config = json.load(answer)
        first = User(address, config)
        first.ask(QUESTIONS[0])
        alone = [first.ask(question) for question in QUESTIONS]
        gate = Barrier(users)

        def rounds(number: int) -> list[float]:
            user, took = User(address, config), []
            user.open()
            for n in range(ROUNDS):
                gate.wait()
                took.append(user.ask(QUESTIONS[(number + n) % len(QUESTIONS)]))
            return took

        with ThreadPoolExecutor(users) as pool:
            together = [seconds for took in pool.map(rounds, range(users)) for seconds in took]
    print(f"one user        median {statistics.median(alone):.2f} s")
    print(
        f"{users} at once      median {statistics.median(together):.2f} s, p95 {_p95(together):.2f} s, "
        f"slowest {max(together):.2f} s, of {len(together)}, no error"
    )
    print(
        "median of each round:", " ".join(f"{statistics.median(together[n::ROUNDS]):.2f}" for n in range(ROUNDS)), "s"
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("OPS_COPILOT_HOME", folder)
        with _opened():
            pass  # the handbook is there before anything is measured
        crowd(options.users) if options.users else starts()


if __name__ == "__main__":
    main()
