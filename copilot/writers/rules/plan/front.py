"""The first half of a plan: what is to be decided, why, for whom, how it is played and what it should bring."""

from collections.abc import Sequence

from copilot.arithmetic.budget import yuan
from copilot.arithmetic.funnel import Source, most_units
from copilot.arithmetic.outcome import cost_per_result
from copilot.arithmetic.returns import money, percent
from copilot.plans import Basis, ChannelFunnel, GapReport, Kpi, Measure, Stage, Task
from copilot.writers.rules.plan.lines import (
    MARKS,
    Block,
    Head,
    Line,
    Own,
    Table,
    basis,
    filled,
    measured,
    number,
    said,
    says,
)
from copilot.writers.rules.plan.scene import Scene

_BREATH = 26  # characters of a theme


def summary(
    scene: Scene, gap: GapReport | None, themes: Sequence[str], late: Sequence[Task], found: Sequence[Measure]
) -> list[Block]:
    """Return what a manager reads first: target, budget, cost per result, gap, what to decide (P1)."""
    done, unit = scene.done, scene.unit
    each = cost_per_result(done)
    budget = f"{money(done.budget)} 元"
    cost = f"每{unit} {money(each)} 元" if each is not None else "一个结果也买不到"
    asked: Block
    if gap is None or scene.brief.target is None:
        first = (
            f"花 {budget}，按下列假设得{scene.metric_said} {scene.counted(done.count)}，{cost}，没有给目标，算不出差距"
        )
        asked = Line(f"请定：批这个数作目标，还是改预算{_whose(scene)}。", mark="reckoned", bullet=False)
    else:
        allowed = money(yuan(done.budget / gap.target)) if gap.target else "0"
        mark = "given" if {"target", "budget"} <= scene.given else "reckoned"
        target = f"要{scene.metric_said} {scene.aim}，预算 {budget}，即每{unit} {allowed} 元{MARKS[mark]}"
        if gap.missing:
            first = f"{target}，按下列假设只够 {scene.counted(gap.forecast)}，{cost}，差 {scene.counted(gap.missing)}"
            choices = "，".join(f"{chr(9312 + n)}{_short_lever(scene, gap, n)}" for n in range(len(gap.levers)))
            asked = Line(f"请先定一条：{choices}。", mark="reckoned", bullet=False)
        else:
            first = f"{target}，按下列假设能到 {scene.counted(gap.forecast)}，{cost}，不差"
            asked = Line(f"请定：{_spare(scene, gap)}{_whose(scene)}。", mark="reckoned", bullet=False)
    when = f"{scene.start:%Y-%m-%d} 至 {scene.end:%Y-%m-%d}，{(scene.end - scene.start).days + 1} 天"
    dates: Basis = "given" if {"start", "end"} <= scene.given else "assumed"
    channels = "、".join(scene.title(b.source.channel) for b in done.outlay.buys) or "暂无"
    rows: list[Block] = [
        Line(f"{first}。", mark="reckoned", bullet=False),
        asked,
        Line(f"时间：{when}。", mark=basis(dates, reckoned=False)),
        Line(f"对象：{scene.slots['audience']}。", mark="given" if "audience" in scene.given else "assumed"),
        Line(f"渠道：{channels}。", mark="given" if "channels" in scene.given else "assumed"),
        Line(f"主题：{themes[0]}。", mark="assumed"),
    ]
    for source in done.outlay.left_out:
        rows.append(Line(f"{scene.title(source.channel)}先不投：{_why_not(scene, source)}。", mark="reckoned"))
    rows += _warnings(scene, found)
    if late:
        first_day = min(task.start for task in late)
        told = f"筹备要从 {first_day} 起，{len(late)} 项已经晚了：推迟开始日，或压缩排期表最前面这几项"
        rows.append(Line(f"{told}。", mark="reckoned"))
    unused = done.budget - done.outlay.total
    if unused > 0:
        rows.append(Line(f"还有 {money(unused)} 元用不出去：名单和份额已经用满，不编进预算。", mark="reckoned"))
    return rows + [Line(f"限制：{one.rstrip('。')}。", mark="given") for one in scene.brief.constraints]


def _why_not(scene: Scene, source: Source) -> str:
    """Say why a channel is left out."""
    if most_units(scene.done.inputs.steps, source) == 0:
        return "名单里没有可以触达的人"
    return f"分到的钱不够一份（{money(source.price)} 元）"


def _warnings(scene: Scene, found: Sequence[Measure]) -> list[Block]:
    """Say where the figures speak against the plan: nothing gained, a gift dearer than its margin, money lost."""
    values = {measure.id: measure.value for measure in found}
    rows: list[Block] = []
    net, roi = values.get("net"), values.get("roi")
    if net is not None and net <= 0:
        told = f"按基线，这些人不去触达也会有更多{scene.metric}，净增 {number(net)} {scene.unit}：先核基线和假设，再批"
        rows.append(Line(f"{told}。", mark="reckoned"))
    aov, rate = scene.done.inputs.value("aov"), scene.done.inputs.value("gross_margin")
    if aov is not None and rate is not None and scene.subsidy > aov * rate > 0:
        each = money(yuan(aov * rate))
        told = f"单份补贴 {money(scene.subsidy)} 元比单均毛利 {each} 元还多，每发一份都亏"
        rows.append(Line(f"{told}。", mark="reckoned"))
    if roi is not None and roi < 0:
        rows.append(Line(f"只算这一次的毛利，ROI 是 {percent(roi, 1)}，收不回花费。", mark="reckoned"))
    return rows


def background(scene: Scene, own: Sequence[Own]) -> list[Block]:
    """Return situation, complication, question and answer (SCQA), the brief's facts and the user's own documents."""
    rows: list[Block] = []
    for key, title in (("situation", "情境"), ("complication", "冲突"), ("question", "疑问"), ("answer", "回答")):
        rows.append(Head(title))
        if key == "situation":
            rows += [Line(f"{fact.rstrip('。')}。", mark="given") for fact in scene.brief.facts]
            rows += own
            if scene.brief.baseline is not None:
                base = scene.brief.baseline
                shown = percent(base) if base < 1 else f"{number(base)} {scene.unit}"
                rows.append(Line(f"{scene.metric}现在是 {shown}。", mark="given"))
        if key == "complication" and scene.brief.pain:
            rows.append(Line(f"用户的难处：{scene.brief.pain.rstrip('。')}。", mark="given"))
        rows += says(scene.goal["background"][key], scene.slots)
    return rows


def targets(scene: Scene, found: Sequence[Kpi]) -> list[Block]:
    """Return the main figure and its guards, each with how it is counted."""
    rows = tuple(
        (
            "护栏" if kpi.guard else "主指标", kpi.kpi, aim(kpi), kpi.baseline, kpi.scope, kpi.source, kpi.owner,
            word(kpi.basis, reckoned=not kpi.guard and kpi.basis != "given"),
        )
        for kpi in found
    )  # fmt: skip
    guards = [said(guard, scene.slots, lead="") for guard in scene.goal["guards"]]
    within = scene.brief.target.within if scene.brief.target else ""
    until = f"触达和参加到 {within or f'{scene.end:%Y-%m-%d} 24:00'} 为止，{scene.metric}按表里的口径数"
    return [
        Table(("类别", "指标", "目标", "基线", "口径", "数据源", "负责人", "依据"), rows),
        Line(f"{until}。", mark="given" if "end" in scene.given else "assumed"),
        *says(scene.goal["smart"], scene.slots),
        *guards,
    ]


def audience(scene: Scene) -> list[Block]:
    """Return who is meant, in groups that are treated differently, and how many can be reached."""
    rows: list[Block] = [
        Line(
            f"对象：{scene.slots['audience']}。", mark="given" if "audience" in scene.given else "assumed", bullet=False
        )
    ]
    groups = tuple((s["name"], filled(s["who"], scene.slots), "假设") for s in scene.goal["segments"])
    rows.append(Table(("分层", "圈人条件", "依据"), groups))
    rows += [said(s, scene.slots, "do", f"{s['name']}：") for s in scene.goal["segments"]]
    pools = [b.source for b in scene.done.outlay.buys if b.source.pool]
    if pools:
        rows.append(Head("可触达人数"))
        table = []
        for source in pools:
            grounds = scene.done.inputs.inputs[source.channel, "reach"].basis
            table.append((scene.title(source.channel), number(source.pool), "人", word(grounds, reckoned=False)))
        rows.append(Table(("渠道", "人数", "单位", "依据"), tuple(table)))
        rows.append(Line("名单先去重，一个人只走一个渠道，各渠道人数才能相加。", mark="assumed"))
    if scene.control:
        rows.append(
            Line(f"随机留 {number(scene.control)} 人不触达，作对照组，开始前锁定名单。", mark="reckoned")
        )  # fmt: skip
    return rows


def themes(scene: Scene) -> tuple[str, ...]:
    """Return the theme lines that can be said in a breath, filled; the first always."""
    lines = [filled(line, scene.slots) for line in scene.goal["theme"] if not scene.promises(line)]
    return (lines[0], *(line for line in lines[1:] if len(line) <= _BREATH))


def mechanics(scene: Scene, lines: Sequence[str]) -> list[Block]:
    """Return theme, how it is played, the rules with their greatest liability (P5), what keeps cheats out."""
    mechanic, outlay = scene.done.inputs.mechanic, scene.done.outlay
    rows: list[Block] = [Head("主题")]
    rows += [Line(f"{'首选' if not n else '备选'}：{line}。", mark="assumed") for n, line in enumerate(lines)]
    rows.append(Head(f"玩法：{scene.game}"))
    if scene.brief.offer:
        rows.append(Line(f"活动内容：{scene.gift}。", mark="given"))
    rows.append(said(mechanic, scene.slots))
    if not scene.brief.offer:
        rows.append(Line(f"用户要做的：{mechanic['act'].rstrip('。')}。", mark="assumed"))
    rows.append(Line(f"资格：{mechanic['eligibility'].rstrip('。')}。", mark="assumed"))
    end = f"{scene.end:%Y-%m-%d} 24:00"
    if outlay.quota:
        value = money(scene.subsidy)
        rows.append(
            Line(
                f"每人最多 {mechanic['cap']} 次，共 {number(outlay.quota)} 份 × {value} 元（{scene.gift}），"
                f"最多支出 {money(outlay.subsidy)} 元（整笔编在预算的补贴一行），到 {end} 或发完为止，发完公告停止。",
                mark="reckoned",
            )
        )
    else:
        rows.append(
            Line(
                f"每人最多 {mechanic['cap']} 次，不发钱也不发券，共 0 份补贴，最多支出 0 元，到 {end} 截止。",
                mark="reckoned",
            )
        )
    rows.append(Head("防作弊"))
    rows += says(mechanic["abuse"], scene.slots)
    others = [one for one in scene.goal["mechanics"] if one is not mechanic]
    if others:
        rows.append(Head("备选玩法"))
        rows += [said(one, scene.slots, lead=f"{one['name']}：") for one in others]
    return rows


def path(scene: Scene, whole: Sequence[Stage], channels: Sequence[ChannelFunnel]) -> list[Block]:
    """Return what the user goes through, and the funnel stage by stage, whole and by channel."""
    rows: list[Block] = []
    by_stage = {one["stage"]: one for one in scene.goal["path"]}
    rows += [said(by_stage[s.id], scene.slots, lead=f"{s.stage}：") for s in whole if s.id in by_stage]
    rows.append(Head("漏斗"))
    table = tuple((s.stage, number(s.value), s.unit, s.formula, word(s.basis)) for s in whole)
    rows.append(Table(("环节", "数量", "单位", "算法", "依据"), table))
    for one in channels:
        rows.append(Head(f"{one.title}的漏斗"))
        table = tuple((s.stage, number(s.value), s.unit, s.formula, word(s.basis)) for s in one.stages)
        rows.append(Table(("环节", "数量", "单位", "算法", "依据"), table))
    return rows


def aim(kpi: Kpi) -> str:
    """Return what a figure should be: 不高于 1%, 12,000 人."""
    return f"{kpi.formula} {measured(kpi.target, kpi.unit)}" if kpi.guard else f"{number(kpi.target)} {kpi.unit}"


def word(value: str, *, reckoned: bool = True) -> str:
    """Return the mark of a basis as it stands in a table, without brackets."""
    return MARKS[basis(value, reckoned=reckoned)].strip("（）")


def _short_lever(scene: Scene, gap: GapReport, n: int) -> str:
    """Return a lever in a few words."""
    lever = gap.levers[n]
    if lever.id == "target":
        return f"目标减到 {scene.counted(gap.forecast)}"
    if lever.id == "budget" and lever.after is not None:
        return f"预算加到 {money(lever.after)} 元"
    if lever.id == "rate" and lever.after is not None:
        return lever.text.partition("（")[0] + ("（很难）" if "很难" in lever.text else "")
    return lever.text.partition("：")[0]


def _spare(scene: Scene, gap: GapReport) -> str:
    if gap.required is not None and gap.required < gap.budget:
        return f"按 {money(gap.budget)} 元投，还是按达标只需的 {money(gap.required)} 元投"
    return "按此执行"


def _whose(scene: Scene) -> str:
    """Say which of target, budget and dates nobody has given yet."""
    names = {"budget": "预算", "start": "开始日", "end": "结束日"}
    open_ = [name for key, name in names.items() if key not in scene.given]
    return f"，{'、'.join(open_)}是暂定的，也请定" if open_ else ""
