"""A worked-out brief → sections, schedule, budget, risks and all the rest, before anything is looked up in the library.

Figures come from the arithmetic, sentences from the playbooks; nothing here is made up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from copilot.arithmetic.levers import assumptions_of, gap_of
from copilot.arithmetic.outcome import swings
from copilot.arithmetic.returns import measures, roi
from copilot.arithmetic.utm import is_short, tagged
from copilot.knowledge import read
from copilot.plans import (
    EVERYWHERE,
    Assumption,
    BudgetLine,
    ChannelFunnel,
    Duty,
    Event,
    GapReport,
    Kpi,
    Material,
    Measure,
    Risk,
    Rule,
    Stage,
    Swing,
    Task,
)
from copilot.writers.rules.plan import back, doing, front
from copilot.writers.rules.plan.extras import extra
from copilot.writers.rules.plan.lines import Amount, Draft, Own, filled
from copilot.writers.rules.plan.money import budget_lines, channel_funnels, kpis, stages
from copilot.writers.rules.plan.scene import Scene
from copilot.writers.rules.plan.schedule import schedule

_PAID = {"cpm", "cpc", "cpa", "cps", "fixed"}


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """All parts of a plan; `risk_cites` and `rule_cites` are sections of the handbook, one for each risk and rule."""

    title: str
    sections: tuple[Draft, ...]
    targets: tuple[Kpi, ...]
    kpis: tuple[Kpi, ...]
    funnel: tuple[Stage, ...]
    channel_funnels: tuple[ChannelFunnel, ...]
    assumptions: tuple[Assumption, ...]
    budget: tuple[BudgetLine, ...]
    measures: tuple[Measure, ...]
    gap: GapReport | None
    sensitivity: tuple[Swing, ...]
    schedule: tuple[Task, ...]
    duties: tuple[Duty, ...]
    risks: tuple[Risk, ...]
    risk_cites: tuple[str, ...]
    tracking: tuple[Event, ...]
    compliance: tuple[Rule, ...]
    rule_cites: tuple[str, ...]
    materials: tuple[Material, ...]
    squeezed: tuple[str, ...]


def write_plan(scene: Scene, today: date, own: tuple[Own, ...] = ()) -> PlanDraft:
    """Return the draft of a plan; `own` are sentences found in the user's own documents."""
    days = (scene.end - scene.start).days + 1
    gap, lines = gap_of(scene.done), budget_lines(scene)
    aims, tree = kpis(scene)
    rules = _rules(scene)
    planned = schedule(scene, len(rules), len(lines), len(tree) + 1)
    late = tuple(task for task in planned.tasks if task.window == "project" and task.start < today)
    materials = tuple(_materials(scene, planned.due))
    whole, by_channel = stages(scene), channel_funnels(scene)
    found, moved = measures(scene.done), swings(scene.done, days, roi)
    inputs, duties, themes = assumptions_of(scene.done), _duties(scene), front.themes(scene)
    dangers = [entry for entry in scene.goal["risks"] if not scene.promises(entry["risk"])]
    risks = tuple(_risk(scene, entry) for entry in dangers)
    events = tuple(
        Event(e["event"], e["when"], tuple(e["properties"]), filled(e["metric"], scene.slots))
        for e in scene.goal["tracking"]
    )
    checks = tuple(_rule(scene, entry) for entry in rules)
    blocks = {
        "summary": lambda: front.summary(scene, gap, themes, late, found),
        "background": lambda: front.background(scene, own),
        "targets": lambda: front.targets(scene, aims),
        "audience": lambda: front.audience(scene),
        "mechanics": lambda: front.mechanics(scene, themes),
        "path": lambda: front.path(scene, whole, by_channel),
        "channels": lambda: doing.channels(scene, materials),
        "rhythm": lambda: doing.rhythm(scene),
        "schedule": lambda: doing.timetable(planned.tasks),
        "budget": lambda: back.budget(scene, lines, found, gap, moved),
        "assumptions": lambda: back.assumptions(scene, inputs),
        "roles": lambda: back.roles(duties, bool(scene.brief.team)),
        "risks": lambda: back.risks(risks, dangers),
        "tracking": lambda: back.tracking(scene, events),
        "compliance": lambda: back.compliance(checks, [_ground(entry) for entry in rules]),
        "review": lambda: back.review(scene, (aims[0], *tree)),
    }
    data = read("plan/sections")
    sections = tuple(
        Draft(id, data["titles"][id], tuple(blocks[id]() if id in blocks else extra(scene, id, moved)))
        for id in data["orders"][scene.brief.kind]
    )
    title = f"{scene.brief.product}{scene.brief.goal}{read('plan/words')['kinds'][scene.brief.kind]}"
    return PlanDraft(
        title, sections, aims, (aims[0], *tree), whole, by_channel, inputs, lines, found, gap, moved, planned.tasks,
        duties, risks, tuple(entry["cite"] for entry in dangers), events, checks,
        tuple(_ground(entry) for entry in rules), materials, planned.squeezed,
    )  # fmt: skip


def _duties(scene: Scene) -> tuple[Duty, ...]:
    return tuple(Duty(r["work"], *(scene.owner(str(r[k])) for k in "RACI")) for r in scene.goal["roles"])


def _risk(scene: Scene, entry: Mapping[str, str]) -> Risk:
    slots = {**scene.slots, **_plain_costs(scene)}
    return Risk(
        entry["risk"], "", entry["likelihood"], entry["impact"], filled(entry["trigger"], slots),
        scene.owner(entry["owner"]), filled(entry["act"], slots), entry["deadline"],
    )  # fmt: skip


def _plain_costs(scene: Scene) -> dict[str, str | Amount]:
    """The slots of cost for risks that belong to no channel: those of the channel that spends most."""
    buys = scene.done.outlay.buys
    if not buys:
        return dict.fromkeys(("cost_good", "cost_bad", "half"), Amount("0", "元"))
    return scene.cost_slots(max(buys, key=lambda b: b.spend).source.channel)


def _rules(scene: Scene) -> list[Mapping[str, Any]]:
    """Return the entries of the compliance list that concern these channels, this goal and this way of playing."""
    chosen = {buy.source.channel for buy in scene.done.outlay.buys} | {s.channel for s in scene.done.outlay.left_out}
    known = {name for name in chosen if name in read("plan/channels")["channels"]} | {"other"}
    goal = read("plan/figures")["goals"][scene.brief.goal]
    models = {scene.done.inputs.models[c] for c in chosen}
    holds = {
        "": True, "subsidy": bool(scene.subsidy) or bool(scene.brief.offer), "draw": "抽奖" in _played(scene),
        "invite": scene.brief.goal == "裂变" or "invite" in chosen or "邀" in _played(scene),
        "personal_data": scene.pooled or scene.brief.goal in ("留资", "拉新"), "paid": bool(models & _PAID),
        "ai": True,
    }  # fmt: skip
    brief, found = scene.brief, []
    said = "".join((brief.product, brief.audience, brief.offer, brief.pain, *brief.selling_points, *brief.facts))
    for entry in read("plan/compliance")["rules"]:
        channels = entry["channels"]
        mine = channels == "all" or "all" in channels or bool(known & set(channels) - {"other"})
        about = not entry.get("words") or any(word in said for word in entry["words"])
        if mine and about and (not entry.get("goals") or goal in entry["goals"]) and holds[entry.get("when") or ""]:
            found.append(entry)
    return sorted(found, key=lambda entry: entry["channels"] == "all" or "all" in entry["channels"])  # own ones first


def _played(scene: Scene) -> str:
    mechanic = scene.done.inputs.mechanic
    return scene.brief.offer if scene.brief.offer else f"{mechanic['name']}{mechanic['say']}"


def _ground(entry: Mapping[str, Any]) -> str:
    """Return the section that says what a rule says; one that only concerns the subject is no ground."""
    return "" if entry.get("near") else str(entry.get("cite", ""))


def _rule(scene: Scene, entry: Mapping[str, Any]) -> Rule:
    channels = entry["channels"]
    if channels == "all" or "all" in channels:
        named = EVERYWHERE
    else:
        chosen = [b.source.channel for b in scene.done.outlay.buys] + [s.channel for s in scene.done.outlay.left_out]
        named = "、".join(scene.title(c) for c in chosen if c in channels)
    verified = bool(entry["verified"] and entry.get("cite"))
    return Rule(named, entry["rule"], entry.get("law", ""), verified, check=entry["check"])


def _materials(scene: Scene, due: Mapping[str, Any]) -> list[Material]:
    """Return what is to be made, each with a brief for `adcopy` where the channel has one."""
    found = []
    for buy in scene.done.outlay.buys:
        channel = buy.source.channel
        made = scene.play(channel)["material"]
        platform = scene.done.inputs.info[channel].get("copy", "")
        owner = scene.owner(read("plan/words")["owners"]["material"])
        found.append(
            Material(
                channel,
                scene.title(channel),
                made["what"],
                int(made["n"]),
                due[channel],
                owner,
                copy_brief(scene, platform, channel) if platform else None,
            )
        )
    return found


def copy_brief(scene: Scene, platform: str, channel: str) -> dict[str, Any]:
    """Return a brief for `adcopy`, its link tagged. A subsidy that is only assumed is no offer yet."""
    brief = scene.brief
    whole: dict[str, Any] = {
        "product": brief.product, "platform": platform, "brand": brief.brand, "audience": brief.audience,
        "selling_points": list(brief.selling_points), "pain": brief.pain, "price": brief.price,
        "facts": list(brief.facts), "sms_sign": brief.sms_sign, "link": _tagged(scene, channel),
    }  # fmt: skip
    outlay, mechanic = scene.done.outlay, scene.done.inputs.mechanic
    if brief.offer:
        whole["offer"] = brief.offer
    elif "subsidy" in brief.assumptions and outlay.quota and {"start", "end"} <= scene.given:
        whole["offer"] = {
            "what": f"{_yuan(scene.subsidy)}元{mechanic['what']}", "quota": f"{outlay.quota}份",
            "start": f"{scene.start.month}月{scene.start.day}日", "end": f"{scene.end.month}月{scene.end.day}日",
        }  # fmt: skip
    return {key: value for key, value in whole.items() if value}


def _tagged(scene: Scene, channel: str) -> str:
    """Return the brief's link with utm tags; as it is where it is none of the web or the place is our own."""
    link, tags = scene.brief.link, scene.utm.get(channel)
    if not tags or not link.startswith(("http://", "https://")) or is_short(link):
        return link
    return tagged(link, *tags)


def _yuan(value: Decimal) -> str:
    return f"{value.normalize():f}"
