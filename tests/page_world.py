"""The web page as users meet it: served on a free port of this machine, seen through Debian's Chromium.

    with served(copilot) as address, visit(chromium, address) as page:
        page.fill(…)

`visit` gives a Playwright page that counts what it asked of other machines (`page.outside`, refused) and every error of
its scripts (`page.broken`); when the block ends both must be empty.

A test waits for what an act changes. Where that was true before the act (a list that stays, nothing of somebody else's)
it waits with `settled` first; files go in with `send_files`, options are chosen with `choose`.
"""

import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, Route, expect
from playwright.sync_api import TimeoutError as TooLate

from copilot import Copilot

# What is not on this machine. Only this goes through Python: with every request a visit took 1 s of processor time, not .5
_ELSEWHERE = re.compile(r"^(?!data:|blob:|https?://(127\.0\.0\.1|localhost)(:\d+)?/)")
PATIENCE = 60_000  # ms that anything may take: on a machine that other work keeps busy an answer once took 20 s

# Counts what Gradio's page has on its way: events from their sending to the server's word that they are over or to their
# being cancelled, and uploads. `load` is one of them: a page that has sent nothing yet has not begun.
_COUNTED = """
(() => {
  const real = window.fetch, open = new Set(), over = new Set();
  let sending = 0, begun = false, quiet = 0;
  const end = (id) => { open.delete(id); over.add(id); };
  const follow = async (stream) => {
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (rest + part.value).split('\\n');
      rest = lines.pop();
      for (const line of lines) {
        const told = line.startsWith('data:') ? JSON.parse(line.slice(5)) : {};
        if (told.msg === 'process_completed') end(told.event_id);
      }
    }
  };
  window.fetch = async (...asked) => {
    const path = new URL(asked[0].url ?? asked[0], location.href).pathname;
    const joins = path.endsWith('/queue/join');
    if (path.endsWith('/cancel')) end(JSON.parse(asked[1].body).event_id);
    if (path.endsWith('/queue/data')) {
      const answer = await real(...asked);
      follow(answer.clone().body).catch(() => {});  // the page has closed it
      return answer;
    }
    if (!joins && !path.endsWith('/upload') && !path.includes('/gradio_api/run/')) return real(...asked);
    begun = true;
    sending += 1;
    try {
      const answer = await real(...asked);
      const id = joins && answer.ok ? (await answer.clone().json()).event_id : null;
      if (id && !over.has(id)) open.add(id);
      return answer;
    } finally {
      sending -= 1;
    }
  };
  window.quietFrames = () => (quiet = begun && !sending && !open.size ? quiet + 1 : 0);
  window.countAnew = () => { quiet = 0; };
})();
"""


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

    def refuse(route: Route) -> None:
        outside.append(route.request.url)
        route.abort()

    profile.add_init_script(_COUNTED)
    profile.route(_ELSEWHERE, refuse)
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.outside, page.broken = outside, broken  # type: ignore[attr-defined]
    try:
        page.goto(address)
        if wait:
            page.wait_for_selector("#oc-question textarea")
            settled(page)
        yield page
    finally:
        profile.close()
    assert not outside, f"asked of other machines: {outside}"
    assert not broken, f"errors of scripts: {broken}"


def settled(page: Page) -> None:
    """Wait until no event of the page is on its way and what the last one brought is drawn: four frames in a row.

    Not where something is asked again and again: while a job of 批量 runs.
    """
    page.evaluate("countAnew()")
    page.wait_for_function("() => quietFrames() >= 4")


def send_files(page: Page, field: str, *paths: Path) -> None:
    """Put files into a field, and wait until the server has them and has said what it thinks of them.

    While a file is being sent its name is shown already, and a button that is clicked then does not get it.
    """
    page.set_input_files(f"{field} input[type=file]", [str(path) for path in paths])
    settled(page)


def choose(page: Page, field: str, option: str) -> None:
    """Choose in a dropdown; its menu is opened again where an answer of the server, or a focus, has closed it."""
    place = page.locator(f"{field} input")
    for patience in (PATIENCE / 10, PATIENCE):
        settled(page)
        place.click()
        try:
            page.get_by_role("option", name=option, exact=True).click(timeout=patience)
            break
        except TooLate:
            place.blur()
    expect(place).to_have_value(option)


def open_tab(page: Page, name: str) -> None:
    """Go to a tab by its Chinese name; on a phone those without room stand in a menu."""
    tab, menu = page.get_by_role("tab", name=name, exact=True).first, page.locator(".overflow-menu > button").first
    expect(tab.or_(menu).filter(visible=True).first).to_be_visible()
    if tab.is_visible():
        tab.click()
    else:
        menu.click()
        page.locator(".overflow-dropdown button", has_text=name).first.click()
