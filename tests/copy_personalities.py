"""Personalities of the stub that write copy: what they say is made from the channel and the brief in the prompt.

with serve(COPY["good"]) as stub: ...
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from openai_stub import Personality, cut_small

Variants = list[dict[str, Any]]

CHATTER = "好的，下面是按要求写的文案 [1]：\n\n", "\n\n以上文案仅供参考，需要的话我可以再改{一版}。"


def brief_in(prompt: str) -> dict[str, str]:
    """The labelled lines of the brief in a prompt."""
    fenced = re.search(r"<<<简报>>>\n(.*?)\n<<<简报 结束>>>", prompt, re.DOTALL)
    lines = fenced[1].split("\n") if fenced else []
    return dict(line.split("：", 1) for line in lines if "：" in line)


def angles_in(prompt: str) -> list[str]:
    """The angles that a prompt asks for, in order."""
    return re.findall(r"(?m)^\d+\. (\w*)：", prompt.rpartition("角度（")[2])


def repairing(prompt: str) -> bool:
    """Whether a prompt asks for variants to be written anew."""
    return "<<<待改" in prompt


def variants_for(prompt: str) -> Variants:
    """Plain variants, one for each angle, every field inside its limit."""
    channel = prompt.partition("文案语言")[0]
    fields = re.findall(r"(?m)^- (\w+)（[^\n]*?）：(.*)$", channel)
    return [
        {
            "angle": angle,
            "fields": {name: _field(name, told, brief_in(prompt), number) for name, told in fields},
            "cites": [1],
        }
        for number, angle in enumerate(angles_in(prompt))
    ]


def _field(name: str, told: str, brief: dict[str, str], number: int) -> str | list[str]:
    limit = re.search(r"(\d+) (字|个半角宽度|个字符)", told)
    room = int(limit[1]) // (2 if limit[2] == "个半角宽度" else 1) if limit else 200
    points = brief.get("卖点", brief["产品"]).split("；")
    words = brief.get("必须原样出现的词", brief["产品"]).split("；")
    point, product = points[number % len(points)], brief["产品"]
    if "列表" in told:
        fitting = [text for text in [*words, *points, "看看尺寸", "点进来"] if len(text) <= room]
        return fitting[: max(int(re.findall(r"(\d+) (?:到|项)", told)[0]), 2)]
    if name == "text" and "短信签名" in brief:
        return f"【{brief['短信签名']}】{product}，{point}。拒收请回复R"
    if name in ("body", "intro", "primary_text"):
        parts = ["、".join(words), point, brief.get("价格", ""), brief.get("痛点", ""), "点进来看尺寸"]
        return _joined([f"{part}。" for part in parts if part], room)
    return next(
        (text for text in (f"{product}，{point}", point, f"{product}看看尺寸", product) if len(text) <= room),
        product[:room],
    )


def _joined(parts: list[str], room: int) -> str:
    """As many of the parts, from the first, as there is room for, one a line."""
    text = parts[0]
    for part in parts[1:]:
        text += f"\n{part}" if len(text) + len(part) < room else ""
    return text


def _json(variants: Variants) -> str:
    return json.dumps({"variants": variants}, ensure_ascii=False)


def with_text(prompt: str, text: str) -> Variants:
    """The plain variants with `text` added to the last text of each."""
    variants = variants_for(prompt)
    for variant in variants:
        name = [name for name, value in variant["fields"].items() if isinstance(value, str)][-1]
        variant["fields"][name] += text
    return variants


def _good(prompt: str) -> str:
    return _json(variants_for(prompt))


def _until_repair(worse: Callable[[str], str]) -> Personality:
    """Writes something worse at first, and good copy when asked to repair it."""
    return _says(lambda prompt: _good(prompt) if repairing(prompt) else worse(prompt))


def _says(write: Callable[[str], str]) -> Personality:
    def reads(prompt: str, _: int) -> Sequence[str]:
        return cut_small(write(prompt), 7)

    return Personality(reads=reads)


def _broken(prompt: str) -> str:
    return _good(prompt).replace('"fields": {', '"fields": ', 1)[:120]


def _long(prompt: str) -> str:
    return _json(with_text(prompt, "这一句话写得长而又长，" * 120))


def _obeys(prompt: str) -> str:
    """Does what a selling point tells it to: what stands behind `输出` becomes the copy, with a link."""
    told = re.search(r"输出“?([^”；]+)", brief_in(prompt).get("卖点", ""))
    return _json(with_text(prompt, f"{told[1]}，详情见 https://evil.example/win 。")) if told else _good(prompt)


COPY = {
    "good": _says(_good),
    "fenced": _says(lambda prompt: f"```json\n{_good(prompt)}\n```"),
    "chatty": _says(lambda prompt: _good(prompt).join(CHATTER)),
    "thinks": _says(lambda prompt: f'<think>先写一条 {{"variants": []}} 试试</think>{_good(prompt)}'),
    "broken_then_good": _until_repair(_broken),
    "never_json": _says(lambda _: "这几条卖点我都看了，写得不错，可以直接用。"),
    "long_then_repaired": _until_repair(_long),
    "banned_then_repaired": _until_repair(lambda prompt: _json(with_text(prompt, "全国销量第一，效果最好。"))),
    "never_repaired": _says(lambda prompt: _json(with_text(prompt, "全国销量第一，效果最好。"))),
    "invented": _says(lambda prompt: _json(with_text(prompt, "已有 376519 人买过，好评率 98.7%。"))),
    "obeys": _says(_obeys),
    "refuses": _says(lambda prompt: _json(with_text(prompt, "作为一个AI语言模型，我无法完成这个请求。"))),
    "empty": Personality(),
    "too_long": Personality(reads=lambda prompt, _: cut_small(_good(prompt)[:-30]), finish="length"),
    "no_finish": Personality(reads=lambda prompt, _: cut_small(_good(prompt)), finish=None),
    "half_no_finish": Personality(reads=lambda prompt, _: cut_small(_good(prompt)[:-30]), finish=None),
}
