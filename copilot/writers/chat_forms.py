"""The JSON that each task wants of a model: pydantic types, from which come the schema it is sent and what is wrong.

An answer that is valid is taken as it is; one that is not is read as far as it goes, and what is wrong is told.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from copilot.channels import Channel, ChannelField
from copilot.diagnosis import Kind, Step, Urgency, Verdict
from copilot.knowledge import read
from copilot.models import Shape

_keyed: Any = TypedDict  # a model of pydantic's has no field `copy`, `json` or `schema`, a user's channel may


class Form(NamedTuple):
    """What an answer should be: the shape that a server is sent, and the type that checks what came."""

    shape: Shape
    adapter: TypeAdapter[Any]


def copy_form(channel: Channel) -> Form:
    """Return the form for variants on a channel: its fields by name, those that may be left out nullable."""
    own = {field.name: Annotated[_field_type(field), Field(description=field.label)] for field in channel.fields}
    variant: Any = _keyed("Variant", {"angle": str, "fields": _keyed("Fields", own), "cites": list[int]})
    return _form("write_copy", _keyed("Copy", {"variants": list[variant]}))


def _field_type(field: ChannelField) -> Any:
    kind = list[str] if field.items[1] else str
    return kind | None if field.optional else kind


def plan_form(ids: Sequence[str]) -> Form:
    """Return the form for sentences by their ids, one text for each."""
    return _form("write_sentences", _keyed("Sentences", dict.fromkeys(ids, str)))


@dataclass
class NeedForm:
    """A need as the model is to write it."""

    statement: str
    reason: str
    confidence: float
    evidence: str | None
    against: str
    falsifier: str
    action: str
    cites: list[int]


@dataclass
class RungForm:
    """A why."""

    text: str
    basis: Literal["quoted", "assumed"]


@dataclass
class OptionForm:
    """A way to help."""

    idea: str
    benefit: int
    cost: int
    effort: str
    moves: str
    why: str


@dataclass
class StoryForm:
    """A job story."""

    situation: str
    motivation: str
    outcome: str


@dataclass
class TestForm:
    """The cheapest test."""

    what: str
    threshold: str


@dataclass
class DiagnosisForm:
    """A diagnosis as the model is to write it; the slots are words of the voice."""

    kind: Kind
    enough: bool
    segment: str | None
    context: str | None
    workaround: str | None
    requested: str | None
    pain: str | None
    consequence: str | None
    goal: str | None
    needs: list[NeedForm]
    whys: list[RungForm]
    solves_root: Verdict
    root_reason: str
    questions: list[str]
    options: list[OptionForm]
    job_story: StoryForm | None
    test: TestForm | None
    requirement: str
    next_step: Step
    urgency: Urgency
    owner: str
    verdict: str
    this_week: str
    reply: str


@cache
def diagnosis_form() -> Form:
    """Return the form for a diagnosis."""
    return _form("write_diagnosis", DiagnosisForm)


def _form(name: str, kind: Any) -> Form:
    adapter = TypeAdapter(kind)
    return Form(Shape(name, _strict(adapter.json_schema())), adapter)


def _strict(schema: Any) -> Any:
    """The schema as servers want it that enforce one: every key named, no others, nothing about titles."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    done = {key: _strict(value) for key, value in schema.items() if key != "title" or not isinstance(value, str)}
    if done.get("type") == "object" and "properties" in done:
        done |= {"required": list(done["properties"]), "additionalProperties": False}
    return done


def faults(form: Form, value: Any) -> list[str]:
    """Return what is wrong with a value, a line each with its place: `variants.0.fields.title：没有写`; [] if valid."""
    words = read("chat_copy")["form"]
    try:
        form.adapter.validate_python(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return [f"{_place(one['loc'])}{_said(one, words)}" for one in found[: words["most"]]]
    return []


def _place(where: Sequence[int | str]) -> str:
    place = ".".join(str(part)[:40] for part in where)
    return f"{place}：" if place else ""


def _said(error: Any, words: Mapping[str, Any]) -> str:
    kind = re.sub("^(dataclass|model)(_attributes)?_type$", "dict_type", error["type"])
    expected = str(error.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", "、")
    return str(words["errors"].get(kind, words["other"])).format(expected=expected)
