"""The second half of a plan: money, who does what, what may go wrong, what is tracked, checked and reviewed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from copilot.arithmetic.ab import sample_size_for_lift
from copilot.arithmetic.levers import shown
from copilot.arithmetic.returns import money, percent
from copilot.knowledge import read
from copilot.plans import (
    EVERYWHERE,
    Assumption,
    BudgetLine,
    Duty,
    Event,
    GapReport,
    Kpi,
    Measure,
    Risk,
    Rule,
    Swing,
)
from copilot.writers.rules.plan.front import aim, word
from copilot.writers.rules.plan.lines import Block, Cell, Head, Line, Table, measured, number, said, says
from copilot.writers.rules.plan.scene import Scene

_SWINGS = 8  # rows of the sensitivity table


def budget(
    scene: Scene, lines: Sequence[BudgetLine], found: Sequence[Measure], gap: GapReport | None, swings: Sequence[Swing]
) -> list[Block]:
    """Return the lines of the budget, cost and return with their formulas, the gap with its levers, ±20 %."""
    table = [
        (
            line.category, line.item, number(line.quantity), line.unit, _price(line.unit_price),
            f"{line.subtotal:,.2f}", percent(line.share, 1), line.due or "—", line.note or "—",
            word(line.basis, reckoned=False),
        )
        for line in lines
    ]  # fmt: skip
    total, approver = scene.done.outlay.total, scene.owner(read("plan/words")["approver"])
    table.append(
        (
            "合计",
            "",
            "",
            "",
            "",
            f"{total:,.2f}",
            percent(sum((line.share for line in lines), Decimal(0)), 1),
            "",
            "",
            "按假设测算",
        )
    )
    rows: list[Block] = [
        Table(
            ("类目", "项目", "数量", "单位", "单价（元）", "小计（元）", "占比", "付款节点", "备注", "依据"),
            tuple(table),
        ),
        Line(
            f"合计 {money(total)} 元，不超过预算 {money(scene.done.budget)} 元，{approver}审批。",
            mark="reckoned",
        ),
        Head("花费与回报"),
        Table(
            ("指标", "数值", "单位", "算法", "依据"),
            tuple((m.label, measured(m.value, m.unit), m.unit, m.formula, word(m.basis)) for m in found),
        ),
    ]
    if any(m.id == "received" for m in found):
        rows.append(
            Line("GMV 含未付和退款，实收只算留下的订单，毛利再扣成本，补贴记在花费里，只算一次。", mark="assumed")
        )
    if gap is not None:
        rows.append(Head("目标和预算的差距"))
        rows.append(Line(f"{gap.text}。", mark="reckoned"))
        rows += [Line(f"{lever.label}：{lever.text}。", mark="reckoned") for lever in gap.levers]
    rows.append(Head("各项假设变动 20% 会怎样"))
    if swings:
        header = ("变动项", "渠道", "下浮 20%", "结果", "上浮 20%", "结果", "依据")
        rows.append(Table(header, tuple(_swing_row(scene, swing) for swing in swings[:_SWINGS])))
    else:
        rows.append(Line("没有花钱的渠道，假设变动 20% 不改变结果的整数。", mark="reckoned"))
    return rows


def _swing_row(scene: Scene, swing: Swing) -> tuple[str, ...]:
    where = scene.title(swing.channel) if swing.channel else "全部"
    less, more = (f"{number(n)} {scene.unit}" for n in (swing.outcome_low, swing.outcome_high))
    return swing.input, where, _value(swing.low), less, _value(swing.high), more, "按假设测算"


def assumptions(scene: Scene, found: Sequence[Assumption]) -> list[Block]:
    """Return every input with its range, its break-even and how it is replaced (P3)."""
    rows = []
    for one in found:
        value = scene.done.inputs.inputs[one.channel, one.id]
        ranged = f"{shown(value, one.low)}–{shown(value, one.high)}" if one.low != one.high else "—"
        rows.append((
            scene.title(one.channel) if one.channel else "全部", one.label, shown(value, one.value), ranged,
            one.verdict or "—", one.replace or "—", word(one.basis, reckoned=False),
        ))  # fmt: skip
    header = ("渠道", "假设项", "取值", "区间", "达标线", "什么时候用什么替换", "依据")
    told = f"下面是算{scene.metric_said}用到的全部输入：标“假设”的是占位值，不是行业平均，拿到实测就替换。"
    return [Line(told, mark="assumed", bullet=False), Table(header, tuple(rows))]


def roles(duties: Sequence[Duty], given: bool) -> list[Block]:
    """Return the RACI table; `given`: the brief names people."""
    grounds = "人名给定，分工假设" if given else "假设"
    rows = tuple((d.work, d.responsible, d.accountable, d.consulted, d.informed, grounds) for d in duties)
    return [
        Line("R 动手做，A 拍板并担责，C 事前问，I 事后告知，每行只有一个 A。", mark="assumed", bullet=False),
        Table(("工作", "R 执行", "A 负责", "C 咨询", "I 知会", "依据"), rows),
    ]


def risks(found: Sequence[Risk], entries: Sequence[Mapping[str, str]]) -> list[Block]:
    """Return what may go wrong: a trigger that can be seen, who does what by when (P6)."""
    rows = tuple(
        (r.risk, r.likelihood, r.impact, r.trigger, r.owner, r.action, r.deadline, Cell(e["cite"]))
        for r, e in zip(found, entries, strict=True)
    )
    return [Table(("风险", "可能", "影响", "看到什么", "谁", "做什么", "多久内", "依据"), rows)]


def tracking(scene: Scene, events: Sequence[Event]) -> list[Block]:
    """Return events and properties, and how large an A/B test has to be."""
    table = tuple((e.event, e.when, "、".join(e.properties), e.metric, "假设") for e in events)
    rows: list[Block] = [*says(scene.goal["tracking_say"], scene.slots)]
    rows.append(Table(("事件", "什么时候报", "属性", "用来算", "依据"), table))
    tags = [(scene.title(name), utm) for name, utm in scene.utm.items()]
    if tags:
        rows.append(Head("投放链接的参数"))
        header = ("渠道", "utm_source", "utm_medium", "utm_campaign", "依据")
        rows.append(Table(header, tuple((title, *utm, "假设") for title, utm in tags)))
    rows.append(Head("对比测试"))
    rows += _test(scene)
    return rows


def _test(scene: Scene) -> list[Block]:
    test = scene.goal["test"]
    buys = [b for b in scene.done.outlay.buys if test["rate"] in b.source.rates]
    rows: list[Block] = [said(test, scene.slots)]
    rate = buys[0].source.rates[test["rate"]] if buys else scene.done.inputs.value(test["rate"])
    lift = float(test["lift"])
    if rate is None or not 0 < float(rate) * (1 + lift) < 1:
        return rows
    size = sample_size_for_lift(float(rate), lift)
    at = next(n for n, step in enumerate(scene.done.inputs.steps) if step.rate == test["rate"])
    have = scene.done.outlay.totals[at - 1]
    label = scene.goal["rates"].get(test["rate"], {}).get("label", test["rate"])
    rows.append(
        Line(
            f"测“{test['what']}”：{label}从 {percent(rate)} 起要看出相对 {percent(Decimal(str(lift)))} 的差别，"
            f"每组要 {number(size)} 个样本（双侧 5%、把握 80%）。",
            mark="reckoned",
        )
    )
    enough = "够分两组，全程只看一次结果" if have >= 2 * size else "不够分两组：只看方向，不下结论，或把两期合起来看"
    rows.append(Line(f"这一步预计有 {number(have)} 个样本，{enough}。", mark="reckoned"))
    return rows


def compliance(found: Sequence[Rule], cites: Sequence[str]) -> list[Block]:
    """Return what is checked before anything goes out, for exactly these channels; what nobody verified says so.

    Rules of every channel are counted here and stand in full in the list (`compliance`) that every export ends with.
    """
    rows = []
    general = [rule for rule in found if rule.channel == EVERYWHERE]
    for rule, cite in zip(found, cites, strict=True):
        if rule.channel == EVERYWHERE:
            continue
        state = "有出处" if rule.verified else "未核实，上线前请法务确认"
        ground = Cell(cite) if cite else "假设"
        rows.append((rule.channel, rule.rule, rule.check, rule.law or "—", state, ground))
    told = Line("这张清单只提醒要查什么，不代表查过就合规。", mark="assumed", bullet=False)
    unverified = sum(not rule.verified for rule in general)
    counted = f"另有全部渠道通用的 {len(general)} 条（其中 {unverified} 条未核实），连同上面各条列在附表，逐条签字"
    table = [Table(("渠道", "要守的", "谁怎么查", "条文", "状态", "依据"), tuple(rows))] if rows else []
    return [told, *table, Line(f"{counted}。", mark="assumed")]


def review(scene: Scene, found: Sequence[Kpi]) -> list[Block]:
    """Return the table that the review fills in, and what it asks."""
    rows = tuple((k.kpi, aim(k), "", "", "", "", word(k.basis, reckoned=not k.guard and k.id != "main")) for k in found)
    return [
        Table(("指标", "目标", "实际", "差异", "原因", "动作", "依据"), rows),
        *says(scene.goal["review"], scene.slots),
    ]


def _price(value: Decimal) -> str:
    return f"{value.normalize():f}" if value != value.quantize(Decimal("0.01")) else f"{value:,.2f}"


def _value(value: Decimal) -> str:
    return f"{value.normalize():f}" if value > 1 else percent(value)
