"""How fast a model may be called and what it may cost: `Pace` for all rows of a run, a `Meter` for each in flight."""

import math
import random as chance
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from copilot.errors import InputError, ModelError, OverBudget
from copilot.knowledge import read

if TYPE_CHECKING:
    from copilot.prices import Price

_WINDOW = 60.0  # seconds, in which calls and tokens are counted
_SLICE = 0.25  # seconds slept at once: so soon waiting threads see a stop, or that a call took less than was set aside


@dataclass(slots=True)
class Begun:
    """A call that has begun, and the tokens it counts for."""

    time: float
    tokens: int


class Pace:
    """When calls may begin: in every window of 60 seconds at most `rpm` calls and `tpm` tokens. Threads share it."""

    def __init__(
        self,
        rpm: float | None = None,
        tpm: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = chance.random,
    ) -> None:
        """None is no limit. `clock`, `sleep` and `random` (0…1) are for tests."""
        self.tpm = tpm
        self._calls = max(1, int(rpm)) if rpm else 0
        self._span = max(_WINDOW, _WINDOW / rpm) if rpm else 0.0  # half a call a minute is one in two minutes
        self._clock, self._sleep, self._random = clock, sleep, random
        self._begun: deque[Begun] = deque()
        self._held = -math.inf
        self._lock = threading.Lock()

    def wait(self, tokens: int, stop: threading.Event | None = None) -> Begun:
        """Wait until a call of so many tokens may begin, and count it as begun.

        :raises InputError: it has more tokens than a minute allows
        :raises ModelError: `stop` was set while it waited
        """
        if self.tpm and tokens > self.tpm:
            message = f"一次调用要 {tokens} tokens，超过每分钟 {self.tpm} 的上限"
            raise InputError(message, "调高 --tpm，或把这一行写短一些。")
        while True:
            with self._lock:
                now = self._clock()
                delay = self._ready(now, tokens) - now
                if delay <= 0:
                    begun = Begun(now, tokens)
                    self._begun.append(begun)
                    return begun
            self.rest(min(delay, _SLICE), stop)

    def _ready(self, now: float, tokens: int) -> float:
        """The earliest time at which such a call may begin, as things stand."""
        while self._begun and self._begun[0].time + max(self._span, _WINDOW) <= now:
            self._begun.popleft()
        ready = self._held
        if self._calls and len(self._begun) >= self._calls:
            ready = max(ready, self._begun[-self._calls].time + self._span)
        if self.tpm:
            recent = [call for call in self._begun if call.time + _WINDOW > now]
            over = sum(call.tokens for call in recent) + tokens - self.tpm
            for call in recent:
                if over <= 0:
                    break
                over -= call.tokens
                ready = max(ready, call.time + _WINDOW)
        return ready

    def correct(self, begun: Begun, tokens: int) -> None:
        """Count a call for the tokens it really took."""
        with self._lock:
            begun.tokens = tokens

    def hold(self, seconds: float) -> None:
        """Let no call begin for so long, whoever makes it: the server asked for it."""
        with self._lock:
            self._held = max(self._held, self._clock() + seconds) if seconds > 0 else self._held

    def backoff(self, tried: int) -> float:
        """Return the seconds to wait after so many tries: any part of a time that doubles, so that threads scatter."""
        rules = read("models")["unattended"]
        return self._random() * min(float(rules["longest_wait"]), float(rules["first_wait"]) * 2.0 ** (tried - 1))

    def rest(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Sleep, in slices.

        :raises ModelError: `stop` is set
        """
        until = self._clock() + seconds
        while True:
            if stop is not None and stop.is_set():
                raise ModelError("已经停下，这一行没有写完", "再运行一次同样的命令，从这里接着做。", kind="stopped")
            left = until - self._clock()
            if left <= 0:
                return
            self._sleep(max(0.001, min(left, _SLICE)))


class Meter:
    """What the calls for one row took; used by one thread. `tokens`, `spent` (元), `calls`, `estimated` tell it."""

    def __init__(
        self,
        pace: Pace | None,
        price: "Price | None",
        allowance: Decimal | None,
        stop: threading.Event | None = None,
    ) -> None:
        """`allowance` is what the row may cost; None: no budget. `stop` ends waiting, not a call.

        :raises InputError: there is a budget and no price
        """
        if allowance is not None and price is None:
            raise InputError("不知道这个模型的价格，没法按预算停下", "在 prices.yaml 里写上它的价格，或去掉 --budget。")
        self.pace = pace or Pace()
        self.stop = stop
        self.tokens = 0
        self.spent = Decimal(0)
        self.calls = 0
        self.estimated = False
        self._price = price
        self._allowance = allowance
        self._begun: Begun | None = None

    def before(self, prompt_tokens: int) -> None:
        """Wait until a call may begin whose prompt was counted as so many tokens.

        :raises OverBudget: what was spent and the most that the call can cost are more than the row may
        :raises InputError: it has more tokens than a minute allows
        :raises ModelError: `stop` was set while it waited
        """
        most = read("models")["unattended"]["max_output"]
        if self._price is not None and self._allowance is not None:
            worst = self._price.cost(_with_margin(prompt_tokens), most)
            if self.spent + worst > self._allowance:
                left = self._allowance - self.spent
                message = f"预算不够了：还可以花 {left:.4f} 元，下一次调用最多要 {worst:.4f} 元"
                raise OverBudget(message, "调高 --budget 再运行一次；做完的行不会重做。")
        room = most if self.pace.tpm is None else max(0, min(most, self.pace.tpm - prompt_tokens))
        self._begun = self.pace.wait(prompt_tokens + room, self.stop)
        self.calls += 1

    def after(self, input_tokens: int, output_tokens: int, *, estimated: bool = False) -> None:
        """Charge the call that began last; what was `estimated` is paid with the margin, so that a budget holds."""
        most = read("models")["unattended"]["max_output"]
        self.tokens += input_tokens + output_tokens
        self.estimated = self.estimated or estimated
        if self._price is not None and estimated:
            self.spent += self._price.cost(_with_margin(input_tokens), min(_with_margin(output_tokens), most))
        elif self._price is not None:
            self.spent += self._price.cost(input_tokens, output_tokens)
        if self._begun is not None:
            self.pace.correct(self._begun, input_tokens + output_tokens)


def worst_case(price: "Price", calls: int) -> Decimal:
    """Return the most, in 元, that so many calls with prompts of the usual length can cost."""
    rules = read("models")["unattended"]
    return calls * price.cost(_with_margin(rules["usual_prompt"]), rules["max_output"])


def _with_margin(tokens: int) -> int:
    """The most that a count by our tokeniser may come to by the model's."""
    return math.ceil(tokens * Decimal(str(read("models")["unattended"]["margin"])))
