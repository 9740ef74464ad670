"""批量 in the browser: a table becomes a job, which is found again, paused, resumed, downloaded, removed."""

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from page_world import open_tab, send_files, served, settled, visit
from playwright.sync_api import Browser, expect

from copilot import Copilot, Settings
from copilot.batch.job import BatchReport, Estimate, Job, Progress
from copilot.batch.jobs import JobView
from copilot.batch.preview import Preview
from copilot.batch.repeats import Repeated, Repeats
from ui import render_batch

EVIL = "<script>alert(1)</script>{{7*7}}${8*8}<img src=x onerror=alert(2)>"
TABLE = "货,卖点,渠道,备注\n木屿书桌,高度能调、边角是圆的,小红书,x\n拾里咖啡,撕开就能冲,小红书,<b>y</b>\n"
LINE = {"row": 1, "key": "k", "status": "failed", "error": EVIL, "writer": "rules", "tokens": 0}
REPORT = BatchReport(
    9, 6, 2, 1, 0, "interrupted", ({"reason": EVIL, "count": 2, "rows": (3, 4)},),
    Repeats(9, 2, (Repeated("answer", EVIL, 2, (1, 2)),)), 0, "0.00 元", 61, "/home/x/results.jsonl", "j", (EVIL,),
)  # fmt: skip
JOB = JobView("20261123-101010-0123abcd", f"{EVIL}.csv", "adcopy", "2026-11-23T10:10:10", "paused")


class Held(Copilot):
    """Does the first job only when it is let go, or paused."""

    go = threading.Event()

    def batch(self, job: Job, **more: Any) -> BatchReport:
        """Say that one of two rows is done, and wait."""
        more["shown"](Progress(2, 1, 0, 2.0, 1.0, 0, "0.00 元"))
        while not self.go.wait(0.02) and not more["stop"].is_set():
            pass
        return super().batch(job, **more)


@pytest.fixture(scope="module")
def page_of_jobs(bare: Path) -> Iterator[str]:
    """The address of a page over a home without the handbook."""
    with served(Held.open(Settings(home=bare, handbook=False))) as address:
        yield address


# Rendering


def harmless(shown: str) -> None:
    """Nothing that came from outside is markup, or a template of Gradio."""
    assert "<script" not in shown and "<img" not in shown and "{{" not in shown and "${" not in shown
    assert "&lt;script&gt;" in shown


def test_what_comes_from_outside_is_text() -> None:
    """Column names, cells, notes, file names, reasons, results, prices."""
    found = Preview((EVIL, "b"), ((EVIL, "2"),), ("", "product"), (EVIL, ""), (EVIL,), "")
    harmless(render_batch.columns(found, "adcopy"))
    harmless(render_batch.refused(EVIL, "换一个"))
    harmless(render_batch.jobs([JOB], ""))
    harmless(render_batch.job(replace(JOB, report=REPORT.to_dict())))
    harmless(render_batch.job(replace(JOB, state="failed", error=EVIL, hint=EVIL)))
    harmless(render_batch.results(replace(JOB, report=REPORT.to_dict()), [LINE]))
    money = Estimate(9, 0, 8, 1, 10, 20, "1.00 元", "chat:x", "estimate", 3, EVIL, REPORT.reasons)
    harmless(render_batch.estimate(money, f"openai:{EVIL}", "5"))


def test_words_of_the_command_line_are_not_shown() -> None:
    """No flag, no key in brackets, no command."""
    told = (
        "价格（price）用了“到手价”；这一列如果是划线价，加 --map 价格=original_price",
        "不认识；最接近的是用户反馈（voice），是的话用 --map 指定",
        "还没有做：中途停下了；再运行一次同样的命令接着做",
        "在 prices.yaml 里写上它的价格，或去掉 --budget。",
        "读的是工作表“甲”；没有读：乙，要读就用 --sheet 指定",
    )
    plain = "".join(map(render_batch.plain, told))
    assert "--" not in plain and "（" not in plain and "命令" not in plain and "当作" in plain


def test_an_estimate_says_rows_money_and_where_the_price_is_from() -> None:
    """With a model; without one that it costs nothing."""
    found = Estimate(9, 0, 8, 1, 1000, 2000, "1.20 元", "chat:x", "estimate", 3, "x：每百万 2 元", REPORT.reasons)
    shown = render_batch.estimate(found, "openai:x", "5")
    assert all(
        part in shown for part in ("能做 8 行", "1 行用不了", "1.20 元", "每百万 2 元", "预算 5 元", "第 3、4 行")
    )
    assert "prices.yaml" in render_batch.estimate(replace(found, cost=None), "openai:x", "")
    assert "不花钱" in render_batch.estimate(found, "", "")


# In the browser


def test_a_job_from_upload_to_removal(chromium: Browser, page_of_jobs: str, tmp_path: Path) -> None:
    """It goes on while the page is reloaded, is paused, resumed, downloaded; another browser sees nothing of it."""
    table = tmp_path / "商品<img src=x onerror=alert(1)>.csv"
    table.write_text(TABLE, encoding="utf-8")
    with visit(chromium, page_of_jobs) as page:
        open_tab(page, "批量")
        send_files(page, "#oc-batch-file", table)
        expect(page.locator("#oc-batch-columns")).to_contain_text("没有认出哪一列是“产品”")
        expect(page.locator("#oc-batch-trial")).to_be_hidden()
        page.get_by_label("货 当作").select_option("产品")
        expect(page.locator("#oc-batch-columns")).to_contain_text("认出了 3 项")
        page.locator("#oc-batch-trial").click()
        expect(page.locator("#oc-batch-estimate")).to_contain_text("共 2 行，能做 2 行")
        page.locator("#oc-batch-start").click()
        expect(page.locator("#oc-batch-detail")).to_contain_text("1 / 2 行")
        page.reload()
        open_tab(page, "批量")
        expect(page.locator("#oc-batch-detail")).to_contain_text("1 / 2 行")
        with visit(chromium, page_of_jobs) as other:
            open_tab(other, "批量")
            settled(other)
            expect(other.locator("#oc-batch-jobs")).to_contain_text("还没有任务")
        page.locator("#oc-batch-pause").click()
        expect(page.locator("#oc-batch-detail")).to_contain_text("没做 2")
        Held.go.set()
        page.locator("#oc-batch-resume").click()
        expect(page.locator("#oc-batch-detail")).to_contain_text("共 2 行，做好 2")
        settled(page)  # nothing more is asked: the job is at rest
        expect(page.locator("#oc-batch-results")).to_contain_text("木屿书桌")
        with page.expect_download() as got:
            page.locator("#oc-make-batch-xlsx").click()
        rows = list(
            openpyxl.load_workbook(io.BytesIO(got.value.path().read_bytes())).worksheets[0].iter_rows(values_only=True)
        )
        assert (len(rows), rows[1][0]) == (3, "木屿书桌") and got.value.suggested_filename.endswith("写文案.xlsx")
        page.locator("#oc-batch-remove").click()
        expect(page.locator("#oc-batch-sure")).to_be_visible()
        page.locator("#oc-batch-really").click()
        expect(page.locator("#oc-batch-jobs")).to_contain_text("还没有任务")


def test_tables_that_cannot_be_used_on_a_phone(chromium: Browser, page_of_jobs: str, tmp_path: Path) -> None:
    """One clear sentence each, then a good one; and nothing is wider than the screen."""
    bad = {"旧.xls": b"\xd0\xcf\x11\xe0", "坏.xlsx": b"PK\x03\x04broken", "空.csv": b""}
    said = {"旧.xls": "另存或导出为 xlsx", "坏.xlsx": "已损坏。", "空.csv": "空"}
    with visit(chromium, page_of_jobs) as page:
        open_tab(page, "批量")
        page.set_viewport_size({"width": 375, "height": 812})  # now tabs hide in a menu
        for name, data in bad.items():
            (tmp_path / name).write_bytes(data)
            send_files(page, "#oc-batch-file", tmp_path / name)
            expect(page.locator("#oc-batch-columns .oc-bad")).to_contain_text(said[name])
            page.locator("#oc-batch-file button[aria-label]").first.click()
            expect(page.locator("#oc-batch-columns")).to_contain_text("一行一个产品")
        (tmp_path / "问题.csv").write_text("编号,问题\n1,怎么拉新？\n", encoding="utf-8")
        page.get_by_label("问答", exact=True).check()
        expect(page.locator("#oc-batch-columns")).not_to_contain_text("一行一个产品")
        settled(page)
        send_files(page, "#oc-batch-file", tmp_path / "问题.csv")
        page.locator("#oc-batch-trial").click()
        expect(page.locator("#oc-batch-start")).to_be_visible()
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
