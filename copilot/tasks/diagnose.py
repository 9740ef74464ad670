"""Diagnosing a voice: read it, look for similar cases and methods, write by rules, let a model improve it, check."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from copilot.checks.voice import check_diagnosis
from copilot.diagnosis import Diagnosis, SimilarCase
from copilot.embedding import builtin
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.library import Library
from copilot.paths import in_handbook
from copilot.retrieval import retrieve
from copilot.tasks.approach import library_state
from copilot.tasks.ask import ask
from copilot.text import normalise, sentence_spans
from copilot.types import Answer, Citation, Passage
from copilot.writers.rules.voice.doing import Crowd
from copilot.writers.rules.voice.read import Reading, read_voice
from copilot.writers.rules.voice.write import Sources, write_diagnosis

if TYPE_CHECKING:
    from copilot.embedding.reranker import Reranker
    from copilot.models import Chat

CASES = 3  # shown at most
_LOOKED_AT = 30  # passages among which cases are looked for
_ALIKE = 0.5  # cosine of the voice and a case's own words from which on it is called similar
_MOST = 8000  # characters of a voice

_FIELD = re.compile(r"^\s*[-*]?\s*\**(原话|场景|表面诉求|真实需求|用户原声)\**\s*[：:]\s*(.+)$", re.M)
_STORY = re.compile(r"案例[：:]")
_NEED = re.compile(r"(?:真正|真实|背后)的?需[求要]是|要的是|其实是|起因是|因为")


def diagnose(
    library: Library,
    voice: str,
    *,
    model: "Chat | None" = None,
    reranker: "Reranker | None" = None,
    crowd: Crowd | None = None,
) -> Diagnosis:
    """Return what one voice says, what may stand behind it and what to do, with cited cases and methods.

    `crowd`: how many say the same, when the voice stands for a cluster.

    :raises InputError: the voice is empty or too long for one voice
    :raises ModelError: the model has a meter, and the call failed
    """
    voice = normalise(voice).strip()
    if not voice:
        raise InputError("没有要诊断的话", '在引号里写上用户的原话，例如 ops-copilot diagnose "字太小看不清"。')
    if len(voice) > _MOST:
        raise InputError(f"一条反馈有 {len(voice)} 个字，太长了", "一次一条；很多条放进表格，用 diagnose --file。")
    reading = read_voice(voice)
    answer = _answered(library, reading)
    sources, passages = _sources(library, reading, answer)
    made = write_diagnosis(reading, sources, answer, crowd)
    if model is not None:
        from copilot.tasks.modeldiagnosis import improved, worth_asking

        if worth_asking(made):
            made = improved(model, made, passages, made.citations)
    return check_diagnosis(made)


def _answered(library: Library, reading: Reading) -> Answer | None:
    """Return what the user's own documents answer to a question; the handbook is about methods, not their product."""
    if reading.kind != "question":
        return None
    answer = ask(library, reading.voice)
    own = answer.answered and all(not in_handbook(citation.source) for citation in answer.citations)
    return answer if own else None


def _sources(library: Library, reading: Reading, answer: Answer | None) -> tuple[Sources, tuple[Passage, ...]]:
    """Return similar cases and the passages of method, numbered behind the citations of the answer."""
    used = len(answer.citations) if answer else 0
    cases = _cases(library, reading) if reading.kind in ("request", "complaint") and reading.enough else []
    methods = _methods(library, reading)
    citations = [_citation(used + n, passage) for n, passage in enumerate([*(p for p, _ in cases), *methods], 1)]
    similar = tuple(
        SimilarCase(citation.n, passage.title, passage.section, need)
        for citation, (passage, need) in zip(citations, cases, strict=False)
    )
    numbers = tuple(citation.n for citation in citations[len(cases) :])
    return Sources(similar, numbers, tuple(citations)), (*(p for p, _ in cases), *methods)


def _cases(library: Library, reading: Reading) -> list[tuple[Passage, str]]:
    """Return the passages that tell a case like this voice, nearest first, with the need found there."""
    slots = [reading.spans[s].text for s in ("requested", "pain", "context") if s in reading.spans]
    query = "，".join(slots) or reading.voice
    found = [(p, *told) for p in retrieve(library, query, _LOOKED_AT).passages if (told := case_in(p))]
    if not found:
        return []
    model = builtin()
    near = model.queries([said for _, said, _ in found]) @ model.queries([query]).T
    ranked = sorted(zip(near[:, 0].tolist(), found, strict=True), key=lambda entry: -entry[0])
    return [(passage, need) for cosine, (passage, _, need) in ranked[:CASES] if cosine >= _ALIKE]


def case_in(passage: Passage) -> tuple[str, str] | None:
    """Return what was said in a case and the need that was found, if a passage tells one.

    A case names its fields (原话, 表面诉求, 真实需求) or stands under a heading such as 快马案例：….
    """
    fields = dict(_FIELD.findall(passage.text))
    if "真实需求" in fields:
        said = "，".join(fields[name] for name in ("原话", "用户原声", "表面诉求", "场景") if name in fields)
        return said, fields["真实需求"]
    if not _STORY.search(passage.heading):
        return None
    for start, end in sentence_spans(passage.text):
        sentence = passage.text[start:end]
        if _NEED.search(sentence):
            return f"{passage.heading}，{sentence}", sentence
    return None


def _methods(library: Library, reading: Reading) -> list[Passage]:
    """Return the passage of the library that says how to go on with such a voice."""
    questions: dict[str, str] = read("voice/words")["methods"]
    kind = reading.kind if reading.kind != "request" else "partly"
    return list(_method(library, library_state(library), questions[kind]))


# The same few questions for every voice: 30 ms each; the library's generation is part of the key.
@lru_cache(maxsize=32)
def _method(library: Library, state: str, question: str) -> tuple[Passage, ...]:
    del state
    passages = retrieve(library, question, 4).passages
    return tuple(p for p in passages if case_in(p) is None and not p.source.endswith("glossary.md"))[:1]


def _citation(n: int, passage: Passage) -> Citation:
    return Citation(
        n, passage.doc_id, passage.source, passage.title, passage.section, passage.text, passage.start, passage.end,
        passage.score,
    )  # fmt: skip
