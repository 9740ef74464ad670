"""Prices of models: the shipped table, the user's on top of it, exact sums, amounts typed and shown."""

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from copilot.errors import DataError, InputError
from copilot.knowledge import read
from copilot.prices import Price, budget_of, described, entry_of, example_file, price_of, yuan

AMOUNTS = st.decimals(min_value=0, max_value=10_000, places=6)
PRICES = st.builds(Price, AMOUNTS, AMOUNTS)
TOKENS = st.integers(0, 10**15)


def own(home: Path, text: str) -> Path:
    """The home folder with this `prices.yaml` in it."""
    home.mkdir(exist_ok=True)
    (home / "prices.yaml").write_text(text, encoding="utf-8")
    return home


def price(input_price: str, output_price: str) -> Price:
    """A price from two texts."""
    return Price(Decimal(input_price), Decimal(output_price))


# sums


@given(PRICES, TOKENS, TOKENS, TOKENS, TOKENS)
def test_cost_adds_up_exactly(each: Price, a: int, b: int, c: int, d: int) -> None:
    """Two calls cost together what one of their tokens costs, and that is the fraction, not nearly."""
    parts = Fraction(each.cost(a, b)) + Fraction(each.cost(c, d))
    assert parts == Fraction(each.cost(a + c, b + d))
    assert Fraction(each.cost(a, b)) == (Fraction(each.input) * a + Fraction(each.output) * b) / 1_000_000


@given(PRICES, TOKENS, TOKENS, st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_tokens_never_cost_less(each: Price, a: int, b: int, more: int, still: int) -> None:
    """Cost grows with either kind of token and is never below zero."""
    assert 0 <= each.cost(a, b) <= each.cost(a + more, b + still)


def test_cost_is_per_million() -> None:
    """A million of each is the price itself; a few tokens are a few millionths."""
    assert price("0.8", "2").cost(1_000_000, 1_000_000) == Decimal("2.8")
    assert price("0.8", "2").cost(1, 1) == Decimal("0.0000028")


# the shipped table


def test_every_line_says_where_it_is_from() -> None:
    """Amounts, source, month and confidence stand at every line; output never costs less than input."""
    for name, values in read("prices")["models"].items():
        assert set(values) <= {"input", "output", "currency", "source", "checked_on", "confidence", "note"}, name
        assert 0 <= values["input"] <= values["output"], name
        assert values["source"] and re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", values["checked_on"]), name
        assert values["confidence"] in ("H", "M", "L"), name
        assert values.get("currency", "USD") == "USD", name
        assert "*" not in name[:-1], name


def test_every_name_finds_its_own_line(tmp_path: Path) -> None:
    """No line is hidden by another one: looked up by its own name, it is what is found."""
    for name in read("prices")["models"]:
        model = name.rstrip("*") if ":" not in name else name.replace("*", "x")
        entry = entry_of(model if ":" in model else f"openai:{model}", tmp_path)
        assert entry and entry.name == name


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("openai:qwen-plus", "qwen-plus*"),
        ("openai:qwen-plus-2025-07-28", "qwen-plus*"),
        ("openai:Qwen-Plus-Latest", "qwen-plus*"),
        ("deepseek:deepseek-chat", "deepseek-chat"),
        ("openai:deepseek-ai/DeepSeek-V3", "deepseek-v3"),
        ("openai:Pro/deepseek-ai/DeepSeek-V3.2", "deepseek-v3.2*"),
        ("openai:Qwen/Qwen3-8B", "qwen3-8b"),
        ("openai:Qwen/Qwen3-32B", "Qwen/Qwen3-32B"),
        ("openai:qwen3-32b", "qwen3-32b"),
        ("openai:gpt-4.1-mini-2025-04-14", "gpt-4.1-mini*"),
        ("openai:gpt-4.1-2025-04-14", "gpt-4.1-2025*"),
        ("openai:doubao-seed-1-6-251015", "doubao-seed-1-6-2*"),
        ("openai:doubao-seed-1-6-flash-250828", "doubao-seed-1-6-flash*"),
        ("ollama:qwen-plus", "ollama:*"),
        ("ollama:qwen3:8b", "ollama:*"),
        ("huggingface:Qwen/Qwen3-32B", "huggingface:*"),
    ],
)
def test_the_longest_line_wins(tmp_path: Path, model: str, name: str) -> None:
    """Case and publisher do not matter, the provider only where a line names it, and the longest line is taken."""
    entry = entry_of(model, tmp_path)
    assert entry and entry.name == name


@pytest.mark.parametrize(
    "model", ["openai:gpt-5-pro", "openai:nobody-knows", "openai:", "openai:qwen", "", "mistral:x"]
)
def test_unknown_models_have_no_price(tmp_path: Path, model: str) -> None:
    """No guess from a name that is merely alike."""
    assert price_of(model, tmp_path) is None


def test_dollars_become_yuan_and_say_so(tmp_path: Path) -> None:
    """The price is the dollars times the rate of the table, and the line tells both."""
    entry = entry_of("openai:gpt-4o-mini", tmp_path)
    assert entry and entry.price == price("1.05", "4.2")
    assert "美元价 0.15/0.6 按 1 美元 7 元折算" in described(entry)


def test_a_line_tells_source_month_and_confidence(tmp_path: Path) -> None:
    """What a dry run shows beside the sum."""
    entry = entry_of("openai:qwen-plus", tmp_path)
    assert entry
    told = described(entry)
    assert told.startswith("qwen-plus*：每百万 token 输入 0.8 元、输出 8 元（")
    assert entry.source in told and entry.checked_on in told and "可信度中" in told and "思考模式" in told


def test_local_servers_cost_nothing(tmp_path: Path) -> None:
    """Models on one's own machine are known, at zero."""
    assert price_of("ollama:anything", tmp_path) == price_of("huggingface:a/b", tmp_path) == price("0", "0")


# the user's file


def test_own_prices_win_and_add(tmp_path: Path) -> None:
    """A line of the user's goes before ours, even a shorter one; ours stay for the rest."""
    home = own(tmp_path, "models:\n  qwen*: {input: 9, output: 9.5}\n  mine: {input: 1, output: 2}\n")
    assert price_of("openai:qwen-plus", home) == price("9", "9.5")
    assert price_of("openai:mine", home) == price("1", "2")
    assert price_of("openai:deepseek-flash", home) == price("2", "8")


@pytest.mark.parametrize("text", ["0.1", "0.10", "'0.1'", "0.1 元", "0.1元", "¥0.1", "￥ 0.1", "０.１", "0.1 块"])
def test_amounts_by_their_text(tmp_path: Path, text: str) -> None:
    """Numbers and texts alike, never by way of a float."""
    home = own(tmp_path, f"models:\n  mine: {{input: {text}, output: '1,234.5 元'}}\n")
    assert price_of("openai:mine", home) == price("0.1", "1234.5")


def test_long_decimals_stay_exact(tmp_path: Path) -> None:
    """More digits than a float holds arrive as written."""
    home = own(tmp_path, "models:\n  mine: {input: 123456789012.123456789012, output: 0.000000000001}\n")
    assert price_of("openai:mine", home) == price("123456789012.123456789012", "0.000000000001")


def test_own_line_for_a_provider(tmp_path: Path) -> None:
    """A line with a provider is for that one only and goes before a longer name."""
    home = own(tmp_path, "models:\n  'openai:*': {input: 3, output: 3}\n  my-long-name: {input: 1, output: 1}\n")
    assert price_of("openai:my-long-name", home) == price("3", "3")
    assert price_of("other:my-long-name", home) == price("1", "1")


def test_a_star_alone_is_for_all_others(tmp_path: Path) -> None:
    """One price for whatever is not listed by the user."""
    home = own(tmp_path, "models:\n  '*': {input: 5, output: 6}\n")
    assert price_of("openai:nobody-knows", home) == price("5", "6")


def test_own_line_may_say_more(tmp_path: Path) -> None:
    """Source, month and note of the user's are shown; without them the file is named."""
    home = own(
        tmp_path,
        "models:\n  a: {input: 1, output: 2, note: 合同价, source: 合同, checked_on: 2026-11}\n  b: {input: 0, output: 0}\n",
    )
    one, other = entry_of("openai:a", home), entry_of("openai:b", home)
    assert one and described(one) == "a：每百万 token 输入 1 元、输出 2 元（合同，2026-11；合同价）"
    assert other and described(other) == "b：每百万 token 输入 0 元、输出 0 元（你的价格表 prices.yaml）"


@pytest.mark.parametrize("text", ["", "# 还没写\n", "models:\n", "models: {}\n", "\ufeffmodels:\n"])
def test_an_empty_file_changes_nothing(tmp_path: Path, text: str) -> None:
    """Nothing but comments is as good as no file."""
    assert price_of("openai:deepseek-flash", own(tmp_path, text)) == price("2", "8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("models:\n  qwen-plus: {input: -1, output: 2}\n", "qwen-plus 的 input 不能是负数，写的是 -1"),
        ("models:\n  qwen-plus: {input: 1}\n", "qwen-plus 的 output 没有写；不要钱就写 0"),
        ("models:\n  qwen-plus: {input: 1, output: }\n", "qwen-plus 的 output 没有写；不要钱就写 0"),
        ("models:\n  qwen-plus: {input: 便宜, output: 2}\n", "写的是 便宜"),
        ("models:\n  qwen-plus: {input: true, output: 2}\n", "写的是 true"),
        ("models:\n  qwen-plus: {input: .inf, output: 2}\n", "写的是 .inf"),
        ("models:\n  qwen-plus: {input: 0.002 元/千token, output: 2}\n", "写的是 0.002 元/千token"),
        ("models:\n  qwen-plus: {input: [1], output: 2}\n", "qwen-plus 的 input 要写一个数"),
        ("models:\n  qwen-plus: 2\n", "qwen-plus 要写成 {input: 输入价, output: 输出价}"),
        ("models:\n  qwen-plus: {input: 1, output: 2, cache: 3}\n", "qwen-plus 不认识 cache"),
        ("models:\n  qwen-plus: {input: 1, output: 2, note: [a]}\n", "qwen-plus.note 要写文字"),
        ("models:\n  q*n: {input: 1, output: 2}\n", "q*n 的 * 只能放在最后"),
        ("models:\n  '': {input: 1, output: 2}\n", "有一项没有写模型名"),
        ("qwen-plus: {input: 1, output: 2}\n", "最外层不认识 qwen-plus"),
        ("models: [a]\n", "不是键值表"),
        ("models：\n  a\n", "不是键值表"),
        ("models: {a\n", "不是正确的 YAML"),
        ("models:\n  ? [a, b]\n  : 1\n", "不是正确的 YAML"),
        ("a: \x01\n", "读不出来"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    """The file, the entry, what it says and what to do, on one line each."""
    with pytest.raises(DataError) as caught:
        price_of("openai:mine", own(tmp_path, text))
    assert said in caught.value.message and str(tmp_path / "prices.yaml") in caught.value.message
    assert caught.value.hint and "\n" not in caught.value.message + caught.value.hint


def test_all_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    """One run tells every mistake."""
    with pytest.raises(DataError, match="有 3 处不对"):
        price_of("openai:a", own(tmp_path, "models:\n  a: {input: -1}\n  b: 2\n"))


def test_another_encoding_is_named(tmp_path: Path) -> None:
    """A file in GBK says what to do."""
    (tmp_path / "prices.yaml").write_bytes("models: {a: {note: 价格}}".encode("gbk"))
    with pytest.raises(DataError, match="不是 UTF-8 编码"):
        price_of("openai:a", tmp_path)


def test_a_change_is_seen(tmp_path: Path) -> None:
    """The file is read again when it has changed."""
    assert price_of("openai:a", own(tmp_path, "models: {a: {input: 1, output: 1}}")) == price("1", "1")
    assert price_of("openai:a", own(tmp_path, "models: {a: {input: 10, output: 10}}")) == price("10", "10")


def test_the_example_changes_nothing_and_works_without_its_marks(tmp_path: Path) -> None:
    """As it stands it is empty; every line of it that begins with `#   ` is a valid entry."""
    assert price_of("openai:qwen-plus", own(tmp_path, example_file())) == price("0.8", "8")
    active = re.sub(r"(?m)^# (?=  )", "", example_file())
    assert len(yaml.safe_load(active)["models"]) == 5
    home = own(tmp_path / "active", active)
    assert price_of("openai:my-model-7", home) == price("1.5", "6")
    assert price_of("openai:Qwen/Qwen3-8B", home) == price("0", "0")


# amounts typed and shown


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("20", "20"), ("20元", "20"), ("20.5 元", "20.5"), ("¥20", "20"), ("￥20", "20"), ("20块", "20"), ("20块钱", "20"),
        (" 20 ", "20"), ("２０元", "20"), ("0.01", "0.01"), ("1,000元", "1000"), ("1,234,567.8", "1234567.8"), ("20 RMB", "20"),
    ],
)  # fmt: skip
def test_budgets(text: str, amount: str) -> None:
    """What people write for yuan."""
    assert budget_of(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "元",
        "二十",
        "20美元",
        "$20",
        "20 USD",
        "-5",
        "nan",
        "inf",
        "1e3",
        "20元30",
        "1,00",
        "20.",
        "2万",
        "0",
        "0元",
        "0.00",
    ],
)
def test_what_is_no_budget(text: str) -> None:
    """Anything else is refused with an example, nothing too."""
    with pytest.raises(InputError) as caught:
        budget_of(text)
    assert "--budget 20" in caught.value.hint


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0.00 元"), ("0.03115", "0.0312 元"), ("0.0312", "0.0312 元"), ("0.05", "0.05 元"), ("0.1", "0.10 元"),
        ("0.00000001", "0.0001 元"), ("0.99991", "1.00 元"), ("0.9999", "0.9999 元"), ("1", "1.00 元"), ("1.001", "1.01 元"),
        ("12.4", "12.40 元"), ("12.401", "12.41 元"), ("20", "20.00 元"), ("123456.789", "123456.79 元"), ("1E+3", "1000.00 元"),
    ],
)  # fmt: skip
def test_yuan(amount: str, shown: str) -> None:
    """Two decimals, four below one yuan, always rounded up."""
    assert yuan(Decimal(amount)) == shown


@given(st.decimals(min_value=0, max_value=10**30, places=9))
def test_yuan_never_looks_smaller(amount: Decimal) -> None:
    """What is shown is at least the amount, and less than a cent above it."""
    told = Fraction(yuan(amount).removesuffix(" 元"))
    assert Fraction(amount) <= told < Fraction(amount) + Fraction(1, 100)
