"""What could be done: options with benefit and cost, the cheapest test, the requirement, who does it and how soon."""

from dataclasses import dataclass, replace
from string import Template
from typing import Any

from copilot.diagnosis import Option, Step, Urgency, Verdict
from copilot.knowledge import read
from copilot.writers.rules.voice.families import Family
from copilot.writers.rules.voice.needs import Judgement
from copilot.writers.rules.voice.read import Reading

_SHOWN = 4  # options of the family, from small to large
_AS_ASKED = {
    "yes": (4, 2, "2–5 人日"),
    "partly": (2, 3, "3–8 人日"),
    "no": (1, 3, "3–8 人日"),
    "unknown": (2, 3, "3–8 人日"),
}


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many rows and distinct people say the same: figures of the data, not estimates."""

    size: int
    users: int


def options(reading: Reading, judgement: Judgement, crowd: Crowd | None) -> tuple[Option, ...]:
    """Return what could be done, best ratio first: the smallest change, what exists, as asked, larger ones, nothing."""
    data: dict[str, Any] = read("voice/words")["options"]
    family = judgement.family
    made = [*family.options[:_SHOWN]]
    existing = Template(data["existing"]).substitute(existing=family.existing)
    made.append(Option(existing, 2, 1, 2.0, "", "0.2–0.5 人日", data["moves_existing"]))
    if "requested" in reading.spans:
        benefit, cost, effort = _AS_ASKED[judgement.solves]
        idea = Template(data["as_asked"]).substitute(requested=reading.spans["requested"].text)
        made.append(Option(idea, benefit, cost, round(benefit / cost, 2), "", effort, family.metric))
    made.sort(key=lambda option: (-option.ratio, option.cost))
    nothing = Template(data["nothing"]).substitute(skip=family.skip)
    last = Option(nothing, 1, 1, 1.0, "", "0 人日", data["moves_nothing"])
    return tuple(replace(option, why=_why(option, option is last, crowd)) for option in (*made, last))


def _why(option: Option, nothing: bool, crowd: Crowd | None) -> str:
    data: dict[str, Any] = read("voice/words")["options"]
    told = Template(data["data"]).substitute(users=crowd.users, size=crowd.size) if crowd else ""
    return Template(data["why_nothing" if nothing else "why"]).substitute(
        benefit=option.benefit, cost=option.cost, effort=option.effort, moves=option.moves, data=told
    )


def smallest(family: Family) -> str:
    """Return the family's cheapest option."""
    return min(family.options, key=lambda option: (option.cost, -option.benefit)).idea


def step_of(reading: Reading, solves: Verdict) -> Step:
    """Return what comes next: a request that is right is built, one that is not is reframed, else one looks closer."""
    if reading.kind == "request" or reading.noun:
        return "build" if solves == "yes" else "reframe" if solves in ("partly", "no") else "investigate"
    return "investigate"


def urgency_of(reading: Reading) -> Urgency:
    """Return how soon: by what must be known at once, by how strongly it is said, and by a consequence."""
    data: dict[str, Any] = read("voice/words")["urgency"]
    score = reading.intensity.score if reading.intensity else 1.0
    if any(signal in data["high"] for signal in reading.signals) and reading.kind in ("complaint", "bug"):
        return "high"
    if score >= data["strong"] and reading.kind in ("complaint", "bug"):
        return "high"
    if any(signal in (*data["high"], *data["medium"]) for signal in reading.signals) or reading.kind == "bug":
        return "medium"
    if reading.kind in ("complaint", "request") and (score >= data["felt"] or "consequence" in reading.spans):
        return "medium"
    return "low"


def owner_of(reading: Reading, step: Step) -> str:
    """Return who takes it on: the kind of danger decides before the kind of work."""
    data: dict[str, str] = read("voice/words")["owner"]
    if reading.kind in ("complaint", "bug"):
        for signal in reading.signals:
            if signal in data:
                return data[signal]
    return data[step]
