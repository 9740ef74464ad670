"""The data files: limits, weights, cues. YAML beside this file, read once, never written."""

from functools import cache
from pathlib import Path
from typing import Any

from copilot.errors import DataError


@cache
def read(name: str) -> dict[str, Any]:
    """Return the mapping in `copilot/knowledge/<name>.yaml`; treat it as read-only.

    :raises DataError: the file is missing or not a mapping
    """
    import yaml

    path = Path(__file__).parent / f"{name}.yaml"
    try:
        with path.open(encoding="utf-8") as file:
            data = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, yaml.YAMLError) as error:
        raise DataError(f"数据文件 {path.name} 读不出来：{error}", "重新安装 ops-copilot。") from error
    if not isinstance(data, dict):
        raise DataError(f"数据文件 {path.name} 的内容不是键值表", "重新安装 ops-copilot。")
    return data


def read_own(path: Path, *, as_text: bool = False) -> Any:
    """Return what a YAML file of the user's holds; `as_text`: every value as it is typed, 0.1 no float.

    :raises DataError: it cannot be read; with the place and what to do
    """
    import yaml

    loader = yaml.BaseLoader if as_text else getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        with path.open(encoding="utf-8-sig") as file:
            return yaml.load(file, Loader=loader)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} 不是 UTF-8 编码", "用编辑器另存为 UTF-8。") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"第 {mark.line + 1} 行附近" if mark else ""
        raise DataError(f"{path} {place}不是正确的 YAML", "检查缩进、冒号后的空格、括号和引号。") from error
    except (OSError, yaml.YAMLError) as error:
        raise DataError(f"{path} 读不出来：{error}".replace("\n", " "), "检查文件的权限和内容。") from error


@cache
def digest() -> str:
    """Return what names the state of all data files: what the rule writer makes of a brief stands in them."""
    import hashlib  # OpenSSL, 20 ms

    folder = Path(__file__).parent
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        found.update(f"{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return found.hexdigest()
