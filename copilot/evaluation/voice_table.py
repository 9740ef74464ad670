"""The figures of `evaluate_voice` as Chinese lines for a terminal."""

from collections.abc import Mapping
from typing import Any

from copilot.knowledge import read

_WIDTH = 12  # columns of a terminal that a name or figure takes; Han take two
_SHOWN = 40  # characters of a text in the list of misses


def voice_table(figures: Mapping[str, Any]) -> list[str]:
    """Return the figures, then what went wrong."""
    labels = read("voice/report")
    lines = [f"共 {figures['n']} 条"]
    if "kind" in figures:
        lines += _kind(figures["kind"], labels["kinds"])
    if "slots" in figures:
        lines += ["", _row("片段（按字计）", "标注", "判出", "查准", "查全", "F1", "F1≥.5 算对")]
        for slot, row in figures["slots"].items():
            keys = ("labelled", "given", "precision", "recall", "f1", "found_f1")
            lines.append(_row(labels["slots"][slot], *(row[key] for key in keys)))
    lines += ["", *_rest(figures)]
    if figures["missed"]:
        names, codes = _names(labels), {**labels["kinds"], **labels["verdicts"]}
        counts = "，".join(f"{names[what]} {count}" for what, count in figures["missed"].items())
        lines += ["", f"没有判对的：{counts}。先看这些（全部见 --json，最多 50 条）："]
        lines += [_miss(miss, names, codes) for miss in figures["misses"]]
    return lines


def _kind(figures: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    lines = [f"类型：宏平均 F1 {_cell(figures['macro_f1'])}，正确率 {_cell(figures['accuracy'])}（{figures['n']} 条）"]
    also = {"suggestion": "标注的建议算请求", "bug": "文件里没有故障这一类，判成故障的算抱怨"}
    lines += [f"  {also[kind]}" for kind in figures["mapped"]]
    found = list(dict.fromkeys(kind for row in figures["confusion"].values() for kind in row))
    found.sort(key=list(names).index)
    lines.append(_row("标注＼判成", *(names[kind] for kind in found), "F1"))
    for kind, row in figures["confusion"].items():
        lines.append(_row(names[kind], *(row.get(other, 0) for other in found), figures["f1"][kind]))
    return lines


def _rest(figures: Mapping[str, Any]) -> list[str]:
    lines = []
    if needs := figures.get("needs"):
        by = f"按说法 {needs['by_statement']} 条，按原话 {needs['by_evidence']} 条"
        lines.append(f"需求被认可：{_cell(needs['accepted'])}（{needs['n']} 条，{by}）")
    if named := figures.get("named"):
        lines.append(f"需求里写了诉求的名字：{named['named']} 句，共 {named['statements']} 句（判断能治本的不算）")
    if challenged := figures.get("challenged"):
        share = _cell(challenged["share"])
        lines.append(f"本来就对的诉求被质疑：{share}（{challenged['challenged']}/{challenged['n']} 条）")
    if root := figures.get("solves_root"):
        lines.append(f"是否治本判对：{_cell(root['accuracy'])}（{root['n']} 条）")
    if row := figures.get("suggestion"):
        parts = f"查准 {_cell(row['precision'])}，查全 {_cell(row['recall'])}"
        lines.append(f"是不是建议：F1 {_cell(row['f1'])}，{parts}（{row['n']} 条）")
    lines.append(f"片段与原话一字不差：{_cell(figures['spans_exact'])}（{figures['spans']} 段）")
    return [*lines, f"追问不合规矩：{figures['questions_lint']} 处"]


def _names(labels: Mapping[str, Any]) -> dict[str, str]:
    others = {
        "kind": "类型", "needs": "需求", "named": "写了诉求的名字", "challenged": "被质疑", "solves_root": "是否治本",
        "suggestion": "是不是建议", "spans_exact": "与原话不一致", "questions_lint": "追问",
    }  # fmt: skip
    return {**labels["slots"], **others}


def _miss(miss: Mapping[str, Any], names: Mapping[str, str], codes: Mapping[str, str]) -> str:
    known = codes if miss["miss"] in ("kind", "suggestion", "solves_root", "challenged") else {}
    said = f"标注 {_text(miss['expected'], known)}，判出 {_text(miss['found'], known)}"
    return f"  第 {miss['line']} 行 {names[miss['miss']]}：{said}；“{_text(miss['text'])}”"


def _text(value: Any, codes: Mapping[str, str] = {}) -> str:
    if value is None or value == []:
        return "无"
    if isinstance(value, bool):
        return "是" if value else "不是"
    text = "、".join(codes.get(one, one) for one in (value if isinstance(value, list) else [value]))
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _row(name: str, *cells: Any) -> str:
    return _filled(name, _WIDTH + 4) + "".join(_filled(_cell(cell), _WIDTH) for cell in cells).rstrip()


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _filled(text: str, width: int) -> str:
    return text + " " * max(1, width - sum(2 if ord(one) > 0x2E7F else 1 for one in text))
