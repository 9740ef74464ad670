"""文案: a sentence becomes cards; they are edited, kept, written anew, taken along; what they brought comes back."""

import csv
import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from page_world import choose, open_tab, send_files, served, settled, visit
from playwright.sync_api import Browser, Page, expect

from copilot import Copilot
from copilot.briefs import AdBrief, AdCopy, Gap, Offer, OriginalPrice
from copilot.channels import load_channels
from copilot.profiles import load_profile
from copilot.settings import Settings
from copilot.tasks.recheck import rechecked, typed_text
from copilot.tasks.results import AngleReport, ImportReport
from copilot.types import Citation, Finding, Variant
from ui import render_copy, render_copy_notes, render_copy_results
from ui.adcopy_brief import filled, typed

CHANNELS = load_channels()
EVIL = "<script>x()</script>{{y}}${z}\"'><img src=q onerror=w()>"
SENTENCE = "给挂耳咖啡写 3 条小红书，烘好当天装袋，每包 10 克，写给赶早班地铁的上班族，39 元一盒，11 月 30 日截止"
BRIEF = AdBrief("挂耳咖啡", selling_points=("烘好当天装袋",), price="39 元")


def variant(platform: str, **fields: str | tuple[str, ...]) -> Variant:
    """A variant as it was written, checked."""
    channel = CHANNELS[platform]
    blank = Variant(f"{platform}-1", platform, "proof", "", {}, {}, "")
    given = {spec.name: typed_text(fields[spec.name], spec) for spec in channel.fields if spec.name in fields}
    return rechecked(blank, given, BRIEF, channel)


# Rendering


def assert_harmless(shown: str) -> None:
    """Nothing of EVIL is markup or a template."""
    assert "<script" not in shown
    assert "<img" not in shown
    assert "{{" not in shown
    assert "${" not in shown


@pytest.mark.parametrize("platform", ["xiaohongshu", "sms", "push", "baidu_search", "google_rsa", "activity_rules"])
def test_no_card_runs_what_a_model_wrote(platform: str) -> None:
    """Fields, findings, citations, keywords and the sender's name are text in every look."""
    fields = {spec.name: (EVIL, EVIL) if spec.items[1] else EVIL for spec in CHANNELS[platform].fields}
    finding = Finding(EVIL, EVIL, "ban", next(iter(fields)), 2, 9, EVIL, EVIL, EVIL)
    citation = Citation(1, EVIL, EVIL, EVIL, EVIL, EVIL, 0, 1, 1.0)
    dropped = ({"keyword": EVIL, "reason": EVIL},)
    made = replace(
        variant(platform, **fields), id=EVIL, angle=EVIL, text=EVIL, findings=(finding,), citations=(citation,),
        dropped_keywords=dropped,
    )  # fmt: skip
    assert_harmless(render_copy.card(made, 0, True, CHANNELS, EVIL))


def test_nothing_around_the_cards_runs() -> None:
    """Brief, notes, gaps, dropped drafts, file names and refused rows."""
    brief = AdBrief(EVIL, selling_points=(EVIL,), offer=Offer(what=EVIL), original_price=OriginalPrice(EVIL, EVIL))
    row = {"reason": EVIL, "text": EVIL, "law": EVIL, "advice": EVIL}
    result = AdCopy(brief, (), (row,), EVIL, (Gap("price", EVIL, EVIL),), (EVIL,))
    came = ImportReport(EVIL, 1, 0, failed=({"row": EVIL, "id": EVIL, "reason": EVIL},), notes=(EVIL,))
    shown = [render_copy_notes.notes(result), render_copy_notes.understood(brief, [EVIL])]
    shown += [render_copy_results.imported(came), render_copy_results.report(AngleReport("", "", (), (EVIL,)))]
    for each in shown:
        assert_harmless(each)


def test_what_is_copied_is_the_text_alone() -> None:
    """The button holds the text to paste, sign for sign."""
    made = variant("sms", text='【青禾】${姓名}，"满 99" 减 20 <今天>，拒收请回复R')
    shown = render_copy.card(made, 0, False, CHANNELS, "青禾")
    held = re.search(r'data-text="([^"]*)"', shown)
    assert held is not None
    assert html.unescape(held[1]) == made.text


def test_findings_say_what_the_page_says() -> None:
    """Names of keys and flags are for the command line."""
    shown = render_copy.card(variant("push", title="挂耳咖啡", body="好评率 99%。"), 0, False, CHANNELS, "")
    assert "需求的“事实”一栏" in shown
    assert "facts" not in shown


# Editing and the brief


def test_a_figure_added_by_hand_is_found_and_not_mended() -> None:
    """What was typed stands as it was typed, with a grave finding for the figure and for the length."""
    title = "卖出 9,999 盒的挂耳咖啡，赶早班地铁的人手里都有一包"
    made = variant("xiaohongshu", title=title, body="烘好当天装袋。", tags=("#咖啡",))
    assert made.fields["title"] == title
    assert made.fields["tags"] == ("#咖啡",)
    assert {"limit-hard", "grounding.number"} <= {finding.rule for finding in made.findings}


def test_the_form_gives_back_the_brief() -> None:
    """A form that nobody touched is the brief it was made from; a field that was emptied is gone."""
    brief = replace(BRIEF, offer=Offer(threshold="满 99", what="减 20", end="11 月 30 日"), keywords=("咖啡", "早餐"))
    values = filled(brief)
    given = typed(tuple(values), brief)
    assert given["offer"] == brief.offer.to_dict()  # type: ignore[union-attr]
    assert given["keywords"] == ("咖啡", "早餐")
    values[values.index("39 元")] = ""
    assert "price" not in typed(tuple(values), brief)


# In the browser


@pytest.fixture(scope="module")
def own_page(bare: Path) -> Iterator[tuple[str, Path]]:
    """A page whose home may be written to, and that home."""
    settings = Settings(home=bare, handbook=False)
    copilot = Copilot.open(settings)
    with served(copilot) as address:
        yield address, bare
    copilot.close()


def write(page: Page, sentence: str, cards: int = 3) -> None:
    """Go to the tab, write from a sentence, wait for the cards."""
    open_tab(page, "文案")
    page.fill("#oc-adcopy-sentence textarea", sentence)
    page.press("#oc-adcopy-sentence textarea", "Enter")
    expect(page.locator("article.oc-copy")).to_have_count(cards)
    expect(page.locator("#oc-adcopy-go")).to_be_visible()
    settled(page)


def edit_first(page: Page) -> None:
    """Open the first card for editing; at last its first field gets the focus, which a menu would lose then."""
    page.get_by_role("button", name="改第 1 条").click()
    expect(page.locator("#oc-adcopy-field-0 textarea")).to_be_focused()
    expect(page.get_by_label("话题（用空格隔开）")).not_to_have_value("")


def test_one_sentence_becomes_cards_and_a_corrected_brief_other_cards(chromium: Browser, page_of_handbook: str) -> None:
    """The brief stands beside the cards as it was understood; a field corrected there comes into the copy."""
    with visit(chromium, page_of_handbook) as page:
        write(page, SENTENCE)
        expect(page.locator("#oc-adcopy-brief")).to_contain_text("赶早班地铁的上班族")
        expect(page.locator(".oc-copy-note").first).to_contain_text("挂耳咖啡")
        expect(page.locator("article").first).to_contain_text("写法依据")
        page.get_by_role("button", name="改需求").click()
        expect(page.get_by_label("价格", exact=True)).not_to_have_value("")
        page.get_by_label("价格", exact=True).fill("45 元一盒")
        page.click("#oc-adcopy-again")
        expect(page.locator("#oc-adcopy-above")).to_contain_text("45元一盒")
        expect(page.locator("#oc-adcopy-above")).not_to_contain_text("39元一盒")


def test_a_card_is_edited_where_it_stands(chromium: Browser, page_of_handbook: str) -> None:
    """Counters move with the typing, a ban shows at once and stays on the saved card; one step can be undone."""
    with visit(chromium, page_of_handbook) as page:
        write(page, SENTENCE)
        before = page.locator(".oc-copy-title").first.inner_text()
        edit_first(page)
        page.get_by_label("标题", exact=True).fill("全网第一的挂耳咖啡，赶地铁的人早上都在喝这一包")
        expect(page.locator(".oc-copy-slot .oc-copy-counter").first).to_have_text("标题 23/20 字")
        expect(page.locator("#oc-adcopy-preview .oc-ban").first).to_be_visible()
        page.click("#oc-adcopy-save")
        card = page.locator("article.oc-copy").first
        expect(card).to_contain_text("这一条现在不能直接用")
        expect(card).to_contain_text("全网第一的挂耳咖啡，赶地铁的人早上都在喝这一包")
        expect(card).to_contain_text("《广告法》第九条")
        page.click("#oc-adcopy-undo")
        expect(page.locator(".oc-copy-title").first).to_have_text(before)


def test_kept_cards_stay_and_the_others_are_new(chromium: Browser, page_of_handbook: str) -> None:
    """Word for word what was kept; another text where it was not."""
    with visit(chromium, page_of_handbook) as page:
        write(page, SENTENCE)
        faces = page.locator(".oc-copy-face")
        first, second = faces.nth(0).inner_text(), faces.nth(1).inner_text()
        page.get_by_role("button", name="留下").nth(1).click()
        expect(page.get_by_role("button", name="已留下")).to_have_attribute("aria-pressed", "true")
        page.click("#oc-adcopy-renew")
        expect(page.locator("#oc-adcopy-status")).to_contain_text("是新写的")
        settled(page)
        assert faces.nth(1).inner_text() == second
        assert faces.nth(0).inner_text() != first


def test_a_card_is_shortened_and_written_for_another_channel(chromium: Browser, page_of_handbook: str) -> None:
    """What went is told; the other channel's card comes behind the one it was made from."""
    with visit(chromium, page_of_handbook) as page:
        write(page, SENTENCE)
        edit_first(page)
        page.locator("#oc-adcopy-length input").fill("30")
        page.click("#oc-adcopy-shorten")
        expect(page.locator("#oc-adcopy-status")).to_contain_text("→")
        settled(page)  # the old panel may stand there yet
        edit_first(page)
        choose(page, "#oc-adcopy-target", "短信")
        page.click("#oc-adcopy-move")
        expect(page.locator("article.oc-copy")).to_have_count(4)
        expect(page.locator("article.oc-copy").nth(1).locator(".oc-copy-bubble")).to_contain_text("拒收请回复R")


def test_the_cards_leave_as_a_workbook(chromium: Browser, page_of_handbook: str) -> None:
    """Every card is in the file, with its text."""
    with visit(chromium, page_of_handbook) as page:
        write(page, SENTENCE)
        title = page.locator(".oc-copy-title").first.inner_text()
        with page.expect_download() as leaving:
            page.click("#oc-make-copy-xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(leaving.value.path().read_bytes()))
        cells = [
            str(cell) for name in sheet.sheetnames for row in sheet[name].iter_rows(values_only=True) for cell in row
        ]
        assert title in cells


def test_what_cannot_be_read_is_said_in_its_place(chromium: Browser, page_of_handbook: str) -> None:
    """A sentence without a product: what is missing and where to put it; nothing goes on turning."""
    with visit(chromium, page_of_handbook) as page:
        open_tab(page, "文案")
        page.fill("#oc-adcopy-sentence textarea", "你好")
        page.click("#oc-adcopy-go")
        said = page.locator("#oc-adcopy-status")
        expect(said).to_contain_text("没有写，写上产品或服务的名字")
        expect(said).not_to_contain_text("product")
        expect(page.locator("#oc-adcopy-go")).to_be_visible()


def test_a_brief_of_markup_runs_nothing(chromium: Browser, own_page: tuple[str, Path]) -> None:
    """Typed into a card, markup is text; a script of it would break the page, which `visit` would tell."""
    with visit(chromium, own_page[0]) as page:
        write(page, SENTENCE)
        edit_first(page)
        page.get_by_label("正文", exact=True).fill("<img src=q onerror='throw 1'> ${alert(1)} {{x}} 烘好当天装袋")
        page.click("#oc-adcopy-save")
        expect(page.locator(".oc-copy-body").first).to_contain_text("<img src=q onerror='throw 1'> ${alert(1)} {{x}}")
        expect(page.locator("article.oc-copy img")).to_have_count(0)


def test_a_corrected_brief_is_kept_as_a_product(chromium: Browser, own_page: tuple[str, Path]) -> None:
    """Saved under a name, it can be chosen and is enough to write from."""
    address, home = own_page
    with visit(chromium, address) as page:
        write(page, SENTENCE)
        page.get_by_role("button", name="改需求").click()
        expect(page.get_by_label("价格", exact=True)).not_to_have_value("")
        page.locator("#oc-adcopy-name input, #oc-adcopy-name textarea").fill("早班咖啡")
        page.click("#oc-adcopy-keep")
        expect(page.locator("#oc-adcopy-saved")).to_contain_text("已保存“早班咖啡”")
        assert load_profile(home, "早班咖啡")["product"] == "挂耳咖啡"
        page.reload()
        open_tab(page, "文案")
        choose(page, "#oc-adcopy-profile", "早班咖啡")
        page.click("#oc-adcopy-go")
        expect(page.locator("#oc-adcopy-brief")).to_contain_text("烘好当天装袋")
        expect(page.locator("article.oc-copy")).to_have_count(3)


def test_figures_come_back_and_name_the_angle_that_led(
    chromium: Browser, own_page: tuple[str, Path], tmp_path: Path
) -> None:
    """A file of shows and clicks by the cards' ids: the leader, with what chance may have done."""
    with visit(chromium, own_page[0]) as page:
        write(page, SENTENCE)
        ids = [text.removeprefix("编号 ") for text in page.locator(".oc-copy-id").all_inner_texts()]
        file = tmp_path / "投放.csv"
        with file.open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out).writerows(
                [["文案编号", "展示", "点击"], [ids[0], 20000, 900], [ids[1], 20000, 300], ["别处的", 5, 1]]
            )
        page.get_by_role("button", name="投放结果：哪个角度更有效").click()
        send_files(page, "#oc-adcopy-file", file)
        report = page.locator("#oc-adcopy-report")
        expect(report).to_contain_text("领先：点击率 4.50%")
        expect(report).to_contain_text("不像偶然")
        expect(report).to_contain_text("没有计入：第 4 行 别处的")
