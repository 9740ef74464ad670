"""资料库 in the browser: files come in and go, documents are looked into, a question finds passages."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest
from page_world import open_tab, send_files, served, settled, visit
from playwright.sync_api import Browser, Locator, Page, expect

from copilot import Copilot
from copilot.library import layout
from copilot.settings import Settings
from copilot.types import Chunk, DocumentView, FileReport, LibraryStats, Passage, SearchResult
from ui import library, render_library

EVIL = "<script>window.hacked=1</script>{{7*7}}${7*7}<img src=x onerror=window.hacked=1>"


@pytest.fixture(scope="module")
def page_of_own(bare: Path) -> Iterator[str]:
    """The address of a page over a library that its tests fill; each with names of its own."""
    with closing(Copilot.open(Settings(home=bare))) as copilot, served(copilot) as address:
        yield address


def files(folder: Path, **texts: str) -> list[Path]:
    """Markdown files to send."""
    paths = [folder / f"{name}.md" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def add(page: Page, paths: list[Path]) -> None:
    """Choose files, wait until they have come, put them into the library, and wait for the table and the new list."""
    send_files(page, "#oc-library-files", *paths)
    expect(page.locator("#oc-library-files .file")).to_have_count(len(paths))
    page.click("#oc-library-add")
    settled(page)
    expect(page.locator("#oc-library-done table")).to_be_visible()
    expect(page.locator("#oc-library-add")).to_be_visible()


def find(page: Page, name: str) -> Locator:
    """Look for one document by its name; the list holds it alone when the filter has done its work."""
    page.fill("#oc-library-search input", name)
    settled(page)
    listed = page.locator("#oc-library-documents li")
    expect(listed).to_have_count(1)
    return listed


def row(page: Page, name: str) -> str:
    """The words of one line of the table of results."""
    return page.locator("#oc-library-done tr", has_text=name).inner_text()


def safe(shown: str) -> None:
    """Nothing from outside is markup, or a place that Gradio's templates would fill."""
    assert "<script" not in shown
    assert "<img" not in shown
    assert "{" not in shown
    assert "$" not in shown


def test_what_comes_from_outside_is_text() -> None:
    """Titles, sources, texts, sections, reasons, names of files, the search itself."""
    document = {"doc_id": EVIL, "title": EVIL, "shown": EVIL, "chunks": 1, "added": "2026-11-23T08:00:00+00:00"}
    for asking in ("", EVIL):
        safe(render_library.documents([document | {"shipped": False}], 0, asking, ""))
    safe(render_library.documents([], 0, "", EVIL))
    view = DocumentView(EVIL, EVIL, EVIL, f"# {EVIL}\n{EVIL}", (Chunk(40, 60, EVIL),))
    safe(render_library.document(view, EVIL, 0, 40, 60))
    found = SearchResult(EVIL, (Passage(1, 0.5, EVIL, EVIL, EVIL, EVIL, EVIL, 0, 9),), {"retrieve": 1.0})
    safe(render_library.passages(found, {}))
    safe(render_library.report([FileReport(EVIL, "failed", EVIL, 0, EVIL, EVIL)], "装完了", {EVIL: EVIL + "x"}))
    safe(render_library.progress([EVIL, EVIL], 1))
    safe(render_library.stats(LibraryStats(1, 2, 3, '{"embedding": "<script>${x}"}', 4)))


def test_a_document_shows_its_chunks_and_what_stands_between() -> None:
    """Headings are no chunk and are shown; the chunk that was found is marked, on whichever page it stands."""
    text = "# 周报\n\n拉新三百。\n\n## 留存\n\n七日两成。"
    first, second = text.index("拉新"), text.index("七日")
    chunks = (Chunk(first, first + 5, "周报"), Chunk(second, second + 5, "周报 › 留存"))
    shown = render_library.document(DocumentView("a", "s", "周报", text, chunks), "周报.md", 0, second, second + 5)
    assert "<strong>留存</strong>" in shown
    assert 'id="oc-library-hit"><p class="oc-dim">第 2 段 · 周报 › 留存' in shown
    assert '<mark class="oc-hit">七日两成。</mark>' in shown
    long = DocumentView("a", "s", "长", "一二三四五。" * 100, tuple(Chunk(i * 6, i * 6 + 6, "") for i in range(100)))
    shown = render_library.document(long, "长.md", 0, 540, 546)
    assert "第 91 段" in shown
    assert "第 1 段" not in shown


def test_words_of_the_query_are_marked() -> None:
    """Two characters in a row, joined where they overlap; words that only ask are none."""
    shown = render_library.marked("召回流失用户，先看为什么走。", "流失用户怎么召回")
    assert shown == '<mark class="oc-hit">召回流失用户</mark>，先看为什么走。'


def test_shipped_documents_come_back() -> None:
    """Before one goes, the page says so."""
    document = {"doc_id": "a", "title": "四个环节", "shown": "handbook/a.md", "chunks": 1, "shipped": True}
    shown = render_library.documents([document | {"added": "2026-11-23T08:00:00+00:00"}], 0, "a", "")
    assert "下次升级手册时会回来" in shown


def test_the_list_has_pages() -> None:
    """50 documents at a time; a page that is no more is the last."""
    one = {"title": "t", "shown": "s", "chunks": 1, "added": "2026-11-23T08:00:00+00:00", "shipped": False}
    many = [one | {"doc_id": str(i)} for i in range(120)]
    assert "第 51–100 篇，共 120 篇" in render_library.documents(many, 1, "", "")
    assert "第 101–120 篇，共 120 篇" in render_library.documents(many, 9, "", "")


def built(copilot: Copilot) -> gr.Blocks:
    """The tab alone; made where a loop runs, for Gradio makes one that it never closes where there is none.

    In a thread: where tests drive a browser this one has a loop already.
    """

    async def build() -> gr.Blocks:
        app = gr.Blocks()
        with app:
            library.build(app, copilot)
        return app

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(build())).result()


def test_folders_of_the_server_are_named_only_at_the_server(bare: Path) -> None:
    """With a login there is neither field nor handler, and a word about the command line."""
    with closing(Copilot.open(Settings(home=bare))) as copilot:
        there = Copilot(copilot.library, replace(copilot.settings, auth="yunying:geheim"))
        apps = [built(bot) for bot in (copilot, there)]
    shown = [str([block.get_config() for block in app.blocks.values()]) for app in apps]
    assert ["oc-library-folder" in words for words in shown] == [True, False]
    assert ["ops-copilot library sync" in words for words in shown] == [False, True]
    assert len(apps[1].fns) < len(apps[0].fns)


def test_files_good_and_bad(chromium: Browser, page_of_own: str, tmp_path: Path, bare: Path) -> None:
    """Each gets its line; the bad ones stop nothing and leave nothing; sent again, a name is an update."""
    good = files(tmp_path, 周报="# 周报\n\n拉新三百人。", 空=" ")
    (tmp_path / "程序.exe").write_bytes(b"MZ")

    def kept() -> set[str]:
        return {path.name for path in (bare / "uploads").glob("*.*") if path.suffix != ".lock"}

    before = kept()
    with visit(chromium, page_of_own) as page:
        open_tab(page, "资料库")
        add(page, [*good, tmp_path / "程序.exe"])
        assert "新增" in row(page, "周报.md")
        assert "文件里没有文字" in row(page, "空.md")
        assert "不支持的格式" in row(page, "程序.exe")
        assert kept() - before == {"周报.md"}
        add(page, files(tmp_path, 周报="# 周报\n\n拉新五百人。"))
        expect(page.locator("#oc-library-done table")).to_contain_text("替换了同名的旧文件")
        expect(find(page, "周报")).to_contain_text("周报.md")


def test_looked_into_and_removed(chromium: Browser, page_of_own: str, tmp_path: Path, bare: Path) -> None:
    """Found by name, opened in its chunks, deleted only after a second click, its copy with it."""
    with visit(chromium, page_of_own) as page:
        open_tab(page, "资料库")
        add(page, files(tmp_path, 复盘="# 复盘\n\n## 结论\n\n召回短信带来四成回流。"))
        find(page, "复盘").get_by_role("button", name="复盘", exact=True).click()
        expect(page.locator(".oc-library-chunk")).to_contain_text("第 1 段 · 复盘 › 结论")
        page.get_by_role("button", name="删除：复盘").click()
        page.get_by_role("button", name="不删").click()
        page.get_by_role("button", name="删除：复盘").click()
        page.get_by_role("button", name="确认删除").click()
        expect(page.locator("#oc-library-said")).to_contain_text("已删除：复盘.md")
        expect(page.locator("#oc-library-documents")).to_contain_text("没有名字里带")
        expect(page.locator("#oc-library-open")).not_to_contain_text("召回短信")
        assert not (bare / "uploads" / "复盘.md").exists()


def test_a_question_finds_its_passage(chromium: Browser, page_of_handbook: str) -> None:
    """The passage opens in its document, marked and in sight."""
    with visit(chromium, page_of_handbook) as page:
        open_tab(page, "资料库")
        open_tab(page, "检索试验")
        page.fill("#oc-library-query textarea", "流失用户怎么召回")
        page.get_by_role("radio", name="只按字词").check()
        page.click("#oc-library-go")
        expect(page.locator(".oc-library-passages li")).to_have_count(5)
        page.locator(".oc-library-found button").nth(2).click()
        expect(page.locator("#oc-library-hit")).to_be_in_viewport()
        assert (
            page.locator("#oc-library-hit mark").inner_text()[:10]
            in page.locator(".oc-library-passage").nth(2).inner_text()
        )


def test_a_folder_is_followed(chromium: Browser, page_of_own: str, tmp_path: Path) -> None:
    """What has gone from it goes from the library; a path that is none is told."""
    folder = tmp_path / "团队"
    folder.mkdir()
    second = files(folder, 甲="# 甲\n\n甲的话。", 乙="# 乙\n\n乙的话。")[1]
    with visit(chromium, page_of_own) as page:
        open_tab(page, "资料库")
        open_tab(page, "同步文件夹")
        done = page.locator("#oc-library-synced")
        page.fill("#oc-library-folder input", f'"{folder}"')
        page.click("#oc-library-sync")
        expect(done).to_contain_text("同步好了：新增 2 个")
        second.unlink()
        page.click("#oc-library-sync")
        expect(done).to_contain_text("移除 1 个，未变 1 个")
        page.fill("#oc-library-folder input", str(folder / "没有"))
        page.click("#oc-library-sync")
        expect(done).to_contain_text("没有这个文件夹")
        expect(page.locator("#oc-library-sync")).to_be_visible()


def test_another_writer_is_told(
    chromium: Browser, page_of_own: str, tmp_path: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process writes, the page says so, keeps the files chosen, and can be used again."""
    monkeypatch.setattr(layout, "LOCK_SECONDS", 0.1)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with layout.writer_lock(bare / "library"):
            held.set()
            done.wait()

    other = threading.Thread(target=hold)
    other.start()
    held.wait(60)
    try:
        with visit(chromium, page_of_own) as page:
            open_tab(page, "资料库")
            [path] = files(tmp_path, 晚到="# 晚到\n\n等一等。")
            send_files(page, "#oc-library-files", path)
            expect(page.locator("#oc-library-files .file")).to_have_count(1)
            page.click("#oc-library-add")
            expect(page.locator("#oc-library-done")).to_contain_text("另一个进程正在写资料库")
            expect(page.locator("#oc-library-add")).to_be_visible()
    finally:
        done.set()
        other.join()


def test_an_evil_file_stays_text(chromium: Browser, page_of_own: str, tmp_path: Path) -> None:
    """Name, title and text of a document run nowhere."""
    path = tmp_path / "<img src=x onerror=window.hacked=1>.md"
    path.write_text(f"# {EVIL}\n\n{EVIL}\n", encoding="utf-8")
    with visit(chromium, page_of_own) as page:
        open_tab(page, "资料库")
        add(page, [path])
        find(page, "onerror").locator(".oc-library-title").click()
        expect(page.locator(".oc-library-chunk")).to_contain_text("{{7*7}}${7*7}")
        settled(page)
        assert page.evaluate("window.hacked") is None
