"""The web page as users meet it: served on a free port of this machine, seen through Debian's Chromium.

    with served(copilot) as address, visit(chromium, address) as page:
        page.fill(…)

`visit` gives a Playwright page that counts what it asked of other machines (`page.outside`, refused) and every error of
its scripts (`page.broken`); when the block ends both must be empty.
"""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Playwright, Route, expect

from copilot import Copilot

PATIENCE = 60_000  # ms that anything may take: on a machine that other work keeps busy an answer once took 20 s


@contextmanager
def served(copilot: Copilot, **options: Any) -> Iterator[str]:
    """Serve the page and give its address; `options` go to `launch`."""
    from ui.serve import launch

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    app, address = launch(copilot, "127.0.0.1", port, **options)
    try:
        yield address
    finally:
        app.close(verbose=False)


def start_chromium(playwright: Playwright) -> Browser:
    """Start the browser; tests that need it are not skipped for want of one: `.ci/run` installs it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no Chromium: apt install chromium"
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])


@contextmanager
def visit(browser: Browser, address: str, *, wait: bool = True, **context: Any) -> Iterator[Page]:
    """Open the page in a profile of its own; `context` goes to Playwright (viewport, color_scheme, …)."""
    options = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN"} | context
    profile = browser.new_context(**options)
    profile.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page = profile.new_page()
    outside: list[str] = []
    broken: list[str] = []

    def gate(route: Route) -> None:
        url = route.request.url
        if url.startswith(("data:", "blob:")) or urlsplit(url).hostname in ("127.0.0.1", "localhost"):
            route.continue_()
        else:
            outside.append(url)
            route.abort()

    profile.route("**/*", gate)
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.outside, page.broken = outside, broken  # type: ignore[attr-defined]
    try:
        page.goto(address)
        if wait:
            page.wait_for_selector("#oc-question textarea")
        yield page
    finally:
        profile.close()
    assert not outside, f"asked of other machines: {outside}"
    assert not broken, f"errors of scripts: {broken}"


def open_tab(page: Page, name: str) -> None:
    """Go to a tab by its Chinese name; on a phone those without room stand in a menu."""
    tab, menu = page.get_by_role("tab", name=name, exact=True).first, page.locator(".overflow-menu > button").first
    expect(tab.or_(menu).filter(visible=True).first).to_be_visible()
    if tab.is_visible():
        tab.click()
    else:
        menu.click()
        page.locator(".overflow-dropdown button", has_text=name).first.click()
