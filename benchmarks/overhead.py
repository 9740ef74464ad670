"""What the checks add to a streamed answer: everything between a piece's arrival and asking for the next one, summed.

    python -m benchmarks.overhead

50 development questions over the handbook, eight passages each. A model's answer is played in pieces of three
characters, without waiting: sentences of the passages, copied or told otherwise as by tests/answer_personalities.py,
up to 400 and 1,200 characters. Baseline in the same run: the same pieces only joined. Milliseconds by the clock, and
of the processor, which other work on the machine does not lengthen.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from langchain_core.language_models import GenericFakeChatModel

from copilot import Copilot, Settings
from copilot.evaluation import read_rows
from copilot.library import Library
from copilot.models import Chat, without_thinking
from copilot.retrieval import retrieve
from copilot.tasks.ask import PASSAGES, stream

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from answer_personalities import claims_of, said
from openai_stub import Passages, cut_small

QUESTIONS = Path(__file__).parent / "questions_dev.jsonl"
LENGTHS = (400, 1200)
WARM = 5  # questions for what a process does once
MODEL = Chat(GenericFakeChatModel(messages=iter(())), "played")


class Spent:
    """Seconds by the clock and of the processor that the reader of a stream takes."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.clock = self.processor = 0.0
        self._since = (0.0, 0.0)

    def pieces(self, pieces: Sequence[str]) -> Iterator[str]:
        """Yield the pieces; the time until the next is asked for counts, after the last one until `end`."""
        for piece in pieces:
            self._begin()
            yield piece
            self.end()
        self._begin()

    def _begin(self) -> None:
        self._since = (time.perf_counter(), time.thread_time())

    def end(self) -> None:
        """The reader is done."""
        self.clock += time.perf_counter() - self._since[0]
        self.processor += time.thread_time() - self._since[1]


def main() -> None:
    """Run the benchmark."""
    rows = [row["q"] for row in read_rows(QUESTIONS) if row["answerable"]]
    with tempfile.TemporaryDirectory() as home:
        library = Copilot.open(Settings(home=Path(home))).library
        print("characters              median    p95 of the clock, median    p95 of the processor (ms)")
        for length in LENGTHS:
            checked, joined = [], []
            for question in rows:
                pieces = cut_small(answer(library, question, length))
                if sum(map(len, pieces)) < 0.9 * length:
                    continue
                if (spent := run(library, question, pieces, length)) is None:
                    continue
                checked.append(spent)
                joined.append(join(pieces))
                if len(checked) == WARM + 50:
                    break
            told(f"{length:5} checked n={len(checked) - WARM}", checked[WARM:])
            told(f"{length:5} only joined", joined[WARM:])
        library.close()


def answer(library: Library, question: str, length: int) -> str:
    """What a model might say to the passages of a question, marked, about so many characters."""
    found = retrieve(library, question, PASSAGES).passages
    passages: Passages = [(passage.rank, passage.text) for passage in found]
    text = ""
    for name in ("mixed", "liar"):
        for at in range(0, len(passages), 3):
            for claim in claims_of(name, passages[at : at + 3]):
                if len(text) < length:
                    text += said([claim])
    return text


def run(library: Library, question: str, pieces: Sequence[str], length: int) -> Spent | None:
    """The time that drafts, checks and rendering take; None where the library answers nothing and no model is asked."""
    spent = Spent()

    def played(*_: Any, **__: Any) -> Iterator[str]:
        yield from without_thinking(spent.pieces(pieces))

    with patch("copilot.writers.chat.stream_text", played):
        for _ in stream(library, question, long=length > 400, model=MODEL):
            pass
    if not spent.clock:
        return None
    spent.end()
    return spent


def join(pieces: Sequence[str]) -> Spent:
    """The time that joining takes."""
    spent = Spent()
    "".join(spent.pieces(pieces))
    spent.end()
    return spent


def told(name: str, spent: Sequence[Spent]) -> None:
    """Print a line."""
    clock = sorted(one.clock * 1000 for one in spent)
    processor = sorted(one.processor * 1000 for one in spent)
    at = int(0.95 * len(clock))
    print(
        f"{name:22} {statistics.median(clock):8.1f} {clock[at]:6.1f}               "
        f"{statistics.median(processor):8.1f} {processor[at]:6.1f}"
    )


if __name__ == "__main__":
    main()
