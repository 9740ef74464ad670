"""A real server on 127.0.0.1 that speaks the OpenAI protocol with a scripted personality.

    with serve("good") as stub:
        settings = Settings(home=..., model="openai:stub", base_url=stub.base_url)
        ...
        stub.requests[0].body["messages"]

Personalities that answer take their sentences from the fenced passages of the prompt, so that what they say is in
the passages whatever the corpus; `serve("scripted", pieces=[...])` says exactly that. Those that write copy stand in
copy_personalities.py.

Asked for JSON by `response_format` or `tools`, a server ignores both silently, or `enforces` them; one that `refuses`
them does it in the words of a real server, see REFUSING.

`serve(good, moods=moody(troubles(good), 0.3))` misbehaves in 30 % of the requests. The stub counts what it would put
on the bill (`stub.billed`), also for what nobody got to read, and how many requests it had at once.
"""

import asyncio
import json
import math
import random
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import uvicorn
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copilot.models import count_tokens, prompt_tokens
from copilot.text import sentence_spans

DEARER = 1.2  # the stub's tokens for one of ours: nobody's tokeniser counts like another's

Passages = list[tuple[int, str]]


@dataclass(frozen=True)
class Logged:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Bill:
    """What a request takes that costs something."""

    messages: Sequence[tuple[str, str]]
    pieces: list[str] = field(default_factory=list)

    @property
    def prompt(self) -> int:
        """Tokens of the prompt."""
        return math.ceil(prompt_tokens(self.messages) * DEARER)

    @property
    def answer(self) -> int:
        """Tokens of what was said and thought, read or not."""
        return math.ceil(count_tokens("".join(self.pieces)) * DEARER)


@dataclass
class Stub:
    """A running server; `base_url` ends in `/v1`. `most_at_once`: how many requests were in flight together."""

    base_url: str
    requests: list[Logged] = field(default_factory=list)
    billed: list[Bill] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)  # what was wrong with JSON, where the server enforces a schema
    in_flight: int = 0
    most_at_once: int = 0


@dataclass(frozen=True)
class Personality:
    """How the server behaves. `says` or `reads` makes the pieces of the answer; `status` other than 200 is an error."""

    says: Callable[[Passages], Sequence[str]] = lambda _: []
    reads: Callable[[str, int], Sequence[str]] | None = (
        None  # instead of `says`: from the user's message and its number
    )
    thinks: Sequence[str] = ()  # sent as `reasoning_content`
    status: int = 200
    error: str = ""
    code: str = ""  # of the error; empty: the status
    headers: dict[str, str] = field(default_factory=dict)
    fails_first: int = 0  # so many requests get `status`, the others the answer
    pause: float = 0.0  # seconds before every piece
    finish: str | None = "stop"
    breaks: bool = False  # drops the connection after the pieces
    endless: bool = False  # repeats the pieces until the client goes away
    needs_no_temperature: bool = False
    refuses: Sequence[str] = ()  # keys of the body, or types of response_format, that are answered with an error
    refusal: str = "Unsupported parameter: '{name}' is not supported with this model."
    refusal_status: int = 400
    enforces: bool = False  # calls tools, and what is no JSON after the schema is an error; else both are ignored
    besides: str = ""  # said as content before a tool is called
    tells_usage: bool = True  # at the end of a stream, when asked to
    obeys_bound: bool = True  # ends at max_tokens or max_completion_tokens
    silent: bool = False  # never answers
    stalls: bool = False  # falls silent after the pieces
    half: bool = False  # says only the first half of the pieces
    garbled: bool = False  # ends in a line that is no JSON


# Servers that refuse ways to ask for JSON: what, in which words and with which status. From their trackers, 2026-11-23:
# inspect_ai #4916, vllm #9986, llama.cpp #10920 and LLMKube #126, agno #2553, langchain #31490, litellm #31466.
REFUSING: dict[str, tuple[Sequence[str], str, int]] = {
    "deepseek": (["json_schema"], "This response_format type is unavailable now", 400),
    "deepseek-thinks": (
        ["json_schema", "tools"],
        "deepseek-reasoner does not support this tool_choice; response_format type is unavailable",
        400,
    ),
    "openai": (
        ["json_schema"],
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model. Learn more.",
        400,
    ),
    "ark": (
        ["json_schema"],
        "The parameter `response_format.type` specified in the request are not valid: invalid value: `json_schema`, "
        "supported values are: `json_object` and `text`.",
        400,
    ),
    "vllm": (
        ["tools"],
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        400,
    ),
    "xgrammar": (["json_schema"], "The provided JSON schema contains features not supported by xgrammar.", 400),
    "llama.cpp": (["tools"], "tools param requires --jinja flag", 500),
    "llama.cpp-old": (["json_schema", "json_object", "tools"], "Unsupported param: {name}, response_format", 500),
    "says-nothing": (["response_format", "tools"], "bad request", 400),
}


def refusing(personality: Personality, server: str) -> Personality:
    """The personality behind one of the servers of REFUSING."""
    names, said, status = REFUSING[server]
    return replace(personality, refuses=names, refusal=said, refusal_status=status)


def sentences(passages: Passages, most: int = 3) -> list[tuple[int, str]]:
    """Whole sentences of the passages with the number of their passage, a few from each."""
    found = []
    for number, text in passages:
        whole = [text[a:b] for a, b in sentence_spans(text) if text[b - 1] == "。" and b - a >= 8]
        found += [(number, sentence.lstrip("-*# 0123456789.")) for sentence in whole[:2]]
    return found[:most]


def _marked(passages: Passages) -> str:
    return "".join(f"{sentence[:-1]}[{number}]。" for number, sentence in sentences(passages))


def cut_small(text: str, size: int = 3) -> list[str]:
    """The text in pieces of so many characters."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def _wrong_number(passages: Passages) -> list[str]:
    """Every figure of the sentences changed, their marks left alone."""
    changed = re.sub(r"\d(?![\d]*\])", lambda digit: str((int(digit[0]) + 3) % 10), _marked(passages))
    return cut_small(f"这个比例是 7351%[1]。{changed}")


def _with_thoughts(passages: Passages) -> list[str]:
    return cut_small(f"<think>先看段落 1。它说的不一定对[9]。\n</think>\n\n{_marked(passages)}")


PERSONALITIES = {
    "good": Personality(says=lambda passages: cut_small(_marked(passages))),
    "marks_after": Personality(says=lambda p: cut_small("".join(f"{text}[{n}]" for n, text in sentences(p)))),
    "list": Personality(
        says=lambda p: cut_small("\n".join(f"{i}. {t}[{n}]" for i, (n, t) in enumerate(sentences(p), 1)))
    ),
    "slow": Personality(says=lambda passages: cut_small(_marked(passages)), pause=0.6),
    "cut": Personality(says=lambda passages: cut_small(_marked(passages) + "而且还有一句没有"), breaks=True),
    "cut_quietly": Personality(says=lambda passages: cut_small(_marked(passages) + "而且还有一句没有"), finish=None),
    "401": Personality(status=401, error="Incorrect API key provided: {key}."),
    "404": Personality(status=404, error="The model `stub` does not exist."),
    "429": Personality(status=429, error="Rate limit reached.", headers={"Retry-After": "30"}),
    "429_then_good": Personality(
        says=lambda p: cut_small(_marked(p)), status=429, fails_first=1, headers={"Retry-After": "0"}
    ),
    "500": Personality(status=500, error="boom", headers={"Retry-After": "0"}),
    "400": Personality(status=400, error="bad request, key {key}\x1b[31m\nsecond line"),
    "no_temperature": Personality(says=lambda p: cut_small(_marked(p)), needs_no_temperature=True),
    "empty": Personality(),
    "only_thinks": Personality(says=lambda _: ["<think>想不完", "的事"]),
    "out_of_range": Personality(says=lambda p: cut_small(_marked(p) + "这一句另有出处[99]。" + "还有一句[0][1]。")),
    "invented": Personality(says=lambda p: cut_small(_marked(p) + "此外，火星分公司连续九年获得金奖[1]。")),
    "wrong_number": Personality(says=_wrong_number),
    "think": Personality(says=_with_thoughts),
    "reasoning": Personality(says=lambda p: cut_small(_marked(p)), thinks=["先想一想", "，再回答"]),
    "refusal": Personality(says=lambda _: ["资料里没有", "这个问题的答案。"]),
    "endless": Personality(says=lambda passages: [_marked(passages) or "没完没了。"], endless=True),
    "too_long": Personality(says=lambda p: cut_small(_marked(p) + "写到一半就"), finish="length"),
    "blocked": Personality(says=lambda _: ["抱"], finish="content_filter"),
    "error_in_stream": Personality(says=lambda p: [*cut_small(_marked(p)), "\x00error"]),
    "silent": Personality(silent=True),
}


def troubles(good: Personality) -> list[Personality]:
    """What can go wrong with a server that is `good` otherwise."""
    return [
        Personality(status=429, error="Rate limit reached.", headers={"Retry-After": "0"}),
        Personality(status=500, error="boom"),
        Personality(silent=True),
        replace(good, half=True, breaks=True),
        replace(good, half=True, stalls=True),
        replace(good, half=True, garbled=True),
        replace(good, half=True),  # bad JSON, where JSON is asked for
    ]


def moody(moods: Sequence[Personality], share: float, seed: int = 0) -> Callable[[int], Personality | None]:
    """One of the moods for a share of the requests, by chance that depends on their number alone."""

    def mood(number: int) -> Personality | None:
        chance = random.Random(f"{seed} {number}")
        return chance.choice(moods) if chance.random() < share else None

    return mood


@contextmanager
def serve(
    personality: str | Personality,
    pieces: Sequence[str] = (),
    moods: Callable[[int], Personality | None] = lambda number: None,
) -> Iterator[Stub]:
    """Run the server in a thread and yield it; `pieces` are what the personality `scripted` says.

    `moods` says for the number of a request, from 1, who answers it instead.
    """
    if personality == "scripted":
        behaviour = Personality(says=lambda _: pieces)
    else:
        behaviour = PERSONALITIES[personality] if isinstance(personality, str) else personality
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    stub = Stub(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
    config = uvicorn.Config(
        _counted(_app(behaviour, stub, moods), stub), loop="asyncio", http="h11", ws="none", lifespan="off"
    )
    config.log_level = "critical"
    config.configure_logging()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.002)
    try:
        yield stub
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=5)
        listener.close()


def _counted(app: ASGIApp, stub: Stub) -> ASGIApp:
    """The app that counts who is in it; a request has left before its caller can know that it is over."""

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        present = True
        stub.in_flight += 1
        stub.most_at_once = max(stub.most_at_once, stub.in_flight)

        def leave() -> None:
            nonlocal present
            stub.in_flight -= present
            present = False

        async def sending(message: Message) -> None:
            is_last = message["type"] == "http.response.body" and not message.get("more_body")
            if is_last or b"[DONE]" in message.get("body", b""):
                leave()
            await send(message)

        try:
            await app(scope, receive, sending)
        finally:
            leave()

    return counting


def _app(usual: Personality, stub: Stub, moods: Callable[[int], Personality | None]) -> Starlette:
    async def completions(request: Request) -> Response:
        body = await request.json()
        stub.requests.append(Logged(request.url.path, dict(request.headers), body))
        personality = moods(len(stub.requests)) or usual
        failing = not personality.fails_first or len(stub.requests) <= personality.fails_first
        if personality.status != 200 and failing:
            key = request.headers.get("authorization", "").removeprefix("Bearer ")
            return _error(
                personality.status, personality.error.replace("{key}", key), personality.headers, personality.code
            )
        if personality.needs_no_temperature and "temperature" in body:
            return _error(400, "Unsupported value: 'temperature' does not support 0 with this model.", {})
        asked = [*body, (body.get("response_format") or {}).get("type")]
        for name in personality.refuses:
            if name in asked:
                return _error(personality.refusal_status, personality.refusal.replace("{name}", name), {})
        bill = Bill([(message["role"], message["content"]) for message in body["messages"]])
        stub.billed.append(bill)
        while personality.silent:
            if (await request.receive())["type"] == "http.disconnect":
                return Response()
        prompt = body["messages"][-1]["content"]
        reads = personality.reads
        pieces = list(reads(prompt, len(stub.requests)) if reads else personality.says(passages_in(prompt)))
        pieces = pieces[: len(pieces) // 2] if personality.half else pieces
        if personality.enforces and (wrong := _unlike_schema(body, "".join(pieces))):
            stub.unlike.append(wrong)
            return _error(400, f"Failed to generate JSON. Please adjust your prompt. {wrong}", {})
        if body.get("stream"):
            return StreamingResponse(_events(personality, pieces, body, bill), media_type="text/event-stream")
        await asyncio.sleep(personality.pause)
        message = {"role": "assistant", "content": "".join(pieces), "reasoning_content": "".join(personality.thinks)}
        choice = {"index": 0, "message": message, "finish_reason": personality.finish}
        usage = {"prompt_tokens": 10, "completion_tokens": len(pieces), "total_tokens": 10 + len(pieces)}
        return JSONResponse({**_envelope("chat.completion"), "choices": [choice], "usage": usage})

    async def models(_: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "stub", "object": "model", "owned_by": "tests"}]})

    async def anything_else(request: Request) -> Response:
        stub.requests.append(Logged(request.url.path, dict(request.headers), {}))
        return _error(404, "no such path", {})

    return Starlette(
        routes=[
            Route("/v1/chat/completions", completions, methods=["POST"]),
            Route("/v1/models", models),
            Route("/{path:path}", anything_else, methods=["GET", "POST", "PATCH"]),
        ]
    )


def passages_in(prompt: str) -> Passages:
    """The fenced passages of a prompt, `(number, text)`, without their line of origin."""
    fenced = re.findall(r"<<<段落 (\d+)>>>\n(?:出处：[^\n]*\n)?(.*?)\n<<<段落 \1 结束>>>", prompt, re.DOTALL)
    return [(int(number), text) for number, text in fenced]


async def _events(
    personality: Personality, pieces: Sequence[str], body: dict[str, Any], bill: Bill
) -> AsyncIterator[str]:
    finish, bound = personality.finish, body.get("max_tokens") or body.get("max_completion_tokens") or math.inf
    used, tool = 0.0, ""
    if personality.enforces and body.get("tools"):
        tool = body["tools"][0]["function"]["name"]
        finish = "tool_calls" if finish == "stop" else finish
    yield _event({"role": "assistant", "content": personality.besides if tool else ""})
    if tool:
        yield _event(_tool_delta("", tool))
    for thought in personality.thinks:
        bill.pieces.append(thought)
        yield _event({"reasoning_content": thought})
    while True:
        for piece in pieces:
            await asyncio.sleep(personality.pause)
            if piece == "\x00error":
                yield f"data: {json.dumps({'error': {'message': 'upstream failed', 'code': 'bad'}})}\n\n"
                return
            used += count_tokens(piece) * DEARER
            if personality.obeys_bound and used > bound:
                finish = "length"
                break
            bill.pieces.append(piece)
            yield _event(_tool_delta(piece) if tool else {"content": piece})
        if not personality.endless or finish == "length":
            break
        await asyncio.sleep(0)
    if personality.stalls:
        await asyncio.sleep(30)  # until the client goes away
    if personality.garbled:
        yield 'data: {"id": "chatcmpl-stub", "choices": [{"delta":\n\n'
    if personality.breaks:
        raise ConnectionAbortedError("the stub was told to break off")
    if finish:
        yield _event({}, finish)
        if personality.tells_usage and (body.get("stream_options") or {}).get("include_usage"):
            yield f"data: {json.dumps({**_envelope('chat.completion.chunk'), 'choices': [], 'usage': _usage(bill)})}\n\n"
        yield "data: [DONE]\n\n"


def _tool_delta(arguments: str, name: str = "") -> dict[str, Any]:
    """A piece of a call; its name and id come once, before the arguments."""
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    begin = {"id": "call_1", "type": "function"} if name else {}
    return {"tool_calls": [{"index": 0, **begin, "function": function}]}


def _unlike_schema(body: dict[str, Any], text: str) -> str:
    """What a server that enforces what the body asks for finds wrong with a text; empty where nothing is asked."""
    wanted, tools = body.get("response_format"), body.get("tools")
    if not wanted and not tools:
        return ""
    try:
        value = json.loads(text)
    except ValueError as error:
        return f"no JSON: {error}"
    schema = tools[0]["function"]["parameters"] if tools else (wanted or {}).get("json_schema", {}).get("schema", {})
    return next(
        (f"{found.json_path}: {found.message}" for found in Draft202012Validator(schema).iter_errors(value)), ""
    )


def _usage(bill: Bill) -> dict[str, int]:
    return {
        "prompt_tokens": bill.prompt,
        "completion_tokens": bill.answer,
        "total_tokens": bill.prompt + bill.answer,
    }


def _event(delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({**_envelope('chat.completion.chunk'), 'choices': [choice]}, ensure_ascii=False)}\n\n"


def _envelope(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-stub", "object": kind, "created": 1_790_000_000, "model": "stub"}


def _error(status: int, message: str, headers: dict[str, str], code: str = "") -> Response:
    body = {"error": {"message": message, "type": "stub", "param": None, "code": code or str(status)}}
    return JSONResponse(body, status_code=status, headers=headers)
