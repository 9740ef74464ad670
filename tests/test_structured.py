"""How JSON is asked of a server: the way that it takes, found once; what comes back is read, repaired, accounted for."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from copy_personalities import CHATTER, COPY, repairing, variants_for
from openai_stub import Logged, Personality, Stub, cut_small, refusing, serve

from copilot.channels import load_channels
from copilot.knowledge import read
from copilot.library import Library
from copilot.metering import Meter, Pace
from copilot.models import Chat, Shape, chat_model, method_of, prompt_tokens, shape_tokens, stream_text
from copilot.settings import Settings
from copilot.tasks.adcopy import adcopy
from copilot.tasks.rulecopy import Writing
from copilot.types import Usage
from copilot.writers.chat_forms import copy_form, diagnosis_form, faults, plan_form

SHAPE = Shape(
    "say",
    {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    },
)
MESSAGES = [("system", "只输出 JSON。"), ("user", "甲")]
TEXT = '{"a": "乙丙丁"}'
SAYS = Personality(says=lambda _: cut_small(TEXT))
BRIEF = {"product": "拾檐晾衣架", "selling_points": ["两床被套并排晾", "不用打孔"], "platform": "weibo"}
COPY_GOOD = COPY["good"]


def chat_of(stub: Stub) -> Chat:
    """The chat as the product makes it."""
    return chat_model(Settings(home=Path("unused"), model="openai:stub", base_url=stub.base_url, timeout=10.0))


def asked(request: Logged) -> str:
    """By which method a request asks for JSON."""
    kind = (request.body.get("response_format") or {}).get("type")
    return {"json_schema": "schema", "json_object": "json"}.get(
        str(kind), "tool" if "tools" in request.body else "text"
    )


def said(chat: Chat) -> str:
    """The model's answer to the request for JSON after SHAPE."""
    return "".join(stream_text(chat, MESSAGES, shape=SHAPE))


# The method


@pytest.mark.parametrize(
    ("server", "tried"),
    [
        ("deepseek", ["schema", "tool"]),
        ("deepseek-thinks", ["schema", "tool", "json"]),
        ("openai", ["schema", "tool"]),
        ("ark", ["schema", "tool"]),
        ("vllm", ["schema"]),
        ("xgrammar", ["schema", "tool"]),
        ("llama.cpp", ["schema"]),
        ("llama.cpp-old", ["schema", "tool", "json", "text"]),
        ("says-nothing", ["schema", "text"]),
    ],
)
def test_the_method_that_a_server_takes(server: str, tried: list[str]) -> None:
    """The ways are tried in order, for nothing; the next call begins with the one that was taken."""
    with serve(refusing(SAYS, server)) as stub:
        chat = chat_of(stub)
        assert said(chat) == said(chat) == TEXT
        assert [asked(request) for request in stub.requests] == [*tried, tried[-1]]
    assert chat.tally.calls == len(stub.billed) == 2


def test_tools_of_a_server_that_has_no_template() -> None:
    """llama.cpp without --jinja says 500 to a tool, and means that it does not take one: it is not tried again."""
    only_tools = replace(refusing(SAYS, "llama.cpp"), refuses=["json_schema", "tools"])
    with serve(replace(only_tools, refusal="tools param requires --jinja flag; response_format {name}")) as stub:
        assert said(chat_of(stub)) == TEXT
        assert [asked(request) for request in stub.requests] == ["schema", "tool", "json"]


def test_a_broken_server_is_no_refusal() -> None:
    """A 500 that names nothing leaves the method alone."""
    broken = Personality(status=500, error="boom", headers={"Retry-After": "0"})
    with serve(SAYS, moods=lambda number: broken if number < 3 else None) as stub:
        chat = chat_of(stub)
        assert said(chat) == TEXT and not chat.refused
        assert [asked(request) for request in stub.requests] == ["schema"] * 3


def test_what_is_refused_is_remembered_though_nobody_reads_on() -> None:
    """A caller that has enough hangs up; the next call is not begun in vain again."""
    with serve(refusing(replace(SAYS, endless=True), "deepseek")) as stub:
        chat = chat_of(stub)
        pieces = stream_text(chat, MESSAGES, shape=SHAPE)
        next(pieces)
        pieces.close()
        assert chat.refused == {"schema"}


def test_a_batch_learns_too() -> None:
    """With a meter what a server refuses costs nothing, and all rows know it."""
    with serve(refusing(SAYS, "deepseek-thinks")) as stub:
        run = chat_of(stub)
        for _ in range(2):
            row = replace(run, meter=Meter(Pace(random=lambda: 0.0), None, None))
            assert said(row) == TEXT and row.meter and row.meter.calls == 1 + 2 * (row is not run and _ == 0)
        assert [asked(request) for request in stub.requests] == ["schema", "tool", "json", "json"]
        assert len(stub.billed) == 2


def test_a_question_asks_for_no_json() -> None:
    """Without a shape nothing of it is in the request."""
    with serve(SAYS) as stub:
        "".join(stream_text(chat_of(stub), MESSAGES))
        assert not {"response_format", "tools", "tool_choice"} & set(stub.requests[0].body)


def test_what_is_sent() -> None:
    """The schema is named, strict and whole; the tool is the one that must be called."""
    with serve(refusing(replace(SAYS, enforces=True), "deepseek")) as stub:
        assert said(chat_of(stub)) == TEXT
        first, second = (request.body for request in stub.requests)
    assert first["response_format"]["json_schema"] == {"name": "say", "strict": True, "schema": SHAPE.schema}
    assert second["tools"][0]["function"]["parameters"] == SHAPE.schema
    assert second["tool_choice"] == {"type": "function", "function": {"name": "say"}}


def test_models_of_other_kinds() -> None:
    """Where the class knows no server's options, tools are used if it has them, else the prompt alone."""
    from langchain_core.language_models import GenericFakeChatModel
    from langchain_ollama import ChatOllama

    assert method_of(GenericFakeChatModel(messages=iter(())), set()) == "text"
    assert method_of(ChatOllama(model="x"), set()) == "tool"
    assert method_of(ChatOllama(model="x"), {"tool"}) == "text"


# What comes back


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_arguments_of_a_tool_in_pieces(size: int) -> None:
    """However they are cut they are the answer."""
    personality = Personality(says=lambda _: cut_small(TEXT, size), enforces=True)
    with serve(refusing(personality, "deepseek")) as stub:
        assert said(chat_of(stub)) == TEXT


@pytest.fixture
def writing(handbook: Library, home: Path) -> Writing:
    """The handbook, no model."""
    return Writing(handbook, load_channels(home))


def strict_good(prompt: str, _: int) -> Sequence[str]:
    """Plain copy as a server writes it that enforces the schema."""
    return cut_small(json.dumps({"variants": variants_for(prompt)}, ensure_ascii=False), 9)


def told(write: Callable[[str], str]) -> Personality:
    """A personality that says what `write` makes of the copy it would write."""
    return Personality(reads=lambda prompt, number: cut_small(write("".join(strict_good(prompt, number))), 9))


@pytest.mark.parametrize(
    "personality",
    [
        pytest.param(Personality(reads=strict_good, enforces=True), id="schema"),
        pytest.param(refusing(Personality(reads=strict_good, enforces=True), "openai"), id="tool"),
        pytest.param(
            refusing(Personality(reads=strict_good, enforces=True, besides="好的，我来写[1]：{"), "openai"),
            id="tool-and-chatter",
        ),
        pytest.param(refusing(Personality(reads=strict_good, enforces=True), "deepseek-thinks"), id="json"),
        pytest.param(refusing(told(lambda text: f"```json\n{text}\n```"), "says-nothing"), id="text-fenced"),
        pytest.param(refusing(told(lambda text: text.join(CHATTER)), "says-nothing"), id="text-chatter"),
        pytest.param(told(lambda text: f'<think>{{"variants": []}}不对</think>{text}'), id="ignored-thinks"),
        pytest.param(told(lambda text: f'先试 {{"variants": []}}\n</think>\n{text}'), id="half-a-think-block"),
        pytest.param(told(lambda text: f"```json\n{text}\n```"), id="ignored-fenced"),
        pytest.param(replace(told(str), thinks=["想一想", '{"variants": []}']), id="reasoning-field"),
    ],
)
def test_copy_by_every_method(personality: Personality, writing: Writing) -> None:
    """Whatever way it comes, one call's answer is the copy; a server that enforces the schema finds it kept."""
    with serve(personality) as stub:
        made = adcopy(BRIEF, 2, writing._replace(model=chat_of(stub)))
        assert not stub.unlike
    assert made.writer == "chat:openai:stub" and len(made.variants) == 2
    (bill,) = stub.billed
    told_all = stub.requests[-1].body.get("stream_options")  # else we count ourselves
    assert made.usage and made.usage.estimated is not bool(told_all)
    assert made.usage.estimated or made.usage == Usage(1, bill.prompt, bill.answer)


def test_an_answer_that_breaks_the_schema_is_asked_for_without() -> None:
    """Groq says 400 where its model does not keep to what it enforces; then the prompt alone has to do."""
    with serve(Personality(says=lambda _: ["不是 JSON"], enforces=True)) as stub:
        assert said(chat_of(stub)) == "不是 JSON"
        assert asked(stub.requests[-1]) == "text"


def test_the_schema_is_counted() -> None:
    """What a server bills of it is paid before, and part of our own count; the prompt alone costs less."""
    with serve(replace(SAYS, tells_usage=False)) as stub:
        chat = chat_of(stub).counted()
        said(chat)
        usage = chat.tally.usage()
        row = replace(chat, meter=Meter(Pace(), None, None)).counted()
        said(row)
    assert usage and usage.input_tokens == prompt_tokens(MESSAGES) + shape_tokens(SHAPE, "schema")
    assert row.tally.input_tokens == usage.input_tokens > prompt_tokens(MESSAGES)
    assert shape_tokens(SHAPE, "json") == shape_tokens(None, "schema") == 0


# Repair


def misshapen(prompt: str, _: int) -> Sequence[str]:
    """JSON that holds no copy."""
    return cut_small(json.dumps({"variants": [{"angle": 3, "text_of_it": None}]}))


def test_a_repair_quotes_what_was_wrong(writing: Writing) -> None:
    """The faults that pydantic finds are told with their places."""
    mending = Personality(reads=lambda p, n: strict_good(p, n) if repairing(p) else misshapen(p, n))
    with serve(mending) as stub:
        made = adcopy(BRIEF, 1, writing._replace(model=chat_of(stub)))
        repair = stub.requests[1].body["messages"][-1]["content"]
    assert "variants.0.angle：要写文字" in repair and "variants.0.fields：没有写" in repair
    assert made.writer == "chat:openai:stub"
    assert made.usage and made.usage.calls == 2
    assert made.usage.input_tokens == sum(bill.prompt for bill in stub.billed)
    assert made.usage.output_tokens == sum(bill.answer for bill in stub.billed)


@pytest.mark.parametrize("says", [misshapen, lambda p, n: ["这是文案。"]], ids=["wrong-schema", "no-json"])
def test_at_most_two_repairs_then_the_rules(says: Callable[[str, int], Sequence[str]], writing: Writing) -> None:
    """The rules write, `writer` says so, and all three calls are accounted for."""
    with serve(Personality(reads=says)) as stub:
        made = adcopy(BRIEF, 1, writing._replace(model=chat_of(stub)))
    assert len(stub.requests) == 3 and made.usage and made.usage.calls == 3
    assert made.writer == "rules（chat:openai:stub 的文案没有通过检查）"
    assert len(made.variants) == 1 and made.dropped


def test_copy_that_passes_is_kept_when_the_repair_fails(writing: Writing) -> None:
    """Of two variants one is good: it stays the model's, the other is written by the rules, and the reason is told."""

    def one_bad(prompt: str, _: int) -> Sequence[str]:
        variants = variants_for(prompt)
        variants[1]["fields"] = {}
        return cut_small(json.dumps({"variants": variants}, ensure_ascii=False))

    broken = Personality(status=401, error="no")
    with serve(Personality(reads=one_bad), moods=lambda number: broken if number > 1 else None) as stub:
        made = adcopy(BRIEF, 2, writing._replace(model=chat_of(stub)))
    assert made.writer == "chat:openai:stub，1 条由规则补写"
    assert [one.ai_generated for one in made.variants] == [True, False]
    assert any("401" in line["reason"] and "规则补写" in line["reason"] for line in made.dropped)


# The schemas

_KNOWN = {"type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "description"}
_KNOWN |= {"$ref", "$defs", "const"}


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema inside a schema, not the tables of properties and definitions."""
    if isinstance(schema, dict):
        yield schema
        for key, one in schema.items():
            for inner in one.values() if key in ("properties", "$defs") else one if isinstance(one, list) else [one]:
                yield from _nodes(inner)


FORMS = [
    pytest.param(lambda: diagnosis_form(), id="diagnosis"),
    pytest.param(lambda: plan_form(["s1", "s2"]), id="plan"),
    *(pytest.param(lambda name=name: copy_form(load_channels()[name]), id=name) for name in load_channels()),
]


@pytest.mark.parametrize("form", FORMS)
def test_schemas_are_strict(form: Any) -> None:
    """As OpenAI wants them: every key required, no others, an object at the top, only keywords that it knows."""
    schema = form().shape.schema
    assert schema["type"] == "object" and len(json.dumps(schema)) < 15_000
    for node in _nodes(schema):
        assert set(node) <= _KNOWN, node
        if node.get("type") == "object":
            assert node["required"] == list(node["properties"]) and node["additionalProperties"] is False


def test_a_channel_of_the_users_own_may_call_its_fields_anything() -> None:
    """Also by what pydantic's models call their methods; optional ones may be null."""
    channel = load_channels()["weibo"]
    field = channel.fields[0]
    names = ("copy", "json", "schema", "_lead", "model_x", "标题", "title")
    fields = tuple(replace(field, name=name, optional=name == "json", items=(0, 0)) for name in names)
    form = copy_form(replace(channel, fields=fields))
    right = {name: None if name == "json" else "甲" for name in names}
    assert faults(form, {"variants": [{"angle": "pain", "fields": right, "cites": [1]}]}) == []
    wrong = faults(form, {"variants": [{"angle": "pain", "fields": right | {"copy": 3}, "cites": ["x"]}]})
    assert wrong == ["variants.0.fields.copy：要写文字", "variants.0.cites.0：要写整数"]


def test_faults_are_few() -> None:
    """What follows from the first is not told."""
    assert len(faults(diagnosis_form(), {})) == read("chat_copy")["form"]["most"]
    assert "只能写" in faults(diagnosis_form(), {"kind": "nonsense"})[0]
