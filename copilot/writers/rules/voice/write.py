"""A reading → its diagnosis by rules: the record of the contract, cited where the library has something."""

from dataclasses import dataclass, replace
from string import Template
from typing import Any

from copilot.diagnosis import CheapTest, Diagnosis, JobStory, Need, Rung, SimilarCase, Step
from copilot.knowledge import read
from copilot.types import Answer, Citation
from copilot.writers.rules.voice.asking import few_questions, questions_back, quoted
from copilot.writers.rules.voice.doing import Crowd, options, owner_of, smallest, step_of, urgency_of
from copilot.writers.rules.voice.needs import Hypothesis, Judgement, judged
from copilot.writers.rules.voice.read import Reading

_RUNGS = 5


@dataclass(frozen=True, slots=True)
class Sources:
    """What the library has for a voice: similar cases, best first, numbers of method passages, all citations."""

    cases: tuple[SimilarCase, ...] = ()
    methods: tuple[int, ...] = ()
    citations: tuple[Citation, ...] = ()


def write_diagnosis(
    reading: Reading, sources: Sources, answer: Answer | None = None, crowd: Crowd | None = None
) -> Diagnosis:
    """Return the diagnosis of a voice; `answer` is what the library says to a question."""
    if not reading.enough:
        made = _too_little(reading)
    elif reading.kind == "praise":
        made = _plain(reading, "thank", "thank", "thank")
    elif reading.kind == "question":
        made = _question(reading, answer)
    elif reading.kind == "bug":
        made = _bug(reading)
    else:
        made = _request(reading, sources, crowd)
    cites = "".join(f"[{n}]" for n in sources.methods)
    return replace(
        made,
        verdict=f"{made.verdict}{cites}",
        similar_cases=sources.cases,
        citations=(*made.citations, *sources.citations),  # as numbered: the answer's own come first
    )


def _record(reading: Reading, step: Step, this_week: str, verdict: str, reply: str) -> Diagnosis:
    """Return what all kinds have in common."""
    weeks: dict[str, str] = read("voice/words")["this_week"]["signal"]
    alarm = next((weeks[s] for s in reading.signals if s in weeks and reading.kind not in ("praise", "question")), "")
    slots: dict[str, Any] = dict(reading.spans)
    return Diagnosis(
        voice=reading.voice, kind=reading.kind, enough=reading.enough, verdict=verdict, this_week=f"{alarm}{this_week}",
        signals=reading.signals, intensity=reading.intensity, next_step=step, urgency=urgency_of(reading),
        owner=owner_of(reading, step), reply=reply, parts=reading.parts, **slots,
    )  # fmt: skip


def _words(group: str, name: str, **values: str) -> str:
    data: dict[str, Any] = read("voice/words")
    return Template(data[group][name]).substitute(values)


def _too_little(reading: Reading) -> Diagnosis:
    junk = reading.kind == "other"
    questions = few_questions(reading, "junk_questions" if junk else "short_questions")
    reply = _words("reply", "other", question=questions[0])
    week = _words("this_week", "investigate_other")
    made = _record(reading, "investigate", week, _words("verdict", "other"), reply)
    return replace(made, questions=questions, enough=False)


def _plain(reading: Reading, step: Step, week: str, verdict: str) -> Diagnosis:
    reply = _words("reply", reading.kind, quote=quoted(reading.voice))
    return _record(reading, step, _words("this_week", week), _words("verdict", verdict), reply)


def _question(reading: Reading, answer: Answer | None) -> Diagnosis:
    if answer is None or not answer.answered:
        return _plain(reading, "answer", "answer", "answer")
    reply = _words("reply", "question_found", answer="".join(sentence.text for sentence in answer.sentences))
    made = _record(reading, "answer", _words("this_week", "answer"), _words("verdict", "answer_found"), reply)
    return replace(made, citations=answer.citations)


def _bug(reading: Reading) -> Diagnosis:
    """A bug whose step and device are told goes to fixing, else three questions are asked first."""
    clear = "pain" in reading.spans and "context" in reading.spans
    quote = quoted(reading.spans["pain"].text if "pain" in reading.spans else reading.voice)
    if clear:
        reply = _words("reply", "bug", quote=quote)
        return _record(reading, "fix", _words("this_week", "fix"), _words("verdict", "fix"), reply)
    questions = few_questions(reading, "bug_questions")
    reply = _words("reply", "bug_ask", quote=quote, question=questions[0])
    made = _record(reading, "investigate", _words("this_week", "investigate_bug"), _words("verdict", "look"), reply)
    return replace(made, questions=questions)


def _request(reading: Reading, sources: Sources, crowd: Crowd | None) -> Diagnosis:
    judgement = judged(reading)
    hypotheses = _with_cases(judgement.hypotheses, sources.cases)
    leading = hypotheses[0]
    step = step_of(reading, judgement.solves)
    questions = questions_back(reading, judgement.family)
    noun, small = reading.noun or "", smallest(judgement.family)
    plainly = step == "build" and leading.family is None
    week = _words("this_week", "build_stated" if plainly else step, noun=noun, smallest=small)
    made = _record(reading, step, week, _verdict(reading, judgement), _reply(reading, judgement))
    what, threshold = judgement.family.test
    return replace(
        made,
        needs=tuple(h.need for h in hypotheses),
        whys=_whys(reading, hypotheses),
        solves_root=judgement.solves,
        root_reason=judgement.reason,
        questions=questions,
        options=options(reading, judgement, crowd),
        job_story=_story(hypotheses),
        test=CheapTest(what, threshold),
        requirement=_requirement(reading, judgement, leading),
    )


def _with_cases(hypotheses: tuple[Hypothesis, ...], cases: tuple[SimilarCase, ...]) -> tuple[Hypothesis, ...]:
    """Put the nearest case beside the first hypothesis that the voice does not state itself."""
    if not cases or not hypotheses:
        return hypotheses
    place = next((i for i, h in enumerate(hypotheses) if h.family), 0)
    case, one = cases[0], hypotheses[place]
    told = Template(read("voice/words")["case_like"]).substitute(
        title=case.section.rpartition(" › ")[2], need=case.need.rstrip("。"), cite=f"[{case.n}]"
    )
    need: Need = replace(one.need, reason=f"{one.need.reason}{told}。", cites=(case.n,))
    return (*hypotheses[:place], replace(one, need=need), *hypotheses[place + 1 :])


def _verdict(reading: Reading, judgement: Judgement) -> str:
    if judgement.solves != "unknown":
        return _words("verdict", judgement.solves, because=judgement.reason)
    if reading.noun:
        return _words("verdict", "unknown_asked", noun=reading.noun)
    if "pain" in reading.spans:
        return _words("verdict", "unknown_pain", quote=quoted(reading.spans["pain"].text))
    return _words("verdict", "unknown_bare")


def _reply(reading: Reading, judgement: Judgement) -> str:
    slot = "requested" if reading.kind == "request" and "requested" in reading.spans else "pain"
    quote = quoted(reading.spans[slot].text if slot in reading.spans else reading.voice)
    if reading.kind == "request" and judgement.solves == "yes":
        return _words("reply", "request_yes", quote=quote)
    return _words("reply", reading.kind, quote=quote, question=judgement.family.questions[0])


def _whys(reading: Reading, hypotheses: tuple[Hypothesis, ...]) -> tuple[Rung, ...]:
    """The ladder: the voice's own words first, what they do not say from the leading family, marked as assumed."""
    own = [reading.spans[s].text for s in ("requested", "pain", "consequence", "goal") if s in reading.spans]
    rungs = [Rung(text, "quoted") for text in own]
    assumed = next((h.whys for h in hypotheses if h.family), hypotheses[0].whys)
    rungs += [Rung(text, "assumed") for text in assumed[max(0, len(own) - 2) :]]
    return tuple(rungs[:_RUNGS])


def _story(hypotheses: tuple[Hypothesis, ...]) -> JobStory:
    """The story of the first hypothesis that a family tells."""
    return next((h.story for h in hypotheses if h.family), hypotheses[0].story)


def _requirement(reading: Reading, judgement: Judgement, leading: Hypothesis) -> str:
    data: dict[str, Any] = read("voice/words")
    which = "yes" if judgement.solves == "yes" else "other" if reading.noun else "none"
    not_done = Template(data["not_done"][which]).substitute(noun=reading.noun)
    return Template(data["requirement"]).substitute(
        statement=leading.need.statement, metric=judgement.family.metric, not_done=not_done
    )
