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


@cache
def digest() -> str:
    """Return what names the state of all data files: what the rule writer makes of a brief stands in them."""
    import hashlib  # OpenSSL, 20 ms

    folder = Path(__file__).parent
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        found.update(f"{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return found.hexdigest()
