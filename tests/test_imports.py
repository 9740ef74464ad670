"""Importing the package and asking for help stay light: every heavy library is loaded where it is used."""

import json
import subprocess
import sys

import pytest

SHOW = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
HELP = f"""
import contextlib, io
from copilot.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main(["--help"])
{SHOW}
"""
OURS = {"copilot", "guard", "sitecustomize"}


def third_party(code: str) -> set[str]:
    """The foreign packages that a fresh interpreter has loaded after `code`, above what it begins with."""
    begun, loaded = (
        set(json.loads(subprocess.run([sys.executable, "-c", c], capture_output=True, check=True).stdout))
        for c in (SHOW, code)
    )
    return {name for name in loaded - begun - OURS - sys.stdlib_module_names if not name.startswith("__")}


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        pytest.param(f"import copilot\n{SHOW}", set(), id="import copilot"),
        pytest.param(f"import copilot.cli\n{SHOW}", {"click"}, id="import copilot.cli"),
        pytest.param(HELP, {"click"}, id="--help"),
    ],
)
def test_nothing_heavy_is_loaded(code: str, allowed: set[str]) -> None:
    """Only what is listed here, so no chromadb, langchain, torch, gradio, sklearn, pydantic, numpy …"""
    assert third_party(code) <= allowed
