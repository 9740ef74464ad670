"""体检: a pasted text comes back with marks, articles, exemptions and what was not looked at."""

from pathlib import Path

from page_world import choose, open_tab, send_files, visit
from playwright.sync_api import Browser, expect

from copilot.types import CheckReport, Finding
from ui import render_check

EVIL = "<script>x()</script>{{y}}${z}\"'><img src=q onerror=w()>"


def test_nothing_of_a_text_runs() -> None:
    """Text, findings, exemptions and notes are text, one by one and in a table."""
    finding = Finding(EVIL, EVIL, "ban", "text", 2, 9, EVIL, EVIL, EVIL)
    exempted = {"rule": EVIL, "match": EVIL, "start": 10, "end": 12, "reason": EVIL}
    found = CheckReport(EVIL, (finding,), (exempted,), (EVIL,))
    for shown in (render_check.report(found), render_check.table([found], 0)):
        for bad in ("<script", "<img", "{{", "${"):
            assert bad not in shown


def test_a_text_without_findings_is_not_called_lawful() -> None:
    """It says what was compared, and lists what was not looked at."""
    shown = render_check.report(CheckReport("今天的豆子到了。", not_checked=("图片和视频",)))
    assert "不等于没有问题" in shown
    assert "图片和视频" in shown
    assert "合规" not in shown.replace("不合规", "")


def test_a_pasted_text_is_marked_with_articles(chromium: Browser, page_of_handbook: str) -> None:
    """Each finding is marked in the text and listed with its article; the channel brings its own duties."""
    with visit(chromium, page_of_handbook) as page:
        open_tab(page, "体检")
        page.fill("#oc-check-words textarea", "【青禾】全网最低价，周末到店。")
        choose(page, "#oc-check-channel", "短信")
        page.click("#oc-check-go")
        expect(page.locator(".oc-check-text mark.oc-ban")).to_have_text("全网最低")
        found = page.locator("#oc-check-found")
        expect(found).to_contain_text("《明码标价和禁止价格欺诈规定》第十九条")
        expect(found).to_contain_text("拒收方式")
        expect(found).to_contain_text("没有检查的")


def test_an_example_shows_what_is_exempt(chromium: Browser, page_of_handbook: str) -> None:
    """One click fills the field and shows the result."""
    with visit(chromium, page_of_handbook) as page:
        open_tab(page, "体检")
        page.get_by_role("button", name="有豁免的").click()
        expect(page.locator("#oc-check-found")).to_contain_text("“第一次”：序数或固定说法，不是排名")
        expect(page.locator("#oc-check-words textarea")).to_have_value(render_check.EXAMPLES[2][1])


def test_a_file_of_lines_becomes_a_table(chromium: Browser, page_of_handbook: str, tmp_path: Path) -> None:
    """A row for each line, in whatever Chinese encoding; blank lines are none."""
    file = tmp_path / "文案.txt"
    file.write_bytes("全网最低价的挂耳咖啡\n\n烘好当天装袋的挂耳咖啡\n".encode("gb18030"))
    with visit(chromium, page_of_handbook) as page:
        open_tab(page, "体检")
        page.get_by_role("button", name="查一个文件（每行一条）").click()
        send_files(page, "#oc-check-file", file)
        rows = page.locator("#oc-check-found tbody tr")
        expect(rows).to_have_count(2)
        expect(rows.nth(0).locator("mark")).to_have_text("全网最低")
        expect(rows.nth(1)).to_contain_text("没有查到")
