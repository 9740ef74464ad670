"""The figures of `evaluate_writers` for people: a table side by side and a report in Markdown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from copilot.prices import yuan

JUDGE = (
    "引用查全率、查准率按 ALCE 的定义（Gao 等 2023，arXiv:2305.14627），句子在。！？处切开。"
    "判定“引文是否支持这句话”用的是产品自带的字面核验，不是独立的判定模型；页面上给句子打标记的也是它。"
    "这两项适合比较写作方式，不能证明没打标记的句子都对。"
)
_LABELS = {"facts_held": "事实答全", "citation_recall": "引用查全率", "citation_precision": "引用查准率"}
_UNKNOWN = "未知"


def writers_table(writers: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """Return the figures as rows of cells: a head with the names, then one row a figure."""
    return [["指标", *writers], *([label, *map(show, writers.values())] for label, show in _ROWS)]


def differences_lines(differences: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each difference between two writers."""
    lines = []
    for pair in differences:
        told = "显著" if pair["p"] < 0.05 else "不显著"
        between = f"[{pair['low']:+.4f}, {pair['high']:+.4f}]"
        name = f"{_LABELS[pair['figure']]}，{pair['a']} − {pair['b']}（{pair['questions']} 题）"
        lines.append(f"{name}：{pair['difference']:+.4f}，95% 区间 {between}，p={pair['p']:.4f}，{told}")
    return lines


def answers_report(figures: Mapping[str, Any], measured: Mapping[str, str], only: str) -> str:
    """Return the report in Markdown; `measured` says what was asked of whom, `only` names a single writer."""
    writers = figures.get("writers", {only: figures})
    lines = ["# 回答评测", "", "## 测了什么", ""]
    lines += [f"- {name}：{value}" for name, value in measured.items()]
    lines += [f"- 提示词（{name}）：{'、'.join(each['prompts'])}" for name, each in writers.items() if each["prompts"]]
    lines += ["", "## 结果", "", *_markdown(writers_table(writers)), "", JUDGE, ""]
    lines += ["费用按价格表折算；表里没有这个模型就写“未知”。用时含检索；首句是第一句话出现在页面上的时间。", ""]
    if figures.get("differences"):
        lines += ["## 差别有多大", "", "逐题相减；p<0.05 为显著（双侧配对随机化检验，不作多重比较校正）。", ""]
        lines += [f"- {line}" for line in differences_lines(figures["differences"])] + [""]
    for name, each in writers.items():
        lines += [f"## 答错、答漏的题：{name}（{len(each['misses'])} 题）", "", *_misses(each["misses"])]
    return "\n".join(lines).rstrip() + "\n"


def _misses(misses: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for number, miss in enumerate(misses, 1):
        yield f"### {number}. {_one_line(miss['q'])}"
        yield ""
        if not miss["answerable"]:
            yield "- 应该：拒答，资料里没有答案"
        else:
            yield "- 应该有：" + ("；".join(f"`{_one_line(pattern)}`" for pattern in miss["lost"]) or "一个回答")
        yield "- 实际：" + ("" if miss["answered"] else "拒答")
        yield ""
        if miss["answered"]:
            yield from (f"> {line}".rstrip() for line in miss["said"].splitlines())
            yield ""


def _markdown(table: Sequence[Sequence[str]]) -> list[str]:
    rows = ["| " + " | ".join(row) + " |" for row in table]
    return [rows[0], "|---" + "|---:" * (len(table[0]) - 1) + "|", *rows[1:]]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _share(key: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda figures: "—" if figures[key] is None else f"{figures[key]:.1%}"


def _number(*keys: str, ending: str = "") -> Callable[[Mapping[str, Any]], str]:
    def show(figures: Mapping[str, Any]) -> str:
        values = [figures[key] for key in keys]
        return _UNKNOWN if None in values else " / ".join(f"{value:,}" for value in values) + ending

    return show


def _tokens(figures: Mapping[str, Any]) -> str:
    return _number("input_tokens", "output_tokens")(figures) + ("（估算）" if figures["tokens_estimated"] else "")


def _cost(figures: Mapping[str, Any]) -> str:
    return _UNKNOWN if figures["cost_yuan"] is None else yuan(Decimal(str(figures["cost_yuan"])))


_ROWS: Sequence[tuple[str, Callable[[Mapping[str, Any]], str]]] = (
    ("题数", _number("questions")),
    ("事实答全", _share("facts_held")),
    ("该拒答的拒了（题）", _number("refused_right")),
    ("该拒答却答了（题）", _number("answered_wrong")),
    ("不该拒答却拒了（题）", _number("refused_wrong")),
    ("引用查全率（字面核验）", _share("citation_recall")),
    ("引用查准率（字面核验）", _share("citation_precision")),
    ("带标记的句子 / 全部句子", _number("marked", "sentences")),
    ("含带标记句子的回答", _number("answers_marked")),
    ("模型没采用，改用规则写作", _number("fallbacks")),
    ("平均字数", _number("mean_length")),
    ("token，输入 / 输出", _tokens),
    ("费用", _cost),
    ("用时，一半题以内 / 95% 题以内（毫秒）", _number("p50_ms", "p95_ms")),
    ("首句，一半题以内 / 95% 题以内（毫秒）", _number("first_p50_ms", "first_p95_ms")),
)
