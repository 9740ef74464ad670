"""The budget of a plan, line by line, and the figures to be watched."""

from decimal import Decimal
from typing import Any

from copilot.arithmetic.budget import shares, yuan
from copilot.arithmetic.inputs import material_price
from copilot.arithmetic.returns import money, percent
from copilot.knowledge import read
from copilot.plans import Basis, BudgetLine, ChannelFunnel, Kpi, Stage
from copilot.writers.rules.plan.lines import number
from copilot.writers.rules.plan.scene import Scene


def budget_lines(scene: Scene) -> tuple[BudgetLine, ...]:
    """Return the lines, whose subtotals add up to the total of the outlay to the cent."""
    words, outlay, inputs = read("plan/words"), scene.done.outlay, scene.done.inputs
    rows: list[tuple[Any, ...]] = []  # item, channel, quantity, unit, price, category, basis, due, note
    for buy in outlay.buys:
        source, model = buy.source, inputs.models[buy.source.channel]
        note = words["models"][model] if source.price else _own_work(scene, source.channel, buy.quantity)
        rows.append(
            (
                scene.title(source.channel),
                source.channel,
                Decimal(buy.quantity),
                inputs.units[source.channel],
                source.price,
                "人力" if model == "person_days" else "投放",
                _price_basis(scene, source.channel),
                words["due"][model] if source.price else "",
                note,
            )
        )
    for buy in outlay.buys:
        price = material_price(inputs.info[buy.source.channel])
        if not price:
            continue
        made = scene.play(buy.source.channel)["material"]
        paid = inputs.outsourced and outlay.materials > 0
        rows.append(
            (
                f"{scene.title(buy.source.channel)}：{made['what']}",
                buy.source.channel,
                Decimal(int(made["n"])),
                "份",
                price if paid else Decimal(0),
                "物料",
                "assumed",
                words["due"]["material"] if paid else "",
                "" if paid else words["own_work"],
            )
        )
    if outlay.quota:
        rows.append(
            (
                f"{scene.game}：{scene.gift}",
                "",
                Decimal(outlay.quota),
                "份",
                scene.subsidy,
                "补贴",
                inputs.inputs["", "subsidy"].basis,
                words["due"]["subsidy"],
                "整份额都算进预算，发完公告停止",
            )
        )
    note = f"合计的 {percent(outlay.reserve / outlay.total, 1)}" if outlay.total else ""
    rows.append(
        ("预留金", "", Decimal(1), "项", outlay.reserve, "预留", "assumed", words["due"]["reserve"], note)
    )  # fmt: skip
    subtotals = [yuan(row[2] * row[4]) for row in rows]
    return tuple(
        BudgetLine(item, channel, quantity, unit, price, subtotal, share, category, grounds, due, note)
        for (item, channel, quantity, unit, price, category, grounds, due, note), subtotal, share in zip(
            rows, subtotals, shares(subtotals), strict=True
        )
    )


def _waves(scene: Scene) -> int:
    return max((source.waves for source in scene.done.inputs.sources), default=1)


def _own_work(scene: Scene, channel: str, quantity: int) -> str:
    """Say how many person-days a channel takes that costs no money."""
    effort = scene.done.inputs.info[channel].get("effort")
    if not effort:
        return str(read("plan/words")["internal"])
    days = Decimal(str(effort["value"])) * (quantity if effort["per"] == "unit" else 1)
    return f"内部人力约 {number(days)} 人天，不占预算"


def stages(scene: Scene) -> tuple[Stage, ...]:
    """Return the funnel of all channels together, in money at the end for goals that sell."""
    steps, totals = scene.done.inputs.steps, scene.done.outlay.totals
    found = []
    for at, step in enumerate(steps):
        if not at:
            channels = "、".join(scene.title(b.source.channel) for b in scene.done.outlay.buys)
            formula = f"{channels} 合计" + (f"，其中对照组 {number(scene.control)} 人不触达" if scene.control else "")
        else:
            before = totals[at - 1]
            waves = _waves(scene) if step.id == "touch" and scene.pooled else 1
            ratio = (
                f"（合计为上一步的 {percent(Decimal(totals[at]) / before)}）" if before and step.how != "times" else ""
            )
            formula = f"{steps[at - 1].label} × {_step_word(scene, at)}，各渠道相加{ratio}"
            if waves > 1:
                formula = f"（{steps[at - 1].label} − 对照组）× {waves} 轮 × {_step_word(scene, at)}，各渠道相加"
        found.append(Stage(step.id, step.label, Decimal(totals[at]), step.unit, formula, _stage_basis(scene, at)))
    return tuple(found)


def channel_funnels(scene: Scene) -> tuple[ChannelFunnel, ...]:
    """Return each channel's own funnel with its figures written out."""
    inputs, found = scene.done.inputs, []
    for buy in scene.done.outlay.buys:
        channel = buy.source.channel
        rows = []
        for at, step in enumerate(inputs.steps):
            rows.append(
                Stage(
                    step.id,
                    step.label,
                    Decimal(buy.counts[at]),
                    step.unit,
                    _formula(scene, buy, at),
                    _stage_basis(scene, at, channel),
                )
            )
        found.append(
            ChannelFunnel(
                channel,
                scene.title(channel),
                inputs.models[channel],
                Decimal(buy.quantity),
                inputs.units[channel],
                buy.source.price,
                buy.spend,
                buy.source.pool,
                tuple(rows),
                buy.counts[scene.done.stage],
            )
        )
    return tuple(found)


def _formula(scene: Scene, buy: Any, at: int) -> str:
    steps, source = scene.done.inputs.steps, buy.source
    step, unit = steps[at], scene.done.inputs.units[buy.source.channel]
    if step.id == "pool":
        return f"名单 {number(source.pool)} 人"
    if at == source.enters:
        model = scene.done.inputs.models[source.channel]
        bought = f"{read('plan/words')['verbs'][model]} {number(buy.quantity)} {unit}"
        return (
            f"{bought} × 送达率 {percent(source.output)}"
            if model == "message"
            else f"{bought} × 每份 {number(source.output)}"
        )
    if at < source.enters:
        return f"按 {steps[at + 1].label} {number(buy.counts[at + 1])} 反推"
    value = source.rates[step.rate]
    before = number(buy.counts[at - 1])
    if step.how == "rate":
        return f"{steps[at - 1].label} {before} × {percent(value)}"
    if step.how == "less":
        return f"{steps[at - 1].label} {before} ×（1 − {percent(value)}）"
    if step.how == "times":
        return f"{steps[at - 1].label} {before} × {number(value)}，含新客再邀 {source.rounds} 轮"
    return f"{steps[at - 1].label} {before} ÷ {number(value)}"


def _step_word(scene: Scene, at: int) -> str:
    step = scene.done.inputs.steps[at]
    label = scene.goal["rates"].get(step.rate, {}).get("label", step.rate)
    return {"less": f"（1 − {label}）", "over": f"1/{label}"}.get(step.how, str(label))


def _stage_basis(scene: Scene, at: int, channel: str = "") -> Basis:
    """`given` only if everything down to this stage was given."""
    steps = scene.done.inputs.steps[: at + 1]
    channels = [channel] if channel else [buy.source.channel for buy in scene.done.outlay.buys]
    for name in channels:
        keys = [(name, step.rate) for step in steps if step.rate]
        keys += [(name, id) for id in ("price", "output", "reach", "frequency", "commission")]
        known = [
            one
            for c, id in keys
            if (one := scene.done.inputs.inputs.get((c, id)) or scene.done.inputs.inputs.get(("", id)))
        ]
        if any(one.basis != "given" for one in known) or ("budget" not in scene.given and steps[0].id != "pool"):
            return "assumed"
    return "given"


def _price_basis(scene: Scene, channel: str) -> Basis:
    found = scene.done.inputs.inputs.get((channel, "price")) or scene.done.inputs.inputs.get((channel, "commission"))
    return found.basis if found else "assumed"


def kpis(scene: Scene) -> tuple[tuple[Kpi, ...], tuple[Kpi, ...]]:
    """Return the targets (the main figure and its guards), and the whole tree of figures to be watched."""
    goal, inputs, totals = scene.goal, scene.done.inputs, scene.done.outlay.totals
    step = inputs.steps[scene.done.stage]
    wanted = Decimal(scene.done.wanted if scene.done.wanted is not None else scene.done.count)
    name = scene.metric
    if scene.in_yuan and scene.brief.target:  # counted in orders, so that the funnel adds up to it
        name = f"{step.label}（即 {scene.metric} {money(scene.brief.target.value)} 元）"
    base = scene.brief.baseline
    baseline = "—" if base is None else percent(base) if base < 1 else number(base)
    owner = scene.owner(goal["owner"])
    main = Kpi(
        "main", name, baseline, wanted, step.unit, _tree(scene), goal["definition"].get(step.id, ""),
        goal["source"].get(step.id, ""), owner, False, "given" if scene.done.wanted is not None else "assumed",
    )  # fmt: skip
    guards = tuple(
        Kpi(
            f"guard{n}", guard["kpi"], "—", Decimal(str(guard["value"])), guard["unit"], guard["bound"], guard["scope"],
            guard["source"], scene.owner(guard["owner"]), True, "assumed",
        )
        for n, guard in enumerate(goal["guards"], 1)
    )  # fmt: skip
    tree = tuple(
        Kpi(
            one.id, one.label, "—", Decimal(totals[at]), one.unit, stage.formula, goal["definition"].get(one.id, ""),
            goal["source"].get(one.id) or next(iter(goal["source"].values())), owner, False, stage.basis,
        )
        for at, (one, stage) in enumerate(zip(inputs.steps, stages(scene), strict=True))
    )  # fmt: skip
    return (main, *guards), (*tree, *guards)


def _tree(scene: Scene) -> str:
    """Return the chain that leads to the target: 曝光 × 点击率 × …."""
    steps = scene.done.inputs.steps[: scene.done.stage + 1]
    chain = [steps[0].label, *(_step_word(scene, at) for at in range(1, len(steps)))]
    return " × ".join(chain)
