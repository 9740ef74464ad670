"""The middle of a plan: channels with the lines for adding and stopping money, rhythm, schedule."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from copilot.arithmetic.budget import split
from copilot.arithmetic.returns import money
from copilot.arithmetic.workdays import assumed_years, holidays_between, workdays_between
from copilot.knowledge import read
from copilot.plans import (
    Material,
    Task,
)
from copilot.writers.rules.plan.lines import Block, Head, Line, Table, filled, number, said, short
from copilot.writers.rules.plan.scene import Scene, phase_label


def channels(scene: Scene, materials: Sequence[Material]) -> list[Block]:
    """Return what each channel is for, what it is paid by, when money is added and when it stops (P6), what is made."""
    rows: list[Block] = []
    words = read("plan/words")
    for buy in scene.done.outlay.buys:
        channel = buy.source.channel
        play, model = scene.play(channel), scene.done.inputs.models[channel]
        rows.append(said(play, scene.slots, lead=f"{scene.title(channel)}："))
        unit = scene.done.inputs.units[channel]
        each = f"{money(buy.source.price)} 元/{unit}" if buy.source.price else words["internal"]
        bought = f"{words['verbs'][model]} {number(buy.quantity)} {unit}，共 {money(buy.spend)} 元"
        told = f"{words['models'][model]}，{each}，{bought}"
        rows.append(
            Line(
                f"{scene.title(channel)}{told}，预计 {number(buy.counts[scene.done.stage])} {scene.unit}。",
                mark="reckoned",
            )
        )
    rows.append(Head("加钱和停钱的线"))
    table = []
    for buy in scene.done.outlay.buys:
        play, slots = scene.play(buy.source.channel), scene.cost_slots(buy.source.channel)
        for key, name in (("add", "加"), ("stop", "停")):
            if key in play:
                one = {k: filled(play[key][k], slots) for k in ("trigger", "act", "deadline")}
                owner = scene.owner(play["owner"])
                table.append(
                    (
                        scene.title(buy.source.channel),
                        name,
                        one["trigger"],
                        owner,
                        one["act"],
                        one["deadline"],
                        "按假设测算",
                    )
                )
    rows.append(Table(("渠道", "方向", "看到什么", "谁", "做什么", "多久内", "依据"), tuple(table)))
    rows.append(Head("物料清单"))
    made = tuple((m.title, m.what, f"{m.quantity} 份", f"{m.due:%Y-%m-%d}", m.owner, "假设") for m in materials)
    rows.append(Table(("渠道", "物料", "数量", "交付日", "负责人", "依据"), made))
    return rows


def rhythm(scene: Scene) -> list[Block]:
    """Return the phases with their days, and the public holidays among them."""
    rows: list[Block] = []
    spans = {
        "prepare": "开始前",
        "settle": "结束后",
        **{k: f"{short(a)}–{short(b)}" for k, (a, b) in scene.phases.items()},
    }
    labels: Mapping[str, str] = read("plan/words")["phases"]
    for entry in scene.goal["rhythm"]:
        phase = entry["phase"]
        label = labels[phase]
        if scene.in_cycles and phase in scene.phases:
            first, last = (phase_label(scene, phase, day) for day in scene.phases[phase])
            label = first if first == last else f"{first}到{last}"
        rows.append(said(entry, scene.slots, lead=f"{label}（{spans[phase]}）："))
    if scene.rounds:
        rows += _by_round(scene)
    days = (scene.end - scene.start).days + 1
    given = "given" if {"start", "end"} <= scene.given else "assumed"
    rows.append(
        Line(
            f"全程 {days} 天，其中工作日 {workdays_between(scene.start, scene.end)} 天。",
            mark="counted" if given == "given" else "reckoned",
        )
    )
    rows += [
        Line(
            f"{name} {short(first)}–{short(last)} 放假，值班和审核先排好。"
            if first != last
            else f"{name} {short(first)} 放假，值班和审核先排好。",
            mark="counted" if given == "given" else "reckoned",
        )
        for first, last, name in holidays_between(scene.start, scene.end)
    ]
    unknown = assumed_years(scene.start, scene.end)
    if unknown:
        told = "、".join(map(str, unknown))
        rows.append(Line(f"{told} 年的放假安排还没有收录，工作日按周一到周五算，公布后要重排。", mark="assumed"))
    return rows


def _by_round(scene: Scene) -> list[Block]:
    """Return target and spend by quarter, month or week, by their days; the parts add up exactly."""
    lengths = [(last - first).days + 1 for _, first, last in scene.rounds]
    wanted = Decimal(scene.done.wanted if scene.done.wanted is not None else scene.done.count)
    aims, spends = split(wanted, lengths, Decimal(1)), split(scene.done.spend, lengths)
    table = tuple(
        (label, f"{first} 至 {last}", f"{days}", f"{number(aim)} {scene.unit}", money(spend), "按假设测算")
        for (label, first, last), days, aim, spend in zip(scene.rounds, lengths, aims, spends, strict=True)
    )
    total = ("合计", "", f"{sum(lengths)}", f"{number(wanted)} {scene.unit}", money(scene.done.spend), "按假设测算")
    header = ("时段", "起止", "天数", f"{scene.metric}目标", "花费（元）", "依据")
    told = "按天数平分，没有算淡旺季：拿到去年同期的数，先改各段的比例，合计不变。"
    return [Head("分段目标"), Table(header, (*table, total)), Line(told, mark="assumed")]


def timetable(tasks: Sequence[Task]) -> list[Block]:
    """Return the schedule as a table; milestones and the critical chain are named."""
    names = {task.id: n for n, task in enumerate(tasks, 1)}
    rows = []
    for task in tasks:
        what = "里程碑" if task.milestone else "关键" if task.critical else ""
        waits = "、".join(str(names[id]) for id in task.depends_on if id in names)
        rows.append(
            (
                str(names[task.id]),
                task.phase,
                task.task,
                task.owner,
                f"{task.start}",
                f"{task.end}",
                waits,
                what,
                "假设",
            )
        )
    return [Table(("序号", "阶段", "任务", "负责人", "开始", "结束", "依赖", "标记", "依据"), tuple(rows))]
