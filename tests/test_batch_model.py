"""`batch` with a model server that misbehaves: every row ends, no more in flight than asked for, no yuan too many."""

import json
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cli_runner import Result, run
from copy_personalities import COPY
from openai_stub import PERSONALITIES, Personality, Stub, moody, serve, troubles

from copilot import Copilot, Settings
from copilot.batch.job import BatchReport, Job
from copilot.prices import Price
from copilot.settings import read_settings

ROWS = 40
PRICES = "models:\n  stub: {input: 100, output: 300}\n"
PRICE = Price(Decimal(100), Decimal(300))
QUESTIONS = ("怎么让流失用户回来？", "私域是什么？", "拉新的成本怎么算？", "活动预热要做多久？")


@pytest.fixture(scope="module")
def priced(bare: Path) -> Path:
    """A home without the handbook and with a price for the stub."""
    (bare / "prices.yaml").write_text(PRICES, encoding="utf-8")
    return bare


@pytest.fixture(autouse=True)
def table(priced: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`商品.csv` in the working folder; commands use the home; a stalled machine is no silent server for 20 s."""
    monkeypatch.setenv("OPS_COPILOT_HOME", str(priced))
    monkeypatch.setenv("OPS_COPILOT_TIMEOUT", "20")
    rows = [f"木屿书桌{n}号,高度能调、边角是圆的、{n} 年保修,{99 + n},小学生家长,小红书" for n in range(1, ROWS + 1)]
    Path("商品.csv").write_text("商品名,卖点,价格,人群,渠道\n" + "\n".join(rows) + "\n", encoding="utf-8")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other without waiting."""
    monkeypatch.setattr("copilot.metering.Pace.backoff", lambda self, tried: 0.0)


@pytest.fixture
def impatient(table: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence of the server, one of its troubles, is given up after .3 s."""
    monkeypatch.setenv("OPS_COPILOT_TIMEOUT", "0.3")


def batch(stub: Stub, *arguments: object, task: str = "adcopy", source: str = "商品.csv") -> Result:
    """Run `batch` with the stub as model."""
    model = ("--model", "openai:stub", "--base-url", stub.base_url)
    return run("batch", source, "-o", "文案.jsonl", "-n", "1", "--task", task, *model, *arguments)


def lines() -> list[dict[str, Any]]:
    """The rows of the output."""
    return [json.loads(line) for line in Path("文案.jsonl").read_text(encoding="utf-8").splitlines()]


def billed(stub: Stub) -> Decimal:
    """What the server would put on its bill."""
    return sum((PRICE.cost(bill.prompt, bill.answer) for bill in stub.billed), Decimal(0))


def test_the_model_writes() -> None:
    """Each row names it, and the tokens it took."""
    with serve(COPY["good"]) as stub:
        assert batch(stub, "--limit", "6").code == 0
    assert {line["writer"] for line in lines()} == {"chat:openai:stub"}
    assert all(line["tokens"] > 100 for line in lines())
    assert all(variant["ai_generated"] for line in lines() for variant in line["result"]["variants"])


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_a_server_that_misbehaves_at_a_third_of_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """429, 500, silence, cut streams, bad JSON: every row is ok or failed with its reason; a second run mends these."""
    good = COPY["good"]
    with serve(good, moods=moody(troubles(good), 0.3, seed=4)) as stub:
        batch(stub, "--workers", "6", "--give-up", "0")
        assert stub.most_at_once <= 6
    assert [line["row"] for line in lines()] == list(range(1, ROWS + 1))
    for line in lines():
        assert (line["status"] == "ok") == ("result" in line) != ("error" in line)
        assert line["status"] == "ok" or line["error"]
    done = sum(line["status"] == "ok" for line in lines())
    assert done >= ROWS * 0.9
    monkeypatch.setenv("OPS_COPILOT_TIMEOUT", "20")
    with serve(good) as stub:
        assert batch(stub).code == 0
        assert len(stub.requests) == ROWS - done
    assert {line["status"] for line in lines()} == {"ok"}


def test_rows_that_fail_are_no_copy_by_rules() -> None:
    """A server that is down for all tries fails the row: it is not written by somebody else unasked."""
    with serve(Personality(status=500, error="boom")) as stub:
        result = batch(stub, "--limit", "3", "--give-up", "0")
    assert result.code == 3 and {line["status"] for line in lines()} == {"failed"}
    assert all("500" in line["error"] for line in lines())


def test_copy_that_never_passes_is_written_by_rules() -> None:
    """And the row says so: the model did answer."""
    with serve(COPY["never_json"]) as stub:
        assert batch(stub, "--limit", "2").code == 0
    assert all(line["writer"].startswith("rules") and line["status"] == "ok" for line in lines())


def test_the_circuit_stops_after_failures_in_a_row() -> None:
    """And says how to go on; the rows that were never tried are told as such."""
    with serve(Personality(status=503, error="down", headers={"Retry-After": "0"})) as stub:
        result = batch(stub, "--give-up", "3", "--workers", "1")
    assert result.code == 3 and "再运行一次同样的命令" in result.err
    failed = [line for line in lines() if "503" in line["error"]]
    assert len(lines()) == ROWS and len(failed) == 3
    assert all("连续出错" in line["error"] for line in lines() if line not in failed)


def test_a_wrong_key_stops_at_once() -> None:
    """No other row would fare better."""
    with serve("401") as stub:
        result = batch(stub, "--workers", "1")
        assert len(stub.requests) == 1
    assert result.code == 3 and "密钥" in result.err and "模型用不了" in result.err


def test_a_failed_row_between_good_ones_is_no_circuit() -> None:
    """Only failures in a row count."""

    def every_other(number: int) -> Personality | None:
        return Personality(status=400, error="bad request") if number % 2 else None

    with serve(COPY["good"], moods=every_other) as stub:
        batch(stub, "--give-up", "2", "--workers", "1", "--limit", "8")
    assert {line["status"] for line in lines()} == {"ok", "failed"}
    assert not any("没有做" in line.get("error", "") for line in lines())


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("budget", ["0.9", "3", "7元"])
def test_a_budget_is_never_passed(budget: str) -> None:
    """By what the server bills, with troubles and eight at once; what is left of it would not have paid for a row."""
    good, most = COPY["good"], Decimal(budget.removesuffix("元"))
    with serve(good, moods=moody(troubles(good), 0.3, seed=1)) as stub:
        result = batch(stub, "--budget", budget, "--give-up", "0")
        assert billed(stub) <= most
    assert result.code == 3 and "预算到头了" in result.err
    assert len(lines()) == ROWS and any("预算" in line.get("error", "") for line in lines())


@pytest.mark.slow
def test_a_budget_counts_all_runs() -> None:
    """A second run has what the first one left; a larger budget goes on."""
    with serve(COPY["good"]) as stub:
        batch(stub, "--budget", "9")
        first = billed(stub)
        batch(stub, "--budget", "9")
        assert billed(stub) <= 9 and first > 4
        done = sum(line["status"] == "ok" for line in lines())
        assert 0 < done < ROWS
        assert batch(stub, "--budget", "900").code == 0
        assert len(stub.requests) == ROWS


def test_a_budget_needs_a_price() -> None:
    """Otherwise nothing could be kept to; nothing is called."""
    with serve(COPY["good"]) as stub:
        away = stub.base_url.replace("127.0.0.1", "127.0.0.2")
        result = run(
            *("batch", "商品.csv", "-o", "文案.jsonl", "--budget", "5"),
            *("--model", "openai:nobody-knows", "--base-url", away),
        )
        assert result.code == 2 and "prices.yaml" in result.err and not stub.requests


@pytest.mark.slow
def test_dry_run_calls_nothing_and_comes_near() -> None:
    """Prompts are counted; what the run takes is within a factor of two."""
    with serve(COPY["good"]) as stub:
        found = json.loads(batch(stub, "--dry-run", "--json").out)
        assert not stub.requests and found["pending"] == ROWS and found["cost"].endswith("元")
        batch(stub)
        taken = sum(bill.prompt for bill in stub.billed)
    assert taken / 2 <= found["input_tokens"] <= taken * 2


def test_rows_that_are_wrong_cost_nothing() -> None:
    """They fail before a call."""
    Path("商品.csv").write_text("商品名,卖点\n,没有名字\n木屿书桌,高度能调\n", encoding="utf-8")
    with serve(COPY["good"]) as stub:
        batch(stub)
        assert len(stub.requests) == 1
    assert [(line["status"], line["tokens"] > 0) for line in lines()] == [("failed", False), ("ok", True)]


def test_rpm_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a window of 60 seconds, here shortened to .6, no more calls begin than allowed."""
    monkeypatch.setattr("copilot.metering._WINDOW", 0.6)
    with serve(COPY["good"]) as stub:
        begin = time.monotonic()
        batch(stub, "--rpm", "4", "--limit", "9")
        assert len(stub.requests) == 9 and time.monotonic() - begin >= 1.2


def test_retry_after_holds_all_threads() -> None:
    """Nobody calls while the server asks for a pause."""
    seen: list[float] = []

    def first_only(number: int) -> Personality | None:
        seen.append(time.monotonic())
        return Personality(status=429, error="slow down", headers={"Retry-After": "1"}) if number == 1 else None

    with serve(COPY["good"], moods=first_only) as stub:
        assert batch(stub, "--limit", "6", "--workers", "1").code == 0
        assert len(stub.requests) == 7
    assert seen[1] - seen[0] >= 1


def test_stop_ends_after_the_rows_in_flight(priced: Path) -> None:
    """Those are kept; the others are left for the next run."""
    stop = threading.Event()
    with serve(COPY["good"]) as stub:
        settings = Settings(home=priced, handbook=False, model="openai:stub", base_url=stub.base_url)
        job = Job(Path("商品.csv"), Path("文案.jsonl"), n=1, workers=2)
        report: BatchReport = Copilot.open(settings).batch(job, shown=lambda progress: stop.set(), stop=stop)
        assert len(stub.requests) == report.ok
    assert report.stopped == "interrupted" and 1 <= report.ok <= 3 and report.not_done == ROWS - report.ok


@pytest.fixture
def library(priced: Path) -> Iterator[None]:
    """A document to answer from."""
    Path("召回.md").write_text(
        "# 召回\n\n怎么让流失用户回来？先分出流失的原因，再发一张只给老用户的券。\n", encoding="utf-8"
    )
    run("library", "add", "召回.md")
    yield
    run("library", "remove", str(Path("召回.md").absolute()))


@pytest.mark.usefixtures("library", "impatient")
def test_questions_by_a_model_that_misbehaves() -> None:
    """Refused questions are never sent; every other row ends with an answer or its reason."""
    Path("问题.csv").write_text("问题\n" + "怎么让流失用户回来？\n" * 20 + "今天天气怎么样？\n", encoding="utf-8")
    good = PERSONALITIES["good"]
    with serve(good, moods=moody(troubles(good), 0.3, seed=2)) as stub:
        batch(stub, "--give-up", "0", task="ask", source="问题.csv")
    assert len(lines()) == 21
    assert all(line["status"] == "ok" or line["error"] for line in lines())
    assert lines()[20]["result"]["answered"] is False and lines()[20]["tokens"] == 0


def test_no_key_in_journal_or_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor in what is told, even when the server repeats it."""
    monkeypatch.setenv("OPS_COPILOT_API_KEY", "sk-secret-0123456789")
    with serve("401") as stub:
        result = batch(stub, "--json", "--limit", "2")
    kept = Path("文案.jsonl").read_bytes() + Path("文案.journal").read_bytes()
    assert b"secret" not in kept + (result.out + result.err).encode()
    assert read_settings().api_key.startswith("sk-secret")
