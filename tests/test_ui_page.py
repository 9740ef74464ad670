"""The page as a whole: for everybody, on phones, in the dark, by keyboard; two users; nothing that was sent runs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from page_world import open_tab, send_files, served, settled, visit
from playwright.sync_api import Browser, Page, expect

from copilot import Copilot, Settings

TABS = ("问答", "文案", "体检", "方案", "诊断", "批量", "资料库", "设置")
QUESTION = "流失用户怎么召回？"
# Findings of axe-core, serious or critical, in what Gradio 6.31 draws, not we. A new one is a reason to look.
OF_GRADIO = {
    "gradio:aria-prohibited-attr": "the frame of a chart without value, a <div> with aria-label (方案)",
}


def ask(page: Page) -> None:
    """A whole answer with its source open."""
    page.fill("#oc-question textarea", QUESTION)
    page.press("#oc-question textarea", "Enter")
    expect(page.locator(".oc-reply .oc-acts").first).to_be_visible()  # citations of a part of it open nothing
    settled(page)
    page.locator(".oc-reply .oc-chip").first.click()
    expect(page.locator("#oc-hit")).to_be_visible()


def write_copy(page: Page) -> None:
    """Cards of copy from an example."""
    open_tab(page, "文案")
    page.locator(".oc-empty [data-act]:visible").first.click()
    expect(page.locator("article.oc-copy").first).to_be_visible()


def check_copy(page: Page) -> None:
    """Findings in an example."""
    open_tab(page, "体检")
    page.locator(".oc-empty [data-act]:visible").first.click()
    expect(page.locator("mark.oc-ban:visible").first).to_be_visible()


def plan(page: Page) -> None:
    """A plan from an example."""
    open_tab(page, "方案")
    page.get_by_role("button", name="例子：老客复购").click()
    expect(page.get_by_label("产品", exact=True)).not_to_have_value("")
    page.click("#oc-plan-write")
    expect(page.locator(".oc-plan-tiles")).to_be_visible()


def diagnose(page: Page) -> None:
    """One voice from an example."""
    open_tab(page, "诊断")
    page.locator(".oc-empty [data-act]:visible").first.click()
    expect(page.locator("#oc-diagnose-shown")).to_contain_text("写作：规则")


def look(name: str) -> Callable[[Page], None]:
    """A tab as it opens."""

    def go(page: Page) -> None:
        open_tab(page, name)
        expect(page.get_by_role("tabpanel").filter(visible=True).first).to_be_visible()

    return go


JOBS: dict[str, Callable[[Page], None]] = {
    "问答": ask, "文案": write_copy, "体检": check_copy, "方案": plan, "诊断": diagnose, "批量": look("批量"),
    "资料库": look("资料库"), "设置": look("设置"),
}  # fmt: skip


@pytest.fixture(scope="module")
def hostile_page(bare: Path) -> Iterator[str]:
    """A page over an empty library, for documents that want to do harm."""
    copilot = Copilot.open(Settings(home=bare, handbook=False))
    with served(copilot) as address:
        yield address
    copilot.close()


def serious(page: Page) -> dict[str, list[str]]:
    """Serious and critical findings of axe-core on what is shown: rule → places; Gradio's own under `gradio:rule`."""
    found: dict[str, list[str]] = {}
    for violation in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]:
        if violation["impact"] not in ("serious", "critical"):
            continue
        for node in violation["nodes"]:
            ours = page.evaluate(
                'where => !!document.querySelector(where)?.closest(\'.html-container, [class^="oc-"], [class*=" oc-"]\')',
                node["target"][0],
            )
            rule = violation["id"] if ours else f"gradio:{violation['id']}"
            found.setdefault(rule, []).append(f"{node['target'][0]} {node['html'][:160]}")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium: Browser, page_of_handbook: str, scheme: str) -> None:
    """In every tab after its main job; what Gradio itself brings is listed above."""
    wrong: dict[str, dict[str, list[str]]] = {}
    with visit(chromium, page_of_handbook, color_scheme=scheme) as page:
        for tab, job in JOBS.items():
            job(page)
            settled(page)
            found = {rule: at for rule, at in serious(page).items() if rule not in OF_GRADIO}
            if found:
                wrong[tab] = found
    assert not wrong, wrong


def test_nothing_is_wider_than_a_phone(chromium: Browser, page_of_handbook: str) -> None:
    """At 375 pixels, in every tab after its main job."""
    wide = {}
    with visit(chromium, page_of_handbook, viewport={"width": 375, "height": 812}) as page:
        for tab, job in JOBS.items():
            job(page)
            settled(page)
            if (width := page.evaluate("document.documentElement.scrollWidth")) > 375:
                wide[tab] = width
    assert not wide


def test_dark_is_dark(chromium: Browser, page_of_handbook: str) -> None:
    """The ground of the page and of our cards, where the browser wants it dark."""
    with visit(chromium, page_of_handbook, color_scheme="dark") as page:
        ask(page)
        for place in ("body", ".oc-reply", ".oc-source"):
            colour = page.locator(place).first.evaluate("e => getComputedStyle(e).backgroundColor")
            red, green, blue = map(int, colour.strip("rgba()").split(",")[:3])
            assert max(red, green, blue) < 80, (place, colour)


def test_the_keyboard_is_enough(chromium: Browser, page_of_handbook: str) -> None:
    """Ask, go to a citation, open it, see its focus."""
    with visit(chromium, page_of_handbook) as page:
        page.locator("#oc-question textarea").focus()
        page.keyboard.type(QUESTION)
        page.keyboard.press("Enter")
        expect(page.locator(".oc-reply .oc-acts").first).to_be_visible()
        settled(page)
        chip = page.locator(".oc-reply .oc-chip").first
        page.locator(".oc-reply").first.evaluate("e => { e.tabIndex = -1; e.focus(); }")
        page.keyboard.press("Tab")
        expect(chip).to_be_focused()
        assert chip.evaluate("e => getComputedStyle(e).outlineStyle") != "none"
        page.keyboard.press("Enter")
        expect(page.locator("#oc-hit")).to_be_visible()


def test_two_users_see_nothing_of_each_other(chromium: Browser, page_of_handbook: str) -> None:
    """Conversation, copy and plan of one are nowhere on the other's page; the library is the same."""
    with visit(chromium, page_of_handbook) as one, visit(chromium, page_of_handbook) as other:
        ask(one)
        write_copy(one)
        expect(other.locator(".oc-turn")).to_have_count(0)
        other.reload()
        settled(other)
        open_tab(other, "文案")
        expect(other.locator("article.oc-copy")).to_have_count(0)
        assert QUESTION not in other.evaluate("JSON.stringify({...localStorage})")
        open_tab(other, "问答")
        ask(other)
        expect(other.locator(".oc-turn")).to_have_count(1)


EVIL = (
    "<script>window.ran=1</script>",
    "<img src=x onerror=window.ran=1>",
    "<svg/onload=window.ran=1>",
    "[点我](javascript:window.ran=1)",
    "<a href='javascript:window.ran=1'>点我</a>",
    "{{#with (lookup constructor 'constructor')}}{{this 'window.ran=1'}}{{/with}}",
    "${window.ran=1}",
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    '"><details open ontoggle=window.ran=1>',
    "</textarea><script>window.ran=1</script>",
)


@pytest.mark.parametrize("evil", [" ".join(EVIL[n::3]) for n in range(3)], ids=["one", "two", "three"])
def test_nothing_that_was_sent_runs(chromium: Browser, hostile_page: str, tmp_path: Path, evil: str) -> None:
    """In a document's text, title and file name, a question, a brief, copy to check, a voice."""
    name = "".join(c for c in evil if c not in "/\0")[:80]
    document = tmp_path / f"{name}.md"
    document.write_text(f"# 召回手册 {evil}\n\n召回流失用户先问清原因 {evil}，再给新的理由。\n", encoding="utf-8")
    with visit(chromium, hostile_page) as page:
        open_tab(page, "资料库")
        send_files(page, "#oc-library-files", document)
        page.click("#oc-library-add")
        expect(page.locator("#oc-library-done table")).to_be_visible()
        settled(page)
        page.locator("#oc-library-documents li", has_text=evil.split()[0]).locator("button").first.click()
        expect(page.locator("#oc-library-open")).to_contain_text(f"先问清原因 {evil.split()[0]}")
        open_tab(page, "问答")
        page.fill("#oc-question textarea", f"召回流失用户先问清什么？{evil}")
        page.press("#oc-question textarea", "Enter")
        expect(page.locator(".oc-reply .oc-acts").first).to_be_visible()
        settled(page)
        if page.locator(".oc-reply .oc-chip").count():
            page.locator(".oc-reply .oc-chip").first.click()
            expect(page.locator("#oc-hit")).to_be_visible()
        open_tab(page, "文案")
        page.fill("#oc-adcopy-sentence textarea", f"给{evil}桌子写 1 条小红书，高度能调{evil}")
        page.press("#oc-adcopy-sentence textarea", "Enter")
        expect(page.locator("article.oc-copy, #oc-adcopy-status .oc-bad").first).to_be_visible()
        expect(page.locator("#oc-adcopy-go")).to_be_visible()
        open_tab(page, "体检")
        page.fill("#oc-check-words textarea", f"全网最低价{evil}")
        page.click("#oc-check-go")
        expect(page.locator("mark.oc-ban:visible").first).to_be_visible()
        open_tab(page, "诊断")
        page.fill("#oc-diagnose-voice textarea", f"希望能导出表格，每月都靠截图{evil}")
        page.click("#oc-diagnose-start")
        expect(page.locator("#oc-diagnose-shown")).to_contain_text("写作：规则")
        settled(page)
        assert page.evaluate("window.ran") is None
