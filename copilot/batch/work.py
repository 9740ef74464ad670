"""One row → its result: the same function in this process, in worker processes, in threads and on a Ray cluster."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from copilot.batch.flat import flat_result
from copilot.batch.journal import Kept, Text
from copilot.batch.repeats import sketch, texts_of
from copilot.briefs import AdBrief, AdCopy, Voice
from copilot.channels import load_channels
from copilot.diagnosis import Diagnosis
from copilot.errors import CopilotError, InputError, ModelError, OverBudget
from copilot.library import open_library
from copilot.metering import Meter, Pace
from copilot.prices import Price
from copilot.profiles import load_voice
from copilot.settings import Settings
from copilot.tasks.adcopy import adcopy
from copilot.tasks.approach import library_state
from copilot.tasks.ask import ask
from copilot.tasks.brief import joined, validated_with_notes
from copilot.tasks.brief_values import cell_items
from copilot.tasks.result_store import Copy
from copilot.tasks.results import all_leading_angles, copies_of, product_key
from copilot.tasks.rulecopy import Writing
from copilot.types import Answer

if TYPE_CHECKING:
    from copilot.embedding.reranker import Reranker
    from copilot.models import Chat

Task = Literal["adcopy", "ask", "diagnose"]
_LISTS = ("facts", "banned")  # of these the profile's entries are added to the row's, so its cell is split before


class Setup(NamedTuple):
    """What every row is worked on with; travels to other processes and machines. `profile` is a brief, `n` variants.

    `library` is the digest of its content: a worker elsewhere must have the same one. `rpm` and `tpm` are its share.
    """

    settings: Settings
    task: Task
    n: int = 3
    platform: tuple[str, ...] = ()
    profile: Mapping[str, Any] = {}
    voice: str = ""
    long: bool = False
    library: str = ""
    price: Price | None = None
    rpm: float = 0
    tpm: int = 0


class Item(NamedTuple):
    """A row to be worked on: what it says by key, and the yuan it may cost (None: no budget)."""

    row: int
    key: bytes
    values: dict[str, Any]
    allowed: Decimal | None = None


class Done(NamedTuple):
    """A row worked on; `copies` are to be remembered for results that come in later."""

    kept: Kept
    copies: tuple[Copy, ...] = ()


class Worker:
    """An opened library and what goes with it; threads may share one."""

    def __init__(self, setup: Setup, stop: threading.Event | None = None) -> None:
        """Open everything once; seconds.

        :raises InputError: the library here is not the one that the batch was begun with
        """
        self.setup = setup
        self.stop = stop
        self.library = open_library(setup.settings)
        if setup.library and self.library.content_digest() != setup.library:
            hint = "让各台机器用同一个资料目录（OPS_COPILOT_HOME 放在共享盘上），或先同步再运行。"
            raise InputError("这台机器上的资料库内容与发起批量的不一样", hint)
        self.state = library_state(self.library)  # asked once: reading it takes .5 ms, a row 5
        self.channels = load_channels(setup.settings.home)
        self.pace = Pace(setup.rpm or None, setup.tpm or None)  # without limits too: a server may ask all to wait
        self.chat = _chat(setup.settings)
        self.reranker = _reranker(setup.settings)
        self.today = date.today().isoformat()
        self.leading = all_leading_angles(setup.settings.home)  # read once: for each row it would take a tenth of it
        self.voice = lru_cache(maxsize=64)(lambda name: load_voice(setup.settings.home, name))

    def rows(self, items: Sequence[Item]) -> list[Done]:
        """Work on rows one after the other."""
        return [self.row(item) for item in items]

    def row(self, item: Item, meter: Meter | None = None) -> Done:
        """Return what becomes of a row, whatever happens; `meter` (default: a new one) watches its calls of a model."""
        if self.chat and meter is None:
            meter = Meter(self.pace, self.setup.price, item.allowed, self.stop)
        chat = replace(self.chat, meter=meter) if self.chat else None
        kept = Kept(item.row, item.key, "failed", "")
        copies: tuple[Copy, ...] = ()
        trouble = ""
        try:
            kept, copies = self._kept(kept, self._result(item, chat), meter)
            body = kept.body
        except OverBudget as error:
            body, trouble = _failure(error, chat, meter), "budget"
        except ModelError as error:
            body = _failure(error, chat, meter)
            trouble = "stopped" if error.kind == "stopped" else "hopeless" if error.hopeless else "model"
        except CopilotError as error:
            body = _failure(error, chat, meter)
        except Exception as error:  # noqa: BLE001  the last seam: one row's fault must not end the other 99,999
            fault = CopilotError(f"程序内部出错：{type(error).__name__}: {error}", "把这一行发给开发者。")
            body, trouble = _failure(fault, chat, meter), "model" if chat else ""
        tokens, spent = (meter.tokens, meter.spent) if meter else (0, Decimal(0))
        return Done(kept._replace(body=body, tokens=tokens, spent=spent, trouble=trouble), copies)

    def _result(self, item: Item, chat: "Chat | None") -> AdCopy | Answer | Diagnosis:
        if self.setup.task == "adcopy":
            return self._adcopy(item, chat)
        return self._ask(item.values, chat) if self.setup.task == "ask" else self._diagnose(item.values, chat)

    def _kept(
        self, kept: Kept, result: AdCopy | Answer | Diagnosis, meter: Meter | None
    ) -> tuple[Kept, tuple[Copy, ...]]:
        record = result.to_dict()
        record.pop("timings_ms", None)  # equal runs are to be equal
        writer = record.get("writer", "rules")
        body = _body({"result": record}, writer, meter.tokens if meter else 0)
        columns = tuple(flat_result(self.setup.task, record, self.channels))
        compared = [] if isinstance(result, Diagnosis) else texts_of(result)  # users may say the same, and do
        texts = tuple(Text(heap, opening, sketch(masked)) for heap, opening, masked in compared)
        kept = kept._replace(status="ok", body=body, columns=columns, texts=texts)
        copies = copies_of(result.brief.product, result.variants, self.today) if isinstance(result, AdCopy) else []
        return kept, tuple(copies)

    def brief(self, values: Mapping[str, Any]) -> tuple[AdBrief, tuple[str, ...]]:
        """Return the brief that a row makes with profile and channels of the batch, and what was removed from it.

        :raises InputError: it is wrong; everything that is wrong is named
        """
        setup = self.setup
        if setup.profile:
            values = {k: cell_items(v) if k in _LISTS and isinstance(v, str) else v for k, v in values.items()}
            values = joined(values, setup.profile)
        if setup.platform and not values.get("platform"):
            values = {**values, "platform": setup.platform}
        return validated_with_notes(values, cells=True, channels=self.channels)

    def _adcopy(self, item: Item, chat: "Chat | None") -> AdCopy:
        setup = self.setup
        brief, notes = self.brief(item.values)
        voice: Voice | None = self.voice(brief.voice or setup.voice)
        leading = self.leading.get(product_key(brief.product), {})
        writing = Writing(self.library, self.channels, voice, leading, chat, self.state, int.from_bytes(item.key))
        result = adcopy(brief, setup.n, writing)
        if not result.variants:
            reasons = "；".join(dict.fromkeys(row["reason"] for row in result.dropped))
            raise InputError(f"没有写出能用的文案：{reasons}", "改好这一行再运行一次。")
        return replace(result, notes=(*notes, *result.notes))

    def _ask(self, values: Mapping[str, Any], chat: "Chat | None") -> Answer:
        if "question" not in values:
            raise InputError("这一行没有写问题", "写上问题再运行一次。")
        return ask(self.library, str(values["question"]), long=self.setup.long, model=chat, reranker=self.reranker)

    def _diagnose(self, values: Mapping[str, Any], chat: "Chat | None") -> Diagnosis:
        from copilot.tasks.diagnose import diagnose  # with it comes scipy

        if "voice" not in values:
            raise InputError("这一行没有写反馈", "写上用户的原话再运行一次。")
        return diagnose(self.library, str(values["voice"]), model=chat, reranker=self.reranker)


def _body(what: dict[str, Any], writer: str, tokens: int) -> str:
    return json.dumps(what | {"writer": writer, "tokens": tokens}, ensure_ascii=False)


def failure_body(message: str, writer: str = "rules", tokens: int = 0) -> str:
    """Return the body of a row that failed."""
    return _body({"error": message}, writer, tokens)


def _failure(error: CopilotError, chat: "Chat | None", meter: Meter | None) -> str:
    message = error.message if not isinstance(error, ModelError) or not error.hint else f"{error.message}。{error.hint}"
    return failure_body(message, f"chat:{chat.name}" if chat else "rules", meter.tokens if meter else 0)


def _chat(settings: Settings) -> "Chat | None":
    if not settings.model:
        return None
    from copilot.models import chat_model  # with it comes LangChain, .35 s

    return chat_model(settings)


def _reranker(settings: Settings) -> "Reranker | None":
    if not settings.reranker:
        return None
    from copilot.embedding.reranker import load_reranker

    return load_reranker(settings.reranker)
