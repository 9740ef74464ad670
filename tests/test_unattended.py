"""A model that nobody watches, against a real server: tried again, paced, charged, and its failures fail the row."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from copy_personalities import COPY
from langchain_core.language_models import GenericFakeChatModel
from openai_stub import PERSONALITIES, Personality, Stub, cut_small, moody, serve, troubles

from copilot.channels import load_channels
from copilot.errors import CopilotError, ModelError, OverBudget
from copilot.knowledge import read
from copilot.library import Library
from copilot.metering import Meter, Pace
from copilot.models import Chat, chat_model, count_tokens, prompt_tokens, stream_text
from copilot.prices import Price
from copilot.settings import Settings
from copilot.tasks.adcopy import adcopy
from copilot.tasks.ask import ask
from copilot.tasks.revise import Wanted, revise
from copilot.tasks.rulecopy import Writing
from copilot.types import Usage

MESSAGES = [("system", "s"), ("user", "<<<段落 1>>>\n留存看的是第二天还回来的人。\n<<<段落 1 结束>>>")]
ANSWER = "留存看的是第二天还回来的人[1]。"
PRICE = Price(Decimal(2), Decimal(8))
BRIEF = {"product": "拾檐晾衣架", "selling_points": ["收起来厚 6 厘米", "不用打孔"], "platform": "taobao_title"}
QUESTION = "怎么召回流失用户？"
GOOD = PERSONALITIES["good"]
COPY_GOOD = COPY["good"]


def hasty(rpm: float | None = None, tpm: int | None = None) -> Pace:
    """A pace whose random waits are none."""
    return Pace(rpm, tpm, random=lambda: 0.0)


def metered(stub: Stub, meter: Meter | None = None, timeout: float = 0.3) -> Chat:
    """A chat that nobody watches, made as the product makes it."""
    settings = Settings(home=Path("unused"), model="openai:stub", base_url=stub.base_url, timeout=timeout)
    return replace(chat_model(settings), meter=meter or Meter(hasty(), PRICE, None))


def at_first(*moods: Personality) -> Callable[[int], Personality | None]:
    """The moods of the first requests; the others are answered as usual."""
    return lambda number: moods[number - 1] if number <= len(moods) else None


def answer(chat: Chat, **options: Any) -> str:
    """The model's whole answer."""
    return "".join(stream_text(chat, MESSAGES, **options))


def meter_of(chat: Chat) -> Meter:
    """The meter of a chat that has one."""
    assert chat.meter is not None
    return chat.meter


# Asking and charging


def test_what_the_server_tells_is_charged() -> None:
    """The tokens of the stream's end are charged; the answer is bounded by the name that such servers know."""
    with serve(GOOD) as stub:
        chat = metered(stub)
        assert answer(chat) == ANSWER
    meter, (bill,), body = meter_of(chat), stub.billed, stub.requests[0].body
    assert (meter.tokens, meter.calls, meter.estimated) == (bill.prompt + bill.answer, 1, False)
    assert meter.spent == PRICE.cost(bill.prompt, bill.answer)
    assert body["max_tokens"] == read("models")["unattended"]["max_output"]
    assert "max_completion_tokens" not in body and body["stream_options"] == {"include_usage": True}


def test_what_the_server_does_not_tell_is_counted() -> None:
    """Without usage prompt and answer are counted by us, and the meter says so."""
    with serve(replace(GOOD, tells_usage=False)) as stub:
        chat = metered(stub)
        answer(chat)
    meter = meter_of(chat)
    least = prompt_tokens(MESSAGES) + count_tokens(ANSWER)
    assert meter.estimated and least <= meter.tokens <= least + 3


def test_watched_calls_have_no_bound() -> None:
    """Without a meter no bound is asked for, and the answer comes in pieces; what it took is told all the same."""
    with serve(GOOD) as stub:
        chat = replace(metered(stub), meter=None).counted()
        assert len(list(stream_text(chat, MESSAGES))) > 3
    assert not {"max_tokens", "max_completion_tokens"} & set(stub.requests[0].body)
    (bill,) = stub.billed
    assert chat.tally.usage() == Usage(1, bill.prompt, bill.answer)


@pytest.mark.parametrize(
    ("refuses", "refusal", "kept"),
    [
        (("stream_options",), "Extra inputs: 'include_usage'", {"max_tokens", "temperature"}),
        (("max_tokens",), Personality.refusal, {"max_completion_tokens", "stream_options", "temperature"}),
        (("max_tokens", "max_completion_tokens"), Personality.refusal, {"stream_options", "temperature"}),
        (("temperature", "stream_options"), Personality.refusal, {"max_tokens"}),
        (("stream_options",), "", {"temperature"}),
    ],
    ids=["usage", "bound", "both-bounds", "temperature", "does-not-say"],
)
def test_a_server_that_refuses_options(refuses: Sequence[str], refusal: str, kept: set[str]) -> None:
    """What a server does not take is left out, for nothing, and not tried again by the next row of the run."""
    with serve(replace(GOOD, refuses=refuses, refusal=refusal)) as stub:
        run = metered(stub)
        for _ in range(2):
            chat = replace(run, meter=Meter(hasty(), PRICE, None))
            assert answer(chat) == ANSWER
    options = {"max_tokens", "max_completion_tokens", "stream_options", "temperature"}
    assert options & set(stub.requests[-1].body) == options & set(stub.requests[-2].body) == kept
    assert meter_of(chat).calls == 1 and len(stub.billed) == 2


def test_a_wrong_request_stays_wrong() -> None:
    """A request that is refused with and without options is told once, and nothing is remembered."""
    with serve("400") as stub:
        chat = metered(stub, Meter(hasty(), PRICE, None))
        with pytest.raises(ModelError, match="bad request"):
            answer(chat)
    assert len(stub.requests) == 2 and not chat.refused


class OtherModel(GenericFakeChatModel):
    """A class with a bound of its own name, whose server says 400 to everything and no more."""

    num_predict: int | None = None

    def _stream(self, *given: Any, **options: Any) -> Any:
        BOUNDS.append(self.num_predict)
        error = RuntimeError("bad request")
        error.status_code = 400  # type: ignore[attr-defined]
        raise error


BOUNDS: list[int | None] = []


def test_a_model_of_another_provider() -> None:
    """Its bound is set by its own name; when it is refused like all else, that is the end of it."""
    chat = Chat(OtherModel(messages=iter(())), "other:x", Meter(hasty(), None, None))
    with pytest.raises(ModelError, match="bad request"):
        answer(chat)
    assert [read("models")["unattended"]["max_output"], None] == BOUNDS


def test_a_server_without_bound_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that goes on beyond the bound is cut here, so that the worst case stays the worst."""
    monkeypatch.setitem(read("models")["unattended"], "max_output", 200)
    with serve(replace(PERSONALITIES["endless"], obeys_bound=False)) as stub:
        chat = metered(stub, timeout=5)
        with pytest.raises(ModelError, match="长度上限"):
            answer(chat)
    meter = meter_of(chat)
    assert len(stub.requests) == 1 and meter.spent <= PRICE.cost(2 * prompt_tokens(MESSAGES), 200)


def test_a_server_obeys_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless answer ends at the server's bound."""
    monkeypatch.setitem(read("models")["unattended"], "max_output", 200)
    with serve("endless") as stub, pytest.raises(ModelError, match="长度上限"):
        answer(metered(stub, timeout=5))
    assert 100 < stub.billed[0].answer <= 200


# Trying again


@pytest.mark.parametrize(
    ("mood", "costs"),
    [
        pytest.param(Personality(status=429), False, id="429"),
        pytest.param(Personality(status=408), False, id="408"),
        pytest.param(Personality(status=500), False, id="500"),
        pytest.param(Personality(status=501), False, id="501"),
        pytest.param(Personality(silent=True), True, id="silent"),
        pytest.param(replace(GOOD, half=True, stalls=True), True, id="stalls"),
        pytest.param(replace(GOOD, half=True, breaks=True), True, id="cut"),
        pytest.param(replace(GOOD, half=True, finish=None), True, id="cut-quietly"),
        pytest.param(replace(GOOD, half=True, garbled=True), True, id="garbled"),
        pytest.param(Personality(garbled=True), True, id="nothing-but-garbled"),
        pytest.param(PERSONALITIES["error_in_stream"], True, id="error-in-stream"),
        pytest.param(replace(GOOD, half=True, finish="network_error"), True, id="server-was-cut"),
    ],
)
def test_tried_again(mood: Personality, costs: bool) -> None:
    """What may pass is tried again, half an answer too; what came is charged, what was refused is not."""
    with serve(GOOD, moods=at_first(mood, mood)) as stub:
        chat = metered(stub)
        assert answer(chat) == ANSWER
    meter, whole = meter_of(chat), stub.billed[-1]
    assert meter.calls == len(stub.requests) == 3
    free = PRICE.cost(whole.prompt, whole.answer)
    assert meter.spent >= sum(PRICE.cost(bill.prompt, bill.answer) for bill in stub.billed)
    assert (meter.spent > free) is costs is (len(stub.billed) == 3)


@pytest.mark.parametrize(
    ("mood", "calls", "hopeless"),
    [
        pytest.param(Personality(status=500), 5, False, id="500"),
        pytest.param(Personality(status=401), 1, True, id="401"),
        pytest.param(Personality(status=402), 1, True, id="402"),
        pytest.param(Personality(status=404), 1, True, id="404"),
        pytest.param(Personality(status=413), 1, False, id="413"),
        pytest.param(PERSONALITIES["empty"], 1, False, id="empty"),
        pytest.param(PERSONALITIES["blocked"], 1, False, id="blocked"),
        pytest.param(PERSONALITIES["too_long"], 1, False, id="length"),
        pytest.param(Personality(status=429, headers={"Retry-After": "121"}), 1, False, id="429-too-long"),
    ],
)
def test_given_up(mood: Personality, calls: int, hopeless: bool) -> None:
    """What will not pass is not tried again, what does not pass five times; the error says if others fare better."""
    with serve(mood) as stub, pytest.raises(ModelError) as caught:
        answer(metered(stub))
    assert len(stub.requests) == calls and caught.value.hopeless is hopeless


def test_no_money_left_is_hopeless() -> None:
    """OpenAI says 429 when the account is empty: waiting does not help."""
    with serve(replace(PERSONALITIES["429"], code="insufficient_quota")) as stub, pytest.raises(ModelError) as caught:
        answer(metered(stub))
    assert len(stub.requests) == 1 and caught.value.hopeless and "额度" in caught.value.message


def test_nobody_listens_costs_nothing() -> None:
    """A refused connection is tried again, for nothing."""
    with serve(GOOD) as stub:
        pass
    chat = metered(stub)
    with pytest.raises(ModelError, match="连接被拒绝") as caught:
        answer(chat)
    assert meter_of(chat).calls == 5 and not meter_of(chat).spent and not caught.value.hopeless


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
def test_retry_after_holds_all(as_date: bool) -> None:
    """The seconds or the date that a server names are waited for by every row that shares the pace."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    mood = Personality(status=429, headers={"Retry-After": date if as_date else "100"})
    slept: list[float] = []
    pace = Pace(clock=lambda: sum(slept), sleep=slept.append, random=lambda: 0.0)
    with serve(GOOD, moods=at_first(mood)) as stub:
        assert answer(metered(stub, Meter(pace, None, None))) == ANSWER
    assert 97 <= sum(slept) <= 101
    assert pace.wait(1).time >= 97


def test_stop_ends_the_waiting() -> None:
    """A stop ends the wait between two tries with an error that says so."""
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    mood = Personality(status=429, headers={"Retry-After": "100"})
    with serve(mood) as stub, pytest.raises(ModelError, match="停下") as caught:
        answer(metered(stub, Meter(Pace(), None, None, stop)))
    assert len(stub.requests) == 1 and caught.value.kind == "stopped"


def test_whole_json_before_a_break_is_enough() -> None:
    """An answer that broke off after its last bracket is used, not asked for again."""
    with serve(Personality(says=lambda _: cut_small('{"a": "乙"}'), breaks=True)) as stub:
        assert answer(metered(stub), complete=lambda text: text.endswith("}")) == '{"a": "乙"}'
    assert len(stub.requests) == 1


@pytest.mark.parametrize("tells_usage", [True, False])
def test_budget_is_never_passed(tells_usage: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a budget the calls end before the server's bill passes it, whatever goes wrong in between."""
    monkeypatch.setitem(read("models")["unattended"], "max_output", 60)
    meter = Meter(hasty(), PRICE, 25 * PRICE.cost(60, 20))
    good = replace(GOOD, tells_usage=tells_usage)
    with serve(good, moods=moody(troubles(good), 0.5, 3)) as stub, pytest.raises(OverBudget):
        while True:
            try:
                answer(metered(stub, meter, timeout=0.1))
            except ModelError:
                continue
    billed = sum(PRICE.cost(bill.prompt, bill.answer) for bill in stub.billed)
    assert 15 * PRICE.cost(60, 20) <= billed <= meter.spent <= 25 * PRICE.cost(60, 20)


# Tasks


@pytest.fixture
def writing(handbook: Library, home: Path) -> Writing:
    """The handbook, no model."""
    return Writing(handbook, load_channels(home))


def done(task: str, chat: Chat, writing: Writing) -> str:
    """Who wrote, of each of the tasks that a model may do."""
    if task == "ask":
        return ask(writing.library, QUESTION, model=chat).writer
    if task == "revise":
        text = "不得不说，青穗折叠凳收起来厚 4 厘米，塞进门后的缝，爸妈来了也有地方坐。"
        return revise(text, Wanted(shorten=25), writing._replace(model=chat)).writer
    return adcopy(BRIEF, 1, writing._replace(model=chat)).writer


TASKS = pytest.mark.parametrize("task", ["adcopy", "ask", "revise"])


@TASKS
@pytest.mark.parametrize("personality", ["500", "401", "cut"])
def test_a_failed_call_fails_the_row(task: str, personality: str, writing: Writing) -> None:
    """The rules do not take the place of a model that could not be reached: the row is to be tried again later."""
    with serve(personality) as stub, pytest.raises(ModelError):
        done(task, metered(stub, timeout=2), writing)


@TASKS
def test_over_budget_goes_through(task: str, writing: Writing) -> None:
    """No task replaces what the budget stops."""
    with serve(GOOD) as stub, pytest.raises(OverBudget):
        done(task, metered(stub, Meter(hasty(), PRICE, Decimal("0.001"))), writing)
    assert not stub.requests


@pytest.mark.parametrize("personality", ["never_json", "never_repaired", "empty", "half_no_finish_told"])
def test_bad_copy_is_replaced(personality: str, writing: Writing) -> None:
    """Copy that is of no use is replaced by the rules in a batch too, and the writer says so."""
    behaviour = replace(COPY_GOOD, half=True) if personality == "half_no_finish_told" else COPY[personality]
    with serve(behaviour) as stub:
        assert done("adcopy", metered(stub, timeout=2), writing).startswith("rules（chat:openai:stub")


@TASKS
def test_the_model_writes(task: str, writing: Writing) -> None:
    """With a good model each task is as without a meter, and is charged."""
    personality = GOOD if task == "ask" else COPY_GOOD
    with serve(personality) as stub:
        chat = metered(stub, timeout=2)
        writer = done(task, chat, writing)
    assert "chat:openai:stub" in writer and meter_of(chat).calls == len(stub.requests) > 0


@pytest.mark.slow
def test_a_server_at_its_worst(writing: Writing) -> None:
    """With 30 % of the calls going wrong every row ends, and no more are in flight than threads."""
    pace = hasty()

    def row(_: int) -> str:
        chat = metered(stub, Meter(pace, PRICE, Decimal("0.5")))
        try:
            return done("adcopy", chat, writing)
        except CopilotError as error:
            return error.message

    with serve(COPY_GOOD, moods=moody(troubles(COPY_GOOD), 0.3, 1)) as stub, ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(row, range(24)))
    assert len(ended) == 24 and sum("chat:" in writer for writer in ended) > 18
    assert stub.most_at_once <= 4
