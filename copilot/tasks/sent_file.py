"""A brief or profile in a YAML or JSON file that anybody may have sent → the mapping in it."""

from pathlib import Path
from typing import Any

from copilot.errors import InputError
from copilot.text import normalise

_MOST = 100_000  # bytes; a long brief has 5,000
_BRACKETS = 500  # of which a brief has some 20; 100,000 in each other take the parser half a minute


def read_sent_file(path: Path, what: str, example: str) -> dict[Any, Any]:
    """Return the mapping in the file; references between its parts, which make a small file huge, are refused.

    `what` the file is to be and an `example` of a line stand in errors, its folder does not.

    :raises InputError: it cannot be read, is too large, or is no mapping
    """
    import yaml

    class Plain(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.events.AliasEvent):
                raise yaml.YAMLError("不支持 YAML 里的引用（*）")
            return super().compose_node(parent, index)

    hint = f"写成 YAML 或 JSON 的键值，例如 {example}，存成 UTF-8。"
    try:
        if path.stat().st_size > _MOST:
            raise InputError(f"{what} {path.name} 太大", f"{what}最多 100 KB，看看是不是选错了文件。")
        text = normalise(path.read_text(encoding="utf-8-sig"))
        if text.count("[") + text.count("{") > _BRACKETS:
            raise yaml.YAMLError("括号太多")
        data = yaml.load(text, Plain)
    except (OSError, UnicodeDecodeError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join((str(error).splitlines() or [type(error).__name__])[0].split())
        raise InputError(f"{what} {path.name} 不是合格的 YAML 或 JSON，读不出来：{reason}", hint) from error
    if not isinstance(data, dict):
        raise InputError(f"{what} {path.name} 不是键值表", hint)
    return data
