"""The wheel carries everything that the product reads, and works from where it is unpacked."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import guard
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built without the network."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run([*command, "-q", "-w", str(out)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return next(out.glob("ops_copilot-*.whl"))


def shipped(folder: str) -> list[Path]:
    """What lies below a folder of the checkout and belongs to the product."""
    files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [path.relative_to(ROOT) for path in files if path.name[0] != "." and path.parts[-2][0] != "."]


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        pytest.param("copilot", "copilot", id="copilot"),
        pytest.param("prompts", "copilot/_data/prompts", id="prompts"),
        pytest.param("corpus", "copilot/_data/corpus", id="corpus"),
        pytest.param("ui", "ui", id="ui"),
    ],
)
def test_every_file_is_in(wheel: Path, folder: str, place: str) -> None:
    """Code, prompts, handbook, knowledge, the folding table, the built-in model: file by file."""
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"{place}/{path.relative_to(folder).as_posix()}" for path in shipped(folder)}
    assert expected - inside == set()
    assert expected or folder == "ui"


def test_nothing_else_is_in(wheel: Path) -> None:
    """No tests, no benchmarks, no caches, no developer's files; licence and notice are there."""
    names = zipfile.ZipFile(wheel).namelist()
    info = next(name.split("/")[0] for name in names if ".dist-info/" in name)
    assert {name.split("/")[0] for name in names} <= {"copilot", "ui", info}
    assert [name for name in names if name.endswith((".pyc", ".env", ".db", ".xz"))] == []
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/NOTICE"} <= set(names)


def test_unpacked_it_finds_its_files(wheel: Path, tmp_path: Path) -> None:
    """Away from the checkout the prompts and the handbook are found inside the package."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = "from copilot.paths import shipped; print(shipped('prompts'), shipped('corpus'), sep='\\n')"
    path = os.pathsep.join([str(tmp_path), str(Path(guard.__file__).parent)])
    run = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == [str(tmp_path / "copilot/_data" / name) for name in ("prompts", "corpus")]
