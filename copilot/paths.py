"""Where shipped files lie: inside the package in a wheel, beside it in a checkout."""

from pathlib import Path

from copilot.errors import DataError

HANDBOOK = "handbook"  # what the sources of the shipped handbook begin with, and its meta key
_PACKAGE = Path(__file__).parent


def in_handbook(source: str) -> bool:
    """Return whether a document's source is an article of the shipped handbook, or its glossary."""
    return source.startswith(f"{HANDBOOK}/")


def shipped(name: str) -> Path:
    """Return the folder `prompts` or `corpus`, wherever this installation keeps it.

    :raises DataError: the installation is incomplete
    """
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise DataError(f"安装不完整：缺少 {name} 目录", "重新安装：pip install --force-reinstall ops-copilot")
