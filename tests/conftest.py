"""What holds for every test: no network, no ../shared, no environment and no home folder of the developer."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import guard
import pytest
from hypothesis import settings
from tiny_models import make_embedding, make_reranker

from copilot.assistant import Copilot
from copilot.embedding import load_embedding
from copilot.handbook import load_handbook
from copilot.library import Library
from copilot.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
_KEPT = "OPS_COPILOT_REQUIRE_OFFICE"  # of the tests, not of the product
_CLEARED = ("OPS_COPILOT_", "LANGCHAIN_", "LANGSMITH_", "OPENAI_", "HF_", "TIKTOKEN_")

for name in list(os.environ):
    if name != _KEPT and (name.startswith(_CLEARED) or name.lower().endswith("_proxy")):
        del os.environ[name]
_WORKER = "PYTEST_XDIST_WORKER" in os.environ  # then the log is the one of the process that began this one
if not _WORKER:
    _handle, os.environ[guard.LOG] = tempfile.mkstemp(prefix="network-", suffix=".log")
    os.close(_handle)
_log = os.environ[guard.LOG]
os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "PYTHONPATH": os.pathsep.join([str(Path(guard.__file__).parent), str(ROOT)]),  # for children
}
guard.install()

settings.register_profile("tests", derandomize=True, deadline=None, database=None)
settings.load_profile("tests")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the empty home folder of this test; the working folder, whose `.env` counts, is empty too."""
    folder = tmp_path / "home"
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("OPS_COPILOT_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def handbook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The library of the shipped handbook, built once; tests only read it."""
    library = Library(tmp_path_factory.mktemp("handbook") / "library", load_embedding())
    load_handbook(library, True)
    yield library
    library.close()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home without the handbook, begun once for a file of tests."""
    folder = tmp_path_factory.mktemp("bare") / "home"
    with closing(Copilot.open(Settings(home=folder, handbook=False))):
        return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models made on the spot: `plain` and `prompted` embeddings, a `reranker`; tests only read them."""
    folder = tmp_path_factory.mktemp("models")
    make_embedding(folder / "plain")
    make_embedding(folder / "prompted", hidden=32, seed=1, prompts={"query": "问：", "document": "文："})
    make_reranker(folder / "reranker", seed=2)
    return folder


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """Debian's Chromium, started once."""
    from page_world import start_chromium
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = start_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def page_of_handbook(handbook: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page over the shipped handbook; tests add nothing to its library."""
    from page_world import served

    with served(Copilot(handbook, Settings(home=tmp_path_factory.mktemp("page")))) as address:
        yield address


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs a browser is slow: together two minutes of processor time, for `make test-slow`.

    It gets a second try, which the run's last line counts: of 99 on a busy machine two met a moment at which the page
    was being redrawn (2026-11-23), and Playwright's own runner tries again, too. A fault fails twice.
    """
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how often anything reached for the network."""
    attempts = Path(_log).read_text(encoding="utf-8").splitlines()
    terminalreporter.write_line(f"network attempts refused: {len(attempts)}")
    for line in attempts:
        terminalreporter.write_line(f"  {line}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run when anything reached for the network, swallowed or not."""
    if Path(_log).stat().st_size:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    if not _WORKER:
        Path(_log).unlink(missing_ok=True)
