"""`eval voice`: figures against hand-computed ones, both forms of labels, lines that are wrong."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cli_runner import run
from hypothesis import given
from hypothesis import strategies as st

from copilot.diagnosis import SLOTS, Diagnosis, Intensity, Kind, Need, Part, Span, Verdict
from copilot.errors import InputError
from copilot.evaluation.voice import evaluate_voice, overlap
from copilot.evaluation.voice_rows import read_voices
from copilot.evaluation.voice_table import voice_table

VOICE = "希望加个书签，地铁里断网后找不到刚才那页，又得从头翻"


def jsonl(path: Path, *rows: Any) -> Path:
    """A JSON Lines file of these rows."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def span(voice: str, text: str) -> Span:
    """Where a text stands in a voice."""
    return Span(text, voice.index(text), voice.index(text) + len(text))


def need(statement: str, evidence: Span | None = None) -> Need:
    """A need that says only this."""
    return Need(statement, "", 0.5, evidence, "", "", "")


def got(voice: str, kind: Kind = "request", *statements: str, root: Verdict = "unknown", **slots: str) -> Diagnosis:
    """A diagnosis with these slots and statements."""
    spans: dict[str, Any] = {slot: span(voice, text) for slot, text in slots.items()}
    return Diagnosis(voice, kind, True, "", solves_root=root, needs=tuple(map(need, statements)), **spans)


def figures(tmp_path: Path, rows: list[dict[str, Any]], answers: Mapping[str, Diagnosis]) -> dict[str, Any]:
    """The figures of a file with these rows, by diagnoses made beforehand."""
    return evaluate_voice(jsonl(tmp_path / "voices.jsonl", *rows), answers.__getitem__)


def kinds(tmp_path: Path, *pairs: tuple[str, Kind]) -> dict[str, Any]:
    """The figure of kinds for pairs of label and diagnosis."""
    rows = [{"text": str(number), "kind": label} for number, (label, _) in enumerate(pairs)]
    answers = {str(number): got(str(number), kind) for number, (_, kind) in enumerate(pairs)}
    found: dict[str, Any] = figures(tmp_path, rows, answers)["kind"]
    return found


# Kinds


def test_kinds(tmp_path: Path) -> None:
    """Macro-F1 is the mean over the file's kinds; the confusion has a row for each of them."""
    found = kinds(tmp_path, ("request", "request"), ("request", "bug"), ("bug", "bug"), ("praise", "other"))
    assert found["f1"] == {"request": 0.6667, "bug": 0.6667, "praise": 0.0}
    assert (found["n"], found["macro_f1"], found["accuracy"], found["mapped"]) == (4, 0.4444, 0.5, {})
    assert found["confusion"] == {"request": {"request": 1, "bug": 1}, "bug": {"bug": 1}, "praise": {"other": 1}}


def test_bug_is_a_complaint_where_the_file_has_no_bug(tmp_path: Path) -> None:
    """And so it says; other has no counterpart and is wrong."""
    found = kinds(tmp_path, ("complaint", "bug"), ("complaint", "other"), ("question", "question"))
    assert found["mapped"] == {"bug": "complaint"}
    assert found["confusion"]["complaint"] == {"complaint": 1, "other": 1}
    assert found["f1"] == {"complaint": 0.6667, "question": 1.0}


def test_kinds_of_civic_messages(tmp_path: Path) -> None:
    """Suggestion and request are one, and so it says."""
    found = kinds(
        tmp_path, ("question", "question"), ("suggestion", "request"), ("request", "request"), ("complaint", "bug")
    )
    assert found["mapped"] == {"suggestion": "request", "bug": "complaint"}
    assert found["f1"] == {"question": 1.0, "request": 1.0, "complaint": 1.0}


def test_suggestion_or_not(tmp_path: Path) -> None:
    """A request is the positive."""
    ours: tuple[Kind, ...] = ("request", "request", "complaint", "question")
    answers = {str(n): got(str(n), kind) for n, kind in enumerate(ours)}
    rows = [{"text": str(n), "suggestion": label} for n, label in enumerate((1, 0, 1, 0))]
    assert figures(tmp_path, rows, answers)["suggestion"] == {"n": 4, "precision": 0.5, "recall": 0.5, "f1": 0.5}


# Slots


def test_slots_are_graded_by_characters(tmp_path: Path) -> None:
    """The best accepted text counts; precision over ours, recall over theirs, both null is no case."""
    rows: list[dict[str, Any]] = [
        {"text": VOICE, "pain": ["断网", "找不到刚才那页"], "goal": None},
        {"text": "太慢", "pain": "太慢", "goal": None},
        {"text": "你好", "pain": None},
        {"text": "嗯嗯", "pain": None},
    ]
    answers = {
        VOICE: got(VOICE, pain="找不到刚才"),
        "太慢": got("太慢"),
        "你好": got("你好", pain="好"),
        "嗯嗯": got("嗯嗯"),
    }
    found = figures(tmp_path, rows, answers)["slots"]
    assert found["pain"] == {
        "labelled": 2,
        "given": 2,
        "precision": 0.4167,  # 10/12 of the first one, nothing of 好
        "recall": 0.4167,
        "f1": 0.4167,
        "found_f1": 0.5,
    }
    assert found["goal"]["f1"] is None and set(found) == {"pain", "goal"}


def test_a_text_that_stands_twice(tmp_path: Path) -> None:
    """Each place is accepted."""
    voice = "卡，真的卡"
    answers = {voice: Diagnosis(voice, "complaint", True, "", pain=Span("卡", 4, 5))}
    assert figures(tmp_path, [{"text": voice, "pain": "卡"}], answers)["slots"]["pain"]["f1"] == 1.0


@given(st.text("甲乙丙", min_size=1, max_size=12), st.data())
def test_overlap_is_an_f1(voice: str, data: st.DataObject) -> None:
    """Between 0 and 1, and 1 for the same place only."""
    start = data.draw(st.integers(0, len(voice) - 1))
    end = data.draw(st.integers(start + 1, len(voice)))
    a = data.draw(st.integers(0, len(voice) - 1))
    b = data.draw(st.integers(a + 1, len(voice)))
    credit = overlap(voice, Span(voice[start:end], start, end), [voice[a:b]])
    assert 0 <= credit <= 1
    assert (credit == 1) == (voice[start:end] == voice[a:b])
    assert overlap(voice, None, [voice[a:b]]) == 0


def test_marked_voices(tmp_path: Path) -> None:
    """Marks become accepted texts, a slot without a mark is null, short names become long ones."""
    row = {
        "v": "希望<r>加个书签</r>，<c>地铁里断网后</c><p>找不到刚才那页</p>，又得<p>从头翻</p>",
        "k": "request",
        "noun": "书签",
        "root": ["partly", "no"],
        "self": False,
        "needs": ["位置|进度"],
        "topic": "阅读",
    }
    marked, kind_only = read_voices(jsonl(tmp_path / "v.jsonl", row, {"t": "怎么导出？", "k": "question"}))
    assert marked.text == VOICE
    assert marked.labels["pain"] == ("找不到刚才那页", "从头翻") and marked.labels["goal"] == ()
    assert (marked.labels["noun"], marked.labels["solves_root"]) == ("书签", ("partly", "no"))
    assert marked.labels["needs"][0].search("记不住读到的位置") and not marked.labels["self_sufficient"]
    assert (kind_only.text, kind_only.labels) == ("怎么导出？", {"kind": "question"})


# Needs and the verdict


def test_needs(tmp_path: Path) -> None:
    """Accepted by a statement or by the words it rests on; only requests and complaints count."""
    a, b, c = "甲：找不到上次读到的地方", "乙：总要从头翻", "丙：在哪设置"
    rows = [
        {"text": a, "kind": "request", "needs": ["进度|位置"]},
        {"text": b, "kind": "complaint", "need": ["从头翻"]},
        {"text": c, "kind": "question", "needs": ["设置"]},
        {"text": "丁", "needs": ["没有"]},
    ]
    answers = {
        a: got(a, "request", "读者断网后丢了阅读位置"),
        b: Diagnosis(b, "complaint", True, "", needs=(need("别的", span(b, "要从头翻")),)),
        c: got(c, "question"),
        "丁": got("丁", "request", "别的"),
    }
    found = figures(tmp_path, rows, answers)
    assert found["needs"] == {"n": 3, "accepted": 0.6667, "by_statement": 1, "by_evidence": 1}
    assert [miss["text"] for miss in found["misses"] if miss["miss"] == "needs"] == ["丁"]


def test_named_and_challenged_and_verdict(tmp_path: Path) -> None:
    """The noun may stand in a statement where the verdict is yes; a self-sufficient request must get that one."""
    label = {"noun": "PDF", "solves_root": ["yes", "partly"], "self_sufficient": True}
    rows = [{"text": text, **label} for text in ("一", "二", "三")]
    answers = {
        "一": got("一", "request", "要 pdf 的人", root="yes"),
        "二": got("二", "request", "要 pdf 的人", "交不了差的人", root="partly"),
        "三": got("三", "request", "交不了差的人", root="no"),
    }
    found = figures(tmp_path, rows, answers)
    assert found["named"] == {"statements": 3, "named": 1, "share": 0.3333}
    assert found["challenged"] == {"n": 3, "challenged": 2, "share": 0.6667}
    assert found["solves_root"] == {"n": 3, "accuracy": 0.6667}


# What must never happen


def test_spans_that_are_no_slices(tmp_path: Path) -> None:
    """Slots, evidence, sentences and the strongest word are looked at, whatever is labelled."""
    bad = Diagnosis(
        VOICE, "request", True, "", pain=Span("找不到", 0, 3), requested=span(VOICE, "加个书签"),
        needs=(need("某人", span(VOICE, "断网")),), parts=(Part("希望", 0, 2, "request"),),
        intensity=Intensity("又", 0, 1, 1.0),
    )  # fmt: skip
    found = figures(tmp_path, [{"text": VOICE}], {VOICE: bad})
    assert (found["spans"], found["spans_exact"], found["missed"]) == (5, 0.6, {"spans_exact": 2})


def test_questions_are_linted(tmp_path: Path) -> None:
    """A question about what somebody would do is a violation."""
    asked = Diagnosis(VOICE, "request", True, "", questions=("如果做了这个功能，您会不会用？",))
    found = figures(tmp_path, [{"text": VOICE}], {VOICE: asked})
    assert found["questions_lint"] >= 1 and found["missed"].keys() == {"questions_lint"}


def test_only_what_is_labelled_is_measured(tmp_path: Path) -> None:
    """A key that no line has is left out; a share of nothing is null."""
    found = figures(tmp_path, [{"text": VOICE}], {VOICE: got(VOICE)})
    assert found == {"n": 1, "spans": 0, "spans_exact": None, "questions_lint": 0, "missed": {}, "misses": []}


def test_misses_are_at_most_fifty(tmp_path: Path) -> None:
    """Some of each kind, all counted."""
    rows = [{"text": f"{n}慢", "kind": "complaint", "pain": "慢"} for n in range(60)]
    found = figures(tmp_path, rows, {row["text"]: got(row["text"], "praise") for row in rows})
    assert found["missed"] == {"kind": 60, "pain": 60}
    assert [miss["miss"] for miss in found["misses"]] == ["kind"] * 25 + ["pain"] * 25
    assert found["misses"][0] == {"miss": "kind", "line": 1, "text": "0慢", "expected": "complaint", "found": "praise"}


# Lines that are wrong

WRONG: list[Any] = [
    pytest.param({"kind": "bug"}, "没有写原话", id="no-text"),
    pytest.param({"text": "慢", "kind": "rant"}, "kind", id="kind"),
    pytest.param({"text": "慢", "pain": "很慢"}, "很慢", id="no-slice"),
    pytest.param({"text": "慢", "pain": ["慢", 3]}, "pain", id="slot-no-text"),
    pytest.param({"text": "慢", "need": ""}, "need", id="empty-slot"),
    pytest.param({"text": "慢", "needs": "慢"}, "needs", id="needs-no-list"),
    pytest.param({"text": "慢", "needs": ["("]}, "正则", id="bad-regex"),
    pytest.param({"text": "慢", "solves_root": "maybe"}, "solves_root", id="verdict"),
    pytest.param({"text": "慢", "suggestion": "yes"}, "suggestion", id="flag"),
    pytest.param({"v": "<p>慢", "k": "complaint"}, "没有结束", id="open-mark"),
    pytest.param({"v": "<p>很<q>慢</q></p>", "k": "complaint"}, "不成对", id="nested-mark"),
    pytest.param({"v": "慢</p>", "k": "complaint"}, "不成对", id="closing-mark"),
]


@pytest.mark.parametrize(("row", "told"), WRONG)
def test_wrong_lines(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    """Each is told with its number and what to do."""
    with pytest.raises(InputError, match=f"第 2 行.*{told}") as caught:
        figures(tmp_path, [{"text": "好"}, row], {"好": got("好")})
    assert caught.value.hint and "\n" not in caught.value.message


def test_empty_file(tmp_path: Path) -> None:
    """Told, with what a line looks like."""
    with pytest.raises(InputError, match="是空的"):
        figures(tmp_path, [], {})


def test_a_voice_that_cannot_be_diagnosed(tmp_path: Path) -> None:
    """Its line is named."""

    def refuse(text: str) -> Diagnosis:
        raise InputError("太长了", "短一些。")

    with pytest.raises(InputError, match="第 1 行：太长了"):
        evaluate_voice(jsonl(tmp_path / "v.jsonl", {"text": "长"}), refuse)


# The command


def test_table(tmp_path: Path) -> None:
    """Every figure has a Chinese line, and the misses follow."""
    label = {
        "kind": "suggestion", "requested": "加个书签", "noun": "书签", "solves_root": "yes", "self_sufficient": True,
        "needs": ["进度"], "suggestion": 1,
    }  # fmt: skip
    found = figures(tmp_path, [{"text": VOICE, **label}], {VOICE: got(VOICE, "other", "想要书签的人", root="no")})
    told = "\n".join(voice_table(found))
    for words in (
        "宏平均",
        "建议算请求",
        "要什么",
        "被认可",
        "诉求的名字",
        "被质疑",
        "是否治本",
        "是不是建议",
        "一字不差",
    ):
        assert words in told
    assert "第 1 行 类型：标注 诉求，判出 其他" in told
    assert "{" not in told and "None" not in told


def test_command(tmp_path: Path, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of the rule analyser, as JSON and as a table."""
    monkeypatch.setenv("OPS_COPILOT_HOME", str(bare))
    row = {"text": VOICE, "kind": "request", "requested": "加个书签"} | dict.fromkeys(set(SLOTS) - {"requested"})
    path = jsonl(tmp_path / "v.jsonl", row)
    result = run("eval", "voice", path, "--json")
    assert result.code == 0
    assert result.json.keys() >= {"n", "kind", "slots", "spans_exact", "questions_lint", "misses"}
    assert (result.json["slots"].keys(), result.json["spans_exact"]) == (set(SLOTS), 1.0)
    assert "共 1 条" in run("eval", "voice", path).out
