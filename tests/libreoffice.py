"""LibreOffice without a window: workbooks are reckoned again, and what their cells then hold is returned.

A test that uses it is marked `slow`. Where soffice is missing it is skipped, but it fails under CI=1 or
OPS_COPILOT_REQUIRE_OFFICE=1.
"""

import io
import os
import shutil
import subprocess
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

LIMIT_S = 300  # of one start of the program; a dozen workbooks take some 30 s
REQUIRED = os.environ.get("CI") in ("1", "true") or os.environ.get("OPS_COPILOT_REQUIRE_OFFICE") == "1"
# It believes the values stored in a workbook unless it is told to reckon always (0).
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
</oor:items>
"""


def recalculated(books: Mapping[str, bytes], folder: Path) -> dict[str, Any]:
    """Return each workbook as openpyxl reads it, with values in place of formulas; `folder` is for temporary files."""
    program = _soffice()
    given, made, profile = folder / "given", folder / "made", folder / "profile" / "user"
    for place in (given, made, profile):
        place.mkdir(parents=True, exist_ok=True)
    (profile / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    for name, data in books.items():
        (given / f"{name}.xlsx").write_bytes(data)
    command = [
        program, "--headless", "--norestore", f"-env:UserInstallation=file://{profile.parent}", "--convert-to",
        "xlsx:Calc MS Excel 2007 XML", "--outdir", str(made), *(str(given / f"{name}.xlsx") for name in books),
    ]  # fmt: skip
    plain = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LANG": "C.UTF-8"}  # no guard in its own Python
    done = subprocess.run(command, env=plain, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    missing = [name for name in books if not (made / f"{name}.xlsx").exists()]
    assert not missing, f"LibreOffice made no {missing}: {done.stdout} {done.stderr}"
    return {name: values((made / f"{name}.xlsx").read_bytes()) for name in books}


def values(data: bytes) -> Any:
    """Return a workbook with the stored values of its formulas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl leaves out what LibreOffice adds
        return openpyxl.load_workbook(io.BytesIO(data), data_only=True)


def formulas(data: bytes) -> Any:
    """Return a workbook with its formulas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(data))


def _soffice() -> str:
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None and REQUIRED:
        pytest.fail("soffice is missing, and CI or OPS_COPILOT_REQUIRE_OFFICE asks for it")
    if program is None:
        pytest.skip("soffice is missing: apt install libreoffice-calc-nogui")
    return program
