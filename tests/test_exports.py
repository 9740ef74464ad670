"""The public names: listed, sorted, there, and none forgotten."""

import tomllib
from pathlib import Path
from types import ModuleType

import copilot

ROOT = Path(__file__).resolve().parent.parent


def test_all_is_sorted() -> None:
    """`__all__` is in order and says nothing twice."""
    assert copilot.__all__ == sorted(set(copilot.__all__))


def test_all_names_resolve() -> None:
    """Everything promised is there."""
    assert [name for name in copilot.__all__ if not hasattr(copilot, name)] == []


def test_no_public_name_is_missing() -> None:
    """Everything there that looks public is promised."""
    seen = {name for name, value in vars(copilot).items() if name[0] != "_" and not isinstance(value, ModuleType)}
    assert seen - set(copilot.__all__) == set()


def test_version_is_in_the_changelog() -> None:
    """The version stands in one place, and the changelog has a chapter for what is coming or for it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["dynamic"] == ["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog or f"## [{copilot.__version__}]" in changelog
