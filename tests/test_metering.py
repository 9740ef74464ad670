"""`Pace` and `Meter`: no window has more than its share, waiting can be stopped, a budget holds. The clock is a fake."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from copilot.errors import InputError, ModelError, OverBudget
from copilot.knowledge import read
from copilot.metering import Meter, Pace, worst_case
from copilot.prices import Price

PRICE = Price(Decimal(2), Decimal(8))
MOST = read("models")["unattended"]["max_output"]


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self.now += seconds


def paced(clock: Clock, rpm: float | None = None, tpm: int | None = None, random: float = 1.0) -> Pace:
    """A pace that follows a fake clock."""
    return Pace(rpm, tpm, clock, clock.sleep, lambda: random)


def windows_hold(begun: list[tuple[float, int]], rpm: float | None, tpm: int | None) -> bool:
    """Whether in the 60 seconds from every call on there are no more calls and tokens than allowed."""
    for start, _ in begun:
        within = [tokens for time, tokens in begun if start <= time < start + 60 - 1e-6]
        if (rpm and len(within) > max(1, rpm)) or (tpm and sum(within) > tpm):
            return False
    return True


calls = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 40)), min_size=1, max_size=25)


@given(calls, st.none() | st.sampled_from([0.5, 1, 2.5, 7]), st.none() | st.integers(900, 2000))
@example([(0, 0)] * 20, 0.5, None)
def test_no_window_has_too_much(arriving: list[tuple[int, int]], rpm: float | None, tpm: int | None) -> None:
    """Whatever arrives when, in every window of 60 s at most `rpm` calls and `tpm` tokens begin."""
    clock = Clock()
    pace = paced(clock, rpm, tpm)
    begun = []
    for tokens, later in arriving:
        clock.sleep(later)
        begun.append((pace.wait(tokens).time, tokens))
    assert windows_hold(begun, rpm, tpm)
    if rpm == 0.5:
        assert all(b - a >= 120 - 1e-6 for (a, _), (b, _) in pairwise(begun))


@given(st.lists(st.integers(1, 900), min_size=8, max_size=40))
def test_no_window_has_too_much_with_threads(sizes: list[int]) -> None:
    """Four threads that share a pace keep the limits together."""
    clock = Clock()
    pace = paced(clock, 6, 2000)
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(pace.wait, sizes))
    assert windows_hold([(one.time, one.tokens) for one in begun], 6, 2000)


def test_nothing_waits_without_need() -> None:
    """The calls that a minute allows begin at once, the next one when the first is a minute old."""
    clock = Clock()
    pace = paced(clock, rpm=3)
    times = [pace.wait(10).time - 1_000 for _ in range(4)]
    assert times[:3] == [0, 0, 0] and times[3] == pytest.approx(60)


def test_what_a_call_did_not_take_is_free_again() -> None:
    """A call counts for what was set aside until it is known what it took."""
    clock = Clock()
    pace = paced(clock, tpm=1000)
    first = pace.wait(900)
    pace.correct(first, 100)
    assert pace.wait(900).time == first.time
    assert pace.wait(100).time == pytest.approx(first.time + 60)


def test_hold_makes_all_wait() -> None:
    """After Retry-After nobody begins before the time; a shorter one does not shorten it."""
    clock = Clock()
    pace = paced(clock)
    pace.hold(30)
    pace.hold(5)
    with ThreadPoolExecutor(3) as pool:
        assert all(begun.time >= 1_030 for begun in pool.map(pace.wait, [1, 1, 1]))


def test_a_call_that_can_never_go() -> None:
    """More tokens than a minute allows is an error that says so, not a wait without end."""
    with pytest.raises(InputError, match="1001 tokens，超过每分钟 1000"):
        paced(Clock(), tpm=1000).wait(1001)


@pytest.mark.parametrize(
    "wait",
    [
        pytest.param(lambda pace, stop: (pace.wait(1), pace.wait(1, stop)), id="window"),
        pytest.param(lambda pace, stop: (pace.hold(100), pace.wait(1, stop)), id="hold"),
        pytest.param(lambda pace, stop: pace.rest(100, stop), id="rest"),
    ],
)
def test_waiting_can_be_stopped(wait: Callable[[Pace, threading.Event], object]) -> None:
    """A stop ends a long wait at once."""
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    start = time.monotonic()
    with pytest.raises(ModelError) as caught:
        wait(Pace(rpm=1), stop)
    assert caught.value.kind == "stopped" and time.monotonic() - start < 5


def test_backoff_doubles_up_to_its_limit() -> None:
    """The longest waits are 1, 2, 4, … seconds and end at 60; any part of them is waited."""
    assert [paced(Clock()).backoff(tried) for tried in (1, 2, 3, 4, 7, 99)] == [1, 2, 4, 8, 60, 60]
    assert paced(Clock(), random=0.25).backoff(3) == 1


# Money


def test_a_row_is_charged() -> None:
    """Tokens, money and calls of a row add up exactly."""
    meter = Meter(None, PRICE, None)
    for used in [(1000, 500), (333, 1)]:
        meter.before(1000)
        meter.after(*used)
    assert (meter.tokens, meter.calls, meter.estimated) == (1834, 2, False)
    assert meter.spent == (Decimal(1333) * 2 + Decimal(501) * 8) / 1_000_000


def test_an_estimate_is_paid_with_the_margin() -> None:
    """What the server did not tell is shown as counted and paid as the most that it can have been."""
    meter = Meter(None, PRICE, None)
    meter.before(1000)
    meter.after(1000, 100, estimated=True)
    assert meter.estimated and meter.tokens == 1100 and meter.spent == PRICE.cost(1500, 150)


@given(
    st.lists(st.tuples(st.integers(1, 9000), st.floats(0, 1.5), st.integers(0, MOST), st.booleans()), max_size=20),
    st.decimals(0, 1, places=4),
    st.decimals(0, 50, places=3),
    st.decimals(0, 50, places=3),
)
def test_the_budget_is_never_passed(
    rows: list[tuple[int, float, int, bool]], budget: Decimal, input_price: Decimal, output_price: Decimal
) -> None:
    """Whatever calls take up to their worst, what was spent stays within the allowance."""
    meter = Meter(None, Price(input_price, output_price), budget)
    for prompt, real, answer, estimated in rows:
        try:
            meter.before(prompt)
        except OverBudget:
            break
        meter.after(prompt if estimated else int(prompt * real), answer, estimated=estimated)
    assert meter.spent <= budget


def test_the_last_call_that_fits() -> None:
    """A call begins when the worst of it is still paid for, to the last hundredth."""
    worst = PRICE.cost(1500, MOST)
    Meter(None, PRICE, worst).before(1000)
    meter = Meter(None, PRICE, worst - Decimal("0.000001"))
    with pytest.raises(OverBudget, match="预算不够了") as caught:
        meter.before(1000)
    assert "--budget" in caught.value.hint and meter.calls == 0
    assert worst_case(PRICE, 3) == 3 * PRICE.cost(12000, MOST)


def test_a_budget_needs_a_price() -> None:
    """Without a price a budget cannot hold, and that is said before anything is called."""
    with pytest.raises(InputError, match="价格"):
        Meter(None, None, Decimal(1))


def test_a_small_share_of_tokens_is_enough_for_one_call() -> None:
    """Where a minute allows less than the longest answer, one call takes the whole minute."""
    clock = Clock()
    pace = paced(clock, tpm=4000)
    for seconds in (0, 60):
        meter = Meter(pace, None, None)
        meter.before(3000)
        assert clock.now - 1_000 == pytest.approx(seconds)
    meter.after(3000, 500)
