"""The records of a diagnosis: what a voice says, what may stand behind it, what to do. Offsets are code points."""

from dataclasses import dataclass
from typing import Literal

from copilot.types import Citation, Record, Unseen, Usage

Kind = Literal["request", "complaint", "bug", "question", "praise", "other"]
Verdict = Literal["yes", "partly", "no", "unknown"]
Step = Literal["build", "reframe", "fix", "answer", "investigate", "thank"]
Urgency = Literal["high", "medium", "low"]
KINDS: tuple[Kind, ...] = ("request", "complaint", "bug", "question", "praise", "other")
SLOTS = ("segment", "context", "workaround", "requested", "pain", "consequence", "goal")


@dataclass(frozen=True, slots=True)
class Span(Record):
    """Words of the voice, `voice[start:end] == text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Intensity(Record):
    """How strongly it is said: the strongest word, or null, and a weight from 0.5 (a little) to 3 (at the limit)."""

    text: str | None
    start: int | None
    end: int | None
    score: float


@dataclass(frozen=True, slots=True)
class Part(Record):
    """One sentence of the voice and what kind it is by itself."""

    text: str
    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Need(Record):
    """One hypothesis: who is hindered by what, in which situation, with which consequence. Always an assumption.

    `confidence` lies in 0…1. `evidence` is what the voice says for it, `against` what would speak against it,
    `falsifier` the observation that refutes it, `action` what one would do if it holds. `cites` are numbers of
    citations, of cases like this one.
    """

    statement: str
    reason: str
    confidence: float
    evidence: Span | None
    against: str
    falsifier: str
    action: str
    cites: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rung(Record):
    """One answer to “why?”: the voice's own words, or assumed."""

    text: str
    basis: Literal["quoted", "assumed"]


@dataclass(frozen=True, slots=True)
class Option(Record):
    """Something that could be done. `benefit` and `cost` from 1 to 5, `ratio` their quotient.

    `effort` is a range in person-days and `moves` the figure that would change; both are estimates, as `why` says.
    """

    idea: str
    benefit: int
    cost: int
    ratio: float
    why: str
    effort: str
    moves: str


@dataclass(frozen=True, slots=True)
class JobStory(Record):
    """当〈situation〉，我想〈motivation〉，以便〈outcome〉."""

    situation: str
    motivation: str
    outcome: str


@dataclass(frozen=True, slots=True)
class CheapTest(Record):
    """The cheapest way to find out, and the figure from which on the answer is yes."""

    what: str
    threshold: str


@dataclass(frozen=True, slots=True)
class SimilarCase(Record):
    """A case of the library that is like this one; `n` is its citation."""

    n: int
    title: str
    section: str
    need: str


@dataclass(frozen=True, slots=True)
class Diagnosis(Record):
    """What `diagnose` returns. Slots are spans of `voice` or null; `enough` is false where it says too little.

    `parts` are its sentences with the kind of each, `dropped` what a writer handed in and a check took out, with the
    reason.
    """

    voice: str
    kind: Kind
    enough: bool
    verdict: str
    this_week: str = ""
    signals: tuple[str, ...] = ()
    segment: Span | None = None
    context: Span | None = None
    workaround: Span | None = None
    requested: Span | None = None
    pain: Span | None = None
    consequence: Span | None = None
    goal: Span | None = None
    intensity: Intensity | None = None
    needs: tuple[Need, ...] = ()
    whys: tuple[Rung, ...] = ()
    solves_root: Verdict = "unknown"
    root_reason: str = ""
    questions: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    job_story: JobStory | None = None
    test: CheapTest | None = None
    requirement: str = ""
    next_step: Step = "investigate"
    urgency: Urgency = "low"
    owner: str = ""
    reply: str = ""
    similar_cases: tuple[SimilarCase, ...] = ()
    citations: tuple[Citation, ...] = ()
    parts: tuple[Part, ...] = ()
    dropped: tuple[str, ...] = ()
    writer: str = "rules"
    prompt: str = ""
    usage: Usage | None = None
    left_out: tuple[Unseen, ...] = ()


# Many voices


@dataclass(frozen=True, slots=True)
class Voice(Record):
    """One row of a feedback file as it is worked on: masked text, who said it and when, the row's number (1 = first).

    `times` counts the rows that say the same (this one included), `same_as` names the row that stands for it, 0 for
    none. `reason` says why it is in no cluster; `cluster` is 0 then.
    """

    row: int
    text: str
    user: str = ""
    date: str = ""
    kind: Kind = "other"
    requested: str = ""
    pain: str = ""
    intensity: float = 1.0
    family: str = ""
    same_as: int = 0
    times: int = 1
    cluster: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VoiceContext(Record):
    """What is known of the cluster that a voice speaks for: its rows, distinct people and kinds, beside the whole file.

    With it an option may say 数据 where one voice alone allows only 估计.
    """

    size: int
    users: int
    kinds: dict[str, int]
    rows: int
    people: int


@dataclass(frozen=True, slots=True)
class NeedShare(Record):
    """A need inside a cluster and the rows whose words speak for it."""

    need: str
    rows: tuple[int, ...]
    users: int


@dataclass(frozen=True, slots=True)
class Cluster(Record):
    """Voices that want the same: `users` distinct people, `score` = `asking` × mean `intensity`.

    `asking` are the people who do more than praise, in a cluster that is mostly praise those who praise. `wants` are
    the several things that a broad cluster holds, in the words of its members; empty where it is one. `trend` counts
    rows by period, in order; empty without dates.
    """

    id: int
    size: int
    users: int
    label: str
    keywords: tuple[str, ...]
    kinds: dict[str, int]
    representatives: tuple[int, ...]
    quotes: tuple[str, ...]
    score: float
    needs: tuple[NeedShare, ...]
    diagnosis: Diagnosis
    trend: tuple[tuple[str, int], ...] = ()
    change: str = ""
    asking: int = 0
    intensity: float = 1.0
    wants: tuple[NeedShare, ...] = ()


@dataclass(frozen=True, slots=True)
class VoiceReport(Record):
    """What `diagnose --file` returns. Every row is in `voices` once; `unclustered` are those in no cluster, with why.

    `people`: distinct users of the rows that say something.
    """

    rows: int
    by_kind: dict[str, int]
    clusters: tuple[Cluster, ...]
    unclustered: tuple[dict[str, object], ...]
    voices: tuple[Voice, ...]
    columns: dict[str, str]
    notes: tuple[str, ...]
    formula: str
    citations: tuple[Citation, ...] = ()
    writer: str = "rules"
    people: int = 0
