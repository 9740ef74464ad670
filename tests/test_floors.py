"""A module imports only from lower floors, or from its own folder without a cycle; no file grows too long.

Imports inside functions and under TYPE_CHECKING count like all others.
"""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Bottom first, numbers as in the design; errors and data files, which their neighbours use, half a floor lower.
FLOORS = {
    "copilot.types": 0, "copilot.errors": 0, "copilot.text": 0.5, "copilot.paths": 0.5,
    "copilot.briefs": 0.5, "copilot.diagnosis": 0.5, "copilot.plans": 0.5,
    "copilot.knowledge": 1, "copilot.settings": 1, "copilot.prompts": 1,
    "copilot.glossary": 1.5, "copilot.prices": 1.5, "copilot.channels": 1.5, "copilot.chunking": 1.5, "copilot.embedding": 1.5, "copilot.loading": 1.5,
    "copilot.library": 2, "copilot.metering": 2, "copilot.profiles": 2, "copilot.ratings": 2, "copilot.feedback": 2, "copilot.arithmetic": 2,
    "copilot.handbook": 2.5, "copilot.uploads": 2.5,
    "copilot.retrieval": 3, "copilot.checks": 3, "copilot.models": 3,
    "copilot.model_check": 3.5,
    "copilot.writers": 4,
    "copilot.tasks": 5,
    "copilot.export": 6, "copilot.evaluation": 6, "copilot.training": 6,
    "copilot.transfer": 6.5,
    "copilot.batch": 7,
    "copilot.voices": 7.5, "copilot.forget": 7.5,
    "copilot.assistant": 8, "copilot": 8,  # the package itself shows the facade: `from copilot import Copilot`
    "ui": 9,
    "copilot.cli": 10,
    "copilot.__main__": 11, "ui.__main__": 11,
}  # fmt: skip
LINES = 320  # about 300

FILES = sorted(path for top in ("copilot", "ui") for path in (ROOT / top).rglob("*.py"))


def module_name(path: Path) -> str:
    """`copilot/text/fold.py` → `copilot.text.fold`, a folder's `__init__.py` → the folder."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


def entry_of(module: str) -> str | None:
    """The longest line of FLOORS that `module` stands under; `copilot` stands for itself alone."""
    parts = module.split(".")
    found = next((name for n in range(len(parts), 0, -1) if (name := ".".join(parts[:n])) in FLOORS), None)
    return None if found == "copilot" and module != "copilot" else found


def imported(source: str) -> list[tuple[int, str]]:
    """Line and name of every import of our own; a name taken from a package counts as its module, if it is one."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            found.append((node.lineno, "." * node.level + (node.module or "")))
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [(node.lineno, name if name in MODULES else node.module) for name in names]
    return [(line, name) for line, name in found if name.split(".")[0] in ("copilot", "ui", "")]


def problems(module: str, source: str) -> list[str]:
    """What is wrong with the imports of `module`, one line each."""
    here = entry_of(module)
    if here is None:
        return [f"{module} stands on no floor: add it to FLOORS"]
    floor = FLOORS[here] + (module == "copilot")  # its __init__.py takes from the facade
    wrong = []
    for line, name in imported(source):
        there = entry_of(name)
        if name.startswith("."):
            wrong.append(f"line {line}: relative import {name}")
        elif there is None:
            wrong.append(f"line {line}: {name} stands on no floor")
        elif FLOORS[there] >= floor and there != here:
            wrong.append(f"line {line}: {name} (floor {FLOORS[there]}) is not below {here} (floor {floor})")
    return wrong


@pytest.mark.parametrize("module", MODULES)
def test_imports_come_from_below(module: str) -> None:
    """Every import of every module, lazy ones too."""
    assert problems(module, MODULES[module].read_text(encoding="utf-8")) == []


def test_no_cycles() -> None:
    """Files of one folder may use each other, but never in a circle."""
    graph = {
        module: {name for _, name in imported(path.read_text(encoding="utf-8")) if name in MODULES} - {module}
        for module, path in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" ← ".join(error.args[1]))


@pytest.mark.parametrize("module", MODULES)
def test_files_stay_short(module: str) -> None:
    """A file that outgrows the limit has two subjects."""
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= LINES


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        pytest.param("copilot.text.fold", "from copilot.settings import Settings", "not below", id="upward"),
        pytest.param("copilot.checks.citations", "import copilot.retrieval", "not below", id="sideways"),
        pytest.param("copilot.library", "def f():\n    from copilot.tasks.ask import ask", "line 2", id="lazy"),
        pytest.param("copilot.library", "from . import lexical", "relative", id="relative"),
        pytest.param("copilot.helpers", "", "no floor", id="unlisted"),
        pytest.param("copilot.tasks.ask", "from copilot import Copilot", "not below", id="facade"),
    ],
)
def test_wrong_imports_are_found(module: str, source: str, expected: str) -> None:
    """The check itself: what it is for, it finds."""
    assert expected in "\n".join(problems(module, source))
