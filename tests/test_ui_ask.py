"""问答 in the browser: answers come in, citations open their source, votes and conversations are kept."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai_stub import Personality, cut_small, serve
from page_world import served, settled, visit
from playwright.sync_api import Browser, Page, expect

from copilot import Copilot, Settings
from copilot.knowledge import read
from copilot.library import Library
from copilot.ratings import load_ratings
from copilot.types import DocumentView
from ui import render_chat

QUESTION = "流失用户怎么召回？"
HOSTILE = "<img src=x onerror=alert(1)> {{constructor}} ${alert(1)}"


def ask(page: Page, question: str, turn: int = 1) -> None:
    """Ask, and wait for the whole answer."""
    page.fill("#oc-question textarea", question)
    page.press("#oc-question textarea", "Enter")
    expect(page.locator(f"article.oc-turn:nth-of-type({turn}) .oc-acts").first).to_be_visible()
    settled(page)  # the conversation is kept


@pytest.fixture
def page(chromium: Browser, page_of_handbook: str) -> Iterator[Page]:
    """A fresh profile on the page over the handbook."""
    with visit(chromium, page_of_handbook) as page:
        yield page


@pytest.mark.parametrize("question", [q for some in read("page")["examples"].values() for q in some])
def test_examples_are_answered(handbook: Library, question: str) -> None:
    """By the shipped handbook, every sentence borne out."""
    reply = Copilot(handbook, Settings(home=Path("unused"))).ask(question)
    assert reply.answered and {sentence.support for sentence in reply.sentences} == {"supported"}


def test_a_citation_opens_its_source_at_the_passage(page: Page, handbook: Library) -> None:
    """The marked text is the quote, in sight, under its section path."""
    ask(page, QUESTION)
    page.locator(".oc-chip").first.click()
    hit = page.locator("#oc-hit")
    expect(hit).to_be_in_viewport()
    expect(page.locator(".oc-path")).to_contain_text("›")
    cited = Copilot(handbook, Settings(home=Path("unused"))).ask(QUESTION).citations[0]
    assert hit.evaluate("mark => mark.textContent") == cited.quote


def test_every_sentence_shows_its_support(page: Page) -> None:
    """In words, and so does its citation."""
    ask(page, QUESTION)
    marks = page.locator(".oc-reply .oc-support").all_inner_texts()
    assert marks and set(marks) == {"支持"}
    assert page.locator(".oc-reply p .oc-chip").count() >= len(marks)


def test_a_refusal_shows_what_was_not_used(page: Page) -> None:
    """A click opens the passage, marked as not used."""
    ask(page, "红烧肉怎么炖才软烂？")
    expect(page.locator(".oc-reply")).to_contain_text("没有能支持回答")
    expect(page.locator(".oc-near .oc-unused").first).to_have_text("未采用")
    page.locator(".oc-near button").first.click()
    expect(page.locator(".oc-source h2 .oc-unused")).to_be_visible()


def test_a_follow_up_is_understood_in_context(page: Page) -> None:
    """The rewritten query is shown."""
    ask(page, QUESTION)
    ask(page, "那怎么判断有没有效果？", 2)
    expect(page.locator(".oc-turn").nth(1)).to_contain_text(f"按“{QUESTION} 那怎么判断有没有效果？”检索")


def test_an_example_asks_at_a_click(page: Page) -> None:
    """And the conversation stands in the list, in a browser that comes back too."""
    page.get_by_role("button", name=QUESTION).click()
    expect(page.locator(".oc-acts").first).to_be_visible()
    settled(page)
    listed = page.locator("#oc-chats").get_by_role("button", name=QUESTION, exact=True)
    expect(listed).to_be_visible()
    page.reload()
    listed.click()
    expect(page.locator(".oc-turn .oc-chip").first).to_be_visible()
    page.click("#oc-fresh")
    expect(page.locator(".oc-turn")).to_have_count(0)
    page.get_by_role("button", name=f"删除对话：{QUESTION}").click()
    expect(listed).to_have_count(0)


def test_votes_are_stored_with_their_reason(chromium: Browser, handbook: Library, tmp_path: Path) -> None:
    """In the home folder, the last one of an answer counts; the browser's own can be taken away."""
    with served(Copilot(handbook, Settings(home=tmp_path))) as address, visit(chromium, address) as page:
        ask(page, QUESTION)
        page.get_by_role("button", name="没用", exact=True).click()
        page.get_by_role("button", name="不完整").click()
        expect(page.get_by_role("button", name="不完整")).to_have_attribute("aria-pressed", "true")
        with page.expect_download() as saved:
            page.get_by_role("button", name="导出我的评价").click()
        own = json.loads(saved.value.path().read_text(encoding="utf-8"))
    (kept,) = load_ratings(tmp_path)
    assert (kept["vote"], kept["reason"], kept["question"]) == ("down", "不完整", QUESTION)
    assert (own["vote"], own["reason"]) == ("down", "不完整") and kept["answer"] == own["answer"]


@pytest.mark.parametrize("kind", ["Markdown", "Word"])
def test_a_conversation_is_exported(page: Page, kind: str) -> None:
    """Named after its first question; the quotes are in it."""
    ask(page, QUESTION)
    with page.expect_download() as saved:
        page.get_by_role("button", name=f"导出 {kind}").click()
    name, path = saved.value.suggested_filename, saved.value.path()
    assert name.startswith("流失用户怎么召回") and path.stat().st_size > 1000
    if kind == "Markdown":
        assert "[1]" in path.read_text(encoding="utf-8")


def test_exporting_nothing_says_so(page: Page) -> None:
    """A sentence and what to do, no traceback."""
    page.get_by_role("button", name="导出 Word").click()
    expect(page.locator(".toast-body")).to_contain_text("先问一个问题")


def test_retry_answers_again_in_place(page: Page) -> None:
    """One turn stays one turn."""
    ask(page, QUESTION)
    voted = page.get_by_role("button", name="有用", exact=True)
    voted.click()
    expect(voted).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="重新回答").click()
    expect(voted).to_have_attribute("aria-pressed", "false")  # another answer, of which nothing has been said
    expect(page.locator(".oc-acts").first).to_be_visible()
    expect(page.locator(".oc-turn")).to_have_count(1)


def test_sentences_come_one_by_one_and_can_be_stopped(chromium: Browser, handbook: Library, tmp_path: Path) -> None:
    """What has come stays, marked by the check; the field is free again."""
    says = cut_small("召回流失用户按六步做。[1]" * 40, 6)
    slow = Personality(says=lambda p: says, pause=0.2, endless=True, obeys_bound=False)
    with serve(slow) as stub:
        copilot = Copilot(handbook, Settings(home=tmp_path, model="openai:stub", base_url=stub.base_url))
        with served(copilot) as address, visit(chromium, address) as page:
            page.fill("#oc-question textarea", QUESTION)
            page.press("#oc-question textarea", "Enter")
            expect(page.locator(".oc-support").first).to_be_visible()
            expect(page.locator(".oc-thinking")).to_be_visible()
            page.click("#oc-stop")
            expect(page.locator(".oc-turn")).to_contain_text("已停止")
            expect(page.locator("#oc-send")).to_be_visible()
            expect(page.locator(".oc-support").first).to_be_visible()


def test_what_a_model_says_is_text(chromium: Browser, handbook: Library, tmp_path: Path) -> None:
    """Markup of its answer is shown, not run; what the source does not say is marked."""
    with serve(
        Personality(says=lambda p: ["召回流失用户按六步做，先弄清为什么走，再决定发什么。[1]", f"{HOSTILE}[1]。"])
    ) as stub:
        copilot = Copilot(handbook, Settings(home=tmp_path, model="openai:stub", base_url=stub.base_url))
        with served(copilot) as address, visit(chromium, address) as page:
            page.on("dialog", lambda dialog: pytest.fail("a script ran"))
            ask(page, QUESTION)
            expect(page.locator(".oc-reply")).to_contain_text("{{constructor}} ${alert(1)}")
            assert page.locator(".oc-reply img").count() == 0
            expect(page.locator(".oc-reply .oc-bad").first).to_have_text("无依据")


def test_a_model_that_fails_is_told(chromium: Browser, handbook: Library, tmp_path: Path) -> None:
    """The rule writer answers, and the page says why."""
    with serve("401") as stub:
        settings = Settings(home=tmp_path, model="openai:stub", base_url=stub.base_url, api_key="sk-secret-1")
        with served(Copilot(handbook, settings)) as address, visit(chromium, address) as page:
            ask(page, QUESTION)
            expect(page.locator(".oc-reply .oc-warn").first).to_contain_text("密钥")
            assert "sk-secret-1" not in page.content()


def test_the_answer_is_there_at_once(page: Page) -> None:
    """Far from a figure (benchmarks/page.py has it), but no answer takes seconds: of the processor, others use it, too."""
    ask(page, QUESTION)
    begin = time.process_time()  # the server is in this process
    ask(page, "用户生命周期怎么划分？", 2)
    assert time.process_time() - begin < 2


# Without a browser


def turn(**more: object) -> dict[str, object]:
    """A turn that is still being answered."""
    return {
        "id": "1", "question": HOSTILE, "state": "asked", "sentences": [], "reply": None, "vote": "", "reason": "",
        "error": "", **more,
    }  # fmt: skip


@pytest.mark.parametrize("state", ["asked", "stopped", "failed"])
def test_nothing_of_a_user_is_markup(state: str) -> None:
    """Neither tags nor what templates read."""
    sentence = {"text": HOSTILE, "cites": [1], "support": "partial"}
    html = render_chat.conversation([turn(state=state, error=HOSTILE, sentences=[sentence])])
    assert "<img" not in html and "{{" not in html and "${" not in html


def test_nothing_of_a_document_is_markup() -> None:
    """The text is what it was, sign for sign."""
    text = f"---\ntitle: x\n---\n# {HOSTILE}\n\n{HOSTILE}\n"
    shown = render_chat.source(DocumentView("d", HOSTILE, HOSTILE, text, ()), HOSTILE, 30, 40)
    assert "<img" not in shown and "{{" not in shown
    assert re.search('<mark class="oc-hit" id="oc-hit">(.*?)</mark>', shown, re.DOTALL)


def test_a_long_source_is_cut_around_the_passage() -> None:
    """And says how much there is more."""
    text = "甲" * 50_000 + "乙" + "丙" * 50_000
    shown = render_chat.source(DocumentView("d", "x.md", "x", text, ()), "", 50_000, 50_001)
    assert "前面还有 30000 字" in shown and "后面还有 30000 字" in shown and len(shown) < 45_000
