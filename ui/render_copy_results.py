"""What copy brought → HTML: what became of a file of figures, and the angles side by side."""

from copilot.tasks.results import AngleFigures, AngleGroup, AngleReport, ImportReport, percent
from ui import render
from ui.render import text

_SHOWN = 10  # refused rows that are named
_HEAD = ("角度", "文案", "展示", "点击", "点击率（95% 区间）", "下单", "下单率（95% 区间）", "花费（元）")


def howto() -> str:
    """What the file has to hold."""
    return (
        '<p class="oc-dim">从投放后台导出一张表，要有三列：文案编号（每张卡片下面的编号；放在素材名称里也认）、'
        "展示、点击；可以再加下单、花费、日期、计划。同一个文件只计一次；结果存进大家共用的资料库，下次写文案会先用领先的角度。</p>"
    )


def imported(report: ImportReport) -> str:
    """What became of the file: rows counted, refused, passed over, each with its reason."""
    if report.already:
        return render.note(f"{report.file} 在 {report.already} 导入过，没有重复计入。", "warn")
    done = {"新增": report.added, "更新": report.updated, "未变": report.unchanged}
    groups = "，".join(f"{word} {number} 组" for word, number in done.items() if number)
    line = f"{report.file}：{report.rows} 行，计入 {report.counted} 行{f'（{groups}）' if groups else ''}。"
    items = []
    for word, rows in (("没有计入", report.failed), ("跳过", report.skipped)):
        items += [f"{word}：{row['row']} {row['id']}，{row['reason']}。" for row in rows[:_SHOWN]]
        items += [f"{word}：还有 {len(rows) - _SHOWN} 行。"] if len(rows) > _SHOWN else []
    items += report.notes
    listed = "".join(f"<li>{text(item)}</li>" for item in items)
    return render.note(line, "warn" if report.failed else "good") + (
        f'<ul class="oc-dim oc-copy-caveats">{listed}</ul>' if listed else ""
    )


def report(found: AngleReport) -> str:
    """The angles by product and channel, with the conclusion first; what chance may do is said."""
    if not found.groups:
        return "".join(f'<p class="oc-dim">{text(line)}</p>' for line in found.notes)
    notes = "".join(f"<li>{text(line)}</li>" for line in found.notes)
    return f'{"".join(map(_group, found.groups))}<ul class="oc-dim oc-copy-caveats">{notes}</ul>'


def _group(group: AngleGroup) -> str:
    days = f"（{group.since} 至 {group.until}）" if group.since else ""
    title = f"{group.title} · {group.product}{days}"
    kind = "good" if group.verdict in ("distinct", "above_rest") else "info"
    notes = "".join(f'<p class="oc-dim">{text(line)}</p>' for line in group.notes)
    table = render.table(_HEAD, [_row(angle) for angle in group.angles], title)
    return f'<section class="oc-copy-group">{render.note(group.conclusion, kind)}{table}{notes}</section>'


def _row(a: AngleFigures) -> list[str]:
    sold = "—" if a.orders is None else f"{a.orders:,}"
    cost = "—" if a.cost is None else f"{a.cost:,.2f}"
    clicked = _interval(a.ctr, a.ctr_low, a.ctr_high)
    return [
        a.label, str(a.variants), f"{a.shows:,}", f"{a.clicks:,}", clicked, sold,
        _interval(a.cvr, a.cvr_low, a.cvr_high), cost,
    ]  # fmt: skip


def _interval(share: float | None, low: float | None, high: float | None) -> str:
    if share is None or low is None or high is None:
        return "—"
    return f"{percent(share)}（{percent(low)}–{percent(high)}）"
