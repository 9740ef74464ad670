"""The records that travel between the floors and out to the user. All offsets are code points."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Support = Literal["supported", "partial", "unsupported"]
FileStatus = Literal["added", "unchanged", "updated", "removed", "failed"]
Level = Literal["ban", "caution", "evidence"]
Counter = Literal["char", "width", "half", "xhs", "sms"]
LimitKind = Literal["hard", "truncated", "recommended"]


@dataclass(frozen=True, slots=True)
class Record:
    """A frozen value whose `to_dict` is the JSON of the contract."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


# Documents


@dataclass(frozen=True, slots=True)
class LoadedText(Record):
    """What a loader makes of a file: Markdown-ish text, normalised, with the encoding it was read in."""

    text: str
    title: str
    encoding: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chunk(Record):
    """A slice of a document's text: `text[start:end]`. `section` is the heading path, ` › ` between levels.

    `context` is what the slice needs to be found but does not hold: the header row of its table.
    """

    start: int
    end: int
    section: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Passage(Record):
    """A chunk as a search result; `text` is the exact slice `start:end` of the document."""

    rank: int
    score: float
    doc_id: str
    source: str
    title: str
    section: str
    text: str
    start: int
    end: int

    @property
    def heading(self) -> str:
        """The last part of the heading path."""
        return self.section.rpartition(" › ")[2]


@dataclass(frozen=True, slots=True)
class SearchResult(Record):
    """What `search` returns."""

    query: str
    passages: tuple[Passage, ...]
    timings_ms: dict[str, float]


# Library


@dataclass(frozen=True, slots=True)
class FileReport(Record):
    """What happened to one file."""

    path: str
    status: FileStatus
    doc_id: str = ""
    chunks: int = 0
    encoding: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AddReport(Record):
    """What `library add` and `library sync` return; `totals` counts files by status, chunks and embeddings."""

    files: tuple[FileReport, ...]
    totals: dict[str, int]


@dataclass(frozen=True, slots=True)
class DocumentInfo(Record):
    """One line of `library list`; `added` is an ISO timestamp in UTC."""

    doc_id: str
    source: str
    title: str
    chunks: int
    added: str


@dataclass(frozen=True, slots=True)
class DocumentView(Record):
    """`library show`: the whole text and where its chunks lie."""

    doc_id: str
    source: str
    title: str
    text: str
    chunks: tuple[Chunk, ...]

    def to_dict(self) -> dict[str, Any]:
        chunks = [{"start": c.start, "end": c.end, "section": c.section} for c in self.chunks]
        return {"doc_id": self.doc_id, "source": self.source, "title": self.title, "text": self.text, "chunks": chunks}


@dataclass(frozen=True, slots=True)
class LibraryStats(Record):
    """`library stats`; `bytes` is the size of the library on disk."""

    documents: int
    chunks: int
    generation: int
    fingerprint: str
    bytes: int


# What a chat model took


@dataclass(frozen=True, slots=True)
class Usage(Record):
    """Calls of a chat model for one result and their tokens; `estimated`: for some of them the server told none."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Unseen(Record):
    """A slice of a source that was found and not shown to the model, for want of room: `start:end` of `doc_id`."""

    doc_id: str
    source: str
    title: str
    section: str
    start: int
    end: int


# Answers


@dataclass(frozen=True, slots=True)
class Finding(Record):
    """One thing a check found in a text; the same shape for every check."""

    rule: str
    category: str
    level: Level
    field: str
    start: int
    end: int
    match: str
    law: str
    advice: str


@dataclass(frozen=True, slots=True)
class Draft(Record):
    """A sentence as a writer hands it in, without `[n]`: what it says and which passages it rests on.

    `cites` are ranks of passages (1 = first). `quotes` are spans `(start, end)` inside those passages' texts,
    one for each cite, or empty: then the checker looks for the best one.
    """

    text: str
    cites: tuple[int, ...]
    quotes: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Citation(Record):
    """An exact slice of a source: `text_of(doc_id)[start:end] == quote`."""

    n: int
    doc_id: str
    source: str
    title: str
    section: str
    quote: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Sentence(Record):
    """One sentence of an answer, without its marks; `cites` are citation numbers, `support` the checker's verdict."""

    text: str
    cites: tuple[int, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Answer(Record):
    """What `ask` returns. `nearest` lists what was looked at when nothing supports an answer.

    `prompt` names the prompt file by version and digest, `usage` is what the model took (None: none was called),
    `left_out` what it was not shown.
    """

    question: str
    query_used: str
    answered: bool
    answer: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Passage, ...] = ()
    findings: tuple[Finding, ...] = ()
    writer: str = "rules"
    prompt: str = ""
    usage: Usage | None = None
    left_out: tuple[Unseen, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done(Record):
    """The last event of `stream`: the whole answer."""

    reply: Answer


@dataclass(frozen=True, slots=True)
class CiteCheck(Record):
    """Verdict of the literal check of a statement against a quote; `score` in 0…1, `reasons` in Chinese."""

    support: Support
    score: float
    reasons: tuple[str, ...] = ()


# Copy


@dataclass(frozen=True, slots=True)
class Count(Record):
    """How long a field is, in units of `counter`; for a list field `value` is the longest item and `values` are all.

    `limit` 0 means that none is known; for `sms`, `value` counts characters and `segments` what is billed.
    """

    value: int
    limit: int
    counter: Counter
    kind: LimitKind
    values: tuple[int, ...] = ()
    segments: int = 0


@dataclass(frozen=True, slots=True)
class CopyDraft(Record):
    """A variant as a writer hands it in, unchecked. `angle` and `formula` are ids of `knowledge/copy/angles.yaml`."""

    platform: str
    angle: str
    formula: str
    fields: dict[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Variant(Record):
    """A checked variant: inside every hard limit, without ban findings and without figures from nowhere.

    `id` names its content, for `results`; `text` is what is pasted; `dropped_keywords` are `{keyword, reason}`.
    """

    id: str
    platform: str
    angle: str
    formula: str
    fields: dict[str, str | tuple[str, ...]]
    counts: dict[str, Count]
    text: str
    dropped_keywords: tuple[dict[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    citations: tuple[Citation, ...] = ()
    ai_generated: bool = False


@dataclass(frozen=True, slots=True)
class CheckReport(Record):
    """What `check` returns: findings, matches that an exception exempts with the reason, and what was not checked."""

    text: str
    findings: tuple[Finding, ...] = ()
    exempted: tuple[dict[str, Any], ...] = ()  # {rule, match, start, end, reason}
    not_checked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrote(Record):
    """What a model is at: characters of its answer so far, or a variant that has passed the checks."""

    characters: int = 0
    variant: Variant | None = None
