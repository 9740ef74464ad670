"""Scores in words: the tables of Kano and RICE, and what to do first and what is uncertain, in a few sentences."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from copilot.arithmetic.kano import KanoFeature, KanoReport
from copilot.arithmetic.rice import RiceItem, RiceReport
from copilot.knowledge import read

KANO_TITLE, RICE_TITLE = "Kano 评价", "优先级打分"
KANO_METHOD = (
    "正反两题的答案查 5×5 表得到每人的类别；功能的类别取人数最多的一类，一样多时按 M＞O＞A＞I。",
    "Better＝(A+O)÷(A+O+M+I)，Worse＝−(O+M)÷(A+O+M+I)；括号里是 95% 区间（Wilson）。"
    "“不确定”：份数太少，或最多的两类用符号检验分不开（p＞0.05）。",
)
RICE_METHOD = "四象限按价值和成本的中位数分，不看把握；先后以名次为准。"
_SHOWN = 3  # names in a sentence


class Grid(NamedTuple):
    """A table as it is shown."""

    header: list[str]
    rows: list[list[str]]


def number(value: float) -> str:
    """Return a number for reading: 5,400, 12.5, 0.25."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def kano_grid(report: KanoReport) -> Grid:
    """Return the features in the order of doing."""
    header = ["顺序", "功能", "类别", "Better", "Worse", "n", *"AOMIRQ", "把握", "怎么做"]
    todo = read("voice/score")["kano"]["todo"]
    rows = [
        [
            str(f.rank), f.name, category(f),
            _interval(f.better, f.better_low, f.better_high), _interval(f.worse, f.worse_low, f.worse_high),
            str(f.n), *(str(f.counts[c]) for c in "AOMIRQ"), "确定" if f.certain else "不确定",
            todo.get(f.category, ""),
        ]
        for f in report.features
    ]  # fmt: skip
    return Grid(header, rows)


def category(feature: KanoFeature) -> str:
    """Return a category with its letter, `期望 O`."""
    names = read("voice/score")["kano"]["categories"]
    return f"{names[feature.category]} {feature.category}" if feature.category else "没有答案"


def kano_advice(report: KanoReport) -> list[str]:
    """Return what to do first, and what is uncertain and why, a sentence each."""
    names = read("voice/score")["kano"]["categories"]
    first = [f for f in report.features if f.category in ("M", "O", "A")]
    if first:
        told = [f"“{f.name}”（{names[f.category]}{_why(f)}）" for f in first[:_SHOWN]]
        lead = "先做" if any(f.certain for f in first) else "答案还不够定先后，倾向是先做"
        lines = [f"{lead}{told[0]}" + (f"，再做{'、'.join(told[1:])}。" if told[1:] else "。")]
    else:
        lines = ["没有一个功能落在必备、期望或魅力：这一批先不做，换一批功能再问。"]
    if doubtful := [f for f in report.features if not f.certain and f.n]:
        reasons = [f"“{f.name}”{doubt(f)}" for f in doubtful[:_SHOWN]]
        more = f"，还有 {len(doubtful) - _SHOWN} 个见表" if len(doubtful) > _SHOWN else ""
        lines.append(f"还不确定：{'；'.join(reasons)}{more}。先多收几份再定。")
    if against := [f for f in report.features if f.category == "R"]:
        lines.append(f"{_names(against)}做了反而有人不满：不做，或改成可以关闭。")
    return lines


def kano_warnings(report: KanoReport) -> list[str]:
    """Return what holds for single features: equal counts, contradictions, picture against count."""
    most, names = read("voice/score")["kano"]["questionable"], read("voice/score")["kano"]["categories"]
    lines = []
    for f in report.features:
        if f.tied:
            lines.append(f"“{f.name}”：{'、'.join(f.tied)} 一样多，按 M＞O＞A＞I 算作 {f.category}。")
        if f.questionable > most:
            share = f"{f.questionable:.0%}（{f.counts['Q']}/{f.n}）"
            lines.append(f"“{f.name}”：可疑 Q 占 {share}，超过 {most:.0%}，这一题可能没说清。")
        if f.quadrant and f.category in ("M", "O", "A", "I") and f.quadrant != f.category:
            lines.append(f"“{f.name}”：按人数是{names[f.category]}，按系数落在{names[f.quadrant]}区。")
    return lines


def doubt(feature: KanoFeature) -> str:
    """Return why a category is uncertain."""
    least = read("voice/score")["kano"]["least"]
    if feature.n < least:
        return f"只有 n={feature.n} 份（少于 {least}）"
    other, counts = feature.runner_up, feature.counts
    return (
        f"的 {feature.category}（{counts[feature.category]}）和 {other}（{counts[other]}）"
        f"分不开，n={feature.n}，p={feature.p:.2f}"
    )


def unusable_lines(report: KanoReport) -> list[str]:
    """Return every answer that is not counted, one line each."""
    lines = []
    for entry in report.unusable:
        what = f"“{entry['feature']}”，" if entry["feature"] else ""
        lines.append(f"第 {entry['row']} 行：{what}{entry['reason']}")
    return lines


def rice_grid(report: RiceReport) -> Grid:
    """Return the rows from the best down."""
    words = read("voice/score")["rice"]["words"]
    names = list(dict.fromkeys(name for item in report.items for name in item.inputs))
    ranged = any(item.score_low != item.score_high for item in report.items)
    rated = any(item.ratio for item in report.items)
    marked = any(value["basis"] for item in report.items for value in item.inputs.values())
    header = ["名次", "需求", *(_titled(name, words[name], report) for name in names), score_word(report)]
    header += ["低–高"] if ranged else []
    header += ["投入产出比"] if rated else []
    header += ["四象限", "名次稳不稳"] + (["依据"] if marked else [])
    rows = []
    for item in report.items:
        row = [f"{item.rank}{'（并列）' if item.tied else ''}", item.name]
        row += [_amount(name, item.inputs[name], report) if name in item.inputs else "" for name in names]
        row.append(number(item.score))
        row += [_range(item)] if ranged else []
        row += [number(item.ratio["value"]) if item.ratio else ""] if rated else []
        row += [item.quadrant, _steady(item, report)] + ([_basis(item, words)] if marked else [])
        rows.append(row)
    return Grid(header, rows)


def score_word(report: RiceReport) -> str:
    """Return what the score is called."""
    return {"rice": "RICE", "roi": "投入产出比"}.get(report.method, "ICE")


def rice_advice(report: RiceReport) -> list[str]:
    """Return what to do first, how firm that is, and what was estimated, a sentence each."""
    if not report.items:
        return ["没有一行能打分，原因列在后面。"]
    words = read("voice/score")["rice"]["words"]
    first = [item for item in report.items if item.rank == 1]
    rest = [item for item in report.items if item.rank > 1][: _SHOWN - 1]
    scores = f"{score_word(report)} {number(first[0].score)}"
    line = f"先做{_names(first)}（{'并列，' if len(first) > 1 else ''}{scores}）"
    lines = [line + (f"，其次{_names(rest)}。" if rest else "。")]
    percent = f"{report.swing:.0%}"
    if len(report.items) > 1:
        if len(first) > 1:
            lines.append("第一名并列，补一格数据再分先后。")
        elif report.first_steady:
            lines.append(f"任一格 ±{percent}，第一名都不变。")
        elif tips := [s for s in report.sensitivity if 1 in (s.rank_from, s.rank_to)]:
            tip = tips[0]
            move = f"“{tip.name}”的{words[tip.input]} {tip.percent:+d}%，就从第 {tip.rank_from} 到第 {tip.rank_to}"
            lines.append(f"第一名不稳：{move}；先花两天核实这一格再排。")
    if wide := [item for item in report.items if item.rank_low != item.rank_high and item.score_low != item.score_high]:
        told = "、".join(f"“{i.name}”第 {i.rank_low}–{i.rank_high}" for i in wide[:_SHOWN])
        lines.append(f"按写的范围算，{told} 名都有可能。")
    if guesses := [i for i in first if any(v["basis"] == "估计" for v in i.inputs.values())]:
        lines.append(f"{_names(guesses)}的{_guessed(guesses[0], words)}是估计，先换成数据。")
    return lines


def swing_lines(report: RiceReport) -> list[str]:
    """Return which input changes which rank, one line a row of the table; the inputs that do the same together."""
    words, lines = read("voice/score")["rice"]["words"], []
    for item in report.items:
        moves: dict[tuple[int, int], list[str]] = {}
        for s in report.sensitivity:
            if s.row == item.row:
                moves.setdefault((s.percent, s.rank_to), []).append(words[s.input])
        if moves:
            told = "；".join(f"{'、'.join(names)} {percent:+d}% → 第 {to}" for (percent, to), names in moves.items())
            lines.append(f"{item.name}（第 {item.rank}）：{told}")
    return lines


def failed_lines(report: RiceReport) -> list[str]:
    """Return every row that has no score, one line each."""
    return [f"第 {entry['row']} 行“{entry['name']}”：{entry['reason']}" for entry in report.failed]


def medians(report: RiceReport) -> tuple[float, float]:
    """Return where the picture of value and cost is cut: cost, value."""
    return median(item.cost for item in report.items), median(item.value for item in report.items)


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return "—"
    return f"{value:.2f}（{low:.2f} 到 {high:.2f}）".replace("-0.00", "0.00").replace("-", "−")


def _why(feature: KanoFeature) -> str:
    if feature.worse is None or feature.better is None:
        return ""
    if feature.category == "A":
        return f"，有了 {feature.better:.0%} 的人更满意"
    return f"，不做的话 {-feature.worse:.0%} 的人不满"


def _names(items: Sequence[KanoFeature] | Sequence[RiceItem]) -> str:
    more = f"等 {len(items)} 个" if len(items) > _SHOWN else ""
    return "、".join(f"“{item.name}”" for item in items[:_SHOWN]) + more


def _titled(name: str, word: str, report: RiceReport) -> str:
    unit = report.units.get(name)
    return f"{word}（{unit}）" if unit else word


def _amount(name: str, value: dict[str, float], report: RiceReport) -> str:
    share = name == "adoption" or (name == "confidence" and report.method in ("rice", "ice-effort"))
    ends = [f"{100 * value[end]:.3g}%" if share else number(value[end]) for end in ("low", "high")]
    return ends[0] if value["low"] == value["high"] else "–".join(ends)


def _range(item: RiceItem) -> str:
    same = item.score_low == item.score_high
    return "" if same else f"{number(item.score_low)}–{number(item.score_high)}"


def _steady(item: RiceItem, report: RiceReport) -> str:
    if item.steady:
        return "稳"
    ranks = [s.rank_to for s in report.sensitivity if s.row == item.row] + [item.rank]
    return f"第 {min(ranks)}–{max(ranks)}"


def _basis(item: RiceItem, words: dict[str, str]) -> str:
    told = []
    for mark in ("数据", "估计"):
        if names := [words[name] for name, value in item.inputs.items() if value["basis"] == mark]:
            told.append(f"{mark}：{'、'.join(names)}")
    return "；".join(told)


def _guessed(item: RiceItem, words: dict[str, str]) -> str:
    return "、".join(words[name] for name, value in item.inputs.items() if value["basis"] == "估计")
