"""`diagnose` of one voice by the rule analyser, over the shipped handbook."""

import json
import re
from pathlib import Path

import pytest
from cli_runner import run
from hypothesis import given
from hypothesis import strategies as st

from copilot.assistant import Copilot
from copilot.checks.voice import check_reply, lint_question, missing_options
from copilot.diagnosis import SLOTS, Diagnosis, Span
from copilot.errors import InputError
from copilot.library import Library
from copilot.settings import Settings
from copilot.tasks.diagnose import diagnose
from copilot.writers.rules.voice.read import read_voice

SEED_CASES = [
    ("我想要一匹更快的马", "马", "早|赶|晚", "快马案例"),
    ("能不能借我一个锤子，我要砸钉子", "锤子", "坏|将就|用不成", "锤子案例"),
    (
        "用户在PC上没法输入数理化的符号，提问和回答都很难，希望在编辑器里增加理科符号",
        "理科符号",
        "敲|录|打",
        "理科符号案例",
    ),
]
REQUESTS = [
    "希望增加深色模式，晚上躺床上看太刺眼了",
    "每个月都要交报表，现在只能截图，能不能导出表格",
    "通知一天几十条，重要的反而漏了，能不能少发点",
    "作为新手妈妈，喂奶的时候只有一只手，字又小，希望能放大",
    "请增加按时间筛选",
    "建议支持离线看，地铁里没信号",
    "要是能撤回就好了，上次发错群了",
]  # fmt: skip
COMPLAINTS = [
    "客服电话打了三次都没人接，钱也没退",
    "快递送到驿站，楼下还要自己搬，五楼没电梯",
    "首页越来越乱，找个订单要翻半天",
    "老人看不清上面的字，每次都要我帮忙",
    "登录每次都要收验证码，出差在国外根本收不到",
]
CLEAR = {
    "praise": "客服小姐姐特别有耐心，非常感谢",
    "question": "请问在哪里修改手机号？",
    "bug": "更新到最新版以后，点提交没反应，手机是安卓14",
}
JUNK = ["RT", "asdf", "111", "。。。", "👍👍👍", "+1", "## 问题描述\n\n## 复现步骤\n1.\n\n## 期望结果\n"]


def diagnosed(library: Library, voice: str) -> Diagnosis:
    """The rule analyser's diagnosis."""
    return diagnose(library, voice)


@pytest.mark.parametrize(("voice", "noun", "need", "case"), SEED_CASES, ids=["horse", "hammer", "symbols"])
def test_seed_cases(handbook: Library, voice: str, noun: str, need: str, case: str) -> None:
    """The three cases of the seed document come to their known outcome and cite their case."""
    found = diagnosed(handbook, voice)
    assert found.solves_root in ("partly", "no")
    assert not any(noun in one.statement for one in found.needs)
    assert any(re.search(need, one.statement) for one in found.needs)
    assert any(case in one.section for one in found.similar_cases)
    if noun == "理科符号":
        assert any("拍" in option.idea for option in found.options)


@pytest.mark.parametrize("voice", REQUESTS + COMPLAINTS)
def test_whole(handbook: Library, voice: str) -> None:
    """A request or complaint gets rivals, whys, questions, options, a test, a story, a requirement, a reply, sources."""
    found = diagnosed(handbook, voice)
    assert found.kind in ("request", "complaint")
    assert found.enough
    assert 2 <= len(found.needs) <= 4
    assert len({need.falsifier for need in found.needs}) == len(found.needs)
    assert 2 <= len(found.whys) <= 5
    assert 1 <= len(found.questions) <= 5
    assert not [q for q in found.questions if lint_question(q)]
    assert len(found.options) >= 3
    assert not missing_options(found.options)
    assert all("估计" in option.why for option in found.options)
    assert found.test is not None
    assert found.job_story is not None
    assert found.requirement
    assert found.reply
    assert not check_reply(found.reply)
    assert found.verdict
    assert found.this_week
    assert found.citations
    assert found.dropped == ()
    assert found.writer == "rules"


@pytest.mark.parametrize("voice", REQUESTS)
def test_no_noun(handbook: Library, voice: str) -> None:
    """What is asked for stands in a need only where the request may be done as it is."""
    found = diagnosed(handbook, voice)
    noun = read_voice(voice).noun
    assert noun
    if found.solves_root != "yes":
        assert not any(noun in need.statement for need in found.needs)


@pytest.mark.parametrize("kind", CLEAR)
def test_silent_where_clear(handbook: Library, kind: str) -> None:
    """Praise, questions and clear bugs: no needs, no options, a reply."""
    found = diagnosed(handbook, CLEAR[kind])
    assert found.kind == kind
    assert found.needs == ()
    assert found.options == ()
    assert found.reply
    assert found.next_step == {"praise": "thank", "question": "answer", "bug": "fix"}[kind]


@pytest.mark.parametrize("voice", JUNK)
def test_junk(handbook: Library, voice: str) -> None:
    """Junk gets 信息不足 and at most three questions, never a need or a person."""
    found = diagnosed(handbook, voice)
    assert not found.enough
    assert "信息不足" in found.verdict
    assert found.needs == ()
    assert found.segment is None
    assert 1 <= len(found.questions) <= 3


def test_right_as_asked(handbook: Library) -> None:
    """A request that says problem, situation and consequence and asks for just that is allowed to be right."""
    voice = "导入客户的模板里没有标签这一列，导完还要一个个点开补，三百个补了一下午，请在模板里加一列标签"
    found = diagnosed(handbook, voice)
    assert found.solves_root == "yes"
    assert found.next_step == "build"


def test_question_answered_from_own_documents(tmp_path: Path) -> None:
    """A how-to question gets what the user's own documents say, with its citation; the handbook does not answer it."""
    page = tmp_path / "帮助.md"
    page.write_text(
        "# 帮助中心\n\n## 怎么修改收货地址\n\n修改收货地址：打开“我的”，点“地址管理”，点地址右边的铅笔。\n", "utf-8"
    )
    bot = Copilot.open(Settings(home=tmp_path / "home", handbook=False))
    before = bot.diagnose("怎么修改收货地址？")
    bot.library.add([page])
    after = bot.diagnose("怎么修改收货地址？")
    bot.close()
    assert "地址管理" not in before.reply
    assert "地址管理" in after.reply
    assert after.citations
    assert [citation.n for citation in after.citations] == list(range(1, len(after.citations) + 1))
    assert page.read_text("utf-8")[after.citations[0].start : after.citations[0].end] == after.citations[0].quote


@pytest.mark.parametrize("voice", REQUESTS + COMPLAINTS + list(CLEAR.values()))
def test_spans(handbook: Library, voice: str) -> None:
    """Every span of a diagnosis is the slice of the voice at its place, and citations are slices of their source."""
    found = diagnosed(handbook, voice)
    spans = [getattr(found, slot) for slot in SLOTS] + [need.evidence for need in found.needs]
    for span in spans:
        if isinstance(span, Span):
            assert found.voice[span.start : span.end] == span.text
    for citation in found.citations:
        assert handbook.show(citation.doc_id).text[citation.start : citation.end] == citation.quote
    assert [citation.n for citation in found.citations] == list(range(1, len(found.citations) + 1))


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    """Whatever is typed is read, and its spans are slices."""
    reading = read_voice(text)
    for _, span in reading.also:
        assert reading.voice[span.start : span.end] == span.text
    for part in reading.parts:
        assert reading.voice[part.start : part.end] == part.text


def test_empty_and_too_long(handbook: Library) -> None:
    """Nothing, or a whole book, is an error that says what to do."""
    for voice in ("", "  \n", "字" * 8001):
        with pytest.raises(InputError) as error:
            diagnosed(handbook, voice)
        assert error.value.hint


def test_json(bare: Path) -> None:
    """The keys of the contract are there."""
    result = run("diagnose", "--home", bare, "希望增加深色模式，晚上太刺眼", "--json")
    assert result.code == 0
    keys = [
        "voice",
        "kind",
        "signals",
        "segment",
        "context",
        "workaround",
        "requested",
        "pain",
        "consequence",
        "goal",
        "intensity",
        "needs",
        "whys",
        "solves_root",
        "questions",
        "options",
        "job_story",
        "test",
        "requirement",
        "next_step",
        "urgency",
        "owner",
        "reply",
        "similar_cases",
        "citations",
        "writer",
    ]
    assert set(keys) <= result.json.keys()
    assert set(result.json["needs"][0]) >= {"statement", "reason", "confidence", "evidence", "against", "falsifier"}
    assert set(result.json["options"][0]) >= {"idea", "benefit", "cost", "ratio", "why"}


def test_stdin_and_usage(bare: Path) -> None:
    """`-` reads the voice from stdin; no voice, or a voice and a file, is a usage error."""
    read = run("diagnose", "--home", bare, "-", "--json", stdin="字太小，看不清".encode())
    assert json.loads(read.out)["voice"] == "字太小，看不清"
    assert run("diagnose", "--home", bare).code == 2
    assert run("diagnose", "--home", bare, "字太小", "--file", "x.csv").code == 2


def test_first_screen(bare: Path) -> None:
    """D6: the text begins with the verdict, what to do this week, and the reply."""
    lines = run("diagnose", "--home", bare, "希望能导出表格，每月交报表都靠截图").out.splitlines()
    assert "结论" in lines[1]
    assert "本周" in lines[2]
    assert "回复" in lines[3]
