"""What all files of a `VoiceReport` share: the summary in sentences, the tables, the figures of the charts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from copilot.checks.voice import option_role
from copilot.diagnosis import KINDS, Cluster, Option, VoiceReport
from copilot.export.score_text import Grid, number
from copilot.knowledge import read

TITLE = "用户反馈分析"
SHOWN = 20  # clusters in a chart; more cannot be read
PAGES = 10  # clusters that get a page of their own in a document
_QUOTE = 80  # characters of a quote in a terminal
_FIRST = 3  # things to do that the summary names
_LINES = 5  # clusters in the chart of the trend
_REASONS = 6  # reasons for being left out that are named


class Point(NamedTuple):
    """A cluster in the picture of value and cost: the cost is that of the option that does most, 1…5."""

    cluster: Cluster
    cost: int
    value: float
    option: Option


def summary_lines(report: VoiceReport) -> list[str]:
    """Return what matters: how many voices and people, what to do first, what was left out and why."""
    grave = read("voice/report")["notes"]["grave"].partition("：")[0]
    placed = sum(cluster.size for cluster in report.clusters)
    lines = [
        f"{report.rows:,} 行反馈，{report.people:,} 人；归成 {len(report.clusters)} 类（{placed:,} 行），"
        f"没有归类 {len(report.unclustered):,} 行。"
    ]
    asked = [cluster for cluster in report.clusters if not praised(cluster)]
    if not asked:
        lines.append("没有成类的诉求或抱怨，先看明细。")
    for place, cluster in enumerate(asked[:_FIRST], 1):
        lines.append(f"先做 {place}：{cluster.label}。{cluster.diagnosis.this_week or cluster.diagnosis.verdict}")
    if single := sorted((-share.users, share.need, c.id) for c in asked for share in c.wants):
        told = "、".join(f"{need}（{-users} 人，在第 {number} 类）" for users, need, number in single[:_FIRST])
        lines.append(f"单件事里人最多的：{told}。")
    lines += [note for note in report.notes if note.startswith(grave)]
    if told := "、".join(f"{name} {count:,}" for name, count in kind_counts(report)):
        lines.append(f"按类型：{told}。")
    if rising := [cluster for cluster in asked if cluster.change.startswith("上升")]:
        lines.append(f"在上升：{'；'.join(f'{c.label} {c.change}' for c in rising[:_FIRST])}。")
    if reasons := left_out(report):
        told = "；".join(f"{reason}，{count:,} 行" for reason, count in reasons)
        lines.append(f"没有归类 {len(report.unclustered):,} 行：{told}。")
    return lines


def report_lines(report: VoiceReport) -> list[str]:
    """Return the report as lines for a terminal: the summary, then the leading clusters with a quote each."""
    lines = summary_lines(report)
    for c in report.clusters[:PAGES]:
        lines += ["", f"{c.id}. {c.label}　得分 {score_told(c)}　{kinds_told(c)}　下一步：{next_step(c)}"]
        lines.append(f"   “{' '.join(c.quotes[0].split())[:_QUOTE]}”（第 {c.representatives[0]} 行）")
        lines += [f"   · {share.need}（{share.users} 人）" for share in (c.wants or c.needs)[:_FIRST]]
        lines += [f"   {c.change}"] if c.change.startswith(("上升", "下降")) else []
    if len(report.clusters) > PAGES:
        lines += ["", f"其余 {len(report.clusters) - PAGES} 类在报告文件里，用 -o 报告.xlsx 写出。"]
    return lines


def praised(cluster: Cluster) -> bool:
    """Return whether most rows of a cluster praise."""
    return 2 * cluster.kinds.get("praise", 0) > cluster.size


def kind_counts(report: VoiceReport) -> list[tuple[str, int]]:
    """Return the kinds by name with their rows, in the order of `KINDS`."""
    names = read("voice/report")["kinds"]
    return [(names[kind], report.by_kind[kind]) for kind in KINDS if report.by_kind.get(kind)]


def left_out(report: VoiceReport) -> list[tuple[str, int]]:
    """Return why rows are in no cluster, most frequent first; rare reasons go together."""
    counts = Counter(str(entry["reason"]) for entry in report.unclustered).most_common()
    rest = sum(count for _, count in counts[_REASONS:])
    return [*counts[:_REASONS], *([("其他原因，见明细", rest)] if rest else [])]


def next_step(cluster: Cluster) -> str:
    """Return what to do with a cluster, in two words."""
    return str(read("voice/report")["steps"][cluster.diagnosis.next_step])


def kinds_told(cluster: Cluster) -> str:
    """Return the kinds of a cluster: 诉求 12、抱怨 3."""
    names = read("voice/report")["kinds"]
    return "、".join(f"{names[kind]} {count}" for kind, count in cluster.kinds.items())


def score_told(cluster: Cluster) -> str:
    """Return where the score comes from, with its figures."""
    return f"{cluster.asking} × {cluster.intensity:g} = {cluster.score:g}"


def cluster_grid(report: VoiceReport) -> Grid:
    """Return the clusters by rank."""
    header = ["编号", "说的事", "人数", "行数", "得分", "得分怎么来", "类型", "变化", "下一步", "关键词"]
    rows = [
        [
            str(c.id), c.label, str(c.users), str(c.size), number(c.score), score_told(c), kinds_told(c), c.change,
            next_step(c), "、".join(c.keywords),
        ]
        for c in report.clusters
    ]  # fmt: skip
    return Grid(header, rows)


def needs_by_row(report: VoiceReport) -> dict[int, str]:
    """Return for each row the needs that its words speak for."""
    found: dict[int, list[str]] = {}
    for cluster in report.clusters:
        for share in cluster.needs:
            for row in share.rows:
                found.setdefault(row, []).append(share.need)
    return {row: "；".join(needs) for row, needs in found.items()}


def row_dicts(report: VoiceReport) -> list[dict[str, Any]]:
    """Return every row of the file once, with the name of its cluster and its needs."""
    labels = {cluster.id: cluster.label for cluster in report.clusters}
    needs = needs_by_row(report)
    return [
        voice.to_dict() | {"label": labels.get(voice.cluster, ""), "need": needs.get(voice.row, "")}
        for voice in report.voices
    ]


def method_lines(report: VoiceReport) -> list[tuple[str, str]]:
    """Return how the report was made and how it is to be read: (what, sentence)."""
    rules: dict[str, Any] = read("voice/report")
    names = {"voice": "反馈", "user": "用户", "date": "日期"}
    lines = [("列", "；".join(f"{names[key]} → {name}" for key, name in report.columns.items()))]
    lines += [("得分", line) for line in report.formula.splitlines()]
    lines += [("说明", note) for note in report.notes]
    lines += [("没有归类", f"{reason}：{count} 行") for reason, count in left_out(report)]
    lines += [(entry["what"], entry["text"]) for entry in rules["method"]]
    lines += [("引用", f"{c.title} › {c.section}：“{' '.join(c.quote.split())}”") for c in report.citations]
    return [*lines, ("写作方式", report.writer)]


def chart_name(cluster: Cluster, most: int = 18) -> str:
    """Return a short name for a chart: the number leads back to the table."""
    name = " ".join(cluster.label.split("（")[0].split())
    return f"{cluster.id} {name if len(name) <= most else name[: most - 1] + '…'}"


def trend_series(report: VoiceReport) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Return the periods and rows by period: of all clusters, then of the leading ones; empty without dates."""
    dated = [cluster for cluster in report.clusters if cluster.trend]
    if not dated:
        return [], []
    periods = [period for period, _ in dated[0].trend]
    counts = [[count for _, count in cluster.trend] for cluster in dated]
    every = [sum(column) for column in zip(*counts, strict=True)]
    leading = [(chart_name(c), some) for c, some in zip(dated, counts, strict=True) if not praised(c)]
    return periods, [("全部", every), *leading[:_LINES]]


def value_points(report: VoiceReport) -> list[Point]:
    """Return the clusters that have options, each with the one that does most; what is there already is none."""
    points = []
    for cluster in report.clusters:
        options = [o for o in cluster.diagnosis.options if option_role(o) not in ("nothing", "existing")]
        if options and not praised(cluster):
            best = max(options, key=lambda option: (option.benefit, -option.cost))
            points.append(Point(cluster, best.cost, cluster.score, best))
    return points[:SHOWN]


def shares(counts: Sequence[int]) -> list[str]:
    """Return bars of text for a table: ████ 12."""
    most = max(counts, default=0)
    return [f"{'█' * max(1, round(12 * count / most))} {count}" if most else "" for count in counts]
