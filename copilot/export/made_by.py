"""Who wrote a result, and what it took, in words for a person."""

from collections.abc import Mapping
from typing import Any


def made_by(writer: str, usage: Mapping[str, Any] | None) -> str:
    """Return who wrote: `写作：规则`, or the model with its calls and tokens (`usage` as in a result's JSON)."""
    who = f"写作：{writer.replace('rules', '规则').replace('chat:', '模型 ')}"
    if not usage:
        return who
    told = "，按估计" if usage["estimated"] else ""
    tokens = f"输入 {usage['input_tokens']:,}、输出 {usage['output_tokens']:,} token{told}"
    return f"{who}；调用 {usage['calls']} 次，{tokens}"
