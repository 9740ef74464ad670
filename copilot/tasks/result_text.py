"""The angle report in words: sentences for the library, tables for people."""

from copilot.tasks.result_angles import AngleFigures, AngleGroup, AngleReport, percent

DOCUMENT = "投放结果"
_METHOD = (
    "下面是导入的投放数据按文案角度汇总的结果。点击率 = 点击 ÷ 展示，下单率 = 下单 ÷ 点击；"
    "区间是 95% 威尔逊区间，差别用双侧 z 检验，按比较次数作 Bonferroni 校正。"
)


def as_evidence(report: AngleReport) -> str:
    """Return the report as a Markdown document whose sentences each say whose figures, where and when."""
    lines = [f"# {DOCUMENT}", "", _METHOD]
    platform = ""
    for group in report.groups:
        if group.platform != platform:
            platform = group.platform
            lines += ["", f"## {_flat(group.title)}"]
        lines += ["", f"### {_flat(group.product)}", ""]
        lines += [_sentence(angle, group) for angle in group.angles]
        lines += ["", *(f"{_whose(group)}的结论：{told}" for told in (group.conclusion, *group.notes))]
    if report.notes:
        lines += ["", "## 怎么看这些数字", "", *report.notes]
    return "\n".join(lines) + "\n"


def as_tables(report: AngleReport) -> str:
    """Return the report as Markdown for people: a table and the conclusion for each group."""
    lines = [f"# {DOCUMENT}"]
    for group in report.groups:
        lines += ["", f"## {_flat(group.title)} · {_flat(group.product)}{_dates(group, '（', '）')}", ""]
        lines += ["| 角度 | 文案数 | 展示 | 点击 | 点击率（95% 区间） | 下单 | 下单率（95% 区间） | 花费（元） |"]
        lines += ["| --- | ---: | ---: | ---: | --- | ---: | --- | ---: |"]
        lines += [_table_row(angle) for angle in group.angles]
        lines += ["", f"**{group.conclusion}**", *(f"\n{note}" for note in group.notes)]
    lines += ["", *(f"- {note}" for note in report.notes)]
    return "\n".join(lines) + "\n"


def _sentence(a: AngleFigures, group: AngleGroup) -> str:
    told = f"{_whose(group)}，“{a.label}”角度 {a.variants} 条文案展示 {a.shows} 次，点击 {a.clicks} 次，"
    told += f"点击率 {percent(a.ctr)}（95% 区间 {percent(a.ctr_low)} 至 {percent(a.ctr_high)}）"
    if a.orders is not None and a.cvr is not None and a.cvr_low is not None and a.cvr_high is not None:
        told += f"，下单 {a.orders} 单"
        if a.clicks:
            told += f"，下单率 {percent(a.cvr)}（95% 区间 {percent(a.cvr_low)} 至 {percent(a.cvr_high)}）"
    if a.cost is not None:
        told += f"，花费 {a.cost:.2f} 元"
    return told + "。"


def _whose(group: AngleGroup) -> str:
    return f"{_dates(group, '', '，')}{_flat(group.product)}在{_flat(group.title)}投放"


def _dates(group: AngleGroup, before: str, after: str) -> str:
    if not group.since:
        return ""
    days = group.since if group.since == group.until else f"{group.since} 至 {group.until}"
    return f"{before}{days}{after}"


def _table_row(a: AngleFigures) -> str:
    orders, sold = ("—", "—") if a.orders is None else (f"{a.orders:,}", _interval(a.cvr, a.cvr_low, a.cvr_high))
    cells = [a.label, f"{a.variants}", f"{a.shows:,}", f"{a.clicks:,}", _interval(a.ctr, a.ctr_low, a.ctr_high), orders]
    cells += [sold, "—" if a.cost is None else f"{a.cost:,.2f}"]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _interval(share: float | None, low: float | None, high: float | None) -> str:
    if share is None or low is None or high is None:
        return "—"
    return f"{percent(share)}（{percent(low)}–{percent(high)}）"


def _flat(text: str) -> str:
    return " ".join(text.split())
