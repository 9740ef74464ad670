"""`Copilot`: what all faces use. Heavy parts are imported when first needed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from copilot.briefs import AdBrief
from copilot.handbook import Progress, load_handbook
from copilot.settings import Settings, read_settings
from copilot.types import Answer, Done, SearchResult, Sentence, Wrote

if TYPE_CHECKING:
    import threading
    from datetime import date

    from langchain_core.runnables import Runnable

    from copilot.batch.job import BatchReport, Estimate, Job
    from copilot.batch.job import Progress as BatchProgress
    from copilot.briefs import AdCopy, Voice
    from copilot.channels import Channel
    from copilot.diagnosis import Diagnosis, VoiceContext, VoiceReport
    from copilot.embedding.reranker import Reranker
    from copilot.library import Library
    from copilot.models import Chat
    from copilot.plans import Plan, PlanBrief
    from copilot.retrieval.hybrid import Mode
    from copilot.retrieval.langchain import HybridRetriever
    from copilot.tasks.gather import Gathered
    from copilot.tasks.plan_review_records import PlanReview
    from copilot.types import CheckReport


class Copilot:
    """An opened home folder: its library and the tasks that work on it."""

    def __init__(self, library: "Library", settings: Settings) -> None:
        """Use an opened library; most callers want `Copilot.open`."""
        self.library = library
        self.settings = settings
        self._told: Callable[[Wrote], None] | None = None

    @classmethod
    def open(cls, settings: Settings | None = None, progress: Progress | None = None) -> "Copilot":
        """Open the home folder of `settings` (default: from the environment); an empty one gets the handbook.

        :raises SettingsError: a setting cannot be used
        :raises LibraryError: the library cannot be opened or was built with other settings
        """
        settings = settings or read_settings()
        from copilot.library import open_library

        library = open_library(settings)
        load_handbook(library, settings.handbook, progress)
        return cls(library, settings)

    def watched(self, told: Callable[[Wrote], None]) -> "Copilot":
        """Return this copilot, telling what its model is at: characters as they come, variants as they hold."""
        other = copy(self)
        other._told = told
        return other

    def ask(self, question: str, *, long: bool = False) -> Answer:
        """Answer a question from the library, every sentence with its citation.

        :raises InputError: the question is empty
        :raises EmbeddingError: the configured reranker cannot be loaded
        :raises ModelError: the configured model cannot be made
        """
        from copilot.tasks.ask import ask

        return ask(self.library, question, long=long, model=self._chat, reranker=self._reranker)

    def stream(
        self, question: str, history: Sequence[dict[str, str]] = (), *, long: bool = False
    ) -> Iterator[Sentence | Done]:
        """Yield checked sentences, then `Done(reply)`; `history` is `[{"role": …, "content": …}]`.

        :raises InputError: the question is empty
        """
        from copilot.tasks.ask import stream

        return stream(self.library, question, history, long=long, model=self._chat, reranker=self._reranker)

    def rate(self, answer_id: str, reply: Mapping[str, Any], vote: str, reason: str = "") -> None:
        """Remember what a user thinks of an answer (its JSON): `vote` is `up` or `down`; see `ratings.jsonl`."""
        from copilot.ratings import save_rating

        save_rating(self.settings.home, answer_id, reply, vote, reason)

    def search(self, query: str, k: int = 10, mode: "Mode" = "hybrid") -> SearchResult:
        """Return the `k` best passages.

        :raises InputError: the query is empty, `k` is not positive
        """
        from copilot.retrieval import search

        return search(self.library, query, k, mode, self._reranker if mode == "hybrid" else None)

    def adcopy(
        self, brief: "AdBrief | Mapping[str, Any]", n: int = 3, *, voice: str | None = None, notes: Sequence[str] = ()
    ) -> "AdCopy":
        """Draft up to `n` checked variants for each channel of a brief; what they rest on and lack is in the result.

        `voice` names a saved brand voice (default: the one in use); `notes` are put before the result's own.

        :raises InputError: the brief is wrong, a channel or voice is unknown, `n` is not in 1…20
        :raises ModelError: the configured model cannot be made
        """
        from copilot.tasks.adcopy import adcopy
        from copilot.tasks.results import leading_angles, remember
        from copilot.tasks.rulecopy import Checked, Writing, variant_of

        def shown(one: Checked, channel: "Channel") -> None:
            if self._told:
                self._told(Wrote(variant=variant_of(one, channel)))

        product = brief.product if isinstance(brief, AdBrief) else str(brief.get("product", ""))
        leading = leading_angles(self.settings.home, product)
        writing = Writing(self.library, self.channels, self._voice(brief, voice), leading, self._chat)
        writing = writing._replace(shown=shown if self._told else None)
        result = adcopy(brief, n, writing)
        remember(self.settings.home, result.brief.product, result.variants)
        return replace(result, notes=(*notes, *result.notes))

    def plan(
        self, brief: "PlanBrief | Mapping[str, Any]", *, with_copy: bool = False, today: "date | None" = None
    ) -> "Plan":
        """Return a campaign plan with funnel, budget, schedule, risks and all the rest; every figure names its basis.

        `with_copy` writes the copy of its materials, too; `today` (default: the clock's) dates what the brief leaves
        open.

        :raises InputError: the brief is wrong, everything wrong named
        :raises ModelError: the configured model cannot be made
        """
        from copilot.tasks.plan import plan
        from copilot.tasks.plan_copy import with_copy as written

        made = plan(self.library, brief, today=today, model=self._chat)
        return written(made, self.adcopy) if with_copy else made

    def review_plan(self, plan_file: Path, actuals: "Path | BinaryIO") -> "PlanReview":
        """Return what became of a plan: the workbook that `plan` wrote against a file of actual figures.

        :raises InputError: a file is of a wrong kind, or its figures cannot be told
        :raises LoadError: a file cannot be read
        """
        from copilot.tasks.plan_review import review_plan

        return review_plan(plan_file, actuals)

    def revise(
        self, text: str, *, shorten: int = 0, platform: str = "", keep: Sequence[int] = (), like: str = "",
        n: int | None = None, product: str = "",
    ) -> "AdCopy":  # fmt: skip
        """Rework existing copy through the same checks; `like` is a sample text or the name of a saved voice.

        :raises InputError: there is no copy, a number, channel or sample is unknown, or no product can be told
        :raises ModelError: the configured model cannot be made
        """
        from copilot.tasks.results import remember
        from copilot.tasks.revise import Wanted, revise, sample_text
        from copilot.tasks.rulecopy import Writing

        writing = Writing(self.library, self.channels, self._voice({}, None), {}, self._chat)
        wanted = Wanted(shorten, platform, tuple(keep), sample_text(like, self.settings.home), n, product)
        result = revise(text, wanted, writing)
        remember(self.settings.home, result.brief.product, result.variants)
        return result

    def gather(
        self, sentence: str = "", flags: "Mapping[str, Any] | None" = None, given: "Mapping[str, Any] | None" = None,
        profile: str = "",
    ) -> "Gathered":  # fmt: skip
        """Return one brief of a sentence, flags, the mapping of a file or form, and a saved profile: the first wins.

        :raises InputError: the whole is wrong, or there is no such profile
        """
        from copilot.tasks.gather import gather

        home = self.settings.home
        return gather(home, self.channels, sentence=sentence, flags=flags, given=given, profile=profile)

    def check(self, text: str, *, platform: str = "", industry: str = "") -> "CheckReport":
        """Check any text against the advertising law: findings with their article, exemptions, what was not checked.

        :raises InputError: the text is empty, or the channel unknown
        """
        from copilot.tasks.check import check

        return check(text, self.channels, platform=platform, industry=industry)

    def diagnose(self, voice: str) -> "Diagnosis":
        """Return what a user's voice says, what may stand behind it and what to do, with cited cases and methods.

        :raises InputError: the voice is empty or too long for one
        :raises EmbeddingError: the configured reranker cannot be loaded
        :raises ModelError: the configured model cannot be made
        """
        from copilot.tasks.diagnose import diagnose

        return diagnose(self.library, voice, model=self._chat, reranker=self._reranker)

    def diagnose_file(
        self, source: "Path | BinaryIO", *, column: str = "", user: str = "", date: str = "", sheet: str = "",
        clusters: int | None = None, like: Path | None = None, progress: Progress | None = None,
    ) -> "VoiceReport":  # fmt: skip
        """Return what many voices want: clusters ranked by people × intensity, each with its diagnosis; no row is lost.

        `column`, `user`, `date` name columns (or number them from 1), "" to find them; `clusters`: how many, None to
        find out; `like`: an earlier report whose clusters new voices join.

        :raises InputError: the file or the earlier report cannot be read, or a column is not there
        """
        from copilot.tasks.diagnose import diagnose
        from copilot.voices.like import read_earlier
        from copilot.voices.run import analyse
        from copilot.writers.rules.voice.doing import Crowd

        def one(voice: str, context: "VoiceContext") -> "Diagnosis":
            crowd = Crowd(context.size, context.users)
            return diagnose(self.library, voice, model=self._chat, reranker=self._reranker, crowd=crowd)

        earlier = read_earlier(like) if like else None
        return analyse(
            source, diagnose=one, column=column, user=user, date=date, sheet=sheet, clusters=clusters, like=earlier,
            progress=progress,
        )  # fmt: skip

    def export(self, result: "AdCopy", path: Path, *, overwrite: bool = False) -> None:
        """Write drafts as md, csv, xlsx, docx or jsonl, by the suffix.

        :raises InputError: the format is unknown, or the file is there and not to be replaced
        """
        from copilot.export.copy import write_copy

        write_copy(result, path, overwrite=overwrite, channels=self.channels)

    def batch(
        self, job: "Job", *, told: Callable[[Sequence[str]], None] = lambda lines: None,
        shown: "Callable[[BatchProgress], None]" = lambda progress: None, stop: "threading.Event | None" = None,
    ) -> "BatchReport":  # fmt: skip
        """Work on all rows of a file, with a journal beside the output; a second run goes on where one ended.

        `told` gets what was understood of the table before anything is spent, `shown` the progress; `stop` ends the
        run after the rows in flight. More than one worker starts processes: call it under `__main__`.

        :raises InputError: the input, its columns or the output cannot be used
        :raises DataError: the journal cannot be read or written
        """
        from copilot.batch.run import run

        return run(job, self.settings, self.library, told=told, shown=shown, stop=stop)

    def batch_estimate(self, job: "Job", *, told: Callable[[Sequence[str]], None] = lambda lines: None) -> "Estimate":
        """Return the rows, tokens and yuan that a batch would take; nothing is called and nothing spent.

        :raises InputError: the input or its columns cannot be used
        """
        from copilot.batch.estimate import estimate

        return estimate(job, self.settings, self.library, told=told)

    @cached_property
    def channels(self) -> "dict[str, Channel]":
        """All channels, the user's own too."""
        from copilot.channels import load_channels

        return load_channels(self.settings.home)

    def _voice(self, brief: "AdBrief | Mapping[str, Any]", name: str | None) -> "Voice | None":
        from copilot.profiles import load_voice

        named = brief.voice if isinstance(brief, AdBrief) else str(brief.get("voice", ""))
        return load_voice(self.settings.home, name or named)

    @cached_property
    def retriever(self) -> "HybridRetriever":
        """A LangChain `BaseRetriever` over the library."""
        from copilot.retrieval.langchain import HybridRetriever

        return HybridRetriever(library=self.library, reranker=self._reranker)

    @cached_property
    def chain(self) -> "Runnable[str, Answer]":
        """A LangChain `Runnable`: question → Answer."""
        from langchain_core.runnables import RunnableLambda

        return RunnableLambda(self.ask, name="ops-copilot")

    def close(self) -> None:
        """Give the index files back."""
        self.library.close()

    @property
    def _chat(self) -> "Chat | None":
        told = self._told
        if not told or not self._model:
            return self._model
        return replace(self._model, watch=lambda characters: told(Wrote(characters)))

    @cached_property
    def _model(self) -> "Chat | None":
        if not self.settings.model:
            return None
        from copilot.models import chat_model

        return chat_model(self.settings)

    @cached_property
    def _reranker(self) -> "Reranker | None":
        if not self.settings.reranker:
            return None  # without numpy
        from copilot.embedding.reranker import load_reranker

        return load_reranker(self.settings.reranker)
