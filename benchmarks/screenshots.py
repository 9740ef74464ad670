"""Pictures of the page for docs/images: every tab after its main job, light and dark, one on a phone.

    python -m benchmarks.screenshots            into docs/images

The home folder is a new one with the handbook. Needs Debian's Chromium and a Chinese font.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from benchmarks.page import page_process, until_up
from copilot import Copilot
from copilot.settings import Settings

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDE, PHONE = ViewportSize(width=1280, height=860), ViewportSize(width=375, height=812)
ROWS = """产品,卖点,活动价,人群,渠道
云檐扫拖机器人,拖布自己洗、手机画禁区,1999,养猫的人,小红书
木屿书桌,高度能调、边角是圆的,699,小学生家长,小红书
青禾挂耳咖啡,烘好当天装袋,39 元一盒,赶早班地铁的人,短信
"""


def tab(page: Page, name: str) -> None:
    """Go to a tab."""
    page.get_by_role("tab", name=name, exact=True).first.click()


def ask(page: Page) -> None:
    """An answer with its source open."""
    page.get_by_role("button", name="流失用户怎么召回？").click()
    page.locator(".oc-reply .oc-chip").first.click()
    page.wait_for_selector("#oc-hit")


def adcopy(page: Page) -> None:
    """Cards for 小红书."""
    tab(page, "文案")
    page.locator(".oc-empty [data-act]:visible").first.click()
    page.wait_for_selector("article.oc-copy")


def check(page: Page) -> None:
    """Findings."""
    tab(page, "体检")
    page.locator(".oc-empty [data-act]:visible").first.click()
    page.wait_for_selector("mark.oc-ban")


def plan(page: Page) -> None:
    """A plan, from its first figures on."""
    tab(page, "方案")
    page.get_by_role("button", name="例子：老客复购").click()
    page.wait_for_function("[...document.querySelectorAll('input,textarea')].some(field => field.value === '巷口咖啡')")
    page.click("#oc-plan-write")
    page.wait_for_selector(".oc-plan-tiles")
    page.locator(".oc-plan-tiles").scroll_into_view_if_needed()


def diagnose(page: Page) -> None:
    """One voice."""
    tab(page, "诊断")
    page.locator(".oc-empty [data-act]:visible").first.click()
    page.wait_for_selector("#oc-diagnose-shown h3")


def batch(page: Page) -> None:
    """A table that has been done."""
    tab(page, "批量")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "我的商品.csv")
        path.write_text(ROWS, encoding="utf-8")
        page.locator("#oc-batch-file input[type=file]").set_input_files(path)
        page.locator("#oc-batch-trial").click()
        page.locator("#oc-batch-start").click()
        page.get_by_text("做好 3").first.wait_for()
        page.locator("#oc-batch-detail").scroll_into_view_if_needed()


def library(page: Page) -> None:
    """A document in its chunks."""
    tab(page, "资料库")
    page.locator("#oc-library-documents li button").first.click()
    page.wait_for_selector(".oc-library-chunk")


def settings(page: Page) -> None:
    """What is active."""
    tab(page, "设置")
    page.get_by_role("button", name="测试一下").wait_for()


SCENES: dict[str, Callable[[Page], None]] = {
    "ask": ask, "adcopy": adcopy, "check": check, "plan": plan, "diagnose": diagnose, "batch": batch,
    "library": library, "settings": settings,
}  # fmt: skip


def main() -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["OPS_COPILOT_HOME"] = folder
        Copilot.open(Settings(home=Path(folder))).close()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with page_process() as (address, begun):
            until_up(address, begun)
            for scheme in ("light", "dark"):
                for name, scene in SCENES.items():
                    page = browser.new_page(viewport=WIDE, locale="zh-CN", color_scheme=scheme)
                    page.set_default_timeout(60_000)
                    page.goto(address)
                    page.wait_for_selector("#oc-question textarea")
                    scene(page)
                    page.wait_for_timeout(1500)  # charts and scrolling come to rest
                    page.screenshot(path=IMAGES / f"{name}-{scheme}.png")
                    page.close()
            page = browser.new_page(viewport=PHONE, locale="zh-CN", device_scale_factor=2)
            page.goto(address)
            page.wait_for_selector("#oc-question textarea")
            ask(page)
            page.wait_for_timeout(1500)
            page.screenshot(path=IMAGES / "ask-phone.png")
        browser.close()


if __name__ == "__main__":
    main()
