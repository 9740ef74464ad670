"""What models cost, and money as it is typed and shown: yuan, exact, never a float.

The shipped table is knowledge/prices.yaml; `prices.yaml` in the home folder is laid over it. The provider in
`provider:model` only says the protocol (most Chinese servers speak OpenAI's), so a model is known by its name.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal, localcontext
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from copilot.errors import DataError, InputError
from copilot.knowledge import read, read_own
from copilot.text import fold

OWN = "prices.yaml"  # in the home folder

_KEYS = ("input", "output", "source", "checked_on", "note")
_SURE = {"H": "高", "M": "中", "L": "低"}
_MILLION = 1_000_000
_DIGITS = 60  # of a sum: 24 of a price, 30 of its tokens
_NUMBER = r"(\d{1,12}(?:\.\d{1,12})?|\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,12})?)"
_AMOUNT = re.compile(rf"[¥￥]?\s*{_NUMBER}\s*(?:元|块钱|块|圆|rmb|cny)?")


class Price(NamedTuple):
    """What a million tokens cost, in yuan."""

    input: Decimal
    output: Decimal

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal:
        """Return what so many tokens cost, in yuan, without any rounding."""
        with localcontext(prec=_DIGITS):
            return (self.input * input_tokens + self.output * output_tokens) / _MILLION


class Entry(NamedTuple):
    """A line of the table: a model's name or pattern, its price, and how far that is to be trusted."""

    name: str
    price: Price
    source: str
    checked_on: str  # the month that the source is from
    confidence: str  # H, M, L; "" in the user's own file
    note: str


def price_of(model: str, home: Path) -> Price | None:
    """Return the price of `provider:model`, None if it is unknown.

    :raises DataError: the user's file cannot be read or is wrong; all that is wrong is named
    """
    entry = entry_of(model, home)
    return entry.price if entry else None


def entry_of(model: str, home: Path) -> Entry | None:
    """Return the line that fits `provider:model`: the user's before ours, then the longest.

    A line with a provider (`ollama:*`) is for that one only and goes before those without.

    :raises DataError: the user's file cannot be read or is wrong; all that is wrong is named
    """
    return _fitting(model, _own(home)) or _fitting(model, _shipped())


def described(entry: Entry) -> str:
    """Return the price and where it comes from, as one line for people."""
    source = "，".join(filter(None, (entry.source, entry.checked_on)))
    sure = f"可信度{_SURE[entry.confidence]}" if entry.confidence else ""
    rest = "；".join(filter(None, (source, sure, entry.note)))
    told = f"{entry.name}：每百万 token 输入 {_plain(entry.price.input)} 元、输出 {_plain(entry.price.output)} 元"
    return f"{told}（{rest}）" if rest else told


def yuan(amount: Decimal) -> str:
    """Return an amount as `12.40 元`, below one yuan with up to four decimals: `0.0312 元`.

    What is left over is rounded up, so that an estimate never looks smaller than it is: only nothing is `0.00 元`.
    """
    with localcontext(prec=_DIGITS):
        shown = amount.quantize(Decimal("0.01" if amount >= 1 else "0.0001"), ROUND_CEILING)
        cents = shown.quantize(Decimal("0.01"), ROUND_CEILING)
    return f"{cents if cents == shown else shown.normalize():f} 元"


def budget_of(text: str) -> Decimal:
    """Return the yuan that a person typed: 20, 20元, 20.5 元, ¥20, 20块.

    :raises InputError: it is no amount in yuan, or nothing
    """
    try:
        amount = _amount(text)
    except ValueError as error:
        raise InputError(f"看不懂预算“{text}”", "写成人民币金额，例如 --budget 20 或 --budget 20.5元。") from error
    if amount <= 0:
        raise InputError(f"预算“{text}”没有钱可花", "写一个大于 0 的金额，例如 --budget 20；不限预算就不写。")
    return amount


def example_file() -> str:
    """Return a `prices.yaml` to begin with: as it stands it changes nothing."""
    return _EXAMPLE


def _fitting(model: str, entries: Mapping[str, Entry]) -> Entry | None:
    whole = fold(model).strip()
    name = whole.partition(":")[2] or whole
    names = [name]
    while "/" in names[-1]:  # Pro/deepseek-ai/DeepSeek-V3 is deepseek-v3 too
        names.append(names[-1].partition("/")[2])
    found = []
    for key, entry in entries.items():
        provider = ":" in key and _fits(key, whole)
        if provider or any(_fits(key, each) for each in names):
            found.append(((provider, len(key.rstrip("*")), not key.endswith("*")), entry))
    return max(found, key=lambda each: each[0])[1] if found else None


def _fits(key: str, name: str) -> bool:
    return name.startswith(key[:-1]) if key.endswith("*") else name == key


@cache
def _shipped() -> dict[str, Entry]:
    """Return our lines by folded name; dollars are turned into yuan and say so."""
    table = read("prices")
    rate = Decimal(str(table["usd"]))
    return {fold(name): _shipped_entry(name, values, rate) for name, values in table["models"].items()}


def _shipped_entry(name: str, values: Mapping[str, Any], rate: Decimal) -> Entry:
    price = Price(Decimal(str(values["input"])), Decimal(str(values["output"])))
    notes = [values.get("note", "")]
    if values.get("currency") == "USD":
        notes.append(f"美元价 {_plain(price.input)}/{_plain(price.output)} 按 1 美元 {_plain(rate)} 元折算")
        price = Price(price.input * rate, price.output * rate)
    note = "；".join(filter(None, notes))
    return Entry(name, price, values["source"], values["checked_on"], values["confidence"], note)


def _own(home: Path) -> dict[str, Entry]:
    path = home / OWN
    if not path.is_file():
        return {}
    state = path.stat()
    return _own_entries(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _own_entries(path: Path, mtime_ns: int, size: int) -> dict[str, Entry]:
    """Return the lines of the user's file by folded name; its time and size are part of what is remembered."""
    data = read_own(path, as_text=True) or {}
    if not isinstance(data, dict) or not isinstance(data.get("models") or {}, dict):
        raise DataError(f"{path} 的内容不是键值表", "最外层写 models:，其下每个模型一项，冒号用半角、后面空一格。")
    problems = [f"最外层不认识 {key}，模型写在 models: 之下" for key in data if key != "models"]
    models = data.get("models") or {}
    for name, values in models.items():
        problems += _problems(name, values)
    if problems:
        message = f"{path} 有 {len(problems)} 处不对：{'；'.join(problems)}"
        raise DataError(message, "改好再运行；每百万 token 的元数，写成 qwen-plus: {input: 0.8, output: 8}。")
    return {fold(name).strip(): _own_entry(name, values) for name, values in models.items()}


def _problems(name: Any, values: Any) -> Iterator[str]:
    if not name.strip():
        yield "有一项没有写模型名"
    elif "*" in name.strip()[:-1]:
        yield f"{name} 的 * 只能放在最后"
    if not isinstance(values, dict):
        yield f"{name} 要写成 {{input: 输入价, output: 输出价}}"
        return
    yield from (f"{name} 不认识 {key}，可用 {'、'.join(_KEYS)}" for key in values if key not in _KEYS)
    for key in ("input", "output"):
        yield from (f"{name} 的 {key} {problem}" for problem in _amount_problems(values.get(key, "")))
    yield from (
        f"{name}.{key} 要写文字" for key in ("source", "checked_on", "note") if not isinstance(values.get(key, ""), str)
    )


def _amount_problems(value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        yield "要写一个数，例如 2 或 2 元"
    elif not value.strip():
        yield "没有写；不要钱就写 0"
    elif value.strip().startswith(("-", "－", "−")):
        yield f"不能是负数，写的是 {value}"
    else:
        try:
            _amount(value)
        except ValueError:
            yield f"要写一个数，例如 2 或 2 元，写的是 {value}"


def _own_entry(name: str, values: Mapping[str, str]) -> Entry:
    price = Price(_amount(values["input"]), _amount(values["output"]))
    source = values.get("source") or f"你的价格表 {OWN}"
    return Entry(name.strip(), price, source, values.get("checked_on", ""), "", values.get("note", ""))


def _amount(text: str) -> Decimal:
    """Return the yuan that a text says.

    :raises ValueError: it says none
    """
    found = _AMOUNT.fullmatch(fold(text).strip())
    if not found:
        raise ValueError(text)
    return Decimal(found[1].replace(",", ""))


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


_EXAMPLE = f"""\
# 模型价格：单位是元，每百万 token。存成数据文件夹里的 {OWN}，就盖过自带的价格表，也可以添上表里没有的模型。
# 名称是模型名（冒号后面那段，大小写不分）；末尾的 * 代表任意结尾；几条都对得上时，用最长的一条。
# 服务商网页上写“元/千 token”的，乘以 1000 再填；美元价自己折成人民币。
# 有分档的（按输入长度、高峰时段、是否思考）填最高的一档，预算才不会超。
# 去掉行首的 # 号和后面的一个空格就生效。

models:
#   qwen-plus: {{input: 0.8, output: 8}}
#   deepseek-flash: {{input: 2 元, output: 8 元, note: 高峰价}}
#   my-model*: {{input: 1.5, output: 6}}        # my-model 开头的都算
#   Qwen/Qwen3-8B: {{input: 0, output: 0}}      # 免费的写 0
#   "ollama:*": {{input: 0, output: 0}}         # 只管这个提供方；本地模型自带就是 0
"""
