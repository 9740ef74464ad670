"""`ask` and `stream`: exact citations, refusals without a model, models that are never trusted."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from openai_stub import Stub, serve

from copilot.assistant import Copilot
from copilot.embedding import load_embedding
from copilot.errors import InputError
from copilot.library import Library
from copilot.settings import Settings
from copilot.tasks.ask import MARKS, REFUSAL, render
from copilot.types import Answer, Done, Sentence

GOLDEN = Path(__file__).parent / "golden" / "questions.jsonl"
INSIDE = "怎么召回流失用户？"  # the title of a section of the handbook, nearly: far from the threshold
OUTSIDE = "红烧肉怎么炖才软烂？"
KEYS = {
    "question",
    "query_used",
    "answered",
    "answer",
    "sentences",
    "citations",
    "nearest",
    "findings",
    "writer",
    "prompt",
    "usage",
    "left_out",
    "timings_ms",
}


def rules(library: Library) -> Copilot:
    """A copilot without a model."""
    return Copilot(library, Settings(home=Path("unused")))


@contextmanager
def chat(library: Library, personality: str, pieces: Sequence[str] = ()) -> Iterator[tuple[Copilot, Stub]]:
    """A copilot whose model is a personality of the stub, and the stub."""
    with serve(personality, pieces) as stub:
        settings = Settings(home=Path("unused"), model="openai:stub", base_url=stub.base_url, timeout=5.0)
        yield Copilot(library, settings), stub


def asked(library: Library, personality: str, pieces: Sequence[str] = ()) -> Answer:
    """The answer with a personality of the stub."""
    with chat(library, personality, pieces) as (bot, _):
        return bot.ask(INSIDE)


def check_answer(library: Library, reply: Answer) -> None:
    """Assert what holds of every answer, whoever wrote it."""
    numbers = {c.n for c in reply.citations}
    assert all(library.show(c.doc_id).text[c.start : c.end] == c.quote for c in reply.citations)
    assert {int(n) for n in re.findall(r"\[(\d+)\]", reply.answer)} == numbers
    assert {n for sentence in reply.sentences for n in sentence.cites} == numbers
    assert [c.n for c in reply.citations] == list(range(1, len(numbers) + 1))
    assert reply.answer.count(MARKS["unsupported"]) == sum(s.support == "unsupported" for s in reply.sentences)
    assert all(s.cites or s.support == "unsupported" for s in reply.sentences)
    assert bool(reply.answered) == bool(reply.sentences) == bool(reply.answer != REFUSAL)


def golden() -> list[str]:
    """The questions that the handbook answers."""
    rows = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    return [row["q"] for row in rows if row["answerable"]]


def test_every_quote_is_a_slice(handbook: Library) -> None:
    """For every answerable question: quotes are slices, every mark has a citation, none is unused."""
    bot = rules(handbook)
    questions = golden()
    assert len(questions) == 210
    for question in questions:
        check_answer(handbook, bot.ask(question))


def test_every_quote_of_long_answers_is_a_slice(handbook: Library) -> None:
    """The same for `long`."""
    bot = rules(handbook)
    for question in golden()[::4]:
        check_answer(handbook, bot.ask(question, long=True))


def test_answer_has_the_shape_of_the_contract(handbook: Library) -> None:
    """`to_dict` has exactly the keys of the contract, and is JSON."""
    reply = json.loads(json.dumps(rules(handbook).ask(INSIDE).to_dict(), ensure_ascii=False))
    assert reply.keys() == KEYS
    assert reply["answered"] is True
    assert reply["writer"] == "rules"
    assert reply["sentences"][0].keys() == {"text", "cites", "support"}
    citation = {"n", "doc_id", "source", "title", "section", "quote", "start", "end", "score"}
    assert reply["citations"][0].keys() == citation


def test_refusal(handbook: Library) -> None:
    """A question outside the library gets one sentence and what was looked at, nothing else."""
    reply = rules(handbook).ask(OUTSIDE).to_dict()
    assert reply.keys() == KEYS
    assert (reply["answered"], reply["answer"]) == (False, REFUSAL)
    assert not reply["sentences"] and not reply["citations"] and not reply["findings"]
    passage = {"rank", "score", "doc_id", "source", "title", "section", "text", "start", "end"}
    assert reply["nearest"] and all(nearest.keys() == passage for nearest in reply["nearest"])


def test_nothing_is_nearest_when_answered(handbook: Library) -> None:
    """`nearest` belongs to refusals."""
    assert rules(handbook).ask(INSIDE).nearest == ()


def test_refusal_calls_no_model(handbook: Library) -> None:
    """When the library does not answer, the model is not asked."""
    with chat(handbook, "good") as (bot, stub):
        assert not bot.ask(OUTSIDE).answered
    assert stub.requests == []


def test_empty_library_refuses(tmp_path: Path) -> None:
    """Nothing in the library: nothing is answered."""
    with closing(Library(tmp_path / "library", load_embedding())) as library:
        assert rules(library).ask(INSIDE).to_dict()["answer"] == REFUSAL


def test_passage_without_a_sentence_refuses(tmp_path: Path) -> None:
    """A passage that only points elsewhere is no answer, whatever its heading says."""
    path = tmp_path / "a.md"
    path.write_text("# 毛利怎么算\n\n## 毛利怎么算\n\n毛利怎么算见[成本](cost.md)。\n", encoding="utf-8")
    with closing(Library(tmp_path / "library", load_embedding())) as library:
        library.add([path])
        reply = rules(library).ask("毛利怎么算？")
    assert (reply.answered, reply.answer) == (False, REFUSAL)


@pytest.mark.parametrize("question", ["", " \n", "\u3000"])
def test_empty_question(handbook: Library, question: str) -> None:
    """An empty question is an error that says what to write."""
    with pytest.raises(InputError):
        rules(handbook).ask(question)


def test_question_is_normalised(handbook: Library) -> None:
    """A line end from a pipe and a broken surrogate do no harm, in the answer's JSON either."""
    reply = rules(handbook).ask(f"{INSIDE}\r\n")
    assert (reply.question, reply.answered) == (INSIDE, True)
    json.dumps(rules(handbook).ask("\ud800红烧肉").to_dict(), ensure_ascii=False).encode()


@pytest.mark.parametrize("personality", ["good", "marks_after", "list", "think", "reasoning"])
def test_model_answers(handbook: Library, personality: str) -> None:
    """What the model says from the passages is supported, cited by exact slices, and named as the model's."""
    reply = asked(handbook, personality)
    check_answer(handbook, reply)
    assert reply.writer == "chat:openai:stub"
    assert {s.support for s in reply.sentences} == {"supported"}
    assert reply.findings == ()


@pytest.mark.parametrize("personality", ["good", "invented", "cut", "500", "refusal", "out_of_range"])
def test_done_equals_ask(handbook: Library, personality: str) -> None:
    """The last event of `stream` is what `ask` returns, timings apart."""
    with chat(handbook, personality) as (bot, _):
        *_, done = bot.stream(INSIDE)
        reply = bot.ask(INSIDE)
    assert isinstance(done, Done)
    assert {**done.reply.to_dict(), "timings_ms": {}} == {**reply.to_dict(), "timings_ms": {}}


def test_stream_without_model(handbook: Library) -> None:
    """Sentences come checked and in order, then one `Done` that holds them all."""
    *sentences, done = rules(handbook).stream(INSIDE)
    assert isinstance(done, Done)
    assert tuple(sentences) == done.reply.sentences


def test_sentences_arrive_before_the_model_is_done(handbook: Library) -> None:
    """A sentence is shown while the model still talks: the endless one never ends, its first sentence comes."""
    with chat(handbook, "endless") as (bot, _):
        events = bot.stream(INSIDE)
        first = next(events)
        events.close()  # type: ignore[attr-defined]
    assert isinstance(first, Sentence)
    assert (first.support, bool(first.cites)) == ("supported", True)


def test_marks_out_of_range_go(handbook: Library) -> None:
    """A number that names no passage is removed; the sentence stays, marked."""
    reply = asked(handbook, "out_of_range")
    check_answer(handbook, reply)
    assert "[99]" not in reply.answer and "[0]" not in reply.answer
    stray = next(s for s in reply.sentences if s.text.startswith("这一句另有出处"))
    assert (stray.cites, stray.support) == ((), "unsupported")


def test_invented_sentence_is_marked(handbook: Library) -> None:
    """A sentence that its passage does not bear out carries the mark, the others do not."""
    reply = asked(handbook, "invented")
    check_answer(handbook, reply)
    invented = next(s for s in reply.sentences if "火星分公司" in s.text)
    assert invented.support == "unsupported"
    assert re.search(r"金奖。\[\d+\]〔字面核验：无依据〕", reply.answer)
    assert [s.support for s in reply.sentences if s is not invented] == ["supported"] * (len(reply.sentences) - 1)


def test_wrong_number_is_marked(handbook: Library) -> None:
    """A figure that is not in the quote is not called supported."""
    reply = asked(handbook, "wrong_number")
    check_answer(handbook, reply)
    wrong = [s for s in reply.sentences if "7351" in s.text]
    assert all(s.support != "supported" for s in wrong)
    assert "7351%" not in reply.answer or "〔字面核验" in reply.answer


@pytest.mark.parametrize("personality", ["500", "401", "404", "429", "empty", "blocked", "only_thinks"])
def test_failing_model_falls_back_to_rules(handbook: Library, personality: str) -> None:
    """A model that gives nothing is replaced by the rule writer, and the answer says so."""
    reply = asked(handbook, personality)
    check_answer(handbook, reply)
    assert reply.writer.startswith("rules") and "chat:openai:stub" in reply.writer
    assert [s.text for s in reply.sentences] == [s.text for s in rules(handbook).ask(INSIDE).sentences]
    assert [f.rule for f in reply.findings] == ["model-failed"]
    assert reply.findings[0].match and reply.findings[0].advice


@pytest.mark.parametrize("personality", ["cut", "cut_quietly", "error_in_stream", "too_long"])
def test_cut_off_model_keeps_what_came(handbook: Library, personality: str) -> None:
    """A stream that breaks off keeps its checked sentences and says that it broke off."""
    reply = asked(handbook, personality)
    check_answer(handbook, reply)
    assert reply.writer == "chat:openai:stub"
    assert any(s.support == "supported" for s in reply.sentences)
    assert [(f.rule, f.level, f.field) for f in reply.findings] == [("model-failed", "caution", "answer")]


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(["火星分公司连续九年", "获得金奖。"], id="uncited"),
        pytest.param(["火星分公司连续九年获得金奖[1]。"], id="cited"),
        pytest.param(["资料里没有这个问题的答案。"], id="says-no"),
    ],
)
def test_unsupported_model_falls_back_to_rules(handbook: Library, pieces: list[str]) -> None:
    """When no sentence of the model is borne out, the rule writer answers and the answer says so."""
    reply = asked(handbook, "scripted", pieces)
    check_answer(handbook, reply)
    assert reply.writer.startswith("rules") and "chat:openai:stub" in reply.writer
    assert [f.rule for f in reply.findings] == ["model-unsupported"]
    assert "金奖" not in reply.answer


@pytest.mark.parametrize(
    ("question", "points_back"),
    [
        ("那具体怎么做？", True),
        ("还有呢？", True),
        ("它有什么用？", True),
        ("第二步怎么做？", True),
        ("为什么？", True),
        ("这个指标怎么看？", True),
        ("用户画像怎么做？", False),
        ("直播间怎么选品？", False),
    ],
)
def test_follow_up_question(handbook: Library, question: str, points_back: bool) -> None:
    """A question that points back is led by the user's last one; one that stands alone is not."""
    history = [
        {"role": "user", "content": "什么是私域？"},
        {"role": "assistant", "content": "私域是……"},
        {"role": "user", "content": f"{INSIDE}\n"},
        {"role": "assistant", "content": "按六步做。"},
    ]
    *_, done = rules(handbook).stream(question, history)
    assert isinstance(done, Done)
    assert done.reply.question == question
    assert done.reply.query_used == (f"{INSIDE} {question}" if points_back else question)


@pytest.mark.parametrize(
    "history", [[], [{"role": "assistant", "content": "你好"}], [{"role": "user", "content": " "}]]
)
def test_follow_up_without_a_question_before(handbook: Library, history: list[dict[str, str]]) -> None:
    """Without an earlier question the question is used as it is."""
    *_, done = rules(handbook).stream("那具体怎么做？", history)
    assert isinstance(done, Done)
    assert done.reply.query_used == "那具体怎么做？"


def test_chain(handbook: Library) -> None:
    """`bot.chain` is a LangChain Runnable from question to answer."""
    from langchain_core.runnables import Runnable

    chain = rules(handbook).chain
    assert isinstance(chain, Runnable)
    assert chain.invoke(INSIDE).answered


def test_list_items_stand_on_lines() -> None:
    """List items begin a new line, another passage a new paragraph; sentences of one passage run on."""
    sentences = [
        Sentence("按两步做：", (1,), "supported"),
        Sentence("1. 圈定。", (1,), "supported"),
        Sentence("2. 触达。", (1,), "partial"),
        Sentence("先别急。", (1,), "supported"),
        Sentence("再看。", (1,), "supported"),
        Sentence("另一篇说的。", (2,), "unsupported"),
    ]
    assert render(sentences).split("\n") == [
        "按两步做：[1]",
        "1. 圈定。[1]",
        "2. 触达。[1]〔字面核验：部分支持〕",
        "先别急。[1]再看。[1]",
        "",
        "另一篇说的。[2]〔字面核验：无依据〕",
    ]
